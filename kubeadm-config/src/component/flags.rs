//! The flags that each component takes, by minor, and what is wrong with one that is given.
//!
//! The tables are made by `tests/oracle/flags-table` from the sources of each minor's last patch that the
//! module mirror has; those of 1.34 are what the real programs take, no more and no less. A component ends
//! at once on a flag it does not know, and on a value that it cannot read.
//!
//! Types matter as much as names: `--v=high` ends kube-apiserver like a flag that is not there.
//! What a well-formed value means is judged in [`values`](super::values).

mod api_server;
mod controller_manager;
mod etcd;
mod proxy;
mod scheduler;

use std::ops::RangeInclusive;

use super::{Component, Refused, has_variable, removed};
use crate::code::Code;
use crate::kubelet::{FlagKind, alone, value_fault};
use crate::near::nearest;
use crate::release::KubeadmRelease;
use crate::version::Minor;

/// One flag of a component.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    /// How it reads its value. `Text` also stands for what is judged elsewhere, and for what was another
    /// type in another minor.
    kind: FlagKind,
    /// The first minor that has it, 0 where that is before all that are known.
    since: u8,
    /// The last minor that has it.
    pub(super) until: u8,
    /// The first minor that calls it deprecated, 0 for none.
    deprecated: u8,
}

/// The last minor of a flag that the newest known has.
const NOW: u8 = u8::MAX;

const fn row(name: &'static str, kind: FlagKind, since: u8, until: u8, deprecated: u8) -> Row {
    Row { name, kind, since, until, deprecated }
}

/// Minors whose flags are known. Of others it is certain only what was gone before them.
// Those of the module mirror's patch releases that `tests/oracle/flags-table` was run on.
pub(super) const MINORS: RangeInclusive<u64> = 22..=37;

impl Row {
    fn is_in(&self, minor: Minor) -> bool {
        (u64::from(self.since)..=u64::from(self.until)).contains(&minor.number())
    }
}

impl Component {
    pub(super) fn rows(self) -> &'static [Row] {
        match self {
            Self::ApiServer => api_server::FLAGS,
            Self::ControllerManager => controller_manager::FLAGS,
            Self::Scheduler => scheduler::FLAGS,
            Self::Proxy => proxy::FLAGS,
        }
    }

    fn row(self, name: &str) -> Option<&'static Row> {
        self.rows().iter().find(|row| row.name == name)
    }

    /// The first minor that calls a flag deprecated, where one does.
    #[must_use]
    pub fn deprecated_since(self, flag: &str) -> Option<Minor> {
        let row = self.row(&flag.trim_start_matches('-').replace('_', "-"))?;
        (row.deprecated > 0).then(|| Minor::new(u64::from(row.deprecated)))
    }

    /// Every flag that any minor has.
    #[cfg(test)]
    pub(crate) fn flag_names(self) -> impl Iterator<Item = &'static str> {
        self.rows().iter().map(|row| row.name)
    }

    /// The first minor without a flag of that name, where it is gone.
    pub(crate) fn flag_gone_since(self, name: &str) -> Option<Minor> {
        let row = self.row(name)?;
        (row.until < NOW).then(|| Minor::new(u64::from(row.until) + 1))
    }

    /// Whether a flag of the minor takes the next word for its value where none stands beside it; nothing
    /// where the flag is not known.
    pub(super) fn takes_a_word(self, minor: Minor, flag: &str) -> Option<bool> {
        let row = self.row(&flag.replace('_', "-")).filter(|row| row.is_in(minor))?;
        Some(alone(row.kind).is_none())
    }

    /// What is wrong with a flag, its name written with dashes, or with its value.
    ///
    /// `None` is also the answer for a minor whose flags are not known, and for values with
    /// `$(NAME)`.
    pub(super) fn flag_fault(self, minor: Minor, name: &str, value: &str) -> Option<Refused> {
        let row = self.row(name);
        let gone = row.filter(|row| u64::from(row.until) < minor.number());
        if let Some(row) = gone {
            return Some(removed(self.name(), name, u64::from(row.until) + 1));
        }
        // A flag that is gone stays gone in later minors, so the look at `until` came first.
        if name.is_empty() || !MINORS.contains(&minor.number()) {
            return None;
        }
        match row {
            // Deprecated flags still work: they only warn, which is no matter of this table.
            Some(row) if row.is_in(minor) => self.unreadable(row, value),
            Some(row) => Some(self.too_early(row, minor)),
            None => Some(self.unknown(name, minor)),
        }
    }

    /// The message that pflag makes of an error of `Set`, after the component's name.
    fn unreadable(self, row: &Row, value: &str) -> Option<Refused> {
        if has_variable(value) {
            return None;
        }
        let text = value_fault(row.kind, row.name, value)?;
        let help = match row.kind {
            FlagKind::Bool => "write true or false",
            // strconv.ParseInt with base 0 (pflag): `0x10` is a number as well.
            FlagKind::Int(_) | FlagKind::Uint | FlagKind::Verbosity => "write a whole number",
            FlagKind::Float(_) => "write a number",
            FlagKind::Duration => "write a number with its unit, such as 30s, 5m or 1h",
            FlagKind::NetIp => "write one IP address",
            FlagKind::PairsUnsplit => "write NAME=VALUE",
            _ => "correct the value",
        };
        Some(self.cannot_read(text, help))
    }

    /// A fault of the command line itself; the index is set by who knows it.
    pub(super) fn cannot_read(self, text: String, help: &str) -> Refused {
        let text = format!("{} exits with \"{text}\"", self.name());
        Refused { index: 0, code: Code::ComponentArgumentUnparsable, text, help: help.to_owned() }
    }

    /// Of a flag that a later minor brings: a document for a newer kubeadm, or a copied blog post.
    fn too_early(self, row: &Row, minor: Minor) -> Refused {
        let Row { name, since, .. } = row;
        let component = self.name();
        let text = format!(
            "--{name} comes with 1.{since}: {component} of {minor} exits with \"unknown flag: --{name}\""
        );
        let help = format!("leave it out until the control plane is at 1.{since}");
        Refused { index: 0, code: Code::ComponentFlagUnknown, text, help }
    }

    /// A name that no minor in the table has.
    fn unknown(self, name: &str, minor: Minor) -> Refused {
        let component = self.name();
        let text =
            format!("{component} of {minor} has no flag --{name}: it exits with \"unknown flag: --{name}\"");
        let near = nearest(name, self.rows().iter().filter(|row| row.is_in(minor)).map(|row| row.name));
        // A flag of another component is the more likely slip: blocks of extraArgs are copied.
        let has_it = |other: &&Self| other.row(name).is_some_and(|row| row.is_in(minor));
        let help = match (Self::ALL.iter().find(has_it), near) {
            (Some(other), _) => format!("leave it out: it is a flag of {}", other.name()),
            (None, Some(near)) => format!("did you mean --{near}?"),
            (None, None) => "leave it out, or correct its name".to_owned(),
        };
        Refused { index: 0, code: Code::ComponentFlagUnknown, text, help }
    }
}

