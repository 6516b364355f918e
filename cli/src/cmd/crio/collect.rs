//! Collects CRI-O's files and what its rules ask of the host.

use std::path::{Path, PathBuf};

use crio_config::{Effective, Host, Presence, SourceFile, Sources, Unreadable, Value};
use host_prep::fs::{Kind, Root};

use crate::failure::{Failure, chain};

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

/// Which of the programs the runtimes name are there.
pub(super) fn host(root: &Root, config: &Effective) -> Host {
    let mut host = Host::unknown();
    for (path, setting) in config.iter() {
        let names_program = path.last().is_some_and(|key| key == "runtime_path");
        if let (true, Value::String(program)) = (names_program, &setting.value)
            && program.starts_with('/')
        {
            let found = root.kind(&PathBuf::from(program));
            let presence = if matches!(found, Ok(None)) { Presence::Absent } else { Presence::Present };
            host.paths.insert(program.clone(), presence);
        }
    }
    host
}
