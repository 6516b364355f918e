//! Reserved resources and the managers of the container manager (`pkg/kubelet/cm`).
//!
//! The order of the functions is that of `RUN` in the module above, not that of this file. Each is
//! pure: the configuration and what was said of the host come in, faults in the kubelet's words go
//! out. What the caller did not say of the host (number of processors, swap, cgroups) is no reason
//! for a fault: that step passes.

use std::collections::BTreeMap;

use super::{Start, one};
use crate::go::quote;
use crate::kubelet::Fault;
use crate::kubelet::amount::{self, Sign};
use crate::kubelet::cpuset;
use crate::kubelet::numbers::parse_bool;

/// `reservedSystemCPUs` names only processors that are online. The kubelet compares with the
/// processors of cAdvisor's topology; here the processors are taken to be `0-N` from the number
/// the caller knows, so a host with processors switched off in the middle is not seen as such. A
/// text that is no list of processors has been refused by validation already.
pub(super) fn reserved_cpus(start: &Start<'_>) -> Vec<Fault> {
    let text = start.config.text("reservedSystemCPUs");
    let (Ok(wanted), Some(online)) = (cpuset::parse(text), start.host.processors) else { return Vec::new() };
    let last = i64::from(online) - 1;
    if wanted.iter().all(|processor| (0..=last).contains(processor)) {
        return Vec::new();
    }
    let online = if last == 0 { "0".to_owned() } else { format!("0-{last}") };
    one("reservedSystemCPUs", format!("reserved-cpus: {text} is not a subset of online-cpus: {online}"))
}

/// What is kept back, after `reservedSystemCPUs` has replaced the processors.
fn reserved<'a>(start: &'a Start<'_>, field: &str) -> Vec<(&'a str, String)> {
    let cpus = cpuset::parse(start.config.text("reservedSystemCPUs")).unwrap_or_default().len();
    let pairs = start.config.pairs(field).into_iter();
    let mut kept: Vec<(&str, String)> = pairs
        .filter(|(name, _)| cpus == 0 || *name != "cpu")
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    if cpus > 0 && field == "systemReserved" {
        kept.push(("cpu", cpus.to_string()));
    }
    kept
}

/// `parseResourceList`: names of four resources, quantities that are not negative. `kubeReserved`
/// is read first and a fault in it hides those of `systemReserved`, because the kubelet ends
/// between the two. Messages name the flag although the value came out of the file: so do the
/// kubelet's.
pub(super) fn reserved_resources(start: &Start<'_>) -> Vec<Fault> {
    for (field, flag) in [("kubeReserved", "kube-reserved"), ("systemReserved", "system-reserved")] {
        let mut faults = Vec::new();
        for (name, value) in reserved(start, field) {
            let (shown, given) = (quote(name), quote(&value));
            let why = if !["cpu", "memory", "ephemeral-storage", "pid"].contains(&name) {
                format!("cannot reserve {shown} resource")
            } else {
                match amount::quantity(&value) {
                    Err(why) => format!("failed to parse quantity {given} for {shown} resource: {why}"),
                    Ok((_, Sign::Negative)) => {
                        format!("resource quantity for {shown} cannot be negative: {value}")
                    }
                    Ok(_) => continue,
                }
            };
            let text = format!("--{flag} value failed to parse: {why}");
            faults.push(Fault::new(&format!("{field}.{name}"), text));
        }
        if !faults.is_empty() {
            return faults;
        }
    }
    Vec::new()
}

/// `qosReserved`, of which only `memory` exists; its value is a share between `0%` and `100%`,
/// whole numbers only (`ParseQOSReserved` of `pkg/kubelet/cm/container_manager.go`).
pub(super) fn quality_of_service(start: &Start<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (name, value) in start.config.pairs("qosReserved") {
        let shown = quote(name);
        let why = match share(value) {
            _ if name != "memory" => format!("cannot reserve {shown} resource"),
            Ok(()) => continue,
            Err(why) => format!("failed to parse percentage {} for {shown} resource: {why}", quote(value)),
        };
        let text = format!("--qos-reserved value failed to parse: {why}");
        faults.push(Fault::new(&format!("qosReserved.{name}"), text));
    }
    faults
}

fn share(text: &str) -> Result<(), String> {
    if !text.ends_with('%') {
        return Err(format!("percentage expected, got '{text}'"));
    }
    let number = crate::go::atoi(text.trim_end_matches('%'));
    let number = number.map_err(|_| format!("invalid number in percentage '{text}'"))?;
    let within = (0..=100).contains(&number);
    if within { Ok(()) } else { Err("percentage must be between 0 and 100".to_owned()) }
}

