//! Moments: a [`SystemTime`] in the public API, whole seconds since 1970 in journals, keys and
//! JSON.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

/// Seconds since 1970; 0 for what was before.
pub(crate) fn seconds(moment: SystemTime) -> u64 {
    moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The moment so many seconds after 1970, or the last one that the system can name.
pub(crate) fn moment(seconds: u64) -> SystemTime {
    let after = |seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
    after(seconds).or_else(|| after(i64::MAX.unsigned_abs())).unwrap_or(UNIX_EPOCH)
}

/// As seconds since 1970.
pub(crate) fn serialize<S: Serializer>(at: &Option<SystemTime>, to: S) -> Result<S::Ok, S::Error> {
    at.map(seconds).serialize(to)
}

/// As [`serialize`], where there is always one.
pub(crate) fn serialize_one<S: Serializer>(at: &SystemTime, to: S) -> Result<S::Ok, S::Error> {
    seconds(*at).serialize(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_come_back_and_the_last_moment_does_not_panic() {
        for at in [0, 1, 1_795_392_000, i64::MAX.unsigned_abs()] {
            assert_eq!(seconds(moment(at)), at);
        }
        assert!(moment(u64::MAX) > moment(1 << 40));
        assert_eq!(seconds(UNIX_EPOCH - Duration::from_secs(1)), 0);
    }
}
