//! Makes a tree fit to be cloned: what is of one host alone goes, and what is left of one is told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::fs::{self, Kind, Mode};
use crate::journal::state::State;
use crate::journal::transaction::{TransactionStatus, history};
use crate::{Code, Error, Host};

/// What a tree loses that is of the host it was made on (systemd: "Safely Building Images").
const OF_ONE_HOST: [(&str, &str); 3] = [
    ("/var/lib/dbus/machine-id", "the identity of one machine"),
    ("/var/lib/systemd/random-seed", "random numbers that no two machines may share"),
    ("/var/lib/systemd/credential.secret", "the key of one machine's credentials"),
];
const MACHINE_ID: &str = "/etc/machine-id";
/// What stays in the state directory: a repository of the tree points there.
const BUNDLES: &str = "bundles";
const LOCK: &str = "lock";
const SSH: &str = "/etc/ssh";

/// What was taken out of a tree, or would be.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Sealed {
    /// What it had and has no more.
    pub taken: Vec<Taken>,
    /// What it still has, for somebody to decide about.
    pub notes: Vec<SealNote>,
}

/// Something that a tree has no more.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Taken {
    /// The path.
    pub path: PathBuf,
    /// What it was.
    pub what: String,
}

/// Something that is left.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SealNote {
    /// The stable name of it.
    pub code: &'static str,
    /// The path.
    pub path: PathBuf,
    /// What it means for clones.
    pub text: String,
}

/// Takes out of the host's tree what no clone may have: journals and backups of what was done to
/// it, the machine's identity and seeds, and the files that `also` names. The machine id becomes an
/// empty file, which systemd fills at the first boot. Stopped half way, it is run again.
///
/// With `only_look` nothing is taken.
///
/// ```
/// use host_prep::{Host, fs::Root, seal};
///
/// # let dir = tempfile::tempdir()?;
/// # std::fs::create_dir(dir.path().join("etc"))?;
/// # std::fs::write(dir.path().join("etc/machine-id"), "0123456789abcdef0123456789abcdef\n")?;
/// let host = Host::offline(Root::open(dir.path())?);
/// assert_eq!(seal(&host, &[], false)?.taken.len(), 1);
/// assert_eq!(std::fs::read(dir.path().join("etc/machine-id"))?, b"");
/// assert!(seal(&host, &[], false)?.taken.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Error::Interrupted`] where a transaction did not come to its end, [`Error::Locked`] where
/// another run is at work, and what keeps a file from being read or removed.
pub fn seal(host: &Host, also: &[(&Path, &str)], only_look: bool) -> Result<Sealed, Error> {
    // Whether a run is at work, or was stopped: what it left is still needed then.
    let lock = State::lock_used(host, Duration::ZERO, &mut || false)?;
    if let Some(open) = history(host)?.iter().find(|one| one.status == TransactionStatus::Interrupted) {
        return Err(Error::Interrupted { id: open.id });
    }
    let mut sealed = Sealed::default();
    let machine_id = host.root().read(Path::new(MACHINE_ID))?;
    if machine_id.is_some_and(|id| !id.is_empty()) {
        if !only_look {
            fs::set(host.root(), Path::new(MACHINE_ID), b"", Mode::PUBLIC)?;
        }
        sealed.take(Path::new(MACHINE_ID), "the identity of one machine; the first boot makes a new one");
    }
    let fixed = OF_ONE_HOST.iter().map(|(path, what)| (Path::new(*path), *what));
    for (path, what) in fixed.chain(also.iter().copied()) {
        // A link leads to the machine id, and is right.
        if matches!(host.root().kind_of_link(path)?, Some(Kind::File)) {
            remove(host, path, only_look)?;
            sealed.take(path, what);
        }
    }
    journals(host, only_look, &mut sealed)?;
    drop(lock);
    if !only_look {
        // Nobody waits for the lock of a tree whose journals are gone.
        fs::remove_tree(host.root(), &host.state().join(LOCK))?;
        fs::remove_if_empty(host.root(), host.state())?;
    }
    host_keys(host, &mut sealed)?;
    Ok(sealed)
}

impl Sealed {
    fn take(&mut self, path: &Path, what: &str) {
        self.taken.push(Taken { path: path.to_owned(), what: what.to_owned() });
    }
}

fn remove(host: &Host, path: &Path, only_look: bool) -> Result<(), Error> {
    if only_look { Ok(()) } else { fs::remove_tree(host.root(), path) }
}

/// All that the engine keeps, but for the lock that is held.
fn journals(host: &Host, only_look: bool, sealed: &mut Sealed) -> Result<(), Error> {
    let mut names = host.root().list(host.state())?.unwrap_or_default();
    names.retain(|name| name != LOCK && name != BUNDLES);
    // A backup without its journal says nothing, a journal without its backups says too much.
    names.sort_by_key(|name| (name != "journals", name.clone()));
    for name in names {
        let path = host.state().join(name);
        remove(host, &path, only_look)?;
        sealed.take(&path, "what was done to the host that the image was made on; no rollback any more");
    }
    Ok(())
}

/// Keys by which a host is known: who makes the image may make them at the first boot, or not.
fn host_keys(host: &Host, sealed: &mut Sealed) -> Result<(), Error> {
    for name in host.root().list(Path::new(SSH))?.unwrap_or_default() {
        let text = name.to_string_lossy();
        if text.starts_with("ssh_host_") && text.ends_with("_key") {
            sealed.notes.push(SealNote {
                code: Code::HostKeyLeft.as_str(),
                path: Path::new(SSH).join(&name),
                text: "every clone has the same host key: remove it where the first boot makes new ones"
                    .into(),
            });
        }
    }
    Ok(())
}
