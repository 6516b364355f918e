//! Packages and holds as resources.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::installed::{Installed, ZYPP_LOCKS, installed, is_deb, locked, observe};
use super::manager::{Direction, Manager};
use super::{Wanted, compare_deb, compare_rpm};
use crate::facts::distro::PackageManager;
use crate::ground::code::Code;
use crate::plan::action::Action;
use crate::plan::node::Node;
use crate::plan::packages::PackageChange;
use crate::plan::{Draft, Reason};
use crate::resource::{Obstacle, Resource, same};
use crate::{Change, Host, Invocation, Observed, Risk};

/// Packages a host shall have, each of a release.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Packages {
    manager: PackageManager,
    wanted: Vec<Wanted>,
    keys: Vec<PathBuf>,
    only: Vec<String>,
}

/// Packages that no upgrade of the whole host takes along. On apt and zypper; dnf and yum are told
/// by the repository file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Holds {
    manager: PackageManager,
    names: Vec<String>,
}

impl Packages {
    /// `wanted`, by this package manager.
    #[must_use]
    pub fn new(manager: PackageManager, wanted: impl IntoIterator<Item = Wanted>) -> Self {
        Self { manager, wanted: wanted.into_iter().collect(), keys: Vec::new(), only: Vec::new() }
    }

    /// The same, with rpm trusting the keys in these files, which were checked when they were
    /// written.
    #[must_use]
    pub fn trusting(mut self, keys: impl IntoIterator<Item = PathBuf>) -> Self {
        self.keys.extend(keys);
        self
    }

    /// The same, from the repository of this id and no other: a host without a network has others
    /// that do not answer.
    #[must_use]
    pub fn from_only(mut self, id: impl Into<String>) -> Self {
        self.only.push(id.into());
        self
    }

    /// What is wanted.
    #[must_use]
    pub fn wanted(&self) -> &[Wanted] {
        &self.wanted
    }

    /// What is not there in the release that is wanted, and nothing keeps from changing.
    fn missing(&self, seen: &Observed, has: &Installed, draft: &mut Draft<'_>) -> Vec<&Wanted> {
        let unmet =
            |wanted: &&Wanted| !has.versions.get(&wanted.name).is_some_and(|version| wanted.is_met(version));
        let mut missing: Vec<&Wanted> = self.wanted.iter().filter(unmet).collect();
        missing.retain(|wanted| match locked(seen, has, &wanted.name) {
            None => true,
            Some(by) => {
                let version = has.versions.get(&wanted.name).map_or("not installed", String::as_str);
                let what = format!("{} must change, but is kept as it is ({version}) by {by}", wanted.name);
                draft.coded_problem(
                    Code::PackageHeldByAnother,
                    what,
                    "release it, or want the release it has",
                );
                false
            }
        });
        missing
    }

    fn direction(&self, wanted: &Wanted, installed: Option<&String>) -> Direction {
        let (Some(version), Some(release)) = (installed, wanted.release) else { return Direction::Up };
        let order = if is_deb(self.manager) { compare_deb } else { compare_rpm };
        let epoch = version.split_once(':').map(|(epoch, _)| format!("{epoch}:")).unwrap_or_default();
        if order(version, &format!("{epoch}{}", release.bare())).is_gt() {
            Direction::Down
        } else {
            Direction::Up
        }
    }

    fn step(
        &self,
        seen: &Observed,
        draft: &mut Draft<'_>,
        has: &Installed,
        missing: &[&Wanted],
        direction: Direction,
    ) {
        let manager = Manager { kind: self.manager, tree: seen.tree(), only: &self.only };
        let version = |wanted: &&Wanted| {
            let release = wanted.release.map(|release| release.bare());
            (wanted.name.clone(), has.versions.get(&wanted.name).cloned(), release)
        };
        let packages: Vec<_> = missing.iter().map(version).collect();
        let replaces = packages.iter().any(|(_, before, _)| before.is_some());
        let reason = match direction {
            Direction::Up if replaces => "the host is to have these releases, and has others",
            Direction::Up => "a node needs them",
            Direction::Down => "the host is to have these releases, and has newer ones",
        };
        let risk = if replaces { Risk::High } else { Risk::Medium };
        let commands = manager.install(missing, &self.keys, direction);
        let change = PackageChange { manager: self.manager, commands, packages };
        draft.step(Change::Packages(change), Reason::of(reason).risking(risk));
    }
}

