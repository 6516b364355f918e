//! Mirrors put into a registries file that says other things already, all of which stay.

use super::{Fallback, MirroredRegistry, push_place, write_registries};
use crate::toml::{self, Dialect, Span, Statement, StatementKind, push_basic_string};
use crate::{Error, Place};

/// The text with these mirrors in it: asked first, before those that stand there already. Nothing
/// that stands there goes.
///
/// A registry that `text` does not have comes after the rest. Without fallback a registry that is
/// still asked itself is asked no more; one that has another place stays as it is.
///
/// # Errors
/// [`Error::Syntax`] where the text is no TOML.
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
    let mut text = text.to_owned();
    for registry in registries {
        text = match Block::find(&text, &registry.prefix.0)? {
            Some(block) => block.with(&text, registry),
            None => appended(&text, registry),
        };
    }
    // Mirrors written inline have no room for a header.
    parsed(&text)?;
    Ok(text)
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
    /// Every place that is asked already.
    places: Vec<String>,
    /// The place of its last mirror.
    last_mirror: Option<String>,
    /// Whether it says what it is of, and not only where that is.
    has_prefix: bool,
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
        let own = statements.iter().skip(1).take_while(|statement| !is_header(statement));
        let value =
            |key: &str| own.clone().find(|statement| statement.path.last().is_some_and(|part| part == key));
        let said = |statement: Option<&Statement>| {
            statement.map(|statement| unquoted(&text[statement.value.clone()]))
        };
        let last = statements.last().map_or(header.span.end, |last| last.span.end);
        let head = line_end(text, header.span.end);
        let own_end = own.clone().last().map_or(head, |last| line_end(text, last.span.end));
        let mirror = statements.iter().skip(1).find(|statement| is_header(statement));
        let is_place = |statement: &&Statement| statement.path.last().is_some_and(|part| part == "location");
        let places = statements.iter().filter(is_place);
        let in_mirrors = statements.iter().skip(1).skip_while(|statement| !is_header(statement));
        let last_mirror = in_mirrors.filter(is_place).last();
        let block = Self {
            whole: header.span.start..line_end(text, last),
            head,
            mirrors: mirror.map_or(own_end, |mirror| mirror.span.start),
            has_prefix: value("prefix").is_some(),
            location: value("location").map(|statement| statement.value.clone()),
            last_mirror: last_mirror.map(|statement| unquoted(&text[statement.value.clone()])),
            places: places.map(|statement| unquoted(&text[statement.value.clone()])).collect(),
        };
        (said(value("prefix")).or(said(value("location"))).unwrap_or_default(), block)
    }

    /// The text with the registry's mirrors in this block.
    fn with(self, text: &str, registry: &MirroredRegistry) -> String {
        let prefix = &registry.prefix.0;
        let mut new: Vec<_> =
            registry.mirrors.iter().filter(|mirror| !self.places.contains(&mirror.location.0)).collect();
        let asks_itself = self.location.clone().is_none_or(|span| unquoted(&text[span]) == *prefix);
        let mut edits: Vec<(Span, String)> = Vec::new();
        // See `write_registries`: the last mirror takes the registry's own place. Of those that stand there
        // the last one does, or the new ones would not be asked first.
        if registry.fallback == Fallback::None
            && asks_itself
            && let Some(last) = self
                .last_mirror
                .or_else(|| new.pop().or(registry.mirrors.last()).map(|last| last.location.0.clone()))
        {
            let mut value = String::new();
            push_basic_string(&mut value, &last);
            // Without a prefix the location is what the block is of (`postProcessRegistries`).
            if !self.has_prefix {
                let mut line = String::from("prefix = ");
                push_basic_string(&mut line, prefix);
                edits.push((self.head..self.head, line + "\n"));
            }
            edits.push(match self.location.clone() {
                Some(span) => (span, value),
                None => (self.head..self.head, format!("location = {value}\n")),
            });
        }
        let mut mirrors = String::new();
        for mirror in new {
            mirrors.push_str("[[registry.mirror]]\n");
            push_place(&mut mirrors, mirror);
            mirrors.push('\n');
        }
        if !mirrors.is_empty() {
            let at = self.mirrors;
            // Behind the keys of the registry a blank line comes first, before other mirrors last.
            let is_behind = !text[at..].starts_with("[[");
            let mirrors = if is_behind {
                format!("\n{}", mirrors.trim_end_matches('\n').to_owned() + "\n")
            } else {
                mirrors
            };
            let newline = if text[..at].ends_with('\n') || !is_behind { "" } else { "\n" };
            edits.push((at..at, format!("{newline}{mirrors}")));
        }
        edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        let mut text = text.to_owned();
        for (span, new) in edits {
            text.replace_range(span, &new);
        }
        text
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
