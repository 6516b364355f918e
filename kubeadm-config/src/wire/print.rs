//! Bringing a value to the form in which Go prints a type: what is empty goes or comes, as the
//! field's tag says.

use serde_json::{Map, Value};

use crate::version::Minor;
use crate::wire::shape::{FieldShape, Scalar, Shape, StructShape};

/// The value as kubeadm of that minor prints it. Keys that the type does not have are gone; see
/// [`without_unknown`] for which they are.
pub(crate) fn normalised(
    mut value: Map<String, Value>,
    shape: &'static StructShape,
    minor: Minor,
) -> Map<String, Value> {
    let mut printed = Map::new();
    shape.each_field(minor, &mut |field| {
        let given = value.remove(field.json);
        if let Some(value) = print_field(given, field, minor) {
            printed.insert(field.json.to_owned(), value);
        }
    });
    printed
}

fn print_field(given: Option<Value>, field: &FieldShape, minor: Minor) -> Option<Value> {
    match given {
        None | Some(Value::Null) if field.pointer => (!field.omitempty).then_some(Value::Null),
        None | Some(Value::Null) => empty(field, field.shape, minor),
        Some(value) => {
            let value = print_value(value, field.shape, minor);
            let dropped = field.omitempty && !field.pointer && is_empty(&value, field.shape);
            (!dropped).then_some(value)
        }
    }
}

fn print_value(value: Value, shape: &'static Shape, minor: Minor) -> Value {
    match (shape, value) {
        (Shape::Named(_, inner), value) => print_value(value, inner, minor),
        (Shape::Struct(fields), Value::Object(map)) => Value::Object(normalised(map, fields, minor)),
        (Shape::List(item), Value::Array(values)) => {
            values.into_iter().map(|value| print_value(value, item, minor)).collect()
        }
        (Shape::Map(item), Value::Object(map)) => {
            map.into_iter().map(|(key, value)| (key, print_value(value, item, minor))).collect()
        }
        (_, value) => value,
    }
}

/// What Go prints for a field that holds its type's zero value; none if nothing.
fn empty(field: &FieldShape, shape: &'static Shape, minor: Minor) -> Option<Value> {
    match shape {
        Shape::Named(_, inner) => empty(field, inner, minor),
        Shape::Struct(fields) => Some(Value::Object(normalised(Map::new(), fields, minor))),
        // Types with their own printing are structs to Go: they cannot be left out.
        Shape::Scalar(Scalar::Duration, _) => Some("0s".into()),
        Shape::Scalar(Scalar::Quantity, _) => Some("0".into()),
        Shape::Scalar(Scalar::DurationOrNanos, _) => Some(0.into()),
        Shape::Scalar(Scalar::Time, _) => Some(Value::Null),
        _ if field.omitempty => None,
        Shape::List(_) | Shape::Map(_) | Shape::Scalar(Scalar::Raw | Scalar::Token, _) => Some(Value::Null),
        Shape::Scalar(Scalar::Text, _) => Some("".into()),
        Shape::Scalar(Scalar::Bool, _) => Some(false.into()),
        Shape::Scalar(Scalar::Int(_) | Scalar::Uint(_) | Scalar::Float(_), _) => Some(0.into()),
    }
}

fn is_empty(value: &Value, shape: &Shape) -> bool {
    match (shape, value) {
        (Shape::Named(_, inner), value) => is_empty(value, inner),
        (Shape::Scalar(Scalar::Text, _), Value::String(text)) => text.is_empty(),
        (Shape::Scalar(Scalar::Bool, _), Value::Bool(truth)) => !truth,
        (Shape::Scalar(Scalar::Int(_) | Scalar::Uint(_) | Scalar::Float(_), _), Value::Number(number)) => {
            number.as_f64() == Some(0.0)
        }
        (Shape::List(_), Value::Array(values)) => values.is_empty(),
        (Shape::Map(_), Value::Object(map)) => map.is_empty(),
        _ => false,
    }
}

/// Takes out what the type does not have and tells the paths of what went.
pub(crate) fn without_unknown(
    value: &mut Map<String, Value>,
    shape: &'static StructShape,
    minor: Minor,
    path: &str,
    lost: &mut Vec<String>,
) {
    value.retain(|key, inner| {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match shape.field(key, minor) {
            Some(found) => {
                strip(inner, found.field.shape, minor, &path, lost);
                true
            }
            None => {
                lost.push(path);
                false
            }
        }
    });
}

fn strip(value: &mut Value, shape: &'static Shape, minor: Minor, path: &str, lost: &mut Vec<String>) {
    match (shape, value) {
        (Shape::Named(_, inner), value) => strip(value, inner, minor, path, lost),
        (Shape::Struct(fields), Value::Object(map)) => without_unknown(map, fields, minor, path, lost),
        (Shape::List(item), Value::Array(values)) => {
            for (index, value) in values.iter_mut().enumerate() {
                strip(value, item, minor, &format!("{path}[{index}]"), lost);
            }
        }
        (Shape::Map(item), Value::Object(map)) => {
            for (key, value) in map {
                strip(value, item, minor, &format!("{path}.{key}"), lost);
            }
        }
        _ => {}
    }
}
