//! What a host is to Kubernetes, from what `up` kept of its own runs and from what real kubeadm
//! leaves in each phase.
//!
//! From kubeadm's `app/cmd/phases/{init,join}`, 1.19 to 1.37. `kubeadm init` writes kubelet.conf
//! with its credentials in it and points it to a file of the kubelet's only at the end
//! (`kubelet-finalize`); the kubelet of a node that joins writes kubelet.conf itself, as soon as it
//! has a certificate, and never with credentials in it.

use std::fmt;
use std::path::{Path, PathBuf};

use super::record::{Command, Record, Run};
use crate::fs::{Kind, Root};
use crate::{Error, Host};

/// What the kubelet reaches the API server with.
pub(super) const KUBELET_CONF: &str = "/etc/kubernetes/kubelet.conf";
/// What it gets that with when it joins.
pub(super) const BOOTSTRAP_CONF: &str = "/etc/kubernetes/bootstrap-kubelet.conf";
/// Kubeconfigs that administrators copy from host to host.
pub(super) const ADMIN_CONFS: &[&str] = &[super::ADMIN_CONF, "/etc/kubernetes/super-admin.conf"];
/// What kubeadm writes below /etc/kubernetes besides its certificates.
pub(super) const CONFS: &[&str] = &[
    super::ADMIN_CONF,
    "/etc/kubernetes/super-admin.conf",
    "/etc/kubernetes/controller-manager.conf",
    "/etc/kubernetes/scheduler.conf",
    KUBELET_CONF,
    BOOTSTRAP_CONF,
];
/// Where its certificates and keys are.
pub(super) const PKI: &str = "/etc/kubernetes/pki";
/// Where static Pods of a control plane are.
pub(super) const MANIFESTS: &str = "/etc/kubernetes/manifests";
/// The static Pods that it writes. Others in that directory are somebody else's.
const CONTROL_PLANE: &[&str] =
    &["etcd.yaml", "kube-apiserver.yaml", "kube-controller-manager.yaml", "kube-scheduler.yaml"];
/// Certificates and keys that kubeadm makes itself, `pki/` and the ending off. What else is there an
/// administrator brought along: CAs, the client certificate of an external etcd, files of his own.
const MADE: &[&str] = &[
    "apiserver",
    "apiserver-kubelet-client",
    "front-proxy-client",
    "etcd/server",
    "etcd/peer",
    "etcd/healthcheck-client",
];
/// What it writes for the kubelet.
const KUBELET: &[&str] = &["/var/lib/kubelet/config.yaml", "/var/lib/kubelet/kubeadm-flags.env"];
const KUBELET_DIR: &str = "/var/lib/kubelet";
/// The certificate that the kubelet got from the cluster.
const KUBELET_PEM: &str = "/var/lib/kubelet/pki/kubelet-client-current.pem";

/// What a host is to Kubernetes.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Standing {
    /// kubeadm has done nothing here.
    Bare,
    /// `kubeadm init` began and did not come to its end.
    InitBegun(Begun),
    /// A control plane.
    ControlPlane(Sure),
    /// `kubeadm join` began and did not come to its end.
    JoinBegun(Begun),
    /// A worker.
    Worker,
}

/// How far an unfinished run came.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Begun {
    /// The phase of kubeadm it was seen in last, where that was kept.
    pub phase: Option<String>,
    /// Whether it has written what only a control plane has.
    pub control_plane: bool,
}

/// How sure it is that a control plane is whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Sure {
    /// kubeadm was seen to end with 0.
    Seen,
    /// Its files say so. They do so too while the last phases are missing, which only the cluster
    /// itself can tell.
    ByItsFiles,
}

