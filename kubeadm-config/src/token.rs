//! Bootstrap tokens: what `kubeadm token generate` makes and `kubeadm join --token` takes.

use std::fmt;
use std::str::FromStr;

use crate::go::quote;

const ID_LENGTH: usize = 6;
const SECRET_LENGTH: usize = 16;
const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// A bootstrap token, `id.secret`: six and sixteen characters of `0-9a-z` (kubeadm's
/// `BootstrapTokenString`).
///
/// The id is public, it names the token's Secret and signs `cluster-info`; the secret is what lets
/// a node join, so `Debug` leaves it out while `Display` prints the whole token.
///
/// ```
/// let token: kubeadm_config::BootstrapToken = "abcdef.0123456789abcdef".parse()?;
/// assert_eq!(token.id(), "abcdef");
/// assert_eq!(token.secret_name(), "bootstrap-token-abcdef");
/// # Ok::<(), kubeadm_config::InvalidBootstrapToken>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BootstrapToken(String);

impl BootstrapToken {
    /// A new token out of random bytes.
    ///
    /// `fill` fills its argument from a cryptographically secure source. Every character is equally
    /// likely: bytes that would favour some of them are thrown away.
    ///
    /// # Errors
    /// What `fill` says, or [`GenerateError::NotRandom`] where what it gives cannot be random.
    ///
    /// ```
    /// use std::io::Read;
    ///
    /// use kubeadm_config::BootstrapToken;
    ///
    /// let mut random = std::fs::File::open("/dev/urandom")?;
    /// let token = BootstrapToken::generate(|bytes| random.read_exact(bytes))?;
    /// assert_eq!(token.as_str().find('.'), Some(6));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn generate<E>(mut fill: impl FnMut(&mut [u8]) -> Result<(), E>) -> Result<Self, GenerateError<E>> {
        // Of 64 random bytes 63 are usable on average; that a second block is needed is a rare thing, a
        // sixteenth never comes about by chance.
        const BLOCKS: usize = 16;
        let mut token = String::with_capacity(ID_LENGTH + 1 + SECRET_LENGTH);
        for _ in 0..BLOCKS {
            let mut block = [0; 64];
            fill(&mut block).map_err(GenerateError::Source)?;
            for character in block.into_iter().filter_map(unbiased) {
                if token.len() == ID_LENGTH {
                    token.push('.');
                }
                token.push(character);
                if token.len() == ID_LENGTH + 1 + SECRET_LENGTH {
                    return Ok(Self(token));
                }
            }
        }
        Err(GenerateError::NotRandom)
    }

    /// The public part, six characters.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0[..ID_LENGTH]
    }

    /// The secret part, sixteen characters.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0[ID_LENGTH + 1..]
    }

    /// The whole token, `id.secret`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the Secret in `kube-system` that holds the token.
    #[must_use]
    pub fn secret_name(&self) -> String {
        format!("bootstrap-token-{}", self.id())
    }
}

impl FromStr for BootstrapToken {
    type Err = InvalidBootstrapToken;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let of =
            |part: &str, length: usize| part.len() == length && part.bytes().all(|b| ALPHABET.contains(&b));
        match text.split_once('.') {
            Some((id, secret)) if of(id, ID_LENGTH) && of(secret, SECRET_LENGTH) => Ok(Self(text.to_owned())),
            _ => Err(InvalidBootstrapToken { given: text.to_owned() }),
        }
    }
}

impl fmt::Display for BootstrapToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for BootstrapToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BootstrapToken({}.<secret>)", self.id())
    }
}

/// A text that is no bootstrap token. The message is kubeadm's own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the bootstrap token {} was not of the form {}",
    quote(.given), quote(r"\A([a-z0-9]{6})\.([a-z0-9]{16})\z")
)]
#[non_exhaustive]
pub struct InvalidBootstrapToken {
    /// The text that was given.
    pub given: String,
}

/// Why no token or key could be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError<E> {
    /// The source of random bytes failed.
    #[error("the source of random bytes failed")]
    Source(#[source] E),
    /// The source gives the same few bytes over and over.
    #[error("the source of random bytes is not random; use the operating system's (getrandom, /dev/urandom)")]
    NotRandom,
}

/// The character a random byte stands for, none for the four bytes left over after seven times 36.
fn unbiased(byte: u8) -> Option<char> {
    const USABLE: u8 = 252;
    (byte < USABLE).then(|| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn takes_what_the_expression_takes() {
        let token: BootstrapToken = "02hp3p.tbtkmwl7j5sk85q2".parse().unwrap();
        assert_eq!((token.id(), token.secret()), ("02hp3p", "tbtkmwl7j5sk85q2"));
        assert_eq!(token.to_string(), "02hp3p.tbtkmwl7j5sk85q2");
        assert_eq!(format!("{token:?}"), "BootstrapToken(02hp3p.<secret>)");
        for bad in [
            "",
            "abcdef",
            "abcdef.0123456789abcde",
            "Abcdef.0123456789abcdef",
            "abcdef.0123456789abcdef\n",
            "abcdé.0123456789abcdef",
        ] {
            assert!(bad.parse::<BootstrapToken>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn says_what_kubeadm_says() {
        let error = "a\"b".parse::<BootstrapToken>().unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"the bootstrap token "a\"b" was not of the form "\\A([a-z0-9]{6})\\.([a-z0-9]{16})\\z""#
        );
    }

    #[test]
    fn every_character_is_equally_likely() {
        let mut counts = [0; 36];
        for byte in 0..=u8::MAX {
            if let Some(c) = unbiased(byte) {
                counts[ALPHABET.iter().position(|a| char::from(*a) == c).unwrap()] += 1;
            }
        }
        assert_eq!(counts, [7; 36]);
    }

    #[test]
    fn generates_from_the_bytes_given_and_skips_the_biased() {
        let mut next = 250_u8;
        let token = BootstrapToken::generate(|block| {
            for byte in block {
                *byte = next;
                next = next.wrapping_add(1);
            }
            Ok::<_, Infallible>(())
        })
        .unwrap();
        // 250 and 251 stand for y and z, 252 to 255 for nothing, 0 for 0.
        assert_eq!(token.as_str(), "yz0123.456789abcdefghij");
    }

    #[test]
    fn a_stuck_source_is_an_error_not_a_loop() {
        let stuck = BootstrapToken::generate(|block| {
            block.fill(0xff);
            Ok::<_, Infallible>(())
        });
        assert_eq!(stuck, Err(GenerateError::NotRandom));
        assert_eq!(BootstrapToken::generate(|_| Err("no entropy")), Err(GenerateError::Source("no entropy")));
    }
}
