//! What the installed kubelet makes of its file, its drop-ins and its command line: each fault with
//! its place, and nothing of what the kubelet takes.

use k8sprep::recipe::{Finding, Severity};

use super::{KUBELET, Node, UNIT, small, text_of};

const CONFIG: &str = "var/lib/kubelet/config.yaml";
const FLAGS: &str = "var/lib/kubelet/kubeadm-flags.env";
const DROP_IN: &str = "etc/kubelet.d/10-a.conf";

fn found(node: &Node) -> Vec<Finding> {
    node.of_files()
}

/// A node whose unit reads drop-ins.
fn with_drop_ins(text: &str) -> Node {
    let node = small();
    node.fake.lay(
        "etc/systemd/system/kubelet.service",
        &format!("{UNIT} --config-dir=/etc/kubelet.d\n").replace("\n --", " --"),
    );
    node.fake.lay(DROP_IN, text);
    node
}

/// Code, what is changed, where it is said to be and what the kubelet says of it.
type Case = (&'static str, fn() -> Node, &'static str, &'static str);

fn config(rest: &str) -> Node {
    let node = small();
    node.fake.lay(CONFIG, &format!("{KUBELET}{rest}"));
    node
}

fn flags(words: &str) -> Node {
    let node = small();
    node.fake.lay(FLAGS, &format!("# kubeadm's\nKUBELET_KUBEADM_ARGS=\"{words}\"\n"));
    node
}

const CASES: &[Case] = &[
    ("kubelet-config-unreadable", || config("cgroupDriver: 1\n"), "config.yaml:3:", "cgroupDriver"),
    (
        "kubelet-config-unreadable",
        || {
            let node = small();
            node.fake.lay(CONFIG, "");
            node
        },
        "/var/lib/kubelet/config.yaml",
        "was empty",
    ),
    ("kubelet-field-ignored", || config("maxPod: 3\n"), "config.yaml:3:1", "maxPod"),
    ("kubelet-config-refused", || config("maxPods: -1\n"), "config.yaml:3:", "maxPods"),
    (
        "feature-gate-refused",
        || config("featureGates: {NoSuch: true}\n"),
        "config.yaml:3:",
        "unrecognized feature gate: NoSuch",
    ),
    (
        "feature-gate-refused",
        || config("featureGates:\n  NodeSwap: false\n"),
        "config.yaml:4:",
        "locked to true",
    ),
    ("kubelet-dropin-refused", || with_drop_ins("maxPods: 3\n"), "/etc/kubelet.d/10-a.conf", "missing"),
    (
        "kubelet-config-refused",
        || with_drop_ins(&format!("{KUBELET}maxPods: -1\n")),
        "10-a.conf:3:",
        "maxPods",
    ),
    (
        "kubelet-flag-unknown",
        || flags("--v=2 --no-such=1"),
        "kubeadm-flags.env:2:29",
        "unknown flag: --no-such",
    ),
    (
        "kubelet-argument-unparsable",
        || flags("--max-pods=many"),
        "kubeadm-flags.env:2:23",
        "invalid argument",
    ),
    ("kubelet-config-refused", || flags("--max-pods=-1"), "kubeadm-flags.env:2:23", "maxPods"),
];

#[test]
fn each_fault_of_the_kubelets_start_has_its_code_and_its_place() {
    for (code, make, place, words) in CASES {
        let found = found(&make());
        let said = text_of(&found);
        assert_eq!(found.len(), 1, "{code}: {said}");
        assert_eq!(found[0].code, *code, "{said}");
        let notice = *code == "kubelet-field-ignored";
        assert_eq!(found[0].severity == Severity::Notice, notice, "{said}");
        for part in [place, words, &"kubelet 1.34"] {
            assert!(found[0].what.contains(part), "{code}: not said: {part}: {said}");
        }
        assert!(!found[0].what.contains('\n'), "{said}");
        assert!(k8sprep::explain::find(code).is_some(), "{code}");
    }
}

/// One fault of the command line does not hide the next.
#[test]
fn every_wrong_argument_is_named_at_once() {
    let found = found(&flags("--no-such=1 --nor-this --max-pods=many"));
    let codes: Vec<&str> = found.iter().map(|one| one.code).collect();
    assert_eq!(
        codes,
        ["kubelet-flag-unknown", "kubelet-flag-unknown", "kubelet-argument-unparsable"],
        "{}",
        text_of(&found)
    );
}

/// What a kubelet takes is not said to be wrong: a wrapper's own words, specifiers, and what another
/// minor refuses.
#[test]
fn what_cannot_be_known_is_not_said_to_be_wrong() {
    let node = small();
    let wrapper = "[Service]\nExecStart=/bin/sh -c 'exec kubelet --config=/x'\n";
    node.fake.lay("etc/systemd/system/kubelet.service", wrapper);
    let codes = |node: &Node| found(node).into_iter().map(|one| one.code).collect::<Vec<_>>();
    assert!(
        !codes(&node).iter().any(|code| code.starts_with("kubelet-argument")),
        "{}",
        text_of(&found(&node))
    );
    assert_eq!(text_of(&found(&flags("--node-labels=host=%H --v=4"))), "");
    assert_eq!(codes(&config("featureGates: {SidecarContainers: true}\n")), ["feature-gate-ineffective"]);
    let node = config("featureGates: {SidecarContainers: true}\n");
    let manifest = super::APISERVER.replace("v1.34.2", "v1.37.2");
    node.fake.lay("etc/kubernetes/manifests/kube-apiserver.yaml", &manifest);
    assert!(codes(&node).contains(&"feature-gate-refused"), "{}", text_of(&found(&node)));
}
