//! kubeadm's own commands about configurations: exit status, stdout and stderr as a named release
//! gives them.
//!
//! ```
//! use kubeadm_config::{HostFacts, KubeadmRelease, like_kubeadm};
//!
//! let release: KubeadmRelease = "v1.34.0".parse()?;
//! let file = b"apiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\ncolour: red\n";
//! let answer = like_kubeadm::validate(file, &like_kubeadm::Options::new(release, HostFacts::default()));
//! assert_eq!(answer.exit, 1);
//! assert!(answer.stderr().contains("strict decoding error: unknown field \"colour\""));
//! # Ok::<(), kubeadm_config::Error>(())
//! ```

use serde::Serialize;

use crate::defaults::dynamic::SocketSearch;
use crate::failure::Failure;
use crate::host::HostFacts;
use crate::load::{Loader, Strictness};
use crate::message::Warning;
use crate::print;
use crate::recognise::{Recognised, recognise};
use crate::release::{Change, KubeadmRelease};
use crate::version::ApiVersion;
use crate::wire;

mod images;
mod jsonpath;
mod no_file;
mod output;
mod print_defaults;

pub use self::images::{ImagesOptions, images_list, images_list_no_file};
pub use self::no_file::{NoFile, migrate_no_file, validate_no_file};
pub use self::print_defaults::{DefaultsKind, print_defaults};

/// Whom to imitate, and on what host.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The release.
    pub release: KubeadmRelease,
    /// What the host says.
    pub facts: HostFacts,
    /// `--allow-experimental-api`.
    pub allow_experimental_api: bool,
}

impl Options {
    /// That release on that host, without flags.
    #[must_use]
    pub const fn new(release: KubeadmRelease, facts: HostFacts) -> Self {
        Self { release, facts, allow_experimental_api: false }
    }
}

/// What a command answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The exit status.
    pub exit: u8,
    /// The result.
    pub stdout: String,
    /// What is logged as a warning, in order and before the error.
    pub warnings: Vec<Warning>,
    /// The error with what follows it, ended by a line feed; empty without one.
    pub error: String,
}

impl Answer {
    /// Everything on stderr, log lines headed by `W] ` where kubeadm has the time and a source
    /// line.
    #[must_use]
    pub fn stderr(&self) -> String {
        let mut text = String::new();
        for warning in &self.warnings {
            text.push_str("W] ");
            text.push_str(warning.text());
            text.push('\n');
        }
        text + &self.error
    }

    fn of(
        outcome: Result<String, Failure>,
        warnings: Vec<Warning>,
        printed: String,
        release: &KubeadmRelease,
    ) -> Self {
        match outcome {
            Ok(stdout) => Self { exit: 0, stdout: printed + &stdout, warnings, error: String::new() },
            Err(failure) => {
                let new = release.has(Change::ErrorPrefix);
                let (prefix, text) = (if new { "error: " } else { "" }, failure.text);
                let error = format!(
                    "{prefix}{text}\nTo see the stack trace of this error execute with --v=5 or higher\n"
                );
                let exit = if failure.aggregate && !new { 3 } else { 1 };
                Self { exit, stdout: printed, warnings, error }
            }
        }
    }
}

/// `kubeadm config validate --config FILE` (1.28 and newer; an older release is imitated as if it
/// had the command).
///
/// Exit status 0 also for a file that holds nothing of kubeadm's, as the command has it: to judge a
/// file, use [`check`](crate::check::check).
#[must_use]
pub fn validate(file: &[u8], options: &Options) -> Answer {
    let documents = recognise(file, &options.release);
    validate_recognised(documents.as_deref().map_err(Clone::clone), options)
}

