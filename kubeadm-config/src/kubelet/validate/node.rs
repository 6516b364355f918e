//! What the node itself is: cgroups, taints, shutdown, swap, images, logs and traces.

use serde_json::Value;

use super::{Context, invalid};
use crate::go::{Url, quote};
use crate::kubelet::{Fault, images, labels};
use crate::value::Duration;

pub(super) fn system_cgroups(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "systemCgroups";
    if !context.config.text(field).is_empty() && context.config.text("cgroupRoot").is_empty() {
        let text =
            "systemCgroups (--system-cgroups) was specified and cgroupRoot (--cgroup-root) was not specified";
        invalid(faults, field, text.to_owned());
    }
}

pub(super) fn server_certificate(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let (field, gate) = ("serverTLSBootstrap", "RotateKubeletServerCertificate");
    if context.config.on(field) && context.gate_is_there(gate) && !context.has(gate) {
        invalid(faults, field, format!("{field} true requires feature gate {gate}"));
    }
}

/// `runOnce` is refused from this minor on.
const RUN_ONCE_REFUSED_SINCE: u64 = 31;

pub(super) fn run_once(context: &Context<'_>, faults: &mut Vec<Fault>) {
    if context.config.on("runOnce") && context.minor.number() >= RUN_ONCE_REFUSED_SINCE {
        let text = "runOnce (--runOnce) true, Runonce mode has been deprecated and should not be set";
        invalid(faults, "runOnce", text.to_owned());
    }
}

pub(super) fn taints(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "registerWithTaints";
    for taint in context.config.list(field) {
        let text = |key: &str| taint.get(key).and_then(Value::as_str).unwrap_or_default();
        let added = taint.get("timeAdded").filter(|value| !value.is_null());
        if !labels::is_taint(taint) {
            let added = added.and_then(Value::as_str).unwrap_or("<nil>");
            let shown = format!("{{{} {} {} {added}}}", text("key"), text("value"), text("effect"));
            faults.push(Fault::new(field, format!("invalid taint: {shown}")));
        }
        if added.is_some() {
            invalid(faults, field, "taint.TimeAdded is not nil".to_owned());
        }
    }
}

const SECOND: i64 = 1_000_000_000;

pub(super) fn shutdown(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let (all, critical) = ("shutdownGracePeriod", "shutdownGracePeriodCriticalPods");
    let by_priority = "shutdownGracePeriodByPodPriority";
    let period = |field| context.config.nanos(field);
    let shown = |field| format!("{field} {{{}}}", Duration::from_nanos(period(field)));
    let graceful = context.has("GracefulNodeShutdown");
    if graceful {
        if period(critical) > period(all) {
            invalid(faults, critical, format!("{} must be <= {}", shown(critical), shown(all)));
        }
        for field in [all, critical] {
            if period(field) < 0 || (1..SECOND).contains(&period(field)) {
                let text = "must be either zero or otherwise >= 1 sec";
                invalid(faults, field, format!("{} {text}", shown(field)));
            }
        }
    }
    let set = period(all) > 0 || period(critical) > 0;
    if set && !graceful {
        let text = format!("specifying {all} or {critical} requires feature gate GracefulNodeShutdown");
        invalid(faults, all, text);
    }
    if context.minor.number() < BY_PRIORITY_SINCE || context.config.list(by_priority).is_empty() {
        return;
    }
    if !context.has("GracefulNodeShutdownBasedOnPodPriority") {
        let text = "requires feature gate GracefulNodeShutdownBasedOnPodPriority";
        invalid(faults, by_priority, format!("Specifying {by_priority} {text}"));
    } else if set {
        let text = format!("Cannot specify both {by_priority} and {all} at the same time");
        invalid(faults, by_priority, text);
    }
}

const BY_PRIORITY_SINCE: u64 = 23;

