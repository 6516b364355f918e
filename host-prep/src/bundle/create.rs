//! Making a bundle.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::images::{self, ImageName};
use super::manifest::{BundleFile, BundleKeys, MANIFEST, Manifest, Origin, SCHEMA};
use super::source::names_below;
use super::stage::Stage;
use super::value::Sha256Sum;
use super::work::Work;
use super::{IMAGES, InvalidValue, NETWORK, PACKAGES, SPEC, index, proof};
use crate::facts::distro::{Distro, PackageManager};
use crate::fs::{self, Mode, write_new};
use crate::mirrors::Format;
use crate::resource::package::{Manager, Wanted};
use crate::resource::repo::{Places, Repositories};
use crate::{Error, Host};

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
    /// Which of them come along, and others besides: of the network plugin.
    pub carried: Vec<ImageName>,
    /// The manifest of the network plugin.
    pub network: Option<Vec<u8>>,
    /// The spec of the node.
    pub spec: Vec<u8>,
}

impl Contents {
    /// Packages and where they come from; no images and an empty spec.
    #[must_use]
    pub fn new(manager: PackageManager, repositories: Repositories, packages: Vec<Wanted>) -> Self {
        let places = repositories.places();
        let (images, carried) = (Vec::new(), Vec::new());
        Self { manager, places, repositories, packages, images, carried, network: None, spec: Vec::new() }
    }
}

/// A bundle that was made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Made {
    /// What it says of itself.
    pub manifest: Manifest,
    /// SHA-256 of the manifest, and so of all of it.
    pub digest: Sha256Sum,
}

/// Makes a bundle at `out`: a directory, or one file where the name ends in `.tar`.
///
/// The packages are fetched from the repositories of `host` and of `contents` as for an empty host
/// of the same distribution, so that everything they need is there wherever they are used. Nothing
/// of the host changes.
///
/// # Errors
///
/// [`Error::Exists`] where there is something at `out`; what the package manager said;
/// [`Error::Problem`] where a key or a program is missing. Nothing is left at `out` then.
pub fn create(host: &Host, contents: &Contents, out: &Path) -> Result<Made, Error> {
    let out = std::path::absolute(out).map_err(|source| Error::Write { path: out.to_owned(), source })?;
    if out.symlink_metadata().is_ok() {
        return Err(Error::Exists { path: out });
    }
    let format = contents.places.format();
    let program = index::indexer(host, format)?;
    if !contents.carried.is_empty() {
        images::copier(host)?;
    }
    let parent = out.parent().unwrap_or(Path::new("/"));
    let work = Work::within(parent, ".k8sprep-bundle-")?;
    let dir = work.path().join("bundle");
    let packages = dir.join(PACKAGES);
    fs::make_dirs(&packages)?;
    let origins = fetch(host, contents, work.path(), &dir)?;
    images::fetch(host, &contents.carried, &work, &dir)?;
    // Whoever uses a bundle of debs makes their index anew.
    if format == Format::Rpm {
        index::write(host, format, &packages, program)?;
    }
    let manifest = describe(host, contents, &dir, origins)?;
    let bytes = manifest
        .to_bytes()
        .map_err(|error| Error::Write { path: dir.join(MANIFEST), source: error.into() })?;
    write_new(&dir.join(MANIFEST), &bytes, Mode::PUBLIC)?;
    let done = if is_tar(&out) {
        let tar = work.path().join("bundle.tar");
        pack(&dir, &manifest, &tar).map_err(|source| Error::Write { path: out.clone(), source })?;
        tar
    } else {
        dir.clone()
    };
    fs::rename(&done, &out)?;
    Ok(Made { manifest, digest: Sha256Sum::of(&bytes) })
}

/// Whether a bundle is one file.
fn is_tar(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "tar")
}

/// Has the package manager fetch everything below `dir`; the signed indexes that debs are listed in
/// come too.
fn fetch(host: &Host, contents: &Contents, work: &Path, dir: &Path) -> Result<Vec<Origin>, Error> {
    let places = contents.places;
    let stage = Stage::lay(host, places, &contents.repositories, work.join("stage"))?;
    let manager = Manager { kind: contents.manager, tree: Some(&stage.tree), only: &[] };
    let wanted: Vec<&Wanted> = contents.packages.iter().collect();
    let packages = dir.join(PACKAGES);
    if places == Places::Apt {
        manager.fetch_debs(host, &wanted, &packages)?;
        plain_names(&packages)?;
        let urls: Vec<String> = contents.repositories.urls_with_keys().map(str::to_owned).collect();
        return proof::gather(&manager.fetched_indexes(host)?, &urls, &sums_of(&packages)?, dir);
    }
    stage.trust(host, &manager, places, &contents.repositories)?;
    let release = host.root().read(Path::new("/etc/os-release"))?.unwrap_or_default();
    let release = Distro::parse(&release).version_id;
    let into = work.join("fetched");
    fs::make_dirs(&into)?;
    for command in manager.fetch_rpms(&wanted, release.as_deref(), &into) {
        crate::resource::package::run(host, &command)?;
    }
    gather(&into, &packages)?;
    plain_names(&packages)?;
    Ok(Vec::new())
}

