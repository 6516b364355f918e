//! A node goes to the next minor: the steps of its [`Plan`] in their order, each written down before it is
//! taken and after it.
//!
//! What is so is looked for on the host at every start, so that a run that was stopped anywhere goes on
//! ([`Upgrade::resume`]) or goes back ([`Upgrade::abort`]); the record knows only what no file tells.

mod back;
mod bundle;
mod endpoint;
mod found;
mod members;
mod oci;
mod repositories;
mod status;
#[cfg(test)]
mod tests;
mod walk;

use std::path::PathBuf;
use std::time::Duration;

use host_prep::cluster::upgrade::{UpgradeEnd, UpgradeRecord};
use host_prep::cluster::{self, Turn};
use host_prep::{Host, Seen};
use serde::{Deserialize, Serialize};

use super::carry::agreed;
use super::halfway::turn;
use super::{Drain, Error, NodeAccess, Question, Reporter, Verdict, now};
use crate::doctor::{Kind, Severity, Unread};
use crate::upgrade::{Plan, Role, Status, Target};
use bundle::{KeptBundle, Opened};

pub use back::WentBack;
pub use bundle::FromBundle;
pub use status::{UpgradeState, UpgradeStatus};

const NO_MANAGER: &str = "no package manager is known of this host";

/// How a node is upgraded. Callers take [`Upgrade::default`] and assign fields.
///
/// ```no_run
/// use host_prep::Host;
/// use k8sprep::stage::{Silent, Upgrade};
///
/// let host = Host::live()?;
/// let done = Upgrade::default().run(&host, &"1.34".parse()?, &mut Silent)?;
/// println!("{} steps were taken", done.taken.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Upgrade {
    /// What the node is, where it is said. Without it a control plane whose cluster is at the release
    /// already is a further one.
    pub role: Option<Role>,
    /// How its pods are taken away; `None`: they are not.
    pub drain: Option<Drain>,
    /// The kubeconfig for it, instead of the kubelet's own.
    pub kubeconfig: Option<PathBuf>,
    /// What starts containers afterwards, `runc` or `crun`; `None`: what does now.
    pub runtime: Option<String>,
    /// What packages and images come from, instead of repositories and registries. On the way back that
    /// with the packages from before; `None`: the repositories from before.
    pub bundle: Option<FromBundle>,
    /// Preflight checks of kubeadm whose errors are ignored.
    pub ignore_preflight_errors: Vec<String>,
    /// How long kubeadm may take; half an hour.
    pub limit: Duration,
    /// How long CRI-O, the API server and the node have to come up again; five minutes each.
    pub ready: Duration,
    /// How long to wait for another run that changes the host.
    pub wait: Duration,
    /// Between two looks at what is waited for.
    pub pause: Duration,
}

impl Default for Upgrade {
    fn default() -> Self {
        Self {
            role: None,
            drain: Some(Drain::default()),
            kubeconfig: None,
            runtime: None,
            bundle: None,
            ignore_preflight_errors: Vec::new(),
            // kubeadm waits up to five minutes for each of four static pods
            // (`UpgradeManifestTimeout`, phases/upgrade/staticpods.go), and pulls their images
            // before.
            limit: Duration::from_secs(30 * 60),
            ready: Duration::from_secs(5 * 60),
            wait: Duration::ZERO,
            pause: Duration::from_secs(2),
        }
    }
}

/// What an upgrade did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Upgraded {
    /// The steps that this run took.
    pub taken: Vec<String>,
    /// What is left for somebody to do, in words.
    pub remains: Vec<String>,
}

/// What is kept of an [`Upgrade`], so that the work goes on with the same.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct Choices {
    no_drain: bool,
    drain_seconds: u64,
    grace_seconds: Option<u64>,
    unmanaged: bool,
    empty_dir: bool,
    kubeconfig: Option<PathBuf>,
    runtime: Option<String>,
    bundle: Option<KeptBundle>,
    ignore_preflight_errors: Vec<String>,
}

