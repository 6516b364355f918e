//! Files that a component's flags name, and that its container does not have: hand edits add the flag
//! and forget the volume.

use kubeadm_config::component::{Component, holds};
use kubeadm_config::yaml::Node;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Flag, Inspection, Manifest};

/// Other checks look for these on the host: certificates, keys, kubeconfigs.
const OF_OTHERS: [&str; 4] = ["ca-file", "cert-file", "key-file", "kubeconfig"];

/// What a container sees at a path.
struct Mount {
    /// Where in the container.
    at: String,
    /// Where on the host, of a hostPath without a `subPath`.
    from: Option<String>,
    place: Evidence,
}

/// The component looks in its own container, and exits at what it does not find there.
pub(super) fn not_there(seen: &Inspection<'_>, told: &mut Told<'_>) -> Result<(), Unread> {
    for manifest in seen.manifests()? {
        let Some(component) = Component::ALL.iter().find(|one| one.name() == manifest.name) else { continue };
        // What other containers of the pod mount is not seen by this one.
        let mounts = mounts(manifest);
        let said = manifest.flags.iter().map(|flag| (flag.name.as_str(), flag.value.as_str()));
        for flag in component.opens(said).into_iter().map(|at| &manifest.flags[at]) {
            let nearest = mounts.iter().filter(|mount| holds(&mount.at, &flag.value));
            match nearest.max_by_key(|mount| mount.at.trim_end_matches('/').len()) {
                None => not_mounted(manifest, flag, told),
                Some(mount) => not_on_host(seen, (manifest, flag), mount, told)?,
            }
        }
    }
    Ok(())
}

fn not_mounted(manifest: &Manifest, flag: &Flag, told: &mut Told<'_>) {
    let (name, file) = (&manifest.name, &flag.value);
    told.fires(format!("no volume of {name}'s Pod holds {file}: {name} does not find it, and exits"))
        .seen_at(flag.place.clone())
        .cured_by(format!(
            "add a hostPath volume of type File and a volumeMount with readOnly: true for {file} to {}, and to \
             extraVolumes of kubeadm's configuration, whose next upgrade writes the manifest anew",
            manifest.path
        ));
}

/// Only what no other check looks for.
fn not_on_host(
    seen: &Inspection<'_>,
    (manifest, flag): (&Manifest, &Flag),
    mount: &Mount,
    told: &mut Told<'_>,
) -> Result<(), Unread> {
    let name = flag.name.replace('_', "-");
    let rest = flag.value.strip_prefix(mount.at.trim_end_matches('/')).unwrap_or_default();
    let Some(from) = mount.from.as_ref().filter(|_| !OF_OTHERS.iter().any(|end| name.ends_with(end))) else {
        return Ok(());
    };
    let path = format!("{}{rest}", from.trim_end_matches('/'));
    // A volume with a type is told by manifest-hostpath-missing.
    if rest.is_empty() || seen.files().kind(&path)?.is_some() || seen.files().kind(from)?.is_none() {
        return Ok(());
    }
    let component = &manifest.name;
    told.fires(format!("{component} is to read {path}, which is not on this host: {component} exits"))
        .seen_at(flag.place.clone())
        .seen_at(mount.place.clone())
        .cured_by(format!("put {path} back, or take --{name} out of {}", manifest.path));
    Ok(())
}

/// Those of the component's own container.
fn mounts(manifest: &Manifest) -> Vec<Mount> {
    let spec = manifest.root.get("spec");
    let containers = list(spec, "containers");
    let own = containers
        .iter()
        .find(|one| text(one, "name") == Some(manifest.name.as_str()))
        .or(containers.first());
    let volumes = list(spec, "volumes");
    let host_path = |mount: &Node| {
        let volume = volumes.iter().find(|one| text(one, "name") == text(mount, "name"))?;
        let plain = ["subPath", "subPathExpr"].iter().all(|key| mount.get(key).is_none());
        text(volume.get("hostPath").filter(|_| plain)?, "path").map(str::to_owned)
    };
    let mount = |mount: &Node| {
        let at = text(mount, "mountPath")?.to_owned();
        Some(Mount { place: manifest.at(mount.get("mountPath")?).value(&at), from: host_path(mount), at })
    };
    list(own, "volumeMounts").iter().filter_map(mount).collect()
}

fn list<'n>(node: Option<&'n Node>, key: &str) -> &'n [Node] {
    node.and_then(|node| node.get(key)).and_then(Node::as_sequence).unwrap_or_default()
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::as_str)
}
