//! A spec to start from, with every field explained: `template.yaml` with what a spec comes to.

use super::agree::agree;
use super::spec::NodeSpec;

/// The text of a `k8sprep.yaml` that asks for `spec.kubernetes_version` and `spec.role`, with every
/// other field as a comment that shows what it is without it. [`NodeSpec::from_yaml`] reads it
/// back.
#[must_use]
pub fn commented(spec: &NodeSpec) -> String {
    let agreed = agree(spec).ok();
    let pause = agreed.as_ref().map_or_else(String::new, |a| a.pause_image.to_string());
    let repository = agreed.as_ref().map_or("", |a| a.image_repository.as_str());
    let crio = agreed.as_ref().map_or_else(String::new, |a| a.crio.to_string());
    format!(
        include_str!("template.yaml"),
        pin = "5a".repeat(32),
        role = spec.role,
        version = spec.kubernetes_version,
        crio = crio,
        pause = pause,
        repository = repository,
    )
}
