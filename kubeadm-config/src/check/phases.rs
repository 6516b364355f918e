//! `skipPhases`: kubeadm takes any text in it when it validates, and ends with `invalid phase name` when it
//! runs.
//!
//! The names are those of every kubeadm from 1.22 to 1.37 (`cmd/phases/init` and `join`, and the certificates
//! of `phases/certs`), so that none that a release has is refused.

use super::Remark;
use crate::code::Code;
use crate::near::nearest;

/// A phase and those below it; a phase that has some can be run with `all`, too.
type Phase = (&'static str, &'static [&'static str]);

pub(super) const INIT: &[Phase] = &[
    ("preflight", &[]),
    (
        "certs",
        &[
            "ca",
            "apiserver",
            "apiserver-kubelet-client",
            "front-proxy-ca",
            "front-proxy-client",
            "etcd-ca",
            "etcd-server",
            "etcd-peer",
            "etcd-healthcheck-client",
            "apiserver-etcd-client",
            "sa",
        ],
    ),
    ("kubeconfig", &["admin", "super-admin", "kubelet", "controller-manager", "scheduler"]),
    ("etcd", &["local"]),
    ("control-plane", &["apiserver", "controller-manager", "scheduler"]),
    ("kubelet-start", &[]),
    ("wait-control-plane", &[]),
    ("upload-config", &["kubeadm", "kubelet"]),
    ("upload-certs", &[]),
    ("mark-control-plane", &[]),
    ("bootstrap-token", &[]),
    ("kubelet-finalize", &["enable-client-cert-rotation", "experimental-cert-rotation"]),
    ("addon", &["coredns", "kube-proxy"]),
    ("show-join-command", &[]),
];

pub(super) const JOIN: &[Phase] = &[
    ("preflight", &[]),
    ("control-plane-prepare", &["download-certs", "certs", "kubeconfig", "control-plane"]),
    ("check-etcd", &[]),
    ("kubelet-start", &[]),
    ("kubelet-wait-bootstrap", &[]),
    ("etcd-join", &[]),
    ("control-plane-join", &["etcd", "update-status", "mark-control-plane"]),
    ("wait-control-plane", &[]),
];

/// Names that are none, each at its place in the list.
pub(super) fn refused(names: &[String], command: &str, phases: &[Phase]) -> Vec<Remark> {
    let is_phase = |name: &str| {
        let (top, below) = name.split_once('/').map_or((name, None), |(top, below)| (top, Some(below)));
        phases.iter().any(|(phase, all)| {
            *phase == top && below.is_none_or(|one| !all.is_empty() && (one == "all" || all.contains(&one)))
        })
    };
    let remark = |(index, name): (usize, &String)| {
        let text = format!("kubeadm {command} exits with \"invalid phase name: {name}\"");
        let all = phases.iter().flat_map(|(phase, below)| {
            std::iter::once((*phase).to_owned()).chain(below.iter().map(move |one| format!("{phase}/{one}")))
        });
        let help = nearest(name, all).map_or_else(
            || format!("leave it out; `kubeadm {command} --help` lists the phases"),
            |near| format!("did you mean {near}?"),
        );
        Remark::error(Code::PhaseUnknown, format!("skipPhases[{index}]"), text).help(Code::PhaseUnknown, help)
    };
    names.iter().enumerate().filter(|(_, name)| !is_phase(name)).map(remark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_are_none_are_told() {
        let said = |names: &[&str], phases| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            refused(&names, "init", phases)
                .into_iter()
                .map(|one| (one.field, one.help.unwrap().text))
                .collect::<Vec<_>>()
        };
        assert!(said(&["addon/kube-proxy", "certs/all", "certs", "show-join-command"], INIT).is_empty());
        assert!(said(&["control-plane-join/etcd", "preflight"], JOIN).is_empty());
        let told = said(&["preflight", "nope", "addon/kubeproxy", "preflight/all", "Addon"], INIT);
        let fields: Vec<&str> = told.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["skipPhases[1]", "skipPhases[2]", "skipPhases[3]", "skipPhases[4]"]);
        assert_eq!(told[1].1, "did you mean addon/kube-proxy?");
    }
}
