//! From a field path, as Kubernetes writes it, to the place in the document.

use super::{Data, Document, Node, Span};

/// Where a field path leads in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The key of the field if it has one, else the value.
    pub span: Span,
    /// The value.
    pub value: Span,
    /// Whether the whole path was found. If not, this is the place of the deepest part that stands in the document:
    /// a field that is missing, or that has its value by default.
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
