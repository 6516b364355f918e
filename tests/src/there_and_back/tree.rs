//! Random trees: the shape of a distribution, with files that people and other tools left, written
//! the way they write.

use std::os::unix::fs::symlink;

use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use crate::fake_host::FakeHost;

/// A file of a tree.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Laid {
    /// Where.
    pub path: String,
    /// Its text; `-> ` and a target for a link.
    pub text: String,
    /// Its mode.
    pub mode: u32,
    /// A user attribute it has; such a file is also somebody else's, where root lays it.
    pub attribute: Option<u8>,
    /// Whether it is a link to a file of this text beside it.
    pub behind_link: bool,
}

/// Shapes of distributions: os-release, a kernel, where the kubelet's arguments are.
const SHAPES: &[&[(&str, &str)]] = &[
    &[
        ("etc/os-release", "ID=\"centos\"\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\"7\"\n"),
        (
            "lib/modules/3.10.0-1160.el7.x86_64/modules.dep",
            "kernel/br_netfilter.ko.xz:\nkernel/overlay.ko.xz:\nkernel/nf_conntrack.ko.xz:\nkernel/ip_vs.ko.xz:\n",
        ),
        ("lib/modules/3.10.0-1160.el7.x86_64/modules.builtin", ""),
    ],
    &[
        ("usr/lib/os-release", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.4\"\n"),
        ("etc/os-release", "-> ../usr/lib/os-release"),
        ("lib", "-> usr/lib"),
        (
            "usr/lib/modules/5.14.0-427.el9.x86_64/modules.dep",
            "kernel/br_netfilter.ko.xz:\nkernel/overlay.ko.xz:\nkernel/nf_conntrack.ko.xz:\nkernel/vxlan.ko.xz:\n",
        ),
        ("usr/lib/modules/5.14.0-427.el9.x86_64/modules.builtin", "kernel/ip_vs.ko\nkernel/ip_vs_rr.ko\n"),
        ("usr/lib/systemd/system/NetworkManager.service", "[Service]\n"),
    ],
    &[
        ("etc/os-release", "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\nVERSION_ID=\"15.6\"\n"),
        ("lib/modules/6.4.0-default/modules.dep", ""),
        (
            "lib/modules/6.4.0-default/modules.builtin",
            "kernel/br_netfilter.ko\nkernel/overlay.ko\nkernel/nf_conntrack.ko\nkernel/ip_vs.ko\nkernel/ip_vs_rr.ko\nkernel/vxlan.ko\n",
        ),
    ],
    &[
        ("etc/os-release", "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\n"),
        ("lib", "-> usr/lib"),
        (
            "usr/lib/modules/6.8.0-31-generic/modules.dep",
            "kernel/br_netfilter.ko.zst:\nkernel/ip_vs.ko.zst:\nkernel/ip_vs_rr.ko.zst:\nkernel/vxlan.ko.zst:\n",
        ),
        ("usr/lib/modules/6.8.0-31-generic/modules.builtin", "kernel/overlay.ko\nkernel/nf_conntrack.ko\n"),
        (
            "etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
            "[Service]\nEnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env\nEnvironmentFile=-/etc/default/kubelet\nExecStart=\nExecStart=/usr/bin/kubelet $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS\n",
        ),
        ("usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n"),
    ],
    &[
        ("etc/os-release", "NAME=\"openEuler\"\nID=\"openEuler\"\nVERSION_ID=\"22.03\"\n"),
        (
            "lib/modules/5.10.0-60.oe2203.x86_64/modules.dep",
            "kernel/br_netfilter.ko.xz:\nkernel/overlay.ko.xz:\nkernel/nf_conntrack.ko.xz:\n",
        ),
        ("lib/modules/5.10.0-60.oe2203.x86_64/modules.builtin", ""),
    ],
    &[],
];

