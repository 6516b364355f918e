//! What the Pods of the smoke test wait for, and when waiting is of no use.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::cluster::look::{Seen, list, text};

/// A node that evicts goes on evicting: so many Pods are proof enough.
const EVICTED: usize = 3;
/// So many failed pulls: by then the kubelet waits for longer than a minute between two.
const PULLS: u64 = 4;
/// So many ends of a container.
const ENDS: u64 = 4;
/// A Pod that no node takes is taken soon, or never: taints of a new node are gone in that time.
const UNPLACED: Duration = Duration::from_secs(90);

/// Reasons of a waiting container that no time heals.
const NEVER: [&str; 3] = ["InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError"];

/// Looks at the Pods again and again.
#[derive(Debug, Default)]
pub(super) struct Pods {
    /// Since when no node takes one.
    unplaced: Option<Duration>,
    /// The newest events that tell of trouble.
    pub(super) events: Vec<String>,
}

impl Pods {
    /// What the answer of `kubectl get pods,events` shows, `since` the wait began.
    pub(super) fn see(&mut self, answer: &Value, since: Duration) -> Seen {
        let items = list(answer, "/items");
        let of_kind = |kind: &'static str| items.iter().filter(move |item| text(item, "/kind") == kind);
        let troubles = of_kind("Event").filter(|event| text(event, "/type") == "Warning");
        self.events = newest(troubles.clone());
        let evicted = of_kind("Pod").filter(|pod| text(pod, "/status/reason") == "Evicted");
        if let Some(pod) = evicted.clone().nth(EVICTED - 1) {
            let why = format!("the node evicts its pods: {}", text(pod, "/status/message"));
            return Seen { awaits: String::new(), hopeless: Some(why) };
        }
        let pulls =
            troubles.clone().filter(|event| text(event, "/message").starts_with("Failed to pull image"));
        let pulls: u64 = pulls.map(|event| event.get("count").and_then(Value::as_u64).unwrap_or(1)).sum();
        let mut awaits = BTreeSet::new();
        let mut placed = true;
        for pod in of_kind("Pod") {
            let name = text(pod, "/metadata/labels/app");
            let name = if name.is_empty() { text(pod, "/metadata/labels/job-name") } else { name };
            if let Some(why) = unschedulable(pod) {
                placed = false;
                awaits.insert(format!("a node for pod {name}: {why}"));
            }
            for (said, never) in waiting(pod, name, pulls) {
                if never {
                    return Seen { awaits: String::new(), hopeless: Some(said) };
                }
                awaits.insert(said);
            }
        }
        // A container that is being made waits for what its newest event says, such as its network.
        if awaits.iter().any(|said| said.ends_with("ContainerCreating"))
            && let Some(event) = self.events.last()
        {
            awaits = BTreeSet::from([event.clone()]);
        }
        let seen = awaits.into_iter().collect::<Vec<_>>().join("; ");
        self.unplaced = if placed { None } else { self.unplaced.or(Some(since)) };
        let late = self.unplaced.is_some_and(|begun| since.saturating_sub(begun) >= UNPLACED);
        let hopeless = late.then(|| format!("no node takes the pods: {seen}"));
        Seen { awaits: seen, hopeless }
    }
}

/// What each container of a Pod that does not run waits for, and whether waiting is in vain.
fn waiting<'a>(pod: &'a Value, name: &'a str, pulls: u64) -> impl Iterator<Item = (String, bool)> + 'a {
    list(pod, "/status/containerStatuses").iter().filter_map(move |status| {
        let ends = status.get("restartCount").and_then(Value::as_u64).unwrap_or_default();
        let (reason, message) =
            (text(status, "/state/waiting/reason"), text(status, "/state/waiting/message"));
        let pull = reason.ends_with("ImagePull") || reason == "ImagePullBackOff";
        let never = NEVER.contains(&reason) || ends >= ENDS || pull && pulls >= PULLS;
        let said = format!("pod {name}: {reason} {message}").trim().to_owned();
        (!reason.is_empty()).then_some((said, never))
    })
}

/// Why no node takes a Pod.
fn unschedulable(pod: &Value) -> Option<&str> {
    let conditions = list(pod, "/status/conditions");
    let placed = conditions.iter().find(|one| text(one, "/type") == "PodScheduled")?;
    (text(placed, "/status") == "False").then(|| text(placed, "/message"))
}

