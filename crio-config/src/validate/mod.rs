//! CRI-O's own rules for a merged configuration: those it applies without touching the host (`crio
//! config` and every start), in its order and its words.

mod annotations;
mod api;
mod cpuset;
mod device;
mod image;
mod limits;
mod regexp;
mod runtime;
mod workload;

pub(crate) use annotations::is_known as is_known_annotation;
pub(crate) use limits::{check_ulimit, is_capability};

use crate::catalogue::first_of;
use crate::effective::go;
use crate::toml::goquote;
use crate::{CrioHost, Effective, Merged, Refusal, Release, Stage};

/// A configuration CRI-O accepts.
///
/// Accepted by the rules that need no host, and by those about the host as far as facts of one were
/// given. What CRI-O looks at later, when it starts, is among [`check`](crate::check)'s remarks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Valid {
    /// The configuration, with what CRI-O's validation changed in it.
    pub config: Effective,
    /// What CRI-O logs while it reads and checks, sorted: `warning: …`.
    pub warnings: Vec<String>,
}

/// Where a message of a rule is wrapped in the name of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// Before the logger is set up: printed as it is, in every release.
    Logging,
    /// Not wrapped.
    Bare,
    Table(&'static str),
}

/// A rule broken, or a panic.
#[derive(Debug)]
struct Broken {
    scope: Scope,
    text: String,
    path: Vec<String>,
    crash: bool,
}

/// Checks a configuration while CRI-O's validation goes through it.
#[derive(Debug)]
struct Checker<'h> {
    config: Effective,
    host: &'h CrioHost,
    warnings: Vec<String>,
    broken: Vec<Broken>,
}

impl Merged {
    /// Checks the configuration by CRI-O's static rules, on a host.
    ///
    /// # Errors
    /// Every rule that is broken, that which CRI-O reports first.
    ///
    /// ```
    /// use crio_config::{CrioHost, Sources, merge};
    ///
    /// let valid = merge(&Sources::new(), "1.34".parse()?)?.validate(&CrioHost::unknown());
    /// assert!(valid.is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn validate(self, host: &CrioHost) -> Result<Valid, Vec<Refusal>> {
        let mut checker = Checker { config: self.config, host, warnings: self.warnings, broken: Vec::new() };
        checker.run();
        if checker.broken.is_empty() {
            checker.warnings.sort();
            return Ok(Valid { config: checker.config, warnings: checker.warnings });
        }
        let broken = std::mem::take(&mut checker.broken);
        Err(broken.into_iter().map(|broken| checker.refusal(broken)).collect())
    }
}

