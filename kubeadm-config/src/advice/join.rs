//! Advice on a joining node.

use super::Adviser;
use crate::code::Code;
use crate::model::JoinConfiguration;

impl Adviser<'_> {
    pub(super) fn join(&mut self, join: &JoinConfiguration) {
        if let Some(token) = &join.discovery.bootstrap_token {
            self.secret("discovery.bootstrapToken.token", "a bootstrap token");
            if token.ca_cert_hashes.is_empty() && token.unsafe_skip_ca_verification {
                let text = "who answers at the endpoint is trusted unseen; give caCertHashes, which \
                            `kubeadm token create --print-join-command` prints";
                self.add(Code::CaUnverified, "discovery.bootstrapToken.unsafeSkipCAVerification", text);
            }
        }
        if let Some(control_plane) = &join.control_plane {
            if !control_plane.certificate_key.is_empty() {
                self.secret("controlPlane.certificateKey", "the key to the cluster's certificates");
            }
            if join.node_registration.taints.as_ref().is_some_and(Vec::is_empty) {
                let text = "a control-plane node without a taint runs any Pod; leave the field out for kubeadm's own taint";
                self.add(Code::NoTaint, "nodeRegistration.taints", text);
            }
        }
        self.socket(&join.node_registration.cri_socket);
        self.preflight(&join.node_registration.ignore_preflight_errors);
    }
}
