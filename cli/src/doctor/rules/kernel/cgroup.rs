//! Control groups and what else a container needs of the running kernel.

use std::collections::BTreeSet;

use host_prep::facts::Cgroup;

use crate::doctor::check::{Told, by_facts};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, known};
use crate::recipe;

type Said = Result<(), Unread>;

/// kubeadm's SystemVerification (k8s.io/system-validators, `cgroup_validator`). devices and freezer
/// are part of version 2.
const CONTROLLERS: &[&str] = &["cpu", "cpuset", "memory", "pids"];

/// On version 2 the root's list says what the kernel has, on version 1 the last column of
/// `/proc/cgroups` (cgroups(7)). Boards such as the Raspberry Pi start with
/// `cgroup_disable=memory`, which is shown as evidence where it is there.
pub(super) fn controller_disabled(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.is_for_a_node() {
        return Ok(());
    }
    let v2 = *known(&seen.facts().kernel.cgroup, "/sys/fs/cgroup")? == Cgroup::V2;
    // On version 2 /proc/cgroups does not tell what is switched on.
    let path = if v2 { "/sys/fs/cgroup/cgroup.controllers" } else { "/proc/cgroups" };
    let Some(file) = seen.files().live(path)? else { return Err(Unread::new(path, "it is not there")) };
    let text = file.text();
    let on: BTreeSet<&str> = if v2 {
        text.split_whitespace().collect()
    } else {
        let enabled = text.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            let name = words.next()?;
            (words.nth(2)? != "0").then_some(name)
        });
        enabled.collect()
    };
    let missing: Vec<&str> = CONTROLLERS.iter().copied().filter(|name| !on.contains(name)).collect();
    if !missing.is_empty() {
        let argument = known(&seen.facts().kernel.arguments, "/proc/cmdline")?
            .iter()
            .find(|word| word.starts_with("cgroup_disable="))
            .map(|word| Evidence::kernel("/proc/cmdline").value(word));
        told.fires(format!("the kernel has no cgroup controller {}", missing.join(", ")))
            .seen_at(Evidence::kernel(path))
            .seen_in(argument);
    }
    Ok(())
}

/// What the facts show of the hierarchy, now or at the next boot. Without a kernel the boot loader's files may
/// still say it; where they say nothing, nobody knows what the host runs on.
pub(super) fn hierarchy(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    by_facts(seen, told)?;
    let matters = seen.kubelet_minor().is_none_or(|minor| minor >= recipe::KUBELET_NEEDS_CGROUP_V2);
    if seen.is_for_a_node() && matters && seen.said("cgroup-hierarchy-legacy").next().is_none() {
        known(&seen.facts().kernel.cgroup, "/proc/mounts")?;
    }
    Ok(())
}

/// The gate KubeletPSI is on by default since 1.34.
///
/// `CONFIG_PSI` with `psi=1` where the kernel was built with it off: RHEL's is. Only statistics
/// are missing.
pub(super) fn no_pressure(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const PRESSURE: &str = "/proc/pressure";
    if seen.kubelet_minor().is_some_and(|minor| minor >= 34) && seen.files().kind(PRESSURE)?.is_none() {
        told.fires("the kernel gives no pressure information").seen_at(Evidence::kernel(PRESSURE));
    }
    Ok(())
}

/// The kubelet's watcher of killed processes reads it, and ends without.
///
/// Containers that play a host often lack it. The kubelet's OOM watcher opens it at start.
pub(super) fn no_kmsg(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const KMSG: &str = "/dev/kmsg";
    if seen.is_for_a_node() && seen.files().kind(KMSG)?.is_none() {
        told.fires("/dev/kmsg is not there: the kubelet ends").seen_at(Evidence::kernel(KMSG));
    }
    Ok(())
}

/// Mounts of the kubelet reach containers only where `/` propagates them.
///
/// systemd makes `/` shared at boot; other init systems and containers leave it private
/// (mount_namespaces(7)). The last mount on `/` is the one that counts.
pub(super) fn root_not_shared(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const MOUNTS: &str = "/proc/self/mountinfo";
    if !seen.is_member() && !seen.has_crio() {
        return Ok(());
    }
    let mounts = seen.mounts()?;
    // Of mounts over one another the last one counts.
    let shared = mounts.iter().rfind(|mount| mount.at == "/").map(|mount| mount.shared);
    if shared == Some(false) {
        told.fires("/ is not a shared mount: what the kubelet mounts does not reach containers")
            .seen_at(Evidence::kernel(MOUNTS));
    }
    Ok(())
}
