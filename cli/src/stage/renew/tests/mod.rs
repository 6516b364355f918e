//! Renewals on a control plane of files: whole ones, cut short ones, and what is left alone.

mod bed;

use std::collections::BTreeMap;

use host_prep::fs::Root;
use host_prep::{Back, NoProgress};

use bed::*;

use super::*;
use crate::stage::test_bed::unless_killed;

#[test]
fn all_are_renewed_and_each_process_is_restarted_in_order_until_it_serves_its_own() {
    let bed = Bed::new();
    let (before, own_before) = (bed.files(), bed.own_files());
    bed.fake.world().starts.clear();
    let (done, ended) = bed.run(&quick());
    ended.unwrap();
    assert_eq!(bed.fake.world().starts, PODS);
    let places: Vec<_> = done.renewed.iter().map(|one| one.place.as_str()).collect();
    assert_eq!(places.len(), 5, "{places:?}");
    assert!(
        done.renewed
            .iter()
            .all(|one| one.serial == "02" && one.serial_before.to_uppercase().starts_with("11F0"))
    );
    let proofs: Vec<_> = done.restarted.iter().map(|one| (one.port.unwrap(), one.proof)).collect();
    let (file, another) = (Proof::ServesTheFile, Proof::ServesAnother);
    assert_eq!(proofs, [(2379, file), (6443, file), (10257, another), (10259, another)]);
    assert!(done.restarted.iter().all(|one| one.served != one.served_before));
    assert_eq!((done.copies, done.left.len()), (vec![PathBuf::from(HOME)], 0));
    let home = bed.fake.world().read(HOME).unwrap();
    assert_eq!(home, format!("# mine\n{}", config(NEW, "new key")));
    let manifests = |all: &BTreeMap<String, String>| -> Vec<String> {
        all.iter().filter(|(path, _)| path.contains("manifests")).map(|(_, text)| text.clone()).collect()
    };
    assert_eq!(manifests(&bed.files()), manifests(&before));
    let dir = bed.dir.path().join("var/lib/k8sprep/renewal");
    assert!(!dir.exists(), "no copy of a key is left");
    host_prep::rollback(&bed.host, Back::Newest, Duration::ZERO, &mut NoProgress).unwrap();
    assert_eq!(bed.own_files(), own_before);
}

/// The files of a renewal that nothing stops.
fn undisturbed() -> BTreeMap<String, String> {
    let bed = Bed::new();
    bed.run(&quick()).1.unwrap();
    bed.files()
}

/// Killed at every program, look at a port and line of progress: what is run again ends in the same
/// bytes, with every process restarted, and the way back in the bytes before.
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
    let undisturbed = undisturbed();
    let mut killed = 0;
    for lives in (0..).step_by(apart) {
        let bed = Bed::new();
        let before = bed.own_files();
        bed.fake.world().lives = Some(lives);
        if unless_killed(|| bed.run(&quick())).is_some() {
            break;
        }
        killed += 1;
        let (done, ended) = bed.run(&quick());
        ended.unwrap_or_else(|error| panic!("killed at {lives}: {error}"));
        assert_eq!(bed.files(), undisturbed, "killed at {lives}");
        let serves = bed.serves();
        assert_eq!(serves.len(), PODS.len(), "killed at {lives}: {serves:?}");
        let new: Vec<_> = serves.iter().filter(|(_, serial)| serial == "02").map(|(pod, _)| *pod).collect();
        assert_eq!(new, ["etcd", "kube-apiserver"], "killed at {lives}");
        assert_eq!((cluster::renewal(&bed.host).unwrap(), done.left.len()), (None, 0));
        host_prep::rollback(&bed.host, Back::All, Duration::ZERO, &mut NoProgress).unwrap();
        assert_eq!(bed.own_files(), before, "killed at {lives}");
    }
    assert!(killed * apart > 20, "{killed}");
}

/// Of a node that is gone nothing comes back, and nothing is said to.
#[test]
fn what_was_cut_short_is_closed_where_the_node_is_gone() {
    let bed = Bed::new();
    let mut hears = bed.hears();
    hears.kill_in_step = true;
    assert!(unless_killed(|| quick().with(&bed.host, &bed.fake, &mut hears)).is_none());
    remove_tree(&bed.dir.path().join("etc/kubernetes")).unwrap();
    let mut hears = bed.hears();
    let back = crate::stage::interrupted::taken_back(&bed.host, Duration::ZERO, &mut hears).unwrap();
    assert!(back.rollback.transactions.is_empty());
    assert!(hears.notes.iter().any(|note| note.contains("is closed")), "{:?}", hears.notes);
    assert!(!hears.notes.iter().any(|note| note.contains("rolled back")), "{:?}", hears.notes);
    assert_eq!(bed.own_files(), BTreeMap::new());
}

