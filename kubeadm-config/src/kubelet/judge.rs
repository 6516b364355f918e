//! The kubelet's start, step by step (`NewKubeletCommand` of `cmd/kubelet/app/server.go`).

mod files;
mod flags;

use super::config::Config;
use super::flags::{Arguments, Given};
use super::gates::{self, Gates, Stage as GateStage};
use super::host::{KubeletFile, KubeletHost};
use super::run::{self, Start};
use super::validate::{self, Context};
use super::verdict::{Fault, Refusal, Remark, RemarkKind, Stage, Verdict};
use crate::version::Minor;
use crate::yaml::{Node, Span};

/// A kubelet of one minor.
#[derive(Clone, Copy, Debug)]
pub struct Kubelet {
    minor: Minor,
}

/// What it is started with.
///
/// ```
/// use kubeadm_config::Minor;
/// use kubeadm_config::kubelet::{Kubelet, KubeletFile, KubeletHost, Setup};
///
/// let arguments = ["--config=/k.yaml", "--max-pods=-1"].map(String::from);
/// let files = |path: &str| match path {
///     "/k.yaml" => KubeletFile::Text(
///         b"apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n".into(),
///     ),
///     _ => KubeletFile::Unknown,
/// };
/// let host = KubeletHost::default();
/// let setup = Setup::new(&arguments, &files, &host);
/// let refusal = Kubelet::of(Minor::new(34)).judge(&setup).refusal.unwrap();
/// assert!(refusal.message().contains("maxPods"), "{}", refusal.message());
/// ```
#[non_exhaustive]
pub struct Setup<'a> {
    /// Its command line, without the program's name.
    pub arguments: &'a [String],
    /// What a path holds; relative paths are those of its working directory.
    pub files: &'a dyn Fn(&str) -> KubeletFile,
    /// What is known of the host.
    pub host: &'a KubeletHost,
}

impl<'a> Setup<'a> {
    /// A command line, the files it names, and a host.
    pub fn new(
        arguments: &'a [String],
        files: &'a dyn Fn(&str) -> KubeletFile,
        host: &'a KubeletHost,
    ) -> Self {
        Self { arguments, files, host }
    }
}

impl std::fmt::Debug for Setup<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup")
            .field("arguments", &self.arguments)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

impl Kubelet {
    /// The minors whose source the rules were taken from: of others the verdict is an
    /// extrapolation.
    pub const MINORS: std::ops::RangeInclusive<u64> = 33..=37;

    /// The kubelet of that minor; of one newer than the tables, the newest that they have.
    #[must_use]
    pub fn of(minor: Minor) -> Self {
        Self { minor: minor.min(Minor::new(*crate::KubeadmRelease::MINORS.end())) }
    }

    /// What it makes of one file, whatever the host and the rest of its command line.
    #[must_use]
    pub fn judge_file(&self, text: &[u8]) -> Verdict {
        let name = "config.yaml";
        let arguments = [format!("--config={name}"), "--kubeconfig=kubelet.conf".to_owned()];
        let files = |path: &str| match path == name {
            true => KubeletFile::Text(text.to_vec()),
            false => KubeletFile::Unknown,
        };
        self.judge(&Setup::new(&arguments, &files, &KubeletHost::default()))
    }

    /// What it makes of all it is started with.
    #[must_use]
    pub fn judge(&self, setup: &Setup<'_>) -> Verdict {
        let mut run = Judging::new(self.minor, setup);
        let refusal = run.start().err();
        Verdict { refusal, remarks: run.remarks }
    }

    /// The first minor without a gate that this kubelet does not know. None: it never was one, or
    /// comes later.
    ///
    /// ```
    /// use kubeadm_config::{Minor, kubelet::Kubelet};
    ///
    /// let kubelet = Kubelet::of(Minor::new(34));
    /// assert_eq!(kubelet.gate_gone_since("AppArmor"), Some(Minor::new(33)));
    /// assert_eq!(kubelet.gate_comes_with("AtomicFIFO"), Some(Minor::new(36)));
    /// ```
    #[must_use]
    pub fn gate_gone_since(&self, name: &str) -> Option<Minor> {
        gates::life(name).and_then(|(_, gone)| gone).filter(|gone| *gone <= self.minor)
    }

    /// The first minor with a gate that this kubelet does not know yet.
    #[must_use]
    pub fn gate_comes_with(&self, name: &str) -> Option<Minor> {
        gates::life(name).map(|(since, _)| since).filter(|since| *since > self.minor)
    }
}

