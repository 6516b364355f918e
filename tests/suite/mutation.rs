//! What a diagnosis stands on is taken away, an answer at a time: undecided is never a pass.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::SystemTime;

use host_prep::Host;
use host_prep::fs::{Answer, Question, Record, Recorder, Root};
use k8sprep::doctor::{Diagnosis, checks, examine};

use k8sprep_tests::fake_host::FakeHost;

/// An answer that a rule asked for: a file, the names in a directory, what a program said.
type Asked = (PathBuf, Question);

/// What a tree answered while it was looked at, and what came of it.
struct Seen {
    root: PathBuf,
    record: Arc<Record>,
    now: SystemTime,
    diagnosis: Diagnosis,
}

impl Seen {
    fn of(root: &Path) -> Self {
        let now = SystemTime::now();
        let recorder = Recorder::default();
        let host = Host::offline(Root::open(root).unwrap()).recorded_by(&recorder);
        let diagnosis = examine(&host, now);
        drop(host);
        Self { root: root.to_owned(), record: Arc::new(recorder.take()), now, diagnosis }
    }

    /// What is said where one answer is another.
    fn with(&self, asked: &Asked, other: &Answer) -> Diagnosis {
        let record = (*self.record).clone().map(|path, question, answer| {
            if path == asked.0 && question == asked.1 { other.clone() } else { answer }
        });
        let host = Host::replayed(&self.root, false, Arc::new(record)).unwrap();
        examine(&host, self.now)
    }

    /// Whatever was read, of files that `wanted` names.
    fn read(&self, wanted: impl Fn(&Path) -> bool) -> Vec<Asked> {
        let read = |answer: &Answer| matches!(answer, Answer::Bytes(_) | Answer::Names(_));
        let all = self
            .record
            .iter()
            .filter(|(path, question, answer)| read(answer) && *question != Question::System && wanted(path));
        all.map(|(path, question, _)| (path.to_owned(), question)).collect()
    }

    fn is_evidence(&self, path: &Path) -> bool {
        let mut places = self.diagnosis.findings.iter().flat_map(|one| &one.evidence);
        places.any(|place| Path::new(&place.source) == path)
    }
}

/// Codes that stood on a file that cannot be read any more, and are neither found nor undecided: said
/// to be well. A finding about that very file is no silence.
fn falsely_well(seen: &Seen, asked: &Asked) -> Vec<String> {
    let after = seen.with(asked, &Answer::Failed("Permission denied (os error 13)".to_owned()));
    let path = asked.0.to_string_lossy();
    let told = after.findings.iter().any(|one| {
        let before = seen.diagnosis.findings.iter().any(|old| old.code == one.code);
        !before && (one.message.contains(&*path) || one.evidence.iter().any(|place| place.source == path))
    });
    let lost = seen.diagnosis.findings.iter().filter(|one| {
        one.evidence.iter().any(|place| place.source == path)
            && !after.findings.iter().any(|now| now.code == one.code)
            && !after.undecided.iter().any(|now| {
                now.code == one.code
                    || is_of_facts(one.code)
                        && format!("{} {}", now.unread.source, now.unread.why).contains(&*path)
            })
    });
    if told {
        return Vec::new();
    }
    lost.map(|one| format!("{}: {path} ({:?})", one.code, asked.1)).collect()
}

/// A code that facts alone decide has no row, and no word of its own where they are not known: a check
/// that stands on the same file says so.
fn is_of_facts(code: &str) -> bool {
    checks().all(|(_, check)| check.name != code)
}

