//! From docker or containerd to CRI-O on a running node, and back until it is confirmed.
//!
//! CRI-O is told what the old runtime was, started beside it and given the images; then the node is
//! drained, and one transaction ends the old runtime, changes every place that names it and starts the
//! kubelet with CRI-O. Where a step of it fails, or it is stopped, it is taken back as a whole: the node
//! goes on with the runtime that it had. Nothing of the old runtime is deleted before
//! [`ChangeRuntime::confirm`].

mod confirm;
mod files;
#[cfg(test)]
mod node_tests;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use cri_probe::Socket;
use host_prep::cluster::{self, RuntimeChange};
use host_prep::resource::{OldRuntime, RUNTIME, RuntimeSwitch};
use host_prep::{Back, Desired, Host, Invocation, NoProgress, TransactionId};
use serde::Serialize;

use super::carry::{agreed, attempt, nothing_in_the_way, whole};
use super::change_error::CRIO;
use super::drain::stays_cordoned;
use super::halfway::{halfway_back, stopped_back, turn};
use super::wait::{Waited, until};
use super::{ChangeError, Drain, Error, NodeAccess, PodName, Question, Reporter, await_runtime, count, now};
use crate::doctor::Inspection;
use crate::migrate::edit::SOCKET;
use crate::migrate::{self, MigrationPlan, PlanOptions, Runtime, Status};

type Outcome<T> = Result<T, Error>;

/// How the runtime of a node is changed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChangeRuntime {
    /// What was found and is to stop nothing, and the release of CRI-O.
    pub plan: PlanOptions,
    /// How the node is drained; `None`: it is not, and the API server is not asked for anything.
    pub drain: Option<Drain>,
    /// Whether CRI-O pulls the images of the node's pods ahead.
    pub pull: bool,
    /// So long CRI-O, and then the Node, may take; three minutes each.
    pub limit: Duration,
    /// Between two looks at the Node; a second.
    pub pause: Duration,
    /// How long to wait for another run on this node.
    pub wait: Duration,
}

impl Default for ChangeRuntime {
    fn default() -> Self {
        Self {
            plan: PlanOptions::default(),
            drain: Some(Drain::default()),
            pull: true,
            limit: Duration::from_secs(180),
            pause: Duration::from_secs(1),
            wait: Duration::ZERO,
        }
    }
}

/// What was done.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RuntimeChanged {
    /// What the kubelet has now: `old`, `changed`, `back`, `confirmed`; `halfway` where a way back did
    /// not come to its end.
    pub state: &'static str,
    /// The runtime that it had.
    pub from: String,
    /// The transactions, oldest first; those that were taken back, newest first.
    pub transactions: Vec<TransactionId>,
    /// The images that CRI-O pulled.
    pub images: Vec<String>,
    /// The pods that were evicted.
    pub evicted: Vec<String>,
    /// What was deleted, with its bytes.
    pub deleted: Vec<Deleted>,
    /// What is left for a person.
    pub left: Vec<String>,
}

/// What a confirmation deletes.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Deleted {
    /// The directory, or the package.
    pub what: String,
    /// Its bytes; `None`: a package, or it is not known.
    pub bytes: Option<u64>,
}

impl ChangeRuntime {
    /// Changes it, or goes on where that was stopped. What was done is told also where it failed.
    pub fn run(&self, host: &Host, report: &mut dyn Reporter) -> (RuntimeChanged, Result<(), Error>) {
        let mut done = RuntimeChanged { state: "old", ..RuntimeChanged::default() };
        let ended = self.go(host, &mut done, report);
        (done, ended)
    }

    fn go(&self, host: &Host, done: &mut RuntimeChanged, report: &mut dyn Reporter) -> Outcome<()> {
        if let (_, _, true) = self.look(host, done)? {
            return Ok(());
        }
        let _turn = turn(host, self.wait, report)?;
        halfway_back(host, (RUNTIME, 0), report)?;
        // Whoever had the turn before may have changed it, or gone back.
        let (plan, begun, is_over) = self.look(host, done)?;
        if is_over {
            return Ok(());
        }
        let access = self.access(host)?;
        let change = if plan.status() == Status::Done {
            begun.unwrap_or_default()
        } else {
            may_begin(host, &plan)?;
            agreed(Question::Runtime, report)?;
            self.change(host, (&plan, begun, access.as_ref()), done, report)?
        };
        done.state = "changed";
        self.finish(host, (change, access.as_ref()), report)
    }

