//! What a replacement keeps, and what it survives.

use std::fs as std_fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, XattrFlags};

use super::*;
use crate::UnfitFile;

/// A tree, looked at as today's kernel and as an older one would.
fn both(dir: &Path) -> [Root; 2] {
    [Root::open(dir).unwrap(), Root::open(dir).unwrap().without_openat2()]
}

fn tree() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std_fs::create_dir_all(dir.path().join("etc/sysctl.d")).unwrap();
    dir
}

#[expect(clippy::disallowed_methods, reason = "a test lays its own tree")]
fn lay(path: impl AsRef<Path>, bytes: &str) {
    std_fs::write(path, bytes).unwrap();
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = std_fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn replace_in(root: &Root, path: &str, bytes: &str) -> Result<(), Error> {
    let slot = root.slot(Path::new(path))?.ok_or_else(|| Error::Missing { path: path.into() })?;
    let found = Found::read(root, &slot)?;
    let Found::File(source) = &found else { return Err(Error::Missing { path: path.into() }) };
    let meta = &source.image.meta;
    let wanted = Wanted::File { bytes: bytes.as_bytes(), mode: meta.mode, dress: Dress::Like(meta) };
    put(root, &slot, &found, wanted, &TempName::random(&slot))
}

fn fresh(bytes: &[u8]) -> Wanted<'_> {
    Wanted::File { bytes, mode: Mode::PUBLIC, dress: Dress::Fresh }
}

#[test]
fn replaced_file_keeps_mode_and_attributes() {
    let dir = tree();
    let file = dir.path().join("etc/fstab");
    lay(&file, "old");
    std_fs::set_permissions(&file, std_fs::Permissions::from_mode(0o640)).unwrap();
    let attributes = rustix::fs::setxattr(&file, "user.note", b"kept", XattrFlags::empty()).is_ok();
    let before = std_fs::metadata(&file).unwrap();
    replace(&file, b"new").unwrap();
    let after = std_fs::metadata(&file).unwrap();
    assert_eq!(std_fs::read(&file).unwrap(), b"new");
    assert_eq!((after.mode(), after.uid(), after.gid()), (before.mode(), before.uid(), before.gid()));
    assert_ne!(after.ino(), before.ino(), "a new file under the old name");
    if attributes {
        let mut value = [0; 8];
        let len = rustix::fs::getxattr(&file, "user.note", value.as_mut_slice()).unwrap();
        assert_eq!(&value[..len], b"kept");
    }
    assert_eq!(names(&dir.path().join("etc")), ["fstab", "sysctl.d"]);
}

#[test]
fn new_file_has_its_mode_and_overwrites_nothing() {
    let dir = tree();
    let file = dir.path().join("kubeadm.yaml");
    write_new(&file, b"a", Mode::PRIVATE).unwrap();
    assert_eq!(std_fs::metadata(&file).unwrap().mode() & 0o7777, 0o600);
    assert!(matches!(write_new(&file, b"b", Mode::PRIVATE), Err(Error::Exists { .. })));
    assert_eq!(std_fs::read(&file).unwrap(), b"a");
    assert_eq!(names(dir.path()), ["etc", "kubeadm.yaml"]);
}

#[test]
fn missing_files_and_directories_are_named() {
    let dir = tree();
    assert!(matches!(replace(&dir.path().join("etc/none"), b""), Err(Error::Missing { .. })));
    let lost = dir.path().join("none/file");
    let Err(Error::Missing { path }) = write_new(&lost, b"", Mode::PUBLIC) else {
        panic!("has no directory")
    };
    assert_eq!(path, dir.path().join("none"));
}

#[test]
fn a_link_stays_a_link_and_its_target_is_edited() {
    let dir = tree();
    lay(dir.path().join("etc/sysctl.conf"), "old");
    symlink("../sysctl.conf", dir.path().join("etc/sysctl.d/99-sysctl.conf")).unwrap();
    symlink("/etc/sysctl.d/99-sysctl.conf", dir.path().join("etc/again")).unwrap();
    for (count, root) in both(dir.path()).into_iter().enumerate() {
        replace_in(&root, "/etc/again", &format!("new {count}")).unwrap();
        assert_eq!(
            std_fs::read_to_string(dir.path().join("etc/sysctl.conf")).unwrap(),
            format!("new {count}")
        );
    }
    assert!(dir.path().join("etc/sysctl.d/99-sysctl.conf").is_symlink());
    assert_eq!(names(&dir.path().join("etc")), ["again", "sysctl.conf", "sysctl.d"]);
}

