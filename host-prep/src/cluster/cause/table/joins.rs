//! What keeps a host from joining, and what both `init` and `join` wait for.

use super::{API_AWAY, COMPONENTS, JOIN, NODE, PIN, Row, TOKEN, cut, looked, of, row};

/// Waiting for what the node does; its `connection refused` is the kubelet's, not that of an API
/// server.
pub(super) const WAITS: &[Row] = &[
    looked(row(
        &["failed while waiting for the kubelet to start"],
        "the kubelet does not get healthy",
        NODE,
        "phases/init/waitcontrolplane.go",
    )),
    looked(row(
        &["The HTTP call equal to 'curl"],
        "the kubelet does not get healthy",
        NODE,
        "util/apiclient/wait.go",
    )),
    looked(row(
        &["failed while waiting for TLS bootstrap"],
        "the kubelet got no certificate from the cluster",
        NODE,
        "phases/join/kubelet.go",
    )),
    looked(row(
        &["failed while waiting for the control plane to start"],
        "the control plane does not get healthy",
        COMPONENTS,
        "phases/init/waitcontrolplane.go",
    )),
    looked(row(
        &["initialize a Kubernetes cluster"],
        "the control plane did not start in time",
        NODE,
        "phases/init/waitcontrolplane.go, up to 1.33 couldn't, could not",
    )),
    looked(row(
        &["timed out waiting for the condition"],
        "kubeadm waited in vain",
        NODE,
        "apimachinery wait, up to 1.30",
    )),
    looked(row(
        &["The kubelet is not running"],
        "the kubelet does not run",
        NODE,
        "util/apiclient/wait.go, up to 1.30",
    )),
    looked(row(
        &["timeout waiting for etcd cluster to be available"],
        "etcd does not get healthy",
        COMPONENTS,
        "util/etcd, up to 1.30",
    )),
    looked(row(
        &["etcd cluster is not healthy"],
        "etcd does not get healthy",
        COMPONENTS,
        "phases/etcd/local.go",
    )),
    looked(row(
        &["error syncing endpoints with etcd"],
        "etcd of the control plane does not answer",
        "look whether port 2379 of the other control planes is open, and at their etcd; then go on with `--resume`",
        "util/etcd",
    )),
    looked(row(
        &["could not retrieve the list of etcd endpoints"],
        "the API server names no etcd member",
        COMPONENTS,
        "util/etcd",
    )),
    looked(row(
        &["error creating local etcd static pod manifest file"],
        "etcd did not take this host as a member",
        COMPONENTS,
        "phases/join/controlplanejoin.go",
    )),
];

/// Joining: discovery and TLS bootstrap.
pub(super) const JOINS: &[Row] = &[
    of(
        JOIN,
        row(
            &["are pinned"],
            "the cluster's CA is not the one that is pinned",
            PIN,
            "pubkeypin.go; conformance/node/join-wrong-hash",
        ),
    ),
    of(
        JOIN,
        row(
            &["could not find a JWS signature"],
            "the cluster does not know the token, or it has expired",
            TOKEN,
            "discovery/token/token.go; walk M1",
        ),
    ),
    of(
        JOIN,
        row(
            &["token id", "is invalid for this cluster or it has expired"],
            "the cluster does not know the token, or it has expired",
            TOKEN,
            "discovery/token/token.go, 1.20",
        ),
    ),
    of(
        JOIN,
        row(
            &["failed to verify JWS signature"],
            "the token's secret is not the cluster's",
            TOKEN,
            "discovery/token/token.go",
        ),
    ),
    of(
        JOIN,
        row(
            &["isn't set up for token bootstrapping"],
            "the cluster takes no bootstrap tokens",
            "`kubeadm init phase bootstrap-token` on the control plane makes it so",
            "discovery/token/token.go",
        ),
    ),
    of(
        JOIN,
        row(
            &["doesn't exist", "serializer for"],
            "what answers there is not an API server",
            "look at the endpoint in the join data",
            "client-go; tried",
        ),
    ),
    of(
        JOIN,
        cut(
            "a Node with name \"",
            "\"",
            row(
                &["a Node with name", "already exists in the cluster"],
                "",
                "`kubectl delete node {}` on the control plane if that was this host, or give it another nodeName in the spec; then go on with `--resume`",
                "phases/join/kubelet.go; walk B2",
            ),
        ),
    ),
    of(
        JOIN,
        row(
            &["Secret \"kubeadm-certs\" was not found"],
            "the shared certificates of the control plane are gone: they live for two hours",
            "`kubeadm init phase upload-certs --upload-certs` on the control plane prints a new certificate key",
            "phases/copycerts",
        ),
    ),
    of(
        JOIN,
        row(
            &["error decoding secret data with provided key"],
            "the certificate key is not the cluster's",
            "`kubeadm init phase upload-certs --upload-certs` on the control plane prints a new certificate key",
            "phases/copycerts",
        ),
    ),
    of(
        JOIN,
        row(
            &["doesn't have a stable controlPlaneEndpoint"],
            "",
            "a second control plane needs controlPlaneEndpoint in the cluster's kubeadm-config",
            "cmd/join.go",
        ),
    ),
    of(
        JOIN,
        row(
            &["connection refused"],
            "nothing listens at the API server's address",
            API_AWAY,
            "tried: join against a closed port; walk M1",
        ),
    ),
    of(
        JOIN,
        row(
            &["no route to host"],
            "the API server's address cannot be reached",
            API_AWAY,
            "tried: join against 192.0.2.77",
        ),
    ),
    of(
        JOIN,
        row(
            &["network is unreachable"],
            "the API server's address cannot be reached",
            API_AWAY,
            "errno ENETUNREACH",
        ),
    ),
    of(JOIN, row(&["i/o timeout"], "the API server does not answer", API_AWAY, "net")),
    of(
        JOIN,
        row(
            &["no such host"],
            "the API server's name does not resolve",
            "look at /etc/resolv.conf and at the endpoint in the join data",
            "tried: join against nosuch.example",
        ),
    ),
    of(
        JOIN,
        row(
            &["abort connecting to API servers"],
            "the API server does not answer",
            API_AWAY,
            "discovery/token/token.go, 1.15 to 1.18",
        ),
    ),
    of(
        JOIN,
        row(
            &["context deadline exceeded", "cluster-info"],
            "the API server does not answer",
            API_AWAY,
            "discovery/token/token.go",
        ),
    ),
    of(
        JOIN,
        row(
            &["x509: certificate has expired or is not yet valid"],
            "a certificate is not valid at this host's time",
            "look at the clocks of both hosts, then at `kubeadm certs check-expiration` on the control plane",
            "crypto/x509",
        ),
    ),
    of(
        JOIN,
        row(
            &["couldn't validate the identity of the API Server", "x509: "],
            "the API server's certificate does not fit what the join data says",
            PIN,
            "discovery/token/token.go",
        ),
    ),
    of(
        JOIN,
        row(
            &["Unauthorized"],
            "the cluster does not know the token, or it has expired",
            TOKEN,
            "apiserver 401",
        ),
    ),
];
