//! `skipPhases`: kubeadm takes any text in it when it validates, and ends with `invalid phase name` when it
//! runs.
//!
//! The names are those that `cmd/phases` of 1.22, 1.25, 1.27, 1.29, 1.31, 1.33, 1.34 and 1.37 give to the
//! runner of each command. A name is taken to be there in the minors between one that has it and one that has
//! it not. Aliases (`uploadconfig`) are none: the runner knows a phase by its name alone (`computePhaseRunFlags`).

use super::Remark;
use crate::code::Code;
use crate::named::{NOW, Named, ever, of};
use crate::near::nearest;
use crate::version::Minor;

/// A command with its phases, each `PARENT/CHILD` for one below another.
pub(super) struct Command {
    name: &'static str,
    phases: &'static [Named],
}

pub(super) const INIT: Command = Command {
    name: "init",
    phases: &[
        ever("preflight"),
        ever("certs"),
        ever("certs/all"),
        ever("certs/ca"),
        ever("certs/apiserver"),
        ever("certs/apiserver-kubelet-client"),
        ever("certs/front-proxy-ca"),
        ever("certs/front-proxy-client"),
        ever("certs/etcd-ca"),
        ever("certs/etcd-server"),
        ever("certs/etcd-peer"),
        ever("certs/etcd-healthcheck-client"),
        ever("certs/apiserver-etcd-client"),
        ever("certs/sa"),
        ever("kubeconfig"),
        ever("kubeconfig/all"),
        ever("kubeconfig/admin"),
        of("kubeconfig/super-admin", 28, NOW),
        ever("kubeconfig/kubelet"),
        ever("kubeconfig/controller-manager"),
        ever("kubeconfig/scheduler"),
        ever("etcd"),
        ever("etcd/local"),
        ever("control-plane"),
        ever("control-plane/all"),
        ever("control-plane/apiserver"),
        ever("control-plane/controller-manager"),
        ever("control-plane/scheduler"),
        ever("kubelet-start"),
        ever("wait-control-plane"),
        ever("upload-config"),
        ever("upload-config/all"),
        ever("upload-config/kubeadm"),
        ever("upload-config/kubelet"),
        ever("upload-certs"),
        ever("mark-control-plane"),
        ever("bootstrap-token"),
        ever("kubelet-finalize"),
        ever("kubelet-finalize/all"),
        of("kubelet-finalize/enable-client-cert-rotation", 30, NOW),
        of("kubelet-finalize/experimental-cert-rotation", 0, 32),
        ever("addon"),
        ever("addon/all"),
        ever("addon/coredns"),
        ever("addon/kube-proxy"),
        of("show-join-command", 26, NOW),
    ],
};

pub(super) const JOIN: Command = Command {
    name: "join",
    phases: &[
        ever("preflight"),
        ever("control-plane-prepare"),
        ever("control-plane-prepare/all"),
        ever("control-plane-prepare/download-certs"),
        ever("control-plane-prepare/certs"),
        ever("control-plane-prepare/kubeconfig"),
        ever("control-plane-prepare/control-plane"),
        ever("check-etcd"),
        ever("kubelet-start"),
        of("kubelet-wait-bootstrap", 30, NOW),
        of("etcd-join", 30, NOW),
        ever("control-plane-join"),
        ever("control-plane-join/all"),
        of("control-plane-join/etcd", 0, 36),
        of("control-plane-join/update-status", 0, 30),
        ever("control-plane-join/mark-control-plane"),
        of("wait-control-plane", 30, NOW),
    ],
};

pub(super) const RESET: Command = Command {
    name: "reset",
    phases: &[
        ever("preflight"),
        of("update-cluster-status", 0, 24),
        ever("remove-etcd-member"),
        ever("cleanup-node"),
    ],
};

/// Up to 1.31 it has no phases, and passes over the field.
pub(super) const UPGRADE_APPLY: Command = Command {
    name: "upgrade apply",
    phases: &[
        ever("preflight"),
        ever("control-plane"),
        ever("upload-config"),
        ever("upload-config/all"),
        ever("upload-config/kubeadm"),
        ever("upload-config/kubelet"),
        ever("kubelet-config"),
        ever("kubeconfig"),
        ever("bootstrap-token"),
        ever("addon"),
        ever("addon/all"),
        ever("addon/coredns"),
        ever("addon/kube-proxy"),
        ever("post-upgrade"),
    ],
};

