//! One thing that a check found, and how bad it is.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::Finding;
use crate::code::Code;
use crate::{SourceFile, Sources};

/// One thing to say about a configuration. `kubeadm-config` has a type of the same shape.
///
/// Where `file`, `span`, `line` and `column` are `None`, it is about the whole or about the host.
/// The text never repeats the file's name; it names the key where the place alone would not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Remark {
    /// How bad it is.
    pub severity: Severity,
    /// The name of the fault, for programs: `unknown-key`, `removed-key`, `crio-toml-broken`.
    pub code: Code,
    /// The path of the key, `crio.runtime.pids_limit`; empty where there is none.
    pub field: String,
    /// What is wrong: in CRI-O's words where it is CRI-O that says it.
    pub text: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The file it is about, as CRI-O names it.
    pub file: Option<Arc<str>>,
    /// The bytes of that file it is about.
    pub span: Option<Range<usize>>,
    /// The line of the first of them, from 1.
    pub line: Option<u32>,
    /// The character of that line, from 1.
    pub column: Option<u32>,
}

/// How bad something is. The least comes first, so that `max` is the worst.
///
/// ```
/// use crio_config::Severity;
///
/// assert!(Severity::Advice < Severity::Warning && Severity::Warning < Severity::Error);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// CRI-O says nothing; the text is ours.
    Advice,
    /// CRI-O starts and warns in these words, or cannot do all of its work.
    Warning,
    /// CRI-O does not start; the text is its own, but for files that its libraries read.
    Error,
}

impl Severity {
    /// `advice`, `warning` or `error`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text alone: it names the key where that is not clear from the place.
impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Finding {
    /// The same with its place in the file for people.
    pub(super) fn remark(self, sources: &Sources, beside: &[SourceFile]) -> Remark {
        let Self { severity, code, field, text, help, origin } = self;
        let column = origin.as_ref().and_then(|origin| {
            let files = sources.main.iter().chain(&sources.drop_ins).chain(beside);
            let file = { files }.find(|file| *file.path == *origin.path)?;
            column(file.content.as_ref().ok()?, origin.span.start)
        });
        let line = origin.as_ref().and_then(|origin| u32::try_from(origin.line).ok());
        let (file, span) = origin.map(|origin| (origin.path, origin.span)).unzip();
        Remark { severity, code, field, text, help, file, span, line, column }
    }
}

/// The character of its line that the byte `at` begins, from 1.
fn column(bytes: &[u8], at: usize) -> Option<u32> {
    let before = bytes.get(..at)?;
    let line = before.rsplit(|byte| *byte == b'\n').next()?;
    u32::try_from(String::from_utf8_lossy(line).chars().count() + 1).ok()
}
