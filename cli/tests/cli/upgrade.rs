//! `k8sprep upgrade`: what ends, and how it is told.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::{k8sprep, lay};

/// Exit status, stdout and stderr.
pub(crate) fn run(args: &[&str]) -> (i32, String, String) {
    let output = k8sprep(["upgrade"].into_iter().chain(args.iter().copied())).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// What the kubelet proves itself with.
const KUBECONFIG: &str = "apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: \"https://192.0.2.7:6443\"}}]\nusers: [{name: u, user: {token: x}}]\n";
const FLAGS: &str = "KUBELET_KUBEADM_ARGS=\"--node-ip=192.0.2.7 --iptables-drop-bit=15 \
                     --pod-infra-container-image=registry.k8s.io/pause:3.9\"\n";
const KUBELET: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfeatureGates:\n  \
                       NodeSwap: false\n  AppArmor: true\n";
const SCHEDULER: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-scheduler}\nspec:\n  containers:\n  - name: \
                         kube-scheduler\n    image: registry.k8s.io/kube-scheduler:v1.28.15\n    command:\n    - \
                         kube-scheduler\n    - --lock-object-name=x\n";
const UNIT: &str = "[Service]\nEnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env\n\
                    EnvironmentFile=-/etc/default/kubelet\n\
                    ExecStart=/usr/bin/kubelet $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS\n";

/// The disk of a node of 1.28.
fn node() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let lay = |path: &str, text: &str| lay(dir.path(), path, text);
    lay("var/lib/kubelet/kubeadm-flags.env", FLAGS);
    lay("var/lib/kubelet/config.yaml", KUBELET);
    lay("etc/default/kubelet", "# extra\nKUBELET_EXTRA_ARGS=--keep-terminated-pod-volumes=true\n");
    lay("usr/lib/systemd/system/kubelet.service", UNIT);
    lay("etc/kubernetes/manifests/kube-scheduler.yaml", SCHEDULER);
    lay("etc/crio/crio.conf.d/10-own.conf", "[crio.image]\ninsecure_registries = [\"r.example.com\"]\n");
    dir
}

pub(crate) fn root(dir: &TempDir) -> String {
    dir.path().display().to_string()
}

/// Where no host runs each of them says so, with one code; where one does it says what is so there.
#[test]
fn what_is_done_to_a_node_wants_one_that_runs() {
    let all: [&[&str]; 7] = [
        &["upgrade", "apply", "--to", "1.36"],
        &["upgrade", "resume"],
        &["upgrade", "abort"],
        &["certs", "renew"],
        &["migrate-runtime", "apply"],
        &["migrate-runtime", "back"],
        &["migrate-runtime", "confirm"],
    ];
    let runs = k8sprep::host_prep::why_not_running().is_none();
    for words in all {
        let output = k8sprep(words.iter().copied()).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{words:?}: {error}");
        assert_eq!(error.contains("[needs-running-host]"), !runs, "{words:?}: {error}");
    }
}

#[test]
fn a_dead_disk_of_1_28_shows_the_six_steps_to_1_34() {
    let dir = node();
    let (status, text, error) = run(&["check", "--to", "1.34", "--root", &root(&dir)]);
    assert_eq!((status, error.as_str()), (3, ""), "{text}");
    let steps: Vec<&str> = text.lines().filter(|line| line.starts_with("1.")).collect();
    let minors: Vec<&str> = steps.iter().map(|line| line.split(':').next().unwrap()).collect();
    let expected =
        ["1.28 to 1.29", "1.29 to 1.30", "1.30 to 1.31", "1.31 to 1.32", "1.32 to 1.33", "1.33 to 1.34"];
    assert_eq!(minors, expected, "{text}");
    let line = "  /var/lib/kubelet/kubeadm-flags.env:1:43: --iptables-drop-bit was removed in 1.31: the kubelet exits";
    assert!(text.contains(line), "{text}");
    assert!(text.contains("/etc/default/kubelet:2:20: --keep-terminated-pod-volumes"), "{text}");
    assert!(text.contains("/var/lib/kubelet/config.yaml:4:3: featureGates.NodeSwap:"), "{text}");
    assert!(
        text.starts_with("ended with 1.28 or before:\n  /etc/kubernetes/manifests/kube-scheduler.yaml:"),
        "{text}"
    );
    assert!(!text.contains("pod-infra"), "that is 1.35: {text}");
}

