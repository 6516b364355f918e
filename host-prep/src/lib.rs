//! Plan, apply, verify and roll back what a host needs to become a Kubernetes node.
//!
//! The only crate of the workspace that changes a host. Everything it writes goes through [`fs`], which replaces a
//! file as a whole or not at all and never leaves the [`Root`](fs::Root) it was given. [`facts`] looks at a host and
//! changes nothing; [`text`] reads and edits line-oriented files without losing a byte.
//!
//! Linux only.

pub mod facts;
pub mod fs;
pub mod text;

mod error;

pub use error::{Error, Refusal};
