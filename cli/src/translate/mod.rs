//! The configuration of docker or containerd, told to CRI-O: text in, text out.
//!
//! [`translate`] takes files as they were and gives the files of CRI-O's world, and of *every* key
//! what became of it: said there, not needed, for somebody to decide, unknown. The same input gives
//! the same bytes.
//!
//! ```
//! use k8sprep::translate::{Input, Options, translate};
//!
//! let text = r#"{"registry-mirrors": ["https://m.example.com"], "bip": "10.0.0.1/24"}"#;
//! let input = Input::new("/etc/docker/daemon.json", text);
//! let told = translate(&[input], &Options::default())?;
//! let fates: Vec<_> = told.fates.iter().map(|fate| (fate.key.as_str(), fate.outcome.as_str())).collect();
//! assert_eq!(fates, [("registry-mirrors[0]", "translated"), ("bip", "notNeeded")]);
//! assert!(told.files.iter().any(|file| file.path.ends_with("50-k8sprep-migrated.conf")));
//! # Ok::<(), k8sprep::translate::Error>(())
//! ```

mod accept;
mod containerd;
mod docker;
mod draft;
mod fault;
mod kind;
mod registry;
mod secret;
#[cfg(test)]
mod tests;
mod tree;
mod write;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crio_config::Release;

use containerd::ConfigFile;
use docker::Setting;
use draft::Draft;
use kind::Kind;
use tree::{Leaf, Plain, leaves};

use crate::taken_back;

pub use draft::Copy;
pub use fault::{Error, Fate, Fault, Outcome, Place};
pub use write::TranslatedFile;

/// A file of the old runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Input {
    /// The path as it was named: with what is in the file it says what the file is.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Input {
    /// A file by its path.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }
}

/// The runtime that the kubelet used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a program that reads it has to meet each of them")]
pub enum OldRuntime {
    /// docker, by dockershim or cri-dockerd.
    Docker,
    /// containerd.
    Containerd,
}

impl OldRuntime {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Containerd => "containerd",
        }
    }
}

impl fmt::Display for OldRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for OldRuntime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "docker" | "cri-dockerd" => Ok(Self::Docker),
            "containerd" => Ok(Self::Containerd),
            _ => Err("the runtimes are docker, cri-dockerd and containerd".into()),
        }
    }
}

/// How to translate.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The CRI-O that is to read the files.
    pub release: Release,
    /// The runtime that the kubelet used, where the files may be of both.
    pub from: Option<OldRuntime>,
    /// Where CRI-O looks on the host that the files are for.
    pub places: NewPlaces,
}

/// Where the CRI-O of a host looks for what is written here: its unit may name other places than packages have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewPlaces {
    /// The directory of its drop-ins.
    pub drop_ins: PathBuf,
    /// The directory of those of `registries.conf` that is read first.
    pub registries: PathBuf,
    /// `storage.conf`.
    pub storage_conf: PathBuf,
}

impl Default for NewPlaces {
    /// Of a unit that names nothing.
    fn default() -> Self {
        Self {
            drop_ins: "/etc/crio/crio.conf.d".into(),
            registries: "/etc/containers/registries.conf.d".into(),
            storage_conf: "/etc/containers/storage.conf".into(),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self { release: Release::NEWEST, from: None, places: NewPlaces::default() }
    }
}

/// The new files, and what became of every key of the old ones.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Translation {
    /// The runtime that the files are of.
    pub from: OldRuntime,
    /// The new files, by path.
    pub files: Vec<TranslatedFile>,
    /// Files of the host that become copies elsewhere.
    pub copies: Vec<Copy>,
    /// Every key, in the order of the files.
    pub fates: Vec<Fate>,
    /// What no key says and is otherwise with CRI-O.
    pub notes: Vec<String>,
}

impl Translation {
    /// What somebody has to look at.
    pub fn open(&self) -> impl Iterator<Item = &Fate> {
        self.fates.iter().filter(|fate| fate.outcome.code().is_some())
    }
}

