//! Why kubeadm stops, in its words.

use crate::report::Problem;
use crate::validate::aggregate;
use crate::yaml::{self, Span};

/// What a command fails with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) text: String,
    /// Whether it is a list of errors, which older releases tell by their exit status.
    pub(crate) aggregate: bool,
    /// Where in the file, where there is a place.
    pub(crate) span: Option<Span>,
    /// Whether it is more than is read here, whatever kubeadm does.
    pub(crate) too_large: bool,
}

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), aggregate: false, span: None, too_large: false }
    }

    /// Several errors as one.
    pub(crate) fn aggregate(texts: Vec<String>) -> Self {
        let problems: Vec<Problem> = texts.into_iter().map(|text| Problem::of("", text)).collect();
        Self::of_problems(&problems)
    }

    /// What validation found.
    pub(crate) fn of_problems(problems: &[Problem]) -> Self {
        Self { text: aggregate(problems), aggregate: true, ..Self::new("") }
    }

    pub(crate) fn at(self, span: Span) -> Self {
        self.at_maybe(Some(span))
    }

    pub(crate) fn at_maybe(self, span: Option<Span>) -> Self {
        Self { span, ..self }
    }

    /// The same of a file that YAML's reader did not take.
    pub(crate) fn of_reader(self, error: &yaml::Error) -> Self {
        use yaml::Error::{TooDeep, TooLarge, TooMany, TooManyDocuments};
        let too_large =
            matches!(error, TooDeep { .. } | TooLarge { .. } | TooMany { .. } | TooManyDocuments { .. });
        Self { too_large, ..self }.at_maybe(error.span())
    }

    /// The failure with what was being done before it.
    pub(crate) fn while_doing(self, what: &str) -> Self {
        Self { text: format!("{what}: {}", self.text), aggregate: false, ..self }
    }
}
