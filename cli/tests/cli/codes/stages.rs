//! What the stages of `up` and `down` say, on hosts of few files whose programs follow a script.

use std::fmt::Display;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use host_prep::fs::Root;
use host_prep::resource::Managed;
use host_prep::test_util::{FakeHost, Scripted};
use host_prep::{
    ApplyOptions, Commands, Desired, Host, Invocation, NoProgress, Outcome, Plan, apply, verify,
};
use k8sprep::recipe::NodeSpec;
use k8sprep::stage::{
    Answer, Arming, Asked, Down, Error, JoinToken, Keys, Node, Packages, Question, Reporter, Up, arm, outlook,
};

use super::Fired;

/// Hears what is told, and answers every question alike.
struct Heard {
    answer: Answer,
    codes: Vec<String>,
}

impl Heard {
    fn new(answer: Answer) -> Self {
        Self { answer, codes: Vec::new() }
    }

    /// What was told, and what it ended with.
    fn and<T>(mut self, ended: Result<T, Error>) -> Vec<String> {
        self.codes.extend(ended.err().map(|error| error.code().to_owned()));
        self.codes
    }
}

impl Reporter for Heard {
    fn note(&mut self, _: &dyn Display) {}

    fn warn(&mut self, code: &'static str, _: &dyn Display) {
        self.codes.push(code.to_owned());
    }

    fn plan(&mut self, plan: &Plan) {
        let told = plan.problems().iter().chain(plan.notes());
        self.codes.extend(told.map(|one| one.code.to_owned()));
    }

    fn confirm(&mut self, _: Question) -> Answer {
        self.answer
    }
}

/// Programs of a script, without kubeadm.
#[derive(Debug)]
struct NoKubeadm(Scripted);

impl Commands for NoKubeadm {
    fn run(&self, invocation: &Invocation) -> io::Result<Outcome> {
        match invocation.program.as_str() {
            "kubeadm" => Err(io::ErrorKind::NotFound.into()),
            _ => self.0.run(invocation),
        }
    }
}

fn host(fake: &FakeHost, programs: impl Commands + 'static) -> Host {
    Host::with_commands(Root::open(fake.root()).unwrap(), Arc::new(programs))
}

pub(super) fn fired() -> Vec<Fired> {
    [downs(), switches(), tokens(), ups(), members(), packages()].concat()
}

/// A host that was changed once.
fn changed() -> FakeHost {
    let fake = FakeHost::new(&[("etc/one", "old\n"), ("var/lib/", "")]);
    let host = fake.offline();
    let desired = Desired::new().with(Managed::file("crio", "/etc/one", "ours\n"));
    apply(&host, &desired, &verify(&host, &desired), &ApplyOptions::default(), &mut NoProgress)
        .map(drop)
        .unwrap();
    fake
}

fn down(host: &Host, down: &Down, answer: Answer) -> Vec<String> {
    let mut heard = Heard::new(answer);
    let ended = down.run(host, &mut heard).map(|gone| drop(gone.left));
    heard.and(ended)
}

fn downs() -> Vec<Fired> {
    let worker_files = [
        ("etc/kubernetes/kubelet.conf", "client-certificate: /x.pem\n"),
        ("var/lib/kubelet/pki/kubelet-client-current.pem", "x\n"),
    ];
    let worker = || FakeHost::new(&worker_files);
    let leaves = FakeHost::new(&[("var/lib/", "")]);
    host_prep::cluster::note_before(&leaves.offline()).unwrap();
    worker_files.iter().chain(&[("var/lib/etcd/x", "")]).for_each(|(path, text)| leaves.lay(path, text));
    let (silent, gone) = (worker(), worker());
    let cluster_is_away = Scripted::new().ends("kubectl", 1, "", "connection refused\n");
    let mut purge = Down::default();
    purge.purge = true;
    let stays = Scripted::new().ends("rm", 1, "", "rm: Device or resource busy\n");
    vec![
        ("declined", down(&changed().offline(), &Down::default(), Answer::No)),
        ("nobody-to-ask", down(&changed().offline(), &Down::default(), Answer::NobodyToAsk)),
        ("cluster-not-told", down(&host(&silent, cluster_is_away), &Down::default(), Answer::Yes)),
        ("kubeadm-missing", down(&host(&gone, NoKubeadm(Scripted::new())), &Down::default(), Answer::Yes)),
        ("leftover-not-removed", down(&host(&leaves, stays), &purge, Answer::Yes)),
    ]
}

/// What arming a switch says that runs `program`.
fn armed(host: &Host, program: &str) -> Vec<String> {
    let spec = NodeSpec::from_yaml("kubernetesVersion: v1.34.0\n").unwrap();
    let mut packages = Packages::default();
    packages.no_packages = true;
    let node = Node { host, spec: &spec, packages: &packages };
    let mut heard = Heard::new(Answer::Yes);
    let mut asked: Asked = node.asked(Keys::OfTheHost, &mut heard).unwrap();
    let arming = Arming::new(PathBuf::from(program), Vec::new(), Vec::new());
    let ended = arm(host, &mut asked, &arming, &mut heard).map(drop);
    heard.and(ended)
}