/// Translates the files of one runtime.
///
/// # Errors
/// A file that is no JSON or TOML, with its place; files that are of no runtime, or of two.
pub fn translate(inputs: &[Input], options: &Options) -> Result<Translation, Error> {
    let (from, chosen) = kind::chosen(inputs, options.from)?;
    let mut draft = Draft::new(options.release);
    let mut faults = Vec::new();
    let mut settings: Vec<Setting> = Vec::new();
    let mut configs = Vec::new();
    let given: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    for (input, kind) in in_force(&mut draft, &chosen.files) {
        if let Err(fault) = read(&mut draft, (&input, &given), kind, (&mut settings, &mut configs)) {
            faults.push(fault);
        }
    }
    if !configs.is_empty()
        && let Err(fault) = containerd::read(&mut draft, &configs)
    {
        faults.push(fault);
    }
    if !faults.is_empty() {
        return Err(Error::Unreadable { faults });
    }
    if settings.len() > tree::MOST_KEYS {
        let what =
            format!("more than {} settings are said: this is no runtime's configuration", tree::MOST_KEYS);
        let file = settings.pop().map(|setting| setting.file).unwrap_or_default();
        return Err(Error::Unreadable { faults: vec![Fault { file, place: None, what }] });
    }
    if from == OldRuntime::Docker {
        docker::settings(&mut draft, &settings);
    }
    for (other, outcome) in &chosen.others {
        draft.tell_file(&other.name, outcome.clone());
    }
    draft.note_of_runtime();
    let names: Vec<String> = chosen.files.iter().map(|(input, _)| host_prep::shown(&input.name)).collect();
    let files = write::files(&mut draft, &names, &options.places);
    draft.copies.sort();
    draft.copies.dedup();
    let Draft { copies, fates, notes, .. } = draft;
    Ok(Translation { from, files, copies, fates, notes })
}

/// The files without the lines of units that later ones take back; of those it is told that they are.
fn in_force(draft: &mut Draft, files: &[(&Input, Kind)]) -> Vec<(Input, Kind)> {
    let mut texts: Vec<_> =
        files.iter().map(|(input, _)| (input.name.clone(), input.bytes.clone())).collect();
    for line in taken_back::in_force(&mut texts) {
        let number = u32::try_from(line.number).unwrap_or(u32::MAX);
        let leaf = Leaf {
            path: vec!["Service".into(), line.key.into()],
            place: Place { line: number, column: 1 },
            value: Plain::Text(String::new()),
        };
        let outcome = Outcome::not_needed("a later line of the unit takes it back");
        draft.tell(files[line.file].0.name.as_str(), &leaf, draft::one(outcome));
    }
    texts.into_iter().zip(files).map(|((name, bytes), (_, kind))| (Input { name, bytes }, *kind)).collect()
}

/// Reads one file: what stands for itself is told at once, the rest goes with its kind.
fn read(
    draft: &mut Draft,
    (input, given): (&Input, &[&str]),
    kind: Kind,
    (settings, configs): (&mut Vec<Setting>, &mut Vec<ConfigFile>),
) -> Result<(), Fault> {
    let (name, bytes) = (input.name.as_str(), input.bytes.as_slice());
    match kind {
        Kind::DaemonJson => {
            let keys = tree::json(name, bytes)?;
            settings.extend(leaves(&keys).into_iter().map(|leaf| Setting { file: name.to_owned(), leaf }));
        }
        Kind::Login => docker::login::read(draft, name, &tree::json(name, bytes)?),
        Kind::Unit(daemon, dialect) => {
            let unit = docker::unit::UnitFile { name, daemon, dialect, given };
            settings.extend(unit.read(draft, bytes));
        }
        Kind::Config => configs.push(ConfigFile { name: name.to_owned(), keys: tree::toml(name, bytes)? }),
        Kind::Hosts => containerd::hosts::read(draft, (name, given), &tree::toml(name, bytes)?),
        Kind::Certificate => certificate(draft, input, given),
        // It is not among those that are read.
        Kind::Stray => {}
    }
    Ok(())
}

/// A file of `certs.d`, which containers/image has in the same form elsewhere.
fn certificate(draft: &mut Draft, input: &Input, given: &[&str]) {
    let mut parts = input.name.rsplit('/');
    let (file, directory) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if let Some(first) = registry::read_instead(&input.name, given) {
        return draft.tell_file(&input.name, Outcome::not_needed(registry::not_read(&first)));
    }
    let host = registry::of_directory(directory);
    if host.starts_with('.') {
        return draft.tell_file(&input.name, Outcome::by_hand("the directory is no name of a registry"));
    }
    let path = format!("/etc/containers/certs.d/{host}/{file}");
    draft.kept.insert(path.clone(), input.bytes.clone());
    draft.tell_file(&input.name, Outcome::to(path));
}

/// The known name that is nearest to one that is not.
fn near<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    let scored = known.map(|one| (strsim::osa_distance(name, one), one));
    // Of a short name nearly everything is three letters away.
    let most = (name.chars().count() / 3).clamp(1, 3);
    scored.min().filter(|(distance, _)| *distance <= most).map(|(_, one)| one.to_owned())
}
