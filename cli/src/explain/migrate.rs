//! Faults of another runtime's configuration, when it is told to CRI-O.

use super::Explanation;

pub(super) const ROWS: &[Explanation] = &[
    Explanation {
        code: "runtime-config-unreadable",
        title: "A file of the old runtime cannot be read",
        meaning: "The file is no JSON or no TOML, or says a version of itself that there is not.",
        why: "docker or containerd would not start with it either, so nothing tells what it means.",
        known: "The file is read as the runtime reads it; the message has line and column, and shows no secret.",
        cure: "Mend the file where the message says.",
        source: "moby: daemon/config; containerd: cmd/containerd/server/config",
    },
    Explanation {
        code: "runtime-config-unrecognised",
        title: "What a file is cannot be told",
        meaning: "Neither the path nor what is in the file says whether it is docker's or containerd's.",
        why: "Each kind of file is read by rules of its own.",
        known: "daemon.json, config.json, config.toml, hosts.toml below the name of a registry, units, drop-ins and files \
                of certs.d are known by their paths.",
        cure: "Give the file by the path that it has on the host, or leave it out.",
        source: "k8sprep",
    },
    Explanation {
        code: "runtime-config-missing",
        title: "There is nothing to translate",
        meaning: "No file of docker or containerd was given or found.",
        why: "There is no old runtime here, or its files lie elsewhere.",
        known: "The files that were named, or the usual places of the host, are looked at.",
        cure: "Name the files, or the tree with --root.",
        source: "k8sprep",
    },
    Explanation {
        code: "runtime-not-told",
        title: "Which runtime the kubelet used is not told",
        meaning: "There are files of both docker and containerd.",
        why: "docker brings a containerd of its own, whose file says nothing to the kubelet.",
        known: "The files are told apart by their paths.",
        cure: "Say --from docker or --from containerd.",
        source: "k8sprep",
    },
    Explanation {
        code: "runtime-setting-by-hand",
        title: "A setting of the old runtime has no equal",
        meaning: "CRI-O has no such setting, or not in this release, or it means more than the text says.",
        why: "What it did is not done any more after the change.",
        known: "Every key of every release of docker and containerd is in a table with what it becomes.",
        cure: "Do what the line says, or decide that it is not needed.",
        source: "moby: daemon/config; containerd: docs/cri/config.md, docs/hosts.md; crio.conf(5)",
    },
    Explanation {
        code: "runtime-setting-unknown",
        title: "The old runtime has no such setting",
        meaning: "No release has a key of that name in that place: it is misspelt, or another program's.",
        why: "docker does not start with it, and containerd passes over it without a word.",
        known: "Every key of every release of docker and containerd is in a table.",
        cure: "Correct the key where another one is named, or remove it.",
        source: "moby: daemon/config; containerd: internal/cri/config",
    },
    Explanation {
        code: "runtime-setting-invalid",
        title: "The old runtime does not take this value",
        meaning: "The value is of another type, or not one of those that the key takes.",
        why: "What was meant cannot be told to CRI-O.",
        known: "The value is read as the old runtime reads it.",
        cure: "Correct the value as the line says.",
        source: "moby: daemon/config; containerd: internal/cri/config",
    },
];
