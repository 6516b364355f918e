//! Nodes that once worked: what the tool says of one that is ill, and that it says nothing of one
//! that is well. Recordings of a real node lie beside the checkout; what each rule needs is laid by
//! hand as well.

mod kubelet;
mod rules;
mod units;

use std::collections::BTreeMap;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use host_prep::facts::{Fact, Facts, FileSystem, ObserveOptions, Space, observe};
use host_prep::fs::Root;
use host_prep::{Host, Plan, plan};
use k8sprep::doctor::{Role, brief, outlook};
use k8sprep::recipe::{Finding, NodeSpec, Severity, agree, desired};
use k8sprep_tests::fake_host::FakeHost;
use k8sprep_tests::scripted::Scripted;

/// 2026-11-24, when the recorded certificates are a day old.
const NOW: u64 = 1_795_500_000;

fn time(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn recorded() -> Option<PathBuf> {
    k8sprep_tests::recorded("conformance/node")
}

/// A node: its tree, its sockets, and programs that answer from a script.
struct Node {
    fake: FakeHost,
    script: Arc<Scripted>,
    sockets: Vec<UnixListener>,
}

impl Node {
    fn new(files: &[(&str, &str)]) -> Self {
        let fake = FakeHost::new(files);
        Self { fake, script: Arc::new(Scripted::new()), sockets: Vec::new() }
    }

    /// The recorded node with its live state, as it is well.
    fn of(recorded: &Path) -> Self {
        let healthy = recorded.join("healthy");
        let mut node =
            Self::new(&[("proc/sys/kernel/osrelease", "6.18.0\n"), ("proc/filesystems", "overlay\n")]);
        copy(&healthy.join("files"), Path::new(""), &node.fake);
        node.lacks_nothing();
        let text = |name: &str| std::fs::read_to_string(healthy.join(name)).unwrap();
        node.fake.lay("proc/swaps", &text("proc-swaps.txt"));
        node.fake.lay("proc/mounts", &text("proc-mounts.txt"));
        for line in text("sysctl.txt").lines() {
            let (key, value) = line.split_once(" = ").unwrap_or((line.trim_end_matches(" ="), ""));
            node.fake.lay(&format!("proc/sys/{}", key.replace('.', "/")), &format!("{value}\n"));
        }
        node.fake.lay("proc/sys/fs/inotify/max_user_instances", "8192\n");
        node.kubelet();
        node.fake.lay("proc/77/cmdline", &text("kubelet-cmdline.txt").replace(' ', "\0"));
        node.listens(&[2379, 6443, 10257, 10259]);
        node.crio();
        node
    }

    /// A recording has no programs and no keys: that they are there is no secret.
    fn lacks_nothing(&self) {
        for name in ["admin", "kubelet", "scheduler", "controller-manager"] {
            self.fake.lay(&format!("etc/kubernetes/{name}.conf"), KUBECONFIG);
        }
        self.fake.lay("etc/machine-id", "0c5ad2f4a6a94b6c9c5fd2b0a3f4e7d1\n");
        self.fake.lay("etc/resolv.conf", "nameserver 192.0.2.53\n");
        self.fake.lay("dev/kmsg", "");
        for name in ["bridge", "portmap", "loopback"] {
            self.fake.lay(&format!("usr/lib/cni/{name}"), "");
        }
        for name in ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] {
            let manifest = self.fake.read(&format!("etc/kubernetes/manifests/{name}.yaml")).unwrap();
            let files = manifest.lines().filter_map(|line| line.split_once("=/etc/kubernetes/pki/"));
            for (_, file) in files {
                let path = format!("etc/kubernetes/pki/{}", file.trim());
                // What is no file cannot be read: of what nobody recorded nothing is told.
                if self.fake.read(&path).is_none() {
                    self.fake.lay(&format!("{path}/"), "");
                }
            }
        }
    }

    fn kubelet(&self) {
        self.fake.lay("proc/77/comm", "kubelet\n");
        self.fake.lay("proc/77/cmdline", "/usr/bin/kubelet\0");
    }

    fn listens(&self, ports: &[u16]) {
        let lines = ports.iter().map(|port| format!("   0: 00000000:{port:04X} 00000000:0000 0A 0 0 0 0\n"));
        let head = "  sl  local_address rem_address   st\n".to_owned();
        self.fake.lay("proc/net/tcp", &std::iter::once(head).chain(lines).collect::<String>());
    }

    /// What systemd says of kubelet and CRI-O.
    fn systemd(&mut self, kubelet: &str, crio: &str) {
        let said = format!("LoadState=loaded\n{kubelet}\n\nLoadState=loaded\n{crio}\n");
        self.script = Arc::new(Scripted::new().says("systemctl show", &said));
        self.fake.lay("proc/uptime", "1000.00 900.00\n");
    }

    fn crio(&mut self) {
        self.fake.lay("var/run/crio/", "");
        self.sockets.push(UnixListener::bind(self.fake.root().join("var/run/crio/crio.sock")).unwrap());
    }

    fn without(&self, path: &str) {
        let at = self.fake.root().join(path);
        if at.is_dir() { std::fs::remove_dir_all(at) } else { std::fs::remove_file(at) }.unwrap();
    }

    /// Replaces a word of a file that must be in it.
    fn edit(&self, path: &str, old: &str, new: &str) {
        let text = self.fake.read(path).unwrap();
        assert!(text.contains(old), "{path} has no {old}");
        self.fake.lay(path, &text.replace(old, new));
    }

    fn running(&self) -> Host {
        Host::with_commands(Root::open(self.fake.root()).unwrap(), self.script.clone())
    }

    fn facts(&self, host: &Host) -> Facts {
        observe(host, &ObserveOptions::default())
    }

    /// What `k8sprep facts` finds.
    fn findings(&self) -> Vec<Finding> {
        let host = self.running();
        brief(&host, &self.facts(&host), time(NOW))
    }

    /// The same of its files alone.
    fn of_files(&self) -> Vec<Finding> {
        let host = self.fake.offline();
        brief(&host, &self.facts(&host), time(NOW))
    }

    fn said(&self) -> String {
        text_of(&self.findings())
    }

    /// What `k8sprep plan` and `verify` say for a spec, but for services and packages.
    fn plan(&self, spec: &str) -> (Plan, Vec<Finding>) {
        let host = self.running();
        let facts = self.facts(&host);
        let spec = NodeSpec::from_yaml(spec).unwrap();
        let token = "abcdef.0123456789abcdef".parse().unwrap();
        let recipe = desired(&spec, &facts, token).unwrap();
        let plan = plan(&recipe.desired, &host_prep::observe(&host, &recipe.desired));
        let agreed = agree(&spec).unwrap();
        let outlook = outlook(&host, &plan, (Role::ControlPlane, &agreed), time(NOW)).unwrap();
        (plan, outlook.brief())
    }
}

