//! A document that holds only what was said, written field by field.
//!
//! Its keys are those of the newest API version, whatever version it is printed in later.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// One document on its way from what was asked to what is printed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Document {
    pub(crate) content: Map<String, Value>,
}

impl Document {
    /// The value at a path of keys with dots between.
    pub(crate) fn at(&self, path: &str) -> Option<&Value> {
        let mut keys = path.split('.');
        let first = self.content.get(keys.next()?)?;
        keys.try_fold(first, |value, key| value.get(key))
    }

    /// Sets the value at a path, making the maps on the way to it.
    pub(crate) fn put(&mut self, path: &str, value: impl Into<Value>) {
        let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
        let mut map = &mut self.content;
        for key in parents.split('.').filter(|key| !key.is_empty()) {
            let entry = map.entry(key).or_insert_with(|| json!({}));
            if !entry.is_object() {
                *entry = json!({});
            }
            let Value::Object(inner) = entry else { return };
            map = inner;
        }
        map.insert(last.to_owned(), value.into());
    }

    /// Takes the value at a path out.
    pub(crate) fn remove(&mut self, path: &str) -> Option<Value> {
        let Some((parents, last)) = path.rsplit_once('.') else { return self.content.remove(path) };
        let mut keys = parents.split('.');
        let first = self.content.get_mut(keys.next()?)?;
        let parent = keys.try_fold(first, |value, key| value.get_mut(key))?;
        parent.as_object_mut()?.remove(last)
    }

    /// Sets a value where one was asked for.
    pub(crate) fn put_given(&mut self, path: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.put(path, value.to_string());
        }
    }

    /// Sets `true` where that was asked for.
    pub(crate) fn put_true(&mut self, path: &str, asked: bool) {
        if asked {
            self.put(path, true);
        }
    }

    /// Sets a truth value where one was asked for.
    pub(crate) fn put_truth(&mut self, path: &str, asked: Option<bool>) {
        if let Some(truth) = asked {
            self.put(path, truth);
        }
    }

    /// Sets a list in place of the one that is there, where one was asked for.
    pub(crate) fn put_list(&mut self, path: &str, values: &[impl ToString]) {
        if !values.is_empty() {
            let values: Vec<Value> = values.iter().map(|value| value.to_string().into()).collect();
            self.put(path, values);
        }
    }

    /// Adds values to a list, those it has not got yet.
    pub(crate) fn add(&mut self, path: &str, values: &[impl ToString]) {
        if values.is_empty() {
            return;
        }
        let list = self.list(path);
        for value in values.iter().map(|value| Value::from(value.to_string())) {
            if !list.contains(&value) {
                list.push(value);
            }
        }
    }

    /// Adds elements that have names to a list, in place of those with the same names.
    pub(crate) fn add_named<T: Serialize>(&mut self, path: &str, named: &[(&str, T)]) {
        if named.is_empty() {
            return;
        }
        let list = self.list(path);
        let name = |value: &Value| value.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        list.retain(|earlier| named.iter().all(|(new, _)| name(earlier) != *new));
        list.extend(named.iter().map(|(_, value)| without_empty(json!(value))));
    }

    /// The list at a path, made if there is none.
    pub(crate) fn list(&mut self, path: &str) -> &mut Vec<Value> {
        if !self.at(path).is_some_and(Value::is_array) {
            self.put(path, Vec::<Value>::new());
        }
        let mut keys = path.split('.');
        let first = self.content.get_mut(keys.next().unwrap_or_default());
        let found = first.and_then(|first| keys.try_fold(first, |value, key| value.get_mut(key)));
        match found {
            Some(Value::Array(list)) => list,
            _ => unreachable!("the list was put there above"),
        }
    }
}

/// A struct's printed form without the fields that hold nothing, but for the value of an argument
/// or variable.
fn without_empty(value: Value) -> Value {
    let Value::Object(map) = value else { return value };
    let says = |(key, value): &(String, Value)| {
        key == "value" || !matches!(value, Value::Null | Value::Bool(false)) && value != ""
    };
    Value::Object(map.into_iter().filter(says).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_where_their_paths_lead() {
        let mut document = Document::default();
        document.put("a.b.c", 1);
        document.put("a.d", true);
        document.add("a.list", &["x", "y"]);
        document.add("a.list", &["y", "z"]);
        assert_eq!(
            Value::Object(document.content.clone()),
            json!({"a": {"b": {"c": 1}, "d": true, "list": ["x", "y", "z"]}})
        );
        assert_eq!(document.remove("a.b.c"), Some(json!(1)));
        assert_eq!(document.at("a.b"), Some(&json!({})));
        assert_eq!(document.remove("a.nothing.here"), None);
    }

    #[test]
    fn a_name_that_comes_again_replaces_the_earlier_ones() {
        let mut document = Document::default();
        let arg = |value: &str| json!({"name": "v", "value": value, "mergeMethod": ""});
        document.add_named("args", &[("v", arg("1")), ("v", arg(""))]);
        assert_eq!(
            document.at("args"),
            Some(&json!([{"name": "v", "value": "1"}, {"name": "v", "value": ""}]))
        );
        document.add_named("args", &[("v", arg("2"))]);
        assert_eq!(document.at("args"), Some(&json!([{"name": "v", "value": "2"}])));
    }
}
