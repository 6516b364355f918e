//! A network namespace with a bridge that hosts of a cluster are joined by, and the image registry
//! on it.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use super::super::{own_program, program};

/// Its name, and the beginning of the names of the hosts' cgroups.
pub(super) const NAME: &str = "k8sprep-cluster";
/// What everyone on the bridge asks for images.
pub(super) const REGISTRY: &str = "192.0.2.1:5000";

/// Values of the kernel that a node wants and cannot have of its own: they are this machine's, kept
/// and given back.
const MACHINE: &[(&str, Option<&str>)] = &[
    // kube-proxy wants this very value on a host of few processors, and cannot write it in a namespace.
    ("/proc/sys/net/netfilter/nf_conntrack_max", Some("131072")),
    ("/proc/sys/fs/inotify/max_user_instances", Some("8192")),
    ("/proc/sys/fs/inotify/max_user_watches", Some("524288")),
    ("/proc/sys/vm/overcommit_memory", None),
    ("/proc/sys/vm/panic_on_oom", None),
    ("/proc/sys/kernel/panic", None),
    ("/proc/sys/kernel/panic_on_oops", None),
];

/// Before a program that has to end when the run does, however that is.
pub(super) const WITH_US: [&str; 3] = ["setpriv", "--pdeathsig", "KILL"];

/// Where the hosts of all clusters lie, so that what a killed run left is found.
pub(super) fn hosts() -> PathBuf {
    std::env::temp_dir().join("k8sprep-cluster")
}

/// Takes away the hosts that a killed run left.
fn sweep() -> io::Result<()> {
    for entry in std::fs::read_dir(hosts())? {
        let path = entry?.path();
        if path.is_dir() {
            let _ = program("umount").args(["-q", "-R", "-l"]).arg(path.join("root")).status();
            std::fs::remove_dir_all(path)?;
        }
    }
    Ok(())
}

/// The network; one at a time on a machine. Dropping it takes it away.
#[derive(Debug)]
pub(super) struct Network {
    registry: Option<Child>,
    kept: Vec<(&'static str, Vec<u8>)>,
    _alone: std::fs::File,
}

impl Network {
    /// Makes it, and serves the images below `registries`.
    ///
    /// # Errors
    /// When the machine does not allow it.
    pub(super) fn make(registries: &[PathBuf]) -> io::Result<Self> {
        std::fs::create_dir_all(hosts())?;
        #[expect(clippy::disallowed_methods, reason = "a lock of the test's own")]
        let alone = std::fs::File::create(hosts().join(".lock"))?;
        rustix::fs::flock(&alone, rustix::fs::FlockOperation::LockExclusive)?;
        let kept = MACHINE.iter().filter_map(|(path, _)| Some((*path, std::fs::read(path).ok()?))).collect();
        let mut network = Self { registry: None, kept, _alone: alone };
        for (path, value) in MACHINE.iter().filter_map(|(path, value)| Some((path, (*value)?))) {
            write(path, value.as_bytes());
        }
        // What a killed run left is nobody's: the lock is ours.
        sweep()?;
        let _ = ip(&format!("netns delete {NAME}"));
        ip(&format!("netns add {NAME}"))?;
        for words in [
            "link set lo up",
            "link add br0 type bridge",
            "address add 192.0.2.1/24 dev br0",
            "link set br0 up",
        ] {
            ip(&format!("-n {NAME} {words}"))?;
        }
        let mut command = program(WITH_US[0]);
        command.args(&WITH_US[1..]).args(["nsenter", &format!("--net=/run/netns/{NAME}")]);
        command
            .arg(own_program("real_cluster")?)
            .arg("serve")
            .arg(REGISTRY)
            .args(registries)
            .stdin(Stdio::null());
        network.registry = Some(command.spawn()?);
        network.answers()?;
        Ok(network)
    }

    fn answers(&mut self) -> io::Result<()> {
        for _ in 0..100 {
            let mut ask = program("nsenter");
            ask.arg(format!("--net=/run/netns/{NAME}")).args(["bash", "-c", ": </dev/tcp/192.0.2.1/5000"]);
            if ask.stderr(Stdio::null()).status()?.success() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(io::Error::other("the registry does not listen"))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if let Some(mut registry) = self.registry.take() {
            let _ = registry.kill();
            let _ = registry.wait();
        }
        let _ = ip(&format!("netns delete {NAME}"));
        for (path, value) in &self.kept {
            write(path, value);
        }
    }
}

/// A value the kernel does not take is one that it does not have here.
fn write(path: &str, value: &[u8]) {
    let _ = std::fs::OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(value));
}

fn ip(words: &str) -> io::Result<()> {
    let output = program("ip").args(words.split(' ')).output()?;
    let said = || io::Error::other(format!("ip {words}: {}", String::from_utf8_lossy(&output.stderr)));
    if output.status.success() { Ok(()) } else { Err(said()) }
}
