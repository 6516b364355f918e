//! The address kubeadm would advertise: its rules for finding one, over the same two files.
//!
//! kubeadm (all releases from 1.11, through apimachinery's `ResolveBindAddress`) reads
//! `/proc/net/route` and `/proc/net/ipv6_route`, takes the routes whose destination is all zeros in
//! file order (mask, flags and metric are not looked at), and returns the first global unicast
//! address of the first such interface; an interface without one lends the address of the loopback
//! interface (RFC 5549 set-ups). Where the kernel has no route table file at all,
//! the first interface that is up, not loopback and not point-to-point decides.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nix::net::if_::InterfaceFlags;

const ROUTE_V4: &str = "/proc/net/route";
const ROUTE_V6: &str = "/proc/net/ipv6_route";

/// The address kubeadm would advertise for this host, live.
///
/// `prefer` is the family tried first: IPv4 unless an IPv6 address (such as `::`) was asked for.
///
/// # Errors
///
/// [`AddressError`] names what stopped the search. kubeadm answers [`AddressError::NoDefaultRoute`]
/// with a warning and the useless `0.0.0.0`; the others end it.
pub fn default_address(prefer: Family) -> Result<IpAddr, AddressError> {
    let v4 = match std::fs::read_to_string(ROUTE_V4) {
        Ok(text) => Some(text),
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(source) => return Err(AddressError::Unreadable { what: ROUTE_V4, source }),
    };
    // kubeadm goes on without the IPv6 table when it cannot be read.
    let v6 = std::fs::read_to_string(ROUTE_V6).unwrap_or_default();
    choose_address(v4.as_deref(), &v6, &interfaces()?, prefer)
}

/// The global unicast address on the loopback interface: what kubeadm takes when told to advertise
/// a loopback address.
///
/// # Errors
///
/// [`AddressError::NoGlobalAddress`] if `lo` is missing, down or has none.
pub fn loopback_address() -> Result<IpAddr, AddressError> {
    let interfaces = interfaces()?;
    let lo = interfaces.iter().find(|i| i.name == "lo" && i.up);
    lo.and_then(|lo| Family::V4.first().find_map(|family| lo.global(family)))
        .ok_or(AddressError::NoGlobalAddress)
}

/// The rule alone: route tables as text, interfaces as values.
///
/// `route_v4` is `None` where the kernel has no `/proc/net/route`.
///
/// # Errors
///
/// As [`default_address`], and [`AddressError::BadRoute`] for a line of the IPv4 table that is not
/// one.
pub fn choose_address(
    route_v4: Option<&str>,
    route_v6: &str,
    interfaces: &[Interface],
    prefer: Family,
) -> Result<IpAddr, AddressError> {
    let Some(route_v4) = route_v4 else {
        return without_routes(interfaces, prefer);
    };
    let v4 = default_routes_v4(route_v4)?;
    // A damaged IPv6 table counts as an absent one, as in kubeadm.
    let v6 = default_routes_v6(route_v6).unwrap_or_default();
    if v4.is_empty() && v6.is_empty() {
        return Err(AddressError::NoDefaultRoute);
    }
    for family in prefer.first() {
        let routes = if family == Family::V4 { &v4 } else { &v6 };
        for name in routes {
            let interface = interfaces.iter().find(|i| i.name == *name);
            let interface =
                interface.ok_or_else(|| AddressError::UnknownInterface { name: name.to_string() })?;
            let own = interface.up.then(|| interface.global(family)).flatten();
            let lent = || interfaces.iter().filter(|i| i.up && i.loopback).find_map(|i| i.global(family));
            if let Some(address) = own.or_else(lent) {
                return Ok(address);
            }
        }
    }
    Err(AddressError::NoGlobalAddress)
}

/// The interfaces of this host with their addresses, in the kernel's order.
///
/// # Errors
///
/// [`AddressError::Unreadable`] when the kernel does not answer.
pub fn interfaces() -> Result<Vec<Interface>, AddressError> {
    let listed = nix::ifaddrs::getifaddrs()
        .map_err(|e| AddressError::Unreadable { what: "the list of network interfaces", source: e.into() })?;
    let mut found: Vec<Interface> = Vec::new();
    for entry in listed {
        let at = match found.iter().position(|i| i.name == entry.interface_name) {
            Some(at) => at,
            None => {
                found.push(Interface::new(&entry.interface_name, entry.flags));
                found.len() - 1
            }
        };
        let address = entry.address.as_ref().and_then(|a| {
            let v4 = a.as_sockaddr_in().map(|a| IpAddr::V4(a.ip()));
            v4.or_else(|| a.as_sockaddr_in6().map(|a| IpAddr::V6(a.ip())))
        });
        found[at].addresses.extend(address);
    }
    Ok(found)
}

