//! The dead man's switch: a unit that rolls a change back unless somebody confirms it, also after a reboot.

use std::path::{Path, PathBuf};

use super::Resource;
use crate::fs::Mode;
use crate::plan::action::Action;
use crate::plan::step::{Change, Node};
use crate::plan::{Draft, Reason};
use crate::resource::service::{state, systemctl};
use crate::{Host, Invocation, Observed};

/// Its kind, first in the order of steps: what follows may be what cuts the host off.
pub(crate) use crate::journal::transaction::SWITCH as KIND;

const UNIT: &str = "k8sprep-confirm.service";
const FILE: &str = "/etc/systemd/system/k8sprep-confirm.service";
const LINK: &str = "/etc/systemd/system/multi-user.target.wants/k8sprep-confirm.service";

/// A service that runs `command` now and at every boot until its files are taken away: by
/// [`confirm`](crate::confirm), or by the rollback it waits to make. `command` waits by itself until its time has come.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeadMansSwitch {
    command: Invocation,
}

impl DeadMansSwitch {
    /// What is run unless somebody confirms.
    #[must_use]
    pub fn new(command: Invocation) -> Self {
        Self { command }
    }

    fn unit(&self) -> String {
        let words = std::iter::once(&self.command.program).chain(&self.command.args);
        let words: Vec<_> = words.map(|word| quoted(word)).collect();
        format!(
            "# Written by k8sprep; it goes when the change is confirmed or rolled back.\n[Unit]\n\
             Description=Roll back what k8sprep changed unless it is confirmed\n\n[Service]\n\
             ExecStart={}\n\n[Install]\nWantedBy=multi-user.target\n",
            words.join(" ")
        )
    }
}

/// A word of a command line in a unit.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$"))
}

impl Resource for DeadMansSwitch {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn units(&self) -> Vec<&str> {
        vec![UNIT]
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        seen.look(host, Path::new(FILE));
        seen.look_itself(host, Path::new(LINK));
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        let because = || Reason::of("everything is rolled back unless `k8sprep confirm` runs in time");
        let unit = self.unit();
        let same = seen.bytes(Path::new(FILE)) == unit.as_bytes();
        draft.content(Path::new(FILE), unit.into_bytes(), Mode::PUBLIC, because());
        draft.file(Path::new(LINK), Node::Link { target: PathBuf::from(FILE) }, because());
        let active = state(seen, UNIT).is_ok_and(|unit| unit.is_active());
        if seen.is_running() && !(active && same) {
            // One that still runs waits for another moment.
            let run = [["daemon-reload"].as_slice(), &["restart", UNIT], &["is-active", "--quiet", UNIT]];
            let run = run.map(|words| systemctl(words.iter().copied()));
            // Nothing is stopped by the undo: it may be this very service that rolls everything back.
            draft.step(Change::Action(Action::new("start", UNIT, run, [])), because());
        }
    }
}

/// Ends the service where its files are gone. That it is not there is as good.
pub(crate) fn disarm(host: &Host) {
    let gone = matches!(host.root().kind_of_link(Path::new(FILE)), Ok(None));
    if gone && host.is_running() {
        let ended =
            [systemctl(["stop", UNIT]), systemctl(["daemon-reload"])].map(|call| host.run_to_end(&call));
        // It finds nothing to roll back, whenever it looks.
        drop(ended);
    }
}
