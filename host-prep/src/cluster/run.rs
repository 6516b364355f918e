//! `kubeadm init` and `kubeadm join`, each kept in the record from before it starts until it has
//! ended.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::leftovers::note_before;
use super::record::{Command, Record, Run, put};
use super::standing::{
    ADMIN_CONFS, BOOTSTRAP_CONF, CONFS, MANIFESTS, Standing, files_of_others, files_of_pki, standing,
};
use super::{KubeadmOptions, kubeadm};
use crate::fs::{Root, Wanted};
use crate::ground::digest::digest;
use crate::{Error, Host, Watch};

/// Where etcd keeps what an API server has lived on.
const ETCD: &str = "/var/lib/etcd/member";

/// `kubeadm init` with the configuration file `config`; `watch` hears what it says as it says it,
/// and may stop it.
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
    run(host, (Command::Init, "init"), config, options, watch)
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
    run(host, (Command::Join, "join"), config, options, watch)
}

/// Removes the file with the bootstrap token from a worker whose kubelet has its own certificate:
/// kubeadm does so at the end of a join (`phases/join/kubelet.go`), and a killed one did not get
/// there. Whether it was there.
///
/// # Errors
///
/// Where the system refuses.
pub fn forget_bootstrap_token(host: &Host) -> Result<bool, Error> {
    let path = Path::new(BOOTSTRAP_CONF);
    if standing(host)? != Standing::Worker || host.root().kind_of_link(path)?.is_none() {
        return Ok(false);
    }
    put(host, path, Wanted::Nothing)?;
    Ok(true)
}

fn run(
    host: &Host,
    (command, word): (Command, &str),
    config: &Path,
    options: &KubeadmOptions,
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    // Before there is a node: all that comes is its own.
    note_before(host)?;
    let found = found_before(host)?;
    if options.resume {
        mend(host, command, &found)?;
    }
    let config_bytes = host.root().read(config)?.unwrap_or_default();
    let after = Some(crate::newest_id(host)?);
    let begun = Run { command, config: digest(&config_bytes), phase: None, ended: false, found, after };
    Record::change(host, |record| record.kubeadm = Some(begun))?;
    let mut watch = Phases { host, seen: None, watch };
    kubeadm::run(host, [word, "--config", &config.display().to_string()], options, &mut watch)?;
    Record::change(host, |record| {
        if let Some(run) = &mut record.kubeadm {
            run.ended = true;
        }
    })
}

/// What is not kubeadm's: what was there before its first run on this host. Where it was run by
/// somebody else, all counts as theirs.
///
/// On a host that is bare it is kept as the host's, also where it came after the first look
/// ([`note_before`]): `kubeadm reset` is not to delete it.
pub(super) fn found_before(host: &Host) -> Result<Vec<PathBuf>, Error> {
    let is_bare = standing(host)?.is_bare();
    if !is_bare && let Some(run) = Record::read(host)?.kubeadm {
        return Ok(run.found);
    }
    let found = files_of_others(host.root())?;
    if is_bare {
        Record::change(host, |record| record.are_the_hosts(&found))?;
    }
    Ok(found)
}

/// Takes away what a run that was stopped while it wrote left by half: only what kubeadm wrote
/// itself, and only while no API server can have lived on it. A cluster's CA is never among it.
///
/// kubeadm writes a key, then its certificate, neither of them at once (`pkiutil.WriteCertAndKey`),
/// and refuses a key without its certificate ever after. What a join had written comes from the
/// cluster again, which may be another one by now: but no worker has an administrator's kubeconfig
/// of its own.
fn mend(host: &Host, command: Command, found: &[PathBuf]) -> Result<(), Error> {
    let root = host.root();
    let lived = root.kind(Path::new(ETCD))?.is_some()
        || root.list(Path::new(MANIFESTS))?.is_some_and(|names| !names.is_empty());
    if lived {
        return Ok(());
    }
    let pki = files_of_pki(root)?;
    let mut torn = command == Command::Join;
    for path in &pki {
        torn |= is_torn(root, path, &pki)?;
    }
    for conf in CONFS.iter().map(Path::new) {
        let text = root.read(conf)?;
        torn |= text.is_some_and(|text| !text.ends_with(b"\n"));
    }
    if !torn {
        return Ok(());
    }
    let makes_one = command == Command::Init || pki.iter().any(|path| path.ends_with("apiserver.key"));
    let copied = |path: &Path| !makes_one && ADMIN_CONFS.iter().any(|conf| path == Path::new(conf));
    let all = pki.iter().map(PathBuf::as_path).chain(CONFS.iter().map(Path::new));
    for path in all.filter(|path| !found.iter().any(|one| one == path) && !copied(path)) {
        if root.kind_of_link(path)?.is_some() {
            put(host, path, Wanted::Nothing)?;
        }
    }
    Ok(())
}

/// Whether this is half a file, or half a pair.
fn is_torn(root: &Root, path: &Path, all: &[PathBuf]) -> Result<bool, Error> {
    let text = root.read(path)?.unwrap_or_default();
    let whole = text.windows(8).any(|words| words == b"-----END");
    let is_key = path.extension().is_some_and(|extension| extension == "key");
    let paired = ["crt", "pub"].iter().any(|other| all.contains(&path.with_extension(other)));
    Ok(!whole || (is_key && !paired))
}

