//! Values of a spec that cannot be wrong once they are read.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crio_config::ImageReference;

/// Where images lie: a registry, with a path if need be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImageRepository(String);

/// The path of a socket.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CriSocket(String);

/// One subnet, or two with a comma between.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subnets(Vec<Subnet>);

/// A subnet such as 10.244.0.0/16.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Subnet {
    address: IpAddr,
    prefix: u8,
}

impl ImageRepository {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ImageRepository {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match format!("{text}/pause:0").parse::<ImageReference>() {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(error) => Err(format!(
                "{text:?} is not a valid registry with a path, such as registry.example.com/k8s: {error}"
            )),
        }
    }
}

impl CriSocket {
    /// The path, without a scheme.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0
    }
}

impl FromStr for CriSocket {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = text.strip_prefix("unix://").unwrap_or(text);
        // It stands unquoted in files and command lines.
        let unfit = |c: char| c.is_whitespace() || host_prep::acts_on_terminal(c) || "\"'\\".contains(c);
        if path.starts_with('/') && !path.ends_with('/') && !path.contains(unfit) {
            return Ok(Self(path.to_owned()));
        }
        Err(format!("{text:?} is not the absolute path of a socket, such as unix:///var/run/crio/crio.sock"))
    }
}

impl Subnets {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Subnet> + '_ {
        self.0.iter().copied()
    }
}

impl FromStr for Subnets {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all: Vec<Subnet> =
            text.split(',').map(|part| part.trim_matches(' ').parse()).collect::<Result<_, _>>()?;
        match all[..] {
            [_] => Ok(Self(all)),
            [one, other] if one.address.is_ipv4() != other.address.is_ipv4() => Ok(Self(all)),
            _ => Err(format!("{text:?} is neither one subnet nor one of each IP family")),
        }
    }
}

impl Subnet {
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

    /// Whether it is of IPv6.
    #[must_use]
    pub fn is_ipv6(self) -> bool {
        self.address.is_ipv6()
    }
}

impl FromStr for Subnet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let invalid = || format!("{text:?} is not a subnet such as 10.244.0.0/16");
        let (address, prefix) = text.split_once('/').ok_or_else(invalid)?;
        let (address, prefix): (IpAddr, u8) =
            (address.parse().map_err(|_| invalid())?, prefix.parse().map_err(|_| invalid())?);
        let most = if address.is_ipv4() { 32 } else { 128 };
        if prefix <= most { Ok(Self { address, prefix }) } else { Err(invalid()) }
    }
}

impl fmt::Display for ImageRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for CriSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unix://{}", self.0)
    }
}

impl fmt::Display for Subnets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&all.join(","))
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}
