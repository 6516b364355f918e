//! `url.Parse` of Go 1.26, as far as its scheme, its path and its errors go.
//!
//! Sockets, etcd's endpoints and the address of a discovery file are judged by it. Query and
//! fragment are cut off unread but for the fragment's escapes, which `url.Parse` resolves.

use super::address::{Family, parse_addr};
use super::{quote, quote_bytes};

/// A URL reference taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Url {
    /// In lower case, empty where there is none.
    pub(crate) scheme: String,
    /// With the escapes resolved; empty for an opaque URL such as `unix:a`.
    pub(crate) path: String,
}

/// A text that is no URL reference, in the words of Go's `net/url`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("parse {}: {why}", quote(.given))]
pub(crate) struct InvalidUrl {
    given: String,
    why: String,
}

/// What a host with more than one colon and no brackets is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colons {
    /// An error in the schemes `http` and `https` (Go 1.26, `urlstrictcolons`).
    Strict,
    /// A host with a port behind the last one.
    Lenient,
}

impl Url {
    /// `url.Parse`.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidUrl> {
        Self::parse_with(text, Colons::Strict)
    }

    /// `url.Parse` of one Go or another.
    pub(crate) fn parse_with(text: &str, colons: Colons) -> Result<Self, InvalidUrl> {
        let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
        let url = parse(before, colons).map_err(|why| InvalidUrl { given: before.to_owned(), why })?;
        unescape(fragment, Part::Other).map_err(|why| InvalidUrl { given: text.to_owned(), why })?;
        Ok(url)
    }
}

/// Parts of a URL that have rules of their own for what may be escaped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Host,
    Zone,
    Other,
}

fn parse(text: &str, colons: Colons) -> Result<Url, String> {
    if text.bytes().any(|b| b < b' ' || b == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    // "*" is the form of HTTP's OPTIONS, and a path to Go.
    if text == "*" {
        return Ok(Url { scheme: String::new(), path: text.to_owned() });
    }
    let (scheme, rest) = split_scheme(text)?;
    let scheme = scheme.to_ascii_lowercase();
    // The query is never resolved by `url.Parse`, so a bad escape in it is no error.
    let rest = rest.split_once('?').map_or(rest, |(rest, _)| rest);
    if !rest.starts_with('/') {
        // RFC 3986 calls such a path rootless; Go keeps it as `Opaque` and looks no further. So
        // `unix:run/crio.sock` passes as a URL of scheme unix.
        if !scheme.is_empty() {
            return Ok(Url { scheme, path: String::new() });
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    // `///x` without scheme is a path.
    let authority = rest.strip_prefix("//").filter(|rest| !scheme.is_empty() || !rest.starts_with('/'));
    let path = match authority {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            check_authority(&scheme, authority, colons)?;
            path
        }
        None => rest,
    };
    Ok(Url { scheme, path: to_text(&unescape(path, Part::Other)?) })
}

/// The scheme, without its colon, and what follows.
fn split_scheme(text: &str) -> Result<(&str, &str), String> {
    let end = text.bytes().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')));
    let Some(end) = end.filter(|end| text.as_bytes()[*end] == b':') else { return Ok(("", text)) };
    if end == 0 {
        return Err("missing protocol scheme".to_owned());
    }
    let scheme = &text[..end];
    if scheme.starts_with(|c: char| c.is_ascii_alphabetic()) {
        Ok((scheme, &text[end + 1..]))
    } else {
        Ok(("", text))
    }
}

/// `parseAuthority` of net/url: the host is judged first, then who asks.
fn check_authority(scheme: &str, authority: &str, colons: Colons) -> Result<(), String> {
    // The last `@` parts them: passwords have some (golang/go#22655).
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    check_host(scheme, host, colons)?;
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&b);
    if !user.bytes().all(legal) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    user.splitn(2, ':').try_for_each(|part| unescape(part, Part::Other).map(drop))
}

fn check_host(scheme: &str, host: &str, colons: Colons) -> Result<(), String> {
    match (host.rfind('['), host.find(':')) {
        (Some(0), _) => check_bracketed_host(host),
        // A bracket that does not begin the host.
        (Some(_), _) => Err("invalid IP-literal".to_owned()),
        (None, Some(colon)) => {
            // More than one colon is an error only where the scheme is known to have a host; others name
            // several.
            // golang/go#75223 and #78077; `GODEBUG=urlstrictcolons=0` was the old way.
            let strict = colons == Colons::Strict && matches!(scheme, "http" | "https");
            let port = if strict { colon } else { host.rfind(':').unwrap_or(colon) };
            check_port(&host[port..])?;
            unescape(host, Part::Host).map(drop)
        }
        (None, None) => unescape(host, Part::Host).map(drop),
    }
}

/// `[address]`, `[address%25zone]`, either with a port behind.
fn check_bracketed_host(host: &str) -> Result<(), String> {
    let Some(close) = host.rfind(']') else { return Err("missing ']' in host".to_owned()) };
    check_port(&host[close + 1..])?;
    let inner = &host[1..close];
    let address = match inner.find("%25") {
        Some(zone) => [unescape(&inner[..zone], Part::Host)?, unescape(&inner[zone..], Part::Zone)?].concat(),
        None => unescape(inner, Part::Host)?,
    };
    match parse_addr(&address) {
        Ok(Family::V6) => Ok(()),
        Ok(Family::V4) => Err("invalid IP-literal".to_owned()),
        Err(why) => Err(format!("invalid host: {why}")),
    }
}

/// Nothing, or a colon and any number of digits.
fn check_port(port: &str) -> Result<(), String> {
    let good =
        port.is_empty() || port.strip_prefix(':').is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()));
    if good { Ok(()) } else { Err(format!("invalid port {} after host", quote(port))) }
}

