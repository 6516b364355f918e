//! Why a node was not drained, and how it is left.

use std::fmt;
use std::io;
use std::time::Duration;

use cri_probe::api::ApiError;

use super::PodName;
use crate::code::Code;

/// Why a node was not drained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum DrainError {
    /// Pods would be lost, and nobody said that they may be. Nothing was changed.
    #[error("nothing was changed: {} would be lost: {}", super::count(.pods.len(), "pod"), listed(.pods))]
    Refused { pods: Vec<(PodName, &'static str)> },
    /// Pods were still there at the end of the time.
    #[error("not drained within {} s: {}; {left}", .limit.as_secs(), listed(.waits))]
    TimedOut { waits: Vec<(PodName, String)>, limit: Duration, left: Left },
    /// It was stopped on request.
    #[error("the drain was stopped on request; {left}")]
    Stopped { left: Left },
    /// It cannot be watched for a request to stop, so no pod was evicted.
    #[error("cannot watch for a request to stop; {left}")]
    Unwatched { source: io::Error, left: Left },
    /// The API server refuses, or cannot be asked.
    #[error("the API server does not let the node be drained; {left}")]
    Api { source: Box<ApiError>, left: Left },
    /// What the node asks the API server with is missing.
    #[error("cannot ask the API server as this node: {why}")]
    NoAccess { why: String },
}

/// How a node is left that was not drained.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Left {
    /// Nothing was changed.
    AsBefore,
    /// It was cordoned, and is not any more.
    Uncordoned,
    /// Somebody else had cordoned it, and it stays so.
    CordonOfOthers,
    /// It was cordoned, and could not be uncordoned.
    StillCordoned {
        /// The node.
        node: String,
        /// Why.
        why: String,
    },
}

impl DrainError {
    /// The name of the fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } => Code::DrainRefused.as_str(),
            Self::TimedOut { .. } => Code::DrainTimedOut.as_str(),
            Self::Stopped { .. } => host_prep::Code::Stopped.as_str(),
            Self::Unwatched { .. } => Code::SignalsNotWatched.as_str(),
            Self::Api { source, .. } => source.code().as_str(),
            Self::NoAccess { .. } => cri_probe::Code::ApiAccessUnusable.as_str(),
        }
    }

    /// How the node is left.
    #[must_use]
    pub fn left(&self) -> &Left {
        match self {
            Self::Refused { .. } | Self::NoAccess { .. } => &Left::AsBefore,
            Self::TimedOut { left, .. }
            | Self::Stopped { left }
            | Self::Unwatched { left, .. }
            | Self::Api { left, .. } => left,
        }
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AsBefore => f.write_str("nothing was changed"),
            Self::Uncordoned => f.write_str("the node takes pods again"),
            Self::CordonOfOthers => f.write_str("it was cordoned before, and stays so"),
            Self::StillCordoned { node, why } => {
                write!(f, "it is still cordoned ({why}); `kubectl uncordon {node}` lets it take pods again")
            }
        }
    }
}

fn listed<W: fmt::Display>(pods: &[(PodName, W)]) -> String {
    pods.iter()
        .map(|(pod, why)| if pod.name.is_empty() { why.to_string() } else { format!("{pod} ({why})") })
        .collect::<Vec<_>>()
        .join(", ")
}
