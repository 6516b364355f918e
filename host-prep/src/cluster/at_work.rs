//! kubeadm at work: known to the next run where this one was killed, and waited for.
//!
//! A file in the engine's own directory is locked before kubeadm starts, and is its stdin. The lock belongs to the open file
//! (flock(2)), so it is there as long as kubeadm is, whoever started it has ended or not. kubeadm reads nothing from it: the
//! file is empty. Programs it starts get `/dev/null` (os/exec, `Cmd.Stdin`), and what systemd starts is not its child.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags};
use rustix::io::Errno;

use crate::fs::{self, Own, retry};
use crate::{Error, Host, Watch};

const LOCK: &str = "kubeadm.lock";

/// kubeadm alone waits no longer than that for anything: 4 minutes for the kubelet, 5 for a token to be valid.
const LIMIT: Duration = Duration::from_secs(600);
const TICK: Duration = Duration::from_millis(100);

/// The locked file that kubeadm gets as its stdin, after the one that a killed run left has ended.
pub(super) fn hold(host: &Host, watch: &mut dyn Watch) -> Result<File, Error> {
    let begun = Instant::now();
    let mut told = false;
    loop {
        let dir = fs::make_private(host.root(), host.state())?;
        let own = Own { dir: &dir, name: LOCK.as_ref(), shown: shown(host) };
        let file = own.open(host.root(), OFlags::RDWR | OFlags::CREATE)?;
        let Some(file) = file else { return Err(Error::Missing { path: shown(host) }) };
        if locked(host, &file)? {
            return Ok(file);
        }
        wait(host, &file, begun, &mut told, watch)?;
    }
}

/// Waits until the kubeadm has ended that a run of this program left at work. Whether there was one.
///
/// # Errors
///
/// [`Error::Locked`] where it goes on for ten minutes, [`Error::Stopped`] where `watch` says so.
pub fn kubeadm_ends(host: &Host, watch: &mut dyn Watch) -> Result<bool, Error> {
    let begun = Instant::now();
    let mut told = false;
    loop {
        let Some(dir) = fs::open_private(host.root(), host.state())? else { return Ok(told) };
        let own = Own { dir: &dir, name: LOCK.as_ref(), shown: shown(host) };
        let Some(file) = own.open(host.root(), OFlags::RDWR)? else { return Ok(told) };
        // Closing the file ends our own lock.
        if locked(host, &file)? {
            return Ok(told);
        }
        wait(host, &file, begun, &mut told, watch)?;
    }
}

/// Waits a little for who holds the lock.
fn wait(
    host: &Host,
    file: &File,
    begun: Instant,
    told: &mut bool,
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    if watch.stops() {
        return Err(Error::Stopped);
    }
    let holder = holder(file);
    if begun.elapsed() >= LIMIT {
        return Err(Error::Locked { path: shown(host), holder });
    }
    if !std::mem::replace(told, true) {
        watch.said(&format!("waiting for {holder}, which a run of k8sprep started that was killed"));
    }
    watch.waits(begun.elapsed());
    std::thread::sleep(TICK);
    Ok(())
}

fn locked(host: &Host, file: &File) -> Result<bool, Error> {
    match retry(|| rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive)) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(errno) => Err(Error::write(shown(host))(errno)),
    }
}

fn shown(host: &Host) -> PathBuf {
    host.root().shown(&host.state().join(LOCK))
}

/// Who has the file as stdin. Only told to people: what counts is the lock.
fn holder(file: &File) -> String {
    let here = file.metadata().ok();
    let reads = |pid: &u32| {
        let there = std::fs::metadata(format!("/proc/{pid}/fd/0")).ok();
        let both = here.as_ref().zip(there.as_ref());
        both.is_some_and(|(one, other)| (one.dev(), one.ino()) == (other.dev(), other.ino()))
    };
    let pid = |entry: std::fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(pid);
    let Some(pid) = all.filter(reads).min() else { return "another kubeadm".to_owned() };
    let name = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("comm"));
    match name.unwrap_or_default().trim() {
        "" => format!("process {pid}"),
        name => format!("{name} (process {pid})"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fs::Root;
    use crate::{Invocation, NoProgress, SystemCommands};

    fn host() -> (tempfile::TempDir, Host) {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        (dir, Host::with_commands(root, Arc::new(SystemCommands)))
    }

    /// Looks at the lock as another run would, while the program is there.
    struct Other<'a> {
        host: &'a Host,
        saw: Option<String>,
    }

    impl Watch for Other<'_> {
        fn waits(&mut self, _: Duration) {
            let ended = kubeadm_ends(self.host, &mut Impatient(&mut self.saw));
            assert!(self.saw.is_none() || matches!(ended, Err(Error::Stopped)), "{ended:?}");
        }
    }

    struct Impatient<'a>(&'a mut Option<String>);

    impl Watch for Impatient<'_> {
        fn said(&mut self, line: &str) {
            *self.0 = Some(line.to_owned());
        }

        fn stops(&mut self) -> bool {
            self.0.is_some()
        }
    }

    #[test]
    fn one_that_runs_is_seen_by_others_and_one_that_ended_is_not() {
        let (_dir, host) = host();
        assert!(!kubeadm_ends(&host, &mut NoProgress).unwrap(), "nothing was ever begun");
        let held = hold(&host, &mut NoProgress).unwrap();
        let mut other = Other { host: &host, saw: None };
        let program = Invocation::new("sh", ["-c", "cat; sleep 0.4"]);
        let done = host.follow_holding(&program, held, &mut other).unwrap();
        assert_eq!((done.status, done.stdout), (Some(0), Vec::new()), "what it reads is empty");
        let saw = other.saw.expect("it was seen");
        assert!(saw.starts_with("waiting for ") && saw.contains("(process "), "{saw}");
        assert!(!kubeadm_ends(&host, &mut NoProgress).unwrap());
        hold(&host, &mut NoProgress).unwrap();
    }

    /// As a kill of this program leaves it: the file is open in kubeadm alone.
    #[test]
    fn one_that_goes_on_alone_is_named_and_waited_for() {
        let (dir, host) = host();
        drop(hold(&host, &mut NoProgress).unwrap());
        let path = dir.path().join(&host.state().to_str().unwrap()[1..]).join(LOCK);
        let place = path.display();
        let mut child = orphan(&format!("exec <{place}; flock 0; touch {place}.up; sleep 1"));
        while !Path::new(&format!("{place}.up")).exists() {
            std::thread::sleep(TICK / 10);
        }
        let mut saw = None;
        assert!(matches!(kubeadm_ends(&host, &mut Impatient(&mut saw)), Err(Error::Stopped)));
        assert!(saw.unwrap().contains(&format!("process {}", child.id())));
        assert!(kubeadm_ends(&host, &mut NoProgress).unwrap());
        child.wait().unwrap();
    }

    #[expect(clippy::disallowed_methods, reason = "a program that the engine did not start")]
    fn orphan(script: &str) -> std::process::Child {
        std::process::Command::new("sh").args(["-c", script]).spawn().unwrap()
    }
}