#[test]
fn what_cannot_be_read_is_not_said_to_be_well() {
    let fake = FakeHost::new(&[
        ("etc/resolv.conf", "search example.net\n"),
        ("etc/hostname", "n1\n"),
        ("etc/fstab", "/dev/sda2 none swap sw 0 0\n"),
        ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n"),
        ("etc/sysctl.d/10-own.conf", "net.ipv4.ip_forward = 0\n"),
        ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n"),
        ("etc/systemd/system/crio.service.d/20-own.conf", "[Service]\nExecStart=/usr/bin/crio --x\n"),
        (
            "usr/lib/systemd/system/kubelet.service",
            "[Service]\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml\n",
        ),
        (
            "var/lib/kubelet/config.yaml",
            "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPod: 3\n",
        ),
        ("etc/crio/crio.conf.d/10-own.conf", "[crio.runtime]\ncgroup_manager = \"cgroupfs\"\n"),
        ("etc/crictl.yaml", "runtime-endpoint: unix:///run/containerd/containerd.sock\n"),
        ("etc/kubernetes/kubelet.conf", "kind: Config\n"),
        ("etc/kubernetes/manifests/cm.yaml", "kind: ConfigMap\n"),
        ("etc/cni/net.d/10-a.conflist", "{\"name\": \"a\", \"plugins\": [{\"type\": \"bridg\"}]}"),
        ("opt/cni/bin/bridge", ""),
    ]);
    let seen = Seen::of(fake.root());
    assert!(seen.diagnosis.findings.len() > 5, "{:?}", seen.diagnosis.findings);
    let stood_on = seen.read(|path| seen.is_evidence(path));
    assert!(stood_on.len() > 4, "{stood_on:?}");
    let wrong: Vec<String> = stood_on.iter().flat_map(|asked| falsely_well(&seen, asked)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every recorded tree: each file that a finding stands on, in turn.
#[test]
#[ignore = "run it with `tests/layer recorded`"]
#[expect(clippy::disallowed_methods, reason = "the recording lays its trees out itself")]
fn recorded_trees_are_never_said_to_be_well_for_want_of_a_file() {
    let Some(recorded) = k8sprep_tests::recorded("recorded/doctor") else { return };
    let trees = tempfile::tempdir().unwrap();
    let laid = Command::new("python3")
        .arg(recorded.join("lay.py"))
        .args([recorded.join("cases.jsonl"), recorded.join("base.tar.gz"), trees.path().to_owned()])
        .status();
    assert!(laid.unwrap().success());
    let (mut wrong, mut asked_of) = (Vec::new(), 0);
    for tree in std::fs::read_dir(trees.path()).unwrap() {
        let tree = tree.unwrap().path();
        let seen = Seen::of(&tree);
        for asked in seen.read(|path| seen.is_evidence(path)) {
            asked_of += 1;
            let name = tree.file_name().unwrap_or_default().to_string_lossy().into_owned();
            wrong.extend(falsely_well(&seen, &asked).into_iter().map(|what| format!("{name}: {what}")));
        }
    }
    assert!(asked_of > 50, "{asked_of}");
    wrong.sort();
    assert!(wrong.is_empty(), "of {asked_of}: {wrong:#?}");
}

/// What is read of the healthy tree and decides nothing there, and why.
const NOT_MISSED: &[(&str, &str)] = &[
    ("/bin", "each program is asked for by its own name"),
    ("/sbin", "the same"),
    ("/usr/bin", "the same"),
    ("/usr/sbin", "the same"),
    ("/opt/cni/bin", "the same"),
    ("/etc/cni/net.d/10-crio-bridge.conflist.disabled", "no runtime reads a file of that name"),
    ("/etc/modules-load.d", "what modules do at boot is undecided on a tree, with this file or without"),
    ("/lib/modules/", "the same"),
    // readlink(2) wants the directory alone to be searchable, and then its units cannot be read either.
    ("/etc/systemd/system/chronyd.service", "a link that gives a unit a second name"),
    ("/etc/systemd/system/cri-o.service", "the same"),
    ("/var/lib/cni/networks", "the names below it are listed for the network that is in use"),
];

/// Of the healthy tree nothing is read for nothing: each file that cannot be read is said somewhere.
#[test]
#[ignore = "run it with `tests/layer recorded`"]
#[expect(clippy::disallowed_methods, reason = "the recording lays its trees out itself")]
fn each_file_of_a_healthy_tree_is_missed_where_it_cannot_be_read() {
    let Some(recorded) = k8sprep_tests::recorded("recorded/doctor") else { return };
    let trees = tempfile::tempdir().unwrap();
    let laid = Command::new("python3")
        .arg(recorded.join("lay.py"))
        .args([recorded.join("cases.jsonl"), recorded.join("base.tar.gz"), trees.path().to_owned()])
        .arg("healthy")
        .status();
    assert!(laid.unwrap().success());
    let seen = Seen::of(&trees.path().join("healthy"));
    let say = |of: &Diagnosis| {
        let found = of.findings.iter().map(|one| format!("{} {}", one.code, one.message));
        let open = of.undecided.iter().map(|one| format!("{} {}", one.code, one.unread.source));
        found.chain(open).collect::<std::collections::BTreeSet<_>>()
    };
    let before = say(&seen.diagnosis);
    let all = seen.read(|_| true);
    let silent = all.iter().filter(|asked| {
        let after = seen.with(asked, &Answer::Failed("Permission denied (os error 13)".to_owned()));
        say(&after) == before
    });
    let silent: Vec<String> = silent.map(|(path, _)| path.to_string_lossy().into_owned()).collect();
    let unknown: Vec<&String> =
        silent.iter().filter(|path| NOT_MISSED.iter().all(|(name, _)| !path.starts_with(name))).collect();
    assert!(unknown.is_empty(), "of {}: {unknown:#?}", all.len());
}
