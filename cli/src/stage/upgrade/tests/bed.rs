//! A node in a directory: programs that do to its files what kubeadm, apt and systemd do, and a cluster behind
//! an API server.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cri_probe::test_util::{ApiReply, ApiRequest, FakeApi, FakeCri};
use host_prep::fs::{Mode, Root, set};
use host_prep::{Commands, Host, Invocation, Outcome};
use serde_json::{Value, json};

use crate::doctor::renamed_away::STATIC_PODS as NAMES;
use crate::stage::test_bed::kill;
use crate::stage::{Answer, Drain, Question, Reporter, Upgrade};

const MANIFESTS: &str = "/etc/kubernetes/manifests";
const TMP: &str = "/etc/kubernetes/tmp";
const CONFIG: &str = "/var/lib/kubelet/config.yaml";
const INSTANCE: &str = "/var/lib/kubelet/instance-config.yaml";
const FLAGS: &str = "/var/lib/kubelet/kubeadm-flags.env";
const LIST: &str = "/etc/apt/sources.list.d/kubernetes.list";
const STATUS: &str = "/var/lib/dpkg/status";
const UNIT: &str = "[Service]\nEnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env\n\
                    EnvironmentFile=-/etc/default/kubelet\n\
                    ExecStart=/usr/bin/kubelet --kubeconfig=/etc/kubernetes/kubelet.conf \
                    --config=/var/lib/kubelet/config.yaml $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS\n";
const INFO: &str = r#"{"storage_driver":"overlay","storage_image":"","storage_root":"/var/lib/containers/storage","cgroup_driver":"systemd","default_id_mappings":{"uids":[],"gids":[]}}"#;

/// What is so outside of the files.
#[derive(Default)]
pub(super) struct World {
    pub(super) node: Value,
    pub(super) pods: Vec<Value>,
    /// What the ConfigMap kubeadm-config says, and what the API server runs.
    pub(super) cluster: String,
    /// What the ConfigMap kubelet-config says.
    pub(super) kubelet_settings: String,
    pub(super) calls: Vec<String>,
    /// So many moments are left until this process is killed.
    pub(super) lives: Option<usize>,
    /// Programs that fail, by a part of their command line.
    pub(super) fails: Option<&'static str>,
    /// The size of etcd's data.
    pub(super) size: u64,
    /// A file that CRI-O's package brings.
    pub(super) brings: Option<(&'static str, &'static str)>,
    /// The release that etcd's members run.
    pub(super) members: Vec<&'static str>,
    /// The repositories have no packages of another minor than this.
    pub(super) only: Option<&'static str>,
    /// No repository answers but that of a bundle.
    pub(super) offline: bool,
    /// What is in the storage of images.
    pub(super) images: Vec<String>,
    running: BTreeMap<&'static str, bool>,
}

/// The host's programs.
pub(super) struct Programs {
    root: PathBuf,
    world: Arc<Mutex<World>>,
}

impl std::fmt::Debug for Programs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Programs")
    }
}

