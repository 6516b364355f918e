//! What CRI-O would find on a host when it starts with a configuration: what `crio-config`'s rules
//! ask of a host. Read from files alone.

mod network;
mod policy;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crio_config::{CrioHost, Effective, Presence, SourceFile, Unreadable, Value};
use host_prep::fs::{Kind, Root};

use crate::chain::chain;

/// Where systemd looks for programs (`PATH` of systemd.exec(5)), with the two directories that may
/// be links.
const PROGRAMS: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
/// The files of containers/storage and containers/image, the ones that win last.
const BESIDE: [&str; 3] = ["/usr/share/containers/storage.conf", "/etc/containers/storage.conf", REGISTRIES];
pub(crate) const REGISTRIES: &str = "/etc/containers/registries.conf";
pub(crate) const REGISTRIES_DROP_INS: &str = "/etc/containers/registries.conf.d";

/// What CRI-O finds on the host when it starts with this configuration.
pub(crate) fn host(root: &Root, config: &Effective) -> CrioHost {
    let mut host = CrioHost::unknown();
    host.beside = beside(root);
    let named = config.iter().filter_map(|(path, setting)| {
        let key = path.last()?.as_str();
        let names_program = ["runtime_path", "monitor_path", "pinns_path", "conmon"].contains(&key);
        match &setting.value {
            Value::String(program) if names_program => Some(program.clone()),
            _ => None,
        }
    });
    let named: Vec<String> = named.chain(crio_config::paths_named(&host.beside, config)).collect();
    for path in named.into_iter().filter(|path| path.starts_with('/')) {
        host.paths.extend(presence(root, &path).map(|presence| (path, presence)));
    }
    host.programs = programs(root);
    network::look(root, config, &mut host);
    host.policy = policy::look(root, config);
    host
}

/// Whether a path is there. A tree without the directory above it is no whole one, and says nothing.
fn presence(root: &Root, path: &str) -> Option<Presence> {
    let path = Path::new(path);
    match root.kind(path) {
        Ok(None) => {
            let above = path.parent().is_some_and(|above| matches!(root.kind(above), Ok(Some(_))));
            (above || root.path() == Path::new("/")).then_some(Presence::Absent)
        }
        _ => Some(Presence::Present),
    }
}

/// Whether the tree has programs: what CRI-O starts can be looked for then.
pub(crate) fn has_programs(root: &Root) -> bool {
    programs(root).is_some()
}

/// The programs of CRI-O's `PATH`. Nothing is known of a tree that has none of the directories: it
/// is no whole one.
fn programs(root: &Root) -> Option<BTreeSet<String>> {
    let path = unit_path(root);
    let dirs: Vec<&str> = path.as_deref().map_or(PROGRAMS.to_vec(), |path| path.split(':').collect());
    let there: Vec<_> = dirs.iter().filter_map(|dir| root.list(Path::new(dir)).ok().flatten()).collect();
    let names = there.iter().flatten().map(|name| name.to_string_lossy().into_owned());
    (!there.is_empty()).then(|| names.collect())
}

/// The `PATH` that CRI-O's unit sets.
fn unit_path(root: &Root) -> Option<String> {
    let host = host_prep::Host::offline(root.again().ok()?);
    host_prep::facts::Unit::of(&host, "crio.service")?.environment.remove("PATH")
}

fn beside(root: &Root) -> Vec<SourceFile> {
    let mut paths: Vec<PathBuf> = BESIDE.iter().map(PathBuf::from).collect();
    let dir = Path::new(REGISTRIES_DROP_INS);
    let names = root.list(dir).ok().flatten().unwrap_or_default();
    paths.extend(
        names.iter().filter(|name| name.to_string_lossy().ends_with(".conf")).map(|name| dir.join(name)),
    );
    // The administrator's storage.conf takes the place of the distribution's.
    if matches!(root.kind(Path::new(BESIDE[1])), Ok(Some(_))) {
        paths.remove(0);
    }
    paths.retain(|path| matches!(root.kind(path), Ok(Some(_))));
    paths.iter().map(|path| SourceFile::new(path.to_string_lossy(), read(root, path))).collect()
}

/// The content, or what CRI-O would find instead.
pub(crate) fn read(root: &Root, path: &Path) -> Result<Vec<u8>, Unreadable> {
    match root.kind(path) {
        Ok(Some(Kind::Directory)) => return Err(Unreadable::Directory),
        Ok(None) => return Err(Unreadable::NotFound),
        _ => {}
    }
    match root.read(path) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(Unreadable::NotFound),
        Err(error) => Err(Unreadable::Other(chain(&error))),
    }
}
