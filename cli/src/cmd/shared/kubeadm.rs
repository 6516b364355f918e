//! What the commands about kubeadm's documents share: whom to imitate, on what host, over which
//! file.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::builder::{OsStringValueParser, TypedValueParser};
use host_prep::facts::{Family, default_address, loopback_address};
use kubeadm_config::like_kubeadm::{Answer, NoFile, Options};
use kubeadm_config::{ApiVersion, HostFacts, KubeadmRelease, KubernetesVersion, Support, yaml};

use crate::failure::{Exit, Failure};
use crate::input;
use crate::masked::Secrets;
use crate::surroundings;
use crate::ui::Ui;

/// More than any reader of kubeadm documents takes; the crate has its own limit below it.
pub(crate) const MOST_BYTES: u64 = 64 << 20;
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
    /// The kubeadm release to go by [default: the kubernetesVersion in the file, else the newest
    /// minor known]
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
    /// The release to imitate: the one asked for, else the one the documents are for, else the
    /// newest known.
    pub(crate) fn release(&self, said: &Said) -> Result<KubeadmRelease, Failure> {
        match &self.kubernetes_version {
            Some(version) => KubeadmRelease::of(version).map_err(|error| Failure::from_error(&error)),
            None => said.release(),
        }
    }

    /// The release to check a file by on whatever host, with where that was read. `beside` is what
    /// the other files of the command line are for.
    pub(crate) fn anywhere(
        &self,
        file: &[u8],
        beside: Option<&KubernetesVersion>,
    ) -> Result<(Options, Source), Failure> {
        self.of_said(&Said::in_file(file), beside)
    }

    /// For a file that is for whatever host.
    fn of_said(&self, said: &Said, beside: Option<&KubernetesVersion>) -> Result<(Options, Source), Failure> {
        let (release, source) = self.release_of(said, beside)?;
        let mut options = Options::new(release, self.node.plain_facts(said)?);
        options.allow_experimental_api = self.allow_experimental_api;
        Ok((options, source))
    }

    /// A flag wins over the file, the file over one beside it.
    fn release_of(
        &self,
        said: &Said,
        beside: Option<&KubernetesVersion>,
    ) -> Result<(KubeadmRelease, Source), Failure> {
        if self.kubernetes_version.is_some() {
            return Ok((self.release(said)?, Source::Flag));
        }
        said.judged_by(beside)
    }

    /// The release that was named, else the newest known, whatever a file says.
    pub(crate) fn newest_or_named(&self) -> Result<(KubeadmRelease, Source), Failure> {
        self.release_of(&Said::default(), None)
    }

    /// The release on this host, as far as `file` asks about it.
    pub(crate) fn options(&self, file: &[u8]) -> Result<Options, Failure> {
        let said = Said::in_file(file);
        let mut options = Options::new(self.release(&said)?, self.node.facts(&said)?);
        options.allow_experimental_api = self.allow_experimental_api;
        Ok(options)
    }
}

/// Deprecated and experimental versions too.
pub(crate) fn reads(release: &KubeadmRelease, api: ApiVersion) -> bool {
    matches!(release.support(api), Support::Read | Support::Deprecated | Support::Experimental)
}

/// Where it was read which release a file is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Flag,
    File,
    Beside,
    Api,
    Newest,
}

impl Source {
    /// For programs.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::File => "file",
            Self::Beside => "other-files",
            Self::Api => "api-version",
            Self::Newest => "newest-known",
        }
    }

    /// Why it was assumed, where nobody named it.
    pub(crate) const fn assumed(self) -> Option<&'static str> {
        match self {
            Self::Flag | Self::File => None,
            Self::Beside => Some("assumed from the other files given"),
            Self::Api => Some("assumed from the file's API version, as the newest that reads it"),
            Self::Newest => Some("assumed as the newest known; give --kubernetes-version to name another"),
        }
    }
}

