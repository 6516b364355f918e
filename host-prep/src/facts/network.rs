//! Names, resolvers, listeners and the address to advertise.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use serde::Serialize;

use super::address::{Family, OwnSubnet, default_address, subnets};
use super::source::{Fact, FileText, Source};
use crate::text::{Dialect, Document};

/// The network side of a host.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Network {
    /// The host's name.
    pub hostname: Hostname,
    /// `/etc/resolv.conf`, and the one systemd-resolved keeps.
    pub resolver: Resolver,
    /// TCP sockets that listen.
    pub listeners: Fact<Vec<Listener>>,
    /// The address kubeadm would advertise.
    pub default_address: Fact<IpAddr>,
    /// The subnets it is in.
    pub subnets: Fact<Vec<OwnSubnet>>,
    /// NetworkManager's own configuration, in the order it is read: the last one wins.
    #[serde(skip)]
    pub network_manager: Fact<Vec<FileText>>,
}

/// The host's name.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Hostname {
    /// The kernel's.
    pub live: Fact<String>,
    /// The next boot's, by `/etc/hostname`.
    pub at_boot: Fact<Option<String>>,
    /// Whether it (the live one, else the next) resolves without asking a server: by `/etc/hosts`,
    /// or because `nsswitch.conf` has `myhostname`. DNS is not asked.
    pub resolves: Fact<bool>,
}

/// Name resolution.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Resolver {
    /// What `/etc/resolv.conf` is a link to.
    pub link: Fact<Option<PathBuf>>,
    /// Its name servers in order; `None` where there is no such file.
    pub nameservers: Fact<Option<Vec<String>>>,
    /// Its search domains.
    pub search: Vec<String>,
    /// Whether `/run/systemd/resolve/resolv.conf`, which kubeadm gives to kubelet when
    /// systemd-resolved runs, is there.
    pub resolved: Fact<bool>,
}

/// A TCP socket that listens.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
pub struct Listener {
    /// Port.
    pub port: u16,
    /// Address; unspecified for all.
    pub address: IpAddr,
}

impl Network {
    pub(super) fn observe(source: &Source<'_>) -> Self {
        let here = source.is_this_process();
        let elsewhere = "interfaces are only known for the host this runs on";
        Self {
            hostname: Hostname::observe(source),
            resolver: Resolver::observe(source),
            listeners: source.live(|| listeners(source)),
            default_address: if here { address(source) } else { Fact::unknown(elsewhere) },
            subnets: if here { own_subnets(source) } else { Fact::unknown(elsewhere) },
            network_manager: network_manager(source),
        }
    }

    /// Whether something listens on `port`; `None` where that is not known.
    pub fn is_taken(&self, port: u16) -> Option<bool> {
        Some(self.listeners.known()?.iter().any(|l| l.port == port))
    }
}

/// NetworkManager.conf(5): what packages bring, what is made at run time, the main file, the
/// administrator's directory, and what NetworkManager keeps for itself. A file hides those of its name
/// in the directories before it.
fn network_manager(source: &Source<'_>) -> Fact<Vec<FileText>> {
    const DIRS: [&str; 3] =
        ["/usr/lib/NetworkManager/conf.d", "/run/NetworkManager/conf.d", "/etc/NetworkManager/conf.d"];
    let mut names = Vec::new();
    for dir in DIRS {
        match source.list(dir) {
            Fact::Known(found) => names.push(found),
            Fact::Unknown { reason } => return Fact::Unknown { reason },
        }
    }
    let snippets = |at: usize| {
        let later = &names[at + 1..];
        let is_read = move |name: &&String| {
            name.ends_with(".conf") && !name.starts_with('.') && !later.iter().any(|dir| dir.contains(*name))
        };
        names[at].iter().filter(is_read).map(move |name| format!("{}/{name}", DIRS[at]))
    };
    let mut paths: Vec<String> = snippets(0).chain(snippets(1)).collect();
    paths.push("/etc/NetworkManager/NetworkManager.conf".to_owned());
    paths.extend(snippets(2));
    paths.push("/var/lib/NetworkManager/NetworkManager-intern.conf".to_owned());
    let mut files = Vec::new();
    for path in paths {
        match source.file(&path) {
            Fact::Known(file) => files.extend(file),
            Fact::Unknown { reason } => return Fact::Unknown { reason },
        }
    }
    Fact::Known(files)
}

impl Resolver {
    fn observe(source: &Source<'_>) -> Self {
        let text = source.text("/etc/resolv.conf");
        let after =
            |line: &str, word: &str| line.strip_prefix(word)?.strip_prefix([' ', '\t']).map(str::to_owned);
        // resolv.conf(5): of several `search` and `domain` lines the last one counts.
        let search = text.known().and_then(Option::as_deref).and_then(|t| {
            t.lines().filter_map(|l| after(l, "search").or_else(|| after(l, "domain"))).next_back()
        });
        let servers = |t: String| {
            let of = |l: &str| Some(after(l, "nameserver")?.split_ascii_whitespace().next()?.to_owned());
            t.lines().filter_map(of).collect()
        };
        Self {
            link: source.link_target("/etc/resolv.conf"),
            nameservers: text.map(|t| t.map(servers)),
            search: search
                .map(|s| s.split_ascii_whitespace().map(str::to_owned).collect())
                .unwrap_or_default(),
            resolved: source.live(|| source.exists("/run/systemd/resolve/resolv.conf")),
        }
    }

    /// Whether the first server is the host itself, which loops when pods are given this file.
    pub fn is_loopback(&self) -> bool {
        let first = self.nameservers.known().and_then(|s| s.as_ref()?.first());
        first.and_then(|s| s.parse::<IpAddr>().ok()).is_some_and(|a| a.is_loopback())
    }
}

