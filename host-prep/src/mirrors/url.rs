//! The URL of a repository, a type that holds nothing a list of repositories has no way to write.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The base of a repository: https, http or a directory of the host.
///
/// It stands bare in `baseurl=` and `URIs:`, which have no escape for white space or a line end. So
/// it is printable ASCII, without what no URL holds unescaped (RFC 3986, appendix A) and readers
/// take for quotes.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepoUrl(String);

/// What a URL may begin with.
const SCHEMES: [&str; 3] = ["https://", "http://", "file:///"];

impl RepoUrl {
    /// A URL of the table, which is looked over by a test.
    pub(super) fn of_table(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// As written, a password in it too.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same with exactly one slash at its end, and `path` after it.
    pub(crate) fn below(&self, path: &str) -> Self {
        Self(format!("{}/{path}", self.0.trim_end_matches('/')))
    }

    /// Whether a password is in it, or a user, which may be a token.
    #[must_use]
    pub fn has_password(&self) -> bool {
        crate::without_passwords(&self.0) != self.0
    }
}

impl FromStr for RepoUrl {
    type Err = InvalidRepoUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = SCHEMES.iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"'\\`<>".contains(&byte);
        match known && text.bytes().all(plain) && has_a_port_of_digits(text) {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidRepoUrl(text.to_owned())),
        }
    }
}

/// Whether what stands where a port does is one. A password with a slash in it would be taken for a
/// path otherwise.
fn has_a_port_of_digits(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.rsplit_once(':') {
        Some((_, port)) if !host.ends_with(']') => port.is_empty() || port.parse::<u16>().is_ok(),
        _ => true,
    }
}

/// Text that is not the URL of a repository.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{} is not a valid URL of a repository: it begins with https://, http:// or file:/// and is ASCII without white space and quotes, and a port is a number",
    crate::shown(&crate::without_passwords(.0))
)]
pub struct InvalidRepoUrl(String);

impl TryFrom<String> for RepoUrl {
    type Error = InvalidRepoUrl;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RepoUrl> for String {
    fn from(url: RepoUrl) -> Self {
        url.0
    }
}

/// As written, a password in it too: it is what files hold.
impl fmt::Display for RepoUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_one_word_of_ascii() {
        for text in ["https://h/", "http://u:p@h:8080/a%20b", "file:///srv/debs", "https://h/$basearch/"] {
            assert_eq!(text.parse::<RepoUrl>().unwrap().as_str(), text);
        }
        let hostile = [
            "",
            "https://",
            "ftp://h/",
            "https://h/ b",
            "https://h/\ngpgcheck=0",
            "https://h/\u{85}",
            "h",
            "https://h/\"",
            "https://h/\\",
            "https://u:a/S3cret@h:1/",
            "https://h:port/",
            "https://h:65536/",
        ];
        for text in hostile {
            let error = text.parse::<RepoUrl>().unwrap_err().to_string();
            assert!(!error.contains("S3cret"), "{error}");
        }
        assert_eq!(
            "http://u:secret@h/\n".parse::<RepoUrl>().unwrap_err().to_string(),
            "\"http://u:***@h/\\n\" is not a valid URL of a repository: it begins with https://, http:// or file:/// \
             and is ASCII without white space and quotes, and a port is a number"
        );
    }

    #[test]
    fn one_slash_is_between_a_base_and_what_is_below() {
        let url: RepoUrl = "https://h/a//".parse().unwrap();
        assert_eq!(url.below("b").as_str(), "https://h/a/b");
    }
}
