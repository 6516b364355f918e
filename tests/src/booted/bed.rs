//! What a host of the tests is given: the program, a spec, and repositories of packages signed by
//! the test's own key.

use std::io;
use std::path::{Path, PathBuf};

use super::{Booted, Kind, Said, tree};
use crate::local_repo::{Key, LocalRepo};

/// A booted host with the program under test and repositories in it.
#[derive(Debug)]
pub struct Bed {
    // They go first: they lie in the host, and what serves their keys is told to end.
    kubernetes: LocalRepo,
    crio: LocalRepo,
    system: System,
    /// The host.
    pub host: Booted,
    /// The keys its packages are signed by: of Kubernetes and of CRI-O.
    pub keys: [Key; 2],
}

/// Which system a host says it is, and with that how packages get onto it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the package managers that run here")]
pub enum System {
    /// Debian with apt, as the tree is.
    Debian,
    /// Rocky Linux with dnf 4.
    Rocky,
    /// openSUSE Leap with zypper.
    Suse,
}

impl System {
    /// Programs of this machine that its repositories are made with.
    fn builders(self) -> &'static [&'static str] {
        match self {
            Self::Debian => &["dpkg-deb", "apt-ftparchive", "gpg"],
            _ => &["rpm", "rpmbuild", "rpmsign", "createrepo_c", "gpg"],
        }
    }

    /// Makes a Debian tree say that it is this one, with places for repositories and an rpm
    /// database where those have it.
    fn dress(self, host: &Booted) {
        let (release, repositories) = match self {
            Self::Debian => return,
            Self::Rocky => (
                "NAME=\"Rocky Linux\"\nPRETTY_NAME=\"Rocky Linux 9.6 (Blue Onyx)\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n\
                 VERSION_ID=\"9.6\"\n",
                "etc/yum.repos.d",
            ),
            Self::Suse => (
                "NAME=\"openSUSE Leap\"\nPRETTY_NAME=\"openSUSE Leap 15.6\"\nID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n\
                 VERSION_ID=\"15.6\"\n",
                "etc/zypp/repos.d",
            ),
        };
        host.put("usr/lib/os-release", release);
        host.put("etc/rpm/macros", "%_dbpath /var/lib/rpm\n");
        std::fs::create_dir_all(host.root().join(repositories)).expect("a directory of the host");
        std::fs::create_dir_all(host.root().join("etc/pki/rpm-gpg")).expect("a directory of the host");
        std::fs::create_dir_all(host.root().join("etc/sysconfig")).expect("a directory of the host");
    }
}

/// A file of a package.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "what a file in a package has")]
pub struct Shipped {
    /// Its path, without the leading slash.
    pub path: String,
    /// Its content.
    pub content: Vec<u8>,
    /// Its permission bits.
    pub mode: u32,
}

impl Shipped {
    /// A file with text in it.
    #[must_use]
    pub fn text(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), content: text.into(), mode: 0o644 }
    }

    /// A shell script.
    #[must_use]
    pub fn script(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), content: format!("#!/bin/sh\n{text}").into(), mode: 0o755 }
    }

    /// A program of this machine.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn program(path: &str, from: &Path) -> io::Result<Self> {
        let content = std::fs::read(from)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", from.display())))?;
        Ok(Self { path: path.to_owned(), content, mode: 0o755 })
    }
}

/// A program of this workspace, built beside the one that runs.
///
/// # Errors
/// When it is not there.
pub fn own_program(name: &str) -> io::Result<PathBuf> {
    let mine = std::env::current_exe()?;
    let dirs = mine.ancestors().skip(1).take(2);
    let found = dirs.map(|dir| dir.join(name)).find(|path| path.is_file());
    found.ok_or_else(|| {
        io::Error::other(format!("{name} is not built: cargo build -p k8sprep -p k8sprep-tests"))
    })
}

/// The recorded answers of a real CRI-O, where they lie beside the checkout.
///
/// # Errors
/// When they do not.
pub fn recordings() -> Result<PathBuf, String> {
    let dir = crate::shared_dir().map(|shared| shared.join("conformance/crio/http"));
    dir.filter(|dir| dir.is_dir()).ok_or_else(|| "no recorded answers beside this checkout".to_owned())
}

impl Bed {
    /// A host over the tree of a kind with the program in `/opt/k8sprep`, not booted yet.
    ///
    /// # Errors
    /// Why no host can be had here: tests are skipped with this reason.
    ///
    /// # Panics
    /// When a host can be had and its things cannot be written.
    pub fn lay(kind: Kind, minor: &str) -> Result<Self, String> {
        Self::lay_as(System::Debian, kind, minor)
    }

