//! What hosts that join would find. Only a control plane is told: the others have no part in it.

use super::Said;
use crate::doctor::check::Told;
use crate::doctor::cluster::{Answer, Cluster};
use crate::doctor::finding::Evidence;
use crate::doctor::inspection::Inspection;
use crate::doctor::x509::Certificate;

const INFO: &str = "ConfigMap kube-public/cluster-info";

/// A cluster that takes no more nodes may have none.
pub(super) fn no_info(seen: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    if seen.is_control_plane()? && matches!(cluster.info_ca, Answer::Absent) {
        told.notes("there is no cluster-info: no host can join by a token").seen_at(Evidence::api(INFO));
    }
    cluster.info_ca.known(INFO).map(drop)
}

pub(super) fn other_ca(seen: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    const CA: &str = "/etc/kubernetes/pki/ca.crt";
    if !seen.is_control_plane()? {
        return Ok(());
    }
    let Some(said) = cluster.info_ca.known(INFO)? else { return Ok(()) };
    let Some(own) = seen.certificates(CA)? else { return Ok(()) };
    let told_ca = Certificate::all(said.as_bytes()).unwrap_or_default();
    if !told_ca.iter().any(|one| own.iter().any(|ca| ca.key == one.key)) {
        told.fires("cluster-info has another CA than this control plane: joins refuse every pin of ca.crt")
            .seen_at(Evidence::api(INFO))
            .seen_at(Evidence::file(CA))
            .cured_by("`kubeadm init phase bootstrap-token` writes cluster-info with the CA of this host");
    }
    Ok(())
}

pub(super) fn no_endpoint(seen: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    const OBJECT: &str = "ConfigMap kube-system/kubeadm-config";
    if !seen.is_control_plane()? {
        return Ok(());
    }
    let Some(config) = cluster.kubeadm.known(OBJECT)? else { return Ok(()) };
    if config.control_plane_endpoint.is_none() {
        told.notes("the cluster has no controlPlaneEndpoint: no second control plane can join")
            .seen_at(Evidence::api(format!("{OBJECT} controlPlaneEndpoint")).value("not set"));
    }
    Ok(())
}
