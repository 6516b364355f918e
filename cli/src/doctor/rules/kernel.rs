//! Kernel, modules, sysctls, swap, cgroups.

use crate::doctor::check::{Check, Need, Told, by_facts, error};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;

/// The rows.
pub(super) const CHECKS: &[Check] = &[
    error("ip-forward-off", &[Need::Files, Need::Kernel], ip_forward_off),
    error("swap-on", &[Need::Kernel], by_facts),
    error("cgroup-hierarchy-legacy", &[Need::Kernel], by_facts),
];

/// kubeadm's preflight reads the running kernel (`FileContent--proc-sys-net-ipv4-ip_forward`); what
/// the next boot will have is systemd-sysctl's.
fn ip_forward_off(seen: &Inspection<'_>, told: &mut Told<'_>) -> Result<(), Unread> {
    const KEY: &str = "net.ipv4.ip_forward";
    if !seen.is_member() && seen.facts().kubelet.unit.is_none() {
        return Ok(());
    }
    let sysctl = seen.sysctl(KEY)?;
    let off = |value: &Option<String>| value.as_ref().is_some_and(|value| value.trim() != "1");
    if off(&sysctl.live) {
        let live = sysctl.live.unwrap_or_default();
        told.fires(format!("{KEY} is {live}: packets of pods are not forwarded"))
            .seen_at(Evidence::kernel("/proc/sys/net/ipv4/ip_forward").value(live))
            .seen_in(sysctl.place);
    } else if off(&sysctl.boot) {
        told.fires(format!("{KEY} will be {} after the next boot", sysctl.boot.unwrap_or_default()))
            .seen_in(sysctl.place);
    }
    Ok(())
}
