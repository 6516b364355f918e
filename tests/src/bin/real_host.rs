//! Prepares a real host, reboots it, and takes everything back: `real_host TREE K8SPREP`.
//!
//! TREE is a Debian tree of `debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,kmod,procps`, which is booted
//! with `systemd-nspawn`; K8SPREP is the program to try. Applied, verified, rebooted, verified again, rolled back: the
//! tree has to be as before, every byte, mode, owner, attribute, link and time. Takes root and the two Debian packages.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this program's output is its purpose")]
#![expect(clippy::disallowed_methods, reason = "it boots a host and runs programs in it")]

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use k8sprep_tests::fake_host::{FakeHost, Tree, differences};

/// What a running system writes by itself.
const ITS_OWN: &[&str] =
    &["var/log", "var/lib/systemd", "var/cache", "var/tmp", "run", "tmp", "dev", "opt/k8sprep"];

const SPEC: &str = "kubernetesVersion: v1.34.0\nadvertiseAddress: 192.0.2.7\nnodeName: node-1\n\
                    selinux: permissive\nproxy:\n  httpProxy: http://proxy.example.com:3128\n";

fn main() -> ExitCode {
    let words: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [tree, program] = words.as_slice() else {
        eprintln!("usage: real_host TREE K8SPREP");
        return ExitCode::from(2);
    };
    match run(tree, program) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(tree: &Path, program: &Path) -> io::Result<()> {
    let dir = tree.join("opt/k8sprep");
    std::fs::create_dir_all(&dir)?;
    std::fs::copy(program, dir.join("k8sprep"))?;
    std::fs::write(dir.join("k8sprep.yaml"), SPEC)?;
    std::fs::write(tree.join("etc/fstab"), "/dev/vdz9 none swap sw,nofail 0 0\n")?;

    let host = Host::boot(tree)?;
    let before = files(tree);
    host.k8sprep(&["apply", "--spec", "/opt/k8sprep/k8sprep.yaml"])?;
    host.k8sprep(&["verify", "--spec", "/opt/k8sprep/k8sprep.yaml"])?;
    println!("applied and verified");
    host.off()?;

    let host = Host::boot(tree)?;
    host.k8sprep(&["verify", "--spec", "/opt/k8sprep/k8sprep.yaml"])?;
    println!("verified after a reboot");
    host.k8sprep(&["rollback", "--to", "0"])?;
    let changed = differences(&before, &files(tree));
    host.off()?;
    changed.iter().for_each(|line| println!("differs: {line}"));
    println!("rolled back: {} names compared, {} differ", before.len(), changed.len());
    if changed.is_empty() { Ok(()) } else { Err(io::Error::other("the host is not as before")) }
}

fn files(tree: &Path) -> Tree {
    let mut files = FakeHost::at(tree).files();
    files.retain(|path, _| !ITS_OWN.iter().any(|own| path.starts_with(own)));
    files
}

/// A booted host.
struct Host {
    nspawn: Child,
    init: String,
}

impl Host {
    /// Boots the tree and waits until systemd is through.
    fn boot(tree: &Path) -> io::Result<Self> {
        let mut command = Command::new("systemd-nspawn");
        command.args([
            "-q",
            "--register=no",
            "--keep-unit",
            "--private-network",
            "--capability=all",
            "--boot",
        ]);
        command.arg("-D").arg(tree).env("SYSTEMD_NSPAWN_API_VFS_WRITABLE", "yes");
        let null = (Stdio::null(), Stdio::null(), Stdio::null());
        let nspawn = command.stdin(null.0).stdout(null.1).stderr(null.2).spawn()?;
        let mut host = Self { nspawn, init: String::new() };
        let end = Instant::now() + Duration::from_secs(60);
        while Instant::now() < end {
            std::thread::sleep(Duration::from_millis(300));
            let id = host.nspawn.id();
            let children =
                std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
            host.init = children.split_whitespace().next().unwrap_or_default().to_owned();
            if !host.init.is_empty() && host.inside(&["systemctl", "is-system-running"]).is_ok() {
                return Ok(host);
            }
        }
        Err(io::Error::other("the host did not come up within a minute"))
    }

    fn k8sprep(&self, words: &[&str]) -> io::Result<()> {
        self.inside(&[&["/opt/k8sprep/k8sprep"], words].concat())
    }

    fn inside(&self, words: &[&str]) -> io::Result<()> {
        let output = Command::new("nsenter").args(["-t", &self.init, "-a"]).args(words).output()?;
        if output.status.success() {
            return Ok(());
        }
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Err(io::Error::other(format!("{}: {}\n{out}{err}", words.join(" "), output.status)))
    }

    fn off(mut self) -> io::Result<()> {
        // The connection ends with the host: whether the call came back says nothing.
        let _ = self.inside(&["systemctl", "poweroff"]);
        self.nspawn.wait().map(drop)
    }
}