impl Standing {
    /// Whether anything of kubeadm is on the host.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        matches!(self, Self::Bare)
    }

    /// Whether a run of kubeadm is to be gone on with.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        matches!(self, Self::InitBegun(_) | Self::JoinBegun(_))
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let begun = |command: &str, begun: &Begun| match &begun.phase {
            Some(phase) => format!("`kubeadm {command}` stopped in its phase {phase}"),
            None => format!("`kubeadm {command}` did not come to its end here"),
        };
        f.write_str(&match self {
            Self::Bare => "kubeadm has done nothing here".to_owned(),
            Self::InitBegun(phase) => begun("init", phase),
            Self::JoinBegun(phase) => begun("join", phase),
            Self::ControlPlane(_) => "kubeadm has made this host a control plane already".to_owned(),
            Self::Worker => "the host belongs to a cluster already".to_owned(),
        })
    }
}

/// What this host is.
///
/// # Errors
///
/// When its files or the record cannot be read.
pub fn standing(host: &Host) -> Result<Standing, Error> {
    let traces = Traces::of(host.root())?;
    let run = Record::read(host)?.kubeadm;
    // What somebody put there before the first run is no trace of kubeadm.
    let foreign = run.as_ref().map(|run| run.found.clone()).unwrap_or_default();
    if traces.are_none(&foreign) {
        return Ok(Standing::Bare);
    }
    Ok(match run {
        // kubeadm writes nothing before its phase certs: whole pairs that came since are an
        // administrator's.
        Some(run) if has_only_looked(&run) && traces.is_whole() && traces.alone().is_bare() => Standing::Bare,
        Some(run) => recorded(&run, &traces),
        None => traces.alone(),
    })
}

/// Whether a run of kubeadm was stopped before it wrote anything.
fn has_only_looked(run: &Run) -> bool {
    !run.ended && run.phase.as_deref().is_none_or(|phase| phase == "preflight")
}

fn recorded(run: &Run, traces: &Traces) -> Standing {
    let begun = || Begun { phase: run.phase.clone(), ..traces.begun() };
    match (run.command, run.ended) {
        (_, true) if traces.kubelet_conf.is_none() => traces.alone(),
        (_, true) if traces.is_control_plane() => Standing::ControlPlane(Sure::Seen),
        (_, true) => Standing::Worker,
        (Command::Init, false) => Standing::InitBegun(begun()),
        // The kubelet has its certificate: all that kubeadm would still do is wait for that.
        (Command::Join, false) if traces.has_joined_as_worker() => Standing::Worker,
        (Command::Join, false) => Standing::JoinBegun(begun()),
    }
}

/// What is there of kubeadm.
///
/// The administrator's kubeconfig is none of it, nor are those of the components: they are copied
/// from host to host. Whoever has made a cluster or joined one has more than that.
#[derive(Debug, Default)]
struct Traces {
    /// Its text.
    kubelet_conf: Option<String>,
    bootstrap: bool,
    manifests: bool,
    pki: Vec<PathBuf>,
    kubelet: bool,
    certificate: bool,
}

impl Traces {
    fn of(root: &Root) -> Result<Self, Error> {
        let there = |path: &&str| root.kind(Path::new(path)).map(|kind| kind.is_some());
        let mut traces = Self { pki: files_of_pki(root)?, ..Self::default() };
        let text = root.read(Path::new(KUBELET_CONF))?;
        traces.kubelet_conf = text.map(|text| String::from_utf8_lossy(&text).into_owned());
        traces.bootstrap = there(&BOOTSTRAP_CONF)?;
        for name in CONTROL_PLANE {
            traces.manifests |= root.kind(&Path::new(MANIFESTS).join(name))?.is_some();
        }
        for file in KUBELET {
            traces.kubelet |= there(file)?;
        }
        traces.certificate = there(&KUBELET_PEM)?;
        Ok(traces)
    }

    fn are_none(&self, foreign: &[PathBuf]) -> bool {
        let pki = self.pki.iter().all(|path| foreign.contains(path));
        let kubelet = self.kubelet_conf.is_some() || self.bootstrap || self.kubelet;
        !kubelet && !self.manifests && pki
    }

    /// Whether no key is without what belongs to it, as one is where kubeadm was killed between the two.
    fn is_whole(&self) -> bool {
        let keys = self.pki.iter().filter(|path| path.extension().is_some_and(|ending| ending == "key"));
        keys.into_iter()
            .all(|key| ["crt", "pub"].iter().any(|other| self.pki.contains(&key.with_extension(other))))
    }

