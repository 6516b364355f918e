//! `encoding/hex`.
//!
//! `certificateKey` and pins of CAs are read with it. A byte that is no digit is told before an
//! odd length, as `hex.DecodeString` does since it decodes pairs first.

use super::is_printable;

/// Why a text is no hexadecimal number, in the words of Go's `encoding/hex`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotHex {
    /// The first byte that is no hexadecimal digit.
    #[error("encoding/hex: invalid byte: {}", unicode(char::from(*.0)))]
    InvalidByte(u8),
    /// A digit is left over.
    #[error("encoding/hex: odd length hex string")]
    OddLength,
}

/// `hex.DecodeString`: both letter cases pass.
pub(crate) fn decode_hex(text: &str) -> Result<Vec<u8>, NotHex> {
    let digits = text
        .bytes()
        .map(|byte| digit(byte).ok_or(NotHex::InvalidByte(byte)))
        .collect::<Result<Vec<u8>, _>>()?;
    let pairs = digits.chunks_exact(2);
    if pairs.remainder().is_empty() {
        Ok(pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
    } else {
        Err(NotHex::OddLength)
    }
}

/// `hex.EncodeToString`: lower case.
pub(crate) fn encode_hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|n| char::from_digit(n.into(), 16))
        .collect()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|n| u8::try_from(n).ok())
}

/// `%#U`: the code point, and the character where it can be shown.
fn unicode(c: char) -> String {
    let code = u32::from(c);
    if is_printable(c) { format!("U+{code:04X} '{c}'") } else { format!("U+{code:04X}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_cases_and_writes_lower() {
        assert_eq!(decode_hex("00fFA9"), Ok(vec![0x00, 0xff, 0xa9]));
        assert_eq!(encode_hex(&[0x00, 0xff, 0xa9]), "00ffa9");
        assert_eq!(decode_hex(""), Ok(vec![]));
    }

    #[test]
    fn errors_in_gos_words() {
        let say = |text: &str| decode_hex(text).unwrap_err().to_string();
        assert_eq!(say("0g1"), "encoding/hex: invalid byte: U+0067 'g'");
        assert_eq!(say("012"), "encoding/hex: odd length hex string");
        assert_eq!(say("ab\n"), "encoding/hex: invalid byte: U+000A");
        assert_eq!(say("é"), "encoding/hex: invalid byte: U+00C3 'Ã'");
        assert_eq!(say("0\u{85}"), "encoding/hex: invalid byte: U+00C2 'Â'");
    }
}
