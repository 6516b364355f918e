//! Using a bundle: nothing of it before every file was compared with the manifest and somebody
//! stands for it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::compare::{Keep, compare, manifest_of};
use super::create::{architecture, distro_name};
use super::images::{self, ImageName, StoredImages};
use super::manifest::{BundleFile, BundleKeys, Manifest};
use super::place::{self, Settled};
use super::source::Source;
use super::value::Sha256Sum;
use super::{IMAGES, LAYOUT, NETWORK, PACKAGES, SPEC, proof};
use crate::facts::distro::Distro;
use crate::mirrors::{Artefact, Format, Location, RepoUrl};
use crate::resource::repo::{CheckedKeys, Fingerprint, Repository, Trust};
use crate::{Desired, Error, Host, Watch};

/// The most bytes of a file that is kept in memory: keys, spec, list of images.
const MOST_AT_HAND: u64 = 1 << 20;

/// A bundle all of whose files are what its manifest says. Nothing was written.
#[derive(Debug)]
pub struct Bundle {
    source: Source,
    /// What it was named as.
    shown: PathBuf,
    manifest: Manifest,
    /// The manifest as it was read.
    bytes: Vec<u8>,
    digest: Sha256Sum,
    /// Whether the digest is the one that was asked for.
    vouched: bool,
    /// Keys, spec and list of images.
    small: BTreeMap<String, Vec<u8>>,
}

impl Bundle {
    /// Opens the directory or tar file `path` and compares every file with the manifest, and the
    /// manifest with `sha256` before anything else is read. Changes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Bundle`] with everything that is wrong with it.
    pub fn open(path: &Path, sha256: Option<&Sha256Sum>) -> Result<Self, Error> {
        let path =
            std::path::absolute(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let wrong = |problems: Vec<String>| Error::Bundle { path: path.clone(), problems };
        let source = Source::open(&path)?;
        let (manifest, bytes) = manifest_of(&source).map_err(|why| wrong(vec![why]))?;
        let digest = Sha256Sum::of(&bytes);
        if let Some(other) = sha256.filter(|wanted| **wanted != digest) {
            let what = format!("it is another bundle than the one of SHA-256 {other}; it has {digest}");
            return Err(wrong(vec![what]));
        }
        let mut small = AtHand::default();
        let problems = compare(&source, &manifest, &mut small);
        if !problems.is_empty() {
            return Err(wrong(problems));
        }
        let vouched = sha256.is_some();
        Ok(Self { source, shown: path, manifest, bytes, digest, vouched, small: small.0 })
    }

    /// What it says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 of the manifest, and so of all of it: what [`create`](super::create) gave.
    #[must_use]
    pub fn digest(&self) -> &Sha256Sum {
        &self.digest
    }

    /// The spec it was made for.
    ///
    /// # Errors
    ///
    /// When it is no text.
    pub fn spec(&self) -> Result<String, Error> {
        self.text(SPEC)
    }

    /// The images of the control plane.
    ///
    /// # Errors
    ///
    /// When they are no text.
    pub fn images(&self) -> Result<Vec<String>, Error> {
        Ok(self.text(IMAGES)?.lines().map(str::to_owned).collect())
    }

    /// Why it is not for `host`; nothing where it is. Another release of the same distribution may
    /// do, and is only told.
    #[must_use]
    pub fn misfits(&self, host: &Host, format: Format) -> (Vec<String>, Option<String>) {
        let release = host.root().read(Path::new("/etc/os-release")).ok().flatten().unwrap_or_default();
        let (manifest, here) = (&self.manifest, distro_name(&release));
        let distro = manifest.distro.as_str();
        let mut wrong = Vec::new();
        if manifest.format != format {
            wrong.push(format!("it has {} packages, and this host takes {format}", manifest.format));
        }
        if manifest.architecture.as_str() != architecture() {
            wrong.push(format!("it is for {}, and this host is {}", manifest.architecture, architecture()));
        }
        let id = Distro::parse(&release).id;
        if distro.split(' ').next() != Some(id.as_str()) {
            wrong.push(format!("it was made on {distro}, and this host is {here}"));
        }
        let note = (wrong.is_empty() && distro != here)
            .then(|| format!("the bundle was made on {distro}, and this host is {here}"));
        (wrong, note)
    }

    /// The bundle as a repository: its keys compared with `pins` once more, and where its packages
    /// will be.
    ///
    /// rpm checks the signature of every package. Debs have to be in indexes that these keys or the
    /// host's distribution signed, unless the bundle was opened by its SHA-256.
    ///
    /// # Errors
    ///
    /// [`Error::Bundle`] for keys that are not pinned or expired, [`Error::Unproved`] for debs that
    /// nobody stands for.
    pub fn repository(
        &self,
        host: &Host,
        pins: &[Fingerprint],
        now: SystemTime,
    ) -> Result<Repository, Error> {
        let unproved = |why: String| {
            let (path, digest) = (self.shown.clone(), self.digest.to_string());
            Error::Unproved { path, digest, why }
        };
        if let Some(what) = self.unsigned().filter(|_| !self.vouched) {
            return Err(unproved(format!("no key signs {what}, which came along")));
        }
        let keys = self.keys(pins, now)?;
        let trust = match self.manifest.format {
            Format::Rpm => Trust::Keys(keys),
            Format::Deb if self.vouched => Trust::Manifest { digest: self.digest.to_string() },
            Format::Deb => {
                proof::prove(host, &self.source, &self.manifest, &keys).map_err(unproved)?;
                Trust::Indexes { digest: self.digest.to_string() }
            }
        };
        let url = self
            .url(host)
            .parse::<RepoUrl>()
            .map_err(|error| Error::Bundle { path: self.shown.clone(), problems: vec![error.to_string()] })?;
        let location = Location::flat(&url, self.manifest.format).with_signed_index(Some(false));
        Ok(Repository::new(Artefact::Bundle, location, trust))
    }

    /// What came along that no key of a repository signs.
    fn unsigned(&self) -> Option<&'static str> {
        match (self.has_images(), self.has(NETWORK)) {
            (true, _) => Some("the images"),
            (false, true) => Some("the manifest of the network plugin"),
            (false, false) => None,
        }
    }

