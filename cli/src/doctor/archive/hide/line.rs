//! Secrets by their form, in lines of any text: tokens, passwords in URLs and behind names.
//!
//! Bootstrap tokens first (their form is exact), then, in lines that have any of [`SIGNS`], users
//! in URLs, JSON web tokens, `Authorization` words, base64 of PEM, and at last values behind
//! names. Expressions are compiled once; lines without a sign, nearly all of a log, meet none of
//! them.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use regex_lite::{Captures, Regex};

use super::field::{NO_TOKEN, is_harmless, is_secret};
use super::{Hidden, MASK, count, pem};

/// Kinds of secrets, as the manifest counts them.
pub(super) const TOKEN: &str = "bootstrap-token";
pub(super) const USER: &str = "user-of-url";
pub(super) const JWT: &str = "jwt";
pub(super) const KEY: &str = "private-key";
const NAMED: &str = "by-name";

/// A line without any of these has no secret but, perhaps, a bootstrap token.
const SIGNS: [&str; 14] = [
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "psk",
    "credential",
    "auth",
    "://",
    "_proxy",
    "eyj",
    "bearer",
    "basic",
    "ls0tls1crudjti",
];

/// `None` where an expression did not compile, which a test rules out: nothing is hidden by form
/// then.
struct Forms {
    signs: Option<AhoCorasick>,
    all: Option<[Regex; 5]>,
}

/// In the order in which [`of_line`] uses them.
fn forms() -> &'static Forms {
    static FORMS: OnceLock<Forms> = OnceLock::new();
    FORMS.get_or_init(|| {
        let regex = |text: &str| Regex::new(text).ok();
        let all = || {
            Some([
                // Greedy: a password may hold an @ or a ' itself.
                regex(r"://[^/\s\x22<>]+@")?,
                regex(r"\beyJ[\w-]{6,}\.[\w-]+(?:\.[\w-]*)?")?,
                regex(r"(?i)\b(bearer|basic)\s+([\w.+/=~-]{8,})")?,
                regex(r"LS0tLS1CRUdJTi[\w+/=]+")?,
                regex(r#"([\w.-]*[\w])(\\?["'])?(\s*[:=]\s*|[\s\x00]+)"#)?,
            ])
        };
        Forms { signs: AhoCorasick::builder().ascii_case_insensitive(true).build(SIGNS).ok(), all: all() }
    })
}

/// The text without what has the form of a secret, line by line; `by_name` hides what stands behind
/// the name of one as well.
pub(super) fn hide(text: &str, by_name: bool, hidden: &mut Hidden) -> String {
    text.split_inclusive('\n').map(|line| of_line(line, by_name, hidden)).collect()
}

/// A line with its end.
fn of_line(line: &str, by_name: bool, hidden: &mut Hidden) -> String {
    let line = tokens(line, hidden);
    let Forms { signs, all: Some([user, jwt, bearer, encoded, name]) } = forms() else { return line };
    if signs.as_ref().is_some_and(|signs| !signs.is_match(&line)) {
        return line;
    }
    let line = user.replace_all(&line, |found: &Captures<'_>| {
        let user = &found[0]["://".len()..found[0].len() - 1];
        // What a rule shows has stars for passwords, and they have none any more.
        let password = user.rsplit(':').next().unwrap_or_default().replace("HIDDEN", "");
        if !password.is_empty() && password.bytes().all(|byte| byte == b'*') {
            return found[0].to_owned();
        }
        count(hidden, USER);
        format!("://{MASK}@")
    });
    let line = of_proxy(&line, hidden);
    let line = jwt.replace_all(&line, |_: &Captures<'_>| {
        count(hidden, JWT);
        MASK
    });
    let line = bearer.replace_all(&line, |found: &Captures<'_>| {
        // "Basic authentication" is a word, and a secret has more than small letters.
        if found[2].bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') {
            return found[0].to_owned();
        }
        count(hidden, JWT);
        format!("{} {MASK}", &found[1])
    });
    let line = encoded.replace_all(&line, |found: &Captures<'_>| {
        pem::hide_encoded(&found[0], hidden).unwrap_or_else(|| found[0].to_owned())
    });
    if by_name { named(&line, name, hidden) } else { line.into_owned() }
}

