//! One row a minor release.
//!
//! Sources: kubeadm's `constants.go`, its API versions' `doc.go` and `validateSupportedVersion` as
//! described in the project's kubeadm reference; image tags of 1.16 and newer as `kubeadm config
//! images list` gave them; what ten real releases answered (1.20.2, 1.29.6, 1.30.14, 1.31.14,
//! 1.32.13, 1.33.13, 1.34.0, 1.35.4, 1.36.3, 1.37.2) wherever they did.

use crate::version::ApiVersion::{self, V1, V1Beta1, V1Beta2, V1Beta3, V1Beta4};
use crate::version::KubernetesVersion;

/// What is known of a minor release.
#[derive(Debug)]
pub(crate) struct MinorRow {
    pub(crate) minor: u8,
    pub(crate) reads: &'static [ApiVersion],
    pub(crate) deprecated: &'static [ApiVersion],
    pub(crate) experimental: &'static [ApiVersion],
    pub(crate) writes: ApiVersion,
    pub(crate) etcd: Patched,
    /// For older control planes: up to which minor, and what.
    pub(crate) etcd_for_older: &'static [(u8, &'static str)],
    pub(crate) coredns: Patched,
    pub(crate) pause: &'static str,
    pub(crate) taints: &'static [&'static str],
}

/// A value that later patch releases may have changed: from which patch on, and to what, the first
/// from 0.
#[derive(Debug)]
pub(crate) struct Patched(&'static [(u64, &'static str)]);

impl Patched {
    pub(crate) fn at(&self, patch: u64) -> &'static str {
        // Patch releases moved to newer etcd and CoreDNS; each entry says from which one on.
        let last = self.0.iter().rev().find(|(from, _)| *from <= patch);
        last.map_or("", |(_, value)| value)
    }
}

const MASTER: &str = "node-role.kubernetes.io/master";
const CONTROL_PLANE: &str = "node-role.kubernetes.io/control-plane";

macro_rules! rows {
    ($($minor:literal: $reads:expr, $deprecated:expr, $experimental:expr => $writes:ident;
        etcd $etcd:expr, older $older:expr; coredns $coredns:expr; pause $pause:literal; taints $taints:expr;)*) => {
        &[$(MinorRow {
            minor: $minor,
            reads: &$reads,
            deprecated: &$deprecated,
            experimental: &$experimental,
            writes: $writes,
            etcd: Patched(&$etcd),
            etcd_for_older: &$older,
            coredns: Patched(&$coredns),
            pause: $pause,
            taints: &$taints,
        },)*]
    };
}

