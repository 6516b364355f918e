//! Where etcd keeps its data.

use host_prep::fs::Kind;
use kubeadm_config::component::Etcd;

use super::mounts::{Mount, mounts, nearest};
use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Flag, Inspection};

type Said = Result<(), Unread>;

/// An etcd that finds its directory empty begins a new cluster.
///
/// Two faults: the directory that etcd writes to is on no volume of its container, so that its data is
/// gone with it; or the directory is there and has no `member` in it. Both come of a
/// changed `dataDir` or a disk that was not mounted when the pod started, and both look like an
/// empty cluster to users.
pub(super) fn data_dir(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(etcd) = seen.manifest("etcd")? else { return Ok(()) };
    let said = etcd.flags.iter().map(|flag| (flag.name.as_str(), flag.value.as_str()));
    let mounts = mounts(etcd);
    for flag in Etcd::writes(said).into_iter().map(|at| &etcd.flags[at]) {
        match nearest(&mounts, &flag.value) {
            None => {
                let dir = &flag.value;
                told.fires(format!(
                    "etcd writes to {dir}, and no volume of its Pod is there: its data is lost with the container"
                ))
                .seen_at(flag.place.clone())
                .seen_in(mounts.iter().map(|mount| mount.place.clone()));
            }
            Some(mount) if flag.name == "data-dir" => empty(seen, flag, mount, told)?,
            Some(_) => {}
        }
    }
    Ok(())
}

/// Its directory of the host, where it has nothing of etcd in it.
fn empty(seen: &Inspection<'_>, flag: &Flag, mount: &Mount, told: &mut Told<'_>) -> Said {
    let Some(dir) = mount.on_host(&flag.value) else { return Ok(()) };
    let dir = dir.trim_end_matches('/');
    let member = format!("{dir}/member");
    // etcd begins a new cluster in an empty directory without a word
    // (`--initial-cluster-state=new`).
    if seen.files().kind(dir)? == Some(Kind::Directory) && seen.files().kind(&member)?.is_none() {
        told.fires(format!("{dir} has no data of etcd: it begins a new cluster"))
            .seen_at(Evidence::file(member))
            .seen_at(flag.place.clone())
            .cured_by(
                "put the data back before the pod starts: `etcdutl snapshot restore`, or the moved directory",
            );
    }
    Ok(())
}
