//! A check: a row with its name, what it needs, and the rule that decides it.

use super::Family;
use super::finding::{Evidence, Finding, Fix, Severity, Unread};
use super::inspection::{Inspection, KubeadmFile, Part, crio_report};
use crate::explain;
use crate::recipe;

/// What a rule has to have to say something.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Need {
    /// Files: a disk that does not run is enough.
    Files,
    /// The running kernel.
    Kernel,
    /// An answer of a daemon.
    Daemon,
    /// The API server.
    Api,
    /// A log.
    Log,
}

/// Decides a check. What it found is told; what it could not read ends it, and is said.
pub type Rule = fn(&Inspection<'_>, &mut Told<'_>) -> Result<(), Unread>;

/// A row of the catalogue. Its texts are those of [`explain::find`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Check {
    /// The name, which is the code of what it finds.
    pub name: &'static str,
    /// The worst it says.
    pub severity: Severity,
    /// What it needs; where there are several, any of them can say something.
    pub needs: &'static [Need],
    /// Of which releases it is, as far as its rule asks for one; `all` where it does not.
    pub releases: &'static str,
    /// What decides it.
    pub rule: Rule,
    /// Whether `facts` and `verify` tell it.
    pub brief: Brief,
}

/// Whether `facts` and `verify` tell a check, which look at no log and ask no API server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Brief {
    /// Where it is an error that files, the kernel or a daemon show: a host with it is no node as
    /// wanted, or does not stay one.
    ByRule,
    /// Though it is no error: what somebody wrote down is not in force.
    Too,
    /// Though it is an error, for this reason.
    Not(&'static str),
}

/// What one check found so far.
#[derive(Debug)]
pub struct Told<'a> {
    check: &'a Check,
    family: super::Family,
    found: Vec<Finding>,
    unread: Vec<Unread>,
}

const fn row(name: &'static str, severity: Severity, needs: &'static [Need], rule: Rule) -> Check {
    Check { name, severity, needs, releases: "all", rule, brief: Brief::ByRule }
}

/// A check that can end in an error.
pub(super) const fn error(name: &'static str, needs: &'static [Need], rule: Rule) -> Check {
    row(name, Severity::Error, needs, rule)
}

/// A check that can warn.
pub(super) const fn warning(name: &'static str, needs: &'static [Need], rule: Rule) -> Check {
    row(name, Severity::Warning, needs, rule)
}

/// A check that only notes.
pub(super) const fn note(name: &'static str, needs: &'static [Need], rule: Rule) -> Check {
    row(name, Severity::Note, needs, rule)
}

impl Check {
    /// Told by `facts` and `verify`, too.
    pub(super) const fn told(self) -> Self {
        Self { brief: Brief::Too, ..self }
    }

    /// Of those releases alone, or judged by their tables.
    pub(super) const fn of(self, releases: &'static str) -> Self {
        Self { releases, ..self }
    }

    /// Not told by `facts` and `verify`, and why.
    pub(super) const fn untold(self, why: &'static str) -> Self {
        Self { brief: Brief::Not(why), ..self }
    }

    /// Whether `facts` and `verify` tell it.
    #[must_use]
    pub fn is_in_brief(&self) -> bool {
        let here = self.needs.iter().any(|need| !matches!(need, Need::Log | Need::Api));
        match self.brief {
            Brief::ByRule => self.severity == Severity::Error && here,
            Brief::Too => true,
            Brief::Not(_) => false,
        }
    }
}

impl<'a> Told<'a> {
    /// Nothing found yet.
    pub(super) fn of(check: &'a Check, family: super::Family) -> Self {
        Self { check, family, found: Vec::new(), unread: Vec::new() }
    }

    /// It fires, as bad as the check can be.
    pub fn fires(&mut self, message: impl Into<String>) -> &mut Finding {
        self.says(self.check.severity, message)
    }

    /// It fires, not as bad.
    pub fn warns(&mut self, message: impl Into<String>) -> &mut Finding {
        self.says(Severity::Warning.min(self.check.severity), message)
    }

    /// It fires, as bad as the check can be where that is `serious`, else not as bad.
    pub fn fires_if(&mut self, serious: bool, message: impl Into<String>) -> &mut Finding {
        if serious { self.fires(message) } else { self.warns(message) }
    }

    /// It is worth knowing.
    pub fn notes(&mut self, message: impl Into<String>) -> &mut Finding {
        self.says(Severity::Note, message)
    }

    /// Something could not be read, and the rest of the rule goes on.
    pub fn could_not_read(&mut self, unread: Unread) {
        self.unread.push(unread);
    }

    /// The files of kubeadm's that can be read; what cannot is told, and the rule goes on.
    pub(super) fn kubeadm_files<'s>(&mut self, seen: &'s Inspection<'_>) -> &'s [KubeadmFile] {
        let (found, unread) = seen.kubeadm_files();
        self.unread.extend(unread.iter().cloned());
        found
    }

    /// What a rule over the facts alone says under this name.
    pub fn takes(&mut self, said: &recipe::Finding) -> &mut Finding {
        let severity = match said.severity {
            recipe::Severity::Fault => self.check.severity,
            _ => Severity::Warning.min(self.check.severity),
        };
        let (place, what) = place_of(&said.what);
        self.says(severity, what).cured_by(said.hint.clone()).seen_in(place)
    }

