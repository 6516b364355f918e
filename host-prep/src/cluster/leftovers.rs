//! What a node leaves on a host that neither `kubeadm reset` nor a rollback takes away, and how to
//! get rid of it.
//!
//! None of it is the engine's: CRI-O, the kubelet, the network plugin and kubeadm wrote it. What
//! was there before the first node was made is not listed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::leftover::{Leftover, mounts_below};
use super::record::Record;
use super::standing::{files_of_others, standing};
use crate::fs::{Kind, Root};
use crate::{Error, Host, Invocation};

/// A place that a node leaves things in.
struct Place {
    path: &'static str,
    /// Who does.
    of: &'static str,
    how: How,
}

/// How what is new in a place goes away.
enum How {
    /// The place, or what is new in it, is removed.
    Remove,
    /// Of what is new in it, only what is known by its name: a person writes files there, too.
    Known(&'static [&'static str]),
    /// It is a directory of the system that Pods made where the host had none: only an empty one
    /// goes.
    IfEmpty,
    /// A program of the host keeps it, and has a command of its own.
    By(&'static str, &'static [&'static str]),
}

const fn place(path: &'static str, of: &'static str) -> Place {
    Place { path, of, how: How::Remove }
}

const fn shared(path: &'static str, of: &'static str, known: &'static [&'static str]) -> Place {
    Place { path, of, how: How::Known(known) }
}

const PLACES: &[Place] = &[
    shared("/etc/kubernetes", "kubeadm", KUBEADM),
    place("/var/lib/kubelet", "the kubelet"),
    shared("/var/lib/etcd", "etcd", &["member"]),
    place("/var/lib/containers", "images and containers of CRI-O"),
    place("/run/containers", "containers of CRI-O"),
    place("/var/lib/crio", "CRI-O"),
    place("/run/crio", "CRI-O"),
    shared("/etc/crio", "CRI-O", CRIO),
    shared("/etc/containers", "CRI-O", CONTAINERS),
    place("/usr/share/containers", "CRI-O"),
    place("/var/log/crio", "CRI-O"),
    place("/var/log/pods", "logs of Pods"),
    place("/var/log/containers", "logs of Pods"),
    place("/etc/cni", "the network plugin"),
    place("/opt/cni", "the network plugin"),
    place("/var/lib/cni", "the network plugin"),
    place("/run/flannel", "flannel"),
    place("/var/lib/calico", "Calico"),
    place("/usr/libexec/kubernetes", "plugins of the kubelet"),
    shared("/root/.kube", "kubectl", &["cache", "http-cache"]),
    place("/run/k8sprep-kube", "kubectl of this program"),
    Place { path: "/usr/lib/modules", of: "Pods that mount it", how: How::IfEmpty },
    Place { path: "/lib/modules", of: "Pods that mount it", how: How::IfEmpty },
    Place { path: "/var/cache/apt/archives", of: "apt", how: How::By("apt-get", &["clean"]) },
    Place { path: "/var/lib/apt/lists", of: "apt", how: How::By("apt-get", &["update"]) },
    Place { path: "/var/cache/dnf", of: "dnf", how: How::By("dnf", &["clean", "all"]) },
    Place { path: "/var/cache/yum", of: "yum", how: How::By("yum", &["clean", "all"]) },
    Place { path: "/var/cache/zypp", of: "zypper", how: How::By("zypper", &["clean", "--all"]) },
];

