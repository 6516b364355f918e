//! What CRI-O's command line and environment set: its flags, and the variables that stand for them,
//! win over every file.
//!
//! [`CommandLine`] -> the options it sets, each with the word that does so.

use std::sync::Arc;

use super::go;
use super::settings::{CommandOrigin, Origin, Setting};
use crate::catalogue::{self, Found, Kind};
use crate::{CommandLine, Release, Value};

/// A flag, its letter, the variable in its place, and the option it sets.
type Row = (&'static str, &'static str, &'static str, &'static str);

/// The settings of the words, in the order of the table. An option that the release does not have is left
/// out, and so is a value of another type: CRI-O ends with either.
pub(super) fn settings(command: &CommandLine, release: Release) -> Vec<(Vec<String>, Setting)> {
    let given = given(&command.arguments);
    let of = |row: &Row| {
        let (flag, letter, variable, key) = row;
        let flags: Vec<&Given<'_>> = given
            .iter()
            .filter(|one| one.name == *flag || (!letter.is_empty() && one.name == *letter))
            .collect();
        let text = command.environment.get(*variable).filter(|_| !variable.is_empty());
        // Nobody sets most of them.
        if flags.is_empty() && text.is_none() {
            return None;
        }
        let path: Vec<String> = key.split('.').map(str::to_owned).collect();
        let Some(Found::Option(option)) = catalogue::find(&path) else { return None };
        if !option.is_in(release) {
            return None;
        }
        let (word, value) = match flags.last() {
            Some(last) => (last.word.to_owned(), value_of(option.kind(), flags.iter().map(|one| one.value))?),
            None => {
                let text = text?;
                // An empty number counts as none (urfave/cli, `IntFlag.Apply`); an empty switch is off.
                let text = if option.kind() == Kind::Boolean && text.is_empty() { "false" } else { text };
                ((*variable).to_owned(), value_of(option.kind(), std::iter::once(text))?)
            }
        };
        let origin = Origin::Command(origin(command, &word));
        Some((path, Setting { value, kind: option.kind(), origin }))
    };
    FLAGS.iter().filter_map(of).collect()
}

/// A runtime that the command line names, and the word that does so.
pub(super) struct GivenRuntime {
    pub(super) name: String,
    /// Values by key; what it does not say is empty.
    pub(super) values: Vec<(&'static str, Value)>,
    pub(super) origin: CommandOrigin,
}

/// The parts of a runtime behind its name, in the order of `--runtimes`.
const RUNTIME_PARTS: [&str; 6] = [
    "runtime_path",
    "runtime_root",
    "runtime_type",
    "privileged_without_host_devices",
    "runtime_config_path",
    "container_min_memory",
];

/// The runtimes of `--runtimes` (`mergeConfig`): each takes the place of one of its name as a whole. One of
/// another form is left out: CRI-O ends with it.
pub(super) fn runtimes(command: &CommandLine) -> Vec<GivenRuntime> {
    const VARIABLE: &str = "CONTAINER_RUNTIMES";
    let given = given(&command.arguments);
    let mut texts: Vec<(&str, &str)> =
        given.iter().filter(|one| one.name == "runtimes").map(|one| (one.word, one.value)).collect();
    if let (true, Some(text)) = (texts.is_empty(), command.environment.get(VARIABLE)) {
        texts.push((VARIABLE, text));
    }
    let of = |(word, text): (&str, &str)| {
        let origin = origin(command, word);
        let each = text.split(',').filter_map(|one| runtime(one.trim()));
        each.map(|(name, values)| GivenRuntime { name, values, origin: origin.clone() }).collect::<Vec<_>>()
    };
    texts.into_iter().flat_map(of).collect()
}

/// `name:path:root`, and up to four parts more.
fn runtime(text: &str) -> Option<(String, Vec<(&'static str, Value)>)> {
    let parts: Vec<&str> = text.split(':').collect();
    let (name, parts) =
        parts.split_first().filter(|(_, parts)| (2..=RUNTIME_PARTS.len()).contains(&parts.len()))?;
    let mut values: Vec<(&str, Value)> = RUNTIME_PARTS
        .into_iter()
        .zip(parts)
        .map(|(key, part)| match key {
            "privileged_without_host_devices" => (key, Value::Boolean(*part == "true")),
            _ => (key, Value::from(*part)),
        })
        .collect();
    if parts.len() == 2 {
        // `DefaultRuntimeType`.
        values.push(("runtime_type", Value::from("oci")));
    }
    Some(((*name).to_owned(), values))
}

fn origin(command: &CommandLine, word: &str) -> CommandOrigin {
    let place = command.places.get(word);
    let (file, line) = place.map_or(("", 0), |(file, line)| (file.as_str(), *line));
    CommandOrigin { word: word.into(), file: Arc::from(file), line }
}

/// A flag of the command line.
struct Given<'w> {
    /// As it is written, without a value.
    word: &'w str,
    name: &'w str,
    value: &'w str,
}

/// Go's `flag`: `-name=value`, `-name value`, one dash or two; of a switch only `=` gives a value; the
/// first word that is no flag ends them.
fn given(arguments: &[String]) -> Vec<Given<'_>> {
    let mut given = Vec::new();
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let Some(rest) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else { break };
        if rest.is_empty() {
            break;
        }
        let (name, value) = match rest.split_once('=') {
            Some((name, value)) => (name, value),
            None if is_switch(rest) => (rest, "true"),
            None => (rest, words.next().unwrap_or_default()),
        };
        given.push(Given { word: word.split('=').next().unwrap_or(word), name, value });
    }
    given
}

