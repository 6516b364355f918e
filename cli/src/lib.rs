//! From one spec of a node to a host that is one: what the `k8sprep` program does, as a library.
//!
//! The work itself is done by four crates that know nothing of each other: `crio-config`,
//! `kubeadm-config`, `cri-probe` and `host-prep`. This crate joins them: [`recipe`] turns a spec
//! into what each of them needs and touches nothing, [`stage`] prepares a host, makes it a node and
//! takes it out of its cluster again, and tells a [`Reporter`](stage::Reporter) how far it is.
//!
//! ```
//! use k8sprep::recipe::{self, NodeSpec};
//!
//! let spec = NodeSpec::from_yaml("kubernetesVersion: v1.34.2\n")?;
//! let agreed = recipe::agree(&spec)?;
//! assert_eq!(agreed.kubeadm.version().to_string(), "v1.34.2");
//!
//! let problems = NodeSpec::from_yaml("kubernetesVersion: v1.34.2\nrole: king\n").unwrap_err();
//! assert_eq!(problems.0[0].field, "role");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A host is planned for with what was seen of it; nothing is changed by that:
//!
//! ```
//! use k8sprep::host_prep::facts::{ObserveOptions, observe};
//! use k8sprep::host_prep::{Host, fs::Root, verify};
//! use k8sprep::recipe::{self, NodeSpec};
//!
//! # let dir = tempfile::tempdir()?;
//! # std::fs::create_dir(dir.path().join("etc"))?;
//! # let os_release = "ID=rocky\nVERSION_ID=\"9.4\"\n";
//! # std::fs::write(dir.path().join("etc/os-release"), os_release)?;
//! let host = Host::offline(Root::open(dir.path())?);
//! let facts = observe(&host, &ObserveOptions::default());
//! let spec = NodeSpec::from_yaml("kubernetesVersion: v1.34.2\n")?;
//! let recipe = recipe::desired(&spec, &facts, "abcdef.0123456789abcdef".parse()?)?;
//! let plan = verify(&host, &recipe.desired);
//! assert!(plan.steps().iter().any(|step| step.resource == "crio"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`stage::Up`] does all of it, packages first, and [`doctor`] says what is wrong with a node.
//!
//! # Features
//!
//! | feature | default | what for |
//! |---|---|---|
//! | `api` | yes | what the API server says: the doctor's checks of it, and the drain |
//! | `bin` | yes | the program: the command line and everything that prints |
//!
//! # Limits
//!
//! Linux only. The library never prints and never ends the process; it reads the clock, random
//! numbers and the host it is given. Of the program: stdout carries a command's result and nothing
//! else; every diagnostic goes to stderr. Exit status: 0 done, 1 failed (a host is as before), 2
//! wrong usage, 3 differences found by a check, 4 rollback incomplete.
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests lay trees of their own"))]

mod bounded;
mod chain;
#[cfg(feature = "bin")]
mod cmd;
mod code;
mod crio_host;
pub mod doctor;
#[cfg(feature = "bin")]
mod excerpt;
pub mod explain;
#[cfg(feature = "bin")]
mod failure;
#[cfg(feature = "bin")]
mod first_boot;
#[cfg(feature = "bin")]
mod input;
#[cfg(feature = "bin")]
mod interrupt;
mod masked;
pub mod migrate;
#[cfg(feature = "bin")]
mod piecewise;
pub mod recipe;
#[cfg(feature = "bin")]
mod shortened;
pub mod stage;
#[cfg(feature = "bin")]
mod surroundings;
mod taken_back;
pub mod translate;
#[cfg(feature = "bin")]
mod ui;
pub mod upgrade;

pub use code::Code;
/// The crates whose types stand in signatures here, in the versions that they are of.
pub use {cri_probe, crio_config, host_prep, kubeadm_config};

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
    let args: Vec<OsString> = args.into_iter().collect();
    let mut ui = ui::Ui::standard().asked_by(&args);
    let outcome = cmd::dispatch(&args, &mut ui).and_then(|()| ui.finish());
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            ui.ended(&failure);
            ExitCode::from(failure.exit().code())
        }
    }
}
