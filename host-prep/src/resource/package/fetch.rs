//! Fetching packages with everything they need, as for an empty host, without installing them.

use std::path::{Path, PathBuf};

use super::Wanted;
use super::change::{run, said_by};
use super::manager::{LIMIT, Manager};
use crate::facts::distro::PackageManager;
use crate::{Error, Host, Invocation};

impl Manager<'_> {
    /// What fetches rpms into `dir`, their signatures checked. `release` is what addresses of
    /// repositories call `$releasever` where the package manager cannot find it out itself.
    pub(crate) fn fetch_rpms(
        &self,
        wanted: &[&Wanted],
        release: Option<&str>,
        dir: &Path,
    ) -> Vec<Invocation> {
        let names: Vec<String> = wanted.iter().map(|wanted| self.argument(wanted)).collect();
        let names = names.iter().map(String::as_str);
        let (tree, dir) =
            (self.tree.unwrap_or(Path::new("/")).display().to_string(), dir.display().to_string());
        if self.kind == PackageManager::Zypper {
            let release: Vec<&str> =
                release.into_iter().flat_map(|release| ["--releasever", release]).collect();
            let into = release.into_iter().chain(["--pkg-cache-dir", dir.as_str()]);
            let install = ["install", "--no-recommends", "--oldpackage", "--download-only"];
            let fetch = self.zypper(into.chain(install).chain(names));
            return vec![self.zypper(["refresh", "--force"]), fetch];
        }
        let root = format!("--installroot={tree}");
        let downloads = format!("--downloaddir={dir}");
        // dnf 5 knows neither that flag nor `/` for the running host's release.
        let (into, release) = (
            format!("--setopt=destdir={dir}"),
            release.map_or_else(|| "--refresh".into(), |release| format!("--releasever={release}")),
        );
        let (program, how): (&str, &[&str]) = match self.kind {
            PackageManager::Yum => ("yum", &["--disableexcludes=all", &downloads]),
            PackageManager::Dnf5 => ("dnf", &["--setopt=disable_excludes=*", "--refresh", &release, &into]),
            _ => ("dnf", &["--disableexcludes=all", "--refresh", "--releasever=/", &downloads]),
        };
        let args = ["-y", "install", "--downloadonly", root.as_str()].into_iter();
        let args = args.chain(how.iter().copied()).chain(names);
        vec![Invocation::new(program, args).within(LIMIT).fetching()]
    }

    /// Fetches debs into `dir` from the sources below [`tree`](Self::tree), signatures of their
    /// indexes checked.
    pub(crate) fn fetch_debs(&self, host: &Host, wanted: &[&Wanted], dir: &Path) -> Result<(), Error> {
        let names: Vec<String> = wanted.iter().map(|wanted| self.argument(wanted)).collect();
        run(host, &self.apt_get(&["-o", "APT::Update::Error-Mode=any", "update", "-q"], &[]))?;
        // `install --download-only` leaves packages of a file:// source where they are; so what it would install is asked
        // for by name.
        let simulate = self.apt_get(&["install", "-s", "-q", "--no-install-recommends"], &names);
        let simulated = said_by(host, &simulate).map_err(|error| without_options(error, &names))?;
        let exact: Vec<String> = simulated.lines().filter_map(to_be_installed).collect();
        let fetch = self.apt_get(&["download", "-q"], &exact);
        let words = std::iter::once(fetch.program.as_str()).chain(fetch.args.iter().map(String::as_str));
        let place = dir.display().to_string();
        let there = ["-C", place.as_str()].into_iter().chain(words);
        run(host, &Invocation::new("env", there).within(LIMIT).fetching())
    }

    /// The lists of packages that [`fetch_debs`](Self::fetch_debs) had fetched, for this machine's
    /// architecture.
    pub(crate) fn fetched_indexes(&self, host: &Host) -> Result<Vec<AptIndex>, Error> {
        let native = said_by(host, &Invocation::new("dpkg", ["--print-architecture"]))?;
        let format =
            "$(CREATED_BY)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ARCHITECTURE)|$(METAKEY)|$(FILENAME)";
        let said = said_by(host, &self.apt_get(&["indextargets", "--format", format], &[]))?;
        Ok(said.lines().filter_map(|line| AptIndex::parse(line, native.trim())).collect())
    }

    /// apt with sources, state and cache of its own, and this machine's programs, proxies and
    /// trusted keys.
    fn apt_get(&self, words: &[&str], names: &[String]) -> Invocation {
        let tree = self.tree.unwrap_or(Path::new("/")).display();
        let options = [
            format!("Dir::Etc::SourceList={tree}/etc/apt/sources.list"),
            format!("Dir::Etc::SourceParts={tree}/etc/apt/sources.list.d"),
            format!("Dir::State={tree}/var/lib/apt"),
            format!("Dir::State::status={tree}/var/lib/dpkg/status"),
            format!("Dir::Cache={tree}/var/cache/apt"),
            // The directories are private, and the user apt works as otherwise cannot read them.
            "APT::Sandbox::User=root".to_owned(),
            // Lists of packages as they were signed.
            "Acquire::GzipIndexes=false".to_owned(),
            "Acquire::Languages=none".to_owned(),
        ];
        let options = options.into_iter().flat_map(|option| ["-o".to_owned(), option]);
        let words = words.iter().map(|word| (*word).to_owned());
        let all = ["DEBIAN_FRONTEND=noninteractive", "apt-get"].map(str::to_owned);
        Invocation::new("env", all.into_iter().chain(options).chain(words).chain(names.iter().cloned()))
            .within(LIMIT)
            .fetching()
    }
}

