//! docker: `daemon.json`, its units and `config.json`.

mod flags;
pub(super) mod login;
mod rule;
mod table;
pub(super) mod unit;

use std::collections::BTreeMap;

use super::draft::{Draft, one};
use super::fault::Outcome;
use super::tree::{Leaf, Plain};

/// What keys of other places say that decides how a key is meant.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    /// `json-file` where nothing else is said.
    log_driver: Option<String>,
    debug: bool,
    /// Limits of `default-ulimits`, by the name of their object: soft, hard, the name that it says.
    ulimits: BTreeMap<String, Limit>,
}

/// A limit as an object says it: soft, hard, its own name.
type Limit = (Option<i64>, Option<i64>, Option<String>);

/// A key of docker's daemon, from its file or as a flag of its unit.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    /// The file as it was named.
    pub(super) file: String,
    pub(super) leaf: Leaf,
}

impl Context {
    pub(super) fn of(settings: &[Setting]) -> Self {
        let find = |key: &str| settings.iter().rfind(|setting| setting.leaf.part(0) == key);
        Self {
            log_driver: find("log-driver").and_then(|found| found.leaf.text()).map(str::to_owned),
            debug: find("debug").and_then(|found| found.leaf.flag()).unwrap_or_default(),
            ulimits: ulimits(settings),
        }
    }

    fn ulimit(&self, name: &str) -> Limit {
        self.ulimits.get(name).cloned().unwrap_or_default()
    }

    /// Whether containers log to files that are rotated.
    fn logs_to_files(&self) -> bool {
        matches!(self.log_driver.as_deref(), None | Some("" | "json-file" | "local"))
    }
}

fn ulimits(settings: &[Setting]) -> BTreeMap<String, Limit> {
    let mut all = BTreeMap::new();
    for leaf in settings.iter().map(|setting| &setting.leaf).filter(|leaf| leaf.part(0) == "default-ulimits")
    {
        let limit: &mut Limit = all.entry(leaf.part(1).to_owned()).or_default();
        match leaf.part(2).to_ascii_lowercase().as_str() {
            "soft" => limit.0 = leaf.number(),
            "hard" => limit.1 = leaf.number(),
            "name" => limit.2 = leaf.text().map(str::to_owned),
            _ => {}
        }
    }
    all
}

/// Tells of every setting what becomes of it.
pub(super) fn settings(draft: &mut Draft, settings: &[Setting]) {
    let context = Context::of(settings);
    for (at, Setting { file, leaf }) in settings.iter().enumerate() {
        let later = &settings[at + 1..];
        // A list that is said twice is joined; of anything else docker takes one, or refuses both.
        let again = later.iter().find(|other| other.leaf.path == leaf.path);
        let told = match again.filter(|_| !matches!(leaf.value, Plain::List(_))) {
            Some(other) => one(Outcome::not_needed(format!(
                "it is said again in {}, line {}, and that one counts",
                other.file, other.leaf.place.line
            ))),
            None => table::told(draft, &context, leaf),
        };
        draft.tell(file, leaf, told);
    }
    if context.log_driver.is_none() && !draft.kubelet.contains_key("containerLogMaxSize") {
        draft.notes.push(
            "docker keeps container logs without a limit unless told; the kubelet rotates them at 10Mi, five files"
                .into(),
        );
    }
    if !draft.kubelet.contains_key("cgroupDriver") {
        draft.notes.push(
            "the cgroup driver is not said: docker's own choice is cgroupfs on cgroup v1 and systemd on v2; CRI-O's is \
             systemd, and the kubelet's cgroupDriver has to be the same"
                .into(),
        );
    }
}

#[cfg(test)]
pub(super) use table::names;
