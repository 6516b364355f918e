//! A control plane of files, whose kubelet starts a static pod whenever its manifest is back: what
//! the renewals are tried on.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use host_prep::fs::{Mode, Root, set};
use host_prep::{Commands, Invocation, Outcome as Ended, Watch};

use super::super::*;
use crate::stage::Answer;
use crate::stage::test_bed::kill;

pub(super) const OLD: &str = include_str!("../../../doctor/testdata/leaf.crt");
pub(super) const NEW: &str = include_str!("../../../doctor/testdata/admin-new.crt");
pub(super) const CA: &str = include_str!("../../../doctor/testdata/ca.crt");
pub(super) const APISERVER: &str = "/etc/kubernetes/pki/apiserver.crt";
pub(super) const ETCD: &str = "/etc/kubernetes/pki/etcd/server.crt";
pub(super) const HOME: &str = "/home/li/.kube/config";
/// Certificates that kubeadm renews, each with the file that has its key.
pub(super) const LEAVES: [&str; 2] = [APISERVER, ETCD];
pub(super) const PORTS: [(&str, u16, Option<&str>); 4] = [
    ("etcd", 2379, Some(ETCD)),
    ("kube-apiserver", 6443, Some(APISERVER)),
    ("kube-controller-manager", 10257, None),
    ("kube-scheduler", 10259, None),
];

pub(super) fn config(certificate: &str, key: &str) -> String {
    let (certificate, key) = (STANDARD.encode(certificate), STANDARD.encode(key));
    format!(
        "clusters:\n- cluster: {{server: \"https://a:6443\"}}\nusers:\n- user:\n    client-certificate-data: {certificate}\n    client-key-data: {key}\n"
    )
}

pub(super) fn manifest(pod: &str) -> String {
    let flags = match pod {
        "etcd" => format!(
            "    - --cert-file={ETCD}\n    - --listen-client-urls=https://127.0.0.1:2379,https://192.0.2.7:2379\n"
        ),
        "kube-apiserver" => {
            format!("    - --tls-cert-file={APISERVER}\n    - --client-ca-file=/etc/kubernetes/pki/ca.crt\n")
        }
        _ => "    - --bind-address=127.0.0.1\n".to_owned(),
    };
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {pod}, namespace: kube-system}}\nspec:\n  containers:\n  - name: {pod}\n    command:\n    - {pod}\n{flags}"
    )
}

/// What goes on on the host, and when it is killed.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) root: std::path::PathBuf,
    /// What each process that runs serves.
    pub(super) running: BTreeMap<&'static str, String>,
    pub(super) starts: Vec<&'static str>,
    pub(super) made: u32,
    /// Events that are left until it is killed.
    pub(super) lives: Option<usize>,
    pub(super) kubelet_is_down: bool,
    /// This one does not start any more.
    pub(super) broken: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub(super) struct Fake(Arc<Mutex<World>>);

impl Fake {
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Something happens; it may be the last that this run sees.
    pub(super) fn event(&self) {
        let mut world = self.world();
        match &mut world.lives {
            None => {}
            Some(0) => {
                world.lives = None;
                drop(world);
                kill();
            }
            Some(left) => *left -= 1,
        }
    }
}

impl World {
    pub(super) fn read(&self, path: &str) -> Option<String> {
        let root = Root::open(&self.root).unwrap();
        root.read(Path::new(path)).unwrap().map(|bytes| String::from_utf8(bytes).unwrap())
    }

    /// What the kubelet makes of the manifests.
    pub(super) fn sync(&mut self) {
        if self.kubelet_is_down {
            return;
        }
        for (pod, _, file) in PORTS {
            if self.read(&format!("/etc/kubernetes/manifests/{pod}.yaml")).is_none() {
                self.running.remove(pod);
            } else if !self.running.contains_key(pod) && self.broken != Some(pod) {
                self.made += 1;
                let own = format!("AA{}", self.made);
                let serial = file.map_or(own, |file| serial_of(&self.read(file).unwrap()));
                self.running.insert(pod, serial);
                self.starts.push(pod);
            }
        }
    }
}

