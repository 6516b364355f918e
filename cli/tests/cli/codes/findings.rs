//! What is wrong on a host: nodes of few files, each with one thing changed.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use host_prep::facts::{Fact, Facts, FileSystem, ObserveOptions, OwnSubnet, Space, observe};
use host_prep::fs::Root;
use host_prep::test_util::{FakeHost, Scripted};
use host_prep::{Host, verify};
use k8sprep::doctor::brief;
use k8sprep::recipe::{NodeSpec, desired};
use k8sprep::stage::outlook;

use super::Fired;

const APISERVER: &str = "kind: Pod\nmetadata: {name: kube-apiserver}\nspec: {containers: [{image: r/kube-apiserver:v1.34.2, \
                         command: [kube-apiserver, --etcd-servers=https://127.0.0.1:2379, --advertise-address=192.0.2.10, \
                         --tls-cert-file=/etc/kubernetes/pki/apiserver.crt, \
                         --service-cluster-ip-range=10.96.0.0/12]}]}\n";
const UNIT: &str = "[Service]\nEnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env\nEnvironmentFile=/etc/default/kubelet\n\
                    ExecStart=/usr/bin/kubelet --kubeconfig=/etc/kubernetes/kubelet.conf \
                    --config=/var/lib/kubelet/config.yaml $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS\n";
const KUBELET: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";
const CONFIG: &str = "var/lib/kubelet/config.yaml";
const FLAGS: &str = "var/lib/kubelet/kubeadm-flags.env";
const CA: &str = include_str!("../../../../kubeadm-config/tests/data/ca-p256.crt");
const LEAF: &str = include_str!("../../../../kubeadm-config/tests/data/leaf-p256.crt");

/// 2026-11-24, a day after the certificates were made.
const NOW: u64 = 1_795_500_000;

