//! Each check of units fires on a tree made for it, and not on the one beside it.

use crate::doctor::{Family, laid};

fn codes_of(files: &[(&str, &str)]) -> Vec<&'static str> {
    laid::codes_of(Family::Systemd, files)
}

const CRIO: (&str, &str) = ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n");
const PROGRAM: (&str, &str) = ("usr/bin/crio", "program");
const WANTED: (&str, &str) =
    ("etc/systemd/system/multi-user.target.wants/crio.service", "-> /usr/lib/systemd/system/crio.service");

type Laid = (&'static str, &'static str);

/// A code, a file added to CRI-O's unit that draws it, and one that draws none.
const ROWS: &[(&str, Laid, Laid)] = &[
    (
        "unit-masked",
        ("etc/systemd/system/crio.service", "-> /dev/null"),
        ("etc/systemd/system/crio.service", "-> /usr/lib/systemd/system/crio.service"),
    ),
    ("unit-masked", ("etc/systemd/system/crio.service", ""), (DROP_IN, "")),
    // What makes sysctl.d and modules-load.d true at each boot.
    (
        "unit-masked",
        ("etc/systemd/system/systemd-sysctl.service", "-> /dev/null"),
        ("etc/systemd/system/systemd-udevd.service", "-> /dev/null"),
    ),
    (
        "unit-masked",
        ("etc/systemd/system/systemd-modules-load.service", "-> /dev/null"),
        ("etc/systemd/system/systemd-modules-load.service.d/a.conf", ""),
    ),
    (
        "unit-masked",
        ("run/systemd/system/crio.service", "-> /dev/null"),
        ("run/systemd/system/crio.service.d/a.conf", "-> /dev/null"),
    ),
    (
        "exec-start-not-runnable",
        (DROP_IN, "[Service]\nExecStart=\nExecStart=/usr/bin/crio-2\n"),
        (DROP_IN, "[Service]\nExecStart=\nExecStart=-/usr/bin/crio --log-level=debug\n"),
    ),
    (
        "exec-start-not-runnable",
        (DROP_IN, "[Service]\nExecStart=\n"),
        (DROP_IN, "[Service]\nExecStart=\nExecStart=/usr/bin/crio\n"),
    ),
    (
        "exec-start-not-runnable",
        (DROP_IN, "[Service]\nExecStart=\nExecStart=/opt/crio/bin/crio\n"),
        (DROP_IN, "[Service]\nExecStart=\nExecStart=/usr/bin/crio\n"),
    ),
    (
        "environment-file-missing",
        (DROP_IN, "[Service]\nEnvironmentFile=/etc/sysconfig/crio-proxy\n"),
        (DROP_IN, "[Service]\nEnvironmentFile=-/etc/sysconfig/crio-proxy\n"),
    ),
    (
        "unit-condition-unmet",
        (DROP_IN, "[Unit]\nConditionPathExists=/usr/bin/crio-2\n"),
        (DROP_IN, "[Unit]\nConditionPathExists=/usr/bin/crio-2\nConditionPathExists=\n"),
    ),
    (
        "unit-condition-unmet",
        (DROP_IN, "[Unit]\nAssertPathExists=!/usr/bin/crio\n"),
        (DROP_IN, "[Unit]\nConditionPathExists=|/usr/bin/crio-2\nConditionPathExists=/usr/bin/crio\n"),
    ),
    ("unit-line-ignored", (DROP_IN, "[Service]\nRestartSecs=5\n"), (DROP_IN, "[Service]\nRestartSec=5\n")),
    (
        "unit-shadows-package",
        ("etc/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n"),
        (DROP_IN, "[Service]\nRestart=always\n"),
    ),
    (
        "unit-hardening-too-strict",
        (DROP_IN, "[Service]\nPrivateMounts=yes\n"),
        (DROP_IN, "[Service]\nPrivateMounts=no\n"),
    ),
    ("unit-hardening-too-strict", (DROP_IN, "[Service]\nUser=crio\n"), (DROP_IN, "[Service]\nUser=root\n")),
    (
        "unit-hardening-too-strict",
        (DROP_IN, "[Service]\nRootDirectory=/srv/jail\n"),
        (DROP_IN, "[Service]\nRootDirectory=/\nUser=crio\nUser=\n"),
    ),
    (
        "unit-hardening-too-strict",
        (DROP_IN, "[Service]\nCapabilityBoundingSet=CAP_NET_ADMIN\n"),
        (DROP_IN, "[Service]\nCapabilityBoundingSet=CAP_NET_ADMIN\nCapabilityBoundingSet=CAP_SYS_ADMIN\n"),
    ),
    (
        "unit-hardening-too-strict",
        (DROP_IN, "[Service]\nCapabilityBoundingSet=~CAP_SYS_ADMIN\n"),
        (DROP_IN, "[Service]\nCapabilityBoundingSet=~CAP_SYS_TIME\n"),
    ),
    (
        "delegate-or-slice-changed",
        (DROP_IN, "[Service]\nSlice=kubepods.slice\n"),
        (DROP_IN, "[Service]\nSlice=system.slice\nDelegate=yes\n"),
    ),
    (
        "limit-nofile-low",
        (DROP_IN, "[Service]\nLimitNOFILE=1024:4096\n"),
        (DROP_IN, "[Service]\nLimitNOFILE=infinity\n"),
    ),
    ("tasks-max-low", (DROP_IN, "[Service]\nTasksMax=512\n"), (DROP_IN, "[Service]\nTasksMax=infinity\n")),
    (
        "journal-volatile-or-cut",
        ("etc/systemd/journald.conf.d/10-small.conf", "[Journal]\nStorage=volatile\n"),
        ("etc/systemd/journald.conf.d/10-small.conf", "[Journal]\nStorage=persistent\n"),
    ),
    (
        "exec-start-duplicated",
        (DROP_IN, "[Service]\nExecStart=/usr/bin/crio --log-level=debug\n"),
        (DROP_IN, "[Service]\nExecStart=\nExecStart=/usr/bin/crio --log-level=debug\n"),
    ),
];
const DROP_IN: &str = "etc/systemd/system/crio.service.d/20-own.conf";