fn switches() -> Vec<Fired> {
    let systemd = FakeHost::new(&[("run/systemd/system/", "")]);
    let waits = changed();
    let mut options = ApplyOptions::default();
    options.now = Some(std::time::UNIX_EPOCH);
    options.confirm_by = Some(std::time::UNIX_EPOCH + Duration::from_secs(60));
    let desired = Desired::new().with(Managed::file("crio", "/etc/two", "ours\n"));
    let tree = waits.offline();
    apply(&tree, &desired, &verify(&tree, &desired), &options, &mut NoProgress).map(drop).unwrap();
    vec![
        ("unconfirmed", armed(&tree, "/opt/k8sprep")),
        ("switch-gone-after-reboot", armed(&systemd.running(), "/tmp/k8sprep")),
        ("switch-not-started", armed(&FakeHost::new(&[]).offline(), "/nowhere/k8sprep")),
    ]
}

fn tokens() -> Vec<Fired> {
    let create = |host: &Host| {
        let mut heard = Heard::new(Answer::Yes);
        let ended = JoinToken::create(host, Duration::ZERO, &mut heard);
        heard.and(ended)
    };
    let control = FakeHost::new(&[("etc/kubernetes/admin.conf", "kind: Config\n")]);
    let odd = Scripted::new().says("kubeadm token create", "no-token\n");
    vec![
        ("token-not-made", create(&host(&control, odd))),
        ("no-control-plane", create(&FakeHost::new(&[]).offline())),
    ]
}

/// What `up` says where nothing of the host has to change, and CRI-O answers.
fn up(more: &[(&str, &str)], spec: &str, up: &Up) -> Vec<String> {
    up_in((more, spec), ("", 1), up)
}

