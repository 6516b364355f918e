//! What an enemy's file costs grows as the file does (breaker 13): four times as many lines are not
//! sixteen times the work.
//!
//! Measured is the processor time of this thread, which does not count what else the machine does.

use crio_config::{CheckOptions, Sources, check, read_registries};
use host_prep::mirrors::{Artefact, Format, Mirror};
use host_prep::repo::{Places, Repositories, Repository, Trust};
use host_prep::resource::SwapOff;
use host_prep::{Desired, PackageMinor, observe, plan};
use k8sprep::doctor::hosts::{HostProfile, Profile, Value, compare};
use k8sprep::doctor::{Fix, Inspection, Treatment, diagnose, examine};
use k8sprep_tests::fake_host::FakeHost;
use kubeadm_config::Minor;
use kubeadm_config::component::Component;
use kubeadm_config::yaml::{self, SplitRules};
use rustix::time::{ClockId, clock_gettime};
use std::time::SystemTime;

const LINES: usize = 400;
/// Linear is 4, quadratic 16.
const MOST: u64 = 9;

/// Nanoseconds this thread was on a processor. Not /proc/thread-self/schedstat: the kernel brings
/// that up to date at its ticks alone, some milliseconds apart.
fn processor_time() -> u64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    u64::try_from(now.tv_sec).unwrap_or_default() * 1_000_000_000
        + u64::try_from(now.tv_nsec).unwrap_or_default()
}

/// The least of three runs.
fn cost(work: &dyn Fn(&str), text: &str) -> u64 {
    cost_in(3, work, text)
}

fn cost_in(runs: usize, work: &dyn Fn(&str), text: &str) -> u64 {
    let run = |_: usize| {
        let before = processor_time();
        work(text);
        processor_time() - before
    };
    (0..runs).map(run).min().unwrap_or_default().max(1)
}

fn grows_as_its_file(name: &str, line: impl Fn(usize) -> String, work: &dyn Fn(&str)) {
    grows_from(LINES, name, line, work);
}

fn grows_from(lines: usize, name: &str, line: impl Fn(usize) -> String, work: &dyn Fn(&str)) {
    let text = |lines: usize| (0..lines).map(&line).collect::<String>();
    let (once, four_times) = (cost(work, &text(lines)), cost(work, &text(4 * lines)));
    assert!(four_times < MOST * once, "{name}: {once} ns, four times the lines {four_times} ns");
}

fn planned(path: &str, text: &str, desired: &Desired) {
    let fake = FakeHost::new(&[(path, text)]);
    let host = fake.offline();
    let todo = plan(desired, &observe(&host, desired));
    assert!(!todo.steps().is_empty(), "{path}: there was nothing to do");
}

#[test]
fn fstab() {
    let desired = Desired::new().with(SwapOff::new());
    let line = |at| format!("/dev/sd{at} none swap sw 0 0\n");
    grows_as_its_file("fstab", line, &|text| planned("etc/fstab", text, &desired));
}

#[test]
fn lists_of_repositories() {
    let of = |places: Places, format| {
        let mirror =
            Mirror::find("upstream", Artefact::Kubernetes, PackageMinor::new(1, 34)).expect("a mirror");
        let location = mirror.location(PackageMinor::new(1, 34), format);
        let repository = Repository::new(Artefact::Kubernetes, location, Trust::Unchecked);
        Desired::new().with(Repositories::new(places).with(repository))
    };
    let old = "https://pkgs.k8s.io/core:/stable:/v1.29";
    let (yum, apt) = (of(Places::Yum, Format::Rpm), of(Places::Apt, Format::Deb));
    let repo = |at| format!("[k{at}]\nname=k\nbaseurl={old}/rpm/\nenabled=1\n");
    grows_as_its_file(".repo", repo, &|text| planned("etc/yum.repos.d/old.repo", text, &yum));
    let list = |_| format!("deb {old}/deb/ /\n");
    grows_as_its_file("sources.list", list, &|text| planned("etc/apt/sources.list", text, &apt));
    let paragraph = |_| format!("Types: deb\nURIs: {old}/deb/\nSuites: /\n\n");
    grows_as_its_file("deb822", paragraph, &|text| planned("etc/apt/sources.list.d/old.sources", text, &apt));
}

fn checked(text: &str) {
    let sources = Sources::new().with_main("/etc/crio/crio.conf", text);
    let report = check(&sources, "1.34".parse().expect("a release"), &CheckOptions::default());
    assert!(report.effective.is_some(), "{:?}", report.remarks.first());
}

