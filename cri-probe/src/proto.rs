//! CRI's messages, generated from `proto/runtime.proto` and checked in, so that building needs no
//! protoc.

#[rustfmt::skip]
#[path = "proto/runtime.v1.rs"]
#[allow(unreachable_pub, reason = "generated")]
pub(crate) mod runtime_v1;
