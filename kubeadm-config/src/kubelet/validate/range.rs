//! Numbers and durations that have to lie between two others.
//!
//! `utilvalidation.IsInRange` and its like. Where the kubelet has a flag for a field its message
//! names both, `FIELD (--FLAG) VALUE WHAT`; [`Number`] makes that sentence. Durations are
//! nanoseconds.

use super::{Context, invalid};
use crate::go::quote;
use crate::kubelet::Fault;
use crate::kubelet::sysctl;
use crate::value::Duration;

/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// A number of a field with the flag that sets it too.
///
/// Both names stand in the message, since the value may have come by either way.
struct Number {
    field: &'static str,
    flag: &'static str,
}

impl Number {
    /// The field's path in the document and the flag without its dashes.
    const fn of(field: &'static str, flag: &'static str) -> Self {
        Self { field, flag }
    }

    /// Zero passes: for most such fields it means "no limit".
    fn not_negative(&self, context: &Context<'_>, faults: &mut Vec<Fault>) {
        let value = context.config.int(self.field);
        if value < 0 {
            self.fault(faults, value, "must not be a negative number");
        }
    }

    /// `least` and `most` are inside the range.
    fn within(&self, context: &Context<'_>, faults: &mut Vec<Fault>, least: i64, most: i64) {
        let value = context.config.int(self.field);
        if !(least..=most).contains(&value) {
            self.fault(faults, value, &format!("must be between {least} and {most}, inclusive"));
        }
    }

    /// The sentence: the value as it was read, then `what`.
    fn fault(&self, faults: &mut Vec<Fault>, value: i64, what: &str) {
        let (field, flag) = (self.field, self.flag);
        invalid(faults, field, format!("{field} (--{flag}) {value} {what}"));
    }
}

/// Disk usage in percent at which images are always collected ...
const HIGH: Number = Number::of("imageGCHighThresholdPercent", "image-gc-high-threshold");
/// ... and down to which.
const LOW: Number = Number::of("imageGCLowThresholdPercent", "image-gc-low-threshold");

/// The lease is how the node says that it lives (`kube-node-lease`); zero would expire at once.
pub(super) fn lease(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "nodeLeaseDurationSeconds";
    if context.config.int(field) <= 0 {
        invalid(faults, field, format!("{field} must be greater than 0"));
    }
}

/// How fast events are sent. Zero is no limit for the rate.
pub(super) fn events(context: &Context<'_>, faults: &mut Vec<Fault>) {
    Number::of("eventBurst", "event-burst").not_negative(context, faults);
    Number::of("eventRecordQPS", "event-qps").not_negative(context, faults);
}

/// `0` switches the endpoint off and is no port.
pub(super) fn healthz_port(context: &Context<'_>, faults: &mut Vec<Fault>) {
    if context.config.int("healthzPort") != 0 {
        Number::of("healthzPort", "healthz-port").within(context, faults, 1, 65535);
    }
}

/// Between 1 ms and 1 s, what `cpu.cfs_period_us` of the kernel takes. With the gate off only the
/// default of 100 ms passes. The braces are Go's `%v` of `metav1.Duration`, a struct of one field.
pub(super) fn cfs_period(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "cpuCFSQuotaPeriod";
    let period = context.config.nanos(field);
    let shown = Duration::from_nanos(period);
    let free = context.has("CustomCPUCFSQuotaPeriod") || !context.gate_is_there("CustomCPUCFSQuotaPeriod");
    if !free && period != SECOND / 10 {
        let text = "requires feature gate CustomCPUCFSQuotaPeriod";
        invalid(faults, field, format!("{field} (--cpu-cfs-quota-period) {{{shown}}} {text}"));
    }
    if free && !(SECOND / 1000..=SECOND).contains(&period) {
        let text = "must be between 1ms and 1sec, inclusive";
        invalid(faults, field, format!("{field} (--cpu-cfs-quota-period) {{{shown}}} {text}"));
    }
}

/// Names of sysctls that every pod gets: well formed, of a namespace of the kernel, and each once,
/// with `/` and `.` taken for the same separator.
pub(super) fn sysctls(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "defaultPodSysctls";
    let pairs = context.config.pairs(field);
    if pairs.is_empty() {
        return;
    }
    if !context.has("DefaultPodSysctls") {
        let text =
            "DefaultPodSysctls feature gate is required for Kubelet configuration option defaultPodSysctls";
        return invalid(faults, field, text.to_owned());
    }
    let mut seen: Vec<String> = Vec::new();
    for (name, _) in pairs {
        let shown = quote(name);
        if !sysctl::is_name(name) {
            invalid(faults, field, format!("{shown} is not a valid sysctl name for {field}"));
            continue;
        }
        if !sysctl::is_namespaced(name) {
            invalid(faults, field, format!("{shown} is not known to be namespaced for {field}"));
        }
        let plain = sysctl::normal(name);
        if seen.contains(&plain) {
            invalid(faults, field, format!("duplicate sysctl {} found in {field}", quote(&plain)));
        }
        seen.push(plain);
    }
}

