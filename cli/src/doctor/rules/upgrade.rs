//! From one minor to the next.

use crate::doctor::check::{Check, Need, Told, note, warning};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, known};
use crate::recipe::flags_that_end_with;

const FILES: &[Need] = &[Need::Files];

/// The rows.
pub(super) const CHECKS: &[Check] = &[
    warning("crio-not-upgraded", FILES, crio_not_upgraded),
    warning("kubeadm-flags-outdated", FILES, flags_outdated),
    note("upgrade-backups-left", FILES, backups_left),
];

type Said = Result<(), Unread>;

/// CRI-O's minors go with those of Kubernetes; one apart works while a node is upgraded.
fn crio_not_upgraded(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    known(&seen.facts().packages, "the package database")?;
    let Some(crio) = seen.minor_of("cri-o") else { return Ok(()) };
    let Some(kubernetes) = seen.kubernetes_minor().or_else(|| seen.minor_of("kubelet")) else {
        return Ok(());
    };
    if crio.abs_diff(kubernetes) > 1 {
        let version = seen.version("cri-o").unwrap_or_default();
        told.fires(format!("CRI-O is 1.{crio}, and Kubernetes 1.{kubernetes}: such a pair is not supported"))
            .seen_at(Evidence::command("packages").value(format!("cri-o {version}")));
    }
    Ok(())
}

/// What the kubelet of the next minor ends at, known before.
fn flags_outdated(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const FLAGS: &str = "/var/lib/kubelet/kubeadm-flags.env";
    let Some(minor) = seen.kubelet_minor() else { return Ok(()) };
    let Some(file) = seen.files().file(FLAGS)? else { return Ok(()) };
    let text = file.text();
    for flag in flags_that_end_with(minor + 1) {
        let written = format!("--{flag}");
        let words = text.split(|c: char| c.is_whitespace() || "\"'=".contains(c));
        if words.into_iter().any(|word| word == written) {
            told.fires(format!("{FLAGS} has --{flag}, and a kubelet of 1.{} ends at it", minor + 1))
                .seen_at(file.evidence().value(written));
        }
    }
    Ok(())
}

/// kubeadm keeps the manifests and the data of etcd from before each upgrade.
fn backups_left(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const TMP: &str = "/etc/kubernetes/tmp";
    let names = seen.files().list(TMP)?;
    let left: Vec<String> = names.into_iter().filter(|name| name.starts_with("kubeadm-backup-")).collect();
    if !left.is_empty() {
        told.fires(format!("backups of upgrades are left in {TMP}"))
            .seen_in(left.iter().map(|name| Evidence::file(format!("{TMP}/{name}"))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::doctor::{Family, laid};

    const DEBIAN: (&str, &str) = ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");

    fn codes(files: &[(&str, &str)]) -> Vec<&'static str> {
        laid::codes_of(Family::Upgrade, &[&[DEBIAN], files].concat())
    }

    #[test]
    fn minors_of_cri_o_and_kubernetes_go_together() {
        let of = |crio: &str| {
            let paragraph =
                |name, version| format!("Package: {name}\nStatus: hold ok installed\nVersion: {version}\n");
            let status = format!("{}\n{}", paragraph("kubelet", "1.34.0-1.1"), paragraph("cri-o", crio));
            codes(&[("var/lib/dpkg/status", &status)])
        };
        assert_eq!(of("1.31.13-1.1"), ["crio-not-upgraded"]);
        assert_eq!(of("1.33.2-1.1"), [""; 0]);
        assert_eq!(of("1.34.0-1.1"), [""; 0]);
    }

    #[test]
    fn a_flag_that_the_next_kubelet_does_not_know_is_told_before() {
        let of = |version: &str| {
            let status = format!("Package: kubelet\nStatus: hold ok installed\nVersion: {version}\n");
            let flags = "KUBELET_KUBEADM_ARGS=\"--pod-infra-container-image=registry.k8s.io/pause:3.10\"\n";
            codes(&[("var/lib/dpkg/status", &status), ("var/lib/kubelet/kubeadm-flags.env", flags)])
        };
        assert_eq!(of("1.34.0-1.1"), ["kubeadm-flags-outdated"]);
        assert_eq!(of("1.33.0-1.1"), [""; 0]);
    }

    #[test]
    fn backups_of_upgrades_are_noted() {
        let left = ("etc/kubernetes/tmp/kubeadm-backup-manifests-2026/etcd.yaml", "kind: Pod\n");
        assert_eq!(codes(&[left]), ["upgrade-backups-left"]);
        assert_eq!(codes(&[("etc/kubernetes/tmp/other/file", "")]), [""; 0]);
    }
}
