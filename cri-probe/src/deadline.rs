//! One point in time by which everything must be over.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, Phase};
use crate::socket::Socket;

/// The end of one probe. Copies share the same end, so phases share one budget.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    end: Instant,
    limit: Duration,
}

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        let now = Instant::now();
        // A limit beyond what the clock can hold is as good as a century.
        let end = now.checked_add(limit).unwrap_or_else(|| now + Duration::from_secs(100 * 365 * 86_400));
        Self { end, limit }
    }

    pub(crate) fn left(self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// The result of `work`, or [`Error::TimedOut`] in `phase` when the end comes first.
    pub(crate) async fn within<T>(
        self,
        socket: &Socket,
        phase: Phase,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::time::timeout_at(self.end, work).await.unwrap_or_else(|_| Err(self.timed_out(socket, phase)))
    }

    pub(crate) fn timed_out(self, socket: &Socket, phase: Phase) -> Error {
        Error::TimedOut { socket: socket.clone(), phase, limit: self.limit }
    }
}
