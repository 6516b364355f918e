//! What an upgrade changes under a configuration.

use std::fmt;

use crate::catalogue::{self, CrioOption, Found, Kind, Table, first_of};
use crate::{Effective, ImageReference, KeyPath, Origin, Release, Value};

/// One thing an upgrade changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpgradeNote {
    /// The option.
    pub path: String,
    /// What happens to it.
    pub change: UpgradeChange,
    /// What to set so that nothing changes, where that is possible.
    pub keep: Vec<(KeyPath, Value)>,
}

/// What happens to an option in an upgrade.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum UpgradeChange {
    /// The default moves. It matters where no file states the option.
    DefaultMoves { from: Value, to: Value },
    /// The key is not known any more and passed over in silence.
    Removed { instead: Option<&'static str> },
    /// The key is still read but does nothing.
    LosesEffect { instead: Option<&'static str> },
    /// The key still works, but CRI-O advises against it.
    Deprecated { instead: Option<&'static str> },
    /// The key is new.
    Added { default: Option<Value> },
    /// A drop-in that was not read before counts from now on.
    BeginsToCount { from: Option<Value>, to: Value, place: String },
    /// CRI-O works differently, whatever the option says.
    Behaviour { text: &'static str },
}

/// As `k8sprep crio upgrade-notes` says it: `the default moves from 1024 to 0`.
impl fmt::Display for UpgradeChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with = |f: &mut fmt::Formatter<'_>, text: &str, instead: &Option<&str>| match instead {
            Some(instead) => write!(f, "{text}; use {instead}"),
            None => f.write_str(text),
        };
        match self {
            Self::DefaultMoves { from, to } => {
                write!(f, "the default moves from {} to {}", short(from), short(to))
            }
            Self::Removed { instead } => with(f, "is gone and passed over in silence", instead),
            Self::LosesEffect { instead } => with(f, "does nothing any more", instead),
            Self::Deprecated { instead } => with(f, "is deprecated", instead),
            Self::Added { default: Some(default) } => write!(f, "is new, default {default}"),
            Self::Added { default: None } => f.write_str("is new"),
            Self::BeginsToCount { from, to, place } => {
                write!(f, "{place} was not read and begins to count: ")?;
                if let Some(from) = from {
                    write!(f, "{} becomes ", short(from))?;
                }
                f.write_str(&short(to))
            }
            Self::Behaviour { text } => f.write_str(text),
        }
    }
}

/// A long list by its length.
fn short(value: &Value) -> String {
    match value {
        Value::Strings(items) if items.len() > 8 => format!("{} entries", items.len()),
        other => other.to_string(),
    }
}

/// The option, and what happens to it.
impl fmt::Display for UpgradeNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.change)
    }
}

/// Changes that no single default shows: first release, option, what changes.
const BEHAVIOUR: &[(Release, &str, &str)] = &[
    (first_of(17), "crio.conf.d", "drop-ins in /etc/crio/crio.conf.d are read from now on"),
    (first_of(18), "--migrate-defaults", "crio config --migrate-defaults 1.17 is there, until 1.30"),
    (first_of(19), "crio.runtime.cgroup_manager", "a value other than systemd and cgroupfs stops CRI-O"),
    (first_of(21), "crio.runtime.workloads", "an unknown allowed annotation stops CRI-O"),
    (
        first_of(22),
        "TOML",
        "numbers with leading zeros and raw control characters stop CRI-O; dotted keys are read",
    ),
    (Release::patch(25, 1), "crio.runtime.runtimes", "the built-in runtime is never removed any more"),
    (
        first_of(26),
        "CRI",
        "only the v1 API is served: the kubelet must be 1.23 or newer, crictl and kubeadm too",
    ),
    (
        first_of(29),
        "crio.image.pause_image",
        "CRI-O does not start with a pause image that is not a valid reference",
    ),
    (first_of(31), "--migrate-defaults", "crio config --migrate-defaults is gone"),
    (first_of(32), "crio.api.stream_enable_tls", "without certificate and key CRI-O does not start"),
    (
        first_of(34),
        "crio.image.short_name_mode",
        "short image names are refused where several search registries exist",
    ),
    (first_of(36), "TOML", "TOML 1.1 is read: older releases refuse files that use it"),
];

