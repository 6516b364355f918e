//! What of a node is known by its name in places in which a person writes files, too.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::fs::{Kind, Root};

/// What kubeadm writes below its directory (kubeadm, app/constants/constants.go). `tmp` holds the
/// backups of its upgrades. What else is there after a reset, which empties them, is not its own.
pub(super) const KUBEADM: &[&str] = &[
    "manifests/etcd.yaml",
    "manifests/kube-apiserver.yaml",
    "manifests/kube-controller-manager.yaml",
    "manifests/kube-scheduler.yaml",
    "pki/ca.crt",
    "pki/ca.key",
    "pki/sa.key",
    "pki/sa.pub",
    "pki/apiserver.crt",
    "pki/apiserver.key",
    "pki/apiserver-kubelet-client.crt",
    "pki/apiserver-kubelet-client.key",
    "pki/apiserver-etcd-client.crt",
    "pki/apiserver-etcd-client.key",
    "pki/front-proxy-ca.crt",
    "pki/front-proxy-ca.key",
    "pki/front-proxy-client.crt",
    "pki/front-proxy-client.key",
    "pki/etcd",
    "tmp",
    "admin.conf",
    "super-admin.conf",
    "kubelet.conf",
    "bootstrap-kubelet.conf",
    "controller-manager.conf",
    "scheduler.conf",
];

/// What CRI-O's packages bring (the packages' lists of files, 1.28 to 1.34) and nobody writes by hand:
/// a `crio.conf`, `policy.json` or `registries.conf` may be a person's.
pub(super) const CRIO: &[&str] = &[
    "crio-umount.conf",
    "seccomp.json",
    "crio.conf.d/00-default.conf",
    "crio.conf.d/01-crio-runc.conf",
    "crio.conf.d/10-crio.conf",
    "crio.conf.d/10-crun.conf",
];

/// What CRI-O's packages and containers-common bring.
pub(super) const CONTAINERS: &[&str] = &[
    "seccomp.json",
    "registries.conf.d/crio.conf",
    "registries.conf.d/000-shortnames.conf",
    "registries.conf.d/shortnames.conf",
    "registries.d/default.yaml",
];

/// Files of network plugins, by the names that the manifests of flannel, Calico, Cilium, Weave,
/// kube-router, Antrea and Multus use, and what CRI-O's packages bring.
pub(super) const CNI: &[&str] = &[
    "net.d/10-flannel.conflist",
    "net.d/10-calico.conflist",
    "net.d/calico-kubeconfig",
    "net.d/05-cilium.conflist",
    "net.d/10-weave.conflist",
    "net.d/10-kuberouter.conflist",
    "net.d/10-antrea.conflist",
    "net.d/00-multus.conf",
    "net.d/multus.d",
    "net.d/whereabouts.d",
    "net.d/10-crio-bridge.conflist",
    "net.d/10-crio-bridge.conflist.disabled",
    "net.d/11-crio-ipv4-bridge.conflist",
    "net.d/11-crio-ipv4-bridge.conflist.disabled",
    "net.d/100-crio-bridge.conf",
    "net.d/200-loopback.conf",
    "net.d/100-crio-bridge.conflist",
];

/// Programs of network plugins: those of the CNI project (containernetworking/plugins) and what the
/// same manifests put beside them.
pub(super) const PLUGINS: &[&str] = &[
    "bin/bandwidth",
    "bin/bridge",
    "bin/dhcp",
    "bin/dummy",
    "bin/firewall",
    "bin/host-device",
    "bin/host-local",
    "bin/ipvlan",
    "bin/loopback",
    "bin/macvlan",
    "bin/portmap",
    "bin/ptp",
    "bin/sbr",
    "bin/static",
    "bin/tap",
    "bin/tuning",
    "bin/vlan",
    "bin/vrf",
    "bin/LICENSE",
    "bin/README.md",
    "bin/flannel",
    "bin/calico",
    "bin/calico-ipam",
    "bin/install",
    "bin/cilium-cni",
    "bin/weave-net",
    "bin/weave-ipam",
    "bin/weave-plugin-latest",
    "bin/antrea",
    "bin/multus",
    "bin/multus-shim",
    "bin/whereabouts",
];

/// What is new in a place in which a person writes files, too.
pub(super) struct Known<'a> {
    pub(super) root: &'a Root,
    pub(super) place: &'a Path,
    /// The names of what is a node's, from the place on.
    pub(super) known: &'a [&'a str],
    pub(super) before: &'a BTreeSet<PathBuf>,
}

/// What is new there.
#[derive(Default)]
pub(super) struct New {
    /// Is a node's.
    pub(super) known: Vec<PathBuf>,
    /// May be anybody's.
    pub(super) others: Vec<PathBuf>,
}

