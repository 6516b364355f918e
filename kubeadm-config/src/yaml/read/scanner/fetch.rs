//! Each kind of token: what it does to blocks, flows and candidates for keys.
//!
//! Follows the `yaml_parser_fetch_*` functions of go-yaml v2's `scannerc.go`. Three things are
//! kept in step: blocks are closed by indentation (`close_blocks`), a token that may turn out to
//! be a key is a candidate (`save_candidate`, `drop_candidate`), and `key_allowed` says whether a
//! key may start at the next token.

use super::Scanner;
use crate::yaml::Error;
use crate::yaml::read::token::Kind;

impl<'a> Scanner<'a> {
    /// Closes every block. A text without a line feed at its end is taken as if it had one, which
    /// moves the place of faults there to the next line.
    pub(super) fn fetch_stream_end(&mut self) -> Result<(), Error> {
        if self.cursor.mark.column != 0 {
            self.cursor.mark.column = 0;
            self.cursor.mark.line += 1;
        }
        self.close_blocks(-1);
        self.drop_candidate()?;
        self.key_allowed = false;
        let mark = self.cursor.mark;
        self.push(Kind::StreamEnd, mark);
        Ok(())
    }

    /// `%` at the start of a line, outside of any document's content.
    pub(super) fn fetch_directive(&mut self) -> Result<(), Error> {
        self.close_blocks(-1);
        self.drop_candidate()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        let kind = self.scan_directive()?;
        self.push(kind, start);
        Ok(())
    }

    /// `---` or `...` at the start of a line: whatever is open ends here.
    pub(super) fn fetch_document_indicator(&mut self) -> Result<(), Error> {
        self.close_blocks(-1);
        self.drop_candidate()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        let kind = if self.cursor.byte(0) == b'-' { Kind::DocumentStart } else { Kind::DocumentEnd };
        for _ in 0..3 {
            self.cursor.skip();
        }
        self.push(kind, start);
        Ok(())
    }

    /// `[` or `{`, which itself may be the start of a key.
    pub(super) fn fetch_flow_start(&mut self, kind: Kind<'a>) -> Result<(), Error> {
        self.save_candidate()?;
        self.enter_flow();
        self.key_allowed = true;
        self.push_indicator(kind);
        Ok(())
    }

    /// `]` or `}`.
    pub(super) fn fetch_flow_end(&mut self, kind: Kind<'a>) -> Result<(), Error> {
        self.drop_candidate()?;
        self.leave_flow();
        self.key_allowed = false;
        self.push_indicator(kind);
        Ok(())
    }

    /// `,`, after which a key may start.
    pub(super) fn fetch_flow_entry(&mut self) -> Result<(), Error> {
        self.drop_candidate()?;
        self.key_allowed = true;
        self.push_indicator(Kind::FlowEntry);
        Ok(())
    }

    /// `- `. Between brackets it is taken too, and refused by the parser: so libyaml leaves the
    /// better message to it.
    /// # Errors
    /// Where no key could start, no dash can: behind `a: ` on the same line.
    pub(super) fn fetch_block_entry(&mut self) -> Result<(), Error> {
        let mark = self.cursor.mark;
        if self.flow == 0 {
            if !self.key_allowed {
                return Err(self.error(mark, "block sequence entries are not allowed in this context"));
            }
            self.open_block(mark, None, Kind::BlockSequenceStart);
        }
        self.drop_candidate()?;
        self.key_allowed = true;
        self.push_indicator(Kind::BlockEntry);
        Ok(())
    }

    /// `? `, a key of any kind and length.
    pub(super) fn fetch_key(&mut self) -> Result<(), Error> {
        let mark = self.cursor.mark;
        if self.flow == 0 {
            if !self.key_allowed {
                return Err(self.error(mark, "mapping keys are not allowed in this context"));
            }
            self.open_block(mark, None, Kind::BlockMappingStart);
        }
        self.drop_candidate()?;
        self.key_allowed = self.flow == 0;
        self.push_indicator(Kind::Key);
        Ok(())
    }

    /// `: `. With a candidate on the line the candidate becomes the key, and what began the line
    /// turns out to be a mapping: both tokens are put in *before* it.
    /// # Errors
    /// "mapping values are not allowed in this context", for `a: b: c` and for a colon in an
    /// unquoted text.
    pub(super) fn fetch_value(&mut self) -> Result<(), Error> {
        let place = self.candidates.len() - 1;
        if self.is_valid(place)? {
            let candidate = self.candidates[place];
            self.insert(Some(candidate.token), Kind::Key, candidate.mark);
            self.open_block(candidate.mark, Some(candidate.token), Kind::BlockMappingStart);
            self.candidates[place].possible = false;
            self.forget(candidate.token);
            self.key_allowed = false;
        } else {
            if self.flow == 0 {
                let mark = self.cursor.mark;
                if !self.key_allowed {
                    return Err(self.error(mark, "mapping values are not allowed in this context"));
                }
                self.open_block(mark, None, Kind::BlockMappingStart);
            }
            self.key_allowed = self.flow == 0;
        }
        self.push_indicator(Kind::Value);
        Ok(())
    }

    /// `&name` or `*name`, by `kind`.
    pub(super) fn fetch_anchor(&mut self, kind: fn(&'a str) -> Kind<'a>) -> Result<(), Error> {
        self.save_candidate()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        let name = self.scan_anchor()?;
        self.push(kind(name), start);
        Ok(())
    }

    /// A tag may stand before a key, so that it is a candidate.
    pub(super) fn fetch_tag(&mut self) -> Result<(), Error> {
        self.save_candidate()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        let (handle, suffix) = self.scan_tag()?;
        self.push(Kind::Tag { handle, suffix }, start);
        Ok(())
    }

    /// Never a key: the line ends with the indicator.
    pub(super) fn fetch_block_scalar(&mut self, literal: bool) -> Result<(), Error> {
        self.drop_candidate()?;
        self.key_allowed = true;
        let start = self.cursor.mark;
        let (value, end) = self.scan_block_scalar(literal)?;
        self.push_scalar(value.into(), false, start, end);
        Ok(())
    }

    /// May be a key.
    pub(super) fn fetch_quoted(&mut self, single: bool) -> Result<(), Error> {
        self.save_candidate()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        let value = self.scan_quoted(single)?;
        self.push_scalar(value, false, start, self.cursor.mark);
        Ok(())
    }

    /// May be a key.
    pub(super) fn fetch_plain(&mut self) -> Result<(), Error> {
        self.save_candidate()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        let (value, end) = self.scan_plain()?;
        self.push_scalar(value, true, start, end);
        Ok(())
    }
}
