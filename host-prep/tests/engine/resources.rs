use std::time::Duration;

use host_prep::facts::{ModuleName, SysctlKey};
use host_prep::resource::{
    CniLeftovers, KernelModules, KubeletArgs, Resource, SelinuxEnforcing, SelinuxPermissive, SwapOff,
    SysctlWish, Sysctls,
};
use host_prep::test_util::fake_host::{FakeHost, differences};
use host_prep::{Back, Desired, NoProgress, rollback};

use super::{NONE, apply_all, lines, plan_of};

const MODULES: &str =
    "kernel/net/bridge/br_netfilter.ko.xz: kernel/net/bridge/bridge.ko.xz\nkernel/net/8021q.ko:\n";

fn kernel(files: &[(&str, &str)]) -> FakeHost {
    let fake = FakeHost::new(&[
        ("proc/modules", "loop 40960 0 - Live 0x0\n"),
        ("proc/filesystems", "nodev\toverlay\n"),
        ("proc/sys/kernel/osrelease", "6.1.0\n"),
        ("proc/sys/net/ipv4/ip_forward", "0\n"),
        ("proc/swaps", "Filename Type Size Used Priority\n"),
        ("proc/meminfo", "MemAvailable: 1000 kB\n"),
        ("sys/fs/", ""),
        ("lib/modules/6.1.0/modules.dep", MODULES),
        ("lib/modules/6.1.0/modules.builtin", "kernel/fs/overlayfs/overlay.ko\n"),
    ]);
    files.iter().for_each(|(path, content)| fake.lay(path, content));
    fake
}

fn module(name: &str) -> ModuleName {
    name.parse().unwrap()
}

fn key(name: &str) -> SysctlKey {
    name.parse().unwrap()
}

fn only(resource: impl Resource + 'static) -> Desired {
    Desired::new().with(resource)
}

/// Applies, looks, rolls back: the host is as before.
fn round_trip(fake: &FakeHost, desired: &Desired, look: impl FnOnce(&FakeHost)) {
    let (host, before) = (fake.running(), fake.files());
    apply_all(&host, desired);
    look(fake);
    let done = rollback(&host, Back::All, Duration::ZERO, &mut NoProgress).unwrap();
    assert!(done.is_complete(), "{done:?}");
    assert_eq!(differences(&before, &fake.files()), NONE);
}

#[test]
fn modules_are_loaded_and_named_for_the_next_boot() {
    let fake = kernel(&[("etc/modules-load.d/other.conf", "overlay\n")]);
    let desired = only(KernelModules::new(["overlay", "br_netfilter"].map(module)));
    let todo = plan_of(&fake.running(), &desired);
    assert_eq!(lines(&todo), ["load module br_netfilter", "create /etc/modules-load.d/k8sprep.conf"]);
    round_trip(&fake, &desired, |fake| {
        assert!(fake.read("proc/modules").unwrap().contains("br_netfilter"));
        let named = fake.read("etc/modules-load.d/k8sprep.conf").unwrap();
        assert_eq!(named.lines().skip(1).collect::<Vec<_>>(), ["br_netfilter"], "overlay is named elsewhere");
    });
}

#[test]
fn a_missing_or_denied_module_is_a_problem() {
    let fake = kernel(&[("etc/modprobe.d/no.conf", "# no\nblacklist br_netfilter\n")]);
    let todo = plan_of(&fake.running(), &only(KernelModules::new(["br_netfilter", "ip_vs"].map(module))));
    let problems: Vec<_> = todo.problems().iter().map(|problem| problem.what.as_str()).collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("/etc/modprobe.d/no.conf:2"), "{problems:?}");
    assert!(problems[1].contains("ip_vs"), "{problems:?}");
}

#[test]
fn parameters_of_a_module_are_set_after_it_is_loaded() {
    let fake = kernel(&[]);
    let desired = only(Sysctls::new([
        SysctlWish::exactly(key("net.bridge.bridge-nf-call-iptables"), "1".parse().unwrap()),
        SysctlWish::exactly(key("net.ipv4.ip_forward"), "1".parse().unwrap()),
        SysctlWish::exactly(key("fs.may_detach_mounts"), "1".parse().unwrap()).if_there(),
    ]))
    .with(KernelModules::new([module("br_netfilter")]));
    assert_eq!(
        lines(&plan_of(&fake.running(), &desired))[2..],
        [
            "create /etc/sysctl.d/99-zz-k8sprep.conf",
            "set net.bridge.bridge-nf-call-iptables",
            "set net.ipv4.ip_forward",
        ]
    );
    round_trip(&fake, &desired, |fake| {
        assert_eq!(fake.read("proc/sys/net/bridge/bridge-nf-call-iptables").as_deref(), Some("1\n"));
    });
}

