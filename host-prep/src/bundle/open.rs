//! Using a bundle: nothing of it before every file was compared with the manifest.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::create::{LIMIT, architecture, distro_name};
use super::manifest::{BundleKeys, MANIFEST, Manifest, SCHEMA, digest_of, files_below};
use super::{IMAGES, PACKAGES, SPEC};
use crate::distro::Distro;
use crate::mirrors::{Artefact, Format, Location};
use crate::repo::{CheckedKeys, Fingerprint, Repository, Trust};
use crate::{Error, Host, Invocation};

/// A manifest of more is none.
const MOST: u64 = 16 << 20;

/// A bundle all of whose files are what its manifest says.
#[derive(Debug)]
pub struct Bundle {
    dir: PathBuf,
    /// What it was named as.
    shown: PathBuf,
    /// Where a tar file's content goes when it is used; `None` for a directory, which is used where it is.
    place: Option<PathBuf>,
    manifest: Manifest,
    digest: String,
    /// Holds the content of a tar file as long as it is not used.
    unpacked: Option<tempfile::TempDir>,
}

impl Bundle {
    /// Opens the directory or tar file `path` and compares every file with the manifest. A tar file is unpacked into the
    /// directory of `host` that this crate keeps for itself, and goes away again unless it is [used](Self::settle).
    ///
    /// # Errors
    ///
    /// [`Error::Bundle`] with everything that is wrong with it.
    pub fn open(host: &Host, path: &Path) -> Result<Self, Error> {
        let path =
            std::path::absolute(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        if path.is_dir() {
            return Self::checked(path.clone(), &path);
        }
        if !path.is_file() {
            return Err(Error::Bundle { path, problems: vec!["there is no such file or directory".into()] });
        }
        let home = host.root().shown(&host.state().join("bundles"));
        std::fs::create_dir_all(&home).map_err(|source| Error::Write { path: home.clone(), source })?;
        let temp = tempfile::Builder::new().prefix(".unpacking-").tempdir_in(&home);
        let temp = temp.map_err(|source| Error::Write { path: home.clone(), source })?;
        let (file, dir) = (path.display().to_string(), temp.path().display().to_string());
        let args =
            ["--extract", "--file", &file, "--directory", &dir, "--no-same-owner", "--no-same-permissions"];
        let unpacked = host.run_to_end(&Invocation::new("tar", args).within(LIMIT))?;
        if unpacked.status != Some(0) {
            let what = format!("it cannot be unpacked, so it is damaged or cut short: {unpacked}");
            return Err(Error::Bundle { path, problems: vec![what] });
        }
        let mut bundle = Self::checked(temp.path().to_owned(), &path)?;
        bundle.place = Some(home.join(&bundle.digest));
        bundle.unpacked = Some(temp);
        Ok(bundle)
    }

    /// Compares the directory `dir` with the manifest in it; `shown` is how errors name it.
    fn checked(dir: PathBuf, shown: &Path) -> Result<Self, Error> {
        let wrong = |problems: Vec<String>| Error::Bundle { path: shown.to_owned(), problems };
        let (manifest, digest) = read_manifest(&dir).map_err(|why| wrong(vec![why]))?;
        let problems = differences(&dir, &manifest);
        if !problems.is_empty() {
            return Err(wrong(problems));
        }
        Ok(Self { dir, shown: shown.to_owned(), place: None, manifest, digest, unpacked: None })
    }

    /// What it says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 of the manifest, and so of all of it: what [`create`](super::create) gave.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The spec it was made for.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn spec(&self) -> Result<String, Error> {
        self.text(SPEC)
    }

