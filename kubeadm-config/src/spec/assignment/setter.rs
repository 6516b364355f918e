//! Putting a value in at the end of its path.

use serde_json::{Value, json};

use super::near::near;
use super::{FieldAssignment, Refused, Step};
use crate::catalogue::fields_of;
use crate::decode::decode_value;
use crate::version::Minor;
use crate::wire::shape::{Scalar, Shape, StructShape};
use crate::yaml::{self, Base, Data, Node};

/// An assignment on its way down a document.
pub(super) struct Setter<'a> {
    pub(super) assignment: &'a FieldAssignment,
    pub(super) root: &'static StructShape,
    pub(super) minor: Minor,
}

impl Setter<'_> {
    fn steps(&self) -> &[(Step, usize)] {
        &self.assignment.target.steps
    }

    pub(super) fn in_struct(
        &self,
        slot: &mut Value,
        shape: &'static StructShape,
        depth: usize,
    ) -> Result<(), Refused> {
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

pub(super) fn plain(shape: &'static Shape) -> &'static Shape {
    if let Shape::Named(_, inner) = shape { plain(inner) } else { shape }
}

/// The struct of a list whose elements are a name and a value.
pub(super) fn named_item(item: &'static Shape) -> Option<&'static StructShape> {
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
