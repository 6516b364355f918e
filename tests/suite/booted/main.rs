//! The whole program in whole hosts: Debian booted with systemd as its first process, real apt,
//! real units.
//!
//! `tests/hosts/tree make plain` and `make extra` make the trees that these hosts boot from.

mod bundle;
mod cluster;
mod containerd;
mod firewall;
mod killed;
mod phases;
mod preflight;
mod rpm;
mod services;
mod walk;

use k8sprep_tests::booted::{Bed, Kind, SPEC, Said, Shipped};
use k8sprep_tests::fake_host::{Tree, differences};

/// The release of the packages of [`whole`].
const RELEASE: &str = "v1.37.2";

/// A host to test in, or the reason why not, said loudly.
fn bed(kind: Kind, minor: &str) -> Option<Bed> {
    or_skip(Bed::lay(kind, minor))
}

/// A Debian host with every package of a node in reach.
fn whole() -> Option<Bed> {
    fill(bed(Kind::Plain, "v1.37")?)
}

/// Publishes every package of a node for the host, whichever its family, and writes a spec.
fn fill(bed: Bed) -> Option<Bed> {
    bed.needed();
    bed.kubelet_and_kubectl(RELEASE);
    or_skip(bed.crio("1.37.0"))?;
    bed.package("kubeadm", "1.37.2", &[Shipped::script("usr/bin/kubeadm", "exit 0\n")]);
    bed.publish();
    bed.spec(RELEASE, "");
    Some(bed)
}

fn nothing_is_left_to_do(bed: &Bed, when: &str) {
    let plan = [&["plan", "-f", SPEC, "--check"][..], &bed.trusting()].concat();
    done(&bed.k8sprep(&plan), when);
    let again = bed.up(&["--prepare-only"]);
    done(&again, when);
    assert!(again.out.contains("changed   nothing on the host"), "{when}: {}", again.out);
    assert!(again.out.contains("the host is ready for kubeadm"), "{when}: {}", again.out);
}

/// The value, or the reason why the test cannot go on.
fn or_skip<T>(value: Result<T, String>) -> Option<T> {
    value.map_err(|why| k8sprep_tests::skip(why)).ok()
}

/// Fails unless the host is as before, every byte, mode, owner, attribute, link and time.
fn is_as_before(bed: &Bed, before: &Tree) {
    let changed = differences(before, &bed.host.files());
    let short: Vec<String> = changed.iter().map(|line| line.chars().take(600).collect()).collect();
    assert!(changed.is_empty(), "{} of {} names: {short:#?}", changed.len(), before.len());
}

/// A program that has to have done its work.
fn done(said: &Said, what: &str) {
    assert_eq!(said.status, Some(0), "{what}: {}{}", said.out, said.err);
}
