//! Swap: what the kubelet makes of it, now and at the next boot.

use host_prep::facts::Cgroup;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, known};

type Said = Result<(), Unread>;

/// `failSwapOn` is true where neither a flag nor a file says otherwise.
///
/// Whether a kubelet here minds swap at all.
fn concerns(seen: &Inspection<'_>) -> Result<bool, Unread> {
    if !seen.is_for_a_node() {
        return Ok(false);
    }
    // `failSwapOn` is true by default.
    let fails = seen.kubelet_switch("fail-swap-on", "failSwapOn")?;
    Ok(fails.is_none_or(|(fails, _)| fails))
}

/// Compressed memory (zram) counts as swap to the kernel and to the kubelet.
pub(super) fn on(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let areas = known(&seen.facts().swap.active, "/proc/swaps")?;
    if areas.is_empty() || !concerns(seen)? {
        return Ok(());
    }
    let names: Vec<String> = areas.iter().map(|area| area.path.display().to_string()).collect();
    told.fires(format!("swap is on ({}), and the kubelet ends where it is", names.join(", ")))
        .seen_in(names.into_iter().map(|name| Evidence::kernel("/proc/swaps").value(name)));
    Ok(())
}

/// fstab(5), systemd.swap(5), zram-generator and discoverable partitions, as `host_prep::facts`
/// found them. Silent while swap is on: [`on`] says it then. What could not be read makes the
/// check undecided.
pub(super) fn returns_at_boot(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let swap = &seen.facts().swap;
    if !concerns(seen)? {
        return Ok(());
    }
    for reason in &swap.unknown {
        told.could_not_read(Unread::new("swap at boot", reason.clone()));
    }
    let on_now = swap.active.known().is_some_and(|areas| !areas.is_empty());
    // With swap.target masked nothing brings it on, whatever fstab says.
    if swap.target_masked || on_now {
        return Ok(());
    }
    for source in swap.sources.iter().filter(|source| source.at_boot) {
        let place = Evidence::file(&source.file).value(&source.what);
        let place = match source.line {
            Some(line) => place.line(line),
            None => place,
        };
        told.fires(format!("swap comes on at the next boot ({}), and the kubelet then ends", source.what))
            .seen_at(place);
    }
    Ok(())
}

/// kubelet, `pkg/kubelet/cm`: LimitedSwap is only for cgroup v2.
pub(super) fn limited(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some((behavior, place)) = seen.kubelet_text("memorySwap.swapBehavior")? else { return Ok(()) };
    if behavior != "LimitedSwap" {
        return Ok(());
    }
    // KEP-2400: limits of swap are cgroup v2's memory.swap.max.
    if *known(&seen.facts().kernel.cgroup, "/sys/fs/cgroup")? != Cgroup::V2 {
        told.fires("memorySwap.swapBehavior is LimitedSwap, and the host is on cgroup v1").seen_at(place);
    }
    Ok(())
}
