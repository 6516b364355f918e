//! Which images are there, and where they come from.
//!
//! containers-storage keeps the index of its images in one JSON file
//! (`<driver>-images/images.json`), so that no daemon has to be asked. Images that podman keeps
//! for other users lie elsewhere and do not count.

use std::collections::BTreeSet;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, Manifest};
use crate::doctor::rules::storage::in_use;

type Said = Result<(), Unread>;

/// The file that lists the images of the store, and the names and digests that they go by; `None`:
/// CRI-O has no store yet.
fn listed(seen: &Inspection<'_>) -> Result<Option<(String, Vec<String>)>, Unread> {
    if !seen.has_crio() {
        return Ok(None);
    }
    let store = in_use(seen)?;
    // The layout of containers/storage: `newImageStore` writes one list for each driver.
    let path = format!("{}/{}-images/images.json", store.root, store.driver);
    let Some(file) = seen.files().file(&path)? else { return Ok(None) };
    let Ok(all) = serde_json::from_slice::<Vec<serde_json::Value>>(&file.bytes) else {
        return Err(Unread::new(path, "it is not a list of images"));
    };
    let mut names = Vec::new();
    for image in &all {
        let of_image = image["names"].as_array().into_iter().flatten().filter_map(|name| name.as_str());
        names.extend(of_image.map(str::to_owned));
        names.extend(image["digest"].as_str().map(str::to_owned));
    }
    Ok(Some((path, names)))
}

/// By name as it is written, or by digest where the name has one.
fn has(names: &[String], image: &str) -> bool {
    let digest = image.split_once('@').map(|(_, digest)| digest);
    names.iter().any(|name| name == image || Some(name.as_str()) == digest)
}

/// A static pod's image that was removed is pulled at the next start, which needs the registry.
pub(super) fn of_static_pods(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some((path, names)) = listed(seen)? else { return Ok(()) };
    let pods = seen.manifests()?;
    let minors: BTreeSet<_> =
        pods.iter().filter(|pod| pod.is_of_kubernetes()).filter_map(Manifest::minor).collect();
    if minors.len() > 1 {
        // An upgrade that stopped: its images are pulled when it goes on (control-plane-minors-mixed).
        return Ok(());
    }
    for pod in pods {
        let Some(image) = pod.image.as_deref().filter(|image| !has(&names, image)) else { continue };
        told.fires(format!("the image of {} is not in the store: {image}", pod.name))
            .seen_at(Evidence::file(&path))
            .seen_at(pod.evidence().value(image))
            .cured_by(format!("`crictl pull {image}`"));
    }
    Ok(())
}

/// CRI-O pulls it with the first sandbox; where no registry is reached, no pod starts.
pub(super) fn of_sandboxes(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.is_member() {
        return Ok(());
    }
    let Some((path, names)) = listed(seen)? else { return Ok(()) };
    let Some((image, place)) = seen.crio_text("crio.image.pause_image") else { return Ok(()) };
    if !has(&names, &image) {
        told.notes(format!("the pause image is not in the store: {image}"))
            .seen_at(Evidence::file(path))
            .seen_in(place)
            .cured_by(format!("`crictl pull {image}`, before the registry is out of reach"));
    }
    Ok(())
}

/// kubeadm takes all of them from `imageRepository`; etcd's can be elsewhere on purpose.
pub(super) fn repositories(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let pods: Vec<&Manifest> = seen.manifests()?.iter().filter(|pod| pod.is_of_kubernetes()).collect();
    let all: Vec<(&str, Evidence)> = pods
        .iter()
        .filter_map(|pod| Some((pod.repository()?, pod.evidence().value(pod.image.as_deref()?))))
        .collect();
    let Some((first, place)) = all.first() else { return Ok(()) };
    if all.iter().any(|(other, _)| other != first) {
        told.fires("the components of the control plane are pulled from several repositories")
            .seen_in(all.iter().map(|(_, place)| place.clone()));
        return Ok(());
    }
    for file in told.kubeadm_files(seen) {
        if let Some((wanted, at)) = file.text("imageRepository").filter(|(wanted, _)| wanted != first) {
            told.fires(format!("imageRepository is {wanted}, and the control plane runs images of {first}"))
                .seen_at(at)
                .seen_at(place.clone());
        }
    }
    Ok(())
}
