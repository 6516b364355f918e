//! `time.ParseDuration`.
//!
//! Every `metav1.Duration` of kubeadm's and the kubelet's documents is read with it, so also what
//! looks odd is a duration: `1h1h`, `.5s`, `-0`.

use super::time_quote;

const SECOND: u64 = 1_000_000_000;
// Two spellings of micro look alike (`unitMap` of time/format.go has both).
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000), // U+00B5, micro sign
    ("μs", 1_000), // U+03BC, Greek letter mu
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
];
/// The size of the most negative duration; one more than that of the greatest.
const LIMIT: u64 = 1 << 63;

/// A text that is no duration, in the words of Go's `time` package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidDuration {
    /// No number where one must be, or one that is too great.
    #[error("time: invalid duration {}", time_quote(.given))]
    Malformed { given: String },
    /// A number without a unit.
    #[error("time: missing unit in duration {}", time_quote(.given))]
    MissingUnit { given: String },
    /// A unit that is none of `ns us µs ms s m h`.
    #[error("time: unknown unit {} in duration {}", time_quote(.unit), time_quote(.given))]
    UnknownUnit { unit: String, given: String },
}

/// Nanoseconds of a text such as `1h30m`, `-1.5s` or `0`.
pub(crate) fn parse_duration(text: &str) -> Result<i64, InvalidDuration> {
    let malformed = || InvalidDuration::Malformed { given: text.to_owned() };
    let (negative, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    // The one number that needs no unit.
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(malformed());
    }
    let mut total = 0_u64;
    while !rest.is_empty() {
        let (nanoseconds, tail) = parse_part(rest, text)?;
        rest = tail;
        total = total.checked_add(nanoseconds).filter(|total| *total <= LIMIT).ok_or_else(malformed)?;
    }
    match (negative, i64::try_from(total)) {
        (false, Ok(total)) => Ok(total),
        (false, Err(_)) => Err(malformed()),
        // -2^63 has no positive counterpart.
        (true, total) => Ok(total.map_or(i64::MIN, |total| -total)),
    }
}

/// One number with its unit, and what follows.
fn parse_part<'a>(part: &'a str, given: &str) -> Result<(u64, &'a str), InvalidDuration> {
    let malformed = || InvalidDuration::Malformed { given: given.to_owned() };
    let (whole, rest) = split_digits(part);
    let mut value = leading_int(whole).ok_or_else(malformed)?;
    let (fraction, rest) = rest.strip_prefix('.').map_or(("", rest), split_digits);
    if whole.is_empty() && fraction.is_empty() {
        return Err(malformed());
    }
    // A unit is whatever stands before the next digit or point, so `5min` is the unknown unit
    // `min`.
    let (unit, rest) =
        rest.split_at(rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len()));
    if unit.is_empty() {
        return Err(InvalidDuration::MissingUnit { given: given.to_owned() });
    }
    let Some((_, size)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(InvalidDuration::UnknownUnit { unit: unit.to_owned(), given: given.to_owned() });
    };
    value = value.checked_mul(*size).filter(|value| *value <= LIMIT).ok_or_else(malformed)?;
    value += fraction_of(fraction, *size);
    if value > LIMIT { Err(malformed()) } else { Ok((value, rest)) }
}

/// The digits that a text begins with, perhaps none, and the rest.
fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// The number, unless it passes the limit.
// Go's `leadingInt` counts up to 2^63 inclusive.
fn leading_int(digits: &str) -> Option<u64> {
    digits.bytes().try_fold(0_u64, |number, digit| {
        let number = number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
        (number <= LIMIT).then_some(number)
    })
}

/// Nanoseconds of the digits behind a point, with Go's float arithmetic; digits that no longer fit
/// are dropped.
fn fraction_of(digits: &str, unit: u64) -> u64 {
    let (mut number, mut scale) = (0_u64, 1_f64);
    for digit in digits.bytes() {
        if number > (LIMIT - 1) / 10 {
            break;
        }
        let next = number * 10 + u64::from(digit - b'0');
        if next > LIMIT {
            break;
        }
        number = next;
        scale *= 10.0;
    }
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "the rounding is what Go does, and a fraction is less than its unit"
    )]
    {
        (number as f64 * (unit as f64 / scale)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_reads() {
        let cases = [
            ("0", 0),
            ("-0", 0),
            ("4m0s", 240_000_000_000),
            ("-1.5h", -5_400_000_000_000),
            (".5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("3µs4μs", 7_000),
            ("0.100000000000000000000h", 360_000_000_000),
            ("-9223372036854775808ns", i64::MIN),
        ];
        for (text, nanoseconds) in cases {
            assert_eq!(parse_duration(text), Ok(nanoseconds), "{text}");
        }
    }

    #[test]
    fn refuses_in_gos_words() {
        let say = |text: &str| parse_duration(text).unwrap_err().to_string();
        assert_eq!(say(""), r#"time: invalid duration """#);
        assert_eq!(say("4"), r#"time: missing unit in duration "4""#);
        assert_eq!(say("4 m"), r#"time: unknown unit " m" in duration "4 m""#);
        assert_eq!(say("1é"), r#"time: unknown unit "\xc3\xa9" in duration "1\xc3\xa9""#);
        assert_eq!(say("9223372036854775808ns"), r#"time: invalid duration "9223372036854775808ns""#);
    }
}
