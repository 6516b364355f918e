//! Certificates, keys, kubeconfigs.

mod identity;
mod keys;
mod life;
#[cfg(test)]
mod tests;
mod trust;

use crate::doctor::check::{Check, Need, error, note, warning};

const FILES: &[Need] = &[Need::Files];

/// The rows.
pub(super) const CHECKS: &[Check] = &[
    error("ca-file-unreadable", FILES, trust::ca_unreadable),
    error("certificate-unreadable", FILES, trust::unreadable),
    error("ca-expires-soon", FILES, life::ca),
    error("certificate-expired", FILES, life::expired),
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
    note("admin-conf-system-masters", FILES, identity::system_masters),
];
