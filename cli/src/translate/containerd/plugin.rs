//! Plugins of containerd but CRI's.

use crio_config::Value;

use super::server;
use crate::translate::draft::{Draft, Told, one};
use crate::translate::fault::Outcome;
use crate::translate::near;
use crate::translate::tree::Leaf;

/// The kinds of containerd's own plugins: what stands before the last dot of an id.
const KINDS: [&str; 29] = [
    "io.containerd.content.v1",
    "io.containerd.cri.v1",
    "io.containerd.differ.v1",
    "io.containerd.diff.v1",
    "io.containerd.event.v1",
    "io.containerd.gc.v1",
    "io.containerd.grpc.v1",
    "io.containerd.http.v1",
    "io.containerd.image-verifier.v1",
    "io.containerd.internal.v1",
    "io.containerd.lease.v1",
    "io.containerd.metadata.v1",
    "io.containerd.metrics.v1",
    "io.containerd.monitor.v1",
    "io.containerd.monitor.container.v1",
    "io.containerd.monitor.task.v1",
    "io.containerd.mount-handler.v1",
    "io.containerd.mount-manager.v1",
    "io.containerd.nri.v1",
    "io.containerd.podsandbox.controller.v1",
    "io.containerd.runtime.v1",
    "io.containerd.runtime.v2",
    "io.containerd.sandbox.controller.v1",
    "io.containerd.sandbox.store.v1",
    "io.containerd.server.v1",
    "io.containerd.service.v1",
    "io.containerd.shim.v1",
    "io.containerd.streaming.v1",
    "io.containerd.warning.v1",
];
const MORE_KINDS: [&str; 5] = [
    "io.containerd.snapshotter.v1",
    "io.containerd.tracing.processor.v1",
    "io.containerd.transfer.v1",
    "io.containerd.ttrpc.v1",
    "io.containerd.internal.v1.opt",
];
/// Ids of version 1 of the file, which have no kind.
const OLD: [&str; 14] = [
    "aufs",
    "bolt",
    "btrfs",
    "cgroups",
    "devmapper",
    "diff-service",
    "linux",
    "native",
    "opt",
    "overlayfs",
    "restart",
    "scheduler",
    "tasks-service",
    "zfs",
];

/// What becomes of a key below `[plugins]`.
pub(super) fn told(draft: &mut Draft, leaf: &Leaf) -> Told {
    if leaf.path.len() == 1 {
        return Told::new();
    }
    let id = leaf.part(1);
    if !is_known(id) {
        let ids = [
            "io.containerd.grpc.v1.cri",
            "io.containerd.cri.v1.images",
            "io.containerd.cri.v1.runtime",
            "cri",
        ];
        return one(Outcome::Unknown { near: near(id, ids.into_iter()) });
    }
    if leaf.is_empty() {
        return Told::new();
    }
    one(match (id, leaf.part(2)) {
        // What versions before 4 have at the top of the file.
        ("io.containerd.server.v1.grpc" | "io.containerd.server.v1.ttrpc", key) => {
            server::socket(draft, leaf, key)
        }
        ("io.containerd.server.v1.grpc-tcp", "address") => Outcome::by_hand(server::OVER_THE_NETWORK),
        ("io.containerd.server.v1.metrics", "address") => {
            server::metrics(draft, leaf.text().unwrap_or_default())
        }
        ("io.containerd.nri.v1.nri", key) => nri(draft, leaf, key),
        ("io.containerd.service.v1.tasks-service" | "tasks-service", "rdt_config_file") => {
            draft.crio(&["crio", "runtime", "rdt_config_file"], Value::from(leaf.text().unwrap_or_default()))
        }
        ("io.containerd.service.v1.tasks-service" | "tasks-service", "blockio_config_file") => draft
            .crio(&["crio", "runtime", "blockio_config_file"], Value::from(leaf.text().unwrap_or_default())),
        (id, _) if id.starts_with("io.containerd.image-verifier.v1") => {
            Outcome::by_hand("images are verified by policy.json: say there which keys sign which images")
        }
        (id, _) if id.starts_with("io.containerd.tracing") || id.ends_with(".tracing") => {
            Outcome::by_hand("CRI-O sends traces by crio.tracing.enable_tracing and tracing_endpoint")
        }
        (_, "config_path") if id.starts_with("io.containerd.transfer") => {
            Outcome::not_needed("the hosts.toml files below it are read where they are given")
        }
        _ => Outcome::not_needed("a part of containerd that CRI-O does without"),
    })
}

fn is_known(id: &str) -> bool {
    let kind = id.rsplit_once('.').map_or(id, |(kind, _)| kind);
    OLD.contains(&id) || KINDS.contains(&kind) || MORE_KINDS.contains(&kind)
}

fn nri(draft: &mut Draft, leaf: &Leaf, key: &str) -> Outcome {
    let path = |key: &'static str| ["crio", "nri", key];
    let text = leaf.text().unwrap_or_default();
    match (key, leaf.flag()) {
        ("disable", Some(off)) => draft.crio(&path("enable_nri"), Value::Boolean(!off)),
        ("disable_connections", Some(off)) => {
            draft.crio(&path("nri_disable_connections"), Value::Boolean(off))
        }
        ("disable" | "disable_connections", None) => Outcome::invalid("containerd takes true or false here"),
        ("plugin_config_path", _) => draft.crio(&path("nri_plugin_config_dir"), Value::from(text)),
        ("plugin_path", _) => draft.crio(&path("nri_plugin_dir"), Value::from(text)),
        ("plugin_registration_timeout", _) => draft.crio_text(&path("nri_plugin_registration_timeout"), text),
        ("plugin_request_timeout", _) => draft.crio_text(&path("nri_plugin_request_timeout"), text),
        ("socket_path", _) => Outcome::not_needed(
            "the socket is /var/run/nri/nri.sock in both: containerd has to let go of it first",
        ),
        ("default_validator", _) => {
            Outcome::by_hand("crio.nri.default_validator has the same fields, from 1.34 on")
        }
        _ => Outcome::Unknown { near: Some("disable".into()) },
    }
}
