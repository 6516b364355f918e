//! Upgrades of a node in a directory, undisturbed; `killed` stops them at every moment.

mod bed;
mod bundle;
mod cgroup;
mod killed;

use bed::{Bed, pod};

use super::*;
use crate::chain::chain;
use crate::doctor::renamed_away::STATIC_PODS;
use crate::stage::test_bed::unless_killed;
use crate::stage::{Answer, UpgradeState};

fn to() -> Target {
    "1.34".parse().unwrap()
}

fn run(bed: &Bed) -> Result<Upgraded, Error> {
    Bed::upgrade().run(&bed.host, &to(), &mut bed.hears())
}

/// Goes on until it is done, as somebody does who finds a host after a crash.
fn go_on(bed: &Bed) -> Result<Upgraded, Error> {
    match Bed::upgrade().resume(&bed.host, &mut bed.hears()) {
        // It was killed before anything was written down.
        Err(Error::NoUpgrade) => run(bed),
        done => done,
    }
}

/// Runs something that is killed after so many moments. Whether it was.
fn killed<T>(bed: &Bed, lives: usize, run: impl FnOnce() -> T) -> Option<T> {
    bed.world().lives = Some(lives);
    let ended = unless_killed(run);
    bed.world().lives = None;
    ended
}

#[test]
fn a_worker_comes_to_the_next_minor_in_the_order_of_its_plan() {
    let bed = Bed::new(false, "v1.34.1");
    let mut hears = bed.hears();
    let done = Bed::upgrade().run(&bed.host, &to(), &mut hears);
    let done = done.unwrap_or_else(|error| panic!("{error}: {:#?}\n{:#?}", hears.notes, bed.world().calls));
    let expected = [
        "backup",
        "repositories",
        "package-kubeadm",
        "kubeadm-upgrade",
        "cordon",
        "drain",
        "mend-flags",
        "mend-pause-image",
        "stop-kubelet",
        "package-crio",
        "package-kubelet",
        "start-crio",
        "start-kubelet",
        "wait-ready",
        "uncordon",
    ];
    assert_eq!(done.taken, expected);
    let status = bed.text("/var/lib/dpkg/status");
    assert_eq!((status.matches("1.34.1-1.1").count(), status.matches("hold ok").count()), (4, 4), "{status}");
    assert_eq!(bed.text("/etc/default/kubelet"), "KUBELET_EXTRA_ARGS=\n");
    assert!(bed.text("/var/lib/kubelet/config.yaml").contains("crio.sock"));
    let crio = bed.text("/etc/crio/crio.conf.d/99-k8sprep.conf");
    assert_eq!(crio, "[crio.image]\npause_image = \"r.example.com/pause:3.10.1\"\n");
    let world = bed.world();
    assert!(!world.is_cordoned() && world.pods.is_empty());
    // The packages of CRI-O and the kubelet come after the drain, and CRI-O's first.
    let at = |part: &str| {
        world.calls.iter().position(|call| call.contains(part) && !call.contains("download-only"))
    };
    assert!(at("stop kubelet") < at(" cri-o=1.34.") && at(" cri-o=1.34.") < at(" kubelet=1.34."));
    assert!(at("restart crio") < at("restart kubelet") && at(" kubelet=1.34.") < at("restart crio"));
    drop(world);
    assert_eq!(Upgrade::status(&bed.host).unwrap().status, UpgradeState::Done);
    // Once more there is nothing to do.
    assert_eq!(run(&bed).unwrap(), Upgraded::default());
}

#[test]
fn a_control_plane_is_upgraded_before_its_pods_leave_and_asked_for_its_health() {
    let bed = Bed::new(true, "v1.33.2");
    let done = run(&bed).unwrap();
    let at =
        |id: &str| done.taken.iter().position(|step| step == id).unwrap_or_else(|| panic!("{id}: {done:?}"));
    assert!(at("snapshot") < at("repositories") && at("images") < at("kubeadm-upgrade"));
    assert!(at("kubeadm-upgrade") < at("drain") && at("wait-ready") < at("wait-etcd"));
    assert!(bed.text("/etc/kubernetes/manifests/kube-apiserver.yaml").contains(":v1.34.1"));
    let world = bed.world();
    assert!(world.calls.iter().any(|call| call == "kubeadm upgrade apply v1.34.1 -y"));
    assert!(world.calls.iter().any(|call| call.contains("endpoint health --cluster")));
    drop(world);
    assert_eq!(bed.text("/var/lib/k8sprep/upgrade/etcd-snapshot.db"), "snapshot");
    assert!(Upgrade::status(&bed.host).unwrap().committed);
}

