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
//! The TOML is CRI-O's, not the standard's: CRI-O loads some files a strict TOML reader refuses and refuses others,
//! each release in its own way. Nesting deeper than 256 levels is the one thing CRI-O takes and this crate does not.

pub mod catalogue;
mod cgroup;
mod document;
mod effective;
mod error;
mod host;
mod image;
mod path;
mod place;
mod release;
mod sources;
mod toml;
mod validate;
mod value;

pub use cgroup::{CgroupManager, InvalidCgroupManager};
pub use document::Document;
pub use effective::{Effective, FileOrigin, Merged, Origin, Refusal, Setting, Stage, merge};
pub use error::Error;
pub use host::{DeviceState, Host, Presence};
pub use image::{ImageReference, InvalidImageReference};
pub use path::{InvalidKeyPath, KeyPath};
pub use place::Place;
pub use release::{InvalidRelease, Release};
pub use sources::{SourceFile, Sources, Unreadable};
pub use validate::Valid;
pub use value::Value;
