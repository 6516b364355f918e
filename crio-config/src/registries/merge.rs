//! Mirrors put into a registries file that says other things already, all of which stay.

use super::{Fallback, MirrorEntry, MirroredRegistry, Transport, push_place, write_registries};
use crate::toml::{self, Dialect, Span, Statement, StatementKind, push_basic_string};
use crate::{Code, Error, Place};

/// The text with these mirrors in it: asked first, before those that stand there already. Nothing
/// that stands there goes.
///
/// A registry that `text` does not have comes after the rest. Without fallback a registry that is
/// still asked itself is asked no more; one that has another place stays as it is. A mirror that
/// stands there and is to be insecure becomes so.
///
/// # Errors
/// [`Error::Syntax`] where the text is no TOML; [`Error::Registries`] where it is written so that a
/// `[[registry]]` or its mirrors have no place: in the old form, or as a list in one line.
///
/// ```
/// use crio_config::{MirroredRegistry, add_registries, read_registries};
///
/// let text = "unqualified-search-registries = [\"docker.io\"]\n";
/// let mirror = MirroredRegistry::new("quay.io".parse()?, "mirror.example.com".parse()?);
/// let with = add_registries(text, &[mirror.clone()])?;
/// assert!(with.starts_with(text));
/// assert_eq!(read_registries(&with)?.registries, [mirror]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn add_registries(text: &str, registries: &[MirroredRegistry]) -> Result<String, Error> {
    has_room(text)?;
    let mut text = text.to_owned();
    for registry in registries {
        text = match Block::find(&text, &registry.prefix.0)? {
            Some(block) => {
                if let Some(span) = &block.inline {
                    return Err(Error::Registries {
                        code: Code::KeyInTheWay,
                        place: Place::of(text.as_bytes(), span),
                        why: "`mirror` is a list in one line, which no mirror can be added to: write each as [[registry.mirror]]",
                    });
                }
                block.with(&text, registry)
            }
            None => appended(&text, registry),
        };
    }
    parsed(&text)?;
    Ok(text)
}

/// Whether a `[[registry]]` may come into the text at all.
fn has_room(text: &str) -> Result<(), Error> {
    let root = parsed(text)?.root;
    let in_the_way = |node: &toml::Node, code, why| {
        Err(Error::Registries { code, place: Place::of(text.as_bytes(), &node.span), why })
    };
    if let Some(node) = root.get("registries") {
        let why =
            "this is the old form, which may not stand beside [[registry]]: write it in the new form first";
        return in_the_way(node, Code::RegistriesOldForm, why);
    }
    match root.get("registry") {
        Some(toml::Node { value: toml::Value::Tables(_), .. }) | None => Ok(()),
        Some(node) if node.value.tables().is_some() => {
            let why =
                "`registry` is a list in one line, which none can be added to: write each as [[registry]]";
            in_the_way(node, Code::KeyInTheWay, why)
        }
        Some(node) => {
            in_the_way(node, Code::RegistriesConfUnreadable, "`registry` must be written as [[registry]]")
        }
    }
}

/// The text of the `[[registry]]` that stands for the prefix, with its mirrors; `None` where there
/// is none.
///
/// # Errors
/// [`Error::Syntax`] where the text is no TOML.
///
/// ```
/// let text = "[[registry]]\nprefix = \"quay.io\"\n\n[[registry]]\nprefix = \"docker.io\"\n";
/// let block = crio_config::registry_block(text, "docker.io")?.unwrap();
/// assert_eq!(block, "[[registry]]\nprefix = \"docker.io\"\n");
/// # Ok::<(), crio_config::Error>(())
/// ```
pub fn registry_block(text: &str, prefix: &str) -> Result<Option<String>, Error> {
    Ok(Block::find(text, prefix)?.map(|block| {
        let mut own = text[block.whole].trim_end().to_owned();
        own.push('\n');
        own
    }))
}

/// One `[[registry]]` of a text: from its header to what comes after its mirrors.
struct Block {
    whole: Span,
    /// Where the header's line ends.
    head: usize,
    /// Where its first `[[registry.mirror]]` begins, else the end of its last key.
    mirrors: usize,
    /// The value of `location`.
    location: Option<Span>,
    /// Where the line of `location` ends, and the registry's own word on certificates.
    location_end: usize,
    insecure: Option<Span>,
    /// Its mirrors, in their order.
    asked: Vec<Asked>,
    /// `mirror`, where it is a list in one line.
    inline: Option<Span>,
    /// Whether it says what it is of, and not only where that is.
    has_prefix: bool,
}

