//! Trees of distributions that are not running, as an image build or a rescue has them. Made by hand, with what makes
//! each one special.

use std::time::Duration;

use host_prep::resource::{
    CniLeftovers, KernelModules, KubeletArgs, Managed, SelinuxPermissive, SwapOff, SysctlWish, Sysctls,
};
use host_prep::{Back, Desired, Host, Nobody, rollback};
use k8sprep_tests::fake_host::{FakeHost, differences};

use super::{NONE, apply_all, lines, plan_of};

const MODULES: &str = "kernel/net/bridge/br_netfilter.ko.xz:\nkernel/fs/overlayfs/overlay.ko.xz:\n";

/// CentOS 7: sysctls of the vendor that undo bridge filtering, SELinux by a link, the old layout of swap and kubelet.
const CENTOS_7: &[(&str, &str)] = &[
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
const ROCKY_9: &[(&str, &str)] = &[
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
const LEAP: &[(&str, &str)] = &[
    ("etc/os-release", "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\nVERSION_ID=\"15.6\"\n"),
    ("etc/fstab", "UUID=a  /  btrfs  defaults  0  0\r\nUUID=b  swap  swap  defaults  0  0\r\n"),
    (
        "lib/modules/6.4.0-default/modules.dep",
        "kernel/net/bridge/br_netfilter.ko.zst:\nkernel/overlay.ko.zst:\n",
    ),
    ("lib/modules/6.4.0-default/modules.builtin", ""),
    ("etc/sysctl.d/70-yast.conf", "net.ipv4.ip_forward = 0\n"),
];

/// Ubuntu: swap file, cloud-init and Azure's agent, podman's network, kubelet's file in /etc/default.
const UBUNTU: &[(&str, &str)] = &[
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
const OPENEULER: &[(&str, &str)] = &[
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

fn node(kubelet: &str) -> Desired {
    let sysctl = |key: &str, value: &str| SysctlWish::exactly(key.parse().unwrap(), value.parse().unwrap());
    Desired::new()
        .with(KernelModules::new(["overlay", "br_netfilter"].map(|name| name.parse().unwrap())))
        .with(Sysctls::new([
            sysctl("net.ipv4.ip_forward", "1"),
            sysctl("net.bridge.bridge-nf-call-iptables", "1"),
            SysctlWish::at_least("fs.inotify.max_user_instances".parse().unwrap(), 8192),
        ]))
        .with(SwapOff::new())
        .with(SelinuxPermissive::new())
        .with(CniLeftovers::none())
        .with(KubeletArgs::new(kubelet).without("cgroup-driver", "it is old"))
        .with(Managed::file("crio", "/etc/crio/crio.conf.d/99-k8sprep.conf", "[crio.runtime]\n"))
}

fn prepared(files: &[(&str, &str)], kubelet: &str, look: impl FnOnce(&Host, &FakeHost, &[String])) {
    let fake = FakeHost::new(files);
    let (host, before, desired) = (fake.offline(), fake.files(), node(kubelet));
    let steps = lines(&plan_of(&host, &desired));
    apply_all(&host, &desired);
    look(&host, &fake, &steps);
    assert!(rollback(&host, Back::To(0), Duration::ZERO, &mut Nobody).unwrap().is_complete());
    assert_eq!(differences(&before, &fake.files()), NONE);
}

#[test]
fn centos_7() {
    prepared(CENTOS_7, "/etc/sysconfig/kubelet", |_, fake, steps| {
        assert!(fake.root().join("etc/sysconfig/selinux").is_symlink());
        assert!(fake.read("etc/selinux/config").unwrap().contains("\nSELINUX=permissive\n"));
        assert_eq!(fake.read("etc/sysconfig/kubelet").unwrap(), "KUBELET_EXTRA_ARGS=\n");
        assert!(!steps.iter().any(|step| step.starts_with("load") || step.starts_with("set")), "{steps:?}");
    });
}

#[test]
fn rocky_9() {
    prepared(ROCKY_9, "/etc/sysconfig/kubelet", |_, fake, steps| {
        assert!(steps.contains(&"remove /etc/cni/net.d/100-crio-bridge.conflist".to_owned()), "{steps:?}");
        assert!(fake.read("etc/fstab").unwrap().ends_with(": UUID=b none swap defaults 0 0\n"));
    });
}

#[test]
fn opensuse_leap() {
    prepared(LEAP, "/etc/sysconfig/kubelet", |_, fake, steps| {
        assert!(!steps.iter().any(|step| step.contains("selinux")), "{steps:?}");
        let fstab = fake.read("etc/fstab").unwrap();
        assert_eq!(fstab.matches("\r\n").count(), 2, "{fstab:?}");
    });
}

#[test]
fn ubuntu() {
    prepared(UBUNTU, "/etc/default/kubelet", |_, fake, _| {
        assert!(fake.read("etc/waagent.conf").unwrap().contains("EnableSwap=n\n"));
        let cloud = fake.read("etc/cloud/cloud.cfg.d/50-swap.cfg").unwrap();
        assert!(cloud.lines().all(|line| line.starts_with('#')), "{cloud}");
        assert_eq!(fake.read("etc/sysctl.conf").unwrap(), "#net.ipv4.ip_forward=1");
    });
}

#[test]
fn openeuler() {
    prepared(OPENEULER, "/etc/sysconfig/kubelet", |_, fake, steps| {
        assert!(!steps.iter().any(|step| step.contains("selinux")), "{steps:?}");
        let modules = fake.read("etc/modules-load.d/k8sprep.conf").unwrap();
        assert!(!modules.contains("br_netfilter"), "it is named elsewhere: {modules}");
    });
}

/// What specs differ in, each a document of its own.
const SPECS: &[&str] = &[
    "kubernetesVersion: v1.34.0\n",
    "kubernetesVersion: v1.15.1\nmirrors: {images: aliyun}\nselinux: permissive\nmodules: [ip_vs]\n",
    "kubernetesVersion: v1.36.3\nrole: worker\nselinux: enforcing\nswap: keep\njoin: {discoveryFile: /etc/d.conf}\n",
    "kubernetesVersion: v1.30.2\ncgroupDriver: cgroupfs\nproxy: {httpProxy: 'http://u:secret@p:1'}\n\
     registryMirrors: {docker.io: [m.example.com]}\nsysctls: {vm.max_map_count: 262144}\n\
     networking: {podSubnet: '10.244.0.0/16,fd00:1::/64', serviceSubnet: '10.96.0.0/12,fd00:2::/108', plugin: flannel}\n",
];

/// Every spec on every tree, as the program makes it: applied, nothing is left to do; taken back, nothing is left of it.
#[test]
fn every_spec_on_every_tree_goes_there_and_back() {
    let token = || "abcdef.0123456789abcdef".parse().unwrap();
    for (name, files) in [
        ("CentOS 7", CENTOS_7),
        ("Rocky 9", ROCKY_9),
        ("Leap", LEAP),
        ("Ubuntu", UBUNTU),
        ("openEuler", OPENEULER),
    ] {
        for text in SPECS {
            let spec = format!("{text}nodeName: n1\nadvertiseAddress: 192.0.2.7\n");
            let spec = k8sprep::recipe::NodeSpec::from_yaml(&spec).unwrap();
            let fake = FakeHost::new(files);
            for (path, content) in files.iter().filter(|(path, _)| path.ends_with("modules.builtin")) {
                fake.lay(path, &format!("{content}kernel/net/nf_conntrack.ko\nkernel/net/ip_vs.ko\n"));
            }
            let (host, before) = (fake.offline(), fake.files());
            let wanted = || {
                let facts = host_prep::facts::observe(&host, &Default::default());
                k8sprep::recipe::desired(&spec, &facts, token()).unwrap().desired
            };
            let todo = plan_of(&host, &wanted());
            let problems: Vec<_> = todo.problems().iter().map(|problem| problem.what.as_str()).collect();
            assert!(problems.is_empty(), "{name}, {text}: {problems:?}");
            let shown = serde_json::to_string(&todo).unwrap()
                + &todo.steps().iter().map(|step| step.change.diff()).collect::<String>();
            assert!(!shown.contains("secret@"), "{name}: a password is shown");
            apply_all(&host, &wanted());
            assert!(
                plan_of(&host, &wanted()).is_done(),
                "{name}, {text}: facts seen anew want something else"
            );
            assert!(rollback(&host, Back::To(0), Duration::ZERO, &mut Nobody).unwrap().is_complete());
            assert_eq!(differences(&before, &fake.files()), NONE, "{name}, {text}");
        }
    }
}
