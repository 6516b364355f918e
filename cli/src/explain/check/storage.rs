//! Checks of storage.
//!
//! The store of images, `/var/lib/kubelet`, and the room on the filesystems below them. Where the
//! kubelet or CRI-O has a threshold, it is theirs.

use crate::explain::Explanation;

/// Configuration first, then room.
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
    Explanation {
        code: "image-gc-threshold-crossed",
        title: "The images' disk is over the limit",
        meaning: "The images' file system is used beyond imageGCHighThresholdPercent.",
        why: "The kubelet removes images again and again, those that were loaded before too.",
        known: "From statvfs(3) and the kubelet's configuration, and from its log.",
        cure: "Make room, or give images a larger disk.",
        source: "kubelet, pkg/kubelet/images/image_gc_manager.go",
    },
    Explanation {
        code: "inodes-nearly-exhausted",
        title: "Few inodes are left",
        meaning: "Less than 5 % of a file system's inodes are free.",
        why: "Files cannot be made although there is room; the kubelet evicts pods.",
        known: "From statvfs(3) of the kubelet's directory and of the images.",
        cure: "Remove images and logs that nobody needs, or make the file system anew with more \
             inodes.",
        source: "kubelet, eviction signals",
    },
    Explanation {
        code: "run-filesystem-full",
        title: "/run or /dev/shm is full",
        meaning: "A file system in memory that programs need has no room left.",
        why: "Sockets, locks and exit files of containers cannot be made.",
        known: "From statvfs(3).",
        cure: "Find what fills it: `du -xsh /run/* | sort -h`.",
        source: "file-hierarchy(7)",
    },
    Explanation {
        code: "etcd-disk-shared",
        title: "etcd's disk is nearly full",
        meaning: "Less than 2 GiB are left where etcd has its data.",
        why: "etcd stops writing, and `kubeadm upgrade` cannot copy its data.",
        known: "From statvfs(3) of the directory that the static pod names.",
        cure: "Make room, or give etcd a disk of its own.",
        source: "etcd.io, Hardware recommendations",
    },
    Explanation {
        code: "kubelet-root-noexec",
        title: "A directory of the node is mounted noexec or nodev",
        meaning: "/var/lib/kubelet, /var/lib/containers or /opt/cni/bin is on a mount that \
             forbids programs or devices.",
        why: "Programs of volumes, of containers and of the network are refused.",
        known: "From /proc/self/mountinfo.",
        cure: "Mount it without that option, in /etc/fstab too.",
        source: "mount(8); CIS benchmark, 1.1",
    },
];
