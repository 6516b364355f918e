//! What is kept back for the system, and the managers of processors, memory and topology.
//!
//! Each rule is a row of `RULES`; its words are those of
//! `pkg/kubelet/apis/config/validation/validation.go` (`validation_reserved_memory.go` for the
//! memory), with the flag in brackets behind the field as they stand there.

use std::collections::BTreeSet;

use super::{Context, invalid};
use crate::go::quote;
use crate::kubelet::{Fault, cpuset};

/// Policy and scope, both exact words. They are judged whether the manager's gate is on or not.
pub(super) fn topology(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let policies = ["none", "best-effort", "restricted", "single-numa-node"];
    let field = "topologyManagerPolicy";
    let policy = context.config.text(field);
    if !policies.contains(&policy) {
        let known = policies.map(quote).join(" ");
        let policy = quote(policy);
        invalid(
            faults,
            field,
            format!("{field} (--topology-manager-policy) {policy} must be one of: [{known}]"),
        );
    }
    let field = "topologyManagerScope";
    let scope = context.config.text(field);
    if !["container", "pod"].contains(&scope) {
        let scope = quote(scope);
        let text =
            format!("{field} (--topology-manager-scope) {scope} must be one of: \"container\", or \"pod\"");
        invalid(faults, field, text);
    }
}

/// The field as a path ...
const FIELD: &str = "enforceNodeAllocatable";
/// ... and as messages write it.
const FLAG: &str = "enforceNodeAllocatable (--enforce-node-allocatable)";

/// The first minor that knows the enforcements `-compressible`.
const COMPRESSIBLE_SINCE: u64 = 32;

/// `enforceNodeAllocatable`: a list of words, none twice, each with what it needs. First the pairs
/// that exclude each other, then word by word in the order of the file: so the kubelet's message
/// runs.
pub(super) fn enforcement(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let wanted = context.config.texts(FIELD);
    let compressible = context.minor.number() >= COMPRESSIBLE_SINCE;
    for who in ["system-reserved", "kube-reserved"] {
        let other = format!("{who}-compressible");
        if compressible && wanted.contains(&who) && wanted.contains(&other.as_str()) {
            let text =
                format!("both {} and {} cannot be specified together in {FLAG}", quote(who), quote(&other));
            invalid(faults, FIELD, text);
        }
    }
    let mut seen = BTreeSet::new();
    for &one in &wanted {
        if seen.insert(one) {
            each(context, faults, one, wanted.len(), compressible);
        } else {
            invalid(faults, FIELD, format!("duplicated enforcements {} in {FLAG}", quote(one)));
        }
    }
}

/// One word: `pods` needs nothing but `cgroupsPerQOS`, the reserved ones need their cgroup too,
/// `none` stands alone. `count` is the length of the whole list.
fn each(context: &Context<'_>, faults: &mut Vec<Fault>, one: &str, count: usize, compressible: bool) {
    // `system-reserved-compressible` needs the same group as `system-reserved`: only compressible
    // resources are limited in it, so that memory is left alone.
    let plain = if compressible { one.trim_end_matches("-compressible") } else { one };
    match plain {
        "pods" => {}
        "system-reserved" => group(context, faults, "system", compressible),
        "kube-reserved" => group(context, faults, "kube", compressible),
        "none" if one == "none" => {
            if count > 1 {
                let text =
                    format!("{FLAG} may not contain additional enforcements when \"none\" is specified");
                invalid(faults, FIELD, text);
            }
            return;
        }
        _ => {
            let known = match compressible {
                true => {
                    "\"pods\", \"system-reserved\", \"system-reserved-compressible\", \"kube-reserved\", \
                     \"kube-reserved-compressible\" or \"none\""
                }
                false => "\"pods\", \"system-reserved\", \"kube-reserved\", or \"none\"",
            };
            let text = format!("option {} specified for {FLAG}. Valid options are {known}", quote(one));
            invalid(faults, FIELD, text);
            return;
        }
    }
    if !context.config.on("cgroupsPerQOS") {
        let one = quote(one);
        let text =
            format!("cgroupsPerQOS (--cgroups-per-qos) must be set to true when {one} contained in {FLAG}");
        invalid(faults, "cgroupsPerQOS", text);
    }
}

/// The cgroup that a reservation is enforced on (`systemReservedCgroup`, `kubeReservedCgroup`) has
/// to be named. `who` is `system` or `kube`.
fn group(context: &Context<'_>, faults: &mut Vec<Fault>, who: &str, compressible: bool) {
    let field = format!("{who}ReservedCgroup");
    if context.config.text(&field).is_empty() {
        let what = match compressible {
            true => format!("\"{who}-reserved\" or \"{who}-reserved-compressible\" included"),
            false => format!("\"{who}-reserved\" contained"),
        };
        let text = format!("{field} (--{who}-reserved-cgroup) must be specified when {what} in {FLAG}");
        invalid(faults, &field, text);
    }
}

