//! Collects CRI-O's files.
//!
//! Files are read through `host_prep::fs::Root`, so that links lead nowhere outside of `--root`;
//! what cannot be read goes on as such, and `crio_config` says what CRI-O would.

use std::path::{Path, PathBuf};

use crio_config::Sources;
use host_prep::Host;
use host_prep::facts::{Crio, Unit};
use host_prep::fs::Root;

use crate::crio_host::{self, REGISTRIES, REGISTRIES_DROP_INS};
use crate::failure::{Exit, Failure};

/// The file CRI-O reads first.
pub(super) const MAIN: &str = "/etc/crio/crio.conf";
/// The directory it reads then.
pub(super) const DROP_INS: &str = "/etc/crio/crio.conf.d";

/// The main file and everything in the drop-in directory.
pub(super) fn sources(root: &Root) -> Result<Sources, Failure> {
    let (main, drop_ins) = places(root);
    let read = crio_host::sources(root, main.as_deref(), &drop_ins);
    read.map_err(|error| {
        let failure = Failure::from_error(&error);
        if crio_host::is_denied(&error) {
            failure.hint("run this as root: what CRI-O makes of its files is not known without that one")
        } else {
            failure
        }
    })
}

/// Where the unit has CRI-O look for the two.
fn places(root: &Root) -> (Option<PathBuf>, PathBuf) {
    let unit = root.again().ok().and_then(|root| Unit::of(&Host::offline(root), "crio.service"));
    Crio::places(unit.as_ref())
}

/// The text of a file; `None` where there is none.
pub(super) fn text(root: &Root, path: &Path) -> Result<Option<String>, Failure> {
    let Some(bytes) = look(root.read(path))? else { return Ok(None) };
    let text = String::from_utf8(bytes);
    text.map(Some).map_err(|error| {
        Failure::new(
            Exit::Failed,
            host_prep::Code::FileUnreadable.as_str(),
            format_args!("{} is not UTF-8: {error}", path.display()),
        )
    })
}

/// A file and its text.
type Text = (PathBuf, String);

/// The registries files that are read before the drop-in at `own` and after it, in order.
pub(super) fn registries_around(root: &Root, own: &Path) -> Result<(Vec<Text>, Vec<Text>), Failure> {
    let dir = Path::new(REGISTRIES_DROP_INS);
    let names = look(root.list(dir))?.unwrap_or_default();
    let names = names.iter().filter(|name| name.to_string_lossy().ends_with(".conf"));
    let paths = std::iter::once(PathBuf::from(REGISTRIES)).chain(names.map(|name| dir.join(name)));
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for path in paths.filter(|path| path != own) {
        let Some(text) = text(root, &path)? else { continue };
        let list = if own.parent() == Some(dir) && path.parent() == Some(dir) && path.as_path() > own {
            &mut after
        } else {
            &mut before
        };
        list.push((path, text));
    }
    Ok((before, after))
}

/// How many registries an image without one is looked for in: the last file that names some counts
/// alone.
pub(super) fn search_registries(root: &Root) -> Result<usize, Failure> {
    let (files, _) = registries_around(root, Path::new(""))?;
    let counts = files.iter().rev().find_map(|(_, text)| crio_config::search_registries(text));
    Ok(counts.unwrap_or_default())
}

/// host-prep's error as one of the command line.
fn look<T>(result: Result<T, host_prep::Error>) -> Result<T, Failure> {
    result.map_err(|error| Failure::from_error(&error))
}