/// How long an unused image stays at the least.
pub(super) fn image_minimum_age(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "imageMinimumGCAge";
    let age = context.config.nanos(field);
    if age < 0 {
        invalid(faults, field, format!("{field} {} must not be negative", Duration::from_nanos(age)));
    }
}

/// Both are percentages, and the lower is below the higher. All three are told, also where one
/// follows from another.
pub(super) fn image_gc(context: &Context<'_>, faults: &mut Vec<Fault>) {
    HIGH.within(context, faults, 0, 100);
    LOW.within(context, faults, 0, 100);
    let (low, high) = (context.config.int(LOW.field), context.config.int(HIGH.field));
    if low >= high {
        LOW.fault(faults, low, &format!("must be less than {} (--{}) {high}", HIGH.field, HIGH.flag));
    }
}

/// `0s` is "never", and only a real age needs the gate and is compared with the minimum.
pub(super) fn image_maximum_age(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "imageMaximumGCAge";
    let (most, least) = (context.config.nanos(field), context.config.nanos("imageMinimumGCAge"));
    let gate = "ImageMaximumGCAge";
    if most != 0 && context.gate_is_there(gate) && !context.has(gate) {
        let text = format!("{gate} feature gate is required for Kubelet configuration option {field}");
        invalid(faults, field, text);
    }
    let shown = Duration::from_nanos(most);
    if most < 0 {
        invalid(faults, field, format!("{field} {shown} must not be negative"));
    }
    if most > 0 && most <= least {
        let least = Duration::from_nanos(least);
        invalid(faults, field, format!("{field} {shown} must be greater than imageMinimumGCAge {least}"));
    }
}

/// A bit of the packet mark, which has 32. The kubelet keeps the check although both fields are
/// deprecated.
pub(super) fn iptables(context: &Context<'_>, faults: &mut Vec<Fault>) {
    Number::of("iptablesDropBit", "iptables-drop-bit").within(context, faults, 0, 31);
    Number::of("iptablesMasqueradeBit", "iptables-masquerade-bit").within(context, faults, 0, 31);
}

/// Limits of the client, of what a node reports and of the process. `nodeStatusMaxImages: -1` is
/// "all"; `oomScoreAdj` has the kernel's range (proc_pid_oom_score_adj(5)).
pub(super) fn counts(context: &Context<'_>, faults: &mut Vec<Fault>) {
    Number::of("kubeAPIBurst", "kube-api-burst").not_negative(context, faults);
    Number::of("kubeAPIQPS", "kube-api-qps").not_negative(context, faults);
    let images = Number::of("nodeStatusMaxImages", "node-status-max-images");
    let value = context.config.int(images.field);
    if value < -1 {
        images.fault(faults, value, "must be -1 or greater");
    }
    Number::of("maxOpenFiles", "max-open-files").not_negative(context, faults);
    Number::of("maxPods", "max-pods").not_negative(context, faults);
    Number::of("oomScoreAdj", "oom-score-adj").within(context, faults, -1000, 1000);
    Number::of("podsPerCore", "pods-per-core").not_negative(context, faults);
}

/// The read-only port may be 0, which is off and the default since it serves without any
/// authentication.
pub(super) fn ports(context: &Context<'_>, faults: &mut Vec<Fault>) {
    Number::of("port", "port").within(context, faults, 1, 65535);
    Number::of("readOnlyPort", "read-only-port").within(context, faults, 0, 65535);
}

/// How fast images are pulled; zero is no limit for the rate.
pub(super) fn registry(context: &Context<'_>, faults: &mut Vec<Fault>) {
    Number::of("registryBurst", "registry-burst").not_negative(context, faults);
    Number::of("registryPullQPS", "registry-qps").not_negative(context, faults);
}

/// More than one pull at a time needs `serializeImagePulls: false`, whose default is `true`: a
/// file with the number alone is refused, a trap that is easily met.
pub(super) fn pulls(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "maxParallelImagePulls";
    if !context.config.is_set(field) {
        return;
    }
    let pulls = context.config.int(field);
    if pulls < 1 {
        invalid(faults, field, format!("{field} {pulls} must be a positive number"));
    }
    if pulls > 1 && context.config.on("serializeImagePulls") {
        let text =
            "cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) is set to false";
        invalid(faults, field, format!("{field} {text}"));
    }
}
