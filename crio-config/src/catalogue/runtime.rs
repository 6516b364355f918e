//! `[crio.runtime]`.
//!
//! First and last releases are those of every tag that has the key, patches included: keys were
//! ported back.

use super::DefaultValue::{Flag, List, Number, Text};
use super::Kind::{Boolean, Integer, String, Strings, Tables};
use super::Table::Runtime;
use super::{CrioOption, first_of, newest_of, option, patch};

pub(super) const OPTIONS: &[CrioOption] = &[
    option(Runtime, "absent_mount_sources_to_reject", Strings, &[(patch(21, 1), newest_of(37))]),
    option(
        Runtime,
        "add_inheritable_capabilities",
        Boolean,
        &[(patch(24, 3), newest_of(24)), (patch(25, 1), newest_of(37))],
    )
    .defaults(&[(patch(24, 3), Flag(true)), (first_of(25), Flag(false))]),
    option(Runtime, "additional_artifact_stores", Strings, &[(patch(35, 2), newest_of(37))]),
    option(Runtime, "additional_devices", Strings, &[(first_of(13), newest_of(37))]),
    option(Runtime, "allowed_devices", Strings, &[(patch(23, 1), newest_of(37))]).defaults(&[
        (patch(23, 1), List(&["/dev/fuse"])),
        (patch(30, 6), List(&["/dev/fuse", "/dev/net/tun"])),
    ]),
    option(Runtime, "apparmor_profile", String, &[(first_of(9), newest_of(37))])
        .defaults(&[
            (first_of(9), Text("crio-default")),
            (patch(15, 1), Text("crio-default-<release>")),
            (first_of(18), Text("crio-default")),
        ])
        .reload(first_of(18)),
    option(Runtime, "bind_mount_prefix", String, &[(first_of(11), newest_of(37))]),
    option(Runtime, "blockio_config_file", String, &[(first_of(22), newest_of(37))]).reload(first_of(22)),
    option(Runtime, "blockio_reload", Boolean, &[(first_of(29), newest_of(37))]).reload(first_of(29)),
    option(Runtime, "cdi_spec_dirs", Strings, &[(first_of(24), newest_of(37))])
        .defaults(&[(first_of(24), List(&["/etc/cdi", "/var/run/cdi"]))])
        .reload(first_of(24)),
    option(Runtime, "cgroup_manager", String, &[(first_of(9), newest_of(37))])
        .defaults(&[(first_of(9), Text("cgroupfs")), (first_of(18), Text("systemd"))]),
    option(Runtime, "conmon", String, &[(first_of(9), newest_of(37))])
        .defaults(&[(first_of(9), Text("/usr/local/libexec/crio/conmon")), (first_of(16), Text(""))])
        .deprecated(first_of(24), "crio.runtime.runtimes.<name>.monitor_path"),
    option(Runtime, "conmon_cgroup", String, &[(first_of(15), newest_of(37))])
        .defaults(&[
            (first_of(15), Text("pod")),
            (patch(16, 1), Text("system.slice")),
            (first_of(24), Text("")),
        ])
        .deprecated(first_of(24), "crio.runtime.runtimes.<name>.monitor_cgroup"),
    option(Runtime, "conmon_env", Strings, &[(first_of(9), newest_of(37))])
        .defaults(&[
            (first_of(9), List(&["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])),
            (first_of(24), List(&[])),
        ])
        .deprecated(first_of(24), "crio.runtime.runtimes.<name>.monitor_env"),
    option(Runtime, "container_attach_socket_dir", String, &[(first_of(12), newest_of(37))])
        .defaults(&[(first_of(12), Text("/var/run/crio"))]),
    option(Runtime, "container_exits_dir", String, &[(first_of(9), newest_of(37))])
        .defaults(&[(first_of(9), Text("/var/run/crio/exits"))]),
    option(Runtime, "ctr_stop_timeout", Integer, &[(first_of(12), newest_of(37))])
        .defaults(&[(first_of(12), Number(0)), (first_of(18), Number(30))]),
    option(Runtime, "decryption_keys_path", String, &[(first_of(17), newest_of(37))])
        .defaults(&[(first_of(17), Text("/etc/crio/keys/"))])
        .reload(first_of(18)),
    option(Runtime, "default_capabilities", Strings, &[(first_of(11), newest_of(37))]).defaults(&[
        (
            first_of(11),
            List(&[
                "CHOWN",
                "DAC_OVERRIDE",
                "FSETID",
                "FOWNER",
                "NET_RAW",
                "SETGID",
                "SETUID",
                "SETPCAP",
                "NET_BIND_SERVICE",
                "SYS_CHROOT",
                "KILL",
            ]),
        ),
        (
            first_of(18),
            List(&[
                "CHOWN",
                "DAC_OVERRIDE",
                "FSETID",
                "FOWNER",
                "SETGID",
                "SETUID",
                "SETPCAP",
                "NET_BIND_SERVICE",
                "KILL",
            ]),
        ),
    ]),
    option(Runtime, "default_env", Strings, &[(patch(16, 6), newest_of(16)), (patch(17, 4), newest_of(37))]),
    option(Runtime, "default_mounts", Strings, &[(first_of(9), newest_of(19))])
        .deprecated(first_of(16), "crio.runtime.default_mounts_file"),
    option(Runtime, "default_mounts_file", String, &[(first_of(11), newest_of(37))]),
    option(Runtime, "default_runtime", String, &[(first_of(12), newest_of(37))])
        .defaults(&[(first_of(12), Text("runc")), (first_of(31), Text("crun"))])
        .reload(patch(25, 1)),
    option(Runtime, "default_sysctls", Strings, &[(first_of(12), newest_of(37))]),
    option(Runtime, "default_ulimits", Strings, &[(first_of(12), newest_of(37))]),
    option(Runtime, "default_workload_trust", String, &[(first_of(9), newest_of(13))])
        .deprecated(first_of(12), "a RuntimeClass"),
    option(Runtime, "device_ownership_from_security_context", Boolean, &[(first_of(22), newest_of(37))]),
    option(Runtime, "disable_hostport_mapping", Boolean, &[(first_of(28), newest_of(37))]),
    option(Runtime, "drop_infra_ctr", Boolean, &[(first_of(19), newest_of(37))])
        .defaults(&[(first_of(19), Flag(false)), (first_of(22), Flag(true))]),
    option(Runtime, "enable_criu_support", Boolean, &[(first_of(25), newest_of(37))])
        .defaults(&[(first_of(25), Flag(false)), (first_of(30), Flag(true))])
        .deprecated(first_of(37), "crio.checkpoint_restore.container_level_enabled"),
    option(Runtime, "enable_pod_events", Boolean, &[(first_of(26), newest_of(37))]),
    option(Runtime, "gid_mappings", String, &[(first_of(11), newest_of(37))])
        .deprecated(first_of(29), "user namespaces of pods (hostUsers: false)"),
    option(Runtime, "hooks", Tables, &[(first_of(9), newest_of(11))]).replaced_by("crio.runtime.hooks_dir"),
    option(Runtime, "hooks_dir", Strings, &[(patch(12, 6), newest_of(37))])
        .defaults(&[(patch(12, 6), List(&["/usr/share/containers/oci/hooks.d"]))]),
    option(Runtime, "hooks_dir_path", String, &[(first_of(9), patch(12, 5))])
        .defaults(&[(first_of(9), Text("/usr/share/containers/oci/hooks.d"))])
        .replaced_by("crio.runtime.hooks_dir"),
    option(Runtime, "hostnetwork_disable_selinux", Boolean, &[(first_of(27), newest_of(37))])
        .defaults(&[(first_of(27), Flag(true))]),
    option(Runtime, "infra_ctr_cpuset", String, &[(patch(20, 1), newest_of(37))]),
    option(Runtime, "irqbalance_config_file", String, &[(patch(20, 2), newest_of(37))])
        .defaults(&[(patch(20, 2), Text("/etc/sysconfig/irqbalance"))]),
    option(Runtime, "irqbalance_config_restore_file", String, &[(first_of(27), newest_of(37))])
        .defaults(&[(first_of(27), Text("/etc/sysconfig/orig_irq_banned_cpus"))]),
    option(Runtime, "log_filter", String, &[(first_of(17), newest_of(37))]).reload(first_of(17)),
    option(Runtime, "log_level", String, &[(patch(11, 2), newest_of(37))])
        .defaults(&[(patch(11, 2), Text("error")), (first_of(17), Text("info"))])
        .reload(first_of(15)),
    option(Runtime, "log_size_max", Integer, &[(first_of(9), newest_of(37))])
        .defaults(&[(first_of(9), Number(-1))])
        .deprecated(first_of(24), "containerLogMaxSize of the kubelet"),
    option(Runtime, "log_to_journald", Boolean, &[(first_of(14), newest_of(37))]),
    option(Runtime, "manage_network_ns_lifecycle", Boolean, &[(patch(9, 8), newest_of(18))])
        .deprecated(first_of(17), "nothing: CRI-O always manages namespaces since 1.21"),
    option(Runtime, "manage_ns_lifecycle", Boolean, &[(first_of(17), newest_of(20))])
        .defaults(&[(first_of(17), Flag(false)), (first_of(19), Flag(true))])
        .deprecated(first_of(20), "nothing: CRI-O always manages namespaces since 1.21"),
    option(
        Runtime,
        "min_injected_gomaxprocs",
        Integer,
        &[(patch(33, 12), newest_of(33)), (patch(34, 8), newest_of(34)), (patch(35, 3), newest_of(37))],
    ),
    option(Runtime, "minimum_mappable_gid", Integer, &[(first_of(23), newest_of(37))])
        .defaults(&[(first_of(23), Number(-1))])
        .deprecated(first_of(29), "user namespaces of pods (hostUsers: false)"),
    option(Runtime, "minimum_mappable_uid", Integer, &[(first_of(23), newest_of(37))])
        .defaults(&[(first_of(23), Number(-1))])
        .deprecated(first_of(29), "user namespaces of pods (hostUsers: false)"),
    option(Runtime, "namespaces_dir", String, &[(first_of(17), newest_of(37))])
        .defaults(&[(first_of(17), Text("/var/run/crio/ns")), (patch(17, 3), Text("/var/run"))]),
    option(Runtime, "no_pivot", Boolean, &[(first_of(9), newest_of(37))]),
    option(Runtime, "pids_limit", Integer, &[(first_of(9), newest_of(37))])
        .defaults(&[(first_of(9), Number(1024)), (first_of(24), Number(0)), (first_of(29), Number(-1))])
        .deprecated(first_of(24), "podPidsLimit of the kubelet"),
    option(Runtime, "pinns_path", String, &[(first_of(17), newest_of(37))]),
    option(Runtime, "privileged_seccomp_profile", String, &[(first_of(33), newest_of(37))])
        .reload(first_of(33)),
    option(Runtime, "rdt_config_file", String, &[(first_of(22), newest_of(37))]).reload(first_of(22)),
    option(Runtime, "read_only", Boolean, &[(first_of(11), newest_of(37))]),
    option(Runtime, "runtime", String, &[(first_of(9), newest_of(13))])
        .deprecated(first_of(12), "crio.runtime.runtimes.<name>.runtime_path and default_runtime"),
    option(Runtime, "runtime_untrusted_workload", String, &[(first_of(9), newest_of(13))])
        .deprecated(first_of(12), "a RuntimeClass with its own crio.runtime.runtimes.<name>"),
    option(Runtime, "runtimes", Tables, &[(first_of(12), newest_of(37))]).reload(patch(25, 1)),
    option(Runtime, "seccomp_profile", String, &[(first_of(9), newest_of(37))])
        .defaults(&[(first_of(9), Text("/etc/crio/seccomp.json")), (first_of(15), Text(""))])
        .reload(first_of(18)),
    option(Runtime, "seccomp_use_default_when_empty", Boolean, &[(patch(19, 4), newest_of(29))])
        .defaults(&[(patch(19, 4), Flag(false)), (first_of(24), Flag(true))])
        .deprecated(first_of(28), "seccompDefault of the kubelet"),
    option(Runtime, "selinux", Boolean, &[(first_of(9), newest_of(37))])
        .of_host()
        .deprecated(first_of(29), "the SELinux state of the host"),
    option(Runtime, "separate_pull_cgroup", String, &[(first_of(20), newest_of(37))]),
    option(Runtime, "shared_cpuset", String, &[(patch(28, 3), newest_of(37))]),
    option(Runtime, "timezone", String, &[(first_of(30), newest_of(37))]),
    option(Runtime, "uid_mappings", String, &[(first_of(11), newest_of(37))])
        .deprecated(first_of(29), "user namespaces of pods (hostUsers: false)"),
    option(Runtime, "workloads", Tables, &[(first_of(21), newest_of(37))]),
];
