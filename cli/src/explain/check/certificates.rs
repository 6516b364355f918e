//! Checks of certificates.
//!
//! The rules read certificates and kubeconfigs from the disk and never ask the API server: they
//! say what is wrong with files, also on a node whose control plane does not start. Where kubeadm
//! keeps them is `/etc/kubernetes/pki` and the `*.conf` beside it.

use crate::explain::Explanation;

/// Whether a certificate is over is older than this family: `certificate-expired` is in `finding`.
pub(in crate::explain) const ROWS: &[Explanation] = &[
    Explanation {
        code: "certificate-unknown-authority",
        title: "Signed by another CA",
        meaning: "A certificate is not signed by the CA that its partner trusts, or a kubeconfig trusts another CA.",
        why: "TLS ends with `x509: certificate signed by unknown authority`; it is what a CA copied by hand leaves.",
        known: "Each signature is verified with the key of the CA's certificate; keys of CAs are compared.",
        cure: "Put the right CA back, or make the certificate anew: `kubeadm certs renew NAME`, then restart its pod.",
        source: "kubeadm, phases/certs",
    },
    Explanation {
        code: "certificate-name-missing",
        title: "A name or address is missing in a certificate",
        meaning: "The serving certificate of the API server or of etcd is not valid for a name that clients use.",
        why: "Clients end with `x509: certificate is valid for ..., not ...`.",
        known: "From the flags of the static pods and the servers in the kubeconfigs, beside the certificate's names.",
        cure: "Move the certificate and its key away, `kubeadm init phase certs NAME --config FILE`, restart its pod.",
        source: "kubeadm, certsphase.GetAPIServerAltNames",
    },
    Explanation {
        code: "certificate-not-yet-valid",
        title: "A certificate is not valid yet",
        meaning: "The time of the host is before the one from which the certificate is valid.",
        why: "Every connection with it is refused, as with one that is over: `x509: certificate has expired or is not \
             yet valid`. Nothing is to be renewed.",
        known: "The dates in the file are compared with the clock.",
        cure: "Look at the clock: `timedatectl`. Where it is right, it was ahead where the certificate was made: make \
             it anew with `kubeadm certs renew NAME`, then restart its pod.",
        source: "Go, crypto/x509",
    },
    Explanation {
        code: "kubelet-client-certificate-unusable",
        title: "The kubelet's client certificate cannot be used",
        meaning: "kubelet.conf, or the certificate that it names, is not there, is over, or has no key.",
        why: "The kubelet ends with `unable to load bootstrap kubeconfig`, mostly after it was off for a year.",
        known: "From kubelet.conf and the file that it names; a bootstrap kubeconfig would be a way out.",
        cure: "Move kubelet.conf and /var/lib/kubelet/pki/kubelet-client* away. On a control plane `kubeadm init phase \
             kubeconfig kubelet --config FILE` writes it anew. For a worker run `kubeadm kubeconfig user --org \
             system:nodes --client-name system:node:NAME --config FILE` on a control plane, and put what it prints here as \
             /etc/kubernetes/kubelet.conf. Then restart the kubelet, which gets itself a certificate of its own.",
        source: "kubelet, certificate/bootstrap",
    },
    Explanation {
        code: "kubeconfig-unusable",
        title: "A kubeconfig of the control plane leads nowhere",
        meaning: "The kubeconfig of the controller manager, the scheduler or the administrator is not there, is empty, is \
             no kubeconfig, its current context names no cluster with a server, or its user has no usable certificate \
             with its key.",
        why: "The component ends with `invalid configuration: no configuration has been provided`, again and again.",
        known: "From the flag --kubeconfig of the static pods, and the file that it names, read as client-go does.",
        cure: "`kubeadm init phase kubeconfig NAME --config FILE` writes it anew: move the old one away first.",
        source: "client-go, tools/clientcmd",
    },
    Explanation {
        code: "certificate-key-mismatch",
        title: "A key does not belong to its certificate",
        meaning: "The public half of a private key is not that of the certificate beside it.",
        why: "The program ends with `tls: private key does not match public key`.",
        known: "The public halves are compared.",
        cure: "Put the right key back, or make both anew with `kubeadm certs renew NAME`.",
        source: "Go, crypto/tls",
    },
    Explanation {
        code: "kubelet-certificate-embedded",
        title: "kubelet.conf has its certificate inside",
        meaning: "The kubelet's kubeconfig holds a certificate instead of naming the file that is renewed.",
        why: "Renewal has no effect: the kubelet cannot log in any more when that certificate ends.",
        known: "From kubelet.conf and the file in /var/lib/kubelet/pki.",
        cure: "Name /var/lib/kubelet/pki/kubelet-client-current.pem as client-certificate and client-key there.",
        source: "kubeadm issue 1753",
    },
    Explanation {
        code: "ca-bundle-ambiguous",
        title: "The CA file has several certificates",
        meaning: "/etc/kubernetes/pki/ca.crt holds more than one certificate.",
        why: "Each has a pin of its own, and `kubeadm join` wants all of them or the right one.",
        known: "From the file.",
        cure: "`k8sprep ca-hash` prints every pin; give them all to `kubeadm join`.",
        source: "kubeadm issue 1399",
    },
    Explanation {
        code: "admin-conf-system-masters",
        title: "admin.conf is of the group system:masters",
        meaning: "The certificate of admin.conf is of a group that RBAC does not restrict.",
        why: "Whoever has a copy stays the cluster's administrator until the CA is replaced.",
        known: "From the subject of the certificate in admin.conf.",
        cure: "`kubeadm certs renew admin.conf` with kubeadm 1.29 or later gives it kubeadm:cluster-admins.",
        source: "kubeadm 1.29",
    },
    Explanation {
        code: "kubeconfig-server-mismatch",
        title: "A kubeconfig speaks to another server",
        meaning: "A kubeconfig of the control plane names neither its own API server nor the one of admin.conf.",
        why: "The component hangs on a server that may be gone.",
        known: "From the kubeconfigs and the address that the API server advertises.",
        cure: "Move the kubeconfig away, `kubeadm init phase kubeconfig NAME --config FILE`, restart its pod.",
        source: "kubeadm issue 2271",
    },
    Explanation {
        code: "private-key-exposed",
        title: "A private key may be read by others",
        meaning: "The mode of a key or kubeconfig lets others than its owner in.",
        why: "Whoever reads it is the cluster's administrator, or the node.",
        known: "From the mode of the file.",
        cure: "`chmod 600 FILE`; where others may have read it, renew what it is the key of.",
        source: "CIS Kubernetes Benchmark, 1.1",
    },
    Explanation {
        code: "service-account-keys-differ",
        title: "Tokens of service accounts are not verified",
        meaning: "No key that the API server verifies tokens with belongs to the key that they are signed with.",
        why: "Pods get `Unauthorized`; with several control planes only from some of them.",
        known: "From the flags of the static pods; the public halves of the keys are compared.",
        cure: "Copy sa.key and sa.pub of the first control plane, then restart the API server and the controller manager.",
        source: "kube-apiserver, service-account-key-file",
    },
    Explanation {
        code: "certificate-too-weak",
        title: "A weak signature or key",
        meaning: "A certificate is signed with SHA-1, or its RSA key has fewer than 2048 bits.",
        why: "Go refuses SHA-1 since 1.18, so that components end.",
        known: "From the certificate.",
        cure: "Make it anew: `kubeadm certs renew NAME`.",
        source: "Go 1.18 release notes, crypto/x509",
    },
];
