//! How a text of unknown origin is shown: without passwords, and without what would act on a
//! terminal.

use std::borrow::Cow;
use std::ops::Range;

use super::secret::{is_login, is_no_secret, is_secret_name, is_secret_parameter};

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

/// The text as one word of a shell, in single quotes where it needs them: what a host calls things
/// is put into commands that people run.
///
/// ```
/// assert_eq!(host_prep::shell_word("/var/lib/etcd"), "/var/lib/etcd");
/// assert_eq!(host_prep::shell_word("a'; reboot #"), r"'a'\''; reboot #'");
/// ```
#[must_use]
pub fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// The text with `***` for every password in a URL, `http://user:password@host`, for a user without
/// one, and for what a query has under the name of a secret, `?token=`: servers of packages take
/// tokens in these places. A password may hold the slash that ends a host's name; then it stands
/// where a port would. Without a scheme, as Go reads `http_proxy` too, a user and a password stand
/// before a host with its port or a path.
///
/// ```
/// let text = host_prep::without_passwords("proxy=http://li:s3cret@proxy.example.com:3128");
/// assert_eq!(text, "proxy=http://li:***@proxy.example.com:3128");
/// assert_eq!(host_prep::without_passwords("https://token@mirror"), "https://***@mirror");
/// assert_eq!(host_prep::without_passwords("https://h/x?token=s3cret&a=b"), "https://h/x?token=***&a=b");
/// assert_eq!(host_prep::without_passwords("http_proxy=li:s3cret@p:3128"), "http_proxy=li:***@p:3128");
/// ```
#[must_use]
pub fn without_passwords(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(&without_bare_passwords(before));
        // Another URL may follow with a comma between, or stand in the query.
        let ends = [after.find(ends_url), after.find("://")].into_iter().flatten().min();
        let url = &after[..ends.unwrap_or(after.len())];
        let user_info = user_info(url).unwrap_or_default();
        if !user_info.is_empty() {
            if let Some((user, _)) = user_info.split_once(':') {
                shown.push_str(user);
                shown.push(':');
            }
            shown.push_str("***");
        }
        shown.push_str(&without_secret_parameters(&url[user_info.len()..]));
        rest = &after[url.len()..];
    }
    shown.push_str(&without_bare_passwords(rest));
    shown
}

/// The same of what has no scheme: `user:password@host:3128`, `user:password@host/path`.
fn without_bare_passwords(text: &str) -> Cow<'_, str> {
    if !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    for word in text.split_inclusive(ends_url) {
        match bare_password(word) {
            Some(Range { start, end }) => shown.extend([&word[..start], "***", &word[end..]]),
            None => shown.push_str(word),
        }
    }
    Cow::Owned(shown)
}

/// Where the password stands in a word.
fn bare_password(word: &str) -> Option<Range<usize>> {
    let (before, after) = word.rsplit_once('@')?;
    let host =
        after.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-')).unwrap_or(after.len());
    let (host, behind) = after.split_at(host);
    let is_port = behind.strip_prefix(':').is_some_and(|port| port.starts_with(|c: char| c.is_ascii_digit()));
    // `image:tag@sha256:...` is an image by its digest.
    if host.is_empty() || host.starts_with("sha") || !(is_port || behind.starts_with('/')) {
        return None;
    }
    let start = before.find(':')? + 1;
    let is_password = start < before.len() && !before[..start].contains('/');
    is_password.then_some(start..before.len())
}

fn ends_url(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '<' | '>') || c.is_whitespace()
}

/// What stands before the `@` of a URL without its scheme.
fn user_info(url: &str) -> Option<&str> {
    let authority = url.split('/').next().unwrap_or(url);
    // As greedy as programs that read it: a password may hold an @ itself.
    let found = authority.rsplit_once('@');
    // What follows a host's name is a number, or it is a password with a slash in it.
    let in_path = || {
        let (_, port) = authority.rsplit_once(':')?;
        let is_port = port.ends_with(']') || port.bytes().all(|byte| byte.is_ascii_digit());
        if is_port { None } else { url.rsplit_once('@') }
    };
    found.or_else(in_path).map(|(user_info, _)| user_info)
}

fn without_secret_parameters(url: &str) -> String {
    let Some((before, query)) = url.split_once('?') else { return url.to_owned() };
    let mut shown = format!("{before}?");
    for part in query.split_inclusive(['&', ';', '#']) {
        match part.split_once('=') {
            Some((name, value)) if is_secret_parameter(name) && !value.is_empty() => {
                let end = value.strip_suffix(['&', ';', '#']).map_or("", |bare| &value[bare.len()..]);
                shown.push_str(&format!("{name}=***{end}"));
            }
            _ => shown.push_str(part),
        }
    }
    shown
}