/// What kubeadm writes below its directory (kubeadm, app/constants/constants.go). `tmp` holds the
/// backups of its upgrades. What else is there after a reset, which empties them, is not its own.
const KUBEADM: &[&str] = &[
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
const CRIO: &[&str] = &[
    "crio-umount.conf",
    "seccomp.json",
    "crio.conf.d/00-default.conf",
    "crio.conf.d/01-crio-runc.conf",
    "crio.conf.d/10-crio.conf",
    "crio.conf.d/10-crun.conf",
];

/// What CRI-O's packages and containers-common bring.
const CONTAINERS: &[&str] = &[
    "seccomp.json",
    "registries.conf.d/crio.conf",
    "registries.conf.d/000-shortnames.conf",
    "registries.conf.d/shortnames.conf",
    "registries.d/default.yaml",
];

/// Directories that packages share with the host: the last package that names one takes it away
/// when it is empty.
const SHARED: &[&str] = &["/opt", "/opt/cni", "/opt/cni/bin", "/etc/cni", "/etc/cni/net.d"];

/// Where a network plugin puts its files.
const NETWORK: &[&str] = &["/etc/cni/net.d", "/opt/cni/bin"];

/// Interfaces that network plugins make and leave.
const INTERFACES: &[&str] =
    &["cni0", "flannel.1", "flannel-v6.1", "kube-ipvs0", "vxlan.calico", "cilium_host"];

/// Where the kernel lists interfaces.
const NET: &str = "/sys/class/net";

/// What takes their rules away and leaves the host's.
const WITHOUT_RULES: &str = "iptables-save | grep -vE 'KUBE-|FLANNEL-|CNI-|cali-' | iptables-restore";

/// No more than so many entries are counted: what is larger is large.
const MOST: usize = 200_000;

/// Keeps what of all this is there already, before there is a node. Once: a second run would take a
/// node's for the host's. What an earlier node left is still an earlier node's.
///
/// # Errors
///
/// Where the system refuses.
pub fn note_before(host: &Host) -> Result<(), Error> {
    let record = Record::read(host)?;
    let known = record.before.is_some() && record.left.is_empty();
    // A node that somebody else made: what was there before it cannot be known any more.
    if known || !standing(host)?.is_bare() {
        return Ok(());
    }
    let mut before = there(host.root())?;
    before.extend(there_of_interfaces(host).map(|name| Path::new(NET).join(name)));
    before.retain(|path| !record.left.iter().any(|left| path.starts_with(left)));
    let rules = if record.before.is_some() { record.rules_before } else { count_of_rules(host) };
    Record::change(host, |record| {
        record.before = Some(before);
        record.rules_before = rules;
        record.left.clear();
    })
}

/// Makes the directories again that were there before and went with the last package that shared
/// them.
///
/// # Errors
///
/// Where the system refuses.
pub fn put_back_directories(host: &Host) -> Result<(), Error> {
    let before = Record::read(host)?.before.unwrap_or_default();
    for dir in SHARED.iter().map(Path::new).filter(|dir| before.iter().any(|path| path == dir)) {
        if host.root().kind_of_link(dir)?.is_none() {
            crate::fs::make(host.root(), dir, crate::fs::Mode::DIRECTORY)?;
        }
    }
    Ok(())
}

/// Keeps what is in the directories of network plugins, before a manifest is handed over. Once.
pub(super) fn note_before_network(host: &Host) -> Result<(), Error> {
    if Record::read(host)?.before_network.is_some() {
        return Ok(());
    }
    let before = files_of_network(host.root())?;
    Record::change(host, |record| record.before_network = Some(before))
}

/// Rolls back what the network plugin that `up` handed over put into the directories of network
/// plugins. What was removed.
///
/// # Errors
///
/// Where the system refuses.
pub fn remove_network_files(host: &Host) -> Result<Vec<PathBuf>, Error> {
    let Some(before) = Record::read(host)?.before_network else { return Ok(Vec::new()) };
    let mut removed = Vec::new();
    for path in files_of_network(host.root())? {
        if !before.contains(&path) && host.root().kind_of_link(&path)? != Some(Kind::Directory) {
            super::record::put(host, &path, crate::fs::Wanted::Nothing)?;
            removed.push(path);
        }
    }
    Ok(removed)
}

fn files_of_network(root: &Root) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for dir in NETWORK.iter().map(Path::new) {
        let names = root.list(dir)?.unwrap_or_default();
        found.extend(names.into_iter().map(|name| dir.join(name)));
    }
    Ok(found)
}

/// What is left on this host. Nothing where it is not known what was there before; after a node
/// has left, only what it left.
///
/// # Errors
///
/// Where the system refuses.
pub fn leftovers(host: &Host) -> Result<Vec<Leftover>, Error> {
    let record = Record::read(host)?;
    let Some(before) = record.before else { return Ok(Vec::new()) };
    let mut left = beside(host, &before.into_iter().collect())?;
    left.extend(rules(host, record.rules_before));
    if !record.left.is_empty() {
        let known = |one: &Leftover| record.left.iter().any(|left| Path::new(&one.what).starts_with(left));
        left.retain(|one| !one.what.starts_with('/') || known(one));
    }
    Ok(left)
}

/// What is in the places of a node where nobody looked before there was one. `--purge` does not
/// remove it: it may be the host's.
///
/// # Errors
///
/// Where the system refuses.
pub fn perhaps_left(host: &Host) -> Result<Vec<Leftover>, Error> {
    if Record::read(host)?.before.is_some() {
        return Ok(Vec::new());
    }
    let mut left = beside(host, &BTreeSet::new())?;
    left.extend(rules(host, 0));
    let left = left.into_iter();
    Ok(left.filter(|one| one.is_of_a_node()).map(Leftover::perhaps).collect())
}

