//! A machine for tests of cures: a kernel and a systemd that act on the files of a tree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use host_prep::{Commands, Invocation, Outcome};

const SOCKET: &str = "run/crio/crio.sock";

/// Programs that change a kernel and units, changing files instead.
#[derive(Debug)]
pub(super) struct Machine {
    root: PathBuf,
    active: Mutex<BTreeSet<String>>,
    stale: Mutex<bool>,
}

/// Files and links of a tree with their modes, but for what the engine keeps for itself.
pub(super) type Bytes = BTreeMap<PathBuf, (u32, Vec<u8>)>;

impl Machine {
    /// With these units running, and whether systemd has to read its files again.
    pub(super) fn new(root: &Path, active: &[&str], stale: bool) -> Self {
        let machine = Self { root: root.to_owned(), active: Mutex::default(), stale: Mutex::new(stale) };
        active.iter().for_each(|name| machine.start(name));
        machine
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn show(&self, names: &[&str]) -> String {
        let active = self.active.lock().unwrap();
        let stale = if *self.stale.lock().unwrap() { "yes" } else { "no" };
        let blocks: Vec<String> = names
            .iter()
            .map(|name| {
                let masked = self.at(&format!("etc/systemd/system/{name}")).is_symlink();
                let wanted = self.wants(name).is_symlink();
                let file = match (masked, wanted) {
                    (true, _) => "masked",
                    (_, true) => "enabled",
                    _ => "disabled",
                };
                let (load, runs) = (if masked { "masked" } else { "loaded" }, active.contains(*name));
                let (active, sub) = if runs { ("active", "running") } else { ("inactive", "dead") };
                format!(
                    "LoadState={load}\nUnitFileState={file}\nActiveState={active}\nSubState={sub}\nNRestarts=0\nNeedDaemonReload={stale}\n"
                )
            })
            .collect();
        blocks.join("\n")
    }

    fn wants(&self, name: &str) -> PathBuf {
        self.at(&format!("etc/systemd/system/multi-user.target.wants/{name}"))
    }

    fn start(&self, name: &str) {
        self.active.lock().unwrap().insert(name.to_owned());
        if name == "crio.service" {
            fs::create_dir_all(self.at(SOCKET).parent().unwrap()).unwrap();
            drop(std::os::unix::net::UnixListener::bind(self.at(SOCKET)));
        }
    }

    fn systemctl(&self, args: &[&str]) -> io::Result<String> {
        match args {
            ["show", rest @ ..] => {
                let names = rest.iter().skip_while(|word| **word != "--").skip(1).copied();
                return Ok(self.show(&names.collect::<Vec<_>>()));
            }
            ["daemon-reload"] => *self.stale.lock().unwrap() = false,
            ["enable", name] => {
                fs::create_dir_all(self.wants(name).parent().unwrap())?;
                symlink(format!("/usr/lib/systemd/system/{name}"), self.wants(name))?;
            }
            ["disable", name] => fs::remove_file(self.wants(name))?,
            ["unmask", name] => fs::remove_file(self.at(&format!("etc/systemd/system/{name}")))?,
            ["mask", name] => symlink("/dev/null", self.at(&format!("etc/systemd/system/{name}")))?,
            ["start", name] => self.start(name),
            ["stop", name] => {
                self.active.lock().unwrap().remove(*name);
                if *name == "crio.service" {
                    fs::remove_file(self.at(SOCKET))?;
                }
            }
            _ => {}
        }
        Ok(String::new())
    }

    /// Takes away the line of that first word, or adds it.
    fn line(&self, path: &str, first: &str, line: Option<String>) -> io::Result<()> {
        let old = fs::read_to_string(self.at(path))?;
        let kept = old.lines().filter(|line| line.split_whitespace().next() != Some(first));
        let kept = kept.map(str::to_owned).chain(line);
        fs::write(self.at(path), kept.map(|line| format!("{line}\n")).collect::<String>())
    }

    fn modprobe(&self, args: &[&str]) -> io::Result<()> {
        let bridge = self.at("proc/sys/net/bridge");
        match args {
            ["--", name] => {
                if *name == "br_netfilter" {
                    fs::create_dir_all(&bridge)?;
                    for key in ["iptables", "ip6tables"] {
                        fs::write(bridge.join(format!("bridge-nf-call-{key}")), "0\n")?;
                    }
                }
                self.line("proc/modules", name, Some(format!("{name} 16384 0 - Live 0x0")))
            }
            ["-r", "--", name] => {
                if *name == "br_netfilter" {
                    fs::remove_dir_all(bridge)?;
                }
                self.line("proc/modules", name, None)
            }
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }
}

impl Commands for Machine {
    fn run(&self, invocation: &Invocation) -> io::Result<Outcome> {
        let args: Vec<&str> = invocation.args.iter().map(String::as_str).collect();
        let said = match (invocation.program.as_str(), args.as_slice()) {
            ("systemctl", args) => self.systemctl(args),
            ("modprobe", args) => self.modprobe(args).map(|()| String::new()),
            ("swapoff", [area]) => self.line("proc/swaps", area, None).map(|()| String::new()),
            ("swapon", ["-p", priority, area]) => {
                let line = format!("{area} partition 1048572 0 {priority}");
                self.line("proc/swaps", area, Some(line)).map(|()| String::new())
            }
            ("swapon", [area]) => {
                let line = format!("{area} partition 1048572 0 -2");
                self.line("proc/swaps", area, Some(line)).map(|()| String::new())
            }
            _ => return Err(io::ErrorKind::NotFound.into()),
        };
        Ok(Outcome::new(0, said?, ""))
    }
}

/// What counts of a tree before and after.
pub(super) fn bytes_of(root: &Path) -> Bytes {
    let mut found = Bytes::new();
    collect(root, Path::new(""), &mut found);
    found
}

fn collect(root: &Path, below: &Path, found: &mut Bytes) {
    for entry in fs::read_dir(root.join(below)).unwrap() {
        let path = below.join(entry.unwrap().file_name());
        let meta = root.join(&path).symlink_metadata().unwrap();
        if path == Path::new("var/lib/k8sprep") {
            continue;
        }
        if meta.is_dir() {
            collect(root, &path, found);
            continue;
        }
        let mut bytes = match () {
            () if meta.is_symlink() => {
                fs::read_link(root.join(&path)).unwrap().into_os_string().into_encoded_bytes()
            }
            () if meta.is_file() => fs::read(root.join(&path)).unwrap(),
            () => Vec::new(),
        };
        // A kernel's value has no rest of a longer one behind it, and no order of areas.
        if path.starts_with("proc") || path.starts_with("sys") {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let first = if path.starts_with("proc/sys") { 1 } else { usize::MAX };
            bytes = text.lines().take(first).map(|line| format!("{line}\n")).collect::<String>().into_bytes();
        }
        found.insert(path, (meta.mode(), bytes));
    }
}
