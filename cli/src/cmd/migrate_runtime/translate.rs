//! `k8sprep migrate-runtime translate`.

use std::path::{Path, PathBuf};

use crio_config::Release;
use host_prep::fs::{self, Mode, Root};
use serde_json::json;

use super::named::named;
use crate::cmd::shared::on_host::OnHost;
use crate::cmd::{Exits, Run};
use crate::failure::{Exit, Failure};
use crate::migrate::{configuration, new_places};
use crate::stage::count;
use crate::translate::{Error, Fate, NewPlaces, OldRuntime, Options, TranslatedFile, Translation, translate};
use crate::ui::{Format, Ui};

/// The flags of `migrate-runtime translate`.
#[derive(clap::Args, Debug)]
pub(crate) struct Translate {
    /// Files of docker or containerd, or directories with them; `-` reads stdin [default: the usual
    /// places of this host]
    #[arg(value_name = "FILE", conflicts_with = "root")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    on: OnHost,
    /// The runtime that the kubelet used: docker, cri-dockerd, containerd [default: whose files
    /// there are]
    #[arg(long, value_name = "RUNTIME")]
    from: Option<OldRuntime>,
    /// The CRI-O release that is to read the files, as 1.31 [default: the newest known]
    #[arg(long, value_name = "RELEASE")]
    release: Option<Release>,
    /// Write the files below this directory, each at the path that it has on the host
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Translate {
    const NAME: &'static str = "translate";
    const ABOUT: &'static str =
        "Say docker's or containerd's configuration in CRI-O's files, every key of it";
    const EXAMPLES: &'static str = "
  k8sprep migrate-runtime translate /etc/docker
  k8sprep migrate-runtime translate --from containerd --release 1.34 --output-dir new
  k8sprep migrate-runtime translate /etc/containerd --output json | jq '.settings[] | select(.code)'
  k8sprep migrate-runtime translate --root /mnt/node";
    const NOTES: &'static str = "
Reads daemon.json, units and their drop-ins, certs.d, config.json, config.toml of versions 1 to 4 and hosts.toml, and
changes nothing. Of each key it says what becomes of it: translated, not needed, by hand, unknown or invalid. Logins
and keys are never printed: --output-dir writes them, for root alone.";
    const EXITS: Exits =
        &[(0, "every key has its place or needs none"), (3, "some keys have to be looked at")];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        // Files that are named are of no host in particular.
        let (inputs, places) = match self.files.as_slice() {
            [] => {
                let root = self.on.tree()?;
                (configuration(&root).map_err(|error| super::failed(&error))?, new_places(&root))
            }
            files => (named(files)?, NewPlaces::default()),
        };
        let options = Options { release: self.release.unwrap_or(Release::NEWEST), from: self.from, places };
        let told = translate(&inputs, &options).map_err(|error| failed(&error))?;
        if let Some(dir) = &self.output_dir {
            write(dir, &told.files, ui)?;
        }
        match self.output {
            Format::Json => ui.json("migrate-translate", &as_json(&told, options.release))?,
            Format::Text => self.print(&told, ui)?,
        }
        if told.open().next().is_none() { Ok(()) } else { Err(Failure::silent(Exit::Differences)) }
    }
}

pub(super) fn failed(error: &Error) -> Failure {
    let code = error.code().as_str();
    let failure = match error {
        Error::Unreadable { faults } => {
            Failure::lines(Exit::Failed, code, faults.iter().map(ToString::to_string))
        }
        _ => Failure::new(Exit::Failed, code, error),
    };
    match error {
        Error::TwoRuntimes { .. } => failure.hint("say --from docker or --from containerd"),
        Error::Nothing => failure.hint("name the files, or the tree of another host with --root"),
        Error::Unrecognised { .. } => failure.hint("give the files by the paths that they have on the host"),
        _ => failure,
    }
}

impl Translate {
    fn print(&self, told: &Translation, ui: &mut Ui) -> Result<(), Failure> {
        if self.output_dir.is_none() {
            for file in &told.files {
                show(file, ui)?;
            }
        }
        for copy in &told.copies {
            ui.line(format_args!("copy {} to {}", copy.from, copy.to))?;
        }
        for fate in &told.fates {
            ui.line(line(fate))?;
        }
        for note in &told.notes {
            ui.note(format_args!("note: {note}"));
        }
        let open = told.open().count();
        if open > 0 {
            ui.note(format_args!("{} of {} to be looked at", count(open, "setting"), told.fates.len()));
        }
        Ok(())
    }
}

