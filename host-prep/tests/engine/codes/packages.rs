//! Packages, repositories and bundles: what plans say of them, and what package managers complain of.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use host_prep::bundle::{Bundle, Contents, Sha256Sum, create};
use host_prep::distro::PackageManager;
use host_prep::mirrors::{Artefact, Format, Location};
use host_prep::package::{Packages, Trouble, Wanted};
use host_prep::repo::{CheckedKeys, Places, Repositories, Repository, Trust};
use host_prep::test_util::fake_host::FakeHost;
use host_prep::test_util::scripted::Scripted;
use host_prep::{Desired, Host};

use super::{Fired, scripted, sha256, told};

pub(super) fn fired() -> Vec<Fired> {
    let mut all = [wishes(), repositories(), bundles()].concat();
    all.extend(COMPLAINTS.iter().map(|(code, said)| {
        (*code, Trouble::in_output(said).map(|trouble| trouble.code().as_str()).into_iter().collect())
    }));
    all
}

/// Lines of apt, dpkg, dnf and rpm.
const COMPLAINTS: &[(&str, &str)] = &[
    ("repository-key-untrusted", "W: GPG error: NO_PUBKEY 234654DA9A296436"),
    ("unsigned-packages", "E: The repository 'https://x.example stable Release' is not signed."),
    ("download-damaged", "E: Failed to fetch kubelet.deb  Hash Sum mismatch"),
    ("repository-dead", "Curl error (6): Could not resolve host: pkgs.k8s.io"),
    ("package-manager-busy", "E: Could not get lock /var/lib/dpkg/lock-frontend."),
    ("disk-full", "dpkg: error: failed to write: No space left on device"),
    ("package-not-found", "E: Unable to locate package kubelet"),
    ("dependency-missing", "nothing provides conntrack needed by kubelet-1.34.0"),
    ("package-excluded", "All matches were filtered out by exclude filtering for argument: kubelet"),
    ("package-half-installed", "E: dpkg was interrupted, you must manually run 'dpkg --configure -a'"),
    ("package-needed", "error: kubelet is needed by (installed) kubeadm-1.34.0"),
];

const DPKG: &str = "var/lib/dpkg/status";

fn wishes() -> Vec<Fired> {
    let want = |manager, release: &str| {
        let wanted = Wanted::of("kubelet", release.parse().unwrap());
        Desired::new().with(Packages::new(manager, [wanted]))
    };
    let apt = want(PackageManager::Apt, "1.34.0");
    let held = "Package: kubelet\nStatus: hold ok installed\nVersion: 1.33.5-1.1\n";
    let image = FakeHost::new(&[(DPKG, ""), ("run/ostree-booted", "")]);
    let twice = apt.clone().and(&want(PackageManager::Apt, "1.33.0"));
    vec![
        ("host-is-an-image", told(&FakeHost::new(&[]).offline(), &want(PackageManager::None, "1.34.0"))),
        ("packages-unknown", told(&FakeHost::new(&[]).running(), &want(PackageManager::Dnf4, "1.34.0"))),
        ("package-held-by-another", told(&FakeHost::new(&[(DPKG, held)]).offline(), &apt)),
        ("package-not-installable", told(&image.running(), &apt)),
        ("package-wanted-twice", told(&FakeHost::new(&[(DPKG, "")]).offline(), &twice)),
    ]
}

const SHA1: &str = include_str!("testdata/self-signed-by-sha1.asc");
const SUBKEY: &str = include_str!("testdata/with-expired-subkey.asc");

fn keys(file: &str, pin: &str) -> Trust {
    let summer_of_2024 = UNIX_EPOCH + Duration::from_secs(1_720_000_000);
    Trust::Keys(CheckedKeys::check(file, &[pin.parse().unwrap()], summer_of_2024).unwrap())
}

/// What is said of a repository with such a trust, on a host with a key file of another's.
fn of(trust: Trust) -> Vec<&'static str> {
    let location = Location::flat(&"http://mirror.example.com/kubernetes/".parse().unwrap(), Format::Rpm);
    let repository = Repository::new(Artefact::Kubernetes, location, trust);
    let desired = Desired::new().with(Repositories::new(Places::Yum).with(repository));
    let fake = FakeHost::new(&[("etc/pki/rpm-gpg/RPM-GPG-KEY-kubernetes", SUBKEY)]);
    told(&fake.offline(), &desired)
}

fn repositories() -> Vec<Fired> {
    let sha1 = || keys(SHA1, "F1D9B65299A68495661FB1A674F58AD77DF8B3BB");
    let digest = || "0a".repeat(32);
    vec![
        (
            "repository-key-untrusted",
            of(Trust::Missing { why: "it is a web page".into(), unpinned: Vec::new() }),
        ),
        ("signatures-unchecked", of(Trust::Unchecked)),
        ("bundle-signed", of(Trust::Indexes { digest: digest() })),
        ("bundle-by-digest", of(Trust::Manifest { digest: digest() })),
        ("repository-over-http", of(sha1())),
        ("rpm-keys-kept", of(sha1())),
        ("key-signature-outdated", of(sha1())),
        ("key-left-out", of(keys(SUBKEY, "35334F337596996708754CFC3530062017C0A563"))),
    ]
}

/// A bundle with one image and no key, and its digest.
fn bundle() -> (FakeHost, Sha256Sum) {
    let files = [
        ("k8sprep.yaml", "a: b\n"),
        ("images.txt", "registry.k8s.io/pause:3.10\n"),
        ("images/index.json", "{}"),
    ];
    let listed = files.map(|(path, text)| {
        let sum = sha256(text);
        format!(r#"{{"path": "{path}", "size": {}, "sha256": "{sum}"}}"#, text.len())
    });
    let manifest = format!(
        r#"{{"schema": "k8sprep.bundle/v1", "format": "deb", "distro": "debian 12", "architecture": "x86_64", "keys": [], "files": [{}]}}"#,
        listed.join(", ")
    );
    let fake = FakeHost::new(&files);
    fake.lay("k8sprep-bundle.json", &manifest);
    (fake, sha256(&manifest).parse().unwrap())
}

fn bundles() -> Vec<Fired> {
    let (fake, digest) = bundle();
    let tree = FakeHost::new(&[]);
    let open = |sha256| Bundle::open(fake.root(), sha256).unwrap();
    let images = open(Some(&digest)).stored_images(&tree.offline()).unwrap();
    let unproved = open(None).repository(&tree.offline(), &[], UNIX_EPOCH).unwrap_err();
    let none = Bundle::open(tree.root(), None).unwrap_err();
    vec![
        ("bundle-unusable", vec![none.code().as_str()]),
        ("bundle-unproved", vec![unproved.code().as_str()]),
        ("images-not-loaded", told(&tree.offline(), &images)),
        ("skopeo-missing", without_skopeo()),
    ]
}

fn without_skopeo() -> Vec<&'static str> {
    let script = Scripted::new().ends("skopeo --version", 127, "", "not found");
    let (fake, host): (FakeHost, Host) = scripted(&[], script);
    let mut contents = Contents::new(PackageManager::Apt, Repositories::new(Places::Apt), Vec::new());
    contents.carried = vec!["registry.k8s.io/pause:3.10".parse().unwrap()];
    let error = create(&host, &contents, &fake.root().join(Path::new("bundle"))).unwrap_err();
    vec![error.code().as_str()]
}
