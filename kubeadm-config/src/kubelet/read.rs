//! One file as the kubelet's codecs read it (`pkg/kubelet/kubeletconfig/util/codec`): strictly, and
//! then without being strict.
//!
//! bytes -> YAML or JSON -> `apiVersion` and `kind` -> values of the minor's own type. Strict
//! findings (unknown fields, keys given twice) come out beside the values, since the kubelet logs
//! them and starts. Drop-ins take another road: they are merged as JSON and the result is decoded
//! without looking at the letter case.

use serde_json::{Map, Value};

use crate::decode::{DecodeProblem, DecodeProblemKind, Order, decode};
use crate::go::quote;
use crate::release::KubeadmRelease;
use crate::version::Minor;
use crate::wire::shape::{Shape, StructShape};
use crate::wire::{Gvk, Kind, find};
use crate::yaml::{self, Base, Data, Document, Entry, Node, Position, Span};

/// The group of the kubelet's files; `v1beta1` is its only version with this kind.
const GROUP: &str = "kubelet.config.k8s.io";
const KIND: &str = "KubeletConfiguration";

/// A document of which is known what it is.
pub(super) struct Recognised {
    pub(super) document: Document,
    pub(super) gvk: Gvk,
    pub(super) is_json: bool,
}

/// What stops the reading of a file.
///
/// `field` is empty where the fault is of the file as a whole, `span` is `None` where there is no
/// place.
#[derive(Clone, Debug)]
pub(super) struct ReadFault {
    pub(super) text: String,
    pub(super) field: String,
    pub(super) span: Option<Span>,
}

impl ReadFault {
    fn new(text: impl Into<String>, span: Option<Span>) -> Self {
        Self { text: text.into(), field: String::new(), span }
    }

    fn of(finding: &DecodeProblem) -> Self {
        Self { text: finding.text.clone(), field: finding.path.clone(), span: Some(finding.span) }
    }
}

/// The first document of a file: what comes after a separator is not read at all.
///
/// # Errors
/// What is no YAML or JSON, and a head without `apiVersion` or `kind`.
pub(super) fn recognise(text: &[u8]) -> Result<Recognised, ReadFault> {
    let is_json = yaml::is_json(text);
    let read = if is_json {
        yaml::json::read(text, Base::default())
    } else {
        yaml::read_yaml(text, Base::default())
    };
    let document = read.map_err(|error| {
        let why = error.to_string();
        let why = if is_json { format!("couldn't get version/kind; json parse error: {why}") } else { why };
        ReadFault::new(why, error.span())
    })?;
    let gvk = type_of(&document.root, text)?;
    Ok(Recognised { document, gvk, is_json })
}

/// `SimpleMetaFactory.Interpret` and what the codec asks of it.
fn type_of(root: &Node, text: &[u8]) -> Result<Gvk, ReadFault> {
    let whole = || String::from_utf8_lossy(text).into_owned();
    let none: &[Entry] = &[];
    let entries = match &root.data {
        Data::Mapping(entries) => entries.as_slice(),
        Data::Null => none,
        _ => {
            let text = format!(
                "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go value of type struct \
                 {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \
                 \"json:\\\"kind,omitempty\\\"\" }}",
                root.kind()
            );
            return Err(ReadFault::new(text, Some(root.span)));
        }
    };
    let (api_version, kind) = (word(entries, "apiVersion")?, word(entries, "kind")?);
    let missing = |what: &str| {
        Err(ReadFault::new(format!("Object '{what}' is missing in '{}'", whole()), Some(root.span)))
    };
    if kind.is_empty() {
        return missing("Kind");
    }
    if api_version.is_empty() {
        return missing("apiVersion");
    }
    let (group, version) = match api_version.matches('/').count() {
        0 => ("", api_version.as_str()),
        1 => api_version.split_once('/').unwrap_or_default(),
        _ => {
            let text = format!("unexpected GroupVersion string: {api_version}");
            return Err(ReadFault::new(text, Some(root.span)));
        }
    };
    Ok(Gvk { group: group.into(), version: version.into(), kind })
}

