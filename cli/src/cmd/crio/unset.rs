//! `k8sprep crio unset`.

use crio_config::KeyPath;
use crio_config::catalogue::{self, Found};

use super::diff::Edit;
use super::set::announce;
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
    const ABOUT: &'static str = "Take an option out of a file, so that what is below it counts";
    const EXAMPLES: &'static str = "  k8sprep crio unset crio.image.pause_image
  k8sprep crio unset --diff --file /etc/crio/crio.conf crio.runtime.runtimes.kata

Comments stay. Keys CRI-O does not know can be taken out too.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let release = self.edit.configured.release;
        let changed = self.edit.make(ui, |document| document.unset(&self.key).map(drop))?;
        if let (true, Some(Found::Option(option))) =
            (changed && !self.edit.is_dry(), catalogue::find(self.key.parts()))
        {
            announce(ui, crio_config::activation(option, release));
        }
        Ok(())
    }
}
