//! What CRI-O's unit gives it besides files: arguments that it does not have, a configuration file that is not
//! there, and variables that it reads as flags.
//!
//! CRI-O ends at the first of them. Its flags are those of every release from 1.18 to 1.37
//! (`internal/criocli/criocli.go`), so that none that a release has is told.

use host_prep::facts::Unit;

use super::Look;
use crate::recipe::crictl::is_go_bool;
use crate::recipe::fault::Finding;

/// Where it is looked for without a word.
const CONFIG: &str = "/etc/crio/crio.conf";
const CODE: &str = crate::Code::CrioArgumentRefused.as_str();

/// What CRI-O would end at, by its unit alone.
pub(super) fn of_unit(unit: &Unit) -> Vec<Finding> {
    let mut found = Vec::new();
    if unit.program() != Some("crio") || !unit.unknown.is_empty() {
        return found;
    }
    let place = |word: &str| {
        unit.place_of(word).map_or_else(
            || unit.path.display().to_string(),
            |(path, line, _)| format!("{}:{line}", path.display()),
        )
    };
    let mut refuse = |place: String, says: String, hint: &str| {
        found.push(Finding::fault(CODE, "crio", format!("{place}: CRI-O exits with \"{says}\""), hint));
    };
    for word in unit.arguments() {
        let Some(name) = flag(word).filter(|name| !FLAGS.contains(name)) else { continue };
        let says = format!("flag provided but not defined: -{name}");
        refuse(place(word), says, "take it out of ExecStart=, or of the variable that it comes from");
    }
    for (word, runtime) in runtimes(unit) {
        if !(3..=7).contains(&runtime.split(':').count()) {
            let says = format!("invalid format for --runtimes: {runtime:?}");
            refuse(place(word), says, "write NAME:PATH:ROOT, and up to four parts more, see crio(8)");
        }
    }
    for (name, value) in &unit.environment {
        let value = value.as_str();
        if name == "CONTAINER_LOG_LEVEL"
            && !value.is_empty()
            && !LEVELS.contains(&value.to_lowercase().as_str())
        {
            let says = format!("not a valid logrus Level: {value:?}");
            refuse(place(name), says, "write panic, fatal, error, warn, info, debug or trace");
        } else if BOOLEANS.contains(&name.as_str()) && !value.is_empty() && !is_go_bool(value) {
            let says = format!("could not parse {value:?} as bool value from environment variable {name:?}");
            refuse(place(name), says, "write true or false");
        }
    }
    found
}

/// Each runtime that `--runtimes` gives, else the variable that stands for it, with the word that does so.
fn runtimes(unit: &Unit) -> Vec<(&str, &str)> {
    const VARIABLE: &str = "CONTAINER_RUNTIMES";
    let mut texts = Vec::new();
    let mut words = unit.arguments().iter();
    while let Some(word) = words.next() {
        let name = word.split('=').next().unwrap_or(word);
        if flag(word) == Some("runtimes") {
            let next = || words.next().map(String::as_str);
            texts.extend(word.split_once('=').map(|(_, text)| text).or_else(next).map(|text| (name, text)));
        }
    }
    if texts.is_empty() {
        texts.extend(unit.environment.get(VARIABLE).map(|text| (VARIABLE, text.as_str())));
    }
    let each = texts.into_iter().flat_map(|(word, text)| text.split(',').map(move |one| (word, one.trim())));
    each.filter(|(word, one)| !(*word == VARIABLE && one.is_empty())).collect()
}

impl Look<'_> {
    /// A file that `--config` names has to be there, where the default one need not.
    pub(super) fn crio_words(&mut self) {
        let crio = &self.facts.crio;
        let Some(unit) = crio.unit.as_ref().filter(|unit| unit.program() == Some("crio")) else { return };
        let Some(path) = crio.places.main.as_deref().filter(|_| crio.places.is_main_named) else { return };
        if path.is_absolute() && crio.main.known() == Some(&None) {
            let word = ["--config", "-config", "-c", "--c", "CONTAINER_CONFIG"];
            let place =
                word.iter().find_map(|word| unit.place_of(word)).or_else(|| unit.place_of("ExecStart"));
            let place = place.map_or_else(
                || unit.path.display().to_string(),
                |(path, line, _)| format!("{}:{line}", path.display()),
            );
            let path = &*path.to_string_lossy();
            let what = format!("{place}: CRI-O exits with \"open {path}: no such file or directory\"");
            let hint = match path {
                CONFIG => "write that file, or leave --config and CONTAINER_CONFIG out".to_owned(),
                _ => format!("write that file, or leave --config and CONTAINER_CONFIG out for {CONFIG}"),
            };
            self.fault(CODE, "crio", what, hint);
        }
    }
}

