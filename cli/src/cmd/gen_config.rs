//! `k8sprep gen-config`.
//!
//! Flags, `--from` and `--set` -> [`Asked`] -> defaulted for this host or for the facts that were
//! given -> valid -> YAML on stdout or a file of mode 0600. The library does all of it
//! (`kubeadm_config`); here flags become specs. What kubeadm would refuse is an error, with every
//! problem.

mod flags;
mod mode;
mod said;

use std::path::{Path, PathBuf};

use host_prep::fs::{self, Mode as FileMode};
use kubeadm_config::{
    ApiVersion, Asked, CaPin, Circumstances, FieldAssignment, FieldPath, HostFacts, KubeadmRelease,
    KubernetesVersion, Report, Support, Valid,
};

use self::mode::{Given, Mode};
use crate::cmd::Run;
use crate::cmd::join_command::pins_of;
use crate::cmd::shared::kubeadm::{Said, Source, read};
use crate::cmd::shared::output_file::{generated, output_file};
use crate::failure::Failure;
use crate::masked::Secrets;
use crate::surroundings;
use crate::ui::{Format, Ui};

/// CRI-O's socket since 1.9.
const CRIO_SOCKET: &str = "/var/run/crio/crio.sock";

/// The flags of `gen-config`, with which of them were given.
#[derive(Debug)]
pub(crate) struct GenConfig {
    flags: Flags,
    given: Vec<Given>,
}

#[derive(clap::Args, Debug)]
struct Flags {
    /// The Kubernetes version, which is also the kubeadm that will read the documents [default:
    /// that of the file, else the newest known minor]
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<KubernetesVersion>,
    /// The API version of the documents [default: what that kubeadm writes]
    #[arg(long, value_name = "VERSION")]
    api_version: Option<ApiVersion>,
    /// Accept an API version that the release calls experimental
    #[arg(long)]
    allow_experimental_api: bool,
    /// Print a JoinConfiguration
    #[arg(long, group = "command")]
    join: bool,
    /// Print a ResetConfiguration
    #[arg(long, group = "command")]
    reset: bool,
    /// Print an UpgradeConfiguration
    #[arg(long, group = "command")]
    upgrade: bool,
    /// Start from the documents of this file, in whatever API version they are; `-` reads stdin
    #[arg(short = 'f', long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Leave out what the API version cannot hold, saying what it was
    #[arg(long)]
    lossy: bool,
    /// Take a field of the file out; may be given several times
    #[arg(long = "unset", value_name = "[KIND.]PATH")]
    unset: Vec<FieldPath>,
    /// Set a field by its path, last of all; may be given several times
    #[arg(long = "set", value_name = "[KIND.]PATH=VALUE")]
    set: Vec<FieldAssignment>,
    #[command(flatten, next_help_heading = "Node and command")]
    shared: flags::Shared,
    #[command(flatten, next_help_heading = "Cluster")]
    cluster: flags::Cluster,
    #[command(flatten, next_help_heading = "Join")]
    joining: flags::Join,
    #[command(flatten, next_help_heading = "Reset")]
    resetting: flags::Reset,
    #[command(flatten, next_help_heading = "Upgrade")]
    upgrading: flags::Upgrade,
    #[command(flatten, next_help_heading = "Output")]
    output: Output,
}

#[derive(clap::Args, Debug)]
struct Output {
    /// Write to this file (mode 0600: it holds the token) instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Overwrite the file
    #[arg(long, requires = "output_file")]
    force: bool,
    /// How to print what was made
    #[arg(long = "output", value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

impl clap::Args for GenConfig {
    fn augment_args(command: clap::Command) -> clap::Command {
        Flags::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Flags::augment_args_for_update(command)
    }
}

impl clap::FromArgMatches for GenConfig {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self { flags: Flags::from_arg_matches(matches)?, given: given(matches) })
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The flags on the command line that are for documents, by their groups.
fn given(matches: &clap::ArgMatches) -> Vec<Given> {
    let of = |group: &'static str| {
        let ids = matches.get_many::<clap::Id>(group).into_iter().flatten();
        ids.map(move |id| Given { id: id.to_string(), group }).collect::<Vec<_>>()
    };
    ["Shared", "Cluster", "Join", "Reset", "Upgrade"].into_iter().flat_map(of).collect()
}

/// How a flag is written. The tree is built once more for it, which only a command line that is
/// wrong has to wait for.
fn written(id: &str) -> String {
    let command = <Flags as clap::Args>::augment_args(clap::Command::new("gen-config"));
    let long = command.get_arguments().find(|argument| argument.get_id() == id).and_then(clap::Arg::get_long);
    format!("--{}", long.unwrap_or(id))
}

