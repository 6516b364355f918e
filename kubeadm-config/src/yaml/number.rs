//! Numbers as Go holds them between YAML and JSON.

use std::fmt;

/// A number with the text it has in the JSON that kubeadm decodes.
///
/// That text is what Go quotes in `json: cannot unmarshal number 1.5 into Go struct field …`: the
/// literal itself in a JSON document, Go's own rendering in a YAML one (`0x10` becomes `16`, `1e3`
/// becomes `1000`).
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    literal: Box<str>,
    value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    Int(i64),
    Uint(u64),
    Float(f64),
}

impl Number {
    /// The JSON literal.
    #[must_use]
    pub fn literal(&self) -> &str {
        &self.literal
    }

    /// The value if it is an integer written as one and fits. `6443.0` in a YAML document counts
    /// (its JSON literal is `6443`), `6.443e3` in a JSON document does not, as in Go.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self.value {
            Value::Int(int) => Some(int),
            Value::Uint(uint) => i64::try_from(uint).ok(),
            Value::Float(_) => None,
        }
    }

    /// As [`Number::as_i64`], for what is not negative.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self.value {
            Value::Int(int) => u64::try_from(int).ok(),
            Value::Uint(uint) => Some(uint),
            Value::Float(_) => None,
        }
    }

    /// The nearest double.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the nearest double is what is asked for")]
    pub fn as_f64(&self) -> f64 {
        match self.value {
            Value::Int(int) => int as f64,
            Value::Uint(uint) => uint as f64,
            Value::Float(float) => float,
        }
    }

    /// Reads a literal of JSON's grammar; the caller has checked the grammar.
    pub(crate) fn from_literal(literal: &str) -> Self {
        let value = if let Ok(int) = literal.parse() {
            Value::Int(int)
        } else if let Ok(uint) = literal.parse() {
            Value::Uint(uint)
        } else {
            Value::Float(literal.parse().unwrap_or(f64::NAN))
        };
        Self { literal: literal.into(), value }
    }

    /// A double as `encoding/json` prints it, read back as the decoder will see it: `1000.0` is the
    /// integer `1000`. None for infinities and NaN, which JSON does not have.
    pub(super) fn from_f64(float: f64) -> Option<Self> {
        float.is_finite().then(|| Self::from_literal(&json_float(float)))
    }

    /// What JSON cannot hold, until it is known whether it stays.
    pub(super) fn unfit(float: f64, name: &str) -> Self {
        Self { literal: name.into(), value: Value::Float(float) }
    }

    /// The JSON value. What is too large for a double, which only a JSON document can hold, becomes
    /// its literal as text, so that it is not lost.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match self.value {
            Value::Int(int) => int.into(),
            Value::Uint(uint) => uint.into(),
            Value::Float(float) => serde_json::Number::from_f64(float)
                .map_or_else(|| self.literal.as_ref().into(), serde_json::Value::Number),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.literal)
    }
}

impl From<i64> for Number {
    fn from(int: i64) -> Self {
        Self { literal: int.to_string().into(), value: Value::Int(int) }
    }
}

impl From<u64> for Number {
    fn from(uint: u64) -> Self {
        i64::try_from(uint)
            .map_or_else(|_| Self { literal: uint.to_string().into(), value: Value::Uint(uint) }, Self::from)
    }
}

/// A double as Go's `%g` prints it: the shortest digits, with an exponent of at least two digits
/// from a million on (`1e+06`) and below `0.0001`.
pub(super) fn general_float(float: f64) -> String {
    general(&format!("{float:e}"), float.is_nan(), float.is_infinite())
}

/// The same with the precision of a `float32`: what becomes of a YAML key that is a float.
#[expect(clippy::cast_possible_truncation, reason = "the reference rounds the key to a float32")]
pub(super) fn general_float32(float: f64) -> String {
    let float = float as f32;
    general(&format!("{float:e}"), float.is_nan(), float.is_infinite())
}

fn general(scientific: &str, nan: bool, infinite: bool) -> String {
    if nan {
        return "NaN".to_owned();
    }
    if infinite {
        return if scientific.starts_with('-') { "-Inf" } else { "+Inf" }.to_owned();
    }
    let parts = Parts::of(scientific);
    if (-4..6).contains(&parts.exponent) { parts.plain() } else { parts.scientific(2) }
}

/// A finite double as `encoding/json` prints it: plain between 1e-6 and 1e21.
fn json_float(float: f64) -> String {
    let text = format!("{float:e}");
    let parts = Parts::of(&text);
    if float == 0.0 || (-6..21).contains(&parts.exponent) {
        return parts.plain();
    }
    // encoding/json shortens e-09 to e-9.
    parts.scientific(if parts.exponent < 0 { 1 } else { 2 })
}

/// The digits and the exponent out of Rust's `1.25e-7`.
struct Parts<'a> {
    negative: bool,
    first: &'a str,
    rest: &'a str,
    exponent: i32,
}

impl<'a> Parts<'a> {
    fn of(scientific: &'a str) -> Self {
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
        let (negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (first, rest) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        Self { negative, first, rest, exponent: exponent.parse().unwrap_or(0) }
    }

    fn sign(&self) -> &'static str {
        if self.negative { "-" } else { "" }
    }

    fn scientific(&self, width: usize) -> String {
        let point = if self.rest.is_empty() { "" } else { "." };
        let sign = if self.exponent < 0 { '-' } else { '+' };
        format!(
            "{}{}{point}{}e{sign}{:0width$}",
            self.sign(),
            self.first,
            self.rest,
            self.exponent.unsigned_abs()
        )
    }

    fn plain(&self) -> String {
        let digits: String = [self.first, self.rest].concat();
        let point = self.exponent + 1;
        let sign = self.sign();
        match usize::try_from(point) {
            Err(_) | Ok(0) => format!("{sign}0.{}{digits}", "0".repeat(point.unsigned_abs() as usize)),
            Ok(point) if point >= digits.len() => {
                format!("{sign}{digits}{}", "0".repeat(point - digits.len()))
            }
            Ok(point) => format!("{sign}{}.{}", &digits[..point], &digits[point..]),
        }
    }
}
