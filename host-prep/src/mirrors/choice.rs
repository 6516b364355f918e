//! What somebody asks for: a mirror by name, the best one, or a place of their own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::RepoUrl;

/// A mirror by name, `probe`, or a base URL of one's own.
///
/// ```
/// use host_prep::mirrors::Choice;
///
/// assert_eq!("aliyun".parse::<Choice>()?, Choice::Named("aliyun".into()));
/// assert!(matches!("https://mirror.example.com/k8s/".parse()?, Choice::Url(_)));
/// assert!("mirror.example.com/k8s".parse::<Choice>().is_err(), "a URL names its scheme");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Choice {
    /// Time the candidates and take the first that answers right.
    Probe,
    /// The row of this name.
    Named(String),
    /// A tree with one repository per minor below this URL.
    Url(RepoUrl),
}

impl Default for Choice {
    fn default() -> Self {
        Self::Named("upstream".into())
    }
}

impl FromStr for Choice {
    type Err = InvalidChoice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bare = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        match text {
            "probe" => Ok(Self::Probe),
            _ if bare => Ok(Self::Named(text.into())),
            _ => text.parse().map(Self::Url).map_err(|_| InvalidChoice(text.into())),
        }
    }
}

/// Text that names no mirror and is no URL.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "`{}` names no mirror; write a name such as `upstream` or `aliyun`, `probe`, or an https://, http:// or file:/// URL",
    crate::without_passwords(.0)
)]
pub struct InvalidChoice(String);

impl TryFrom<String> for Choice {
    type Error = InvalidChoice;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Choice> for String {
    fn from(choice: Choice) -> Self {
        choice.to_string()
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Probe => f.write_str("probe"),
            Self::Named(name) => f.write_str(name),
            Self::Url(url) => f.write_str(url.as_str()),
        }
    }
}
