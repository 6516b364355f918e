//! Filling a template in.
//!
//! Follows `jsonpath.go` of `k8s.io/client-go/util/jsonpath`. A node turns a list of values into a
//! list of values; an action is its nodes one after another. Ranges work over the *template's*
//! list of nodes: `{range}` remembers where it stands, `{end}` sends the walk back, and the
//! counters are client-go's own, which is why unbalanced templates behave as they do there.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Node, Slice};

/// One walk over a template's nodes.
///
/// Used up by [`Walk::groups`]: the counters are of one run.
pub(super) struct Walk<'a> {
    nodes: &'a [Node],
    /// Ranges that were begun and not yet gone through, ...
    begun: usize,
    /// ... that are being gone through, ...
    inside: usize,
    /// ... and ends that were met.
    ended: usize,
    last_end: usize,
}

impl<'a> Walk<'a> {
    /// Borrows a template that was parsed.
    pub(super) fn over(nodes: &'a [Node]) -> Self {
        Self { nodes, begun: 0, inside: 0, ended: 0, last_end: 0 }
    }

    /// What each node of the template finds.
    ///
    /// Values of one node belong together: they are printed with spaces between.
    /// # Errors
    /// In client-go's words: what cannot be indexed, filtered or compared, and an `{end}` without
    /// a `{range}`.
    pub(super) fn groups(mut self, data: &Value) -> Result<Vec<Vec<Value>>, String> {
        self.from(0, data)
    }

    /// From a node on, up to the end of the innermost range.
    fn from(&mut self, start: usize, data: &Value) -> Result<Vec<Vec<Value>>, String> {
        let mut groups = Vec::new();
        let mut at = start;
        while let Some(node) = self.nodes.get(at) {
            let found = self.node(node, vec![data.clone()])?;
            if self.ended > 0 && self.ended <= self.inside {
                self.ended -= 1;
                self.last_end = at;
                break;
            }
            if self.begun == 0 {
                groups.push(found);
            } else {
                self.begun -= 1;
                self.inside += 1;
                // Without anything to range over, the way to the end is still to be found.
                if found.is_empty() {
                    self.from(at + 1, &Value::Null)?;
                }
                for value in &found {
                    groups.extend(self.from(at + 1, value)?);
                }
                self.inside -= 1;
                at = at.max(self.last_end);
            }
            at += 1;
        }
        Ok(groups)
    }

    /// The nodes of an action, each over what the one before found.
    fn list(&mut self, nodes: &[Node], input: Vec<Value>) -> Result<Vec<Value>, String> {
        nodes.iter().try_fold(input, |values, node| self.node(node, values))
    }

    /// A field that is not there finds nothing and is no error: missing keys are allowed, as
    /// kubectl's printer allows them.
    fn node(&mut self, node: &Node, input: Vec<Value>) -> Result<Vec<Value>, String> {
        Ok(match node {
            Node::Text(text) => vec![text.as_str().into()],
            Node::List(nodes) => self.list(nodes, input)?,
            Node::Word(word) => return self.word(word, input),
            Node::Field(name) => input.iter().filter_map(|value| value.get(name)).cloned().collect(),
            Node::Slice(slice) => sliced(*slice, &input)?,
            Node::Filter { left, operator, right } => {
                self.filtered(left, operator.as_deref(), right, &input)?
            }
            Node::Union(lists) => {
                let each = lists.iter().map(|list| self.list(list, input.clone()));
                each.collect::<Result<Vec<_>, _>>()?.concat()
            }
            Node::Constant(value) => vec![value.clone(); input.len()],
            Node::Wildcard => input.iter().flat_map(children).collect(),
            Node::Descent => descended(&input),
        })
    }

    /// `range` passes its input on; whatever follows in the same action is what it ranges over.
    fn word(&mut self, word: &str, input: Vec<Value>) -> Result<Vec<Value>, String> {
        match word {
            "range" => {
                self.begun += 1;
                Ok(input)
            }
            "end" if self.inside > 0 => {
                self.ended += 1;
                Ok(Vec::new())
            }
            "end" => Err("not in range, nothing to end".to_owned()),
            _ => Err(format!("unrecognized identifier {word}")),
        }
    }

    /// Only lists are filtered, each item on its own. A filter without an operator asks whether
    /// anything is found, and there alone an error is taken for "no".
    fn filtered(
        &mut self,
        left: &[Node],
        operator: Option<&str>,
        right: &[Node],
        input: &[Value],
    ) -> Result<Vec<Value>, String> {
        let mut found = Vec::new();
        for value in input {
            let Value::Array(items) = value else {
                return Err(format!("{} is not array or slice and cannot be filtered", plain(value)));
            };
            for item in items {
                let lefts = self.list(left, vec![item.clone()]);
                let passes = match operator {
                    None => lefts.is_ok_and(|lefts| !lefts.is_empty()),
                    Some(operator) => self.passes(lefts?, operator, right, item)?,
                };
                if passes {
                    found.push(item.clone());
                }
            }
        }
        Ok(found)
    }
}

