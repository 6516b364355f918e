//! Images, registries, signatures.
//!
//! What CRI-O pulls, from where and with which credentials. Rows `by_crio` are decided by
//! `crio_config`'s own check of `registries.conf` and `policy.json`; the rules of this folder read
//! containers-storage's index and the kubelet's settings. No registry is asked.

mod access;
mod mirror;
mod store;
#[cfg(test)]
mod tests;

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, by_crio, error, note, warning};

const FILES: &[Need] = &[Need::Files];

/// The rows.
///
/// Files that stop every pull come first, then those that stop some.
pub(super) const CHECKS: &[Check] = &[
    error("registries-conf-unreadable", FILES, by_crio),
    error("registry-blocked", FILES, by_crio),
    error("policy-json-missing", FILES, by_crio),
    error("policy-json-invalid", FILES, by_crio),
    error("policy-json-rejects", FILES, by_crio),
    warning("pause-image-mismatch", FILES, by_crio),
    warning("registry-auth-unreadable", FILES, access::auth),
    error("short-names-ambiguous", FILES, access::short_names).of("CRI-O 1.34+"),
    error("credential-provider-incomplete", FILES, access::credential_provider),
    note("pause-image-missing", FILES, store::of_sandboxes),
    warning("static-pod-image-missing", FILES, store::of_static_pods),
    warning("image-repository-mismatch", &[Need::Files, Need::Api], store::repositories),
    warning("mirror-not-answering", &[Need::Files, Need::Daemon], mirror::not_answering),
    error("registry-speaks-http", &[Need::Log], by_logs),
    error("image-pull-fails", &[Need::Log], by_logs),
];
