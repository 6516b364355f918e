//! What an upgrade looks for before it calls kubeadm: how far the cluster is, and what a stopped run left.

use std::path::{Path, PathBuf};
use std::time::Duration;

use host_prep::Host;
use host_prep::cluster::upgrade as prep;
use host_prep::fs::{self, Mode};

use super::Upgrade;
use crate::chain::chain;
use crate::stage::wait::{Waited, until};
use crate::stage::{Error, NodeAccess, Reporter};
use crate::upgrade::{Role, Target};

pub(super) const MANIFESTS: &str = "/etc/kubernetes/manifests";
const TMP: &str = "/etc/kubernetes/tmp";
/// The manifests that kubeadm renames away and back.
pub(super) const NAMES: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/// The minor of a version or tag, 34 of `v1.34.2`.
pub(super) fn minor_of(version: &str) -> Option<u64> {
    version.trim_start_matches('v').strip_prefix("1.")?.split('.').next()?.parse().ok()
}

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

/// The newest backup of a manifest that kubeadm renamed away and that is not back.
fn set_aside(host: &Host, name: &str) -> Result<Option<PathBuf>, Error> {
    let root = host.root();
    if root.kind(&Path::new(MANIFESTS).join(format!("{name}.yaml")))?.is_some() {
        return Ok(None);
    }
    let names = root.list(Path::new(TMP))?.unwrap_or_default();
    let mut backups: Vec<String> = names.iter().filter_map(|name| name.to_str().map(str::to_owned)).collect();
    backups.retain(|name| name.starts_with("kubeadm-backup-manifests-"));
    backups.sort();
    for backup in backups.iter().rev() {
        let kept = Path::new(TMP).join(backup).join(format!("{name}.yaml"));
        if root.kind(&kept)?.is_some() {
            return Ok(Some(kept));
        }
    }
    Ok(None)
}

/// Whether this host runs a control plane, whichever manifest is missing.
fn has_control_plane(host: &Host) -> Result<bool, Error> {
    let root = host.root();
    let mut found = root.kind(Path::new("/etc/kubernetes/pki/ca.key"))?.is_some();
    for name in NAMES {
        found |= root.kind(&Path::new(MANIFESTS).join(format!("{name}.yaml")))?.is_some();
    }
    Ok(found)
}

/// Puts manifests back that kubeadm renamed away when it was killed. Without kube-apiserver.yaml it would take
/// the host for a worker. Which were put back.
pub(super) fn put_manifests_back(host: &Host, report: &mut dyn Reporter) -> Result<Vec<&'static str>, Error> {
    let mut back = Vec::new();
    if !has_control_plane(host)? {
        return Ok(back);
    }
    for name in NAMES {
        let Some(kept) = set_aside(host, name)? else { continue };
        let bytes = host.root().read(&kept)?.unwrap_or_default();
        fs::set(host.root(), &Path::new(MANIFESTS).join(format!("{name}.yaml")), &bytes, Mode::PRIVATE)?;
        report
            .note(&format_args!("put back {name}.yaml, which kubeadm had renamed away: {}", kept.display()));
        back.push(name);
    }
    Ok(back)
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
