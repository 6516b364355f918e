//! A primary key with what its own verified signatures say of it; everything else is left out or
//! refused.
//!
//! Kept are the newest self-signature of the key and of each user id, and subkeys that may sign:
//! bound by the primary key and with a signature of their own over it, or anybody's key could be
//! claimed. Kubernetes, CRI-O and Google sign with primary keys; a mirror of one's own may not.
//! Signatures of third parties say nothing that matters here.

use super::algorithm::{Hash, PublicKey};
use super::packet::{
    PUBLIC_KEY, Packet, SIGNATURE, SUBKEY, USER_ATTRIBUTE, USER_ID, big_endian, write_packet,
};
use super::signature::{
    BACK_SIGNATURE, CERTIFICATIONS, DIRECT, KEY_REVOKED, KeyId, SUBKEY_BINDING, SUBKEY_REVOKED, Signature,
    USER_REVOKED, Unusable,
};
use super::{Fingerprint, KeyError, KeyFacts, Raw};
use crate::ground::time::moment;

/// A key, and the packets that are written of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::resource::repo) struct Verified {
    pub(in crate::resource::repo) facts: KeyFacts,
    pub(in crate::resource::repo) packets: Vec<u8>,
    /// When its newest signature was made.
    pub(in crate::resource::repo) newest: u64,
    /// What was in the file and is not written, though somebody may miss it.
    pub(in crate::resource::repo) left_out: Vec<String>,
}

/// Checks a key's own signatures; `now` says which subkeys have ended.
///
/// # Errors
///
/// A signature that claims to be the key's and is not, a subkey that is not bound, or a key that
/// cannot be checked.
pub(in crate::resource::repo) fn verified(raw: &Raw<'_>, now: u64) -> Result<Verified, KeyError> {
    let (fingerprint, body) = (raw.fingerprint, raw.body);
    let key = PublicKey::parse(body).map_err(|why| KeyError::Unsupported { fingerprint, why })?;
    let mut found = Found::of(&Owner { key, fingerprint, head: head(body), body }, raw, now)?;
    if found.users.is_empty() && !found.revoked {
        let why = match found.passed {
            Some(Unusable::Hash(1)) => "its self-signature is over MD5",
            Some(Unusable::Version(3)) => {
                "its self-signature is of version 3, which current apt and rpm refuse"
            }
            _ => "no user id of it has a self-signature",
        };
        return Err(KeyError::Unsupported { fingerprint, why: why.into() });
    }
    Ok(Verified {
        facts: found.facts(fingerprint, body),
        packets: found.packets(body),
        newest: found.newest.as_ref().map_or(0, |signature| signature.says.created),
        left_out: std::mem::take(&mut found.left_out),
    })
}

/// The primary key.
struct Owner<'a> {
    key: PublicKey,
    fingerprint: Fingerprint,
    head: [u8; 3],
    body: &'a [u8],
}

