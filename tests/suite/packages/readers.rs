//! The real readers of key files: what they would have believed of a poisoned one, and what they
//! believe of ours.

use host_prep::fs::Mode;
use host_prep::mirrors::{Artefact, Location};
use host_prep::package::{Packages, Wanted};
use host_prep::repo::{CheckedKeys, Places, Repositories, Repository, Trust};
use host_prep::{Desired, Host, Invocation};
use k8sprep_tests::local_repo::{Key, LocalRepo, piped};

use super::apt::Debian;
use super::rpm::{MANAGERS, has, tools, tree, whole};
use super::{NOW, apply_all, desired, desired_at, plan_of, refused};

const SOURCE: &str = "Types: deb\nURIs: file:///srv/repo/deb/\nSuites: /\nSigned-By: /etc/apt/keyrings/kubernetes-apt-keyring.asc\n";

/// Key files with a second key in a place that some program reads and the pin did not see.
fn poisoned(good: &Key, evil: &Key) -> Vec<(&'static str, Vec<u8>)> {
    let text = |key: &Key| String::from_utf8(key.armoured.clone()).unwrap();
    let (good_text, evil_text) = (text(good), text(evil));
    let base64 = String::from_utf8(piped("base64", &[], &evil.binary)).unwrap();
    let end = "-----END PGP PUBLIC KEY BLOCK-----";
    let other = evil_text.replace("PUBLIC KEY BLOCK", "ARMORED FILE");
    vec![
        ("a second key after the checksum", good_text.replace(end, &format!("{base64}{end}")).into_bytes()),
        ("a block of another type", format!("{good_text}{other}").into_bytes()),
        ("a block of another type before", format!("{other}{good_text}").into_bytes()),
        ("two blocks", format!("{good_text}{evil_text}").into_bytes()),
        ("both in binary", [good.binary.clone(), evil.binary.clone()].concat()),
        ("bytes behind", [good.binary.clone(), b"trailing".to_vec()].concat()),
    ]
}

fn no_poison_is_taken(good: &Key, evil: &Key) {
    let pins = [good.fingerprint.parse().unwrap()];
    for (how, bytes) in poisoned(good, evil) {
        let error = CheckedKeys::check(bytes, &pins, crate::at(NOW)).expect_err(how);
        assert!(!error.to_string().is_empty());
    }
}

fn update(debian: &Debian, host: &Host) -> bool {
    let root = debian.root().display().to_string();
    let words = [
        &*root,
        "apt-get",
        "update",
        "-q",
        "-o",
        "APT::Update::Error-Mode=any",
        "-o",
        "APT::Sandbox::User=root",
    ];
    host.run(&Invocation::new("chroot", words)).is_ok()
}