fn lock(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A moment at which a run may be killed.
fn moment(world: &Mutex<World>) {
    let mut world = lock(world);
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

fn ok(text: impl Into<String>) -> io::Result<Outcome> {
    Ok(Outcome::new(0, text.into(), ""))
}

fn failed(status: i32, text: impl Into<String>) -> io::Result<Outcome> {
    Ok(Outcome::new(status, "", text.into()))
}

impl Commands for Programs {
    fn run(&self, asked: &Invocation) -> io::Result<Outcome> {
        let words: Vec<&str> = asked.args.iter().map(String::as_str).collect();
        let changes = !matches!(asked.program.as_str(), "journalctl" | "rpm" | "sysctl" | "df" | "ss" | "ip")
            && !words.contains(&"show");
        if changes {
            moment(&self.world);
        }
        let line = asked.to_string();
        lock(&self.world).calls.push(line.clone());
        if lock(&self.world).fails.is_some_and(|part| line.contains(part)) {
            return failed(1, "it was told to fail");
        }
        let done = match (asked.program.as_str(), words.as_slice()) {
            ("kubeadm", ["version", ..]) => ok(format!("v{}\n", self.version("kubeadm"))),
            ("kubeadm", ["config", ..]) => ok(""),
            ("kubeadm", ["upgrade", "apply", ..]) => self.kubeadm_apply(),
            ("kubeadm", ["upgrade", "node", ..]) => self.kubeadm_node(),
            ("env", [_, "apt-get", rest @ ..]) => self.apt(rest),
            ("env", _) => ok(""),
            ("apt-mark", [verb, names @ ..]) => self.mark(verb, names),
            ("systemctl", words) => self.systemctl(words),
            ("skopeo", [_, "inspect", .., image]) => self.image(image),
            ("skopeo", [_, "copy", .., from, to]) => self.load(from, to),
            ("crictl", ["ps", ..]) => ok("abc\n"),
            ("crictl", ["exec", rest @ ..]) => {
                if let Some(at) = rest.iter().position(|word| *word == "save") {
                    self.put(rest[at + 1], "snapshot");
                }
                if rest.contains(&"status") { ok(self.members()) } else { ok("") }
            }
            ("du", _) => ok(format!("{}\t/x\n", lock(&self.world).size)),
            ("mv", [.., from, to]) => std::fs::rename(from, to).and_then(|()| ok("")),
            ("rm", [.., path]) => {
                let _ = remove(Path::new(path));
                ok("")
            }
            _ => ok(""),
        };
        if changes {
            moment(&self.world);
        }
        done
    }
}

#[expect(clippy::disallowed_methods, reason = "files of the test's own")]
fn remove(path: &Path) -> io::Result<()> {
    std::fs::remove_file(path).or_else(|_| std::fs::remove_dir_all(path))
}

impl Programs {
    fn at(&self, path: &str) -> PathBuf {
        self.root.join(&path[1..])
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.at(path)).unwrap_or_default()
    }

    fn put(&self, path: &str, text: &str) {
        let root = Root::open(&self.root).unwrap();
        set(&root, Path::new(path), text.as_bytes(), Mode::PUBLIC).unwrap();
    }

    fn members(&self) -> String {
        let world = lock(&self.world);
        let of = |(at, version): (usize, &&str)| json!({"Endpoint": format!("https://192.0.2.{at}:2379"), "Status": {"version": version}});
        Value::Array(world.members.iter().enumerate().map(of).collect()).to_string()
    }

    fn packages(&self) -> Vec<(String, bool, String)> {
        let text = self.text(STATUS);
        let of = |paragraph: &str| {
            let field = |name: &str| {
                paragraph.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned()
            };
            (field("Package: "), field("Status: ").starts_with("hold"), field("Version: "))
        };
        text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()).map(of).collect()
    }

    fn keep(&self, packages: &[(String, bool, String)]) {
        let of = |(name, held, version): &(String, bool, String)| {
            let want = if *held { "hold" } else { "install" };
            format!("Package: {name}\nStatus: {want} ok installed\nVersion: {version}\n\n")
        };
        self.put(STATUS, &packages.iter().map(of).collect::<String>());
    }

    /// `1.33.2` of a package.
    fn version(&self, name: &str) -> String {
        let all = self.packages();
        let found = all.iter().find(|(one, _, _)| one == name).map(|(_, _, version)| version.clone());
        found.unwrap_or_default().split('-').next().unwrap_or_default().to_owned()
    }

    fn image(&self, image: &str) -> io::Result<Outcome> {
        let there = lock(&self.world).images.iter().any(|one| image.ends_with(one.as_str()));
        if there { ok("{}") } else { failed(1, "no such image") }
    }

    fn load(&self, from: &str, to: &str) -> io::Result<Outcome> {
        let layout = from.strip_prefix("oci:").and_then(|rest| rest.split(':').next()).unwrap_or_default();
        if !Path::new(layout).join("index.json").exists() {
            return failed(1, format!("no layout at {layout}"));
        }
        lock(&self.world).images.push(to.trim_start_matches("containers-storage:").to_owned());
        ok("")
    }

    /// The minor that the repositories have; of a bundle that of the copy which its file names.
    fn minor(&self, words: &[&str]) -> String {
        let text = match words.iter().find_map(|word| word.strip_prefix("Dir::Etc::SourceList=")) {
            None => self.text(LIST),
            Some(file) => {
                let sources = self.text(file);
                let copy = sources.split("/bundles/").nth(1).and_then(|rest| rest.split('/').next());
                self.text(&format!("/var/lib/k8sprep/bundles/{}/k8sprep.yaml", copy.unwrap_or_default()))
            }
        };
        let used = text.lines().filter(|line| !line.starts_with('#'));
        let minor = used.filter_map(|line| line.split("v1.").nth(1)).next().unwrap_or_default();
        minor.chars().take_while(char::is_ascii_digit).collect()
    }

    fn apt(&self, words: &[&str]) -> io::Result<Outcome> {
        let of_bundle = words.iter().any(|word| word.starts_with("Dir::Etc::SourceList="));
        if lock(&self.world).offline && !of_bundle {
            return failed(100, "E: pkgs.k8s.io does not answer");
        }
        if words.contains(&"update") {
            return ok("");
        }
        let minor = self.minor(words);
        let held = self.packages();
        let mut all = held.clone();
        for word in
            words.iter().filter(|word| word.contains('=') && !word.starts_with('-') && !word.contains("::"))
        {
            let (name, wanted) = word.split_once('=').unwrap();
            let is_held = held.iter().any(|(one, held, _)| one == name && *held);
            let had = wanted.starts_with(&format!("1.{minor}."));
            if !had || lock(&self.world).only.is_some_and(|only| only != minor) {
                return failed(100, format!("E: Version '{wanted}' for '{name}' was not found"));
            }
            if is_held && !words.contains(&"--allow-change-held-packages") {
                return failed(
                    100,
                    "E: Held packages were changed and -y was used without --allow-change-held-packages.",
                );
            }
            let version = if wanted.ends_with(".*") {
                format!("1.{minor}.1-1.1")
            } else {
                wanted.replace("-*", "-1.1")
            };
            if let Some(one) = all.iter_mut().find(|(one, _, _)| one == name) {
                one.2 = version;
            }
        }
        if !words.contains(&"--download-only") {
            self.keep(&all);
            let brings =
                lock(&self.world).brings.filter(|_| words.iter().any(|word| word.starts_with("cri-o=")));
            if let Some((path, text)) = brings {
                self.put(path, text);
            }
        }
        ok("")
    }

    fn mark(&self, verb: &str, names: &[&str]) -> io::Result<Outcome> {
        let mut all = self.packages();
        for one in all.iter_mut().filter(|one| names.contains(&one.0.as_str())) {
            one.1 = verb == "hold";
        }
        self.keep(&all);
        ok("")
    }

    fn systemctl(&self, words: &[&str]) -> io::Result<Outcome> {
        if words.contains(&"show") {
            let units = words.iter().filter(|word| !word.starts_with('-') && **word != "show");
            let one = |name: &&str| {
                format!(
                    "Id={name}\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nNRestarts=0\nResult=success\n"
                )
            };
            return ok(units.map(one).collect::<Vec<_>>().join("\n"));
        }
        let [verb, name] = words else { return ok("") };
        let runs = *verb != "stop";
        let version = self.version(if *name == "crio" { "cri-o" } else { "kubelet" });
        let mut world = lock(&self.world);
        match *name {
            "crio" => drop(world.running.insert("crio", runs)),
            "kubelet" => {
                world.running.insert("kubelet", runs);
                if runs {
                    let crio = self.version("cri-o");
                    world.node["status"] = json!({
                        "conditions": [{"type": "Ready", "status": "True"}],
                        "nodeInfo": {"kubeletVersion": format!("v{version}"), "containerRuntimeVersion": format!("cri-o://{crio}")},
                    });
                }
            }
            _ => {}
        }
        ok("")
    }

    /// Renames the old manifest away and then the new one in, as kubeadm does.
    fn kubeadm_apply(&self) -> io::Result<Outcome> {
        let missing = NAMES.iter().any(|name| !self.at(&format!("{MANIFESTS}/{name}.yaml")).exists());
        if missing {
            return failed(1, "[ERROR StaticPodManifest]: manifest files not found");
        }
        self.control_plane()?;
        lock(&self.world).cluster = format!("v{}", self.version("kubeadm"));
        moment(&self.world);
        self.kubelet_files();
        ok("[upgrade/successful] SUCCESS! Your cluster was upgraded\n")
    }

    fn kubeadm_node(&self) -> io::Result<Outcome> {
        // So it decides: without this file a control plane is a worker.
        if self.at(&format!("{MANIFESTS}/kube-apiserver.yaml")).exists() {
            self.control_plane()?;
        }
        self.kubelet_files();
        ok("[upgrade/kubelet-config] The kubelet configuration for this node was successfully upgraded!\n")
    }

    fn control_plane(&self) -> io::Result<()> {
        let version = format!("v{}", self.version("kubeadm"));
        for name in NAMES {
            let tag = if name == "etcd" { "3.6.4-0".to_owned() } else { version.clone() };
            let path = format!("{MANIFESTS}/{name}.yaml");
            let new = pod(name, &tag);
            if self.text(&path) == new {
                continue;
            }
            let upgraded = format!("{TMP}/kubeadm-upgraded-manifests1/{name}.yaml");
            self.put(&upgraded, &new);
            moment(&self.world);
            let backup = format!("{TMP}/kubeadm-backup-manifests-2026-11-29-10-00-00/{name}.yaml");
            self.put(&backup, &self.text(&path));
            remove(&self.at(&path))?;
            moment(&self.world);
            std::fs::rename(self.at(&upgraded), self.at(&path))?;
            moment(&self.world);
        }
        let _ = remove(&self.at(&format!("{TMP}/kubeadm-upgraded-manifests1")));
        Ok(())
    }

    /// As kubeadm 1.34: the flag goes, and the endpoint comes from instance-config.yaml.
    fn kubelet_files(&self) {
        let flags = self.text(FLAGS);
        let flag =
            flags.split([' ', '"', '\n']).find_map(|word| word.strip_prefix("--container-runtime-endpoint="));
        let flag = flag.unwrap_or_default().to_owned();
        self.put(FLAGS, &flags.replace(&format!("--container-runtime-endpoint={flag}"), ""));
        moment(&self.world);
        if !self.at(INSTANCE).exists() {
            self.put(INSTANCE, &format!("containerRuntimeEndpoint: \"{flag}\"\n"));
        }
        moment(&self.world);
        let instance = self.text(INSTANCE);
        let config =
            "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n# of the ConfigMap\n";
        self.put(CONFIG, &format!("{config}{instance}"));
        moment(&self.world);
    }
}

