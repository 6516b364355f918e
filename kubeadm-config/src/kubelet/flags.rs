//! The kubelet's command line, read as spf13/pflag reads it.
//!
//! Words -> flags with their texts -> values in the form of the field that they set, so that a
//! flag and a line of the file are compared and merged as the same thing. Which flags there are,
//! of what type and since when is in `flag_table`. Reading stops at the first fault, because pflag
//! does.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::flag_table::{FLAGS, FlagKind, FlagRow};
use super::gates::aggregate;
use super::numbers::{check_float, parse_bool, parse_int, parse_uint};
use super::text_values::{named_cert_key, port_range, text_pairs};
use crate::go::{parse_duration, parse_ip_sloppy, print_ip, quote};
use crate::quantity;
use crate::value::Duration;
use crate::version::Minor;

/// A flag that was given, and what it sets.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) flag: &'static FlagRow,
    /// Which argument it is.
    pub(super) index: usize,
    pub(super) text: String,
    /// Whether the value stood beside it, and was not taken for granted.
    pub(super) has_value: bool,
    pub(super) value: Value,
}

/// A command line that could be read to its end or up to a fault.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments {
    pub(super) given: Vec<Given>,
    /// The first word that is no flag.
    pub(super) stray: Option<(usize, String)>,
}

/// Why it could not.
#[derive(Clone, Debug)]
pub(super) struct ArgumentFault {
    pub(super) index: usize,
    pub(super) flag: String,
    pub(super) text: String,
}

/// The flag of that name in that minor; `_` stands for `-` as in `WordSepNormalizeFunc`.
pub(super) fn find(name: &str, minor: Minor) -> Option<&'static FlagRow> {
    let name = name.replace('_', "-");
    let row = FLAGS.iter().find(|row| row.name == name)?;
    (u64::from(row.since)..=u64::from(row.until)).contains(&minor.number()).then_some(row)
}

/// The first minor without a flag of that name, where it is gone.
pub(crate) fn flag_gone_since(name: &str) -> Option<u64> {
    let row = FLAGS.iter().find(|row| row.name == name)?;
    (row.until < u8::MAX).then_some(u64::from(row.until) + 1)
}

/// The first minor with a flag of that name, where it is known.
pub(crate) fn flag_since(name: &str) -> Option<u64> {
    let row = FLAGS.iter().find(|row| row.name == name)?;
    (row.since > 0).then_some(u64::from(row.since))
}

/// The names of the flags of a minor.
pub(crate) fn flags_of(minor: Minor) -> impl Iterator<Item = &'static str> {
    let is_in = move |row: &&FlagRow| (u64::from(row.since)..=u64::from(row.until)).contains(&minor.number());
    FLAGS.iter().filter(is_in).map(|row| row.name)
}

/// The field of KubeletConfiguration that takes the place of a flag which that minor calls
/// deprecated; `None` for any other flag, and for one that has no field.
///
/// ```
/// use kubeadm_config::Minor;
/// use kubeadm_config::kubelet::field_of_deprecated_flag;
///
/// assert_eq!(field_of_deprecated_flag(Minor::new(34), "max-pods"), Some("maxPods"));
/// assert_eq!(field_of_deprecated_flag(Minor::new(34), "node-ip"), None);
/// ```
#[must_use]
pub fn field_of_deprecated_flag(minor: Minor, name: &str) -> Option<&'static str> {
    let row = find(name, minor)?;
    let deprecated = row.deprecated > 0 && u64::from(row.deprecated) <= minor.number();
    (deprecated && !row.field.is_empty()).then_some(row.field)
}