impl Upgrade {
    /// Upgrades the node. An upgrade to the same release that was begun goes on.
    ///
    /// # Errors
    ///
    /// Before anything is changed: what stands in the way. Afterwards [`Error::UpgradeStep`]: what was done
    /// stays, and [`resume`](Self::resume) goes on.
    pub fn run(&self, host: &Host, to: &Target, report: &mut dyn Reporter) -> Result<Upgraded, Error> {
        let before = Before::look(host)?;
        match &before.record {
            Some(record) if record.is_open() && record.to == to.to_string() && !goes_back(record) => {
                return self.in_turn(host, Some(to), report);
            }
            Some(record) if record.is_open() => return Err(under_way(record)),
            _ => {}
        }
        let mut role = self.role;
        let mut plan = plan_of(host, to, role)?;
        if plan.status == Status::Done {
            report.note(&format_args!("the node is at {to} already; there is nothing to do"));
            return Ok(Upgraded::default());
        }
        refused(&plan)?;
        are_packages(&plan)?;
        let mut turn = None;
        if plan.verdicts.iter().any(|one| one.code == "manifest-set-aside") {
            // Without it the API server may not run, and nothing can be asked.
            agreed(Question::Upgrade, report)?;
            turn = Some(self.turn_after(host, &before, report)?);
            self.manifests_back(host, report)?;
            plan = plan_of(host, to, role)?;
        }
        let opened = self.opened(host, report)?;
        let access = self.access(host)?;
        if role.is_none() && plan.role == Role::FirstControlPlane && found::is_further(&access, to)? {
            role = Some(Role::FurtherControlPlane);
            plan = plan_of(host, to, role)?;
        }
        found::control_plane_is_ahead(&access, to, plan.role)?;
        found::kubelet_runs_on_cgroup(host, &access, to)?;
        members::etcd_is_fit(host, (&plan, to.minor().number()), report)?;
        self.turn_to_bundle(&mut plan, opened.as_ref());
        report.upgrade(&plan);
        let _turn = match turn {
            Some(turn) => turn,
            None => {
                agreed(Question::Upgrade, report)?;
                self.turn_after(host, &before, report)?
            }
        };
        // Of an upgrade before this one nothing is needed any more.
        UpgradeRecord::forget(host)?;
        let mut record = UpgradeRecord::new(to.to_string(), plan.role.as_str(), &plan.node);
        record.choices = self.choices(opened.as_ref());
        walk::begins(host, &plan, &mut record)?;
        let bundle = opened.as_ref();
        walk::Walk { upgrade: self, host, to, plan: &plan, bundle, record, done: Upgraded::default() }
            .all(report)
    }

    /// Goes on with an upgrade that was begun.
    ///
    /// # Errors
    ///
    /// [`Error::NoUpgrade`] where none was; else as [`run`](Self::run).
    pub fn resume(&self, host: &Host, report: &mut dyn Reporter) -> Result<Upgraded, Error> {
        // Where none was begun nothing is made, the lock of the turn among it.
        UpgradeRecord::read(host)?.ok_or(Error::NoUpgrade)?;
        self.in_turn(host, None, report)
    }

    /// Goes on with what is found when no other run is at it: whoever had the turn before may have ended
    /// it, or begun to go back.
    fn in_turn(
        &self,
        host: &Host,
        to: Option<&Target>,
        report: &mut dyn Reporter,
    ) -> Result<Upgraded, Error> {
        let _turn = turn(host, self.wait, report)?;
        let gone = || to.map_or(Error::NoUpgrade, |_| host_prep::Error::Overtaken.into());
        let record = UpgradeRecord::read(host)?.ok_or_else(gone)?;
        if !record.is_open() {
            let how = if record.end == Some(UpgradeEnd::Done) { "is done" } else { "went back" };
            report.note(&format_args!("the upgrade to {} {how}", record.to));
            return Ok(Upgraded::default());
        }
        if goes_back(&record) || to.is_some_and(|to| record.to != to.to_string()) {
            return Err(under_way(&record));
        }
        self.go_on(host, record, report)
    }

    /// The turn, where the host is as it was when the plan was made.
    fn turn_after(&self, host: &Host, before: &Before, report: &mut dyn Reporter) -> Result<Turn, Error> {
        let turn = turn(host, self.wait, report)?;
        if Before::look(host)? == *before { Ok(turn) } else { Err(host_prep::Error::Overtaken.into()) }
    }

    fn go_on(
        &self,
        host: &Host,
        record: UpgradeRecord,
        report: &mut dyn Reporter,
    ) -> Result<Upgraded, Error> {
        let own = self.with(&record);
        let (to, role) = known(host, &record)?;
        report.note(&format_args!("an upgrade to {} was begun here, and goes on", record.to));
        agreed(Question::UpgradeGoesOn, report)?;
        walk::recover(host, &record, report)?;
        // What a run before left half done is put right first: it decides what the plan is made of.
        own.put_right(host, &record, report)?;
        let mut plan = plan_of(host, &to, Some(role).filter(|role| role.is_control_plane()))?;
        let opened = own.opened(host, report)?;
        own.turn_to_bundle(&mut plan, opened.as_ref());
        let bundle = opened.as_ref();
        walk::Walk { upgrade: &own, host, to: &to, plan: &plan, bundle, record, done: Upgraded::default() }
            .all(report)
    }

    fn access(&self, host: &Host) -> Result<NodeAccess, Error> {
        let access = match &self.kubeconfig {
            Some(path) => {
                let node = cluster::node_name(host)?;
                NodeAccess::with_kubeconfig(host, path, node, now())
            }
            None => NodeAccess::of_kubelet(host, now()),
        };
        Ok(access?)
    }

    fn choices(&self, opened: Option<&Opened>) -> serde_json::Map<String, serde_json::Value> {
        let drain = self.drain.as_ref();
        let bundle = self.bundle.as_ref().map(KeptBundle::of);
        let choices = Choices {
            no_drain: drain.is_none(),
            drain_seconds: drain.map(|drain| drain.limit.as_secs()).unwrap_or_default(),
            grace_seconds: drain.and_then(|drain| drain.grace).map(|grace| grace.as_secs()),
            unmanaged: drain.is_some_and(|drain| drain.unmanaged),
            empty_dir: drain.is_some_and(|drain| drain.empty_dir),
            kubeconfig: self.kubeconfig.clone(),
            runtime: self.runtime.clone(),
            bundle: bundle.zip(opened).map(|(bundle, opened)| bundle.with(&opened.bundle)),
            ignore_preflight_errors: self.ignore_preflight_errors.clone(),
        };
        match serde_json::to_value(choices) {
            Ok(serde_json::Value::Object(all)) => all,
            _ => serde_json::Map::new(),
        }
    }

