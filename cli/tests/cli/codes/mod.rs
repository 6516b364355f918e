//! Every code of the program's own is fired: by what is found on a host, by a stage, or by a command.

mod archives;
mod commands;
mod findings;
mod stages;
mod translate;

use std::collections::BTreeSet;

use k8sprep::Code;

/// What was wanted, and what was said.
type Fired = (&'static str, Vec<String>);

/// What no test can make happen, and why. The list may only shrink.
const NOT_FIRED: &[(&str, &str)] = &[
    ("signals-not-watched", "only where the kernel has no descriptor or no thread left"),
    ("result-not-printed", "a result that JSON or a page of man cannot hold; none is known"),
    ("need-left", "a reboot is needed by no resource of ours; those of a program that embeds this may"),
    ("user-missing", "who is not there is found before the first change; only a race comes later"),
    ("ca-key-elsewhere", "`certs renew` on a control plane; the tests of `stage::renew` fire it"),
    ("nothing-renewed", "as ca-key-elsewhere"),
    ("static-pod-not-restarted", "as ca-key-elsewhere"),
    ("drain-refused", "a running node; the tests of `stage::drain` fire it"),
    ("drain-timed-out", "a running node; the tests of `stage::drain` fire it"),
    ("upgrade-blocked", "`upgrade apply` on a running node; the tests of `stage::upgrade` fire it"),
    ("upgrade-undecided", "`upgrade apply` on a running node whose files cannot be read"),
    ("upgrade-under-way", "`upgrade apply` on a running node; the tests of `stage::upgrade` fire it"),
    ("control-plane-first", "`upgrade apply` on a running node; the tests of `stage::upgrade` fire it"),
    ("no-room-for-etcd-copy", "`upgrade apply` on a running node; the tests of `stage::upgrade` fire it"),
    ("not-in-time", "`upgrade apply` on a running node that does not come up"),
    ("upgrade-followed", "`upgrade abort` on a running node; the tests of `stage::upgrade` fire it"),
    ("no-upgrade", "`upgrade resume` on a running node; the tests of `stage::upgrade` fire it"),
    ("upgrade-changes-node", "`upgrade apply` on a running node; the tests of `stage::upgrade` fire it"),
    ("image-not-pulled", "`migrate-runtime apply` on a node; the tests of `stage::runtime_change` fire it"),
    ("runtime-not-taken-up", "as image-not-pulled, with an API server"),
    ("no-runtime-change", "as image-not-pulled"),
    ("reboot-not-survived", "as image-not-pulled"),
    ("crio-not-runnable", "as image-not-pulled"),
    ("rollback-failed", "a journal that breaks between a step and its rollback"),
    (
        "node-stands-on-it",
        "`rollback` on a running node; what it stands on is tested by host_prep::cluster::stands_on",
    ),
    (
        "support-archive-has-secret",
        "what is hidden is looked through again until nothing is found; no secret is known that is left",
    ),
    ("several-runtimes-answer", "two runtimes on the machine that runs the test"),
];

#[test]
fn every_code_is_fired_or_argued() {
    let all_fired =
        [findings::fired(), stages::fired(), commands::fired(), archives::fired(), translate::fired()]
            .concat();
    let missed: Vec<_> =
        all_fired.iter().filter(|(wanted, said)| !said.iter().any(|one| one == wanted)).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    let own: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let said = all_fired.iter().flat_map(|(_, said)| said.iter().map(String::as_str));
    let fired: BTreeSet<&str> = said.filter(|code| own.contains(code)).collect();
    let argued: BTreeSet<&str> = NOT_FIRED.iter().map(|(code, _)| *code).collect();
    let both: Vec<_> = fired.intersection(&argued).collect();
    assert!(both.is_empty(), "fired, so not to be argued: {both:?}");
    let both: BTreeSet<&str> = fired.union(&argued).copied().collect();
    let missing: Vec<_> = own.difference(&both).collect();
    assert!(missing.is_empty(), "not fired: {missing:?}");
}
