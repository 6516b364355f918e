//! What each kind of file means by its lines.

use std::ops::Range;

use super::env;
use super::line::Line;

/// Who reads the file, and so what its lines mean.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Dialect {
    /// `/etc/yum.repos.d/*.repo`: sections, `#` and `;` comments, indented lines go on with the
    /// value.
    Repo,
    /// Units and drop-ins: sections, `#` and `;` comments also inside a continued value, `\` at the
    /// end continues.
    Systemd,
    /// What `EnvironmentFile=` reads: shell-like quotes that may span lines, `\` escapes and
    /// continues.
    EnvFile,
    /// `/etc/selinux/config`: `KEY=value` from the first column; the first one counts.
    SelinuxConfig,
    /// `sysctl.d`: `key = value`, `-key = value`, a bare `-key`; `#` and `;` comments.
    SysctlD,
    /// `modules-load.d`: a module name on each line; `#` and `;` comments.
    ModulesLoadD,
    /// `/etc/fstab`: a record of fields on each line; `#` comments.
    Fstab,
    /// `/etc/os-release`: systemd reads it as it reads environment files.
    OsRelease,
    /// apt's `.sources`: paragraphs of `Field: value`, indented lines go on, `#` in the first
    /// column comments.
    Deb822,
}

/// Which of several entries with the same key counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third")]
pub enum Deciding {
    /// The first.
    First,
    /// The last.
    Last,
}

impl Dialect {
    /// Which of several entries with the same key counts. libselinux stops at the first mode it
    /// knows, apt's field look-up at the first field; dnf, systemd and sysctl let the last one
    /// win.
    pub fn deciding(self) -> Deciding {
        match self {
            Self::SelinuxConfig | Self::Deb822 => Deciding::First,
            _ => Deciding::Last,
        }
    }

    pub(super) fn has_sections(self) -> bool {
        matches!(self, Self::Repo | Self::Systemd)
    }

    pub(super) fn has_keys(self) -> bool {
        !matches!(self, Self::ModulesLoadD | Self::Fstab)
    }

    /// Whether lines are quoted and continued as in environment files.
    pub(super) fn is_env(self) -> bool {
        matches!(self, Self::EnvFile | Self::OsRelease)
    }

    /// Whether an indented line goes on with the value above.
    pub(super) fn continues_by_indent(self) -> bool {
        matches!(self, Self::Repo | Self::Deb822)
    }

    pub(super) fn is_comment(self, content: &[u8]) -> bool {
        let text = content.trim_ascii_start();
        match self {
            Self::Deb822 => content.starts_with(b"#"),
            Self::Repo => matches!(content.first(), Some(b'#' | b';')),
            Self::Fstab | Self::SelinuxConfig => text.starts_with(b"#"),
            _ => matches!(text.first(), Some(b'#' | b';')),
        }
    }

    /// Position of the mark between key and value.
    pub(super) fn separator(self, content: &[u8]) -> Option<usize> {
        content.iter().position(|b| match self {
            Self::Deb822 => *b == b':',
            // yum (EL 7) takes either; dnf writes `=`.
            Self::Repo => matches!(b, b'=' | b':'),
            _ => *b == b'=',
        })
    }

    /// The value as its reader sees it: continuations joined, quotes taken off.
    pub(super) fn join<'a>(
        self,
        first: &'a Line,
        value: Range<usize>,
        more: impl Iterator<Item = &'a Line>,
    ) -> String {
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let head = &first.bytes[value];
        match self {
            Self::EnvFile | Self::OsRelease => {
                let mut raw = head.to_vec();
                raw.extend(first.end());
                more.for_each(|line| raw.extend(&line.bytes));
                lossy(&env::decode(&raw))
            }
            Self::Systemd => {
                let lines = std::iter::once(head).chain(more.map(Line::content));
                // systemd puts a space for the backslash and keeps the next line's indentation.
                let text: Vec<u8> = lines.flat_map(|l| continued(l).unwrap_or(l.to_vec())).collect();
                lossy(text.trim_ascii())
            }
            _ => {
                let lines = std::iter::once(head).chain(more.map(|l| l.content().trim_ascii()));
                let lines: Vec<_> = lines.filter(|l| !l.is_empty()).map(lossy).collect();
                lines.join("\n")
            }
        }
    }

    /// How `value` is written after the key, on one line.
    pub(super) fn encode(self, value: &str) -> String {
        match self {
            Self::EnvFile | Self::OsRelease => env::encode(value),
            // Several lines are one value where indentation continues.
            Self::Repo | Self::Deb822 => value.replace('\n', "\n "),
            Self::Systemd => value.replace('\n', " \\\n"),
            _ => value.replace('\n', " "),
        }
    }

    /// What stands between key and value of a new entry.
    pub(super) fn joiner(self) -> &'static str {
        match self {
            Self::Deb822 => ": ",
            Self::SysctlD => " = ",
            _ => "=",
        }
    }
}

/// The line with a space for its last backslash, if that continues it.
pub(super) fn continued(content: &[u8]) -> Option<Vec<u8>> {
    let escapes = content.iter().rev().take_while(|b| **b == b'\\').count();
    (escapes % 2 == 1).then(|| {
        let mut text = content[..content.len() - 1].to_vec();
        text.push(b' ');
        text
    })
}
