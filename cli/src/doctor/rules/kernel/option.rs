//! How the kernel was built, and which releases of it kubeadm takes.
//!
//! kubeadm refuses a host by its kernel's options and release (`SystemVerification`). The options
//! are those of the file that the distribution installs beside the kernel; `/proc/config.gz` is
//! not unpacked.

use std::collections::BTreeSet;

use host_prep::facts::Cgroup;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, known};

type Said = Result<(), Unread>;

/// Options without which kubeadm's SystemVerification refuses a host, each with its other name
/// (k8s.io/system-validators 1.12, `types_unix.go`).
const REQUIRED: &[&[&str]] = &[
    &["NAMESPACES"],
    &["NET_NS"],
    &["PID_NS"],
    &["IPC_NS"],
    &["UTS_NS"],
    &["CGROUPS"],
    &["CGROUP_PIDS"],
    &["CGROUP_SCHED"],
    &["CPUSETS"],
    &["MEMCG"],
    &["INET"],
    &["EXT4_FS"],
    &["PROC_FS"],
    &["NETFILTER_XT_TARGET_REDIRECT", "IP_NF_TARGET_REDIRECT"],
    &["NETFILTER_XT_MATCH_COMMENT"],
    &["FAIR_GROUP_SCHED"],
];
/// The same for a host on cgroup v1.
const REQUIRED_ON_V1: &[&[&str]] = &[&["CGROUP_CPUACCT"], &["CGROUP_DEVICE"], &["CGROUP_FREEZER"]];

/// kubeadm warns of a release outside of its table since it has system-validators 1.10.1 (1.34).
const RELEASE_WARNS_SINCE: u64 = 34;
/// Long-term kernels of the 5.x series that the table has; each 6.x and later one is in it.
const LISTED_5: &[u32] = &[4, 10, 15];

/// An option as a module is as good as one built in. Without any such file the check is undecided.
pub(super) fn missing(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let release = match seen.facts().kernel.release.known() {
        Some(release) => release.clone(),
        // The next boot takes one of those on disk; which, only the boot loader knows.
        None => match known(&seen.facts().kernel.installed, "/lib/modules")?.as_slice() {
            [only] => only.clone(),
            _ => return Err(Unread::new("/lib/modules", "which kernel boots is not known")),
        },
    };
    let places = [
        format!("/boot/config-{release}"),
        format!("/usr/lib/modules/{release}/config"),
        format!("/usr/lib/ostree-boot/config-{release}"),
        format!("/usr/lib/kernel/config-{release}"),
    ];
    let mut config = None;
    for place in places {
        config = seen.files().file(&place)?;
        if config.is_some() {
            break;
        }
    }
    let Some(config) = config else {
        return Err(Unread::new(format!("/boot/config-{release}"), "no file says how the kernel was built"));
    };
    let text = config.text();
    let set: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| {
            let (name, value) = line.strip_prefix("CONFIG_")?.split_once('=')?;
            // A module will do (`kernel_validator`, asBuiltIn or asLoadableModule).
            value.starts_with(['y', 'm']).then_some(name)
        })
        .collect();
    // The options of version 1 are looked for on it only (system-validators, RequiredCgroupsV1).
    let v1 = matches!(seen.facts().kernel.cgroup.known(), Some(Cgroup::V1 | Cgroup::Hybrid));
    let required = REQUIRED.iter().chain(REQUIRED_ON_V1.iter().filter(|_| v1));
    let missing: Vec<String> = required
        .filter(|names| !names.iter().any(|name| set.contains(name)))
        .map(|names| format!("CONFIG_{}", names[0]))
        .collect();
    if !missing.is_empty() {
        told.fires(format!("the kernel was built without {}", missing.join(", "))).seen_at(config.evidence());
    }
    Ok(())
}

/// k8s.io/system-validators 1.10: 5.4, 5.10, 5.15 and 6 on.
///
/// An error for minors whose kubeadm refuses, a warning from [`RELEASE_WARNS_SINCE`] on.
pub(super) fn release(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let release = known(&seen.facts().kernel.release, "/proc/sys/kernel/osrelease")?;
    let Some((major, minor)) = seen.kernel_version()? else { return Ok(()) };
    let Some(kubernetes) = seen.kubelet_minor() else { return Ok(()) };
    let listed = match kubernetes {
        // The table of 1.9 begins at 4.19, older ones at 3.10.
        ..=31 => (major, minor) >= (3, 10),
        32 => (major, minor) >= (4, 19),
        _ => major >= 6 || (major == 5 && LISTED_5.contains(&minor)),
    };
    if listed {
        return Ok(());
    }
    let what = format!("kernel {release} is not among those that kubeadm 1.{kubernetes} was tried with");
    let finding = told.fires_if(kubernetes < RELEASE_WARNS_SINCE, what);
    finding.seen_at(Evidence::kernel("/proc/sys/kernel/osrelease").value(release));
    Ok(())
}
