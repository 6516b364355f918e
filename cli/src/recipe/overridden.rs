//! Files of others that are read after our own and win: what the spec asks for is written then, and
//! not in force.
//!
//! CRI-O's drop-ins are `crio`'s matter and sysctls `host-prep`'s; here are registries, proxies and
//! what CRI-O's command says.

use std::path::Path;

use crio_config::{MirroredRegistry, Value, read_registries, registry_block};
use host_prep::facts::{Crio, Unit};

use super::agree::plain;
use super::fault::Finding;
use super::no_proxy::NoProxy;

/// What keeps CRI-O from asking the mirrors that `ours` names: of several files that name a registry
/// the last one counts alone (containers-registries.conf.d(5)).
pub(super) fn registries(wanted: &[MirroredRegistry], crio: &Crio, ours: &str) -> Vec<Finding> {
    let ours = Path::new(ours);
    let is_later = |path: &Path| {
        path.parent() == ours.parent() && path > ours && path.extension().is_some_and(|end| end == "conf")
    };
    let later = crio.registries.known().map_or(&[][..], Vec::as_slice);
    let later: Vec<_> = later.iter().filter(|file| is_later(&file.path)).collect();
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
pub(super) fn crio_flags(wanted: &[(&'static str, Value)], crio: &Crio) -> Vec<Finding> {
    let Some(unit) = &crio.unit else { return Vec::new() };
    let differs = |(key, wanted): &(&'static str, Value)| {
        let name = key.rsplit('.').next()?.replace('_', "-");
        let variable = format!("CONTAINER_{}", name.to_uppercase().replace('-', "_"));
        let (word, value) = match unit.flag(&name) {
            Some(value) => (format!("--{name}"), value),
            None => (variable.clone(), unit.environment.get(&variable)?.as_str()),
        };
        let wanted = match wanted {
            Value::String(text) => text.clone(),
            // A switch alone has the next word for a value.
            Value::Boolean(truth) if ["true", "false"].contains(&value) => truth.to_string(),
            _ => return None,
        };
        if value.is_empty() || plain(value) == plain(&wanted) {
            return None;
        }
        let place = unit.place_of(&word).map(|(file, line, _)| format!("{}:{line}", file.display()));
        let place = place.unwrap_or_else(|| unit.path.display().to_string());
        let what = format!("{place} gives CRI-O {word} {value}, which wins over {key} of every file");
        let hint = format!("take it out: it must be {wanted}");
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