#[test]
fn a_parameter_no_kernel_of_this_host_has_is_a_problem() {
    let fake = kernel(&[]);
    let wish = SysctlWish::exactly(key("net.bridge.bridge-nf-call-iptables"), "1".parse().unwrap());
    let todo = plan_of(&fake.running(), &only(Sysctls::new([wish])));
    assert_eq!(todo.problems().len(), 1, "{todo:?}");
}

#[test]
fn limits_are_raised_and_never_lowered() {
    let instances = "proc/sys/fs/inotify/max_user_instances";
    let wish = || SysctlWish::at_least(key("fs.inotify.max_user_instances"), 512);
    let high = kernel(&[
        (instances, "900\n"),
        ("usr/lib/sysctl.d/50-x.conf", "fs.inotify.max_user_instances=900\n"),
    ]);
    assert!(plan_of(&high.running(), &only(Sysctls::new([wish()]))).is_done());
    let low = kernel(&[(instances, "128\n")]);
    round_trip(&low, &only(Sysctls::new([wish()])), |fake| {
        assert_eq!(fake.read(instances).as_deref(), Some("512\n"));
    });
    let today_only =
        kernel(&[(instances, "900\n"), ("etc/sysctl.d/50-x.conf", "fs.inotify.max_user_instances=128\n")]);
    let todo = plan_of(&today_only.running(), &only(Sysctls::new([wish()])));
    assert_eq!(lines(&todo), ["create /etc/sysctl.d/99-zz-k8sprep.conf"], "high now, low at the next boot");
}

#[test]
fn a_later_file_that_wins_over_ours_is_named() {
    let wish = only(Sysctls::new([SysctlWish::exactly(key("net.ipv4.ip_forward"), "1".parse().unwrap())]));
    let fake = kernel(&[("usr/lib/sysctl.d/zz-hardening.conf", "\nnet.ipv4.ip_forward = 0\n")]);
    let todo = plan_of(&fake.running(), &wish);
    assert!(todo.problems()[0].what.contains("/usr/lib/sysctl.d/zz-hardening.conf:2"), "{todo:?}");
    let same = kernel(&[("usr/lib/sysctl.d/zz-hardening.conf", "net.ipv4.ip_forward = 1\n")]);
    assert!(plan_of(&same.running(), &wish).problems().is_empty());
    let earlier = kernel(&[
        ("etc/sysctl.conf", "net.ipv4.ip_forward = 0\n"),
        ("etc/sysctl.d/99-sysctl.conf", "-> ../sysctl.conf"),
    ]);
    round_trip(&earlier, &wish, |_| {});
    let unread = kernel(&[("etc/sysctl.conf", "net.ipv4.ip_forward = 0\n")]);
    let todo = plan_of(&unread.running(), &wish);
    assert!(todo.problems().is_empty());
    assert!(todo.notes()[0].what.contains("/etc/sysctl.conf:1"), "{todo:?}");
}

#[test]
fn swap_is_off_from_every_source() {
    let fake = kernel(&[
        ("proc/swaps", "Filename Type Size Used Priority\n/dev/vda2 partition 1048572 12 5\n"),
        (
            "etc/fstab",
            "/dev/vda1 / ext4 defaults 0 1\n/dev/vda2 none swap sw 0 0\n# swap is fun\nUUID=swap /swap xfs defaults 0 0\n",
        ),
        ("usr/lib/systemd/system/dev-zram0.swap", "[Swap]\nWhat=/dev/zram0\n"),
        ("etc/systemd/system/swap.target.wants/dev-zram0.swap", "-> /usr/lib/systemd/system/dev-zram0.swap"),
        ("usr/lib/systemd/system/zramswap.service", "[Service]\nExecStart=/bin/true\n"),
        (
            "etc/systemd/system/multi-user.target.wants/zramswap.service",
            "-> /usr/lib/systemd/system/zramswap.service",
        ),
        ("usr/lib/systemd/zram-generator.conf", "[zram0]\nzram-size = ram\n"),
        ("usr/lib/systemd/zram-generator.conf.d/10-more.conf", "[zram1]\nzram-size = ram\n"),
        ("usr/lib/systemd/system-generators/zram-generator", "binary"),
        ("etc/waagent.conf", "# Azure\nResourceDisk.EnableSwap=y\nResourceDisk.SwapSizeMB=100\n"),
    ]);
    let desired = only(SwapOff::new());
    round_trip(&fake, &desired, |fake| {
        assert!(!fake.read("proc/swaps").unwrap().contains("vda2"));
        let fstab = fake.read("etc/fstab").unwrap();
        assert_eq!(fstab.lines().filter(|line| !line.starts_with('#')).count(), 2, "{fstab}");
        let agent = fake.read("etc/waagent.conf").unwrap();
        assert_eq!(agent, "# Azure\nResourceDisk.EnableSwap=n\nResourceDisk.SwapSizeMB=100\n");
    });
}

