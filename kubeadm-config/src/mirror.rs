//! Registries that hold copies of the control-plane images.

use std::fmt;
use std::str::FromStr;

use crate::version::Minor;

/// A public copy of the registry that kubeadm pulls from by default.
///
/// ```
/// let mirror: kubeadm_config::ImageMirror = "aliyun".parse()?;
/// assert_eq!(mirror.repository(), "registry.cn-hangzhou.aliyuncs.com/google_containers");
/// # Ok::<(), kubeadm_config::UnknownImageMirror>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ImageMirror(&'static Row);

#[derive(Debug, Eq, PartialEq)]
struct Row {
    name: &'static str,
    repository: &'static str,
    /// Whether CoreDNS is at `coredns/coredns`, as in the original since [`COREDNS_FOLDER_SINCE`].
    /// kubeadm asks a repository that is not its default for plain `coredns`.
    keeps_paths: bool,
}

/// The first minor whose default repository has CoreDNS in a folder (kubeadm's `GetDNSImage` of
/// 1.21).
const COREDNS_FOLDER_SINCE: Minor = Minor::new(21);

/// As recipes in public repositories used them in 2024 to 2026; none was asked.
const MIRRORS: [Row; 3] = [
    Row {
        name: "aliyun",
        repository: "registry.cn-hangzhou.aliyuncs.com/google_containers",
        keeps_paths: false,
    },
    Row { name: "daocloud", repository: "k8s.m.daocloud.io", keeps_paths: true },
    Row { name: "nju", repository: "k8s.nju.edu.cn", keeps_paths: true },
];

impl ImageMirror {
    /// Whether a repository is known to have CoreDNS where kubeadm looks for it: the mirrors here
    /// without folders, and the other names of Alibaba Cloud's copy (registry.aliyuncs.com and one
    /// for each of its regions, as in many public recipes).
    #[must_use]
    pub fn is_flat(repository: &str) -> bool {
        let aliyun = repository
            .strip_suffix("/google_containers")
            .is_some_and(|host| host.ends_with(".aliyuncs.com") && host.starts_with("registry."));
        aliyun || MIRRORS.iter().any(|row| !row.keeps_paths && row.repository == repository)
    }

    /// Every mirror known.
    pub fn all() -> impl Iterator<Item = Self> {
        MIRRORS.iter().map(Self)
    }

    /// Its short name, such as `aliyun`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// What to give as `imageRepository`.
    #[must_use]
    pub fn repository(self) -> &'static str {
        self.0.repository
    }

    /// What to give as `dns.imageRepository` where `imageRepository` alone would not lead kubeadm
    /// of that minor to CoreDNS.
    #[must_use]
    pub fn dns_repository(self, minor: Minor) -> Option<String> {
        let in_folder = self.0.keeps_paths && minor >= COREDNS_FOLDER_SINCE;
        in_folder.then(|| format!("{}/coredns", self.0.repository))
    }
}

impl fmt::Display for ImageMirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl FromStr for ImageMirror {
    type Err = UnknownImageMirror;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::all().find(|mirror| mirror.name() == name).ok_or_else(|| UnknownImageMirror(name.to_owned()))
    }
}

/// No mirror has this name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no image mirror is called {name:?}; there are {known}", name = .0, known = names())]
pub struct UnknownImageMirror(String);

fn names() -> String {
    ImageMirror::all().map(ImageMirror::name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = "azk8s".parse::<ImageMirror>().unwrap_err();
        assert_eq!(error.to_string(), "no image mirror is called \"azk8s\"; there are aliyun, daocloud, nju");
    }

    #[test]
    fn a_copy_that_keeps_paths_needs_a_repository_for_coredns() {
        let dns = |name: &str, minor| name.parse::<ImageMirror>().unwrap().dns_repository(Minor::new(minor));
        assert_eq!(dns("aliyun", 34), None);
        assert_eq!(dns("daocloud", 20), None);
        assert_eq!(dns("daocloud", 21).as_deref(), Some("k8s.m.daocloud.io/coredns"));
    }
}
