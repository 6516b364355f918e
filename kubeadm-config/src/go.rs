//! Values as Go reads and writes them.
//!
//! kubeadm is a Go program, and what it says of a bad value is mostly what Go's standard library
//! and a few Kubernetes helpers say. The functions here give exactly those results and texts; they
//! are pure and never panic. Where Go's answer changed over its releases, that of the toolchain
//! today's kubeadm releases are built with (Go 1.26) is given.

mod address;
mod atoi;
mod cidr;
mod duration;
mod errno;
mod hex;
mod hostport;
mod json;
mod names;
mod printable;
mod quote;
mod reference;
mod time;
mod url;

pub(crate) use self::address::{parse_ip_sloppy, print_ip};
pub(crate) use self::atoi::atoi;
pub(crate) use self::cidr::Cidr;
pub(crate) use self::duration::parse_duration;
pub(crate) use self::errno::errno_text;
pub use self::hex::NotHex;
pub(crate) use self::hex::{decode_hex, encode_hex};
pub(crate) use self::hostport::{join_host_port, split_host_port};
pub(crate) use self::json::json_string;
pub(crate) use self::names::{subdomain_errors, wildcard_errors};
pub(crate) use self::quote::{is_printable, quote, quote_bytes, time_quote};
pub(crate) use self::reference::is_image_reference;
pub(crate) use self::time::{InvalidTime, Time};
pub(crate) use self::url::{Colons, InvalidUrl, Url};

#[cfg(test)]
mod vectors_test;
