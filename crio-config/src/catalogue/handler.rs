//! `[crio.runtime.runtimes.<name>]`, `[crio.runtime.workloads.<name>]` and its resources.
//!
//! First and last releases are those of every tag that has the key, patches included: keys were
//! ported back.

use super::Kind::{Boolean, Integer, String, StringMap, Strings, Table, Unsigned};
use super::Table::{Handler, Resources, Workload};
use super::{CrioOption, first_of, newest_of, option, patch};

pub(super) const OPTIONS: &[CrioOption] = &[
    option(Handler, "allowed_annotations", Strings, &[(first_of(20), newest_of(37))]).reload(patch(25, 1)),
    option(Handler, "container_create_timeout", Integer, &[(first_of(35), newest_of(37))])
        .reload(patch(25, 1)),
    option(Handler, "container_min_memory", String, &[(patch(29, 3), newest_of(37))]).reload(patch(25, 1)),
    option(Handler, "default_annotations", StringMap, &[(patch(31, 4), newest_of(37))]).reload(patch(25, 1)),
    option(Handler, "disallowedannotations", Strings, &[(first_of(21), newest_of(30))])
        .replaced_by("crio.runtime.runtimes.<name>.allowed_annotations"),
    option(Handler, "exec_cpu_affinity", String, &[(first_of(34), newest_of(37))]).reload(patch(25, 1)),
    option(Handler, "inherit_default_runtime", Boolean, &[(patch(31, 3), newest_of(37))])
        .reload(patch(25, 1)),
    option(Handler, "monitor_cgroup", String, &[(first_of(24), newest_of(37))]).reload(patch(25, 1)),
    option(Handler, "monitor_env", Strings, &[(first_of(24), newest_of(37))]).reload(patch(25, 1)),
    option(Handler, "monitor_exec_cgroup", String, &[(first_of(24), newest_of(37))]).reload(patch(25, 1)),
    option(Handler, "monitor_path", String, &[(first_of(24), newest_of(37))]).reload(patch(25, 1)),
    option(Handler, "no_sync_log", Boolean, &[(first_of(31), newest_of(37))]).reload(patch(25, 1)),
    option(Handler, "platform_runtime_paths", StringMap, &[(patch(27, 2), newest_of(37))])
        .reload(patch(25, 1)),
    option(Handler, "privileged_without_host_devices", Boolean, &[(patch(16, 2), newest_of(37))])
        .reload(patch(25, 1)),
    option(Handler, "runtime_config_path", String, &[(first_of(22), newest_of(37))]).reload(patch(25, 1)),
    option(Handler, "runtime_path", String, &[(first_of(12), newest_of(37))]).reload(patch(25, 1)),
    option(Handler, "runtime_pull_image", Boolean, &[(patch(28, 4), newest_of(37))]).reload(patch(25, 1)),
    option(Handler, "runtime_root", String, &[(first_of(15), newest_of(37))]).reload(patch(25, 1)),
    option(Handler, "runtime_type", String, &[(first_of(14), newest_of(37))]).reload(patch(25, 1)),
    option(Handler, "seccomp_profile", String, &[(first_of(34), newest_of(37))]).reload(patch(25, 1)),
    option(Handler, "stream_websockets", Boolean, &[(first_of(34), newest_of(37))]).reload(patch(25, 1)),
    option(Workload, "activation_annotation", String, &[(first_of(21), newest_of(37))]),
    option(Workload, "allowed_annotations", Strings, &[(first_of(23), newest_of(37))]),
    option(Workload, "annotation_prefix", String, &[(first_of(21), newest_of(37))]),
    option(Workload, "disallowedannotations", Strings, &[(first_of(23), newest_of(37))])
        .replaced_by("crio.runtime.workloads.<name>.allowed_annotations"),
    option(Workload, "resources", Table, &[(first_of(21), newest_of(37))]),
    option(Resources, "cpulimit", Integer, &[(patch(29, 3), newest_of(37))]),
    option(Resources, "cpuperiod", Unsigned, &[(patch(29, 3), newest_of(37))]),
    option(Resources, "cpuquota", Integer, &[(patch(29, 3), newest_of(37))]),
    option(Resources, "cpuset", String, &[(patch(21, 1), newest_of(37))]),
    option(Resources, "cpushares", Unsigned, &[(patch(21, 1), newest_of(37))]),
];
