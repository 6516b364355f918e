//! `k8sprep crio upgrade-notes`.
//!
//! What changes between two releases, of the options that this host's files set, or of all.
//! `--migrate-defaults` is CRI-O's own `crio config --migrate-defaults` (from 1.17 only, as
//! there). JSON: `k8sprep.crio-upgrade-notes/v1`.

use crio_config::{
    Effective, Release, Sources, UpgradeChange, UpgradeNote, Value, merge, migrate_from_1_17, upgrade_notes,
    upgrade_notes_for,
};

use super::{collect, judged};
use crate::cmd::Run;
use crate::cmd::shared::on_host::OnHost;
use crate::crio_host::Started;
use crate::failure::{Exit, Failure};
use crate::ui::{Format, Ui};

/// The flags of `crio upgrade-notes`.
#[derive(clap::Args, Debug)]
pub(crate) struct UpgradeNotes {
    /// Everything that changes, not only what matters to the configuration of the host
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    on: OnHost,
    /// What CRI-O's own migration of defaults from this release would change: 1.17
    #[arg(long, value_name = "RELEASE", conflicts_with = "all")]
    migrate_defaults: Option<Release>,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
    /// The release that runs today [default: the one installed], and the release to come
    #[arg(value_names = ["FROM", "TO"], num_args = 1..=2, required = true)]
    releases: Vec<Release>,
}

/// A change in JSON.
#[derive(serde::Serialize)]
struct Printed {
    path: String,
    change: &'static str,
    text: String,
    /// The commands that keep the behaviour.
    keep: Vec<String>,
}

impl Run for UpgradeNotes {
    const NAME: &'static str = "upgrade-notes";
    const ABOUT: &'static str = "Say what a CRI-O upgrade changes under the configuration";
    const EXAMPLES: &'static str = "
  k8sprep crio upgrade-notes 1.30 1.31             # what matters to this host
  k8sprep crio upgrade-notes 1.35                  # from the release installed here
  k8sprep crio upgrade-notes --all 1.23 1.24       # all there is
  k8sprep crio upgrade-notes --migrate-defaults 1.17 1.17 1.18";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let (from, to) = self.both(ui)?;
        if from > to {
            return Err(Failure::usage(format_args!("{from} is newer than {to}")));
        }
        let printed = if let Some(migrated) = self.migrate_defaults {
            self.migrated(migrated, to)?
        } else if self.all {
            upgrade_notes(from, to).iter().map(printed).collect()
        } else {
            self.of_host(from, to)?.iter().map(printed).collect()
        };
        if self.output == Format::Json {
            let (from, to) = (from.to_string(), to.to_string());
            let told = serde_json::json!({ "from": from, "to": to, "notes": printed });
            return ui.json("crio-upgrade-notes", &told);
        }
        for note in &printed {
            ui.line(format_args!("{}: {}", note.path, note.text))?;
            for keep in &note.keep {
                ui.line(format_args!("    keep it with: {keep}"))?;
            }
        }
        if printed.is_empty() {
            ui.note(format_args!("nothing changes for these files from {from} to {to}"));
        }
        Ok(())
    }
}

impl UpgradeNotes {
    /// The two releases; where only one is named, the installed one comes first.
    fn both(&self, ui: &mut Ui) -> Result<(Release, Release), Failure> {
        let &[to] = self.releases.as_slice() else { return Ok((self.releases[0], self.releases[1])) };
        let installed = judged::judged(&self.on, None)?;
        if installed.is_assumed() {
            let failure = Failure::usage("which CRI-O release runs today is not known here");
            return Err(failure.hint(format_args!("name it: k8sprep crio upgrade-notes FROM {to}")));
        }
        ui.note(&installed);
        Ok((installed.release, to))
    }

    /// What matters to the files of this host.
    fn of_host(&self, from: Release, to: Release) -> Result<Vec<UpgradeNote>, Failure> {
        let root = self.on.tree()?;
        let crio = Started::on(&root);
        let sources = collect::sources(&root, &crio)?;
        let mut notes = upgrade_notes_for(&config(&sources, from)?, &config(&sources, to)?);
        // What it changes is an image name without a registry that is looked for in several.
        let searches = collect::search_registries(&root, &crio)?;
        notes.retain(|note| note.path != "crio.image.short_name_mode" || searches > 1);
        Ok(notes)
    }

    /// The words of the error are CRI-O's.
    fn migrated(&self, from: Release, to: Release) -> Result<Vec<Printed>, Failure> {
        if from.minor() != 17 {
            return Err(Failure::usage(format_args!("unsupported migration version \"{from}\"")));
        }
        let root = self.on.tree()?;
        let sources = collect::sources(&root, &Started::on(&root))?;
        let changes = migrate_from_1_17(&config(&sources, to)?).map_err(Failure::usage)?;
        Ok(changes
            .into_iter()
            .map(|(path, value)| Printed {
                path: path.to_string(),
                change: "migrated",
                text: format!("becomes {value}"),
                keep: Vec::new(),
            })
            .collect())
    }
}

/// # Errors
/// Files with which that release would not start.
fn config(sources: &Sources, release: Release) -> Result<Effective, Failure> {
    merge(sources, release).map(|merged| merged.config).map_err(|refusal| {
        Failure::new(
            Exit::Failed,
            crio_config::Code::CrioValueRefused.as_str(),
            format_args!("CRI-O {release} does not start with these files: {}", refusal.text),
        )
    })
}

/// With what takes the place of a removed option.
fn printed(note: &UpgradeNote) -> Printed {
    let change = match &note.change {
        UpgradeChange::DefaultMoves { .. } => "default-moves",
        UpgradeChange::Removed { .. } => "removed",
        UpgradeChange::LosesEffect { .. } => "loses-effect",
        UpgradeChange::Deprecated { .. } => "deprecated",
        UpgradeChange::Added { .. } => "added",
        UpgradeChange::BeginsToCount { .. } => "begins-to-count",
        UpgradeChange::Behaviour { .. } => "behaviour",
        _ => "other",
    };
    let keep =
        note.keep.iter().map(|(path, value)| format!("k8sprep crio set {path} {}", word(value))).collect();
    Printed { path: note.path.clone(), change, text: note.change.to_string(), keep }
}

/// The value as one word of a shell.
fn word(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
