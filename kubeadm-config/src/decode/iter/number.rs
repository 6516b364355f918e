//! How json-iterator reads numbers (`iter_int.go`, `iter_float.go`).
//!
//! Numbers are where json-iterator is furthest from `encoding/json`: digits are added up as they
//! are read, overflow is seen by the sum getting smaller, and a fraction of a whole number is only
//! noticed by its point. Each function leaves the reader where Go's would, also after an error.

use super::reader::{Reader, Trouble};

/// Digits that are read without a look at the size, where enough text follows.
///
/// `iter_int.go` unrolls them: up to eight digits cannot overflow 32 bits.
const SAFE_DIGITS: usize = 8;

impl Reader<'_> {
    /// A signed whole number of so many bits.
    ///
    /// `bits` is 8, 16, 32 or 64. The magnitude is read as an unsigned number first; its sign is
    /// put on after, so that the message of an overflow shows no sign. Zero on any error.
    pub(super) fn int(&mut self, bits: u8) -> i64 {
        let limit = 1_u64 << (bits - 1);
        let first = self.token();
        let negative = first == b'-';
        let first = if negative { self.byte() } else { first };
        let magnitude = self.magnitude(first, if bits > 32 { 64 } else { 32 });
        if magnitude >= limit + u64::from(negative) {
            self.report(&format!("ReadInt{bits}"), format!("overflow: {magnitude}"));
            return 0;
        }
        let value = i64::try_from(magnitude).unwrap_or(i64::MIN);
        if negative { value.wrapping_neg() } else { value }
    }

    /// A whole number of so many bits without a sign.
    ///
    /// As [`Reader::int`] without a sign: `-` is "unexpected character".
    pub(super) fn uint(&mut self, bits: u8) -> u64 {
        let first = self.token();
        let magnitude = self.magnitude(first, if bits > 32 { 64 } else { 32 });
        if bits < 32 && magnitude >> bits != 0 {
            self.report(&format!("ReadUint{bits}"), format!("overflow: {magnitude}"));
            return 0;
        }
        magnitude
    }

    /// Digits, the first of which was read.
    ///
    /// `bits` is 32 or 64, the sizes that Go has such a reader for. A leading zero ends the
    /// number: `06443` reads as 0 with the rest left over, which is the struct's trouble then.
    fn magnitude(&mut self, first: u8, bits: u8) -> u64 {
        let operation = if bits > 32 { "readUint64" } else { "readUint32" };
        if first == b'0' {
            self.assert_integer();
            return 0;
        }
        if !first.is_ascii_digit() {
            // Not the byte that was found: Go prints the mark for "no digit", which is -1.
            self.unexpected(operation, "unexpected character: ", 0xFF);
            return 0;
        }
        let highest = if bits > 32 { u64::MAX } else { u64::from(u32::MAX) };
        // The bound that `iter_int.go` has (`uint32SafeToMultiply10`): above it the next digit may
        // overflow.
        let safe = highest / 10 - 1;
        let digit = |byte: u8| byte.is_ascii_digit().then(|| u64::from(byte - b'0'));
        let mut value = u64::from(first - b'0');
        if self.text.len() - self.head > 10 {
            let end = self.head + SAFE_DIGITS - 1;
            while let Some(next) = digit(self.text[self.head]).filter(|_| self.head < end) {
                value = value * 10 + next;
                self.head += 1;
            }
        }
        for at in self.head..self.text.len() {
            let Some(next) = digit(self.text[at]) else {
                self.head = at;
                self.assert_integer();
                return value;
            };
            let larger = value.wrapping_mul(10).wrapping_add(next) & highest;
            if value > safe && larger < value {
                self.report(operation, "overflow");
                return 0;
            }
            value = larger;
        }
        self.end();
        value
    }

    /// Only a point is looked for: `1e3` passes here and leaves `e3`.
    fn assert_integer(&mut self) {
        if self.text.get(self.head) == Some(&b'.') {
            self.report("assertInteger", "can not decode float as int");
        }
    }

    /// A number of so many bits that may have a fraction.
    ///
    /// `bits` is 32 or 64. The looks of the first characters are judged before the number itself,
    /// in Go's order.
    pub(super) fn float(&mut self, bits: u8) -> f64 {
        let negative = self.token() == b'-';
        if !negative {
            self.unread();
        }
        let operation = if bits > 32 { "readFloat64" } else { "readFloat32" };
        let next = |at: usize| self.text.get(at).copied();
        let problem = match next(self.head) {
            Some(b',' | b']' | b'}' | b' ' | b'\t' | b'\n') => "empty number",
            Some(b'.') => "leading dot is invalid",
            Some(b'0') if next(self.head + 1).is_some_and(|byte| byte.is_ascii_digit()) => {
                "leading zero is invalid"
            }
            _ => {
                let value = self.parsed_float(operation, bits);
                return if negative { -value } else { value };
            }
        };
        self.report(operation, problem);
        0.0
    }

    /// What is left to be wrong in a text made of the characters of numbers, and whether it fits
    /// its size. A number too large replaces the error as it stands, without an excerpt: Go sets
    /// `iter.Error` there.
    fn parsed_float(&mut self, operation: &str, bits: u8) -> f64 {
        let text = self.number_text();
        if self.failed() {
            return 0.0;
        }
        let problem = match text.find('.').map(|point| text.as_bytes().get(point + 1)) {
            _ if text.starts_with('-') => "-- is not valid",
            Some(None) => "dot can not be last character",
            Some(Some(after)) if !after.is_ascii_digit() => "missing digit after dot",
            _ => "",
        };
        if !problem.is_empty() {
            self.report(&format!("{operation}SlowPath"), problem);
            return 0.0;
        }
        let value: f64 = text.parse().unwrap_or(f64::INFINITY);
        #[expect(clippy::cast_possible_truncation, reason = "whether it fits is the question")]
        let infinite = if bits > 32 { value.is_infinite() } else { (value as f32).is_infinite() };
        if infinite {
            let problem = format!("strconv.ParseFloat: parsing \"{text}\": value out of range");
            self.trouble = Some(Trouble::Error(problem.into_bytes()));
            return 0.0;
        }
        value
    }

    /// The characters that numbers are made of.
    pub(super) fn number_text(&mut self) -> String {
        let rest = self.text.get(self.head..).unwrap_or_default();
        let of_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
        let length = rest.iter().take_while(|byte| of_number(byte)).count();
        if length == rest.len() {
            self.end();
        } else {
            self.head += length;
        }
        if length == 0 {
            self.report("readNumberAsString", "invalid number");
        }
        String::from_utf8_lossy(&rest[..length]).into_owned()
    }
}
