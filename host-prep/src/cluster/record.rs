//! What `up` did to make a host a node, kept beside the journals.
//!
//! kubeadm writes kubelet.conf, admin.conf and the manifests long before it is done, so its files
//! do not tell whether it came to its end. This record does: it is written before kubeadm is
//! started, at each of its phases, and when it ended with 0.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::leftover::Leftover;
use crate::fs::{self, Dress, Found, Meta, Mode, Own, TempName, Wanted};
use crate::{Error, Host, TransactionId};

const NAME: &str = "cluster.json";
const SCHEMA: &str = "k8sprep.cluster-record/v1";

/// What `up` did to make this host a node.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Record {
    schema: String,
    /// The newest run of kubeadm.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kubeadm: Option<Run>,
    /// The kubeconfigs that users were given.
    #[serde(default)]
    pub kubeconfigs: Vec<Given>,
    /// What a network plugin could write to, as it was before its manifest was handed over.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before_network: Option<Vec<PathBuf>>,
    /// Of what a node leaves, what was there before there was a node.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<Vec<PathBuf>>,
    /// How many rules of iptables looked like a node's before there was one.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub rules_before: usize,
    /// What an earlier node left, which the next one must not take for the host's.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub left: Vec<PathBuf>,
    /// The node is leaving its cluster.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub leaving: Option<Leaving>,
    /// Certificates were renewed, and not every process has its new one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub renewal: Option<Renewal>,
    /// The node has another runtime than before, and that is not confirmed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub runtime: Option<RuntimeChange>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// What every version of a record says.
#[derive(Deserialize)]
struct Schema {
    schema: String,
}

/// A node on its way out of its cluster: what is needed after `kubeadm reset`, which deletes it.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Leaving {
    /// Its Node.
    pub node: String,
    /// Whether the administrator's kubeconfig is set aside, to delete the Node.
    pub admin: bool,
    /// What is set aside and is put back: it is not the node's.
    #[serde(default)]
    pub theirs: Vec<Theirs>,
}

/// A file that is not kubeadm's, where `kubeadm reset` deletes everything.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Theirs {
    /// Where it is.
    pub path: PathBuf,
    /// Owner, mode, times, attributes.
    pub meta: fs::Meta,
    /// Where it leads, if it is a link.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<PathBuf>,
}

/// A run of kubeadm.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Run {
    /// What it was to do.
    pub command: Command,
    /// Digest of its configuration.
    pub config: String,
    /// The phase it was seen in last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub phase: Option<String>,
    /// Whether it ended with 0.
    pub ended: bool,
    /// Certificates and keys that somebody else had put there before the first run.
    #[serde(default)]
    pub found: Vec<PathBuf>,
    /// The newest transaction before it: those up to it had come to their end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<TransactionId>,
}

/// What kubeadm was to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Command {
    /// Make a cluster.
    Init,
    /// Join one.
    Join,
}

/// A renewal whose processes have not all been restarted.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Renewal {
    /// The newest transaction before it.
    pub after: TransactionId,
    /// Static pods that are still to be restarted, in order.
    pub restart: Vec<String>,
    /// Copies of the administrator's kubeconfig that are still to be renewed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub copies: Vec<KubeconfigCopy>,
    /// By what the old certificate and the old key in them are known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub marks: Option<[String; 2]>,
}

/// A copy of the administrator's kubeconfig in a home, as it was read.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KubeconfigCopy {
    /// Whose it is.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// The home it is in.
    pub home: PathBuf,
    /// Digest of what it was.
    pub sha256: String,
}

impl Renewal {
    /// Of these static pods, after that transaction.
    #[must_use]
    pub fn new(after: TransactionId, restart: Vec<String>) -> Self {
        Self { after, restart, copies: Vec::new(), marks: None }
    }
}

/// A change of the container runtime that is not confirmed.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RuntimeChange {
    /// The runtime that goes.
    pub from: String,
    /// The newest transaction before it.
    pub after: TransactionId,
    /// The boot in which it came to its end; `None`: it did not yet.
    pub boot: Option<String>,
    /// The annotation that named the old socket.
    pub annotation: Option<String>,
    /// Data and packages of the old runtime are being deleted: there is no way back any more.
    #[serde(default)]
    pub deleting: bool,
}

