use host_prep::resource::Managed;
use host_prep::service::{UnitWish, Units, follow};
use host_prep::{ApplyOptions, Desired, Need, NoProgress, apply, observe, plan};
use k8sprep_tests::scripted::Scripted;

use super::{host, lines, show, unit};

/// systemd, asked about CRI-O and the kubelet.
fn both(crio: &str, kubelet: &str) -> (String, String) {
    (show(&["crio.service", "kubelet.service"]), format!("{crio}\n{kubelet}"))
}

fn crio() -> Desired {
    Desired::new().with(Units::new([
        UnitWish::running("crio.service", "kubelet talks to it"),
        UnitWish::enabled("kubelet.service", "kubeadm starts it"),
    ]))
}

#[test]
fn a_host_that_is_right_is_left_alone() {
    let (asked, said) = both(&unit("loaded", "enabled", "active"), &unit("loaded", "enabled", "activating"));
    let (_dir, host, script) = host(Scripted::new().says(&asked, &said));
    assert!(plan(&crio(), &observe(&host, &crio())).is_done());
    assert_eq!(script.calls(), [asked], "one call for all units");
}

#[test]
fn a_masked_unit_is_unmasked_enabled_and_started_and_all_of_it_goes_back() {
    let kubelet = unit("loaded", "enabled", "inactive");
    let (asked, before) = both(&unit("masked", "masked", "inactive"), &kubelet);
    let (_, after) = both(&unit("loaded", "enabled", "active"), &kubelet);
    let (_dir, host, script) = host(Scripted::new().says(&asked, &before).says(&asked, &after));
    let todo = plan(&crio(), &observe(&host, &crio()));
    assert_eq!(lines(&todo), ["unmask crio.service", "enable crio.service", "start crio.service"]);
    let applied = apply(&host, &crio(), &todo, &ApplyOptions::default(), &mut NoProgress).unwrap();
    assert!(!applied.stopped, "{applied:?}");
    host_prep::rollback(&host, host_prep::Back::Newest, Default::default(), &mut NoProgress).unwrap();
    assert_eq!(
        script.changes(),
        [
            "systemctl unmask crio.service",
            "systemctl daemon-reload",
            "systemctl enable crio.service",
            "systemctl start crio.service",
            "systemctl is-active --quiet crio.service",
            "systemctl stop crio.service",
            "systemctl disable crio.service",
            "systemctl mask crio.service",
        ]
    );
}

#[test]
fn a_service_that_does_not_start_is_told_with_its_log_and_rolled_back() {
    let (asked, said) = both(&unit("loaded", "disabled", "inactive"), &unit("loaded", "enabled", "inactive"));
    let script = Scripted::new()
        .says(&asked, &said)
        .ends("systemctl start crio.service", 1, "", "Job for crio.service failed.\n")
        .says(
            "journalctl --unit crio.service",
            "starting\nlevel=fatal msg=\"validating runtime config: bad cgroup\"\n",
        );
    let (_dir, host, script) = host(script);
    let todo = plan(&crio(), &observe(&host, &crio()));
    let refused = apply(&host, &crio(), &todo, &ApplyOptions::default(), &mut NoProgress).unwrap_err();
    let said = refused.cause().to_string();
    assert!(
        said.contains(
            "its last log lines: starting | level=fatal msg=\"validating runtime config: bad cgroup\""
        ),
        "{said}"
    );
    assert!(refused.failed().unwrap().is_rolled_back());
    assert!(
        script
            .changes()
            .ends_with(&["systemctl stop crio.service".into(), "systemctl disable crio.service".into()])
    );
}

#[test]
fn a_unit_that_nothing_installs_is_a_problem_and_one_that_shall_stop_is_not() {
    let (_, missing) = both(&unit("not-found", "", "inactive"), &unit("not-found", "", "inactive"));
    let (_dir, host, _) = host(Scripted::new().says("systemctl show", &missing));
    let desired = Desired::new().with(Units::new([
        UnitWish::running("crio.service", "kubelet talks to it"),
        UnitWish::stopped("firewalld.service", "the spec says so"),
    ]));
    let todo = plan(&desired, &observe(&host, &desired));
    assert!(todo.steps().is_empty());
    let what: Vec<_> = todo.problems().iter().map(|problem| problem.what.as_str()).collect();
    assert_eq!(what, ["there is no unit crio.service"]);
}

#[test]
fn what_is_started_anyway_is_not_restarted() {
    let desired = Desired::new()
        .with(
            Managed::file("crio", "/etc/crio/crio.conf.d/99.conf", "x\n")
                .needing([Need::Restart { unit: "crio.service".into() }]),
        )
        .with(Managed::file("proxy", "/etc/systemd/system/crio.service.d/p.conf", "[Service]\n").needing([
            Need::DaemonReload,
            Need::Restart { unit: "crio.service".into() },
            Need::Restart { unit: "kubelet.service".into() },
        ]))
        .and(&crio());
    let kubelet = unit("loaded", "enabled", "active");
    let planned = |active: &str| {
        let (asked, said) = both(&unit("loaded", "enabled", active), &kubelet);
        let (_dir, host, _) = host(Scripted::new().says(&asked, &said));
        plan(&desired, &observe(&host, &desired))
    };
    let restart = |unit: &str| Need::Restart { unit: unit.to_owned() };
    let stopped = planned("inactive");
    assert_eq!(stopped.needs(), [Need::DaemonReload, restart("kubelet.service")]);
    // It must not start with what systemd remembers of its files.
    let last = stopped.steps().last().unwrap().change.diff();
    assert!(last.starts_with("$ systemctl daemon-reload\n$ systemctl start crio.service\n"), "{last}");
    let runs = planned("active");
    assert_eq!(runs.needs(), [Need::DaemonReload, restart("crio.service"), restart("kubelet.service")]);
}

#[test]
fn an_answer_about_other_units_is_none() {
    let (_dir, host, _) = host(Scripted::new().says("systemctl show", &unit("loaded", "enabled", "active")));
    let todo = plan(&crio(), &observe(&host, &crio()));
    assert_eq!(todo.steps().len(), 0);
    let why = "what crio.service does is not known: systemctl was asked about 2 units and answered about 1";
    assert_eq!(todo.problems()[0].what, why);
}

#[test]
fn what_steps_need_is_done_and_a_reboot_is_left() {
    let (_dir, host, script) = host(Scripted::new());
    let unit = || "crio.service".to_owned();
    let needs =
        [Need::DaemonReload, Need::Reload { unit: unit() }, Need::Restart { unit: unit() }, Need::Reboot];
    assert_eq!(follow(&host, &needs, &mut NoProgress).unwrap(), [Need::Reboot]);
    assert_eq!(
        script.calls(),
        [
            "systemctl daemon-reload",
            "systemctl try-reload-or-restart crio.service",
            "systemctl try-restart crio.service"
        ]
    );
}
