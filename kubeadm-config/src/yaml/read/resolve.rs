//! What a scalar is: go-yaml v2's reading of YAML 1.1.
//!
//! Source: `resolve.go` of go-yaml v2. That YAML 1.1 is read and not 1.2 shows in files of every
//! day: `yes`, `no`, `on`, `off`, `y` and `n` are booleans, `0644` is octal, `1_000` is a
//! thousand.

use crate::yaml::timestamp::is_timestamp;

/// A scalar's value.
///
/// `String` and `Timestamp` carry no text: the caller has it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::yaml) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    /// Above `i64::MAX`.
    Uint(u64),
    Float(f64),
    String,
    Timestamp,
}

impl Scalar {
    /// The tag as go-yaml's messages show it.
    fn tag(&self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Int(_) | Self::Uint(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::String => "!!str",
            Self::Timestamp => "!!timestamp",
        }
    }
}

const PREFIX: &str = "tag:yaml.org,2002:";

/// The value of a scalar with a tag, or go-yaml's complaint.
///
/// A tag that is not one of YAML's own makes a text of anything.
pub(super) fn resolve_tagged(tag: &str, text: &str) -> Result<Scalar, String> {
    let wanted = match tag.strip_prefix(PREFIX) {
        Some("str") => return Ok(Scalar::String),
        Some(short @ ("bool" | "int" | "float" | "null" | "timestamp")) => short,
        _ => return Ok(Scalar::String),
    };
    let mut scalar = resolve_with(text, wanted == "timestamp");
    // An integer may be tagged a float (resolve.go).
    if let (Scalar::Int(int), "float") = (&scalar, wanted) {
        #[expect(clippy::cast_precision_loss, reason = "that is what the tag asks for")]
        let float = *int as f64;
        scalar = Scalar::Float(float);
    }
    if scalar.tag().trim_start_matches('!') == wanted {
        Ok(scalar)
    } else {
        Err(format!("cannot decode {} `{text}` as a !!{wanted}", scalar.tag()))
    }
}

/// The value of a plain scalar without a tag.
pub(in crate::yaml) fn resolve(text: &str) -> Scalar {
    resolve_with(text, true)
}

/// The first character says what a scalar can be at all (`resolveTable` in Go), which keeps the
/// usual case, a word, cheap. `timestamps`: whether one may come out.
fn resolve_with(text: &str, timestamps: bool) -> Scalar {
    match text.as_bytes().first() {
        None => Scalar::Null,
        // go-yaml asks a table of hints by the first byte (`resolveTable` of resolve.go).
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => word(text),
        Some(b'.') => match text {
            ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" => Scalar::Float(f64::INFINITY),
            _ => pointed(text).unwrap_or(Scalar::String),
        },
        Some(b'+' | b'-' | b'0'..=b'9') => match text {
            "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
            _ if timestamps && is_timestamp(text) => Scalar::Timestamp,
            _ => number(text),
        },
        Some(_) => Scalar::String,
    }
}

/// The three spellings of each word and no other: `yEs` is a text.
fn word(text: &str) -> Scalar {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        _ => Scalar::String,
    }
}

/// What starts with a digit or a sign. Underscores do not count, wherever they are.
///
/// go-yaml tries integers first, then floats, then its odd binary form; the order decides for
/// `0b1`.
fn number(text: &str) -> Scalar {
    let plain = if text.contains('_') { &text.replace('_', "") } else { text };
    integer(plain)
        .or_else(|| if is_float(plain) { float(plain) } else { None })
        .or_else(|| signed_binary(plain))
        .unwrap_or(Scalar::String)
}

/// What starts with a point. Here an underscore has to stand between two digits.
fn pointed(text: &str) -> Option<Scalar> {
    if !text.contains('_') {
        return float(text);
    }
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let between = |at: usize| digit(bytes[..at].last()) && digit(bytes.get(at + 1));
    let separated = text.match_indices('_').all(|(at, _)| between(at));
    if separated { float(&text.replace('_', "")) } else { None }
}

