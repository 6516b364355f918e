//! The value of a kernel parameter.

use std::fmt;
use std::str::FromStr;

use crate::ground::show::{acts_on_terminal, shown};

/// The value of a kernel parameter: one line. `sysctl.d` has no escape for a line end, so that a
/// second line would be a parameter of its own.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SysctlValue(String);

/// Not the value of a kernel parameter.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{} is not a valid value of a kernel parameter; it is one line without control characters", shown(.0))]
#[non_exhaustive]
pub struct InvalidSysctlValue(String);

impl SysctlValue {
    /// As written, without white space around it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SysctlValue {
    type Err = InvalidSysctlValue;

    fn from_str(text: &str) -> Result<Self, InvalidSysctlValue> {
        // The kernel prints several numbers with tabs between.
        if text.trim().is_empty() || text.chars().any(|c| c != '\t' && acts_on_terminal(c)) {
            return Err(InvalidSysctlValue(text.to_owned()));
        }
        Ok(Self(text.trim().to_owned()))
    }
}

impl From<u64> for SysctlValue {
    fn from(number: u64) -> Self {
        Self(number.to_string())
    }
}

impl fmt::Display for SysctlValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for SysctlValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_line() {
        for good in ["1", "4096\t131072\t6291456", "|/usr/lib/core %P", " 0 "] {
            assert_eq!(good.parse::<SysctlValue>().unwrap().as_str(), good.trim());
        }
        for bad in ["", " ", "1\nkernel.core_pattern=|/bin/sh", "1\r", "1\0", "1\u{1b}", "1\u{9b}"] {
            assert!(bad.parse::<SysctlValue>().is_err(), "{bad:?}");
        }
    }
}