fn copy(from: &Path, below: &Path, to: &FakeHost) {
    for entry in std::fs::read_dir(from.join(below)).unwrap() {
        let path = below.join(entry.unwrap().file_name());
        if from.join(&path).is_dir() {
            copy(from, &path, to);
        } else {
            to.lay(path.to_str().unwrap(), &std::fs::read_to_string(from.join(&path)).unwrap());
        }
    }
}

fn text_of(findings: &[Finding]) -> String {
    findings
        .iter()
        .map(|one| format!("{:?} {}: {} ({})\n", one.severity, one.resource, one.what, one.hint))
        .collect()
}

fn shown(plan: &Plan) -> String {
    let steps = plan
        .steps()
        .iter()
        .map(|step| format!("{} {}: {}\n", step.change.verb(), step.change.subject(), step.reason));
    let problems =
        plan.problems().iter().map(|problem| format!("problem {}: {}\n", problem.resource, problem.what));
    steps.chain(problems).collect()
}

const SPEC: &str = "kubernetesVersion: v1.34.0\nnodeName: cp1\nadvertiseAddress: 198.51.100.11\n\
                    networking: {podSubnet: 10.244.0.0/16}\n";

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn of_a_node_that_is_well_nothing_is_found() {
    let Some(recorded) = recorded() else { return };
    let node = Node::of(&recorded);
    assert_eq!(node.said(), "");
    let (plan, found) = node.plan(SPEC);
    assert_eq!(text_of(&found), "");
    assert!(plan.problems().is_empty(), "{plan:?}");
    let said = shown(&plan);
    // Its own files say what kubeadm needs already: neither swap nor forwarding nor a flag has to
    // change.
    for unwanted in ["swap", "ip_forward", "kubelet reads", " has crio."] {
        assert!(!said.contains(unwanted), "{unwanted}: {said}");
    }
    let facts = node.facts(&node.running());
    assert_eq!(facts.kubeadm.manifests.known().unwrap().len(), 4);
    assert_eq!(facts.kubelet.flag("config"), Some("/var/lib/kubelet/config.yaml"));
    assert!(facts.sockets.known().unwrap().iter().any(|socket| socket.runtime == "cri-o"));
    assert_eq!(facts.swap.active.known().unwrap().len(), 0);
}

