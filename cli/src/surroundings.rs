//! What a command needs of the machine it runs on, looked up here and handed on as plain values.

use kubeadm_config::{BootstrapToken, HostFacts};

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

/// A new token from the kernel's random numbers.
pub(crate) fn random_token() -> Result<BootstrapToken, Failure> {
    Ok(stage::random_token()?)
}