/// A field of the head, in any letter case as Go's own decoder takes it.
///
/// A key that is there in two spellings counts last, `null` is as if it were not there.
fn word(entries: &[Entry], name: &str) -> Result<String, ReadFault> {
    let mut found = String::new();
    for entry in entries.iter().filter(|entry| entry.key.eq_ignore_ascii_case(name)) {
        match &entry.value.data {
            Data::Null => {}
            Data::String(text) => found.clone_from(text),
            _ => {
                let text = format!(
                    "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go struct field .{name} \
                     of type string",
                    entry.value.kind()
                );
                return Err(ReadFault::new(text, Some(entry.value.span)));
            }
        }
    }
    Ok(found)
}

/// What a file holds, and what was passed over.
pub(super) struct FileContent {
    pub(super) values: Map<String, Value>,
    /// What strict reading said: unknown fields and keys that stand twice. The kubelet starts all
    /// the same.
    pub(super) ignored: Vec<DecodeProblem>,
    /// The tree: where a field was written.
    pub(super) root: Node,
}

/// The main file.
///
/// # Errors
/// A kind that this kubelet does not have, and the first value that cannot be read.
pub(super) fn file(text: &[u8], minor: Minor) -> Result<FileContent, ReadFault> {
    let Recognised { document, gvk, is_json } = recognise(text)?;
    let unregistered = || {
        let (kind, version) = (quote(&gvk.kind), quote(&gvk.api_version()));
        let text =
            format!("no kind {kind} is registered for version {version} in scheme {}", quote(scheme(minor)));
        ReadFault::new(text, Some(document.root.span))
    };
    if gvk.group != GROUP || gvk.version != "v1beta1" {
        return Err(unregistered());
    }
    let kind = own_kind(&gvk, minor).ok_or_else(unregistered)?;
    let order = if is_json { Order::Written } else { Order::Sorted };
    let decoded = decode(&document.root, kind, minor, order);
    if let Some(fatal) = decoded.fatal() {
        return Err(ReadFault::of(fatal));
    }
    if gvk.kind != KIND {
        let text = format!(
            "failed to cast object to KubeletConfiguration, unexpected type: {}, Kind={}",
            gvk.api_version(),
            gvk.kind
        );
        return Err(ReadFault::new(text, Some(document.root.span)));
    }
    let mut ignored = twice(&document);
    ignored.extend(decoded.unknown);
    Ok(FileContent { values: decoded.content, ignored, root: document.root })
}

fn twice(document: &Document) -> Vec<DecodeProblem> {
    let finding = |duplicate: &yaml::Duplicate| DecodeProblem {
        kind: DecodeProblemKind::DuplicateKey,
        path: duplicate.key.clone(),
        span: duplicate.key_span,
        text: format!("key {} already set in map", quote(&duplicate.key)),
    };
    document.duplicates.iter().map(finding).collect()
}

/// The kubelet of a minor has the type that kubeadm's patch 0 of that minor was built with.
fn own_kind(gvk: &Gvk, minor: Minor) -> Option<&'static Kind> {
    let release = KubeadmRelease::of(&minor.patch(0)).ok()?;
    find(gvk, &release)
}

/// The kubelet's scheme has no name: where it is made stands for one.
///
/// It prints with a message about unknown kinds; the line number is the kubelet's.
fn scheme(minor: Minor) -> &'static str {
    if minor.number() >= 35 { "pkg/runtime/scheme.go:111" } else { "pkg/runtime/scheme.go:110" }
}

/// A file of `--config-dir`: any content with the right head (`LoadIntoJSON`). Keys that stand
/// twice are fatal here.
pub(super) fn drop_in(text: &[u8]) -> Result<Recognised, ReadFault> {
    let recognised = recognise(text)?;
    match recognised.document.strict_error() {
        Some(error) => {
            let span = recognised.document.duplicates.first().map(|twice| twice.key_span);
            Err(ReadFault::new(format!("strict decoding error: {error}"), span))
        }
        None => Ok(recognised),
    }
}

/// Whether a drop-in is one of this kubelet, in the words it refuses others with.
pub(super) fn foreign(gvk: &Gvk) -> Option<String> {
    let own = gvk.group == GROUP && gvk.version == "v1beta1" && gvk.kind == KIND;
    (!own).then(|| format!("unknown apiVersion/kind: {}, Kind={}", gvk.api_version(), gvk.kind))
}

