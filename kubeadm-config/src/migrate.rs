//! Migration that keeps what it can and tells what it cannot: between any two API versions, without
//! a host, without defaults.
//!
//! ```
//! use kubeadm_config::{ApiVersion, migrate};
//!
//! let old = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nscheduler:\n  extraArgs:\n    v: \"4\"\n";
//! let migrated = migrate::migrate(old.as_bytes(), ApiVersion::V1Beta4)?;
//! assert!(migrated.yaml.contains("  - name: v\n    value: \"4\"\n"));
//! assert!(migrated.losses.is_empty());
//! # Ok::<(), kubeadm_config::Report>(())
//! ```

use serde_json::{Map, Value};

use crate::convert;
use crate::decode::{Order, decode};
use crate::print;
use crate::recognise::{Recognised, recognise};
use crate::release::KubeadmRelease;
use crate::report::{Problem, Report};
use crate::version::{ApiVersion, KubernetesVersion, Minor};
use crate::wire::{self, Gvk};

/// Migrated documents.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migrated {
    /// The documents in their order.
    pub yaml: String,
    /// What the target version cannot hold, and is therefore gone.
    pub losses: Vec<Loss>,
}

/// Something that did not survive a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loss {
    /// The kind of the document it was in.
    pub kind: String,
    /// Its path there; empty where the whole document is lost.
    pub path: String,
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.path.as_str() {
            "" => write!(f, "{}: the version has no such kind", self.kind),
            path => write!(f, "{}: {path}", self.kind),
        }
    }
}

/// One document on its way.
pub(crate) struct Moving {
    pub(crate) gvk: Gvk,
    pub(crate) content: Map<String, Value>,
    /// The API version of a document of kubeadm's group.
    pub(crate) from: Option<ApiVersion>,
}

/// Brings every document of kubeadm's group to an API version. Documents of other groups stay as
/// they are.
///
/// # Errors
/// Everything in the file that cannot be read.
///
/// Downwards too. What the target cannot hold is in [`Migrated::losses`], never dropped without a
/// word:
///
/// ```
/// use kubeadm_config::{ApiVersion, migrate::migrate};
///
/// let file = b"apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ndryRun: true\n";
/// let older = migrate(file, ApiVersion::V1Beta3)?;
/// assert_eq!(older.losses[0].to_string(), "InitConfiguration: dryRun");
/// # Ok::<(), kubeadm_config::Report>(())
/// ```
pub fn migrate(file: &[u8], to: ApiVersion) -> Result<Migrated, Report> {
    let newest = newest();
    let problem = |text: String| Report::of(vec![Problem::of("", text)]);
    let documents = match recognise(file, &newest) {
        Ok(documents) => documents,
        Err(failure) => {
            return Err(problem(failure.text).unwrap_or_else(|| unreachable!("one problem is some")));
        }
    };
    let (mut moving, mut problems, mut losses) = (Vec::new(), Vec::new(), Vec::new());
    for document in &documents {
        // Which of the two was meant cannot be carried over.
        problems.extend(given_twice(document));
        read(document, &mut moving, &mut problems, &mut losses);
    }
    if let Some(report) = Report::of(problems) {
        return Err(report);
    }
    move_timeouts(&mut moving, to, &mut losses);
    let printed: Vec<_> =
        moving.into_iter().filter_map(|document| written(document, to, &mut losses)).collect();
    match print::to_yaml(printed) {
        Ok(yaml) => Ok(Migrated { yaml, losses }),
        Err(error) => Err(problem(error.to_string()).unwrap_or_else(|| unreachable!("one problem is some"))),
    }
}

pub(crate) fn newest() -> KubeadmRelease {
    let version: KubernetesVersion = Minor::new(*KubeadmRelease::MINORS.end()).patch(0);
    KubeadmRelease::nearest(&version).unwrap_or_else(|_| unreachable!("the newest minor is in the table"))
}

/// The newest minor whose types of that version are known.
const fn minor_of(version: ApiVersion) -> Minor {
    Minor::new(match version {
        ApiVersion::V1Beta1 | ApiVersion::V1Beta2 => 21,
        ApiVersion::V1Beta3 => 36,
        ApiVersion::V1Beta4 | ApiVersion::V1 => 37,
    })
}

/// Keys that stand twice: of two values one would be gone.
pub(crate) fn given_twice(document: &Recognised<'_>) -> Vec<Problem> {
    let document = &document.document;
    let each = document.duplicates.iter().zip(document.duplicate_paths());
    each.map(|(duplicate, path)| {
        let at = duplicate.key_span.position;
        Problem::of(path, format!("{at}: key {} already set in map", duplicate.key))
    })
    .collect()
}