impl Resource for Packages {
    fn kind(&self) -> &'static str {
        "package"
    }

    /// Packages of one package manager from the same places.
    fn joined(&self, other: &dyn Resource) -> Option<Vec<Arc<dyn Resource>>> {
        let other =
            same(self, other).filter(|other| other.manager == self.manager && other.only == self.only)?;
        let mut one = self.clone();
        one.keys.extend(other.keys.into_iter().filter(|key| !self.keys.contains(key)));
        let mut all: Vec<Arc<dyn Resource>> = Vec::new();
        for more in other.wanted {
            let Some(known) = one.wanted.iter_mut().find(|known| known.name == more.name) else {
                one.wanted.push(more);
                continue;
            };
            match (known.release, more.release) {
                (Some(release), Some(wanted)) if release != wanted => {
                    let what = format!("{} is wanted of {release} and of {wanted}", more.name);
                    all.push(Arc::new(Obstacle::new(
                        "package",
                        Code::PackageWantedTwice,
                        what,
                        "let both want the same release",
                    )));
                }
                (release, wanted) => known.release = release.or(wanted),
            }
        }
        all.insert(0, Arc::new(one));
        Some(all)
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        observe(host, seen, self.manager);
        if host.is_running() {
            seen.look_at_value(host, Path::new(MOUNTS));
            seen.look_at_value(host, Path::new(OSTREE));
        }
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        if matches!(self.manager, PackageManager::RpmOstree | PackageManager::None) {
            let what = "packages of this host come with its image; none can be installed by themselves";
            return draft.coded_problem(
                Code::HostIsAnImage,
                what,
                "layer them with rpm-ostree, or build an image that has them",
            );
        }
        let has = match installed(seen, self.manager) {
            Ok(has) => has,
            Err(why) => {
                return draft.coded_problem(
                    Code::PackagesUnknown,
                    format!("which packages are installed is not known: {why}"),
                    "run on the host",
                );
            }
        };
        let missing = self.missing(seen, &has, draft);
        if !missing.is_empty()
            && let Some((why, hint)) = sealed(seen)
        {
            let names: Vec<_> = missing.iter().map(|wanted| wanted.name.as_str()).collect();
            return draft.coded_problem(
                Code::PackageNotInstallable,
                format!("{} cannot be installed: {why}", names.join(", ")),
                hint,
            );
        }
        for direction in [Direction::Down, Direction::Up] {
            let of = |wanted: &&&Wanted| self.direction(wanted, has.versions.get(&wanted.name)) == direction;
            let some: Vec<&Wanted> = missing.iter().filter(of).copied().collect();
            if !some.is_empty() {
                self.step(seen, draft, &has, &some, direction);
            }
        }
    }
}

/// What is mounted.
const MOUNTS: &str = "/proc/mounts";
/// There where an ostree deployment was booted.
const OSTREE: &str = "/run/ostree-booted";

/// Why no package manager can write to the running system, and what can.
fn sealed(seen: &Observed) -> Option<(&'static str, &'static str)> {
    if seen.value(Path::new(OSTREE)).is_ok_and(|value| value.is_some()) {
        return Some((
            "this host is an image of ostree's, and /usr changes with a new deployment only",
            "`rpm-ostree install` layers them; reboot, then run this again",
        ));
    }
    let mounts = seen.value(Path::new(MOUNTS)).ok().flatten().unwrap_or_default();
    is_read_only(mounts).then_some((
        "/usr is mounted read-only",
        "on openSUSE MicroOS and its kind `transactional-update pkg install` brings them; reboot, then run this again",
    ))
}

/// Whether what holds `/usr` is mounted read-only. A later mount hides an earlier one on the same
/// place.
fn is_read_only(mounts: &str) -> bool {
    let options = |at: &str| {
        let mut fields = mounts.lines().rev().map(|line| line.split(' ').collect::<Vec<_>>());
        fields.find_map(|f| (f.get(1) == Some(&at)).then(|| f.get(3).copied().unwrap_or_default()))
    };
    let options = options("/usr").or_else(|| options("/")).unwrap_or_default();
    options.split(',').any(|option| option == "ro")
}

impl Holds {
    /// Keeps `names` where they are.
    #[must_use]
    pub fn new(manager: PackageManager, names: impl IntoIterator<Item = String>) -> Self {
        Self { manager, names: names.into_iter().collect() }
    }
}

impl Resource for Holds {
    fn kind(&self) -> &'static str {
        "hold"
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        observe(host, seen, self.manager);
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        let Ok(has) = installed(seen, self.manager) else { return };
        let free = |name: &&String| locked(seen, &has, name).is_none();
        let names: Vec<String> = self.names.iter().filter(free).cloned().collect();
        let manager = Manager { kind: self.manager, tree: seen.tree(), only: &[] };
        // `apt-mark` knows no other root; a tree that is built is upgraded by whoever builds it.
        if names.is_empty() || manager.tree.is_some() {
            return;
        }
        if let Some((run, undo)) = manager.hold(&names) {
            // zypper leaves its file empty where it had none.
            let fresh = seen.file(Path::new(ZYPP_LOCKS)).is_ok_and(|look| look.node == Node::Absent);
            let words = ["/etc/zypp", "-maxdepth", "1", "-name", "locks", "-empty", "-delete"];
            let tidy =
                (self.manager == PackageManager::Zypper && fresh).then(|| Invocation::new("find", words));
            let action = Action::new("hold", names.join(" "), [run], [undo].into_iter().chain(tidy));
            draft.step(
                Change::Action(action),
                Reason::of("no upgrade of the whole host is to take them along"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usr_is_read_only_by_itself_or_with_the_root() {
        let micro = "/dev/vda3 / btrfs ro,relatime,subvol=/@/.snapshots/1/snapshot 0 0\n/dev/vda3 /var btrfs rw 0 0\n";
        assert!(is_read_only(micro));
        assert!(!is_read_only(&format!("{micro}/dev/vda4 /usr btrfs rw,relatime 0 0\n")));
        assert!(!is_read_only("/dev/vda1 / ext4 rw,errors=remount-ro 0 0\n"));
        assert!(!is_read_only("rootfs / rootfs ro 0 0\n/dev/vda1 / ext4 rw 0 0\n"));
        assert!(!is_read_only(""));
    }
}
