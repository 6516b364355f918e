//! What is known of a key, and why one is not used.

use std::time::SystemTime;

use serde::Serialize;

use crate::ground::time;
use crate::mirrors::Fingerprint;

/// What is known of one key in a key file.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct KeyFacts {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// When it was made. Serialised, as `expires`, as seconds since 1970.
    #[serde(serialize_with = "time::serialize_one")]
    pub created: SystemTime,
    /// When it ends; `None`: never.
    #[serde(serialize_with = "time::serialize")]
    pub expires: Option<SystemTime>,
    /// Whether its owner revoked it.
    pub revoked: bool,
    /// What strict verifiers (apt 3 with sqv) hold against its newest self-signature.
    pub dated: Option<&'static str>,
}

/// Why a key file is not used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum KeyError {
    /// Not OpenPGP, or cut short: a web page of a proxy, an empty download.
    #[error("it holds no OpenPGP public key: {why}")]
    NoKey { why: String },
    /// More than public keys, or in a form that programs read differently.
    #[error("it is refused, because it holds {found}")]
    Foreign { found: String },
    /// A key whose signatures cannot be checked.
    #[error("the key {fingerprint} cannot be used: {why}")]
    Unsupported { fingerprint: Fingerprint, why: String },
    /// A self-signature that the key did not make.
    #[error("a signature over the {what} of {fingerprint} is invalid: the file is damaged or forged")]
    Forged { fingerprint: Fingerprint, what: &'static str },
    /// A key that nobody pinned.
    #[error("it holds the key {found}, which is not pinned; expected {}", list(.pinned))]
    NotPinned { found: Fingerprint, pinned: Vec<Fingerprint> },
    /// A key whose time is over.
    #[error("the key {fingerprint} expired on {}", date(time::seconds(*.at)))]
    Expired { fingerprint: Fingerprint, at: SystemTime },
    /// A key that its owner revoked.
    #[error("the key {fingerprint} was revoked by its owner")]
    Revoked { fingerprint: Fingerprint },
}

impl KeyFacts {
    /// Why it is of no use at `now`.
    pub(super) fn over(&self, now: SystemTime) -> Option<KeyError> {
        let fingerprint = self.fingerprint;
        if self.revoked {
            return Some(KeyError::Revoked { fingerprint });
        }
        self.expires.filter(|at| *at <= now).map(|at| KeyError::Expired { fingerprint, at })
    }
}

/// Each once: mirrors that pass a project's packages on have that project's keys.
fn list(pins: &[Fingerprint]) -> String {
    let mut names: Vec<String> = Vec::new();
    for name in pins.iter().map(Fingerprint::to_string) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(" or ")
}

/// `2027-04-22` for seconds since 1970: days to a date by the civil calendar.
pub(super) fn date(seconds: u64) -> String {
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}-{:02}", of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_was_expected_is_named_once() {
        let [found, one, other]: [Fingerprint; 3] = ["1", "2", "3"].map(|n| n.repeat(40).parse().unwrap());
        let said = KeyError::NotPinned { found, pinned: vec![one, other, one, one] }.to_string();
        assert!(said.ends_with(&format!("not pinned; expected {one} or {other}")), "{said}");
    }

    #[test]
    fn dates_are_of_the_civil_calendar() {
        assert_eq!([0, 951_782_400, 1_808_352_000].map(date), ["1970-01-01", "2000-02-29", "2027-04-22"]);
    }
}
