//! An edit of one of CRI-O's files: shown, checked, written.
//!
//! Document before and after -> a diff -> the check over all files with the edit in place ->
//! written in a transaction, in the tree or to a file of the caller's. An edit with which CRI-O
//! would not start is refused before anything is written.

use std::path::{Path, PathBuf};

use annotate_snippets::Level;
use crio_config::{
    Activation, CheckOptions, Document, KeyPath, OWN_DROP_IN, Origin, Release, Severity, SourceFile, Sources,
    check, merge, read_after,
};
use host_prep::facts::CrioPlaces;
use host_prep::fs::Root;
use host_prep::{Need, TransactionId, without_passwords};

use super::keep::{self, Kept};
use super::{Configured, collect};
use crate::crio_host::Started;
use crate::excerpt::{self, Excerpt, Place};
use crate::failure::{self, Exit, Failure};
use crate::ui::{Format, Ui};

/// Which file is edited, and whether really.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Edit {
    #[command(flatten)]
    pub(super) configured: Configured,
    /// Edit this file of the host instead of k8sprep's drop-in 99-k8sprep.set.conf in
    /// /etc/crio/crio.conf.d, or where crio.service has CRI-O read drop-ins
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Print the change as a diff
    #[arg(long)]
    diff: bool,
    /// Write nothing
    #[arg(long)]
    dry_run: bool,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", conflicts_with = "diff")]
    output: Format,
}

/// The document `k8sprep.crio-edit/v1`.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Edited<'a> {
    /// Whether the file is another one than before.
    changed: bool,
    file: &'a str,
    /// What was done, or with --dry-run would be.
    done: Option<&'a str>,
    diff: String,
    dry_run: bool,
    transaction: Option<TransactionId>,
    /// What a running CRI-O needs to take it: `reload` or `restart`.
    needs: Option<&'static str>,
}

/// A file that is edited, as it was.
pub(super) struct Editing<'e> {
    edit: &'e Edit,
    release: Release,
    root: Root,
    crio: Started<'static>,
    path: PathBuf,
    old: Option<Vec<u8>>,
}

impl Edit {
    /// Opens the file that is meant: the own drop-in where CRI-O reads drop-ins, or the main file for
    /// releases that read none.
    pub(super) fn open(&self, release: Release) -> Result<Editing<'_>, Failure> {
        let root = self.configured.on.tree()?;
        let crio = Started::on(&root);
        let places = &crio.places;
        let of_unit = |path: &Option<PathBuf>, flag: &str, variable: &str| {
            path.clone().ok_or_else(|| {
                let what = format!("crio.service has CRI-O read none: {flag} or {variable} is empty there");
                Failure::new(Exit::Failed, crate::Code::CrioFilesNotRead.as_str(), what)
                    .hint("nothing was written; take that out, or name a file that CRI-O reads with --file")
            })
        };
        let path = match &self.file {
            Some(file) => self.configured.on.path(file)?,
            None if release < Release::FIRST_WITH_DROP_INS => {
                of_unit(&places.main, "--config", "CONTAINER_CONFIG")?
            }
            None => of_unit(&places.drop_ins, "--config-dir", "CONTAINER_CONFIG_DIR")?.join(OWN_DROP_IN),
        };
        let old = root.read(&path).map_err(|error| Failure::from_error(&error))?;
        Ok(Editing { edit: self, release, root, crio, path, old })
    }
}

