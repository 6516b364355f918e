//! What cures the kernel's side: modules, parameters, swap, SELinux.
//!
//! Values are those that a spec's plan has (`recipe::table`), where it has them: a host that was
//! cured and one that was planned do not differ.

use host_prep::facts::SelinuxMode;

use super::wish::{Wish, exactly, or_more};
use crate::doctor::finding::Finding;
use crate::doctor::inspection::Inspection;
use crate::doctor::rules::kernel::sysctl::{DEFAULTS, OF_A_NODE};
use crate::recipe;

/// Above the 1024 of the kernel, for some thousands of pods and nodes on one network. The second
/// threshold stays below the third, or the kernel collects all the time (arp(7)).
const NEIGHBOURS: &[(&str, u64)] =
    &[("net.ipv4.neigh.default.gc_thresh2", 4096), ("net.ipv4.neigh.default.gc_thresh3", 8192)];
/// What `user_namespaces(7)` and the documentation of rootless containers ask for.
const NAMESPACES: u64 = 28_633;
/// Its sysctls are there only while it is loaded.
const BRIDGE: &str = "br_netfilter";

/// Loaded now and at each boot.
pub(super) fn bridge(_: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    vec![Wish::Module(BRIDGE)]
}

/// kubeadm's `FileContent--proc-sys-net-ipv4-ip_forward`.
pub(super) fn forwarding(_: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    exactly("net.ipv4.ip_forward", "1").into_iter().collect()
}

/// For the interfaces that are there and for those to come.
pub(super) fn forwarding_of_ipv6(_: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    let keys = ["net.ipv6.conf.all.forwarding", "net.ipv6.conf.default.forwarding"];
    keys.into_iter().filter_map(|key| exactly(key, "1")).collect()
}

/// The last word at boot is ours, as far as our file's name goes.
pub(super) fn overridden(seen: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    let other = |key: &str, wanted: &str| {
        let boot = seen.sysctl(key).ok().and_then(|sysctl| sysctl.boot);
        boot.is_some_and(|value| value.trim() != wanted)
    };
    let keys: Vec<_> = OF_A_NODE.iter().filter(|(key, wanted)| other(key, wanted)).collect();
    let module = keys.iter().any(|(key, _)| key.starts_with("net.bridge.")).then_some(Wish::Module(BRIDGE));
    module.into_iter().chain(keys.iter().filter_map(|(key, wanted)| exactly(key, wanted))).collect()
}

/// What the kubelet would set itself without `protectKernelDefaults`.
pub(super) fn defaults(_: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    DEFAULTS.iter().filter_map(|(key, wanted)| exactly(key, wanted)).collect()
}

/// Both limits, since the second is met soon after the first.
pub(super) fn inotify(_: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    let keys = ["fs.inotify.max_user_instances", "fs.inotify.max_user_watches"];
    keys.into_iter().filter_map(|key| or_more(key, recipe::at_least(key)?)).collect()
}

/// More stays more.
pub(super) fn neighbours(_: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    NEIGHBOURS.iter().filter_map(|(key, number)| or_more(key, *number)).collect()
}

/// Only what is off.
pub(super) fn user_namespaces(seen: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    let off = |key: &str| {
        let sysctl = seen.sysctl(key).ok();
        let values = sysctl.into_iter().flat_map(|sysctl| [sysctl.live, sysctl.boot]).flatten();
        values.into_iter().any(|value| value.trim() == "0")
    };
    let (many, unprivileged) = ("user.max_user_namespaces", "kernel.unprivileged_userns_clone");
    let mut wishes = Vec::new();
    wishes.extend(or_more(many, NAMESPACES).filter(|_| off(many)));
    wishes.extend(exactly(unprivileged, "1").filter(|_| off(unprivileged)));
    wishes
}

/// Strict, as Calico asks; a host with asymmetric routes has no Calico cure.
pub(super) fn reverse_path(_: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    exactly("net.ipv4.conf.all.rp_filter", "1").into_iter().collect()
}

/// Now and at the next boot.
pub(super) fn no_swap(_: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    vec![Wish::NoSwap]
}

/// Only ever the stricter of the two, and not from `disabled`: that wants every file labelled first.
pub(super) fn enforcing(seen: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    let security = &seen.facts().security;
    let live = security.selinux.known().copied();
    let boot = security.selinux_at_boot.known().and_then(|setting| Some(setting.as_ref()?.mode));
    let on =
        |mode: Option<SelinuxMode>| matches!(mode, Some(SelinuxMode::Enforcing | SelinuxMode::Permissive));
    if on(live) && on(boot) { vec![Wish::Enforcing] } else { Vec::new() }
}
