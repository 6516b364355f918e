//! Errors of the engine, of files and of the cluster.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use host_prep::cluster::{
    KubeadmOptions, User, apply_network, init, may_give_kubeconfig, smoke_test, standing,
};
use host_prep::distro::PackageManager;
use host_prep::firewall::{Firewall, Role};
use host_prep::fs::{Mode, Record, Root, replace, set, write_new};
use host_prep::package::{Packages, Wanted};
use host_prep::resource::Managed;
use host_prep::service::{UnitWish, Units};
use host_prep::test_util::fake_host::FakeHost;
use host_prep::test_util::scripted::Scripted;
use host_prep::{
    ApplyOptions, Back, Desired, Error, Host, Invocation, NoProgress, OnFailure, StepTitle, Watch, apply,
    as_planned, confirm, history, rollback, seen,
};
use rustix::fs::{FlockOperation, flock};

use super::super::rollback::Stopper;
use super::super::{apply_all, plan_of};
use super::{Fired, scripted, sha256};

const JOURNAL: &str = "var/lib/k8sprep/journals/000001.journal";

pub(super) fn fired() -> Vec<Fired> {
    [runs(), journals(), locks(), programs(), clusters()].concat()
}

fn of(error: &Error) -> Vec<&'static str> {
    vec![error.code().as_str()]
}

fn wish(text: &str) -> Desired {
    let file = |path| Managed::file("crio", path, text);
    Desired::new().with(file("/etc/one")).with(file("/etc/two"))
}

fn host() -> FakeHost {
    FakeHost::new(&[("etc/one", "old\n"), ("etc/two", "old\n"), ("var/lib/", "")])
}

/// A host that was changed once.
fn changed() -> FakeHost {
    let fake = host();
    apply_all(&fake.offline(), &wish("ours\n"));
    fake
}

fn tried(host: &Host, desired: &Desired, options: &ApplyOptions, watch: &mut dyn Watch) -> Vec<&'static str> {
    of(apply(host, desired, &plan_of(host, desired), options, watch).unwrap_err().cause())
}

fn back(host: &Host, how: Back) -> Vec<&'static str> {
    match rollback(host, how, Duration::ZERO, &mut NoProgress) {
        Ok(done) => done.failures.iter().flat_map(of).collect(),
        Err(error) => of(&error),
    }
}

/// Another program writes to the file of the step that comes.
struct Other<'a>(&'a FakeHost);

impl Watch for Other<'_> {
    fn step(&mut self, _: StepTitle<'_>, _: usize) {
        self.0.lay("etc/one", "theirs\n");
    }
}

fn runs() -> Vec<Fired> {
    let options = ApplyOptions::default;
    let (first, again) = (host(), changed());
    let mut step = options();
    step.only_step = Some(9);
    let mut late = options();
    late.seen = Some(seen(&again.offline()).unwrap());
    apply_all(&again.offline(), &wish("between\n"));
    let firewall = Desired::new().with(Firewall::open(Role::Worker, None, []));
    let mut units = ["not-found\nActiveState=inactive"; 6];
    units[0] = "loaded\nActiveState=active";
    let units = units.map(|of| format!("LoadState={of}\nUnitFileState=enabled\nNeedDaemonReload=no\n"));
    let never = Scripted::new().says("systemctl show", &units.join("\n"));
    let (_kept, closed) = scripted(&[], never);
    let twice = Managed::file("crictl", "/etc/one", "theirs\n");
    let blocked = wish("ours\n").with(twice);
    vec![
        ("changed-meanwhile", tried(&first.offline(), &wish("ours\n"), &options(), &mut Other(&first))),
        ("no-such-step", tried(&host().offline(), &wish("ours\n"), &step, &mut NoProgress)),
        ("overtaken", tried(&again.offline(), &wish("last\n"), &late, &mut NoProgress)),
        ("not-as-desired", tried(&closed, &firewall, &options(), &mut NoProgress)),
        ("plan-blocked", tried(&host().offline(), &blocked, &options(), &mut NoProgress)),
        ("no-such-transaction", back(&host().offline(), Back::To(7))),
        ("not-waiting", of(&confirm(&host().offline(), None, UNIX_EPOCH, Duration::ZERO).unwrap_err())),
        ("stopped", stopped(&changed().offline())),
    ]
}

fn stopped(host: &Host) -> Vec<&'static str> {
    let half = rollback(host, Back::Newest, Duration::ZERO, &mut Stopper::default()).unwrap();
    half.failures.iter().flat_map(of).collect()
}

