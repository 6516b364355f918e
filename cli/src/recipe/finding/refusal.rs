//! What the kubelet that is installed makes of its configuration and its command line: file,
//! drop-ins, environment, unit.
//!
//! The judge is `kubeadm_config::kubelet`, which knows a kubelet's rules by minor; this module
//! lays files and words before it and turns its verdict into findings with places. Nothing is
//! started.

use std::fmt::Display;

use host_prep::facts::Unit;
use kubeadm_config::Minor;
use kubeadm_config::kubelet::{
    Fault, Kubelet, KubeletFile, KubeletHost, Origin, Remark, RemarkKind, Setup, Stage,
};

use super::{Look, minor_of};
use crate::recipe::table::{Harm, OLD_KUBELET_FLAGS};

/// What a kubelet says of a whole file may be the file.
const LONGEST: usize = 300;

impl Look<'_> {
    /// A kubelet stops at its first fault of the command line: what is wrong after that is asked
    /// without it.
    pub(super) fn kubelet_refusals(&mut self) {
        let Some(unit) = self.facts.kubelet.unit.clone() else { return };
        let Some(minor) = self.kubelet_minor() else { return };
        let kubelet = Kubelet::of(Minor::new(minor));
        let mut words = without_old_flags(self.kubelets_words(&unit), minor);
        let (host, known) = (KubeletHost::default(), Kubelet::MINORS.contains(&minor));
        // One fault a time goes, so that this ends.
        for _ in 0..=words.len() {
            let look = |path: &str| self.file(path);
            let verdict = kubelet.judge(&Setup::new(&words, &look, &host));
            let mut dropped = None;
            if let Some(refusal) = verdict.refusal {
                // Of a minor that the rules were not taken from, only what no kubelet can read is sure.
                if known || refusal.stage == Stage::Decode {
                    for fault in &refusal.faults {
                        self.refused(minor, refusal.stage, fault, (&unit, &words));
                    }
                }
                let first = refusal.faults.first().map(|fault| fault.origin.clone());
                dropped = match first {
                    Some(Origin::Argument(at)) if refusal.stage == Stage::Flag => Some(at),
                    _ => None,
                };
            } else if known {
                verdict.remarks.iter().for_each(|remark| self.passed_over(minor, remark));
            }
            let Some(at) = dropped.filter(|at| *at < words.len()) else { return };
            // The kubelet ends at the first flag that it cannot read: without it the next one
            // shows.
            remove_flag(&mut words, at);
        }
    }

    /// The words the kubelet is started with; of another program's command only the file counts. What
    /// holds a specifier is not known here (systemd.unit(5), "Specifiers"), and that no kubeconfig is
    /// passed is a finding of its own.
    fn kubelets_words(&self, unit: &Unit) -> Vec<String> {
        let mut words: Vec<String> = if unit.program() == Some("kubelet") {
            // Specifiers (`%i`, `%H`; systemd.unit(5)) are systemd's to resolve.
            let known = |word: &&String| !word.replace("%%", "").contains('%');
            unit.arguments().iter().filter(known).cloned().collect()
        } else {
            let config = self.facts.kubelet.config.known().into_iter().flatten();
            config.map(|file| format!("--config={}", file.path.display())).collect()
        };
        // Without one the kubelet is standalone and judges some settings otherwise; that it is
        // missing has a finding of its own.
        if self.facts.kubelet.flag("kubeconfig").is_none() {
            words.insert(0, "--kubeconfig=/etc/kubernetes/kubelet.conf".to_owned());
        }
        words
    }

    /// The minor of the kubelet: of its package or program, else of the control plane or the spec.
    pub(super) fn kubelet_minor(&self) -> Option<u64> {
        self.facts.release_of("kubelet").and_then(minor_of).or(self.minor)
    }

    /// What the judge asks for. Only files that were gathered as facts are known; any other is
    /// `Unknown`, which the judge never holds against a host.
    fn file(&self, path: &str) -> KubeletFile {
        let kubelet = &self.facts.kubelet;
        if kubelet.flag("config-dir") == Some(path) {
            return match kubelet.config_dir.known() {
                Some(Some(files)) => {
                    KubeletFile::Directory(files.iter().map(|file| file.path.display().to_string()).collect())
                }
                Some(None) => KubeletFile::Missing,
                None => KubeletFile::Unknown,
            };
        }
        let drop_ins = kubelet.config_dir.known().into_iter().flatten().flatten();
        let config = kubelet.config.known().into_iter().flatten();
        // A file that is not there is told by itself, or is still to be written by kubeadm.
        let found = config.chain(drop_ins).find(|file| file.path.to_str() == Some(path));
        found.map_or(KubeletFile::Unknown, |file| KubeletFile::Text(file.bytes.clone()))
    }

    /// A fault with file, line and column where the origin tells, else with the unit.
    fn refused(&mut self, minor: u64, stage: Stage, fault: &Fault, (unit, words): (&Unit, &[String])) {
        // What the host has against each of these is a finding of its own, with its cure; a value that
        // cannot be read is none.
        let of_host = matches!(stage, Stage::Validate | Stage::Run);
        if of_host && ["failCgroupV1", "failSwapOn"].contains(&fault.field.as_str()) {
            return;
        }
        let place = match &fault.origin {
            Origin::File(path) => place(path, fault.place.map(|at| (at.line, at.column))),
            Origin::Argument(at) => words.get(*at).map_or_else(
                || unit.path.display().to_string(),
                |word| {
                    let shown = unit.place_of(word).or_else(|| unit.place_of(word.split('=').next()?));
                    shown.map_or_else(
                        || unit.path.display().to_string(),
                        |(path, line, column)| place(&path.display().to_string(), Some((line, column))),
                    )
                },
            ),
            _ => "the kubelet's defaults".to_owned(),
        };
        let text = in_short(&fault.text);
        let what = format!("{place}: kubelet 1.{minor} exits: {text}");
        self.fault(
            code_of(stage, fault),
            "kubelet",
            what,
            "change or remove that, then `systemctl restart kubelet`",
        );
    }

    /// What the kubelet starts with all the same. Deprecated flags are not told here: they are a
    /// note of doctor's.
    fn passed_over(&mut self, minor: u64, remark: &Remark) {
        let Origin::File(path) = &remark.origin else { return };
        let place = place(path, remark.place.map(|at| (at.line, at.column)));
        match remark.kind {
            RemarkKind::UnknownField | RemarkKind::DuplicateKey => {
                let what = format!("{place}: kubelet 1.{minor} passes over it: {}", remark.text);
                let hint = "write the field as KubeletConfiguration of this minor has it: what was meant is not in force";
                self.notice("kubelet-field-ignored", "kubelet", what, hint);
            }
            RemarkKind::Gate => {
                let what = format!("{place}: kubelet 1.{minor} warns: {}", remark.text);
                self.notice("feature-gate-ineffective", "kubelet", what, "take the gate out");
            }
            _ => {}
        }
    }
}

