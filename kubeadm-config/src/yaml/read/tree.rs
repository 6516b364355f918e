//! From tokens to a tree that still has tags and aliases.
//!
//! Follows `parserc.go` of go-yaml v2. Each production is a method that takes the tokens that
//! belong to it; what is laid out by indentation or between brackets is in `collection`. Nodes
//! live in one list and are called by their number, so that an alias is a number too and a tree
//! with cycles in it is representable without pointers.

use std::borrow::Cow;
use std::collections::HashMap;

use super::cursor::Mark;
use super::encoding::Text;
use super::scanner::Scanner;
use super::token::{Kind, Token};
use crate::yaml::{Base, Error, Limits, Span};

/// A place in [`Tree::nodes`].
pub(super) type Id = usize;

/// The first document of a text; go-yaml reads no further.
///
/// Nodes in the order in which they began.
pub(super) struct Tree<'a> {
    pub(super) nodes: Vec<Raw<'a>>,
    /// None if there is no document at all.
    pub(super) root: Option<Id>,
}

/// A node as it was written.
pub(super) struct Raw<'a> {
    pub(super) content: Content<'a>,
    /// Line that go-yaml gives the node, counted from 0: that of its anchor or tag if it has one.
    pub(super) line: u32,
    pub(super) span: Span,
}

/// What stands in a node. Nothing is resolved yet: `5` is the text `5`.
pub(super) enum Content<'a> {
    Scalar {
        value: Cow<'a, str>,
        /// Empty if there is none.
        tag: String,
        /// Plain without a tag, or any with the tag `!`.
        implicit: bool,
    },
    Sequence(Vec<Id>),
    /// Keys and values in turn.
    Mapping(Vec<Id>),
    Alias {
        name: &'a str,
        target: Id,
    },
}

/// Anchor and tag before a node.
#[derive(Default)]
pub(super) struct Properties<'a> {
    anchor: Option<&'a str>,
    tag: Option<String>,
}

/// Anchors may be given again; an alias means the latest before it, as in YAML.
pub(super) struct Parser<'a, 'l> {
    pub(super) scanner: Scanner<'a>,
    nodes: Vec<Raw<'a>>,
    anchors: HashMap<&'a str, Id>,
    /// Handles of `%TAG` and their prefixes.
    handles: Vec<(&'a str, String)>,
    depth: usize,
    limits: &'l Limits,
}

/// Whether a node stands between brackets or is laid out by indentation, and whether a list may
/// start without being indented.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Block,
    BlockOrIndentless,
    Flow,
}

/// Where a list or map ends. Of one laid out by indentation the end is known only some blank lines
/// and comments later, so that its last element tells.
pub(super) enum End {
    Bracket(Mark),
    LastItem,
}

impl<'a, 'l> Parser<'a, 'l> {
    /// Nothing is read yet.
    pub(super) fn new(text: &'a Text<'_>, base: Base, limits: &'l Limits) -> Self {
        Self {
            scanner: Scanner::new(text, base),
            nodes: Vec::new(),
            anchors: HashMap::new(),
            handles: Vec::new(),
            depth: 0,
            limits,
        }
    }

