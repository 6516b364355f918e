//! The flags of `gen-config`, and what each group of them asks for.
//!
//! Groups are those of the help page; each is turned into a spec of `kubeadm_config` by a method
//! of its own. A flag and a field have one name, so that what is printed can be found again.

use std::net::IpAddr;
use std::num::NonZeroU16;
use std::path::PathBuf;

use kubeadm_config::{
    ApiServerEndpoint, BootstrapToken, CaPin, CertificateKey, CgroupDriver, ClusterSpec, ComponentValue,
    ComponentVolume, Duration, ImageMirror, JoinControlPlaneSpec, JoinSpec, KubernetesVersion, NamedValue,
    NodeRegistrationSpec, PullPolicy, ResetSpec, RunSpec, Timeout, UpgradeSpec, model::Taint,
};

/// What more than one kind of document can hold.
#[derive(clap::Args, Debug)]
pub(crate) struct Shared {
    /// The container runtime's socket, as a path or URL [default: CRI-O's, /var/run/crio/crio.sock]
    #[arg(long, value_name = "SOCKET")]
    pub(super) cri_socket: Option<String>,
    /// The node's name [default: the host's name]
    #[arg(long, value_name = "NAME")]
    pub(super) node_name: Option<String>,
    /// Taint the node instead of as kubeadm does; may be given several times
    #[arg(long = "taint", value_name = "KEY[=VALUE]:EFFECT", conflicts_with = "no_taints")]
    taints: Vec<Taint>,
    /// No taint at all, not even the control plane's
    #[arg(long)]
    no_taints: bool,
    /// Label the node; may be given several times
    #[arg(long = "node-label", value_name = "NAME=VALUE")]
    labels: Vec<NamedValue>,
    /// The node's address; two with a comma for dual stack
    #[arg(long = "node-ip", value_name = "IP", value_delimiter = ',')]
    ips: Vec<IpAddr>,
    /// An argument of the kubelet; may be given several times
    #[arg(long = "kubelet-extra-arg", value_name = "NAME=VALUE")]
    kubelet_args: Vec<NamedValue>,
    /// The address the API server announces [default: the one on the default route]
    #[arg(long, value_name = "IP")]
    pub(super) advertise_address: Option<IpAddr>,
    /// The port the API server listens on [default: 6443]
    #[arg(long, value_name = "PORT")]
    bind_port: Option<NonZeroU16>,
    /// The bootstrap token [default: a new random one; of a node that joins: none]
    #[arg(long, value_name = "TOKEN")]
    token: Option<BootstrapToken>,
    /// The key to the certificates in the cluster, 64 hexadecimal digits
    #[arg(long, value_name = "KEY")]
    certificate_key: Option<CertificateKey>,
    /// When images are pulled: Always, IfNotPresent, Never
    #[arg(long, value_name = "POLICY")]
    image_pull_policy: Option<PullPolicy>,
    /// Whether images are pulled one after the other
    #[arg(long, value_name = "BOOL")]
    image_pull_serial: Option<bool>,
    /// Where certificates lie [default: /etc/kubernetes/pki]
    #[arg(long, value_name = "DIR")]
    certificates_dir: Option<String>,
    /// The directory with patches for static Pods and the kubelet
    #[arg(long, value_name = "DIR")]
    patches: Option<String>,
    /// A phase of the command to leave out; may be given several times
    #[arg(long = "skip-phase", value_name = "PHASE")]
    skip_phases: Vec<String>,
    /// A preflight check whose errors count as warnings; may be given several times
    #[arg(long, alias = "ignore-preflight-error", value_name = "CHECK", value_delimiter = ',')]
    ignore_preflight_errors: Vec<String>,
    /// How long to wait for one thing, such as discovery=10m; may be given several times
    #[arg(long = "timeout", value_name = "NAME=TIME")]
    timeouts: Vec<Timeout>,
    /// Change nothing
    #[arg(long)]
    dry_run: bool,
}