impl Node {
    /// A host that has nothing out of the ordinary, so that a file is judged the same everywhere.
    fn plain_facts(&self, said: &Said) -> Result<HostFacts, Failure> {
        let mut facts = HostFacts::default();
        facts.host_name = self.node_name.clone().unwrap_or_else(|| "node".to_owned());
        // Addresses that are for documentation (RFC 5737, RFC 3849) and stand in no file of a cluster.
        facts.ipv4_route_address = Some([192, 0, 2, 10].into());
        facts.ipv6_route_address = Some([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x10].into());
        facts.loopback_address = facts.ipv4_route_address.map(Into::into);
        facts.addresses_stand_in = true;
        facts.random_tokens = vec![surroundings::random_token()?];
        facts.existing_files =
            said.kube_configs.iter().map(|path| path.trim_start_matches("file://").to_owned()).collect();
        Ok(facts)
    }

    /// What this host says, as far as a file asks about it.
    pub(crate) fn facts(&self, said: &Said) -> Result<HostFacts, Failure> {
        let mut facts = HostFacts::default();
        facts.host_name = self.node_name.clone().unwrap_or_else(surroundings::host_name);
        // Without a default route kubeadm goes on, with a warning of its own.
        let _ = surroundings::add_addresses(&mut facts);
        said.add_addresses_asked_for(&mut facts);
        let is_there = |path: &&str| Path::new(path).exists();
        facts.cri_sockets =
            KNOWN_SOCKETS.iter().filter(|path| is_there(path)).map(ToString::to_string).collect();
        facts.systemd_resolved = is_there(&"/run/systemd/resolve/resolv.conf");
        facts.random_tokens = vec![surroundings::random_token()?];
        let paths = said.kube_configs.iter().map(|path| path.trim_start_matches("file://"));
        facts.existing_files = paths.filter(is_there).map(str::to_owned).collect();
        Ok(facts)
    }
}

/// How to judge a file on no host in particular, by the release that it is for.
pub(crate) fn judged_anywhere(file: &[u8]) -> Result<Options, Failure> {
    let plain =
        Imitated { kubernetes_version: None, allow_experimental_api: true, node: Node { node_name: None } };
    let mut said = Said::in_file(file);
    // What stands in a file of an older API is judged by a release that reads it.
    let release = plain.release_of(&said, None)?.0;
    if !said.api_versions.iter().all(|api| reads(&release, *api)) {
        said.kubernetes_version = None;
    }
    let (options, _) = plain.of_said(&said, None)?;
    Ok(options)
}

/// The same by the version that is named, where one is, with where it was read.
pub(crate) fn judged_by(
    file: &[u8],
    version: Option<&KubernetesVersion>,
) -> Result<(Options, Source), Failure> {
    let kubernetes_version = version.cloned();
    let plain =
        Imitated { kubernetes_version, allow_experimental_api: false, node: Node { node_name: None } };
    plain.anywhere(file, None)
}

/// What has to be known of a file before it is read as some release does.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The Kubernetes version that its documents are for, if they name one.
    pub(crate) kubernetes_version: Option<KubernetesVersion>,
    /// The API versions of its kubeadm documents.
    api_versions: Vec<ApiVersion>,
    kube_configs: Vec<String>,
    /// The addresses that API servers are to announce.
    advertised: Vec<IpAddr>,
}

impl Said {
    /// The same whatever the release; what cannot be read is left out.
    pub(crate) fn in_file(file: &[u8]) -> Self {
        let mut said = Self::default();
        for document in yaml::split(file, &yaml::SplitRules::default()).unwrap_or_default() {
            let Ok(read) = yaml::read(&document.text, document.base()) else { continue };
            let text = |path: &[&str]| {
                path.iter().try_fold(&read.root, |node, key| node.get(key)).and_then(yaml::Node::as_str)
            };
            let version =
                text(&["kubernetesVersion"]).and_then(|text| text.parse().ok().or_else(|| of_label(text)));
            said.kubernetes_version = said.kubernetes_version.or(version);
            let api = text(&["apiVersion"]).and_then(|text| text.strip_prefix("kubeadm.k8s.io/"));
            said.api_versions.extend(api.and_then(|name| name.parse::<ApiVersion>().ok()));
            said.kube_configs.extend(text(&["discovery", "file", "kubeConfigPath"]).map(str::to_owned));
            let addresses = [
                &["localAPIEndpoint", "advertiseAddress"][..],
                &["controlPlane", "localAPIEndpoint", "advertiseAddress"],
            ];
            said.advertised.extend(
                addresses.into_iter().filter_map(text).filter_map(|text| text.parse::<IpAddr>().ok()),
            );
        }
        said
    }