/// How an illness was made, what the recorded daemons say of it, and what the tool has to say.
struct Illness {
    folder: &'static str,
    make: fn(&mut Node, &Path),
    journal: &'static str,
    said: &'static [&'static str],
}

const ILLNESSES: &[Illness] = &[
    Illness {
        folder: "apiserver-down",
        make: |node, _| node.without("etc/kubernetes/manifests/kube-apiserver.yaml"),
        journal: "dial tcp 198.51.100.11:6443: connect: connection refused",
        said: &["/etc/kubernetes/manifests/kube-apiserver.yaml is not there", "no kube-apiserver runs"],
    },
    Illness {
        folder: "cni-missing",
        make: |node, _| node.without("etc/cni/net.d/10-bridge.conflist"),
        journal: "",
        said: &["/etc/cni/net.d has no network configuration", "install a network plugin"],
    },
    Illness {
        folder: "crio-cgroupfs",
        make: |node, _| {
            node.edit("etc/crio/crio.conf.d/10-x.conf", "\"systemd\"", "\"cgroupfs\"");
            node.edit("etc/crio/crio.conf.d/10-x.conf", "\"system.slice\"", "\"pod\"");
        },
        journal: "",
        said: &[
            "the kubelet has cgroup driver systemd, CRI-O has cgroupfs",
            "10-x.conf:5 has crio.runtime.cgroup_manager = \"cgroupfs\"",
        ],
    },
    Illness {
        folder: "crio-stopped",
        make: |node, _| node.without("var/run/crio/crio.sock"),
        journal: "dial unix /var/run/crio/crio.sock: connect: no such file or directory",
        said: &["/var/run/crio/crio.sock is not there: CRI-O does not run", "systemctl start crio"],
    },
    Illness {
        folder: "crio-toml-broken",
        make: |node, _| {
            let text = "[crio.runtime]\ncgroup_manager = \"systemd\n";
            node.fake.lay("etc/crio/crio.conf.d/99-y.conf", text);
            node.without("var/run/crio/crio.sock");
        },
        journal: "99-y.conf: toml: line 2 (last key \\\"crio.runtime.cgroup_manager\\\"): strings cannot contain newlines",
        said: &[
            "99-y.conf:2: CRI-O 1.34 does not start",
            "line 2 (last key \"crio.runtime.cgroup_manager\"): strings cannot contain newlines",
            // A file that cannot be read does not hide it.
            "/var/run/crio/crio.sock is not there: CRI-O does not run",
        ],
    },
    Illness {
        folder: "crun-too-old",
        make: |node, _| {
            node.edit("etc/crio/crio.conf.d/10-x.conf", "/usr/local/bin/runc-noadj", "/usr/bin/crun");
            node.fake.lay("usr/bin/crun", "");
            node.script = Arc::new(
                Scripted::new().says("/usr/bin/crun --version", "crun version 1.8.1\nspec: 1.0.0\n"),
            );
        },
        journal: "unknown version specified",
        said: &["/usr/bin/crun is version 1.8.1, and 1.14.3 or later is needed", "unknown version specified"],
    },
    Illness {
        folder: "ip-forward-off",
        make: |node, _| node.fake.lay("proc/sys/net/ipv4/ip_forward", "0\n"),
        journal: "",
        said: &["net.ipv4.ip_forward is 0", "set net.ipv4.ip_forward"],
    },
    Illness {
        folder: "kubelet-cgroupfs-config",
        make: |node, _| {
            node.edit("var/lib/kubelet/config.yaml", "cgroupDriver: systemd", "cgroupDriver: cgroupfs")
        },
        journal: "Using cgroup driver setting received from the CRI runtime",
        said: &[
            "config.yaml:15:",
            "the kubelet has cgroup driver cgroupfs, CRI-O has systemd, which kubelet 1.34 takes",
        ],
    },
    Illness {
        folder: "kubelet-config-missing",
        make: |node, _| node.without("var/lib/kubelet/config.yaml"),
        journal: "open /var/lib/kubelet/config.yaml: no such file or directory",
        said: &["/var/lib/kubelet/config.yaml is not there", "kubeadm upgrade node phase kubelet-config"],
    },
    Illness {
        folder: "old-flag-container-runtime",
        make: |node, _| {
            node.fake.lay("etc/default/kubelet", "KUBELET_EXTRA_ARGS=--container-runtime=remote\n")
        },
        journal: "unknown flag: --container-runtime",
        said: &[
            "/etc/default/kubelet: the kubelet has --container-runtime",
            "change /etc/default/kubelet",
            "unknown flag: --container-runtime",
        ],
    },
    Illness {
        folder: "swap-on",
        make: |node, folder| {
            node.fake.lay("proc/swaps", &std::fs::read_to_string(folder.join("proc-swaps.txt")).unwrap())
        },
        journal: "running with swap on is not supported",
        said: &["swap is on (/root/swap), and the kubelet ends", "switch off swap /root/swap"],
    },
];

