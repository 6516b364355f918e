use super::{Port, Role, ports};
use crate::action::Action;
use crate::plan::{Because, Draft};
use crate::resource::Resource;
use crate::service::{UnitState, UnitWish, Units};
use crate::{Change, Host, Invocation, Observed, Risk};

const UNITS: [&str; 3] = ["firewalld.service", "ufw.service", "nftables.service"];

/// What becomes of a host's firewall.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Firewall {
    /// What the node needs is let through.
    Open {
        /// Ports others reach it at.
        ports: Vec<Port>,
        /// Subnets of Pods and Services.
        subnets: Vec<String>,
    },
    /// It is stopped, now and at boot. Only by explicit consent.
    Stopped,
}

impl Firewall {
    /// Lets through what a node of this role needs.
    #[must_use]
    pub fn open(role: Role, plugin: Option<&str>, subnets: impl IntoIterator<Item = String>) -> Self {
        Self::Open { ports: ports(role, plugin), subnets: subnets.into_iter().collect() }
    }

    fn units() -> Units {
        let reason = "the spec asks for no firewall";
        Units::new(UNITS.map(|unit| UnitWish::stopped(unit, reason)))
    }
}

impl Resource for Firewall {
    fn kind(&self) -> &'static str {
        "firewall"
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        if !host.is_running() {
            return;
        }
        Self::units().observe(host, seen);
        let Self::Open { .. } = self else { return };
        if is_active(seen, "firewalld.service") {
            for question in FIREWALLD.into_iter().chain([ACTIVE_ZONES, DEFAULT_ZONE]) {
                seen.ask(host, question, &words(question));
            }
        }
        if is_active(seen, "ufw.service") {
            seen.ask(host, UFW, &words(UFW));
        }
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        let Self::Open { ports, subnets } = self else { return Self::units().plan(seen, draft) };
        if is_active(seen, "firewalld.service") {
            let wanted: Vec<_> = ports.iter().map(|port| (port.firewalld(), port.of)).collect();
            firewalld(seen, draft, &wanted, subnets);
            other_zones(seen, draft);
        }
        // The unit is active on hosts where the firewall itself is off.
        if let Ok(status) = seen.answer(UFW)
            && status.contains("Status: active")
        {
            ufw(draft, status, ports, subnets);
        }
        if is_active(seen, "nftables.service") {
            let listed: Vec<_> = ports.iter().map(Port::firewalld).collect();
            draft.note(
                format!("nftables.service runs rules of this host's own; nothing is added to them. A node is reached at {}", listed.join(" ")),
                "let these ports and what is forwarded from and to the cluster's subnets through",
            );
        }
    }
}

/// Ports and trusted sources, now and at the next boot.
const FIREWALLD: [&str; 4] = [
    "firewall-cmd --list-ports",
    "firewall-cmd --permanent --list-ports",
    "firewall-cmd --zone=trusted --list-sources",
    "firewall-cmd --permanent --zone=trusted --list-sources",
];
const ACTIVE_ZONES: &str = "firewall-cmd --get-active-zones";
const DEFAULT_ZONE: &str = "firewall-cmd --get-default-zone";
const UFW: &str = "ufw status";

fn words(line: &str) -> Invocation {
    let mut words = line.split(' ');
    Invocation::new(words.next().unwrap_or_default(), words)
}

fn is_active(seen: &Observed, unit: &str) -> bool {
    let state = seen.answer(&format!("systemctl show {unit}")).map(UnitState::parse);
    state.is_ok_and(|state| state.is_active())
}

fn firewalld(seen: &Observed, draft: &mut Draft<'_>, ports: &[(String, &str)], subnets: &[String]) {
    let ports = ports.iter().map(|(port, of)| (port.as_str(), *of));
    let subnets = subnets.iter().map(|subnet| (subnet.as_str(), "what Pods send is forwarded"));
    let wanted =
        ports.map(|one| (0, "port", "", one)).chain(subnets.map(|one| (2, "source", "--zone=trusted", one)));
    for (first, kind, zone, (value, reason)) in wanted {
        let has = |question: usize| {
            let answer = seen.answer(FIREWALLD[question]).unwrap_or_default();
            answer.split_whitespace().any(|word| word == value)
        };
        let call = |verb: &str, permanent: &str| {
            let change = format!("--{verb}-{kind}={value}");
            Invocation::new(
                "firewall-cmd",
                [permanent, zone, &change].into_iter().filter(|word| !word.is_empty()),
            )
        };
        let missing: Vec<&str> = [(first, ""), (first + 1, "--permanent")]
            .into_iter()
            .filter_map(|(question, permanent)| (!has(question)).then_some(permanent))
            .collect();
        if missing.is_empty() {
            continue;
        }
        let run = missing.iter().map(|permanent| call("add", permanent));
        let undo = missing.iter().map(|permanent| call("remove", permanent));
        let action = Action::new("let through", format!("{kind} {value}"), run, undo);
        draft.step(Change::Action(action), Because::of(reason).risking(Risk::Low));
    }
}

/// Ports are let through in the default zone. An interface that somebody put into another one is theirs to open.
fn other_zones(seen: &Observed, draft: &mut Draft<'_>) {
    let default = seen.answer(DEFAULT_ZONE).unwrap_or_default().trim();
    let mut zone = "";
    for line in seen.answer(ACTIVE_ZONES).unwrap_or_default().lines() {
        match line.trim().strip_prefix("interfaces:") {
            Some(interfaces) if zone != default && zone != "trusted" => draft.note(
                format!(
                    "{} is in firewalld's zone {zone}, and ports are let through in the default zone {default} only",
                    interfaces.trim()
                ),
                "where the node is reached there, let its ports through in that zone, or move the interface",
            ),
            // Newer releases write `public (default)`.
            None if !line.starts_with(' ') => zone = line.split_whitespace().next().unwrap_or_default(),
            _ => {}
        }
    }
}

fn ufw(draft: &mut Draft<'_>, status: &str, ports: &[Port], subnets: &[String]) {
    let allowed = |what: &str| {
        let mut lines = status.lines().filter(|line| line.contains("ALLOW"));
        lines.any(|line| line.split_whitespace().any(|word| word == what))
    };
    for port in ports.iter().filter(|port| !allowed(&port.ufw())) {
        let written = port.ufw();
        let run = [Invocation::new("ufw", ["allow", &written])];
        let undo = [Invocation::new("ufw", ["delete", "allow", &written])];
        let action = Action::new("let through", format!("port {written}"), run, undo);
        draft.step(Change::Action(action), Because::of(port.of));
    }
    for subnet in subnets.iter().filter(|subnet| !allowed(subnet)) {
        let rules = [["route", "allow", "from", subnet], ["route", "allow", "to", subnet]];
        let run = rules.map(|rule| Invocation::new("ufw", rule));
        let undo = rules.map(|rule| Invocation::new("ufw", [&["route", "delete"], &rule[1..]].concat()));
        let action = Action::new("let through", format!("subnet {subnet}"), run, undo);
        draft.step(Change::Action(action), Because::of("what Pods send is forwarded"));
    }
}
