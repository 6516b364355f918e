//! A line of a log as it is shown: without secrets, and not too long.

use std::sync::OnceLock;

use regex_lite::Regex;

/// So much of a line is shown.
const SHOWN: usize = 400;

/// Secrets, and what stays of them.
///
/// In this order: bootstrap tokens, JSON Web Tokens, HTTP authorization, fields and flags by name,
/// base64 of `-----BEGIN `, and private keys. A form that is not here is not known as a secret: a
/// sample is one line, and is shown only where a pattern matched.
const SECRETS: &[(&str, &str)] = &[
    // A bootstrap token; its first part names it and is no secret.
    (r"\b([a-z0-9]{6})\.[a-z0-9]{16}\b", "$1.***"),
    (r"\beyJ[\w-]{6,}\.[\w-]+(?:\.[\w-]*)?", "***"),
    (r"(?i)\b(bearer|basic)\s+[\w.+/=-]{8,}", "$1 ***"),
    (
        r#"(?i)((?:pass(?:word|wd)?|secret|token|api[_-]?key|psk|certificate-?key|client-key-data|identitytoken)["']?\s*[:=]\s*)(?:"[^"]*"|'[^']*'|[^\s,;"'}]+)"#,
        "$1***",
    ),
    (r"(--(?:token|certificate-key|discovery-token|tls-bootstrap-token))\s+\S+", "$1 ***"),
    (r"LS0tLS1CRUdJTi[\w+/=]+", "***"),
    (r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*", "***"),
];

/// A line as it is shown.
///
/// `…` stands where more was. Expressions are compiled once, at the first sample.
pub(super) fn shown(text: &str) -> String {
    static COMPILED: OnceLock<Vec<(Regex, &str)>> = OnceLock::new();
    let all = COMPILED.get_or_init(|| {
        SECRETS.iter().filter_map(|(secret, shown)| Some((Regex::new(secret).ok()?, *shown))).collect()
    });
    let text = host_prep::without_passwords(text.trim());
    let text = all.iter().fold(text, |text, (secret, shown)| secret.replace_all(&text, *shown).into_owned());
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_of_a_line_is_shown() {
        let cases = [
            ("join with abcdef.5ecr000000000000 now", "join with abcdef.*** now"),
            ("err=\"a: http://u:5ecr@h:1/x\"", "err=\"a: http://u:***@h:1/x\""),
            ("Authorization: Bearer eyJhbGciOiJ.5ecr.5ecr", "Authorization: Bearer ***"),
            ("got eyJhbGciOiJSUzI1NiJ9.5ecr.5ecr_x- there", "got *** there"),
            ("password=5ecr user=a", "password=*** user=a"),
            ("{\"token\": \"5 ecr\", \"a\": 1}", "{\"token\": ***, \"a\": 1}"),
            (
                "kubeadm join --token 5ecr --certificate-key 5ecr",
                "kubeadm join --token *** --certificate-key ***",
            ),
            ("client-key-data: 5ecr", "client-key-data: ***"),
            ("x LS0tLS1CRUdJTi5ecr= y", "x *** y"),
            ("token id \"abcdef\" is invalid", "token id \"abcdef\" is invalid"),
            ("registry.k8s.io/pause@sha256:00", "registry.k8s.io/pause@sha256:00"),
        ];
        assert_eq!(SECRETS.iter().filter(|(secret, _)| Regex::new(secret).is_ok()).count(), SECRETS.len());
        for (line, wanted) in cases {
            assert_eq!(shown(line), wanted);
        }
        assert_eq!(shown(&"ä".repeat(9_000)).chars().count(), SHOWN + 1);
    }
}
