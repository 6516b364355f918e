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
    Explanation {
        code: "ca-key-elsewhere",
        title: "The CA of a certificate cannot sign on this host",
        meaning: "The CA's certificate is below /etc/kubernetes/pki, and its key is not: an external CA.",
        why: "kubeadm renews nothing that this CA signed; it only says so, and ends with 0.",
        known: "The files of the PKI are looked at, and compared with what kubeadm made of their copies.",
        cure: "Have the certificate signed where the key is: `kubeadm certs generate-csr` makes the requests. Put the files in their place and restart the static pods.",
        source: "kubeadm: external CA",
    },
    Explanation {
        code: "nothing-renewed",
        title: "kubeadm renewed no certificate",
        meaning: "`kubeadm certs renew` ended with 0, and every file is as before.",
        why: "The certificates that were asked for are not where kubeadm looks for them.",
        known: "kubeadm renews copies, which are compared with the files of the host.",
        cure: "Look at `k8sprep certs check`; where the cluster has another certificatesDir, give kubeadm's configuration with --config.",
        source: "kubeadm: certs renew",
    },
    Explanation {
        code: "static-pod-not-restarted",
        title: "A static pod did not start again",
        meaning: "Its process did not end when its manifest was taken out, or does not serve its new certificate now that it is back.",
        why: "It goes on with the old certificate, or does not run at all.",
        known: "The port of the component is asked which certificate it serves.",
        cure: "Look at the kubelet's log and at `crictl ps -a`, mend what is wrong, and run `k8sprep certs renew` again: it goes on there.",
        source: "kubelet: static Pods",
    },
];