/// The same where `kubectl` answers and ends so.
fn up_in((more, spec): (&[(&str, &str)], &str), (kubectl, status): (&str, i32), up: &Up) -> Vec<String> {
    const INFO: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n\
                        {\"storage_driver\":\"o\",\"storage_root\":\"/s\",\"cgroup_driver\":\"systemd\"}";
    let crio = cri_probe::test_util::FakeCri::answering(INFO);
    let text = format!(
        "kubernetesVersion: v1.34.0\nnodeName: n1\nadvertiseAddress: 192.0.2.7\nfirewall: keep\nswap: keep\n\
         cgroup: keep\nselinux: keep\nkubeadm: leave\ncriSocket: {}\n{spec}",
        crio.socket().display()
    );
    let spec = NodeSpec::from_yaml(&text).unwrap();
    let fake = prepared(&spec);
    more.iter().for_each(|(path, text)| fake.lay(path, text));
    let active = "LoadState=loaded\nUnitFileState=enabled\nActiveState=active\nNeedDaemonReload=no\n";
    let units = [active; 2].join("\n");
    let script = Scripted::new().says("systemctl show", &units).ends("kubectl", status, kubectl, "");
    let mut heard = Heard::new(Answer::Yes);
    let (done, ended) = up.run(&host(&fake, script), &spec, &mut heard);
    let done = serde_json::to_value(&done).unwrap();
    let left = done["left"].as_array().unwrap();
    heard.codes.extend(left.iter().map(|left| left["code"].as_str().unwrap().to_owned()));
    assert_eq!(done["failureCode"].as_str(), ended.as_ref().err().map(Error::code));
    heard.and(ended)
}

/// A host that is as the spec wants it.
fn prepared(spec: &NodeSpec) -> FakeHost {
    let fake = FakeHost::new(&[
        ("etc/systemd/system/crio.service", "[Service]\n[Install]\nWantedBy=multi-user.target\n"),
        ("etc/systemd/system/kubelet.service", "[Service]\n[Install]\nWantedBy=multi-user.target\n"),
        ("proc/swaps", "Filename Type Size Used Priority\n"),
    ]);
    let mut packages = Packages::default();
    packages.no_packages = true;
    let tree = fake.offline();
    let node = Node { host: &tree, spec, packages: &packages };
    let desired = node.recipe(&mut Heard::new(Answer::Yes)).unwrap().desired;
    apply(&tree, &desired, &verify(&tree, &desired), &ApplyOptions::default(), &mut NoProgress)
        .map(drop)
        .unwrap();
    for module in ["overlay", "br_netfilter", "nf_conntrack"] {
        let path = fake.root().join("proc/modules");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        fake.lay("proc/modules", &format!("{text}{module} 40960 0 - Live 0x0\n"));
    }
    let sysctls = fake.read("etc/sysctl.d/99-zz-k8sprep.conf").unwrap();
    for line in sysctls.lines().filter(|line| !line.starts_with('#')) {
        let (key, value) = line.split_once(" = ").unwrap();
        fake.lay(&format!("proc/sys/{}", key.replace('.', "/")), &format!("{value}\n"));
    }
    fake
}

fn ups() -> Vec<Fired> {
    let mut plain = Up::default();
    plain.packages.no_packages = true;
    let mut with_user = Up::default();
    with_user.packages.no_packages = true;
    with_user.user = Some("nosuch".into());
    let whole = [
        ("etc/kubernetes/admin.conf", "users:\n- user:\n    client-certificate-data: x\n"),
        (
            "etc/kubernetes/kubelet.conf",
            "client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem\n",
        ),
        ("etc/kubernetes/manifests/etcd.yaml", "kind: Pod\n"),
        ("etc/kubernetes/manifests/kube-apiserver.yaml", "kind: Pod\n"),
        ("var/lib/kubelet/pki/kubelet-client-current.pem", "x\n"),
        ("var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\n"),
    ];
    let config = "configmap/kubeadm-config\n";
    let begun = [("etc/kubernetes/bootstrap-kubelet.conf", "kind: Config\n")];
    vec![
        ("later-step-impossible", up(&[], "", &with_user)),
        ("unknown-end", up(&whole, "", &plain)),
        ("cluster-incomplete", up_in((&whole, ""), (config, 0), &plain)),
        ("cluster-without-network", up_in((&whole, ""), (config, 0), &plain)),
        ("other-node", up(&whole, "role: worker\n", &plain)),
        ("nothing-to-join", up(&begun, "role: worker\n", &plain)),
    ]
}

/// What a plan for a control plane says of a host that is one, and has no CRI-O.
fn members() -> Vec<Fired> {
    let member = FakeHost::new(&[
        ("etc/kubernetes/admin.conf", "kind: Config\n"),
        ("etc/kubernetes/kubelet.conf", "client-certificate: /x.pem\n"),
        (
            "etc/kubernetes/manifests/kube-apiserver.yaml",
            "kind: Pod\nmetadata: {name: kube-apiserver}\nspec: {containers: [{image: r/x:v1.34.0}]}\n",
        ),
        ("var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\n"),
    ]);
    let spec = NodeSpec::from_yaml("kubernetesVersion: v1.34.0\nnodeName: n1\nadvertiseAddress: 192.0.2.7\n")
        .unwrap();
    let mut packages = Packages::default();
    packages.no_packages = true;
    let host = host(&member, Scripted::new());
    let mut heard = Heard::new(Answer::Yes);
    let node = Node { host: &host, spec: &spec, packages: &packages };
    let asked = node.asked(Keys::OfTheHost, &mut heard).unwrap();
    let plan = verify(&host, &asked.all());
    heard.plan(&plan);
    let left = outlook(&host, &plan, &spec).unwrap().brief();
    heard.codes.extend(left.into_iter().map(|one| one.code.to_owned()));
    vec![("crio-unit-missing", heard.codes.clone()), ("kubeadm-config-after-init", heard.codes)]
}

/// What is said of packages for a host of this distribution, by these means.
fn wanted(os: &str, spec: &str, packages: &Packages) -> Vec<String> {
    let fake = FakeHost::new(&[("etc/os-release", os), ("var/lib/dpkg/status", "")]);
    let tree = fake.offline();
    let spec = NodeSpec::from_yaml(&format!("kubernetesVersion: v1.34.0\n{spec}")).unwrap();
    let node = Node { host: &tree, spec: &spec, packages };
    let mut heard = Heard::new(Answer::Yes);
    let desired = node.packages(&mut heard).unwrap();
    heard.plan(&verify(&tree, &desired));
    heard.codes
}

const DEBIAN: &str = "ID=debian\nVERSION_ID=\"12\"\n";

fn packages() -> Vec<Fired> {
    // Nobody listens there, so nothing leaves the machine.
    let probe = "proxy: {httpProxy: 'http://127.0.0.1:1', httpsProxy: 'http://127.0.0.1:1'}\n\
                 mirrors: {kubernetesPackages: probe}\n";
    let mut key = Packages::default();
    key.keys = vec![PathBuf::from("/nowhere.asc")];
    let bundle = bundle();
    let mut of_bundle = Packages::default();
    of_bundle.bundle = Some(bundle.path().to_owned());
    vec![
        ("no-package-source", wanted("ID=plan9\n", "", &key)),
        ("no-mirror", wanted(DEBIAN, probe, &Packages::default())),
        ("packages-not-installed-in-tree", wanted("ID=rocky\nVERSION_ID=9\n", "", &key)),
        ("bundle-of-another-host", wanted("ID=debian\nVERSION_ID=\"13\"\n", "", &of_bundle)),
    ]
}

/// SHA-256 of nothing.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A bundle of Debian 12 without anything in it.
fn bundle() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let machine = rustix::system::uname().machine().to_string_lossy().into_owned();
    let files = ["images.txt", "k8sprep.yaml"].map(|name| {
        std::fs::write(dir.path().join(name), "").unwrap();
        format!(r#"{{"path": "{name}", "size": 0, "sha256": "{EMPTY}"}}"#)
    });
    let manifest = format!(
        r#"{{"schema": "k8sprep.bundle/v1", "format": "deb", "distro": "debian 12", "architecture": "{machine}", "keys": [], "files": [{}]}}"#,
        files.join(", ")
    );
    std::fs::write(dir.path().join("k8sprep-bundle.json"), manifest).unwrap();
    dir
}
