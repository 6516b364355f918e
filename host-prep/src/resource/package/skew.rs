//! Which minors of kubelet, kubeadm, kubectl, CRI-O and the API server go together.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::PackageMinor;

/// A program whose minor matters to another.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Component {
    /// kube-apiserver of the cluster.
    ApiServer,
    /// kubelet.
    Kubelet,
    /// kubeadm.
    Kubeadm,
    /// kubectl.
    Kubectl,
    /// CRI-O.
    CriO,
}

/// How far one program may be from another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Rule {
    what: Component,
    of: Component,
    /// Minors `what` may be behind `of`.
    behind: i32,
    /// Minors `what` may be ahead of `of`.
    ahead: i32,
    /// The first minor of `of` the row holds for.
    since: PackageMinor,
    source: &'static str,
}

const V0: PackageMinor = PackageMinor::new(1, 0);
const V28: PackageMinor = PackageMinor::new(1, 28);
const POLICY: &str = "Kubernetes version skew policy";
const KUBEADM: &str = "kubeadm's version skew";

/// The last row that fits counts.
const RULES: &[Rule] = &[
    Rule {
        what: Component::Kubelet,
        of: Component::ApiServer,
        behind: 2,
        ahead: 0,
        since: V0,
        source: POLICY,
    },
    Rule {
        what: Component::Kubelet,
        of: Component::ApiServer,
        behind: 3,
        ahead: 0,
        since: V28,
        source: POLICY,
    },
    Rule {
        what: Component::Kubectl,
        of: Component::ApiServer,
        behind: 1,
        ahead: 1,
        since: V0,
        source: POLICY,
    },
    // kubeadm deploys its own minor or the one before.
    Rule {
        what: Component::ApiServer,
        of: Component::Kubeadm,
        behind: 1,
        ahead: 0,
        since: V0,
        source: KUBEADM,
    },
    Rule {
        what: Component::Kubelet,
        of: Component::Kubeadm,
        behind: 1,
        ahead: 0,
        since: V0,
        source: KUBEADM,
    },
    Rule {
        what: Component::Kubelet,
        of: Component::Kubeadm,
        behind: 3,
        ahead: 0,
        since: V28,
        source: KUBEADM,
    },
    Rule {
        what: Component::CriO,
        of: Component::Kubelet,
        behind: crate::ground::minor::CRIO_BEHIND as i32,
        ahead: 0,
        since: V0,
        source: "CRI-O's n-2 policy",
    },
];

/// Two programs that are too far apart.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
#[error("{what} {found} does not go with {of} {beside}: it may be {} ({source_of_rule})", allowed(*.behind, *.ahead))]
#[non_exhaustive]
#[expect(missing_docs, reason = "fields are named for what they hold")]
pub struct Skew {
    pub what: Component,
    pub found: PackageMinor,
    pub of: Component,
    pub beside: PackageMinor,
    pub behind: i32,
    pub ahead: i32,
    pub source_of_rule: &'static str,
}

/// Every pair of `minors` that breaks a rule.
///
/// The rules are those of kubernetes.io, "Version Skew Policy", each with the minor it holds since,
/// and CRI-O's own. A component that is given twice counts by its first minor.
///
/// ```
/// use host_prep::package::{Component, skews};
///
/// let minors = [(Component::Kubelet, "v1.30".parse()?), (Component::Kubeadm, "v1.34".parse()?)];
/// assert_eq!(skews(&minors).len(), 1);
/// # Ok::<(), host_prep::InvalidPackageRelease>(())
/// ```
#[must_use]
pub fn skews(minors: &[(Component, PackageMinor)]) -> Vec<Skew> {
    let minor = |wanted| minors.iter().find(|(component, _)| *component == wanted).map(|(_, minor)| *minor);
    let pairs = minors.iter().flat_map(|(what, _)| minors.iter().map(|(of, _)| (*what, *of)));
    let broken = pairs.filter_map(|(what, of)| {
        let (found, beside) = (minor(what)?, minor(of)?);
        let rule =
            RULES.iter().rev().find(|rule| (rule.what, rule.of) == (what, of) && rule.since <= beside)?;
        let ahead = found.ahead_of(beside)?;
        let fits = (-rule.behind..=rule.ahead).contains(&ahead);
        let Rule { behind, ahead, source, .. } = *rule;
        (!fits).then_some(Skew { what, found, of, beside, behind, ahead, source_of_rule: source })
    });
    broken.collect()
}

fn allowed(behind: i32, ahead: i32) -> String {
    let behind = if behind == 1 { "1 minor behind".to_owned() } else { format!("{behind} minors behind") };
    match ahead {
        0 => format!("up to {behind}, never ahead"),
        ahead => format!("up to {behind} or {ahead} ahead"),
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ApiServer => "kube-apiserver",
            Self::Kubelet => "kubelet",
            Self::Kubeadm => "kubeadm",
            Self::Kubectl => "kubectl",
            Self::CriO => "CRI-O",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Component::{ApiServer, CriO, Kubeadm, Kubectl, Kubelet};

    fn v(minor: u16) -> PackageMinor {
        PackageMinor::new(1, minor)
    }

    #[test]
    fn one_minor_everywhere_fits() {
        for minor in [15, 28, 34, 37] {
            let all = [ApiServer, Kubelet, Kubeadm, Kubectl, CriO].map(|component| (component, v(minor)));
            assert_eq!(skews(&all), []);
        }
    }

    #[test]
    fn the_policy_is_kept_on_both_sides_of_its_changes() {
        let count = |minors: &[(Component, PackageMinor)]| skews(minors).len();
        assert_eq!(count(&[(Kubelet, v(25)), (ApiServer, v(28))]), 0);
        assert_eq!(count(&[(Kubelet, v(24)), (ApiServer, v(27))]), 1);
        assert_eq!(count(&[(Kubelet, v(29)), (ApiServer, v(28))]), 1);
        assert_eq!(count(&[(Kubectl, v(29)), (ApiServer, v(28))]), 0);
        assert_eq!(count(&[(CriO, v(32)), (Kubelet, v(34))]), 0);
        assert_eq!(count(&[(CriO, v(31)), (Kubelet, v(34))]), 1);
        assert_eq!(count(&[(Kubelet, v(24)), (Kubeadm, v(27))]), 1);
    }

    #[test]
    fn the_message_names_both_sides() {
        let found = skews(&[(Kubelet, v(35)), (ApiServer, v(34))]);
        assert_eq!(
            found[0].to_string(),
            "kubelet v1.35 does not go with kube-apiserver v1.34: it may be up to 3 minors behind, never ahead \
             (Kubernetes version skew policy)"
        );
    }
}
