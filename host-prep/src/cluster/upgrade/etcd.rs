//! etcd's snapshot before an upgrade, and its health after it, asked in its own container.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::kept::place;
use crate::{Error, Host, Invocation, Watch, fs};

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
        // Where it cannot go now, it goes when the upgrade is given up or goes back.
        let _ = sweep_snapshot(host, data);
        return Err(error);
    }
    let to = root.shown(&to).display().to_string();
    host.await_end(
        &Invocation::new("mv", ["-f", "--", &shown, &to]).within(Duration::from_secs(600)),
        watch,
    )?;
    host.run(&Invocation::new("chmod", ["0600", "--", &to])).map(drop)
}

/// Removes what a snapshot that was cut short left in etcd's data. None of it is read: it is as large
/// as the database.
///
/// # Errors
///
/// Where the system refuses.
pub fn sweep_snapshot(host: &Host, data: &Path) -> Result<(), Error> {
    fs::remove_tree(host.root(), &data.join(INSIDE))?;
    fs::remove_tree(host.root(), &data.join(format!("{INSIDE}.part")))
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fs::{MAX_FILE, Root};
    use crate::test_util::scripted::Scripted;

    /// A snapshot is as large as the database: larger than what the engine reads.
    #[test]
    fn what_was_cut_short_goes_however_large_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("var/lib/etcd");
        std::fs::create_dir_all(data.join("member")).unwrap();
        let answers = Scripted::new().says("crictl ps", "1a2b\n").ends("crictl exec", 1, "", "no space left");
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), Arc::new(answers));
        let cut = || {
            for name in [INSIDE.to_owned(), format!("{INSIDE}.part")] {
                std::fs::File::create(data.join(name)).unwrap().set_len(MAX_FILE + 1).unwrap();
            }
        };
        let left = || std::fs::read_dir(&data).unwrap().count();
        cut();
        sweep_snapshot(&host, Path::new("/var/lib/etcd")).unwrap();
        assert_eq!(left(), 1);
        sweep_snapshot(&host, Path::new("/var/lib/etcd")).unwrap();
        cut();
        let failed = snapshot(&host, Path::new("/var/lib/etcd"), &mut crate::NoProgress).unwrap_err();
        assert!(failed.to_string().contains("no space left"), "{failed}");
        assert_eq!(left(), 1, "only what is etcd's");
    }
}