#[test]
fn a_further_control_plane_is_known_by_the_cluster() {
    let bed = Bed::new(true, "v1.34.1");
    run(&bed).unwrap();
    assert!(bed.world().calls.iter().any(|call| call == "kubeadm upgrade node"));
}

/// What is refused changes nothing, k8sprep's own directory among it.
#[test]
fn what_is_refused_leaves_the_host_as_it_was() {
    let refused = |bed: &Bed, code: &str| {
        let before = bed.files();
        let error = run(bed).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(bed.files(), before);
        assert!(!bed.dir.path().join("var/lib/k8sprep").exists(), "{code}");
        assert!(!bed.world().is_cordoned());
        assert!(matches!(Bed::upgrade().abort(&bed.host, &mut bed.hears()), Err(Error::NoUpgrade)));
        assert!(matches!(Bed::upgrade().resume(&bed.host, &mut bed.hears()), Err(Error::NoUpgrade)));
    };
    let bed = Bed::new(true, "v1.33.2");
    bed.put("/etc/kubernetes/manifests/etcd.yaml", &pod("etcd", "3.5.21-0"));
    refused(&bed, "upgrade-blocked");
    // Of the other members only etcd itself tells.
    let bed = Bed::new(true, "v1.33.2");
    bed.world().members = vec!["3.5.24", "3.5.23"];
    refused(&bed, "upgrade-blocked");
    let error = run(&bed).unwrap_err().to_string();
    assert!(error.contains("192.0.2.1:2379") && !error.contains("192.0.2.0:2379"), "{error}");
    let bed = Bed::new(true, "v1.33.2");
    bed.world().fails = Some("endpoint health");
    refused(&bed, "upgrade-blocked");
    let bed = Bed::new(true, "v1.33.2");
    bed.world().size = u64::MAX / 4;
    refused(&bed, "upgrade-blocked");
    let error = run(&bed).unwrap_err().to_string();
    assert!(error.contains("[no-room-for-etcd-copy]"), "{error}");
    // The control plane comes first.
    refused(&Bed::new(false, "v1.33.2"), "control-plane-first");
    let error = Bed::upgrade().run(
        &Bed::new(false, "v1.34.1").host,
        &"1.36".parse().unwrap(),
        &mut crate::stage::Silent,
    );
    assert_eq!(error.unwrap_err().code(), "upgrade-blocked", "two minors at once");
    let bed = Bed::new(false, "v1.34.1");
    let error = Bed::upgrade().run(&bed.host, &"1.31".parse().unwrap(), &mut bed.hears()).unwrap_err();
    assert_eq!(error.code(), "upgrade-blocked", "there is no way back: {error}");
}

/// A record of a later version: nothing of it is guessed, neither on the way on nor on the way back.
#[test]
fn what_a_newer_version_began_is_left_to_it() {
    for (to, role) in [("1.99", "worker"), ("1.34", "witness")] {
        let bed = Bed::new(true, "v1.33.2");
        UpgradeRecord::new(to, role, "n1").write(&bed.host).unwrap();
        let before = bed.files();
        let resumed = Bed::upgrade().resume(&bed.host, &mut bed.hears()).map(drop);
        let aborted = Bed::upgrade().abort(&bed.host, &mut bed.hears()).map(drop);
        for ended in [resumed, aborted] {
            let error = ended.unwrap_err();
            assert_eq!(error.code(), "record-newer", "{error}");
        }
        assert_eq!(bed.files(), before);
        assert!(!bed.world().calls.iter().any(|call| call.starts_with("kubeadm")));
    }
}

#[test]
fn packages_that_are_not_to_be_had_give_the_repositories_back() {
    let bed = Bed::new(true, "v1.33.2");
    bed.world().only = Some("33");
    let before = bed.files();
    let error = run(&bed).unwrap_err();
    assert!(matches!(error, Error::UpgradeNotBegun { .. }), "{error}");
    assert!(error.to_string().ends_with("the host is as before"), "{error}");
    assert_eq!(bed.files(), before);
    assert_eq!(Upgrade::status(&bed.host).unwrap().status, UpgradeState::None);
    assert!(!bed.world().calls.iter().any(|call| call.starts_with("kubeadm ")));
}

