//! Quantities and shares.

use crate::go::quote;
use crate::quantity::canonical;

/// Which side of zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Negative,
    Zero,
    Positive,
}

/// A quantity as it is printed, and its sign.
pub(super) fn quantity(text: &str) -> Result<(String, Sign), String> {
    let shown = canonical(text).map_err(str::to_owned)?;
    let sign = match shown.as_bytes() {
        [b'-', ..] => Sign::Negative,
        [b'0'] => Sign::Zero,
        _ => Sign::Positive,
    };
    Ok((shown, sign))
}

/// The number before `%`, as `strconv.ParseFloat` reads it.
pub(super) fn percent(text: &str) -> Result<f32, String> {
    let number = text.trim_end_matches('%');
    let fault = || format!("strconv.ParseFloat: parsing {}: invalid syntax", quote(number));
    let plain = number.bytes().all(|b| b.is_ascii_digit() || b"+-.eExXpP_".contains(&b));
    let named =
        ["inf", "infinity", "nan"].contains(&number.trim_start_matches(['+', '-']).to_lowercase().as_str());
    if !plain && !named {
        return Err(fault());
    }
    number.parse().map_err(|_| fault())
}

/// A quantity in thousandths of its unit: `500m` is 500, `1Ki` 1,024,000; `None` for what is not a
/// quantity.
///
/// ```
/// use kubeadm_config::kubelet::thousandths;
///
/// assert_eq!(thousandths("500m"), Some(500));
/// assert_eq!(thousandths("1Ki"), Some(1_024_000));
/// assert_eq!(thousandths("10%"), None);
/// ```
#[must_use]
pub fn thousandths(text: &str) -> Option<i128> {
    canonical(text).ok().map(|_| millis(text))
}

/// A quantity in thousandths; what is not a quantity is none.
pub(super) fn millis(text: &str) -> i128 {
    let Ok(shown) = canonical(text) else { return 0 };
    let split = shown.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(shown.len());
    let (number, suffix) = shown.split_at(split);
    let number: i128 = number.parse().unwrap_or_default();
    let steps = |names: [&str; 6], base: i128| {
        let index = names.iter().position(|name| *name == suffix)?;
        Some((0..=index).fold(1000_i128, |amount, _| amount.saturating_mul(base)))
    };
    let factor = match suffix {
        "" => Some(1000),
        "m" => Some(1),
        "n" => return up(number, 1_000_000),
        "u" => return up(number, 1000),
        _ if suffix.starts_with("e-") => {
            let power: u32 = suffix[2..].parse().unwrap_or(u32::MAX);
            let thousandths = number.saturating_mul(1000);
            // Below the last thousandth there is one left, as with every part of one.
            return 10_i128.checked_pow(power).map_or(thousandths.signum(), |parts| up(thousandths, parts));
        }
        _ => steps(["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"], 1024)
            .or_else(|| steps(["k", "M", "G", "T", "P", "E"], 1000))
            .or_else(|| {
                let power: u32 = suffix.strip_prefix('e')?.parse().ok()?;
                10_i128.checked_pow(power)?.checked_mul(1000)
            }),
    };
    number.saturating_mul(factor.unwrap_or_default())
}

/// Parts of a thousandth count as a whole one, away from zero (apimachinery
/// `Quantity.ScaledValue`).
fn up(number: i128, parts: i128) -> i128 {
    let whole = number / parts;
    if number % parts == 0 { whole } else { whole + number.signum() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_of_both_signs_count() {
        for (text, expected) in [
            ("1e3", 1_000_000),
            ("1e-1", 100),
            ("25e-2", 250),
            ("-1e-2", -10),
            ("1e-6", 1),
            ("1500u", 2),
            ("2", 2000),
        ] {
            assert_eq!(millis(text), expected, "{text}");
        }
    }
}