#[test]
fn crio_conf() {
    let unknown = |at| format!("{}unknown_key_{at} = {at}\n", if at == 0 { "[crio.runtime]\n" } else { "" });
    // A quarter of the lines of others takes as long.
    let grows = |name, line: &dyn Fn(usize) -> String| grows_from(LINES / 4, name, line, &checked);
    grows("unknown keys", &unknown);
    let near = |at| format!("{}pause_imag{at} = {at}\n", if at == 0 { "[crio.image]\n" } else { "" });
    grows("misspelt keys", &near);
    let runtime = |at| format!("[crio.runtime.runtimes.r{at}]\nruntime_path = \"/usr/bin/true\"\n");
    grows("runtimes", &runtime);
    let table = |at| format!("[x{at}]\na = 1\n");
    grows("unknown tables", &table);
}

#[test]
fn registries_conf() {
    // The place of each finding counts lines once, not from the beginning each time.
    let block = |at| format!("[[registry]]\nlocation = \"r{at}.example\"\nblocked = true\n");
    let read = |text: &str| assert!(!read_registries(text).expect("TOML").findings.is_empty());
    grows_as_its_file("registries.conf", block, &read);
}

#[test]
fn feature_gates() {
    let gate = |at| format!("Nope{at:05}=true,");
    let refused = |text: &str| {
        let flags = [("feature-gates", text.trim_end_matches(','))];
        assert!(!Component::Scheduler.refuses(Minor::new(34), flags).is_empty());
    };
    grows_as_its_file("feature gates", gate, &refused);
}

/// Each is refused, and how soon does not hang on how much of it there is.
#[test]
fn yaml_that_is_meant_to_take_forever() {
    let refused = |text: &str| {
        let read = yaml::split(text.as_bytes(), &SplitRules::default()).and_then(|documents| {
            documents.iter().try_for_each(|one| yaml::read(&one.text, one.base()).map(drop))
        });
        assert!(read.is_err());
    };
    for part in ["[", "{\"a\":", "a: [", "- ", "? ", "{a: "] {
        grows_as_its_file(part, |_| part.repeat(20), &refused);
    }
}

#[test]
fn hosts_that_are_compared() {
    let value = |text: String| Some(Value::new(text, None));
    let hosts = |many: usize| -> Vec<HostProfile> {
        let host = |at: usize| {
            let mut profile = Profile::default();
            (profile.member, profile.control_plane) = (true, at == 0);
            profile.name = value(format!("n{at}"));
            profile.machine_id = value(format!("sha256-{at}"));
            profile.product_uuid = value(format!("sha256-u{at}"));
            profile.addresses = value(format!("192.0.{}.{}", at / 250, at % 250)).into_iter().collect();
            profile.pod_ranges = value(format!("10.{}.{}.0/24", at / 250, at % 250)).into_iter().collect();
            profile.ca = value("sha256:aa".to_owned()).into_iter().collect();
            profile.kubelet = value("1.34".to_owned());
            HostProfile::new(format!("{at}.json"), profile)
        };
        (0..many).map(host).collect()
    };
    let of = |many| {
        let hosts = hosts(many);
        cost(&|_| assert!(compare(&hosts, SystemTime::now()).findings.is_empty()), "")
    };
    let (once, four_times) = (of(1_000), of(4_000));
    assert!(four_times < MOST * once, "1,000 hosts: {once} ns, four times as many: {four_times} ns");
}

/// What cures them is judged once for all findings of a code: a plan looks at the whole host.
#[test]
fn cures_of_many_findings() {
    let kubelet = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfailSwapOn: true\n";
    let line = |at| format!("/dev/sw{at} none swap sw 0 0\n");
    let treated = |text: &str| {
        let files: Vec<_> = NODE
            .iter()
            .copied()
            .chain([("etc/fstab", text), ("var/lib/kubelet/config.yaml", kubelet)])
            .collect();
        let fake = FakeHost::new(&files);
        let host = fake.offline();
        let seen = Inspection::of(&host, SystemTime::now());
        let mut found = diagnose(&seen);
        found.retain(|_, code| code == "swap-returns-at-boot");
        assert_eq!(found.findings.len(), text.lines().count());
        let treatment = Treatment::of(&seen, &found, Fix::Automatic, &|_| true);
        assert_eq!(treatment.cures, ["swap-returns-at-boot"]);
    };
    grows_as_its_file("cures", line, &treated);
}

/// A file of a node that an enemy may have written: where it is, how it begins, and its lines.
type Grown = (&'static str, &'static str, fn(usize) -> String);