/// Go's `%v` of a map from text to text.
fn go_map(pairs: &[(&str, &str)]) -> String {
    let sorted: BTreeMap<_, _> = pairs.iter().copied().collect();
    let items: Vec<String> = sorted.iter().map(|(key, value)| format!("{key}:{value}")).collect();
    format!("map[{}]", items.join(" "))
}

const TOPOLOGY_OPTIONS: &str = "topologyManagerPolicyOptions";

/// Options of the topology manager while their gate is off. In minors that do not know the gate
/// any more the options are always there, so nothing is refused.
pub(super) fn topology_options_gate(start: &Start<'_>) -> Vec<Fault> {
    let gate = "TopologyManagerPolicyOptions";
    if !start.config.is_set(TOPOLOGY_OPTIONS) || start.gates.enabled(gate) || !start.gates.knows(gate) {
        return Vec::new();
    }
    let options = go_map(&start.config.pairs(TOPOLOGY_OPTIONS));
    let text =
        format!("topology manager policy options {options} require feature gates {} enabled", quote(gate));
    one(TOPOLOGY_OPTIONS, text)
}

/// `LimitedSwap` on a host with cgroup v1, whose `memory.swap.max` the kubelet would need. In
/// minors without the gate `NodeSwap` swap is always supported.
pub(super) fn limited_swap(start: &Start<'_>) -> Vec<Fault> {
    let field = "memorySwap.swapBehavior";
    let on = start.gates.enabled("NodeSwap") || !start.gates.knows("NodeSwap");
    let limited = start.config.text(field) == "LimitedSwap";
    if on && limited && start.host.cgroup_v1 == Some(true) {
        let text = "swap feature is enabled and LimitedSwap but it is only supported with cgroupv2";
        return one(field, text);
    }
    Vec::new()
}

/// Swap is on and `failSwapOn` (true where nothing is said) forbids it. The words are those of
/// `NewContainerManager` in `pkg/kubelet/cm/container_manager_linux.go`.
pub(super) fn swap(start: &Start<'_>) -> Vec<Fault> {
    if start.host.swap == Some(true) && start.config.on("failSwapOn") {
        let text =
            "running with swap on is not supported, please disable swap or set --fail-swap-on flag to false";
        return one("failSwapOn", text);
    }
    Vec::new()
}

/// Where cgroup v1 keeps what the kubelet looks for.
///
/// Each is a mount of its own below `/sys/fs/cgroup`, which is why one missing group of v1 is told
/// as six paths.
const CONTROLLERS: [&str; 6] = ["systemd", "cpuset", "memory", "pids", "cpu", "cpuacct"];

/// `cgroupManager.Validate`: the root has to be there. The driver is the runtime's, systemd's names
/// are given.
pub(super) fn cgroup_root(start: &Start<'_>) -> Vec<Fault> {
    let field = "cgroupRoot";
    let root = start.config.text(field);
    let Some(there) = start.host.cgroups.as_ref().filter(|_| start.config.on("cgroupsPerQOS")) else {
        return Vec::new();
    };
    let parts: Vec<&str> = root.split('/').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() || there.iter().any(|group| group.trim_matches('/') == parts.join("/")) {
        return Vec::new();
    }
    // systemd nests slices by their dashes: `a-b.slice` lies in `a.slice` (systemd.slice(5)).
    let mut below = String::new();
    for end in 1..=parts.len() {
        below.push_str(&format!("/{}.slice", parts[..end].join("-")));
    }
    let path = |controller: &str| format!("/sys/fs/cgroup/{controller}{below}");
    let name = parts.iter().map(|part| quote(part)).collect::<Vec<_>>().join(" ");
    let text = match start.host.cgroup_v1 {
        Some(true) => {
            let missing = CONTROLLERS.map(path).join(", ");
            format!("cgroup [{name}] has some missing paths: {missing}")
        }
        _ => format!("cgroup [{name}] has some missing controllers: path /sys/fs/cgroup{below} is not there"),
    };
    one(field, format!("invalid configuration: {text}"))
}

/// An option of a policy: its name, its stage in a minor, and how its value is read.
struct PolicyOption(&'static str, fn(u64) -> OptionStage, fn(&str, &str) -> Option<String>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum OptionStage {
    None,
    Alpha,
    Beta,
    Stable,
}