impl Checker<'_> {
    fn run(&mut self) {
        // The logger is set up in cmd/crio/main.go, before anything is validated.
        self.logging();
        // From here on the order of `Config.Validate` (pkg/config/config.go). Every part is
        // judged, though CRI-O ends at the first error.
        self.image_volumes();
        self.runtime();
        self.image();
        self.network();
        self.api();
        self.stats();
        self.checkpoint_restore();
    }

    fn release(&self) -> Release {
        self.config.release()
    }

    fn since(&self, minor: u16, patch: u16) -> bool {
        self.release() >= Release::patch(minor, patch)
    }

    /// Does the release have the option?
    fn has(&self, path: &[&str]) -> bool {
        self.config.at(path).is_some()
    }

    fn fail(&mut self, scope: Scope, path: &[&str], text: impl Into<String>) {
        let path = path.iter().map(|&part| part.to_owned()).collect();
        self.broken.push(Broken { scope, text: text.into(), path, crash: false });
    }

    fn refusal(&self, broken: Broken) -> Refusal {
        let origin = self.config.file_origin(&broken.path);
        if broken.crash {
            return Refusal { stage: Stage::Crash, text: format!("panic: {}", broken.text), origin };
        }
        Refusal { stage: Stage::Validate, text: self.wrap(broken.scope, broken.text), origin }
    }

    /// The whole message. Between 1.18 and 1.21 the log filter makes the first letter a capital.
    fn wrap(&self, scope: Scope, text: String) -> String {
        let text = match scope {
            Scope::Logging => return text,
            Scope::Bare => text,
            // `fmt.Errorf("validating runtime config: %w", err)`; before 1.18 it was
            // `errors.Wrap(err, "runtime config")`.
            Scope::Table(table) if self.since(18, 0) => format!("validating {table} config: {text}"),
            Scope::Table(table) => format!("{table} config: {text}"),
        };
        if (first_of(18)..first_of(22)).contains(&self.release()) { capitalised(&text) } else { text }
    }

    // ---- logging ----

    fn logging(&mut self) {
        const LEVEL: [&str; 3] = ["crio", "runtime", "log_level"];
        const FILTER: [&str; 3] = ["crio", "runtime", "log_filter"];
        const LEVELS: [&str; 8] = ["panic", "fatal", "error", "warn", "warning", "info", "debug", "trace"];
        if self.has(&LEVEL) {
            let level = self.config.text(&LEVEL).to_owned();
            // `logrus.ParseLevel` lowers the word first.
            if !LEVELS.contains(&level.to_lowercase().as_str()) {
                let shown = goquote::string(&level);
                self.fail(Scope::Logging, &LEVEL, format!("not a valid logrus Level: {shown}"));
            }
        }
        // Go's regexp (RE2 syntax): lookaround, which PCRE has, does not compile.
        if let Err(error) = regexp::check(self.config.text(&FILTER)) {
            let text = format!("custom log level filter does not compile: error parsing regexp: {error}");
            self.fail(Scope::Logging, &FILTER, text);
        }
    }

    // ---- small tables ----

    fn network(&mut self) {
        const GRACE: [&str; 3] = ["crio", "network", "cni_status_grace_period"];
        // Zero turns the wait off; only what is below it is refused.
        let Some(period) = self.config.number(&GRACE).filter(|&period| period < 0) else { return };
        let shown = go::format_duration(period);
        let text = format!("invalid cni_status_grace_period: must not be negative, got {shown}");
        self.fail(Scope::Table("network"), &GRACE, text);
    }

    fn stats(&mut self) {
        const METRICS: [&str; 3] = ["crio", "stats", "included_pod_metrics"];
        const KNOWN: [&str; 10] =
            ["cpu", "disk", "diskIO", "hugetlb", "memory", "network", "oom", "process", "spec", "pressure"];
        let metrics = self.config.list(&METRICS).to_vec();
        // `StatsConfig.Validate` (config.go): the word alone, or names of a fixed list.
        if !self.since(35, 0) || metrics == ["all"] {
            return;
        }
        for metric in &metrics {
            if metric == "all" {
                let text = "'all' should be only one element in included_pod_metrics";
                return self.fail(Scope::Table("stats"), &METRICS, text);
            }
            if !KNOWN.contains(&metric.as_str()) {
                let (metric, known) = (goquote::string(metric), KNOWN.join(" "));
                let text = format!("invalid pod metrics {metric}, available metrics: [{known}]");
                return self.fail(Scope::Table("stats"), &METRICS, text);
            }
        }
    }

    fn checkpoint_restore(&mut self) {
        const LEVEL: [&str; 3] = ["crio", "checkpoint_restore", "container_level_enabled"];
        if !self.has(&LEVEL) {
            return;
        }
        // The old switch turns the new option off before that is looked at.
        if !self.config.flag(&["crio", "runtime", "enable_criu_support"]) {
            self.config.amend(&LEVEL, "none");
        }
        let level = self.config.text(&LEVEL).to_owned();
        if !["none", "checkpoint_only", "checkpoint_restore"].contains(&level.as_str()) {
            let shown = goquote::string(&level);
            let text = format!(
                "invalid container_level_enabled {shown}: must be one of \"none\", \"checkpoint_only\" or \
                 \"checkpoint_restore\""
            );
            self.fail(Scope::Table("checkpoint/restore"), &LEVEL, text);
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