    /// The plan, the change that was begun, and whether it is at its end.
    fn look(
        &self,
        host: &Host,
        done: &mut RuntimeChanged,
    ) -> Outcome<(MigrationPlan, Option<RuntimeChange>, bool)> {
        let plan = self.planned(host)?;
        let begun = cluster::runtime_change(host)?;
        begun.iter().try_for_each(nothing_is_deleted)?;
        let is_changed = plan.status() == Status::Done;
        done.from = match &begun {
            Some(begun) if is_changed => begun.from.clone(),
            None if is_changed => String::new(),
            _ => plan.in_use.runtime.as_str().to_owned(),
        };
        let is_over = is_changed && begun.as_ref().is_none_or(|begun| begun.boot.is_some());
        if is_over {
            done.state = "changed";
        }
        Ok((plan, begun, is_over))
    }

    fn planned(&self, host: &Host) -> Outcome<MigrationPlan> {
        let seen = Inspection::of(host, now());
        Ok(migrate::plan(&seen, &self.plan).map_err(ChangeError::from)?)
    }

    fn access(&self, host: &Host) -> Outcome<Option<NodeAccess>> {
        let access = self.drain.as_ref().map(|_| NodeAccess::of_kubelet(host, now()));
        Ok(access.transpose()?)
    }

    /// Up to the kubelet that asks CRI-O.
    fn change(
        &self,
        host: &Host,
        (plan, begun, access): (&MigrationPlan, Option<RuntimeChange>, Option<&NodeAccess>),
        done: &mut RuntimeChanged,
        report: &mut dyn Reporter,
    ) -> Outcome<RuntimeChange> {
        let from = plan.in_use.runtime;
        let begun = begun.filter(|begun| begun.from == from.as_str());
        let last = host_prep::newest_id(host)?;
        let mut change = begun.unwrap_or_else(|| RuntimeChange::new(from.as_str(), last));
        // An end before a way back is not the end of this one.
        change.boot = None;
        cluster::keep_runtime_change(host, Some(change.clone()))?;
        report.note(&"CRI-O beside the old runtime");
        let beside = Desired::new().with(RuntimeSwitch::beside(files::ahead(host, plan)?));
        done.transactions.extend(take(host, &beside, report)?);
        done.left.extend(files::for_a_person(plan));
        if host.root().is_live() {
            let info = await_runtime(Socket::CRIO, self.limit, report)?;
            report.note(&format_args!("  its storage is {}", info.storage_root));
        }
        if self.pull {
            self.pull(host, access, done, report)?;
        }
        // What cannot be read is known before a pod goes; it is read again after the drain, which takes time.
        files::places(host, plan)?;
        if let (Some(drain), Some(access)) = (&self.drain, access) {
            let evicted = drain.run(access, report)?.evicted;
            done.evicted = evicted.iter().map(PodName::to_string).collect();
        }
        report.note(&"CRI-O in the place of the old runtime");
        match over(host, plan, report) {
            Ok(id) => done.transactions.extend(id),
            Err(error) => {
                if error.is_rollback_incomplete() {
                    done.state = "halfway";
                } else if let (Some(access), Some(_)) = (access, &self.drain) {
                    self.takes_pods_again(access, from.as_str(), report);
                }
                return Err(error);
            }
        }
        Ok(change)
    }

    /// With its old runtime. The error is what failed before; what fails here is told.
    fn takes_pods_again(&self, access: &NodeAccess, runtime: &str, report: &mut dyn Reporter) {
        if let Err(error) = self.await_node(access, runtime, report, &mut || Ok(access.uncordon()?)) {
            stays_cordoned(access, (error.code(), &error), report);
        }
    }

    /// The images that pods of this node name, by the name that they have there.
    fn pull(
        &self,
        host: &Host,
        access: Option<&NodeAccess>,
        done: &mut RuntimeChanged,
        report: &mut dyn Reporter,
    ) -> Outcome<()> {
        let mut images: Vec<String> = {
            let seen = Inspection::of(host, now());
            let manifests = seen.manifests().unwrap_or_default();
            manifests.iter().filter_map(|manifest| manifest.image.clone()).collect()
        };
        if let Some(access) = access {
            images.extend(access.images()?);
        }
        let mut seen = std::collections::BTreeSet::new();
        images.retain(|image| seen.insert(image.clone()));
        for image in images {
            report.note(&format_args!("image {image}"));
            let pull = Invocation::new("crictl", ["--runtime-endpoint", SOCKET, "pull", &image]);
            let pulled = host.follow(&pull.within(Duration::from_secs(900)), &mut *report.watch()?);
            let why = match pulled {
                Ok(said) if said.status == Some(0) => None,
                Ok(said) => Some(said.to_string()),
                Err(error) => Some(super::chain(&error)),
            };
            if let Some(why) = why {
                return Err(ChangeError::Pull { image, why }.into());
            }
            done.images.push(image);
        }
        Ok(())
    }

