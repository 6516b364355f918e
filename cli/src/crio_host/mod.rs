//! What CRI-O would find on a host when it starts with a configuration: what `crio-config`'s rules
//! ask of a host. Read from files alone.

mod network;
mod policy;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};

use crio_config::{CommandLine, CrioHost, Effective, Presence, SourceFile, Sources, Unreadable, Value};
use host_prep::facts::{Crio, CrioPlaces, Unit};
use host_prep::fs::{Kind, Root};

use crate::chain::chain;

/// Where systemd looks for programs (`PATH` of systemd.exec(5)), with the two directories that may
/// be links.
const PROGRAMS: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
/// The files of containers/storage, the one that wins last.
const STORAGE: [&str; 2] = ["/usr/share/containers/storage.conf", "/etc/containers/storage.conf"];

/// CRI-O as its unit on a host starts it. Read once for a run: the unit is all its files, and two
/// readings could differ while somebody edits it.
#[derive(Debug)]
pub(crate) struct Started<'f> {
    unit: Option<Cow<'f, Unit>>,
    /// Where it looks.
    pub(crate) places: Cow<'f, CrioPlaces>,
}

impl Started<'static> {
    pub(crate) fn on(root: &Root) -> Self {
        let host = root.again().map(host_prep::Host::offline);
        let unit = host.ok().and_then(|host| Unit::of(&host, "crio.service"));
        let places = CrioPlaces::of(unit.as_ref(), |path| matches!(root.kind(path), Ok(Some(_))));
        Self { unit: unit.map(Cow::Owned), places: Cow::Owned(places) }
    }
}

impl<'f> Started<'f> {
    /// As the facts of a host have it.
    pub(crate) fn of(crio: &'f Crio) -> Self {
        Self { unit: crio.unit.as_ref().map(Cow::Borrowed), places: Cow::Borrowed(&crio.places) }
    }

    /// CRI-O's own files, the main one and everything in the directory of drop-ins, and what its
    /// unit says over them.
    ///
    /// # Errors
    ///
    /// Where this process may not look, or what lies there is no file: without all of them nothing
    /// can be said.
    pub(crate) fn sources(&self, root: &Root) -> Result<Sources, host_prep::Error> {
        let mut sources = Sources::new();
        if let Some(main) = &self.places.main
            && root.kind(main)?.is_some()
        {
            sources.main = Some(SourceFile::new(main.to_string_lossy(), allowed(root, main)?));
        }
        if let Some(dir) = &self.places.drop_ins
            && root.kind(dir)?.is_some()
        {
            drop_in(root, dir, &mut sources)?;
        }
        sources.command = command(self.unit.as_deref());
        Ok(sources)
    }

    /// Whether the tree has programs: what CRI-O starts can be looked for then.
    pub(crate) fn has_programs(&self, root: &Root) -> bool {
        self.programs(root).is_some()
    }

    /// A variable that the unit sets.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.unit.as_ref()?.environment.get(name).map(String::as_str)
    }

    /// The programs of CRI-O's `PATH`. Nothing is known of a tree that has none of the directories:
    /// it is no whole one.
    fn programs(&self, root: &Root) -> Option<BTreeSet<String>> {
        let dirs: Vec<&str> =
            self.variable("PATH").map_or(PROGRAMS.to_vec(), |path| path.split(':').collect());
        let there: Vec<_> = dirs.iter().filter_map(|dir| root.list(Path::new(dir)).ok().flatten()).collect();
        let names = there.iter().flatten().map(|name| name.to_string_lossy().into_owned());
        (!there.is_empty()).then(|| names.collect())
    }

    /// The one storage.conf that counts: the named one (`CONTAINERS_STORAGE_CONF`), else the
    /// administrator's, else the distribution's.
    pub(crate) fn storage_conf(&self, root: &Root) -> Option<PathBuf> {
        if let Some(named) = self.variable("CONTAINERS_STORAGE_CONF").filter(|path| !path.is_empty()) {
            return Some(PathBuf::from(named));
        }
        let is_there = |path: &&&str| matches!(root.kind(Path::new(path)), Ok(Some(_)));
        STORAGE.iter().rev().find(is_there).map(PathBuf::from)
    }
}

/// How CRI-O is started: what its unit gives it besides files.
pub(crate) fn command(unit: Option<&Unit>) -> CommandLine {
    let mut command = CommandLine::default();
    let Some(unit) = unit.filter(|unit| unit.program() == Some("crio")) else { return command };
    command.arguments = unit.arguments().to_vec();
    command.environment.clone_from(&unit.environment);
    let flags = command.arguments.iter().filter(|word| word.starts_with('-'));
    let flags = flags.map(|word| word.split('=').next().unwrap_or(word));
    let words = flags.chain(command.environment.keys().map(String::as_str)).map(str::to_owned);
    command.places = words
        .filter_map(|word| {
            let (file, line, _) = unit.place_of(&word)?;
            let place = (file.display().to_string(), line);
            Some((word, place))
        })
        .collect();
    command
}

/// What Go's `filepath.Walk` makes of a path: a directory is entered, a link to one is read as a file,
/// the directory of drop-ins itself too.
fn drop_in(root: &Root, path: &Path, sources: &mut Sources) -> Result<(), host_prep::Error> {
    if root.kind_of_link(path)? == Some(Kind::Directory) {
        let names = root.list(path)?.unwrap_or_default();
        return names.iter().try_for_each(|name| drop_in(root, &path.join(name), sources));
    }
    sources.drop_ins.push(SourceFile::new(path.to_string_lossy(), allowed(root, path)?));
    Ok(())
}

