use std::time::Duration;

use host_prep::resource::{
    CniLeftovers, KernelModules, KubeletArgs, Managed, SelinuxPermissive, SwapOff, SysctlWish, Sysctls,
};
use host_prep::test_util::fake_host::{FakeHost, differences};
use host_prep::{ApplyError, ApplyOptions, Back, Desired, Error, NoProgress, apply, rollback};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use super::{NONE, apply_all, plan_of};

/// Files a host may have, with what may be in them. Trees are any choice of these.
const FILES: &[(&str, &[&str])] = &[
    (
        "etc/fstab",
        &["", "/dev/sda1 / ext4 defaults 0 1", "/dev/sda2 none swap sw 0 0\n/swap swap swap noauto 0 0\n"],
    ),
    ("etc/sysctl.conf", &["net.ipv4.ip_forward=0\n", "# nothing\n"]),
    ("etc/sysctl.d/99-sysctl.conf", &["-> ../sysctl.conf", "vm.swappiness=1\n"]),
    (
        "etc/sysctl.d/10-x.conf",
        &["net.ipv4.ip_forward=1\n", "-net.ipv4.ip_forward\nfs.inotify.max_user_instances=900"],
    ),
    ("usr/lib/sysctl.d/zz.conf", &["net.ipv4.ip_forward = 0\n", "fs.inotify.max_user_instances = 900\n"]),
    ("etc/modules-load.d/a.conf", &["overlay\n", "br_netfilter\n"]),
    ("etc/modules-load.d/z.conf", &["br-netfilter\noverlay\n", ";\n"]),
    ("etc/modprobe.d/no.conf", &["blacklist br_netfilter\n", "options loop max_loop=8\n"]),
    ("etc/selinux/config", &["SELINUX=enforcing\n", "SELINUX=disabled", "SELINUX=permissive\r\n", "junk\n"]),
    ("etc/sysconfig/selinux", &["-> ../selinux/config"]),
    ("etc/sysconfig/kubelet", &["", "KUBELET_EXTRA_ARGS=--v=2 --cgroup-driver cgroupfs", "X=1\n"]),
    ("etc/cni/net.d/10-crio-bridge.conflist", &["{}\n", "not json"]),
    ("etc/cni/net.d/87-podman.conflist", &["-> 10-crio-bridge.conflist", "{}"]),
    ("etc/cni/net.d/100-crio-bridge.conf.k8sprep-disabled", &["{}"]),
    ("usr/lib/systemd/zram-generator.conf", &["[zram0]\nzram-size=ram\n", "[zram0]\nzram-size=0\n"]),
    ("etc/systemd/zram-generator.conf", &["[zram0]\n", "-> /dev/null"]),
    ("usr/lib/systemd/system-generators/zram-generator", &["program"]),
    ("usr/lib/systemd/system/x.swap", &["[Swap]\nWhat=/x\n"]),
    ("etc/systemd/system/y.swap", &["[Swap]\nWhat=/y\n"]),
    ("etc/systemd/system/swap.target.wants/x.swap", &["-> /usr/lib/systemd/system/x.swap"]),
    ("etc/systemd/system/swap.target.wants/y.swap", &["-> ../y.swap"]),
    ("etc/systemd/system/swap.target", &["-> /dev/null"]),
    ("etc/crio/crio.conf.d/10-crio.conf", &["[crio]\n"]),
    ("etc/crio/crio.conf.d/99-k8sprep.conf", &["[crio]\n", "-> ../elsewhere.conf"]),
    ("etc/crio/elsewhere.conf", &["[crio.image]\n"]),
    ("etc/crictl.yaml", &["timeout: 2\n"]),
    ("etc/waagent.conf", &["ResourceDisk.EnableSwap=y\n", "ResourceDisk.EnableSwap=n\n"]),
    (
        "proc/swaps",
        &["Filename Type Size Used Priority\n", "F T S U P\n/dev/sda2 partition 100 0 -2\n/x file 9 0 7\n"],
    ),
    ("proc/modules", &["", "overlay 1 0 - Live 0\n", "br_netfilter 1 3 - Live 0\n"]),
    ("sys/fs/selinux/enforce", &["1", "0"]),
];

type Choice = (usize, Index);

