//! Checks of the container runtime.
//!
//! CRI-O while it runs. What its files say without a running one is older and in `crio`, what its
//! socket says in `probe`.

use crate::explain::Explanation;

/// Both are about what CRI-O does now and did otherwise before: defaults changed between minors.
pub(in crate::explain) const ROWS: &[Explanation] = &[
    Explanation {
        code: "pids-limit-low",
        title: "A container may have few processes",
        meaning: "crio.runtime.pids_limit is 1024 or less, which was CRI-O's own value up to 1.23.",
        why: "Programs with many threads cannot fork.",
        known: "From CRI-O's effective configuration.",
        cure: "`pids_limit = -1` below [crio.runtime], and podPidsLimit of the kubelet instead.",
        source: "crio.conf(5)",
    },
    Explanation {
        code: "default-runtime-changed",
        title: "CRI-O's default runtime changed under running containers",
        meaning: "Containers run with another runtime than CRI-O's default by now.",
        why: "CRI-O cannot stop or remove them.",
        known: "From CRI-O's configuration and the state of the runtimes in /run.",
        cure: "Drain the node before it is upgraded, or state default_runtime.",
        source: "cri-o/cri-o#8705",
    },
];