/// What reading a file gives CRI-O, which runs as root. What a pipe or a broken disk would give is not
/// known.
fn allowed(root: &Root, path: &Path) -> Result<Result<Vec<u8>, Unreadable>, host_prep::Error> {
    match read(root, path) {
        Err(Unreadable::Permission | Unreadable::Other(_)) => {
            root.read(path).map(|bytes| Ok(bytes.unwrap_or_default()))
        }
        read => Ok(read),
    }
}

/// Whether the system did not let this process look, or an archive has no answer. It says nothing of
/// what CRI-O finds.
pub(crate) fn is_denied(error: &host_prep::Error) -> bool {
    if matches!(error, host_prep::Error::AsRecorded { .. }) {
        return true;
    }
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|one| one.kind() == io::ErrorKind::PermissionDenied)
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// What CRI-O finds on the host when it starts with this configuration.
pub(crate) fn host(root: &Root, crio: &Started<'_>, config: &Effective) -> CrioHost {
    let mut host = CrioHost::unknown();
    host.programs = crio.programs(root);
    beside(root, crio, &mut host);
    let named = config.iter().filter_map(|(path, setting)| {
        let key = path.last()?.as_str();
        let names_program =
            ["runtime_path", "monitor_path", "pinns_path", "conmon", "blockio_config_file"].contains(&key);
        match &setting.value {
            Value::String(program) if names_program => Some(program.clone()),
            _ => None,
        }
    });
    let named: Vec<String> = named.chain(crio_config::paths_named(&host, config)).collect();
    for path in named.into_iter().filter(|path| path.starts_with('/')) {
        host.paths.extend(presence(root, &path, host.programs.is_some()).map(|presence| (path, presence)));
    }
    host.time_zones = time_zone(root, config);
    network::look(root, config, &mut host);
    policy::look(root, config, &mut host);
    host
}

/// Where Go looks for zones first (`platformZoneSources` of time/zoneinfo_unix.go).
const ZONES: &str = "/usr/share/zoneinfo";

/// Of all zones only the one that the configuration names, where it is. Nothing is known of a host that
/// has no database of them.
fn time_zone(root: &Root, config: &Effective) -> Option<BTreeSet<String>> {
    root.kind(Path::new(ZONES)).ok().flatten()?;
    let path = crio_config::KeyPath::from_parts(["crio", "runtime", "timezone"])?;
    let zone = config.get(&path).map(|setting| &setting.value);
    let Some(Value::String(zone)) = zone else { return None };
    // Go refuses a name that leaves the database by itself.
    let inside = !zone.is_empty() && !zone.starts_with('/') && !zone.contains("..");
    let there = inside && matches!(root.kind(&Path::new(ZONES).join(zone)), Ok(Some(Kind::File)));
    Some(there.then(|| zone.clone()).into_iter().collect())
}

/// Whether a path is there. A tree that has no programs and not the directory above it may be no
/// whole one, and says nothing.
fn presence(root: &Root, path: &str, whole: bool) -> Option<Presence> {
    let path = Path::new(path);
    match root.kind(path) {
        Ok(None) => {
            let above = path.parent().is_some_and(|above| matches!(root.kind(above), Ok(Some(_))));
            (above || whole || root.path() == Path::new("/")).then_some(Presence::Absent)
        }
        _ => Some(Presence::Present),
    }
}

fn beside(root: &Root, crio: &Started<'_>, host: &mut CrioHost) {
    let places = &crio.places;
    let storage = crio.storage_conf(root);
    host.storage_conf = storage.as_ref().map(|path| path.display().to_string());
    let mut paths: Vec<PathBuf> = storage.into_iter().collect();
    paths.push(places.registries.clone());
    // containers/image enters no directory below.
    let is_read = |path: &PathBuf| !matches!(root.kind_of_link(path), Ok(Some(Kind::Directory)));
    for dir in &places.registries_drop_ins {
        let names = match root.list(dir) {
            Err(error) if is_denied(&error) => {
                host.unread.insert(dir.display().to_string(), chain(&error));
                Vec::new()
            }
            names => names.ok().flatten().unwrap_or_default(),
        };
        let drop_ins = names.iter().filter(|name| name.to_string_lossy().ends_with(".conf"));
        paths.extend(drop_ins.map(|name| dir.join(name)).filter(is_read));
    }
    // One that is named has to be there (`loadConfigFile`, sysregistriesv2).
    let is_named = |path: &PathBuf| places.is_registries_named && *path == places.registries;
    paths.retain(|path| is_named(path) || matches!(root.kind(path), Ok(Some(_))));
    for path in paths {
        let name = path.to_string_lossy().into_owned();
        match read(root, &path) {
            Err(why @ (Unreadable::Permission | Unreadable::Other(_))) => {
                host.unread.insert(name, why.to_string());
            }
            content => host.beside.push(SourceFile::new(name, content)),
        }
    }
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
        Err(error) if is_denied(&error) => Err(Unreadable::Permission),
        Err(error) => Err(Unreadable::Other(chain(&error))),
    }
}
