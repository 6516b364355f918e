//! What the components of a control plane and kube-proxy exit at when they start: flags that their
//! minor does not have, values that a flag cannot read, feature gates that it does not have or has
//! locked.
//!
//! ```
//! use kubeadm_config::Minor;
//! use kubeadm_config::component::Component;
//!
//! let arguments = [("feature-gates", "NodeSwap=false")];
//! let refused = Component::Scheduler.refuses(Minor::new(34), arguments);
//! assert_eq!(refused[0].code, "feature-gate-refused");
//! ```
//!
//! The pipeline: `words` reads a command line as pflag does (manifests have one), or pairs come
//! from `extraArgs`; `flags` looks each name up in the table of its minor and reads the value as
//! its Go type would; `values` says which of those that can be read are refused; feature gates are judged by the table of `kubelet`, since all components
//! share one set (component-base). kubeadm looks at none of this: it writes the manifest, and the
//! pod ends again and again.

mod etcd;
mod files;
mod flags;
mod names;
#[cfg(test)]
mod tests;
mod values;
mod words;

use std::collections::BTreeMap;

pub use self::etcd::Etcd;
pub use self::files::holds;
pub(crate) use self::flags::{etcd_flag_gone_since, etcd_successor};

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
    ///
    /// ```
    /// use kubeadm_config::{Minor, component::Component};
    ///
    /// let flags = [("insecure-port", "8080"), ("v", "2")];
    /// let refused = Component::ApiServer.refuses(Minor::new(34), flags);
    /// assert_eq!((refused.len(), refused[0].index), (1, 0));
    /// ```
    #[must_use]
    pub fn refuses<'a>(
        self,
        minor: Minor,
        arguments: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Vec<Refused> {
        // kube-proxy has no registry of components.
        // Only programs of component-base's registry take `kube:Gate=true`.
        let bare = self != Self::Proxy;
        let fault = |flag: &str, value: &str| self.flag_fault(minor, flag, value);
        // Dashes and underscores are alike to a component.
        let arguments: Vec<(String, &str)> = arguments
            .into_iter()
            .map(|(name, value)| (name.trim_start_matches('-').replace('_', "-"), value))
            .collect();
        let arguments: Vec<_> = arguments.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let mut found = refused_arguments(self.name(), minor, arguments.iter().copied(), fault, bare);
        if flags::MINORS.contains(&minor.number()) {
            found.extend(self.refused_values(minor, &arguments, &found));
            found.sort_by_key(|one| one.index);
        }
        found
    }

    /// What it exits at of one value that its flag reads, the first such.
    pub(crate) fn value_fault(self, minor: Minor, name: &str, value: &str) -> Option<Refused> {
        values::faults(self, minor, name, value).into_iter().next()
    }

    /// What it exits at of values that its flags read.
    fn refused_values(self, minor: Minor, arguments: &[(&str, &str)], told: &[Refused]) -> Vec<Refused> {
        let is_told = |index: usize| told.iter().any(|one| one.index == index);
        let mut found = Vec::new();
        for (index, (name, value)) in arguments.iter().enumerate().filter(|(index, _)| !is_told(*index)) {
            let faults = values::faults(self, minor, name, value).into_iter();
            found.extend(faults.map(|one| Refused { index, ..one }));
        }
        let together = values::together(self, minor, arguments).into_iter();
        let together: Vec<_> = together
            .filter(|one| !is_told(one.index) && !found.iter().any(|other| other.index == one.index))
            .collect();
        found.extend(together);
        found
    }
}

/// `validateProxyModeLinux` of pkg/proxy/apis/config/validation: from here on kube-proxy knows no userspace.
pub(crate) const USERSPACE_GONE: u64 = 26;
pub(crate) const USERSPACE_HELP: &str = "userspace was removed in 1.26; write iptables";

/// Whether the kubelet puts an environment variable of the container there, so that nobody knows the value.
pub(crate) fn has_variable(value: &str) -> bool {
    value.contains("$(")
}

/// What a component exits at of its arguments; `fault` is what is wrong with a flag or its value
/// but for feature gates, `bare` that of [`refused_gates`].
pub(crate) fn refused_arguments<'a>(
    component: &str,
    minor: Minor,
    arguments: impl IntoIterator<Item = (&'a str, &'a str)>,
    fault: impl Fn(&str, &str) -> Option<Refused>,
    bare: bool,
) -> Vec<Refused> {
    let mut found = Vec::new();
    let arguments: Vec<_> = arguments.into_iter().collect();
    // Another set of gates than that of its own release.
    // `--emulated-version` makes the gates those of another minor: nothing is certain then.
    let emulated = arguments.iter().any(|(name, _)| *name == "emulated-version");
    for (index, (name, value)) in arguments.into_iter().enumerate() {
        // Dashes and underscores are alike to a component.
        // `WordSepNormalizeFunc` of component-base/cli/flag.
        let name = name.trim_start_matches('-').replace('_', "-");
        found.extend(fault(&name, value).map(|one| Refused { index, ..one }));
        if name == "feature-gates" && !emulated {
            let gates = refused_gates(component, minor, value, bare);
            found.extend(gates.into_iter().map(|one| Refused { index, ..one }));
        }
    }
    found
}

/// A flag that is gone.
///
/// `help` says where the setting went: a flag that is only left out may take a wanted setting with
/// it.
pub(crate) fn removed(component: &str, name: &str, since: u64) -> Refused {
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
    Refused { index: 0, code: Code::ComponentFlagUnknown, text, help: help.to_owned() }
}

/// The value of `--feature-gates`, `A=true,B=false`. Programs of the component registry take the
/// name of a component before a gate (`kube:A=true`, component-base `compatibility/registry.go`);
/// `bare` takes it off.
///
/// Items without a name between commas are passed over, as there. Every fault is told, where the
/// real one ends at the first.
fn refused_gates(component: &str, minor: Minor, value: &str, bare: bool) -> Vec<Refused> {
    let mut gates = BTreeMap::new();
    let mut found = Vec::new();
    for item in value.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let item = item.strip_prefix("kube:").filter(|_| bare).unwrap_or(item);
        match item.split_once('=').map(|(name, on)| (name.trim(), on.trim())) {
            // As `Set` of component-base's featuregate splits and trims; these are its own words.
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
    // So each round takes the faults that it tells out of the set, until a round takes none.
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

/// One refused gate, in the words that the component prints.
fn gate(component: &str, text: String, help: &str) -> Refused {
    let text = format!("{component} exits with \"{text}\"");
    Refused { index: 0, code: Code::FeatureGateRefused, text, help: help.to_owned() }
}
