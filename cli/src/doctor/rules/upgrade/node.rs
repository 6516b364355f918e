//! What of the node itself stands in the way of the minor to come.

use crio_config::{Release, merge, upgrade_notes_for};
use kubeadm_config::{KubeadmRelease, Minor};

use super::ahead::next;
use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread, date};
use crate::doctor::inspection::Inspection;
use crate::doctor::inspection::versions::{DPKG, states};
use crate::doctor::renamed_away::{MANIFESTS, renamed_away};
use crate::doctor::rules::certificates::life::{days_left, living};
use crate::doctor::rules::packages::version::OF_A_NODE;
use crate::recipe;

type Said = Result<(), Unread>;

/// A manifest that kubeadm renamed away, as long as the host is a member: after `kubeadm reset` the backups of
/// its last upgrade may be left.
pub(super) fn set_aside(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.is_member() {
        return Ok(());
    }
    let is_there = |path: &str| Ok(seen.files().kind(path)?.is_some());
    for (name, kept) in renamed_away(is_there, |dir| Ok(seen.files().list(dir)?.into_iter().collect()))? {
        told.fires(format!("{MANIFESTS}/{name}.yaml was renamed away by an upgrade and is not back"))
            .seen_at(Evidence::file(&kept))
            .cured_by(format!(
                "`mv {} {MANIFESTS}/`, wait until its pod runs, and then go on with the upgrade",
                host_prep::shell_word(&kept)
            ));
    }
    Ok(())
}

/// What this node runs; the other members are asked by an upgrade.
pub(super) fn etcd_too_old(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(to) = next(seen).filter(|to| *to >= recipe::ETCD_3_6_SINCE) else { return Ok(()) };
    let Some(etcd) = seen.manifest("etcd")? else { return Ok(()) };
    let Some(tag) = etcd.tag().filter(|tag| recipe::numbers_of(tag).is_some()) else {
        // An image by its digest may be of any.
        let unread = || Unread::new(&etcd.path, "its image names no release of etcd");
        return if seen.target().is_some() { Err(unread()) } else { Ok(()) };
    };
    if !recipe::is_etcd_too_old_for_3_6(tag) {
        return Ok(());
    }
    let what = format!(
        "etcd {tag} runs here, and 1.{to} comes with etcd 3.6 or later: it wants 3.5.24 on every member before"
    );
    let finding = told.fires_if(seen.target().is_some(), what);
    finding.seen_at(etcd.evidence().value(tag));
    Ok(())
}

/// How far a kubelet may be behind the API server (kubeadm's constants; the project's page has 3 for all that
/// are 1.25 or later).
pub(super) fn kubelet_too_old(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(to) = seen.target() else { return Ok(()) };
    let Some(kubelet) = seen.known_minor_of("kubelet")? else {
        return Err(Unread::new("the package database", "it has no kubelet: which one runs is not known"));
    };
    let most = if to >= 29 { 3 } else { 1 };
    if to.saturating_sub(kubelet) > most {
        told.fires(format!("the kubelet is 1.{kubelet}, and kubeadm 1.{to} wants 1.{} at least", to - most))
            .seen_at(seen.release_evidence("kubelet"));
    }
    Ok(())
}

/// From 1.34 on kubeadm takes the endpoint of the runtime from instance-config.yaml, which it makes of the flag in
/// kubeadm-flags.env; an endpoint in no such place is lost (kubeadm, `phases/kubelet/config.go`).
pub(super) fn endpoint_not_kept(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const FIRST: u64 = 34;
    const WITHOUT_FLAG: u64 = 37;
    const INSTANCE: &str = "/var/lib/kubelet/instance-config.yaml";
    let Some(to) = next(seen).filter(|to| *to >= FIRST && seen.is_member()) else { return Ok(()) };
    let said = seen.files().file(INSTANCE)?;
    let has = |text: &str| {
        let mut lines = text.lines().filter_map(|line| line.trim().strip_prefix("containerRuntimeEndpoint:"));
        lines.any(|value| !value.trim().trim_matches(['"', '\'']).is_empty())
    };
    if said.as_ref().is_some_and(|file| has(&file.text())) {
        return Ok(());
    }
    let flags = seen.files().file(super::ahead::FLAGS)?;
    let flagged = flags.as_ref().is_some_and(|file| file.text().contains("--container-runtime-endpoint="));
    if said.is_none() && flagged && to < WITHOUT_FLAG {
        return Ok(());
    }
    let place = said.map_or_else(|| Evidence::file(INSTANCE), |file| file.evidence());
    let what = format!("{INSTANCE} names no runtime, and kubeadm 1.{to} takes the endpoint from there");
    let finding = told.fires_if(seen.target().is_some(), what);
    finding.seen_at(place);
    Ok(())
}

