//! What a rule asked for, and what of it could not be read. A rule sees what files come to; a file
//! that is passed over may say the very thing that it looks for.

use std::cell::Cell;

use host_prep::facts::{Fact, Unit};

use super::Inspection;
use crate::doctor::finding::Unread;

/// A part of a host that several files make up.
#[derive(Clone, Copy, Debug)]
pub(in crate::doctor) enum Part {
    /// The units of a node with their drop-ins and environment files.
    Units = 1,
    /// The configuration of CRI-O.
    Crio = 2,
    /// The configuration and the arguments of the kubelet.
    Kubelet = 4,
    /// The static pods.
    Manifests = 8,
}

/// What has no settings where CRI-O refuses one of its files.
const CRIO: &str = "CRI-O's configuration";

/// The parts that a rule has asked for.
#[derive(Debug, Default)]
pub(super) struct Consulted(Cell<u8>);

impl Inspection<'_> {
    /// A rule begins: what it asks for from here on is its own.
    pub(in crate::doctor) fn begin(&self) {
        self.consulted.0.set(0);
    }

    /// The rule stands on that part.
    pub(in crate::doctor) fn consults(&self, part: Part) {
        self.consulted.0.set(self.consulted.0.get() | part as u8);
    }

    /// What could not be read of the parts that the rule stands on.
    pub(in crate::doctor) fn missed(&self) -> Vec<Unread> {
        let has = |part: Part| self.consulted.0.get() & part as u8 != 0;
        let (crio, kubelet) = (&self.facts.crio, &self.facts.kubelet);
        let mut missed = Vec::new();
        if has(Part::Units) {
            missed.extend([&crio.unit, &kubelet.unit].into_iter().flatten().flat_map(of_unit));
        }
        if has(Part::Crio) {
            missed.extend(reason(&crio.main, "/etc/crio/crio.conf"));
            missed.extend(reason(&crio.drop_ins, &crio.drop_in_dir.display().to_string()));
            missed.extend(reason(&crio.registries, "/etc/containers/registries.conf"));
            // Of files that CRI-O does not take no setting is known; which it is is told by itself.
            if self.has_crio() && matches!(self.crio.get(), Some(None)) {
                let taken = self.crio_files().map(|_| Unread::new(CRIO, "CRI-O does not take its files"));
                missed.push(taken.unwrap_or_else(|unread| unread));
            }
        }
        if has(Part::Kubelet) {
            missed.extend(reason(&kubelet.config, "/var/lib/kubelet/config.yaml"));
            missed.extend(reason(&kubelet.config_dir, "--config-dir"));
            missed.extend(reason(&kubelet.instance_config, "/var/lib/kubelet/instance-config.yaml"));
            missed.extend(reason(&kubelet.kubeadm_flags, "/var/lib/kubelet/kubeadm-flags.env"));
        }
        if has(Part::Manifests) {
            missed.extend(reason(&self.facts.kubeadm.manifests, "/etc/kubernetes/manifests"));
        }
        missed
    }
}

fn of_unit(unit: &Unit) -> impl Iterator<Item = Unread> {
    let path = unit.path.display().to_string();
    unit.unknown.iter().map(move |why| Unread::new(&path, why))
}

fn reason<T>(fact: &Fact<T>, source: &str) -> Option<Unread> {
    match fact {
        Fact::Known(_) => None,
        Fact::Unknown { reason } => Some(Unread::new(source, reason)),
    }
}
