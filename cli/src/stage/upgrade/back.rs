//! The way back of an upgrade: this node's packages, files and services, in an order of its own. A control
//! plane that is at the new release stays there, and etcd with it.

use std::path::Path;

use host_prep::Host;
use host_prep::cluster::manifest_of;
use host_prep::cluster::upgrade::{self as prep, Asked, KeptFile, UnitDeed, UpgradeEnd, UpgradeRecord};
use host_prep::distro::PackageManager;

use super::bundle::Opened;
use super::found::{manifest_of_another, put_manifests_back, static_pod};
use super::walk::recover;
use super::{Upgrade, repositories};
use crate::chain::chain;
use crate::doctor::renamed_away::MANIFESTS;
use crate::recipe::StaticPod;
use crate::stage::carry::agreed;
use crate::stage::halfway::turn;
use crate::stage::packages::package_manager;
use crate::stage::{Error, Question, Reporter};
use crate::upgrade::minor_of;

const KUBERNETES: &str = "/etc/kubernetes";

/// What [`Upgrade::abort`] did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
#[must_use = "something may stay"]
pub struct WentBack {
    /// What went back, a line each.
    pub undone: Vec<String>,
    /// What stays, and why.
    pub left: Vec<String>,
}

/// Whether the control plane of this node is at the new release. Until its three components are, kubeadm has
/// not written the cluster's configuration; etcd has no way back once its manifest is another one.
pub(super) fn is_committed(host: &Host, record: &UpgradeRecord) -> Result<bool, Error> {
    if record.role == crate::upgrade::Role::Worker.as_str() || record.state("kubeadm-upgrade").is_none() {
        return Ok(false);
    }
    if record.is_done("kubeadm-upgrade") {
        return Ok(true);
    }
    let etcd = manifest_of("etcd");
    let is_there = host.root().kind(&etcd)?.is_some();
    if let Some(kept) = record.kept.iter().find(|one| one.path == etcd).filter(|_| is_there)
        && prep::differs(host, kept)?
    {
        return Ok(true);
    }
    let to: Result<crate::upgrade::Target, _> = record.to.parse();
    let Ok(to) = to else { return Ok(false) };
    Ok(manifest_of_another(host, to.minor().number())?.is_none())
}

impl Upgrade {
    /// Gives back what an upgrade changed, done or not. What stays is told.
    ///
    /// # Errors
    ///
    /// [`Error::NoUpgrade`] where none was begun; where something failed it can be called again.
    pub fn abort(&self, host: &Host, report: &mut dyn Reporter) -> Result<WentBack, Error> {
        // Where none was begun nothing is made, the lock of the turn among it.
        UpgradeRecord::read(host)?.ok_or(Error::NoUpgrade)?;
        let _turn = turn(host, self.wait, report)?;
        // Whoever had the turn before may have given it back.
        let record = UpgradeRecord::read(host)?.ok_or(Error::NoUpgrade)?;
        if record.end == Some(UpgradeEnd::BackInPart) {
            return Ok(WentBack { undone: Vec::new(), left: record.left });
        }
        if let Some((id, false)) = repositories::newest(host)?.filter(|(id, _)| *id > record.after) {
            return Err(Error::UpgradeFollowed { id });
        }
        super::known(host, &record)?;
        agreed(Question::UpgradeBack, report)?;
        // The bundle of the way there has nothing for the way back.
        let own = Self { bundle: self.bundle.clone(), ..self.with(&record) };
        // Looked through before anything is changed.
        let opened = own.opened(host, report)?;
        recover(host, &record, report)?;
        let committed = is_committed(host, &record)?;
        let mut back =
            Way { upgrade: &own, host, bundle: opened, record, committed, done: WentBack::default() };
        match back.walk(report) {
            Ok(()) => Ok(back.done),
            Err(error) => {
                back.record.failure = Some(chain(&error));
                back.record.write(host)?;
                Err(error)
            }
        }
    }
}

/// A way back at work.
struct Way<'a> {
    upgrade: &'a Upgrade,
    host: &'a Host,
    bundle: Option<Opened>,
    record: UpgradeRecord,
    committed: bool,
    done: WentBack,
}