/// Nobody reads a command of 900 characters, most of which say where it works.
fn without_options(error: Error, names: &[String]) -> Error {
    let command = format!("apt-get install {}", names.join(" "));
    match error {
        Error::Packages { trouble, said, .. } => Error::Packages { command, trouble, said },
        Error::CommandFailed { how, .. } => Error::CommandFailed { command, how },
        error => error,
    }
}

/// A list of packages of a repository, as `apt-get indextargets` tells of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AptIndex {
    /// Where the repository is.
    pub(crate) uri: String,
    /// Its suite; `/` where it is flat.
    pub(crate) suite: String,
    /// `None` where it is flat.
    pub(crate) component: Option<String>,
    /// What the signed index calls the list.
    pub(crate) name: String,
    /// Where it was fetched to.
    pub(crate) file: PathBuf,
}

impl AptIndex {
    /// `Packages|http://deb.example.org/debian/|bookworm|main|amd64|main/binary-amd64/Packages|/...`. What a flat repository
    /// does not have stays as it was asked for.
    fn parse(line: &str, native: &str) -> Option<Self> {
        let [kind, uri, suite, component, architecture, name, file] =
            line.split('|').collect::<Vec<_>>().try_into().ok()?;
        let flat = component.starts_with("$(");
        let ours = flat || [native, "all"].contains(&architecture);
        (kind == "Packages" && ours).then(|| Self {
            uri: uri.to_owned(),
            suite: if flat { "/" } else { suite }.to_owned(),
            component: (!flat).then(|| component.to_owned()),
            name: name.to_owned(),
            file: file.into(),
        })
    }
}

/// `Inst kubelet (1.34.2-1.1 localhost [all])` as `kubelet=1.34.2-1.1`; of another architecture as
/// `name:arch=...`, as it says.
fn to_be_installed(line: &str) -> Option<String> {
    let (name, rest) = line.strip_prefix("Inst ")?.split_once(' ')?;
    let version = rest.split_once('(')?.1.split_whitespace().next()?;
    Some(format!("{name}={version}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_packages_are_told_apart() {
        let line =
            "Packages|http://deb.example.org/debian/|bookworm|main|amd64|main/binary-amd64/Packages|/l/P";
        let debian = AptIndex::parse(line, "amd64").unwrap();
        assert_eq!((debian.suite.as_str(), debian.component.as_deref()), ("bookworm", Some("main")));
        assert_eq!(AptIndex::parse(line, "arm64"), None);
        assert_eq!(AptIndex::parse(&line.replacen("Packages", "DEP-11", 1), "amd64"), None);
        let flat = "Packages|https://pkgs.k8s.io/core:/stable:/v1.34/deb/||$(COMPONENT)|$(ARCHITECTURE)|Packages|/l/F";
        let flat = AptIndex::parse(flat, "amd64").unwrap();
        assert_eq!((flat.suite.as_str(), flat.component, flat.name.as_str()), ("/", None, "Packages"));
    }

    #[test]
    fn what_apt_would_install_is_read() {
        assert_eq!(
            to_be_installed("Inst kubelet [1.33.4-1.1] (1.34.2-1.1 obs://x [amd64])").as_deref(),
            Some("kubelet=1.34.2-1.1")
        );
        assert_eq!(to_be_installed("Conf kubelet (1.34.2-1.1 localhost [all])"), None);
    }
}