struct Judging<'a> {
    minor: Minor,
    setup: &'a Setup<'a>,
    remarks: Vec<Remark>,
    gates: Gates,
    /// The trees that were read, the latest last: where a field was written.
    trees: Vec<(String, Node)>,
    arguments: Arguments,
}

type Step<T> = Result<T, Refusal>;

fn refusal(stage: Stage, prefix: impl Into<String>, faults: Vec<Fault>) -> Refusal {
    Refusal { stage, faults, status: 1, prefix: prefix.into(), suffix: "" }
}

impl<'a> Judging<'a> {
    fn new(minor: Minor, setup: &'a Setup<'a>) -> Self {
        let (remarks, trees, arguments) = (Vec::new(), Vec::new(), Arguments::default());
        Self { minor, setup, remarks, gates: Gates::new(minor), trees, arguments }
    }

    fn start(&mut self) -> Step<()> {
        self.command_line()?;
        let mut config = self.main_file()?;
        self.drop_ins(&mut config)?;
        self.flags_win(&mut config)?;
        self.look_at_gates(&config);
        self.judge_values(&config)
    }

    /// Gates that are set and need not be, or soon cannot be.
    fn look_at_gates(&mut self, config: &Config) {
        for (name, on) in config.gates() {
            let what = match gates::state(&name, self.minor).map(|state| state.stage) {
                Some(GateStage::Stable) => "GA",
                Some(GateStage::Deprecated) => "deprecated",
                _ => continue,
            };
            let text =
                format!("setting {what} feature gate {name}={on}. It will be removed in a future release.");
            let placed = self.placed(Fault::new(&format!("featureGates.{name}"), text));
            let Fault { field, text, origin, place } = placed;
            self.remarks.push(Remark { kind: RemarkKind::Gate, field, text, origin, place });
        }
    }

    fn judge_values(&self, config: &Config) -> Step<()> {
        let context = Context { config, gates: &self.gates, host: self.setup.host, minor: self.minor };
        let placed = |faults: Vec<Fault>| faults.into_iter().map(|fault| self.placed(fault)).collect();
        let faults = validate::validate_logging(&context);
        if !faults.is_empty() {
            return Err(refusal(Stage::Logging, "initialize logging: ", placed(faults)));
        }
        let faults = validate::validate(&context);
        if !faults.is_empty() {
            let prefix = "failed to validate kubelet configuration, error: ";
            let refused = refusal(Stage::Validate, prefix, placed(faults));
            return Err(Refusal { suffix: ", path: &TypeMeta{…}", ..refused });
        }
        let start = Start {
            config,
            gates: &self.gates,
            host: self.setup.host,
            minor: self.minor,
            arguments: &self.arguments,
            files: self.setup.files,
        };
        let Some((stage, faults)) = run::first_failure(&start) else { return Ok(()) };
        let prefix = match stage {
            Stage::Dependencies => "failed to construct kubelet dependencies: ",
            _ => "failed to run Kubelet: ",
        };
        Err(refusal(stage, prefix, placed(faults)))
    }

    /// The fault with the place where its field was last written: a flag, or the latest file that
    /// has it.
    fn placed(&self, fault: Fault) -> Fault {
        let sets = |given: &&Given| {
            let field = given.flag.field;
            !field.is_empty() && (fault.field == field || fault.field.starts_with(&format!("{field}.")))
        };
        if let Some(given) = self.arguments.given.iter().rev().find(sets) {
            return fault.in_argument(given.index);
        }
        for (path, root) in self.trees.iter().rev() {
            if let Some(span) = place_of(root, &fault.field) {
                return fault.in_file(path, Some(span));
            }
        }
        fault
    }
}

/// The place of the innermost part of a field path that a document has.
fn place_of(root: &Node, field: &str) -> Option<Span> {
    let mut node = root;
    let mut place = None;
    let mut rest = field;
    while !rest.is_empty() {
        let entries = node.as_mapping()?;
        // The key of an eviction signal has dots of its own.
        let whole = entries.iter().rev().find(|entry| entry.key == rest);
        let (head, tail) = rest.split_once('.').unwrap_or((rest, ""));
        let head = head.split('[').next().unwrap_or(head);
        let entry = whole.or_else(|| entries.iter().rev().find(|entry| entry.key.eq_ignore_ascii_case(head)));
        let Some(entry) = entry else { break };
        place = Some(entry.key_span);
        node = &entry.value;
        rest = if whole.is_some() { "" } else { tail };
        if node.as_mapping().is_none() {
            break;
        }
    }
    place
}
