//! What the API server's answers decide: a rule per check, asked after the one that files, kernel and
//! facts decide. Where that one fired already nothing is said twice.

mod control_plane;
mod joining;
mod network;
mod node;
#[cfg(test)]
mod tests;

use crate::doctor::check::{Check, Need, Told};
use crate::doctor::cluster::{Cluster, QUESTION};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;

type Said = Result<(), Unread>;

/// A rule over what the API server says.
type Rule = fn(&Inspection<'_>, &Cluster, &mut Told<'_>) -> Said;

/// The rules, by the names of their checks.
const ROWS: &[(&str, Rule)] = &[
    ("clock-skew-with-apiserver", node::clock),
    ("machine-id-cloned", node::twins),
    ("cri-socket-mismatch", node::cri_socket),
    ("dockershim-traces", node::dockershim),
    ("role-label-outdated", node::master),
    ("kubelet-config-drifted", node::drifted),
    ("serving-certificate-pending", node::pending),
    ("max-pods-too-many", node::max_pods),
    ("control-plane-unhealthy", control_plane::unhealthy),
    ("upgrade-half-done", control_plane::half_done),
    ("upgrade-skips-minor", control_plane::skips),
    ("image-repository-mismatch", control_plane::repository),
    ("ipvs-modules-missing", network::ipvs),
    ("cluster-dns-mismatch", network::dns),
    ("cluster-cidr-mismatch", network::cluster_cidr),
    ("pod-network-mismatch", network::pools),
    ("bridge-address-mismatch", network::flannel_subnet),
    ("node-without-podcidr", network::without_cidr),
    ("services-unreachable", network::proxy),
    ("cluster-info-missing", joining::no_info),
    ("ca-hash-mismatch", joining::other_ca),
    ("control-plane-endpoint-unset", joining::no_endpoint),
];

/// The check that is about the server itself.
const UNREACHABLE: &str = "apiserver-unreachable";

/// The rule of a check that only the API server decides: what it says is told by [`tell`].
pub(super) fn by_api(_: &Inspection<'_>, _: &mut Told<'_>) -> Said {
    Ok(())
}

/// What the API server says of a check whose own rule has been asked.
pub(in crate::doctor) fn tell(seen: &Inspection<'_>, check: &Check, told: &mut Told<'_>) {
    if told.first().is_some() {
        return;
    }
    // Files or the kernel have decided it where nobody can, or wants to, ask.
    let is_decided = [Need::Files, Need::Kernel].iter().any(|need| check.needs.contains(need));
    let cluster = match seen.cluster() {
        Ok(Some(cluster)) if cluster.is_unasked => {
            if !is_decided {
                told.could_not_read(Unread::new(QUESTION, "it was not asked"));
            }
            return;
        }
        Ok(Some(cluster)) => cluster,
        Err(_) if is_decided && !seen.is_running() => return,
        Ok(None) => return,
        Err(unread) => return told.could_not_read(unread),
    };
    if check.name == UNREACHABLE {
        return unreachable(cluster, told);
    }
    let Some((_, rule)) = ROWS.iter().find(|(name, _)| *name == check.name) else { return };
    if let Some(unreached) = &cluster.unreached {
        return told.could_not_read(Unread::new(shown(cluster), unreached.why.clone()));
    }
    if let Err(unread) = rule(seen, cluster, told) {
        told.could_not_read(unread);
    }
}

/// Who was asked; before a server was known, with what.
fn shown(cluster: &Cluster) -> &str {
    if cluster.server.is_empty() { &cluster.asked_by } else { &cluster.server }
}

/// A kubeconfig that cannot be used says nothing of the server.
fn unreachable(cluster: &Cluster, told: &mut Told<'_>) {
    let Some(unreached) = &cluster.unreached else { return };
    if !unreached.code.starts_with("apiserver-") {
        return told.could_not_read(Unread::new(shown(cluster), unreached.why.clone()));
    }
    told.fires(format!("the API server cannot be used from here: {}", unreached.why))
        .seen_at(Evidence::api(&cluster.server).value(&unreached.code))
        .seen_at(Evidence::file(&cluster.asked_by))
        .cured_by(format!("`k8sprep explain {}` says what to look at", unreached.code));
}
