//! Who renews a certificate, and what is to be done where nobody of this host does.

use crate::doctor::inspection::pki::{Owner, Serving};

/// Who renews it, and what is to be done where that is nobody here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Renewal {
    pub(super) by: &'static str,
    pub(super) how: Option<&'static str>,
}

const fn by(by: &'static str) -> Renewal {
    Renewal { by, how: None }
}

const fn nobody(how: &'static str) -> Renewal {
    Renewal { by: "nobody", how: Some(how) }
}

/// kubeadm renews no CA (kubeadm, `phases/certs/renewal/manager.go`).
pub(super) const CA: Renewal =
    nobody("a new one goes to every node: kubernetes.io, Manual Rotation of CA Certificates");
pub(super) const KUBEADM: Renewal = by("kubeadm certs renew");
/// kubeadm passes over what a CA signed whose key it has not, and ends with 0.
pub(super) const EXTERNAL: Renewal = Renewal {
    by: "whoever has the CA's key, which is not here",
    how: Some("`kubeadm certs generate-csr` makes the requests to have signed there"),
};
/// Of a certificate with a name or a place that kubeadm does not know.
pub(super) const OTHERS: Renewal = nobody("kubeadm does not know it: whoever made it makes it anew");
pub(super) const KUBELET: Renewal = by("kubelet");
/// `certs renew` writes over what is a copy of admin.conf as it is now.
pub(super) const COPY: Renewal = by("k8sprep certs renew, as a copy of admin.conf");
pub(super) const OLD_COPY: Renewal = nobody("copy a control plane's /etc/kubernetes/admin.conf over it");
pub(super) const OTHER_USER: Renewal =
    nobody("`kubeadm kubeconfig user` makes a new one where the CA's key is");
pub(super) const EMBEDDED: Renewal =
    nobody("name /var/lib/kubelet/pki/kubelet-client-current.pem in kubelet.conf instead");
pub(super) const ROTATION_OFF: Renewal =
    nobody("set rotateCertificates: true in the kubelet's configuration, and restart it");

/// Of what a static pod uses, or what lies beside it.
pub(super) fn of_file(owner: Owner, is_ca: bool, has_ca_key: bool) -> Renewal {
    match (owner, has_ca_key) {
        _ if is_ca => CA,
        (Owner::Kubeadm, true) => KUBEADM,
        (Owner::Kubeadm, false) => EXTERNAL,
        _ => OTHERS,
    }
}

/// Of what the kubelet serves with. One that it signed itself is made where there is none, and never again
/// (kubelet 1.34, cmd/kubelet/app/server.go).
pub(super) fn of_serving(by: Serving) -> Renewal {
    match by {
        Serving::Cluster => KUBELET,
        Serving::Itself => nobody("remove it and its key, and restart the kubelet, which makes a new one"),
        Serving::Told => OTHERS,
    }
}
