//! `path=value`: one value of a document, said by hand and read by the type of its field.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

pub(super) use self::near::near;
use self::setter::{Setter, named_item, plain};
use crate::version::Minor;
use crate::wire::shape::{Shape, StructShape};

mod near;
mod setter;

/// One value of a document, set by its path.
///
/// | text | what it does |
/// |---|---|
/// | `networking.podSubnet=10.244.0.0/16` | sets a field |
/// | `ClusterConfiguration.featureGates.X=true` | sets it in the document of that kind |
/// | `apiServer.certSANs[]=a`, `apiServer.certSANs+=a` | adds an element to a list |
/// | `apiServer.certSANs[0]=a` | sets an element |
/// | `apiServer.extraArgs.v=4` | sets an argument by its name, whether the version keeps a list or a map |
/// | `nodeRegistration.taints=[]` | sets a whole list, map or struct, in YAML or JSON |
///
/// ```
/// use kubeadm_config::FieldAssignment;
///
/// let assignment: FieldAssignment = "ClusterConfiguration.networking.podSubnet=10.244.0.0/16".parse()?;
/// assert_eq!(assignment.path(), "networking.podSubnet");
/// assert!("networking.podSubnet".parse::<FieldAssignment>().is_err());
/// # Ok::<(), kubeadm_config::InvalidFieldAssignment>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldAssignment {
    target: FieldPath,
    value: String,
}

/// The place of a field, as the left side of a [`FieldAssignment`] has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPath {
    /// The document's kind, where it is named.
    pub(super) kind: Option<String>,
    text: String,
    steps: Vec<(Step, usize)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
    Append,
}

/// Why a text is no assignment and no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum InvalidFieldAssignment {
    /// There is no `=`.
    #[error("{given:?} is not path=value, such as networking.podSubnet=10.244.0.0/16")]
    NoValue { given: String },
    /// The path cannot be read.
    #[error("{given:?} is not a path such as apiServer.certSANs[0]: {why}")]
    Path { given: String, why: &'static str },
}

/// Why a value cannot be set.
#[derive(Debug)]
pub(super) enum Refused {
    /// There is no such field; with those whose names are near.
    Unknown { near: Vec<String> },
    /// The path goes on below a value without parts, or has an index where there is no list.
    NoSuchPart { at: String },
    /// The list is shorter.
    TooFar { length: usize },
    /// The value is of another type.
    Value { why: String },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { near } if near.is_empty() => f.write_str("unknown field"),
            Self::Unknown { near } => write!(f, "unknown field; similar fields: {}", near.join(", ")),
            Self::NoSuchPart { at } => write!(f, "{at} is not what the path takes it for"),
            Self::TooFar { length } => {
                write!(f, "the list has {length} elements; [{length}] or [] adds one")
            }
            Self::Value { why } => f.write_str(why),
        }
    }
}

impl FieldAssignment {
    /// The path within the document.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.target.text
    }

    /// The value, as it was given.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    pub(super) const fn target(&self) -> &FieldPath {
        &self.target
    }

    /// Sets the value in the content of a document with that shape.
    pub(super) fn apply(
        &self,
        content: &mut Map<String, Value>,
        shape: &'static StructShape,
        minor: Minor,
    ) -> Result<(), Refused> {
        let setter = Setter { assignment: self, root: shape, minor };
        // What is refused leaves nothing behind: an empty value would be a fault of its own.
        let mut root = Value::Object(content.clone());
        setter.in_struct(&mut root, shape, 0)?;
        if let Value::Object(map) = root {
            *content = map;
        }
        Ok(())
    }
}

impl FromStr for FieldAssignment {
    type Err = InvalidFieldAssignment;

    fn from_str(text: &str) -> Result<Self, InvalidFieldAssignment> {
        let (path, value) =
            text.split_once('=').ok_or_else(|| InvalidFieldAssignment::NoValue { given: text.to_owned() })?;
        let target = match path.strip_suffix('+') {
            Some(list) => format!("{list}[]").parse()?,
            None => path.parse()?,
        };
        Ok(Self { target, value: value.to_owned() })
    }
}