/// What of a key was checked, with its signatures as they are written.
#[derive(Default)]
struct Found<'a> {
    direct: Option<Vec<u8>>,
    users: Vec<(&'a [u8], u64, Vec<u8>)>,
    subkeys: Vec<(&'a [u8], Vec<u8>)>,
    newest: Option<Signature>,
    revoked: bool,
    /// Why a signature of somebody's could not be used.
    passed: Option<Unusable>,
    left_out: Vec<String>,
}

impl Owner<'_> {
    fn id(&self) -> KeyId {
        self.fingerprint.key_id()
    }

    /// What is signed before a signature of this key over itself and `more`.
    fn with<'b>(&'b self, more: &[&'b [u8]]) -> Vec<&'b [u8]> {
        [&[&self.head, self.body], more].concat()
    }

    /// The true signatures of this key over `data` among those that follow a packet.
    fn own(
        &self,
        (tag, signatures): (u8, &[&[u8]]),
        data: &[&[u8]],
        passed: &mut Option<Unusable>,
    ) -> Result<Vec<Signature>, KeyError> {
        let mut own = Vec::new();
        for body in signatures {
            let signature = match Signature::parse(body) {
                Ok(signature) => signature,
                Err(Unusable::Damaged) => {
                    return Err(KeyError::Foreign { found: "a damaged signature".into() });
                }
                Err(why) => {
                    *passed = Some(why);
                    continue;
                }
            };
            if !belongs(tag, signature.kind) || !signature.claims(self.id()) {
                continue;
            }
            if signature.is_true(&self.key, data) {
                own.push(signature);
            } else if !signature.issuers.is_empty() {
                return Err(KeyError::Forged { fingerprint: self.fingerprint, what: name(tag) });
            }
        }
        Ok(own)
    }
}

impl<'a> Found<'a> {
    fn of(owner: &Owner<'_>, raw: &Raw<'a>, now: u64) -> Result<Self, KeyError> {
        let mut found = Self::default();
        for (packet, signatures) in components(raw) {
            let tag = packet.tag;
            match tag {
                USER_ID => found.user(owner, packet.body, &signatures)?,
                SUBKEY => found.subkey(owner, packet.body, &signatures, now)?,
                // A picture.
                USER_ATTRIBUTE => {}
                _ => {
                    let data = owner.with(&[]);
                    let own = owner.own((tag, &signatures), &data, &mut found.passed)?;
                    found.revoked |= own.iter().any(|one| one.kind == KEY_REVOKED);
                    if let Some(direct) = newest(own, |kind| kind == DIRECT) {
                        found.direct = Some(direct.written(owner.id(), &data, None));
                        found.learn(direct);
                    }
                }
            }
        }
        Ok(found)
    }

    fn user(&mut self, owner: &Owner<'_>, id: &'a [u8], signatures: &[&[u8]]) -> Result<(), KeyError> {
        let len = (id.len() as u32).to_be_bytes();
        let data = owner.with(&[&[0xb4], &len, id]);
        let own = owner.own((USER_ID, signatures), &data, &mut self.passed)?;
        let revoked = newest(own.clone(), |kind| kind == USER_REVOKED).map(|one| one.says.created);
        let certified = newest(own, |kind| CERTIFICATIONS.contains(&kind));
        let Some(certified) = certified.filter(|one| revoked.is_none_or(|at| at < one.says.created)) else {
            return Ok(());
        };
        let (created, written) = (certified.says.created, certified.written(owner.id(), &data, None));
        self.learn(certified);
        match self.users.iter_mut().find(|(known, _, _)| *known == id) {
            Some(known) if known.1 < created => *known = (id, created, written),
            Some(_) => {}
            None => self.users.push((id, created, written)),
        }
        Ok(())
    }

    fn subkey(
        &mut self,
        owner: &Owner<'_>,
        body: &'a [u8],
        signatures: &[&[u8]],
        now: u64,
    ) -> Result<(), KeyError> {
        let refused = |found: String| Err(KeyError::Foreign { found });
        let Some(name) = Fingerprint::of_key(body) else {
            return refused("a subkey of another version than 4".into());
        };
        let head = head(body);
        let data = owner.with(&[&head, body]);
        let own = owner.own((SUBKEY, signatures), &data, &mut self.passed)?;
        let revoked = own.iter().any(|one| one.kind == SUBKEY_REVOKED);
        let Some(binding) = newest(own, |kind| kind == SUBKEY_BINDING) else {
            return refused(format!("the subkey {name}, which the key {} does not bind", owner.fingerprint));
        };
        // What only encrypts signs no packages, and is not missed.
        if !binding.says.signs || self.subkeys.iter().any(|(known, _)| *known == body) {
            return Ok(());
        }
        let ended = binding.end_of(body).is_some_and(|end| end <= now);
        match back(name, body, &binding, &data) {
            _ if revoked => self.left_out.push(format!("the subkey {name}, which its owner revoked")),
            _ if ended => self.left_out.push(format!("the subkey {name}, which has expired")),
            Err(Back::Missing) => {
                return refused(format!("the signing subkey {name} without a signature of its own"));
            }
            Err(Back::Forged) => return Err(KeyError::Forged { fingerprint: name, what: "subkey" }),
            Err(Back::Unsupported(why)) => self.left_out.push(format!("the subkey {name}: {why}")),
            Ok(back) => self.subkeys.push((body, binding.written(owner.id(), &data, back.as_deref()))),
        }
        Ok(())
    }

    fn learn(&mut self, signature: Signature) {
        if self.newest.as_ref().is_none_or(|known| known.says.created < signature.says.created) {
            self.newest = Some(signature);
        }
    }

    fn facts(&self, fingerprint: Fingerprint, body: &[u8]) -> KeyFacts {
        KeyFacts {
            fingerprint,
            created: moment(created(body)),
            expires: self.newest.as_ref().and_then(|newest| newest.end_of(body)).map(moment),
            revoked: self.revoked,
            dated: self
                .newest
                .as_ref()
                .and_then(|newest| (newest.hash == Hash::Sha1).then_some("a self-signature over SHA-1")),
        }
    }

    fn packets(&self, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write_packet(PUBLIC_KEY, body, &mut out);
        if let Some(direct) = &self.direct {
            write_packet(SIGNATURE, direct, &mut out);
        }
        for (id, _, signature) in &self.users {
            write_packet(USER_ID, id, &mut out);
            write_packet(SIGNATURE, signature, &mut out);
        }
        for (subkey, signature) in &self.subkeys {
            write_packet(SUBKEY, subkey, &mut out);
            write_packet(SIGNATURE, signature, &mut out);
        }
        out
    }
}

impl Signature {
    /// When the key of `body` ends by this signature, or the signature itself.
    fn end_of(&self, body: &[u8]) -> Option<u64> {
        let key = self.says.lifetime.map(|seconds| created(body) + seconds);
        let own = self.says.ends.map(|seconds| self.says.created + seconds);
        key.into_iter().chain(own).min()
    }
}

enum Back {
    Missing,
    Forged,
    Unsupported(String),
}

/// A signing subkey's own signature, to be written where it is not in the signed part of `binding`
/// already.
fn back(
    name: Fingerprint,
    body: &[u8],
    binding: &Signature,
    data: &[&[u8]],
) -> Result<Option<Vec<u8>>, Back> {
    let (packet, signed) = binding.says.back.as_ref().ok_or(Back::Missing)?;
    let key = PublicKey::parse(body).map_err(Back::Unsupported)?;
    let signature = Signature::parse(packet).map_err(|why| match why {
        Unusable::Damaged => Back::Forged,
        _ => Back::Unsupported("its own signature is of a kind that is not supported".into()),
    })?;
    if signature.kind != BACK_SIGNATURE || !signature.is_true(&key, data) {
        return Err(Back::Forged);
    }
    Ok((!signed).then(|| signature.written(name.key_id(), data, None)))
}

/// The key and each packet after it that is no signature, with the signatures that follow.
fn components<'a>(raw: &Raw<'a>) -> Vec<(Packet<'a>, Vec<&'a [u8]>)> {
    let mut components = vec![(Packet { tag: PUBLIC_KEY, body: raw.body }, Vec::new())];
    for packet in &raw.parts {
        match components.last_mut() {
            Some((_, signatures)) if packet.tag == SIGNATURE => signatures.push(packet.body),
            _ => components.push((*packet, Vec::new())),
        }
    }
    components
}

fn newest(signatures: Vec<Signature>, kind: impl Fn(u8) -> bool) -> Option<Signature> {
    signatures.into_iter().filter(|one| kind(one.kind)).max_by_key(|one| one.says.created)
}

/// Whether a signature of this kind is about such a packet.
fn belongs(tag: u8, kind: u8) -> bool {
    match tag {
        USER_ID => CERTIFICATIONS.contains(&kind) || kind == USER_REVOKED,
        SUBKEY => kind == SUBKEY_BINDING || kind == SUBKEY_REVOKED,
        _ => kind == DIRECT || kind == KEY_REVOKED,
    }
}

fn name(tag: u8) -> &'static str {
    match tag {
        USER_ID => "user id",
        SUBKEY => "subkey",
        _ => "key",
    }
}

/// What goes before a key's body into a hash.
fn head(body: &[u8]) -> [u8; 3] {
    let len = (body.len() as u16).to_be_bytes();
    [0x99, len[0], len[1]]
}

/// When a key of version 4 was made, in seconds since 1970.
fn created(body: &[u8]) -> u64 {
    body.get(1..).and_then(|body| big_endian(body, 4)).map_or(0, |(seconds, _)| seconds as u64)
}
