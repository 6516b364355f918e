//! Keys of repositories, known by their fingerprint before anything signed by them is used.
//!
//! A package manager trusts whatever key it is handed. So the key file is read here first: every
//! key in it has to be one that is pinned, and what of it was checked is written anew where the
//! package manager finds it. Fingerprints cover the key material alone; user ids, expiry and
//! subkeys are believed where the key's own signature over them is true.

use std::time::SystemTime;

use super::key_facts::{KeyError, KeyFacts};
use super::openpgp::{Verified, armour, binary, raw, verified};
use crate::ground::time::seconds;
use crate::mirrors::{self, Fingerprint};

/// Keys that are pinned, valid and usable, and the bytes that are written of them: nothing of a
/// file as it was received.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CheckedKeys {
    keys: Vec<KeyFacts>,
    packets: Vec<Vec<u8>>,
    bytes: Vec<u8>,
    left_out: Vec<String>,
}

impl CheckedKeys {
    /// Reads a key file, armoured or binary, and compares every key in it with the pins.
    /// A pinned key that has expired at `now` is left out where others remain.
    ///
    /// # Errors
    ///
    /// [`KeyError`], the first one of the file.
    pub fn check(
        bytes: impl Into<Vec<u8>>,
        pinned: &[Fingerprint],
        now: SystemTime,
    ) -> Result<Self, KeyError> {
        let binary = binary(&bytes.into())?;
        let (mut good, mut left_out, mut unusable) = (Vec::<Verified>::new(), Vec::new(), Vec::new());
        for raw in raw(&binary)? {
            let found = raw.fingerprint;
            if !pinned.contains(&found) {
                let Some(whose) = mirrors::beside(found) else {
                    return Err(KeyError::NotPinned { found, pinned: pinned.to_vec() });
                };
                left_out.push(format!("the key {found}, {whose}"));
                continue;
            }
            let key = verified(&raw, seconds(now))?;
            match (key.facts.over(now), good.iter_mut().find(|known| known.facts.fingerprint == found)) {
                (Some(error), _) => unusable.push(error),
                (None, Some(known)) if known.newest < key.newest => *known = key,
                (None, Some(_)) => {}
                (None, None) => good.push(key),
            }
        }
        if good.is_empty() {
            let none = || KeyError::NoKey { why: format!("it holds only {}", left_out.join(" and ")) };
            return Err(unusable.into_iter().next().unwrap_or_else(none));
        }
        left_out.extend(unusable.iter().map(|error| format!("a key that cannot be used: {error}")));
        left_out.extend(good.iter_mut().flat_map(|key| std::mem::take(&mut key.left_out)));
        let (keys, packets) = good.into_iter().map(|key| (key.facts, key.packets)).unzip();
        Ok(Self { keys, packets, bytes: Vec::new(), left_out }.written())
    }

    /// Several key files as one, each key once.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        for (key, packets) in other.keys.into_iter().zip(other.packets) {
            if !self.keys.iter().any(|known| known.fingerprint == key.fingerprint) {
                self.keys.push(key);
                self.packets.push(packets);
            }
        }
        self.left_out.extend(other.left_out);
        self.written()
    }

    fn written(self) -> Self {
        Self { bytes: armour(&self.packets.concat()).into_bytes(), ..self }
    }

    /// The keys in ASCII armour, in one block: `apt-key` joins the text of several and hopes for
    /// the padding.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The keys in ASCII armour, a block for each: old rpm imports one key of a block only.
    #[must_use]
    pub fn blocks(&self) -> Vec<u8> {
        self.packets.iter().flat_map(|packets| armour(packets).into_bytes()).collect()
    }

    /// The keys without armour, as gpgv takes them.
    #[must_use]
    pub fn binary(&self) -> Vec<u8> {
        self.packets.concat()
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &[KeyFacts] {
        &self.keys
    }

    /// What the files held besides and is not written: expired keys, subkeys that cannot be used.
    #[must_use]
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// What is wrong with `bytes`, found in the place of these keys; `None` where they are the
    /// same.
    pub(super) fn differ(&self, bytes: &[u8]) -> Option<String> {
        let own = |found: &Fingerprint| self.keys.iter().any(|key| key.fingerprint == *found);
        let found = binary(bytes)
            .and_then(|bytes| Ok(raw(&bytes)?.iter().map(|raw| raw.fingerprint).find(|found| !own(found))));
        match found {
            _ if bytes == self.bytes || bytes == self.blocks() => None,
            Err(error) => Some(error.to_string()),
            Ok(Some(other)) => Some(format!("it holds the key {other}, which is not among them")),
            Ok(None) => Some("it is not written as k8sprep writes it, with only what was checked".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::key_facts::date;
    use super::*;
    use crate::ground::time::moment;

    /// What pkgs.k8s.io published in 2024, the first self-signature prolonged, and a signature of
    /// another key behind it.
    const KUBERNETES: &str = include_str!("testdata/kubernetes.asc");
    const THEN: u64 = 1_735_689_600;

    fn check(bytes: impl Into<Vec<u8>>, now: u64) -> Result<CheckedKeys, KeyError> {
        CheckedKeys::check(bytes, &pin(), moment(now))
    }

    fn pin() -> [Fingerprint; 1] {
        ["DE15B14486CD377B9E876E1A234654DA9A296436".parse().unwrap()]
    }

    #[test]
    fn a_key_of_an_origin_is_written_anew_with_what_it_signed_itself() {
        let keys = check(KUBERNETES, THEN).unwrap();
        // 2026-12-29: what gpg says of it.
        assert_eq!(keys.keys()[0].expires.map(|at| date(seconds(at))).as_deref(), Some("2026-12-29"));
        assert_eq!((keys.keys()[0].dated, keys.left_out()), (None, &[][..]));
        assert!(keys.binary().len() < 700, "the other key's signature of 543 bytes is not written");
        let again = check(keys.bytes(), THEN).unwrap();
        assert_eq!(again, keys);
        assert_eq!(check(keys.binary(), THEN).unwrap(), keys);
        assert_eq!(keys.clone().and(again), keys, "each key once");
        assert_eq!(keys.differ(keys.bytes()), None);
        assert!(keys.differ(KUBERNETES.as_bytes()).unwrap().contains("not written as k8sprep writes it"));
        let expired = check(KUBERNETES, THEN * 2).unwrap_err().to_string();
        assert_eq!(expired, "the key DE15B14486CD377B9E876E1A234654DA9A296436 expired on 2026-12-29");
    }

    /// Every byte of the key, its user id and its own signature is under that signature or under
    /// the pin.
    #[test]
    fn a_changed_byte_is_refused_or_left_out() {
        let good = check(KUBERNETES, THEN).unwrap();
        let binary = good.binary();
        for at in 0..binary.len() {
            let mut changed = binary.clone();
            changed[at] ^= 0x10;
            if let Ok(keys) = check(changed, THEN) {
                assert_eq!(keys.bytes(), good.bytes(), "byte {at}");
            }
        }
    }
}