#[test]
fn json_has_each_ending_with_its_place_and_effect() {
    let dir = node();
    let (status, text, _) = run(&["check", "--to", "v1.36.1", "--root", &root(&dir), "--output", "json"]);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, json["schema"].as_str()), (3, Some("k8sprep.upgrade-check/v1")));
    assert_eq!((json["from"].as_str(), json["to"].as_str()), (Some("1.28"), Some("1.36")));
    let steps = json["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 8);
    let all: Vec<&Value> = steps.iter().flat_map(|step| step["ends"].as_array().unwrap()).collect();
    let of =
        |what: &str| *all.iter().find(|one| one["what"] == what).unwrap_or_else(|| panic!("{what}: {text}"));
    assert_eq!(of("--keep-terminated-pod-volumes")["effect"], "changes");
    assert_eq!(of("--iptables-drop-bit")["effect"], "same");
    assert_eq!(
        (&of("AppArmor=true")["ends"], &of("AppArmor=true")["effect"]),
        (&"1.33".into(), &"same".into())
    );
    assert_eq!((&of("NodeSwap=false")["line"], &of("NodeSwap=false")["column"]), (&4.into(), &3.into()));
    let key = of("crio.image.insecure_registries");
    assert_eq!(
        (&key["ends"], &key["code"], &key["line"]),
        (&"1.35".into(), &"crio-key-ends".into(), &2.into())
    );
    let pause = of("--pod-infra-container-image");
    assert_eq!(
        (&pause["ends"], &pause["instead"]),
        (&"1.35".into(), &"crio.image.pause_image of CRI-O".into())
    );
}

#[test]
fn single_files_need_no_host_and_one_that_cannot_be_read_hides_no_other() {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), "k.yaml", KUBELET);
    lay(dir.path(), "other.txt", "hello\n");
    let at = |name: &str| dir.path().join(name).display().to_string();
    let (status, text, _) = run(&["check", "--to", "1.34", &at("k.yaml")]);
    assert_eq!(status, 3, "{text}");
    assert!(text.starts_with("ends with 1.34 or before:\n"), "{text}");
    let (status, text, _) = run(&["check", "--to", "1.30", &at("k.yaml")]);
    assert_eq!((status, text.as_str()), (0, "1 file read: nothing in it ends up to 1.30\n"));
    let both = ["check", "--from", "1.30", "--to", "1.34", &at("other.txt"), &at("k.yaml"), &at("gone")];
    let (status, text, _) = run(&both);
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("NodeSwap") && text.contains("other.txt: it is of no kind"), "{text}");
    assert_eq!(text.matches("not read: ").count(), 2, "{text}");
}

#[test]
fn a_release_that_is_not_known_and_a_way_back_are_wrong_usage() {
    let dir = node();
    for args in [["--to", "1.99"], ["--to", "newest"], ["--to", "1.27"]] {
        let (status, text, error) = run(&["check", args[0], args[1], "--root", &root(&dir)]);
        assert_eq!((status, text.as_str()), (2, ""), "{error}");
        assert!(error.contains(args[1]), "{error}");
    }
    let nothing = tempfile::tempdir().unwrap();
    assert_eq!(run(&["check", "--to", "1.34", "--root", &root(&nothing)]).0, 1);
}

#[test]
fn a_check_leaves_the_tree_as_it_was() {
    fn names(dir: &Path) -> Vec<String> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
            all.push(entry.path().display().to_string());
            if entry.path().is_dir() {
                all.extend(names(&entry.path()));
            }
        }
        all.sort();
        all
    }
    let dir = node();
    let before = names(dir.path());
    run(&["check", "--to", "1.37", "--root", &root(&dir)]);
    assert_eq!(names(dir.path()), before);
}

const NAMES: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

