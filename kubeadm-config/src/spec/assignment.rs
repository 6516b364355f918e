//! `path=value`: one value of a document, said by hand and read by the type of its field.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value, json};

use crate::catalogue::{Field, fields_of};
use crate::decode::decode_value;
use crate::version::Minor;
use crate::wire::shape::{Scalar, Shape, StructShape};
use crate::yaml::{self, Base, Data, Node};

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
/// use kubeadm_config::Assignment;
///
/// let assignment: Assignment = "ClusterConfiguration.networking.podSubnet=10.244.0.0/16".parse()?;
/// assert_eq!(assignment.path(), "networking.podSubnet");
/// assert!("networking.podSubnet".parse::<Assignment>().is_err());
/// # Ok::<(), kubeadm_config::InvalidAssignment>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    target: FieldPath,
    value: String,
}

/// The place of a field, as the left side of an [`Assignment`] has it.
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
pub enum InvalidAssignment {
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
            Self::Unknown { near } if near.is_empty() => f.write_str("there is no such field"),
            Self::Unknown { near } => write!(f, "there is no such field; near it are {}", near.join(", ")),
            Self::NoSuchPart { at } => write!(f, "{at} is not what the path takes it for"),
            Self::TooFar { length } => {
                write!(f, "the list has {length} elements; [{length}] or [] adds one")
            }
            Self::Value { why } => f.write_str(why),
        }
    }
}

impl Assignment {
    /// The path within the document.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.target.text
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
        let mut root = Value::Object(std::mem::take(content));
        let outcome = setter.in_struct(&mut root, shape, 0);
        if let Value::Object(map) = root {
            *content = map;
        }
        outcome
    }
}

impl FromStr for Assignment {
    type Err = InvalidAssignment;

    fn from_str(text: &str) -> Result<Self, InvalidAssignment> {
        let (path, value) =
            text.split_once('=').ok_or_else(|| InvalidAssignment::NoValue { given: text.to_owned() })?;
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
    type Err = InvalidAssignment;

    fn from_str(text: &str) -> Result<Self, InvalidAssignment> {
        let bad = |why| InvalidAssignment::Path { given: text.to_owned(), why };
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

/// An assignment on its way down a document.
struct Setter<'a> {
    assignment: &'a Assignment,
    root: &'static StructShape,
    minor: Minor,
}

impl Setter<'_> {
    fn steps(&self) -> &[(Step, usize)] {
        &self.assignment.target.steps
    }

    fn in_struct(&self, slot: &mut Value, shape: &'static StructShape, depth: usize) -> Result<(), Refused> {
        let (Step::Key(key), _) = &self.steps()[depth] else { return Err(self.no_such_part(depth)) };
        let found = shape.field(key, self.minor).ok_or_else(|| self.unknown())?;
        self.in_shape(&mut object(slot)[key.as_str()], found.field.shape, depth + 1)
    }

    fn in_shape(&self, slot: &mut Value, shape: &'static Shape, depth: usize) -> Result<(), Refused> {
        let shape = plain(shape);
        let Some((step, start)) = self.steps().get(depth) else {
            *slot = self.value(shape)?;
            return Ok(());
        };
        match (shape, step) {
            (Shape::Struct(fields), _) => self.in_struct(slot, fields, depth),
            (Shape::Map(item), Step::Key(key)) => {
                // Names of thresholds and of gates may hold dots; values without parts end the path.
                let whole =
                    matches!(plain(item), Shape::Scalar(..)) && !self.text()[*start..].starts_with('[');
                let (key, next) = match whole {
                    true => (&self.text()[*start..], self.steps().len()),
                    false => (key.as_str(), depth + 1),
                };
                self.in_shape(&mut object(slot)[key], item, next)
            }
            (Shape::List(item), Step::Append) => {
                let list = array(slot);
                list.push(Value::Null);
                let index = list.len() - 1;
                self.in_shape(&mut list[index], item, depth + 1)
            }
            (Shape::List(item), Step::Index(index)) => {
                let list = array(slot);
                let length = list.len();
                if *index > length {
                    return Err(Refused::TooFar { length });
                }
                if *index == length {
                    list.push(Value::Null);
                }
                self.in_shape(&mut list[*index], item, depth + 1)
            }
            (Shape::List(item), Step::Key(_)) if named_item(item).is_some() => self.by_name(slot, *start),
            _ => Err(self.no_such_part(depth)),
        }
    }

    /// An element of a list of arguments or variables: the last one of that name, or a new one.
    fn by_name(&self, slot: &mut Value, start: usize) -> Result<(), Refused> {
        let (name, value) = (&self.text()[start..], self.assignment.value.as_str());
        let list = array(slot);
        match list.iter_mut().rev().find(|item| item["name"] == name) {
            Some(item) => item["value"] = value.into(),
            None => list.push(json!({"name": name, "value": value})),
        }
        Ok(())
    }

    fn text(&self) -> &str {
        &self.assignment.target.text
    }

    fn no_such_part(&self, depth: usize) -> Refused {
        let start = self.steps()[depth].1;
        Refused::NoSuchPart { at: self.text()[..start].trim_end_matches('.').to_owned() }
    }

    fn unknown(&self) -> Refused {
        Refused::Unknown { near: near(self.text(), &fields_of(self.root, self.minor)) }
    }

    /// The value by the type of its field.
    fn value(&self, shape: &'static Shape) -> Result<Value, Refused> {
        let text = self.assignment.value.as_str();
        let refused = |why: String| Refused::Value { why };
        let node = match shape {
            Shape::Scalar(Scalar::Text, _) => return Ok(text.into()),
            Shape::Scalar(Scalar::Duration | Scalar::Time | Scalar::Quantity | Scalar::Token, _) => {
                let span =
                    yaml::read(b"", Base::default()).map_err(|error| refused(error.to_string()))?.root.span;
                Node { data: Data::String(text.to_owned()), span }
            }
            _ => {
                yaml::read_yaml(text.as_bytes(), Base::default())
                    .map_err(|error| refused(error.to_string()))?
                    .root
            }
        };
        let (value, findings) = decode_value(&node, shape, self.minor);
        match (findings.into_iter().next(), value) {
            (Some(finding), _) => {
                Err(refused(format!("{text:?} is not {}: {}", wanted(shape), finding.text)))
            }
            (None, Some(value)) => Ok(value),
            (None, None) => Err(refused(format!("{text:?} is not {}", wanted(shape)))),
        }
    }
}

/// What a field wants, for people.
fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Shape::Named(_, inner) => wanted(inner),
        Shape::Struct(_) => "a map of its fields",
        Shape::Map(_) => "a map",
        Shape::List(_) => "a list",
        Shape::Scalar(scalar, _) => match scalar {
            Scalar::Text => "text",
            Scalar::Bool => "true or false",
            Scalar::Int(_) | Scalar::Uint(_) => "a whole number",
            Scalar::Float(_) => "a number",
            Scalar::Duration | Scalar::DurationOrNanos => "a length of time such as 4m0s",
            Scalar::Time => "a time such as 2026-01-31T12:00:00Z",
            Scalar::Quantity => "a quantity such as 100Mi",
            Scalar::Token => "a bootstrap token",
            Scalar::Raw => "a value",
        },
    }
}

