//! Checks of the container runtime.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[Explanation {
    code: "pids-limit-low",
    title: "A container may have few processes",
    meaning: "crio.runtime.pids_limit is 1024 or less, which was CRI-O's own value up to 1.23.",
    why: "Programs with many threads cannot fork.",
    known: "From CRI-O's effective configuration.",
    cure: "`pids_limit = -1` below [crio.runtime], and podPidsLimit of the kubelet instead.",
    source: "crio.conf(5)",
}];
