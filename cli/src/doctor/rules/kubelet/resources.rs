//! What the kubelet keeps for itself, evicts at, and hands out.

use kubeadm_config::kubelet::thousandths;

use crate::doctor::check::{Told, by_facts};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, known};

type Said = Result<(), Unread>;

/// kubelet, `eviction/defaults_linux.go`: what is in force where evictionHard is not set at all.
const SIGNALS: &[&str] =
    &["memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree"];

/// What the configuration says against the kubelet's rules, and against the state that a former
/// policy left: the kubelet then ends until that file is removed.
///
/// The kubelet keeps the policy in a state file so that containers keep their processors over a
/// restart, and refuses to start with the file of another policy
/// (`pkg/kubelet/cm/cpumanager/state`).
pub(super) fn cpu_manager(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const STATE: &str = "/var/lib/kubelet/cpu_manager_state";
    by_facts(seen, told)?;
    let Some(file) = seen.files().file(STATE)? else { return Ok(()) };
    let policy = seen.kubelet_setting("cpu-manager-policy", "cpuManagerPolicy")?;
    let (policy, place) =
        policy.map_or_else(|| ("none".to_owned(), None), |(policy, place)| (policy, Some(place)));
    let state: Option<serde_json::Value> = serde_json::from_slice(&file.bytes).ok();
    let Some(state) = state else {
        told.fires(format!("{STATE} is not JSON: the kubelet ends")).seen_at(file.evidence());
        return Ok(());
    };
    let kept = state["policyName"].as_str().unwrap_or_default();
    // "configured policy ... differs from state checkpoint policy" (cpumanager/state).
    if !kept.is_empty() && kept != policy {
        told.fires(format!(
            "cpuManagerPolicy is {policy}, and {STATE} is of policy {kept}: the kubelet ends"
        ))
        .seen_at(file.evidence().value(kept))
        .seen_in(place)
        .cured_by(format!("drain the node, stop the kubelet, remove {STATE}, start it again"));
    }
    Ok(())
}

/// A map in a file replaces the default one as a whole: a file with `memory.available` alone
/// switches eviction for a full disk off. `mergeDefaultEvictionSettings` (1.33) changes that.
pub(super) fn eviction_defaults(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(found) = seen.kubelet_field("evictionHard")? else { return Ok(()) };
    let merges = seen.kubelet_field("mergeDefaultEvictionSettings")?;
    if merges.is_some_and(|merges| merges.value.as_bool() == Some(true)) {
        return Ok(());
    }
    let Some(set) = found.value.as_mapping().filter(|set| !set.is_empty()) else { return Ok(()) };
    let lost: Vec<&str> =
        SIGNALS.iter().copied().filter(|signal| !set.iter().any(|entry| entry.key == *signal)).collect();
    if !lost.is_empty() {
        told.fires(format!("evictionHard does not name {}: nothing is evicted for them", lost.join(", ")))
            .seen_at(found.place);
    }
    Ok(())
}

/// A node has the addresses of its mask, less the network, the broadcast and the bridge.
///
/// The controller manager gives each node a subnet of `node-cidr-mask-size`, /24 where nobody says
/// otherwise: 110 pods fit, 300 do not. Only IPv4, whose shares can run out.
pub(super) fn max_pods(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some((pods, place)) = seen.kubelet_number("max-pods", "maxPods")? else { return Ok(()) };
    let Some(manager) = seen.manifest("kube-controller-manager")? else { return Ok(()) };
    let Some(range) = manager.flag("cluster-cidr").filter(|flag| !flag.value.contains(':')) else {
        return Ok(());
    };
    let mask = ["node-cidr-mask-size-ipv4", "node-cidr-mask-size"].iter().find_map(|name| manager.flag(name));
    let bits: u32 = mask.and_then(|flag| flag.value.parse().ok()).unwrap_or(24);
    // Network, broadcast and the bridge's own address (host-local).
    let addresses = 1_i64.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(i64::MAX) - 3;
    if pods > addresses {
        told.fires(format!("maxPods is {pods}, and a node has {addresses} addresses for pods"))
            .seen_at(place)
            .seen_at(mask.unwrap_or(range).place.clone());
    }
    Ok(())
}

/// kubelet, `cm/node_container_manager_linux.go`: what is reserved and the hard limit of eviction may
/// not be more than there is.
///
/// Memory only. Amounts are in thousandths of a byte, so that quantities such as `1.5Gi` add up
/// exactly; what is reserved nowhere cannot be too much, and the rule then says nothing.
pub(super) fn reserved(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    // `eviction/defaults_linux.go`: in force where evictionHard names no memory.
    const DEFAULT_EVICTION: &str = "100Mi";
    let space = known(&seen.facts().space, "/proc/meminfo")?;
    let Some(there) = space.memory.map(|bytes| i128::from(bytes) * 1000) else { return Ok(()) };
    let text = |field: &str| seen.kubelet_text(field);
    let mut places = Vec::new();
    let mut sum = 0_i128;
    for field in ["kubeReserved.memory", "systemReserved.memory"] {
        if let Some((value, place)) = text(field)? {
            sum = thousandths(&value).unwrap_or_default().saturating_add(sum);
            places.push(place);
        }
    }
    if places.is_empty() {
        return Ok(());
    }
    let hard =
        seen.kubelet_field("evictionHard")?.and_then(|found| found.value.get("memory.available").cloned());
    let hard = hard.as_ref().and_then(|node| node.as_str()).unwrap_or(DEFAULT_EVICTION);
    sum = sum.saturating_add(match hard.strip_suffix('%').and_then(|percent| percent.parse::<i128>().ok()) {
        // Percentages are of the capacity (eviction/helpers.go).
        Some(percent) => there.saturating_mul(percent) / 100,
        None => thousandths(hard).unwrap_or_default(),
    });
    if sum > there {
        let mib = |thousandths: i128| (thousandths / 1000) >> 20;
        told.fires(format!("{} MiB of memory are reserved, and the host has {}", mib(sum), mib(there)))
            .seen_in(places)
            .seen_at(Evidence::kernel("/proc/meminfo"));
    }
    Ok(())
}
