//! A KubeletConfiguration as the kubelet holds it: typed access by field path.
//!
//! Paths are keys with dots, `authentication.x509.clientCAFile`; no field of the kubelet has a dot
//! in its name. A getter gives the zero value where nothing is set or the type differs: the
//! decoder has seen to types, so that callers need not look.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::go::parse_duration;

/// The fields that are set, in printed form: durations as Go prints them, no `null`.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    pub(super) values: Map<String, Value>,
}

impl Config {
    /// `None` where any part of the path is missing.
    pub(super) fn get(&self, path: &str) -> Option<&Value> {
        let mut parts = path.split('.');
        let first = self.values.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    }

    /// Makes the maps on the way; what stands in the way and is none is replaced.
    pub(super) fn set(&mut self, path: &str, value: Value) {
        let mut place = &mut self.values;
        let mut parts = path.split('.').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                place.insert(part.to_owned(), value);
                return;
            }
            let below = place.entry(part.to_owned()).or_insert_with(|| Map::new().into());
            if !below.is_object() {
                *below = Map::new().into();
            }
            let Value::Object(below) = below else { return };
            place = below;
        }
    }

    /// Also where the value is Go's zero value: `false` and `0` can be meant.
    pub(super) fn is_set(&self, path: &str) -> bool {
        self.get(path).is_some()
    }

    /// Whether Go would take the field for its type's zero value.
    pub(super) fn is_zero(&self, path: &str) -> bool {
        match self.get(path) {
            None | Some(Value::Null) => true,
            Some(Value::Bool(on)) => !on,
            Some(Value::Number(number)) => number.as_f64() == Some(0.0),
            Some(Value::String(text)) => text.is_empty() || text == "0s",
            Some(Value::Array(_) | Value::Object(_)) => false,
        }
    }

    /// 0 where it is not set.
    pub(super) fn int(&self, path: &str) -> i64 {
        self.get(path).and_then(Value::as_i64).unwrap_or_default()
    }

    pub(super) fn float(&self, path: &str) -> Option<f64> {
        self.get(path).and_then(Value::as_f64)
    }

    /// Empty where it is not set.
    pub(super) fn text(&self, path: &str) -> &str {
        self.get(path).and_then(Value::as_str).unwrap_or_default()
    }

    /// `false` where it is not set.
    pub(super) fn on(&self, path: &str) -> bool {
        self.get(path).and_then(Value::as_bool).unwrap_or_default()
    }

    /// A duration in nanoseconds; 0 where it is not set or cannot be read.
    pub(super) fn nanos(&self, path: &str) -> i64 {
        parse_duration(self.text(path)).unwrap_or_default()
    }

    pub(super) fn list(&self, path: &str) -> &[Value] {
        self.get(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub(super) fn texts(&self, path: &str) -> Vec<&str> {
        self.list(path).iter().filter_map(Value::as_str).collect()
    }

    /// The entries of a map from text to text.
    pub(super) fn pairs(&self, path: &str) -> Vec<(&str, &str)> {
        let entries = self.get(path).and_then(Value::as_object);
        let pairs = entries.into_iter().flatten();
        pairs.map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default())).collect()
    }

    /// `featureGates` by name.
    pub(super) fn gates(&self) -> BTreeMap<String, bool> {
        let entries = self.get("featureGates").and_then(Value::as_object);
        let gate = |(name, on): (&String, &Value)| (name.clone(), on.as_bool().unwrap_or_default());
        entries.map(|entries| entries.iter().map(gate).collect()).unwrap_or_default()
    }
}
