//! `k8sprep migrate-config`.
//!
//! Documents of one API version -> `kubeadm_config::migrate` -> those of another, on stdout. What
//! the target cannot hold is an error unless `--lossy` says otherwise, with each field. With
//! `--like-kubeadm` what `kubeadm config migrate` writes, byte for byte.

use std::path::{Path, PathBuf};

use host_prep::fs::{self, Mode};
use kubeadm_config::like_kubeadm::{self, NoFile, migrate_no_file};
use kubeadm_config::migrate::{Migrated, migrate};
use kubeadm_config::{
    ApiVersion, Asked, Circumstances, ClusterSpec, Code, HostFacts, KubeadmRelease, KubernetesVersion,
};

use crate::cmd::Run;
use crate::cmd::shared::kubeadm::{Imitated, Said, asked_of_file, file_name, print, read, reads};
use crate::cmd::shared::output_file::output_file;
use crate::failure::{Exit, Failure};
use crate::input::shown;
use crate::masked::{Secrets, check};
use crate::ui::{Format, Ui};

/// The flags of `migrate-config`.
#[derive(clap::Args, Debug)]
pub(crate) struct MigrateConfig {
    /// The file of kubeadm documents; `-` reads stdin
    #[arg(value_name = "FILE", value_parser = file_name(), required_unless_present = "like_kubeadm")]
    file: Option<PathBuf>,
    #[command(flatten)]
    imitated: Imitated,
    /// The API version to bring the documents to [default: what the release writes]
    #[arg(long, value_name = "VERSION", conflicts_with = "like_kubeadm")]
    to: Option<ApiVersion>,
    /// Leave out what the version cannot hold, saying what it was
    #[arg(long, conflicts_with = "like_kubeadm")]
    lossy: bool,
    /// Print and exit as `kubeadm config migrate --old-config FILE` (warnings without time and
    /// process): with every default of
    /// this host filled in, and without documents of other kinds
    #[arg(long)]
    like_kubeadm: bool,
    /// Write to this file, which must not exist, instead of stdout (mode 0600: it may hold a token)
    #[arg(short, long, value_name = "FILE", conflicts_with = "like_kubeadm")]
    output_file: Option<PathBuf>,
    /// How to print what was made
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", conflicts_with = "like_kubeadm")]
    output: Format,
}

impl Run for MigrateConfig {
    const NAME: &'static str = "migrate-config";
    const ABOUT: &'static str = "Migrate kubeadm documents to another API version and report what is lost";
    const EXAMPLES: &'static str = "
  k8sprep migrate-config old.yaml --to v1beta4 -o new.yaml
  k8sprep migrate-config new.yaml --to v1beta2 --lossy
  k8sprep migrate-config old.yaml --like-kubeadm --kubernetes-version v1.34.0";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        if self.like_kubeadm {
            let migrated = |bytes: &[u8]| Ok(like_kubeadm::migrate(bytes, &self.imitated.options(bytes)?));
            let without =
                |why: &NoFile<'_>| Ok(migrate_no_file(why, &self.imitated.release(&Said::default())?));
            return print(&asked_of_file(self.file.as_deref(), without, migrated)?, ui);
        }
        let file = self.file.as_deref().unwrap_or_else(|| Path::new("-"));
        let bytes = read(file)?;
        let to = self.target(ui)?;
        let name = shown(file);
        self.refuse_others(&name, &bytes)?;
        let migrated = migrate(&bytes, to).map_err(|report| {
            let said = Secrets::of(&bytes).hide(&report.to_string());
            let failure = Failure::new(
                Exit::Failed,
                crate::Code::KubeadmConfigInvalid.as_str(),
                format_args!("{name}: {said}"),
            );
            self.help_on(&bytes).into_iter().fold(failure, |failure, help| failure.hint(help))
        })?;
        self.refuse_losses(&name, &migrated, to)?;
        for loss in &migrated.losses {
            ui.warn(
                crate::Code::FieldsNotHeld.as_str(),
                format_args!("{name}: left out, {to} cannot hold it: {loss}"),
            );
        }
        let loses_comments = has_comments(&bytes);
        if loses_comments {
            ui.warn(crate::Code::CommentsNotKept.as_str(), format_args!("{name}: comments are not kept"));
        }
        self.judge((&name, &bytes), migrated.yaml.as_bytes(), to, ui)?;
        self.hand_over(&name, &migrated, (to, loses_comments), ui)
    }
}

/// Whether `gen-config --from` makes documents for a release of a file, and then whether only without
/// what that release cannot hold.
fn generated(bytes: &[u8], facts: &HostFacts, release: &KubeadmRelease) -> Option<bool> {
    [false, true].into_iter().find(|lossy| {
        let asked = Asked::new(release.clone());
        let mut asked = if *lossy { asked.leaving_out_losses() } else { asked };
        if asked.read(bytes).is_err() {
            return false;
        }
        asked.cluster(&ClusterSpec::new(release.version().clone()));
        asked.defaulted(facts).validate().is_ok()
    })
}

/// Comments on a line of their own, and behind a value without quotes.
fn has_comments(file: &[u8]) -> bool {
    let text = String::from_utf8_lossy(file);
    text.lines().any(|line| {
        let line = line.trim_start();
        line.starts_with('#') || !line.contains(['\'', '"']) && line.contains(" #")
    })
}

