//! How a text of unknown origin is shown: without passwords, and without what would act on a
//! terminal.

/// Whether the character would act on a terminal, end a line or reorder what stands beside it: C0,
/// DEL and C1, line and paragraph separators, and the bidirectional controls (CVE-2021-42574).
#[must_use]
pub fn acts_on_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text in double quotes with escapes for all that [acts on a terminal](acts_on_terminal).
///
/// ```
/// assert_eq!(host_prep::shown("a\u{1b}[2Jb\n"), r#""a\u{1b}[2Jb\n""#);
/// ```
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

/// The text with `***` for every password in a URL, `http://user:password@host`, and for a user
/// without one: servers of packages take tokens in that place.
///
/// ```
/// let text = host_prep::without_passwords("proxy=http://li:s3cret@proxy.example.com:3128");
/// assert_eq!(text, "proxy=http://li:***@proxy.example.com:3128");
/// assert_eq!(host_prep::without_passwords("https://token@mirror"), "https://***@mirror");
/// ```
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
        if let Some((user_info, _)) = authority.rsplit_once('@') {
            if let Some((user, _)) = user_info.split_once(':') {
                shown.push_str(user);
                shown.push(':');
            }
            shown.push_str("***");
            rest = &after[user_info.len()..];
        }
    }
    shown.push_str(rest);
    shown
}

/// The text of kubeadm documents with `***` for the values of fields that are secret, and for
/// everything that has the form of a bootstrap token or a certificate key, wherever it stands.
pub(crate) fn without_tokens(text: &str) -> String {
    let mut shown = String::new();
    let mut inside: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches(' ').len();
        // A value may go on over lines that are indented further.
        if inside.is_some_and(|field| indent > field && !line.trim().is_empty()) {
            shown.push_str(&format!("{:indent$}***\n", ""));
            continue;
        }
        inside = None;
        match secret_field(line) {
            Some((start, end)) => {
                inside = Some(start);
                shown.push_str(&line[..end]);
                shown.push_str(" ***\n");
            }
            None => shown.push_str(&without_forms(line)),
        }
    }
    shown
}

/// Fields of kubeadm's documents that hold a secret, of every API version (kubeadm's types.go).
const SECRET_FIELDS: [&str; 4] = ["token", "certificateKey", "tlsBootstrapToken", "discoveryToken"];

/// The column of a secret field, and where its value begins behind the colon.
fn secret_field(line: &str) -> Option<(usize, usize)> {
    let (name, _) = line.split_once(':')?;
    let field = name.trim_start_matches([' ', '-', '{', '"', '\'']);
    let bare = field.trim_end_matches(['"', '\'', ' ']);
    let secret = SECRET_FIELDS.contains(&bare) && !line[name.len() + 1..].trim().is_empty();
    // A quote before it is its first column.
    let start = name.trim_start_matches([' ', '-', '{']).len();
    secret.then_some((name.len() - start, name.len() + 1))
}

/// `abcdef.0123456789abcdef` and 64 hexadecimal digits, but for those of a digest, which says that
/// it is one.
fn without_forms(line: &str) -> String {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':');
    let lower = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let secret = |word: &str| {
        let token = word
            .split_once('.')
            .is_some_and(|(id, secret)| id.len() == 6 && secret.len() == 16 && lower(id) && lower(secret));
        token || (word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let mut shown = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(inside) {
        let after = &rest[start..];
        let end = after.find(|c| !inside(c)).unwrap_or(after.len());
        let word = after[..end].trim_end_matches(['.', ':']);
        shown.push_str(&rest[..start]);
        shown.push_str(if secret(word) { "***" } else { word });
        rest = &after[word.len()..];
        if word.is_empty() {
            shown.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_keys_of_kubeadm_are_never_shown() {
        let key = "0a".repeat(32);
        let text = format!(
            "# abcdef.0123456789abcdef\n- groups:\n  - x\n  token: a.b\n  ttl: 24h\ncertificateKey: {key}\ntoken:\n  \"certificateKey\": >-\n    {key}\n  a: b\n\
             caCertHashes:\n- sha256:{key}\n{{x: {key}, token: q}}\nversion: v1.34.0\n"
        );
        let shown = without_tokens(&text);
        let wanted = format!(
            "# ***\n- groups:\n  - x\n  token: ***\n  ttl: 24h\ncertificateKey: ***\ntoken:\n  \"certificateKey\": ***\n    ***\n  a: b\n\
             caCertHashes:\n- sha256:{key}\n{{x: ***, token: q}}\nversion: v1.34.0\n"
        );
        assert_eq!(shown, wanted);
    }

    #[test]
    fn passwords_in_urls_are_never_shown() {
        let text = "A=\"http://u:p@ss%%40@proxy:3128\"\nB=https://h/x@y:z http://user@h http://a:b@c/ d://";
        let masked = "A=\"http://u:***@proxy:3128\"\nB=https://h/x@y:z http://***@h http://a:***@c/ d://";
        assert_eq!(without_passwords(text), masked);
    }

    #[test]
    fn nothing_shown_acts_on_a_terminal() {
        let text: String = (0..0x3000).filter_map(char::from_u32).collect();
        assert!(!shown(&text).chars().any(acts_on_terminal));
        assert_eq!(shown("é\"\\\n\u{1b}\u{202e}"), "\"é\\\"\\\\\\n\\u{1b}\\u{202e}\"");
    }
}
