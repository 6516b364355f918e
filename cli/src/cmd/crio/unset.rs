//! `k8sprep crio unset`.
//!
//! Takes a key out of one file; what counts then is the next file that has it, or the default.

use crio_config::catalogue::{self, Found};
use crio_config::{Activation, Document, KeyPath, Origin, Release};

use super::diff::{Edit, Editing};
use crate::cmd::Run;
use crate::failure::Failure;
use crate::ui::Ui;

/// The flags of `crio unset`.
#[derive(clap::Args, Debug)]
pub(crate) struct Unset {
    #[command(flatten)]
    edit: Edit,
    /// The option or table, as crio.image.pause_image
    #[arg(value_name = "KEY")]
    key: KeyPath,
}

impl Run for Unset {
    const NAME: &'static str = "unset";
    const ABOUT: &'static str = "Remove an option from a file, so that lower files or the default apply";
    const EXAMPLES: &'static str = "
  k8sprep crio unset crio.image.pause_image
  k8sprep crio unset --diff --file /etc/crio/crio.conf crio.runtime.runtimes.kata";
    const NOTES: &'static str = "
Comments stay. Keys CRI-O does not know can be taken out too. What `crio set` did before is taken back to the last
byte, the table and the directory it made too.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let judged = self.edit.configured.judged()?;
        judged.tell(ui);
        let editing = self.edit.open(judged.release)?;
        let mut document = editing.document()?;
        let before = document.to_string();
        self.take_out(&editing, &mut document).map_err(|error| editing.refused(&error))?;
        if document.as_str() == before {
            ui.note(format_args!("{} does not say it", editing.shown()));
            self.elsewhere(ui, judged.release)?;
            return editing.unchanged(ui);
        }
        let activation = match catalogue::find(self.key.parts()) {
            Some(Found::Option(option)) => Some(crio_config::activation(option, judged.release)),
            _ => Some(Activation::Restart),
        };
        editing.write(ui, &document, &format!("removed {}", self.key), activation)
    }
}

impl Unset {
    /// A table goes with its last key where this tool made it: in the own drop-in, and in other
    /// files where an earlier version had none. Elsewhere it may be there on purpose: an empty
    /// runtime is a runtime.
    fn take_out(&self, editing: &Editing<'_>, document: &mut Document) -> Result<(), crio_config::Error> {
        if !document.unset(&self.key)? {
            return Ok(());
        }
        let table = self.key.table();
        let is_empty = !document.keys().any(|key| key.parts().starts_with(table));
        let Some(table) = KeyPath::from_parts(table.iter().cloned()).filter(|_| is_empty) else {
            return Ok(());
        };
        if editing.is_own() || editing.was_without(&table) {
            document.unset(&table)?;
        }
        Ok(())
    }

    /// Names the file that states the option, where another one does.
    fn elsewhere(&self, ui: &mut Ui, release: Release) -> Result<(), Failure> {
        let merged = crio_config::merge(&self.edit.configured.sources()?, release);
        let Ok(merged) = merged else { return Ok(()) };
        if let Some(Origin::File(origin)) = merged.config.get(&self.key).map(|setting| &setting.origin) {
            let (path, line) = (&origin.path, origin.line);
            ui.note(format_args!("{path}:{line} states it: `--file {path}` takes it out there"));
        }
        if let Some(place @ Origin::Command(_)) = merged.config.get(&self.key).map(|setting| &setting.origin)
        {
            ui.note(format_args!("{place} sets it for CRI-O: take it out of the unit"));
        }
        Ok(())
    }
}
