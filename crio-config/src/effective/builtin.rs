//! The runtime every release brings along.

use crate::Release;
use crate::catalogue::first_of;

/// A default of the built-in runtime that is not the type's empty value.
pub(super) enum Field {
    Text(&'static str),
    Number(i64),
    List(&'static [&'static str]),
}

/// The environment of the container monitor.
const MONITOR_ENV: &[&str] = &["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];

/// The name of the built-in runtime, which is also the default one.
pub(crate) fn runtime_name(release: Release) -> &'static str {
    if release >= first_of(31) { "crun" } else { "runc" }
}

/// Its fields: key, first release of the value, value. Later ones replace earlier ones.
/// Source: `DefaultConfig` of every tag.
pub(super) const RUNTIME: &[(&str, Release, Field)] = &[
    ("runtime_path", first_of(12), Field::Text("/usr/bin/runc")),
    ("runtime_path", first_of(15), Field::Text("")),
    ("runtime_type", first_of(14), Field::Text("oci")),
    ("runtime_root", first_of(15), Field::Text("/run/runc")),
    ("runtime_root", first_of(31), Field::Text("/run/crun")),
    ("allowed_annotations", first_of(21), Field::List(&["io.containers.trace-syscall"])),
    (
        "allowed_annotations",
        first_of(25),
        Field::List(&["io.containers.trace-syscall", "io.kubernetes.cri-o.Devices"]),
    ),
    ("allowed_annotations", first_of(35), Field::List(&["io.containers.trace-syscall", "devices.crio.io"])),
    ("monitor_cgroup", first_of(24), Field::Text("system.slice")),
    ("monitor_env", first_of(24), Field::List(MONITOR_ENV)),
    ("container_min_memory", first_of(30), Field::Text("500KiB")),
    ("container_create_timeout", first_of(35), Field::Number(240)),
];
