//! Plan, apply, verify and roll back what a host needs to become a Kubernetes node.
//!
//! The only crate of the workspace that changes a host. Everything it writes goes through [`fs`],
//! which replaces a file as a whole or not at all and never leaves the [`Root`](fs::Root) it was
//! given. [`facts`] looks at a host and changes nothing; [`text`] reads and edits line-oriented
//! files without losing a byte.
//!
//! [`Desired`] says what the host shall be and [`observe`] what it is; [`plan`] is the difference,
//! every change with its before-image and its undo. [`apply`] takes the steps, each in a journal
//! before it is taken, and looks again: success is an empty plan. [`rollback`] walks the journal
//! backwards; after a crash [`recover`] does.
//!
//! ```
//! use host_prep::resource::Managed;
//! use host_prep::{ApplyOptions, Back, Desired, Host, NoProgress, apply, fs::Root, observe, plan, rollback};
//!
//! # let dir = tempfile::tempdir()?;
//! let host = Host::offline(Root::open(dir.path())?);
//! let desired = Desired::new().with(Managed::file("crictl", "/etc/crictl.yaml", "timeout: 2\n"));
//! let todo = plan(&desired, &observe(&host, &desired));
//! apply(&host, &desired, &todo, &ApplyOptions::default(), &mut NoProgress)?;
//! assert!(plan(&desired, &observe(&host, &desired)).is_done());
//!
//! let report = rollback(&host, Back::Newest, Default::default(), &mut NoProgress)?;
//! assert!(report.is_complete() && !dir.path().join("etc").exists());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where what is
//!
//! | for | see |
//! |---|---|
//! | files, as a whole or as a text that is edited | [`resource::Managed`] |
//! | sysctls, modules, swap | [`resource::Sysctls`], [`resource::KernelModules`], [`resource::SwapOff`] |
//! | units, firewalls | [`service`], [`firewall`] |
//! | packages and where they come from | [`package`], [`repo`], [`mirrors`] |
//! | what was done, and the way back | [`history`], [`rollback`], [`recover`] |
//! | following a run, and stopping it | [`Watch`] |
//! | names of files, units and the state directory that are yours | [`Owner`], [`Host::owned_by`] |
//! | a host out of a directory, in tests | `test_util` |
//!
//! What others can build on it: a kind of resource of one's own implements [`resource::Resource`]
//! and is planned, journalled and rolled back like those that are here.
//!
//! # Features
//!
//! | feature | default | what for |
//! |---|---|---|
//! | `schemars` | no | JSON Schemas of what is printed as JSON |
//! | `test-util` | no | hosts out of directories, for tests |
//!
//! # Limits
//!
//! Linux only. What cannot be rolled back is said before it is done: a package that a repository no
//! longer has, a value of a kernel module that was unloaded. Environment and clock are never read:
//! the time is in [`ApplyOptions`].
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests lay trees of their own"))]

pub mod bundle;
pub mod cluster;
pub mod facts;
pub mod fs;
pub mod mirrors;
pub mod resource;
#[cfg(feature = "test-util")]
pub mod test_util;
pub mod text;

mod engine;
mod ground;
mod host;
mod journal;
mod plan;
mod seal;

pub use facts::distro;
pub use resource::{firewall, package, repo, service};

pub use engine::ahead::{Ahead, as_planned};
pub use engine::apply::{
    Applied, ApplyError, ApplyOptions, FailedApply, Next, OnFailure, apply, apply_in_stages,
};
pub use engine::beside::laid_beside;
pub use engine::desired::{Desired, observe, plan};
pub use engine::rollback::{
    Back, Kept, Overwritten, Rollback, confirm, recover, roll_back_unconfirmed, rollback, rollback_by_force,
};
pub use engine::verify::verify;
pub use ground::code::Code;
pub use ground::error::{Error, UnfitFile};
pub use ground::id::TransactionId;
pub use ground::minor::{InvalidPackageRelease, PackageMinor, PackageRelease};
pub use ground::owner::{InvalidOwner, Owner};
pub use ground::secret::{is_no_secret, is_secret_name, is_secret_parameter, secret_signs};
pub use ground::show::{acts_on_terminal, shell_word, shown, without_logins, without_passwords};
pub use ground::watch::{NoProgress, StepTitle, Watch};
pub use host::{
    Commands, Host, Invocation, Outcome, Proxy, SystemCommands, detach, runs_systemd, why_not_running,
};
pub use journal::past::{Past, past};
pub use journal::record::Ending;
pub use journal::state::{Seen, seen, strangers, wait_for_others};
pub use journal::transaction::{StepStatus, StepSummary, Summary, TransactionStatus, history, newest_id};
pub use plan::action::Action;
pub use plan::node::{Content, Node, Secrecy};
pub use plan::observed::{Look, Observed};
pub use plan::step::{Change, FileChange, Need, Risk, Step};
pub use plan::{Draft, PLAN_SCHEMA, Plan, Problem, Reason};
pub use seal::{SealNote, Sealed, Taken, seal};
