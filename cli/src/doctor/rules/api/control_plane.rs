//! The control plane as it says itself that it is.

use super::Said;
use super::node::minor;
use crate::doctor::check::Told;
use crate::doctor::cluster::Cluster;
use crate::doctor::finding::Evidence;
use crate::doctor::inspection::Inspection;

const KUBEADM_CONFIG: &str = "ConfigMap kube-system/kubeadm-config";

pub(super) fn unhealthy(_: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    if let Some(failing) = cluster.failing.known("/readyz")? {
        told.fires(format!("the API server says that it is not ready: {failing}"))
            .seen_at(Evidence::api(format!("{}/readyz", cluster.server)).value(failing))
            .cured_by("look at the logs of kube-apiserver and etcd on the control plane: `crictl ps -a`, `crictl logs ID`");
    }
    Ok(())
}

/// `kubeadm upgrade apply` writes the version into its ConfigMap once the components are new.
pub(super) fn half_done(seen: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    if !seen.is_control_plane()? {
        return Ok(());
    }
    let Some(runs) = cluster.version.known("/version")? else { return Ok(()) };
    let Some(kept) = cluster.kubeadm.known(KUBEADM_CONFIG)? else { return Ok(()) };
    let Some(kept) = &kept.kubernetes_version else { return Ok(()) };
    if minor(runs) != minor(kept) {
        told.fires(format!("the API server is {runs}, and kubeadm's configuration says {kept}"))
            .seen_at(Evidence::api("/version").value(runs))
            .seen_at(Evidence::api(format!("{KUBEADM_CONFIG} kubernetesVersion")).value(kept))
            .cured_by(format!("run `kubeadm upgrade apply {runs}` again, to its end"));
    }
    Ok(())
}

/// kubeadm upgrades by one minor.
pub(super) fn skips(seen: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    let Some(runs) = cluster.version.known("/version")? else { return Ok(()) };
    let (Some(cluster_minor), Some(own)) = (minor(runs), seen.minor_of("kubeadm")) else { return Ok(()) };
    if own > cluster_minor + 1 {
        told.fires(format!("kubeadm is 1.{own}, the cluster 1.{cluster_minor}: no minor can be skipped"))
            .seen_at(seen.release_evidence("kubeadm"))
            .seen_at(Evidence::api("/version").value(runs));
    }
    Ok(())
}

/// The next upgrade pulls from where the configuration says.
pub(super) fn repository(seen: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    let pods: Vec<_> = seen.manifests()?.iter().filter(|pod| pod.is_of_kubernetes()).collect();
    if pods.is_empty() {
        return Ok(());
    }
    let Some(kept) = cluster.kubeadm.known(KUBEADM_CONFIG)? else { return Ok(()) };
    let Some(wanted) = &kept.image_repository else { return Ok(()) };
    for pod in pods {
        if let Some(own) = pod.repository().filter(|own| own != wanted) {
            told.fires(format!(
                "imageRepository of the cluster is {wanted}, and the control plane runs images of {own}"
            ))
            .seen_at(Evidence::api(format!("{KUBEADM_CONFIG} imageRepository")).value(wanted))
            .seen_at(pod.evidence().value(pod.image.as_deref().unwrap_or_default()));
            break;
        }
    }
    Ok(())
}
