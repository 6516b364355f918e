//! What rules look through: the facts of a host, its files as they are asked for, and what those
//! files come to. Nothing is changed, and what is read is read once.
//!
//! An answer is one of three: a value, `None` (it is certainly not there), or `Unread` (it may be
//! anything). A rule hands the third one on with `?`, and the check is undecided then. What is
//! costly is made at the first question and kept, so the order of rules does not matter.

mod cluster;
mod consulted;
mod crio;
pub(in crate::doctor) mod crio_report;
mod files;
mod kubeadm_file;
pub(in crate::doctor) mod kubeconfig;
mod kubelet;
mod manifest;
pub(in crate::doctor) mod mounts;
mod network;
pub(in crate::doctor) mod pki;
mod role;
pub(in crate::doctor) mod unit;
pub(in crate::doctor) mod versions;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Instant, SystemTime};

use host_prep::facts::{Fact, Facts, ObserveOptions, SysctlKey, observe};
use host_prep::{Host, Outcome};
use kubeadm_config::{KubeadmRelease, Minor};

use consulted::Consulted;
pub(in crate::doctor) use consulted::Part;
pub use crio::CrioValue;
pub use files::{File, Files};
pub(in crate::doctor) use kubeadm_file::KubeadmFile;
pub(crate) use kubeadm_file::files_of_kubeadm;
pub use kubeconfig::{Kubeconfig, Pem};
pub use kubelet::KubeletValue;
pub use manifest::{Flag, Manifest};
pub use role::Role;
pub use unit::UnitLine;

use super::cluster::Cluster;
use super::finding::{Evidence, Unread};
use super::log::Logs;
use crate::recipe::{self, Agreed, Endings, Finding};

/// Kernel parameters that rules ask for beyond those of the facts.
const SYSCTLS: &[&str] = &[
    "kernel.unprivileged_userns_clone",
    "net.ipv6.conf.all.disable_ipv6",
    "net.ipv6.conf.default.disable_ipv6",
    "net.ipv4.conf.default.rp_filter",
    "net.ipv4.neigh.default.gc_thresh3",
];

/// A host while it is looked over.
#[derive(Debug)]
pub struct Inspection<'a> {
    host: &'a Host,
    facts: Facts,
    now: SystemTime,
    /// When it was `now`.
    since: Instant,
    files: Files<'a>,
    said: OnceCell<Vec<Finding>>,
    manifests: OnceCell<Result<Vec<Manifest>, Unread>>,
    crio_files: OnceCell<Result<crio_config::Sources, Unread>>,
    crio: OnceCell<Option<Rc<crio_config::Effective>>>,
    crio_report: OnceCell<crio_report::CrioReport>,
    kubelet: OnceCell<Result<Vec<kubelet::Source>, Unread>>,
    kubeadm_files: OnceCell<kubeadm_file::KubeadmFiles>,
    versions: OnceCell<versions::Versions>,
    logs: OnceCell<Logs>,
    planned: Option<Planned>,
    target: Option<u64>,
    endings: OnceCell<Endings>,
    consulted: Consulted,
    asks_api: bool,
    cluster: OnceCell<Result<Option<Cluster>, Unread>>,
    programs: RefCell<BTreeMap<String, Result<Outcome, Unread>>>,
}

/// A host as a plan would leave it: it is no node yet, and becomes one.
#[derive(Clone, Debug)]
pub(in crate::doctor) struct Planned {
    /// What it becomes.
    pub(in crate::doctor) becomes: Role,
    /// What its files have to agree on.
    pub(in crate::doctor) agreed: Agreed,
}

impl<'a> Inspection<'a> {
    /// Looks at a host as it is at the time `now`.
    #[must_use]
    pub fn of(host: &'a Host, now: SystemTime) -> Self {
        // To read the facts takes seconds on a busy host: what is asked later is asked that much later.
        let since = Instant::now();
        let mut options = ObserveOptions::default();
        options.sysctls = SYSCTLS.iter().filter_map(|key| key.parse::<SysctlKey>().ok()).collect();
        Self { since, ..Self::with(host, observe(host, &options), now) }
    }

    /// A host that was seen as `facts`, whose logs are not read.
    pub(in crate::doctor) fn over(host: &'a Host, facts: Facts, now: SystemTime) -> Self {
        Self { logs: OnceCell::from(Logs::new(now)), ..Self::with(host, facts, now) }
    }

    /// Nothing but the facts is read yet.
    fn with(host: &'a Host, facts: Facts, now: SystemTime) -> Self {
        Self {
            facts,
            files: Files::of(host),
            host,
            now,
            said: OnceCell::new(),
            manifests: OnceCell::new(),
            crio_files: OnceCell::new(),
            crio: OnceCell::new(),
            crio_report: OnceCell::new(),
            kubelet: OnceCell::new(),
            kubeadm_files: OnceCell::new(),
            versions: OnceCell::new(),
            logs: OnceCell::new(),
            planned: None,
            target: None,
            endings: OnceCell::new(),
            consulted: Consulted::default(),
            since: Instant::now(),
            asks_api: false,
            cluster: OnceCell::new(),
            programs: RefCell::default(),
        }
    }