pub(super) fn serial_of(pem: &str) -> String {
    if pem == NEW { "02".to_owned() } else { "11F035081B6EA28BD03DB6DEBD0995BA6D4ED972".to_owned() }
}

impl Commands for Fake {
    fn run(&self, asked: &Invocation) -> io::Result<Ended> {
        if !["kubeadm", "systemctl"].contains(&asked.program.as_str()) {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.event();
        if asked.program == "systemctl" {
            let down = self.world().kubelet_is_down;
            return Ok(if down { Ended::new(3, "inactive\n", "") } else { Ended::new(0, "active\n", "") });
        }
        let rootfs = asked.args.iter().skip_while(|word| *word != "--rootfs").nth(1).unwrap();
        let root = Root::open(rootfs).unwrap();
        let name = asked.args[2].as_str();
        let there = |path: &str| root.read(Path::new(path)).unwrap().is_some();
        let put = |path: &str, text: &str| {
            assert!(there(path), "{path}");
            drop(set(&root, Path::new(path), text.as_bytes(), Mode::PRIVATE).unwrap());
        };
        let pairs = [("apiserver", APISERVER, "ca.key"), ("etcd-server", ETCD, "etcd/ca.key")];
        for (own, path, key) in pairs {
            if (name == "all" || name == own) && there(&format!("/etc/kubernetes/pki/{key}")) {
                put(path, NEW);
                put(&path.replace(".crt", ".key"), "new key");
            }
        }
        if there("/etc/kubernetes/pki/ca.key") {
            for conf in ["admin.conf", "controller-manager.conf", "scheduler.conf"] {
                if name == "all" || name == conf {
                    put(&format!("/etc/kubernetes/{conf}"), &config(NEW, "new key"));
                }
            }
        }
        Ok(Ended::new(0, "\nDone renewing certificates.\n", ""))
    }
}

impl Ports for Fake {
    fn serial(&self, host: &str, port: u16) -> Option<String> {
        assert_eq!(host, "127.0.0.1");
        self.event();
        let mut world = self.world();
        world.sync();
        let pod = PORTS.iter().find(|(_, one, _)| *one == port).unwrap().0;
        world.running.get(pod).cloned()
    }
}

/// Says yes; every note is an event, and it may be stopped at one of them.
pub(super) struct Hears {
    pub(super) fake: Fake,
    pub(super) notes: Vec<String>,
    pub(super) warned: Vec<String>,
    /// At this note a link to a file of root's comes in the place of that one.
    pub(super) swap: Option<(&'static str, std::path::PathBuf)>,
    pub(super) stop_at: Option<&'static str>,
    /// It is killed at a note that begins so.
    pub(super) kill_at: Option<&'static str>,
    /// It is to stop when that many steps were begun.
    pub(super) stop_after: Option<usize>,
    /// It is killed in the first step.
    pub(super) kill_in_step: bool,
}

pub(super) struct Stops {
    at_once: bool,
    steps: Option<usize>,
    kills: bool,
}

impl Watch for Stops {
    fn step(&mut self, _: host_prep::StepTitle<'_>, _: usize) {
        if self.kills {
            kill();
        }
        self.steps = self.steps.map(|left| left.saturating_sub(1));
    }

    fn stops(&mut self) -> bool {
        self.at_once || self.steps == Some(0)
    }
}

impl Reporter for Hears {
    fn note(&mut self, text: &dyn std::fmt::Display) {
        self.fake.event();
        if self.kill_at.is_some_and(|at| text.to_string().starts_with(at)) {
            kill();
        }
        self.notes.push(text.to_string());
        if let Some((_, file)) = self.swap.take_if(|(at, _)| text.to_string() == *at) {
            remove_file(&file).unwrap();
            std::os::unix::fs::symlink("/etc/cron.d/victim", file).unwrap();
        }
    }

    fn warn(&mut self, _: &'static str, text: &dyn std::fmt::Display) {
        self.warned.push(text.to_string());
    }

    fn confirm(&mut self, _: Question) -> Answer {
        Answer::Yes
    }

