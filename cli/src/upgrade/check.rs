//! What ends, minor by minor: none is skipped.

use host_prep::Host;
use host_prep::facts::{ObserveOptions, observe};
use kubeadm_config::Minor;
use schemars::JsonSchema;
use serde::Serialize;

use crate::doctor::files_of_kubeadm;
use crate::recipe::{Endings, Ends, UnreadFile, kubernetes_minor, minor_of};

/// What ends at `to` or before of a host's files, and the minor that it is at: the older one of its control
/// plane's and its kubelet's. Nothing is changed.
#[must_use]
pub fn endings_of(host: &Host, to: Minor) -> (Endings, Option<Minor>) {
    let facts = observe(host, &ObserveOptions::default());
    let mut endings = Endings::of_host(&facts, to);
    let (files, unread) = files_of_kubeadm(host);
    for file in files {
        endings.add_kubeadm_file(&file.path.display().to_string(), &file.bytes, to);
    }
    for one in unread {
        endings.could_not_read(&one.source, None, one.why);
    }
    let kubelet = facts.release_of("kubelet").and_then(minor_of);
    (endings, kubernetes_minor(&facts).into_iter().chain(kubelet).min().map(Minor::new))
}

/// What a way from minor to minor ends.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Check {
    /// The minor that the files are for today, where it is known.
    pub from: Option<String>,
    /// The minor that is gone to.
    pub to: String,
    /// What ended with that minor or before; all that ends up to `to`, where nobody knows where it starts.
    pub ended: Vec<Ends>,
    /// Each step on the way.
    pub steps: Vec<Hop>,
    /// The files that were read.
    pub files: Vec<String>,
    /// What could not be read.
    pub unread: Vec<UnreadFile>,
}

/// A step from a minor to the next one.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Hop {
    /// From this minor.
    pub from: String,
    /// To this one.
    pub to: String,
    /// What ends with it.
    pub ends: Vec<Ends>,
}

impl Check {
    /// Sorts what was found by the minors on the way.
    #[must_use]
    pub fn of(from: Option<Minor>, to: Minor, endings: Endings) -> Self {
        let Endings { found, read: files, unread } = endings;
        let first = from.map_or(to.number(), Minor::number);
        let of = |minor: u64| found.iter().filter(move |one| one.minor == minor).cloned();
        let ended: Vec<Ends> = found.iter().filter(|one| one.minor <= first).cloned().collect();
        let steps = (first..to.number()).map(|minor| Hop {
            from: Minor::new(minor).to_string(),
            to: Minor::new(minor + 1).to_string(),
            ends: of(minor + 1).collect(),
        });
        let steps = steps.collect();
        Self { from: from.map(|from| from.to_string()), to: to.to_string(), ended, steps, files, unread }
    }

    /// Everything that ends.
    pub fn all(&self) -> impl Iterator<Item = &Ends> {
        self.ended.iter().chain(self.steps.iter().flat_map(|step| &step.ends))
    }

    /// Whether nothing ends, as far as it could be read.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.all().next().is_none()
    }
}
