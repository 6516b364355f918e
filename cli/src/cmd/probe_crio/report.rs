//! A probe, printed.

use std::collections::BTreeMap;

use cri_probe::{Claim, Disagreement, Error, Fact, Handler, Info, Probe};
use serde::Serialize;

use super::demand::Demand;
use crate::failure::{Failure, chain};
use crate::ui::{Format, Ui};

/// What a runtime said, put together.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    socket: String,
    /// Who answered.
    runtime: String,
    facts: BTreeMap<&'static str, Known>,
    /// CRI-O's `/info` as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    info: Option<Info>,
    handlers: Vec<Handler>,
    disagreements: Vec<String>,
    unanswered: Vec<Problem>,
    #[serde(skip)]
    claims: Vec<Claim>,
}

/// A fact: the value that counts, and everybody's.
#[derive(Debug, Serialize)]
struct Known {
    value: String,
    claims: Vec<Claim>,
}

/// Something that did not work.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'static str>,
    kind: &'static str,
    code: &'static str,
    message: String,
}

impl Problem {
    pub(super) fn new(error: &Error) -> Self {
        Self { source: None, kind: error.kind().as_str(), code: error.code().as_str(), message: chain(error) }
    }
}

/// What does not fit together: who answers with who is at home there, and the claims with each
/// other.
pub(super) fn disagreements(probe: &Probe, claims: &[Claim]) -> Vec<String> {
    let unexpected = probe.expected_runtime();
    let unexpected =
        unexpected.map(|expected| format!("{} answers where {expected} listens", probe.runtime()));
    let disputed = Disagreement::among(claims);
    unexpected.into_iter().chain(disputed.iter().map(ToString::to_string)).collect()
}

/// The JSON of a socket that gave no report.
#[derive(Debug, Serialize)]
pub(super) struct Silence {
    pub(super) socket: String,
    pub(super) error: Problem,
}

impl Report {
    pub(super) fn new(probe: Probe) -> Self {
        let (claims, config_error) = crate::stage::claims(&probe);
        let disagreements = disagreements(&probe, &claims);
        let mut unanswered: Vec<Problem> = probe
            .unanswered
            .iter()
            .map(|one| Problem { source: Some(one.source.as_str()), ..Problem::new(&one.error) })
            .collect();
        unanswered.extend(config_error.map(|error| Problem {
            source: Some("/config"),
            kind: "answer",
            code: error.code().as_str(),
            message: chain(&error),
        }));
        let mut facts = BTreeMap::<_, Known>::new();
        for claim in &claims {
            let known = facts.entry(claim.fact.as_str());
            let known = known.or_insert_with(|| Known { value: claim.value.clone(), claims: Vec::new() });
            known.claims.push(claim.clone());
        }
        Self {
            socket: probe.socket.to_string(),
            runtime: probe.runtime().to_string(),
            facts,
            info: probe.info,
            handlers: probe.status.map(|status| status.handlers).unwrap_or_default(),
            disagreements,
            unanswered,
            claims,
        }
    }

    /// Which of these demands are not met, and by what.
    pub(super) fn unmet(&self, demands: &[Demand]) -> Vec<String> {
        demands.iter().filter_map(|demand| demand.unmet(&self.claims, &self.disagreements)).collect()
    }

    /// Prints all of it.
    pub(super) fn print(&self, format: Format, ui: &mut Ui) -> Result<(), Failure> {
        if format == Format::Json {
            return ui.json("probe", self);
        }
        ui.line(format_args!("{:18}{}", "socket", self.socket))?;
        for fact in Fact::ALL {
            for line in self.lines(*fact) {
                ui.line(format_args!("{fact:18}{line}"))?;
            }
        }
        for disagreement in &self.disagreements {
            ui.line(format_args!("{:18}{disagreement}", "disagreement"))?;
        }
        for problem in &self.unanswered {
            let source = problem.source.unwrap_or_default();
            ui.line(format_args!("{:18}{source}: {}", "unanswered", problem.message))?;
        }
        Ok(())
    }

    /// One line for each value of a fact, with who says so.
    fn lines(&self, fact: Fact) -> Vec<String> {
        let claims: Vec<&Claim> = self.claims.iter().filter(|claim| claim.fact == fact).collect();
        let mut lines = Vec::<(&Claim, Vec<&str>)>::new();
        for claim in claims {
            match lines
                .iter_mut()
                .find(|(first, _)| first.value == claim.value && first.detail == claim.detail)
            {
                Some((_, origins)) => origins.push(claim.origin.as_str()),
                None => lines.push((claim, vec![claim.origin.as_str()])),
            }
        }
        let print = |(claim, origins): (&Claim, Vec<&str>)| {
            let detail = if claim.detail.is_empty() { String::new() } else { format!(": {}", claim.detail) };
            format!(
                "{}  ({}){detail}",
                if claim.value.is_empty() { "-" } else { &claim.value },
                origins.join(", ")
            )
        };
        lines.into_iter().map(print).collect()
    }

    /// Prints only these facts: their values, a line each; in JSON an object.
    pub(super) fn print_fields(&self, fields: &[Fact], format: Format, ui: &mut Ui) -> Result<(), Failure> {
        if format == Format::Json {
            let chosen: BTreeMap<_, _> =
                fields.iter().map(|fact| (fact.as_str(), self.value(*fact))).collect();
            return ui.json("probe-fields", &chosen);
        }
        fields.iter().try_for_each(|fact| ui.line(self.value(*fact).unwrap_or_default()))
    }

    /// The value that counts.
    pub(super) fn value(&self, fact: Fact) -> Option<&str> {
        self.facts.get(fact.as_str()).map(|known| known.value.as_str())
    }

    /// The runtime in one line.
    pub(super) fn summary(&self) -> String {
        let version = self.value(Fact::RuntimeVersion).unwrap_or_default();
        let api = self.value(Fact::CriApi).map(|api| format!(", CRI {api}")).unwrap_or_default();
        let disagreements: String = self.disagreements.iter().map(|one| format!("; {one}")).collect();
        format!("{} {version}{api}{disagreements}", self.runtime)
    }
}
