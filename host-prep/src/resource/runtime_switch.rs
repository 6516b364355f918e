//! Another container runtime below the kubelet: CRI-O beside the old one, and then in its place.
//!
//! Each step has its undo, and the undos in reverse order are the way back: the new runtime's pods go,
//! the old files are back, the old runtime is started, and the kubelet after it.

use std::path::PathBuf;

use super::Resource;
use super::service::{UnitState, state, systemctl};
use crate::plan::action::Action;
use crate::plan::node::Node;
use crate::plan::step::{Change, Risk};
use crate::plan::{Draft, Reason};
use crate::{Code, Host, Invocation, Observed};

/// The kind of its steps.
pub const RUNTIME: &str = "runtime";
const CRIO: &str = "crio.service";
const KUBELET: &str = "kubelet.service";
const FORWARD: &str = "iptables -S FORWARD";

/// The runtime that goes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OldRuntime {
    /// Its units, in the order in which they are stopped: a socket before what it starts.
    pub units: Vec<String>,
    /// What ends its pods.
    pub forget: Invocation,
    /// Its sockets, by which others find it.
    pub sockets: Vec<PathBuf>,
    /// What ends the pods of CRI-O, on the way back.
    pub forget_new: Invocation,
}

impl OldRuntime {
    /// One of these units, whose pods that program ends.
    #[must_use]
    pub fn new(units: Vec<String>, forget: Invocation, forget_new: Invocation) -> Self {
        Self { units, forget, sockets: Vec::new(), forget_new }
    }
}

/// Files of the new runtime and of the kubelet, and what runs.
#[derive(Clone, Debug)]
pub struct RuntimeSwitch {
    files: Vec<(PathBuf, Node)>,
    old: Option<OldRuntime>,
}

impl RuntimeSwitch {
    /// CRI-O runs beside the other runtime, with these files.
    #[must_use]
    pub fn beside(files: Vec<(PathBuf, Node)>) -> Self {
        Self { files, old: None }
    }

    /// It takes the place of `old`: the kubelet has these files.
    #[must_use]
    pub fn over(files: Vec<(PathBuf, Node)>, old: OldRuntime) -> Self {
        Self { files, old: Some(old) }
    }

    fn differ(&self, seen: &Observed) -> bool {
        self.files.iter().any(|(path, node)| seen.file(path).is_ok_and(|look| look.node != *node))
    }

