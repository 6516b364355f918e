//! What `up` itself wrote for the cluster, rolled back.
//!
//! They are no steps of a plan: `up` writes them after kubeadm, when the plan is long applied, and
//! keeps in its record which they are.

use host_prep::Host;
use host_prep::cluster::{self, Leftover};

use crate::stage::{Error, Reporter};

/// Rolls back the kubeconfigs of users and the files of the network plugin. What had to be left of
/// them.
pub(super) fn own_rolled_back(host: &Host, report: &mut dyn Reporter) -> Result<Vec<Leftover>, Error> {
    let given = cluster::take_back_kubeconfigs(host)?;
    let network = cluster::remove_network_files(host)?;
    for path in given.removed.iter().chain(&network) {
        report.note(&format_args!("rolling back {}", path.display()));
    }
    for (path, why) in &given.left {
        report.warn(
            crate::Code::LeftoverNotRemoved.as_str(),
            &format_args!("left as it is: {}: {why}", path.display()),
        );
    }
    let left = given.left.iter().map(|(path, _)| Leftover::of_user(path));
    Ok(left.collect())
}

/// What a rollback laid beside a file that somebody had changed, earlier or now: whether it is still
/// needed only a person knows.
pub(super) fn tell_laid_beside(host: &Host, report: &mut dyn Reporter) -> Result<(), Error> {
    for (path, file) in host_prep::laid_beside(host)? {
        let (path, file) = (path.display(), file.display());
        report.note(&format_args!(
            "{path} is what was there before {file} was changed: move it back, or remove it"
        ));
    }
    Ok(())
}