/// The text of a file with `***` for the passwords of URLs in it, and for those that lists of
/// repositories and settings of package managers have in lines of their own: `password=` with its
/// user (dnf.conf(5), zypper), `Acquire::https::Password "..."` and netrc's `machine ... password
/// ...` (apt_auth.conf(5)).
#[must_use]
pub fn without_logins(text: &str) -> String {
    let mut shown = String::new();
    let mut goes_on = false;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        let end = &line[bare.len()..];
        // A value may go on over lines that are indented.
        goes_on = goes_on && bare.starts_with([' ', '\t']) && !bare.trim().is_empty();
        if goes_on {
            let indent = bare.len() - bare.trim_start().len();
            shown.push_str(&format!("{}***{end}", &bare[..indent]));
            continue;
        }
        match login(bare) {
            Some(start) => {
                goes_on = true;
                shown.push_str(&format!("{}***{end}", &bare[..start]));
            }
            None => shown.push_str(&without_passwords(&(without_netrc(bare) + end))),
        }
    }
    shown
}

/// Where the value of a line begins that has one of them.
fn login(line: &str) -> Option<usize> {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '.');
    let start = line.len() - line.trim_start_matches(|c: char| !word(c)).len();
    let name_end = start + line[start..].find(|c| !word(c)).unwrap_or(line.len() - start);
    let (name, rest) = (&line[start..name_end], &line[name_end..]);
    // `Password: x` of deb822, `password = x`, and `Acquire::http::Password "x"`.
    let (name, colon) = name.strip_suffix(':').map_or((name, false), |name| (name, true));
    let value = rest.trim_start();
    let assigned = value.strip_prefix(['=', ':']);
    let quoted = name.contains("::") && value.starts_with('"');
    let value = match assigned {
        Some(value) => value.trim_start(),
        None if colon || quoted => value,
        None => return None,
    };
    (is_login(name) && !is_no_secret(value)).then_some(line.len() - value.len())
}

/// A line of netrc(5) with `***` for its logins and passwords.
fn without_netrc(line: &str) -> String {
    let first = line.split_whitespace().next().unwrap_or_default();
    if !["machine", "default", "login", "password", "account"].contains(&first) {
        return line.to_owned();
    }
    let mut shown = String::new();
    let mut hide = false;
    for part in line.split_inclusive(char::is_whitespace) {
        let word = part.trim_end();
        if word.is_empty() {
            shown.push_str(part);
            continue;
        }
        shown.push_str(if hide { "***" } else { word });
        shown.push_str(&part[word.len()..]);
        hide = !hide && ["login", "password", "account"].contains(&word);
    }
    shown
}

/// The text of kubeadm documents with `***` for the values of fields that are secret, and for
/// everything that has the form of a bootstrap token or a certificate key, wherever it stands.
pub(crate) fn without_tokens(text: &str) -> String {
    let mut shown = String::new();
    let mut inside: Option<usize> = None;
    let mut named = false;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches(' ').len();
        // A value may go on over lines that are indented further.
        if inside.is_some_and(|field| indent > field && !line.trim().is_empty()) {
            shown.push_str(&format!("{:indent$}***\n", ""));
            continue;
        }
        match secret_field(line, named) {
            Some((start, end)) => {
                inside = Some(start);
                shown.push_str(&line[..end]);
                shown.push_str(" ***\n");
            }
            None => {
                inside = None;
                shown.push_str(&without_forms(line));
            }
        }
        named = names_a_secret(line);
    }
    shown
}

/// The column of a secret field, and where its value begins behind the colon; `named`: the line before
/// has its name, `- name: oidc-client-secret`.
fn secret_field(line: &str, named: bool) -> Option<(usize, usize)> {
    let (name, bare, value) = field(line)?;
    let secret = (is_secret_name(bare) || (named && bare == "value")) && !is_no_secret(value);
    // A quote before it is its first column.
    let start = name.trim_start_matches([' ', '-', '{']).len();
    secret.then_some((name.len() - start, name.len() + 1))
}

/// What is before the colon, the name alone, and what is behind it.
fn field(line: &str) -> Option<(&str, &str, &str)> {
    let (name, value) = line.split_once(':')?;
    let bare = name.trim_start_matches([' ', '-', '{', '"', '\'']).trim_end_matches(['"', '\'', ' ']);
    Some((name, bare, value))
}