/// Somebody looks at the question for long, and another run is at work meanwhile.
struct Meanwhile<'a>(Option<Box<dyn FnOnce() + 'a>>);

impl Reporter for Meanwhile<'_> {
    fn confirm(&mut self, _: Question) -> Answer {
        self.0.take().into_iter().for_each(|work| work());
        Answer::Yes
    }
}

#[test]
fn a_run_that_was_overtaken_forgets_nothing_of_the_other_one() {
    let bed = Bed::new(false, "v1.34.1");
    let other = || {
        bed.world().fails = Some("kubeadm upgrade node");
        run(&bed).unwrap_err();
        bed.world().fails = None;
    };
    let mut report = Meanwhile(Some(Box::new(other)));
    let error = Bed::upgrade().run(&bed.host, &to(), &mut report).unwrap_err();
    assert_eq!(error.code(), "overtaken");
    let status = Upgrade::status(&bed.host).unwrap();
    assert_eq!(status.status, UpgradeState::Interrupted);
    assert!(status.steps.iter().any(|step| step.id == "package-kubeadm" && step.done));
    let before = Bed::new(false, "v1.34.1").files();
    let _ = Bed::upgrade().abort(&bed.host, &mut bed.hears()).unwrap();
    assert_eq!(bed.files(), before, "the versions and files from before are still known");
}

/// While it waits for its turn the other run ends.
#[test]
fn what_goes_on_goes_on_with_what_it_finds_in_its_turn() {
    let bed = Bed::new(false, "v1.34.1");
    bed.world().fails = Some("kubeadm upgrade node");
    run(&bed).unwrap_err();
    bed.world().fails = None;
    let turn = cluster::take_turn(&bed.host, Duration::ZERO, &mut host_prep::NoProgress).unwrap();
    let upgrade = Upgrade { wait: Duration::from_secs(20), ..Bed::upgrade() };
    std::thread::scope(|scope| {
        let late = scope.spawn(|| upgrade.resume(&bed.host, &mut crate::stage::Silent));
        let back = scope.spawn(|| upgrade.abort(&bed.host, &mut crate::stage::Silent));
        std::thread::sleep(Duration::from_millis(300));
        let mut record = UpgradeRecord::read(&bed.host).unwrap().unwrap();
        record.end = Some(UpgradeEnd::BackInPart);
        record.left = vec!["etcd".to_owned()];
        record.write(&bed.host).unwrap();
        drop(turn);
        assert_eq!(late.join().unwrap().unwrap(), Upgraded::default());
        assert_eq!(back.join().unwrap().unwrap().left, ["etcd"]);
    });
}

/// The way back asks by it whether the control plane is at the new release.
#[test]
fn the_release_of_a_manifest_is_that_of_its_component() {
    let bed = Bed::new(true, "v1.33.2");
    let path = "/etc/kubernetes/manifests/kube-apiserver.yaml";
    let before = "  containers:\n";
    let side = "  containers:\n  - name: side\n    image: registry.example.com/side:v1.34.9\n";
    bed.put(path, &bed.text(path).replace(before, side));
    assert_eq!(found::manifest_of_another(&bed.host, 33).unwrap(), None);
    assert_eq!(found::manifest_of_another(&bed.host, 34).unwrap(), Some(path.into()));
}

/// Asks every run to stop after its first step.
struct StopsAtOnce;

impl Reporter for StopsAtOnce {
    fn confirm(&mut self, _: Question) -> Answer {
        Answer::NobodyToAsk
    }

    fn watch(&mut self) -> std::io::Result<Box<dyn host_prep::Watch + '_>> {
        Ok(Box::new(Stops(false)))
    }
}

struct Stops(bool);

impl host_prep::Watch for Stops {
    fn step(&mut self, _: host_prep::StepTitle<'_>, _: usize) {
        self.0 = true;
    }

    fn stops(&mut self) -> bool {
        self.0
    }
}

/// The newer one stands on what the older one left.
#[test]
fn what_is_halfway_goes_back_newest_first() {
    let bed = Bed::new(false, "v1.34.1");
    let before = bed.files();
    for text in ["1", "2"] {
        let files = ["/etc/a", "/etc/b"].map(|path| (PathBuf::from(path), text.to_owned()));
        Bed::upgrade().rewrite(&bed.host, &files, &mut StopsAtOnce).unwrap_err();
    }
    assert_eq!(bed.text("/etc/a"), "2");
    let mut hears = bed.hears();
    walk::recover(&bed.host, &UpgradeRecord::new("1.34", "worker", "n1"), &mut hears).unwrap();
    let order: Vec<_> = hears.notes.iter().filter_map(|note| note.split(' ').nth(1)).collect();
    assert_eq!((order.as_slice(), bed.files()), (["2", "1"].as_slice(), before), "{:?}", hears.notes);
}