impl Editing<'_> {
    /// The file as CRI-O of that release reads it.
    pub(super) fn document(&self) -> Result<Document, Failure> {
        Document::from_bytes_for(self.bytes(), self.release).map_err(|error| self.refused(&error))
    }

    /// Why the edit cannot be made, over the file.
    pub(super) fn refused(&self, error: &crio_config::Error) -> Failure {
        drawn(error, &self.shown(), self.bytes())
    }

    /// Empty for a file that is not there.
    fn bytes(&self) -> &[u8] {
        self.old.as_deref().unwrap_or_default()
    }

    /// The path, as messages have it.
    pub(super) fn shown(&self) -> String {
        self.path.display().to_string()
    }

    /// Is the file the own drop-in?
    pub(super) fn is_own(&self) -> bool {
        self.edit.file.is_none() && self.path.ends_with(OWN_DROP_IN)
    }

    /// Does CRI-O read the file at all?
    fn is_read(&self) -> bool {
        is_main(&self.crio.places, &self.path) || is_drop_in(&self.crio.places, &self.path)
    }

    /// Has any earlier version of the file, as far as the journals have it, no such table?
    pub(super) fn was_without(&self, table: &KeyPath) -> bool {
        let Ok(host) = self.edit.configured.on.host() else { return false };
        let past = host_prep::past(&host, &self.path).unwrap_or_default();
        past.iter().any(|one| {
            let bytes = one.before.as_deref().unwrap_or_default();
            Document::from_bytes_for(bytes, self.release).is_ok_and(|before| !before.has_table(table))
        })
    }

    /// Writes what became of the file, and says so and what has to follow; tells nothing where it
    /// is as it was.
    ///
    /// Nothing is written where CRI-O would refuse what it takes today. What only takes back what
    /// this tool did gives the very bytes back, and the directory with them.
    pub(super) fn write(
        &self,
        ui: &mut Ui,
        document: &Document,
        done: &str,
        activation: Option<Activation>,
    ) -> Result<(), Failure> {
        let (shown, done) = (self.shown(), &*without_passwords(done));
        self.judge(ui, &shown, document.as_str())?;
        let after = self.after(document);
        let text = after.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let diff = unified(&shown, &String::from_utf8_lossy(self.bytes()), &text);
        if self.edit.diff {
            ui.text(&diff)?;
        }
        let mut transaction = None;
        if self.edit.dry_run {
            ui.note(format_args!("{shown} is left as it is (--dry-run): {done}"));
        } else {
            if self.is_read() {
                transaction = self.in_a_transaction(ui, document, after.clone(), done, activation)?;
            } else {
                super::write(&self.root, &self.path, &text, ui)?;
            }
            ui.note(format_args!("{shown}: {done}"));
            self.announce(ui, activation);
        }
        if self.edit.output == Format::Text {
            return Ok(());
        }
        let (changed, dry_run) = (!self.edit.dry_run, self.edit.dry_run);
        let needs = activation.filter(|_| changed && self.is_read()).map(|activation| match activation {
            Activation::Reload => "reload",
            Activation::Restart => "restart",
        });
        let done = Some(done);
        ui.json("crio-edit", &Edited { changed, file: &shown, done, diff, dry_run, transaction, needs })
    }

    /// Tells programs that the file is as wanted already.
    pub(super) fn unchanged(&self, ui: &mut Ui) -> Result<(), Failure> {
        if self.edit.output == Format::Text {
            return Ok(());
        }
        let (file, dry_run) = (&*self.shown(), self.edit.dry_run);
        let (diff, transaction) = (String::new(), None);
        ui.json(
            "crio-edit",
            &Edited { changed: false, file, done: None, diff, dry_run, transaction, needs: None },
        )
    }

    /// What is to be in the file; nothing where the own drop-in has nothing left to say.
    fn after(&self, document: &Document) -> Option<Vec<u8>> {
        let is_over = self.is_own() && document.as_str().trim().is_empty();
        (!is_over).then(|| document.as_str().as_bytes().to_vec())
    }

    /// What CRI-O has to do about it (`activation`) is a need of the step.
    fn in_a_transaction(
        &self,
        ui: &mut Ui,
        document: &Document,
        after: Option<Vec<u8>>,
        done: &str,
        activation: Option<Activation>,
    ) -> Result<Option<TransactionId>, Failure> {
        let host = self.edit.configured.on.host()?;
        let says_the_same = |bytes: Option<&[u8]>| {
            let before = Document::from_bytes_for(bytes.unwrap_or_default(), self.release);
            before.is_ok_and(|before| before.says_the_same_as(document))
        };
        if keep::go_back(&host, &self.path, self.old.as_deref(), says_the_same)? {
            return Ok(None);
        }
        let unit = "crio.service".to_owned();
        let need = match activation {
            Some(Activation::Reload) => Need::Reload { unit },
            _ => Need::Restart { unit },
        };
        let reason = format!("asked for with `k8sprep crio`: {done}");
        let read = self.old.clone();
        let kept = Kept { kind: "crio", path: self.path.clone(), read, bytes: after, reason, need };
        kept.write(&host, ui)
    }

    /// Says what a running CRI-O needs to take the change, where there can be one.
    fn announce(&self, ui: &mut Ui, activation: Option<Activation>) {
        if !self.is_read() {
            return ui.note(format_args!("CRI-O does not read {} unless its flags name it", self.shown()));
        }
        if self.edit.configured.on.root.is_some() {
            return;
        }
        match activation {
            Some(Activation::Reload) => ui.note("a running CRI-O takes it with: systemctl reload crio"),
            Some(Activation::Restart) => ui.note("a running CRI-O takes it with: systemctl restart crio"),
            None => {}
        }
    }
}