    /// What only a file that asks for `::` or for a loopback address needs of the host.
    fn add_addresses_asked_for(&self, facts: &mut HostFacts) {
        if self.advertised.iter().any(IpAddr::is_ipv6)
            && let Ok(IpAddr::V6(address)) = default_address(Family::V6)
        {
            facts.ipv6_route_address = Some(address);
        }
        if self.advertised.iter().any(IpAddr::is_loopback) {
            facts.loopback_address = loopback_address().ok();
        }
    }

    /// The release that the documents are for, with where that was read. `beside` is what other
    /// files are for.
    pub(crate) fn judged_by(
        &self,
        beside: Option<&KubernetesVersion>,
    ) -> Result<(KubeadmRelease, Source), Failure> {
        let known = |version: &KubernetesVersion| KubeadmRelease::of(version).ok();
        if let Some(release) = self.kubernetes_version.as_ref().and_then(known) {
            return Ok((release, Source::File));
        }
        if let Some(release) = beside.and_then(known) {
            return Ok((release, Source::Beside));
        }
        let newest = self.release()?;
        // A file in an API that the newest kubeadm no longer reads is for the newest one that does.
        let reads_all = |release: &KubeadmRelease| self.api_versions.iter().all(|api| reads(release, *api));
        if reads_all(&newest) {
            return Ok((newest, Source::Newest));
        }
        let minors = KubeadmRelease::MINORS.rev().map(|minor| KubernetesVersion::new(1, minor, 0));
        match minors.filter_map(|version| known(&version)).find(reads_all) {
            Some(release) => Ok((release, Source::Api)),
            None => Ok((newest, Source::Newest)),
        }
    }

    /// The release that the documents are for, else the newest known.
    pub(crate) fn release(&self) -> Result<KubeadmRelease, Failure> {
        let newest = KubernetesVersion::new(1, *KubeadmRelease::MINORS.end(), 0);
        let named = self.kubernetes_version.as_ref().and_then(|version| KubeadmRelease::of(version).ok());
        named.map_or_else(|| KubeadmRelease::of(&newest), Ok).map_err(|error| Failure::from_error(&error))
    }
}

/// The first of the minor that a label stays within: `stable-1.34`, `ci/latest-1.34`
/// (`KubernetesReleaseVersion`, util/version.go).
fn of_label(text: &str) -> Option<KubernetesVersion> {
    let label = text.rsplit('/').next()?;
    let minor = ["stable-1.", "latest-1."].iter().find_map(|start| label.strip_prefix(start))?;
    Some(KubernetesVersion::new(1, minor.parse().ok()?, 0))
}

/// The bytes of a file, `-` for stdin.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    input::read(file, MOST_BYTES).map_err(|error| Failure::cannot_read(&input::shown(file), error))
}

/// A file of documents on the command line; an empty name is left to whoever reads it, as kubeadm
/// does.
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
        ui.quote(stderr.trim_end_matches('\n'));
    }
    if answer.exit == 0 { Ok(()) } else { Err(Failure::silent(Exit::Of(answer.exit))) }
}

/// Prints a result of ours that kubeadm's library made: warnings for people, and its error as ours,
/// without the secrets in what it was made of.
pub(crate) fn result(answer: Answer, secrets: &Secrets, ui: &mut Ui) -> Result<String, Failure> {
    for warning in &answer.warnings {
        ui.warn(kubeadm_config::Code::KubeadmWarning.as_str(), secrets.hide(warning.text()));
    }
    if answer.exit == 0 {
        return Ok(answer.stdout);
    }
    let text = answer.error.lines().take_while(|line| !line.starts_with("To see the stack trace"));
    // kubeadm quotes values as Go does: a line end is one of its own.
    let text = text.map(|line| secrets.hide(line.strip_prefix("error: ").unwrap_or(line)));
    Err(Failure::lines(Exit::Failed, crate::Code::KubeadmConfigInvalid.as_str(), text))
}
