//! The files of the old runtime that were named.

use std::collections::VecDeque;
use std::path::PathBuf;

use host_prep::fs::MAX_FILE;

use crate::failure::{Exit, Failure};
use crate::input::{read, shown};
use crate::migrate::MOST_FILES;
use crate::translate::Input;

/// `certs.d/HOST/FILE` is two below what is named.
const DEPTH: usize = 4;

/// The files that were named, directories with what is below them.
pub(super) fn named(files: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    let mut left: VecDeque<(PathBuf, usize)> = files.iter().map(|file| (file.clone(), 0)).collect();
    while let Some((path, depth)) = left.pop_front() {
        let name = shown(&path);
        if path.is_dir() && depth < DEPTH {
            let entries = std::fs::read_dir(&path).map_err(|error| Failure::cannot_read(&name, error))?;
            let mut below = Vec::new();
            for entry in entries {
                below.push(entry.map_err(|error| Failure::cannot_read(&name, error))?.path());
            }
            // The same order on every machine.
            below.sort();
            below.into_iter().rev().for_each(|path| left.push_front((path, depth + 1)));
        } else {
            let bytes = read(&path, MAX_FILE).map_err(|error| Failure::cannot_read(&name, error))?;
            inputs.push(Input::new(name, bytes));
        }
        few_enough(inputs.len())?;
    }
    Ok(inputs)
}

fn few_enough(count: usize) -> Result<(), Failure> {
    if count <= MOST_FILES {
        return Ok(());
    }
    let what = format!("there are more than {MOST_FILES} files: this is no runtime's configuration");
    Err(Failure::new(Exit::Failed, crate::Code::RuntimeConfigUnrecognised.as_str(), what))
}
