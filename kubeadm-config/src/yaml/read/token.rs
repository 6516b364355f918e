//! The tokens of YAML 1.1.
//!
//! Names are libyaml's. Indentation has become tokens already: a `BlockEnd` stands where a line
//! starts further left.

use std::borrow::Cow;

use super::cursor::Mark;

/// A token and where it stands.
#[derive(Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) start: Mark,
    pub(super) end: Mark,
}

/// `BlockEntry` is `-`, `FlowEntry` is `,`, `Key` is `?` or a key that showed itself by its colon,
/// `Value` is `:`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    StreamStart,
    StreamEnd,
    VersionDirective {
        is_1_1: bool,
    },
    TagDirective {
        handle: &'a str,
        prefix: String,
    },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'a str),
    Anchor(&'a str),
    /// An empty handle means that the suffix is the whole tag.
    Tag {
        handle: &'a str,
        suffix: String,
    },
    Scalar {
        value: Cow<'a, str>,
        plain: bool,
    },
}
