use std::path::PathBuf;

use k8sprep_tests::crash;

/// Every how many system calls the worker is stopped here; the program `crash_table` does them all.
const STRIDE: usize = 97;

/// A sample of the crash table.
#[test]
fn nothing_is_torn_and_everything_comes_back() {
    let worker = PathBuf::from(env!("CARGO_BIN_EXE_crash_table"));
    if !crash::can_trace() {
        skip("strace is not here or may not trace: the crash table is not tried");
        return;
    }
    let table = crash::run(&worker, STRIDE, &mut |_| {}).unwrap();
    assert!(table.tried > 30, "{table:?}");
    assert_eq!(table.torn, Vec::<String>::new());
    assert_eq!(table.lost, Vec::<String>::new());
    assert_eq!(table.interrupted, Vec::<String>::new());
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn skip(why: &str) {
    eprintln!("skipped: {why}");
}
