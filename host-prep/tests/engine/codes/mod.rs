//! Every code is fired: for each, a host on which the crate says it, or the reason why no test can.

mod errors;
mod packages;
mod problems;

use std::collections::BTreeSet;
use std::sync::Arc;

use host_prep::test_util::fake_host::FakeHost;
use host_prep::test_util::scripted::Scripted;
use host_prep::{Code, Desired, Host, Plan, fs::Root};

use super::plan_of;

/// What was wanted, and what was said.
type Fired = (&'static str, Vec<&'static str>);

/// What no test can make happen, and why. The list may only shrink.
const NOT_FIRED: &[(&str, &str)] = &[
    ("append-only", "the attribute takes a file system that has it, and root"),
    ("immutable", "the attribute takes a file system that has it, and root"),
    ("file-not-editable", "an edit that does not read back; none is known of the files that are edited"),
    ("mount-point", "a mount takes root and a namespace; the tests of booted hosts have one"),
];

/// What only root can lay: a file of another user.
const BY_ROOT: &[&str] = &["state-of-another"];

#[test]
fn every_code_is_fired_or_argued() {
    let all_fired =
        [errors::fired(), errors::refusals(), packages::fired(), problems::fired(), vec![sealed()]].concat();
    let missed: Vec<_> = all_fired.iter().filter(|(wanted, said)| !said.contains(wanted)).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    let fired: BTreeSet<&str> = all_fired.iter().flat_map(|(_, said)| said.iter().copied()).collect();
    let mut argued: BTreeSet<&str> = NOT_FIRED.iter().map(|(code, _)| *code).collect();
    if !rustix::process::geteuid().is_root() {
        argued.extend(BY_ROOT);
    }
    let both: Vec<_> = fired.intersection(&argued).collect();
    assert!(both.is_empty(), "fired, so not to be argued: {both:?}");
    let all: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let both: BTreeSet<&str> = fired.union(&argued).copied().collect();
    let missing: Vec<_> = all.difference(&both).collect();
    assert!(missing.is_empty(), "not fired: {missing:?}");
}

/// What a tree still has that its clones would share.
fn sealed() -> Fired {
    let fake = FakeHost::new(&[("/etc/ssh/ssh_host_ed25519_key", "x"), ("/etc/ssh/sshd_config", "")]);
    let notes = host_prep::seal(&fake.offline(), &[], false).unwrap().notes;
    ("host-key-left", notes.iter().map(|note| note.code).collect())
}

/// The codes of a plan's problems and notes.
fn said(plan: &Plan) -> Vec<&'static str> {
    plan.problems().iter().chain(plan.notes()).map(|one| one.code).collect()
}

/// What is said of a host with these files when this is wanted.
fn told(host: &Host, desired: &Desired) -> Vec<&'static str> {
    said(&plan_of(host, desired))
}

/// A host with these files whose programs follow the script.
fn scripted(files: &[(&str, &str)], script: Scripted) -> (FakeHost, Host) {
    let fake = FakeHost::new(files);
    let host = Host::with_commands(Root::open(fake.root()).unwrap(), Arc::new(script));
    (fake, host)
}

fn sha256(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