impl Hostname {
    fn observe(source: &Source<'_>) -> Self {
        let live = source.live_text("/proc/sys/kernel/hostname").and_then(|text| match text {
            Some(text) => Fact::Known(text.trim().to_owned()),
            None => Fact::unknown("/proc/sys/kernel/hostname does not exist"),
        });
        let at_boot = source.text("/etc/hostname").map(|text| {
            let lines = text.as_deref().unwrap_or_default().lines().map(str::trim);
            lines.into_iter().find(|l| !l.is_empty() && !l.starts_with('#')).map(str::to_owned)
        });
        let name = live.known().or(at_boot.known().and_then(Option::as_ref)).cloned();
        let resolves = match name {
            Some(name) => resolves(source, &name),
            None => Fact::unknown("the host has no name"),
        };
        Self { live, at_boot, resolves }
    }
}

fn resolves(source: &Source<'_>, name: &str) -> Fact<bool> {
    let hosts = source.text("/etc/hosts").map(Option::unwrap_or_default);
    hosts.and_then(|hosts| {
        let named = |line: &str| {
            // hosts(5): a comment may follow a name; the first word is the address. Names are
            // compared as DNS does.
            let line = line.split('#').next().unwrap_or_default();
            line.split_ascii_whitespace().skip(1).any(|word| word.eq_ignore_ascii_case(name))
        };
        if hosts.lines().any(named) {
            return Fact::Known(true);
        }
        source.bytes("/etc/nsswitch.conf").and_then(|bytes| {
            let switch = Document::parse(&bytes.unwrap_or_default(), Dialect::Deb822);
            // nss-myhostname(8) knows the host's own name whatever the files say.
            let order = switch.value(None, "hosts").unwrap_or_else(|| "files dns".into());
            let has = |word| order.split_ascii_whitespace().any(|w| w == word);
            match (has("myhostname"), has("dns") || has("resolve")) {
                (true, _) => Fact::Known(true),
                (false, false) => Fact::Known(false),
                (false, true) => Fact::unknown("it is not in /etc/hosts, and DNS is not asked"),
            }
        })
    })
}

fn address(source: &Source<'_>) -> Fact<IpAddr> {
    // kubeadm takes an IPv4 address where there is one (`ChooseHostInterface` of apimachinery's
    // pkg/util/net, `preferIPv4`).
    let ask = || default_address(Family::V4).map(|address| address.to_string()).map_err(io::Error::other);
    source.system("the address of the default route", ask).and_then(|said| match said.parse() {
        Ok(address) => Fact::Known(address),
        Err(error) => Fact::unknown(error),
    })
}

/// A line each: the interface, the address and the length of the prefix.
fn own_subnets(source: &Source<'_>) -> Fact<Vec<OwnSubnet>> {
    let line = |one: &OwnSubnet| format!("{} {} {}\n", one.interface, one.address, one.prefix);
    let ask = || Ok(subnets().map_err(io::Error::other)?.iter().map(line).collect());
    let read = |line: &str| {
        let mut words = line.split(' ');
        let (interface, address, prefix) = (words.next()?, words.next()?, words.next()?);
        let subnet = OwnSubnet::new(address.parse().ok()?, prefix.parse().ok()?);
        Some(OwnSubnet { interface: interface.to_owned(), ..subnet })
    };
    source.system("getifaddrs(3)", ask).map(|said| said.lines().filter_map(read).collect())
}

fn listeners(source: &Source<'_>) -> Fact<Vec<Listener>> {
    let mut found = BTreeSet::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = match source.text(table) {
            Fact::Known(text) => text.unwrap_or_default(),
            Fact::Unknown { reason } => return Fact::Unknown { reason },
        };
        for line in text.lines().skip(1) {
            match listener(line) {
                Some(listener) => found.extend(listener),
                None => return Fact::unknown(format!("{table} has a line that is not a socket: {line:?}")),
            }
        }
    }
    Fact::Known(found.into_iter().collect())
}

/// Fields: number, local address and port in hexadecimal, remote ones, state (`0A` listens).
fn listener(line: &str) -> Option<Option<Listener>> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (local, _, state) = (fields.next()?, fields.next()?, fields.next()?);
    let (address, port) = local.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    // 32-bit words in the host's byte order.
    let word =
        |at: usize| u32::from_str_radix(address.get(8 * at..8 * at + 8)?, 16).ok().map(u32::to_ne_bytes);
    let address = if address.len() == 8 {
        IpAddr::V4(Ipv4Addr::from(word(0)?))
    } else {
        let words = [word(0)?, word(1)?, word(2)?, word(3)?];
        let bytes: [u8; 16] = words.concat().try_into().ok()?;
        IpAddr::V6(Ipv6Addr::from(bytes))
    };
    Some((state == "0A").then_some(Listener { port, address }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_endian = "little")]
    #[test]
    fn listening_sockets_of_both_tables() {
        let v4 =
            "   0: 0100007F:2852 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1";
        let listening = listener(v4).unwrap().unwrap();
        assert_eq!((listening.port, listening.address.to_string()), (10322, "127.0.0.1".into()));
        let v6 = "   0: 00000000000000000000000000000000:192B 00000000000000000000000000000000:0000 0A 0";
        assert_eq!(listener(v6).unwrap().unwrap().address.to_string(), "::");
        assert_eq!(listener("1: 0100007F:2852 0100007F:9999 01 0"), Some(None));
        assert_eq!(listener("nonsense"), None);
    }
}
