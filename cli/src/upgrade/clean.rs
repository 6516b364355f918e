//! kubeadm's backups, which it never removes: copies of etcd's data among them.

use std::path::Path;

use host_prep::Host;
use host_prep::cluster::Leftover;
use host_prep::cluster::upgrade::UpgradeRecord;

use crate::doctor::renamed_away::renamed_away;
use crate::doctor::{Inspection, Unread};

const TMP: &str = "/etc/kubernetes/tmp";
/// What kubeadm names by the date: the newest comes last by name.
const DATED: [&str; 4] =
    ["kubeadm-backup-manifests-", "kubeadm-backup-etcd-", "kubeadm-kubelet-config-", "kubeadm-kubelet-env-"];

/// The backups of a control plane.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Backups {
    /// Those that are older than the newest.
    pub old: Vec<Leftover>,
    /// What is kept: the newest of each kind, and what has no date in its name.
    pub kept: Vec<String>,
    /// Why none may go now: what of an upgrade that is not done is left.
    pub needed_by: Option<String>,
}

/// The backups of a host; `keep` of each kind are not old.
///
/// # Errors
/// Where the directory cannot be read.
pub fn backups(seen: &Inspection<'_>, keep: usize) -> Result<Backups, Unread> {
    let mut found = Backups::default();
    let names = seen.files().list(TMP)?;
    for prefix in DATED {
        let mut own: Vec<&String> = names.iter().filter(|name| is_dated(name, prefix)).collect();
        own.sort();
        let old = own.len().saturating_sub(keep);
        found.old.extend(own[..old].iter().map(|name| Leftover::file(&Path::new(TMP).join(name), "kubeadm")));
    }
    let old = |path: &str| found.old.iter().any(|one| one.what == path);
    found.kept = names.iter().map(|name| format!("{TMP}/{name}")).filter(|path| !old(path)).collect();
    for name in names.iter().filter(|name| name.starts_with("kubeadm-upgraded-manifests")) {
        if !seen.files().list(format!("{TMP}/{name}"))?.is_empty() {
            found.needed_by = Some(format!("{TMP}/{name} is left"));
        }
    }
    // The only copy of a manifest that is to be put back may be in an older one.
    let is_there = |path: &str| Ok(seen.files().kind(path)?.is_some());
    let away = renamed_away(is_there, |dir| Ok(seen.files().list(dir)?.clone()))?;
    if let Some((name, copy)) = away.first() {
        found.needed_by =
            Some(format!("{name}.yaml is missing among the manifests, and {copy} is to be put back"));
    }
    let record = UpgradeRecord::read(seen.host());
    let record = record.map_err(|error| Unread::because("the record of an upgrade", &error))?;
    if let Some(record) = record.filter(UpgradeRecord::is_open) {
        found.needed_by = Some(format!("one to {} was begun here and has not ended", record.to));
    }
    Ok(found)
}

/// `kubeadm-backup-etcd-2026-11-29-10-00-00`.
fn is_dated(name: &str, prefix: &str) -> bool {
    let Some(date) = name.strip_prefix(prefix) else { return false };
    let parts: Vec<&str> = date.split('-').collect();
    parts.len() == 6 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// Removes what is old; what could not be removed, with why.
#[must_use]
pub fn clean(host: &Host, backups: &Backups) -> Vec<(String, String)> {
    host_prep::cluster::purge(host, &backups.old)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};
    use std::time::SystemTime;

    use host_prep::fs::{Mode, Root, write_new};
    use host_prep::{Commands, Invocation, Outcome};

    use super::*;

    /// Programs that are run, word by word.
    #[derive(Debug, Default)]
    struct Told(Mutex<Vec<String>>);

    impl Commands for Told {
        fn run(&self, invocation: &Invocation) -> io::Result<Outcome> {
            self.0.lock().unwrap().push(invocation.to_string());
            Ok(Outcome::new(0, "", ""))
        }
    }

    fn laid(names: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            let path = dir.path().join("etc/kubernetes/tmp").join(name).join("file");
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            write_new(&path, b"x", Mode::PUBLIC).unwrap();
        }
        dir
    }

    const MANIFESTS: [&str; 2] =
        ["kubeadm-backup-manifests-2025-01-02-03-04-05", "kubeadm-backup-manifests-2026-01-02-03-04-05"];
    const ETCD: &str = "kubeadm-backup-etcd-2025-01-02-03-04-05";

    #[test]
    fn the_newest_of_each_kind_stays_and_so_does_what_nobody_can_date() {
        let others = ["kubeadm-kubelet-config12345", "mine"];
        let dir = laid(&[&MANIFESTS[..], &[ETCD], &others].concat());
        let told = Arc::new(Told::default());
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), told.clone());
        let look = |keep| backups(&Inspection::of(&host, SystemTime::now()), keep).unwrap();
        let found = look(1);
        let old: Vec<&str> = found.old.iter().map(|one| one.what.as_str()).collect();
        assert_eq!(old, [format!("{TMP}/{}", MANIFESTS[0])]);
        assert_eq!((found.kept.len(), found.needed_by.as_deref()), (4, None));
        assert_eq!((look(0).old.len(), look(2).old.len()), (3, 0));
        assert!(told.0.lock().unwrap().iter().all(|command| !command.contains("rm ")));
        assert!(clean(&host, &found).is_empty());
        let run = told.0.lock().unwrap();
        assert!(run.last().unwrap().ends_with(MANIFESTS[0]), "{run:?}");
    }

    #[test]
    fn nothing_goes_while_an_upgrade_is_half_done() {
        let dir = laid(&[&MANIFESTS[..], &["kubeadm-upgraded-manifests777"]].concat());
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let found = backups(&Inspection::of(&host, SystemTime::now()), 1).unwrap();
        assert_eq!(found.needed_by.unwrap(), format!("{TMP}/kubeadm-upgraded-manifests777 is left"));
    }

    /// A manifest that kubeadm renamed away and that is not back may lie in an older backup alone.
    #[test]
    fn nothing_goes_while_a_manifest_is_missing() {
        let dir = laid(&MANIFESTS);
        let lay = |path: &str| {
            let path = dir.path().join("etc/kubernetes").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            write_new(&path, b"kind: Pod\n", Mode::PUBLIC).unwrap();
        };
        lay("manifests/etcd.yaml");
        lay(&format!("tmp/{}/kube-apiserver.yaml", MANIFESTS[0]));
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let needed = || backups(&Inspection::of(&host, SystemTime::now()), 1).unwrap().needed_by;
        assert!(needed().unwrap().contains(&format!("{TMP}/{}/kube-apiserver.yaml", MANIFESTS[0])));
        lay("manifests/kube-apiserver.yaml");
        assert_eq!(needed(), None);
    }

    /// Also where kubeadm has ended, and the node has not come back yet.
    #[test]
    fn nothing_goes_while_an_upgrade_of_ours_has_not_ended() {
        let dir = laid(&MANIFESTS);
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let needed = || backups(&Inspection::of(&host, SystemTime::now()), 1).map(|found| found.needed_by);
        let mut record = UpgradeRecord::new("1.34", "worker", "n1");
        record.begins(&host, "kubeadm-upgrade").unwrap();
        assert!(needed().unwrap().unwrap().contains("1.34"));
        record.end = Some(host_prep::cluster::upgrade::UpgradeEnd::Done);
        record.write(&host).unwrap();
        assert_eq!(needed().unwrap(), None);
    }
}
