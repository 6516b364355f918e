//! The whole program in whole hosts: Debian booted with systemd as its first process, real apt, real units.
//!
//! `tests/hosts/tree make plain` and `make extra` make the trees that these hosts boot from.

mod bundle;
mod cluster;
mod containerd;
mod firewall;
mod phases;
mod preflight;
mod rpm;
mod services;
mod walk;

use k8sprep_tests::booted::{Bed, Kind, Said};
use k8sprep_tests::fake_host::{Tree, differences};

/// A host to test in, or the reason why not, said loudly.
#[expect(clippy::print_stderr, reason = "a skipped test must be heard")]
fn bed(kind: Kind, minor: &str) -> Option<Bed> {
    match Bed::lay(kind, minor) {
        Ok(bed) => Some(bed),
        Err(why) => {
            eprintln!("SKIPPED: {why}");
            None
        }
    }
}

/// The value, or the reason why the test cannot go on.
#[expect(clippy::print_stderr, reason = "a skipped test must be heard")]
fn or_skip<T>(value: Result<T, String>) -> Option<T> {
    value.map_err(|why| eprintln!("SKIPPED: {why}")).ok()
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
