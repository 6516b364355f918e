//! Bundles: made from a repository on one host, used on another that reaches none.

use std::path::{Path, PathBuf};

use host_prep::bundle::{Bundle, Contents, MANIFEST, create};
use host_prep::distro::PackageManager;
use host_prep::fs::{Mode, replace, write_new};
use host_prep::mirrors::{Artefact, Format, Location};
use host_prep::package::{Packages, Wanted};
use host_prep::repo::{CheckedKeys, Fingerprint, Places, Repositories, Repository, Trust};
use host_prep::{Desired, Host};
use k8sprep_tests::local_repo::{Key, LocalRepo};

use super::apt::Debian;
use super::rpm::{MANAGERS, has, tools, tree};
use super::{NOW, apply_all, have, refused, take_back};

const SPEC: &[u8] = b"kubernetesVersion: v1.34.2\n";

fn pins(key: &Key) -> [Fingerprint; 1] {
    [key.fingerprint.parse().unwrap()]
}

fn kubelet() -> Wanted {
    Wanted::of("kubelet", "v1.34".parse().unwrap())
}

/// kubelet, which needs something of the same repository.
fn contents(url: &str, places: Places, manager: PackageManager, key: &Key) -> Contents {
    let keys = CheckedKeys::check(key.armoured.clone(), &pins(key), crate::at(NOW)).unwrap();
    let location = Location::flat(&url.parse().unwrap(), places.format());
    let repository = Repository::new(Artefact::Kubernetes, location, Trust::Keys(keys));
    let mut contents = Contents::new(manager, Repositories::new(places).with(repository), vec![kubelet()]);
    contents.images = vec!["registry.k8s.io/pause:3.10.1".into()];
    contents.spec = SPEC.into();
    contents
}

/// kubelet out of `bundle` and nowhere else.
fn desired(host: &Host, bundle: &Bundle, places: Places, manager: PackageManager, key: &Key) -> Desired {
    let repositories =
        Repositories::new(places).with(bundle.repository(host, &pins(key), crate::at(NOW)).unwrap());
    let keys: Vec<PathBuf> = repositories.key_files().collect();
    let packages = Packages::new(manager, [kubelet()]).trusting(keys).from_only("k8sprep-bundle");
    Desired::new().with(repositories).with(packages)
}

fn rpms() -> (LocalRepo, Key) {
    let repo = LocalRepo::new();
    let key = repo.key("packager", "never");
    repo.rpm_needing("kubelet", "1.34.2", "Requires: libkube", Some("packager"));
    repo.rpm("libkube", "1.0", Some("packager"));
    repo.index_rpms(Some("packager"));
    (repo, key)
}

