//! The values options take, as they stand in a file.

use std::collections::BTreeMap;
use std::fmt;

use crate::toml;

/// The value of an option.
///
/// Prints as TOML. Floats and dates are of no option's type: a key with one has no value here.
///
/// ```
/// use crio_config::Value;
///
/// assert_eq!(Value::from("a\"b").to_string(), r#""a\"b""#);
/// assert_eq!(Value::Strings(vec!["a".into(), "b".into()]).to_string(), r#"["a", "b"]"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// `"text"`. Also what durations, paths and ports are written as.
    String(String),
    /// `77`
    Integer(i64),
    /// `true`, `false`
    Boolean(bool),
    /// `["a", "b"]`
    Strings(Vec<String>),
    /// `{ "key" = "value" }`
    StringMap(BTreeMap<String, String>),
}

impl Value {
    /// The value a node of the text holds, where it is of a shape options take.
    pub(crate) fn of(value: &toml::Value) -> Option<Self> {
        Some(match value {
            toml::Value::String(text) => Self::String(text.clone()),
            toml::Value::Integer(number) => Self::Integer(*number),
            toml::Value::Boolean(flag) => Self::Boolean(*flag),
            toml::Value::Array(items) => Self::Strings(
                items
                    .iter()
                    .map(|item| match &item.value {
                        toml::Value::String(text) => Some(text.clone()),
                        _ => None,
                    })
                    .collect::<Option<_>>()?,
            ),
            toml::Value::Table(table) => Self::StringMap(
                table
                    .iter()
                    .map(|(key, node)| match &node.value {
                        toml::Value::String(text) => Some((key.clone(), text.clone())),
                        _ => None,
                    })
                    .collect::<Option<_>>()?,
            ),
            _ => return None,
        })
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Boolean(flag)
    }
}

impl From<Vec<String>> for Value {
    fn from(items: Vec<String>) -> Self {
        Self::Strings(items)
    }
}

/// As TOML writes it, on one line, readable by every release.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        match self {
            Self::String(text) => toml::push_basic_string(&mut out, text),
            Self::Integer(number) => out = number.to_string(),
            Self::Boolean(flag) => out = flag.to_string(),
            Self::Strings(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    toml::push_basic_string(&mut out, item);
                }
                out.push(']');
            }
            Self::StringMap(map) => {
                out.push('{');
                for (index, (key, text)) in map.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { " " });
                    toml::push_key_part(&mut out, key);
                    out.push_str(" = ");
                    toml::push_basic_string(&mut out, text);
                }
                out.push_str(if map.is_empty() { "}" } else { " }" });
            }
        }
        f.write_str(&out)
    }
}
