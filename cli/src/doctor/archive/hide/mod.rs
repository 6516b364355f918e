//! Secrets are hidden before anything of a host is kept: by the structure of what is read, then by
//! the form that secrets have. What is not secret stays in its line, so that rules say the same.

mod field;
mod line;
mod pem;
mod tree;

use std::collections::BTreeMap;
use std::path::Path;

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
        Some(bytes) if hidden.len() == before => bytes,
        _ => shown.into_bytes(),
    }
}

/// `path` is the path of a file or the command of a program.
fn text_of(path: &Path, text: String, hidden: &mut Hidden) -> String {
    let source = path.to_string_lossy();
    if source == DPKG {
        return dpkg(&text);
    }
    let text = if source.starts_with("/etc/cloud/") { cloud(&text, hidden) } else { text };
    let text = pem::hide(&text, hidden);
    let text = if source.starts_with("journalctl ") {
        without_arrays(&text, hidden)
    } else {
        tree::hide(path, text, hidden)
    };
    let by_name =
        !(KERNEL.iter().any(|dir| source.starts_with(dir)) && source != "/proc/cmdline") && source != SWITCH;
    line::hide(&text, by_name, hidden)
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
    let once = |text: String, hidden: &mut Hidden| text_once(&text, hidden);
    until_clean(text.to_owned(), hidden, once).unwrap_or_else(|| MASK.to_owned())
}

/// PEM, then forms; for texts of ours, which have no structure.
fn text_once(text: &str, hidden: &mut Hidden) -> String {
    line::hide(&pem::hide(text, hidden), true, hidden)
}

/// What looks like a secret in a text that should have none: what kind.
pub(super) fn found_in(text: &str) -> Option<&'static str> {
    let mut hidden = Hidden::new();
    if text_once(text, &mut hidden) == text {
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
    line::decoded_key(&String::from_utf8_lossy(bytes)).then_some("a private key in base64")
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
