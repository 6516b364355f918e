use host_prep::firewall::{Firewall, Reached, Role};
use host_prep::{ApplyOptions, Desired, NoProgress, apply, observe, plan};
use k8sprep_tests::scripted::Scripted;

use super::{host, lines, show, unit};

/// What may be a firewall, in the order it is asked for.
const FIREWALLS: [&str; 6] = [
    "firewalld.service",
    "ip6tables.service",
    "iptables.service",
    "netfilter-persistent.service",
    "nftables.service",
    "ufw.service",
];

/// The firewalls, of which only `on` runs.
fn units(on: &str) -> String {
    let state = |name: &str| match name == on {
        true => unit("loaded", "enabled", "active"),
        false => unit("not-found", "", "inactive"),
    };
    FIREWALLS.map(state).join("\n")
}

fn with(on: &str) -> Scripted {
    Scripted::new().says(&show(&FIREWALLS), &units(on))
}

fn open(role: Role) -> Desired {
    Desired::new().with(Firewall::open(role, Some("flannel"), ["10.244.0.0/16".parse().unwrap()]))
}

#[test]
fn a_host_without_a_firewall_is_left_alone() {
    let (_dir, host, script) = host(with("none"));
    assert!(plan(&open(Role::Worker), &observe(&host, &open(Role::Worker))).is_done());
    assert_eq!(script.changes(), Vec::<String>::new());
}

/// What `--list-all-zones` prints, as far as it is read.
fn zones(internal: &str, public: &str, trusted: &str) -> String {
    let of = |name: &str, more: &str| format!("{name}\n  target: default\n{more}\n");
    let trusted = format!("trusted\n  target: ACCEPT\n  sources: {trusted}\n");
    [of("internal", internal), of("public (active)", public), trusted].join("\n")
}

fn firewalld(now: &str, at_boot: &str) -> Scripted {
    with("firewalld.service")
        .says("firewall-cmd --list-all-zones", now)
        .says("firewall-cmd --permanent --list-all-zones", at_boot)
        .says("firewall-cmd --get-default-zone", "public\n")
}

#[test]
fn firewalld_gets_what_is_missing_now_and_at_boot() {
    let now = zones("", "  interfaces: eth0\n  ports: 10250/tcp 30000-32767/tcp 22/tcp\n", "");
    let at_boot =
        zones("", "  ports: 10250/tcp 30000-40000/tcp 30000-32767/udp 10256/tcp 8472/udp\n", "10.244.0.0/16");
    let (_dir, host, script) = host(firewalld(&now, &at_boot));
    let todo = plan(&open(Role::Worker), &observe(&host, &open(Role::Worker)));
    assert_eq!(
        lines(&todo),
        [
            "let through ports 10256/tcp 30000-32767/udp 8472/udp (zone public)",
            "let through source 10.244.0.0/16 (zone trusted)"
        ]
    );
    // The stand-in never lists what was added, so the second look fails and everything is rolled back.
    let refused = apply(&host, &open(Role::Worker), &todo, &ApplyOptions::default(), &mut NoProgress);
    assert!(refused.unwrap_err().failed().unwrap().is_rolled_back());
    // What was open at boot already is not closed there.
    assert_eq!(
        script.changes(),
        [
            "firewall-cmd --zone=public --add-port=10256/tcp --add-port=30000-32767/udp --add-port=8472/udp",
            "firewall-cmd --zone=trusted --add-source=10.244.0.0/16",
            "firewall-cmd --zone=trusted --remove-source=10.244.0.0/16",
            "firewall-cmd --zone=public --remove-port=10256/tcp --remove-port=30000-32767/udp --remove-port=8472/udp",
        ]
    );
}

