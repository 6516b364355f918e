//! What is known of flags and values that are gone: what they did at the end, and what took their
//! place.
//!
//! Sources: the texts with which each flag was deprecated, and its default, in the last minor that had it
//! (`cmd/kubelet/app/options`, `cmd/kube-apiserver/app/options`, `cmd/kube-controller-manager/app/options`,
//! `cmd/kube-scheduler/app/options`, klog); `pkg/kubeapiserver/options/plugins.go` of each minor.

use crate::component::{USERSPACE_GONE, USERSPACE_HELP};

/// What a flag came to in its last minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    /// It did nothing.
    Nothing,
    /// That was its default.
    Default(&'static str),
    /// It did something.
    Something,
}

/// A flag that is gone: the program (empty for all), its name, what it came to, what took its place.
pub(super) type Row = (&'static str, &'static str, Last, Option<&'static str>);

use Last::{Default, Nothing, Something};

const KUBELET: &str = "kubelet";
const API_SERVER: &str = "kube-apiserver";
const MANAGER: &str = "kube-controller-manager";
const SCHEDULER: &str = "kube-scheduler";

pub(super) const FLAGS: &[Row] = &[
    // klog's: since 1.26 a component logs to stderr and nowhere else (KEP-2845).
    ("", "logtostderr", Default("true"), None),
    ("", "alsologtostderr", Default("false"), None),
    ("", "add-dir-header", Default("false"), None),
    ("", "skip-headers", Default("false"), None),
    ("", "skip-log-headers", Default("false"), None),
    ("", "one-output", Default("false"), None),
    ("", "log-dir", Default(""), None),
    ("", "log-file", Default(""), None),
    ("", "experimental-logging-sanitization", Default("false"), None),
    (KUBELET, "allow-privileged", Default("true"), None),
    // dockershim's; with a remote runtime they do nothing.
    (KUBELET, "container-runtime", Default("remote"), Some("containerRuntimeEndpoint")),
    (KUBELET, "network-plugin", Nothing, None),
    (KUBELET, "network-plugin-mtu", Nothing, None),
    (KUBELET, "cni-bin-dir", Nothing, Some("crio.network.plugin_dirs of CRI-O")),
    (KUBELET, "cni-conf-dir", Nothing, Some("crio.network.network_dir of CRI-O")),
    (KUBELET, "cni-cache-dir", Nothing, None),
    (KUBELET, "docker-endpoint", Nothing, None),
    (KUBELET, "experimental-dockershim-root-directory", Nothing, None),
    (KUBELET, "image-pull-progress-deadline", Nothing, None),
    (KUBELET, "pod-infra-container-image", Nothing, Some("crio.image.pause_image of CRI-O")),
    (KUBELET, "redirect-container-streaming", Default("false"), None),
    (KUBELET, "enable-cadvisor-json-endpoints", Default("false"), None),
    (KUBELET, "chaos-chance", Default("0"), None),
    (KUBELET, "really-crash-for-testing", Default("false"), None),
    (KUBELET, "experimental-check-node-capabilities-before-mount", Default("false"), None),
    (KUBELET, "experimental-bootstrap-kubeconfig", Something, Some("--bootstrap-kubeconfig")),
    (KUBELET, "experimental-kernel-memcg-notification", Default("false"), Some("kernelMemcgNotification")),
    (KUBELET, "dynamic-config-dir", Something, None),
    (KUBELET, "iptables-masquerade-bit", Nothing, None),
    (KUBELET, "iptables-drop-bit", Nothing, None),
    (KUBELET, "keep-terminated-pod-volumes", Default("false"), None),
    (KUBELET, "register-schedulable", Default("true"), Some("registerWithTaints")),
    (KUBELET, "azure-container-registry-config", Something, Some("--image-credential-provider-config")),
    (API_SERVER, "address", Nothing, Some("--bind-address")),
    (API_SERVER, "insecure-bind-address", Nothing, Some("--bind-address")),
    (API_SERVER, "insecure-port", Default("0"), Some("--secure-port")),
    (API_SERVER, "port", Default("0"), Some("--secure-port")),
    (API_SERVER, "deserialization-cache-size", Nothing, None),
    (API_SERVER, "enable-swagger-ui", Nothing, None),
    (API_SERVER, "kubelet-https", Default("true"), None),
    (API_SERVER, "experimental-encryption-provider-config", Something, Some("--encryption-provider-config")),
    (API_SERVER, "service-account-api-audiences", Something, Some("--api-audiences")),
    (API_SERVER, "cloud-provider", Default("external"), None),
    (MANAGER, "address", Nothing, Some("--bind-address")),
    (MANAGER, "port", Nothing, Some("--secure-port")),
    (MANAGER, "deleting-pods-burst", Nothing, None),
    (MANAGER, "deleting-pods-qps", Nothing, None),
    (MANAGER, "deployment-controller-sync-period", Nothing, None),
    (MANAGER, "enable-taint-manager", Default("true"), None),
    (MANAGER, "pod-eviction-timeout", Nothing, Some("tolerationSeconds of pods")),
    (MANAGER, "experimental-cluster-signing-duration", Something, Some("--cluster-signing-duration")),
    (MANAGER, "horizontal-pod-autoscaler-downscale-delay", Nothing, None),
    (MANAGER, "horizontal-pod-autoscaler-upscale-delay", Nothing, None),
    (MANAGER, "horizontal-pod-autoscaler-use-rest-clients", Default("true"), None),
    (MANAGER, "register-retry-count", Nothing, None),
    (MANAGER, "volume-host-allow-local-loopback", Nothing, None),
    (MANAGER, "volume-host-cidr-denylist", Nothing, None),
    (SCHEDULER, "address", Nothing, Some("--bind-address")),
    (SCHEDULER, "port", Nothing, Some("--secure-port")),
    (SCHEDULER, "algorithm-provider", Something, Some("profiles of KubeSchedulerConfiguration")),
    (SCHEDULER, "policy-config-file", Something, Some("profiles of KubeSchedulerConfiguration")),
    (SCHEDULER, "policy-configmap", Something, Some("profiles of KubeSchedulerConfiguration")),
    (SCHEDULER, "use-legacy-policy-config", Default("false"), None),
    (SCHEDULER, "lock-object-name", Something, Some("--leader-elect-resource-name")),
    (SCHEDULER, "lock-object-namespace", Something, Some("--leader-elect-resource-namespace")),
    (SCHEDULER, "scheduler-name", Something, Some("profiles of KubeSchedulerConfiguration")),
];

/// A value of a flag that ends before the flag does: program, flag, value or item of a list, the first
/// minor without it, what to do.
pub(super) type Value = (&'static str, &'static str, &'static str, u64, &'static str);

pub(super) const VALUES: &[Value] = &[
    (
        KUBELET,
        "container-runtime",
        "docker",
        24,
        "the kubelet has no dockershim since 1.24: go to CRI-O on 1.23, before the upgrade",
    ),
    ("kube-proxy", "proxy-mode", "userspace", USERSPACE_GONE, USERSPACE_HELP),
];

/// Admission plugins that are gone, with the first minor without them.
pub(super) const ADMISSION_PLUGINS: &[(&str, u64, Option<&str>)] = &[
    // kubernetes/kubernetes#94090.
    ("PodPreset", 20, Some("an admission webhook")),
    ("PodSecurityPolicy", 25, Some("PodSecurity")),
    ("SecurityContextDeny", 31, Some("PodSecurity")),
    ("PersistentVolumeLabel", 31, None),
];

/// Fields of `KubeletConfiguration` v1beta1 that are gone, with the first minor without them.
pub(super) const KUBELET_FIELDS: &[(&str, u64)] = &[("logging.sanitization", 24)];
