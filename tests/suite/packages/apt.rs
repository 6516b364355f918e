use std::path::{Path, PathBuf};
use std::sync::Arc;

use host_prep::distro::PackageManager;
use host_prep::fs::{Mode, Root};
use host_prep::repo::Places;
use host_prep::{Commands, Desired, Host, Invocation, SystemCommands};
use k8sprep_tests::booted::Shipped;
use k8sprep_tests::local_repo::{Key, LocalRepo};

use super::{apply_all, desired_at, have, plan_of, refused, take_back};

/// A whole Debian host at no cost: this machine's own tree with everything written kept apart.
pub(super) struct Debian {
    dir: tempfile::TempDir,
}

impl Debian {
    /// `None`, said loudly, where this machine is not Debian or does not let overlays be mounted.
    pub(super) fn new() -> Option<Self> {
        Self::over("/")
    }

    /// The same over a tree that `tests/hosts/tree` makes.
    pub(super) fn of_tree(kind: &str) -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("hosts/tree").display().to_string();
        let outcome = SystemCommands::default().run(&Invocation::new(script, ["look", kind])).unwrap();
        if outcome.status != Some(0) {
            k8sprep_tests::skip(outcome);
            return None;
        }
        Self::over(String::from_utf8(outcome.stdout).unwrap().trim())
    }

    fn over(lower: &str) -> Option<Self> {
        if !have(&["apt-get", "apt-ftparchive", "dpkg-deb", "gpg", "chroot", "mount"]) {
            return None;
        }
        // A directory that is no overlay itself, as /tmp of a container can be.
        let debian = Self { dir: tempfile::tempdir().unwrap() };
        for name in ["up", "work", "root"] {
            std::fs::create_dir(debian.dir.path().join(name)).unwrap();
        }
        let place = |name: &str| debian.dir.path().join(name).display().to_string();
        let layers = format!("lowerdir={lower},upperdir={},workdir={}", place("up"), place("work"));
        let mount = Invocation::new("mount", ["-t", "overlay", "overlay", "-o", &layers, &place("root")]);
        let outcome = SystemCommands::default().run(&mount).unwrap();
        if outcome.status != Some(0) {
            k8sprep_tests::skip(format_args!("no overlay can be mounted here: {outcome}"));
            return None;
        }
        // What the tools of apt open: a `/dev/null` that is one.
        let bind = Invocation::new("mount", ["--bind", "/dev", &format!("{}/dev", place("root"))]);
        assert_eq!(SystemCommands::default().run(&bind).unwrap().status, Some(0));
        // Only what the test brings is a source of packages.
        for old in
            ["etc/apt/sources.list", "etc/apt/sources.list.d", "var/lib/apt/lists", "etc/apt/apt.conf.d"]
        {
            let path = debian.root().join(old);
            let _ = std::fs::remove_file(&path);
            let _ = std::fs::remove_dir_all(&path);
        }
        std::fs::create_dir_all(debian.root().join("etc/apt/sources.list.d")).unwrap();
        Some(debian)
    }

    pub(super) fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }

    /// Writes a file of the test.
    #[expect(clippy::disallowed_methods, reason = "a file of the test's own tree")]
    pub(super) fn put(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        // What stands there may be a link out of the tree.
        let _ = std::fs::remove_file(&path);
        std::fs::write(path, text).unwrap();
    }

    pub(super) fn host(&self) -> Host {
        Host::image(Root::open(self.root()).unwrap(), Arc::new(SystemCommands::default()))
    }

    /// A repository inside, where apt finds it.
    fn repo(&self, versions: &[&str], expires: &str) -> (LocalRepo, Key) {
        let repo = LocalRepo::at(self.root().join("srv/repo"));
        let key = repo.key("packager", expires);
        for version in versions {
            repo.deb("kubelet", version);
        }
        repo.index_debs(Some("packager"));
        (repo, key)
    }

    pub(super) fn has(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.root().join(path)).ok()
    }
}

impl Drop for Debian {
    fn drop(&mut self) {
        let root = self.root().display().to_string();
        let _ = SystemCommands::default().run(&Invocation::new("umount", ["-R", "-l", &root]));
    }
}

