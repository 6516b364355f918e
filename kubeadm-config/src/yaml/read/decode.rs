//! From the tree to values: aliases, merges, tags and keys.
//! It does what go-yaml v2 (`decode.go`) does for `yaml.Unmarshal` of `sigs.k8s.io/yaml`, with the
//! step to JSON behind it. What no JSON document can hold is refused at the end, as Go does.

use std::collections::HashMap;

use super::base64;
use super::golang::{self, Spellings};
use super::key::{Key, key_text};
use super::resolve::{Scalar, resolve, resolve_tagged};
use super::tree::{Content, Id, Raw, Tree};
use crate::yaml::{Data, Duplicate, Entry, Error, Limits, Node, Number, Span};

pub(super) struct Decoder<'t, 'a> {
    nodes: &'t [Raw<'a>],
    limits: &'t Limits,
    /// Values made so far, and how many of them through an alias.
    decoded: usize,
    aliased: usize,
    /// Aliases being followed.
    following: Vec<Id>,
    depth: usize,
    pub(super) duplicates: Vec<Duplicate>,
    /// Keys and numbers that JSON cannot hold; they matter only if nothing replaces them.
    unfit: Vec<Unfit>,
    /// Keys that are no text, as messages spell them.
    spellings: Spellings,
}

/// A key or number that JSON has no form for, and where it stands.
struct Unfit {
    span: Span,
    problem: Problem,
}

enum Problem {
    Key { key_type: &'static str, key: String },
    Value(&'static str),
}

/// A map being filled.
#[derive(Default)]
struct Map {
    entries: Vec<Entry>,
    places: HashMap<Key, usize>,
}

impl Map {
    /// The entries by their keys in JSON, of which two are one where the keys are `1` and `"1"`. Go
    /// keeps either of them, by chance; here the later one stays.
    fn into_entries(self) -> Vec<Entry> {
        let mut entries = self.entries;
        let is_text = |key: &Key| matches!(key, Key::String(_));
        // A key that JSON cannot hold stays, whatever its text: it will be refused.
        let is_unfit = |key: &Key| matches!(key, Key::Null | Key::Uint(_));
        let mixed = self.places.len() < entries.len() || !self.places.keys().all(is_text);
        if mixed && !self.places.keys().any(is_unfit) {
            let last: HashMap<String, usize> =
                entries.iter().enumerate().map(|(place, entry)| (entry.key.clone(), place)).collect();
            let mut place = 0;
            entries.retain(|entry| {
                place += 1;
                last.get(&entry.key) == Some(&(place - 1))
            });
        }
        entries
    }
}

impl<'t, 'a> Decoder<'t, 'a> {
    pub(super) fn new(tree: &'t Tree<'a>, limits: &'t Limits) -> Self {
        Self {
            nodes: &tree.nodes,
            limits,
            // go-yaml counts the document itself.
            decoded: 1,
            aliased: 0,
            following: Vec::new(),
            depth: 0,
            duplicates: Vec::new(),
            unfit: Vec::new(),
            spellings: Spellings::new(),
        }
    }

    /// The value of the root, checked for what JSON cannot hold.
    pub(super) fn root(&mut self, root: Id) -> Result<Node, Error> {
        let node = self.value(root)?;
        if !self.unfit.is_empty() {
            self.refuse_keys(&node)?;
            self.refuse_values(&node)?;
        }
        Ok(node)
    }

    fn value(&mut self, id: Id) -> Result<Node, Error> {
        self.count(id)?;
        let raw = &self.nodes[id];
        match &raw.content {
            Content::Scalar { .. } => {
                let data = self.scalar(raw)?;
                Ok(Node { data, span: raw.span })
            }
            Content::Sequence(items) => {
                self.enter(raw.span)?;
                let nodes = items.iter().map(|item| self.value(*item)).collect::<Result<_, _>>()?;
                self.depth -= 1;
                Ok(Node { data: Data::Sequence(nodes), span: raw.span })
            }
            Content::Mapping(items) => {
                self.enter(raw.span)?;
                let mut map = Map::default();
                self.fill(&mut map, items)?;
                self.depth -= 1;
                Ok(Node { data: Data::Mapping(map.into_entries()), span: raw.span })
            }
            Content::Alias { name, target } => self.follow(id, name, |decoder| decoder.value(*target)),
        }
    }

    /// [`Error::TooDeep`] is ours: go-yaml has no limit here, and `[[[[...` would end the program.
    fn enter(&mut self, span: Span) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err(Error::TooDeep { limit: self.limits.depth, span });
        }
        Ok(())
    }

