//! Support archives: why one is not read, or not written.
//!
//! The first seven are of [`Code`](crate::Code); `not-in-archive` is of `host-prep`, which says it
//! of what an archive does not have. That is another thing than a file that a live host does not
//! have: what nobody collected decides no rule.

use super::Explanation;

/// Reading comes first, then writing, and last what rules are told.
pub(super) const ROWS: &[Explanation] = &[
    Explanation {
        code: "support-archive-damaged",
        title: "The file is no support archive, or is damaged",
        meaning: "It is no gzip, is cut off, has no manifest, or lacks a file that the manifest names.",
        why: "What is not whole would be read as a host without those files, and wrong findings would follow.",
        known: "The file is unpacked in memory to its end, with its checksum.",
        cure: "Have it sent again, in binary mode, or collect it again with `k8sprep doctor --collect FILE`.",
        source: "RFC 1952, manifest.json",
    },
    Explanation {
        code: "support-archive-refused",
        title: "The archive has what none has",
        meaning: "It has a link, a device, a name that leads out of it, a file twice, or one that its manifest does not know.",
        why: "Such an archive was not made by this program; one that is made to do harm looks like this.",
        known: "By the type and the name of each entry. Nothing is unpacked on the disk.",
        cure: "Ask who sent it how it was made; have it collected again with `k8sprep doctor --collect FILE`.",
        source: "tar(5)",
    },
    Explanation {
        code: "support-archive-too-large",
        title: "The archive is larger than one can be",
        meaning: "It unpacks to more bytes, or has more files, than this program writes.",
        why: "A few kilobytes can unpack to terabytes; reading stops at the limit.",
        known: "Files and bytes are counted while it is unpacked.",
        cure: "Have it collected again with `k8sprep doctor --collect FILE`.",
        source: "cli/src/doctor/archive/limit.rs",
    },
    Explanation {
        code: "support-archive-changed",
        title: "A file in the archive is not what was collected",
        meaning: "The digest of a file is not the one in the manifest.",
        why: "A diagnosis of changed files is not one of that host.",
        known: "SHA-256 of each file is compared with manifest.json.",
        cure: "Have it sent again, or collect it again.",
        source: "manifest.json",
    },
    Explanation {
        code: "support-archive-newer",
        title: "The archive is of a newer k8sprep",
        meaning: "The manifest has a schema that this version does not know.",
        why: "It may have what this version would pass over.",
        known: "From `schema` in manifest.json.",
        cure: "Use a k8sprep that is at least as new as the one that wrote the archive.",
        source: "manifest.json",
    },
    Explanation {
        code: "support-archive-has-secret",
        title: "The finished archive looks as if it had a secret",
        meaning: "After everything was hidden, a last look found what has the form of a key, a token or a password.",
        why: "An archive goes to other people. It is not written then.",
        known: "Every file of the finished archive, and the texts of its manifest, are looked through once more.",
        cure: "Tell the developers the name of the file and its kind, not its content. Without an archive, `k8sprep doctor --output json` tells the findings.",
        source: "cli/src/doctor/archive/hide",
    },
    Explanation {
        code: "support-archive-place-taken",
        title: "Something else is at the place of the archive",
        meaning: "There is a file that is no support archive or that others may read, a link, or a directory.",
        why: "An archive is written for its owner alone, and nothing of anybody else is replaced.",
        known: "The path is looked at before it is written; links are not followed.",
        cure: "Give the archive another name, or move away what is there.",
        source: "`k8sprep doctor --collect`",
    },
    Explanation {
        code: "not-in-archive",
        title: "The support archive does not have what is asked",
        meaning: "A rule asks what was not asked of the host when it was collected, or what was too large.",
        why: "An older k8sprep made the archive, or the file is larger than an archive takes. The check is undecided.",
        known: "From the answers in manifest.json; `leftOut` says what was too large.",
        cure: "Collect the host again with this version.",
        source: "manifest.json",
    },
];