/// SHA-256 of every file in `dir`.
fn sums_of(dir: &Path) -> Result<BTreeSet<String>, Error> {
    let files = files_of(dir).map_err(|source| Error::Read { path: dir.to_owned(), source })?;
    Ok(files.into_iter().map(|file| file.sha256.into()).collect())
}

/// Every file below `dir` as it is now.
fn files_of(dir: &Path) -> io::Result<Vec<BundleFile>> {
    let names = names_below(dir)?;
    names.iter().map(|name| BundleFile::read(name, &mut File::open(dir.join(name))?)).collect()
}

/// Moves every rpm below `from` into `to`; zypper sorts them by repository and architecture.
fn gather(from: &Path, to: &Path) -> Result<(), Error> {
    let failed = |source: io::Error| Error::Read { path: from.to_owned(), source };
    for path in names_below(from).map_err(failed)?.iter().map(Path::new) {
        if path.extension() == Some(OsStr::new("rpm"))
            && let Some(name) = path.file_name()
        {
            let (from, to) = (from.join(path), to.join(name));
            // zypper links what is on this machine already: a bundle's files are its own.
            let own = from.metadata().map_err(failed)?.nlink() == 1;
            if own { fs::rename(&from, &to)? } else { fs::copy(&from, &to)? }
        }
    }
    Ok(())
}

/// apt writes the colon of an epoch as `%3a` into names, and reads it back as a colon.
fn plain_names(dir: &Path) -> Result<(), Error> {
    let failed = |source: io::Error| Error::Read { path: dir.to_owned(), source };
    for name in names_below(dir).map_err(failed)?.iter().filter(|name| name.contains('%')) {
        fs::rename(&dir.join(name), &dir.join(name.replace('%', "_")))?;
    }
    Ok(())
}

/// Writes what goes beside the packages, and the manifest of it all.
fn describe(host: &Host, contents: &Contents, dir: &Path, origins: Vec<Origin>) -> Result<Manifest, Error> {
    let invalid = |error: InvalidValue| Error::Problem {
        what: error.to_string(),
        hint: "a bundle cannot be made of it".into(),
    };
    let mut keys = Vec::new();
    fs::make_dirs(&dir.join("keys"))?;
    for (artefact, checked) in contents.repositories.checked_keys() {
        let path = format!("keys/{}.asc", crate::resource::repo::id(artefact));
        write_new(&dir.join(&path), checked.bytes(), Mode::PUBLIC)?;
        let fingerprints = checked.keys().iter().map(|key| key.fingerprint).collect();
        let path = path.parse().map_err(invalid)?;
        keys.push(BundleKeys { artefact, path, fingerprints });
    }
    let images: String = contents.images.iter().map(|image| format!("{image}\n")).collect();
    write_new(&dir.join(IMAGES), images.as_bytes(), Mode::PUBLIC)?;
    if let Some(network) = &contents.network {
        write_new(&dir.join(NETWORK), network, Mode::PUBLIC)?;
    }
    // A spec may hold a token.
    write_new(&dir.join(SPEC), &contents.spec, Mode::PRIVATE)?;
    let read = |source: io::Error| Error::Read { path: dir.to_owned(), source };
    let files = files_of(dir).map_err(read)?;
    let release = host.root().read(Path::new("/etc/os-release"))?.unwrap_or_default();
    Ok(Manifest {
        schema: SCHEMA.parse().map_err(invalid)?,
        format: contents.places.format(),
        distro: distro_name(&release).parse().map_err(invalid)?,
        architecture: architecture().parse().map_err(invalid)?,
        keys,
        origins,
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

/// Packs a directory into one file, the manifest first, the same bytes for the same content.
fn pack(dir: &Path, manifest: &Manifest, file: &Path) -> io::Result<()> {
    // A spec may hold a token, also in a tar file.
    let out = fs::create_here(file, Mode::PRIVATE).map_err(io::Error::other)?;
    let mut tar = tar::Builder::new(io::BufWriter::new(out));
    let names = manifest.files.iter().map(|file| file.path.as_str());
    for name in std::iter::once(MANIFEST).chain(names) {
        let from = File::open(dir.join(name))?;
        let mut header = tar::Header::new_gnu();
        header.set_size(from.metadata()?.len());
        header.set_mode(if name == SPEC { 0o600 } else { 0o644 });
        tar.append_data(&mut header, name, from)?;
    }
    tar.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}
