//! What the running kernel decides fires on a `/proc` and `/sys` laid for it, holds beside it, and is
//! undecided on a disk.

use crate::doctor::check::Need;
use crate::doctor::laid::{asked, is_undecided};
use crate::doctor::rules::checks;

type Laid = (&'static str, &'static str);

/// A node: a kubelet and CRI-O of 1.34, not of a cluster yet.
const NODE: &[Laid] = &[
    ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n"),
    ("usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n"),
    ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n"),
    (
        "var/lib/dpkg/status",
        "Package: cri-o\nStatus: hold ok installed\nVersion: 1.34.0-1.1\n\nPackage: kubelet\nStatus: hold ok installed\nVersion: 1.34.0-1.1\n",
    ),
    ("etc/resolv.conf", "nameserver 192.0.2.53\n"),
];
const MEMBER: Laid = ("etc/kubernetes/kubelet.conf", "kind: Config\n");
const FLANNEL: Laid = (
    "etc/cni/net.d/10-flannel.conflist",
    "{\"name\": \"cbr0\", \"cniVersion\": \"0.3.1\", \"plugins\": [{\"type\": \"flannel\"}]}",
);
const RELEASE: Laid = ("proc/sys/kernel/osrelease", "6.1.0\n");
const NO_MODULES: Laid = ("lib/modules/6.1.0/modules.dep", "");
const CGROUP_2: Laid = ("proc/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");

