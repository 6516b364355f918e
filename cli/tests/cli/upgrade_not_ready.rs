//! `k8sprep upgrade plan` on nodes that are not ready for it: each says so, by a code, and never "ready".

use serde_json::Value;
use tempfile::TempDir;

use crate::lay;
use crate::upgrade::{codes, control_plane, ids, plan, pod, root, run, step, worker};

const MANIFESTS: &str = "etc/kubernetes/manifests";

fn node() -> TempDir {
    control_plane("v1.33.2", "3.5.24-0", "1.33.2")
}

/// The exit status and the codes, of verdicts and of what could not be decided.
fn told(dir: &TempDir) -> (i32, Vec<String>) {
    let (status, json) = plan(dir, "1.34", &[]);
    let open = json["undecided"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap());
    let mut all: Vec<String> = codes(&json).into_iter().chain(open).map(str::to_owned).collect();
    all.dedup();
    (status, all)
}

#[test]
fn a_control_plane_without_any_manifest_is_told() {
    for trace in ["pki/ca.key", "pki/apiserver.key", "controller-manager.conf", "scheduler.conf"] {
        let dir = node();
        std::fs::remove_dir_all(dir.path().join(MANIFESTS)).unwrap();
        lay(dir.path(), &format!("etc/kubernetes/{trace}"), "x\n");
        let (status, all) = told(&dir);
        assert_eq!(status, 3, "{trace}");
        assert!(all.iter().any(|code| code == "manifest-directory-missing"), "{trace}: {all:?}");
        std::fs::create_dir(dir.path().join(MANIFESTS)).unwrap();
        let (status, all) = told(&dir);
        assert!(status == 3 && all.iter().any(|code| code == "manifest-missing"), "{trace}: {all:?}");
        assert_eq!(plan(&dir, "1.34", &[]).1["role"], "first-control-plane", "{trace}");
    }
}

#[test]
fn without_the_administrators_kubeconfig_kubeadm_upgrades_nothing() {
    let dir = node();
    assert_eq!(told(&dir), (0, vec![]));
    for text in [Some("x: y\n"), Some(""), None] {
        match text {
            Some(text) => lay(dir.path(), "etc/kubernetes/admin.conf", text),
            None => std::fs::remove_file(dir.path().join("etc/kubernetes/admin.conf")).unwrap(),
        }
        let (status, all) = told(&dir);
        assert!(status == 3 && all == ["kubeconfig-unusable"], "{text:?}: {all:?}");
    }
}

#[test]
fn packages_that_nobody_can_change_are_told() {
    let dir = node();
    let path = dir.path().join("var/lib/dpkg/status");
    let whole = std::fs::read_to_string(&path).unwrap();
    let of = |from: &str, to: &str| {
        std::fs::write(&path, whole.replace(from, to)).unwrap();
        told(&dir)
    };
    let held = "hold ok installed";
    assert_eq!(of(held, "hold ok half-configured"), (3, vec!["package-half-installed".to_owned()]));
    assert_eq!(of(held, "deinstall ok installed"), (3, vec!["package-to-be-removed".to_owned()]));
    for (status, all) in [of(held, "deinstall ok config-files"), {
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        told(&dir)
    }] {
        assert_eq!(status, 1);
        assert!(all.iter().any(|code| code == "kubelet-too-old-for-upgrade"), "{all:?}");
        assert!(all.iter().any(|code| code == "runtime-is-another"), "{all:?}");
    }
}

#[test]
fn an_image_that_names_no_release_leaves_it_open() {
    let digest = format!("@sha256:{}", "a".repeat(64));
    for (name, tag, code) in [
        ("etcd", "3.5.24-0", "etcd-too-old-for-upgrade"),
        ("kube-apiserver", "v1.33.2", "upgrade-skips-minor"),
        ("kube-scheduler", "v1.33.2", "upgrade-skips-minor"),
    ] {
        for instead in ["", digest.as_str(), ":latest"] {
            let dir = node();
            let text = pod(name, tag).replace(&format!(":{tag}"), instead);
            assert!(!text.contains(tag), "{text}");
            lay(dir.path(), &format!("{MANIFESTS}/{name}.yaml"), &text);
            assert_eq!(told(&dir), (1, vec![code.to_owned()]), "{name}{instead}");
            // etcd is of this node, whatever its image is called.
            let (_, json) = plan(&dir, "1.34", &[]);
            assert!(step(&json, "snapshot")["commands"].to_string().contains("snapshot save /var/lib/etcd/"));
        }
    }
}