/// The text with its escapes resolved.
fn unescape(text: &str, part: Part) -> Result<Vec<u8>, String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'%' {
            out.push(unescape_byte(&bytes[at..], part)?);
            at += 3;
        } else if part != Part::Other && byte < 0x80 && !is_host_byte(byte) {
            return Err(format!("invalid character {} in host name", quote_bytes(&[byte])));
        } else {
            out.push(byte);
            at += 1;
        }
    }
    Ok(out)
}

/// Bytes that are no UTF-8 become U+FFFD each, as they do when Go prints them.
fn to_text(bytes: &[u8]) -> String {
    bytes.utf8_chunks().fold(String::with_capacity(bytes.len()), |mut text, chunk| {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
        text
    })
}

/// The byte that the escape at the start stands for, where it may stand in that part.
fn unescape_byte(bytes: &[u8], part: Part) -> Result<u8, String> {
    let fail = || Err(format!("invalid URL escape {}", quote_bytes(&bytes[..bytes.len().min(3)])));
    let digit = |at: usize| {
        bytes.get(at).and_then(|b| char::from(*b).to_digit(16)).and_then(|n| u8::try_from(n).ok())
    };
    let (Some(high), Some(low)) = (digit(1), digit(2)) else { return fail() };
    let value = high << 4 | low;
    let allowed = match part {
        Part::Other => true,
        // Of ASCII a host may escape only the percent sign.
        Part::Host => value >= 0x80 || value == b'%',
        Part::Zone => matches!(value, b'%' | b' ') || is_host_byte(value),
    };
    if allowed { Ok(value) } else { fail() }
}

/// What a host and a zone may have as it stands (sub-delims of RFC 3986, and what Go lets pass
/// besides: brackets, `<`, `>`, `"`).
fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!$&'()*+,;=:[]<>\"-_.~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_urls_apart() {
        let parse = |text: &str| Url::parse(text).map(|url| (url.scheme, url.path)).unwrap();
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(parse("unix:///var/run/crio/crio.sock"), pair("unix", "/var/run/crio/crio.sock"));
        assert_eq!(parse("FILE:///a%20b?x#y"), pair("file", "/a b"));
        assert_eq!(parse("file:a"), pair("file", ""));
        assert_eq!(parse("/etc/kubernetes"), pair("", "/etc/kubernetes"));
    }

    #[test]
    fn refuses_in_gos_words() {
        let say = |text: &str| Url::parse(text).unwrap_err().to_string();
        assert_eq!(say(":a"), r#"parse ":a": missing protocol scheme"#);
        assert_eq!(say("a b:c"), r#"parse "a b:c": first path segment in URL cannot contain colon"#);
        assert_eq!(say("a\u{7f}"), r#"parse "a\x7f": net/url: invalid control character in URL"#);
        assert_eq!(say("unix://a b/"), r#"parse "unix://a b/": invalid character " " in host name"#);
        assert_eq!(say("unix:///%zé"), "parse \"unix:///%zé\": invalid URL escape \"%z\\xc3\"");
        assert_eq!(say("https://a:b/"), r#"parse "https://a:b/": invalid port ":b" after host"#);
        assert_eq!(say("https://a:b:c"), r#"parse "https://a:b:c": invalid port ":b:c" after host"#);
        let before = |text: &str| Url::parse_with(text, Colons::Lenient).map_err(|error| error.to_string());
        assert_eq!(
            before("https://a:b:c"),
            Err(r#"parse "https://a:b:c": invalid port ":c" after host"#.to_owned())
        );
        assert!(before("https://a:b:1").is_ok());
        assert_eq!(say("unix://[::1/a"), r#"parse "unix://[::1/a": missing ']' in host"#);
        assert_eq!(
            say("https://[1::2::3]:80/"),
            r#"parse "https://[1::2::3]:80/": invalid host: ParseAddr("1::2::3"): multiple :: in address (at ":3")"#
        );
    }
}
