//! The manifests of a control plane beside each other and the host.
//!
//! Whether a manifest is a pod at all, is there and has flags that its program knows is decided by
//! `recipe::finding`; these rules compare several of them, or a manifest with the disk.

use host_prep::fs::Kind;
use kubeadm_config::yaml::Node;

use crate::doctor::check::{Told, by_facts};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, Manifest};
use crate::doctor::renamed_away::{STATIC_PODS, renamed_away, trace_of_control_plane};

type Said = Result<(), Unread>;

/// The kubelet says so once, and goes on without any static pod. The PKI with the CA's key is a
/// control plane's.
pub(super) fn no_directory(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let files = seen.files();
    let is_there = |path: &str| Ok(files.kind(path)?.is_some());
    let Some(trace) = trace_of_control_plane(is_there)?.filter(|_| seen.is_member()) else { return Ok(()) };
    let dir = seen.static_pod_path()?;
    // A kubelet that is told another directory than kubeadm's has that fault: static-pod-path-mismatch.
    if !seen.is_control_plane()? && files.kind(&dir)? != Some(Kind::Directory) {
        told.fires(format!("{dir} is not a directory, and {trace} is a control plane's: none runs"))
            .seen_at(Evidence::file(dir))
            .seen_at(Evidence::file(trace));
    }
    Ok(())
}

/// Beside one that is missing among the others: none of them is there, and the host was made a control plane.
pub(super) fn missing(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    by_facts(seen, told)?;
    let files = seen.files();
    let is_there = |path: &str| Ok(files.kind(path)?.is_some());
    let Some(trace) = trace_of_control_plane(is_there)?.filter(|_| seen.is_member()) else { return Ok(()) };
    let dir = seen.static_pod_path()?;
    // Where kubeadm renamed them away, or the directory is not there, another check says so.
    if files.kind(&dir)? != Some(Kind::Directory) || seen.manifests()?.iter().any(Manifest::is_of_kubernetes)
    {
        return Ok(());
    }
    for name in STATIC_PODS {
        if is_there(&format!("{dir}/{name}.yaml"))? {
            return Ok(());
        }
    }
    if renamed_away(is_there, |dir| files.list(dir))?.is_empty() {
        told.fires(format!("no manifest of a control plane is in {dir}, and {trace} is one's: none runs"))
            .seen_at(Evidence::file(dir))
            .seen_at(Evidence::file(trace))
            .cured_by(
                "put them back out of a backup, or `kubeadm init phase control-plane all --config FILE` and, with an \
                 etcd on this node, `kubeadm init phase etcd local --config FILE` write them",
            );
    }
    Ok(())
}

/// An upgrade that stopped half way leaves components of two minors.
///
/// Minors are read off the images' tags. During an upgrade of kubeadm this is so for minutes;
/// `kubeadm upgrade apply` goes on from there.
pub(super) fn minors(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let all = seen.manifests()?.iter().filter(|one| one.is_of_kubernetes());
    let minors: Vec<_> = all.filter_map(|one| Some((one, one.minor()?))).collect();
    // kubeadm upgrades the components one after another, so that several minors are an upgrade
    // that stopped.
    if minors.windows(2).any(|pair| pair[0].1 != pair[1].1) {
        told.fires("the components of the control plane are of several minors").seen_in(
            minors.iter().map(|(one, _)| one.evidence().value(one.image.clone().unwrap_or_default())),
        );
    }
    Ok(())
}

/// A hostPath with a type is looked for before the pod starts; without one, or with `...OrCreate`, it
/// is made.
pub(super) fn host_path(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for manifest in seen.manifests()? {
        let volumes = manifest.root.get("spec").and_then(|spec| spec.get("volumes"));
        for volume in volumes.and_then(Node::as_sequence).into_iter().flatten() {
            let Some(host) = volume.get("hostPath") else { continue };
            let (Some(path), Some(kind)) = (host.get("path"), host.get("type").and_then(Node::as_str)) else {
                continue;
            };
            let Some(text) = path.as_str() else { continue };
            let there = seen.files().kind(text)?;
            // HostPathVolumeSource: `DirectoryOrCreate` and `FileOrCreate` are made by the
            // kubelet, and no type is not looked at.
            let wrong = match kind {
                "Directory" => there != Some(Kind::Directory),
                "File" => there != Some(Kind::File),
                _ => false,
            };
            if wrong {
                told.fires(format!(
                    "pod {} wants the {} {text}, which is not there",
                    manifest.name,
                    kind.to_lowercase()
                ))
                .seen_at(manifest.at(path).value(text));
            }
        }
    }
    Ok(())
}