impl RuntimeChange {
    /// One that begins.
    pub fn new(from: impl Into<String>, after: TransactionId) -> Self {
        Self { from: from.into(), after, boot: None, annotation: None, deleting: false }
    }
}

/// A kubeconfig that a user was given.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Given {
    /// Whose it is.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// The home it is in.
    pub home: PathBuf,
    /// Digest of what was written.
    pub sha256: String,
    /// Whether `.kube` was made for it.
    pub made_dir: bool,
}

impl Default for Record {
    fn default() -> Self {
        let schema = SCHEMA.to_owned();
        Self {
            schema,
            kubeadm: None,
            kubeconfigs: Vec::new(),
            before_network: None,
            before: None,
            rules_before: 0,
            left: Vec::new(),
            leaving: None,
            renewal: None,
            runtime: None,
        }
    }
}

impl Record {
    /// The record of this host; an empty one where there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] where others could have written it, [`Error::Record`] where it is damaged,
    /// [`Error::NewerRecord`] where it is newer than this program.
    pub fn read(host: &Host) -> Result<Self, Error> {
        let read = read_own(host, (NAME, SCHEMA), |path, why| Error::Record { path, why })?;
        Ok(read.unwrap_or_default())
    }

    /// Keeps it.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn write(&self, host: &Host) -> Result<(), Error> {
        write_own(host, NAME, self)
    }

    /// The host is not a node any more: only what is left of one is kept, and where nothing is,
    /// nothing.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn forget(host: &Host, left: &[Leftover]) -> Result<(), Error> {
        let path = host.state().join(NAME);
        if host.root().kind_of_link(&path)?.is_none() {
            return Ok(());
        }
        if left.is_empty() {
            return put(host, &path, Wanted::Nothing);
        }
        // Rules and interfaces, too, which are below no path: where nothing else is left, the host's new
        // files are still none of a node's.
        let paths = left.iter().map(|one| PathBuf::from(&one.what));
        // What was there before is known on: a later `--purge` has to tell the two apart.
        let Self { before, rules_before, .. } = Self::read(host)?;
        Self { left: paths.collect(), before, rules_before, ..Self::default() }.write(host)
    }

    /// These are the host's own, with the directories of kubeadm that they are in: no `--purge` takes
    /// them for a node's. Nothing is known of a host that nobody looked at before it was one.
    pub(super) fn are_the_hosts(&mut self, paths: &[PathBuf]) {
        let Some(before) = &mut self.before else { return };
        let kubernetes = |path: &&Path| path.starts_with("/etc/kubernetes");
        let above = paths.iter().flat_map(|path| path.ancestors().skip(1).take_while(kubernetes));
        before.extend(above.map(PathBuf::from));
        before.extend_from_slice(paths);
        before.sort();
        before.dedup();
    }

    /// Changes it and keeps it, where the change is one.
    pub(super) fn change(host: &Host, change: impl FnOnce(&mut Self)) -> Result<(), Error> {
        let before = Self::read(host)?;
        let mut record = before.clone();
        change(&mut record);
        if record == before {
            return Ok(());
        }
        record.write(host)
    }
}

/// Reads the record of that name beside the journals; `None` where there is none. One that is damaged is the error that
/// `damaged` makes of its path and of what is wrong.
///
/// # Errors
///
/// [`Error::Refused`] where others could have written it, [`Error::NewerRecord`] where it is newer than
/// this program.
pub(super) fn read_own<T: DeserializeOwned>(
    host: &Host,
    (name, schema): (&str, &str),
    damaged: fn(PathBuf, String) -> Error,
) -> Result<Option<T>, Error> {
    let shown = host.root().shown(&host.state().join(name));
    let Some(dir) = fs::open_private(host.root(), host.state())? else { return Ok(None) };
    let own = Own { dir: &dir, name: OsStr::new(name), shown: shown.clone() };
    let Some(file) = own.open(host.root(), OFlags::RDONLY)? else { return Ok(None) };
    let mut bytes = Vec::new();
    let read = file.take(fs::MAX_FILE).read_to_end(&mut bytes);
    read.map_err(|source| Error::Read { path: shown.clone(), source })?;
    let damaged = |error: serde_json::Error| damaged(shown.clone(), error.to_string());
    // Of another version it says nothing else that is known.
    let found = serde_json::from_slice::<Schema>(&bytes).map_err(damaged)?.schema;
    if found != schema {
        return Err(Error::NewerRecord { path: shown, schema: found });
    }
    serde_json::from_slice(&bytes).map(Some).map_err(damaged)
}

