//! The release of CRI-O that files are judged by, and how it is known.
//!
//! A flag, else what is installed, else the newest: what was taken is told, since many options
//! came and went with a release.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crio_config::Release;
use host_prep::facts::{CrioSource, ObserveOptions, Unit, installed_crio, observe};
use host_prep::{Host, SystemCommands};

use crate::cmd::shared::on_host::OnHost;
use crate::failure::Failure;
use crate::recipe;
use crate::ui::Ui;

const UNIT: &str = "crio.service";

/// A release and how it is known.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    pub(super) release: Release,
    pub(super) known: Known,
}

/// How a release is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// `--release` says it.
    Asked,
    /// The package of that name is installed.
    Package(String),
    /// The program there says it.
    Program(PathBuf),
    /// This release is installed, which is not one whose options are known: the nearest is taken.
    Foreign(String),
    /// CRI-O is installed, but nothing shows its release: the newest is assumed.
    Unshown(PathBuf),
    /// The same on a node: the minor of its Kubernetes is assumed.
    OfKubernetes(PathBuf),
    /// There is no CRI-O: the newest is assumed.
    NotInstalled,
}

/// The release asked for, else that of the CRI-O on the host, else the newest that is known.
pub(super) fn judged(on: &OnHost, asked: Option<Release>) -> Result<Judged, Failure> {
    if let Some(release) = asked {
        return Ok(Judged { release, known: Known::Asked });
    }
    let host = host(on)?;
    let Some(found) = installed_crio(&host) else {
        // Of a unit without its program nothing shows the release.
        return Ok(match Unit::of(&host, UNIT) {
            Some(unit) => unshown(&host, unit.path),
            None => Judged { release: Release::NEWEST, known: Known::NotInstalled },
        });
    };
    let Some(version) = found.version else {
        let place = match found.source {
            CrioSource::Program(path) => path,
            _ => PathBuf::from("the package database"),
        };
        return Ok(unshown(&host, place));
    };
    let known = match found.source {
        CrioSource::Package(name) => Known::Package(name),
        CrioSource::Program(path) => Known::Program(path),
        _ => Known::Asked,
    };
    Ok(match version.parse() {
        Ok(release) => Judged { release, known },
        Err(_) => Judged { release: nearest(&version), known: Known::Foreign(version) },
    })
}

/// By what runs on the node, as `facts` and `doctor` do it.
fn unshown(host: &Host, place: PathBuf) -> Judged {
    let minor = recipe::kubernetes_minor(&observe(host, &ObserveOptions::default()));
    match minor.and_then(|minor| format!("1.{minor}").parse().ok()) {
        Some(release) => Judged { release, known: Known::OfKubernetes(place) },
        None => Judged { release: Release::NEWEST, known: Known::Unshown(place) },
    }
}

/// Whether the host has a CRI-O, or its unit at least.
pub(super) fn is_installed(on: &OnHost) -> Result<bool, Failure> {
    let host = host(on)?;
    Ok(installed_crio(&host).is_some() || Unit::of(&host, UNIT).is_some())
}

/// A tree's packages are asked of this machine's package manager.
fn host(on: &OnHost) -> Result<Host, Failure> {
    match on.root {
        None => Host::live().map_err(|error| Failure::from_error(&error)),
        // rpm of this machine reads the database of the tree.
        Some(_) => Ok(Host::image(on.tree()?, Arc::new(SystemCommands::default()))),
    }
}

/// The known release that is nearest to one that is too old or too new.
fn nearest(version: &str) -> Release {
    let minor = version.split('.').nth(1).and_then(|minor| minor.parse::<u16>().ok());
    match minor {
        Some(minor) if minor < Release::OLDEST.minor() => Release::OLDEST,
        _ => Release::NEWEST,
    }
}

impl Judged {
    /// Whether the release is a guess.
    pub(super) fn is_assumed(&self) -> bool {
        matches!(
            self.known,
            Known::Foreign(_) | Known::Unshown(_) | Known::OfKubernetes(_) | Known::NotInstalled
        )
    }

    /// Says on stderr that the release is a guess, where it is one.
    pub(super) fn tell(&self, ui: &mut Ui) {
        if self.is_assumed() {
            ui.note(format_args!("{self}; `--release` says another"));
        }
    }

    /// For programs: how the release is known.
    pub(super) fn source(&self) -> &'static str {
        match self.known {
            Known::Asked => "given",
            Known::Package(_) => "package",
            Known::Program(_) => "program",
            Known::Foreign(_) | Known::Unshown(_) | Known::OfKubernetes(_) | Known::NotInstalled => "assumed",
        }
    }
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let release = self.release;
        match &self.known {
            Known::Asked => write!(f, "read as CRI-O {release}"),
            Known::Package(name) => write!(f, "read as CRI-O {release}, the installed package {name}"),
            Known::Program(path) => write!(f, "read as CRI-O {release}, the installed {}", path.display()),
            Known::Foreign(version) => {
                write!(f, "CRI-O {version} is installed, which is not known here: {release} is assumed")
            }
            Known::Unshown(place) => {
                let place = place.display();
                write!(f, "{place} does not show which release of CRI-O it is: {release} is assumed")
            }
            Known::OfKubernetes(place) => {
                let place = place.display();
                write!(
                    f,
                    "{place} does not show which release of CRI-O it is: {release} is assumed, the minor of this \
                     node's Kubernetes"
                )
            }
            Known::NotInstalled => write!(f, "CRI-O is not installed here: {release} is assumed"),
        }
    }
}
