//! What the engine keeps on a host, as an enemy or a broken disk leaves it: refused or called
//! damaged, and never acted on.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use host_prep::resource::Managed;
use host_prep::test_util::fake_host::{FakeHost, Tree, differences};
use host_prep::{
    ApplyError, ApplyOptions, Back, Desired, Error, Host, NoProgress, TransactionStatus, apply, confirm,
    history, recover, rollback, seen, strangers,
};
use rustix::fs::{CWD, FileType, makedev, mknodat};

use super::{NONE, apply_all, plan_of};

const STATE: &str = "var/lib/k8sprep";
const JOURNAL: &str = "var/lib/k8sprep/journals/000001.journal";

fn host() -> FakeHost {
    FakeHost::new(&[("etc/one", "old one\n"), ("etc/two", "old two\n"), ("var/lib/", "")])
}

fn wish(text: &str) -> Desired {
    let file = |path| Managed::file("crio", path, text);
    Desired::new().with(file("/etc/one")).with(file("/etc/two")).with(file("/etc/new"))
}

fn applied() -> (FakeHost, Tree) {
    let fake = host();
    apply_all(&fake.offline(), &wish("ours\n"));
    let after = fake.files();
    (fake, after)
}

/// Everything that changes a host, tried.
fn every_way(host: &Host) -> Vec<Error> {
    let back = |back| rollback(host, back, Duration::ZERO, &mut NoProgress).err();
    let desired = wish("again\n");
    let applied = apply(host, &desired, &plan_of(host, &desired), &ApplyOptions::default(), &mut NoProgress);
    let tried = [
        applied.err().map(ApplyError::into_cause),
        back(Back::Newest),
        back(Back::All),
        recover(host, Duration::ZERO, &mut NoProgress).err(),
        confirm(host, None, UNIX_EPOCH, Duration::ZERO).err(),
    ];
    tried.into_iter().map(|error| error.expect("it is refused")).collect()
}

#[test]
fn a_state_directory_that_others_can_write_is_refused_by_everything() {
    for loose in ["var/lib", STATE, "var/lib/k8sprep/journals"] {
        let (fake, after) = applied();
        fake.chmod(loose, 0o777);
        for error in every_way(&fake.offline()) {
            let text = error.to_string();
            assert!(text.contains(loose) && text.contains("(mode 0777)"), "{text}");
            assert!(text.contains("`chmod go-w`"), "{text}");
        }
        assert!(matches!(history(&fake.offline()), Err(Error::Refused { .. })), "{loose}");
        fake.chmod(loose, 0o755);
        assert_eq!(differences(&after, &fake.files()), NONE, "{loose}");
    }
}