/// Folders that are no state of this node's own files.
const ELSEWHERE: &[&str] = &["healthy", "healthy-preflight", "join-right", "join-wrong-hash"];

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn of_each_recorded_illness_the_fault_is_named() {
    let Some(recorded) = recorded() else { return };
    for illness in ILLNESSES {
        let folder = recorded.join(illness.folder);
        assert!(folder.is_dir(), "{}: not recorded", illness.folder);
        let journals = ["journal-kubelet.txt", "journal-crio.txt"]
            .map(|name| std::fs::read_to_string(folder.join(name)).unwrap());
        assert!(
            journals.concat().contains(illness.journal),
            "{}: the recording says something else",
            illness.folder
        );
        let mut node = Node::of(&recorded);
        (illness.make)(&mut node, &folder);
        let (plan, for_spec) = node.plan(SPEC);
        let said = node.said() + &shown(&plan) + &text_of(&for_spec);
        for words in illness.said {
            assert!(said.contains(words), "{}: not said: {words}\n{said}", illness.folder);
        }
    }
    for entry in std::fs::read_dir(&recorded).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let known = ILLNESSES.iter().any(|one| one.folder == name) || ELSEWHERE.contains(&name.as_str());
        assert!(known || !entry.path().is_dir(), "{name}: no case is made of this recording");
    }
}

const UP: &str = "ActiveState=active\nSubState=running\nNRestarts=0\nActiveEnterTimestampMonotonic=5000000";
const LOOPS: &str = "ActiveState=activating\nSubState=auto-restart\nNRestarts=23";
const STOPPED: &str = "ActiveState=inactive\nSubState=dead\nNRestarts=0";

/// Walk M2: what a plan for a spec cannot see and `verify` has to: daemons of a member that do not
/// run.
#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn a_member_whose_daemons_do_not_run_differs_from_its_spec() {
    let Some(recorded) = recorded() else { return };
    type Make = fn(&mut Node);
    let rows: [(Make, &str); 9] = [
        (|node| node.without("proc/77"), "the kubelet of this node does not run"),
        (|node| node.systemd(STOPPED, UP), "the kubelet of this node does not run"),
        (
            |node| node.systemd(LOOPS, UP),
            "the kubelet of this node exits again and again: systemd has restarted it 23 times",
        ),
        (|node| node.systemd(UP, LOOPS), "CRI-O of this node exits again and again"),
        (|node| node.listens(&[2379, 10257, 10259]), "nobody listens on port 6443: the API server"),
        (|node| node.listens(&[6443, 10257, 10259]), "nobody listens on port 2379: etcd"),
        (|node| node.listens(&[6443, 2379, 10257]), "nobody listens on port 10259: the scheduler"),
        (|node| node.listens(&[6443, 2379, 10259]), "nobody listens on port 10257: the controller manager"),
        (|node| node.systemd(UP, UP), ""),
    ];
    for (make, words) in rows {
        let mut node = Node::of(&recorded);
        make(&mut node);
        for found in [node.plan(SPEC).1, node.findings()] {
            let said = text_of(&found);
            let faults = found.iter().filter(|one| one.severity == Severity::Fault).count();
            assert_eq!(faults, usize::from(!words.is_empty()), "{words}: {said}");
            assert!(said.contains(words), "{words}: {said}");
        }
    }
    // A tree has no daemons, whatever the host that looks at it does.
    let node = Node::of(&recorded);
    let facts = node.facts(&node.fake.offline());
    assert!(facts.daemons.known().is_none() && facts.space.known().is_none());
}