/// The name of a flag, as Go's `flag` reads a word.
fn flag(word: &str) -> Option<&str> {
    let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
    let name = name.split('=').next().unwrap_or(name);
    (!name.is_empty() && name.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(name)
}

const LEVELS: [&str; 8] = ["panic", "fatal", "error", "warn", "warning", "info", "debug", "trace"];

/// Variables of flags that take a truth value.
const BOOLEANS: &[&str] = &[
    "AUTO_RELOAD_REGISTRIES",
    "CONTAINER_ADD_INHERITABLE_CAPABILITIES",
    "CONTAINER_DROP_INFRA_CTR",
    "CONTAINER_ENABLE_CRIU_SUPPORT",
    "CONTAINER_ENABLE_METRICS",
    "CONTAINER_ENABLE_TRACING",
    "CONTAINER_HOSTNETWORK_DISABLE_SELINUX",
    "CONTAINER_INTERNAL_REPAIR",
    "CONTAINER_INTERNAL_WIPE",
    "CONTAINER_LOG_JOURNALD",
    "CONTAINER_NO_PIVOT",
    "CONTAINER_PROFILE",
    "CONTAINER_READ_ONLY",
    "CONTAINER_SELINUX",
    "ENABLE_POD_EVENTS",
];

/// Every flag of any release, the letters and those of the command-line library among them.
const FLAGS: &[&str] = &[
    "absent-mount-sources-to-reject",
    "add-inheritable-capabilities",
    "additional-artifact-stores",
    "additional-devices",
    "address",
    "allowed-devices",
    "apparmor-profile",
    "auto-reload-registries",
    "big-files-temporary-dir",
    "bind-mount-prefix",
    "blockio-config-file",
    "blockio-reload",
    "cdi-spec-dirs",
    "cgroup-manager",
    "checkpoint-restore-container-level-enabled",
    "clean-shutdown-file",
    "cni-config-dir",
    "cni-default-network",
    "cni-plugin-dir",
    "cni-status-grace-period",
    "collection-period",
    "config",
    "config-dir",
    "conmon",
    "conmon-cgroup",
    "conmon-env",
    "container-attach-socket-dir",
    "container-exits-dir",
    "ctr-stop-timeout",
    "decryption-keys-path",
    "default-capabilities",
    "default-env",
    "default-mounts-file",
    "default-runtime",
    "default-sysctls",
    "default-transport",
    "default-ulimits",
    "device-ownership-from-security-context",
    "disable-hostport-mapping",
    "drop-infra-ctr",
    "enable-criu-support",
    "enable-metrics",
    "enable-nri",
    "enable-pod-events",
    "enable-profile-unix-socket",
    "enable-tracing",
    "gid-mappings",
    "global-auth-file",
    "grpc-max-recv-msg-size",
    "grpc-max-send-msg-size",
    "hooks-dir",
    "hostnetwork-disable-selinux",
    "image-volumes",
    "imagestore",
    "included-pod-metrics",
    "infra-ctr-cpuset",
    "insecure-registry",
    "internal-repair",
    "internal-wipe",
    "irqbalance-config-file",
    "irqbalance-config-restore-file",
    "listen",
    "log",
    "log-dir",
    "log-filter",
    "log-format",
    "log-journald",
    "log-level",
    "log-size-max",
    "manage-network-ns-lifecycle",
    "manage-ns-lifecycle",
    "metrics-cert",
    "metrics-collectors",
    "metrics-host",
    "metrics-key",
    "metrics-port",
    "metrics-socket",
    "min-injected-gomaxprocs",
    "minimum-mappable-gid",
    "minimum-mappable-uid",
    "namespaced-auth-dir",
    "namespaces-dir",
    "no-pivot",
    "nri-config-file",
    "nri-disable-connections",
    "nri-enable-default-validator",
    "nri-listen",
    "nri-plugin-config-dir",
    "nri-plugin-dir",
    "nri-plugin-registration-timeout",
    "nri-plugin-request-timeout",
    "nri-validator-reject-custom-seccomp-adjustment",
    "nri-validator-reject-namespace-adjustment",
    "nri-validator-reject-oci-hook-adjustment",
    "nri-validator-reject-runtime-default-seccomp-adjustment",
    "nri-validator-reject-unconfined-seccomp-adjustment",
    "nri-validator-required-plugins",
    "nri-validator-tolerate-missing-plugins-annotation",
    "oci-artifact-mount-support",
    "pause-command",
    "pause-image",
    "pause-image-auth-file",
    "pids-limit",
    "pinned-images",
    "pinns-path",
    "privileged-seccomp-profile",
    "profile",
    "profile-cpu",
    "profile-mem",
    "profile-port",
    "pull-progress-timeout",
    "rdt-config-file",
    "read-only",
    "registries-conf",
    "registries-conf-dir",
    "registry",
    "root",
    "runroot",
    "runtime",
    "runtimes",
    "seccomp-profile",
    "seccomp-use-default-when-empty",
    "selinux",
    "separate-pull-cgroup",
    "shared-cpuset",
    "short-name-mode",
    "signature-policy",
    "signature-policy-dir",
    "stats-collection-period",
    "storage-driver",
    "storage-opt",
    "stream-address",
    "stream-enable-tls",
    "stream-idle-timeout",
    "stream-port",
    "stream-tls-ca",
    "stream-tls-cert",
    "stream-tls-key",
    "timezone",
    "tls-cipher-suites",
    "tls-min-version",
    "tracing-endpoint",
    "tracing-sampling-rate-per-million",
    "uid-mappings",
    "version-file",
    "version-file-persist",
    "c",
    "d",
    "l",
    "r",
    "s",
    "tz",
    "h",
    "help",
    "v",
    "version",
    "generate-man",
    "generate-markdown",
];
