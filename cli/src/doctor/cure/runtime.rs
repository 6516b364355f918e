//! What cures CRI-O's settings, its tools, and how the kubelet asks it.

use std::path::Path;

use crio_config::Value;

use super::wish::{After, Wish};
use crate::doctor::finding::Finding;
use crate::doctor::inspection::Inspection;
use crate::recipe;

/// The setting that two cures are about.
const MANAGER: &str = "crio.runtime.cgroup_manager";

/// One setting in our drop-in, and what CRI-O has to do about it.
fn set(key: &'static str, value: impl Into<Value>, after: After) -> Vec<Wish> {
    vec![Wish::Crio { key, value: value.into(), after }]
}

/// CRI-O's endpoint as a URL.
fn listens(seen: &Inspection<'_>) -> Option<String> {
    let (path, _) = seen.crio_text("crio.api.listen")?;
    Some(format!("unix://{}", path.strip_prefix("unix://").unwrap_or(&path)))
}

/// The same text that a spec's plan writes.
pub(super) fn crictl(seen: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    let Some(endpoint) = listens(seen) else { return Vec::new() };
    let (path, text) = ("/etc/crictl.yaml".to_owned(), recipe::crictl(seen.facts(), &endpoint));
    vec![Wish::File { kind: "crictl", path, text, needs: Vec::new() }]
}

/// CRI-O reads it again without a restart (crio.conf.d(5), "reload").
pub(super) fn pause_image(seen: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    let image = seen.kubeadm_pause_image();
    image.map(|image| set("crio.image.pause_image", image.as_str(), After::Reload)).unwrap_or_default()
}

/// CRI-O does not start with what is there, so that a restart stops nothing; every release takes
/// `pod` with either manager.
pub(super) fn conmon_cgroup(_: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    set("crio.runtime.conmon_cgroup", "pod", After::Restart)
}

/// Both are to be systemd's. Which side is wrong, and whether that side is ours to write, decides.
/// Pods that run under the other driver end with the change: on a node somebody has to ask for it.
pub(super) fn cgroup_driver(seen: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    let Some((manager, _)) = seen.crio_text(MANAGER) else { return Vec::new() };
    if manager != "systemd" {
        return set(MANAGER, "systemd", After::Restart);
    }
    // kubeadm writes the kubelet's file for the whole cluster; the flag is this host's.
    if has_extra(seen, "cgroup-driver") { vec![Wish::KubeletWithout("cgroup-driver")] } else { Vec::new() }
}

/// `-1` leaves the limit to the kubelet (`podPidsLimit`).
pub(super) fn pids_limit(_: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    set("crio.runtime.pids_limit", Value::Integer(-1), After::Restart)
}

/// The directories it looks into now, and those where the plugins are.
pub(super) fn plugin_dirs(seen: &Inspection<'_>, finding: &Finding) -> Vec<Wish> {
    let Some((mut dirs, _)) = seen.crio_list("crio.network.plugin_dirs") else { return Vec::new() };
    for place in &finding.evidence {
        let dir = Path::new(&place.source).parent().map(|dir| dir.display().to_string());
        let known = host_prep::facts::CNI_PLUGIN_DIRS;
        dirs.extend(dir.filter(|dir| known.contains(&dir.as_str()) && !dirs.contains(dir)));
    }
    set("crio.network.plugin_dirs", Value::Strings(dirs), After::Restart)
}

/// Without its policy SELinux would let no container start: the package is somebody's to install.
pub(super) fn labels(seen: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    let off =
        seen.crio_value("crio.runtime.selinux").is_some_and(|found| found.value == Value::Boolean(false));
    if off { set("crio.runtime.selinux", Value::Boolean(true), After::Restart) } else { Vec::new() }
}

/// Only the flag of our own file: kubeadm's files are kubeadm's.
pub(super) fn endpoint(seen: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    let flag = "container-runtime-endpoint";
    let wanted = listens(seen).filter(|_| has_extra(seen, flag));
    let arg = wanted.and_then(|endpoint| format!("--{flag}={endpoint}").parse().ok());
    arg.map(Wish::KubeletWith).into_iter().collect()
}

/// Of the extra arguments only; kubeadm's own file is written by `kubeadm upgrade node`.
pub(super) fn unknown_flags(seen: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    let Some(minor) = seen.kubelet_minor() else { return Vec::new() };
    let old = recipe::unknown_flags(minor).filter(|(flag, _)| has_extra(seen, flag));
    old.map(|(flag, _)| Wish::KubeletWithout(flag)).collect()
}

/// Only where the directory could be read.
pub(super) fn leftovers(seen: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    let own = seen.facts().cni.configs.known().is_some();
    if own { vec![Wish::NoCniLeftovers] } else { Vec::new() }
}

/// Whether the extra arguments, which are the administrator's, have a flag.
pub(super) fn has_extra(seen: &Inspection<'_>, flag: &str) -> bool {
    let own = seen.facts().kubelet.extra_args.as_deref().unwrap_or_default();
    own.split_whitespace()
        .any(|word| word.starts_with("--") && word.trim_start_matches('-').split('=').next() == Some(flag))
}
