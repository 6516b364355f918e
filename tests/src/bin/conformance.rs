//! `conformance SUITE DIR [--release R] [--show N]`: how far the crates agree with recorded answers.
//!
//! Exit status: 0 all agree, 1 something does not, 2 the directory or the command line is unusable.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of the tests, not of the product")]

use std::process::ExitCode;

use k8sprep_tests::conformance::{Request, run};

const USAGE: &str = "usage: conformance SUITE DIR [--release R] [--show N]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match parse(&args) {
        Ok((suite, request, show)) => match run(&suite, &request) {
            Ok(tally) => {
                print!("{}", tally.report(show));
                if tally.agrees() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
            }
            Err(error) => fail(&error.to_string()),
        },
        Err(message) => fail(&format!("{message}\n{USAGE}")),
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::from(2)
}

fn parse(args: &[String]) -> Result<(String, Request, usize), String> {
    let (mut places, mut release, mut show) = (Vec::new(), None, 0);
    let mut rest = args.iter();
    while let Some(word) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--release" => release = Some(value()?.clone()),
            "--show" => show = value()?.parse().map_err(|_| "--show needs a number".to_owned())?,
            flag if flag.starts_with('-') => return Err(format!("unknown flag {flag}")),
            _ => places.push(word.clone()),
        }
    }
    let [suite, dir] = <[String; 2]>::try_from(places).map_err(|_| "SUITE and DIR are needed".to_owned())?;
    let mut request = Request::new(dir);
    request.release = release;
    Ok((suite, request, show))
}