impl Run for GenConfig {
    const NAME: &'static str = "gen-config";
    const ABOUT: &'static str = "Print the kubeadm documents of init, join, reset or upgrade for CRI-O";
    const EXAMPLES: &'static str = "
  k8sprep gen-config --kubernetes-version v1.34.0 --pod-subnet 10.244.0.0/16 -o kubeadm.yaml
  k8sprep gen-config --control-plane-endpoint lb.example.com --cgroup-driver systemd
  k8sprep gen-config --kubernetes-version v1.15.1 --mirror aliyun \\
      --advertise-address 192.168.128.165
  k8sprep gen-config --extra-arg apiserver.audit-log-path=/var/log/audit \\
      --extra-volume apiserver.audit=/var/log:/var/log
  k8sprep gen-config --etcd-endpoint https://192.0.2.5:2379 --etcd-ca-file /etc/etcd/ca.crt \\
      --etcd-cert-file /etc/etcd/client.crt --etcd-key-file /etc/etcd/client.key
  k8sprep gen-config --join --token abcdef.0123456789abcdef --endpoint lb.example.com:6443 \\
      --ca ./ca.crt --control-plane
  k8sprep gen-config --reset --yes --kubernetes-version v1.34.0
  k8sprep gen-config --upgrade --kubernetes-version v1.34.0 --certificate-renewal false
  k8sprep gen-config --from old.yaml --kubernetes-version v1.34.0 \\
      --set networking.podSubnet=10.244.0.0/16
  k8sprep gen-config --set 'apiServer.certSANs[]=api.example.com' \\
      --set KubeletConfiguration.maxPods=200";
    const NOTES: &'static str = "
Without --join, --reset or --upgrade the documents are those of `kubeadm init`, or those of the file given with --from.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let Made { valid, asks_host, source } = self.valid(ui)?;
        let release = valid.release();
        if release.support(valid.version()) == Support::Deprecated {
            ui.warn(
                kubeadm_config::Code::KubeadmWarning.as_str(),
                format_args!(
                    "kubeadm {} reads {} but warns that it is deprecated; it writes {}",
                    release.minor(),
                    valid.version(),
                    release.writes(),
                ),
            );
        }
        let yaml = valid.to_yaml().map_err(|error| Failure::from_error(&error))?;
        let mut circumstances = Circumstances::default();
        if asks_host {
            circumstances.host_networks = surroundings::networks();
        }
        said::of_result(&yaml, &valid, &circumstances, ui)?;
        for text in valid.left_out() {
            ui.warn(crate::Code::FieldsNotHeld.as_str(), format_args!("left out: {text}"));
        }
        for warning in valid.warnings() {
            ui.warn(kubeadm_config::Code::KubeadmWarning.as_str(), warning);
        }
        let output = &self.flags.output;
        let file = output_file(output.output_file.as_ref());
        if let Some(file) = file {
            write(file, yaml.as_bytes(), output.force)?;
        }
        generated(&yaml, file, Some((valid.release(), source)), output.format, ui)
    }
}

/// The documents.
struct Made {
    valid: Valid,
    /// Whether they go by the addresses of this host.
    asks_host: bool,
    /// Who named the release.
    source: Source,
}

impl GenConfig {
    fn valid(&self, ui: &mut Ui) -> Result<Made, Failure> {
        let flags = &self.flags;
        let file = flags.from.as_deref().map(|file| Ok::<_, Failure>((file, read(file)?))).transpose()?;
        let (version, source) = self.version(file.as_ref().map(|(_, bytes)| bytes.as_slice()), ui);
        let release = KubeadmRelease::nearest(&version).map_err(|error| Failure::from_error(&error))?;
        if version.minor() > release.minor() {
            ui.warn(
                kubeadm_config::Code::ReleaseUnknown.as_str(),
                format_args!(
                    "kubeadm {version} is newer than what is known here: these are documents of {}",
                    release.minor()
                ),
            );
        }
        let secrets = file.as_ref().map(|(_, bytes)| Secrets::of(bytes)).unwrap_or_default();
        let secrets = secrets.and_of(&flags.set);
        let mut asked = Asked::new(release);
        if let Some(version) = flags.api_version {
            asked = asked.in_version(version);
        }
        if flags.allow_experimental_api {
            asked = asked.allowing_experimental();
        }
        if flags.lossy {
            asked = asked.leaving_out_losses();
        }
        if let Some((name, bytes)) = &file {
            asked.read(bytes).map_err(|report| said::of_file(name, bytes, &report, &secrets))?;
        }
        flags.unset.iter().for_each(|path| asked.unset(path));
        let modes = self.modes(&asked, file.as_ref().map(|(_, bytes)| bytes.as_slice()))?;
        mode::check(&self.given, &modes, written)?;
        self.ask(&mut asked, &modes, version)?;
        flags.set.iter().for_each(|assignment| asked.set(assignment.clone()));
        crio_by_default(&mut asked);
        let facts = self.facts(&asked, ui)?;
        let asks_host = facts.ipv4_route_address.is_some() || facts.ipv6_route_address.is_some();
        let wrong = |report: Report| match &file {
            Some((name, bytes)) => said::of_file(name, bytes, &report, &secrets),
            None => said::refused(&report, &secrets),
        };
        Ok(Made { valid: asked.defaulted(&facts).validate().map_err(wrong)?, asks_host, source })
    }

