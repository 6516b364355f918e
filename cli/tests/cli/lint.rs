//! `k8sprep lint`: what a file is, what is passed over, and what is taken back.

use std::path::Path;

use serde_json::Value;

use crate::{k8sprep, lay, stdout};

const KUBEADM: &str =
    "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.34.0\n";
const PROXY: &str = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nft\n";

fn laid() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), "a/kubeadm.yaml", KUBEADM);
    lay(dir.path(), "a/proxy.yaml", PROXY);
    lay(dir.path(), "b/crio.conf", "[crio.runtime]\nlog_level = 1\n");
    lay(dir.path(), "b/registries", "[[registry]]\nlocation = 1\n");
    lay(dir.path(), "b/storage.txt", "[storage]\ndriver = 1\n");
    lay(dir.path(), "k8sprep.yaml", "kubernetesVersion: v1.34.0\nrole: nothing\n");
    lay(dir.path(), "other.yaml", "apiVersion: v1\nkind: ConfigMap\n");
    lay(dir.path(), ".git/kubeadm.yaml", &KUBEADM.replace("v1.34.0", "none"));
    lay(dir.path(), "binary", &format!("{KUBEADM}\0"));
    std::os::unix::fs::symlink("a/proxy.yaml", dir.path().join("link.yaml")).unwrap();
    std::os::unix::fs::symlink("..", dir.path().join("a/up")).unwrap();
    dir
}

fn all(dir: &Path, words: &[&str]) -> (i32, String, String) {
    let output = k8sprep(["lint"].iter().chain(words).copied()).current_dir(dir).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn json(dir: &Path, words: &[&str]) -> (i32, Value) {
    let (status, out, err) = all(dir, &[words, &["--output", "json"]].concat());
    (status, serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}")))
}

/// The codes of a file.
fn codes<'v>(found: &'v Value, file: &str) -> Vec<&'v str> {
    let all = found["remarks"].as_array().unwrap().iter();
    all.filter(|one| one["file"] == file).map(|one| one["code"].as_str().unwrap()).collect()
}

#[test]
fn every_kind_is_known_and_checked_and_the_rest_is_passed_over() {
    let dir = laid();
    let (status, found) = json(dir.path(), &[]);
    assert_eq!(status, 3);
    let kinds: Vec<(&str, &str)> = found["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["file"].as_str().unwrap(), one["kind"].as_str().unwrap()))
        .collect();
    assert_eq!(
        kinds,
        [
            ("a/kubeadm.yaml", "kubeadm"),
            ("a/proxy.yaml", "kube-proxy"),
            ("b/crio.conf", "crio"),
            ("b/registries", "registries"),
            ("b/storage.txt", "storage"),
            ("k8sprep.yaml", "spec"),
        ],
        "no link is followed, and .git and binary files are left out"
    );
    assert_eq!(found["passedOver"], 1, "{found}");
    assert_eq!(codes(&found, "a/proxy.yaml"), ["proxy-mode"]);
    assert_eq!(codes(&found, "b/crio.conf"), ["crio-toml-broken"]);
    assert_eq!(codes(&found, "b/registries"), ["registries-conf-unreadable"; 2]);
    assert_eq!(codes(&found, "b/storage.txt"), ["storage-conf-unreadable"]);
    assert_eq!(codes(&found, "k8sprep.yaml"), ["spec-invalid"]);
    let spec = found["remarks"].as_array().unwrap().iter().find(|one| one["file"] == "k8sprep.yaml").unwrap();
    assert_eq!((&spec["field"], &spec["line"], &spec["column"]), (&"role".into(), &2.into(), &7.into()));
}

/// What an editor of Windows wrote is not passed over: kubeadm and CRI-O cannot read it.
#[test]
fn a_file_in_utf_16_is_known() {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        std::fs::write(dir.path().join(name), units.flat_map(u16::to_le_bytes).collect::<Vec<_>>()).unwrap();
    };
    put("kubeadm.yaml", KUBEADM);
    put("crio.conf", "[crio.runtime]\nlog_level = \"info\"\n");
    put("other.yaml", "apiVersion: v1\nkind: ConfigMap\n");
    let (status, found) = json(dir.path(), &[]);
    assert_eq!((status, &found["passedOver"]), (3, &1.into()), "{found:#}");
    for file in ["kubeadm.yaml", "crio.conf"] {
        assert!(!codes(&found, file).is_empty(), "{file}: {found:#}");
    }
    assert_eq!(all(dir.path(), &["kubeadm.yaml"]).0, 3);
}

