//! `facts` and `verify` tell what `doctor` and `crio check` tell of the same host.

use host_prep::facts::{ObserveOptions, observe};
use host_prep::fs::Root;

use super::*;
use crate::doctor::check::by_facts;
use crate::doctor::laid::{lay, now};
use crate::doctor::{Brief, Check, Rule, examine};

/// Nothing that the facts alone decide is lost to them.
#[test]
fn what_facts_decide_is_told() {
    let by_facts_alone = checks().filter(|(_, check)| std::ptr::fn_addr_eq(check.rule, by_facts as Rule));
    let untold: Vec<&str> =
        by_facts_alone.filter(|(_, check)| !check.is_in_brief()).map(|(_, check)| check.name).collect();
    assert!(untold.is_empty(), "{untold:?}");
}

/// `verify` is never content where `doctor` tells an error that a look at the host shows.
#[test]
fn an_error_is_left_out_for_a_reason_alone() {
    let left_out = checks().filter_map(|(family, check)| match check.brief {
        Brief::Not(why) => Some((family, check.name, why)),
        _ => None,
    });
    let left_out: Vec<(Family, &str, &str)> = left_out.collect();
    assert!(left_out.iter().all(|(_, _, why)| why.len() > 20), "{left_out:?}");
    // Only what is about another release than the one that runs.
    assert!(left_out.iter().all(|(family, ..)| *family == Family::Upgrade), "{left_out:?}");
    assert!(left_out.iter().all(|(_, name, _)| *name != "manifest-set-aside"), "{left_out:?}");
    // A column that says what the rule says already is a line too many.
    let idle = checks().filter(|(_, check)| {
        let by_rule = Check { brief: Brief::ByRule, ..**check };
        check.brief != Brief::ByRule && check.is_in_brief() == by_rule.is_in_brief()
    });
    assert_eq!(idle.map(|(_, check)| check.name).collect::<Vec<_>>(), [""; 0]);
}

type Laid = (&'static str, &'static str);

const KUBECONFIG: &str = "apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: \"https://192.0.2.7:6443\"}}]\nusers: [{name: u, user: {token: x}}]\n";
const SCHEDULER: &str = "kind: Pod\nmetadata: {name: kube-scheduler}\nspec:\n  containers:\n  - name: kube-scheduler\n    command: [kube-scheduler, --kubeconfig=/etc/kubernetes/scheduler.conf]\n    volumeMounts: [{name: own, mountPath: /etc/kubernetes/scheduler.conf}]\n  volumes: [{name: own, hostPath: {path: /etc/kubernetes/scheduler.conf}}]\n";
const DROP_IN: &str = "etc/crio/crio.conf.d/99-x.conf";

