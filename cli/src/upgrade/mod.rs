//! From one minor of Kubernetes to the next: what of a node's files ends, what stands in the way, and the steps
//! of one node in their order. Only [`clean`] changes a host.
//!
//! ```
//! use k8sprep::recipe::Endings;
//! use k8sprep::upgrade::{Check, Target};
//!
//! let (from, to): (Target, Target) = ("1.28".parse()?, "1.34".parse()?);
//! let mut endings = Endings::default();
//! endings.add_file("kubelet.env", b"KUBELET_EXTRA_ARGS=--iptables-drop-bit=15\n", to.minor());
//! let check = Check::of(Some(from.minor()), to.minor(), endings);
//! assert_eq!(check.steps.len(), 6);
//! assert_eq!((check.steps[2].to.as_str(), check.steps[2].ends.len()), ("1.31", 1));
//! # Ok::<(), k8sprep::upgrade::InvalidTarget>(())
//! ```

mod check;
mod clean;
pub(crate) mod mend;
mod node;
mod package;
mod plan;
pub(crate) mod step;
mod steps;
mod target;
#[cfg(test)]
mod tests;

pub use check::{Check, Hop, endings_of};
pub use clean::{Backups, backups, clean};
#[cfg(feature = "api")]
pub(crate) use node::minor_of;
pub use node::{PodRuns, Role, Runs};
pub use plan::{NoPlan, Plan, Status};
pub use step::{Disruptive, State, Step, Undo};
pub use target::{InvalidTarget, Target};
