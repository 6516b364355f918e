//! Values without parts: what Go makes of each kind of JSON value.

use serde_json::Value;

use super::raw;
use crate::go::{Time, parse_duration};
use crate::quantity;
use crate::value::Duration;
use crate::wire::shape::Scalar;
use crate::yaml::{Data, Node};

/// Why a value could not be read.
pub(super) enum Unreadable {
    /// It is of another type; `at_once` where a reader of its own found that.
    Type { value: String, go: &'static str, at_once: bool },
    /// Its reader refuses it, in these words.
    Value(String),
}

pub(super) fn read(node: &Node, scalar: Scalar, go: &'static str) -> Result<Option<Value>, Unreadable> {
    match scalar {
        Scalar::Text | Scalar::Bool => plain(node, scalar, go),
        Scalar::Int(bits) => int(node, bits, go),
        Scalar::Uint(bits) => uint(node, bits, go),
        Scalar::Float(bits) => float(node, bits, go),
        Scalar::Duration => duration(node),
        Scalar::DurationOrNanos => duration_or_nanos(node),
        Scalar::Time => time(node),
        Scalar::Quantity => quantity_of(node),
        Scalar::Token => {
            let token = raw::text(node).replace('"', "");
            let parsed: Result<crate::BootstrapToken, _> = token.parse();
            parsed
                .map(|token| Some(token.as_str().into()))
                .map_err(|error| Unreadable::Value(error.to_string()))
        }
        Scalar::Raw => Ok(Some(node.to_json())),
    }
}

fn at_once(value: String, go: &'static str) -> Unreadable {
    Unreadable::Type { value, go, at_once: true }
}

fn later(value: String, go: &'static str) -> Unreadable {
    Unreadable::Type { value, go, at_once: false }
}

fn plain(node: &Node, scalar: Scalar, go: &'static str) -> Result<Option<Value>, Unreadable> {
    match (&node.data, scalar) {
        (Data::String(text), Scalar::Text) => Ok(Some(text.as_str().into())),
        (Data::Bool(truth), Scalar::Bool) => Ok(Some((*truth).into())),
        _ => Err(later(node.kind().into(), go)),
    }
}

fn int(node: &Node, bits: u8, go: &'static str) -> Result<Option<Value>, Unreadable> {
    let Data::Number(number) = &node.data else { return Err(later(node.kind().into(), go)) };
    let fits = |value: &i64| bits >= 64 || (-(1_i64 << (bits - 1))..1_i64 << (bits - 1)).contains(value);
    let value = number.as_i64().filter(fits);
    value.map(|value| Some(value.into())).ok_or_else(|| later(format!("number {}", number.literal()), go))
}

fn uint(node: &Node, bits: u8, go: &'static str) -> Result<Option<Value>, Unreadable> {
    let Data::Number(number) = &node.data else { return Err(later(node.kind().into(), go)) };
    let fits = |value: &u64| bits >= 64 || *value < 1_u64 << bits;
    let value = number.as_u64().filter(fits);
    value.map(|value| Some(value.into())).ok_or_else(|| later(format!("number {}", number.literal()), go))
}

fn float(node: &Node, bits: u8, go: &'static str) -> Result<Option<Value>, Unreadable> {
    let Data::Number(number) = &node.data else { return Err(later(node.kind().into(), go)) };
    let value = number.as_f64();
    let fits = value.is_finite() && (bits > 32 || value.abs() <= f64::from(f32::MAX));
    let json = number.as_i64().map(Value::from).unwrap_or_else(|| Value::from(value));
    if fits { Ok(Some(json)) } else { Err(later(format!("number {}", number.literal()), go)) }
}

/// The text of a value that has to be one; `null` is an empty text to Go.
fn text_of(node: &Node) -> Result<&str, Unreadable> {
    match &node.data {
        Data::String(text) => Ok(text),
        Data::Null => Ok(""),
        _ => Err(at_once(node.kind().into(), "string")),
    }
}

fn duration(node: &Node) -> Result<Option<Value>, Unreadable> {
    let nanos = parse_duration(text_of(node)?).map_err(|error| Unreadable::Value(error.to_string()))?;
    Ok(Some(Duration::from_nanos(nanos).to_string().into()))
}

/// `TimeOrMetaDuration` of k8s.io/component-base: its reader wraps what is wrong with a value that
/// is no text, so the field is not named.
fn duration_or_nanos(node: &Node) -> Result<Option<Value>, Unreadable> {
    let what = match &node.data {
        Data::String(_) => return duration(node),
        Data::Null => return Ok(Some(0.into())),
        Data::Number(number) => match number.as_i64() {
            Some(nanos) => return Ok(Some(nanos.into())),
            None => format!("number {}", number.literal()),
        },
        _ => node.kind().to_owned(),
    };
    let raw = crate::go::quote(&raw::text(node));
    let text =
        format!("invalid duration {raw}: json: cannot unmarshal {what} into Go value of type time.Duration");
    Err(Unreadable::Value(text))
}

fn time(node: &Node) -> Result<Option<Value>, Unreadable> {
    if node.is_null() {
        return Ok(None);
    }
    let time: Time = text_of(node)?
        .parse()
        .map_err(|error: crate::go::InvalidTime| Unreadable::Value(error.to_string()))?;
    Ok(if time.is_zero() { None } else { Some(time.to_string().into()) })
}

fn quantity_of(node: &Node) -> Result<Option<Value>, Unreadable> {
    if node.is_null() {
        return Ok(None);
    }
    let raw = raw::text(node);
    let inner = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&raw);
    let printed = quantity::canonical(inner.trim()).map_err(|error| Unreadable::Value(error.into()))?;
    Ok(Some(printed.into()))
}