impl Walk<'_> {
    /// One value on either side; none on a side is "no".
    fn passes(
        &mut self,
        lefts: Vec<Value>,
        operator: &str,
        right: &[Node],
        item: &Value,
    ) -> Result<bool, String> {
        let Some(left) = one(lefts)? else { return Ok(false) };
        let Some(right) = one(self.list(right, vec![item.clone()])?)? else { return Ok(false) };
        holds(operator, &left, &right)
    }
}

/// # Errors
/// More than one value to compare.
fn one(mut values: Vec<Value>) -> Result<Option<Value>, String> {
    match values.len() {
        0 | 1 => Ok(values.pop()),
        _ => Err("can only compare one element at a time".to_owned()),
    }
}

/// # Errors
/// An operator that is none, such as `=<`, and what [`compared`] refuses.
fn holds(operator: &str, left: &Value, right: &Value) -> Result<bool, String> {
    let ordered = |wanted: fn(Ordering) -> bool| compared(left, right).map(wanted);
    match operator {
        "==" => equal(left, right),
        "!=" => equal(left, right).map(|equal| !equal),
        "<" => ordered(Ordering::is_lt),
        ">" => ordered(Ordering::is_gt),
        "<=" => ordered(Ordering::is_le),
        ">=" => ordered(Ordering::is_ge),
        _ => Err(format!("unrecognized filter operator {operator}")),
    }
}

/// Truth values can be equal but have no order.
fn equal(left: &Value, right: &Value) -> Result<bool, String> {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Ok(left == right),
        _ => compared(left, right).map(Ordering::is_eq),
    }
}

/// Whole numbers and fractions are different kinds to Go's templates, so `1 == 1.0` is an error
/// and not false.
fn compared(left: &Value, right: &Value) -> Result<Ordering, String> {
    let basic = |value: &Value| !matches!(value, Value::Null | Value::Array(_) | Value::Object(_));
    let (no_type, incompatible) = ("invalid type for comparison", "incompatible types for comparison");
    match (left, right) {
        (Value::String(left), Value::String(right)) => Ok(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) if left.is_f64() == right.is_f64() => {
            Ok(left.as_f64().partial_cmp(&right.as_f64()).unwrap_or(Ordering::Equal))
        }
        (Value::Bool(_), Value::Bool(_)) => Err(no_type.to_owned()),
        (left, right) if basic(left) && basic(right) => Err(incompatible.to_owned()),
        _ => Err(no_type.to_owned()),
    }
}

/// Indices as in Python, counted from the back where negative. `null` has no items and gives none.
/// # Errors
/// An index outside, a start behind the end, a step of zero or less.
fn sliced(slice: Slice, input: &[Value]) -> Result<Vec<Value>, String> {
    let mut found = Vec::new();
    for value in input {
        let items = match value {
            Value::Null => continue,
            Value::Array(items) => items,
            other => return Err(format!("{} is not array or slice", type_name(other))),
        };
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let start = slice.start.unwrap_or(0);
        let start = if start < 0 { start + length } else { start };
        let end = slice.end.unwrap_or(length);
        let end = if end < 0 || end == 0 && slice.single { end + length } else { end };
        if start == end {
            return Ok(found);
        }
        let outside = |index: i64| Err(format!("array index out of bounds: index {index}, length {length}"));
        if !(0..length).contains(&start) {
            return outside(start);
        }
        if !(0..=length).contains(&end) {
            return outside(end - 1);
        }
        if start > end {
            return Err(format!("starting index {start} is greater than ending index {end}"));
        }
        let step = usize::try_from(slice.step.unwrap_or(1)).ok().filter(|step| *step > 0);
        let step = step.ok_or("step must be > 0")?;
        let bound = |index: i64| usize::try_from(index).unwrap_or_default();
        found.extend(items[bound(start)..bound(end)].iter().step_by(step).cloned());
    }
    Ok(found)
}

/// What is directly in a value; Go's text is a row of bytes.
fn children(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Object(map) => map.values().cloned().collect(),
        Value::String(text) => text.bytes().map(Value::from).collect(),
        _ => Vec::new(),
    }
}

/// The values and all that is in them, as far as they have anything in them.
fn descended(input: &[Value]) -> Vec<Value> {
    let mut found = Vec::new();
    for value in input {
        let inner = children(value);
        if !inner.is_empty() {
            found.push(value.clone());
            found.extend(descended(&inner));
        }
    }
    found
}

/// Go's name of the type.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// A value as Go's `%v` shows it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let entries: Vec<_> = map.iter().map(|(key, value)| format!("{key}:{}", plain(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
        other => other.to_string(),
    }
}