/// The node's interface is in a zone of its own, and its neighbours are a source of another one.
#[test]
fn ports_are_let_through_in_the_zones_the_node_is_reached_by() {
    let internal = "  interfaces: eth1\n";
    let public = "  interfaces: eth0\n  sources: 192.0.2.0/24\n";
    let (_dir, host, script) = host(firewalld(&zones(internal, public, "10.244.0.0/16"), &zones("", "", "")));
    let at = |interface: &str, address: [u8; 4]| {
        let mut reached = Reached::default();
        reached.interfaces.push(interface.to_owned());
        reached.addresses.push(address.into());
        let open = Firewall::open(Role::Worker, None, ["10.244.0.0/16".parse().unwrap()]);
        Desired::new().with(open.reached(reached))
    };
    let planned = |desired: &Desired| plan(desired, &observe(&host, desired));
    let all = "let through ports 10250/tcp 10256/tcp 30000-32767/tcp 30000-32767/udp";
    let source = "let through source 10.244.0.0/16 (zone trusted)";
    let inside = planned(&at("eth1", [198, 51, 100, 7]));
    assert_eq!(lines(&inside), [&format!("{all} (zone internal)"), source]);
    assert!(inside.notes().is_empty());
    let both = planned(&at("eth1", [192, 0, 2, 7]));
    assert_eq!(lines(&both), [&format!("{all} (zone internal)"), &format!("{all} (zone public)"), source]);
    let nowhere = planned(&at("eth5", [198, 51, 100, 7]));
    assert_eq!(lines(&nowhere)[0], format!("{all} (zone public)"));
    assert_eq!(script.changes(), Vec::<String>::new());

    let applied =
        apply(&host, &at("eth1", [198, 51, 100, 7]), &inside, &ApplyOptions::default(), &mut NoProgress);
    assert!(applied.unwrap_err().failed().unwrap().is_rolled_back());
    let ports = |verb: &str| {
        let ports = ["10250/tcp", "10256/tcp", "30000-32767/tcp", "30000-32767/udp"];
        ports.map(|port| format!(" --{verb}-port={port}")).concat()
    };
    assert_eq!(
        script.changes(),
        [
            format!("firewall-cmd --zone=internal{}", ports("add")),
            format!("firewall-cmd --permanent --zone=internal{}", ports("add")),
            "firewall-cmd --permanent --zone=trusted --add-source=10.244.0.0/16".into(),
            "firewall-cmd --permanent --zone=trusted --remove-source=10.244.0.0/16".into(),
            format!("firewall-cmd --zone=internal{}", ports("remove")),
            format!("firewall-cmd --permanent --zone=internal{}", ports("remove")),
        ]
    );
}

#[test]
fn where_it_is_not_known_how_the_node_is_reached_other_zones_are_told() {
    let zones = zones("  interfaces: eth1\n", "  interfaces: eth0\n", "");
    let (_dir, host, _) = host(firewalld(&zones, &zones));
    let todo = plan(&open(Role::Worker), &observe(&host, &open(Role::Worker)));
    let notes: Vec<_> = todo.notes().iter().map(|note| note.what.as_str()).collect();
    let said =
        "eth1 is in firewalld's zone internal, and ports are let through in the default zone public only";
    assert_eq!(notes, [said]);
}

#[test]
fn a_firewall_that_does_not_answer_is_no_firewall_that_is_open() {
    let script = with("firewalld.service").ends("firewall-cmd", 252, "", "FirewallD is not running\n");
    let (_dir, host, _) = host(script);
    let todo = plan(&open(Role::Worker), &observe(&host, &open(Role::Worker)));
    assert!(todo.steps().is_empty());
    assert!(todo.problems()[0].what.contains("FirewallD is not running"), "{todo:?}");
}

#[test]
fn ufw_counts_only_where_it_is_switched_on() {
    let (_dir, off, _) = host(with("ufw.service").says("ufw status", "Status: inactive\n"));
    assert!(plan(&open(Role::ControlPlane), &observe(&off, &open(Role::ControlPlane))).is_done());
    let status = "Status: active\n\nTo                         Action      From\n6443/tcp                   ALLOW       Anywhere\n\
        10.244.0.0/16              ALLOW FWD   Anywhere\n";
    let (_dir, on, _) = host(with("ufw.service").says("ufw status", status));
    let todo = plan(&open(Role::ControlPlane), &observe(&on, &open(Role::ControlPlane)));
    assert_eq!(lines(&todo)[0], "let through port 2379:2380/tcp");
    assert!(!lines(&todo).iter().any(|line| line.contains("6443") || line.contains("subnet")));
}

#[test]
fn rules_of_the_admin_are_named_and_left() {
    for unit in ["nftables.service", "iptables.service"] {
        let (_dir, host, _) = host(with(unit));
        let todo = plan(&open(Role::ControlPlane), &observe(&host, &open(Role::ControlPlane)));
        assert!(todo.is_done());
        let what = &todo.notes()[0].what;
        assert!(what.starts_with(unit) && what.contains("6443/tcp 2379-2380/tcp"), "{what}");
    }
}

/// `verify` was content with rules of the administrator's that every boot loads again.
#[test]
fn what_loads_rules_at_boot_is_stopped_too() {
    let (_dir, host, _) = host(with("iptables.service"));
    let desired = Desired::new().with(Firewall::Stopped);
    let todo = plan(&desired, &observe(&host, &desired));
    assert_eq!(lines(&todo), ["disable iptables.service", "stop iptables.service"]);
}

#[test]
fn stopped_on_consent_and_started_again_by_the_undo() {
    let (_dir, host, _) = host(with("firewalld.service"));
    let desired = Desired::new().with(Firewall::Stopped);
    let todo = plan(&desired, &observe(&host, &desired));
    assert_eq!(lines(&todo), ["disable firewalld.service", "stop firewalld.service"]);
    assert_eq!(todo.steps()[1].change.undo(), "systemctl start firewalld.service");
}