    /// The version asked for, else that of the file, else the newest known.
    fn version(&self, file: Option<&[u8]>, ui: &mut Ui) -> (KubernetesVersion, Source) {
        if let Some(version) = &self.flags.kubernetes_version {
            return (version.clone(), Source::Flag);
        }
        if let Some(version) = file.and_then(|file| Said::in_file(file).kubernetes_version) {
            return (version, Source::File);
        }
        let newest = KubernetesVersion::new(1, *KubeadmRelease::MINORS.end(), 0);
        ui.note(format_args!("no --kubernetes-version given: taking {newest}, the newest minor known here"));
        (newest, Source::Newest)
    }

    /// Whose documents are asked for: by a flag, else by the file, else those of `kubeadm init`.
    fn modes(&self, asked: &Asked, bytes: Option<&[u8]>) -> Result<Vec<Mode>, Failure> {
        let Flags { join, reset, upgrade, .. } = self.flags;
        let by_flag = [(join, Mode::Join), (reset, Mode::Reset), (upgrade, Mode::Upgrade)];
        if let Some((_, mode)) = by_flag.into_iter().find(|(given, _)| *given) {
            return Ok(vec![mode]);
        }
        let kinds: Vec<_> = asked.kinds().collect();
        match (Mode::of_kinds(&kinds), &self.flags.from) {
            (modes, _) if !modes.is_empty() => Ok(modes),
            (_, Some(file)) if kinds.is_empty() => Err(said::nothing(file, bytes.unwrap_or_default())),
            _ => Ok(vec![Mode::Init]),
        }
    }

    /// Documents in the order in which kubeadm reads them.
    fn ask(&self, asked: &mut Asked, modes: &[Mode], version: KubernetesVersion) -> Result<(), Failure> {
        let Flags { shared, cluster, joining, resetting, upgrading, .. } = &self.flags;
        for mode in modes {
            match mode {
                Mode::Init => asked.cluster(&cluster.spec(shared, version.clone())),
                Mode::Join => asked.join(&joining.spec(shared, self.pins()?)),
                Mode::Reset => asked.reset(&resetting.spec(shared)),
                Mode::Upgrade => {
                    let given = self.flags.kubernetes_version.clone();
                    asked.upgrade(&upgrading.spec(shared, given));
                }
            }
        }
        Ok(())
    }

    /// Those of the flags and those of the CA file.
    fn pins(&self) -> Result<Vec<CaPin>, Failure> {
        let mut pins = self.flags.joining.pins.clone();
        if let Some(file) = &self.flags.joining.ca {
            pins.extend(pins_of(file)?);
        }
        Ok(pins)
    }

    /// What the documents leave to the host.
    fn facts(&self, asked: &Asked, ui: &mut Ui) -> Result<HostFacts, Failure> {
        let mut facts = HostFacts::default();
        facts.host_name = surroundings::host_name();
        let open = |kind: &str, part: &str, path: &str| {
            asked.kinds().any(|known| known == kind)
                && (part.is_empty() || asked.says(kind, part))
                && !asked.says(kind, path)
        };
        let join = "JoinConfiguration";
        if open("InitConfiguration", "", "localAPIEndpoint.advertiseAddress")
            || open(join, "controlPlane", "controlPlane.localAPIEndpoint.advertiseAddress")
        {
            surroundings::add_addresses(&mut facts)?;
        }
        for _ in 0..asked.tokens_to_make_up() {
            facts.random_tokens.push(surroundings::random_token()?);
        }
        if let Some(file) = asked.text(join, "discovery.file.kubeConfigPath") {
            let path = file.trim_start_matches("file://");
            if !file.starts_with("https:") && !Path::new(path).exists() {
                ui.warn(
                    host_prep::Code::FileMissing.as_str(),
                    format_args!("{path} is not on this host; kubeadm join refuses to start without it"),
                );
            }
            facts.existing_files.push(path.to_owned());
        }
        Ok(facts)
    }
}

/// The runtime is CRI-O where nothing else is said.
fn crio_by_default(asked: &mut Asked) {
    let kinds: Vec<_> = asked.kinds().collect();
    for (kind, path) in [
        ("InitConfiguration", "nodeRegistration.criSocket"),
        ("JoinConfiguration", "nodeRegistration.criSocket"),
        ("ResetConfiguration", "criSocket"),
    ] {
        if kinds.contains(&kind) && !asked.says(kind, path) {
            asked.socket(kind, CRIO_SOCKET);
        }
    }
}

/// A file that is there is only overwritten with `--force`.
fn write(file: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    let written = match fs::write_new(file, bytes, FileMode::PRIVATE) {
        Err(host_prep::Error::Exists { .. }) if force => fs::replace(file, bytes),
        written => written,
    };
    written.map_err(|error| {
        let failure = Failure::from_error(&error);
        match error {
            host_prep::Error::Exists { .. } => failure.hint("give --force to overwrite it"),
            _ => failure,
        }
    })
}
