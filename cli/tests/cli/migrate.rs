//! `k8sprep migrate-runtime` and `k8sprep certs check` on files and trees.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::{failure, k8sprep, lay, stdout};

const LOGIN: &str = r#"{"auths": {"r:5000": {"username": "al", "password": "s3cret"}}}"#;
const DAEMON: &str =
    "{\n  \"exec-opts\": [\"native.cgroupdriver=systemd\"],\n  \"log-driver\": \"syslog\"\n}\n";

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn json(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_setting_has_its_line_and_the_status_says_whether_one_is_open() {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), "daemon.json", DAEMON);
    let file = text(&dir.path().join("daemon.json"));
    let output = k8sprep(["migrate-runtime", "translate", &file, "--release", "1.34"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(said.contains("==> /etc/crio/crio.conf.d/50-k8sprep-migrated.conf\n"), "{said}");
    assert!(said.contains("cgroup_manager = \"systemd\"\n"), "{said}");
    assert!(said.contains(&format!("{file}:2:3 exec-opts[0]: translated: crio.conf: ")), "{said}");
    let open = format!("{file}:3:3 log-driver: by hand: CRI-O has no syslog driver");
    assert!(said.contains(&open) && said.contains("[runtime-setting-by-hand]\n"), "{said}");
    let clean = stdout(k8sprep(["migrate-runtime", "translate", "-"]).stdin("{\"icc\": false}"));
    assert!(clean.contains("stdin:1:2 icc: not needed: "), "{clean}");
    let output = k8sprep(["migrate-runtime", "translate", &file, "--output", "json"]).output().unwrap();
    let told = json(&output);
    assert_eq!((&told["schema"], &told["from"]), (&"k8sprep.migrate-translate/v1".into(), &"docker".into()));
    let setting = &told["settings"][1];
    assert_eq!((&setting["line"], &setting["outcome"]), (&3.into(), &"byHand".into()));
}

#[test]
fn a_login_is_written_for_root_alone_and_never_printed() {
    let (dir, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    lay(dir.path(), "config.json", LOGIN);
    let (file, out_dir) = (text(&dir.path().join("config.json")), text(&out.path().join("new")));
    for more in [&[][..], &["--output", "json"]] {
        let output = k8sprep(["migrate-runtime", "translate", &file]).args(more).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(said.contains("auth.json") && !said.contains("s3cret") && !said.contains("YWw6"), "{said}");
    }
    let write = ["migrate-runtime", "translate", &file, "--output-dir", &out_dir];
    k8sprep(write).assert().success();
    let auth = out.path().join("new/etc/crio/auth.json");
    assert!(std::fs::read_to_string(&auth).unwrap().contains("YWw6czNjcmV0"));
    assert_eq!(std::fs::metadata(&auth).unwrap().permissions().mode() & 0o777, 0o600);
    // The same again changes nothing; another file there is never replaced.
    k8sprep(write).assert().success();
    std::fs::write(&auth, "mine").unwrap();
    let (status, said) = failure(k8sprep(write));
    assert!(
        status == 1 && said.contains("nothing was written") && said.contains("[already-exists]"),
        "{said}"
    );
    assert_eq!(std::fs::read_to_string(&auth).unwrap(), "mine");
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), "config.toml", "version = 2\n[grpc\n");
    lay(dir.path(), "docker/daemon.json", "{\"a\": }");
    let toml = text(&dir.path().join("config.toml"));
    let (status, said) = failure(k8sprep(["migrate-runtime", "translate", &toml]));
    assert!(
        status == 1 && said.contains(&format!("{toml}:2:")) && said.contains("[runtime-config-unreadable]"),
        "{said}"
    );
    let (_, said) = failure(k8sprep(["migrate-runtime", "translate", &text(dir.path())]));
    assert!(said.contains("[runtime-not-told]") && said.contains("--from docker"), "{said}");
    let (status, said) = failure(k8sprep(["migrate-runtime", "translate", &toml, "--from", "podman"]));
    assert!(status == 2 && said.contains("docker, cri-dockerd and containerd"), "{said}");
}

