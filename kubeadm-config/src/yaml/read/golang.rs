//! Values in Go's own syntax, which go-yaml's messages about keys show.

use crate::yaml::{Data, Node};

/// `%#v` of what go-yaml makes of the value.
pub(super) fn syntax(node: &Node) -> String {
    match &node.data {
        Data::Null => "<nil>".to_owned(),
        _ => inner(node),
    }
}

fn inner(node: &Node) -> String {
    match &node.data {
        Data::Null => "interface {}(nil)".to_owned(),
        Data::Bool(truth) => truth.to_string(),
        Data::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => int.to_string(),
            (None, Some(uint)) => format!("{uint:#x}"),
            (None, None) => crate::yaml::number::general_float(number.as_f64()),
        },
        Data::String(text) => crate::go::quote(text),
        Data::Sequence(nodes) => {
            let items: Vec<String> = nodes.iter().map(inner).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Data::Mapping(entries) => {
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_by(|a, b| a.key.cmp(&b.key));
            let item = |entry: &&crate::yaml::Entry| {
                format!("{}:{}", crate::go::quote(&entry.key), inner(&entry.value))
            };
            let items: Vec<String> = sorted.iter().map(item).collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", items.join(", "))
        }
    }
}