/// What is there besides what was there before.
fn beside(host: &Host, before: &BTreeSet<PathBuf>) -> Result<Vec<Leftover>, Error> {
    let root = host.root();
    let mut left = Vec::new();
    for Place { path: place, of, how } in PLACES {
        let path = Path::new(place);
        match how {
            How::Remove => {
                for path in new_below(root, path, before)? {
                    left.push(Leftover::file(&path, of).with_size(size(root, &path)?));
                }
            }
            How::Known(known) => {
                let new = Known { root, place: path, known, before }.found()?;
                for path in new.known {
                    left.push(Leftover::file(&path, of).with_size(size(root, &path)?));
                }
                for path in new.others {
                    left.push(Leftover::file(&path, of).with_size(size(root, &path)?).of_somebody());
                }
            }
            How::IfEmpty => {
                if !before.contains(path) && root.kind_of_link(path)? == Some(Kind::Directory) {
                    left.push(Leftover::by((*place).to_owned(), of, "rmdir", &[place]));
                }
            }
            How::By(program, args) => {
                let mut bytes = 0;
                for path in new_below(root, path, before)? {
                    bytes += size(root, &path)?;
                }
                if bytes > 0 {
                    let kept = Leftover::by((*place).to_owned(), of, program, args);
                    left.push(kept.with_size(bytes));
                }
            }
        }
    }
    left.extend(interfaces(host, before));
    if !host.is_running() {
        // A program of this machine would clean this machine.
        left.retain(Leftover::is_a_path);
        return Ok(left.into_iter().map(|one| one.of_tree(root)).collect());
    }
    for one in &mut left {
        one.told_with_mounts(&mounts_below(host, Path::new(&one.what))?);
    }
    Ok(left)
}

/// The place itself where it is new, or what is new one step below it.
fn new_below(root: &Root, place: &Path, before: &BTreeSet<PathBuf>) -> Result<Vec<PathBuf>, Error> {
    match root.kind_of_link(place)? {
        None | Some(Kind::Symlink) => return Ok(Vec::new()),
        Some(_) if !before.contains(place) => return Ok(vec![place.to_owned()]),
        Some(Kind::Directory) => {}
        Some(_) => return Ok(Vec::new()),
    }
    let names = root.list(place)?.unwrap_or_default();
    let mut found = Vec::new();
    for path in names.into_iter().map(|name| place.join(name)) {
        if !before.contains(&path) {
            found.push(path);
        } else if root.kind_of_link(&path)? == Some(Kind::Directory) {
            let below = root.list(&path)?.unwrap_or_default();
            let below = below.into_iter().map(|name| path.join(name));
            found.extend(below.filter(|path| !before.contains(path)));
        }
    }
    Ok(found)
}

/// The places, and what is in them, two steps down.
fn there(root: &Root) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    let mut todo: Vec<(PathBuf, usize)> = PLACES.iter().map(|place| (PathBuf::from(place.path), 0)).collect();
    while let Some((path, depth)) = todo.pop() {
        let Some(kind) = root.kind_of_link(&path)? else { continue };
        if kind == Kind::Directory && depth < 2 {
            let names = root.list(&path)?.unwrap_or_default();
            todo.extend(names.into_iter().map(|name| (path.join(name), depth + 1)));
        }
        found.push(path);
    }
    for dir in SHARED.iter().map(PathBuf::from) {
        if root.kind_of_link(&dir)?.is_some() {
            found.push(dir);
        }
    }
    // One step further down than the places are looked at.
    found.extend(files_of_others(root)?);
    found.sort();
    found.dedup();
    Ok(found)
}

/// Bytes of all files below; links are not followed.
fn size(root: &Root, path: &Path) -> Result<u64, Error> {
    let (mut bytes, mut seen, mut todo) = (0, 0, vec![path.to_owned()]);
    while let Some(path) = todo.pop() {
        seen += 1;
        match root.kind_of_link(&path)? {
            Some(Kind::Directory) if seen < MOST => {
                let names = root.list(&path)?.unwrap_or_default();
                todo.extend(names.into_iter().map(|name| path.join(name)));
            }
            Some(Kind::File) => bytes += root.size(&path)?,
            _ => {}
        }
    }
    Ok(bytes)
}

/// Of the interfaces of network plugins those that are there.
fn there_of_interfaces(host: &Host) -> impl Iterator<Item = &'static str> {
    let there = |name: &str| matches!(host.root().kind(&Path::new(NET).join(name)), Ok(Some(_)));
    INTERFACES.iter().copied().filter(move |name| host.is_running() && there(name))
}

fn interfaces(host: &Host, before: &BTreeSet<PathBuf>) -> Vec<Leftover> {
    let new = there_of_interfaces(host).filter(|name| !before.contains(&Path::new(NET).join(name)));
    let left = new.map(|name| {
        Leftover::by(format!("interface {name}"), "the network plugin", "ip", &["link", "delete", name])
    });
    left.collect()
}