/// What a ClusterConfiguration and an InitConfiguration hold.
#[derive(clap::Args, Debug)]
pub(crate) struct Cluster {
    /// Where the control-plane images come from [default: as kubeadm]
    #[arg(long, value_name = "REPOSITORY", conflicts_with = "mirror")]
    image_repository: Option<String>,
    /// Take the images from a public copy: aliyun, daocloud, nju
    #[arg(long, value_name = "NAME")]
    mirror: Option<ImageMirror>,
    /// The Pods' subnet; two with a comma for dual stack
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    pod_subnet: Vec<String>,
    /// The Services' subnet; two with a comma for dual stack [default: 10.96.0.0/12]
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    service_subnet: Vec<String>,
    /// The cluster's DNS domain [default: cluster.local]
    #[arg(long, value_name = "DOMAIN")]
    dns_domain: Option<String>,
    /// host[:port] under which all nodes reach the control plane
    #[arg(long, value_name = "ENDPOINT")]
    control_plane_endpoint: Option<String>,
    /// How long the token lives, such as 2h30m; 0 for ever [default: 24h0m0s]
    #[arg(long, value_name = "TIME")]
    token_ttl: Option<Duration>,
    /// What the token is for
    #[arg(long, value_name = "TEXT")]
    token_description: Option<String>,
    /// The cluster's name [default: kubernetes]
    #[arg(long, value_name = "NAME")]
    cluster_name: Option<String>,
    /// One more name or address for the API server's certificate; may be given several times
    #[arg(long = "cert-san", value_name = "NAME")]
    cert_sans: Vec<String>,
    /// How keys are made, such as ECDSA-P256 [default: RSA-2048]
    #[arg(long, value_name = "ALGORITHM")]
    encryption_algorithm: Option<String>,
    /// How long certificates are valid [default: 8760h0m0s]
    #[arg(long, value_name = "TIME")]
    certificate_validity: Option<Duration>,
    /// How long CA certificates are valid [default: 87600h0m0s]
    #[arg(long, value_name = "TIME")]
    ca_certificate_validity: Option<Duration>,
    /// Turn a feature gate of kubeadm on or off; may be given several times
    #[arg(long, alias = "feature-gate", value_name = "NAME=BOOL", value_parser = gate, value_delimiter = ',')]
    feature_gates: Vec<(String, bool)>,
    /// An argument of apiserver, controller-manager, scheduler or etcd; may be given several times
    #[arg(long = "extra-arg", value_name = "COMPONENT.NAME=VALUE")]
    extra_args: Vec<ComponentValue>,
    /// A variable in the environment of one of them; may be given several times
    #[arg(long = "extra-env", value_name = "COMPONENT.NAME=VALUE")]
    extra_envs: Vec<ComponentValue>,
    /// A host path for apiserver, controller-manager or scheduler; may be given several times
    #[arg(long = "extra-volume", value_name = "COMPONENT.NAME=HOST:MOUNT[:ro][:TYPE]")]
    extra_volumes: Vec<ComponentVolume>,
    /// URL of a member of an etcd elsewhere; may be given several times
    #[arg(long = "etcd-endpoint", value_name = "URL")]
    etcd_endpoints: Vec<String>,
    /// The same for plain HTTP calls, where that is another one
    #[arg(long = "etcd-http-endpoint", value_name = "URL")]
    etcd_http_endpoints: Vec<String>,
    /// The CA that signed that etcd's certificates
    #[arg(long, value_name = "FILE")]
    etcd_ca_file: Option<String>,
    /// The client certificate for it
    #[arg(long, value_name = "FILE")]
    etcd_cert_file: Option<String>,
    /// The client key for it
    #[arg(long, value_name = "FILE")]
    etcd_key_file: Option<String>,
    /// Where kubeadm's own etcd keeps its data [default: /var/lib/etcd]
    #[arg(long, value_name = "DIR")]
    etcd_data_dir: Option<String>,
    /// Where the image of kubeadm's own etcd comes from
    #[arg(long, value_name = "REPOSITORY")]
    etcd_image_repository: Option<String>,
    /// The tag of that image
    #[arg(long, value_name = "TAG")]
    etcd_image_tag: Option<String>,
    /// One more name for its server certificate; may be given several times
    #[arg(long = "etcd-server-cert-san", value_name = "NAME")]
    etcd_server_cert_sans: Vec<String>,
    /// One more name for its peer certificate; may be given several times
    #[arg(long = "etcd-peer-cert-san", value_name = "NAME")]
    etcd_peer_cert_sans: Vec<String>,
    /// Where CoreDNS' image comes from
    #[arg(long, value_name = "REPOSITORY")]
    dns_image_repository: Option<String>,
    /// The tag of CoreDNS' image
    #[arg(long, value_name = "TAG")]
    dns_image_tag: Option<String>,
    /// Do without CoreDNS
    #[arg(long)]
    without_dns: bool,
    /// Do without kube-proxy
    #[arg(long)]
    without_proxy: bool,
    /// Add a KubeProxyConfiguration with this mode; nftables needs 1.29, userspace went with 1.26
    #[arg(long, value_name = "MODE", value_parser = ["iptables", "ipvs", "nftables", "userspace"])]
    proxy_mode: Option<String>,
    /// Add a KubeletConfiguration with this cgroup driver: systemd, cgroupfs
    #[arg(long, value_name = "DRIVER")]
    cgroup_driver: Option<CgroupDriver>,
}

