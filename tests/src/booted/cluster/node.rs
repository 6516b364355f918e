//! A host of a cluster: booted over the tree and what an earlier host had written, on the cluster's
//! network.

use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::fake_host::Tree;
use rustix::process::{Pid, Signal, kill_process};

use super::super::{Said, files_below, inside, program};
use super::network::{self, NAME, WITH_US};

/// Two programs that make a host a member of the cluster's network, and of cgroups of its own: two
/// kubelets of one hierarchy see one another's pods. Called as `sh -c ENTER sh HOST PROGRAM...`.
const ENTER: &str = r#"host=$1; shift
[ -e /sys/fs/cgroup/cgroup.controllers ] || for c in /sys/fs/cgroup/*/; do
    case $c in */unified/) continue ;; esac
    mkdir -p "$c$host"
    for f in cpus mems; do
        if [ -e "$c/cpuset.$f" ] && [ -z "$(cat "$c$host/cpuset.$f")" ]; then cat "$c/cpuset.$f" > "$c$host/cpuset.$f"; fi
    done
    echo $$ > "$c$host/cgroup.procs"
done
exec "$@""#;

/// What a host in a container lacks: shared mounts, writable controllers, the kernel's log, its
/// address.
const BED: &str = r#"mount --make-rshared /
for c in cpu cpuacct cpuset memory devices freezer blkio pids; do
    [ ! -d /sys/fs/cgroup/$c ] || mount -o remount,bind,rw /sys/fs/cgroup/$c
done
[ -e /dev/kmsg ] || mknod /dev/kmsg c 1 11
ip link set lo up
ip address add "$(cat /etc/test-bed)/24" dev host0
ip link set host0 up
ip route add default via 192.0.2.1
exit 0
"#;
const BED_UNIT: &str = "[Unit]\nDefaultDependencies=no\nBefore=sysinit.target network-online.target network.target\n\
    [Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/local/sbin/test-bed\n";

/// What of a host is the test's own, and younger on every one.
const DRESS: [&str; 6] = [
    "etc/hostname",
    "etc/hosts",
    "etc/resolv.conf",
    "etc/test-bed",
    "test-bed.service",
    "usr/local/sbin/test-bed",
];

/// Who is on the network. A name that resolves, as an administrator gives one.
pub(super) const HOSTS: [(&str, &str); 3] =
    [("cp1", "192.0.2.11"), ("w1", "192.0.2.12"), ("cp2", "192.0.2.13")];

/// What a host had written when it was switched off: other hosts begin there. What that host began
/// with has to live as long.
#[derive(Debug)]
pub struct Snapshot {
    dir: tempfile::TempDir,
    lower: String,
}

/// A host with an overlay and a store of images of its own. Dropping it ends it and takes both
/// away.
#[derive(Debug)]
pub struct Node {
    name: &'static str,
    dir: Option<tempfile::TempDir>,
    /// The layers below its own, as overlayfs lists them.
    lower: String,
    packages: PathBuf,
    nspawn: Option<Child>,
    init: String,
}

/// A program that runs in a host, and what it has written so far.
#[derive(Debug)]
pub struct Running {
    child: Child,
    text: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl Node {
    /// A host over `tree` that begins where `before` ended. It sees `packages` as `/srv`.
    ///
    /// # Errors
    /// When no overlay can be mounted.
    pub fn lay(
        name: &'static str,
        tree: &Path,
        packages: &Path,
        before: Option<&Snapshot>,
    ) -> io::Result<Self> {
        let dir = tempfile::tempdir_in(network::hosts())?;
        for name in ["up", "work", "root", "images"] {
            std::fs::create_dir(dir.path().join(name))?;
        }
        let mut lower = tree.canonicalize()?.display().to_string();
        if let Some(before) = before {
            lower = format!("{}:{}", before.dir.path().join("up").display(), before.lower);
            copy_images(&before.dir.path().join("images"), &dir.path().join("images"))?;
        }
        let at = |name: &str| dir.path().join(name).display().to_string();
        let layers = format!("lowerdir={lower},upperdir={},workdir={}", at("up"), at("work"));
        call("mount", &["-t", "overlay", "overlay", "-o", &layers, &at("root")])?;
        let packages = packages.to_owned();
        let node = Self { name, dir: Some(dir), lower, packages, nspawn: None, init: String::new() };
        node.dress();
        Ok(node)
    }

    /// Its address on the network.
    #[must_use]
    pub fn address(&self) -> &'static str {
        HOSTS.iter().find(|(name, _)| *name == self.name).map_or("", |(_, address)| *address)
    }