/// The subnets this host is in, by its global addresses.
///
/// # Errors
///
/// [`AddressError::Unreadable`] when the kernel does not answer.
pub fn subnets() -> Result<Vec<OwnSubnet>, AddressError> {
    let listed = nix::ifaddrs::getifaddrs()
        .map_err(|e| AddressError::Unreadable { what: "the list of network interfaces", source: e.into() })?;
    let ip = |socket: &nix::sys::socket::SockaddrStorage| {
        let v4 = socket.as_sockaddr_in().map(|a| IpAddr::V4(a.ip()));
        v4.or_else(|| socket.as_sockaddr_in6().map(|a| IpAddr::V6(a.ip())))
    };
    let of = |entry: nix::ifaddrs::InterfaceAddress| {
        let (address, mask) = (ip(entry.address.as_ref()?)?, ip(entry.netmask.as_ref()?)?);
        let of = || Some(OwnSubnet { interface: entry.interface_name, ..OwnSubnet::of(address, mask)? });
        is_global_unicast(address).then(of)?
    };
    Ok(listed.filter_map(of).collect())
}

/// A subnet the host has an address in.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct OwnSubnet {
    /// The interface it is reached by; empty where that is not known.
    pub interface: String,
    /// The host's address.
    pub address: IpAddr,
    /// How many bits of it are the network's.
    pub prefix: u32,
}

impl OwnSubnet {
    fn of(address: IpAddr, mask: IpAddr) -> Option<Self> {
        let prefix = match mask {
            IpAddr::V4(mask) => mask.to_bits().count_ones(),
            IpAddr::V6(mask) => mask.to_bits().count_ones(),
        };
        (address.is_ipv4() == mask.is_ipv4()).then_some(Self::new(address, prefix))
    }

    /// A subnet by the host's address and the length of its prefix.
    #[must_use]
    pub const fn new(address: IpAddr, prefix: u32) -> Self {
        Self { interface: String::new(), address, prefix }
    }
}

impl std::fmt::Display for OwnSubnet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let network = match self.address {
            IpAddr::V4(a) => {
                let mask = u32::MAX.checked_shl(32u32.saturating_sub(self.prefix)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(a.to_bits() & mask))
            }
            IpAddr::V6(a) => {
                let mask = u128::MAX.checked_shl(128u32.saturating_sub(self.prefix)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(a.to_bits() & mask))
            }
        };
        write!(f, "{network}/{}", self.prefix)
    }
}

/// A network interface, as far as choosing an address goes.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_structs, reason = "callers of choose_address build it")]
pub struct Interface {
    /// The kernel's name, such as `eth0`.
    pub name: String,
    /// Whether it is administratively up.
    pub up: bool,
    /// Whether it is a loopback interface.
    pub loopback: bool,
    /// Whether it is a point-to-point link, such as a tunnel.
    pub point_to_point: bool,
    /// Its addresses in the kernel's order.
    pub addresses: Vec<IpAddr>,
}

/// An IP family.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two")]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// Why no address could be chosen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum AddressError {
    /// Neither route table has a default route.
    #[error("no default route in {ROUTE_V4} or {ROUTE_V6}")]
    NoDefaultRoute,
    /// There are default routes, but no global unicast address on their interfaces or on loopback.
    #[error("no interface that carries a default route has a global unicast address")]
    NoGlobalAddress,
    /// A route names an interface that is not there.
    #[error("a default route uses interface {name:?}, which does not exist")]
    UnknownInterface { name: String },
    /// A line of the IPv4 route table that cannot be read.
    #[error("{ROUTE_V4} line {line} is not a route: {text:?}")]
    BadRoute { line: usize, text: String },
    /// The kernel did not tell.
    #[error("cannot read {what}")]
    Unreadable { what: &'static str, source: io::Error },
}