/// The last messages, each once, the newest last.
fn newest<'a>(events: impl Iterator<Item = &'a Value>) -> Vec<String> {
    const TOLD: usize = 3;
    let mut all: Vec<(&str, String)> = events
        .map(|event| {
            let said = format!("{}: {}", text(event, "/reason"), text(event, "/message"));
            (text(event, "/lastTimestamp"), said)
        })
        .collect();
    all.sort();
    let mut told: Vec<String> = Vec::new();
    for (_, said) in all.into_iter().rev() {
        if told.len() < TOLD && !told.contains(&said) {
            told.insert(0, said);
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn seen(items: Value) -> Seen {
        Pods::default().see(&json!({"items": items}), seconds(5))
    }

    fn waiting(reason: &str, restarts: u64) -> Value {
        json!({"kind": "Pod", "metadata": {"labels": {"app": "web"}}, "status": {"phase": "Pending",
            "containerStatuses": [{"restartCount": restarts, "state": {"waiting": {"reason": reason, "message": "Back-off"}}}]}})
    }

    fn event(reason: &str, message: &str, count: u64) -> Value {
        json!({"kind": "Event", "type": "Warning", "reason": reason, "message": message, "count": count, "lastTimestamp": "2026-11-28T12:00:00Z"})
    }

    /// Walk M8: 853 evicted pods in four minutes, and only seconds were shown.
    #[test]
    fn a_node_that_evicts_ends_the_wait() {
        let pod = json!({"kind": "Pod", "status": {"phase": "Failed", "reason": "Evicted",
            "message": "Pod was rejected: The node had condition: [DiskPressure]."}});
        assert_eq!(seen(json!([pod, pod])).hopeless, None);
        let why = seen(json!([pod, pod, pod])).hopeless.unwrap();
        assert!(
            why.contains("evicts its pods: Pod was rejected: The node had condition: [DiskPressure]"),
            "{why}"
        );
    }

    #[test]
    fn an_image_that_does_not_come_is_told_and_given_up_in_the_end() {
        let pulls =
            |count| event("Failed", "Failed to pull image \"docker.io/library/nginx:stable\": x", count);
        let early = seen(json!([waiting("ErrImagePull", 0), pulls(1)]));
        assert_eq!((early.awaits.as_str(), early.hopeless), ("pod web: ErrImagePull Back-off", None));
        assert!(seen(json!([waiting("ImagePullBackOff", 0), pulls(4)])).hopeless.is_some());
        assert!(seen(json!([waiting("InvalidImageName", 0)])).hopeless.is_some());
        assert!(seen(json!([waiting("CrashLoopBackOff", 4)])).hopeless.is_some());
        assert_eq!(seen(json!([waiting("CrashLoopBackOff", 1)])).hopeless, None);
    }

    #[test]
    fn a_pod_that_no_node_takes_is_given_up_after_a_while() {
        let pod = json!({"kind": "Pod", "metadata": {"labels": {"job-name": "ask"}}, "status": {"phase": "Pending", "conditions": [
            {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }."}]}});
        let answer = json!({"items": [pod]});
        let mut pods = Pods::default();
        let first = pods.see(&answer, seconds(5));
        assert!(first.awaits.starts_with("a node for pod ask: 0/1 nodes"), "{first:?}");
        assert_eq!(pods.see(&answer, seconds(60)).hopeless, None);
        assert!(pods.see(&answer, seconds(96)).hopeless.unwrap().contains("disk-pressure"));
        // Taken meanwhile: the time begins anew.
        let mut pods = Pods::default();
        pods.see(&answer, seconds(5));
        pods.see(&json!({"items": []}), seconds(60));
        assert_eq!(pods.see(&answer, seconds(96)).hopeless, None);
    }

    #[test]
    fn a_network_that_fails_is_what_a_container_waits_for() {
        let network = event(
            "FailedCreatePodSandBox",
            "Failed to create pod sandbox: open /run/flannel/subnet.env: no such file",
            9,
        );
        let mut pod = waiting("ContainerCreating", 0);
        pod["status"]["containerStatuses"][0]["state"]["waiting"]["message"] = json!("");
        let found = seen(json!([pod, network]));
        assert!(found.awaits.contains("/run/flannel/subnet.env"), "{found:?}");
        assert_eq!(found.hopeless, None);
        assert_eq!(seen(json!("no list")), Seen::default());
    }
}
