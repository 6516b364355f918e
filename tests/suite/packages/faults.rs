//! Faults of the host itself: full disks and locks, under dnf and zypper.

use std::path::Path;

use host_prep::fs::{Mode, write_new};
use host_prep::{Commands, Invocation, SystemCommands};
use k8sprep_tests::local_repo::LocalRepo;

use super::rpm::{MANAGERS, tools, tree, whole};
use super::{apply_all, desired, plan_of, refused};

/// A small file system over a directory, until it is dropped.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    fn over(dir: &'a Path, size: &str) -> Self {
        let option = format!("size={size}");
        let mount =
            Invocation::new("mount", ["-t", "tmpfs", "-o", &option, "tmpfs", &dir.display().to_string()]);
        assert_eq!(SystemCommands::default().run(&mount).unwrap().status, Some(0));
        Self(dir)
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let umount = Invocation::new("umount", ["-l", &self.0.display().to_string()]);
        let _ = SystemCommands::default().run(&umount);
    }
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn a_full_disk_is_told_and_nothing_is_left_on_it() {
    for (program, manager, places) in MANAGERS {
        if !tools(program) {
            continue;
        }
        let repo = LocalRepo::new();
        let key = repo.key("packager", "never");
        repo.rpm("kubelet", "1.33.4", Some("packager"));
        repo.bulky_rpm("kubelet", "1.34.2", Some("packager"), 40);
        repo.index_rpms(Some("packager"));
        let (tree, host) = tree();
        let usr = tree.path().join("usr");
        // What was there before the disk was full lies under it.
        apply_all(&host, &desired(&repo, places, manager, &key, "v1.33"));
        let query = host_prep::package::rpm_query(Some(tree.path()));
        let before = host.run(&query).unwrap().stdout;
        let small = Small::over(&usr, "8m");
        let said = refused(&host, &desired(&repo, places, manager, &key, "v1.34"));
        assert!(said.contains("there is no space left on the disk"), "{program}: {said}");
        assert_eq!(host.run(&query).unwrap().stdout, before, "{program}");
        drop(small);
        apply_all(&host, &desired(&repo, places, manager, &key, "v1.34"));
    }
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn a_lock_of_zypper_is_respected() {
    let (program, manager, places) = MANAGERS[1];
    if !tools(program) {
        return;
    }
    let (repo, key) = whole(&["1.33.4", "1.34.2"]);
    let (tree, host) = tree();
    apply_all(&host, &desired(&repo, places, manager, &key, "v1.33"));
    let root = tree.path().display().to_string();
    host.run(&Invocation::new("zypper", ["--root", &root, "--non-interactive", "addlock", "kube*"])).unwrap();
    let todo = plan_of(&host, &desired(&repo, places, manager, &key, "v1.34"));
    assert_eq!(
        todo.problems()[0].what,
        "kubelet must change, but is kept as it is (1.33.4-1) by /etc/zypp/locks"
    );
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn another_run_is_told() {
    for (program, manager, places) in MANAGERS {
        if !tools(program) {
            continue;
        }
        let (repo, key) = whole(&["1.34.2"]);
        let (tree, host) = tree();
        // This process is alive, and is no package manager that this one has started.
        let mine = format!("{}\n", std::process::id());
        for path in [
            "var/cache/dnf/metadata_lock.pid",
            "var/lib/dnf/rpmdb_lock.pid",
            "run/zypp.pid",
            "var/run/zypp.pid",
        ] {
            let path = tree.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            write_new(&path, mine.as_bytes(), Mode::PUBLIC).unwrap();
        }
        let said = refused(&host, &desired(&repo, places, manager, &key, "v1.34"));
        assert!(said.contains("another package manager is at work"), "{program}: {said}");
    }
}
