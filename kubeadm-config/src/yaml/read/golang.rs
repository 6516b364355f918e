//! Values in Go's own syntax, which go-yaml's messages about keys show.

use std::collections::HashMap;

use crate::yaml::{Data, Node, Span};

/// Keys that are no text, as Go spells them, by the start of their span.
pub(super) type Spellings = HashMap<usize, String>;

/// `%#v` of what go-yaml makes of the value.
pub(super) fn syntax(node: &Node, spellings: &Spellings) -> String {
    match &node.data {
        Data::Null => "<nil>".to_owned(),
        _ => inner(node, spellings),
    }
}

fn inner(node: &Node, spellings: &Spellings) -> String {
    match &node.data {
        Data::Null => "interface {}(nil)".to_owned(),
        Data::Bool(truth) => truth.to_string(),
        Data::Number(number) if number.literal() == "-0" => "-0".to_owned(),
        Data::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => int.to_string(),
            (None, Some(uint)) => format!("{uint:#x}"),
            (None, None) => crate::yaml::number::general_float(number.as_f64()),
        },
        Data::String(text) => crate::go::quote(text),
        Data::Sequence(nodes) => {
            let items: Vec<String> = nodes.iter().map(|node| inner(node, spellings)).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Data::Mapping(entries) => {
            let key = |span: Span, text: &str| {
                spellings.get(&span.start).cloned().unwrap_or_else(|| crate::go::quote(text))
            };
            let item = |entry: &crate::yaml::Entry| {
                format!("{}:{}", key(entry.key_span, &entry.key), inner(&entry.value, spellings))
            };
            // Go puts nil first and sorts keys of one kind; of several kinds the order depends on the
            // program.
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_by_key(|entry| {
                let spelling = spellings.get(&entry.key_span.start);
                let is_nil = spelling.is_some_and(|text| text.ends_with("(nil)"));
                (!is_nil, spelling.map(|text| text.parse::<i64>().ok()), entry.key.as_str())
            });
            let items: Vec<String> = sorted.into_iter().map(item).collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", items.join(", "))
        }
    }
}
