//! Command-line flags that components of Kubernetes no longer have, and the minor that took each away.
//!
//! From the flag sets of the components' own modules, 1.19 to 1.37: a flag that a minor's `--help` had and the next one's has not.
//! A component ends at once on a flag it does not know ("unknown flag").

/// A flag and the minor that removed it.
type Removed = (&'static str, u64);

/// Of the kubelet.
pub(super) const KUBELET: &[Removed] = &[
    ("add-dir-header", 26),
    ("alsologtostderr", 26),
    ("application-metrics-count-limit", 37),
    ("azure-container-registry-config", 30),
    ("boot-id-file", 37),
    ("chaos-chance", 22),
    ("cloud-config", 34),
    ("cni-bin-dir", 24),
    ("cni-cache-dir", 24),
    ("cni-conf-dir", 24),
    ("container-hints", 37),
    ("container-runtime", 27),
    ("containerd", 37),
    ("containerd-namespace", 37),
    ("docker", 24),
    ("docker-endpoint", 24),
    ("docker-env-metadata-whitelist", 24),
    ("docker-only", 24),
    ("docker-root", 24),
    ("docker-tls", 24),
    ("docker-tls-ca", 24),
    ("docker-tls-cert", 24),
    ("docker-tls-key", 24),
    ("dynamic-config-dir", 24),
    ("enable-cadvisor-json-endpoints", 21),
    ("enable-load-reader", 37),
    ("event-storage-age-limit", 37),
    ("event-storage-event-limit", 37),
    ("experimental-bootstrap-kubeconfig", 23),
    ("experimental-check-node-capabilities-before-mount", 24),
    ("experimental-dockershim-root-directory", 24),
    ("experimental-kernel-memcg-notification", 25),
    ("experimental-logging-sanitization", 24),
    ("global-housekeeping-interval", 37),
    ("image-pull-progress-deadline", 24),
    ("iptables-drop-bit", 31),
    ("iptables-masquerade-bit", 31),
    ("keep-terminated-pod-volumes", 31),
    ("log-backtrace-at", 26),
    ("log-cadvisor-usage", 37),
    ("log-dir", 26),
    ("log-file", 26),
    ("log-file-max-size", 26),
    ("logtostderr", 26),
    ("machine-id-file", 37),
    ("master-service-namespace", 27),
    ("network-plugin", 24),
    ("network-plugin-mtu", 24),
    ("non-masquerade-cidr", 24),
    ("one-output", 26),
    ("pod-infra-container-image", 35),
    ("really-crash-for-testing", 24),
    ("redirect-container-streaming", 20),
    ("register-schedulable", 34),
    ("seccomp-profile-root", 23),
    ("skip-headers", 26),
    ("skip-log-headers", 26),
    ("stderrthreshold", 26),
    ("storage-driver-buffer-duration", 37),
    ("storage-driver-db", 37),
    ("storage-driver-host", 37),
    ("storage-driver-password", 37),
    ("storage-driver-secure", 37),
    ("storage-driver-table", 37),
    ("storage-driver-user", 37),
];

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

/// The minor that removed a flag, if one up to `minor` did. Dashes and underscores are alike to a component.
pub(super) fn since(table: &[Removed], flag: &str, minor: u64) -> Option<u64> {
    let flag = flag.trim_start_matches('-').replace('_', "-");
    table.iter().find(|(name, since)| *name == flag && *since <= minor).map(|(_, since)| *since)
}
