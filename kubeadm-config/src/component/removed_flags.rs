//! Command-line flags that components of a control plane no longer have, and the minor that took
//! each away.
//!
//! From the flag sets of the components' own modules, 1.19 to 1.37: a flag that a minor's `--help`
//! had and the next one's has not. A component ends at once on a flag it does not know ("unknown
//! flag").

/// A flag and the minor that removed it.
pub(super) type Removed = (&'static str, u64);

/// Of kube-apiserver.
pub(super) const API_SERVER: &[Removed] = &[
    ("address", 24),
    ("cloud-config", 33),
    ("cloud-provider", 33),
    ("cloud-provider-gce-lb-src-cidrs", 31),
    ("deserialization-cache-size", 24),
    ("enable-swagger-ui", 24),
    ("experimental-encryption-provider-config", 24),
    ("identity-lease-duration-seconds", 26),
    ("identity-lease-renew-interval-seconds", 26),
    ("insecure-bind-address", 24),
    ("insecure-port", 24),
    ("kubelet-https", 22),
    ("master-service-namespace", 27),
    ("port", 24),
    ("service-account-api-audiences", 25),
    ("ssh-keyfile", 22),
    ("ssh-user", 22),
    ("target-ram-mb", 24),
];

/// Of kube-controller-manager.
pub(super) const CONTROLLER_MANAGER: &[Removed] = &[
    ("address", 24),
    ("deleting-pods-burst", 25),
    ("deleting-pods-qps", 25),
    ("deployment-controller-sync-period", 24),
    ("enable-taint-manager", 27),
    ("experimental-cluster-signing-duration", 25),
    ("horizontal-pod-autoscaler-downscale-delay", 31),
    ("horizontal-pod-autoscaler-upscale-delay", 31),
    ("horizontal-pod-autoscaler-use-rest-clients", 24),
    ("pod-eviction-timeout", 27),
    ("port", 24),
    ("register-retry-count", 25),
    ("volume-host-allow-local-loopback", 31),
    ("volume-host-cidr-denylist", 31),
];

/// Of kube-scheduler.
pub(super) const SCHEDULER: &[Removed] = &[
    ("address", 24),
    ("algorithm-provider", 22),
    ("hard-pod-affinity-symmetric-weight", 22),
    ("lock-object-name", 28),
    ("lock-object-namespace", 28),
    ("policy-config-file", 23),
    ("policy-configmap", 23),
    ("policy-configmap-namespace", 23),
    ("port", 24),
    ("scheduler-name", 22),
    ("use-legacy-policy-config", 23),
];
