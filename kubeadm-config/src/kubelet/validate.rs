//! `ValidateKubeletConfiguration` (`pkg/kubelet/apis/config/validation`) as data: one row a rule,
//! with the minors that have it.

mod manager;
mod node;
mod range;
mod telemetry;

pub(crate) use self::telemetry::hidden_metrics_refusal;

use super::Fault;
use super::config::Config;
use super::gates::Gates;
use super::host::KubeletHost;
use crate::version::Minor;

/// What a rule looks at.
pub(super) struct Context<'a> {
    pub(super) config: &'a Config,
    pub(super) gates: &'a Gates,
    pub(super) host: &'a KubeletHost,
    pub(super) minor: Minor,
}

impl Context<'_> {
    /// Whether a gate is on. A gate that the minor does not know is off here: ask
    /// [`Context::gate_is_there`] first where that makes a difference.
    pub(super) fn has(&self, gate: &str) -> bool {
        self.gates.enabled(gate)
    }

    /// Whether a rule of a gate is in this minor still: once the gate is gone the feature is always
    /// on.
    pub(super) fn gate_is_there(&self, gate: &str) -> bool {
        self.gates.knows(gate)
    }
}

/// Looks at what it needs and adds what is wrong.
type Check = fn(&Context<'_>, &mut Vec<Fault>);

/// A rule, its first and its last minor.
struct Rule(Check, u8, u8);

/// A rule that no minor has dropped.
const LAST: u8 = u8::MAX;

/// In the order of the source, which is the order of the message.
///
/// `since` is the minor whose source has the rule first. Rules that only changed their words have
/// one row and look at the minor themselves.
const RULES: &[Rule] = &[
    Rule(range::lease, 0, LAST),
    Rule(node::system_cgroups, 0, LAST),
    Rule(range::events, 0, LAST),
    Rule(range::healthz_port, 0, LAST),
    Rule(range::cfs_period, 0, LAST),
    Rule(range::sysctls, 37, LAST),
    Rule(range::image_minimum_age, 36, LAST),
    Rule(range::image_gc, 0, LAST),
    Rule(range::image_maximum_age, 29, LAST),
    Rule(range::iptables, 0, LAST),
    Rule(range::counts, 0, LAST),
    Rule(range::ports, 0, LAST),
    Rule(range::registry, 0, LAST),
    Rule(range::pulls, 27, LAST),
    Rule(node::server_certificate, 0, LAST),
    Rule(node::run_once, 0, LAST),
    Rule(node::taints, 23, LAST),
    Rule(manager::topology, 0, LAST),
    Rule(node::shutdown, 21, LAST),
    Rule(node::swap, 22, LAST),
    Rule(node::crash_loop, 32, LAST),
    Rule(manager::enforcement, 0, LAST),
    Rule(node::hairpin, 0, LAST),
    Rule(node::pull_credentials, 33, LAST),
    Rule(manager::reserved_cpus, 0, LAST),
    Rule(manager::reserved_memory, 21, LAST),
    Rule(node::operating_system, 31, LAST),
    Rule(telemetry::hidden_metrics, 0, LAST),
    Rule(telemetry::logging, 23, LAST),
    Rule(telemetry::tracing, 25, LAST),
    Rule(manager::memory_throttling, 22, LAST),
    Rule(manager::memory_reservation, 36, LAST),
    Rule(telemetry::endpoint, 27, LAST),
    Rule(telemetry::log_query, 27, LAST),
    Rule(telemetry::container_logs, 0, LAST),
    Rule(telemetry::pod_logs, 30, LAST),
];

/// Everything that is wrong with the values, in the kubelet's order and words.
///
/// All faults and not the first: `ValidateKubeletConfiguration` collects them in an aggregate, and
/// prints them as one list.
pub(super) fn validate(context: &Context<'_>) -> Vec<Fault> {
    let minor = u8::try_from(context.minor.number()).unwrap_or(LAST);
    let mut faults = Vec::new();
    for Rule(check, ..) in RULES.iter().filter(|Rule(_, since, until)| (*since..=*until).contains(&minor)) {
        check(context, &mut faults);
    }
    faults
}

/// What `logs.ValidateAndApply` says first, before the rest is validated: only the logging part.
pub(super) fn validate_logging(context: &Context<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    telemetry::logging(context, &mut faults);
    faults
}

/// Adds a fault with `invalid configuration: `, which nearly every sentence of `validation.go`
/// starts with.
fn invalid(faults: &mut Vec<Fault>, field: &str, text: String) {
    faults.push(Fault::new(field, format!("invalid configuration: {text}")));
}
