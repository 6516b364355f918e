//! `k8sprep doctor --fix`: what it shows, asks, does to a tree, and how it ends.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::{k8sprep, lay, stdout};

const SWAP: &str = "/dev/sda1 / ext4 defaults 0 1\n/dev/sda2 none swap sw 0 0\n";

/// A host for a node with swap at boot, which a plan cures, and a masked module, which it does not.
fn ill() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let lay = |path: &str, text: &str| lay(dir.path(), path, text);
    lay("usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n");
    lay("etc/fstab", SWAP);
    lay("etc/modprobe.d/cis.conf", "install overlay /bin/false\n");
    dir
}

/// Status, stdout and stderr.
fn of(dir: &Path, args: &[&str]) -> (i32, String, String) {
    let root = dir.display().to_string();
    let words = ["doctor", "--root", &root, "--select", "kernel"];
    let output = k8sprep(words.into_iter().chain(args.iter().copied())).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn fstab(dir: &Path) -> String {
    fs::read_to_string(dir.join("etc/fstab")).unwrap()
}

#[test]
fn what_a_plan_cures_is_cured_and_rolled_back() {
    let dir = ill();
    let (status, text, told) = of(dir.path(), &["--fix", "--yes"]);
    assert_eq!(status, 3, "the module is left: {text}{told}");
    assert!(told.contains("change /etc/fstab") && told.contains("undo: "), "{told}");
    for line in [
        "warning[swap-returns-at-boot]",
        "1 step taken, transaction 1; `k8sprep rollback --to 0` rolls them back",
        "cured: swap-returns-at-boot",
        "not fixed: module-blacklisted: no step of a plan cures it",
        "still there: module-blacklisted",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert_ne!(fstab(dir.path()), SWAP);
    let root = dir.path().display().to_string();
    stdout(k8sprep(["rollback", "--root", &root]));
    assert_eq!(fstab(dir.path()), SWAP);
}

/// What only `--fix=unsafe` does is not said to be beyond a plan.
#[test]
fn what_has_to_be_asked_for_is_not_called_impossible() {
    let dir = tempfile::tempdir().unwrap();
    let conflist = |plugin: &str| {
        format!(r#"{{"cniVersion": "0.4.0", "name": "{plugin}", "plugins": [{{"type": "{plugin}"}}]}}"#)
    };
    lay(dir.path(), "usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n");
    lay(dir.path(), "etc/kubernetes/kubelet.conf", "clusters: []\n");
    lay(dir.path(), "etc/cni/net.d/10-crio-bridge.conflist", &conflist("bridge"));
    lay(dir.path(), "etc/cni/net.d/20-flannel.conflist", &conflist("flannel"));
    let root = dir.path().display().to_string();
    let words = ["doctor", "--root", &root, "--select", "cni-config-shadowed", "--fix", "--yes"];
    let text = String::from_utf8(k8sprep(words).output().unwrap().stdout).unwrap();
    assert!(text.contains("not fixed: cni-config-shadowed: it can disturb what runs"), "{text}");
    assert!(
        text.contains("what a plan could do has to be asked for") && !text.contains("nothing of it"),
        "{text}"
    );
}

#[test]
fn nothing_is_done_without_consent_and_nothing_twice() {
    let dir = ill();
    let (status, _, told) = of(dir.path(), &["--fix"]);
    assert_eq!((status, fstab(dir.path()).as_str()), (1, SWAP), "{told}");
    assert!(told.contains("there is nobody to ask [nobody-to-ask]") && told.contains("--yes"), "{told}");
    of(dir.path(), &["--fix", "--yes"]);
    let (status, text, _) = of(dir.path(), &["--fix", "--yes"]);
    assert_eq!(status, 3);
    assert!(text.contains("nothing of it can be fixed by a plan"), "{text}");
    let root = dir.path().display().to_string();
    let history = stdout(k8sprep(["history", "--root", &root, "--output", "json"]));
    let history: Value = serde_json::from_str(&history).unwrap();
    assert_eq!(history["transactions"].as_array().map(Vec::len), Some(1), "{history}");
}

#[test]
fn a_host_that_nothing_is_wrong_with_is_left() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("etc")).unwrap();
    let (status, text, _) = of(dir.path(), &["--fix", "--yes"]);
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("nothing found") && !text.contains("fixed"), "{text}");
    assert_eq!(fs::read_dir(dir.path().join("etc")).unwrap().count(), 0);
}

