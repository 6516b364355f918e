//! The steps of a plan, taken one after another; each looks first whether what it does is so.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cri_probe::Socket;
use host_prep::cluster::upgrade::{self as prep, Asked, StepState, UnitDeed, UpgradeEnd, UpgradeRecord};
use host_prep::cluster::{KubeadmOptions, manifest_of};
use host_prep::distro::PackageManager;
use host_prep::package::Wanted;
use host_prep::{Host, PackageRelease, TransactionStatus, history, newest_id};

use super::bundle::Opened;
use super::found::{control_plane_is_ahead, manifest_of_another};
use super::{NO_MANAGER, Upgrade, Upgraded, endpoint, oci, repositories};
use crate::chain::chain;
use crate::code::Code;
use crate::doctor::Inspection;
use crate::recipe::pause_image_of;
use crate::stage::drain::uncordon_after;
use crate::stage::halfway::halfway_back;
use crate::stage::{Error, Reporter, await_runtime};
use crate::upgrade::step::{Mend, Work};
use crate::upgrade::{Plan, Role, State, Step, Target, mend, minor_of};

/// The kubelet's files that kubeadm writes: where one is missing before, that is kept too.
const OF_KUBELET: [&str; 3] = [
    "/var/lib/kubelet/config.yaml",
    "/var/lib/kubelet/instance-config.yaml",
    "/var/lib/kubelet/kubeadm-flags.env",
];
/// kubeadm's own backups, copies of etcd's data among them.
const LEFT_OUT: &str = "/etc/kubernetes/tmp";
/// Until these were taken the host is as before but for its repositories.
const EARLY: [&str; 3] = ["backup", "snapshot", "repositories"];
/// A kubeadm that ran on another node a moment ago is still to be seen by this one.
const CLUSTER: Duration = Duration::from_secs(120);

/// An upgrade at work.
pub(super) struct Walk<'a> {
    pub(super) upgrade: &'a Upgrade,
    pub(super) host: &'a Host,
    pub(super) to: &'a Target,
    pub(super) plan: &'a Plan,
    pub(super) bundle: Option<&'a Opened>,
    pub(super) record: UpgradeRecord,
    pub(super) done: Upgraded,
}

/// Writes down what no file tells afterwards.
pub(super) fn begins(host: &Host, plan: &Plan, record: &mut UpgradeRecord) -> Result<(), Error> {
    if let Some(manager) = plan.packages {
        record.packages = prep::packages_now(host, manager)?;
    }
    let seen = Inspection::of(host, crate::stage::now());
    record.endpoint = endpoint::now(&seen)?;
    record.runtime = oci::now(&seen)?;
    record.after = newest_id(host)?;
    record.bundles = prep::bundles_now(host)?;
    Ok(record.write(host)?)
}

/// Rolls back a transaction of this upgrade's that was cut short.
pub(super) fn recover(host: &Host, record: &UpgradeRecord, report: &mut dyn Reporter) -> Result<(), Error> {
    let others = |one: &&host_prep::Summary| {
        one.status == TransactionStatus::Interrupted && one.id > record.after && !repositories::is_own(one)
    };
    if let Some(other) = history(host)?.iter().find(others) {
        return Err(host_prep::Error::Interrupted { id: other.id }.into());
    }
    halfway_back(host, (UpgradeRecord::KIND, record.after), report).map(drop)
}

