//! `conformance SUITE DIR [--release R] [--show N]`: how far the crates agree with recorded
//! answers.
//!
//! `conformance differential --release R [--count N] [--seed S] [--show N] [--commands
//! validate,migrate,images] [--experimental yes] [--shrink no]`: how far they agree with a real
//! kubeadm about random files. The kubeadm is built on demand; where that is not possible the
//! program says so and succeeds.
//!
//! `conformance command-lines --release R [--program K8SPREP] [--show N]`: whether the built
//! program answers command lines with `--like-kubeadm` as that kubeadm does; the program is looked
//! for beside this one.
//!
//! Exit status: 0 all agree, 1 something does not, 2 the directory or the command line is unusable.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of the tests, not of the product")]

use std::path::PathBuf;
use std::process::ExitCode;

use k8sprep_tests::conformance::{Request, run};
use k8sprep_tests::differential::{self, Command, Unavailable};

const USAGE: &str = "usage: conformance SUITE DIR [--release R] [--show N]
       conformance differential --release R [--count N] [--seed S] [--show N] [--commands validate,migrate,images]
                                [--experimental yes] [--shrink no]
       conformance command-lines --release R [--program K8SPREP] [--show N]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = Line::parse(&args).and_then(|line| match line.places.first().map(String::as_str) {
        Some("differential") => line.differential(),
        Some("command-lines") => line.command_lines(),
        _ => line.suite(),
    });
    outcome.unwrap_or_else(|message| {
        eprintln!("error: {message}");
        ExitCode::from(2)
    })
}

/// The command line.
struct Line {
    places: Vec<String>,
    release: Option<String>,
    show: Option<usize>,
    count: usize,
    seed: u64,
    commands: Option<Vec<Command>>,
    experimental: bool,
    shrink: bool,
    program: Option<PathBuf>,
}

impl Line {
    fn parse(args: &[String]) -> Result<Self, String> {
        let (places, release, show, commands) = (Vec::new(), None, None, None);
        let (count, seed, experimental, shrink, program) = (500, 1, false, true, None);
        let mut line = Self { places, release, show, count, seed, commands, experimental, shrink, program };
        let mut rest = args.iter();
        while let Some(word) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| format!("{word} needs a value\n{USAGE}"));
            match word.as_str() {
                "--release" => line.release = Some(value()?.clone()),
                "--show" => line.show = Some(number(word, value()?)?),
                "--count" => line.count = number(word, value()?)?,
                "--seed" => line.seed = number(word, value()?)?,
                "--commands" => line.commands = Some(commands_in(value()?)?),
                "--program" => line.program = Some(value()?.into()),
                "--shrink" => line.shrink = value()? != "no",
                "--experimental" => line.experimental = value()? == "yes",
                flag if flag.starts_with('-') => return Err(format!("unknown flag {flag}\n{USAGE}")),
                _ => line.places.push(word.clone()),
            }
        }
        Ok(line)
    }

    fn suite(self) -> Result<ExitCode, String> {
        let places = <[String; 2]>::try_from(self.places);
        let [suite, dir] = places.map_err(|_| format!("SUITE and DIR are needed\n{USAGE}"))?;
        let mut request = Request::new(dir);
        request.release = self.release;
        let tally = run(&suite, &request).map_err(|error| error.to_string())?;
        print!("{}", tally.report(self.show.unwrap_or(0)));
        Ok(if tally.agrees() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn differential(self) -> Result<ExitCode, String> {
        let release = self.release.ok_or_else(|| format!("--release is needed\n{USAGE}"))?;
        let parsed = release.parse().map_err(|error: kubeadm_config::Error| error.to_string())?;
        let request = differential::Request {
            commands: self.commands.unwrap_or_else(|| differential::Request::commands_of(&parsed)),
            experimental: self.experimental,
            shrink: self.shrink,
            release: parsed,
            count: self.count,
            seed: self.seed,
            show: self.show.unwrap_or(1),
        };
        match differential::run(&request, differential::ours) {
            Ok(outcome) => {
                print!("{}{release} seed {}: {}", outcome.told(), self.seed, outcome.figures());
                Ok(if outcome.agrees() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
            Err(error) => unavailable(&release, error),
        }
    }

    fn command_lines(self) -> Result<ExitCode, String> {
        let release = self.release.ok_or_else(|| format!("--release is needed\n{USAGE}"))?;
        let parsed = release.parse().map_err(|error: kubeadm_config::Error| error.to_string())?;
        let beside = || std::env::current_exe().map(|path| path.with_file_name("k8sprep"));
        let program = self.program.map_or_else(beside, Ok).map_err(|error| error.to_string())?;
        if !program.exists() {
            return Err(format!(
                "{} is not there: build k8sprep, or name it with --program",
                program.display()
            ));
        }
        match differential::compare_lines(&parsed, &program) {
            Ok(outcome) => {
                let told: String = outcome.differences.iter().take(self.show.unwrap_or(5)).cloned().collect();
                print!("{told}{release}: {}", outcome.figures());
                Ok(if outcome.agrees() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
            Err(error) => unavailable(&release, error),
        }
    }
}

/// A kubeadm that cannot be asked is no failure, unless it ought to be.
fn unavailable(release: &str, error: Unavailable) -> Result<ExitCode, String> {
    match error {
        Unavailable::NotHere(why) => {
            k8sprep_tests::skip(format_args!("no kubeadm {release} can be asked here: {why}"));
            Ok(ExitCode::SUCCESS)
        }
        Unavailable::Failed(why) => Err(why),
        error => Err(format!("{error:?}")),
    }
}

fn commands_in(list: &str) -> Result<Vec<Command>, String> {
    let named = |name: &str| {
        let found = Command::ALL.into_iter().find(|command| command.name() == name);
        found.ok_or_else(|| format!("{name} is not a command that is compared\n{USAGE}"))
    };
    list.split(',').map(named).collect()
}

fn number<T: std::str::FromStr>(flag: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{flag} needs a number\n{USAGE}"))
}
