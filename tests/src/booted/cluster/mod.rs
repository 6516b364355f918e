//! A real cluster: hosts on a network of their own, with kubeadm, kubelet and the control plane as
//! they are built from their modules by `tests/hosts/cluster`, their images and packages.

mod network;
mod node;
mod packages;
pub mod registry;

use std::io;
use std::path::{Path, PathBuf};

use super::{Kind, own_program, program, tree};
use network::{Network, REGISTRY};
pub use node::{Node, Running, Snapshot};
use packages::{Packages, real_crio};

/// Registries whose images are on the network.
const MIRRORED: [&str; 3] = ["registry.k8s.io", "docker.io", "ghcr.io"];

/// What the hosts of a cluster have in common.
#[derive(Debug)]
pub struct Site {
    /// The release of Kubernetes that its hosts begin with.
    pub release: String,
    tree: PathBuf,
    packages: Packages,
    images: Vec<String>,
    _network: Network,
}

impl Site {
    /// The network, the packages and the images of a release.
    ///
    /// # Errors
    /// Why it cannot be had here.
    pub fn make(release: &str) -> io::Result<Self> {
        Self::with_newer(release, &[])
    }

    /// The same with newer releases, which hosts can be taken to.
    ///
    /// # Errors
    /// Why it cannot be had here.
    pub fn with_newer(release: &str, newer: &[&str]) -> io::Result<Self> {
        let tree = tree(Kind::Extra).map_err(io::Error::other)?;
        let releases: Vec<String> = [&[release], newer].concat().into_iter().map(str::to_owned).collect();
        let (mut dir, mut registries, mut images) = (PathBuf::new(), Vec::new(), Vec::new());
        for release in &releases {
            dir = built(release).map_err(io::Error::other)?;
            registries.push(dir.join("registry").join(release));
            let listed = std::fs::read_to_string(dir.join("bin").join(release).join("images"))?;
            images.extend(listed.lines().map(str::to_owned));
        }
        images.extend(
            ["docker.io/library/nginx:stable", "ghcr.io/flannel-io/flannel:v0.28.4"].map(str::to_owned),
        );
        let network = Network::make(&registries)?;
        let packages = Packages::make(&dir, &releases)?;
        Ok(Self { release: release.to_owned(), tree, packages, images, _network: network })
    }

    /// A host with the program under test in `/opt/k8sprep`, not booted yet.
    ///
    /// # Errors
    /// When no overlay can be mounted.
    pub fn host(&self, name: &'static str, before: Option<&Snapshot>) -> io::Result<Node> {
        let node = Node::lay(name, &self.tree, self.packages.dir(), before)?;
        node.put("opt/k8sprep/k8sprep", std::fs::read(own_program("k8sprep")?)?);
        node.put("opt/k8sprep/flannel.yml", include_str!("../../../hosts/flannel.yml"));
        for (key, path) in self.packages.keys.iter().zip(KEY_FILES) {
            node.put(path, &key.armoured);
        }
        let at = node.root().join("opt/k8sprep/k8sprep");
        std::os::unix::fs::chown(&at, Some(0), Some(0))?;
        std::fs::set_permissions(&at, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        Ok(node)
    }

    /// Writes its spec: of a control plane, or with `join` of what joins one.
    pub fn spec(&self, node: &Node, more: &str) {
        Self::spec_of(&self.release, node, more);
    }

    /// The same of another release.
    pub fn spec_of(release: &str, node: &Node, more: &str) {
        node.put(SPEC, wanted(release) + more);
    }

    /// What every spec of this site says.
    #[must_use]
    pub fn wanted(&self) -> String {
        wanted(&self.release)
    }

    /// The words of `k8sprep up` with the spec and the test's keys.
    #[must_use]
    pub fn up<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let mut words = vec![K8SPREP, "up", "-f", SPEC, "--yes"];
        words.extend(self.trusting());
        // A kubeadm that was built with a Go of today refuses IPv4 addresses in brackets.
        words.extend(["--ignore-preflight-errors", "HTTPProxyCIDR"]);
        words.extend(more);
        words
    }

