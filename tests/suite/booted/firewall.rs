//! firewalld, ufw and nftables as they are, opened, stopped and given back.

use k8sprep_tests::booted::{Bed, Kind, SPEC};

use super::{bed, done};

const RELEASE: &str = "v1.37.2";
const OPEN: &str = "firewall: open\nnetworking:\n  podSubnet: 10.244.0.0/16\n  plugin: flannel\n";
const STOPPED: &str = "firewall: stopped\n";
const ALL: [&str; 3] = ["firewalld", "ufw", "nftables"];

/// A host with one firewall that starts at boot.
fn with(firewall: &str, spec: &str) -> Option<Bed> {
    let mut bed = bed(Kind::Extra, "v1.37")?;
    bed.spec(RELEASE, spec);
    bed.host.boot().unwrap();
    for unit in ALL.into_iter().filter(|unit| *unit != firewall) {
        bed.host.ask(&["systemctl", "disable", "--now", unit]);
    }
    Some(bed)
}

/// The rules the kernel has.
fn rules(bed: &Bed) -> String {
    bed.host.ask(&["nft", "list", "ruleset"])
}

/// Those of them that are about a port or a subnet. firewalld keeps the empty chains of a zone that
/// was used.
fn matching(rules: &str) -> Vec<&str> {
    let about = |line: &&str| line.contains("dport") || line.contains("saddr");
    // It may have its chains in another order afterwards.
    let mut lines: Vec<&str> = rules.lines().map(str::trim).filter(about).collect();
    lines.sort_unstable();
    lines
}

fn apply(bed: &Bed) {
    done(&bed.k8sprep(&["apply", "-f", SPEC, "--no-packages"]), "apply");
}

fn nothing_is_left_to_do(bed: &Bed, when: &str) {
    done(&bed.k8sprep(&["plan", "-f", SPEC, "--no-packages", "--check"]), when);
}

fn take_back(bed: &Bed) {
    done(&bed.k8sprep(&["rollback", "--to", "0"]), "rollback");
}

