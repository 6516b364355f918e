//! etcd's snapshot before an upgrade, and its health after it, asked in its own container.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::kept::place;
use crate::{Error, Host, Invocation, Watch};

const SNAPSHOT: &str = "etcd-snapshot.db";
/// What its container writes, until it is moved away.
const INSIDE: &str = "k8sprep-snapshot.db";
const PKI: &str = "/etc/kubernetes/pki/etcd";

/// Saves a snapshot of the member on this host in the engine's own directory; `data` is etcd's, through
/// which its container hands it out.
///
/// # Errors
///
/// Where etcd does not run or does not answer.
pub fn snapshot(host: &Host, data: &Path, watch: &mut dyn Watch) -> Result<(), Error> {
    let inside = data.join(INSIDE);
    let to = place(host, SNAPSHOT)?;
    let root = host.root();
    let shown = root.shown(&inside).display().to_string();
    let said = etcdctl(host, &["snapshot", "save", &inside.display().to_string()], watch);
    if let Err(error) = said {
        let _ = host.run_to_end(&Invocation::new("rm", ["-f", "--", &shown]));
        return Err(error);
    }
    let to = root.shown(&to).display().to_string();
    host.await_end(
        &Invocation::new("mv", ["-f", "--", &shown, &to]).within(Duration::from_secs(600)),
        watch,
    )?;
    host.run(&Invocation::new("chmod", ["0600", "--", &to])).map(drop)
}

/// Removes what a snapshot that was cut short left in etcd's data.
///
/// # Errors
///
/// Where the system refuses.
pub fn sweep_snapshot(host: &Host, data: &Path) -> Result<(), Error> {
    super::remove_file(host, &data.join(INSIDE))?;
    super::remove_file(host, &data.join(format!("{INSIDE}.part")))
}

/// Where the snapshot is, if one was saved.
///
/// # Errors
///
/// When the directory cannot be read.
pub fn snapshot_path(host: &Host) -> Result<Option<PathBuf>, Error> {
    let path = host.state().join("upgrade").join(SNAPSHOT);
    Ok(host.root().kind(&path)?.map(|_| host.root().shown(&path)))
}

/// Whether every member of etcd is well.
///
/// # Errors
///
/// With what etcdctl says, where one is not.
pub fn etcd_is_healthy(host: &Host, watch: &mut dyn Watch) -> Result<(), Error> {
    etcdctl(host, &["endpoint", "health", "--cluster"], watch)
}

fn etcdctl(host: &Host, words: &[&str], watch: &mut dyn Watch) -> Result<(), Error> {
    let list = Invocation::new("crictl", ["ps", "-q", "--name", "^etcd$"]);
    let ids = host.run(&list)?.stdout;
    let ids = String::from_utf8_lossy(&ids).into_owned();
    let id = ids.lines().next().map(str::trim).filter(|id| !id.is_empty()).ok_or_else(|| {
        Error::CommandFailed { command: list.to_string(), how: "etcd's container does not run".to_owned() }
    })?;
    let (ca, cert, key) = (format!("{PKI}/ca.crt"), format!("{PKI}/server.crt"), format!("{PKI}/server.key"));
    let own = ["exec", id, "etcdctl", "--endpoints", "https://127.0.0.1:2379", "--cacert", &ca];
    let all = own.into_iter().chain(["--cert", &cert, "--key", &key]).chain(words.iter().copied());
    let asked = Invocation::new("crictl", all).within(Duration::from_secs(600));
    host.await_end(&asked, watch).map(drop)
}
