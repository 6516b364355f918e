//! Trees of distributions that are not running, as an image build or a rescue has them. Made by
//! hand, with what makes each one special.

/// Paths with their content, as [`FakeHost::new`](super::FakeHost::new) takes them.
pub type Files = &'static [(&'static str, &'static str)];

const MODULES: &str = "kernel/net/bridge/br_netfilter.ko.xz:\nkernel/fs/overlayfs/overlay.ko.xz:\n";

/// CentOS 7: sysctls of the vendor that undo bridge filtering, SELinux by a link, the old layout of
/// swap and kubelet.
pub const CENTOS_7: Files = &[
    ("etc/os-release", "ID=\"centos\"\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\"7\"\n"),
    ("etc/selinux/config", "# enforcing\nSELINUX=enforcing\nSELINUXTYPE=targeted\n"),
    ("etc/sysconfig/selinux", "-> ../selinux/config"),
    (
        "usr/lib/sysctl.d/00-system.conf",
        "net.bridge.bridge-nf-call-ip6tables = 0\nnet.bridge.bridge-nf-call-iptables = 0\n",
    ),
    ("etc/sysctl.conf", "# sysctl settings\n"),
    ("etc/sysctl.d/99-sysctl.conf", "-> ../sysctl.conf"),
    (
        "etc/fstab",
        "/dev/mapper/centos-root / xfs defaults 0 0\n/dev/mapper/centos-swap swap swap defaults 0 0\n",
    ),
    ("lib/modules/3.10.0-1160.el7.x86_64/modules.dep", MODULES),
    ("lib/modules/3.10.0-1160.el7.x86_64/modules.builtin", ""),
    ("etc/sysconfig/kubelet", "KUBELET_EXTRA_ARGS=--cgroup-driver=systemd\n"),
];

/// Rocky 9: merged /usr, zram off, a sample network of CRI-O.
pub const ROCKY_9: Files = &[
    ("usr/lib/modules/5.14.0-427.el9.x86_64/modules.dep", MODULES),
    ("usr/lib/modules/5.14.0-427.el9.x86_64/modules.builtin", ""),
    ("lib", "-> usr/lib"),
    ("usr/lib/os-release", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.4\"\n"),
    ("etc/os-release", "-> ../usr/lib/os-release"),
    ("etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n"),
    ("etc/fstab", "UUID=a / xfs defaults 0 0\nUUID=b none swap defaults 0 0\n"),
    ("usr/lib/sysctl.d/50-default.conf", "net.ipv4.conf.*.rp_filter = 2\n-net.ipv4.conf.all.rp_filter\n"),
    ("etc/cni/net.d/100-crio-bridge.conflist", "{}\n"),
];

/// openSUSE Leap: no SELinux, the whole of swap in fstab, CRLF in a file somebody edited elsewhere.
pub const LEAP: Files = &[
    ("etc/os-release", "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\nVERSION_ID=\"15.6\"\n"),
    ("etc/fstab", "UUID=a  /  btrfs  defaults  0  0\r\nUUID=b  swap  swap  defaults  0  0\r\n"),
    (
        "lib/modules/6.4.0-default/modules.dep",
        "kernel/net/bridge/br_netfilter.ko.zst:\nkernel/overlay.ko.zst:\n",
    ),
    ("lib/modules/6.4.0-default/modules.builtin", ""),
    ("etc/sysctl.d/70-yast.conf", "net.ipv4.ip_forward = 0\n"),
];

/// Ubuntu: swap file, cloud-init and Azure's agent, podman's network, kubelet's file in
/// /etc/default.
pub const UBUNTU: Files = &[
    ("etc/os-release", "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\n"),
    ("etc/fstab", "LABEL=root / ext4 discard 0 1\n/swap.img none swap sw 0 0\n"),
    ("etc/cloud/cloud.cfg.d/50-swap.cfg", "#cloud-config\nswap:\n  filename: /swap.img\n  size: auto\n"),
    ("etc/waagent.conf", "ResourceDisk.Format=y\nResourceDisk.EnableSwap=y\n"),
    ("etc/cni/net.d/87-podman-bridge.conflist", "{}\n"),
    ("etc/default/kubelet", "KUBELET_EXTRA_ARGS=\n"),
    ("etc/sysctl.d/99-sysctl.conf", "-> ../sysctl.conf"),
    ("etc/sysctl.conf", "#net.ipv4.ip_forward=1"),
    ("lib/modules/6.8.0-31-generic/modules.dep", "kernel/net/bridge/br_netfilter.ko.zst:\n"),
    ("lib/modules/6.8.0-31-generic/modules.builtin", "kernel/fs/overlayfs/overlay.ko\n"),
];

/// openEuler: permissive SELinux already, a file of Kubernetes' own that says the same as ours.
pub const OPENEULER: Files = &[
    ("etc/os-release", "NAME=\"openEuler\"\nID=\"openEuler\"\nVERSION_ID=\"22.03\"\n"),
    ("etc/selinux/config", "SELINUX=permissive\n"),
    (
        "etc/fstab",
        "/dev/mapper/openeuler-root / ext4 defaults 1 1\n/dev/mapper/openeuler-swap none swap defaults 0 0",
    ),
    ("etc/sysctl.d/k8s.conf", "net.bridge.bridge-nf-call-iptables = 1\n"),
    ("etc/modules-load.d/k8s.conf", "br_netfilter\n"),
    ("lib/modules/5.10.0-60.oe2203.x86_64/modules.dep", MODULES),
    ("lib/modules/5.10.0-60.oe2203.x86_64/modules.builtin", ""),
];
