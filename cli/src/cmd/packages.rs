//! Packages and their repositories, as the commands about a node share them: which, from where, and who stands for them.

use std::path::PathBuf;

use host_prep::distro::Distro;
use host_prep::facts::Facts;
use host_prep::repo::{CheckedKeys, Fingerprint, Places, Trust};
use host_prep::resource::Obstacle;
use host_prep::{Desired, Host};

use crate::cmd::fetch::fetch;
use crate::cmd::on_host::now;
use crate::recipe::{self, Agreed, NodeSpec, Source, Sources};
use crate::ui::Ui;

/// Whose packages.
#[derive(clap::Args, Debug)]
pub(crate) struct PackageFlags {
    /// Somebody else sees to packages: touch neither them nor their repositories
    #[arg(long)]
    pub(crate) no_packages: bool,
    /// A file with the keys of the repositories, instead of fetching them
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// Fingerprint of a key that may sign packages, besides those that are known
    #[arg(long, value_name = "FINGERPRINT")]
    pin: Vec<Fingerprint>,
}

/// Whether keys that are not on the host yet may be fetched over the network.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Keys {
    Fetched,
    OfTheHost,
}

impl PackageFlags {
    /// Repositories and packages that `spec` asks for, every key checked. What cannot be had is a problem of the plan.
    pub(crate) fn desired(
        &self,
        (host, facts): (&Host, &Facts),
        (spec, agreed): (&NodeSpec, &Agreed),
        keys: Keys,
        ui: &mut Ui,
    ) -> Desired {
        if self.no_packages {
            return Desired::new();
        }
        let distro = facts.distro.known().cloned().flatten().unwrap_or_default();
        match recipe::sources(spec, agreed, &distro) {
            Ok(sources) if host.is_running() => self.installed(host, &sources, keys, ui),
            Ok(sources) => self.in_a_tree(host, &sources, keys, ui),
            Err(error) if host.is_running() => {
                let hint = "have them installed by other means and say --no-packages";
                Desired::new().with(Obstacle::new("package", error.to_string(), hint))
            }
            Err(error) => {
                ui.warn(format_args!("packages: {}", in_a_tree_unknown(&error, &distro)));
                Desired::new()
            }
        }
    }

    fn installed(&self, host: &Host, sources: &Sources, keys: Keys, ui: &mut Ui) -> Desired {
        let here = |source: &Source| self.given(host, sources.places, source).is_some();
        // Who has every package and no repository of ours got them elsewhere, and needs neither network nor keys.
        if !sources.sources.iter().all(here) && host_prep::verify(host, &sources.packages()).is_done() {
            ui.note("packages are there already; where they came from is left as it is");
            return sources.packages();
        }
        sources.desired(|source| self.trust(host, sources.places, source, keys, ui))
    }

    /// Repositories are files. Packages take programs, and those of a tree are whoever builds it to run.
    fn in_a_tree(&self, host: &Host, sources: &Sources, keys: Keys, ui: &mut Ui) -> Desired {
        if host_prep::verify(host, &sources.packages()).is_done() {
            return Desired::new();
        }
        ui.warn(format_args!("packages are not installed in a tree; it needs {}", sources.names()));
        sources.repositories(|source| self.trust(host, sources.places, source, keys, ui))
    }

    /// The keys of a repository: of the files that were named, else those an earlier run checked, else fetched. Every one
    /// is compared with its pins.
    fn trust(&self, host: &Host, places: Places, source: &Source, keys: Keys, ui: &mut Ui) -> Trust {
        let found = match self.given(host, places, source) {
            Some(found) => found,
            None if keys == Keys::OfTheHost => vec![Err("they are not on this host".to_owned())],
            None => {
                ui.note(format_args!("fetching the keys of the {} repository", source.artefact));
                source
                    .location
                    .keys
                    .iter()
                    .map(|url| fetch(url).and_then(|keys| self.check(source, keys)))
                    .collect()
            }
        };
        let (good, bad): (Vec<_>, Vec<_>) = found.into_iter().partition(Result::is_ok);
        let good = good.into_iter().flatten().reduce(CheckedKeys::and);
        let why = || bad.into_iter().filter_map(Result::err).collect::<Vec<_>>().join("; ");
        good.map_or_else(|| Trust::Missing { why: why() }, Trust::Keys)
    }

    /// Keys that need no network.
    fn given(
        &self,
        host: &Host,
        places: Places,
        source: &Source,
    ) -> Option<Vec<Result<CheckedKeys, String>>> {
        if !self.key.is_empty() {
            let read = |path: &PathBuf| {
                let bytes = std::fs::read(path).map_err(|error| error.to_string());
                let keys = bytes.and_then(|bytes| self.check(source, bytes));
                keys.map_err(|why| format!("{}: {why}", path.display()))
            };
            return Some(self.key.iter().map(read).collect());
        }
        let written = places.key_files(source.artefact).into_iter();
        let mut checked = written.filter_map(|path| self.check(source, host.root().read(&path).ok()??).ok());
        checked.next().map(|keys| vec![Ok(keys)])
    }

    fn check(&self, source: &Source, bytes: Vec<u8>) -> Result<CheckedKeys, String> {
        let pins: Vec<Fingerprint> = source.pins.iter().chain(&self.pin).copied().collect();
        CheckedKeys::check(bytes, &pins, now()).map_err(|error| error.to_string())
    }
}

fn in_a_tree_unknown(error: &recipe::NoSource, distro: &Distro) -> String {
    match (error, distro.id.as_str()) {
        (recipe::NoSource::Distro(_), "") => {
            "the tree does not say which distribution it is; no repository is written into it".to_owned()
        }
        _ => format!("no repository is written into the tree: {error}"),
    }
}
