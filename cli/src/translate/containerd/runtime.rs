//! Keys of containerd's CRI plugin that are about containers: runtimes, networks, streaming.

use crio_config::Value;

use super::{CRI, Context, RUNC};
use crate::translate::draft::Draft;
use crate::translate::fault::Outcome;
use crate::translate::near;
use crate::translate::tree::{Leaf, Plain};

fn off_or(leaf: &Leaf, why: &str) -> Outcome {
    if leaf.flag() == Some(false) || leaf.number() == Some(0) {
        return Outcome::not_needed("it is off");
    }
    Outcome::by_hand(why)
}

fn flag(draft: &mut Draft, leaf: &Leaf, path: &[&str]) -> Outcome {
    match leaf.flag() {
        Some(flag) => draft.crio(path, Value::Boolean(flag)),
        None => Outcome::invalid("containerd takes true or false here"),
    }
}

fn text(draft: &mut Draft, leaf: &Leaf, path: &[&str]) -> Outcome {
    match leaf.text() {
        Some(text) => draft.crio(path, Value::from(text)),
        None => Outcome::invalid("containerd takes a text here"),
    }
}

fn texts(draft: &mut Draft, leaf: &Leaf, path: &[&str]) -> Outcome {
    match leaf.texts() {
        Some(items) => draft.crio(path, Value::Strings(items.into_iter().map(str::to_owned).collect())),
        None => Outcome::invalid("containerd takes a list of texts here"),
    }
}

/// Keys right below the plugin, but those of images.
const KEYS: [&str; 36] = [
    "cdi_spec_dirs",
    "cni",
    "containerd",
    "device_ownership_from_security_context",
    "disable_apparmor",
    "disable_cgroup",
    "disable_hugetlb_controller",
    "disable_proc_mount",
    "disable_tcp_service",
    "drain_exec_sync_io_timeout",
    "enable_cdi",
    "enable_criu",
    "enable_selinux",
    "enable_tls_streaming",
    "enable_unprivileged_icmp",
    "enable_unprivileged_ports",
    "ignore_deprecation_warnings",
    "ignore_image_defined_volumes",
    "image_decryption",
    "max_concurrent_downloads",
    "max_container_log_line_size",
    "netns_mounts_under_state_dir",
    "registry",
    "restrict_oom_score_adj",
    "sandbox_image",
    "selinux_category_range",
    "stats_collect_period",
    "stats_retention_period",
    "stream_idle_timeout",
    "stream_server_address",
    "stream_server_port",
    "systemd_cgroup",
    "tolerate_missing_hugetlb_controller",
    "unset_seccomp_profile",
    "x509_key_pair_streaming",
    "image_pull_progress_timeout",
];

/// A key right below the plugin.
pub(super) fn told(draft: &mut Draft, leaf: &Leaf) -> Outcome {
    match leaf.part(1) {
        "enable_selinux" => flag(draft, leaf, &["crio", "runtime", "selinux"]),
        "disable_apparmor" if leaf.flag() == Some(true) => {
            draft.crio(&["crio", "runtime", "apparmor_profile"], Value::from("unconfined"))
        }
        "disable_apparmor" => Outcome::not_needed("it is off"),
        "unset_seccomp_profile" if leaf.text() == Some("unconfined") => {
            Outcome::not_needed("a pod without a profile runs unconfined in both")
        }
        "unset_seccomp_profile" => Outcome::by_hand(
            "CRI-O leaves a pod without a profile unconfined: seccompDefault of the kubelet gives it RuntimeDefault, \
             which is crio.runtime.seccomp_profile",
        ),
        "device_ownership_from_security_context" => {
            flag(draft, leaf, &["crio", "runtime", "device_ownership_from_security_context"])
        }
        "cdi_spec_dirs" => texts(draft, leaf, &["crio", "runtime", "cdi_spec_dirs"]),
        "enable_criu" => flag(draft, leaf, &["crio", "runtime", "enable_criu_support"]),
        "enable_unprivileged_ports" => sysctl(draft, leaf, "net.ipv4.ip_unprivileged_port_start=0"),
        "enable_unprivileged_icmp" => sysctl(draft, leaf, "net.ipv4.ping_group_range=0 2147483647"),
        "systemd_cgroup" => driver(draft, leaf),
        "stream_server_address" => text(draft, leaf, &["crio", "api", "stream_address"]),
        "stream_server_port" => text(draft, leaf, &["crio", "api", "stream_port"]),
        "stream_idle_timeout" => {
            draft.crio_text(&["crio", "api", "stream_idle_timeout"], leaf.text().unwrap_or_default())
        }
        "enable_tls_streaming" => flag(draft, leaf, &["crio", "api", "stream_enable_tls"]),
        "x509_key_pair_streaming" => match leaf.part(2) {
            "tls_cert_file" => text(draft, leaf, &["crio", "api", "stream_tls_cert"]),
            "tls_key_file" => text(draft, leaf, &["crio", "api", "stream_tls_key"]),
            _ => Outcome::Unknown { near: Some("tls_cert_file".into()) },
        },
        "disable_cgroup" => off_or(
            leaf,
            "CRI-O always puts containers into cgroups: a node in a user namespace needs another setup",
        ),
        "restrict_oom_score_adj" => {
            off_or(leaf, "CRI-O sets the OOM score that it is asked for, and fails where it may not")
        }
        "ignore_image_defined_volumes" => {
            let value = if leaf.flag() == Some(true) { "ignore" } else { "mkdir" };
            draft.crio(&["crio", "image", "image_volumes"], Value::from(value))
        }
        name => passed(name).unwrap_or_else(|| Outcome::Unknown { near: near(name, KEYS.into_iter()) }),
    }
}