#[test]
fn each_fires_on_its_tree_and_not_beside_it() {
    for (code, ill, well) in ROWS {
        let found = codes_of(&[CRIO, PROGRAM, WANTED, *ill]);
        assert!(found.contains(code), "{code}: {found:?}");
        assert_eq!(codes_of(&[CRIO, PROGRAM, WANTED, *well]), [""; 0], "{code}");
    }
}

#[test]
fn what_no_target_wants_is_told() {
    assert_eq!(codes_of(&[CRIO, PROGRAM]), ["unit-not-enabled"]);
}

/// `systemctl is-enabled` says yes.
#[test]
fn what_the_target_of_the_boot_does_not_start_is_told() {
    const RESCUE: Laid = ("usr/lib/systemd/system/rescue.target", "[Unit]\nRequires=sysinit.target\n");
    const MULTI_USER: Laid = ("usr/lib/systemd/system/multi-user.target", "[Unit]\nRequires=basic.target\n");
    let of = |target: &str| {
        let default = format!("-> /usr/lib/systemd/system/{target}");
        codes_of(&[
            CRIO,
            PROGRAM,
            WANTED,
            RESCUE,
            MULTI_USER,
            ("etc/systemd/system/default.target", &default),
        ])
    };
    assert_eq!(of("rescue.target"), ["boot-target-without-unit"]);
    assert_eq!(of("multi-user.target"), [""; 0]);
}

#[test]
fn a_kubelet_is_to_start_after_the_runtime() {
    let kubelet = |text| ("etc/systemd/system/kubelet.service", text);
    let of = |text| codes_of(&[CRIO, PROGRAM, WANTED, kubelet(text)]);
    assert!(of("[Service]\nExecStart=/usr/bin/crio\n").contains(&"kubelet-unordered-after-runtime"));
    let after = of("[Unit]\nAfter=crio.service\n[Service]\nExecStart=/usr/bin/crio\n");
    assert!(!after.contains(&"kubelet-unordered-after-runtime"), "{after:?}");
}

#[test]
fn files_that_systemd_has_not_read_again_are_told() {
    let member = ("etc/kubernetes/kubelet.conf", "clusters: []\n");
    let of = |reload: &str| {
        let block = "LoadState=loaded\nActiveState=active\nSubState=running\nNRestarts=0\n";
        let show = format!("{block}NeedDaemonReload={reload}\n\n{block}NeedDaemonReload=no\n");
        laid::running_codes_of(Family::Systemd, &[member], &show).contains(&"daemon-reload-pending")
    };
    assert!(of("yes"));
    assert!(!of("no"));
}