    /// Whether kubeadm has made certificates of its own, which it does for a control plane alone.
    fn has_made_certificates(&self) -> bool {
        self.pki.iter().any(|path| path.file_stem().is_some_and(|stem| stem == "apiserver"))
    }

    fn is_control_plane(&self) -> bool {
        self.manifests || self.has_made_certificates()
    }

    fn has_joined_as_worker(&self) -> bool {
        self.kubelet_conf.is_some() && self.certificate && !self.is_control_plane()
    }

    fn begun(&self) -> Begun {
        Begun { phase: None, control_plane: self.is_control_plane() }
    }

    /// What they say where nothing was kept: kubeadm was run by hand, or by an earlier release of
    /// this program.
    fn alone(&self) -> Standing {
        let embedded =
            self.kubelet_conf.as_ref().is_some_and(|text| text.contains("client-certificate-data:"));
        let is_made = |path: &PathBuf| {
            let ends = path.extension().is_some_and(|ending| ending == "crt" || ending == "key");
            ends && MADE.iter().any(|name| path.with_extension("") == Path::new(PKI).join(name))
        };
        let own = self.pki.iter().any(is_made);
        match &self.kubelet_conf {
            // A control plane made before kubeadm 1.17 had kubelet-finalize keeps credentials in that file
            // for ever (kubernetes pull request 84118); only the cluster tells it from an init
            // that stopped before.
            Some(_) if self.manifests && embedded && !self.kubelet => Standing::InitBegun(self.begun()),
            Some(_) if self.manifests => Standing::ControlPlane(Sure::ByItsFiles),
            // Its manifests may have been moved away for a while.
            Some(_) if !embedded && self.is_control_plane() => Standing::ControlPlane(Sure::ByItsFiles),
            Some(_) if !embedded => Standing::Worker,
            // Each of these comes before the kubelet's own files in `init`, and none of them with a worker.
            _ if self.bootstrap => Standing::JoinBegun(self.begun()),
            _ if self.manifests || own || embedded => Standing::InitBegun(self.begun()),
            _ if self.kubelet => Standing::JoinBegun(self.begun()),
            // A CA that somebody brought along, and a run that had no time for more is the same.
            _ => Standing::Bare,
        }
    }
}

/// Every file among kubeadm's certificates and keys.
pub(super) fn files_of_pki(root: &Root) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for dir in [PathBuf::from(PKI), Path::new(PKI).join("etcd")] {
        if root.kind(&dir)? != Some(Kind::Directory) {
            continue;
        }
        for name in root.list(&dir)?.unwrap_or_default() {
            let path = dir.join(name);
            if root.kind_of_link(&path)? != Some(Kind::Directory) {
                found.push(path);
            }
        }
    }
    Ok(found)
}

/// What is not kubeadm's on a host where it has not run: `kubeadm reset` deletes all that is in these
/// places, and the contents of the kubelet's directory (kubeadm, cmd/phases/reset/cleanupnode.go).
pub(super) fn files_of_others(root: &Root) -> Result<Vec<PathBuf>, Error> {
    let mut found = files_below(root, Path::new(PKI))?;
    found.extend(files_below(root, Path::new(MANIFESTS))?);
    for name in root.list(Path::new(KUBELET_DIR))?.unwrap_or_default() {
        // State that the kubelet keeps of its own: an old one beside another policy keeps it from starting.
        let is_own = name.to_string_lossy().ends_with("_state");
        let path = Path::new(KUBELET_DIR).join(name);
        if !is_own && matches!(root.kind_of_link(&path)?, Some(Kind::File | Kind::Symlink)) {
            found.push(path);
        }
    }
    for conf in CONFS.iter().map(PathBuf::from) {
        if root.kind_of_link(&conf)?.is_some() {
            found.push(conf);
        }
    }
    Ok(found)
}

