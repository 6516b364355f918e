//! From a prepared host to a node of a cluster: kubeadm, the kubeconfig of a user, the network plugin, a smoke test.
//!
//! Each step is a function of its own over a [`Host`]; none of them is undone by a rollback, because what they make is the
//! cluster's. [`reset`] takes a node out again and is never called by itself.

mod kubeadm;
mod left;
mod network;
mod smoke;

pub use network::{NetworkMismatch, manifest_networks, matches_pod_subnet};
pub use smoke::{SMOKE_MANIFEST, smoke_test};

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::{Error, Host, Invocation, Watch};

/// The kubeconfig that kubeadm writes for the administrator.
pub const ADMIN_CONF: &str = "/etc/kubernetes/admin.conf";
/// Made by kubeadm on every node that belongs to a cluster.
const KUBELET_CONF: &str = "/etc/kubernetes/kubelet.conf";
/// Where static Pods of a control plane are.
const MANIFESTS: &str = "/etc/kubernetes/manifests";

/// How far a host is on its way into a cluster.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// kubeadm has done nothing here.
    Bare,
    /// kubeadm began and did not end, or what it made is gone again.
    Begun,
    /// It belongs to a cluster.
    Joined,
}

/// How kubeadm is run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KubeadmOptions {
    /// kubeadm is stopped after this time. Images are pulled in it.
    pub limit: Duration,
    /// Go on where an earlier run of kubeadm stopped: what that run left is no obstacle.
    pub resume: bool,
    /// Names of preflight checks that may fail. `all` is refused: it would hide what is really wrong.
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
        passwd.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let [user, _, uid, gid, _, home, ..] = fields[..] else { return None };
            let found = user == name || uid == name;
            (found && home.starts_with('/'))
                .then(|| Some(Self::new(uid.parse().ok()?, gid.parse().ok()?, home)))?
        })
    }
}

/// How far this host is, by the files kubeadm leaves.
///
/// # Errors
///
/// When they cannot be looked at.
pub fn progress(host: &Host) -> Result<Progress, Error> {
    let there = |path: &str| host.root().kind(Path::new(path)).map(|kind| kind.is_some());
    let manifests = host.root().list(Path::new(MANIFESTS))?.unwrap_or_default();
    Ok(match (there(KUBELET_CONF)?, there(ADMIN_CONF)?, manifests.is_empty()) {
        (false, false, true) => Progress::Bare,
        // A worker has neither, a control plane both.
        (true, false, true) | (true, true, false) => Progress::Joined,
        _ => Progress::Begun,
    })
}

/// `kubeadm init` with the configuration file `config`; `watch` hears what it says as it says it, and may stop it.
///
/// # Errors
///
/// [`Error::Kubeadm`] with what kubeadm complained about, and what can be done.
pub fn init(
    host: &Host,
    config: &Path,
    options: &KubeadmOptions,
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    kubeadm::run(host, ["init", "--config", &config.display().to_string()], options, watch)
}

/// `kubeadm join` with the configuration file `config`.
///
/// # Errors
///
/// As [`init`].
pub fn join(
    host: &Host,
    config: &Path,
    options: &KubeadmOptions,
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    kubeadm::run(host, ["join", "--config", &config.display().to_string()], options, watch)
}

/// `kubeadm reset`: takes this node out of its cluster and **deletes** its etcd data. Only ever on a clear yes.
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

/// The command that lets a worker join, with a new token that lives for `hours`.
///
/// # Errors
///
/// As [`init`].
pub fn join_command(host: &Host, hours: u32, watch: &mut dyn Watch) -> Result<String, Error> {
    let ttl = format!("{hours}h0m0s");
    let create = Invocation::new("kubeadm", ["token", "create", "--print-join-command", "--ttl", &ttl]);
    let outcome = host.await_end(&create, watch)?;
    Ok(String::from_utf8_lossy(&outcome.stdout).trim().to_owned())
}

/// Gives `user` the administrator's kubeconfig as `~/.kube/config`, 0600 and their own. One that is there already is left
/// alone unless it is the same.
///
/// # Errors
///
/// [`Error::Exists`] where there is another one.
pub fn give_kubeconfig(host: &Host, user: &User) -> Result<PathBuf, Error> {
    let admin = Path::new(ADMIN_CONF);
    let path = user.home.join(".kube/config");
    let wanted = host.root().read(admin)?.ok_or_else(|| Error::Missing { path: host.root().shown(admin) })?;
    match host.root().read(&path)? {
        Some(found) if found == wanted => return Ok(path),
        Some(_) => return Err(Error::Exists { path: host.root().shown(&path) }),
        None => {}
    }
    let (uid, gid) = (user.uid.to_string(), user.gid.to_string());
    let dir = user.home.join(".kube").display().to_string();
    let install = |args: &[&str]| {
        let owner = ["-o", &uid, "-g", &gid];
        host.run(&Invocation::new("install", owner.iter().chain(args).copied())).map(drop)
    };
    install(&["-m", "0700", "-d", &dir])?;
    install(&["-m", "0600", ADMIN_CONF, &path.display().to_string()])?;
    Ok(path)
}

/// Hands a manifest to the cluster. Its network has to be the Pods' subnet.
///
/// # Errors
///
/// [`Error::Network`] where it is not; nothing is handed over then.
pub fn apply_network(
    host: &Host,
    manifest: &Path,
    pod_subnet: &str,
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    let bytes = host.root().read(manifest)?.ok_or_else(|| Error::Missing { path: manifest.to_owned() })?;
    matches_pod_subnet(&String::from_utf8_lossy(&bytes), pod_subnet)?;
    host.await_end(&kubectl(["apply", "-f", &manifest.display().to_string()]), watch).map(drop)
}

/// Waits until this cluster's nodes, or the one of this name, are Ready.
///
/// # Errors
///
/// When they are not in time.
pub fn await_ready(
    host: &Host,
    node: Option<&str>,
    limit: Duration,
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    let timeout = format!("--timeout={}s", limit.as_secs());
    let which = node.map_or_else(|| "--all".to_owned(), str::to_owned);
    let wait = kubectl(["wait", "--for=condition=Ready", "node", &which, &timeout]);
    host.await_end(&wait.within(limit + Duration::from_secs(10)), watch).map(drop)
}

pub(crate) fn kubectl<'a>(args: impl IntoIterator<Item = &'a str>) -> Invocation {
    let config = format!("--kubeconfig={ADMIN_CONF}");
    let words = std::iter::once(config).chain(args.into_iter().map(str::to_owned));
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