/// Minor: read, read with a warning, read as an experiment => written.
pub(crate) static ROWS: &[MinorRow] = rows! {
    13: [V1Beta1], [], [] => V1Beta1;
        etcd [(0, "3.2.24")], older []; coredns [(0, "1.2.6")]; pause "3.1"; taints [MASTER];
    14: [V1Beta1], [], [] => V1Beta1;
        etcd [(0, "3.3.10")], older []; coredns [(0, "1.3.1")]; pause "3.1"; taints [MASTER];
    15: [V1Beta2, V1Beta1], [], [] => V1Beta2;
        etcd [(0, "3.3.10")], older []; coredns [(0, "1.3.1")]; pause "3.1"; taints [MASTER];
    16: [V1Beta2, V1Beta1], [], [] => V1Beta2;
        etcd [(0, "3.3.15-0")], older []; coredns [(0, "1.6.2")]; pause "3.1"; taints [MASTER];
    17: [V1Beta2], [V1Beta1], [] => V1Beta2;
        etcd [(0, "3.4.3-0")], older []; coredns [(0, "1.6.5")]; pause "3.1"; taints [MASTER];
    18: [V1Beta2], [V1Beta1], [] => V1Beta2;
        etcd [(0, "3.4.3-0")], older []; coredns [(0, "1.6.7")]; pause "3.2"; taints [MASTER];
    19: [V1Beta2], [V1Beta1], [] => V1Beta2;
        etcd [(0, "3.4.9-1"), (1, "3.4.13-0")], older []; coredns [(0, "1.7.0")]; pause "3.2"; taints [MASTER];
    20: [V1Beta2], [V1Beta1], [] => V1Beta2;
        etcd [(0, "3.4.13-0")], older [(13, "3.2.24"), (15, "3.3.10"), (16, "3.3.17-0"), (18, "3.4.3-0")]; coredns [(0, "1.7.0")]; pause "3.2"; taints [MASTER];
    21: [V1Beta2], [V1Beta1], [] => V1Beta2;
        etcd [(0, "3.4.13-0")], older []; coredns [(0, "v1.8.0")]; pause "3.4.1"; taints [MASTER];
    22: [V1Beta3, V1Beta2], [], [] => V1Beta3;
        etcd [(0, "3.5.0-0"), (17, "3.5.6-0")], older []; coredns [(0, "v1.8.4")]; pause "3.5"; taints [MASTER];
    23: [V1Beta3, V1Beta2], [], [] => V1Beta3;
        etcd [(0, "3.5.1-0"), (15, "3.5.6-0")], older []; coredns [(0, "v1.8.6")]; pause "3.6"; taints [MASTER];
    24: [V1Beta3], [V1Beta2], [] => V1Beta3;
        etcd [(0, "3.5.3-0"), (9, "3.5.6-0")], older []; coredns [(0, "v1.8.6")]; pause "3.7"; taints [MASTER, CONTROL_PLANE];
    25: [V1Beta3], [V1Beta2], [] => V1Beta3;
        etcd [(0, "3.5.4-0"), (15, "3.5.9-0")], older []; coredns [(0, "v1.9.3")]; pause "3.8"; taints [CONTROL_PLANE];
    26: [V1Beta3], [V1Beta2], [] => V1Beta3;
        etcd [(0, "3.5.6-0"), (13, "3.5.10-0")], older []; coredns [(0, "v1.9.3")]; pause "3.9"; taints [CONTROL_PLANE];
    27: [V1Beta3], [], [] => V1Beta3;
        etcd [(0, "3.5.7-0"), (12, "3.5.12-0")], older []; coredns [(0, "v1.10.1")]; pause "3.9"; taints [CONTROL_PLANE];
    28: [V1Beta3], [], [V1Beta4] => V1Beta3;
        etcd [(0, "3.5.9-0"), (14, "3.5.15-0")], older []; coredns [(0, "v1.10.1")]; pause "3.9"; taints [CONTROL_PLANE];
    29: [V1Beta3], [], [V1Beta4] => V1Beta3;
        etcd [(0, "3.5.10-0"), (6, "3.5.12-0"), (11, "3.5.16-0")], older []; coredns [(0, "v1.11.1")]; pause "3.9"; taints [CONTROL_PLANE];
    30: [V1Beta3], [], [V1Beta4] => V1Beta3;
        etcd [(0, "3.5.12-0"), (5, "3.5.15-0")], older []; coredns [(0, "v1.11.1"), (5, "v1.11.3")]; pause "3.9"; taints [CONTROL_PLANE];
    31: [V1Beta4], [V1Beta3], [] => V1Beta4;
        etcd [(0, "3.5.15-0"), (14, "3.5.24-0")], older []; coredns [(0, "v1.11.1"), (1, "v1.11.3")]; pause "3.10"; taints [CONTROL_PLANE];
    32: [V1Beta4], [V1Beta3], [] => V1Beta4;
        etcd [(0, "3.5.16-0"), (10, "3.5.24-0")], older []; coredns [(0, "v1.11.3")]; pause "3.10"; taints [CONTROL_PLANE];
    33: [V1Beta4], [V1Beta3], [] => V1Beta4;
        etcd [(0, "3.5.21-0"), (6, "3.5.24-0")], older []; coredns [(0, "v1.12.0")]; pause "3.10"; taints [CONTROL_PLANE];
    34: [V1Beta4], [V1Beta3], [] => V1Beta4;
        etcd [(0, "3.6.4-0"), (2, "3.6.5-0")], older [(33, "3.5.21-0")]; coredns [(0, "v1.12.1")]; pause "3.10.1"; taints [CONTROL_PLANE];
    35: [V1Beta4], [V1Beta3], [] => V1Beta4;
        etcd [(0, "3.6.6-0")], older [(33, "3.5.24-0")]; coredns [(0, "v1.13.1")]; pause "3.10.1"; taints [CONTROL_PLANE];
    36: [V1Beta4], [V1Beta3], [] => V1Beta4;
        etcd [(0, "3.6.8-0")], older []; coredns [(0, "v1.14.2")]; pause "3.10.2"; taints [CONTROL_PLANE];
    37: [V1Beta4], [], [V1] => V1Beta4;
        etcd [(0, "3.7.0-0")], older []; coredns [(0, "v1.14.6")]; pause "3.10.2"; taints [CONTROL_PLANE];
};

/// API versions that were given up: from which minor on kubeadm calls them old, and which kubeadm
/// it then names.
pub(crate) const OLD_VERSIONS: &[(&str, u64, &str)] = &[
    ("v1alpha1", 12, "v1.11"),
    ("v1alpha2", 13, "v1.12"),
    ("v1alpha3", 15, "v1.14"),
    ("v1beta1", 22, "v1.15"),
    ("v1beta2", 27, "v1.22"),
    ("v1beta3", 37, "v1.36"),
];

/// `k8s.gcr.io` until 1.25.0 and until the patch releases of December 2022 (kubeadm#2671).
pub(crate) fn image_repository(version: &KubernetesVersion) -> &'static str {
    // The change to registry.k8s.io was carried back to these patches.
    const FIRST_WITH_NEW: &[(u64, u64)] = &[(22, 17), (23, 15), (24, 9)];
    let patch = FIRST_WITH_NEW.iter().find(|(minor, _)| *minor == version.minor_number());
    let old = patch.map_or(version.minor_number() < 25, |(_, patch)| version.patch() < *patch);
    if old { "k8s.gcr.io" } else { "registry.k8s.io" }
}

/// A feature gate of kubeadm.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) name: &'static str,
    /// The first minor that has it.
    pub(crate) since: u8,
    /// The last minor that has it.
    pub(crate) until: u8,
    /// The minor from which on setting it brings a warning that it goes away.
    pub(crate) deprecated_since: u8,
}

impl Gate {
    pub(crate) fn is_deprecated_in(&self, minor: crate::Minor) -> bool {
        minor.number() >= u64::from(self.deprecated_since)
    }
}

const fn gate(name: &'static str, since: u8, until: u8) -> Gate {
    Gate { name, since, until, deprecated_since: u8::MAX }
}

/// `features.go` of the releases; the ends are where real releases refused them.
pub(crate) static GATES: &[Gate] = &[
    gate("IPv6DualStack", 16, 24),
    Gate { deprecated_since: 29, ..gate("PublicKeysECDSA", 19, 36) },
    gate("RootlessControlPlane", 22, 37),
    gate("UnversionedKubeletConfigMap", 23, 25),
    Gate { deprecated_since: 28, ..gate("UpgradeAddonsBeforeControlPlane", 28, 30) },
    gate("EtcdLearnerMode", 27, 32),
    gate("WaitForAllControlPlaneComponents", 30, 34),
    gate("ControlPlaneKubeletLocalMode", 31, 35),
    gate("NodeLocalCRISocket", 32, 36),
];
