//! `k8sprep gen`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use host_prep::bundle::Sha256Sum;
use host_prep::fs::{self, Mode};
use kubeadm_config::BootstrapToken;

use crate::cmd::Run;
use crate::cmd::shared::output_file::{generated, output_file};
use crate::cmd::shared::spec_text::spec_of;
use crate::failure::{Exit, Failure};
use crate::first_boot::{Download, FirstBoot, Target};
use crate::input;
use crate::recipe::{NodeSpec, agree};
use crate::ui::{Format, Ui};

/// The most bytes a spec may have.
const LARGEST_SPEC: u64 = 1 << 20;
/// A token has 23.
const LARGEST_TOKEN: u64 = 1 << 10;

/// The flags of `gen`.
#[derive(clap::Args, Debug)]
pub(crate) struct Gen {
    /// What is written
    #[arg(value_enum)]
    target: Wanted,
    /// What the node shall be, `-` for stdin
    #[arg(short = 'f', long, value_name = "FILE", default_value = "k8sprep.yaml")]
    spec: PathBuf,
    /// Where the token is: `file:PATH`, `env:NAME`, or `placeholder` for ${K8SPREP_TOKEN}, which is
    /// filled in later
    #[arg(long, value_name = "file:PATH|env:NAME|placeholder")]
    token_from: Option<TokenFrom>,
    /// Leave packages and their repositories alone: the image has them, or something else installs
    /// them
    #[arg(long)]
    no_packages: bool,
    /// Where the host fetches k8sprep [default: it has it]
    #[arg(long, value_name = "URL", requires = "sha256", value_parser = url)]
    program_url: Option<String>,
    /// SHA-256 of that program
    #[arg(long, value_name = "DIGEST", requires = "program_url")]
    sha256: Option<Sha256Sum>,
    /// The image that a containerfile starts from
    #[arg(long, value_name = "IMAGE", value_parser = image)]
    from: Option<String>,
    /// Write to this file, which must not exist, instead of stdout (mode 0600: it may hold a token)
    #[arg(short, long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// How to print what was made
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// What is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Wanted {
    /// User data of cloud-init
    CloudInit,
    /// A configuration of Ignition 3.3.0: Fedora CoreOS, Flatcar
    Ignition,
    /// The %post of a Kickstart file: Anaconda
    Kickstart,
    /// User data of Ubuntu's installer
    Autoinstall,
    /// Documents of Cluster API, v1beta2
    Capi,
    /// A Containerfile of a bootable image
    Containerfile,
}

/// Where a token is read from: never from a command line.
#[derive(Clone, Debug)]
enum TokenFrom {
    File(PathBuf),
    Environment(String),
    Placeholder,
}

impl std::str::FromStr for TokenFrom {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("env", name)) if !name.is_empty() => Ok(Self::Environment(name.to_owned())),
            None if text == "placeholder" => Ok(Self::Placeholder),
            // A token that was given here is not repeated.
            _ => Err("give file:PATH, env:NAME or placeholder".to_owned()),
        }
    }
}

