//! What is kept back for the system, and the managers of processors, memory and topology.

use std::collections::BTreeSet;

use super::{Context, invalid};
use crate::go::quote;
use crate::kubelet::{Fault, cpuset};

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

const FIELD: &str = "enforceNodeAllocatable";
const FLAG: &str = "enforceNodeAllocatable (--enforce-node-allocatable)";

/// The first minor that knows the enforcements `-compressible`.
const COMPRESSIBLE_SINCE: u64 = 32;

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

fn each(context: &Context<'_>, faults: &mut Vec<Fault>, one: &str, count: usize, compressible: bool) {
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
