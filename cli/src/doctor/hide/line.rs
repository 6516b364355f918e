//! Secrets by their form, in lines of any text: tokens, passwords in URLs and behind names.
//!
//! Bootstrap tokens and base64 first (their form is exact), then, in lines that have the sign of a name
//! ([`host_prep::secret_signs`]) or any of [`SIGNS`], users in URLs, JSON web tokens, `Authorization`
//! words, and at last values behind names. Expressions are compiled once; lines without a sign, nearly
//! all of a log, meet none of them.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use host_prep::{is_secret_name, is_secret_parameter, secret_signs};
use regex_lite::{Captures, Match, Regex};

use super::field::{NO_TOKEN, is_harmless, of_list, scheme};
use super::{Hidden, Look, MASK, count, encoded, pem};

/// Kinds of secrets, as the manifest counts them.
pub(super) const TOKEN: &str = "bootstrap-token";
pub(super) const USER: &str = "user-of-url";
pub(super) const JWT: &str = "jwt";
pub(super) const KEY: &str = "private-key";
const NAMED: &str = "by-name";

/// What a line has where a secret has no name: in a URL, in a variable for a proxy, as a JSON web token,
/// behind a scheme of HTTP; and names that are a secret's in a URL alone.
const SIGNS: [&str; 7] = ["://", "_proxy", "eyj", "bearer", "basic", "sig=", "signature="];
/// Base64 of `-----BEGIN `.
pub(super) const PEM: &str = "LS0tLS1CRUdJTi";

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
                regex(r#"([\w.-]*[\w])(\\*["'])?\]?(\s*[:=]\s*|\s*,\s*|[\s\x00]+)"#)?,
            ])
        };
        Forms { signs: signs(), all: all() }
    })
}

fn signs() -> Option<AhoCorasick> {
    let signs = secret_signs().into_iter().chain(SIGNS.map(str::to_owned));
    AhoCorasick::builder().ascii_case_insensitive(true).build(signs).ok()
}

/// The text without what has the form of a secret, line by line.
pub(super) fn hide(text: &str, look: Look, hidden: &mut Hidden) -> String {
    text.split_inclusive('\n').map(|line| of_line(line, look, hidden)).collect()
}

