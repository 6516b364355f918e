//! `up` and `down` refuse before they change anything.

use crate::{failure, k8sprep, stdout};

#[test]
fn up_is_for_the_running_host() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().display().to_string();
    let (status, said) = failure(k8sprep(["up", "--kubernetes-version", "v1.34.2", "--root", &root]));
    assert_eq!(status, 2);
    assert!(said.contains("`k8sprep apply --root` prepares the tree"), "{said}");
}

#[test]
fn down_asks_and_nobody_to_ask_is_a_no() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().display().to_string();
    let (status, said) = failure(k8sprep(["down", "--root", &root]));
    assert_eq!(status, 1);
    assert!(said.starts_with("error: nothing was changed: there is nobody to ask"), "{said}");
    assert!(std::fs::read_dir(dir.path()).unwrap().next().is_none());
}

#[test]
fn down_on_a_host_that_was_never_changed_has_nothing_to_take_back() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().display().to_string();
    assert_eq!(stdout(k8sprep(["down", "--yes", "--root", &root])), "there is nothing to take back\n");
}
