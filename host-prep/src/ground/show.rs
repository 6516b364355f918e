//! How a text of unknown origin is shown: without passwords, and without what would act on a terminal.

/// Whether the character would act on a terminal, end a line or reorder what stands beside it: C0, DEL and C1, line and
/// paragraph separators, and the bidirectional controls (CVE-2021-42574).
#[must_use]
pub fn acts_on_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text in double quotes with escapes for all that [acts on a terminal](acts_on_terminal).
#[must_use]
pub fn shown(text: &str) -> String {
    let mut shown = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => shown.extend(['\\', c]),
            c if acts_on_terminal(c) => shown.extend(c.escape_debug()),
            c => shown.push(c),
        }
    }
    shown.push('"');
    shown
}

/// The text with `***` for every password in a URL, `http://user:password@host`.
#[must_use]
pub fn without_passwords(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        // As greedy as programs that read it: a password may hold an @ itself.
        let end = after.find(|c: char| c == '/' || c == '"' || c == '\'' || c.is_whitespace());
        let authority = &after[..end.unwrap_or(after.len())];
        rest = after;
        if let Some((user_info, _)) = authority.rsplit_once('@')
            && let Some((user, _)) = user_info.split_once(':')
        {
            shown.push_str(user);
            shown.push_str(":***");
            rest = &after[user_info.len()..];
        }
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_urls_are_never_shown() {
        let text = "A=\"http://u:p@ss%%40@proxy:3128\"\nB=https://h/x@y:z http://user@h http://a:b@c/ d://";
        let masked = "A=\"http://u:***@proxy:3128\"\nB=https://h/x@y:z http://user@h http://a:***@c/ d://";
        assert_eq!(without_passwords(text), masked);
    }

    #[test]
    fn nothing_shown_acts_on_a_terminal() {
        let text: String = (0..0x3000).filter_map(char::from_u32).collect();
        assert!(!shown(&text).chars().any(acts_on_terminal));
        assert_eq!(shown("é\"\\\n\u{1b}\u{202e}"), "\"é\\\"\\\\\\n\\u{1b}\\u{202e}\"");
    }
}
