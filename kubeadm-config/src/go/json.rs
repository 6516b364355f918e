//! Strings as `encoding/json` writes them.
//!
//! Values in messages are printed so since `field.Error` marshals them (apimachinery 0.34), and
//! JSON that kubeadm prints has the same escapes.

use std::fmt::Write as _;

/// `json.Marshal` of a string, which also escapes what HTML would take for markup.
pub(crate) fn json_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // `<`, `>` and `&` for HTML, U+2028 and U+2029 for JavaScript (`escapeHTML` is on by
            // default).
            '\0'..' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_as_go_does() {
        assert_eq!(json_string("a\"\\/é😀\u{7f}"), "\"a\\\"\\\\/é😀\u{7f}\"");
        assert_eq!(json_string("<a> & \u{2028}"), r#""\u003ca\u003e \u0026 \u2028""#);
        assert_eq!(json_string("\0\x08\t\n\x0c\r\x1f"), r#""\u0000\b\t\n\f\r\u001f""#);
    }
}
