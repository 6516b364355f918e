//! Whole hosts: a Debian tree, booted with systemd as its first process, whose writes go to an
//! overlay of its own.
//!
//! `tests/hosts/tree make plain` makes the tree once. Each host takes a second to boot and leaves
//! nothing behind.

mod bed;
pub mod cluster;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub use bed::{Bed, SPEC, Shipped, System, own_program, recordings};

use crate::fake_host::{FakeHost, Tree};

/// A tree that hosts boot from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the script knows these three")]
pub enum Kind {
    /// Debian as it is installed.
    Plain,
    /// The same with containerd, firewalld, ufw and dnf.
    Extra,
    /// Debian with dnf and zypper, for hosts whose packages are rpms.
    Rpm,
    /// Debian with an sshd and without Python.
    Ssh,
}

/// A host with an overlay of its own over a tree. Dropping it ends it and takes the overlay away.
#[derive(Debug)]
pub struct Booted {
    dir: tempfile::TempDir,
    nspawn: Option<Child>,
    init: String,
    shared: Vec<(&'static str, Vec<u8>)>,
    _alone: std::fs::File,
}

/// What a program in the host said, and how it ended.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Said {
    /// Exit status; `None` when a signal ended it.
    pub status: Option<i32>,
    /// What it wrote to stdout.
    pub out: String,
    /// What it wrote to stderr.
    pub err: String,
}

/// The tree of a kind.
///
/// # Errors
/// Why no host can be booted here.
pub fn tree(kind: Kind) -> Result<PathBuf, String> {
    let name = match kind {
        Kind::Plain => "plain",
        Kind::Extra => "extra",
        Kind::Rpm => "rpm",
        Kind::Ssh => "ssh",
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("hosts/tree");
    let output = program(&script).args(["look", name]).output().map_err(|error| error.to_string())?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(said(&output.stdout).into()) } else { Err(said(&output.stderr)) }
}

/// The real kubeadm of a release.
///
/// # Errors
/// Where it would be, if it is not there.
pub fn kubeadm(release: &str) -> Result<PathBuf, String> {
    #[expect(clippy::disallowed_methods, reason = "tests/oracle/build looks there too")]
    let var = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let cache = || var("XDG_CACHE_HOME").or_else(|| Some(var("HOME")?.join(".cache")));
    let dir = var("K8SPREP_ORACLE_DIR").or_else(|| Some(cache()?.join("k8sprep/oracle")));
    let path = dir.unwrap_or_default().join(format!("kubeadm-{release}"));
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!("no {}: tests/oracle/build {release} makes it", path.display()))
    }
}

impl Booted {
    /// A host over `tree`, not booted yet.
    ///
    /// # Errors
    /// When no overlay can be mounted.
    pub fn lay(tree: &Path) -> io::Result<Self> {
        // Some of the kernel is one for all hosts of this machine, so there is one at a time, of whichever
        // tree.
        #[expect(clippy::disallowed_methods, reason = "one place for all checkouts of the machine")]
        let alone = std::fs::File::create(std::env::temp_dir().join("k8sprep-booted-host.lock"))?;
        rustix::fs::flock(&alone, rustix::fs::FlockOperation::LockExclusive)?;
        let shared = SHARED.iter().filter_map(|path| Some((*path, std::fs::read(path).ok()?))).collect();
        let dir = tempfile::tempdir()?;
        for name in ["up", "work", "root"] {
            std::fs::create_dir(dir.path().join(name))?;
        }
        let place = |name: &str| dir.path().join(name).display().to_string();
        let tree = tree.canonicalize()?;
        let layers =
            format!("lowerdir={},upperdir={},workdir={}", tree.display(), place("up"), place("work"));
        let mount = ["-t", "overlay", "overlay", "-o", &layers, &place("root")];
        let output = program("mount").args(mount).output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let host = Self { dir, nspawn: None, init: String::new(), shared, _alone: alone };
        // A name that resolves, as an administrator gives one.
        host.put("etc/hostname", "node-1\n");
        host.put("etc/hosts", "127.0.0.1 localhost\n192.0.2.7 node-1\n");
        Ok(host)
    }

