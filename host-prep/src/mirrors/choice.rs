//! What somebody asks for: a mirror by name, the best one, or a place of their own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A mirror by name, `probe`, or a base URL of one's own.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Choice {
    /// Time the candidates and take the first that answers right.
    Probe,
    /// The row of this name.
    Named(String),
    /// A tree with one repository per minor below this URL.
    Url(String),
}

impl Default for Choice {
    fn default() -> Self {
        Self::Named("upstream".into())
    }
}

impl FromStr for Choice {
    type Err = InvalidChoice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let schemes = ["https://", "http://", "file:///"];
        let bare = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let writable = text.bytes().all(|byte| byte.is_ascii_graphic());
        match text {
            "probe" => Ok(Self::Probe),
            _ if schemes.iter().any(|scheme| text.starts_with(scheme)) && writable => {
                Ok(Self::Url(text.into()))
            }
            _ if bare => Ok(Self::Named(text.into())),
            _ => Err(InvalidChoice(text.into())),
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
            Self::Named(text) | Self::Url(text) => f.write_str(text),
        }
    }
}