/// The user of a proxy that is written without `http://`, as Go takes it: `HTTP_PROXY=user:password@host`.
fn of_proxy(line: &str, hidden: &mut Hidden) -> String {
    const NAMES: [&str; 2] = ["_PROXY=", "_proxy="];
    let Some((at, name)) = NAMES.iter().find_map(|name| Some((line.find(name)?, name))) else {
        return line.to_owned();
    };
    let start = at + name.len();
    let value = line[start..].trim_start_matches(['"', '\'']);
    let start = line.len() - value.len();
    let end = value.find(|c: char| c.is_whitespace() || "\"/".contains(c)).unwrap_or(value.len());
    match value[..end].rfind('@') {
        Some(user) if !value[..user].starts_with(MASK) => {
            count(hidden, USER);
            let rest = of_proxy(&value[user..], hidden);
            format!("{}{MASK}{rest}", &line[..start])
        }
        _ => format!("{}{}", &line[..start], of_proxy(value, hidden)),
    }
}

/// Bootstrap tokens: `abcdef.0123456789abcdef`. Their first part names them and is no secret.
fn tokens(line: &str, hidden: &mut Hidden) -> String {
    const WORD: usize = 6 + 1 + 16;
    let bytes = line.as_bytes();
    let inside = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let small = |part: &[u8]| part.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let mut shown = String::new();
    let mut from = 0;
    for (dot, _) in line.match_indices('.') {
        let Some(start) = dot.checked_sub(6).filter(|start| *start >= from) else { continue };
        let end = start + WORD;
        let Some(word) = bytes.get(start..end) else { break };
        let alone = !inside(end) && (start == 0 || !inside(start - 1));
        let is_token = small(&word[..6]) && small(&word[7..]) && word[7..] != *NO_TOKEN.as_bytes();
        if alone && is_token {
            shown.push_str(&line[from..=dot]);
            shown.push_str(MASK);
            from = end;
            count(hidden, TOKEN);
        }
    }
    shown.push_str(&line[from..]);
    shown
}

/// `name=value`, `name: value`, `"name":"value"` and `--name value` where the name is that of a secret.
fn named(line: &str, name: &Regex, hidden: &mut Hidden) -> String {
    let mut shown = String::new();
    let mut from = 0;
    while let Some(found) = name.captures_at(line, from) {
        let (Some(whole), Some(word), Some(between)) = (found.get(0), found.get(1), found.get(3)) else {
            break;
        };
        let is_flag = word.as_str().starts_with("--");
        let assigned = between.as_str().contains(['=', ':']);
        let end = if is_secret(word.as_str()) && (assigned || is_flag) {
            let before = line[..word.start()].trim_matches([' ', '\t', '-', '"', '\'']);
            // systemd takes the rest of the word, whatever is in it, and a shell what is quoted in it.
            let is_variable = before.starts_with("Environment") || before == "export";
            let alone = !is_flag && (before.is_empty() || is_variable);
            let is_upper =
                word.as_str().bytes().all(|byte| byte.is_ascii_uppercase() || b"_0123456789".contains(&byte));
            if is_variable || (alone && is_upper && between.as_str() == "=") {
                shown.push_str(&line[from..whole.end()]);
                let value = line[whole.end()..].trim_end();
                let rest = &line[whole.end() + value.len()..];
                if is_harmless(value) || value.starts_with(MASK) {
                    shown.push_str(value);
                } else {
                    count(hidden, NAMED);
                    shown.push_str(&masked(value));
                }
                shown.push_str(rest);
                return shown;
            }
            value_end(line, whole.end(), alone)
        } else {
            whole.end()
        };
        shown.push_str(&line[from..whole.end()]);
        let value = &line[whole.end()..end];
        if is_harmless(value) {
            shown.push_str(value);
        } else {
            count(hidden, NAMED);
            shown.push_str(&masked(value));
        }
        from = end;
    }
    shown.push_str(&line[from..]);
    shown
}

/// The mask between the quotes of the value.
fn masked(value: &str) -> String {
    for quote in ["\\\"", "\"", "'"] {
        if value.starts_with(quote) {
            // One that is not closed stays so: it is a fault that is told.
            let closed = value.len() > quote.len() && value.ends_with(quote);
            return format!("{quote}{MASK}{}", if closed { quote } else { "" });
        }
    }
    MASK.to_owned()
}

