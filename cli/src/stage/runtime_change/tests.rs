//! A node of files and of units that start and stop, with containerd or docker.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use host_prep::fs::{Kind, Mode, Root, set};
use host_prep::{Commands, Outcome as Ended};

use super::*;
use crate::stage::test_bed::{kill, unless_killed};
use crate::stage::{Answer, Silent};

const FLAGS: &str = "/var/lib/kubelet/kubeadm-flags.env";
const BOOT: &str = "/proc/sys/kernel/random/boot_id";
const FILES: &[(&str, &str)] = &[
    ("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n"),
    (
        "/var/lib/dpkg/status",
        "Package: kubelet\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.34.0-1.1\n\nPackage: containerd\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.7.0\n",
    ),
    (
        "/var/lib/kubelet/config.yaml",
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncontainerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n",
    ),
    (FLAGS, "KUBELET_KUBEADM_ARGS=\"--pod-infra-container-image=registry.k8s.io/pause:3.10\"\n"),
    (
        "/var/lib/kubelet/instance-config.yaml",
        "containerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n",
    ),
    ("/etc/crictl.yaml", "runtime-endpoint: unix:///run/containerd/containerd.sock\n"),
    (
        "/etc/containerd/config.toml",
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = \"registry.k8s.io/pause:3.10\"\n",
    ),
    (
        "/etc/cni/net.d/10-containerd-net.conflist",
        "{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"plugins\":[]}\n",
    ),
    ("/var/lib/containerd/data", "layers"),
    (BOOT, "boot-1\n"),
];

#[derive(Debug, Default)]
pub(super) struct World {
    root: PathBuf,
    /// Whether each unit runs, and starts at boot.
    pub(super) units: BTreeMap<String, (bool, bool)>,
    pub(super) forward: &'static str,
    pub(super) calls: Vec<String>,
    /// Programs that are left until it is killed.
    lives: Option<usize>,
    /// What fails, by its command.
    pub(super) fails: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub(super) struct Fake(pub(super) Arc<Mutex<World>>);

impl Fake {
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    fn systemctl(&mut self, words: &[String]) -> Ended {
        let unit = |name: &String| {
            if name.contains('.') { name.clone() } else { format!("{name}.service") }
        };
        let last = words.last().map(unit).unwrap_or_default();
        match words[0].as_str() {
            "show" => {
                let names = words.iter().skip_while(|word| *word != "--").skip(1);
                let blocks: Vec<String> = names.map(|name| self.shown(name)).collect();
                return Ended::new(0, blocks.join("\n"), "");
            }
            "is-active" => {
                let runs = self.units.get(&last).is_some_and(|(active, _)| *active);
                return Ended::new(if runs { 0 } else { 3 }, "", "");
            }
            "start" | "restart" => self.units.entry(last).or_default().0 = true,
            "stop" => self.units.entry(last).or_default().0 = false,
            "enable" => self.units.entry(last).or_default().1 = true,
            "disable" => {
                for name in words.iter().filter(|word| !word.starts_with('-')).skip(1) {
                    self.units.insert(unit(name), (false, false));
                }
            }
            _ => {}
        }
        Ended::new(0, "", "")
    }

