use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use host_prep::distro::PackageManager;
use host_prep::fs::Root;
use host_prep::package::Holds;
use host_prep::resource::{DeadMansSwitch, Managed};
use host_prep::test_util::fake_host::{FakeHost, differences};
use host_prep::{
    ApplyError, ApplyOptions, Back, Commands, Desired, Error, Host, Invocation, NoProgress, OnFailure,
    Outcome, Rollback, StepStatus, TransactionStatus, Watch, apply, confirm, history, roll_back_unconfirmed,
    rollback, rollback_by_force,
};

use super::{NONE, apply_all, plan_of};

fn host() -> FakeHost {
    FakeHost::new(&[("etc/one", "old one\n"), ("etc/two", "old two\n"), ("var/lib/", "")])
}

fn wish(one: &str) -> Desired {
    Desired::new().with(Managed::file("crio", "/etc/one", one)).with(Managed::file(
        "kubeadm",
        "/etc/new/dir/file",
        "x",
    ))
}

fn back(host: &Host, how: Back) -> Rollback {
    rollback(host, how, Duration::ZERO, &mut NoProgress).unwrap()
}

#[test]
fn transactions_are_rolled_back_newest_first_or_all_at_once() {
    let fake = host();
    let (host, first) = (fake.offline(), fake.files());
    apply_all(&host, &wish("1\n"));
    let second = fake.files();
    apply_all(&host, &wish("2\n"));
    apply_all(&host, &wish("3\n"));
    assert_eq!(back(&host, Back::To(1)).transactions, [3, 2]);
    assert_eq!(differences(&second, &fake.files()), NONE);
    assert_eq!(back(&host, Back::Newest).transactions, [1]);
    assert_eq!(differences(&first, &fake.files()), NONE);
    assert!(back(&host, Back::Newest).transactions.is_empty());
    assert!(history(&host).unwrap().iter().all(|one| one.status == TransactionStatus::RolledBack));
    assert!(matches!(
        rollback(&host, Back::To(9), Duration::ZERO, &mut NoProgress),
        Err(Error::NoTransaction { id: 9 })
    ));
}

#[test]
fn what_somebody_changed_since_is_kept_and_the_old_one_laid_beside_it() {
    let fake = host();
    let host = fake.offline();
    apply_all(&host, &wish("ours\n"));
    fake.lay("etc/one", "theirs\n");
    fake.lay("etc/new/dir/other", "theirs\n");
    let done = back(&host, Back::Newest);
    assert!(!done.is_complete());
    assert_eq!(done.kept.len(), 1);
    assert_eq!(done.kept[0].wanted.as_deref(), Some(std::path::Path::new("/etc/.one.k8sprep-wanted")));
    assert_eq!(fake.read("etc/one").as_deref(), Some("theirs\n"));
    assert_eq!(fake.read("etc/.one.k8sprep-wanted").as_deref(), Some("old one\n"));
    assert_eq!(fake.read("etc/new/dir/file"), None);
    assert_eq!(fake.read("etc/new/dir/other").as_deref(), Some("theirs\n"), "a directory in use stays");
    let told = &history(&host).unwrap()[0];
    assert_eq!(told.status, TransactionStatus::RolledBackInPart);
    assert_eq!(told.steps[0].status, StepStatus::Kept);
}

#[test]
fn a_mode_somebody_changed_since_is_kept() {
    let fake = host();
    let host = fake.offline();
    apply_all(&host, &wish("ours\n"));
    fake.chmod("etc/one", 0o600);
    assert_eq!(back(&host, Back::Newest).kept.len(), 1);
    assert_eq!(fake.read("etc/one").as_deref(), Some("ours\n"));
}

/// Makes the second step impossible while the first is shown.
struct Saboteur<'a>(&'a FakeHost);

impl Watch for Saboteur<'_> {
    fn step(&mut self, step: host_prep::StepTitle<'_>, _: usize) {
        if step.number == 2 {
            self.0.lay("etc/new", "in the way of a directory");
        }
    }
}

#[test]
fn a_failed_step_takes_the_others_back_or_leaves_them_as_asked() {
    for (on_failure, one) in [(OnFailure::RollBack, "old one\n"), (OnFailure::Stop, "ours\n")] {
        let fake = host();
        let (host, desired) = (fake.offline(), wish("ours\n"));
        let mut options = ApplyOptions::default();
        options.on_failure = on_failure;
        let error = apply(&host, &desired, &plan_of(&host, &desired), &options, &mut Saboteur(&fake));
        let error = error.unwrap_err();
        let failed = error.failed().unwrap();
        assert_eq!(failed.taken, 1);
        assert_eq!(failed.is_rolled_back(), on_failure == OnFailure::RollBack);
        assert_eq!(fake.read("etc/one").as_deref(), Some(one), "{on_failure:?}");
    }
}

/// Stops after the first step.
#[derive(Default)]
pub(crate) struct Stopper(usize);

