//! Numbers and truth values as Go's `strconv` reads them.
//!
//! The texts of errors are `strconv`'s, because they end up in messages: `strconv.ParseInt:
//! parsing "x": invalid syntax`.

use crate::go::quote;

/// `strconv.ParseBool`.
///
/// # Errors
/// Any other text, also `yes`: flags are not YAML.
pub(crate) fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing {}: invalid syntax", quote(text))),
    }
}

/// `strconv.ParseInt` with base 0.
///
/// Base 0: `0x1f`, `0b1`, `0o17`, `017` and `1_000` are numbers.
/// # Errors
/// No number, or one that does not fit `bits`.
pub(crate) fn parse_int(text: &str, bits: u8) -> Result<i64, String> {
    let fault = |why: &str| format!("strconv.ParseInt: parsing {}: {why}", quote(text));
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let amount = magnitude(digits, 0).map_err(|why| fault(why.text()))?;
    let value = i128::from(amount);
    let value = if negative { -value } else { value };
    let limit = 1_i128 << (bits - 1);
    let fits = (-limit..limit).contains(&value);
    i64::try_from(value).ok().filter(|_| fits).ok_or_else(|| fault(Why::Range.text()))
}

/// `strconv.ParseUint`.
///
/// `base` 0 reads prefixes, any other takes bare digits.
/// # Errors
/// As [`parse_int`].
pub(super) fn parse_uint(text: &str, base: u32, bits: u8) -> Result<u64, String> {
    let fault = |why: Why| format!("strconv.ParseUint: parsing {}: {}", quote(text), why.text());
    let value = magnitude(text, base).map_err(fault)?;
    if bits < 64 && value >> bits != 0 { Err(fault(Why::Range)) } else { Ok(value) }
}

/// What `strconv.ParseFloat` says of a text that it does not read; the number itself is not asked for.
pub(super) fn check_float(text: &str, bits: u8) -> Result<(), String> {
    let fault = |why: Why| Err(format!("strconv.ParseFloat: parsing {}: {}", quote(text), why.text()));
    let lower = text.to_ascii_lowercase();
    let number = lower.strip_prefix(['-', '+']).unwrap_or(&lower);
    if matches!(number, "inf" | "infinity") || lower == "nan" {
        return Ok(());
    }
    let (digits, radix) = match number.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    let Some(plain) = without_separators(digits, radix) else { return fault(Why::Syntax) };
    let (mantissa, exponent) = match plain.split_once(if radix == 16 { 'p' } else { 'e' }) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (plain.as_str(), None),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut all = whole.chars().chain(part.chars());
    let power = exponent.map(|text| text.strip_prefix(['-', '+']).unwrap_or(text));
    let good = !(whole.is_empty() && part.is_empty())
        && all.all(|c| c.is_digit(radix))
        // Of base 16 the exponent is no option.
        && power.map_or(radix == 10, |text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    if !good {
        return fault(Why::Syntax);
    }
    let infinite = match bits {
        32 => plain.parse::<f32>().is_ok_and(f32::is_infinite),
        _ => plain.parse::<f64>().is_ok_and(f64::is_infinite),
    };
    if infinite { fault(Why::Range) } else { Ok(()) }
}

/// Digits without the `_` between them; none where one is elsewhere (`underscoreOK`).
fn without_separators(digits: &str, radix: u32) -> Option<String> {
    let parts: Vec<&str> = digits.split('_').collect();
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_digit(radix));
    let fits = parts.windows(2).enumerate().all(|(at, pair)| {
        // One may follow the prefix of a base.
        let prefix = at == 0 && radix == 16 && pair[0].is_empty();
        (prefix || digit(pair[0].chars().last())) && digit(pair[1].chars().next())
    });
    fits.then(|| parts.concat())
}

#[derive(Clone, Copy)]
enum Why {
    Syntax,
    Range,
}

impl Why {
    fn text(self) -> &'static str {
        match self {
            Self::Syntax => "invalid syntax",
            Self::Range => "value out of range",
        }
    }
}

/// # Errors
/// [`Why::Syntax`] for anything but digits of the base with single underscores between them.
fn magnitude(text: &str, base: u32) -> Result<u64, Why> {
    let lower = text.to_ascii_lowercase();
    let (radix, digits) = match base {
        0 => match lower.as_bytes() {
            [b'0', b'x', _, ..] => (16, &lower[2..]),
            [b'0', b'b', _, ..] => (2, &lower[2..]),
            [b'0', b'o', _, ..] => (8, &lower[2..]),
            [b'0', _, ..] => (8, &lower[1..]),
            _ => (10, lower.as_str()),
        },
        base => (base, lower.as_str()),
    };
    let underscores = digits.contains('_');
    let misplaced =
        digits.ends_with('_') || digits.contains("__") || (radix == 10 && digits.starts_with('_'));
    if underscores && (base != 0 || misplaced) {
        return Err(Why::Syntax);
    }
    let digits = digits.replace('_', "");
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(Why::Syntax);
    }
    u64::from_str_radix(&digits, radix).map_err(|_| Why::Range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        assert_eq!(parse_int("0x10", 32), Ok(16));
        assert_eq!(parse_int("-1_000", 32), Ok(-1000));
        assert_eq!(parse_int("", 32).unwrap_err(), "strconv.ParseInt: parsing \"\": invalid syntax");
        assert_eq!(
            parse_int("2147483648", 32).unwrap_err(),
            "strconv.ParseInt: parsing \"2147483648\": value out of range"
        );
        assert_eq!(parse_uint("7", 10, 31), Ok(7));
    }

    /// As kube-apiserver and kube-controller-manager 1.34.0 take and refuse them.
    #[test]
    fn fractions_are_read_as_go_reads_them() {
        for good in ["1", ".5", "5.", "-1e3", "inf", "NaN", "1_0", "0x1p-2", "0x_1.8P+1"] {
            assert_eq!(check_float(good, 64), Ok(()), "{good}");
        }
        for bad in ["", "a", ".", "1e", "1.2.3", "1__0", "_1", "1_", "0x1", "0xp1", "-nan", "1 "] {
            let said = check_float(bad, 64).unwrap_err();
            assert!(said.ends_with("invalid syntax"), "{said}");
        }
        assert!(check_float("1e40", 64).is_ok());
        assert_eq!(
            check_float("1e40", 32).unwrap_err(),
            "strconv.ParseFloat: parsing \"1e40\": value out of range"
        );
    }
}