/// A package that is installed and selected to be removed (`dpkg --set-selections`): whoever goes by what is
/// selected, such as `apt-get dselect-upgrade`, takes it away (dpkg(1)).
pub(super) fn to_be_removed(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(status) = seen.files().file(DPKG)? else { return Ok(()) };
    let text = status.text();
    for (package, state) in states(&text) {
        let is_marked = ["deinstall ", "purge "].iter().any(|want| state.starts_with(want));
        if is_marked && state.ends_with(" installed") && OF_A_NODE.contains(&package) {
            let what = format!("{package} is installed and selected to be removed");
            told.fires_if(seen.target().is_some(), what)
                .seen_at(status.evidence().value(format!("{package}: {state}")))
                .cured_by(format!("`apt-mark hold {package}`"));
        }
    }
    Ok(())
}

/// The kubelet asks containerd from this minor on, where nothing tells it whom (kubelet,
/// `SetDefaults_KubeletConfiguration`).
const ASKS_CONTAINERD: u64 = 24;

/// A node whose kubelet asks another runtime: its upgrade would be planned as one of CRI-O.
pub(super) fn another_runtime(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if seen.target().is_none() || !seen.is_member() {
        return Ok(());
    }
    let has_crio = seen.has_crio() || seen.minor_of("cri-o").is_some();
    let docker = seen.kubelet_flag("container-runtime").filter(|(kind, _)| kind == "docker");
    let endpoint = seen.kubelet_setting("container-runtime-endpoint", "containerRuntimeEndpoint")?;
    let (runtime, place) = match (docker, endpoint.filter(|(endpoint, _)| !endpoint.is_empty())) {
        (Some((_, place)), _) => ("docker", place),
        (None, Some((endpoint, place))) => match other_runtime(&endpoint) {
            Some(runtime) => (runtime, place),
            None if seen.known_minor_of("cri-o")?.is_some() => return Ok(()),
            None => {
                return Err(Unread::new(
                    "the package database",
                    "it has no CRI-O: which one runs is not known",
                ));
            }
        },
        // Where nothing tells the kubelet so, and CRI-O is there, other checks ask why.
        (None, None) if has_crio => return Ok(()),
        (None, None) => match seen.known_minor_of("kubelet")? {
            Some(minor) if minor >= ASKS_CONTAINERD => ("containerd", seen.release_evidence("kubelet")),
            Some(_) => ("docker", seen.release_evidence("kubelet")),
            None => return Ok(()),
        },
    };
    told.fires(format!("the kubelet asks {runtime}, and this plan is one of nodes with CRI-O"))
        .seen_at(place);
    Ok(())
}

/// The other runtime whose socket that is; `None`: CRI-O's, or one that is not known.
fn other_runtime(endpoint: &str) -> Option<&'static str> {
    let known = [("cri-dockerd", "docker"), ("dockershim", "docker"), ("containerd", "containerd")];
    known.into_iter().find(|(socket, _)| endpoint.contains(socket)).map(|(_, runtime)| runtime)
}

