//! The configuration of the old runtime, from its usual places.

use std::path::Path;

use host_prep::fs::{Kind, Root};

use super::Error;
use crate::chain::chain;
use crate::crio_host::Started;
use crate::translate::{Input, NewPlaces};

/// Where files of the two runtimes lie. A directory is read with what is below it.
const PLACES: [&str; 18] = [
    "/etc/docker/daemon.json",
    "/etc/docker/certs.d",
    "/etc/default/docker",
    "/etc/sysconfig/docker",
    "/etc/sysconfig/docker-storage",
    "/etc/sysconfig/docker-network",
    "/usr/lib/systemd/system/docker.service.d",
    "/usr/lib/systemd/system/cri-docker.service.d",
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

/// Units whose packages give them flags that are settings; containerd's has its file.
const UNITS: [&str; 2] = ["docker.service", "cri-docker.service"];
/// Where packages put units; on some hosts the one is a link to the other.
const PACKAGED: [&str; 2] = ["/usr/lib/systemd/system", "/lib/systemd/system"];

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
    for unit in UNITS {
        // One of the admin's own takes its place.
        let own = Path::new("/etc/systemd/system").join(unit);
        if root.kind_of_link(&own).map_err(failed)?.is_some() {
            continue;
        }
        for dir in PACKAGED {
            let path = Path::new(dir).join(unit);
            if root.kind(&path).map_err(failed)?.is_some() {
                below(root, &path, 0, &mut inputs)?;
                break;
            }
        }
    }
    for place in PLACES {
        below(root, Path::new(place), 0, &mut inputs)?;
    }
    Ok(inputs)
}

/// Where the CRI-O of a host looks for the new files.
#[must_use]
pub fn new_places(root: &Root) -> NewPlaces {
    let crio = Started::on(root);
    let storage = crio.variable("CONTAINERS_STORAGE_CONF").map(str::to_owned);
    let places = crio.places.into_owned();
    let mut new = NewPlaces::default();
    // Where the unit switches drop-ins off none is read, and `verify` says so.
    new.drop_ins = places.drop_ins.unwrap_or(new.drop_ins);
    new.registries = places.registries_drop_ins.into_iter().next().unwrap_or(new.registries);
    if let Some(path) = storage.filter(|path| !path.is_empty()) {
        new.storage_conf = path.into();
    }
    new
}

fn below(root: &Root, path: &Path, depth: usize, inputs: &mut Vec<Input>) -> Result<(), Error> {
    if inputs.len() > MOST_FILES {
        return Err(Error::TooManyFiles { place: path.display().to_string(), limit: MOST_FILES });
    }
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

fn failed(error: host_prep::Error) -> Error {
    Error::Host(chain(&error), error.code())
}

#[cfg(test)]
mod tests {
    use super::*;
    use host_prep::fs::{Mode, set};

    #[test]
    fn the_new_files_lie_where_the_unit_has_cri_o_look() {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        assert_eq!(new_places(&root), NewPlaces::default());
        let unit = "[Service]\nExecStart=/usr/bin/crio --config-dir /srv/crio.d\n\
                    Environment=CONTAINER_REGISTRIES_CONF_DIR=/srv/r.d CONTAINERS_STORAGE_CONF=/srv/s\n";
        set(&root, Path::new("/usr/lib/systemd/system/crio.service"), unit.as_bytes(), Mode::PUBLIC).unwrap();
        let options = crate::translate::Options { places: new_places(&root), ..Default::default() };
        let input = Input::new(
            "/etc/docker/daemon.json",
            r#"{"default-ulimits": {"nofile": {"Name": "nofile", "Hard": 9, "Soft": 9}}, "storage-driver": "overlay2"}"#,
        );
        let told = crate::translate::translate(&[input], &options).unwrap();
        let paths: Vec<&str> = told.files.iter().map(|file| file.path.as_str()).collect();
        for path in ["/srv/crio.d/50-k8sprep-migrated.conf", "/srv/r.d/50-k8sprep-migrated.conf", "/srv/s"] {
            assert!(paths.contains(&path), "{paths:?}");
        }
    }

    /// On CentOS the package's unit holds the cgroup driver, and its environment the storage driver.
    #[test]
    fn a_packaged_unit_counts_where_the_admin_has_none() {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        let put = |path: &str| set(&root, Path::new(path), b"#\n", Mode::PUBLIC).unwrap();
        let names =
            || -> Vec<String> { configuration(&root).unwrap().into_iter().map(|input| input.name).collect() };
        put("/lib/systemd/system/docker.service");
        put("/usr/lib/systemd/system/docker.service");
        put("/usr/lib/systemd/system/containerd.service");
        put("/etc/sysconfig/docker-storage");
        assert_eq!(names(), ["/usr/lib/systemd/system/docker.service", "/etc/sysconfig/docker-storage"]);
        put("/etc/systemd/system/docker.service");
        assert_eq!(names(), ["/etc/sysconfig/docker-storage", "/etc/systemd/system/docker.service"]);
    }
}
