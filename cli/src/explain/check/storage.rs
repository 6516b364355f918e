//! Checks of storage.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[
    Explanation {
        code: "storage-conf-conflicting",
        title: "storage.conf has a key that is not in force",
        meaning: "A key of storage.conf is not known in its table.",
        why: "containers/storage warns and goes on without it.",
        known: "From the file in force: /etc/containers/storage.conf, else the distribution's.",
        cure: "Mend the key that the message names.",
        source: "containers-storage.conf(5)",
    },
    Explanation {
        code: "storage-driver-changed",
        title: "The storage driver was changed",
        meaning: "The configuration names another driver than the one the images were stored with.",
        why: "All images and containers seem to be gone.",
        known: "From the effective configuration, and the directories in the store.",
        cure: "Go back to the old driver, or remove the old store when nothing runs from it.",
        source: "containers/storage",
    },
    Explanation {
        code: "subordinate-ids-missing",
        title: "The kubelet's ranges of users do not fit",
        meaning: "A range of user kubelet in /etc/subuid or /etc/subgid is not in steps of 65536.",
        why: "Pods with user namespaces do not start.",
        known: "From /etc/subuid and /etc/subgid.",
        cure: "Begin and end the range at multiples of 65536, with room for maxPods of them.",
        source: "kubelet, userns_manager.go",
    },
];