fn is_switch(name: &str) -> bool {
    let of_option = FLAGS.iter().find(|row| row.0 == name).and_then(|row| {
        let path: Vec<String> = row.3.split('.').map(str::to_owned).collect();
        match catalogue::find(&path)? {
            Found::Option(option) => Some(option.kind() == Kind::Boolean),
            _ => None,
        }
    });
    of_option.unwrap_or_else(|| SWITCHES.contains(&name))
}

/// Switches that set no option of the files.
const SWITCHES: [&str; 7] =
    ["enable-profile-unix-socket", "h", "help", "manage-network-ns-lifecycle", "profile", "v", "version"];

fn value_of<'t>(kind: Kind, texts: impl Iterator<Item = &'t str>) -> Option<Value> {
    if kind == Kind::Strings {
        // urfave/cli splits each at commas, CRI-O trims them (`StringSliceTrySplit`).
        let all = texts.flat_map(|text| text.split(',')).map(|text| text.trim().to_owned());
        return Some(Value::Strings(all.collect()));
    }
    let text = texts.last()?;
    match kind {
        Kind::String => Some(Value::from(text)),
        Kind::Boolean => go::parse_bool(text).map(Value::Boolean),
        Kind::Integer | Kind::Unsigned => text.parse().ok().map(Value::Integer),
        Kind::Duration => go::parse_duration(text).map(Value::Integer),
        Kind::Strings | Kind::StringMap | Kind::Table | Kind::Tables => None,
    }
}

