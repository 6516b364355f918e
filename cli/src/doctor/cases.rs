//! Checks that no other test of theirs fires: where each does, and the answer or file with which it
//! holds. What only a system call says is answered here as another machine would.

use std::time::{Duration, SystemTime};

use super::laid::{self, said_at, said_of_machine};
use super::{Diagnosis, Inspection, before_upgrade};

type Laid = (&'static str, &'static str);

const CRIO: Laid = ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n");
const KUBELET: Laid = ("usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n");
const MEMBER: Laid = ("etc/kubernetes/kubelet.conf", "kind: Config\n");
const SERVER: Laid = (
    "etc/kubernetes/manifests/kube-apiserver.yaml",
    "kind: Pod\nmetadata: {name: kube-apiserver}\nspec:\n  containers:\n  - name: kube-apiserver\n    image: registry.k8s.io/kube-apiserver:v1.34.0\n    \
     command: [kube-apiserver, --advertise-address=192.0.2.7, --tls-cert-file=/etc/kubernetes/pki/apiserver.crt]\n",
);
const ETCD: Laid = (
    "etc/kubernetes/manifests/etcd.yaml",
    "kind: Pod\nmetadata: {name: etcd}\nspec:\n  containers:\n  - name: etcd\n    image: registry.k8s.io/etcd:3.6.4-0\n    \
     command: [etcd, --data-dir=/var/lib/etcd]\n",
);
const NODE: &[Laid] = &[KUBELET, CRIO, MEMBER];

fn has(said: &Diagnosis, code: &str) -> bool {
    said.findings.iter().any(|one| one.code == code)
}

/// A check, the files of a node, answers of the system with which it fires, and those with which it
/// holds.
type Machine = (&'static str, &'static [Laid], &'static [Laid], &'static [Laid]);

const ROUTE: &str = "the address of the default route";
const TWO: &str = "eth0 192.0.2.7 24\neth1 198.51.100.7 24\n";
const NODEFS: &str = "statvfs(3) /var/lib/kubelet";
const IMAGEFS: &str = "statvfs(3) /var/lib/containers/storage";

/// Numbers of a file system: bytes, free ones, inodes, free ones.
const MACHINES: &[Machine] = &[
    ("cpus-too-few", NODE, &[("sched_getaffinity(2)", "1")], &[("sched_getaffinity(2)", "2")]),
    ("not-run-as-root", NODE, &[("geteuid(2)", "1000")], &[("geteuid(2)", "0")]),
    ("platform-not-supported", NODE, &[("uname(2)", "FreeBSD amd64")], &[("uname(2)", "Linux x86_64")]),
    (
        "run-filesystem-full",
        NODE,
        &[("statvfs(3) /run", "1000000 1000 0 0")],
        &[("statvfs(3) /run", "1000000 900000 0 0"), ("statvfs(3) /dev/shm", "1000000 900000 0 0")],
    ),
    (
        "etcd-disk-shared",
        &[KUBELET, MEMBER, ETCD],
        &[("statvfs(3) /var/lib/etcd", "100000000000 1000000 0 0")],
        &[("statvfs(3) /var/lib/etcd", "100000000000 90000000000 0 0")],
    ),
    (
        "inodes-nearly-exhausted",
        NODE,
        &[(NODEFS, "1000000 900000 1000 10"), (IMAGEFS, "1000000 900000 0 0")],
        &[(NODEFS, "1000000 900000 1000 900"), (IMAGEFS, "1000000 900000 0 0")],
    ),
    (
        "image-gc-threshold-crossed",
        NODE,
        &[(NODEFS, "1000000 900000 0 0"), (IMAGEFS, "1000000 100000 0 0")],
        &[(NODEFS, "1000000 900000 0 0"), (IMAGEFS, "1000000 900000 0 0")],
    ),
    (
        "node-address-ambiguous",
        &[KUBELET, MEMBER, SERVER],
        &[("getifaddrs(3)", TWO), (ROUTE, "198.51.100.7")],
        &[("getifaddrs(3)", TWO), (ROUTE, "192.0.2.7")],
    ),
    (
        "pod-mtu-too-large",
        &[
            ("sys/class/net/eth0/mtu", "1500\n"),
            ("sys/class/net/eth1/mtu", "9000\n"),
            ("sys/class/net/flannel.1/mtu", "1500\n"),
            ("sys/class/net/vxlan.calico/mtu", "1400\n"),
            ("sys/class/net/tunl0/mtu", "1400\n"),
            ("sys/class/net/wireguard.cali/mtu", "1400\n"),
            ("sys/class/net/flannel-wg/mtu", "1400\n"),
        ],
        &[("getifaddrs(3)", TWO), (ROUTE, "192.0.2.7")],
        &[("getifaddrs(3)", TWO), (ROUTE, "198.51.100.7")],
    ),
];

