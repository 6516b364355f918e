//! Values as Go reads and writes them.
//!
//! kubeadm is a Go program, and what it says of a bad value is mostly what Go's standard library and a few Kubernetes
//! helpers say. The functions here give exactly those results and texts; they are pure and never panic. Where Go's
//! answer changed over its releases, that of the toolchain today's kubeadm releases are built with (Go 1.26) is given.

mod hex;
mod printable;
mod quote;

pub use self::hex::NotHex;
pub(crate) use self::hex::{decode_hex, encode_hex};
pub(crate) use self::quote::{is_printable, quote};
