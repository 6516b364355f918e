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
fn down_on_a_host_that_was_never_changed_has_nothing_to_take_back() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().display().to_string();
    for yes in [&[][..], &["--yes"]] {
        let down = k8sprep(["down", "--root", &root]).args(yes);
        assert_eq!(stdout(down), "there is nothing to roll back\n");
    }
    let history = k8sprep(["history", "--root", &root]).output().unwrap();
    assert!(history.stdout.is_empty());
    assert_eq!(String::from_utf8(history.stderr).unwrap(), "k8sprep never changed anything here\n");
    let (status, said) = failure(k8sprep(["confirm", "--root", &root]));
    assert_eq!((status, &*said), (1, "error: nothing waits for a confirmation [not-waiting]\n"));
}