#[test]
fn a_step_that_fails_is_told_and_taken_again() {
    let bed = Bed::new(true, "v1.33.2");
    bed.world().fails = Some("kubeadm upgrade apply");
    let error = run(&bed).unwrap_err();
    assert!(matches!(&error, Error::UpgradeStep { step, .. } if step == "kubeadm-upgrade"), "{error}");
    let status = Upgrade::status(&bed.host).unwrap();
    assert_eq!((status.status, status.committed), (UpgradeState::Interrupted, false));
    assert!(status.failure.unwrap().starts_with("kubeadm-upgrade: "));
    // Another release is not begun in between.
    let other = Bed::upgrade().run(&bed.host, &"v1.34.2".parse().unwrap(), &mut bed.hears()).unwrap_err();
    assert_eq!(other.code(), "upgrade-under-way");
    bed.world().fails = None;
    let done = run(&bed).unwrap();
    assert!(!done.taken.contains(&"package-kubeadm".to_owned()), "{done:?}");
    assert_eq!(Upgrade::status(&bed.host).unwrap().status, UpgradeState::Done);
}

/// It says of the step alone that it was not taken.
#[test]
fn half_way_nothing_is_said_to_be_unchanged() {
    let bed = Bed::new(false, "v1.34.1");
    bed.world().fails = Some("kubeadm upgrade node");
    run(&bed).unwrap_err();
    bed.world().fails = None;
    bed.put("/etc/os-release", "ID=unheard-of\n");
    let error = Bed::upgrade().resume(&bed.host, &mut bed.hears()).unwrap_err();
    let text = chain(&error);
    assert!(text.contains(NO_MANAGER) && !text.contains("nothing was changed"), "{text}");
}

#[test]
fn a_drain_that_is_not_allowed_stops_before_the_runtime_and_leaves_no_cordon() {
    let bed = Bed::new(false, "v1.34.1");
    bed.world().pods[0]["metadata"]["ownerReferences"] = serde_json::json!([]);
    let error = run(&bed).unwrap_err();
    assert_eq!(error.code(), "drain-refused", "{error}");
    assert!(!bed.world().is_cordoned());
    assert!(
        bed.text("/var/lib/dpkg/status")
            .contains("Package: cri-o\nStatus: hold ok installed\nVersion: 1.33.2")
    );
    let mut upgrade = Bed::upgrade();
    if let Some(drain) = &mut upgrade.drain {
        drain.unmanaged = true;
    }
    upgrade.resume(&bed.host, &mut bed.hears()).unwrap();
}

/// Row 16: a cordon of somebody else stays.
#[test]
fn a_cordon_of_somebody_else_stays() {
    let bed = Bed::new(false, "v1.34.1");
    bed.world().node["spec"]["unschedulable"] = serde_json::json!(true);
    run(&bed).unwrap();
    assert!(bed.world().is_cordoned());
}

/// Of a file that both a flag and a gate end in, too.
#[test]
fn what_is_taken_out_is_told_once() {
    let bed = Bed::new(false, "v1.34.1");
    let args = "--register-schedulable=true --feature-gates=LegacySidecarContainers=true";
    bed.put("/etc/default/kubelet", &format!("KUBELET_EXTRA_ARGS=\"{args}\"\n"));
    let mut hears = bed.hears();
    Bed::upgrade().run(&bed.host, &to(), &mut hears).unwrap();
    assert_eq!(bed.text("/etc/default/kubelet"), "KUBELET_EXTRA_ARGS=\"\"\n");
    let told = hears.notes.iter().filter(|note| note.contains("LegacySidecarContainers=true is taken out"));
    assert_eq!(told.count(), 1, "{:?}", hears.notes);
}

#[test]
fn where_nobody_drains_the_node_is_neither_cordoned_nor_uncordoned() {
    let bed = Bed::new(false, "v1.34.1");
    let upgrade = Upgrade { drain: None, ..Bed::upgrade() };
    let done = upgrade.run(&bed.host, &to(), &mut bed.hears()).unwrap();
    let of_cordons = ["cordon", "drain", "uncordon"];
    assert!(!done.taken.iter().any(|step| of_cordons.contains(&step.as_str())), "{done:?}");
    assert!(!bed.world().pods.is_empty() && !bed.world().is_cordoned());
}