/// Another repository of the host, which does not answer where there is no network.
fn unreachable(tree: &Path) {
    for dir in ["etc/yum.repos.d", "etc/zypp/repos.d"] {
        let text = b"[base]\nname=base\nbaseurl=http://127.0.0.1:9/\nenabled=1\ngpgcheck=0\n";
        write_new(&tree.join(dir).join("base.repo"), text, Mode::PUBLIC).unwrap();
    }
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn what_one_tree_fetches_another_one_installs_without_the_repository() {
    for (program, manager, places) in MANAGERS {
        if !tools(program) {
            continue;
        }
        let (repo, key) = rpms();
        let url = format!("file://{}/", repo.packages("rpm").display());
        let work = tempfile::tempdir().unwrap();
        for name in ["bundle", "bundle.tar"] {
            let (maker, host) = tree();
            let out = work.path().join(name);
            let made = create(&host, &contents(&url, places, manager, &key), &out).unwrap();
            assert!(!maker.path().join("usr").exists(), "{program}: nothing was installed");
            assert!(!places.file(Artefact::Kubernetes).starts_with(maker.path()));
            assert_eq!(std::fs::read_dir(maker.path().join("etc/yum.repos.d")).unwrap().count(), 0);
            assert_eq!(*Bundle::open(&out, None).unwrap().digest(), made.digest);
        }
        drop(repo);

        for name in ["bundle", "bundle.tar"] {
            let (user, host) = tree();
            unreachable(user.path());
            let bundle = Bundle::open(&work.path().join(name), None).unwrap();
            assert_eq!(bundle.images().unwrap(), ["registry.k8s.io/pause:3.10.1"]);
            assert_eq!(bundle.spec().unwrap().as_bytes(), SPEC);
            assert_eq!(bundle.misfits(&host, Format::Rpm), (vec![], None));
            let desired = desired(&host, &bundle, places, manager, &key);
            let bundles = user.path().join("var/lib/k8sprep/bundles");
            assert!(!bundles.exists(), "{program}: nothing is copied until it is used");
            let settled = bundle.settle(&host).unwrap();
            apply_all(&host, &desired);
            assert_eq!(has(user.path(), "usr/bin/kubelet").as_deref(), Some("kubelet 1.34.2\n"), "{program}");
            assert_eq!(has(user.path(), "usr/bin/libkube").as_deref(), Some("libkube 1.0\n"), "{program}");
            drop(settled);
            assert_eq!(std::fs::read_dir(&bundles).unwrap().count(), 1, "{program}: it is in use");
            let back = take_back(&host);
            assert!(back.is_complete(), "{program}: {back:?}");
            assert!(!bundles.exists(), "{program}: the copy goes with what was installed from it");
            assert_eq!(has(user.path(), "usr/bin/kubelet"), None, "{program}");
            assert!(!user.path().join(places.file(Artefact::Bundle).strip_prefix("/").unwrap()).exists());
            let query = host_prep::package::rpm_query(Some(user.path()));
            assert_eq!(host.run(&query).unwrap().stdout, b"", "{program}: keys and packages are gone");
        }
    }
}

/// Signatures are checked when a bundle is made and again when it is used: neither the maker nor
/// the way is trusted.
#[test]
#[ignore = "run it with `tests/layer packages`"]
fn rpm_checks_the_packages_of_a_bundle_as_any_other() {
    for (program, manager, places) in MANAGERS {
        if !tools(program) {
            continue;
        }
        let (repo, key) = rpms();
        let url = format!("file://{}/", repo.packages("rpm").display());
        let stranger = repo.key("stranger", "never");
        let work = tempfile::tempdir().unwrap();
        let (_maker, host) = tree();
        let error = create(&host, &contents(&url, places, manager, &stranger), &work.path().join("b"));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("signed by a key that is not trusted"), "{program}: {error}");
        assert_eq!(std::fs::read_dir(work.path()).unwrap().count(), 0, "{program}: nothing is left");

        let out = work.path().join("bundle");
        create(&host, &contents(&url, places, manager, &key), &out).unwrap();
        let bundle = Bundle::open(&out, None).unwrap();
        let error = bundle.repository(&host, &pins(&stranger), crate::at(NOW)).unwrap_err().to_string();
        assert!(error.contains("which is not pinned"), "{error}");

        // Whoever makes a bundle of their own may write any manifest, and has no signature of the
        // packager's.
        let unsigned = LocalRepo::new();
        unsigned.rpm("libkube", "1.0", None);
        let package = out.join("packages/libkube-1.0-1.noarch.rpm");
        let theirs = std::fs::read(unsigned.packages("rpm").join("libkube-1.0-1.noarch.rpm")).unwrap();
        replace(&package, &theirs).unwrap();
        host.run(&host_prep::Invocation::new(
            "createrepo_c",
            ["--quiet".to_owned(), out.join("packages").display().to_string()],
        ))
        .unwrap();
        forge(&out);
        let (user, host) = tree();
        let bundle = Bundle::open(&out, None).unwrap();
        let _settled = bundle.settle(&host).unwrap();
        let said = refused(&host, &desired(&host, &bundle, places, manager, &key));
        assert!(said.contains("is not signed"), "{program}: {said}");
        assert_eq!(has(user.path(), "usr/bin/kubelet"), None);
    }
}

/// Writes a manifest that fits what is there now.
fn forge(dir: &Path) {
    let path = dir.join(MANIFEST);
    let mut manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let mut files: Vec<serde_json::Value> = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(below) = open.pop() {
        for entry in std::fs::read_dir(below).unwrap() {
            let at = entry.unwrap().path();
            if at.is_dir() {
                open.push(at);
            } else if at != path {
                let sum = host_prep::Invocation::new("sha256sum", [at.display().to_string()]);
                let sum = Host::live().unwrap().run(&sum).unwrap().stdout;
                let sum = String::from_utf8(sum).unwrap();
                files.push(serde_json::json!({
                    "path": at.strip_prefix(dir).unwrap().to_str().unwrap(),
                    "size": at.metadata().unwrap().len(),
                    "sha256": sum.split_whitespace().next().unwrap(),
                }));
            }
        }
    }
    manifest["files"] = files.into();
    replace(&path, manifest.to_string().as_bytes()).unwrap();
}

