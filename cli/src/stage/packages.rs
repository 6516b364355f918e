//! Packages and their repositories: which, from where, and whose keys are trusted.
//!
//! Four ways, told apart in [`Packages::desired`]: no packages at all, a bundle, the host's
//! package manager, or the repositories alone in a tree whose programs are not here to run.
//! Whichever it is, a key is compared with its pins before it is trusted, and what cannot be had
//! becomes a problem of the plan and no error, so that the rest of the plan is shown.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use host_prep::bundle::{Bundle, Settled, Sha256Sum};
use host_prep::distro::Distro;
use host_prep::facts::Facts;
use host_prep::mirrors::Choice;
use host_prep::repo::{CheckedKeys, Fingerprint, KeyError, Places, Repositories, Trust, key_files_of};
use host_prep::resource::Obstacle;
use host_prep::{Change, Desired, Host, Plan, Step};

use super::fetch::{fetch, key_file};
use super::mirror::{Keys, settled};
use super::{Error, Reporter, chain, now};
use crate::code::Code;
use crate::recipe::{self, Agreed, CarriedImages, NodeSpec, Source, Sources};

/// What to do about a bundle whose keys are not trusted.
pub(crate) const COMPARE_KEYS: &str =
    "compare the keys with what the projects publish; --pin names one that is right";

/// Whose packages a host gets, and how their repositories are trusted.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Packages {
    /// Something else installs packages: touch neither them nor their repositories.
    pub no_packages: bool,
    /// Files with the keys of the repositories, instead of fetching them.
    pub keys: Vec<PathBuf>,
    /// Fingerprints of keys that may sign packages, besides those that are known and those of the
    /// spec.
    pub pins: Vec<Fingerprint>,
    /// The mirror packages come from, instead of the spec's.
    pub mirror: Option<Choice>,
    /// The bundle packages come from, without a network.
    pub bundle: Option<PathBuf>,
    /// The SHA-256 of the bundle's manifest.
    pub sha256: Option<Sha256Sum>,
    opened: OnceCell<Bundle>,
    settled: OnceCell<Settled>,
}

/// The package manager of a host; `None`: none is known of it.
#[cfg(feature = "api")]
pub(super) fn package_manager(host: &Host) -> Option<host_prep::distro::PackageManager> {
    let facts = host_prep::facts::observe(host, &host_prep::facts::ObserveOptions::default());
    facts.distro.known().and_then(|distro| distro.as_ref()?.packages)
}

/// Packages that cannot be had stand in the way of everything else.
///
/// With a hint by kind: another mirror, or other means.
fn no_source(error: &recipe::NoSource) -> Desired {
    let hint = match error {
        recipe::NoSource::Mirror(_) => "name one that has them, or a URL of your own",
        _ => "have them installed by other means and say --no-packages",
    };
    Desired::new().with(Obstacle::new("package", Code::NoPackageSource.as_str(), error.to_string(), hint))
}

impl Packages {
    /// Repositories and packages that `spec` asks for, every key checked. What cannot be had is a
    /// problem of the plan.
    #[must_use]
    pub fn desired(
        &self,
        (host, facts): (&Host, &Facts),
        (spec, agreed): (&NodeSpec, &Agreed),
        keys: Keys,
        report: &mut dyn Reporter,
    ) -> Desired {
        // Neither repositories nor packages of another minor, and no advice to release what holds the
        // packages.
        if let Some(problem) = recipe::other_minor(spec, facts) {
            return Desired::new().with(problem);
        }
        if self.no_packages {
            return Desired::new();
        }
        let distro = facts.distro.known().cloned().flatten().unwrap_or_default();
        let places = recipe::places_of(&distro);
        // Which mirror is decided before keys are asked for: keys are of a place.
        let spec = match settled(host, (spec, agreed), places, (self.mirror.as_ref(), keys), report) {
            Ok(spec) => spec,
            Err(why) => {
                let hint = "name a mirror, give a URL of your own, or use a bundle";
                return Desired::new().with(Obstacle::new("repository", Code::NoMirror.as_str(), why, hint));
            }
        };
        match recipe::sources(&spec, agreed, &distro) {
            Ok(sources) if self.bundle.is_some() => self.bundled(host, &sources, report),
            Ok(sources) if host.is_running() || host_prep::package::can_install(host, sources.manager) => {
                self.installed(host, &sources, keys, report)
            }
            Ok(sources) => self.in_a_tree(host, &sources, keys, report),
            // What the tree is by itself is only told; what was asked wrong is wrong there, too.
            Err(error) if host.is_running() || !is_of_the_tree(&error) => no_source(&error),
            Err(error) => {
                report.warn(
                    crate::Code::NoPackageSource.as_str(),
                    &format_args!("packages: {}", in_a_tree_unknown(&error, &distro)),
                );
                Desired::new()
            }
        }
    }