const OF_A_NODE: &[Grown] = &[
    ("etc/apt/sources.list", "", |at| {
        format!("deb [signed-by=/k{at}.gpg] https://h{at}/isv:/cri-o:/stable:/v1.34/deb/ /\n")
    }),
    ("etc/apt/sources.list.d/a.sources", "", |at| {
        format!("Types: deb\nURIs: https://pkgs.k8s.io/core:/stable:/v1.34/{at}\nSigned-By: /k{at}.gpg\n\n")
    }),
    ("etc/yum.repos.d/a.repo", "[a]\n", |at| {
        format!("baseurl=https://pkgs.k8s.io/core:/stable:/v1.34/{at}\ngpgkey=file:///k{at}\n")
    }),
    ("etc/fstab", "", |at| format!("/dev/sd{at} none swap sw 0 0\n")),
    ("etc/hosts", "", |at| format!("10.{}.{}.1 h{at} h{at}.example.org\n", at / 250, at % 250)),
    ("etc/resolv.conf", "", |at| format!("nameserver 10.{}.{}.1\n", at / 250, at % 250)),
    ("etc/environment", "", |at| format!("HTTP_PROXY{at}=http://proxy{at}:3128\n")),
    ("etc/sysctl.d/a.conf", "", |at| format!("net.ipv4.conf.e{at}.rp_filter = 1\n")),
    ("etc/modules-load.d/a.conf", "", |at| format!("module{at}\n")),
    ("etc/systemd/system/kubelet.service.d/a.conf", "[Service]\n", |at| {
        format!("Environment=A{at}=--node-labels=a{at}=b\n")
    }),
    ("etc/systemd/system/crio.service.d/a.conf", "[Service]\n", |at| {
        format!("Environment=NO_PROXY=h{at}\nEnvironmentFile=/e{at}\n")
    }),
    ("var/lib/kubelet/config.yaml", KUBELET, |at| format!("  Gate{at}: true\n")),
    ("etc/kubernetes/manifests/kube-apiserver.yaml", API_SERVER, |at| {
        format!("    - --etcd-cafile{at}=/etc/kubernetes/a{at}\n")
    }),
    ("etc/kubernetes/kubelet.conf", KUBECONFIG, |at| {
        format!("- name: c{at}\n  cluster: {{server: 'https://h{at}:6443'}}\n")
    }),
    ("etc/crio/crio.conf.d/a.conf", "", |at| {
        format!("[crio.runtime.runtimes.r{at}]\nruntime_path = \"/r{at}\"\n")
    }),
    ("etc/containers/registries.conf", "", |at| {
        format!("[[registry]]\nprefix = \"r{at}\"\nlocation = \"l{at}\"\n")
    }),
    ("etc/cni/net.d/a.conflist", "", |at| format!("{{\"cniVersion\":\"1.0.0\",\"name\":\"a{at}\"}}\n")),
];
/// So many that a comparison of each line with each costs more than reading them, unoptimised too.
const MANY: usize = 1000;

const KUBELET: &str =
    "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfeatureGates:\n";
const API_SERVER: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-apiserver, namespace: kube-system}\nspec:\n  containers:\n  - name: kube-apiserver\n    command:\n    - kube-apiserver\n";
const KUBECONFIG: &str = "apiVersion: v1\nkind: Config\nclusters:\n";

/// What a node has in every case, so that rules have something to look at.
const NODE: &[(&str, &str)] = &[
    ("usr/bin/crio", ""),
    ("usr/bin/kubelet", ""),
    ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n"),
    ("usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n"),
];

/// One of each family of readers; `every_file_that_doctor_reads` has them all.
#[test]
fn what_doctor_reads() {
    const SAMPLE: [&str; 3] = ["etc/fstab", "var/lib/kubelet/config.yaml", "etc/crio/crio.conf.d/a.conf"];
    doctor_reads(SAMPLE.map(|sample| OF_A_NODE.iter().find(|(path, ..)| *path == sample).expect("a row")));
}

#[test]
#[ignore = "run it with `tests/layer tables`"]
fn every_file_that_doctor_reads() {
    doctor_reads(OF_A_NODE);
}

fn doctor_reads(files: impl IntoIterator<Item = &'static Grown>) {
    let looked = |runs: usize, path: &str, text: &str| {
        let files: Vec<_> = NODE.iter().copied().chain([(path, text)]).collect();
        let fake = FakeHost::new(&files);
        let host = fake.offline();
        cost_in(runs, &|_| assert!(examine(&host, SystemTime::now()).checked > 0), text)
    };
    let mut told = Vec::new();
    for (path, head, line) in files {
        let text = |lines: usize| (0..lines).fold(head.to_string(), |text, at| text + &line(at));
        let [none, once, four_times] =
            [(3, 0), (2, MANY), (1, 4 * MANY)].map(|(runs, lines)| looked(runs, path, &text(lines)));
        // What a host costs without the lines is not theirs; linear is 3, quadratic 15.
        let (first, rest) = (once.saturating_sub(none).max(none / 4), four_times.saturating_sub(once));
        if rest >= 6 * first {
            told.push(format!("{path}: {none} ns without, {once} ns with {MANY} lines, {four_times} ns with four times as many"));
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}