/// A certificate without its key is neither: stopped between them, and killed on the way back.
#[test]
fn stopped_between_the_files_they_are_as_before_and_the_next_run_renews_all() {
    let undisturbed = undisturbed();
    let mut killed = 0;
    for lives in 0.. {
        let bed = Bed::new();
        let before = bed.files();
        let mut hears = bed.hears();
        hears.stop_after = Some(1);
        bed.fake.world().lives = Some(lives);
        let run = || quick().with(&bed.host, &bed.fake, &mut hears);
        match unless_killed(run) {
            Some((done, ended)) => {
                bed.fake.world().lives = None;
                assert!(matches!(ended, Err(Error::Renew(RenewError::TakenBack))), "{ended:?}");
                assert_eq!((done.transaction, done.renewed), (None, Vec::new()));
                assert_eq!(bed.files(), before);
                let (resumed, ended) = bed.run(&Renew { resume: true, ..quick() });
                ended.unwrap();
                assert!(!resumed.resumed, "nothing is left to go on with");
                bed.run(&quick()).1.unwrap();
                assert_eq!(bed.files(), undisturbed);
                break;
            }
            None => killed += 1,
        }
        bed.run(&quick()).1.unwrap_or_else(|error| panic!("killed at {lives}: {error}"));
        assert_eq!(bed.files(), undisturbed, "killed at {lives}");
    }
    assert!(killed > 2, "{killed}");
}

/// Somebody wrote one of the files while nobody was at it: theirs stays until it is renewed, and is told.
#[test]
fn what_a_way_back_leaves_is_told() {
    let bed = Bed::new();
    let before = bed.files();
    let mut hears = bed.hears();
    hears.stop_after = Some(1);
    hears.kill_at = Some("stopped on request");
    assert!(unless_killed(|| quick().with(&bed.host, &bed.fake, &mut hears)).is_none());
    let half = host_prep::history(&bed.host).unwrap().pop().unwrap();
    assert_eq!(half.status, TransactionStatus::Stopped);
    let theirs = bed.files().into_iter().find(|(path, text)| before[path] != *text).unwrap().0;
    bed.put(&theirs, "theirs");
    let mut hears = bed.hears();
    let _ = quick().with(&bed.host, &bed.fake, &mut hears);
    assert!(
        hears.warned.iter().any(|text| text.contains("left as it is") && text.contains(&theirs)),
        "{:?}",
        hears.warned
    );
}

#[test]
fn stopped_at_the_last_file_all_are_there_and_the_next_run_restarts() {
    let bed = Bed::new();
    let steps = {
        let other = Bed::new();
        other.run(&quick()).1.unwrap();
        host_prep::history(&other.host).unwrap()[0].steps.len()
    };
    let mut hears = bed.hears();
    hears.stop_after = Some(steps);
    let (done, ended) = quick().with(&bed.host, &bed.fake, &mut hears);
    let error = ended.unwrap_err();
    assert!(error.to_string().contains("still to be started again: etcd"), "{error}");
    assert_eq!((done.transaction.is_some(), done.renewed.len(), done.left.len()), (true, 5, PODS.len()));
    let (done, ended) = bed.run(&Renew { resume: true, ..quick() });
    ended.unwrap();
    assert_eq!((done.resumed, done.restarted.len()), (true, PODS.len()));
}

#[test]
fn only_what_reads_the_renewed_ones_is_restarted() {
    let bed = Bed::new();
    bed.fake.world().starts.clear();
    let renew = Renew { names: vec!["apiserver".parse().unwrap()], ..quick() };
    let (done, ended) = bed.run(&renew);
    ended.unwrap();
    assert_eq!(bed.fake.world().starts, ["kube-apiserver"]);
    assert_eq!((done.renewed.len(), done.copies.len()), (1, 0));
    assert_eq!(bed.fake.world().read(ETCD).unwrap(), OLD);
}

#[test]
fn an_external_ca_is_told_and_changes_nothing() {
    let bed = Bed::new();
    for key in ["ca.key", "etcd/ca.key"] {
        remove_file(&bed.dir.path().join("etc/kubernetes/pki").join(key)).unwrap();
    }
    let before = bed.files();
    let (done, ended) = bed.run(&quick());
    let error = ended.unwrap_err();
    assert_eq!(error.code(), "ca-key-elsewhere");
    assert_eq!(done.external.len(), 5, "{:?}", done.external);
    assert_eq!((bed.files(), done.transaction), (before, None));
}

#[test]
fn a_kubeadm_that_renews_nothing_is_told_with_what_it_says() {
    let bed = Bed::new();
    let renew = Renew { names: vec!["front-proxy-client".parse().unwrap()], ..quick() };
    let error = bed.run(&renew).1.unwrap_err();
    assert_eq!(error.code(), "nothing-renewed");
    assert!(error.to_string().ends_with("it says: Done renewing certificates."), "{error}");
}

#[test]
fn what_an_external_ca_did_not_sign_is_renewed() {
    let bed = Bed::new();
    remove_file(&bed.dir.path().join("etc/kubernetes/pki/ca.key")).unwrap();
    let (done, ended) = bed.run(&quick());
    ended.unwrap();
    let pods: Vec<_> = done.restarted.iter().map(|one| one.pod.as_str()).collect();
    assert_eq!((pods, done.renewed.len(), done.external.len()), (vec!["etcd"], 1, 4));
}

