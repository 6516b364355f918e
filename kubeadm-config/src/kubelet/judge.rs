//! The kubelet's start, step by step (`NewKubeletCommand` of `cmd/kubelet/app/server.go`).

use serde_json::Value;

use super::config::Config;
use super::defaults;
use super::flag_table::FlagKind;
use super::flags::{self, Arguments};
use super::gates::{self, Gates, Stage as GateStage};
use super::host::{KubeletFile, KubeletHost};
use super::read;
use super::run::{self, Start};
use super::validate::{self, Context};
use super::verdict::{Fault, Origin, Refusal, Remark, RemarkKind, Stage, Verdict};
use crate::decode::{DecodeProblem, DecodeProblemKind};
use crate::go::quote;
use crate::version::Minor;
use crate::yaml::{Entry, Node, Span};

/// A kubelet of one minor.
#[derive(Clone, Copy, Debug)]
pub struct Kubelet {
    minor: Minor,
}

/// What it is started with.
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

const DEFAULTS_PANIC: &str =
    "panic: failed to merge global and in-flight KubeletConfiguration while setting defaults, error: ";

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

    fn command_line(&mut self) -> Step<()> {
        let parsed = Arguments::parse(self.setup.arguments, self.minor).map_err(|fault| {
            let index = fault.index;
            let fault = Fault::new(&fault.flag, fault.text).in_argument(index);
            refusal(Stage::Flag, "failed to parse kubelet flag: ", vec![fault])
        })?;
        self.arguments = parsed;
        self.deprecated_flags();
        if let Some((index, word)) = self.arguments.stray.clone() {
            let fault = Fault::new("", format!("unknown command {word}")).in_argument(index);
            return Err(refusal(Stage::Flag, "", vec![fault]));
        }
        let wanted = self.arguments.gates();
        let faults = self.gates.set(&wanted);
        if !faults.is_empty() {
            let at = self.index_of("feature-gates");
            let fault = |fault: gates::GateFault| Fault::new(&fault.gate, fault.text).in_argument(at);
            let faults: Vec<_> = faults.into_iter().map(fault).collect();
            let text = flags::joined(&faults.iter().map(|fault| fault.text.clone()).collect::<Vec<_>>());
            let prefix = "failed to set feature gates from initial flags-based config: ";
            let first = faults.into_iter().next().map(|fault| Fault { text, ..fault });
            return Err(refusal(Stage::Flag, prefix, first.into_iter().collect()));
        }
        if let Some(text) = self.arguments.label_fault() {
            let fault = Fault::new("node-labels", text).in_argument(self.index_of("node-labels"));
            return Err(refusal(Stage::Flag, "failed to validate kubelet flags: ", vec![fault]));
        }
        Ok(())
    }

    fn index_of(&self, name: &str) -> usize {
        let given = self.arguments.given.iter().rev().find(|given| given.flag.name == name);
        given.map_or(0, |given| given.index)
    }

    fn deprecated_flags(&mut self) {
        let minor = u8::try_from(self.minor.number()).unwrap_or(u8::MAX);
        for given in &self.arguments.given {
            let since = given.flag.deprecated;
            if since > 0 && since <= minor {
                self.remarks.push(Remark {
                    kind: RemarkKind::DeprecatedFlag,
                    field: given.flag.name.to_owned(),
                    text: format!("Flag --{} has been deprecated", given.flag.name),
                    origin: Origin::Argument(given.index),
                    place: None,
                });
            }
        }
    }

    fn main_file(&mut self) -> Step<Config> {
        let path = self.arguments.text("config").unwrap_or_default().to_owned();
        let mut config = Config::default();
        if path.is_empty() {
            self.without_file(&mut config);
            return Ok(config);
        }
        let prefix = format!(
            "failed to load kubelet config file, path: {path}, error: failed to load Kubelet config file {path}, error "
        );
        let failed = |fault: Fault| refusal(Stage::Decode, prefix.clone(), vec![fault]);
        let shown = quote(&path);
        let text = match (self.setup.files)(&path) {
            KubeletFile::Text(text) => text,
            KubeletFile::Unknown => {
                self.defaults(&mut config)?;
                defaults::fill_eviction(&mut config);
                return Ok(config);
            }
            KubeletFile::Missing => {
                let why = format!("open {path}: no such file or directory");
                let text = format!("failed to read kubelet config file {shown}, error: {why}");
                return Err(failed(Fault::new("", text).in_file(&path, None)));
            }
            KubeletFile::Directory(_) => {
                let why = format!("read {path}: is a directory");
                let text = format!("failed to read kubelet config file {shown}, error: {why}");
                return Err(failed(Fault::new("", text).in_file(&path, None)));
            }
        };
        if text.is_empty() {
            let fault = Fault::new("", format!("kubelet config file {shown} was empty"));
            return Err(failed(fault.in_file(&path, None)));
        }
        let content = read::file(&text, self.minor).map_err(|fault| {
            let cast = fault.text.starts_with("failed to cast object");
            let text = if cast { fault.text } else { format!("failed to decode: {}", fault.text) };
            failed(Fault::new(&fault.field, text).in_file(&path, fault.span))
        })?;
        self.trees.push((path.clone(), content.root));
        self.ignored(&path, content.ignored);
        config.values = content.values;
        self.defaults(&mut config)?;
        defaults::fill_eviction(&mut config);
        resolve(&mut config, &path);
        Ok(config)
    }

    /// `NewKubeletConfiguration`: the defaults, with those of the time before there were files.
    fn without_file(&self, config: &mut Config) {
        defaults::fill(config, self.minor, &self.gates);
        config.set("authentication.anonymous.enabled", true.into());
        config.set("authentication.webhook.enabled", false.into());
        config.set("authorization.mode", "AlwaysAllow".into());
        config.set("readOnlyPort", 10255.into());
    }

    fn ignored(&mut self, path: &str, findings: Vec<DecodeProblem>) {
        for finding in findings {
            let kind = match finding.kind {
                DecodeProblemKind::DuplicateKey => RemarkKind::DuplicateKey,
                _ => RemarkKind::UnknownField,
            };
            let place = Some(finding.span.position).filter(|position| position.line > 0);
            let origin = Origin::File(path.to_owned());
            self.remarks.push(Remark { kind, field: finding.path, text: finding.text, origin, place });
        }
    }

    /// The defaults, in which a gate that cannot be set is a panic.
    fn defaults(&self, config: &mut Config) -> Step<()> {
        let mut local = self.gates.clone();
        let faults = local.set(&config.gates());
        if !faults.is_empty() {
            let fault = |fault: gates::GateFault| {
                self.placed(Fault::new(&format!("featureGates.{}", fault.gate), fault.text))
            };
            let faults = faults.into_iter().map(fault).collect();
            return Err(Refusal { status: 2, ..refusal(Stage::Gate, DEFAULTS_PANIC, faults) });
        }
        defaults::fill(config, self.minor, &local);
        Ok(())
    }

    fn drop_ins(&mut self, config: &mut Config) -> Step<()> {
        let directory = self.arguments.text("config-dir").unwrap_or_default().to_owned();
        if directory.is_empty() {
            return Ok(());
        }
        let walk = format!(
            "failed to merge kubelet configs: failed to walk through kubelet dropin directory {}: ",
            quote(&directory)
        );
        let paths = match (self.setup.files)(&directory) {
            KubeletFile::Directory(paths) => paths,
            KubeletFile::Missing => {
                let fault = Fault::new("", format!("lstat {directory}: no such file or directory"));
                return Err(refusal(Stage::DropIn, walk, vec![fault.in_file(&directory, None)]));
            }
            KubeletFile::Text(_) | KubeletFile::Unknown => Vec::new(),
        };
        let mut merged = read::tree(&config.values);
        for path in paths.iter().filter(|path| path.ends_with(".conf")) {
            self.drop_in(path, &walk, &mut merged)?;
        }
        config.values = read::merged(merged, self.minor).map_err(|fault| {
            let prefix = "failed to merge kubelet configs: failed to unmarshal merged JSON into kubelet configuration: ";
            let named = self.placed(Fault::new(&fault.field, fault.text));
            refusal(Stage::DropIn, prefix, vec![named])
        })?;
        self.defaults(config)
    }

    fn drop_in(&mut self, path: &str, walk: &str, merged: &mut Vec<Entry>) -> Step<()> {
        let failed = |text: String, span: Option<Span>| {
            let prefix = format!("{walk}failed to load kubelet dropin file, path: {path}, ");
            refusal(Stage::DropIn, prefix, vec![Fault::new("", text).in_file(path, span)])
        };
        let KubeletFile::Text(text) = (self.setup.files)(path) else { return Ok(()) };
        if text.is_empty() {
            return Err(failed(format!("error: kubelet config file {} was empty", quote(path)), None));
        }
        let read =
            read::drop_in(&text).map_err(|fault| failed(format!("error: {}", fault.text), fault.span))?;
        let root = read.document.root;
        if let Some(text) = read::foreign(&read.gvk) {
            return Err(failed(text, Some(root.span)));
        }
        read::merge(merged, root.as_mapping().unwrap_or_default());
        self.trees.push((path.to_owned(), root));
        Ok(())
    }

    fn flags_win(&mut self, config: &mut Config) -> Step<()> {
        let from_files = ["config", "config-dir"]
            .iter()
            .any(|name| self.arguments.text(name).is_some_and(|text| !text.is_empty()));
        if from_files {
            let bare = |given: &&flags::Given| given.flag.kind == FlagKind::GlobalBool && !given.has_value;
            if let Some(given) = self.arguments.given.iter().find(bare) {
                let text = format!("flag needs an argument: --{}", given.flag.name);
                let fault = Fault::new(given.flag.name, text).in_argument(given.index);
                return Err(Refusal { status: 2, ..refusal(Stage::Flag, "", vec![fault]) });
            }
        }
        for field in ONLY_BY_FLAG {
            if !from_files || !config.is_set(field) {
                continue;
            }
            config.set(field, false.into());
        }
        let mut seen: Vec<&str> = Vec::new();
        for given in &self.arguments.given {
            let field = given.flag.field;
            if field.is_empty() || field == "featureGates" {
                continue;
            }
            let first = !seen.contains(&field);
            seen.push(field);
            let value = match (config.get(field), &given.value) {
                (Some(Value::Object(before)), Value::Object(now)) if !first => {
                    before.clone().into_iter().chain(now.clone()).collect::<serde_json::Map<_, _>>().into()
                }
                (Some(Value::Array(before)), Value::Array(now)) if !first => {
                    before.iter().chain(now).cloned().collect::<Vec<_>>().into()
                }
                (_, value) => value.clone(),
            };
            config.set(field, value);
        }
        let mut all = config.gates();
        all.extend(self.arguments.gates());
        let map =
            all.iter().map(|(name, on)| (name.clone(), Value::from(*on))).collect::<serde_json::Map<_, _>>();
        config.set("featureGates", map.into());
        let faults = self.gates.set(&all);
        if faults.is_empty() {
            return Ok(());
        }
        let fault = |fault: gates::GateFault| {
            self.placed(Fault::new(&format!("featureGates.{}", fault.gate), fault.text))
        };
        let prefix = "failed to set feature gates from initial flags-based config: ";
        Err(refusal(Stage::Gate, prefix, faults.into_iter().map(fault).collect()))
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
        let sets = |given: &&flags::Given| {
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

/// Fields that name a file or directory: `KubeletConfigurationPathRefs`.
const PATHS: [&str; 7] = [
    "staticPodPath",
    "authentication.x509.clientCAFile",
    "tlsCertFile",
    "tlsPrivateKeyFile",
    "resolvConf",
    "volumePluginDir",
    "podLogsDir",
];

/// Relative paths are those of the main file's directory.
fn resolve(config: &mut Config, file: &str) {
    let directory = file.rsplit_once('/').map_or("", |(directory, _)| directory);
    for field in PATHS {
        let path = config.text(field);
        if !path.is_empty() && !path.starts_with('/') {
            let whole = super::images::clean_path(&format!("{directory}/{path}"));
            config.set(field, whole.into());
        }
    }
}

/// Fields that the flags' own default replaces when the command line is read over the file
/// (`logs/api/v1.AddFlags`), so that only the flag can set them.
const ONLY_BY_FLAG: [&str; 2] = ["logging.options.text.splitStream", "logging.options.json.splitStream"];

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