#[test]
fn a_swap_unit_of_the_administrator_is_stopped_through_the_target() {
    let fake = kernel(&[
        ("etc/systemd/system/swapfile.swap", "[Swap]\nWhat=/swapfile\n"),
        ("etc/systemd/system/multi-user.target.wants/swapfile.swap", "-> ../swapfile.swap"),
    ]);
    round_trip(&fake, &only(SwapOff::new()), |fake| {
        let target = std::fs::read_link(fake.root().join("etc/systemd/system/swap.target")).unwrap();
        assert_eq!(target.to_str(), Some("/dev/null"));
    });
}

#[test]
fn swap_is_left_on_when_memory_would_run_out() {
    let fake =
        kernel(&[("proc/swaps", "Filename Type Size Used Priority\n/dev/vda2 partition 9999 1001 -2\n")]);
    let todo = plan_of(&fake.running(), &only(SwapOff::new()));
    assert_eq!((todo.steps().len(), todo.problems().len()), (0, 1), "{todo:?}");
}

#[test]
fn selinux_becomes_permissive_and_never_disabled() {
    let config = "# mode\nSELINUX=enforcing\nSELINUXTYPE=targeted\n";
    let fake = kernel(&[
        ("etc/selinux/config", config),
        ("etc/sysconfig/selinux", "-> ../selinux/config"),
        ("sys/fs/selinux/enforce", "1"),
    ]);
    round_trip(&fake, &only(SelinuxPermissive::new()), |fake| {
        assert_eq!(fake.read("etc/selinux/config").unwrap(), config.replace("enforcing", "permissive"));
        assert_eq!(fake.read("sys/fs/selinux/enforce").unwrap().trim(), "0");
    });
    let disabled = kernel(&[("etc/selinux/config", "SELINUX=disabled\n")]);
    assert!(plan_of(&disabled.running(), &only(SelinuxPermissive::new())).is_done());
}

/// What the kernel is given wins over the configuration, now and by the boot loader's files.
#[test]
fn arguments_of_the_kernel_decide_over_selinux() {
    let said = |config: &str, live: &str, file: (&str, &str), enforcing: bool| {
        let fake = kernel(&[("sys/fs/selinux/enforce", if enforcing { "1" } else { "0" })]);
        fake.lay("etc/selinux/config", &format!("SELINUX={config}\n"));
        fake.lay("proc/cmdline", live);
        fake.lay(file.0, file.1);
        let wanted = if enforcing { only(SelinuxEnforcing::new()) } else { only(SelinuxPermissive::new()) };
        let of = |host| {
            let plan = plan_of(&host, &wanted);
            plan.problems().iter().map(|one| (one.code, one.what.clone())).collect::<Vec<_>>()
        };
        let (running, tree) = (of(fake.running()), of(fake.offline()));
        assert!(running.iter().chain(&tree).all(|(code, _)| *code == "selinux-mode-differs"), "{running:?}");
        (running.len(), tree.len())
    };
    let none = ("etc/default/grub", "GRUB_CMDLINE_LINUX=\"quiet\"\n");
    assert_eq!(said("enforcing", "quiet\n", none, true), (0, 0));
    // A tree has no kernel that was given anything.
    assert_eq!(said("enforcing", "enforcing=0\n", none, true), (1, 0));
    assert_eq!(said("permissive", "enforcing=1\n", none, false), (1, 0));
    assert_eq!(said("permissive", "enforcing=0 selinux=0\n", none, false), (0, 0));
    assert_eq!(said("enforcing", "enforcing=1 selinux=1\n", none, true), (0, 0));
    for (file, text) in [
        ("etc/default/grub", "GRUB_CMDLINE_LINUX=\"rhgb WORD\"\n"),
        ("etc/kernel/cmdline", "root=UUID=1 ro WORD\n"),
        ("boot/loader/entries/id-6.1.conf", "title 6.1\nlinux /vmlinuz-6.1\noptions root=UUID=1 ro WORD\n"),
    ] {
        let of = |word: &str| text.replace("WORD", word);
        assert_eq!(said("enforcing", "ro\n", (file, &of("enforcing=0")), true), (1, 1), "{file}");
        assert_eq!(said("enforcing", "ro\n", (file, &of("selinux=0")), true), (1, 1), "{file}");
        assert_eq!(said("permissive", "ro\n", (file, &of("enforcing=1")), false), (1, 1), "{file}");
        assert_eq!(said("permissive", "ro\n", (file, &of("enforcing=0")), false), (0, 0), "{file}");
    }
}

