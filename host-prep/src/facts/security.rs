//! SELinux and AppArmor.

use std::fmt;

use serde::Serialize;

use super::boot_words::BootWord;
use super::kernel::Kernel;
use super::source::{Fact, Origin, Source};
use crate::text::{Dialect, Document};

pub(super) const SELINUX_CONFIG: &str = "/etc/selinux/config";

/// Mandatory access control on a host.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Security {
    /// SELinux now.
    pub selinux: Fact<SelinuxMode>,
    /// SELinux at the next boot, by `/etc/selinux/config`; `None` where there is no such file or it
    /// names no mode.
    pub selinux_at_boot: Fact<Option<SelinuxSetting>>,
    /// Lines of that file that were meant to name a mode and name none.
    pub selinux_lines_ignored: Fact<Vec<SelinuxLine>>,
    /// AppArmor now.
    pub apparmor: Fact<bool>,
    /// Whether `apparmor_parser`, which loads profiles, is installed.
    pub apparmor_parser: Fact<bool>,
}

/// A mode of SELinux.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SelinuxMode {
    /// Off. Coming back takes a relabelling of the whole host.
    Disabled,
    /// It logs what it would deny.
    Permissive,
    /// It denies.
    Enforcing,
}

/// The line of the configuration that names the mode.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SelinuxSetting {
    /// The mode.
    pub mode: SelinuxMode,
    /// The line.
    pub at: Origin,
}

/// What a word of the kernel's command line makes of SELinux, whatever its configuration says;
/// `None`: nothing.
///
/// `selinux_init_load_policy` of libselinux, and `selinux=` of the kernel: both read a number.
fn mode_of(word: &BootWord) -> Option<SelinuxMode> {
    let (name, value) = word.parts();
    let value = value?;
    // As `atoi` reads it; the kernel passes over what is no number.
    let digits = value.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    let is_zero = digits.bytes().all(|digit| digit == b'0');
    match name {
        "selinux" if is_zero && !value.is_empty() && digits == value => Some(SelinuxMode::Disabled),
        "enforcing" if is_zero => Some(SelinuxMode::Permissive),
        "enforcing" => Some(SelinuxMode::Enforcing),
        _ => None,
    }
}

/// The words that decide over the mode, each with the mode it makes.
#[must_use]
pub fn selinux_words(words: Vec<BootWord>) -> Vec<(SelinuxMode, BootWord)> {
    words.into_iter().filter_map(|word| Some((mode_of(&word)?, word))).collect()
}

/// A line of the configuration that libselinux passes over: another word than a mode, or not
/// written `SELINUX=`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SelinuxLine {
    /// The line.
    pub text: String,
    /// Where it is.
    pub at: Origin,
}

impl Security {
    pub(super) fn observe(source: &Source<'_>, kernel: &Kernel) -> Self {
        Self {
            selinux: source.live(|| selinux(source, kernel)),
            selinux_at_boot: source.bytes(SELINUX_CONFIG).map(|bytes| setting(&bytes?)),
            selinux_lines_ignored: source
                .bytes(SELINUX_CONFIG)
                .map(|bytes| bytes.map(|bytes| ignored(&bytes)).unwrap_or_default()),
            apparmor: source
                .live_text("/sys/module/apparmor/parameters/enabled")
                .map(|text| text.is_some_and(|t| t.trim() == "Y")),
            apparmor_parser: source.exists("/sbin/apparmor_parser").and_then(|sbin| match sbin {
                true => Fact::Known(true),
                false => source.exists("/usr/sbin/apparmor_parser"),
            }),
        }
    }
}

impl Security {
    /// The mode of the next boot, and the line that decides it: the configuration's, or that with a word
    /// of the kernel's command line. `None` where the configuration names no mode.
    #[must_use]
    pub fn selinux_next(&self, kernel: &Kernel) -> Fact<Option<SelinuxSetting>> {
        let setting = match &self.selinux_at_boot {
            // With `SELINUX=disabled` no policy is loaded, and nothing enforces.
            Fact::Known(Some(setting)) if setting.mode != SelinuxMode::Disabled => setting,
            other => return other.clone(),
        };
        let words = selinux_words(kernel.words_at_boot());
        let off = words.iter().find(|(mode, _)| *mode == SelinuxMode::Disabled);
        let decides = off.or(words.first());
        let decides = decides.map(|(mode, word)| SelinuxSetting { mode: *mode, at: word.at.clone() });
        Fact::Known(decides.or_else(|| Some(setting.clone())))
    }
}

