//! What the kubelet tells of itself: metrics, logs and traces.
//!
//! Rules of `k8s.io/component-base` (`logs/api/v1`, `tracing/api/v1`, `metrics`) have the form of
//! an API error (`FIELD: Invalid value: ...`), those of the kubelet's own `validation.go` start
//! with `invalid configuration: `. Both stand in one message.

use serde_json::Value;

use super::node::SECOND;
use super::{Context, invalid};
use crate::go::{Url, quote};
use crate::kubelet::{Fault, images};
use crate::version::Minor;

/// Metrics that were deprecated are hidden a minor later and can be shown for one minor more: only
/// the previous minor is a legal value. What every component says of another one.
pub(crate) fn hidden_metrics_refusal(wanted: &str, minor: Minor) -> Option<String> {
    let before = previous(minor);
    (!wanted.is_empty() && wanted != before).then(|| {
        format!(
            "--show-hidden-metrics-for-version must be omitted or have the value '{before}'. Only the previous minor \
             version is allowed"
        )
    })
}

fn previous(minor: Minor) -> String {
    format!("1.{}", minor.number().saturating_sub(1))
}

/// The same of the kubelet's field.
pub(super) fn hidden_metrics(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "showHiddenMetricsForVersion";
    let wanted = context.config.text(field);
    let Some(mut text) = hidden_metrics_refusal(wanted, context.minor) else { return };
    if context.minor.number() >= HIDDEN_METRICS_NAMED_SINCE {
        text = format!(
            "invalid {field}: {field}: Invalid value: {}: must be omitted or have the value '{}'; only the previous \
             minor version is allowed",
            quote(wanted),
            previous(context.minor)
        );
    }
    faults.push(Fault::new(field, text));
}

/// The first minor whose message names the field (`metrics/api/v1` of component-base).
const HIDDEN_METRICS_NAMED_SINCE: u64 = 36;

/// The greatest verbosity klog takes.
///
/// An `int32` in klog, the field being an `uint32`.
const MAX_VERBOSITY: i64 = 0x7fff_ffff;

/// Format, verbosity, verbosity by file, and the options of the formats, which are alpha. Run
/// twice by the kubelet: alone before validation (`logs.ValidateAndApply`) and as a part of it.
pub(super) fn logging(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let config = context.config;
    let format = config.text("logging.format");
    let mut add = |field: &str, text: String| add_to(faults, field, &text);
    if !["text", "json"].contains(&format) {
        let text = format!("Invalid value: {}: Unsupported log format", quote(format));
        add("logging.format", text);
    }
    let format_gate = "LoggingBetaOptions";
    if format == "json" && context.gate_is_there(format_gate) && !context.has(format_gate) {
        let text = format!("Forbidden: Log format json is disabled, see {format_gate} feature");
        add("logging.format", text);
    }
    let verbosity = config.int("logging.verbosity");
    if verbosity > MAX_VERBOSITY {
        add("logging.verbosity", format!("Invalid value: {verbosity}: Must be <= {MAX_VERBOSITY}"));
    }
    vmodule(context, format, faults);
    let gate = "LoggingAlphaOptions";
    for kind in ["text", "json"].into_iter().filter(|_| !context.has(gate)) {
        let split = format!("logging.options.{kind}.splitStream");
        let size = format!("logging.options.{kind}.infoBufferSize");
        // A quantity that is zero prints as `0`; a field that is not there is the empty text.
        let zero = ["", "0"].contains(&config.text(&size));
        for (field, set) in [(&split, config.on(&split)), (&size, !zero)] {
            if set {
                add_to(faults, field, &format!("Forbidden: Feature {gate} is disabled"));
            }
        }
    }
}

/// Verbosity by file, which only the text format has.
///
/// Each item is a pattern of file names and a level.
fn vmodule(context: &Context<'_>, format: &str, faults: &mut Vec<Fault>) {
    let items = context.config.list("logging.vmodule");
    if !items.is_empty() && !["", "text"].contains(&format) {
        add_to(faults, "logging.vmodule", "Forbidden: Only supported for text log format");
    }
    for (index, item) in items.iter().enumerate() {
        let field = format!("logging.vmodule[{index}]");
        let pattern = item.get("filePattern").and_then(Value::as_str).unwrap_or_default();
        let level = item.get("verbosity").and_then(Value::as_i64).unwrap_or_default();
        if pattern.is_empty() {
            add_to(faults, &field, "Required value: File pattern must not be empty");
        }
        // The flag form is `pattern=N,pattern=N`: those two characters could not be written there.
        if pattern.contains(['=', ',']) {
            let text = "File pattern must not contain equal sign or comma";
            add_to(faults, &field, &format!("Invalid value: {}: {text}", quote(pattern)));
        }
        if level > MAX_VERBOSITY {
            add_to(faults, &field, &format!("Invalid value: {level}: Must be <= {MAX_VERBOSITY}"));
        }
    }
}

