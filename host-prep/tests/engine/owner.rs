//! Two tools that embed the crate on one host: each writes its own names, and neither undoes what
//! the other did.

use std::time::Duration;

use host_prep::resource::{DeadMansSwitch, KernelModules, SwapOff, SysctlWish, Sysctls};
use host_prep::test_util::fake_host::FakeHost;
use host_prep::{
    ApplyOptions, Back, Desired, Host, Invocation, NoProgress, Owner, StepTitle, Watch, apply, history,
    rollback,
};

use super::{apply_all, lines, plan_of};

fn acme() -> Owner {
    "acme".parse().unwrap()
}

fn sysctl(key: &str, value: &str) -> Desired {
    Desired::new().with(Sysctls::new([SysctlWish::exactly(key.parse().unwrap(), value.parse().unwrap())]))
}

/// Files under /etc and everything in the state directories, by path.
fn names(fake: &FakeHost) -> Vec<String> {
    fake.files().keys().map(|path| path.display().to_string()).collect()
}

fn problems(host: &Host, desired: &Desired) -> Vec<String> {
    plan_of(host, desired).problems().iter().map(|problem| problem.what.clone()).collect()
}

#[test]
fn every_name_that_is_written_is_the_owners() {
    let fake = FakeHost::new(&[("etc/fstab", "/dev/sda2 none swap sw 0 0\n")]);
    let host = fake.offline().owned_by(acme());
    let switch = DeadMansSwitch::new(host.owner(), Invocation::new("/opt/acme", ["wait"]));
    let desired = sysctl("net.ipv4.ip_forward", "1")
        .with(KernelModules::new(["overlay".parse().unwrap()]))
        .with(SwapOff::new())
        .with(switch);
    apply_all(&host, &desired);
    for path in [
        "etc/sysctl.d/99-zz-acme.conf",
        "etc/modules-load.d/acme.conf",
        "etc/systemd/system/acme-confirm.service",
    ] {
        assert!(fake.read(path).unwrap().starts_with("# Written by acme"), "{path}");
    }
    assert_eq!(fake.read("etc/fstab").unwrap(), "# acme: swap is off: /dev/sda2 none swap sw 0 0\n");
    assert!(fake.root().join("var/lib/acme/journals").is_dir());
    let branded: Vec<_> = names(&fake).into_iter().filter(|name| name.contains("k8sprep")).collect();
    assert!(branded.is_empty() && !fake.root().join("var/lib/k8sprep").exists(), "{branded:?}");
}

#[test]
fn two_tools_keep_each_others_sysctls_and_roll_back_their_own() {
    let fake = FakeHost::new(&[("etc/", "")]);
    let (theirs, ours) = (fake.offline().owned_by(acme()), fake.offline());
    let (map, forward) = (sysctl("vm.max_map_count", "262144"), sysctl("net.ipv4.ip_forward", "1"));
    apply_all(&theirs, &map);
    apply_all(&ours, &forward);
    assert!(plan_of(&theirs, &map).is_done() && plan_of(&ours, &forward).is_done());
    assert_eq!((history(&theirs).unwrap().len(), history(&ours).unwrap().len()), (1, 1));
    rollback(&theirs, Back::Newest, Duration::ZERO, &mut NoProgress).unwrap();
    assert!(fake.read("etc/sysctl.d/99-zz-acme.conf").is_none());
    assert!(plan_of(&ours, &forward).is_done(), "{:?}", lines(&plan_of(&ours, &forward)));
}

#[test]
fn two_tools_that_want_different_values_are_both_told() {
    let fake = FakeHost::new(&[("etc/", "")]);
    apply_all(&fake.offline().owned_by(acme()), &sysctl("vm.max_map_count", "262144"));
    let found = problems(&fake.offline(), &sysctl("vm.max_map_count", "1000000"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("99-zz-acme.conf:2 sets vm.max_map_count to 262144"), "{found:?}");
    assert!(found[0].contains("k8sprep wants 1000000"), "{found:?}");
}

/// Stops a run in its first step, where it is asked, and says what another tool is told meanwhile.
struct Meanwhile<'a>(&'a mut dyn FnMut());