pub(super) const UPGRADE_NODE: Command = Command {
    name: "upgrade node",
    phases: &[
        ever("preflight"),
        ever("control-plane"),
        ever("kubelet-config"),
        of("kubeconfig", 30, NOW),
        of("addon", 32, NOW),
        of("addon/all", 32, NOW),
        of("addon/coredns", 32, NOW),
        of("addon/kube-proxy", 32, NOW),
        of("post-upgrade", 32, NOW),
    ],
};

/// The first minor whose `kubeadm upgrade apply` is made of phases.
pub(super) const APPLY_HAS_PHASES: u64 = 32;

impl Command {
    /// Names in the list at `path` that are none of the minor, each at its place.
    pub(super) fn refuses(&self, path: &str, names: &[String], minor: u64) -> Vec<Remark> {
        let of_minor = self.phases.iter().filter(|phase| phase.may_be_in(Minor::new(minor)));
        let known: Vec<&str> = of_minor.map(|phase| phase.name).collect();
        let unknown = names.iter().enumerate().filter(|(_, name)| !known.contains(&name.as_str()));
        let remark = |(index, name): (usize, &String)| {
            let command = self.name;
            let text = format!("kubeadm {command} exits with \"invalid phase name: {name}\"");
            let help = self.help(name, minor, &known);
            Remark::error(Code::PhaseUnknown, format!("{path}[{index}]"), text).help(Code::PhaseUnknown, help)
        };
        unknown.map(remark).collect()
    }

    fn help(&self, name: &str, minor: u64, known: &[&str]) -> String {
        if let Some(phase) = self.phases.iter().find(|phase| phase.name == name) {
            return match phase.since > minor {
                true => format!("leave it out: {} has no such phase yet", Minor::new(minor)),
                false => format!("leave it out: it was gone by {}", Minor::new(phase.until + 1)),
            };
        }
        // A phase below another is often named without that one.
        let below = known.iter().find(|phase| phase.rsplit_once('/').is_some_and(|(_, last)| last == name));
        let near = below.copied().or_else(|| nearest(name, known.iter().copied()));
        near.map_or_else(
            || format!("leave it out; `kubeadm {} --help` lists the phases", self.name),
            |near| format!("did you mean {near}?"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(command: &Command, minor: u64, names: &[&str]) -> Vec<(String, String)> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let remarks = command.refuses("skipPhases", &names, minor).into_iter();
        remarks.map(|one| (one.field, one.help.unwrap().text)).collect()
    }

    #[test]
    fn only_names_that_are_none_are_told() {
        let good = ["addon/kube-proxy", "certs/all", "certs", "show-join-command"];
        assert_eq!(said(&INIT, 34, &good), []);
        assert_eq!(said(&JOIN, 34, &["control-plane-join/etcd", "preflight"]), []);
        let told = said(
            &INIT,
            34,
            &[
                "preflight",
                "nope",
                "addon/kubeproxy",
                "preflight/all",
                "Addon",
                "kube-proxy",
                "uploadconfig",
                "etcd/all",
            ],
        );
        let fields: Vec<&str> = told.iter().map(|(field, _)| field.as_str()).collect();
        let all = [1, 2, 3, 4, 5, 6, 7].map(|index| format!("skipPhases[{index}]"));
        assert_eq!(fields, all);
        assert_eq!(told[1].1, "did you mean addon/kube-proxy?");
        assert_eq!(told[4].1, "did you mean addon/kube-proxy?");
    }

    #[test]
    fn a_minor_has_phases_of_its_own() {
        assert_eq!(said(&INIT, 25, &["show-join-command"]).len(), 1);
        assert_eq!(said(&JOIN, 37, &["control-plane-join/etcd"])[0].1, "leave it out: it was gone by 1.37");
        assert_eq!(said(&JOIN, 29, &["etcd-join"])[0].1, "leave it out: 1.29 has no such phase yet");
        assert_eq!(said(&JOIN, 22, &["control-plane-join/update-status"]), []);
        assert_eq!(said(&RESET, 34, &["remove-etcd-member", "cleanup-node", "cleanupnode"]).len(), 1);
        assert_eq!(said(&UPGRADE_NODE, 31, &["addon/coredns"]).len(), 1);
        assert_eq!(said(&UPGRADE_NODE, 34, &["addon/coredns", "post-upgrade", "kubelet-config"]), []);
        assert_eq!(said(&UPGRADE_APPLY, 34, &["upload-config/kubelet", "certs"])[0].0, "skipPhases[1]");
    }
}
