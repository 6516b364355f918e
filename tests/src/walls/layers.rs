//! The order of each crate's top modules, and what breaks it.

use std::collections::BTreeSet;

use super::circle::{shown, siblings};
use super::tree::{Edge, Tree};

/// A crate and its layers.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Crate {
    /// Its folder in the workspace.
    pub name: &'static str,
    /// Top modules, lowest first. Modules of one layer do not import each other.
    pub layers: &'static [&'static [&'static str]],
    /// Whether modules below the top ones make no circles with their siblings either.
    pub rooms_inside: bool,
}

/// Every crate of the product. A new top module gets its place here, in the same commit.
pub const CRATES: &[Crate] = &[
    Crate {
        name: "host-prep",
        layers: &[
            &["ground"],
            &["text", "fs"],
            &["host", "mirrors"],
            &["facts"],
            &["plan"],
            &["journal"],
            &["resource"],
            &["engine"],
            &["bundle", "cluster", "seal"],
            &["test_util"],
        ],
        rooms_inside: true,
    },
    Crate {
        name: "cri-probe",
        layers: &[
            &["code"],
            &["proto", "socket", "tap", "test_util"],
            &["runtime"],
            &["error"],
            &["deadline", "json"],
            &["container", "info", "unix"],
            &["cri", "http"],
            &["client"],
            &["probe"],
            &["blocking", "fact"],
            &["api"],
        ],
        rooms_inside: true,
    },
    Crate {
        name: "crio-config",
        layers: &[
            &["code"],
            &["cgroup", "image", "place", "sources", "toml"],
            &["drop_in", "host", "path", "release", "value"],
            &["error"],
            &["document", "plain", "registries"],
            &["catalogue"],
            &["effective"],
            &["ending", "migrate", "setting", "upgrade", "validate"],
            &["check", "typed"],
        ],
        rooms_inside: true,
    },
    Crate {
        name: "kubeadm-config",
        layers: &[
            &["code"],
            &["go", "near", "quantity", "report", "version"],
            &["convert", "endpoint", "error", "message", "mirror", "named", "pin", "token", "yaml"],
            &["ca_file", "certificate_key", "cgroup_driver", "host", "release", "value"],
            &["model", "wire"],
            &["advice", "catalogue", "defaults", "images", "join_command", "print", "schema", "validate"],
            &["failure", "token_secret"],
            &["core_v1", "recognise"],
            &["decode"],
            &["kubelet", "load", "migrate"],
            &["component", "like_kubeadm", "spec"],
            &["check", "ending"],
        ],
        // `yaml`, `model` and `spec` are types that name each other: a node its duplicates, a stage the next
        // one.
        rooms_inside: false,
    },
    Crate {
        name: "cli",
        layers: &[
            &["bounded", "chain", "code", "explain", "interrupt", "masked", "shortened", "taken_back"],
            &["piecewise"],
            &["crio_host", "input"],
            &["recipe", "translate"],
            &["doctor", "first_boot"],
            &["migrate", "upgrade"],
            &["stage"],
            &["failure"],
            &["surroundings", "ui"],
            &["excerpt"],
            &["cmd"],
        ],
        rooms_inside: true,
    },
];

/// How many top modules, how many arrows between them, and which of those run up or sideways.
pub(super) fn compare(
    tree: &Tree,
    edges: &BTreeSet<Edge>,
    layers: &[&[&str]],
) -> (usize, usize, Vec<String>) {
    let rooms: BTreeSet<&str> =
        tree.modules.keys().filter_map(|module| module.first()).map(String::as_str).collect();
    let layer = |room: &str| layers.iter().position(|layer| layer.contains(&room));
    let arrows = siblings(&[], edges).values().map(BTreeSet::len).sum();
    let listed = layers.iter().flat_map(|layer| layer.iter().copied());
    let mut wrong: Vec<_> =
        listed.filter(|room| !rooms.contains(room)).map(|room| format!("{room} is not there")).collect();
    wrong
        .extend(rooms.iter().filter(|room| layer(room).is_none()).map(|room| format!("{room} has no layer")));
    for edge in edges {
        let (Some(from), Some(to)) = (edge.0.first(), edge.1.first()) else { continue };
        if let (Some(low), Some(high)) = (layer(from), layer(to))
            && from != to
            && low <= high
        {
            wrong.push(shown(edge));
        }
    }
    (rooms.len(), arrows, wrong)
}
