//! `k8sprep crio options`.
//!
//! The catalogue of `crio_config`: every option with its type, the releases that have it and how
//! its default changed. Reads no file. JSON: `k8sprep.crio-options/v1`.

use crio_config::catalogue::{self, CrioOption, Found, Kind};
use crio_config::{KeyPath, Release};
use serde::Serialize;

use super::show::value;
use crate::cmd::Run;
use crate::failure::Failure;
use crate::ui::{Format, Ui};

/// The flags of `crio options`.
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Only what this CRI-O release knows, with its defaults; without, every release's history
    #[arg(long, value_name = "RELEASE")]
    release: Option<Release>,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
    /// One option or table, as crio.image.pause_image
    #[arg(value_name = "KEY")]
    key: Option<KeyPath>,
}

/// An option in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Printed {
    path: String,
    r#type: &'static str,
    releases: Vec<[String; 2]>,
    defaults: Vec<Since>,
    deprecated: Option<String>,
    without_effect: Option<String>,
    removed: Option<String>,
    instead: Option<&'static str>,
    reload: bool,
}

/// A default, and the release that it came with.
#[derive(Serialize)]
struct Since {
    since: String,
    value: serde_json::Value,
}

impl Run for Options {
    const NAME: &'static str = "options";
    const ABOUT: &'static str = "Print the options CRI-O has, with types, defaults and history";
    const EXAMPLES: &'static str = "
  k8sprep crio options crio.image.pause_image
  k8sprep crio options --release 1.31 crio.network
  k8sprep crio options --output json | jq -r '.options[] | select(.deprecated) | .path'";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let chosen = self.chosen()?;
        if self.output == Format::Json {
            let printed: Vec<_> = chosen.iter().map(|option| printed(option, self.release)).collect();
            return ui.json("crio-options", &serde_json::json!({ "options": printed }));
        }
        if let [option] = chosen.as_slice() {
            return one(ui, option, self.release);
        }
        for option in chosen {
            ui.line(line(option, self.release))?;
        }
        Ok(())
    }
}

impl Options {
    /// A key may be an option, a table, or an entry of one.
    fn chosen(&self) -> Result<Vec<&'static CrioOption>, Failure> {
        let known = |option: &&CrioOption| {
            !option.is_internal() && self.release.is_none_or(|release| option.is_in(release))
        };
        let all = catalogue::options().filter(known);
        let Some(key) = &self.key else { return Ok(all.collect()) };
        match catalogue::find(key.parts()) {
            Some(Found::Option(option) | Found::Tables(option) | Found::MapEntry(option)) => Ok(vec![option]),
            Some(Found::Table(table)) => Ok(all.filter(|option| option.table() == table).collect()),
            Some(_) => Ok(Vec::new()),
            None => {
                let near: Vec<String> =
                    catalogue::closest(key.parts()).iter().map(|option| option.path()).collect();
                let failure = Failure::usage(format_args!("CRI-O has no option {key} in any release"));
                Err(if near.is_empty() {
                    failure
                } else {
                    failure.hint(format_args!("did you mean {}?", near.join(" or ")))
                })
            }
        }
    }
}

/// The type, in words.
fn kind(option: &CrioOption) -> &'static str {
    match option.kind() {
        Kind::String => "string",
        Kind::Boolean => "boolean",
        Kind::Integer => "integer",
        Kind::Unsigned => "integer of zero or more",
        Kind::Strings => "list of strings",
        Kind::StringMap => "table of strings",
        Kind::Duration => "duration",
        Kind::Table => "table",
        Kind::Tables => "tables by name",
        _ => "other",
    }
}

/// `path = default`, or the type where there is none.
fn line(option: &CrioOption, release: Option<Release>) -> String {
    let release = release.unwrap_or(Release::NEWEST);
    let default = match option.default(release) {
        _ if !option.is_in(release) => format!("(not in {release})"),
        Some(value) => value.to_string(),
        None => kind(option).to_owned(),
    };
    format!("{} = {default}", option.path())
}

/// Everything about one option.
fn one(ui: &mut Ui, option: &CrioOption, release: Option<Release>) -> Result<(), Failure> {
    ui.line(option.path())?;
    ui.line(format_args!("  type        {}", kind(option)))?;
    let releases: Vec<String> =
        runs(option).iter().map(|[first, last]| format!("{first} to {last}")).collect();
    ui.line(format_args!("  in          {}", releases.join(", ")))?;
    match release {
        Some(release) => {
            let default = option.default(release).map_or("-".into(), |value| value.to_string());
            ui.line(format_args!("  default     {default} ({release})"))?;
        }
        None => {
            for (since, value) in option.default_history() {
                ui.line(format_args!("  default     {value} since {since}"))?;
            }
        }
    }
    if option.default_is_of_host() {
        ui.line("              or what the host says")?;
    }
    for (word, since) in [("deprecated", option.deprecated_since()), ("no effect", option.inert_since())] {
        if let Some(since) = since {
            ui.line(format_args!("  {word:<11} since {since}"))?;
        }
    }
    if let Some(removed) = option.removed_in() {
        ui.line(format_args!("  removed     in {removed}"))?;
    }
    if let Some(instead) = option.instead() {
        ui.line(format_args!("  instead     {instead}"))?;
    }
    let reload = option.is_reloadable(release.unwrap_or(Release::NEWEST));
    ui.line(format_args!("  change      needs a {}", if reload { "reload" } else { "restart" }))
}

/// Releases from and to; an option that was taken out and came back has two.
fn runs(option: &CrioOption) -> Vec<[String; 2]> {
    option.releases().iter().map(|(first, last)| [first.to_string(), last.to_string()]).collect()
}

/// The default of one release, or the history of all.
fn printed(option: &CrioOption, release: Option<Release>) -> Printed {
    let history = match release {
        Some(release) => option.default(release).map(|value| (release, value)).into_iter().collect(),
        None => option.default_history(),
    };
    Printed {
        path: option.path(),
        r#type: kind(option),
        releases: runs(option),
        defaults: history
            .iter()
            .map(|(since, default)| Since { since: since.to_string(), value: value(default) })
            .collect(),
        deprecated: option.deprecated_since().map(|since| since.to_string()),
        without_effect: option.inert_since().map(|since| since.to_string()),
        removed: option.removed_in().map(|release| release.to_string()),
        instead: option.instead(),
        reload: option.is_reloadable(release.unwrap_or(Release::NEWEST)),
    }
}
