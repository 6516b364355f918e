//! The clock, and moments as people and programs read them.
//!
//! The only place of the library that reads the clock, so that everything else can be asked about
//! any moment.

use std::time::{Duration, SystemTime};

/// Of the machine that this runs on, also for a tree of another.
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// So long after `moment`; where the system cannot name that, the farthest day people plan for.
pub(crate) fn after(moment: SystemTime, time: Duration) -> SystemTime {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    moment.checked_add(time).unwrap_or(moment + CENTURY)
}

/// Whole seconds since 1970.
pub(crate) fn unix_seconds(moment: SystemTime) -> u64 {
    moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// A moment as people and programs read it, in UTC and whole seconds.
pub(crate) fn moment(moment: SystemTime) -> String {
    let seconds = unix_seconds(moment);
    let moment = i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    moment.map_or_else(|| format!("{seconds} s"), |moment| moment.to_string())
}
