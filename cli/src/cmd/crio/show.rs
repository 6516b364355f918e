//! `k8sprep crio show`.
//!
//! The whole configuration as CRI-O would have it: files merged in order over the defaults of the
//! release. As TOML it can be read by CRI-O again; JSON is `k8sprep.crio-show/v1`.

use std::collections::BTreeMap;

use crio_config::{CrioHost, Effective, Origin, Release};

use super::Configured;
use crate::cmd::Run;
use crate::failure::{Exit, Failure};
use crate::ui::{Ui, visible};

/// The flags of `crio show`.
#[derive(clap::Args, Debug)]
pub(crate) struct Show {
    #[command(flatten)]
    configured: Configured,
    /// Say where every value comes from: file and line, or CRI-O's default
    #[arg(long)]
    origin: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: As,
}

/// How the configuration is printed.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum As {
    /// As a file that CRI-O could read
    #[default]
    Toml,
    /// One object by dotted key
    Json,
}

/// A setting with its origin.
#[derive(serde::Serialize)]
struct Printed {
    value: serde_json::Value,
    origin: String,
}

impl Run for Show {
    const NAME: &'static str = "show";
    const ABOUT: &'static str = "Print the effective configuration of CRI-O";
    const EXAMPLES: &'static str = "
  k8sprep crio show --origin | grep pause_image
  k8sprep crio show --release 1.28 --root /mnt/image
  k8sprep crio show --output json | jq '.[\"crio.runtime.cgroup_manager\"]'";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let judged = self.configured.judged()?;
        judged.tell(ui);
        let config = effective(&self.configured, judged.release)?;
        match self.output {
            As::Toml => {
                let with_origin = self.origin;
                ui.text(
                    config.to_toml(|_, setting| with_origin.then(|| visible(&setting.origin.to_string()))),
                )
            }
            As::Json => ui.json("crio-show", &json(&config)),
        }
    }
}

/// What the files amount to, with what CRI-O's validation changes.
pub(super) fn effective(configured: &Configured, release: Release) -> Result<Effective, Failure> {
    let refused = |lines: Vec<String>| {
        Failure::lines(Exit::Failed, crio_config::Code::CrioValueRefused.as_str(), lines)
            .hint("k8sprep crio check shows the place and everything else")
    };
    let merged =
        crio_config::merge(&configured.sources()?, release).map_err(|refusal| refused(vec![refusal.text]))?;
    let valid = merged
        .validate(&CrioHost::unknown())
        .map_err(|refusals| refused(refusals.into_iter().map(|refusal| refusal.text).collect()))?;
    Ok(valid.config)
}

/// By key, sorted.
fn json(config: &Effective) -> BTreeMap<String, Printed> {
    config
        .iter()
        .filter_map(|(path, setting)| {
            let key = crio_config::KeyPath::from_parts(path.to_vec())?.to_string();
            let value = value(&setting.shown(config.release()));
            let origin = match &setting.origin {
                Origin::Default => "default".to_owned(),
                other => other.to_string(),
            };
            Some((key, Printed { value, origin }))
        })
        .collect()
}

/// An option's value as JSON.
pub(super) fn value(value: &crio_config::Value) -> serde_json::Value {
    match value {
        crio_config::Value::String(text) => text.clone().into(),
        crio_config::Value::Integer(number) => (*number).into(),
        crio_config::Value::Boolean(flag) => (*flag).into(),
        crio_config::Value::Strings(items) => items.clone().into(),
        crio_config::Value::StringMap(map) => map
            .iter()
            .map(|(key, text)| (key.clone(), text.clone().into()))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        _ => serde_json::Value::Null,
    }
}