    fn shown(&self, name: &str) -> String {
        match self.units.get(name) {
            None => "LoadState=not-found\nActiveState=inactive\nUnitFileState=\nNeedDaemonReload=no\n".into(),
            Some((active, enabled)) => format!(
                "LoadState=loaded\nActiveState={}\nUnitFileState={}\nNeedDaemonReload=no\n",
                if *active { "active" } else { "inactive" },
                if *enabled { "enabled" } else { "disabled" }
            ),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "files of the test's own")]
fn remove(path: &Path) {
    let _ = std::fs::remove_dir_all(path).or_else(|_| std::fs::remove_file(path));
}

impl Commands for Fake {
    fn run(&self, asked: &Invocation) -> io::Result<Ended> {
        let mut world = self.world();
        let known = ["systemctl", "crictl", "crio", "iptables", "rm", "du", "sh", "env"];
        if !known.contains(&asked.program.as_str()) {
            return Err(io::ErrorKind::NotFound.into());
        }
        match &mut world.lives {
            None => {}
            Some(0) => {
                world.lives = None;
                drop(world);
                kill();
            }
            Some(left) => *left -= 1,
        }
        let command = asked.to_string();
        world.calls.push(command.clone());
        if world.fails.is_some_and(|fails| command.contains(fails)) {
            return Ok(Ended::new(1, "", "it cannot"));
        }
        Ok(match asked.program.as_str() {
            "systemctl" => world.systemctl(&asked.args),
            "iptables" if asked.args[0] == "-S" => {
                Ended::new(0, format!("-P FORWARD {}\n-A FORWARD -j DOCKER-USER\n", world.forward), "")
            }
            "iptables" => {
                world.forward = if asked.args[2] == "DROP" { "DROP" } else { "ACCEPT" };
                Ended::new(0, "", "")
            }
            "rm" => {
                remove(&world.root.join(&asked.args.last().unwrap()[1..]));
                Ended::new(0, "", "")
            }
            "du" => Ended::new(0, "4096\t/x\n", ""),
            _ => Ended::new(0, "", ""),
        })
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
        let on = |name: &str| (name.to_owned(), (true, true));
        let mut units = BTreeMap::from([on("kubelet.service"), on("containerd.service")]);
        units.insert("crio.service".into(), (false, false));
        let world = World { root: dir.path().to_owned(), units, forward: "ACCEPT", ..World::default() };
        let fake = Fake(Arc::new(Mutex::new(world)));
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), Arc::new(fake.clone()));
        let bed = Self { dir, host, fake };
        FILES.iter().for_each(|(path, text)| bed.put(path, text));
        bed
    }

    pub(super) fn put(&self, path: &str, text: &str) {
        set(self.host.root(), Path::new(path), text.as_bytes(), Mode::PUBLIC).unwrap();
    }

    pub(super) fn make_directory_of(&self, path: &str) {
        remove(&self.dir.path().join(&path[1..]));
        self.put(&format!("{path}/x"), "");
    }

    fn read(&self, path: &str) -> String {
        String::from_utf8(self.host.root().read(Path::new(path)).unwrap().unwrap()).unwrap()
    }

    /// Every file but those of the state directory, and which units run and start at boot.
    fn all(&self) -> (BTreeMap<String, String>, BTreeMap<String, (bool, bool)>) {
        let mut files = BTreeMap::new();
        let mut left =
            vec!["/etc".to_owned(), "/var/lib/kubelet".to_owned(), "/var/lib/containerd".to_owned()];
        while let Some(dir) = left.pop() {
            for name in self.host.root().list(Path::new(&dir)).unwrap().unwrap_or_default() {
                let path = format!("{dir}/{}", name.display());
                match self.host.root().kind(Path::new(&path)).unwrap() {
                    Some(Kind::Directory) => left.push(path),
                    _ => drop(files.insert(path.clone(), self.read(&path))),
                }
            }
        }
        (files, self.fake.world().units.clone())
    }

    fn run(&self) -> (RuntimeChanged, Result<(), Error>) {
        change().run(&self.host, &mut Silent)
    }

    fn back(&self) {
        let (done, ended) = change().back(&self.host, &mut Silent);
        ended.unwrap();
        assert_eq!((done.state, done.left.len()), ("back", 0));
    }
}

fn change() -> ChangeRuntime {
    ChangeRuntime { drain: None, ..ChangeRuntime::default() }
}

#[test]
fn every_place_names_crio_and_the_way_back_leaves_no_trace() {
    let bed = Bed::new();
    let before = bed.all();
    let (done, ended) = bed.run();
    ended.unwrap();
    assert_eq!((done.state, done.from.as_str(), done.transactions.len()), ("changed", "containerd", 2));
    let (files, units) = bed.all();
    for place in ["/var/lib/kubelet/config.yaml", "/var/lib/kubelet/instance-config.yaml", "/etc/crictl.yaml"]
    {
        assert!(files[place].contains("unix:///var/run/crio/crio.sock"), "{place}: {}", files[place]);
        assert!(!files[place].contains("containerd.sock"), "{place}");
    }
    assert!(files["/etc/crio/crio.conf.d/50-k8sprep-migrated.conf"].contains("pause_image"));
    assert!(!files.contains_key("/etc/cni/net.d/10-containerd-net.conflist"), "set aside");
    let wanted = [("containerd.service", false), ("crio.service", true), ("kubelet.service", true)];
    for (unit, on) in wanted {
        assert_eq!(units[unit], (on, if unit == "kubelet.service" { true } else { on }), "{unit}");
    }
    let calls = bed.fake.world().calls.clone();
    let at =
        |word: &str| calls.iter().position(|call| call.contains(word)).unwrap_or_else(|| panic!("{word}"));
    let order =
        ["restart crio.service", "stop kubelet.service", "rmp -f -a", "disable --now containerd.service"];
    assert!(order.windows(2).all(|two| at(two[0]) < at(two[1])), "{calls:?}");
    let (again, ended) = bed.run();
    ended.unwrap();
    assert_eq!((again.state, again.transactions.len()), ("changed", 0), "twice is once");
    bed.back();
    assert_eq!(bed.all(), before);
    let (_, ended) = change().back(&bed.host, &mut Silent);
    assert_eq!(ended.unwrap_err().code(), "no-runtime-change");
}

