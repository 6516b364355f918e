//! `skipPhases`: kubeadm takes any text in it when it validates, and ends with `invalid phase name` when it
//! runs.
//!
//! The names are those that `cmd/phases` of 1.22, 1.25, 1.27, 1.29, 1.31, 1.33, 1.34 and 1.37 give to the
//! runner of each command. A name is taken to be there in the minors between one that has it and one that has
//! it not. Aliases (`uploadconfig`) are none: the runner knows a phase by its name alone (`computePhaseRunFlags`).

use super::Remark;
use crate::code::Code;
use crate::near::nearest;
use crate::version::Minor;

/// The name of a phase, `PARENT/CHILD` for one below another, with the first and the last minor that may have it.
type Phase = (&'static str, u64, u64);

/// A command with its phases.
pub(super) struct Command {
    name: &'static str,
    phases: &'static [Phase],
}

const NOW: u64 = u64::MAX;

const fn always(name: &'static str) -> Phase {
    (name, 0, NOW)
}

pub(super) const INIT: Command = Command {
    name: "init",
    phases: &[
        always("preflight"),
        always("certs"),
        always("certs/all"),
        always("certs/ca"),
        always("certs/apiserver"),
        always("certs/apiserver-kubelet-client"),
        always("certs/front-proxy-ca"),
        always("certs/front-proxy-client"),
        always("certs/etcd-ca"),
        always("certs/etcd-server"),
        always("certs/etcd-peer"),
        always("certs/etcd-healthcheck-client"),
        always("certs/apiserver-etcd-client"),
        always("certs/sa"),
        always("kubeconfig"),
        always("kubeconfig/all"),
        always("kubeconfig/admin"),
        ("kubeconfig/super-admin", 28, NOW),
        always("kubeconfig/kubelet"),
        always("kubeconfig/controller-manager"),
        always("kubeconfig/scheduler"),
        always("etcd"),
        always("etcd/local"),
        always("control-plane"),
        always("control-plane/all"),
        always("control-plane/apiserver"),
        always("control-plane/controller-manager"),
        always("control-plane/scheduler"),
        always("kubelet-start"),
        always("wait-control-plane"),
        always("upload-config"),
        always("upload-config/all"),
        always("upload-config/kubeadm"),
        always("upload-config/kubelet"),
        always("upload-certs"),
        always("mark-control-plane"),
        always("bootstrap-token"),
        always("kubelet-finalize"),
        always("kubelet-finalize/all"),
        ("kubelet-finalize/enable-client-cert-rotation", 30, NOW),
        ("kubelet-finalize/experimental-cert-rotation", 0, 32),
        always("addon"),
        always("addon/all"),
        always("addon/coredns"),
        always("addon/kube-proxy"),
        ("show-join-command", 26, NOW),
    ],
};

pub(super) const JOIN: Command = Command {
    name: "join",
    phases: &[
        always("preflight"),
        always("control-plane-prepare"),
        always("control-plane-prepare/all"),
        always("control-plane-prepare/download-certs"),
        always("control-plane-prepare/certs"),
        always("control-plane-prepare/kubeconfig"),
        always("control-plane-prepare/control-plane"),
        always("check-etcd"),
        always("kubelet-start"),
        ("kubelet-wait-bootstrap", 30, NOW),
        ("etcd-join", 30, NOW),
        always("control-plane-join"),
        always("control-plane-join/all"),
        ("control-plane-join/etcd", 0, 36),
        ("control-plane-join/update-status", 0, 30),
        always("control-plane-join/mark-control-plane"),
        ("wait-control-plane", 30, NOW),
    ],
};

pub(super) const RESET: Command = Command {
    name: "reset",
    phases: &[
        always("preflight"),
        ("update-cluster-status", 0, 24),
        always("remove-etcd-member"),
        always("cleanup-node"),
    ],
};

/// Up to 1.31 it has no phases, and passes over the field.
pub(super) const UPGRADE_APPLY: Command = Command {
    name: "upgrade apply",
    phases: &[
        always("preflight"),
        always("control-plane"),
        always("upload-config"),
        always("upload-config/all"),
        always("upload-config/kubeadm"),
        always("upload-config/kubelet"),
        always("kubelet-config"),
        always("kubeconfig"),
        always("bootstrap-token"),
        always("addon"),
        always("addon/all"),
        always("addon/coredns"),
        always("addon/kube-proxy"),
        always("post-upgrade"),
    ],
};

pub(super) const UPGRADE_NODE: Command = Command {
    name: "upgrade node",
    phases: &[
        always("preflight"),
        always("control-plane"),
        always("kubelet-config"),
        ("kubeconfig", 30, NOW),
        ("addon", 32, NOW),
        ("addon/all", 32, NOW),
        ("addon/coredns", 32, NOW),
        ("addon/kube-proxy", 32, NOW),
        ("post-upgrade", 32, NOW),
    ],
};

/// The first minor whose `kubeadm upgrade apply` is made of phases.
pub(super) const APPLY_HAS_PHASES: u64 = 32;

impl Command {
    /// Names in the list at `path` that are none of the minor, each at its place.
    pub(super) fn refuses(&self, path: &str, names: &[String], minor: u64) -> Vec<Remark> {
        let of_minor = |(_, since, until): &&Phase| (*since..=*until).contains(&minor);
        let known: Vec<&str> = self.phases.iter().filter(of_minor).map(|(name, _, _)| *name).collect();
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
        if let Some((_, since, until)) = self.phases.iter().find(|(phase, _, _)| *phase == name) {
            return match *since > minor {
                true => format!("leave it out: {} has no such phase yet", Minor::new(minor)),
                false => format!("leave it out: it was gone by {}", Minor::new(until + 1)),
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
