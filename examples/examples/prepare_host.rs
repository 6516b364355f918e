//! Prepares a host with `host-prep` alone: no command line of ours, no other crate of the
//! workspace.
//!
//! ```text
//! prepare_host plan|apply|verify|rollback [DIRECTORY]
//! ```
//!
//! Without a directory it is the running host, and changing that takes root.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use host_prep::fs::Root;
use host_prep::resource::{
    CniLeftovers, KernelModules, Managed, SelinuxPermissive, SwapOff, SysctlWish, Sysctls,
};
use host_prep::{ApplyOptions, Back, Desired, Host, NoProgress, apply, observe, plan, rollback};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (Some(verb), directory) = (words.first(), words.get(1)) else {
        eprintln!("usage: prepare_host plan|apply|verify|rollback [DIRECTORY]");
        return ExitCode::from(2);
    };
    match run(verb, directory.map(String::as_str)) {
        Ok(done) => ExitCode::from(if done { 0 } else { 3 }),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What this host is wanted to be: what a kubelet needs, and one drop-in of CRI-O's.
fn desired() -> Result<Desired, Box<dyn Error>> {
    let sysctl =
        |key: &str, value: &str| Ok::<_, Box<dyn Error>>(SysctlWish::exactly(key.parse()?, value.parse()?));
    Ok(Desired::new()
        .with(KernelModules::new(["overlay".parse()?, "br_netfilter".parse()?]))
        .with(Sysctls::new([
            sysctl("net.ipv4.ip_forward", "1")?,
            sysctl("net.bridge.bridge-nf-call-iptables", "1")?,
            SysctlWish::at_least("fs.inotify.max_user_instances".parse()?, 8192),
        ]))
        .with(SwapOff::new())
        .with(SelinuxPermissive::new())
        .with(CniLeftovers::none())
        .with(Managed::file(
            "crio",
            "/etc/crio/crio.conf.d/99-k8sprep.conf",
            "[crio.runtime]\ncgroup_manager = \"systemd\"\n",
        )))
}

/// Whether the host is as wanted, or as it was.
fn run(verb: &str, directory: Option<&str>) -> Result<bool, Box<dyn Error>> {
    let host = match directory {
        Some(directory) => Host::offline(Root::open(directory)?),
        None => Host::live()?,
    };
    let desired = desired()?;
    let todo = plan(&desired, &observe(&host, &desired));
    match verb {
        "plan" => println!("{}", serde_json::to_string_pretty(&todo)?),
        "verify" => return Ok(todo.is_done()),
        "apply" => {
            let done = apply(&host, &desired, &todo, &ApplyOptions::default(), &mut NoProgress)?;
            println!("{} steps taken", done.taken);
        }
        "rollback" => {
            let done = rollback(&host, Back::All, Duration::ZERO, &mut NoProgress)?;
            done.kept.iter().for_each(|kept| println!("left: {}: {}", kept.what, kept.why));
            return Ok(done.is_complete());
        }
        other => return Err(format!("`{other}` is not known").into()),
    }
    Ok(true)
}
