//! Which API versions, and which kubeadm releases, have a field: what to say where the one that was
//! asked for has not.

use crate::advice::moved_field;
use crate::release::{KubeadmRelease, Support};
use crate::version::{ApiVersion, Minor};
use crate::wire::shape::{Shape, StructShape};
use crate::wire::{Gvk, find};

/// Whether a kind of that API version has the field in kubeadm of that release. An empty path is
/// the kind itself.
pub(crate) fn holds(kind: &str, path: &str, version: ApiVersion, release: &KubeadmRelease) -> bool {
    let found = find(&Gvk::kubeadm(version, kind), release).filter(|found| found.type_meta);
    found.is_some_and(|kind| path.is_empty() || in_struct(kind.fields, path, release.minor()))
}

fn in_struct(fields: &'static StructShape, path: &str, minor: Minor) -> bool {
    let (key, rest) = path.split_once('.').unwrap_or((path, ""));
    let (key, element) = key.split_once('[').map_or((key, false), |(key, _)| (key, true));
    fields.field(key, minor).is_some_and(|found| in_shape(found.field.shape, element, rest, minor))
}

fn in_shape(shape: &'static Shape, element: bool, rest: &str, minor: Minor) -> bool {
    match shape {
        Shape::Named(_, inner) => in_shape(inner, element, rest, minor),
        Shape::List(item) if element => in_shape(item, false, rest, minor),
        Shape::Struct(fields) => rest.is_empty() || in_struct(fields, rest, minor),
        // What is below a map has a key first, which may hold dots: that is not looked at.
        Shape::Map(_) => !element,
        Shape::List(_) | Shape::Scalar(..) => !element && rest.is_empty(),
    }
}

/// Says that a kind or field cannot be held, and where it went or what can hold it.
pub(crate) fn not_held(kind: &str, path: &str, version: ApiVersion, release: &KubeadmRelease) -> String {
    who_can(kind, path, version, release).unwrap_or_else(|| {
        let what = of(kind, path);
        format!("{} cannot hold {what}; no API version can", version.name())
    })
}

/// The same, where anything can be said of it.
pub(crate) fn who_can(
    kind: &str,
    path: &str,
    version: ApiVersion,
    release: &KubeadmRelease,
) -> Option<String> {
    if let Some(moved) = moved_field(&Gvk::kubeadm(version, kind), path) {
        return Some(format!("{moved} ({kind})"));
    }
    let (name, minor, what) = (version.name(), release.minor(), of(kind, path));
    let own: Vec<&str> =
        readable(release).filter(|other| holds(kind, path, *other, release)).map(ApiVersion::name).collect();
    if !own.is_empty() {
        let able = own.join(" and ");
        return Some(format!("{name} cannot hold {what}; {able} can, which kubeadm {minor} reads too"));
    }
    let others = elsewhere(kind, path);
    let able = others.join(", ");
    (!others.is_empty()).then(|| format!("{name} in kubeadm {minor} cannot hold {what}; {able} can"))
}

fn of(kind: &str, path: &str) -> String {
    if path.is_empty() { kind.to_owned() } else { format!("{path} of {kind}") }
}

/// The versions that a release reads without being told to.
pub(super) fn readable(release: &KubeadmRelease) -> impl Iterator<Item = ApiVersion> + '_ {
    ApiVersion::ALL
        .into_iter()
        .filter(|version| matches!(release.support(*version), Support::Read | Support::Deprecated))
}

/// `v1beta4 (kubeadm 1.31 and later)` for each version that has the field somewhere; experiments
/// only where nothing else has it.
fn elsewhere(kind: &str, path: &str) -> Vec<String> {
    let releases: Vec<KubeadmRelease> = KubeadmRelease::MINORS
        .filter_map(|minor| KubeadmRelease::of(&Minor::new(minor).patch(0)).ok())
        .collect();
    let with = |supports: &[Support]| {
        let of = |version: ApiVersion| {
            let able = releases.iter().filter(|release| {
                supports.contains(&release.support(version)) && holds(kind, path, version, release)
            });
            let minors: Vec<u64> = able.map(|release| release.minor().number()).collect();
            Some(format!("{} ({})", version.name(), span(*minors.first()?, *minors.last()?)))
        };
        ApiVersion::ALL.into_iter().filter_map(of).collect::<Vec<_>>()
    };
    let certain = with(&[Support::Read, Support::Deprecated]);
    if certain.is_empty() {
        with(&[Support::Experimental]).iter().map(|text| format!("the experimental {text}")).collect()
    } else {
        certain
    }
}

fn span(first: u64, last: u64) -> String {
    let (oldest, newest) = (*KubeadmRelease::MINORS.start(), *KubeadmRelease::MINORS.end());
    match (first == oldest, last == newest) {
        (_, true) if first == last => format!("kubeadm 1.{first}"),
        (_, true) => format!("kubeadm 1.{first} and later"),
        (true, false) => format!("kubeadm up to 1.{last}"),
        (false, false) => format!("kubeadm 1.{first} to 1.{last}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(kind: &str, path: &str, version: ApiVersion, release: &str) -> String {
        not_held(kind, path, version, &release.parse().unwrap())
    }

    #[test]
    fn it_is_told_who_can_hold_a_field() {
        let init = "InitConfiguration";
        assert_eq!(
            say(init, "dryRun", ApiVersion::V1Beta2, "v1.20.2"),
            "v1beta2 in kubeadm 1.20 cannot hold dryRun of InitConfiguration; v1beta4 (kubeadm 1.31 and later) can"
        );
        assert_eq!(
            say(init, "dryRun", ApiVersion::V1Beta3, "v1.34.0"),
            "v1beta3 cannot hold dryRun of InitConfiguration; v1beta4 can, which kubeadm 1.34 reads too"
        );
        assert_eq!(
            say("ClusterConfiguration", "useHyperKubeImage", ApiVersion::V1Beta4, "v1.37.2"),
            "useHyperKubeImage is gone in v1beta3: kubeadm ignores it since 1.19; leave it out (ClusterConfiguration)"
        );
        assert_eq!(
            say("ClusterConfiguration", "apiServer.extraArgs[0].mergeMethod", ApiVersion::V1Beta4, "v1.37.2"),
            "v1beta4 in kubeadm 1.37 cannot hold apiServer.extraArgs[0].mergeMethod of ClusterConfiguration; the experimental v1 \
             (kubeadm 1.37) can"
        );
        assert_eq!(
            say("ResetConfiguration", "", ApiVersion::V1Beta3, "v1.30.14"),
            "v1beta3 in kubeadm 1.30 cannot hold ResetConfiguration; v1beta4 (kubeadm 1.31 and later) can"
        );
        assert!(say(init, "colour", ApiVersion::V1Beta4, "v1.34.0").ends_with("no API version can"));
    }

    #[test]
    fn a_field_may_come_within_an_api_version() {
        let cluster = "ClusterConfiguration";
        let path = "etcd.external.httpEndpoints";
        assert!(holds(
            cluster,
            "etcd.external.httpEndpoints[0]",
            ApiVersion::V1Beta4,
            &"v1.35.0".parse().unwrap()
        ));
        assert!(
            say(cluster, path, ApiVersion::V1Beta4, "v1.34.0").contains("v1beta4 (kubeadm 1.35 and later)")
        );
        assert!(holds(cluster, "featureGates.A", ApiVersion::V1Beta1, &"v1.14.0".parse().unwrap()));
        assert!(!holds(
            cluster,
            "apiServer.extraArgs.v.x[0]y",
            ApiVersion::V1Beta4,
            &"v1.35.0".parse().unwrap()
        ));
    }
}
