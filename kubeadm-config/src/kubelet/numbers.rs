//! Numbers and truth values as Go's `strconv` reads them.

use crate::go::quote;

/// `strconv.ParseBool`.
pub(crate) fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing {}: invalid syntax", quote(text))),
    }
}

/// `strconv.ParseInt` with base 0.
pub(super) fn parse_int(text: &str, bits: u8) -> Result<i64, String> {
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
pub(super) fn parse_uint(text: &str, base: u32, bits: u8) -> Result<u64, String> {
    let fault = |why: Why| format!("strconv.ParseUint: parsing {}: {}", quote(text), why.text());
    let value = magnitude(text, base).map_err(fault)?;
    if bits < 64 && value >> bits != 0 { Err(fault(Why::Range)) } else { Ok(value) }
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
}