/// The runtime that starts containers, where no file says which.
pub(super) fn oci_runtime(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let (Some(to), Some(from)) = (next(seen), seen.minor_of("cri-o")) else { return Ok(()) };
    let release = |minor: u64| u16::try_from(minor).ok().map(Release::newest_of);
    let known = |(from, to): &(Release, Release)| from < to && *to <= Release::NEWEST;
    let Some((from, to)) = release(from).zip(release(to)).filter(known) else {
        return Ok(());
    };
    let sources = seen.crio_files()?;
    let read = |release| merge(sources, release).ok().map(|merged| merged.config);
    let (Some(before), Some(after)) = (read(from), read(to)) else { return Ok(()) };
    let notes = upgrade_notes_for(&before, &after);
    if !notes.iter().any(|note| note.path == recipe::DEFAULT_RUNTIME) {
        return Ok(());
    }
    let (old, new) = (recipe::default_runtime(&before), recipe::default_runtime(&after));
    let what = format!(
        "CRI-O {to} starts containers with {new} where no file says otherwise, and {from} with {old}"
    );
    let finding = told.fires_if(seen.target().is_some(), what);
    let key = recipe::DEFAULT_RUNTIME;
    finding.cured_by(format!("keep it: `k8sprep crio set {key} {old}`, with a table of that runtime"));
    Ok(())
}

/// A control plane is restarted by an upgrade, and renewed by it only at its end; a kubelet whose certificate is
/// that near its end has not renewed it.
pub(super) fn certificate_ends(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if seen.target().is_none() {
        return Ok(());
    }
    let used = living(seen, told).into_iter().filter(|living| living.is_used);
    let kubelets = seen.kubelet_certificate()?.map(|(one, place)| (place, one));
    // Those that have ended are told by another check.
    for (place, one) in used.map(|living| (living.place, living.one)).chain(kubelets) {
        if days_left(&one, seen.now()) == Some(0) {
            let end = date(one.not_after);
            told.fires(format!("{} ends at {end}, within a day", place.source))
                .seen_at(place.value(&one.subject));
        }
    }
    Ok(())
}

/// kubeadm takes the kubelet's settings out of a ConfigMap at every upgrade and join (kubeadm
/// `cmd/phases/upgrade/kubeletconfig.go`), so what the node's file alone says is lost.
const OF_A_MEMBER: &str = "On a member it belongs in the ConfigMap kube-system/kubelet-config, which every `kubeadm \
     upgrade` writes over the node's file; then `kubeadm upgrade node phase kubelet-config` on each node";

/// The kubelet exits on cgroup v1 since 1.35, unless it is told not to.
pub(super) fn cgroup_v1(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(to) = next(seen).filter(|to| *to >= recipe::KUBELET_NEEDS_CGROUP_V2) else { return Ok(()) };
    if let Some(said) = recipe::on_cgroup_v1(seen.facts(), to, "") {
        told.fires_if(seen.target().is_some(), said.what)
            .seen_at(Evidence::kernel("/proc/mounts"))
            .cured_by(format!("{}. {OF_A_MEMBER}", said.hint));
        return Ok(());
    }
    match seen.facts().kernel.cgroup.reason() {
        // Only where an upgrade is asked for does it matter that nobody knows.
        Some(reason) if seen.target().is_some() => Err(Unread::new("/proc/mounts", reason)),
        _ => Ok(()),
    }
}

/// One minor at a time, and never back.
pub(super) fn target(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(to) = seen.target() else { return Ok(()) };
    let (found, who) = match seen.kubernetes_minor() {
        Some(minor) => (Some(minor), "the control plane"),
        None => (seen.minor_of("kubelet"), "the kubelet"),
    };
    let Some(found) = found else {
        return Err(Unread::new("the package database", "which minor runs here is not known"));
    };
    // Several components tell one minor; one whose image names none may be of another.
    for pod in seen.manifests()?.iter().filter(|pod| pod.is_of_kubernetes() && pod.minor().is_none()) {
        told.could_not_read(Unread::new(&pod.path, "its image names no release of Kubernetes"));
    }
    // A worker's kubelet may be behind its control plane by more than one, and is taken up step by step too.
    if to > found + 1 {
        told.fires(format!("{who} is 1.{found}, and 1.{to} is asked for: one minor at a time"))
            .cured_by(format!("`k8sprep upgrade plan --to 1.{}` first", found + 1));
    }
    if KubeadmRelease::of(&Minor::new(to).patch(0)).is_err() {
        return Err(Unread::new("the tables of releases", format!("1.{to} is not in them")));
    }
    Ok(())
}