/// By the minor of etcd 3, and not of Kubernetes.
fn etcd_row(minor: u8, name: &str) -> Option<&'static Row> {
    etcd::FLAGS.iter().find(|row| row.name == name && (row.since..=row.until).contains(&minor))
}

/// The first minor of Kubernetes whose etcd does not have a flag that an older one had.
pub(crate) fn etcd_flag_gone_since(name: &str) -> Option<Minor> {
    let row = etcd::FLAGS.iter().find(|row| row.name == name && row.until < NOW)?;
    MINORS.map(Minor::new).find(|minor| etcd_of(*minor).is_some_and(|etcd| etcd > row.until))
}

/// What a flag of etcd is called since it is no experiment any more.
pub(crate) fn etcd_successor(name: &str) -> Option<&'static str> {
    let name = name.strip_prefix("experimental-")?;
    etcd::FLAGS.iter().map(|row| row.name).find(|known| *known == name)
}

/// The minor of etcd 3 that kubeadm of a minor runs.
fn etcd_of(minor: Minor) -> Option<u8> {
    let release = KubeadmRelease::of(&minor.patch(0)).ok()?;
    release.etcd_tag(release.version()).split('.').nth(1)?.parse().ok()
}

/// Whether a flag of etcd takes the next word for its value where none stands beside it.
pub(super) fn etcd_takes_a_word(minor: u8, name: &str) -> bool {
    etcd_row(minor, name).is_some_and(|row| alone(row.kind).is_none())
}

/// What is wrong with a flag of etcd 3.`minor`, in the words of Go's own `flag`, or with its value.
///
/// Go's `flag` package takes one dash or two for the same, knows no underscores, and ends at the
/// first fault; its message has one dash.
pub(super) fn etcd_fault(minor: u8, name: &str, value: &str) -> Option<Refused> {
    let name = name.trim_start_matches('-');
    let refused = |code, text: String, help: String| {
        Some(Refused { index: 0, code, text: format!("etcd 3.{minor} exits with \"{text}\""), help })
    };
    if let Some(row) = etcd_row(minor, name) {
        if has_variable(value) || value_fault(row.kind, name, value).is_none() {
            return None;
        }
        let (what, help) = match row.kind {
            FlagKind::Bool => (format!("invalid boolean value {value:?} for -{name}"), "write true or false"),
            FlagKind::Duration => (
                format!("invalid value {value:?} for flag -{name}"),
                "write a number with its unit, such as 30s, 5m or 1h",
            ),
            _ => (format!("invalid value {value:?} for flag -{name}"), "write a whole number"),
        };
        return refused(Code::ComponentArgumentUnparsable, format!("{what}: parse error"), help.to_owned());
    }
    // `flag: help requested` is no unknown flag.
    if name.is_empty() || matches!(name, "help" | "h") {
        return None;
    }
    let other = etcd::FLAGS.iter().find(|row| row.name == name);
    let names = etcd::FLAGS.iter().map(|row| row.name).filter(|known| etcd_row(minor, known).is_some());
    let help = match (other, nearest(name, names)) {
        (Some(row), _) if row.since > minor => format!("leave it out: it comes with etcd 3.{}", row.since),
        (Some(row), _) => format!("leave it out: it was removed in etcd 3.{}", row.until + 1),
        (None, Some(near)) => format!("did you mean --{near}?"),
        (None, None) => "leave it out, or correct its name".to_owned(),
    };
    refused(Code::ComponentFlagUnknown, format!("flag provided but not defined: -{name}"), help)
}
