//! `k8sprep crio get`.
//!
//! The value that is in force, merged over all files with the default of the release, and where it
//! comes from. Exit 1 for a key that is not set. JSON: `k8sprep.crio-get/v1`.

use crio_config::{KeyPath, Value, lookup};

use super::{Configured, show};
use crate::cmd::Run;
use crate::failure::{Exit, Failure};
use crate::ui::{Format, Ui};

/// The flags of `crio get`.
#[derive(clap::Args, Debug)]
pub(crate) struct Get {
    #[command(flatten)]
    configured: Configured,
    /// Print a text without its quotes, for scripts
    #[arg(long, conflicts_with = "output")]
    raw: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
    /// The option, as crio.image.pause_image
    #[arg(value_name = "KEY")]
    key: KeyPath,
}

/// `k8sprep.crio-get/v1`.
#[derive(serde::Serialize)]
struct Printed {
    key: String,
    value: serde_json::Value,
    origin: String,
}

impl Run for Get {
    const NAME: &'static str = "get";
    const ABOUT: &'static str = "Print the effective value of an option";
    const EXAMPLES: &'static str = "
  k8sprep crio get crio.image.pause_image
  image=$(k8sprep crio get --raw crio.image.pause_image)
  k8sprep crio get crio.runtime.runtimes.crun.runtime_path --output json";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let judged = self.configured.judged()?;
        judged.tell(ui);
        let release = judged.release;
        let (_, key) = lookup(&self.key, release).map_err(Failure::usage)?;
        let config = show::effective(&self.configured, release)?;
        let Some(setting) = config.get(&key) else {
            let names = if key.parts().get(2).is_some_and(|part| part == "workloads") {
                config.workloads()
            } else {
                config.runtimes()
            };
            let there = if names.is_empty() { "none".into() } else { names.join(", ") };
            return Err(Failure::new(
                Exit::Failed,
                crate::Code::SettingMissing.as_str(),
                format_args!("nothing has {key}"),
            )
            .hint(format_args!("the names there are: {there}")));
        };
        let raw = match &setting.value {
            Value::String(text) if self.raw => Some(text),
            _ => None,
        };
        match (self.output, raw) {
            (Format::Text, Some(text)) => ui.line(text),
            (Format::Text, None) => ui.text(format_args!("{}\n", setting.to_toml(release))),
            (Format::Json, _) => ui.json(
                "crio-get",
                &Printed {
                    key: key.to_string(),
                    value: show::value(&setting.shown(release)),
                    origin: setting.origin.to_string(),
                },
            ),
        }
    }
}