impl Watch for Meanwhile<'_> {
    fn step(&mut self, _: StepTitle<'_>, _: usize) {
        (self.0)();
    }
}

#[test]
fn two_tools_never_change_a_host_at_once() {
    let fake = FakeHost::new(&[("etc/", "")]);
    let (theirs, ours) = (fake.offline().owned_by(acme()), fake.offline());
    let (map, forward) = (sysctl("vm.max_map_count", "262144"), sysctl("net.ipv4.ip_forward", "1"));
    let (todo, mut told) = (plan_of(&ours, &forward), None);
    let mut try_ours = || {
        told = Some(apply(&ours, &forward, &todo, &ApplyOptions::default(), &mut NoProgress).map(drop));
    };
    let plan = plan_of(&theirs, &map);
    apply(&theirs, &map, &plan, &ApplyOptions::default(), &mut Meanwhile(&mut try_ours)).map(drop).unwrap();
    let refused = told.expect("the other tool was at work").unwrap_err().to_string();
    assert!(refused.starts_with("another tool is changing this host"), "{refused}");
    apply_all(&ours, &forward);
}

#[test]
fn nothing_is_begun_on_what_another_tool_left_half_done() {
    let fake = FakeHost::new(&[("etc/", "")]);
    let (theirs, ours) = (fake.offline().owned_by(acme()), fake.offline());
    apply_all(&theirs, &sysctl("vm.max_map_count", "262144"));
    // As a kill leaves it: the record of the end never got there.
    let journal = fake.root().join("var/lib/acme/journals/000001.journal");
    let text = std::fs::read_to_string(&journal).unwrap();
    let end = text.trim_end().rfind('\n').unwrap() + 1;
    std::fs::write(&journal, &text[..end]).unwrap();
    let forward = sysctl("net.ipv4.ip_forward", "1");
    let todo = plan_of(&ours, &forward);
    let refused = apply(&ours, &forward, &todo, &ApplyOptions::default(), &mut NoProgress).unwrap_err();
    let words = "transaction 1 of acme was interrupted; finish it with acme first";
    assert_eq!((refused.cause().to_string(), history(&ours).unwrap().len()), (words.to_owned(), 0));
    rollback(&theirs, Back::Newest, Duration::ZERO, &mut NoProgress).unwrap();
    apply_all(&ours, &forward);
}

#[test]
fn sets_of_two_parties_become_one_and_a_contradiction_names_both() {
    let fake = FakeHost::new(&[("etc/", "")]);
    let both = sysctl("net.ipv4.ip_forward", "1").and(&sysctl("vm.max_map_count", "262144"));
    apply_all(&fake.offline(), &both);
    let file = fake.read("etc/sysctl.d/99-zz-k8sprep.conf").unwrap();
    assert!(file.contains("net.ipv4.ip_forward = 1\nvm.max_map_count = 262144\n"), "{file}");
    let modules = |name: &str| Desired::new().with(KernelModules::new([name.parse().unwrap()]));
    assert_eq!(modules("overlay").and(&modules("br_netfilter")).resources().count(), 1);

    let wish = |value: &str, why: &str| {
        let wish = SysctlWish::exactly("vm.max_map_count".parse().unwrap(), value.parse().unwrap());
        Desired::new().with(Sysctls::new([wish.because(why)]))
    };
    let found =
        problems(&fake.offline(), &wish("262144", "the search index").and(&wish("65530", "a policy")));
    assert_eq!(found, ["vm.max_map_count is wanted as 262144 (the search index) and as 65530 (a policy)"]);
    let least = |number| {
        Desired::new().with(Sysctls::new([SysctlWish::at_least("vm.max_map_count".parse().unwrap(), number)]))
    };
    assert!(problems(&fake.offline(), &wish("262144", "x").and(&least(65_530))).is_empty());
    assert!(!problems(&fake.offline(), &wish("65530", "x").and(&least(262_144))).is_empty());
}
