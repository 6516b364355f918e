//! A pod of the node, and what a drain does with it: the rules of `kubectl drain`, by what the pod
//! itself says.

use std::fmt;

use serde_json::Value;

use super::Drain;

/// The name of a pod in its namespace.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct PodName {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

/// Why a pod stays on a node that is drained.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Stays {
    /// A `DaemonSet`'s controller would make it again at once.
    DaemonSet,
    /// The kubelet runs it from a file.
    Static,
}

/// Why a pod is not evicted unless told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Refused {
    Unmanaged,
    EmptyDir,
}

/// A pod as far as a drain asks.
#[derive(Clone, Debug)]
pub(super) struct Pod {
    pub(super) name: PodName,
    pub(super) uid: String,
    pub(super) is_ending: bool,
    is_done: bool,
    is_static: bool,
    controller: Option<String>,
    has_empty_dir: bool,
}

/// The pods of a node, by what is done with them.
#[derive(Debug, Default)]
pub(super) struct Lot {
    pub(super) evictable: Vec<Pod>,
    pub(super) refused: Vec<(Pod, Refused)>,
    pub(super) stays: Vec<(PodName, Stays)>,
}

impl Lot {
    pub(super) fn of(pods: Vec<Pod>, drain: &Drain) -> Self {
        let mut lot = Self::default();
        for pod in pods {
            match pod.stays() {
                Some(why) => lot.stays.push((pod.name, why)),
                // What has come to its end runs nothing.
                None if pod.is_done => {}
                // It goes already, whatever it is.
                None if pod.is_ending => lot.evictable.push(pod),
                None => match pod.refused(drain) {
                    Some(why) => lot.refused.push((pod, why)),
                    None => lot.evictable.push(pod),
                },
            }
        }
        lot
    }
}

impl Pod {
    pub(super) fn of(pod: &Value) -> Option<Self> {
        let text = |path: &str| pod.pointer(path).and_then(Value::as_str);
        let list = |path: &str| pod.pointer(path).and_then(Value::as_array).into_iter().flatten();
        let controller = list("/metadata/ownerReferences").find(|owner| owner["controller"] == true);
        Some(Self {
            name: PodName {
                namespace: text("/metadata/namespace")?.to_owned(),
                name: text("/metadata/name")?.to_owned(),
            },
            uid: text("/metadata/uid").unwrap_or_default().to_owned(),
            is_ending: text("/metadata/deletionTimestamp").is_some(),
            is_done: matches!(text("/status/phase"), Some("Succeeded" | "Failed")),
            is_static: text("/metadata/annotations/kubernetes.io~1config.mirror").is_some(),
            controller: controller.and_then(|owner| owner["kind"].as_str()).map(str::to_owned),
            has_empty_dir: list("/spec/volumes").any(|volume| volume.get("emptyDir").is_some()),
        })
    }

    fn stays(&self) -> Option<Stays> {
        if self.is_static {
            Some(Stays::Static)
        } else if self.controller.as_deref() == Some("DaemonSet") && !self.is_done {
            Some(Stays::DaemonSet)
        } else {
            None
        }
    }

    fn refused(&self, drain: &Drain) -> Option<Refused> {
        if self.controller.is_none() && !drain.unmanaged {
            Some(Refused::Unmanaged)
        } else if self.has_empty_dir && !drain.empty_dir {
            Some(Refused::EmptyDir)
        } else {
            None
        }
    }
}

impl fmt::Display for PodName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}
