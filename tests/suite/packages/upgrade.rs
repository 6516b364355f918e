//! The packages of an upgrade with the real dnf and zypper: one minor up, held or not, and back.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use host_prep::bundle::{Bundle, Contents, create};
use host_prep::cluster::upgrade::{
    Asked, bring_back, bundles_now, download, hold, packages_now, refresh, upgrade_packages,
};
use host_prep::distro::PackageManager;
use host_prep::fs::{Mode, Root, set};
use host_prep::mirrors::{Artefact, Location};
use host_prep::package::Wanted;
use host_prep::repo::{CheckedKeys, Repositories, Repository, Trust};
use host_prep::{Commands, Desired, Host, Invocation, NoProgress, Outcome, SystemCommands};
use k8sprep_tests::local_repo::{Key, LocalRepo};

use super::NOW;
use super::rpm::{MANAGERS, has, tools, tree};

/// What a node has, and what it needs of its own minor.
const NAMES: [&str; 4] = ["kubeadm", "kubectl", "kubelet", "cri-o"];
const REPO: &str = "/etc/yum.repos.d/kubernetes.repo";
const ZYPP: &str = "/etc/zypp/repos.d/kubernetes.repo";

/// The programs of a running host, who work in its tree.
#[derive(Debug)]
struct InTree(PathBuf);

impl Commands for InTree {
    fn run(&self, asked: &Invocation) -> io::Result<Outcome> {
        let mut asked = asked.clone();
        let tree = self.0.display().to_string();
        let imports = asked.args.iter().any(|word| word == "--import");
        for word in asked.args.iter_mut().filter(|word| imports && word.starts_with('/')) {
            word.insert_str(0, &tree);
        }
        let own = match asked.program.as_str() {
            "dnf" => vec![format!("--installroot={tree}")],
            "zypper" | "rpm" => vec!["--root".to_owned(), tree],
            _ => Vec::new(),
        };
        asked.args.splice(0..0, own);
        SystemCommands::default().run(&asked)
    }
}

/// Repositories of two minors, signed by one key.
struct Minors {
    old: LocalRepo,
    new: LocalRepo,
    key: Key,
    _dir: tempfile::TempDir,
}

fn minors() -> Minors {
    let dir = tempfile::tempdir().unwrap();
    let old = LocalRepo::at(dir.path().join("old"));
    let key = old.key("packager", "never");
    let new = old.of_another_release(dir.path().join("new"));
    for (repo, kubernetes, crio) in [(&old, "1.33.4", "1.33.1"), (&new, "1.34.2", "1.34.7")] {
        for name in NAMES {
            let version = if name == "cri-o" { crio } else { kubernetes };
            // As the projects' kubelet asks for kubernetes-cni: what comes along goes back, too.
            if name == "kubelet" {
                let needs = format!("Requires: kubernetes-cni = {kubernetes}");
                repo.rpm_needing(name, version, &needs, Some("packager"));
            } else {
                repo.rpm(name, version, Some("packager"));
            }
        }
        repo.rpm("kubernetes-cni", kubernetes, Some("packager"));
        repo.index_rpms(Some("packager"));
    }
    Minors { old, new, key, _dir: dir }
}

/// A host of its own with the packages of the old minor, held where there are holds.
fn node(minors: &Minors, manager: PackageManager) -> (tempfile::TempDir, Host) {
    let (dir, _) = tree();
    let host = Host::with_commands(Root::open(dir.path()).unwrap(), Arc::new(InTree(dir.path().to_owned())));
    set(host.root(), Path::new("/etc/pki/rpm-gpg/packager"), &minors.key.armoured, Mode::PUBLIC).unwrap();
    host.run(&Invocation::new("rpm", ["--import", "/etc/pki/rpm-gpg/packager"])).unwrap();
    point(&host, &minors.old);
    upgrade_packages(&host, (manager, Asked::All), &wanted(&NAMES, "v1.33", "v1.33"), &mut NoProgress)
        .unwrap();
    (dir, host)
}

