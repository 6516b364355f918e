//! Kernel parameters: the value that is live, and the one the next boot will set.
//!
//! The next boot is systemd-sysctl's (systemd 219 and later): files of the `sysctl.d` directories
//! in the order of their names, where `/etc` hides `/run`, `/usr/local/lib`, `/usr/lib` and `/lib`;
//! the last assignment of a key wins; a key that is named outright is out of reach for patterns;
//! `-key` without a value takes a key out of patterns. `/etc/sysctl.conf` counts where one of those
//! files is a link to it, as on most distributions.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::source::{Fact, Origin, Source, conf_dirs};
use crate::text::{Dialect, Document};

const SYSCTL_CONF: &str = "/etc/sysctl.conf";

/// The name of a kernel parameter: the path below `/proc/sys`. `net.ipv4.ip_forward` and
/// `net/ipv4/ip_forward` are the same key; in `net.ipv4.conf.eth0/1.forwarding` the interface is
/// `eth0.1`, as sysctl(8) has it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SysctlKey(String);

/// Not the name of a kernel parameter.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0:?} is not the name of a kernel parameter such as net.ipv4.ip_forward")]
#[non_exhaustive]
pub struct InvalidSysctlKey(String);

/// One kernel parameter on a host.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Sysctl {
    /// The value now; `None` where the kernel has no such parameter (its module may be missing).
    pub live: Fact<Option<String>>,
    /// What the next boot sets.
    pub boot: Fact<Boot>,
}

/// What the files say about one key.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Boot {
    /// The value; `None` leaves the kernel's own.
    pub value: Option<String>,
    /// The line that decides.
    pub decided_by: Option<Origin>,
    /// Every line about the key in the order they are read, the deciding one too.
    pub lines: Vec<Assignment>,
}

/// A line about a key.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Assignment {
    /// Where it stands.
    pub at: Origin,
    /// The key or pattern as written, without a leading `-`.
    pub key: String,
    /// The value; `None` for a line that takes the key out of patterns.
    pub value: Option<String>,
    /// What it does at the next boot.
    pub role: Role,
}

/// What a line does at the next boot.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Role {
    /// It decides.
    Decides,
    /// Another line wins over it.
    Overridden,
    /// It stands in `/etc/sysctl.conf`, which nothing reads at boot here; `sysctl --system` would,
    /// and let it win.
    Unread,
}

impl SysctlKey {
    /// The file below `/proc/sys`.
    pub fn path(&self) -> PathBuf {
        Path::new("/proc/sys").join(&self.0)
    }
}

impl FromStr for SysctlKey {
    type Err = InvalidSysctlKey;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let path = normal(s);
        let good = |part: &str| !part.is_empty() && part != "." && part != "..";
        let plain = |c: char| {
            !crate::ground::show::acts_on_terminal(c) && !c.is_whitespace() && !"*?[]=#;\\".contains(c)
        };
        if s.chars().all(plain) && path.contains('/') && path.split('/').all(good) {
            Ok(Self(path))
        } else {
            Err(InvalidSysctlKey(s.into()))
        }
    }
}

impl fmt::Display for SysctlKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&swap_separators(&self.0))
    }
}

impl Serialize for SysctlKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

pub(super) fn observe<'a>(
    source: &Source<'_>,
    asked: impl IntoIterator<Item = &'a SysctlKey>,
) -> BTreeMap<SysctlKey, Sysctl> {
    let files = settings(source);
    let one = |key: &SysctlKey| Sysctl {
        live: source.live(|| live(source, key)),
        boot: match &files {
            Fact::Known(files) => Fact::Known(boot(files, key)),
            Fact::Unknown { reason } => Fact::unknown(reason),
        },
    };
    asked.into_iter().map(|key| (key.clone(), one(key))).collect()
}

fn live(source: &Source<'_>, key: &SysctlKey) -> Fact<Option<String>> {
    // Values of several numbers are separated by tabs.
    source.text(key.path()).map(|text| text.map(|t| t.split_ascii_whitespace().collect::<Vec<_>>().join(" ")))
}

