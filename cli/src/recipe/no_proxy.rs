//! `NO_PROXY` as Go reads it (`golang.org/x/net/http/httpproxy`, `config.init` and `useProxy`):
//! names with what is below them, addresses, and subnets in CIDR form. No patterns, no ranges.

use std::net::IpAddr;

use super::spec::Subnet;

/// Whether Go takes an entry of `NO_PROXY` for something: not a pattern, a range of addresses, a part of
/// one, or several without a comma.
pub(super) fn is_readable(entry: &str) -> bool {
    let entry = entry.trim();
    if entry == "*" || entry.parse::<Subnet>().is_ok() {
        return true;
    }
    let host = without_port(entry);
    if host.parse::<IpAddr>().is_ok() {
        return true;
    }
    if entry.contains('/') {
        return false;
    }
    let name = host.strip_prefix("*.").unwrap_or(host).trim_start_matches('.');
    let numbers = name.split(['.', '-']).all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte) || !byte.is_ascii();
    !numbers && name.bytes().all(of_name)
}

/// What is reached without a proxy.
#[derive(Debug, Default)]
pub(super) struct NoProxy {
    all: bool,
    subnets: Vec<Subnet>,
    addresses: Vec<IpAddr>,
    names: Vec<String>,
}

impl NoProxy {
    /// Case does not count. `*.name` is taken for `.name`, as Go does; a pattern elsewhere is a
    /// name that no host has.
    pub(super) fn parse(text: &str) -> Self {
        let mut read = Self::default();
        for entry in text.split(',').map(|entry| entry.trim().to_ascii_lowercase()) {
            if entry == "*" {
                read.all = true;
            } else if let Ok(subnet) = entry.parse() {
                read.subnets.push(subnet);
            } else {
                let host = without_port(&entry);
                match host.parse() {
                    Ok(address) => read.addresses.push(address),
                    Err(_) if host.is_empty() => {}
                    Err(_) => read.names.push(
                        host.strip_prefix('*')
                            .filter(|rest| rest.starts_with('.'))
                            .unwrap_or(host)
                            .to_owned(),
                    ),
                }
            }
        }
        read
    }

    /// Whether a name or address is reached without the proxy.
    pub(super) fn has_host(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        if self.all || host == "localhost" {
            return true;
        }
        if let Ok(address) = host.parse::<IpAddr>() {
            return address.is_loopback()
                || self.addresses.contains(&address)
                || self.has_subnet(Subnet::host(address));
        }
        self.names.iter().any(|name| match name.strip_prefix('.') {
            Some(_) => host.ends_with(name.as_str()),
            None => host == *name || host.ends_with(&format!(".{name}")),
        })
    }

    /// Whether every address of a subnet is.
    pub(super) fn has_subnet(&self, subnet: Subnet) -> bool {
        self.all || self.subnets.iter().any(|own| own.holds(subnet))
    }
}

/// A port at the end, and the brackets of an address before it, taken off.
fn without_port(entry: &str) -> &str {
    match entry.rsplit_once(':') {
        Some((host, _)) if host.starts_with('[') && host.ends_with(']') => &host[1..host.len() - 1],
        Some((host, _)) if !host.contains(':') => host,
        _ => entry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_mean_what_go_takes_them_for() {
        let direct = |entries: &str, host: &str| NoProxy::parse(entries).has_host(host);
        for (entries, host) in [
            ("", "127.0.0.1"),
            ("", "localhost"),
            ("*", "a.example"),
            ("10.0.0.0/8", "10.1.2.3"),
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1:6443", "192.0.2.1"),
            ("[2001:db8::1]:6443", "[2001:db8::1]"),
            ("2001:db8::/32", "2001:db8::1"),
            ("example.com", "a.example.com"),
            ("example.com", "example.com"),
            (".example.com", "a.example.com"),
            ("*.example.com", "a.example.com"),
            (" Example.com , x", "example.com"),
        ] {
            assert!(direct(entries, host), "{entries}: {host}");
        }
        for (entries, host) in [
            ("", "192.0.2.1"),
            ("10.96.*", "10.96.0.1"),
            ("192.0.2.", "192.0.2.1"),
            ("192.0.2.1-20", "192.0.2.1"),
            (".example.com", "example.com"),
            ("*.example.com", "example.com"),
            ("example.com", "badexample.com"),
            ("192.0.2.1 192.0.2.2", "192.0.2.1"),
            ("10.0.0.0/8", "a.example.com"),
        ] {
            assert!(!direct(entries, host), "{entries}: {host}");
        }
    }

    #[test]
    fn what_go_cannot_read_is_known() {
        for entry in [
            "*",
            "10.0.0.0/8",
            "fd00::/48",
            "192.0.2.1",
            "192.0.2.1:80",
            "[fd00::1]:80",
            "a.example",
            ".svc",
            "*.a.example",
            " b ",
            "1a.example",
            "localhost",
            "_x.example",
        ] {
            assert!(is_readable(entry), "{entry}");
        }
        for entry in [
            "10.*",
            "192.168.*.*",
            "10.",
            "10.0",
            "192.0.2.1-20",
            "10.0.0.0/33",
            "a.*.example",
            "*example",
            "192.0.2.1 192.0.2.2",
            "a/b",
            "http://a.example",
        ] {
            assert!(!is_readable(entry), "{entry}");
        }
    }

    #[test]
    fn a_subnet_is_in_a_larger_one() {
        let direct =
            |entries: &str, subnet: &str| NoProxy::parse(entries).has_subnet(subnet.parse().unwrap());
        assert!(direct("10.0.0.0/8", "10.96.0.0/12") && direct("10.96.0.0/12", "10.96.0.0/12"));
        assert!(direct("0.0.0.0/0", "10.96.0.0/12") && direct("*", "fd00::/108"));
        assert!(!direct("10.96.0.1", "10.96.0.0/12") && !direct("10.96.0.0/16", "10.96.0.0/12"));
        assert!(!direct("10.0.0.0/8", "fd00::/108") && !direct("", "10.96.0.0/12"));
    }
}
