//! The command lines of package managers: one place for each.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Wanted;
use crate::Invocation;
use crate::facts::distro::PackageManager;
use crate::mirrors::Artefact;
use crate::resource::repo::{Places, id};

/// Downloads over slow lines take their time.
pub(super) const LIMIT: Duration = Duration::from_secs(1800);

/// Nobody is there to be asked: files that were changed by hand stay.
const KEEP_FILES: [&str; 4] =
    ["-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"];

/// A package manager at work on a host, or on the tree of one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manager<'a> {
    pub(crate) kind: PackageManager,
    pub(crate) tree: Option<&'a Path>,
    /// Ids of the only repositories it may ask; all where there are none. A bundle is used where no
    /// other one answers.
    pub(crate) only: &'a [String],
}

/// Which way the version goes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Direction {
    Up,
    Down,
}

impl Manager<'static> {
    /// The one of a host that runs, with all its repositories.
    pub(crate) fn of_host(kind: PackageManager) -> Self {
        Self { kind, tree: None, only: &[] }
    }
}

impl Manager<'_> {
    /// What installs `wanted`, each as a name with its version. rpm is made to trust `keys` first.
    pub(crate) fn install(
        &self,
        wanted: &[&Wanted],
        keys: &[PathBuf],
        direction: Direction,
    ) -> Vec<Invocation> {
        let names: Vec<String> = wanted.iter().map(|wanted| self.argument(wanted)).collect();
        match self.kind {
            PackageManager::Apt => vec![self.apt_update(), self.apt_install(direction, &names)],
            PackageManager::Zypper => {
                let keys = keys.iter().map(|key| self.import(key));
                keys.chain([self.zypper_refresh(), self.zypper_install(&names)]).collect()
            }
            _ => {
                keys.iter().map(|key| self.import(key)).chain([self.rpm_install(direction, &names)]).collect()
            }
        }
    }

    /// What brings each name back to exactly its version; several at once where each may want the
    /// others of its own release.
    pub(crate) fn put_all_back(&self, all: &[(&str, &str)]) -> Invocation {
        let sign = if matches!(self.kind, PackageManager::Apt | PackageManager::Zypper) { '=' } else { '-' };
        let names: Vec<String> = all.iter().map(|(name, version)| format!("{name}{sign}{version}")).collect();
        match self.kind {
            PackageManager::Apt => self.apt_install(Direction::Down, &names),
            _ => self.rpm_install(Direction::Down, &names),
        }
    }

    /// What reads the repositories again.
    pub(crate) fn refresh(&self) -> Vec<Invocation> {
        match self.kind {
            PackageManager::Apt => vec![self.apt_update()],
            PackageManager::Zypper => vec![self.zypper_refresh()],
            _ => {
                let only = self.rpm_only();
                let words = ["-y", "makecache"].into_iter().chain(only.iter().map(String::as_str));
                vec![Invocation::new(self.rpm_program(), words).within(LIMIT).fetching()]
            }
        }
    }

    /// What fetches `wanted` and installs nothing, holds or not.
    pub(crate) fn download(&self, wanted: &[&Wanted], keys: &[PathBuf]) -> Vec<Invocation> {
        let mut all = self.install(wanted, keys, Direction::Up);
        let Some(last) = all.last_mut() else { return all };
        let option: &[&str] = match self.kind {
            PackageManager::Apt => &["--download-only", "--allow-change-held-packages"],
            PackageManager::Zypper => &["--download-only"],
            _ => &["--downloadonly"],
        };
        // Options come before the names, after the verb.
        let verb = last.args.iter().position(|word| word == "install").map_or(last.args.len(), |at| at + 1);
        last.args.splice(verb..verb, option.iter().map(|word| (*word).to_owned()));
        all
    }

    /// What takes exactly these away. It fails where something else needs one of them: nothing goes
    /// with them.
    pub(crate) fn remove(&self, names: &[String], purge: bool) -> Invocation {
        let names = names.iter().map(String::as_str);
        if self.kind == PackageManager::Apt {
            let verb = if purge { "--purge" } else { "--remove" };
            // A run that was killed while it unpacked leaves what has to be installed again before dpkg
            // removes it otherwise.
            let options = ["--force-remove-reinstreq", verb, "--"];
            return self.quiet("dpkg", options.into_iter().chain(names));
        }
        self.rpm(["-e", "--"].into_iter().chain(names)).within(LIMIT)
    }

    /// What tells whether something else needs one of these and changes nothing. Nothing for rpm,
    /// which looks at all of them before it removes one; dpkg goes on with the others.
    pub(crate) fn try_to_remove(&self, names: &[String]) -> Option<Invocation> {
        let names = names.iter().map(String::as_str);
        let args = ["--no-act", "--force-remove-reinstreq", "--remove", "--"].into_iter().chain(names);
        (self.kind == PackageManager::Apt).then(|| self.quiet("dpkg", args))
    }

    /// What ends what a run of dpkg that was killed has left: triggers, packages that are not
    /// configured. Nothing for rpm.
    pub(crate) fn finish(&self) -> Option<Invocation> {
        let args = ["--force-confdef", "--force-confold", "--configure", "-a"];
        (self.kind == PackageManager::Apt).then(|| self.quiet("dpkg", args))
    }

    /// What finds configuration files that were changed by hand; nothing for rpm, which keeps them
    /// itself.
    pub(crate) fn changed_files(&self, names: &[String]) -> Option<Invocation> {
        let args = ["--verify", "--"].into_iter().chain(names.iter().map(String::as_str));
        (self.kind == PackageManager::Apt).then(|| self.quiet("dpkg", args))
    }

    /// What keeps packages from being upgraded by the way, and its undo. Nothing where the
    /// repository file says so.
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

    /// How the package manager is told a name and its version.
    pub(super) fn argument(&self, wanted: &Wanted) -> String {
        let Wanted { name, release, .. } = wanted;
        let Some(release) = release else { return name.clone() };
        let (bare, exact) = (release.bare(), release.is_exact());
        match self.kind {
            PackageManager::Apt if exact => format!("{name}={bare}-*"),
            PackageManager::Apt => format!("{name}={bare}.*"),
            PackageManager::Zypper if exact => format!("{name}={bare}"),
            // Its relations know no patterns; below the next minor is the newest of this one in a repository
            // per minor.
            PackageManager::Zypper => format!("{name}<{}", release.minor().next().bare()),
            _ if exact => format!("{name}-{bare}"),
            _ => format!("{name}-{bare}.*"),
        }
    }

    fn rpm_install(&self, direction: Direction, names: &[String]) -> Invocation {
        let verb = if direction == Direction::Down { "downgrade" } else { "install" };
        let more: &[&str] = match self.kind {
            PackageManager::Zypper => return self.zypper_install(names),
            PackageManager::Dnf5 => &["--refresh"],
            PackageManager::Yum => &[],
            // A second run would wait for ever otherwise.
            _ => &["--refresh", "--setopt=exit_on_lock=True"],
        };
        let excluded = self.without_our_excludes();
        let excluded = excluded.iter().map(String::as_str).chain(more.iter().copied());
        let root = self.tree.map(|tree| format!("--installroot={}", tree.display()));
        let only = self.rpm_only();
        let only = only.iter().map(String::as_str);
        let keys = self.keys_of_the_tree();
        let keys = keys.iter().map(String::as_str);
        let options = ["-y", verb].into_iter().chain(excluded).chain(root.as_deref()).chain(keys).chain(only);
        let words = options.chain(names.iter().map(String::as_str));
        Invocation::new(self.rpm_program(), words).within(LIMIT).fetching()
    }

    fn rpm_program(&self) -> &'static str {
        if self.kind == PackageManager::Yum { "yum" } else { "dnf" }
    }

    /// What keeps yum and dnf to their repositories.
    fn rpm_only(&self) -> Vec<String> {
        let none = (!self.only.is_empty()).then(|| "--disablerepo=*".to_owned());
        none.into_iter().chain(self.only.iter().map(|id| format!("--enablerepo={id}"))).collect()
    }

    /// dnf reads `gpgkey=file:///...` of an image on the machine that builds it.
    fn keys_of_the_tree(&self) -> Vec<String> {
        let Some(tree) = self.tree.filter(|_| self.only.is_empty()) else { return Vec::new() };
        let option = |artefact| {
            let key = Places::Yum.key_file(artefact);
            format!("--setopt={}.gpgkey=file://{}{}", id(artefact), tree.display(), key.display())
        };
        [Artefact::Kubernetes, Artefact::CriO].map(option).into()
    }

    /// The excludes of our own repository files keep an upgrade of the whole host off; those of the
    /// admin count.
    fn without_our_excludes(&self) -> Vec<String> {
        let own = [Artefact::Kubernetes, Artefact::CriO].map(|artefact| id(artefact).to_owned());
        let ids = if self.only.is_empty() { &own } else { self.only };
        match self.kind {
            PackageManager::Dnf5 => vec![format!("--setopt=disable_excludes={}", ids.join(","))],
            _ => ids.iter().map(|id| format!("--disableexcludes={id}")).collect(),
        }
    }

    fn zypper_refresh(&self) -> Invocation {
        self.zypper(["refresh", "--force"].into_iter().chain(self.only.iter().map(String::as_str)))
    }

    fn zypper_install(&self, names: &[String]) -> Invocation {
        let options = ["install", "--no-recommends", "--oldpackage"];
        let only = self.only.iter().flat_map(|id| ["--repo", id.as_str()]);
        self.zypper(options.into_iter().chain(only).chain(names.iter().map(String::as_str)))
    }

    pub(super) fn zypper<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Invocation {
        let tree = self.tree.map(|tree| tree.display().to_string());
        let root = tree.iter().flat_map(|tree| ["--root", tree.as_str()]).map(str::to_owned);
        let words = ["--non-interactive"].into_iter().chain(args).map(str::to_owned);
        Invocation::new("zypper", root.chain(words)).within(LIMIT).fetching()
    }

    /// Makes rpm trust a key that was checked. zypper asks for consent otherwise, and dnf looks for
    /// the file of an image on the machine that builds it.
    pub(crate) fn import(&self, key: &Path) -> Invocation {
        let inside = key.strip_prefix("/").unwrap_or(key);
        self.import_from(&self.tree.map_or_else(|| key.to_owned(), |tree| tree.join(inside)))
    }

    /// The same for a key that is in no tree.
    pub(crate) fn import_from(&self, file: &Path) -> Invocation {
        self.rpm(["--import", &file.display().to_string()])
    }

    fn rpm<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Invocation {
        let tree = self.tree.map(|tree| tree.display().to_string());
        let root = tree.iter().flat_map(|tree| ["--root", tree.as_str()]).map(str::to_owned);
        Invocation::new("rpm", root.chain(args.into_iter().map(str::to_owned)))
    }

    /// A mirror that does not answer is an error, not a warning.
    fn apt_update(&self) -> Invocation {
        let only = self.apt_only();
        let args = ["-o", "APT::Update::Error-Mode=any"].into_iter().chain(only.iter().map(String::as_str));
        self.quiet("apt-get", args.chain(["update", "-q"]))
    }

    fn apt_install(&self, direction: Direction, names: &[String]) -> Invocation {
        let mut args = vec!["install", "-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=20"];
        args.extend(KEEP_FILES);
        if direction == Direction::Down {
            args.push("--allow-downgrades");
        }
        let only = self.apt_only();
        args.extend(only.iter().map(String::as_str));
        args.extend(names.iter().map(String::as_str));
        self.quiet("apt-get", args)
    }

    /// What keeps apt to one list of sources, and from forgetting what it knows of the others.
    fn apt_only(&self) -> Vec<String> {
        let list = |id: &String| {
            let list = format!("Dir::Etc::SourceList=/etc/apt/sources.list.d/{id}.sources");
            // The user apt works as otherwise cannot read a bundle; nothing comes over a network here.
            let rest = ["Dir::Etc::SourceParts=-", "APT::Get::List-Cleanup=0", "APT::Sandbox::User=root"]
                .map(str::to_owned);
            [list].into_iter().chain(rest).flat_map(|option| ["-o".to_owned(), option]).collect::<Vec<_>>()
        };
        self.only.first().map(list).unwrap_or_default()
    }

    /// A program of Debian's that may ask questions, told not to. In an image it is the image's
    /// own: keys, sources and state are all found below its root then.
    fn quiet<'a>(&self, program: &'a str, args: impl IntoIterator<Item = &'a str>) -> Invocation {
        let tree = self.tree.map(|tree| tree.display().to_string());
        let chroot = tree.iter().flat_map(|tree| ["chroot", tree.as_str()]).map(str::to_owned);
        let words = std::iter::once(program).chain(args).map(str::to_owned);
        let quiet = std::iter::once("DEBIAN_FRONTEND=noninteractive".to_owned());
        Invocation::new("env", quiet.chain(chroot).chain(words)).within(LIMIT).fetching()
    }
}
