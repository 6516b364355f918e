//! Interfaces and packet filter rules that a pod network leaves.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::super::leftover::Leftover;
use crate::{Host, Invocation};

/// Interfaces that network plugins make and leave.
const INTERFACES: &[&str] =
    &["cni0", "flannel.1", "flannel-v6.1", "kube-ipvs0", "vxlan.calico", "cilium_host"];

/// Where the kernel lists interfaces.
pub(super) const NET: &str = "/sys/class/net";

/// What takes their rules away and leaves the host's.
const WITHOUT_RULES: &str = "iptables-save | grep -vE 'KUBE-|FLANNEL-|CNI-|cali-' | iptables-restore";

/// Of the interfaces of network plugins those that are there.
pub(super) fn there_of_interfaces(host: &Host) -> impl Iterator<Item = &'static str> {
    let there = |name: &str| matches!(host.root().kind(&Path::new(NET).join(name)), Ok(Some(_)));
    INTERFACES.iter().copied().filter(move |name| host.is_running() && there(name))
}

pub(super) fn interfaces(host: &Host, before: &BTreeSet<PathBuf>) -> Vec<Leftover> {
    let new = there_of_interfaces(host).filter(|name| !before.contains(&Path::new(NET).join(name)));
    let left = new.map(|name| {
        Leftover::by(format!("interface {name}"), "the network plugin", "ip", &["link", "delete", name])
    });
    left.collect()
}

/// How many rules there are of kube-proxy and network plugins; none where iptables cannot say.
pub(super) fn count_of_rules(host: &Host) -> usize {
    let Ok(said) = host.run(&Invocation::new("iptables-save", [] as [&str; 0])) else { return 0 };
    let said = String::from_utf8_lossy(&said.stdout);
    let of_nodes =
        |line: &&str| ["KUBE-", "FLANNEL-", "CNI-", "cali-"].iter().any(|name| line.contains(name));
    said.lines().filter(|line| line.starts_with("-A")).filter(of_nodes).count()
}

/// Rules of kube-proxy and network plugins. Where there were such rules before the node (podman
/// and nerdctl make `CNI-` ones), whose is which cannot be told.
pub(super) fn rules(host: &Host, before: usize) -> Option<Leftover> {
    let count = count_of_rules(host);
    if count <= before {
        return None;
    }
    let of = "kube-proxy and the network plugin";
    let left = |what: String| Leftover::by_shell(what, of, WITHOUT_RULES);
    Some(match before {
        0 => left(format!("{count} iptables rules")),
        _ => left(format!("{count} iptables rules, {before} of them there before the node")).kept(),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{leftovers, note_before};
    use super::*;
    use crate::cluster::record::Record;
    use crate::fs::{Mode, Root, set};
    use crate::test_util::scripted::Scripted;

    #[test]
    fn rules_and_interfaces_of_others_are_not_a_nodes() {
        let dir = tempfile::tempdir().unwrap();
        let answers = Arc::new(Scripted::default());
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), answers);
        std::fs::create_dir_all(dir.path().join("sys/class/net/cni0")).unwrap();
        note_before(&host).unwrap();
        let before: BTreeSet<PathBuf> = Record::read(&host).unwrap().before.unwrap().into_iter().collect();
        std::fs::create_dir_all(dir.path().join("sys/class/net/flannel.1")).unwrap();
        let left: Vec<_> = interfaces(&host, &before).into_iter().map(|one| one.what).collect();
        assert_eq!(left, ["interface flannel.1"]);
    }

    #[test]
    fn rules_that_were_there_before_are_not_taken_along() {
        let theirs = "-A POSTROUTING -s 10.88.0.0/16 -j CNI-podman\n";
        let both = format!("{theirs}-A INPUT -j KUBE-FIREWALL\n-A INPUT -j ACCEPT\n");
        let dir = tempfile::tempdir().unwrap();
        let answers = Scripted::new()
            .says("iptables-save", theirs)
            .says("iptables-save", theirs)
            .says("iptables-save", &both);
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), Arc::new(answers));
        note_before(&host).unwrap();
        assert_eq!(leftovers(&host).unwrap(), [], "what was there is not left");
        for _ in 0..2 {
            let left = leftovers(&host).unwrap();
            assert_eq!(left[0].what, "2 iptables rules, 1 of them there before the node");
            assert!(!left[0].is_purged());
            // A second `down --purge` knows as much as the first.
            Record::forget(&host, &left).unwrap();
        }
    }

    /// `down` removed every file of the node, and its rules stayed.
    #[test]
    fn where_rules_alone_are_left_new_files_are_the_hosts() {
        let dir = tempfile::tempdir().unwrap();
        let answers =
            Scripted::new().says("iptables-save", "").says("iptables-save", "-A INPUT -j KUBE-FIREWALL\n");
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), Arc::new(answers));
        note_before(&host).unwrap();
        let left = leftovers(&host).unwrap();
        assert_eq!(left.iter().map(|one| &*one.what).collect::<Vec<_>>(), ["1 iptables rules"]);
        Record::forget(&host, &left).unwrap();
        // Somebody uses podman on the host since.
        set(host.root(), Path::new("/var/lib/containers/x"), b"theirs", Mode::PUBLIC).unwrap();
        assert_eq!(leftovers(&host).unwrap(), left);
        // The next node's files are told from them.
        note_before(&host).unwrap();
        assert_eq!(leftovers(&host).unwrap(), left);
        set(host.root(), Path::new("/var/lib/cni/x"), b"a node's", Mode::PUBLIC).unwrap();
        assert_eq!(leftovers(&host).unwrap()[0].what, "/var/lib/cni");
    }

    #[test]
    fn an_interface_that_a_node_left_is_not_the_hosts_for_the_next_one() {
        let dir = tempfile::tempdir().unwrap();
        let none = Arc::new(Scripted::default());
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), none);
        let come = |name: &str| std::fs::create_dir_all(dir.path().join("sys/class/net").join(name)).unwrap();
        let told = || leftovers(&host).unwrap().into_iter().map(|one| one.what).collect::<Vec<_>>();
        come("cni0");
        note_before(&host).unwrap();
        come("flannel.1");
        set(host.root(), Path::new("/var/lib/etcd/member/db"), b"1", Mode::PUBLIC).unwrap();
        let left = leftovers(&host).unwrap();
        assert_eq!(told(), ["/var/lib/etcd", "interface flannel.1"]);
        Record::forget(&host, &left).unwrap();
        note_before(&host).unwrap();
        assert_eq!(told(), ["/var/lib/etcd", "interface flannel.1"]);
    }
}
