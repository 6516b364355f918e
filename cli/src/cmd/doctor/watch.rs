//! `doctor --watch`: a node that is coming up is looked at again and again, and what changed is told.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use host_prep::Host;
use serde::Serialize;

use super::{Doctor, Output, Summary, text};
use crate::cmd::shared::finding_sheet::{found, head};
use crate::cmd::shared::limit::Limit;
use crate::cmd::shared::on_host::{Interrupt, moment, now};
use crate::doctor::archive::look;
use crate::doctor::{Diagnosis, Finding, Severity};
use crate::failure::{Exit, Failure};
use crate::ui::{Ui, visible};

const GONE: Style = AnsiColor::Green.on_default();
/// A look takes up to a second, and asks programs.
const LEAST: Duration = Duration::from_secs(1);
/// So soon a signal is noticed.
const TICK: Duration = Duration::from_millis(100);

/// The flag of `--watch`.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(super) struct Watching {
    /// Look again after this time and say what changed, until nothing as bad as --fail-on is left
    #[arg(long, value_name = "TIME", conflicts_with_all = ["fix", "collect", "from", "log"])]
    pub(super) watch: Option<Limit>,
}

/// A finding is the same one while it has this: what it says may have a number that runs.
type Key<'a> = (&'static str, Vec<&'a str>, usize);

/// A line of JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Printed<'a> {
    at: String,
    change: Change,
    #[serde(flatten)]
    finding: &'a Finding,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Change {
    /// It was not there at the look before.
    Found,
    /// It has another severity.
    Changed,
    /// It is not there any more.
    Gone,
}

impl Doctor {
    /// Looks until it is over or somebody ends it; then what is left decides the exit status.
    pub(super) fn watch(&self, every: Duration, ui: &mut Ui) -> Result<(), Failure> {
        if !matches!(self.output, Output::Text | Output::Jsonl) {
            return Err(Failure::usage("with --watch the output is text or jsonl"));
        }
        if every < LEAST {
            return Err(Failure::usage("--watch looks once a second at most"));
        }
        let host = self.on.host_to_judge()?;
        let interrupt = Interrupt::start().map_err(|error| Failure::from_error(&error))?;
        let fail_on = Severity::from(self.fail_on);
        let mut before: Option<Diagnosis> = None;
        loop {
            let began = Instant::now();
            let after = self.once(&host);
            // The signal ended programs that were asked, too.
            if interrupt.came() {
                return Err(Failure::silent(Exit::Differences));
            }
            self.tell(before.as_ref(), &after, ui)?;
            if after.worst() < Some(fail_on) {
                return self.is_over(fail_on, ui);
            }
            before = Some(after);
            while began.elapsed() < every {
                std::thread::sleep(TICK.min(every.saturating_sub(began.elapsed())));
                if interrupt.came() {
                    return Err(Failure::silent(Exit::Differences));
                }
            }
        }
    }

    fn once(&self, host: &Host) -> Diagnosis {
        let now = now();
        let mut diagnosis = look(host, now);
        self.chosen.keep(&mut diagnosis, now);
        diagnosis
    }

    fn tell(&self, before: Option<&Diagnosis>, after: &Diagnosis, ui: &mut Ui) -> Result<(), Failure> {
        let changes = changes(before, after);
        if self.output == Output::Jsonl {
            for (change, finding) in changes {
                ui.json_line("doctor-change", &Printed { at: moment(now()), change, finding })?;
            }
            return ui.finish();
        }
        if before.is_none() {
            ui.styled(text::header(after))?;
        }
        let is_first = before.is_none();
        for (change, finding) in &changes {
            ui.styled(line(*change, finding))?;
        }
        if is_first || !changes.is_empty() {
            let Summary { error, warning, note, undecided, .. } = Summary::of(after);
            let all = [(error, "error"), (warning, "warning"), (note, "note")];
            let open = if undecided > 0 { format!(", {undecided} undecided") } else { String::new() };
            ui.styled(format_args!("{}  {}{open}\n", clock(), found(&all)))?;
        }
        ui.finish()
    }

    fn is_over(&self, fail_on: Severity, ui: &mut Ui) -> Result<(), Failure> {
        if self.output == Output::Text {
            ui.line(format_args!("{}  nothing as bad as {} is left", clock(), fail_on.as_str()))?;
        }
        Ok(())
    }
}

fn line(change: Change, finding: &Finding) -> String {
    let head = head(finding.severity, finding.code, &finding.message);
    match change {
        Change::Gone => {
            format!("{}  {GONE}gone{GONE:#} [{}]: {}\n", clock(), finding.code, visible(&finding.message))
        }
        Change::Changed => format!("{}  now {head}", clock()),
        Change::Found => format!("{}  {head}", clock()),
    }
}

/// What is new, what is another severity, and what is gone, in that order.
fn changes<'d>(before: Option<&'d Diagnosis>, after: &'d Diagnosis) -> Vec<(Change, &'d Finding)> {
    let known = before.map(keyed).unwrap_or_default();
    let now = keyed(after);
    // In the order in which they are told: causes first.
    let mut all: Vec<(Change, &Finding)> = Vec::new();
    for (key, finding) in keys(&after.findings).into_iter().zip(&after.findings) {
        match known.get(&key) {
            None => all.push((Change::Found, finding)),
            Some(old) if old.severity != finding.severity => all.push((Change::Changed, finding)),
            Some(_) => {}
        }
    }
    let gone = known.iter().filter(|(key, _)| !now.contains_key(*key));
    all.extend(gone.map(|(_, finding)| (Change::Gone, *finding)));
    all
}

fn keyed(diagnosis: &Diagnosis) -> BTreeMap<Key<'_>, &Finding> {
    keys(&diagnosis.findings).into_iter().zip(&diagnosis.findings).collect()
}

/// Those of one code and the same places are told apart by a number.
fn keys(findings: &[Finding]) -> Vec<Key<'_>> {
    let mut many: BTreeMap<(&str, Vec<&str>), usize> = BTreeMap::new();
    let mut keys = Vec::new();
    for finding in findings {
        let mut sources: Vec<&str> = finding.evidence.iter().map(|one| one.source.as_str()).collect();
        sources.sort_unstable();
        let number = many.entry((finding.code, sources.clone())).or_default();
        *number += 1;
        keys.push((finding.code, sources, *number));
    }
    keys
}

/// The time of the day, in UTC.
fn clock() -> String {
    let now = moment(now());
    now.get(11..19).unwrap_or_default().to_owned()
}
