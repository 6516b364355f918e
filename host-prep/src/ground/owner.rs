//! Who a host's changes belong to: the one name that files, units, marks and the state directory
//! derive from.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// The name of the tool that changes a host. Its state directory, drop-ins, headers, marks, units
/// and temporary files are called after it, so that two tools that embed this crate keep out of
/// each other's way.
///
/// ```
/// use host_prep::{Host, Owner, fs::Root};
///
/// # let dir = tempfile::tempdir()?;
/// let acme: Owner = "acme".parse()?;
/// let host = Host::offline(Root::open(dir.path())?).owned_by(acme);
/// assert_eq!(host.owner().as_str(), "acme");
/// assert!("../acme".parse::<Owner>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Owner(Cow<'static, str>);

/// Text that is not a valid name of an owner.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is not a valid owner: 1 to 32 of a-z, 0-9 and `-`, beginning with a letter")]
pub struct InvalidOwner(String);

impl Owner {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first line of a file that is this owner's as a whole, without its end.
    pub(crate) fn header(&self) -> String {
        format!("# Written by {self}")
    }

    /// What is put behind the `#` of a line that this owner took out of use.
    pub(crate) fn mark(&self) -> String {
        format!(" {self}: ")
    }
}

impl Default for Owner {
    fn default() -> Self {
        Self(Cow::Borrowed("k8sprep"))
    }
}

impl FromStr for Owner {
    type Err = InvalidOwner;

    /// It becomes part of file names, unit names and comments, so it is of what all of them can
    /// hold.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let good = (1..=32).contains(&text.len()) && text.bytes().all(legal);
        match good && text.starts_with(|first: char| first.is_ascii_lowercase()) {
            true => Ok(Self(Cow::Owned(text.to_owned()))),
            false => Err(InvalidOwner(text.to_owned())),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
