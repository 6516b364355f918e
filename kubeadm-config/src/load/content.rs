//! Decoding a document for good, by the decoder that the release uses.
//!
//! Decoding twice is kubeadm's way: once strictly, for messages alone (`strict`), and once for
//! good, here. The second one takes what the first has warned of: it keeps the known fields and
//! passes over the rest.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{COMPONENT_SCHEME, Loader, OWN_SCHEME};
use crate::convert;
use crate::decode::{Decoded, Order, decode};
use crate::failure::Failure;
use crate::go::quote;
use crate::message::Warning;
use crate::recognise::Recognised;
use crate::release::Change;
use crate::version::ApiVersion;
use crate::wire::{self, Gvk, Kind};
use crate::yaml;

impl Loader<'_> {
    /// Decodes a document for good, and tells its API version.
    pub(super) fn read<T: DeserializeOwned>(
        &self,
        document: &Recognised<'_>,
    ) -> Result<(T, ApiVersion), Failure> {
        let gvk = &document.gvk;
        let unregistered = || {
            let (kind, api_version) = (quote(&gvk.kind), quote(&gvk.api_version()));
            let scheme = quote(self.own_scheme());
            Failure::new(format!("no kind {kind} is registered for version {api_version} in scheme {scheme}"))
        };
        // The text is that of `runtime.DecodeInto`. Where strict findings are only warned of, an
        // unknown version gets as far as this.
        let version = gvk.kubeadm_version().ok_or_else(unregistered)?;
        let kind = wire::find(gvk, self.release).ok_or_else(unregistered)?;
        let mut content = self.content(document, kind)?;
        convert::to_common(&gvk.kind, version, &mut content);
        let read = serde_json::from_value(Value::Object(content));
        read.map(|value| (value, version)).map_err(|error| Failure::new(error.to_string()))
    }

    /// The content as the decoder that is used for good gets it.
    fn content(&self, document: &Recognised<'_>, kind: &'static Kind) -> Result<Map<String, Value>, Failure> {
        if self.has(Change::JsonIterator) {
            return crate::decode::iter::content(document, kind, self.release.minor());
        }
        // What begins with `{` goes to the JSON parser without the way over YAML, so keys come in
        // the order in which they are written.
        let decoded = if document.is_json() {
            let json = yaml::json::read(&document.text, document.base).map_err(|error| {
                let span = error.span();
                Failure::new(format!("couldn't get version/kind; json parse error: {error}")).at_maybe(span)
            })?;
            decode(&json.root, kind, self.release.minor(), Order::Written)
        } else {
            decode(&document.document.root, kind, self.release.minor(), Order::Sorted)
        };
        fail_on_fatal(decoded)
    }

    fn own_scheme(&self) -> &'static str {
        match self.has(Change::JsonIterator) {
            true => OWN_SCHEME,
            false => self.scheme(),
        }
    }

    /// Where apimachinery's schemes are made, which stands for their name.
    ///
    /// The line moves with each edit of apimachinery above it, and is part of a message.
    fn scheme(&self) -> &'static str {
        match () {
            () if self.has(Change::SchemeLine111) => "pkg/runtime/scheme.go:111",
            () if self.has(Change::SchemeLine110) => "pkg/runtime/scheme.go:110",
            () => "pkg/runtime/scheme.go:100",
        }
    }

    /// A component's configuration, empty if the file has none.
    pub(super) fn component(
        &mut self,
        documents: &[Recognised<'_>],
        own: &Gvk,
    ) -> Result<Map<String, Value>, Failure> {
        // By the group alone: "as long as we support only component configs with a single kind,
        // this is allowed" (`configBase.Unmarshal`, 1.34).
        let Some(document) = documents.iter().find(|document| document.gvk.group == own.group) else {
            return Ok(Map::new());
        };
        let gvk = &document.gvk;
        // `UnsupportedConfigVersionError`: kubeadm converts no component's configuration.
        if gvk.version != own.version {
            let (given, known) = (quote(&gvk.api_version()), quote(&own.api_version()));
            return Err(Failure::new(format!(
                "unsupported apiVersion {given}, you may have to do manual conversion to {known} and run kubeadm again"
            )));
        }
        if self.has(Change::ComponentsAreVerifiedTwice)
            && let Some(text) = self.strict_text(document)
        {
            // Always a warning here, even where the same finding is an error of kubeadm's own
            // kinds: `configBase.Unmarshal` only logs it.
            self.warnings.push(Warning::new(text));
        }
        let Some(kind) = wire::find(gvk, self.release) else {
            let (kind, version) = (quote(&gvk.kind), quote(&gvk.api_version()));
            let scheme =
                if self.has(Change::JsonIterator) { COMPONENT_SCHEME } else { "pkg/runtime/scheme.go:100" };
            return Err(Failure::new(format!(
                "no kind {kind} is registered for version {version} in scheme {}",
                quote(scheme)
            )));
        };
        let content = self.content(document, kind)?;
        // Another kind of the same group, such as a `CredentialProviderConfig`, decodes well and
        // cannot be converted.
        if gvk.kind != own.kind {
            let version = &own.version;
            return Err(Failure::new(format!(
                "converting ({version}.{}) to ({version}.{}): unknown conversion",
                gvk.kind, own.kind
            )));
        }
        Ok(content)
    }
}

fn fail_on_fatal(decoded: Decoded) -> Result<Map<String, Value>, Failure> {
    match decoded.fatal() {
        Some(finding) => Err(Failure::new(finding.text.clone()).at(finding.span)),
        None => Ok(decoded.content),
    }
}
