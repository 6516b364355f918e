//! json-iterator's `Iterator` over a text that is there as a whole (`iter.go`, `iter_str.go`,
//! `iter_object.go`, `iter_skip.go` of v1.1.10).
//!
//! Its errors do not end the reading: the first one is kept, the readers go on from where they are,
//! and on the way out each struct, field and list puts its name in front. With an error no byte is
//! ever given back, so what is read after one is read askew, and which names come to stand in front
//! depends on that. This is why the readers are modelled to the byte.

/// What has gone wrong so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The text was read to its end, which is no error.
    End,
    /// An error; an excerpt may cut a character in two.
    Error(Vec<u8>),
}

/// A text being read.
///
/// `head` is the offset of the next byte. `trouble` is the first thing that went wrong, which
/// nothing overwrites but [`Reader::within`], and a number out of range.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) text: &'a [u8],
    pub(super) head: usize,
    pub(super) trouble: Option<Trouble>,
}

impl<'a> Reader<'a> {
    /// At the start, without trouble.
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, head: 0, trouble: None }
    }

    /// Whether something is wrong; having come to the end is not.
    pub(super) fn failed(&self) -> bool {
        matches!(self.trouble, Some(Trouble::Error(_)))
    }

    /// Keeps an error with an excerpt, if it is the first.
    ///
    /// `operation` is the name of Go's function. The excerpts are ten and fifty bytes to either
    /// side of the head; the number in the message counts within the short one and so is never
    /// above 10.
    pub(super) fn report(&mut self, operation: &str, message: impl AsRef<[u8]>) {
        if self.failed() {
            return;
        }
        let near = |bytes: usize| {
            let end = self.text.len().min(self.head + bytes);
            &self.text[self.head.saturating_sub(bytes)..end]
        };
        let at = self.head.min(10);
        let mut error = format!("{operation}: ").into_bytes();
        error.extend_from_slice(message.as_ref());
        error.extend_from_slice(format!(", error found in #{at} byte of ...|").as_bytes());
        error.extend_from_slice(near(10));
        error.extend_from_slice(b"|..., bigger context ...|");
        error.extend_from_slice(near(50));
        error.extend_from_slice(b"|...");
        self.trouble = Some(Trouble::Error(error));
    }

    /// As [`Reader::report`], of a byte that is not the one that was expected.
    ///
    /// The byte is put in as it is: the message may not be UTF-8.
    pub(super) fn unexpected(&mut self, operation: &str, message: &str, found: u8) {
        let mut message = message.as_bytes().to_vec();
        message.push(found);
        self.report(operation, message);
    }

    /// Puts a name in front of the error, if there is one: without one, no name is made.
    ///
    /// Called on the way out, from the inside to the outside.
    pub(super) fn within(&mut self, name: impl FnOnce() -> String) {
        if let Some(Trouble::Error(error)) = &mut self.trouble {
            error.splice(0..0, name().into_bytes());
        }
    }

    /// Comes to the end, unless there is trouble already.
    ///
    /// `io.EOF` in Go, which the caller of `Unmarshal` takes for success.
    pub(super) fn end(&mut self) {
        if self.trouble.is_none() {
            self.head = self.text.len();
            self.trouble = Some(Trouble::End);
        }
    }

    /// The next byte that is no white space; 0 at the end.
    pub(super) fn token(&mut self) -> u8 {
        let rest = self.text.get(self.head..).unwrap_or_default();
        match rest.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\t' | b'\r')) {
            Some(blank) => {
                self.head += blank + 1;
                rest[blank]
            }
            None => {
                self.end();
                0
            }
        }
    }

    /// The next byte; 0 at the end.
    ///
    /// White space included, unlike [`Reader::token`].
    pub(super) fn byte(&mut self) -> u8 {
        match self.text.get(self.head) {
            Some(byte) => {
                self.head += 1;
                *byte
            }
            None => {
                self.end();
                0
            }
        }
    }

    /// Gives the last byte back, unless there is trouble.
    ///
    /// This asymmetry is json-iterator's (`unreadByte` looks at the error) and the reason why
    /// reading goes askew after one.
    pub(super) fn unread(&mut self) {
        if self.trouble.is_none() {
            self.head -= 1;
        }
    }

    /// Passes the rest of a word.
    ///
    /// Called with `ull`, `rue` or `alse`; the operation in the message follows from the length.
    pub(super) fn word(&mut self, rest: &str) {
        for byte in rest.bytes() {
            if self.byte() != byte {
                let operation = if rest.len() == 3 { "skipThreeBytes" } else { "skipFourBytes" };
                return self.report(operation, format!("expect {rest}"));
            }
        }
    }

    /// Passes a `null`, if one is next.
    ///
    /// Takes the white space before the next value in any case.
    pub(super) fn null(&mut self) -> bool {
        let is_null = self.token() == b'n';
        if is_null {
            self.word("ull");
        } else {
            self.unread();
        }
        is_null
    }

    /// `false` after any error.
    pub(super) fn bool(&mut self) -> bool {
        match self.token() {
            b't' => {
                self.word("rue");
                return true;
            }
            b'f' => self.word("alse"),
            other => self.unexpected("ReadBool", "expect t or f, but found ", other),
        }
        false
    }

    /// `null` is the empty text here. Control characters are an error on the fast path and pass
    /// behind an escape, as in Go.
    pub(super) fn string(&mut self) -> Vec<u8> {
        match self.token() {
            b'"' => {
                let rest = &self.text[self.head..];
                let stop = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
                match stop.map(|stop| (stop, rest[stop])) {
                    Some((stop, b'"')) => {
                        self.head += stop + 1;
                        return rest[..stop].to_vec();
                    }
                    Some((_, control @ 0..=0x1f)) => {
                        self.report("ReadString", format!("invalid control character found: {control}"));
                    }
                    _ => return self.escaped_string(),
                }
            }
            b'n' => self.word("ull"),
            other => self.unexpected("ReadString", "expects \" or n, but found ", other),
        }
        Vec::new()
    }

    /// A text with escapes, up to its closing quote. With trouble nothing is read.
    fn escaped_string(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        while self.trouble.is_none() {
            match self.byte() {
                b'"' => return text,
                b'\\' => {
                    let escaped = self.byte();
                    self.escape(escaped, &mut text);
                }
                other => text.push(other),
            }
        }
        self.report("readStringSlowPath", "unexpected end of input");
        Vec::new()
    }

    /// What follows a backslash.
    ///
    /// Escapes of JSON; `\/` is among them, unlike in YAML 1.1.
    fn escape(&mut self, escaped: u8, text: &mut Vec<u8>) {
        match escaped {
            b'u' => self.unicode(text),
            b'"' | b'\\' | b'/' => text.push(escaped),
            b'b' => text.push(8),
            b'f' => text.push(12),
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            _ => self.report("readEscapedChar", r"invalid escape char after \"),
        }
    }

    /// After `\u`. A surrogate without its other half is written as U+FFFD, once for each half.
    fn unicode(&mut self, text: &mut Vec<u8>) {
        let unit = self.unit();
        if !(0xD800..0xE000).contains(&unit) {
            return push(text, unit);
        }
        if self.byte() != b'\\' {
            self.unread();
            return push(text, unit);
        }
        let escaped = self.byte();
        if escaped != b'u' {
            push(text, unit);
            return self.escape(escaped, text);
        }
        let low = self.unit();
        if unit < 0xDC00 && (0xDC00..0xE000).contains(&low) {
            push(text, 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
        } else {
            push(text, unit);
            push(text, low);
        }
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> u32 {
        let mut unit = 0;
        for _ in 0..4 {
            let byte = self.byte();
            if self.trouble.is_some() {
                return unit;
            }
            match char::from(byte).to_digit(16) {
                Some(digit) => unit = unit * 16 + digit,
                None => {
                    self.unexpected("readU4", "expects 0~9 or a~f, but found ", byte);
                    return unit;
                }
            }
        }
        unit
    }

    /// The key of a field and its colon, as structs of up to ten fields read it; none stands for a
    /// key of no field.
    ///
    /// The whole key is read, while Go only hashes it: fields are told apart by name here, which
    /// comes to the same.
    pub(super) fn key(&mut self) -> Option<Vec<u8>> {
        let quote = self.token();
        if quote != b'"' {
            self.unexpected("readFieldHash", "expect \", but found ", quote);
            return None;
        }
        let rest = &self.text[self.head..];
        let stop = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'));
        let Some(stop) = stop else {
            self.end();
            self.report("readFieldHash", "incomplete field name");
            return None;
        };
        let mut key = rest[..stop].to_vec();
        self.head += stop;
        if rest[stop] == b'"' {
            self.head += 1;
        } else {
            key.extend(self.escaped_string());
        }
        let colon = self.token();
        if colon != b':' {
            self.unexpected("readFieldHash", "expect :, but found ", colon);
            return None;
        }
        Some(key)
    }

    /// Whether a struct of up to ten fields ends here.
    pub(super) fn object_ends(&mut self) -> bool {
        match self.token() {
            b',' => false,
            b'}' => true,
            other => {
                self.unexpected("isObjectEnd", "object ended prematurely, unexpected char ", other);
                true
            }
        }
    }

    /// Passes the brace that opens a struct; false if there is no field to read.
    ///
    /// `null` is a struct without fields.
    pub(super) fn object_starts(&mut self) -> bool {
        match self.token() {
            b'{' => {
                let empty = self.token() == b'}';
                if !empty {
                    self.unread();
                }
                return !empty;
            }
            b'n' => self.word("ull"),
            other => self.unexpected("readObjectStart", "expect { or n, but found ", other),
        }
        false
    }

    /// Passes a colon, or says that there is none and goes on behind what is there.
    pub(super) fn colon(&mut self) {
        let colon = self.token();
        if colon != b':' {
            self.unexpected("ReadObject", "expect : after object field, but found ", colon);
        }
    }
}

/// A number that is no character becomes U+FFFD.
fn push(text: &mut Vec<u8>, unit: u32) {
    let character = char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}
