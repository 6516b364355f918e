//! Which codes a plan cures, and that each cure cures: it fires, is cured, is silent, and everything
//! is as before after a rollback.

mod cases;
mod machine;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use host_prep::fs::Root;
use host_prep::{ApplyOptions, Back, Host, NoProgress};

use super::{Treatment, cures};
use crate::doctor::laid::{lay, now};
use crate::doctor::{Diagnosis, Fix, Inspection, checks, diagnose};
use cases::{CASES, Case};
use machine::{Machine, bytes_of};

/// A host that is laid by a case, in a directory that lives as long.
struct Laid {
    dir: tempfile::TempDir,
    host: Host,
}

fn laid(case: &Case) -> Laid {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), case.files);
    let root = || Root::open(dir.path()).unwrap();
    let host = match case.active {
        None => Host::offline(root()),
        Some(active) => {
            let stale = case.code == "daemon-reload-pending";
            Host::with_commands(root(), Arc::new(Machine::new(dir.path(), active, stale)))
        }
    };
    Laid { host, dir }
}

fn only(code: &str, seen: &Inspection<'_>) -> Diagnosis {
    let mut diagnosis = diagnose(seen);
    diagnosis.retain(|_, name| name == code);
    diagnosis
}

#[test]
fn every_cure_fires_cures_and_goes_back() {
    let wrong: Vec<String> = CASES.iter().filter_map(|case| proved(case).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn proved(case: &Case) -> Result<(), String> {
    let code = case.code;
    let that = |holds: bool, what: &dyn Fn() -> String| {
        if holds { Ok(()) } else { Err(format!("{code}: {}", what())) }
    };
    let host = laid(case);
    let before = bytes_of(host.dir.path());
    let seen = Inspection::of(&host.host, now());
    let found = only(code, &seen);
    let fixes: Vec<_> = found.findings.iter().map(|one| one.fix).collect();
    that(!fixes.is_empty() && fixes.iter().all(|fix| *fix == case.fix), &|| format!("fires: {found:?}"))?;
    let treatment = Treatment::of(&seen, &found, case.fix, &|_| true);
    that(treatment.left.is_empty(), &|| format!("is left: {:?}", treatment.left))?;
    let plan = host_prep::verify(&host.host, &treatment.desired);
    that(!plan.steps().is_empty() && plan.problems().is_empty(), &|| format!("{plan:?}"))?;
    let options = ApplyOptions::default();
    let done = host_prep::apply(&host.host, &treatment.desired, &plan, &options, &mut NoProgress);
    that(done.is_ok(), &|| format!("{done:?}"))?;
    let after = only(code, &Inspection::of(&host.host, now())).findings;
    that(after.is_empty(), &|| format!("is still there: {after:?}"))?;
    let back = host_prep::rollback(&host.host, Back::All, Duration::ZERO, &mut NoProgress);
    that(back.as_ref().is_ok_and(host_prep::Rollback::is_complete), &|| format!("{back:?}"))?;
    let back = bytes_of(host.dir.path());
    that(back == before, &|| format!("is not as before: {back:?}, was {before:?}"))
}

/// What is safe is taken without a word, so that nothing of it may be taken on a control plane that
/// runs.
#[test]
fn what_is_unsafe_is_left_unless_it_is_asked_for() {
    for case in CASES.iter().filter(|case| case.fix == Fix::Unsafe) {
        let host = laid(case);
        let seen = Inspection::of(&host.host, now());
        let treatment = Treatment::of(&seen, &only(case.code, &seen), Fix::Automatic, &|_| true);
        assert!(treatment.cures.is_empty() && !treatment.left.is_empty(), "{}: {treatment:?}", case.code);
        assert!(treatment.left[0].why.contains("--fix=unsafe"), "{:?}", treatment.left);
        assert!(treatment.left[0].has_to_be_asked_for(), "{:?}", treatment.left);
        assert_eq!(treatment.desired.resources().count(), 0, "{}", case.code);
    }
}

#[test]
fn on_a_control_plane_that_runs_nothing_is_automatic() {
    for case in CASES.iter().filter(|case| case.active.is_some()) {
        let pod = "kind: Pod\nmetadata: {name: kube-apiserver}\nspec:\n  containers:\n  - command: [kube-apiserver]\n";
        let pod = ("etc/kubernetes/manifests/kube-apiserver.yaml", pod);
        if case.files.iter().any(|(path, _)| *path == pod.0) {
            continue;
        }
        let files: Vec<_> = case.files.iter().copied().chain([pod]).collect();
        let host = laid(&Case { files: &files, ..*case });
        let found = only(case.code, &Inspection::of(&host.host, now()));
        let automatic = found.findings.iter().any(|one| one.fix == Fix::Automatic);
        assert!(!automatic, "{}: {:#?}", case.code, found.findings);
    }
}

/// What a file of somebody else's says after ours is theirs to change: a plan that would change
/// nothing, or restart a runtime for nothing, is not offered.
#[test]
fn what_a_later_file_says_is_left_to_commands() {
    let later =
        [("crio.conf.d/", "etc/crio/crio.conf.d/zz-late.conf"), ("60-own.conf", "etc/sysctl.d/zzz.conf")];
    let mut tried = 0;
    for case in CASES.iter().filter(|case| case.active.is_none()) {
        let mut files = case.files.to_vec();
        let moved = later.iter().any(|(part, to)| {
            let mut found = files.iter_mut().filter(|(path, _)| path.contains(part));
            found.next().map(|file| file.0 = to).is_some()
        });
        let host = laid(&Case { files: &files, ..*case });
        let found = only(case.code, &Inspection::of(&host.host, now()));
        if moved && !found.findings.is_empty() {
            tried += 1;
            let offered = found.findings.iter().any(|one| one.fix != Fix::Commands);
            assert!(!offered, "{}: {:#?}", case.code, found.findings);
        }
    }
    assert!(tried >= 7, "{tried}");
}

/// Every code that a plan cures has its case; a cure that no case proves is none.
#[test]
fn every_cure_has_a_case_and_every_other_code_its_commands() {
    let proved: BTreeSet<&str> = CASES.iter().map(|case| case.code).collect();
    let cured: BTreeSet<&str> = cures().map(|cure| cure.code).collect();
    assert_eq!(proved, cured);
    let names: BTreeSet<&str> = checks().map(|(_, check)| check.name).collect();
    assert!(cured.is_subset(&names), "{:?}", cured.difference(&names));
    for name in names.difference(&cured) {
        let text = crate::explain::find(name).unwrap();
        assert!(!text.cure.is_empty(), "{name} has neither a plan nor a command");
    }
}

/// The and the reference's list of what is never advised.
#[test]
fn no_cure_advises_what_hurts() {
    const NEVER: [&str; 5] = [
        "--ignore-preflight-errors=all",
        "setenforce 0",
        "rm -rf /var/lib/etcd",
        "rm -r /var/lib/etcd",
        "SELINUX=disabled",
    ];
    for text in crate::explain::all() {
        let never = NEVER.iter().find(|never| text.cure.contains(**never));
        assert_eq!(never, None, "{}: {}", text.code, text.cure);
    }
}

/// A file of ours that an earlier run wrote keeps what it says.
#[test]
fn what_an_earlier_run_has_written_stays() {
    let own = "# Written by k8sprep: what a Kubernetes node needs.\nnet.ipv4.ip_forward = 1\nvm.max_map_count = 262144\nfs.inotify.max_user_instances = 8192\n";
    let (modules, crio) = ("# Written by k8sprep.\noverlay\n", "[crio.image]\npause_image = \"own\"\n");
    let low = "[crio.runtime]\npids_limit = 512\n";
    let files: &[(&str, &str)] = &[
        cases::KUBELET,
        cases::CRIO,
        ("etc/sysctl.d/99-zz-k8sprep.conf", own),
        ("etc/modules-load.d/k8sprep.conf", modules),
        ("etc/crio/crio.conf.d/99-k8sprep.conf", crio),
        ("etc/crio/crio.conf.d/10-low.conf", low),
        (
            "usr/lib/modules/6.1.0/modules.dep",
            "kernel/net/bridge/br_netfilter.ko:\nkernel/fs/overlayfs/overlay.ko:\n",
        ),
        ("lib", "-> usr/lib"),
        ("proc/sys/kernel/osrelease", "6.1.0\n"),
        ("proc/modules", ""),
        ("proc/sys/net/ipv4/ip_forward", "0\n"),
        ("proc/sys/vm/max_map_count", "65530\n"),
        ("proc/sys/fs/inotify/max_user_instances", "16384\n"),
    ];
    let host = laid(&Case { code: "ip-forward-off", files, active: Some(&[]), fix: Fix::Automatic });
    let seen = Inspection::of(&host.host, now());
    let mut found = diagnose(&seen);
    found.retain(|_, name| ["ip-forward-off", "br-netfilter-not-loaded", "pids-limit-low"].contains(&name));
    let treatment = Treatment::of(&seen, &found, Fix::Automatic, &|_| false);
    assert_eq!(treatment.left, []);
    let plan = host_prep::verify(&host.host, &treatment.desired);
    let done =
        host_prep::apply(&host.host, &treatment.desired, &plan, &ApplyOptions::default(), &mut NoProgress);
    assert!(done.is_ok(), "{done:#?}");
    let read = |path: &str| std::fs::read_to_string(host.dir.path().join(path)).unwrap();
    let sysctls = read("etc/sysctl.d/99-zz-k8sprep.conf");
    for line in ["net.ipv4.ip_forward = 1", "vm.max_map_count = 262144", "max_user_instances = 8192"] {
        assert!(sysctls.contains(line), "{line}: {sysctls}");
    }
    assert!(read("proc/sys/fs/inotify/max_user_instances").starts_with("16384"), "more is not made less");
    let modules = read("etc/modules-load.d/k8sprep.conf");
    assert!(modules.contains("overlay\n") && modules.contains("br_netfilter\n"), "{modules}");
    let crio = read("etc/crio/crio.conf.d/99-k8sprep.conf");
    assert!(crio.contains("pause_image = \"own\"") && crio.contains("pids_limit = -1"), "{crio}");
}

/// What it costs is tested where processor time is measured (`tests/suite/growth.rs`).
#[test]
fn many_findings_of_a_code_are_cured_together() {
    let fstab: String = (0..400).map(|at| format!("/dev/sw{at} none swap sw 0 0\n")).collect();
    let dir = tempfile::tempdir().unwrap();
    let case = CASES.iter().find(|case| case.code == "swap-returns-at-boot").unwrap();
    let others = case.files.iter().copied().filter(|(path, _)| *path != "etc/fstab");
    let files: Vec<(&str, &str)> = others.chain([("etc/fstab", fstab.as_str())]).collect();
    lay(dir.path(), &files);
    let host = Host::offline(Root::open(dir.path()).unwrap());
    let seen = Inspection::of(&host, now());
    let found = only("swap-returns-at-boot", &seen);
    assert_eq!(found.findings.len(), 400);
    let treatment = Treatment::of(&seen, &found, Fix::Automatic, &|_| true);
    assert_eq!((treatment.cures.as_slice(), treatment.left.len()), (&["swap-returns-at-boot"][..], 0));
}
