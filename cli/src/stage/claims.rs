//! What CRI-O's `/config` says about the same facts.

use cri_probe::{Claim, Fact, Probe, Source};
use crio_config::{Document, KeyPath, Value};

/// Where the effective configuration has each fact.
///
/// The other sources of a claim are CRI-O's `/info` and CRI itself, which `cri_probe` reads.
const KEYS: &[(Fact, &[&str])] = &[
    (Fact::CgroupDriver, &["crio", "runtime", "cgroup_manager"]),
    (Fact::SandboxImage, &["crio", "image", "pause_image"]),
    (Fact::StorageDriver, &["crio", "storage_driver"]),
    (Fact::StorageRoot, &["crio", "root"]),
    (Fact::ImageStore, &["crio", "imagestore"]),
    (Fact::DefaultHandler, &["crio", "runtime", "default_runtime"]),
];

/// All claims of a probe, those of `/config` behind the others about the same fact. A configuration
/// that cannot be read is an error to show, not a reason to lose the rest.
///
/// ```no_run
/// use k8sprep::cri_probe::{Client, Disagreement, Socket, Source, blocking};
///
/// let probe = blocking::probe(&Client::new(Socket::crio()), Source::USUAL)?;
/// let (claims, unread) = k8sprep::stage::claims(&probe);
/// assert!(unread.is_none() && Disagreement::among(&claims).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn claims(probe: &Probe) -> (Vec<Claim>, Option<crio_config::Error>) {
    let mut claims = probe.claims();
    let Some(text) = &probe.config else { return (claims, None) };
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => return (claims, Some(error)),
    };
    for (fact, path) in KEYS {
        let value = KeyPath::from_parts(path.iter().copied()).and_then(|path| document.get(&path));
        if let Some(Value::String(value)) = value {
            claims.push(Claim::new(*fact, Source::Config, value));
        }
    }
    // Stable: within a fact, authority stays in order.
    claims.sort_by_key(|claim| claim.fact);
    (claims, None)
}
