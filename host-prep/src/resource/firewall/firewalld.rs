//! firewalld: which zones a node is reached through, and what they let through.

use std::net::IpAddr;

use super::{Port, Reached, Subnet};
use crate::ground::code::Code;
use crate::plan::action::Action;
use crate::plan::{Draft, Reason};
use crate::{Change, Host, Invocation, Observed};

/// Every zone, now and at the next boot, and the one of interfaces that are in none. Each call
/// starts an interpreter, so few that tell much.
const NOW: &str = "firewall-cmd --list-all-zones";
const AT_BOOT: &str = "firewall-cmd --permanent --list-all-zones";
const DEFAULT: &str = "firewall-cmd --get-default-zone";

/// Of this zone everything is let through.
const TRUSTED: &str = "trusted";

/// A zone, as far as it matters to a node.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Zone<'a> {
    name: &'a str,
    accepts_all: bool,
    interfaces: Vec<&'a str>,
    sources: Vec<&'a str>,
    ports: Vec<&'a str>,
}

/// Asks what [`plan`] wants to know.
pub(super) fn observe(host: &Host, seen: &mut Observed) {
    for question in [NOW, AT_BOOT, DEFAULT] {
        seen.ask(host, question, &super::words(question));
    }
}

/// Lets ports through in every zone the node is reached by, and makes the subnets sources that are
/// trusted.
pub(super) fn plan(
    seen: &Observed,
    draft: &mut Draft<'_>,
    ports: &[Port],
    subnets: &[Subnet],
    reached: &Reached,
) {
    let answers = [NOW, AT_BOOT, DEFAULT].map(|question| seen.answer(question));
    let [Ok(now), Ok(at_boot), Ok(default)] = answers else {
        let why = answers.into_iter().filter_map(Result::err).next().unwrap_or_default();
        let hint = "firewalld has to run and `firewall-cmd` to answer; or set `firewall: keep` in the spec";
        return draft.coded_problem(
            Code::FirewallUnknown,
            format!("what firewalld lets through is not known: {why}"),
            hint,
        );
    };
    let (now, at_boot, default) = (zones(now), zones(at_boot), default.trim());
    for zone in reached_by(&now, default, reached) {
        let wanted: Vec<String> = ports.iter().map(Port::firewalld).collect();
        let missing = |zones: &[Zone<'_>]| -> Vec<String> {
            let open = find(zones, zone).map(|zone| zone.ports.as_slice()).unwrap_or_default();
            wanted.iter().filter(|port| !open.iter().any(|range| covers(range, port))).cloned().collect()
        };
        let reason = || ports.iter().map(Port::told).collect::<Vec<_>>().join(", ");
        let lists = (missing(&now), missing(&at_boot));
        let_through(draft, zone, "port", lists, &format!("the node is reached there: {}", reason()));
    }
    let missing = |zones: &[Zone<'_>]| -> Vec<String> {
        let trusted = find(zones, TRUSTED).map(|zone| zone.sources.as_slice()).unwrap_or_default();
        subnets.iter().map(ToString::to_string).filter(|subnet| !trusted.contains(&subnet.as_str())).collect()
    };
    let lists = (missing(&now), missing(&at_boot));
    let_through(draft, TRUSTED, "source", lists, "what Pods send is forwarded");
    // Without an address of the neighbours it is not known by which interface they come.
    if reached.addresses.is_empty() {
        others(draft, &now, default);
    }
}

/// What is missing now and at the next boot, each with one call.
fn let_through(
    draft: &mut Draft<'_>,
    zone: &str,
    kind: &str,
    (now, at_boot): (Vec<String>, Vec<String>),
    reason: &str,
) {
    let mut all = now.clone();
    all.extend(at_boot.iter().filter(|value| !now.contains(value)).cloned());
    let Some(first) = all.first() else { return };
    let call = |verb: &str, permanent: &[&str], values: &[String]| {
        let zone = format!("--zone={zone}");
        let changes = values.iter().map(|value| format!("--{verb}-{kind}={value}"));
        let words = permanent.iter().map(|word| (*word).to_owned()).chain([zone]).chain(changes);
        (!values.is_empty()).then(|| Invocation::new("firewall-cmd", words))
    };
    let both =
        |verb: &str| [call(verb, &[], &now), call(verb, &["--permanent"], &at_boot)].into_iter().flatten();
    let what = if all.len() == 1 { format!("{kind} {first}") } else { format!("{kind}s {}", all.join(" ")) };
    let action = Action::new("let through", format!("{what} (zone {zone})"), both("add"), both("remove"));
    draft.step(Change::Action(action), Reason::of(reason));
}

/// The zones that decide about what comes to the node: that of its interface, or the default one
/// where it is in none; and since a zone of the sender's goes before that of the interface, every
/// zone that has the node's neighbours as a source.
fn reached_by<'a>(zones: &[Zone<'a>], default: &'a str, reached: &Reached) -> Vec<&'a str> {
    let of = |interface: &String| {
        let zone = zones.iter().find(|zone| zone.interfaces.contains(&interface.as_str()));
        zone.map_or(default, |zone| zone.name)
    };
    let mut found: Vec<&str> = reached.interfaces.iter().map(of).collect();
    if found.is_empty() {
        found.push(default);
    }
    let near = |zone: &&Zone<'_>| {
        let holds = |source: &&str| reached.addresses.iter().any(|address| is_in(*address, source));
        zone.sources.iter().any(holds)
    };
    found.extend(zones.iter().filter(near).map(|zone| zone.name));
    // firewalld.zone(5): `target ACCEPT` lets everything through that no rule refuses.
    let accepts_all = |name: &str| find(zones, name).is_some_and(|zone| zone.accepts_all);
    found.retain(|name| !accepts_all(name));
    let mut once = Vec::new();
    found.into_iter().for_each(|name| {
        if !once.contains(&name) {
            once.push(name);
        }
    });
    once
}

