//! Reading a JSON object field by field: known ones typed, the rest kept as they were written.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::error::Error;
use crate::socket::Socket;

/// A JSON value exactly as the peer wrote it.
#[derive(Clone, Debug)]
pub struct RawJson(Box<RawValue>);

impl RawJson {
    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl fmt::Display for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// The fields of one answer. As in Go's decoder, the last of equal keys counts and `null` is as
/// good as absent.
///
/// Only the top level is split; values stay text until they are taken, so an answer of many small
/// values costs no more memory than a small multiple of its length.
pub(crate) struct Object<'a> {
    socket: &'a Socket,
    endpoint: &'a str,
    fields: BTreeMap<String, Box<RawValue>>,
}

impl<'a> Object<'a> {
    pub(crate) fn parse(socket: &'a Socket, endpoint: &'a str, body: &[u8]) -> Result<Self, Error> {
        let fields = serde_json::from_slice(body).map_err(|source| {
            let (socket, endpoint) = (socket.clone(), endpoint.to_owned());
            if source.is_data() {
                let problem = "is not an object".to_owned();
                Error::UnexpectedJson { socket, endpoint, field: "the document".to_owned(), problem }
            } else {
                let (line, column) = (source.line(), source.column());
                Error::NotJson { socket, endpoint, line, column, source: source.into() }
            }
        })?;
        Ok(Self { socket, endpoint, fields })
    }

    /// The field, or the type's empty value if it is absent or null.
    pub(crate) fn take<T: DeserializeOwned + Default>(&mut self, name: &str) -> Result<T, Error> {
        Ok(self.take_option(name)?.unwrap_or_default())
    }

    /// A field without which this is not the answer it should be.
    pub(crate) fn require<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, Error> {
        self.take_option(name)?.ok_or_else(|| self.unexpected(name, "is missing"))
    }

    pub(crate) fn take_option<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, Error> {
        let Some(raw) = self.fields.remove(name) else { return Ok(None) };
        serde_json::from_str(raw.get()).map_err(|error| self.unexpected(name, &format!("is wrong: {error}")))
    }

    /// All that was not taken.
    pub(crate) fn rest(self) -> BTreeMap<String, RawJson> {
        self.fields.into_iter().map(|(key, value)| (key, RawJson(value))).collect()
    }

    fn unexpected(&self, field: &str, problem: &str) -> Error {
        Error::UnexpectedJson {
            socket: self.socket.clone(),
            endpoint: self.endpoint.to_owned(),
            field: field.to_owned(),
            problem: problem.to_owned(),
        }
    }
}

/// `null` as the empty value, for fields inside derived types: Go writes empty slices and maps so.
pub(crate) fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de> + Default,
{
    Ok(<Option<T> as serde::Deserialize>::deserialize(deserializer)?.unwrap_or_default())
}