/// Row 1: without kube-apiserver.yaml kubeadm would take the host for a worker.
#[test]
fn each_manifest_that_was_renamed_away_is_put_back_before_kubeadm_is_called() {
    for name in STATIC_PODS {
        let bed = Bed::new(true, "v1.33.2");
        let at = format!("/etc/kubernetes/manifests/{name}.yaml");
        let kept = format!("/etc/kubernetes/tmp/kubeadm-backup-manifests-2026-11-28-10-00-00/{name}.yaml");
        bed.put(&kept, &bed.text(&at));
        std::fs::remove_file(bed.dir.path().join(&at[1..])).unwrap();
        run(&bed).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(bed.text(&at).contains(if name == "etcd" { ":3.6" } else { ":v1.34.1" }), "{name}");
    }
}

#[test]
fn a_later_transaction_keeps_the_upgrade() {
    let bed = Bed::new(false, "v1.34.1");
    run(&bed).unwrap();
    let back = host_prep::Back::Newest;
    assert!(Upgrade::is_what_goes_back(&bed.host, back).unwrap());
    let desired =
        host_prep::Desired::new().with(host_prep::resource::Managed::file("crictl", "/etc/crictl.yaml", ""));
    let plan = host_prep::verify(&bed.host, &desired);
    let _ = host_prep::apply(&bed.host, &desired, &plan, &Default::default(), &mut host_prep::NoProgress)
        .unwrap();
    assert!(!Upgrade::is_what_goes_back(&bed.host, back).unwrap());
    let error = Bed::upgrade().abort(&bed.host, &mut bed.hears()).unwrap_err();
    assert_eq!(error.code(), "upgrade-followed");
}

/// Also where the package of the new release brings another one.
#[test]
fn what_starts_containers_is_the_same_afterwards_unless_another_is_asked_for() {
    const PACKAGED: &str = "/etc/crio/crio.conf.d/10-crio.conf";
    const OURS: &str = "/etc/crio/crio.conf.d/99-k8sprep.conf";
    let laid = || {
        let bed = Bed::new(false, "v1.34.1");
        bed.put(PACKAGED, "[crio.runtime]\ndefault_runtime = \"runc\"\n[crio.runtime.runtimes.runc]\n");
        let new = "[crio.runtime]\ndefault_runtime = \"crun\"\n[crio.runtime.runtimes.crun]\n";
        bed.world().brings = Some((PACKAGED, new));
        bed
    };
    let removed = |bed: &Bed| bed.world().calls.iter().any(|call| call.contains("rmp -f -a"));
    let bed = laid();
    let before = bed.files();
    run(&bed).unwrap();
    let ours = bed.text(OURS);
    assert!(ours.contains("default_runtime = \"runc\"\n"), "{ours}");
    assert!(ours.contains("[crio.runtime.runtimes.runc]\nruntime_type = \"oci\"\n"), "{ours}");
    assert!(ours.contains("pause_image") && !removed(&bed), "{ours}");
    let _ = Bed::upgrade().abort(&bed.host, &mut bed.hears()).unwrap();
    assert_eq!(bed.files(), before);
    let bed = laid();
    let mut upgrade = Bed::upgrade();
    upgrade.runtime = Some("crun".to_owned());
    upgrade.run(&bed.host, &to(), &mut bed.hears()).unwrap();
    assert!(!bed.text(OURS).contains("default_runtime") && removed(&bed), "{}", bed.text(OURS));
}

/// Since 1.31 that is crun.
#[test]
fn what_an_empty_default_starts_is_what_the_release_has_built_in() {
    const PACKAGED: &str = "/etc/crio/crio.conf.d/10-crio.conf";
    let bed = Bed::new(false, "v1.34.1");
    bed.put(PACKAGED, "[crio.runtime]\ndefault_runtime = \"\"\n");
    bed.world().brings = Some((PACKAGED, "[crio.runtime]\ndefault_runtime = \"crun\"\n"));
    run(&bed).unwrap();
    let ours = bed.text("/etc/crio/crio.conf.d/99-k8sprep.conf");
    assert!(!ours.contains("runc"), "{ours}");
}
