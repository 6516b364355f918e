//! Secrets in base64: a text that has one when it is decoded is hidden as a whole.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::{Hidden, Look, MASK, count, text_once};

/// The manifest's word for it.
const KIND: &str = "encoded";
/// A secret with its name is no shorter than so many characters of base64.
const LEAST: usize = 16;

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '+' || c == '/'
}

/// The line without such runs of base64.
pub(super) fn of_line(line: &str, look: Look, hidden: &mut Hidden) -> String {
    let Some(inner) = look.inner() else { return line.to_owned() };
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find(is_base64) {
        let run = &rest[start..];
        let end = run.find(|c| !is_base64(c)).unwrap_or(run.len());
        shown.push_str(&rest[..start]);
        if end >= LEAST && has_secret(&run[..end], inner) {
            count(hidden, KIND);
            rest = run[end..].trim_start_matches('=');
            // A plain value of YAML that begins with a star is an alias, and ends the reader of the file.
            let is_plain = shown.ends_with(": ") && rest.trim_end().is_empty();
            shown.push_str(&if is_plain { format!("\"{MASK}\"") } else { MASK.to_owned() });
        } else {
            shown.push_str(&run[..end]);
            rest = &run[end..];
        }
    }
    shown.push_str(rest);
    shown
}

/// The text without base64 that goes on over lines; lines stay lines.
pub(super) fn over_lines(text: &str, look: Look, hidden: &mut Hidden) -> String {
    let Some(inner) = look.inner() else { return text.to_owned() };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let is_all = |line: &str| {
        let bare = line.trim();
        !bare.is_empty() && bare.trim_end_matches('=').chars().all(is_base64)
    };
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    while at < lines.len() {
        let block = lines[at..].iter().take_while(|line| is_all(line)).count();
        if block < 2 {
            shown.push_str(lines[at]);
            at += 1;
            continue;
        }
        let lines = &lines[at..at + block];
        let packed: String = lines.iter().map(|line| line.trim()).collect();
        let hides = packed.len() >= LEAST && has_secret(packed.trim_end_matches('='), inner);
        for line in lines {
            match hides {
                true => {
                    count(hidden, KIND);
                    shown.push_str(&line.replace(line.trim(), MASK));
                }
                false => shown.push_str(line),
            }
        }
        at += block;
    }
    shown
}

/// Whether a run of base64 is a text with a secret, wherever in the run it begins.
fn has_secret(run: &str, look: Look) -> bool {
    (0..4).any(|from| {
        let run = &run[from.min(run.len())..];
        let run = if run.len() % 4 == 1 { &run[..run.len() - 1] } else { run };
        // The last bits of a run that was cut need not be zero.
        let decoded =
            STANDARD_NO_PAD.decode(run).or_else(|_| STANDARD_NO_PAD.decode(&run[..run.len() / 4 * 4]));
        let Ok(bytes) = decoded else { return false };
        let plain =
            bytes.iter().filter(|byte| (b' '..0x7f).contains(*byte) || b"\t\r\n".contains(byte)).count();
        // Bytes that are no text are plain in two of five.
        if plain * 10 < bytes.len() * 9 {
            return false;
        }
        let text = String::from_utf8_lossy(&bytes);
        text_once(&text, look, &mut Hidden::new()) != text
    })
}

/// Whether a text has base64 of a private key, wherever its lines begin.
pub(super) fn has_key(text: &str) -> bool {
    let inside = |c: char| is_base64(c) || c == '=';
    let runs = text.split(|c: char| !inside(c)).filter(|run| run.len() >= 40);
    runs.into_iter().any(|run| {
        let bare = run.trim_end_matches('=');
        let bare = &bare[..bare.len() - bare.len() % 4];
        let decoded = STANDARD.decode(bare).or_else(|_| STANDARD_NO_PAD.decode(bare));
        decoded.is_ok_and(|bytes| bytes.windows(16).any(|part| part == b"PRIVATE KEY-----"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::line::hide;
    use super::*;

    /// Base64 that ends like a name and its value, as that of one key in some hundreds does.
    #[test]
    fn what_is_left_of_a_key_is_no_secret_by_chance() {
        let public = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDLRcA3dRx6Arv05NKVJQ0xaiaebv\n\
                      Oas+d8CYzajftU/n59DNT+i5syb5y+H8+SMx9rVjuC+enJT9Lu9yEEkaPw==\n-----END PUBLIC KEY-----\n";
        let certificate = public.replace("PUBLIC KEY", "CERTIFICATE");
        let json = format!("{{\"ca\":\"{}\"}}\n", certificate.replace('\n', "\\n"));
        let single = certificate.replace("Pw==", "PPw=");
        let encoded =
            [public, &certificate].map(|text| format!("    client-data: {}\n", STANDARD.encode(text)));
        for text in
            [public, &certificate, &json, &single, &single.replace('\n', "\\n"), &encoded[0], &encoded[1]]
        {
            let mut hidden = Hidden::new();
            assert_eq!(hide(text, Look::NAMES, &mut hidden), text, "{hidden:?}");
        }
    }

    #[test]
    fn a_plain_value_that_is_hidden_is_still_yaml() {
        let secret = STANDARD.encode("a text with password=5ecr3t5ecr3t in it");
        let shown = hide(&format!("  extra: {secret}\n"), Look::NAMES, &mut Hidden::new());
        assert_eq!(shown, format!("  extra: \"{MASK}\"\n"));
    }
}
