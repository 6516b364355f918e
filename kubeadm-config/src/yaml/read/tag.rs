//! Directives, anchors, aliases and tags.
//!
//! Follows `yaml_parser_scan_directive`, `_anchor` and `_tag` of go-yaml v2's `scannerc.go`, down
//! to which character a fault is noticed at. Kubernetes' files hardly ever have any of these; they
//! are read so that a file which has them gets the answer that kubeadm would give.

use super::cursor::Mark;
use super::scanner::Scanner;
use super::token::Kind;
use crate::yaml::Error;

impl<'a> Scanner<'a> {
    /// `%YAML 1.1` or `%TAG ! tag:example.org,2000:` with the rest of the line.
    ///
    /// # Errors
    /// An unknown directive is an error here, not a warning as YAML 1.1 asks: so go-yaml has it.
    pub(super) fn scan_directive(&mut self) -> Result<Kind<'a>, Error> {
        let start = self.cursor.mark;
        self.cursor.skip();
        self.cursor.ensure(1)?;
        let name = self.word()?;
        if name.is_empty() {
            return Err(self.error(start, "could not find expected directive name"));
        }
        if !self.cursor.is_space(0) {
            return Err(self.error(start, "found unexpected non-alphabetical character"));
        }
        let kind = match name {
            "YAML" => self.scan_version(start)?,
            "TAG" => self.scan_tag_directive(start)?,
            _ => return Err(self.error(start, "found unknown directive name")),
        };
        self.cursor.skip_blanks()?;
        self.cursor.skip_comment()?;
        if !self.cursor.is_line_end(0) {
            return Err(self.error(start, "did not find expected comment or line break"));
        }
        if self.cursor.is_break(0) {
            self.cursor.ensure(2)?;
            self.cursor.skip_break();
        }
        Ok(kind)
    }

    /// Letters, digits, `_` and `-`.
    fn word(&mut self) -> Result<&'a str, Error> {
        let from = self.cursor.mark.at;
        while is_word(self.cursor.byte(0)) {
            self.cursor.skip();
            self.cursor.ensure(1)?;
        }
        Ok(self.cursor.since(from))
    }

    /// `1.1`, of which only the fact is kept whether it is that.
    fn scan_version(&mut self, start: Mark) -> Result<Kind<'a>, Error> {
        self.cursor.skip_blanks()?;
        let major = self.version_number(start)?;
        if self.cursor.byte(0) != b'.' {
            return Err(self.error(start, "did not find expected digit or '.' character"));
        }
        self.cursor.skip();
        let minor = self.version_number(start)?;
        Ok(Kind::VersionDirective { is_1_1: major == 1 && minor == 1 })
    }

    /// At most two digits.
    fn version_number(&mut self, start: Mark) -> Result<u32, Error> {
        self.cursor.ensure(1)?;
        let mut number = 0;
        let mut length = 0;
        while let Some(digit) = char::from(self.cursor.byte(0)).to_digit(10) {
            length += 1;
            if length > 2 {
                return Err(self.error(start, "found extremely long version number"));
            }
            number = number * 10 + digit;
            self.cursor.skip();
            self.cursor.ensure(1)?;
        }
        if length == 0 {
            return Err(self.error(start, "did not find expected version number"));
        }
        Ok(number)
    }

    /// `%TAG HANDLE PREFIX`, where the handle starts and ends with `!`.
    fn scan_tag_directive(&mut self, start: Mark) -> Result<Kind<'a>, Error> {
        self.cursor.skip_blanks()?;
        let handle = self.scan_handle(start)?;
        if handle != "!" && !handle.ends_with('!') {
            return Err(self.error(start, "did not find expected '!'"));
        }
        self.cursor.ensure(1)?;
        if !self.cursor.is_blank(0) {
            return Err(self.error(start, "did not find expected whitespace"));
        }
        self.cursor.skip_blanks()?;
        let prefix = self.scan_uri("", start)?;
        self.cursor.ensure(1)?;
        if !self.cursor.is_space(0) {
            return Err(self.error(start, "did not find expected whitespace or line break"));
        }
        Ok(Kind::TagDirective { handle, prefix })
    }

    /// The name after `&` or `*`.
    ///
    /// Letters, digits, `_` and `-` only, and then white space or an indicator: `&a.b` is refused.
    pub(super) fn scan_anchor(&mut self) -> Result<&'a str, Error> {
        let start = self.cursor.mark;
        self.cursor.skip();
        self.cursor.ensure(1)?;
        let name = self.word()?;
        let ended = self.cursor.is_space(0)
            || matches!(self.cursor.byte(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ended {
            return Err(self.error(start, "did not find expected alphabetic or numeric character"));
        }
        Ok(name)
    }

    /// The handle and the suffix of a tag: `!<uri>`, `!suffix`, `!!suffix` or `!handle!suffix`.
    ///
    /// An empty handle means that the suffix is the whole tag.
    pub(super) fn scan_tag(&mut self) -> Result<(&'a str, String), Error> {
        let start = self.cursor.mark;
        self.cursor.ensure(2)?;
        let tag = if self.cursor.byte(1) == b'<' {
            self.cursor.skip();
            self.cursor.skip();
            let suffix = self.scan_uri("", start)?;
            if self.cursor.byte(0) != b'>' {
                return Err(self.error(start, "did not find the expected '>'"));
            }
            self.cursor.skip();
            ("", suffix)
        } else {
            let handle = self.scan_handle(start)?;
            if handle.len() > 1 && handle.ends_with('!') {
                (handle, self.scan_uri("", start)?)
            } else {
                match self.scan_uri(handle, start)? {
                    suffix if suffix.is_empty() => ("", "!".to_owned()),
                    suffix => ("!", suffix),
                }
            }
        };
        self.cursor.ensure(1)?;
        if !self.cursor.is_space(0) {
            return Err(self.error(start, "did not find expected whitespace or line break"));
        }
        Ok(tag)
    }

    /// `!`, and if they follow, word characters and another `!`.
    ///
    /// The closing `!` is not asked for: whether it is there tells a handle from the start of a
    /// suffix.
    fn scan_handle(&mut self, start: Mark) -> Result<&'a str, Error> {
        self.cursor.ensure(1)?;
        if self.cursor.byte(0) != b'!' {
            return Err(self.error(start, "did not find expected '!'"));
        }
        let from = self.cursor.mark.at;
        self.cursor.skip();
        self.cursor.ensure(1)?;
        self.word()?;
        if self.cursor.byte(0) == b'!' {
            self.cursor.skip();
        }
        Ok(self.cursor.since(from))
    }

    /// The characters of a URI with `%41` decoded, after what of them was already read as `!head`.
    ///
    /// # Errors
    /// No character at all, and escapes that are no UTF-8.
    fn scan_uri(&mut self, head: &str, start: Mark) -> Result<String, Error> {
        let mut uri = head.get(1..).unwrap_or_default().as_bytes().to_vec();
        let mut found = !head.is_empty();
        self.cursor.ensure(1)?;
        while is_uri(self.cursor.byte(0)) {
            if self.cursor.byte(0) == b'%' {
                self.scan_uri_escape(&mut uri, start)?;
            } else {
                uri.push(self.cursor.byte(0));
                self.cursor.skip();
            }
            self.cursor.ensure(1)?;
            found = true;
        }
        if !found {
            return Err(self.error(start, "did not find expected tag URI"));
        }
        Ok(String::from_utf8_lossy(&uri).into_owned())
    }

    /// The escaped bytes of one character.
    ///
    /// As many escapes as the first one's bits say, since each stands for a byte of UTF-8.
    fn scan_uri_escape(&mut self, uri: &mut Vec<u8>, start: Mark) -> Result<(), Error> {
        let mut missing = None;
        while missing != Some(0) {
            self.cursor.ensure(3)?;
            let digit = |ahead| char::from(self.cursor.byte(ahead)).to_digit(16);
            let octet = match (self.cursor.byte(0), digit(1), digit(2)) {
                (b'%', Some(high), Some(low)) => u8::try_from(high << 4 | low).unwrap_or(0),
                _ => return Err(self.error(start, "did not find URI escaped octet")),
            };
            missing = Some(match missing {
                Some(more) if octet & 0xC0 == 0x80 => more - 1,
                Some(_) => return Err(self.error(start, "found an incorrect trailing UTF-8 octet")),
                None => match octet {
                    0x00..0x80 => 0,
                    0xC0..0xE0 => 1,
                    0xE0..0xF0 => 2,
                    0xF0..0xF8 => 3,
                    _ => return Err(self.error(start, "found an incorrect leading UTF-8 octet")),
                },
            });
            uri.push(octet);
            for _ in 0..3 {
                self.cursor.skip();
            }
        }
        Ok(())
    }
}

/// `[0-9A-Za-z_-]`, which libyaml calls alphabetical.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// What libyaml takes in a tag; the zero byte is the end of the text.
fn is_uri(byte: u8) -> bool {
    is_word(byte) || (byte != 0 && b";/?:@&=+$,.!~*'()[]%".contains(&byte))
}
