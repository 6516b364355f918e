//! Prepares a real host, reboots it, and takes everything back: `real_host TREE K8SPREP`.
//!
//! TREE is the Debian tree of `tests/hosts/tree make plain`, which is booted with `systemd-nspawn` and never written to;
//! K8SPREP is the program to try. Applied, verified, rebooted, verified again, rolled back: the host has to be as before,
//! every byte, mode, owner, attribute, link and time. The cases of `tests/suite/booted` go further: packages, units, kubeadm.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this program's output is its purpose")]

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use k8sprep_tests::booted::Booted;
use k8sprep_tests::fake_host::differences;

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
    host.boot()?;
    host.ask(&["chmod", "755", "/opt/k8sprep/k8sprep"]);
    let before = host.files();
    let k8sprep = |host: &Booted, words: &[&str]| -> io::Result<()> {
        let said = host.run(&[&["/opt/k8sprep/k8sprep"], words].concat())?;
        let failed = || io::Error::other(format!("{}: {}{}", words.join(" "), said.out, said.err));
        if said.status == Some(0) { Ok(()) } else { Err(failed()) }
    };
    k8sprep(&host, &["apply", "--spec", "/opt/k8sprep/k8sprep.yaml", "--no-packages"])?;
    k8sprep(&host, &["verify", "--spec", "/opt/k8sprep/k8sprep.yaml", "--no-packages"])?;
    println!("applied and verified");
    host.reboot()?;
    k8sprep(&host, &["verify", "--spec", "/opt/k8sprep/k8sprep.yaml", "--no-packages"])?;
    println!("verified after a reboot");
    k8sprep(&host, &["rollback", "--to", "0"])?;
    let changed = differences(&before, &host.files());
    changed.iter().for_each(|line| println!("differs: {line}"));
    println!("rolled back: {} names compared, {} differ", before.len(), changed.len());
    if changed.is_empty() { Ok(()) } else { Err(io::Error::other("the host is not as before")) }
}
