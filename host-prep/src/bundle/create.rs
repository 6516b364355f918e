//! Making a bundle.

use std::ffi::OsStr;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::manifest::{BundleFile, BundleKeys, MANIFEST, Manifest, SCHEMA, digest_of, files_below};
use super::stage::Stage;
use super::{IMAGES, PACKAGES, SPEC, index};
use crate::distro::{Distro, PackageManager};
use crate::fs::{Mode, write_new};
use crate::package::{Manager, Wanted};
use crate::repo::{Places, Repositories};
use crate::{Error, Host, Invocation};

/// Hundreds of megabytes are fetched and packed.
pub(super) const LIMIT: Duration = Duration::from_secs(3600);

/// What a bundle is made of.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Contents {
    /// How packages get onto the hosts it is for, and onto this one.
    pub manager: PackageManager,
    /// Where such hosts keep their repositories.
    pub places: Places,
    /// Where the packages come from; all with keys.
    pub repositories: Repositories,
    /// The packages a node needs. What they need in turn comes with them.
    pub packages: Vec<Wanted>,
    /// The images of the control plane.
    pub images: Vec<String>,
    /// The spec of the node.
    pub spec: Vec<u8>,
}

impl Contents {
    /// Packages and where they come from; no images and an empty spec.
    #[must_use]
    pub fn new(manager: PackageManager, repositories: Repositories, packages: Vec<Wanted>) -> Self {
        let places = repositories.places();
        Self { manager, places, repositories, packages, images: Vec::new(), spec: Vec::new() }
    }
}

/// A bundle that was made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Made {
    /// What it says of itself.
    pub manifest: Manifest,
    /// SHA-256 of the manifest, and so of all of it.
    pub digest: String,
}

/// Makes a bundle at `out`: a directory, or one file where the name ends in `.tar`.
///
/// The packages are fetched from the repositories of `host` and of `contents` as for an empty host of the same distribution,
/// so that everything they need is there wherever they are used. Nothing of the host changes.
///
/// # Errors
///
/// [`Error::Exists`] where there is something at `out`; what the package manager said; [`Error::Problem`] where a key or a
/// program is missing. Nothing is left at `out` then.
pub fn create(host: &Host, contents: &Contents, out: &Path) -> Result<Made, Error> {
    let out = std::path::absolute(out).map_err(|source| Error::Write { path: out.to_owned(), source })?;
    if out.symlink_metadata().is_ok() {
        return Err(Error::Exists { path: out });
    }
    let format = contents.places.format();
    let program = index::indexer(host, format)?;
    let parent = out.parent().unwrap_or(Path::new("/"));
    let work = tempfile::Builder::new().prefix(".k8sprep-bundle-").tempdir_in(parent);
    let work = work.map_err(|source| Error::Write { path: parent.to_owned(), source })?;
    let dir = work.path().join("bundle");
    let packages = dir.join(PACKAGES);
    make(&packages)?;
    fetch(host, contents, work.path(), &packages)?;
    index::write(host, format, &packages, program)?;
    let manifest = describe(host, contents, &dir)?;
    let text = serde_json::to_string_pretty(&manifest)
        .map_err(|error| Error::Write { path: dir.join(MANIFEST), source: error.into() })?
        + "\n";
    write_new(&dir.join(MANIFEST), text.as_bytes(), Mode::PUBLIC)?;
    let done = if is_tar(&out) { pack(host, &dir, &work.path().join("bundle.tar"))? } else { dir.clone() };
    std::fs::rename(&done, &out).map_err(|source| Error::Write { path: out.clone(), source })?;
    let (_, digest) =
        digest_of(text.as_bytes()).map_err(|source| Error::Read { path: out.join(MANIFEST), source })?;
    Ok(Made { manifest, digest })
}

/// Whether a bundle is one file.
fn is_tar(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "tar")
}

