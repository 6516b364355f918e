//! From text to tokens, with go-yaml's view of what may stand where.

mod fetch;

use std::collections::VecDeque;

use super::cursor::{Cursor, Mark};
use super::encoding::Text;
use super::token::{Kind, Token};
use crate::yaml::{Base, Error, Span};

/// A key without `?` has to end within this many characters.
const SIMPLE_KEY: usize = 1024;

/// Produces tokens one by one. What a token is can depend on what follows (`a: b` is a mapping only
/// at the colon), so tokens wait in a queue as long as the first of them may turn out to be a key.
pub(super) struct Scanner<'a> {
    pub(super) cursor: Cursor<'a>,
    tokens: VecDeque<Token<'a>>,
    /// Tokens handed out.
    taken: usize,
    /// Column of the innermost block collection, -1 outside of all; and those around it.
    pub(super) indent: i64,
    indents: Vec<i64>,
    /// Depth of `[` and `{`.
    pub(super) flow: usize,
    /// What may turn out to be a key: one place for the block context and one for each flow level.
    candidates: Vec<Candidate>,
    /// Which tokens they are: number of the token, place in `candidates`. Ascending; like go-yaml's
    /// table this can forget a token that still is a candidate, see [`Scanner::leave_flow`].
    by_token: VecDeque<(usize, usize)>,
    /// Whether a key may start here.
    pub(super) key_allowed: bool,
    started: bool,
}

