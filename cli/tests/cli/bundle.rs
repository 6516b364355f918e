//! Bundles that are none, from the command line.

use crate::{failure, k8sprep};

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