    fn dress(&self) {
        let others: String = HOSTS.iter().map(|(name, address)| format!("{address} {name}\n")).collect();
        self.put("etc/hostname", format!("{}\n", self.name));
        self.put("etc/hosts", format!("127.0.0.1 localhost\n{others}"));
        self.put("etc/resolv.conf", "nameserver 192.0.2.1\n");
        self.put("etc/test-bed", self.address());
        self.put("usr/local/sbin/test-bed", format!("#!/bin/sh\n{BED}"));
        let _ = call("chmod", &["755", &self.root().join("usr/local/sbin/test-bed").display().to_string()]);
        self.put("etc/systemd/system/test-bed.service", BED_UNIT);
        let wants = self.root().join("etc/systemd/system/sysinit.target.wants/test-bed.service");
        let _ = std::os::unix::fs::symlink("../test-bed.service", wants);
        // Only what the test brings is a source of packages, a runtime or a firewall.
        let _ = std::fs::remove_file(self.root().join("etc/apt/sources.list"));
        for unit in ["containerd", "firewalld", "ufw"] {
            let wanted = format!("etc/systemd/system/multi-user.target.wants/{unit}.service");
            let _ = std::fs::remove_file(self.root().join(wanted));
        }
    }

    /// Its host name, which is that of its Node.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its tree, as it is seen from outside.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.at("root")
    }

    /// Every file of it, except those that a running system or a package manager writes by itself.
    #[must_use]
    pub fn files(&self) -> Tree {
        let mut files = files_below(self.root());
        files.retain(|path, _| !DRESS.iter().any(|own| path.ends_with(own)));
        files
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.as_ref().map(|dir| dir.path().join(name)).unwrap_or_default()
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

    /// The words before those that run on the host's cgroups.
    fn enter(&self) -> std::process::Command {
        let mut command = program("sh");
        command.args(["-c", ENTER, "sh", &format!("{NAME}-{}", self.name)]);
        command
    }

    /// Boots it and waits until systemd is through.
    ///
    /// # Errors
    /// When it does not come up within two minutes.
    pub fn boot(&mut self) -> io::Result<()> {
        // The kernel may still be about to take away that of a host of this name that was killed.
        let _ = call("ip", &["-n", NAME, "link", "delete", &format!("vb-{}", self.name)]);
        let mut command = self.enter();
        command.args(WITH_US).args(["nsenter", &format!("--net=/run/netns/{NAME}")]);
        command.args(["systemd-nspawn", "-q", "--register=no"]);
        command.args(["--keep-unit", "--network-bridge=br0", "--capability=all", "--boot", "-M", self.name]);
        // What runc and a kubelet call.
        command.arg("--system-call-filter=@keyring bpf perf_event_open open_by_handle_at");
        command.arg(format!("--bind={}:/var/lib/containers", self.at("images").display()));
        command.arg(format!("--bind-ro={}:/srv", self.packages.display())).arg("-D").arg(self.root());
        command.env("SYSTEMD_NSPAWN_API_VFS_WRITABLE", "yes");
        #[expect(clippy::disallowed_methods, reason = "a file of the test's own")]
        let log = std::fs::File::create(self.at("console"))?;
        let nspawn = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let id = nspawn.id();
        self.nspawn = Some(nspawn);
        let end = Instant::now() + Duration::from_secs(120);
        while Instant::now() < end && self.lives() {
            std::thread::sleep(Duration::from_millis(200));
            self.init = child_of(id);
            let state = || self.run(&["systemctl", "is-system-running"]).map(|said| said.out);
            // A unit that failed is the test's matter, not the host's.
            if !self.init.is_empty() && matches!(state()?.trim(), "running" | "degraded") {
                return Ok(());
            }
        }
        let console = std::fs::read_to_string(self.at("console")).unwrap_or_default();
        Err(io::Error::other(format!("{} did not come up: {console}", self.name)))
    }

    fn lives(&mut self) -> bool {
        self.nspawn.as_mut().is_some_and(|nspawn| matches!(nspawn.try_wait(), Ok(None)))
    }

    fn inside(&self, words: &[&str]) -> std::process::Command {
        let mut command = self.enter();
        command.args(inside(&self.init)).args(words).stdin(Stdio::null());
        command
    }

    /// Runs a program in it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&self, words: &[&str]) -> io::Result<Said> {
        let output = self.inside(words).output()?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Said { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) })
    }

    /// Runs a program in it that has to succeed; what it wrote to stdout.
    ///
    /// # Errors
    /// What it said, when it fails.
    pub fn ask(&self, words: &[&str]) -> io::Result<String> {
        let said = self.run(words)?;
        let failed = || io::Error::other(format!("{}: {}{}", words.join(" "), said.out, said.err));
        if said.status == Some(0) { Ok(said.out.clone()) } else { Err(failed()) }
    }

    /// Starts a program in it, in a process group of its own as a shell does.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, words: &[&str]) -> io::Result<Running> {
        let mut command = self.inside(words);
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let text = Arc::new(Mutex::new(String::new()));
        let out = child.stdout.take().map(|pipe| collect(pipe, text.clone()));
        let err = child.stderr.take().map(|pipe| collect(pipe, text.clone()));
        Ok(Running { child, text, readers: out.into_iter().chain(err).collect() })
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

    /// Switches it off, and keeps what it wrote for others.
    ///
    /// # Errors
    /// When it does not end.
    pub fn keep(mut self) -> io::Result<Snapshot> {
        self.off()?;
        call("umount", &["-R", &self.root().display().to_string()])?;
        let dir = self.dir.take().ok_or_else(|| io::Error::other("it has no directory"))?;
        Ok(Snapshot { dir, lower: std::mem::take(&mut self.lower) })
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut nspawn) = self.nspawn.take() {
            // Its first process goes with it.
            let _ = program("kill").args(["-KILL", &self.init]).output();
            let _ = nspawn.kill();
            let _ = nspawn.wait();
        }
        if self.dir.is_some() {
            let _ = program("umount").arg("-R").arg("-l").arg(self.root()).output();
        }
    }
}

