//! Checks of images and registries.
//!
//! No registry is asked by any of them: they read registries.conf, credentials and the store of
//! images on the disk, and what logs say of pulls. A pull that fails for another reason is
//! `image-pull-fails` in `check::log`.

use crate::explain::Explanation;

/// Why a pull fails comes first, then images that must be there before there is a network.
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
    Explanation {
        code: "pause-image-missing",
        title: "The pause image is not in the store",
        meaning: "CRI-O's store does not have the image of pods' sandboxes.",
        why: "Without a registry that is reached no pod starts.",
        known: "From CRI-O's configuration and images.json of its store.",
        cure: "Pull or load it.",
        source: "CRI-O, crio.image.pause_image",
    },
    Explanation {
        code: "static-pod-image-missing",
        title: "The image of a static pod is not in the store",
        meaning: "CRI-O's store does not have the image of a component of the control plane.",
        why: "At the next start it is pulled, or the control plane stays away.",
        known: "From the manifests and images.json of the store.",
        cure: "`crictl pull` the image.",
        source: "kubelet, image garbage collection",
    },
    Explanation {
        code: "image-repository-mismatch",
        title: "Images come from another repository than is configured",
        meaning: "The components are of several repositories, or of another one than \
             imageRepository.",
        why: "An upgrade pulls from a place that may not answer.",
        known: "From the manifests and the files called kubeadm*.yaml. The API server is asked too, where admin.conf or kubelet.conf lets it.",
        cure: "Make imageRepository of the cluster's configuration the one that is meant.",
        source: "kubeadm, images.go",
    },
    Explanation {
        code: "registry-speaks-http",
        title: "A registry speaks plain http",
        meaning: "A pull ended with `server gave HTTP response to HTTPS client`.",
        why: "No image is pulled from there.",
        known: "From the kubelet's log.",
        cure: "`insecure = true` for that location in /etc/containers/registries.conf.d, if it is \
             meant to be so.",
        source: "containers-registries.conf(5)",
    },
];
