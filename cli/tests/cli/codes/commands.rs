//! What the commands of the program say.

use std::path::Path;
use std::process::Stdio;

use cri_probe::test_util::FakeCri;
use snapbox::cmd::cargo_bin;

use super::Fired;
use crate::k8sprep;

/// The codes in brackets at the ends of lines, and those of a failure in JSON.
fn said<'a>(args: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let output = k8sprep(args).output().unwrap();
    codes(&String::from_utf8_lossy(&output.stderr))
}

fn codes(text: &str) -> Vec<String> {
    let of_line = |line: &str| Some(line.trim_end().strip_suffix(']')?.rsplit_once('[')?.1.to_owned());
    text.lines().filter_map(of_line).collect()
}

/// A directory with files.
fn laid(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

pub(super) fn fired() -> Vec<Fired> {
    [lines(), documents(), hosts(), others(), files()].concat()
}

fn lines() -> Vec<Fired> {
    let spec = laid(&[("bad.yaml", "role: nothing\n"), ("wide.yaml", CONTRADICTION), ("etc/x", "")]);
    let at = |name: &str| text(&spec.path().join(name));
    vec![
        ("command-line-invalid", said(["explain", "no-such-code"])),
        ("path-not-found", said(["doctor", "--root", &text(spec.path()), "--log", "/no/such.log"])),
        ("spec-invalid", said(["plan", "--root", &text(spec.path()), "-f", &at("bad.yaml")])),
        (
            "spec-contradiction",
            said(["plan", "--no-packages", "--root", &text(spec.path()), "-f", &at("wide.yaml")]),
        ),
        ("node-files-missing", said(["upgrade", "check", "--to", "1.36", "--root", &text(spec.path())])),
        ("output-not-written", to_a_full_disk()),
        ("suppressions-invalid", suppressing("suppress: 7\n")),
        ("suppression-idle", suppressing("suppress:\n- code: swap-on\n  reason: for a test\n")),
    ]
}

fn suppressing(rows: &str) -> Vec<String> {
    let dir = laid(&[("known.yaml", rows), ("root/etc/x", "")]);
    let at = |name: &str| text(&dir.path().join(name));
    said(["doctor", "--root", &at("root"), "--suppress", &at("known.yaml")])
}

/// A worker is told which cluster it joins, and which control plane it makes.
const CONTRADICTION: &str = "kubernetesVersion: v1.34.0\ncrioVersion: '1.20'\n";

fn to_a_full_disk() -> Vec<String> {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = std::process::Command::new(cargo_bin!("k8sprep"));
    let output = command.args(["version"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    codes(&String::from_utf8_lossy(&output.stderr))
}

fn documents() -> Vec<Fired> {
    let dir = laid(&[
        (
            "new.yaml",
            "# ours\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.34.0\n\
             certificateValidityPeriod: 8760h\n",
        ),
        ("admin.conf", "clusters: []\n"),
        ("ca.crt", include_str!("../../../../kubeadm-config/tests/data/ca-p256.crt")),
    ]);
    let at = |name: &str| text(&dir.path().join(name));
    let pin = format!("sha256:{}", "5a".repeat(32));
    let old = ["migrate-config", &at("new.yaml"), "--kubernetes-version", "v1.30.0"].map(str::to_owned);
    vec![
        ("fields-not-held", said(old.iter().map(String::as_str))),
        ("comments-not-kept", said(["migrate-config", &at("new.yaml"), "--kubernetes-version", "v1.34.0"])),
        ("pin-mismatch", said(["ca-hash", &at("ca.crt"), "--check", &pin])),
        ("cluster-file-invalid", said(["join-command", "--kubeconfig", &at("admin.conf")])),
    ]
}

fn hosts() -> Vec<Fired> {
    let spec = "kubernetesVersion: v1.34.0\nnodeName: n1\nadvertiseAddress: 192.0.2.7\n";
    let dir = laid(&[("root/etc/x", ""), ("spec.yaml", spec)]);
    let (root, file) = (text(&dir.path().join("root")), text(&dir.path().join("spec.yaml")));
    let applied = said(["apply", "--no-packages", "--root", &root, "-f", &file]);
    assert!(!applied.iter().any(|code| code == "plan-blocked"), "{applied:?}");
    std::fs::write(dir.path().join("root/var/lib/k8sprep/journals/7.journal"), "").unwrap();
    let told = said(["history", "--root", &root]);
    std::fs::write(dir.path().join("root/etc/crictl.yaml"), "theirs\n").unwrap();
    vec![
        ("journal-name-unknown", told),
        ("rollback-incomplete", said(["rollback", "--root", &root])),
        (
            "setting-missing",
            said(["crio", "get", "--root", &root, "crio.runtime.runtimes.kata.runtime_path"]),
        ),
    ]
}

/// What `lint` says of comments, and `seal` of a node.
fn files() -> Vec<Fired> {
    let dir = laid(&[
        ("invalid.yaml", "# k8sprep: ignore swap-on\nkubernetesVersion: v1.34.0\n"),
        ("unused.yaml", "# k8sprep: ignore swap-on because\nkubernetesVersion: v1.34.0\n"),
        ("root/etc/kubernetes/kubelet.conf", "kind: Config\n"),
    ]);
    let at = |name: &str| text(&dir.path().join(name));
    let linted = |name: &str| {
        let output = k8sprep(["lint", &at(name)]).output().unwrap();
        codes(&String::from_utf8_lossy(&output.stdout))
    };
    vec![
        ("ignore-comment-invalid", linted("invalid.yaml")),
        ("ignore-comment-unused", linted("unused.yaml")),
        ("node-not-sealed", said(["seal", "--root", &at("root")])),
    ]
}

fn others() -> Vec<Fired> {
    let body = "{\"storage_driver\":\"o\",\"storage_root\":\"/s\",\"cgroup_driver\":\"systemd\"}";
    let crio = FakeCri::answering(format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{body}"
    ));
    let socket = text(crio.socket());
    let words = ["probe-crio", "--http-only", "--socket", &socket, "--require", "cgroup-driver=cgroupfs"];
    vec![("requirement-unmet", said(words))]
}
