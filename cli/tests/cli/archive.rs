//! `k8sprep doctor --collect` and `--from`: what is written, what is told, and how it ends.

use std::fs;
use std::path::Path;

use serde_json::Value;
use snapbox::cmd::Command;
use tempfile::TempDir;

use crate::{failure, k8sprep, lay, stdout};

/// A tree of a node of that name, with the digest of another id in it for each.
fn tree(name: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let lay = |path: &str, text: &str| lay(dir.path(), path, text);
    let unit = "[Service]\nExecStart=/usr/bin/crio\n";
    lay("etc/hostname", &format!("{name}\n"));
    lay("etc/machine-id", &format!("{name}0123456789\n"));
    lay("etc/kubernetes/kubelet.conf", "kind: Config\nusers: [{user: {token: 5ecr}}]\n");
    lay("usr/lib/systemd/system/crio.service", unit);
    lay("etc/systemd/system/crio.service.d/20-own.conf", unit);
    dir
}

fn output(command: Command) -> (i32, String) {
    let output = command.output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn codes(text: &str) -> Vec<String> {
    let json: Value = serde_json::from_str(text).unwrap();
    json["findings"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_archive_is_written_and_says_the_same() {
    let (tree, out) = (tree("n1"), tempfile::tempdir().unwrap());
    let (root, file) = (shown(tree.path()), shown(&out.path().join("n1.tar.gz")));
    let told = stdout(k8sprep(["doctor", "--root", &root, "--collect", &file]));
    assert!(told.contains("files of n1, ") && told.contains("2 secrets hidden"), "{told}");
    assert!(told.contains(&format!("`k8sprep doctor --from {file}`")), "{told}");
    let (status, host) = output(k8sprep(["doctor", "--root", &root, "--output", "json"]));
    let (same, archive) = output(k8sprep(["doctor", "--from", &file, "--output", "json"]));
    assert_eq!((status, codes(&host)), (same, codes(&archive)));
    assert!(codes(&archive).contains(&"exec-start-duplicated".to_owned()));
    // Once more over it, as JSON.
    let json = stdout(k8sprep(["doctor", "--root", &root, "--collect", &file, "--output", "json"]));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["schema"], &json["host"]), (&"k8sprep.doctor-collect/v1".into(), &"n1".into()));
    assert!(json["summary"]["error"].as_u64() > Some(0) && json["bytes"].as_u64() > Some(0), "{json}");
}

#[test]
fn what_is_no_archive_and_no_place_for_one_has_a_code() {
    let (tree, out) = (tree("n1"), tempfile::tempdir().unwrap());
    let (root, other) = (shown(tree.path()), out.path().join("other"));
    fs::write(&other, "mine").unwrap();
    let other = shown(&other);
    let (status, said) = failure(k8sprep(["doctor", "--root", &root, "--collect", &other]));
    assert!(status == 1 && said.contains("[support-archive-place-taken]"), "{said}");
    let (status, said) = failure(k8sprep(["doctor", "--from", &other]));
    assert!(status == 1 && said.contains("[support-archive-damaged]"), "{said}");
    let missing = shown(&out.path().join("none"));
    let (status, said) = failure(k8sprep(["doctor", "--from", &missing]));
    assert!(status == 1 && said.contains("[file-unreadable]"), "{said}");
    let (status, said) = failure(k8sprep(["doctor", "--from", &shown(out.path())]));
    assert!(status == 1 && said.contains("has no support archive and no facts"), "{said}");
    for wrong in [
        &["doctor", "--from", &other, "--root", &root][..],
        &["doctor", "--from", &other, "--collect", &missing],
        &["doctor", "--collect", &missing, "--output", "sarif"],
        &["doctor", "--collect", &missing, "--fail-on", "note"],
    ] {
        assert_eq!(failure(k8sprep(wrong.iter().copied())).0, 2, "{wrong:?}");
    }
    assert!(!Path::new(&missing).exists());
}

#[test]
fn hosts_are_compared_out_of_archives_and_facts() {
    let (one, two, three) = (tree("n1"), tree("n2"), tree("n2"));
    let out = tempfile::tempdir().unwrap();
    fs::write(three.path().join("etc/machine-id"), "n10123456789\n").unwrap();
    let file = |name: &str| shown(&out.path().join(name));
    for (tree, name) in [(&one, "a.tar.gz"), (&two, "b.tar.gz")] {
        stdout(k8sprep(["doctor", "--root", &shown(tree.path()), "--collect", &file(name)]));
    }
    let facts = stdout(k8sprep(["facts", "--root", &shown(three.path()), "--output", "json"]));
    let (status, text) = output(k8sprep(["doctor", "--from", &file("a.tar.gz"), &file("b.tar.gz")]));
    assert!(status == 0 && text.starts_with("2 hosts compared\n\nnothing found; "), "{text}");
    fs::write(out.path().join("c.json"), facts).unwrap();
    let (status, text) = output(k8sprep(["doctor", "--from", &shown(out.path())]));
    assert_eq!(status, 3, "{text}");
    assert!(text.contains("error[machine-id-cloned]: 2 hosts have one machine-id"), "{text}");
    assert!(text.contains("error[node-name-taken]: 2 hosts have the name n2"), "{text}");
    assert!(text.contains(&format!("--> n2 ({}): n2 (/etc/hostname)", file("c.json"))), "{text}");
    let dir = shown(out.path());
    let (_, json) = output(k8sprep(["doctor", "--from", &dir, "--output", "json"]));
    assert_eq!(codes(&json), ["node-name-taken", "machine-id-cloned"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["schema"], &json["summary"]["hosts"]), (&"k8sprep.doctor-hosts/v1".into(), &3.into()));
    let words = ["doctor", "--from", &dir, "--ignore", "host"];
    assert_eq!(output(k8sprep(words)).0, 0);
    // A file that is broken is told, and the others are compared.
    fs::write(out.path().join("d.json"), "{\"schema\": ").unwrap();
    fs::write(out.path().join("e.tar.gz"), "").unwrap();
    let (status, json) = output(k8sprep(["doctor", "--from", &dir, "--output", "json"]));
    assert_eq!((status, codes(&json)), (1, vec!["node-name-taken".into(), "machine-id-cloned".into()]));
    let json: Value = serde_json::from_str(&json).unwrap();
    let unread: Vec<_> = json["unread"].as_array().unwrap().iter().map(|one| &one["from"]).collect();
    assert_eq!(unread, [&Value::from(file("d.json")), &Value::from(file("e.tar.gz"))]);
    let said = k8sprep(["doctor", "--from", &dir]).output().unwrap();
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains(&format!("not compared: {} has no facts of a host", file("d.json"))), "{said}");
    assert!(said.contains(&format!("not compared: {} is no support archive", file("e.tar.gz"))), "{said}");
    // Of none that can be read every one is told.
    let (d, e) = (file("d.json"), file("e.tar.gz"));
    let (status, said) = failure(k8sprep(["doctor", "--from", &d, &e]));
    assert!(status == 1 && said.contains(&d) && said.contains(&e), "{said}");
    // What an editor puts before an object is no part of it.
    let facts = fs::read(out.path().join("c.json")).unwrap();
    fs::write(out.path().join("d.json"), ["\u{feff}\n".as_bytes(), &facts].concat()).unwrap();
    assert_eq!(output(k8sprep(["doctor", "--from", &d, &file("a.tar.gz")])).0, 3);
}

