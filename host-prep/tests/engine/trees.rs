//! Trees of distributions that are not running, as an image build or a rescue has them. Made by
//! hand, with what makes each one special.

use std::time::Duration;

use host_prep::resource::{
    CniLeftovers, KernelModules, KubeletArgs, Managed, SelinuxPermissive, SwapOff, SysctlWish, Sysctls,
};
use host_prep::test_util::fake_host::{FakeHost, differences};
use host_prep::test_util::trees::{CENTOS_7, LEAP, OPENEULER, ROCKY_9, UBUNTU};
use host_prep::{Back, Desired, Host, NoProgress, rollback};

use super::{NONE, apply_all, lines, plan_of};

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
    assert!(rollback(&host, Back::All, Duration::ZERO, &mut NoProgress).unwrap().is_complete());
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
