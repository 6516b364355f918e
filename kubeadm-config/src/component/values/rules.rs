//! Which value of which flag a component refuses, with the words it has for it.

use super::Rule::*;
use super::{Row, row};
use crate::component::Component::{self, ApiServer, ControllerManager, Scheduler};
use crate::component::names;
use crate::kubelet::TLS_VERSIONS;

const ALL: &[Component] = &[ApiServer, ControllerManager, Scheduler];
const API: &[Component] = &[ApiServer];
const MANAGER: &[Component] = &[ControllerManager];
pub(super) const MOST: i64 = i64::MAX;
const MEDIA_TYPES: &[&str] =
    &["", "application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

const NO_INSECURE_PORT: &str = "invalid port value <>: only zero is allowed";

pub(super) const RULES: &[Row] = &[
    row(ALL, "tls-min-version", 0, OneOf(&TLS_VERSIONS), "unknown tls version {}"),
    row(ALL, "tls-cipher-suites", 0, Ciphers, "Cipher suite <> not supported or doesn't exist"),
    row(
        ALL,
        "logging-format",
        0,
        OneOf(&["text", "json"]),
        "format: Invalid value: {}: Unsupported log format",
    ),
    row(ALL, "show-hidden-metrics-for-version", 0, MinorBefore, ""),
    row(
        API,
        "secure-port",
        0,
        Within(1..=65535),
        "--secure-port <> must be between 1 and 65535, inclusive. It cannot be turned off with 0",
    ),
    row(
        MANAGER,
        "secure-port",
        0,
        Within(0..=65535),
        "--secure-port <> must be between 0 and 65535, inclusive. 0 for turning off secure port",
    ),
    // The scheduler says 1 and takes 0.
    row(
        &[Scheduler],
        "secure-port",
        0,
        Within(0..=65535),
        "--secure-port <> must be between 1 and 65535, inclusive. It cannot be turned off with 0",
    ),
    row(
        API,
        "enable-admission-plugins",
        0,
        EachOf(names::ADMISSION_PLUGINS),
        "enable-admission-plugins plugin {} is unknown",
    ),
    row(
        API,
        "disable-admission-plugins",
        0,
        EachOf(names::ADMISSION_PLUGINS),
        "disable-admission-plugins plugin {} is unknown",
    ),
    row(
        API,
        "admission-control",
        0,
        EachOf(names::ADMISSION_PLUGINS),
        "admission-control plugin {} is unknown",
    ),
    row(
        API,
        "authorization-mode",
        0,
        EachOf(names::AUTHORIZATION_MODES),
        "authorization-mode {} is not a valid mode",
    ),
    row(API, "runtime-config", 0, Apis, ""),
    row(API, "service-cluster-ip-range", 0, Cidrs, ""),
    row(
        API,
        "kubernetes-service-node-port",
        0,
        Within(0..=65535),
        "--kubernetes-service-node-port <> must be between 0 and 65535, inclusive. If 0, the Kubernetes master \
         service will be of type ClusterIP",
    ),
    row(
        API,
        "apiserver-count",
        0,
        Within(1..=MOST),
        "--apiserver-count should be a positive number, but value '<>' provided",
    ),
    row(API, "service-account-issuer", 0, Said, "service-account-issuer should not be an empty string"),
    row(
        API,
        "storage-backend",
        0,
        OneOf(&["", "etcd3"]),
        "--storage-backend invalid, allowed values: etcd3. If not specified, it will default to 'etcd3'",
    ),
    // Up to 1.28 the storage of the first resource says it (`NewStorageCodec`), from then on `Validate`.
    row(API, "storage-media-type", 0, OneOf(MEDIA_TYPES), "unable to find serializer for {}").until(28),
    row(
        API,
        "storage-media-type",
        29,
        OneOf(MEDIA_TYPES),
        "--storage-media-type {} invalid, allowed values: application/json, \
         application/vnd.kubernetes.protobuf, application/yaml",
    ),
    row(
        API,
        "endpoint-reconciler-type",
        0,
        OneOf(&["master-count", "lease", "none"]),
        "Reconciler not implemented: <>",
    ),
    row(
        API,
        "max-requests-inflight",
        0,
        Within(0..=MOST),
        "--max-requests-inflight can not be negative value",
    ),
    row(
        API,
        "max-mutating-requests-inflight",
        0,
        Within(0..=MOST),
        "--max-mutating-requests-inflight can not be negative value",
    ),
    row(API, "min-request-timeout", 0, Within(0..=MOST), "--min-request-timeout can not be negative value"),
    row(API, "request-timeout", 0, NotNegative, "--request-timeout can not be negative value"),
    row(
        API,
        "shutdown-delay-duration",
        0,
        NotNegative,
        "--shutdown-delay-duration can not be negative value",
    ),
    // The flags did nothing more from 1.20 on (`InsecurePortFlags` of cmd/kube-apiserver).
    row(API, "insecure-port", 20, Within(0..=0), NO_INSECURE_PORT).until(23),
    row(API, "port", 20, Within(0..=0), NO_INSECURE_PORT).until(23),
    row(API, "livez-grace-period", 0, NotNegative, "--livez-grace-period can not be a negative value"),
    row(
        API,
        "goaway-chance",
        0,
        Fraction(0.02),
        "--goaway-chance can not be less than 0 or greater than 0.02",
    ),
    row(MANAGER, "controllers", 0, Controllers, "{} is not in the list of known controllers"),
    row(
        MANAGER,
        "cloud-provider",
        31,
        OneOf(&["", "external"]),
        "cloud provider {} was specified, but built-in cloud providers are disabled. Please set \
         --cloud-provider=external and migrate to an external cloud provider",
    ),
    row(
        MANAGER,
        "concurrent-statefulset-syncs",
        22,
        Within(1..=MOST),
        "concurrent-statefulset-syncs must be greater than 0, but got <>",
    ),
    row(
        MANAGER,
        "concurrent-ephemeralvolume-syncs",
        25,
        Within(1..=MOST),
        "concurrent-ephemeralvolume-syncs must be greater than 0, but got <>",
    ),
    row(
        MANAGER,
        "concurrent-horizontal-pod-autoscaler-syncs",
        27,
        Within(1..=MOST),
        "concurrent-horizontal-pod-autoscaler-syncs must be greater than 0, but got <>",
    ),
    row(
        MANAGER,
        "concurrent-job-syncs",
        29,
        Within(1..=MOST),
        "concurrent-job-syncs must be greater than 0, but got <>",
    ),
    row(
        MANAGER,
        "concurrent-cron-job-syncs",
        29,
        Within(1..=MOST),
        "concurrent-cron-job-syncs must be greater than 0, but got <>",
    ),
];
