//! What a command line says, made into an option's value.

use crate::catalogue::{self, CrioOption, Found, Kind};
use crate::effective::go;
use crate::{KeyPath, Release, Value};

/// A value for an option, checked against the option's type in a release.
///
/// ```
/// use crio_config::{Activation, Assignment, Value};
///
/// let path = "crio.runtime.LOG_LEVEL".parse()?;
/// let set = Assignment::parse(&path, "debug", "1.34".parse()?)?;
/// assert_eq!(set.path.to_string(), "crio.runtime.log_level");
/// assert_eq!((set.value, set.activation), (Value::from("debug"), Activation::Reload));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assignment {
    /// The option, spelled as CRI-O spells it.
    pub path: KeyPath,
    /// The value.
    pub value: Value,
    /// What a running CRI-O needs to take it.
    pub activation: Activation,
}

/// What a running CRI-O needs to take a changed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "CRI-O knows these two ways")]
pub enum Activation {
    /// `systemctl reload crio`. CRI-O then also drops what its command line overrode.
    Reload,
    /// `systemctl restart crio`.
    Restart,
}

/// Why an option cannot be given a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum InvalidAssignment {
    /// No release has the option.
    #[error("CRI-O has no option {path}{}", did_you_mean(.near))]
    Unknown { path: KeyPath, near: Vec<String> },
    /// The release does not have the option.
    #[error("CRI-O {release} has no option {path}, {why}")]
    NotInRelease { path: KeyPath, release: Release, why: String },
    /// The path names a table.
    #[error("{path} is a table; name one of its keys")]
    IsTable { path: KeyPath },
    /// The value is of another type.
    #[error("{path} takes {expected}, not `{found}`")]
    WrongType { path: KeyPath, expected: &'static str, found: String },
}

fn did_you_mean(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) }
}

impl Assignment {
    /// Reads a value as people write one: a string with or without quotes, a list in brackets or of
    /// one item, `true`, `77`, `10s`, `{ key = "value" }`.
    ///
    /// # Errors
    /// The release has no such option, or it takes another type.
    pub fn parse(path: &KeyPath, text: &str, release: Release) -> Result<Self, InvalidAssignment> {
        let (option, path) = lookup(path, release)?;
        let value = match find_kind(option, &path) {
            Kind::String => unquoted(text).map(Value::String),
            Kind::Boolean => text.trim().parse().ok().map(Value::Boolean),
            Kind::Integer => text.trim().replace('_', "").parse().ok().map(Value::Integer),
            Kind::Unsigned => {
                text.trim().parse().ok().filter(|number: &i64| *number >= 0).map(Value::Integer)
            }
            Kind::Strings => strings(text),
            Kind::StringMap => from_toml(text).filter(|value| matches!(value, Value::StringMap(_))),
            Kind::Duration => duration(text, release),
            Kind::Table | Kind::Tables => return Err(InvalidAssignment::IsTable { path }),
        };
        match value {
            Some(value) => Ok(Self { path, value, activation: activation(option, release) }),
            None => {
                let expected = expected(find_kind(option, &path));
                Err(InvalidAssignment::WrongType { path, expected, found: text.to_owned() })
            }
        }
    }
}

/// The option a path names in a release, and the path as CRI-O spells it.
///
/// # Errors
/// No release, or not this one, has the option.
///
/// ```
/// use crio_config::{InvalidAssignment, lookup};
///
/// let (option, _) = lookup(&"crio.runtime.pids_limit".parse()?, "1.34".parse()?)?;
/// assert_eq!(option.default("1.34".parse()?), Some(crio_config::Value::Integer(-1)));
/// let error = lookup(&"crio.runtime.pid_limit".parse()?, "1.34".parse()?).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "CRI-O has no option crio.runtime.pid_limit; did you mean crio.runtime.pids_limit?"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn lookup(path: &KeyPath, release: Release) -> Result<(&'static CrioOption, KeyPath), InvalidAssignment> {
    let option = match catalogue::find(path.parts()) {
        Some(Found::Option(option) | Found::MapEntry(option)) => option,
        Some(Found::Table(_) | Found::Tables(_)) => {
            return Err(InvalidAssignment::IsTable { path: path.clone() });
        }
        None => {
            let near = catalogue::closest(path.parts()).into_iter().map(CrioOption::path).collect();
            return Err(InvalidAssignment::Unknown { path: path.clone(), near });
        }
    };
    let spelled = spelled(path, option);
    if option.is_in(release) {
        return Ok((option, spelled));
    }
    let why = match (option.removed_in(), option.releases().first()) {
        (Some(removed), _) if removed <= release => match option.instead() {
            Some(instead) => format!("it is gone since {removed}; use {instead}"),
            None => format!("it is gone since {removed}"),
        },
        (_, Some((first, _))) => format!("it came with {first}"),
        _ => "it never had it".into(),
    };
    Err(InvalidAssignment::NotInRelease { path: spelled, release, why })
}

/// The path with every fixed part as CRI-O spells it, the names of runtimes and the like as they
/// are.
fn spelled(path: &KeyPath, option: &CrioOption) -> KeyPath {
    let name = option.path();
    let fixed: Vec<&str> = name.split('.').collect();
    let parts = path.parts().iter().enumerate().map(|(at, part)| match fixed.get(at) {
        Some(&fixed) if fixed != "<name>" => fixed.to_owned(),
        _ => part.clone(),
    });
    KeyPath::from_parts(parts).unwrap_or_else(|| path.clone())
}

/// An entry of a table of strings is a string.
fn find_kind(option: &CrioOption, path: &KeyPath) -> Kind {
    if path.parts().len() > option.path().split('.').count() { Kind::String } else { option.kind() }
}

/// What a running CRI-O of a release needs to take a change of the option.
pub fn activation(option: &CrioOption, release: Release) -> Activation {
    if option.is_reloadable(release) { Activation::Reload } else { Activation::Restart }
}

fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "a string",
        Kind::Boolean => "true or false",
        Kind::Integer => "a whole number",
        Kind::Unsigned => "a whole number of zero or more",
        Kind::Strings => "a list of strings such as [\"a\", \"b\"]",
        Kind::StringMap => "a table of strings such as { \"key\" = \"value\" }",
        Kind::Duration => "a duration such as 10s",
        Kind::Table | Kind::Tables => "a table",
    }
}

/// Quotes are allowed, and needed for nothing.
fn unquoted(text: &str) -> Option<String> {
    let quoted = text.len() > 1 && (text.starts_with('"') || text.starts_with('\''));
    match from_toml(text) {
        Some(Value::String(inside)) if quoted => Some(inside),
        _ => Some(text.to_owned()),
    }
}

fn strings(text: &str) -> Option<Value> {
    if text.trim_start().starts_with('[') {
        return from_toml(text).filter(|value| matches!(value, Value::Strings(_)));
    }
    Some(Value::Strings(vec![unquoted(text)?]))
}

fn duration(text: &str, release: Release) -> Option<Value> {
    let plain = unquoted(text)?;
    let nanoseconds = plain.parse().ok().or_else(|| go::parse_duration(&plain))?;
    if plain.parse::<i64>().is_ok() || release < catalogue::first_of(25) {
        return Some(Value::Integer(nanoseconds));
    }
    Some(Value::String(plain))
}

fn from_toml(text: &str) -> Option<Value> {
    let line = format!("value = {}", text.trim());
    let document = crate::Document::parse(&line).ok()?;
    document.get(&KeyPath::from_parts(["value"])?)
}