pub(crate) fn read(
    document: &Recognised<'_>,
    moving: &mut Vec<Moving>,
    problems: &mut Vec<Problem>,
    losses: &mut Vec<Loss>,
) {
    let gvk = document.gvk.clone();
    let root = &document.document.root;
    let Some(version) = gvk.kubeadm_version() else {
        if gvk.group == ApiVersion::GROUP {
            problems.push(Problem::of("", format!("{gvk} is not known")));
            return;
        }
        // Components' documents have their own versions and stay as they are.
        if let Value::Object(content) = root.to_json() {
            moving.push(Moving { gvk, content, from: None });
        }
        return;
    };
    let Some(kind) = wire::known_in(&gvk) else {
        problems.push(Problem::of("", format!("{gvk} is not known")));
        return;
    };
    let decoded = decode(root, kind, minor_of(version), Order::Sorted);
    for finding in decoded.wrong {
        problems.push(Problem::of(finding.path, format!("{}: {}", finding.span.position, finding.text)));
    }
    // Fields that the old version did not have either: kubeadm passed over them, and so they are
    // lost.
    losses.extend(
        decoded.unknown.into_iter().map(|finding| Loss { kind: gvk.kind.clone(), path: finding.path }),
    );
    let mut content = decoded.content;
    convert::to_common(&gvk.kind, version, &mut content);
    moving.push(Moving { gvk, content, from: Some(version) });
}

/// `timeoutForControlPlane` and `discovery.timeout` became `timeouts` in v1beta4, in other
/// documents partly.
pub(crate) fn move_timeouts(moving: &mut [Moving], to: ApiVersion, losses: &mut Vec<Loss>) {
    let newer = to >= ApiVersion::V1Beta4;
    let crosses =
        |document: &Moving| document.from.is_some_and(|from| (from >= ApiVersion::V1Beta4) != newer);
    // Within one side nothing moves: both versions have the field in the same place.
    if !moving.iter().any(crosses) {
        return;
    }
    for join in moving.iter_mut().filter(|document| document.gvk.kind == "JoinConfiguration") {
        let (old, new) = (["discovery", "timeout"], ["timeouts", "discovery"]);
        let (from, target) = if newer { (old, new) } else { (new, old) };
        if let Some(value) = take(&mut join.content, from) {
            put(&mut join.content, target, value);
        }
    }
    let (old, new) =
        (["apiServer", "timeoutForControlPlane"], ["timeouts", "controlPlaneComponentHealthCheck"]);
    let (from_kind, from, to_kind, target) = if newer {
        ("ClusterConfiguration", old, "InitConfiguration", new)
    } else {
        ("InitConfiguration", new, "ClusterConfiguration", old)
    };
    let source = moving.iter_mut().find(|document| document.gvk.kind == from_kind);
    let Some(value) = source.and_then(|document| take(&mut document.content, from)) else { return };
    match moving.iter_mut().find(|document| document.gvk.kind == to_kind) {
        Some(document) => put(&mut document.content, target, value),
        None => losses.push(Loss { kind: from_kind.into(), path: from.join(".") }),
    }
}

fn take(content: &mut Map<String, Value>, [outer, inner]: [&str; 2]) -> Option<Value> {
    let map = content.get_mut(outer)?.as_object_mut()?;
    let value = map.remove(inner);
    if map.is_empty() {
        content.remove(outer);
    }
    value
}

fn put(content: &mut Map<String, Value>, [outer, inner]: [&str; 2], value: Value) {
    let entry = content.entry(outer).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(map) = entry {
        map.insert(inner.to_owned(), value);
    }
}

/// CoreDNS is what the absence of `dns.type` means where kubeadm has no such field.
pub(crate) fn drop_dns_type(content: &mut Map<String, Value>, to: ApiVersion) {
    // v1beta3 dropped `dns.type` with kube-dns (kubeadm 1.22); `CoreDNS` is what is left.
    if to >= ApiVersion::V1Beta3 && content.get("dns").is_some_and(|dns| dns["type"] == "CoreDNS") {
        take(content, ["dns", "type"]);
    }
}

fn written(document: Moving, to: ApiVersion, losses: &mut Vec<Loss>) -> Option<Map<String, Value>> {
    let Moving { gvk, mut content, from } = document;
    if from.is_none() {
        return Some(content);
    }
    let target = Gvk::kubeadm(to, &gvk.kind);
    let Some(kind) = wire::known_in(&target) else {
        losses.push(Loss { kind: gvk.kind, path: String::new() });
        return None;
    };
    drop_dns_type(&mut content, to);
    let mut lost = Vec::new();
    convert::from_common(&gvk.kind, to, &mut content, &mut lost);
    wire::without_unknown(&mut content, kind.fields, minor_of(to), "", &mut lost);
    losses.extend(lost.into_iter().map(|path| Loss { kind: gvk.kind.clone(), path }));
    Some(print::with_type(&target, content))
}
