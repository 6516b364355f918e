//! Restarting a static pod: its manifest is taken out of the directory that the kubelet reads, and put
//! back.
//!
//! Taking it out is a transaction and putting it back is its rollback: the bytes, the owner, the mode
//! and the times are as before, and a run that is killed in between leaves a journal that says so.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::record::Record;
use super::renew::{RENEWED, keep_renewal};
use super::standing::{MANIFESTS, standing};
use crate::engine::ended::end_lost;
use crate::engine::gone::close_gone;
use crate::resource::Managed;
use crate::{
    ApplyOptions, Back, Desired, Error, Host, NoProgress, Rollback, Summary, TransactionId,
    TransactionStatus, Watch, apply, history, newest_id, rollback, verify,
};

/// The kind of the step that takes a manifest out.
pub(super) const STATIC_POD: &str = "static-pod";
/// The kinds of steps that change nothing but what kubeadm made.
const OF_NODE: &[&str] = &[RENEWED, STATIC_POD];
/// Another run may be at a transaction of its own.
const WAIT: Duration = Duration::from_secs(60);

/// The file of a static pod of kubeadm's.
#[must_use]
pub fn manifest_of(pod: &str) -> PathBuf {
    Path::new(MANIFESTS).join(format!("{pod}.yaml"))
}

/// Takes the manifest of a static pod out, so that the kubelet ends it; `None`: there is none.
///
/// # Errors
///
/// Where it cannot be taken out; it is where it was then.
pub fn take_out(
    host: &Host,
    pod: &str,
    now: SystemTime,
    watch: &mut dyn Watch,
) -> Result<Option<TransactionId>, Error> {
    let because = "its process is started again when it is put back";
    let desired = Desired::new().with(Managed::absent(STATIC_POD, manifest_of(pod)).because(because));
    let mut options = ApplyOptions::default();
    (options.now, options.wait) = (Some(now), WAIT);
    let done = apply(host, &desired, &verify(host, &desired), &options, watch);
    Ok(done.map_err(crate::ApplyError::into_cause)?.id)
}

/// Puts a manifest back that [`take_out`] took.
///
/// # Errors
///
/// Where it cannot be put back. What somebody else put there meanwhile is left, and told.
pub fn put_back(host: &Host, id: TransactionId) -> Result<Rollback, Error> {
    let mut done = rollback(host, Back::Only(id), WAIT, &mut NoProgress)?;
    if done.failures.is_empty() { Ok(done) } else { Err(done.failures.swap_remove(0)) }
}

/// What a run that was killed took out and did not put back, or left by half of this kind.
///
/// # Errors
///
/// When the history cannot be read.
pub fn taken_out(host: &Host) -> Result<Vec<(TransactionId, PathBuf)>, Error> {
    let over = |status: TransactionStatus| status.is_rolled_back() || status == TransactionStatus::Unreadable;
    let all = history(host)?.into_iter().filter(|one| !over(one.status));
    let out = all.filter_map(|one| {
        let step = one.steps.first().filter(|step| step.resource == STATIC_POD)?;
        Some((one.id, PathBuf::from(&step.subject)))
    });
    Ok(out.collect())
}

/// What became of a host whose runs were interrupted.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Recovered {
    /// What was rolled back.
    pub rollback: Rollback,
    /// Manifests of static pods that are back.
    pub manifests: Vec<PathBuf>,
}

/// [`crate::recover`], and the manifests that a run that was killed had taken out are back; but for a
/// node that is gone, which does not get its keys and manifests back.
///
/// # Errors
///
/// As [`crate::recover`].
pub fn recover(host: &Host, wait: Duration, watch: &mut dyn Watch) -> Result<Recovered, Error> {
    went_with_node(host, wait, watch)?;
    ends_are_known(host, wait, watch)?;
    // Those that were taken out by half are rolled back with everything else.
    let out = taken_out(host)?;
    let mut done = Recovered { rollback: crate::recover(host, wait, watch)?, ..Recovered::default() };
    for (id, path) in out {
        if !done.rollback.transactions.contains(&id) {
            done.rollback.add(rollback(host, Back::Only(id), wait, watch)?);
        }
        if host.root().kind(&path)?.is_some() {
            done.manifests.push(path);
        }
    }
    Ok(done)
}

/// Closes what renewed certificates and took manifests out, without a change of the host, and removes
/// the old keys that were kept of it: for a host whose node has left its cluster.
///
/// # Errors
///
/// When a journal cannot be read or written.
pub fn renewals_are_gone(
    host: &Host,
    wait: Duration,
    watch: &mut dyn Watch,
) -> Result<Vec<TransactionId>, Error> {
    keep_renewal(host, None)?;
    close_gone(host, OF_NODE, wait, watch)
}

/// A journal whose last line is lost does not take a good node back: where kubeadm made a node of the
/// host after a transaction, that one had come to its end, and gets it. Which did.
///
/// # Errors
///
/// When a journal or the record cannot be read or written.
pub fn ends_are_known(
    host: &Host,
    wait: Duration,
    watch: &mut dyn Watch,
) -> Result<Vec<TransactionId>, Error> {
    let after = Record::read(host)?.kubeadm.and_then(|run| run.after);
    match after {
        Some(after) if host.is_running() && !standing(host)?.is_bare() => end_lost(host, after, wait, watch),
        _ => Ok(Vec::new()),
    }
}

/// Whether it goes with the node: all that it changed is what kubeadm made.
#[must_use]
pub fn goes_with_node(one: &Summary) -> bool {
    !one.steps.is_empty() && one.steps.iter().all(|step| OF_NODE.contains(&&*step.resource))
}

/// [`renewals_are_gone`] where a host that runs is no node any more, whoever reset it.
///
/// # Errors
///
/// As [`renewals_are_gone`].
pub fn went_with_node(
    host: &Host,
    wait: Duration,
    watch: &mut dyn Watch,
) -> Result<Vec<TransactionId>, Error> {
    if !host.is_running() || newest_id(host)? == 0 || !standing(host)?.is_bare() {
        return Ok(Vec::new());
    }
    renewals_are_gone(host, wait, watch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{Mode, Root, set};

    #[test]
    fn what_is_taken_out_is_known_and_comes_back_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let (etcd, now) = (manifest_of("etcd"), SystemTime::UNIX_EPOCH);
        assert_eq!(take_out(&host, "etcd", now, &mut NoProgress).unwrap(), None);
        set(host.root(), &etcd, b"kind: Pod\n", Mode::new(0o640)).unwrap();
        let other = Managed::file("crictl", "/etc/crictl.yaml", "");
        let id = take_out(&host, "etcd", now, &mut NoProgress).unwrap().unwrap();
        let desired = Desired::new().with(other);
        let later =
            apply(&host, &desired, &verify(&host, &desired), &ApplyOptions::default(), &mut NoProgress);
        assert_eq!(later.unwrap().id, Some(id + 1));
        assert_eq!(host.root().kind(&etcd).unwrap(), None);
        assert_eq!(taken_out(&host).unwrap(), [(id, etcd.clone())]);
        assert!(put_back(&host, id).unwrap().is_complete());
        assert_eq!(host.root().read(&etcd).unwrap().unwrap(), b"kind: Pod\n");
        assert_eq!(host.root().mode(&etcd).unwrap(), Some(Mode::new(0o640)));
        assert_eq!(taken_out(&host).unwrap(), []);
        let crictl = host.root().kind(Path::new("/etc/crictl.yaml")).unwrap();
        assert!(crictl.is_some(), "what others did since stays");
    }
}
