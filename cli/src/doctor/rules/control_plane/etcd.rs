//! Where etcd keeps its data.

use host_prep::fs::Kind;
use kubeadm_config::yaml::Node;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;

type Said = Result<(), Unread>;

/// An etcd that finds its directory empty begins a new cluster.
///
/// Two faults: the directory that etcd writes to is in no volume of the pod, so that its data is
/// gone with the container; or the directory is there and has no `member` in it. Both come of a
/// changed `dataDir` or a disk that was not mounted when the pod started, and both look like an
/// empty cluster to users.
pub(super) fn data_dir(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(etcd) = seen.manifest("etcd")? else { return Ok(()) };
    let Some(flag) = etcd.flag("data-dir") else { return Ok(()) };
    let dir = flag.value.trim_end_matches('/');
    let volumes = etcd.root.get("spec").and_then(|spec| spec.get("volumes")).and_then(Node::as_sequence);
    let paths: Vec<&Node> =
        volumes.into_iter().flatten().filter_map(|volume| volume.get("hostPath")?.get("path")).collect();
    let mounted = paths.iter().find(|path| {
        path.as_str().is_some_and(|path| {
            let path = path.trim_end_matches('/');
            dir == path || dir.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
        })
    });
    if mounted.is_none() && !paths.is_empty() {
        told.fires(format!(
            "etcd writes to {dir}, and no volume of its pod is there: its data is lost with the container"
        ))
        .seen_at(flag.place.clone())
        .seen_in(paths.iter().map(|path| etcd.at(path).value(path.as_str().unwrap_or_default())));
        return Ok(());
    }
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