#[test]
fn a_kubelet_that_does_not_run_lets_no_process_go_on_unseen() {
    let bed = Bed::new();
    bed.fake.world().kubelet_is_down = true;
    let (done, ended) = bed.run(&quick());
    assert_eq!(ended.unwrap_err().code(), "kubelet-not-running");
    assert_eq!(done.left, PODS);
    bed.fake.world().running.clear();
    let (done, ended) = bed.run(&quick());
    ended.unwrap();
    assert!(done.resumed && done.restarted.iter().all(|one| one.proof == Proof::DidNotRun));
}

#[test]
fn one_that_does_not_come_back_has_its_manifest_and_is_gone_on_with() {
    let bed = Bed::new();
    bed.fake.world().broken = Some("kube-apiserver");
    let (done, ended) = bed.run(&quick());
    let error = ended.unwrap_err();
    assert_eq!(error.code(), "static-pod-not-restarted");
    assert!(error.to_string().contains("nothing answers there"), "{error}");
    assert_eq!((done.left.len(), done.restarted.len()), (3, 1));
    assert!(bed.fake.world().read("/etc/kubernetes/manifests/kube-apiserver.yaml").is_some());
    bed.fake.world().broken = None;
    let resume = Renew { resume: true, ..quick() };
    let (done, ended) = bed.run(&resume);
    ended.unwrap();
    assert_eq!((done.resumed, done.renewed.len(), done.restarted.len()), (true, 0, 3));
    let (done, ended) = bed.run(&resume);
    ended.unwrap();
    assert_eq!((done.resumed, done.restarted.len()), (false, 0), "nothing is left");
}

#[test]
fn stopped_on_request_the_manifest_is_back() {
    let bed = Bed::new();
    // A kubelet that does not look at its directory.
    bed.fake.world().kubelet_is_down = false;
    let mut hears = bed.hears();
    hears.stop_at = Some("kube-apiserver is started again");
    bed.fake.world().broken = Some("kube-apiserver");
    let (done, ended) = quick().with(&bed.host, &bed.fake, &mut hears);
    let error = ended.unwrap_err();
    assert_eq!(error.code(), "stopped");
    assert!(error.to_string().contains("kube-apiserver, kube-controller-manager"), "{error}");
    assert_eq!(done.restarted.len(), 1);
    assert_eq!(cluster::taken_out(&bed.host).unwrap(), []);
    assert!(bed.fake.world().read("/etc/kubernetes/manifests/kube-apiserver.yaml").is_some());
}

#[test]
fn a_copy_with_another_key_and_one_that_is_a_link_are_left() {
    let bed = Bed::new();
    bed.put(HOME, &config(OLD, "another key"));
    bed.put("/root/.kube/x", "");
    std::os::unix::fs::symlink("/etc/kubernetes/admin.conf", bed.dir.path().join("root/.kube/config"))
        .unwrap();
    let (done, ended) = bed.run(&quick());
    ended.unwrap();
    assert_eq!(done.copies.len(), 0);
    assert_eq!(bed.fake.world().read(HOME).unwrap(), config(OLD, "another key"));
}

/// The user swaps the copy for a link to a file of root's while kubeadm is at work.
#[test]
fn a_copy_that_became_a_link_is_told_and_does_not_stop_the_renewal() {
    let bed = Bed::new();
    let home = bed.dir.path().join(&HOME[1..]);
    for (at, link) in [("kubeadm certs renew", true), ("etcd is started again", false)] {
        bed.put("/etc/cron.d/victim", "root's");
        let mut hears = bed.hears();
        hears.swap = Some((at, home.clone()));
        let (done, ended) = quick().with(&bed.host, &bed.fake, &mut hears);
        ended.unwrap();
        assert_eq!(bed.fake.world().read("/etc/cron.d/victim").unwrap(), "root's");
        assert_eq!(hears.warned.len(), usize::from(link), "{:?}", hears.warned);
        assert!(hears.warned.iter().all(|text| text.starts_with(HOME)), "{:?}", hears.warned);
        assert_eq!(done.copies.len(), usize::from(!link));
        for path in LEAVES {
            bed.put(path, OLD);
        }
        bed.put("/etc/kubernetes/admin.conf", &config(OLD, "old key"));
        remove_file(&home).unwrap();
        bed.put(HOME, &config(OLD, "old key"));
    }
}

#[test]
fn a_worker_has_nothing_that_kubeadm_renews() {
    let dir = tempfile::tempdir().unwrap();
    let host = Host::offline(Root::open(dir.path()).unwrap());
    let (_, ended) = quick().run(&host, &mut crate::stage::Silent);
    assert_eq!(ended.unwrap_err().code(), "no-control-plane");
    assert!(!dir.path().join("var").exists(), "nothing was made");
}
