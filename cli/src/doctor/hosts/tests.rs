//! Each comparison fires where hosts do not fit, names the odd ones, and is silent where they do.

use std::time::SystemTime;

use super::*;

fn now() -> SystemTime {
    "2027-01-01T12:00:00Z".parse::<jiff::Timestamp>().unwrap().into()
}

fn value(text: &str) -> Value {
    Value::new(text, None)
}

/// A node that fits to all others of other numbers.
fn node(number: u32) -> Profile {
    let some = |text: &str| Some(value(text));
    Profile {
        name: some(&format!("n{number}")),
        collected: Some("2027-01-01T11:59:00Z".to_owned()),
        member: true,
        control_plane: number == 1,
        ca: vec![value("sha256:aa")],
        addresses: vec![value(&format!("192.0.{}.{}", number / 250, number % 250))],
        machine_id: some(&format!("sha256-{number}")),
        product_uuid: some(&format!("sha256-u{number}")),
        kubelet: some("1.34"),
        kubernetes: if number == 1 { some("1.34") } else { None },
        pause_image: some("registry.k8s.io/pause:3.10.1"),
        cgroup_driver: some("systemd"),
        network: some("cbr0 (flannel)"),
        mtu: some("1450 on flannel.1"),
        mirrors: some("no mirror"),
        pod_ranges: vec![value(&format!("10.{}.{}.1/24", 100 + number / 250, number % 250))],
    }
}

fn compared(nodes: impl IntoIterator<Item = Profile>) -> Compared {
    let hosts: Vec<HostProfile> =
        nodes.into_iter().enumerate().map(|(at, one)| HostProfile::new(format!("{at}.json"), one)).collect();
    compare(&hosts, now())
}

/// Five nodes, the last of which is made odd: the code, and who is named with which value.
fn odd(change: impl Fn(&mut Profile)) -> Vec<(&'static str, Vec<(String, String)>)> {
    let mut nodes: Vec<Profile> = (1..=5).map(node).collect();
    change(&mut nodes[4]);
    let of = |says: Says| (says.host, says.value);
    let told = compared(nodes).findings.into_iter();
    told.map(|one| (one.code, one.hosts.into_iter().map(of).collect())).collect()
}

#[test]
fn hosts_that_fit_are_silent() {
    let told = compared((1..=5).map(node));
    assert!(told.findings.is_empty() && told.undecided.is_empty(), "{told:?}");
    assert!(compared([node(1)]).findings.is_empty());
    assert!(compared([]).findings.is_empty());
}

#[test]
fn the_odd_one_is_named_with_its_value() {
    type Change = fn(&mut Profile);
    let cases: [(&str, &str, Change); 11] = [
        ("hosts-ca-differs", "sha256:bb", |of| of.ca = vec![value("sha256:bb")]),
        ("package-minors-mixed", "1.35", |of| of.kubelet = Some(value("1.35"))),
        ("package-minors-mixed", "1.30", |of| of.kubelet = Some(value("1.30"))),
        ("control-plane-minors-mixed", "1.33", |of| {
            of.kubernetes = Some(value("1.33"));
            of.kubelet = Some(value("1.33"));
        }),
        ("pause-image-mismatch", "other", |of| of.pause_image = Some(value("other"))),
        ("hosts-cgroup-drivers-differ", "cgroupfs", |of| of.cgroup_driver = Some(value("cgroupfs"))),
        ("hosts-networks-differ", "crio (bridge)", |of| of.network = Some(value("crio (bridge)"))),
        ("hosts-mtu-differs", "1500 on cni0", |of| of.mtu = Some(value("1500 on cni0"))),
        ("hosts-mirrors-differ", "docker.io from m", |of| of.mirrors = Some(value("docker.io from m"))),
        ("hosts-clocks-differ", "2027-01-01T12:01:00Z", |of| {
            of.collected = Some("2027-01-01T12:01:00Z".to_owned());
        }),
        ("hosts-clocks-differ", "2026-12-31T12:00:00Z", |of| {
            of.collected = Some("2026-12-31T12:00:00Z".to_owned());
        }),
    ];
    for (code, says, change) in cases {
        let told: Vec<_> = odd(change).into_iter().filter(|(name, _)| *name == code).collect();
        assert_eq!(told, [(code, vec![("n5".to_owned(), says.to_owned())])]);
    }
    // A control plane that is older makes the kubelets of the others too new, and nothing else.
    assert_eq!(odd(cases[3].2).len(), 2);
    // Every other case is one fault.
    for (_, _, change) in cases.iter().enumerate().filter(|(at, _)| *at != 3).map(|(_, case)| case) {
        assert_eq!(odd(change).len(), 1);
    }
}

#[test]
fn what_two_hosts_share_is_told_with_both() {
    type Change = fn(&mut Profile);
    let cases: [(&str, Change); 5] = [
        ("hosts-address-shared", |of| of.addresses.push(value("192.0.0.2"))),
        ("machine-id-cloned", |of| of.machine_id = Some(value("sha256-2"))),
        ("machine-id-cloned", |of| of.product_uuid = Some(value("sha256-u2"))),
        ("hosts-pod-ranges-overlap", |of| of.pod_ranges = vec![value("10.100.2.0/28")]),
        ("node-name-taken", |of| of.name = Some(value("n2"))),
    ];
    for (code, change) in cases {
        let told = odd(change);
        let [(name, hosts)] = told.as_slice() else { panic!("{told:?}") };
        let mut names: Vec<&str> = hosts.iter().map(|(host, _)| host.as_str()).collect();
        names.sort_unstable();
        let wanted = if code == "node-name-taken" { ["n2 (1.json)", "n2 (4.json)"] } else { ["n2", "n5"] };
        assert_eq!((*name, names.as_slice()), (code, wanted.as_slice()));
    }
}

