//! Which releases of a node's programs the package database has: what a node runs, where no file of
//! its own says so.

use std::collections::BTreeMap;
use std::time::Duration;

use super::installed::{DPKG_STATUS, Installed};
use super::source::{Fact, Source};
use crate::facts::distro::{Distro, PackageManager};
use crate::ground::error::chain;
use crate::{Host, Invocation};

/// The packages of a node that have a release of their own.
const NAMES: [&str; 4] = ["cri-o", "kubeadm", "kubectl", "kubelet"];

/// Version by name. dpkg's database is a file; rpm is asked, and only on a running host that is a
/// member.
pub(super) fn observe(
    host: &Host,
    source: &Source<'_>,
    distro: &Fact<Option<Distro>>,
    member: bool,
) -> Fact<BTreeMap<String, String>> {
    let manager = distro.known().and_then(Option::as_ref).and_then(|distro| distro.packages);
    match manager {
        Some(PackageManager::Apt) => source.bytes(DPKG_STATUS).and_then(|status| match status {
            Some(status) => Fact::Known(of_a_node(Installed::of_dpkg(&status))),
            None => Fact::unknown(format!("{DPKG_STATUS} does not exist")),
        }),
        Some(_) if member => source.live(|| ask_rpm(host)),
        Some(_) => Fact::unknown("rpm is only asked on a member of a cluster"),
        None => Fact::unknown("the package manager is not known"),
    }
}

fn of_a_node(installed: Installed) -> BTreeMap<String, String> {
    installed.versions.into_iter().filter(|(name, _)| NAMES.contains(&name.as_str())).collect()
}

/// rpm ends with the number of packages that it does not have, and says so on stdout: such lines
/// have no tab.
fn ask_rpm(host: &Host) -> Fact<BTreeMap<String, String>> {
    let words = ["-q", "--qf", "%{NAME}\t%{VERSION}\n"].into_iter().chain(NAMES);
    match host.run_to_end(&Invocation::new("rpm", words).within(Duration::from_secs(10))) {
        Ok(outcome) => Fact::Known(of_a_node(Installed::of_rpm(&String::from_utf8_lossy(&outcome.stdout)))),
        Err(error) => Fact::unknown(chain(&error)),
    }
}
