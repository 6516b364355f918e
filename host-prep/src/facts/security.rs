//! SELinux and AppArmor.

use std::fmt;

use serde::Serialize;

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

impl Security {
    pub(super) fn observe(source: &Source<'_>, kernel: &Kernel) -> Self {
        Self {
            selinux: source.live(|| selinux(source, kernel)),
            selinux_at_boot: source.bytes(SELINUX_CONFIG).map(|bytes| setting(&bytes?)),
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

/// libselinux reads `SELINUX=` lines until one starts with a mode, in any case.
fn setting(config: &[u8]) -> Option<SelinuxSetting> {
    let file = Document::parse(config, Dialect::SelinuxConfig);
    let modes = [SelinuxMode::Enforcing, SelinuxMode::Permissive, SelinuxMode::Disabled];
    file.entries().filter(|e| e.key == "SELINUX").find_map(|entry| {
        let value = entry.value.to_ascii_lowercase();
        let mode = modes.into_iter().find(|mode| value.starts_with(&mode.to_string()))?;
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
}