/// What only a JoinConfiguration holds.
#[derive(clap::Args, Debug)]
pub(crate) struct Join {
    /// Join as one more control plane, not as a worker
    #[arg(long)]
    pub(super) control_plane: bool,
    /// host:port of the cluster's API server
    #[arg(long, value_name = "ENDPOINT")]
    endpoint: Option<ApiServerEndpoint>,
    /// A pin of the cluster's CA; may be given several times
    #[arg(long = "pin", value_name = "PIN")]
    pub(super) pins: Vec<CaPin>,
    /// The CA file to take the pins from
    #[arg(long, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,
    /// Trust whatever CA the cluster shows
    #[arg(long)]
    skip_ca_verification: bool,
    /// A kubeconfig, as a path or https URL, instead of token, endpoint and pins
    #[arg(long, value_name = "FILE")]
    pub(super) discovery_file: Option<String>,
    /// The token for the TLS bootstrap, where it is another one
    #[arg(long, value_name = "TOKEN")]
    tls_bootstrap_token: Option<BootstrapToken>,
    /// Where the cluster's CA is written [default: /etc/kubernetes/pki/ca.crt]
    #[arg(long, value_name = "FILE")]
    ca_cert_path: Option<String>,
}

/// What only a ResetConfiguration holds.
#[derive(clap::Args, Debug)]
pub(crate) struct Reset {
    /// Reset without asking
    #[arg(long)]
    yes: bool,
    /// Empty kubeadm's directory for temporary files too
    #[arg(long)]
    cleanup_tmp_dir: bool,
    /// A flag for unmounting below the kubelet's directory, such as MNT_FORCE; may be given several
    /// times
    #[arg(long = "unmount-flag", value_name = "FLAG")]
    unmount_flags: Vec<String>,
}

/// What only an UpgradeConfiguration holds.
#[derive(clap::Args, Debug)]
pub(crate) struct Upgrade {
    /// Upgrade to alpha and beta releases too
    #[arg(long)]
    allow_experimental_upgrades: bool,
    /// Upgrade to release candidates too
    #[arg(long)]
    allow_rc_upgrades: bool,
    /// Whether certificates are renewed [default: true]
    #[arg(long, value_name = "BOOL")]
    certificate_renewal: Option<bool>,
    /// Whether etcd is upgraded [default: true]
    #[arg(long, value_name = "BOOL")]
    etcd_upgrade: Option<bool>,
    /// Upgrade although requirements are not met
    #[arg(long)]
    force_upgrade: bool,
    /// Print the configuration while upgrading
    #[arg(long)]
    print_config: bool,
    /// Lines of context of `kubeadm upgrade diff`
    #[arg(long, value_name = "LINES")]
    diff_context_lines: Option<u32>,
}

