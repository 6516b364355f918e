//! Container runtimes: CRI-O's files as they are on disk, crictl's, the sockets.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::crio_places::CrioPlaces;
use super::source::{Fact, FileText, Source};
use super::unit::Unit;
use super::units::Units;
use crate::fs::Kind;

/// CRI-O on a host. What the files mean is for another crate to say: here are their bytes.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Crio {
    /// Its unit; `None` where it is not installed.
    pub unit: Option<Unit>,
    /// Where it looks.
    #[serde(skip)]
    pub places: CrioPlaces,
    /// The main file: what is at that path.
    pub main: Fact<Option<FileText>>,
    /// The directory of drop-ins; empty where the unit switches them off.
    pub drop_in_dir: PathBuf,
    /// Every file below it in the order CRI-O 1.17 and later read them: by name, whatever the name
    /// ends in.
    pub drop_ins: Fact<Vec<FileText>>,
    /// `registries.conf` and its drop-ins, in the order they are read.
    pub registries: Fact<Vec<FileText>>,
    /// `/etc/crictl.yaml`.
    pub crictl: Fact<Option<FileText>>,
}

/// A CRI socket.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FoundSocket {
    /// The runtime that listens there by default.
    pub runtime: &'static str,
    /// Where.
    pub path: &'static str,
}

/// The sockets kubeadm looks for (its `DefaultKnownCRISockets`), with CRI-O's.
const SOCKETS: &[FoundSocket] = &[
    FoundSocket { runtime: "cri-o", path: "/var/run/crio/crio.sock" },
    FoundSocket { runtime: "containerd", path: "/var/run/containerd/containerd.sock" },
    FoundSocket { runtime: "cri-dockerd", path: "/var/run/cri-dockerd.sock" },
    FoundSocket { runtime: "docker", path: "/var/run/docker.sock" },
    FoundSocket { runtime: "dockershim", path: "/var/run/dockershim.sock" },
];

/// No sane drop-in directory is deeper, and a loop of mounts must end.
const MAX_DEPTH: usize = 8;

impl Crio {
    pub(super) fn observe(source: &Source<'_>, units: &Units) -> Self {
        let unit = Unit::observe(source, units, "crio.service");
        let places = CrioPlaces::of(unit.as_ref(), |path| source.exists(path).known() == Some(&true));
        Self {
            main: places.main.as_ref().map_or(Fact::Known(None), |main| source.file(main)),
            drop_ins: match &places.drop_ins {
                Some(dir) => walk(source, dir, MAX_DEPTH),
                None => Fact::Known(Vec::new()),
            },
            drop_in_dir: places.drop_ins.clone().unwrap_or_default(),
            registries: registries(source, &places),
            places,
            crictl: source.file("/etc/crictl.yaml"),
            unit,
        }
    }
}

/// The known sockets that exist.
pub(super) fn sockets(source: &Source<'_>) -> Fact<Vec<FoundSocket>> {
    source.live(|| {
        let mut found = Vec::new();
        for socket in SOCKETS {
            match source.kind(socket.path) {
                Fact::Known(Some(Kind::Other)) => found.push(socket.clone()),
                Fact::Known(_) => {}
                Fact::Unknown { reason } => return Fact::Unknown { reason },
            }
        }
        Fact::Known(found)
    })
}

/// Go's `filepath.Walk`: names in byte order, directories entered where their name stands.
fn walk(source: &Source<'_>, dir: &Path, depth: usize) -> Fact<Vec<FileText>> {
    source.list(dir).and_then(|names| {
        let mut files = Vec::new();
        for name in names {
            let path = dir.join(name);
            let found = match source.kind(&path) {
                Fact::Known(Some(Kind::Directory)) if depth > 0 => walk(source, &path, depth - 1),
                Fact::Known(Some(Kind::Directory)) => Fact::unknown("the drop-in directory is too deep"),
                Fact::Known(_) => source.file(&path).map(|file| file.into_iter().collect()),
                Fact::Unknown { reason } => Fact::Unknown { reason },
            };
            match found {
                Fact::Known(found) => files.extend(found),
                unknown @ Fact::Unknown { .. } => return unknown,
            }
        }
        Fact::Known(files)
    })
}

fn registries(source: &Source<'_>, places: &CrioPlaces) -> Fact<Vec<FileText>> {
    let main = source.file(&places.registries);
    main.and_then(|main| {
        let mut all: Vec<FileText> = main.into_iter().collect();
        for dir in &places.registries_drop_ins {
            match walk(source, dir, 0) {
                // The library reads names that end in .conf.
                Fact::Known(rest) => {
                    all.extend(rest.into_iter().filter(|f| f.path.extension().is_some_and(|e| e == "conf")));
                }
                Fact::Unknown { reason } => return Fact::Unknown { reason },
            }
        }
        Fact::Known(all)
    })
}