#[test]
fn the_state_directory_is_closed_to_readers_again() {
    let (fake, _) = applied();
    fake.chmod(STATE, 0o755);
    assert!(rollback(&fake.offline(), Back::Newest, Duration::ZERO, &mut NoProgress).unwrap().is_complete());
    let mode = std::fs::metadata(fake.root().join(STATE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o700);
}

fn laid(at: &Path) -> std::fs::File {
    std::fs::File::options().create(true).append(true).open(at).unwrap()
}

/// Lays something under the journal's name.
type Lay = fn(&Path);

/// Nothing waits for a writer, reads without end or follows a link.
#[test]
fn a_journal_that_is_no_file_of_ours_is_refused_at_once() {
    let fifo: Lay = |at| mknodat(CWD, at, FileType::Fifo, 0o600.into(), 0).unwrap();
    let directory: Lay = |at| std::fs::create_dir(at).unwrap();
    let link: Lay = |at| symlink("/etc/one", at).unwrap();
    let loose: Lay = |at| {
        laid(at).set_permissions(std::fs::Permissions::from_mode(0o666)).unwrap();
    };
    let zeros: Lay = |at| {
        // Only root makes devices; for others a file of zeros without end has to do.
        let device = mknodat(CWD, at, FileType::CharacterDevice, 0o600.into(), makedev(1, 5));
        if device.is_err() {
            laid(at).set_len(1 << 40).unwrap();
        }
    };
    for lay in [fifo, directory, link, loose, zeros] {
        let (fake, after) = applied();
        let at = fake.root().join(JOURNAL);
        std::fs::remove_file(&at).unwrap();
        lay(&at);
        let host = fake.offline();
        for error in every_way(&host) {
            assert!(matches!(error, Error::Refused { .. }), "{error:?}");
        }
        let told = history(&host).unwrap();
        assert_eq!((told.len(), told[0].status), (1, TransactionStatus::Unreadable));
        assert_eq!(differences(&after, &fake.files()), NONE);
    }
}

#[test]
fn a_lock_that_is_another_name_of_a_file_is_not_written_to() {
    let (fake, after) = applied();
    let lock = fake.root().join(STATE).join("lock");
    std::fs::remove_file(&lock).unwrap();
    std::fs::hard_link(fake.root().join("etc/one"), &lock).unwrap();
    for error in every_way(&fake.offline()) {
        assert!(error.to_string().contains("hard links"), "{error:?}");
    }
    assert_eq!(differences(&after, &fake.files()), NONE);
}

#[test]
fn a_damaged_journal_never_takes_a_good_node_back() {
    let flip = |at: fn(&[u8]) -> usize| {
        move |mut bytes: Vec<u8>| {
            let at = at(&bytes);
            bytes[at] ^= 1;
            bytes
        }
    };
    type Damage = Box<dyn Fn(Vec<u8>) -> Vec<u8>>;
    let damages: [(&str, Damage); 6] = [
        ("zeros", Box::new(|bytes| vec![0; bytes.len()])),
        ("empty", Box::new(|_| Vec::new())),
        ("no line", Box::new(|bytes| bytes[..20].to_vec())),
        ("a bit of the last line", Box::new(flip(|bytes| bytes.len() - 4))),
        ("its end of line", Box::new(flip(|bytes| bytes.len() - 1))),
        ("the end of zeros", Box::new(|bytes| [&bytes[..], &[0; 64]].concat())),
    ];
    for (name, damage) in damages {
        let (fake, after) = applied();
        let at = fake.root().join(JOURNAL);
        let bytes = damage(std::fs::read(&at).unwrap());
        fake.lay(JOURNAL, std::str::from_utf8(&bytes).unwrap());
        let host = fake.offline();
        for error in every_way(&host) {
            assert!(matches!(error, Error::Journal { .. }), "{name}: {error:?}");
        }
        let told = history(&host).unwrap();
        assert_eq!(told[0].status, TransactionStatus::Unreadable, "{name}");
        let why = told[0].failure.as_deref().unwrap();
        assert!(why.contains("000001.journal is damaged at line "), "{name}: {why}");
        assert_eq!(std::fs::read(&at).unwrap(), bytes, "{name}: it is left as evidence");
        assert_eq!(differences(&after, &fake.files()), NONE, "{name}");
        // What the message says helps: without the file the node stays as it is, and goes on.
        std::fs::remove_file(at).unwrap();
        assert!(recover(&host, Duration::ZERO, &mut NoProgress).unwrap().transactions.is_empty());
        apply_all(&host, &wish("again\n"));
    }
}

#[test]
fn names_that_are_none_are_told_and_in_nobodys_way() {
    let (fake, _) = applied();
    let odd = ["5.journal", "4294967295.journal", "000000.journal", "0000001.journal", "000001.journal~"];
    for name in odd {
        fake.lay(&format!("{STATE}/journals/{name}"), "rubbish");
    }
    let host = fake.offline();
    let mut told: Vec<_> = strangers(&host).unwrap();
    told.sort();
    let mut expected: Vec<_> =
        odd.iter().map(|name| fake.root().join(STATE).join("journals").join(name)).collect();
    expected.sort();
    assert_eq!(told, expected);
    assert_eq!(apply_all(&host, &wish("again\n")), Some(2));
    assert!(rollback(&host, Back::All, Duration::ZERO, &mut NoProgress).unwrap().is_complete());
}

#[test]
fn the_last_number_is_said_to_be_the_last() {
    let (fake, after) = applied();
    let journals = fake.root().join(STATE).join("journals");
    std::fs::rename(fake.root().join(JOURNAL), journals.join("999999.journal")).unwrap();
    let (host, desired) = (fake.offline(), wish("again\n"));
    let done = apply(&host, &desired, &plan_of(&host, &desired), &ApplyOptions::default(), &mut NoProgress);
    assert!(
        matches!(done, Err(ApplyError::NotBegun(Error::LastTransaction { last: 999_999, .. }))),
        "{done:?}"
    );
    assert_eq!(differences(&after, &fake.files()), NONE);
}

#[test]
fn with_nothing_to_take_back_nothing_is_made() {
    let fake = FakeHost::new(&[("etc/one", "old\n")]);
    let host = fake.offline();
    for back in [Back::Newest, Back::All] {
        assert!(rollback(&host, back, Duration::ZERO, &mut NoProgress).unwrap().transactions.is_empty());
    }
    assert!(recover(&host, Duration::ZERO, &mut NoProgress).unwrap().transactions.is_empty());
    assert!(matches!(confirm(&host, None, UNIX_EPOCH, Duration::ZERO), Err(Error::NotWaiting { .. })));
    let done = rollback(&host, Back::To(3), Duration::ZERO, &mut NoProgress);
    assert!(matches!(done, Err(Error::NoTransaction { id: 3 })), "{done:?}");
    assert!(!fake.root().join("var").exists());
}

#[test]
fn the_copy_of_a_bundle_goes_whose_run_was_killed_before_its_first_step() {
    let fake = FakeHost::new(&[("var/lib/k8sprep/bundles/.unpacking/packages/a.deb", "half\n")]);
    let host = fake.offline();
    assert!(recover(&host, Duration::ZERO, &mut NoProgress).unwrap().transactions.is_empty());
    assert!(!fake.root().join("var/lib/k8sprep/bundles").exists());
}

#[test]
fn without_its_backup_a_file_is_left_and_everything_else_goes_back() {
    let (fake, _) = applied();
    let backups = fake.root().join(STATE).join("backups");
    let lost = std::fs::read_dir(&backups).unwrap().map(|entry| entry.unwrap().path());
    let lost: Vec<_> = lost.filter(|path| std::fs::read(path).unwrap() == b"old one\n").collect();
    std::fs::remove_file(&lost[0]).unwrap();
    let host = fake.offline();
    let done = rollback(&host, Back::Newest, Duration::ZERO, &mut NoProgress).unwrap();
    assert!(!done.is_complete() && done.failures.is_empty(), "{done:?}");
    assert_eq!(done.kept.len(), 1);
    assert!(done.kept[0].lost && done.kept[0].why.ends_with("is missing"), "{done:?}");
    assert_eq!(fake.read("etc/one").as_deref(), Some("ours\n"));
    assert_eq!(fake.read("etc/two").as_deref(), Some("old two\n"));
    assert_eq!(history(&host).unwrap()[0].status, TransactionStatus::RolledBackInPart, "it is over");
    apply_all(&host, &wish("again\n"));
}

#[test]
fn a_plan_from_before_another_run_is_made_again_and_not_carried_out() {
    let fake = host();
    let (host, desired) = (fake.offline(), wish("ours\n"));
    let mut options = ApplyOptions::default();
    options.seen = Some(seen(&host).unwrap());
    let todo = plan_of(&host, &desired);
    apply_all(&host, &desired);
    let after = fake.files();
    let late = apply(&host, &desired, &todo, &options, &mut NoProgress);
    assert!(matches!(late, Err(ApplyError::NotBegun(Error::Overtaken))), "{late:?}");
    assert_eq!(differences(&after, &fake.files()), NONE);
    options.seen = Some(seen(&host).unwrap());
    rollback(&host, Back::Newest, Duration::ZERO, &mut NoProgress).unwrap();
    let late = apply(&host, &desired, &todo, &options, &mut NoProgress);
    assert!(
        matches!(late, Err(ApplyError::NotBegun(Error::Overtaken))),
        "a rollback is something too: {late:?}"
    );
    options.seen = Some(seen(&host).unwrap());
    assert!(!apply(&host, &desired, &todo, &options, &mut NoProgress).unwrap().stopped);
}

#[test]
fn a_hidden_file_of_a_run_whose_journal_is_gone_is_in_nobodys_way() {
    let fake = host();
    for step in 1..=3 {
        fake.lay(&format!("etc/.one.k8sprep-1-{step}"), "left\n");
        fake.lay(&format!("etc/.two.k8sprep-1-{step}"), "left\n");
    }
    apply_all(&fake.offline(), &wish("ours\n"));
    assert_eq!(fake.read("etc/one").as_deref(), Some("ours\n"));
}
