//! Says which commit this is built of: `k8sprep version` prints it.

#![expect(clippy::disallowed_methods, reason = "git is asked, as everywhere; nothing of a host is run")]

use std::process::Command;

/// What the program is made of, seen from this crate.
const SOURCES: [&str; 6] = [
    "../Cargo.lock",
    "src",
    "../crio-config/src",
    "../kubeadm-config/src",
    "../cri-probe/src",
    "../host-prep/src",
];

fn main() {
    // Who builds of a tarball may name the commit.
    println!("cargo:rerun-if-env-changed=K8SPREP_COMMIT");
    // A commit that touches none of them makes no other program.
    for source in SOURCES {
        println!("cargo:rerun-if-changed={source}");
    }
    let given = std::env::var("K8SPREP_COMMIT").ok().filter(|commit| !commit.is_empty());
    println!("cargo:rustc-env=K8SPREP_COMMIT={}", given.or_else(commit).unwrap_or_default());
}

/// The commit that is checked out, with `-dirty` where a source differs from it.
fn commit() -> Option<String> {
    // A checkout of something that has this crate somewhere in it says nothing of it.
    git(&["ls-files", "--error-unmatch", "build.rs"])?;
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let status = git(&[&["status", "--porcelain", "--"], &SOURCES[..]].concat())?;
    Some(if status.is_empty() { commit } else { commit + "-dirty" })
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
