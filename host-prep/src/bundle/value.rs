//! Values of a manifest that can hold nothing which means something else on a terminal, in a path
//! or in a file of apt's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::ground::digest::{hex, is_digest};

/// As long as a name in a directory can be.
const LONGEST_NAME: usize = 255;

/// Text that is not a valid value of a manifest.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{text:?} is not a valid {what}")]
pub struct InvalidValue {
    what: &'static str,
    text: String,
}

macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident, $what:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidValue { what: $what, text: text.to_owned() })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidValue;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_value! {
    /// The path of a file in a bundle: names joined by `/`, none of them `.` or `..`, without blanks.
    BundlePath, "path in a bundle", |text| {
        let name = |name: &str| !matches!(name, "" | "." | "..") && name.len() <= LONGEST_NAME;
        text.len() < 1024 && text.bytes().all(|byte| byte.is_ascii_graphic()) && text.split('/').all(name)
    }
}

text_value! {
    /// A name of a distribution, a release or a machine, as os-release and `uname -m` say them.
    Name, "name of a distribution or machine", |text| {
        text.len() <= LONGEST_NAME && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
    }
}

text_value! {
    /// A suite or a component of an apt source; `/` where the repository is flat.
    Suite, "suite or component", |text| {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._+~:".contains(&byte);
        let name = |name: &str| !matches!(name, "" | "." | "..") && name.bytes().all(legal);
        text == "/" || (text.len() <= LONGEST_NAME && text.split('/').all(name))
    }
}

text_value! {
    /// A SHA-256 in hexadecimal.
    ///
    /// ```
    /// use host_prep::bundle::Sha256Sum;
    ///
    /// assert!("4f2a".parse::<Sha256Sum>().is_err(), "all 64 digits");
    /// ```
    Sha256Sum, "SHA-256: 64 hexadecimal digits, lower case", is_digest
}

impl Sha256Sum {
    /// That of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::finished(Sha256::new().chain_update(bytes))
    }

    /// That of what was hashed.
    pub(super) fn finished(hash: Sha256) -> Self {
        Self(hex(&hash.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_and_hold_no_escapes() {
        for good in ["k8sprep.yaml", "packages/libc6_2.36-9+deb12u10_amd64.deb", "a/..b/c~1"] {
            assert!(good.parse::<BundlePath>().is_ok(), "{good}");
        }
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a b", "a\u{1b}]0;x\u{7}", "a\n", "é"]
        {
            assert!(bad.parse::<BundlePath>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_and_suites_cannot_write_lines() {
        assert!("rocky 9.4".parse::<Name>().is_ok());
        assert!("rocky\u{9b}2J".parse::<Name>().is_err());
        for good in ["/", "bookworm-updates", "stable/updates"] {
            assert!(good.parse::<Suite>().is_ok(), "{good}");
        }
        for bad in ["", "a b", "x\nTrusted: yes", "../..", "/etc", "[trusted=yes]"] {
            assert!(bad.parse::<Suite>().is_err(), "{bad:?}");
        }
    }
}