/// What an upgrade from one release to another changes in general, option by option.
///
/// For reading about an upgrade; what matters to one host is [`upgrade_notes_for`].
///
/// ```
/// use crio_config::{UpgradeChange, upgrade_notes};
///
/// let notes = upgrade_notes("1.30".parse()?, "1.31".parse()?);
/// let gone = notes.iter().find(|note| note.path == "--migrate-defaults").unwrap();
/// assert!(matches!(gone.change, UpgradeChange::Behaviour { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn upgrade_notes(from: Release, to: Release) -> Vec<UpgradeNote> {
    let mut notes: Vec<UpgradeNote> = catalogue::options()
        .filter(|option| !option.is_internal())
        .filter_map(|option| note(option, from, to))
        .collect();
    notes.extend(BEHAVIOUR.iter().filter(|(since, ..)| from < *since && *since <= to).map(
        |(_, path, text)| UpgradeNote {
            path: (*path).to_owned(),
            change: UpgradeChange::Behaviour { text },
            keep: Vec::new(),
        },
    ));
    notes
}

/// The notes that matter to a host: keys its files state, and values that are others under the
/// release to come. `before` and `after` are the same files as each of the two releases reads them.
/// Keys that are new are left out, and so is what a file states.
///
/// Each note's `keep` holds what to set so that nothing changes, where that is possible.
///
/// ```
/// use crio_config::{Sources, merge, upgrade_notes_for};
///
/// let sources = Sources::new();
/// let read_by = |release: &str| merge(&sources, release.parse().unwrap()).unwrap().config;
/// let notes = upgrade_notes_for(&read_by("1.23"), &read_by("1.31"));
/// assert!(notes.iter().any(|note| note.path == "crio.image.pause_image"));
/// ```
pub fn upgrade_notes_for(before: &Effective, after: &Effective) -> Vec<UpgradeNote> {
    let stated: Vec<String> = before
        .iter()
        .filter(|(_, setting)| matches!(setting.origin, Origin::File(_)))
        .filter_map(|(path, _)| option_of(path))
        .collect();
    let begun = begin_to_count(before, after);
    let mut notes = upgrade_notes(before.release(), after.release());
    // What a default was or is does not matter where a file says another value.
    notes.retain(|note| !begun.iter().any(|other| other.path == note.path));
    notes.retain(|note| match note.change {
        UpgradeChange::DefaultMoves { .. } => moves(&note.path, before, after),
        UpgradeChange::Added { .. } => false,
        UpgradeChange::Behaviour { .. } => concerns(&note.path, before, after),
        _ => stated.contains(&note.path),
    });
    for note in &mut notes {
        // A table that a file states would be restated, and what the file says in it lost. kubeadm
        // names the pause image itself, and the one of an older release is not what it wants.
        let stated = |path: &KeyPath| [before, after].iter().any(|config| states_runtime(config, path));
        note.keep.retain(|(path, _)| !stated(path) && path.key() != "pause_image");
    }
    notes.extend(begun);
    notes
}

/// What drop-ins say that the older release does not read, where it makes a difference.
fn begin_to_count(before: &Effective, after: &Effective) -> Vec<UpgradeNote> {
    let reads = |release: Release| release >= Release::FIRST_WITH_DROP_INS;
    if reads(before.release()) || !reads(after.release()) {
        return Vec::new();
    }
    let begun = after.iter().filter_map(|(path, setting)| {
        let Origin::File(origin) = &setting.origin else { return None };
        let was = before.at(path);
        let same = was.is_some_and(|was| was.value == setting.value);
        if same || !origin.path.contains("/crio.conf.d/") {
            return None;
        }
        let path = KeyPath::from_parts(path.iter().map(String::as_str))?.to_string();
        let place = format!("{}:{}", origin.path, origin.line);
        let (from, to) = (was.map(|was| was.value.clone()), setting.value.clone());
        let change = UpgradeChange::BeginsToCount { from, to, place };
        Some(UpgradeNote { path, change, keep: Vec::new() })
    });
    begun.collect()
}

fn option_of(path: &[String]) -> Option<String> {
    match catalogue::find(path) {
        Some(Found::Option(option) | Found::MapEntry(option)) => Some(option.path()),
        _ => None,
    }
}

/// Has the option, in any table it can stand in, another value under the release to come, and does
/// that make a difference?
fn moves(option: &str, before: &Effective, after: &Effective) -> bool {
    let is_on = SWITCHED.iter().find(|(table, _)| option.starts_with(table));
    let works = is_on.is_none_or(|(_, switch)| {
        let path: Vec<&str> = switch.split('.').collect();
        option == *switch || before.flag(&path) || after.flag(&path)
    });
    // The built-in runtime has it in fields of its own from 1.24 on, with the values it had for
    // all.
    let went_to_runtimes = after.release() >= first_of(24)
        && before.release() < first_of(24)
        && ["crio.runtime.conmon", "crio.runtime.conmon_cgroup", "crio.runtime.conmon_env"].contains(&option);
    works
        && !went_to_runtimes
        && before
            .iter()
            .filter(|(path, _)| option_of(path).as_deref() == Some(option))
            .any(|(path, setting)| after.at(path).is_some_and(|now| now.value != setting.value))
}

