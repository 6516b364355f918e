//! Making a change and rolling it back. Knows nothing of plans and journals, only of one change at
//! a time.

use std::path::{Path, PathBuf};

use super::beside;
use crate::fs::{self, Dress, Found, Meta, Mode, Root, Slot, TempName, Wanted};
use crate::ground::digest::digest;
use crate::ground::error::chain;
use crate::journal::record::{Image, Recorded};
use crate::journal::state::{State, meta_of};
use crate::package;
use crate::plan::node::Node;
use crate::plan::same_value;
use crate::plan::step::{Change, FileChange};
use crate::plan::undone::Undone;
use crate::{Error, Host, Invocation, Watch};

/// A change whose host was looked at and found as the plan saw it.
#[derive(Debug)]
pub(crate) struct Ready<'a> {
    change: &'a Change,
    pub(crate) recorded: Recorded,
}

/// Looks once more, backs up what will be lost, and writes down what the undo needs.
pub(crate) fn prepare<'a>(host: &Host, state: &State<'_>, change: &'a Change) -> Result<Ready<'a>, Error> {
    let recorded = match change {
        Change::File(file) => record_file(host, state, file)?,
        Change::LoadModule { name } => Recorded::LoadModule { name: name.clone() },
        Change::Packages(packages) => Recorded::Packages(package::record(host, state, packages)?),
        Change::Action(action) => Recorded::Action(action.clone()),
        Change::SwapOff { area, priority } => Recorded::SwapOff { area: area.clone(), priority: *priority },
        Change::Value { path, before, after } => {
            let now = value(host, path)?.ok_or_else(|| Error::Missing { path: host.root().shown(path) })?;
            if before.as_ref().is_some_and(|before| !same_value(before, &now)) {
                return Err(Error::Changed { path: host.root().shown(path) });
            }
            Recorded::Value { path: path.clone(), before: now, after: after.clone() }
        }
    };
    Ok(Ready { change, recorded })
}

/// Takes the change. For a file, what is there now.
pub(crate) fn take(
    host: &Host,
    state: &State<'_>,
    ready: &Ready<'_>,
    tag: &str,
    watch: &mut dyn Watch,
) -> Result<Option<Image>, Error> {
    match (ready.change, &ready.recorded) {
        (Change::File(file), Recorded::File { before, made, .. }) => {
            take_file(host.root(), file, before, made, tag).map(Some)
        }
        (Change::LoadModule { name }, _) => {
            host.run(&Invocation::new("modprobe", ["--", name])).map(|_| None)
        }
        (Change::SwapOff { area, .. }, _) => swap(host, "swapoff", &[], area).map(|()| None),
        (Change::Value { path, after, .. }, _) => fs::write_value(host.root(), path, after).map(|()| None),
        (Change::Packages(packages), _) => {
            package::take(host, state, packages, watch).map(Image::list).map(Some)
        }
        (Change::Action(action), _) => action.take(host, watch).map(|()| None),
        (Change::File(_), _) => Ok(None),
    }
}

/// Rolls a change back, if it happened and nobody changed the same thing since. `after` is what was
/// there right after it, where that is known. A program that fails is an error, to be tried again;
/// by force what it was to undo is left.
pub(crate) fn undo(
    host: &Host,
    state: &State<'_>,
    recorded: &Recorded,
    after: Option<&Image>,
    tag: &str,
    force: bool,
    watch: &mut dyn Watch,
) -> Result<Undone, Error> {
    let undone = undo_once(host, state, recorded, after, tag, force, watch);
    match undone {
        // What older steps are undone with may be what failed here: only force goes on without it.
        Err(error @ (Error::Command { .. } | Error::CommandFailed { .. }))
            if force && !matches!(recorded, Recorded::Packages(_)) =>
        {
            Ok(Undone::Kept { why: chain(&error), wanted: None })
        }
        undone => undone,
    }
}