impl Walk<'_> {
    pub(super) fn all(mut self, report: &mut dyn Reporter) -> Result<Upgraded, Error> {
        let (plan, of) = (self.plan, self.plan.steps.len());
        for (number, step) in plan.steps.iter().enumerate() {
            if !self.is_to_take(step)? {
                continue;
            }
            report.note(&format_args!("[{}/{of}] {}: {}", number + 1, step.id, step.why));
            self.record.begins(self.host, step.id)?;
            if let Err(error) = self.take(step, report) {
                return Err(self.failed(step, error, report));
            }
            self.record.took(self.host, step.id)?;
            self.done.taken.push(step.id.to_owned());
        }
        self.record.failure = None;
        self.record.end = Some(UpgradeEnd::Done);
        self.record.write(self.host)?;
        Ok(self.done)
    }

    /// What failed is kept; before anything but the repositories was changed, these go back.
    fn failed(&mut self, step: &Step, error: Error, report: &mut dyn Reporter) -> Error {
        let early = self.record.steps.iter().all(|step| EARLY.contains(&step.id.as_str()));
        if early && self.give_back(report).is_ok() {
            return Error::UpgradeNotBegun { source: Box::new(error) };
        }
        self.record.failure = Some(format!("{}: {}", step.id, chain(&error)));
        // The step is known as begun already.
        let _ = self.record.write(self.host);
        Error::UpgradeStep { step: step.id.to_owned(), source: Box::new(error) }
    }

    fn give_back(&self, report: &mut dyn Reporter) -> Result<(), Error> {
        let back = self.upgrade.unwrite(self.host, &self.record, report)?;
        if let Some(open) = back.into_iter().find(|back| !back.is_complete()) {
            let why = open.kept.first().map(|kept| kept.what.clone()).unwrap_or_default();
            return Err(Error::UpgradeStays { left: vec![why] });
        }
        if let Some(data) = &self.record.etcd {
            prep::sweep_snapshot(self.host, data)?;
        }
        // Its lists are a cache: where that fails the next run of the package manager makes them.
        if let Ok(manager) = self.manager() {
            let asked = Asked::of(self.host, manager)?;
            let _ = prep::refresh(self.host, (manager, asked), &mut *report.watch()?);
        }
        Ok(UpgradeRecord::forget(self.host)?)
    }

    /// Whether a step is still to be taken: by what is found, and by the record where nothing tells.
    fn is_to_take(&self, step: &Step) -> Result<bool, Error> {
        let done = |id: &str| self.record.is_done(id);
        // Killed between an installation and the hold after it, a package has its release and no hold.
        let open = |step: &Step| {
            step.state == State::Pending || self.record.state(step.id) == Some(StepState::Begun)
        };
        let pending = |id: &str| self.plan.steps.iter().any(|step| step.id == id && open(step));
        Ok(match &step.work {
            Work::ByHand => false,
            Work::Snapshot(_) => !done(step.id) || prep::snapshot_path(self.host)?.is_none(),
            Work::Repositories(files) => !done(step.id) || !files.is_empty(),
            Work::Packages(_) => open(step),
            Work::Images | Work::BundleImages => !done(step.id) && !done("kubeadm-upgrade"),
            Work::Kubeadm => !done(step.id) || self.manifest_of_old()?.is_some(),
            Work::Cordon | Work::Drain => {
                self.upgrade.drain.is_some() && (pending("package-crio") || !done("start-crio"))
            }
            Work::StopKubelet => pending("package-crio") || pending("package-kubelet"),
            Work::Backup(_) | Work::Bundle | Work::StartCrio => !done(step.id),
            // A cordon of this upgrade's, whoever drains by now.
            Work::Uncordon => self.record.state("cordon").is_some(),
            Work::Mend(_) | Work::PauseImage | Work::StartKubelet | Work::WaitReady | Work::WaitEtcd => true,
        })
    }

    fn take(&mut self, step: &Step, report: &mut dyn Reporter) -> Result<(), Error> {
        let host = self.host;
        match &step.work {
            Work::Backup(paths) => self.keep(paths),
            Work::Snapshot(data) => {
                self.record.etcd = Some(data.clone());
                self.record.write(host)?;
                Ok(prep::snapshot(host, data, &mut *report.watch()?)?)
            }
            Work::Repositories(files) => {
                self.upgrade.rewrite(host, files, report)?;
                self.fetch(report)
            }
            Work::Bundle => {
                let Some(bundle) = self.bundle else { return Ok(()) };
                report.note(&"  copying the bundle to where its packages are installed from");
                let _settled = bundle.settle(host)?;
                self.upgrade.make(host, &bundle.wanted(), report)?;
                self.fetch(report)
            }
            Work::BundleImages => {
                let Some(bundle) = self.bundle else { return Ok(()) };
                let loaded = bundle.bundle.load_images(host, &mut *report.watch()?)?;
                report.note(&format_args!("  images that were loaded: {loaded}"));
                Ok(())
            }
            Work::Packages(names) => {
                let (manager, wanted) = (self.manager()?, self.wanted(names)?);
                Ok(prep::upgrade_packages(host, (manager, self.asked()), &wanted, &mut *report.watch()?)?)
            }
            Work::Images => {
                Ok(prep::pull_images(host, &self.version()?, self.upgrade.limit, &mut *report.watch()?)?)
            }
            Work::Kubeadm => self.kubeadm(report),
            Work::Cordon => self.cordon(report),
            Work::Drain => self.drain(report),
            Work::Mend(which) => self.mend(*which, report),
            Work::PauseImage => {
                let file = pause_image_of(host.root(), self.to.minor());
                self.upgrade.rewrite(host, file.as_slice(), report)
            }
            Work::StopKubelet => {
                // kubeadm has written the cluster's configuration of the kubelet since the plan was made.
                self.mend(Mend::Flags, report)?;
                self.mend(Mend::Gates, report)?;
                prep::unit(host, UnitDeed::Stop, "kubelet", &mut *report.watch()?)?;
                if self.upgrade.changes_runtime(&self.record) {
                    self.upgrade.remove_pods(host, &self.record, report)?;
                }
                Ok(())
            }
            Work::StartCrio => {
                self.upgrade.keep_runtime(host, &self.record, report)?;
                self.upgrade.start_crio(host, self.record.endpoint.as_deref(), report)
            }
            Work::StartKubelet => self.start_kubelet(report),
            Work::WaitReady => {
                let minor = self.to.minor().number();
                self.upgrade.await_node(host, (minor, minor), report)
            }
            Work::WaitEtcd => self.control_plane_is_up(report),
            Work::Uncordon => self.upgrade.uncordon(host, report),
            Work::ByHand => Ok(()),
        }
    }

    fn keep(&mut self, paths: &[PathBuf]) -> Result<(), Error> {
        let mut all: Vec<PathBuf> = paths.to_vec();
        all.extend(OF_KUBELET.iter().map(PathBuf::from).filter(|path| !paths.contains(path)));
        self.record.kept = prep::keep(self.host, &all, &[Path::new(LEFT_OUT)])?;
        Ok(self.record.write(self.host)?)
    }

    /// A host whose packages came from a bundle may have other repositories by now: those are asked too, unless
    /// a bundle is named.
    fn asked(&self) -> Asked {
        if self.bundle.is_some() { Asked::Bundle } else { Asked::All }
    }

    /// What cannot be had is known before anything else is changed.
    fn fetch(&self, report: &mut dyn Reporter) -> Result<(), Error> {
        let mut wanted = Vec::new();
        for step in &self.plan.steps {
            if let (Work::Packages(names), State::Pending) = (&step.work, step.state) {
                wanted.extend(self.wanted_ahead(names)?);
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        report.note(&"  fetching the packages, so that what is not to be had is known before");
        let asked = (self.manager()?, self.asked());
        Ok(prep::download(self.host, asked, &wanted, &mut *report.watch()?)?)
    }

    fn kubeadm(&self, report: &mut dyn Reporter) -> Result<(), Error> {
        let (host, upgrade) = (self.host, self.upgrade);
        upgrade.put_right(host, &self.record, report)?;
        endpoint::say_before(host, self.to, self.record.endpoint.as_deref())?;
        // A kubelet that is newer already, and ends at what kubeadm would take out, upgrades no control plane.
        if self.plan.steps.iter().any(|step| step.id == "package-kubelet" && step.state == State::Done) {
            self.mend(Mend::Flags, report)?;
            self.mend(Mend::Gates, report)?;
            prep::unit(host, UnitDeed::Restart, "kubelet", &mut *report.watch()?)?;
        }
        let mut options = KubeadmOptions::default();
        options.limit = upgrade.limit;
        options.ignore.clone_from(&upgrade.ignore_preflight_errors);
        if self.plan.role == Role::FirstControlPlane {
            prep::upgrade_apply(host, &self.version()?, &options, &mut *report.watch()?)?;
        } else {
            upgrade.until(CLUSTER, "the cluster is not at the release", report, |_| {
                let ahead = control_plane_is_ahead(&upgrade.access(host)?, self.to, self.plan.role);
                Ok(ahead.map_err(|error| match error {
                    // Its sentence is for a run that has changed nothing.
                    Error::ControlPlaneFirst { what } => what,
                    error => chain(&error),
                }))
            })?;
            prep::upgrade_node(host, &options, &mut *report.watch()?)?;
        }
        endpoint::keep(host, self.record.endpoint.as_deref(), report)?;
        match self.manifest_of_old()? {
            Some(path) => {
                let why = format!("kubeadm ended well, and the image is not of {}", self.to.minor());
                Err(Error::ClusterFile { path, why })
            }
            None => Ok(()),
        }
    }

    /// A manifest of the control plane that is not of the minor.
    fn manifest_of_old(&self) -> Result<Option<PathBuf>, Error> {
        if !self.plan.role.is_control_plane() {
            return Ok(None);
        }
        manifest_of_another(self.host, self.to.minor().number())
    }

    fn cordon(&self, report: &mut dyn Reporter) -> Result<(), Error> {
        self.upgrade.until(self.upgrade.ready, "the API server does not answer", report, |_| {
            match self.upgrade.access(self.host)?.cordon() {
                Ok(_) => Ok(Ok(())),
                Err(error) if error.is_transient() => Ok(Err(chain(&error))),
                Err(error) => Err(error.into()),
            }
        })
    }

    fn drain(&self, report: &mut dyn Reporter) -> Result<(), Error> {
        let Some(drain) = &self.upgrade.drain else { return Ok(()) };
        let access = self.upgrade.access(self.host)?;
        match drain.run(&access, report) {
            Ok(_) => Ok(()),
            Err(error) => {
                // Refused before anything was evicted: the cordon of the step before is ours as well.
                uncordon_after(&access, report);
                Err(error.into())
            }
        }
    }

    /// What changes the node once it is out is told.
    fn mend(&self, which: Mend, report: &mut dyn Reporter) -> Result<(), Error> {
        let (files, found) = mend::rewritten(self.host, self.to.minor(), which);
        for one in found.iter().filter(|one| one.stops() && one.effect != "same") {
            let text = format!("{}: {} is taken out: {}", one.place(), one.what, one.help);
            report.warn(Code::UpgradeChangesNode.as_str(), &text);
        }
        self.upgrade.rewrite(self.host, &files, report)
    }

    fn start_kubelet(&self, report: &mut dyn Reporter) -> Result<(), Error> {
        let deed = if self.record.is_done("start-kubelet") { UnitDeed::Start } else { UnitDeed::Restart };
        Ok(prep::unit(self.host, deed, "kubelet", &mut *report.watch()?)?)
    }

    fn control_plane_is_up(&self, report: &mut dyn Reporter) -> Result<(), Error> {
        let (host, upgrade) = (self.host, self.upgrade);
        let has_etcd = host.root().kind(&manifest_of("etcd"))?.is_some();
        upgrade.until(upgrade.ready, "the control plane is not well again", report, |watch| {
            if let Err(error) = upgrade.access(host)?.server_is_ready() {
                return Ok(Err(chain(&error)));
            }
            match has_etcd {
                true => Ok(prep::etcd_is_healthy(host, watch).map_err(|error| chain(&error))),
                false => Ok(Ok(())),
            }
        })
    }

    fn manager(&self) -> Result<PackageManager, Error> {
        self.plan.packages.ok_or_else(|| Error::UpgradeByHand { why: NO_MANAGER.to_owned() })
    }

    /// The release; where none is named that of the kubeadm that was installed for it.
    fn version(&self) -> Result<String, Error> {
        match self.to.version() {
            Some(version) => Ok(version.to_string()),
            None => Ok(prep::kubeadm_version(self.host)?),
        }
    }

    /// The kubelet gets the release that kubeadm has; CRI-O's patches are its own.
    fn wanted(&self, names: &[&str]) -> Result<Vec<Wanted>, Error> {
        names
            .iter()
            .map(|name| match *name {
                "kubelet" => self.of_release(name, &self.version()?),
                _ => Ok(self.wanted_ahead(&[*name])?.remove(0)),
            })
            .collect()
    }

    /// The same before kubeadm is there.
    fn wanted_ahead(&self, names: &[&str]) -> Result<Vec<Wanted>, Error> {
        let minor = self.to.minor().to_string();
        let exact = self.to.version().map(ToString::to_string);
        let of = |name: &&str| match &exact {
            Some(version) if *name != "cri-o" => self.of_release(name, version),
            _ => self.of_release(name, &minor),
        };
        names.iter().map(of).collect()
    }

    fn of_release(&self, name: &str, release: &str) -> Result<Wanted, Error> {
        let parsed: Result<PackageRelease, _> = format!("v{}", release.trim_start_matches('v')).parse();
        let release = parsed.map_err(|error| Error::UpgradeByHand { why: error.to_string() })?;
        Ok(Wanted::of(name, release))
    }
}

impl Upgrade {
    /// Restarts CRI-O and waits until it answers.
    pub(super) fn start_crio(
        &self,
        host: &Host,
        endpoint: Option<&str>,
        report: &mut dyn Reporter,
    ) -> Result<(), Error> {
        prep::unit(host, UnitDeed::Restart, "crio", &mut *report.watch()?)?;
        let socket =
            endpoint.map_or(Socket::CRIO, |endpoint| endpoint.strip_prefix("unix://").unwrap_or(endpoint));
        await_runtime(socket, self.ready, report).map(drop)
    }

    /// Waits until the node says itself that it is Ready with a kubelet and a runtime of these minors.
    pub(super) fn await_node(
        &self,
        host: &Host,
        (kubelet, runtime): (u64, u64),
        report: &mut dyn Reporter,
    ) -> Result<(), Error> {
        self.until(self.ready, "the node is not Ready with its new versions", report, |_| {
            let node = match self.access(host)?.report() {
                Ok(node) => node,
                Err(error) => return Ok(Err(chain(&error))),
            };
            let crio = node.runtime.rsplit_once("://").map_or(node.runtime.as_str(), |(_, version)| version);
            if !node.ready || minor_of(&node.kubelet) != Some(kubelet) || minor_of(crio) != Some(runtime) {
                let ready = if node.ready { "Ready" } else { "not Ready" };
                return Ok(Err(format!("it is {ready}, with kubelet {} and {}", node.kubelet, node.runtime)));
            }
            Ok(Ok(()))
        })
    }

    /// Takes a cordon of this program's away.
    pub(super) fn uncordon(&self, host: &Host, report: &mut dyn Reporter) -> Result<(), Error> {
        self.until(self.ready, "the node cannot be uncordoned", report, |_| {
            Ok(self.access(host)?.uncordon().map_err(|error| chain(&error)))
        })
    }
}