    fn follow<T>(
        &mut self,
        id: Id,
        name: &str,
        read: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let span = self.nodes[id].span;
        if self.following.contains(&id) {
            return Err(Error::Meaning { problem: format!("anchor '{name}' value contains itself"), span });
        }
        self.following.push(id);
        self.enter(span)?;
        let result = read(self)?;
        self.depth -= 1;
        self.following.pop();
        Ok(result)
    }

    /// go-yaml's guard against aliases that multiply: of the first 400 000 values 99 % may come out
    /// of aliases, of four million 10 %, and in between proportionally: `allowedAliasRatio` of
    /// `decode.go`, since CVE-2019-11253. Up to 100 of them or 1,000 values all may be.
    fn count(&mut self, id: Id) -> Result<(), Error> {
        const FEW: usize = 400_000;
        const MANY: usize = 4_000_000;
        let span = self.nodes[id].span;
        self.decoded += 1;
        self.aliased += usize::from(!self.following.is_empty());
        if self.decoded > self.limits.nodes {
            return Err(Error::TooMany { limit: self.limits.nodes, span });
        }
        if self.aliased <= 100 || self.decoded <= 1000 {
            return Ok(());
        }
        #[expect(clippy::cast_precision_loss, reason = "counts are below 2^53")]
        let (decoded, aliased) = (self.decoded as f64, self.aliased as f64);
        #[expect(clippy::cast_precision_loss, reason = "constants are below 2^53")]
        let allowed = match self.decoded {
            ..FEW => 0.99,
            FEW..MANY => 0.99 - 0.89 * ((decoded - FEW as f64) / (MANY - FEW) as f64),
            _ => 0.10,
        };
        if aliased / decoded > allowed {
            return Err(Error::Meaning { problem: "document contains excessive aliasing".to_owned(), span });
        }
        Ok(())
    }

    fn resolved(raw: &'t Raw<'a>) -> Result<(Scalar, &'t str), Error> {
        let Content::Scalar { value, tag, implicit } = &raw.content else { return Ok((Scalar::Null, "")) };
        let scalar = match (tag.as_str(), implicit) {
            ("", true) => resolve(value),
            ("", false) => Scalar::String,
            _ => resolve_tagged(tag, value).map_err(|problem| Error::Meaning { problem, span: raw.span })?,
        };
        Ok((scalar, value))
    }

    /// The text of a string scalar: what stands there, or the bytes it encodes.
    fn text(raw: &Raw<'_>, value: &str) -> Result<String, Error> {
        match &raw.content {
            Content::Scalar { tag, .. } if tag == "tag:yaml.org,2002:binary" => {
                base64::decode(value).map(|bytes| base64::to_text(&bytes)).ok_or_else(|| {
                    let problem = "!!binary value contains invalid base64 data".to_owned();
                    Error::Meaning { problem, span: raw.span }
                })
            }
            _ => Ok(value.to_owned()),
        }
    }

