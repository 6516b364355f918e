//! Decoding a document by what is known of its kind, as Go's JSON decoder does it: with its
//! findings and its words, each with the place in the file.
//!
//! Go remembers the first value of a wrong type and goes on; a value with a reader of its own (a
//! duration, a time, a token) ends the decoding at once; unknown fields count only where reading is
//! strict. Here all of it is found in one go, and [`Decoded::fatal`] says what Go would have said.

pub(crate) mod iter;
pub(crate) mod legacy;
mod raw;
mod scalar;

use serde_json::{Map, Value};

use crate::version::Minor;
use crate::wire::Kind;
use crate::wire::shape::{FieldShape, Found, Scalar, Shape, StructShape};
use crate::yaml::{Data, Entry, Node, Span};

/// Something about a document that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeProblem {
    /// What kind of thing it is.
    pub kind: DecodeProblemKind,
    /// The path of the field, `apiServer.extraArgs[0].name`.
    pub path: String,
    /// Where it is in the file.
    pub span: Span,
    /// What kubeadm says of it.
    pub text: String,
}

/// What can be found about a document while it is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeProblemKind {
    /// A field the kind does not have.
    UnknownField,
    /// A key that is a duplicate.
    DuplicateKey,
    /// A value of another type than the field's.
    WrongType,
    /// A value that its type cannot read: a duration, a time, a quantity, a token.
    BadValue,
}

/// A document's content, with what was found.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    /// What could be read, in printed form: without `null`, without unknown fields, durations as Go
    /// prints them.
    pub(crate) content: Map<String, Value>,
    /// Unknown fields, in Go's order.
    pub(crate) unknown: Vec<DecodeProblem>,
    /// Values that could not be read, in Go's order.
    pub(crate) wrong: Vec<DecodeProblem>,
}

impl Decoded {
    /// What Go fails with, if it does.
    pub(crate) fn fatal(&self) -> Option<&DecodeProblem> {
        let ends_at_once = self.wrong.iter().find(|finding| finding.kind == DecodeProblemKind::BadValue);
        ends_at_once.or_else(|| self.wrong.first())
    }
}

/// In which order Go sees the fields of a map, and what it does with a key that is a duplicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Sorted: the JSON comes out of a YAML document.
    Sorted,
    /// As written: the document is JSON, and Go reads it as it stands.
    Written,
}

/// Decodes the root of a document of that kind.
pub(crate) fn decode(root: &Node, kind: &'static Kind, minor: Minor, order: Order) -> Decoded {
    Decoder::new(minor, order).root(root, kind)
}

/// Decodes a single value by the shape of its field.
pub(crate) fn decode_value(
    node: &Node,
    shape: &'static Shape,
    minor: Minor,
) -> (Option<Value>, Vec<DecodeProblem>) {
    let mut decoder = Decoder::new(minor, Order::Sorted);
    let value = decoder.value(node, shape, None);
    let Decoded { mut unknown, wrong, .. } = decoder.decoded;
    unknown.extend(wrong);
    (value, unknown)
}

/// The first minor whose decoder (sigs.k8s.io/json) names embedded structs in its type errors.
const EMBEDDED_NAMED_SINCE: u64 = 35;

struct Decoder {
    minor: Minor,
    order: Order,
    /// Whether it reads as Go's own decoder does behind `sigs.k8s.io/yaml`, and counts unknown
    /// fields as wrong.
    tolerant: bool,
    /// Whether scalars become text where text is wanted: not below an embedded struct, where the
    /// converter loses its way.
    converts: bool,
    /// Whether Go names the embedded structs on the way to a field.
    names_embedded: bool,
    /// The path for people, with indices and map keys.
    path: String,
    /// The path in Go's type errors: fields only, inlined structs by name.
    stack: Vec<&'static str>,
    /// The struct whose field is being read.
    owner: Option<&'static str>,
    decoded: Decoded,
}

impl Decoder {
    fn new(minor: Minor, order: Order) -> Self {
        let names_embedded = minor.number() >= EMBEDDED_NAMED_SINCE;
        let (path, stack, decoded) = (String::new(), Vec::new(), Decoded::default());
        Self {
            minor,
            order,
            tolerant: false,
            converts: true,
            names_embedded,
            path,
            stack,
            owner: None,
            decoded,
        }
    }