fn undo_once(
    host: &Host,
    state: &State<'_>,
    recorded: &Recorded,
    after: Option<&Image>,
    tag: &str,
    force: bool,
    watch: &mut dyn Watch,
) -> Result<Undone, Error> {
    match recorded {
        Recorded::File { path, before, after: planned, made: _ } => {
            let after = after.unwrap_or(planned);
            match (FileUndo { host, state, path, before, after, tag, force }).run() {
                // Trying again would fail again; what else is to be undone is not held up by it.
                Err(error @ (Error::Backup { .. } | Error::BackupMissing { .. })) => {
                    Ok(Undone::Lost { why: error.to_string() })
                }
                done => done,
            }
        }
        Recorded::LoadModule { name } => undo_module(host, name),
        Recorded::Packages(done) => package::undo(host, state, done, after.and_then(Image::digest), watch),
        Recorded::Action(action) => action.take_back(host, watch).map(|()| Undone::Yes),
        Recorded::SwapOff { area, priority } => undo_swap(host, area, *priority),
        Recorded::Value { path, before, after } => undo_value(host, path, before, after, force),
    }
}

fn record_file(host: &Host, state: &State<'_>, file: &FileChange) -> Result<Recorded, Error> {
    let root = host.root();
    // A link on the way may lead elsewhere by now; a link that is itself the subject leads where it
    // likes.
    let follows = !matches!(file.before, Node::Link { .. });
    if follows && root.slot(&file.path)?.is_some_and(|slot| slot.path != file.target) {
        return Err(Error::Changed { path: root.shown(&file.path) });
    }
    let found = match root.slot_of_link(&file.target)? {
        Some(slot) => Found::read(root, &slot)?,
        None => Found::Nothing,
    };
    if !is(&found, &file.before) {
        return Err(Error::Changed { path: root.shown(&file.path) });
    }
    if let Found::File(source) = &found {
        state.back_up(&source.image.bytes)?;
    }
    let made = fs::missing_above(root, &file.target)?;
    let after = Image::planned(&file.after, meta_of(&found));
    Ok(Recorded::File { path: file.target.clone(), before: Image::of(&found), after, made })
}

fn take_file(
    root: &Root,
    file: &FileChange,
    before: &Image,
    made: &[PathBuf],
    tag: &str,
) -> Result<Image, Error> {
    for dir in made {
        fs::make(root, dir, Mode::DIRECTORY)?;
    }
    let slot = slot(root, &file.target)?;
    let found = Found::read(root, &slot)?;
    if !before.is(&found) {
        return Err(Error::Changed { path: root.shown(&file.path) });
    }
    let dress = meta_of(&found).map_or(Dress::Fresh, Dress::Like);
    let wanted = match &file.after {
        Node::Absent => Wanted::Nothing,
        Node::File { content, mode } => Wanted::File { bytes: content.as_bytes(), mode: *mode, dress },
        Node::Link { target } => Wanted::Link { target, dress },
    };
    fs::put(root, &slot, &found, wanted, &TempName::tagged(&slot, tag))?;
    Ok(Image::of(&Found::read(root, &slot)?))
}

struct FileUndo<'a> {
    host: &'a Host,
    state: &'a State<'a>,
    path: &'a Path,
    before: &'a Image,
    after: &'a Image,
    tag: &'a str,
    force: bool,
}