/// Killed at every program that is run: what is run again ends in the same bytes and units, and the way
/// back in those before.
#[test]
fn killed_it_is_gone_on_with() {
    // A prime: no step has as many moments.
    gone_on_with(5);
}

#[test]
#[ignore = "run it with `tests/layer tables`"]
fn killed_anywhere_it_is_gone_on_with() {
    gone_on_with(1);
}

fn gone_on_with(apart: usize) {
    let undisturbed = {
        let bed = Bed::new();
        bed.run().1.unwrap();
        bed.all()
    };
    let mut killed = 0;
    for lives in (0..).step_by(apart) {
        let bed = Bed::new();
        let before = bed.all();
        bed.fake.world().lives = Some(lives);
        if unless_killed(|| bed.run()).is_some() {
            break;
        }
        killed += 1;
        let (done, ended) = bed.run();
        ended.unwrap_or_else(|error| panic!("killed at {lives}: {error}"));
        assert_eq!((done.state, bed.all()), ("changed", undisturbed.clone()), "killed at {lives}");
        bed.back();
        assert_eq!(bed.all(), before, "killed at {lives}");
    }
    assert!(killed * apart > 10, "{killed}");
}

#[test]
fn where_a_step_fails_the_node_goes_on_with_its_old_runtime() {
    let bed = Bed::new();
    bed.fake.world().fails = Some("start kubelet.service");
    // The way back starts it, too.
    let (_, ended) = bed.run();
    assert!(ended.is_err());
    bed.fake.world().fails = None;
    let recovered = host_prep::recover(&bed.host, Duration::ZERO, &mut NoProgress).unwrap();
    assert!(recovered.is_complete());
    let units = bed.fake.world().units.clone();
    assert_eq!(units["containerd.service"], (true, true));
    assert_eq!(units["kubelet.service"], (true, true));
    assert!(bed.read("/etc/crictl.yaml").contains("containerd.sock"));
    bed.run().1.unwrap();
    assert!(bed.read("/etc/crictl.yaml").contains("crio.sock"));
}

#[test]
fn dockers_policy_of_forward_goes_and_comes_back() {
    let bed = Bed::new();
    bed.fake.world().forward = "DROP";
    bed.run().1.unwrap();
    assert_eq!(bed.fake.world().forward, "ACCEPT");
    bed.back();
    assert_eq!(bed.fake.world().forward, "DROP");
}

#[test]
fn another_user_of_the_old_runtime_stops_it_unless_it_is_accepted() {
    let bed = Bed::new();
    bed.put("/etc/systemd/system/app.service", "[Service]\nExecStart=/usr/bin/nerdctl run x\n");
    let before = bed.all();
    let (_, ended) = bed.run();
    let error = ended.unwrap_err();
    assert_eq!(error.code(), "plan-blocked");
    assert!(error.to_string().contains("[old-runtime-used-otherwise]"), "{error}");
    assert_eq!(bed.all(), before);
    let mut told = change();
    told.plan.despite = vec!["old-runtime-used-otherwise".into()];
    told.run(&bed.host, &mut Silent).1.unwrap();
}

#[test]
fn without_crio_or_an_image_the_kubelet_is_left_alone() {
    let bed = Bed::new();
    bed.fake.world().fails = Some("crio --version");
    assert_eq!(bed.run().1.unwrap_err().code(), "crio-not-runnable");
    bed.fake.world().fails = Some("pull");
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: kube-system}\nspec:\n  containers:\n  - name: x\n    image: registry.example.com/x:1\n    command: [x]\n";
    bed.put("/etc/kubernetes/manifests/x.yaml", pod);
    let (done, ended) = bed.run();
    let error = ended.unwrap_err();
    assert_eq!(error.code(), "image-not-pulled");
    assert!(error.to_string().contains("registry.example.com/x:1"), "{error}");
    assert_eq!((done.state, done.from.as_str()), ("old", "containerd"));
    assert!(!bed.fake.world().calls.iter().any(|call| call.contains("stop kubelet")));
}

