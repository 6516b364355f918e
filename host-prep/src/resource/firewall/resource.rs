//! Firewalls as a resource.

use super::{Port, Reached, Role, Subnet, firewalld, ports, words};
use crate::ground::code::Code;
use crate::plan::action::Action;
use crate::plan::{Draft, Reason};
use crate::resource::Resource;
use crate::resource::service::{UnitWish, Units, state};
use crate::{Change, Host, Invocation, Observed};

const UNITS: [&str; 6] = [
    "firewalld.service",
    "ufw.service",
    "nftables.service",
    "iptables.service",
    "ip6tables.service",
    "netfilter-persistent.service",
];
/// Those of them that only load the rules of an administrator.
const LOADERS: [&str; 4] = [UNITS[2], UNITS[3], UNITS[4], UNITS[5]];

/// What becomes of a host's firewall.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Firewall {
    /// What the node needs is let through.
    Open {
        /// Ports others reach it at.
        ports: Vec<Port>,
        /// Subnets of Pods and Services.
        subnets: Vec<Subnet>,
        /// Where others reach it.
        reached: Reached,
    },
    /// It is stopped, now and at boot. Only by explicit consent.
    Stopped,
}

impl Firewall {
    /// Lets through what a node of this role needs.
    #[must_use]
    pub fn open(role: Role, plugin: Option<&str>, subnets: impl IntoIterator<Item = Subnet>) -> Self {
        let (ports, subnets) = (ports(role, plugin), subnets.into_iter().collect());
        Self::Open { ports, subnets, reached: Reached::default() }
    }

    /// The same for a node that is reached there: firewalld lets through by zones.
    #[must_use]
    pub fn reached(mut self, at: Reached) -> Self {
        if let Self::Open { reached, .. } = &mut self {
            *reached = at;
        }
        self
    }
}

fn stopped() -> Units {
    let reason = "the spec asks for no firewall";
    Units::new(UNITS.map(|unit| UnitWish::stopped(unit, reason)))
}

impl Resource for Firewall {
    fn kind(&self) -> &'static str {
        "firewall"
    }

    fn units(&self) -> Vec<&str> {
        UNITS.into()
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        let Self::Open { .. } = self else { return stopped().observe(host, seen) };
        if !host.is_running() {
            return;
        }
        if is_active(seen, "firewalld.service") {
            firewalld::observe(host, seen);
        }
        if is_active(seen, "ufw.service") {
            seen.ask(host, UFW, &words(UFW));
        }
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        let Self::Open { ports, subnets, reached } = self else { return stopped().plan(seen, draft) };
        if is_active(seen, "firewalld.service") {
            firewalld::plan(seen, draft, ports, subnets, reached);
        }
        // The unit is active on hosts where the firewall itself is off.
        if let Ok(status) = seen.answer(UFW)
            && status.contains("Status: active")
        {
            ufw(draft, status, ports, subnets);
        }
        for unit in LOADERS.into_iter().filter(|unit| is_active(seen, unit)) {
            let listed: Vec<_> = ports.iter().map(Port::firewalld).collect();
            draft.coded_note(
                Code::FirewallOfItsOwn,
                format!(
                    "{unit} runs rules of this host's own; nothing is added to them. A node is reached at {}",
                    listed.join(" ")
                ),
                "let these ports and what is forwarded from and to the cluster's subnets through",
            );
        }
    }
}

const UFW: &str = "ufw status";

fn is_active(seen: &Observed, unit: &str) -> bool {
    state(seen, unit).is_ok_and(|state| state.is_active())
}

fn ufw(draft: &mut Draft<'_>, status: &str, ports: &[Port], subnets: &[Subnet]) {
    let allowed = |what: &str| {
        let mut lines = status.lines().filter(|line| line.contains("ALLOW"));
        lines.any(|line| line.split_whitespace().any(|word| word == what))
    };
    for port in ports.iter().filter(|port| !allowed(&port.ufw())) {
        let written = port.ufw();
        let run = [Invocation::new("ufw", ["allow", &written])];
        let undo = [Invocation::new("ufw", ["delete", "allow", &written])];
        let action = Action::new("let through", format!("port {written}"), run, undo);
        draft.step(Change::Action(action), Reason::of(port.of));
    }
    for subnet in subnets.iter().map(ToString::to_string).filter(|subnet| !allowed(subnet)) {
        let subnet = subnet.as_str();
        let rules = [["route", "allow", "from", subnet], ["route", "allow", "to", subnet]];
        let run = rules.map(|rule| Invocation::new("ufw", rule));
        let undo = rules.map(|rule| Invocation::new("ufw", [&["route", "delete"], &rule[1..]].concat()));
        let action = Action::new("let through", format!("subnet {subnet}"), run, undo);
        draft.step(Change::Action(action), Reason::of("what Pods send is forwarded"));
    }
}
