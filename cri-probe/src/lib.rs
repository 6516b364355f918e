//! Ask a container runtime's socket what it is.
//!
//! CRI-O serves HTTP beside CRI on one unix socket: `/info`, `/config` and `/containers/{id}`,
//! readable by root. This crate asks them, bounded in time and memory, and says of every failure
//! what was found and what to do. It never asks `/pause` or `/unpause`, which change a container
//! although they are `GET`s.
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
//! Everything is async inside and runs on the tokio runtime of the caller; [`blocking`] brings its
//! own. One [`Options::timeout`] covers connect, headers and body of a question together. Futures
//! are `Send` and may be dropped at any point: nothing goes on behind them. Environment and wall
//! clock are never read.
//!
//! An agent in async code asks all sources at once:
#![cfg_attr(feature = "grpc", doc = "```")]
#![cfg_attr(not(feature = "grpc"), doc = "```ignore")]
//! use cri_probe::{Client, Fact, Options, Socket, Source};
//!
//! # async fn look() -> Result<(), cri_probe::Error> {
//! let mut options = Options::default();
//! options.timeout = std::time::Duration::from_secs(2);
//! let client = Client::with_options(Socket::crio(), options);
//! let probe = client.probe(Source::USUAL).await?;
//! for claim in probe.claims() {
//!     println!("{} is {} ({})", claim.fact, claim.value, claim.origin.as_str());
//! }
//! let network = probe.claims().into_iter().find(|claim| claim.fact == Fact::NetworkReady);
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! | feature | default | what for |
//! |---|---|---|
//! | `grpc` | yes | CRI calls of any runtime (`Client::probe`, `survey`); without it CRI-O's HTTP endpoints alone, and half the dependencies |
//! | `api` | no | the API server over TLS ([`api`]), and which certificate a port serves; rustls with `ring`, which wants a C compiler |
//! | `test-util` | no | sockets to test with |
//!
//! # Limits
//!
//! Runtimes on unix sockets only: no TCP, no Windows pipes. CRI `v1` and `v1alpha2` (CRI-O 1.20 and later); `/info` since CRI-O 1.0.
//! CRI calls only read: version, status, runtime configuration, image file system, list of pod sandboxes.

#[cfg(feature = "api")]
pub mod api;
pub mod blocking;
mod client;
mod code;
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
#[cfg(feature = "test-util")]
pub mod test_util;
mod unix;

pub use client::{Client, Options, Wait};
pub use code::Code;
pub use container::{Container, ContainerId, InvalidContainerId};
#[cfg(feature = "grpc")]
pub use cri::{
    Condition, CriApi, Filesystem, Handler, ImageFilesystems, PodSandboxes, Settings, Status, Version,
};
#[cfg(feature = "grpc")]
pub use error::GrpcCode;
pub use error::{Cause, Denial, Error, ErrorKind, FileKind, Phase};
#[cfg(feature = "grpc")]
pub use fact::{Claim, Disagreement, Fact, UnknownFact};
pub use info::{IdMap, IdMappings, Info, RuntimeCgroupDriver};
pub use json::RawJson;
#[cfg(feature = "grpc")]
pub use probe::{Probe, Source, Survey, Unanswered, survey};
pub use runtime::{KNOWN_SOCKETS, KnownSocket, Runtime};
pub use socket::{InvalidSocket, Socket};