/// Whether CRI-O reads it first.
fn is_main(places: &CrioPlaces, path: &Path) -> bool {
    places.main.as_deref() == Some(path)
}

/// Whether CRI-O reads it among its drop-ins.
fn is_drop_in(places: &CrioPlaces, path: &Path) -> bool {
    places.drop_ins.as_ref().is_some_and(|dir| path.starts_with(dir))
}

impl Editing<'_> {
    /// Would CRI-O refuse the change, or read something after it that wins?
    fn judge(&self, ui: &mut Ui, shown: &str, after: &str) -> Result<(), Failure> {
        let release = self.release;
        let before = collect::sources(&self.root, &self.crio)?;
        let edited = self.with_file(&before, shown, after);
        let refusals = |sources: &Sources| -> Vec<String> {
            let remarks = check(sources, release, &CheckOptions::default()).remarks;
            let refused = remarks.into_iter().filter(|remark| remark.severity == Severity::Error);
            refused.map(|remark| remark.text).collect()
        };
        let known = refusals(&before);
        let new: Vec<String> = refusals(&edited).into_iter().filter(|text| !known.contains(text)).collect();
        if !new.is_empty() {
            let mut lines = new;
            lines[0] = format!("CRI-O {release} would not start with this: {}", lines[0]);
            return Err(Failure::lines(Exit::Failed, crio_config::Code::CrioValueRefused.as_str(), lines)
                .hint("nothing was written"));
        }
        let later = read_after(&edited, shown);
        if is_drop_in(&self.crio.places, &self.path) && !later.is_empty() {
            ui.warn(
                crate::Code::CrioSettingOverridden.as_str(),
                format_args!("CRI-O reads {} after {shown}: what they set wins", later.join(", ")),
            );
        }
        if self.is_read() {
            self.warn_of_command(ui, edited, after);
        }
        Ok(())
    }

    /// Names what the unit sets over the file, whatever the file says.
    fn warn_of_command(&self, ui: &mut Ui, edited: Sources, after: &str) {
        let Ok(document) = Document::from_bytes_for(after.as_bytes(), self.release) else { return };
        let Ok(merged) = merge(&edited, self.release) else { return };
        for key in document.keys() {
            let Some(setting) = merged.config.get(&key) else { continue };
            let place @ Origin::Command(_) = &setting.origin else { continue };
            if Some(&setting.value) != document.get(&key).as_ref() {
                ui.warn(
                    crate::Code::CrioSettingOverridden.as_str(),
                    format_args!("{place} sets {key} for CRI-O, and wins over every file"),
                );
            }
        }
    }

    /// The files as they would be.
    fn with_file(&self, sources: &Sources, path: &str, text: &str) -> Sources {
        let mut sources = sources.clone();
        let edited = SourceFile::new(path, Ok(text.as_bytes().to_vec()));
        if is_main(&self.crio.places, Path::new(path)) {
            sources.main = Some(edited);
            return sources;
        }
        sources.drop_ins.retain(|file| file.path != path);
        if is_drop_in(&self.crio.places, Path::new(path)) {
            sources.drop_ins.push(edited);
        }
        sources
    }
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
    let number = |number: usize| u32::try_from(number).ok();
    let told = failure::Place {
        field: String::new(),
        file: file.to_owned(),
        line: number(place.line),
        column: number(place.column),
        text: title.clone(),
    };
    let place = Place::Shown { file, text: &text, first_line: 1, span: place.span.clone() };
    let title = format!("{title} [{}]", error.code());
    let excerpt = Excerpt { level: Level::ERROR, title: &title, place: Some(place), help: None };
    Failure::drawn(Exit::Failed, error.code().as_str(), &[excerpt::drawn(excerpt)], vec![told])
        .hint("nothing was written")
}

/// The difference of two versions of a file, without the passwords in it.
pub(super) fn unified(name: &str, before: &str, after: &str) -> String {
    let diff = similar::TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(3)
        .header(&format!("a{name}"), &format!("b{name}"))
        .to_string();
    without_passwords(&diff)
}
