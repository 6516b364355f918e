//! Scalars after `|` and `>`.
//!
//! Follows `yaml_parser_scan_block_scalar` of go-yaml v2's `scannerc.go`. Long values of a kubeadm
//! file (a certificate, a manifest in `extraArgs`) are usually written so, and one space too few
//! ends such a scalar: the span tells where.

use super::cursor::Mark;
use super::scanner::Scanner;
use crate::yaml::Error;

impl Scanner<'_> {
    /// A scalar after `|` or `>`, and where it ends.
    ///
    /// `literal` is `|`, where line breaks stay; after `>` one break between two lines of text is
    /// a space. The end is that of the last line of the scalar, without empty lines behind it.
    /// # Errors
    /// A faulty header, a tab in the indentation.
    pub(super) fn scan_block_scalar(&mut self, literal: bool) -> Result<(String, Mark), Error> {
        let start = self.cursor.mark;
        self.cursor.skip();
        let (chomping, increment) = self.block_header(start)?;
        let around = self.indent.max(0);
        let mut block = Block {
            start,
            indent: increment.map_or(0, |increment| u32::try_from(around).unwrap_or(0) + increment),
            breaks: String::new(),
            end: self.cursor.mark,
        };
        self.block_breaks(&mut block)?;
        self.cursor.ensure(1)?;
        let mut value = String::new();
        let mut line_break = "";
        let mut was_blank = false;
        while self.cursor.mark.column == block.indent && !self.cursor.is_end() {
            let is_blank = self.cursor.is_blank(0);
            if !literal && !was_blank && !is_blank && line_break == "\n" {
                if block.breaks.is_empty() {
                    value.push(' ');
                }
            } else {
                value.push_str(line_break);
            }
            value.push_str(&block.breaks);
            block.breaks.clear();
            was_blank = is_blank;
            let from = self.cursor.mark.at;
            while !self.cursor.is_line_end(0) {
                self.cursor.skip();
                self.cursor.ensure(1)?;
            }
            value.push_str(self.cursor.since(from));
            self.cursor.ensure(2)?;
            line_break = if self.cursor.is_break(0) { self.cursor.skip_break() } else { "" };
            self.block_breaks(&mut block)?;
        }
        if chomping != Chomping::Strip {
            value.push_str(line_break);
        }
        if chomping == Chomping::Keep {
            value.push_str(&block.breaks);
        }
        Ok((value, block.end))
    }

    /// The indicators after `|` or `>` and the rest of their line.
    ///
    /// `-` strips the last line break, `+` keeps all; a digit says the indentation. They come in
    /// either order.
    /// # Errors
    /// The digit `0`, and text behind the indicators.
    fn block_header(&mut self, start: Mark) -> Result<(Chomping, Option<u32>), Error> {
        self.cursor.ensure(1)?;
        let mut chomping = self.chomping();
        if chomping.is_some() {
            self.cursor.ensure(1)?;
        }
        let increment = char::from(self.cursor.byte(0)).to_digit(10);
        if let Some(digit) = increment {
            if digit == 0 {
                return Err(self.error(start, "found an indentation indicator equal to 0"));
            }
            self.cursor.skip();
            self.cursor.ensure(1)?;
            chomping = chomping.or_else(|| self.chomping());
        }
        self.cursor.skip_blanks()?;
        self.cursor.skip_comment()?;
        if !self.cursor.is_line_end(0) {
            return Err(self.error(start, "did not find expected comment or line break"));
        }
        if self.cursor.is_break(0) {
            self.cursor.ensure(2)?;
            self.cursor.skip_break();
        }
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    /// Takes `+` or `-` if it is there.
    fn chomping(&mut self) -> Option<Chomping> {
        let chomping = match self.cursor.byte(0) {
            b'+' => Chomping::Keep,
            b'-' => Chomping::Strip,
            _ => return None,
        };
        self.cursor.skip();
        Some(chomping)
    }

    /// Passes indentation and empty lines, and finds out the indentation if it is not known.
    fn block_breaks(&mut self, block: &mut Block) -> Result<(), Error> {
        block.end = self.cursor.mark;
        let mut deepest = 0;
        loop {
            self.cursor.ensure(1)?;
            let indenting = |column| block.indent == 0 || column < block.indent;
            while indenting(self.cursor.mark.column) && self.cursor.byte(0) == b' ' {
                self.cursor.skip();
                self.cursor.ensure(1)?;
            }
            deepest = deepest.max(self.cursor.mark.column);
            if indenting(self.cursor.mark.column) && self.cursor.byte(0) == b'\t' {
                let problem = "found a tab character where an indentation space is expected";
                return Err(self.error(block.start, problem));
            }
            if !self.cursor.is_break(0) {
                break;
            }
            self.cursor.ensure(2)?;
            block.breaks.push_str(self.cursor.skip_break());
            block.end = self.cursor.mark;
        }
        if block.indent == 0 {
            // An empty first line may be indented less than the text: the deepest counts, and one
            // column
            // more than the block around at the least.
            let least = u32::try_from(self.indent + 1).unwrap_or(0).max(1);
            block.indent = deepest.max(least);
        }
        Ok(())
    }
}

/// A block scalar being read.
struct Block {
    start: Mark,
    /// Column of its lines; 0 while not known.
    indent: u32,
    /// Line breaks passed since its last line.
    breaks: String,
    end: Mark,
}

/// What becomes of the line breaks at the end of a block scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}
