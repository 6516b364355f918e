//! Whole specs on the trees of distributions and on random ones, as the program makes them.

use std::time::Duration;

use host_prep::test_util::trees::{CENTOS_7, LEAP, OPENEULER, ROCKY_9, UBUNTU};
use host_prep::{ApplyOptions, Back, Desired, Host, NoProgress, Plan, apply, rollback, verify};
use k8sprep_tests::fake_host::{FakeHost, differences};
use k8sprep_tests::there_and_back::{self, Readers};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

/// What specs differ in, each a document of its own.
const SPECS: &[&str] = &[
    "kubernetesVersion: v1.34.0\n",
    "kubernetesVersion: v1.15.1\nmirrors: {images: aliyun}\nselinux: permissive\nmodules: [ip_vs]\n",
    "kubernetesVersion: v1.36.3\nrole: worker\nselinux: enforcing\nswap: keep\njoin: {discoveryFile: /etc/d.conf}\n",
    "kubernetesVersion: v1.30.2\ncgroupDriver: cgroupfs\nproxy: {httpProxy: 'http://u:secret@p:1'}\n\
     registryMirrors: {docker.io: [m.example.com]}\nsysctls: {vm.max_map_count: 262144}\n\
     networking: {podSubnet: '10.244.0.0/16,fd00:1::/64', serviceSubnet: '10.96.0.0/12,fd00:2::/108', plugin: flannel}\n",
];

/// Every spec on every tree, as the program makes it: applied, nothing is left to do; rolled back,
/// nothing is left of it.
#[test]
fn every_spec_on_every_tree_goes_there_and_back() {
    let token = || "abcdef.0123456789abcdef".parse().unwrap();
    for (name, files) in [
        ("CentOS 7", CENTOS_7),
        ("Rocky 9", ROCKY_9),
        ("Leap", LEAP),
        ("Ubuntu", UBUNTU),
        ("openEuler", OPENEULER),
    ] {
        for text in SPECS {
            let spec = format!("{text}nodeName: n1\nadvertiseAddress: 192.0.2.7\n");
            let spec = k8sprep::recipe::NodeSpec::from_yaml(&spec).unwrap();
            let fake = FakeHost::new(files);
            for (path, content) in files.iter().filter(|(path, _)| path.ends_with("modules.builtin")) {
                fake.lay(path, &format!("{content}kernel/net/nf_conntrack.ko\nkernel/net/ip_vs.ko\n"));
            }
            if text.contains("enforcing") && !files.iter().any(|(path, _)| *path == "etc/selinux/config") {
                fake.lay("etc/selinux/config", "SELINUX=permissive\n");
            }
            let (host, before) = (fake.offline(), fake.files());
            let wanted = || {
                let facts = host_prep::facts::observe(&host, &Default::default());
                k8sprep::recipe::desired(&spec, &facts, token()).unwrap().desired
            };
            let todo = plan_of(&host, &wanted());
            let problems: Vec<_> = todo.problems().iter().map(|problem| problem.what.as_str()).collect();
            assert!(problems.is_empty(), "{name}, {text}: {problems:?}");
            let shown = serde_json::to_string(&todo).unwrap()
                + &todo.steps().iter().map(|step| step.change.diff()).collect::<String>();
            assert!(!shown.contains("secret@"), "{name}: a password is shown");
            apply_all(&host, &wanted());
            assert!(
                plan_of(&host, &wanted()).is_done(),
                "{name}, {text}: facts seen anew want something else"
            );
            assert!(rollback(&host, Back::All, Duration::ZERO, &mut NoProgress).unwrap().is_complete());
            assert_eq!(differences(&before, &fake.files()), [""; 0], "{name}, {text}");
        }
    }
}

fn plan_of(host: &Host, desired: &Desired) -> Plan {
    verify(host, desired)
}

fn apply_all(host: &Host, desired: &Desired) {
    let applied =
        apply(host, desired, &plan_of(host, desired), &ApplyOptions::default(), &mut NoProgress).unwrap();
    assert!(!applied.stopped, "{applied:?}");
    assert!(plan_of(host, desired).is_done());
}

proptest! {
    #![proptest_config(test_kit::repeatable!(160))]

    /// The same for random specs on random hosts; the program `there_and_back` tries thousands.
    #[test]
    fn any_spec_on_any_host_goes_there_and_back(case in there_and_back::cases(Readers::Owner)) {
        there_and_back::check(&case).map_err(TestCaseError::fail)?;
    }
}