/// Each way a bundle can be broken, and a part of what is said.
#[test]
#[ignore = "run it with `tests/layer packages`"]
fn a_bundle_that_is_not_what_it_says_is_not_used() {
    if !tools("dnf") {
        return;
    }
    let (repo, key) = rpms();
    let url = format!("file://{}/", repo.packages("rpm").display());
    let work = tempfile::tempdir().unwrap();
    let (_maker, host) = tree();
    let (_, manager, places) = MANAGERS[0];
    let (dir, tar) = (work.path().join("bundle"), work.path().join("bundle.tar"));
    for out in [&dir, &tar] {
        create(&host, &contents(&url, places, manager, &key), out).unwrap();
    }
    let error = create(&host, &contents(&url, places, manager, &key), &dir).unwrap_err().to_string();
    assert!(error.contains("already exists; it is left alone"), "{error}");

    let (user, host) = tree();
    let said = |path: &Path| Bundle::open(path, None).map(drop).unwrap_err().to_string();
    let package = dir.join("packages/kubelet-1.34.2-1.noarch.rpm");
    let whole = std::fs::read(&package).unwrap();
    let broken = |bytes: &[u8], words: &str| {
        replace(&package, bytes).unwrap();
        let said = said(&dir);
        assert!(said.contains("cannot be used, and nothing was changed"), "{said}");
        assert!(said.contains(words), "{words}: {said}");
        replace(&package, &whole).unwrap();
    };
    broken(&whole[..whole.len() / 2], "packages/kubelet-1.34.2-1.noarch.rpm is cut short");
    let mut other = whole.clone();
    *other.last_mut().unwrap() ^= 1;
    broken(&other, "packages/kubelet-1.34.2-1.noarch.rpm is not what the manifest says");
    assert!(Bundle::open(&dir, None).is_ok());

    // All problems at once.
    std::fs::rename(&package, dir.join("packages/other.rpm")).unwrap();
    let both = said(&dir);
    assert!(
        both.contains(
            "packages/other.rpm is not in the manifest; packages/kubelet-1.34.2-1.noarch.rpm is missing"
        ),
        "{both}"
    );
    std::fs::rename(dir.join("packages/other.rpm"), &package).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", dir.join("link")).unwrap();
    let link = said(&dir);
    assert!(link.contains("\"link\" is neither file nor directory"), "{link}");
    assert!(!link.contains("is missing"), "nobody looked what comes after it: {link}");
    std::fs::remove_file(dir.join("link")).unwrap();

    let manifest = std::fs::read(dir.join(MANIFEST)).unwrap();
    replace(&dir.join(MANIFEST), &manifest[..manifest.len() / 2]).unwrap();
    assert!(said(&dir).contains("k8sprep-bundle.json is damaged"));
    std::fs::remove_file(dir.join(MANIFEST)).unwrap();
    assert!(said(&dir).contains("it is not a bundle, or not a complete one"));

    // A copy that was whole once does not excuse the one that is named now.
    drop(Bundle::open(&tar, None).unwrap().settle(&host).unwrap());
    let whole = std::fs::read(&tar).unwrap();
    replace(&tar, &whole[..whole.len() / 2]).unwrap();
    // Where a member ends just there, the file is taken for whole, and the manifest names what is
    // missing.
    let cut = said(&tar);
    assert!(
        ["damaged or cut short", "is cut short", "is missing"].iter().any(|how| cut.contains(how)),
        "{cut}"
    );
    replace(&tar, b"PK").unwrap();
    assert!(said(&tar).contains("damaged or cut short"), "{}", said(&tar));
    assert!(!user.path().join("var/lib/k8sprep/bundles").exists(), "nothing is left");
}