fn tree() -> impl Strategy<Value = Vec<Choice>> {
    let all: Vec<usize> = (0..FILES.len()).collect();
    let len = FILES.len();
    subsequence(all, 0..=len)
        .prop_flat_map(|chosen| chosen.into_iter().map(|at| (Just(at), any::<Index>())).collect::<Vec<_>>())
}

fn lay(choices: &[Choice]) -> FakeHost {
    let fake = FakeHost::new(&[
        ("proc/sys/kernel/osrelease", "6.1.0\n"),
        ("proc/sys/net/ipv4/ip_forward", "0\n"),
        ("proc/sys/fs/inotify/max_user_instances", "128\n"),
        ("proc/filesystems", "nodev\tproc\n"),
        ("sys/fs/", ""),
        ("lib/modules/6.1.0/modules.dep", "kernel/br_netfilter.ko:\nkernel/overlay.ko.zst:\n"),
        ("lib/modules/6.1.0/modules.builtin", ""),
    ]);
    for (at, which) in choices {
        let (path, contents) = FILES[*at];
        fake.lay(path, which.get::<&str>(contents));
    }
    // What the kernel always has.
    for (path, content) in [("proc/modules", ""), ("proc/swaps", "Filename Type Size Used Priority\n")] {
        if fake.read(path).is_none() {
            fake.lay(path, content);
        }
    }
    fake
}

fn desired(parts: &[u8], text: &str) -> Desired {
    let mut desired = Desired::new();
    for part in parts {
        match part {
            0 => {
                desired.add(KernelModules::new(["overlay", "br_netfilter"].map(|name| name.parse().unwrap())))
            }
            1 => desired.add(Sysctls::new([
                SysctlWish::exactly("net.ipv4.ip_forward".parse().unwrap(), "1".parse().unwrap()),
                SysctlWish::at_least("fs.inotify.max_user_instances".parse().unwrap(), 512),
                SysctlWish::exactly(
                    "net.bridge.bridge-nf-call-iptables".parse().unwrap(),
                    "1".parse().unwrap(),
                )
                .if_there(),
            ])),
            2 => desired.add(SwapOff::new()),
            3 => desired.add(SelinuxPermissive::new()),
            4 => desired.add(
                KubeletArgs::new("/etc/sysconfig/kubelet")
                    .with("--node-ip=::1".parse().unwrap())
                    .without("cgroup-driver", "it is old"),
            ),
            5 => desired.add(CniLeftovers::none()),
            6 => desired.add(Managed::file("crio", "/etc/crio/crio.conf.d/99-k8sprep.conf", text)),
            7 => desired.add(Managed::secret_file("kubeadm", "/etc/kubernetes/k8sprep/kubeadm.yaml", text)),
            _ => desired.add(Managed::absent("crictl", "/etc/crictl.yaml")),
        }
    }
    desired
}

proptest! {
    #![proptest_config(test_kit::repeatable!(160))]

    /// For any wishes and any host: applied, nothing is left to do; rolled back, nothing is left of it.
    #[test]
    fn apply_reaches_the_wish_and_rollback_the_start(
        choices in tree(),
        parts in subsequence((0..9).collect::<Vec<u8>>(), 1..=9),
        text in "[a-z\\n]{0,40}",
        running in select(vec![true, false]),
    ) {
        let fake = lay(&choices);
        let before = fake.files();
        let host = if running { fake.running() } else { fake.offline() };
        let desired = desired(&parts, &text);
        let todo = plan_of(&host, &desired);
        prop_assert_eq!(differences(&before, &fake.files()), NONE);
        if !todo.problems().is_empty() {
            let refused = apply(&host, &desired, &todo, &ApplyOptions::default(), &mut NoProgress);
            let as_a_problem = matches!(refused, Err(ApplyError::NotBegun(Error::Problem { .. })));
            prop_assert!(as_a_problem);
            prop_assert_eq!(differences(&before, &fake.files()), NONE);
            return Ok(());
        }
        apply_all(&host, &desired);
        let done = rollback(&host, Back::All, Duration::ZERO, &mut NoProgress).unwrap();
        prop_assert!(done.is_complete(), "{:?}", done);
        prop_assert_eq!(differences(&before, &fake.files()), NONE);
    }
}
