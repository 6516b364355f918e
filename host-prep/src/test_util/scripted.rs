//! Stand-ins for programs that cannot run in a test: they record every call and answer from a
//! script.

use std::io;
use std::sync::Mutex;

use crate::{Commands, Invocation, Outcome};

/// Programs that answer from a script. What the script does not know succeeds and says nothing.
#[derive(Debug, Default)]
pub struct Scripted {
    script: Mutex<Vec<(String, Vec<Outcome>)>>,
    calls: Mutex<Vec<String>>,
}

impl Scripted {
    /// An empty script.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls that begin with `words` are answered with status 0 and `stdout`.
    #[must_use]
    pub fn says(self, words: &str, stdout: &str) -> Self {
        self.ends(words, 0, stdout, "")
    }

    /// Calls that begin with `words` end so. Given several times, each answer serves one call and
    /// the last one all further.
    #[must_use]
    pub fn ends(self, words: &str, status: i32, stdout: &str, stderr: &str) -> Self {
        {
            let mut script = self.script.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let outcome = Outcome::new(status, stdout, stderr);
            match script.iter_mut().find(|(known, _)| known == words) {
                Some((_, outcomes)) => outcomes.push(outcome),
                None => script.push((words.to_owned(), vec![outcome])),
            }
        }
        self
    }

    /// Every call so far, as it would be typed.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// The calls that change something: all but questions.
    #[must_use]
    pub fn changes(&self) -> Vec<String> {
        let asks = [
            "systemctl show",
            "journalctl",
            "rpm -qa",
            "firewall-cmd --list",
            "firewall-cmd --get-",
            "ufw status",
            "firewall-cmd --permanent --list",
        ];
        let question = |call: &String| {
            asks.iter().any(|ask| call.starts_with(ask))
                || call.contains("--list-")
                || call.ends_with(" --version")
        };
        self.calls().into_iter().filter(|call| !question(call)).collect()
    }
}

impl Commands for Scripted {
    fn run(&self, invocation: &Invocation) -> io::Result<Outcome> {
        let call = invocation.to_string();
        let mut script = self.script.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let known = script.iter_mut().filter(|(words, _)| call.starts_with(words.as_str()));
        let outcome = known.max_by_key(|(words, _)| words.len()).map(|(_, outcomes)| match outcomes.len() {
            1 => outcomes[0].clone(),
            _ => outcomes.remove(0),
        });
        self.calls.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(call);
        Ok(outcome.unwrap_or_else(|| Outcome::new(0, "", "")))
    }
}