    /// The same questions of another host; logs are read anew, or those of this look are `kept`.
    #[cfg(test)]
    pub(in crate::doctor) fn once_more<'h>(&self, host: &'h Host, kept: bool) -> Inspection<'h> {
        let logs = self.logs.get().filter(|_| kept).cloned().map_or_else(OnceCell::new, OnceCell::from);
        let (planned, target, asks_api) = (self.planned.clone(), self.target, self.asks_api);
        Inspection { logs, planned, target, asks_api, ..Inspection::of(host, self.now) }
    }

    /// The same, on the way to a minor.
    pub(in crate::doctor) fn towards(self, minor: u64) -> Self {
        Self { target: Some(minor), ..self }
    }

    /// The minor that an upgrade is asked for to.
    pub(in crate::doctor) fn target(&self) -> Option<u64> {
        self.target
    }

    /// What ends in its files with any minor that is known.
    pub(in crate::doctor) fn endings(&self) -> &Endings {
        self.endings.get_or_init(|| {
            let newest = Minor::new(*KubeadmRelease::MINORS.end());
            let mut endings = Endings::of_host(&self.facts, newest);
            for one in &self.kubeadm_files().0 {
                let name = one.file.path.display().to_string();
                endings.add_kubeadm_file(&name, &one.file.bytes, newest);
            }
            endings
        })
    }

    /// The same, with logs that were handed over.
    #[must_use]
    pub fn with_logs(self, mut logs: Logs) -> Self {
        self.add_own(&mut logs);
        Self { logs: OnceCell::from(logs), ..self }
    }

    /// The same, of a host as a plan would leave it: what programs said before says nothing of it.
    pub(in crate::doctor) fn planned(self, planned: Planned) -> Self {
        let logs = OnceCell::from(Logs::new(self.now));
        Self { planned: Some(planned), logs, ..self }
    }

    /// Whether it is as a plan would leave it.
    pub(in crate::doctor) fn is_planned(&self) -> bool {
        self.planned.is_some()
    }

    /// What the host's own logs say, and those that were handed over.
    pub fn logs(&self) -> &Logs {
        self.logs.get_or_init(|| {
            let mut logs = Logs::new(self.now);
            self.add_own(&mut logs);
            logs
        })
    }

    /// A host that is no node, and has no services of one, has nothing to say.
    fn add_own(&self, logs: &mut Logs) {
        if self.is_member() || self.node_units().next().is_some() {
            logs.of_host(self.host);
        }
    }

    /// The facts.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The time it is looked at.
    pub fn now(&self) -> SystemTime {
        self.now
    }

    /// Its files.
    pub fn files(&self) -> &Files<'a> {
        &self.files
    }

    /// The host itself, for programs that answer a question.
    pub fn host(&self) -> &'a Host {
        self.host
    }

    /// What a program answers, which is asked once however many rules want to know: who does not answer
    /// takes all of its time.
    pub(in crate::doctor) fn asked_once(
        &self,
        command: &str,
        ask: impl FnOnce() -> Result<Outcome, Unread>,
    ) -> Result<Outcome, Unread> {
        if let Some(known) = self.programs.borrow().get(command) {
            return known.clone();
        }
        let answer = ask();
        self.programs.borrow_mut().insert(command.to_owned(), answer.clone());
        answer
    }

    /// Whether a kernel runs under the tree. Without one, what only it could tell is unread.
    pub fn is_running(&self) -> bool {
        self.facts.running
    }

    /// Whether kubeadm made it a node.
    pub fn is_member(&self) -> bool {
        self.facts.kubeadm.is_member()
            || self.facts.kubelet.kubeadm_flags.known().is_some_and(Option::is_some)
    }

    /// Whether it is, or is about to be, a node: a kubelet is installed.
    pub fn is_for_a_node(&self) -> bool {
        self.is_member() || self.facts.kubelet.unit.is_some() || self.is_planned()
    }

    /// Whether it runs a control plane: one of its static pods is the API server.
    ///
    /// # Errors
    ///
    /// Where the manifests cannot be read.
    pub fn is_control_plane(&self) -> Result<bool, Unread> {
        Ok(self.manifest("kube-apiserver")?.is_some())
    }

    /// What the rules over the facts say under that code.
    pub(super) fn said(&self, code: &str) -> impl Iterator<Item = &Finding> {
        self.all_said().iter().filter(move |finding| finding.code == code)
    }

    /// All findings of `recipe`, made once: of a host as it is, or compared with what a plan
    /// agreed on.
    pub(super) fn all_said(&self) -> &[Finding] {
        self.said.get_or_init(|| {
            recipe::findings(&self.facts, self.planned.as_ref().map(|planned| &planned.agreed))
        })
    }

    /// A kernel parameter: its value now (where a kernel runs) and at the next boot, with the place
    /// that decides that. `None` inside: nothing sets it, or the kernel does not have it.
    ///
    /// # Errors
    ///
    /// Where the files that decide the next boot cannot be read.
    pub fn sysctl(&self, key: &str) -> Result<SysctlSeen, Unread> {
        let found = self.facts.sysctls.iter().find(|(name, _)| name.to_string() == key);
        let Some((_, sysctl)) = found else { return Err(Unread::new(key, "it was not looked at")) };
        let boot = known(&sysctl.boot, key)?;
        let live = sysctl.live.known().cloned().flatten().map(|value| value.trim().to_owned());
        let place = boot.decided_by.as_ref().map(|at| Evidence::file(&at.file).line(at.line));
        let place = place.map(|place| place.value(boot.value.as_deref().unwrap_or_default()));
        Ok(SysctlSeen { live, boot: boot.value.clone(), place })
    }
}

/// A kernel parameter as it was seen.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SysctlSeen {
    /// Its value in the running kernel.
    pub live: Option<String>,
    /// Its value at the next boot, where a file sets it.
    pub boot: Option<String>,
    /// The line that decides the next boot.
    pub place: Option<Evidence>,
}

/// A fact, or that it could not be read.
pub(in crate::doctor) fn known<'f, T>(fact: &'f Fact<T>, source: &str) -> Result<&'f T, Unread> {
    match fact {
        Fact::Known(value) => Ok(value),
        Fact::Unknown { reason } => Err(Unread::new(source, reason.clone())),
    }
}
