//! Checks of units.
//!
//! About units as systemd would read them, with their drop-ins in its order, and about what it
//! needs to be told (`daemon-reload`). systemd's manual pages are the source of most rows.

use crate::explain::Explanation;

/// What keeps a unit from starting first, then what limits it, then logs.
pub(in crate::explain) const ROWS: &[Explanation] = &[
    Explanation {
        code: "unit-masked",
        title: "A unit is masked",
        meaning: "The unit file that systemd finds first is a link to /dev/null, or empty.",
        why: "Nothing can start the service, not by hand and not at boot. Without systemd-sysctl.service and systemd-modules-load.service what sysctl.d and modules-load.d say is not so after a boot.",
        known: "From the file itself.",
        cure: "`systemctl unmask NAME`, then `systemctl enable --now NAME`.",
        source: "systemd.unit(5)",
    },
    Explanation {
        code: "exec-start-not-runnable",
        title: "The program of a service cannot be run",
        meaning: "The program that ExecStart= names is not there, is a directory, or is not executable.",
        why: "systemd ends with 203/EXEC at each start.",
        known: "From the unit with its drop-ins, and from the program's file.",
        cure: "Install the package again, or mend the path in the drop-in.",
        source: "systemd.exec(5), exit status 203",
    },
    Explanation {
        code: "unit-shadows-package",
        title: "A unit in /etc hides the package's",
        meaning: "A whole unit file lies in /etc/systemd/system, and a package has one of the same name.",
        why: "Upgrades of the package do not reach the service: its command, its limits and its order stay old.",
        known: "From the two files.",
        cure: "Move what differs into a drop-in (`systemctl edit NAME`), then remove the file in /etc.",
        source: "systemd.unit(5), unit file load path",
    },
    Explanation {
        code: "kubelet-unordered-after-runtime",
        title: "The kubelet is not ordered after the runtime",
        meaning: "Neither crio.service says Before=kubelet.service nor kubelet.service After=crio.service.",
        why: "At each boot the kubelet ends and is restarted until CRI-O answers.",
        known: "From both units with their drop-ins.",
        cure: "A drop-in for kubelet.service with `[Unit]` and `After=crio.service`.",
        source: "systemd.unit(5)",
    },
    Explanation {
        code: "unit-hardening-too-strict",
        title: "Hardening keeps a service from its work",
        meaning: "The unit or a drop-in gives CRI-O or the kubelet a mount namespace of its own, or forbids namespaces.",
        why: "Volumes that the kubelet mounts do not reach the containers, or no container can be made.",
        known: "From the settings of systemd.exec(5) in the unit and its drop-ins; the last one counts.",
        cure: "Remove the setting from the drop-in, `systemctl daemon-reload`, and restart the service.",
        source: "systemd.exec(5), sandboxing",
    },
    Explanation {
        code: "delegate-or-slice-changed",
        title: "The cgroup of a service was changed",
        meaning: "CRI-O's unit switches Delegate= off, or a service was put into the slice of the pods.",
        why: "systemd and the runtime both write the same cgroups, or limits of pods hold for the daemon.",
        known: "From the unit and its drop-ins.",
        cure: "Remove the setting, `systemctl daemon-reload`, and restart the service.",
        source: "systemd.resource-control(5)",
    },
    Explanation {
        code: "limit-nofile-low",
        title: "A service may open few files",
        meaning: "LimitNOFILE= of CRI-O or the kubelet is below 65536.",
        why: "Containers inherit the limit of the runtime, and a busy kubelet needs thousands of files.",
        known: "From the unit and its drop-ins.",
        cure: "A drop-in with `LimitNOFILE=1048576`, as CRI-O's own unit has it.",
        source: "crio.service of CRI-O",
    },
    Explanation {
        code: "tasks-max-low",
        title: "A service may have few tasks",
        meaning: "TasksMax= of CRI-O or the kubelet is below 4096.",
        why: "The service cannot fork: containers fail to start with `Resource temporarily unavailable`.",
        known: "From the unit and its drop-ins.",
        cure: "A drop-in with `TasksMax=infinity`, as CRI-O's own unit has it.",
        source: "crio.service of CRI-O, systemd.resource-control(5)",
    },
    Explanation {
        code: "journal-volatile-or-cut",
        title: "The journal is not kept",
        meaning: "journald is told to keep its logs in memory, or none.",
        why: "Why a node broke before a reboot cannot be read after it.",
        known: "From journald.conf and its drop-ins; the last assignment counts.",
        cure: "`Storage=persistent` in a file of /etc/systemd/journald.conf.d, then restart systemd-journald.",
        source: "journald.conf(5)",
    },
    Explanation {
        code: "required-unit-failed",
        title: "A unit that a service needs failed",
        meaning: "systemd did not start a service, because one that it requires failed.",
        why: "The service stays away until that one is mended.",
        known: "From the journal.",
        cure: "`systemctl status` of the unit that failed.",
        source: "systemd.unit(5), Requires=",
    },
    Explanation {
        code: "daemon-reload-pending",
        title: "systemd has older files than the disk",
        meaning: "The files of a service changed since systemd read them.",
        why: "What was edited is not in force.",
        known: "From `systemctl show`: NeedDaemonReload.",
        cure: "`systemctl daemon-reload`, then restart the service.",
        source: "systemctl(1)",
    },
];