/// [`validate`] of documents that are recognised already, or of a file that cannot be.
pub(crate) fn validate_recognised(
    documents: Result<&[Recognised<'_>], Failure>,
    options: &Options,
) -> Answer {
    let sockets = match options.release.has(Change::ValidateSkipsSockets) {
        true => SocketSearch::Skipped,
        false => SocketSearch::Host,
    };
    let mut loader = loader(options, sockets);
    loader.deprecated_is_fine = !options.release.has(Change::ValidateTellsDeprecated);
    let outcome = documents.and_then(|documents| each_kind(documents, &mut loader, &mut |_, _| Ok(())));
    let outcome = outcome.map(|()| "ok\n".to_owned());
    Answer::of(outcome, loader.warnings, loader.printed, &options.release)
}

/// `kubeadm config migrate --old-config FILE`.
#[must_use]
pub fn migrate(file: &[u8], options: &Options) -> Answer {
    let mut loader = loader(options, SocketSearch::Host);
    let mut documents = Vec::new();
    let release = &options.release;
    let mut write = |kind: &str, content: Content| {
        if kind == "UpgradeConfiguration" && release.has(Change::UpgradeHasNoMutator) {
            return Err(Failure::new(
                "could not find a mutator for input: []interface {}{(*kubeadm.UpgradeConfiguration)(0xADDRESS)}",
            ));
        }
        documents.push(content.printed(kind, release)?);
        Ok(())
    };
    let recognised = recognise(file, release);
    let outcome = recognised.and_then(|recognised| each_kind(&recognised, &mut loader, &mut write));
    Answer::of(outcome.map(|()| documents.join("---\n")), loader.warnings, loader.printed, release)
}

fn loader(options: &Options, sockets: SocketSearch) -> Loader<'_> {
    let strict = options.release.has(Change::MigrateIsStrict);
    Loader {
        release: &options.release,
        facts: &options.facts,
        strict: if strict { Strictness::Error } else { Strictness::Warning },
        deprecated_is_fine: true,
        experimental_is_fine: options.allow_experimental_api,
        sockets,
        warnings: Vec::new(),
        printed: String::new(),
    }
}

/// A configuration on its way out.
struct Content(serde_json::Value, ApiVersion);

impl Content {
    fn of(internal: &impl Serialize, version: ApiVersion) -> Self {
        Self(serde_json::to_value(internal).unwrap_or_default(), version)
    }

    fn printed(self, kind: &str, release: &KubeadmRelease) -> Result<String, Failure> {
        let document = print::in_version(kind, &self.0, self.1, release.minor());
        let text = document.and_then(|document| print::to_yaml(vec![document]));
        text.map_err(|error| match error {
            crate::Error::Print { why } => Failure::new(why),
            other => Failure::new(other.to_string()),
        })
    }
}

/// Loads every kind that is in the file, in kubeadm's order.
fn each_kind(
    documents: &[Recognised<'_>],
    loader: &mut Loader<'_>,
    visit: &mut dyn FnMut(&str, Content) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let release = loader.release;
    if release.has(Change::MigrateIsStrict) {
        known(documents, release)?;
    }
    let has = |kind: &str| documents.iter().any(|document| document.gvk.kind == kind);
    // What the release writes; kinds that only came later are written in the version that brought
    // them.
    let experimental = loader.experimental_is_fine && release.has(Change::ExperimentalIsWritten);
    let writes = if experimental { ApiVersion::V1Beta4 } else { release.writes() };
    if has("InitConfiguration") || has("ClusterConfiguration") {
        let mut initial = loader.init(documents)?;
        if release.has(Change::ApiServerTimeoutMoves) {
            initial.cluster.api_server.timeout_for_control_plane = None;
        }
        visit("InitConfiguration", Content::of(&initial.init, writes))?;
        visit("ClusterConfiguration", Content::of(&initial.cluster, writes))?;
    }
    if has("JoinConfiguration") {
        let mut join = loader.join(documents)?;
        if release.has(Change::ApiServerTimeoutMoves) {
            join.discovery.timeout = None;
        }
        visit("JoinConfiguration", Content::of(&join, writes))?;
    }
    let newer = writes.max(ApiVersion::V1Beta4);
    if has("ResetConfiguration") && release.has(Change::ResetIsMigrated) {
        let reset = loader.reset(documents)?;
        visit("ResetConfiguration", Content::of(&reset, newer))?;
    }
    if has("UpgradeConfiguration") && release.has(Change::UpgradeIsRead) {
        let upgrade = loader.upgrade(documents)?;
        visit("UpgradeConfiguration", Content::of(&upgrade, newer))?;
    }
    Ok(())
}

/// kubeadm's `validateKnownGVKs`: versions it calls old are left to a better message.
fn known(documents: &[Recognised<'_>], release: &KubeadmRelease) -> Result<(), Failure> {
    let unknown = documents.iter().map(|document| &document.gvk).filter(|gvk| {
        wire::find(gvk, release).is_none() && release.last_reader(&gvk.api_version()).is_none()
    });
    let mut unknown: Vec<String> = unknown.map(wire::Gvk::go_syntax).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    unknown.sort();
    let list = unknown.join(", ");
    Err(Failure::new(format!("unknown configuration APIs: []schema.GroupVersionKind{{{list}}}")))
}
