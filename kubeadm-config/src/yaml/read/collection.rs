//! Lists and maps, laid out by indentation or between brackets.
//!
//! Productions of go-yaml v2's `parserc.go`. Each takes tokens up to the end of its collection and
//! says where that end is. What is left out (`- ` with nothing behind, `a:` without a value) is a
//! null with the place where it would stand.

use super::cursor::Mark;
use super::token::Kind;
use super::tree::{Content, End, Id, Parser, Place, Properties};
use crate::yaml::Error;

impl<'a> Parser<'a, '_> {
    /// Items after `- ` at one column, deeper than what is around them.
    /// # Errors
    /// "did not find expected '-' indicator", such as where a key follows at the column of the
    /// dashes.
    pub(super) fn block_sequence(&mut self) -> Result<(Content<'a>, End), Error> {
        let start = self.scanner.take().start;
        let mut items = Vec::new();
        loop {
            let token = self.scanner.peek()?;
            match token.kind {
                Kind::BlockEntry => {
                    let mark = token.end;
                    self.scanner.take();
                    let missing = matches!(self.scanner.peek()?.kind, Kind::BlockEntry | Kind::BlockEnd);
                    items.push(if missing { self.nothing(mark)? } else { self.node(Place::Block)? });
                }
                Kind::BlockEnd => {
                    self.scanner.take();
                    return Ok((Content::Sequence(items), End::LastItem));
                }
                _ => {
                    let mark = token.start;
                    return Err(self.error(Some(start), mark, "did not find expected '-' indicator"));
                }
            }
        }
    }

    /// Items at the column of the key that they belong to, which YAML allows and Kubernetes' own
    /// files use. There is no token for its end: anything but a dash ends it.
    pub(super) fn indentless_sequence(&mut self) -> Result<(Content<'a>, End), Error> {
        let mut items = Vec::new();
        loop {
            let token = self.scanner.peek()?;
            let end = token.end;
            if token.kind != Kind::BlockEntry {
                return Ok((Content::Sequence(items), End::LastItem));
            }
            self.scanner.take();
            let next = &self.scanner.peek()?.kind;
            let missing = matches!(next, Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd);
            items.push(if missing { self.nothing(end)? } else { self.node(Place::Block)? });
        }
    }

    /// Keys at one column with their values. A key without a value has a null.
    /// # Errors
    /// "did not find expected key", the usual message for a line that is indented wrongly.
    pub(super) fn block_mapping(&mut self) -> Result<(Content<'a>, End), Error> {
        let start = self.scanner.take().start;
        let mut items = Vec::new();
        loop {
            let token = self.scanner.peek()?;
            let mark = token.start;
            match token.kind {
                Kind::Key => items.push(self.block_part()?),
                Kind::BlockEnd => {
                    self.scanner.take();
                    return Ok((Content::Mapping(items), End::LastItem));
                }
                _ => return Err(self.error(Some(start), mark, "did not find expected key")),
            }
            let token = self.scanner.peek()?;
            let mark = token.start;
            let valued = token.kind == Kind::Value;
            items.push(if valued { self.block_part()? } else { self.nothing(mark)? });
        }
    }

    /// What follows a key or value indicator in a block mapping.
    fn block_part(&mut self) -> Result<Id, Error> {
        let mark = self.scanner.take().end;
        let missing = matches!(self.scanner.peek()?.kind, Kind::Key | Kind::Value | Kind::BlockEnd);
        if missing { self.nothing(mark) } else { self.node(Place::BlockOrIndentless) }
    }

    /// `[a, b]`; a comma before the closing bracket is fine.
    pub(super) fn flow_sequence(&mut self) -> Result<(Content<'a>, End), Error> {
        let start = self.scanner.take().start;
        let mut items = Vec::new();
        let mut first = true;
        loop {
            self.flow_separator(first, start, &Kind::FlowSequenceEnd, "did not find expected ',' or ']'")?;
            first = false;
            let token = self.scanner.peek()?;
            match token.kind {
                Kind::FlowSequenceEnd => {
                    let end = self.scanner.take().end;
                    return Ok((Content::Sequence(items), End::Bracket(end)));
                }
                Kind::Key => {
                    let start = token.start;
                    items.push(self.collection(start, Properties::default(), Self::pair)?);
                }
                _ => items.push(self.node(Place::Flow)?),
            }
        }
    }

    /// Takes the comma before every element but the first.
    ///
    /// `first` says that none is due yet; `problem` is the message where neither a comma nor the
    /// end comes.
    fn flow_separator(
        &mut self,
        first: bool,
        start: Mark,
        end: &Kind<'_>,
        problem: &str,
    ) -> Result<(), Error> {
        let token = self.scanner.peek()?;
        if first || token.kind == *end {
            return Ok(());
        }
        if token.kind != Kind::FlowEntry {
            let mark = token.start;
            return Err(self.error(Some(start), mark, problem));
        }
        self.scanner.take();
        self.scanner.peek()?;
        Ok(())
    }

    /// A mapping of one key written within a flow sequence: `[a: b]`.
    fn pair(&mut self) -> Result<(Content<'a>, End), Error> {
        self.scanner.take();
        let token = self.scanner.peek()?;
        let end = token.end;
        let missing = matches!(token.kind, Kind::Value | Kind::FlowEntry | Kind::FlowSequenceEnd);
        let key = if missing {
            // go-yaml takes the token that shows that the key is missing, so that `[? : b]` is an error.
            self.scanner.take();
            self.nothing(end)?
        } else {
            self.node(Place::Flow)?
        };
        let token = self.scanner.peek()?;
        let mark = token.start;
        let mut missing = token.kind != Kind::Value;
        if !missing {
            self.scanner.take();
            missing = matches!(self.scanner.peek()?.kind, Kind::FlowEntry | Kind::FlowSequenceEnd);
        }
        let value = if missing { self.nothing(mark)? } else { self.node(Place::Flow)? };
        self.scanner.peek()?;
        Ok((Content::Mapping(vec![key, value]), End::LastItem))
    }

    /// `{a: b, c}`, where `c` has a null.
    pub(super) fn flow_mapping(&mut self) -> Result<(Content<'a>, End), Error> {
        let start = self.scanner.take().start;
        let mut items = Vec::new();
        let mut first = true;
        loop {
            self.flow_separator(first, start, &Kind::FlowMappingEnd, "did not find expected ',' or '}'")?;
            first = false;
            match self.scanner.peek()?.kind {
                Kind::FlowMappingEnd => {
                    let end = self.scanner.take().end;
                    return Ok((Content::Mapping(items), End::Bracket(end)));
                }
                Kind::Key => {
                    items.push(self.flow_part(true)?);
                    let token = self.scanner.peek()?;
                    let mark = token.start;
                    let valued = token.kind == Kind::Value;
                    items.push(if valued { self.flow_part(false)? } else { self.nothing(mark)? });
                }
                _ => {
                    items.push(self.node(Place::Flow)?);
                    let mark = self.scanner.peek()?.start;
                    items.push(self.nothing(mark)?);
                }
            }
        }
    }

    /// What follows a key or value indicator in a flow mapping.
    ///
    /// # Errors
    /// What the node itself says.
    fn flow_part(&mut self, is_key: bool) -> Result<Id, Error> {
        self.scanner.take();
        let token = self.scanner.peek()?;
        let mark = token.start;
        let missing = match token.kind {
            Kind::FlowEntry | Kind::FlowMappingEnd => true,
            Kind::Value => is_key,
            _ => false,
        };
        if missing { self.nothing(mark) } else { self.node(Place::Flow) }
    }
}
