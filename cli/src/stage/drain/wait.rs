//! Waiting that ends when it has to: by time, or because somebody wants to stop.

use std::time::{Duration, Instant};

/// How a wait ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wait {
    GoOn,
    Over,
    Stopped,
}

/// Until when at the latest.
pub(super) struct Until(Instant);

impl Wait {
    pub(super) fn until(end: Instant) -> Until {
        Until(end)
    }
}

impl Until {
    /// Waits so long, in small parts.
    pub(super) fn sleep(self, pause: Duration, watch: &mut dyn host_prep::Watch) -> Wait {
        const PART: Duration = Duration::from_millis(100);
        let begun = Instant::now();
        loop {
            if watch.stops() {
                return Wait::Stopped;
            }
            let now = Instant::now();
            if now >= self.0 {
                return Wait::Over;
            }
            let left = pause.saturating_sub(now - begun);
            if left.is_zero() {
                return Wait::GoOn;
            }
            watch.waits(now - begun);
            std::thread::sleep(left.min(PART).min(self.0 - now));
        }
    }
}
