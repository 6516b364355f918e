//! Read, edit, merge and check CRI-O's configuration, byte for byte. Opens no file.
//!
//! [`Document`] is one file: parse it, change a value, print it, and every other byte is as it was.
//!
//! ```
//! let mut conf = crio_config::Document::parse("[crio.runtime] # ours\n")?;
//! conf.set_cgroup_manager(crio_config::CgroupManager::Systemd)?;
//! assert_eq!(conf.to_string(), "[crio.runtime] # ours\ncgroup_manager = \"systemd\"\n");
//! # Ok::<(), crio_config::Error>(())
//! ```
//!
//! [`merge`] reads main file and drop-ins as a release does, [`check`] says what that release would
//! refuse and what it never tells, [`catalogue`] knows every option of every release.
//!
//! ```
//! use crio_config::{CheckOptions, Sources, check};
//!
//! let sources = Sources::new().with_main("/etc/crio/crio.conf", "[crio.runtime]\npids_limt = 100\n");
//! let report = check(&sources, "1.31".parse()?, &CheckOptions::default());
//! assert_eq!(report.remarks[0].code, "misspelt-key");
//! assert_eq!(report.remarks[0].help.as_deref(), Some("did you mean crio.runtime.pids_limit?"));
//! # Ok::<(), crio_config::InvalidRelease>(())
//! ```
//!
//! # Where what is
//!
//! | for | see |
//! |---|---|
//! | one value changed, everything else as it was | [`Document::set`], [`Document::unset`] |
//! | what a person types as a value | [`Assignment`], [`lookup`], [`activation`] |
//! | what CRI-O ends up with, and from which line | [`merge`], [`Effective`], [`Origin`] |
//! | options as types: runtimes, limits | [`Effective::runtime_handlers`] |
//! | what is wrong, with code, severity and bytes | [`check`], [`Remark`], [`Code`] |
//! | what an upgrade changes on a host | [`upgrade_notes_for`], [`migrate_from_1_17`] |
//! | mirrors in `registries.conf` | [`write_registries`], [`add_registries`], [`read_registries`] |
//! | what there is to set, by release | [`catalogue`] |
//! | TOML of another runtime, with places | [`read_toml`] |
//!
//! Files, and facts of the host, come in as plain values ([`Sources`], [`CrioHost`]): what is not
//! said is taken as fine, so that a configuration can be checked away from its host.
//!
//! # Errors
//!
//! [`Error`] is for a file that is not TOML as CRI-O reads it and for an edit that cannot be made.
//! What CRI-O itself would refuse is no error of this crate but a [`Refusal`] or a [`Remark`] in
//! CRI-O's own words; each has a [`Code`] that never changes its meaning.
//!
//! # Features
//!
//! None. It depends on `thiserror` alone.
//!
//! # Limits
//!
//! The TOML is CRI-O's, not the standard's: CRI-O loads some files a strict TOML reader refuses and
//! refuses others, each release in its own way. Nesting deeper than 256 levels is the one thing
//! CRI-O takes and this crate does not.

pub mod catalogue;
mod cgroup;
mod check;
mod code;
mod document;
mod drop_in;
mod effective;
mod ending;
mod error;
mod host;
mod image;
mod migrate;
mod path;
mod place;
mod plain;
mod registries;
mod release;
mod setting;
mod sources;
mod toml;
mod typed;
mod upgrade;
mod validate;
mod value;

pub use cgroup::{CgroupManager, InvalidCgroupManager};
pub use check::{CheckOptions, Remark, Report, Severity, check, paths_named};
pub use code::Code;
pub use document::Document;
pub use drop_in::{OWN_DROP_IN, read_after};
pub use effective::{CommandOrigin, Effective, FileOrigin, Merged, Origin, Refusal, Setting, Stage, merge};
pub use ending::{Ending, endings};
pub use error::Error;
pub use host::{CrioHost, DeviceState, NetworkFile, Policy, PolicyState, Presence};
pub use image::{ImageReference, InvalidImageReference};
pub use migrate::{NoMigration, migrate_from_1_17};
pub use path::{InvalidKeyPath, KeyPath};
pub use place::Place;
pub use plain::{TomlEntry, TomlValue, read_toml};
pub use registries::{
    Fallback, InvalidRegistryLocation, MirrorEntry, MirroredRegistry, RegistriesFile, RegistryFinding,
    RegistryLocation, Transport, add_registries, read_registries, registry_block, search_registries,
    write_registries,
};
pub use release::{InvalidRelease, Release};
pub use setting::{Activation, Assignment, InvalidAssignment, activation, lookup};
pub use sources::{CommandLine, SourceFile, Sources, Unreadable};
pub use typed::{Capability, Device, MonitorCgroup, RuntimeHandler, RuntimeType, Ulimit, Untyped, Workload};
pub use upgrade::{UpgradeChange, UpgradeNote, upgrade_notes, upgrade_notes_for};
pub use validate::Valid;
pub use value::Value;