/// An assignment of some file.
struct Setting {
    at: Origin,
    /// With `/`, and wildcards as written.
    key: String,
    value: Option<String>,
    read: bool,
}

fn settings(source: &Source<'_>) -> Fact<Vec<Setting>> {
    source.conf_files(&conf_dirs("sysctl.d"), ".conf").and_then(|files| {
        let mut found = Vec::new();
        let mut conf_is_read = false;
        for file in files.iter().filter(|f| !f.masks) {
            conf_is_read |= leads_to_sysctl_conf(source, &file.path);
            match settings_of(source, &file.path, true) {
                Fact::Known(settings) => found.extend(settings),
                unknown @ Fact::Unknown { .. } => return unknown,
            }
        }
        if !conf_is_read {
            match settings_of(source, Path::new(SYSCTL_CONF), false) {
                Fact::Known(settings) => found.extend(settings),
                unknown @ Fact::Unknown { .. } => return unknown,
            }
        }
        Fact::Known(found)
    })
}

fn leads_to_sysctl_conf(source: &Source<'_>, link: &Path) -> bool {
    let target = source.link_target(link).or_default();
    target.is_some_and(|t| [SYSCTL_CONF, "../sysctl.conf"].into_iter().any(|conf| t == Path::new(conf)))
}

fn settings_of(source: &Source<'_>, file: &Path, read: bool) -> Fact<Vec<Setting>> {
    source.bytes(file).map(|bytes| {
        let document = Document::parse(&bytes.unwrap_or_default(), Dialect::SysctlD);
        let setting = |entry: crate::text::Entry| {
            let at = Origin { file: file.to_owned(), line: document.line_number(entry.id) };
            let bare = entry.key.strip_prefix('-');
            let key = normal(bare.unwrap_or(&entry.key).trim());
            // Only `-key` may stand without `=`; the model gives other bare words no key at all.
            let value = (bare.is_none() || document.has_separator(entry.id)).then_some(entry.value);
            Setting { at, key, value, read }
        };
        document.entries().map(setting).collect()
    })
}

fn boot(files: &[Setting], key: &SysctlKey) -> Boot {
    let mut boot = Boot::default();
    let about: Vec<&Setting> = files.iter().filter(|s| s.key == key.0 || matches(&s.key, &key.0)).collect();
    let read = || about.iter().filter(|s| s.read);
    let outright = read().rfind(|s| s.key == key.0);
    // Named outright: the last such line, which may also forbid patterns and set nothing. Else the last
    // pattern.
    let decides = match outright {
        Some(setting) => Some(*setting),
        None => read().next_back().copied(),
    };
    boot.value = decides.and_then(|s| s.value.clone());
    boot.decided_by = decides.map(|s| s.at.clone());
    boot.lines = about
        .into_iter()
        .map(|s| Assignment {
            at: s.at.clone(),
            key: swap_separators(&s.key),
            value: s.value.clone(),
            role: match (s.read, decides.is_some_and(|d| d.at == s.at)) {
                (false, _) => Role::Unread,
                (true, true) => Role::Decides,
                (true, false) => Role::Overridden,
            },
        })
        .collect();
    boot
}

/// The key with `/`: whichever of the two separators comes first is the one between parts.
fn normal(key: &str) -> String {
    match key.find(['.', '/']) {
        Some(at) if key.as_bytes()[at] == b'.' => swap_separators(key),
        _ => key.to_owned(),
    }
}

fn swap_separators(key: &str) -> String {
    let swap = |c| match c {
        '/' => '.',
        '.' => '/',
        other => other,
    };
    key.chars().map(swap).collect()
}

/// glob(7) for one path: `*`, `?` and `[...]` never match a `/`.
fn matches(pattern: &str, path: &str) -> bool {
    if !pattern.contains(['*', '?', '[']) {
        return false;
    }
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(&path).all(|(p, t)| matches_part(p.as_bytes(), t.as_bytes()))
}

