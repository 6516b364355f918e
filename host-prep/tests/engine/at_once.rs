use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use host_prep::resource::Managed;
use host_prep::test_util::fake_host::FakeHost;
use host_prep::{ApplyError, ApplyOptions, Desired, Error, NoProgress, StepTitle, Watch, apply, history};

use super::plan_of;

/// Holds an apply inside its step until it is let go.
struct Held {
    inside: Sender<()>,
    go: Receiver<()>,
}

impl Watch for Held {
    fn step(&mut self, _: StepTitle<'_>, _: usize) {
        let _ = self.inside.send(());
        let _ = self.go.recv_timeout(Duration::from_secs(20));
    }
}

#[test]
fn a_second_apply_says_who_is_at_work_or_waits() {
    let fake = FakeHost::new(&[("etc/", "")]);
    let wish = |text| Desired::new().with(Managed::file("crictl", "/etc/crictl.yaml", text));
    let (inside, entered) = channel();
    let (let_go, go) = channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (host, desired) = (fake.offline(), wish("first\n"));
            let todo = plan_of(&host, &desired);
            apply(&host, &desired, &todo, &ApplyOptions::default(), &mut Held { inside, go })
                .map(drop)
                .unwrap();
        });
        entered.recv_timeout(Duration::from_secs(20)).unwrap();
        let (host, desired) = (fake.offline(), wish("second\n"));
        let todo = plan_of(&host, &desired);
        let mut options = ApplyOptions::default();
        let refused = apply(&host, &desired, &todo, &options, &mut NoProgress);
        let Err(ApplyError::NotBegun(Error::Locked { holder, .. })) = refused else { panic!("{refused:?}") };
        assert_eq!(holder, format!("process {}", std::process::id()));
        let_go.send(()).unwrap();
        options.wait = Duration::from_secs(20);
        // The plan was made when there was no file: now there is one, and it is not overwritten unseen.
        let late = apply(&host, &desired, &todo, &options, &mut NoProgress).unwrap_err();
        assert!(late.failed().is_some() && matches!(late.cause(), Error::Changed { .. }), "{late:?}");
        assert_eq!(fake.read("etc/crictl.yaml").as_deref(), Some("first\n"));
        apply(&host, &desired, &plan_of(&host, &desired), &options, &mut NoProgress).map(drop).unwrap();
    });
    assert_eq!(fake.read("etc/crictl.yaml").as_deref(), Some("second\n"));
    assert_eq!(history(&fake.offline()).unwrap().len(), 3);
}
