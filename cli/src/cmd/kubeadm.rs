//! What the commands about kubeadm's documents share: whom to imitate, on what host, over which file.

use std::path::{Path, PathBuf};

use clap::builder::{OsStringValueParser, TypedValueParser};
use kubeadm_config::like_kubeadm::{Answer, NoFile, Options};
use kubeadm_config::{HostFacts, KubeadmRelease, KubernetesVersion, yaml};

use crate::failure::{Exit, Failure};
use crate::input;
use crate::surroundings;
use crate::ui::Ui;

/// More than any reader of kubeadm documents takes; the crate has its own limit below it.
const MOST_BYTES: u64 = 64 << 20;
/// The sockets that any kubeadm looks for.
const KNOWN_SOCKETS: [&str; 4] = [
    "/var/run/docker.sock",
    "/var/run/containerd/containerd.sock",
    "/var/run/crio/crio.sock",
    "/var/run/cri-dockerd.sock",
];

/// Flags of every command that imitates a kubeadm release.
#[derive(clap::Args, Debug)]
pub(crate) struct Imitated {
    /// The kubeadm release to go by [default: the kubernetesVersion in the file, else the newest minor known]
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<KubernetesVersion>,
    /// Accept API versions that the release calls experimental
    #[arg(long)]
    allow_experimental_api: bool,
    #[command(flatten)]
    node: Node,
}

/// What a document may leave to the host.
#[derive(clap::Args, Debug)]
pub(crate) struct Node {
    /// The node's name, where the file gives none [default: the host's name]
    #[arg(long, value_name = "NAME")]
    node_name: Option<String>,
}

impl Imitated {
    /// The release to imitate: the one asked for, else the one the documents are for, else the newest known.
    pub(crate) fn release(&self, file: &[u8]) -> Result<KubeadmRelease, Failure> {
        match &self.kubernetes_version {
            Some(version) => KubeadmRelease::of(version).map_err(|error| Failure::from_error(&error)),
            None => release_of_file(file),
        }
    }

    /// The release on this host, as far as `file` asks about it.
    pub(crate) fn options(&self, file: &[u8]) -> Result<Options, Failure> {
        let mut options = Options::new(self.release(file)?, self.node.facts(file)?);
        options.allow_experimental_api = self.allow_experimental_api;
        Ok(options)
    }
}

/// The release that the documents are for, else the newest known.
pub(crate) fn release_of_file(file: &[u8]) -> Result<KubeadmRelease, Failure> {
    let newest = KubernetesVersion::new(1, *KubeadmRelease::MINORS.end(), 0);
    let of_file = version_in(file).and_then(|version| KubeadmRelease::of(&version).ok());
    of_file.map_or_else(|| KubeadmRelease::of(&newest), Ok).map_err(|error| Failure::from_error(&error))
}

impl Node {
    /// What this host says, as far as `file` asks about it.
    pub(crate) fn facts(&self, file: &[u8]) -> Result<HostFacts, Failure> {
        let mut facts = HostFacts::default();
        facts.host_name = self.node_name.clone().unwrap_or_else(surroundings::host_name);
        // Without a default route kubeadm goes on, with a warning of its own.
        let _ = surroundings::add_addresses(&mut facts);
        let is_there = |path: &&str| Path::new(path).exists();
        facts.cri_sockets =
            KNOWN_SOCKETS.iter().filter(|path| is_there(path)).map(ToString::to_string).collect();
        facts.systemd_resolved = is_there(&"/run/systemd/resolve/resolv.conf");
        facts.random_tokens = vec![surroundings::random_token()?];
        facts.existing_files = texts(file, &["discovery", "file", "kubeConfigPath"]);
        facts
            .existing_files
            .iter_mut()
            .for_each(|path| *path = path.trim_start_matches("file://").to_owned());
        facts.existing_files.retain(|path| is_there(&path.as_str()));
        Ok(facts)
    }
}

/// The Kubernetes version that a file's documents are for, if they name one.
pub(crate) fn version_in(file: &[u8]) -> Option<KubernetesVersion> {
    texts(file, &["kubernetesVersion"]).iter().find_map(|text| text.parse().ok())
}

/// The texts that the file's documents have at a path.
fn texts(file: &[u8], path: &[&str]) -> Vec<String> {
    let documents = yaml::split(file, &yaml::SplitRules::default()).unwrap_or_default();
    let read = documents.iter().filter_map(|document| yaml::read(&document.text, document.base()).ok());
    let at = |document: yaml::Document| {
        let node = path.iter().try_fold(&document.root, |node, key| node.get(key))?;
        node.as_str().map(str::to_owned)
    };
    read.filter_map(at).collect()
}

/// The bytes of a file, `-` for stdin.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    input::read(file, MOST_BYTES).map_err(|error| {
        Failure::new(Exit::Failed, format_args!("cannot read {}: {error}", input::shown(file)))
    })
}

/// A file of documents on the command line; an empty name is left to whoever reads it, as kubeadm does.
pub(crate) fn file_name() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// What kubeadm's command answers about the bytes of a file, or without them.
pub(crate) fn asked_of_file(
    file: Option<&Path>,
    without: impl FnOnce(&NoFile<'_>) -> Result<Answer, Failure>,
    answer: impl FnOnce(&[u8]) -> Result<Answer, Failure>,
) -> Result<Answer, Failure> {
    let Some(file) = file.filter(|file| !file.as_os_str().is_empty()) else {
        return without(&NoFile::NotNamed);
    };
    let path = &file.display().to_string();
    let opened = match input::open(file) {
        Ok(opened) => opened,
        Err(error) => return without(&NoFile::NotOpened { path, error: &error }),
    };
    match input::read_opened(opened, MOST_BYTES) {
        Ok(bytes) => answer(&bytes),
        Err(error) => without(&NoFile::NotRead { path, error: &error }),
    }
}

/// Prints what kubeadm would and ends as it would.
pub(crate) fn print(answer: &Answer, ui: &mut Ui) -> Result<(), Failure> {
    ui.text(&answer.stdout)?;
    let stderr = answer.stderr();
    if !stderr.is_empty() {
        ui.note(stderr.trim_end_matches('\n'));
    }
    if answer.exit == 0 { Ok(()) } else { Err(Failure::silent(Exit::Of(answer.exit))) }
}

/// Prints a result of ours that kubeadm's library made: warnings for people, and its error as ours.
pub(crate) fn result(answer: Answer, ui: &mut Ui) -> Result<String, Failure> {
    for warning in &answer.warnings {
        ui.warn(warning.text());
    }
    if answer.exit == 0 {
        return Ok(answer.stdout);
    }
    let text = answer.error.lines().take_while(|line| !line.starts_with("To see the stack trace"));
    let text = text.collect::<Vec<_>>().join("\n");
    Err(Failure::new(Exit::Failed, text.strip_prefix("error: ").unwrap_or(&text)))
}