/// A token that becomes a key if a `:` follows.
#[derive(Clone, Copy)]
struct Candidate {
    possible: bool,
    /// Nothing but a key can stand here, because of its column.
    required: bool,
    token: usize,
    mark: Mark,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a Text<'_>, base: Base) -> Self {
        Self {
            cursor: Cursor::new(text, base),
            tokens: VecDeque::new(),
            taken: 0,
            indent: -1,
            indents: Vec::new(),
            flow: 0,
            candidates: vec![Candidate { possible: false, required: false, token: 0, mark: Mark::default() }],
            by_token: VecDeque::new(),
            key_allowed: true,
            started: false,
        }
    }

    /// The next token, which stays the next one. After the end of the stream there is none to ask
    /// for.
    pub(super) fn peek(&mut self) -> Result<&Token<'a>, Error> {
        while self.tokens.is_empty() || self.head_may_be_key()? {
            self.fetch()?;
        }
        // The loop ended with a token in the queue.
        Ok(&self.tokens[0])
    }

    /// Takes the token that [`Scanner::peek`] showed.
    pub(super) fn take(&mut self) -> Token<'a> {
        self.taken += 1;
        let end = || Token { kind: Kind::StreamEnd, start: Mark::default(), end: Mark::default() };
        self.tokens.pop_front().unwrap_or_else(end)
    }

    fn head_may_be_key(&mut self) -> Result<bool, Error> {
        while self.by_token.front().is_some_and(|(token, _)| *token < self.taken) {
            self.by_token.pop_front();
        }
        match self.by_token.front() {
            Some((token, place)) if *token == self.taken => self.is_valid(*place),
            _ => Ok(false),
        }
    }

    /// Whether a candidate still can be a key: it has to end on its line.
    fn is_valid(&mut self, place: usize) -> Result<bool, Error> {
        let here = self.cursor.mark;
        let Some(candidate) = self.candidates.get_mut(place).filter(|candidate| candidate.possible) else {
            return Ok(false);
        };
        if candidate.mark.line >= here.line && candidate.mark.index + SIMPLE_KEY >= here.index {
            return Ok(true);
        }
        candidate.possible = false;
        let candidate = *candidate;
        if candidate.required { Err(self.no_colon(candidate.mark)) } else { Ok(false) }
    }

    fn no_colon(&self, context: Mark) -> Error {
        self.error(context, "could not find expected ':'")
    }

    /// go-yaml's error for a fault at the current place. It names the line of the place, or of the
    /// construct it belongs to, but never the first.
    pub(super) fn error(&self, context: Mark, problem: &str) -> Error {
        let here = self.cursor.mark;
        let line = match (here.line, context.line) {
            (0, 0) => None,
            (0, line) => Some(line),
            (line, _) => Some(line + 1),
        };
        Error::Syntax { line, problem: problem.to_owned(), span: self.cursor.span(here, here) }
    }

    pub(super) fn span(&self, start: Mark, end: Mark) -> Span {
        self.cursor.span(start, end)
    }

    /// Appends at least one token to the queue.
    fn fetch(&mut self) -> Result<(), Error> {
        self.cursor.ensure(1)?;
        if !self.started {
            self.started = true;
            let mark = self.cursor.mark;
            self.push(Kind::StreamStart, mark);
            return Ok(());
        }
        self.skip_to_token()?;
        self.close_blocks(i64::from(self.cursor.mark.column));
        self.cursor.ensure(4)?;
        if self.cursor.is_end() {
            return self.fetch_stream_end();
        }
        if self.cursor.mark.column == 0 && self.cursor.byte(0) == b'%' {
            return self.fetch_directive();
        }
        if self.cursor.is_document_indicator() {
            return self.fetch_document_indicator();
        }
        self.fetch_content()
    }

    fn fetch_content(&mut self) -> Result<(), Error> {
        let spaced = self.cursor.is_space(1);
        let in_flow = self.flow > 0;
        match self.cursor.byte(0) {
            b'[' => self.fetch_flow_start(Kind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(Kind::FlowMappingStart),
            b']' => self.fetch_flow_end(Kind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(Kind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if spaced => self.fetch_block_entry(),
            b'?' if in_flow || spaced => self.fetch_key(),
            b':' if in_flow || spaced => self.fetch_value(),
            b'*' => self.fetch_anchor(Kind::Alias),
            b'&' => self.fetch_anchor(Kind::Anchor),
            b'!' => self.fetch_tag(),
            b'|' if !in_flow => self.fetch_block_scalar(true),
            b'>' if !in_flow => self.fetch_block_scalar(false),
            b'\'' => self.fetch_quoted(true),
            b'"' => self.fetch_quoted(false),
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' | b'\t' => {
                Err(self.error(self.cursor.mark, "found character that cannot start any token"))
            }
            _ => self.fetch_plain(),
        }
    }

    /// Passes white space, line breaks and comments. A tab may not indent what could be a key.
    fn skip_to_token(&mut self) -> Result<(), Error> {
        loop {
            self.cursor.ensure(1)?;
            self.cursor.skip_byte_order_mark();
            self.cursor.ensure(1)?;
            let tabs = self.flow > 0 || !self.key_allowed;
            while self.cursor.byte(0) == b' ' || tabs && self.cursor.byte(0) == b'\t' {
                self.cursor.skip();
                self.cursor.ensure(1)?;
            }
            self.cursor.skip_comment()?;
            if !self.cursor.is_break(0) {
                return Ok(());
            }
            self.cursor.ensure(2)?;
            self.cursor.skip_break();
            if self.flow == 0 {
                self.key_allowed = true;
            }
        }
    }

    fn push(&mut self, kind: Kind<'a>, start: Mark) {
        let end = self.cursor.mark;
        self.tokens.push_back(Token { kind, start, end });
    }

    /// Takes one byte as a token.
    fn push_indicator(&mut self, kind: Kind<'a>) {
        let start = self.cursor.mark;
        self.cursor.skip();
        self.push(kind, start);
    }

    /// Puts a token without extent before the token of that number, or at the end if that one is
    /// taken already.
    fn insert(&mut self, number: Option<usize>, kind: Kind<'a>, mark: Mark) {
        let token = Token { kind, start: mark, end: mark };
        match number.and_then(|number| number.checked_sub(self.taken)) {
            Some(place) if place <= self.tokens.len() => self.tokens.insert(place, token),
            _ => self.tokens.push_back(token),
        }
    }

    /// Opens a block collection if the column is deeper than the innermost one.
    fn open_block(&mut self, mark: Mark, number: Option<usize>, kind: Kind<'a>) {
        let column = i64::from(mark.column);
        if self.flow == 0 && self.indent < column {
            self.indents.push(self.indent);
            self.indent = column;
            self.insert(number, kind, mark);
        }
    }

    /// Closes the block collections that are deeper than the column.
    fn close_blocks(&mut self, column: i64) {
        while self.flow == 0 && self.indent > column {
            self.insert(None, Kind::BlockEnd, self.cursor.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    /// Remembers that the next token may be a key.
    pub(super) fn save_candidate(&mut self) -> Result<(), Error> {
        if !self.key_allowed {
            return Ok(());
        }
        let mark = self.cursor.mark;
        let required = self.flow == 0 && self.indent == i64::from(mark.column);
        self.drop_candidate()?;
        let token = self.taken + self.tokens.len();
        let place = self.candidates.len() - 1;
        self.candidates[place] = Candidate { possible: true, required, token, mark };
        self.by_token.push_back((token, place));
        Ok(())
    }

    /// Gives up the candidate of the current level.
    fn drop_candidate(&mut self) -> Result<(), Error> {
        let place = self.candidates.len() - 1;
        let candidate = self.candidates[place];
        if candidate.possible {
            if candidate.required {
                return Err(self.no_colon(candidate.mark));
            }
            self.candidates[place].possible = false;
            self.forget(candidate.token);
        }
        Ok(())
    }

    fn forget(&mut self, token: usize) {
        if let Ok(place) = self.by_token.binary_search_by_key(&token, |(token, _)| *token) {
            self.by_token.remove(place);
        }
    }

    fn enter_flow(&mut self) {
        let token = self.taken + self.tokens.len();
        let mark = self.cursor.mark;
        self.candidates.push(Candidate { possible: false, required: false, token, mark });
        self.flow += 1;
    }

    /// go-yaml forgets the token of the level's candidate, and where there was none that is the
    /// opening bracket itself. So `[]: a` is no mapping to it.
    fn leave_flow(&mut self) {
        if self.flow > 0 {
            self.flow -= 1;
            if let Some(candidate) = self.candidates.pop() {
                self.forget(candidate.token);
            }
        }
    }

    fn push_scalar(&mut self, value: std::borrow::Cow<'a, str>, plain: bool, start: Mark, end: Mark) {
        self.tokens.push_back(Token { kind: Kind::Scalar { value, plain }, start, end });
    }
}