impl fmt::Display for SelinuxMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Disabled => "disabled",
            Self::Permissive => "permissive",
            Self::Enforcing => "enforcing",
        })
    }
}

fn selinux(source: &Source<'_>, kernel: &Kernel) -> Fact<SelinuxMode> {
    // libselinux: SELinux is on when selinuxfs is mounted and a policy is loaded; a mount alone has no
    // `enforce` to read.
    source.text("/sys/fs/selinux/enforce").and_then(|text| match text.as_deref().map(str::trim) {
        Some("1") => Fact::Known(SelinuxMode::Enforcing),
        Some("0") => Fact::Known(SelinuxMode::Permissive),
        Some(other) => Fact::unknown(format!("/sys/fs/selinux/enforce says {other:?}")),
        None if kernel.argument("selinux") == Some("0") => Fact::Known(SelinuxMode::Disabled),
        None => source.exists("/sys/fs/selinux").and_then(|exists| match exists {
            _ if source.exists("/sys/fs").known() == Some(&false) => Fact::unknown("/sys is not mounted"),
            _ => Fact::Known(SelinuxMode::Disabled),
        }),
    })
}

const MODES: [SelinuxMode; 3] = [SelinuxMode::Enforcing, SelinuxMode::Permissive, SelinuxMode::Disabled];

/// The mode that a value begins with, as libselinux compares them.
fn mode(value: &str) -> Option<SelinuxMode> {
    let value = value.to_ascii_lowercase();
    MODES.into_iter().find(|mode| value.starts_with(&mode.to_string()))
}

/// Lines whose first word is `SELINUX`, however it is written, without a mode behind `SELINUX=`.
fn ignored(config: &[u8]) -> Vec<SelinuxLine> {
    let text = String::from_utf8_lossy(config);
    let meant = |line: &str| {
        let end = line.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(line.len());
        line[..end].eq_ignore_ascii_case("SELINUX")
    };
    let names_one = |line: &str| line.strip_prefix("SELINUX=").and_then(mode).is_some();
    let lines = text.lines().map(str::trim).enumerate();
    lines
        .filter(|(_, line)| meant(line) && !names_one(line))
        .map(|(index, line)| SelinuxLine {
            text: line.to_owned(),
            at: Origin { file: SELINUX_CONFIG.into(), line: index + 1 },
        })
        .collect()
}

/// libselinux reads `SELINUX=` lines until one starts with a mode, in any case.
fn setting(config: &[u8]) -> Option<SelinuxSetting> {
    let file = Document::parse(config, Dialect::SelinuxConfig);
    file.entries().filter(|e| e.key == "SELINUX").find_map(|entry| {
        let mode = mode(&entry.value)?;
        let at = Origin { file: SELINUX_CONFIG.into(), line: file.line_number(entry.id) };
        Some(SelinuxSetting { mode, at })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_mode_that_is_one_counts() {
        let found = setting(
            b"# SELINUX=disabled\nSELINUX=maybe\nSELINUX=Permissive # for kubeadm\nSELINUX=enforcing\n",
        );
        let found = found.unwrap();
        assert_eq!((found.mode, found.at.line), (SelinuxMode::Permissive, 3));
        assert_eq!(setting(b"SELINUXTYPE=targeted\n"), None);
    }

    #[test]
    fn lines_that_were_meant_to_name_a_mode_are_found() {
        for line in
            ["SELINUX=disable", "SELINUX permissive", "selinux=enforcing", "SELINUX = enforcing", "SELINUX="]
        {
            let text = format!("# SELINUX=x\n{line}\nSELINUXTYPE=targeted\n");
            let found = ignored(text.as_bytes());
            let shown: Vec<_> = found.iter().map(|one| (one.text.as_str(), one.at.line)).collect();
            assert_eq!(shown, [(line, 2)]);
            assert_eq!(setting(text.as_bytes()), None, "{line}");
        }
        for line in ["SELINUX=Permissive # x", "#SELINUX=disable", "SELINUXTYPE=targeted", ""] {
            assert_eq!(ignored(line.as_bytes()), [], "{line}");
        }
    }
}