    /// Whether images came along, not only their names.
    #[must_use]
    pub fn has_images(&self) -> bool {
        self.has(&format!("{LAYOUT}/index.json"))
    }

    fn has(&self, path: &str) -> bool {
        self.manifest.files.iter().any(|file| file.path.as_str() == path)
    }

    /// The manifest of the network plugin, if it came along.
    ///
    /// # Errors
    ///
    /// When it is no text.
    pub fn network(&self) -> Result<Option<String>, Error> {
        if self.small.contains_key(NETWORK) { self.text(NETWORK).map(Some) } else { Ok(None) }
    }

    /// The images that came along, in the storage of the host; nothing where none did.
    ///
    /// # Errors
    ///
    /// [`Error::Bundle`] where the list of them names something else.
    pub fn stored_images(&self, host: &Host) -> Result<Desired, Error> {
        if !self.has_images() {
            return Ok(Desired::new());
        }
        Ok(Desired::new().with(StoredImages::new(self.layout(host), self.image_names()?)))
    }

    /// Whether the images that came along can be loaded on `host`, before anything is changed.
    ///
    /// # Errors
    ///
    /// Where they cannot, or their list names something else.
    pub fn can_load_images(&self, host: &Host) -> Result<(), Error> {
        if !self.has_images() {
            return Ok(());
        }
        self.image_names()?;
        images::loader(host)
    }

