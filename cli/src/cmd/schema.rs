//! `k8sprep schema`.

use crate::cmd::Run;
use crate::failure::Failure;
use crate::recipe;
use crate::ui::Ui;

/// The flags of `schema`.
#[derive(clap::Args, Debug)]
pub(crate) struct Schema {}

impl Run for Schema {
    const NAME: &'static str = "schema";
    const ABOUT: &'static str = "Print the JSON Schema of k8sprep.yaml";
    const EXAMPLES: &'static str = "  k8sprep schema > k8sprep.schema.json";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        ui.json(&recipe::schema())
    }
}