#[test]
fn links_never_leave_the_root() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret");
    lay(&secret, "outside");
    let dir = tree();
    let up: PathBuf = std::iter::repeat_n("..", 30).collect();
    symlink(&secret, dir.path().join("etc/absolute")).unwrap();
    symlink(up.join(secret.strip_prefix("/").unwrap()), dir.path().join("etc/dotted")).unwrap();
    symlink(outside.path(), dir.path().join("etc/directory")).unwrap();
    for root in both(dir.path()) {
        for path in ["/etc/absolute", "/etc/dotted", "/etc/directory/secret"] {
            assert_eq!(root.read(Path::new(path)).unwrap(), None, "{path}");
            assert!(replace_in(&root, path, "in").is_err(), "{path}");
        }
        let up = Path::new("/etc/../../../../etc/sysctl.d");
        assert_eq!(root.kind(up).unwrap(), Some(Kind::Directory), "`..` stops at the root");
    }
    assert_eq!(std_fs::read_to_string(&secret).unwrap(), "outside");
}

#[test]
fn what_rename_would_break_is_refused() {
    let dir = tree();
    let etc = dir.path().join("etc");
    lay(etc.join("one"), "same");
    std_fs::hard_link(etc.join("one"), etc.join("two")).unwrap();
    symlink("nowhere", etc.join("dangling")).unwrap();
    symlink("loop", etc.join("loop")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, etc.join("fifo"), FileType::Fifo, 0o600.into(), 0).unwrap();
    for root in both(dir.path()) {
        let why = |path: &str| match replace_in(&root, path, "new") {
            Err(Error::Refused { why, .. }) => why,
            other => panic!("{path}: {other:?}"),
        };
        assert_eq!(why("/etc/one"), UnfitFile::HardLinks(2));
        assert_eq!(why("/etc/fifo"), UnfitFile::NotRegular("FIFO"));
        assert_eq!(why("/etc/sysctl.d"), UnfitFile::NotRegular("directory"));
        assert!(matches!(why("/etc/dangling"), UnfitFile::DanglingLink(_)));
        assert!(matches!(root.read(Path::new("/etc/fifo")), Err(Error::Refused { .. })), "does not wait");
        assert!(root.read(Path::new("/etc/loop")).is_err());
        assert!(replace_in(&root, "/etc/loop", "new").is_err());
    }
}

#[test]
fn what_changed_since_it_was_read_is_kept() {
    let dir = tree();
    let root = Root::open(dir.path()).unwrap();
    let file = dir.path().join("etc/fstab");
    lay(&file, "old");
    let slot = root.slot(Path::new("/etc/fstab")).unwrap().unwrap();
    let found = Found::read(&root, &slot).unwrap();
    lay(&file, "theirs");
    let done = put(&root, &slot, &found, fresh(b"ours"), &TempName::random(&slot));
    assert!(matches!(done, Err(Error::Changed { .. })));
    assert_eq!(std_fs::read_to_string(&file).unwrap(), "theirs");
    assert_eq!(names(&dir.path().join("etc")), ["fstab", "sysctl.d"]);
}

/// The moment between the last look and the rename, held open: `theirs` comes in it.
fn in_the_last_moment(
    theirs: impl Fn(&Path),
    wanted: Option<&str>,
) -> (tempfile::TempDir, Result<(), Error>) {
    let dir = tree();
    let root = Root::open(dir.path()).unwrap();
    let file = dir.path().join("etc/fstab");
    lay(&file, "old");
    let slot = root.slot(Path::new("/etc/fstab")).unwrap().unwrap();
    let over = Found::read(&root, &slot).unwrap();
    let name = TempName::random(&slot);
    let mut temp = temp::Temp::new(&slot.dir, &name);
    theirs(&file);
    let place = temp::Place { root: &root, slot: &slot, over: &over };
    let done = match wanted {
        Some(ours) => {
            lay(dir.path().join("etc").join(name.name()), ours);
            temp.replace(&place)
        }
        None => temp.take_out(&place),
    };
    drop(temp);
    (dir, done)
}

