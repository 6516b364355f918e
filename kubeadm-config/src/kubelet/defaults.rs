//! What a kubelet fills in: `SetDefaults_KubeletConfiguration` of
//! `pkg/kubelet/apis/config/v1beta1/defaults.go` as a table.
//!
//! Values are JSON in printed form (`"1m0s"`, not nanoseconds), paths are those of the document.
//! What depends on another field or on a gate is written out in [`fill`] below the table.

use serde_json::{Value, json};

use super::config::Config;
use super::gates::Gates;
use crate::version::Minor;

/// Field, default as JSON, whether Go holds a pointer (so that zero and false can be meant), first
/// minor, last minor.
// Path, value as JSON, whether the field is a pointer in Go, first and last minor
// (pkg/kubelet/apis/config/v1beta1/defaults.go).
type Row = (&'static str, &'static str, bool, u8, u8);

/// No minor has changed the row since.
const LAST: u8 = u8::MAX;

/// A default that changed has a row for each value, with minors that do not overlap.
const DEFAULTS: &[Row] = &[
    ("enableServer", "true", true, 0, LAST),
    ("syncFrequency", "\"1m0s\"", false, 0, LAST),
    ("fileCheckFrequency", "\"20s\"", false, 0, LAST),
    ("httpCheckFrequency", "\"20s\"", false, 0, LAST),
    ("address", "\"0.0.0.0\"", false, 0, LAST),
    ("port", "10250", false, 0, LAST),
    ("authentication.anonymous.enabled", "false", true, 0, LAST),
    ("authentication.webhook.enabled", "true", true, 0, LAST),
    ("authentication.webhook.cacheTTL", "\"2m0s\"", false, 0, LAST),
    ("authorization.mode", "\"Webhook\"", false, 0, LAST),
    ("authorization.webhook.cacheAuthorizedTTL", "\"5m0s\"", false, 0, LAST),
    ("authorization.webhook.cacheUnauthorizedTTL", "\"30s\"", false, 0, LAST),
    ("registryPullQPS", "5", true, 0, LAST),
    ("registryBurst", "10", false, 0, LAST),
    ("eventRecordQPS", "5", true, 0, 26),
    ("eventRecordQPS", "50", true, 27, LAST),
    ("eventBurst", "10", false, 0, 26),
    ("eventBurst", "100", false, 27, LAST),
    ("enableDebuggingHandlers", "true", true, 0, LAST),
    ("healthzPort", "10248", true, 0, LAST),
    ("healthzBindAddress", "\"127.0.0.1\"", false, 0, LAST),
    ("oomScoreAdj", "-999", true, 0, LAST),
    ("streamingConnectionIdleTimeout", "\"4h0m0s\"", false, 0, LAST),
    ("nodeStatusUpdateFrequency", "\"10s\"", false, 0, LAST),
    ("nodeLeaseDurationSeconds", "40", false, 0, LAST),
    ("imageMinimumGCAge", "\"2m0s\"", false, 0, LAST),
    ("imageGCHighThresholdPercent", "85", true, 0, LAST),
    ("imageGCLowThresholdPercent", "80", true, 0, LAST),
    ("volumeStatsAggPeriod", "\"1m0s\"", false, 0, LAST),
    ("cgroupsPerQOS", "true", true, 0, LAST),
    // The kubelet's own; kubeadm writes systemd into its file since 1.22.
    ("cgroupDriver", "\"cgroupfs\"", false, 0, LAST),
    ("cpuManagerPolicy", "\"none\"", false, 0, LAST),
    ("cpuManagerReconcilePeriod", "\"10s\"", false, 0, LAST),
    ("memoryManagerPolicy", "\"None\"", false, 21, LAST),
    ("topologyManagerPolicy", "\"none\"", false, 0, LAST),
    ("topologyManagerScope", "\"container\"", false, 0, LAST),
    ("runtimeRequestTimeout", "\"2m0s\"", false, 0, LAST),
    ("hairpinMode", "\"promiscuous-bridge\"", false, 0, LAST),
    ("maxPods", "110", false, 0, LAST),
    ("resolvConf", "\"/etc/resolv.conf\"", true, 0, LAST),
    ("cpuCFSQuota", "true", true, 0, LAST),
    ("cpuCFSQuotaPeriod", "\"100ms\"", true, 0, LAST),
    ("nodeStatusMaxImages", "50", true, 0, LAST),
    ("maxOpenFiles", "1000000", false, 0, LAST),
    ("contentType", "\"application/vnd.kubernetes.protobuf\"", false, 0, LAST),
    ("kubeAPIQPS", "5", true, 0, 26),
    ("kubeAPIQPS", "50", true, 27, LAST),
    ("kubeAPIBurst", "10", false, 0, 26),
    ("kubeAPIBurst", "100", false, 27, LAST),
    ("evictionPressureTransitionPeriod", "\"5m0s\"", false, 0, LAST),
    ("mergeDefaultEvictionSettings", "false", true, 33, LAST),
    ("enableControllerAttachDetach", "true", true, 0, LAST),
    ("makeIPTablesUtilChains", "true", true, 0, LAST),
    ("iptablesMasqueradeBit", "14", true, 0, LAST),
    ("iptablesDropBit", "15", true, 0, LAST),
    ("failSwapOn", "true", true, 0, LAST),
    ("containerLogMaxSize", "\"10Mi\"", false, 0, LAST),
    ("containerLogMaxFiles", "5", true, 0, LAST),
    ("containerLogMaxWorkers", "1", true, 30, LAST),
    ("containerLogMonitorInterval", "\"10s\"", true, 30, LAST),
    ("configMapAndSecretChangeDetectionStrategy", "\"Watch\"", false, 0, LAST),
    ("enforceNodeAllocatable", "[\"pods\"]", true, 0, LAST),
    ("volumePluginDir", "\"/usr/libexec/kubernetes/kubelet-plugins/volume/exec/\"", false, 0, LAST),
    ("logging.format", "\"text\"", false, 0, LAST),
    ("enableSystemLogHandler", "true", true, 0, LAST),
    ("enableProfilingHandler", "true", true, 21, LAST),
    ("enableDebugFlagsHandler", "true", true, 21, LAST),
    ("seccompDefault", "false", true, 22, LAST),
    ("failCgroupV1", "false", true, 31, 34),
    ("failCgroupV1", "true", true, 35, LAST),
    ("memoryThrottlingFactor", "0.8", true, 22, 26),
    ("memoryThrottlingFactor", "0.9", true, 27, 35),
    ("memoryReservationPolicy", "\"None\"", false, 36, LAST),
    ("registerNode", "true", true, 23, LAST),
    ("localStorageCapacityIsolation", "true", true, 25, LAST),
    // The kubelet's own default is containerd, whatever is installed.
    ("containerRuntimeEndpoint", "\"unix:///run/containerd/containerd.sock\"", false, 27, LAST),
    ("podLogsDir", "\"/var/log/pods\"", false, 30, LAST),
];

