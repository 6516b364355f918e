//! JSONPath templates as client-go reads and fills them: text with `{...}` in it, `range` and
//! `end`.

mod parse;
mod unquote;
mod walk;

use serde_json::Value;

use crate::go::json_string;

/// A template.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Template {
    nodes: Vec<Node>,
}

/// What stands in a template.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// Outside of braces, or quoted in them.
    Text(String),
    /// What one pair of braces holds.
    List(Vec<Node>),
    /// `range` or `end`.
    Word(String),
    Field(String),
    Slice(Slice),
    /// `[?(left operator right)]`; without an operator `left` has to be there.
    Filter {
        left: Vec<Node>,
        operator: Option<String>,
        right: Vec<Node>,
    },
    /// `[a,b]`.
    Union(Vec<Vec<Node>>),
    /// A number or a boolean.
    Constant(Value),
    /// `.*`.
    Wildcard,
    /// `..`.
    Descent,
}

/// `[start:end:step]`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Slice {
    start: Option<i64>,
    end: Option<i64>,
    step: Option<i64>,
    /// Whether only one index was given, and `end` is the next.
    single: bool,
}

impl Template {
    /// Reads a template; the error is client-go's.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { nodes: parse::nodes(text)? })
    }

    /// Fills it in, with missing fields taken for nothing.
    pub(super) fn filled(&self, data: &Value) -> Result<String, String> {
        let groups = walk::Walk::over(&self.nodes).groups(data)?;
        let group = |group: &Vec<Value>| group.iter().map(text_of).collect::<Vec<_>>().join(" ");
        Ok(groups.iter().map(group).collect())
    }

    /// Fills it in, each part as a list in JSON.
    pub(super) fn filled_as_json(&self, data: &Value) -> Result<String, String> {
        let groups = walk::Walk::over(&self.nodes).groups(data)?;
        Ok(groups.into_iter().map(|group| json_of(&Value::Array(group), Some(0)) + "\n").collect())
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => json_of(other, None),
    }
}

/// `json.Marshal`, or `json.MarshalIndent` with four blanks from a level on.
fn json_of(value: &Value, level: Option<usize>) -> String {
    let inner = level.map(|level| level + 1);
    let line =
        |level: Option<usize>| level.map_or(String::new(), |level| format!("\n{}", "    ".repeat(level)));
    let wrapped = |open: char, items: Vec<String>, close: char| {
        if items.is_empty() {
            return format!("{open}{close}");
        }
        let items = items.join(&format!(",{}", line(inner)));
        format!("{open}{}{items}{}{close}", line(inner), line(level))
    };
    match value {
        Value::String(text) => json_string(text),
        Value::Array(items) => wrapped('[', items.iter().map(|item| json_of(item, inner)).collect(), ']'),
        Value::Object(map) => {
            let colon = if level.is_some() { ": " } else { ":" };
            let entry = |(key, item): (&String, &Value)| {
                format!("{}{colon}{}", json_string(key), json_of(item, inner))
            };
            wrapped('{', map.iter().map(entry).collect(), '}')
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filled(template: &str) -> Result<String, String> {
        let data = json!({ "kind": "Images", "images": ["a/x:1", "a/y:2", "b/z:3"] });
        Template::parse(template)?.filled(&data)
    }

    #[test]
    fn templates_are_filled_as_client_go_does() {
        for (template, wanted) in [
            ("plain", "plain"),
            ("{.kind}", "Images"),
            ("{$.kind} {@.kind}", "Images Images"),
            ("{.images[0]}", "a/x:1"),
            ("{.images[-1]}", "b/z:3"),
            ("{.images[*]}", "a/x:1 a/y:2 b/z:3"),
            ("{.images[0:3:2]}", "a/x:1 b/z:3"),
            ("{.images[0,2]}", "a/x:1 b/z:3"),
            ("{.images}", "[\"a/x:1\",\"a/y:2\",\"b/z:3\"]"),
            ("{['kind']}", "Images"),
            ("{.missing}", ""),
            ("{range .images[*]}{@}{\"\\n\"}{end}.", "a/x:1\na/y:2\nb/z:3\n."),
            ("{range .missing[*]}x{end}y", "y"),
            ("{.images[?(@==\"a/y:2\")]}", "a/y:2"),
            ("{.images[?(@>'a/x:1')]}", "a/y:2 b/z:3"),
            ("{..images[1]}", "a/y:2"),
            ("{'tab\\tq\\''}", "tab\tq'"),
            ("{5} {true} {1.5}", "5 true 1.5"),
        ] {
            assert_eq!(filled(template).as_deref(), Ok(wanted), "{template}");
        }
    }

    #[test]
    fn errors_are_client_go_s() {
        for (template, wanted) in [
            ("{", "unclosed action"),
            ("{.images[0", "unterminated array"),
            ("{.images[x]}", "invalid array index x"),
            ("{.images[7]}", "array index out of bounds: index 7, length 3"),
            ("{.images[0:1:0]}", "step must be > 0"),
            ("{.kind[0]}", "string is not array or slice"),
            ("{#}", "unrecognized character in action: U+0023 '#'"),
            ("{foo}", "unrecognized identifier foo"),
            ("{end}", "not in range, nothing to end"),
            ("{.images[?(@==1)]}", "incompatible types for comparison"),
            ("{\"a}", "unterminated quoted string"),
            ("{'\\q'}", "unquote string '\\q' error invalid syntax"),
            ("{....a}", "invalid multiple recursive descent"),
            ("{-}", "cannot parse number -"),
        ] {
            assert_eq!(filled(template).unwrap_err(), wanted, "{template}");
        }
    }

    #[test]
    fn as_json_every_part_is_a_list() {
        let template = Template::parse("{.images[0:2]}{.none}").unwrap();
        let data = json!({ "images": ["a", "<b>"] });
        let wanted = "[\n    \"a\",\n    \"\\u003cb\\u003e\"\n]\n[]\n";
        assert_eq!(template.filled_as_json(&data).unwrap(), wanted);
    }
}