/// Nothing is wrong in a directory that a disk is not mounted on, and nothing is right either.
#[test]
fn a_directory_that_is_no_hosts_is_not_called_well() {
    let dir = tempfile::tempdir().unwrap();
    for more in [&["--fix", "--yes"][..], &["--watch", "1s"], &[]] {
        let (status, text, told) = of(dir.path(), more);
        assert_eq!((status, text.as_str()), (1, ""), "{more:?}");
        assert!(
            told.contains("has neither /etc nor /usr nor /var") && told.contains("[path-not-found]"),
            "{told}"
        );
    }
    // To node-problem-detector 1 would be an ill node.
    let (status, line, _) = of(dir.path(), &["--output", "npd"]);
    assert!(
        status == 2 && line.contains("is no host's tree") && line.lines().count() == 1,
        "{status} {line}"
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn json_says_of_each_finding_who_can_cure_it_and_what_was_done() {
    let dir = ill();
    let (_, text, _) = of(dir.path(), &["--output", "json"]);
    let json: Value = serde_json::from_str(&text).unwrap();
    let fixes: Vec<_> =
        json["findings"].as_array().unwrap().iter().map(|one| (&one["code"], &one["fix"])).collect();
    let (swap, module) = (Value::from("swap-returns-at-boot"), Value::from("module-blacklisted"));
    let (automatic, commands) = (Value::from("automatic"), Value::from("commands"));
    assert_eq!(fixes, [(&module, &commands), (&swap, &automatic)]);
    assert!(json["treatment"].is_null());
    let (status, text, _) = of(dir.path(), &["--output", "json", "--fix", "--yes"]);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &json["schema"]), (3, &"k8sprep.doctor/v1".into()));
    assert_eq!(json["cured"][0]["code"], swap);
    assert_eq!(json["findings"].as_array().unwrap().len(), 1);
    assert_eq!((&json["treatment"]["ending"], &json["treatment"]["taken"]), (&"applied".into(), &1.into()));
    assert_eq!(json["treatment"]["left"][0]["code"], module);
    let (status, text, told) = of(ill().path(), &["--output", "json", "--fix"]);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &json["treatment"]["ending"]), (1, &"failed".into()), "{told}");
    assert_eq!(json["cured"].as_array().map(Vec::len), Some(0));
}

#[test]
fn other_formats_and_a_run_that_was_interrupted_are_refused() {
    let dir = ill();
    assert_eq!(of(dir.path(), &["--fix", "--output", "sarif"]).0, 2);
    assert_eq!(of(dir.path(), &["--fix=reckless"]).0, 2);
    assert_eq!(of(dir.path(), &["--yes"]).0, 2);
    // An archive is not the host that it was made of, and least of all the one it is looked at on.
    for other in ["--from", "--collect"] {
        assert_eq!(
            k8sprep(["doctor", "--fix", "--yes", other, "x"]).output().unwrap().status.code(),
            Some(2)
        );
    }
    of(dir.path(), &["--fix", "--yes"]);
    let root = dir.path().display().to_string();
    stdout(k8sprep(["rollback", "--root", &root]));
    // What a killed run leaves: a journal that begins and does not end.
    let state = dir.path().join("var/lib/k8sprep");
    let journal = find(&state, "1.journal").unwrap_or_else(|| panic!("no journal in {}", state.display()));
    let first = fs::read_to_string(&journal).unwrap().lines().next().unwrap().to_owned();
    fs::write(&journal, format!("{first}\n")).unwrap();
    let (status, _, told) = of(dir.path(), &["--fix", "--yes"]);
    assert_eq!(status, 1, "{told}");
    assert!(told.contains("k8sprep recover"), "{told}");
    assert_eq!(fstab(dir.path()), SWAP);
}

fn find(dir: &Path, end: &str) -> Option<std::path::PathBuf> {
    fs::read_dir(dir).ok()?.filter_map(Result::ok).map(|entry| entry.path()).find_map(|path| {
        if path.is_dir() { find(&path, end) } else { path.to_string_lossy().ends_with(end).then_some(path) }
    })
}