/// Walk M8: nodefs 10 %, imagefs 15 %, inodes 5 %, unless the kubelet is told otherwise.
#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn a_member_without_room_is_a_fault_by_the_kubelets_own_limits() {
    let Some(recorded) = recorded() else { return };
    const GIB: u64 = 1 << 30;
    let disk = |left: u64, inodes: u64| {
        let of = |path: &str| Some(FileSystem::new(path, (100 * GIB, left * GIB), (1000, inodes)));
        Space::new(of("/var/lib/kubelet"), of("/var/lib/containers/storage"), Some((8 * GIB, 4 * GIB)))
    };
    let low = Space::new(None, None, Some((GIB, 50 << 20)));
    let flag = (
        "etc/default/kubelet",
        "KUBELET_EXTRA_ARGS=--eviction-hard=imagefs.available<1%,nodefs.available<1Gi\n",
    );
    /// Space, the kubelet's own limit, and what is found.
    type Row<'a> = (Space, Option<(&'a str, &'a str)>, &'a [&'a str]);
    let rows: [Row<'_>; 7] = [
        (disk(50, 500), None, &[]),
        (
            disk(12, 500),
            None,
            &[
                "/var/lib/containers/storage has 12 GiB left, and the kubelet evicts pods below 15 GiB (imagefs.available 15%)",
            ],
        ),
        (disk(5, 500), None, &["nodefs.available 10%", "imagefs.available 15%"]),
        (disk(50, 40), None, &["40 inodes left", "imagefs.inodesFree 5%"]),
        (disk(5, 40), Some(flag), &[]),
        (disk(0, 500), Some(flag), &["nodefs.available 1Gi", "imagefs.available 1%"]),
        (low, None, &["MemoryPressure: memory has 50 MiB left"]),
    ];
    for (space, file, words) in rows {
        let node = Node::of(&recorded);
        if let Some((path, text)) = file {
            node.fake.lay(path, text);
        }
        let mut facts = node.facts(&node.running());
        facts.space = Fact::Known(space);
        let found = brief(&node.running(), &facts, time(NOW));
        let said = text_of(&found);
        assert_eq!(found.is_empty(), words.is_empty(), "{said}");
        assert!(words.iter().all(|words| said.contains(words)), "{words:?}: {said}");
    }
    let node = Node::of(&recorded);
    let config = node.fake.read("var/lib/kubelet/config.yaml").unwrap();
    node.fake.lay("var/lib/kubelet/config.yaml", &(config + "evictionHard: {nodefs.available: 1%}\n"));
    let mut facts = node.facts(&node.running());
    facts.space = Fact::Known(disk(5, 10));
    assert_eq!(
        text_of(&brief(&node.running(), &facts, time(NOW))),
        "",
        "what is not said there has no limit"
    );
    // No member: no kubelet that evicts.
    let bare = Node::new(&[("etc/systemd/system/kubelet.service", UNIT), ("etc/default/kubelet", "")]);
    let mut facts = bare.facts(&bare.running());
    facts.space = Fact::Known(disk(0, 0));
    let found = brief(&bare.running(), &facts, time(NOW));
    assert!(found.iter().all(|one| one.code != "eviction-threshold-crossed"), "{}", text_of(&found));
}

const APISERVER: &str = "kind: Pod\nmetadata: {name: kube-apiserver}\nspec: {containers: [{image: r/kube-apiserver:v1.34.2, \
                         command: [kube-apiserver, --etcd-servers=https://127.0.0.1:2379, --secure-port=7443]}]}\n";
const UNIT: &str = "[Service]\nEnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env\nEnvironmentFile=/etc/default/kubelet\n\
                    ExecStart=/usr/bin/kubelet --kubeconfig=/etc/kubernetes/kubelet.conf \
                    --config=/var/lib/kubelet/config.yaml --pod-manifest-path=/etc/kubernetes/manifests \
                    $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS\n";

/// A kubeconfig that leads to a server.
const KUBECONFIG: &str = "current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\n\
                          clusters:\n- name: c\n  cluster:\n    server: https://198.51.100.9:6443\n";

/// How every configuration of a kubelet begins.
const KUBELET: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