    fn root(mut self, root: &Node, kind: &'static Kind) -> Decoded {
        let mut content = Map::new();
        if let Data::Mapping(entries) = &root.data {
            let meta = kind.type_meta.then_some(crate::wire::TYPE_META);
            self.fields(entries, kind.fields, meta, &mut content);
        } else if !matches!(root.data, Data::Null) {
            self.wrong_type(root, root.kind(), &format!("{}.{}", kind.fields.package, kind.fields.name));
        }
        for name in ["apiVersion", "kind"] {
            content.remove(name);
        }
        self.decoded.content = content;
        self.decoded
    }

    fn fields(
        &mut self,
        entries: &[Entry],
        shape: &'static StructShape,
        meta: Option<&'static StructShape>,
        content: &mut Map<String, Value>,
    ) {
        for entry in self.ordered(entries) {
            let length = self.enter(&entry.key);
            let find = |shape: &'static StructShape| match self.tolerant {
                true => shape.field_in_any_case(&entry.key, self.minor),
                false => shape.field(&entry.key, self.minor),
            };
            let found = find(shape).or_else(|| find(meta?));
            match found {
                Some(found) => self.field(&entry.value, found, shape, content),
                None if self.tolerant => {
                    let text = format!("json: unknown field {}", crate::go::quote(&entry.key));
                    self.found(&entry.value, DecodeProblemKind::UnknownField, text);
                }
                None => self.unknown(entry),
            }
            self.path.truncate(length);
        }
    }

    fn ordered<'a>(&self, entries: &'a [Entry]) -> Vec<&'a Entry> {
        let mut entries: Vec<&Entry> = entries.iter().collect();
        if self.order == Order::Sorted {
            entries.sort_by(|a, b| a.key.as_bytes().cmp(b.key.as_bytes()));
        }
        entries
    }

    fn enter(&mut self, key: &str) -> usize {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(key);
        length
    }

    fn field(
        &mut self,
        node: &Node,
        found: Found,
        owner: &'static StructShape,
        content: &mut Map<String, Value>,
    ) {
        let (depth, before) = (self.stack.len(), self.owner);
        if self.names_embedded || self.tolerant {
            self.stack.extend(found.through.into_iter().flatten().map(|inline| inline.name));
        }
        self.stack.push(found.field.json);
        self.owner = Some(owner.name);
        let converts = self.converts;
        self.converts = converts && found.through[0].is_none();
        // A key that is a duplicate in JSON is read over what is there.
        let value = self.value_of_field(node, found.field, content.remove(found.field.json));
        if let Some(value) = value {
            content.insert(found.field.json.to_owned(), value);
        }
        self.stack.truncate(depth);
        self.owner = before;
        self.converts = converts;
    }

    fn value_of_field(
        &mut self,
        node: &Node,
        field: &'static FieldShape,
        earlier: Option<Value>,
    ) -> Option<Value> {
        match (&node.data, field.shape) {
            (Data::Null, _) if field.pointer => None,
            (Data::Null, Shape::Scalar(scalar, _)) if scalar.reads_null() => self.scalar(node, field.shape),
            (Data::Null, Shape::List(_) | Shape::Map(_) | Shape::Named(..)) => None,
            (Data::Null, _) => earlier,
            (_, shape) => self.value(node, shape, earlier.clone()).or(earlier),
        }
    }

    /// A value that is there; none if it could not be read.
    fn value(&mut self, node: &Node, shape: &'static Shape, earlier: Option<Value>) -> Option<Value> {
        match (shape, &node.data) {
            (Shape::Named(name, inner), _) => self.named(node, name, inner, earlier),
            (Shape::Scalar(..), _) => self.scalar(node, shape),
            (Shape::List(item), Data::Sequence(nodes)) => Some(self.list(nodes, item)),
            (Shape::Map(item), Data::Mapping(entries)) => Some(self.map(entries, item, earlier)),
            (Shape::Struct(fields), Data::Mapping(entries)) => {
                let mut content = match earlier {
                    Some(Value::Object(earlier)) => earlier,
                    _ => Map::new(),
                };
                self.fields(entries, fields, None, &mut content);
                Some(Value::Object(content))
            }
            (shape, _) => {
                self.wrong_type(node, node.kind(), &go_name(shape));
                None
            }
        }
    }

    fn named(
        &mut self,
        node: &Node,
        name: &'static str,
        inner: &'static Shape,
        earlier: Option<Value>,
    ) -> Option<Value> {
        let fits = matches!(
            (inner, &node.data),
            (Shape::List(_), Data::Sequence(_)) | (Shape::Map(_), Data::Mapping(_))
        );
        if fits {
            return self.value(node, inner, earlier);
        }
        self.wrong_type(node, node.kind(), name);
        None
    }

    fn list(&mut self, nodes: &[Node], item: &'static Shape) -> Value {
        let mut values = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let length = self.path.len();
            self.path.push_str(&format!("[{index}]"));
            values.push(self.element(node, item));
            self.path.truncate(length);
        }
        Value::Array(values)
    }

    fn map(&mut self, entries: &[Entry], item: &'static Shape, earlier: Option<Value>) -> Value {
        let mut map = match earlier {
            Some(Value::Object(earlier)) => earlier,
            _ => Map::new(),
        };
        for entry in self.ordered(entries) {
            let length = self.enter(&entry.key);
            let value = self.element(&entry.value, item);
            map.insert(entry.key.clone(), value);
            self.path.truncate(length);
        }
        Value::Object(map)
    }

    /// An element of a list or map: `null`, and what cannot be read, is the type's zero value.
    fn element(&mut self, node: &Node, item: &'static Shape) -> Value {
        let value = match (&node.data, item) {
            (Data::Null, Shape::Scalar(scalar, _)) if scalar.reads_null() => self.scalar(node, item),
            (Data::Null, _) => None,
            _ => self.value(node, item, None),
        };
        value.unwrap_or_else(|| zero(item))
    }

    fn scalar(&mut self, node: &Node, shape: &'static Shape) -> Option<Value> {
        let Shape::Scalar(scalar, go) = shape else { return None };
        if self.tolerant
            && self.converts
            && *scalar == Scalar::Text
            && matches!(node.data, Data::Number(_) | Data::Bool(_))
        {
            return Some(raw::text(node).into());
        }
        match scalar::read(node, *scalar, go) {
            Ok(value) => value,
            Err(scalar::Unreadable::Type { value, go, at_once }) => {
                let text = self.type_error(&value, go);
                let kind = if at_once { DecodeProblemKind::BadValue } else { DecodeProblemKind::WrongType };
                self.found(node, kind, text);
                None
            }
            Err(scalar::Unreadable::Value(text)) => {
                self.found(node, DecodeProblemKind::BadValue, text);
                None
            }
        }
    }

    fn wrong_type(&mut self, node: &Node, value: &str, go: &str) {
        let text = self.type_error(value, go);
        self.found(node, DecodeProblemKind::WrongType, text);
    }

    fn type_error(&self, value: &str, go: &str) -> String {
        match self.owner {
            Some(owner) => {
                let field = self.stack.join(".");
                format!("json: cannot unmarshal {value} into Go struct field {owner}.{field} of type {go}")
            }
            None => format!("json: cannot unmarshal {value} into Go value of type {go}"),
        }
    }

    fn found(&mut self, node: &Node, kind: DecodeProblemKind, text: String) {
        let span = node.span;
        self.decoded.wrong.push(DecodeProblem { kind, path: self.path.clone(), span, text });
    }

    fn unknown(&mut self, entry: &Entry) {
        let text = format!("unknown field {}", crate::go::quote(&self.path));
        let (path, span) = (self.path.clone(), entry.key_span);
        self.decoded.unknown.push(DecodeProblem { kind: DecodeProblemKind::UnknownField, path, span, text });
    }
}