/// One file, as it would be written. A secret one is named alone.
fn show(file: &TranslatedFile, ui: &mut Ui) -> Result<(), Failure> {
    let note = file.note.map(|note| format!(" ({note})")).unwrap_or_default();
    ui.line(format_args!("==> {}{note}", file.path))?;
    if file.secret {
        return ui.line("(holds secrets: --output-dir writes it)");
    }
    ui.lines(String::from_utf8_lossy(&file.bytes))?;
    ui.lines("\n")
}

fn line(fate: &Fate) -> String {
    let place = fate.place.map(|place| format!(":{}:{}", place.line, place.column)).unwrap_or_default();
    let key = if fate.key.is_empty() { String::new() } else { format!(" {}", fate.key) };
    let (word, text) = (word(fate), fate.outcome.text());
    let code = fate.outcome.code().map(|code| format!(" [{code}]")).unwrap_or_default();
    format!("{}{place}{key}: {word}: {text}{code}", fate.file)
}

fn word(fate: &Fate) -> &'static str {
    match fate.outcome.as_str() {
        "notNeeded" => "not needed",
        "byHand" => "by hand",
        other => other,
    }
}

fn as_json(told: &Translation, release: Release) -> serde_json::Value {
    let file = |file: &TranslatedFile| {
        let content = (!file.secret).then(|| String::from_utf8_lossy(&file.bytes));
        json!({ "path": file.path, "secret": file.secret, "content": content, "note": file.note })
    };
    let setting = |fate: &Fate| {
        json!({
            "file": fate.file,
            "line": fate.place.map(|place| place.line),
            "column": fate.place.map(|place| place.column),
            "key": fate.key,
            "outcome": fate.outcome.as_str(),
            "code": fate.outcome.code().map(crate::Code::as_str),
            "text": fate.outcome.text(),
        })
    };
    json!({
        "from": told.from.as_str(),
        "release": release.to_string(),
        "files": told.files.iter().map(file).collect::<Vec<_>>(),
        "copies": told.copies,
        "settings": told.fates.iter().map(setting).collect::<Vec<_>>(),
        "notes": told.notes,
    })
}

/// Writes the files below `dir`. One that is there with other bytes is never replaced.
fn write(dir: &Path, files: &[TranslatedFile], ui: &mut Ui) -> Result<(), Failure> {
    let failed = |error: &host_prep::Error| Failure::from_error(error);
    let (root, prefix) = place_of(dir)?;
    let place = |file: &TranslatedFile| prefix.join(file.path.trim_start_matches('/'));
    // All are looked at before one is written.
    for file in files {
        let there = root.read(&place(file)).map_err(|error| failed(&error))?;
        if there.is_some_and(|there| there != file.bytes) {
            let path = root.shown(&place(file));
            let what = format!("{} is there and says something else: nothing was written", path.display());
            let code = host_prep::Code::AlreadyExists.as_str();
            return Err(
                Failure::new(Exit::Failed, code, what).hint("name another directory, or remove that file")
            );
        }
    }
    for file in files {
        let mode = if file.secret { Mode::PRIVATE } else { Mode::PUBLIC };
        fs::set(&root, &place(file), &file.bytes, mode).map_err(|error| failed(&error))?;
        ui.note(format_args!("wrote {}", root.shown(&place(file)).display()));
    }
    Ok(())
}

/// The directory to write below, opened as far as it is there, and the way on from there.
fn place_of(dir: &Path) -> Result<(Root, PathBuf), Failure> {
    let shown = dir.display();
    let failed = |error: &dyn std::error::Error| {
        let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        let code = host_prep::Code::WriteFailed.as_str();
        Failure::new(Exit::Failed, code, format!("cannot write below {shown}: {cause}"))
    };
    let dir = std::path::absolute(dir).map_err(|error| failed(&error))?;
    let (root, prefix) = match (dir.is_dir(), dir.parent(), dir.file_name()) {
        (false, Some(above), Some(name)) => (Root::open(above), Path::new("/").join(name)),
        _ => (Root::open(&dir), PathBuf::from("/")),
    };
    Ok((root.map_err(|error| failed(&error))?, prefix))
}