/// What stands in a script, and is one word there.
fn word(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\' | b'`' | b'$');
    if !text.is_empty() && !text.starts_with('-') && text.bytes().all(plain) {
        return Ok(text.to_owned());
    }
    Err("it is one word without quotes".to_owned())
}

fn url(text: &str) -> Result<String, String> {
    if !text.starts_with("https://") && !text.starts_with("http://") {
        return Err("give an http or https URL".to_owned());
    }
    word(text)
}

fn image(text: &str) -> Result<String, String> {
    word(text)
}

impl Run for Gen {
    const NAME: &'static str = "gen";
    const ABOUT: &'static str =
        "Write what makes a host a node at its first boot: cloud-init, Ignition, Kickstart";
    const EXAMPLES: &'static str = "
  k8sprep gen cloud-init -f worker.yaml --token-from file:token
  K8SPREP_TOKEN=... k8sprep gen ignition -f worker.yaml --token-from env:K8SPREP_TOKEN --no-packages
  k8sprep gen kickstart -f k8sprep.yaml
  k8sprep gen autoinstall -f worker.yaml --token-from placeholder | envsubst > user-data
  k8sprep gen capi -f worker.yaml | kubectl apply -f -
  k8sprep gen containerfile -f k8sprep.yaml --from quay.io/fedora/fedora-bootc:43";
    const NOTES: &'static str = "
The spec becomes a file that root alone reads, and the command names that file: no secret stands on a command line. But
user data is told to every process of a machine by many clouds: give its token a short life.

cloud-init, ignition and autoinstall end with a node where the spec joins a cluster or makes one (`up`), else with a host
that is prepared (`apply`). kickstart prepares it within the installer, and a unit does the rest at the first boot. capi
and containerfile are of many hosts: token, join and node name are left out.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let mut spec = self.spec()?;
        let token_later = matches!(self.token_from, Some(TokenFrom::Placeholder));
        if let Some(token) = self.token()? {
            match &mut spec.join {
                Some(join) => join.token = Some(token),
                None => spec.token = Some(token),
            }
        }
        if !token_later {
            agree(&spec).map_err(|error| {
                let hint = "give a token with --token-from";
                let asks = error.to_string().contains("join.token");
                Failure::new(Exit::Failed, crate::Code::SpecContradiction.as_str(), error)
                    .hint_if(asks.then_some(hint))
            })?;
        }
        let mut first_boot = FirstBoot::new(spec);
        first_boot.token_later = token_later;
        first_boot.no_packages = self.no_packages;
        first_boot.base.clone_from(&self.from);
        let program = self.program_url.as_ref().zip(self.sha256.as_ref());
        first_boot.program = program.map(|(url, sha256)| Download::new(url, sha256.as_str()));
        let made = first_boot.write(self.target.into()).map_err(Failure::usage)?;
        made.notes.iter().for_each(|note| ui.note(format_args!("note: {note}")));
        let file = output_file(self.output_file.as_ref());
        if let Some(file) = file {
            fs::write_new(file, made.text.as_bytes(), Mode::PRIVATE)
                .map_err(|error| Failure::from_error(&error))?;
        }
        generated(&made.text, file, None, self.output, ui)
    }
}

impl Gen {
    fn spec(&self) -> Result<NodeSpec, Failure> {
        let shown = input::shown(&self.spec);
        let bytes = input::read(&self.spec, LARGEST_SPEC).map_err(|error| {
            let failure = Failure::cannot_read(&shown, &error);
            let missing = error.kind() == std::io::ErrorKind::NotFound;
            failure.hint_if(missing.then_some("`k8sprep init-spec` writes one"))
        })?;
        let text =
            String::from_utf8(bytes).map_err(|error| Failure::cannot_read(&shown, error.utf8_error()))?;
        let beside = self.spec.parent().unwrap_or(Path::new(""));
        spec_of(&text, &shown, &|file| input::read(&beside.join(file), LARGEST_SPEC))
    }

    #[expect(clippy::disallowed_methods, reason = "the environment is one of the places that are asked for")]
    fn token(&self) -> Result<Option<BootstrapToken>, Failure> {
        let (from, text) = match &self.token_from {
            None | Some(TokenFrom::Placeholder) => return Ok(None),
            Some(TokenFrom::File(path)) => {
                let name = input::shown(path);
                let mut text = String::new();
                let read =
                    input::open(path).and_then(|file| file.take(LARGEST_TOKEN).read_to_string(&mut text));
                read.map_err(|error| Failure::cannot_read(&name, error))?;
                (name, text)
            }
            Some(TokenFrom::Environment(name)) => {
                let text = std::env::var(name).map_err(|_| {
                    Failure::usage(format_args!("the environment has no {name} that is text"))
                })?;
                (format!("${name}"), text)
            }
        };
        // What it holds instead may be another secret: it is not shown.
        let token = text.trim().parse().map_err(|_| {
            Failure::usage(format_args!("{from} holds no bootstrap token, such as abcdef.0123456789abcdef"))
        })?;
        Ok(Some(token))
    }
}

impl From<Wanted> for Target {
    fn from(wanted: Wanted) -> Self {
        match wanted {
            Wanted::CloudInit => Self::CloudInit,
            Wanted::Ignition => Self::Ignition,
            Wanted::Kickstart => Self::Kickstart,
            Wanted::Autoinstall => Self::Autoinstall,
            Wanted::Capi => Self::ClusterApi,
            Wanted::Containerfile => Self::Containerfile,
        }
    }
}