    /// The same that says it is another system.
    ///
    /// # Errors
    /// Why no host can be had here.
    ///
    /// # Panics
    /// When a host can be had and its things cannot be written.
    pub fn lay_as(system: System, kind: Kind, minor: &str) -> Result<Self, String> {
        let missing = crate::local_repo::missing(system.builders());
        if !missing.is_empty() {
            return Err(format!("{} not installed", missing.join(", ")));
        }
        let host =
            Booted::lay(&tree(kind)?).map_err(|error| format!("no overlay can be mounted: {error}"))?;
        let program = own_program("k8sprep").map_err(|error| error.to_string())?;
        let at = host.root().join("opt/k8sprep");
        std::fs::create_dir_all(&at).expect("a directory of the host");
        std::fs::copy(program, at.join("k8sprep")).expect("the program in the host");
        system.dress(&host);
        // Only what the test brings is a source of packages.
        let _ = std::fs::remove_file(host.root().join("etc/apt/sources.list"));
        let repository = |name: &str| LocalRepo::at(host.root().join("srv").join(name).join(minor));
        let (kubernetes, crio) = (repository("kubernetes"), repository("cri-o"));
        let keys = [kubernetes.key("kubernetes", "never"), crio.key("cri-o", "never")];
        for (key, path) in keys.iter().zip(KEY_FILES) {
            host.put(path, &key.armoured);
        }
        let bed = Self { host, keys, system, kubernetes, crio };
        if system != System::Debian {
            bed.base();
        }
        Ok(bed)
    }

    /// A host of rpms has one that was there before: zypper cannot work where there is none at all.
    fn base(&self) {
        self.package("filesystem", "3.16", &[Shipped::text("usr/share/filesystem/lua", "")]);
        let file = self.kubernetes.packages("rpm").join("filesystem-3.16-1.noarch.rpm");
        let (root, file) = (self.host.root().display().to_string(), file.display().to_string());
        let words =
            ["--root", &root, "--define", "_dbpath /var/lib/rpm", "-i", "--nodeps", "--nosignature", &file];
        let output = super::program("rpm").args(words).output().expect("rpm");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Which system the host says it is.
    #[must_use]
    pub fn system(&self) -> System {
        self.system
    }

    /// Adds a package. [`publish`](Self::publish) makes it to be found.
    pub fn package(&self, name: &str, version: &str, files: &[Shipped]) {
        let (repository, signer) = self.repository(name);
        match self.system {
            System::Debian => repository.deb_of(name, version, files),
            _ => repository.rpm_of(name, version, files, Some(signer)),
        }
    }

    /// The repository a package belongs to, and who signs it.
    #[must_use]
    pub fn repository(&self, name: &str) -> (&LocalRepo, &'static str) {
        if name == "cri-o" { (&self.crio, "cri-o") } else { (&self.kubernetes, "kubernetes") }
    }

    /// What a node needs besides its own packages; the tests look for its programs, and do not run
    /// them.
    pub fn needed(&self) {
        let conntrack = if self.system == System::Debian { "conntrack" } else { "conntrack-tools" };
        if self.system == System::Rocky {
            self.package(
                "container-selinux",
                "2.240",
                &[Shipped::text("usr/share/selinux/container.pp", "")],
            );
        }
        for (name, program) in
            [(conntrack, "usr/sbin/conntrack"), ("iptables", "usr/sbin/iptables"), ("socat", "usr/bin/socat")]
        {
            self.package(name, "1.0", &[Shipped::script(program, "exit 0\n")]);
        }
    }

    /// kubelet, kubectl: their units and a program that says its version. A kubelet without its
    /// configuration ends, as the real one does until kubeadm has written it.
    pub fn kubelet_and_kubectl(&self, release: &str) {
        let version = release.trim_start_matches('v');
        let unit = "[Unit]\nDescription=kubelet: The Kubernetes Node Agent\n[Service]\nExecStart=/usr/bin/kubelet\nRestart=always\n\
                    StartLimitInterval=0\nRestartSec=10\n[Install]\nWantedBy=multi-user.target\n";
        let env = if self.system == System::Debian { "etc/default/kubelet" } else { "etc/sysconfig/kubelet" };
        let drop_in = format!(
            "[Service]\nEnvironmentFile=-/{env}\nExecStart=\nExecStart=/usr/bin/kubelet $KUBELET_EXTRA_ARGS\n"
        );
        let kubelet = format!(
            "[ \"$1\" != --version ] || {{ echo 'Kubernetes {release}'; exit; }}\n\
             [ -e /var/lib/kubelet/config.yaml ] || {{ echo 'open /var/lib/kubelet/config.yaml: no such file' >&2; exit 1; }}\n\
             exec sleep infinity\n"
        );
        self.package(
            "kubelet",
            version,
            &[
                Shipped::script("usr/bin/kubelet", &kubelet),
                Shipped::text("usr/lib/systemd/system/kubelet.service", unit),
                Shipped::text("usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf", &drop_in),
                Shipped::text(env, "KUBELET_EXTRA_ARGS=\n"),
            ],
        );
        let kubectl = "echo \"$@\" >> /var/log/kubectl.calls\n";
        self.package("kubectl", version, &[Shipped::script("usr/bin/kubectl", kubectl)]);
    }

    /// CRI-O: a daemon that answers with what a real one was recorded to, its unit and its
    /// configuration.
    ///
    /// # Errors
    /// When the recordings or the daemon are not there.
    pub fn crio(&self, version: &str) -> Result<(), String> {
        let files = self.crio_files()?;
        self.package("cri-o", version, &files);
        Ok(())
    }

    /// The files of [`crio`](Self::crio), for a package that differs.
    ///
    /// # Errors
    /// When the recordings or the daemon are not there.
    pub fn crio_files(&self) -> Result<Vec<Shipped>, String> {
        let recorded = recordings()?;
        let daemon = own_program("crio_replay").map_err(|error| error.to_string())?;
        let text = |error: io::Error| error.to_string();
        let mut files = vec![
            Shipped::program("usr/bin/crio", &daemon).map_err(text)?,
            Shipped::text("usr/lib/systemd/system/crio.service", CRIO_UNIT),
            Shipped::text("etc/crio/crio.conf.d/10-crio.conf", CRIO_CONF),
        ];
        for (folder, to) in [("systemd", "http"), ("grpc-systemd", "grpc")] {
            for entry in std::fs::read_dir(recorded.join(folder)).map_err(text)? {
                let entry = entry.map_err(text)?;
                let path = format!("usr/share/crio-replay/{to}/{}", entry.file_name().to_string_lossy());
                let content = std::fs::read(entry.path()).map_err(text)?;
                files.push(Shipped { path, content, mode: 0o644 });
            }
        }
        Ok(files)
    }

    /// Signs the repositories as they are now.
    pub fn publish(&self) {
        for (repository, signer) in [self.repository("kubelet"), self.repository("cri-o")] {
            match self.system {
                System::Debian => repository.index_debs(Some(signer)),
                _ => repository.index_rpms(Some(signer)),
            }
        }
    }

    /// Writes a spec: a control plane of `release` from the repositories of the test, and what else
    /// is given. The host stands on this machine's kernel, which may have cgroup v1: it is kept.
    pub fn spec(&self, release: &str, more: &str) {
        let text = format!(
            "kubernetesVersion: {release}\nadvertiseAddress: 192.0.2.7\nnodeName: node-1\ncgroup: keep\n\
             mirrors:\n  kubernetesPackages: file:///srv/kubernetes\n  crioPackages: file:///srv/cri-o\n{more}"
        );
        self.host.put(SPEC, text);
    }

    /// What systemd says of a unit, as `is-enabled` or `is-active`.
    ///
    /// # Panics
    /// When it cannot be asked.
    #[must_use]
    pub fn is(&self, verb: &str, unit: &str) -> String {
        self.host.run(&["systemctl", verb, unit]).expect("systemctl").out.trim().to_owned()
    }

    /// Runs the program under test in the host.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn k8sprep(&self, words: &[&str]) -> Said {
        self.host.run(&[&["/opt/k8sprep/k8sprep"], words].concat()).expect("the program in the host")
    }

