//! Keys as Go compares them, prints them in JSON and shows them in messages.

use super::resolve::Scalar;
use crate::yaml::number::{general_float, general_float32};

/// A key as Go compares it: `1` and `"1"` are two.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    /// The bits, with one zero. NaN is never equal to itself and not kept.
    Float(u64),
    String(String),
}

impl Key {
    /// `text` is used where the key is a text; `None` for NaN.
    pub(super) fn of(scalar: &Scalar, text: &str) -> Option<Self> {
        Some(match scalar {
            Scalar::Null => Self::Null,
            Scalar::Bool(truth) => Self::Bool(*truth),
            Scalar::Int(int) => Self::Int(*int),
            Scalar::Uint(uint) => Self::Uint(*uint),
            Scalar::Float(float) if float.is_nan() => return None,
            // Adding zero makes -0 the other zero, which Go finds equal.
            Scalar::Float(float) => Self::Float((float + 0.0).to_bits()),
            Scalar::String | Scalar::Timestamp => Self::String(text.to_owned()),
        })
    }

    /// Go's `%#v`.
    ///
    /// So a key stands in `key "a" already set in map`.
    pub(super) fn to_go(&self) -> String {
        match self {
            Self::Null => "<nil>".to_owned(),
            Self::Bool(truth) => truth.to_string(),
            Self::Int(int) => int.to_string(),
            Self::Uint(uint) => format!("{uint:#x}"),
            Self::Float(bits) => general_float(f64::from_bits(*bits)),
            Self::String(text) => crate::go::quote(text),
        }
    }
}

/// The text a key that is no text has in JSON.
///
/// Floats are printed as 32-bit ones: `sigs.k8s.io/yaml` does so (`convertToJSONableObject`),
/// whatever the size.
pub(super) fn key_text(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Null => "null".to_owned(),
        Scalar::Bool(truth) => truth.to_string(),
        Scalar::Int(int) => int.to_string(),
        Scalar::Uint(uint) => uint.to_string(),
        Scalar::Float(float) => match general_float32(*float) {
            text if text == "+Inf" => ".inf".to_owned(),
            text if text == "-Inf" => "-.inf".to_owned(),
            text if text == "NaN" => ".nan".to_owned(),
            text => text,
        },
        Scalar::String | Scalar::Timestamp => String::new(),
    }
}