/// A list of processors (`0-3,8`), and no cgroup to enforce the reservation on.
pub(super) fn reserved_cpus(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "reservedSystemCPUs";
    let text = context.config.text(field);
    if text.is_empty() {
        return;
    }
    let taken = ["systemReservedCgroup", "kubeReservedCgroup"];
    if taken.iter().any(|field| !context.config.text(field).is_empty()) {
        let text = "can't use reservedSystemCPUs (--reserved-cpus) with systemReservedCgroup \
                    (--system-reserved-cgroup) or kubeReservedCgroup (--kube-reserved-cgroup)";
        invalid(faults, field, text.to_owned());
    }
    if let Err(error) = cpuset::parse(text) {
        invalid(faults, field, format!("unable to parse {field} (--reserved-cpus) {text}, error: {error}"));
    }
}

/// Entries of `reservedMemory`: memory or huge pages, not zero, each kind once a NUMA node.
/// Whether the sums fit node allocatable is asked later, when the manager is made
/// (`run::managers`).
pub(super) fn reserved_memory(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "reservedMemory";
    let mut seen = BTreeSet::new();
    for item in context.config.list(field) {
        let node = item.get("numaNode").and_then(serde_json::Value::as_i64).unwrap_or_default();
        let limits = item.get("limits").and_then(serde_json::Value::as_object);
        for (name, amount) in limits.into_iter().flatten() {
            let shown = quote(name);
            if name != "memory" && !name.starts_with("hugepages-") {
                let text = "only [memory hugepages-<HugePageSize>] is accepted";
                let text = format!("the limit type {shown} for NUMA node {node} is not supported, {text}");
                invalid(faults, field, text);
            }
            // The decoder has made every quantity a text in its canonical form, in which zero is
            // `0`.
            if amount.as_str().is_none_or(|amount| amount == "0") {
                let text =
                    format!("reserved memory may not be zero for NUMA node {node} and resource {shown}");
                invalid(faults, field, text);
            }
            if !seen.insert((node, name)) {
                let text = "the reserved memory has a duplicate value for NUMA node";
                invalid(faults, field, format!("{text} {node} and resource {shown}"));
            }
        }
    }
}

/// The first minor without a default, where the field needs the gate.
const THROTTLING_GATED_SINCE: u64 = 36;
/// The former default, which passes so that old files do.
const FORMER_THROTTLING: f64 = 0.9;

/// `memoryThrottlingFactor`, greater than 0 and at most 1. Up to 1.35 it is required with the gate
/// `MemoryQoS`, from 1.36 on it is refused without the gate.
pub(super) fn memory_throttling(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "memoryThrottlingFactor";
    let factor = context.config.float(field);
    let gated = context.minor.number() >= THROTTLING_GATED_SINCE;
    let former = |factor: f64| (factor - FORMER_THROTTLING).abs() < f64::EPSILON;
    if gated && !context.has("MemoryQoS") && factor.is_some_and(|factor| !former(factor)) {
        invalid(faults, field, format!("{field} must not be set when MemoryQoS feature gate is disabled"));
    }
    if !gated && context.has("MemoryQoS") && factor.is_none() {
        invalid(faults, field, format!("{field} is required when MemoryQoS feature flag is enabled"));
    }
    if let Some(factor) = factor.filter(|factor| *factor <= 0.0 || *factor > 1.0) {
        invalid(
            faults,
            field,
            format!("{field} {factor} must be greater than 0 and less than or equal to 1.0"),
        );
    }
}

/// `memoryReservationPolicy`, of 1.36 and newer. Without the gate the tiered policy gives a
/// sentence about the gate only: the word itself is right.
pub(super) fn memory_reservation(context: &Context<'_>, faults: &mut Vec<Fault>) {
    let field = "memoryReservationPolicy";
    let policy = context.config.text(field);
    let shown = quote(policy);
    if policy == "TieredReservation" && !context.has("MemoryQoS") {
        invalid(faults, field, format!("{field} {shown} requires MemoryQoS feature gate to be enabled"));
    }
    if !["None", "TieredReservation"].contains(&policy) {
        let known = "Valid options are \"None\" or \"TieredReservation\"";
        invalid(faults, field, format!("option {shown} specified for {field}. {known}"));
    }
}