/// Its repository is that of the release.
fn point(host: &Host, repo: &LocalRepo) {
    let text = |more: &str| {
        let dir = repo.packages("rpm");
        let key = host.root().shown(Path::new("/etc/pki/rpm-gpg/packager"));
        format!(
            "[kubernetes]\nname=k\nbaseurl=file://{}/\nenabled=1\ngpgcheck=1\ngpgkey=file://{}\n{more}",
            dir.display(),
            key.display()
        )
    };
    let excluded = "exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni cri-o\n";
    set(host.root(), Path::new(REPO), text(excluded).as_bytes(), Mode::PUBLIC).unwrap();
    set(host.root(), Path::new(ZYPP), text("").as_bytes(), Mode::PUBLIC).unwrap();
}

fn wanted(names: &[&str], kubernetes: &str, crio: &str) -> Vec<Wanted> {
    let release = |name: &str| if name == "cri-o" { crio } else { kubernetes }.parse().unwrap();
    names.iter().map(|name| Wanted::of(name, release(name))).collect()
}

fn versions(host: &Host, manager: PackageManager) -> Vec<(String, String)> {
    packages_now(host, manager).unwrap().versions.into_iter().collect()
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn a_node_goes_a_minor_up_and_back() {
    for (program, manager, _) in MANAGERS {
        if !tools(program) {
            continue;
        }
        let minors = minors();
        let (dir, host) = node(&minors, manager);
        let all = (manager, Asked::All);
        let before = packages_now(&host, manager).unwrap();
        assert_eq!(before.versions.len(), 5, "{program}: {before:?}");
        let holds = if manager == PackageManager::Zypper { 4 } else { 0 };
        assert_eq!(before.held.len(), holds, "{program}: {before:?}");

        // What cannot be had is known before, and what can be is fetched though it is held.
        let step = |names: &[&str]| wanted(names, "v1.34.2", "v1.34");
        download(&host, all, &step(&NAMES), &mut NoProgress).unwrap_err();
        point(&host, &minors.new);
        refresh(&host, all, &mut NoProgress).unwrap();
        download(&host, all, &step(&NAMES), &mut NoProgress).unwrap_or_else(|e| panic!("{program}: {e}"));
        download(&host, all, &wanted(&["kubeadm"], "v1.34.9", ""), &mut NoProgress).unwrap_err();
        assert_eq!(packages_now(&host, manager).unwrap(), before, "{program}: only fetched");

        // kubeadm and kubectl first: nothing of the kubelet's or CRI-O's comes along.
        upgrade_packages(&host, all, &step(&["kubeadm", "kubectl"]), &mut NoProgress).unwrap();
        assert_eq!(has(dir.path(), "usr/bin/kubeadm").as_deref(), Some("kubeadm 1.34.2\n"), "{program}");
        assert_eq!(has(dir.path(), "usr/bin/kubelet").as_deref(), Some("kubelet 1.33.4\n"), "{program}");
        for name in ["cri-o", "kubelet"] {
            upgrade_packages(&host, all, &step(&[name]), &mut NoProgress).unwrap();
            // Once more, as a run that was stopped in between does.
            upgrade_packages(&host, all, &step(&[name]), &mut NoProgress).unwrap();
        }
        let now = packages_now(&host, manager).unwrap();
        assert_eq!(now.versions["cri-o"], "1.34.7-1", "{program}");
        assert_eq!(now.versions["kubernetes-cni"], "1.34.2-1", "{program}: it came along");
        assert_eq!((now.moved_since(&before).len(), now.held.len()), (5, holds), "{program}: {now:?}");

        point(&host, &minors.old);
        refresh(&host, all, &mut NoProgress).unwrap();
        let went = bring_back(&host, all, &before, &mut NoProgress).unwrap();
        assert_eq!(went.len(), 5, "{program}: {went:?}");
        hold(&host, manager, &before.held, &mut NoProgress).unwrap();
        assert_eq!(packages_now(&host, manager).unwrap(), before, "{program}");
        assert!(bring_back(&host, all, &before, &mut NoProgress).unwrap().is_empty(), "{program}");
    }
}

/// Only what went up is brought back; the rest is not touched.
#[test]
#[ignore = "run it with `tests/layer packages`"]
fn what_was_stopped_after_kubeadm_goes_back_alone() {
    for (program, manager, _) in MANAGERS {
        if !tools(program) {
            continue;
        }
        let minors = minors();
        let (_dir, host) = node(&minors, manager);
        let before = packages_now(&host, manager).unwrap();
        point(&host, &minors.new);
        refresh(&host, (manager, Asked::All), &mut NoProgress).unwrap();
        let kubeadm = wanted(&["kubeadm"], "v1.34.2", "");
        upgrade_packages(&host, (manager, Asked::All), &kubeadm, &mut NoProgress).unwrap();
        // No repository has the old one any more: it says so, and nothing is half done.
        let stays = versions(&host, manager);
        bring_back(&host, (manager, Asked::All), &before, &mut NoProgress).unwrap_err();
        assert_eq!(versions(&host, manager), stays, "{program}");
        point(&host, &minors.old);
        refresh(&host, (manager, Asked::All), &mut NoProgress).unwrap();
        let went = bring_back(&host, (manager, Asked::All), &before, &mut NoProgress).unwrap();
        assert_eq!(went, ["kubeadm"], "{program}");
        assert_eq!(packages_now(&host, manager).unwrap().versions, before.versions, "{program}");
        assert!(bundles_now(&host).unwrap().is_empty());
    }
}

/// The bundle's repository alone is asked, also for what comes along; the way back asks those of before.
#[test]
#[ignore = "run it with `tests/layer packages`"]
fn a_node_goes_up_from_a_bundle_and_back_to_its_repository() {
    for (program, manager, places) in MANAGERS {
        if !tools(program) {
            continue;
        }
        let minors = minors();
        let (_dir, host) = node(&minors, manager);
        let before = packages_now(&host, manager).unwrap();
        let pins = [minors.key.fingerprint.parse().unwrap()];
        let keys = CheckedKeys::check(minors.key.armoured.clone(), &pins, crate::at(NOW)).unwrap();
        let url = format!("file://{}/", minors.new.packages("rpm").display());
        let location = Location::flat(&url.parse().unwrap(), places.format());
        let new = Repository::new(Artefact::Kubernetes, location, Trust::Keys(keys));
        let step = |names: &[&str]| wanted(names, "v1.34.2", "v1.34");
        let (_maker, maker) = tree();
        let contents = Contents::new(manager, Repositories::new(places).with(new), step(&NAMES));
        let work = tempfile::tempdir().unwrap();
        let made = create(&maker, &contents, &work.path().join("bundle")).unwrap();
        std::fs::remove_dir_all(minors.new.packages("rpm")).unwrap();

        let bundle = Bundle::open(&work.path().join("bundle"), None).unwrap();
        let repository = bundle.repository(&host, &pins, crate::at(NOW)).unwrap();
        let desired = Desired::new().with(Repositories::new(places).with(repository));
        let settled = bundle.settle(&host).unwrap();
        crate::apply_all(&host, &desired);
        drop(settled);
        assert_eq!(bundles_now(&host).unwrap(), [made.digest.to_string()], "{program}");
        assert_eq!(Asked::of(&host, manager).unwrap(), Asked::Bundle);

        let of_bundle = (manager, Asked::Bundle);
        download(&host, of_bundle, &step(&NAMES), &mut NoProgress)
            .unwrap_or_else(|e| panic!("{program}: {e}"));
        for names in [&["kubeadm", "kubectl"][..], &["cri-o"], &["kubelet"]] {
            upgrade_packages(&host, of_bundle, &step(names), &mut NoProgress)
                .unwrap_or_else(|e| panic!("{program}: {e}"));
        }
        let now = packages_now(&host, manager).unwrap();
        assert_eq!((now.moved_since(&before).len(), &*now.versions["cri-o"]), (5, "1.34.7-1"), "{program}");

        // It has nothing from before.
        bring_back(&host, of_bundle, &before, &mut NoProgress).unwrap_err();
        assert_eq!(packages_now(&host, manager).unwrap().versions, now.versions, "{program}");
        assert!(crate::take_back(&host).is_complete());
        refresh(&host, (manager, Asked::of(&host, manager).unwrap()), &mut NoProgress).unwrap();
        bring_back(&host, (manager, Asked::All), &before, &mut NoProgress).unwrap();
        hold(&host, manager, &before.held, &mut NoProgress).unwrap();
        assert_eq!(packages_now(&host, manager).unwrap(), before, "{program}");
    }
}
