//! The fields of an fstab record.

use super::{Document, EntryId};

/// A record of `/etc/fstab`, fields with their `\040` escapes undone.
///
/// ```
/// use host_prep::text::{Dialect, Document};
///
/// let fstab = Document::parse(b"/dev/sda2 none swap sw,pri=5 0 0\n", Dialect::Fstab);
/// let swap = fstab.fstab().next().unwrap();
/// assert_eq!((swap.vfstype.as_str(), swap.options.len()), ("swap", 2));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct FstabEntry {
    /// Where it stands.
    pub id: EntryId,
    /// First field: what is mounted.
    pub spec: String,
    /// Second field: where. `none` for swap.
    pub file: String,
    /// Third field: the type.
    pub vfstype: String,
    /// Fourth field, split at commas; empty when absent.
    pub options: Vec<String>,
}

impl Document {
    /// The records of an fstab that have at least the three fields mount(8) needs.
    pub fn fstab(&self) -> impl Iterator<Item = FstabEntry> + '_ {
        self.entries().filter_map(|entry| {
            let mut fields = entry.value.split_ascii_whitespace().map(unescape);
            let (spec, file, vfstype) = (fields.next()?, fields.next()?, fields.next()?);
            let options = fields.next().map(|o| o.split(',').map(str::to_owned).collect());
            Some(FstabEntry { id: entry.id, spec, file, vfstype, options: options.unwrap_or_default() })
        })
    }
}

/// Undoes `\ooo`, the octal escapes that getmntent(3) knows.
fn unescape(field: &str) -> String {
    let mut parts = field.split('\\');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let octal = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match octal.filter(u8::is_ascii) {
            Some(byte) => {
                text.push(char::from(byte));
                text.push_str(&part[3..]);
            }
            None => {
                text.push('\\');
                text.push_str(part);
            }
        }
    }
    text
}
