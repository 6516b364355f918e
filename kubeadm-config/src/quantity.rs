//! Quantities of Kubernetes, `500m` or `1Gi`: reading them, and printing them in the one form
//! apimachinery prints.

const WRONG_FORM: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_NUMBER: &str = "unable to parse numeric part of quantity";
const WRONG_SUFFIX: &str = "unable to parse quantity's suffix";

const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const NANO: i128 = 1_000_000_000;
/// The greatest quantity there is, in billionths.
const LIMIT: i128 = (1 << 63) * NANO - NANO;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Decimal,
    Binary,
    Exponent,
}

/// The quantity as apimachinery prints it, or what it says of a text that is none.
pub(crate) fn canonical(text: &str) -> Result<String, &'static str> {
    let (negative, rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let (whole, rest) = digits(rest);
    let (fraction, suffix) = match rest.strip_prefix('.') {
        Some(rest) => digits(rest),
        None => ("", rest),
    };
    if text.is_empty() || !is_suffix(suffix) {
        return Err(WRONG_FORM);
    }
    if whole.is_empty() && fraction.is_empty() {
        return Err(if suffix.is_empty() && !rest.starts_with('.') { WRONG_FORM } else { WRONG_NUMBER });
    }
    let (form, ten, two) = interpret(suffix).ok_or(WRONG_SUFFIX)?;
    let nanos = in_nanos(whole, fraction, ten, two);
    Ok(print(if negative { -nanos } else { nanos }, form))
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

fn is_suffix(text: &str) -> bool {
    let rest = text.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
    let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    rest.bytes().all(|b| b.is_ascii_digit())
}

/// The form, the power of ten and the power of two a suffix stands for.
fn interpret(suffix: &str) -> Option<(Form, i32, u32)> {
    if let Some((_, ten)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        return Some((Form::Decimal, *ten, 0));
    }
    if let Some(index) = BINARY.iter().position(|name| *name == suffix) {
        return Some((Form::Binary, 0, 10 * (u32::try_from(index).ok()? + 1)));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    exponent.parse().ok().map(|ten| (Form::Exponent, ten, 0))
}

/// The amount in billionths, what is smaller rounded up, what is too great cut.
fn in_nanos(whole: &str, fraction: &str, ten: i32, two: u32) -> i128 {
    let figures = format!("{}{fraction}", whole.trim_start_matches('0'));
    let Ok(number) = figures.parse::<u128>() else { return if figures.is_empty() { 0 } else { LIMIT } };
    let shift = ten.saturating_add(9).saturating_sub(i32::try_from(fraction.len()).unwrap_or(i32::MAX));
    let scaled = number.checked_shl(two).filter(|scaled| scaled >> two == number);
    let nanos = scaled.and_then(|scaled| {
        let power = 10_u128.checked_pow(shift.unsigned_abs());
        match power {
            Some(power) if shift >= 0 => scaled.checked_mul(power),
            Some(power) => Some(scaled.div_ceil(power)),
            None if shift < 0 || scaled == 0 => Some(u128::from(scaled > 0)),
            None => None,
        }
    });
    nanos.and_then(|nanos| i128::try_from(nanos).ok()).map_or(LIMIT, |nanos| nanos.min(LIMIT))
}

fn print(nanos: i128, form: Form) -> String {
    let whole = nanos % NANO == 0;
    let small = nanos.abs() < 1024 * NANO;
    if form == Form::Binary && whole && !small {
        let mut amount = nanos / NANO;
        let mut steps = 0;
        while amount % 1024 == 0 && steps < BINARY.len() {
            amount /= 1024;
            steps += 1;
        }
        let suffix = if steps == 0 { "" } else { BINARY[steps - 1] };
        return format!("{amount}{suffix}");
    }
    let (mut amount, mut ten) = (nanos, -9);
    while amount != 0 && amount % 1000 == 0 && ten < 18 {
        amount /= 1000;
        ten += 3;
    }
    if amount == 0 {
        ten = 0;
    }
    match form {
        Form::Exponent if ten == 0 => amount.to_string(),
        Form::Exponent => format!("{amount}e{ten}"),
        Form::Decimal | Form::Binary => {
            let suffix = DECIMAL.iter().find(|(_, power)| *power == ten).map_or("", |(name, _)| name);
            format!("{amount}{suffix}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_print_in_one_form() {
        let cases = [
            ("0", "0"),
            ("1", "1"),
            ("1000", "1k"),
            ("0.5", "500m"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("512", "512"),
            ("0.5Ki", "512"),
            ("1e3", "1e3"),
            ("12e6", "12e6"),
            ("100", "100"),
            ("-1500m", "-1500m"),
            ("+2k", "2k"),
            (".5", "500m"),
            ("1.", "1"),
            ("0.1n", "1n"),
            ("1500", "1500"),
            ("1025Ki", "1025Ki"),
        ];
        for (given, printed) in cases {
            assert_eq!(canonical(given).as_deref(), Ok(printed), "{given}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for (text, why) in [
            ("", WRONG_FORM),
            ("1 Gi", WRONG_FORM),
            ("true", WRONG_FORM),
            ("1GiB", WRONG_FORM),
            ("1ki", WRONG_SUFFIX),
        ] {
            assert_eq!(canonical(text), Err(why), "{text}");
        }
    }
}