fn plain(shape: &'static Shape) -> &'static Shape {
    if let Shape::Named(_, inner) = shape { plain(inner) } else { shape }
}

/// The struct of a list whose elements are a name and a value.
fn named_item(item: &'static Shape) -> Option<&'static StructShape> {
    let Shape::Struct(fields) = plain(item) else { return None };
    let has = |key: &str| {
        fields.fields.iter().any(|field| field.json == key)
            || fields.inlines.iter().any(|inline| inline.fields.iter().any(|field| field.json == key))
    };
    (has("name") && has("value")).then_some(fields)
}

fn object(slot: &mut Value) -> &mut Value {
    if !slot.is_object() {
        *slot = json!({});
    }
    slot
}

fn array(slot: &mut Value) -> &mut Vec<Value> {
    if !slot.is_array() {
        *slot = json!([]);
    }
    match slot {
        Value::Array(list) => list,
        _ => unreachable!("it was made a list above"),
    }
}

/// The fields whose names come near a path, the nearest first.
pub(super) fn near(path: &str, fields: &[Field]) -> Vec<String> {
    let leaf = |path: &str| {
        path.rsplit('.')
            .next()
            .unwrap_or_default()
            .trim_end_matches(['[', ']', '{', '}'])
            .to_ascii_lowercase()
    };
    let plain = |path: &str| path.replace("{}", "").replace("[]", "").to_ascii_lowercase();
    let (wanted, wanted_leaf) = (plain(path), leaf(path));
    let mut scored: Vec<(usize, &str)> = fields
        .iter()
        .filter(|field| !field.path.ends_with(['}', ']']))
        .map(|field| {
            let by_leaf = distance(&leaf(&field.path), &wanted_leaf);
            (by_leaf.min(distance(&plain(&field.path), &wanted)), field.path.as_str())
        })
        .filter(|(score, _)| *score * 3 <= wanted_leaf.len())
        .collect();
    scored.sort();
    scored.into_iter().take(3).map(|(_, path)| path.to_owned()).collect()
}

/// How many letters have to be changed, put in or taken out.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}
