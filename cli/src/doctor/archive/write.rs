//! The file: members and manifest in a gzipped tar, looked through once more before it is written.
//!
//! The last stage of `collect`: record -> without secrets -> members -> **manifest and bytes** ->
//! file. The bytes are unpacked and searched for secrets before any of them is written, so that
//! what leaves is what was looked at.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use flate2::Compression;
use flate2::write::GzEncoder;
use host_prep::Host;
use host_prep::facts::{ObserveOptions, observe};
use host_prep::fs::{Answer, Kind, Mode, Question, Record, Root, replace, write_new};
use serde_json::{Value, json};

use super::error::ArchiveError;
use super::manifest::{Manifest, Member, Of, SCHEMA};
use super::pack::Pack;
use super::{limit, read};
use crate::doctor::Diagnosis;
use crate::doctor::finding::date;
use crate::doctor::hide::{self, Hidden};
use crate::doctor::hosts::Profile;

/// The facts as `k8sprep facts --output json` prints them.
pub(super) fn facts(host: &Host, now: SystemTime) -> Value {
    let facts = observe(host, &ObserveOptions::default());
    let mut value = serde_json::to_value(&facts).unwrap_or_default();
    if let Some(map) = value.as_object_mut() {
        map.insert("schema".to_owned(), json!("k8sprep.facts/v1"));
        map.insert("profile".to_owned(), json!(Profile::of(host, now)));
    }
    value
}

/// The manifest and the packed bytes.
///
/// `hidden` is what was taken out of each answer, `seen` with `differs` what the rules say of the
/// host and what they say otherwise of the archive. Our own two documents come first, then the
/// host's answers, the manifest last.
/// # Errors
/// [`ArchiveError::Secret`] where something in the finished bytes still looks like a secret.
pub(super) fn packed(
    record: Record,
    hidden: &BTreeMap<(PathBuf, Question), Hidden>,
    (seen, differs): (&Diagnosis, Vec<String>),
    facts: &Value,
    (root, running): (&Path, bool),
    now: SystemTime,
) -> Result<(Manifest, Vec<u8>), ArchiveError> {
    let mut pack = Pack::default();
    let mut answers = Vec::new();
    let document = |value: &Value| serde_json::to_vec_pretty(&hidden_in_texts(value)).unwrap_or_default();
    let mut findings = serde_json::to_value(seen).unwrap_or_default();
    if let Some(map) = findings.as_object_mut() {
        map.insert("schema".to_owned(), json!("k8sprep.doctor/v1"));
    }
    pack.add("findings.json", document(&findings), Member::default());
    pack.add("facts.json", document(facts), Member::default());
    let boot_id = boot_id(&record);
    for (question, answer) in record {
        let own = hidden.get(&question).cloned().unwrap_or_default();
        answers.extend(pack.answer(&question.0, question.1, answer, &own));
    }
    let manifest = Manifest {
        schema: SCHEMA.to_owned(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        collected: date(now),
        host: Of {
            name: seen.host.name.clone(),
            root: root.to_string_lossy().into_owned(),
            running,
            boot_id,
        },
        members: pack.members,
        left_out: pack.left_out,
        differs,
        answers,
    };
    let text = serde_json::to_vec(&manifest).unwrap_or_default();
    let top = top(manifest.host.name.as_deref(), now);
    let bytes = tar(&top, &pack.contents, &text, now)
        .map_err(|source| ArchiveError::Read { path: PathBuf::from(top), source })?;
    scan(&bytes)?;
    Ok((manifest, bytes))
}

/// Tells two archives of one boot from those of two.
///
/// `/proc/sys/kernel/random/boot_id`, a UUID that the kernel makes at each boot (random(4)).
fn boot_id(record: &Record) -> Option<String> {
    match record.answer(Path::new("/proc/sys/kernel/random/boot_id"), Question::Whole)? {
        Answer::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).trim().to_owned()),
        _ => None,
    }
}

/// `k8sprep-NAME-20261129T101500Z`.
///
/// The time in UTC, in the basic format of ISO 8601; of the name at most 40 characters, those that
/// need no quoting.
fn top(name: Option<&str>, now: SystemTime) -> String {
    let time: String = date(now).chars().take(19).filter(|c| *c != '-' && *c != ':').collect();
    let plain = |c: &char| c.is_ascii_alphanumeric() || "-.".contains(*c);
    let name: String = name.unwrap_or("host").chars().filter(plain).take(40).collect();
    let name = name.trim_matches(['.', '-']);
    format!("k8sprep-{}-{time}Z", if name.is_empty() { "host" } else { name })
}

