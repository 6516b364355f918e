//! The files of the old runtime: those that were named, or the usual places of a host.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use host_prep::fs::{MAX_FILE, Root};

use crate::failure::{Exit, Failure};
use crate::input::{read, shown};
use crate::translate::Input;

/// Where files of the two runtimes lie. A directory is read with what is below it.
const PLACES: [&str; 14] = [
    "/etc/docker/daemon.json",
    "/etc/docker/certs.d",
    "/etc/default/docker",
    "/etc/sysconfig/docker",
    "/etc/systemd/system/docker.service",
    "/etc/systemd/system/docker.service.d",
    "/etc/systemd/system/cri-docker.service",
    "/etc/systemd/system/cri-docker.service.d",
    "/root/.docker/config.json",
    "/etc/containerd/config.toml",
    "/etc/containerd/conf.d",
    "/etc/containerd/certs.d",
    "/etc/systemd/system/containerd.service",
    "/etc/systemd/system/containerd.service.d",
];

/// As much as a tree of registries may hold; more is another tree.
const MOST_FILES: usize = 2000;
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

/// What there is of the usual places.
pub(super) fn usual(root: &Root) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    for place in PLACES {
        below(root, Path::new(place), 0, &mut inputs)?;
    }
    Ok(inputs)
}

fn below(root: &Root, path: &Path, depth: usize, inputs: &mut Vec<Input>) -> Result<(), Failure> {
    few_enough(inputs.len())?;
    let names = match root.kind(path).map_err(|error| Failure::from_error(&error))? {
        Some(host_prep::fs::Kind::Directory) => {
            root.list(path).map_err(|error| Failure::from_error(&error))?
        }
        _ => None,
    };
    if let Some(mut names) = names.filter(|_| depth < DEPTH) {
        names.sort();
        return names.iter().try_for_each(|name| below(root, &path.join(name), depth + 1, inputs));
    }
    if let Some(bytes) = root.read(path).map_err(|error| Failure::from_error(&error))? {
        inputs.push(Input::new(path.display().to_string(), bytes));
    }
    Ok(())
}

fn few_enough(count: usize) -> Result<(), Failure> {
    if count <= MOST_FILES {
        return Ok(());
    }
    let what = format_args!("there are more than {MOST_FILES} files: this is no runtime's configuration");
    Err(Failure::new(Exit::Failed, crate::Code::RuntimeConfigUnrecognised.as_str(), what))
}
