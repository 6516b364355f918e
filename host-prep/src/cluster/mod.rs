//! From a prepared host to a node of a cluster: kubeadm, the kubeconfig of a user, the network
//! plugin, a smoke test.
//!
//! Each step is a function of its own over a [`Host`]; none of them is undone by a rollback,
//! because what they make is the cluster's. [`reset`] takes a node out again and is never called by
//! itself. [`standing`] says what a host is by now.

mod api;
mod aside;
mod at_work;
mod cause;
mod kubeadm;
mod kubeconfig;
mod kubeconfig_copies;
mod leave;
mod left;
mod leftover;
mod leftovers;
mod live;
mod look;
mod masked;
mod network;
mod ready;
mod record;
mod remove_packages;
mod renew;
mod run;
mod runtime_change;
mod smoke;
mod socket;
mod standing;
mod static_pod;
mod turn;
pub mod upgrade;

pub use api::{Token, certificate_key, create_token, has_network_plugin, is_whole, tokens};
pub use aside::{admin_set_aside, has_left, leaving, put_back_theirs, set_aside};
pub use at_work::kubeadm_ends;
pub use kubeconfig::{KubeconfigGiven, KubeconfigsRemoved, give_kubeconfig, may_give_kubeconfig};
pub use kubeconfig_copies::{KubeconfigCopies, homes, kubeconfig_copies, marks_of, renew_kubeconfig_copy};
pub use leave::{delete_node, kubeadm_is_missing, node_name, remove_credentials, say_not_ready};
pub use leftover::{Leftover, purge};
pub use leftovers::{leftovers, note_before, perhaps_left, put_back_directories, remove_network_files};
pub use live::{can_go_back, stands_on};
pub use network::{NetworkMismatch, manifest_networks, matches_pod_subnet};
pub use ready::{await_flannel, await_ready};
pub use record::{Command, Given, KubeconfigCopy, Leaving, Record, Renewal, Run, RuntimeChange, Theirs};
pub use remove_packages::{installed_of, remove_packages};
pub use renew::{Copies, RENEWED, Renew, Renewed, keep_renewal, renew_copies, renewal};
pub use run::{forget_bootstrap_token, init, join};
pub use runtime_change::{boot_id, keep_runtime_change, removes_pods, runtime_change};
pub use smoke::{SMOKE_MANIFEST, smoke_test};
pub use socket::cri_socket;
pub use standing::{Begun, Standing, Sure, standing};
pub use static_pod::{
    Recovered, ends_are_known, goes_with_node, manifest_of, put_back, recover, renewals_are_gone, take_out,
    taken_out, went_with_node,
};
pub use turn::{Turn, note_before_in_turn, take_turn, take_turn_back};

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::{Error, Host, Invocation, Watch};

/// The kubeconfig that kubeadm writes for the administrator.
pub const ADMIN_CONF: &str = "/etc/kubernetes/admin.conf";
/// Where kubectl of this program keeps what it learned, so that it is not in root's home.
const CACHE: &str = "--cache-dir=/run/k8sprep-kube";

/// How kubeadm is run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KubeadmOptions {
    /// kubeadm is stopped after this time. Images are pulled in it.
    pub limit: Duration,
    /// Go on where an earlier run of kubeadm stopped: what that run left by half is taken away, the
    /// rest is no obstacle.
    pub resume: bool,
    /// Names of preflight checks that may fail. `all` is refused: it would hide what is really
    /// wrong.
    pub ignore: Vec<String>,
}

impl Default for KubeadmOptions {
    fn default() -> Self {
        Self { limit: Duration::from_secs(900), resume: false, ignore: Vec::new() }
    }
}

/// The user who shall reach the cluster.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct User {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
    /// Home directory.
    pub home: PathBuf,
}

impl User {
    /// A user by ids and home.
    #[must_use]
    pub fn new(uid: u32, gid: u32, home: impl Into<PathBuf>) -> Self {
        Self { uid, gid, home: home.into() }
    }

    /// The user of this name or number, as the host's `/etc/passwd` has it.
    #[must_use]
    pub fn in_passwd(passwd: &str, name: &str) -> Option<Self> {
        let found = |(user, one): &(&str, Self)| *user == name || one.uid.to_string() == name;
        Self::all_in(passwd).find(found).map(|(_, user)| user)
    }

    /// All users of an `/etc/passwd`, each with the name. What is no user's line is passed over.
    fn all_in(passwd: &str) -> impl Iterator<Item = (&str, Self)> {
        passwd.lines().filter_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let [name, _, uid, gid, _, home, ..] = fields[..] else { return None };
            let user = Self::new(uid.parse().ok()?, gid.parse().ok()?, home);
            home.starts_with('/').then_some((name, user))
        })
    }
}

/// `kubeadm reset`: takes this node out of its cluster and **deletes** its etcd data. Only ever on
/// a clear yes.
///
/// # Errors
///
/// As [`init`].
pub fn reset(
    host: &Host,
    cri_socket: &str,
    options: &KubeadmOptions,
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    let plain = KubeadmOptions { resume: false, ignore: Vec::new(), ..options.clone() };
    kubeadm::run(host, ["reset", "--force", "--cri-socket", cri_socket], &plain, watch)
}

/// Rolls back the kubeconfigs that users were given. What was rolled back, and what was left with
/// why.
///
/// # Errors
///
/// When the record cannot be read.
pub fn take_back_kubeconfigs(host: &Host) -> Result<KubeconfigsRemoved, Error> {
    kubeconfig::take_back(host)
}

/// Hands a manifest to the cluster. Its network has to be the Pods' subnet. Whether anything is in
/// the cluster that was not, or was otherwise, by what `kubectl apply` says of each object.
///
/// # Errors
///
/// [`Error::Network`] where it is not; nothing is handed over then.
pub fn apply_network(
    host: &Host,
    manifest: &Path,
    pod_subnet: &str,
    watch: &mut dyn Watch,
) -> Result<bool, Error> {
    let bytes = host.root().read(manifest)?.ok_or_else(|| Error::Missing { path: manifest.to_owned() })?;
    matches_pod_subnet(&String::from_utf8_lossy(&bytes), pod_subnet)?;
    leftovers::note_before_network(host)?;
    let said = host.await_end(&kubectl(["apply", "-f", &manifest.display().to_string()]), watch)?.stdout;
    let said = String::from_utf8_lossy(&said);
    Ok(said.trim().is_empty() || !said.lines().all(|line| line.ends_with(" unchanged")))
}

pub(crate) fn kubectl<'a>(args: impl IntoIterator<Item = &'a str>) -> Invocation {
    let config = format!("--kubeconfig={ADMIN_CONF}");
    let words = [config, CACHE.to_owned()].into_iter().chain(args.into_iter().map(str::to_owned));
    Invocation::new("kubectl", words).within(Duration::from_secs(60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_name_and_number() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nli:x:1000:1001:,,,:/home/li:/bin/sh\nodd:x:5\n";
        let li = User::new(1000, 1001, "/home/li");
        assert_eq!(User::in_passwd(passwd, "li"), Some(li.clone()));
        assert_eq!(User::in_passwd(passwd, "1000"), Some(li));
        assert_eq!(User::in_passwd(passwd, "odd"), None);
    }
}
