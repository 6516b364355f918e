//! What a command needs of the machine it runs on, looked up here and handed on as plain values.
//!
//! The libraries never ask the machine themselves: `kubeadm-config` takes [`HostFacts`], a plan
//! its time and its token. So their results are the same for the same input, and this is the place
//! of what is not.

use host_prep::facts::{OwnSubnet, is_pod_interface, subnets};
use kubeadm_config::{BootstrapToken, HostFacts, HostNetwork};

use crate::failure::Failure;
use crate::stage;
pub(crate) use crate::stage::host_name;

/// Adds the addresses on the default routes, and says why there is none and what helps.
pub(crate) fn add_addresses(facts: &mut HostFacts) -> Result<(), Failure> {
    stage::add_addresses(facts).map_err(|error| {
        Failure::from_error(&error)
            .hint("give the address the API server is to announce with --advertise-address")
    })
}

/// The networks of this host; those that pod networks made are the cluster's own. None where the
/// kernel does not tell.
pub(crate) fn networks() -> Vec<HostNetwork> {
    let of_host = |own: &OwnSubnet| !is_pod_interface(&own.interface);
    let own = subnets().unwrap_or_default().into_iter().filter(of_host);
    own.map(|own| HostNetwork::new(own.interface, own.address, own.prefix)).collect()
}

/// A new token from the kernel's random numbers.
pub(crate) fn random_token() -> Result<BootstrapToken, Failure> {
    Ok(stage::random_token()?)
}
