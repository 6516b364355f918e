//! Which mirrors packages come from: what flag and spec say, a probe where they leave it to one.

use std::time::Duration;

use host_prep::Host;
use host_prep::mirrors::{Artefact, Choice};
use host_prep::repo::{Candidate, Places, probe};

use super::{Reporter, now};
use crate::recipe::{self, Agreed, NodeSpec};

/// Whether keys that are not on the host yet may be fetched over the network.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Keys {
    /// They may.
    Fetched,
    /// Only those that are on the host are used.
    OfTheHost,
}

/// Each mirror gets this long to answer.
const LIMIT: Duration = Duration::from_secs(10);

/// The spec with a mirror in place of every `probe`; `flag` goes before what the spec says.
///
/// A choice that was made on this host stays: its repository file tells which. Where nothing may be
/// fetched and no choice was made, the origin stands for it.
///
/// # Errors
/// If no mirror answers right.
pub(crate) fn settled(
    host: &Host,
    (spec, agreed): (&NodeSpec, &Agreed),
    places: Option<Places>,
    (flag, keys): (Option<&Choice>, Keys),
    report: &mut dyn Reporter,
) -> Result<NodeSpec, String> {
    let mut spec = spec.clone();
    let Some(places) = places else { return Ok(spec) };
    for artefact in [Artefact::Kubernetes, Artefact::CriO] {
        let candidates = recipe::candidates(&spec, agreed, artefact, places);
        let wanted = match artefact {
            Artefact::CriO => &mut spec.mirrors.crio_packages,
            _ => &mut spec.mirrors.kubernetes_packages,
        };
        // No mirror but the origin may have CRI-O: a name goes where it is known.
        let known = |name: &String| candidates.iter().any(|candidate| candidate.name == *name);
        match flag {
            Some(Choice::Named(name)) if !known(name) && artefact == Artefact::CriO => {}
            Some(source) => *wanted = Some(source.clone()),
            None => {}
        }
        if *wanted == Some(Choice::Probe) {
            *wanted = Some(Choice::Named(chosen(host, artefact, places, &candidates, keys, report)?));
        }
    }
    Ok(spec)
}

/// The mirror of an earlier run wins over a faster one, so that a second plan wants the same.
fn chosen(
    host: &Host,
    artefact: Artefact,
    places: Places,
    candidates: &[Candidate],
    keys: Keys,
    report: &mut dyn Reporter,
) -> Result<String, String> {
    let written = host.root().read(&places.file(artefact)).ok().flatten().unwrap_or_default();
    let written = String::from_utf8_lossy(&written).into_owned();
    // A repository that is written already is asked no more: a second run plans nothing.
    if let Some(before) =
        candidates.iter().find(|candidate| written.contains(candidate.location.url().as_str()))
    {
        return Ok(before.name.clone());
    }
    if keys == Keys::OfTheHost {
        return Ok("upstream".to_owned());
    }
    report.note(&format_args!("asking {} mirrors for {artefact}", candidates.len()));
    // The tree of a host has no programs to ask with; those of this machine do.
    let here = Host::live().map_err(|error| error.to_string())?.through(host.proxy().cloned());
    let (place, answers) =
        probe(&here, candidates, places.format(), LIMIT, now()).map_err(|error| error.to_string())?;
    answers.iter().for_each(|answer| report.note(&format_args!("  {answer}")));
    candidates
        .get(place)
        .map(|candidate| candidate.name.clone())
        .ok_or_else(|| "no mirror was asked".to_owned())
}
