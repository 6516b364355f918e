//! Certificates, keys, kubeconfigs.
//!
//! What a certificate has to be is asked of the files alone, so that a dead disk can be judged:
//! who signed it (`trust`), whose key it has (`keys`), for whom it is (`identity`), how long it
//! lives (`life`). Nothing is asked of the API server and no private key leaves this module; keys
//! are compared by their public halves.

mod identity;
mod keys;
pub(in crate::doctor) mod life;
#[cfg(test)]
mod tests;
mod trust;

use crate::doctor::check::{Check, Need, error, note, warning};

/// All that these rules need.
const FILES: &[Need] = &[Need::Files];

/// The rows.
///
/// The CA comes first: where its file cannot be read, what was signed with it is not told again.
pub(super) const CHECKS: &[Check] = &[
    error("ca-file-unreadable", FILES, trust::ca_unreadable),
    error("certificate-unreadable", FILES, trust::unreadable),
    error("ca-expires-soon", FILES, life::ca),
    error("certificate-expired", FILES, life::expired),
    error("certificate-not-yet-valid", FILES, life::not_yet),
    warning("certificate-expires-soon", FILES, life::soon).told(),
    error("certificate-unknown-authority", FILES, trust::unknown_authority),
    error("certificate-key-mismatch", FILES, keys::mismatch),
    error("certificate-name-missing", FILES, identity::name_missing),
    warning("certificate-too-weak", FILES, keys::weak),
    warning("ca-bundle-ambiguous", FILES, trust::several_cas),
    error("kubelet-client-certificate-unusable", FILES, identity::kubelet_client),
    error("kubeconfig-unusable", FILES, identity::kubeconfigs),
    warning("kubelet-certificate-embedded", FILES, identity::embedded),
    warning("kubeconfig-server-mismatch", FILES, trust::server),
    error("service-account-keys-differ", FILES, keys::service_account),
    warning("private-key-exposed", FILES, keys::exposed),
    note("admin-conf-system-masters", FILES, identity::system_masters).of("Kubernetes 1.29+"),
];