/// Keeps the phase that kubeadm says it is in.
struct Phases<'a> {
    host: &'a Host,
    seen: Option<String>,
    watch: &'a mut dyn Watch,
}

impl Watch for Phases<'_> {
    fn said(&mut self, line: &str) {
        let phase = line.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(phase, _)| phase);
        // `[init]` and `[join]` are no phases.
        let is_phase = |phase: &&str| {
            let name = phase.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            name && !["", "init", "join"].contains(phase)
        };
        if let Some(phase) = phase.filter(is_phase)
            && self.seen.as_deref() != Some(phase)
        {
            self.seen = Some(phase.to_owned());
            // For people alone: what is decided hangs on whether it ended.
            let _ = Record::change(self.host, |record| {
                if let Some(run) = &mut record.kubeadm {
                    run.phase = Some(phase.to_owned());
                }
            });
        }
        self.watch.said(line);
    }

    fn waits(&mut self, since: Duration) {
        self.watch.waits(since);
    }

    fn awaits(&mut self, what: &str) {
        self.watch.awaits(what);
    }

    fn stops(&mut self) -> bool {
        self.watch.stops()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{Mode, set};

    #[test]
    fn a_worker_keeps_no_bootstrap_token() {
        let joined = [(BOOTSTRAP_CONF, "token"), ("/etc/kubernetes/kubelet.conf", "client-certificate: x")];
        let (_dir, host) = host(&joined[..1]);
        assert!(!forget_bootstrap_token(&host).unwrap(), "a join that goes on needs it");
        let (_dir, host) = self::host(&joined);
        assert!(forget_bootstrap_token(&host).unwrap());
        assert!(!forget_bootstrap_token(&host).unwrap());
    }

    const PEM: &str = "-----BEGIN X-----\nAAAA\n-----END X-----\n";

    fn host(files: &[(&str, &str)]) -> (tempfile::TempDir, Host) {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        for (path, text) in files {
            set(host.root(), Path::new(path), text.as_bytes(), Mode::PRIVATE).unwrap();
        }
        (dir, host)
    }

    fn left(host: &Host) -> Vec<String> {
        let pki = files_of_pki(host.root()).unwrap();
        pki.iter().map(|path| path.display().to_string()).collect()
    }

    /// ^C between the two files of a pair.
    const TORN: &[(&str, &str)] = &[
        ("/etc/kubernetes/pki/ca.crt", PEM),
        ("/etc/kubernetes/pki/ca.key", PEM),
        ("/etc/kubernetes/pki/front-proxy-ca.key", PEM),
        ("/etc/kubernetes/pki/etcd/ca.crt", "-----BEGIN X-----\nAA"),
    ];

    #[test]
    fn half_a_pair_goes_with_all_that_was_written_beside_it() {
        let (_dir, host) = host(TORN);
        mend(&host, Command::Init, &[]).unwrap();
        assert_eq!(left(&host), Vec::<String>::new());
    }

    #[test]
    fn whole_pairs_stay_and_so_does_what_somebody_brought() {
        let (_dir, host) = self::host(&TORN[..2]);
        mend(&host, Command::Init, &[]).unwrap();
        assert_eq!(left(&host).len(), 2);
        let (_dir, host) = self::host(TORN);
        let theirs: Vec<PathBuf> = TORN[..2].iter().map(|(path, _)| path.into()).collect();
        mend(&host, Command::Init, &theirs).unwrap();
        assert_eq!(left(&host), ["/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/ca.key"]);
    }

    #[test]
    fn the_ca_of_a_cluster_that_has_lived_is_never_taken() {
        for lived in ["/var/lib/etcd/member/snap/db", "/etc/kubernetes/manifests/etcd.yaml"] {
            let (_dir, host) = host(&[TORN, &[(lived, "")]].concat());
            mend(&host, Command::Init, &[]).unwrap();
            assert_eq!(left(&host).len(), TORN.len(), "{lived}");
        }
    }

    #[test]
    fn a_kubeconfig_that_was_copied_to_a_worker_is_not_the_joins_to_take() {
        for found in [false, true] {
            let admin = super::super::ADMIN_CONF;
            let torn = [("/etc/kubernetes/bootstrap-kubelet.conf", "token\n"), (admin, "copied\n")];
            let (_dir, host) = self::host(&torn);
            // There before the first run, or copied while it was stopped.
            let theirs = if found { vec![PathBuf::from(admin)] } else { Vec::new() };
            mend(&host, Command::Join, &theirs).unwrap();
            assert!(host.root().kind(Path::new(admin)).unwrap().is_some());
            assert!(host.root().kind(Path::new(torn[0].0)).unwrap().is_none());
        }
    }

    #[test]
    fn what_a_join_had_written_comes_again() {
        let (_dir, host) = host(&[
            ("/etc/kubernetes/bootstrap-kubelet.conf", "token\n"),
            ("/etc/kubernetes/pki/ca.crt", PEM),
        ]);
        mend(&host, Command::Join, &[]).unwrap();
        assert_eq!(left(&host), Vec::<String>::new());
        assert!(host.root().kind(Path::new("/etc/kubernetes/bootstrap-kubelet.conf")).unwrap().is_none());
    }
}
