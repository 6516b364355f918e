//! systemd units as a resource.

use super::offline;
use super::show::{UnitState, state};
use super::wish::{AtBoot, Now, UnitWish};
use super::{log_of, systemctl};
use crate::ground::code::Code;
use crate::plan::action::Action;
use crate::plan::{Draft, Reason};
use crate::resource::Resource;
use crate::{Change, Host, Observed, Risk};

/// Units, in the order they are seen to. Of a tree that is not running, only what its next boot
/// does counts.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Units {
    wishes: Vec<UnitWish>,
}

impl UnitWish {
    /// Whether something misses the unit where there is none.
    fn is_needed(&self) -> bool {
        self.at_boot == AtBoot::Started || self.now == Now::Running
    }

    fn plan(&self, unit: &UnitState, draft: &mut Draft<'_>) {
        let name = self.name.as_str();
        let needed = self.is_needed();
        if needed && unit.is_masked() {
            self.step(
                draft,
                Risk::Low,
                Action::new("unmask", name, [systemctl(["unmask", name])], [systemctl(["mask", name])]),
            );
        }
        if needed && unit.stale {
            self.step(
                draft,
                Risk::Low,
                Action::new("reload files of", name, [systemctl(["daemon-reload"])], []),
            );
        }
        match self.at_boot {
            AtBoot::Started if !unit.starts_at_boot() => {
                // systemd has not seen a unit that came with a package a moment ago.
                let run = [systemctl(["daemon-reload"]), systemctl(["enable", name])];
                self.step(draft, Risk::Low, Action::new("enable", name, run, [systemctl(["disable", name])]));
            }
            AtBoot::Left if unit.file == "enabled" => {
                let (run, undo) = ([systemctl(["disable", name])], [systemctl(["enable", name])]);
                self.step(draft, Risk::Medium, Action::new("disable", name, run, undo));
            }
            _ => {}
        }
        match self.now {
            Now::Running if !unit.is_active() => {
                let reload = draft.units_are_stale().then(|| systemctl(["daemon-reload"]));
                let start = [systemctl(["start", name]), systemctl(["is-active", "--quiet", name])];
                let run = reload.into_iter().chain(start);
                let action =
                    Action::new("start", name, run, [systemctl(["stop", name])]).explained_by(log_of(name));
                let because = Reason::of(self.reason.clone()).risking(Risk::Medium);
                draft.start(name, Change::Action(action), because);
            }
            Now::Stopped if unit.is_active() => {
                let (run, undo) = ([systemctl(["stop", name])], [systemctl(["start", name])]);
                self.step(draft, Risk::High, Action::new("stop", name, run, undo));
            }
            _ => {}
        }
    }

    fn step(&self, draft: &mut Draft<'_>, risk: Risk, action: Action) {
        draft.step(Change::Action(action), Reason::of(self.reason.clone()).risking(risk));
    }
}

impl Units {
    /// Units in the order they are seen to.
    #[must_use]
    pub fn new(wishes: impl IntoIterator<Item = UnitWish>) -> Self {
        Self { wishes: wishes.into_iter().collect() }
    }
}

impl Resource for Units {
    fn kind(&self) -> &'static str {
        "service"
    }

    fn units(&self) -> Vec<&str> {
        self.wishes.iter().map(|wish| wish.name.as_str()).collect()
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        if !host.is_running() {
            self.wishes.iter().for_each(|wish| offline::observe(host, seen, &wish.name));
        }
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        for wish in &self.wishes {
            if !seen.is_running() {
                offline::plan(wish, seen, draft);
                continue;
            }
            match state(seen, &wish.name) {
                Ok(unit) if unit.exists() || draft.installs_packages() => wish.plan(&unit, draft),
                Ok(_) if wish.optional && wish.is_needed() => draft.coded_note(
                    Code::UnitMissing,
                    format!("there is no unit {} yet", wish.name),
                    "it comes with its package, which this run leaves alone",
                ),
                Ok(_) if wish.optional => {}
                Ok(_) => draft.coded_problem(
                    Code::UnitMissing,
                    format!("there is no unit {}", wish.name),
                    "install the package it comes with",
                ),
                Err(why) => draft.coded_problem(
                    Code::UnitStateUnknown,
                    format!("what {} does is not known: {why}", wish.name),
                    "run as root on the host",
                ),
            }
        }
    }
}