/// Has the package manager fetch everything into `packages`.
fn fetch(host: &Host, contents: &Contents, work: &Path, packages: &Path) -> Result<(), Error> {
    let places = contents.places;
    let stage = Stage::lay(host, places, &contents.repositories, work.join("stage"))?;
    let manager = Manager { kind: contents.manager, tree: Some(&stage.tree), only: &[] };
    let wanted: Vec<&Wanted> = contents.packages.iter().collect();
    if places == Places::Apt {
        manager.fetch_debs(host, &wanted, packages)?;
    } else {
        stage.trust(host, &manager, places, &contents.repositories)?;
        let release = host.root().read(Path::new("/etc/os-release"))?.unwrap_or_default();
        let release = Distro::parse(&release).version_id;
        let into = work.join("fetched");
        make(&into)?;
        for command in manager.fetch_rpms(&wanted, release.as_deref(), &into) {
            crate::package::run(host, &command)?;
        }
        gather(&into, packages)?;
    }
    plain_names(packages)
}

/// Moves every rpm below `from` into `to`; zypper sorts them by repository and architecture.
fn gather(from: &Path, to: &Path) -> Result<(), Error> {
    let failed = |source: io::Error| Error::Read { path: from.to_owned(), source };
    for path in files_below(from).map_err(failed)?.iter().map(Path::new) {
        if path.extension() == Some(OsStr::new("rpm"))
            && let Some(name) = path.file_name()
        {
            let (from, to) = (from.join(path), to.join(name));
            // zypper links what is on this machine already: a bundle's files are its own.
            let own = from.metadata().map_err(failed)?.nlink() == 1;
            if own { std::fs::rename(from, to) } else { std::fs::copy(from, to).map(drop) }
                .map_err(failed)?;
        }
    }
    Ok(())
}

/// apt writes the colon of an epoch as `%3a` into names, and reads it back as a colon.
fn plain_names(dir: &Path) -> Result<(), Error> {
    let failed = |source: io::Error| Error::Write { path: dir.to_owned(), source };
    for name in files_below(dir).map_err(failed)?.iter().filter(|name| name.contains('%')) {
        std::fs::rename(dir.join(name), dir.join(name.replace('%', "_"))).map_err(failed)?;
    }
    Ok(())
}

/// Writes what goes beside the packages, and the manifest of it all.
fn describe(host: &Host, contents: &Contents, dir: &Path) -> Result<Manifest, Error> {
    let mut keys = Vec::new();
    make(&dir.join("keys"))?;
    for (artefact, checked) in contents.repositories.checked_keys() {
        let path = format!("keys/{}.asc", crate::repo::id(artefact));
        write_new(&dir.join(&path), checked.bytes(), Mode::PUBLIC)?;
        let fingerprints = checked.keys().iter().map(|key| key.fingerprint.to_string()).collect();
        keys.push(BundleKeys { artefact, path, fingerprints });
    }
    let images: String = contents.images.iter().map(|image| format!("{image}\n")).collect();
    write_new(&dir.join(IMAGES), images.as_bytes(), Mode::PUBLIC)?;
    // A spec may hold a token.
    write_new(&dir.join(SPEC), &contents.spec, Mode::PRIVATE)?;
    let read = |source: io::Error| Error::Read { path: dir.to_owned(), source };
    let files = files_below(dir).map_err(read)?;
    let files =
        files.iter().map(|path| BundleFile::of(dir, path)).collect::<io::Result<_>>().map_err(read)?;
    let release = host.root().read(Path::new("/etc/os-release"))?.unwrap_or_default();
    Ok(Manifest {
        schema: SCHEMA.into(),
        format: contents.places.format(),
        distro: distro_name(&release),
        architecture: architecture(),
        keys,
        files,
    })
}

/// `rocky 9.4` of an os-release.
pub(super) fn distro_name(os_release: &[u8]) -> String {
    let distro = Distro::parse(os_release);
    [Some(distro.id), distro.version_id].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

pub(super) fn architecture() -> String {
    rustix::system::uname().machine().to_string_lossy().into_owned()
}

/// Packs a directory into one file, the same bytes for the same content.
fn pack(host: &Host, dir: &Path, file: &Path) -> Result<PathBuf, Error> {
    let (from, to) = (dir.display().to_string(), file.display().to_string());
    let same = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
    let args = ["--create", "--file", &to, "--directory", &from].into_iter().chain(same).chain(["."]);
    host.run(&Invocation::new("tar", args).within(LIMIT))?;
    Ok(file.to_owned())
}

fn make(dir: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(dir).map_err(|source| Error::Write { path: dir.to_owned(), source })
}