pub(super) fn pod(name: &str, tag: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: kube-system}}\nspec:\n  hostNetwork: true\n  containers:\n  - name: {name}\n    image: \
         registry.k8s.io/{name}:{tag}\n    command: [{name}]\n"
    )
}

/// A node, its programs and its cluster.
pub(super) struct Bed {
    pub(super) dir: tempfile::TempDir,
    pub(super) host: Host,
    pub(super) world: Arc<Mutex<World>>,
    socket: String,
    _api: FakeApi,
    _crio: FakeCri,
}

impl Bed {
    /// A node of 1.33 on Debian, and a cluster at that release.
    pub(super) fn new(control_plane: bool, cluster: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let node = json!({"metadata": {"name": "n1"}, "spec": {}});
        let web = json!({
            "metadata": {"namespace": "d", "name": "web", "uid": "u1",
                         "ownerReferences": [{"kind": "ReplicaSet", "controller": true}]},
            "spec": {"volumes": []}, "status": {"phase": "Running"}
        });
        let world = World { node, pods: vec![web], cluster: cluster.to_owned(), ..World::default() };
        let world = Arc::new(Mutex::new(world));
        let served = world.clone();
        let api = FakeApi::start(move |request| lock(&served).answer(request));
        let body = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{INFO}",
            INFO.len()
        );
        let crio = FakeCri::answering(body);
        let programs = Arc::new(Programs { root: dir.path().to_owned(), world: world.clone() });
        let socket = crio.socket().display().to_string();
        lay(&programs, control_plane, &socket, &api.kubeconfig());
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), programs);
        Self { dir, host, world, socket, _api: api, _crio: crio }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    pub(super) fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(&path[1..])).unwrap_or_default()
    }

    pub(super) fn put(&self, path: &str, text: &str) {
        set(self.host.root(), Path::new(path), text.as_bytes(), Mode::PUBLIC).unwrap();
    }

    /// Every file but those of the engine, and of kubeadm's backups.
    pub(super) fn files(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        walk(self.dir.path(), self.dir.path(), &mut all);
        // Of this bed alone.
        ["kubelet", "admin"]
            .iter()
            .for_each(|name| drop(all.remove(&format!("/etc/kubernetes/{name}.conf"))));
        all.into_iter().map(|(name, text)| (name, text.replace(&self.socket, "SOCKET"))).collect()
    }

    /// As the drain of a node that is given no time.
    pub(super) fn upgrade() -> Upgrade {
        let (mut upgrade, mut drain) = (Upgrade::default(), Drain::default());
        (drain.limit, drain.pause) = (Duration::from_secs(20), Duration::from_millis(5));
        upgrade.drain = Some(drain);
        upgrade.pause = Duration::from_millis(5);
        upgrade.ready = Duration::from_secs(20);
        upgrade
    }
}

