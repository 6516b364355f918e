//! `strconv.Quote`, which is also `%q` of a string.
//!
//! Messages of kubeadm and of Go's library quote what was given, so a message is only the same
//! where each odd character is escaped the same way. The table of printable characters is that of
//! one Unicode version, Go's own.

use std::fmt::Write as _;

use super::printable::RUNS;

/// `%q` of a string: double quotes around it, Go's escapes within.
pub(crate) fn quote(text: &str) -> String {
    quote_bytes(text.as_bytes())
}

/// `%q` of a string that may be cut in the middle of a character, as Go's slices of strings may be.
pub(crate) fn quote_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|c| escape(&mut out, c));
        for byte in chunk.invalid() {
            push(&mut out, format_args!("\\x{byte:02x}"));
        }
    }
    out.push('"');
    out
}

/// How package `time` quotes: every byte beyond ASCII and every control character but DEL as
/// `\\x..`.
pub(crate) fn time_quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=0x7f => out.push(char::from(byte)),
            _ => push(&mut out, format_args!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

/// Go's `strconv.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub(crate) fn is_printable(c: char) -> bool {
    let code = u32::from(c);
    let mut end = 0;
    let mut printable = false;
    // A walk suffices: a message has few characters beyond ASCII.
    for run in RUNS {
        end += run;
        if code < end {
            return printable;
        }
        printable = !printable;
    }
    false
}

fn escape(out: &mut String, c: char) {
    match c {
        '"' | '\\' => out.extend(['\\', c]),
        c if is_printable(c) => out.push(c),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0b' => out.push_str("\\v"),
        '\0'..' ' | '\x7f' => push(out, format_args!("\\x{:02x}", u32::from(c))),
        '\u{80}'..='\u{ffff}' => push(out, format_args!("\\u{:04x}", u32::from(c))),
        _ => push(out, format_args!("\\U{:08x}", u32::from(c))),
    }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_go_does() {
        let cases: &[(&[u8], &str)] = &[
            (b"", r#""""#),
            (b"plain text", r#""plain text""#),
            (b"a\"b\\c", r#""a\"b\\c""#),
            (b"\x07\x08\x0c\n\r\t\x0b", r#""\a\b\f\n\r\t\v""#),
            (b"\0\x1f\x7f", r#""\x00\x1f\x7f""#),
            ("é\u{301}日".as_bytes(), "\"é\u{301}日\""),
            ("\u{80}\u{a0}\u{ad}\u{feff}\u{2028}".as_bytes(), r#""\u0080\u00a0\u00ad\ufeff\u2028""#),
            ("😀\u{10ffff}\u{fffd}".as_bytes(), "\"😀\\U0010ffff\u{fffd}\""),
            (b"a\xc3(\xff", r#""a\xc3(\xff""#),
        ];
        for (bytes, quoted) in cases {
            assert_eq!(quote_bytes(bytes), *quoted);
        }
    }
}