    /// The Node, once its kubelet asks CRI-O.
    fn finish(
        &self,
        host: &Host,
        (mut change, access): (RuntimeChange, Option<&NodeAccess>),
        report: &mut dyn Reporter,
    ) -> Outcome<()> {
        if let Some(access) = access {
            self.await_node(access, CRIO, report, &mut || {
                let told = access.cri_socket()?.filter(|told| told != SOCKET);
                // Known before it is changed: a run that is killed between gives it back, too.
                if change.annotation.is_none() && told.is_some() {
                    change.annotation = told;
                    cluster::keep_runtime_change(host, Some(change.clone()))?;
                }
                access.set_cri_socket(SOCKET)?;
                Ok(access.uncordon()?)
            })?;
        }
        change.boot = Some(cluster::boot_id(host)?);
        Ok(cluster::keep_runtime_change(host, Some(change))?)
    }

    /// Waits until the Node is Ready with that runtime, and does what comes `then`. On a single control
    /// plane the API server was away, and may be once more.
    fn await_node(
        &self,
        access: &NodeAccess,
        runtime: &str,
        report: &mut dyn Reporter,
        then: &mut dyn FnMut() -> Outcome<()>,
    ) -> Outcome<()> {
        report.note(&format_args!("node {}", access.node()));
        let begun = Instant::now();
        let waited = until((self.limit, self.pause), &mut *report.watch()?, |_| {
            match access.report() {
                Ok(node) if node.ready && node.runtime.starts_with("cri-o://") == (runtime == CRIO) => {}
                Ok(node) => return Ok(Err(format!("Ready: {}, runtime {}", node.ready, node.runtime))),
                Err(error) => return Ok(Err(super::chain(&error))),
            }
            match then() {
                Err(Error::Api(error)) if error.is_transient() => Ok(Err(super::chain(&*error))),
                ended => ended.map(Ok),
            }
        })?;
        let (runtime, seconds) = (runtime.to_owned(), begun.elapsed().as_secs());
        match waited {
            Waited::Done(()) => Ok(()),
            Waited::Over(says) => Err(ChangeError::NotTakenUp { runtime, seconds, says }.into()),
            Waited::Stopped(says) => Err(ChangeError::NotAwaited { runtime, says }.into()),
        }
    }

    /// The way back, until the change is confirmed.
    pub fn back(&self, host: &Host, report: &mut dyn Reporter) -> (RuntimeChanged, Result<(), Error>) {
        let mut done = RuntimeChanged { state: "changed", ..RuntimeChanged::default() };
        let ended = self.go_back(host, &mut done, report);
        (done, ended)
    }

    fn go_back(&self, host: &Host, done: &mut RuntimeChanged, report: &mut dyn Reporter) -> Outcome<()> {
        nothing_is_deleted(&begun(host)?)?;
        let _turn = turn(host, self.wait, report)?;
        // Whoever had the turn before may have gone back, or confirmed.
        let mut change = begun(host)?;
        nothing_is_deleted(&change)?;
        done.from.clone_from(&change.from);
        agreed(Question::RuntimeBack, report)?;
        let access = self.access(host)?;
        let stand = own(host, change.after)?;
        // Where all went back before, the pods on the node are those of the old runtime.
        if let (Some(drain), Some(access), false) = (&self.drain, &access, stand.is_empty()) {
            let evicted = drain.run(access, report)?.evicted;
            done.evicted = evicted.iter().map(PodName::to_string).collect();
        }
        // Where the way back is not at its end either, nothing is to be confirmed.
        change.boot = None;
        cluster::keep_runtime_change(host, Some(change.clone()))?;
        for id in stand.into_iter().rev() {
            let back = host_prep::rollback(host, Back::Only(id), self.wait, &mut *report.watch()?)?;
            done.state = "halfway";
            done.transactions.push(id);
            done.left.extend(back.kept.iter().map(|kept| format!("{}: {}", kept.what, kept.why)));
            whole(back.failures, "the way back is not at its end: run it again")?;
        }
        done.state = "back";
        match &access {
            Some(access) => self.await_node(access, &change.from, report, &mut || {
                if let Some(told) = &change.annotation {
                    access.set_cri_socket(told)?;
                }
                Ok(access.uncordon()?)
            })?,
            None => done.left.extend(change.annotation.map(|told| {
                format!("the annotation of the Node that names the runtime's socket: it was {told}")
            })),
        }
        Ok(cluster::keep_runtime_change(host, None)?)
    }
}