    /// A timestamp stays the text it was. An infinite number is a placeholder, refused at the end.
    fn scalar(&mut self, raw: &'t Raw<'a>) -> Result<Data, Error> {
        let (scalar, value) = Self::resolved(raw)?;
        Ok(match scalar {
            Scalar::Null => Data::Null,
            Scalar::Bool(truth) => Data::Bool(truth),
            Scalar::Int(int) => Data::Number(int.into()),
            Scalar::Uint(uint) => Data::Number(uint.into()),
            Scalar::Float(float) => Data::Number(Number::from_f64(float).unwrap_or_else(|| {
                let name = if float.is_nan() {
                    "NaN"
                } else if float > 0.0 {
                    "+Inf"
                } else {
                    "-Inf"
                };
                self.unfit.push(Unfit { span: raw.span, problem: Problem::Value(name) });
                Number::unfit(float, name)
            })),
            Scalar::String | Scalar::Timestamp => Data::String(Self::text(raw, value)?),
        })
    }

    /// Merges are worked off where they stand: a later key wins over them, an earlier one loses.
    fn fill(&mut self, map: &mut Map, items: &'t [Id]) -> Result<(), Error> {
        for pair in items.chunks_exact(2) {
            let (key_id, value_id) = (pair[0], pair[1]);
            if is_merge(&self.nodes[key_id]) {
                self.merge(map, value_id)?;
                continue;
            }
            let (key, key_span, text) = self.key(key_id)?;
            let value = self.value(value_id)?;
            self.insert(map, key, Entry { key: text, key_span, value }, value_id);
        }
        Ok(())
    }

    /// A key, its place and its text in JSON.
    fn key(&mut self, id: Id) -> Result<(Option<Key>, Span, String), Error> {
        let raw = &self.nodes[id];
        if let Content::Sequence(_) | Content::Mapping(_) = &raw.content {
            let node = self.value(id)?;
            let problem = format!("invalid map key: {}", golang::syntax(&node, &self.spellings));
            return Err(Error::Meaning { problem, span: raw.span });
        }
        self.count(id)?;
        match &raw.content {
            Content::Alias { name, target } => {
                let before = self.unfit.len();
                let (key, span, text) = self.follow(id, name, |decoder| decoder.key(*target))?;
                // The key stands where the alias does.
                self.unfit[before..].iter_mut().for_each(|unfit| unfit.span = raw.span);
                if let Some(spelling) = self.spellings.get(&span.start).cloned() {
                    self.spellings.insert(raw.span.start, spelling);
                }
                Ok((key, raw.span, text))
            }
            _ => self.scalar_key(id),
        }
    }

    /// A key that is a scalar. One that JSON or Go has no key for is remembered as unfit.
    fn scalar_key(&mut self, id: Id) -> Result<(Option<Key>, Span, String), Error> {
        let raw = &self.nodes[id];
        let (scalar, value) = Self::resolved(raw)?;
        let text = match scalar {
            Scalar::String | Scalar::Timestamp => Self::text(raw, value)?,
            _ => key_text(&scalar),
        };
        let unfit = match scalar {
            Scalar::Null => Some(("%!s(<nil>)", "<nil>".to_owned())),
            Scalar::Uint(uint) => Some(("uint64", format!("{uint:#x}"))),
            _ => None,
        };
        if let Some((key_type, key)) = unfit {
            self.unfit.push(Unfit { span: raw.span, problem: Problem::Key { key_type, key } });
        }
        let key = Key::of(&scalar, &text);
        if !matches!(scalar, Scalar::String | Scalar::Timestamp) {
            let spelling = match &key {
                None => "NaN".to_owned(),
                Some(Key::Null) => "interface {}(nil)".to_owned(),
                Some(key) => key.to_go(),
            };
            self.spellings.insert(raw.span.start, spelling);
        }
        Ok((key, raw.span, text))
    }

