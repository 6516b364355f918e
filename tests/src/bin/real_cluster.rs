//! `k8sprep` with real Kubernetes on booted hosts: `real_cluster road|sample|table
//! [roads|inits|kills]... [--logs DIR]`, `real_cluster ills [--logs DIR]`, `real_cluster upgrade
//! [road|long|sample] [--logs DIR]`, `real_cluster fleet [role]
//! [--logs DIR]`, or `real_cluster runtime [--logs DIR]`.
//!
//! Two hosts over the tree of `tests/hosts/tree make extra`, with the programs and images of
//! `tests/hosts/cluster make`. `road` is the way there, a reboot, daemons that are stopped, and
//! back. `sample` stops kubeadm once in each phase, SIGKILL and Ctrl-C in turn, resumes it, and
//! takes every third down; `table` does all of these. `kills` stops `up`, `bundle use` and `down`
//! on their way. `ills` makes a control plane ill in the ways that users meet, and cures it by what
//! `doctor` offers: its code, the seconds until it is named and until the node is Ready again.
//! `upgrade` takes a control plane and a worker from a minor to the next, and renews certificates;
//! `upgrade long` goes on to the minor after that, whose kubelet exits on cgroup v1 unless it is told to
//! run; `upgrade sample` stops upgrades on their way, resumes some and takes others back. It wants the
//! programs of the older minor, too. So does `fleet`, in which Ansible makes two hosts a cluster and
//! takes it to the next minor; `fleet role` ends with the cluster. `runtime` takes a worker from containerd to CRI-O's socket, and back.
//!
//! A line for each trial, `early` where it came to its end before the signal; what was said in one
//! that failed is in a file below DIR. Exit status 1 if one failed, 3 if no cluster can be had here.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this program's output is its purpose")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use k8sprep_tests::booted::cluster::{Site, built, registry};
use k8sprep_tests::real_cluster::{
    Extent, Trials, fleet, ills, inits, kills, prepared, roads, runtimes, upgrades,
};

/// The newest release that runs where the kernel still has the first version of cgroups.
const RELEASE: &str = "v1.34.0";
/// What it is upgraded to on the long road.
const NEWEST: &str = "v1.35.4";
/// What is upgraded to it.
const OLDER: &str = "v1.33.13";
const PARTS: [&str; 3] = ["roads", "inits", "kills"];
const USAGE: &str = "usage: real_cluster road|sample|table [roads|inits|kills]... [--logs DIR]\n       \
                     real_cluster ills [--logs DIR]\n       real_cluster upgrade [road|long|sample] [--logs DIR]\n       \
                     real_cluster fleet [role] [--logs DIR]\n       real_cluster runtime [--logs DIR]";

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    if let [verb, address, dirs @ ..] = words.as_slice()
        && verb == "serve"
    {
        let dirs: Vec<PathBuf> = dirs.iter().map(PathBuf::from).collect();
        return ended(registry::serve(&dirs, address));
    }
    let logs = match words.iter().position(|word| word == "--logs") {
        Some(at) if at + 1 < words.len() => PathBuf::from(words.drain(at..at + 2).nth(1).unwrap_or_default()),
        _ => std::env::temp_dir().join("k8sprep-real-cluster"),
    };
    let Some((extent, parts)) = asked(&words) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let older = wants_older(&parts).then_some(OLDER);
    let newest = is_long(extent, &parts).then_some(NEWEST);
    if let Some(reason) = [Some(RELEASE), older, newest].into_iter().flatten().find_map(|of| built(of).err())
    {
        eprintln!("{reason}");
        return ExitCode::from(3);
    }
    ended(run(extent, &logs, &parts))
}

/// How much is asked for, and of what.
fn asked(words: &[String]) -> Option<(Extent, Vec<&str>)> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["ills"] => Some((Extent::Road, vec!["ills"])),
        ["runtime"] => Some((Extent::Road, vec!["runtime"])),
        ["fleet"] => Some((Extent::Road, vec!["fleet"])),
        ["fleet", "role"] => Some((Extent::Sample, vec!["fleet"])),
        ["upgrade"] | ["upgrade", "road"] => Some((Extent::Road, vec!["upgrade"])),
        ["upgrade", "long"] => Some((Extent::Table, vec!["upgrade"])),
        ["upgrade", "sample"] => Some((Extent::Sample, vec!["upgrade"])),
        ["road"] => Some((Extent::Road, vec!["roads"])),
        ["sample" | "table", of @ ..] if of.iter().all(|part| PARTS.contains(part)) => {
            let extent = if words[0] == "sample" { Extent::Sample } else { Extent::Table };
            let all = PARTS.iter().filter(|part| of.is_empty() || of.contains(part));
            Some((extent, all.copied().collect()))
        }
        _ => None,
    }
}

fn wants_older(parts: &[&str]) -> bool {
    parts.iter().any(|part| ["upgrade", "fleet"].contains(part))
}

/// Whether hosts go on to a third minor.
fn is_long(extent: Extent, parts: &[&str]) -> bool {
    extent == Extent::Table && parts.contains(&"upgrade")
}

fn run(extent: Extent, logs: &Path, parts: &[&str]) -> std::io::Result<()> {
    std::fs::create_dir_all(logs)?;
    let asked = |part: &str| parts.contains(&part);
    let newer = if is_long(extent, parts) { &[RELEASE, NEWEST][..] } else { &[RELEASE] };
    let site = match wants_older(parts) {
        true => Site::with_newer(OLDER, newer)?,
        false => Site::make(RELEASE)?,
    };
    let prepared = prepared(&site)?;
    println!("a host is prepared, with every image");
    let fresh = || Trials::new(logs.to_owned(), |line| println!("{line}"));
    let (mut trials, mut stopped) = (fresh(), fresh());
    // Both wait for kubelets most of the time.
    std::thread::scope(|scope| {
        if asked("inits") {
            scope.spawn(|| inits(&mut stopped, &site, &prepared, extent));
        }
        if asked("roads") { roads(&mut trials, &site, &prepared, extent) } else { Ok(()) }
    })?;
    trials.add(&stopped);
    if asked("kills") {
        kills(&mut trials, &site, &prepared, extent)?;
    }
    if asked("ills") {
        ills(&mut trials, &site, &prepared)?;
    }
    if asked("upgrade") {
        upgrades(&mut trials, &site, &prepared, newer, extent)?;
    }
    if asked("runtime") {
        runtimes(&mut trials, &site, &prepared)?;
    }
    if asked("fleet") {
        fleet(&mut trials, &site, &prepared, RELEASE, extent)?;
    }
    println!(
        "{} trials, {} did not end as they have to, {} came to their end before they could be stopped",
        trials.tried, trials.wrong, trials.early
    );
    if trials.wrong == 0 { Ok(()) } else { Err(std::io::Error::other("see above")) }
}

fn ended(result: std::io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
