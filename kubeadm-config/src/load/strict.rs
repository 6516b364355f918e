//! Which documents a release reads at all, and what its strict reader says of them.
//!
//! Both answer before a document is decoded for good: a version that is too old is refused by
//! name, and fields that nobody knows are a warning or an error, by command (`validate` and
//! `migrate` are strict, `init` and `join` warn).

use super::{COMPONENT_SCHEME, Loader, OWN_SCHEME, Strictness};
use crate::decode::{Order, decode};
use crate::failure::Failure;
use crate::go::quote;
use crate::message::Warning;
use crate::recognise::Recognised;
use crate::release::{Change, Support};
use crate::wire::{self, Gvk, Kind};

impl Loader<'_> {
    pub(super) fn ignored(&mut self, gvk: &Gvk) {
        let what = if self.has(Change::ConfigurationFile) { "configuration" } else { "YAML" };
        let text = format!("[config] WARNING: Ignored {what} document with GroupVersionKind {gvk}");
        // klog writes to stderr; 1.20 and 1.21 used fmt.Printf, so that the text stands in what
        // other programs read.
        if self.has(Change::IgnoredIsLogged) {
            self.warnings.push(Warning::new(text));
        } else {
            self.printed.push_str(&text);
            self.printed.push('\n');
        }
    }

    /// kubeadm's `validateSupportedVersion`.
    pub(super) fn supported(&mut self, gvk: &Gvk) -> Result<(), Failure> {
        let api_version = gvk.api_version();
        let spec = match self.has(Change::KindInMessages) {
            true => format!("{} (kind: {})", quote(&api_version), quote(&gvk.kind)),
            false => quote(&api_version),
        };
        let files = if self.has(Change::ConfigFileNames) {
            "--old-config old-config-file --new-config new-config-file"
        } else {
            "--old-config old.yaml --new-config new.yaml"
        };
        let rest = "which will write the new, similar spec using a newer API version.";
        // `oldKnownAPIVersions`: the last kubeadm that reads a version is named by a table in
        // kubeadm, and not always right (see `check::help`).
        if let Some(reader) = self.release.last_reader(&api_version) {
            return Err(Failure::new(format!(
                "your configuration file uses an old API spec: {spec}. Please use kubeadm {reader} instead and run \
                 'kubeadm config migrate {files}', {rest}"
            )));
        }
        match gvk.kubeadm_version().map(|version| self.release.support(version)) {
            // Deprecated is not refused: a warning, but for `migrate`, which is what the warning
            // asks for (`allowDeprecated`).
            Some(Support::Deprecated) if !self.deprecated_is_fine => {
                self.warnings.push(Warning::new(format!(
                    "your configuration file uses a deprecated API spec: {spec}. Please use 'kubeadm config migrate \
                     {files}', {rest}"
                )));
                Ok(())
            }
            Some(Support::Experimental) if !self.experimental_is_fine => Err(Failure::new(format!(
                "experimental API spec: {spec} is not allowed. You can use the --allow-experimental-api flag if the \
                 command supports it."
            ))),
            _ => Ok(()),
        }
    }

    /// kubeadm's `VerifyUnmarshalStrict`.
    pub(super) fn verify(&mut self, document: &Recognised<'_>) -> Result<(), Failure> {
        let Some(text) = self.strict_text(document) else { return Ok(()) };
        match self.strict {
            Strictness::Error => Err(Failure::new(text).at(document.document.root.span)),
            Strictness::Warning => {
                self.warnings.push(Warning::new(text));
                Ok(())
            }
        }
    }

    pub(super) fn strict_text(&self, document: &Recognised<'_>) -> Option<String> {
        let gvk = document.gvk.go_syntax();
        let Some(kind) = wire::find(&document.gvk, self.release) else {
            // Before 1.24 the message named the schemes that were asked.
            let place = if self.has(Change::StrictSerializer) {
                String::new()
            } else {
                format!(" for scheme definitions in {} and {}", quote(OWN_SCHEME), quote(COMPONENT_SCHEME))
            };
            return Some(format!("unknown configuration {gvk}{place}"));
        };
        let text = if self.has(Change::StrictSerializer) {
            self.strict_findings(document, kind)?
        } else {
            crate::decode::legacy::strict_error(document, kind, self.release.minor())?
        };
        Some(format!("error unmarshaling configuration {gvk}: {text}"))
    }

    fn strict_findings(&self, document: &Recognised<'_>, kind: &'static Kind) -> Option<String> {
        let decoded = decode(&document.document.root, kind, self.release.minor(), Order::Sorted);
        // What cannot be decoded at all hides the strict findings.
        if let Some(fatal) = decoded.fatal() {
            return Some(fatal.text.clone());
        }
        // YAML's own errors (a key twice) come before unknown fields.
        let mut texts: Vec<String> = document.document.strict_error().into_iter().collect();
        for finding in decoded.unknown {
            // Go keeps the first hundred and says each once.
            if texts.len() < 101 && !texts.contains(&finding.text) {
                texts.push(finding.text);
            }
        }
        (!texts.is_empty()).then(|| format!("strict decoding error: {}", texts.join(", ")))
    }
}
