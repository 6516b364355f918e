//! Support archives: what a diagnosis of a host stands on, in one file without secrets, so that the
//! same diagnosis is made elsewhere.
//!
//! What is collected is what rules ask: a host is looked at while everything it answers is written
//! down ([`host_prep::fs::Recorder`]), secrets are hidden, and the rules are asked again about what
//! is left. An archive that is opened is a [`Host`] that answers from it.

mod error;
mod limit;
mod manifest;
mod pack;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use host_prep::Host;
use host_prep::fs::{Record, Recorder};

pub use error::ArchiveError;
pub use manifest::{LeftOut, Manifest, Member, Of};
pub use read::is_unpacked;

use super::hosts::Profile;
use super::log::{Logs, Timeline, WhichLines};
use super::{Diagnosis, Inspection, diagnose};

/// An archive that was opened, or one that was collected and is not written yet.
#[derive(Debug)]
pub struct Archive {
    /// What it says of itself.
    pub manifest: Manifest,
    host: Host,
    at: SystemTime,
}

/// An archive to be written.
#[derive(Debug)]
pub struct Collected {
    /// What it says of itself.
    pub manifest: Manifest,
    /// What is wrong with the host, as the archive shows it.
    pub diagnosis: Diagnosis,
    bytes: Vec<u8>,
}

impl Collected {
    /// Collects what a diagnosis of the host as it is at the time `now` stands on.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::Secret`] where something in the finished archive looks like a secret.
    pub fn of(host: Host, now: SystemTime) -> Result<Self, ArchiveError> {
        Self::of_look(host, now, look)
    }

    /// The same, and the API server is asked where the host may do so.
    ///
    /// # Errors
    ///
    /// As [`Collected::of`].
    pub fn asking_api(host: Host, now: SystemTime) -> Result<Self, ArchiveError> {
        Self::of_look(host, now, |host, now| look_asking_api(host, now, Logs::new(now)))
    }

    fn of_look(
        host: Host,
        now: SystemTime,
        look_first: impl Fn(&Host, SystemTime) -> Diagnosis,
    ) -> Result<Self, ArchiveError> {
        let recorder = Recorder::default();
        let host = host.recorded_by(&recorder);
        let first = look_first(&host, now);
        // What hosts are compared by is asked too.
        let _ = Profile::of(&host, now);
        // And what a line of time is made of.
        Timeline::new(WhichLines::Telling, now).of_host(&host);
        let (root, running) = (host.root().path().to_owned(), host.is_running());
        drop(host);
        let mut hidden = BTreeMap::new();
        let record = Arc::new(pack::without_secrets(recorder.take(), &mut hidden));
        let shown = Host::replayed(&root, running, Arc::clone(&record))?;
        let seen = look(&shown, now);
        let facts = write::facts(&shown, now);
        drop(shown);
        let record = Arc::unwrap_or_clone(record);
        let differs = differences(&first, &seen);
        let (manifest, bytes) =
            write::packed(record, &hidden, (&seen, differs), &facts, (&root, running), now)?;
        Ok(Self { manifest, diagnosis: seen, bytes })
    }

    /// Writes it, for root alone. What is there already is only replaced if it is such an archive.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::Occupied`], and what [`host_prep::fs::write_new`] says. Nothing is left behind.
    pub fn write(&self, file: &Path) -> Result<(), ArchiveError> {
        write::to(file, &self.bytes)
    }

    /// Bytes of the file.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }
}

impl Archive {
    /// Opens an archive, or the directory that it was unpacked into. Nothing is unpacked on the disk.
    ///
    /// # Errors
    ///
    /// An [`ArchiveError`] where it is damaged, was changed, or is none.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        Self::of(path, read::open(path)?)
    }

    /// The archive that these bytes are, which were read from `path`.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn of_bytes(path: &Path, bytes: &[u8]) -> Result<Self, ArchiveError> {
        Self::of(path, read::unpack(path, bytes)?)
    }

    fn of(
        path: &Path,
        (manifest, contents): (Manifest, BTreeMap<String, Vec<u8>>),
    ) -> Result<Self, ArchiveError> {
        let record: Record = pack::record(path, &manifest, &contents)?;
        let of = &manifest.host;
        let host = Host::replayed(PathBuf::from(&of.root), of.running, record)?;
        let at = manifest.collected.parse::<jiff::Timestamp>().map_err(|error| ArchiveError::Damaged {
            path: path.to_owned(),
            why: format!("its time is none: {error}"),
        })?;
        Ok(Self { manifest, host, at: at.into() })
    }

    /// The host as it was.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The same, where the archive is not needed any more.
    #[must_use]
    pub fn into_host(self) -> Host {
        self.host
    }

    /// What of the host is compared with others.
    #[must_use]
    pub fn profile(&self) -> Profile {
        Profile::of(&self.host, self.at)
    }

    /// When it was collected.
    #[must_use]
    pub fn collected(&self) -> SystemTime {
        self.at
    }

    /// What was wrong with the host when it was collected.
    #[must_use]
    pub fn diagnosis(&self) -> Diagnosis {
        look(&self.host, self.at)
    }
}

/// The codes that only one of them has: what is hidden or left out may be what a rule asks for.
fn differences(host: &Diagnosis, archive: &Diagnosis) -> Vec<String> {
    let codes = |of: &Diagnosis| of.findings.iter().map(|one| one.code).collect::<BTreeSet<_>>();
    codes(host).symmetric_difference(&codes(archive)).map(|code| (*code).to_owned()).collect()
}

/// The whole look at a host; its own logs among what is seen. A disk's journal is read with the
/// programs of this machine.
pub fn look(host: &Host, now: SystemTime) -> Diagnosis {
    look_with(host, now, Logs::new(now))
}

/// The same with logs that were handed over.
pub fn look_with(host: &Host, now: SystemTime, logs: Logs) -> Diagnosis {
    diagnose(&inspection(host, now, logs))
}

/// The same, and the API server is asked where the host may do so.
pub fn look_asking_api(host: &Host, now: SystemTime, logs: Logs) -> Diagnosis {
    diagnose(&inspection(host, now, logs).asking_api())
}

fn inspection(host: &Host, now: SystemTime, mut logs: Logs) -> Inspection<'_> {
    if !host.is_running() {
        logs.read_journal_of(host);
    }
    Inspection::of(host, now).with_logs(logs)
}
