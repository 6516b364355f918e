//! Ask a container runtime's socket what it is.
//!
//! CRI-O serves HTTP beside CRI on one unix socket: `/info`, `/config` and `/containers/{id}`, readable by root.
//! This crate asks them, bounded in time and memory, and says of every failure what was found and what to do.
//! It never asks `/pause` or `/unpause`, which change a container although they are `GET`s.
//!
//! ```
//! use cri_probe::{Client, Error, Socket, blocking};
//!
//! let socket: Socket = "unix:///nowhere/crio.sock".parse()?;
//! match blocking::info(&Client::new(socket)) {
//!     Ok(info) => println!("cgroup driver {}", info.cgroup_driver),
//!     Err(error @ Error::NoSocket { .. }) => println!("not running: {error}"),
//!     Err(error) => return Err(error.into()),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Everything is async inside and runs on the tokio runtime of the caller; [`blocking`] brings its own. One
//! [`Options::timeout`] covers connect, headers and body of a question together. Environment and wall clock are
//! never read.

pub mod blocking;
mod client;
mod container;
#[cfg(feature = "grpc")]
mod cri;
mod deadline;
mod error;
#[cfg(feature = "grpc")]
mod fact;
mod http;
mod info;
mod json;
#[cfg(feature = "grpc")]
mod probe;
#[cfg(feature = "grpc")]
mod proto;
mod runtime;
mod socket;
mod tap;
mod unix;

pub use client::{Client, Options, Wait};
pub use container::{Container, ContainerId, InvalidContainerId};
#[cfg(feature = "grpc")]
pub use cri::{
    Condition, CriApi, Filesystem, Handler, ImageFilesystems, PodSandboxes, Settings, Status, Version,
};
pub use deadline::Phase;
pub use error::{Error, ErrorKind};
#[cfg(feature = "grpc")]
pub use fact::{Claim, Disagreement, Fact, UnknownFact};
pub use info::{CgroupDriver, IdMap, IdMappings, Info};
pub use json::RawJson;
#[cfg(feature = "grpc")]
pub use probe::{Probe, Source, Survey, Unanswered, survey};
pub use runtime::{KNOWN_SOCKETS, KnownSocket, Runtime};
pub use socket::{InvalidSocket, Socket};
pub use unix::{Denial, FileKind};
