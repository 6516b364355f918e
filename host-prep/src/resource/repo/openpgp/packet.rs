//! Packets (RFC 4880, 4.2): read strictly, and written in one way.

use crate::resource::repo::key_facts::KeyError;

// Tags of packets (RFC 4880, 4.3).
pub(super) const SIGNATURE: u8 = 2;
pub(super) const PUBLIC_KEY: u8 = 6;
pub(super) const USER_ID: u8 = 13;
pub(super) const SUBKEY: u8 = 14;
pub(super) const USER_ATTRIBUTE: u8 = 17;

/// The longest key or user id that is read: as much again as RSA of 8192 bits, and gpg's limit for
/// user ids.
const MAX_BODY: usize = 2048;

/// A packet as it lies in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet<'a> {
    pub(super) tag: u8,
    pub(super) body: &'a [u8],
}

impl Packet<'_> {
    pub(super) fn name(self) -> String {
        match self.tag {
            SIGNATURE => "a signature".into(),
            5 | 7 => "a SECRET key; whoever has it can sign, so it belongs to its owner alone".into(),
            USER_ID => "a user id".into(),
            SUBKEY => "a subkey".into(),
            tag => format!("a packet of type {tag}"),
        }
    }

    fn checked(self) -> Result<Self, KeyError> {
        let long = matches!(self.tag, PUBLIC_KEY | USER_ID | SUBKEY) && self.body.len() > MAX_BODY;
        match self.tag {
            _ if long => {
                Err(KeyError::Foreign { found: format!("{} of {} bytes", self.name(), self.body.len()) })
            }
            SIGNATURE | PUBLIC_KEY | USER_ID | SUBKEY | USER_ATTRIBUTE => Ok(self),
            _ => Err(KeyError::Foreign { found: self.name() }),
        }
    }
}

/// All packets of `bytes`, to the last byte.
///
/// # Errors
///
/// What is no packet of a public key.
pub(super) fn packets(bytes: &[u8]) -> Result<Vec<Packet<'_>>, KeyError> {
    let mut found: Vec<Packet<'_>> = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some((packet, after)) = packet(rest) else {
            return Err(match found.is_empty() {
                true => KeyError::NoKey { why: "it is damaged, cut short or something else".into() },
                false => KeyError::NoKey { why: "it ends with bytes that are not a whole packet".into() },
            });
        };
        found.push(packet.checked()?);
        rest = after;
    }
    Ok(found)
}

fn packet(bytes: &[u8]) -> Option<(Packet<'_>, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first & 0x80 == 0 {
        return None;
    }
    let (tag, (len, rest)) = if first & 0x40 == 0 {
        let size = [1, 2, 4].get(usize::from(first & 3))?;
        ((first >> 2) & 0xf, big_endian(rest, *size)?)
    } else {
        (first & 0x3f, length(rest)?)
    };
    Some((Packet { tag, body: rest.get(..len)? }, rest.get(len..)?))
}

/// A length of the new kind, as packets and subpackets have it.
pub(super) fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match *bytes.first()? {
        one @ 0..192 => Some((usize::from(one), &bytes[1..])),
        first @ 192..224 => {
            let second = usize::from(*bytes.get(1)?);
            Some((((usize::from(first) - 192) << 8) + second + 192, &bytes[2..]))
        }
        255 => big_endian(&bytes[1..], 4),
        // Partial lengths are for data, never for keys. In subpackets these are lengths too, of more bytes
        // than any has.
        _ => None,
    }
}

pub(super) fn big_endian(bytes: &[u8], size: usize) -> Option<(usize, &[u8])> {
    let (number, rest) = (bytes.get(..size)?, bytes.get(size..)?);
    Some((number.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest))
}

/// A number of many bits (RFC 4880, 3.2), without the zeros before it.
pub(super) fn mpi(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (bits, rest) = big_endian(bytes, 2)?;
    let (number, after) = (rest.get(..bits.div_ceil(8))?, rest.get(bits.div_ceil(8)..)?);
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    Some((&number[zeros..], after))
}

/// The same number, written.
pub(super) fn write_mpi(number: &[u8], out: &mut Vec<u8>) {
    let zeros = number.first().map_or(0, |first| first.leading_zeros());
    let bits = number.len() * 8 - zeros as usize;
    out.extend((bits as u16).to_be_bytes());
    out.extend(number);
}

/// A packet with the old kind of header, which every program reads.
pub(super) fn write_packet(tag: u8, body: &[u8], out: &mut Vec<u8>) {
    let len = (body.len() as u32).to_be_bytes();
    match body.len() {
        0..0x100 => out.extend([0x80 | tag << 2, len[3]]),
        0x100..0x1_0000 => out.extend([0x81 | tag << 2, len[2], len[3]]),
        _ => {
            out.push(0x82 | tag << 2);
            out.extend(len);
        }
    }
    out.extend(body);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_read_back() {
        for len in [0, 1, 255, 256, 2000] {
            let (body, mut bytes) = (vec![1; len], Vec::new());
            write_packet(USER_ID, &body, &mut bytes);
            let found = packets(&bytes).unwrap();
            assert_eq!((found.len(), found[0].tag, found[0].body), (1, USER_ID, &*body));
        }
    }

    #[test]
    fn only_packets_of_public_keys_are_taken() {
        let said = |tag: u8| {
            let mut bytes = Vec::new();
            write_packet(tag, b"x", &mut bytes);
            packets(&bytes).unwrap_err().to_string()
        };
        assert!(said(5).contains("a SECRET key") && said(7).contains("a SECRET key"));
        for tag in [1, 3, 4, 8, 9, 10, 11, 12, 15] {
            assert!(said(tag).contains(&format!("a packet of type {tag}")), "{}", said(tag));
        }
        assert!(packets(b"\xb4\x01xtrailing").unwrap_err().to_string().contains("not a whole packet"));
    }
}
