//! `kubeadm.k8s.io/v1`, in kubeadm 1.37 an experiment that is read but not written: v1beta4 with
//! `mergeMethod`.

use std::collections::BTreeMap;

use super::core::{BootstrapToken, EnvVar as CoreEnvVar, Taint};
use crate::value::Duration;

super::wire! { "v1";
    /// What `kubeadm init` needs to know of the node it runs on.
    InitConfiguration {
        bootstrap_tokens: Vec<BootstrapToken> = "bootstrapTokens" [omitempty],
        dry_run: bool = "dryRun" [omitempty],
        node_registration: NodeRegistrationOptions = "nodeRegistration" [omitempty],
        local_api_endpoint: APIEndpoint = "localAPIEndpoint" [omitempty],
        certificate_key: String = "certificateKey" [omitempty],
        skip_phases: Vec<String> = "skipPhases" [omitempty],
        patches: Option<Patches> = "patches" [omitempty],
        timeouts: Option<Timeouts> = "timeouts" [omitempty],
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
        proxy: Proxy = "proxy" [omitempty],
        certificates_dir: String = "certificatesDir" [omitempty],
        image_repository: String = "imageRepository" [omitempty],
        feature_gates: BTreeMap<String, bool> = "featureGates" [omitempty],
        cluster_name: String = "clusterName" [omitempty],
        encryption_algorithm: String as "v1.EncryptionAlgorithmType" = "encryptionAlgorithm" [omitempty],
        certificate_validity_period: Option<Duration> = "certificateValidityPeriod" [omitempty],
        ca_certificate_validity_period: Option<Duration> = "caCertificateValidityPeriod" [omitempty],
    }

    /// Arguments, volumes and variables of a component.
    ControlPlaneComponent {
        extra_args: Vec<Arg> = "extraArgs" [omitempty],
        extra_volumes: Vec<HostPathMount> = "extraVolumes" [omitempty],
        extra_envs: Vec<EnvVar> = "extraEnvs" [omitempty],
    }

    /// One argument.
    Arg {
        name: String = "name",
        value: String = "value",
        merge_method: String as "v1.ArgMergeMethod" = "mergeMethod" [omitempty],
    }

    /// A variable in a component's environment.
    EnvVar {
        + core: CoreEnvVar,
    }

    /// The API server.
    APIServer {
        + component: ControlPlaneComponent,
        cert_sans: Vec<String> = "certSANs" [omitempty],
    }

    /// The DNS add-on.
    DNS {
        + image: ImageMeta,
        disabled: bool = "disabled" [omitempty],
    }

    /// The kube-proxy add-on.
    Proxy {
        disabled: bool = "disabled" [omitempty],
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
        extra_args: Vec<Arg> = "extraArgs" [omitempty],
        extra_envs: Vec<EnvVar> = "extraEnvs" [omitempty],
        server_cert_sans: Vec<String> = "serverCertSANs" [omitempty],
        peer_cert_sans: Vec<String> = "peerCertSANs" [omitempty],
    }

    /// etcd elsewhere.
    ExternalEtcd {
        endpoints: Option<Vec<String>> = "endpoints",
        http_endpoints: Vec<String> = "httpEndpoints" [omitempty],
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
        kubelet_extra_args: Vec<Arg> = "kubeletExtraArgs" [omitempty],
        ignore_preflight_errors: Vec<String> = "ignorePreflightErrors" [omitempty],
        image_pull_policy: String as "v1.PullPolicy" = "imagePullPolicy" [omitempty],
        image_pull_serial: Option<bool> = "imagePullSerial" [omitempty],
    }

    /// Where patches are found.
    Patches {
        directory: String = "directory" [omitempty],
    }

    /// How long kubeadm waits for what.
    Timeouts {
        control_plane_component_health_check: Option<Duration> = "controlPlaneComponentHealthCheck" [omitempty],
        kubelet_health_check: Option<Duration> = "kubeletHealthCheck" [omitempty],
        kubernetes_api_call: Option<Duration> = "kubernetesAPICall" [omitempty],
        etcd_api_call: Option<Duration> = "etcdAPICall" [omitempty],
        tls_bootstrap: Option<Duration> = "tlsBootstrap" [omitempty],
        discovery: Option<Duration> = "discovery" [omitempty],
        upgrade_manifests: Option<Duration> = "upgradeManifests" [omitempty],
    }

    /// How a node joins.
    JoinConfiguration {
        dry_run: bool = "dryRun" [omitempty],
        node_registration: NodeRegistrationOptions = "nodeRegistration" [omitempty],
        ca_cert_path: String = "caCertPath" [omitempty],
        discovery: Discovery = "discovery",
        control_plane: Option<JoinControlPlane> = "controlPlane" [omitempty],
        skip_phases: Vec<String> = "skipPhases" [omitempty],
        patches: Option<Patches> = "patches" [omitempty],
        timeouts: Option<Timeouts> = "timeouts" [omitempty],
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

    /// How a node is put back.
    ResetConfiguration {
        cleanup_tmp_dir: bool = "cleanupTmpDir" [omitempty],
        certificates_dir: String = "certificatesDir" [omitempty],
        cri_socket: String = "criSocket" [omitempty],
        dry_run: bool = "dryRun" [omitempty],
        force: bool = "force" [omitempty],
        ignore_preflight_errors: Vec<String> = "ignorePreflightErrors" [omitempty],
        skip_phases: Vec<String> = "skipPhases" [omitempty],
        unmount_flags: Vec<String> = "unmountFlags" [omitempty],
        timeouts: Option<Timeouts> = "timeouts" [omitempty],
    }

    /// How a cluster is upgraded.
    UpgradeConfiguration {
        apply: UpgradeApplyConfiguration = "apply" [omitempty],
        diff: UpgradeDiffConfiguration = "diff" [omitempty],
        node: UpgradeNodeConfiguration = "node" [omitempty],
        plan: UpgradePlanConfiguration = "plan" [omitempty],
        timeouts: Option<Timeouts> = "timeouts" [omitempty],
    }

    /// `kubeadm upgrade apply`.
    UpgradeApplyConfiguration {
        kubernetes_version: String = "kubernetesVersion" [omitempty],
        allow_experimental_upgrades: Option<bool> = "allowExperimentalUpgrades" [omitempty],
        allow_rc_upgrades: Option<bool> = "allowRCUpgrades" [omitempty],
        certificate_renewal: Option<bool> = "certificateRenewal" [omitempty],
        dry_run: Option<bool> = "dryRun" [omitempty],
        etcd_upgrade: Option<bool> = "etcdUpgrade" [omitempty],
        force_upgrade: Option<bool> = "forceUpgrade" [omitempty],
        ignore_preflight_errors: Vec<String> = "ignorePreflightErrors" [omitempty],
        patches: Option<Patches> = "patches" [omitempty],
        print_config: Option<bool> = "printConfig" [omitempty],
        skip_phases: Vec<String> = "skipPhases" [omitempty],
        image_pull_policy: String as "v1.PullPolicy" = "imagePullPolicy" [omitempty],
        image_pull_serial: Option<bool> = "imagePullSerial" [omitempty],
    }

    /// `kubeadm upgrade diff`.
    UpgradeDiffConfiguration {
        kubernetes_version: String = "kubernetesVersion" [omitempty],
        context_lines: i64 = "contextLines" [omitempty],
    }

    /// `kubeadm upgrade node`.
    UpgradeNodeConfiguration {
        certificate_renewal: Option<bool> = "certificateRenewal" [omitempty],
        dry_run: Option<bool> = "dryRun" [omitempty],
        etcd_upgrade: Option<bool> = "etcdUpgrade" [omitempty],
        ignore_preflight_errors: Vec<String> = "ignorePreflightErrors" [omitempty],
        skip_phases: Vec<String> = "skipPhases" [omitempty],
        patches: Option<Patches> = "patches" [omitempty],
        image_pull_policy: String as "v1.PullPolicy" = "imagePullPolicy" [omitempty],
        image_pull_serial: Option<bool> = "imagePullSerial" [omitempty],
    }

    /// `kubeadm upgrade plan`.
    UpgradePlanConfiguration {
        kubernetes_version: String = "kubernetesVersion" [omitempty],
        allow_experimental_upgrades: Option<bool> = "allowExperimentalUpgrades" [omitempty],
        allow_rc_upgrades: Option<bool> = "allowRCUpgrades" [omitempty],
        dry_run: Option<bool> = "dryRun" [omitempty],
        etcd_upgrade: Option<bool> = "etcdUpgrade" [omitempty],
        ignore_preflight_errors: Vec<String> = "ignorePreflightErrors" [omitempty],
        print_config: Option<bool> = "printConfig" [omitempty],
    }
}