    /// The same with what the upgrade was begun with.
    fn with(&self, record: &UpgradeRecord) -> Self {
        let all = serde_json::Value::Object(record.choices.clone());
        let Ok(choices) = serde_json::from_value::<Choices>(all) else { return self.clone() };
        let mut own = self.clone();
        own.kubeconfig = own.kubeconfig.or(choices.kubeconfig);
        own.runtime = own.runtime.or(choices.runtime);
        own.bundle = own.bundle.or_else(|| choices.bundle.map(KeptBundle::said));
        own.ignore_preflight_errors.extend(choices.ignore_preflight_errors);
        own.drain = own.drain.filter(|_| !choices.no_drain).map(|mut drain| {
            drain.limit = drain.limit.max(Duration::from_secs(choices.drain_seconds));
            drain.grace = drain.grace.or(choices.grace_seconds.map(Duration::from_secs));
            drain.unmanaged |= choices.unmanaged;
            drain.empty_dir |= choices.empty_dir;
            drain
        });
        own
    }
}

/// What other runs change.
#[derive(Eq, PartialEq)]
struct Before {
    record: Option<UpgradeRecord>,
    seen: Seen,
}

impl Before {
    fn look(host: &Host) -> Result<Self, Error> {
        Ok(Self { record: UpgradeRecord::read(host)?, seen: host_prep::seen(host)? })
    }
}

fn under_way(record: &UpgradeRecord) -> Error {
    Error::UpgradeUnderWay { to: record.to.clone(), back: goes_back(record) }
}

fn goes_back(record: &UpgradeRecord) -> bool {
    record.end == Some(UpgradeEnd::GoingBack)
}

fn role_of(text: &str) -> Option<Role> {
    [Role::FirstControlPlane, Role::FurtherControlPlane, Role::Worker]
        .into_iter()
        .find(|role| role.as_str() == text)
}

/// Where the upgrade goes to, and what the node is: with what a newer version wrote nothing is begun.
fn known(host: &Host, record: &UpgradeRecord) -> Result<(Target, Role), Error> {
    let not_known = |what: String| UpgradeRecord::not_known(host, what);
    let to = record.to.parse().map_err(|_| not_known(format!("an upgrade to {}", record.to)))?;
    let role = role_of(&record.role).ok_or_else(|| not_known(format!("an upgrade of a {}", record.role)))?;
    Ok((to, role))
}

/// A file that the upgrade stands on.
fn not_read(unread: Unread) -> Error {
    Error::ClusterFile { path: unread.source.into(), why: unread.why }
}

fn plan_of(host: &Host, to: &Target, role: Option<Role>) -> Result<Plan, Error> {
    Plan::with_steps(host, now(), to, role).map_err(Error::NoUpgradePlan)
}

/// What is no package is nothing that an upgrade can change, or give back.
fn are_packages(plan: &Plan) -> Result<(), Error> {
    let runs = &plan.from;
    let missing = [("kubeadm", &runs.kubeadm), ("the kubelet", &runs.kubelet), ("CRI-O", &runs.crio)];
    let missing = missing.iter().find(|(_, version)| version.is_none()).map(|(what, _)| *what);
    let why = match (plan.packages, missing) {
        (None, _) => NO_MANAGER.to_owned(),
        (_, Some(what)) => {
            format!("{what} is no package of this host: the steps of the plan are to be taken by hand")
        }
        _ => return Ok(()),
    };
    Err(Error::UpgradeByHand { why: format!("nothing was changed: {why}") })
}

/// The same verdicts as those of the plan, but for what a run puts right by itself.
fn refused(plan: &Plan) -> Result<(), Error> {
    let stands =
        |one: &&crate::doctor::Finding| one.severity == Severity::Error && !plan.mended.contains(&one.code);
    let verdict = |one: &crate::doctor::Finding| {
        let place = one.evidence.first().filter(|place| place.kind == Kind::File);
        let (file, line) = place.map(|place| (place.source.clone(), place.line)).unwrap_or_default();
        Verdict { code: one.code, what: one.message.clone(), file, line }
    };
    let stand: Vec<Verdict> = plan.verdicts.iter().filter(stands).map(verdict).collect();
    if !stand.is_empty() {
        return Err(Error::UpgradeBlocked(stand));
    }
    if plan.undecided.is_empty() {
        return Ok(());
    }
    let told = plan.undecided.iter().map(|one| {
        let Unread { source, why, .. } = &one.unread;
        let file = if source.starts_with('/') { source.clone() } else { String::new() };
        Verdict { code: one.code, what: format!("{source}: {why}"), file, line: None }
    });
    Err(Error::UpgradeUndecided(told.collect()))
}
