//! Which texts go-yaml takes for timestamps. It reads them as text, but prints such text in quotes.

/// `2001-12-14`, `2001-12-14 21:59:43.1`, `2001-12-14T21:59:43Z`, `2001-12-14t21:59:43+01:00`;
/// everything but the year may lack its leading zero.
pub(super) fn is_timestamp(text: &str) -> bool {
    let mut parser = Parser { rest: text.as_bytes() };
    parser.timestamp().is_some()
}

struct Parser<'a> {
    rest: &'a [u8],
}

impl Parser<'_> {
    fn timestamp(&mut self) -> Option<()> {
        let year = self.year()?;
        self.eat(b'-')?;
        let month = self.number(1..=12)?;
        self.eat(b'-')?;
        self.number(1..=days_in(year, month))?;
        match self.rest.first() {
            None => return Some(()),
            Some(b'T' | b't') => {
                self.rest = &self.rest[1..];
                self.clock()?;
                self.zone()?;
            }
            Some(b' ') => {
                while self.rest.first() == Some(&b' ') {
                    self.rest = &self.rest[1..];
                }
                self.clock()?;
            }
            Some(_) => return None,
        }
        self.rest.is_empty().then_some(())
    }

    fn year(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        self.rest = rest;
        std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(u8::is_ascii_digit))?.parse().ok()
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        self.rest = self.rest.strip_prefix(&[byte])?;
        Some(())
    }

    /// One or two digits within a range.
    fn number(&mut self, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let digit = |byte: &u8| char::from(*byte).to_digit(10);
        let mut number = self.rest.first().and_then(digit)?;
        self.rest = &self.rest[1..];
        if let Some(second) = self.rest.first().and_then(digit) {
            number = number * 10 + second;
            self.rest = &self.rest[1..];
        }
        range.contains(&number).then_some(number)
    }

    fn clock(&mut self) -> Option<()> {
        self.number(0..=23)?;
        self.eat(b':')?;
        self.number(0..=59)?;
        self.eat(b':')?;
        self.number(0..=59)?;
        if let [b'.' | b',', b'0'..=b'9', ..] = self.rest {
            let digits = self.rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            self.rest = &self.rest[1 + digits..];
        }
        Some(())
    }

    /// `Z` or a sign with two digits each of hours and minutes.
    fn zone(&mut self) -> Option<()> {
        if self.eat(b'Z').is_some() {
            return Some(());
        }
        let [b'+' | b'-', hours @ .., b':', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] = self.rest else {
            return None;
        };
        let [b'0'..=b'9', b'0'..=b'9'] = hours else { return None };
        let hours = u32::from(hours[0] - b'0') * 10 + u32::from(hours[1] - b'0');
        let minutes = u32::from(tens - b'0') * 10 + u32::from(ones - b'0');
        self.rest = &[];
        (hours <= 24 && minutes <= 60).then_some(())
    }
}

fn days_in(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::is_timestamp;

    #[test]
    fn what_is_a_timestamp() {
        for text in [
            "2001-12-14",
            "2001-1-1",
            "2004-02-29",
            "2001-12-14 21:59:43.10",
            "2001-12-14   1:2:3",
            "2001-12-14T21:59:43Z",
            "2001-12-14t21:59:43.123456789012-05:30",
        ] {
            assert!(is_timestamp(text), "{text}");
        }
        for text in ["2001-13-01", "2001-02-29", "2001-12-14 ", "2001-12", "2001-12-14T21:59Z", "12001-12-14"]
        {
            assert!(!is_timestamp(text), "{text}");
        }
    }
}
