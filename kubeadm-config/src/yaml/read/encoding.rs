//! From bytes to text: encodings, and the characters YAML allows.
//!
//! go-yaml's reader (`readerc.go`) does both in pieces, while the scanner already works on what
//! came before: a fault in a later piece is only told when the scanner gets there, and an earlier
//! error of syntax hides it. So the text is judged here as a whole, but remembers where the pieces
//! end.

use std::borrow::Cow;

use super::cursor::Mark;

/// go-yaml fetches its input in pieces of this size and judges a piece as a whole.
const PIECE: usize = 512;

/// A document's text as far as it is one.
pub(super) struct Text<'a> {
    /// All that comes before the piece with the fault.
    pub(super) text: Cow<'a, str>,
    /// Bytes of the input before the text: a byte order mark.
    pub(super) skipped: usize,
    /// Ends of the pieces in `text`.
    pub(super) pieces: Vec<usize>,
    /// Why the text stops, if that is not the end.
    pub(super) fault: Option<Fault>,
}

/// A place where bytes are no text or a character is not allowed.
#[derive(Clone, Copy)]
pub(super) struct Fault {
    pub(super) problem: &'static str,
    /// Where the bad bytes are; that may be after the end of `text`.
    pub(super) mark: Mark,
    /// How many bytes it takes to see that they are bad.
    width: usize,
}

impl Fault {
    /// The mark behind `text`, counted over: faults are rare, a table of lines would be made for
    /// nothing.
    fn after(text: &str, problem: &'static str, width: usize) -> Self {
        let mut mark = Mark { at: text.len(), index: text.chars().count(), ..Mark::default() };
        for c in text.chars() {
            mark.column += 1;
            if c == '\n' {
                mark.line += 1;
                mark.column = 0;
            }
        }
        Self { problem, mark, width }
    }
}

impl<'a> Text<'a> {
    /// The encoding is told by the byte order mark alone. UTF-16 without one is UTF-8 with zero
    /// bytes in it, and so a control character.
    pub(super) fn of(input: &'a [u8]) -> Self {
        match input {
            [0xFF, 0xFE, ..] => from_utf16(input, u16::from_le_bytes),
            [0xFE, 0xFF, ..] => from_utf16(input, u16::from_be_bytes),
            [0xEF, 0xBB, 0xBF, ..] => from_utf8(input, 3),
            _ => from_utf8(input, 0),
        }
    }
}

/// `skipped` bytes of the input are the mark. The text borrows from the input.
fn from_utf8(input: &[u8], skipped: usize) -> Text<'_> {
    let body = &input[skipped..];
    let (valid, fault) = valid_prefix(body);
    let mut pieces = Vec::with_capacity(input.len() / PIECE + 1);
    let mut read = 0;
    while read < input.len() {
        // The bytes of a character that the last piece cut in two take part of the next one's room.
        let kept = pieces.last().map_or(0, |end| read - (end + skipped));
        read = input.len().min(read + PIECE - kept);
        let end = floor_boundary(valid, read.saturating_sub(skipped));
        if fault.is_some_and(|fault| fault.mark.at.saturating_add(fault.width) <= read - skipped) {
            break;
        }
        pieces.push(end);
    }
    let visible = if fault.is_some() { pieces.last().copied().unwrap_or(0) } else { valid.len() };
    Text { text: Cow::Borrowed(&valid[..visible]), skipped, pieces, fault }
}

/// The last character boundary at or before `at`.
fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The longest beginning of `body` that is text YAML allows, and what is wrong with the rest.
fn valid_prefix(body: &[u8]) -> (&str, Option<Fault>) {
    let (valid, broken) = match std::str::from_utf8(body) {
        Ok(text) => (text, None),
        Err(error) => {
            let (text, rest) = body.split_at(error.valid_up_to());
            (std::str::from_utf8(text).unwrap_or_default(), Some(utf8_problem(rest)))
        }
    };
    if let Some(at) = first_forbidden(valid) {
        let width = valid[at..].chars().next().map_or(1, char::len_utf8);
        return (&valid[..at], Some(Fault::after(&valid[..at], CONTROL, width)));
    }
    (valid, broken.map(|(problem, width)| Fault::after(valid, problem, width)))
}

/// Also said of DEL (U+007F) and of U+FFFE.
const CONTROL: &str = "control characters are not allowed";

/// Offset of the first character that YAML 1.1 does not allow. On bytes, because this runs over
/// every byte of every document and nearly all of them are ASCII.
fn first_forbidden(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        at += match bytes[at] {
            b'\t' | b'\n' | b'\r' | b' '..=b'~' => 1,
            0xC2 if (0x80..0xA0).contains(&bytes[at + 1]) && bytes[at + 1] != 0x85 => return Some(at),
            0xEF if bytes[at + 1] == 0xBF && bytes[at + 2] >= 0xBE => return Some(at),
            0xC2..0xE0 => 2,
            0xE0..0xF0 => 3,
            0xF0.. => 4,
            _ => return Some(at),
        };
    }
    None
}