/// A check, where it fires, and the file with which it holds instead of the last one.
const CASES: &[(&str, &[Laid], Laid)] = &[
    (
        "default-route-missing",
        &[("proc/net/ipv6_route", ""), ("proc/net/route", "Iface Destination\n")],
        (
            "proc/net/route",
            "Iface Destination Gateway Flags RefCnt Use Metric Mask\neth0 00000000 0101A8C0 0003 0 0 0 00000000\n",
        ),
    ),
    (
        "port-in-use",
        &[(
            "proc/net/tcp",
            "  sl  local_address rem_address   st\n   0: 00000000:192B 00000000:0000 0A 0 0 0 0\n",
        )],
        (
            "proc/net/tcp",
            "  sl  local_address rem_address   st\n   0: 00000000:192C 00000000:0000 0A 0 0 0 0\n",
        ),
    ),
    (
        "stale-network-interfaces",
        &[("sys/class/net/cni0/mtu", "1500\n")],
        ("sys/class/net/docker0/mtu", "1500\n"),
    ),
    (
        "memory-too-small",
        &[("proc/meminfo", "MemTotal: 1000000 kB\n")],
        ("proc/meminfo", "MemTotal: 4000000 kB\n"),
    ),
    ("reboot-pending", &[RELEASE, ("lib/modules/6.2.0/modules.dep", "")], NO_MODULES),
    (
        "transient-hostname-differs",
        &[("etc/hostname", "n1\n"), ("proc/sys/kernel/hostname", "other\n")],
        ("proc/sys/kernel/hostname", "n1\n"),
    ),
    (
        "entropy-low",
        &[("proc/sys/kernel/osrelease", "4.18.0\n"), ("proc/sys/kernel/random/entropy_avail", "50\n")],
        ("proc/sys/kernel/random/entropy_avail", "3000\n"),
    ),
    (
        "overlay-module-missing",
        &[RELEASE, NO_MODULES, ("proc/filesystems", "\text4\n")],
        ("proc/filesystems", "nodev\toverlay\n"),
    ),
    (
        "cni-backend-module-missing",
        &[RELEASE, FLANNEL, NO_MODULES],
        ("lib/modules/6.1.0/modules.dep", "kernel/drivers/net/vxlan/vxlan.ko:\n"),
    ),
    ("kernel-release-unlisted", &[("proc/sys/kernel/osrelease", "5.11.0\n")], RELEASE),
    (
        "conntrack-table-full",
        &[
            ("proc/sys/net/netfilter/nf_conntrack_max", "1000\n"),
            ("proc/sys/net/netfilter/nf_conntrack_count", "950\n"),
        ],
        ("proc/sys/net/netfilter/nf_conntrack_count", "10\n"),
    ),
    (
        "cgroup-controller-disabled",
        &[
            CGROUP_2,
            ("proc/cmdline", "cgroup_disable=memory\n"),
            ("sys/fs/cgroup/cgroup.controllers", "cpuset cpu pids\n"),
        ],
        ("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n"),
    ),
    ("pressure-information-missing", &[RELEASE], ("proc/pressure/cpu", "")),
    ("dev-kmsg-missing", &[RELEASE], ("dev/kmsg", "")),
    (
        "root-mount-not-shared",
        &[("proc/self/mountinfo", "25 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n")],
        ("proc/self/mountinfo", "25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"),
    ),
    (
        "flannel-subnet-file-missing",
        &[MEMBER, FLANNEL],
        ("run/flannel/subnet.env", "FLANNEL_SUBNET=10.244.0.1/24\n"),
    ),
    (
        "apparmor-profile-not-loaded",
        &[
            ("etc/crio/crio.conf.d/10-own.conf", "[crio.runtime]\napparmor_profile = \"own\"\n"),
            ("sys/module/apparmor/parameters/enabled", "Y\n"),
            ("sys/kernel/security/apparmor/profiles", "crio-default (enforce)\n"),
        ],
        ("sys/kernel/security/apparmor/profiles", "own (enforce)\n"),
    ),
    (
        "crio-value-refused",
        &[("etc/crio/crio.conf.d/10-own.conf", "[crio.runtime]\nlog_level = \"loud\"\n")],
        ("etc/crio/crio.conf.d/10-own.conf", "[crio.runtime]\nlog_level = \"info\"\n"),
    ),
    (
        "crio-option-deprecated",
        &[("etc/crio/crio.conf.d/10-own.conf", "[crio.runtime]\nconmon = \"/usr/bin/conmon\"\n")],
        ("etc/crio/crio.conf.d/10-own.conf", "[crio.runtime]\nlog_level = \"info\"\n"),
    ),
    (
        "pause-image-missing",
        &[
            MEMBER,
            (
                "etc/crio/crio.conf.d/10-own.conf",
                "[crio.image]\npause_image = \"registry.k8s.io/pause:3.10.1\"\n",
            ),
            ("var/lib/containers/storage/overlay-images/images.json", "[]"),
        ],
        (
            "var/lib/containers/storage/overlay-images/images.json",
            "[{\"id\": \"0a\", \"names\": [\"registry.k8s.io/pause:3.10.1\"]}]",
        ),
    ),
    (
        "enforced-reservation-without-cgroup",
        &[
            MEMBER,
            (
                "etc/systemd/system/kubelet.service.d/10.conf",
                "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml\n",
            ),
            (
                "var/lib/kubelet/config.yaml",
                "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nenforceNodeAllocatable: [pods, kube-reserved]\nkubeReserved: {cpu: 100m}\n",
            ),
        ],
        (
            "var/lib/kubelet/config.yaml",
            "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nenforceNodeAllocatable: [pods]\n",
        ),
    ),
];

#[test]
fn what_the_kernel_says_decides() {
    for (code, ill, well) in CASES {
        let (_, check) = checks().find(|(_, check)| check.name == *code).unwrap();
        let laid = [NODE, ill].concat();
        assert_eq!(asked(code, &laid, &[]), "fires", "{code}");
        let mut other: Vec<Laid> = laid.iter().filter(|(path, _)| *path != well.0).copied().collect();
        if *code == "stale-network-interfaces" {
            other.retain(|(path, _)| !path.ends_with("cni0/mtu"));
        }
        other.push(*well);
        assert_eq!(asked(code, &other, &[]), "holds", "{code}");
        if check.needs == [Need::Kernel] {
            assert!(is_undecided(code, &laid), "{code}");
        }
    }
}
