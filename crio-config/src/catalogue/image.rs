//! `[crio.image]` and `[crio.network]`.
//!
//! First and last releases are those of every tag that has the key, patches included: keys were
//! ported back.

use super::DefaultValue::{Flag, List, Number, Text};
use super::Kind::{Boolean, Duration, String, Strings};
use super::Table::{Image, Network};
use super::{CrioOption, first_of, newest_of, option, patch};

pub(super) const OPTIONS: &[CrioOption] = &[
    option(Image, "auto_reload_registries", Boolean, &[(first_of(30), newest_of(37))]),
    option(Image, "big_files_temporary_dir", String, &[(first_of(19), newest_of(37))]),
    option(Image, "default_transport", String, &[(first_of(9), newest_of(37))])
        .defaults(&[(first_of(9), Text("docker://"))]),
    option(Image, "global_auth_file", String, &[(patch(14, 5), newest_of(37))]),
    option(Image, "image_volumes", String, &[(first_of(9), newest_of(37))])
        .defaults(&[(first_of(9), Text("mkdir"))]),
    option(Image, "insecure_registries", Strings, &[(first_of(9), newest_of(37))])
        .deprecated(first_of(35), "insecure = true for the registry in registries.conf")
        .inert(first_of(35)),
    option(Image, "namespaced_auth_dir", String, &[(patch(34, 3), newest_of(37))])
        .defaults(&[(patch(34, 3), Text("/etc/crio/auth"))]),
    option(Image, "oci_artifact_mount_support", Boolean, &[(first_of(33), newest_of(37))])
        .defaults(&[(first_of(33), Flag(true))]),
    option(Image, "pause_command", String, &[(first_of(9), newest_of(37))])
        .defaults(&[(first_of(9), Text("/pause"))])
        .reload(first_of(15)),
    option(Image, "pause_image", String, &[(first_of(9), newest_of(37))])
        .defaults(&[
            (first_of(9), Text("k8s.gcr.io/pause:3.1")),
            (first_of(18), Text("k8s.gcr.io/pause:3.2")),
            (first_of(21), Text("k8s.gcr.io/pause:3.5")),
            (first_of(23), Text("k8s.gcr.io/pause:3.6")),
            (first_of(24), Text("registry.k8s.io/pause:3.6")),
            (patch(27, 1), Text("registry.k8s.io/pause:3.9")),
            (first_of(31), Text("registry.k8s.io/pause:3.10")),
            (first_of(34), Text("registry.k8s.io/pause:3.10.1")),
        ])
        .reload(first_of(15)),
    option(
        Image,
        "pause_image_auth_file",
        String,
        &[(patch(12, 8), newest_of(12)), (patch(13, 3), newest_of(37))],
    )
    .reload(first_of(15)),
    option(Image, "pinned_images", Strings, &[(first_of(28), newest_of(37))]).reload(first_of(28)),
    option(
        Image,
        "pull_progress_timeout",
        Duration,
        &[(patch(30, 11), newest_of(30)), (patch(31, 3), newest_of(37))],
    )
    .defaults(&[
        (patch(30, 11), Number(10_000_000_000)),
        (patch(30, 14), Number(0)),
        (patch(31, 3), Number(10_000_000_000)),
        (patch(31, 9), Number(0)),
        (first_of(32), Number(10_000_000_000)),
        (patch(32, 4), Number(0)),
    ]),
    option(Image, "registries", Strings, &[(first_of(9), newest_of(30))])
        .deprecated(patch(20, 1), "unqualified-search-registries in registries.conf")
        .inert(first_of(21)),
    option(Image, "short_name_mode", String, &[(first_of(34), newest_of(37))])
        .defaults(&[(first_of(34), Text("enforcing"))]),
    option(Image, "signature_policy", String, &[(first_of(9), newest_of(37))]),
    option(Image, "signature_policy_dir", String, &[(patch(27, 1), newest_of(37))])
        .defaults(&[(patch(27, 1), Text("/etc/crio/policies"))]),
    option(Network, "cni_default_network", String, &[(first_of(18), newest_of(37))]),
    option(Network, "cni_status_grace_period", Duration, &[(patch(36, 3), newest_of(37))]),
    option(Network, "network_dir", String, &[(first_of(9), newest_of(37))])
        .defaults(&[(first_of(9), Text("/etc/cni/net.d/"))]),
    option(Network, "plugin_dir", String, &[(first_of(9), newest_of(37))])
        .deprecated(patch(14, 3), "crio.network.plugin_dirs"),
    option(Network, "plugin_dirs", Strings, &[(patch(14, 3), newest_of(37))])
        .defaults(&[(patch(14, 3), List(&["/opt/cni/bin/"]))]),
];