impl FieldPath {
    /// The path within the document.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a struct of that shape has the field.
    pub(super) fn is_in(&self, shape: &'static StructShape, minor: Minor) -> bool {
        let Some((Step::Key(key), _)) = self.steps.first() else { return false };
        let mut found = shape.field(key, minor).map(|found| plain(found.field.shape));
        for (step, _) in &self.steps[1..] {
            found = match (found, step) {
                (Some(Shape::Struct(fields)), Step::Key(key)) => {
                    fields.field(key, minor).map(|found| plain(found.field.shape))
                }
                (Some(Shape::Map(_)), Step::Key(_)) => return true,
                (Some(Shape::List(item)), Step::Index(_) | Step::Append) => Some(plain(item)),
                (Some(Shape::List(item)), Step::Key(_)) if named_item(item).is_some() => return true,
                _ => None,
            };
        }
        found.is_some()
    }

    /// Takes the value out of a document's content; whether there was one.
    pub(super) fn unset(&self, content: &mut Map<String, Value>) -> bool {
        let mut root = Value::Object(std::mem::take(content));
        let gone = self.remove_from(&mut root);
        if let Value::Object(map) = root {
            *content = map;
        }
        gone
    }

    fn remove_from(&self, root: &mut Value) -> bool {
        let Some(((last, start), parents)) = self.steps.split_last() else { return false };
        let parent = parents.iter().try_fold(root, |value, (step, _)| match step {
            Step::Key(key) if value.is_array() => by_name(value, key),
            Step::Key(key) => value.get_mut(key),
            Step::Index(index) => value.get_mut(index),
            Step::Append => None,
        });
        match (parent, last) {
            (Some(Value::Object(map)), Step::Key(key)) => map.remove(key).is_some(),
            (Some(Value::Array(list)), Step::Index(index)) if *index < list.len() => {
                list.remove(*index);
                true
            }
            (Some(Value::Array(list)), Step::Key(_)) => {
                let (name, before) = (&self.text[*start..], list.len());
                list.retain(|item| item["name"] != name);
                list.len() < before
            }
            _ => false,
        }
    }
}

fn by_name<'a>(list: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    list.as_array_mut()?.iter_mut().find(|item| item["name"] == name)
}

impl FromStr for FieldPath {
    type Err = InvalidFieldAssignment;

    fn from_str(text: &str) -> Result<Self, InvalidFieldAssignment> {
        let bad = |why| InvalidFieldAssignment::Path { given: text.to_owned(), why };
        let kind = text.split(['.', '[']).next().filter(|first| first.ends_with("Configuration"));
        let inner = kind.map_or(text, |kind| text[kind.len()..].trim_start_matches('.'));
        let mut steps = Vec::new();
        let mut at = 0;
        while at < inner.len() {
            let rest = &inner[at..];
            if let Some(bracket) = rest.strip_prefix('[') {
                let (inside, _) = bracket.split_once(']').ok_or_else(|| bad("a bracket is not closed"))?;
                let step = if inside.is_empty() {
                    Step::Append
                } else if let Some(key) = inside.strip_prefix('"').and_then(|key| key.strip_suffix('"')) {
                    Step::Key(key.to_owned())
                } else {
                    Step::Index(inside.parse().map_err(|_| bad("an index is a number"))?)
                };
                steps.push((step, at));
                at += inside.len() + 2;
            } else {
                let key = &rest[..rest.find(['.', '[']).unwrap_or(rest.len())];
                if key.is_empty() {
                    return Err(bad("a name is empty"));
                }
                steps.push((Step::Key(key.to_owned()), at));
                at += key.len();
            }
            if inner[at..].starts_with('.') {
                at += 1;
                if at == inner.len() {
                    return Err(bad("nothing follows the last dot"));
                }
            }
        }
        if !matches!(steps.first(), Some((Step::Key(_), _))) {
            return Err(bad("it names no field"));
        }
        Ok(Self { kind: kind.map(str::to_owned), text: inner.to_owned(), steps })
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Some(kind) => write!(f, "{kind}.{}", self.text),
            None => f.write_str(&self.text),
        }
    }
}
