//! What becomes of text between Go's JSON and go-yaml's reading of it.

use std::borrow::Cow;

use super::{Read, WriteError};

/// A text as go-yaml reads it out of Go's JSON. U+0085 is a line break to YAML, even within quotes,
/// and is folded.
pub(super) fn as_read(text: &str) -> Result<Read<'_>, WriteError> {
    if text.bytes().all(|byte| byte < 0x7F) {
        return Ok(Cow::Borrowed(text));
    }
    let forbidden = |c| matches!(c, '\u{7F}'..='\u{84}' | '\u{86}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}');
    if text.contains(forbidden) {
        return Err(WriteError::ControlCharacter { text: text.to_owned() });
    }
    Ok(if text.contains('\u{85}') { Cow::Owned(folded(text)?) } else { Cow::Borrowed(text) })
}

/// A key as go-yaml reads it, if it finds that it is one.
pub(super) fn key_as_read(key: &str) -> Result<Read<'_>, WriteError> {
    let read = as_read(key)?;
    let short = key.len() <= 170 || json_length(key) <= 1024;
    if short && matches!(read, Cow::Borrowed(_)) {
        Ok(read)
    } else {
        Err(WriteError::Key { key: key.to_owned() })
    }
}

/// Characters of the text in Go's JSON, quotes included.
fn json_length(text: &str) -> usize {
    let width = |c| match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => 6,
        _ => 1,
    };
    2 + text.chars().map(width).sum::<usize>()
}

/// Each run of spaces and U+0085 becomes a space if there is one U+0085 in it, and one line feed
/// less than there are if there are more. Right after a U+0085 a line starts, on which `---` must
/// not stand.
fn folded(text: &str) -> Result<String, WriteError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find([' ', '\u{85}']) {
        let run = &rest[start..];
        let end = run.find(|c| c != ' ' && c != '\u{85}').unwrap_or(run.len());
        out.push_str(&rest[..start]);
        match run[..end].matches('\u{85}').count() {
            0 => out.push_str(&run[..end]),
            1 => out.push(' '),
            breaks => out.extend(std::iter::repeat_n('\n', breaks - 1)),
        }
        rest = &run[end..];
        let starts_line = run[..end].ends_with('\u{85}');
        let indicator = rest.strip_prefix("---").or_else(|| rest.strip_prefix("..."));
        if starts_line && indicator.is_some_and(|after| after.starts_with([' ', '\u{85}'])) {
            return Err(WriteError::DocumentIndicator { text: text.to_owned() });
        }
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_line_characters_are_folded() {
        assert_eq!(folded("a \u{85}b").unwrap(), "a b");
        assert_eq!(folded("a\u{85}\u{85} \u{85}b  c").unwrap(), "a\n\nb  c");
        assert!(folded("a\u{85}--- b").is_err());
    }

    #[test]
    fn a_key_of_more_than_1024_characters_is_lost() {
        assert!(key_as_read(&"a".repeat(1022)).is_ok());
        assert!(key_as_read(&"a".repeat(1023)).is_err());
        assert!(key_as_read(&"<".repeat(171)).is_err());
        assert!(key_as_read(&"\u{1}".repeat(170)).is_ok());
    }
}
