//! From one minor to the next.
//!
//! What is known today of the upgrade of tomorrow: rules that ask for the next minor as well as
//! for this one. `documents` has those on kubeadm's files.

mod ahead;
mod documents;
mod node;
pub(super) use documents::invalid;
#[cfg(test)]
mod tests;

use super::api::by_api;
use crate::doctor::check::{Check, Need, Told, error, note, warning};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;

const FILES: &[Need] = &[Need::Files];

/// Why `facts` and `verify` do not tell it.
const OF_ANOTHER_RELEASE: &str = "it is about an upgrade that somebody wants, not about the node as it is";

/// The rows.
///
/// Warnings and notes, but for files that kubeadm would refuse now.
pub(super) const CHECKS: &[Check] = &[
    warning("crio-not-upgraded", FILES, crio_not_upgraded),
    warning("kubeadm-flags-outdated", FILES, ahead::flags_outdated),
    error("kubelet-flag-ends", FILES, ahead::ends).of("the next minors' tables").untold(OF_ANOTHER_RELEASE),
    error("feature-gate-ends", FILES, ahead::ends).of("the next minors' tables").untold(OF_ANOTHER_RELEASE),
    error("component-flag-ends", FILES, ahead::ends).of("the next minors' tables").untold(OF_ANOTHER_RELEASE),
    error("admission-plugin-ends", FILES, ahead::ends)
        .of("the next minors' tables")
        .untold(OF_ANOTHER_RELEASE),
    warning("kubelet-field-ends", FILES, ahead::ends).of("the next minors' tables"),
    warning("crio-key-ends", FILES, ahead::ends).of("the next minors' tables"),
    warning("api-version-ends", FILES, ahead::ends).of("the next minors' tables"),
    error("manifest-set-aside", FILES, node::set_aside),
    error("etcd-too-old-for-upgrade", FILES, node::etcd_too_old).untold(OF_ANOTHER_RELEASE),
    error("kubelet-too-old-for-upgrade", FILES, node::kubelet_too_old).untold(OF_ANOTHER_RELEASE),
    error("runtime-endpoint-not-kept", FILES, node::endpoint_not_kept).untold(OF_ANOTHER_RELEASE),
    error("package-to-be-removed", FILES, node::to_be_removed).untold(OF_ANOTHER_RELEASE),
    error("runtime-is-another", FILES, node::another_runtime).untold(OF_ANOTHER_RELEASE),
    error("oci-runtime-would-change", FILES, node::oci_runtime).untold(OF_ANOTHER_RELEASE),
    error("certificate-ends-within-a-day", FILES, node::certificate_ends).untold(OF_ANOTHER_RELEASE),
    error("cgroup-v1-ends", FILES, node::cgroup_v1).of("upgrades to 1.35+").untold(OF_ANOTHER_RELEASE),
    note("upgrade-backups-left", FILES, backups_left),
    warning("upgrade-half-done", &[Need::Files, Need::Api], half_done),
    warning("dockershim-traces", &[Need::Files, Need::Api], dockershim),
    warning("kubeadm-config-outdated", FILES, documents::outdated),
    error("kubeadm-minor-mismatch", FILES, documents::other_minor),
    error("upgrade-skips-minor", &[Need::Files, Need::Api], documents::skips).untold(OF_ANOTHER_RELEASE),
    warning("role-label-outdated", &[Need::Api], by_api),
];

type Said = Result<(), Unread>;

/// CRI-O's minors go with those of Kubernetes; one apart works while a node is upgraded.
fn crio_not_upgraded(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(crio) = seen.known_minor_of("cri-o")? else { return Ok(()) };
    let kubernetes = match seen.kubernetes_minor() {
        None => seen.known_minor_of("kubelet")?,
        of_images => of_images,
    };
    let Some(kubernetes) = kubernetes else { return Ok(()) };
    // For the time of an upgrade they are one apart.
    if crio.abs_diff(kubernetes) > 1 {
        told.fires(format!("CRI-O is 1.{crio}, and Kubernetes 1.{kubernetes}: such a pair is not supported"))
            .seen_at(seen.release_evidence("cri-o"));
    }
    Ok(())
}

/// kubeadm keeps the manifests and the data of etcd from before each upgrade.
///
/// They have the size of etcd's data, and tell when the last upgrade was.
fn backups_left(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const TMP: &str = "/etc/kubernetes/tmp";
    let names = seen.files().list(TMP)?;
    // Data of etcd and manifests of before each upgrade; only `kubeadm reset --cleanup-tmp-dir`
    // removes them.
    let left: Vec<String> = names.into_iter().filter(|name| name.starts_with("kubeadm-backup-")).collect();
    if !left.is_empty() {
        told.fires(format!("backups of upgrades are left in {TMP}"))
            .seen_in(left.iter().map(|name| Evidence::file(format!("{TMP}/{name}"))));
    }
    Ok(())
}

/// kubeadm removes the manifests that it makes for an upgrade once all of them are in place.
///
/// A kubelet that is older than the control plane beside it is a note: it is the state between two
/// steps of an upgrade.
fn half_done(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const TMP: &str = "/etc/kubernetes/tmp";
    for name in
        seen.files().list(TMP)?.into_iter().filter(|name| name.starts_with("kubeadm-upgraded-manifests"))
    {
        // Manifests are moved out of it one by one as they are put in force.
        if !seen.files().list(format!("{TMP}/{name}"))?.is_empty() {
            told.fires("an upgrade ended before the control plane was whole: its new manifests are left")
                .seen_at(Evidence::file(format!("{TMP}/{name}")))
                .cured_by("run the same `kubeadm upgrade apply` or `node` again, then remove the directory");
        }
    }
    let Some(control_plane) = seen.kubernetes_minor() else { return Ok(()) };
    if seen.is_control_plane()? && seen.minor_of("kubelet").is_some_and(|minor| minor < control_plane) {
        told.notes(format!("the control plane is 1.{control_plane}, and the kubelet beside it is older"))
            .seen_at(seen.release_evidence("kubelet"));
    }
    Ok(())
}

/// dockershim went with 1.24; what still names its socket asks nobody.
///
/// Files of kubeadm are looked at too, since `kubeadm upgrade` and `reset` go by them.
fn dockershim(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const STATE: &str = "/var/lib/dockershim";
    // KEP-2221: dockershim was taken out of the kubelet with 1.24.
    if seen.kubelet_minor().is_none_or(|minor| minor < 24) {
        return Ok(());
    }
    if seen.is_member() && seen.files().kind(STATE)?.is_some() {
        told.fires("dockershim's state is left, and the kubelet has none since 1.24")
            .seen_at(Evidence::file(STATE));
    }
    for file in told.kubeadm_files(seen) {
        if let Some((socket, place)) = file.text("nodeRegistration.criSocket")
            && socket.ends_with("/dockershim.sock")
        {
            told.fires("criSocket is dockershim's, which the kubelet does not have since 1.24")
                .seen_at(place);
        }
    }
    Ok(())
}
