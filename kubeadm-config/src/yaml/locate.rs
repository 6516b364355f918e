//! From a field path, as Kubernetes writes it, to the place in the document, and from a place to
//! what stands there.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::{Data, Document, Duplicate, Node, Position, Span};

/// Where a field path leads in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The key of the field if it has one, else the value.
    pub span: Span,
    /// The value.
    pub value: Span,
    /// Whether the whole path was found. If not, this is the place of the deepest part that stands
    /// in the document: a field that is missing, or that has its value by default.
    pub exact: bool,
}

/// A step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step<'a> {
    Key(&'a str),
    /// `[0]` of a list, `[name]` of a map.
    Bracket(&'a str),
}

impl Document {
    /// The place of a field such as `nodeRegistration.taints[0].key` or `apiServer.extraArgs[v]`.
    ///
    /// ```
    /// use kubeadm_config::yaml::{self, Base};
    ///
    /// let document = yaml::read(b"networking:\n  podSubnet: nonsense\n", Base::default())?;
    /// let place = document.locate("networking.podSubnet");
    /// assert!(place.exact);
    /// assert_eq!((place.value.position.line, place.value.position.column), (2, 14));
    /// let missing = document.locate("networking.dnsDomain");
    /// assert!(!missing.exact);
    /// assert_eq!(missing.span.position.line, 1);
    /// # Ok::<(), yaml::Error>(())
    /// ```
    #[must_use]
    pub fn locate(&self, path: &str) -> Place {
        let mut node = &self.root;
        let mut place = Place { span: node.span, value: node.span, exact: true };
        for step in steps(path) {
            let Some((key, value)) = enter(node, step) else {
                return Place { exact: false, ..place };
            };
            node = value;
            place = Place { span: key, value: value.span, exact: true };
        }
        place
    }

    /// The value of a field, none where the path leads nowhere.
    pub(crate) fn node(&self, path: &str) -> Option<&Node> {
        steps(path).try_fold(&self.root, |node, step| enter(node, step).map(|(_, value)| value))
    }
}

impl Document {
    /// The field path of each of [`Document::duplicates`].
    ///
    /// ```
    /// use kubeadm_config::yaml::{self, Base};
    ///
    /// let document = yaml::read(b"a:\n- b: 1\n  b: 2\n", Base::default())?;
    /// assert_eq!(document.duplicate_paths(), ["a[0].b"]);
    /// # Ok::<(), yaml::Error>(())
    /// ```
    #[must_use]
    pub fn duplicate_paths(&self) -> Vec<String> {
        if self.duplicates.is_empty() {
            return Vec::new();
        }
        // The tree has only the last of them, at the place of an earlier one stands the next.
        let mut found = HashMap::new();
        let wanted = self.duplicates.iter().map(|duplicate| duplicate.key_span.start).collect();
        key_paths(&self.root, "", &wanted, &mut found);
        for duplicate in self.duplicates.iter().rev() {
            if let Some(path) = found.get(&duplicate.key_span.start).cloned() {
                found.entry(duplicate.first.start).or_insert(path);
            }
        }
        let bare = |duplicate: &Duplicate| duplicate.key.trim_matches('"').to_owned();
        let path = |duplicate: &Duplicate| {
            found.get(&duplicate.key_span.start).cloned().unwrap_or_else(|| bare(duplicate))
        };
        self.duplicates.iter().map(path).collect()
    }
}

/// The paths of keys by where they start.
fn key_paths(node: &Node, path: &str, wanted: &HashSet<usize>, found: &mut HashMap<usize, String>) {
    match &node.data {
        Data::Mapping(entries) => {
            for entry in entries {
                let dot = if path.is_empty() { "" } else { "." };
                let path = format!("{path}{dot}{}", entry.key);
                key_paths(&entry.value, &path, wanted, found);
                if wanted.contains(&entry.key_span.start) {
                    found.insert(entry.key_span.start, path);
                }
            }
        }
        Data::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                key_paths(item, &format!("{path}[{index}]"), wanted, found);
            }
        }
        _ => {}
    }
}

impl Position {
    /// The bytes of the file from this place to the end of the key or value that starts there, on
    /// its line: what to underline in an excerpt. Empty at the end of a line; None if the file
    /// has no such place.
    ///
    /// ```
    /// use kubeadm_config::yaml::Position;
    ///
    /// let file = "networking:\n  podSubnet: nonsense # why\n";
    /// let value = Position { line: 2, column: 14 };
    /// assert_eq!(&file[value.token_in(file).unwrap()], "nonsense");
    /// ```
    #[must_use]
    pub fn token_in(self, file: &str) -> Option<Range<usize>> {
        let line = usize::try_from(self.line).ok()?.checked_sub(1)?;
        let column = usize::try_from(self.column).ok()?.checked_sub(1)?;
        let (offset, text) = file
            .split_inclusive('\n')
            .scan(0, |end, text| {
                *end += text.len();
                Some((*end - text.len(), text))
            })
            .nth(line)?;
        let text = text.trim_end_matches(['\n', '\r']);
        // A byte order mark takes no column.
        let mark = if line == 0 && text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
        let visible = &text[mark..];
        let start = match visible.char_indices().nth(column) {
            Some((at, _)) => at,
            None if visible.chars().count() == column => visible.len(),
            None => return None,
        };
        let from = offset + mark + start;
        Some(from..from + token_length(&visible[start..]))
    }
}

