//! A spec to start from, with every field explained: `template.yaml` with what a spec comes to.

use crate::explain::Language;

use super::agree::agree;
use super::spec::NodeSpec;

/// The text of a `k8sprep.yaml` that asks for `spec.kubernetes_version` and `spec.role`, with every
/// other field as a comment that shows what it is without it. [`NodeSpec::from_yaml`] reads it
/// back.
///
/// ```
/// use k8sprep::recipe::{NodeSpec, commented};
///
/// let spec = NodeSpec::new("v1.34.2".parse()?);
/// let text = commented(&spec);
/// assert!(text.contains("kubernetesVersion: v1.34.2"));
/// assert_eq!(NodeSpec::from_yaml(&text)?, spec);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn commented(spec: &NodeSpec) -> String {
    commented_in(spec, Language::English)
}

/// The same with comments in a language.
///
/// ```
/// use k8sprep::explain::Language;
/// use k8sprep::recipe::{NodeSpec, commented_in};
///
/// let spec = NodeSpec::from_yaml("kubernetesVersion: v1.34.0\n")?;
/// let text = commented_in(&spec, Language::Chinese);
/// assert_eq!(NodeSpec::from_yaml(&text)?, spec);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn commented_in(spec: &NodeSpec, language: Language) -> String {
    let agreed = agree(spec).ok();
    let pause = agreed.as_ref().map_or_else(String::new, |a| a.pause_image.to_string());
    let repository = agreed.as_ref().map_or("", |a| a.image_repository.as_str());
    let crio = agreed.as_ref().map_or_else(String::new, |a| a.crio.to_string());
    let pin = "5a".repeat(32);
    let (role, version) = (spec.role, &spec.kubernetes_version);
    match language {
        Language::Chinese => {
            format!(
                include_str!("template.zh.yaml"),
                pin = pin,
                role = role,
                version = version,
                crio = crio,
                pause = pause,
                repository = repository
            )
        }
        _ => {
            format!(
                include_str!("template.yaml"),
                pin = pin,
                role = role,
                version = version,
                crio = crio,
                pause = pause,
                repository = repository
            )
        }
    }
}
