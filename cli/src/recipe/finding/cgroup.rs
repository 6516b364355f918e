//! A host on cgroup v1, where the kubelet exits.
//!
//! KEP-5573: the kubelet's `failCgroupV1` became true by default in 1.35, and kubeadm's
//! SystemVerification refuses since the same minor.

use host_prep::facts::{Cgroup, Facts};

use super::{Look, kubelet::setting_of};
use crate::recipe::fault::Finding;
use crate::recipe::table::{CGROUP_CHECK, KUBELET_NEEDS_CGROUP_V2};

const BOOT_V2: &str = "boot it with cgroup v2: kernel argument systemd.unified_cgroup_hierarchy=1 in the boot \
     loader's configuration, and reboot (kernel and systemd of EL 7 are too old for it)";

/// What is the matter where a kubelet of 1.`minor` would exit, unless it is told otherwise already.
/// `keep` is how that is said.
///
/// `None` for a hybrid host as well where the kubelet is told: systemd mounts v2 beside v1 there,
/// and the controllers are on v1.
pub(crate) fn on_cgroup_v1(facts: &Facts, minor: u64, keep: &str) -> Option<Finding> {
    let config = facts.kubelet.config.known().and_then(Option::as_ref);
    if !exits(facts, minor, config.map(|file| file.bytes.as_slice())) {
        return None;
    }
    let what = format!(
        "the host is on cgroup v1, where the kubelet of Kubernetes 1.{minor} exits (since 1.{KUBELET_NEEDS_CGROUP_V2}: \
         failCgroupV1), and kubeadm refuses it"
    );
    let hint = format!(
        "{BOOT_V2}; or {keep}failCgroupV1: false in KubeletConfiguration \
         and --ignore-preflight-errors={CGROUP_CHECK} for kubeadm"
    );
    Some(Finding::fault("cgroup-hierarchy-legacy", "kubelet", what, hint))
}

/// What is the matter where the spec says `cgroup: v2` and the host has another one, whether a kubelet
/// of 1.`minor` runs there or not.
pub(in crate::recipe) fn not_cgroup_v2(facts: &Facts, minor: u64) -> Option<Finding> {
    let found = match facts.kernel.cgroup.known()? {
        Cgroup::V2 => return None,
        Cgroup::Hybrid => "has its controllers on cgroup v1 (hybrid)",
        _ => "is on cgroup v1",
    };
    let keep = on_cgroup_v1(facts, minor, "`cgroup: keep` in the spec, which writes ");
    let hint = keep.map_or_else(|| format!("{BOOT_V2}; or `cgroup: keep` in the spec"), |one| one.hint);
    let what = format!("the spec says `cgroup: v2`, and the host {found}");
    Some(Finding::fault("cgroup-hierarchy-legacy", "kubelet", what, hint))
}

/// Whether a kubelet of 1.`minor` would exit on this host once kubeadm has written `settings`, the
/// cluster's own, over the node's config.yaml: every `kubeadm upgrade` does so.
#[cfg(feature = "api")]
pub(crate) fn exits_with(facts: &Facts, minor: u64, settings: &str) -> bool {
    exits(facts, minor, Some(settings.as_bytes()))
}

fn exits(facts: &Facts, minor: u64, config: Option<&[u8]>) -> bool {
    let v1 = matches!(facts.kernel.cgroup.known(), Some(Cgroup::V1 | Cgroup::Hybrid));
    v1 && minor >= KUBELET_NEEDS_CGROUP_V2 && !is_told_to_run(facts, config)
}

/// Whether the kubelet that is here runs there all the same: by its flag, else by its files.
fn is_told_to_run(facts: &Facts, config: Option<&[u8]>) -> bool {
    let kubelet = &facts.kubelet;
    // A flag wins over the files, whatever it says.
    if let Some(value) = kubelet.flag("fail-cgroupv1") {
        return value == "false";
    }
    // Of the files that the kubelet merges the last one that says it wins.
    let drop_ins = kubelet.drop_ins().map(|file| file.bytes.as_slice());
    let said = config.into_iter().chain(drop_ins).filter_map(|text| setting_of(text, "failCgroupV1"));
    said.last().is_some_and(|node| node.as_bool() == Some(false))
}

impl Look<'_> {
    /// Without a spec, by the kubelet that is installed.
    pub(super) fn cgroup(&mut self) {
        if self.facts.kubelet.unit.is_none() && self.member().is_none() {
            return;
        }
        let Some(minor) = self.kubelet_minor() else { return };
        self.found.extend(on_cgroup_v1(self.facts, minor, ""));
    }
}
