//! CRI-O's release beside the kubelet's, and what changed with it.

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;

type Said = Result<(), Unread>;

/// The kubelet speaks v1 since 1.23, and nothing else since 1.26; CRI-O understands v1 since 1.20,
/// and nothing else since 1.26 (`server/cri` of cri-o).
///
/// cri-o#6554. Compared by the releases that are installed, since neither daemon has to run.
pub(super) fn of_cri(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let (Some(kubelet), Some(crio)) = (seen.known_minor_of("kubelet")?, seen.known_minor_of("cri-o")?) else {
        return Ok(());
    };
    // kubelet 1.26 dropped v1alpha2, CRI-O 1.26 as well.
    let what = if kubelet >= 26 && crio < 20 {
        format!("kubelet 1.{kubelet} speaks CRI v1 alone, and CRI-O 1.{crio} v1alpha2")
    } else if kubelet < 23 && crio >= 26 {
        format!("kubelet 1.{kubelet} speaks CRI v1alpha2 alone, and CRI-O 1.{crio} v1")
    } else {
        return Ok(());
    };
    told.fires(what).seen_in(["kubelet", "cri-o"].map(|package| seen.release_evidence(package)));
    Ok(())
}

/// CRI-O's default runtime is crun since 1.31: containers that runc started are managed by runc only.
///
/// Fires only where CRI-O's default is in force and no file names a runtime: who wrote one chose
/// it. `/run/runc` and `/run/crun` have a directory a container.
pub(super) fn default_runtime(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.has_crio() {
        return Ok(());
    }
    let Some((own, place)) = seen.crio_text("crio.runtime.default_runtime") else { return Ok(()) };
    let other = match own.as_str() {
        "crun" => "runc",
        "runc" => "crun",
        _ => return Ok(()),
    };
    if place.is_some() {
        return Ok(());
    }
    let dir = format!("/run/{other}");
    if !seen.is_running() {
        return Err(Unread::not_running(dir));
    }
    let left = seen.files().list(&dir)?;
    if !left.is_empty() {
        told.fires(format!(
            "{} containers run with {other}, and CRI-O's default is {own} by now",
            left.len()
        ))
        .seen_at(Evidence::kernel(dir).value(left.len()))
        .cured_by(format!("drain the node first, or `default_runtime = \"{other}\"` until then"));
    }
    Ok(())
}