#[test]
fn what_the_system_says_of_another_machine() {
    for (code, files, fires, holds) in MACHINES {
        let of = |system: &[Laid]| said_of_machine(files, system);
        assert!(
            has(&of(fires), code),
            "{code}: {:?}",
            of(fires).undecided.iter().find(|one| one.code == *code)
        );
        let well = of(holds);
        assert!(!has(&well, code), "{code}");
        assert!(well.undecided.iter().all(|one| one.code != *code), "{code}");
        // Whoever may not ask says nothing.
        let without: Vec<Laid> =
            holds.iter().filter(|(name, _)| !fires.iter().any(|(own, _)| own == name)).copied().collect();
        let silent = of(&without);
        let open = silent.undecided.iter().any(|one| one.code == *code) && !has(&silent, code);
        // Who asks is no root where it is not known that it is one.
        assert!(open || *code == "not-run-as-root", "{code}");
    }
}

/// A check, the files with which it fires, and those that take the place of some where it holds.
type Tree = (&'static str, &'static [Laid], &'static [Laid]);

const TREES: &[Tree] = &[
    (
        "manifest-duplicated",
        &[ETCD, ("etc/kubernetes/manifests/etcd.yaml.bak", ETCD.1)],
        &[("etc/kubernetes/manifests/etcd.yaml.bak", "")],
    ),
    ("component-argument-refused", &[(SERVER.0, MODES)], &[SERVER]),
    (
        "crio-argument-refused",
        &[(
            "usr/lib/systemd/system/crio.service",
            "[Service]\nEnvironment=CONTAINER_LOG_LEVEL=verbose\nExecStart=/usr/bin/crio\n",
        )],
        &[CRIO],
    ),
    (
        "drop-in-not-read",
        &[CRIO, ("etc/systemd/system/crio.service.d/10-own.config", "[Service]\nEnvironment=A=b\n")],
        &[("etc/systemd/system/crio.service.d/10-own.config", "")],
    ),
    (
        "certificate-too-weak",
        &[SERVER, ("etc/kubernetes/pki/apiserver.crt", include_str!("testdata/weak.crt"))],
        &[("etc/kubernetes/pki/apiserver.crt", include_str!("testdata/leaf.crt"))],
    ),
    (
        "kubelet-certificate-embedded",
        &[
            ("etc/kubernetes/kubelet.conf", EMBEDDED),
            ("var/lib/kubelet/pki/kubelet-client-current.pem", include_str!("testdata/leaf.crt")),
        ],
        &[("var/lib/kubelet/pki/kubelet-client-current.pem", "")],
    ),
    (
        "kubeconfig-server-mismatch",
        &[SERVER, ("etc/kubernetes/scheduler.conf", SCHEDULER)],
        &[("etc/kubernetes/scheduler.conf", OWN_SCHEDULER)],
    ),
    (
        "admin-conf-system-masters",
        &[
            SERVER,
            ("etc/kubernetes/admin.conf", ADMIN),
            ("etc/kubernetes/pki/admin.crt", include_str!("testdata/masters.crt")),
        ],
        &[("etc/kubernetes/pki/admin.crt", include_str!("testdata/admin-new.crt"))],
    ),
    (
        "storage-conf-unreadable",
        &[CRIO, ("etc/containers/storage.conf", "[storage]\ndriver = overlay\n")],
        &[("etc/containers/storage.conf", "[storage]\ndriver = \"overlay\"\n")],
    ),
    (
        "storage-conf-path-missing",
        &[
            CRIO,
            ("usr/bin/crio", "x"),
            ("usr/bin/crun", "x"),
            ("usr/bin/conmon", "x"),
            ("usr/bin/pinns", "x"),
            (
                "etc/containers/storage.conf",
                "[storage]\ndriver = \"overlay\"\n[storage.options.overlay]\nmount_program = \"/usr/bin/fuse-overlayfs\"\n",
            ),
        ],
        &[("etc/containers/storage.conf", "[storage]\ndriver = \"overlay\"\n")],
    ),
    (
        "registry-blocked",
        &[
            CRIO,
            (
                "etc/containers/registries.conf.d/10.conf",
                "[[registry]]\nlocation = \"registry.k8s.io\"\nblocked = true\n",
            ),
        ],
        &[("etc/containers/registries.conf.d/10.conf", "[[registry]]\nlocation = \"registry.k8s.io\"\n")],
    ),
];

const MODES: &str = "kind: Pod\nmetadata: {name: kube-apiserver}\nspec:\n  containers:\n  - name: kube-apiserver\n    image: \
                     registry.k8s.io/kube-apiserver:v1.34.0\n    command: [kube-apiserver, \"--authorization-mode=RBAC,Nope\"]\n";
const SCHEDULER: &str = "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: \
                         \"https://192.0.2.99:6443\"}}]\nusers: [{name: u, user: {token: x}}]\n";
const OWN_SCHEDULER: &str = "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: \
                             \"https://192.0.2.7:6443\"}}]\nusers: [{name: u, user: {token: x}}]\n";
/// `eA==` is no certificate, but it is inside.
const EMBEDDED: &str = "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: \
                        \"https://192.0.2.7:6443\"}}]\nusers: [{name: u, user: {client-certificate-data: eA==, client-key-data: eA==}}]\n";
const ADMIN: &str = "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: \
                     \"https://192.0.2.7:6443\"}}]\nusers: [{name: u, user: {client-certificate: /etc/kubernetes/pki/admin.crt, client-key: \
                     /etc/kubernetes/pki/admin.key}}]\n";

#[test]
fn what_files_of_another_kind_say() {
    for (code, files, other) in TREES {
        assert!(has(&laid::said_of(files), code), "{code}");
        let kept = files.iter().filter(|(path, _)| !other.iter().any(|(own, _)| own == path));
        let well: Vec<Laid> = kept.chain(*other).filter(|(_, text)| !text.is_empty()).copied().collect();
        assert!(!has(&laid::said_of(&well), code), "{code}");
    }
}

#[test]
fn certificates_end_and_clocks_are_wrong() {
    let files = [
        SERVER,
        ("etc/kubernetes/pki/ca.crt", include_str!("testdata/ca.crt")),
        ("etc/kubernetes/pki/apiserver.crt", include_str!("testdata/leaf.crt")),
        ("etc/kubernetes/pki/apiserver.key", include_str!("testdata/leaf.key")),
    ];
    let day = Duration::from_secs(86_400);
    // The fifth of November 2126.
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(4_949_535_721);
    let at = |now: SystemTime, code: &str| has(&said_at(&files, now), code);
    for code in ["certificate-expires-soon", "ca-expires-soon"] {
        assert!(at(end - 10 * day, code) && !at(laid::now(), code), "{code}");
    }
    for code in ["certificate-expired", "ca-expires-soon"] {
        assert!(at(end + day, code) && !at(laid::now(), code), "{code}");
    }
    assert!(at(laid::now() - 300 * day, "clock-in-the-past") && !at(laid::now(), "clock-in-the-past"));
    let before = |now: SystemTime, code: &str| {
        let dir = tempfile::tempdir().unwrap();
        // One that ends, so that nothing is told where it cannot be read.
        laid::lay(dir.path(), &[files[0], files[2]]);
        let host = host_prep::Host::offline(host_prep::fs::Root::open(dir.path()).unwrap());
        has(&before_upgrade(Inspection::of(&host, now), kubeadm_config::Minor::new(35)), code)
    };
    let within = "certificate-ends-within-a-day";
    assert!(before(end - day / 2, within) && !before(end - 3 * day, within));
}

/// A check of what ends, the minor that is gone to, a file, and the same without.
const ENDS: &[(&str, u64, Laid)] = &[
    (
        "component-flag-ends",
        33,
        (
            "etc/kubernetes/manifests/kube-controller-manager.yaml",
            "kind: Pod\nmetadata: {name: kube-apiserver}\nspec:\n  containers:\n  - name: kube-apiserver\n    image: \
             registry.k8s.io/kube-apiserver:v1.32.0\n    command: [kube-apiserver, --cloud-provider=external]\n",
        ),
    ),
    (
        "admission-plugin-ends",
        31,
        (
            "etc/kubernetes/manifests/kube-apiserver.yaml",
            "kind: Pod\nmetadata: {name: kube-apiserver}\nspec:\n  containers:\n  - name: kube-apiserver\n    image: \
             registry.k8s.io/kube-apiserver:v1.30.0\n    command: [kube-apiserver, \
             \"--enable-admission-plugins=NodeRestriction,SecurityContextDeny\"]\n",
        ),
    ),
    ("crio-key-ends", 35, ("etc/crio/crio.conf", "[crio.image]\ninsecure_registries = [\"a\"]\n")),
    (
        "api-version-ends",
        37,
        (
            "etc/kubernetes/kubeadm.yaml",
            "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.0\n",
        ),
    ),
    (
        "kubelet-field-ends",
        24,
        (
            "var/lib/kubelet/config.yaml",
            "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nlogging: {sanitization: true}\n",
        ),
    ),
];

#[test]
fn what_ends_is_told_before_it_does() {
    for (code, to, file) in ENDS {
        let of = |files: &[Laid]| {
            let dir = tempfile::tempdir().unwrap();
            laid::lay(dir.path(), files);
            let host = host_prep::Host::offline(host_prep::fs::Root::open(dir.path()).unwrap());
            has(&before_upgrade(Inspection::of(&host, laid::now()), kubeadm_config::Minor::new(*to)), code)
        };
        assert!(of(&[CRIO, KUBELET, MEMBER, *file]) && !of(&[CRIO, KUBELET, MEMBER]), "{code}");
    }
}
