//! Dates: CRI-O has no key that takes one, but an invalid one under any key stops it.

use super::reader::Reader;
use super::{Dialect, Fault, Value, goquote};

impl Reader<'_> {
    pub(super) fn datetime(&self, written: &str) -> Result<Value, Fault> {
        if self.dialect.is_old() {
            return if is_old_datetime(written) {
                Ok(Value::Datetime(written.to_owned()))
            } else {
                Err(self.fail(format!("Invalid TOML Datetime: {}.", goquote::string(written))))
            };
        }
        let text = written.replace('z', "Z").replace(['t', ' '], "T");
        if is_datetime(&text, self.dialect.is_toml_1_1()) {
            return Ok(Value::Datetime(text));
        }
        let shown = goquote::string(&text);
        Err(self.fail(if self.dialect >= Dialect::V1_4 {
            format!("invalid datetime: {shown}")
        } else {
            format!("Invalid TOML Datetime: {shown}.")
        }))
    }
}

/// TOML 0.4 as the old reader has it: an offset date-time, a local one or a date.
fn is_old_datetime(text: &str) -> bool {
    let Some(rest) = date(text) else { return false };
    if rest.is_empty() {
        return true;
    }
    rest.strip_prefix('T')
        .and_then(|rest| time(rest, Seconds::Required, Hour::OneDigitToo))
        .is_some_and(|rest| rest.is_empty() || offset(rest))
}

fn is_datetime(text: &str, seconds_may_miss: bool) -> bool {
    let seconds = if seconds_may_miss { Seconds::Optional } else { Seconds::Required };
    let time_alone = time(text, seconds, Hour::TwoDigits).is_some_and(str::is_empty);
    let Some(rest) = date(text) else { return time_alone };
    if rest.is_empty() {
        return true;
    }
    rest.strip_prefix('T')
        .and_then(|rest| time(rest, seconds, Hour::TwoDigits))
        .is_some_and(|rest| rest.is_empty() || offset(rest))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seconds {
    Required,
    Optional,
}

/// Go's date parser takes an hour of one digit; newer readers look for it and refuse.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hour {
    TwoDigits,
    OneDigitToo,
}

/// Takes `YYYY-MM-DD` if such a day exists.
fn date(text: &str) -> Option<&str> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    (1..=days).contains(&day).then_some(rest)
}

/// Takes `HH:MM[:SS[.fraction]]`.
fn time(text: &str, seconds: Seconds, hour_digits: Hour) -> Option<&str> {
    let (hour, rest) = match digits(text, 2) {
        Some(taken) => taken,
        None if hour_digits == Hour::OneDigitToo => digits(text, 1)?,
        None => return None,
    };
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
    if hour > 23 || minute > 59 {
        return None;
    }
    let Some(rest) = rest.strip_prefix(':') else {
        return (seconds == Seconds::Optional).then_some(rest);
    };
    let (second, rest) = digits(rest, 2)?;
    if second > 59 {
        return None;
    }
    let Some(fraction) = rest.strip_prefix('.') else { return Some(rest) };
    let after = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    (after.len() < fraction.len()).then_some(after)
}

/// Is all of the text `Z` or `±HH:MM`?
fn offset(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    let Some(rest) = text.strip_prefix(['+', '-']) else { return false };
    let Some((hour, rest)) = digits(rest, 2) else { return false };
    let Some((minute, rest)) = rest.strip_prefix(':').and_then(|rest| digits(rest, 2)) else { return false };
    rest.is_empty() && hour <= 24 && minute < 60
}

fn digits(text: &str, count: usize) -> Option<(u32, &str)> {
    let head = text.get(..count)?;
    let all_digits = head.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| head.parse().ok()).flatten().map(|number| (number, &text[count..]))
}
