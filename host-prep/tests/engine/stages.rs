//! Two stages in one transaction: what the second one is, the first one's result decides.

use std::time::Duration;

use host_prep::resource::{Managed, Obstacle};
use host_prep::test_util::fake_host::{FakeHost, differences};
use host_prep::{ApplyOptions, Back, Desired, NoProgress, apply_in_stages, history, rollback};

use super::{NONE, plan_of};

fn file(path: &str, text: &str) -> Desired {
    Desired::new().with(Managed::file("crio", path, text))
}

#[test]
fn the_second_stage_sees_the_first_and_one_rollback_takes_back_both() {
    let fake = FakeHost::new(&[("etc/hostname", "n1\n")]);
    let (host, before) = (fake.offline(), fake.files());
    let first = file("/etc/one", "1\n");
    let mut next = || Ok(file("/etc/two", &format!("after {}", fake.read("etc/one").unwrap_or_default())));
    let plan = plan_of(&host, &first);
    let done =
        apply_in_stages(&host, &first, &plan, &mut next, &ApplyOptions::default(), &mut NoProgress).unwrap();
    assert_eq!((done.taken, fake.read("etc/two").as_deref()), (2, Some("after 1\n")));
    let told = history(&host).unwrap();
    let numbers: Vec<_> = told[0].steps.iter().map(|step| (step.number, step.subject.as_str())).collect();
    assert_eq!(numbers, [(1, "/etc/one"), (2, "/etc/two")]);
    assert!(rollback(&host, Back::Newest, Duration::ZERO, &mut NoProgress).unwrap().is_complete());
    assert_eq!(differences(&before, &fake.files()), NONE);
}

#[test]
fn a_second_stage_that_cannot_be_takes_the_first_back() {
    let fake = FakeHost::new(&[("etc/hostname", "n1\n")]);
    let (host, before) = (fake.offline(), fake.files());
    let first = file("/etc/one", "1\n");
    let mut next = || {
        Ok(file("/etc/two", "2\n").with(Obstacle::new(
            "service",
            "unit-missing",
            "there is no unit x",
            "install it",
        )))
    };
    let plan = plan_of(&host, &first);
    let error = apply_in_stages(&host, &first, &plan, &mut next, &ApplyOptions::default(), &mut NoProgress);
    let error = error.unwrap_err();
    assert!(error.cause().to_string().contains("there is no unit x"));
    assert!(error.failed().unwrap().is_rolled_back());
    assert_eq!(error.to_string(), "transaction 1 failed and was rolled back");
    assert_eq!(differences(&before, &fake.files()), NONE);
}
