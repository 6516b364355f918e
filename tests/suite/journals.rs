//! The journals of a real node, healthy and ill: what doctor reads out of them.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::SystemTime;

use host_prep::Host;
use host_prep::fs::Root;
use k8sprep::doctor::{Diagnosis, Kind, Logs, Severity, examine_with};
use k8sprep_tests::recorded;
use serde_json::Value;

/// A recording, what its logs say by themselves as an error, and as a warning. The test bed had
/// Debian's crun beside CRI-O's runc, which knows no `features`.
pub(crate) const RECORDED: &[(&str, &[&str], &[&str])] = &[
    ("apiserver-down", &["apiserver-unreachable"], &[]),
    ("cni-missing", &["cni-config-missing"], &["oci-runtime-without-features"]),
    // Since 1.34 the kubelet takes the driver from CRI-O: nothing is wrong, and nothing is said.
    ("crio-cgroupfs", &[], &["oci-runtime-without-features"]),
    ("crio-stopped", &["runtime-socket-missing"], &[]),
    ("crio-toml-broken", &["crio-toml-broken"], &["runtime-too-slow"]),
    (
        "crun-too-old",
        &["container-start-fails", "crun-too-old"],
        &["container-kill-fails", "oci-runtime-without-features", "runtime-too-slow"],
    ),
    ("healthy", &[], &[]),
    ("healthy-preflight", &[], &[]),
    // Only the kernel knows.
    ("ip-forward-off", &[], &[]),
    ("join-right", &[], &[]),
    ("join-wrong-hash", &["ca-hash-mismatch"], &[]),
    ("kubelet-cgroupfs-config", &[], &[]),
    ("kubelet-config-missing", &["kubelet-config-missing"], &[]),
    ("old-flag-container-runtime", &["kubelet-flag-unknown"], &[]),
    ("swap-on", &["swap-on"], &[]),
];

const LOGS: &[&str] = &["journal-kubelet.txt", "journal-crio.txt", "join.txt"];

fn logs_of(dir: &Path) -> Logs {
    let mut logs = Logs::new(SystemTime::now());
    for name in LOGS {
        if let Ok(file) = File::open(dir.join(name)) {
            logs.read(name, BufReader::new(file)).unwrap();
        }
    }
    logs
}

fn said(logs: &Logs, severity: Severity) -> Vec<&'static str> {
    let of = logs.said().iter().filter(|said| said.severity() == Some(severity));
    let mut codes: Vec<_> = of.map(|said| said.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// The healthy tree of the recordings, with the logs of an ill one.
fn diagnosis(dir: &Path, logs: Logs) -> Diagnosis {
    let root = Root::open(dir.join("healthy/files")).unwrap();
    examine_with(&Host::offline(root), SystemTime::now(), logs)
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn doctor_names_what_ails_a_node_from_its_journals_and_nothing_on_a_healthy_one() {
    let Some(dir) = recorded("conformance/node") else { return };
    for (name, errors, warnings) in RECORDED {
        let logs = logs_of(&dir.join(name));
        assert_eq!(said(&logs, Severity::Error), *errors, "{name}");
        assert_eq!(said(&logs, Severity::Warning), *warnings, "{name}");
        let found = diagnosis(&dir, logs).findings;
        let told = |code: &str| {
            let of_code = found.iter().filter(|one| one.code == code);
            of_code.flat_map(|one| &one.evidence).any(|evidence| evidence.kind == Kind::Log)
        };
        assert!(errors.iter().all(|code| told(code)), "{name}: {found:#?}");
    }
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn every_recorded_journal_is_in_the_table() {
    let Some(dir) = recorded("conformance/node") else { return };
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(!path.is_dir() || RECORDED.iter().any(|(one, ..)| *one == name), "{name}");
    }
}

/// What real kubelets of three releases said when they refused a configuration: each is named by
/// one code, from that line alone.
#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn every_refusal_of_a_kubelet_is_named_by_one_code() {
    let Some(dir) = recorded("recorded/kubelet") else { return };
    let mut refused = 0;
    for release in ["1.34.0", "1.35.4", "1.37.2"] {
        let answers = std::fs::read_to_string(dir.join(format!("answers-{release}.jsonl"))).unwrap();
        for answer in answers.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            let Some(message) = answer["message"].as_str().filter(|_| answer["verdict"] != "starts") else {
                continue;
            };
            refused += 1;
            // As klog quotes it.
            let quoted = Value::from(message).to_string();
            let line =
                format!("Nov 23 08:00:00 cp1 kubelet[1]: E1123 run.go:72] \"command failed\" err={quoted}\n");
            let mut logs = Logs::new(SystemTime::now());
            logs.read("journal", line.as_bytes()).unwrap();
            assert_eq!(said(&logs, Severity::Error).len(), 1, "{release}: {}: {message}", answer["id"]);
        }
    }
    assert!(refused > 1_500, "{refused}");
}