impl FileUndo<'_> {
    fn run(&self) -> Result<Undone, Error> {
        let root = self.host.root();
        // No directory: either it was never made, or it went with everything in it.
        let Some(slot) = root.slot_of_link(self.path)? else {
            return match self.before {
                Image::Absent => Ok(Undone::Yes),
                _ => self.keep("its directory is gone", None),
            };
        };
        let own = TempName::tagged(&slot, &format!("{}-undo", self.tag));
        for left_over in [&TempName::tagged(&slot, self.tag), &own] {
            fs::sweep(root, &slot, left_over)?;
        }
        let found = match Found::read(root, &slot) {
            Ok(found) => found,
            Err(Error::Refused { why, .. }) => {
                return self.keep(&format!("it is in the way: {why}"), Some(&slot));
            }
            Err(error) => return Err(error),
        };
        if self.before.is(&found) {
            beside::remove(root, &slot, self.before)?;
            return Ok(Undone::Yes);
        }
        if !self.after.is(&found) && self.force {
            return self.overwrite(&slot, &found, &own);
        }
        if !self.after.is(&found) {
            return self.keep("it was changed by something else since", Some(&slot));
        }
        self.put_back(&slot, &found, &own)?;
        beside::remove(root, &slot, self.before)?;
        Ok(Undone::Yes)
    }

    /// What somebody else put there is kept first; the copy an earlier rollback left beside it is
    /// no longer needed.
    fn overwrite(&self, slot: &Slot, found: &Found, temp: &TempName) -> Result<Undone, Error> {
        let saved = match found {
            Found::File(source) => Some(self.state.backup_path(&self.state.back_up(&source.image.bytes)?)),
            Found::Nothing | Found::Link(_) => None,
        };
        self.put_back(slot, found, temp)?;
        beside::remove(self.host.root(), slot, self.before)?;
        Ok(Undone::ByForce { saved })
    }

    fn put_back(&self, slot: &Slot, over: &Found, temp: &TempName) -> Result<(), Error> {
        let bytes = self.bytes()?;
        fs::put(self.host.root(), slot, over, self.before.wanted(&bytes), temp)
    }

    fn bytes(&self) -> Result<Vec<u8>, Error> {
        match self.before {
            Image::File { sha256, .. } => self.state.backup(sha256),
            Image::Absent | Image::Link { .. } => Ok(Vec::new()),
        }
    }

    /// Leaves what is there and, where a file was before, puts that one beside it under a hidden
    /// name.
    fn keep(&self, why: &str, slot: Option<&Slot>) -> Result<Undone, Error> {
        let kept = |wanted| Ok(Undone::Kept { why: why.to_owned(), wanted });
        let (Some(slot), Image::File { .. }) = (slot, self.before) else { return kept(None) };
        let beside = beside::place(slot);
        let wanted = crate::engine::change::slot(self.host.root(), &beside)?;
        let over = Found::read(self.host.root(), &wanted)?;
        self.put_back(&wanted, &over, &beside::temp(&wanted))?;
        kept(Some(beside))
    }
}

impl Image {
    /// A list that was backed up, known by its digest.
    fn list(sha256: String) -> Self {
        Self::File { sha256, mode: Mode::PRIVATE.bits(), meta: None }
    }

    pub(crate) fn digest(&self) -> Option<&str> {
        if let Self::File { sha256, .. } = self { Some(sha256) } else { None }
    }

    pub(crate) fn of(found: &Found) -> Self {
        match found {
            Found::Nothing => Self::Absent,
            Found::File(source) => Self::File {
                sha256: digest(&source.image.bytes),
                mode: source.image.meta.mode.bits(),
                meta: Some(source.image.meta.clone()),
            },
            Found::Link(link) => Self::Link { target: link.target.clone(), meta: Some(link.meta.clone()) },
        }
    }

    fn planned(node: &Node, over: Option<&Meta>) -> Self {
        match node {
            Node::Absent => Self::Absent,
            Node::File { content, mode } => Self::File {
                sha256: digest(content.as_bytes()),
                mode: mode.bits(),
                meta: over.map(|meta| Meta { mode: *mode, ..meta.clone() }),
            },
            Node::Link { target } => Self::Link { target: target.clone(), meta: None },
        }
    }

    /// Whether this is what was found; times and labels set by policy do not count.
    pub(super) fn is(&self, found: &Found) -> bool {
        match (self, Self::of(found)) {
            (Self::Absent, Self::Absent) => true,
            (Self::Link { target, .. }, Self::Link { target: now, .. }) => *target == now,
            (
                Self::File { sha256, mode, meta },
                Self::File { sha256: now, mode: mode_now, meta: meta_now },
            ) => {
                let same = match (meta, meta_now) {
                    (Some(meta), Some(now)) => meta.same_intent(&now),
                    _ => true,
                };
                *sha256 == now && *mode == mode_now && same
            }
            _ => false,
        }
    }

