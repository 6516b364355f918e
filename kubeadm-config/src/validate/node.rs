//! Rules for what belongs to a node.
//!
//! kubeadm's `ValidateNodeRegistrationOptions` and `ValidateAPIEndpoint`. Taints are not looked
//! at: kubeadm has a TODO there, and the API server refuses bad ones when the node registers.

use super::Checks;
use crate::go::parse_ip_sloppy;
use crate::model::{APIEndpoint, NodeRegistrationOptions};

const NO_NAME: &str = "--node-name or .nodeRegistration.name in the config file is a required value. It seems like this value \
                       couldn't be automatically detected in your environment, please specify the desired value using the \
                       CLI or config file.";

impl Checks<'_> {
    pub(super) fn node_registration(&mut self, node: &NodeRegistrationOptions, path: &str) {
        // By now it is the host's own name, in lower case, where nobody gave one
        // (`SetNodeRegistrationDynamicDefaults`): empty only where the host has none.
        if node.name.is_empty() {
            self.required(path, NO_NAME);
        } else {
            self.dns_subdomain(&node.name, &format!("{path}.name"));
        }
        self.cri_socket(&node.cri_socket, &format!("{path}.criSocket"));
        self.extra_args(&node.kubelet_extra_args, &format!("{path}.kubeletExtraArgs"));
        self.image_pull_policy(&node.image_pull_policy, &format!("{path}.imagePullPolicy"));
    }

    pub(super) fn api_endpoint(&mut self, endpoint: &APIEndpoint, path: &str) {
        // `ParseIPSloppy` takes leading zeros as Go did before 1.17: what clusters were made with
        // once must stay readable.
        if parse_ip_sloppy(&endpoint.advertise_address).is_none() {
            self.invalid(
                &format!("{path}.advertiseAddress"),
                &endpoint.advertise_address,
                "ip address is not valid",
            );
        }
        self.port(endpoint.bind_port, &format!("{path}.bindPort"));
    }
}