impl Way<'_> {
    fn walk(&mut self, report: &mut dyn Reporter) -> Result<(), Error> {
        let host = self.host;
        self.record.end = Some(UpgradeEnd::GoingBack);
        self.record.failure = None;
        self.record.write(host)?;
        if let Some(data) = &self.record.etcd {
            prep::sweep_snapshot(host, data)?;
        }
        self.control_plane(report)?;
        let manager = package_manager(host);
        let moved = self.moved(manager)?;
        let runs_others = moved.iter().any(|name| name == "cri-o" || name == "kubelet");
        if moved.iter().any(|name| name == "cri-o") {
            self.drain(report)?;
        }
        // Stopped also where an earlier run was: it starts again at the end.
        let stops = runs_others || self.record.state("stop-kubelet").is_some();
        if stops {
            report.note(&"the kubelet stops");
            prep::unit(host, UnitDeed::Stop, "kubelet", &mut *report.watch()?)?;
            if self.upgrade.changes_runtime(&self.record) && self.record.state("start-crio").is_some() {
                self.upgrade.remove_pods(host, &self.record, report)?;
            }
        }
        self.files_of_the_engine(report)?;
        self.packages(manager, report)?;
        let files = self.kept_files(report)?;
        if moved.iter().any(|name| name == "cri-o") || self.record.state("start-crio").is_some() {
            self.upgrade.start_crio(host, self.record.endpoint.as_deref(), report)?;
        }
        if stops || files {
            prep::unit(host, UnitDeed::Restart, "kubelet", &mut *report.watch()?)?;
        }
        self.node_is_back(stops || files, report)?;
        self.ends()
    }

    /// Manifests first: without its API server nothing else can be asked.
    fn control_plane(&mut self, report: &mut dyn Reporter) -> Result<(), Error> {
        if self.record.state("kubeadm-upgrade").is_none() {
            return Ok(());
        }
        let mut changed = !put_manifests_back(self.host, report)?.is_empty();
        if !self.committed {
            let own = |one: &&KeptFile| one.path.starts_with(MANIFESTS);
            for one in self.record.kept.iter().filter(own) {
                if prep::put_back_kept(self.host, one)? {
                    changed = true;
                    self.done.undone.push(one.path.display().to_string());
                }
            }
        }
        if !changed {
            return Ok(());
        }
        self.upgrade.api_is_back(self.host, report)
    }

    /// The packages that have another version than before.
    fn moved(&self, manager: Option<PackageManager>) -> Result<Vec<String>, Error> {
        let Some(manager) = manager else { return Ok(Vec::new()) };
        let now = prep::packages_now(self.host, manager)?;
        let moved = self.record.packages.moved_since(&now);
        Ok(moved.into_iter().map(|(name, _)| name.to_owned()).collect())
    }

    fn drain(&self, report: &mut dyn Reporter) -> Result<(), Error> {
        let Some(drain) = &self.upgrade.drain else { return Ok(()) };
        drain.run(&self.upgrade.access(self.host)?, report)?;
        Ok(())
    }

    /// Repositories come back before the packages that are in them.
    fn files_of_the_engine(&mut self, report: &mut dyn Reporter) -> Result<(), Error> {
        for back in self.upgrade.unwrite(self.host, &self.record, report)? {
            if let Some(error) = back.failures.into_iter().next() {
                return Err(error.into());
            }
            // Put beside it, and told: what is kept here has the same bytes, and goes back below.
            self.done.undone.extend(back.transactions.iter().map(|id| format!("transaction {id}")));
        }
        for one in self.record.kept.iter().filter(|one| is_of_repositories(&one.path)) {
            prep::put_back_kept(self.host, one)?;
        }
        Ok(())
    }

    fn packages(&mut self, manager: Option<PackageManager>, report: &mut dyn Reporter) -> Result<(), Error> {
        let Some(manager) = manager else { return Ok(()) };
        if !self.moved(Some(manager))?.is_empty() {
            self.bring_back(manager, report)?;
        } else if self.record.is_done("repositories") {
            // Its lists are a cache, and no package is wanted.
            let asked = Asked::of(self.host, manager)?;
            let _ = prep::refresh(self.host, (manager, asked), &mut *report.watch()?);
        }
        // Also what was cut short while it only fetched may have lifted them.
        Ok(prep::hold(self.host, manager, &self.record.packages.held, &mut *report.watch()?)?)
    }

    fn bring_back(&mut self, manager: PackageManager, report: &mut dyn Reporter) -> Result<(), Error> {
        let asked = match &self.bundle {
            Some(bundle) => {
                let _settled = bundle.settle(self.host)?;
                self.upgrade.make(self.host, &bundle.wanted(), report)?;
                (manager, Asked::Bundle)
            }
            None => (manager, Asked::of(self.host, manager)?),
        };
        prep::refresh(self.host, asked, &mut *report.watch()?)?;
        let went = prep::bring_back(self.host, asked, &self.record.packages, &mut *report.watch()?)?;
        self.done.undone.extend(went.iter().map(|name| format!("package {name}")));
        if self.bundle.is_some() {
            let back = self.upgrade.unwrite(self.host, &self.record, report)?;
            if let Some(error) = back.into_iter().flat_map(|back| back.failures).next() {
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// Whether a file of the kubelet's was another one.
    fn kept_files(&mut self, report: &mut dyn Reporter) -> Result<bool, Error> {
        let mut of_kubelet = false;
        for one in &self.record.kept {
            if self.committed && one.path.starts_with(KUBERNETES) {
                continue;
            }
            if prep::put_back_kept(self.host, one)? {
                report.note(&format_args!("put back {}", one.path.display()));
                self.done.undone.push(one.path.display().to_string());
                of_kubelet |= !is_of_repositories(&one.path);
            }
        }
        Ok(of_kubelet)
    }

    fn node_is_back(&self, restarted: bool, report: &mut dyn Reporter) -> Result<(), Error> {
        let minor = |name: &str| {
            let version = self.record.packages.versions.get(name)?;
            let version = version.split_once(':').map_or(version.as_str(), |(_, version)| version);
            minor_of(version)
        };
        if let (true, Some(kubelet), Some(crio)) = (restarted, minor("kubelet"), minor("cri-o")) {
            self.upgrade.await_node(self.host, (kubelet, crio), report)?;
        }
        if self.record.state("cordon").is_some() || self.record.state("drain").is_some() {
            self.upgrade.uncordon(self.host, report)?;
        }
        Ok(())
    }

    /// What stays is said; where nothing does, nothing is kept.
    fn ends(&mut self) -> Result<(), Error> {
        if !self.committed {
            return Ok(UpgradeRecord::forget(self.host)?);
        }
        let tag = |name: &str| -> Result<String, Error> {
            let pod = static_pod(self.host, &manifest_of(name))?;
            Ok(pod.as_ref().and_then(StaticPod::tag).unwrap_or("its release").to_owned())
        };
        let mut left = vec![format!(
            "the control plane of this node stays at {}: kubeadm knows no way to an older one",
            tag("kube-apiserver")?
        )];
        if self.host.root().kind(&manifest_of("etcd"))?.is_some() {
            let snapshot = prep::snapshot_path(self.host)?;
            let snapshot = snapshot.map(|path| format!("; the snapshot from before is {}", path.display()));
            left.push(format!("etcd stays at {}{}", tag("etcd")?, snapshot.unwrap_or_default()));
        }
        left.push("ConfigMaps, RBAC and add-ons of the cluster stay as kubeadm wrote them".to_owned());
        left.push("certificates that were renewed stay".to_owned());
        self.record.left.clone_from(&left);
        self.record.end = Some(UpgradeEnd::BackInPart);
        self.record.write(self.host)?;
        self.done.left = left;
        Ok(())
    }
}

fn is_of_repositories(path: &Path) -> bool {
    ["/etc/apt", "/etc/yum.repos.d", "/etc/zypp"].iter().any(|dir| path.starts_with(dir))
}
