//! What a command needs of the machine it runs on, looked up here and handed on as plain values.

use std::net::IpAddr;

use host_prep::facts::{Family, default_address};
use kubeadm_config::{BootstrapToken, HostFacts};

use crate::failure::Failure;
use crate::stage;

/// The host's name, as `uname` has it.
pub(crate) fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Adds the addresses on the default routes, and says why there is none.
pub(crate) fn add_addresses(facts: &mut HostFacts) -> Result<(), Failure> {
    match default_address(Family::V4) {
        Ok(IpAddr::V4(address)) => facts.ipv4_route_address = Some(address),
        Ok(IpAddr::V6(address)) => facts.ipv6_route_address = Some(address),
        Err(error) => {
            let failure = Failure::from_error(&error);
            return Err(
                failure.hint("give the address the API server is to announce with --advertise-address")
            );
        }
    }
    Ok(())
}

/// The time now, in seconds since 1970.
pub(crate) fn unix_time() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

/// A new token from the kernel's random numbers.
pub(crate) fn random_token() -> Result<BootstrapToken, Failure> {
    Ok(stage::random_token()?)
}