/// A mirror that stands there.
struct Asked {
    place: String,
    /// The value of `insecure`.
    insecure: Option<Span>,
    /// Where the line of its `location` ends.
    end: usize,
}

impl Asked {
    /// The mirrors among the statements of a block.
    fn all(text: &str, statements: &[Statement]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for table in statements.chunk_by(|_, next| !is_header(next)).skip(1) {
            let value = |key: &str| value_of(&table[1..], key);
            let Some(location) = value("location") else { continue };
            all.push(Self {
                place: unquoted(&text[location.value.clone()]),
                insecure: value("insecure").map(|one| one.value.clone()),
                end: line_end(text, location.span.end),
            });
        }
        all
    }

    fn is_insecure(&self, text: &str) -> bool {
        self.insecure.clone().is_some_and(|span| &text[span] == "true")
    }
}

/// The statement that sets a key of a table.
fn value_of<'s>(statements: &'s [Statement], key: &str) -> Option<&'s Statement> {
    statements.iter().find(|one| one.path.last().is_some_and(|part| part == key))
}

/// The edit that makes what stands there insecure.
fn made_insecure(text: &str, said: Option<&Span>, end: usize) -> (Span, String) {
    match said {
        Some(span) => (span.clone(), "true".to_owned()),
        None => {
            let newline = if text[..end].ends_with('\n') { "" } else { "\n" };
            (end..end, format!("{newline}insecure = true\n"))
        }
    }
}

fn parsed(text: &str) -> Result<toml::Read, Error> {
    toml::read(text.as_bytes(), Dialect::V1_6).map_err(|fault| Error::Syntax {
        place: Place::of(text.as_bytes(), &fault.span),
        message: fault.message,
    })
}

