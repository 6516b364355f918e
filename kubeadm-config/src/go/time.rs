//! RFC 3339 as `time.Parse` reads it and apimachinery's `Time` writes it.
//!
//! `expires` of a bootstrap token is the one time in kubeadm's documents. apimachinery reads it
//! with `time.Parse` (`metav1.Time.UnmarshalJSON`), which takes more than RFC 3339
//! (golang/go#54580): an hour of one digit, a comma before the fraction, a zone of 24 hours.

use std::fmt;

use super::time_quote;

const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";
const DAY: i64 = 86_400;

/// A moment, to the nanosecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Time {
    seconds: i64,
    nanoseconds: u32,
}

impl Time {
    /// Whole seconds since 1970-01-01T00:00:00Z.
    pub(crate) fn from_unix(seconds: i64) -> Self {
        Self { seconds, nanoseconds: 0 }
    }

    /// Go's zero time, the first moment of year 1, which apimachinery writes as `null`.
    pub(crate) fn is_zero(self) -> bool {
        self.seconds == days_from_civil(1, 1, 1) * DAY && self.nanoseconds == 0
    }
}

/// In UTC and to the second, as apimachinery writes it: `2026-11-24T08:21:54Z`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.seconds.div_euclid(DAY));
        let rest = self.seconds.rem_euclid(DAY);
        let (sign, year) = if year < 0 { ("-", -year) } else { ("", year) };
        let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
        write!(f, "{sign}{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// A text that is no RFC 3339 time, in the words of Go's `time` package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidTime {
    /// Something else stands where a part of the layout should.
    #[error(
        "parsing time {} as {}: cannot parse {} as {}",
        time_quote(.given), time_quote(LAYOUT), time_quote(.rest), time_quote(.element)
    )]
    Mismatch { given: String, rest: String, element: &'static str },
    /// A part has a value that does not exist.
    #[error("parsing time {}: {part} out of range", time_quote(.given))]
    OutOfRange { given: String, part: &'static str },
    /// The text goes on.
    #[error("parsing time {}: extra text: {}", time_quote(.given), time_quote(.rest))]
    ExtraText { given: String, rest: String },
}

impl std::str::FromStr for Time {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Reader { given: text, rest: text.as_bytes() }.read()
    }
}

/// Walks the text along the layout. Bytes, not characters: Go cuts where it counts.
struct Reader<'a> {
    given: &'a str,
    rest: &'a [u8],
}