pub(crate) fn pod(name: &str, tag: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n  - name: {name}\n    image: \
         registry.k8s.io/{name}:{tag}\n    command: [{name}]\n"
    )
}

/// A worker of 1.33 on Debian, with packages of these minors.
pub(crate) fn worker(kubeadm: &str, kubelet: &str, crio: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let lay = |path: &str, text: &str| lay(dir.path(), path, text);
    let package = |name: &str, version: &str| {
        format!("Package: {name}\nStatus: hold ok installed\nVersion: {version}-1.1\n\n")
    };
    let packages = [("kubeadm", kubeadm), ("kubectl", kubeadm), ("kubelet", kubelet), ("cri-o", crio)];
    let status: String = packages.iter().map(|(name, version)| package(name, version)).collect();
    lay("var/lib/dpkg/status", &status);
    lay("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    lay("etc/hostname", "Node-1\n");
    lay("etc/kubernetes/kubelet.conf", KUBECONFIG);
    lay(
        "var/lib/kubelet/config.yaml",
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n",
    );
    lay(
        "var/lib/kubelet/kubeadm-flags.env",
        "KUBELET_KUBEADM_ARGS=\"--container-runtime-endpoint=unix:///var/run/crio/crio.sock\"\n",
    );
    lay("usr/lib/systemd/system/kubelet.service", UNIT);
    lay("etc/crio/crio.conf.d/10-crio.conf", "[crio.runtime]\ndefault_runtime = \"crun\"\n");
    lay(
        "etc/apt/sources.list.d/kubernetes.list",
        "deb [signed-by=/etc/apt/keyrings/k.gpg] https://pkgs.k8s.io/core:/stable:/v1.33/deb/ /\n",
    );
    dir
}

/// The same as a control plane whose static pods are of that tag.
pub(crate) fn control_plane(tag: &str, etcd: &str, version: &str) -> TempDir {
    let dir = worker(version, version, version);
    lay(dir.path(), "etc/kubernetes/admin.conf", KUBECONFIG);
    for name in NAMES {
        let tag = if name == "etcd" { etcd } else { tag };
        lay(dir.path(), &format!("etc/kubernetes/manifests/{name}.yaml"), &pod(name, tag));
    }
    dir
}

pub(crate) fn plan(dir: &TempDir, to: &str, more: &[&str]) -> (i32, Value) {
    let root = root(dir);
    let args = [&["plan", "--to", to, "--root", &root, "--output", "json"], more].concat();
    let (status, text, error) = run(&args);
    (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}: {text}{error}")))
}

pub(crate) fn ids(plan: &Value) -> Vec<&str> {
    plan["steps"].as_array().unwrap().iter().map(|step| step["id"].as_str().unwrap()).collect()
}

pub(crate) fn step<'a>(plan: &'a Value, id: &str) -> &'a Value {
    plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|step| step["id"] == id)
        .unwrap_or_else(|| panic!("{id}: {plan}"))
}

