//! What an upgrade that was stopped left, and what the next one would end at.

use super::wish::Wish;
use crate::doctor::finding::Finding;
use crate::doctor::inspection::Inspection;
use crate::recipe;

/// The manifest that was renamed away, as it was kept.
pub(super) fn manifest_back(seen: &Inspection<'_>, finding: &Finding) -> Vec<Wish> {
    let back = || {
        let kept = &finding.evidence.first()?.source;
        let file = seen.files().file(kept).ok()??;
        let name = file.path.file_name()?.to_str()?;
        let path = format!("/etc/kubernetes/manifests/{name}");
        Some(Wish::PrivateFile { kind: "kubeadm", path, text: String::from_utf8(file.bytes.clone()).ok()? })
    };
    back().into_iter().collect()
}

/// The endpoint that the kubelet has today, where kubeadm takes it from.
pub(super) fn endpoint(seen: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    const INSTANCE: &str = "/var/lib/kubelet/instance-config.yaml";
    let said = seen.kubelet_setting("container-runtime-endpoint", "containerRuntimeEndpoint").ok().flatten();
    let Some((endpoint, _)) = said.filter(|(endpoint, _)| !endpoint.is_empty()) else { return Vec::new() };
    let plain = |c: char| c.is_ascii_alphanumeric() || ":/._-".contains(c);
    // kubeadm writes that one line; a file with more is somebody's own.
    let own = seen.files().file(INSTANCE).ok().flatten();
    let is_kubeadms =
        own.is_none_or(|file| file.text().lines().all(|line| line.starts_with("containerRuntimeEndpoint:")));
    if !is_kubeadms || !endpoint.chars().all(plain) {
        return Vec::new();
    }
    let text = format!("containerRuntimeEndpoint: \"{endpoint}\"\n");
    vec![Wish::File { kind: "kubeadm", path: INSTANCE.to_owned(), text, needs: Vec::new() }]
}

/// A flag among the extra arguments that the kubelet of the next minor does not know.
pub(super) fn ended_flag(seen: &Inspection<'_>, finding: &Finding) -> Vec<Wish> {
    let Some(next) = seen.kubelet_minor().map(|minor| minor + 1) else { return Vec::new() };
    let said = finding.evidence.first().and_then(|place| place.value.as_deref()).unwrap_or_default();
    let mut known = recipe::unknown_flags(next).map(|(flag, _)| flag);
    let flag = known.find(|flag| said.strip_prefix("--") == Some(flag));
    flag.filter(|flag| super::runtime::has_extra(seen, flag)).map(Wish::KubeletWithout).into_iter().collect()
}
