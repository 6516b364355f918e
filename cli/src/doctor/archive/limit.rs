//! How much a support archive takes of a host, and how much is read of one.
//!
//! Written and read by the same numbers, so that what this program writes it can read. They guard
//! against a host with a huge log as well as against an archive that unpacks to more than the
//! memory.

/// Bytes of a configuration file.
const FILE: usize = 1 << 20;
/// Of the tables of modules, which have a line for each.
const TABLE: usize = 4 << 20;
/// Of a log, and of the answer of a program.
const LOG: usize = 8 << 20;
/// Bytes of everything together.
pub(super) const WHOLE: usize = 64 << 20;
/// Files in an archive. A host has a small one for each of its processes.
pub(super) const MEMBERS: usize = 20_000;
/// Bytes of a manifest.
const MANIFEST: usize = 32 << 20;
/// Bytes of the packed file. gzip makes nothing larger, but for some bytes in each block.
pub(super) const PACKED: u64 = Limits::OWN.unpacked();

/// What an archive that is read may have. Tests read with less, and at one place with these.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes of everything together.
    pub(super) whole: usize,
    /// Bytes of a manifest.
    pub(super) manifest: usize,
    /// Files.
    pub(super) members: usize,
}

impl Limits {
    /// Those that archives are written by.
    pub(super) const OWN: Self = Self { whole: WHOLE, manifest: MANIFEST, members: MEMBERS };

    /// Bytes that are unpacked: contents, manifest, and the heads and ends that tar adds, of 512
    /// bytes each.
    pub(super) const fn unpacked(&self) -> u64 {
        (self.whole + self.manifest + self.members * 1024 + (64 << 10)) as u64
    }
}

/// The most that is kept of a source.
pub(super) fn of(source: &str, is_program: bool) -> usize {
    let is_log = is_program || source.starts_with("/var/log/");
    let is_table = ["/lib/modules/", "/usr/lib/modules/"].iter().any(|dir| source.starts_with(dir));
    match (is_log, is_table) {
        (true, _) => LOG,
        (_, true) => TABLE,
        _ => FILE,
    }
}