fn of(key: &Key, release: &str) -> Desired {
    desired_at("file:///srv/repo/deb/", Places::Apt, PackageManager::Apt, key, release)
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn packages_come_go_up_and_down_and_leave() {
    let Some(debian) = Debian::new() else { return };
    let (_repo, key) = debian.repo(&["1.33.4", "1.34.2"], "never");
    let host = debian.host();
    let status = debian.has("var/lib/dpkg/status");
    apply_all(&host, &of(&key, "v1.33"));
    assert_eq!(debian.has("usr/bin/kubelet").as_deref(), Some("kubelet 1.33.4\n"));
    apply_all(&host, &of(&key, "v1.34.2"));
    assert_eq!(debian.has("usr/bin/kubelet").as_deref(), Some("kubelet 1.34.2\n"));
    let back = take_back(&host);
    assert!(back.is_complete(), "{back:?}");
    assert_eq!(debian.has("usr/bin/kubelet").as_deref(), Some("kubelet 1.33.4\n"));
    let back = take_back(&host);
    assert!(back.is_complete(), "{back:?}");
    assert_eq!(debian.has("usr/bin/kubelet"), None);
    assert_eq!(debian.has("etc/kubelet/kubelet.conf"), None);
    assert_eq!(debian.has("var/lib/dpkg/status"), status);
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn a_file_the_admin_changed_stays_and_is_named() {
    let Some(debian) = Debian::new() else { return };
    let (_repo, key) = debian.repo(&["1.34.2"], "never");
    let host = debian.host();
    apply_all(&host, &of(&key, "v1.34"));
    host_prep::fs::replace(&debian.root().join("etc/kubelet/kubelet.conf"), b"mine\n").unwrap();
    let back = take_back(&host);
    assert_eq!(back.kept[0].why, "changed by hand and left: /etc/kubelet/kubelet.conf");
    assert_eq!(debian.has("etc/kubelet/kubelet.conf").as_deref(), Some("mine\n"));
    assert_eq!(debian.has("usr/bin/kubelet"), None);
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn a_hold_is_respected() {
    let Some(debian) = Debian::new() else { return };
    let (_repo, key) = debian.repo(&["1.33.4", "1.34.2"], "never");
    let host = debian.host();
    apply_all(&host, &of(&key, "v1.33"));
    let root = debian.root().display().to_string();
    host.run(&Invocation::new("chroot", [&*root, "apt-mark", "hold", "kubelet"])).unwrap();
    let todo = plan_of(&host, &of(&key, "v1.34"));
    assert_eq!(
        todo.problems()[0].what,
        "kubelet must change, but is kept as it is (1.33.4-1.1) by `apt-mark hold` (release it with `apt-mark unhold kubelet`)"
    );
}

/// Each way a repository can be bad, and a part of what is said.
#[test]
#[ignore = "run it with `tests/layer packages`"]
fn a_bad_repository_is_an_error_and_leaves_nothing() {
    let Some(debian) = Debian::new() else { return };
    let (repo, key) = debian.repo(&["1.34.2"], "never");
    let host = debian.host();
    let status = debian.has("var/lib/dpkg/status");
    let fails = |words: &str, key: &Key| {
        let said = refused(&host, &of(key, "v1.34"));
        assert!(said.contains(words), "{words}: {said}");
        assert_eq!(debian.has("var/lib/dpkg/status"), status);
        assert_eq!(debian.has("etc/apt/sources.list.d/kubernetes.sources"), None);
    };
    let stranger = repo.key("stranger", "never");
    fails("signed by a key that is not trusted", &stranger);

    let deb = repo.packages("deb").join("kubelet_1.34.2-1.1_all.deb");
    let whole = std::fs::read(&deb).unwrap();
    host_prep::fs::replace(&deb, &whole[..whole.len() / 2]).unwrap();
    fails("damaged", &key);
    host_prep::fs::replace(&deb, &whole).unwrap();

    repo.index_debs(None);
    fails("is not signed", &key);
    repo.index_debs(Some("packager"));

    let root = debian.root();
    let _lock = locked(&root.join("var/lib/dpkg/lock-frontend"));
    let said = refused_soon(&host, &key);
    assert!(said.contains("another package manager is at work"), "{said}");
    drop(_lock);

    let dead = desired_at("http://127.0.0.1:9/", Places::Apt, PackageManager::Apt, &key, "v1.34");
    let said = refused(&host, &dead);
    assert!(said.contains("a repository does not answer"), "{said}");

    // In the end the same host takes the same package.
    apply_all(&host, &of(&key, "v1.34"));
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn a_minor_that_is_not_published_is_told() {
    let Some(debian) = Debian::new() else { return };
    let (_repo, key) = debian.repo(&["1.33.4"], "never");
    let host = debian.host();
    let status = debian.has("var/lib/dpkg/status");
    let said = refused(&host, &of(&key, "v1.34"));
    assert!(said.contains("no repository has what was asked for"), "{said}");
    assert_eq!(debian.has("var/lib/dpkg/status"), status);
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn what_the_repository_lost_is_said_to_be_lost() {
    let Some(debian) = Debian::new() else { return };
    let (repo, key) = debian.repo(&["1.33.4"], "never");
    let host = debian.host();
    apply_all(&host, &of(&key, "v1.33"));
    std::fs::remove_file(repo.packages("deb").join("kubelet_1.33.4-1.1_all.deb")).unwrap();
    repo.deb("kubelet", "1.34.2");
    repo.index_debs(Some("packager"));
    apply_all(&host, &of(&key, "v1.34"));
    let back = take_back(&host);
    let why = &back.kept[0].why;
    assert!(why.contains("kubelet 1.33.4-1.1 could not be put back"), "{why}");
    assert_eq!(debian.has("usr/bin/kubelet").as_deref(), Some("kubelet 1.34.2\n"));
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn a_full_disk_is_told_and_nothing_is_left_on_it() {
    let Some(debian) = Debian::new() else { return };
    let repo = LocalRepo::at(debian.root().join("srv/repo"));
    let key = repo.key("packager", "never");
    repo.deb("kubectl", "1.34.2");
    let mut bulk = Shipped::text("usr/share/kubelet/bulk", "");
    bulk.content = vec![7; 8 << 20];
    repo.deb_of("kubelet", "1.34.2", &[Shipped::text("usr/bin/kubelet", "kubelet 1.34.2\n"), bulk]);
    repo.index_debs(Some("packager"));
    let host = debian.host();
    let status = debian.has("var/lib/dpkg/status");
    let share = debian.root().join("usr/share/kubelet");
    std::fs::create_dir(&share).unwrap();
    let mount = ["-t", "tmpfs", "-o", "size=4m", "tmpfs", &share.display().to_string()];
    assert_eq!(SystemCommands::default().run(&Invocation::new("mount", mount)).unwrap().status, Some(0));
    let kubectl = host_prep::package::Wanted::any("kubectl");
    let kubelet = host_prep::package::Wanted::of("kubelet", "v1.34".parse().unwrap());
    let both = host_prep::package::Packages::new(PackageManager::Apt, [kubectl, kubelet]);
    let wanted = || super::repository("file:///srv/repo/deb/", Places::Apt, &key).0.with(both.clone());
    let said = refused(&host, &wanted());
    assert!(said.contains("there is no space left on the disk"), "{said}");
    for name in ["kubelet", "kubectl"] {
        assert_eq!(debian.has(&format!("usr/bin/{name}")), None, "{name}");
    }
    assert_eq!(debian.has("var/lib/dpkg/status"), status);
    let umount = ["-l", &share.display().to_string()];
    assert_eq!(SystemCommands::default().run(&Invocation::new("umount", umount)).unwrap().status, Some(0));
    apply_all(&host, &wanted());
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn a_key_that_expired_since_is_told_apart() {
    let Some(debian) = Debian::new() else { return };
    let repo = LocalRepo::at(debian.root().join("srv/repo"));
    let key = repo.key("packager", "20200101T000000");
    repo.deb("kubelet", "1.34.2");
    repo.index_debs(None);
    let dir = repo.packages("deb").display().to_string();
    repo.gpg([
        "--batch",
        "--faked-system-time",
        "20190601T000000",
        "--local-user",
        "packager",
        "--clearsign",
        "--output",
        &format!("{dir}/InRelease"),
        &format!("{dir}/Release"),
    ]);
    // Written by hand: the check before would refuse this key.
    let keyring = debian.root().join("etc/apt/keyrings/old.asc");
    std::fs::create_dir_all(keyring.parent().unwrap()).unwrap();
    host_prep::fs::write_new(&keyring, &key.armoured, Mode::PUBLIC).unwrap();
    let source = "Types: deb\nURIs: file:///srv/repo/deb/\nSuites: /\nSigned-By: /etc/apt/keyrings/old.asc\n";
    let path = debian.root().join("etc/apt/sources.list.d/hand.sources");
    host_prep::fs::write_new(&path, source.as_bytes(), Mode::PUBLIC).unwrap();
    let wanted = host_prep::package::Wanted::of("kubelet", "v1.34".parse().unwrap());
    let desired = Desired::new().with(host_prep::package::Packages::new(PackageManager::Apt, [wanted]));
    let said = refused(&debian.host(), &desired);
    assert!(said.contains("signed by a key that has expired"), "{said}");
}

/// A lock as apt takes it, held by this process.
fn locked(path: &Path) -> std::fs::File {
    let file = std::fs::OpenOptions::new().write(true).create(true).truncate(false).open(path).unwrap();
    rustix::fs::fcntl_lock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).unwrap();
    file
}

/// The lock is waited for; the test is not.
fn refused_soon(host: &Host, key: &Key) -> String {
    refused(host, &of(key, "v1.34"))
}
