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
    for (text, is_empty) in [("", true), ("# a\n\n; b\n---\n", true), ("{}\n", false), ("a\n", false)] {
        let all = of("f.yaml", text);
        assert_eq!(all.unread.iter().map(|one| one.is_empty).collect::<Vec<_>>(), [is_empty], "{text:?}");
    }
}

/// What an empty assignment takes back starts nothing, whichever file it stands in; lines keep their numbers.
#[test]
fn what_a_drop_in_takes_back_is_not_told() {
    let unit = "[Service]\nExecStart=/usr/bin/kubelet \\\n  # why\n  --logtostderr \\\n  --v=2\n";
    let again = "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --alsologtostderr\n";
    let told = |files: &[(&str, &str)]| -> Vec<(String, Option<u32>)> {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
        let mut all = Endings::default();
        all.add_files(files.collect(), Minor::new(37));
        all.found.iter().map(|one| (one.what.clone(), one.line)).collect()
    };
    let first = ("--logtostderr".to_owned(), Some(4));
    let second = ("--alsologtostderr".to_owned(), Some(3));
    assert_eq!(told(&[("a/kubelet.service", unit)]), vec![first.clone()]);
    for drop_in in ["a/kubelet.service.d/10-own.conf", "10-own.conf"] {
        // In whatever order they are named.
        assert_eq!(told(&[("a/kubelet.service", unit), (drop_in, again)]), vec![second.clone()]);
        assert_eq!(told(&[(drop_in, again), ("a/kubelet.service", unit)]), vec![second.clone()]);
    }
    let both = [("a/kubelet.service", unit), ("a/other.service.d/10-own.conf", again)];
    assert_eq!(told(&both), [first.clone(), second.clone()]);
    let later = [("kubelet.service.d/20.conf", unit), ("kubelet.service.d/10.conf", again)];
    assert_eq!(told(&later), [first, second]);
}

#[test]
fn a_key_that_nothing_takes_the_place_of_is_said_so() {
    let help = |text: &str| of("crio.conf", text).found[0].help.clone();
    let network = help("[crio.runtime]\nmanage_network_ns_lifecycle = true\n");
    assert_eq!(network, "leave it out: it says what CRI-O does anyway");
    let network = help("[crio.runtime]\nmanage_network_ns_lifecycle = false\n");
    assert_eq!(network, "leave it out: CRI-O always manages namespaces since 1.21");
    let trust = help("[crio.runtime]\ndefault_workload_trust = \"untrusted\"\n");
    assert!(trust.ends_with("what takes its place is a RuntimeClass"), "{trust}");
}