    /// Loads the images that came along and are not in the storage of `host` yet, out of the copy
    /// that [`settle`](Self::settle) made. They stay there: the kubelet removes what nobody uses. How
    /// many were loaded.
    ///
    /// # Errors
    ///
    /// When one cannot be loaded; called again it goes on.
    pub fn load_images(&self, host: &Host, watch: &mut dyn Watch) -> Result<usize, Error> {
        if !self.has_images() {
            return Ok(0);
        }
        images::load(host, &self.layout(host), &self.image_names()?, watch)
    }

    /// The copy of a bundle that [`settle`](Self::settle) made on `host`, whole; `None`: there is none.
    #[must_use]
    pub fn settled_on(host: &Host, digest: &Sha256Sum) -> Option<Self> {
        Self::open(&host.root().shown(&place::place(host, digest)), Some(digest)).ok()
    }

    fn image_names(&self) -> Result<Vec<ImageName>, Error> {
        let names: Result<Vec<ImageName>, _> = self.images()?.iter().map(|name| name.parse()).collect();
        names.map_err(|error| Error::Bundle {
            path: self.shown.clone(),
            problems: vec![format!("{IMAGES}: {error}")],
        })
    }

    fn layout(&self, host: &Host) -> PathBuf {
        host.root().shown(&place::place(host, &self.digest).join(LAYOUT))
    }

    /// Copies it to where the repository says it is: into the directory of `host` that this crate
    /// keeps for itself. Every byte is compared on the way once more, and packages are
    /// installed from that copy alone.
    ///
    /// # Errors
    ///
    /// When it changed since it was opened, or cannot be copied. Nothing is left then.
    pub fn settle(&self, host: &Host) -> Result<Settled, Error> {
        place::settle(host, (&self.source, &self.shown), (&self.manifest, &self.bytes))
    }

    fn keys(&self, pins: &[Fingerprint], now: SystemTime) -> Result<CheckedKeys, Error> {
        let check = |named: &BundleKeys| {
            let bytes = self.small.get(named.path.as_str()).cloned().unwrap_or_default();
            CheckedKeys::check(bytes, pins, now).map_err(|error| format!("{}: {error}", named.path))
        };
        let (good, bad): (Vec<_>, Vec<_>) = self.manifest.keys.iter().map(check).partition(Result::is_ok);
        let mut problems: Vec<String> = bad.into_iter().filter_map(Result::err).collect();
        let keys = good.into_iter().flatten().reduce(CheckedKeys::and);
        match keys.filter(|_| problems.is_empty()) {
            Some(keys) => Ok(keys),
            None => {
                if problems.is_empty() {
                    problems.push("it has no keys".into());
                }
                Err(Error::Bundle { path: self.shown.clone(), problems })
            }
        }
    }

    fn url(&self, host: &Host) -> String {
        let inside = place::place(host, &self.digest).join(PACKAGES);
        // apt runs inside of an image, dnf and zypper outside.
        let dir = match self.manifest.format {
            Format::Deb => inside,
            Format::Rpm => host.root().shown(&inside),
        };
        format!("file://{}/", dir.display())
    }

    fn text(&self, name: &str) -> Result<String, Error> {
        let bytes = self.small.get(name).cloned().unwrap_or_default();
        String::from_utf8(bytes).map_err(|error| Error::Bundle {
            path: self.shown.clone(),
            problems: vec![format!("{name} is not a valid text: {error}")],
        })
    }
}

/// Keeps what is small and asked for.
#[derive(Default)]
struct AtHand(BTreeMap<String, Vec<u8>>);

impl Keep for AtHand {
    fn keep(&mut self, file: &BundleFile) -> io::Result<Option<Box<dyn Write + '_>>> {
        let path = file.path.as_str();
        if ![SPEC, IMAGES, NETWORK].contains(&path) && !path.starts_with("keys/") {
            return Ok(None);
        }
        if file.size > MOST_AT_HAND {
            return Err(io::Error::other(format!("it has more than {MOST_AT_HAND} bytes")));
        }
        Ok(Some(Box::new(self.0.entry(path.to_owned()).or_default())))
    }
}