pub(super) fn swap(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "memorySwap.swapBehavior";
    let behavior = context.config.text(field);
    if !context.has("NodeSwap") && context.gate_is_there("NodeSwap") {
        if !behavior.is_empty() {
            invalid(faults, field, format!("{field} cannot be set when NodeSwap feature flag is disabled"));
        }
        return;
    }
    let no_swap = context.minor.number() >= NO_SWAP_SINCE;
    let (other, known) = if no_swap { ("NoSwap", "NoSwap") } else { ("UnlimitedSwap", "UnlimitedSwap") };
    if !["", "LimitedSwap", other].contains(&behavior) {
        let behavior = quote(behavior);
        let text = format!("{field} {behavior} must be one of: \"\", \"LimitedSwap\" or \"{known}\"");
        invalid(faults, field, text);
    }
}

/// `UnlimitedSwap` became `NoSwap`.
const NO_SWAP_SINCE: u64 = 30;

pub(super) fn crash_loop(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "crashLoopBackOff.maxContainerRestartPeriod";
    let (gate, name) = ("KubeletCrashLoopBackOffMax", "CrashLoopBackOff.MaxContainerRestartPeriod");
    let set = context.config.is_set(field);
    if context.gate_is_there(gate) && !context.has(gate) {
        if set {
            invalid(faults, field, format!("FeatureGate {gate} not enabled, {name} must not be set"));
        }
        return;
    }
    let millis = context.config.nanos(field) / 1_000_000;
    if !set {
        invalid(faults, field, format!("FeatureGate {gate} is enabled, {name} must be set"));
    } else if !(1000..=300_000).contains(&millis) {
        let seconds = seconds(context.config.nanos(field));
        invalid(faults, field, format!("{name} (got: {seconds} seconds) must be set between 1s and 300s"));
    }
}

/// `Duration.Seconds()` as `%v` prints it.
#[expect(clippy::cast_precision_loss, reason = "it is a double in Go too")]
fn seconds(nanos: i64) -> f64 {
    (nanos / SECOND) as f64 + (nanos % SECOND) as f64 / 1e9
}

pub(super) fn hairpin(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "hairpinMode";
    let mode = context.config.text(field);
    if !["none", "hairpin-veth", "promiscuous-bridge"].contains(&mode) {
        let known = "Valid options are \"none\", \"hairpin-veth\" or \"promiscuous-bridge\"";
        invalid(
            faults,
            field,
            format!("option {} specified for {field} (--hairpin-mode). {known}", quote(mode)),
        );
    }
}

pub(super) fn pull_credentials(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let (field, list) = ("imagePullCredentialsVerificationPolicy", "preloadedImagesVerificationAllowlist");
    let policy = context.config.text(field);
    let patterns = context.config.texts(list);
    let gate = "KubeletEnsureSecretPulledImages";
    if context.gate_is_there(gate) && !context.has(gate) {
        let text = "must not be set if KubeletEnsureSecretPulledImages feature gate is not enabled";
        for (field, set) in [(field, !policy.is_empty()), (list, !patterns.is_empty())] {
            if set {
                invalid(faults, field, format!("`{field}` {text}"));
            }
        }
        return;
    }
    let known = ["NeverVerify", "NeverVerifyPreloadedImages", "NeverVerifyAllowlistedImages", "AlwaysVerify"];
    if !known.contains(&policy) {
        let [a, b, c, d] = known.map(quote);
        let text =
            format!("option {} specified for {field}. Valid options are {a}, {b}, {c} or {d}", quote(policy));
        invalid(faults, field, text);
    }
    if !patterns.is_empty() && policy != "NeverVerifyAllowlistedImages" {
        let text = format!(
            "can't set `{list}` if `imagePullCredentialsVertificationPolicy` is not \"NeverVerifyAllowlistedImages\""
        );
        invalid(faults, list, text);
    } else if let Some(why) = patterns.iter().find_map(|pattern| images::pattern_fault(pattern)) {
        invalid(faults, list, format!("invalid image pattern in `{list}`: {why}"));
    }
}