/// Files a host may have, with what may be in them.
const FILES: &[(&str, &[&str])] = &[
    (
        "etc/fstab",
        &[
            "",
            "/dev/sda1 / ext4 defaults 0 1",
            "UUID=b none swap sw 0 0\n/swap\tswap\tswap\tnoauto\t0 0\n",
            "# swap\n/swap.img  none  swap  sw,pri=5  0  0\nLABEL=x /x xfs nofail 0 2\n",
        ],
    ),
    ("etc/sysctl.conf", &["net.ipv4.ip_forward=0\n", "# nothing\n", "net.ipv4.ip_forward = 1\n"]),
    ("etc/sysctl.d/99-sysctl.conf", &["-> ../sysctl.conf", "vm.swappiness=1\n"]),
    (
        "etc/sysctl.d/10-x.conf",
        &[
            "net.ipv4.ip_forward=0\nfs.inotify.max_user_instances=900\n",
            "-net.ipv4.conf.*.rp_filter = 2\n",
            "fs.inotify.max_user_watches = 1048576\n",
        ],
    ),
    ("etc/sysctl.d/zz-late.conf", &["vm.max_map_count=65530\n", "net.ipv4.ip_forward = 1\n", "; nothing\n"]),
    (
        "etc/sysctl.d/99-zz-k8sprep.conf",
        &["# Written by k8sprep: what a Kubernetes node needs.\nnet.ipv4.ip_forward = 1\n", ""],
    ),
    ("usr/lib/sysctl.d/50-default.conf", &["net.ipv4.ip_forward = 0\n", "kernel.sysrq = 16\n"]),
    ("etc/modules-load.d/k8s.conf", &["overlay\n", "br-netfilter # for pods\n", ";\n"]),
    (
        "etc/modules-load.d/k8sprep.conf",
        &["# Written by k8sprep: modules a Kubernetes node needs.\noverlay\n", "vxlan\n"],
    ),
    (
        "etc/modprobe.d/local.conf",
        &["options loop max_loop=8\n", "blacklist vxlan\n", "blacklist br_netfilter\n"],
    ),
    (
        "etc/selinux/config",
        &[
            "SELINUX=enforcing\nSELINUXTYPE=targeted\n",
            "SELINUX=disabled",
            "  SELINUX = permissive\n",
            "junk\n",
            "SELINUX=enforcing\nSELINUX=permissive\n",
        ],
    ),
    ("etc/sysconfig/selinux", &["-> ../selinux/config"]),
    (
        "etc/sysconfig/kubelet",
        &[
            "",
            "KUBELET_EXTRA_ARGS=--v=2 --cgroup-driver cgroupfs\n",
            "X=1\n",
            "KUBELET_EXTRA_ARGS=\"--network-plugin=cni --node-labels=a=b\"\n",
        ],
    ),
    (
        "etc/default/kubelet",
        &[
            "KUBELET_EXTRA_ARGS=\n",
            "KUBELET_EXTRA_ARGS='--container-runtime=remote --fail-swap-on=false'\n",
            "# none\nexport KUBELET_EXTRA_ARGS=--v=4\n",
        ],
    ),
    ("etc/cni/net.d/10-crio-bridge.conflist", &["{}\n", "not json"]),
    ("etc/cni/net.d/87-podman.conflist", &["-> 10-crio-bridge.conflist", "{}"]),
    (
        "etc/cni/net.d/10-flannel.conflist",
        &["{\"name\": \"cbr0\", \"plugins\": [{\"type\": \"flannel\"}]}\n"],
    ),
    ("etc/cni/net.d/10-crio-bridge.conflist.k8sprep-disabled", &["{}"]),
    ("usr/lib/systemd/zram-generator.conf", &["[zram0]\nzram-size=ram\n", "[zram0]\nzram-size=0\n"]),
    ("etc/systemd/zram-generator.conf", &["[zram0]\n", "-> /dev/null"]),
    ("usr/lib/systemd/zram-generator.conf.d/x.conf", &["[zram1]\nzram-size=ram/2\n"]),
    ("usr/lib/systemd/system-generators/zram-generator", &["program"]),
    ("usr/lib/systemd/system/x.swap", &["[Swap]\nWhat=/x\n"]),
    ("etc/systemd/system/y.swap", &["[Swap]\nWhat=/y\n"]),
    ("etc/systemd/system/swap.target.wants/x.swap", &["-> /usr/lib/systemd/system/x.swap"]),
    ("etc/systemd/system/swap.target.wants/y.swap", &["-> ../y.swap"]),
    ("etc/systemd/system/swap.target", &["-> /dev/null"]),
    ("usr/lib/systemd/system/zramswap.service", &["[Service]\n"]),
    (
        "etc/systemd/system/multi-user.target.wants/zramswap.service",
        &["-> /usr/lib/systemd/system/zramswap.service"],
    ),
    (
        "etc/initramfs-tools/conf.d/resume",
        &["RESUME=UUID=1234\n", "RESUME=none\n", "# RESUME=auto\nRESUME=/dev/sda2"],
    ),
    (
        "etc/waagent.conf",
        &[
            "ResourceDisk.EnableSwap=y\n",
            "ResourceDisk.EnableSwap=n\n",
            "# y\nResourceDisk.Format=y\nResourceDisk.EnableSwap = y\n",
        ],
    ),
    (
        "etc/cloud/cloud.cfg.d/50-swap.cfg",
        &["#cloud-config\nswap:\n  filename: /swap.img\n  size: auto\nntp: {}\n", "swap: {filename: /s}\n"],
    ),
    ("etc/cloud/cloud.cfg", &["users: []\nswap:\n\tsize: 1\n"]),
    (
        "etc/crio/crio.conf",
        &[
            "[crio.runtime]\ncgroup_manager = \"cgroupfs\" # ours\n",
            "# all defaults\n",
            "[crio]\nroot = \"/srv\"\n[crio.image]\npause_image = \"k8s.gcr.io/pause:3.1\"\n",
            "[crio.runtime\n",
        ],
    ),
    (
        "etc/crio/crio.conf.d/10-crio.conf",
        &[
            "[crio.image]\nsignature_policy = \"/etc/crio/policy.json\"\n[crio.runtime]\ndefault_runtime = \"crun\"\n[crio.runtime.runtimes.crun]\nruntime_path = \"/usr/libexec/crio/crun\"\n",
            "[crio]\n",
            "",
        ],
    ),
    ("etc/crio/crio.conf.d/99-k8sprep.conf", &["[crio]\n", "-> ../elsewhere.conf"]),
    (
        "etc/crio/crio.conf.d/zz.conf",
        &[
            "[crio.runtime]\ncgroup_manager = \"cgroupfs\"\n",
            "[crio.runtime]\nlog_level = \"debug\"\n",
            "[crio.api]\nlisten = \"/x\"\n",
        ],
    ),
    ("etc/crio/elsewhere.conf", &["[crio.image]\n"]),
    (
        "etc/crictl.yaml",
        &[
            "timeout: 2\n",
            "runtime-endpoint: unix:///run/containerd/containerd.sock\ndebug: true\n",
            "runtime-endpoint: \"unix:///var/run/crio/crio.sock\"\nimage-endpoint: 'unix:///var/run/crio/crio.sock'\n",
            "-> /etc/crictl.real",
        ],
    ),
    ("etc/crictl.real", &["debug: false\n"]),
    ("etc/containers/registries.conf.d/50-k8sprep.conf", &["unqualified-search-registries = []\n"]),
    ("etc/NetworkManager/conf.d/k8sprep-pods.conf", &["[keyfile]\n"]),
    ("usr/lib/systemd/system/NetworkManager.service", &["[Service]\n"]),
    (
        "etc/systemd/system/crio.service.d/k8sprep-proxy.conf",
        &["[Service]\nEnvironment=\"HTTP_PROXY=http://old:1\"\n"],
    ),
    (
        "etc/systemd/system/kubelet.service.d/20-local.conf",
        &[
            "[Service]\nEnvironmentFile=-/etc/kubelet.local\n",
            "[Service]\nEnvironment=KUBELET_EXTRA_ARGS=--v=1\n",
        ],
    ),
    (
        "usr/lib/systemd/system/kubelet.service",
        &[
            "[Service]\nExecStart=/usr/bin/kubelet $KUBELET_EXTRA_ARGS\nEnvironmentFile=-/etc/sysconfig/kubelet\n",
        ],
    ),
    (
        "etc/kubernetes/k8sprep/kubeadm.yaml",
        &[
            "kind: InitConfiguration\napiVersion: kubeadm.k8s.io/v1beta4\nbootstrapTokens: [{token: zyxwvu.fedcba9876543210}]\n",
            "not yaml: [",
        ],
    ),
    ("etc/kubernetes/k8sprep/join.yaml", &["kind: JoinConfiguration\n"]),
    ("etc/kubernetes/manifests/kube-apiserver.yaml", &["kind: Pod\n"]),
    ("var/lib/kubelet/config.yaml", &["cgroupDriver: cgroupfs\n"]),
    ("var/lib/kubelet/kubeadm-flags.env", &["KUBELET_KUBEADM_ARGS=\"--network-plugin=cni\"\n"]),
    ("etc/hostname", &["n7\n"]),
    ("proc/swaps", &["F T S U P\n/dev/sda2 partition 100 0 -2\n/x\\040y file 9 0 7\n"]),
    (
        "proc/modules",
        &[
            "overlay 1 0 - Live 0\n",
            "br_netfilter 1 3 - Live 0\noverlay 1 0 - Live 0\nnf_conntrack 1 0 - Live 0\n",
        ],
    ),
    ("sys/fs/selinux/enforce", &["1", "0"]),
];

