//! What another user than root may not read is neither well nor broken.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use snapbox::cmd::cargo_bin;

use crate::lay;

const AS_NOBODY: [&str; 4] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

/// The same with JSON for its answer.
fn run(dir: &Path, words: &[&str]) -> Option<Output> {
    run_plain(dir, &[words, &["--output", "json"]].concat())
}

/// The program as another user than root; `None` where there is no way to be one.
fn run_plain(dir: &Path, words: &[&str]) -> Option<Output> {
    let mut whoami = Command::new(AS_NOBODY[0]);
    if !whoami.args(&AS_NOBODY[1..]).arg("true").status().is_ok_and(|status| status.success()) {
        test_kit::skip("only root becomes another user");
        return None;
    }
    // The program lies where another user may not look.
    let copy = dir.join("k8sprep");
    std::fs::copy(cargo_bin!("k8sprep"), &copy).unwrap();
    let mut command = Command::new(AS_NOBODY[0]);
    command.args(&AS_NOBODY[1..]).arg(&copy).args(words).arg("--root");
    Some(command.arg(dir.join("root")).output().unwrap())
}

fn host() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let root = dir.path().join("root");
    for (path, text) in [
        ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n"),
        ("etc/kubernetes/kubelet.conf", "x"),
        ("etc/containers/policy.json", r#"{"default": [{"type": "insecureAcceptAnything"}]}"#),
        ("etc/containers/registries.conf", "unqualified-search-registries = []\n"),
        ("etc/containers/storage.conf", "[storage]\ndriver = \"overlay\"\n"),
        ("etc/cni/net.d/10-a.conflist", r#"{"name": "a", "plugins": [{"type": "bridge"}]}"#),
        ("etc/crio/crio.conf.d/10-a.conf", "[crio.runtime]\nlog_level = \"info\"\n"),
        ("opt/cni/bin/bridge", ""),
    ] {
        lay(&root, path, text);
    }
    for program in ["crio", "crun", "runc", "conmon", "pinns"] {
        lay(&root, &format!("usr/bin/{program}"), "");
    }
    dir
}

fn hide(dir: &Path, path: &str) {
    let path = dir.join("root").join(path);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o000)).unwrap();
}

fn codes(told: &Value, list: &str) -> Vec<String> {
    let all = told[list].as_array().unwrap().iter();
    all.map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
#[ignore = "run it with `tests/layer programs`"]
fn what_may_not_be_read_is_undecided_and_not_broken() {
    for path in [
        "etc/containers/policy.json",
        "etc/containers/registries.conf",
        "etc/containers/storage.conf",
        "etc/cni/net.d/10-a.conflist",
        "etc/cni/net.d",
    ] {
        let dir = host();
        hide(dir.path(), path);
        let Some(output) = run(dir.path(), &["crio", "check", "--release", "1.34"]) else { return };
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let said = codes(&told, "remarks");
        assert!(said.contains(&"file-unread".to_owned()), "{path}: {said:?}");
        for wrong in ["policy-json", "registries-conf", "storage-conf", "cni-"] {
            assert!(!said.iter().any(|code| code.starts_with(wrong)), "{path}: {said:?}");
        }
        let told: Value = serde_json::from_slice(&run(dir.path(), &["doctor"]).unwrap().stdout).unwrap();
        let found = codes(&told, "findings");
        for wrong in ["policy-json", "registries-conf", "storage-conf", "cni-"] {
            assert!(!found.iter().any(|code| code.starts_with(wrong)), "{path}: {found:?}");
        }
        let about = |one: &Value| one["source"].as_str().unwrap().contains(path);
        assert!(told["undecided"].as_array().unwrap().iter().any(about), "{path}: {}", told["undecided"]);
    }
}

#[test]
#[ignore = "run it with `tests/layer programs`"]
fn without_one_of_its_own_files_nothing_is_said_of_crio() {
    let dir = host();
    hide(dir.path(), "etc/crio/crio.conf.d/10-a.conf");
    let Some(output) = run(dir.path(), &["crio", "check", "--release", "1.34"]) else { return };
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("10-a.conf") && said.contains("as root"), "{said}");
    let told: Value = serde_json::from_slice(&run(dir.path(), &["doctor"]).unwrap().stdout).unwrap();
    let found = codes(&told, "findings");
    assert!(!found.iter().any(|code| code.starts_with("crio-toml") || code.starts_with("oci-")), "{found:?}");
    let undecided = codes(&told, "undecided");
    assert!(undecided.contains(&"crio-toml-broken".to_owned()), "{undecided:?}");
}

#[test]
#[ignore = "run it with `tests/layer programs`"]
fn verify_says_what_it_may_not_read() {
    let dir = host();
    std::fs::remove_file(dir.path().join("root/etc/kubernetes/kubelet.conf")).unwrap();
    hide(dir.path(), "etc/containers/policy.json");
    let spec = dir.path().join("spec.yaml");
    std::fs::write(&spec, "kubernetesVersion: v1.34.0\n").unwrap();
    let spec = spec.display().to_string();
    let Some(output) = run_plain(dir.path(), &["verify", "--spec", &spec]) else { return };
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("/etc/containers/policy.json") && said.contains("run it as root"), "{said}");
    assert!(!said.contains("[policy-json"), "{said}");
}

/// A reason that came through a fact is the system's refusal as well: each command says the same step.
#[test]
#[ignore = "run it with `tests/layer programs`"]
fn what_may_not_be_read_comes_with_the_step() {
    const STEP: &str = "run it as root, for example with sudo";
    let dir = host();
    let root = dir.path().join("root");
    lay(&root, "etc/kubernetes/manifests/etcd.yaml", "kind: Pod\n");
    lay(&root, "var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\n");
    lay(dir.path(), "node.yaml", "kubernetesVersion: v1.34.0\nadvertiseAddress: 192.0.2.1\nnodeName: n1\n");
    for path in ["etc/kubernetes", "var/lib/kubelet", "etc/crio"] {
        hide(dir.path(), path);
    }
    let spec = dir.path().join("node.yaml").display().to_string();
    for words in [
        &["facts"][..],
        &["doctor"],
        &["verify", "--spec", &spec],
        &["plan", "--spec", &spec],
        &["crio", "check"],
        &["crio", "show"],
        &["certs", "check"],
        &["upgrade", "plan", "--to", "1.35"],
        &["upgrade", "check", "--to", "1.35"],
        &["migrate-runtime", "plan"],
    ] {
        let Some(output) = run_plain(dir.path(), words) else { return };
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        assert_eq!(said.matches(STEP).count(), 1, "{words:?}: {said}");
    }
}
