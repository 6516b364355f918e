//! What kubeadm takes from the machine it runs on, as it finds it.

use std::net::IpAddr;

use host_prep::facts::{AddressError, Family, default_address};
use kubeadm_config::HostFacts;

/// The host's name, as `uname` has it.
pub(crate) fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Adds the addresses on the default routes, and says why there is none.
///
/// # Errors
/// If there is no default route, or the kernel does not tell it.
pub(crate) fn add_addresses(facts: &mut HostFacts) -> Result<(), AddressError> {
    // IPv4 first, as `ChooseHostInterface` of apimachinery asks for routes.
    match default_address(Family::V4)? {
        IpAddr::V4(address) => facts.ipv4_route_address = Some(address),
        IpAddr::V6(address) => facts.ipv6_route_address = Some(address),
    }
    Ok(())
}