/// What go-yaml says of bytes that start no character, and how many it needs to see it.
fn utf8_problem(bytes: &[u8]) -> (&'static str, usize) {
    let width = match bytes[0] {
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0..0xF8 => 4,
        _ => return ("invalid leading UTF-8 octet", 1),
    };
    if bytes.len() < width {
        return ("incomplete UTF-8 octet sequence", usize::MAX);
    }
    if bytes[1..width].iter().any(|byte| byte & 0xC0 != 0x80) {
        return ("invalid trailing UTF-8 octet", width);
    }
    let lead = u32::from(bytes[0]) & (0x7F >> width);
    let code = bytes[1..width].iter().fold(lead, |code, byte| code << 6 | u32::from(byte & 0x3F));
    let least = [0x80, 0x800, 0x1_0000][width - 2];
    (if code < least { "invalid length of a UTF-8 sequence" } else { "invalid Unicode character" }, width)
}

/// Text is made anew. `unit` says which byte comes first.
fn from_utf16(input: &[u8], unit: fn([u8; 2]) -> u16) -> Text<'_> {
    let mut text = String::with_capacity(input.len() / 2);
    let mut pieces = Vec::new();
    let mut fault = None;
    let mut piece_end = PIECE;
    let mut at = 2;
    while at < input.len() {
        let (decoded, width) = utf16_char(&input[at..], unit);
        if at + width > piece_end {
            pieces.push(text.len());
            // The bytes that did not fit are kept and take part of the next piece's room.
            let kept = piece_end - at;
            piece_end += PIECE - kept;
        }
        match decoded.and_then(|c| if is_allowed(c) { Ok(c) } else { Err(CONTROL) }) {
            Ok(c) => text.push(c),
            Err(problem) => {
                fault = Some(Fault::after(&text, problem, width));
                text.truncate(pieces.last().copied().unwrap_or(0));
                break;
            }
        }
        at += width;
    }
    if fault.is_none() {
        pieces.push(text.len());
    }
    Text { text: Cow::Owned(text), skipped: 2, pieces, fault }
}

/// The first character and its bytes, or the problem and the bytes looked at.
fn utf16_char(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (Result<char, &'static str>, usize) {
    let [a, b, rest @ ..] = bytes else { return (Err("incomplete UTF-16 character"), bytes.len()) };
    let first = unit([*a, *b]);
    match first & 0xFC00 {
        0xDC00 => (Err("unexpected low surrogate area"), 2),
        0xD800 => {
            let [c, d, ..] = rest else { return (Err("incomplete UTF-16 surrogate pair"), bytes.len()) };
            let second = unit([*c, *d]);
            match char::decode_utf16([first, second]).next() {
                Some(Ok(pair)) => (Ok(pair), 4),
                _ => (Err("expected low surrogate area"), 4),
            }
        }
        _ => (char::from_u32(first.into()).ok_or("invalid Unicode character"), 2),
    }
}

/// The production `c-printable` of YAML 1.1, with NEL, without the other C1 control characters.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(input: &[u8]) -> Option<&'static str> {
        Text::of(input).fault.map(|fault| fault.problem)
    }

    #[test]
    fn byte_order_marks_choose_the_encoding() {
        assert_eq!(Text::of(b"\xEF\xBB\xBFa").text, "a");
        assert_eq!(Text::of(b"\xFE\xFF\0a\xD8\x3D\xDE\x00").text, "a\u{1F600}");
        assert_eq!(Text::of(b"\xFF\xFEa\0").text, "a");
        assert_eq!(problem(b"\xFF\xFEa\0\n"), Some("incomplete UTF-16 character"));
    }

    #[test]
    fn faults_have_their_names() {
        assert_eq!(problem(b"a\x7F"), Some("control characters are not allowed"));
        assert_eq!(problem("a\u{80}".as_bytes()), Some("control characters are not allowed"));
        assert_eq!(problem("a\u{85}".as_bytes()), None);
        assert_eq!(problem("\u{FFFE}".as_bytes()), Some("control characters are not allowed"));
        assert_eq!(problem(b"\xE9t\xE9\n"), Some("invalid trailing UTF-8 octet"));
        assert_eq!(problem(b"\xE9t"), Some("incomplete UTF-8 octet sequence"));
        assert_eq!(problem(b"\xFFt"), Some("invalid leading UTF-8 octet"));
        assert_eq!(problem(b"\xC0\x80"), Some("invalid length of a UTF-8 sequence"));
        assert_eq!(problem(b"\xED\xA0\x80"), Some("invalid Unicode character"));
    }

    #[test]
    fn a_fault_hides_its_whole_piece_and_no_more() {
        let mut input = vec![b'a'; 1500];
        input[1200] = 0;
        assert_eq!(Text::of(&input).text.len(), 1024);
        let mut input = "ä".repeat(700).into_bytes();
        input.insert(0, b'a');
        input.push(0);
        assert_eq!(Text::of(&input).text.len(), 1023);
    }
}
