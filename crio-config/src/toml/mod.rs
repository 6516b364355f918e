//! The TOML that CRI-O reads, release by release.
//!
//! CRI-O's reader is laxer than TOML 1.0 in places (a header may add to an inline table, a dotted
//! key to a header's table), stricter in others, and changes with nearly every release. A reader
//! that follows the standard would refuse files a running CRI-O loads, so this one follows CRI-O:
//! it answers what the reader of a release answers, in its words, and keeps the place of every key
//! and value so that edits can be cut into the bytes.

mod cursor;
mod datetime;
pub(crate) mod goquote;
mod inline;
mod key;
mod number;
mod reader;
mod string;
mod tree;
mod value;

use std::ops::Range;

pub(crate) use reader::{Read, Statement, StatementKind, read};
pub(crate) use tree::{Node, Table, Value};

/// A byte range of the text.
pub(crate) type Span = Range<usize>;

/// Which generation of CRI-O's TOML reader answers.
///
/// The name is the version of the library the release was built with; the table of releases is in
/// [`crate::release`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dialect {
    /// 0.3: TOML 0.4, no dotted keys, lenient with control characters and leading zeros.
    V0_3,
    /// 0.4: TOML 1.0, errors still worded the old way.
    V0_4,
    /// 1.1: type errors name the key.
    V1_1,
    /// 1.2: type errors name the line, duration strings are read.
    V1_2,
    /// 1.3: a byte-order mark is skipped.
    V1_3,
    /// 1.4: new words for date errors.
    V1_4,
    /// 1.5: an unexpected end of line is reported on the line it ends.
    V1_5,
    /// 1.6: TOML 1.1.
    V1_6,
}

impl Dialect {
    /// TOML 0.4 with the first lexer.
    pub(crate) fn is_old(self) -> bool {
        self == Self::V0_3
    }

    /// Errors start with `Near line` instead of `toml: line`.
    pub(crate) fn says_near_line(self) -> bool {
        self <= Self::V0_4
    }

    /// Newlines and trailing commas in inline tables, `\e`, `\xHH`, times without seconds.
    pub(crate) fn is_toml_1_1(self) -> bool {
        self >= Self::V1_6
    }

    /// A UTF-8 byte-order mark at the start is skipped.
    pub(crate) fn skips_bom(self) -> bool {
        self >= Self::V1_3
    }
}

/// Why a text was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// CRI-O's own words, line and last key included.
    pub(crate) text: String,
    /// The last part of `text`: what is wrong, without the place.
    pub(crate) message: String,
    /// Where, in bytes of the input.
    pub(crate) span: Span,
    /// CRI-O itself dies of it instead of reporting an error.
    pub(crate) crash: bool,
}

/// Joins a key for messages, as the reader of the dialect does.
pub(crate) fn join_key<S: AsRef<str>>(dialect: Dialect, path: &[S]) -> String {
    let mut out = String::new();
    for (index, part) in path.iter().enumerate() {
        if index > 0 {
            out.push('.');
        }
        if dialect.says_near_line() {
            out.push_str(part.as_ref());
        } else {
            push_key_part(&mut out, part.as_ref());
        }
    }
    out
}

/// Writes one part of a key, in quotes where a bare key could not hold it.
pub(crate) fn push_key_part(out: &mut String, part: &str) {
    if !part.is_empty() && part.chars().all(is_bare_key_char) {
        out.push_str(part);
    } else {
        push_basic_string(out, part);
    }
}

/// Writes a basic string with its quotes.
pub(crate) fn push_basic_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_ascii_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// May the character stand in a key without quotes?
pub(crate) fn is_bare_key_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}