#[test]
fn every_comparison_fires_in_these_tests_and_is_explained() {
    let tests = include_str!("tests.rs");
    for row in COMPARISONS {
        assert!(tests.contains(&format!("(\"{}\"", row.name)), "{}", row.name);
        assert!(explain::find(row.name).is_some(), "{} has no text", row.name);
    }
}

#[test]
fn a_host_that_says_nothing_is_undecided_and_no_node_is_no_odd_one() {
    let mut nodes: Vec<Profile> = (1..=3).map(node).collect();
    nodes[2].network = None;
    nodes[2].ca.clear();
    let mut other = node(4);
    (other.member, other.network, other.ca) = (false, Some(value("x")), vec![value("sha256:cc")]);
    nodes.push(other);
    let told = compared(nodes);
    assert!(told.findings.is_empty(), "{:?}", told.findings);
    let undecided: Vec<_> = told.undecided.iter().map(|one| (one.code, one.hosts.as_slice())).collect();
    let n3 = ["n3".to_owned()];
    assert_eq!(undecided, [("hosts-ca-differs", &n3[..]), ("hosts-networks-differ", &n3[..])]);
}

#[test]
fn a_host_that_was_collected_twice_is_not_its_own_clone() {
    let mut nodes: Vec<Profile> = (1..=2).map(node).collect();
    let mut older = node(2);
    older.collected = Some("2027-01-01T10:00:00Z".to_owned());
    older.pause_image = Some(value("other"));
    nodes.insert(0, older);
    let told = compared(nodes.clone());
    assert!(told.findings.is_empty(), "{:?}", told.findings);
    assert_eq!((told.passed_over, told.hosts.len()), (vec!["0.json".to_owned()], 2));
    // A clone has an address of its own.
    nodes[0].addresses = vec![value("192.0.2.77")];
    let codes: Vec<_> = compared(nodes).findings.into_iter().map(|one| one.code).collect();
    assert!(codes.contains(&"machine-id-cloned") && codes.contains(&"node-name-taken"), "{codes:?}");
}

#[test]
fn a_ca_that_is_being_exchanged_is_no_other_one() {
    let mut nodes: Vec<Profile> = (1..=3).map(node).collect();
    nodes[2].ca = vec![value("sha256:bb"), value("sha256:aa")];
    assert!(compared(nodes).findings.is_empty());
}

#[test]
fn a_thousand_hosts_that_fit_are_silent() {
    let told = compared((1..=1_000).map(node));
    assert!(told.findings.is_empty() && told.undecided.is_empty(), "{:?}", told.findings);
    assert_eq!(told.hosts.len(), 1_000);
}

/// What a cluster has for itself is not compared with another cluster's: one fault, one finding.
#[test]
fn a_host_of_another_cluster_is_told_once() {
    let mut nodes: Vec<Profile> = (1..=3).map(node).collect();
    let mut other = node(4);
    other.ca = vec![value("sha256:bb")];
    other.name = Some(value("n2"));
    (other.kubelet, other.kubernetes) = (Some(value("1.30")), Some(value("1.30")));
    (other.network, other.mtu) = (Some(value("k8s (calico)")), Some(value("1480 on tunl0")));
    other.pod_ranges = vec![value("10.100.0.0/16")];
    nodes.push(other);
    let codes = |nodes: &[Profile]| -> Vec<_> {
        compared(nodes.to_vec()).findings.into_iter().map(|one| one.code).collect()
    };
    assert_eq!(codes(&nodes), ["hosts-ca-differs"]);
    // One machine and one address there is only once, whatever the cluster.
    nodes[3].addresses = vec![value("192.0.0.2")];
    nodes[3].machine_id = Some(value("sha256-2"));
    assert_eq!(codes(&nodes), ["hosts-ca-differs", "hosts-address-shared", "machine-id-cloned"]);
}

#[test]
fn one_look_that_was_named_twice_is_one_host() {
    let mut nodes: Vec<Profile> = (1..=2).map(node).collect();
    nodes[1].machine_id = None;
    nodes.push(nodes[1].clone());
    let told = compared(nodes.clone());
    assert!(told.findings.is_empty(), "{:?}", told.findings);
    assert_eq!((told.hosts.len(), told.passed_over.len()), (2, 1));
    nodes[2].collected = Some("2027-01-01T11:58:00Z".to_owned());
    assert!(!compared(nodes).findings.is_empty(), "nothing says that it is the same host");
}

#[test]
fn one_is_not_told_as_several() {
    let mut nodes: Vec<Profile> = (1..=3).map(node).collect();
    nodes[1].kubelet = Some(value("1.35"));
    nodes[2].collected = Some("2027-01-01T12:01:00Z".to_owned());
    let told: Vec<String> = compared(nodes).findings.into_iter().map(|one| one.message).collect();
    assert!(told[0].starts_with("1 kubelet is not of a minor"), "{told:?}");
    assert!(
        told[1].starts_with("the clock of 1 host is ahead of the one of this machine, 2027-"),
        "{told:?}"
    );
}