/// What was done is named, with the cause.
#[test]
fn where_nothing_can_be_written_or_read_the_cause_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("daemon.json");
    std::fs::write(&file, "{}").unwrap();
    let below = |out: &Path| {
        let out = k8sprep(["migrate-runtime", "translate"])
            .arg(&file)
            .arg("--output-dir")
            .arg(out)
            .output()
            .unwrap();
        assert_eq!(out.status.code(), Some(1));
        String::from_utf8(out.stderr).unwrap()
    };
    let said = below(&dir.path().join("no/such"));
    assert!(
        said.contains("error: cannot write below ") && said.contains(": No such file or directory"),
        "{said}"
    );
    assert!(below(&file.join("x")).contains(": Not a directory"));
    let etc = dir.path().join("tree/etc/docker");
    std::fs::create_dir_all(&etc).unwrap();
    std::os::unix::fs::symlink("daemon.json", etc.join("daemon.json")).unwrap();
    let root = dir.path().join("tree");
    let out = k8sprep(["migrate-runtime", "translate", "--root"]).arg(root).output().unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(said.contains("daemon.json: Too many levels of symbolic links"), "{said}");
}

fn node() -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    let endpoint = "unix:///run/containerd/containerd.sock";
    lay(
        tree.path(),
        "var/lib/kubelet/config.yaml",
        &format!("kind: KubeletConfiguration\ncontainerRuntimeEndpoint: {endpoint}\n"),
    );
    lay(tree.path(), "etc/crictl.yaml", &format!("runtime-endpoint: {endpoint}\n"));
    lay(tree.path(), "etc/containerd/config.toml", "version = 2\n");
    tree
}

#[test]
fn a_plan_names_the_places_the_steps_and_what_is_in_the_way() {
    let tree = node();
    let root = text(tree.path());
    let plan = ["migrate-runtime", "plan", "--root", &root];
    let said = stdout(k8sprep(plan));
    assert!(
        said.starts_with("worker: the runtime is containerd (/var/lib/kubelet/config.yaml:2)\n"),
        "{said}"
    );
    assert!(said.contains("/etc/crictl.yaml:1: containerd.sock: "), "{said}");
    assert!(said.contains("point of no return") && said.contains("15. confirm: "), "{said}");
    lay(
        tree.path(),
        "etc/kubernetes/manifests/a.yaml",
        "hostPath: {path: /run/containerd/containerd.sock}\n",
    );
    let output = k8sprep(plan.into_iter().chain(["--output", "json"])).output().unwrap();
    let told = json(&output);
    assert_eq!((output.status.code(), &told["schema"]), (Some(3), &"k8sprep.migrate-runtime/v1".into()));
    assert_eq!(
        (&told["status"], &told["verdicts"][0]["code"]),
        (&"blocked".into(), &"old-socket-mounted".into())
    );
    k8sprep(plan.into_iter().chain(["--despite", "old-socket-mounted"])).assert().success();
    k8sprep(plan.into_iter().chain(["--despite", "no-such-code"])).assert().code(2);
    let empty = tempfile::tempdir().unwrap();
    let (status, said) = failure(k8sprep(["migrate-runtime", "plan", "--root", &text(empty.path())]));
    assert!(status == 1 && said.contains("[runtime-in-use-unknown]"), "{said}");
}

#[test]
fn certificates_are_one_table() {
    let tree = tempfile::tempdir().unwrap();
    std::fs::create_dir(tree.path().join("etc")).unwrap();
    let root = text(tree.path());
    let check = ["certs", "check", "--root", &root];
    k8sprep(check).assert().success().stdout_eq("");
    lay(
        tree.path(),
        "etc/kubernetes/pki/ca.crt",
        include_str!("../../../kubeadm-config/tests/data/ca-p256.crt"),
    );
    let output = k8sprep(check.into_iter().chain(["--output", "json"])).output().unwrap();
    let told = json(&output);
    assert_eq!(told["schema"], "k8sprep.certs/v1");
    let row = &told["certificates"][0];
    assert_eq!((&row["place"], &row["isCa"]), (&"/etc/kubernetes/pki/ca.crt".into(), &true.into()));
    assert_eq!((&row["renewedBy"], &row["isServed"]), (&"nobody".into(), &Value::Null));
    let said = String::from_utf8(k8sprep(check).output().unwrap().stdout).unwrap();
    assert!(
        said.contains(" d  /etc/kubernetes/pki/ca.crt  ")
            && said.contains(", a CA, renewed by nobody: a new one goes to every node"),
        "{said}"
    );
}
