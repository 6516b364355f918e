//! What the table of certificates tells.

use super::Explanation;

pub(super) const ROWS: &[Explanation] = &[
    Explanation {
        code: "kubeconfig-copy-stale",
        title: "A copy of admin.conf has an older certificate",
        meaning: "A kubeconfig below a home directory has another certificate of the same user than /etc/kubernetes/admin.conf, and one that ends earlier.",
        why: "Whoever uses the copy is refused when it ends.",
        known: "The serial numbers are compared.",
        cure: "Copy /etc/kubernetes/admin.conf over it.",
        source: "kubeadm: Certificate Management",
    },
    Explanation {
        code: "kubelet-rotation-off",
        title: "The kubelet does not renew its certificate",
        meaning: "rotateCertificates is not true in the kubelet's configuration.",
        why: "The node is NotReady when the certificate ends.",
        known: "The kubelet's flags and configuration are read.",
        cure: "Set rotateCertificates: true in /var/lib/kubelet/config.yaml and restart the kubelet.",
        source: "Kubernetes: KubeletConfiguration",
    },
    Explanation {
        code: "kubelet-rotation-overdue",
        title: "The kubelet should have renewed its certificate by now",
        meaning: "More than nine tenths of its life are over; the kubelet renews at 70 to 90 of a hundred.",
        why: "Something keeps it from it: the API server, or nobody who signs. The node is NotReady when the certificate ends.",
        known: "The certificate of /var/lib/kubelet/pki/kubelet-client-current.pem is read.",
        cure: "Look at the kubelet's log and at kubectl get csr.",
        source: "kubelet: certificate manager",
    },
    Explanation {
        code: "certificate-not-served",
        title: "A process serves another certificate than its file has",
        meaning: "The file was renewed, and the process that serves it was not started again.",
        why: "It goes on with the old one until that ends.",
        known: "The serial of the certificate served on the port is compared with the file's.",
        cure: "Restart the component: move its manifest out of /etc/kubernetes/manifests for half a minute and back.",
        source: "kubeadm: certs renew",
    },
];