/// A control plane of few files, where nothing is wrong.
fn member() -> FakeHost {
    let pod = |name: &str| {
        format!("kind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: [{{image: r/x:v1.34.2}}]}}\n")
    };
    FakeHost::new(&[
        ("etc/kubernetes/kubelet.conf", "kind: Config\n"),
        ("etc/kubernetes/manifests/kube-apiserver.yaml", APISERVER),
        ("etc/kubernetes/manifests/kube-controller-manager.yaml", &pod("kube-controller-manager")),
        ("etc/kubernetes/manifests/kube-scheduler.yaml", &pod("kube-scheduler")),
        ("etc/kubernetes/manifests/etcd.yaml", &pod("etcd")),
        ("etc/cni/net.d/10-a.conflist", "{\"name\": \"a\", \"plugins\": [{\"type\": \"bridge\"}]}"),
        ("opt/cni/bin/bridge", ""),
        ("etc/systemd/system/kubelet.service", UNIT),
        ("etc/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n"),
        ("etc/default/kubelet", "KUBELET_EXTRA_ARGS=\n"),
        (CONFIG, &format!("{KUBELET}cgroupDriver: systemd\n")),
        (FLAGS, "KUBELET_KUBEADM_ARGS=\"--v=2\"\n"),
        ("etc/resolv.conf", "nameserver 192.0.2.53\n"),
    ])
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn said(host: &Host, facts: &Facts, now: u64) -> Vec<String> {
    brief(host, facts, at(now)).into_iter().map(|one| one.code.to_owned()).collect()
}

fn seen(fake: &FakeHost, now: u64) -> Vec<String> {
    let host = fake.offline();
    said(&host, &observe(&host, &ObserveOptions::default()), now)
}

/// What is found in the tree with this file.
fn with(path: &str, text: &str) -> Vec<String> {
    let fake = member();
    fake.lay(path, text);
    seen(&fake, NOW)
}

fn without(path: &str) -> Vec<String> {
    let fake = member();
    std::fs::remove_file(fake.root().join(path)).unwrap();
    seen(&fake, NOW)
}

pub(super) fn fired() -> Vec<Fired> {
    [certificates(), kubelet(), units(), pods(), running(), of_specs()].concat()
}

fn certificates() -> Vec<Fired> {
    let days_before = |text: &str, days: u64| {
        let fake = member();
        fake.lay("etc/kubernetes/pki/apiserver.crt", text);
        let facts = observe(&fake.offline(), &ObserveOptions::default());
        let life = k8sprep::recipe::certificate_lives(&facts, at(0)).remove(0);
        said(&fake.offline(), &facts, (u64::try_from(life.days_left).unwrap() - days) * 86_400)
    };
    vec![
        ("certificate-unreadable", with("etc/kubernetes/pki/apiserver.crt", "nothing\n")),
        ("certificate-expires-soon", days_before(LEAF, 10)),
        ("ca-expires-soon", days_before(CA, 100)),
        ("certificate-not-yet-valid", {
            let fake = member();
            fake.lay("etc/kubernetes/pki/apiserver.crt", LEAF);
            seen(&fake, 0)
        }),
        ("certificate-expired", {
            let fake = member();
            fake.lay("etc/kubernetes/pki/apiserver.crt", LEAF);
            seen(&fake, 253_402_300_000)
        }),
    ]
}

fn kubelet() -> Vec<Fired> {
    let config = |rest: &str| with(CONFIG, &format!("{KUBELET}{rest}"));
    let flags = |words: &str| with(FLAGS, &format!("KUBELET_KUBEADM_ARGS=\"{words}\"\n"));
    let dropins = {
        let fake = member();
        let unit = UNIT.replace(" $KUBELET_KUBEADM", " --config-dir=/etc/kubelet.d $KUBELET_KUBEADM");
        fake.lay("etc/systemd/system/kubelet.service", &unit);
        fake.lay("etc/kubelet.d/10-a.conf", "maxPods: 3\n");
        seen(&fake, NOW)
    };
    vec![
        ("kubelet-config-missing", without(CONFIG)),
        ("kubelet-config-unreadable", with(CONFIG, "")),
        ("kubelet-field-ignored", config("maxPod: 3\n")),
        ("feature-gate-ineffective", config("featureGates: {NodeSwap: true}\n")),
        ("kubelet-dropin-refused", dropins),
        ("kubelet-flag-unknown", flags("--no-such=1")),
        ("kubelet-argument-unparsable", flags("--max-pods=many")),
        ("cri-socket-mismatch", flags("--container-runtime-endpoint=unix:///run/cri-dockerd.sock")),
        ("coredns-forwarding-loop", with("etc/resolv.conf", "nameserver 127.0.0.53\n")),
    ]
}

fn units() -> Vec<Fired> {
    let drop_in = |path: &str, text: &str| with(&format!("etc/systemd/system/{path}"), text);
    let start = |words: &str| {
        let text =
            format!("[Service]\nExecStart=\nExecStart=/usr/bin/kubelet {words} $KUBELET_KUBEADM_ARGS\n");
        drop_in("kubelet.service.d/90-a.conf", &text)
    };
    let proxy = "[Service]\nEnvironment=HTTP_PROXY=http://p:1\n";
    let twice = "[Service]\nExecStart=/usr/bin/crio --x\n";
    let unused = "[Service]\nEnvironment=CRIO_NETWORK_OPTIONS=--x\n";
    vec![
        ("environment-file-missing", without("etc/default/kubelet")),
        ("unit-line-ignored", drop_in("crio.service.d/10-a.conf", "[Manager]\nDefaultEnvironment=A=b\n")),
        ("drop-in-not-read", drop_in("kubelet.service.d/90-a", "[Service]\nNice=1\n")),
        ("exec-start-duplicated", drop_in("crio.service.d/10-a.conf", twice)),
        (
            "crio-argument-refused",
            drop_in("crio.service.d/10-a.conf", "[Service]\nEnvironment=CONTAINER_LOG_LEVEL=verbose\n"),
        ),
        ("crio-arguments-not-read", drop_in("crio.service.d/10-a.conf", unused)),
        ("kubelet-arguments-not-read", with("etc/sysconfig/kubelet", "KUBELET_EXTRA_ARGS=--v=3\n")),
        ("kubelet-kubeconfig-not-passed", start("--config=/var/lib/kubelet/config.yaml")),
        ("kubelet-config-not-passed", start("--kubeconfig=/x")),
        ("no-proxy-incomplete", drop_in("crio.service.d/10-a.conf", proxy)),
    ]
}

fn pods() -> Vec<Fired> {
    let manifest = |name: &str, text: &str| with(&format!("etc/kubernetes/manifests/{name}"), text);
    vec![
        ("manifest-duplicated", manifest("kube-apiserver.yaml.bak", APISERVER)),
        ("manifest-missing", without("etc/kubernetes/manifests/etcd.yaml")),
        ("manifest-not-a-pod", manifest("cm.yaml", "kind: ConfigMap\n")),
    ]
}

const UP: &str = "ActiveState=active\nSubState=running\nNRestarts=0\nActiveEnterTimestampMonotonic=5000000";
const STOPPED: &str = "ActiveState=inactive\nSubState=dead\nNRestarts=0";
const LOOPS: &str = "ActiveState=activating\nSubState=auto-restart\nNRestarts=23";

/// What is found on it as it runs, with what systemd says of kubelet and CRI-O.
fn live(fake: &FakeHost, (kubelet, crio): (&str, &str), change: impl Fn(&mut Facts)) -> Vec<String> {
    fake.lay("proc/uptime", "1000.00 900.00\n");
    fake.lay("proc/swaps", "Filename Type Size Used Priority\n");
    fake.lay("proc/sys/net/ipv4/ip_forward", "0\n");
    fake.lay("proc/net/tcp", "  sl  local_address rem_address   st\n");
    let script = Scripted::new()
        .says("systemctl show", &format!("LoadState=loaded\n{kubelet}\n\nLoadState=loaded\n{crio}\n"));
    let host = Host::with_commands(Root::open(fake.root()).unwrap(), Arc::new(script));
    let mut facts = observe(&host, &ObserveOptions::default());
    change(&mut facts);
    said(&host, &facts, NOW)
}

fn running() -> Vec<Fired> {
    let unchanged = |_: &mut Facts| {};
    let full = |facts: &mut Facts| {
        let disk = FileSystem::new("/var/lib/kubelet", (100 << 30, 1 << 30), (1000, 500));
        facts.space = Fact::Known(Space::new(Some(disk.clone()), Some(disk), Some((8 << 30, 4 << 30))));
    };
    let swapping = |facts: &mut Facts| {
        let fake = FakeHost::new(&[("proc/swaps", "Filename Type Size Used Priority\n/swap file 9 0 -2\n")]);
        facts.swap = observe(&fake.running(), &ObserveOptions::default()).swap;
    };
    let moved = |facts: &mut Facts| {
        facts.network.subnets = Fact::Known(vec![OwnSubnet::new([198, 51, 100, 7].into(), 24)]);
    };
    let legacy = |facts: &mut Facts| {
        let fake = FakeHost::new(&[("proc/mounts", "tmpfs /sys/fs/cgroup tmpfs rw 0 0\n")]);
        facts.kernel.cgroup = observe(&fake.running(), &ObserveOptions::default()).kernel.cgroup;
        facts.kubeadm = {
            let newer = member();
            newer.lay("etc/kubernetes/manifests/kube-apiserver.yaml", &APISERVER.replace("1.34", "1.36"));
            observe(&newer.offline(), &ObserveOptions::default()).kubeadm
        };
    };
    let no_kubelet = member();
    std::fs::remove_file(no_kubelet.root().join("etc/systemd/system/kubelet.service")).unwrap();
    vec![
        ("kubelet-not-running", live(&member(), (STOPPED, UP), unchanged)),
        ("kubelet-unit-missing", live(&no_kubelet, (UP, UP), unchanged)),
        ("unit-restart-loop", live(&member(), (LOOPS, UP), unchanged)),
        ("crio-not-running", {
            let fake = member();
            fake.lay("var/run/crio/", "");
            let path = fake.root().join("var/run/crio/crio.sock");
            let _socket = std::os::unix::net::UnixListener::bind(path).unwrap();
            live(&fake, (UP, STOPPED), unchanged)
        }),
        ("ip-forward-off", live(&member(), (UP, UP), unchanged)),
        ("apiserver-not-listening", live(&member(), (UP, UP), unchanged)),
        ("control-plane-unhealthy", live(&member(), (UP, UP), unchanged)),
        ("address-not-on-host", live(&member(), (UP, UP), moved)),
        ("eviction-threshold-crossed", live(&member(), (UP, UP), full)),
        ("swap-on", live(&member(), (UP, UP), swapping)),
        ("cgroup-hierarchy-legacy", live(&member(), (UP, UP), legacy)),
    ]
}

const SPEC: &str = "kubernetesVersion: v1.34.0\n";
const NAMED: &str = "kubernetesVersion: v1.34.0\nnodeName: n1\nadvertiseAddress: 192.0.2.7\n";

/// What a plan for the spec says of a tree.
fn planned(files: &[(&str, &str)], spec: &str) -> Vec<String> {
    let fake = FakeHost::new(files);
    let host = fake.offline();
    let facts = observe(&host, &ObserveOptions::default());
    let spec = NodeSpec::from_yaml(spec).unwrap();
    let token = "abcdef.0123456789abcdef".parse().unwrap();
    let recipe = desired(&spec, &facts, token).unwrap();
    let plan = verify(&host, &recipe.desired);
    let told = plan.problems().iter().chain(plan.notes()).map(|one| one.code.to_owned());
    let found = outlook(&host, &plan, &spec).unwrap().brief().into_iter();
    told.chain(recipe.notes.iter().map(|note| note.code.to_owned()))
        .chain(found.map(|one| one.code.to_owned()))
        .collect()
}

fn of_specs() -> Vec<Fired> {
    let later = [("etc/crio/crio.conf.d/zz.conf", "[crio.runtime]\ncgroup_manager = \"cgroupfs\"\n")];
    let no_drop_ins = [(
        "usr/lib/systemd/system/crio.service",
        "[Service]\nEnvironment=CONTAINER_CONFIG_DIR=\nExecStart=/usr/bin/crio\n",
    )];
    let wrong = format!("{NAMED}kubeadm: {{apiServer.certSANs: ['no host!']}}\n");
    let registry = [("etc/containers/registries.conf.d/99.conf", "[[registry]]\nlocation = \"docker.io\"\n")];
    let mirrored = format!("{NAMED}registryMirrors: {{docker.io: [m.example.org]}}\n");
    let proxy = [
        ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n"),
        ("etc/systemd/system/crio.service.d/z.conf", "[Service]\nEnvironment=HTTPS_PROXY=http://other:1\n"),
    ];
    let proxied = format!("{NAMED}proxy: {{httpsProxy: 'http://p.example.org:3128'}}\n");
    vec![
        ("crio-setting-overridden", planned(&later, NAMED)),
        ("crio-files-not-read", planned(&no_drop_ins, NAMED)),
        ("registries-overridden", planned(&registry, &mirrored)),
        ("proxy-overridden", planned(&proxy, &proxied)),
        ("kubeadm-config-invalid", planned(&[], &wrong)),
        ("kubeadm-config-in-tree", planned(&[], NAMED)),
        ("kubeadm-config-not-written", planned(&[], SPEC)),
        ("firewall-not-in-tree", planned(&[], &format!("{NAMED}firewall: open\n"))),
    ]
}
