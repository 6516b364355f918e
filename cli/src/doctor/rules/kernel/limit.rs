//! What the kernel has a limited number of, or gives to nobody.

use host_prep::facts::Cgroup;
use kubeadm_config::yaml::Node;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, known};

type Said = Result<(), Unread>;

/// Each neighbour on a local network has an entry, pods too; from the third threshold on none is added.
///
/// Fires at three quarters of the table, and only where the threshold is the kernel's default or
/// lower (1024): a raised one was thought of. arp(7).
pub(super) fn neighbours(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const KEY: &str = "net.ipv4.neigh.default.gc_thresh3";
    const TABLE: &str = "/proc/net/arp";
    let most = seen.sysctl(KEY)?.live.and_then(|value| value.parse::<usize>().ok());
    let (Some(most), Some(table)) = (most, seen.files().live(TABLE)?) else { return Ok(()) };
    let many = table.text().lines().skip(1).count();
    // 1024 is the kernel's own limit (arp(7), gc_thresh3); who has raised it knows of it.
    if most <= 1024 && many * 4 > most * 3 {
        told.fires(format!("{many} neighbours are known, and {most} can be ({KEY})"))
            .seen_at(Evidence::kernel(TABLE).value(many))
            .seen_at(Evidence::kernel("/proc/sys/net/ipv4/neigh/default/gc_thresh3").value(most));
    }
    Ok(())
}

/// A pod with `hostUsers: false` has a user namespace of its own; of the node's pods only static ones
/// are known here.
///
/// The second key is Debian's own. A note where no static pod asks for user namespaces, since
/// others are not known here.
pub(super) fn user_namespaces(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let mut wants = None;
    for pod in seen.manifests()? {
        let own = pod.root.get("spec").and_then(|spec| spec.get("hostUsers"));
        if let Some(node) = own.filter(|node| node.as_bool() == Some(false)) {
            wants = Some(pod.at(node).value("hostUsers: false"));
        }
    }
    for (key, off) in [("user.max_user_namespaces", "0"), ("kernel.unprivileged_userns_clone", "0")] {
        let sysctl = seen.sysctl(key)?;
        let is_off = |value: &Option<String>| value.as_deref().map(str::trim) == Some(off);
        if !is_off(&sysctl.live) && !is_off(&sysctl.boot) {
            continue;
        }
        let what = format!("{key} is {off}: no pod can have user namespaces (hostUsers: false)");
        let finding = if wants.is_some() { told.fires(what) } else { told.notes(what) };
        finding.seen_in(sysctl.place).seen_in(wants.clone());
    }
    Ok(())
}

/// Settings of the kubelet that name a control group which has to be there (`pkg/kubelet/cm`); the
/// second where what it is for is enforced alone.
///
/// Field and, where it matters only then, the word in `enforceNodeAllocatable`.
const NAMED: &[(&str, Option<&str>)] = &[
    ("cgroupRoot", None),
    ("systemReservedCgroup", Some("system-reserved")),
    ("kubeReservedCgroup", Some("kube-reserved")),
];

/// The kubelet makes none of these groups itself and ends where one is missing. With cgroup v1 the
/// memory controller's tree stands for all.
pub(super) fn configured_cgroup(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let enforced = seen.kubelet_field("enforceNodeAllocatable")?;
    let enforces = |what: &str| {
        let list = enforced.as_ref().and_then(|found| found.value.as_sequence());
        list.into_iter().flatten().filter_map(Node::as_str).any(|one| one == what)
    };
    let v2 = *known(&seen.facts().kernel.cgroup, "/sys/fs/cgroup")? == Cgroup::V2;
    let base = if v2 { "/sys/fs/cgroup" } else { "/sys/fs/cgroup/memory" };
    let by_systemd =
        seen.kubelet_setting("cgroup-driver", "cgroupDriver")?.is_none_or(|(name, _)| name == "systemd");
    for (field, only) in NAMED {
        let Some((name, place)) = seen.kubelet_text(field)? else { continue };
        // cgroupRoot is `/` by default.
        if name.trim_matches('/').is_empty() || only.is_some_and(|only| !enforces(only)) {
            continue;
        }
        let dir = format!(
            "{base}/{}",
            if by_systemd { slice_of(&name) } else { name.trim_matches('/').to_owned() }
        );
        if seen.files().kind(&dir)?.is_none() {
            told.fires(format!("{field} is {name}, and {dir} is not there: the kubelet ends"))
                .seen_at(place)
                .seen_at(Evidence::kernel(dir));
        }
    }
    Ok(())
}

/// With the systemd driver `/a/b` is `a.slice/a-b.slice`; what is a slice by name stays.
///
/// A dash within a part becomes `_`, as the kubelet escapes it (`escapeSystemdCgroupName`), since
/// dashes separate slices.
fn slice_of(name: &str) -> String {
    if name.trim_matches('/').ends_with(".slice") {
        return name.trim_matches('/').to_owned();
    }
    let mut path = Vec::new();
    let mut slice = String::new();
    for part in name.split('/').filter(|part| !part.is_empty()) {
        if !slice.is_empty() {
            slice.push('-');
        }
        // `-` parts the names of slices in slices, so it is escaped (`escapeSystemdCgroupName`,
        // pkg/kubelet/cm).
        slice.push_str(&part.replace('-', "_"));
        path.push(format!("{slice}.slice"));
    }
    path.join("/")
}

#[cfg(test)]
mod tests {
    use super::slice_of;

    #[test]
    fn a_group_of_systemd_is_a_slice_in_slices() {
        assert_eq!(slice_of("/a/b-c"), "a.slice/a-b_c.slice");
        assert_eq!(slice_of("/system.slice"), "system.slice");
    }
}
