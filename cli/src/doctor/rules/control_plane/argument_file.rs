//! Files that a component's flags name, and that its container does not have: hand edits add the flag
//! and forget the volume.

use kubeadm_config::component::{Component, Etcd};

use super::mounts::{Mount, mounts, nearest};
use crate::doctor::check::Told;
use crate::doctor::finding::Unread;
use crate::doctor::inspection::{Flag, Inspection, Manifest};

/// Other checks look for these on the host: certificates, keys, kubeconfigs.
const OF_OTHERS: [&str; 4] = ["ca-file", "cert-file", "key-file", "kubeconfig"];

/// The component looks in its own container, and exits at what it does not find there.
pub(super) fn not_there(seen: &Inspection<'_>, told: &mut Told<'_>) -> Result<(), Unread> {
    for manifest in seen.manifests()? {
        let said = manifest.flags.iter().map(|flag| (flag.name.as_str(), flag.value.as_str()));
        let opened = match Component::ALL.iter().find(|one| one.name() == manifest.name) {
            Some(component) => component.opens(said),
            None if manifest.name == "etcd" => Etcd::opens(said),
            None => continue,
        };
        let mounts = mounts(manifest);
        for flag in opened.into_iter().map(|at| &manifest.flags[at]) {
            match nearest(&mounts, &flag.value) {
                None => not_mounted(manifest, flag, told),
                Some(mount) => not_on_host(seen, (manifest, flag), mount, told)?,
            }
        }
    }
    Ok(())
}

fn not_mounted(manifest: &Manifest, flag: &Flag, told: &mut Told<'_>) {
    let (name, file) = (&manifest.name, &flag.value);
    // kubeadm's configuration has no volumes for etcd.
    let kept = match name.as_str() {
        "etcd" => "a patch of kubeadm",
        _ => "extraVolumes of kubeadm's configuration",
    };
    told.fires(format!("no volume of {name}'s Pod holds {file}: {name} does not find it, and exits"))
        .seen_at(flag.place.clone())
        .cured_by(format!(
            "add a hostPath volume of type File and a volumeMount with readOnly: true for {file} to {}, and to \
             {kept}, whose next upgrade writes the manifest anew",
            manifest.path
        ));
}

/// Only what no other check looks for: those look where the flag says, on the host.
fn not_on_host(
    seen: &Inspection<'_>,
    (manifest, flag): (&Manifest, &Flag),
    mount: &Mount,
    told: &mut Told<'_>,
) -> Result<(), Unread> {
    let name = flag.name.replace('_', "-");
    let is_ours = |path: &str| path != flag.value || !OF_OTHERS.iter().any(|end| name.ends_with(end));
    let Some((from, path)) = mount.from.as_ref().zip(mount.on_host(&flag.value)) else { return Ok(()) };
    if path == *from || !is_ours(&path) || seen.files().kind(&path)?.is_some() {
        return Ok(());
    }
    // Of a volume that has to be there manifest-hostpath-missing tells.
    if !mount.made && seen.files().kind(from)?.is_none() {
        return Ok(());
    }
    let component = &manifest.name;
    let called = if path == flag.value { String::new() } else { format!(" as {}", flag.value) };
    told.fires(format!(
        "{component} is to read {path}{called}, which is not on this host: {component} exits"
    ))
    .seen_at(flag.place.clone())
    .seen_at(mount.place.clone())
    .cured_by(format!("put {path} back, or take --{name} out of {}", manifest.path));
    Ok(())
}
