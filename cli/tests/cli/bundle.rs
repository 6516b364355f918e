//! Bundles that are none, from the command line.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{failure, k8sprep};

/// A bundle of these files and no package.
fn lay(dir: &Path, files: &[(&str, &[u8])]) {
    let mut listed = Vec::new();
    for (path, bytes) in files {
        let at = dir.join(path);
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        std::fs::write(&at, bytes).unwrap();
        let mut sum = Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        sum.stdin.take().unwrap().write_all(bytes).unwrap();
        let said = String::from_utf8(sum.wait_with_output().unwrap().stdout).unwrap();
        let sum = said.split(' ').next().unwrap();
        listed.push(format!(r#"{{"path": "{path}", "size": {}, "sha256": "{sum}"}}"#, bytes.len()));
    }
    let manifest = format!(
        r#"{{"schema": "k8sprep.bundle/v1", "format": "rpm", "distro": "rocky 9", "architecture": "x86_64", "origins": [],
            "keys": [{{"artefact": "kubernetes", "path": "keys/kubernetes.asc", "fingerprints": []}}], "files": [{}]}}"#,
        listed.join(", ")
    );
    std::fs::write(dir.join("k8sprep-bundle.json"), manifest).unwrap();
}

#[test]
fn a_key_in_a_bundle_that_is_not_pinned_is_told_with_the_way_out() {
    let dir = tempfile::tempdir().unwrap();
    // An old packet of a version 4 key; whose it is comes before what it is good for.
    let key: &[u8] = &[0x98, 6, 4, 0, 0, 0, 0, 1];
    lay(dir.path(), &[("k8sprep.yaml", b"a: b\n"), ("images.txt", b""), ("keys/kubernetes.asc", key)]);
    let bundle = dir.path().display().to_string();
    let checked = k8sprep(["bundle", "check", &bundle]).output().unwrap();
    let said = String::from_utf8(checked.stderr).unwrap();
    assert_eq!(checked.status.code(), Some(3), "{said}");
    assert!(said.contains("which is not pinned"), "{said}");
    assert!(said.contains("--pin names one that is right"), "{said}");

    // Who stops at what is no file does not know what comes after it.
    std::os::unix::fs::symlink("/etc/passwd", dir.path().join("a")).unwrap();
    let (status, said) = failure(k8sprep(["bundle", "check", &bundle]));
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("\"a\" is neither file nor directory"), "{said}");
    assert!(!said.contains("is missing"), "{said}");
}

#[test]
fn what_is_no_bundle_is_told_and_nothing_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("node").display().to_string();
    std::fs::create_dir(&path).unwrap();
    let (status, said) = failure(k8sprep(["bundle", "check", &path]));
    assert_eq!(status, 1);
    assert!(said.contains("it is not a bundle, or not a complete one"), "{said}");
    let (status, said) = failure(k8sprep(["bundle", "use", &format!("{path}.tar"), "--yes"]));
    assert_eq!(status, 1);
    assert!(said.contains("nothing was changed: there is no such file"), "{said}");
}

/// "the packages are there already" would be said of a tree into which nothing installs any.
#[test]
fn a_tree_without_a_package_manager_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("etc")).unwrap();
    std::fs::write(dir.path().join("etc/os-release"), "ID=debian\nVERSION_ID=\"12\"\n").unwrap();
    let spec = dir.path().join("spec.yaml").display().to_string();
    std::fs::write(&spec, "kubernetesVersion: v1.34.2\nnodeName: node-1\n").unwrap();
    let root = dir.path().display().to_string();
    let (status, said) =
        failure(k8sprep(["bundle", "use", "/no/such.tar", "-f", &spec, "--root", &root, "--yes"]));
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("packages cannot be installed into this tree"), "{said}");
    assert!(said.contains("[needs-running-host]"), "{said}");
}

#[test]
fn a_bundle_is_made_on_a_running_host() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().display().to_string();
    let (status, said) = failure(k8sprep([
        "bundle",
        "create",
        "--kubernetes-version",
        "v1.34.2",
        "--root",
        &root,
        "-o",
        "x.tar",
    ]));
    assert_eq!(status, 2);
    assert!(said.contains("leave --root"), "{said}");
}
