//! Renewing a control plane's certificates: kubeadm at work on copies of its files, what it made of
//! them as steps of a transaction, and what is still to be restarted.
//!
//! kubeadm writes pair after pair, and a run that is stopped between a certificate and its key leaves
//! neither of the two usable. So it gets a tree of its own below the state directory (`--rootfs`), and
//! what it made there comes to the host by the engine: journalled, backed up, and taken back by a
//! rollback.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::at_work::{self, RENEWAL_TREE as TREE};
use super::masked::{Masked, Masks};
use super::record::{Record, Renewal};
use super::standing::MANIFESTS;
use crate::fs::{self, Kind, Mode, Root};
use crate::journal::state::private_dir;
use crate::plan::{Draft, Reason};
use crate::resource::Resource;
use crate::{Error, Host, Invocation, Node, Observed, Watch};

/// The kind of the steps that put a renewed file in its place.
pub const RENEWED: &str = "certificate";
/// Where kubeadm finds its configuration there, where one is given.
const CONFIG: &str = "/kubeadm.yaml";
const KUBERNETES: &str = "/etc/kubernetes";
/// By which a program in another tree finds the API server by its name.
const NAMES: [&str; 3] = ["/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf"];
/// `pki/etcd/FILE` is one below the PKI.
const DEPTH: usize = 2;
/// What kubeadm reads, endings off. Of everything else it is no matter whether it can be copied.
const READS: &[&str] = &[
    "admin",
    "super-admin",
    "controller-manager",
    "scheduler",
    "ca",
    "front-proxy-ca",
    "front-proxy-client",
    "apiserver",
    "apiserver-kubelet-client",
    "apiserver-etcd-client",
    "server",
    "peer",
    "healthcheck-client",
];

/// What kubeadm is asked to renew.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Renew {
    /// The names that kubeadm gives them; `all` for all.
    pub names: Vec<String>,
    /// Where the certificates are.
    pub pki: PathBuf,
    /// A configuration for kubeadm, instead of the one that the cluster has.
    pub config: Option<Vec<u8>>,
    /// kubeadm is stopped after this time.
    pub limit: Duration,
}

impl Renew {
    /// The names, in the usual place, within five minutes.
    #[must_use]
    pub fn new(names: Vec<String>) -> Self {
        let pki = Path::new(KUBERNETES).join("pki");
        Self { names, pki, config: None, limit: Duration::from_secs(300) }
    }
}

/// The files as kubeadm renewed them, in a tree that goes with this value.
#[derive(Debug)]
pub struct Copies<'h> {
    host: &'h Host,
    tree: Host,
    files: Vec<PathBuf>,
    /// What kubeadm said.
    pub said: String,
}

impl Drop for Copies<'_> {
    fn drop(&mut self) {
        // The next run removes what cannot be removed now.
        let _ = fs::remove_tree(self.host.root(), &self.host.state().join(TREE));
    }
}

impl Copies<'_> {
    /// The tree: certificates and kubeconfigs at the paths that they have on the host.
    #[must_use]
    pub fn tree(&self) -> &Host {
        &self.tree
    }

    /// The files that are other than on the host.
    ///
    /// # Errors
    ///
    /// Where one cannot be read.
    pub fn renewed(&self) -> Result<Vec<(PathBuf, Vec<u8>)>, Error> {
        let mut renewed = Vec::new();
        for path in &self.files {
            if let Some(bytes) = self.tree.root().read(path)?
                && self.host.root().read(path)?.as_ref() != Some(&bytes)
            {
                renewed.push((path.clone(), bytes));
            }
        }
        Ok(renewed)
    }
}

