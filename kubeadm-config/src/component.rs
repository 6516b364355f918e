//! What the components of a control plane and kube-proxy exit at when they start: flags that their
//! minor no longer has, feature gates that it does not have or has locked.
//!
//! ```
//! use kubeadm_config::Minor;
//! use kubeadm_config::component::Component;
//!
//! let arguments = [("feature-gates", "NodeSwap=false")];
//! let refused = Component::Scheduler.refuses(Minor::new(34), arguments);
//! assert_eq!(refused[0].code, "feature-gate-refused");
//! ```

mod removed_flags;

use std::collections::BTreeMap;

use self::removed_flags::{API_SERVER, CONTROLLER_MANAGER, Removed, SCHEDULER};
use crate::code::Code;
use crate::kubelet::{Kubelet, gates_refused, parse_bool};
use crate::version::Minor;

/// A program that kubeadm starts as a Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Component {
    /// kube-apiserver.
    ApiServer,
    /// kube-controller-manager.
    ControllerManager,
    /// kube-scheduler.
    Scheduler,
    /// kube-proxy.
    Proxy,
}

/// Something a component exits at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// Which argument it is, from 0.
    pub index: usize,
    /// The name of the fault.
    pub code: Code,
    /// What the component says, and since when.
    pub text: String,
    /// What to do.
    pub help: String,
}

impl Component {
    /// All of them.
    pub const ALL: &[Self] = &[Self::ApiServer, Self::ControllerManager, Self::Scheduler, Self::Proxy];

    /// `kube-apiserver`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Proxy => "kube-proxy",
        }
    }

    /// What it exits at, of flags by name and value, without dashes before the name.
    #[must_use]
    pub fn refuses<'a>(
        self,
        minor: Minor,
        arguments: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Vec<Refused> {
        // kube-proxy has no registry of components.
        let bare = self != Self::Proxy;
        refused_arguments(self.name(), minor, arguments, |flag| self.flag_gone_since(flag), bare)
    }

    fn flag_gone_since(self, flag: &str) -> Option<u64> {
        let table: &[Removed] = match self {
            Self::ApiServer => API_SERVER,
            Self::ControllerManager => CONTROLLER_MANAGER,
            Self::Scheduler => SCHEDULER,
            Self::Proxy => &[],
        };
        table.iter().find(|(name, _)| *name == flag).map(|(_, since)| *since)
    }
}

/// What a component exits at of its arguments; `gone` is the minor that took a flag away, `bare` that
/// of [`refused_gates`].
pub(crate) fn refused_arguments<'a>(
    component: &str,
    minor: Minor,
    arguments: impl IntoIterator<Item = (&'a str, &'a str)>,
    gone: impl Fn(&str) -> Option<u64>,
    bare: bool,
) -> Vec<Refused> {
    let mut found = Vec::new();
    let arguments: Vec<_> = arguments.into_iter().collect();
    // Another set of gates than that of its own release.
    let emulated = arguments.iter().any(|(name, _)| *name == "emulated-version");
    for (index, (name, value)) in arguments.into_iter().enumerate() {
        // Dashes and underscores are alike to a component.
        let name = name.trim_start_matches('-').replace('_', "-");
        let gone = gone(&name).filter(|since| *since <= minor.number());
        found.extend(gone.map(|since| removed(component, &name, since, index)));
        if name == "feature-gates" && !emulated {
            let gates = refused_gates(component, minor, value, bare);
            found.extend(gates.into_iter().map(|one| Refused { index, ..one }));
        }
    }
    found
}

/// A flag that is gone.
fn removed(component: &str, name: &str, since: u64, index: usize) -> Refused {
    let text =
        format!("--{name} was removed in 1.{since}: {component} exits with \"unknown flag: --{name}\"");
    let help = match name {
        "container-runtime" => {
            "leave it out: the kubelet has used a remote runtime since 1.24; criSocket names it"
        }
        "network-plugin" | "cni-bin-dir" | "cni-conf-dir" | "cni-cache-dir" => {
            "leave it out: the container runtime looks after the network plugins"
        }
        "pod-infra-container-image" => "leave it out, and set pause_image in CRI-O's configuration",
        _ => "leave it out, or set what it was for in the component's configuration",
    };
    Refused { index, code: Code::ComponentFlagUnknown, text, help: help.to_owned() }
}

/// The value of `--feature-gates`, `A=true,B=false`. Programs of the component registry take the name
/// of a component before a gate (`kube:A=true`, component-base `compatibility/registry.go`); `bare`
/// takes it off.
fn refused_gates(component: &str, minor: Minor, value: &str, bare: bool) -> Vec<Refused> {
    let mut gates = BTreeMap::new();
    let mut found = Vec::new();
    for item in value.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let item = item.strip_prefix("kube:").filter(|_| bare).unwrap_or(item);
        match item.split_once('=').map(|(name, on)| (name.trim(), on.trim())) {
            None => found.push(gate(
                component,
                format!("missing bool value for {item}"),
                "write NAME=true or NAME=false",
            )),
            Some((name, on)) => match parse_bool(on) {
                Ok(on) => {
                    gates.insert(name.to_owned(), on);
                }
                Err(why) => {
                    let text = format!("invalid value of {name}={on}, err: {why}");
                    found.push(gate(component, text, "write NAME=true or NAME=false"));
                }
            },
        }
    }
    found.extend(gate_faults(component, minor, &gates).into_iter().map(|(_, refused)| refused));
    found
}