    fn wanted<'a>(&'a self, bytes: &'a [u8]) -> Wanted<'a> {
        let exactly = |meta: &'a Option<Meta>| meta.as_ref().map_or(Dress::Fresh, Dress::Exactly);
        match self {
            Self::Absent => Wanted::Nothing,
            Self::File { mode, meta, .. } => {
                Wanted::File { bytes, mode: Mode::new(*mode), dress: exactly(meta) }
            }
            Self::Link { target, meta } => Wanted::Link { target, dress: exactly(meta) },
        }
    }
}

fn is(found: &Found, node: &Node) -> bool {
    match (found, node) {
        (Found::Nothing, Node::Absent) => true,
        (Found::File(source), Node::File { .. }) => Node::of(&source.image) == *node,
        (Found::Link(link), Node::Link { target }) => link.target == *target,
        _ => false,
    }
}

fn slot(root: &Root, path: &Path) -> Result<Slot, Error> {
    let missing = || Error::Missing { path: root.shown(path.parent().unwrap_or(path)) };
    root.slot_of_link(path)?.ok_or_else(missing)
}

fn value(host: &Host, path: &Path) -> Result<Option<String>, Error> {
    let bytes = host.root().read(path)?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).trim_end().to_owned()))
}

fn undo_value(host: &Host, path: &Path, before: &str, after: &str, force: bool) -> Result<Undone, Error> {
    match value(host, path)? {
        // Its module is gone, and the value with it.
        None => Ok(Undone::Yes),
        Some(now) if same_value(&now, before) => Ok(Undone::Yes),
        Some(now) if same_value(&now, after) => {
            fs::write_value(host.root(), path, before).map(|()| Undone::Yes)
        }
        Some(_) if force => {
            fs::write_value(host.root(), path, before).map(|()| Undone::ByForce { saved: None })
        }
        Some(now) => {
            Ok(Undone::Kept { why: format!("it was set to `{now}` by something else since"), wanted: None })
        }
    }
}

fn undo_module(host: &Host, name: &str) -> Result<Undone, Error> {
    let listed = host.root().read(Path::new("/proc/modules"))?.unwrap_or_default();
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let Some(users) = module_users(&listed, name) else { return Ok(Undone::Yes) };
    if users > 0 {
        return Ok(Undone::Kept { why: format!("it is in use {users} times"), wanted: None });
    }
    host.run(&Invocation::new("modprobe", ["-r", "--", name])).map(|_| Undone::Yes)
}

/// The third field of `/proc/modules`.
fn module_users(listed: &str, name: &str) -> Option<u32> {
    let mut lines = listed.lines().map(|line| line.split_whitespace());
    lines.find_map(|mut fields| (fields.next()? == name).then(|| fields.nth(1)?.parse().ok())?)
}

fn undo_swap(host: &Host, area: &Path, priority: i32) -> Result<Undone, Error> {
    let swaps = host.root().read(Path::new("/proc/swaps"))?.unwrap_or_default();
    let on = String::from_utf8_lossy(&swaps)
        .lines()
        .skip(1)
        .any(|line| line.split_whitespace().next().is_some_and(|name| Path::new(name) == area));
    if on {
        return Ok(Undone::Yes);
    }
    // The kernel chooses a negative priority itself; only others can be asked for.
    let priority = priority.to_string();
    let args: &[&str] = if priority.starts_with('-') { &[] } else { &["-p", &priority] };
    swap(host, "swapon", args, area).map(|()| Undone::Yes)
}

fn swap(host: &Host, program: &str, args: &[&str], area: &Path) -> Result<(), Error> {
    let area = area.display().to_string();
    let args = args.iter().copied().chain([area.as_str()]);
    // Everything that was swapped out has to be read back.
    host.run(&Invocation::new(program, args).within(std::time::Duration::from_secs(600))).map(|_| ())
}
