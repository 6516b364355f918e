//! Checks of images and registries.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[
    Explanation {
        code: "registry-auth-unreadable",
        title: "Credentials for images cannot be used",
        meaning: "The file with credentials is not there, is not JSON, or may be read by others.",
        why: "Private images are not pulled, or the credentials are everybody's.",
        known: "From global_auth_file of CRI-O and the kubelet's config.json.",
        cure: "Mend the file, with mode 0600.",
        source: "containers-auth.json(5)",
    },
    Explanation {
        code: "short-names-ambiguous",
        title: "Names without a registry are ambiguous",
        meaning: "Several registries are searched, and CRI-O refuses a name that could come from more than one.",
        why: "Pods whose image has no registry in its name do not start.",
        known: "From registries.conf with its drop-ins, and CRI-O's release.",
        cure: "Write full names, or leave one registry in unqualified-search-registries.",
        source: "CRI-O 1.34, short_name_mode",
    },
    Explanation {
        code: "credential-provider-incomplete",
        title: "A credential provider is incomplete",
        meaning: "Only one of the kubelet's two flags is set, or what it names is not there.",
        why: "The kubelet ends with `Failed to register CRI auth plugins`.",
        known: "From the kubelet's command line and the file system.",
        cure: "Set both flags, and put the plugin where they say.",
        source: "kubelet, pkg/credentialprovider/plugin",
    },
];
