//! `k8sprep crio set`.
//!
//! One value in the drop-in of our own, or in the file that is named; comments and order stay.
//! What is so already writes nothing.

use crio_config::{Assignment, KeyPath};

use super::diff::Edit;
use crate::cmd::Run;
use crate::failure::Failure;
use crate::ui::Ui;

/// The flags of `crio set`.
#[derive(clap::Args, Debug)]
pub(crate) struct Set {
    #[command(flatten)]
    edit: Edit,
    /// The option, as crio.image.pause_image
    #[arg(value_name = "KEY")]
    key: KeyPath,
    /// The value: a word, a number, true, ["a", "b"]
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    value: String,
}

impl Run for Set {
    const NAME: &'static str = "set";
    const ABOUT: &'static str = "Set an option, in a drop-in of k8sprep or in a file";
    const EXAMPLES: &'static str = "
  k8sprep crio set crio.image.pause_image registry.example.org/pause:3.10
  k8sprep crio set --diff --dry-run crio.runtime.default_ulimits '[\"nofile=65536:65536\"]'
  k8sprep crio set --file /etc/crio/crio.conf crio.runtime.log_level debug";
    const NOTES: &'static str = "
Every other byte of the file stays. Nothing is written where CRI-O would not start with it. `k8sprep history`
shows the change, `k8sprep rollback` takes it back, and `k8sprep apply` leaves the file alone.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let judged = self.edit.configured.judged()?;
        judged.tell(ui);
        let assignment = Assignment::parse(&self.key, &self.value, judged.release).map_err(Failure::usage)?;
        let editing = self.edit.open(judged.release)?;
        let mut document = editing.document()?;
        if document.get(&assignment.path).as_ref() == Some(&assignment.value) {
            ui.note(format_args!("{} says so already", editing.shown()));
            return editing.unchanged(ui);
        }
        document.set(&assignment.path, &assignment.value).map_err(|error| editing.refused(&error))?;
        let done = format!("set {} = {}", assignment.path, assignment.value);
        editing.write(ui, &document, &done, Some(assignment.activation))
    }
}
