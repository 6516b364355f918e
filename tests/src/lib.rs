//! What the tests of more than one crate need: where the shared data lies, and the conformance suites.
//!
//! This package is never published. Tests that concern one crate alone live in that crate.

use std::path::PathBuf;

pub mod booted;
pub mod conformance;
pub mod crash;
pub mod differential;
pub mod fake_cri;
pub mod fake_host;
pub mod fuzz;
pub mod local_repo;
pub mod real_cluster;
pub mod scripted;
pub mod there_and_back;

/// The folder of recorded answers of real programs that lies beside the checkout, if it is there.
///
/// Tests that need it say so and pass when it is absent: a checkout alone must build and test.
pub fn shared_dir() -> Option<PathBuf> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    dir.is_dir().then_some(dir)
}
