//! Signatures of version 4 (RFC 4880, 5.2.3): what they say, whether they are true, and the same
//! written anew.

use super::algorithm::{Hash, PublicKey};
use super::packet::{big_endian, length, mpi, write_mpi};

/// Certification of a user id, generic to positive.
pub(super) const CERTIFICATIONS: std::ops::RangeInclusive<u8> = 0x10..=0x13;
pub(super) const SUBKEY_BINDING: u8 = 0x18;
pub(super) const BACK_SIGNATURE: u8 = 0x19;
pub(super) const DIRECT: u8 = 0x1f;
pub(super) const KEY_REVOKED: u8 = 0x20;
pub(super) const SUBKEY_REVOKED: u8 = 0x28;
pub(super) const USER_REVOKED: u8 = 0x30;

/// The last eight bytes of a fingerprint.
pub(super) type KeyId = [u8; 8];

/// A signature that was read. Nothing it says is true before it was checked.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    pub(super) kind: u8,
    algorithm: u8,
    pub(super) hash: Hash,
    hashed: Vec<u8>,
    values: Vec<Vec<u8>>,
    pub(super) issuers: Vec<KeyId>,
    pub(super) says: Statements,
}

/// What the signed part of a signature says, but for `back`, which is a signature by itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Statements {
    /// When it was made, in seconds since 1970.
    pub(super) created: u64,
    /// Seconds after which the signature itself ends.
    pub(super) ends: Option<u64>,
    /// Seconds after it was made when the key ends.
    pub(super) lifetime: Option<u64>,
    /// Whether the key signs data.
    pub(super) signs: bool,
    /// The signature of a signing subkey over its primary key, and whether it lies in the signed
    /// part.
    pub(super) back: Option<(Vec<u8>, bool)>,
}

/// Why a signature packet cannot be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unusable {
    Damaged,
    /// Another version than 4.
    Version(u8),
    /// A hash that is unknown or broken, MD5 above all.
    Hash(u8),
}

impl Signature {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Unusable> {
        let (kind, algorithm, hash) = match *body {
            [4, kind, algorithm, hash, ..] => (kind, algorithm, hash),
            [version, ..] if version != 4 => return Err(Unusable::Version(version)),
            _ => return Err(Unusable::Damaged),
        };
        let hash = Hash::of(hash).ok_or(Unusable::Hash(hash))?;
        let read = || {
            let (len, rest) = big_endian(&body[4..], 2)?;
            let (hashed, rest) = (rest.get(..len)?, rest.get(len..)?);
            let (len, rest) = big_endian(rest, 2)?;
            let (unhashed, rest) = (rest.get(..len)?, rest.get(len..)?);
            // The first bytes of the digest follow; the signature itself says it better.
            let mut numbers = rest.get(2..)?;
            let (values, hashed) = (Vec::new(), hashed.to_vec());
            let (issuers, says) = (Vec::new(), Statements::default());
            let mut signature = Self { kind, algorithm, hash, hashed, values, issuers, says };
            while !numbers.is_empty() {
                let (number, after) = mpi(numbers)?;
                signature.values.push(number.to_vec());
                numbers = after;
            }
            let signed = signature.hashed.clone();
            signature.subpackets(&signed, true)?;
            signature.subpackets(unhashed, false)?;
            Some(signature)
        };
        read().ok_or(Unusable::Damaged)
    }

    /// Subpackets outside the signed part may only name the issuer and hold a signature.
    fn subpackets(&mut self, mut bytes: &[u8], hashed: bool) -> Option<()> {
        while !bytes.is_empty() {
            let (len, rest) = length(bytes)?;
            let (one, after) = (rest.get(..len)?, rest.get(len..)?);
            bytes = after;
            let (kind, body) = one.split_first()?;
            let seconds = || Some(big_endian(body, 4)?.0 as u64);
            match kind & 0x7f {
                2 if hashed => self.says.created = seconds()?,
                3 if hashed => self.says.ends = seconds().filter(|seconds| *seconds != 0),
                9 if hashed => self.says.lifetime = seconds().filter(|seconds| *seconds != 0),
                27 if hashed => self.says.signs = body.first().is_some_and(|flags| flags & 2 != 0),
                16 => self.issuers.push(body.try_into().ok()?),
                33 => self.issuers.push(body.get(body.len().checked_sub(8)?..)?.try_into().ok()?),
                32 if self.says.back.is_none() => self.says.back = Some((body.to_vec(), hashed)),
                _ => {}
            }
        }
        Some(())
    }

    /// Whether it says that `key` made it. One that names nobody might be anybody's.
    pub(super) fn claims(&self, key: KeyId) -> bool {
        self.issuers.is_empty() || self.issuers.contains(&key)
    }

    /// Whether `key` made it over `data`.
    pub(super) fn is_true(&self, key: &PublicKey, data: &[&[u8]]) -> bool {
        key.made(&self.values, self.hash, &self.digest(data))
    }

    fn digest(&self, data: &[&[u8]]) -> Vec<u8> {
        let head = self.head();
        let trailer = [&[4, 0xff][..], &(head.len() as u32).to_be_bytes()].concat();
        self.hash.digest(&[data, &[&head, &trailer]].concat())
    }

    /// What is signed of the signature itself.
    fn head(&self) -> Vec<u8> {
        let len = (self.hashed.len() as u16).to_be_bytes();
        [&[4, self.kind, self.algorithm, self.hash.number(), len[0], len[1]], &self.hashed[..]].concat()
    }

    /// The body of its packet: the signed part as it was, and of the rest only who made it, and
    /// `back`, checked before.
    pub(super) fn written(&self, issuer: KeyId, data: &[&[u8]], back: Option<&[u8]>) -> Vec<u8> {
        let mut unhashed = vec![9, 16];
        unhashed.extend(issuer);
        if let Some(back) = back {
            unhashed.push(255);
            unhashed.extend((back.len() as u32 + 1).to_be_bytes());
            unhashed.push(32);
            unhashed.extend(back);
        }
        let mut out = self.head();
        out.extend((unhashed.len() as u16).to_be_bytes());
        out.extend(unhashed);
        out.extend(&self.digest(data)[..2]);
        self.values.iter().for_each(|value| write_mpi(value, &mut out));
        out
    }
}