impl Arguments {
    /// # Errors
    /// The first fault in pflag's order: a flag that is not known, that lacks its argument, or
    /// whose value cannot be read.
    pub(super) fn parse(words: &[String], minor: Minor) -> Result<Self, ArgumentFault> {
        let mut read = Self::default();
        let mut rest = words.iter().enumerate();
        while let Some((index, word)) = rest.next() {
            if word.len() < 2 || !word.starts_with('-') {
                read.stray.get_or_insert((index, word.clone()));
                continue;
            }
            let Some(long) = word.strip_prefix("--") else {
                read.short(index, &word[1..], &mut rest, minor)?;
                continue;
            };
            // `--` ends the flags; the first word behind it is the stray one.
            if long.is_empty() {
                if let Some((index, word)) = rest.next() {
                    read.stray.get_or_insert((index, word.clone()));
                }
                break;
            }
            let fault = |text: String| ArgumentFault { index, flag: long.to_owned(), text };
            if long.starts_with(['-', '=']) {
                return Err(fault(format!("bad flag syntax: {word}")));
            }
            let (name, beside) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            let flag = find(name, minor).ok_or_else(|| fault(format!("unknown flag: --{name}")))?;
            let has_value = beside.is_some() || alone(flag.kind).is_none();
            let value = match (beside, alone(flag.kind)) {
                (Some(value), _) => value,
                (None, Some(value)) => value.to_owned(),
                (None, None) => match rest.next() {
                    Some((_, value)) => value.clone(),
                    None => return Err(fault(format!("flag needs an argument: {word}"))),
                },
            };
            read.set(index, flag, value, has_value)?;
        }
        Ok(read)
    }

    /// `-v 4`, `-v4`, `-v=4`, `-h`: the only two letters that the kubelet has.
    fn short<'a>(
        &mut self,
        index: usize,
        letters: &str,
        rest: &mut impl Iterator<Item = (usize, &'a String)>,
        minor: Minor,
    ) -> Result<(), ArgumentFault> {
        let fault = |text: String| ArgumentFault { index, flag: letters.to_owned(), text };
        let first = letters.chars().next().unwrap_or('-');
        let row = match first {
            'v' => find("v", minor),
            'h' => find("help", minor),
            _ => None,
        };
        let Some(flag) = row else {
            // pflag looks at one byte.
            let byte = char::from(letters.as_bytes()[0]);
            let shown = crate::go::quote(&byte.to_string());
            let shown = shown.trim_matches('"');
            return Err(fault(format!("unknown shorthand flag: '{shown}' in -{letters}")));
        };
        let tail = &letters[1..];
        let value = match (tail.strip_prefix('='), tail) {
            (Some(value), _) if tail.len() > 1 => value.to_owned(),
            _ if first == 'h' => "true".to_owned(),
            (_, "") => match rest.next() {
                Some((_, value)) => value.clone(),
                None => return Err(fault(format!("flag needs an argument: '{first}' in -{letters}"))),
            },
            (_, tail) => tail.to_owned(),
        };
        self.set(index, flag, value, true)
    }

    fn set(
        &mut self,
        index: usize,
        flag: &'static FlagRow,
        text: String,
        has_value: bool,
    ) -> Result<(), ArgumentFault> {
        let value = read_named(flag.kind, flag.name, &text).map_err(|text| ArgumentFault {
            index,
            flag: flag.name.to_owned(),
            text,
        })?;
        self.given.push(Given { flag, index, text, has_value, value });
        Ok(())
    }

    /// The last value of a flag.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.given.iter().rev().find(|given| given.flag.name == name).map(|given| given.text.as_str())
    }

    /// What every use of a flag with pairs comes to.
    pub(super) fn pairs(&self, name: &str) -> Map<String, Value> {
        let mut all = Map::new();
        for given in self.given.iter().filter(|given| given.flag.name == name) {
            if let Value::Object(pairs) = &given.value {
                all.extend(pairs.clone());
            }
        }
        all
    }

    /// The gates of `--feature-gates`.
    pub(super) fn gates(&self) -> BTreeMap<String, bool> {
        let on = |value: &Value| value.as_bool().unwrap_or_default();
        self.pairs("feature-gates").iter().map(|(name, value)| (name.clone(), on(value))).collect()
    }

    /// `ValidateKubeletFlags`.
    pub(super) fn label_fault(&self) -> Option<String> {
        super::labels::fault(&self.pairs("node-labels"))
    }
}