impl Known<'_> {
    pub(super) fn found(&self) -> Result<New, Error> {
        let mut new = New::default();
        if self.root.kind_of_link(self.place)? == Some(Kind::Directory) && self.whole(self.place, &mut new)? {
            return Ok(New { known: vec![self.place.to_owned()], others: Vec::new() });
        }
        Ok(new)
    }

    /// Whether all of it is new and a node's; where not, `new` has those parts that are new.
    fn whole(&self, path: &Path, new: &mut New) -> Result<bool, Error> {
        let name = path.strip_prefix(self.place).unwrap_or(path);
        let is_new = !self.before.contains(path);
        if is_new && self.known.iter().any(|known| Path::new(known) == name) {
            return Ok(true);
        }
        let depth = name.components().count();
        // What was there before is known two steps down.
        let goes_on =
            depth < 2 || (is_new && self.known.iter().any(|known| Path::new(known).starts_with(name)));
        if !goes_on || self.root.kind_of_link(path)? != Some(Kind::Directory) {
            if is_new {
                new.others.push(path.to_owned());
            }
            return Ok(false);
        }
        let (mut parts, mut all) = (New::default(), is_new);
        for name in self.root.list(path)?.unwrap_or_default() {
            let below = path.join(name);
            match self.whole(&below, &mut parts)? {
                true => parts.known.push(below),
                false => all = false,
            }
        }
        if !all {
            new.known.append(&mut parts.known);
            new.others.append(&mut parts.others);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{How, PLACES, Place, note_before};
    use super::*;
    use crate::Host;
    use crate::cluster::record::Record;
    use crate::fs::{Mode, set};

    /// `--purge` removes what a node left, and not what somebody wrote beside it meanwhile.
    #[test]
    fn what_somebody_wrote_beside_a_nodes_files_is_told_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        note_before(&host).unwrap();
        let theirs = [
            "/etc/kubernetes/audit.yaml",
            "/etc/kubernetes/manifests/own.yaml",
            "/etc/kubernetes/pki/corp/deep/k.key",
            "/var/lib/etcd/backup.db",
            "/etc/crio/crio.conf.d/10-own.conf",
            "/root/.kube/other",
            "/etc/crio/crio.conf",
            "/etc/cni/net.d/10-own.conflist",
            "/opt/cni/bin/own",
            "/opt/cni/own.txt",
        ];
        let nodes = [
            "/etc/kubernetes/tmp/kubeadm-backup/x",
            "/etc/kubernetes/pki/etcd/ca.crt",
            "/var/lib/etcd/member/db",
            "/etc/crio/seccomp.json",
            "/etc/containers/seccomp.json",
            "/root/.kube/cache/x",
            "/etc/cni/net.d/10-flannel.conflist",
            "/opt/cni/bin/flannel",
        ];
        for path in theirs.iter().chain(&nodes) {
            set(host.root(), Path::new(path), b"1", Mode::PUBLIC).unwrap();
        }
        let before = Record::read(&host).unwrap().before.unwrap().into_iter().collect();
        let places: Vec<&Place> = PLACES.iter().filter(|place| matches!(place.how, How::Known(_))).collect();
        let (mut known, mut others) = (Vec::new(), Vec::new());
        for Place { path, how, .. } in places {
            let How::Known(names) = how else { unreachable!() };
            let place = Path::new(path);
            let new = Known { root: host.root(), place, known: names, before: &before }.found().unwrap();
            known.extend(new.known);
            others.extend(new.others);
        }
        let of = |path: &str| others.iter().any(|one| Path::new(path).starts_with(one));
        assert!(theirs.iter().all(|path| of(path)), "{others:?}");
        assert!(!nodes.iter().any(|path| of(path)), "{others:?}");
        let gone = |path: &str| known.iter().any(|one| Path::new(path).starts_with(one));
        assert!(nodes.iter().all(|path| gone(path)), "{known:?}");
        assert!(!theirs.iter().any(|path| gone(path)), "{known:?}");
        // Where nothing else is there the directory goes as a whole, also an empty one.
        assert!(known.contains(&PathBuf::from("/etc/containers")), "{known:?}");
        for path in ["/etc/cni/net.d/10-own.conflist", "/etc/cni/net.d/10-flannel.conflist"] {
            crate::fs::remove_tree(host.root(), Path::new(path)).unwrap();
        }
        let place = Path::new("/etc/cni");
        let new = Known { root: host.root(), place, known: CNI, before: &before }.found().unwrap();
        assert_eq!(new.known, [place]);
    }
}
