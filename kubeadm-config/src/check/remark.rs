//! One thing that was found in a file, and how bad it is.
//!
//! Two sources and one shape: kubeadm's own findings keep their text to the letter, so that a
//! reader finds it on the web; what only we say has words of its own and never an error where
//! kubeadm takes the file and nothing breaks.

use std::fmt;
use std::ops::Range;

use super::help::Help;
use crate::advice::Advice;
use crate::code::Code;
use crate::decode::{DecodeProblem, DecodeProblemKind};
use crate::kubelet::Stage;
use crate::report::Problem;
use crate::yaml::Span;

/// One thing that was found. `crio-config` has a type of the same shape.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Remark {
    /// How bad it is.
    pub severity: Severity,
    /// The name of the fault, for programs: `unknown-field`, `invalid-value`, `secret-readable`.
    pub code: Code,
    /// The kind of the document; empty where it is not known.
    pub kind: String,
    /// The path of the field, `networking.podSubnet`; empty where there is none.
    pub field: String,
    /// What is wrong, without the field before it: in kubeadm's words where it is kubeadm that says
    /// it. A decoder's words may name the field themselves.
    pub text: String,
    /// The bytes of the file it is about, where there are any. Of a UTF-16 file they are those of
    /// its UTF-8 form.
    pub span: Option<Range<usize>>,
    /// The line of the first of them, from 1.
    pub line: Option<u32>,
    /// The character of that line, from 1.
    pub column: Option<u32>,
    /// What to do about it, where that is known.
    pub help: Option<Help>,
}

/// How bad something is. The least comes first, so that `max` is the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// kubeadm says nothing; it is seldom meant all the same.
    Advice,
    /// kubeadm only warns, or says nothing of what the kubelet ends at.
    Warning,
    /// kubeadm refuses the file, or what it starts does not work with it.
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

/// `networking.podSubnet: Invalid value: "10.244.0.0/99": couldn't parse subnet`, as kubeadm says
/// it: the field is put before the text unless the text names it already.
impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() && !self.text.contains(&self.field) {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.text)
    }
}

/// How kubeadm's text about a value begins, and the code of that. The words are those of
/// `field.ErrorType` (k8s.io/apimachinery, pkg/util/validation/field/errors.go).
const KINDS_OF_PROBLEM: &[(&str, Code)] = &[
    ("Invalid value", Code::InvalidValue),
    ("Required value", Code::RequiredValue),
    ("Unsupported value", Code::UnsupportedValue),
    ("Duplicate value", Code::DuplicateValue),
    ("Forbidden", Code::ForbiddenField),
    ("Not found", Code::NotFound),
    ("Too long", Code::TooLong),
    ("Too many", Code::TooMany),
    ("Internal error", Code::InternalError),
];

impl Remark {
    pub(super) fn error(code: Code, field: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            kind: String::new(),
            field: field.into(),
            text: text.into(),
            span: None,
            line: None,
            column: None,
            help: None,
        }
    }

    /// What only we say.
    pub(super) fn advice(code: Code, field: impl Into<String>, text: impl Into<String>) -> Self {
        Self { severity: Severity::Advice, ..Self::error(code, field, text) }
    }

    pub(super) fn help(self, code: Code, text: impl Into<String>) -> Self {
        Self { help: Some(Help { code, text: text.into() }), ..self }
    }

    /// What kubeadm says of the file as a whole when it refuses it.
    pub(super) fn refused(text: &str) -> Self {
        Self::error(Code::Refused, "", text)
    }

    /// The same where it is a limit of this reader, which kubeadm does not have.
    pub(super) fn beyond(self, too_large: bool) -> Self {
        if !too_large {
            return self;
        }
        let help = "kubeadm has no such limit and may take it; leave out what is no document of kubeadm";
        Self { code: Code::DocumentTooLarge, ..self }.help(Code::DocumentTooLarge, help)
    }

    /// What kubeadm warns of.
    pub(super) fn warned(text: &str) -> Self {
        Self { severity: Severity::Warning, ..Self::error(Code::KubeadmWarning, "", text) }
    }

    /// What decoding found.
    pub(super) fn found(finding: DecodeProblem) -> Self {
        let code = match finding.kind {
            DecodeProblemKind::UnknownField => Code::UnknownField,
            DecodeProblemKind::DuplicateKey => Code::DuplicateKey,
            DecodeProblemKind::WrongType => Code::WrongType,
            DecodeProblemKind::BadValue => Code::InvalidValue,
        };
        Self::error(code, finding.path, finding.text).at(Some(finding.span))
    }

    /// What validation found.
    pub(super) fn invalid(problem: Problem) -> Self {
        let Problem { path, text } = problem;
        let text = match text.strip_prefix(&path).and_then(|rest| rest.strip_prefix(": ")) {
            Some(rest) if !path.is_empty() => rest.to_owned(),
            _ => text,
        };
        // By the text, since problems of all releases come as texts.
        let known = KINDS_OF_PROBLEM.iter().find(|(words, _)| text.starts_with(words));
        Self::error(known.map_or(Code::Invalid, |(_, code)| *code), path, text)
    }

    /// What kubeadm lets pass and the kubelet ends at.
    pub(super) fn kubelet(stage: Stage, field: &str, text: String) -> Self {
        let code = match stage {
            Stage::Gate => Code::FeatureGateRefused,
            _ => Code::KubeletConfigRefused,
        };
        Self::error(code, field, text)
    }

    /// What kubeadm says nothing of.
    pub(super) fn advised(advice: Advice) -> Self {
        let Advice { code, path, text } = advice;
        Self { severity: Severity::Advice, ..Self::error(code, path, text) }
    }

    pub(super) fn of(self, kind: &str) -> Self {
        Self { kind: kind.to_owned(), ..self }
    }

    pub(super) fn at(self, span: Option<Span>) -> Self {
        let (line, column) = span.map(|span| (span.position.line, span.position.column)).unzip();
        Self { span: span.map(|span| span.start..span.end), line, column, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_the_greatest() {
        assert_eq!(
            [Severity::Error, Severity::Advice, Severity::Warning].iter().max(),
            Some(&Severity::Error)
        );
    }

    #[test]
    fn the_field_is_said_once() {
        let path = "networking.podSubnet";
        let problem = Problem::of(path, format!("{path}: Invalid value: \"x\": couldn't parse subnet"));
        let remark = Remark::invalid(problem);
        assert_eq!((remark.code, remark.field.as_str()), (Code::InvalidValue, path));
        assert_eq!(remark.text, "Invalid value: \"x\": couldn't parse subnet");
        assert_eq!(remark.to_string(), format!("{path}: {}", remark.text));
        let whole = Remark::error(Code::UnknownField, "colour", "unknown field \"colour\"");
        assert_eq!(whole.to_string(), "unknown field \"colour\"");
    }
}
