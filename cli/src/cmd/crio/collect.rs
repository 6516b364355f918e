//! Collects CRI-O's files and what its rules ask of the host.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crio_config::{Effective, Host, Presence, SourceFile, Sources, Unreadable, Value};
use host_prep::fs::{Kind, Root};

use super::{network, policy};
use crate::failure::{Exit, Failure, chain};

/// The file CRI-O reads first.
pub(super) const MAIN: &str = "/etc/crio/crio.conf";
/// The directory it reads then.
pub(super) const DROP_INS: &str = "/etc/crio/crio.conf.d";

/// The main file and everything in the drop-in directory.
pub(super) fn sources(root: &Root) -> Result<Sources, Failure> {
    let mut sources = Sources::new();
    let main = Path::new(MAIN);
    if look(root.kind(main))?.is_some() {
        sources.main = Some(SourceFile::new(MAIN, read(root, main)));
    }
    directory(root, Path::new(DROP_INS), &mut sources)?;
    Ok(sources)
}

fn directory(root: &Root, dir: &Path, sources: &mut Sources) -> Result<(), Failure> {
    for name in look(root.list(dir))?.into_iter().flatten() {
        let path = dir.join(name);
        if look(root.kind_of_link(&path))? == Some(Kind::Directory) {
            directory(root, &path, sources)?;
        } else {
            let content = read(root, &path);
            sources.drop_ins.push(SourceFile::new(path.to_string_lossy(), content));
        }
    }
    Ok(())
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

fn look<T>(result: Result<T, host_prep::Error>) -> Result<T, Failure> {
    result.map_err(|error| Failure::from_error(&error))
}

/// The content, or what CRI-O would find instead.
fn read(root: &Root, path: &Path) -> Result<Vec<u8>, Unreadable> {
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

/// Where systemd looks for programs (`PATH` of systemd.exec(5)), with the two directories that may
/// be links.
const PROGRAMS: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
/// The files of containers/storage and containers/image, the ones that win last.
const BESIDE: [&str; 3] = ["/usr/share/containers/storage.conf", "/etc/containers/storage.conf", REGISTRIES];
const REGISTRIES: &str = "/etc/containers/registries.conf";
const REGISTRIES_DROP_INS: &str = "/etc/containers/registries.conf.d";

/// What CRI-O finds on the host when it starts with this configuration.
pub(super) fn host(root: &Root, config: &Effective) -> Host {
    let mut host = Host::unknown();
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
    for program in named.into_iter().filter(|program| program.starts_with('/')) {
        let found = root.kind(&PathBuf::from(&program));
        let presence = if matches!(found, Ok(None)) { Presence::Absent } else { Presence::Present };
        host.paths.insert(program, presence);
    }
    host.programs = programs(root);
    network::look(root, config, &mut host);
    host.policy = policy::look(root, config);
    host
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
    let host = host_prep::Host::offline(Root::open(root.path()).ok()?);
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
