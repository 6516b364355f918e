//! Bringing what was said to the API version that is printed, and telling what that cannot hold.

use serde_json::Value;

use super::asked::{JOIN, KUBE_PROXY, KUBELET, gvk_of};
use super::document::Document;
use super::holders::{holds, not_held};
use crate::convert;
use crate::defaults::fixed;
use crate::migrate::{self, Moving};
use crate::model::{
    ClusterConfiguration, InitConfiguration, JoinConfiguration, ResetConfiguration, UpgradeConfiguration,
};
use crate::release::KubeadmRelease;
use crate::version::ApiVersion;
use crate::wire;

/// The documents as that version has them, and what is lost. A value that says what kubeadm does
/// anyway is no loss.
pub(super) fn in_version(
    documents: Vec<(&'static str, Document)>,
    version: ApiVersion,
    release: &KubeadmRelease,
) -> (Vec<(&'static str, Document)>, Vec<String>) {
    let kinds: Vec<&'static str> = documents.iter().map(|(kind, _)| *kind).collect();
    let mut moving: Vec<Moving> =
        documents.into_iter().map(|(kind, document)| moving(kind, document)).collect();
    let mut lost_timeouts = Vec::new();
    if !holds(JOIN, "timeouts", version, release) {
        // The first v1beta4, of 1.28 and 1.29, still has them where v1beta3 has them.
        migrate::move_timeouts(&mut moving, version.min(ApiVersion::V1Beta3), &mut lost_timeouts);
    }
    let mut losses: Vec<String> =
        lost_timeouts.iter().map(|loss| not_held(&loss.kind, &loss.path, version, release)).collect();
    let mut held = Vec::new();
    for (kind, document) in kinds.into_iter().zip(moving) {
        if document.from.is_none() {
            held.push((kind, Document { content: document.content }));
        } else if holds(kind, "", version, release) {
            held.push((kind, written(kind, document, version, release, &mut losses)));
        } else {
            losses.push(not_held(kind, "", version, release));
        }
    }
    (held, losses)
}

fn moving(kind: &str, document: Document) -> Moving {
    let component = kind == KUBELET || kind == KUBE_PROXY;
    let from = (!component).then_some(ApiVersion::V1);
    Moving { gvk: gvk_of(kind, ApiVersion::V1), content: document.content, from }
}

fn written(
    kind: &str,
    document: Moving,
    version: ApiVersion,
    release: &KubeadmRelease,
    losses: &mut Vec<String>,
) -> Document {
    let mut content = document.content;
    migrate::drop_dns_type(&mut content, version);
    let before = Value::Object(content.clone());
    let (mut as_map, mut unknown) = (Vec::new(), Vec::new());
    convert::from_common(kind, version, &mut content, &mut as_map);
    if let Some(found) = wire::find(&gvk_of(kind, version), release) {
        wire::without_unknown(&mut content, found.fields, release.minor(), "", &mut unknown);
    }
    let defaults = defaults(kind);
    for path in unknown {
        let (given, default) = (at(&before, &path), at(&defaults, &path));
        let Some(given) = given else {
            losses.push(not_held(kind, &path, version, release));
            continue;
        };
        each_said(given, default, path, &mut |path| losses.push(not_held(kind, path, version, release)));
    }
    losses.extend(as_map.into_iter().map(|path| {
        let name = version.name();
        format!("{name} keeps the arguments of {kind} as a map, which cannot hold {path}")
    }));
    Document { content }
}

/// The paths of the values that say something else than the defaults.
fn each_said(given: &Value, default: Option<&Value>, path: String, tell: &mut dyn FnMut(&str)) {
    match given {
        Value::Null | Value::Bool(false)
            if default.is_none_or(|default| default == given || default.is_null()) => {}
        Value::String(text) if text.is_empty() => {}
        Value::Array(list) if list.is_empty() => {}
        Value::Object(map) => {
            for (key, value) in map {
                let default = default.and_then(|default| default.get(key));
                each_said(value, default, format!("{path}.{key}"), tell);
            }
        }
        given if Some(given) == default => {}
        _ => tell(&path),
    }
}

/// A document in which nothing was said, with the defaults that depend on nothing.
fn defaults(kind: &str) -> Value {
    let release = migrate::newest();
    let printed = match kind {
        "InitConfiguration" => {
            let mut init = InitConfiguration::default();
            fixed::init(&mut init, &release);
            serde_json::to_value(init)
        }
        "ClusterConfiguration" => {
            let mut cluster = ClusterConfiguration::default();
            fixed::cluster(&mut cluster, &release);
            serde_json::to_value(cluster)
        }
        "JoinConfiguration" => {
            let mut join = JoinConfiguration::default();
            fixed::join(&mut join, &release);
            serde_json::to_value(join)
        }
        "ResetConfiguration" => {
            let mut reset = ResetConfiguration::default();
            fixed::reset(&mut reset);
            serde_json::to_value(reset)
        }
        _ => {
            let mut upgrade = UpgradeConfiguration::default();
            fixed::upgrade(&mut upgrade);
            serde_json::to_value(upgrade)
        }
    };
    printed.unwrap_or_default()
}

/// The value at a path with indices.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, part| {
        let mut pieces = part.split('[');
        let value = value.get(pieces.next()?)?;
        pieces.try_fold(value, |value, index| value.get(index.trim_end_matches(']').parse::<usize>().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lost(kind: &'static str, content: Value, version: ApiVersion, release: &str) -> Vec<String> {
        let Value::Object(content) = content else { panic!("a document is a map") };
        in_version(vec![(kind, Document { content })], version, &release.parse().unwrap()).1
    }

    #[test]
    fn what_says_the_same_as_the_defaults_is_no_loss() {
        let content = json!({
            "dryRun": false,
            "timeouts": {"discovery": "5m0s", "etcdAPICall": "2m0s"},
            "nodeRegistration": {"imagePullSerial": true},
        });
        assert_eq!(lost("InitConfiguration", content, ApiVersion::V1Beta3, "v1.30.14"), [""; 0]);
        let content = json!({"timeouts": {"discovery": "5m0s", "etcdAPICall": "3m0s"}, "dryRun": true});
        let losses = lost("InitConfiguration", content, ApiVersion::V1Beta3, "v1.30.14");
        assert_eq!(losses.len(), 2, "{losses:#?}");
        assert!(
            losses.iter().any(|loss| loss.contains("timeouts.etcdAPICall of InitConfiguration")),
            "{losses:#?}"
        );
    }

    #[test]
    fn an_argument_given_twice_does_not_fit_into_a_map() {
        let content =
            json!({"scheduler": {"extraArgs": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]}});
        assert_eq!(lost("ClusterConfiguration", content.clone(), ApiVersion::V1Beta3, "v1.30.14").len(), 1);
        assert_eq!(lost("ClusterConfiguration", content, ApiVersion::V1Beta4, "v1.31.0"), [""; 0]);
    }
}
