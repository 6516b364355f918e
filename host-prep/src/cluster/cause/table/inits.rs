//! What stops `kubeadm init`, and what kubeadm was given that it cannot use.

use super::{COMPONENTS, HALF, INIT, OWN_API, Row, of, row};

/// Certificates and kubeconfigs of an earlier run.
pub(super) const INITS: &[Row] = &[
    of(
        INIT,
        row(
            &["failure loading", "couldn't load the certificate file", "no such file or directory"],
            "an earlier run ended between a key and its certificate",
            HALF,
            "tried: certs without front-proxy-ca.crt; walk B4",
        ),
    ),
    of(
        INIT,
        row(
            &["not signed by CA certificate"],
            "certificates of an earlier run are signed by another CA",
            HALF,
            "tried: certs with a new CA",
        ),
    ),
    of(
        INIT,
        row(
            &["x509: certificate signed by unknown authority", "certs/"],
            "certificates of an earlier run are signed by another CA",
            HALF,
            "phases/certs",
        ),
    ),
    of(
        INIT,
        row(
            &["does not contain any valid RSA or ECDSA certificates"],
            "a certificate file is damaged",
            HALF,
            "tried: garbage in apiserver.crt",
        ),
    ),
    of(INIT, row(&["data does not contain a valid"], "a key file is damaged", HALF, "client-go keyutil")),
    of(
        INIT,
        row(
            &["couldn't create a kubeconfig; the CA files couldn't be loaded"],
            "the cluster's CA is not there",
            HALF,
            "tried: kubeconfig without ca.crt",
        ),
    ),
    of(
        INIT,
        row(
            &["a kubeconfig file", "does not contain a trusted CA"],
            "kubeconfigs of an earlier run are of another CA",
            HALF,
            "phases/kubeconfig",
        ),
    ),
    of(
        INIT,
        row(
            &["a kubeconfig file", "wrong CA cert"],
            "kubeconfigs of an earlier run are of another CA",
            HALF,
            "phases/kubeconfig, 1.15",
        ),
    ),
    of(
        INIT,
        row(
            &["conf file does not exists or it is not valid"],
            "kubeconfigs of an earlier run are not whole",
            HALF,
            "tried: kubeconfig kubelet without the others",
        ),
    ),
    // Phases that talk to the new API server.
    of(
        INIT,
        row(
            &["is forbidden"],
            "the API server runs, but kubeadm's user has no rights in it yet",
            "go on with `--resume`: kubeadm binds them again",
            "phases/kubeconfig EnsureAdminClusterRoleBinding, 1.29",
        ),
    ),
    of(
        INIT,
        row(
            &["connection refused"],
            "the API server of this host does not answer",
            OWN_API,
            "tried: upload-config, bootstrap-token, addon, upload-certs",
        ),
    ),
    of(INIT, row(&["i/o timeout"], "the API server of this host does not answer", OWN_API, "net")),
    of(
        INIT,
        row(
            &["context deadline exceeded"],
            "the API server of this host does not answer in time",
            OWN_API,
            "client-go",
        ),
    ),
    of(
        INIT,
        row(&["etcdserver: "], "etcd of this host does not work as it should", COMPONENTS, "etcd rpctypes"),
    ),
    of(
        INIT,
        row(
            &["tls: failed to verify certificate"],
            "the API server's certificate does not fit kubeadm's kubeconfig",
            HALF,
            "tried: upload-config against another server",
        ),
    ),
    of(
        INIT,
        row(
            &["failed to load admin kubeconfig"],
            "admin.conf is not there",
            HALF,
            "tried: mark-control-plane without admin.conf",
        ),
    ),
];

/// What kubeadm was given.
pub(super) const GIVEN: &[Row] = &[
    row(&["unable to read config from"], "", "`k8sprep up` writes the file again", "tried: no such file"),
    row(
        &["uses an old API spec"],
        "this kubeadm no longer reads that API version",
        "`k8sprep up` writes the file as the installed kubeadm reads it; `k8sprep migrate-config` does for a file of your own",
        "tried: v1beta1",
    ),
    row(
        &["only supports deploying clusters with the control plane version"],
        "kubeadm is of another minor than the cluster shall be",
        "install the kubeadm of that minor, or change kubernetesVersion in the spec",
        "tried: v1.20.0",
    ),
    row(
        &["unable to select an IP from"],
        "kubeadm finds no address to advertise",
        "name localAPIEndpoint.advertiseAddress in the spec, or give the host a default route",
        "tried: loopback; apimachinery net",
    ),
    row(
        &["strict decoding error"],
        "",
        "mend that field; `k8sprep check-config` names the line",
        "kubeadm strict decoding",
    ),
    row(
        &["unknown flag: "],
        "this kubeadm does not know the flag",
        "install the kubeadm of the spec's minor",
        "tried: --frob",
    ),
    row(&["found multiple CRI endpoints"], "", "name criSocket in the spec", "util/runtime, since 1.21"),
    row(&["Found multiple CRI endpoints"], "", "name criSocket in the spec", "util/runtime"),
    row(
        &["no space left on device"],
        "the disk is full",
        "make room, then go on with `--resume`",
        "errno ENOSPC",
    ),
    row(
        &["read-only file system"],
        "a file system is mounted read-only",
        "`dmesg` says why it is; then go on with `--resume`",
        "errno EROFS",
    ),
    row(
        &["permission denied"],
        "kubeadm may not do it",
        "run it as root; `ausearch -m avc` or `dmesg` name what SELinux or AppArmor denied",
        "errno EACCES",
    ),
];