/// What needs no word in CRI-O.
fn passed(name: &str) -> Option<Outcome> {
    let why = match name {
        "selinux_category_range" => "CRI-O takes categories of all 1024",
        "max_container_log_line_size" => "CRI-O cuts long lines at a size of its own, and marks the parts",
        "disable_proc_mount" => "of Kubernetes up to 1.11",
        "tolerate_missing_hugetlb_controller" | "disable_hugetlb_controller" => {
            "CRI-O looks itself which controllers the kernel has"
        }
        "netns_mounts_under_state_dir" => "CRI-O has namespaces in crio.runtime.namespaces_dir",
        "enable_cdi" => "CRI-O always reads CDI's files",
        "drain_exec_sync_io_timeout" => "CRI-O ends an exec with its process",
        "ignore_deprecation_warnings" => "warnings of containerd alone",
        "stats_collect_period" | "stats_retention_period" => "CRI-O collects when it is asked",
        "disable_tcp_service" => "CRI-O streams on the address that crio.api.stream_address says",
        _ => return None,
    };
    Some(Outcome::not_needed(why))
}

fn sysctl(draft: &mut Draft, leaf: &Leaf, value: &str) -> Outcome {
    if leaf.flag() != Some(true) {
        return Outcome::not_needed("it is off");
    }
    let path = ["crio", "runtime", "default_sysctls"].map(str::to_owned).to_vec();
    let mut all = match draft.crio.remove(&path) {
        Some(Value::Strings(all)) => all,
        _ => Vec::new(),
    };
    all.push(value.to_owned());
    draft.crio(&["crio", "runtime", "default_sysctls"], Value::Strings(all))
}

fn driver(draft: &mut Draft, leaf: &Leaf) -> Outcome {
    match leaf.flag() {
        Some(true) => draft.cgroup_driver("systemd"),
        Some(false) => draft.cgroup_driver("cgroupfs"),
        None => Outcome::invalid("containerd takes true or false here"),
    }
}

/// Keys of `[plugins.….containerd]`.
pub(super) fn containerd(draft: &mut Draft, context: &Context, leaf: &Leaf) -> Outcome {
    match leaf.part(2) {
        "default_runtime_name" => match leaf.text() {
            Some(name) if !name.is_empty() => {
                draft.crio(
                    &["crio", "runtime", "runtimes", name, "runtime_type"],
                    Value::from(type_for(context, name)),
                );
                draft.crio(&["crio", "runtime", "default_runtime"], Value::from(name))
            }
            _ => Outcome::invalid("containerd takes a text here"),
        },
        "runtimes" if leaf.path.len() > 4 => handler(draft, context, leaf, leaf.part(3), 4),
        "runtimes" | "default_runtime" | "untrusted_workload_runtime" if is_no_table(leaf) => {
            Outcome::invalid("containerd takes a table here, and does not start with anything else")
        }
        "runtimes" if leaf.path.len() == 4 => {
            Outcome::not_needed("a handler without a key of its own: what is default counts")
        }
        "runtimes" => Outcome::not_needed("it is empty"),
        // The forms before there was a table of runtimes.
        "default_runtime" => handler(draft, context, leaf, "default", 3),
        "untrusted_workload_runtime" => handler(draft, context, leaf, "untrusted", 3),
        "snapshotter" => snapshotter(draft, leaf),
        "no_pivot" => flag(draft, leaf, &["crio", "runtime", "no_pivot"]),
        "disable_snapshot_annotations" | "discard_unpacked_layers" => {
            Outcome::not_needed("CRI-O keeps layers in containers-storage, which has no such choice")
        }
        "ignore_blockio_not_enabled_errors" | "ignore_rdt_not_enabled_errors" => Outcome::not_needed(
            "CRI-O is told of classes by blockio_config_file and rdt_config_file, or has none",
        ),
        name => {
            let known =
                ["default_runtime_name", "runtimes", "snapshotter", "no_pivot", "discard_unpacked_layers"];
            Outcome::Unknown { near: near(name, known.into_iter()) }
        }
    }
}

