//! Checks of a control plane.
//!
//! They are about the static pods below `staticPodPath` and hold for a host only that has
//! manifests of a control plane.

use crate::explain::Explanation;

/// What the kubelet does not find comes first, then what does not agree with the rest of the
/// cluster.
pub(in crate::explain) const ROWS: &[Explanation] = &[
    Explanation {
        code: "manifest-directory-missing",
        title: "The directory of static pods is missing",
        meaning: "The directory that the kubelet takes static pods from is not there, and the host has the CA's key.",
        why: "The kubelet says so once, and no control plane runs.",
        known: "From the kubelet's effective configuration and the file system.",
        cure: "Put the directory back; `kubeadm init phase control-plane all --config FILE` writes the manifests.",
        source: "kubelet, pkg/kubelet/config/file_linux.go",
    },
    Explanation {
        code: "manifest-hostpath-missing",
        title: "A directory of a static pod is missing",
        meaning: "A static pod wants a directory or file of the host that is not there.",
        why: "The pod stays in ContainerCreating.",
        known: "From the volumes of the manifests; those with OrCreate are made.",
        cure: "Put it back, or take the volume out of the manifest.",
        source: "kubernetes.io, Volumes, hostPath",
    },
    Explanation {
        code: "control-plane-minors-mixed",
        title: "The control plane is of several minors",
        meaning: "The images of the static pods have tags of different minors.",
        why: "An upgrade stopped half way; some such pairs are not supported.",
        known: "From the images in the manifests; `doctor --from` compares several hosts.",
        cure: "`kubeadm upgrade apply` again, on further control planes `kubeadm upgrade node`.",
        source: "kubernetes.io, Version Skew Policy",
    },
    Explanation {
        code: "etcd-data-dir-wrong",
        title: "etcd's data is not where etcd looks",
        meaning: "The data directory is not on a volume of the pod, or has no data.",
        why: "etcd begins a new, empty cluster, or loses its data with the container.",
        known: "From the flags and volumes of the manifest, and the directory itself; of a file for kubeadm, from \
             etcd.local.extraArgs, whose Pod has the directory of dataDir and no other for data.",
        cure: "Put the data back before the pod starts, or mend the volume; in a file for kubeadm, say dataDir.",
        source: "etcd, --data-dir",
    },
    Explanation {
        code: "etcd-unreachable",
        title: "The API server does not reach etcd",
        meaning: "At an address of --etcd-servers there is no etcd: its own manifest has it listen elsewhere, nobody answers there, \
                  or the API server gets no connection.",
        why: "Where no address answers, the API server ends after twenty seconds and is started again; with some, it works until \
              the others are gone.",
        known: "From --etcd-servers beside --listen-client-urls of etcd's manifest, who listens on the port, what the address of an etcd \
                elsewhere answers at /version, and lines of the log of the API server of the last minute.",
        cure: "Make --etcd-servers name an address that etcd listens on, with its scheme; where it does, look at the log of etcd and at \
               the way there.",
        source: "Kubernetes, cmd/kube-apiserver",
    },
    Explanation {
        code: "external-etcd-too-old",
        title: "The external etcd is older than kubeadm takes",
        meaning: "An etcd outside of the cluster answers with a version below the least that this kubeadm knows.",
        why: "kubeadm's preflight refuses it (ExternalEtcdVersion), at init and at an upgrade.",
        known: "From what the endpoints of --etcd-servers, or of etcd.external in a file called kubeadm*.yaml, answer at /version.",
        cure: "Upgrade every member of that etcd first, one after the other.",
        source: "kubeadm, preflight/checks.go",
    },
    Explanation {
        code: "cluster-cidr-mismatch",
        title: "The controller manager has another pod network than the cluster's file",
        meaning: "--cluster-cidr is not podSubnet of the file that kubeadm was given; or what the cluster keeps of both, and kube-proxy, differ.",
        why: "Nodes get ranges that the network plugin does not route.",
        known: "From the manifest and the files called kubeadm*.yaml. The API server is asked too, where admin.conf or kubelet.conf lets it.",
        cure: "Make the three one: --cluster-cidr, podSubnet, and the plugin's network.",
        source: "kubeadm, phases/controlplane",
    },
];