/// What an enemy writes into a tar file: nothing of it hangs, grows or leaves a trace.
#[test]
#[ignore = "run it with `tests/layer packages`"]
fn a_hostile_bundle_is_refused_before_anything_is_written() {
    use host_prep::Invocation;
    let work = tempfile::tempdir().unwrap();
    let at = |name: &str| work.path().join(name);
    let run = |program: &str, args: &[&str]| {
        Host::live().unwrap().run(&Invocation::new(program, args.iter().copied())).unwrap();
    };
    let said = |path: &Path| Bundle::open(path, None).map(drop).unwrap_err().to_string();
    let shown = |path: &Path| path.display().to_string();
    std::fs::create_dir(at("fifo")).unwrap();
    run("mkfifo", &[&shown(&at("fifo").join(MANIFEST))]);
    assert!(said(&at("fifo")).contains("is neither file nor directory"), "{}", said(&at("fifo")));
    assert!(said(&at("fifo").join(MANIFEST)).contains("FIFO"), "{}", said(&at("fifo").join(MANIFEST)));

    std::fs::create_dir(at("good")).unwrap();
    let files: Vec<_> = ["images.txt", "k8sprep.yaml"]
        .map(|name| {
            write_new(&at("good").join(name), b"", Mode::PUBLIC).unwrap();
            serde_json::json!({ "path": name, "size": 0,
                "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" })
        })
        .into();
    let manifest = |files: &[serde_json::Value], distro: &str| {
        serde_json::json!({ "schema": "k8sprep.bundle/v1", "format": "deb", "distro": distro,
            "architecture": "x86_64", "keys": [], "files": files })
        .to_string()
    };
    write_new(&at("good").join(MANIFEST), manifest(&files, "debian 12").as_bytes(), Mode::PUBLIC).unwrap();
    let tar = at("node.tar");
    let pack = |more: &[&str]| {
        let _ = std::fs::remove_file(&tar);
        let (tar, dir) = (shown(&tar), shown(&at("good")));
        run("tar", &[&["-cf", &tar, "-C", &dir, "--sort=name"], more, &["."]].concat());
    };
    pack(&[]);
    Bundle::open(&tar, None).unwrap();
    let other = "0".repeat(64).parse().unwrap();
    let error = Bundle::open(&tar, Some(&other)).map(drop).unwrap_err().to_string();
    assert!(error.contains("it is another bundle"), "{error}");

    run("gzip", &["-k", &shown(&tar)]);
    assert!(said(&at("node.tar.gz")).contains("compressed by gzip, which is not supported"));
    pack(&["--hard-dereference", "--transform=s,^./images.txt,../escaped,"]);
    assert!(said(&tar).contains("../escaped is not in the manifest"), "{}", said(&tar));
    std::os::unix::fs::symlink("/etc/shadow", at("good").join("link")).unwrap();
    pack(&[]);
    assert!(said(&tar).contains("is neither file nor directory"), "{}", said(&tar));
    std::fs::remove_file(at("good").join("link")).unwrap();
    pack(&["--hard-dereference", "./images.txt"]);
    assert!(said(&tar).contains("images.txt is in it twice"), "{}", said(&tar));

    for (bad, words) in [("../../etc/shadow", "is not a valid path"), ("a\u{1b}[2J", "is not a valid path")] {
        let mut more = files.clone();
        more.push(serde_json::json!({ "path": bad, "size": 0, "sha256": files[0]["sha256"] }));
        replace(&at("good").join(MANIFEST), manifest(&more, "debian 12").as_bytes()).unwrap();
        assert!(said(&at("good")).contains(words), "{}", said(&at("good")));
    }
    replace(&at("good").join(MANIFEST), manifest(&files, "x\u{1b}]0;PWNED\u{7}").as_bytes()).unwrap();
    assert!(said(&at("good")).contains("is not a valid name"), "{}", said(&at("good")));
    let huge: Vec<_> = files
        .iter()
        .map(|file| {
            let mut file = file.clone();
            file["size"] = (1_u64 << 60).into();
            file
        })
        .collect();
    replace(&at("good").join(MANIFEST), manifest(&huge, "debian 12").as_bytes()).unwrap();
    assert!(said(&at("good")).contains("it has more than"), "{}", said(&at("good")));
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn a_bundle_for_another_kind_of_host_is_told() {
    if !tools("dnf") {
        return;
    }
    let (repo, key) = rpms();
    let url = format!("file://{}/", repo.packages("rpm").display());
    let work = tempfile::tempdir().unwrap();
    let (maker, host) = tree();
    let (_, manager, places) = MANAGERS[0];
    create(&host, &contents(&url, places, manager, &key), &work.path().join("b")).unwrap();
    let bundle = Bundle::open(&work.path().join("b"), None).unwrap();
    replace(&maker.path().join("etc/os-release"), b"ID=rocky\nVERSION_ID=9.5\n").unwrap();
    let (wrong, note) = bundle.misfits(&host, Format::Rpm);
    assert_eq!(
        (wrong.len(), note.as_deref()),
        (0, Some("the bundle was made on rocky 9.4, and this host is rocky 9.5"))
    );
    replace(&maker.path().join("etc/os-release"), b"ID=debian\nVERSION_ID=12\n").unwrap();
    let (wrong, _) = bundle.misfits(&host, Format::Deb);
    assert_eq!(
        wrong,
        [
            "it has rpm packages, and this host takes deb",
            "it was made on rocky 9.4, and this host is debian 12"
        ]
    );
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn apt_installs_from_a_bundle_whose_indexes_are_signed() {
    let Some(debian) = Debian::new() else { return };
    if !have(&["tar"]) {
        return;
    }
    let repo = LocalRepo::new();
    let key = repo.key("packager", "never");
    repo.deb_needing("kubelet", "1.34.2", "Depends: libkube\n");
    repo.deb("libkube", "1:1.0");
    repo.index_debs(Some("packager"));
    let url = format!("file://{}/", repo.packages("deb").display());
    let host = debian.host();
    let out = debian.root().join("srv/bundle");
    let all = contents(&url, Places::Apt, PackageManager::Apt, &key);

    let stranger = repo.key("stranger", "never");
    let wrong = contents(&url, Places::Apt, PackageManager::Apt, &stranger);
    let error = create(&host, &wrong, &out).unwrap_err().to_string();
    assert!(error.contains("signed by a key that is not trusted"), "{error}");
    assert!(!out.exists());

    create(&host, &all, &out).unwrap();
    assert_eq!(debian.has("etc/apt/sources.list.d/kubernetes.sources"), None);
    drop(repo);
    let status = debian.has("var/lib/dpkg/status");
    let dead = b"Types: deb\nURIs: http://127.0.0.1:9/\nSuites: stable\nComponents: main\n";
    let other = debian.root().join("etc/apt/sources.list.d/debian.sources");
    write_new(&other, dead, Mode::PUBLIC).unwrap();

    let bundle = Bundle::open(&out, None).unwrap();
    let desired = desired(&host, &bundle, Places::Apt, PackageManager::Apt, &key);
    let todo = super::plan_of(&host, &desired);
    assert!(
        todo.notes().iter().any(|note| note.what.contains("is in an index signed by")),
        "{:?}",
        todo.notes()
    );
    let settled = bundle.settle(&host).unwrap();
    apply_all(&host, &desired);
    drop(settled);
    assert_eq!(debian.has("usr/bin/kubelet").as_deref(), Some("kubelet 1.34.2\n"));
    assert_eq!(debian.has("usr/bin/libkube").as_deref(), Some("libkube 1:1.0\n"));
    let back = take_back(&host);
    assert!(back.is_complete(), "{back:?}");
    assert_eq!(debian.has("usr/bin/kubelet"), None);
    assert_eq!(debian.has("etc/apt/sources.list.d/k8sprep-bundle.sources"), None);
    assert_eq!(debian.has("var/lib/dpkg/status"), status);
    assert!(!debian.root().join("var/lib/k8sprep/bundles").exists());
}

/// Whoever makes a bundle of their own has the public keys, and no signature by them.
#[test]
#[ignore = "run it with `tests/layer packages`"]
fn forged_debs_and_debs_that_are_swapped_are_not_used() {
    let Some(debian) = Debian::new() else { return };
    let repo = LocalRepo::new();
    let key = repo.key("packager", "never");
    repo.deb_needing("kubelet", "1.34.2", "Depends: libkube\n");
    repo.deb("libkube", "1.0");
    repo.index_debs(Some("packager"));
    let url = format!("file://{}/", repo.packages("deb").display());
    let host = debian.host();
    let out = debian.root().join("srv/bundle");
    create(&host, &contents(&url, Places::Apt, PackageManager::Apt, &key), &out).unwrap();
    let evil = LocalRepo::new();
    evil.deb("libkube", "6.6.6");
    let theirs = std::fs::read(evil.packages("deb").join("libkube_6.6.6-1.1_all.deb")).unwrap();
    let deb = out.join("packages/libkube_1.0-1.1_all.deb");
    let right = std::fs::read(&deb).unwrap();
    let digest = Bundle::open(&out, None).unwrap().digest().clone();

    // Swapped after it was looked at: also where the digest was given.
    for known in [None, Some(&digest)] {
        let bundle = Bundle::open(&out, known).unwrap();
        bundle.repository(&host, &pins(&key), crate::at(NOW)).unwrap();
        replace(&deb, &theirs).unwrap();
        let error = bundle.settle(&host).map(drop).unwrap_err().to_string();
        // Compressed, the two may differ by some bytes in length.
        let seen = ["is not what the manifest says", "is cut short", "is longer"];
        let told = |how: &&str| error.contains(&format!("libkube_1.0-1.1_all.deb {how}"));
        assert!(seen.iter().any(told), "{error}");
        assert!(!debian.root().join("var/lib/k8sprep/bundles").exists(), "nothing is left");
        replace(&deb, &right).unwrap();
    }
    // Swapped after it was copied: the copy is used.
    let bundle = Bundle::open(&out, None).unwrap();
    let wanted = desired(&host, &bundle, Places::Apt, PackageManager::Apt, &key);
    let settled = bundle.settle(&host).unwrap();
    replace(&deb, &theirs).unwrap();
    apply_all(&host, &wanted);
    assert_eq!(debian.has("usr/bin/libkube").as_deref(), Some("libkube 1.0\n"));
    assert!(take_back(&host).is_complete());
    drop(settled);

    // Forged: the manifest fits, the index that came along does not.
    forge(&out);
    let bundle = Bundle::open(&out, None).unwrap();
    let said = bundle.repository(&host, &pins(&key), crate::at(NOW)).map(drop).unwrap_err().to_string();
    assert!(
        said.contains("libkube_1.0-1.1_all.deb is in no index signed by a key that is trusted"),
        "{said}"
    );
    assert!(said.contains(bundle.digest().as_str()), "what to compare is told: {said}");
    assert!(!debian.root().join("var/lib/k8sprep/bundles").exists(), "nothing is left");
    // An index that lists it, signed by somebody else.
    let stranger = evil.key("stranger", "never");
    evil.deb_needing("kubelet", "1.34.2", "Depends: libkube\n");
    evil.index_debs(Some("stranger"));
    for name in ["InRelease", "Packages"] {
        let bytes = std::fs::read(evil.packages("deb").join(name)).unwrap();
        replace(&out.join("origins/0").join(name), &bytes).unwrap();
    }
    forge(&out);
    let bundle = Bundle::open(&out, None).unwrap();
    let said = bundle.repository(&host, &pins(&key), crate::at(NOW)).map(drop).unwrap_err().to_string();
    assert!(said.contains("is in no index signed by a key that is trusted"), "{said}");
    assert_ne!(stranger.fingerprint, key.fingerprint);
    // Who gives the digest stands for it.
    let bundle = Bundle::open(&out, Some(bundle.digest())).unwrap();
    bundle.repository(&host, &pins(&key), crate::at(NOW)).unwrap();
}

/// apt prefers a signed index, a compressed one and one by hash to the index that is written over
/// the debs.
#[test]
#[ignore = "run it with `tests/layer packages`"]
fn an_index_that_lies_beside_proved_debs_is_refused() {
    let Some(debian) = Debian::new() else { return };
    let repo = LocalRepo::new();
    let key = repo.key("packager", "never");
    repo.deb("kubelet", "1.34.2");
    repo.index_debs(Some("packager"));
    let url = format!("file://{}/", repo.packages("deb").display());
    let host = debian.host();
    let out = debian.root().join("srv/bundle");
    create(&host, &contents(&url, Places::Apt, PackageManager::Apt, &key), &out).unwrap();
    for name in ["InRelease", "Release.gpg", "Packages.xz", "by-hash/SHA256/00", "kubelet_evil.bin"] {
        let at = out.join("packages").join(name);
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        write_new(&at, b"theirs", Mode::PUBLIC).unwrap();
        forge(&out);
        let said = Bundle::open(&out, None).map(drop).unwrap_err().to_string();
        assert!(said.contains(&format!("packages/{name} does not belong in a bundle of debs")), "{said}");
        std::fs::remove_file(&at).unwrap();
    }
    forge(&out);
    Bundle::open(&out, None).unwrap();
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn a_package_that_no_repository_has_is_named_when_a_bundle_is_made() {
    let Some(debian) = Debian::new() else { return };
    let repo = LocalRepo::new();
    let key = repo.key("packager", "never");
    repo.deb_needing("kubelet", "1.34.2", "Depends: libkube\n");
    repo.index_debs(Some("packager"));
    let url = format!("file://{}/", repo.packages("deb").display());
    let out = debian.root().join("srv/bundle");
    let all = contents(&url, Places::Apt, PackageManager::Apt, &key);
    let error = create(&debian.host(), &all, &out).unwrap_err().to_string();
    assert!(error.contains("kubelet : Depends: libkube but it is not installable"), "{error}");
    assert!(!error.contains("Dir::"), "{error}");
    assert!(error.len() < 400, "{error}");
}