    /// `k8sprep up` with this spec and the test's key.
    #[must_use]
    pub fn up(&self, more: &[&str]) -> Said {
        let mut words = vec!["up", "-f", SPEC, "--yes"];
        words.extend(self.trusting());
        words.extend(more);
        self.k8sprep(&words)
    }

    /// The flags that name the test's keys.
    #[must_use]
    pub fn trusting(&self) -> Vec<&str> {
        let keys = self.keys.iter().zip(KEY_FILES);
        keys.flat_map(|(key, path)| ["--key", path, "--pin", &key.fingerprint]).collect()
    }
}

/// Where [`Bed::spec`] writes to.
pub const SPEC: &str = "/opt/k8sprep/k8sprep.yaml";

const KEY_FILES: [&str; 2] = ["/opt/k8sprep/kubernetes.asc", "/opt/k8sprep/cri-o.asc"];

/// As CRI-O's package has it, less what only the real daemon reads.
const CRIO_UNIT: &str = "[Unit]\nDescription=Container Runtime Interface for OCI (CRI-O)\nBefore=kubelet.service\n[Service]\nType=notify\n\
    EnvironmentFile=-/etc/default/crio\nExecStart=/usr/bin/crio /var/run/crio/crio.sock /usr/share/crio-replay\n\
    Restart=on-failure\nRestartSec=10\n[Install]\nWantedBy=multi-user.target\nAlias=cri-o.service\n";
const CRIO_CONF: &str = "[crio.image]\nsignature_policy = \"/etc/crio/policy.json\"\n\n[crio.runtime]\ndefault_runtime = \"crun\"\n";
