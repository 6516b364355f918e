//! What `k8sprep` does to a host, for any program: the stages of `up` and `down`, and the dead
//! man's switch.
//!
//! Nothing here prints, parses a command line or ends the process. Progress and questions go to a
//! [`Reporter`] of the caller's; what failed comes back as an [`Error`] whose variants hold the
//! facts. These functions read the clock, random numbers and the host they are given;
//! [`recipe`](crate::recipe), which they stand on, reads none of them.
//!
//! ```no_run
//! use host_prep::Host;
//! use k8sprep::recipe::NodeSpec;
//! use k8sprep::stage::{Silent, Up};
//!
//! let spec = NodeSpec::new("v1.34.2".parse()?);
//! let mut up = Up::default();
//! up.prepare_only = true;
//! let (done, ended) = up.run(&Host::live()?, &spec, &mut Silent);
//! print!("{}", done.text());
//! ended?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The ways back: [`host_prep::rollback`] as long as kubeadm has not run, [`Down`] afterwards.

mod carry;
#[cfg(feature = "api")]
mod change_error;
mod claims;
mod clock;
mod cluster_files;
mod down;
#[cfg(feature = "api")]
mod drain;
mod error;
mod fetch;
mod fits;
#[cfg(feature = "api")]
mod halfway;
mod here;
mod interrupted;
mod joining;
mod manifests;
mod mirror;
mod node;
mod packages;
#[cfg(feature = "api")]
mod renew;
#[cfg(feature = "api")]
mod renew_error;
mod report;
mod runtime;
#[cfg(feature = "api")]
mod runtime_change;
#[cfg(feature = "api")]
mod size;
mod switch;
#[cfg(all(test, feature = "api"))]
mod test_bed;
mod treat;
mod up;
#[cfg(feature = "api")]
mod upgrade;
#[cfg(feature = "api")]
mod wait;

use crate::chain::chain;
#[cfg(feature = "bin")]
pub(crate) use carry::agreed;
pub use carry::attempt;
#[cfg(feature = "api")]
pub use change_error::ChangeError;
pub use claims::claims;
#[cfg(feature = "bin")]
pub(crate) use clock::unix_seconds;
pub(crate) use clock::{after, moment, now};
pub(crate) use cluster_files::{pins_of, server};
pub use down::{Down, Gone, finish_leaving};
#[cfg(feature = "api")]
pub use drain::{Drain, DrainError, Drained, Left, NodeAccess, NodeReport, PodName, Stays};
#[cfg(feature = "bin")]
pub(crate) use error::needs;
pub use error::{Error, Foreseen, Given, Verdict};
pub(crate) use here::{add_addresses, host_name};
#[cfg(feature = "bin")]
pub(crate) use joining::on_a_control_plane;
pub use joining::{CERTIFICATES_LIFE, JoinToken, Joining, TOKEN_LIFE, upload_certificates};
#[cfg(feature = "bin")]
pub(crate) use manifests::manifests_are_back;
pub use mirror::Keys;
pub use node::{Asked, Node, outlook, random_token};
#[cfg(feature = "bin")]
pub(crate) use packages::COMPARE_KEYS;
pub use packages::Packages;
#[cfg(feature = "api")]
pub use renew::{
    CertificateName, InvalidCertificateName, Proof, Renew, Renewed, RenewedCertificate, Restarted,
};
#[cfg(feature = "api")]
pub use renew_error::RenewError;
pub use report::{Answer, Question, Reporter, Silent};
pub use runtime::await_runtime;
#[cfg(feature = "api")]
pub use runtime_change::{ChangeRuntime, Deleted, RuntimeChanged};
pub use switch::{Armed, Arming, arm, await_confirmation};
pub use treat::{Treated, treat};
pub use up::{Outcome, Summary, Up};
#[cfg(feature = "api")]
pub use upgrade::{FromBundle, Upgrade, UpgradeState, UpgradeStatus, Upgraded, WentBack};

/// `1 step`, `2 steps`.
///
/// Plurals with `s` only.
pub(crate) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
