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
/// Where another package needs one of them: none is removed then. Where a script of one fails, those
/// before it are gone.
pub fn remove_packages(
    host: &Host,
    manager: PackageManager,
    names: &[String],
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    left_over_ends(host, watch)?;
    all_end(host, manager, watch)?;
    let own = Manager::of_host(manager);
    let commands: Vec<_> = own.try_to_remove(names).into_iter().chain([own.remove(names, false)]).collect();
    run_all(host, &commands, watch)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fs::Root;
    use crate::test_util::scripted::Scripted;

    /// What dpkg 1.21 does: it removes what nothing needs, and fails.
    #[test]
    fn where_one_is_needed_none_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let dpkg = |words: &str| format!("env DEBIAN_FRONTEND=noninteractive dpkg {words}");
        let needed = "dpkg: dependency problems prevent removal of bb:\n cc depends on bb.\n";
        let answers =
            Arc::new(
                Scripted::new()
                    .ends(&dpkg("--no-act"), 1, "Would remove or purge aa (1) ...\n", needed)
                    .ends(&dpkg("--no-act"), 0, "", ""),
            );
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), Arc::clone(&answers) as _);
        let names = ["bb".to_owned(), "aa".to_owned()];
        let remove = || remove_packages(&host, PackageManager::Apt, &names, &mut crate::NoProgress);
        let error = remove().unwrap_err();
        let trial = dpkg("--no-act --force-remove-reinstreq --remove -- bb aa");
        assert_eq!(answers.calls(), [trial.as_str()], "{error}");
        remove().unwrap();
        let real = trial.replace("--no-act ", "");
        assert_eq!(answers.calls(), [trial.clone(), trial, real]);
    }
}
