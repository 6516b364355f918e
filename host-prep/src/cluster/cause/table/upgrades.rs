//! What stops `kubeadm upgrade` on its way.

use super::{Deed, Row, of, row};

/// A static pod that the kubelet did not start anew.
pub(super) const WAITS: &[Row] = &[of(
    &[Deed::Upgrade],
    Row {
        look: true,
        ..row(
            &["static Pod hash for component", "did not change"],
            "the kubelet did not take up the manifest that kubeadm wrote in time, and kubeadm has put back the one \
             of before",
            "look whether kubelet and CRI-O run, whether the image comes in time (`crictl images`), and whether a second \
             file of the same Pod lies in /etc/kubernetes/manifests; then go on with the upgrade",
            "util/apiclient/wait.go WaitForStaticPodHashChange; phases/upgrade/staticpods.go rollbackOldManifests; kubeadm#2823",
        )
    },
)];