/// Where it is not known by which interface the node is reached, those that somebody put into
/// another zone are told.
fn others(draft: &mut Draft<'_>, zones: &[Zone<'_>], default: &str) {
    for zone in zones.iter().filter(|zone| zone.name != default && !zone.accepts_all) {
        if !zone.interfaces.is_empty() {
            draft.coded_note(
                Code::FirewallZoneDiffers,
                format!(
                    "{} is in firewalld's zone {}, and ports are let through in the default zone {default} only",
                    zone.interfaces.join(" "),
                    zone.name
                ),
                "set `advertiseAddress` in the spec where the node is reached there",
            );
        }
    }
}

fn find<'a, 'b>(zones: &'b [Zone<'a>], name: &str) -> Option<&'b Zone<'a>> {
    zones.iter().find(|zone| zone.name == name)
}

/// Reads what `--list-all-zones` printed: a name at the margin, below it lines of `key: values`.
fn zones(text: &str) -> Vec<Zone<'_>> {
    let mut zones: Vec<Zone<'_>> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        // `public (default, active)`: the name is the first word.
        if !line.starts_with([' ', '\t']) {
            let name = line.split_whitespace().next().unwrap_or_default();
            zones.push(Zone { name, ..Zone::default() });
            continue;
        }
        let (Some(zone), Some((key, values))) = (zones.last_mut(), line.split_once(':')) else { continue };
        let values = || values.split_whitespace().collect();
        match key.trim() {
            "target" => zone.accepts_all = line.trim_end().ends_with("ACCEPT"),
            "interfaces" => zone.interfaces = values(),
            "sources" => zone.sources = values(),
            "ports" => zone.ports = values(),
            _ => {}
        }
    }
    zones
}

/// Whether the ports `open` are or hold those of `wanted`, each as `2379-2380/tcp`.
fn covers(open: &str, wanted: &str) -> bool {
    let range = |text: &str| -> Option<(u16, u16, String)> {
        let (ports, protocol) = text.split_once('/')?;
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        Some((first.parse().ok()?, last.parse().ok()?, protocol.to_owned()))
    };
    match (range(open), range(wanted)) {
        (Some((a, b, open)), Some((c, d, wanted))) => open == wanted && a <= c && d <= b,
        _ => false,
    }
}

/// Whether `address` is in `source`, an address or a subnet. MAC addresses and sets of addresses
/// are not looked into.
fn is_in(address: IpAddr, source: &str) -> bool {
    let source = source.parse().or_else(|_| source.parse().map(Subnet::host));
    source.is_ok_and(|source| source.overlaps(Subnet::host(address)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONES: &str = "internal (active)\n  target: default\n  interfaces: eth1\n  sources: \n  ports: 22/tcp\n\n\
        public (default, active)\n  target: default\n  interfaces: eth0 eth2\n  sources: \n  ports: \n  forward-ports: \n\n\
        office (active)\n  target: default\n  interfaces: \n  sources: 192.0.2.0/24 00:11:22:33:44:55 ipset:x 2001:db8::/32\n\n\
        trusted (active)\n  target: ACCEPT\n  interfaces: cni0\n  sources: 10.244.0.0/16\n";

    fn by(interfaces: &[&str], addresses: &[&str]) -> Vec<&'static str> {
        let reached = Reached {
            interfaces: interfaces.iter().map(|name| (*name).to_owned()).collect(),
            addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        };
        reached_by(&zones(ZONES), "public", &reached)
    }

    #[test]
    fn the_zone_is_the_senders_then_the_interfaces_then_the_default_one() {
        assert_eq!(by(&[], &[]), ["public"]);
        assert_eq!(by(&["eth1"], &["198.51.100.7"]), ["internal"]);
        assert_eq!(by(&["eth9"], &["198.51.100.7"]), ["public"]);
        assert_eq!(by(&["eth1"], &["192.0.2.7"]), ["internal", "office"]);
        assert_eq!(by(&["eth0", "eth2"], &["2001:db8::7"]), ["public", "office"]);
        assert_eq!(by(&["cni0"], &["10.244.3.1"]), Vec::<&str>::new());
    }

    #[test]
    fn ports_may_be_open_as_part_of_a_range() {
        assert!(covers("2000-3000/tcp", "2379-2380/tcp") && covers("6443/tcp", "6443/tcp"));
        assert!(!covers("2000-3000/udp", "2379-2380/tcp") && !covers("2379/tcp", "2379-2380/tcp"));
        assert!(is_in([10, 1, 2, 3].into(), "10.0.0.0/8") && is_in([10, 1, 2, 3].into(), "10.1.2.3"));
        assert!(!is_in([10, 1, 2, 3].into(), "10.0.0.0/99") && !is_in([10, 1, 2, 3].into(), "10.1.2.4"));
    }
}
