//! Upgrades whose packages and images come from a bundle: no repository answers, and none is asked.

use std::path::Path;

use host_prep::bundle::{MANIFEST, Sha256Sum};
use host_prep::fs::{Mode, Root, set};

use super::bed::Bed;
use super::killed::{APART, each};
use super::*;

/// A key of nobody's, which does not expire.
const KEY: &str = include_str!("packager.asc");
const FINGERPRINT: &str = "950946B7CB74CC79CFBF6FB5E5BFED3082ABC890";
const PAUSE: &str = "registry.k8s.io/pause:3.10.1";
const LIST: &str = "/etc/apt/sources.list.d/kubernetes.list";
const SOURCES: &str = "/etc/apt/sources.list.d/k8sprep-bundle.sources";

/// A bundle with the packages of a release, for the distribution.
fn lay(release: &str, distro: &str, images: bool) -> (tempfile::TempDir, FromBundle) {
    let dir = tempfile::tempdir().unwrap();
    let spec = format!("kubernetesVersion: {release}\n");
    // As `bundle create` writes the index, of a deb of which nothing is known.
    let sum = |text: &str| Sha256Sum::of(text.as_bytes()).to_string();
    let packages = format!("Filename: ./kubeadm.deb\nSize: {}\nSHA256: {}\n\n", release.len(), sum(release));
    let index = format!(
        "Date: Thu, 01 Jan 1970 00:00:00 UTC\nSHA256:\n {} {} Packages\n",
        sum(&packages),
        packages.len()
    );
    let mut files = vec![
        ("packages/Packages", packages.as_str()),
        ("packages/Release", index.as_str()),
        ("images.txt", PAUSE),
        ("k8sprep.yaml", spec.as_str()),
        ("keys/kubernetes.asc", KEY),
        ("packages/kubeadm.deb", release),
    ];
    if images {
        files.extend([("images/index.json", "{}"), ("images/oci-layout", "{}")]);
    }
    files.sort_unstable();
    let root = Root::open(dir.path()).unwrap();
    let mut listed = Vec::new();
    for (path, text) in files {
        set(&root, &Path::new("/").join(path), text.as_bytes(), Mode::PUBLIC).unwrap();
        listed.push(serde_json::json!({"path": path, "size": text.len(), "sha256": sum(text)}));
    }
    let manifest = serde_json::json!({
        "schema": "k8sprep.bundle/v1", "format": "deb", "distro": distro,
        "architecture": std::env::consts::ARCH,
        "keys": [{"artefact": "kubernetes", "path": "keys/kubernetes.asc", "fingerprints": [FINGERPRINT]}],
        "files": listed,
    })
    .to_string();
    set(&root, &Path::new("/").join(MANIFEST), manifest.as_bytes(), Mode::PUBLIC).unwrap();
    let from = FromBundle {
        path: dir.path().to_owned(),
        sha256: Some(Sha256Sum::of(manifest.as_bytes())),
        pins: vec![FINGERPRINT.parse().unwrap()],
    };
    (dir, from)
}

fn of(release: &str) -> (tempfile::TempDir, FromBundle) {
    lay(release, "debian 12", true)
}

/// A node that no repository and no registry answers.
fn offline(control_plane: bool) -> Bed {
    let bed = Bed::new(control_plane, if control_plane { "v1.33.2" } else { "v1.34.1" });
    bed.world().offline = true;
    bed
}

fn with(from: &FromBundle) -> Upgrade {
    Upgrade { bundle: Some(from.clone()), ..Bed::upgrade() }
}

/// How many copies of bundles there are.
fn copies(bed: &Bed) -> usize {
    std::fs::read_dir(bed.dir.path().join("var/lib/k8sprep/bundles")).map_or(0, Iterator::count)
}

#[test]
fn no_repository_and_no_registry_is_asked() {
    for control_plane in [false, true] {
        let (_medium, from) = of("v1.34.1");
        let bed = offline(control_plane);
        let done = with(&from).run(&bed.host, &to(), &mut bed.hears()).unwrap();
        let at = |id: &str| done.taken.iter().position(|step| step == id);
        assert!(at("repositories") < at("images") && at("images") < at("kubeadm-upgrade"), "{done:?}");
        let world = bed.world();
        let asked = |part: &str| world.calls.iter().any(|call| call.contains(part));
        assert!(!asked("kubeadm config images pull"), "{:?}", world.calls);
        assert_eq!(world.images, [PAUSE]);
        drop(world);
        let status = bed.text("/var/lib/dpkg/status");
        assert_eq!(status.matches("1.34.1-1.1").count(), 4, "{status}");
        assert!(bed.text(LIST).starts_with('#'), "the others make room: {}", bed.text(LIST));
        assert!(bed.text(SOURCES).contains(&from.sha256.as_ref().unwrap().to_string()));
        assert_eq!(copies(&bed), 1, "it is in use");
    }
}

/// Also where the medium is gone, once it was copied.
#[test]
fn killed_it_goes_on_to_the_same_bytes_and_back_to_those_before() {
    goes_on_and_back(2 * APART);
}

#[test]
#[ignore = "run it with `tests/layer tables`"]
fn killed_at_every_moment_it_goes_on_to_the_same_bytes_and_back_to_those_before() {
    goes_on_and_back(1);
}

