//! `k8sprep schema`.

use crate::cmd::Run;
use crate::failure::Failure;
use crate::recipe;
use crate::ui::Ui;

/// The flags of `schema`.
#[derive(clap::Args, Debug)]
pub(crate) struct Schema {
    /// Which document it describes
    #[arg(value_enum, default_value_t)]
    document: Document,
}

/// A document with a schema.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Document {
    /// k8sprep.yaml, what is asked of a node
    #[default]
    Spec,
    /// What `k8sprep plan --output json` prints
    Plan,
}

impl Run for Schema {
    const NAME: &'static str = "schema";
    const ABOUT: &'static str = "Print the JSON Schema of k8sprep.yaml or of a plan";
    const EXAMPLES: &'static str = "  k8sprep schema > k8sprep.schema.json
  k8sprep schema plan > plan.schema.json";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        match self.document {
            Document::Spec => ui.json(&recipe::schema()),
            Document::Plan => ui.json(&schemars::schema_for!(host_prep::Plan)),
        }
    }
}