/// A module that is loaded now is not at the next boot where the boot loader's files keep it out.
#[test]
fn arguments_of_the_kernel_keep_modules_out() {
    let wanted = only(KernelModules::new(["br_netfilter".parse().unwrap(), "overlay".parse().unwrap()]));
    let said = |live: &str, file: &str| {
        let fake = kernel(&[("proc/modules", "br_netfilter 1 0 - Live 0x0\noverlay 1 0 - Live 0x0\n")]);
        fake.lay("proc/cmdline", live);
        fake.lay("etc/kernel/cmdline", file);
        let plan = plan_of(&fake.running(), &wanted);
        plan.problems().iter().map(|one| (one.code, one.what.clone())).collect::<Vec<_>>()
    };
    assert_eq!(said("ro\n", "ro\n"), []);
    for word in
        ["module_blacklist=sctp,br_netfilter", "modprobe.blacklist=br-netfilter modprobe.blacklist=dccp"]
    {
        for (live, file, place) in [(word, "ro", "/proc/cmdline:1"), ("ro", word, "/etc/kernel/cmdline:1")] {
            let what = format!("{place} keeps module br_netfilter out");
            assert_eq!(said(live, file), [("module-blacklisted", what)], "{word}");
        }
    }
}

#[test]
fn arguments_go_to_the_file_the_kubelet_reads() {
    let fake = kernel(&[
        ("usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n"),
        (
            "usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf",
            "[Service]\nEnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env\nEnvironmentFile=-/etc/sysconfig/kubelet\n\
             ExecStart=\nExecStart=/usr/bin/kubelet $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS\n",
        ),
        ("etc/sysconfig/kubelet", "# args\nKUBELET_EXTRA_ARGS=--v=2 --cgroup-driver=cgroupfs\n"),
    ]);
    let args = KubeletArgs::new("/etc/default/kubelet")
        .with("--node-ip=192.0.2.1".parse().unwrap())
        .without("cgroup-driver", "it is old");
    round_trip(&fake, &only(args), |fake| {
        let text = fake.read("etc/sysconfig/kubelet").unwrap();
        assert_eq!(text, "# args\nKUBELET_EXTRA_ARGS=\"--v=2 --node-ip=192.0.2.1\"\n");
        assert_eq!(fake.read("etc/default/kubelet"), None);
    });
}

#[test]
fn sample_networks_are_put_aside_and_others_stay() {
    let fake = kernel(&[
        ("etc/cni/net.d/10-crio-bridge.conflist", "{\"a\":1}\n"),
        ("etc/cni/net.d/87-podman.conflist", "-> 10-crio-bridge.conflist"),
        ("etc/cni/net.d/10-flannel.conflist", "{}\n"),
        ("etc/cni/net.d/10-crio-bridge.conflist.disabled", "{}\n"),
    ]);
    round_trip(&fake, &only(CniLeftovers::none()), |fake| {
        let dir = fake.root().join("etc/cni/net.d");
        let mut names: Vec<_> =
            std::fs::read_dir(dir).unwrap().map(|name| name.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(
            names,
            [
                "10-crio-bridge.conflist.disabled",
                "10-crio-bridge.conflist.k8sprep-disabled",
                "10-flannel.conflist",
                "87-podman.conflist.k8sprep-disabled",
            ]
        );
    });
    let keep = only(CniLeftovers::none().but("10-crio-bridge.conflist").but("87-podman.conflist"));
    assert!(plan_of(&fake.running(), &keep).is_done());
}

#[test]
fn a_sample_network_stays_where_nobody_named_another_and_is_told() {
    let fake = FakeHost::new(&[
        ("etc/cni/net.d/10-crio-bridge.conflist", "{}\n"),
        ("etc/cni/net.d/10-flannel.conflist", "{}\n"),
    ]);
    let todo = plan_of(&fake.offline(), &only(CniLeftovers::told()));
    assert!(todo.is_done());
    assert!(todo.notes()[0].what.starts_with("/etc/cni/net.d/10-crio-bridge.conflist is a sample"));
    fake.lay("etc/cni/net.d/05-cilium.conflist", "{}\n");
    assert!(
        plan_of(&fake.offline(), &only(CniLeftovers::told())).notes().is_empty(),
        "the first one is no sample"
    );
}

#[test]
fn resume_from_swap_is_switched_off_with_it() {
    let fake =
        FakeHost::new(&[("etc/initramfs-tools/conf.d/resume", "# by the installer\nRESUME=UUID=1234\n")]);
    round_trip(&fake, &only(SwapOff::new()), |fake| {
        let text = fake.read("etc/initramfs-tools/conf.d/resume").unwrap();
        assert_eq!(text, "# by the installer\nRESUME=none\n");
    });
}