#[test]
fn a_change_in_the_last_moment_is_noticed_and_given_back() {
    let edit = |file: &Path| lay(file, "new");
    let rename = |file: &Path| {
        lay(file.with_extension("theirs"), "new");
        std_fs::rename(file.with_extension("theirs"), file).unwrap();
    };
    let link = |file: &Path| {
        std_fs::remove_file(file).unwrap();
        symlink("elsewhere", file).unwrap();
    };
    let device = |file: &Path| {
        std_fs::remove_file(file).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, file, FileType::Fifo, 0o600.into(), 0).unwrap();
    };
    let theirs: [&dyn Fn(&Path); 4] = [&edit, &rename, &link, &device];
    for theirs in theirs {
        for wanted in [Some("ours"), None] {
            let (dir, done) = in_the_last_moment(theirs, wanted);
            assert!(matches!(done, Err(Error::Changed { .. })), "{done:?}");
            assert_eq!(names(&dir.path().join("etc")), ["fstab", "sysctl.d"]);
            let at = dir.path().join("etc/fstab");
            assert_ne!(std_fs::read_link(&at).ok(), Some("ours".into()));
            if at.symlink_metadata().unwrap().is_file() {
                assert_ne!(std_fs::read_to_string(&at).unwrap(), "ours");
            }
        }
    }
    for (wanted, left) in [(Some("ours"), vec!["fstab", "sysctl.d"]), (None, vec!["sysctl.d"])] {
        let (dir, done) = in_the_last_moment(|_| {}, wanted);
        done.unwrap();
        assert_eq!(names(&dir.path().join("etc")), left);
    }
    let (dir, done) = in_the_last_moment(|file| std_fs::remove_file(file).unwrap(), Some("ours"));
    assert!(matches!(done, Err(Error::Changed { .. })), "{done:?}");
    assert_eq!(names(&dir.path().join("etc")), ["sysctl.d"]);
}

#[test]
fn what_a_killed_run_left_under_the_hidden_name_is_in_nobodys_way() {
    for wanted in [fresh(b"ours"), Wanted::Nothing] {
        let dir = tree();
        let root = Root::open(dir.path()).unwrap();
        lay(dir.path().join("etc/fstab"), "old");
        lay(dir.path().join("etc/.fstab.k8sprep-1-8"), "left");
        let slot = root.slot(Path::new("/etc/fstab")).unwrap().unwrap();
        let found = Found::read(&root, &slot).unwrap();
        put(&root, &slot, &found, wanted, &TempName::tagged(&slot, "1-8")).unwrap();
        let left: &[&str] =
            if matches!(wanted, Wanted::Nothing) { &["sysctl.d"] } else { &["fstab", "sysctl.d"] };
        assert_eq!(names(&dir.path().join("etc")), left);
    }
}

#[test]
fn a_restored_file_has_its_times_back() {
    let dir = tree();
    let root = Root::open(dir.path()).unwrap();
    lay(dir.path().join("etc/fstab"), "old");
    let slot = root.slot(Path::new("/etc/fstab")).unwrap().unwrap();
    let image = || match Found::read(&root, &slot).unwrap() {
        Found::File(source) => source.image,
        other => panic!("{other:?}"),
    };
    let old = image();
    std::thread::sleep(std::time::Duration::from_millis(20));
    replace_in(&root, "/etc/fstab", "new").unwrap();
    assert_ne!(image().meta.modified, old.meta.modified);
    let back = Wanted::File { bytes: &old.bytes, mode: old.meta.mode, dress: Dress::Exactly(&old.meta) };
    put(&root, &slot, &Found::read(&root, &slot).unwrap(), back, &TempName::random(&slot)).unwrap();
    assert_eq!(image(), old);
}

