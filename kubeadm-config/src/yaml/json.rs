//! Strict JSON with the errors of Go's `encoding/json`, for documents that start with `{`.

use super::{Base, Data, Document, Entry, Error, Limits, Node, Number, Position, Span};

/// Reads one JSON document. Keys that stand twice are all kept, in order: Go decodes one over the
/// other.
///
/// # Errors
///
/// [`Error::Json`] in Go's words (`invalid character '}' looking for beginning of value`,
/// `unexpected end of JSON input` …), [`Error::TooLarge`], [`Error::TooMany`], [`Error::TooDeep`].
pub fn read(text: &[u8], base: Base) -> Result<Document, Error> {
    read_within(text, base, &Limits::DEFAULT)
}

/// As [`read`] with other limits.
///
/// # Errors
///
/// As [`read`].
pub fn read_within(text: &[u8], base: Base, limits: &Limits) -> Result<Document, Error> {
    if text.len() > limits.document {
        let limit = limits.document;
        return Err(Error::TooLarge { what: "document", size: text.len(), limit });
    }
    let mut reader = Reader { text, base, limits, at: 0, line: 0, counted: (0, 0), nodes: 0 };
    reader.blank();
    let root = reader.value(0)?;
    reader.blank();
    if reader.at < text.len() {
        return Err(reader.unexpected("after top-level value"));
    }
    // encoding/json takes keys twice without a word, the last one counts.
    Ok(Document { root, duplicates: Vec::new() })
}

struct Reader<'a> {
    text: &'a [u8],
    base: Base,
    limits: &'a Limits,
    at: usize,
    /// Line feeds passed.
    line: u32,
    /// An offset on the current line and the characters of the line before it.
    counted: (usize, u32),
    nodes: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blank(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.at += 1;
            if byte == b'\n' {
                self.line += 1;
                self.counted = (self.at, 0);
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, Error> {
        let start = self.span();
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(Error::TooMany { limit: self.limits.nodes, span: start });
        }
        if depth > self.limits.depth {
            return Err(Error::TooDeep { limit: self.limits.depth, span: start });
        }
        let data = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Data::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Data::Number(self.number()?),
            Some(b't') => self.literal("true", Data::Bool(true))?,
            Some(b'f') => self.literal("false", Data::Bool(false))?,
            Some(b'n') => self.literal("null", Data::Null)?,
            _ => return Err(self.unexpected("looking for beginning of value")),
        };
        Ok(Node { data, span: self.since(start) })
    }

    fn object(&mut self, depth: usize) -> Result<Data, Error> {
        self.at += 1;
        self.blank();
        let mut entries = Vec::new();
        if self.eat(b'}') {
            return Ok(Data::Mapping(entries));
        }
        loop {
            let start = self.span();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let key = self.string()?;
            let key_span = self.since(start);
            self.blank();
            if !self.eat(b':') {
                return Err(self.unexpected("after object key"));
            }
            self.blank();
            let value = self.value(depth + 1)?;
            entries.push(Entry { key, key_span, value });
            self.blank();
            if self.eat(b'}') {
                return Ok(Data::Mapping(entries));
            }
            if !self.eat(b',') {
                return Err(self.unexpected("after object key:value pair"));
            }
            self.blank();
        }
    }

    fn array(&mut self, depth: usize) -> Result<Data, Error> {
        self.at += 1;
        self.blank();
        let mut nodes = Vec::new();
        if self.eat(b']') {
            return Ok(Data::Sequence(nodes));
        }
        loop {
            nodes.push(self.value(depth + 1)?);
            self.blank();
            if self.eat(b']') {
                return Ok(Data::Sequence(nodes));
            }
            if !self.eat(b',') {
                return Err(self.unexpected("after array element"));
            }
            self.blank();
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn literal(&mut self, word: &str, data: Data) -> Result<Data, Error> {
        for byte in word.bytes() {
            if !self.eat(byte) {
                // The words of encoding/json's scanner (scanner.go).
                let context = format!("in literal {word} (expecting '{}')", char::from(byte));
                return Err(self.unexpected_in(&context));
            }
        }
        Ok(data)
    }

    fn number(&mut self) -> Result<Number, Error> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits("in numeric literal")?;
        }
        if self.eat(b'.') {
            self.digits("after decimal point in numeric literal")?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            self.digits("in exponent of numeric literal")?;
        }
        Ok(Number::from_literal(&String::from_utf8_lossy(&self.text[start..self.at])))
    }

    /// At least one digit.
    fn digits(&mut self, context: &str) -> Result<(), Error> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.unexpected_in(context)) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<String, Error> {
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(super::read::to_text(&bytes));
                }
                Some(b'\\') => {
                    self.at += 1;
                    let escaped = self.escape()?;
                    bytes.extend_from_slice(escaped.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Some(byte) if byte >= 0x20 => {
                    self.at += 1;
                    bytes.push(byte);
                }
                _ => return Err(self.unexpected("in string literal")),
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<char, Error> {
        let escaped = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape();
            }
            _ => return Err(self.unexpected_in("in string escape code")),
        };
        self.at += 1;
        Ok(escaped)
    }

    /// Four hexadecimal digits, or eight around a second `\u` for a surrogate pair. A lone
    /// surrogate is U+FFFD.
    fn unicode_escape(&mut self) -> Result<char, Error> {
        let unit = self.hex4()?;
        if let Some(single) = char::from_u32(unit) {
            return Ok(single);
        }
        let before = self.at;
        if unit < 0xDC00 && self.eat(b'\\') && self.eat(b'u') {
            let low = self.hex4()?;
            if (0xDC00..0xE000).contains(&low) {
                let pair = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                return Ok(char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        // A lone surrogate becomes U+FFFD, and what follows is read for itself (decode.go,
        // `unquote`).
        self.at = before;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex4(&mut self) -> Result<u32, Error> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.unexpected_in("in \\u hexadecimal character escape"));
            };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }

    /// The fault at the current byte, where white space would have been fine: at the end of the
    /// text it is the end.
    fn unexpected(&mut self, context: &str) -> Error {
        match self.peek() {
            Some(_) => self.unexpected_in(context),
            None => self.error("unexpected end of JSON input".to_owned()),
        }
    }

    /// The fault at the current byte within a word: Go ends a text by trying a space, and here that
    /// space is wrong.
    fn unexpected_in(&mut self, context: &str) -> Error {
        let byte = self.peek().unwrap_or(b' ');
        self.error(format!("invalid character {} {context}", quoted(byte)))
    }

    fn error(&mut self, problem: String) -> Error {
        let start = self.span();
        let end = (self.base.offset + self.text.len()).min(start.start + 1);
        Error::Json { problem, span: Span { end, ..start } }
    }

    fn span(&mut self) -> Span {
        let start = self.base.offset + self.at;
        let (from, before) = self.counted;
        // Bytes that continue a character do not count.
        let passed = self.text[from..self.at].iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        let column = before.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        self.counted = (self.at, column);
        let position =
            Position { line: self.base.line.saturating_add(self.line), column: column.saturating_add(1) };
        Span { start, end: start, position }
    }

    fn since(&self, start: Span) -> Span {
        Span { end: self.base.offset + self.at, ..start }
    }
}

/// A byte as Go quotes it in a message.
fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        _ => format!("'{}'", crate::go::quote(&char::from(byte).to_string()).trim_matches('"')),
    }
}
