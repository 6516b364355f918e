//! The parts of an upgrade that change a host: kubeadm, packages of another release, units, etcd's
//! snapshot, and files that are kept for the way back.
//!
//! Each is a function of its own over a [`Host`] that may be called again; the order is the caller's.
//! What was begun and done is in the [`UpgradeRecord`].

mod etcd;
mod kept;
mod packages;
mod record;

pub use etcd::{EtcdMember, etcd_is_healthy, etcd_members, snapshot, snapshot_path, sweep_snapshot};
pub use kept::{KeptFile, differs, keep, put_back_kept};
pub use packages::{
    Asked, PackageVersions, bring_back, bundles_now, download, hold, packages_now, refresh, upgrade_packages,
};
pub use record::{StepRecord, StepState, UpgradeEnd, UpgradeRecord};

use std::time::Duration;

use super::{KubeadmOptions, kubeadm, removes_pods};
use crate::resource::service::systemctl;
use crate::{Error, Host, Invocation, Watch};

/// Removes every pod of the container runtime: what one OCI runtime started is lost to another.
///
/// # Errors
///
/// Where the runtime does not answer, or keeps one.
pub fn remove_pods(host: &Host, endpoint: &str, watch: &mut dyn Watch) -> Result<(), Error> {
    host.await_end(&removes_pods(endpoint), watch).map(drop)
}

/// What a unit is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum UnitDeed {
    /// `systemctl start`.
    Start,
    /// `systemctl stop`.
    Stop,
    /// `systemctl restart`.
    Restart,
}

/// `kubeadm upgrade apply`: the control plane that is upgraded first.
///
/// # Errors
///
/// As [`init`](super::init).
pub fn upgrade_apply(
    host: &Host,
    version: &str,
    options: &KubeadmOptions,
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    kubeadm::run(host, ["upgrade", "apply", version, "-y"], options, watch)
}

/// `kubeadm upgrade node`: every other node.
///
/// # Errors
///
/// As [`init`](super::init).
pub fn upgrade_node(host: &Host, options: &KubeadmOptions, watch: &mut dyn Watch) -> Result<(), Error> {
    kubeadm::run(host, ["upgrade", "node"], options, watch)
}

/// Pulls the images of the new control plane.
///
/// # Errors
///
/// When kubeadm cannot.
pub fn pull_images(host: &Host, version: &str, limit: Duration, watch: &mut dyn Watch) -> Result<(), Error> {
    let words = ["config", "images", "pull", "--kubernetes-version", version];
    host.await_end(&Invocation::new("kubeadm", words).within(limit).fetching(), watch).map(drop)
}

/// The release of kubeadm that is installed, `v1.34.2`.
///
/// # Errors
///
/// When it cannot be run.
pub fn kubeadm_version(host: &Host) -> Result<String, Error> {
    let said = host.run(&Invocation::new("kubeadm", ["version", "-o", "short"]))?;
    Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

/// Starts, stops or restarts a unit; systemd has read the units of new packages before.
///
/// # Errors
///
/// When systemd refuses.
pub fn unit(host: &Host, deed: UnitDeed, name: &str, watch: &mut dyn Watch) -> Result<(), Error> {
    let verb = match deed {
        UnitDeed::Start => "start",
        UnitDeed::Stop => "stop",
        UnitDeed::Restart => "restart",
    };
    if deed != UnitDeed::Stop {
        host.await_end(&systemctl(["daemon-reload"]), watch)?;
        // One that ended often in a short time is not started any more.
        let _ = host.run_to_end(&systemctl(["reset-failed", name]));
    }
    host.await_end(&systemctl([verb, name]), watch).map(drop)
}