/// How long a quoted or plain scalar at the start of the text is.
fn token_length(text: &str) -> usize {
    if let Some(quote @ (b'"' | b'\'')) = text.bytes().next() {
        return quoted_length(text.as_bytes(), quote);
    }
    let ends = |at: usize, c: char| match c {
        ':' => text[at + 1..].is_empty() || text[at + 1..].starts_with([' ', '\t']),
        ',' | ']' | '}' => true,
        ' ' => text[at..].trim_start().starts_with('#'),
        _ => false,
    };
    let end = text.char_indices().skip(1).find(|(at, c)| ends(*at, *c)).map_or(text.len(), |(at, _)| at);
    text[..end].trim_end().len()
}

/// As far as the closing quote, or the end of the line.
fn quoted_length(text: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        let next = text.get(at + 1);
        at += match (*byte, quote) {
            (b'\\', b'"') => 2,
            (b'\'', b'\'') if next == Some(&b'\'') => 2,
            (byte, quote) if byte == quote => return at + 1,
            _ => 1,
        };
    }
    text.len()
}

fn enter<'a>(node: &'a Node, step: Step<'_>) -> Option<(Span, &'a Node)> {
    match (&node.data, step) {
        (Data::Sequence(items), Step::Bracket(index)) => {
            let item = items.get(index.parse::<usize>().ok()?)?;
            Some((item.span, item))
        }
        (Data::Mapping(_), Step::Key(key) | Step::Bracket(key)) => {
            let entry = node.entry(key)?;
            Some((entry.key_span, &entry.value))
        }
        _ => None,
    }
}

/// The steps of `a.b[0].c`. A name within brackets may hold points.
fn steps(path: &str) -> impl Iterator<Item = Step<'_>> {
    let mut rest = path;
    std::iter::from_fn(move || {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if let Some((inner, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            rest = after;
            return Some(Step::Bracket(inner));
        }
        if rest.is_empty() {
            return None;
        }
        // An opening bracket that is never closed is part of a name.
        let end = rest
            .char_indices()
            .skip(1)
            .find(|(_, c)| matches!(c, '.' | '['))
            .map_or(rest.len(), |(at, _)| at);
        let (key, after) = rest.split_at(end);
        rest = after;
        Some(Step::Key(key))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Base, read};

    #[test]
    fn steps_of_paths() {
        let got: Vec<_> = steps("a.b[0].c[x.y/z]").collect();
        let expected =
            [Step::Key("a"), Step::Key("b"), Step::Bracket("0"), Step::Key("c"), Step::Bracket("x.y/z")];
        assert_eq!(got, expected);
        assert_eq!(steps("").count(), 0);
        assert_eq!(steps("a[").collect::<Vec<_>>(), [Step::Key("a"), Step::Key("[")]);
    }

    #[test]
    fn tokens_at_places() {
        let file = "\u{FEFF}kind: A\r\n'a''b': [x, \"y \\\" z\"] # c\nname: two words  \nend:";
        let token = |line, column| Position { line, column }.token_in(file).map(|range| &file[range]);
        assert_eq!(token(1, 1), Some("kind"));
        assert_eq!(token(1, 7), Some("A"));
        assert_eq!(token(2, 1), Some("'a''b'"));
        assert_eq!(token(2, 10), Some("x"));
        assert_eq!(token(2, 13), Some("\"y \\\" z\""));
        assert_eq!(token(3, 7), Some("two words"));
        assert_eq!(token(4, 5), Some(""));
        assert_eq!(token(4, 6), None);
        assert_eq!(token(5, 1), None);
        assert_eq!(token(0, 1), None);
    }

    #[test]
    fn lists_maps_and_what_is_missing() {
        let text = "taints:\n- key: a\n  effect: b\nargs: {v: 4}\n";
        let document = read(text.as_bytes(), Base { line: 10, offset: 100 }).unwrap();
        let place = document.locate("taints[0].effect");
        assert_eq!((place.span.position.line, place.span.position.column, place.exact), (12, 3, true));
        assert_eq!(&text[place.value.start - 100..place.value.end - 100], "b");
        assert_eq!(document.locate("args[v]").value.position.column, 11);
        let missing = document.locate("taints[3].effect");
        assert!(!missing.exact);
        assert_eq!(&text[missing.value.start - 100..missing.value.end - 100], "- key: a\n  effect: b");
    }
}