fn goes_on_and_back(apart: usize) {
    let (_medium, from) = of("v1.34.1");
    let before = offline(false).files();
    let undisturbed = offline(false);
    undisturbed.world().lives = Some(usize::MAX);
    with(&from).run(&undisturbed.host, &to(), &mut undisturbed.hears()).unwrap();
    let all = usize::MAX - undisturbed.world().lives.unwrap();
    undisturbed.world().lives = None;
    let wanted = undisturbed.files();
    each((all, apart), |lives| {
        let (medium, from) = of("v1.34.1");
        let bed = offline(false);
        let run = || with(&from).run(&bed.host, &to(), &mut bed.hears());
        assert!(killed(&bed, lives, run).is_none(), "{lives}");
        // In between there is neither the one nor the other repository to ask.
        if lives % 2 == 0 && !bed.text(SOURCES).is_empty() {
            drop(medium);
        }
        match Bed::upgrade().resume(&bed.host, &mut bed.hears()) {
            Err(Error::NoUpgrade) => drop(run().unwrap_or_else(|error| panic!("{lives}: {}", chain(&error)))),
            done => drop(done.unwrap_or_else(|error| panic!("{lives}: {}", chain(&error)))),
        }
        assert_eq!(bed.files(), wanted, "killed after {lives}: {:?}", bed.world().calls);
        // The repositories answer again on the way back.
        bed.world().offline = false;
        let back = Bed::upgrade().abort(&bed.host, &mut bed.hears()).unwrap();
        assert!(back.left.is_empty());
        assert_eq!((bed.files(), copies(&bed)), (before.clone(), 0), "{lives}");
    });
}

/// A node that was made from a bundle: the copy that its packages came from is kept for the way back.
#[test]
fn the_bundle_from_before_stays_for_the_way_back() {
    let (_old_medium, old) = of("v1.33.2");
    let bed = offline(false);
    let opened = with(&old).opened(&bed.host, &mut bed.hears()).unwrap().unwrap();
    let settled = opened.settle(&bed.host).unwrap();
    let plan = host_prep::verify(&bed.host, &opened.wanted());
    let applied =
        host_prep::apply(&bed.host, &opened.wanted(), &plan, &Default::default(), &mut host_prep::NoProgress);
    drop((applied.unwrap(), settled));
    let before = bed.files();
    let (_medium, new) = of("v1.34.1");
    with(&new).run(&bed.host, &to(), &mut bed.hears()).unwrap();
    assert_eq!(copies(&bed), 2);
    let back = Bed::upgrade().abort(&bed.host, &mut bed.hears()).unwrap();
    assert!(back.undone.contains(&"package cri-o".to_owned()), "{back:?}");
    assert_eq!((bed.files(), copies(&bed)), (before, 1));
}

#[test]
fn a_way_back_without_repositories_takes_the_packages_of_a_bundle() {
    let (_medium, new) = of("v1.34.1");
    let bed = offline(false);
    let before = bed.files();
    with(&new).run(&bed.host, &to(), &mut bed.hears()).unwrap();
    let error = Bed::upgrade().abort(&bed.host, &mut bed.hears()).unwrap_err();
    assert!(chain(&error).contains("does not answer"), "{}", chain(&error));
    let (_old_medium, old) = of("v1.33.2");
    // That of the new release has nothing to go back to, and is no reason to stop half way.
    let wrong = with(&new).abort(&bed.host, &mut bed.hears()).unwrap_err();
    assert!(chain(&wrong).contains("was not found"), "{}", chain(&wrong));
    let back = with(&old).abort(&bed.host, &mut bed.hears()).unwrap();
    assert!(back.left.is_empty());
    assert_eq!((bed.files(), copies(&bed)), (before, 0), "{:?}", bed.world().calls);
    assert_eq!(Upgrade::status(&bed.host).unwrap().status, UpgradeState::None);
}

/// Nothing was installed yet: no repository is needed for the way back.
#[test]
fn a_way_back_that_wants_no_package_asks_nobody() {
    let (_medium, from) = of("v1.34.1");
    let bed = offline(false);
    let before = bed.files();
    bed.world().fails = Some("apt-mark unhold kubeadm");
    let error = with(&from).run(&bed.host, &to(), &mut bed.hears()).unwrap_err();
    assert!(matches!(&error, Error::UpgradeStep { step, .. } if step == "package-kubeadm"), "{error}");
    bed.world().fails = None;
    let back = Bed::upgrade().abort(&bed.host, &mut bed.hears()).unwrap();
    assert!(back.left.is_empty());
    assert_eq!((bed.files(), copies(&bed)), (before, 0));
}

#[test]
fn what_has_not_the_packages_or_is_not_for_the_host_changes_nothing() {
    let (_medium, other) = of("v1.33.9");
    let bed = offline(true);
    let before = bed.files();
    let error = with(&other).run(&bed.host, &to(), &mut bed.hears()).unwrap_err();
    assert!(matches!(error, Error::UpgradeNotBegun { .. }), "{error}");
    assert_eq!((bed.files(), copies(&bed)), (before.clone(), 0));
    let (_medium, foreign) = lay("v1.34.1", "rocky 9", true);
    let error = with(&foreign).run(&bed.host, &to(), &mut bed.hears()).unwrap_err();
    assert_eq!(error.code(), "bundle-unusable", "{error}");
    let (_medium, mut unproved) = of("v1.34.1");
    unproved.sha256 = None;
    let error = with(&unproved).run(&bed.host, &to(), &mut bed.hears()).unwrap_err();
    assert_eq!(error.code(), "bundle-unproved", "{error}");
    bed.world().fails = Some("skopeo --version");
    let (_medium, from) = of("v1.34.1");
    let error = with(&from).run(&bed.host, &to(), &mut bed.hears()).unwrap_err();
    assert_eq!(error.code(), "skopeo-missing", "{error}");
    assert_eq!((bed.files(), copies(&bed)), (before, 0));
    assert!(!bed.world().calls.iter().any(|call| call.starts_with("kubeadm ")));
}
