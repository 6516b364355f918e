use std::path::Path;
use std::sync::Arc;

use host_prep::distro::PackageManager;
use host_prep::fs::{Mode, Root};
use host_prep::repo::Places;
use host_prep::{Desired, Host, SystemCommands};
use k8sprep_tests::local_repo::{Key, LocalRepo};

use super::{apply_all, desired, desired_at, have, refused, take_back};

const BUILD: [&str; 5] = ["rpmbuild", "rpmsign", "createrepo_c", "gpg", "rpm"];
pub(super) const MANAGERS: [(&str, PackageManager, Places); 2] =
    [("dnf", PackageManager::Dnf4, Places::Yum), ("zypper", PackageManager::Zypper, Places::Zypp)];

pub(super) fn tools(program: &'static str) -> bool {
    have(&BUILD) && have(&[program])
}

pub(super) fn tree() -> (tempfile::TempDir, Host) {
    let dir = tempfile::tempdir().unwrap();
    for made in ["etc/yum.repos.d", "etc/zypp/repos.d", "etc/pki/rpm-gpg", "var/lib"] {
        std::fs::create_dir_all(dir.path().join(made)).unwrap();
    }
    let release = b"ID=rocky\nVERSION_ID=\"9.4\"\nID_LIKE=\"rhel centos fedora\"\n";
    host_prep::fs::write_new(&dir.path().join("etc/os-release"), release, Mode::PUBLIC).unwrap();
    let host = Host::image(Root::open(dir.path()).unwrap(), Arc::new(SystemCommands::default()));
    (dir, host)
}

/// Two minors of kubelet, signed by a key that lasts.
pub(super) fn whole(versions: &[&str]) -> (LocalRepo, Key) {
    let repo = LocalRepo::new();
    let key = repo.key("packager", "never");
    for version in versions {
        repo.rpm("kubelet", version, Some("packager"));
    }
    repo.index_rpms(Some("packager"));
    (repo, key)
}

