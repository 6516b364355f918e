//! Files of others that are read after our own and win: what the spec asks for is written then, and
//! not in force.
//!
//! CRI-O's drop-ins are `crio`'s matter and sysctls `host-prep`'s; here are registries, proxies and
//! what CRI-O's command says.

use std::path::Path;

use crio_config::{
    KeyPath, MirroredRegistry, Origin, Release, Sources, Value, merge, read_registries, registry_block,
};
use host_prep::facts::{Crio, Unit};

use super::agree::plain;
use super::fault::Finding;
use super::no_proxy::NoProxy;
use crate::crio_host;

/// What keeps CRI-O from asking the mirrors that `ours` names: of several files that name a registry
/// the last one counts alone (containers-registries.conf.d(5)).
pub(super) fn registries(wanted: &[MirroredRegistry], crio: &Crio, ours: &str) -> Vec<Finding> {
    let ours = Path::new(ours);
    let all = crio.registries.known().map_or(&[][..], Vec::as_slice);
    let is_later = |path: &Path| crio.places.is_registries_drop_in_after(path, ours);
    let later: Vec<_> = all.iter().filter(|file| is_later(&file.path)).collect();
    let mut found = Vec::new();
    for registry in wanted {
        let prefix = registry.prefix.as_str();
        let block = later.iter().rev().find_map(|file| {
            // One that cannot be read is told by itself.
            Some((file, registry_block(&file.text(), prefix).ok()??))
        });
        let Some((file, block)) = block else { continue };
        let asked = read_registries(&block).map(|read| read.registries).unwrap_or_default();
        let asked = asked.into_iter().flat_map(|one| one.mirrors).collect::<Vec<_>>();
        let lost: Vec<_> = registry.mirrors.iter().filter(|mirror| !asked.contains(mirror)).collect();
        if lost.is_empty() {
            continue;
        }
        let names: Vec<&str> = lost.iter().map(|mirror| mirror.location.as_str()).collect();
        let what = format!(
            "{} is read after {}, and what it says of {prefix} counts alone: {} is not asked as the spec wants",
            file.path.display(),
            ours.display(),
            names.join(", "),
        );
        let hint = format!("take the [[registry]] of {prefix} out of that file, or give it the same mirror");
        found.push(Finding::fault("registries-overridden", "registries", what, hint));
    }
    found
}

/// What CRI-O's command, or a variable in a flag's place, says otherwise: it wins over every file
/// (`mergeConfig` of CRI-O's internal/criocli).
pub(super) fn crio_flags(wanted: &[(&'static str, Value)], crio: &Crio, release: Release) -> Vec<Finding> {
    let mut sources = Sources::new();
    sources.command = crio_host::command(crio.unit.as_ref());
    // Without a file there is nothing that CRI-O would not read.
    let Ok(merged) = merge(&sources, release) else { return Vec::new() };
    let differs = |(key, wanted): &(&'static str, Value)| {
        let setting = merged.config.get(&path_of(key))?;
        let Origin::Command(at) = &setting.origin else { return None };
        let same = match (&setting.value, wanted) {
            (Value::String(value), Value::String(wanted)) => plain(value) == plain(wanted),
            (value, wanted) => value == wanted,
        };
        if same {
            return None;
        }
        let said = shown(&setting.value);
        let what = match (&*at.file, at.line) {
            ("", _) => {
                format!("crio.service gives CRI-O {} {said}, which wins over {key} of every file", at.word)
            }
            (file, line) => {
                format!("{file}:{line} gives CRI-O {} {said}, which wins over {key} of every file", at.word)
            }
        };
        let hint = format!("take it out: it must be {}", shown(wanted));
        Some(Finding::fault("crio-setting-overridden", "crio", what, hint))
    };
    wanted.iter().filter_map(differs).collect()
}

/// What makes a unit run with another proxy than `drop_in` says.
pub(super) fn proxies(
    wanted: &[(&'static str, String)],
    name: &str,
    unit: Option<&Unit>,
    drop_in: &str,
) -> Vec<Finding> {
    let Some(unit) = unit else { return Vec::new() };
    let drop_in = Path::new(drop_in);
    let differs = |(variable, wanted): &(&'static str, String)| {
        let (file, value) = unit.set_after(drop_in, variable)?;
        let how = match value {
            None => format!("takes back {variable}"),
            Some(value) if *variable == "NO_PROXY" => {
                let hole = first_hole(wanted, &value)?;
                format!("sets NO_PROXY without {hole}")
            }
            Some(value) if value == *wanted => return None,
            Some(_) => format!("sets another {variable}"),
        };
        let what = format!("{} {how} for {name}, after {}, and wins", file.display(), drop_in.display());
        let hint = "take that line out, or let it say what the spec says";
        Some(Finding::fault("proxy-overridden", "proxy", what, hint))
    };
    wanted.iter().filter_map(differs).collect()
}

/// The first entry of the one `NO_PROXY` that the other does not cover.
fn first_hole<'w>(wanted: &'w str, other: &str) -> Option<&'w str> {
    let covers = NoProxy::parse(other);
    let mut entries = wanted.split(',').filter(|entry| other.split(',').all(|own| own.trim() != *entry));
    entries.find(|entry| match (entry.parse(), entry.strip_prefix('.')) {
        (Ok(subnet), _) => !covers.has_subnet(subnet),
        // `.svc` is every host below it.
        (Err(_), Some(name)) => !covers.has_host(&format!("x.{name}")),
        (Err(_), None) => !covers.has_host(entry),
    })
}

/// A value as TOML would have it, near enough to be found in the file.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        other => format!("{other:?}"),
    }
}

/// Only for keys that are written in this program, which is why it may panic.
pub(super) fn path_of(key: &str) -> KeyPath {
    KeyPath::from_parts(key.split('.')).expect("keys of this file have parts")
}
