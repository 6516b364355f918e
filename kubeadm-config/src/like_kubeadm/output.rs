//! `-o` of `kubeadm config images list`.

use serde_json::{Value, json};

use super::jsonpath::Template;
use crate::failure::Failure;
use crate::go::{json_string, quote};
use crate::release::{Change, KubeadmRelease};
use crate::yaml;

/// How the list is printed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Printer {
    Text,
    Json,
    Yaml,
    Kyaml,
    Jsonpath { text: String, template: Template, as_json: bool },
}

/// The formats that are followed by `=` and a template. Of files nothing is read here, and Go's own
/// templates are not imitated.
const TEMPLATES: [&str; 7] = [
    "go-template",
    "go-template-file",
    "jsonpath",
    "jsonpath-as-json",
    "jsonpath-file",
    "template",
    "templatefile",
];

impl Printer {
    /// The printer of that name.
    pub(super) fn of(format: &str, release: &KubeadmRelease) -> Result<Self, Failure> {
        let failure = |text: String| match release.has(Change::OutputPrinterIsNamed) {
            true => Failure::new(text).while_doing("could not construct output printer"),
            false => Failure::new(text),
        };
        let (name, template) = format.split_once('=').unwrap_or((format, ""));
        if TEMPLATES.contains(&name) {
            if template.is_empty() {
                return Err(failure("template format specified but no template given".to_owned()));
            }
            return Self::of_template(name, template).map_err(failure);
        }
        // The text printer alone minds the case.
        match (format, format.to_lowercase().as_str()) {
            ("text", _) => Ok(Self::Text),
            (_, "json") => Ok(Self::Json),
            (_, "yaml") => Ok(Self::Yaml),
            // KEP-5295; kubeadm got it with cli-runtime.
            (_, "kyaml") if release.has(Change::KyamlOutput) => Ok(Self::Kyaml),
            _ => Err(failure(format!(
                "unable to match a printer suitable for the output format {}, allowed formats are: {}",
                quote(format),
                allowed(release)
            ))),
        }
    }

    fn of_template(name: &str, text: &str) -> Result<Self, String> {
        let as_json = match name {
            "jsonpath" => false,
            "jsonpath-as-json" => true,
            // Go templates are a language of their own, of which jsonpath is a small part.
            _ => return Err(format!("{name} is not imitated; give text, json, yaml or jsonpath=TEMPLATE")),
        };
        let template =
            Template::parse(text).map_err(|why| format!("error parsing jsonpath {text}, {why}"))?;
        Ok(Self::Jsonpath { text: text.to_owned(), template, as_json })
    }

    /// The list in that format.
    pub(super) fn printed(&self, images: &[String], release: &KubeadmRelease) -> Result<String, Failure> {
        let api_version = format!("output.kubeadm.k8s.io/{}", api_version(release));
        let each = |before: &str, between: &str| {
            let lines: Vec<_> =
                images.iter().map(|image| format!("{before}{}", json_string(image))).collect();
            lines.join(between)
        };
        Ok(match self {
            Self::Text => images.join("\n") + "\n",
            Self::Json => format!(
                "{{\n    \"kind\": \"Images\",\n    \"apiVersion\": {},\n    \"images\": [\n{}\n    ]\n}}\n",
                json_string(&api_version),
                each("        ", ",\n"),
            ),
            Self::Kyaml => format!(
                "---\n{{\n  kind: \"Images\",\n  apiVersion: {},\n  images: [\n{},\n  ],\n}}\n",
                json_string(&api_version),
                each("    ", ",\n"),
            ),
            Self::Yaml => yaml::write(&list(images, &api_version))
                .map_err(|error| Failure::new(error.to_string()).while_doing(PRINTING))?,
            Self::Jsonpath { text, template, as_json } => {
                let list = list(images, &api_version);
                let filled = if *as_json { template.filled_as_json(&list) } else { template.filled(&list) };
                filled.map_err(|why| unfilled(text, &why, images, &api_version))?
            }
        })
    }
}

fn list(images: &[String], api_version: &str) -> Value {
    json!({ "apiVersion": api_version, "images": images, "kind": "Images" })
}

const PRINTING: &str = "unable to print images";

/// What is said where a template cannot be filled in, with the list in Go's own syntax.
fn unfilled(template: &str, why: &str, images: &[String], api_version: &str) -> Failure {
    let images = images.iter().map(|image| quote(image)).collect::<Vec<_>>().join(", ");
    let object = format!(
        "map[string]interface {{}}{{\"apiVersion\":{}, \"images\":[]interface {{}}{{{images}}}, \"kind\":\"Images\"}}",
        quote(api_version)
    );
    Failure::new(format!(
        "error executing jsonpath {}: Error executing template: {why}. Printing more information for debugging the template:\n\
         \ttemplate was:\n\t\t{template}\n\tobject given to jsonpath engine was:\n\t\t{object}\n\n\n",
        quote(template)
    ))
    .while_doing(PRINTING)
}

fn allowed(release: &KubeadmRelease) -> String {
    let mut formats = TEMPLATES.to_vec();
    formats.extend(["json", "text", "yaml"]);
    if release.has(Change::KyamlOutput) {
        formats.push("kyaml");
    }
    formats.sort_unstable();
    formats.join(",")
}

fn api_version(release: &KubeadmRelease) -> &'static str {
    if release.has(Change::OutputV1Alpha3) {
        "v1alpha3"
    } else if release.has(Change::OutputV1Alpha2) {
        "v1alpha2"
    } else {
        "v1alpha1"
    }
}
