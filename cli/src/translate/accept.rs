//! What CRI-O would not start with is not written: its own rules are asked before, and who asked for it is told.

use crio_config::{CheckOptions, Document, KeyPath, Remark, Severity, Sources, check};

use super::draft::Draft;
use super::fault::Outcome;

/// As many as keys stand on one another.
const ROUNDS: usize = 8;

/// Takes out of the draft what the release refuses, key by key; what became of the old keys is told anew.
pub(super) fn only_accepted(draft: &mut Draft, text: impl Fn(&Draft) -> Option<String>) {
    // A handler that is gone may be another key's; each round takes out what is refused then.
    for _ in 0..ROUNDS {
        let Some(text) = text(draft) else { return };
        let sources = Sources::new().with_main("/etc/crio/crio.conf", text.as_str());
        let report = check(&sources, draft.release, &CheckOptions::default());
        let refused: Vec<Remark> =
            report.remarks.into_iter().filter(|one| one.severity == Severity::Error).collect();
        let taken = refused.iter().filter(|one| take_out(draft, one, &text)).count();
        if taken == 0 {
            return;
        }
    }
}

/// Whether there was such a key to take out.
fn take_out(draft: &mut Draft, remark: &Remark, text: &str) -> bool {
    let Some(key) = key_of(draft, remark, text) else { return false };
    draft.crio.remove(key.parts());
    let place = format!("crio.conf: {key}");
    let why = format!("CRI-O {} does not take it: {}", draft.release, remark.text);
    let mut is_told = false;
    for fate in &mut draft.fates {
        let Outcome::Translated { to, .. } = &fate.outcome else { continue };
        if to.split("; ").any(|one| one == place) {
            fate.outcome = Outcome::invalid(why.clone());
            is_told = true;
        }
    }
    if !is_told {
        draft.notes.push(format!("{key} is left out: {why}"));
    }
    true
}

/// The key that a remark is about: the one that it names, or the one on its line.
fn key_of(draft: &Draft, remark: &Remark, text: &str) -> Option<KeyPath> {
    let keys = || draft.crio.keys().filter_map(|parts| KeyPath::from_parts(parts.iter().cloned()));
    if let Some(key) = keys().find(|key| key.to_string() == remark.field) {
        return Some(key);
    }
    let (document, line) =
        (Document::parse_for(text, draft.release).ok()?, usize::try_from(remark.line?).ok()?);
    keys().find(|key| document.locate(key).is_some_and(|place| place.line == line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crio_config::Value;

    /// A rule that no table of keys knows is CRI-O's all the same.
    #[test]
    fn what_the_release_refuses_is_told_and_not_written() {
        let mut draft = Draft::new("1.34".parse().unwrap());
        let outcome = draft.crio(&["crio", "runtime", "default_runtime"], Value::from("none"));
        draft.tell_file("a", outcome);
        let outcome = draft.crio(&["crio", "runtime", "log_level"], Value::from("loud"));
        draft.tell_file("b", outcome);
        let outcome = draft.crio(&["crio", "runtime", "pids_limit"], Value::Integer(5000));
        draft.tell_file("c", outcome);
        let text = |draft: &Draft| {
            let lines = draft.crio.iter().map(|(path, value)| format!("{} = {value}\n", path[2]));
            Some(format!("[crio.runtime]\n{}", lines.collect::<String>()))
        };
        only_accepted(&mut draft, text);
        let words: Vec<_> = draft.fates.iter().map(|fate| fate.outcome.as_str()).collect();
        assert_eq!(words, ["invalid", "invalid", "translated"], "{:?}", draft.fates);
        assert_eq!(draft.crio.len(), 1);
    }
}