impl Scalar {
    /// Whether the type's own reader is asked about a `null`.
    fn reads_null(self) -> bool {
        matches!(self, Self::Duration | Self::Time | Self::Quantity | Self::DurationOrNanos)
    }
}

/// The name Go has for a type.
fn go_name(shape: &Shape) -> String {
    match shape {
        Shape::Scalar(_, go) | Shape::Named(go, _) => (*go).to_owned(),
        Shape::List(item) => format!("[]{}", go_name(item)),
        Shape::Map(item) => format!("map[string]{}", go_name(item)),
        Shape::Struct(fields) => format!("{}.{}", fields.package, fields.name),
    }
}

/// A type's zero value as it is printed.
fn zero(shape: &Shape) -> Value {
    match shape {
        Shape::Named(_, inner) => zero(inner),
        Shape::List(_) => Value::Array(Vec::new()),
        Shape::Map(_) | Shape::Struct(_) => Value::Object(Map::new()),
        Shape::Scalar(scalar, _) => match scalar {
            Scalar::Text => "".into(),
            Scalar::Bool => false.into(),
            Scalar::Int(_) | Scalar::Uint(_) | Scalar::Float(_) | Scalar::DurationOrNanos => 0.into(),
            Scalar::Duration => "0s".into(),
            Scalar::Quantity => "0".into(),
            Scalar::Time | Scalar::Token | Scalar::Raw => Value::Null,
        },
    }
}
