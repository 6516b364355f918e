//! The packet filter of the kernel, as `iptables-save` shows it.

use std::collections::BTreeSet;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;
use crate::doctor::rules::asked;

type Said = Result<(), Unread>;

const PROGRAM: &str = "iptables-save";
/// Chains of network plugins that let through what pods send (flannel, calico, cilium, the firewall
/// plugin of CNI, kube-router, weave).
const OF_PLUGINS: &[&str] =
    &["FLANNEL-FWD", "cali-FORWARD", "CILIUM_FORWARD", "CNI-FORWARD", "KUBE-ROUTER-FORWARD", "WEAVE-"];
/// Chains that kube-proxy, the kubelet and network plugins make; podman makes `CNI-` chains too.
const OF_CLUSTER: &[&str] = &["KUBE-", "FLANNEL-", "cali-", "CILIUM_", "WEAVE-"];

/// Docker sets the policy of FORWARD to DROP when it starts.
pub(super) fn forward_drop(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.is_member() || seen.is_planned() {
        return Ok(());
    }
    // Asked for one table, it would load that table's module where it is not loaded.
    let text = asked::printed(seen, PROGRAM, &[])?;
    let (from, filter) = table(&text, "*filter");
    let Some((line, policy)) = filter.iter().enumerate().find(|(_, line)| line.starts_with(":FORWARD DROP"))
    else {
        return Ok(());
    };
    let rules: Vec<&str> = filter.iter().copied().filter(|line| line.starts_with("-A ")).collect();
    if !lets_pods_through(&rules) {
        told.fires("the kernel drops what it would forward, and no rule lets pods through").seen_at(
            Evidence::command(PROGRAM)
                .line(from + line + 1)
                .value(policy.split(" [").next().unwrap_or(policy)),
        );
    }
    Ok(())
}

/// The lines of a table, and how many are before them.
fn table<'t>(text: &'t str, name: &str) -> (usize, Vec<&'t str>) {
    let from = text.lines().take_while(|line| *line != name).count();
    (from, text.lines().skip(from).take_while(|line| *line != "COMMIT").collect())
}

/// Whether a rule that FORWARD leads to lets packets of pods through: not only those of connections
/// that are there, not only marked ones, and not only those of docker's bridges.
fn lets_pods_through(rules: &[&str]) -> bool {
    let (mut chains, mut seen) = (vec!["FORWARD"], BTreeSet::new());
    while let Some(chain) = chains.pop() {
        if !seen.insert(chain) {
            continue;
        }
        for rule in rules.iter().filter(|rule| rule.split(' ').nth(1) == Some(chain)) {
            let words: Vec<&str> = rule.split(' ').collect();
            let after = |flag: &str| words.windows(2).find(|pair| pair[0] == flag).map(|pair| pair[1]);
            let Some(target) = after("-j").or_else(|| after("-g")) else { continue };
            let narrow = ["--ctstate", "--mark", "--state"].iter().any(|flag| words.contains(flag));
            let bridge = |name: &str| name.starts_with("docker") || name.starts_with("br-");
            let docker = [after("-i"), after("-o")].into_iter().flatten().any(bridge);
            match target {
                "ACCEPT" if !narrow && !docker => return true,
                _ if OF_PLUGINS.iter().any(|name| target.starts_with(name)) => return true,
                _ => chains.push(target),
            }
        }
    }
    false
}

/// `kubeadm reset` says that it leaves them, and how to remove them.
pub(super) fn stale(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if seen.is_member() || seen.is_planned() || !seen.is_for_a_node() {
        return Ok(());
    }
    let text = asked::printed(seen, PROGRAM, &[])?;
    let mut left: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix(':')?.split(' ').next())
        .filter(|chain| OF_CLUSTER.iter().any(|name| chain.starts_with(name)))
        // A kubelet makes these before it belongs to a cluster.
        .filter(|chain| !["KUBE-KUBELET-CANARY", "KUBE-FIREWALL"].contains(chain))
        .collect();
    left.sort_unstable();
    left.dedup();
    if let Some(first) = left.first() {
        let many = match left.len() {
            1 => String::new(),
            many => format!(" and {} more", many - 1),
        };
        told.fires(format!("the packet filter has chains of a former cluster: {first}{many}"))
            .seen_in(left.iter().take(5).map(|chain| Evidence::command(PROGRAM).value(chain)));
    }
    Ok(())
}