    /// Where packages come from, asked of the spec.
    ///
    /// # Errors
    ///
    /// If no mirror answers, or there is no repository for the distribution.
    pub fn sources(
        &self,
        (host, facts): (&Host, &Facts),
        (spec, agreed): (&NodeSpec, &Agreed),
        report: &mut dyn Reporter,
    ) -> Result<Sources, Error> {
        let distro = facts.distro.known().cloned().flatten().unwrap_or_default();
        let places = recipe::places_of(&distro);
        let spec = settled(host, (spec, agreed), places, (self.mirror.as_ref(), Keys::Fetched), report)
            .map_err(|why| Error::Mirror { why })?;
        Ok(recipe::sources(&spec, agreed, &distro)?)
    }

    /// The repositories of `sources` with their keys.
    #[must_use]
    pub fn repositories(&self, host: &Host, sources: &Sources, report: &mut dyn Reporter) -> Repositories {
        sources.listed(|source| self.trust(host, sources.places, source, Keys::Fetched, report)).0
    }

    /// The bundle that was named, opened once: every file of it is compared with its manifest.
    ///
    /// # Errors
    ///
    /// If it cannot be read or is not whole.
    pub fn bundle(&self) -> Result<&Bundle, Error> {
        if let Some(bundle) = self.opened.get() {
            return Ok(bundle);
        }
        let path = self.bundle.as_deref().unwrap_or(Path::new("."));
        let bundle = Bundle::open(path, self.sha256.as_ref())?;
        Ok(self.opened.get_or_init(|| bundle))
    }

    /// Copies the bundle to where its packages are installed from, where `plan` installs any.
    /// Before that it is only looked at, so that a refusal leaves nothing.
    ///
    /// # Errors
    ///
    /// If the bundle is not whole, or there is no room for it.
    pub fn settle(&self, host: &Host, plan: &Plan) -> Result<(), Error> {
        let of_bundle = |step: &Step| step.resource == "image" || matches!(step.change, Change::Packages(_));
        let installs = plan.steps().iter().any(of_bundle);
        if self.bundle.is_none() || !installs || self.settled.get().is_some() {
            return Ok(());
        }
        let settled = self.bundle()?.settle(host)?;
        self.settled.get_or_init(|| settled);
        Ok(())
    }

