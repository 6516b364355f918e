//! `kubeadm.k8s.io/v1beta3`, written by kubeadm 1.22 to 1.30, read up to 1.36.

use std::collections::BTreeMap;

use super::core::{BootstrapToken, Taint};
use crate::value::Duration;

super::wire! { "v1beta3";
    /// What `kubeadm init` needs to know of the node it runs on.
    InitConfiguration {
        bootstrap_tokens: Vec<BootstrapToken> = "bootstrapTokens" [omitempty],
        node_registration: NodeRegistrationOptions = "nodeRegistration" [omitempty],
        local_api_endpoint: APIEndpoint = "localAPIEndpoint" [omitempty],
        certificate_key: String = "certificateKey" [omitempty],
        skip_phases: Vec<String> = "skipPhases" [omitempty],
        patches: Option<Patches> = "patches" [omitempty],
    }

    /// What is the same on every control-plane node.
    ClusterConfiguration {
        etcd: Etcd = "etcd" [omitempty],
        networking: Networking = "networking" [omitempty],
        kubernetes_version: String = "kubernetesVersion" [omitempty],
        control_plane_endpoint: String = "controlPlaneEndpoint" [omitempty],
        api_server: APIServer = "apiServer" [omitempty],
        controller_manager: ControlPlaneComponent = "controllerManager" [omitempty],
        scheduler: ControlPlaneComponent = "scheduler" [omitempty],
        dns: DNS = "dns" [omitempty],
        certificates_dir: String = "certificatesDir" [omitempty],
        image_repository: String = "imageRepository" [omitempty],
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
        service_subnet: String = "serviceSubnet" [omitempty],
        pod_subnet: String = "podSubnet" [omitempty],
        dns_domain: String = "dnsDomain" [omitempty],
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
        advertise_address: String = "advertiseAddress" [omitempty],
        bind_port: i32 = "bindPort" [omitempty],
    }

    /// How a node is registered.
    NodeRegistrationOptions {
        name: String = "name" [omitempty],
        cri_socket: String = "criSocket" [omitempty],
        taints: Option<Vec<Taint>> = "taints",
        kubelet_extra_args: BTreeMap<String, String> = "kubeletExtraArgs" [omitempty],
        ignore_preflight_errors: Vec<String> = "ignorePreflightErrors" [omitempty],
        image_pull_policy: String as "v1.PullPolicy" = "imagePullPolicy" [omitempty],
    }

    /// Where patches are found.
    Patches {
        directory: String = "directory" [omitempty],
    }

    /// How a node joins.
    JoinConfiguration {
        node_registration: NodeRegistrationOptions = "nodeRegistration" [omitempty],
        ca_cert_path: String = "caCertPath" [omitempty],
        discovery: Discovery = "discovery",
        control_plane: Option<JoinControlPlane> = "controlPlane" [omitempty],
        skip_phases: Vec<String> = "skipPhases" [omitempty],
        patches: Option<Patches> = "patches" [omitempty],
    }

    /// What a joining control-plane node needs besides.
    JoinControlPlane {
        local_api_endpoint: APIEndpoint = "localAPIEndpoint" [omitempty],
        certificate_key: String = "certificateKey" [omitempty],
    }

    /// How the cluster is found and trusted.
    Discovery {
        bootstrap_token: Option<BootstrapTokenDiscovery> = "bootstrapToken" [omitempty],
        file: Option<FileDiscovery> = "file" [omitempty],
        tls_bootstrap_token: String = "tlsBootstrapToken" [omitempty],
        timeout: Option<Duration> = "timeout" [omitempty],
    }

    /// Discovery by token.
    BootstrapTokenDiscovery {
        token: String = "token",
        api_server_endpoint: String = "apiServerEndpoint" [omitempty],
        ca_cert_hashes: Vec<String> = "caCertHashes" [omitempty],
        unsafe_skip_ca_verification: bool = "unsafeSkipCAVerification" [omitempty],
    }

    /// Discovery by a kubeconfig file or its URL.
    FileDiscovery {
        kube_config_path: String = "kubeConfigPath",
    }
}