/// `kubeadm certs renew` of copies: the host's own files stay as they are.
///
/// # Errors
///
/// Where a file cannot be copied, or kubeadm fails.
pub fn renew_copies<'h>(host: &'h Host, renew: &Renew, watch: &mut dyn Watch) -> Result<Copies<'h>, Error> {
    let at = host.state().join(TREE);
    // A kubeadm that a killed run left writes into the same tree.
    drop(at_work::hold(host, watch)?);
    fs::remove_tree(host.root(), &at)?;
    let files = files_of(host.root(), &renew.pki)?;
    drop(private_dir(host, TREE)?);
    let tree = Host::offline(Root::open(host.root().shown(&at))?);
    let mut copies = Copies { host, tree, files, said: String::new() };
    let mut beside: Vec<PathBuf> = NAMES.map(PathBuf::from).into();
    let manifests = host.root().list(Path::new(MANIFESTS))?.unwrap_or_default();
    // They say which files are whose.
    beside.extend(manifests.into_iter().map(|name| Path::new(MANIFESTS).join(name)));
    for path in &copies.files {
        copy(host, &copies.tree, path).or_else(|error| if is_read(path) { Err(error) } else { Ok(()) })?;
    }
    for path in beside {
        // It goes by other names without them.
        let _ = copy(host, &copies.tree, &path);
    }
    if let Some(config) = &renew.config {
        fs::set(copies.tree.root(), Path::new(CONFIG), config, Mode::PRIVATE)?;
    }
    let masks = renew.config.as_deref().map(Masks::of).unwrap_or_default();
    let watch = &mut Masked { masks: &masks, watch };
    for name in &renew.names {
        let said = run(host, &copies.tree, renew, name, watch)?;
        copies.said.push_str(&said);
    }
    Ok(copies)
}

fn copy(host: &Host, tree: &Host, path: &Path) -> Result<(), Error> {
    let Some(bytes) = host.root().read(path)? else { return Ok(()) };
    fs::set(tree.root(), path, &bytes, Mode::PRIVATE).map(drop)
}

fn is_read(path: &Path) -> bool {
    path.file_stem().and_then(|name| name.to_str()).is_some_and(|name| READS.contains(&name))
}

fn run(host: &Host, tree: &Host, renew: &Renew, name: &str, watch: &mut Masked<'_>) -> Result<String, Error> {
    let (rootfs, pki) = (tree.root().path().display().to_string(), renew.pki.display().to_string());
    let mut words = vec!["certs", "renew", name, "--rootfs", &rootfs, "--cert-dir", &pki];
    if renew.config.is_some() {
        words.extend(["--config", CONFIG]);
    }
    let invocation = Invocation::new("kubeadm", words).within(renew.limit);
    let held = at_work::hold(host, watch)?;
    let outcome = host.follow_holding(&invocation, held, watch)?;
    if outcome.status != Some(0) {
        let how = watch.masks.hide(&outcome.to_string());
        return Err(Error::CommandFailed { command: invocation.to_string(), how });
    }
    Ok(watch.masks.hide(&String::from_utf8_lossy(&[outcome.stdout, outcome.stderr].concat())))
}

/// Certificates, keys and kubeconfigs.
fn files_of(root: &Root, pki: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for name in root.list(Path::new(KUBERNETES))?.unwrap_or_default() {
        let path = Path::new(KUBERNETES).join(name);
        if path.extension().is_some_and(|end| end == "conf") && kind(root, &path)? == Some(Kind::File) {
            found.push(path);
        }
    }
    below(root, pki, DEPTH, &mut found)?;
    found.sort();
    Ok(found)
}

/// A link that leads in circles is none where kubeadm does not read it.
fn kind(root: &Root, path: &Path) -> Result<Option<Kind>, Error> {
    root.kind(path).or_else(|error| if is_read(path) { Err(error) } else { Ok(None) })
}

fn below(root: &Root, dir: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    for name in root.list(dir)?.unwrap_or_default() {
        let path = dir.join(name);
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        match kind(root, &path)? {
            Some(Kind::Directory) if depth > 1 => below(root, &path, depth - 1, found)?,
            Some(Kind::File) if ["crt", "key", "pub"].contains(&end) => found.push(path),
            _ => {}
        }
    }
    Ok(())
}