#[test]
fn facts_of_one_host_alone_are_no_archive() {
    let (tree, out) = (tree("n1"), tempfile::tempdir().unwrap());
    let facts = stdout(k8sprep(["facts", "--root", &shown(tree.path()), "--output", "json"]));
    let file = out.path().join("n1.json");
    fs::write(&file, facts).unwrap();
    let (status, said) = failure(k8sprep(["doctor", "--from", &shown(&file)]));
    assert!(status == 1 && said.contains("[support-archive-damaged]"), "{said}");
    assert!(said.contains("facts are compared with those of other hosts"), "{said}");
    fs::write(&file, "{\"schema\":\"x\"}").unwrap();
    let (status, said) = failure(k8sprep(["doctor", "--from", &shown(&file), &shown(&file)]));
    assert!(status == 1 && said.contains("has no facts of a host"), "{said}");
}

/// A sample of the recorded trees of ill nodes: one of each kind of evidence.
#[test]
fn a_recorded_tree_says_the_same_as_its_archive() {
    let ids = [
        "healthy-rhel",
        "key-of-another-certificate",
        "ca-key-for-all",
        "sa-pub-of-another",
        "kubelet-pem-dangling",
        "crio-masked",
        "services-renumbered",
        "auth-file-cut",
    ];
    let Some(recorded) = test_kit::recorded("recorded/doctor") else { return };
    let out = tempfile::tempdir().unwrap();
    let words = ["lay.py", "cases.jsonl", "base.tar.gz"].map(|name| recorded.join(name));
    let laid = std::process::Command::new("python3").args(words).arg(out.path()).args(ids).output();
    if !laid.is_ok_and(|laid| laid.status.success()) {
        return test_kit::skip("the recorded trees cannot be laid: python3 and openssl are needed");
    }
    for id in ids {
        let (tree, file) = (shown(&out.path().join(id)), shown(&out.path().join(format!("{id}.tar.gz"))));
        stdout(k8sprep(["doctor", "--root", &tree, "--collect", &file]));
        let (status, host) = output(k8sprep(["doctor", "--root", &tree, "--output", "json"]));
        let (same, archive) = output(k8sprep(["doctor", "--from", &file, "--output", "json"]));
        assert_eq!((status, codes(&host)), (same, codes(&archive)), "{id}");
    }
}
