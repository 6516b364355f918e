//! `k8sprep gen-config`.

use std::net::IpAddr;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use host_prep::fs::{self, Mode};
use kubeadm_config::{
    ApiVersion, BootstrapToken, CgroupDriver, ClusterSpec, Duration, HostFacts, ImageMirror, KubeadmRelease,
    KubernetesVersion, Support, Valid,
};

use crate::cmd::Run;
use crate::failure::{Exit, Failure};
use crate::surroundings;
use crate::ui::Ui;

/// CRI-O's socket since 1.9.
const CRIO_SOCKET: &str = "/var/run/crio/crio.sock";

/// The flags of `gen-config`.
#[derive(clap::Args, Debug)]
pub(crate) struct GenConfig {
    /// The Kubernetes version, which is also the kubeadm that will read the documents [default: newest known minor]
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<KubernetesVersion>,
    /// The API version of the documents [default: what that kubeadm writes]
    #[arg(long, value_name = "VERSION")]
    api_version: Option<ApiVersion>,
    /// Where the control-plane images come from [default: as kubeadm]
    #[arg(long, value_name = "REPOSITORY", conflicts_with = "mirror")]
    image_repository: Option<String>,
    /// Take the images from a public copy: aliyun, daocloud, nju
    #[arg(long, value_name = "NAME")]
    mirror: Option<ImageMirror>,
    /// The Pods' subnet; two with a comma for dual stack
    #[arg(long, value_name = "CIDR")]
    pod_subnet: Option<String>,
    /// The Services' subnet; two with a comma for dual stack [default: 10.96.0.0/12]
    #[arg(long, value_name = "CIDR")]
    service_subnet: Option<String>,
    /// The cluster's DNS domain [default: cluster.local]
    #[arg(long, value_name = "DOMAIN")]
    dns_domain: Option<String>,
    /// The container runtime's socket, as a path or URL
    #[arg(long, value_name = "SOCKET", default_value = CRIO_SOCKET)]
    cri_socket: String,
    /// The address the API server announces [default: the one on the default route]
    #[arg(long, value_name = "IP")]
    advertise_address: Option<IpAddr>,
    /// The port the API server listens on [default: 6443]
    #[arg(long, value_name = "PORT")]
    bind_port: Option<NonZeroU16>,
    /// The node's name [default: the host's name]
    #[arg(long, value_name = "NAME")]
    node_name: Option<String>,
    /// host[:port] under which all nodes reach the control plane
    #[arg(long, value_name = "ENDPOINT")]
    control_plane_endpoint: Option<String>,
    /// The bootstrap token [default: a new random one]
    #[arg(long, value_name = "TOKEN")]
    token: Option<BootstrapToken>,
    /// How long the token lives, such as 2h30m; 0 for ever [default: 24h0m0s]
    #[arg(long, value_name = "TIME")]
    token_ttl: Option<Duration>,
    /// The cluster's name [default: kubernetes]
    #[arg(long, value_name = "NAME")]
    cluster_name: Option<String>,
    /// One more name or address for the API server's certificate; may be given several times
    #[arg(long = "cert-san", value_name = "NAME")]
    cert_sans: Vec<String>,
    /// Add a KubeletConfiguration with this cgroup driver: systemd, cgroupfs
    #[arg(long, value_name = "DRIVER")]
    cgroup_driver: Option<CgroupDriver>,
    /// Write to this file (mode 0600: it holds the token) instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Overwrite the file
    #[arg(long, requires = "output_file")]
    force: bool,
}

impl Run for GenConfig {
    const NAME: &'static str = "gen-config";
    const ABOUT: &'static str = "Print kubeadm's InitConfiguration and ClusterConfiguration for CRI-O";
    const EXAMPLES: &'static str = "
  k8sprep gen-config --kubernetes-version v1.34.0 --pod-subnet 10.244.0.0/16 -o kubeadm.yaml
  k8sprep gen-config --kubernetes-version v1.31.4 --control-plane-endpoint lb.example.com --cgroup-driver systemd
  k8sprep gen-config --kubernetes-version v1.15.1 --mirror aliyun --advertise-address 192.168.128.165";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let valid = self.valid(ui)?;
        let api_version = self.api_version.unwrap_or(valid.release().writes());
        if valid.release().support(api_version) == Support::Deprecated {
            ui.warn(format_args!(
                "kubeadm {} reads {api_version} but warns that it is deprecated; it writes {}",
                valid.release().minor(),
                valid.release().writes(),
            ));
        }
        let yaml = valid.to_yaml(api_version).map_err(|error| Failure::from_error(&error))?;
        for warning in valid.warnings() {
            ui.warn(warning);
        }
        match &self.output_file {
            Some(file) => write(file, yaml.as_bytes(), self.force),
            None => ui.text(yaml),
        }
    }
}

impl GenConfig {
    fn valid(&self, ui: &mut Ui) -> Result<Valid, Failure> {
        let spec = self.spec(ui)?;
        let mut facts = HostFacts::default();
        if spec.node_name.is_none() {
            facts.host_name = surroundings::host_name();
        }
        if spec.advertise_address.is_none() {
            surroundings::add_addresses(&mut facts)?;
        }
        let mut defaulted = spec.defaulted(&facts).map_err(|error| Failure::from_error(&error))?;
        let dns_repository = |mirror: ImageMirror| mirror.dns_repository(spec.kubernetes_version.minor());
        if let Some(repository) = self.mirror.and_then(dns_repository) {
            defaulted.cluster_mut().dns.image_repository = repository;
        }
        defaulted.validate().map_err(|report| Failure::new(Exit::Failed, report))
    }

    fn spec(&self, ui: &mut Ui) -> Result<ClusterSpec, Failure> {
        let version = self.kubernetes_version.clone().unwrap_or_else(|| {
            let newest = KubernetesVersion::new(1, *KubeadmRelease::MINORS.end(), 0);
            ui.note(format_args!(
                "no --kubernetes-version given: taking {newest}, the newest minor known here"
            ));
            newest
        });
        let mut spec = ClusterSpec::new(version);
        spec.image_repository = match self.mirror {
            Some(mirror) => Some(mirror.repository().to_owned()),
            None => self.image_repository.clone(),
        };
        spec.pod_subnet.clone_from(&self.pod_subnet);
        spec.service_subnet.clone_from(&self.service_subnet);
        spec.dns_domain.clone_from(&self.dns_domain);
        spec.cri_socket = Some(self.cri_socket.clone());
        spec.advertise_address = self.advertise_address;
        spec.bind_port = self.bind_port;
        spec.node_name.clone_from(&self.node_name);
        spec.control_plane_endpoint.clone_from(&self.control_plane_endpoint);
        spec.token = Some(self.token.clone().map_or_else(surroundings::random_token, Ok)?);
        spec.token_ttl = self.token_ttl;
        spec.cluster_name.clone_from(&self.cluster_name);
        spec.cert_sans.clone_from(&self.cert_sans);
        spec.cgroup_driver = self.cgroup_driver;
        Ok(spec)
    }
}

fn write(file: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    let written = match fs::write_new(file, bytes, Mode::PRIVATE) {
        Err(host_prep::Error::Exists { .. }) if force => fs::replace(file, bytes),
        written => written,
    };
    written.map_err(|error| {
        let failure = Failure::from_error(&error);
        match error {
            host_prep::Error::Exists { .. } => failure.hint("give --force to overwrite it"),
            _ => failure,
        }
    })
}