/// Keeps a record beside the journals under that name.
///
/// # Errors
///
/// Where the system refuses.
pub(super) fn write_own(host: &Host, name: &str, record: &impl Serialize) -> Result<(), Error> {
    fs::make_private(host.root(), host.state())?;
    let path = host.state().join(name);
    let failed = |error| Error::Write { path: host.root().shown(&path), source: io::Error::other(error) };
    let bytes = serde_json::to_vec_pretty(record).map_err(failed)?;
    put(host, &path, Wanted::File { bytes: &bytes, mode: Mode::PRIVATE, dress: Dress::Fresh })
}

/// Puts what is wanted in the place of whatever is there, sweeping what a killed run left.
pub(super) fn put(host: &Host, path: &Path, wanted: Wanted<'_>) -> Result<(), Error> {
    let root = host.root();
    let slot = root.slot_of_link(path)?.ok_or_else(|| Error::Missing { path: root.shown(path) })?;
    let temp = TempName::tagged(&slot, "new");
    fs::sweep(root, &slot, &temp)?;
    let found = Found::read(root, &slot)?;
    fs::put(root, &slot, &found, wanted, &temp)
}

/// Puts back what was there, a link where it had a target, with the directories above it.
pub(super) fn restore(
    host: &Host,
    path: &Path,
    meta: &Meta,
    target: Option<&Path>,
    bytes: &[u8],
) -> Result<(), Error> {
    for dir in fs::missing_above(host.root(), path)? {
        fs::make(host.root(), &dir, Mode::DIRECTORY)?;
    }
    let dress = Dress::Exactly(meta);
    let wanted = match target {
        Some(target) => Wanted::Link { target, dress },
        None => Wanted::File { bytes, mode: meta.mode, dress },
    };
    put(host, path, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Root;

    #[test]
    fn it_is_kept_changed_and_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        assert_eq!(Record::read(&host).unwrap(), Record::default());
        let run = Run {
            command: Command::Init,
            config: "x".into(),
            phase: Some("certs".into()),
            ended: false,
            found: vec!["/etc/kubernetes/pki/ca.crt".into()],
            after: Some(1),
        };
        for _ in 0..2 {
            Record::change(&host, |record| record.kubeadm = Some(run.clone())).unwrap();
        }
        assert_eq!(Record::read(&host).unwrap().kubeadm, Some(run));
        Record::forget(&host, &[]).unwrap();
        Record::forget(&host, &[]).unwrap();
        assert_eq!(Record::read(&host).unwrap(), Record::default());
    }

    #[test]
    fn a_damaged_one_and_a_newer_one_are_not_read_as_none() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        Record::default().write(&host).unwrap();
        let at = dir.path().join("var/lib/k8sprep").join(NAME);
        for text in ["", "\0\0\0\0", "{\"schema\":\"k8sprep.cluster-record/v1\",\"kubeadm\":3}"] {
            std::fs::remove_file(&at).unwrap();
            fs::write_new(&at, text.as_bytes(), Mode::PRIVATE).unwrap();
            let error = Record::read(&host).unwrap_err();
            assert!(matches!(error, Error::Record { .. }), "{text}: {error}");
            let said = error.to_string();
            assert!(said.contains("cluster.json") && said.contains("move it away"), "the way out: {said}");
        }
        std::fs::remove_file(&at).unwrap();
        fs::write_new(&at, b"{\"schema\":\"k8sprep.cluster-record/v2\"}", Mode::PRIVATE).unwrap();
        assert!(matches!(Record::read(&host), Err(Error::NewerRecord { .. })));
    }
}
