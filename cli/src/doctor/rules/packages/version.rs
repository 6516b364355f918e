//! Versions of a node's packages beside each other, and whether they stay.
//!
//! The API server's minor is read off its manifest on a control plane; a worker has none, and its
//! packages are compared with each other by `doctor::hosts`.

use host_prep::distro::PackageManager;
use kubeadm_config::KubernetesVersion;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::versions::{DPKG, field, paragraphs, states};
use crate::doctor::inspection::{Inspection, known};

type Said = Result<(), Unread>;

/// The packages that a node's release hangs on.
pub(in crate::doctor::rules) const OF_A_NODE: [&str; 4] = ["kubelet", "kubeadm", "kubectl", "cri-o"];
/// Files of package managers that keep packages where they are.
const LOCKS: [&str; 4] = [
    "/etc/dnf/plugins/versionlock.list",
    "/etc/dnf/versionlock.toml",
    "/etc/yum/pluginconf.d/versionlock.list",
    "/etc/zypp/locks",
];

/// kubernetes.io, "Version Skew Policy": a kubelet is never newer than the API server, and since 1.28
/// up to three minors older, before that two.
///
/// kubeadm's own rule is the same minor or one up, and only a warning here, since it is not needed
/// while the cluster runs.
pub(super) fn mixed(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let apiserver = seen.manifest("kube-apiserver")?;
    let of_images = seen.kubernetes_minor();
    let Some(control_plane) = of_images.or_else(|| to_be(seen, told)) else {
        return known(&seen.facts().packages, "the package database").map(|_| ());
    };
    let distro = seen.facts().distro.known().and_then(Option::as_ref);
    let is_apt = distro.is_some_and(|distro| distro.packages == Some(PackageManager::Apt));
    let place = |package: &str| match seen.version(package).filter(|_| is_apt) {
        Some(version) => Evidence::file(DPKG).value(format!("{package} {version}")),
        None => seen.release_evidence(package),
    };
    let image =
        || apiserver.map(|manifest| manifest.evidence().value(manifest.image.clone().unwrap_or_default()));
    if let Some(kubelet) = seen.known_minor_of("kubelet")? {
        // Version Skew Policy: three minors since 1.28.
        let behind = if control_plane >= 28 { 3 } else { 2 };
        if kubelet > control_plane {
            told.fires(format!("the kubelet is 1.{kubelet}, newer than the API server of 1.{control_plane}"))
                .seen_at(place("kubelet"))
                .seen_in(image());
        } else if kubelet + behind < control_plane {
            told.fires(format!(
                "the kubelet is 1.{kubelet}, more than {behind} minors older than the API server of 1.{control_plane}"
            ))
            .seen_at(place("kubelet"))
            .seen_in(image());
        }
    }
    // Before init that is `kubeadm-minor-mismatch`.
    let kubeadm = seen.known_minor_of("kubeadm")?.filter(|_| of_images.is_some());
    if let Some(kubeadm) = kubeadm.filter(|kubeadm| kubeadm.abs_diff(control_plane) > 1) {
        told.warns(format!(
            "kubeadm is 1.{kubeadm}, and manages clusters of 1.{} and 1.{kubeadm} only",
            kubeadm - 1
        ))
        .seen_at(place("kubeadm"))
        .seen_in(image());
    }
    Ok(())
}

/// The minor that kubeadm is going to make or to join, by its file or its own: its preflight compares
/// the kubelet with it (`KubeletVersion`). A member without images of a control plane is a worker.
fn to_be(seen: &Inspection<'_>, told: &mut Told<'_>) -> Option<u64> {
    if seen.is_member() {
        return None;
    }
    let files = told.kubeadm_files(seen);
    let said = files.iter().find_map(|file| file.text("kubernetesVersion"));
    let said = said.and_then(|(text, _)| text.parse::<KubernetesVersion>().ok());
    said.map(|version| version.minor().number()).or_else(|| seen.minor_of("kubeadm"))
}

/// An upgrade by night takes a node to another minor where nothing holds its packages.
///
/// dpkg keeps "hold" in the status of a package, dnf and zypper in files of plugins.
pub(super) fn not_held(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.is_member() {
        return Ok(());
    }
    if let Some(status) = seen.files().file(DPKG)? {
        let free: Vec<&str> = OF_A_NODE.into_iter().filter(|name| is_free(&status.text(), name)).collect();
        if !free.is_empty() {
            told.fires(format!(
                "nothing holds {}: an upgrade of the system takes them along",
                free.join(", ")
            ))
            .seen_at(status.evidence())
            .cured_by(format!("`apt-mark hold {}`", free.join(" ")));
        }
        return Ok(());
    }
    not_held_by_rpm(seen, told)
}

/// Whether a package is installed and would be upgraded: `install ok installed` in dpkg's status
/// file (dpkg-query(1)).
fn is_free(status: &str, package: &str) -> bool {
    let paragraph = paragraphs(status).find(|paragraph| field(paragraph, "Package") == Some(package));
    let status = paragraph.and_then(|paragraph| field(paragraph, "Status"));
    // `hold` stands in place of `install` (dpkg(1), package selection states).
    status.is_some_and(|status| status.starts_with("install ") && status.ends_with(" installed"))
}

/// The repositories of Kubernetes have `exclude=` in the documentation; versionlock does as well.
///
/// One `exclude=` line in the section is enough, whatever else it names.
fn not_held_by_rpm(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let files = seen.files();
    let mut locked = String::new();
    for path in LOCKS {
        if let Some(file) = files.file(path)? {
            locked.push_str(&file.text());
        }
    }
    for dir in ["/etc/yum.repos.d", "/etc/zypp/repos.d"] {
        for name in files.list(dir)?.into_iter().filter(|name| name.ends_with(".repo")) {
            let path = format!("{dir}/{name}");
            let Some(file) = files.file(&path)? else { continue };
            let text = file.text();
            // Sections of repositories that have a node's packages.
            for section in text.split("\n[") {
                let of_kubernetes = section.contains("/core:/stable:") || section.contains("kubernetes-el7");
                let excluded =
                    section.lines().any(|line| line.starts_with("exclude") && line.contains("kubelet"));
                let off = section.lines().any(|line| line.replace(' ', "") == "enabled=0");
                if of_kubernetes && !excluded && !off && !locked.contains("kubelet") {
                    told.fires("nothing keeps the kubelet from an upgrade of the system")
                        .seen_at(Evidence::file(&path))
                        .cured_by(
                            "`exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni` in that repository, or `dnf versionlock`",
                        );
                }
            }
        }
    }
    Ok(())
}

/// What an installation leaves that was cut short.
///
/// rpm's transactions leave no such state in a file.
pub(super) fn half_installed(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(status) = seen.files().file(DPKG)? else { return Ok(()) };
    let text = status.text();
    for (package, state) in states(&text) {
        let last = state.rsplit(' ').next().unwrap_or_default();
        if ["half-installed", "half-configured", "unpacked", "triggers-awaited"].contains(&last) {
            told.fires(format!("dpkg did not finish with {package}: it is {last}"))
                .seen_at(status.evidence().value(format!("{package}: {state}")))
                .cured_by("`dpkg --configure -a`, then `apt-get -f install`");
        }
    }
    Ok(())
}
