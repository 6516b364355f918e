//! `k8sprep crio unset`.

use crio_config::catalogue::{self, Found};
use crio_config::{Document, KeyPath};

use super::diff::Edit;
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
    const EXAMPLES: &'static str = "  k8sprep crio unset crio.image.pause_image
  k8sprep crio unset --diff --file /etc/crio/crio.conf crio.runtime.runtimes.kata

Comments stay. Keys CRI-O does not know can be taken out too.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let release = self.edit.configured.release;
        let changed = self.edit.make(ui, "does not say it", |document| self.take_out(document))?;
        if let (true, Some(Found::Option(option))) = (changed, catalogue::find(self.key.parts())) {
            self.edit.announce(ui, crio_config::activation(option, release));
        }
        Ok(())
    }
}

impl Unset {
    /// In the own drop-in a table goes with its last key; in other files it may be there on purpose.
    fn take_out(&self, document: &mut Document) -> Result<(), crio_config::Error> {
        document.unset(&self.key)?;
        let table = self.key.table();
        let is_empty = !document.keys().any(|key| key.parts().starts_with(table));
        if let (true, true, Some(table)) =
            (self.edit.is_own(), is_empty, KeyPath::from_parts(table.iter().cloned()))
        {
            document.unset(&table)?;
        }
        Ok(())
    }
}
