use host_prep::firewall::{Firewall, Role};
use host_prep::{ApplyOptions, Desired, Nobody, apply, observe, plan};
use k8sprep_tests::scripted::Scripted;

use super::{host, lines};

const SHOW: &str = "systemctl show --property=LoadState,UnitFileState,ActiveState,NeedDaemonReload -- ";
const OFF: &str = "LoadState=not-found\nActiveState=inactive\n";
const ON: &str = "LoadState=loaded\nUnitFileState=enabled\nActiveState=active\n";

fn with(unit: &str) -> Scripted {
    Scripted::new().says("systemctl show", OFF).says(&format!("{SHOW}{unit}"), ON)
}

fn open(role: Role) -> Desired {
    Desired::new().with(Firewall::open(role, Some("flannel"), ["10.244.0.0/16".to_owned()]))
}

#[test]
fn a_host_without_a_firewall_is_left_alone() {
    let (_dir, host, script) = host(Scripted::new().says("systemctl show", OFF));
    assert!(plan(&open(Role::Worker), &observe(&host, &open(Role::Worker))).is_done());
    assert_eq!(script.changes(), Vec::<String>::new());
}

#[test]
fn firewalld_gets_what_is_missing_now_and_at_boot() {
    let script = with("firewalld.service")
        .says("firewall-cmd --list-ports", "10250/tcp 30000-32767/tcp 22/tcp\n")
        .says(
            "firewall-cmd --permanent --list-ports",
            "10250/tcp 30000-32767/tcp 30000-32767/udp 10256/tcp 8472/udp\n",
        );
    let (_dir, host, script) = host(script);
    let todo = plan(&open(Role::Worker), &observe(&host, &open(Role::Worker)));
    assert_eq!(
        lines(&todo),
        [
            "let through port 10256/tcp",
            "let through port 30000-32767/udp",
            "let through port 8472/udp",
            "let through source 10.244.0.0/16"
        ]
    );
    // The stand-in never lists what was added, so the second look fails and everything is taken back.
    let applied = apply(&host, &open(Role::Worker), &todo, &ApplyOptions::default(), &mut Nobody).unwrap();
    assert!(applied.rollback.unwrap().is_complete());
    let changes = script.changes();
    let source: Vec<_> = changes.iter().filter(|call| call.contains("source")).collect();
    assert_eq!(
        source,
        [
            "firewall-cmd --zone=trusted --add-source=10.244.0.0/16",
            "firewall-cmd --permanent --zone=trusted --add-source=10.244.0.0/16",
            "firewall-cmd --zone=trusted --remove-source=10.244.0.0/16",
            "firewall-cmd --permanent --zone=trusted --remove-source=10.244.0.0/16",
        ]
    );
    // What was open at boot already is not closed there.
    assert!(changes.iter().all(|call| !call.contains("--permanent --remove-port")), "{changes:?}");
}

#[test]
fn an_interface_in_another_zone_is_named() {
    let zones = "internal\n  interfaces: eth1\npublic (default)\n  interfaces: eth0\ntrusted\n  sources: 10.244.0.0/16\n";
    let script = with("firewalld.service")
        .says("firewall-cmd --get-active-zones", zones)
        .says("firewall-cmd --get-default-zone", "public\n");
    let (_dir, host, _) = host(script);
    let todo = plan(&open(Role::Worker), &observe(&host, &open(Role::Worker)));
    let notes: Vec<_> = todo.notes().iter().map(|note| note.what.as_str()).collect();
    let said =
        "eth1 is in firewalld's zone internal, and ports are let through in the default zone public only";
    assert_eq!(notes, [said]);
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
    let (_dir, host, _) = host(with("nftables.service"));
    let todo = plan(&open(Role::ControlPlane), &observe(&host, &open(Role::ControlPlane)));
    assert!(todo.is_done());
    assert!(todo.notes()[0].what.contains("6443/tcp 2379-2380/tcp"), "{}", todo.notes()[0].what);
}

#[test]
fn stopped_on_consent_and_started_again_by_the_undo() {
    let (_dir, host, _) = host(with("firewalld.service"));
    let desired = Desired::new().with(Firewall::Stopped);
    let todo = plan(&desired, &observe(&host, &desired));
    assert_eq!(lines(&todo), ["disable firewalld.service", "stop firewalld.service"]);
    assert_eq!(todo.steps()[1].change.undo(), "systemctl start firewalld.service");
}