/// Gates that a component refuses, each with what it says. Of a minor whose gates are not known for
/// certain only those that are gone by then, or come later.
pub(crate) fn gate_faults(
    component: &str,
    minor: Minor,
    gates: &BTreeMap<String, bool>,
) -> Vec<(String, Refused)> {
    let kubelet = Kubelet::of(minor);
    let certain = Kubelet::MINORS.contains(&minor.number());
    let mut found = Vec::new();
    // The real one stops at the first that it does not know.
    let mut rest = gates.clone();
    loop {
        let faults = gates_refused(minor, &rest);
        let before = rest.len();
        for (name, text) in faults {
            rest.remove(&name);
            let help = match (kubelet.gate_gone_since(&name), kubelet.gate_comes_with(&name)) {
                (Some(gone), _) => format!("leave it out: it was removed in {gone}"),
                (_, Some(comes)) => format!("leave it out: it comes with {comes}"),
                _ if certain => "leave it out, or correct its name or value".to_owned(),
                _ => continue,
            };
            let refused = gate(component, text, &help);
            found.push((name, refused));
        }
        if rest.len() == before {
            return found;
        }
    }
}

fn gate(component: &str, text: String, help: &str) -> Refused {
    let text = format!("{component} exits with \"{text}\"");
    Refused { index: 0, code: Code::FeatureGateRefused, text, help: help.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(component: Component, minor: u64, name: &str, value: &str) -> Vec<String> {
        let refused = component.refuses(Minor::new(minor), [(name, value)]);
        refused.into_iter().map(|one| format!("{}: {} ({})", one.code, one.text, one.help)).collect()
    }

    /// The words of real programs 1.34.0, of each of the four.
    #[test]
    fn gates_are_refused_in_the_components_words() {
        for component in Component::ALL {
            for (value, words) in [
                ("NoSuch=true", "exits with \"unrecognized feature gate: NoSuch\""),
                (
                    "NodeSwap=false",
                    "exits with \"cannot set feature gate NodeSwap to false, feature is locked to true\"",
                ),
                (
                    "SidecarContainers=false",
                    "exits with \"cannot set feature gate SidecarContainers to false, feature is locked to true\"",
                ),
            ] {
                let said = said(*component, 34, "feature-gates", value);
                assert_eq!(said.len(), 1, "{said:?}");
                assert!(
                    said[0].starts_with(&format!("feature-gate-refused: {} {words}", component.name())),
                    "{said:?}"
                );
            }
            assert!(
                said(*component, 34, "feature-gates", "SidecarContainers=true,AllAlpha=false").is_empty()
            );
        }
        let bool = said(Component::ApiServer, 34, "feature-gates", "AllAlpha=x");
        assert!(
            bool[0].contains(
                "invalid value of AllAlpha=x, err: strconv.ParseBool: parsing \"x\": invalid syntax"
            )
        );
        let missing = said(Component::ApiServer, 34, "feature-gates", "GracefulNodeShutdown");
        assert!(missing[0].contains("missing bool value for GracefulNodeShutdown"), "{missing:?}");
        assert!(said(Component::Scheduler, 34, "feature-gates", "kube:NodeSwap=true").is_empty());
        assert!(
            said(Component::Proxy, 34, "feature-gates", "kube:NodeSwap=true")[0].contains("unrecognized")
        );
    }

    #[test]
    fn each_wrong_gate_is_named_and_what_is_not_known_is_not() {
        let all = said(
            Component::ApiServer,
            37,
            "feature-gates",
            "SidecarContainers=true,NoSuch=true,AnyVolumeDataSource=true",
        );
        assert_eq!(all.len(), 3, "{all:?}");
        assert!(all.iter().any(|one| one.contains("it was removed in 1.37")), "{all:?}");
        // Of older minors only what the history says is sure.
        assert!(said(Component::ApiServer, 28, "feature-gates", "NoSuch=true").is_empty());
        assert!(
            said(Component::ApiServer, 28, "feature-gates", "SystemdWatchdog=true")[0]
                .contains("it comes with 1.32")
        );
        let emulating = [("emulated-version", "1.33"), ("feature-gates", "NoSuch=true")];
        assert!(Component::ApiServer.refuses(Minor::new(34), emulating).is_empty());
    }

    #[test]
    fn flags_are_refused_from_the_minor_that_lacks_them() {
        assert!(said(Component::ApiServer, 32, "cloud-provider", "x").is_empty());
        let gone = said(Component::ApiServer, 33, "--cloud_provider", "x");
        assert!(
            gone[0].starts_with("component-flag-unknown: --cloud-provider was removed in 1.33"),
            "{gone:?}"
        );
        assert!(said(Component::Scheduler, 34, "cloud-provider", "x").is_empty());
    }
}