/// Tables whose options act only where one of them is true.
const SWITCHED: [(&str, &str); 3] = [
    ("crio.metrics.", "crio.metrics.enable_metrics"),
    ("crio.tracing.", "crio.tracing.enable_tracing"),
    ("crio.nri.", "crio.nri.enable_nri"),
];

/// Does a file state the runtime that the path lies in?
fn states_runtime(config: &Effective, path: &KeyPath) -> bool {
    let [crio, runtime, runtimes, name, ..] = path.parts() else { return false };
    let table = [crio, runtime, runtimes, name].map(String::as_str);
    table[..3] == ["crio", "runtime", "runtimes"]
        && config.iter().any(|(path, setting)| {
            path.iter().map(String::as_str).take(4).eq(table) && matches!(setting.origin, Origin::File(_))
        })
}

/// Is the host one that the changed behaviour reaches?
fn concerns(option: &str, before: &Effective, after: &Effective) -> bool {
    let path: Vec<&str> = option.split('.').collect();
    match option {
        "crio.image.pause_image" => before.text(&path).parse::<ImageReference>().is_err(),
        "crio.api.stream_enable_tls" => before.flag(&path),
        "crio.runtime.cgroup_manager" => !matches!(before.text(&path), "systemd" | "cgroupfs"),
        "crio.runtime.workloads" => !before.workloads().is_empty(),
        "crio.runtime.runtimes" => before.runtimes() != after.runtimes(),
        "crio.conf.d" => after.iter().any(|(_, setting)| {
            matches!(&setting.origin, Origin::File(origin) if origin.path.contains("/crio.conf.d/"))
        }),
        // The files are read by both releases, or there would be nothing to compare; a command is
        // no file.
        "TOML" | "--migrate-defaults" => false,
        _ => true,
    }
}

fn note(option: &CrioOption, from: Release, to: Release) -> Option<UpgradeNote> {
    let path = option.path();
    let instead = option.instead();
    let crosses = |since: Option<Release>| since.is_some_and(|since| from < since && since <= to);
    let plain = |change| Some(UpgradeNote { path: path.clone(), change, keep: Vec::new() });
    match (option.is_in(from), option.is_in(to)) {
        (true, false) => return plain(UpgradeChange::Removed { instead }),
        (false, true) => return plain(UpgradeChange::Added { default: option.default(to) }),
        (false, false) => return None,
        (true, true) => {}
    }
    // An option that does nothing any more needs no word on its default or on being deprecated.
    if crosses(option.inert_since()) {
        return plain(UpgradeChange::LosesEffect { instead });
    }
    let (before, after) = (option.default(from), option.default(to));
    if let (Some(before), Some(after)) = (before, after)
        && before != after
    {
        let keep = keep(option, &before, from, to);
        return Some(UpgradeNote {
            path,
            change: UpgradeChange::DefaultMoves { from: before, to: after },
            keep,
        });
    }
    if crosses(option.deprecated_since()) {
        return plain(UpgradeChange::Deprecated { instead });
    }
    None
}

/// The edits that keep an old default, with what must go with it.
fn keep(option: &CrioOption, before: &Value, from: Release, to: Release) -> Vec<(KeyPath, Value)> {
    if matches!(option.table(), Table::Handler | Table::Workload | Table::Resources) {
        return Vec::new();
    }
    let value = match (option.kind(), before) {
        (Kind::Duration, Value::Integer(nanoseconds)) if to >= first_of(25) => {
            Value::String(crate::effective::go::format_duration(*nanoseconds))
        }
        _ => before.clone(),
    };
    let mut edits: Vec<_> =
        KeyPath::from_parts(option.path().split('.')).map(|path| (path, value)).into_iter().collect();
    match option.key() {
        // Not the built-in runtime any more: it needs an entry of its own.
        "default_runtime" => edits.extend(built_in_entry(from, to)),
        // The monitor's default slice is none of cgroupfs'.
        "cgroup_manager" => edits.extend(
            KeyPath::from_parts(["crio", "runtime", "conmon_cgroup"]).map(|path| (path, Value::from("pod"))),
        ),
        _ => {}
    }
    edits
}

/// The runtime that was built in, stated in full.
fn built_in_entry(from: Release, to: Release) -> Vec<(KeyPath, Value)> {
    let old = Effective::defaults(from);
    let prefix = crate::effective::handler_path(crate::effective::runtime_name(from));
    old.iter()
        .filter(|(path, _)| path.starts_with(&prefix))
        .filter(|(path, setting)| {
            let known = catalogue::find(path);
            let Some(Found::Option(option)) = known else { return false };
            option.is_in(to) && (setting.value != option.empty() || option.key() == "runtime_path")
        })
        .filter_map(|(path, setting)| Some((KeyPath::from_parts(path.to_vec())?, setting.value.clone())))
        .collect()
}
