//! What a node leaves on a host that neither `kubeadm reset` nor a rollback takes away, and how to
//! get rid of it.
//!
//! None of it is the engine's: CRI-O, the kubelet, the network plugin and kubeadm wrote it. What
//! was there before the first node was made is not listed.

mod known;
mod network;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use known::{CNI, CONTAINERS, CRIO, KUBEADM, Known, PLUGINS};
use network::{NET, count_of_rules, interfaces, rules, there_of_interfaces};

use super::leftover::{Leftover, mounts_below};
use super::record::Record;
use super::standing::{files_of_others, standing};
use crate::fs::{Kind, Root};
use crate::{Error, Host};

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
    shared("/etc/cni", "the network plugin", CNI),
    shared("/opt/cni", "the network plugin", PLUGINS),
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

/// Directories that packages share with the host: the last package that names one takes it away
/// when it is empty.
const SHARED: &[&str] = &["/opt", "/opt/cni", "/opt/cni/bin", "/etc/cni", "/etc/cni/net.d"];

/// Where a network plugin puts its files.
const NETWORK: &[&str] = &["/etc/cni/net.d", "/opt/cni/bin"];

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
    before.retain(|path| !record.left.iter().any(|left| path.starts_with(left)));
    // An earlier node may have left interfaces and rules, and nothing tells them from the host's: the
    // host's are those that were there before it.
    let rules = match record.before {
        Some(known) => {
            before.extend(known.into_iter().filter(|path| path.starts_with(NET)));
            record.rules_before
        }
        None => {
            before.extend(there_of_interfaces(host).map(|name| Path::new(NET).join(name)));
            count_of_rules(host)
        }
    };
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
