//! Secrets are hidden before anything of a host is kept: by the structure of what is read, then by
//! the form that secrets have. What is not secret stays in its line, so that rules say the same.

mod encoded;
mod field;
mod line;
mod pem;
mod spread;
mod tree;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::doctor::identity::digest_of_id;

/// What stands for a secret.
pub(super) const MASK: &str = "***HIDDEN***";

/// How often which kind of secret was hidden.
pub(super) type Hidden = BTreeMap<String, u32>;

/// Files whose whole content names the machine: kept as their digest, so that equal ones stay equal.
const IDS: [&str; 5] = [
    "/etc/machine-id",
    "/var/lib/dbus/machine-id",
    "/sys/class/dmi/id/product_uuid",
    "/sys/class/dmi/id/product_serial",
    "/sys/class/dmi/id/board_serial",
];
/// So often something is looked through; what is still not clean then is hidden as a whole.
const TIMES: usize = 4;
/// Tables of the kernel: a `..._psk` there is the name of a module.
const KERNEL: [&str; 5] = ["/boot/", "/lib/modules/", "/usr/lib/modules/", "/proc/", "/sys/"];
/// Its databases are called `passwd` and `shadow`.
const SWITCH: &str = "/etc/nsswitch.conf";
const DPKG: &str = "/var/lib/dpkg/status";
/// Of something packed so much is looked through.
const UNPACKED: u64 = 8 << 20;

/// How a text is looked through.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// Whether what stands behind the name of a secret is one.
    by_name: bool,
    /// How often a text may still be in another: in base64, in a string of JSON.
    inner: u8,
}

impl Look {
    const NAMES: Self = Self { by_name: true, inner: 3 };

    /// For a text in the text; `None`: it is not looked into.
    fn inner(self) -> Option<Self> {
        self.inner.checked_sub(1).map(|inner| Self { inner, ..self })
    }
}

/// The bytes of a file of the host, or the answer of a program, without secrets.
pub(super) fn hide(source: &str, bytes: Vec<u8>, hidden: &mut Hidden) -> Vec<u8> {
    until_clean(bytes, hidden, |bytes, hidden| once(source, bytes, hidden)).unwrap_or_else(|| MASK.into())
}

/// Looked through until nothing is found any more, since what is hidden may bring something else to
/// light; none where something is always found.
fn until_clean<T: Clone + PartialEq>(
    all: T,
    hidden: &mut Hidden,
    once: impl Fn(T, &mut Hidden) -> T,
) -> Option<T> {
    let mut shown = once(all, hidden);
    for _ in 0..TIMES {
        let mut again = Hidden::new();
        let next = once(shown.clone(), &mut again);
        if again.is_empty() || next == shown {
            return Some(shown);
        }
        shown = next;
    }
    None
}

/// One pass: ids as digests, text by structure and form. Bytes that are no text come back as they
/// were if nothing in them was hidden.
fn once(source: &str, bytes: Vec<u8>, hidden: &mut Hidden) -> Vec<u8> {
    let path = Path::new(source);
    if IDS.contains(&source) {
        return id(&bytes, hidden);
    }
    // Bytes that are no text stay as they are unless they have a secret.
    let (text, exact) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), Some(error.into_bytes())),
    };
    let before = hidden.len();
    let shown = text_of(path, text, hidden);
    match exact {
        Some(bytes) if hidden.len() == before => unpacked(source, bytes, hidden),
        _ => shown.into_bytes(),
    }
}

/// What is packed and has a secret in it is hidden as a whole.
fn unpacked(source: &str, bytes: Vec<u8>, hidden: &mut Hidden) -> Vec<u8> {
    let mut text = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        // What is cut off in the middle is looked through as far as it goes.
        let _ = MultiGzDecoder::new(bytes.as_slice()).take(UNPACKED).read_to_end(&mut text);
    }
    let text = String::from_utf8_lossy(&text).into_owned();
    let mut own = Hidden::new();
    if text.is_empty() || text_of(Path::new(source), text.clone(), &mut own) == text {
        return bytes;
    }
    count(hidden, "packed");
    MASK.into()
}

/// `path` is the path of a file or the command of a program.
fn text_of(path: &Path, text: String, hidden: &mut Hidden) -> String {
    let source = path.to_string_lossy();
    if source == DPKG {
        return dpkg(&text);
    }
    let text = if source.starts_with("/etc/cloud/") { cloud(&text, hidden) } else { text };
    let by_name =
        !(KERNEL.iter().any(|dir| source.starts_with(dir)) && source != "/proc/cmdline") && source != SWITCH;
    let look = Look { by_name, ..Look::NAMES };
    let text = pem::hide(&text, hidden);
    let text = if source.starts_with("journalctl ") {
        without_arrays(&text, hidden)
    } else {
        tree::hide(path, text, look, hidden)
    };
    by_form(&text, look, hidden)
}

