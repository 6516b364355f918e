//! The tables of metrics, tracing, statistics, NRI and checkpoints.
//!
//! First and last releases are those of every tag that has the key, patches included: keys were
//! ported back.

use super::DefaultValue::{Flag, List, Number, Text};
use super::Kind::{Boolean, Duration, Integer, String, Strings, Table};
use super::Table::{CheckpointRestore, Metrics, Nri, Stats, Tracing, Validator};
use super::{CrioOption, first_of, newest_of, option, patch};

pub(super) const OPTIONS: &[CrioOption] = &[
    option(CheckpointRestore, "container_level_enabled", String, &[(first_of(37), newest_of(37))])
        .defaults(&[(first_of(37), Text("checkpoint_restore"))]),
    option(Metrics, "enable_metrics", Boolean, &[(first_of(16), newest_of(37))]),
    option(Metrics, "metrics_cert", String, &[(first_of(22), newest_of(37))]),
    option(Metrics, "metrics_collectors", Strings, &[(first_of(22), newest_of(37))]).defaults(&[
        (
            first_of(22),
            List(&[
                "operations",
                "operations_latency_microseconds_total",
                "operations_latency_microseconds",
                "operations_errors",
                "image_pulls_by_digest",
                "image_pulls_by_name",
                "image_pulls_by_name_skipped",
                "image_pulls_failures",
                "image_pulls_successes",
                "image_pulls_layer_size",
                "image_layer_reuse",
                "containers_oom_total",
                "containers_oom",
                "processes_defunct",
                "operations_total",
                "operations_latency_seconds",
                "operations_latency_seconds_total",
                "operations_errors_total",
                "image_pulls_bytes_total",
                "image_pulls_skipped_bytes_total",
                "image_pulls_failure_total",
                "image_pulls_success_total",
                "image_layer_reuse_total",
                "containers_oom_count_total",
            ]),
        ),
        (
            first_of(26),
            List(&[
                "operations",
                "operations_latency_microseconds_total",
                "operations_latency_microseconds",
                "operations_errors",
                "image_pulls_by_digest",
                "image_pulls_by_name",
                "image_pulls_by_name_skipped",
                "image_pulls_failures",
                "image_pulls_successes",
                "image_pulls_layer_size",
                "image_layer_reuse",
                "containers_events_dropped_total",
                "containers_oom_total",
                "containers_oom",
                "processes_defunct",
                "operations_total",
                "operations_latency_seconds",
                "operations_latency_seconds_total",
                "operations_errors_total",
                "image_pulls_bytes_total",
                "image_pulls_skipped_bytes_total",
                "image_pulls_failure_total",
                "image_pulls_success_total",
                "image_layer_reuse_total",
                "containers_oom_count_total",
                "containers_seccomp_notifier_count_total",
                "resources_stalled_at_stage",
            ]),
        ),
        (
            first_of(31),
            List(&[
                "image_pulls_layer_size",
                "containers_events_dropped_total",
                "containers_oom_total",
                "processes_defunct",
                "operations_total",
                "operations_latency_seconds",
                "operations_latency_seconds_total",
                "operations_errors_total",
                "image_pulls_bytes_total",
                "image_pulls_skipped_bytes_total",
                "image_pulls_failure_total",
                "image_pulls_success_total",
                "image_layer_reuse_total",
                "containers_oom_count_total",
                "containers_seccomp_notifier_count_total",
                "resources_stalled_at_stage",
            ]),
        ),
        (
            first_of(34),
            List(&[
                "image_pulls_layer_size",
                "containers_events_dropped_total",
                "containers_oom_total",
                "processes_defunct",
                "operations_total",
                "operations_latency_seconds",
                "operations_latency_seconds_total",
                "operations_errors_total",
                "image_pulls_bytes_total",
                "image_pulls_skipped_bytes_total",
                "image_pulls_failure_total",
                "image_pulls_success_total",
                "image_layer_reuse_total",
                "containers_oom_count_total",
                "containers_seccomp_notifier_count_total",
                "resources_stalled_at_stage",
                "containers_stopped_monitor_count",
                "default_runtime",
            ]),
        ),
    ]),
    option(Metrics, "metrics_host", String, &[(patch(28, 4), newest_of(28)), (patch(29, 2), newest_of(37))])
        .defaults(&[(patch(28, 4), Text("")), (patch(29, 2), Text("127.0.0.1"))]),
    option(Metrics, "metrics_key", String, &[(first_of(22), newest_of(37))]),
    option(Metrics, "metrics_port", Integer, &[(first_of(16), newest_of(37))])
        .defaults(&[(first_of(16), Number(9090))]),
    option(Metrics, "metrics_socket", String, &[(first_of(19), newest_of(37))]),
    option(Tracing, "enable_tracing", Boolean, &[(first_of(23), newest_of(37))]),
    option(Tracing, "tracing_endpoint", String, &[(first_of(23), newest_of(37))])
        .defaults(&[(first_of(23), Text("0.0.0.0:4317")), (first_of(31), Text("127.0.0.1:4317"))]),
    option(Tracing, "tracing_sampling_rate_per_million", Integer, &[(first_of(23), newest_of(37))]),
    option(Stats, "collection_period", Integer, &[(first_of(30), newest_of(37))]),
    option(Stats, "included_pod_metrics", Strings, &[(first_of(30), newest_of(37))]),
    option(Stats, "stats_collection_period", Integer, &[(first_of(23), newest_of(37))]),
    option(Nri, "default_validator", Table, &[(first_of(34), newest_of(37))]),
    option(Nri, "enable_nri", Boolean, &[(first_of(26), newest_of(37))])
        .defaults(&[(first_of(26), Flag(false)), (first_of(30), Flag(true))]),
    option(Nri, "nri_config_file", String, &[(first_of(26), patch(26, 1))])
        .defaults(&[(first_of(26), Text("/etc/nri/nri.conf"))])
        .replaced_by("crio.nri.nri_plugin_config_dir"),
    option(Nri, "nri_disable_connections", Boolean, &[(patch(26, 2), newest_of(37))]),
    option(Nri, "nri_listen", String, &[(first_of(26), newest_of(37))])
        .defaults(&[(first_of(26), Text("/var/run/nri/nri.sock"))]),
    option(Nri, "nri_plugin_config_dir", String, &[(patch(26, 2), newest_of(37))])
        .defaults(&[(patch(26, 2), Text("/etc/nri/conf.d"))]),
    option(Nri, "nri_plugin_dir", String, &[(first_of(26), newest_of(37))])
        .defaults(&[(first_of(26), Text("/opt/nri/plugins"))]),
    option(Nri, "nri_plugin_registration_timeout", Duration, &[(patch(26, 2), newest_of(37))])
        .defaults(&[(patch(26, 2), Number(5_000_000_000))]),
    option(Nri, "nri_plugin_request_timeout", Duration, &[(patch(26, 2), newest_of(37))])
        .defaults(&[(patch(26, 2), Number(2_000_000_000))]),
    option(Validator, "nri_enable_default_validator", Boolean, &[(first_of(34), newest_of(37))]),
    option(
        Validator,
        "nri_validator_reject_custom_seccomp_adjustment",
        Boolean,
        &[(first_of(34), newest_of(37))],
    ),
    option(Validator, "nri_validator_reject_namespace_adjustment", Boolean, &[(first_of(34), newest_of(37))]),
    option(Validator, "nri_validator_reject_oci_hook_adjustment", Boolean, &[(first_of(34), newest_of(37))]),
    option(
        Validator,
        "nri_validator_reject_runtime_default_seccomp_adjustment",
        Boolean,
        &[(first_of(34), newest_of(37))],
    ),
    option(
        Validator,
        "nri_validator_reject_unconfined_seccomp_adjustment",
        Boolean,
        &[(first_of(34), newest_of(37))],
    ),
    option(Validator, "nri_validator_required_plugins", Strings, &[(first_of(34), newest_of(37))]),
    option(
        Validator,
        "nri_validator_tolerate_missing_plugins_annotation",
        String,
        &[(first_of(34), newest_of(37))],
    ),
];
