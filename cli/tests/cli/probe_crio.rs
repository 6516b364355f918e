//! `k8sprep probe-crio`: what scripts rely on. Peers and answers are the suite's matter.

use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use crate::{failure, k8sprep, stdout};

const INFO: &str =
    "{\"storage_driver\":\"overlay\",\"storage_root\":\"/s\",\"cgroup_driver\":\"systemd\",\"added\":[1]}";
const CONFIG: &str = "[crio]\n  root = \"/s\"\n  [crio.runtime]\n    cgroup_manager = \"cgroupfs\"\n";

/// A CRI-O that speaks HTTP only, for as long as the test's process lives.
fn crio(socket: &Path) {
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 1024];
            let length = stream.read(&mut request).unwrap_or(0);
            let (kind, body) = match request[..length].split(|byte| *byte == b' ').nth(1) {
                Some(b"/info") => ("application/json", INFO),
                _ => ("application/toml", CONFIG),
            };
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n{body}");
        }
    });
}

#[test]
fn reports_facts_with_their_origin_and_what_is_not_agreed_upon() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("crio.sock");
    crio(&socket);
    let socket = format!("unix://{}", socket.display());
    let run =
        |more: &[&'static str]| k8sprep([&["probe-crio", "--http-only", "--socket", &socket], more].concat());

    let report = stdout(run(&[]));
    assert!(report.contains("cgroup-driver     systemd  (/info)\n"), "{report}");
    assert!(report.contains("storage-root      /s  (/info, /config)\n"), "{report}");
    let disputed = r#"disagreement      cgroup-driver is "systemd" by /info, "cgroupfs" by /config"#;
    assert!(report.contains(disputed), "{report}");
    assert_eq!(stdout(run(&["--fields", "storage-driver,cgroup-driver"])), "overlay\nsystemd\n");

    let json: serde_json::Value = serde_json::from_str(&stdout(run(&["--output", "json"]))).unwrap();
    assert_eq!(json["facts"]["cgroup-driver"]["value"], "systemd");
    assert_eq!(json["facts"]["cgroup-driver"]["claims"][1]["origin"], "/config");

    stdout(run(&["--require", "cgroup-driver=systemd"]));
    for unmet in ["agreement", "cgroup-driver=cgroupfs", "network-ready"] {
        let output = run(&["--fields", "storage-driver", "--require", unmet]).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{unmet}");
    }
}

#[test]
fn failures_have_their_own_exit_status() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).display().to_string();
    drop(UnixListener::bind(at("stale")).unwrap());
    let _silent = UnixListener::bind(at("silent")).unwrap();
    let run = |socket: &str| failure(k8sprep(["probe-crio", "--timeout", "200ms", "--socket", socket]));
    for (socket, expected, hint) in [
        (at("none"), 10, "does not exist"),
        (at(""), 10, "a directory, not a socket"),
        (at("stale"), 12, "nobody listens"),
        (at("silent"), 13, "within 200ms"),
        ("tcp://x".to_owned(), 2, "scheme"),
    ] {
        let (status, message) = run(&socket);
        assert_eq!(status, expected, "{message}");
        assert!(message.contains(hint), "{message}");
    }
    for wrong in [["--timeout", "0s"], ["--wait", "5"], ["--fields", "nothing"], ["--require", "nothing=1"]] {
        assert_eq!(failure(k8sprep([&["probe-crio"][..], &wrong].concat())).0, 2, "{wrong:?}");
    }
    let (status, said) = failure(k8sprep(["probe-crio", "--wait", "300ms", "--socket", &at("none")]));
    assert_eq!((status, said.matches("waiting: no socket at ").count()), (10, 1), "{said}");
    let output = k8sprep(["probe-crio", "--output", "json", "--socket", &at("none")]).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &json["error"]["kind"]), (Some(10), &"no-socket".into()));
}

/// Root passes permission bits only with `CAP_DAC_OVERRIDE`, which containers and units take away.
#[test]
#[ignore = "run it with `tests/layer programs`"]
fn root_without_capabilities_is_told_so() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("crio.sock");
    crio(&socket);
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600)).unwrap();
    if chown(&socket, Some(65534), Some(65534)).is_err() {
        test_kit::skip("only root can give a file away");
        return;
    }
    let program = snapbox::cmd::cargo_bin!("k8sprep");
    let mut bare = Command::new("setpriv");
    bare.args(["--bounding-set", "-all"])
        .arg(program)
        .args(["probe-crio", "--http-only", "--socket"])
        .arg(&socket);
    let Ok(output) = bare.output() else {
        test_kit::skip("there is no setpriv on this machine");
        return;
    };
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(11), "{message}");
    assert!(message.contains("user 0 without CAP_DAC_OVERRIDE"), "{message}");
}
