//! What was waited for when time ran out or the peer went away.

use std::fmt;

/// What the probe was waiting for when its time ran out or the peer went away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// The peer's accept queue is full: it takes no connections.
    Connect,
    /// The request is sent, the answer's headers are not complete.
    Headers,
    /// The headers came, the body is not complete.
    Body,
    /// A CRI call is not answered.
    Call,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "to be accepted",
            Self::Headers => "for the headers of the answer",
            Self::Body => "for the rest of the answer",
            Self::Call => "for the answer to a CRI call",
        })
    }
}