/// What pflag says of a value that a flag of any component cannot have.
pub(crate) fn value_fault(kind: FlagKind, name: &str, text: &str) -> Option<String> {
    read_named(kind, name, text).err()
}

fn read_named(kind: FlagKind, name: &str, text: &str) -> Result<Value, String> {
    read(kind, text).map_err(|why| {
        let shown = match name {
            "v" => "-v, --v".to_owned(),
            name => format!("--{name}"),
        };
        format!("invalid argument {} for {} flag: {why}", quote(text), quote(&shown))
    })
}

/// The value of a flag that stands alone, where that is allowed.
pub(crate) fn alone(kind: FlagKind) -> Option<&'static str> {
    match kind {
        FlagKind::Bool | FlagKind::GlobalBool | FlagKind::Version => Some("true"),
        _ => None,
    }
}

/// What a flag makes of its text: the field's value as a document would hold it, or why there is
/// none.
fn read(kind: FlagKind, text: &str) -> Result<Value, String> {
    Ok(match kind {
        FlagKind::Text | FlagKind::Version | FlagKind::Gone => text.into(),
        FlagKind::Bool | FlagKind::GlobalBool => parse_bool(text)?.into(),
        FlagKind::Int(bits) => parse_int(text, bits)?.into(),
        FlagKind::Uint => parse_uint(text, 0, 64)?.into(),
        FlagKind::Float(bits) => {
            check_float(text, bits)?;
            text.into()
        }
        FlagKind::NetIp => match parse_ip_sloppy(text.trim()) {
            Some(address) => print_ip(address).into(),
            // An empty one is a fault to pflag before 1.0.6.
            None if text.is_empty() => "".into(),
            None => return Err(format!("failed to parse IP: {}", quote(text))),
        },
        FlagKind::Verbosity => parse_uint(text, 10, 31)?.into(),
        FlagKind::Duration => {
            let nanos = parse_duration(text).map_err(|error| error.to_string())?;
            Duration::from_nanos(nanos).to_string().into()
        }
        FlagKind::List => list(text),
        FlagKind::Pairs(sign) => pairs(text, sign)?,
        FlagKind::PairsUnsplit => {
            let (key, value) = text.split_once('=').ok_or("malformed pair, expect string=string")?;
            json!({ key.trim(): value.trim() })
        }
        FlagKind::Multimap => multimap(text)?,
        FlagKind::Gates => gates(text)?,
        FlagKind::Ip => match parse_ip_sloppy(text) {
            Some(address) => print_ip(address).into(),
            None if text.is_empty() => "".into(),
            None => return Err(format!("invalid IP address: {}", quote(text))),
        },
        FlagKind::Taints => taints(text)?,
        FlagKind::ReservedMemory => reserved_memory(text)?,
        FlagKind::Labels => labels(text),
        FlagKind::Vmodule => vmodule(text)?,
        FlagKind::Quantity => quantity::canonical(text)?.into(),
        FlagKind::TextPairs => {
            text_pairs(text)?;
            text.into()
        }
        FlagKind::NamedCertKey => {
            named_cert_key(text)?;
            text.into()
        }
        FlagKind::PortRange => {
            port_range(text)?;
            text.into()
        }
    })
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|item| !item.is_empty())
}

/// pflag reads a list as a line of CSV.
///
/// Quotes round an item are dropped. A comma within quotes is not looked for: no value of the
/// kubelet's lists can hold one.
fn list(text: &str) -> Value {
    if text.is_empty() {
        return Value::Array(Vec::new());
    }
    text.split(',').map(|item| item.trim_matches('"')).collect::<Vec<_>>().into()
}

