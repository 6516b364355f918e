//! Tries random specs on random hosts: `there_and_back [CASES]`. See
//! `k8sprep_tests::there_and_back`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this program's output is its purpose")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::process::ExitCode;

use k8sprep_tests::there_and_back::{Readers, cases, check};
use proptest::test_runner::{Config, TestCaseError, TestRunner};

fn main() -> ExitCode {
    let Ok(number) = std::env::args().nth(1).map_or(Ok(2000), |word| word.parse()) else {
        eprintln!("usage: there_and_back [CASES]");
        return ExitCode::from(2);
    };
    let root = rustix::process::geteuid().is_root();
    let readers = if root { Readers::RootAlone } else { Readers::Owner };
    let config =
        Config { cases: number, failure_persistence: None, max_shrink_time: 20_000, ..Config::default() };
    let went = RefCell::new(BTreeMap::new());
    let outcome = TestRunner::new(config).run(&cases(readers), |case| {
        let how = check(&case).map_err(TestCaseError::fail)?;
        *went.borrow_mut().entry(how).or_insert(0_u32) += 1;
        Ok(())
    });
    println!("{:?}", went.into_inner());
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}
