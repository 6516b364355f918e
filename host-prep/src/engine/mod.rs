//! Takes the steps of a plan, looks whether the host is as desired, and rolls everything back.

mod action;
pub(crate) mod ahead;
pub(crate) mod apply;
pub(crate) mod beside;
pub(crate) mod change;
pub(crate) mod desired;
pub(crate) mod ended;
pub(crate) mod gone;
pub(crate) mod rollback;
pub(crate) mod verify;