/// `eviction.DefaultEvictionHard` on Linux.
///
/// `pkg/kubelet/eviction/defaults_linux.go`. A file that names one signal of its own loses the
/// others, unless `mergeDefaultEvictionSettings` is set.
const EVICTION_HARD: [(&str, &str); 5] = [
    ("memory.available", "100Mi"),
    ("nodefs.available", "10%"),
    ("nodefs.inodesFree", "5%"),
    ("imagefs.available", "15%"),
    ("imagefs.inodesFree", "5%"),
];

/// Fills in what a kubelet of that minor does. The gates are those that hold with the ones the
/// configuration sets.
pub(super) fn fill(config: &mut Config, minor: Minor, gates: &Gates) {
    let number = u8::try_from(minor.number()).unwrap_or(u8::MAX);
    // It has to come before nodeStatusUpdateFrequency gets its own default, as it does there.
    if config.is_zero("nodeStatusReportFrequency") {
        let other = config.text("nodeStatusUpdateFrequency").to_owned();
        let given = !config.is_zero("nodeStatusUpdateFrequency");
        config.set("nodeStatusReportFrequency", if given { other.into() } else { json!("5m0s") });
    }
    for (path, json, pointer, since, until) in DEFAULTS {
        let here = (*since..=*until).contains(&number);
        // A pointer tells "not given" from zero; without one `0` and `""` are taken for not given.
        let wanted = if *pointer { !config.is_set(path) } else { config.is_zero(path) };
        if here && wanted {
            config.set(path, serde_json::from_str(json).unwrap_or(Value::Null));
        }
    }
    if config.get("podPidsLimit").and_then(Value::as_i64).is_none_or(|limit| limit < 0) {
        config.set("podPidsLimit", json!(-1));
    }
    if !config.is_set("serializeImagePulls") {
        config.set("serializeImagePulls", json!(config.int("maxParallelImagePulls") < 2));
    }
    if !config.is_set("logging.flushFrequency") {
        config.set("logging.flushFrequency", json!("5s"));
    }
    let crash = "crashLoopBackOff.maxContainerRestartPeriod";
    if gates.enabled("KubeletCrashLoopBackOffMax") && !config.is_set(crash) {
        config.set(crash, json!("5m0s"));
    }
    let policy = "imagePullCredentialsVerificationPolicy";
    if gates.enabled("KubeletEnsureSecretPulledImages") && config.is_zero(policy) {
        config.set(policy, json!("NeverVerifyPreloadedImages"));
    }
}

/// What `loadConfigFile` fills in besides: a map that is not there is the default one.
pub(super) fn fill_eviction(config: &mut Config) {
    let merge = config.on("mergeDefaultEvictionSettings");
    if config.is_set("evictionHard") && !merge {
        return;
    }
    for (signal, amount) in EVICTION_HARD {
        let there = config.get("evictionHard").is_some_and(|map| map.get(signal).is_some());
        if !there {
            let mut map = config.get("evictionHard").and_then(Value::as_object).cloned().unwrap_or_default();
            map.insert(signal.to_owned(), amount.into());
            config.set("evictionHard", map.into());
        }
    }
}