    /// Its tree, as it is seen from outside.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }

    /// Writes a file of the test into its tree.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn put(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root().join(path.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().expect("a file below the root")).expect("its directory");
        #[expect(clippy::disallowed_methods, reason = "a file of the test's own host")]
        std::fs::write(path, content).expect("a file of the host");
    }

    /// Boots it, waits until systemd is through, and gives it an address.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn boot(&mut self) -> io::Result<()> {
        let options =
            ["-q", "--register=no", "--keep-unit", "--private-network", "--capability=all", "--boot", "-M"];
        let mut command = program("systemd-nspawn");
        command.args(options).arg("node-1").arg("-D").arg(self.root());
        command.env("SYSTEMD_NSPAWN_API_VFS_WRITABLE", "yes");
        let nspawn = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let id = nspawn.id();
        self.nspawn = Some(nspawn);
        let end = Instant::now() + Duration::from_secs(60);
        while Instant::now() < end {
            std::thread::sleep(Duration::from_millis(200));
            let children =
                std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
            self.init = children.split_whitespace().next().unwrap_or_default().to_owned();
            let state = || self.run(&["systemctl", "is-system-running"]).map(|said| said.out);
            // A unit that failed is the test's matter, not the host's.
            if !self.init.is_empty() && matches!(state()?.trim(), "running" | "degraded") {
                return self.wire();
            }
        }
        Err(io::Error::other("the host did not come up within a minute"))
    }

    /// An interface with an address and a default route: nothing answers behind it.
    fn wire(&self) -> io::Result<()> {
        for line in [
            "ip link add eth0 type bridge",
            "ip address add 192.0.2.7/24 dev eth0",
            "ip link set eth0 up",
            "ip route add default via 192.0.2.1",
        ] {
            let said = self.run(&line.split(' ').collect::<Vec<_>>())?;
            if said.status != Some(0) {
                return Err(io::Error::other(format!("{line}: {}", said.err)));
            }
        }
        Ok(())
    }

    /// Runs a program in it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&self, words: &[&str]) -> io::Result<Said> {
        let [enter, into @ ..] = inside(&self.init);
        let output = program(enter).args(into).args(words).stdin(Stdio::null()).output()?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Said { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) })
    }

    /// Runs a program in it under strace: how many system calls it and what it starts make, and
    /// which programs it starts.
    ///
    /// # Errors
    /// When strace is missing or the program does not start.
    pub fn traced(&self, words: &[&str]) -> io::Result<(usize, Vec<String>)> {
        let file = tempfile::NamedTempFile::new()?;
        let mut command = program("strace");
        command.args(["-f", "-qq", "-o"]).arg(file.path());
        command.args(inside(&self.init)).args(words).stdin(Stdio::null()).output()?;
        let text = std::fs::read_to_string(file.path())?;
        // What enters the host is not the program's.
        let own = text.split_once(&format!("execve(\"{}\"", words[0])).map_or("", |(_, own)| own);
        // A search in PATH fails where there is none; a call that another process interrupts ends on a
        // later line.
        let started = own.lines().filter(|line| line.contains("execve(\"") && !line.contains(" = -1 "));
        let called = |line: &str| line.split('[').nth(1)?.split(']').next().map(|args| args.replace('"', ""));
        Ok((own.lines().filter(|line| line.contains('(')).count(), started.filter_map(called).collect()))
    }

    /// Runs a program in it that has to succeed; what it wrote to stdout.
    ///
    /// # Panics
    /// When it fails.
    pub fn ask(&self, words: &[&str]) -> String {
        let said = self.run(words).expect("a program of the host");
        assert_eq!(said.status, Some(0), "{}: {}{}", words.join(" "), said.out, said.err);
        said.out
    }

    /// Switches it off. What it wrote stays for the next boot.
    ///
    /// # Errors
    /// When it does not end.
    pub fn off(&mut self) -> io::Result<()> {
        // The connection ends with the host: whether the call came back says nothing.
        let _ = self.run(&["systemctl", "poweroff"]);
        let Some(mut nspawn) = self.nspawn.take() else { return Ok(()) };
        nspawn.wait().map(drop)
    }

    /// Switches it off and on.
    ///
    /// # Errors
    /// When it does not come back.
    pub fn reboot(&mut self) -> io::Result<()> {
        self.off()?;
        self.boot()
    }

    /// Every file of it, except those that a running system or a package manager writes by itself.
    #[must_use]
    pub fn files(&self) -> Tree {
        files_below(self.root())
    }
}

