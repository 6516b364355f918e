//! The dead man's switch: a unit that rolls a change back unless somebody confirms it, also after a
//! reboot.

use std::path::{Path, PathBuf};

use super::Resource;
use crate::fs::Mode;
use crate::plan::action::Action;
use crate::plan::node::Node;
use crate::plan::step::Change;
use crate::plan::{Draft, Reason};
use crate::resource::service::{state, systemctl};
use crate::{Host, Invocation, Observed, Owner};

/// Its kind, first in the order of steps: what follows may be what cuts the host off.
pub(crate) use crate::journal::transaction::SWITCH as KIND;

/// The unit of `owner`, its file and what has it started at boot.
fn places(owner: &Owner) -> [String; 3] {
    let unit = format!("{owner}-confirm.service");
    let dir = "/etc/systemd/system";
    [unit.clone(), format!("{dir}/{unit}"), format!("{dir}/multi-user.target.wants/{unit}")]
}

/// A service that runs `command` now and at every boot until its files are taken away: by
/// [`confirm`](crate::confirm), or by the rollback it waits to make. `command` waits by itself
/// until its time has come.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeadMansSwitch {
    command: Invocation,
    owner: Owner,
    /// Its name, which its owner gives it.
    unit: String,
}

impl DeadMansSwitch {
    /// What is run unless somebody confirms, in the name of `owner`: the [host's](Host::owner).
    #[must_use]
    pub fn new(owner: &Owner, command: Invocation) -> Self {
        let [unit, ..] = places(owner);
        Self { command, owner: owner.clone(), unit }
    }

    fn text(&self) -> String {
        let words = std::iter::once(&self.command.program).chain(&self.command.args);
        let words: Vec<_> = words.map(|word| quoted(word)).collect();
        format!(
            "{}; it goes when the change is confirmed or rolled back.\n[Unit]\n\
             Description=Roll back what {} changed unless it is confirmed\n\n[Service]\n\
             ExecStart={}\n\n[Install]\nWantedBy=multi-user.target\n",
            self.owner.header(),
            self.owner,
            words.join(" ")
        )
    }
}

/// A word of a command line in a unit: quoted, with C escapes for what would end the line
/// (systemd.syntax(7)).
fn quoted(word: &str) -> String {
    let mut quoted = String::from('"');
    for c in word.chars() {
        match c {
            '\\' | '"' => quoted.extend(['\\', c]),
            '%' | '$' => quoted.extend([c, c]),
            c if c.is_ascii_control() => quoted.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

impl Resource for DeadMansSwitch {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn units(&self) -> Vec<&str> {
        vec![&self.unit]
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        let [_, file, link] = places(&self.owner);
        seen.look(host, Path::new(&file));
        seen.look_itself(host, Path::new(&link));
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        let owner = &self.owner;
        let because =
            || Reason::of(format!("everything is rolled back unless `{owner} confirm` runs in time"));
        let [_, file, link] = places(owner).map(PathBuf::from);
        let unit = self.text();
        let same = seen.bytes(&file) == unit.as_bytes();
        draft.content(&file, unit.into_bytes(), Mode::PUBLIC, because());
        draft.file(&link, Node::Link { target: file }, because());
        let active = state(seen, &self.unit).is_ok_and(|unit| unit.is_active());
        if seen.is_running() && !(active && same) {
            // One that still runs waits for another moment.
            let run = [
                ["daemon-reload"].as_slice(),
                &["restart", &self.unit],
                &["is-active", "--quiet", &self.unit],
            ];
            let run = run.map(|words| systemctl(words.iter().copied()));
            // Nothing is stopped by the undo: it may be this very service that rolls everything back.
            draft.step(Change::Action(Action::new("start", &self.unit, run, [])), because());
        }
    }
}

/// Ends the service where its files are gone. That it is not there is as good.
pub(crate) fn disarm(host: &Host) {
    let [unit, file, _] = places(host.owner());
    let gone = matches!(host.root().kind_of_link(Path::new(&file)), Ok(None));
    if gone && host.is_running() {
        let ended = [systemctl(["stop", unit.as_str()]), systemctl(["daemon-reload"])]
            .map(|call| host.run_to_end(&call));
        // It finds nothing to roll back, whenever it looks.
        drop(ended);
    }
}
