//! A host for each code that a plan cures, on which it fires.

use crate::doctor::Fix;

type File = (&'static str, &'static str);

/// A host with one fault.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) code: &'static str,
    pub(super) files: &'a [(&'a str, &'a str)],
    /// The units that run; `None`: nothing does, it is a tree.
    pub(super) active: Option<&'a [&'a str]>,
    pub(super) fix: Fix,
}

pub(super) const KUBELET: File = (
    "usr/lib/systemd/system/kubelet.service",
    "[Service]\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml --kubeconfig=/etc/kubernetes/kubelet.conf $KUBELET_EXTRA_ARGS\nEnvironmentFile=-/etc/default/kubelet\n[Install]\nWantedBy=multi-user.target\n",
);
pub(super) const CRIO: File = (
    "usr/lib/systemd/system/crio.service",
    "[Service]\nExecStart=/usr/bin/crio\n[Install]\nWantedBy=multi-user.target\n",
);
const MEMBER: File = (
    "etc/kubernetes/kubelet.conf",
    "current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: \"https://192.0.2.7:6443\"}}]\n",
);
const CONFIG: &str = "var/lib/kubelet/config.yaml";
const DROP_IN: &str = "etc/crio/crio.conf.d/10-own.conf";
const UNIT_DROP_IN: &str = "etc/systemd/system/crio.service.d/50-own.conf";
const LIB: File = ("lib", "-> usr/lib");
const MODULES: File = ("usr/lib/modules/6.1.0/modules.dep", "kernel/net/bridge/br_netfilter.ko:\n");
const RELEASE: File = ("proc/sys/kernel/osrelease", "6.1.0\n");
const NONE_LOADED: File = ("proc/modules", "");
const CALICO: File = (
    "etc/cni/net.d/10-calico.conflist",
    r#"{"cniVersion":"0.4.0","name":"k8s","plugins":[{"type":"calico"}]}"#,
);
const FLANNEL: File = (
    "etc/cni/net.d/10-flannel.conflist",
    r#"{"cniVersion":"0.4.0","name":"cbr0","plugins":[{"type":"flannel"}]}"#,
);
const BRIDGE: &str = r#"{"cniVersion":"0.4.0","name":"crio","plugins":[{"type":"bridge"}]}"#;
const APISERVER: File = (
    "etc/kubernetes/manifests/kube-apiserver.yaml",
    "kind: Pod\nmetadata: {name: kube-apiserver}\nspec:\n  containers:\n  - name: kube-apiserver\n    command: [kube-apiserver, --service-cluster-ip-range=fd00::/108]\n    image: registry.k8s.io/kube-apiserver:v1.34.0\n",
);
const DEBIAN: File = ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
const KUBELET_135: File = (
    "var/lib/dpkg/status",
    "Package: kubelet\nStatus: hold ok installed\nVersion: 1.35.0-1.1\n\nPackage: cri-o\nStatus: hold ok installed\nVersion: 1.35.0-1.1\n",
);

const fn tree(code: &'static str, files: &'static [File]) -> Case<'static> {
    Case { code, files, active: None, fix: Fix::Automatic }
}

const fn running(code: &'static str, files: &'static [File]) -> Case<'static> {
    Case { code, files, active: Some(&[]), fix: Fix::Automatic }
}