/// Every file of a host, except those that a running system or a package manager writes by itself.
fn files_below(root: PathBuf) -> Tree {
    let mut files = FakeHost::at(root).files();
    files.retain(|path, _| !ITS_OWN.iter().any(|own| path.starts_with(own)));
    if let Some(status) = files.get_mut(Path::new(STATUS)) {
        // dpkg writes it anew, and takes over what a repository says these two are.
        let text = String::from_utf8_lossy(&status.content).into_owned();
        let told = |line: &&str| !line.starts_with("Priority: ") && !line.starts_with("Section: ");
        *status = status.timeless();
        status.content = text.lines().filter(told).collect::<Vec<_>>().join("\n").into_bytes();
    }
    files
}

impl Drop for Booted {
    fn drop(&mut self) {
        if let Some(mut nspawn) = self.nspawn.take() {
            // Its first process goes with it.
            let _ = program("kill").args(["-KILL", &self.init]).output();
            let _ = nspawn.kill();
            let _ = nspawn.wait();
        }
        let _ = program("umount").arg("-R").arg("-l").arg(self.root()).output();
        for (path, value) in &self.shared {
            // A value the kernel does not restore is the same as before.
            let _ =
                std::fs::OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(value));
        }
    }
}

/// Values of the kernel that a host shares with this machine and a node has raised.
const SHARED: &[&str] = &["/proc/sys/fs/inotify/max_user_instances", "/proc/sys/fs/inotify/max_user_watches"];

/// What a running system and the package manager write by themselves, and what of the test's own
/// lies in the tree.
const ITS_OWN: &[&str] = &[
    // systemd and the kernel.
    "run",
    "tmp",
    "dev",
    "proc",
    "sys",
    "var/tmp",
    "var/log",
    "var/lib/systemd",
    // Debian's timers, at midnight.
    "var/backups",
    "var/lib/logrotate",
    "etc/machine-id",
    "etc/.updated",
    "var/.updated",
    "etc/mtab",
    // apt and dpkg: the database's older copy, locks, what was fetched of the repositories, which packages
    // came by themselves.
    "var/lib/dpkg/status-old",
    "var/lib/dpkg/lock",
    "var/lib/dpkg/lock-frontend",
    // What a dpkg that was killed had unpacked of a package; the next one begins by emptying it.
    "var/lib/dpkg/tmp.ci",
    "var/lib/dpkg/triggers/Lock",
    "var/lib/dpkg/triggers/Unincorp",
    "var/lib/apt/lists",
    "var/lib/apt/extended_states",
    "var/cache/apt",
    "var/cache/ldconfig",
    "var/cache/debconf",
    // dnf, zypper and rpm: what was fetched, history, logs, and rpm's database, which is asked by rpm.
    "var/cache/dnf",
    "var/lib/dnf",
    "var/cache/zypp",
    "var/lib/zypp",
    "var/lib/YaST2",
    "var/lib/rpm",
    // The test's.
    "opt/k8sprep",
    "srv",
];

/// dpkg's database.
const STATUS: &str = "var/lib/dpkg/status";

/// The words before those that run in the host of that first process. Signals are heard there where
/// who runs the tests, in a shell's background, ignores them.
fn inside(init: &str) -> [&str; 11] {
    [
        "nsenter",
        "-t",
        init,
        "-a",
        "--wd=/",
        "env",
        "-i",
        "--default-signal",
        "HOME=/root",
        "LC_ALL=C.UTF-8",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ]
}

/// A program of the machine the tests run on.
#[expect(clippy::disallowed_methods, reason = "the harness boots hosts and runs programs in them")]
pub(crate) fn program(name: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(name)
}