#[test]
fn nothing_is_deleted_before_a_reboot_was_survived() {
    let confirm = |bed: &Bed| change().confirm(&bed.host, &mut Silent);
    let bed = Bed::new();
    assert_eq!(confirm(&bed).1.unwrap_err().code(), "no-runtime-change");
    bed.run().1.unwrap();
    assert_eq!(confirm(&bed).1.unwrap_err().code(), "reboot-not-survived");
    bed.put(BOOT, "boot-2\n");
    bed.fake.world().units.insert("containerd.service".into(), (true, true));
    assert_eq!(confirm(&bed).1.unwrap_err().code(), "reboot-not-survived", "it runs again");
    bed.fake.world().units.insert("containerd.service".into(), (false, false));
    bed.put("/var/lib/docker/image/x", "another runtime's");
    let (done, ended) = confirm(&bed);
    ended.unwrap();
    let what: Vec<_> = done.deleted.iter().map(|one| (one.what.as_str(), one.bytes)).collect();
    let wanted = [("containerd", None), ("/var/lib/containerd", Some(4096))];
    assert_eq!((done.state, what.as_slice()), ("confirmed", wanted.as_slice()));
    // What needs it is not removed with it: dpkg refuses then, and apt would not.
    let calls = bed.fake.world().calls.clone();
    let removes = |call: &&String| {
        call.contains("dpkg") && call.ends_with("--remove -- containerd") && !call.contains("--no-act")
    };
    assert_eq!(calls.iter().filter(removes).count(), 1, "{calls:?}");
    assert!(bed.dir.path().join("var/lib/docker/image/x").exists());
    assert!(!bed.dir.path().join("var/lib/containerd").exists());
    assert_eq!(change().back(&bed.host, &mut Silent).1.unwrap_err().code(), "no-runtime-change");
}

/// A node whose runtime was changed, and that was rebooted since.
fn rebooted() -> Bed {
    let bed = Bed::new();
    bed.run().1.unwrap();
    bed.put(BOOT, "boot-2\n");
    bed
}

#[test]
fn what_is_mounted_there_is_not_deleted_and_what_was_is_told() {
    let bed = rebooted();
    bed.put(
        "/proc/self/mountinfo",
        "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:1 /data /var/lib/containerd/db rw - ext4 /dev/sda1 rw\n",
    );
    let (done, ended) = change().confirm(&bed.host, &mut Silent);
    let error = ended.unwrap_err();
    assert_eq!(error.code(), "leftover-not-removed");
    assert!(error.to_string().contains("/var/lib/containerd/db: unmount it first"), "{error}");
    assert_eq!((done.state, done.deleted.len(), &*done.deleted[0].what), ("changed", 1, "containerd"));
    assert!(bed.dir.path().join("var/lib/containerd/data").exists());
    // Its package is gone: neither way leads to a runtime that starts.
    let half = bed.all();
    for ended in [change().back(&bed.host, &mut Silent).1, bed.run().1] {
        let error = ended.unwrap_err();
        assert_eq!(error.code(), "no-runtime-change");
        assert!(error.to_string().contains("what containerd had is being deleted here"), "{error}");
    }
    assert_eq!(bed.all(), half);
    bed.put("/proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n");
    let (done, ended) = change().confirm(&bed.host, &mut Silent);
    ended.unwrap();
    assert_eq!(done.state, "confirmed");
    assert!(!bed.dir.path().join("var/lib/containerd").exists());
}

/// The kubelet may be told the old runtime again by then.
#[test]
fn after_a_way_back_that_failed_nothing_is_deleted() {
    let bed = Bed::new();
    bed.run().1.unwrap();
    bed.fake.world().fails = Some("start kubelet.service");
    change().back(&bed.host, &mut Silent).1.unwrap_err();
    bed.fake.world().fails = None;
    bed.put(BOOT, "boot-2\n");
    bed.fake.world().units.insert("containerd.service".into(), (false, false));
    let error = change().confirm(&bed.host, &mut Silent).1.unwrap_err();
    assert_eq!(error.code(), "reboot-not-survived");
    assert!(error.to_string().contains("did not come to its end"), "{error}");
    assert!(bed.dir.path().join("var/lib/containerd/data").exists());
    bed.back();
}

