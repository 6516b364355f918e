//! Problems and notes of plans: of files, the kernel, units and firewalls.

use host_prep::firewall::{Firewall, Role};
use host_prep::resource::{
    CniLeftovers, KernelModules, Managed, ProgramVersion, Resource, SelinuxEnforcing, SelinuxPermissive,
    SwapOff, SysctlWish, Sysctls,
};
use host_prep::service::{UnitWish, Units};
use host_prep::test_util::fake_host::FakeHost;
use host_prep::test_util::scripted::Scripted;
use host_prep::{Desired, Host};

use super::{Fired, scripted, told};

pub(super) fn fired() -> Vec<Fired> {
    [files(), kernel(), sysctls(), swap(), units(), firewalls()].concat()
}

fn only(resource: impl Resource + 'static) -> Desired {
    Desired::new().with(resource)
}

fn tree(files: &[(&str, &str)], desired: &Desired) -> Vec<&'static str> {
    told(&FakeHost::new(files).offline(), desired)
}

/// A running host with a kernel that has modules.
fn running(files: &[(&str, &str)], desired: &Desired) -> Vec<&'static str> {
    let fake = FakeHost::new(&[
        ("proc/modules", ""),
        ("proc/filesystems", ""),
        ("proc/sys/kernel/osrelease", "6.1.0\n"),
        ("proc/swaps", "Filename Type Size Used Priority\n"),
        ("proc/meminfo", "MemAvailable: 1000 kB\n"),
        ("sys/fs/", ""),
        ("lib/modules/6.1.0/modules.dep", "kernel/net/bridge/br_netfilter.ko:\n"),
        ("lib/modules/6.1.0/modules.builtin", ""),
    ]);
    files.iter().for_each(|(path, content)| fake.lay(path, content));
    told(&fake.running(), desired)
}

fn files() -> Vec<Fired> {
    let file = |path| only(Managed::file("crictl", path, "ours\n"));
    let linked = FakeHost::new(&[("etc/one", "same\n")]);
    std::fs::hard_link(linked.root().join("etc/one"), linked.root().join("etc/two")).unwrap();
    let twice = file("/etc/x").with(Managed::file("crio", "/etc/x", "theirs\n"));
    let bridge = [("etc/cni/net.d/100-crio-bridge.conflist", "{}\n")];
    vec![
        ("file-unreadable", tree(&[("etc/loop", "-> loop")], &file("/etc/loop"))),
        ("file-not-replaceable", told(&linked.offline(), &file("/etc/one"))),
        ("file-wanted-twice", tree(&[], &twice)),
        ("crio-bridge-config-left", tree(&bridge, &only(CniLeftovers::told()))),
    ]
}

fn kernel() -> Vec<Fired> {
    let modules = |name: &str| only(KernelModules::new([name.parse().unwrap()]));
    let key = "net.bridge.bridge-nf-call-iptables".parse().unwrap();
    let value = only(Sysctls::new([SysctlWish::exactly(key, "1".parse().unwrap())]));
    let denied = [("etc/modprobe.d/no.conf", "blacklist br_netfilter\n")];
    let odd = [("sys/fs/selinux/enforce", "maybe\n")];
    let off = [("etc/selinux/config", "SELINUX=disabled\n")];
    let old = Scripted::new().says("/usr/bin/crun --version", "crun version 1.8.1\n");
    let crun = only(ProgramVersion::new("crio", "/usr/bin/crun", [1, 14, 0], "CRI-O needs it"));
    let (_fake, host) = scripted(&[("usr/bin/crun", "")], old);
    vec![
        ("kernel-value-missing", running(&[], &value)),
        ("module-blacklisted", running(&denied, &modules("br_netfilter"))),
        ("kernel-modules-extra-missing", running(&[], &modules("ip_vs"))),
        ("kernel-modules-unknown", tree(&[], &modules("ip_vs"))),
        ("selinux-mode-unknown", running(&odd, &only(SelinuxPermissive::new()))),
        ("selinux-mode-differs", running(&off, &only(SelinuxEnforcing::new()))),
        ("crun-too-old", told(&host, &crun)),
    ]
}

