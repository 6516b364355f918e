//! Room on the file systems of a node, and how they are mounted.
//!
//! Room is read with statvfs(3) when facts are gathered; a disk that is not mounted as it will be
//! has none, and these checks are undecided there. `nodefs` is the file system of the kubelet's
//! directory, `imagefs` that of the container store, as the kubelet has the words.

use host_prep::facts::FileSystem;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::mounts::mount_of;
use crate::doctor::inspection::{Inspection, known};

type Said = Result<(), Unread>;

// The kubelet's default of `imageGCHighThresholdPercent`
// (pkg/kubelet/apis/config/v1beta1/defaults.go).
/// Percent of the images' file system.
const HIGH_THRESHOLD: i64 = 85;
/// What etcd's documentation and kubeadm's copy of its data want at least.
///
/// kubeadm copies the data aside at each upgrade.
// 2 GiB is etcd's own default for `--quota-backend-bytes`.
const ROOM_OF_ETCD: u64 = 2 << 30;

/// Where both are, unless somebody chose another place.
const KUBELET: &str = "/var/lib/kubelet";
const STORAGE: &str = "/var/lib/containers/storage";

/// The kubelet removes images from there on, each five minutes.
///
/// The images of pods that do not run now go first, the pause image and those of static pods among
/// them.
pub(super) fn image_gc(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let space = known(&seen.facts().space, "the free space of the host")?;
    let field = seen.kubelet_field("imageGCHighThresholdPercent")?;
    if space.imagefs.is_none() {
        file_system(seen, STORAGE)?;
    }
    let high = field.as_ref().and_then(|found| found.value.as_i64()).unwrap_or(HIGH_THRESHOLD);
    let Some(images) = space.imagefs.as_ref().filter(|images| images.size > 0) else { return Ok(()) };
    let used = 100 - i64::try_from(images.available.saturating_mul(100) / images.size).unwrap_or(100);
    if seen.is_member() && high < 100 && used >= high {
        told.fires(format!(
            "{used} % of the images' file system are used: the kubelet removes images from {high} % on"
        ))
        .seen_at(Evidence::kernel("statvfs(3)").value(images.path.display()))
        .seen_in(field.map(|found| found.place));
    }
    Ok(())
}

/// The kubelet's default threshold is 5 % for both. ext4 has a fixed number, made with the file
/// system; xfs has none to run out of.
pub(super) fn inodes(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let space = known(&seen.facts().space, "the free space of the host")?;
    let mut told_of: Vec<(u64, u64)> = Vec::new();
    for (one, path) in [(&space.nodefs, KUBELET), (&space.imagefs, STORAGE)] {
        if one.is_none()
            && let Err(unread) = file_system(seen, path)
        {
            told.could_not_read(unread);
        }
    }
    for one in [&space.nodefs, &space.imagefs].into_iter().flatten() {
        // Both may be one file system.
        if one.inodes > 0
            && one.inodes_free * 20 < one.inodes
            && !told_of.contains(&(one.inodes, one.inodes_free))
        {
            told.fires(format!(
                "{} of {} inodes are left for {}",
                one.inodes_free,
                one.inodes,
                one.path.display()
            ))
            .seen_at(Evidence::kernel("statvfs(3)").value(one.path.display()));
            told_of.push((one.inodes, one.inodes_free));
        }
    }
    Ok(())
}

/// `None` where the directory is not there.
/// # Errors
/// For any host but the running one.
fn file_system(seen: &Inspection<'_>, path: &str) -> Result<Option<FileSystem>, Unread> {
    if !seen.host().root().is_live() {
        return Err(Unread::not_running(path));
    }
    FileSystem::ask(seen.host(), path).map_err(|error| Unread::because(path, &error))
}

/// Sockets, locks and exit files of containers are made there.
///
/// Below two percent. Both are in memory, with a size of their own.
pub(super) fn run_full(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for path in ["/run", "/dev/shm"] {
        let Some(one) = file_system(seen, path)? else { continue };
        if one.size > 0 && one.available.saturating_mul(50) < one.size {
            told.fires(format!("{path} is full: {} KiB of {} are left", one.available >> 10, one.size >> 10))
                .seen_at(Evidence::kernel("statvfs(3)").value(path));
        }
    }
    Ok(())
}

/// etcd stops writing with a full disk ("mvcc: database space exceeded"), and what else is on it
/// fills it.
pub(super) fn etcd_disk(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(etcd) = seen.manifest("etcd")? else { return Ok(()) };
    let dir = etcd.flag("data-dir").map_or("/var/lib/etcd", |flag| flag.value.as_str());
    let Some(one) = file_system(seen, dir)? else { return Ok(()) };
    if one.size > 0 && one.available < ROOM_OF_ETCD {
        told.fires(format!(
            "{} MiB are left on etcd's disk, which it shares with what fills it",
            one.available >> 20
        ))
        .seen_at(Evidence::kernel("statvfs(3)").value(dir));
    }
    Ok(())
}

/// Programs of volumes, of containers and of the network are run from there.
///
/// Hardening guides mount `/var` so.
pub(super) fn noexec(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.is_for_a_node() {
        return Ok(());
    }
    let mounts = seen.mounts()?;
    for (path, options) in [
        ("/var/lib/kubelet", &["noexec", "nodev"][..]),
        ("/var/lib/containers", &["noexec", "nodev"]),
        ("/opt/cni/bin", &["noexec"]),
    ] {
        let Some(mount) = mount_of(&mounts, path) else { continue };
        for option in options.iter().filter(|option| mount.has(option)) {
            let what = format!("{path} is on {}, which is mounted {option}", mount.at);
            // Pods run without devices there, but for volumes that are block devices.
            let finding = told.fires_if(*option != "nodev", what);
            finding.seen_at(mount.evidence());
        }
    }
    Ok(())
}

/// kubeadm's controller manager wants the directory made where it is not there.
///
/// The default is below `/usr`, which image-based systems mount read-only; `DirectoryOrCreate`
/// then fails and the pod with it.
pub(in crate::doctor::rules) fn plugin_dir_read_only(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(manager) = seen.manifest("kube-controller-manager")? else { return Ok(()) };
    let Some(flag) = manager.flag("flex-volume-plugin-dir") else { return Ok(()) };
    // Only a directory that is to be made needs a file system that can be written to.
    if seen.files().kind(&flag.value)?.is_some() {
        return Ok(());
    }
    let mounts = seen.mounts()?;
    if let Some(mount) = mount_of(&mounts, &flag.value).filter(|mount| mount.has("ro")) {
        told.fires(format!("{} is not there, and {} is mounted read-only", flag.value, mount.at))
            .seen_at(flag.place.clone())
            .seen_at(mount.evidence());
    }
    Ok(())
}