fn journals() -> Vec<Fired> {
    let damaged = changed();
    damaged.lay(JOURNAL, "rubbish\n");
    let newer = changed();
    newer.lay(JOURNAL, &newer_journal(&newer.read(JOURNAL).unwrap()));
    let last = changed();
    let journals = last.root().join("var/lib/k8sprep/journals");
    std::fs::rename(last.root().join(JOURNAL), journals.join("999999.journal")).unwrap();
    let half = changed();
    stopped(&half.offline());
    let options = ApplyOptions::default;
    vec![
        ("journal-damaged", back(&damaged.offline(), Back::Newest)),
        ("journal-newer", back(&newer.offline(), Back::Newest)),
        ("last-transaction", tried(&last.offline(), &wish("again\n"), &options(), &mut NoProgress)),
        ("interrupted", tried(&half.offline(), &wish("again\n"), &options(), &mut NoProgress)),
        ("interrupted-elsewhere", interrupted_elsewhere()),
        ("backup-damaged", of_packages(|backup| std::fs::write(backup, "rubbish\n").unwrap())),
        ("backup-missing", of_packages(|backup| std::fs::remove_file(backup).unwrap())),
    ]
}

/// A first line of a later version, with the sum that it has to have.
fn newer_journal(journal: &str) -> String {
    let (sum, json) = journal.lines().next().unwrap().split_once(' ').unwrap();
    let json = json.replacen("\"version\":", "\"version\":9", 1);
    format!("{} {json}\n", &sha256(&json)[..sum.len()])
}

fn interrupted_elsewhere() -> Vec<&'static str> {
    let fake = host();
    let theirs = fake.offline().owned_by("acme".parse().unwrap());
    apply_all(&theirs, &wish("theirs\n"));
    stopped(&theirs);
    tried(&fake.offline(), &wish("ours\n"), &ApplyOptions::default(), &mut NoProgress)
}

/// What rolling back packages says when this became of the list of what was installed.
fn of_packages(harm: impl Fn(&Path)) -> Vec<&'static str> {
    let (fake, host) = scripted(&[("var/lib/dpkg/status", ""), ("var/lib/", "")], Scripted::new());
    let desired = Desired::new().with(Packages::new(PackageManager::Apt, [Wanted::any("kubelet")]));
    let mut options = ApplyOptions::default();
    options.on_failure = OnFailure::Stop;
    // The stand-in installs nothing, so the host is not as desired.
    apply(&host, &desired, &plan_of(&host, &desired), &options, &mut NoProgress).map(drop).unwrap_err();
    for entry in std::fs::read_dir(fake.root().join("var/lib/k8sprep/backups")).unwrap() {
        harm(&entry.unwrap().path());
    }
    back(&host, Back::Newest)
}

fn locks() -> Vec<Fired> {
    let fake = changed();
    let lock = std::fs::File::open(fake.root().join("var/lib/k8sprep/lock")).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    vec![("host-locked", back(&fake.offline(), Back::Newest))]
}

fn programs() -> Vec<Fired> {
    let fake = host();
    let ask = |host: &Host| of(&host.run(&Invocation::new("nosuch", ["--version"])).unwrap_err());
    let (_kept, fails) = scripted(&[], Scripted::new().ends("nosuch", 1, "", "no\n"));
    let loaded = "LoadState=loaded\nUnitFileState=enabled\nActiveState=inactive\nNeedDaemonReload=no\n";
    let script = Scripted::new().says("systemctl show", loaded).ends("systemctl start", 1, "", "failed\n");
    let (_kept_too, dead) = scripted(&[], script);
    let crio = Desired::new().with(Units::new([UnitWish::running("crio.service", "it is needed")]));
    vec![
        ("command-not-run", ask(&fake.running())),
        ("command-failed", ask(&fails)),
        ("needs-running-host", ask(&fake.offline())),
        ("unit-failed", tried(&dead, &crio, &ApplyOptions::default(), &mut NoProgress)),
    ]
}

const WAIT: &str =
    "kubectl --kubeconfig=/etc/kubernetes/admin.conf --cache-dir=/run/k8sprep-kube -n k8sprep-smoke wait";

