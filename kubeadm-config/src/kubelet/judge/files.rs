//! What the kubelet reads from files: its configuration, and the drop-ins merged over it.
//!
//! The order of `NewKubeletCommand` in `cmd/kubelet/app/server.go`: main file, defaults,
//! eviction defaults, relative paths, then each drop-in in the order of its name, defaults again.
//! Every step can end the kubelet; the first that does is what is told.

use super::{Judging, Step, refusal};
use crate::decode::{DecodeProblem, DecodeProblemKind};
use crate::go::quote;
use crate::kubelet::config::Config;
use crate::kubelet::host::KubeletFile;
use crate::kubelet::verdict::{Fault, Origin, Refusal, Remark, RemarkKind, Stage};
use crate::kubelet::{defaults, gates, images, read};
use crate::yaml::{Entry, Span};

/// A panic and not an error, with status 2: defaulting has no way to return one.
const DEFAULTS_PANIC: &str =
    "panic: failed to merge global and in-flight KubeletConfiguration while setting defaults, error: ";

/// Fields that name a file or directory: `KubeletConfigurationPathRefs`.
///
/// Paths in the file are relative to it, those of flags to the working directory.
const PATHS: [&str; 7] = [
    "staticPodPath",
    "authentication.x509.clientCAFile",
    "tlsCertFile",
    "tlsPrivateKeyFile",
    "resolvConf",
    "volumePluginDir",
    "podLogsDir",
];

impl Judging<'_> {
    /// The file of `--config` with the defaults filled in; without one, the flags' own defaults.
    ///
    /// # Errors
    /// The refusal of the step that ends.
    pub(super) fn main_file(&mut self) -> Step<Config> {
        let path = self.arguments.text("config").unwrap_or_default().to_owned();
        let mut config = Config::default();
        // Without --config the flags' own defaults hold, which are those of before the file
        // existed (`applyLegacyDefaults`, cmd/kubelet/app/options).
        if path.is_empty() {
            self.without_file(&mut config);
            return Ok(config);
        }
        let known = self.read_main_file(&path, &mut config)?;
        self.defaults(&mut config)?;
        defaults::fill_eviction(&mut config);
        if known {
            resolve(&mut config, &path);
        }
        Ok(config)
    }

    /// Whether it is known what the file holds; then the configuration has it.
    fn read_main_file(&mut self, path: &str, config: &mut Config) -> Step<bool> {
        let failed = |fault: Fault, span: Option<Span>| {
            let prefix = format!(
                "failed to load kubelet config file, path: {path}, error: failed to load Kubelet config file {path}, error "
            );
            refusal(Stage::Decode, prefix, vec![fault.in_file(path, span)])
        };
        let shown = quote(path);
        let unread = |why: String| {
            let text = format!("failed to read kubelet config file {shown}, error: {why}");
            Err(failed(Fault::new("", text), None))
        };
        let text = match (self.setup.files)(path) {
            KubeletFile::Text(text) => text,
            KubeletFile::Unknown => return Ok(false),
            KubeletFile::Missing => return unread(format!("open {path}: no such file or directory")),
            KubeletFile::Directory(_) => return unread(format!("read {path}: is a directory")),
        };
        if text.is_empty() {
            return Err(failed(Fault::new("", format!("kubelet config file {shown} was empty")), None));
        }
        let content = read::file(&text, self.minor).map_err(|fault| {
            // The one error of configfiles that is not wrapped.
            let cast = fault.text.starts_with("failed to cast object");
            let text = if cast { fault.text } else { format!("failed to decode: {}", fault.text) };
            failed(Fault::new(&fault.field, text), fault.span)
        })?;
        self.trees.push((path.to_owned(), content.root));
        self.ignored(path, content.ignored);
        config.values = content.values;
        Ok(true)
    }

    /// `NewKubeletConfiguration`: the defaults, with those of the time before there were files.
    fn without_file(&self, config: &mut Config) {
        defaults::fill(config, self.minor, &self.gates);
        config.set("authentication.anonymous.enabled", true.into());
        config.set("authentication.webhook.enabled", false.into());
        config.set("authorization.mode", "AlwaysAllow".into());
        config.set("readOnlyPort", 10255.into());
    }

    /// Strict findings as remarks.
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
            // A panic ends a Go program with 2.
            return Err(Refusal { status: 2, ..refusal(Stage::Gate, DEFAULTS_PANIC, faults) });
        }
        defaults::fill(config, self.minor, &local);
        Ok(())
    }

    /// Files of `--config-dir` that end in `.conf`, in the order in which the caller lists them.
    /// Defaults are filled in once more over the merged values, because a drop-in may have taken a
    /// field away with `null`.
    /// # Errors
    /// A directory that is not there, a file that cannot be read, a value of the merged whole that
    /// has the wrong type.
    pub(super) fn drop_ins(&mut self, config: &mut Config) -> Step<()> {
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
        // "dropinFileExtension" (cmd/kubelet/app/server.go); others are passed over.
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

    /// One file over what is merged so far.
    /// # Errors
    /// An empty file too: the kubelet takes that for a mistake.
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
}

/// Relative paths are those of the main file's directory.
fn resolve(config: &mut Config, file: &str) {
    let directory = file.rsplit_once('/').map_or("", |(directory, _)| directory);
    for field in PATHS {
        let path = config.text(field);
        // `resolveRelativePaths`: relative to the directory of the file, not to the working
        // directory.
        if !path.is_empty() && !path.starts_with('/') {
            let whole = images::clean_path(&format!("{directory}/{path}"));
            config.set(field, whole.into());
        }
    }
}
