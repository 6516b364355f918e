//! Comparing a bundle with its manifest: what is hashed is what is kept, so that nothing can be
//! swapped in between.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::ops::ControlFlow;

use sha2::{Digest as _, Sha256};

use super::manifest::{BundleFile, MANIFEST, Manifest};
use super::source::{MOST_BYTES, MOST_FILES, Source};
use super::value::Sha256Sum;
use super::{IMAGES, SPEC};
use crate::mirrors::Format;

/// A manifest of more is none.
const MOST_OF_MANIFEST: u64 = 16 << 20;
/// As many problems as anybody reads.
const MOST_PROBLEMS: usize = 20;

/// What becomes of files while they are compared.
pub(super) trait Keep {
    /// Whether this file is read at all.
    fn wants(&self, _: &BundleFile) -> bool {
        true
    }

    /// Where the bytes of this file go; `None` where they are only compared.
    fn keep(&mut self, file: &BundleFile) -> io::Result<Option<Box<dyn Write + '_>>>;
}

/// Finds the manifest and reads nothing else; why there is none.
pub(super) fn manifest_of(source: &Source) -> Result<(Manifest, Vec<u8>), String> {
    let mut found = None;
    source.each(&mut |name, size, from| {
        if name != MANIFEST {
            return ControlFlow::Continue(());
        }
        found = Some(whole(size, from));
        ControlFlow::Break(())
    })?;
    let bytes = match found {
        None => return Err(format!("{MANIFEST} is missing, so it is not a bundle, or not a complete one")),
        Some(Err(error)) => return Err(format!("{MANIFEST} cannot be read: {error}")),
        Some(Ok(bytes)) => bytes,
    };
    let manifest = Manifest::parse(&bytes)?;
    let total = manifest.files.iter().fold(0_u64, |sum, file| sum.saturating_add(file.size));
    if manifest.files.len() > MOST_FILES || total > MOST_BYTES {
        return Err(format!("it has more than {MOST_FILES} files or {MOST_BYTES} bytes"));
    }
    Ok((manifest, bytes))
}

fn whole(size: u64, from: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if size > MOST_OF_MANIFEST {
        return Err(io::Error::other(format!("it has more than {MOST_OF_MANIFEST} bytes")));
    }
    from.take(MOST_OF_MANIFEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads every file of `source` once, compares it with `manifest` and hands it to `keep`.
/// Everything that is wrong; nothing where there is nothing.
pub(super) fn compare(source: &Source, manifest: &Manifest, keep: &mut dyn Keep) -> Vec<String> {
    let mut listed = BTreeMap::new();
    let mut problems = Problems::default();
    for file in &manifest.files {
        if listed.insert(file.path.as_str(), file).is_some() {
            problems.add(format!("{} is twice in the manifest", file.path));
        }
        if !manifest.has_place_for(file.path.as_str()) {
            let of = if manifest.format == Format::Deb { "debs" } else { "rpms" };
            problems.add(format!("{} does not belong in a bundle of {of}", file.path));
        }
    }
    let mut seen = BTreeSet::new();
    let walked = source.each(&mut |name, size, from| {
        let first = seen.insert(name.to_owned());
        match listed.get(name) {
            _ if !first => problems.add(format!("{} is in it twice", name.escape_debug())),
            None if name == MANIFEST => {}
            None => problems.add(format!("{} is not in the manifest", name.escape_debug())),
            Some(file) if keep.wants(file) => problems.extend(differs(file, size, from, keep)),
            Some(_) => {}
        }
        if problems.are_many() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    // Who stopped on the way does not know what else there is.
    match walked {
        Err(why) => problems.add(why),
        Ok(()) if problems.are_many() => {}
        Ok(()) => {
            for file in manifest.files.iter().filter(|file| !seen.contains(file.path.as_str())) {
                problems.add(format!("{} is missing", file.path));
            }
        }
    }
    for needed in [SPEC, IMAGES].iter().filter(|needed| !listed.contains_key(**needed)) {
        problems.add(format!("{needed} is not in the manifest"));
    }
    problems.said
}

/// Why a file is not the one of the manifest, or could not be kept. No more is read and written
/// than the manifest says.
fn differs(file: &BundleFile, size: u64, from: &mut dyn Read, keep: &mut dyn Keep) -> Option<String> {
    let name = &file.path;
    if size > file.size {
        return Some(format!("{name} is not what the manifest says"));
    }
    let copied = keep.keep(file).and_then(|mut to| copy(&mut from.take(file.size), to.as_deref_mut()));
    match copied {
        Err(error) => Some(format!("{name} cannot be read or kept: {error}")),
        Ok((found, _)) if found < file.size => {
            Some(format!("{name} is cut short: {found} of {} bytes", file.size))
        }
        Ok((_, sha256)) if sha256 != file.sha256 => Some(format!("{name} is not what the manifest says")),
        Ok(_) => None,
    }
}

/// Copies what can be read. How much it was, and its SHA-256.
fn copy<'a>(from: &mut dyn Read, mut to: Option<&mut (dyn Write + 'a)>) -> io::Result<(u64, Sha256Sum)> {
    let (mut hash, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                hash.update(&buffer[..read]);
                if let Some(to) = &mut to {
                    to.write_all(&buffer[..read])?;
                }
                size += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if let Some(to) = &mut to {
        to.flush()?;
    }
    Ok((size, Sha256Sum::finished(hash)))
}

impl BundleFile {
    /// A file as it is now.
    pub(super) fn read(path: &str, from: &mut dyn Read) -> io::Result<Self> {
        let (size, sha256) = copy(from, None)?;
        Ok(Self { path: path.parse().map_err(io::Error::other)?, size, sha256 })
    }
}

/// What is wrong, up to what anybody reads.
#[derive(Default)]
struct Problems {
    said: Vec<String>,
}

impl Problems {
    fn add(&mut self, problem: String) {
        match self.said.len() {
            0..MOST_PROBLEMS => self.said.push(problem),
            MOST_PROBLEMS => self.said.push("and more".into()),
            _ => {}
        }
    }

    fn extend(&mut self, problem: Option<String>) {
        problem.into_iter().for_each(|problem| self.add(problem));
    }

    fn are_many(&self) -> bool {
        self.said.len() > MOST_PROBLEMS
    }
}