#[test]
fn a_file_without_fault_is_clean_and_strict_is_stricter() {
    let dir = laid();
    let (status, out, err) = all(dir.path(), &["a/kubeadm.yaml"]);
    assert_eq!(status, 0, "{out}{err}");
    assert!(out.contains("a/kubeadm.yaml: kubeadm, by kubeadm v1.34.0: no error\n"), "{out}");
    assert_eq!(err, "1 file checked, 0 passed over\n");
    let advised = json(dir.path(), &["a/kubeadm.yaml"]).1["remarks"].as_array().unwrap().len();
    assert_eq!(all(dir.path(), &["a/kubeadm.yaml", "--strict"]).0, if advised > 0 { 3 } else { 0 });
    assert_eq!(all(dir.path(), &["a/kubeadm.yaml", "--kubernetes-version", "v1.20.0"]).0, 3);
    let (status, out, _) = all(dir.path(), &["/no/such", "a/proxy.yaml"]);
    assert_eq!(status, 1);
    assert!(out.contains("[proxy-mode]"), "the others are checked all the same: {out}");
    let said = stdout(k8sprep(["lint", "-"]).stdin(KUBEADM));
    assert!(said.contains("stdin: kubeadm"), "{said}");
}

#[test]
fn a_comment_takes_a_remark_back_with_a_reason() {
    let dir = laid();
    lay(dir.path(), "p.yaml", &PROXY.replace("nft", "nft # k8sprep: ignore proxy-mode a build of our own"));
    let (status, found) = json(dir.path(), &["p.yaml"]);
    assert_eq!((status, &found["ignored"], codes(&found, "p.yaml")), (0, &1.into(), vec![]), "{found}");
    lay(dir.path(), "p.yaml", &PROXY.replace("nft", "nft # k8sprep: ignore proxy-mode"));
    let (status, found) = json(dir.path(), &["p.yaml"]);
    assert_eq!(
        (status, codes(&found, "p.yaml")),
        (3, vec!["proxy-mode", "ignore-comment-invalid"]),
        "{found}"
    );
    lay(dir.path(), "p.yaml", &PROXY.replace("nft", "iptables # k8sprep: ignore proxy-mode old"));
    let (status, found) = json(dir.path(), &["p.yaml"]);
    assert_eq!((status, codes(&found, "p.yaml")), (0, vec!["ignore-comment-unused"]), "{found}");
}

#[test]
fn each_form_has_file_line_and_code() {
    let dir = laid();
    let (_, text, _) = all(dir.path(), &["a/proxy.yaml"]);
    assert!(text.contains("a/proxy.yaml:3:7") && text.contains("[proxy-mode]"), "{text}");
    let (_, github, _) = all(dir.path(), &["a/proxy.yaml", "--output", "github"]);
    assert!(github.starts_with("::error file=a/proxy.yaml,line=3,col=7,title=proxy-mode::"), "{github}");
    assert_eq!(github.lines().count(), 1, "a line end in a message is escaped: {github}");
    let (_, sarif, _) = all(dir.path(), &["a/proxy.yaml", "--output", "sarif"]);
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "proxy-mode");
    let place = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a/proxy.yaml");
    assert_eq!((&place["region"]["startLine"], &run["results"][0]["level"]), (&3.into(), &"error".into()));
    let (_, junit, _) = all(dir.path(), &["a", "--output", "junit"]);
    assert!(junit.contains("<testsuite name=\"a/proxy.yaml\" tests=\"1\" failures=\"1\""), "{junit}");
    assert!(junit.contains("name=\"proxy-mode:3\""), "{junit}");
}

/// What a name says stays a name, in each form.
#[test]
fn a_hostile_name_is_no_line_of_ours() {
    let dir = tempfile::tempdir().unwrap();
    let name = "x\n::error file=y::z,a:b%.yaml";
    lay(dir.path(), name, PROXY);
    let (_, github, _) = all(dir.path(), &[".", "--output", "github"]);
    assert_eq!(github.lines().count(), 1, "{github}");
    assert!(github.contains("file=x%0A%3A%3Aerror file=y%3A%3Az%2Ca%3Ab%25.yaml,line=3"), "{github}");
    let (_, text, _) = all(dir.path(), &["."]);
    assert!(!text.lines().any(|line| line.starts_with("::error")), "{text}");
}

/// The hooks and the action name what the program has.
#[test]
fn hooks_and_action_call_the_program_as_it_is() {
    let hooks = include_str!("../../../.pre-commit-hooks.yaml");
    let hooks: Value = serde_yaml::from_str(hooks).unwrap();
    for hook in hooks.as_array().unwrap() {
        assert_eq!(hook["entry"], "k8sprep lint");
    }
    let action = include_str!("../../../integrations/github/action.yml");
    let action: Value = serde_yaml::from_str(action).unwrap();
    let script = action["runs"]["steps"][1]["run"].as_str().unwrap();
    let help = stdout(k8sprep(["lint", "--help"]));
    for flag in ["--output", "--kubernetes-version", "--strict"] {
        assert!(script.contains(flag) && help.contains(flag), "{flag}");
    }
    assert!(!script.contains("${{"), "an input that stands in a script is run by it: {script}");
}
