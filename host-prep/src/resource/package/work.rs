//! Package managers at work: started so that they outlive this program, known to the next run, and waited for.
//!
//! What a package manager writes goes to a file in the engine's own directory and not to a pipe: it is not ended by
//! SIGPIPE in the middle of configuring when this program is killed. The file is locked before the package manager
//! starts, and the lock belongs to the open file, which the package manager and all it starts inherit as their stdout
//! (flock(2)). So the kernel knows whether one of them is still there, from before its first instruction to after its
//! last one; a process id that is written down would be neither.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags};
use rustix::io::Errno;

use super::installed::is_deb;
use crate::facts::distro::PackageManager;
use crate::fs::{self, Own, retry};
use crate::{Error, Host, Invocation, Outcome, Watch};

/// Where the output goes, in the engine's directory.
const OUT: &str = "package-manager.out";
const ERR: &str = "package-manager.err";

/// How long another package manager is waited for. As long as a large upgrade takes on a slow disk.
const LIMIT: Duration = Duration::from_secs(600);
const TICK: Duration = Duration::from_millis(100);

/// How a package manager tells others that it is at work.
#[derive(Clone, Copy, Debug)]
enum Sign {
    /// A lock by fcntl(2) on the file.
    Lock,
    /// Its process id in the file.
    Pid,
}

/// dpkg(1) and apt: lib/dpkg/dbmodify.c, apt-pkg/deb/debsystem.cc, apt-pkg/acquire.cc.
const DEB: &[(&str, Sign)] = &[
    ("/var/lib/dpkg/lock-frontend", Sign::Lock),
    ("/var/lib/dpkg/lock", Sign::Lock),
    ("/var/cache/apt/archives/lock", Sign::Lock),
];

/// rpm (lib/rpmts.c, `%{_rpmlock_path}`), dnf 4 (dnf/lock.py), yum, libzypp (zypp/ZYppFactory.cc).
const RPM: &[(&str, Sign)] = &[
    ("/var/lib/rpm/.rpm.lock", Sign::Lock),
    ("/usr/lib/sysimage/rpm/.rpm.lock", Sign::Lock),
    ("/var/cache/dnf/metadata_lock.pid", Sign::Pid),
    ("/var/lib/dnf/rpmdb_lock.pid", Sign::Pid),
    ("/run/yum.pid", Sign::Pid),
    ("/run/zypp.pid", Sign::Pid),
];

/// A package manager that is at work.
#[derive(Debug)]
struct Busy {
    holder: String,
    path: PathBuf,
}

/// Runs a package manager to its end. It goes on where this program does not.
pub(super) fn run(host: &Host, command: &Invocation, watch: &mut dyn Watch) -> Result<Outcome, Error> {
    let dir = fs::make_private(host.root(), host.state())?;
    let [out, err] = [OUT, ERR].map(|name| open(host, &dir, name, OFlags::RDWR | OFlags::CREATE));
    let (Some(out), Some(err)) = (out?, err?) else {
        return Err(Error::Missing { path: shown(host, OUT) });
    };
    if !lock(host, &out)? {
        let Busy { holder, path } = left_over(host, &out);
        return Err(Error::Locked { path, holder });
    }
    for file in [&out, &err] {
        retry(|| rustix::fs::ftruncate(file, 0)).map_err(Error::write(shown(host, OUT)))?;
    }
    let held = out.try_clone().map_err(|source| Error::Write { path: shown(host, OUT), source })?;
    let outcome = host.apart(command, [out, err], watch);
    // A daemon that a package started may keep the file open; the package manager has ended.
    let _ = rustix::fs::flock(&held, FlockOperation::Unlock);
    outcome
}

/// Waits until the package manager has ended that a run of this program left at work. Whether there was one.
pub(super) fn left_over_ends(host: &Host, watch: &mut dyn Watch) -> Result<bool, Error> {
    wait(LIMIT, watch, &mut || {
        let Some(dir) = fs::open_private(host.root(), host.state())? else { return Ok(None) };
        let Some(out) = open(host, &dir, OUT, OFlags::RDWR)? else { return Ok(None) };
        // Closing the file ends our own lock.
        Ok(if lock(host, &out)? { None } else { Some(left_over(host, &out)) })
    })
}

/// Waits until packages can be removed: dpkg and rpm want the lock of their database alone.
pub(super) fn database_is_free(
    host: &Host,
    manager: PackageManager,
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    none_shows(host, manager, |sign| matches!(sign, Sign::Lock), watch)
}

