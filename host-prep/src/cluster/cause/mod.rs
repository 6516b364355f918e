//! Why kubeadm failed: one cause and one advice, out of what it said and what the logs of the node
//! have. What means what is [`table`]'s to say.

mod logs;
mod said;
mod table;
#[cfg(test)]
mod tests;

use std::time::Duration;

use logs::{Ended, Node};
use said::{Said, shortened};
use table::{LOGS, Row};

use crate::Host;

pub(super) use said::step_of;
pub(super) use table::Deed;

/// What is told of a failure.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Verdict {
    /// The cause, then what kubeadm said.
    pub(super) complaints: String,
    /// What helps.
    pub(super) hint: String,
}

/// Why kubeadm, which ran for `took` and wrote `text`, failed.
pub(super) fn of_failure(host: &Host, text: &str, deed: Deed, took: Duration) -> Verdict {
    judge(text, deed, || Node::ask(host, took))
}

/// Why kubeadm, which had to be stopped after `took`, did not come to its end: what the node's
/// programs say.
pub(super) fn of_wait(host: &Host, deed: Deed, took: Duration) -> Option<Verdict> {
    let ended = Node::ask(host, took).cause()?;
    let hint = ended.advice().unwrap_or_else(|| deed.stopped()).to_owned();
    Some(Verdict { complaints: ended.shown(), hint })
}

/// `node` is asked where kubeadm only saw that something did not come.
fn judge(text: &str, deed: Deed, node: impl FnOnce() -> Node) -> Verdict {
    let said = Said::read(text);
    let rows = rows(&said, deed);
    let mut hints: Vec<String> = Vec::new();
    for row in &rows {
        let hint = row.advice_in(&said.words());
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    let ended = rows.iter().any(|row| row.look).then(|| node().cause()).flatten();
    if let Some(advice) = ended.as_ref().and_then(Ended::advice) {
        hints.insert(0, advice.to_owned());
    }
    let causes = rows.iter().map(|row| row.cause).filter(|cause| !cause.is_empty()).map(str::to_owned);
    // Checks that have no words of ours are clear by themselves.
    let causes = ended.iter().map(Ended::shown).chain(causes);
    let shown = match said.shown() {
        shown if shown.is_empty() => "it said nothing".to_owned(),
        shown => shown,
    };
    let complaints = causes.chain([shown]).collect::<Vec<_>>().join(": ");
    let hint = if hints.is_empty() { deed.otherwise().to_owned() } else { hints.join("; ") };
    Verdict { complaints, hint }
}

/// The row of each failed check, or that of the error.
fn rows(said: &Said, deed: Deed) -> Vec<&'static Row> {
    let fits = |text: &str| table::rows().find(|row| row.fits(text, deed));
    if said.checks.is_empty() {
        return fits(&said.error).into_iter().collect();
    }
    let texts = said.checks.iter().map(|check| format!("[ERROR {}]: {}", check.name, check.text));
    let mut rows: Vec<&Row> = Vec::new();
    for row in texts.filter_map(|text| fits(&text)) {
        if !rows.iter().any(|known| std::ptr::eq(*known, row)) {
            rows.push(row);
        }
    }
    rows
}

impl Row {
    fn fits(&self, text: &str, deed: Deed) -> bool {
        let asked = self.deeds.is_empty() || self.deeds.contains(&deed);
        asked && self.words.iter().all(|words| text.contains(words))
    }

    /// What helps, with what `text` names.
    fn advice_in(&self, text: &str) -> String {
        let named = self.cut.and_then(|(before, after)| text.split_once(before)?.1.split(after).next());
        self.advice.replace("{}", named.unwrap_or("NAME"))
    }
}

impl Ended {
    fn shown(&self) -> String {
        format!("{} says: {}", self.who, shortened(&self.why))
    }

    fn advice(&self) -> Option<&'static str> {
        let fits = |words: &[&str]| words.iter().all(|words| self.why.contains(words));
        LOGS.iter().find(|line| fits(line.words)).map(|line| line.advice)
    }
}

/// Looks now and then, while kubeadm waits, whether the kubelet it waits for exits again and again.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    /// Restarts when it was first looked at: a kubelet without its configuration ends until kubeadm
    /// writes it.
    first: Option<u64>,
    told: String,
}

impl Pulse {
    /// What there is to tell, if it is new. `since` is how long kubeadm runs.
    pub(super) fn beat(&mut self, host: &Host, since: Duration) -> Option<String> {
        let [mut kubelet, _] = logs::states(host);
        let first = *self.first.get_or_insert(kubelet.restarts);
        let ended = kubelet.restarts.saturating_sub(first);
        if ended == 0 && kubelet.active != "failed" {
            return None;
        }
        kubelet.journal = logs::journal(host, "kubelet", since);
        let why = kubelet.ends()?;
        if self.told == why {
            return None;
        }
        self.told.clone_from(&why);
        Some(format!("the kubelet has ended {} times by now and says: {}", ended.max(1), shortened(&why)))
    }
}
