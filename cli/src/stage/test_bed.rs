//! What the beds of the stages' tests share: a run that is killed in the middle.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Thrown where a run is killed.
struct Killed;

/// The process is gone here. Without the hook: nobody reads a backtrace of each.
pub(super) fn kill() -> ! {
    resume_unwind(Box::new(Killed))
}

/// What a run ends with; `None`: it was killed. A panic of its own stays one.
pub(super) fn unless_killed<T>(run: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(done) => Some(done),
        Err(why) if why.is::<Killed>() => None,
        Err(why) => resume_unwind(why),
    }
}

#[test]
fn a_panic_is_not_taken_for_a_kill() {
    assert_eq!(unless_killed(|| 1), Some(1));
    assert_eq!(unless_killed(|| -> i32 { kill() }), None);
    let panic = || unless_killed(|| -> i32 { resume_unwind(Box::new("a fault")) });
    assert!(catch_unwind(panic).is_err());
}
