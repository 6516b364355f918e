//! Prints the crash table: `crash_table [STRIDE]`. See `k8sprep_tests::crash`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this program's output is its purpose")]

use std::process::ExitCode;

use k8sprep_tests::crash;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "worker") {
        return match crash::work(&words[1..]) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(why) => usage(&why),
        };
    }
    match words.first().map_or(Ok(1), |word| word.parse()) {
        Ok(stride) if crash::can_trace() => table(stride),
        Ok(_) => usage("strace is not here or may not trace"),
        Err(_) => usage("the stride is a number"),
    }
}

fn table(stride: usize) -> ExitCode {
    let own = std::env::current_exe();
    let table = match own.and_then(|own| crash::run(&own, stride, &mut |text| eprintln!("{text}"))) {
        Ok(table) => table,
        Err(error) => return usage(&error.to_string()),
    };
    table.torn.iter().for_each(|line| println!("torn: {line}"));
    table.lost.iter().for_each(|line| println!("lost: {line}"));
    table.interrupted.iter().for_each(|line| println!("not taken up again: {line}"));
    println!(
        "points tried {}, of them survived {}, interrupted calls not taken up again {}, torn files {}, failed rollbacks {}",
        table.tried,
        table.unharmed,
        table.interrupted.len(),
        table.torn.len(),
        table.lost.len()
    );
    if table.torn.is_empty() && table.lost.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn usage(why: &str) -> ExitCode {
    eprintln!("{why}\nusage: crash_table [STRIDE]");
    ExitCode::from(2)
}
