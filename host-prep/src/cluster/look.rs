//! Waiting for a cluster while it is looked, now and then, what the wait is for.

use std::time::Duration;

use crate::{Error, Host, Invocation, Outcome, Watch};

/// So often it is looked.
const EVERY: Duration = Duration::from_secs(5);

/// What a look showed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Seen {
    /// What the wait is for; empty: nothing known.
    pub(super) awaits: String,
    /// Why it cannot come to a good end any more.
    pub(super) hopeless: Option<String>,
}

/// Hears what another one hears, looks, and stops what is without hope.
struct Looking<'a> {
    watch: &'a mut dyn Watch,
    look: &'a mut dyn FnMut(Duration) -> Seen,
    next: Duration,
    last: String,
    hopeless: Option<String>,
}

impl Watch for Looking<'_> {
    fn waits(&mut self, since: Duration) {
        self.watch.waits(since);
        if since < self.next || self.hopeless.is_some() {
            return;
        }
        let seen = (self.look)(since);
        self.next = since + EVERY;
        self.hopeless = seen.hopeless;
        if seen.awaits != self.last {
            // A line of its own, so that it is also in the log of a run that nobody looks at.
            if !seen.awaits.is_empty() {
                self.watch.said(&format!("waiting for {}", seen.awaits));
            }
            self.watch.awaits(&seen.awaits);
            self.last = seen.awaits;
        }
    }

    fn awaits(&mut self, what: &str) {
        self.watch.awaits(what);
    }

    fn stops(&mut self) -> bool {
        self.hopeless.is_some() || self.watch.stops()
    }
}

/// How a wait ended that did not succeed.
#[derive(Debug)]
pub(super) enum Vain {
    /// There was no hope left: why.
    Hopeless(String),
    /// The program failed, or was stopped; what the wait was for then.
    Failed(Error, String),
}

/// Runs a program that waits for the cluster; `look` says what for.
pub(super) fn wait(
    host: &Host,
    waiting: &Invocation,
    watch: &mut dyn Watch,
    look: &mut dyn FnMut(Duration) -> Seen,
) -> Result<Outcome, Vain> {
    let next = Duration::from_secs(2);
    let mut looking = Looking { watch, look, next, last: String::new(), hopeless: None };
    let ended = host.await_end(waiting, &mut looking);
    let Looking { last, hopeless, .. } = looking;
    watch.awaits("");
    match (ended, hopeless) {
        (Ok(outcome), _) => Ok(outcome),
        (Err(_), Some(why)) => Err(Vain::Hopeless(why)),
        (Err(error), None) => Err(Vain::Failed(error, last)),
    }
}

/// What `kubectl get ... -o json` answers, as JSON; nothing where it does not.
pub(super) fn get(host: &Host, question: Invocation) -> Option<serde_json::Value> {
    let outcome = host.run_to_end(&question.within(Duration::from_secs(10))).ok()?;
    serde_json::from_slice(&outcome.stdout).ok()
}

/// A text somewhere in a JSON document, by its pointer.
pub(super) fn text<'a>(value: &'a serde_json::Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default()
}

/// A list somewhere in a JSON document.
pub(super) fn list<'a>(value: &'a serde_json::Value, pointer: &str) -> &'a [serde_json::Value] {
    value.pointer(pointer).and_then(serde_json::Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