/// How many rules there are of kube-proxy and network plugins; none where iptables cannot say.
fn count_of_rules(host: &Host) -> usize {
    let Ok(said) = host.run(&Invocation::new("iptables-save", [] as [&str; 0])) else { return 0 };
    let said = String::from_utf8_lossy(&said.stdout);
    let of_nodes =
        |line: &&str| ["KUBE-", "FLANNEL-", "CNI-", "cali-"].iter().any(|name| line.contains(name));
    said.lines().filter(|line| line.starts_with("-A")).filter(of_nodes).count()
}

/// Rules of kube-proxy and network plugins. Where there were such rules before the node (podman
/// and nerdctl make `CNI-` ones), whose is which cannot be told.
fn rules(host: &Host, before: usize) -> Option<Leftover> {
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

/// What is new in a place in which a person writes files, too.
struct Known<'a> {
    root: &'a Root,
    place: &'a Path,
    /// The names of what is a node's, from the place on.
    known: &'a [&'a str],
    before: &'a BTreeSet<PathBuf>,
}

/// What is new there.
#[derive(Default)]
struct New {
    /// Is a node's.
    known: Vec<PathBuf>,
    /// May be anybody's.
    others: Vec<PathBuf>,
}

impl Known<'_> {
    fn found(&self) -> Result<New, Error> {
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
    use super::*;
    use crate::fs::{Mode, set};

    #[test]
    fn what_was_there_before_is_not_left_and_new_things_beside_it_are() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let put = |path: &str| set(host.root(), Path::new(path), b"12345", Mode::PUBLIC).unwrap();
        put("/var/lib/containers/storage/theirs");
        put("/opt/cni/bin/theirs");
        note_before(&host).unwrap();
        note_before_network(&host).unwrap();
        for path in [
            "/var/lib/containers/storage/overlay/layer",
            "/var/lib/etcd/member/db",
            "/opt/cni/bin/flannel",
            "/etc/cni/net.d/10-flannel.conflist",
        ] {
            put(path);
        }
        put_back_directories(&host).unwrap();
        // A second run of `up` on a node does not take the node's for the host's.
        note_before(&host).unwrap();
        note_before_network(&host).unwrap();
        let removed = remove_network_files(&host).unwrap();
        assert_eq!(
            removed,
            [Path::new("/etc/cni/net.d/10-flannel.conflist"), Path::new("/opt/cni/bin/flannel")]
        );
        let left = leftovers(&host).unwrap();
        let told: Vec<_> = left.iter().map(|one| (one.what.as_str(), one.size)).collect();
        assert_eq!(
            told,
            [
                ("/var/lib/etcd", Some(5)),
                ("/var/lib/containers/storage/overlay", Some(5)),
                ("/etc/cni", Some(0)),
            ]
        );
        assert!(dir.path().join("opt/cni/bin/theirs").exists());

        // The next node does not take what this one left for the host's.
        Record::forget(&host, &left).unwrap();
        note_before(&host).unwrap();
        assert_eq!(leftovers(&host).unwrap(), left);
    }

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
        ];
        let nodes = [
            "/etc/kubernetes/tmp/kubeadm-backup/x",
            "/etc/kubernetes/pki/etcd/ca.crt",
            "/var/lib/etcd/member/db",
            "/etc/crio/seccomp.json",
            "/etc/containers/seccomp.json",
            "/root/.kube/cache/x",
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
        // Where nothing else is there the directory goes as a whole.
        assert!(known.contains(&PathBuf::from("/etc/containers")), "{known:?}");
    }

    #[test]
    fn rules_and_interfaces_of_others_are_not_a_nodes() {
        let dir = tempfile::tempdir().unwrap();
        let answers = std::sync::Arc::new(crate::test_util::scripted::Scripted::default());
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
        let answers = crate::test_util::scripted::Scripted::new()
            .says("iptables-save", theirs)
            .says("iptables-save", theirs)
            .says("iptables-save", &both);
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), std::sync::Arc::new(answers));
        note_before(&host).unwrap();
        assert_eq!(leftovers(&host).unwrap(), [], "what was there is not left");
        let left = leftovers(&host).unwrap();
        assert_eq!(left[0].what, "2 iptables rules, 1 of them there before the node");
        assert!(!left[0].is_purged());
    }

    #[test]
    fn without_a_look_before_nothing_is_called_left() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        set(host.root(), Path::new("/var/lib/containers/theirs"), b"1", Mode::PUBLIC).unwrap();
        assert_eq!(leftovers(&host).unwrap(), []);
    }

    #[test]
    fn an_empty_directory_that_went_with_a_package_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        std::fs::create_dir(dir.path().join("opt")).unwrap();
        note_before(&host).unwrap();
        std::fs::remove_dir(dir.path().join("opt")).unwrap();
        put_back_directories(&host).unwrap();
        assert!(dir.path().join("opt").is_dir() && !dir.path().join("opt/cni").exists());
    }
}