/// By the minors in which it became alpha, beta and stable.
const fn stage(minor: u64, alpha: u64, beta: u64, stable: u64) -> OptionStage {
    match minor {
        minor if minor >= stable => OptionStage::Stable,
        minor if minor >= beta => OptionStage::Beta,
        minor if minor >= alpha => OptionStage::Alpha,
        _ => OptionStage::None,
    }
}

const NEVER: u64 = u64::MAX;

/// `pkg/kubelet/cm/cpumanager/policy_options.go`.
const CPU_OPTIONS: [PolicyOption; 6] = [
    PolicyOption("full-pcpus-only", |minor| stage(minor, 22, 23, 33), truth),
    PolicyOption("distribute-cpus-across-numa", |minor| stage(minor, 23, 33, NEVER), truth),
    PolicyOption("align-by-socket", |minor| stage(minor, 25, NEVER, NEVER), truth),
    PolicyOption("distribute-cpus-across-cores", |minor| stage(minor, 31, NEVER, NEVER), truth),
    PolicyOption("strict-cpu-reservation", |minor| stage(minor, 32, 33, 35), truth),
    PolicyOption("prefer-align-cpus-by-uncorecache", |minor| stage(minor, 32, 34, 36), truth),
];

/// `pkg/kubelet/cm/topologymanager/policy_options.go`.
const NUMA_OPTIONS: [PolicyOption; 2] = [
    PolicyOption("prefer-closest-numa-nodes", |minor| stage(minor, 26, 28, 32), truth),
    PolicyOption("max-allowable-numa-nodes", |minor| stage(minor, 31, 31, 35), nodes),
];

fn truth(name: &str, value: &str) -> Option<String> {
    parse_bool(value).err().map(|why| format!("bad value for option {}: {why}", quote(name)))
}

const LEAST_NODES: i64 = 8;

fn nodes(name: &str, value: &str) -> Option<String> {
    let name = quote(name);
    match crate::go::atoi(value) {
        Err(why) => Some(format!("unable to convert policy option to integer {name}: {why}")),
        Ok(number) => (number < LEAST_NODES)
            .then(|| format!("the minimum value of {name} should not be less than {LEAST_NODES}")),
    }
}

/// A manager with options: its field, what it knows, the gates of the stages, and how it says that
/// a stage is off.
struct Options {
    field: &'static str,
    manager: &'static str,
    known: &'static [PolicyOption],
    gates: [&'static str; 2],
    stage_is_off: fn(&str, &str) -> String,
}

const OF_TOPOLOGY: Options = Options {
    field: TOPOLOGY_OPTIONS,
    manager: "Topology Manager",
    known: &NUMA_OPTIONS,
    gates: ["TopologyManagerPolicyAlphaOptions", "TopologyManagerPolicyBetaOptions"],
    stage_is_off: |stage, option| {
        let stage = stage.to_lowercase();
        format!("topology manager policy {stage}-level options not enabled, but option {option} provided")
    },
};

const OF_PROCESSORS: Options = Options {
    field: "cpuManagerPolicyOptions",
    manager: "CPU Manager",
    known: &CPU_OPTIONS,
    gates: ["CPUManagerPolicyAlphaOptions", "CPUManagerPolicyBetaOptions"],
    stage_is_off: |stage, option| {
        format!("CPU Manager Policy {stage}-level Options not enabled, but option {option} provided")
    },
};

impl Options {
    fn faults(&self, start: &Start<'_>) -> Vec<Fault> {
        let pairs = start.config.pairs(self.field).into_iter();
        let fault = |(name, value)| {
            let why = self.fault(start, name, value)?;
            Some(Fault::new(&format!("{}.{name}", self.field), why))
        };
        pairs.filter_map(fault).collect()
    }