impl Running {
    /// Waits until it has written `text`; whether it has before it ended.
    pub fn until(&mut self, text: &str) -> bool {
        loop {
            if self.said().contains(text) {
                return true;
            }
            if !matches!(self.child.try_wait(), Ok(None)) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What it has written so far, to either stream.
    #[must_use]
    pub fn said(&self) -> String {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// SIGKILL, to it alone.
    pub fn kill(&self) {
        if let Some(pid) = child_of(self.child.id()).parse().ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    /// Ctrl-C: SIGINT, to the whole process group as a terminal sends it, less what brought it into
    /// the host.
    pub fn interrupt(&self) {
        let group = self.child.id();
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            // After the name in parentheses: state, parent, group.
            let of = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(2)?.parse().ok());
            let pid: Option<i32> = entry.file_name().to_str().and_then(|name| name.parse().ok());
            if let Some(pid) = pid.filter(|pid| of == Some(group) && pid.unsigned_abs() != group) {
                let _ = Pid::from_raw(pid).map(|pid| kill_process(pid, Signal::INT));
            }
        }
    }

    /// Waits for its end: exit status, and what it wrote to both streams.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn end(mut self) -> io::Result<Said> {
        let status = self.child.wait()?.code();
        // What it left behind may hold the streams open.
        let patience = Instant::now() + Duration::from_secs(2);
        while self.readers.iter().any(|reader| !reader.is_finished()) && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Said { status, out: self.said(), err: String::new() })
    }
}

fn collect(pipe: impl Read + Send + 'static, text: Arc<Mutex<String>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut lines = BufReader::new(pipe);
        let mut line = Vec::new();
        while matches!(lines.read_until(b'\n', &mut line), Ok(read) if read > 0) {
            text.lock().unwrap_or_else(PoisonError::into_inner).push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    })
}

/// The first child of a process.
fn child_of(id: u32) -> String {
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    children.split_whitespace().next().unwrap_or_default().to_owned()
}

/// Images are not written to once they are there: they are linked. What is written in place is
/// copied.
fn copy_images(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (format!("{}/.", from.display()), to.display().to_string());
    call("cp", &["-al", &from, &to])?;
    let own = "find \"$1\" -name '*.db' -o -name '*.lock' -o -name '*.json' -o -name '*.sql*' | while read -r f; do \
               cp -p \"$f\" \"$f.own\" && mv \"$f.own\" \"$f\"; done";
    call("sh", &["-c", own, "sh", &to])
}

fn call(name: &str, words: &[&str]) -> io::Result<()> {
    let output = program(name).args(words).output()?;
    let said = || {
        io::Error::other(format!("{name} {}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr)))
    };
    if output.status.success() { Ok(()) } else { Err(said()) }
}