/// Waits until packages can be installed: apt, dnf, yum and zypper want that no other one of theirs is at work.
pub(super) fn all_end(host: &Host, manager: PackageManager, watch: &mut dyn Watch) -> Result<(), Error> {
    none_shows(host, manager, |_| true, watch)
}

fn none_shows(
    host: &Host,
    manager: PackageManager,
    counts: impl Fn(Sign) -> bool,
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    let signs = if is_deb(manager) { DEB } else { RPM };
    wait(LIMIT, watch, &mut || {
        for (path, sign) in signs.iter().filter(|(_, sign)| counts(*sign)) {
            if let Some(busy) = sign.look(host, Path::new(path))? {
                return Ok(Some(busy));
            }
        }
        Ok(None)
    })
    .map(drop)
}

/// Asks until nobody is at work. Whether anybody was.
fn wait(
    limit: Duration,
    watch: &mut dyn Watch,
    look: &mut dyn FnMut() -> Result<Option<Busy>, Error>,
) -> Result<bool, Error> {
    let begun = Instant::now();
    let mut told = false;
    while let Some(Busy { holder, path }) = look()? {
        if watch.stops() {
            return Err(Error::Stopped);
        }
        if begun.elapsed() >= limit {
            return Err(Error::Locked { path, holder });
        }
        if !told {
            watch.said(&format!("waiting for {holder}, which holds {}", path.display()));
            told = true;
        }
        watch.waits(begun.elapsed());
        std::thread::sleep(TICK);
    }
    Ok(told)
}

impl Sign {
    fn look(self, host: &Host, path: &Path) -> Result<Option<Busy>, Error> {
        let busy = |pid: Option<u32>| Busy { holder: named(pid), path: host.root().shown(path) };
        match self {
            Self::Pid => {
                let text = host.root().read(path)?.unwrap_or_default();
                let pid = String::from_utf8_lossy(&text).trim().parse().ok();
                Ok(pid.filter(|pid| is_there(*pid)).map(|pid| busy(Some(pid))))
            }
            Self::Lock => {
                let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
                let file = match host.root().open_at(path, flags) {
                    Ok(file) => file,
                    Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
                    Err(errno) => return Err(Error::read(host.root().shown(path))(errno)),
                };
                match retry(|| rustix::fs::fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive)) {
                    // Closing the file ends our own lock.
                    Ok(()) => Ok(None),
                    Err(Errno::AGAIN | Errno::ACCESS) => Ok(Some(busy(holder_of(&file)))),
                    Err(errno) => Err(Error::read(host.root().shown(path))(errno)),
                }
            }
        }
    }
}

fn open(host: &Host, dir: &OwnedFd, name: &str, flags: OFlags) -> Result<Option<File>, Error> {
    Own { dir, name: name.as_ref(), shown: shown(host, name) }.open(host.root(), flags)
}

fn shown(host: &Host, name: &str) -> PathBuf {
    host.root().shown(&host.state().join(name))
}

/// Takes the lock of the output file; not where it is held.
fn lock(host: &Host, out: &File) -> Result<bool, Error> {
    match retry(|| rustix::fs::flock(out, FlockOperation::NonBlockingLockExclusive)) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(errno) => Err(Error::write(shown(host, OUT))(errno)),
    }
}

/// Who writes to the output file: the oldest of those that have it as stdout.
fn left_over(host: &Host, out: &File) -> Busy {
    let here = out.metadata().ok();
    let writes = |pid: &u32| {
        let there = std::fs::metadata(format!("/proc/{pid}/fd/1")).ok();
        let both = here.as_ref().zip(there.as_ref());
        both.is_some_and(|(one, other)| (one.dev(), one.ino()) == (other.dev(), other.ino()))
    };
    let name = |entry: std::fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(name);
    Busy { holder: named(all.filter(writes).min()), path: shown(host, OUT) }
}

/// The process that `/proc/locks` names for a file. Only told to people: what counts is the lock.
fn holder_of(file: &OwnedFd) -> Option<u32> {
    let inode = rustix::fs::fstat(file).ok()?.st_ino.to_string();
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    // `1: POSIX  ADVISORY  WRITE 1234 fe:01:5678 0 EOF`
    let mut lines = locks.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let held = lines.find(|words| words.get(5).and_then(|place| place.rsplit(':').next()) == Some(&inode))?;
    held.get(4)?.parse().ok().filter(|pid| *pid != 0)
}