#[test]
fn a_torn_manifest_of_etcd_does_not_make_it_somebody_elses() {
    let dir = node();
    lay(dir.path(), &format!("{MANIFESTS}/etcd.yaml"), "apiVersion: v1\nkind: Po");
    let (status, json) = plan(&dir, "1.34", &[]);
    assert!(status == 3 && codes(&json).contains(&"manifest-not-a-pod"), "{json}");
    assert!(!step(&json, "snapshot")["why"].as_str().unwrap().contains("not of this node"), "{json}");
}

#[test]
fn a_node_of_another_runtime_is_sent_to_its_migration() {
    for socket in ["/run/containerd/containerd.sock", "/var/run/cri-dockerd.sock"] {
        let dir = worker("1.33.2", "1.33.2", "1.33.1");
        lay(
            dir.path(),
            "var/lib/kubelet/kubeadm-flags.env",
            &format!("KUBELET_KUBEADM_ARGS=\"--container-runtime-endpoint=unix://{socket}\"\n"),
        );
        let (status, json) = plan(&dir, "1.34", &[]);
        assert!(status == 3 && codes(&json) == ["runtime-is-another"], "{socket}: {json}");
        assert!(json["verdicts"][0]["cure"].as_str().unwrap().contains("k8sprep migrate-runtime plan"));
    }
}

#[test]
fn a_repository_without_a_minor_and_a_name_with_a_blank_are_told_and_quoted() {
    let dir = node();
    let repository =
        std::fs::read_to_string(dir.path().join("etc/apt/sources.list.d/kubernetes.list")).unwrap();
    lay(dir.path(), "etc/apt/sources.list.d/our own's.list", &repository);
    lay(dir.path(), "etc/apt/sources.list.d/cri-o.list", "deb https://mirror.example.com/cri-o/ /\n");
    let etcd = pod("etcd", "3.5.24-0").replace("[etcd]", "[etcd, \"--data-dir=/srv/our etcd\"]");
    lay(dir.path(), &format!("{MANIFESTS}/etcd.yaml"), &etcd);
    let (_, json) = plan(&dir, "1.34", &[]);
    let commands = |id: &str| -> Vec<String> {
        let all = step(&json, id)["commands"].as_array().unwrap().iter();
        all.map(|one| one.as_str().unwrap().to_owned()).collect()
    };
    let all = commands("repositories");
    assert!(all.iter().any(|one| one.ends_with(r"'/etc/apt/sources.list.d/our own'\''s.list'")), "{all:?}");
    assert!(all.iter().any(|one| one.starts_with("# /etc/apt/sources.list.d/cri-o.list names no minor")));
    assert!(commands("snapshot")[0].ends_with("snapshot save '/srv/our etcd/before-1.34.db'"), "{json}");
}

#[test]
fn a_patch_is_no_new_minor_and_an_older_one_is_refused() {
    let dir = node();
    let (status, json) = plan(&dir, "v1.33.5", &[]);
    assert_eq!((status, &json["status"]), (0, &"ready".into()), "{json}");
    let why: Vec<&str> =
        json["steps"].as_array().unwrap().iter().map(|step| step["why"].as_str().unwrap()).collect();
    assert!(why.iter().all(|why| !why.contains("new minor")), "{why:?}");
    for to in ["1.32", "v1.33.1"] {
        let (status, text, error) = run(&["plan", "--to", to, "--root", &root(&dir)]);
        assert_eq!((status, text.as_str()), (2, ""), "{error}");
        assert!(error.contains("is older") && error.contains("[upgrade-blocked]"), "{error}");
    }
}

#[test]
fn a_minor_that_cannot_be_reached_has_no_steps() {
    let (status, json) = plan(&node(), "1.36", &[]);
    assert_eq!((status, ids(&json).len(), &json["pointOfNoReturn"]), (3, 0, &Value::Null), "{json}");
    let dir = node();
    let (_, text, _) = run(&["plan", "--to", "1.36", "--root", &root(&dir)]);
    assert!(text.ends_with("there are no steps to 1.36 from here\n"), "{text}");
    // What is to be mended first stands before the steps.
    std::fs::remove_file(dir.path().join("etc/kubernetes/admin.conf")).unwrap();
    let (_, text, _) = run(&["plan", "--to", "1.34", "--root", &root(&dir)]);
    assert!(text.find("once that is mended").unwrap() < text.find(" 1. backup").unwrap(), "{text}");
}

#[test]
fn a_tree_that_was_named_is_not_asked_for_again() {
    let nothing = tempfile::tempdir().unwrap();
    let (status, _, error) = run(&["plan", "--to", "1.34", "--root", &root(&nothing)]);
    assert!(status == 1 && !error.contains("--root"), "{error}");
}