/// As `--feature-gates` of kubeadm takes one.
fn gate(text: &str) -> Result<(String, bool), String> {
    let gate = text.split_once('=').and_then(|(name, truth)| Some((name, truth.parse().ok()?)));
    match gate {
        Some((name, on)) if !name.is_empty() => Ok((name.to_owned(), on)),
        _ => Err("give NAME=true or NAME=false".to_owned()),
    }
}

/// One text of several with commas between; none of none.
fn joined(texts: &[String]) -> Option<String> {
    (!texts.is_empty()).then(|| texts.join(","))
}

impl Shared {
    /// What Init- and JoinConfiguration have alike.
    fn node(&self) -> NodeRegistrationSpec {
        let mut node = NodeRegistrationSpec::default();
        node.name.clone_from(&self.node_name);
        node.cri_socket.clone_from(&self.cri_socket);
        node.taints = (self.no_taints || !self.taints.is_empty()).then(|| self.taints.clone());
        node.labels.clone_from(&self.labels);
        node.ips.clone_from(&self.ips);
        node.kubelet_extra_args.clone_from(&self.kubelet_args);
        node.ignore_preflight_errors.clone_from(&self.ignore_preflight_errors);
        node.image_pull_policy = self.image_pull_policy;
        node.image_pull_serial = self.image_pull_serial;
        node
    }

    /// How a command of kubeadm runs: phases, patches, timeouts.
    fn run(&self) -> RunSpec {
        let mut run = RunSpec::default();
        run.skip_phases.clone_from(&self.skip_phases);
        run.patches.clone_from(&self.patches);
        run.dry_run = self.dry_run;
        run.timeouts.clone_from(&self.timeouts);
        run
    }
}

impl Cluster {
    /// The cluster's documents.
    pub(super) fn spec(&self, shared: &Shared, version: KubernetesVersion) -> ClusterSpec {
        let minor = version.minor();
        let mut spec = ClusterSpec::new(version);
        let mirror = |mirror: ImageMirror| mirror.repository().to_owned();
        spec.image_repository = self.mirror.map(mirror).or_else(|| self.image_repository.clone());
        spec.pod_subnet = joined(&self.pod_subnet);
        spec.service_subnet = joined(&self.service_subnet);
        spec.dns_domain.clone_from(&self.dns_domain);
        spec.node = shared.node();
        spec.endpoint.advertise_address = shared.advertise_address;
        spec.endpoint.bind_port = shared.bind_port;
        spec.run = shared.run();
        spec.control_plane_endpoint.clone_from(&self.control_plane_endpoint);
        spec.token.clone_from(&shared.token);
        spec.token_ttl = self.token_ttl;
        spec.token_description.clone_from(&self.token_description);
        spec.certificate_key.clone_from(&shared.certificate_key);
        spec.cluster_name.clone_from(&self.cluster_name);
        spec.cert_sans.clone_from(&self.cert_sans);
        spec.certificates_dir.clone_from(&shared.certificates_dir);
        spec.encryption_algorithm.clone_from(&self.encryption_algorithm);
        spec.certificate_validity = self.certificate_validity;
        spec.ca_certificate_validity = self.ca_certificate_validity;
        spec.feature_gates.clone_from(&self.feature_gates);
        spec.extra_args.clone_from(&self.extra_args);
        spec.extra_envs.clone_from(&self.extra_envs);
        spec.extra_volumes.clone_from(&self.extra_volumes);
        self.etcd(&mut spec);
        let mirrored = self.mirror.and_then(|mirror| mirror.dns_repository(minor));
        spec.addons.dns_image_repository = self.dns_image_repository.clone().or(mirrored);
        spec.addons.dns_image_tag.clone_from(&self.dns_image_tag);
        spec.addons.without_dns = self.without_dns;
        spec.addons.without_proxy = self.without_proxy;
        spec.addons.proxy_mode.clone_from(&self.proxy_mode);
        spec.cgroup_driver = self.cgroup_driver;
        spec
    }