/// An argument or a variable of a component, whose value is on the next line.
fn names_a_secret(line: &str) -> bool {
    let name = field(line).filter(|(_, bare, _)| *bare == "name");
    name.is_some_and(|(_, _, value)| is_secret_name(value.trim().trim_matches(['"', '\''])))
}

/// `abcdef.0123456789abcdef` and 64 hexadecimal digits, but for those of a digest, which says that
/// it is one.
pub(crate) fn without_forms(line: &str) -> String {
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
    fn a_login_without_a_scheme_is_hidden_and_what_looks_like_one_is_not() {
        let hidden = |text: &str| without_passwords(text) != text;
        for text in ["li:pw@r.example.com/pause:3.10", "[\"https_proxy=li:p=w,@p:3128\"]", "a@b c:d@e:1"] {
            assert!(hidden(text), "{text}");
        }
        let digest = "pause:3.10@sha256:4ab";
        for text in
            [digest, "r:5000/pause:3.10@sha256:4ab", "oidc:li@example.com", "git@host:1/x", "a: b@c/d"]
        {
            assert!(!hidden(text), "{text}");
        }
        assert_eq!(without_passwords("x li:pw@h:1, y"), "x li:***@h:1, y");
    }

    #[test]
    fn tokens_and_keys_of_kubeadm_are_never_shown() {
        let key = "0a".repeat(32);
        let text = format!(
            "# abcdef.0123456789abcdef\n- groups:\n  - x\n  token: a.b\n  ttl: 24h\ncertificateKey: {key}\ntoken:\n  \"certificateKey\": >-\n    {key}\n  a: b\n\
             caCertHashes:\n- sha256:{key}\n{{x: {key}, token: q}}\nversion: v1.34.0\n\
             - name: oidc-client-secret\n  value: >-\n    x\n- name: v\n  value: \"2\"\n"
        );
        let shown = without_tokens(&text);
        let wanted = format!(
            "# ***\n- groups:\n  - x\n  token: ***\n  ttl: 24h\ncertificateKey: ***\ntoken:\n  \"certificateKey\": ***\n    ***\n  a: b\n\
             caCertHashes:\n- sha256:{key}\n{{x: ***, token: q}}\nversion: v1.34.0\n\
             - name: oidc-client-secret\n  value: ***\n    ***\n- name: v\n  value: \"2\"\n"
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
    fn a_secret_in_a_query_or_with_a_slash_in_it_is_never_shown() {
        let text = "baseurl=https://h/x?a=b&access_token=S1;X-Amz-Signature=S2#c 'http://u:a/S3@p:1' http://h:80/a@b?key=S4";
        let masked = "baseurl=https://h/x?a=b&access_token=***;X-Amz-Signature=***#c 'http://u:***@p:1' http://h:80/a@b?key=***";
        assert_eq!(without_passwords(text), masked);
        assert_eq!(
            without_passwords("http://h,http://u:S1@h?u=http://u:S2@h"),
            "http://h,http://u:***@h?u=http://u:***@h"
        );
        for same in ["https://h/?a=b&token=", "https://[::1]:80/a@b", "https://h/?monkey=x", "a?token=b"] {
            assert_eq!(without_passwords(same), same);
        }
    }

    #[test]
    fn logins_of_package_managers_are_never_shown() {
        let rows = [
            ("[k]\npassword=S1\nproxy_password = S2\n", "[k]\npassword=***\nproxy_password = ***\n"),
            ("# username=S1\nname=x\n", "# username=***\nname=x\n"),
            ("password=\n", "password=\n"),
            ("password=S1\n  S2\n\tS3\nname=x\n", "password=***\n  ***\n\t***\nname=x\n"),
            ("Password: S1\nURIs: https://u:S2@h/\n", "Password: ***\nURIs: https://u:***@h/\n"),
            ("Acquire::https::Password \"S1\";\r\n", "Acquire::https::Password ***\r\n"),
            (
                "machine h login S1 password S2\n  login S3\n",
                "machine h login *** password ***\n  login ***\n",
            ),
            ("the password of a host\npasswordless=1\n", "the password of a host\npasswordless=1\n"),
            ("deb [signed-by=/k] https://h/?token=S1 x", "deb [signed-by=/k] https://h/?token=*** x"),
        ];
        for (text, wanted) in rows {
            assert_eq!(without_logins(text), wanted);
        }
    }

    #[test]
    fn nothing_shown_acts_on_a_terminal() {
        let text: String = (0..0x3000).filter_map(char::from_u32).collect();
        assert!(!shown(&text).chars().any(acts_on_terminal));
        assert_eq!(shown("é\"\\\n\u{1b}\u{202e}"), "\"é\\\"\\\\\\n\\u{1b}\\u{202e}\"");
    }
}