    fn fault(&self, start: &Start<'_>, name: &str, value: &str) -> Option<String> {
        let shown = quote(name);
        // A gate that a minor does not know any more is on for good: its stage passes.
        let off = |gate| !start.gates.enabled(gate) && start.gates.knows(gate);
        let option = self.known.iter().find(|option| option.0 == name);
        match option.map_or(OptionStage::None, |option| option.1(start.minor.number())) {
            OptionStage::None => Some(format!("unknown {} Policy option: {shown}", self.manager)),
            OptionStage::Alpha if off(self.gates[0]) => Some((self.stage_is_off)("Alpha", &shown)),
            OptionStage::Beta if off(self.gates[1]) => Some((self.stage_is_off)("Beta", &shown)),
            _ => option.and_then(|option| option.2(name, value)),
        }
    }
}

/// With policy `none` the manager is not made with options at all, so that none of them is read.
pub(super) fn topology(start: &Start<'_>) -> Vec<Fault> {
    if start.config.text("topologyManagerPolicy") == "none" {
        return Vec::new();
    }
    OF_TOPOLOGY.faults(start)
}

/// `cpumanager.NewManager`: the policy `none` takes no option, `static` needs processors that are
/// reserved for the system and reads the options, and any other word is refused.
pub(super) fn cpu(start: &Start<'_>) -> Vec<Fault> {
    let (field, option_field) = ("cpuManagerPolicy", "cpuManagerPolicyOptions");
    let policy = start.config.text(field);
    let given = start.config.pairs(option_field);
    match policy {
        "none" if given.is_empty() => Vec::new(),
        "none" => {
            let options = go_map(&given);
            one(
                option_field,
                format!("new none policy error: None policy: received unsupported options={options}"),
            )
        }
        "static" => {
            // Without a reservation the shared pool could become empty (cpu_manager.go, static
            // policy).
            if processors(start) == 0 {
                let text = "[cpumanager] unable to determine reserved CPU resources for static policy";
                return one(field, text);
            }
            let faults = OF_PROCESSORS.faults(start);
            let named =
                |fault: Fault| Fault { text: format!("new static policy error: {}", fault.text), ..fault };
            faults.into_iter().map(named).collect()
        }
        other => one(field, format!("unknown policy: \"{other}\"")),
    }
}

/// Thousandths of a processor that are kept back.
fn processors(start: &Start<'_>) -> i128 {
    let fields = ["kubeReserved", "systemReserved"];
    let kept = fields.iter().flat_map(|field| reserved(start, field)).filter(|(name, _)| *name == "cpu");
    kept.map(|(_, value)| amount::millis(&value)).sum()
}

pub(super) fn memory(start: &Start<'_>) -> Vec<Fault> {
    let field = "memoryManagerPolicy";
    match start.config.text(field) {
        "None" | "" => Vec::new(),
        "Static" => reserved_memory(start),
        "BestEffort" => one(field, "policy \"BestEffort\" is not available for platform \"linux\""),
        other => one(field, format!("unknown policy: {}", quote(other))),
    }
}

/// The memory kept back has to be what `reservedMemory` spreads over the nodes.
///
/// `validateReservedMemory` of `pkg/kubelet/cm/memorymanager`: per kind of memory the sum of
/// `reservedMemory` equals kube-reserved + system-reserved + the hard threshold of
/// `memory.available`; huge pages are expected at zero. Sums are in thousandths of a byte, so that
/// fractions of quantities add up exactly.
fn reserved_memory(start: &Start<'_>) -> Vec<Fault> {
    let field = "reservedMemory";
    let mut spread: BTreeMap<&str, i128> = BTreeMap::new();
    for item in start.config.list(field) {
        let limits = item.get("limits").and_then(serde_json::Value::as_object);
        for (name, value) in limits.into_iter().flatten() {
            *spread.entry(name).or_default() += amount::millis(value.as_str().unwrap_or_default());
        }
    }
    let fields = ["kubeReserved", "systemReserved"];
    let kept = fields.iter().flat_map(|field| reserved(start, field));
    let mut wanted: i128 =
        kept.filter(|(name, _)| *name == "memory").map(|(_, value)| amount::millis(&value)).sum();
    for (signal, value) in start.config.pairs("evictionHard") {
        // A share is one of the host's memory, which nobody told.
        if signal == "memory.available" {
            if value.ends_with('%') {
                return Vec::new();
            }
            wanted += amount::millis(value);
        }
    }
    let mut faults = Vec::new();
    let memory = spread.remove("memory").unwrap_or_default();
    for (name, given, wanted) in std::iter::once(("memory", memory, wanted))
        .chain(spread.into_iter().map(|(name, given)| (name, given, 0)))
        .filter(|(_, given, wanted)| given != wanted)
    {
        let (given, wanted) = (printed(given), printed(wanted));
        let text = format!(
            "the total amount \"{given}\" of type {} is not equal to the value \"{wanted}\" determined by Node \
             Allocatable feature",
            quote(name)
        );
        faults.push(Fault::new(field, text));
    }
    faults
}

/// Bytes as a binary quantity.
fn printed(millis: i128) -> String {
    let bytes = millis / 1000;
    let text = if bytes % 1024 == 0 && bytes > 0 { format!("{}Ki", bytes / 1024) } else { bytes.to_string() };
    crate::quantity::canonical(&text).unwrap_or(text)
}
