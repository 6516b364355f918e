//! Each check of the kernel that files decide fires on a tree made for it, and not beside it.

use crate::doctor::laid::said_of;
use crate::doctor::{Family, laid};

type Laid<'a> = (&'a str, &'a str);

const KUBELET: Laid<'_> =
    ("usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n");
const CONFIG: &str = "var/lib/kubelet/config.yaml";

fn codes(files: &[Laid<'_>]) -> Vec<&'static str> {
    laid::codes_of(Family::Kernel, &[&[KUBELET], files].concat())
}

#[test]
fn forwarding_is_looked_at_for_the_next_boot() {
    let off = ("etc/sysctl.d/99-zz.conf", "net.ipv4.ip_forward = 0\n");
    let on = ("etc/sysctl.d/90-k8s.conf", "net.ipv4.ip_forward = 1\n");
    assert_eq!(codes(&[off]), ["ip-forward-off"]);
    assert_eq!(codes(&[on]), [""; 0]);
    assert_eq!(codes(&[on, off]), ["ip-forward-off", "sysctl-file-overridden"]);
    let later = ("etc/sysctl.d/99-zzz.conf", "net.ipv4.ip_forward = 1\n");
    assert_eq!(codes(&[on, off, later]), [""; 0]);
}

#[test]
fn ipv6_forwarding_matters_where_a_subnet_is_ipv6() {
    let off = ("etc/sysctl.d/99-zz.conf", "net.ipv6.conf.default.forwarding = 0\n");
    let pod = |range: &str| {
        format!(
            "kind: Pod\nmetadata: {{name: kube-apiserver}}\nspec:\n  containers:\n  - command: [kube-apiserver, \"--service-cluster-ip-range={range}\"]\n"
        )
    };
    let path = "etc/kubernetes/manifests/kube-apiserver.yaml";
    assert_eq!(codes(&[off, (path, &pod("10.96.0.0/12,fd00::/108"))]), ["ipv6-forwarding-off"]);
    assert_eq!(codes(&[off, (path, &pod("10.96.0.0/12"))]), [""; 0]);
    let file = |subnet: &str| {
        format!(
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking: {{serviceSubnet: '{subnet}'}}\n"
        )
    };
    let path = "etc/kubernetes/kubeadm.yaml";
    assert_eq!(codes(&[off, (path, &file("10.96.0.0/12,fd00::/108"))]), ["ipv6-forwarding-off"]);
    assert_eq!(codes(&[off, (path, &file("10.96.0.0/12"))]), [""; 0]);
}

#[test]
fn what_modprobe_forbids_is_told_where_a_node_needs_it() {
    let file = |text| ("etc/modprobe.d/cis.conf", text);
    assert_eq!(codes(&[file("install overlay /bin/false\n")]), ["module-blacklisted"]);
    assert_eq!(codes(&[file("install sctp /bin/false\nblacklist dccp\n")]), [""; 0]);
    let flannel = ("etc/cni/net.d/10-flannel.conflist", r#"{"name":"cbr0","plugins":[{"type":"flannel"}]}"#);
    assert!(codes(&[file("install vxlan /bin/true\n"), flannel]).contains(&"module-blacklisted"));
    assert_eq!(codes(&[file("install vxlan /bin/true\n")]), [""; 0]);
}

/// What the boot loader gives the kernel counts as lines of files do.
#[test]
fn arguments_of_the_next_boot_are_told() {
    let grub = |words: &str| format!("GRUB_CMDLINE_LINUX=\"{words}\"\n");
    let of = |words: &str, more: &[Laid<'_>]| {
        let debian = ("etc/os-release", "ID=debian\n");
        codes(&[&[debian, ("etc/default/grub", grub(words).as_str())], more].concat())
    };
    assert_eq!(of("quiet", &[]), [""; 0]);
    assert_eq!(of("module_blacklist=overlay", &[]), ["module-blacklisted"]);
    assert_eq!(of("modprobe.blacklist=sctp", &[]), [""; 0]);
    let old = "systemd.unified_cgroup_hierarchy=0";
    let package = (
        "var/lib/dpkg/status",
        "Package: kubelet\nStatus: install ok installed\nVersion: 1.35.0-1.1\nArchitecture: amd64\n",
    );
    assert_eq!(of(old, &[package]), ["cgroup-hierarchy-legacy"]);
    assert_eq!(of("systemd.unified_cgroup_hierarchy", &[package]), [""; 0]);
    assert_eq!(of(old, &[package, (CONFIG, "failCgroupV1: false\n")]), [""; 0]);
}

#[test]
fn swap_at_the_next_boot_is_told_unless_the_kubelet_takes_it() {
    let fstab = ("etc/fstab", "/dev/sda2 none swap sw 0 0\n");
    assert_eq!(codes(&[fstab]), ["swap-returns-at-boot"]);
    assert_eq!(codes(&[fstab, (CONFIG, "failSwapOn: false\n")]), [""; 0]);
    assert_eq!(codes(&[("etc/fstab", "/dev/sda2 none swap sw,noauto 0 0\n")]), [""; 0]);
}

#[test]
fn the_kubelets_protected_values_are_compared_with_the_files() {
    let protect = (CONFIG, "protectKernelDefaults: true\n");
    let panic = ("etc/sysctl.d/50-panic.conf", "kernel.panic = 60\n");
    assert_eq!(codes(&[protect, panic]), ["protect-kernel-defaults-mismatch"]);
    assert_eq!(codes(&[panic]), [""; 0]);
    assert_eq!(codes(&[protect]), [""; 0]);
}

#[test]
fn a_kernel_without_what_kubeadm_asks_for_is_told_and_an_unknown_one_is_undecided() {
    let modules = ("usr/lib/modules/6.1.0/modules.dep", "");
    let lib = ("lib", "-> usr/lib");
    let names =
        ["NAMESPACES", "NET_NS", "PID_NS", "IPC_NS", "UTS_NS", "CGROUPS", "CGROUP_PIDS", "CGROUP_SCHED"];
    let more = [
        "CPUSETS",
        "MEMCG",
        "INET",
        "EXT4_FS",
        "PROC_FS",
        "IP_NF_TARGET_REDIRECT",
        "NETFILTER_XT_MATCH_COMMENT",
        "FAIR_GROUP_SCHED",
    ];
    let all: String = names.iter().chain(&more).map(|name| format!("CONFIG_{name}=y\n")).collect();
    let config = "boot/config-6.1.0";
    assert_eq!(codes(&[lib, modules, (config, &all)]), [""; 0]);
    let less = all.replace("CONFIG_MEMCG=y", "# CONFIG_MEMCG is not set");
    assert_eq!(codes(&[lib, modules, (config, &less)]), ["kernel-options-missing"]);
    let undecided = said_of(&[KUBELET, lib, modules]).undecided;
    assert!(undecided.iter().any(|one| one.code == "kernel-options-missing"), "{undecided:?}");
}

#[test]
fn enterprise_linux_keeps_modules_in_a_package() {
    let release = ("etc/os-release", "ID=rocky\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"10.0\"\n");
    let lib = ("lib", "-> usr/lib");
    let dep = |text| ("usr/lib/modules/6.12.0/modules.dep", text);
    let there = dep("kernel/net/bridge/br_netfilter.ko.xz: kernel/net/bridge/bridge.ko.xz\n");
    assert_eq!(
        codes(&[release, lib, dep("kernel/fs/overlayfs/overlay.ko.xz:\n")]),
        ["kernel-modules-extra-missing"]
    );
    assert_eq!(codes(&[release, lib, there]), [""; 0]);
}

#[test]
fn a_masked_unit_of_swap_stays_off() {
    let fstab = ("etc/fstab", "/dev/sda2 none swap sw 0 0\n/var/swap-file none swap sw 0 0\n");
    let one = ("etc/systemd/system/dev-sda2.swap", "-> /dev/null");
    let other = ("etc/systemd/system/var-swap\\x2dfile.swap", "-> /dev/null");
    assert_eq!(codes(&[fstab, one]), ["swap-returns-at-boot"]);
    assert_eq!(codes(&[fstab, one, other]), [""; 0]);
}

#[test]
fn a_kubelets_file_that_is_broken_says_nothing_of_swap() {
    let fstab = ("etc/fstab", "/dev/sda2 none swap sw 0 0\n");
    assert!(laid::is_undecided("swap-returns-at-boot", &[KUBELET, fstab, (CONFIG, "failSwapOn: [\n")]));
    let unit = "[Service]\nExecStart=/usr/bin/kubelet --fail-swap-on=0\n";
    let flag = ("usr/lib/systemd/system/kubelet.service", unit);
    assert_eq!(laid::codes_of(Family::Kernel, &[flag, fstab, (CONFIG, "a: [\n")]), [""; 0], "a flag wins");
}

#[test]
fn forwarding_that_no_file_of_a_disk_sets_is_not_decided() {
    assert!(laid::is_undecided("ip-forward-off", &[KUBELET]));
    let on = ("etc/sysctl.d/90-k8s.conf", "net.ipv4.ip_forward = 1\n");
    assert!(!laid::is_undecided("ip-forward-off", &[KUBELET, on]));
}

#[test]
fn neighbours_that_fill_their_table_are_noted() {
    let of = |most: &str| {
        let head = "IP address HW type Flags HW address Mask Device\n";
        let table = format!("{head}{}", "192.0.2.1 0x1 0x2 00:00:00:00:00:01 * eth0\n".repeat(100));
        let files = [("proc/sys/net/ipv4/neigh/default/gc_thresh3", most), ("proc/net/arp", table.as_str())];
        laid::running_codes_of(Family::Kernel, &files, "").contains(&"neighbour-table-small")
    };
    assert!(of("128\n"));
    assert!(!of("1024\n"));
}

#[test]
fn user_namespaces_are_wanted_by_a_pod_that_says_so() {
    let off = ("etc/sysctl.d/50-hard.conf", "user.max_user_namespaces = 0\n");
    let pod =
        "kind: Pod\nmetadata: {name: own}\nspec:\n  hostUsers: false\n  containers: [{command: [own]}]\n";
    let severity = |files: &[Laid<'_>]| {
        let found = said_of(files).findings;
        found.iter().find(|one| one.code == "user-namespaces-forbidden").map(|one| one.severity.as_str())
    };
    assert_eq!(severity(&[off, ("etc/kubernetes/manifests/own.yaml", pod)]), Some("error"));
    assert_eq!(severity(&[off]), Some("note"));
    assert_eq!(severity(&[("etc/kubernetes/manifests/own.yaml", pod)]), None);
}

#[test]
fn a_control_group_that_the_kubelet_is_told_has_to_be_there() {
    let of = |config: &str, more: &[Laid<'_>]| {
        let v2 = ("proc/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
        let files = [&[KUBELET, v2, (CONFIG, config)], more].concat();
        laid::running_codes_of(Family::Kernel, &files, "").contains(&"configured-cgroup-missing")
    };
    assert!(of("cgroupRoot: /own\n", &[]));
    assert!(!of("cgroupRoot: /own\n", &[("sys/fs/cgroup/own.slice/cgroup.procs", "")]));
    assert!(!of("kubeReservedCgroup: /own\n", &[]), "it is not enforced");
    assert!(of("kubeReservedCgroup: /own\nenforceNodeAllocatable: [pods, kube-reserved]\n", &[]));
}