    /// The words of `k8sprep verify` with the same.
    #[must_use]
    pub fn verify(&self) -> Vec<&str> {
        [&[K8SPREP, "verify", "-f", SPEC][..], &self.trusting()].concat()
    }

    /// The words that make a bundle at `path`.
    #[must_use]
    pub fn bundle_create<'a>(&'a self, path: &'a str) -> Vec<&'a str> {
        [&[K8SPREP, "bundle", "create", "-f", SPEC, "-o", path][..], &self.trusting()].concat()
    }

    /// The words that use it.
    #[must_use]
    pub fn bundle_use<'a>(&'a self, path: &'a str) -> Vec<&'a str> {
        let pins = self.packages.keys.iter().flat_map(|key| ["--pin", &key.fingerprint]);
        [K8SPREP, "bundle", "use", path, "--yes"].into_iter().chain(pins).collect()
    }

    /// Its repositories' keys: files on every host, and fingerprints.
    #[must_use]
    pub fn trust(&self) -> ([&str; 2], Vec<&str>) {
        (KEY_FILES, self.packages.keys.iter().map(|key| &*key.fingerprint).collect())
    }

    fn trusting(&self) -> Vec<&str> {
        let keys = self.packages.keys.iter().zip(KEY_FILES);
        keys.flat_map(|(key, path)| ["--key", path, "--pin", &key.fingerprint]).collect()
    }

    /// Gives a host containerd's own configuration, as somebody who runs nodes with it has it: no CRI-O
    /// is told of in it.
    ///
    /// # Errors
    /// Where the pause image of the release is not known.
    pub fn containerd(&self, node: &Node) -> io::Result<()> {
        for (path, text) in
            packages::containerd(&built(&self.release).map_err(io::Error::other)?, &self.release)?
        {
            node.put(&path, text);
        }
        Ok(())
    }

    /// Brings the images onto a host whose runtime works, so that no trial waits for them. Into a
    /// real CRI-O kubeadm brings its own; the two others are small, and the kubelet's to bring.
    ///
    /// # Errors
    /// What the runtime says.
    pub fn pull(&self, node: &Node) -> io::Result<()> {
        if real_crio().is_some() {
            let release = ["--kubernetes-version", &self.release];
            let socket = ["--cri-socket", "unix:///var/run/crio/crio.sock"];
            let words = [&["kubeadm", "config", "images", "pull"], &release[..], &socket[..]].concat();
            return node.ask(&words).map(drop);
        }
        for image in &self.images {
            let hosts = ["--hosts-dir", "/usr/share/crio/certs.d", image];
            node.ask(
                &[&["ctr", "-a", "/run/crio/containerd.sock", "-n", "k8s.io", "images", "pull"], &hosts[..]]
                    .concat(),
            )?;
        }
        Ok(())
    }
}

fn wanted(release: &str) -> String {
    format!(
        "kubernetesVersion: {release}\nmirrors:\n  kubernetesPackages: file:///srv/kubernetes\n  \
         crioPackages: file:///srv/cri-o\nnetworking:\n  podSubnet: 10.244.0.0/16\n"
    )
}

/// A program that runs here, on the network of the hosts.
#[must_use]
pub fn from_outside(name: impl AsRef<std::ffi::OsStr>) -> std::process::Command {
    let mut command = program("nsenter");
    command.arg(format!("--net=/run/netns/{}", network::NAME)).arg(name);
    command
}

/// The program under test, on its hosts.
pub const K8SPREP: &str = "/opt/k8sprep/k8sprep";
const SPEC: &str = "/opt/k8sprep/k8sprep.yaml";
const KEY_FILES: [&str; 2] = ["/opt/k8sprep/kubernetes.asc", "/opt/k8sprep/cri-o.asc"];

/// What `tests/hosts/cluster` built of a release.
///
/// # Errors
/// Why it is not there.
pub fn built(release: &str) -> Result<PathBuf, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("hosts/cluster");
    let output = program(&script).args(["look", release]).output().map_err(|error| error.to_string())?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(said(&output.stdout).into()) } else { Err(said(&output.stderr)) }
}