impl Reader<'_> {
    fn read(mut self) -> Result<Time, InvalidTime> {
        let year = self.year()?;
        self.literal("-")?;
        let month = self.two_digits("01")?;
        // Go checks each part where it reads it, but the day last, when month and year are known.
        self.in_range("month", (1..=12).contains(&month))?;
        self.literal("-")?;
        let day = self.two_digits("02")?;
        self.literal("T")?;
        let hour = self.hour()?;
        self.literal(":")?;
        let minute = self.two_digits("04")?;
        self.in_range("minute", minute < 60)?;
        self.literal(":")?;
        let second = self.two_digits("05")?;
        self.in_range("second", second < 60)?;
        let nanoseconds = self.fraction();
        let offset = self.zone()?;
        if !self.rest.is_empty() {
            return Err(InvalidTime::ExtraText { given: self.given.to_owned(), rest: lossy(self.rest) });
        }
        self.in_range("day", day >= 1 && day <= days_in(month, year))?;
        let seconds = days_from_civil(year, month, day) * DAY + hour * 3_600 + minute * 60 + second - offset;
        Ok(Time { seconds, nanoseconds })
    }

    fn mismatch(&self, element: &'static str) -> InvalidTime {
        InvalidTime::Mismatch { given: self.given.to_owned(), rest: lossy(self.rest), element }
    }

    fn in_range(&self, part: &'static str, good: bool) -> Result<(), InvalidTime> {
        if good { Ok(()) } else { Err(InvalidTime::OutOfRange { given: self.given.to_owned(), part }) }
    }

    fn literal(&mut self, literal: &'static str) -> Result<(), InvalidTime> {
        self.rest = self.rest.strip_prefix(literal.as_bytes()).ok_or_else(|| self.mismatch(literal))?;
        Ok(())
    }

    fn year(&mut self) -> Result<i64, InvalidTime> {
        let (digits, rest) = self.rest.split_at_checked(4).ok_or_else(|| self.mismatch("2006"))?;
        let year = number(digits).ok_or_else(|| self.mismatch("2006"))?;
        self.rest = rest;
        Ok(year)
    }

    fn two_digits(&mut self, element: &'static str) -> Result<i64, InvalidTime> {
        let (digits, rest) = self.rest.split_at_checked(2).ok_or_else(|| self.mismatch(element))?;
        let value = number(digits).ok_or_else(|| self.mismatch(element))?;
        self.rest = rest;
        Ok(value)
    }

    /// The hour may have a single digit.
    fn hour(&mut self) -> Result<i64, InvalidTime> {
        let digits = self.rest.iter().take(2).take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at(digits);
        let hour = number(digits).ok_or_else(|| self.mismatch("15"))?;
        self.rest = rest;
        self.in_range("hour", hour < 24)?;
        Ok(hour)
    }

    /// Any number of digits behind a point or comma, of which the first nine count.
    fn fraction(&mut self) -> u32 {
        let [b'.' | b',', tail @ ..] = self.rest else { return 0 };
        let digits = tail.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return 0;
        }
        let (digits, rest) = tail.split_at(digits);
        self.rest = rest;
        (0..9).fold(0, |number, n| number * 10 + u32::from(digits.get(n).map_or(0, |digit| digit - b'0')))
    }

    /// Seconds east of Greenwich. 24 hours and 60 minutes pass, as some people write them.
    fn zone(&mut self) -> Result<i64, InvalidTime> {
        const ELEMENT: &str = "Z07:00";
        if let [b'Z', rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(0);
        }
        let [sign, h1, h2, b':', m1, m2, rest @ ..] = self.rest else { return Err(self.mismatch(ELEMENT)) };
        // As `getnum` of time/format.go reads hours before minutes.
        let (Some(hours), minutes) = (number(&[*h1, *h2]), number(&[*m1, *m2])) else {
            return Err(self.mismatch(ELEMENT));
        };
        // Of two parts out of range the last one is named, and a range before a misspelling.
        self.in_range("time zone offset minute", minutes.is_none_or(|minutes| minutes <= 60))?;
        self.in_range("time zone offset hour", hours <= 24)?;
        let minutes = minutes.ok_or_else(|| self.mismatch(ELEMENT))?;
        let offset = (hours * 60 + minutes) * 60;
        let offset = match sign {
            b'+' => offset,
            b'-' => -offset,
            _ => return Err(self.mismatch(ELEMENT)),
        };
        self.rest = rest;
        Ok(offset)
    }
}

/// For messages: a cut in the middle of a character shows as U+FFFD.
fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Decimal digits alone, without a sign; `None` for none at all.
fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0, |n, d| d.is_ascii_digit().then(|| n * 10 + i64::from(d - b'0')))
}

/// February by the Gregorian rule for any year, also before 1582, as Go counts.
fn days_in(month: i64, year: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar. Years are counted from March, so that
/// a leap day is the last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The way back from [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = (shifted + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_many_years_survives() {
        for day in -800_000..800_000 {
            let (y, m, d) = civil_from_days(day);
            assert_eq!(days_from_civil(y, m, d), day);
            assert!((1..=12).contains(&m) && d >= 1 && d <= days_in(m, y));
        }
    }

    #[test]
    fn prints_in_utc() {
        let print = |text: &str| text.parse::<Time>().unwrap().to_string();
        assert_eq!(print("2026-11-24T08:21:54Z"), "2026-11-24T08:21:54Z");
        assert_eq!(print("2026-11-24T0:21:54,5+01:30"), "2026-11-23T22:51:54Z");
        assert_eq!(print("0000-01-01T00:00:00+01:00"), "-0001-12-31T23:00:00Z");
        assert!("0001-01-01T00:00:00Z".parse::<Time>().unwrap().is_zero());
    }
}