/// What a running kernel always has.
const KERNEL: &[(&str, &str)] = &[
    ("proc/sys/kernel/osrelease", "6.8.0-31-generic\n"),
    ("proc/sys/net/ipv4/ip_forward", "0\n"),
    ("proc/sys/net/ipv6/conf/all/forwarding", "0\n"),
    ("proc/sys/net/ipv6/conf/default/forwarding", "0\n"),
    ("proc/sys/net/ipv4/tcp_rmem", "4096\t131072\t6291456\n"),
    ("proc/sys/net/core/somaxconn", "4096\n"),
    ("proc/sys/vm/max_map_count", "65530\n"),
    ("proc/sys/fs/inotify/max_user_instances", "128\n"),
    ("proc/sys/fs/inotify/max_user_watches", "8192\n"),
    ("proc/filesystems", "nodev\tproc\n"),
    ("proc/modules", ""),
    ("proc/swaps", "Filename Type Size Used Priority\n"),
];

/// Who can read the files of a tree.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Readers {
    /// At least their owner, so that a tree is the same to every user.
    Owner,
    /// Root alone can read some.
    RootAlone,
}

/// Trees of every shape.
pub(super) fn trees(readers: Readers) -> impl Strategy<Value = Vec<Laid>> {
    let all: Vec<usize> = (0..FILES.len()).collect();
    let most = FILES.len() / 2;
    // More often few files than many: of many, one is sure to stand in the way.
    let chosen = (0..=most).prop_flat_map(move |len| subsequence(all.clone(), len / 2 + 1));
    let dressed = chosen.prop_flat_map(move |chosen| {
        chosen.into_iter().map(move |at| dressed(at, readers)).collect::<Vec<_>>()
    });
    (select(SHAPES), dressed).prop_map(|(shape, files)| {
        let plain = |(path, text): &(&str, &str)| Laid::plain(path, text);
        let mut tree: Vec<Laid> = shape.iter().map(plain).collect();
        tree.extend(files.into_iter().filter(|file| !shape.iter().any(|(path, _)| *path == file.path)));
        let kernel = KERNEL.iter().filter(|(path, _)| !tree.iter().any(|file| file.path == *path));
        let kernel: Vec<Laid> = kernel.map(plain).collect();
        tree.into_iter().chain(kernel).collect()
    })
}

