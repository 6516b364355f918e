//! rpm is asked when its database changed, and not otherwise.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use host_prep::distro::PackageManager;
use host_prep::fs::{Mode, replace, write_new};
use host_prep::package::{Packages, Wanted};
use host_prep::{Desired, Host, observe, plan};
use k8sprep_tests::scripted::Scripted;

use super::host;

const KEPT: &str = "var/lib/k8sprep/packages";

/// A host whose database of packages this program has changed before.
struct Rpm {
    dir: tempfile::TempDir,
    host: Host,
    script: Arc<Scripted>,
}

impl Rpm {
    fn new() -> Self {
        let script =
            Scripted::new().says("rpm --eval", "/var/lib/rpm\n").says("rpm -qa", "kubelet\t1.34.2-1\n");
        let (dir, host, script) = host(script);
        for name in ["var/lib/rpm", "var/lib/k8sprep"] {
            std::fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        let new = Self { dir, host, script };
        new.mode("var/lib/k8sprep", 0o700);
        write_new(&new.at("var/lib/rpm/rpmdb.sqlite"), b"one", Mode::PUBLIC).unwrap();
        new
    }

    fn at(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn mode(&self, path: &str, bits: u32) {
        std::fs::set_permissions(self.at(path), std::fs::Permissions::from_mode(bits)).unwrap();
    }

    /// As if so long ago had passed since the answer was kept.
    fn age(&self, by: Duration) {
        let file = std::fs::File::open(self.at(KEPT)).unwrap();
        file.set_modified(SystemTime::now() + by).unwrap();
    }

    /// How often rpm is asked by a plan, which finds what is there either way.
    fn asked(&self) -> usize {
        let desired = Desired::new().with(Packages::new(PackageManager::Dnf4, [Wanted::any("kubelet")]));
        let before = self.script.calls().len();
        let todo = plan(&desired, &observe(&self.host, &desired));
        assert!(todo.is_done(), "{todo:?}");
        self.script.calls()[before..].iter().filter(|call| call.starts_with("rpm -qa")).count()
    }

    /// The answer is kept and old enough to be believed.
    fn kept() -> Self {
        let new = Self::new();
        assert_eq!(new.asked(), 1);
        new.age(Duration::from_secs(10));
        assert_eq!(new.asked(), 0);
        new
    }
}

#[test]
fn what_was_answered_counts_until_the_database_changes() {
    let rpm = Rpm::kept();
    assert_eq!(rpm.script.calls().len(), 3, "its place twice, its packages once: {:?}", rpm.script.calls());
    // Of the same size, and nobody can set back when that was.
    replace(&rpm.at("var/lib/rpm/rpmdb.sqlite"), b"two").unwrap();
    assert_eq!(rpm.asked(), 1);
    rpm.age(Duration::from_secs(10));
    assert_eq!(rpm.asked(), 0);
    // A log that is not written back yet.
    write_new(&rpm.at("var/lib/rpm/rpmdb.sqlite-wal"), b"three", Mode::PUBLIC).unwrap();
    assert_eq!(rpm.asked(), 1);
}

#[test]
fn a_time_that_was_set_back_does_not_hide_a_change() {
    let rpm = Rpm::kept();
    let path = rpm.at("var/lib/rpm/rpmdb.sqlite");
    let time = path.metadata().unwrap().modified().unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b"two", 0).unwrap();
    file.set_modified(time).unwrap();
    assert_eq!(rpm.asked(), 1);
}

#[test]
fn an_answer_of_the_same_moment_as_the_change_is_not_believed() {
    let rpm = Rpm::new();
    assert_eq!((rpm.asked(), rpm.asked()), (1, 1));
}

#[test]
fn where_rpm_looks_for_its_database_is_part_of_the_question() {
    let rpm = Rpm::kept();
    std::fs::create_dir_all(rpm.at("etc/rpm")).unwrap();
    write_new(&rpm.at("etc/rpm/macros.db"), b"%_dbpath /srv/rpm\n", Mode::PUBLIC).unwrap();
    assert_eq!(rpm.asked(), 1);
}

/// Each way the file can be other than it was left, and back again.
#[test]
fn a_damaged_answer_or_somebody_elses_is_ignored() {
    let rpm = Rpm::kept();
    let whole = std::fs::read(rpm.at(KEPT)).unwrap();
    for at in 0..whole.len() {
        let mut damaged = std::fs::read(rpm.at(KEPT)).unwrap();
        damaged[at] ^= 1;
        replace(&rpm.at(KEPT), &damaged).unwrap();
        rpm.age(Duration::from_secs(10));
        // It is asked, and what is kept then is whole again.
        assert_eq!(rpm.asked(), 1, "byte {at}");
    }
    replace(&rpm.at(KEPT), &whole[..whole.len() / 2]).unwrap();
    rpm.age(Duration::from_secs(10));
    assert_eq!(rpm.asked(), 1, "cut short");

    let rpm = Rpm::kept();
    rpm.mode(KEPT, 0o620);
    assert_eq!(rpm.asked(), 1, "written by a group");
    let rpm = Rpm::kept();
    rpm.mode("var/lib/k8sprep", 0o777);
    assert_eq!(rpm.asked(), 1, "in a directory anybody writes to");
    let rpm = Rpm::kept();
    std::fs::rename(rpm.at(KEPT), rpm.at("elsewhere")).unwrap();
    std::os::unix::fs::symlink(rpm.at("elsewhere"), rpm.at(KEPT)).unwrap();
    assert_eq!(rpm.asked(), 1, "a link");
}

#[test]
fn a_plan_of_a_host_that_was_never_changed_leaves_nothing() {
    let rpm = Rpm::new();
    std::fs::remove_dir(rpm.at("var/lib/k8sprep")).unwrap();
    assert_eq!((rpm.asked(), rpm.asked()), (1, 1));
    assert!(!rpm.at("var/lib/k8sprep").exists());
    assert!(rpm.script.calls().iter().all(|call| call.starts_with("rpm -qa")));
}

#[test]
fn a_database_that_is_not_where_rpm_says_is_asked_every_time() {
    let rpm = Rpm::new();
    std::fs::remove_file(rpm.at("var/lib/rpm/rpmdb.sqlite")).unwrap();
    assert_eq!((rpm.asked(), rpm.asked()), (1, 1));
    assert!(!Path::new(&rpm.at(KEPT)).exists());
}