/// A file with its renewed content; owner, mode and everything else stay.
#[derive(Clone, Debug)]
pub struct Renewed {
    path: PathBuf,
    node: Node,
}

impl Renewed {
    /// That file with that content, which is never shown.
    pub fn new(path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), node: Node::file(bytes, Mode::PRIVATE).secret() }
    }
}

impl Resource for Renewed {
    fn kind(&self) -> &'static str {
        RENEWED
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        seen.look(host, &self.path);
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        let mut wanted = self.node.clone();
        let there = seen.file(&self.path).map(|look| &look.node);
        if let (Node::File { mode, .. }, Ok(Node::File { mode: has, .. })) = (&mut wanted, there) {
            *mode = *has;
        }
        let because = Reason::of("its certificate is renewed");
        draft.file(&self.path, wanted, because);
    }
}

/// The renewal that was begun on this host and is not at its end.
///
/// # Errors
///
/// As [`Record::read`].
pub fn renewal(host: &Host) -> Result<Option<Renewal>, Error> {
    Ok(Record::read(host)?.renewal)
}

/// Keeps how far it is; `None`: it is at its end.
///
/// # Errors
///
/// Where the system refuses.
pub fn keep_renewal(host: &Host, renewal: Option<Renewal>) -> Result<(), Error> {
    Record::change(host, |record| record.renewal = renewal)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use super::*;
    use crate::{ApplyOptions, Back, Commands, Desired, NoProgress, Outcome, apply, rollback, verify};

    /// kubeadm that writes new certificates where it is told, or says why it does not.
    #[derive(Debug)]
    struct Kubeadm(i32);

    impl Commands for Kubeadm {
        fn run(&self, asked: &Invocation) -> io::Result<Outcome> {
            let rootfs = asked.args.iter().skip_while(|word| *word != "--rootfs").nth(1).unwrap();
            let root = Root::open(rootfs).unwrap();
            for path in ["/etc/kubernetes/pki/apiserver.crt", "/etc/kubernetes/admin.conf"] {
                fs::set(&root, Path::new(path), b"new", Mode::PUBLIC).unwrap();
            }
            Ok(Outcome::new(self.0, "renewed\n", "no right"))
        }
    }

    fn host(status: i32) -> (tempfile::TempDir, Host) {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        let files = [
            ("/etc/kubernetes/pki/apiserver.crt", Mode::PUBLIC),
            ("/etc/kubernetes/pki/apiserver.key", Mode::PRIVATE),
            ("/etc/kubernetes/pki/etcd/ca.key", Mode::PRIVATE),
            ("/etc/kubernetes/admin.conf", Mode::new(0o640)),
            ("/etc/kubernetes/manifests/etcd.yaml", Mode::PRIVATE),
        ];
        for (path, mode) in files {
            fs::set(&root, Path::new(path), b"old", mode).unwrap();
        }
        (dir, Host::with_commands(root, Arc::new(Kubeadm(status))))
    }

    #[test]
    fn only_what_kubeadm_changed_comes_to_the_host_and_a_rollback_takes_it_back() {
        let (dir, host) = host(0);
        let tree = dir.path().join("var/lib/k8sprep").join(TREE);
        let copies = renew_copies(&host, &Renew::new(vec!["all".into()]), &mut NoProgress).unwrap();
        assert!(tree.join("etc/kubernetes/pki/etcd/ca.key").exists());
        assert!(tree.join("etc/kubernetes/manifests/etcd.yaml").exists());
        let read = |path: &str| host.root().read(Path::new(path)).unwrap().unwrap();
        assert_eq!(read("/etc/kubernetes/admin.conf"), b"old", "copies were renewed");
        let renewed = copies.renewed().unwrap();
        drop(copies);
        assert!(!tree.exists());
        let wanted = |desired: Desired, (path, bytes)| desired.with(Renewed::new(path, bytes));
        let desired = renewed.into_iter().fold(Desired::new(), wanted);
        let plan = verify(&host, &desired);
        assert_eq!(plan.steps().len(), 2);
        assert!(!serde_json::to_string(&plan).unwrap().contains("new\""), "nothing of a key is shown");
        let done = apply(&host, &desired, &plan, &ApplyOptions::default(), &mut NoProgress).unwrap();
        assert_eq!(done.taken, 2);
        let mode = |path: &str| host.root().mode(Path::new(path)).unwrap().unwrap();
        assert_eq!(read("/etc/kubernetes/admin.conf"), b"new");
        assert_eq!(mode("/etc/kubernetes/admin.conf"), Mode::new(0o640));
        rollback(&host, Back::Newest, Duration::ZERO, &mut NoProgress).unwrap();
        assert_eq!(read("/etc/kubernetes/pki/apiserver.crt"), b"old");
    }

    #[test]
    fn what_kubeadm_does_not_read_does_not_stop_it() {
        let (dir, host) = host(0);
        let kubernetes = dir.path().join("etc/kubernetes");
        for place in ["pki/corp", "manifests/own"] {
            let at = |end: &str| kubernetes.join(format!("{place}-{end}"));
            let made = rustix::fs::mkfifoat(rustix::fs::CWD, at("fifo.crt"), rustix::fs::Mode::RUSR);
            made.unwrap();
            std::os::unix::fs::symlink(at("loop.crt"), at("loop.crt")).unwrap();
            std::fs::create_dir(at("dir.crt")).unwrap();
            fs::set(host.root(), Path::new("/srv/empty"), b"", Mode::PRIVATE).unwrap();
            std::fs::copy(dir.path().join("srv/empty"), at("huge.crt")).unwrap();
            let huge = at("huge.crt");
            let file = rustix::fs::open(&huge, rustix::fs::OFlags::WRONLY, rustix::fs::Mode::empty());
            rustix::fs::ftruncate(file.unwrap(), fs::MAX_FILE + 1).unwrap();
        }
        let copies = renew_copies(&host, &Renew::new(vec!["all".into()]), &mut NoProgress).unwrap();
        assert_eq!(copies.renewed().unwrap().len(), 2);
        drop(copies);
        // What it does read stops it, and nothing is left.
        std::os::unix::fs::symlink("ca.key", kubernetes.join("pki/ca.key")).unwrap();
        let error = renew_copies(&host, &Renew::new(vec!["all".into()]), &mut NoProgress).unwrap_err();
        assert!(error.to_string().contains("ca.key"), "{error}");
        assert!(!dir.path().join("var/lib/k8sprep").join(TREE).exists());
    }

    #[test]
    fn a_secret_that_kubeadm_quotes_is_shown_to_nobody() {
        let (_dir, host) = host(1);
        let mut renew = Renew::new(vec!["all".into()]);
        renew.config = Some(b"certificateKey: \"no right\"\ntoken: right\n".to_vec());
        let error = renew_copies(&host, &renew, &mut NoProgress).unwrap_err().to_string();
        assert!(error.contains("***") && !error.contains("right"), "{error}");
    }

    #[test]
    fn a_kubeadm_that_fails_changes_nothing_and_leaves_no_keys() {
        let (dir, host) = host(1);
        let error = renew_copies(&host, &Renew::new(vec!["all".into()]), &mut NoProgress).unwrap_err();
        assert!(error.to_string().contains("no right"), "{error}");
        assert!(!dir.path().join("var/lib/k8sprep").join(TREE).exists());
        assert_eq!(host.root().read(Path::new("/etc/kubernetes/admin.conf")).unwrap().unwrap(), b"old");
    }

    #[test]
    fn how_far_a_renewal_is_is_kept_until_its_end() {
        let (_dir, host) = host(0);
        assert_eq!(renewal(&host).unwrap(), None);
        let begun = Renewal::new(7, vec!["etcd".into()]);
        keep_renewal(&host, Some(begun.clone())).unwrap();
        assert_eq!(renewal(&host).unwrap(), Some(begun));
        keep_renewal(&host, None).unwrap();
        assert_eq!(renewal(&host).unwrap(), None);
    }
}
