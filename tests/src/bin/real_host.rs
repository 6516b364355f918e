//! Prepares a real host, reboots it, and rolls everything back: `real_host TREE K8SPREP`.
//!
//! TREE is the Debian tree of `tests/hosts/tree make plain`, which is booted with `systemd-nspawn`
//! and never written to; K8SPREP is the program to try. Applied, verified, rebooted, verified
//! again, rolled back: the host has to be as before, every byte, mode, owner, attribute, link and
//! time. The same for the dead man's switch, with a reboot before its time has come, and for one
//! that is confirmed. The cases of `tests/suite/booted` go further: packages, units, kubeadm.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this program's output is its purpose")]

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use k8sprep_tests::booted::Booted;
use k8sprep_tests::fake_host::{Tree, differences};

const SPEC: &str = "kubernetesVersion: v1.34.0\nadvertiseAddress: 192.0.2.7\nnodeName: node-1\n\
                    selinux: permissive\nproxy:\n  httpProxy: http://proxy.example.com:3128\n";

fn main() -> ExitCode {
    let words: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [tree, program] = words.as_slice() else {
        eprintln!("usage: real_host TREE K8SPREP");
        return ExitCode::from(2);
    };
    match run(tree, program) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(tree: &Path, program: &Path) -> io::Result<()> {
    let mut host = Booted::lay(tree)?;
    host.put("opt/k8sprep/k8sprep", std::fs::read(program)?);
    host.put("opt/k8sprep/k8sprep.yaml", SPEC);
    host.put("etc/fstab", "/dev/vdz9 none swap sw,nofail 0 0\n");
    // Without it the kubelet ends, which `verify` says; a container is given none.
    host.put("etc/tmpfiles.d/kmsg.conf", "L+ /dev/kmsg - - - - /dev/console\n");
    host.boot()?;
    host.ask(&["chmod", "755", "/opt/k8sprep/k8sprep"]);
    applied_over_a_reboot(&mut host)?;
    taken_back_after_a_reboot(&mut host)?;
    confirmed_before_a_reboot(&mut host)?;
    host.off()
}

/// The words that make the host a node; what brings packages is tried elsewhere.
const APPLY: &[&str] = &["apply", "--spec", "/opt/k8sprep/k8sprep.yaml", "--no-packages"];
const VERIFY: &[&str] = &["verify", "--spec", "/opt/k8sprep/k8sprep.yaml", "--no-packages"];
const SWITCH: &str = "k8sprep-confirm.service";

fn applied_over_a_reboot(host: &mut Booted) -> io::Result<()> {
    let before = host.files();
    k8sprep(host, APPLY)?;
    k8sprep(host, VERIFY)?;
    println!("applied and verified");
    host.reboot()?;
    k8sprep(host, VERIFY)?;
    println!("verified after a reboot");
    k8sprep(host, &["rollback", "--to", "0"])?;
    same("rolled back", &before, host)
}

/// The dead man's switch, with the host rebooted before its time has come.
fn taken_back_after_a_reboot(host: &mut Booted) -> io::Result<()> {
    let before = host.files();
    let end = Instant::now() + Duration::from_secs(45);
    k8sprep(host, &[APPLY, &["--confirm-within", "45s"]].concat())?;
    waits(host, true)?;
    host.reboot()?;
    if Instant::now() < end {
        waits(host, true)?;
        println!("after a reboot the switch still waits");
    }
    // The rollback itself takes its moment.
    let patience = end + Duration::from_secs(60);
    while waits(host, true).is_ok() && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(500));
    }
    same("rolled back by the switch", &before, host)
}

/// Confirmed, the switch is gone and the rest stays.
fn confirmed_before_a_reboot(host: &mut Booted) -> io::Result<()> {
    let before = host.files();
    k8sprep(host, &[APPLY, &["--confirm-within", "10m"]].concat())?;
    k8sprep(host, &["confirm"])?;
    waits(host, false)?;
    host.reboot()?;
    waits(host, false)?;
    k8sprep(host, VERIFY)?;
    k8sprep(host, &["rollback", "--to", "0"])?;
    same("confirmed, rebooted, rolled back", &before, host)
}

fn k8sprep(host: &Booted, words: &[&str]) -> io::Result<()> {
    let said = host.run(&[&["/opt/k8sprep/k8sprep"], words].concat())?;
    let failed = || io::Error::other(format!("{}: {}{}", words.join(" "), said.out, said.err));
    if said.status == Some(0) { Ok(()) } else { Err(failed()) }
}

/// Whether the switch runs, which has to be so.
fn waits(host: &Booted, wanted: bool) -> io::Result<()> {
    let active = host.run(&["systemctl", "is-active", "--quiet", SWITCH])?.status == Some(0);
    let wrong = || io::Error::other(format!("{SWITCH} runs: {active}, wanted: {wanted}"));
    if active == wanted { Ok(()) } else { Err(wrong()) }
}

fn same(what: &str, before: &Tree, host: &Booted) -> io::Result<()> {
    let changed = differences(before, &host.files());
    changed.iter().for_each(|line| println!("differs: {line}"));
    println!("{what}: {} names compared, {} differ", before.len(), changed.len());
    if changed.is_empty() { Ok(()) } else { Err(io::Error::other("the host is not as before")) }
}