pub(crate) fn codes(plan: &Value) -> Vec<&str> {
    plan["verdicts"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

#[test]
fn a_worker_is_planned_in_the_order_that_holds_on_every_node() {
    let dir = worker("1.33.2", "1.33.2", "1.33.1");
    let (status, json) = plan(&dir, "1.34", &[]);
    assert_eq!(
        (status, &json["schema"], &json["role"]),
        (0, &"k8sprep.upgrade/v1".into(), &"worker".into()),
        "{json}"
    );
    assert_eq!((&json["status"], &json["pointOfNoReturn"]), (&"ready".into(), &Value::Null));
    let expected = [
        "backup",
        "repositories",
        "package-kubeadm",
        "kubeadm-upgrade",
        "cordon",
        "drain",
        "stop-kubelet",
        "package-crio",
        "package-kubelet",
        "start-crio",
        "start-kubelet",
        "wait-ready",
        "uncordon",
        "clean",
    ];
    assert_eq!(ids(&json), expected);
    let commands = |id: &str| step(&json, id)["commands"].to_string();
    assert!(
        commands("repositories")
            .contains("sed -i 's,/v1.33/,/v1.34/,g' /etc/apt/sources.list.d/kubernetes.list")
    );
    assert!(commands("package-kubeadm").contains("apt-get install -y 'kubeadm=1.34.*' 'kubectl=1.34.*'"));
    assert_eq!(step(&json, "kubeadm-upgrade")["commands"], serde_json::json!(["kubeadm upgrade node"]));
    assert!(commands("drain").contains("kubectl drain node-1 "));
    assert_eq!(step(&json, "drain")["disruptive"], "node");
    assert_eq!(run(&["plan", "--to", "1.34", "--role", "first", "--root", &root(&dir)]).0, 2);
}

#[test]
fn a_control_plane_has_its_point_of_no_return_as_a_line() {
    let dir = control_plane("v1.33.2", "3.5.24-0", "1.33.2");
    let (status, json) = plan(&dir, "v1.34.1", &[]);
    assert_eq!((status, &json["role"]), (0, &"first-control-plane".into()), "{json}");
    assert_eq!(json["pointOfNoReturn"], "kubeadm-upgrade");
    let of = |id: &str| ids(&json).iter().position(|one| *one == id).unwrap();
    assert!(of("snapshot") < of("kubeadm-upgrade") && of("images") < of("kubeadm-upgrade"));
    assert!(of("start-kubelet") < of("wait-etcd") && of("wait-etcd") < of("uncordon"));
    let upgrade = step(&json, "kubeadm-upgrade");
    assert_eq!(upgrade["commands"][1], "kubeadm upgrade apply v1.34.1 -y");
    assert_eq!((&upgrade["undo"], &upgrade["disruptive"]), (&"no".into(), &"control-plane".into()));
    assert!(step(&json, "package-kubelet")["commands"].to_string().contains("'kubelet=1.34.1-*'"));
    let (_, further) = plan(&dir, "1.34", &["--role", "further"]);
    assert_eq!(step(&further, "kubeadm-upgrade")["commands"][1], "kubeadm upgrade node");
    let (status, text, _) = run(&["plan", "--to", "1.34", "--root", &root(&dir)]);
    assert_eq!(status, 0, "{text}");
    assert_eq!(text.matches("--- no way back").count(), 1, "{text}");
    assert!(text.find("kubeadm-upgrade").unwrap() < text.find("--- no way back").unwrap(), "{text}");
    assert!(text.find("--- no way back").unwrap() < text.find(" cordon").unwrap(), "{text}");
}

#[test]
fn what_is_to_be_mended_ends_with_3_and_is_a_step_of_its_own() {
    let dir = control_plane("v1.33.2", "3.5.21-0", "1.33.2");
    let scheduler = pod("kube-scheduler", "v1.33.2")
        .replace("[kube-scheduler]", "[kube-scheduler, --feature-gates=NodeSwap=false]");
    lay(dir.path(), "etc/kubernetes/manifests/kube-scheduler.yaml", &scheduler);
    lay(dir.path(), "etc/default/kubelet", "KUBELET_EXTRA_ARGS=--register-schedulable=true\n");
    let (status, json) = plan(&dir, "1.34", &[]);
    assert_eq!((status, &json["status"]), (3, &"blocked".into()), "{json}");
    for code in ["etcd-too-old-for-upgrade", "kubelet-flag-ends", "feature-gate-ends"] {
        assert!(codes(&json).contains(&code), "{code}: {json}");
    }
    let changes = |id: &str| step(&json, id)["changes"][0].as_str().unwrap().to_owned();
    assert!(changes("mend-flags").starts_with("/etc/default/kubelet:1:20: --register-schedulable"));
    assert!(changes("mend-arguments").starts_with("/etc/kubernetes/manifests/kube-scheduler.yaml:"));
    let (status, json) = plan(&dir, "1.36", &[]);
    assert_eq!(status, 3);
    assert!(codes(&json).contains(&"upgrade-skips-minor"), "{json}");
}

/// Without kube-apiserver.yaml kubeadm takes a control plane for a worker.
#[test]
fn a_control_plane_that_lost_a_manifest_is_never_taken_for_a_worker() {
    for gone in NAMES {
        let dir = control_plane("v1.33.2", "3.5.24-0", "1.33.2");
        let from = dir.path().join(format!("etc/kubernetes/manifests/{gone}.yaml"));
        let to = dir.path().join("etc/kubernetes/tmp/kubeadm-backup-manifests-2026-11-29-10-00-00");
        std::fs::create_dir_all(&to).unwrap();
        std::fs::rename(&from, to.join(format!("{gone}.yaml"))).unwrap();
        let (status, json) = plan(&dir, "1.34", &[]);
        assert_eq!((status, &json["role"]), (3, &"first-control-plane".into()), "{gone}: {json}");
        assert!(codes(&json).contains(&"manifest-set-aside"), "{gone}: {json}");
    }
}

#[test]
fn what_is_done_already_is_known() {
    let (status, json) = plan(&worker("1.34.1", "1.33.2", "1.33.1"), "1.34", &[]);
    assert_eq!((status, &json["status"]), (0, &"interrupted".into()), "{json}");
    assert_eq!(step(&json, "package-kubeadm")["state"], "done");
    assert_eq!(step(&json, "package-crio")["state"], "pending");
    let finished = worker("1.34.1", "1.34.1", "1.34.0");
    let (status, json) = plan(&finished, "1.34", &[]);
    assert_eq!((status, &json["status"]), (0, &"done".into()), "{json}");
    assert_eq!(ids(&json), Vec::<&str>::new());
    let (_, text, _) = run(&["plan", "--to", "1.34", "--root", &root(&finished)]);
    assert!(text.ends_with("everything is at that release; there is nothing to do\n"), "{text}");
    // A release of the same minor is not there yet: kubeadm and the kubelet are not of it, and nothing was begun.
    assert_eq!(plan(&finished, "v1.34.2", &[]).1["status"], "ready");
    let newer = worker("1.35.0", "1.33.2", "1.33.2");
    let (status, text, error) = run(&["plan", "--to", "1.34", "--root", &root(&newer)]);
    assert_eq!((status, text.as_str()), (3, ""), "{error}");
    assert!(error.contains("kubeadm 1.35.0 is installed") && error.contains("[upgrade-blocked]"), "{error}");
}

#[test]
fn a_disk_cannot_tell_of_cgroups_and_a_host_without_a_cluster_has_no_plan() {
    let dir = worker("1.34.2", "1.34.2", "1.34.1");
    let (status, json) = plan(&dir, "1.35", &[]);
    assert_eq!((status, &json["status"]), (1, &"unknown".into()), "{json}");
    assert!(json["undecided"].to_string().contains("cgroup-v1-ends"));
    assert_eq!(run(&["plan", "--to", "1.33", "--root", &root(&dir)]).0, 2);
    let nothing = tempfile::tempdir().unwrap();
    let (status, text, error) = run(&["plan", "--to", "1.35", "--root", &root(&nothing)]);
    assert_eq!((status, text.as_str()), (1, ""), "{error}");
    assert!(error.contains("[node-files-missing]"), "{error}");
}

#[test]
fn what_a_run_mends_itself_does_not_block_it() {
    let dir = worker("1.33.2", "1.33.2", "1.33.1");
    lay(dir.path(), "etc/default/kubelet", "KUBELET_EXTRA_ARGS=--register-schedulable=true\n");
    let (status, json) = plan(&dir, "1.34", &[]);
    assert_eq!((status, &json["status"]), (0, &"ready".into()), "{json}");
    assert!(
        codes(&json).contains(&"kubelet-flag-ends")
            && json["mended"].to_string().contains("kubelet-flag-ends")
    );
    let (_, text, _) = run(&["plan", "--to", "1.34", "--root", &root(&dir)]);
    assert!(text.contains("`k8sprep upgrade apply` mends it"), "{text}");
}

/// A variable that no line uses, or that is set again, starts no kubelet.
#[test]
fn only_what_the_kubelet_is_started_with_ends_it() {
    let dir = worker("1.33.2", "1.33.2", "1.33.1");
    let again =
        "KUBELET_EXTRA_ARGS=--register-schedulable=true\nKUBELET_EXTRA_ARGS=--v=2\nOTHER=--cloud-config=/c\n";
    lay(dir.path(), "etc/default/kubelet", again);
    lay(dir.path(), "etc/kubelet.conf.d/10.bak", KUBELET);
    let (_, json) = plan(&dir, "1.34", &[]);
    assert!(!codes(&json).contains(&"kubelet-flag-ends"), "{json}");
}

/// As in a file that is named alone: the kubelet takes `_` for `-`.
#[test]
fn a_host_says_of_its_flags_what_their_file_says() {
    let dir = node();
    let text = "KUBELET_EXTRA_ARGS=--container_runtime=remote --feature-gates AppArmor=false\n";
    lay(dir.path(), "etc/default/kubelet", text);
    let file = dir.path().join("etc/default/kubelet").display().to_string();
    let of = |args: &[&str], name: &str| {
        let (_, text, _) = run(&[&["check", "--to", "1.37", "--output", "json"], args].concat());
        let json: Value = serde_json::from_str(&text).unwrap();
        let mut told: Vec<String> = Vec::new();
        for one in json["ended"].as_array().unwrap() {
            if one["file"] == name {
                told.push(one["what"].as_str().unwrap().to_owned());
            }
        }
        told
    };
    let here = of(&["--root", &root(&dir), "--from", "1.37"], "/etc/default/kubelet");
    assert_eq!(here, ["--container-runtime", "AppArmor=false"]);
    assert_eq!(here, of(&[&file], &file));
}

/// One rule: nothing in it is neither a fault nor accepted.
#[test]
fn a_file_with_nothing_in_it_is_not_accepted() {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), "empty", "");
    lay(dir.path(), "comments.conf", "# a\n\n");
    lay(dir.path(), "k.yaml", KUBELET);
    let at = |name: &str| dir.path().join(name).display().to_string();
    for name in ["empty", "comments.conf"] {
        let (status, text, _) = run(&["check", "--to", "1.30", &at(name)]);
        assert_eq!(status, 3, "{text}");
        assert!(text.contains(": nothing is in it\n"), "{text}");
        assert_eq!(run(&["check", "--to", "1.30", &at("k.yaml"), &at(name)]).0, 3);
        assert_eq!(run(&["check", "--to", "1.30", &at("gone"), &at(name)]).0, 1);
    }
}