/// A line with its end.
fn of_line(line: &str, look: Look, hidden: &mut Hidden) -> String {
    let line = tokens(line, hidden);
    let Forms { signs, all: Some([user, jwt, bearer, pem, name]) } = forms() else { return line };
    let line = if line.contains(PEM) { of_pem(&line, pem, hidden) } else { line };
    let line = encoded::of_line(&line, look, hidden);
    if signs.as_ref().is_some_and(|signs| !signs.is_match(&line)) {
        return line;
    }
    let line = user.replace_all(&line, |found: &Captures<'_>| {
        let user = &found[0]["://".len()..found[0].len() - 1];
        // What a rule shows has stars for passwords, and they have none any more.
        let password = user.rsplit(':').next().unwrap_or_default().replace("HIDDEN", "");
        let password = password.trim_end_matches('\'');
        if !password.is_empty() && password.bytes().all(|byte| byte == b'*') {
            return found[0].to_owned();
        }
        count(hidden, USER);
        // One quote more than there should be is a fault that is told.
        let quote = if user.matches('\'').count() % 2 == 1 { "'" } else { "" };
        format!("://{MASK}{quote}@")
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
    if look.by_name { named(&line, name, hidden) } else { line.into_owned() }
}

fn of_pem(line: &str, pem: &Regex, hidden: &mut Hidden) -> String {
    let shown = pem.replace_all(line, |found: &Captures<'_>| {
        pem::hide_encoded(&found[0], hidden).unwrap_or_else(|| found[0].to_owned())
    });
    shown.into_owned()
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
    // `{"name":"DB_PASSWORD","value":"x"}`: variables of a container, arguments of a component.
    let mut is_named = false;
    while let Some(found) = name.captures_at(line, from) {
        let (Some(whole), Some(word), Some(between)) = (found.get(0), found.get(1), found.get(3)) else {
            break;
        };
        let start = whole.end();
        let assigned = between.as_str().contains(['=', ':']);
        let is = |name: &str| assigned && word.as_str().eq_ignore_ascii_case(name);
        if is("name") || is("key") {
            let value = &line[start..value_end(line, start, false)];
            is_named = is_secret_name(value.trim_matches(['"', '\'', '\\']));
        }
        let is_value = is_named && is("value");
        is_named = is_named && !is_value;
        let (start, end) = match is_value {
            true => (start, value_end(line, start, false)),
            false => secret_of(line, word, between.as_str(), start).unwrap_or((start, start)),
        };
        shown.push_str(&line[from..start]);
        let value = &line[start..end];
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

/// Where the value lies that begins at `start` behind the word, if it is a secret.
fn secret_of(line: &str, word: Match<'_>, between: &str, start: usize) -> Option<(usize, usize)> {
    let (name, assigned) = (word.as_str(), between.contains(['=', ':']));
    // In JSON a line ends in `\n`, whose letter is then before the dashes.
    let is_flag = name.starts_with('-') || name.contains("--");
    if !assigned && !is_flag {
        return None;
    }
    let list = line[start..].strip_prefix('[').filter(|items| assigned && !items.starts_with(['{', '[']));
    let parameter = parameter_of(line, word).filter(|_| between == "=");
    let is_secret = is_secret_name(name) || parameter.is_some_and(is_secret_parameter);
    if !(is_secret || list.is_some() && of_list(name).is_some()) {
        return None;
    }
    if let Some(items) = list.filter(|items| !items.trim_start().is_empty()) {
        let end = items.find(']').unwrap_or(items.trim_end().len());
        return Some((start + 1, start + 1 + end));
    }
    let before = line[..word.start()].trim_matches([' ', '\t', '-', '"', '\'']);
    // systemd takes the rest of the word, whatever is in it, and a shell what is quoted in it.
    let is_variable = before.starts_with("Environment") || before == "export";
    let alone = !is_flag && (before.is_empty() || is_variable);
    let is_upper = name.bytes().all(|byte| byte.is_ascii_uppercase() || b"_0123456789".contains(&byte));
    // `- 'X-Auth-User: x'`: name and value are in one quote.
    let quote = line[..word.start()].chars().next_back().filter(|c| matches!(c, '"' | '\''));
    if let Some(quote) =
        quote.filter(|quote| !is_flag && !is_variable && !line[word.end()..].starts_with(*quote))
        && let Some(end) = line[start..].find(quote).filter(|_| quote_of(&line[start..]).is_none())
    {
        return Some((start + scheme(&line[start..start + end]), start + end));
    }
    if is_variable || (alone && is_upper && between == "=") {
        // The line goes on where it went on.
        let value = line[start..].trim_end();
        let value = value.strip_suffix('\\').unwrap_or(value).trim_end();
        // `Environment="NAME=x"`: what was closed stays so.
        let value = quote.and_then(|quote| value.strip_suffix(quote)).unwrap_or(value);
        return Some((start, start + value.len()));
    }
    // `Authorization: Token x` of curl: what comes behind the scheme.
    let behind = start + scheme(&line[start..]);
    // `Cookie: a=x; b=y`, `Digest username="u", response="x"`: several of them, to the end of the line.
    let several =
        name.to_ascii_lowercase().ends_with("cookie") || line[start..behind].eq_ignore_ascii_case("digest ");
    if several && assigned && !is_flag && quote_of(&line[behind..]).is_none() {
        return Some((behind, behind + line[behind..].trim_end().len()));
    }
    Some((behind, value_end(line, behind, alone)))
}

/// The name of a parameter of a URL: behind `?` or `&`, which Go's JSON writes `\u0026`.
fn parameter_of<'l>(line: &'l str, word: Match<'l>) -> Option<&'l str> {
    let before = &line[..word.start()];
    match word.as_str().strip_prefix("u0026").filter(|_| before.ends_with('\\')) {
        None => before.ends_with(['?', '&']).then_some(word.as_str()),
        name => name,
    }
}

/// The quote that a value begins with, with the backslashes before it: `"`, `\"` in a text in JSON,
/// `\\\"` in JSON in JSON, and the three of TOML.
pub(super) fn quote_of(value: &str) -> Option<&str> {
    if value.starts_with("\"\"\"") || value.starts_with("'''") {
        return value.get(..3);
    }
    let escapes = value.len() - value.trim_start_matches('\\').len();
    value[escapes..].starts_with(['"', '\'']).then(|| &value[..=escapes])
}

/// Where the closing quote ends, of a value that begins with it. One with more backslashes before it
/// is of the value.
pub(super) fn closing(value: &str, quote: &str) -> Option<usize> {
    let is_triple = quote.len() == 3 && !quote.starts_with('\\');
    let is_more = |at: usize| !is_triple && value[..at].ends_with('\\');
    let mut ends = value[quote.len()..].match_indices(quote).map(|(at, _)| quote.len() + at);
    ends.find(|at| !is_more(*at)).map(|at| at + quote.len())
}

/// The mask between the quotes of the value.
pub(super) fn masked(value: &str) -> String {
    let Some(quote) = quote_of(value) else { return MASK.to_owned() };
    // One that is not closed stays so: it is a fault that is told.
    let closed = value.len() >= quote.len() * 2 && value.ends_with(quote);
    format!("{quote}{MASK}{}", if closed { quote } else { "" })
}

/// Where the value ends that begins there: behind its quote, or before what separates values; where
/// the name is the first word, with the line.
pub(super) fn value_end(line: &str, start: usize, alone: bool) -> usize {
    let value = &line[start..];
    if let Some(quote) = quote_of(value) {
        return start + closing(value, quote).unwrap_or(value.trim_end().len());
    }
    let end = value.find(|c: char| c.is_whitespace() || "\0,;\"'`)}]\\&".contains(c));
    // `psk = a pass phrase`; what has a second name has a second value, and lists end with their line.
    if alone && !value.contains(['=', ':', '{', '[']) {
        return start + value.trim_end().len();
    }
    start + end.unwrap_or(value.len())
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
            ("ALL_PROXY=http://u:a'5ecr@h:1", "ALL_PROXY=http://***'@h:1"),
            ("Cookie: a=5ecr; b=5ecr", "Cookie: ***"),
            ("Authorization: Digest username=\"u\", response=\"5ecr\"", "Authorization: Digest ***"),
            ("password: 5ecr eyJhbGciOi.5ecr5ecr", "password: ***"),
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
            ("[kubeadm, join, --token, 5ecr, x]", "[kubeadm, join, --token, ***, x]"),
            ("args=[\"--token\",\"5ecr\",\"x\"]", "args=[\"--token\",\"***\",\"x\"]"),
            (r#"a: "{\"token\":\"5ecr\",\"b\":1}""#, r#"a: "{\"token\":\"***\",\"b\":1}""#),
            (
                r#"{"a":"{\\\"token\\\":\\\"5ecr\\\",\\\"b\\\":1}"}"#,
                r#"{"a":"{\\\"token\\\":\\\"***\\\",\\\"b\\\":1}"}"#,
            ),
            (
                r#"{"name":"DB_PW","value":"5ecr"},{"name":"A","value":"b"}"#,
                r#"{"name":"DB_PW","value":"***"},{"name":"A","value":"b"}"#,
            ),
            ("EnvVar{Name:DB_PASSWD,Value:5ecr,From:nil}", "EnvVar{Name:DB_PASSWD,Value:***,From:nil}"),
            ("X-Auth-User: 5ecr", "X-Auth-User: ***"),
            ("- 'X-Auth-User: 5 ecr'", "- 'X-Auth-User: ***'"),
            ("A=\"--token=5ecr --v=2\"", "A=\"--token=*** --v=2\""),
            ("- \"A_TOKEN=5ecr\"", "- \"A_TOKEN=***\""),
            ("X-Auth-Key:[5ecr 5ecr] X:[y]", "X-Auth-Key:[***] X:[y]"),
            ("curl -H 'Authorization: Token 5ecr' x", "curl -H 'Authorization: Token ***' x"),
            ("A_CREDS=5ecr", "A_CREDS=***"),
            ("run A_PW=5ecr B_PAT=5ecr C_PASSWD='5 ecr' x", "run A_PW=*** B_PAT=*** C_PASSWD='***' x"),
            ("auth.password = \"5\\\"ecr\"", "auth.password = \"***\""),
            ("auth.\"password\" = '5ecr'", "auth.\"password\" = '***'"),
            ("tokens = [\"5ecr\", \"5ecr\"]", "tokens = [\"***\"]"),
            ("password = \"\"\"5ecr\"\"\"", "password = \"\"\"***\"\"\""),
            ("Environment=\"A_TOKEN=5ecr\" \"B=5ecr\" \\", "Environment=\"A_TOKEN=***\" \\"),
            ("export A_TOKEN=5ecr \\", "export A_TOKEN=*** \\"),
            ("content: dG9rZW46IDVlY3I5NWVjcg==", "content: \"***\""),
            ("--webhook=/x?sig=5ecr&v=1", "--webhook=/x?sig=***&v=1"),
            ("get https://h/x?v=1&key=5ecr", "get https://h/x?v=1&key=***"),
            (r#"{"u":"/x?v=1\u0026X-Amz-Signature=5ecr"}"#, r#"{"u":"/x?v=1\u0026X-Amz-Signature=***"}"#),
            ("sig=1 key=2 signature=3", "sig=1 key=2 signature=3"),
            // What is none.
            ("PATH=/usr/bin:/bin compat: x", "PATH=/usr/bin:/bin compat: x"),
            ("- key: node-role.kubernetes.io/control-plane", "- key: node-role.kubernetes.io/control-plane"),
            ("--anonymous-auth=false --v=2", "--anonymous-auth=false --v=2"),
            ("authorization: {mode: Webhook}", "authorization: {mode: Webhook}"),
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
            let shown = hide(&line.replace("***", MASK), Look::NAMES, &mut Hidden::new());
            assert_eq!(shown, wanted);
            // What is hidden is not hidden again, or every archive would be refused.
            let mut again = Hidden::new();
            assert_eq!(hide(&shown, Look::NAMES, &mut again), wanted);
            assert!(again.is_empty(), "{again:?}: {wanted}");
        }
    }
}
