//! Trees whose packages can be installed from outside.

use std::path::Path;
use std::sync::Arc;

use crate::facts::RPM_DATABASES;
use crate::facts::distro::{Distro, PackageManager};
use crate::fs::{Kind, Root};
use crate::{Host, SystemCommands};

/// Where programs of this machine are looked for.
const PROGRAMS: [&str; 3] = ["/usr/bin", "/usr/sbin", "/usr/local/bin"];

/// The host in a tree: an [image](Host::image) where its packages can be installed from here, else
/// [its files](Host::offline).
#[must_use]
pub fn host_of_tree(root: Root) -> Host {
    let text = ["/etc/os-release", "/usr/lib/os-release"];
    let text = text.iter().find_map(|path| root.read(Path::new(path)).ok().flatten());
    let manager = text.and_then(|text| Distro::parse(&text).packages);
    let privileged = rustix::process::geteuid().is_root();
    match manager {
        Some(manager) if privileged && runs(&root, manager) => {
            Host::image(root, Arc::new(SystemCommands::default()))
        }
        _ => Host::offline(root),
    }
}

/// Whether packages get into the tree of `host` from here.
#[must_use]
pub fn can_install(host: &Host, manager: PackageManager) -> bool {
    host.image_root().is_some() && host.runs_programs() && runs(host.root(), manager)
}

/// apt runs in the tree, the others are this machine's and are pointed at it; into a tree without a
/// database of packages they would install a whole system.
fn runs(root: &Root, manager: PackageManager) -> bool {
    let here = |name: &str| PROGRAMS.iter().any(|dir| Path::new(dir).join(name).is_file());
    let database =
        RPM_DATABASES.iter().any(|dir| matches!(root.kind(Path::new(dir)), Ok(Some(Kind::Directory))));
    match manager {
        PackageManager::Apt => matches!(root.kind(Path::new("/usr/bin/apt-get")), Ok(Some(Kind::File))),
        PackageManager::Zypper => database && here("zypper") && here("rpm"),
        PackageManager::Yum => database && here("yum") && here("rpm"),
        PackageManager::Dnf4 | PackageManager::Dnf5 => database && here("dnf") && here("rpm"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{Mode, set};

    #[test]
    fn a_tree_without_its_package_manager_is_files_alone() {
        let dir = tempfile::tempdir().unwrap();
        let root = || Root::open(dir.path()).unwrap();
        let put =
            |path: &str, text: &str| set(&root(), Path::new(path), text.as_bytes(), Mode::PUBLIC).unwrap();
        put("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
        assert!(!can_install(&host_of_tree(root()), PackageManager::Apt));
        put("/usr/bin/apt-get", "");
        let privileged = rustix::process::geteuid().is_root();
        assert_eq!(can_install(&host_of_tree(root()), PackageManager::Apt), privileged);
        put("/etc/os-release", "ID=rocky\nVERSION_ID=\"9.4\"\nID_LIKE=\"rhel\"\n");
        assert!(!can_install(&host_of_tree(root()), PackageManager::Dnf4), "no database");
        put("/etc/os-release", "ID=plan9\n");
        assert!(!can_install(&host_of_tree(root()), PackageManager::Apt), "nobody knows its manager");
    }
}