/// The change that was begun and is not confirmed.
fn begun(host: &Host) -> Outcome<RuntimeChange> {
    Ok(cluster::runtime_change(host)?.ok_or(ChangeError::NoChange)?)
}

/// The old runtime still has what it needs.
fn nothing_is_deleted(change: &RuntimeChange) -> Outcome<()> {
    match change.deleting {
        true => Err(ChangeError::Deleting { from: change.from.clone() }.into()),
        false => Ok(()),
    }
}

/// Nothing was changed so far.
fn may_begin(host: &Host, plan: &MigrationPlan) -> Outcome<()> {
    match plan.status() {
        Status::Blocked => {
            let open = plan.verdicts.iter().filter(|verdict| !verdict.accepted);
            let verdicts = open.map(|one| format!("{}: {} [{}]", one.place, one.what, one.code)).collect();
            return Err(ChangeError::Blocked { verdicts }.into());
        }
        Status::Undecided => {
            let unread = plan.unread.iter().map(|one| format!("{}: {}", one.source, one.why)).collect();
            return Err(ChangeError::Undecided { unread }.into());
        }
        Status::Ready | Status::Done => {}
    }
    let asked = host.follow(&Invocation::new("crio", ["--version"]), &mut NoProgress);
    match asked {
        Ok(said) if said.status == Some(0) => Ok(()),
        Ok(said) => Err(ChangeError::CrioFails { how: said.to_string() }.into()),
        Err(_) => Err(ChangeError::NoCrio.into()),
    }
}

/// The transactions of the change that stand, oldest first.
fn own(host: &Host, after: TransactionId) -> Outcome<Vec<TransactionId>> {
    let all = host_prep::history(host)?.into_iter().filter(|one| {
        one.id > after
            && !one.status.is_rolled_back()
            && one.steps.iter().any(|step| step.resource == RUNTIME)
    });
    Ok(all.map(|one| one.id).collect())
}

/// Ends the old runtime, and starts the kubelet with CRI-O.
fn over(host: &Host, plan: &MigrationPlan, report: &mut dyn Reporter) -> Outcome<Option<TransactionId>> {
    let over = RuntimeSwitch::over(files::places(host, plan)?, old(plan));
    let desired = Desired::new().with(over).with(host_prep::resource::CniLeftovers::none());
    take(host, &desired, report)
}

/// All steps, or none.
fn take(host: &Host, desired: &Desired, report: &mut dyn Reporter) -> Outcome<Option<TransactionId>> {
    let plan = host_prep::verify(host, desired);
    nothing_in_the_way(&plan)?;
    report.plan(&plan);
    let (applied, ended) = attempt(host, desired, &plan, Duration::ZERO, report)?;
    if let (Err(why), Some(id)) = (&ended, applied.id) {
        stopped_back(host, (id, why), report)?;
    }
    ended?;
    report.note(&format_args!("  {}", count(applied.taken, "step")));
    Ok(applied.id)
}

/// What ends, and how.
fn old(plan: &MigrationPlan) -> OldRuntime {
    let (units, sockets, usual): (&[&str], &[&str], &str) = match plan.in_use.runtime {
        Runtime::Containerd => (
            &["containerd.service"],
            &["/run/containerd/containerd.sock"],
            "unix:///run/containerd/containerd.sock",
        ),
        Runtime::CriDockerd => (
            &["cri-docker.socket", "cri-docker.service", "docker.socket", "docker.service"],
            &["/run/cri-dockerd.sock", "/run/docker.sock"],
            "unix:///run/cri-dockerd.sock",
        ),
        _ => (&["docker.socket", "docker.service"], &["/run/docker.sock", "/run/dockershim.sock"], ""),
    };
    let forget = if usual.is_empty() {
        let all = "docker ps -aq --filter label=io.kubernetes.pod.uid | xargs -r docker rm -f";
        Invocation::new("sh", ["-c", all]).within(Duration::from_secs(300))
    } else {
        cluster::removes_pods(plan.in_use.endpoint.as_deref().unwrap_or(usual))
    };
    let units = units.iter().map(|unit| (*unit).to_owned()).collect();
    let mut old = OldRuntime::new(units, forget, cluster::removes_pods(SOCKET));
    old.sockets = sockets.iter().map(PathBuf::from).collect();
    old
}