impl Watch for Stopper {
    fn stops(&mut self) -> bool {
        self.0 += 1;
        self.0 > 1
    }
}

#[test]
fn a_stop_comes_at_a_steps_edge_and_the_journal_is_clean() {
    let fake = host();
    let (host, desired, before) = (fake.offline(), wish("ours\n"), fake.files());
    let todo = plan_of(&host, &desired);
    let applied = apply(&host, &desired, &todo, &ApplyOptions::default(), &mut Stopper::default()).unwrap();
    assert_eq!((applied.stopped, applied.taken), (true, 1));
    assert_eq!(history(&host).unwrap()[0].status, TransactionStatus::Stopped);
    apply_all(&host, &desired);
    assert!(back(&host, Back::All).is_complete());
    assert_eq!(differences(&before, &fake.files()), NONE);
}

#[test]
fn an_interrupted_rollback_goes_on_where_it_stopped() {
    let fake = host();
    let (host, before) = (fake.offline(), fake.files());
    apply_all(&host, &wish("ours\n"));
    let half = rollback(&host, Back::Newest, Duration::ZERO, &mut Stopper::default()).unwrap();
    assert_eq!((half.undone, half.is_complete()), (1, false));
    let desired = wish("again\n");
    let refused =
        apply(&host, &desired, &plan_of(&host, &desired), &ApplyOptions::default(), &mut NoProgress);
    assert!(matches!(refused, Err(ApplyError::NotBegun(Error::Interrupted { id: 1 }))));
    assert!(back(&host, Back::Newest).is_complete());
    assert_eq!(differences(&before, &fake.files()), NONE);
}

