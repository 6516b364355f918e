//! What the node itself is: cgroups, taints, shutdown, swap, images.
//!
//! Rules of `pkg/kubelet/apis/config/validation/validation.go` and `validation_others.go`,
//! `validation_linux.go` beside it: what they say depends on the minor and, for cgroup v1 alone,
//! on the host.

use serde_json::Value;

use super::{Context, invalid};
use crate::go::quote;
use crate::kubelet::{Fault, images, labels};
use crate::value::Duration;

/// `systemCgroups` moves processes out of the root cgroup and so needs to be told which that is.
pub(super) fn system_cgroups(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "systemCgroups";
    if !context.config.text(field).is_empty() && context.config.text("cgroupRoot").is_empty() {
        let text =
            "systemCgroups (--system-cgroups) was specified and cgroupRoot (--cgroup-root) was not specified";
        invalid(faults, field, text.to_owned());
    }
}

/// The gate is on by default, so that only a file which switches it off and asks for it too is
/// refused.
pub(super) fn server_certificate(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let (field, gate) = ("serverTLSBootstrap", "RotateKubeletServerCertificate");
    if context.config.on(field) && context.gate_is_there(gate) && !context.has(gate) {
        invalid(faults, field, format!("{field} true requires feature gate {gate}"));
    }
}

/// `runOnce` is refused from this minor on.
///
/// Before it the field is taken and a warning is logged.
const RUN_ONCE_REFUSED_SINCE: u64 = 31;

/// One of the few fields that were valid once and are refused now without being unknown.
pub(super) fn run_once(context: &Context<'_>, faults: &mut Vec<Fault>) {
    if context.config.on("runOnce") && context.minor.number() >= RUN_ONCE_REFUSED_SINCE {
        let text = "runOnce (--runOnce) true, Runonce mode has been deprecated and should not be set";
        invalid(faults, "runOnce", text.to_owned());
    }
}

/// The taint is printed as Go's `%v` of the struct (`{key value effect <nil>}`), because that is
/// what stands in the kubelet's message. `timeAdded` is the API server's to set.
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

/// Nanoseconds of a second; durations of a configuration are nanoseconds as in Go.
pub(super) const SECOND: i64 = 1_000_000_000;

/// Both grace periods, or a list by priority, never both. Each needs its gate; critical pods'
/// share lies within the whole.
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

/// The first minor that has the field.
const BY_PRIORITY_SINCE: u64 = 23;

/// The words that `memorySwap.swapBehavior` may be. While the gate is off any word is refused,
/// also a right one.
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
///
/// Kubernetes 1.30 made "no swap for pods" the default and gave it this name (KEP-2400).
const NO_SWAP_SINCE: u64 = 30;

/// `crashLoopBackOff.maxContainerRestartPeriod`, between 1 s and 300 s, where the gate is on;
/// without the gate it must not be there.
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
///
/// A float, because the message prints fractions of a second: `0.5 seconds`.
#[expect(clippy::cast_precision_loss, reason = "it is a double in Go too")]
fn seconds(nanos: i64) -> f64 {
    (nanos / SECOND) as f64 + (nanos % SECOND) as f64 / 1e9
}

/// How a pod reaches itself through its service: one of three exact words.
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

/// The policy for images that another pod's secret pulled (KEP-2535), and the list of images that
/// it leaves out. The misspelt `Vertification` stands so in the kubelet's sentence.
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

/// A pod's user ids come in blocks of 16 bits.
const ID_UNIT: i64 = 65536;
/// From here on cgroup v1 is not supported, before it was maintained.
const NO_CGROUP_V1_SINCE: u64 = 35;

/// `validateKubeletOSConfiguration` ends at the first fault.
///
/// Only Linux: cgroup v1 against `failCgroupV1`, then the way an OOM kill works on v1, then the
/// size of a block of user ids. Without a word about the host the two on cgroups pass.
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