    /// Puts an entry in, over an older one with the same key. Remarks name the line of the *value*.
    fn insert(&mut self, map: &mut Map, key: Option<Key>, entry: Entry, value_id: Id) {
        let Some(key) = key else {
            map.entries.push(entry);
            return;
        };
        if let Some(place) = map.places.get(&key) {
            let first = map.entries[*place].key_span;
            self.duplicates.push(Duplicate {
                key: key.to_go(),
                key_span: entry.key_span,
                first,
                line: self.nodes[value_id].line + 1,
            });
            map.entries[*place] = entry;
        } else {
            map.places.insert(key, map.entries.len());
            map.entries.push(entry);
        }
    }

    /// `<<: *other` or `<<: [*one, *two]`, where the first of several wins.
    fn merge(&mut self, map: &mut Map, id: Id) -> Result<(), Error> {
        match &self.nodes[id].content {
            Content::Sequence(items) => {
                for item in items.iter().rev() {
                    self.merge_one(map, *item)?;
                }
                Ok(())
            }
            _ => self.merge_one(map, id),
        }
    }

    fn merge_one(&mut self, map: &mut Map, id: Id) -> Result<(), Error> {
        let raw = &self.nodes[id];
        let mapping = match &raw.content {
            Content::Alias { target, .. } => *target,
            _ => id,
        };
        let Content::Mapping(items) = &self.nodes[mapping].content else {
            let problem = "map merge requires map or sequence of maps as the value".to_owned();
            return Err(Error::Meaning { problem, span: raw.span });
        };
        self.count(id)?;
        if let Content::Alias { name, .. } = &raw.content {
            return self.follow(id, name, |decoder| {
                decoder.count(mapping)?;
                decoder.fill(map, items)
            });
        }
        self.enter(raw.span)?;
        self.fill(map, items)?;
        self.depth -= 1;
        Ok(())
    }

    /// The first key in the finished tree that JSON cannot hold.
    fn refuse_keys(&self, node: &Node) -> Result<(), Error> {
        match &node.data {
            Data::Sequence(nodes) => nodes.iter().try_for_each(|node| self.refuse_keys(node)),
            Data::Mapping(entries) => entries.iter().try_for_each(|entry| {
                let of_key = |unfit: &&Unfit| unfit.span == entry.key_span;
                for unfit in self.unfit.iter().filter(of_key) {
                    if let Problem::Key { key_type, key } = &unfit.problem {
                        let value = golang::syntax(&entry.value, &self.spellings);
                        let (key, span) = (key.clone(), entry.key_span);
                        let duplicates = self.duplicates.clone();
                        return Err(Error::Key { key_type, key, value, span, duplicates });
                    }
                }
                self.refuse_keys(&entry.value)
            }),
            _ => Ok(()),
        }
    }

    /// The first number in the finished tree that JSON cannot hold, in the order Go would print it.
    fn refuse_values(&self, node: &Node) -> Result<(), Error> {
        match &node.data {
            Data::Sequence(nodes) => nodes.iter().try_for_each(|node| self.refuse_values(node)),
            Data::Mapping(entries) => {
                let mut sorted: Vec<&Entry> = entries.iter().collect();
                sorted.sort_by(|a, b| a.key.cmp(&b.key));
                sorted.into_iter().try_for_each(|entry| self.refuse_values(&entry.value))
            }
            Data::Number(number) if !number.as_f64().is_finite() => {
                let unfit = self.unfit.iter().find(|unfit| unfit.span == node.span);
                let value = match unfit.map(|unfit| &unfit.problem) {
                    Some(Problem::Value(value)) => value,
                    _ => "NaN",
                };
                Err(Error::Value { value, span: node.span, duplicates: self.duplicates.clone() })
            }
            _ => Ok(()),
        }
    }
}

/// `<<` without quotes, or with the tag of a merge. A quoted `"<<"` is a plain key.
fn is_merge(raw: &Raw<'_>) -> bool {
    match &raw.content {
        Content::Scalar { value, tag, implicit } => {
            value == "<<" && (*implicit || tag == "tag:yaml.org,2002:merge")
        }
        _ => false,
    }
}
