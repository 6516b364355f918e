//! What a name of the file tree stands for before and after a step, and how much of it may be shown.

use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

use crate::fs::{FileImage, Mode};
use crate::ground::digest::{digest, hex};
use crate::ground::show::without_logins;

/// What one name in the file tree stands for.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "is", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Node {
    /// Nothing.
    Absent,
    /// A regular file. In an after-image the owner, times and attributes are those of the file it
    /// replaces.
    File {
        /// The content.
        content: Content,
        /// Permission bits.
        mode: Mode,
    },
    /// A symbolic link.
    Link {
        /// Its target.
        target: PathBuf,
    },
}

/// Bytes of a file. Serialised as `{"text": ...}`, as `{"masked": ...}` where it has
/// passwords, as `{"hex": ...}` where they are not UTF-8 and as `{"sha256": ...}` where they are
/// secret. Compared by bytes alone.
#[derive(Clone)]
pub struct Content {
    bytes: Vec<u8>,
    secrecy: Secrecy,
}

/// Whether the content of a file may be shown in plans and diffs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Secrecy {
    /// It may.
    #[default]
    Open,
    /// It holds tokens, keys or passwords.
    Secret,
    /// It holds kubeadm's tokens and keys, which diffs mask; the rest is shown there.
    Tokens,
}

impl Node {
    /// A file with this content and mode.
    #[must_use]
    pub fn file(bytes: impl Into<Vec<u8>>, mode: Mode) -> Self {
        Self::File { content: Content { bytes: bytes.into(), secrecy: Secrecy::Open }, mode }
    }

    /// The same, its content not to be shown.
    #[must_use]
    pub fn secret(self) -> Self {
        self.with_secrecy(Secrecy::Secret)
    }

    /// The same with content that may be shown as far as that.
    #[must_use]
    pub fn with_secrecy(mut self, secrecy: Secrecy) -> Self {
        if let Self::File { content, .. } = &mut self {
            content.secrecy = secrecy;
        }
        self
    }

    pub(crate) fn secrecy(&self) -> Secrecy {
        match self {
            Self::File { content, .. } => content.secrecy,
            _ => Secrecy::Open,
        }
    }

    pub(crate) fn of(image: &FileImage) -> Self {
        Self::file(image.bytes.clone(), image.meta.mode)
    }

    /// The content when it is a file.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        if let Self::File { content, .. } = self { Some(&content.bytes) } else { None }
    }

    pub(super) fn as_text(&self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::File { content, .. } => String::from_utf8_lossy(&content.bytes).into_owned(),
            Self::Link { target } => format!("symbolic link to {}\n", target.display()),
        }
    }
}

impl Content {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Content {}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.secrecy {
            Secrecy::Open => write!(f, "{:?}", without_logins(&String::from_utf8_lossy(&self.bytes))),
            Secrecy::Secret | Secrecy::Tokens => f.write_str("(secret)"),
        }
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(Some(1))?;
        match std::str::from_utf8(&self.bytes) {
            _ if self.secrecy != Secrecy::Open => map.serialize_entry("sha256", &digest(&self.bytes))?,
            Ok(text) => match without_logins(text) {
                shown if shown == text => map.serialize_entry("text", text)?,
                shown => map.serialize_entry("masked", &shown)?,
            },
            Err(_) => map.serialize_entry("hex", &hex(&self.bytes))?,
        }
        map.end()
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Content {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Content".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let one = |name: &str, about: &str| {
            serde_json::json!({
                "type": "object",
                "properties": { name: { "type": "string", "description": about } },
                "required": [name],
                "additionalProperties": false,
            })
        };
        schemars::json_schema!({
            "description": "Bytes of a file.",
            "oneOf": [
                one("text", "The content."),
                one("masked", "The content with `***` for passwords and tokens."),
                one("hex", "The content in hexadecimal, where it is not UTF-8."),
                one("sha256", "The digest of content that is secret."),
            ],
        })
    }
}