impl Interface {
    fn new(name: &str, flags: InterfaceFlags) -> Self {
        Self {
            name: name.to_owned(),
            up: flags.contains(InterfaceFlags::IFF_UP),
            loopback: flags.contains(InterfaceFlags::IFF_LOOPBACK),
            point_to_point: flags.contains(InterfaceFlags::IFF_POINTOPOINT),
            addresses: Vec::new(),
        }
    }

    fn global(&self, family: Family) -> Option<IpAddr> {
        self.addresses.iter().copied().find(|a| family.holds(*a) && is_global_unicast(*a))
    }
}

impl Family {
    /// Both families, this one first.
    fn first(self) -> std::array::IntoIter<Self, 2> {
        match self {
            Self::V4 => [Self::V4, Self::V6],
            Self::V6 => [Self::V6, Self::V4],
        }
        .into_iter()
    }

    fn holds(self, address: IpAddr) -> bool {
        address.is_ipv4() == (self == Self::V4)
    }
}

fn without_routes(interfaces: &[Interface], prefer: Family) -> Result<IpAddr, AddressError> {
    let usable = |i: &&Interface| i.up && !i.loopback && !i.point_to_point;
    prefer
        .first()
        .find_map(|family| interfaces.iter().filter(usable).find_map(|i| i.global(family)))
        .ok_or(AddressError::NoGlobalAddress)
}

/// Interface names of the IPv4 default routes. Fields: interface, destination, gateway
/// (hexadecimal, little endian).
fn default_routes_v4(table: &str) -> Result<Vec<&str>, AddressError> {
    let mut found = Vec::new();
    for (at, line) in table.lines().enumerate().filter(|(_, l)| !l.starts_with("Iface")) {
        let bad = || AddressError::BadRoute { line: at + 1, text: line.to_owned() };
        let mut fields = line.split_ascii_whitespace();
        let (Some(name), Some(destination), Some(gateway)) = (fields.next(), fields.next(), fields.next())
        else {
            return Err(bad());
        };
        let (Some(destination), Some(_)) = (hex::<4>(destination), hex::<4>(gateway)) else {
            return Err(bad());
        };
        if destination == [0; 4] {
            found.push(name);
        }
    }
    Ok(found)
}

/// Interface names of the IPv6 default routes. Field 0 is the destination, 4 the gateway, 9 the
/// interface; a default route without a gateway is the kernel's own on loopback and does not count.
fn default_routes_v6(table: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    for line in table.lines() {
        let fields: Vec<_> = line.split_ascii_whitespace().collect();
        let (destination, gateway) = (hex::<16>(fields.first()?)?, hex::<16>(fields.get(4)?)?);
        let name = fields.get(9)?;
        if destination == [0; 16] && gateway != [0; 16] {
            found.push(*name);
        }
    }
    Some(found)
}

fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// Go's `net.IP.IsGlobalUnicast`: private and unique local addresses count.
fn is_global_unicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(a) => {
            a != Ipv4Addr::BROADCAST
                && !(a.is_unspecified() || a.is_loopback() || a.is_multicast() || a.is_link_local())
        }
        IpAddr::V6(a) => {
            a != Ipv6Addr::UNSPECIFIED && !(a.is_loopback() || a.is_multicast() || a.is_unicast_link_local())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

    fn interface(name: &str, addresses: &[&str]) -> Interface {
        Interface {
            name: name.into(),
            up: true,
            loopback: name == "lo",
            point_to_point: name.starts_with("tun"),
            addresses: addresses.iter().map(|a| a.parse().unwrap()).collect(),
        }
    }

    fn route(name: &str, destination: &str) -> String {
        format!("{name}\t{destination}\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n")
    }

    fn chosen(v4: Option<&str>, v6: &str, interfaces: &[Interface], prefer: Family) -> String {
        match choose_address(v4, v6, interfaces, prefer) {
            Ok(address) => address.to_string(),
            Err(e) => e.to_string(),
        }
    }

    const V6_DEFAULT: &str = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 \
        fe80000000000000000000000000ffff 00000400 00000001 00000000 00000003 eth0\n";
    const V6_LOOPBACK: &str = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 \
        00000000000000000000000000000000 ffffffff 00000001 00000000 00200200 lo\n";

    #[test]
    fn the_first_default_route_in_the_file_decides_whatever_its_metric_or_mask() {
        let table =
            [HEADER, &route("eth1", "0000A8C0"), &route("tun0", "00000000"), &route("eth0", "00000000")];
        let hosts = [interface("eth0", &["192.168.1.5"]), interface("tun0", &["10.8.0.2"])];
        assert_eq!(chosen(Some(&table.concat()), "", &hosts, Family::V4), "10.8.0.2");
    }

    #[test]
    fn link_local_interfaces_borrow_the_loopback_address() {
        let table = [HEADER, &route("eth0", "00000000")].concat();
        let hosts = [interface("lo", &["127.0.0.1", "203.0.113.7"]), interface("eth0", &["169.254.3.3"])];
        assert_eq!(chosen(Some(&table), "", &hosts, Family::V4), "203.0.113.7");
    }

    #[test]
    fn a_route_over_an_interface_that_is_down_gives_nothing() {
        let table = [HEADER, &route("eth0", "00000000")].concat();
        let mut host = interface("eth0", &["192.0.2.4"]);
        host.up = false;
        assert_eq!(
            chosen(Some(&table), "", &[host], Family::V4),
            "no interface that carries a default route has a global unicast address"
        );
    }

    #[test]
    fn families_are_tried_in_the_order_asked_for() {
        let table = [HEADER, &route("eth0", "00000000")].concat();
        let hosts = [interface("eth0", &["192.0.2.4", "fe80::1", "2001:db8::4"])];
        assert_eq!(chosen(Some(&table), V6_DEFAULT, &hosts, Family::V4), "192.0.2.4");
        assert_eq!(chosen(Some(&table), V6_DEFAULT, &hosts, Family::V6), "2001:db8::4");
        assert_eq!(chosen(Some(HEADER), V6_DEFAULT, &hosts, Family::V4), "2001:db8::4");
    }

    #[test]
    fn no_route_is_told_apart_from_no_table() {
        let hosts = [
            interface("lo", &["127.0.0.1"]),
            interface("tun0", &["10.8.0.2"]),
            interface("e", &["192.0.2.9"]),
        ];
        let none = "no default route in /proc/net/route or /proc/net/ipv6_route";
        assert_eq!(chosen(Some(HEADER), V6_LOOPBACK, &hosts, Family::V4), none);
        assert_eq!(chosen(None, "", &hosts, Family::V4), "192.0.2.9");
    }

    #[test]
    fn damaged_tables_are_said_so_or_ignored_as_kubeadm_does() {
        let hosts = [interface("eth0", &["192.0.2.4", "2001:db8::4"])];
        let bad = [HEADER, "eth0\tzz\t00000000\n"].concat();
        assert_eq!(
            chosen(Some(&bad), "", &hosts, Family::V4),
            "/proc/net/route line 2 is not a route: \"eth0\\tzz\\t00000000\""
        );
        let good = [HEADER, &route("eth0", "00000000")].concat();
        assert_eq!(chosen(Some(&good), "garbage\n", &hosts, Family::V6), "192.0.2.4");
        let gone = [HEADER, &route("eth9", "00000000")].concat();
        assert_eq!(
            chosen(Some(&gone), "", &hosts, Family::V4),
            "a default route uses interface \"eth9\", which does not exist"
        );
    }

    #[test]
    fn a_subnet_is_written_by_its_network() {
        let shown = |address: &str, mask: &str| {
            OwnSubnet::of(address.parse().unwrap(), mask.parse().unwrap()).unwrap().to_string()
        };
        assert_eq!(shown("192.0.2.77", "255.255.255.192"), "192.0.2.64/26");
        assert_eq!(shown("2001:db8:0:7::9", "ffff:ffff:ffff:ffff::"), "2001:db8:0:7::/64");
        assert_eq!(shown("198.51.100.9", "0.0.0.0"), "0.0.0.0/0");
        assert_eq!(shown("198.51.100.9", "255.255.255.255"), "198.51.100.9/32");
    }

    #[test]
    fn a_live_choice_is_an_address_of_one_of_the_interfaces() {
        match default_address(Family::V4) {
            Ok(chosen) => assert!(interfaces().unwrap().iter().any(|i| i.addresses.contains(&chosen))),
            Err(e) => {
                assert!(matches!(e, AddressError::NoDefaultRoute | AddressError::NoGlobalAddress), "{e}")
            }
        }
    }
}