fn is_there(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

fn named(pid: Option<u32>) -> String {
    let Some(pid) = pid else { return "another package manager".to_owned() };
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    match name.trim() {
        "" => format!("process {pid}"),
        name => format!("{name} (process {pid})"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fs::Root;
    use crate::{NoProgress, SystemCommands};

    fn host() -> (tempfile::TempDir, Host) {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        (dir, Host::with_commands(root, Arc::new(SystemCommands)))
    }

    fn sh(script: &str) -> Invocation {
        Invocation::new("sh", ["-c", script])
    }

    #[test]
    fn both_streams_are_read_from_the_files_and_the_next_run_begins_with_empty_ones() {
        let (_dir, host) = host();
        for word in ["longer", "one"] {
            let said =
                run(&host, &sh(&format!("echo {word}; echo no >&2; exit 3")), &mut NoProgress).unwrap();
            assert_eq!(said, Outcome::new(3, format!("{word}\n"), "no\n"));
        }
    }

    #[test]
    fn what_a_package_manager_leaves_running_does_not_count_when_it_has_ended() {
        let (_dir, host) = host();
        run(&host, &sh("sleep 5 & exit 0"), &mut NoProgress).unwrap();
        assert!(!left_over_ends(&host, &mut NoProgress).unwrap());
    }

    /// As a kill of this program leaves it: the file is open in the package manager alone.
    #[test]
    fn one_that_goes_on_alone_is_named_and_waited_for_and_no_second_one_starts() {
        let (dir, host) = host();
        fs::make_private(host.root(), host.state()).unwrap();
        let path = dir.path().join(&host.state().to_str().unwrap()[1..]).join(OUT);
        let place = path.display();
        let script = format!("umask 077; exec >{place}; flock 1; touch {place}.up; sleep 1; echo ended");
        let mut child = orphan(&script);
        while !Path::new(&format!("{place}.up")).exists() {
            std::thread::sleep(TICK / 10);
        }
        let refused = run(&host, &sh("exit 0"), &mut NoProgress).unwrap_err().to_string();
        assert!(refused.contains(&format!("process {}", child.id())), "{refused}");
        assert!(left_over_ends(&host, &mut NoProgress).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "ended\n");
        child.wait().unwrap();
        run(&host, &sh("exit 0"), &mut NoProgress).unwrap();
    }

    #[expect(clippy::disallowed_methods, reason = "a program that the engine did not start")]
    fn orphan(script: &str) -> std::process::Child {
        std::process::Command::new("sh").args(["-c", script]).spawn().unwrap()
    }

    #[test]
    fn a_wait_has_an_end_and_can_be_stopped() {
        struct Stop;
        impl Watch for Stop {
            fn stops(&mut self) -> bool {
                true
            }
        }
        let busy = || Ok(Some(Busy { holder: "apt-get (process 7)".to_owned(), path: "/lock".into() }));
        let over = wait(TICK * 2, &mut NoProgress, &mut { busy }).unwrap_err().to_string();
        assert!(over.starts_with("apt-get (process 7) is changing this host and holds /lock"), "{over}");
        assert!(matches!(wait(LIMIT, &mut Stop, &mut { busy }), Err(Error::Stopped)));
    }

    #[test]
    fn a_process_id_counts_while_its_process_is_there() {
        let (dir, host) = host();
        std::fs::create_dir(dir.path().join("run")).unwrap();
        let look = |pid: u32| {
            let file = dir.path().join("run/zypp.pid");
            let _ = std::fs::remove_file(&file);
            fs::write_new(&file, format!("{pid}\n").as_bytes(), fs::Mode::PUBLIC).unwrap();
            Sign::Pid.look(&host, Path::new("/run/zypp.pid")).unwrap().is_some()
        };
        // The greatest one that a kernel gives is 4194304.
        assert_eq!([look(std::process::id()), look(4_194_305)], [true, false]);
    }
    /// The keys that rpm was made to trust go while another dnf or zypper is at work.
    #[test]
    fn a_removal_does_not_wait_for_who_only_keeps_others_from_installing() {
        struct Stop;
        impl Watch for Stop {
            fn stops(&mut self) -> bool {
                true
            }
        }
        let (dir, host) = host();
        std::fs::create_dir(dir.path().join("run")).unwrap();
        let mine = std::process::id().to_string();
        fs::write_new(&dir.path().join("run/zypp.pid"), mine.as_bytes(), fs::Mode::PUBLIC).unwrap();
        database_is_free(&host, PackageManager::Zypper, &mut Stop).unwrap();
        let waits = all_end(&host, PackageManager::Zypper, &mut Stop);
        assert!(matches!(waits, Err(Error::Stopped)));
    }
}