/// Everything firewalld says of the two zones, now and at boot.
fn zones(bed: &Bed) -> Vec<String> {
    let list = |words: &[&str]| bed.host.ask(&[&["firewall-cmd"], words].concat());
    vec![
        list(&["--zone=public", "--list-all"]),
        list(&["--permanent", "--zone=public", "--list-all"]),
        list(&["--zone=trusted", "--list-all"]),
        list(&["--permanent", "--zone=trusted", "--list-all"]),
    ]
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn firewalld_lets_a_node_be_reached_now_and_after_a_reboot() {
    let Some(mut bed) = with("firewalld", OPEN) else { return };
    bed.host.ask(&["firewall-cmd", "--permanent", "--add-port=6443/tcp"]);
    let (before, kernel) = (zones(&bed), rules(&bed));
    apply(&bed);
    let is_open = |bed: &Bed, when: &str| {
        for port in ["6443/tcp", "2379-2380/tcp", "10250/tcp", "10257/tcp", "10259/tcp", "8472/udp"] {
            assert_eq!(
                bed.host.ask(&["firewall-cmd", "--zone=public", &format!("--query-port={port}")]),
                "yes\n",
                "{when} {port}"
            );
        }
        let trusted = ["firewall-cmd", "--zone=trusted", "--query-source=10.244.0.0/16"];
        assert_eq!(bed.host.ask(&trusted), "yes\n", "{when}");
        assert!(rules(bed).contains("10.244.0.0/16"), "{when}");
        nothing_is_left_to_do(bed, when);
    };
    is_open(&bed, "now");
    bed.host.reboot().unwrap();
    is_open(&bed, "after a reboot");
    take_back(&bed);
    // The port that was open at boot already stays so there.
    assert_eq!(zones(&bed), before);
    assert_eq!(matching(&rules(&bed)), matching(&kernel));
}

/// The interface by which the node is reached was put into a zone of its own, and a subnet of
/// senders into another.
#[test]
#[ignore = "run it with `tests/layer booted`"]
fn firewalld_lets_a_node_be_reached_in_the_zones_it_is_reached_by() {
    let Some(bed) = with("firewalld", OPEN) else { return };
    for words in
        [&["--zone=internal", "--change-interface=eth0"], &["--zone=work", "--add-source=192.0.2.0/24"]]
    {
        bed.host.ask(&[&["firewall-cmd"], &words[..]].concat());
        bed.host.ask(&[&["firewall-cmd", "--permanent"], &words[..]].concat());
    }
    let all = |bed: &Bed| {
        let mut all = zones(bed);
        for zone in ["--zone=internal", "--zone=work"] {
            all.push(bed.host.ask(&["firewall-cmd", zone, "--list-all"]));
            all.push(bed.host.ask(&["firewall-cmd", "--permanent", zone, "--list-all"]));
        }
        all
    };
    let (before, kernel) = (all(&bed), rules(&bed));
    apply(&bed);
    let open = |zone: &str, permanent: &str| {
        let words = ["firewall-cmd", permanent, zone, "--query-port=6443/tcp"];
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        bed.host.run(&words).unwrap().out
    };
    for (zone, wanted) in [("--zone=internal", "yes\n"), ("--zone=work", "yes\n"), ("--zone=public", "no\n")]
    {
        assert_eq!((open(zone, ""), open(zone, "--permanent")), (wanted.into(), wanted.into()), "{zone}");
    }
    nothing_is_left_to_do(&bed, "now");
    bed.host.ask(&["firewall-cmd", "--reload"]);
    nothing_is_left_to_do(&bed, "after firewalld has read its files again");
    take_back(&bed);
    assert_eq!(all(&bed), before);
    assert_eq!(matching(&rules(&bed)), matching(&kernel));
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn firewalld_is_stopped_on_consent_and_comes_back() {
    let Some(mut bed) = with("firewalld", STOPPED) else { return };
    let (before, kernel) = (zones(&bed), rules(&bed));
    apply(&bed);
    assert_eq!(rules(&bed), "");
    bed.host.reboot().unwrap();
    assert_eq!(
        (bed.is("is-enabled", "firewalld"), bed.is("is-active", "firewalld")),
        ("disabled".into(), "inactive".into())
    );
    nothing_is_left_to_do(&bed, "after a reboot");
    take_back(&bed);
    assert_eq!(
        (bed.is("is-enabled", "firewalld"), bed.is("is-active", "firewalld")),
        ("enabled".into(), "active".into())
    );
    assert_eq!(zones(&bed), before);
    assert_eq!(rules(&bed), kernel);
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn ufw_lets_a_node_be_reached_and_forgets_it_again() {
    let Some(mut bed) = with("ufw", OPEN) else { return };
    bed.host.ask(&["ufw", "allow", "22/tcp"]);
    bed.host.ask(&["ufw", "--force", "enable"]);
    let files = |bed: &Bed| {
        ["user.rules", "user6.rules"]
            .map(|name| std::fs::read_to_string(bed.host.root().join("etc/ufw").join(name)).unwrap())
    };
    let status = |bed: &Bed| bed.host.ask(&["ufw", "status", "verbose"]);
    let (before, was) = (files(&bed), status(&bed));
    apply(&bed);
    for words in ["6443/tcp", "2379:2380/tcp", "8472/udp", "10.244.0.0/16"] {
        assert!(status(&bed).contains(words), "{words}: {}", status(&bed));
    }
    nothing_is_left_to_do(&bed, "now");
    bed.host.reboot().unwrap();
    nothing_is_left_to_do(&bed, "after a reboot");
    take_back(&bed);
    assert_eq!(status(&bed), was);
    assert_eq!(files(&bed), before);
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn rules_of_nftables_are_named_left_and_stopped_only_on_consent() {
    let Some(mut bed) = with("nftables", OPEN) else { return };
    let own = "flush ruleset\ntable inet own {\n\tchain input {\n\t\ttype filter hook input priority filter; policy accept;\n\t\ttcp dport 23 drop\n\t}\n}\n";
    bed.host.put("etc/nftables.conf", own);
    bed.host.ask(&["systemctl", "enable", "--now", "nftables"]);
    let kernel = rules(&bed);
    assert!(kernel.contains("tcp dport 23 drop"), "{kernel}");
    let plan = bed.k8sprep(&["plan", "-f", SPEC, "--no-packages"]);
    assert!(plan.out.contains("nftables.service runs rules of this host's own"), "{}", plan.out);
    apply(&bed);
    assert_eq!(rules(&bed), kernel);
    take_back(&bed);

    bed.spec(RELEASE, STOPPED);
    apply(&bed);
    assert_eq!(rules(&bed), "");
    bed.host.reboot().unwrap();
    assert_eq!(rules(&bed), "");
    take_back(&bed);
    assert_eq!(rules(&bed), kernel);
    assert_eq!(bed.is("is-enabled", "nftables"), "enabled");
}
