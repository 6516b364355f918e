//! Rules for the cluster as a whole.
//!
//! The order is that of `ValidateClusterConfiguration` (kubeadm,
//! `apis/kubeadm/validation/validation.go`), and kubeadm prints its problems in it, so a rule
//! stands where it is called there. `componentconfigs.Validate` comes last and finds nothing
//! (1.34).

use super::{Checks, Value};
use crate::endpoint::HostPort;
use crate::go::quote;
use crate::model::{APIServer, ClusterConfiguration};
use crate::release::Change;
use crate::value::Duration;

/// How long certificates are valid if nothing else is said: a year, and ten for a CA.
// `CertificateValidityPeriod` and `CACertificateValidityPeriod` of kubeadm's constants.go: years
// of 365 days each, without leap days.
const VALIDITY: Duration = Duration::from_hours(365 * 24);
const CA_VALIDITY: Duration = Duration::from_hours(10 * 365 * 24);

impl Checks<'_> {
    pub(super) fn cluster(&mut self, cluster: &ClusterConfiguration) {
        // Unlike the cluster's own repository, which has a default, this one may be empty:
        // `ValidateDNS` only looks at one that is given (1.31).
        if !cluster.dns.image_repository.is_empty() {
            self.image_repository(&cluster.dns.image_repository, "dns.imageRepository");
        }
        self.networking(cluster);
        // `ValidateAPIServer`, `ValidateControllerManager` and `ValidateScheduler`.
        self.api_server(&cluster.api_server);
        self.extra_args(&cluster.controller_manager.extra_args, "controllerManager.extraArgs");
        self.extra_args(&cluster.scheduler.extra_args, "scheduler.extraArgs");
        self.absolute_path(&cluster.certificates_dir, "certificatesDir");
        self.feature_gates(cluster);
        self.control_plane_endpoint(&cluster.control_plane_endpoint);
        self.image_repository(&cluster.image_repository, "imageRepository");
        self.etcd(&cluster.etcd);
        self.encryption_algorithm(&cluster.encryption_algorithm);
        self.validity_periods(cluster);
    }

    fn api_server(&mut self, api_server: &APIServer) {
        self.cert_sans(&api_server.cert_sans, "apiServer.certSANs");
        self.extra_args(&api_server.component.extra_args, "apiServer.extraArgs");
    }

    fn feature_gates(&mut self, cluster: &ClusterConfiguration) {
        for name in cluster.feature_gates.keys() {
            if !self.release.feature_gates().any(|gate| gate.name == name) {
                // One problem for each unknown gate, and each shows the whole map: `field.Invalid`
                // gets all of `featureGates` (`ValidateFeatureGates`).
                let value = Value::Gates(cluster.feature_gates.clone());
                self.invalid("featureGates", value, format!("{name} is not a valid feature name."));
            }
        }
    }

    fn control_plane_endpoint(&mut self, endpoint: &str) {
        // The port was filled in by then (`SetClusterDynamicDefaults`), so a host without one is
        // no fault here. kubeadm drops the reason of its parser.
        if !endpoint.is_empty() && HostPort::parse(endpoint).is_err() {
            self.invalid("controlPlaneEndpoint", endpoint, "endpoint is not valid");
        }
    }

    /// One of a fixed set, compared as it is written. The field came with v1beta4; while that was
    /// an experiment (1.28 and 1.29) it named a family and left the size open.
    fn encryption_algorithm(&mut self, algorithm: &str) {
        if !self.has(Change::EncryptionAlgorithmIsValidated) {
            return;
        }
        if self.has(Change::AlgorithmsAreFamilies) {
            if !["RSA", "ECDSA"].contains(&algorithm) {
                let detail = "Invalid encryption algorithm. Must be \"RSA\" or \"ECDSA\"";
                self.invalid("encryptionAlgorithm", Value::NamedText(algorithm.to_owned()), detail);
            }
            return;
        }
        // The list is sorted as `sets.List` does it, and printed by `%v`: blanks between, no
        // quotes.
        let p384 = if self.has(Change::EcdsaP384) { &["ECDSA-P384"][..] } else { &[] };
        let known = [&["ECDSA-P256"], p384, &["RSA-2048", "RSA-3072", "RSA-4096"]].concat();
        if !known.contains(&algorithm) {
            let detail = format!(
                "Invalid encryption algorithm {}. Must be one of [{}]",
                quote(algorithm),
                known.join(" ")
            );
            self.invalid("encryptionAlgorithm", Value::NamedText(algorithm.to_owned()), detail);
        }
    }

    /// Never an error, however odd.
    ///
    /// kubeadm checks them with `ValidateCertValidity`, and prints what that finds with
    /// `klog.Warningf` instead of failing.
    fn validity_periods(&mut self, cluster: &ClusterConfiguration) {
        if !self.has(Change::ValidityIsWarnedOf) {
            return;
        }
        let leaf = cluster.certificate_validity_period;
        let ca = cluster.ca_certificate_validity_period;
        if let Some(leaf) = leaf.filter(|leaf| *leaf > VALIDITY) {
            self.warn(format!(
                "WARNING: certificateValidityPeriod: the value {leaf} is more than the recommended default for certificate \
                 expiration: {VALIDITY}"
            ));
        }
        if let Some(ca) = ca.filter(|ca| *ca > CA_VALIDITY) {
            self.warn(format!(
                "WARNING: caCertificateValidityPeriod: the value {ca} is more than the recommended default for CA \
                 certificate expiration: {CA_VALIDITY}"
            ));
        }
        if let (Some(leaf), Some(ca)) = (leaf, ca)
            && leaf > ca
            && self.has(Change::ValidityIsCompared)
        {
            self.warn(format!(
                "WARNING: certificateValidityPeriod: the value {leaf} is more than the caCertificateValidityPeriod: {ca}"
            ));
        }
    }
}