fn appended(text: &str, registry: &MirroredRegistry) -> String {
    let gap = match text {
        "" => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    format!("{text}{gap}{}", write_registries(std::slice::from_ref(registry)))
}

impl Block {
    fn find(text: &str, prefix: &str) -> Result<Option<Self>, Error> {
        let read = parsed(text)?;
        let starts: Vec<usize> = read
            .statements
            .iter()
            .enumerate()
            .filter(|(_, statement)| {
                statement.kind == StatementKind::ArrayHeader && is(statement, "registry")
            })
            .map(|(at, _)| at)
            .collect();
        let end_of = |start: usize| {
            let after = read.statements[start + 1..].iter().position(|statement| {
                is_header(statement) && statement.path.first().is_none_or(|part| part != "registry")
                    || statement.kind == StatementKind::ArrayHeader && is(statement, "registry")
            });
            after.map_or(read.statements.len(), |after| start + 1 + after)
        };
        let blocks = starts.into_iter().map(|start| Self::of(text, &read.statements[start..end_of(start)]));
        // Of several with one prefix in a file the first is read, and the others are not there
        // (containers/image, `postProcessRegistries`).
        Ok(blocks.filter(|(named, _)| named == prefix).map(|(_, block)| block).next())
    }

    /// The block that these statements make, and what it stands for.
    fn of(text: &str, statements: &[Statement]) -> (String, Self) {
        let header = &statements[0];
        let own_end = statements[1..].iter().position(is_header).map_or(statements.len(), |at| at + 1);
        let own = &statements[1..own_end];
        let value = |key: &str| value_of(own, key);
        let said = |statement: Option<&Statement>| {
            statement.map(|statement| unquoted(&text[statement.value.clone()]))
        };
        let last = statements.last().map_or(header.span.end, |last| last.span.end);
        let head = line_end(text, header.span.end);
        let own_text_end = own.last().map_or(head, |last| line_end(text, last.span.end));
        let mirror = statements.get(own_end);
        let location = value("location");
        let block = Self {
            whole: header.span.start..line_end(text, last),
            head,
            mirrors: mirror.map_or(own_text_end, |mirror| mirror.span.start),
            has_prefix: value("prefix").is_some(),
            location: location.map(|statement| statement.value.clone()),
            location_end: location.map_or(head, |statement| line_end(text, statement.span.end)),
            insecure: value("insecure").map(|statement| statement.value.clone()),
            asked: Asked::all(text, statements),
            inline: value("mirror").map(|statement| statement.span.clone()),
        };
        (said(value("prefix")).or(said(value("location"))).unwrap_or_default(), block)
    }

    /// The text with the registry's mirrors in this block.
    fn with(self, text: &str, registry: &MirroredRegistry) -> String {
        let own = self.location.clone().map(|span| unquoted(&text[span]));
        let stands = |place: &str| {
            own.as_deref() == Some(place) || self.asked.iter().any(|asked| asked.place == place)
        };
        let mut new: Vec<_> = registry.mirrors.iter().filter(|mirror| !stands(&mirror.location.0)).collect();
        let asks_itself = own.as_ref().is_none_or(|own| *own == registry.prefix.0);
        let mut in_its_place = Vec::new();
        if registry.fallback == Fallback::None && asks_itself {
            in_its_place = self.in_its_place(text, registry, &mut new);
        }
        // What comes to one place comes there in the order last to first.
        let mut edits: Vec<(Span, String)> = self.new_mirrors(text, &new).into_iter().collect();
        edits.extend(in_its_place);
        for wanted in registry.mirrors.iter().filter(|mirror| mirror.transport == Transport::Insecure) {
            let asked = self.asked.iter().find(|asked| asked.place == wanted.location.0);
            if let Some(asked) = asked.filter(|asked| !asked.is_insecure(text)) {
                edits.push(made_insecure(text, asked.insecure.as_ref(), asked.end));
            }
        }
        edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        let mut text = text.to_owned();
        for (span, new) in edits {
            text.replace_range(span, &new);
        }
        text
    }

    /// The edits that let a mirror take the registry's own place. See `write_registries`: the last
    /// one does. Of those that stand there the last one does, or the new ones would not be asked first.
    fn in_its_place(
        &self,
        text: &str,
        registry: &MirroredRegistry,
        new: &mut Vec<&MirrorEntry>,
    ) -> Vec<(Span, String)> {
        let is_to_be = |place: &str| {
            let wanted = registry.mirrors.iter().find(|mirror| mirror.location.0 == place);
            wanted.is_some_and(|mirror| mirror.transport == Transport::Insecure)
        };
        let last = match self.asked.last() {
            Some(asked) => Some((asked.place.clone(), asked.is_insecure(text) || is_to_be(&asked.place))),
            None => new
                .pop()
                .or(registry.mirrors.last())
                .map(|last| (last.location.0.clone(), last.transport == Transport::Insecure)),
        };
        let Some((place, is_insecure)) = last else { return Vec::new() };
        let mut value = String::new();
        push_basic_string(&mut value, &place);
        let mut edits = Vec::new();
        // Without a prefix the location is what the block is of (`postProcessRegistries`).
        if !self.has_prefix {
            let mut line = String::from("prefix = ");
            push_basic_string(&mut line, &registry.prefix.0);
            edits.push((self.head..self.head, line + "\n"));
        }
        if is_insecure && self.insecure.clone().is_none_or(|span| &text[span] != "true") {
            edits.push(made_insecure(text, self.insecure.as_ref(), self.location_end));
        }
        edits.push(match self.location.clone() {
            Some(span) => (span, value),
            None => (self.head..self.head, format!("location = {value}\n")),
        });
        edits
    }

    /// The edit that puts new mirrors before those that stand there.
    fn new_mirrors(&self, text: &str, new: &[&MirrorEntry]) -> Option<(Span, String)> {
        if new.is_empty() {
            return None;
        }
        let mut mirrors = String::new();
        for mirror in new {
            mirrors.push_str("[[registry.mirror]]\n");
            push_place(&mut mirrors, mirror);
            mirrors.push('\n');
        }
        let at = self.mirrors;
        // Behind the keys of the registry a blank line comes first, before other mirrors last.
        let is_behind = !text[at..].starts_with("[[");
        let mirrors = if is_behind { format!("\n{}\n", mirrors.trim_end_matches('\n')) } else { mirrors };
        let newline = if text[..at].ends_with('\n') || !is_behind { "" } else { "\n" };
        Some((at..at, format!("{newline}{mirrors}")))
    }
}

fn is(statement: &Statement, name: &str) -> bool {
    statement.path.len() == 1 && statement.path[0] == name
}

fn is_header(statement: &Statement) -> bool {
    matches!(statement.kind, StatementKind::Header | StatementKind::ArrayHeader)
}

/// The offset behind the line end that follows `at`.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

/// The text of a string without escapes, as places of registries are.
fn unquoted(value: &str) -> String {
    value.trim_matches(['"', '\'']).to_owned()
}
