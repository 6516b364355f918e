//! An edit of one of CRI-O's files: shown, checked, written.

use std::path::{Path, PathBuf};

use crio_config::{CheckOptions, Document, OWN_DROP_IN, Severity, SourceFile, Sources, check, read_after};
use host_prep::fs::{Mode, Root};

use super::{Configured, collect};
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
    fn path(&self) -> PathBuf {
        self.file.clone().unwrap_or_else(|| Path::new(collect::DROP_INS).join(OWN_DROP_IN))
    }

    /// Makes the change. Tells whether the file is another one now.
    ///
    /// Nothing is written where the file is not TOML, or where CRI-O would refuse what it takes today.
    pub(super) fn make(
        &self,
        ui: &mut Ui,
        change: impl FnOnce(&mut Document) -> Result<(), crio_config::Error>,
    ) -> Result<bool, Failure> {
        let root = self.configured.root()?;
        let path = self.path();
        let shown = path.display().to_string();
        let old = root.read(&path).map_err(|error| Failure::from_error(&error))?;
        let before = String::from_utf8(old.clone().unwrap_or_default())
            .map_err(|error| Failure::new(Exit::Failed, format_args!("{shown} is not UTF-8: {error}")))?;
        let failed = |error: crio_config::Error| Failure::new(Exit::Failed, format_args!("{shown}: {error}"));
        let mut document = Document::parse_for(&before, self.configured.release).map_err(failed)?;
        change(&mut document).map_err(failed)?;
        let after = document.as_str();
        self.judge(ui, &root, &shown, after)?;
        if self.diff {
            ui.text(unified(&shown, &before, after))?;
        }
        if before == after {
            ui.note(format_args!("{shown} says so already"));
            return Ok(false);
        }
        if !self.dry_run {
            write(&root, &path, old.is_some(), after)?;
        }
        Ok(true)
    }

    /// Would CRI-O refuse the change, or read another file after this one?
    fn judge(&self, ui: &mut Ui, root: &Root, shown: &str, after: &str) -> Result<(), Failure> {
        let before = collect::sources(root)?;
        let edited = with_file(&before, shown, after);
        let refusals = |sources: &Sources| -> Vec<String> {
            check(sources, self.configured.release, &CheckOptions::default())
                .findings
                .into_iter()
                .filter(|finding| finding.severity == Severity::Refused)
                .map(|finding| finding.text)
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

    pub(super) fn is_dry(&self) -> bool {
        self.dry_run
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

fn write(root: &Root, path: &Path, exists: bool, text: &str) -> Result<(), Failure> {
    let target = root.shown(path);
    let written = if exists {
        host_prep::fs::replace(&target, text.as_bytes())
    } else {
        host_prep::fs::write_new(&target, text.as_bytes(), Mode::PUBLIC)
    };
    written.map_err(|error| Failure::from_error(&error).hint("the directory comes with the cri-o package"))
}

fn unified(name: &str, before: &str, after: &str) -> String {
    similar::TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(3)
        .header(&format!("a{name}"), &format!("b{name}"))
        .to_string()
}
