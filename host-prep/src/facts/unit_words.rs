//! A value of a unit as words (`extract_first_word` of systemd, with quotes taken off).

/// Words of a unit's value: quotes of both kinds group and go away, `\` escapes as in C.
pub(super) fn split_words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => unescape(&mut chars, word.get_or_insert_default()),
            _ if quote == Some(c) => quote = None,
            '"' | '\'' if quote.is_none() => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            _ if c.is_ascii_whitespace() && quote.is_none() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// What a variable can be called, at its beginning a digit too.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A path as a part of a unit's name: `systemd-escape --path`.
pub(super) fn escaped_path(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return "-".to_owned();
    }
    let mut name = String::new();
    for (at, byte) in parts.join("/").bytes().enumerate() {
        match byte {
            b'/' => name.push('-'),
            b'.' if at == 0 => name.push_str("\\x2e"),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b':' | b'_' | b'.' => name.push(char::from(byte)),
            _ => name.push_str(&format!("\\x{byte:02x}")),
        }
    }
    name
}

fn unescape(chars: &mut std::str::Chars<'_>, word: &mut String) {
    match chars.next() {
        Some('n') => word.push('\n'),
        Some('t') => word.push('\t'),
        Some('s') => word.push(' '),
        Some('x') => {
            let digits: String = chars.as_str().chars().take(2).collect();
            match u8::from_str_radix(&digits, 16) {
                Ok(byte) if digits.len() == 2 && byte.is_ascii() => {
                    chars.nth(1);
                    word.push(char::from(byte));
                }
                _ => word.push_str("\\x"),
            }
        }
        Some(c) if "\\\"'".contains(c) => word.push(c),
        Some(c) => word.extend(['\\', c]),
        None => word.push('\\'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        split_words(text)
    }

    #[test]
    fn words_are_split_as_in_a_unit() {
        assert_eq!(words(r#"  "A=b c" D='e "f"' g\x20h i\ j "#), ["A=b c", "D=e \"f\"", "g h", "i\\ j"]);
        assert_eq!(words(r#"a "" b"#), ["a", "", "b"]);
    }
}
