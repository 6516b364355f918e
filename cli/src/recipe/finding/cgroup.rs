//! A host on cgroup v1, now or at the next boot, where the kubelet exits.
//!
//! KEP-5573: the kubelet's `failCgroupV1` became true by default in 1.35, and kubeadm's
//! SystemVerification refuses since the same minor.

use host_prep::facts::{BootWord, Cgroup, Facts};

use super::{Look, kubelet::setting_of};
use crate::recipe::fault::Finding;
use crate::recipe::table::{CGROUP_CHECK, KUBELET_NEEDS_CGROUP_V2};

const BOOT_V2: &str = "boot it with cgroup v2: kernel argument systemd.unified_cgroup_hierarchy=1 in the boot \
     loader's configuration, and reboot (kernel and systemd of EL 7 are too old for it)";

/// Which hierarchy a host has that is not wanted.
enum Legacy {
    /// This one, now.
    Now(Cgroup),
    /// Version 1 by a word of the kernel's command line, at the next boot.
    AtBoot(BootWord),
}

/// The word of the next boot that chooses the hierarchy, and whether it chooses version 2
/// (kernel-command-line(7); `parse_boolean` of systemd).
fn chosen(facts: &Facts) -> Option<(BootWord, bool)> {
    let words = facts.kernel.words_at_boot();
    let word = words.into_iter().find(|word| word.parts().0 == "systemd.unified_cgroup_hierarchy")?;
    let value = word.parts().1.unwrap_or("1").to_ascii_lowercase();
    let is_v2 = match value.as_str() {
        "1" | "yes" | "y" | "true" | "t" | "on" => true,
        "0" | "no" | "n" | "false" | "f" | "off" => false,
        // systemd takes no notice of what is no truth value.
        _ => return None,
    };
    Some((word, is_v2))
}

/// `None` where version 2 is in use, and nothing is known to change it.
fn legacy(facts: &Facts) -> Option<Legacy> {
    match facts.kernel.cgroup.known() {
        Some(found @ (Cgroup::V1 | Cgroup::Hybrid)) => Some(Legacy::Now(*found)),
        _ => chosen(facts).filter(|(_, is_v2)| !is_v2).map(|(word, _)| Legacy::AtBoot(word)),
    }
}

impl Legacy {
    /// What the host does.
    fn says(&self) -> String {
        match self {
            Self::Now(Cgroup::Hybrid) => "the host has its controllers on cgroup v1 (hybrid)".to_owned(),
            Self::Now(_) => "the host is on cgroup v1".to_owned(),
            Self::AtBoot(word) => {
                format!("the kernel argument {word} takes the host to cgroup v1 at the next boot")
            }
        }
    }

    /// How it is mended.
    fn cure(&self, facts: &Facts) -> String {
        match (self, chosen(facts)) {
            (Self::Now(_), Some((word, true))) => format!("reboot: {word} has cgroup v2 at the next boot"),
            (Self::Now(_), _) => BOOT_V2.to_owned(),
            // "Refusing to run under cgroup v1".
            (Self::AtBoot(word), _) => format!(
                "take {} out of the boot loader's configuration (systemd 256 and later do not boot with it)",
                word.word
            ),
        }
    }
}

/// What is the matter where a kubelet of 1.`minor` would exit, now or at the next boot, unless it is told
/// otherwise already. `keep` is how that is said.
///
/// Of a hybrid host as well: systemd mounts v2 beside v1 there, and the controllers are on v1.
pub(crate) fn on_cgroup_v1(facts: &Facts, minor: u64, keep: &str) -> Option<Finding> {
    let legacy = legacy(facts)?;
    let config = facts.kubelet.config.known().and_then(Option::as_ref);
    if !exits(facts, minor, config.map(|file| file.bytes.as_slice())) {
        return None;
    }
    let what = format!(
        "{}, where the kubelet of Kubernetes 1.{minor} exits (since 1.{KUBELET_NEEDS_CGROUP_V2}: \
         failCgroupV1), and kubeadm refuses it",
        legacy.says()
    );
    let hint = format!(
        "{}; or {keep}failCgroupV1: false in KubeletConfiguration \
         and --ignore-preflight-errors={CGROUP_CHECK} for kubeadm",
        legacy.cure(facts)
    );
    Some(Finding::fault("cgroup-hierarchy-legacy", "kubelet", what, hint))
}

/// What is the matter where the spec says `cgroup: v2` and the host has another one or will have it at
/// the next boot, whether a kubelet of 1.`minor` runs there or not.
pub(in crate::recipe) fn not_cgroup_v2(facts: &Facts, minor: u64) -> Option<Finding> {
    let legacy = legacy(facts)?;
    let keep = on_cgroup_v1(facts, minor, "`cgroup: keep` in the spec, which writes ");
    let hint =
        keep.map_or_else(|| format!("{}; or `cgroup: keep` in the spec", legacy.cure(facts)), |one| one.hint);
    let what = format!("the spec says `cgroup: v2`, and {}", legacy.says());
    Some(Finding::fault("cgroup-hierarchy-legacy", "kubelet", what, hint))
}

/// Whether a kubelet of 1.`minor` would exit on this host once kubeadm has written `settings`, the
/// cluster's own, over the node's config.yaml: every `kubeadm upgrade` does so.
#[cfg(feature = "api")]
pub(crate) fn exits_with(facts: &Facts, minor: u64, settings: &str) -> bool {
    matches!(legacy(facts), Some(Legacy::Now(_))) && exits(facts, minor, Some(settings.as_bytes()))
}

fn exits(facts: &Facts, minor: u64, config: Option<&[u8]>) -> bool {
    minor >= KUBELET_NEEDS_CGROUP_V2 && !is_told_to_run(facts, config)
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
    let mut said = config.into_iter().chain(drop_ins).filter_map(|text| setting_of(text, "failCgroupV1"));
    said.next_back().is_some_and(|node| node.as_bool() == Some(false))
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