/// `key=value` pairs in which a later key wins. `sign` is what stands between: `=` or `<`.
/// # Errors
/// A part without the sign.
fn pairs(text: &str, sign: char) -> Result<Value, String> {
    let mut found = Map::new();
    for item in items(text) {
        let (key, value) =
            item.split_once(sign).ok_or_else(|| format!("malformed pair, expect string{sign}string"))?;
        found.insert(key.trim().to_owned(), value.trim().into());
    }
    Ok(found.into())
}

fn labels(text: &str) -> Value {
    let pair = |item: &str| {
        let (key, value) = item.split_once('=').unwrap_or((item, ""));
        (key.trim().to_owned(), Value::from(value.trim()))
    };
    items(text).map(pair).collect::<Map<_, _>>().into()
}

fn multimap(text: &str) -> Result<Value, String> {
    let mut found = Map::new();
    for item in items(text) {
        let (key, value) = item.split_once(':').ok_or("malformed pair, expect string:string")?;
        let values = found.entry(key.trim().to_owned()).or_insert_with(|| json!([]));
        if let Value::Array(values) = values {
            values.push(value.trim().into());
        }
    }
    Ok(found.into())
}

fn gates(text: &str) -> Result<Value, String> {
    let mut found = Map::new();
    for item in items(text) {
        let (name, value) = item.split_once('=').ok_or("malformed pair, expect string=bool")?;
        let (name, value) = (name.trim(), value.trim());
        let on =
            parse_bool(value).map_err(|error| format!("invalid value of {name}: {value}, err: {error}"))?;
        found.insert(name.to_owned(), on.into());
    }
    Ok(found.into())
}

fn taints(text: &str) -> Result<Value, String> {
    let mut found = Vec::new();
    for item in text.split(',').filter(|_| !text.is_empty()) {
        found.push(super::labels::parse_taint(item)?);
    }
    Ok(found.into())
}

/// `0:memory=1Gi,hugepages-1M=2Gi;1:memory=2Gi`: nodes between semicolons. The misspelt words
/// stand so in the kubelet (`pkg/kubelet/config`).
/// # Errors
/// A part of another shape, and quantities that cannot be read.
fn reserved_memory(text: &str) -> Result<Value, String> {
    const FORM: &str =
        "the reserved memory has incorrect format, expected numaNodeID:type=quantity[,type=quantity...], got";
    let mut found = Vec::new();
    for item in text.split(';').filter(|_| !text.is_empty()) {
        let parts: Vec<&str> = item.split(':').collect();
        let [node, limits] = parts.as_slice() else { return Err(format!("{FORM} {item}")) };
        let number: i64 = crate::go::atoi(node)
            .map_err(|_| format!("failed to convert the NUMA node ID, exptected integer, got {node}"))?;
        let mut held = Map::new();
        for limit in limits.split(',') {
            let (name, amount) =
                limit.split_once('=').filter(|(_, amount)| !amount.contains('=')).ok_or_else(|| {
                    format!("the reserved limit has incorrect value, expected type=quantatity, got {limit}")
                })?;
            let amount = quantity::canonical(amount).map_err(|error| {
                format!("failed to parse the quatantity, expected quantatity, got {amount}, error: {error}")
            })?;
            held.insert(name.to_owned(), amount.into());
        }
        found.push(json!({ "numaNode": number, "limits": held }));
    }
    Ok(found.into())
}

fn vmodule(text: &str) -> Result<Value, String> {
    let mut found = Vec::new();
    for item in items(text) {
        let parts: Vec<&str> = item.split('=').collect();
        let [pattern, level] = parts.as_slice() else {
            return Err(format!("{} does not have the pattern=N format", quote(item)));
        };
        let Ok(level) = parse_uint(level, 10, 31) else {
            return Err(format!("parsing verbosity in {} failed", quote(item)));
        };
        found.push(json!({ "filePattern": pattern, "verbosity": level }));
    }
    Ok(found.into())
}

/// All faults of one kind as one text.
pub(super) fn joined(texts: &[String]) -> String {
    aggregate(texts.iter().map(String::as_str))
}
