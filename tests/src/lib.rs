//! What the tests of more than one crate need: where the shared data lies, and the conformance
//! suites.
//!
//! This package is never published. Tests that concern one crate alone live in that crate.

pub mod booted;
pub mod conformance;
pub mod crash;
pub mod differential;
pub mod fuzz;
pub mod local_repo;
pub mod real_cluster;
pub mod there_and_back;
pub mod walls;

pub use cri_probe::test_util as fake_cri;
pub use host_prep::test_util::{fake_host, scripted};
pub use test_kit::{recorded, shared_dir, skip};
