//! kubeadm's documents that lie on the host, beside the kubeadm that would read them.

use kubeadm_config::{ApiVersion, KubeadmRelease, KubernetesVersion, Support};

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, KubeadmFile};
use crate::recipe::refused_documents;

type Said = Result<(), Unread>;

/// The release of kubeadm that its tables have nearest to the minor's first; `None` for a minor
/// that is too old for any.
fn release(minor: u64) -> Option<KubeadmRelease> {
    KubeadmRelease::nearest(&KubernetesVersion::new(1, minor, 0)).ok()
}

/// The minor of kubeadm that would read the files: its package's, else the cluster's.
///
/// # Errors
/// Neither package nor cluster says it: the check is undecided.
fn reader(seen: &Inspection<'_>) -> Result<u64, Unread> {
    let minor = seen.minor_of("kubeadm").or_else(|| seen.kubernetes_minor());
    minor.ok_or_else(|| Unread::new("kubeadm", "which release would read its files is not known"))
}

/// Documents whose API version that release does not read, with the place of the version.
fn too_old(file: &KubeadmFile, release: &KubeadmRelease) -> Option<(String, Evidence)> {
    file.documents.iter().find_map(|root| {
        let node = root.get("apiVersion")?;
        let text = node.as_str()?;
        let version: ApiVersion = text.strip_prefix("kubeadm.k8s.io/")?.parse().ok()?;
        let at = node.span.position;
        let place = file.file.evidence().at(at.line, at.column).value(text);
        (release.support(version) == Support::Old).then(|| (text.to_owned(), place))
    })
}

/// What check-config says of each. One that this kubeadm is too new for is the other check's, once.
///
/// The same rules as `k8sprep check-config --kubernetes-version` with that release.
pub(in crate::doctor::rules) fn invalid(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for file in told.kubeadm_files(seen) {
        let Some(release) = release(reader(seen)?) else { return Ok(()) };
        if too_old(file, &release).is_some() {
            continue;
        }
        no_certificates(seen, told, file)?;
        // What made a member of this host has done so: the release that it deployed may be older than what the
        // kubeadm of today deploys, which an upgrade left behind.
        let is_over = |field: &str| seen.is_member() && field == "kubernetesVersion";
        let refused = refused_documents(&file.file.bytes, release.clone());
        for remark in refused.into_iter().filter(|remark| !is_over(&remark.field)) {
            let field = if remark.field.is_empty() { String::new() } else { format!("{}: ", remark.field) };
            let place = match (remark.line, remark.column) {
                (Some(line), Some(column)) => file.file.evidence().at(line, column),
                _ => file.file.evidence(),
            };
            let finding = told.fires(format!(
                "kubeadm 1.{} refuses it: {field}{}",
                release.minor().number(),
                remark.text
            ));
            finding.seen_at(place);
            if let Some(help) = &remark.help {
                finding.cured_by(&help.text);
            }
        }
    }
    Ok(())
}

/// Files of a client of an external etcd that are not there: kubeadm's preflight looks for them
/// (`ExternalEtcdClientCertificates`).
fn no_certificates(seen: &Inspection<'_>, told: &mut Told<'_>, file: &KubeadmFile) -> Said {
    if seen.is_member() {
        return Ok(());
    }
    for name in ["caFile", "certFile", "keyFile"] {
        let field = format!("etcd.external.{name}");
        let Some((path, place)) = file.text(&field).filter(|(path, _)| path.starts_with('/')) else {
            continue;
        };
        if seen.files().kind(path)?.is_none() {
            told.fires(format!("kubeadm refuses it: {field}: {path} is not there")).seen_at(place);
        }
    }
    Ok(())
}

/// kubeadm refuses what is older than the oldest version that it reads.
///
/// For the reader's own minor, or else for the next one: then there is still time to migrate.
pub(super) fn outdated(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for file in told.kubeadm_files(seen) {
        let minor = reader(seen)?;
        let next = [minor, minor + 1].into_iter().find_map(|minor| {
            let (version, place) = too_old(file, &release(minor)?)?;
            Some((minor, version, place))
        });
        if let Some((reader, version, place)) = next {
            told.fires(format!("{version} is not read by kubeadm 1.{reader}")).seen_at(place).cured_by(
                format!(
                    "`k8sprep migrate-config --kubernetes-version v1.{reader}.0 -f {}`",
                    file.file.path.display()
                ),
            );
        }
    }
    Ok(())
}

/// The version that a file asks for.
///
/// `None` for a label such as `stable-1`, which only the network resolves.
fn target(file: &KubeadmFile) -> Option<(u64, &str, Evidence)> {
    let (text, place) = file.text("kubernetesVersion")?;
    let version: KubernetesVersion = text.parse().ok()?;
    Some((version.minor().number(), text, place))
}

/// kubeadm deploys its own minor and the one before. Once a cluster runs, its file is of the past.
pub(super) fn other_minor(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(kubeadm) = seen.minor_of("kubeadm") else { return Ok(()) };
    let cluster = seen.kubernetes_minor();
    for file in told.kubeadm_files(seen) {
        let Some((minor, text, place)) = target(file) else { continue };
        // A file that init has read stays where it is, and says what was.
        let is_past = seen.is_member() && cluster.is_none_or(|cluster| minor <= cluster);
        // `MinimumControlPlaneVersion` of kubeadm: its own minor, and the one before.
        if !is_past && !(kubeadm.saturating_sub(1)..=kubeadm).contains(&minor) {
            told.fires(format!(
                "{text} is asked for, and kubeadm 1.{kubeadm} deploys 1.{} and 1.{kubeadm}",
                kubeadm - 1
            ))
            .seen_at(place)
            .seen_at(seen.release_evidence("kubeadm"));
        }
    }
    Ok(())
}

/// kubeadm, `upgrade/policy.go`: one minor at a time.
pub(super) fn skips(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    super::node::target(seen, told)?;
    let Some(cluster) = seen.kubernetes_minor() else { return Ok(()) };
    for file in told.kubeadm_files(seen) {
        let Some((minor, text, place)) = target(file) else { continue };
        if minor > cluster + 1 {
            told.fires(format!(
                "{text} is asked for, and the control plane is 1.{cluster}: one minor at a time"
            ))
            .seen_at(place)
            .cured_by(format!("upgrade to 1.{} first", cluster + 1));
        }
    }
    Ok(())
}