/// Base64 and values that go on over lines, then each line.
fn by_form(text: &str, look: Look, hidden: &mut Hidden) -> String {
    let text = encoded::over_lines(text, look, hidden);
    let text = if look.by_name { spread::hide(&text, hidden) } else { text };
    line::hide(&text, look, hidden)
}

/// Of cloud-init's files only what is asked of them: passwords are in many of its modules, in words,
/// scripts and base64. Lines stay lines.
fn cloud(text: &str, hidden: &mut Hidden) -> String {
    const ASKED: [&str; 2] = ["swap:", "mounts:"];
    let mut kept = false;
    let line = |line: &str| {
        let bare = line.trim_end();
        if !bare.starts_with([' ', '\t', '-', '#']) && !bare.is_empty() {
            kept = ASKED.iter().any(|key| bare.starts_with(key));
        }
        let hides = format!("#{MASK}");
        if bare.is_empty() || bare == "#cloud-config" || bare == hides || (kept && !bare.starts_with('#')) {
            return line.to_owned();
        }
        count(hidden, "cloud-init");
        format!("{hides}{}", &line[bare.len()..])
    };
    text.split_inclusive('\n').map(line).collect()
}

/// The journal has messages that are no text as lists of numbers, in which nothing is found.
fn without_arrays(text: &str, hidden: &mut Hidden) -> String {
    const LIST: &str = "\"MESSAGE\":[";
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(LIST) {
        let end = rest[at..].find(']').map_or(rest.len(), |end| at + end + 1);
        shown.push_str(&rest[..at]);
        shown.push_str(&format!("\"MESSAGE\":\"{MASK}\""));
        count(hidden, "no-text");
        rest = &rest[end..];
    }
    shown.push_str(rest);
    shown
}

/// A text of ours that quotes the host: a message, a name.
pub(super) fn hide_text(text: &str, hidden: &mut Hidden) -> String {
    let once = |text: String, hidden: &mut Hidden| text_once(&text, Look::NAMES, hidden);
    until_clean(text.to_owned(), hidden, once).unwrap_or_else(|| MASK.to_owned())
}

/// A line of a log, or what stands somewhere, as people are shown it.
pub(super) fn shown(text: &str) -> String {
    let text = without_pem(&host_prep::without_passwords(text));
    text_once(&text, Look::NAMES, &mut Hidden::new()).replace(MASK, "***")
}

/// Of base64 of PEM nothing is shown: a log may have cut it where it no longer says what it is.
fn without_pem(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(line::PEM) {
        let inside = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
        let end = rest[at..].find(|c| !inside(c)).map_or(rest.len(), |end| at + end);
        shown.push_str(&rest[..at]);
        shown.push_str(MASK);
        rest = &rest[end..];
    }
    shown + rest
}

/// PEM, then forms; for texts of ours, which have no structure.
fn text_once(text: &str, look: Look, hidden: &mut Hidden) -> String {
    by_form(&pem::hide(text, hidden), look, hidden)
}

/// What looks like a secret in a text that should have none: what kind.
pub(super) fn found_in(text: &str) -> Option<&'static str> {
    let mut hidden = Hidden::new();
    if text_once(text, Look::NAMES, &mut hidden) == text {
        return None;
    }
    let kind = hidden.into_keys().next();
    kind.map(|kind| match kind.as_str() {
        line::TOKEN => "a bootstrap token",
        line::USER => "a password in a URL",
        line::JWT => "a token",
        line::KEY => "a private key",
        _ => "a password or a token",
    })
}

/// As [`found_in`], for what the host's own files are allowed to have by name.
pub(super) fn found_in_file(source: &str, bytes: &[u8]) -> Option<&'static str> {
    let mut hidden = Hidden::new();
    let again = once(source, bytes.to_vec(), &mut hidden);
    if !hidden.is_empty() && again != bytes {
        return Some("a secret");
    }
    encoded::has_key(&String::from_utf8_lossy(bytes)).then_some("a private key in base64")
}

/// What is no id of one machine is a finding, and is kept; so is what was hidden already.
fn id(bytes: &[u8], hidden: &mut Hidden) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    match digest_of_id(&text).filter(|digest| *digest != text.trim()) {
        Some(digest) => {
            count(hidden, "machine-id");
            (digest + "\n").into_bytes()
        }
        None => bytes.to_vec(),
    }
}

/// Rules read four fields of a paragraph. Lines stay lines.
fn dpkg(text: &str) -> String {
    const KEPT: [&str; 4] = ["Package:", "Status:", "Version:", "Architecture:"];
    let line = |line: &str| match line {
        "" => String::new(),
        line if KEPT.iter().any(|field| line.starts_with(field)) => line.to_owned(),
        _ => " ".to_owned(),
    };
    let mut shown: String = text.lines().map(|one| line(one) + "\n").collect();
    if !text.ends_with('\n') {
        shown.pop();
    }
    shown
}

/// One more of that kind.
fn count(hidden: &mut Hidden, kind: &str) {
    *hidden.entry(kind.to_owned()).or_default() += 1;
}
