//! The bytes of repository files.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{CheckedKeys, Fingerprint};
use crate::Owner;
use crate::mirrors::{Artefact, Format, Location};

/// Who stands for what is in a repository.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Trust {
    /// Packages are checked against these keys.
    Keys(CheckedKeys),
    /// Every deb of a bundle is in an index that was signed by pinned keys or by the distribution.
    Indexes {
        /// SHA-256 of the bundle's manifest.
        digest: String,
    },
    /// Every file was compared with the manifest of a bundle, and that with the digest somebody
    /// gave.
    Manifest {
        /// SHA-256 of the manifest.
        digest: String,
    },
    /// Signatures are not checked. Only by explicit consent, and every plan says so.
    Unchecked,
    /// The keys could not be had or were refused; nothing is written.
    Missing {
        /// What happened.
        why: String,
        /// Keys that were found and are not pinned.
        unpinned: Vec<Fingerprint>,
    },
}

/// Where a family of package managers reads repositories and keys from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Places {
    /// yum and dnf.
    Yum,
    /// zypper.
    Zypp,
    /// apt.
    Apt,
}

impl Places {
    /// The directory of repository files.
    #[must_use]
    pub fn repositories(self) -> &'static Path {
        Path::new(match self {
            Self::Yum => "/etc/yum.repos.d",
            Self::Zypp => "/etc/zypp/repos.d",
            Self::Apt => "/etc/apt/sources.list.d",
        })
    }

    /// The kind of packages.
    #[must_use]
    pub fn format(self) -> Format {
        match self {
            Self::Yum | Self::Zypp => Format::Rpm,
            Self::Apt => Format::Deb,
        }
    }

    /// The repository file of an artefact.
    #[must_use]
    pub fn file(self, artefact: Artefact) -> PathBuf {
        let end = if self == Self::Apt { "sources" } else { "repo" };
        self.repositories().join(format!("{}.{end}", id(artefact)))
    }

    /// Where its keys are kept. apt wants a name that ends in `.asc` for armour.
    #[must_use]
    pub fn key_file(self, artefact: Artefact) -> PathBuf {
        let id = id(artefact);
        match self {
            Self::Apt => format!("/etc/apt/keyrings/{id}-apt-keyring.asc").into(),
            Self::Yum | Self::Zypp => format!("/etc/pki/rpm-gpg/RPM-GPG-KEY-{id}").into(),
        }
    }

    /// The bytes of such a file.
    #[must_use]
    pub fn key_bytes(self, keys: &CheckedKeys) -> Vec<u8> {
        match self {
            Self::Apt => keys.bytes().to_vec(),
            Self::Yum | Self::Zypp => keys.blocks(),
        }
    }

    /// Every name its keys can have: where an earlier run put them, and with `.gpg` an earlier
    /// k8sprep.
    #[must_use]
    pub fn key_files(self, artefact: Artefact) -> Vec<PathBuf> {
        let file = self.key_file(artefact);
        match self {
            Self::Apt => vec![file.clone(), file.with_extension("gpg")],
            Self::Yum | Self::Zypp => vec![file],
        }
    }

    /// The repository file for packages of `artefact` at `location`; `keys` is where its keys are,
    /// `None` where nothing is checked.
    #[must_use]
    pub fn render(
        self,
        owner: &Owner,
        artefact: Artefact,
        location: &Location,
        keys: Option<&Path>,
    ) -> String {
        match self {
            Self::Apt => deb822(owner, location, keys),
            // Whoever replaces an index can hold back updates, or offer an old release that is signed.
            Self::Yum | Self::Zypp if keys.is_some() && location.signed_index() == Some(true) => {
                ini(owner, artefact, location, keys, "repo_gpgcheck=1\n")
            }
            // zypper wants either the index or the packages to be signed, and asks where the index is not.
            Self::Zypp if location.signed_index() == Some(false) => {
                ini(owner, artefact, location, keys, "repo_gpgcheck=0\npkg_gpgcheck=1\n")
            }
            Self::Yum | Self::Zypp => ini(owner, artefact, location, keys, ""),
        }
    }
}

/// Packages whose upgrades are kept from happening by the way.
#[must_use]
pub fn packages(artefact: Artefact) -> &'static [&'static str] {
    match artefact {
        Artefact::Kubernetes => &["kubelet", "kubeadm", "kubectl", "cri-tools", "kubernetes-cni"],
        Artefact::CriO => &["cri-o"],
        Artefact::Bundle => &["kubelet", "kubeadm", "kubectl", "cri-tools", "kubernetes-cni", "cri-o"],
    }
}

/// The repository's id, as the projects' own instructions have it.
#[must_use]
pub fn id(artefact: Artefact) -> &'static str {
    match artefact {
        Artefact::Kubernetes => "kubernetes",
        Artefact::CriO => "cri-o",
        Artefact::Bundle => "k8sprep-bundle",
    }
}

/// First line of every file written here.
fn head(owner: &Owner) -> String {
    format!("{}; changes are replaced.\n", owner.header())
}

fn ini(owner: &Owner, artefact: Artefact, location: &Location, keys: Option<&Path>, more: &str) -> String {
    let (head, id) = (head(owner), id(artefact));
    let (check, key) = match keys {
        Some(path) => ("1", format!("gpgkey=file://{}\n", path.display())),
        None => ("0", String::new()),
    };
    let url = location.url();
    // An upgrade of the whole host must not take the kubelet along; installing says --disableexcludes.
    let exclude = packages(artefact).join(" ");
    format!(
        "{head}[{id}]\nname={artefact}\nbaseurl={url}\nenabled=1\ngpgcheck={check}\n{key}{more}exclude={exclude}\n"
    )
}

fn deb822(owner: &Owner, location: &Location, keys: Option<&Path>) -> String {
    let head = head(owner);
    let (url, (suite, components)) = (location.url(), location.suite());
    let components = match components {
        [] => String::new(),
        components => format!("Components: {}\n", components.join(" ")),
    };
    let trust = match keys {
        Some(path) => format!("Signed-By: {}\n", path.display()),
        None => "Trusted: yes\n".to_owned(),
    };
    format!("{head}Types: deb\nURIs: {url}\nSuites: {suite}\n{components}{trust}")
}