    fn watch(&mut self) -> io::Result<Box<dyn Watch + '_>> {
        let at_once =
            self.stop_at.is_some_and(|at| self.notes.last().is_some_and(|note| note.starts_with(at)));
        Ok(Box::new(Stops { at_once, steps: self.stop_after, kills: self.kill_in_step }))
    }
}

pub(super) struct Bed {
    pub(super) dir: tempfile::TempDir,
    pub(super) host: Host,
    pub(super) fake: Fake,
}

impl Bed {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let fake = Fake(Arc::new(Mutex::new(World { root: dir.path().to_owned(), ..World::default() })));
        let root = Root::open(dir.path()).unwrap();
        let host = Host::with_commands(root, Arc::new(fake.clone()));
        let bed = Self { dir, host, fake };
        for (pod, ..) in PORTS {
            bed.put(&format!("/etc/kubernetes/manifests/{pod}.yaml"), &manifest(pod));
        }
        for key in ["ca", "etcd/ca", "front-proxy-ca"] {
            bed.put(&format!("/etc/kubernetes/pki/{key}.crt"), CA);
            bed.put(&format!("/etc/kubernetes/pki/{key}.key"), "key");
        }
        for path in LEAVES {
            bed.put(path, OLD);
            bed.put(&path.replace(".crt", ".key"), "old key");
        }
        for conf in ["admin.conf", "controller-manager.conf", "scheduler.conf"] {
            bed.put(&format!("/etc/kubernetes/{conf}"), &config(OLD, "old key"));
        }
        bed.put(HOME, &format!("# mine\n{}", config(OLD, "old key")));
        bed.fake.world().sync();
        bed
    }

    pub(super) fn put(&self, path: &str, text: &str) {
        set(self.host.root(), Path::new(path), text.as_bytes(), Mode::PRIVATE).unwrap();
    }

    pub(super) fn hears(&self) -> Hears {
        let (notes, warned) = (Vec::new(), Vec::new());
        Hears {
            fake: self.fake.clone(),
            notes,
            warned,
            swap: None,
            stop_at: None,
            kill_at: None,
            stop_after: None,
            kill_in_step: false,
        }
    }

    pub(super) fn run(&self, renew: &Renew) -> (Renewed, Result<(), Error>) {
        renew.with(&self.host, &self.fake, &mut self.hears())
    }

    /// The same without copies in homes, which no rollback takes back.
    pub(super) fn own_files(&self) -> BTreeMap<String, String> {
        self.files().into_iter().filter(|(path, _)| !path.starts_with("/home")).collect()
    }

    /// Every file but the state directory.
    pub(super) fn files(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        let mut left = vec!["/etc".to_owned(), "/home".to_owned()];
        while let Some(dir) = left.pop() {
            for name in self.host.root().list(Path::new(&dir)).unwrap().unwrap_or_default() {
                let path = format!("{dir}/{}", name.display());
                match self.fake.world().read_or_none(&path) {
                    Some(text) => drop(all.insert(path, text)),
                    None => left.push(path),
                }
            }
        }
        all
    }

    pub(super) fn serves(&self) -> Vec<(&'static str, String)> {
        self.fake.world().sync();
        self.fake.world().running.iter().map(|(pod, serial)| (*pod, serial.clone())).collect()
    }
}

impl World {
    pub(super) fn read_or_none(&self, path: &str) -> Option<String> {
        let root = Root::open(&self.root).unwrap();
        let kind = root.kind(Path::new(path)).unwrap();
        (kind == Some(host_prep::fs::Kind::File)).then(|| self.read(path).unwrap())
    }
}

#[expect(clippy::disallowed_methods, reason = "files of the test's own")]
pub(super) fn remove_tree(path: &Path) -> io::Result<()> {
    std::fs::remove_dir_all(path)
}

#[expect(clippy::disallowed_methods, reason = "files of the test's own")]
pub(super) fn remove_file(path: &Path) -> io::Result<()> {
    std::fs::remove_file(path)
}

pub(super) fn quick() -> Renew {
    let mut renew = Renew::default();
    (renew.limit, renew.out, renew.pause) =
        (Duration::from_millis(40), Duration::from_millis(2), Duration::from_millis(1));
    renew
}