impl MigrateConfig {
    /// The API version to bring the documents to.
    fn target(&self, ui: &mut Ui) -> Result<ApiVersion, Failure> {
        if let Some(version) = self.to {
            return Ok(version);
        }
        let (release, source) = self.imitated.newest_or_named()?;
        if let Some(why) = source.assumed() {
            let (version, api) = (release.version(), release.writes());
            ui.note(format_args!("to {api}, which kubeadm {version} writes ({why})"));
        }
        Ok(release.writes())
    }

    /// Writes or prints what was made.
    fn hand_over(
        &self,
        name: &str,
        migrated: &Migrated,
        (to, comments_lost): (ApiVersion, bool),
        ui: &mut Ui,
    ) -> Result<(), Failure> {
        let written = output_file(self.output_file.as_ref());
        if let Some(file) = written {
            fs::write_new(file, migrated.yaml.as_bytes(), Mode::PRIVATE)
                .map_err(|error| Failure::from_error(&error))?;
        }
        match (self.output, written) {
            (Format::Json, written) => ui.json(
                "migrated",
                &serde_json::json!({
                    "file": name,
                    "to": to.to_string(),
                    "losses": migrated.losses.iter().map(ToString::to_string).collect::<Vec<_>>(),
                    "commentsLost": comments_lost,
                    "written": written.map(|file| file.display().to_string()),
                    // What is in a file of mode 0600 is not told to whoever reads the log.
                    "documents": written.is_none().then_some(&migrated.yaml),
                }),
            ),
            (Format::Text, Some(_)) => Ok(()),
            (Format::Text, None) => ui.text(&migrated.yaml),
        }
    }

    /// A file that is not kubeadm's has nothing to migrate.
    fn refuse_others(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let (options, _) = self.imitated.anywhere(bytes, None)?;
        let checked = check(bytes, &options, &Circumstances::default());
        let Some(remark) = checked.remarks.iter().find(|remark| remark.code == Code::NoKubeadmDocument)
        else {
            return Ok(());
        };
        let failure = Failure::new(Exit::Failed, remark.code.as_str(), format_args!("{name}: {remark}"));
        Err(failure.hint_if(remark.help.as_ref().map(|help| &help.text)))
    }

    /// What `check-config` says is to be done about the first errors of the file, each once.
    fn help_on(&self, bytes: &[u8]) -> Vec<String> {
        const MOST: usize = 3;
        let Ok((options, _)) = self.imitated.anywhere(bytes, None) else { return Vec::new() };
        let checked = check(bytes, &options, &Circumstances::default());
        let mut helps: Vec<String> = Vec::new();
        for remark in checked.errors() {
            let Some(help) = &remark.help else { continue };
            let place = remark.line.map(|line| format!("line {line}"));
            // Some begin with their line themselves; `line 1` is no beginning of `line 12`.
            let begins = |place: &String| {
                let rest = help.text.strip_prefix(place.as_str());
                rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
            };
            let help = match place.filter(|place| !begins(place)) {
                Some(place) => format!("{place}: {}", help.text),
                None => help.text.clone(),
            };
            if !helps.contains(&help) && helps.len() < MOST {
                helps.push(help);
            }
        }
        helps
    }

    /// Says where the release that was named, here or in the file, would not take the result: other
    /// values than the API may have to change.
    fn judge(
        &self,
        (name, bytes): (&str, &[u8]),
        yaml: &[u8],
        to: ApiVersion,
        ui: &mut Ui,
    ) -> Result<(), Failure> {
        let (options, source) = self.imitated.anywhere(yaml, None)?;
        if source.assumed().is_some() {
            return Ok(());
        }
        let version = options.release.version();
        let (why, target) = if reads(&options.release, to) {
            let checked = check(yaml, &options, &Circumstances::default());
            let errors: Vec<String> = checked.errors().map(ToString::to_string).collect();
            if errors.is_empty() {
                return Ok(());
            }
            let why = format!("the result is not valid for kubeadm {version}: {}", errors.join("; "));
            (why, Some(options.release.clone()))
        } else {
            let minors = KubeadmRelease::MINORS.map(|minor| KubernetesVersion::new(1, minor, 0));
            let all = minors.filter_map(|version| KubeadmRelease::of(&version).ok());
            let reader = all.into_iter().find(|release| reads(release, to));
            (format!("kubeadm {version}, which it is for, does not read {to}"), reader)
        };
        let cure = target.and_then(|release| {
            let lossy = generated(bytes, &options.facts, &release)?;
            let (lossy, version) = (if lossy { " --lossy" } else { "" }, release.version());
            Some(format!(
                "; `k8sprep gen-config --from {name} --kubernetes-version {version}{lossy}` brings API and values up to date"
            ))
        });
        let cure = cure.unwrap_or_default();
        ui.warn(crate::Code::KubeadmConfigInvalid.as_str(), format_args!("{name}: {why}{cure}"));
        Ok(())
    }

    /// All of them, by path.
    fn refuse_losses(&self, name: &str, migrated: &Migrated, to: ApiVersion) -> Result<(), Failure> {
        if self.lossy || migrated.losses.is_empty() {
            return Ok(());
        }
        let losses = migrated.losses.iter().map(|loss| format!("  {loss}"));
        // Some were in no version: which, the check says.
        let lines = std::iter::once(format!("{name}: {to} has no such fields")).chain(losses);
        let failure = Failure::lines(Exit::Failed, crate::Code::FieldsNotHeld.as_str(), lines)
            .hint("give --lossy to leave them out");
        Err(failure
            .hint(format_args!("`k8sprep check-config {name}` says which of them are misspelt or misplaced")))
    }
}
