//! What the kubelet, CRI-O, kubeadm and tools have to agree on about the runtime.

use super::{Agreement, Said, Who, agreement, said};
use crate::doctor::inspection::{Inspection, Manifest};
use crate::recipe::same_socket;

/// CRI-O's word counts: since 1.31 the kubelet takes the driver from it.
pub(super) fn cgroup_driver(seen: &Inspection<'_>) -> Agreement {
    let mut all = Vec::new();
    if let Some((driver, place)) = seen.crio_text("crio.runtime.cgroup_manager").filter(|_| seen.has_crio()) {
        all.push(said(Who::Crio, driver, place));
    }
    all.extend(of_kubelet(seen, "cgroup-driver", "cgroupDriver"));
    agreement("cgroup driver", &["cgroup-driver-mismatch"], all, |one, other| one == other)
}

/// The socket that CRI-O listens on counts.
pub(super) fn cri_socket(seen: &Inspection<'_>) -> Agreement {
    let mut all = Vec::new();
    if let Some((path, place)) = seen.crio_text("crio.api.listen").filter(|_| seen.has_crio()) {
        all.push(said(Who::Crio, path, place));
    }
    all.extend(of_kubelet(seen, "container-runtime-endpoint", "containerRuntimeEndpoint"));
    all.extend(crictl(seen));
    agreement(
        "CRI socket",
        &["cri-socket-mismatch", "crictl-endpoint-mismatch", "runtime-endpoint-invalid"],
        all,
        same_socket,
    )
}

/// What kubeadm of the control plane's minor uses counts: it is the image that it pulls.
pub(super) fn pause_image(seen: &Inspection<'_>) -> Agreement {
    let mut all = Vec::new();
    if let Some((image, place)) = seen.crio_text("crio.image.pause_image").filter(|_| seen.has_crio()) {
        all.push(said(Who::Crio, image, place));
    }
    if let Some((image, place)) = seen.kubelet_flag("pod-infra-container-image") {
        all.push(said(Who::Kubelet, image, Some(place)));
    }
    agreement("pause image", &["pause-image-mismatch"], all, |one, other| one == other)
}

/// The control plane's minor counts. A kubelet may be up to three behind, so that a difference here
/// is not a fault by itself.
pub(super) fn minor(seen: &Inspection<'_>) -> Agreement {
    let of_image = |manifest: &Manifest| {
        let minor = manifest.minor()?.number();
        let image = manifest.image.clone().unwrap_or_default();
        Some(said(Who::ControlPlane, format!("1.{minor}"), Some(manifest.evidence().value(image))))
    };
    let mut all: Vec<Said> = match seen.manifests() {
        Ok(manifests) => manifests.iter().filter(|one| one.is_of_kubernetes()).filter_map(of_image).collect(),
        Err(_) => Vec::new(),
    };
    for (who, package) in
        [(Who::Kubelet, "kubelet"), (Who::Kubeadm, "kubeadm"), (Who::Tool, "kubectl"), (Who::Crio, "cri-o")]
    {
        if let Some(minor) = seen.minor_of(package) {
            all.push(said(who, format!("1.{minor}"), Some(seen.release_evidence(package))));
        }
    }
    agreement(
        "minor",
        &["package-minors-mixed", "control-plane-minors-mixed", "crio-not-upgraded"],
        all,
        |one, other| one == other,
    )
}

/// What the kubelet is told: a flag wins over its files.
fn of_kubelet(seen: &Inspection<'_>, flag: &str, field: &str) -> Option<Said> {
    let (text, place) = seen.kubelet_setting(flag, field).ok()??;
    Some(said(Who::Kubelet, text, Some(place)))
}

/// What crictl asks, as `/etc/crictl.yaml` has it.
fn crictl(seen: &Inspection<'_>) -> Option<Said> {
    let file = seen.files().file("/etc/crictl.yaml").ok()??;
    let root = kubeadm_config::yaml::read(&file.bytes, kubeadm_config::yaml::Base::default()).ok()?.root;
    let node = root.get("runtime-endpoint")?;
    let (text, at) = (node.as_str()?.to_owned(), node.span.position);
    let place = file.evidence().at(at.line, at.column).value(&text);
    Some(said(Who::Tool, text, Some(place)))
}
