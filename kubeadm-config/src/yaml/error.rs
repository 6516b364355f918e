//! Why a text could not be read or a value not be written.

use super::{Position, Span};

/// Why a text could not be read.
///
/// The message is the reference's own, word for word, with lines as the reference counts them: from
/// the start of the document, and one short where go-yaml's parser (not its scanner) complains. The
/// true place in the file is [`Error::span`].
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum Error {
    /// The text does not follow YAML's grammar. `line` is the one in the message.
    #[error("yaml: {}{problem}", line_prefix(*.line))]
    Syntax { line: Option<u32>, problem: String, span: Span },
    /// A byte sequence that is no text, or a character that YAML does not allow.
    #[error("yaml: {problem}")]
    Encoding { problem: &'static str, span: Span },
    /// An alias, merge, tag or key that cannot be taken at its word.
    #[error("yaml: {problem}")]
    Meaning { problem: String, span: Span },
    /// A key that JSON cannot hold, such as `null`.
    #[error("unsupported map key of type: {key_type}, key: {key}, value: {value}")]
    Key { key_type: &'static str, key: String, value: String, span: Span, duplicates: Vec<Duplicate> },
    /// Infinity or NaN, which JSON cannot hold.
    #[error("json: unsupported value: {value}")]
    Value { value: &'static str, span: Span, duplicates: Vec<Duplicate> },
    /// A JSON document does not follow JSON's grammar.
    #[error("{problem}")]
    Json { problem: String, span: Span },
    /// A line that starts with `---` and goes on with something else.
    #[error("invalid Yaml document separator: {rest}")]
    Separator { rest: String, span: Span },
    /// More bytes than [`Limits`](super::Limits) allows.
    #[error("the {what} has {size} bytes, more than the {limit} that are read")]
    TooLarge { what: &'static str, size: usize, limit: usize },
    /// More documents than [`Limits`](super::Limits) allows; the place is the first one too many.
    #[error("the file holds more than {limit} documents")]
    TooManyDocuments { limit: usize, span: Span },
    /// More values than [`Limits`](super::Limits) allows.
    #[error("the document holds more than {limit} values")]
    TooMany { limit: usize, span: Span },
    /// Deeper nesting than [`Limits`](super::Limits) allows.
    #[error("lists and maps are nested more than {limit} levels deep")]
    TooDeep { limit: usize, span: Span },
}

impl Error {
    /// Where in the file, if the fault has a place.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Syntax { span, .. }
            | Self::Encoding { span, .. }
            | Self::Meaning { span, .. }
            | Self::Key { span, .. }
            | Self::Value { span, .. }
            | Self::Json { span, .. }
            | Self::Separator { span, .. }
            | Self::TooManyDocuments { span, .. }
            | Self::TooMany { span, .. }
            | Self::TooDeep { span, .. } => Some(*span),
            Self::TooLarge { .. } => None,
        }
    }

    /// What strict reading says: keys that stand twice are reported before keys and values that
    /// JSON cannot hold. In all other cases that is this error's message.
    #[must_use]
    pub fn strict_error(&self) -> String {
        match self {
            Self::Key { duplicates, .. } | Self::Value { duplicates, .. } => strict_text(duplicates),
            _ => None,
        }
        .unwrap_or_else(|| self.to_string())
    }

    /// The message as `sigs.k8s.io/yaml` gave it up to 1.3, which kubeadm 1.29 and older are built
    /// with: it wrote the one about keys with a capital letter.
    #[must_use]
    pub fn old_message(&self) -> String {
        let message = self.to_string();
        match self {
            Self::Key { .. } => message.replacen('u', "U", 1),
            _ => message,
        }
    }

    /// Line and column of [`Error::span`].
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.span().map(|span| span.position)
    }
}

/// A key that is a duplicate in one map.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Duplicate {
    /// The key as Go prints it: `"foo"` in quotes, `5`, `true`, `<nil>`.
    pub key: String,
    /// Where the key stands the second time.
    pub key_span: Span,
    /// Where it stood first.
    pub first: Span,
    /// Line of the later *value*, counted from the start of the document: the one in the message.
    pub line: u32,
}

/// go-yaml's own words: `line 4: key "foo" already set in map`.
impl std::fmt::Display for Duplicate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: key {} already set in map", self.line, self.key)
    }
}

pub(super) fn strict_text(duplicates: &[Duplicate]) -> Option<String> {
    if duplicates.is_empty() {
        return None;
    }
    let mut text = String::from("yaml: unmarshal errors:");
    for duplicate in duplicates {
        text.push_str("\n  ");
        text.push_str(&duplicate.to_string());
    }
    Some(text)
}

fn line_prefix(line: Option<u32>) -> String {
    line.map_or_else(String::new, |line| format!("line {line}: "))
}