/// Modes, owners and times are the same for every member: nothing of the host is told by them.
fn tar(
    top: &str,
    contents: &BTreeMap<String, Vec<u8>>,
    manifest: &[u8],
    now: SystemTime,
) -> io::Result<Vec<u8>> {
    // Plain ustar without extensions, which every tar unpacks. Owner and group stay 0.
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::new(6)));
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut add = |name: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.set_path(format!("{top}/{name}"))?;
        header.set_size(bytes.len() as u64);
        header.set_mode(Mode::PRIVATE.bits());
        header.set_mtime(seconds);
        header.set_cksum();
        tar.append(&header, bytes)
    };
    contents.iter().try_for_each(|(name, bytes)| add(name, bytes))?;
    add(read::MANIFEST, manifest)?;
    let mut gzip = tar.into_inner()?;
    gzip.flush()?;
    gzip.finish()
}

/// Nothing in the finished archive may look like a secret: it is read as anybody would read it.
fn scan(bytes: &[u8]) -> Result<(), ArchiveError> {
    let (manifest, contents) = read::unpack(Path::new("the archive"), bytes)?;
    for (name, bytes) in &contents {
        let source = manifest.members.get(name).and_then(|member| member.source.as_deref());
        let found = match source {
            Some(source) => hide::found_in_file(source, bytes),
            None => serde_json::from_slice(bytes).ok().and_then(|value| in_texts(&value)),
        };
        if let Some(what) = found {
            return Err(ArchiveError::Secret { member: name.clone(), what });
        }
    }
    let own = serde_json::to_value(&manifest).unwrap_or_default();
    match in_texts(&own) {
        Some(what) => Err(ArchiveError::Secret { member: read::MANIFEST.to_owned(), what }),
        None => Ok(()),
    }
}

/// A document of ours with its texts hidden: what it tells of the host may have been put together of
/// parts.
///
/// Keys stay: they are ours.
fn hidden_in_texts(value: &Value) -> Value {
    match value {
        Value::String(text) => hide::hide_text(text, &mut Hidden::new()).into(),
        Value::Array(all) => all.iter().map(hidden_in_texts).collect(),
        Value::Object(all) => all.iter().map(|(key, value)| (key.clone(), hidden_in_texts(value))).collect(),
        other => other.clone(),
    }
}

/// What looks like a secret in one of the texts of a document of ours.
pub(super) fn in_texts(value: &Value) -> Option<&'static str> {
    match value {
        Value::String(text) => hide::found_in(text),
        Value::Array(all) => all.iter().find_map(in_texts),
        Value::Object(all) => all.values().find_map(in_texts),
        _ => None,
    }
}

/// Writes the file, for its owner alone.
///
/// Another archive of the same person is replaced; anything else at that path stays.
/// # Errors
/// [`ArchiveError::Occupied`] for a link, for a file that others may read or own, and for one that
/// is no archive.
pub(super) fn to(file: &Path, bytes: &[u8]) -> Result<(), ArchiveError> {
    let path =
        std::path::absolute(file).map_err(|source| ArchiveError::Read { path: file.to_owned(), source })?;
    let occupied = |why| ArchiveError::Occupied { path: file.to_owned(), why };
    let root = Root::open("/")?;
    match root.kind_of_link(&path)? {
        None => return Ok(write_new(&path, bytes, Mode::PRIVATE)?),
        Some(Kind::File) => {}
        Some(Kind::Symlink) => return Err(occupied("is a link")),
        Some(_) => return Err(occupied("is no file")),
    }
    // Who may read the old file may hold it open and would be promised a private one.
    if root.mode(&path)?.is_none_or(|mode| mode.bits() & 0o077 != 0) {
        return Err(occupied("others may read it"));
    }
    let owner = path.symlink_metadata().map(|it| it.uid());
    if owner.ok() != Some(rustix::process::geteuid().as_raw()) {
        return Err(occupied("belongs to somebody else"));
    }
    let there = root.head(&path, limit::PACKED)?.unwrap_or_default();
    if read::unpack(file, &there).is_err() {
        return Err(occupied("is no support archive"));
    }
    Ok(replace(&path, bytes)?)
}