/// With --root a path is one of that host, as everywhere, and only what was named is read.
#[test]
fn files_that_are_named_with_a_root_are_those_of_that_tree() {
    let dir = node();
    let root = root(&dir);
    let of = |file: &str| run(&["check", "--to", "1.37", "--root", &root, file]);
    let (status, text, _) = of("/etc/default/kubelet");
    assert_eq!(status, 3, "{text}");
    assert!(
        text.contains("  /etc/default/kubelet:2:20: ") && text.contains("\n1 file read: 1 ending"),
        "{text}"
    );
    let (status, text, error) = of("etc/default/kubelet");
    assert_eq!((status, text.as_str()), (2, ""), "{error}");
    let (status, text, _) = of("/etc/hosts");
    assert_eq!(status, 1);
    assert!(text.contains("not read: /etc/hosts: there is no such file"), "{text}");
}

#[test]
fn etcd_that_runs_elsewhere_has_its_snapshot_there() {
    let dir = control_plane("v1.33.2", "3.5.24-0", "1.33.2");
    std::fs::remove_file(dir.path().join("etc/kubernetes/manifests/etcd.yaml")).unwrap();
    let apiserver = pod("kube-apiserver", "v1.33.2")
        .replace("[kube-apiserver]", "[kube-apiserver, \"--etcd-servers=https://192.0.2.9:2379\"]");
    lay(dir.path(), "etc/kubernetes/manifests/kube-apiserver.yaml", &apiserver);
    let (_, json) = plan(&dir, "1.34", &[]);
    assert!(step(&json, "snapshot")["commands"].to_string().contains("https://192.0.2.9:2379"), "{json}");
}