#[test]
fn links_are_made_replaced_and_removed() {
    let dir = tree();
    let root = Root::open(dir.path()).unwrap();
    let slot = root.slot_of_link(Path::new("/etc/swap.target")).unwrap().unwrap();
    let now = || Found::read(&root, &slot).unwrap();
    let link = |target| Wanted::Link { target: Path::new(target), dress: Dress::Fresh };
    for target in ["/dev/null", "elsewhere"] {
        put(&root, &slot, &now(), link(target), &TempName::random(&slot)).unwrap();
        assert_eq!(std_fs::read_link(dir.path().join("etc/swap.target")).unwrap(), Path::new(target));
    }
    put(&root, &slot, &now(), Wanted::Nothing, &TempName::random(&slot)).unwrap();
    assert_eq!(names(&dir.path().join("etc")), ["sysctl.d"]);
}

#[test]
fn drop_ins_of_crio_are_prepared_one_directory_up() {
    let dir = tree();
    let inner = dir.path().join("etc/crio/crio.conf.d");
    std_fs::create_dir_all(&inner).unwrap();
    let root = Root::open(dir.path()).unwrap();
    let slot = root.slot(Path::new("/etc/crio/crio.conf.d/99-x.conf")).unwrap().unwrap();
    // The name in the way shows where the preparation happens.
    let temp = TempName::tagged(&slot, "1");
    let in_the_way = dir.path().join("etc/crio/.99-x.conf.k8sprep-1");
    std_fs::create_dir(&in_the_way).unwrap();
    assert!(put(&root, &slot, &Found::Nothing, fresh(b"[crio]\n"), &temp).is_err());
    std_fs::remove_dir(&in_the_way).unwrap();
    lay(&in_the_way, "");
    sweep(&root, &slot, &temp).unwrap();
    assert!(!in_the_way.exists());
    put(&root, &slot, &Found::Nothing, fresh(b"[crio]\n"), &temp).unwrap();
    assert_eq!(names(&inner), ["99-x.conf"]);
    assert_eq!(names(inner.parent().unwrap()), ["crio.conf.d"]);
}

#[test]
fn set_makes_what_is_missing_and_takes_it_away_when_it_fails() {
    let dir = tempfile::tempdir().unwrap();
    for root in both(dir.path()) {
        let file = Path::new("/etc/crio/crio.conf.d/99-own.conf");
        let made = set(&root, file, b"one", Mode::PUBLIC).unwrap();
        let above = ["/etc", "/etc/crio", "/etc/crio/crio.conf.d"];
        assert_eq!(made, above.map(PathBuf::from));
        assert!(set(&root, file, b"two", Mode::PRIVATE).unwrap().is_empty());
        let whole = dir.path().join("etc/crio/crio.conf.d/99-own.conf");
        assert_eq!(std_fs::read(&whole).unwrap(), b"two");
        assert_eq!(std_fs::metadata(&whole).unwrap().mode() & 0o7777, 0o644, "the old mode stays");
        let long = format!("/new/dir/{}", "n".repeat(300));
        assert!(set(&root, Path::new(&long), b"", Mode::PUBLIC).is_err());
        assert_eq!(names(dir.path()), ["etc"]);
        assert!(matches!(set(&root, Path::new("etc/x"), b"", Mode::PUBLIC), Err(Error::NotAbsolute { .. })));
        std_fs::remove_dir_all(dir.path().join("etc")).unwrap();
    }
}

#[test]
fn a_tree_goes_whole_and_nothing_that_a_link_leads_to() {
    let dir = tempfile::tempdir().unwrap();
    std_fs::create_dir_all(dir.path().join("host/var/bundles/one/packages")).unwrap();
    std_fs::create_dir(dir.path().join("outside")).unwrap();
    lay(dir.path().join("host/var/bundles/one/packages/a.rpm"), "a");
    lay(dir.path().join("outside/kept"), "kept");
    symlink("../../../../outside", dir.path().join("host/var/bundles/one/link")).unwrap();
    symlink("../outside", dir.path().join("host/led")).unwrap();
    let root = Root::open(dir.path().join("host")).unwrap();
    remove_tree(&root, Path::new("/var/bundles/one")).unwrap();
    remove_tree(&root, Path::new("/var/bundles/one")).unwrap();
    assert!(root.list(Path::new("/var/bundles")).unwrap().unwrap().is_empty());
    // A link on the way leads nowhere outside of the root: there is nothing to remove.
    remove_tree(&root, Path::new("/led/kept")).unwrap();
    assert_eq!(std_fs::read_to_string(dir.path().join("outside/kept")).unwrap(), "kept");
}