/// A host whose key file was poisoned: real apt believes the second key (`believed`: where its apt
/// is known to), the plan says so and puts the file right, and then nothing signed by the second
/// key is believed.
fn apt_believes_our_key_alone(debian: &Debian, believed: bool) {
    let repo = LocalRepo::at(debian.root().join("srv/repo"));
    let (key, evil) = (repo.key("packager", "never"), repo.key("stranger", "never"));
    repo.deb("kubelet", "1.34.2");
    repo.index_debs(Some("stranger"));
    no_poison_is_taken(&key, &evil);
    let host = debian.host();
    debian.put("etc/apt/sources.list.d/kubernetes.sources", SOURCE);
    let (_, poison) = poisoned(&key, &evil).remove(0);
    let file = "etc/apt/keyrings/kubernetes-apt-keyring.asc";
    debian.put(file, &String::from_utf8(poison).unwrap());
    assert_eq!(update(debian, &host), believed, "the poisoned file");

    let wanted = desired_at(
        "file:///srv/repo/deb/",
        Places::Apt,
        host_prep::distro::PackageManager::Apt,
        &key,
        "v1.34",
    );
    let said = format!("{:?}", plan_of(&host, &wanted).steps());
    assert!(
        said.contains("the file that is there is replaced: it is refused, because it holds a line after"),
        "{said}"
    );
    let said = refused(&host, &wanted);
    // apt 3 may say no more than that the index is not signed.
    let words = ["signed by a key that is not trusted", "is not signed"];
    assert!(words.iter().any(|words| said.contains(words)), "{said}");
    assert_eq!(debian.has("usr/bin/kubelet"), None);

    let _ = std::fs::remove_file(debian.root().join(file));
    repo.index_debs(Some("packager"));
    apply_all(&host, &wanted);
    assert_eq!(debian.has("usr/bin/kubelet").as_deref(), Some("kubelet 1.34.2\n"));
    // The same file, and the index of the stranger.
    assert!(update(debian, &host));
    repo.index_debs(Some("stranger"));
    assert!(!update(debian, &host));
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn apt_of_this_host_believes_our_key_alone() {
    let Some(debian) = Debian::new() else { return };
    // The awk of apt-key, up to apt 2.8, takes what follows a checksum for a key.
    apt_believes_our_key_alone(&debian, debian.root().join("usr/bin/apt-key").exists());
}

/// apt 3 checks with sqv. `tests/hosts/tree make trixie` makes the tree; the gate does.
#[test]
#[ignore = "run it with `tests/layer packages`"]
fn apt_3_with_sqv_believes_our_key_alone() {
    let Some(debian) = Debian::of_tree("trixie") else { return };
    assert!(debian.root().join("usr/bin/sqv").exists());
    apt_believes_our_key_alone(&debian, false);
}

fn rpm_source(repo: &LocalRepo, places: Places, key: &Key, signed_index: Option<bool>) -> Desired {
    let keys = CheckedKeys::check(key.armoured.clone(), &[key.fingerprint.parse().unwrap()], crate::at(NOW))
        .unwrap();
    let url = format!("file://{}/", repo.packages("rpm").display()).parse().unwrap();
    let location = Location::flat(&url, places.format()).with_signed_index(signed_index);
    let repository = Repository::new(Artefact::Kubernetes, location, Trust::Keys(keys));
    Desired::new().with(Repositories::new(places).with(repository))
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn dnf_and_zypper_believe_our_key_alone() {
    for (program, manager, places) in MANAGERS {
        if !tools(program) {
            continue;
        }
        let (repo, key) = whole(&["1.34.2"]);
        let evil = repo.key("stranger", "never");
        no_poison_is_taken(&key, &evil);
        repo.rpm("kubelet", "1.34.2", Some("stranger"));
        // zypper believes a signed index what it says of its packages; dnf checks each package.
        repo.index_rpms(Some(if program == "dnf" { "packager" } else { "stranger" }));
        let (tree, host) = tree();
        let file = tree.path().join("etc/pki/rpm-gpg/RPM-GPG-KEY-kubernetes");
        host_prep::fs::write_new(&file, &poisoned(&key, &evil)[0].1, Mode::PUBLIC).unwrap();
        let wanted = desired(&repo, places, manager, &key, "v1.34");
        let todo = plan_of(&host, &wanted);
        let said = format!("{:?}", todo.steps());
        assert!(said.contains("the file that is there is replaced"), "{program}: {said}");
        assert!(todo.notes().iter().any(|note| note.what.contains("rpm keeps the keys")), "{program}");
        refused(&host, &wanted);
        assert_eq!(has(tree.path(), "usr/bin/kubelet"), None, "{program}");
        repo.rpm("kubelet", "1.34.2", Some("packager"));
        repo.index_rpms(Some("packager"));
        let (tree, host) = super::rpm::tree();
        apply_all(&host, &wanted);
        assert_eq!(has(tree.path(), "usr/bin/kubelet").as_deref(), Some("kubelet 1.34.2\n"), "{program}");
    }
}

/// Packages of the right signer in an index of somebody else's: an old release, offered as the
/// newest.
#[test]
#[ignore = "run it with `tests/layer packages`"]
fn an_index_of_another_signer_is_refused_where_the_origin_signs_it() {
    for (program, manager, places) in MANAGERS {
        if !tools(program) {
            continue;
        }
        let (repo, key) = whole(&["1.34.2"]);
        let _ = repo.key("stranger", "never");
        let wanted = || {
            let file = places.key_file(Artefact::Kubernetes);
            let kubelet = Wanted::of("kubelet", "v1.34".parse().unwrap());
            rpm_source(&repo, places, &key, Some(true))
                .with(Packages::new(manager, [kubelet]).trusting([file]))
        };
        for signer in [Some("stranger"), None] {
            repo.index_rpms(signer);
            let (tree, host) = tree();
            refused(&host, &wanted());
            assert_eq!(has(tree.path(), "usr/bin/kubelet"), None, "{program}");
        }
        repo.index_rpms(Some("packager"));
        let (tree, host) = tree();
        apply_all(&host, &wanted());
        let path = places.file(Artefact::Kubernetes);
        let written = std::fs::read_to_string(tree.path().join(path.strip_prefix("/").unwrap())).unwrap();
        assert!(written.contains("\nrepo_gpgcheck=1\n"), "{written}");
    }
}

/// The note of a plan about plain http, and none where TLS is.
#[test]
#[ignore = "run it with `tests/layer packages`"]
fn plain_http_is_told() {
    if !super::have(&["gpg"]) {
        return;
    }
    let repo = LocalRepo::new();
    let key = repo.key("packager", "never");
    let notes = |url: &str| {
        let (_tree, host) = tree();
        let (desired, _): (Desired, _) = super::repository(url, Places::Yum, &key);
        let todo = plan_of(&host, &desired);
        todo.notes().iter().map(|note| note.what.clone()).collect::<Vec<_>>().join("; ")
    };
    assert!(notes("http://mirror/x").contains("come over plain http from http://mirror/x/"));
    assert_eq!(notes("https://mirror/x"), "");
}
