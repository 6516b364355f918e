//! Dotted names of options and tables.

use std::fmt;
use std::str::FromStr;

use crate::toml::{is_bare_key_char, push_key_part};

/// The dotted name of an option or a table, as `crio.image.pause_image`.
///
/// A part that holds other characters than letters, digits, `_` and `-` is written in double
/// quotes: `crio.runtime.runtimes."my.runtime".runtime_path`.
///
/// ```
/// use crio_config::KeyPath;
///
/// let path: KeyPath = "crio.runtime.runtimes.\"my.runtime\".runtime_path".parse()?;
/// assert_eq!((path.parts().len(), path.key()), (5, "runtime_path"));
/// assert_eq!(path.table()[3], "my.runtime");
/// assert_eq!(KeyPath::from_parts(["crio", "a b"]).unwrap().to_string(), "crio.\"a b\"");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPath(Vec<String>);

/// Why a text is not the dotted name of an option.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a dotted key: {reason}")]
#[non_exhaustive]
pub struct InvalidKeyPath {
    /// The text refused.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl KeyPath {
    /// A name of the parts given, which may hold any characters. `None` of no parts.
    pub fn from_parts<S: Into<String>>(parts: impl IntoIterator<Item = S>) -> Option<Self> {
        let parts: Vec<String> = parts.into_iter().map(Into::into).collect();
        (!parts.is_empty()).then_some(Self(parts))
    }

    /// The parts, outermost table first.
    pub fn parts(&self) -> &[String] {
        &self.0
    }

    /// The last part: the key itself.
    pub fn key(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// The parts before the last: the table that holds the key.
    pub fn table(&self) -> &[String] {
        self.0.split_last().map_or(&[], |(_, table)| table)
    }
}

impl FromStr for KeyPath {
    type Err = InvalidKeyPath;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |reason| InvalidKeyPath { text: text.to_owned(), reason };
        let mut parts = Vec::new();
        let mut rest = text;
        loop {
            let (part, after) = take_part(rest).map_err(invalid)?;
            parts.push(part);
            match after.strip_prefix('.') {
                Some(next) => rest = next,
                None if after.is_empty() => return Ok(Self(parts)),
                None => return Err(invalid("after a quoted part only a dot may follow")),
            }
        }
    }
}

fn take_part(text: &str) -> Result<(String, &str), &'static str> {
    if let Some(quoted) = text.strip_prefix('"') {
        let end = quoted.find('"').ok_or("a quoted part has no closing quote")?;
        return Ok((quoted[..end].to_owned(), &quoted[end + 1..]));
    }
    let end = text.find('.').unwrap_or(text.len());
    let part = &text[..end];
    if part.is_empty() {
        return Err("a part between the dots is empty");
    }
    if !part.chars().all(is_bare_key_char) {
        return Err("a part with other characters than letters, digits, `_` and `-` needs double quotes");
    }
    Ok((part.to_owned(), &text[end..]))
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        for (index, part) in self.0.iter().enumerate() {
            if index > 0 {
                out.push('.');
            }
            push_key_part(&mut out, part);
        }
        f.write_str(&out)
    }
}