    /// Problems in the order in which they are noticed: the bundle itself, whether it is for this
    /// host, its signatures, its images.
    fn bundled(&self, host: &Host, sources: &Sources, report: &mut dyn Reporter) -> Desired {
        let obstacle = |code: &'static str, what: &str, hint: &str| {
            Desired::new().with(Obstacle::new("package", code, what, hint))
        };
        let bundle = match self.bundle() {
            Ok(bundle) => bundle,
            Err(error) => return obstacle(error.code(), &chain(&error), "make or copy the bundle again"),
        };
        let (wrong, note) = bundle.misfits(host, sources.places.format());
        if !wrong.is_empty() {
            let what = format!("the bundle is not for this host: {}", wrong.join("; "));
            return obstacle(
                host_prep::Code::BundleUnusable.as_str(),
                &what,
                "make one on a host like this one",
            );
        }
        note.iter().for_each(|note| report.warn(crate::Code::BundleOfAnotherHost.as_str(), &note));
        let known = sources.sources.iter().flat_map(|source| &source.pins);
        let pins: Vec<Fingerprint> = known.chain(&self.pins).copied().collect();
        match bundle.repository(host, &pins, now()) {
            Ok(repository) => {
                let carried = if bundle.has_images() { CarriedImages::Some } else { CarriedImages::None };
                let own = key_files_of(host, sources.places);
                match bundle.stored_images(host) {
                    Ok(images) => sources.from_bundle(repository, own, carried).and(&images),
                    Err(error) => obstacle(error.code().as_str(), &chain(&error), "make the bundle again"),
                }
            }
            Err(error @ host_prep::Error::Unproved { .. }) => {
                obstacle(error.code().as_str(), &chain(&error), "--yes does not stand in for it")
            }
            Err(error) => obstacle(error.code().as_str(), &chain(&error), COMPARE_KEYS),
        }
    }

    /// A host that has every package, and no repository of ours, is left as it is.
    fn installed(&self, host: &Host, sources: &Sources, keys: Keys, report: &mut dyn Reporter) -> Desired {
        let here = |source: &Source| self.is_ours(host, sources.places, source);
        // Who has every package and no repository of ours got them elsewhere, and needs neither network nor
        // keys.
        if !sources.sources.iter().all(here) && host_prep::verify(host, &sources.packages()).is_done() {
            report.note(&"packages are there already; where they came from is left as it is");
            return sources.packages();
        }
        sources.desired(|source| self.trust(host, sources.places, source, keys, report))
    }

    /// Repositories are files. Packages take programs, which are not here to run.
    fn in_a_tree(&self, host: &Host, sources: &Sources, keys: Keys, report: &mut dyn Reporter) -> Desired {
        if host_prep::verify(host, &sources.packages()).is_done() {
            return Desired::new();
        }
        let what = format!("packages are not installed in this tree; it needs {}", sources.names());
        let hint = "as root, with the package manager of the tree here, `k8sprep apply --root` installs them; or whoever \
                    builds the tree does";
        let note = Obstacle::new("package", "packages-not-installed-in-tree", what, hint).told();
        sources.repositories(|source| self.trust(host, sources.places, source, keys, report)).with(note)
    }

    /// The keys of a repository: of the files that were named, else those an earlier run wrote,
    /// else fetched. Every one is compared with its pins; what is on the host is judged like
    /// what comes from anywhere.
    fn trust(
        &self,
        host: &Host,
        places: Places,
        source: &Source,
        keys: Keys,
        report: &mut dyn Reporter,
    ) -> Trust {
        let mut found =
            if self.keys.is_empty() { self.on_host(host, places, source) } else { self.named(source) };
        if self.keys.is_empty() && !found.iter().any(Result::is_ok) {
            if keys == Keys::Fetched {
                report.note(&format_args!("fetching the keys of the {} repository", source.artefact));
                found.extend(source.location.keys().iter().map(|url| {
                    let bytes = fetch(host, url.as_str()).map_err(|why| Refused { why, unpinned: None })?;
                    self.check(source, bytes)
                }));
            } else if found.is_empty() {
                found.push(Err(Refused { why: "they are not on this host".to_owned(), unpinned: None }));
            }
        }
        // One good key is enough; which of several files has it, nobody needs to know.
        let (good, bad): (Vec<_>, Vec<_>) = found.into_iter().partition(Result::is_ok);
        let bad: Vec<Refused> = bad.into_iter().filter_map(Result::err).collect();
        let Some(good) = good.into_iter().flatten().reduce(CheckedKeys::and) else {
            let why = bad.iter().map(|refused| refused.why.clone()).collect::<Vec<_>>().join("; ");
            return Trust::Missing {
                why,
                unpinned: bad.iter().filter_map(|refused| refused.unpinned).collect(),
            };
        };
        // One file may hold the keys of Kubernetes, the next those of CRI-O; what is damaged or forged is
        // told.
        for refused in bad.iter().filter(|refused| refused.unpinned.is_none()) {
            report.warn(
                host_prep::Code::RepositoryKeyUntrusted.as_str(),
                &format_args!("keys of {} that are not used: {}", source.artefact, refused.why),
            );
        }
        Trust::Keys(good)
    }

    /// Each file that was named, read and checked.
    fn named(&self, source: &Source) -> Vec<Result<CheckedKeys, Refused>> {
        let read = |path: &PathBuf| {
            let bytes = key_file(path).map_err(|why| Refused { why, unpinned: None });
            bytes.and_then(|bytes| self.check(source, bytes)).map_err(|refused| refused.of(path))
        };
        self.keys.iter().map(read).collect()
    }

    /// The first good one of the files an earlier run may have written, or what is wrong with each.
    fn on_host(&self, host: &Host, places: Places, source: &Source) -> Vec<Result<CheckedKeys, Refused>> {
        let mut all = Vec::new();
        for path in places.key_files(source.artefact) {
            match host.root().read(&path) {
                Ok(Some(bytes)) => all.push(self.check(source, bytes).map_err(|refused| refused.of(&path))),
                Ok(None) => {}
                Err(error) => all.push(Err(Refused { why: chain(&error), unpinned: None })),
            }
        }
        // The first that passes, so that a stale copy beside it says nothing.
        match all.iter().position(Result::is_ok) {
            Some(good) => vec![all.swap_remove(good)],
            None => all,
        }
    }

    /// Whether the repository is one that k8sprep wrote here, or was told the keys of.
    fn is_ours(&self, host: &Host, places: Places, source: &Source) -> bool {
        let there = |path: &PathBuf| host.root().kind(path).is_ok_and(|kind| kind.is_some());
        !self.keys.is_empty() || places.key_files(source.artefact).iter().any(there)
    }

    /// Against the pins of the source, those of the spec among them, and those that were given
    /// here.
    fn check(&self, source: &Source, bytes: Vec<u8>) -> Result<CheckedKeys, Refused> {
        let pins: Vec<Fingerprint> = source.pins.iter().chain(&self.pins).copied().collect();
        CheckedKeys::check(bytes, &pins, now()).map_err(|error| {
            let unpinned = if let KeyError::NotPinned { found, .. } = error { Some(found) } else { None };
            Refused { why: error.to_string(), unpinned }
        })
    }
}

/// Why a file of keys is not used.
struct Refused {
    why: String,
    /// The key that is not pinned, if it is that.
    unpinned: Option<Fingerprint>,
}

impl Refused {
    /// With the file's path in front.
    fn of(self, path: &Path) -> Self {
        Self { why: format!("{}: {}", path.display(), self.why), ..self }
    }
}

/// Whether the tree's distribution is the reason.
fn is_of_the_tree(error: &recipe::NoSource) -> bool {
    matches!(error, recipe::NoSource::Distro(_) | recipe::NoSource::Image(_))
}

/// Why no repository is written there.
fn in_a_tree_unknown(error: &recipe::NoSource, distro: &Distro) -> String {
    match (error, distro.id.as_str()) {
        (recipe::NoSource::Distro(_), "") => {
            "the tree does not say which distribution it is; no repository is written into it".to_owned()
        }
        _ => format!("no repository is written into the tree: {error}"),
    }
}
