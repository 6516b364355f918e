//! Package managers at work: started so that they outlive this program, known to the next run, and
//! waited for.
//!
//! What a package manager writes goes to a file in the engine's own directory and not to a pipe: it
//! is not ended by SIGPIPE in the middle of configuring when this program is killed. By that file
//! it is known, too.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, OFlags};
use rustix::io::Errno;

use super::installed::is_deb;
use crate::facts::distro::PackageManager;
use crate::fs::retry;
use crate::host::at_work::{Busy, Mark, create, named, shown, wait};
use crate::{Error, Host, Invocation, Outcome, Watch};

/// Where the output goes, in the engine's directory.
const OUT: Mark = Mark { name: "package-manager.out", stream: 1, otherwise: OTHERWISE };
const ERR: &str = "package-manager.err";
const OTHERWISE: &str = "another package manager";

/// How long another package manager is waited for. As long as a large upgrade takes on a slow disk.
const LIMIT: Duration = Duration::from_secs(600);

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

/// Runs a package manager to its end. It goes on where this program does not.
pub(super) fn run(host: &Host, command: &Invocation, watch: &mut dyn Watch) -> Result<Outcome, Error> {
    let out = match OUT.take(host)? {
        Ok(out) => out,
        Err(Busy { holder, path }) => return Err(Error::Locked { path, holder }),
    };
    let err = create(host, ERR)?;
    for file in [&out, &err] {
        retry(|| rustix::fs::ftruncate(file, 0)).map_err(Error::write(shown(host, OUT.name)))?;
    }
    let held = out.try_clone().map_err(|source| Error::Write { path: shown(host, OUT.name), source })?;
    let outcome = host.apart(command, [out, err], watch);
    // A daemon that a package started may keep the file open; the package manager has ended.
    let _ = rustix::fs::flock(&held, FlockOperation::Unlock);
    outcome
}

/// Waits until the package manager has ended that a run of this program left at work. Whether there
/// was one.
pub(crate) fn left_over_ends(host: &Host, watch: &mut dyn Watch) -> Result<bool, Error> {
    wait(LIMIT, watch, &said, &mut || OUT.look(host)).map(|(_, waited)| waited)
}

/// Waits until packages can be removed: dpkg and rpm want the lock of their database alone.
pub(super) fn database_is_free(
    host: &Host,
    manager: PackageManager,
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    none_shows(host, manager, |sign| matches!(sign, Sign::Lock), watch)
}

/// Waits until packages can be installed: apt, dnf, yum and zypper want that no other one of theirs
/// is at work.
pub(crate) fn all_end(host: &Host, manager: PackageManager, watch: &mut dyn Watch) -> Result<(), Error> {
    none_shows(host, manager, |_| true, watch)
}

/// Waits until a program can be run that changes what a package manager keeps: `apt-mark` has dpkg
/// write it. Any other program waits for nothing.
pub(crate) fn lock_is_free(host: &Host, command: &Invocation, watch: &mut dyn Watch) -> Result<(), Error> {
    match command.program.as_str() {
        "apt-mark" => database_is_free(host, PackageManager::Apt, watch),
        "zypper" => all_end(host, PackageManager::Zypper, watch),
        _ => Ok(()),
    }
}

fn none_shows(
    host: &Host,
    manager: PackageManager,
    counts: impl Fn(Sign) -> bool,
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    let signs = if is_deb(manager) { DEB } else { RPM };
    wait(LIMIT, watch, &said, &mut || {
        for (path, sign) in signs.iter().filter(|(_, sign)| counts(*sign)) {
            if let Some(busy) = sign.look(host, Path::new(path))? {
                return Ok(Err(busy));
            }
        }
        Ok(Ok(()))
    })
    .map(drop)
}

fn said(busy: &Busy) -> String {
    format!("waiting for {}, which holds {}", busy.holder, busy.path.display())
}

impl Sign {
    fn look(self, host: &Host, path: &Path) -> Result<Option<Busy>, Error> {
        let busy = |pid: Option<u32>| Busy { holder: named(pid, OTHERWISE), path: host.root().shown(path) };
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fs::{self, Root};
    use crate::host::at_work::{TICK, orphan};
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
        let path = dir.path().join(&host.state().to_str().unwrap()[1..]).join(OUT.name);
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

    #[test]
    fn a_wait_has_an_end_and_can_be_stopped() {
        let busy = || -> Result<Result<(), Busy>, Error> {
            Ok(Err(Busy { holder: "apt-get (process 7)".to_owned(), path: "/lock".into() }))
        };
        let over = wait(TICK * 2, &mut NoProgress, &said, &mut { busy }).unwrap_err().to_string();
        assert!(over.starts_with("apt-get (process 7) is changing this host and holds /lock"), "{over}");
        assert!(matches!(wait(LIMIT, &mut Stop, &said, &mut { busy }), Err(Error::Stopped)));
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

    /// Nobody waits.
    struct Stop;

    impl Watch for Stop {
        fn stops(&mut self) -> bool {
            true
        }
    }

    /// A host on which this process has zypper's lock.
    fn with_zypper_at_work() -> (tempfile::TempDir, Host) {
        let (dir, host) = host();
        std::fs::create_dir(dir.path().join("run")).unwrap();
        let mine = std::process::id().to_string();
        fs::write_new(&dir.path().join("run/zypp.pid"), mine.as_bytes(), fs::Mode::PUBLIC).unwrap();
        (dir, host)
    }

    /// The keys that rpm was made to trust go while another dnf or zypper is at work.
    #[test]
    fn a_removal_does_not_wait_for_who_only_keeps_others_from_installing() {
        let (_dir, host) = with_zypper_at_work();
        database_is_free(&host, PackageManager::Zypper, &mut Stop).unwrap();
        let waits = all_end(&host, PackageManager::Zypper, &mut Stop);
        assert!(matches!(waits, Err(Error::Stopped)));
    }

    #[test]
    fn a_hold_waits_for_the_lock_of_its_package_manager_and_nothing_else_does() {
        let (dir, host) = with_zypper_at_work();
        // A lock of this process's own is none to it: that dpkg's is looked at is seen by a file that cannot
        // be opened.
        std::fs::create_dir_all(dir.path().join("var/lib/dpkg/lock")).unwrap();
        let asked = |program: &str| lock_is_free(&host, &Invocation::new(program, ["x"]), &mut Stop);
        assert!(matches!(asked("zypper"), Err(Error::Stopped)));
        assert!(matches!(asked("apt-mark"), Err(Error::Read { .. })));
        asked("systemctl").unwrap();
    }
}