pub(super) fn has(tree: &Path, path: &str) -> Option<String> {
    std::fs::read_to_string(tree.join(path)).ok()
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn packages_come_go_up_and_down_and_leave() {
    for (program, manager, places) in MANAGERS {
        if !tools(program) {
            continue;
        }
        let (repo, key) = whole(&["1.33.4", "1.34.2"]);
        let (tree, host) = tree();
        let of = |release: &str| desired(&repo, places, manager, &key, release);

        apply_all(&host, &of("v1.33"));
        assert_eq!(has(tree.path(), "usr/bin/kubelet").as_deref(), Some("kubelet 1.33.4\n"), "{program}");
        apply_all(&host, &of("v1.34.2"));
        assert_eq!(has(tree.path(), "usr/bin/kubelet").as_deref(), Some("kubelet 1.34.2\n"), "{program}");

        // The upgrade is rolled back by a downgrade, the installation by removal; keys and repository go
        // too.
        let back = take_back(&host);
        assert!(back.is_complete(), "{program}: {back:?}");
        assert_eq!(has(tree.path(), "usr/bin/kubelet").as_deref(), Some("kubelet 1.33.4\n"), "{program}");
        let back = take_back(&host);
        assert!(back.is_complete(), "{program}: {back:?}");
        assert_eq!(has(tree.path(), "usr/bin/kubelet"), None, "{program}");
        assert_eq!(
            host.run(&host_prep::package::rpm_query(Some(tree.path()))).unwrap().stdout,
            b"",
            "{program}"
        );
        assert!(!tree.path().join("etc/yum.repos.d/kubernetes.repo").exists());
    }
}

/// Ours is switched off for our own packages; another repository's is the admin's word.
#[test]
#[ignore = "run it with `tests/layer packages`"]
fn an_exclude_of_another_repository_counts() {
    if !tools("dnf") {
        return;
    }
    let (_, manager, places) = MANAGERS[0];
    let (base, repo) = (LocalRepo::new(), LocalRepo::new());
    let key = repo.key("packager", "never");
    repo.rpm_needing("kubelet", "1.34.2", "Requires: libkube", Some("packager"));
    repo.index_rpms(Some("packager"));
    base.rpm("libkube", "1.0", None);
    base.index_rpms(None);
    let (tree, host) = tree();
    let file = tree.path().join("etc/yum.repos.d/base.repo");
    let section =
        format!("[base]\nname=base\nbaseurl=file://{}/\ngpgcheck=0\n", base.packages("rpm").display());
    host_prep::fs::write_new(&file, format!("{section}exclude=libkube\n").as_bytes(), Mode::PUBLIC).unwrap();
    let said = refused(&host, &desired(&repo, places, manager, &key, "v1.34"));
    assert!(said.contains("an exclude keeps out something that packages need"), "{said}");
    host_prep::fs::replace(&file, section.as_bytes()).unwrap();
    apply_all(&host, &desired(&repo, places, manager, &key, "v1.34"));
    assert_eq!(has(tree.path(), "usr/bin/libkube").as_deref(), Some("libkube 1.0\n"));
}

/// Of two sections with one id dnf reads the first, by the name of its file: `k8s.repo` comes
/// before `kubernetes.repo`.
#[test]
#[ignore = "run it with `tests/layer packages`"]
fn an_old_section_of_the_same_id_makes_room_and_comes_back() {
    for (program, manager, places) in MANAGERS {
        if !tools(program) {
            continue;
        }
        let (repo, key) = whole(&["1.34.2"]);
        for enabled in ["1", "0"] {
            let (tree, host) = tree();
            let old = format!(
                "[kubernetes]\nname=K\nbaseurl=https://packages.cloud.google.com/yum/repos/kubernetes-el7-x86_64\nenabled={enabled}\n\
                 gpgcheck=0\nexclude=kube*\n"
            );
            let path = tree.path().join(places.repositories().strip_prefix("/").unwrap()).join("k8s.repo");
            host_prep::fs::write_new(&path, old.as_bytes(), Mode::PUBLIC).unwrap();
            apply_all(&host, &desired(&repo, places, manager, &key, "v1.34"));
            assert_eq!(has(tree.path(), "usr/bin/kubelet").as_deref(), Some("kubelet 1.34.2\n"), "{program}");
            assert!(take_back(&host).is_complete(), "{program}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), old, "{program}");
        }
    }
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn what_the_repository_lost_is_said_to_be_lost() {
    for (program, manager, places) in MANAGERS {
        if !tools(program) {
            continue;
        }
        let (repo, key) = whole(&["1.33.4"]);
        let (tree, host) = tree();
        apply_all(&host, &desired(&repo, places, manager, &key, "v1.33"));
        std::fs::remove_file(repo.packages("rpm").join("kubelet-1.33.4-1.noarch.rpm")).unwrap();
        repo.rpm("kubelet", "1.34.2", Some("packager"));
        repo.index_rpms(Some("packager"));
        apply_all(&host, &desired(&repo, places, manager, &key, "v1.34"));
        let back = take_back(&host);
        assert!(!back.kept.is_empty(), "{program}: {:?}", back.failures);
        let why = &back.kept[0].why;
        assert!(why.contains("kubelet 1.33.4-1 could not be put back"), "{program}: {why}");
        assert_eq!(has(tree.path(), "usr/bin/kubelet").as_deref(), Some("kubelet 1.34.2\n"), "{program}");
    }
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn a_lock_of_the_admin_is_respected() {
    if !tools("dnf") {
        return;
    }
    let (repo, key) = whole(&["1.33.4", "1.34.2"]);
    let (tree, host) = tree();
    let (_, manager, places) = MANAGERS[0];
    apply_all(&host, &desired(&repo, places, manager, &key, "v1.33"));
    std::fs::create_dir_all(tree.path().join("etc/dnf/plugins")).unwrap();
    let lock = tree.path().join("etc/dnf/plugins/versionlock.list");
    host_prep::fs::write_new(&lock, b"kubelet-0:1.33.4-1.*\n", Mode::PUBLIC).unwrap();
    let todo = super::plan_of(&host, &desired(&repo, places, manager, &key, "v1.34"));
    assert_eq!(
        todo.problems()[0].what,
        "kubelet must change, but is kept as it is (1.33.4-1) by /etc/dnf/plugins/versionlock.list"
    );
}

/// Each way a repository can be bad, and a part of what is said.
#[test]
#[ignore = "run it with `tests/layer packages`"]
fn a_bad_repository_is_an_error_and_leaves_nothing() {
    for (program, manager, places) in MANAGERS {
        if !tools(program) {
            continue;
        }
        let try_with =
            |repo: &LocalRepo, key: &Key| refused(&tree().1, &desired(repo, places, manager, key, "v1.34"));

        let repo = LocalRepo::new();
        let (trusted, _) = (repo.key("trusted", "never"), repo.key("stranger", "never"));
        repo.rpm("kubelet", "1.34.2", Some("stranger"));
        repo.index_rpms(Some("stranger"));
        let said = try_with(&repo, &trusted);
        assert!(said.contains("signed by a key that is not trusted"), "{program}: {said}");

        let repo = LocalRepo::new();
        let trusted = repo.key("trusted", "never");
        repo.rpm("kubelet", "1.34.2", None);
        repo.index_rpms(None);
        let said = try_with(&repo, &trusted);
        assert!(said.contains("is not signed"), "{program}: {said}");

        let (repo, key) = whole(&["1.34.2"]);
        cut(&repo.packages("rpm").join("kubelet-1.34.2-1.noarch.rpm"));
        let said = try_with(&repo, &key);
        assert!(said.contains("damaged"), "{program}: {said}");

        let (repo, key) = whole(&["1.34.2"]);
        std::fs::remove_dir_all(repo.packages("rpm")).unwrap();
        let said = try_with(&repo, &key);
        assert!(said.contains("a repository does not answer"), "{program}: {said}");

        let (repo, key) = whole(&["1.33.4"]);
        let said = try_with(&repo, &key);
        // zypper is asked for what is below the next minor, and an older one is.
        let words = match program {
            "zypper" => "the host is not as desired after all steps: kubelet",
            _ => "no repository has what was asked for",
        };
        assert!(said.contains(words), "{program}: {said}");
        drop(repo);

        let (_repo, key) = whole(&[]);
        let dead: Desired = desired_at("http://127.0.0.1:9/", places, manager, &key, "v1.34");
        let said = refused(&tree().1, &dead);
        assert!(said.contains("a repository does not answer"), "{program}: {said}");
    }
}

/// Cuts a file short, as a broken download leaves it.
fn cut(path: &Path) {
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
}
