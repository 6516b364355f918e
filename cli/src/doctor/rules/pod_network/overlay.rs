//! Ports by which the nodes of a pod network reach each other, and the host's own firewall.

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, known};
use crate::doctor::rules::asked;

type Said = Result<(), Unread>;

/// Interfaces that plugins make, and what comes to a node for them (flannel, calico and cilium,
/// "requirements").
const OVERLAYS: &[(&str, &str, &str)] = &[
    ("flannel.1", "8472/udp", "flannel's VXLAN"),
    ("flannel-wg", "51820/udp", "flannel's WireGuard"),
    ("vxlan.calico", "4789/udp", "calico's VXLAN"),
    ("wireguard.cali", "51820/udp", "calico's WireGuard"),
    ("tunl0", "179/tcp", "calico's BGP"),
    ("cilium_vxlan", "8472/udp", "cilium's VXLAN"),
];

/// Words of services and rules that let an overlay through without naming its port.
const NAMED: &[&str] = &["flannel", "calico", "cilium", "vxlan", "wireguard", "bgp"];

pub(super) fn port_closed(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.is_member() || seen.is_planned() {
        return Ok(());
    }
    let firewall = |name: &str| seen.facts().services.iter().any(|one| one.name == name && one.enabled);
    let (firewalld, ufw) = (firewall("firewalld.service"), firewall("ufw.service"));
    if !firewalld && !ufw {
        return Ok(());
    }
    let mut used = Vec::new();
    for (interface, port, of) in OVERLAYS {
        if seen.files().live(format!("/sys/class/net/{interface}/mtu"))?.is_some() {
            used.push((*interface, *port, *of));
        }
    }
    if used.is_empty() {
        return Ok(());
    }
    if firewalld {
        of_firewalld(seen, told, &used)?;
    }
    if ufw {
        of_ufw(seen, told, &used)?;
    }
    Ok(())
}

type Used<'u> = [(&'u str, &'u str, &'u str)];

/// Zones: that of the node's interface decides, but a zone of the sender's address goes before it.
fn of_firewalld(seen: &Inspection<'_>, told: &mut Told<'_>, used: &Used<'_>) -> Said {
    const ALL: &str = "firewall-cmd --list-all-zones";
    let outcome = asked::ended(seen, "firewall-cmd", &["--list-all-zones"], None)?;
    // firewall-cmd(1): 252 is NOT_RUNNING. It is enabled, and does not run: nothing is closed.
    if outcome.status == Some(252) {
        return Ok(());
    }
    if outcome.status != Some(0) {
        return Err(Unread::new(ALL, format!("it ended with {:?}", outcome.status.unwrap_or(-1))));
    }
    let text = asked::text(&outcome.stdout);
    let zones: Vec<Zone<'_>> = text.split("\n\n").filter_map(Zone::of).collect();
    let default = known(&seen.facts().network.default_address, "/proc/net/route")?;
    let subnets = known(&seen.facts().network.subnets, "getifaddrs(3)")?;
    let device = subnets.iter().find(|own| own.address == *default).map(|own| own.interface.as_str());
    let of_device = zones.iter().find(|zone| device.is_some_and(|device| zone.has("interfaces", device)));
    let zone = match of_device {
        Some(zone) => zone,
        None => {
            let name = asked::printed(seen, "firewall-cmd", &["--get-default-zone"])?;
            let Some(zone) = zones.iter().find(|zone| zone.name == name.trim()) else {
                return Err(Unread::new(ALL, "the default zone is not among the zones"));
            };
            zone
        }
    };
    let of_senders = || zones.iter().filter(|zone| !zone.value("sources").is_empty());
    for (interface, port, of) in used {
        if zone.lets_through(port) || of_senders().any(|zone| zone.lets_through(port)) {
            continue;
        }
        told.fires(format!("firewalld's zone {} does not let {port} through: {of}", zone.name))
            .seen_at(Evidence::command(ALL).value(format!("ports: {}", zone.value("ports"))))
            .seen_at(Evidence::kernel(format!("/sys/class/net/{interface}")))
            .cured_by(format!(
                "`firewall-cmd --zone={0} --add-port={port}` and the same with `--permanent`, on each node",
                zone.name
            ));
    }
    Ok(())
}

/// A zone as `firewall-cmd --list-all-zones` prints it.
struct Zone<'t> {
    name: &'t str,
    lines: &'t str,
}

impl<'t> Zone<'t> {
    fn of(block: &'t str) -> Option<Self> {
        let block = block.trim_start_matches('\n');
        let (first, lines) = block.split_once('\n')?;
        Some(Self { name: first.split([' ', '(']).next()?, lines })
    }

    fn value(&self, key: &str) -> &'t str {
        let of = |line: &'t str| line.trim().strip_prefix(key)?.strip_prefix(':').map(str::trim);
        self.lines.lines().find_map(of).unwrap_or_default()
    }

    fn has(&self, key: &str, word: &str) -> bool {
        self.value(key).split_whitespace().any(|one| one == word)
    }

    fn lets_through(&self, port: &str) -> bool {
        let number = port.split('/').next().unwrap_or(port);
        // Rich rules and services of somebody's own may let it through under another name.
        let named = NAMED.iter().any(|name| self.value("services").contains(name));
        let rich = self.lines.split_once("rich rules:").is_some_and(|(_, rules)| {
            rules.contains(number)
                || NAMED.iter().any(|name| rules.contains(name))
                || rules.contains("accept")
        });
        self.value("target") == "ACCEPT"
            || named
            || rich
            || self.value("ports").split_whitespace().any(|range| is_in(port, range))
    }
}

/// Whether a port is one of `8000-9000/udp`.
fn is_in(port: &str, range: &str) -> bool {
    let parts = |text: &str| {
        let (numbers, protocol) = text.split_once('/')?;
        let (from, to) = numbers.split_once('-').unwrap_or((numbers, numbers));
        Some((from.parse::<u16>().ok()?, to.parse::<u16>().ok()?, protocol.to_owned()))
    };
    match (parts(port), parts(range)) {
        (Some((number, _, protocol)), Some((from, to, of))) => {
            protocol == of && (from..=to).contains(&number)
        }
        _ => false,
    }
}

/// `ufw status verbose`: rules by port, or by who sends.
fn of_ufw(seen: &Inspection<'_>, told: &mut Told<'_>, used: &Used<'_>) -> Said {
    let text = asked::printed(seen, "ufw", &["status", "verbose"])?;
    if !text.lines().any(|line| line.trim() == "Status: active") {
        return Ok(());
    }
    let denies = text.lines().any(|line| {
        line.starts_with("Default:")
            && ["deny (incoming)", "reject (incoming)"].iter().any(|one| line.contains(one))
    });
    if !denies {
        return Ok(());
    }
    let allowed: Vec<&str> = text.lines().filter(|line| line.contains("ALLOW IN")).collect();
    for (interface, port, of) in used {
        let number = port.split('/').next().unwrap_or(port);
        let lets = |line: &&str| {
            let to = line.split_whitespace().next().unwrap_or_default();
            let to = to.replace(':', "-");
            // `Anywhere ALLOW IN 192.0.2.0/24`: all that neighbours send.
            to == "Anywhere" || to == number || is_in(port, &to)
        };
        if !allowed.iter().any(lets) {
            told.fires(format!("ufw does not let {port} through: {of}"))
                .seen_at(Evidence::command("ufw status verbose").value("deny (incoming)"))
                .seen_at(Evidence::kernel(format!("/sys/class/net/{interface}")))
                .cured_by(format!("`ufw allow {port}`, on each node"));
        }
    }
    Ok(())
}
