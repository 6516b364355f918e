//! What one file of CRI-O's says and a later release passes over in silence.

use crate::catalogue::{CrioOption, Found, find};
use crate::{Code, Document, Error, KeyPath, Place, Release, Value};

/// A key that ends.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Ending {
    /// The name of the fault.
    pub code: Code,
    /// The key as it is written, with its tables.
    pub key: KeyPath,
    /// The first release that does not follow it.
    pub ends: Release,
    /// Whether that release still knows it, and does nothing with it.
    pub inert: bool,
    /// Whether what it says was the default of the last release that followed it, or is what CRI-O does ever
    /// since: nothing changes then.
    pub was_default: bool,
    /// What takes its place.
    pub instead: Option<&'static str>,
    /// Where its value stands.
    pub place: Option<Place>,
}

/// The keys of a file that a release up to `to` no longer follows, in the order of the file. CRI-O starts
/// with them, and what they said is not in force.
///
/// # Errors
/// [`Error::Syntax`] where the file is no TOML.
///
/// ```
/// use crio_config::{Release, endings};
///
/// let file = b"[crio.image]\nregistries = [\"quay.io\"]\npause_image = \"registry.k8s.io/pause:3.10\"\n";
/// let found = endings(file, Release::newest_of(34))?;
/// assert_eq!((found.len(), found[0].ends.minor()), (1, 21));
/// assert_eq!(found[0].place.as_ref().unwrap().line, 2);
/// assert!(endings(file, Release::newest_of(20))?.is_empty());
/// # Ok::<(), crio_config::Error>(())
/// ```
pub fn endings(file: &[u8], to: Release) -> Result<Vec<Ending>, Error> {
    let document = Document::from_bytes(file)?;
    let mut found: Vec<Ending> = Vec::new();
    for key in document.keys() {
        let known = match find(key.parts()) {
            Some(Found::Option(option) | Found::MapEntry(option) | Found::Tables(option)) => option,
            _ => continue,
        };
        let Some((ends, inert)) = end_of(known).filter(|(ends, _)| *ends <= to) else { continue };
        let said = document.get(&key);
        let was_default = said.is_some_and(|said| after(known, ends) == Some(said));
        let place = document.locate(&key);
        let (code, instead) = (Code::CrioKeyEnds, known.instead());
        found.push(Ending { code, key, ends, inert, was_default, instead, place });
    }
    Ok(found)
}

/// The first release without it, or the first in which it does nothing.
fn end_of(option: &CrioOption) -> Option<(Release, bool)> {
    let inert = option.inert_since().map(|since| (since, true));
    let removed = option.removed_in().map(|since| (since, false));
    [inert, removed].into_iter().flatten().min_by_key(|(since, _)| *since)
}

/// What is so without the key.
fn after(option: &CrioOption, ends: Release) -> Option<Value> {
    let by_itself = BY_ITSELF.iter().find(|(path, _)| *path == option.path());
    by_itself.map(|(_, on)| Value::Boolean(*on)).or_else(|| last_default(option, ends))
}

/// What CRI-O does by itself since the key is gone, other than its default was: `DefaultConfig` of `pkg/config` of
/// 1.19 has `ManageNSLifecycle: true`, and 1.21 knows nothing else.
const BY_ITSELF: [(&str, bool); 1] = [("crio.runtime.manage_network_ns_lifecycle", true)];

/// The default of the newest release before `ends` that has the option.
fn last_default(option: &CrioOption, ends: Release) -> Option<Value> {
    option.default_history().into_iter().rev().find(|(since, _)| *since < ends).map(|(_, value)| value)
}