/// A JSON merge patch: maps merge, other values replace, `null` takes away.
///
/// RFC 7396. Places of what is merged in are those of the drop-in, so that a later fault names the
/// right file.
pub(super) fn merge(base: &mut Vec<Entry>, patch: &[Entry]) {
    for entry in patch {
        let there = base.iter().position(|old| old.key == entry.key);
        match (&entry.value.data, there) {
            // JSON merge patch (RFC 7386): null takes a key out, maps merge, all else replaces.
            (Data::Null, Some(index)) => drop(base.remove(index)),
            (Data::Null, None) => {}
            (Data::Mapping(inner), Some(index)) => {
                let mut below = match std::mem::replace(&mut base[index].value.data, Data::Null) {
                    Data::Mapping(below) => below,
                    _ => Vec::new(),
                };
                merge(&mut below, inner);
                base[index].value = Node { data: Data::Mapping(below), span: entry.value.span };
            }
            (_, Some(index)) => base[index] = entry.clone(),
            (_, None) => base.push(entry.clone()),
        }
    }
}

/// What is merged, read by Go's own decoder: letter case does not matter, unknown keys are passed
/// over.
///
/// # Errors
/// The first value that cannot be read; a key of no field is none.
pub(super) fn merged(entries: Vec<Entry>, minor: Minor) -> Result<Map<String, Value>, ReadFault> {
    let gvk = Gvk { group: GROUP.into(), version: "v1beta1".into(), kind: KIND.into() };
    let Some(kind) = own_kind(&gvk, minor) else { return Ok(Map::new()) };
    let mut root = Node { data: Data::Mapping(entries), span: NOWHERE };
    spell(&mut root, kind.fields, minor);
    let decoded = decode(&root, kind, minor, Order::Written);
    match decoded.fatal() {
        Some(fatal) => Err(ReadFault::of(fatal)),
        None => Ok(decoded.content),
    }
}

/// Gives keys the letter case of the fields they are taken for, in the order in which the decoder
/// sees them.
fn spell(node: &mut Node, shape: &'static StructShape, minor: Minor) {
    let Data::Mapping(entries) = &mut node.data else { return };
    // encoding/json writes keys of a map in order of their bytes.
    entries.sort_by(|a, b| a.key.as_bytes().cmp(b.key.as_bytes()));
    for entry in entries {
        let Some(found) = shape.field_in_any_case(&entry.key, minor) else { continue };
        entry.key = found.field.json.to_owned();
        below(&mut entry.value, found.field.shape, minor);
    }
}

/// Goes on into lists and structs. Maps have keys of their own, whose case matters.
fn below(node: &mut Node, shape: &'static Shape, minor: Minor) {
    match shape {
        Shape::Struct(fields) => spell(node, fields, minor),
        Shape::List(item) => {
            if let Data::Sequence(nodes) = &mut node.data {
                nodes.iter_mut().for_each(|node| below(node, item, minor));
            }
        }
        Shape::Named(_, inner) => below(node, inner, minor),
        Shape::Scalar(..) | Shape::Map(_) => {}
    }
}

/// The place of what no file says.
pub(super) const NOWHERE: Span = Span { start: 0, end: 0, position: Position { line: 0, column: 0 } };

/// Values without a place as a tree.
pub(super) fn tree(values: &Map<String, Value>) -> Vec<Entry> {
    values
        .iter()
        .map(|(key, value)| Entry { key: key.clone(), key_span: NOWHERE, value: node(value) })
        .collect()
}

/// Numbers keep their literal form.
fn node(value: &Value) -> Node {
    let data = match value {
        Value::Null => Data::Null,
        Value::Bool(on) => Data::Bool(*on),
        Value::Number(number) => Data::Number(yaml::Number::from_literal(&number.to_string())),
        Value::String(text) => Data::String(text.clone()),
        Value::Array(items) => Data::Sequence(items.iter().map(node).collect()),
        Value::Object(values) => Data::Mapping(tree(values)),
    };
    Node { data, span: NOWHERE }
}