impl Laid {
    /// Whether every kernel has it so.
    pub(super) fn is_kernels(&self) -> bool {
        KERNEL.contains(&(self.path.as_str(), self.text.as_str()))
    }

    fn plain(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: text.into(), mode: 0o644, attribute: None, behind_link: false }
    }
}

/// A file of the table in somebody's hand: line ends, comments, modes, attributes, links.
fn dressed(at: usize, readers: Readers) -> impl Strategy<Value = Laid> {
    let (path, texts) = FILES[at];
    let kernels = path.starts_with("proc/") || path.starts_with("sys/");
    let mut modes = vec![0o644, 0o644, 0o644, 0o600, 0o640, 0o755, 0o444, 0o400, 0o664];
    if readers == Readers::RootAlone {
        modes.push(0o000);
    }
    (
        any::<Index>(),
        0_u8..12,
        select(modes),
        proptest::option::weighted(0.2, any::<u8>()),
        proptest::bool::weighted(0.1),
    )
        .prop_map(move |(which, hand, mode, attribute, behind_link)| {
            let text: &str = which.get::<&str>(texts);
            if kernels || text.starts_with("-> ") {
                return Laid::plain(path, text);
            }
            let text = match hand {
                0 => text.replace('\n', "\r\n"),
                1 => text.trim_end_matches('\n').to_owned(),
                2 => format!("# by hand\n\n{text}\n\n"),
                3 => format!("{text}# and no line end"),
                4 => text.replace('\n', " \n"),
                _ => text.to_owned(),
            };
            Laid { path: path.into(), text, mode, attribute, behind_link }
        })
}

/// Lays a tree.
///
/// # Panics
///
/// When it cannot be laid.
pub(super) fn lay(fake: &FakeHost, files: &[Laid]) {
    for file in files {
        if !file.behind_link {
            lay_one(fake, file, &file.path);
            continue;
        }
        let real = format!("{}.real", file.path.replacen("etc/", "srv/", 1));
        lay_one(fake, file, &real);
        let link = fake.root().join(&file.path);
        std::fs::create_dir_all(link.parent().expect("has a parent")).expect("directories can be made");
        symlink(format!("/{real}"), link).expect("links can be made");
    }
}

fn lay_one(fake: &FakeHost, file: &Laid, path: &str) {
    fake.lay(path, &file.text);
    if file.text.starts_with("-> ") {
        return;
    }
    if let Some(value) = file.attribute {
        let flags = rustix::fs::XattrFlags::empty();
        rustix::fs::setxattr(fake.root().join(path), "user.k8sprep-test", &[value], flags)
            .expect("a file can have an attribute");
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(fake.root().join(path), Some(7), Some(8))
                .expect("root may give files away");
        }
    }
    if file.mode != 0o644 {
        fake.chmod(path, file.mode);
    }
}
