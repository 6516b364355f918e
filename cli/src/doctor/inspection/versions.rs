//! Which minor of what is on a host.
//!
//! Packages, static pods' images and the kubelet's own traces each tell a version, and which of
//! them is asked is said at each function.

use super::{Inspection, Part, known};
use crate::doctor::finding::{Evidence, Unread};
use crate::recipe;

/// dpkg's database.
pub(in crate::doctor) const DPKG: &str = "/var/lib/dpkg/status";

/// Its paragraphs, one for each package.
pub(in crate::doctor) fn paragraphs(status: &str) -> impl Iterator<Item = &str> {
    status.split("\n\n")
}

/// A field of a paragraph.
pub(in crate::doctor) fn field<'p>(paragraph: &'p str, name: &str) -> Option<&'p str> {
    paragraph.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

/// Each package with its state, such as `hold ok installed`.
pub(in crate::doctor) fn states(status: &str) -> impl Iterator<Item = (&str, &str)> {
    paragraphs(status)
        .filter_map(|paragraph| Some((field(paragraph, "Package")?, field(paragraph, "Status")?)))
}

/// Minors that were looked for.
#[derive(Debug, Default)]
pub(super) struct Versions {
    kubernetes: Option<u64>,
}

impl Inspection<'_> {
    /// The version of a package, as the package database has it.
    pub fn version(&self, package: &str) -> Option<&str> {
        self.facts.packages.known()?.get(package).map(String::as_str)
    }

    /// The version of any package, by dpkg's own file; `None`: it is not installed, or the host has
    /// another package manager.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn dpkg_version(&self, package: &str) -> Result<Option<String>, Unread> {
        let Some(status) = self.files.file(DPKG)? else { return Ok(None) };
        let text = status.text();
        let paragraph = paragraphs(&text).find(|paragraph| field(paragraph, "Package") == Some(package));
        let installed =
            |one: &&str| field(one, "Status").is_some_and(|status| status.ends_with(" installed"));
        Ok(paragraph.filter(installed).and_then(|one| Some(field(one, "Version")?.to_owned())))
    }

    /// The first two numbers of the running kernel's release.
    ///
    /// # Errors
    ///
    /// Where no kernel runs.
    pub fn kernel_version(&self) -> Result<Option<(u32, u32)>, Unread> {
        let release = known(&self.facts.kernel.release, "/proc/sys/kernel/osrelease")?;
        let mut numbers = release.split(['.', '-']).map(|part| part.parse().ok());
        Ok(numbers.next().flatten().zip(numbers.next().flatten()))
    }

    /// Whether the running kernel is of that release or later; one that does not say so is.
    ///
    /// # Errors
    ///
    /// As [`kernel_version`](Self::kernel_version).
    pub fn kernel_at_least(&self, major: u32, minor: u32) -> Result<bool, Unread> {
        Ok(self.kernel_version()?.is_none_or(|version| version >= (major, minor)))
    }

    /// The minor that the version of a package names, else the one that its program tells.
    pub fn minor_of(&self, package: &str) -> Option<u64> {
        recipe::minor_of(self.facts.release_of(package)?)
    }

    /// The same; `Err` where neither tells it, and the database could not be read.
    pub(in crate::doctor) fn known_minor_of(&self, package: &str) -> Result<Option<u64>, Unread> {
        match self.minor_of(package) {
            None => known(&self.facts.packages, "the package database").map(|_| None),
            minor => Ok(minor),
        }
    }

    /// Who tells the release of a package, with what is told.
    pub(in crate::doctor) fn release_evidence(&self, package: &str) -> Evidence {
        let source = match (self.version(package), package) {
            (Some(_), _) => "packages".to_owned(),
            (None, "cri-o") => "crio --version".to_owned(),
            (None, program) => format!("{program} --version"),
        };
        let release = self.facts.release_of(package).unwrap_or_default();
        Evidence::command(source).value(format!("{package} {release}"))
    }

    /// The minor of the kubelet: its own, else that of the control plane, else the one that is planned.
    pub fn kubelet_minor(&self) -> Option<u64> {
        let planned = || self.planned.as_ref().map(|planned| planned.agreed.kubeadm.minor().number());
        self.minor_of("kubelet").or_else(|| self.kubernetes_minor()).or_else(planned)
    }

    /// The minor that the control plane's own images say.
    pub fn kubernetes_minor(&self) -> Option<u64> {
        self.consults(Part::Manifests);
        let look = || Versions { kubernetes: recipe::kubernetes_minor(&self.facts) };
        self.versions.get_or_init(look).kubernetes
    }
}