    /// Reads the first document.
    /// # Errors
    /// Syntax in go-yaml's words, unknown anchors, and the limits of depth and number of nodes.
    pub(super) fn parse(mut self) -> Result<Tree<'a>, Error> {
        self.scanner.peek()?;
        self.scanner.take();
        let root = match self.scanner.peek()?.kind {
            Kind::StreamEnd => None,
            Kind::VersionDirective { .. } | Kind::TagDirective { .. } | Kind::DocumentStart => {
                Some(self.explicit_document()?)
            }
            _ => {
                self.default_handles();
                Some(self.node(Place::Block)?)
            }
        };
        // go-yaml looks at one token after the document and stops.
        if root.is_some() {
            self.scanner.peek()?;
        }
        Ok(Tree { nodes: self.nodes, root })
    }

    /// A document after `---` or directives. Nothing after it is a null, and no error.
    fn explicit_document(&mut self) -> Result<Id, Error> {
        self.directives()?;
        let token = self.scanner.peek()?;
        if token.kind != Kind::DocumentStart {
            let mark = token.start;
            return Err(self.error(None, mark, "did not find expected <document start>"));
        }
        self.scanner.take();
        let token = self.scanner.peek()?;
        let start = token.start;
        let is_empty = matches!(
            token.kind,
            Kind::VersionDirective { .. }
                | Kind::TagDirective { .. }
                | Kind::DocumentStart
                | Kind::DocumentEnd
                | Kind::StreamEnd
        );
        if is_empty { self.nothing(start) } else { self.node(Place::Block) }
    }

    /// `%YAML` and `%TAG` before a document.
    /// # Errors
    /// The same directive twice, and any version but 1.1: `%YAML 1.2` is refused ("found
    /// incompatible YAML document"), since go-yaml v2 is a reader of YAML 1.1.
    fn directives(&mut self) -> Result<(), Error> {
        let mut versioned = false;
        while let Kind::VersionDirective { .. } | Kind::TagDirective { .. } = self.scanner.peek()?.kind {
            let token = self.scanner.take();
            match token.kind {
                Kind::VersionDirective { .. } if versioned => {
                    return Err(self.error(None, token.start, "found duplicate %YAML directive"));
                }
                Kind::VersionDirective { is_1_1: false } => {
                    return Err(self.error(None, token.start, "found incompatible YAML document"));
                }
                Kind::TagDirective { handle, prefix } => {
                    if self.handles.iter().any(|(known, _)| *known == handle) {
                        return Err(self.error(None, token.start, "found duplicate %TAG directive"));
                    }
                    self.handles.push((handle, prefix));
                }
                _ => versioned = true,
            }
        }
        self.default_handles();
        Ok(())
    }

    /// What `!` and `!!` mean where no directive says otherwise.
    fn default_handles(&mut self) {
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if !self.handles.iter().any(|(known, _)| *known == handle) {
                self.handles.push((handle, prefix.to_owned()));
            }
        }
    }

    /// go-yaml's error for a fault at a token. It names the line *before* the token's, as it
    /// forgets to count from 1 here, or that of the construct, and never line 0.
    pub(super) fn error(&self, context: Option<Mark>, mark: Mark, problem: &str) -> Error {
        let line = [Some(mark), context].into_iter().flatten().map(|mark| mark.line).find(|line| *line != 0);
        Error::Syntax { line, problem: problem.to_owned(), span: self.scanner.span(mark, mark) }
    }

    /// A node with its anchor and tag. `place` says what may stand there.
    /// # Errors
    /// "did not find expected node content" where a node has to follow and none does.
    pub(super) fn node(&mut self, place: Place) -> Result<Id, Error> {
        let start = self.scanner.peek()?.start;
        if let Kind::Alias(name) = self.scanner.peek()?.kind {
            return self.alias(name);
        }
        let properties = self.properties(start)?;
        let token = self.scanner.peek()?;
        match token.kind {
            Kind::BlockEntry if place == Place::BlockOrIndentless => {
                self.collection(start, properties, Self::indentless_sequence)
            }
            Kind::Scalar { .. } => self.scalar(start, properties),
            Kind::FlowSequenceStart => self.collection(start, properties, Self::flow_sequence),
            Kind::FlowMappingStart => self.collection(start, properties, Self::flow_mapping),
            Kind::BlockSequenceStart if place != Place::Flow => {
                self.collection(start, properties, Self::block_sequence)
            }
            Kind::BlockMappingStart if place != Place::Flow => {
                self.collection(start, properties, Self::block_mapping)
            }
            _ if properties.anchor.is_some() || properties.tag.is_some() => {
                let implicit = properties.tag.is_none();
                let tag = properties.tag.unwrap_or_default();
                let content = Content::Scalar { value: Cow::Borrowed(""), tag, implicit };
                self.add(content, start, start, properties.anchor)
            }
            _ => {
                let mark = token.start;
                Err(self.error(Some(start), mark, "did not find expected node content"))
            }
        }
    }

    /// `*name`. The anchor has to come before it in the text, so that no alias points ahead.
    fn alias(&mut self, name: &'a str) -> Result<Id, Error> {
        let token = self.scanner.take();
        let Some(target) = self.anchors.get(name).copied() else {
            let problem = format!("unknown anchor '{name}' referenced");
            return Err(Error::Meaning { problem, span: self.scanner.span(token.start, token.end) });
        };
        self.add(Content::Alias { name, target }, token.start, token.end, None)
    }

    /// Anchor and tag in either order, each at most once: a second one ends the properties and is
    /// an error of whoever reads on.
    fn properties(&mut self, start: Mark) -> Result<Properties<'a>, Error> {
        let mut properties = Properties::default();
        let mut tag = None;
        loop {
            match self.scanner.peek()?.kind {
                Kind::Anchor(name) if properties.anchor.is_none() => {
                    properties.anchor = Some(name);
                    self.scanner.take();
                }
                Kind::Tag { .. } if tag.is_none() => tag = Some(self.scanner.take()),
                _ => break,
            }
        }
        if let Some(Token { kind: Kind::Tag { handle, suffix }, start: mark, .. }) = tag {
            properties.tag = self.full_tag(handle, suffix, start, mark)?;
        }
        Ok(properties)
    }

    /// The tag with its handle written out: `!!int` is `tag:yaml.org,2002:int`. `None` for no tag
    /// at all.
    /// # Errors
    /// A handle that no directive defines.
    fn full_tag(
        &self,
        handle: &str,
        suffix: String,
        start: Mark,
        mark: Mark,
    ) -> Result<Option<String>, Error> {
        let tag = if handle.is_empty() {
            suffix
        } else {
            let prefix = self.handles.iter().find(|(known, _)| *known == handle);
            let tag = prefix.map_or_else(String::new, |(_, prefix)| format!("{prefix}{suffix}"));
            if tag.is_empty() {
                return Err(self.error(Some(start), mark, "found undefined tag handle"));
            }
            tag
        };
        Ok(Some(tag).filter(|tag| !tag.is_empty()))
    }

    /// A scalar token as a node.
    fn scalar(&mut self, start: Mark, properties: Properties<'a>) -> Result<Id, Error> {
        let token = self.scanner.take();
        let Kind::Scalar { value, plain } = token.kind else { return self.nothing(start) };
        let tag = properties.tag.unwrap_or_default();
        let implicit = tag.is_empty() && plain || tag == "!";
        self.add(Content::Scalar { value, tag, implicit }, start, token.end, properties.anchor)
    }

    /// An empty plain scalar where nothing is written.
    pub(super) fn nothing(&mut self, mark: Mark) -> Result<Id, Error> {
        let content = Content::Scalar { value: Cow::Borrowed(""), tag: String::new(), implicit: true };
        self.add(content, mark, mark, None)
    }

    /// Appends a node and remembers its anchor.
    /// # Errors
    /// [`Error::TooMany`].
    fn add(
        &mut self,
        content: Content<'a>,
        start: Mark,
        end: Mark,
        anchor: Option<&'a str>,
    ) -> Result<Id, Error> {
        let id = self.nodes.len();
        let span = self.scanner.span(start, end);
        if id >= self.limits.nodes {
            return Err(Error::TooMany { limit: self.limits.nodes, span });
        }
        self.nodes.push(Raw { content, line: start.line, span });
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
        Ok(id)
    }

    /// A list or map. Its anchor is known within itself; using it there is an error of its own,
    /// later.
    ///
    /// `read` takes the tokens of the collection, its opening one included.
    pub(super) fn collection(
        &mut self,
        start: Mark,
        properties: Properties<'a>,
        read: fn(&mut Self) -> Result<(Content<'a>, End), Error>,
    ) -> Result<Id, Error> {
        let id = self.add(Content::Sequence(Vec::new()), start, start, properties.anchor)?;
        self.depth += 1;
        if self.depth > self.limits.depth {
            let span = self.scanner.span(start, start);
            return Err(Error::TooDeep { limit: self.limits.depth, span });
        }
        let (content, end) = read(self)?;
        self.depth -= 1;
        let last = match &content {
            Content::Sequence(items) | Content::Mapping(items) => items.last(),
            _ => None,
        };
        self.nodes[id].span.end = match (end, last) {
            (End::Bracket(mark), _) => self.scanner.span(start, mark).end,
            (End::LastItem, Some(last)) => self.nodes[*last].span.end,
            (End::LastItem, None) => self.nodes[id].span.end,
        };
        self.nodes[id].content = content;
        Ok(id)
    }
}
