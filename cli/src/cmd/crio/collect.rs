//! Collects CRI-O's files.
//!
//! Files are read through `host_prep::fs::Root`, so that links lead nowhere outside of `--root`;
//! what cannot be read goes on as such, and `crio_config` says what CRI-O would.

use std::path::{Path, PathBuf};

use crio_config::Sources;
use host_prep::facts::CrioPlaces;
use host_prep::fs::Root;

use crate::crio_host::{self, Started};
use crate::failure::{Exit, Failure};

/// The main file and everything in the drop-in directory, and what the unit says over them.
pub(super) fn sources(root: &Root, crio: &Started<'_>) -> Result<Sources, Failure> {
    crio.sources(root).map_err(|error| {
        let failure = Failure::from_error(&error);
        if crio_host::is_denied(&error) {
            failure.hint("what CRI-O makes of its files is not known without that one")
        } else {
            failure
        }
    })
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
pub(super) fn registries_around(
    root: &Root,
    places: &CrioPlaces,
    own: &Path,
) -> Result<(Vec<Text>, Vec<Text>), Failure> {
    let mut paths = vec![places.registries.clone()];
    for dir in &places.registries_drop_ins {
        let names = look(root.list(dir))?.unwrap_or_default();
        let names = names.iter().filter(|name| name.to_string_lossy().ends_with(".conf"));
        paths.extend(names.map(|name| dir.join(name)));
    }
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for path in paths.into_iter().filter(|path| path != own) {
        let Some(text) = text(root, &path)? else { continue };
        let is_later = places.is_registries_drop_in_after(&path, own);
        let list = if is_later { &mut after } else { &mut before };
        list.push((path, text));
    }
    Ok((before, after))
}

/// How many registries an image without one is looked for in: the last file that names some counts
/// alone.
pub(super) fn search_registries(root: &Root, crio: &Started<'_>) -> Result<usize, Failure> {
    let (files, _) = registries_around(root, &crio.places, Path::new(""))?;
    let counts = files.iter().rev().find_map(|(_, text)| crio_config::search_registries(text));
    Ok(counts.unwrap_or_default())
}

/// host-prep's error as one of the command line.
fn look<T>(result: Result<T, host_prep::Error>) -> Result<T, Failure> {
    result.map_err(|error| Failure::from_error(&error))
}