#[test]
fn one_step_alone_can_be_taken() {
    let fake = host();
    let (host, desired) = (fake.offline(), wish("ours\n"));
    let mut options = ApplyOptions::default();
    options.only_step = Some(2);
    let applied = apply(&host, &desired, &plan_of(&host, &desired), &options, &mut NoProgress).unwrap();
    assert_eq!(applied.taken, 1);
    assert_eq!(fake.read("etc/one").as_deref(), Some("old one\n"));
    assert_eq!(fake.read("etc/new/dir/file").as_deref(), Some("x"));
    options.only_step = Some(7);
    let none = apply(&host, &desired, &plan_of(&host, &desired), &options, &mut NoProgress);
    assert!(matches!(none, Err(ApplyError::NotBegun(Error::NoStep { step: 7, .. }))));
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn what_nobody_confirms_in_time_is_rolled_back() {
    let (now, end) = (at(1_000), at(1_600));
    for confirmed in [false, true] {
        let fake = host();
        let (host, desired, before) = (fake.offline(), wish("ours\n"), fake.files());
        let mut options = ApplyOptions::default();
        (options.now, options.confirm_by) = (Some(now), Some(end));
        apply(&host, &desired, &plan_of(&host, &desired), &options, &mut NoProgress).map(drop).unwrap();
        let early =
            roll_back_unconfirmed(&host, end - Duration::from_secs(1), Duration::ZERO, &mut NoProgress)
                .unwrap();
        assert!(early.transactions.is_empty());
        if confirmed {
            assert_eq!(confirm(&host, None, now, Duration::ZERO).unwrap(), [1]);
        }
        let done = roll_back_unconfirmed(&host, end, Duration::ZERO, &mut NoProgress).unwrap();
        assert_eq!(done.transactions.is_empty(), confirmed);
        assert_eq!(fake.files() == before, !confirmed);
        assert!(matches!(confirm(&host, None, end, Duration::ZERO), Err(Error::NotWaiting { .. })));
    }
}

/// The switch is the first to come. Confirmed, it goes alone; rolled back, it goes with everything.
#[test]
fn the_switch_goes_when_it_is_confirmed_and_when_everything_goes() {
    const UNIT: &str = "etc/systemd/system/k8sprep-confirm.service";
    for confirmed in [false, true] {
        let fake = host();
        let (host, before) = (fake.offline(), fake.files());
        let desired = wish("ours\n").with(DeadMansSwitch::new(
            &host_prep::Owner::default(),
            Invocation::new("/opt/k8s prep", ["a$b", "%h"]),
        ));
        let mut options = ApplyOptions::default();
        (options.now, options.confirm_by) = (Some(at(1_000)), Some(at(1_600)));
        let todo = plan_of(&host, &desired);
        assert_eq!(todo.steps()[0].resource, "switch");
        apply(&host, &desired, &todo, &options, &mut NoProgress).map(drop).unwrap();
        let unit = fake.read(UNIT).unwrap();
        assert!(unit.contains("\nExecStart=\"/opt/k8s prep\" \"a$$b\" \"%%h\"\n"), "{unit}");
        let link = fake.root().join("etc/systemd/system/multi-user.target.wants/k8sprep-confirm.service");
        assert!(link.is_symlink());
        if confirmed {
            assert_eq!(confirm(&host, None, at(1_100), Duration::ZERO).unwrap(), [1]);
            assert!(fake.read(UNIT).is_none() && !link.is_symlink());
            assert!(plan_of(&host, &wish("ours\n")).is_done());
            let told = host_prep::history(&host).unwrap();
            assert_eq!(
                told[0].status,
                host_prep::TransactionStatus::Applied,
                "a confirmed one is not interrupted"
            );
            assert!(
                host_prep::recover(&host, Duration::ZERO, &mut NoProgress).unwrap().transactions.is_empty()
            );
            rollback(&host, Back::Newest, Duration::ZERO, &mut NoProgress).unwrap();
        } else {
            roll_back_unconfirmed(&host, at(1_600), Duration::ZERO, &mut NoProgress).unwrap();
        }
        assert_eq!(differences(&before, &fake.files()), NONE);
    }
}

#[test]
fn a_damaged_journal_stops_everything_and_says_where() {
    let fake = host();
    let (host, desired) = (fake.offline(), wish("ours\n"));
    apply_all(&host, &desired);
    let journal = "var/lib/k8sprep/journals/000001.journal";
    let text = fake.read(journal).unwrap();
    fake.lay(journal, &text.replacen("old", "odd", 1).replacen("crio", "cri0", 1));
    let after = fake.files();
    let done = rollback(&host, Back::Newest, Duration::ZERO, &mut NoProgress);
    assert!(matches!(done, Err(Error::Journal { line: 1, .. })), "{done:?}");
    assert_eq!(differences(&after, &fake.files()), NONE);
}

/// A host of dpkg whose `apt-mark unhold` fails so many times.
#[derive(Debug)]
struct AptMark {
    status: PathBuf,
    fails: Mutex<usize>,
}

impl Commands for AptMark {
    fn run(&self, command: &Invocation) -> std::io::Result<Outcome> {
        let state = match command.args.first().map(String::as_str) {
            Some("hold") => "hold",
            Some("unhold") => {
                let mut fails = self.fails.lock().unwrap();
                if let Some(left) = fails.checked_sub(1) {
                    *fails = left;
                    return Ok(Outcome::new(100, "", "dpkg: error: dpkg database is locked"));
                }
                "install"
            }
            _ => return Ok(Outcome::new(0, "", "")),
        };
        std::fs::write(&self.status, dpkg_status(state))?;
        Ok(Outcome::new(0, "", ""))
    }
}

fn dpkg_status(state: &str) -> String {
    format!("Package: kubelet\nStatus: {state} ok installed\nArchitecture: amd64\nVersion: 1.34.0-1.1\n\n")
}

fn with_a_hold(fake: &FakeHost, fails: usize) -> Host {
    fake.lay("var/lib/dpkg/status", &dpkg_status("install"));
    let status = fake.root().join("var/lib/dpkg/status");
    let apt_mark = AptMark { status, fails: Mutex::new(fails) };
    let host = Host::with_commands(Root::open(fake.root()).unwrap(), Arc::new(apt_mark));
    apply_all(&host, &wish("ours\n").with(Holds::new(PackageManager::Apt, ["kubelet".to_owned()])));
    host
}

#[test]
fn an_undo_that_failed_stays_open_and_is_tried_again() {
    type Again = fn(&Host) -> Rollback;
    let again: [Again; 2] = [
        |host| back(host, Back::Newest),
        |host| host_prep::recover(host, Duration::ZERO, &mut NoProgress).unwrap(),
    ];
    for again in again {
        let fake = host();
        let host = with_a_hold(&fake, 1);
        let first = back(&host, Back::Newest);
        assert!(!first.is_complete() && first.kept.is_empty(), "{first:?}");
        assert!(first.failures[0].to_string().contains("database is locked"), "{first:?}");
        assert_eq!(fake.read("etc/one").as_deref(), Some("old one\n"), "files do not wait for it");
        assert_eq!(history(&host).unwrap()[0].status, TransactionStatus::Interrupted);
        let second = again(&host);
        assert!(second.is_complete() && second.undone == 1, "{second:?}");
        assert_eq!(history(&host).unwrap()[0].status, TransactionStatus::RolledBack);
        assert_eq!(fake.read("var/lib/dpkg/status"), Some(dpkg_status("install")));
    }
}

#[test]
fn by_force_an_undo_that_fails_again_is_left_and_told() {
    let fake = host();
    let host = with_a_hold(&fake, usize::MAX);
    for _ in 0..2 {
        assert_eq!(back(&host, Back::Newest).failures.len(), 1);
    }
    let forced = rollback_by_force(&host, Back::Newest, Duration::ZERO, &mut NoProgress).unwrap();
    assert!(forced.failures.is_empty() && forced.kept[0].why.contains("is locked"), "{forced:?}");
    assert_eq!(history(&host).unwrap()[0].status, TransactionStatus::RolledBackInPart);
}