    /// CRI-O's rules say so.
    fn hears_crio(&mut self, remark: &crio_config::Remark) {
        let finding = match remark.severity {
            crio_config::Severity::Advice => self.warns(&remark.text),
            // CRI-O may start, and cannot do all of its work.
            _ => self.fires(&remark.text),
        };
        finding.seen_in(crio_report::place(remark));
        if let Some(help) = &remark.help {
            finding.cured_by(help);
        }
    }

    /// The name of the check.
    pub(super) fn name(&self) -> &'static str {
        self.check.name
    }

    /// The first it found.
    pub(super) fn first(&mut self) -> Option<&mut Finding> {
        self.found.first_mut()
    }

    /// A log says so, in that severity at most.
    pub(super) fn hears(&mut self, severity: Severity, message: impl Into<String>) -> &mut Finding {
        self.says(severity.min(self.check.severity), message)
    }

    /// With the cure of the check's own text, which a rule may replace by one for this host.
    fn says(&mut self, severity: Severity, message: impl Into<String>) -> &mut Finding {
        let cure = explain::find(self.check.name).map(|text| text.cure).unwrap_or_default();
        self.found.push(Finding {
            code: self.check.name,
            family: self.family,
            severity,
            message: message.into(),
            evidence: Vec::new(),
            cure: cure.to_owned(),
            explained_by: None,
            fix: Fix::Commands,
        });
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    /// What was found, and what could not be read.
    pub(super) fn into_parts(self) -> (Vec<Finding>, Vec<Unread>) {
        (self.found, self.unread)
    }
}

/// A message that starts with the place it is about, `FILE:LINE:COLUMN: `, and what is behind it.
pub(super) fn place_of(message: &str) -> (Option<Evidence>, &str) {
    let whole = (None, message);
    let Some((place, what)) = message.split_once(": ").filter(|(place, _)| place.starts_with('/')) else {
        return whole;
    };
    if place.contains(' ') {
        return whole;
    }
    let mut parts = place.split(':');
    let file = parts.next().unwrap_or_default();
    let numbers: Vec<Option<u32>> = parts.map(|part| part.parse().ok()).collect();
    let evidence = Evidence::file(file);
    match numbers.as_slice() {
        [] => (Some(evidence), what),
        [Some(line)] => (Some(evidence.line(*line)), what),
        [Some(line), Some(column)] => (Some(evidence.at(*line, *column)), what),
        _ => whole,
    }
}

/// The rule of a check that the facts alone decide: what [`recipe::findings`] says under its name.
pub(super) fn by_facts(seen: &Inspection<'_>, told: &mut Told<'_>) -> Result<(), Unread> {
    for said in seen.said(told.check.name) {
        told.takes(said);
    }
    // What the facts could not read may have said so.
    match told.family {
        Family::Systemd | Family::Network => seen.consults(Part::Units),
        Family::Kubelet => [Part::Units, Part::Kubelet].into_iter().for_each(|part| seen.consults(part)),
        Family::Runtime => {
            [Part::Units, Part::Crio, Part::Kubelet].into_iter().for_each(|part| seen.consults(part));
        }
        Family::ControlPlane => seen.consults(Part::Manifests),
        _ => {}
    }
    Ok(())
}

/// The rule of a check that CRI-O's own rules decide: what `crio check` says under its name.
pub(super) fn by_crio(seen: &Inspection<'_>, told: &mut Told<'_>) -> Result<(), Unread> {
    if seen.has_crio() {
        seen.crio_files()?;
    }
    for remark in seen.crio_remarks().iter().filter(|one| one.code.as_str() == told.check.name) {
        told.hears_crio(remark);
    }
    for (path, why) in seen.crio_unread() {
        if concerns(path, seen).iter().any(|part| told.check.name.starts_with(part)) {
            told.could_not_read(Unread::new(path, why));
        }
    }
    Ok(())
}

/// What keeps CRI-O from starting by `crio check`, under the name of a check whose own rule found
/// nothing. One question has one answer.
pub(super) fn beside_crio(seen: &Inspection<'_>, told: &mut Told<'_>) {
    let name = told.check.name;
    // Whoever asks for CRI-O's remarks depends on its files, and is undecided without them.
    let is_of_crio = crio_config::Code::ALL.iter().any(|code| code.as_str() == name);
    if !told.found.is_empty() || !is_of_crio {
        return;
    }
    let refusal = |one: &&crio_config::Remark| one.severity == crio_config::Severity::Error;
    for remark in seen.crio_remarks().iter().filter(|one| one.code.as_str() == name).filter(refusal) {
        told.hears_crio(remark);
    }
}

/// How the names of checks begin that a file decides.
fn concerns(path: &str, seen: &Inspection<'_>) -> &'static [&'static str] {
    let named = seen.unit("crio.service").and_then(|unit| unit.environment.get("CONTAINERS_STORAGE_CONF"));
    match path {
        _ if path.ends_with("storage.conf") || named.is_some_and(|named| named == path) => {
            &["storage-conf", "storage-driver"]
        }
        _ if path.contains("/registries.conf") => &["registries-conf", "registry-"],
        _ if path.ends_with("policy.json") => &["policy-json"],
        _ => &["cni-"],
    }
}