/// `internal/criocli/criocli.go` of 1.18 to 1.37, which agree: what `mergeConfig` takes from a flag, and the
/// `EnvVars` of the flag.
const FLAGS: &[Row] = &[
    (
        "absent-mount-sources-to-reject",
        "",
        "CONTAINER_ABSENT_MOUNT_SOURCES_TO_REJECT",
        "crio.runtime.absent_mount_sources_to_reject",
    ),
    (
        "add-inheritable-capabilities",
        "",
        "CONTAINER_ADD_INHERITABLE_CAPABILITIES",
        "crio.runtime.add_inheritable_capabilities",
    ),
    ("additional-artifact-stores", "", "", "crio.runtime.additional_artifact_stores"),
    ("additional-devices", "", "CONTAINER_ADDITIONAL_DEVICES", "crio.runtime.additional_devices"),
    ("allowed-devices", "", "CONTAINER_ALLOWED_DEVICES", "crio.runtime.allowed_devices"),
    ("apparmor-profile", "", "CONTAINER_APPARMOR_PROFILE", "crio.runtime.apparmor_profile"),
    ("auto-reload-registries", "", "AUTO_RELOAD_REGISTRIES", "crio.image.auto_reload_registries"),
    (
        "big-files-temporary-dir",
        "",
        "CONTAINER_BIG_FILES_TEMPORARY_DIR",
        "crio.image.big_files_temporary_dir",
    ),
    ("bind-mount-prefix", "", "CONTAINER_BIND_MOUNT_PREFIX", "crio.runtime.bind_mount_prefix"),
    ("blockio-config-file", "", "", "crio.runtime.blockio_config_file"),
    ("blockio-reload", "", "", "crio.runtime.blockio_reload"),
    ("cdi-spec-dirs", "", "CONTAINER_CDI_SPEC_DIRS", "crio.runtime.cdi_spec_dirs"),
    ("cgroup-manager", "", "CONTAINER_CGROUP_MANAGER", "crio.runtime.cgroup_manager"),
    ("clean-shutdown-file", "", "CONTAINER_CLEAN_SHUTDOWN_FILE", "crio.clean_shutdown_file"),
    ("cni-config-dir", "", "CONTAINER_CNI_CONFIG_DIR", "crio.network.network_dir"),
    ("cni-default-network", "", "CONTAINER_CNI_DEFAULT_NETWORK", "crio.network.cni_default_network"),
    ("cni-plugin-dir", "", "CONTAINER_CNI_PLUGIN_DIR", "crio.network.plugin_dirs"),
    ("cni-status-grace-period", "", "CNI_STATUS_GRACE_PERIOD", "crio.network.cni_status_grace_period"),
    ("collection-period", "", "COLLECTION_PERIOD", "crio.stats.collection_period"),
    ("conmon", "", "CONTAINER_CONMON", "crio.runtime.conmon"),
    ("conmon-cgroup", "", "CONTAINER_CONMON_CGROUP", "crio.runtime.conmon_cgroup"),
    ("conmon-env", "", "CONTAINER_CONMON_ENV", "crio.runtime.conmon_env"),
    (
        "container-attach-socket-dir",
        "",
        "CONTAINER_ATTACH_SOCKET_DIR",
        "crio.runtime.container_attach_socket_dir",
    ),
    ("container-exits-dir", "", "CONTAINER_EXITS_DIR", "crio.runtime.container_exits_dir"),
    ("ctr-stop-timeout", "", "CONTAINER_STOP_TIMEOUT", "crio.runtime.ctr_stop_timeout"),
    ("decryption-keys-path", "", "", "crio.runtime.decryption_keys_path"),
    ("default-capabilities", "", "CONTAINER_DEFAULT_CAPABILITIES", "crio.runtime.default_capabilities"),
    ("default-env", "", "CONTAINER_DEFAULT_ENV", "crio.runtime.default_env"),
    ("default-mounts-file", "", "CONTAINER_DEFAULT_MOUNTS_FILE", "crio.runtime.default_mounts_file"),
    ("default-runtime", "", "CONTAINER_DEFAULT_RUNTIME", "crio.runtime.default_runtime"),
    ("default-sysctls", "", "CONTAINER_DEFAULT_SYSCTLS", "crio.runtime.default_sysctls"),
    ("default-transport", "", "CONTAINER_DEFAULT_TRANSPORT", "crio.image.default_transport"),
    ("default-ulimits", "", "CONTAINER_DEFAULT_ULIMITS", "crio.runtime.default_ulimits"),
    ("device-ownership-from-security-context", "", "", "crio.runtime.device_ownership_from_security_context"),
    ("disable-hostport-mapping", "", "DISABLE_HOSTPORT_MAPPING", "crio.runtime.disable_hostport_mapping"),
    ("drop-infra-ctr", "", "CONTAINER_DROP_INFRA_CTR", "crio.runtime.drop_infra_ctr"),
    ("enable-criu-support", "", "CONTAINER_ENABLE_CRIU_SUPPORT", "crio.runtime.enable_criu_support"),
    ("enable-metrics", "", "CONTAINER_ENABLE_METRICS", "crio.metrics.enable_metrics"),
    ("enable-nri", "", "", "crio.nri.enable_nri"),
    ("enable-pod-events", "", "ENABLE_POD_EVENTS", "crio.runtime.enable_pod_events"),
    ("enable-tracing", "", "CONTAINER_ENABLE_TRACING", "crio.tracing.enable_tracing"),
    ("gid-mappings", "", "CONTAINER_GID_MAPPINGS", "crio.runtime.gid_mappings"),
    ("global-auth-file", "", "CONTAINER_GLOBAL_AUTH_FILE", "crio.image.global_auth_file"),
    ("grpc-max-recv-msg-size", "", "CONTAINER_GRPC_MAX_RECV_MSG_SIZE", "crio.api.grpc_max_recv_msg_size"),
    ("grpc-max-send-msg-size", "", "CONTAINER_GRPC_MAX_SEND_MSG_SIZE", "crio.api.grpc_max_send_msg_size"),
    ("hooks-dir", "", "CONTAINER_HOOKS_DIR", "crio.runtime.hooks_dir"),
    (
        "hostnetwork-disable-selinux",
        "",
        "CONTAINER_HOSTNETWORK_DISABLE_SELINUX",
        "crio.runtime.hostnetwork_disable_selinux",
    ),
    ("image-volumes", "", "CONTAINER_IMAGE_VOLUMES", "crio.image.image_volumes"),
    ("imagestore", "", "CONTAINER_IMAGESTORE", "crio.imagestore"),
    ("included-pod-metrics", "", "CONTAINER_INCLUDED_POD_METRCIS", "crio.stats.included_pod_metrics"),
    ("infra-ctr-cpuset", "", "CONTAINER_INFRA_CTR_CPUSET", "crio.runtime.infra_ctr_cpuset"),
    ("insecure-registry", "", "CONTAINER_INSECURE_REGISTRY", "crio.image.insecure_registries"),
    ("internal-repair", "", "CONTAINER_INTERNAL_REPAIR", "crio.internal_repair"),
    ("internal-wipe", "", "CONTAINER_INTERNAL_WIPE", "crio.internal_wipe"),
    ("irqbalance-config-file", "", "", "crio.runtime.irqbalance_config_file"),
    ("irqbalance-config-restore-file", "", "", "crio.runtime.irqbalance_config_restore_file"),
    ("listen", "", "CONTAINER_LISTEN", "crio.api.listen"),
    ("log-dir", "", "CONTAINER_LOG_DIR", "crio.log_dir"),
    ("log-filter", "", "CONTAINER_LOG_FILTER", "crio.runtime.log_filter"),
    ("log-journald", "", "CONTAINER_LOG_JOURNALD", "crio.runtime.log_to_journald"),
    ("log-level", "l", "CONTAINER_LOG_LEVEL", "crio.runtime.log_level"),
    ("log-size-max", "", "CONTAINER_LOG_SIZE_MAX", "crio.runtime.log_size_max"),
    ("manage-ns-lifecycle", "", "CONTAINER_MANAGE_NS_LIFECYCLE", "crio.runtime.manage_ns_lifecycle"),
    ("metrics-cert", "", "CONTAINER_METRICS_CERT", "crio.metrics.metrics_cert"),
    ("metrics-collectors", "", "CONTAINER_METRICS_COLLECTORS", "crio.metrics.metrics_collectors"),
    ("metrics-host", "", "CONTAINER_METRICS_HOST", "crio.metrics.metrics_host"),
    ("metrics-key", "", "CONTAINER_METRICS_KEY", "crio.metrics.metrics_key"),
    ("metrics-port", "", "CONTAINER_METRICS_PORT", "crio.metrics.metrics_port"),
    ("metrics-socket", "", "CONTAINER_METRICS_SOCKET", "crio.metrics.metrics_socket"),
    ("min-injected-gomaxprocs", "", "CONTAINER_INJECT_GOMAXPROCS", "crio.runtime.min_injected_gomaxprocs"),
    ("minimum-mappable-gid", "", "CONTAINER_MINIMUM_MAPPABLE_GID", "crio.runtime.minimum_mappable_gid"),
    ("minimum-mappable-uid", "", "CONTAINER_MINIMUM_MAPPABLE_UID", "crio.runtime.minimum_mappable_uid"),
    ("namespaced-auth-dir", "", "CONTAINER_NAMESPACED_AUTH_DIR", "crio.image.namespaced_auth_dir"),
    ("namespaces-dir", "", "CONTAINER_NAMESPACES_DIR", "crio.runtime.namespaces_dir"),
    ("no-pivot", "", "CONTAINER_NO_PIVOT", "crio.runtime.no_pivot"),
    ("nri-disable-connections", "", "", "crio.nri.nri_disable_connections"),
    ("nri-enable-default-validator", "", "", "crio.nri.default_validator.nri_enable_default_validator"),
    ("nri-listen", "", "", "crio.nri.nri_listen"),
    ("nri-plugin-config-dir", "", "", "crio.nri.nri_plugin_config_dir"),
    ("nri-plugin-dir", "", "", "crio.nri.nri_plugin_dir"),
    ("nri-plugin-registration-timeout", "", "", "crio.nri.nri_plugin_registration_timeout"),
    ("nri-plugin-request-timeout", "", "", "crio.nri.nri_plugin_request_timeout"),
    (
        "nri-validator-reject-custom-seccomp-adjustment",
        "",
        "",
        "crio.nri.default_validator.nri_validator_reject_custom_seccomp_adjustment",
    ),
    (
        "nri-validator-reject-namespace-adjustment",
        "",
        "",
        "crio.nri.default_validator.nri_validator_reject_namespace_adjustment",
    ),
    (
        "nri-validator-reject-oci-hook-adjustment",
        "",
        "",
        "crio.nri.default_validator.nri_validator_reject_oci_hook_adjustment",
    ),
    (
        "nri-validator-reject-runtime-default-seccomp-adjustment",
        "",
        "",
        "crio.nri.default_validator.nri_validator_reject_runtime_default_seccomp_adjustment",
    ),
    (
        "nri-validator-reject-unconfined-seccomp-adjustment",
        "",
        "",
        "crio.nri.default_validator.nri_validator_reject_unconfined_seccomp_adjustment",
    ),
    ("nri-validator-required-plugins", "", "", "crio.nri.default_validator.nri_validator_required_plugins"),
    (
        "nri-validator-tolerate-missing-plugins-annotation",
        "",
        "",
        "crio.nri.default_validator.nri_validator_tolerate_missing_plugins_annotation",
    ),
    (
        "oci-artifact-mount-support",
        "",
        "CONTAINER_OCI_ARTIFACT_SUPPORT",
        "crio.image.oci_artifact_mount_support",
    ),
    ("pause-command", "", "CONTAINER_PAUSE_COMMAND", "crio.image.pause_command"),
    ("pause-image", "", "CONTAINER_PAUSE_IMAGE", "crio.image.pause_image"),
    ("pause-image-auth-file", "", "CONTAINER_PAUSE_IMAGE_AUTH_FILE", "crio.image.pause_image_auth_file"),
    ("pids-limit", "", "CONTAINER_PIDS_LIMIT", "crio.runtime.pids_limit"),
    ("pinned-images", "", "CONTAINER_PINNED_IMAGES", "crio.image.pinned_images"),
    ("pinns-path", "", "CONTAINER_PINNS_PATH", "crio.runtime.pinns_path"),
    (
        "privileged-seccomp-profile",
        "",
        "CONTAINER_PRIVILEGED_SECCOMP_PROFILE",
        "crio.runtime.privileged_seccomp_profile",
    ),
    ("pull-progress-timeout", "", "CONTAINER_PULL_PROGRESS_TIMEOUT", "crio.image.pull_progress_timeout"),
    ("rdt-config-file", "", "", "crio.runtime.rdt_config_file"),
    ("read-only", "", "CONTAINER_READ_ONLY", "crio.runtime.read_only"),
    ("registry", "", "CONTAINER_REGISTRY", "crio.image.registries"),
    ("root", "r", "CONTAINER_ROOT", "crio.root"),
    ("runroot", "", "CONTAINER_RUNROOT", "crio.runroot"),
    ("seccomp-profile", "", "CONTAINER_SECCOMP_PROFILE", "crio.runtime.seccomp_profile"),
    (
        "seccomp-use-default-when-empty",
        "",
        "CONTAINER_SECCOMP_USE_DEFAULT_WHEN_EMPTY",
        "crio.runtime.seccomp_use_default_when_empty",
    ),
    ("selinux", "", "CONTAINER_SELINUX", "crio.runtime.selinux"),
    ("separate-pull-cgroup", "", "PULL_IN_A_CGROUP", "crio.runtime.separate_pull_cgroup"),
    ("shared-cpuset", "", "CONTAINER_SHARED_CPUSET", "crio.runtime.shared_cpuset"),
    ("short-name-mode", "", "CONTAINER_SHORT_NAME_MODE", "crio.image.short_name_mode"),
    ("signature-policy", "", "CONTAINER_SIGNATURE_POLICY", "crio.image.signature_policy"),
    ("signature-policy-dir", "", "CONTAINER_SIGNATURE_POLICY_DIR", "crio.image.signature_policy_dir"),
    (
        "stats-collection-period",
        "",
        "CONTAINER_STATS_COLLECTION_PERIOD",
        "crio.stats.stats_collection_period",
    ),
    ("storage-driver", "s", "CONTAINER_STORAGE_DRIVER", "crio.storage_driver"),
    ("storage-opt", "", "CONTAINER_STORAGE_OPT", "crio.storage_option"),
    ("stream-address", "", "CONTAINER_STREAM_ADDRESS", "crio.api.stream_address"),
    ("stream-enable-tls", "", "CONTAINER_ENABLE_TLS", "crio.api.stream_enable_tls"),
    ("stream-idle-timeout", "", "STREAM_IDLE_TIMEOUT", "crio.api.stream_idle_timeout"),
    ("stream-port", "", "CONTAINER_STREAM_PORT", "crio.api.stream_port"),
    ("stream-tls-ca", "", "CONTAINER_TLS_CA", "crio.api.stream_tls_ca"),
    ("stream-tls-cert", "", "CONTAINER_TLS_CERT", "crio.api.stream_tls_cert"),
    ("stream-tls-key", "", "CONTAINER_TLS_KEY", "crio.api.stream_tls_key"),
    ("timezone", "tz", "CONTAINER_TIME_ZONE", "crio.runtime.timezone"),
    ("tls-cipher-suites", "", "CONTAINER_TLS_CIPHER_SUITES", "crio.api.tls_cipher_suites"),
    ("tls-min-version", "", "CONTAINER_TLS_MIN_VERSION", "crio.api.tls_min_version"),
    ("tracing-endpoint", "", "CONTAINER_TRACING_ENDPOINT", "crio.tracing.tracing_endpoint"),
    (
        "tracing-sampling-rate-per-million",
        "",
        "CONTAINER_TRACING_SAMPLING_RATE_PER_MILLION",
        "crio.tracing.tracing_sampling_rate_per_million",
    ),
    ("uid-mappings", "", "CONTAINER_UID_MAPPINGS", "crio.runtime.uid_mappings"),
    ("version-file", "", "CONTAINER_VERSION_FILE", "crio.version_file"),
    ("version-file-persist", "", "CONTAINER_VERSION_FILE_PERSIST", "crio.version_file_persist"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(words: &[&str], variables: &[(&str, &str)], key: &str) -> Option<(Value, String)> {
        let command = CommandLine {
            arguments: words.iter().map(|word| (*word).to_owned()).collect(),
            environment: variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..CommandLine::default()
        };
        let all = settings(&command, Release::newest_of(34));
        let found = all.into_iter().find(|(path, _)| path.join(".") == key);
        found.map(|(_, setting)| (setting.value, setting.origin.to_string()))
    }

    #[test]
    fn a_flag_wins_over_its_variable_and_a_switch_takes_no_next_word() {
        let both = &[("CONTAINER_SELINUX", "true"), ("CONTAINER_LISTEN", "/run/a.sock")][..];
        let selinux = |words: &[&str]| said(words, both, "crio.runtime.selinux");
        assert_eq!(selinux(&[]), Some((Value::Boolean(true), "CONTAINER_SELINUX".into())));
        assert_eq!(selinux(&["--selinux=false"]), Some((Value::Boolean(false), "--selinux".into())));
        assert_eq!(selinux(&["--selinux", "--log-level", "x"]).unwrap().0, Value::Boolean(true));
        // What comes after the first word that is no flag is none.
        assert_eq!(selinux(&["wipe", "--selinux=false"]).unwrap().1, "CONTAINER_SELINUX");
        let listen = |words: &[&str]| said(words, both, "crio.api.listen").unwrap().0;
        assert_eq!(listen(&["--profile", "-listen", "/run/b.sock"]), Value::from("/run/b.sock"));
        assert_eq!(listen(&["--listen="]), Value::from(""));
    }

    #[test]
    fn lists_numbers_durations_and_letters_are_read_as_cri_o_does() {
        let value = |words: &[&str], key| said(words, &[], key).map(|found| found.0);
        let dirs = Some(Value::Strings(vec!["/a".into(), "/b".into(), "/c".into()]));
        let words = ["--cni-plugin-dir=/a, /b", "--cni-plugin-dir", "/c"];
        assert_eq!(value(&words, "crio.network.plugin_dirs"), dirs);
        assert_eq!(value(&["-l", "debug"], "crio.runtime.log_level"), Some(Value::from("debug")));
        assert_eq!(value(&["--pids-limit=7"], "crio.runtime.pids_limit"), Some(Value::Integer(7)));
        assert_eq!(
            value(&["--pull-progress-timeout=10s"], "crio.image.pull_progress_timeout"),
            Some(Value::Integer(10_000_000_000))
        );
        // Of another type, of another release: CRI-O ends with it, which is told elsewhere.
        assert_eq!(value(&["--pids-limit=many"], "crio.runtime.pids_limit"), None);
        assert_eq!(value(&["--registry=a"], "crio.image.registries"), None);
        assert_eq!(said(&[], &[("CONTAINER_PIDS_LIMIT", "")], "crio.runtime.pids_limit"), None);
        let off = said(&[], &[("CONTAINER_LOG_JOURNALD", "")], "crio.runtime.log_to_journald");
        assert_eq!(off.unwrap().0, Value::Boolean(false));
    }

    #[test]
    fn runtimes_take_the_place_of_those_of_their_name() {
        let of = |words: &[&str], variables: &[(&str, &str)]| {
            let mut sources = crate::Sources::new().with_main(
                "/etc/crio/crio.conf",
                "[crio.runtime.runtimes.kata]\nruntime_path = \"/old\"\nruntime_type = \"vm\"\nmonitor_path = \"/m\"\n",
            );
            sources.command.arguments = words.iter().map(|word| (*word).to_owned()).collect();
            sources.command.environment =
                variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let config = crate::merge(&sources, Release::newest_of(34)).unwrap().config;
            let text =
                |name: &str, key: &str| config.text(&["crio", "runtime", "runtimes", name, key]).to_owned();
            let keys = ["runtime_path", "runtime_root", "runtime_type", "monitor_path"];
            let names = config.runtimes().into_iter().filter(|name| ["kata", "x"].contains(name));
            let shown = names.map(|name| format!("{name} {}", keys.map(|key| text(name, key)).join(" ")));
            shown.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(of(&[], &[]), "kata /old  vm /m");
        assert_eq!(of(&["--runtimes=kata:/new:/r"], &[]), "kata /new /r oci ");
        let both = &["--runtimes", "x:/x::vm, kata:/k:", "--log-level=info"];
        assert_eq!(of(both, &[("CONTAINER_RUNTIMES", "x:/no:")]), "kata /k  oci , x /x  vm ");
        assert_eq!(of(&[], &[("CONTAINER_RUNTIMES", "x:/x:")]), "kata /old  vm /m, x /x  oci ");
        // CRI-O ends with these.
        assert_eq!(of(&["--runtimes=x", "--runtimes=x:1:2:3:4:5:6:7"], &[]), "kata /old  vm /m");
    }

    #[test]
    fn every_row_is_an_option_of_some_release() {
        for (flag, _, _, key) in FLAGS {
            let path: Vec<String> = key.split('.').map(str::to_owned).collect();
            assert!(matches!(catalogue::find(&path), Some(Found::Option(_))), "--{flag}: {key}");
        }
    }
}