/// Whether something else stands where a handler, or the table of them, has to.
fn is_no_table(leaf: &Leaf) -> bool {
    let tables = if leaf.part(2) == "runtimes" { 4 } else { 3 };
    leaf.path.len() <= tables && !matches!(leaf.value, Plain::Map(_))
}

fn snapshotter(draft: &mut Draft, leaf: &Leaf) -> Outcome {
    match leaf.text() {
        Some("overlayfs") => {
            draft.storage.driver = Some("overlay".into());
            Outcome::to("storage.conf: driver overlay")
        }
        Some("native") => {
            draft.storage.driver = Some("vfs".into());
            Outcome::to("storage.conf: driver vfs")
        }
        Some(other) => Outcome::by_hand(format!(
            "containers-storage has no {other}: images are pulled again, and lazy pulls end"
        )),
        None => Outcome::invalid("containerd takes a text here"),
    }
}

/// What CRI-O takes the type of a handler for.
fn type_for(context: &Context, name: &str) -> &'static str {
    if context.type_of(name).contains("kata") { "vm" } else { "oci" }
}

/// A key of a handler; its own keys begin at `at`.
fn handler(draft: &mut Draft, context: &Context, leaf: &Leaf, name: &str, at: usize) -> Outcome {
    let below = |key: &'static str| ["crio", "runtime", "runtimes", name, key];
    match leaf.part(at) {
        "runtime_type" => handler_type(draft, context, leaf, name),
        "runtime_path" if type_for(context, name) == "vm" => text(draft, leaf, &below("runtime_path")),
        "runtime_path" => {
            Outcome::by_hand("the path of a shim: CRI-O starts the OCI runtime itself, by runtime_path")
        }
        "runtime_engine" => program(draft, leaf, name),
        "runtime_root" => text(draft, leaf, &below("runtime_root")),
        "privileged_without_host_devices" => flag(draft, leaf, &below("privileged_without_host_devices")),
        "pod_annotations" | "container_annotations" => {
            Outcome::not_needed("CRI-O hands a pod's annotations to its runtime anyway")
        }
        "options" => options(draft, context, leaf, name, at + 1),
        "privileged_without_host_devices_all_devices_allowed" => {
            off_or(leaf, "CRI-O allows a privileged container the devices that it has, and no others")
        }
        "cgroup_writable" => off_or(
            leaf,
            "a pod asks for it by the annotation cgroup2-mount-hierarchy-rw.crio.io, which the handler has to allow",
        ),
        "base_runtime_spec" => Outcome::by_hand(
            "CRI-O starts from no file: say default_ulimits, default_capabilities, default_sysctls and default_env",
        ),
        "cni_conf_dir" => Outcome::by_hand("CRI-O has one directory of networks for all handlers"),
        "cni_max_conf_num" => Outcome::not_needed("CRI-O takes the first network that is good"),
        "snapshotter" => Outcome::by_hand("CRI-O has one driver of storage for all handlers"),
        "sandboxer" | "sandbox_mode" if leaf.text() == Some("podsandbox") => {
            Outcome::not_needed("a pod has an infra container, as in CRI-O")
        }
        "sandboxer" | "sandbox_mode" => {
            Outcome::by_hand("CRI-O makes sandboxes itself: a shim that makes them needs runtime_type vm")
        }
        "io_type" => Outcome::by_hand("CRI-O has pipes alone"),
        "disable_pause_image_pull" => {
            Outcome::not_needed("CRI-O pulls the pause image when it needs it, and pins it")
        }
        _ => Outcome::Unknown { near: Some("runtime_type".into()) },
    }
}

fn program(draft: &mut Draft, leaf: &Leaf, handler: &str) -> Outcome {
    match leaf.text() {
        Some(path) => draft.program(handler, path),
        None => Outcome::invalid("containerd takes a text here"),
    }
}

