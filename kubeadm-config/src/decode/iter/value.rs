//! What json-iterator makes of each type: its decoders (`reflect_struct_decoder.go`,
//! `reflect_slice.go`, `reflect_map.go`, `reflect_optional.go`, `reflect_native.go`,
//! `reflect_marshaler.go`).
//!
//! A field that is there twice is read over its first value, because Go's decoders fill what they
//! are given: lists item by item, maps by key, structs by field. Values come out as JSON in
//! printed form, as from the other decoder (`decode`).

use serde_json::{Map, Value};

use super::go_field::go_field;
use super::reader::Reader;
use crate::decode::{go_name, scalar, zero};
use crate::version::Minor;
use crate::wire::shape::{FieldShape, Scalar, Shape, StructShape};
use crate::yaml;

/// Structs of more fields read their keys in another way, and say other things of what follows a
/// value.
///
/// `createStructDecoder` has a case for each number of fields up to ten, `generalStructDecoder` is
/// for the rest.
const FIELDS_BY_HASH: usize = 10;

/// A struct, its fields as one kubeadm minor has them, and whether `apiVersion` and `kind` are
/// among them.
///
/// `type_meta` holds for the document itself and for no struct within.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub(super) shape: &'static StructShape,
    pub(super) type_meta: bool,
    pub(super) minor: Minor,
}

impl Target {
    /// `TypeMeta` is embedded, and its fields are looked up after the struct's own.
    fn meta(self) -> Option<&'static StructShape> {
        self.type_meta.then_some(crate::wire::TYPE_META)
    }

    /// Fields of one name count once.
    fn count(self) -> usize {
        let mut names = Vec::new();
        for shape in [Some(self.shape), self.meta()].into_iter().flatten() {
            shape.each_field(self.minor, &mut |field| {
                if !names.contains(&field.json) {
                    names.push(field.json);
                }
            });
        }
        names.len()
    }

    /// Reads a struct over what is there already.
    pub(super) fn read(self, reader: &mut Reader<'_>, content: &mut Map<String, Value>) {
        if !reader.object_starts() {
            return;
        }
        let name = || format!("{}.{}.", self.shape.package, self.shape.name);
        if self.count() <= FIELDS_BY_HASH {
            loop {
                let key = reader.key();
                self.field(reader, key.as_deref(), content);
                if reader.object_ends() {
                    break;
                }
            }
            return reader.within(name);
        }
        let mut next = b',';
        while next == b',' {
            let key = reader.string();
            reader.colon();
            self.field(reader, Some(&key), content);
            next = reader.token();
        }
        reader.within(name);
        if next != b'}' {
            reader.unexpected("struct Decode", "expect }, but found ", next);
        }
    }

    /// Reads a field, or passes over a key that is none. On the way out an error gets the Go name
    /// of the field, of every embedded struct on the way, and of `TypeMeta`.
    fn field(self, reader: &mut Reader<'_>, key: Option<&[u8]>, content: &mut Map<String, Value>) {
        let key = key.and_then(|key| std::str::from_utf8(key).ok()).unwrap_or_default();
        let found = self.shape.field(key, self.minor);
        let meta = found.is_none();
        let Some(found) = found.or_else(|| self.meta()?.field(key, self.minor)) else {
            return reader.skip();
        };
        let earlier = content.remove(found.field.json);
        if let Some(value) = field_value(reader, found.field, earlier, self.minor) {
            content.insert(found.field.json.to_owned(), value);
        }
        reader.within(|| go_field(found.field.json) + ": ");
        for inline in found.through.into_iter().rev().flatten() {
            reader.within(|| format!("{}: ", inline.name));
        }
        if meta {
            reader.within(|| "TypeMeta: ".to_owned());
        }
    }
}

/// `null` takes a field that Go holds by pointer away; of any other it reads as nothing.
fn field_value(
    reader: &mut Reader<'_>,
    field: &'static FieldShape,
    earlier: Option<Value>,
    minor: Minor,
) -> Option<Value> {
    if field.pointer && reader.null() { None } else { value(reader, field.shape, earlier, minor) }
}

/// A value over what is there already.
///
/// `None` where nothing is there afterwards, such as `null` for a list.
fn value(
    reader: &mut Reader<'_>,
    shape: &'static Shape,
    earlier: Option<Value>,
    minor: Minor,
) -> Option<Value> {
    match shape {
        Shape::Named(_, inner) => {
            // A list type of its own has its own name in errors.
            if let Shape::List(item) = inner {
                return list(reader, shape, item, earlier, minor);
            }
            value(reader, inner, earlier, minor)
        }
        Shape::List(item) => list(reader, shape, item, earlier, minor),
        Shape::Map(item) => map(reader, item, earlier, minor),
        Shape::Struct(shape) => {
            let mut content = match earlier {
                Some(Value::Object(content)) => content,
                _ => Map::new(),
            };
            Target { shape, type_meta: false, minor }.read(reader, &mut content);
            Some(Value::Object(content))
        }
        Shape::Scalar(kind, go) => scalar_value(reader, *kind, go, earlier),
    }
}

