//! A subnet, as firewalls and specs write it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::Serialize;

/// A subnet such as 10.244.0.0/16.
///
/// Host bits may be set, as Kubernetes takes them: `10.244.1.1/16` is `10.244.0.0/16` to every
/// question here, and printed as it was written.
///
/// ```
/// use host_prep::firewall::Subnet;
///
/// let pods: Subnet = "10.244.0.0/16".parse()?;
/// assert!(pods.holds("10.244.7.0/24".parse()?) && pods.overlaps("10.0.0.0/8".parse()?));
/// assert!(!pods.overlaps("fd00::/48".parse()?));
/// # Ok::<(), host_prep::firewall::InvalidSubnet>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(into = "String")]
pub struct Subnet {
    address: IpAddr,
    prefix: u8,
}

impl Subnet {
    /// The subnet of one address.
    #[must_use]
    pub fn host(address: IpAddr) -> Self {
        Self { address, prefix: if address.is_ipv4() { 32 } else { 128 } }
    }

    /// Whether both have an address in common.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        let shorter = self.prefix.min(other.prefix);
        let start = |address: IpAddr| match address {
            IpAddr::V4(a) => (u128::from(a.to_bits()) << 96, 4),
            IpAddr::V6(a) => (a.to_bits(), 6),
        };
        let ((a, family_a), (b, family_b)) = (start(self.address), start(other.address));
        family_a == family_b && (shorter == 0 || (a ^ b) >> (128 - u32::from(shorter)) == 0)
    }

    /// Whether every address of `other` is in it.
    #[must_use]
    pub fn holds(self, other: Self) -> bool {
        self.prefix <= other.prefix && self.overlaps(other)
    }

    /// Whether it is of IPv6.
    #[must_use]
    pub fn is_ipv6(self) -> bool {
        self.address.is_ipv6()
    }
}

impl FromStr for Subnet {
    type Err = InvalidSubnet;

    fn from_str(text: &str) -> Result<Self, InvalidSubnet> {
        let invalid = || InvalidSubnet(text.to_owned());
        let (address, prefix) = text.split_once('/').ok_or_else(invalid)?;
        let (address, prefix): (IpAddr, u8) =
            (address.parse().map_err(|_| invalid())?, prefix.parse().map_err(|_| invalid())?);
        if prefix <= Self::host(address).prefix { Ok(Self { address, prefix }) } else { Err(invalid()) }
    }
}

/// Text that is not a subnet.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{} is not a subnet such as 10.244.0.0/16", crate::shown(.0))]
pub struct InvalidSubnet(String);

impl From<Subnet> for String {
    fn from(subnet: Subnet) -> Self {
        subnet.to_string()
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}