fn clusters() -> Vec<Fired> {
    let file = Path::new("/etc/kubernetes/kubeadm.yaml");
    let (_kept, fails) = scripted(&[], Scripted::new().ends("kubeadm", 1, "", "error: no\n"));
    let failed = init(&fails, file, &KubeadmOptions::default(), &mut NoProgress).unwrap_err();
    let manifest = Path::new("/root/flannel.yml");
    let network = FakeHost::new(&[("root/flannel.yml", "      \"Network\": \"10.244.0.0/16\",\n")]);
    let other = apply_network(&network.running(), manifest, "10.1.0.0/16", &mut NoProgress).unwrap_err();
    let late = Scripted::new().ends(WAIT, 1, "", "error: timed out waiting for the condition\n");
    let (_kept_too, waits) = scripted(&[], late);
    let smoke = smoke_test(&waits, Path::new("/run/smoke.yaml"), Duration::from_secs(1), &mut NoProgress);
    vec![
        ("kubeadm-failed", of(&failed)),
        ("pod-network-mismatch", of(&other)),
        ("smoke-test-failed", of(&smoke.unwrap_err())),
        ("record-damaged", with_record("\0\0\0")),
        ("record-newer", with_record("{\"schema\": \"k8sprep.cluster/v99\"}")),
    ]
}

/// What a host says whose record of its node is this.
fn with_record(text: &str) -> Vec<&'static str> {
    let fake = changed();
    let path = "var/lib/k8sprep/cluster.json";
    fake.lay(path, text);
    fake.chmod(path, 0o600);
    of(&standing(&fake.offline()).unwrap_err())
}

pub(super) fn refusals() -> Vec<Fired> {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let lay = |name: &str| -> PathBuf {
        write_new(&at(name), b"x", Mode::PRIVATE).unwrap();
        at(name)
    };
    std::fs::hard_link(lay("one"), at("two")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    symlink("loop", at("loop")).unwrap();
    let sparse = std::fs::File::options().write(true).open(lay("sparse")).unwrap();
    sparse.set_len(1 << 40).unwrap();
    let replaced = |name: &str| of(&replace(&at(name), b"y").unwrap_err());
    let root = Root::open(dir.path()).unwrap();
    let replayed = Host::replayed("/", false, Record::default()).unwrap();
    let planned = host();
    let before = planned.offline();
    let ahead = as_planned(&before, &plan_of(&before, &wish("ours\n"))).unwrap().host;
    let loose = changed();
    loose.chmod("var/lib/k8sprep", 0o777);
    let mut all = vec![
        ("already-exists", of(&write_new(&at("one"), b"y", Mode::PRIVATE).unwrap_err())),
        ("file-missing", replaced("none")),
        ("not-absolute", of(&set(&root, Path::new("one"), b"y", Mode::PRIVATE).unwrap_err())),
        ("not-in-archive", of(&replayed.root().read(Path::new("/one")).unwrap_err())),
        ("read-failed", of(&root.read(Path::new("/loop")).unwrap_err())),
        ("write-failed", of(&write_new(Path::new("/proc/k8sprep"), b"y", Mode::PRIVATE).unwrap_err())),
        ("root-not-opened", of(&Root::open(at("none")).unwrap_err())),
        ("link-dangling", replaced("dangling")),
        ("not-a-regular-file", of(&replace(dir.path(), b"y").unwrap_err())),
        ("hard-links", replaced("one")),
        (
            "host-only-planned",
            of(&set(ahead.root(), Path::new("/etc/one"), b"y", Mode::PRIVATE).unwrap_err()),
        ),
        ("file-too-large", of(&root.read(Path::new("/sparse")).unwrap_err())),
        ("state-writable-by-others", of(&history(&loose.offline()).unwrap_err())),
    ];
    all.extend(homes());
    all
}

/// Homes that somebody else could lead elsewhere, and a state that somebody else laid.
fn homes() -> Vec<Fired> {
    let home = |mode| {
        let fake = FakeHost::new(&[("home/li/", ""), ("etc/kubernetes/admin.conf", "admin\n")]);
        fake.chmod("home/li", mode);
        fake
    };
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let may = |fake: &FakeHost, uid| {
        of(&may_give_kubeconfig(&fake.offline(), &User::new(uid, gid, "/home/li")).unwrap_err())
    };
    let own = home(0o755);
    let mut all = vec![("home-writable-by-others", may(&home(0o777), uid))];
    if !rustix::process::geteuid().is_root() {
        all.push(("home-of-another", may(&own, uid + 1)));
        return all;
    }
    let give = |path: PathBuf| std::os::unix::fs::chown(path, Some(12_345), None).unwrap();
    give(own.root().join("home/li"));
    all.push(("home-of-another", may(&own, 1000)));
    let state = changed();
    give(state.root().join("var/lib/k8sprep"));
    all.push(("state-of-another", of(&history(&state.offline()).unwrap_err())));
    all
}
