//! An edit of one of CRI-O's files: shown, checked, written.

use std::path::{Path, PathBuf};

use annotate_snippets::Level;
use crio_config::{
    Activation, CheckOptions, Document, OWN_DROP_IN, Severity, SourceFile, Sources, check, read_after,
};
use host_prep::fs::Root;

use super::{Configured, collect};
use crate::excerpt::{self, Excerpt, Place};
use crate::failure::{Exit, Failure};
use crate::ui::Ui;

/// Which file is edited, and whether really.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Edit {
    #[command(flatten)]
    pub(super) configured: Configured,
    /// Edit this file of the host instead of the own drop-in /etc/crio/crio.conf.d/99-k8sprep.conf
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Print the change as a diff
    #[arg(long)]
    diff: bool,
    /// Write nothing
    #[arg(long)]
    dry_run: bool,
}

impl Edit {
    /// The host's path of the file.
    fn path(&self) -> Result<PathBuf, Failure> {
        match &self.file {
            Some(file) => self.configured.on.path(file),
            None => Ok(Path::new(collect::DROP_INS).join(OWN_DROP_IN)),
        }
    }

    /// Makes the change. Tells whether the file is another one now, and says `nothing_to_do` of it where it is not.
    ///
    /// Nothing is written where the file is not TOML, or where CRI-O would refuse what it takes today.
    pub(super) fn make(
        &self,
        ui: &mut Ui,
        nothing_to_do: &str,
        change: impl FnOnce(&mut Document) -> Result<(), crio_config::Error>,
    ) -> Result<bool, Failure> {
        let root = self.configured.on.tree()?;
        let path = self.path()?;
        let shown = path.display().to_string();
        let old = root.read(&path).map_err(|error| Failure::from_error(&error))?.unwrap_or_default();
        let failed = |error| drawn(&error, &shown, &old);
        let mut document = Document::from_bytes_for(&old, self.configured.release).map_err(failed)?;
        let before = document.to_string();
        change(&mut document).map_err(failed)?;
        let after = document.as_str();
        self.judge(ui, &root, &shown, after)?;
        if self.diff {
            ui.text(unified(&shown, &before, after))?;
        }
        if before == after {
            ui.note(format_args!("{shown} {nothing_to_do}"));
            return Ok(false);
        }
        if !self.dry_run {
            super::write(&root, &path, after, ui)?;
        }
        Ok(true)
    }

    /// Would CRI-O refuse the change, or read another file after this one?
    fn judge(&self, ui: &mut Ui, root: &Root, shown: &str, after: &str) -> Result<(), Failure> {
        let before = collect::sources(root)?;
        let edited = with_file(&before, shown, after);
        let refusals = |sources: &Sources| -> Vec<String> {
            check(sources, self.configured.release, &CheckOptions::default())
                .remarks
                .into_iter()
                .filter(|remark| remark.severity == Severity::Error)
                .map(|remark| remark.text)
                .collect()
        };
        let known = refusals(&before);
        let new: Vec<String> = refusals(&edited).into_iter().filter(|text| !known.contains(text)).collect();
        if !new.is_empty() {
            let text =
                format!("CRI-O {} would not start with this: {}", self.configured.release, new.join("\n"));
            return Err(Failure::new(Exit::Failed, text).hint("nothing was written"));
        }
        let later = read_after(&edited, shown);
        if shown.starts_with(collect::DROP_INS) && !later.is_empty() {
            ui.warn(format_args!("CRI-O reads {} after {shown}: what they set wins", later.join(", ")));
        }
        Ok(())
    }

    /// Is the file the own drop-in?
    pub(super) fn is_own(&self) -> bool {
        self.file.is_none()
    }

    /// Says what a running CRI-O needs to take the change, where there can be one.
    pub(super) fn announce(&self, ui: &mut Ui, activation: Activation) {
        if self.dry_run || self.configured.on.root.is_some() {
            return;
        }
        ui.note(match activation {
            Activation::Reload => "a running CRI-O takes it with: systemctl reload crio",
            Activation::Restart => "a running CRI-O takes it with: systemctl restart crio",
        });
    }
}

/// The files as they would be.
fn with_file(sources: &Sources, path: &str, text: &str) -> Sources {
    let mut sources = sources.clone();
    let edited = SourceFile::new(path, Ok(text.as_bytes().to_vec()));
    if path == collect::MAIN {
        sources.main = Some(edited);
        return sources;
    }
    sources.drop_ins.retain(|file| file.path != path);
    if path.starts_with(collect::DROP_INS) {
        sources.drop_ins.push(edited);
    }
    sources
}

/// Why the edit cannot be made, over the file.
fn drawn(error: &crio_config::Error, file: &str, bytes: &[u8]) -> Failure {
    let (place, title) = match error {
        crio_config::Error::Syntax { place, message } => (place, message.clone()),
        crio_config::Error::InTheWay { path, place, .. } => {
            (place, format!("{path} cannot be set: this is in the way"))
        }
        other => return Failure::from_error(other),
    };
    let text = excerpt::readable(bytes);
    let place = Place::Shown { file, text: &text, first_line: 1, span: place.span.clone() };
    let excerpt = Excerpt { level: Level::ERROR, title: &title, place: Some(place), help: None };
    Failure::drawn(Exit::Failed, &[excerpt::drawn(excerpt)]).hint("nothing was written")
}

fn unified(name: &str, before: &str, after: &str) -> String {
    similar::TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(3)
        .header(&format!("a{name}"), &format!("b{name}"))
        .to_string()
}