/// A control plane of few files, where nothing is wrong.
fn small() -> Node {
    let pod = |name: &str| {
        format!("kind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: [{{image: r/x:v1.34.2}}]}}\n")
    };
    let node = Node::new(&[
        ("etc/kubernetes/admin.conf", KUBECONFIG),
        ("etc/kubernetes/kubelet.conf", KUBECONFIG),
        ("etc/machine-id", "0c5ad2f4a6a94b6c9c5fd2b0a3f4e7d1\n"),
        ("etc/hosts", "127.0.0.1 localhost\n"),
        ("etc/kubernetes/manifests/kube-apiserver.yaml", APISERVER),
        ("etc/kubernetes/manifests/kube-controller-manager.yaml", &pod("kube-controller-manager")),
        ("etc/kubernetes/manifests/kube-scheduler.yaml", &pod("kube-scheduler")),
        ("etc/kubernetes/manifests/etcd.yaml", &pod("etcd")),
        ("etc/kubernetes/manifests/.kube-apiserver.yaml.swp", "what an editor leaves is not read"),
        ("etc/cni/net.d/10-a.conflist", "{\"name\": \"a\", \"plugins\": [{\"type\": \"bridge\"}]}"),
        ("opt/cni/bin/bridge", ""),
        ("etc/systemd/system/kubelet.service", UNIT),
        ("etc/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n"),
        ("etc/default/kubelet", "KUBELET_EXTRA_ARGS=\n"),
        ("var/lib/kubelet/config.yaml", &format!("{KUBELET}cgroupDriver: systemd\n")),
        ("var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS=\"--v=2\"\n"),
        ("etc/resolv.conf", "nameserver 192.0.2.53\n"),
    ]);
    assert_eq!(text_of(&node.of_files()), "");
    node
}

/// Before `kubeadm init` a kubelet has no configuration and pods no network, and nothing is wrong
/// with that.
#[test]
fn of_a_host_that_is_no_member_little_is_said() {
    let bare = Node::new(&[("etc/systemd/system/kubelet.service", UNIT), ("etc/default/kubelet", "")]);
    assert_eq!(text_of(&bare.of_files()), "");
}

#[test]
fn drivers_differ_by_fault_or_by_notice_as_the_kubelet_is_old_or_new() {
    let severities: BTreeMap<&str, Severity> = ["v1.24.0", "v1.30.0", "v1.31.0", "v1.34.0"]
        .into_iter()
        .map(|version| {
            let node = small();
            node.fake.lay("var/lib/kubelet/config.yaml", &format!("{KUBELET}cgroupDriver: cgroupfs\n"));
            let manifest = "etc/kubernetes/manifests/kube-apiserver.yaml";
            node.edit(manifest, "v1.34.2", version);
            let found = node.of_files();
            let one = found.iter().find(|one| one.what.contains("cgroup driver"));
            (version, one.unwrap_or_else(|| panic!("{version}: {}", text_of(&found))).severity)
        })
        .collect();
    let (fault, notice) = (Severity::Fault, Severity::Notice);
    assert_eq!(Vec::from_iter(severities.into_values()), [fault, fault, notice, notice]);
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn a_certificate_that_is_over_is_told_with_its_time() {
    let Some(recorded) = recorded() else { return };
    let node = Node::of(&recorded);
    let facts = node.facts(&node.running());
    let at = |seconds| text_of(&brief(&node.running(), &facts, time(seconds)));
    assert_eq!(at(NOW), "");
    let over = at(NOW + 20 * 365 * 86_400);
    assert!(over.contains("pki/ca.crt: the CA CN=kubernetes ended at 2036-11-20T"), "{over}");
    assert!(at(0).contains("Look at the clock"));
}

/// A later drop-in wins over ours, and one that cannot be read keeps CRI-O from starting: no step
/// makes that true.
#[test]
fn what_no_step_mends_in_crios_files_is_a_problem_of_the_plan() {
    for (text, words) in [
        (
            "[crio.runtime]\ncgroup_manager = \"cgroupfs\"\n",
            "zz.conf:2 sets crio.runtime.cgroup_manager to \"cgroupfs\", after",
        ),
        ("[crio.runtime]\ncgroup_manager = \"system\n", "zz.conf:2: CRI-O 1.34 does not start"),
    ] {
        let node = Node::new(&[("etc/crio/crio.conf.d/zz.conf", text)]);
        let (plan, _) = node.plan(SPEC);
        let problem = plan.problems().iter().find(|problem| problem.resource == "crio");
        assert!(problem.is_some_and(|problem| problem.what.contains(words)), "{plan:?}");
    }
}
