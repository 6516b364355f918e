//! The layers of tests that `cargo test --workspace` leaves out. `tests/layers` says what each runs
//! and needs.
//!
//! Each has an example that is ignored, so that the last lines of `cargo test --workspace` name
//! what was left out.

/// Everything compared with recorded answers.
/// ```ignore
/// run("tests/layer recorded");
/// ```
pub const RECORDED: &str = "recorded";
/// Other programs beside ours, and what only root can do.
/// ```ignore
/// run("tests/layer programs");
/// ```
pub const PROGRAMS: &str = "programs";
/// Properties with a new seed.
/// ```ignore
/// run("tests/layer random");
/// ```
pub const RANDOM: &str = "random";
/// Real package managers.
/// ```ignore
/// run("tests/layer packages");
/// ```
pub const PACKAGES: &str = "packages";
/// Whole hosts that boot.
/// ```ignore
/// run("tests/layer booted");
/// ```
pub const BOOTED: &str = "booted";
/// Real kubeadm.
/// ```ignore
/// run("tests/layer kubeadm");
/// ```
pub const KUBEADM: &str = "kubeadm";
/// Whole tables, of which the suite runs a sample.
/// ```ignore
/// run("tests/layer tables");
/// ```
pub const TABLES: &str = "tables";
/// The engine stopped and failed at its system calls.
/// ```ignore
/// run("tests/layer crash");
/// ```
pub const CRASH: &str = "crash";
/// A real cluster of two hosts.
/// ```ignore
/// run("tests/layer cluster");
/// ```
pub const CLUSTER: &str = "cluster";

/// The Ansible collection, beside real Ansible.
/// ```ignore
/// run("tests/layer ansible");
/// ```
pub const ANSIBLE: &str = "ansible";

/// The packages themselves, made, looked at and installed.
/// ```ignore
/// run("tests/layer packaging");
/// ```
pub const PACKAGING: &str = "packaging";

/// All of them, in the order in which `.ci/run` runs them.
pub const ALL: [&str; 11] =
    [RECORDED, PROGRAMS, RANDOM, PACKAGES, KUBEADM, PACKAGING, TABLES, CRASH, CLUSTER, ANSIBLE, BOOTED];
