//! Modules that a node needs: there, allowed, loaded, loaded again at boot.
//!
//! `host_prep::facts` has looked already whether a module is loaded, built in, on the disk or
//! nowhere, and whether modprobe.d or modules-load.d has a line for it. These rules say what that
//! means to a node.

use host_prep::facts::distro::Family;
use host_prep::facts::{Module, ModuleState};

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, known};

type Said = Result<(), Unread>;

/// kubeadm's preflight asks for the bridge sysctls up to 1.29; later only network plugins do.
const KUBEADM_ASKS_UNTIL: u64 = 29;

/// `None` for a module that was not looked at, which is a fault of ours and of no host.
fn module<'s>(seen: &'s Inspection<'_>, name: &str) -> Option<&'s Module> {
    seen.facts().modules.iter().find(|(one, _)| one.as_str() == name).map(|(_, module)| module)
}

/// # Errors
/// What was not looked at or could not be read.
fn state(seen: &Inspection<'_>, name: &str) -> Result<ModuleState, Unread> {
    match module(seen, name) {
        Some(module) => known(&module.state, &format!("module {name}")).copied(),
        None => Err(Unread::new(format!("module {name}"), "it was not looked at")),
    }
}

/// By the network configuration that CRI-O would take, and no other plugin's needs are known.
fn uses_flannel(seen: &Inspection<'_>) -> bool {
    seen.facts().cni.uses("flannel")
}

/// Missing means neither loaded, built in nor on the disk: a module that is only not loaded yet
/// comes with the first mount.
pub(super) fn overlay_missing(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if seen.is_for_a_node() && state(seen, "overlay")? == ModuleState::Missing {
        told.fires("the kernel has no overlay file system: CRI-O's storage cannot work")
            .seen_at(Evidence::kernel("/proc/filesystems"));
    }
    Ok(())
}

/// systemd-modules-load(8) and modprobe by alias obey `blacklist`, modprobe by name only `install`.
///
/// Hardening guides (CIS 1.1.1) write `install NAME /bin/true` or `/bin/false` lines: nothing is
/// loaded then.
pub(super) fn blacklisted(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.is_for_a_node() {
        return Ok(());
    }
    let mut needed = vec!["overlay", "br_netfilter", "nf_conntrack"];
    if uses_flannel(seen) {
        needed.push("vxlan");
    }
    for name in needed {
        let Some(module) = module(seen, name) else { continue };
        // modprobe.d keeps out nothing that is part of the kernel.
        if module.state.known() == Some(&ModuleState::BuiltIn) {
            continue;
        }
        if let Some(at) = known(&module.denied, "modprobe.d")? {
            let is_argument = !at.file.iter().any(|part| part == "modprobe.d");
            let by = if is_argument { "an argument of the kernel" } else { "a line of modprobe.d" };
            told.fires(format!("{name} is kept out of the kernel by {by}"))
                .seen_at(Evidence::file(&at.file).line(at.line));
        }
    }
    Ok(())
}

/// The directory of its sysctls tells whether it is there, built in or loaded. An error where
/// something asks for it: flannel from 0.25 on ends without it, and kubeadm up to 1.29 refuses
/// (`FileContent--proc-sys-net-bridge-bridge-nf-call-iptables`).
pub(super) fn br_netfilter(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const BRIDGE: &str = "/proc/sys/net/bridge";
    if !seen.is_for_a_node() || seen.files().kind(BRIDGE)?.is_some() {
        return Ok(());
    }
    let asked_for =
        uses_flannel(seen) || seen.kubelet_minor().is_some_and(|minor| minor <= KUBEADM_ASKS_UNTIL);
    let what = "br_netfilter is not loaded: packets between pods of a bridge pass iptables by";
    // kubeadm stopped asking for bridge-nf-call-iptables with 1.30: not every network has a
    // bridge.
    let finding = told.fires_if(asked_for, what);
    finding.seen_at(Evidence::kernel(BRIDGE));
    Ok(())
}

/// overlay comes by itself with the first mount; br_netfilter does not.
pub(super) fn lost_at_reboot(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(module) = module(seen, "br_netfilter").filter(|_| seen.is_for_a_node()) else { return Ok(()) };
    let loaded = known(&module.state, "/proc/modules")? == &ModuleState::Loaded;
    if loaded && known(&module.loaded_at_boot, "modules-load.d")?.is_none() {
        told.fires("br_netfilter is loaded now, and nothing loads it at the next boot")
            .seen_at(Evidence::kernel("/proc/modules").value("br_netfilter"));
    }
    Ok(())
}

/// RHEL 9 and 10 and theirs keep modules in a package of their own (kernel-modules-extra).
///
/// kops#18724. `20` as the last release leaves room for what comes and keeps Amazon's yearly
/// numbers out.
pub(super) fn extra_missing(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let distro = known(&seen.facts().distro, "/etc/os-release")?.as_ref();
    let major = distro.and_then(|distro| distro.version_id.as_ref()?.split('.').next()?.parse::<u32>().ok());
    let is_el = distro.is_some_and(|distro| distro.family == Some(Family::RedHat) && distro.id != "fedora");
    if !is_el || major.is_none_or(|major| !(9..=20).contains(&major)) || !seen.is_for_a_node() {
        return Ok(());
    }
    // Without a list of modules nothing is known of them.
    if known(&seen.facts().kernel.installed, "/lib/modules")?.is_empty() {
        return Err(Unread::new("/lib/modules", "no kernel is installed in it"));
    }
    if state(seen, "br_netfilter")? == ModuleState::Missing {
        told.fires("br_netfilter is not among the modules of the kernel: they are in kernel-modules-extra")
            .seen_at(Evidence::file("/lib/modules"));
    }
    Ok(())
}

/// vxlan is flannel's default backend; which one is set stands in a ConfigMap that is not read
/// here.
pub(super) fn backend_missing(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !uses_flannel(seen) {
        return Ok(());
    }
    if known(&seen.facts().kernel.installed, "/lib/modules")?.is_empty() {
        return Err(Unread::new("/lib/modules", "no kernel is installed in it"));
    }
    if state(seen, "vxlan")? == ModuleState::Missing {
        told.fires("flannel makes a vxlan interface, and the kernel has no module vxlan")
            .seen_at(Evidence::file("/lib/modules"));
    }
    Ok(())
}
