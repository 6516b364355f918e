//! What `plan` and `apply --dry-run` say would still be wrong when the plan is done.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::{k8sprep, stdout};

/// A bare host of which nothing is wrong but for what `files` say.
fn host(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let base = [
        ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n"),
        ("etc/hostname", "n1\n"),
        ("etc/hosts", "127.0.0.1 localhost\n192.0.2.7 n1\n"),
        ("etc/resolv.conf", "nameserver 192.0.2.53\n"),
        ("etc/fstab", "/dev/sda2 none swap sw 0 0\n"),
        ("etc/sysctl.d/10-own.conf", "net.ipv4.ip_forward = 0\n"),
        ("usr/lib/systemd/system/chrony.service", "[Service]\nExecStart=/usr/sbin/chronyd\n"),
        ("etc/systemd/system/multi-user.target.wants/chrony.service", ""),
    ];
    for (path, text) in base.iter().chain(files) {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let wanted = dir.path().join("etc/systemd/system/multi-user.target.wants/chrony.service");
    fs::remove_file(&wanted).unwrap();
    std::os::unix::fs::symlink("/usr/lib/systemd/system/chrony.service", wanted).unwrap();
    dir
}

fn of(dir: &Path, command: &[&str]) -> String {
    let root = dir.display().to_string();
    let more = ["--root", &root, "--kubernetes-version", "v1.34.2", "--no-packages"];
    stdout(k8sprep(command.iter().copied().chain(more)))
}

fn outlook(dir: &Path, command: &[&str]) -> Value {
    let words: Vec<&str> = command.iter().copied().chain(["--output", "json"]).collect();
    let json: Value = serde_json::from_str(&of(dir, &words)).unwrap();
    assert_eq!(json["schema"], "k8sprep.plan/v1");
    assert!(!json["steps"].as_array().unwrap().is_empty());
    json["outlook"].clone()
}

fn codes(outlook: &Value) -> Vec<&str> {
    outlook["findings"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

#[test]
fn a_bare_host_that_the_plan_prepares_has_nothing_left() {
    let dir = host(&[]);
    for command in [&["plan"][..], &["apply", "--dry-run"]] {
        let text = of(dir.path(), command);
        assert!(!text.contains("what no step of it mends"), "{text}");
        let outlook = outlook(dir.path(), command);
        assert_eq!(codes(&outlook), [""; 0], "{outlook:#}");
        assert!(!outlook["undecided"].as_array().unwrap().is_empty(), "a tree has no kernel to ask");
    }
}

#[test]
fn what_no_step_mends_is_told_once_under_its_own_heading() {
    let dir = host(&[
        ("etc/modprobe.d/cis.conf", "install overlay /bin/false\n"),
        ("etc/hosts", "127.0.0.1 localhost\n127.0.1.1 n1\n"),
    ]);
    let text = of(dir.path(), &["plan"]);
    let (plan, still) = text.split_once("what no step of it mends:\n").unwrap();
    for line in [
        "error[module-blacklisted]: ",
        "/etc/modprobe.d/cis.conf:1",
        "warning[hostname-not-resolved]: ",
        "help: ",
    ] {
        assert!(still.contains(line), "{line}: {still}");
    }
    for code in ["module-blacklisted", "hostname-not-resolved"] {
        assert!(!plan.contains(&format!("[{code}]")), "{code} is told twice: {plan}");
    }
    assert!(!still.contains("swap") && !still.contains("ip-forward"), "the plan mends them: {still}");
    assert_eq!(codes(&outlook(dir.path(), &["plan"])), ["module-blacklisted", "hostname-not-resolved"]);
    assert!(fs::read_dir(dir.path().join("etc/kubernetes")).is_err(), "nothing is changed");
}
