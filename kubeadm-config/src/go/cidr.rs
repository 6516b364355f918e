//! Subnets as Kubernetes reads, measures and prints them.
//!
//! `ParseCIDRSloppy` and `RangeSize` of `k8s.io/utils/net`. A subnet is kept as its first address:
//! `10.244.1.7/16` prints as `10.244.0.0/16`, as `net.IPNet` does.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::address::{parse_v4, parse_v6};

/// A subnet: `net.IPNet` after the sloppy `ParseCIDRSloppy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cidr {
    /// The first address; an IPv4-mapped one stays IPv6 here.
    network: IpAddr,
    /// The length of the mask.
    ones: u32,
}

/// A text that is no subnet, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid CIDR address: {given}")]
pub(crate) struct InvalidCidr {
    given: String,
}

impl std::str::FromStr for Cidr {
    type Err = InvalidCidr;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| InvalidCidr { given: text.to_owned() })
    }
}

// The part before the slash is tried as IPv4 first, as Go 1.16's `net.ParseCIDR` does; zones are
// in neither.
fn parse(text: &str) -> Option<Cidr> {
    let (address, mask) = text.split_once('/')?;
    let address = match parse_v4(address) {
        Some(v4) => IpAddr::V4(v4),
        None => IpAddr::V6(parse_v6(address)?),
    };
    // Leading zeros of a mask are taken, as Go's `dtoi` does.
    let significant = mask.trim_start_matches('0');
    let shaped = !mask.is_empty() && mask.bytes().all(|b| b.is_ascii_digit());
    let ones = if significant.is_empty() { 0 } else { significant.parse().ok()? };
    (shaped && ones <= bits(address)).then(|| Cidr { network: masked(address, ones), ones })
}

impl Cidr {
    /// 32 or 128.
    pub(crate) fn bits(&self) -> u32 {
        bits(self.network)
    }

    /// The length of the mask.
    pub(crate) fn ones(&self) -> u32 {
        self.ones
    }

    /// Whether Go counts the network as IPv6: an IPv4-mapped one is IPv4.
    pub(crate) fn is_v6(&self) -> bool {
        self.network.to_canonical().is_ipv6()
    }

    /// `RangeSize`: the number of addresses, zero for the very largest subnets and at most that of
    /// 63 bits.
    pub(crate) fn size(&self) -> i64 {
        match self.bits() - self.ones {
            // `RangeSize` gives 0 for masks of 0 and 1 rather than to overflow.
            n if n + 1 >= self.bits() => 0,
            n if n >= 63 => i64::MAX,
            n => 1 << n,
        }
    }

    /// `GetIndexedIP`: the address so many after the first, where the subnet has one.
    pub(crate) fn address(&self, index: u32) -> Option<IpAddr> {
        let first = match self.network.to_canonical() {
            IpAddr::V4(v4) => u128::from(v4.to_ipv6_mapped()),
            IpAddr::V6(v6) => u128::from(v6),
        };
        let address = IpAddr::V6(Ipv6Addr::from(first.wrapping_add(index.into()))).to_canonical();
        self.contains(address).then_some(address)
    }

    /// Whether both have an address in common.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.contains(other.network.to_canonical()) || other.contains(self.network.to_canonical())
    }

    /// Whether an address belongs to it.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let (network, ones) = self.canonical();
        let address = address.to_canonical();
        bits(address) == bits(network) && masked(address, ones) == network
    }

    /// The network as Go prints and compares it: IPv4-mapped as IPv4, the mask cut accordingly.
    fn canonical(&self) -> (IpAddr, u32) {
        match self.network.to_canonical() {
            network @ IpAddr::V4(_) if self.network.is_ipv6() => (network, self.ones.saturating_sub(96)),
            network => (network, self.ones),
        }
    }
}

/// `IPNet.String()`: the first address, not the one given.
impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (network, ones) = self.canonical();
        write!(f, "{network}/{ones}")
    }
}

fn bits(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

// A shift by all bits is none in Rust and 0 in Go, hence `checked_shl`.
fn masked(address: IpAddr, ones: u32) -> IpAddr {
    match address {
        IpAddr::V4(v4) => Ipv4Addr::from(u32::from(v4) & u32::MAX.checked_shl(32 - ones).unwrap_or(0)).into(),
        IpAddr::V6(v6) => {
            Ipv6Addr::from(u128::from(v6) & u128::MAX.checked_shl(128 - ones).unwrap_or(0)).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cidr(text: &str) -> Cidr {
        text.parse().unwrap()
    }

    #[test]
    fn prints_the_network() {
        assert_eq!(cidr("010.96.3.4/012").to_string(), "10.96.0.0/12");
        assert_eq!(cidr("fd00::1:2/112").to_string(), "fd00::1:0/112");
        assert_eq!(cidr("::ffff:10.1.2.3/104").to_string(), "10.0.0.0/8");
        assert_eq!(cidr("0.0.0.0/0").to_string(), "0.0.0.0/0");
        for bad in [
            "",
            "10.0.0.0",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/8 ",
            "::/129",
            "a/8",
            "::ffff:1.2.3.4/99999999999",
        ] {
            assert_eq!(bad.parse::<Cidr>().unwrap_err().to_string(), format!("invalid CIDR address: {bad}"));
        }
    }

    #[test]
    fn measures_with_gos_quirks() {
        let sizes = [
            ("10.0.0.0/0", 0),
            ("10.0.0.0/1", 0),
            ("10.0.0.0/2", 1 << 30),
            ("10.0.0.0/32", 1),
            ("fd00::/1", 0),
            ("fd00::/2", i64::MAX),
            ("fd00::/65", i64::MAX),
            ("fd00::/66", 1 << 62),
            ("fd00::/128", 1),
        ];
        for (text, size) in sizes {
            assert_eq!(cidr(text).size(), size, "{text}");
        }
    }

    #[test]
    fn finds_addresses() {
        assert_eq!(cidr("10.96.0.0/12").address(10), Some(IpAddr::from([10, 96, 0, 10])));
        assert_eq!(cidr("10.96.0.0/29").address(10), None);
        assert_eq!(cidr("fd00::/112").address(10).unwrap().to_string(), "fd00::a");
        assert!(cidr("10.0.0.0/8").overlaps(&cidr("10.96.0.0/12")));
        assert!(!cidr("10.0.0.0/8").overlaps(&cidr("fd00::/8")));
    }
}