/// An integer in the base its prefix says: `0x`, `0o` or `0`, `0b`, in both letter cases.
fn integer(plain: &str) -> Option<Scalar> {
    let (sign, magnitude) = match plain.as_bytes() {
        [b'-', ..] => ("-", &plain[1..]),
        [b'+', ..] => ("+", &plain[1..]),
        _ => ("", plain),
    };
    let (base, digits) = match magnitude.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &magnitude[2..]),
        [b'0', b'o' | b'O', ..] => (8, &magnitude[2..]),
        [b'0', b'b' | b'B', ..] => (2, &magnitude[2..]),
        // YAML 1.1: a leading zero is octal, so `0644` is 420.
        [b'0', _, ..] => (8, &magnitude[1..]),
        _ => (10, magnitude),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let value = u64::from_str_radix(digits, base).ok()?;
    match (sign, i64::try_from(value)) {
        ("-", _) => 0i64.checked_sub_unsigned(value).map(Scalar::Int),
        (_, Ok(int)) => Some(Scalar::Int(int)),
        // ParseUint comes after ParseInt there, and takes no sign.
        ("", Err(_)) => Some(Scalar::Uint(value)),
        _ => None,
    }
}

/// `0b-101`, which go-yaml takes because it cuts the prefix and reads the rest as a number with a
/// sign.
fn signed_binary(plain: &str) -> Option<Scalar> {
    let signed = plain.strip_prefix("0b")?;
    let digits = signed.strip_prefix(['+', '-'])?;
    let unsigned = !digits.is_empty() && digits.bytes().all(|byte| matches!(byte, b'0' | b'1'));
    let value = unsigned.then(|| i64::from_str_radix(signed, 2).ok())?;
    value.map(Scalar::Int)
}

/// Whether this is a decimal fraction: digits with a point somewhere, and an exponent.
///
/// The expression `yamlStyleFloat` of `resolve.go`:
/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`.
fn is_float(plain: &str) -> bool {
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(plain);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let counted = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let powered = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    counted && powered
}

/// A double, unless it is too large for one.
///
/// Go's `ParseFloat` fails with a range error there, and the scalar stays a text.
fn float(plain: &str) -> Option<Scalar> {
    if !is_float(plain) {
        return None;
    }
    plain.parse().ok().filter(|float: &f64| float.is_finite()).map(Scalar::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_yaml_1_1() {
        for text in ["y", "Y", "yes", "on", "True"] {
            assert_eq!(resolve(text), Scalar::Bool(true), "{text}");
        }
        for text in ["", "~", "null"] {
            assert_eq!(resolve(text), Scalar::Null, "{text}");
        }
        for text in ["nO", "yES", "<<", "nil", "1:30", "2001-12-14x", "0x", "1__e", "+-1", "1e400", "--1"] {
            assert_eq!(resolve(text), Scalar::String, "{text}");
        }
    }

    #[test]
    fn integers_in_every_base() {
        let cases = [
            ("0644", 420),
            ("0o14", 12),
            ("0x1F", 31),
            ("0b101", 5),
            ("-0b101", -5),
            ("0b-11", -3),
            ("1_000", 1000),
        ];
        for (text, value) in cases {
            assert_eq!(resolve(text), Scalar::Int(value), "{text}");
        }
        assert_eq!(resolve("-9223372036854775808"), Scalar::Int(i64::MIN));
        assert_eq!(resolve("18446744073709551615"), Scalar::Uint(u64::MAX));
        assert_eq!(resolve("08"), Scalar::Float(8.0));
        assert_eq!(resolve("18446744073709551616"), Scalar::Float(18_446_744_073_709_551_616.0));
    }

    #[test]
    fn tags_ask_for_a_kind() {
        assert_eq!(resolve_tagged("tag:yaml.org,2002:float", "3"), Ok(Scalar::Float(3.0)));
        let problem = resolve_tagged("tag:yaml.org,2002:null", "x").unwrap_err();
        assert_eq!(problem, "cannot decode !!str `x` as a !!null");
        assert_eq!(resolve_tagged("!own", "3"), Ok(Scalar::String));
    }
}
