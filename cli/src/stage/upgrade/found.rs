//! What an upgrade looks for before it calls kubeadm: how far the cluster is, and what a stopped run left.

use std::path::{Path, PathBuf};
use std::time::Duration;

use host_prep::Host;
use host_prep::cluster::{self, upgrade as prep};
use host_prep::fs::{self, Mode};
use kubeadm_config::Minor;

use super::Upgrade;
use crate::chain::chain;
use crate::doctor::Inspection;
use crate::doctor::renamed_away::{STATIC_PODS, renamed_away};
use crate::recipe::{KUBELET_NEEDS_CGROUP_V2, StaticPod, exits_with};
use crate::stage::wait::{Waited, until};
use crate::stage::{Error, NodeAccess, Reporter, Verdict, now};
use crate::upgrade::{Role, Target, minor_of};

/// Whether another control plane has taken the cluster's configuration to that minor already.
pub(super) fn is_further(access: &NodeAccess, to: &Target) -> Result<bool, Error> {
    let version = access.cluster_version()?;
    Ok(version.and_then(|version| minor_of(&version)) == Some(to.minor().number()))
}

/// `kubeadm upgrade node` renders what the ConfigMap says, and a kubelet is never newer than its API server:
/// both are to be at the minor before.
pub(super) fn control_plane_is_ahead(access: &NodeAccess, to: &Target, role: Role) -> Result<(), Error> {
    if role == Role::FirstControlPlane {
        return Ok(());
    }
    let minor = to.minor().number();
    let server = access.server_version()?;
    if role == Role::Worker && minor_of(&server).is_some_and(|runs| runs < minor) {
        let what =
            format!("the API server is {server}, and {to} is asked for: every control plane comes first");
        return Err(Error::ControlPlaneFirst { what });
    }
    let cluster = access.cluster_version()?.unwrap_or_default();
    if minor_of(&cluster) != Some(minor) {
        let what = format!(
            "the ConfigMap kubeadm-config says {cluster}, and {to} is asked for: `kubeadm upgrade apply` on the first \
             control plane has not come to its end"
        );
        return Err(Error::ControlPlaneFirst { what });
    }
    Ok(())
}

/// Refuses where the kubelet of the minor would exit on this host's cgroup v1 with the settings that kubeadm
/// takes out of the ConfigMap: what the node's own file says is gone by then.
pub(super) fn kubelet_runs_on_cgroup(host: &Host, access: &NodeAccess, to: &Target) -> Result<(), Error> {
    let minor = to.minor().number();
    // The host is not read once more for a kubelet that runs on either.
    if minor < KUBELET_NEEDS_CGROUP_V2 {
        return Ok(());
    }
    let seen = Inspection::of(host, now());
    let facts = seen.facts();
    // Without settings every kubelet that wants v2 exits on v1: nobody has to be asked elsewhere.
    if !exits_with(facts, minor, "") {
        return Ok(());
    }
    let settings = access.kubelet_settings()?.unwrap_or_default();
    if !exits_with(facts, minor, &settings) {
        return Ok(());
    }
    let what = format!(
        "the host is on cgroup v1, where the kubelet of 1.{minor} exits, and `kubeadm upgrade` writes the settings of \
         the ConfigMap kube-system/kubelet-config over config.yaml, which do not say failCgroupV1: false: write it there"
    );
    Err(Error::UpgradeBlocked(vec![Verdict { code: "cgroup-v1-ends", what, ..Verdict::default() }]))
}

/// Puts manifests back that kubeadm renamed away when it was killed. Without kube-apiserver.yaml it would take
/// the host for a worker. Which were put back.
pub(super) fn put_manifests_back(host: &Host, report: &mut dyn Reporter) -> Result<Vec<&'static str>, Error> {
    let root = host.root();
    let is_there = |path: &str| Ok::<_, host_prep::Error>(root.kind(Path::new(path))?.is_some());
    let list = |dir: &str| {
        let names = root.list(Path::new(dir))?.unwrap_or_default();
        Ok(names.iter().filter_map(|name| name.to_str().map(str::to_owned)).collect())
    };
    let mut back = Vec::new();
    for (name, kept) in renamed_away(is_there, list)? {
        let bytes = root.read(Path::new(&kept))?.unwrap_or_default();
        fs::set(root, &cluster::manifest_of(name), &bytes, Mode::PRIVATE)?;
        report.note(&format_args!("put back {name}.yaml, which kubeadm had renamed away: {kept}"));
        back.push(name);
    }
    Ok(back)
}

/// The static pod of a manifest; `None`: there is none, or the kubelet makes none of it.
pub(super) fn static_pod(host: &Host, path: &Path) -> Result<Option<StaticPod>, Error> {
    let bytes = host.root().read(path)?;
    Ok(bytes.and_then(|bytes| StaticPod::of(path, &bytes).ok()))
}

/// A manifest of the control plane that is not of the minor; etcd has releases of its own.
pub(super) fn manifest_of_another(host: &Host, minor: u64) -> Result<Option<PathBuf>, Error> {
    for name in STATIC_PODS.iter().filter(|name| **name != "etcd") {
        let path = cluster::manifest_of(name);
        if static_pod(host, &path)?.and_then(|pod| pod.minor()).map(Minor::number) != Some(minor) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

impl Upgrade {
    /// Puts right what a stopped run left, before kubeadm is called again.
    pub(super) fn put_right(
        &self,
        host: &Host,
        record: &prep::UpgradeRecord,
        report: &mut dyn Reporter,
    ) -> Result<(), Error> {
        self.manifests_back(host, report)?;
        super::endpoint::keep(host, record.endpoint.as_deref(), report)
    }

    /// Puts manifests back that were renamed away, and waits for the API server then.
    pub(super) fn manifests_back(&self, host: &Host, report: &mut dyn Reporter) -> Result<(), Error> {
        if put_manifests_back(host, report)?.is_empty() {
            return Ok(());
        }
        self.api_is_back(host, report)
    }

    pub(super) fn api_is_back(&self, host: &Host, report: &mut dyn Reporter) -> Result<(), Error> {
        self.until(self.ready, "the API server does not answer again", report, |_| {
            let version = self.access(host)?.server_version();
            Ok(version.map(drop).map_err(|error| chain(&error)))
        })
    }

    /// Asks again until it is so.
    pub(super) fn until(
        &self,
        limit: Duration,
        what: &str,
        report: &mut dyn Reporter,
        ask: impl FnMut(&mut dyn host_prep::Watch) -> Result<Result<(), String>, Error>,
    ) -> Result<(), Error> {
        match until((limit, self.pause), &mut *report.watch()?, ask)? {
            Waited::Done(()) => Ok(()),
            Waited::Over(last) => Err(Error::NotInTime { what: what.to_owned(), limit, last }),
            Waited::Stopped(_) => Err(Error::Stopped { taken: 0 }),
        }
    }
}
