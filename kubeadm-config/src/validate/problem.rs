//! What validation found, as kubeadm prints it.
//!
//! The shape is that of `field.Error` (k8s.io/apimachinery,
//! `pkg/util/validation/field/errors.go`): path, kind of error, value, detail. Texts are compared
//! by users and tests with kubeadm's own, so each blank and quote counts.

use std::collections::BTreeMap;

use crate::go::{json_string, quote};
use crate::message::Warning;
use crate::report::Problem;

/// What is wrong with a configuration, and what is only doubtful.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// Every problem, in the order in which kubeadm finds them. With one or more kubeadm refuses
    /// the configuration.
    pub(crate) problems: Vec<Problem>,
    /// What kubeadm warns about.
    pub(crate) warnings: Vec<Warning>,
}

/// kubeadm's one text for several problems, which says each thing once: `a`, or `[a, b]`. Empty if
/// there is none.
pub(crate) fn aggregate(problems: &[Problem]) -> String {
    let mut texts: Vec<&str> = Vec::new();
    for problem in problems {
        // `aggregate.Error()` of apimachinery keeps a set of messages: the same text twice is said
        // once.
        if !texts.contains(&problem.text.as_str()) {
            texts.push(&problem.text);
        }
    }
    match texts[..] {
        [] => String::new(),
        [text] => text.to_owned(),
        _ => format!("[{}]", texts.join(", ")),
    }
}

/// What kind of problem a field has.
pub(super) enum Kind {
    /// A value that may not be.
    Invalid(Value),
    /// No value where one must be.
    Required,
}

/// A value as it stands in the message.
pub(super) enum Value {
    /// A string.
    Text(String),
    /// A string of a type of its own in Go, such as a pull policy; it prints by the rules for lists
    /// and maps.
    NamedText(String),
    /// A number.
    Integer(i64),
    /// A list of strings.
    Texts(Vec<String>),
    /// Feature gates.
    Gates(BTreeMap<String, bool>),
}

/// A problem in kubeadm's words; `json` says that lists and maps are printed as JSON and not in
/// Go's own syntax.
pub(super) fn problem(path: &str, kind: &Kind, detail: &str, json: bool) -> Problem {
    let text = match kind {
        Kind::Invalid(value) => format!("{path}: Invalid value: {}: {detail}", value.print(json)),
        Kind::Required => format!("{path}: Required value: {detail}"),
    };
    Problem::of(path, text)
}

impl Value {
    fn print(&self, json: bool) -> String {
        // Up to some release `field.Error` printed lists with `%#v`, since then as JSON;
        // `Change::ValuesAsJson` is that change of apimachinery.
        let string = if json { json_string } else { quote };
        match self {
            // A plain string is quoted by `%q` before and after; only other types changed.
            Self::Text(text) => quote(text),
            Self::NamedText(text) => string(text),
            Self::Integer(number) => number.to_string(),
            Self::Texts(texts) => {
                let items: Vec<String> = texts.iter().map(|text| string(text)).collect();
                if json {
                    format!("[{}]", items.join(","))
                } else {
                    format!("[]string{{{}}}", items.join(", "))
                }
            }
            Self::Gates(gates) => {
                let items: Vec<String> =
                    gates.iter().map(|(name, on)| format!("{}:{on}", string(name))).collect();
                let (head, separator) = if json { ("", ",") } else { ("map[string]bool", ", ") };
                format!("{head}{{{}}}", items.join(separator))
            }
        }
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&Vec<String>> for Value {
    fn from(texts: &Vec<String>) -> Self {
        Self::Texts(texts.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: Value, json: bool) -> String {
        problem("a.b", &Kind::Invalid(value), "bad", json).text
    }

    #[test]
    fn values_print_in_both_ways() {
        let texts = || Value::Texts(vec!["a<".to_owned(), "\u{7f}".to_owned()]);
        assert_eq!(text(texts(), false), "a.b: Invalid value: []string{\"a<\", \"\\x7f\"}: bad");
        assert_eq!(text(texts(), true), "a.b: Invalid value: [\"a\\u003c\",\"\u{7f}\"]: bad");
        let gates = || Value::Gates([("B".to_owned(), true), ("A".to_owned(), false)].into());
        assert_eq!(text(gates(), false), r#"a.b: Invalid value: map[string]bool{"A":false, "B":true}: bad"#);
        assert_eq!(text(gates(), true), r#"a.b: Invalid value: {"A":false,"B":true}: bad"#);
        assert_eq!(text("<".into(), true), r#"a.b: Invalid value: "<": bad"#);
        assert_eq!(text(Value::NamedText("<".into()), true), r#"a.b: Invalid value: "\u003c": bad"#);
        assert_eq!(text(Value::Integer(-1), true), "a.b: Invalid value: -1: bad");
    }

    #[test]
    fn an_error_says_each_thing_once() {
        let required = |path: &str| problem(path, &Kind::Required, "c", true);
        assert_eq!(aggregate(&[]), "");
        assert_eq!(aggregate(&[required("a"), required("a")]), "a: Required value: c");
        assert_eq!(
            aggregate(&[required("a"), required("b"), required("a")]),
            "[a: Required value: c, b: Required value: c]"
        );
    }
}