/// A node that is well, as far as these checks look.
const NODE: &[Laid] = &[
    ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n"),
    ("etc/systemd/system/multi-user.target.wants/crio.service", "-> /usr/lib/systemd/system/crio.service"),
    (
        "usr/lib/systemd/system/kubelet.service",
        "[Service]\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml --kubeconfig=/etc/kubernetes/kubelet.conf\n",
    ),
    (
        "etc/systemd/system/multi-user.target.wants/kubelet.service",
        "-> /usr/lib/systemd/system/kubelet.service",
    ),
    ("usr/bin/crio", "x"),
    ("usr/bin/kubelet", "x"),
    ("usr/bin/crun", "x"),
    ("usr/bin/conmon", "x"),
    ("usr/bin/pinns", "x"),
    ("etc/containers/policy.json", r#"{"default": [{"type": "insecureAcceptAnything"}]}"#),
    ("etc/cni/net.d/10-a.conflist", r#"{"name": "a", "plugins": [{"type": "bridge"}]}"#),
    ("opt/cni/bin/bridge", "x"),
    ("etc/kubernetes/kubelet.conf", KUBECONFIG),
    ("etc/kubernetes/scheduler.conf", KUBECONFIG),
    ("etc/kubernetes/manifests/kube-scheduler.yaml", SCHEDULER),
    (
        "etc/kubernetes/manifests/etcd.yaml",
        "kind: Pod\nmetadata: {name: etcd}\nspec:\n  containers:\n  - name: etcd\n    command: [etcd]\n",
    ),
    (
        "etc/kubernetes/manifests/kube-apiserver.yaml",
        "kind: Pod\nmetadata: {name: kube-apiserver}\nspec:\n  containers:\n  - name: kube-apiserver\n    command: [kube-apiserver]\n",
    ),
    (
        "etc/kubernetes/manifests/kube-controller-manager.yaml",
        "kind: Pod\nmetadata: {name: kube-controller-manager}\nspec:\n  containers:\n  - name: kube-controller-manager\n    command: [kube-controller-manager]\n",
    ),
    ("etc/machine-id", "0c5ad2f4a6a94b6c9c5fd2b0a3f4e7d1\n"),
    ("etc/resolv.conf", "nameserver 192.0.2.53\n"),
    ("etc/hosts", "127.0.0.1 localhost\n"),
    (
        "var/lib/kubelet/config.yaml",
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nstaticPodPath: /etc/kubernetes/manifests\ncontainerRuntimeEndpoint: unix:///var/run/crio/crio.sock\n",
    ),
];

/// A path, what lies there instead (nothing: `None`), and the fault it is.
const FAULTS: &[(&str, Option<&str>, &str)] = &[
    ("usr/bin/conmon", None, "conmon-not-usable"),
    ("usr/bin/pinns", None, "pinns-missing"),
    ("usr/bin/crun", None, "oci-runtime-missing"),
    (DROP_IN, Some("[crio.network]\ncni_default_network = \"blue\"\n"), "no-such-network"),
    (DROP_IN, Some("[crio.network]\nplugin_dirs = [\"/opt/elsewhere\"]\n"), "cni-plugin-dir-mismatch"),
    (DROP_IN, Some("[crio.network]\nnetwork_dir = \"/etc/cni/absent\"\n"), "cni-config-missing"),
    (DROP_IN, Some("[crio.network]\nnetwork_dir = \"/usr/bin/crio\"\n"), "crio-value-refused"),
    (DROP_IN, Some("[crio]\nstorage_driver = \"overlay3\"\n"), "storage-driver-unknown"),
    ("etc/containers/storage.conf", Some("[storage]\ndriver = \"overlayfs\"\n"), "storage-driver-unknown"),
    (DROP_IN, Some("[crio.runtime]\npinns_path = \"/nowhere/pinns\"\n"), "pinns-missing"),
    (DROP_IN, Some("-> /nowhere"), "crio-toml-broken"),
    ("etc/crio/crio.conf.d", Some("-> /etc/cni"), "crio-toml-broken"),
    ("etc/systemd/system/crio.service", Some(""), "unit-masked"),
    ("usr/lib/systemd/system/kubelet.service", Some(""), "unit-masked"),
    ("etc/containers/policy.json", Some("-> /nowhere"), "policy-json-missing"),
    ("etc/kubernetes/kubelet.conf", Some(""), "kubelet-client-certificate-unusable"),
    ("etc/kubernetes/kubelet.conf", Some("hello"), "kubelet-client-certificate-unusable"),
    ("etc/kubernetes/kubelet.conf/x", Some(""), "kubelet-client-certificate-unusable"),
    ("etc/kubernetes/kubelet.conf", Some("clusters: []\n"), "kubelet-client-certificate-unusable"),
    ("etc/kubernetes/scheduler.conf", Some(" \n"), "kubeconfig-unusable"),
    ("etc/kubernetes/scheduler.conf", None, "kubeconfig-unusable"),
    ("etc/kubernetes/scheduler.conf/x", Some(""), "kubeconfig-unusable"),
    ("etc/kubernetes/scheduler.conf", Some("kind: Config\ncurrent-context: b\n"), "kubeconfig-unusable"),
    ("var/lib/kubelet/config.yaml/x", Some(""), "kubelet-config-unreadable"),
    ("var/lib/kubelet/config.yaml", Some("-> /nowhere"), "kubelet-config-missing"),
];

fn with(path: &str, text: Option<&'static str>) -> Vec<(String, &'static str)> {
    let over = |own: &str| own == path || path.starts_with(&format!("{own}/"));
    let kept = NODE.iter().filter(|(own, _)| !over(own)).map(|(own, text)| ((*own).to_owned(), *text));
    kept.chain(text.map(|text| (path.to_owned(), text))).collect()
}

/// What is told as a fault of such a host: in brief, and by `doctor`.
fn told(files: &[(String, &'static str)]) -> [Vec<&'static str>; 2] {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), &files.iter().map(|(path, text)| (path.as_str(), *text)).collect::<Vec<_>>());
    let host = Host::offline(Root::open(dir.path()).unwrap());
    let facts = observe(&host, &ObserveOptions::default());
    let told = brief(&host, &facts, now());
    let told = told.iter().filter(|one| one.severity == recipe::Severity::Fault).map(|one| one.code);
    let examined = examine(&host, now()).findings;
    let errors = examined.iter().filter(|one| one.severity == Severity::Error).map(|one| one.code);
    [told.collect(), errors.collect()]
}

/// A pipe in the place of a file: the check that it leaves undecided.
const PIPES: &[(&str, &str)] = &[
    ("etc/crio/crio.conf.d/50-x.conf", "crio-toml-broken"),
    ("etc/crio/crio.conf", "crio-value-refused"),
    ("etc/containers/registries.conf", "registries-conf-unreadable"),
    ("etc/containers/registries.conf.d/x.conf", "registries-conf-unreadable"),
    ("etc/containers/storage.conf", "storage-conf-unreadable"),
    ("etc/cni/net.d/10-a.conflist", "cni-config-broken"),
    ("etc/kubernetes/kubelet.conf", "kubelet-client-certificate-unusable"),
    ("etc/kubernetes/scheduler.conf", "kubeconfig-unusable"),
    ("etc/kubernetes/manifests/etcd.yaml", "manifest-missing"),
    ("var/lib/kubelet/config.yaml", "kubelet-config-unreadable"),
];

#[test]
fn what_a_pipe_would_give_is_undecided_and_no_fault() {
    for (path, code) in PIPES {
        let dir = tempfile::tempdir().unwrap();
        let files = with(path, Some(""));
        lay(dir.path(), &files.iter().map(|(path, text)| (path.as_str(), *text)).collect::<Vec<_>>());
        let pipe = dir.path().join(path);
        std::fs::remove_file(&pipe).unwrap();
        let mode = rustix::fs::Mode::RUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let said = examine(&host, now());
        let errors: Vec<_> = said.findings.iter().filter(|one| one.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{path}: {errors:?}");
        let unread: Vec<_> = said.undecided.iter().filter(|one| one.code == *code).collect();
        let tells = |text: &str| text.contains("FIFO") || text.contains("no regular file");
        assert!(unread.iter().any(|one| tells(&one.unread.why)), "{path}: {unread:?}");
    }
}

#[test]
fn a_directory_that_programs_pass_over_is_no_fault() {
    for path in [
        "etc/crio/crio.conf.d/x.conf/y",
        "etc/containers/registries.conf.d/x.conf/y",
        "etc/cni/net.d/00-x.conf/y",
    ] {
        assert_eq!(told(&with(path, Some(""))).concat(), [""; 0], "{path}");
    }
}

#[test]
fn a_node_that_is_well_has_no_fault() {
    assert_eq!(told(&with("etc/motd", Some("hello\n"))).concat(), [""; 0]);
}

#[test]
fn each_fault_is_told_by_all() {
    for (path, text, code) in FAULTS {
        let [brief, doctor] = told(&with(path, *text));
        assert!(brief.contains(code), "facts, {path} {text:?}: {brief:?}");
        assert!(doctor.contains(code), "doctor, {path} {text:?}: {doctor:?}");
    }
}
