//! `k8sprep schema`.
//!
//! JSON Schemas: of the spec and the plan by `schemars`, of kubeadm's documents by
//! `kubeadm_config::schema`, each by API version and release. `--list` names them.

mod own;

use kubeadm_config::wire::Gvk;
use kubeadm_config::{ApiVersion, KubeadmRelease, json_schema, schema_kinds};

use crate::cmd::Run;
use crate::cmd::doctor::TimelineDocument;
use crate::cmd::shared::outlook_sheet::PlanDocument;
use crate::doctor::archive::Manifest;
use crate::failure::Failure;
use crate::recipe;
use crate::ui::{Format, Ui};
use crate::upgrade;

/// Documents of this program whose types make their schema.
const MADE: &[(&str, &str)] = &[
    ("spec", "k8sprep.yaml, what is asked of a node"),
    ("plan", "what `plan`, `verify` and `apply --check` print"),
    ("upgrade", "what `k8sprep upgrade plan --output json` prints"),
    #[cfg(feature = "api")]
    ("upgrade-status", "what `k8sprep upgrade status`, `apply`, `resume` and `abort --output json` print"),
    ("upgrade-check", "what `k8sprep upgrade check --output json` prints"),
    ("timeline", "what `k8sprep doctor --timeline --output json` prints"),
    ("support-archive", "manifest.json of a support archive"),
];

/// The flags of `schema`.
#[derive(clap::Args, Debug)]
pub(crate) struct Schema {
    /// spec, a document that is printed, such as plan or failure, or a kind of kubeadm's documents
    /// such as ClusterConfiguration, in any letter case
    #[arg(default_value = "spec", value_name = "KIND")]
    document: String,
    /// The API version of the kind [default: the newest that a kubeadm writes]
    #[arg(long, value_name = "VERSION")]
    api_version: Option<String>,
    /// With the fields of this kubeadm release only, and in the API version that it writes
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<KubeadmRelease>,
    /// List the documents that have a schema
    #[arg(long, conflicts_with_all = ["document", "api_version", "kubernetes_version"])]
    list: bool,
    /// How to print the list; a schema is JSON always
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Schema {
    const NAME: &'static str = "schema";
    const ABOUT: &'static str = "Print the JSON Schema of k8sprep.yaml, of printed JSON or of a kubeadm kind";
    const EXAMPLES: &'static str = "
  k8sprep schema > k8sprep.schema.json
  k8sprep schema plan > plan.schema.json
  k8sprep schema failure                  # of k8sprep.failure/v1
  k8sprep schema ClusterConfiguration --api-version v1beta3
  k8sprep schema initconfiguration --kubernetes-version v1.34.0
  k8sprep schema --list";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        if self.list {
            return list(self.output, ui);
        }
        let name = self.document.strip_prefix("k8sprep.").unwrap_or(&self.document);
        let name = name.strip_suffix("/v1").unwrap_or(name);
        let own = match name {
            "spec" => Some(serde_json::to_value(recipe::schema())),
            "plan" => Some(serde_json::to_value(schemars::schema_for!(PlanDocument<'_>))),
            "upgrade" => Some(printed::<upgrade::Plan>(name)),
            #[cfg(feature = "api")]
            "upgrade-status" => Some(printed::<crate::stage::UpgradeStatus>(name)),
            "upgrade-check" => Some(printed::<upgrade::Check>(name)),
            "timeline" => Some(printed::<TimelineDocument<'_>>(name)),
            "support-archive" => Some(serde_json::to_value(schemars::schema_for!(Manifest))),
            name => own::find(name).map(Ok),
        };
        let Some(schema) = own else { return ui.json_document(&self.of_kind(&self.document)?) };
        if self.api_version.is_some() || self.kubernetes_version.is_some() {
            return Err(Failure::usage(format_args!(
                "{name} is a document of k8sprep: it has no API version"
            )));
        }
        ui.json_document(&schema.map_err(|error| Failure::from_error(&error))?)
    }
}

impl Schema {
    /// In any letter case; where several versions have it, the one that the release writes.
    fn of_kind(&self, kind: &str) -> Result<serde_json::Value, Failure> {
        let of_name: Vec<Gvk> = schema_kinds().filter(|gvk| gvk.kind.eq_ignore_ascii_case(kind)).collect();
        if of_name.is_empty() {
            let failure = Failure::usage(format_args!("there is no schema of {kind:?}"));
            return Err(failure.hint("k8sprep schema --list lists the schemas"));
        }
        let gvk = self.chosen(&of_name).ok_or_else(|| {
            let versions: Vec<_> = of_name.iter().map(Gvk::api_version).collect();
            let asked = self.api_version.as_deref().unwrap_or("the API version that the release writes");
            Failure::usage(format_args!("{kind} is not in {asked}; it is in {}", versions.join(", ")))
        })?;
        json_schema(gvk, self.kubernetes_version.as_ref()).ok_or_else(|| {
            let release = self.kubernetes_version.as_ref().map(|release| release.version().to_string());
            let release = release.unwrap_or_default();
            Failure::usage(format_args!("kubeadm {release} does not know {gvk}"))
        })
    }

    /// The one in the version asked for, else in the one that the release writes, or the newest.
    fn chosen<'a>(&self, of_name: &'a [Gvk]) -> Option<&'a Gvk> {
        let own = |gvk: &Gvk| gvk.group == ApiVersion::GROUP;
        if let Some(asked) = &self.api_version {
            return of_name.iter().find(|gvk| gvk.version == *asked || gvk.api_version() == *asked);
        }
        if !of_name.iter().any(own) {
            return of_name.last();
        }
        match &self.kubernetes_version {
            Some(release) => of_name.iter().find(|gvk| gvk.version == release.writes().name()),
            None => {
                // What no kubeadm writes yet comes only when it is asked for.
                let newest = of_name.iter().rfind(|gvk| gvk.version != ApiVersion::V1.name());
                newest.or(of_name.last())
            }
        }
    }
}

/// The schema of a document whose type does not hold the name of its schema: `Ui::json` prints that.
fn printed<T: schemars::JsonSchema>(name: &str) -> Result<serde_json::Value, serde_json::Error> {
    // As it is written: what may be left out is not required.
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let mut schema = serde_json::to_value(settings.into_generator().into_root_schema_for::<T>())?;
    schema["properties"]["schema"] = serde_json::json!({ "const": format!("k8sprep.{name}/v1") });
    if let Some(required) = schema["required"].as_array_mut() {
        required.push("schema".into());
    }
    Ok(schema)
}

/// A row of the list.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    name: String,
    /// Of a document of k8sprep.
    about: Option<String>,
    /// Of a kind of kubeadm's documents.
    api_version: Option<String>,
}

/// Ours first.
fn list(format: Format, ui: &mut Ui) -> Result<(), Failure> {
    let made = MADE.iter().map(|(name, about)| ((*name).to_owned(), (*about).to_owned()));
    let own = made.chain(own::all());
    let own = own.map(|(name, about)| Listed { name, about: Some(about), api_version: None });
    let kinds = schema_kinds().map(|gvk| {
        let api_version = Some(gvk.api_version());
        Listed { name: gvk.kind, about: None, api_version }
    });
    let all = own.chain(kinds);
    if format == Format::Json {
        let all: Vec<Listed> = all.collect();
        return ui.json("schema-list", &serde_json::json!({ "schemas": all }));
    }
    for Listed { name, about, api_version } in all {
        let what = about.or(api_version).unwrap_or_default();
        ui.line(format_args!("{name:<28} {what}"))?;
    }
    Ok(())
}