fn matches_part(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.first(), text.first()) {
        (None, None) => true,
        (Some(b'*'), _) => {
            matches_part(&pattern[1..], text) || (!text.is_empty() && matches_part(pattern, &text[1..]))
        }
        (Some(b'?'), Some(_)) => matches_part(&pattern[1..], &text[1..]),
        (Some(b'['), Some(c)) => match set(&pattern[1..]) {
            Some((holds, rest)) => holds(*c) && matches_part(rest, &text[1..]),
            None => *c == b'[' && matches_part(&pattern[1..], &text[1..]),
        },
        (Some(p), Some(c)) => p == c && matches_part(&pattern[1..], &text[1..]),
        _ => false,
    }
}

/// The bracket expression after `[`: its test, and what follows it.
fn set(pattern: &[u8]) -> Option<(impl Fn(u8) -> bool + '_, &[u8])> {
    let negated = matches!(pattern.first(), Some(b'!' | b'^'));
    let body = &pattern[usize::from(negated)..];
    // A `]` in the first place stands for itself.
    let end = body.iter().skip(1).position(|b| *b == b']')? + 1;
    let (members, rest) = (&body[..end], &body[end + 1..]);
    let holds = move |c: u8| {
        let single = members.contains(&c);
        let ranged = members.windows(3).any(|w| w[1] == b'-' && (w[0]..=w[2]).contains(&c));
        (single || ranged) != negated
    };
    Some((holds, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> SysctlKey {
        text.parse().unwrap()
    }

    fn decided(lines: &[(&str, Option<&str>)], asked: &str) -> Option<String> {
        let setting = |(at, (key, value)): (usize, &(&str, Option<&str>))| Setting {
            at: Origin { file: "/etc/sysctl.d/x.conf".into(), line: at + 1 },
            key: normal(key),
            value: value.map(str::to_owned),
            read: true,
        };
        let settings: Vec<_> = lines.iter().enumerate().map(setting).collect();
        boot(&settings, &key(asked)).value
    }

    #[test]
    fn dots_and_slashes_name_the_same_key() {
        assert_eq!(key("net.ipv4.ip_forward"), key("net/ipv4/ip_forward"));
        let vlan = key("net.ipv4.conf.eth0/1.forwarding");
        assert_eq!(vlan.path(), Path::new("/proc/sys/net/ipv4/conf/eth0.1/forwarding"));
        assert_eq!(vlan.to_string(), "net.ipv4.conf.eth0/1.forwarding");
        for bad in ["", "ip_forward", "net..x", "net.ipv4.*", "../etc/passwd", "net/../../x", "a b.c"] {
            assert!(bad.parse::<SysctlKey>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_last_assignment_wins_and_a_named_key_beats_patterns() {
        let lines = [("net.ipv4.ip_forward", Some("0")), ("net/ipv4/ip_forward", Some("1"))];
        assert_eq!(decided(&lines, "net.ipv4.ip_forward").as_deref(), Some("1"));
        let all = "net.ipv4.conf.all.rp_filter";
        let patterns = [(all, Some("0")), ("net.ipv4.conf.*.rp_filter", Some("2"))];
        assert_eq!(decided(&patterns, all).as_deref(), Some("0"));
        assert_eq!(decided(&patterns, "net.ipv4.conf.eth0.rp_filter").as_deref(), Some("2"));
        let spared = [("net.ipv4.conf.*.rp_filter", Some("2")), (all, None)];
        assert_eq!(decided(&spared, all), None);
    }

    #[test]
    fn patterns_stay_within_one_part() {
        assert!(matches("net/ipv4/conf/*/rp_filter", "net/ipv4/conf/eth0/rp_filter"));
        assert!(!matches("net/*/rp_filter", "net/ipv4/conf/all/rp_filter"));
        assert!(matches("net/ipv[46]/conf/e?h[0-9]/x", "net/ipv6/conf/eth7/x"));
        assert!(!matches("net/ipv4/conf/[!e]*/x", "net/ipv4/conf/eth0/x"));
        assert!(matches("a/[]x]b", "a/]b"));
    }
}
