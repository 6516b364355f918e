//! The files that a draft becomes. The same draft gives the same bytes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crio_config::{Document, KeyPath, Value};
use serde_json::{Value as Json, json};

use super::NewPlaces;
use super::accept::only_accepted;
use super::draft::Draft;
use super::registry::line;
use super::secret;

/// Read after what packages bring, and before what `k8sprep apply` writes.
const DROP_IN: &str = "50-k8sprep-migrated.conf";
const POLICY_JSON: &str = "/etc/containers/policy.json";
const AUTH_JSON: &str = "/etc/crio/auth.json";
const SERVICE: &str = "/etc/systemd/system/crio.service.d/50-k8sprep-migrated.conf";
/// By the rule of `kubeadm --patches`.
const KUBELET: &str = "/etc/kubernetes/patches/kubeletconfiguration50+merge.yaml";

/// A file of the new runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TranslatedFile {
    /// Where it belongs on the host.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Whether nobody but root may read it.
    pub secret: bool,
    /// What there is to know before it is put there.
    pub note: Option<&'static str>,
}

fn header(from: &[String]) -> String {
    format!("# Translated by k8sprep from {}.\n", from.join(", "))
}

/// The files, by path.
pub(super) fn files(draft: &mut Draft, from: &[String], places: &NewPlaces) -> Vec<TranslatedFile> {
    let mut files = Vec::new();
    let mut add = |path: &str, text: Option<String>, note| {
        if let Some(text) = text {
            let bytes = text.into_bytes();
            let secret = path == AUTH_JSON || secret::is_in(&bytes);
            files.push(TranslatedFile { path: path.to_owned(), bytes, secret, note });
        }
    };
    let auth = auth_json(draft);
    if auth.is_some() {
        draft.crio(&["crio", "image", "global_auth_file"], Value::from(AUTH_JSON));
    }
    ulimits(draft);
    only_accepted(draft, |draft| crio_conf(draft, from));
    let in_dir = |dir: &Path| dir.join(DROP_IN).display().to_string();
    add(&in_dir(&places.drop_ins), crio_conf(draft, from), None);
    add(&in_dir(&places.registries), Some(registries_conf(draft, from)), None);
    let storage = places.storage_conf.display().to_string();
    add(&storage, storage_conf(draft, from), Some("it takes the place of the file that is there"));
    add(
        POLICY_JSON,
        Some(policy_json()),
        Some("only where there is none: one that is there may be stricter"),
    );
    add(AUTH_JSON, auth, None);
    add(SERVICE, service(draft, from), None);
    let note = Some("a patch for kubeadm; the fields belong in /var/lib/kubelet/config.yaml too");
    add(KUBELET, kubelet(draft, from), note);
    for (path, bytes) in &draft.kept {
        let secret = secret::is_in(bytes) || path.ends_with(".key");
        files.push(TranslatedFile { path: path.clone(), bytes: bytes.clone(), secret, note: None });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn ulimits(draft: &mut Draft) {
    let limits: Vec<String> =
        draft.ulimits.iter().map(|(name, (soft, hard))| format!("{name}={soft}:{hard}")).collect();
    if !limits.is_empty() {
        draft.crio(&["crio", "runtime", "default_ulimits"], Value::Strings(limits));
    }
}

fn crio_conf(draft: &Draft, from: &[String]) -> Option<String> {
    // As a whole: to set key by key reads the file once for each.
    let mut tables: BTreeMap<&[String], Vec<(&String, &Value)>> = BTreeMap::new();
    for (path, value) in &draft.crio {
        let (key, table) = path.split_last()?;
        tables.entry(table).or_default().push((key, value));
    }
    let mut text = header(from);
    for (table, keys) in tables {
        let _ = writeln!(text, "\n[{}]", KeyPath::from_parts(table.iter().cloned())?);
        for (key, value) in keys {
            let _ = writeln!(text, "{key} = {value}");
        }
    }
    let document = Document::parse_for(&text, draft.release).ok()?;
    (!draft.crio.is_empty()).then(|| document.to_string())
}

/// Both old runtimes take an image without a registry for one of docker.io.
fn registries_conf(draft: &Draft, from: &[String]) -> String {
    let mut text = header(from);
    text.push_str("\nunqualified-search-registries = [\"docker.io\"]\n");
    if !draft.registries.is_empty() {
        text.push_str(&draft.registries.text());
    }
    text
}

fn storage_conf(draft: &Draft, from: &[String]) -> Option<String> {
    let storage = &draft.storage;
    if storage.driver.is_none() && storage.graphroot.is_none() && storage.overlay.is_empty() {
        return None;
    }
    let mut text = header(from);
    text.push_str("\n[storage]\n");
    line(&mut text, "driver", storage.driver.as_deref().unwrap_or("overlay"));
    line(&mut text, "runroot", "/run/containers/storage");
    let usual = "/var/lib/containers/storage";
    line(&mut text, "graphroot", storage.graphroot.as_deref().unwrap_or(usual));
    if !storage.overlay.is_empty() {
        text.push_str("\n[storage.options.overlay]\n");
        for (key, value) in &storage.overlay {
            line(&mut text, key, value);
        }
    }
    Some(text)
}

/// Neither of the old runtimes verifies a signature.
fn policy_json() -> String {
    pretty(&json!({ "default": [{ "type": "insecureAcceptAnything" }] }))
}

fn auth_json(draft: &Draft) -> Option<String> {
    if draft.auths.is_empty() && draft.helpers.is_empty() {
        return None;
    }
    let mut auth = serde_json::Map::new();
    let object = |entries: &BTreeMap<String, Json>| -> Json {
        entries
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    if !draft.auths.is_empty() {
        auth.insert("auths".into(), object(&draft.auths));
    }
    if !draft.helpers.is_empty() {
        auth.insert("credHelpers".into(), object(&draft.helpers));
    }
    Some(pretty(&auth.into()))
}

fn pretty(value: &Json) -> String {
    format!("{value:#}\n")
}

fn service(draft: &Draft, from: &[String]) -> Option<String> {
    if draft.service.is_empty() && draft.environment.is_empty() {
        return None;
    }
    let mut text = header(from);
    text.push_str("[Service]\n");
    for (name, value) in &draft.environment {
        // `%` begins a specifier, and quotes and backslashes mean something, in a unit.
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%");
        let _ = writeln!(text, "Environment=\"{name}={value}\"");
    }
    for (key, value) in &draft.service {
        let _ = writeln!(text, "{key}={value}");
    }
    Some(text)
}

fn kubelet(draft: &Draft, from: &[String]) -> Option<String> {
    if draft.kubelet.is_empty() {
        return None;
    }
    let mut text = header(from);
    text.push_str("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n");
    for (field, value) in &draft.kubelet {
        // A value in JSON is one in YAML.
        let _ = writeln!(text, "{field}: {value}");
    }
    Some(text)
}
