//! `host[:port]` as kubeadm takes it for the control plane's endpoint and for the API server a node
//! joins.

use std::fmt;
use std::str::FromStr;

use crate::go::{join_host_port, parse_ip_sloppy, split_host_port, subdomain_errors};

/// The parts of a `host[:port]`; the port is empty where none is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HostPort<'a> {
    pub(crate) host: &'a str,
    pub(crate) port: &'a str,
}

impl<'a> HostPort<'a> {
    /// Reads an address or a DNS name, either with a port. What cannot be split is taken for a host
    /// as a whole.
    pub(crate) fn parse(text: &'a str) -> Result<Self, InvalidEndpoint> {
        let (host, port) = split_host_port(text).unwrap_or((text, ""));
        if !port.is_empty() && !is_port(port) {
            return Err(InvalidEndpoint::Port { given: text.to_owned(), port: port.to_owned() });
        }
        if parse_ip_sloppy(host).is_none() && !subdomain_errors(host).is_empty() {
            return Err(InvalidEndpoint::Host { given: text.to_owned(), host: host.to_owned() });
        }
        Ok(Self { host, port })
    }
}

/// Where an API server is reached: a DNS name or an IP address, and a port. Prints as `host:port`,
/// an IPv6 address in brackets.
///
/// ```
/// let endpoint: kubeadm_config::ApiServerEndpoint = "[fd00::5]:6443".parse()?;
/// assert_eq!(endpoint.host(), "fd00::5");
/// assert!("lb.example.com".parse::<kubeadm_config::ApiServerEndpoint>().is_err());
/// # Ok::<(), kubeadm_config::InvalidEndpoint>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ApiServerEndpoint {
    host: String,
    port: u16,
}

impl ApiServerEndpoint {
    /// The name or address, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for ApiServerEndpoint {
    type Err = InvalidEndpoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let HostPort { host, port } = HostPort::parse(text)?;
        let port = port.parse().map_err(|_| InvalidEndpoint::NoPort { given: text.to_owned() })?;
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for ApiServerEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&join_host_port(&self.host, &self.port.to_string()))
    }
}

/// Why a text is no `host[:port]`, the first two in kubeadm's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum InvalidEndpoint {
    /// The port is no number of a port.
    #[error("hostport {given}: port {port} must be a valid number between 1 and 65535, inclusive")]
    Port { given: String, port: String },
    /// The host is neither address nor name.
    #[error("hostport {given}: host '{host}' must be a valid IP address or a valid RFC-1123 DNS subdomain")]
    Host { given: String, host: String },
    /// There is no port where one is needed.
    #[error("{given} has no port; give host:port, the port is mostly 6443")]
    NoPort { given: String },
}

/// A number from 1 to 65535 without sign; leading zeros pass.
fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_kubeadm_reads() {
        let parse = |text| HostPort::parse(text).map(|HostPort { host, port }| (host, port));
        assert_eq!(parse("lb.example.com:6443"), Ok(("lb.example.com", "6443")));
        assert_eq!(parse("lb:"), Ok(("lb", "")));
        assert_eq!(parse("fd00::5:6443"), Ok(("fd00::5:6443", "")));
        assert_eq!(parse("[fd00::5]:06443"), Ok(("fd00::5", "06443")));
        assert_eq!(parse("10.0.0.010"), Ok(("10.0.0.010", "")));
    }

    #[test]
    fn refuses_in_kubeadms_words() {
        let say = |text| HostPort::parse(text).unwrap_err().to_string();
        assert_eq!(
            say("lb:+1"),
            "hostport lb:+1: port +1 must be a valid number between 1 and 65535, inclusive"
        );
        assert_eq!(
            say("lb:65536"),
            "hostport lb:65536: port 65536 must be a valid number between 1 and 65535, inclusive"
        );
        for (text, host) in
            [("", ""), (":6443", ""), ("LB", "LB"), ("[fd00::5]", "[fd00::5]"), ("a_b:1", "a_b")]
        {
            assert_eq!(
                say(text),
                format!(
                    "hostport {text}: host '{host}' must be a valid IP address or a valid RFC-1123 DNS subdomain"
                )
            );
        }
    }
}