/// Puts Go's name of the list type before an error, `[]string: `.
fn list(
    reader: &mut Reader<'_>,
    shape: &'static Shape,
    item: &'static Shape,
    earlier: Option<Value>,
    minor: Minor,
) -> Option<Value> {
    let items = items(reader, item, earlier, minor);
    reader.within(|| go_name(shape) + ": ");
    items.map(Value::Array)
}

/// The items of a list; the first ones are read over the ones that are there.
fn items(
    reader: &mut Reader<'_>,
    item: &'static Shape,
    earlier: Option<Value>,
    minor: Minor,
) -> Option<Vec<Value>> {
    let mut earlier = match earlier {
        Some(Value::Array(items)) => items.into_iter(),
        _ => Vec::new().into_iter(),
    };
    let mut items = Vec::new();
    match reader.token() {
        b'[' => {}
        b'n' => {
            reader.word("ull");
            return None;
        }
        other => {
            reader.unexpected("decode slice", "expect [ or n, but found ", other);
            return None;
        }
    }
    if reader.token() == b']' {
        return Some(items);
    }
    reader.unread();
    loop {
        items.push(value(reader, item, earlier.next(), minor).unwrap_or_else(|| zero(item)));
        match reader.token() {
            b',' => {}
            b']' => break,
            other => {
                reader.unexpected("decode slice", "expect ], but found ", other);
                break;
            }
        }
    }
    Some(items)
}

/// Entries are added to those that are there. The values are read anew: Go makes a fresh one for
/// each key.
fn map(reader: &mut Reader<'_>, item: &'static Shape, earlier: Option<Value>, minor: Minor) -> Option<Value> {
    let mut content = match earlier {
        Some(Value::Object(content)) => content,
        _ => Map::new(),
    };
    match reader.token() {
        b'{' => {}
        b'n' => {
            reader.word("ull");
            return None;
        }
        other => {
            reader.unexpected("ReadMapCB", "expect { or n, but found ", other);
            return None;
        }
    }
    if reader.token() == b'}' {
        return Some(Value::Object(content));
    }
    reader.unread();
    loop {
        let key = text(reader.string());
        let colon = reader.token();
        if colon != b':' {
            reader.unexpected("ReadMapCB", "expect : after object field, but found ", colon);
            break;
        }
        let read = value(reader, item, None, minor).unwrap_or_else(|| zero(item));
        content.insert(key, read);
        match reader.token() {
            b',' => {}
            b'}' => break,
            other => {
                reader.unexpected("ReadMapCB", "expect }, but found ", other);
                break;
            }
        }
    }
    Some(Value::Object(content))
}

/// `null` leaves a number or truth value as it was, and makes a text empty.
fn scalar_value(
    reader: &mut Reader<'_>,
    kind: Scalar,
    go: &'static str,
    earlier: Option<Value>,
) -> Option<Value> {
    match kind {
        Scalar::Text => Some(text(reader.string()).into()),
        Scalar::Bool | Scalar::Int(_) | Scalar::Uint(_) | Scalar::Float(_) if reader.null() => earlier,
        Scalar::Bool => Some(reader.bool().into()),
        Scalar::Int(bits) => Some(reader.int(bits).into()),
        Scalar::Uint(bits) => Some(reader.uint(bits).into()),
        Scalar::Float(bits) => Some(number(reader.float(bits))),
        Scalar::Duration
        | Scalar::DurationOrNanos
        | Scalar::Time
        | Scalar::Quantity
        | Scalar::Token
        | Scalar::Raw => own_reader(reader, kind, go),
    }
}

/// What is not UTF-8 becomes replacement characters, as where Go prints it.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Without a point where there is no fraction.
fn number(value: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "the range was looked at")]
    if value.fract() == 0.0 && value.abs() < 1e15 { Value::from(value as i64) } else { Value::from(value) }
}

/// A type with a reader of its own gets the bytes of the value.
fn own_reader(reader: &mut Reader<'_>, kind: Scalar, go: &'static str) -> Option<Value> {
    reader.token();
    reader.unread();
    let bytes = reader.captured();
    let problem = match yaml::json::read(bytes, yaml::Base::default()) {
        Ok(document) => match scalar::read(&document.root, kind, go) {
            Ok(value) => return value,
            Err(scalar::Unreadable::Value(text)) => text,
            Err(scalar::Unreadable::Type { value, go, .. }) => {
                format!("json: cannot unmarshal {value} into Go value of type {go}")
            }
        },
        Err(error) => error.to_string(),
    };
    reader.report("unmarshalerDecoder", problem);
    None
}