/// Where the value ends that begins there: behind its quote, or before what separates values; where
/// the name is the first word, with the line.
fn value_end(line: &str, start: usize, alone: bool) -> usize {
    let value = &line[start..];
    for quote in ["\\\"", "\"", "'"] {
        if let Some(inside) = value.strip_prefix(quote) {
            let end = inside.find(quote).map_or(value.trim_end().len(), |end| quote.len() * 2 + end);
            return start + end;
        }
    }
    let end = value.find(|c: char| c.is_whitespace() || "\0,;\"'`)}]\\&".contains(c));
    // `psk = a pass phrase`; what has a second name has a second value, and lists end with their line.
    if alone && !value.contains(['=', ':', '{', '[']) {
        return start + value.trim_end().len();
    }
    start + end.unwrap_or(value.len())
}

/// Whether a text has base64 of a private key, wherever its lines begin.
pub(super) fn decoded_key(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let runs = text.split(|c: char| !inside(c)).filter(|run| run.len() >= 40);
    runs.into_iter().any(|run| {
        let bare = run.trim_end_matches('=');
        let bare = &bare[..bare.len() - bare.len() % 4];
        let decoded = STANDARD.decode(bare).or_else(|_| STANDARD_NO_PAD.decode(bare));
        decoded.is_ok_and(|bytes| bytes.windows(16).any(|part| part == b"PRIVATE KEY-----"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_their_lines_stay() {
        let cases = [
            ("join abcdef.5ecr000000000000 now", "join abcdef.*** now"),
            ("a.abcdef.5ecr000000000000x", "a.abcdef.5ecr000000000000x"),
            ("HTTP_PROXY=http://u:5ecr@h:1/x", "HTTP_PROXY=http://***@h:1/x"),
            ("password=5ecr user=a", "password=*** user=a"),
            ("password = \"5 ecr\"", "password = \"***\""),
            ("msg=\"password=\\\"5 ecr\\\" a\"", "msg=\"password=\\\"***\\\" a\""),
            ("{\"token\": \"5 ecr\", \"a\": 1}", "{\"token\": \"***\", \"a\": 1}"),
            ("kubeadm join --token 5ecr x", "kubeadm join --token *** x"),
            ("- --certificate-key=5ecr", "- --certificate-key=***"),
            ("kubelet\x00--token\x005ecr\x00--v=2", "kubelet\x00--token\x00***\x00--v=2"),
            ("Authorization: Bearer 5ecr5ecr5ecr", "Authorization: Bearer ***"),
            ("got eyJhbGciOiJSUzI1NiJ9.5ecr.5ecr_x- there", "got *** there"),
            ("PrivateKey = 5ecr=", "PrivateKey = ***"),
            ("auth: 5ecr", "auth: ***"),
            ("psk = 5ecr 5ecr phrase", "psk = ***"),
            ("password: 12345678", "password: ***"),
            ("PASSWORD=$5ecr", "PASSWORD=***"),
            ("PASSWORD=/5ecr", "PASSWORD=***"),
            ("PASSWORD=$(DB_PASSWORD)", "PASSWORD=$(DB_PASSWORD)"),
            ("token: abcdef.0000000000000000", "token: abcdef.0000000000000000"),
            // What is none.
            ("--token-auth-file=/etc/x", "--token-auth-file=/etc/x"),
            ("tokenTTL: 24h0m0s", "tokenTTL: 24h0m0s"),
            ("automountServiceAccountToken: false", "automountServiceAccountToken: false"),
            ("registry.k8s.io/pause@sha256:00", "registry.k8s.io/pause@sha256:00"),
            ("--service-account-key-file=/etc/k/sa.pub", "--service-account-key-file=/etc/k/sa.pub"),
            ("token id \"abcdef\" is invalid", "token id \"abcdef\" is invalid"),
            ("a: ***", "a: ***"),
        ];
        for (line, wanted) in cases {
            let wanted = wanted.replace("***", MASK);
            let shown = hide(&line.replace("***", MASK), true, &mut Hidden::new());
            assert_eq!(shown, wanted);
            // What is hidden is not hidden again, or every archive would be refused.
            let mut again = Hidden::new();
            assert_eq!(hide(&shown, true, &mut again), wanted);
            assert!(again.is_empty(), "{again:?}: {wanted}");
        }
    }
}
