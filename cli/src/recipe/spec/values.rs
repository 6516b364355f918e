//! Values of a spec that cannot be wrong once they are read.

use std::fmt;
use std::str::FromStr;

use crio_config::ImageReference;
use host_prep::firewall::{InvalidSubnet, Subnet};

/// Where images lie: a registry, with a path if need be.
///
/// Never with a tag, and never empty: a name and a tag are put behind it.
/// ```
/// use k8sprep::recipe::ImageRepository;
///
/// assert!("registry.example.com/k8s".parse::<ImageRepository>().is_ok());
/// assert!("https://registry.example.com".parse::<ImageRepository>().is_err());
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImageRepository(String);

/// The path of a socket.
///
/// Read as a path or as `unix://` with a path, shown as the latter.
/// ```
/// use k8sprep::recipe::CriSocket;
///
/// let socket: CriSocket = "/var/run/crio/crio.sock".parse()?;
/// assert_eq!(socket.to_string(), "unix:///var/run/crio/crio.sock");
/// assert!("crio.sock".parse::<CriSocket>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CriSocket(String);

/// One subnet, or two with a comma between.
///
/// Two are one of each IP family (dual stack), in the order that is written, which is the order of
/// preference in Kubernetes.
/// ```
/// use k8sprep::recipe::Subnets;
///
/// let subnets: Subnets = "10.244.0.0/16,fd00:10:244::/56".parse()?;
/// assert_eq!(subnets.iter().count(), 2);
/// assert!("10.244.0.0/16,10.1.0.0/16".parse::<Subnets>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subnets(Vec<Subnet>);

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
        // kubeadm reads it as a URL and systemd may read it in a unit: neither takes what they expand or
        // cut off.
        let unfit = |c: char| c.is_whitespace() || host_prep::acts_on_terminal(c) || "\"'\\%#?$`".contains(c);
        if path.starts_with('/') && !path.ends_with('/') && !path.contains(unfit) {
            return Ok(Self(path.to_owned()));
        }
        Err(format!(
            "{text:?} is not a valid path of a socket: absolute, without blanks, quotes, %, #, ? and $, such as \
             unix:///var/run/crio/crio.sock"
        ))
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
        let all: Vec<Subnet> = text
            .split(',')
            .map(|part| part.trim_matches(' ').parse())
            .collect::<Result<_, InvalidSubnet>>()
            .map_err(|error| error.to_string())?;
        match all[..] {
            [_] => Ok(Self(all)),
            [one, other] if one.is_ipv6() != other.is_ipv6() => Ok(Self(all)),
            _ => Err(format!("{text:?} is neither one subnet nor one of each IP family")),
        }
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
