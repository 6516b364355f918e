//! Eviction thresholds (`pkg/kubelet/eviction/helpers.go`).
//!
//! The pipeline: a pair of the map (`memory.available: 100Mi`) -> is the signal known -> is the
//! value a share or a quantity -> a [`Fault`] with the field's path and the kubelet's own
//! sentence. Every pair is judged, since the kubelet walks a Go map and which fault it says first
//! is chance.

use super::{Start, one};
use crate::go::parse_duration;
use crate::kubelet::Fault;
use crate::kubelet::amount::{self, Sign};

/// The signals of `pkg/kubelet/eviction/api/types.go`. The kubelet accepts the `containerfs` ones
/// in a file although it then sets them from `nodefs` or `imagefs` itself.
const SIGNALS: [&str; 9] = [
    "memory.available",
    "allocatableMemory.available",
    "nodefs.available",
    "nodefs.inodesFree",
    "imagefs.available",
    "imagefs.inodesFree",
    "containerfs.available",
    "containerfs.inodesFree",
    "pid.available",
];

/// The hard thresholds, which node allocatable is worked out with.
///
/// Runs early, with the reserved resources, because `Allocatable = capacity - reserved - hard
/// eviction` is worked out before the kubelet proper is made. With
/// `--experimental-allocatable-ignore-eviction` the kubelet leaves the thresholds out of that sum
/// and so does not read them here; [`all`] reads them later in any case.
pub(super) fn hard(start: &Start<'_>) -> Vec<Fault> {
    let ignored = start.arguments.text("experimental-allocatable-ignore-eviction") == Some("true");
    if ignored { Vec::new() } else { thresholds(start, "evictionHard") }
}

/// `ParseThresholdConfig`, as the kubelet itself is made.
///
/// In the kubelet's order: the sync frequency (which `NewMainKubelet` refuses at zero or below),
/// the cloud provider, hard and soft thresholds, grace periods, minimum reclaims, and last whether
/// every soft threshold has a grace period. Only the first of these that fails is told: the
/// kubelet stops there.
pub(super) fn all(start: &Start<'_>) -> Vec<Fault> {
    let sync = start.config.nanos("syncFrequency");
    if sync <= 0 {
        return created("syncFrequency", format!("invalid sync frequency {sync}"));
    }
    let cloud = start.arguments.text("cloud-provider").unwrap_or_default();
    if !["", "external"].contains(&cloud) {
        return created(
            "",
            format!(
                "cloud provider {} was specified, but built-in cloud providers are disabled. Please set --cloud-provider=external and migrate to an external cloud provider",
                crate::go::quote(cloud)
            ),
        );
    }
    let checks: [fn(&Start<'_>) -> Vec<Fault>; 5] = [
        |start| thresholds(start, "evictionHard"),
        |start| thresholds(start, "evictionSoft"),
        grace_periods,
        minimum_reclaims,
        soft_without_grace,
    ];
    let failed = checks.iter().map(|check| check(start)).find(|faults| !faults.is_empty());
    let faults = failed.unwrap_or_default().into_iter();
    faults.map(|fault| Fault { text: format!("failed to create kubelet: {}", fault.text), ..fault }).collect()
}

/// What `RunKubelet` puts before each error of `NewMainKubelet`.
fn created(field: &str, text: String) -> Vec<Fault> {
    one(field, format!("failed to create kubelet: {text}"))
}

/// The fault of a signal that is not in [`SIGNALS`]. The comparison is exact: the kubelet's is
/// too, so that `memory.Available` is refused.
fn unsupported(signal: &str) -> Option<String> {
    (!SIGNALS.contains(&signal)).then(|| format!("unsupported eviction signal {signal}"))
}

/// Judges every pair of a map: the signal first, then the value by `judge`, which says what is
/// wrong with it or `None`. The fault's field is `FIELD.SIGNAL`.
fn each(start: &Start<'_>, field: &str, judge: fn(&str, &str) -> Option<String>) -> Vec<Fault> {
    let pairs = start.config.pairs(field).into_iter();
    let fault = |(signal, value)| {
        let why = unsupported(signal).or_else(|| judge(signal, value))?;
        Some(Fault::new(&format!("{field}.{signal}"), why))
    };
    pairs.filter_map(fault).collect()
}

/// Thresholds of `evictionHard` or `evictionSoft`: `10%`, or a quantity such as `100Mi`.
fn thresholds(start: &Start<'_>, field: &str) -> Vec<Fault> {
    each(start, field, |signal, value| {
        // `parseThresholdStatement` takes these two for "this signal is off" and reads no further.
        if ["0%", "100%"].contains(&value) {
            return None;
        }
        if value.ends_with('%') {
            let percent = match amount::percent(value) {
                Ok(percent) => percent,
                Err(why) => return Some(why),
            };
            // The kubelet names the bound that is broken, so that the sentence differs on either
            // side.
            let bound = if percent < 0.0 { ">= 0%" } else { "<= 100%" };
            let outside = !(0.0..=100.0).contains(&percent);
            return outside
                .then(|| format!("eviction percentage threshold {signal} must be {bound}: {value}"));
        }
        match amount::quantity(value) {
            Err(why) => Some(why),
            Ok((_, Sign::Positive)) => None,
            Ok((shown, _)) => Some(format!("eviction threshold {signal} must be positive: {shown}")),
        }
    })
}

/// Values of `evictionSoftGracePeriod`: Go durations (`1m30s`). Zero passes although the sentence
/// says "positive": so it does in `parseGracePeriods`.
fn grace_periods(start: &Start<'_>) -> Vec<Fault> {
    each(start, "evictionSoftGracePeriod", |_, value| match parse_duration(value) {
        Err(error) => Some(error.to_string()),
        Ok(nanos) => (nanos < 0)
            .then(|| format!("invalid eviction grace period specified: {value}, must be a positive value")),
    })
}

/// Values of `evictionMinimumReclaim`: a share of the capacity or a quantity. A share has to be
/// above zero, a quantity may be zero: `parseMinimumReclaims` draws the line in these two places.
fn minimum_reclaims(start: &Start<'_>) -> Vec<Fault> {
    each(start, "evictionMinimumReclaim", |signal, value| {
        if value.ends_with('%') {
            return match amount::percent(value) {
                Err(why) => Some(why),
                Ok(percent) => (percent <= 0.0).then(|| {
                    format!("eviction percentage minimum reclaim {signal} must be positive: {value}")
                }),
            };
        }
        match amount::quantity(value) {
            Err(why) => Some(why),
            Ok((_, Sign::Negative)) => {
                Some(format!("negative eviction minimum reclaim specified for {signal}"))
            }
            Ok(_) => None,
        }
    })
}

/// Soft thresholds without a grace period of the same signal. Those that are off (`0%`, `100%`)
/// need none, because they never become a threshold.
fn soft_without_grace(start: &Start<'_>) -> Vec<Fault> {
    let periods = start.config.pairs("evictionSoftGracePeriod");
    let soft = start.config.pairs("evictionSoft").into_iter();
    let real = soft.filter(|(_, value)| !["0%", "100%"].contains(value));
    let without = real.filter(|(signal, _)| !periods.iter().any(|(other, _)| other == signal));
    let fault = |(signal, _): (&str, _)| {
        let text = format!("grace period must be specified for the soft eviction threshold {signal}");
        Fault::new(&format!("evictionSoft.{signal}"), text)
    };
    without.map(fault).collect()
}
