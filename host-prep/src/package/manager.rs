//! The command lines of package managers: one place for each.

use std::path::Path;
use std::time::Duration;

use super::Wanted;
use crate::Invocation;
use crate::distro::PackageManager;

/// Downloads over slow lines take their time.
const LIMIT: Duration = Duration::from_secs(1800);

/// A package manager at work on a host, or on the tree of one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manager<'a> {
    pub(crate) kind: PackageManager,
    pub(crate) tree: Option<&'a Path>,
}

/// Which way the version goes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Direction {
    Up,
    Down,
}

impl Manager<'_> {
    /// What installs `wanted`, each as a name with its version.
    pub(crate) fn install(&self, wanted: &[&Wanted], direction: Direction) -> Vec<Invocation> {
        let names: Vec<String> = wanted.iter().map(|wanted| self.argument(wanted)).collect();
        match self.kind {
            PackageManager::Apt => vec![self.apt_update(), self.apt_install(direction, &names)],
            _ => vec![self.rpm_install(direction, &names)],
        }
    }

    /// What brings `name` back to exactly `version`.
    pub(crate) fn put_back(&self, name: &str, version: &str) -> Invocation {
        match self.kind {
            PackageManager::Apt => self.apt_install(Direction::Down, &[format!("{name}={version}")]),
            PackageManager::Zypper => self.rpm_install(Direction::Down, &[format!("{name}={version}")]),
            _ => self.rpm_install(Direction::Down, &[format!("{name}-{version}")]),
        }
    }

    /// What takes exactly these away. It fails where something else needs one of them: nothing goes with them.
    pub(crate) fn remove(&self, names: &[String], purge: bool) -> Invocation {
        let names = names.iter().map(String::as_str);
        if self.kind == PackageManager::Apt {
            let root = self.tree.map(|tree| format!("--root={}", tree.display()));
            let verb = if purge { "--purge" } else { "--remove" };
            let args = root.as_deref().into_iter().chain([verb, "--"]).chain(names);
            return quiet("dpkg", args);
        }
        let tree = self.tree.map(|tree| tree.display().to_string());
        let root = tree.iter().flat_map(|tree| ["--root", tree.as_str()]);
        Invocation::new("rpm", root.chain(["-e", "--"]).chain(names)).within(LIMIT)
    }

    /// What finds configuration files that were changed by hand; nothing for rpm, which keeps them itself.
    pub(crate) fn changed_files(&self, names: &[String]) -> Option<Invocation> {
        let root = self.tree.map(|tree| format!("--root={}", tree.display()));
        let args =
            root.as_deref().into_iter().chain(["--verify", "--"]).chain(names.iter().map(String::as_str));
        (self.kind == PackageManager::Apt).then(|| Invocation::new("dpkg", args))
    }

    /// What keeps packages from being upgraded by the way, and its undo. Nothing where the repository file says so.
    pub(crate) fn hold(&self, names: &[String]) -> Option<(Invocation, Invocation)> {
        let of = |program: &str, verb: &str| {
            Invocation::new(program, std::iter::once(verb).chain(names.iter().map(String::as_str)))
        };
        match self.kind {
            PackageManager::Apt => Some((of("apt-mark", "hold"), of("apt-mark", "unhold"))),
            PackageManager::Zypper => Some((of("zypper", "addlock"), of("zypper", "removelock"))),
            _ => None,
        }
    }

    /// What fetches packages with everything they need into `dir`, without installing them.
    pub(crate) fn download(&self, wanted: &[&Wanted], dir: &Path) -> Vec<Invocation> {
        let names: Vec<String> = wanted.iter().map(|wanted| self.argument(wanted)).collect();
        let names = names.iter().map(String::as_str);
        let dir = dir.display().to_string();
        match self.kind {
            PackageManager::Apt => {
                let cache = format!("Dir::Cache::archives={dir}");
                let args = self.apt_options();
                let args = args.iter().map(String::as_str);
                let args = args
                    .chain(["-o", &cache, "install", "-y", "--download-only", "--reinstall"])
                    .chain(names);
                vec![self.apt_update(), quiet("apt-get", args)]
            }
            PackageManager::Zypper => {
                let args = ["--non-interactive", "--pkg-cache-dir", &dir, "install", "--download-only"];
                vec![Invocation::new("zypper", args.into_iter().chain(names)).within(LIMIT)]
            }
            PackageManager::Yum => {
                let args = ["--disableexcludes=all", "--resolve", "--destdir", &dir];
                vec![Invocation::new("yumdownloader", args.into_iter().chain(names)).within(LIMIT)]
            }
            _ => {
                let args = ["download", "--disableexcludes=all", "--resolve", "--alldeps", "--destdir", &dir];
                vec![Invocation::new("dnf", args.into_iter().chain(names)).within(LIMIT)]
            }
        }
    }

    /// How the package manager is told a name and its version.
    fn argument(&self, wanted: &Wanted) -> String {
        let Wanted { name, release, .. } = wanted;
        let Some(release) = release else { return name.clone() };
        let (bare, exact) = (release.bare(), release.is_exact());
        match self.kind {
            PackageManager::Apt if exact => format!("{name}={bare}-*"),
            PackageManager::Apt => format!("{name}={bare}.*"),
            PackageManager::Zypper if exact => format!("{name}={bare}"),
            // Its relations know no patterns; below the next minor is the newest of this one in a repository per minor.
            PackageManager::Zypper => format!("{name}<{}", release.minor().next().bare()),
            _ if exact => format!("{name}-{bare}"),
            _ => format!("{name}-{bare}.*"),
        }
    }

    fn rpm_install(&self, direction: Direction, names: &[String]) -> Invocation {
        let tree = self.tree.map(|tree| tree.display().to_string());
        let verb = if direction == Direction::Down { "downgrade" } else { "install" };
        let (program, mut args): (_, Vec<String>) = match self.kind {
            PackageManager::Zypper => {
                let root = tree.iter().flat_map(|tree| ["--root".into(), tree.clone()]);
                let fixed =
                    ["--non-interactive", "install", "--no-recommends", "--allow-downgrade", "--oldpackage"];
                ("zypper", root.chain(fixed.map(String::from)).collect())
            }
            kind => {
                let root = tree.iter().map(|tree| format!("--installroot={tree}"));
                let mut fixed = vec!["-y", verb];
                match kind {
                    PackageManager::Dnf5 => fixed.push("--setopt=disable_excludes=*"),
                    PackageManager::Yum => fixed.push("--disableexcludes=all"),
                    // A second run would wait for ever otherwise.
                    _ => fixed.extend([
                        "--disableexcludes=all",
                        "--setopt=exit_on_lock=True",
                        "--setopt=install_weak_deps=False",
                    ]),
                }
                let program = if kind == PackageManager::Yum { "yum" } else { "dnf" };
                (program, fixed.into_iter().map(String::from).chain(root).collect())
            }
        };
        args.extend(names.iter().cloned());
        Invocation::new(program, args).within(LIMIT)
    }

    /// A mirror that does not answer is an error, not a warning.
    fn apt_update(&self) -> Invocation {
        let args = self.apt_options();
        let args =
            args.iter().map(String::as_str).chain(["-o", "APT::Update::Error-Mode=any", "update", "-q"]);
        quiet("apt-get", args)
    }

    fn apt_install(&self, direction: Direction, names: &[String]) -> Invocation {
        let options = self.apt_options();
        let mut args: Vec<&str> = options.iter().map(String::as_str).collect();
        args.extend(["install", "-y", "-q", "--no-install-recommends"]);
        // Nobody is there to be asked: files that were changed by hand stay.
        args.extend(["-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"]);
        args.extend(["-o", "DPkg::Lock::Timeout=60"]);
        if direction == Direction::Down {
            args.push("--allow-downgrades");
        }
        args.extend(names.iter().map(String::as_str));
        quiet("apt-get", args)
    }

    fn apt_options(&self) -> Vec<String> {
        let Some(tree) = self.tree else { return Vec::new() };
        let tree = tree.display();
        let options = [
            format!("Dir={tree}"),
            format!("Dir::State::status={tree}/var/lib/dpkg/status"),
            format!("DPkg::Options::=--root={tree}"),
        ];
        options.into_iter().flat_map(|option| ["-o".to_owned(), option]).collect()
    }
}

/// A program of Debian's that may ask questions, told not to.
fn quiet<'a>(program: &'a str, args: impl IntoIterator<Item = &'a str>) -> Invocation {
    let env = ["DEBIAN_FRONTEND=noninteractive", program];
    Invocation::new("env", env.into_iter().chain(args)).within(LIMIT)
}