/// Files and links below a directory; no link is followed, and nothing deeper than so many steps is
/// looked for.
fn files_below(root: &Root, dir: &Path) -> Result<Vec<PathBuf>, Error> {
    const STEPS: usize = 6;
    let mut found = Vec::new();
    let mut todo = vec![(dir.to_owned(), 0)];
    while let Some((dir, depth)) = todo.pop() {
        if root.kind(&dir)? != Some(Kind::Directory) {
            continue;
        }
        for name in root.list(&dir)?.unwrap_or_default() {
            let path = dir.join(name);
            match root.kind_of_link(&path)? {
                Some(Kind::Directory) if depth < STEPS => todo.push((path, depth + 1)),
                Some(Kind::File | Kind::Symlink) => found.push(path),
                _ => {}
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{Mode, set};

    /// Certificates of a cluster's administrator and files of no meaning to kubeadm make no node.
    #[test]
    fn what_kubeadm_does_not_make_is_no_trace_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let put = |name: &str| {
            set(host.root(), &Path::new(PKI).join(name), b"x", Mode::new(0o600)).unwrap();
        };
        for name in
            ["README", "corp-bundle.crt", "apiserver-etcd-client.crt", "apiserver-etcd-client.key", "ca.crt"]
        {
            put(name);
            assert_eq!(standing(&host).unwrap(), Standing::Bare, "{name}");
        }
        put("apiserver.key");
        assert!(matches!(standing(&host).unwrap(), Standing::InitBegun(_)));
    }

    const EMBEDDED: &str = "users:\n- user:\n    client-certificate-data: LS0t\n    client-key-data: LS0t\n";
    const ROTATED: &str =
        "users:\n- user:\n    client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem\n";

    /// What kubeadm 1.34 has written when it stops after each phase of `init`, each with all before
    /// it.
    const INIT: &[(&str, &[(&str, &str)])] = &[
        (
            "certs",
            &[
                ("/etc/kubernetes/pki/ca.key", "k"),
                ("/etc/kubernetes/pki/ca.crt", "c"),
                ("/etc/kubernetes/pki/apiserver.crt", "c"),
            ],
        ),
        ("kubeconfig", &[("/etc/kubernetes/admin.conf", "a"), ("/etc/kubernetes/kubelet.conf", EMBEDDED)]),
        ("etcd", &[("/etc/kubernetes/manifests/etcd.yaml", "e")]),
        ("control-plane", &[("/etc/kubernetes/manifests/kube-apiserver.yaml", "a")]),
        (
            "kubelet-start",
            &[("/var/lib/kubelet/config.yaml", "k"), ("/var/lib/kubelet/kubeadm-flags.env", "")],
        ),
        ("kubelet-finalize", &[("/etc/kubernetes/kubelet.conf", ROTATED)]),
        ("addon", &[]),
    ];

    fn host() -> (tempfile::TempDir, Host) {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        (dir, host)
    }

    fn put(host: &Host, path: &str, text: &str) {
        set(host.root(), Path::new(path), text.as_bytes(), Mode::PRIVATE).unwrap();
    }

    fn kept(host: &Host, command: Command, phase: &str, ended: bool, found: &[&str]) {
        let found = found.iter().map(PathBuf::from).collect();
        let run =
            Run { command, config: String::new(), phase: Some(phase.into()), ended, found, after: None };
        Record::change(host, |record| record.kubeadm = Some(run)).unwrap();
    }

    #[test]
    fn an_init_is_begun_until_it_was_seen_to_end() {
        let (_dir, host) = host();
        assert_eq!(standing(&host).unwrap(), Standing::Bare);
        kept(&host, Command::Init, "preflight", false, &[]);
        assert_eq!(standing(&host).unwrap(), Standing::Bare, "it had written nothing yet");
        for (phase, files) in INIT {
            files.iter().for_each(|(path, text)| put(&host, path, text));
            kept(&host, Command::Init, phase, false, &[]);
            let begun = Begun { phase: Some((*phase).to_owned()), control_plane: true };
            assert_eq!(standing(&host).unwrap(), Standing::InitBegun(begun), "{phase}");
        }
        kept(&host, Command::Init, "addon", true, &[]);
        assert_eq!(standing(&host).unwrap(), Standing::ControlPlane(Sure::Seen));
    }

    #[test]
    fn without_a_record_the_files_tell_what_they_can() {
        let (_dir, host) = host();
        for (phase, files) in INIT {
            files.iter().for_each(|(path, text)| put(&host, path, text));
            let said = standing(&host).unwrap();
            match *phase {
                "kubelet-start" | "kubelet-finalize" | "addon" => {
                    assert_eq!(said, Standing::ControlPlane(Sure::ByItsFiles), "{phase}");
                }
                _ => {
                    let begun = Begun { phase: None, control_plane: true };
                    assert_eq!(said, Standing::InitBegun(begun), "{phase}");
                }
            }
        }
    }

    #[test]
    fn a_join_that_left_its_bootstrap_file_is_begun_and_one_with_a_certificate_has_joined() {
        let (_dir, host) = host();
        put(&host, "/etc/kubernetes/bootstrap-kubelet.conf", "token");
        put(&host, "/etc/kubernetes/pki/ca.crt", "ca");
        assert_eq!(standing(&host).unwrap(), Standing::JoinBegun(Begun::default()));
        kept(&host, Command::Join, "kubelet-start", false, &[]);
        let begun = Begun { phase: Some("kubelet-start".into()), control_plane: false };
        assert_eq!(standing(&host).unwrap(), Standing::JoinBegun(begun.clone()));
        put(&host, "/etc/kubernetes/kubelet.conf", ROTATED);
        assert_eq!(standing(&host).unwrap(), Standing::JoinBegun(begun), "no certificate yet");
        put(&host, KUBELET_PEM, "pem");
        assert_eq!(standing(&host).unwrap(), Standing::Worker);
    }

    #[test]
    fn a_ca_that_was_brought_along_is_no_trace_of_kubeadm() {
        let (_dir, host) = host();
        put(&host, "/etc/kubernetes/pki/ca.crt", "theirs");
        kept(&host, Command::Init, "preflight", false, &["/etc/kubernetes/pki/ca.crt"]);
        assert_eq!(standing(&host).unwrap(), Standing::Bare);
    }

    #[test]
    fn what_was_reset_by_hand_is_bare_whatever_was_kept() {
        let (_dir, host) = host();
        kept(&host, Command::Init, "addon", true, &[]);
        assert_eq!(standing(&host).unwrap(), Standing::Bare);
    }

    #[test]
    fn what_can_be_copied_from_another_host_is_no_trace_of_kubeadm() {
        let copied = [
            "/etc/kubernetes/admin.conf",
            "/etc/kubernetes/super-admin.conf",
            "/etc/kubernetes/controller-manager.conf",
            "/etc/kubernetes/pki/ca.crt",
            "/etc/kubernetes/pki/ca.key",
            "/etc/kubernetes/manifests/of-somebody.yaml",
        ];
        for joined in [false, true] {
            let (_dir, host) = host();
            if joined {
                put(&host, KUBELET_CONF, ROTATED);
                put(&host, "/var/lib/kubelet/config.yaml", "k");
                put(&host, KUBELET_PEM, "pem");
            }
            let is = if joined { Standing::Worker } else { Standing::Bare };
            for path in copied {
                put(&host, path, "server: https://192.0.2.1:6443");
                assert_eq!(standing(&host).unwrap(), is, "{path}");
            }
            if joined {
                kept(&host, Command::Join, "kubelet-start", true, &[]);
                assert_eq!(standing(&host).unwrap(), Standing::Worker, "made by `up`");
            }
        }
    }

    #[test]
    fn a_control_plane_whose_manifests_are_away_is_one() {
        let (_dir, host) = host();
        put(&host, "/etc/kubernetes/pki/apiserver.crt", "c");
        put(&host, KUBELET_CONF, ROTATED);
        assert_eq!(standing(&host).unwrap(), Standing::ControlPlane(Sure::ByItsFiles));
    }
}