fn handler_type(draft: &mut Draft, context: &Context, leaf: &Leaf, name: &str) -> Outcome {
    let path = |key| ["crio", "runtime", "runtimes", name, key];
    let mut shim = |program: &str, kind: &str| {
        if !context.names_a_program(name) {
            draft.crio(&path("runtime_path"), Value::from(program));
        }
        draft.crio(&path("runtime_type"), Value::from(kind)).note("the place of its program has to be right")
    };
    match leaf.text() {
        Some("io.containerd.runc.v1" | "io.containerd.runc.v2" | "io.containerd.runtime.v1.linux") => {
            // Its shim starts runc whatever the handler is called, where CRI-O looks for that name.
            if name != RUNC && !context.names_an_oci_runtime(name) {
                draft.crio(&path("runtime_path"), Value::from("/usr/bin/runc"));
                let outcome = draft.crio(&path("runtime_type"), Value::from("oci"));
                return outcome.note("its shim starts runc: the place has to be right");
            }
            draft.crio(&path("runtime_type"), Value::from("oci"))
        }
        Some(kata) if kata.contains("kata") => shim("/usr/bin/containerd-shim-kata-v2", "vm"),
        Some("io.containerd.runsc.v1") => shim("/usr/bin/runsc", "oci"),
        Some(other) => Outcome::by_hand(format!(
            "{other} is a shim of containerd: a handler of CRI-O needs an OCI runtime"
        )),
        None => Outcome::invalid("containerd takes a text here"),
    }
}

/// `options` of a handler.
fn options(draft: &mut Draft, context: &Context, leaf: &Leaf, name: &str, at: usize) -> Outcome {
    let below = |key: &'static str| ["crio", "runtime", "runtimes", name, key];
    match leaf.part(at) {
        "BinaryName" => program(draft, leaf, name),
        "Root" => text(draft, leaf, &below("runtime_root")),
        "ConfigPath" if type_for(context, name) == "vm" => text(draft, leaf, &below("runtime_config_path")),
        "SystemdCgroup" if name == context.default_runtime => driver(draft, leaf),
        "SystemdCgroup" => other_driver(context, leaf),
        "NoPivotRoot" => flag(draft, leaf, &["crio", "runtime", "no_pivot"]),
        "NoNewKeyring" => off_or(leaf, "CRI-O always makes a new keyring"),
        "ShimCgroup" => Outcome::by_hand("the cgroup of conmon is monitor_cgroup of the handler"),
        "IoUid" | "IoGid" | "CriuPath" | "CriuImagePath" | "CriuWorkPath" | "TaskApiAddress"
        | "TaskApiVersion" => Outcome::not_needed("the shim's own"),
        "" => Outcome::not_needed("it is empty"),
        other => Outcome::by_hand(format!(
            "{other} is an option of the shim: the runtime has to be told in its own file"
        )),
    }
}

/// Another handler than the default one: CRI-O has one driver for all.
fn other_driver(context: &Context, leaf: &Leaf) -> Outcome {
    let default = context.of_handler(&context.default_runtime, &["options", "SystemdCgroup"]);
    let old = || context.find(&[CRI, "systemd_cgroup"]);
    if default.or_else(old).and_then(Leaf::flag).unwrap_or_default() == leaf.flag().unwrap_or_default() {
        return Outcome::not_needed("CRI-O has one cgroup driver for all handlers, and it is this one");
    }
    Outcome::by_hand("CRI-O has one cgroup driver for all handlers: that of the default one is taken over")
}

/// Keys of `[plugins.….cni]`.
pub(super) fn cni(draft: &mut Draft, leaf: &Leaf) -> Outcome {
    match leaf.part(2) {
        "bin_dir" | "bin_dirs" => texts(draft, leaf, &["crio", "network", "plugin_dirs"]),
        "conf_dir" => text(draft, leaf, &["crio", "network", "network_dir"]),
        "max_conf_num" if leaf.number() == Some(1) => {
            Outcome::not_needed("CRI-O takes the first network that is good")
        }
        "max_conf_num" => {
            Outcome::by_hand("CRI-O gives a pod one network: more of them need a plugin such as Multus")
        }
        "conf_template" => {
            Outcome::by_hand("CRI-O makes no network of a template: the network plugin has to write it")
        }
        "ip_pref" if matches!(leaf.text(), Some("ipv4")) => Outcome::not_needed("the plugin's order counts"),
        "ip_pref" => Outcome::by_hand("CRI-O gives the addresses in the order of the network plugin"),
        "setup_serially" | "use_internal_loopback" => {
            Outcome::not_needed("CRI-O sets up the loopback itself")
        }
        name => {
            let known = ["bin_dir", "bin_dirs", "conf_dir", "max_conf_num", "conf_template", "ip_pref"];
            Outcome::Unknown { near: near(name, known.into_iter()) }
        }
    }
}