const ID_UNIT: i64 = 65536;
/// From here on cgroup v1 is not supported, before it was maintained.
const NO_CGROUP_V1_SINCE: u64 = 35;

/// `validateKubeletOSConfiguration` ends at the first fault.
pub(super) fn operating_system(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let v1 = context.host.cgroup_v1;
    if v1 == Some(true) && context.config.on("failCgroupV1") {
        let state = match context.minor.number() >= NO_CGROUP_V1_SINCE {
            true => "unsupported and will be removed in a future release",
            false => "in maintenance mode",
        };
        let text = format!(
            "kubelet is configured to not run on a host using cgroup v1. cgroup v1 support is {state}"
        );
        faults.push(Fault::new("failCgroupV1", text));
        return;
    }
    let kill = "singleProcessOOMKill";
    if v1 == Some(true) && context.config.is_set(kill) && !context.config.on(kill) {
        invalid(faults, kill, format!("{kill} must not be explicitly set to false when using cgroup v1"));
        return;
    }
    let field = "userNamespaces.idsPerPod";
    if !context.config.is_set(field) {
        return;
    }
    let ids = context.config.int(field);
    if ids < ID_UNIT {
        invalid(faults, field, format!("{field} must not be less than {ID_UNIT}"));
    } else if ids % ID_UNIT != 0 {
        invalid(faults, field, format!("{field} must be a multiple of {ID_UNIT}"));
    } else if ids > i64::from(u32::MAX) {
        invalid(faults, field, format!("{field} must not be more than {}", u32::MAX));
    }
}

pub(super) fn hidden_metrics(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "showHiddenMetricsForVersion";
    let wanted = context.config.text(field);
    let before = format!("1.{}", context.minor.number().saturating_sub(1));
    if wanted.is_empty() || wanted == before {
        return;
    }
    let text = match context.minor.number() >= HIDDEN_METRICS_NAMED_SINCE {
        true => format!(
            "invalid {field}: {field}: Invalid value: {}: must be omitted or have the value '{before}'; only the previous \
             minor version is allowed",
            quote(wanted)
        ),
        false => format!(
            "--show-hidden-metrics-for-version must be omitted or have the value '{before}'. Only the previous minor \
             version is allowed"
        ),
    };
    faults.push(Fault::new(field, text));
}

/// The first minor whose message names the field (`metrics/api/v1` of component-base).
const HIDDEN_METRICS_NAMED_SINCE: u64 = 36;

/// The greatest verbosity klog takes.
const MAX_VERBOSITY: i64 = 0x7fff_ffff;

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
        let zero = ["", "0"].contains(&config.text(&size));
        for (field, set) in [(&split, config.on(&split)), (&size, !zero)] {
            if set {
                add_to(faults, field, &format!("Forbidden: Feature {gate} is disabled"));
            }
        }
    }
}

/// Verbosity by file, which only the text format has.
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
        if pattern.contains(['=', ',']) {
            let text = "File pattern must not contain equal sign or comma";
            add_to(faults, &field, &format!("Invalid value: {}: {text}", quote(pattern)));
        }
        if level > MAX_VERBOSITY {
            add_to(faults, &field, &format!("Invalid value: {level}: Must be <= {MAX_VERBOSITY}"));
        }
    }
}

fn add_to(faults: &mut Vec<Fault>, field: &str, text: &str) {
    faults.push(Fault::new(field, format!("{field}: {text}")));
}

const MAX_RATE: i64 = 1_000_000;

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

pub(super) fn endpoint(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "containerRuntimeEndpoint";
    if context.config.text(field).is_empty() {
        invalid(faults, field, format!("the {field} was not specified or empty"));
    }
}

/// The first minor whose message names the right field.
const LOG_QUERY_NAMED_SINCE: u64 = 35;

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