fn sysctls() -> Vec<Fired> {
    let wish = |value: &str| {
        let wish = SysctlWish::exactly("net.ipv4.ip_forward".parse().unwrap(), value.parse().unwrap());
        only(Sysctls::new([wish]))
    };
    let off = "net.ipv4.ip_forward = 0\n";
    let file = |path: &'static str| tree(&[(path, off)], &wish("1"));
    vec![
        ("sysctl-file-not-read-at-boot", file("etc/sysctl.conf")),
        ("sysctl-wanted-by-another", file("etc/sysctl.d/99-zz-acme.conf")),
        ("sysctl-file-overridden", file("usr/lib/sysctl.d/zz-hardening.conf")),
        ("sysctl-wanted-twice", tree(&[], &wish("1").and(&wish("0")))),
    ]
}

fn swap() -> Vec<Fired> {
    let used = [("proc/swaps", "Filename Type Size Used Priority\n/dev/vda2 partition 9000 5000 5\n")];
    let own = [
        (
            "etc/systemd/system/zramswap.service",
            "[Service]\nExecStart=/usr/sbin/zramswap start\n[Install]\nWantedBy=multi-user.target\n",
        ),
        (
            "etc/systemd/system/multi-user.target.wants/zramswap.service",
            "-> /etc/systemd/system/zramswap.service",
        ),
    ];
    vec![
        ("swap-in-use", running(&used, &only(SwapOff::new()))),
        ("swap-unit-not-maskable", tree(&own, &only(SwapOff::new()))),
    ]
}

fn state(load: &str, active: &str) -> String {
    format!("LoadState={load}\nUnitFileState=enabled\nActiveState={active}\nNeedDaemonReload=no\n")
}

fn units() -> Vec<Fired> {
    let crio = only(Units::new([UnitWish::running("crio.service", "the kubelet talks to it")]));
    let asked = |script: Scripted| told(&scripted(&[], script).1, &crio);
    let gone = Scripted::new().says("systemctl show", &state("not-found", "inactive"));
    let silent = Scripted::new().ends("systemctl show", 1, "", "Failed to connect to bus\n");
    let bare = [("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n")];
    vec![
        ("unit-missing", asked(gone)),
        ("unit-state-unknown", asked(silent)),
        ("unit-not-enabled", tree(&bare, &crio)),
    ]
}

/// What may be a firewall, in the order it is asked for.
const FIREWALLS: [&str; 6] = [
    "firewalld.service",
    "ip6tables.service",
    "iptables.service",
    "netfilter-persistent.service",
    "nftables.service",
    "ufw.service",
];

/// A host on which one of the firewalls runs.
fn with_firewall(on: &str, script: Scripted) -> (FakeHost, Host) {
    let of = |name: &str| match name == on {
        true => state("loaded", "active"),
        false => state("not-found", "inactive"),
    };
    let units = FIREWALLS.map(of).join("\n");
    scripted(&[], script.says("systemctl show", &units))
}

fn firewalls() -> Vec<Fired> {
    let open = only(Firewall::open(Role::Worker, None, []));
    let zones = "internal\n  target: default\n  interfaces: eth1\n\npublic (active)\n  target: default\n";
    let answers = Scripted::new()
        .says("firewall-cmd --list-all-zones", zones)
        .says("firewall-cmd --permanent --list-all-zones", zones)
        .says("firewall-cmd --get-default-zone", "public\n");
    let silent = Scripted::new().ends("firewall-cmd", 252, "", "FirewallD is not running\n");
    let of = |on, script| told(&with_firewall(on, script).1, &open);
    vec![
        ("firewall-unknown", of("firewalld.service", silent)),
        ("firewall-zone-differs", of("firewalld.service", answers)),
        ("firewall-of-its-own", of("nftables.service", Scripted::new())),
        ("firewall-of-its-own", of("iptables.service", Scripted::new())),
    ]
}
