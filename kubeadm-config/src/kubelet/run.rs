//! What validation lets through and the kubelet ends at later: `UnsecuredDependencies` and `run` of
//! `cmd/kubelet/app/server.go` and what they make, in their order.

mod eviction;
mod managers;
mod runtime;

pub(crate) use self::runtime::{TLS_VERSIONS, known_cipher};

use super::config::Config;
use super::flags::Arguments;
use super::gates::Gates;
use super::host::{KubeletFile, KubeletHost};
use super::{Fault, Stage};
use crate::version::Minor;

/// What the steps look at.
pub(super) struct Start<'a> {
    pub(super) config: &'a Config,
    pub(super) gates: &'a Gates,
    pub(super) host: &'a KubeletHost,
    pub(super) minor: Minor,
    pub(super) arguments: &'a Arguments,
    pub(super) files: &'a dyn Fn(&str) -> KubeletFile,
}

/// One step of the start: nothing, or every way in which it can fail (a map is walked in any
/// order).
type Step = fn(&Start<'_>) -> Vec<Fault>;

const DEPENDENCIES: &[Step] = &[runtime::tls];

const RUN: &[Step] = &[
    runtime::client,
    runtime::authority_file,
    runtime::authentication,
    runtime::authorization,
    runtime::endpoints,
    managers::reserved_cpus,
    managers::reserved_resources,
    eviction::hard,
    managers::quality_of_service,
    managers::topology_options_gate,
    managers::limited_swap,
    managers::swap,
    managers::cgroup_root,
    managers::topology,
    managers::cpu,
    managers::memory,
    eviction::all,
    runtime::create,
];

/// The first step that fails, with its stage.
pub(super) fn first_failure(start: &Start<'_>) -> Option<(Stage, Vec<Fault>)> {
    let failing = |stage: Stage, steps: &'static [Step]| {
        let failed = steps.iter().map(|step| step(start)).find(|faults| !faults.is_empty());
        failed.map(|faults| (stage, faults))
    };
    failing(Stage::Dependencies, DEPENDENCIES).or_else(|| failing(Stage::Run, RUN))
}

fn one(field: &str, text: impl Into<String>) -> Vec<Fault> {
    vec![Fault::new(field, text.into())]
}
