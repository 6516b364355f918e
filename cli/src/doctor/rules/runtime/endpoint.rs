//! Where the kubelet looks for the runtime, and where CRI-O does not look for files.

use std::path::Path;

use crio_config::Value;

use crate::doctor::check::{Told, by_crio, by_facts};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;
use crate::recipe::KUBELET_ASKS_FOR_DRIVER;

type Said = Result<(), Unread>;

/// CRI-O's own limit up to 1.23.
///
/// Java programs and databases reach it; later releases leave the limit to the kubelet.
// CRI-O's own default up to 1.23 (`DefaultPidsLimit`, config.go).
const FEW_PIDS: i64 = 1024;

/// Where the kubelet is told its endpoint, a flag before its files.
///
/// `None` where nothing says it: the kubelet then takes its own default, which is containerd's
/// socket.
fn endpoint(seen: &Inspection<'_>) -> Result<Option<(String, Evidence)>, Unread> {
    seen.kubelet_setting("container-runtime-endpoint", "containerRuntimeEndpoint")
}

/// What a kubelet does not dial, or dials elsewhere (k8s.io/cri-client, `util_unix.go`): only unix
/// sockets, and what stands behind two slashes is a host, whose path is what is left.
///
/// `None` for an endpoint that can be dialled. A bare path and `unix:/run/...` can.
fn why(endpoint: &str) -> Option<String> {
    if endpoint != endpoint.trim() {
        return Some("it has a blank at its end".to_owned());
    }
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("unix", endpoint));
    if scheme != "unix" {
        return Some(format!("{scheme} is not supported, only unix sockets are"));
    }
    if endpoint.starts_with("unix://") && !rest.starts_with('/') {
        // `unix://run/x.sock` has the authority `run` and the path `/x.sock`.
        let dialled = rest.split_once('/').map_or("", |(_, path)| path);
        return Some(format!("two slashes make a host of its first part: the kubelet dials /{dialled}"));
    }
    None
}

/// Recorded kubelets say `only support unix socket endpoint`, or wait for a socket that is not
/// there.
pub(super) fn invalid(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some((endpoint, place)) = endpoint(seen)? else { return Ok(()) };
    match why(&endpoint) {
        Some(why) => {
            told.fires(format!("{endpoint:?} is not a valid endpoint of a runtime: {why}")).seen_at(place);
            Ok(())
        }
        // What else of it ends the kubelet, the kubelet itself tells.
        None => by_facts(seen, told),
    }
}

/// A value that is wrong by itself is told by itself.
pub(super) fn mismatch(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if endpoint(seen)?.is_some_and(|(endpoint, _)| why(&endpoint).is_some()) {
        return Ok(());
    }
    by_facts(seen, told)
}

/// Since 1.31 a kubelet takes the driver from the runtime; an older one ends, or its pods do.
///
/// An error below 1.31 only: later kubelets ask the runtime over CRI (KEP-4033), and a difference
/// is then a note.
pub(super) fn cgroup_driver(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some((manager, crio)) = seen.crio_text("crio.runtime.cgroup_manager").filter(|_| seen.has_crio())
    else {
        return Ok(());
    };
    let said = seen.kubelet_setting("cgroup-driver", "cgroupDriver")?;
    let Some((driver, place)) = said.filter(|(driver, _)| *driver != manager) else { return Ok(()) };
    let what = format!("the kubelet has cgroup driver {driver}, CRI-O has {manager}");
    let finding = match seen.kubelet_minor() {
        // From then on the kubelet takes the driver that the runtime names (KEP-4033,
        // RuntimeConfig).
        Some(minor) if minor < KUBELET_ASKS_FOR_DRIVER => told.fires(what),
        Some(minor) => told.notes(format!("{what}, which kubelet 1.{minor} takes")),
        None => told.warns(format!("{what}; kubelets since 1.{KUBELET_ASKS_FOR_DRIVER} take CRI-O's")),
    };
    finding.seen_at(place).seen_in(crio);
    Ok(())
}

/// What CRI-O's rules say of programs, which a tree may not have.
pub(super) fn program(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if seen.has_crio() && !seen.has_programs() {
        told.could_not_read(Unread::new("/usr/bin", "the tree has no programs"));
    }
    by_crio(seen, told)
}

/// Directories that tools take for CRI-O's, and CRI-O does not read.
///
/// `/etc/crio/crio.conf.d` is the directory that is read (nvidia-container-toolkit#1829).
pub(super) fn misplaced(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    by_crio(seen, told)?;
    if !seen.has_crio() {
        return Ok(());
    }
    let read = &seen.facts().crio.places.drop_ins;
    let (reads, cure) = match read {
        Some(dir) => (format!("CRI-O reads {}", dir.display()), format!("move it to {}", dir.display())),
        None => {
            let none = "crio.service has CRI-O read no drop-ins".to_owned();
            (none, "take the empty --config-dir, or CONTAINER_CONFIG_DIR, out of crio.service".to_owned())
        }
    };
    // The last is the one by default, where the unit names another.
    for dir in ["/etc/crio/conf.d", "/etc/crio.conf.d", "/etc/crio/crio.d", "/etc/crio/crio.conf.d"] {
        if read.as_deref() == Some(Path::new(dir)) {
            continue;
        }
        for name in seen.files().list(dir)? {
            told.fires(format!("{dir}/{name} is not read: {reads}"))
                .seen_at(Evidence::file(format!("{dir}/{name}")))
                .cured_by(&cure);
        }
    }
    Ok(())
}

/// Zero and below is "no limit", and not few.
pub(super) fn pids_limit(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(found) = seen.crio_value("crio.runtime.pids_limit").filter(|_| seen.has_crio()) else {
        return Ok(());
    };
    if let Value::Integer(limit) = found.value
        && (1..=FEW_PIDS).contains(&limit)
    {
        told.fires(format!(
            "a container may have {limit} processes and threads only (crio.runtime.pids_limit)"
        ))
        .seen_in(found.place);
    }
    Ok(())
}
