//! Packages of another program that go from a running host, and nothing that needs them.

use crate::facts::distro::PackageManager;
use crate::package::{Manager, all_end, installed_now, left_over_ends, run_all};
use crate::{Error, Host, Watch};

/// Those of these packages that are installed.
///
/// # Errors
///
/// When the package manager cannot be asked.
pub fn installed_of(host: &Host, manager: PackageManager, names: &[&str]) -> Result<Vec<String>, Error> {
    let all = installed_now(host, manager)?.versions;
    Ok(names.iter().filter(|name| all.contains_key(**name)).map(|name| (*name).to_owned()).collect())
}

/// Removes exactly these packages, by dpkg or rpm: the programs above them would remove what needs them, too.
/// Configuration files stay.
///
/// # Errors
///
/// Where another package needs one of them: none is removed then.
pub fn remove_packages(
    host: &Host,
    manager: PackageManager,
    names: &[String],
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    left_over_ends(host, watch)?;
    all_end(host, manager, watch)?;
    let own = Manager::of_host(manager);
    run_all(host, &[own.remove(names, false)], watch)
}