#[test]
fn packages_that_are_not_removed_leave_all_data() {
    let bed = rebooted();
    bed.fake.world().fails = Some("dpkg");
    let (done, ended) = change().confirm(&bed.host, &mut Silent);
    assert!(ended.is_err());
    assert_eq!((done.state, done.deleted), ("changed", Vec::new()));
    assert!(bed.dir.path().join("var/lib/containerd/data").exists());
    assert!(cluster::runtime_change(&bed.host).unwrap().is_some(), "it can be confirmed again");
}

#[test]
fn what_goes_is_of_the_runtime_that_went() {
    let bed = Bed::new();
    bed.put("/var/lib/docker/volumes/metadata.db", "");
    bed.put("/var/lib/docker/image/x", "layers");
    let goes = |from: &str| {
        let mut done = RuntimeChanged::default();
        let all = confirm::data(&bed.host, from, &mut done).unwrap();
        (all.into_iter().map(|one| one.what).collect::<Vec<_>>(), done.left.len())
    };
    let of = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    assert_eq!(goes("containerd"), (of(&["/var/lib/containerd"]), 0));
    assert_eq!(goes("cri-dockerd"), (of(&["/var/lib/docker", "/var/lib/containerd"]), 0));
    bed.put("/var/lib/docker/volumes/people/_data/x", "theirs");
    assert_eq!(goes("dockershim"), (of(&["/var/lib/docker/image", "/var/lib/containerd"]), 1));
}

#[test]
fn what_waited_for_its_turn_looks_again() {
    let bed = rebooted();
    let turn = cluster::take_turn(&bed.host, Duration::ZERO, &mut NoProgress).unwrap();
    let waits = ChangeRuntime { wait: Duration::from_secs(20), ..change() };
    std::thread::scope(|scope| {
        let confirm = scope.spawn(|| waits.confirm(&bed.host, &mut Silent).1);
        let back = scope.spawn(|| waits.back(&bed.host, &mut Silent).1);
        std::thread::sleep(Duration::from_millis(300));
        cluster::keep_runtime_change(&bed.host, None).unwrap();
        drop(turn);
        assert_eq!(confirm.join().unwrap().unwrap_err().code(), "no-runtime-change");
        assert_eq!(back.join().unwrap().unwrap_err().code(), "no-runtime-change");
    });
    assert!(bed.dir.path().join("var/lib/containerd/data").exists());
    assert!(bed.read("/etc/crictl.yaml").contains("crio.sock"));
}

/// The flag that CRI-O's release would want is one that this kubelet refuses.
#[test]
fn the_kubelet_is_told_by_its_own_minor() {
    let bed = Bed::new();
    for path in ["/var/lib/kubelet/config.yaml", "/var/lib/kubelet/instance-config.yaml"] {
        bed.put(path, "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n");
    }
    let status = bed.read("/var/lib/dpkg/status").replace("1.34.0-1.1", "1.26.0-1.1");
    bed.put("/var/lib/dpkg/status", &status);
    let mut told = change();
    told.plan.release = Some("1.31".parse().unwrap());
    told.run(&bed.host, &mut Silent).1.unwrap();
    assert!(bed.read(FLAGS).contains("--container-runtime-endpoint=unix:///var/run/crio/crio.sock"));
    assert!(!bed.read("/var/lib/kubelet/config.yaml").contains("containerRuntimeEndpoint"));
}

/// kubeadm writes an empty one where it knows of none; the kubelet asks containerd then.
#[test]
fn an_endpoint_that_is_empty_is_not_said_twice() {
    let bed = Bed::new();
    let config = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncontainerRuntimeEndpoint: \"\"\n";
    bed.put("/var/lib/kubelet/config.yaml", config);
    bed.put("/var/lib/kubelet/instance-config.yaml", "containerRuntimeEndpoint: \"\"\n");
    bed.run().1.unwrap();
    let text = bed.read("/var/lib/kubelet/config.yaml");
    assert_eq!(text, config.replace("\"\"", "\"unix:///var/run/crio/crio.sock\""));
}

/// Nobody says yes.
struct Refuses;

impl Reporter for Refuses {
    fn confirm(&mut self, _: Question) -> Answer {
        Answer::No
    }
}

#[test]
fn without_a_yes_nothing_is_begun() {
    let bed = Bed::new();
    let before = bed.all();
    let (_, ended) = change().run(&bed.host, &mut Refuses);
    assert_eq!((ended.unwrap_err().code(), bed.all()), ("declined", before));
    assert_eq!(cluster::runtime_change(&bed.host).unwrap(), None);
}
