//! What rpm answered last, kept until its database changes.
//!
//! Listing every package takes longer than everything else a plan looks at. The answer is kept in
//! the engine's own directory, which root alone can write to, with what told the state of the
//! database then: of every file of it the inode, the size and both times, of which nobody can set
//! the second one. Where anything differs, or is not as this program leaves it, rpm is asked.

use std::path::{Path, PathBuf};

use rustix::fs::{FileType, OFlags, Stat};

use crate::facts::installed::rpm_query;
use crate::fs::{self, Dress, Found, Mode, TempName, Wanted};
use crate::ground::digest::digest;
use crate::{Error, Host, Invocation};

/// The file, in the engine's directory.
const FILE: &str = "packages";

/// First word of the file: another one is another program's, or another release's.
const VERSION: &str = "k8sprep-packages-1";

/// The databases of rpm: SQLite with its write-ahead log, NDB, Berkeley DB.
const DATABASES: [&str; 4] = ["rpmdb.sqlite", "rpmdb.sqlite-wal", "Packages.db", "Packages"];

/// What decides where rpm looks for them. A directory changes its time with the files in it.
const MACROS: [&str; 4] = ["/usr/lib/rpm/macros", "/etc/rpm", "/etc/rpm/macros", "/root/.rpmmacros"];

/// A database that changed in the second before it was read may have changed once more without a
/// trace in its times.
const TOO_YOUNG: i128 = 1_000_000_000;

/// The state a database was in.
#[derive(Debug, Eq, PartialEq)]
struct Print {
    /// A line for each file.
    text: String,
    /// When the newest of them changed, in nanoseconds since 1970.
    newest: i128,
}

/// What `rpm -qa` answers, by itself or as it was kept. `host` runs.
pub(super) fn rpm(host: &Host) -> Result<String, Error> {
    if let Some(known) = load(host) {
        return Ok(known);
    }
    let before = is_kept(host).then(|| place(host)).flatten().and_then(|place| Print::of(host, &place));
    let said = host.run(&rpm_query(None))?.stdout;
    let said = String::from_utf8_lossy(&said).into_owned();
    if let Some(place) = is_kept(host).then(|| place(host)).flatten()
        && let Some(print) = Print::of(host, &place)
        && before.as_ref() == Some(&print)
    {
        // What cannot be kept is asked for again.
        let _ = keep(host, &place, &print, &said);
    }
    Ok(said)
}

/// Whether there is a directory to keep it in that is ours alone. A plan makes none.
fn is_kept(host: &Host) -> bool {
    let dir = host.root().open_at(host.state(), OFlags::PATH | OFlags::NOFOLLOW);
    dir.and_then(|dir| rustix::fs::fstat(&dir)).is_ok_and(|stat| is_ours(&stat, FileType::Directory))
}

/// Whether nobody else can have written it.
fn is_ours(stat: &Stat, kind: FileType) -> bool {
    FileType::from_raw_mode(stat.st_mode) == kind
        && stat.st_uid == rustix::process::geteuid().as_raw()
        && stat.st_mode & 0o022 == 0
}

/// Where rpm has its database.
fn place(host: &Host) -> Option<PathBuf> {
    let said = host.run(&Invocation::new("rpm", ["--eval", "%{_dbpath}"])).ok()?.stdout;
    let path = PathBuf::from(String::from_utf8(said).ok()?.trim());
    path.is_absolute().then_some(path)
}

impl Print {
    /// `None` where there is no database, or one that cannot be looked at.
    fn of(host: &Host, place: &Path) -> Option<Self> {
        let mut print = Self { text: String::new(), newest: 0 };
        let mut found = false;
        for path in DATABASES.map(|name| place.join(name)) {
            let stat = stat(host, &path)?;
            // A log that is empty is made and taken away by whoever reads.
            let Some(stat) = stat.filter(|stat| stat.st_size > 0) else { continue };
            found = true;
            print.add(&path, &stat);
        }
        for path in MACROS.map(Path::new) {
            if let Some(stat) = stat(host, path)? {
                print.add(path, &stat);
            }
        }
        found.then_some(print)
    }

    fn add(&mut self, path: &Path, stat: &Stat) {
        let [changed, modified] =
            [(stat.st_ctime, stat.st_ctime_nsec), (stat.st_mtime, stat.st_mtime_nsec)].map(nanos);
        let path = path.display();
        let line = format!("{path} {} {} {modified} {changed}\n", stat.st_ino, stat.st_size);
        self.text.push_str(&line);
        self.newest = self.newest.max(changed).max(modified);
    }
}

fn nanos((seconds, nanos): (impl Into<i128>, impl TryInto<i64>)) -> i128 {
    seconds.into() * 1_000_000_000 + i128::from(nanos.try_into().unwrap_or_default())
}

/// What is at `path`, links followed; the outer `None` where that cannot be known.
fn stat(host: &Host, path: &Path) -> Option<Option<Stat>> {
    match host.root().open_at(path, OFlags::PATH) {
        Ok(file) => rustix::fs::fstat(&file).ok().map(Some),
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => Some(None),
        Err(_) => None,
    }
}

/// The answer that was kept, if the database is as it was then.
fn load(host: &Host) -> Option<String> {
    let path = host.state().join(FILE);
    let file = host.root().open_at(&path, OFlags::PATH | OFlags::NOFOLLOW).ok()?;
    let stat = rustix::fs::fstat(&file).ok()?;
    if !is_kept(host) || !is_ours(&stat, FileType::RegularFile) {
        return None;
    }
    let text = String::from_utf8(host.root().read(&path).ok()??).ok()?;
    let (head, body) = text.split_once('\n')?;
    let [version, sum, place] = head.splitn(3, ' ').collect::<Vec<_>>().try_into().ok()?;
    let print = Print::of(host, Path::new(place))?;
    let kept = body.strip_prefix(&print.text)?.strip_prefix('\n')?;
    let whole = version == VERSION && sum == digest(format!("{place}\n{body}").as_bytes());
    let written = nanos((stat.st_mtime, stat.st_mtime_nsec));
    (whole && written - print.newest >= TOO_YOUNG).then(|| kept.to_owned())
}

fn keep(host: &Host, place: &Path, print: &Print, said: &str) -> Result<(), Error> {
    let place = place.display().to_string();
    let body = format!("{}\n{said}", print.text);
    let text = format!("{VERSION} {} {place}\n{body}", digest(format!("{place}\n{body}").as_bytes()));
    let path = host.state().join(FILE);
    let Some(slot) = host.root().slot_of_link(&path)? else { return Ok(()) };
    let found = Found::read(host.root(), &slot)?;
    let wanted = Wanted::File { bytes: text.as_bytes(), mode: Mode::PRIVATE, dress: Dress::Fresh };
    let temp = TempName::tagged(&slot, "new");
    fs::sweep(host.root(), &slot, &temp)?;
    fs::put(host.root(), &slot, &found, wanted, &temp)
}
