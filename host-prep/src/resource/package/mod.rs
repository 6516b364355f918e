//! Packages: what is installed, what goes together, and getting the pinned release onto a host and
//! off it again.

mod cache;
mod change;
mod fetch;
mod installed;
mod manager;
mod resource;
mod skew;
mod tree;
mod version;
mod wanted;
mod work;

pub use crate::ground::error::Trouble;
pub use crate::plan::packages::PackageChange;
pub use change::{Moved, moved};
pub use installed::{Installed, rpm_query};
pub use resource::{Holds, Packages};
pub use skew::{Component, Skew, skews};
pub use tree::{can_install, host_of_tree};
pub use version::{compare_deb, compare_rpm};
pub use wanted::Wanted;

pub(crate) use change::{record, run, run_all, take, undo};
pub(crate) use fetch::AptIndex;
pub(crate) use installed::{held_of, installed_now};
pub(crate) use manager::{Direction, Manager};
pub(crate) use work::{all_end, left_over_ends, lock_is_free};
