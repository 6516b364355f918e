//! Texts of a spec that end up in files of other programs, each a type that holds nothing its file
//! has no way to write.
//!
//! Units, `sysctl.d` and lists of repositories have no escape for a line end, and what shows a file
//! later on a terminal may not escape at all. So no control character is taken here, and nothing
//! that reorders text on a screen.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::recipe::no_proxy::is_readable;

/// Types that hold a text by a rule.
macro_rules! texts {
    ($($(#[$doc:meta])* $type:ident: $rule:ident, $what:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $type(String);

        impl $type {
            /// As written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match $rule(text) {
                    true => Ok(Self(text.to_owned())),
                    false => Err(format!(concat!("{} is not a valid ", $what), host_prep::shown(text))),
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

texts! {
    /// Something that is reached without the proxy: a name, an address or a subnet, or several with commas between.
    NoProxy: exceptions, "entry for hosts reached without a proxy, such as 10.0.0.0/8 or .example.com: Go, which CRI-O and the kubelet are written in, reads names, addresses and CIDRs, no patterns and no ranges";
    /// Under which name all nodes reach the control plane, `host[:port]`.
    ControlPlaneEndpoint: word, "host[:port], such as k8s.example.com:6443";
    /// The name of a node.
    NodeName: name, "name of a node; it has letters, digits, - and . alone, such as node-1.example.com";
    /// The name of a cluster.
    ClusterName: one_line, "name of a cluster; it is one line without control characters";
    /// A DNS domain.
    DnsDomain: name, "DNS domain, such as cluster.local";
    /// The name of a network plugin.
    PluginName: name, "name of a network plugin, such as flannel";
    /// A kubeconfig that says where the cluster is: a path or an https URL.
    DiscoveryFile: one_line, "path or URL of a kubeconfig; it is one line without control characters";
}

/// A registry with a port and a path if need be, without a scheme, or a mirror of one.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RegistryLocation(crio_config::RegistryLocation);

impl RegistryLocation {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The same as CRI-O's files have it.
    pub(in crate::recipe) fn of_crio(&self) -> crio_config::RegistryLocation {
        self.0.clone()
    }
}

impl FromStr for RegistryLocation {
    type Err = crio_config::InvalidRegistryLocation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        crio_config::RegistryLocation::to_pull_from(text).map(Self)
    }
}

impl fmt::Display for RegistryLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for RegistryLocation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for RegistryLocation {
    fn schema_name() -> Cow<'static, str> {
        "RegistryLocation".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = String::json_schema(generator);
        let about = "A registry with a port and a path if need be, without a scheme, or a mirror of one.";
        schema.insert("description".to_owned(), about.into());
        schema
    }
}

/// The URL of a proxy, which may hold a password.
#[derive(Clone, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct ProxyUrl(String);

impl ProxyUrl {
    /// The whole URL, its password too.
    #[must_use]
    pub fn with_password(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProxyUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        // What Go's net/http dials, which CRI-O and the kubelet use (src/net/http/transport.go).
        let known = ["http", "https", "socks5", "socks5h"].contains(&scheme.to_ascii_lowercase().as_str());
        // Without a scheme nobody could tell its password from a port.
        let told = text.contains("://") || !text.contains('@');
        match known && told && word(rest) && has_a_port_of_digits(rest) {
            true => Ok(Self(text.to_owned())),
            false => Err(format!(
                "{} is not a valid URL of a proxy, such as http://proxy.example.com:3128",
                host_prep::shown(&match told {
                    true => host_prep::without_passwords(text),
                    false => "user:password@host".to_owned(),
                })
            )),
        }
    }
}

/// Whether what stands where a port does is one: `u:a/secret@proxy:1` has its password there.
///
/// Read from the right, as Go's `net/url` does: the last `@` ends the user.
fn has_a_port_of_digits(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.rsplit_once(':') {
        Some((_, port)) if !host.ends_with(']') => port.is_empty() || port.parse::<u16>().is_ok(),
        _ => true,
    }
}

/// With `***` for the password.
impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&host_prep::without_passwords(&self.0))
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", host_prep::without_passwords(&self.0))
    }
}

/// Printable ASCII without spaces, quotes and backslashes, and no flag of a program.
///
/// What a URL, a host or an entry of `NO_PROXY` may be made of, and what every file takes without
/// quotes.
fn word(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\' | b'`');
    !text.is_empty() && !text.starts_with('-') && text.bytes().all(plain)
}

/// Entries of `NO_PROXY` that Go reads, with commas between.
fn exceptions(text: &str) -> bool {
    word(text) && text.split(',').filter(|entry| !entry.is_empty()).all(is_readable)
}

/// Letters, digits, `-` and `.`, as in the names of hosts.
fn name(text: &str) -> bool {
    word(text) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

/// Nothing that would end the line, or act on a terminal.
fn one_line(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('-') && !text.chars().any(host_prep::acts_on_terminal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_line_and_says_so() {
        let hostile =
            ["x\n", "x\r", "x\u{1b}[2J", "x\u{9b}2J", "x\u{202e}", "x\0", "x\u{7f}", "\u{2028}x", "", "-x"];
        for text in hostile {
            assert!(ClusterName::from_str(text).is_err(), "{text:?}");
            assert!(RegistryLocation::from_str(text).is_err(), "{text:?}");
            assert!(ProxyUrl::from_str(&format!("http://{text}")).is_err(), "{text:?}");
        }
        assert_eq!(
            ProxyUrl::from_str("http://u:secret@h\"\nExecStartPre=/x").unwrap_err(),
            "\"http://u:***@h\\\"\\nExecStartPre=/x\" is not a valid URL of a proxy, such as http://proxy.example.com:3128"
        );
        assert_eq!(
            NodeName::from_str("a\u{202e}b").unwrap_err(),
            "\"a\\u{202e}b\" is not a valid name of a node; it has letters, digits, - and . alone, such as \
             node-1.example.com"
        );
    }

    #[test]
    fn a_proxy_is_what_its_readers_dial() {
        for text in ["http://u:p%40@proxy:3128", "proxy:3128", "SOCKS5://[2001:db8::1]:1080", "https://p/"] {
            assert_eq!(ProxyUrl::from_str(text).unwrap().with_password(), text);
        }
        for text in ["ftp://proxy", "u:S3@proxy:3128", "http://u:a/S3@p:1", "u:a/S3@p:1", "http://p:x"] {
            let error = ProxyUrl::from_str(text).unwrap_err();
            assert!(!error.contains("S3"), "{error}");
        }
        let url = ProxyUrl::from_str("http://u:secret@p").unwrap();
        assert_eq!(format!("{url} {url:?}"), "http://u:***@p \"http://u:***@p\"");
    }
}
