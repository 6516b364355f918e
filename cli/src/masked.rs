//! Secrets in a line that is drawn, under as many stars as they have bytes: places in the line stay
//! where they are.
//!
//! Lines are masked one by one, as they are drawn. A secret that goes on over several lines (a PEM
//! block) is known in its first one alone, by the name of its field.

use host_prep::{is_no_secret, is_secret_name};
use kubeadm_config::BootstrapToken;

/// The text with stars for the values of fields that are secret, for who is named before an `@`,
/// and for everything that has the form of a bootstrap token. It is as long as it was.
pub(crate) fn masked(text: &str) -> String {
    text.split_inclusive('\n').map(line).collect()
}

/// Three passes over one line: fields by name, what is before an `@`, and words that are bootstrap
/// tokens wherever they stand. Places are found in the text as it came, so the passes do not see
/// each other's stars.
fn line(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for (_, end) in names(text) {
        if let Some((from, to)) = value_of(&text[end..]) {
            hide(&mut bytes, end + from, end + to);
        }
    }
    for (at, _) in text.match_indices('@') {
        hide(&mut bytes, user_info(text, at), at);
    }
    for (start, end) in
        words(text).filter(|(start, end)| text[*start..*end].parse::<BootstrapToken>().is_ok())
    {
        hide(&mut bytes, start, end);
    }
    // Only whole characters were replaced, and by ASCII.
    String::from_utf8(bytes).unwrap_or_else(|bytes| "*".repeat(bytes.as_bytes().len()))
}

/// Bytes to stars, one for one. The bounds are those of whole characters, so what is left is
/// UTF-8.
fn hide(bytes: &mut [u8], start: usize, end: usize) {
    bytes[start..end].iter_mut().for_each(|byte| *byte = b'*');
}

/// The names of secrets in a line: `token`, and not `tokenTTL`.
fn names(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let place = |word: &str| {
        let start = word.as_ptr().addr() - text.as_ptr().addr();
        (start, start + word.len())
    };
    text.split(move |c| !inside(c)).filter(|word| is_secret_name(word)).map(place)
}

/// Where the value lies behind the name of a field, if that is one.
fn value_of(after: &str) -> Option<(usize, usize)> {
    let rest = after.trim_start_matches(['"', '\'']).trim_start_matches(' ');
    let value = rest.strip_prefix([':', '='])?.trim_start_matches([' ', '\t']);
    let start = after.len() - value.len();
    let end = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].find(quote).map_or(value.len(), |end| end + 2),
        _ => value.find([',', '}', '\n']).unwrap_or(value.len()),
    };
    let end = value[..end].trim_end().len();
    // A map or list is of lines of its own.
    let is_secret = !value.starts_with(['{', '[']) && !is_no_secret(&value[..end]);
    is_secret.then_some((start, start + end))
}

/// Where the user and the password begin that end at the `@` there: behind `://`, a quote, or the
/// last blank or comma.
fn user_info(text: &str, at: usize) -> usize {
    let before = &text[..at];
    if let Some(scheme) = before.rfind("://") {
        return scheme + 3;
    }
    let quote = before.rfind(['"', '\'']).map(|start| start + 1);
    let blank = before.rfind([' ', '\t', ',', '[', '{', '=']).map_or(0, |start| start + 1);
    quote.unwrap_or(blank)
}

/// The words of a line, as a token is one.
fn words(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '.';
    text.split(move |c| !inside(c)).map(|word| {
        let start = word.as_ptr().addr() - text.as_ptr().addr();
        (start, start + word.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_under_stars_and_everything_else_is_in_its_place() {
        let cases = [
            ("token: abcdef.5ecr000000000000", "token: ***********************"),
            ("join: {token: 'a b', role: x}", "join: {token: *****, role: x}"),
            (r#"{"token":"abcdef.5ecr0","role":"workr"}"#, r#"{"token":**************,"role":"workr"}"#),
            ("certificateKey: 'sEcr'", "certificateKey: ******"),
            ("httpProxy: 'u:sEcrX@h:1'", "httpProxy: '*******@h:1'"),
            ("httpProxy: 'http://u:sEcr Sp@h'", "httpProxy: 'http://*********@h'"),
            ("imageRepository: u:sEcrI@h", "imageRepository: *******@h"),
            ("noProxy: [a, 'http://a:s no@h', b]", "noProxy: [a, 'http://******@h', b]"),
            ("a: http://é:ü@h", "a: http://*****@h"),
            ("# abcdef.0123456789abcdef is one", "# *********************** is one"),
            ("tokenTTL: 3h, mytoken: x", "tokenTTL: 3h, mytoken: *"),
            ("DB_PASSWD=sEcr, anonymous-auth=false", "DB_PASSWD=****, anonymous-auth=false"),
            ("token: {x: 1}", "token: {x: 1}"),
            ("caCertHashes: [sha256:00]", "caCertHashes: [sha256:00]"),
            ("", ""),
        ];
        for (text, wanted) in cases {
            assert_eq!(masked(text), wanted);
            assert_eq!(masked(text).len(), text.len());
        }
        assert_eq!(masked("role: x\ntoken: y\n"), "role: x\ntoken: *\n");
    }
}
