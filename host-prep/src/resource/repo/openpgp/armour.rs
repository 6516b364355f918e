//! ASCII armour (RFC 4880, 6.2): blocks of public keys and nothing beside them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::resource::repo::key_facts::KeyError;

const BEGIN: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
const END: &str = "-----END PGP PUBLIC KEY BLOCK-----";
/// As gpg breaks its lines.
const WIDTH: usize = 64;

/// The bytes of every block of public keys, one after the other.
///
/// # Errors
///
/// Anything that is no such block, outside or inside of one: another reader might take it for a
/// key.
pub(super) fn unarmour(bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
    let damaged = |why: &str| KeyError::NoKey { why: why.to_owned() };
    let text = std::str::from_utf8(bytes).map_err(|_| damaged("its armour is damaged: it is not ASCII"))?;
    let mut binary = Vec::new();
    let mut lines = text.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        match line {
            "" => {}
            BEGIN => binary.extend(block(&mut lines)?),
            other => return Err(foreign(other)),
        }
    }
    Ok(binary)
}

/// One block, after its first line.
fn block<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Result<Vec<u8>, KeyError> {
    let damaged = |why: &str| KeyError::NoKey { why: why.to_owned() };
    let cut = || damaged("its armour has no end: it is cut short");
    loop {
        match lines.next().ok_or_else(cut)? {
            "" => break,
            header if header.contains(": ") || header.ends_with(':') => {}
            // Without the empty line that ends the headers, apt reads nothing of the block.
            _ => return Err(damaged("its armour is damaged: no empty line before the key")),
        }
    }
    let (mut base64, mut checksum) = (String::new(), None);
    loop {
        match lines.next().ok_or_else(cut)? {
            END => break,
            "" => {}
            dashes if dashes.starts_with('-') => return Err(foreign(dashes)),
            _ if checksum.is_some() => {
                let found =
                    "a line after the checksum of its armour, which some programs read as a key".into();
                return Err(KeyError::Foreign { found });
            }
            line => match line.strip_prefix('=') {
                Some(sum) => checksum = Some(sum),
                None => base64.push_str(line),
            },
        }
    }
    // Padding before the last character is refused here.
    let binary = BASE64_STANDARD.decode(&base64).map_err(|_| damaged("its armour is damaged"))?;
    match checksum {
        Some(sum) if sum != crc24(&binary) => Err(damaged("its armour is damaged: the checksum is wrong")),
        _ => Ok(binary),
    }
}

fn foreign(line: &str) -> KeyError {
    let start: String = line.chars().take(40).map(|c| if c.is_control() { '?' } else { c }).collect();
    KeyError::Foreign { found: format!("`{start}`, which is not part of a block of public keys") }
}

/// One block. Old rpm wants the checksum that newer writers leave out.
pub(in crate::resource::repo) fn armour(binary: &[u8]) -> String {
    let base64 = BASE64_STANDARD.encode(binary);
    let lines = base64.as_bytes().chunks(WIDTH).map(|line| String::from_utf8_lossy(line).into_owned() + "\n");
    format!("{BEGIN}\n\n{}={}\n{END}\n", lines.collect::<String>(), crc24(binary))
}

/// The checksum in base64 (RFC 4880, 6.1).
fn crc24(bytes: &[u8]) -> String {
    let step = |crc: u32| if crc & 0x80_0000 == 0 { crc << 1 } else { (crc << 1) ^ 0x186_4cfb };
    let crc =
        bytes.iter().fold(0xb7_04ce, |crc, byte| (0..8).fold(crc ^ (u32::from(*byte) << 16), |c, _| step(c)));
    BASE64_STANDARD.encode(&crc.to_be_bytes()[1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for binary in [&b"\x99"[..], &[7; 48], &[1; 49], &[9; 3000]] {
            assert_eq!(unarmour(armour(binary).as_bytes()).unwrap(), binary);
            let windows =
                armour(binary).replace('\n', "\r\n").replace(BEGIN, &format!("\r\n{BEGIN}\r\nVersion: x"));
            assert_eq!(unarmour(windows.as_bytes()).unwrap(), binary);
        }
    }

    /// Each is read as more than one key by some program.
    #[test]
    fn anything_beside_a_block_is_refused() {
        let (good, other) = (armour(&[1; 48]), armour(&[2; 48]));
        let evil = BASE64_STANDARD.encode([2; 48]);
        let second = other.replace("PUBLIC KEY BLOCK", "ARMORED FILE");
        let refused = |text: &str, why: &str| {
            let said = unarmour(text.as_bytes()).unwrap_err().to_string();
            assert!(said.contains(why), "{text}: {said}");
        };
        refused(&good.replace(END, &format!("{evil}\n{END}")), "a line after the checksum");
        refused(&good.replace(END, &format!("=AAAA\n{END}")), "a line after the checksum");
        refused(&format!("{good}{second}"), "`-----BEGIN PGP ARMORED FILE-----`");
        refused(&good.replace("\n=", &format!("\n{BEGIN}\n\n{evil}\n=")), "`-----BEGIN PGP PUBLIC");
        refused(&format!("{good}{evil}\n"), "which is not part of a block");
        refused(&format!("hello\n{good}"), "`hello`");
        refused(&good.replace("PUBLIC", "PRIVATE"), "PRIVATE KEY BLOCK");
        refused(&good.replacen("\n\n", "\n", 1), "no empty line");
        refused(&good.replace("AQEB\n", "A=EB\n"), "damaged");
        refused(&good.replace("\n=", "\n=A"), "checksum is wrong");
        assert_eq!(unarmour(format!("{good}\n{other}").as_bytes()).unwrap(), [[1; 48], [2; 48]].concat());
    }
}