    /// The units of the old runtime that run or start at boot.
    fn left<'s>(&'s self, seen: &Observed) -> Vec<(&'s str, UnitState)> {
        let units = self.old.iter().flat_map(|old| &old.units);
        let known = units.filter_map(|unit| Some((unit.as_str(), state(seen, unit).ok()?)));
        known.filter(|(_, unit)| unit.exists() && (unit.is_active() || unit.file == "enabled")).collect()
    }

    fn stop_kubelet(draft: &mut Draft<'_>) {
        let (run, undo) = (systemctl(["stop", KUBELET]), systemctl(["start", KUBELET]));
        step(draft, Risk::High, Action::new("stop", KUBELET, [run], [undo]));
    }

    fn stop_old(draft: &mut Draft<'_>, old: &OldRuntime, left: &[(&str, UnitState)]) {
        if left.iter().any(|(_, unit)| unit.is_active()) {
            let subject = "the pods of the old runtime";
            step(draft, Risk::High, Action::new("end", subject, [old.forget.clone()], []));
        }
        let names: Vec<&str> = left.iter().map(|(name, _)| *name).collect();
        let words = ["disable", "--now"].into_iter().chain(names.iter().copied());
        // Its drop-ins may be among the files that come back first.
        let mut undo = vec![systemctl(["daemon-reload"])];
        for (name, unit) in left.iter().rev() {
            if unit.file == "enabled" {
                undo.push(systemctl(["enable", name]));
            }
            if unit.is_active() {
                undo.push(systemctl(["start", name]));
            }
        }
        step(draft, Risk::High, Action::new("stop and disable", names.join(", "), [systemctl(words)], undo));
        for socket in &old.sockets {
            let socket = socket.display().to_string();
            let remove = Invocation::new("rm", ["-f", "--", &socket]);
            step(draft, Risk::Low, Action::new("remove", socket, [remove], []));
        }
    }

    /// docker sets the policy of the chain to DROP ("Packet filtering and firewalls" of its
    /// documentation), and takes only its own rules away: pods of the next runtime would reach
    /// nobody.
    fn forward(seen: &Observed, draft: &mut Draft<'_>, was_stopped: bool) {
        let drops = seen.answer(FORWARD).is_ok_and(|said| said.lines().any(|line| line == "-P FORWARD DROP"));
        let by_docker = seen.answer(FORWARD).is_ok_and(|said| said.contains("DOCKER"));
        if drops && by_docker && was_stopped {
            let policy = |to: &str| Invocation::new("iptables", ["-P", "FORWARD", to]);
            let action = Action::new("let pass", "chain FORWARD", [policy("ACCEPT")], [policy("DROP")]);
            step(draft, Risk::Medium, action);
        }
    }

    fn start_crio(seen: &Observed, draft: &mut Draft<'_>) {
        let runs = state(seen, CRIO).is_ok_and(|unit| unit.is_active());
        let run = ["daemon-reload"].map(|word| systemctl([word])).into_iter();
        let run = run.chain([systemctl(["enable", CRIO]), systemctl(["restart", CRIO])]);
        let undo = if runs { systemctl(["restart", CRIO]) } else { systemctl(["disable", "--now", CRIO]) };
        step(draft, Risk::Low, Action::new("start", CRIO, run, [undo]));
    }

    fn start_kubelet(draft: &mut Draft<'_>, old: &OldRuntime) {
        let run = [systemctl(["daemon-reload"]), systemctl(["restart", CRIO]), systemctl(["start", KUBELET])];
        let undo = [systemctl(["stop", KUBELET]), old.forget_new.clone()];
        step(draft, Risk::High, Action::new("start", KUBELET, run, undo));
    }
}

fn step(draft: &mut Draft<'_>, risk: Risk, action: Action) {
    let because = "CRI-O takes the place of the old runtime";
    draft.step(Change::Action(action), Reason::of(because).risking(risk));
}

impl Resource for RuntimeSwitch {
    fn kind(&self) -> &'static str {
        RUNTIME
    }

    fn units(&self) -> Vec<&str> {
        let old = self.old.iter().flat_map(|old| old.units.iter().map(String::as_str));
        [CRIO, KUBELET].into_iter().chain(old).collect()
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        self.files.iter().for_each(|(path, _)| seen.look(host, path));
        if self.old.is_some() && host.is_running() {
            seen.ask(host, FORWARD, &Invocation::new("iptables", ["-S", "FORWARD"]));
        }
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        let (crio, kubelet) = match (state(seen, CRIO), state(seen, KUBELET)) {
            (Ok(crio), Ok(kubelet)) => (crio, kubelet),
            (Err(why), _) | (_, Err(why)) => {
                let hint = "a runtime is changed on a running host, by its systemd";
                return draft.coded_problem(Code::UnitStateUnknown, why, hint);
            }
        };
        let (left, differ) = (self.left(seen), self.differ(seen));
        let is_changed = differ || !left.is_empty();
        if self.old.is_some() && is_changed && kubelet.is_active() {
            Self::stop_kubelet(draft);
        }
        if let Some(old) = self.old.as_ref().filter(|_| !left.is_empty()) {
            Self::stop_old(draft, old, &left);
        }
        for (path, node) in &self.files {
            draft.file(path, node.clone(), Reason::of("CRI-O takes the place of the old runtime"));
        }
        match &self.old {
            None if differ || !crio.is_active() => Self::start_crio(seen, draft),
            None => {}
            Some(old) => {
                Self::forward(seen, draft, !left.is_empty());
                if is_changed || !kubelet.is_active() {
                    Self::start_kubelet(draft, old);
                }
            }
        }
    }
}
