//! What each rule says of a node on which one thing is wrong.

use super::{APISERVER, Node, small, text_of};

type Change = (&'static str, fn(&Node), &'static str);

/// One change of a node that is well each, and what has to be said of it and nothing else.
const CHANGES: &[Change] = &[
    (
        "a copy beside",
        |n| n.fake.lay("etc/kubernetes/manifests/kube-apiserver.yaml.bak", APISERVER),
        "are both pod kube-apiserver",
    ),
    (
        "a manifest with a tab",
        |n| n.fake.lay("etc/kubernetes/manifests/etcd.yaml", "kind: Pod\n\tx: y\n"),
        "manifests/etcd.yaml: the kubelet makes no pod of it",
    ),
    (
        "a manifest of something else",
        |n| n.fake.lay("etc/kubernetes/manifests/cm.yaml", "kind: ConfigMap\n"),
        "its kind is not Pod",
    ),
    (
        "a flag that the component lost",
        |n| {
            n.edit(
                "etc/kubernetes/manifests/kube-apiserver.yaml",
                "--secure-port",
                "--cloud-provider=x, --secure-port",
            )
        },
        "kube-apiserver.yaml:3:",
    ),
    (
        "a misspelt flag",
        |n| {
            n.edit(
                "etc/kubernetes/manifests/kube-apiserver.yaml",
                "--secure-port",
                "--advertise-adress=192.0.2.10, --secure-port",
            )
        },
        "kube-apiserver of 1.34 has no flag --advertise-adress",
    ),
    (
        "a value that a flag cannot read",
        |n| {
            n.edit(
                "etc/kubernetes/manifests/kube-apiserver.yaml",
                "--secure-port",
                "'--event-ttl=5', --secure-port",
            )
        },
        "time: missing unit in duration",
    ),
    (
        "a gate that the component refuses",
        |n| {
            n.edit(
                "etc/kubernetes/manifests/kube-apiserver.yaml",
                "--secure-port",
                "'--feature-gates=NodeSwap=false', --secure-port",
            )
        },
        "kube-apiserver exits with \"cannot set feature gate NodeSwap to false, feature is locked to true\"",
    ),
    ("no etcd", |n| n.without("etc/kubernetes/manifests/etcd.yaml"), "no etcd runs"),
    ("no scheduler", |n| n.without("etc/kubernetes/manifests/kube-scheduler.yaml"), "no kube-scheduler runs"),
    (
        "no configuration",
        |n| n.without("var/lib/kubelet/config.yaml"),
        "/etc/kubernetes/kubelet.conf is): the kubelet ends at once",
    ),
    (
        "a broken configuration",
        |n| n.fake.lay("var/lib/kubelet/config.yaml", "kind: [\n"),
        "/var/lib/kubelet/config.yaml:2:1: kubelet 1.34 exits",
    ),
    (
        "another socket in the file",
        |n| {
            n.fake.lay(
                "var/lib/kubelet/instance-config.yaml",
                "containerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n",
            )
        },
        "instance-config.yaml:1 sends the kubelet to unix:///run/containerd/containerd.sock",
    ),
    (
        "another socket by flag",
        |n| {
            n.fake.lay(
                "var/lib/kubelet/kubeadm-flags.env",
                "KUBELET_KUBEADM_ARGS=\"--container-runtime-endpoint=unix:///run/cri-dockerd.sock\"\n",
            )
        },
        "kubeadm-flags.env sends the kubelet to unix:///run/cri-dockerd.sock",
    ),
    (
        "an old flag of kubeadm",
        |n| n.fake.lay("var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS=--network-plugin=cni\n"),
        "kubeadm-flags.env: the kubelet has --network-plugin",
    ),
    (
        "a needed environment file",
        |n| n.without("etc/default/kubelet"),
        "/etc/default/kubelet is not there, and kubelet.service does not start",
    ),
    ("no network", |n| n.without("etc/cni/net.d/10-a.conflist"), "no network configuration"),
    (
        "a name nobody reads",
        |n| {
            n.without("etc/cni/net.d/10-a.conflist");
            n.fake.lay("etc/cni/net.d/a.conflist.off", "{}");
        },
        "only /etc/cni/net.d/a.conflist.off",
    ),
    ("a broken network", |n| n.fake.lay("etc/cni/net.d/10-a.conflist", "{"), "10-a.conflist cannot be used"),
    (
        "a plugin nobody installed",
        |n| {
            n.fake.lay(
                "etc/cni/net.d/05-b.conflist",
                "{\"name\": \"b\", \"plugins\": [{\"type\": \"flannel\"}]}",
            )
        },
        "05-b.conflist: the network needs the plugin flannel, and ",
    ),
    (
        "a resolver that is the host",
        |n| n.fake.lay("etc/resolv.conf", "nameserver 127.0.0.53\n"),
        "/etc/resolv.conf, which the kubelet gives to pods, names the host itself (127.0.0.53)",
    ),
    (
        "another driver",
        |n| {
            n.fake.lay(
                "etc/crio/crio.conf.d/20.conf",
                "[crio.runtime]\ncgroup_manager = \"cgroupfs\"\nconmon_cgroup = \"pod\"\n",
            )
        },
        "has cgroup driver systemd, CRI-O has cgroupfs",
    ),
    (
        "a certificate that is none",
        |n| n.fake.lay("etc/kubernetes/pki/apiserver.crt", "nothing\n"),
        "/etc/kubernetes/pki/apiserver.crt: ",
    ),
];

#[test]
fn each_rule_says_its_own_and_nothing_else() {
    for (name, change, words) in CHANGES {
        let node = small();
        change(&node);
        let found = node.of_files();
        assert_eq!(found.len(), 1, "{name}: {}", text_of(&found));
        assert!(found[0].what.contains(words), "{name}: {}", text_of(&found));
        assert!(!found[0].hint.is_empty(), "{name}");
    }
}
