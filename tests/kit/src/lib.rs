//! What a test says that cannot run here, and where the recorded answers of real programs lie.
//!
//! A test that needs more than the checkout is in a layer (`tests/layers`) and `#[ignore]`d with
//! that layer's name. When its layer runs and the machine lacks something, the test calls [`skip`]
//! and returns.

pub mod layers;

use std::fmt::Display;
use std::io::Write;
use std::panic::Location;
use std::path::PathBuf;

/// The file that every skipped test appends a line to; `.ci/run` counts and prints them at its end.
const SKIPS: &str = "K8SPREP_SKIPS";
/// Set where a missing recording is a failure even though `../shared` is missing as a whole.
const REQUIRE_SHARED: &str = "REQUIRE_SHARED";

/// Says that the calling test cannot run here, and counts it.
///
/// libtest captures what `eprintln!` prints and drops it when the test passes, so the line is
/// written to the file descriptor itself.
///
/// # Panics
///
/// When the file of skips cannot be written: a skip that is not counted looks like a pass.
#[track_caller]
pub fn skip(why: impl Display) {
    let at = Location::caller();
    let line = format!("SKIPPED {}:{}: {why}\n", at.file(), at.line());
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(file) = variable(SKIPS) {
        let file = std::fs::File::options().append(true).create(true).open(file);
        // One write: tests of several processes append to the file at once.
        file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the file of skips can be written");
    }
}

/// proptest's configuration for a test of `cargo test`: this many cases and always the same, on
/// every machine.
///
/// `PROPTEST_RNG_SEED` gives another seed, and then `PROPTEST_CASES` the number (`tests/layer
/// random`).
#[macro_export]
macro_rules! repeatable {
    ($cases:expr) => {{
        let asked = proptest::test_runner::Config::default();
        if asked.rng_seed == proptest::test_runner::RngSeed::Random {
            proptest::test_runner::Config {
                cases: $cases,
                rng_seed: proptest::test_runner::RngSeed::Fixed(20_261_123),
                ..asked
            }
        } else {
            asked
        }
    }};
}

/// The folder of recorded answers that lies beside the checkout, if it is there.
#[must_use]
pub fn shared_dir() -> Option<PathBuf> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    dir.canonicalize().ok().filter(|dir| dir.is_dir())
}

/// A file or folder of the recorded answers, by its path in `../shared`. `None` says that the test
/// is skipped, which it has been told already.
///
/// # Panics
///
/// When it is missing although `../shared` is there, or although `REQUIRE_SHARED=1` asks for it.
#[must_use]
#[track_caller]
pub fn recorded(path: &str) -> Option<PathBuf> {
    let shared = shared_dir();
    let required = shared.is_some() || variable(REQUIRE_SHARED).is_some_and(|value| value == "1");
    let found = shared.map(|dir| dir.join(path)).filter(|path| path.exists());
    assert!(
        found.is_some() || !required,
        "../shared/{path} is missing, and recorded answers are required here"
    );
    if found.is_none() {
        skip("no recorded answers (../shared) beside this checkout");
    }
    found
}

#[expect(clippy::disallowed_methods, reason = "the environment says how the layers are run")]
fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}