    /// Local and external: that both are given is a problem of the spec, told later with its
    /// paths.
    fn etcd(&self, spec: &mut ClusterSpec) {
        let etcd = &mut spec.etcd;
        etcd.endpoints.clone_from(&self.etcd_endpoints);
        etcd.http_endpoints.clone_from(&self.etcd_http_endpoints);
        etcd.ca_file.clone_from(&self.etcd_ca_file);
        etcd.cert_file.clone_from(&self.etcd_cert_file);
        etcd.key_file.clone_from(&self.etcd_key_file);
        etcd.data_dir.clone_from(&self.etcd_data_dir);
        etcd.image_repository.clone_from(&self.etcd_image_repository);
        etcd.image_tag.clone_from(&self.etcd_image_tag);
        etcd.server_cert_sans.clone_from(&self.etcd_server_cert_sans);
        etcd.peer_cert_sans.clone_from(&self.etcd_peer_cert_sans);
    }
}

impl Join {
    /// `pins` are those given and those of the CA file.
    pub(super) fn spec(&self, shared: &Shared, pins: Vec<CaPin>) -> JoinSpec {
        let mut spec = JoinSpec::default();
        spec.node = shared.node();
        spec.run = shared.run();
        spec.discovery.token.clone_from(&shared.token);
        spec.discovery.endpoint.clone_from(&self.endpoint);
        spec.discovery.pins = pins;
        spec.discovery.unsafe_skip_ca_verification = self.skip_ca_verification;
        spec.discovery.file.clone_from(&self.discovery_file);
        spec.discovery.tls_bootstrap_token.clone_from(&self.tls_bootstrap_token);
        spec.ca_cert_path.clone_from(&self.ca_cert_path);
        let asked = self.control_plane
            || shared.advertise_address.is_some()
            || shared.bind_port.is_some()
            || shared.certificate_key.is_some();
        spec.control_plane = asked.then(|| {
            let mut control_plane = JoinControlPlaneSpec::default();
            control_plane.endpoint.advertise_address = shared.advertise_address;
            control_plane.endpoint.bind_port = shared.bind_port;
            control_plane.certificate_key.clone_from(&shared.certificate_key);
            control_plane
        });
        spec
    }
}

impl Reset {
    /// The ResetConfiguration.
    pub(super) fn spec(&self, shared: &Shared) -> ResetSpec {
        let mut spec = ResetSpec::default();
        spec.cri_socket.clone_from(&shared.cri_socket);
        spec.certificates_dir.clone_from(&shared.certificates_dir);
        spec.cleanup_tmp_dir = self.cleanup_tmp_dir;
        spec.force = self.yes;
        spec.dry_run = shared.dry_run;
        spec.ignore_preflight_errors.clone_from(&shared.ignore_preflight_errors);
        spec.skip_phases.clone_from(&shared.skip_phases);
        spec.unmount_flags.clone_from(&self.unmount_flags);
        spec.timeouts.clone_from(&shared.timeouts);
        spec
    }
}

impl Upgrade {
    /// `version` is the one given, not one made up.
    pub(super) fn spec(&self, shared: &Shared, version: Option<KubernetesVersion>) -> UpgradeSpec {
        let mut spec = UpgradeSpec::default();
        spec.kubernetes_version = version;
        spec.allow_experimental_upgrades = self.allow_experimental_upgrades;
        spec.allow_rc_upgrades = self.allow_rc_upgrades;
        spec.certificate_renewal = self.certificate_renewal;
        spec.etcd_upgrade = self.etcd_upgrade;
        spec.force = self.force_upgrade;
        spec.print_config = self.print_config;
        spec.dry_run = shared.dry_run;
        spec.diff_context_lines = self.diff_context_lines;
        spec.ignore_preflight_errors.clone_from(&shared.ignore_preflight_errors);
        spec.skip_phases.clone_from(&shared.skip_phases);
        spec.patches.clone_from(&shared.patches);
        spec.image_pull_policy = shared.image_pull_policy;
        spec.image_pull_serial = shared.image_pull_serial;
        spec.timeouts.clone_from(&shared.timeouts);
        spec
    }
}