/// Adds a fault in the form of an API error: the path stands in the text too.
fn add_to(faults: &mut Vec<Fault>, field: &str, text: &str) {
    faults.push(Fault::new(field, format!("{field}: {text}")));
}

/// A sampling rate is per million.
const MAX_RATE: i64 = 1_000_000;

/// The sampling rate and the address of the collector. With the gate off the whole field has to be
/// absent.
pub(super) fn tracing(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let config = context.config;
    if context.gate_is_there("KubeletTracing") && !context.has("KubeletTracing") {
        if config.is_set("tracing") {
            let text = "tracing should not be configured if KubeletTracing feature flag is disabled.";
            invalid(faults, "tracing", text.to_owned());
        }
        return;
    }
    let field = "tracing.samplingRatePerMillion";
    let rate = config.int(field);
    let mut rated = |what: &str| {
        faults.push(Fault::new(field, format!("{field}: Invalid value: {rate}: {what}")));
    };
    if rate < 0 {
        rated("sampling rate must be positive");
    }
    if rate > MAX_RATE {
        rated("sampling rate per million must be less than or equal to one million");
    }
    let field = "tracing.endpoint";
    if !config.is_set(field) {
        return;
    }
    let given = config.text(field);
    // gRPC takes a name without a scheme for one of the resolver `dns` (grpc/doc/naming.md).
    let endpoint = if given.contains("//") { given.to_owned() } else { format!("dns://{given}") };
    let why = match Url::parse(&endpoint) {
        Err(error) => error.to_string(),
        Ok(url) if ["dns", "unix", "unix-abstract"].contains(&url.scheme.as_str()) => return,
        Ok(url) => format!(
            "unsupported scheme: {}.  Options are none, dns, unix, or unix-abstract.  See \
             https://github.com/grpc/grpc/blob/master/doc/naming.md",
            url.scheme
        ),
    };
    faults.push(Fault::new(field, format!("{field}: Invalid value: {}: {why}", quote(&endpoint))));
}

/// Required since 1.27, where the flag `--container-runtime-endpoint` became this field. kubeadm
/// passes the flag or writes the field, so that its own files need not name it.
pub(super) fn endpoint(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "containerRuntimeEndpoint";
    if context.config.text(field).is_empty() {
        invalid(faults, field, format!("the {field} was not specified or empty"));
    }
}

/// The first minor whose message names the right field.
const LOG_QUERY_NAMED_SINCE: u64 = 35;

/// Logs of the node's services over the kubelet's API: its gate, and the older handler that serves
/// them. Up to 1.34 the message about the gate names the wrong field.
pub(super) fn log_query(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "enableSystemLogQuery";
    if !context.config.on(field) {
        return;
    }
    let gate = "NodeLogQuery";
    if context.gate_is_there(gate) && !context.has(gate) {
        let named = match context.minor.number() >= LOG_QUERY_NAMED_SINCE {
            true => field,
            false => "enableSystemLogHandler",
        };
        invalid(faults, field, format!("{gate} feature gate is required for {named}"));
    }
    if !context.config.on("enableSystemLogHandler") {
        invalid(faults, field, format!("enableSystemLogHandler is required for {field}"));
    }
}

/// The first minor with workers and an interval.
const LOG_WORKERS_SINCE: u64 = 30;

/// Workers, interval and number of files of log rotation. Two files at the least: the one being
/// written and one to rotate to.
pub(super) fn container_logs(context: &Context<'_>, faults: &mut Vec<Fault>) {
    if context.minor.number() < LOG_WORKERS_SINCE {
        return;
    }
    let field = "containerLogMaxWorkers";
    if context.config.int(field) < 1 {
        invalid(faults, field, format!("{field} must be greater than or equal to 1"));
    }
    let field = "containerLogMonitorInterval";
    if context.config.nanos(field) < 3 * SECOND {
        let text = "must be a positive time duration greater than or equal to 3s";
        invalid(faults, field, format!("{field} {text}"));
    }
    let field = "containerLogMaxFiles";
    if context.config.int(field) <= 1 {
        invalid(faults, field, format!("{field} must be greater than 1"));
    }
}

/// An absolute path in its shortest form, of ASCII only: it becomes a part of other paths. An
/// empty one gives three faults, since all rules are applied. `mut contains` stands so in the
/// kubelet's sentence.
pub(super) fn pod_logs(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "podLogsDir";
    let path = context.config.text(field);
    let shown = quote(path);
    if path.is_empty() {
        invalid(faults, field, format!("{field} was not specified"));
    }
    if !path.starts_with('/') {
        invalid(faults, field, format!("pod logs path {shown} must be absolute path"));
    }
    if images::clean_path(path) != path {
        invalid(faults, field, format!("pod logs path {shown} must be normalized"));
    }
    if !path.is_ascii() {
        invalid(faults, field, format!("pod logs path {shown} mut contains ASCII characters only"));
    }
}
