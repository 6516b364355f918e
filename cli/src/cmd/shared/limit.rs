//! Lengths of time on the command line.
//!
//! As Go writes them: `500ms`, `90s`, `1m30s`, `1.5h`. A number without a unit is refused, and so
//! is zero: to wait for no time is to leave the flag out.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A time limit above zero, written as Go's tools write durations: `500ms`, `5s`, `1m30s`, `1.5h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit(Duration);

impl Limit {
    /// As std has it.
    pub(crate) fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Limit {
    type Err = InvalidLimit;

    fn from_str(text: &str) -> Result<Self, InvalidLimit> {
        let mut rest = text;
        let mut total = Duration::ZERO;
        while !rest.is_empty() {
            let (part, after) = leading(rest).ok_or(InvalidLimit)?;
            total = total.checked_add(part).ok_or(InvalidLimit)?;
            rest = after;
        }
        if total.is_zero() { Err(InvalidLimit) } else { Ok(Self(total)) }
    }
}

/// The first number with its unit, and what follows.
fn leading(text: &str) -> Option<(Duration, &str)> {
    let (number, after) = text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != '.')?);
    let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
    let unit = match &after[..end] {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let seconds = number.parse::<f64>().ok()? * unit;
    Some((Duration::try_from_secs_f64(seconds).ok()?, &after[end..]))
}

/// A text that is no length of time.
#[derive(Debug)]
pub(crate) struct InvalidLimit;

impl fmt::Display for InvalidLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("give a time above zero with its unit, such as 500ms, 5s or 1m")
    }
}

impl std::error::Error for InvalidLimit {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_add_up() {
        let limit = |text: &str| text.parse::<Limit>().map(Limit::duration);
        assert_eq!(limit("500ms").unwrap(), Duration::from_millis(500));
        assert_eq!(limit("1m30s").unwrap(), Duration::from_secs(90));
        assert_eq!(limit("1.5h").unwrap(), Duration::from_secs(5400));
        for wrong in
            ["", "5", "0s", "-5s", "5 s", "s", "1.2.3s", "5d", "1e9s", "99999999999999999999h", "5s1"]
        {
            limit(wrong).unwrap_err();
        }
    }
}
