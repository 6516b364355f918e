//! What can go wrong when a node's pods are taken away.

use super::Explanation;

pub(super) const ROWS: &[Explanation] = &[
    Explanation {
        code: "drain-refused",
        title: "Pods would be lost with the node",
        meaning: "Pods on the node have no controller that makes them again elsewhere, or keep data in emptyDir volumes.",
        why: "An eviction deletes them for good, with that data; so nothing was begun.",
        known: "The API server was asked for the pods of this node: their ownerReferences and volumes.",
        cure: "Move or delete those pods yourself, or say that they may go.",
        source: "kubectl drain",
    },
    Explanation {
        code: "drain-timed-out",
        title: "Pods did not leave the node in time",
        meaning: "Pods were still on the node when the time limit was over.",
        why: "Stopping the node now would break what they serve; a cordon of this program was taken back.",
        known: "The message lists each pod with what it waits for, a disruption budget in the API server's own words.",
        cure: "Let the other pods of that budget become ready (`kubectl get pdb -A`), or change it; look at pods that do not end.",
        source: "Kubernetes, API-initiated eviction",
    },
];
