//! `k8sprep confirm`.
//!
//! Takes the dead man's switch away: `host_prep::confirm`. Running it twice is no error.

use host_prep::TransactionId;

use crate::cmd::Run;
use crate::cmd::shared::on_host::{ChangeHost, failed, listed, now};
use crate::failure::Failure;
use crate::ui::{Format, Ui};

/// The flags of `confirm`.
#[derive(clap::Args, Debug)]
pub(crate) struct Confirm {
    #[command(flatten)]
    change: ChangeHost,
    /// The transaction; default: every one that waits
    #[arg(value_name = "ID")]
    id: Option<TransactionId>,
    /// How to print what stays
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Confirm {
    const NAME: &'static str = "confirm";
    const ABOUT: &'static str = "Confirm what apply --confirm-within would otherwise roll back";
    const EXAMPLES: &'static str = "
  k8sprep confirm         # from a new session: the host can still be reached
  k8sprep confirm 3";
    const NOTES: &'static str = "
It keeps what `k8sprep apply --confirm-within 10m` would otherwise roll back.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = self.change.host()?;
        let done =
            host_prep::confirm(&host, self.id, now(), self.change.wait()).map_err(|error| failed(&error))?;
        if self.output == Format::Json {
            return ui.json("confirmed", &serde_json::json!({ "transactions": done }));
        }
        match done.as_slice() {
            [id] => ui.line(format_args!("transaction {id} stays")),
            ids => ui.line(format_args!("transactions {} stay", listed(ids))),
        }
    }
}