    /// The images of the control plane.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub fn images(&self) -> Result<Vec<String>, Error> {
        Ok(self.text(IMAGES)?.lines().map(str::to_owned).collect())
    }

    /// Why it is not for `host`; nothing where it is. Another release of the same distribution may do, and is only told.
    #[must_use]
    pub fn misfits(&self, host: &Host, format: Format) -> (Vec<String>, Option<String>) {
        let release = host.root().read(Path::new("/etc/os-release")).ok().flatten().unwrap_or_default();
        let (manifest, here) = (&self.manifest, distro_name(&release));
        let mut wrong = Vec::new();
        if manifest.format != format {
            wrong.push(format!("it has {} packages, and this host takes {format}", manifest.format));
        }
        if manifest.architecture != architecture() {
            wrong.push(format!("it is for {}, and this host is {}", manifest.architecture, architecture()));
        }
        let id = Distro::parse(&release).id;
        if manifest.distro.split(' ').next() != Some(id.as_str()) {
            wrong.push(format!("it was made on {}, and this host is {here}", manifest.distro));
        }
        let note = (wrong.is_empty() && manifest.distro != here)
            .then(|| format!("the bundle was made on {}, and this host is {here}", manifest.distro));
        (wrong, note)
    }

    /// The bundle as a repository: its keys compared with `pins` once more, and where its packages will be.
    ///
    /// # Errors
    ///
    /// [`Error::Bundle`] for keys that are not pinned or expired.
    pub fn repository(&self, host: &Host, pins: &[Fingerprint], now: u64) -> Result<Repository, Error> {
        let check = |named: &BundleKeys| {
            let bytes = std::fs::read(self.dir.join(&named.path)).unwrap_or_default();
            CheckedKeys::check(bytes, pins, now).map_err(|error| format!("{}: {error}", named.path))
        };
        let (good, bad): (Vec<_>, Vec<_>) = self.manifest.keys.iter().map(check).partition(Result::is_ok);
        let mut problems: Vec<String> = bad.into_iter().filter_map(Result::err).collect();
        let keys = good.into_iter().flatten().reduce(CheckedKeys::and);
        let Some(keys) = keys.filter(|_| problems.is_empty()) else {
            if problems.is_empty() {
                problems.push("it has no keys".into());
            }
            return Err(Error::Bundle { path: self.shown.clone(), problems });
        };
        let trust = match self.manifest.format {
            Format::Rpm => Trust::Keys(keys),
            Format::Deb => Trust::Manifest { digest: self.digest.clone() },
        };
        let mut location = Location::flat(&self.url(host), self.manifest.format);
        location.signed_index = Some(false);
        Ok(Repository::new(Artefact::Bundle, location, trust))
    }

    /// Puts the content of a tar file where the repository says it is. Nothing to do for a directory.
    ///
    /// # Errors
    ///
    /// When it cannot be moved there.
    pub fn settle(&mut self) -> Result<(), Error> {
        let (Some(temp), Some(place)) = (self.unpacked.take(), self.place.clone()) else { return Ok(()) };
        // An earlier use of the same bundle: same digest, same content, unless somebody changed it.
        let old = place.is_dir();
        if old && Self::checked(place.clone(), &place).is_ok() {
            self.dir = place;
            return Ok(());
        }
        let write = |source| Error::Write { path: place.clone(), source };
        if old {
            std::fs::remove_dir_all(&place).map_err(write)?;
        }
        std::fs::rename(temp.path(), &place).map_err(write)?;
        // It is not there any more under its old name.
        let _ = temp.keep();
        self.dir.clone_from(&place);
        Ok(())
    }

    fn url(&self, host: &Host) -> String {
        let dir = self.place.as_ref().unwrap_or(&self.dir).join(PACKAGES);
        // apt runs inside of an image, dnf and zypper outside.
        let inside = host.image_root().filter(|_| self.manifest.format == Format::Deb);
        let dir = inside
            .and_then(|tree| dir.strip_prefix(tree).ok())
            .map_or(dir.clone(), |rest| Path::new("/").join(rest));
        format!("file://{}/", dir.display())
    }

    fn text(&self, name: &str) -> Result<String, Error> {
        let path = self.dir.join(name);
        std::fs::read_to_string(&path).map_err(|source| Error::Read { path, source })
    }
}

fn read_manifest(dir: &Path) -> Result<(Manifest, String), String> {
    use std::io::Read as _;
    let path = dir.join(MANIFEST);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(&path).map_err(|error| {
        format!("{MANIFEST} cannot be read, so it is no bundle or only a part of one: {error}")
    })?;
    file.take(MOST).read_to_end(&mut bytes).map_err(|error| format!("{MANIFEST} cannot be read: {error}"))?;
    let manifest: Manifest =
        serde_json::from_slice(&bytes).map_err(|error| format!("{MANIFEST} is damaged: {error}"))?;
    if manifest.schema != SCHEMA {
        return Err(format!("{MANIFEST} is of schema {}, and {SCHEMA} is known here", manifest.schema));
    }
    let (_, digest) = digest_of(bytes.as_slice()).map_err(|error| error.to_string())?;
    Ok((manifest, digest))
}

/// Everything in which `dir` is not what the manifest says.
fn differences(dir: &Path, manifest: &Manifest) -> Vec<String> {
    let found = match files_below(dir) {
        Ok(found) => found,
        Err(error) => return vec![error.to_string()],
    };
    let listed: BTreeSet<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
    let mut problems: Vec<String> = found
        .iter()
        .filter(|path| *path != MANIFEST && !listed.contains(path.as_str()))
        .map(|path| format!("{path} is not in the manifest"))
        .collect();
    // Only names that were found below the directory are opened: `..` and absolute ones are not among them.
    for file in &manifest.files {
        if found.contains(&file.path) {
            problems.extend(file.differs(dir));
        } else {
            problems.push(format!("{} is missing", file.path));
        }
    }
    for needed in [SPEC, IMAGES].iter().filter(|needed| !listed.contains(**needed)) {
        problems.push(format!("{needed} is not in the manifest"));
    }
    problems
}