fn walk(root: &Path, dir: &Path, all: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let name = format!("/{}", entry.path().strip_prefix(root).unwrap().display());
        if name == "/var/lib/k8sprep" || name == TMP || name == "/run" {
            continue;
        }
        if entry.path().is_dir() {
            walk(root, &entry.path(), all);
        } else {
            all.insert(name, std::fs::read_to_string(entry.path()).unwrap_or_default());
        }
    }
}

fn lay(programs: &Programs, control_plane: bool, socket: &str, kubeconfig: &str) {
    let names = ["kubeadm", "kubectl", "kubelet", "cri-o"];
    let packages: Vec<_> = names.map(|name| (name.to_owned(), true, "1.33.2-1.1".to_owned())).to_vec();
    programs.keep(&packages);
    let put = |path: &str, text: &str| programs.put(path, text);
    put("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    put("/etc/hostname", "n1\n");
    put("/proc/sys/kernel/hostname", "n1\n");
    put("/proc/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
    put("/etc/kubernetes/kubelet.conf", kubeconfig);
    put(
        CONFIG,
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncgroupDriver: systemd\n",
    );
    put(FLAGS, &format!("KUBELET_KUBEADM_ARGS=\"--container-runtime-endpoint=unix://{socket} --v=1\"\n"));
    put("/etc/default/kubelet", "KUBELET_EXTRA_ARGS=--register-schedulable=true\n");
    put("/usr/lib/systemd/system/kubelet.service", UNIT);
    put("/etc/crio/crio.conf.d/10-crio.conf", "[crio.runtime]\ndefault_runtime = \"crun\"\n");
    put(
        "/etc/crio/crio.conf.d/99-k8sprep.conf",
        "[crio.image]\npause_image = \"r.example.com/pause:3.10\"\n",
    );
    put(LIST, "deb [signed-by=/etc/apt/keyrings/k.gpg] https://pkgs.k8s.io/core:/stable:/v1.33/deb/ /\n");
    if control_plane {
        put("/proc/net/tcp", &listening());
        put("/etc/kubernetes/admin.conf", kubeconfig);
        for name in NAMES {
            let tag = if name == "etcd" { "3.5.24-0" } else { "v1.33.2" };
            put(&format!("{MANIFESTS}/{name}.yaml"), &pod(name, tag));
        }
    }
}

/// A control plane whose ports are all there.
fn listening() -> String {
    let head =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
    let row = |(at, port): (usize, &u16)| {
        format!(
            "{at:>4}: 00000000:{port:04X} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 {at} 1 0 100 0 0 10 0\n"
        )
    };
    let rows: String = [6443, 2379, 2380, 10250, 10257, 10259].iter().enumerate().map(row).collect();
    format!("{head}{rows}")
}

impl World {
    fn answer(&mut self, request: &ApiRequest) -> ApiReply {
        let map = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";
        match (request.method.as_str(), request.path.split('?').next().unwrap_or_default()) {
            ("GET", "/version") => ApiReply::json(json!({"gitVersion": self.cluster})),
            ("GET", "/readyz") => ApiReply::json("ok"),
            ("GET", path) if path == map => {
                let text = format!("kind: ClusterConfiguration\nkubernetesVersion: {}\n", self.cluster);
                ApiReply::json(json!({"data": {"ClusterConfiguration": text}}))
            }
            ("GET", path) if path.ends_with("/configmaps/kubelet-config") => {
                ApiReply::json(json!({"data": {"kubelet": self.kubelet_settings}}))
            }
            ("GET", "/api/v1/nodes/n1") => ApiReply::json(&self.node),
            ("PATCH", "/api/v1/nodes/n1") => self.patch(&serde_json::from_str(&request.body).unwrap()),
            ("GET", "/api/v1/pods") => {
                let all = json!({"items": self.pods, "metadata": {}});
                self.pods.retain(|pod| pod["metadata"].get("deletionTimestamp").is_none());
                ApiReply::json(all)
            }
            ("POST", path) if path.ends_with("/eviction") => {
                for pod in &mut self.pods {
                    pod["metadata"]["deletionTimestamp"] = json!("now");
                }
                ApiReply::status(201, json!({"kind": "Status", "status": "Success"}))
            }
            _ => ApiReply::status(404, json!({"kind": "Status", "message": "no"})),
        }
    }

    fn patch(&mut self, change: &Value) -> ApiReply {
        for (of, key) in [("spec", "unschedulable"), ("metadata", "annotations")] {
            let gone = match &change[of][key] {
                Value::Null => true,
                Value::Object(all) => all.values().all(Value::is_null),
                _ => false,
            };
            if gone {
                drop(self.node[of].as_object_mut().unwrap().remove(key));
            } else {
                self.node[of][key] = change[of][key].clone();
            }
        }
        ApiReply::json(&self.node)
    }

    pub(super) fn is_cordoned(&self) -> bool {
        self.node["spec"]["unschedulable"] == true
    }
}

/// Says yes, hears what is told, and may be killed while it hears.
pub(super) struct Hears {
    pub(super) world: Arc<Mutex<World>>,
    pub(super) notes: Vec<String>,
}

impl Reporter for Hears {
    fn note(&mut self, text: &dyn std::fmt::Display) {
        self.notes.push(text.to_string());
        moment(&self.world);
    }

    fn warn(&mut self, code: &'static str, text: &dyn std::fmt::Display) {
        self.notes.push(format!("{code}: {text}"));
    }

    fn confirm(&mut self, _: Question) -> Answer {
        Answer::Yes
    }
}

impl Bed {
    pub(super) fn hears(&self) -> Hears {
        Hears { world: self.world.clone(), notes: Vec::new() }
    }
}
