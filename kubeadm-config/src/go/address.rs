//! IP addresses: `netip.ParseAddr` with its errors, and the sloppy reading of Kubernetes.
//!
//! Two readers, since kubeadm has two: `k8s.io/utils/net` keeps a copy of Go 1.16's parser for
//! fields of its API (`ParseIPSloppy`; leading zeros had to stay readable), and `url.Parse` asks
//! `net/netip`, whose errors stand in messages.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::quote_bytes;

/// Kubernetes' `ParseIPSloppy`: as Go 1.16 read addresses, so octets of IPv4 may have leading zeros
/// (`010` is ten) and groups of IPv6 too. No zones. An IPv4-mapped address is given as IPv4, as Go
/// prints it.
pub(crate) fn parse_ip_sloppy(text: &str) -> Option<IpAddr> {
    parse_ip_sloppy_unmapped(text).map(|ip| ip.to_canonical())
}

/// The same, but an IPv4-mapped address stays IPv6.
pub(super) fn parse_ip_sloppy_unmapped(text: &str) -> Option<IpAddr> {
    match text.find(['.', ':']).map(|at| text.as_bytes()[at]) {
        Some(b'.') => parse_v4(text).map(IpAddr::V4),
        Some(_) => parse_v6(text).map(IpAddr::V6),
        None => None,
    }
}

/// `IP.String()`.
pub(crate) fn print_ip(ip: IpAddr) -> String {
    ip.to_canonical().to_string()
}

/// Four decimal octets of any length, as Go before 1.17 read them: `010` is ten here and eight to
/// some C libraries.
pub(super) fn parse_v4(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        *octet = decimal(parts.next()?)?;
    }
    parts.next().is_none().then_some(octets.into())
}

/// At most 255, with any number of leading zeros.
fn decimal(digits: &str) -> Option<u8> {
    let shaped = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let significant = digits.trim_start_matches('0');
    match (shaped, significant) {
        (false, _) => None,
        (true, "") => Some(0),
        (true, number) => number.parse().ok(),
    }
}

/// At most ffff, with any number of leading zeros.
fn hexadecimal(digits: &str) -> Option<u16> {
    let shaped = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let significant = digits.trim_start_matches('0');
    match (shaped, significant) {
        (false, _) => None,
        (true, "") => Some(0),
        (true, number) => u16::from_str_radix(number, 16).ok(),
    }
}

/// Groups of Go 1.16's parser; no zone, and an IPv4 ending of the sloppy kind.
pub(super) fn parse_v6(text: &str) -> Option<Ipv6Addr> {
    let groups = match text.split_once("::") {
        None => groups(text)?,
        Some((head, tail)) => {
            if head.is_empty() && tail.is_empty() {
                return Some(Ipv6Addr::UNSPECIFIED);
            }
            let head = if head.is_empty() { Vec::new() } else { head_groups(head)? };
            let tail = if tail.is_empty() { Vec::new() } else { groups(tail)? };
            // The ellipsis stands for at least one group.
            let missing = 8_usize.checked_sub(head.len() + tail.len()).filter(|n| *n > 0)?;
            head.into_iter().chain(std::iter::repeat_n(0, missing)).chain(tail).collect()
        }
    };
    <[u16; 8]>::try_from(groups).ok().map(Ipv6Addr::from)
}

/// Groups before an ellipsis: an IPv4 ending has no place there.
fn head_groups(text: &str) -> Option<Vec<u16>> {
    text.split(':').map(hexadecimal).collect()
}

/// Groups at the end of an address, the last two perhaps as IPv4.
fn groups(text: &str) -> Option<Vec<u16>> {
    let (head, v4) = match text.rsplit_once(':') {
        Some((head, last)) if last.contains('.') => (Some(head), Some(parse_v4(last)?)),
        None if text.contains('.') => (None, Some(parse_v4(text)?)),
        _ => (Some(text), None),
    };
    let mut groups = head.map_or_else(|| Some(Vec::new()), head_groups)?;
    if let Some(v4) = v4 {
        let [a, b, c, d] = v4.octets();
        groups.extend([u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]);
    }
    Some(groups)
}

/// What `netip.ParseAddr` says of a text, which need not be UTF-8, and the family of the address it
/// reads.
pub(super) fn parse_addr(text: &[u8]) -> Result<Family, String> {
    match text.iter().find(|b| b".:%".contains(b)) {
        Some(b'.') => parse_strict_v4(text, text).map(|()| Family::V4),
        Some(b':') => parse_strict_v6(text).map(|()| Family::V6),
        Some(_) => Err(complaint(text, "missing IPv6 address", b"")),
        None => Err(complaint(text, "unable to parse IP", b"")),
    }
}

/// The family of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    V4,
    V6,
}

/// `parseAddrError.Error()` of net/netip: the whole text, why, and from where on it could not be
/// read.
fn complaint(whole: &[u8], why: &str, at: &[u8]) -> String {
    let place = if at.is_empty() { String::new() } else { format!(" (at {})", quote_bytes(at)) };
    format!("ParseAddr({}): {why}{place}", quote_bytes(whole))
}

