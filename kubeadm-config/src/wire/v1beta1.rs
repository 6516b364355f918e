//! `kubeadm.k8s.io/v1beta1`, written by kubeadm 1.13 and 1.14, read up to 1.21.

use std::collections::BTreeMap;

use super::core::Taint;
use crate::value::{Duration, Timestamp};

super::wire! { "v1beta1";
    /// What `kubeadm init` needs to know of the node it runs on.
    InitConfiguration {
        bootstrap_tokens: Vec<BootstrapToken> = "bootstrapTokens" [omitempty],
        node_registration: NodeRegistrationOptions = "nodeRegistration" [omitempty],
        local_api_endpoint: APIEndpoint = "localAPIEndpoint" [omitempty],
    }

    /// What is the same on every control-plane node.
    ClusterConfiguration {
        etcd: Etcd = "etcd",
        networking: Networking = "networking",
        kubernetes_version: String = "kubernetesVersion",
        control_plane_endpoint: String = "controlPlaneEndpoint",
        api_server: APIServer = "apiServer" [omitempty],
        controller_manager: ControlPlaneComponent = "controllerManager" [omitempty],
        scheduler: ControlPlaneComponent = "scheduler" [omitempty],
        dns: DNS = "dns",
        certificates_dir: String = "certificatesDir",
        image_repository: String = "imageRepository",
        use_hyper_kube_image: bool = "useHyperKubeImage" [omitempty],
        feature_gates: BTreeMap<String, bool> = "featureGates" [omitempty],
        cluster_name: String = "clusterName" [omitempty],
    }

    /// Arguments and volumes of a component.
    ControlPlaneComponent {
        extra_args: BTreeMap<String, String> = "extraArgs" [omitempty],
        extra_volumes: Vec<HostPathMount> = "extraVolumes" [omitempty],
    }

    /// The API server.
    APIServer {
        + component: ControlPlaneComponent,
        cert_sans: Vec<String> = "certSANs" [omitempty],
        timeout_for_control_plane: Option<Duration> = "timeoutForControlPlane" [omitempty],
    }

    /// The DNS add-on.
    DNS {
        + image: ImageMeta,
        dns_type: String as "v1beta1.DNSAddOnType" = "type",
    }

    /// An image other than the default.
    ImageMeta {
        image_repository: String = "imageRepository" [omitempty],
        image_tag: String = "imageTag" [omitempty],
    }

    /// etcd, on the control plane or elsewhere.
    Etcd {
        local: Option<LocalEtcd> = "local" [omitempty],
        external: Option<ExternalEtcd> = "external" [omitempty],
    }

    /// etcd as a static Pod.
    LocalEtcd {
        + image: ImageMeta,
        data_dir: String = "dataDir",
        extra_args: BTreeMap<String, String> = "extraArgs" [omitempty],
        server_cert_sans: Vec<String> = "serverCertSANs" [omitempty],
        peer_cert_sans: Vec<String> = "peerCertSANs" [omitempty],
    }

    /// etcd elsewhere.
    ExternalEtcd {
        endpoints: Option<Vec<String>> = "endpoints",
        ca_file: String = "caFile",
        cert_file: String = "certFile",
        key_file: String = "keyFile",
    }

    /// The cluster's networks.
    Networking {
        service_subnet: String = "serviceSubnet",
        pod_subnet: String = "podSubnet",
        dns_domain: String = "dnsDomain",
    }

    /// A host path in a static Pod.
    HostPathMount {
        name: String = "name",
        host_path: String = "hostPath",
        mount_path: String = "mountPath",
        read_only: bool = "readOnly" [omitempty],
        path_type: String as "v1.HostPathType" = "pathType" [omitempty],
    }

    /// Where an API server listens.
    APIEndpoint {
        advertise_address: String = "advertiseAddress",
        bind_port: i32 = "bindPort",
    }

    /// How a node is registered.
    NodeRegistrationOptions {
        name: String = "name" [omitempty],
        cri_socket: String = "criSocket" [omitempty],
        taints: Option<Vec<Taint>> = "taints" [omitempty],
        kubelet_extra_args: BTreeMap<String, String> = "kubeletExtraArgs" [omitempty],
    }

    /// A token by which nodes can join.
    BootstrapToken {
        token: Option<crate::BootstrapToken> = "token",
        description: String = "description" [omitempty],
        ttl: Option<Duration> = "ttl" [omitempty],
        expires: Option<Timestamp> = "expires" [omitempty],
        usages: Vec<String> = "usages" [omitempty],
        groups: Vec<String> = "groups" [omitempty],
    }

    /// What was kept in the cluster of its control-plane nodes.
    ClusterStatus {
        api_endpoints: Option<BTreeMap<String, APIEndpoint>> = "apiEndpoints",
    }

    /// How a node joins.
    JoinConfiguration {
        node_registration: NodeRegistrationOptions = "nodeRegistration",
        ca_cert_path: String = "caCertPath",
        discovery: Discovery = "discovery",
        control_plane: Option<JoinControlPlane> = "controlPlane" [omitempty],
    }

    /// What a joining control-plane node needs besides.
    JoinControlPlane {
        local_api_endpoint: APIEndpoint = "localAPIEndpoint" [omitempty],
    }

    /// How the cluster is found and trusted.
    Discovery {
        bootstrap_token: Option<BootstrapTokenDiscovery> = "bootstrapToken" [omitempty],
        file: Option<FileDiscovery> = "file" [omitempty],
        tls_bootstrap_token: String = "tlsBootstrapToken",
        timeout: Option<Duration> = "timeout" [omitempty],
    }

    /// Discovery by token.
    BootstrapTokenDiscovery {
        token: String = "token",
        api_server_endpoint: String = "apiServerEndpoint" [omitempty],
        ca_cert_hashes: Vec<String> = "caCertHashes" [omitempty],
        unsafe_skip_ca_verification: bool = "unsafeSkipCAVerification",
    }

    /// Discovery by a kubeconfig file or its URL.
    FileDiscovery {
        kube_config_path: String = "kubeConfigPath",
    }
}
