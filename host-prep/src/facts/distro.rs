//! Which distribution a host runs, and what follows from that.

use serde::{Deserialize, Serialize};

use crate::text::{Dialect, Document};

/// What `/etc/os-release` says.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Distro {
    /// `ID`: lower-case name, `linux` where the file has none.
    pub id: String,
    /// `ID_LIKE`: related distributions, nearest first.
    pub id_like: Vec<String>,
    /// `VERSION_ID`, such as `9.4` or `22.03`. Rolling distributions have none.
    pub version_id: Option<String>,
    /// `VARIANT_ID`, such as `coreos`.
    pub variant_id: Option<String>,
    /// `PRETTY_NAME`.
    pub name: Option<String>,
    /// The family whose habits it follows; `None` for one we do not know.
    pub family: Option<Family>,
    /// How packages get onto it; `None` for a distribution we do not know.
    pub packages: Option<PackageManager>,
}

/// Distributions that share file places and packages.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Family {
    /// Debian, Ubuntu and theirs.
    Debian,
    /// RHEL, CentOS, Rocky, Alma, Oracle, Fedora, Amazon Linux, openEuler, Anolis, Kylin, UOS.
    RedHat,
    /// openSUSE and SLES.
    Suse,
    /// Flatcar and others whose `/usr` only an image update changes.
    Image,
}

/// A package manager.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PackageManager {
    /// apt and dpkg.
    Apt,
    /// yum 3, EL 7 and Amazon Linux 2.
    Yum,
    /// dnf 4.
    Dnf4,
    /// dnf 5, Fedora 41 and later.
    Dnf5,
    /// zypper.
    Zypper,
    /// rpm-ostree: layers that need a reboot.
    RpmOstree,
    /// None: the host is changed by images.
    None,
}

/// `ID` or `ID_LIKE` words and their family (os-release of each; `kylin`, `uos` and `anolis` do not
/// always say `rhel`).
const FAMILIES: &[(&str, Family)] = &[
    ("almalinux", Family::RedHat),
    ("alinux", Family::RedHat),
    ("amzn", Family::RedHat),
    ("anolis", Family::RedHat),
    ("centos", Family::RedHat),
    ("debian", Family::Debian),
    ("fedora", Family::RedHat),
    ("flatcar", Family::Image),
    ("kylin", Family::RedHat),
    ("ol", Family::RedHat),
    ("openeuler", Family::RedHat),
    ("opensuse", Family::Suse),
    ("opensuse-leap", Family::Suse),
    ("opensuse-tumbleweed", Family::Suse),
    ("rhel", Family::RedHat),
    ("rocky", Family::RedHat),
    ("sles", Family::Suse),
    ("suse", Family::Suse),
    ("ubuntu", Family::Debian),
    ("uos", Family::RedHat),
];

/// First release of a distribution that has another package manager than the one before.
const SUCCESSIONS: &[(&str, &[(u32, PackageManager)])] = &[
    ("amzn", &[(0, PackageManager::Yum), (2023, PackageManager::Dnf4)]),
    ("centos", &[(0, PackageManager::Yum), (8, PackageManager::Dnf4)]),
    ("fedora", &[(0, PackageManager::Dnf4), (41, PackageManager::Dnf5)]),
    ("ol", &[(0, PackageManager::Yum), (8, PackageManager::Dnf4)]),
    ("rhel", &[(0, PackageManager::Yum), (8, PackageManager::Dnf4)]),
];

impl Distro {
    /// Reads the text of `os-release(5)`.
    pub fn parse(os_release: &[u8]) -> Self {
        let file = Document::parse(os_release, Dialect::OsRelease);
        let value = |key| file.value(None, key).filter(|v: &String| !v.is_empty());
        let mut distro = Self {
            id: value("ID").unwrap_or_else(|| "linux".into()).to_ascii_lowercase(),
            id_like: value("ID_LIKE")
                .map(|v| v.to_ascii_lowercase().split_ascii_whitespace().map(str::to_owned).collect())
                .unwrap_or_default(),
            version_id: value("VERSION_ID"),
            variant_id: value("VARIANT_ID"),
            name: value("PRETTY_NAME"),
            family: None,
            packages: None,
        };
        let family = distro.names().find_map(family_of);
        distro.family = family;
        distro.packages = distro.family.map(|family| distro.package_manager(family));
        distro
    }

    /// The number before the first dot of `VERSION_ID`.
    pub fn major(&self) -> Option<u32> {
        self.version_id.as_deref()?.split('.').next()?.parse().ok()
    }

    /// The file packages of kubelet read extra arguments from when their unit does not say:
    /// `/etc/default/kubelet` on Debian's family, `/etc/sysconfig/kubelet` elsewhere. What the
    /// unit on the host says counts more.
    pub fn kubelet_env_file(&self) -> &'static str {
        match self.family {
            Some(Family::Debian) => "/etc/default/kubelet",
            _ => "/etc/sysconfig/kubelet",
        }
    }

    /// `ID`, then `ID_LIKE`.
    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.id.as_str()).chain(self.id_like.iter().map(String::as_str))
    }

    fn package_manager(&self, family: Family) -> PackageManager {
        if self.variant_id.as_deref() == Some("coreos") {
            return PackageManager::RpmOstree;
        }
        match family {
            Family::Debian => PackageManager::Apt,
            Family::Suse => PackageManager::Zypper,
            Family::Image => PackageManager::None,
            Family::RedHat => {
                // Relatives number their releases in their own way: only an exact ID tells by number.
                let row = SUCCESSIONS.iter().find(|(id, _)| *id == self.id);
                let major = self.major().unwrap_or(u32::MAX);
                let known = row.and_then(|(_, from)| from.iter().rev().find(|(first, _)| *first <= major));
                known.map_or(PackageManager::Dnf4, |(_, manager)| *manager)
            }
        }
    }
}

fn family_of(name: &str) -> Option<Family> {
    FAMILIES.iter().find(|(id, _)| *id == name).map(|(_, family)| *family)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distro(text: &str) -> Distro {
        Distro::parse(text.as_bytes())
    }

    #[test]
    fn a_relative_is_known_by_id_like() {
        let found = distro("NAME=\"My Linux\"\nID=mylinux\nID_LIKE=\"ubuntu debian\"\nVERSION_ID='1.2'\n");
        assert_eq!((found.family, found.packages), (Some(Family::Debian), Some(PackageManager::Apt)));
        assert_eq!((found.major(), found.kubelet_env_file()), (Some(1), "/etc/default/kubelet"));
    }

    #[test]
    fn package_managers_follow_the_release() {
        let of =
            |id: &str, version: &str| distro(&format!("ID=\"{id}\"\nVERSION_ID=\"{version}\"\n")).packages;
        assert_eq!(of("centos", "7"), Some(PackageManager::Yum));
        assert_eq!(of("rocky", "9.4"), Some(PackageManager::Dnf4));
        assert_eq!(of("fedora", "43"), Some(PackageManager::Dnf5));
        assert_eq!(of("amzn", "2"), Some(PackageManager::Yum));
        assert_eq!(of("openEuler", "22.03"), Some(PackageManager::Dnf4));
        assert_eq!(of("opensuse-leap", "15.6"), Some(PackageManager::Zypper));
        assert_eq!(of("plan9", "4"), None);
    }

    #[test]
    fn an_empty_file_is_linux_of_no_family() {
        let found = distro("");
        assert_eq!((found.id.as_str(), found.family, found.version_id), ("linux", None, None));
    }
}