/// `parseIPv4Fields` of net/netip. In an IPv6 address the message shows the whole of it and not
/// the part, so both are handed in.
fn parse_strict_v4(whole: &[u8], part: &[u8]) -> Result<(), String> {
    let fail = |why: &str, at: &[u8]| Err(complaint(whole, why, at));
    let (mut value, mut digits, mut dots) = (0_u32, 0, 0);
    for (at, byte) in part.iter().enumerate() {
        match byte {
            b'0'..=b'9' if digits == 1 && value == 0 => {
                return fail("IPv4 field has octet with leading zero", b"");
            }
            b'0'..=b'9' => {
                value = value * 10 + u32::from(byte - b'0');
                digits += 1;
                if value > 255 {
                    return fail("IPv4 field has value >255", b"");
                }
            }
            b'.' if at == 0 || at == part.len() - 1 || part[at - 1] == b'.' => {
                return fail("IPv4 field must have at least one digit", &part[at..]);
            }
            b'.' if dots == 3 => return fail("IPv4 address too long", b""),
            b'.' => (value, digits, dots) = (0, 0, dots + 1),
            _ => return fail("unexpected character", &part[at..]),
        }
    }
    if dots < 3 { fail("IPv4 address too short", b"") } else { Ok(()) }
}

/// `parseIPv6` of net/netip, in its order: with two faults the message is of the first that Go
/// meets.
fn parse_strict_v6(whole: &[u8]) -> Result<(), String> {
    let fail = |why: &str, at: &[u8]| Err(complaint(whole, why, at));
    // The zone is cut off first, wherever it stands, and may hold anything but nothing.
    let (mut rest, zone) = whole.split_at(whole.iter().position(|b| *b == b'%').unwrap_or(whole.len()));
    if zone == b"%" {
        return fail("zone must be a non-empty string", b"");
    }
    let mut ellipsis = false;
    if let Some(tail) = rest.strip_prefix(b"::") {
        if tail.is_empty() {
            return Ok(());
        }
        (ellipsis, rest) = (true, tail);
    }
    let mut length = 0;
    while length < 16 {
        let group = Group::read(rest).map_err(|why| complaint(whole, why, rest))?;
        if let Group::V4 = group {
            if !ellipsis && length != 12 {
                return fail("embedded IPv4 address must replace the final 2 fields of the address", rest);
            }
            // Only with an ellipsis before it: without one the place was checked above.
            if length > 12 {
                return fail("too many hex fields to fit an embedded IPv4 at the end of the address", rest);
            }
            parse_strict_v4(whole, rest)?;
            (length, rest) = (length + 4, b"");
            break;
        }
        length += 2;
        rest = group.rest();
        rest = match rest {
            // An address may end here with fewer groups, which an ellipsis makes up for.
            [] => break,
            [b':'] => return fail("colon must be followed by more characters", rest),
            [b':', tail @ ..] => tail,
            _ => return fail("unexpected character, want colon", rest),
        };
        if let Some(tail) = rest.strip_prefix(b":") {
            if ellipsis {
                return fail("multiple :: in address", rest);
            }
            (ellipsis, rest) = (true, tail);
            if rest.is_empty() {
                break;
            }
        }
    }
    match (rest.is_empty(), length < 16, ellipsis) {
        (false, _, _) => fail("trailing garbage after address", rest),
        (true, true, false) => fail("address string too short", b""),
        (true, false, true) => fail("the :: must expand to at least one field of zeros", b""),
        _ => Ok(()),
    }
}

/// What stands between two colons.
enum Group<'a> {
    /// Up to four hexadecimal digits, and what follows them.
    Hex(&'a [u8]),
    /// An IPv4 address.
    V4,
}

impl<'a> Group<'a> {
    fn read(text: &'a [u8]) -> Result<Self, &'static str> {
        let digits = text.iter().take_while(|b| b.is_ascii_hexdigit()).count();
        match digits {
            0 => Err("each colon-separated field must have at least one digit"),
            5.. => Err("each group must have 4 or less digits"),
            _ if text[digits..].starts_with(b".") => Ok(Self::V4),
            _ => Ok(Self::Hex(&text[digits..])),
        }
    }

    fn rest(&self) -> &'a [u8] {
        match self {
            Self::Hex(rest) => rest,
            Self::V4 => b"",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sloppily() {
        let print = |text: &str| parse_ip_sloppy(text).map(print_ip);
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(print("010.000.0.0012"), some("10.0.0.12"));
        assert_eq!(print("::ffff:10.0.0.1"), some("10.0.0.1"));
        assert_eq!(print("FD00:0:0000::00005"), some("fd00::5"));
        assert_eq!(print("1:2:3:4:5:6:7:8"), some("1:2:3:4:5:6:7:8"));
        assert_eq!(print("::"), some("::"));
        assert_eq!(print("1::"), some("1::"));
        for bad in [
            "",
            "1",
            "1.2.3",
            "1.2.3.256",
            "1.2.3.4.5",
            ":1",
            "1:",
            "1:::2",
            "1:2:3:4:5:6:7::8",
            "fe80::1%eth0",
            "::1.2.3.4:1",
        ] {
            assert_eq!(print(bad), None, "{bad}");
        }
    }
}
