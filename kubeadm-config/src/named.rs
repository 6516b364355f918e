//! Names that come and go with minors, as tables of them have it.

use crate::version::Minor;

/// A name, and the minors that may have it.
pub(crate) struct Named {
    pub(crate) name: &'static str,
    /// The first, 0 where that is before all that are known.
    pub(crate) since: u64,
    /// The last.
    pub(crate) until: u64,
}

impl Named {
    pub(crate) fn may_be_in(&self, minor: Minor) -> bool {
        (self.since..=self.until).contains(&minor.number())
    }
}

/// A name of every minor.
pub(crate) const fn ever(name: &'static str) -> Named {
    of(name, 0, NOW)
}

pub(crate) const fn of(name: &'static str, since: u64, until: u64) -> Named {
    Named { name, since, until }
}

/// The last minor of a name that the newest known has.
pub(crate) const NOW: u64 = u64::MAX - 1;
