//! Which files are read, and as what.

use super::*;

fn of(name: &str, text: &str) -> Endings {
    let mut all = Endings::default();
    all.add_file(name, text.as_bytes(), Minor::new(37));
    all
}

#[test]
fn a_file_is_known_by_what_is_in_it() {
    let codes =
        |name: &str, text: &str| -> Vec<&str> { of(name, text).found.iter().map(|one| one.code).collect() };
    assert_eq!(codes("a", "KUBELET_EXTRA_ARGS=--container-runtime=remote\n"), ["kubelet-flag-ends"]);
    assert_eq!(codes("b", "[Service]\nExecStart=/usr/bin/kubelet --logtostderr\n"), ["kubelet-flag-ends"]);
    assert_eq!(codes("c", "[crio.image]\nregistries = [\"a\"]\n"), ["crio-key-ends"]);
    let kubelet = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";
    assert_eq!(codes("d", &format!("{kubelet}featureGates: {{AppArmor: true}}\n")), ["feature-gate-ends"]);
    assert_eq!(of("e", kubelet).read, ["e"]);
    assert_eq!(of("f", "KUBELET_EXTRA_ARGS=\n").read, ["f"]);
}

#[test]
fn what_is_of_no_known_kind_is_not_taken_for_well() {
    for (name, text) in
        [("a.txt", "hello\n"), ("b.yaml", "kind: Deployment\napiVersion: apps/v1\n"), ("c", "")]
    {
        let all = of(name, text);
        assert_eq!((all.read.len(), all.unread.len()), (0, 1), "{name}");
    }
    let broken = of("d.yaml", "apiVersion: [\n");
    assert!(broken.unread[0].line.is_some(), "{broken:?}");
    assert_eq!(of("e", "[crio\n").unread.len(), 1);
}
