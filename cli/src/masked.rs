//! Secrets in a line that is drawn, under as many stars as they have bytes: places in the line stay
//! where they are.
//!
//! Lines are masked one by one, as they are drawn. A secret that goes on over several lines (a PEM
//! block) is known in its first one alone, by the name of its field.

mod secrets;

use host_prep::{is_no_secret, is_secret_name};
use kubeadm_config::BootstrapToken;

#[cfg(feature = "bin")]
pub(crate) use secrets::without_word;
pub(crate) use secrets::{Secrets, check};

/// The text with stars for the values of fields that are secret, for who is named before an `@`,
/// and for everything that has the form of a bootstrap token. It is as long as it was.
pub(crate) fn masked(text: &str) -> String {
    let mut named = false;
    let shown = text.split_inclusive('\n').map(|one| {
        let names = names_a_secret(one);
        line(one, std::mem::replace(&mut named, names) || names)
    });
    shown.collect()
}

/// Three passes over one line: fields by name, what is before an `@`, and words that are bootstrap
/// tokens wherever they stand. Places are found in the text as it came, so the passes do not see
/// each other's stars. `named`: it or the line before has a secret's name, `- name: oidc-client-secret`.
fn line(text: &str, named: bool) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for (_, end) in names(text, named) {
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

/// The names of secrets in a line: `token`, and not `tokenTTL`; where a secret is `named`, `value` too.
fn names(text: &str, named: bool) -> impl Iterator<Item = (usize, usize)> {
    fields(text).filter(move |(start, end)| {
        let word = &text[*start..*end];
        is_secret_name(word) || (named && word == "value")
    })
}

/// The words of a line that may be names of fields.
fn fields(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let place = |word: &str| {
        let start = word.as_ptr().addr() - text.as_ptr().addr();
        (start, start + word.len())
    };
    text.split(move |c| !inside(c)).map(place)
}

/// An argument or a variable of a component, whose value is beside it or on the next line.
fn names_a_secret(text: &str) -> bool {
    fields(text).filter(|(start, end)| &text[*start..*end] == "name").any(|(_, end)| {
        let name = value_of(&text[end..]).map(|(from, to)| &text[end + from..end + to]);
        name.is_some_and(|name| is_secret_name(name.trim_matches(['"', '\''])))
    })
}

/// Where the value lies behind the name of a field, if that is one.
fn value_of(after: &str) -> Option<(usize, usize)> {
    let rest = after.trim_start_matches(['"', '\'']).trim_start_matches(' ');
    let value = rest.strip_prefix([':', '='])?.trim_start_matches([' ', '\t']);
    let start = after.len() - value.len();
    // A list on one line; what has fields of its own is looked at by these.
    if let Some(inner) = value.strip_prefix('[') {
        let inner = &inner[..inner.find([']', '\n']).unwrap_or(inner.len())];
        let plain = !inner.trim().is_empty() && !inner.trim_start().starts_with('{');
        return plain.then_some((start + 1, start + 1 + inner.trim_end().len()));
    }
    let end = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].find(quote).map_or(value.len(), |end| end + 2),
        _ => value.find([',', '}', '\n']).unwrap_or(value.len()),
    };
    let end = value[..end].trim_end().len();
    // A map or list is of lines of its own.
    let is_secret = !value.starts_with('{') && !is_no_secret(&value[..end]);
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
            ("token: [sEcr, 'x']", "token: [*********]"),
            ("token: [sEcr", "token: [****"),
            ("token: [{x: 1}], a: []", "token: [{x: 1}], a: []"),
            ("{name: oidc-client-secret, value: sEcr}", "{name: oidc-client-secret, value: ****}"),
            ("{value: 'sEcr', name: \"x-token\"}", "{value: ******, name: \"x-token\"}"),
            ("{name: audit-log-path, value: /x}", "{name: audit-log-path, value: /x}"),
            ("caCertHashes: [sha256:00]", "caCertHashes: [sha256:00]"),
            ("", ""),
        ];
        for (text, wanted) in cases {
            assert_eq!(masked(text), wanted);
            assert_eq!(masked(text).len(), text.len());
        }
        assert_eq!(masked("role: x\ntoken: y\n"), "role: x\ntoken: *\n");
        assert_eq!(
            masked("- name: a-token\n  value: y\n- value: z\n"),
            "- name: a-token\n  value: *\n- value: z\n"
        );
    }
}
