//! The configuration of the old runtime, from its usual places.

use std::path::Path;

use host_prep::fs::{Kind, Root};

use super::Error;
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

/// As many files as a tree of registries may hold.
pub const MOST_FILES: usize = 2000;
/// `certs.d/HOST/FILE` is two below what is named.
const DEPTH: usize = 4;

/// The files of docker and containerd that a host has.
///
/// # Errors
/// Where one cannot be read, or there are more than a configuration has.
pub fn configuration(root: &Root) -> Result<Vec<Input>, Error> {
    let mut inputs = Vec::new();
    for place in PLACES {
        below(root, Path::new(place), 0, &mut inputs)?;
    }
    Ok(inputs)
}

fn below(root: &Root, path: &Path, depth: usize, inputs: &mut Vec<Input>) -> Result<(), Error> {
    if inputs.len() > MOST_FILES {
        return Err(Error::TooManyFiles { place: path.display().to_string(), limit: MOST_FILES });
    }
    let failed = |error: host_prep::Error| Error::Host(error.to_string(), error.code());
    let names = match root.kind(path).map_err(failed)? {
        Some(Kind::Directory) => root.list(path).map_err(failed)?,
        _ => None,
    };
    if let Some(mut names) = names.filter(|_| depth < DEPTH) {
        names.sort();
        return names.iter().try_for_each(|name| below(root, &path.join(name), depth + 1, inputs));
    }
    if let Some(bytes) = root.read(path).map_err(failed)? {
        inputs.push(Input::new(path.display().to_string(), bytes));
    }
    Ok(())
}
