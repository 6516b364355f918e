//! The library behind the `k8sprep` program: commands, and all that is ever printed.
//!
//! The work itself is done by four crates that know nothing of each other: `crio-config`, `kubeadm-config`,
//! `cri-probe` and `host-prep`. This crate joins them and puts a command line in front. A tool that wants
//! the same without a command line depends on those crates directly.
//!
//! Stdout carries a command's result and nothing else; every diagnostic goes to stderr. Exit status: 0 done,
//! 1 failed (a host is as before), 2 wrong usage, 3 differences found by a check, 4 rollback incomplete.

#[cfg(feature = "bin")]
mod cmd;
#[cfg(feature = "bin")]
mod excerpt;
#[cfg(feature = "bin")]
mod failure;
#[cfg(feature = "bin")]
mod input;
pub mod recipe;
pub mod stage;
#[cfg(feature = "bin")]
mod surroundings;
#[cfg(feature = "bin")]
mod ui;

#[cfg(feature = "bin")]
use std::ffi::OsString;
#[cfg(feature = "bin")]
use std::process::ExitCode;

/// Runs one command line, the program's name first, and gives its exit status.
///
/// ```no_run
/// # fn main() -> std::process::ExitCode {
/// k8sprep::run(["k8sprep", "ca-hash"].map(Into::into))
/// # }
/// ```
#[cfg(feature = "bin")]
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut ui = ui::Ui::standard();
    let args: Vec<OsString> = args.into_iter().collect();
    let outcome = cmd::dispatch(&args, &mut ui).and_then(|()| ui.finish());
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            ui.failure(&failure);
            ExitCode::from(failure.exit().code())
        }
    }
}