const fn only_asked_for(case: Case<'static>) -> Case<'static> {
    Case { fix: Fix::Unsafe, ..case }
}

pub(super) const CASES: &[Case<'static>] = &[
    tree("localhost-not-resolved", &[KUBELET, ("etc/hosts", "192.0.2.7 n1\n")]),
    tree(
        "hostname-not-resolved",
        &[
            KUBELET,
            ("etc/default/kubelet", "KUBELET_EXTRA_ARGS=--node-ip=192.0.2.7\n"),
            ("etc/hosts", "127.0.0.1 localhost\n127.0.1.1 n1\n"),
            ("etc/hostname", "n1\n"),
        ],
    ),
    tree(
        "clock-not-synchronised",
        &[
            KUBELET,
            (
                "usr/lib/systemd/system/chrony.service",
                "[Service]\nExecStart=/usr/sbin/chronyd\n[Install]\nWantedBy=multi-user.target\n",
            ),
        ],
    ),
    running("br-netfilter-not-loaded", &[KUBELET, LIB, MODULES, RELEASE, NONE_LOADED]),
    running(
        "module-lost-at-reboot",
        &[
            KUBELET,
            LIB,
            MODULES,
            RELEASE,
            ("proc/modules", "br_netfilter 16384 0 - Live 0x0\n"),
            ("proc/sys/net/bridge/bridge-nf-call-iptables", "1\n"),
        ],
    ),
    running(
        "ip-forward-off",
        &[
            KUBELET,
            ("proc/sys/net/ipv4/ip_forward", "0\n"),
            ("etc/sysctl.d/50-own.conf", "net.ipv4.ip_forward = 0\n"),
        ],
    ),
    tree(
        "ipv6-forwarding-off",
        &[KUBELET, APISERVER, ("etc/sysctl.d/50-own.conf", "net.ipv6.conf.default.forwarding = 0\n")],
    ),
    tree(
        "sysctl-file-overridden",
        &[
            KUBELET,
            ("etc/sysctl.d/50-k8s.conf", "net.ipv4.ip_forward = 1\n"),
            ("etc/sysctl.d/60-own.conf", "net.ipv4.ip_forward = 0\n"),
        ],
    ),
    tree(
        "protect-kernel-defaults-mismatch",
        &[
            KUBELET,
            (CONFIG, "protectKernelDefaults: true\n"),
            ("etc/sysctl.d/50-panic.conf", "kernel.panic = 60\n"),
        ],
    ),
    running(
        "inotify-limits-exhausted",
        &[
            KUBELET,
            MEMBER,
            ("proc/sys/fs/inotify/max_user_instances", "128\n"),
            ("proc/sys/fs/inotify/max_user_watches", "8192\n"),
        ],
    ),
    running(
        "neighbour-table-small",
        &[
            KUBELET,
            ("proc/sys/net/ipv4/neigh/default/gc_thresh2", "2\n"),
            ("proc/sys/net/ipv4/neigh/default/gc_thresh3", "3\n"),
            ("proc/net/arp", "IP\n192.0.2.1 a\n192.0.2.2 b\n192.0.2.3 c\n"),
        ],
    ),
    tree(
        "user-namespaces-forbidden",
        &[KUBELET, ("etc/sysctl.d/50-cis.conf", "user.max_user_namespaces = 0\n")],
    ),
    tree(
        "rp-filter-loose",
        &[KUBELET, MEMBER, CALICO, ("etc/sysctl.d/50-own.conf", "net.ipv4.conf.all.rp_filter = 2\n")],
    ),
    running(
        "swap-on",
        &[KUBELET, ("proc/swaps", "Filename Type Size Used Priority\n/dev/sda2 partition 1048572 0 -2\n")],
    ),
    tree("swap-returns-at-boot", &[KUBELET, ("etc/fstab", "/dev/sda2 none swap sw 0 0\n")]),
    only_asked_for(running(
        "selinux-mode-differs",
        &[KUBELET, ("etc/selinux/config", "SELINUX=enforcing\n"), ("sys/fs/selinux/enforce", "0")],
    )),
    tree(
        "networkmanager-manages-pod-interfaces",
        &[
            KUBELET,
            MEMBER,
            CALICO,
            (
                "usr/lib/systemd/system/NetworkManager.service",
                "[Service]\nExecStart=/usr/sbin/NetworkManager\n",
            ),
            (
                "etc/systemd/system/multi-user.target.wants/NetworkManager.service",
                "-> /usr/lib/systemd/system/NetworkManager.service",
            ),
        ],
    ),
    tree(
        "networkd-removes-foreign-routes",
        &[
            KUBELET,
            MEMBER,
            CALICO,
            (
                "usr/lib/systemd/system/systemd-networkd.service",
                "[Service]\nExecStart=/lib/systemd/systemd-networkd\n",
            ),
            (
                "etc/systemd/system/multi-user.target.wants/systemd-networkd.service",
                "-> /usr/lib/systemd/system/systemd-networkd.service",
            ),
        ],
    ),
    tree(
        "crictl-endpoint-mismatch",
        &[
            CRIO,
            ("etc/crictl.yaml", "runtime-endpoint: unix:///run/containerd/containerd.sock\ntimeout: 7\n"),
        ],
    ),
    tree(
        "crictl-config-refused",
        &[CRIO, ("etc/crictl.yaml", "runtime-endpoint: unix:///run/crio/crio.sock\ntimeout: 7s\n")],
    ),
    tree(
        "pause-image-mismatch",
        &[
            CRIO,
            KUBELET,
            MEMBER,
            DEBIAN,
            KUBELET_135,
            (DROP_IN, "[crio.image]\npause_image = \"registry.k8s.io/pause:3.6\"\n"),
        ],
    ),
    tree(
        "conmon-cgroup-mismatch",
        &[
            CRIO,
            (DROP_IN, "[crio.runtime]\ncgroup_manager = \"cgroupfs\"\nconmon_cgroup = \"machine.slice\"\n"),
        ],
    ),
    tree(
        "cgroup-driver-mismatch",
        &[
            CRIO,
            KUBELET,
            (CONFIG, "cgroupDriver: systemd\n"),
            (DROP_IN, "[crio.runtime]\ncgroup_manager = \"cgroupfs\"\nconmon_cgroup = \"\"\n"),
        ],
    ),
    tree("pids-limit-low", &[CRIO, (DROP_IN, "[crio.runtime]\npids_limit = 1024\n")]),
    tree(
        "cni-plugin-dir-mismatch",
        &[
            CRIO,
            MEMBER,
            FLANNEL,
            (DROP_IN, "[crio.network]\nplugin_dirs = [\"/usr/libexec/cni\"]\n"),
            ("opt/cni/bin/flannel", "program"),
        ],
    ),
    tree(
        "container-selinux-missing",
        &[
            CRIO,
            ("etc/selinux/config", "SELINUX=enforcing\n"),
            (DROP_IN, "[crio.runtime]\nselinux = false\n"),
        ],
    ),
    tree(
        "cri-socket-mismatch",
        &[
            CRIO,
            KUBELET,
            (
                "etc/default/kubelet",
                "KUBELET_EXTRA_ARGS=\"--v=2 --container-runtime-endpoint=unix:///run/containerd/containerd.sock\"\n",
            ),
        ],
    ),
    tree(
        "kubelet-flag-unknown",
        &[
            KUBELET,
            DEBIAN,
            KUBELET_135,
            ("etc/default/kubelet", "KUBELET_EXTRA_ARGS=\"--v=2 --pod-infra-container-image=pause:3.9\"\n"),
        ],
    ),
    tree(
        "kubelet-flag-ends",
        &[
            KUBELET,
            DEBIAN,
            (
                "var/lib/dpkg/status",
                "Package: kubelet\nStatus: hold ok installed\nVersion: 1.34.0-1.1\n\nPackage: cri-o\nStatus: hold ok installed\nVersion: 1.34.0-1.1\n",
            ),
            ("etc/default/kubelet", "KUBELET_EXTRA_ARGS=\"--v=2 --pod-infra-container-image=pause:3.9\"\n"),
        ],
    ),
    only_asked_for(tree(
        "manifest-set-aside",
        &[
            MEMBER,
            ("etc/kubernetes/manifests/etcd.yaml", "kind: Pod\nmetadata: {name: etcd}\n"),
            (
                "etc/kubernetes/tmp/kubeadm-backup-manifests-2026-11-29-10-00-00/kube-apiserver.yaml",
                "kind: Pod\nmetadata: {name: kube-apiserver}\nspec: {containers: [{name: kube-apiserver, image: a:v1.34.0}]}\n",
            ),
        ],
    )),
    tree(
        "runtime-endpoint-not-kept",
        &[
            KUBELET,
            MEMBER,
            DEBIAN,
            KUBELET_135,
            (
                CONFIG,
                "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncontainerRuntimeEndpoint: unix:///var/run/crio/crio.sock\n",
            ),
        ],
    ),
    tree(
        "crio-bridge-config-left",
        &[CRIO, MEMBER, FLANNEL, ("etc/cni/net.d/100-crio-bridge.conflist", BRIDGE)],
    ),
    only_asked_for(tree(
        "cni-config-shadowed",
        &[
            CRIO,
            MEMBER,
            (
                "etc/cni/net.d/20-flannel.conflist",
                r#"{"cniVersion":"0.4.0","name":"cbr0","plugins":[{"type":"flannel"}]}"#,
            ),
            ("etc/cni/net.d/10-crio-bridge.conflist", BRIDGE),
        ],
    )),
    tree("unit-masked", &[CRIO, ("etc/systemd/system/crio.service", "-> /dev/null")]),
    tree("unit-not-enabled", &[CRIO, KUBELET]),
    Case {
        code: "daemon-reload-pending",
        files: &[CRIO, KUBELET, MEMBER, ENABLED, ENABLED_KUBELET],
        active: Some(&["crio.service", "kubelet.service"]),
        fix: Fix::Automatic,
    },
    Case {
        code: "crio-not-running",
        files: &[
            CRIO,
            KUBELET,
            MEMBER,
            ENABLED,
            ENABLED_KUBELET,
            (DROP_IN, "[crio.api]\nlisten = \"/run/own.sock\"\n"),
        ],
        active: Some(&["kubelet.service"]),
        fix: Fix::Automatic,
    },
    Case {
        code: "runtime-socket-missing",
        files: &[CRIO, KUBELET, MEMBER, ENABLED, ENABLED_KUBELET, ("run/own", ""), ("var/run", "-> /run")],
        active: Some(&["kubelet.service"]),
        fix: Fix::Automatic,
    },
    Case {
        code: "kubelet-not-running",
        files: &[
            CRIO,
            KUBELET,
            MEMBER,
            ENABLED,
            ENABLED_KUBELET,
            ("var/run", "-> /run"),
            (CONFIG, "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"),
        ],
        active: Some(&["crio.service"]),
        fix: Fix::Automatic,
    },
    tree("limit-nofile-low", &[CRIO, (UNIT_DROP_IN, "[Service]\nLimitNOFILE=1024\n")]),
    tree("tasks-max-low", &[CRIO, (UNIT_DROP_IN, "[Service]\nTasksMax=512\n")]),
    tree("delegate-or-slice-changed", &[CRIO, (UNIT_DROP_IN, "[Service]\nDelegate=no\n")]),
    tree("kubelet-unordered-after-runtime", &[CRIO, KUBELET]),
];

const ENABLED: File =
    ("etc/systemd/system/multi-user.target.wants/crio.service", "-> /usr/lib/systemd/system/crio.service");
const ENABLED_KUBELET: File = (
    "etc/systemd/system/multi-user.target.wants/kubelet.service",
    "-> /usr/lib/systemd/system/kubelet.service",
);