/// The arguments without flags that are told elsewhere, or that a plan takes out.
fn without_old_flags(mut words: Vec<String>, minor: u64) -> Vec<String> {
    let gone = |word: &String| {
        let name = word.trim_start_matches('-').split('=').next().unwrap_or_default();
        let mut old = OLD_KUBELET_FLAGS.iter();
        word.starts_with('-')
            && old.any(|old| old.harm == Harm::Unknown && old.flag == name && minor >= old.wrong_since)
    };
    while let Some(at) = words.iter().position(gone) {
        remove_flag(&mut words, at);
    }
    words
}

/// Removes a flag, with the word after it where that is its value.
fn remove_flag(words: &mut Vec<String>, at: usize) {
    let flag = words.remove(at);
    if !flag.contains('=') && words.get(at).is_some_and(|next| !next.starts_with('-')) {
        words.remove(at);
    }
}

/// One line, and not the whole file.
fn in_short(text: &str) -> String {
    let line = text.replace('\n', "\\n");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

/// `path:line:column`.
fn place(path: &str, at: Option<(impl Display, impl Display)>) -> String {
    at.map_or_else(|| path.to_owned(), |(line, column)| format!("{path}:{line}:{column}"))
}

/// The name of the fault, as exact as its field or flag tells.
fn code_of(stage: Stage, fault: &Fault) -> &'static str {
    let text = fault.text.as_str();
    if let Some((code, _)) = BY_TEXT.iter().find(|(_, part)| text.contains(part)) {
        return code;
    }
    match stage {
        Stage::Flag if text.starts_with("unknown flag") => "kubelet-flag-unknown",
        // Of a gate that can be read, wherever it is set.
        Stage::Flag if text.contains("feature gate") => "feature-gate-refused",
        Stage::Flag => "kubelet-argument-unparsable",
        Stage::Decode => "kubelet-config-unreadable",
        Stage::DropIn => "kubelet-dropin-refused",
        Stage::Gate => "feature-gate-refused",
        _ => "kubelet-config-refused",
    }
}

/// Faults that have a name of their own, by what the kubelet says of them.
const BY_TEXT: &[(&str, &str)] = &[
    ("node-label-forbidden", "labels specified with --node-labels"),
    ("node-label-forbidden", "--node-labels in the 'kubernetes.io' namespace"),
    ("soft-eviction-without-grace", "grace period must be specified for the soft eviction threshold"),
    ("runtime-endpoint-invalid", "only support unix socket endpoint"),
    ("credential-provider-incomplete", "Failed to register CRI auth plugins"),
    ("cpu-manager-misconfigured", "[cpumanager]"),
    ("cpu-manager-misconfigured", "CPU Manager"),
    ("reserved-memory-mismatch", "determined by Node Allocatable"),
    ("enforced-reservation-without-cgroup", "enforceNodeAllocatable"),
    ("enforced-reservation-without-cgroup", "EnforceNodeAllocatable"),
];
