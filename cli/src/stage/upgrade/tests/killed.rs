//! Upgrades killed at every moment, or at a sample of them: gone on with, and taken back.

use super::*;

/// How many moments an undisturbed run has.
fn moments(control_plane: bool, cluster: &str) -> usize {
    let bed = Bed::new(control_plane, cluster);
    bed.world().lives = Some(usize::MAX);
    run(&bed).unwrap();
    usize::MAX - bed.world().lives.unwrap()
}

/// So many moments are between two that are tried where not all of them are. A prime: no step of an
/// upgrade has as many.
pub(super) const APART: usize = 13;

/// Each of these that is so far from the one before, on as many threads as there are processors.
pub(super) fn each((all, apart): (usize, usize), of: impl Fn(usize) + Sync) {
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        let of = &of;
        let tasks: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || (first * apart..all).step_by(threads * apart).for_each(of)))
            .collect();
        tasks.into_iter().for_each(|task| task.join().unwrap());
    });
}

#[test]
fn a_killed_worker_goes_on_to_the_same_bytes() {
    worker_goes_on(APART);
}

#[test]
#[ignore = "run it with `tests/layer tables`"]
fn a_worker_killed_at_every_moment_goes_on_to_the_same_bytes() {
    worker_goes_on(1);
}

fn worker_goes_on(apart: usize) {
    let undisturbed = Bed::new(false, "v1.34.1");
    run(&undisturbed).unwrap();
    let wanted = undisturbed.files();
    each((moments(false, "v1.34.1"), apart), |lives| {
        let bed = Bed::new(false, "v1.34.1");
        assert!(killed(&bed, lives, || run(&bed)).is_none(), "{lives}");
        go_on(&bed).unwrap_or_else(|error| panic!("killed after {lives}: {error}"));
        assert_eq!(bed.files(), wanted, "killed after {lives}: {:?}", bed.world().calls);
        assert!(!bed.world().is_cordoned(), "{lives}");
    });
}

#[test]
fn a_killed_worker_goes_back_to_the_bytes_before() {
    worker_goes_back(APART);
}

#[test]
#[ignore = "run it with `tests/layer tables`"]
fn a_worker_killed_at_every_moment_goes_back_to_the_bytes_before() {
    worker_goes_back(1);
}

fn worker_goes_back(apart: usize) {
    let before = Bed::new(false, "v1.34.1").files();
    each((moments(false, "v1.34.1"), apart), |lives| {
        let bed = Bed::new(false, "v1.34.1");
        let _ = killed(&bed, lives, || run(&bed));
        match Bed::upgrade().abort(&bed.host, &mut bed.hears()) {
            Ok(back) => assert_eq!(back.left, Vec::<String>::new()),
            Err(Error::NoUpgrade) => {}
            Err(error) => panic!("killed after {lives}: {error}"),
        }
        assert_eq!(bed.files(), before, "killed after {lives}: {:?}", bed.world().calls);
        assert!(!bed.world().is_cordoned(), "{lives}");
        assert_eq!(Upgrade::status(&bed.host).unwrap().status, UpgradeState::None);
    });
}

#[test]
fn a_killed_control_plane_goes_on_to_the_same_bytes() {
    control_plane_goes_on(APART);
}

#[test]
#[ignore = "run it with `tests/layer tables`"]
fn a_control_plane_killed_at_every_moment_goes_on_to_the_same_bytes() {
    control_plane_goes_on(1);
}

fn control_plane_goes_on(apart: usize) {
    let undisturbed = Bed::new(true, "v1.33.2");
    run(&undisturbed).unwrap();
    let wanted = undisturbed.files();
    each((moments(true, "v1.33.2"), apart), |lives| {
        let bed = Bed::new(true, "v1.33.2");
        assert!(killed(&bed, lives, || run(&bed)).is_none(), "{lives}");
        go_on(&bed).unwrap_or_else(|error| panic!("killed after {lives}: {error}"));
        assert_eq!(bed.files(), wanted, "killed after {lives}: {:?}", bed.world().calls);
        assert!(!bed.world().is_cordoned(), "{lives}");
    });
}

#[test]
fn a_control_plane_goes_back_until_it_is_committed_and_says_what_stays_after_that() {
    control_plane_goes_back(APART);
}

#[test]
#[ignore = "run it with `tests/layer tables`"]
fn a_control_plane_killed_at_every_moment_goes_back_until_it_is_committed() {
    control_plane_goes_back(1);
}

fn control_plane_goes_back(apart: usize) {
    let before = Bed::new(true, "v1.33.2").files();
    let whole = std::sync::atomic::AtomicUsize::new(0);
    let partly = std::sync::atomic::AtomicUsize::new(0);
    each((moments(true, "v1.33.2"), apart), |lives| {
        let bed = Bed::new(true, "v1.33.2");
        let _ = killed(&bed, lives, || run(&bed));
        let committed = Upgrade::status(&bed.host).unwrap().committed;
        let back = match Bed::upgrade().abort(&bed.host, &mut bed.hears()) {
            Err(Error::NoUpgrade) => WentBack::default(),
            back => back.unwrap_or_else(|error| panic!("killed after {lives}: {error}")),
        };
        assert_eq!(back.left.is_empty(), !committed, "{lives}: {back:?}");
        let (mut now, mut then) = (bed.files(), before.clone());
        if committed {
            assert!(back.left[0].contains("stays at v1.3"), "{back:?}");
            assert_eq!(Upgrade::status(&bed.host).unwrap().status, UpgradeState::PartlyRolledBack);
            // The control plane stays, whole; all else of the node is as before.
            for files in [&mut now, &mut then] {
                files.retain(|name, _| !name.starts_with("/etc/kubernetes/"));
            }
            assert!(
                STATIC_PODS
                    .iter()
                    .all(|name| !bed.text(&format!("/etc/kubernetes/manifests/{name}.yaml")).is_empty())
            );
            partly.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        } else {
            whole.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
        assert_eq!(now, then, "killed after {lives}: {:?}", bed.world().calls);
        assert!(!bed.world().is_cordoned(), "{lives}");
    });
    assert!(whole.into_inner() > 0 && partly.into_inner() > 0);
}

#[test]
fn a_way_back_that_is_killed_goes_on() {
    way_back_goes_on(APART);
}

#[test]
#[ignore = "run it with `tests/layer tables`"]
fn a_way_back_killed_at_every_moment_goes_on() {
    way_back_goes_on(1);
}

fn way_back_goes_on(apart: usize) {
    let before = Bed::new(false, "v1.34.1").files();
    let count = Bed::new(false, "v1.34.1");
    run(&count).unwrap();
    count.world().lives = Some(usize::MAX);
    let back = Bed::upgrade().abort(&count.host, &mut count.hears()).unwrap();
    assert!(back.left.is_empty() && back.undone.iter().any(|what| what == "package cri-o"), "{back:?}");
    assert_eq!(count.files(), before);
    let all = usize::MAX - count.world().lives.unwrap();
    each((all, apart), |lives| {
        let bed = Bed::new(false, "v1.34.1");
        run(&bed).unwrap();
        let abort = || Bed::upgrade().abort(&bed.host, &mut bed.hears());
        assert!(killed(&bed, lives, abort).is_none(), "{lives}");
        match abort() {
            Ok(_) | Err(Error::NoUpgrade) => {}
            Err(error) => panic!("killed after {lives}: {error}"),
        }
        assert_eq!(bed.files(), before, "killed after {lives}");
        assert!(!bed.world().is_cordoned(), "{lives}");
    });
}
