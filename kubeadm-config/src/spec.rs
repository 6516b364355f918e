//! From what was asked for to documents kubeadm takes: asked -> defaulted -> valid -> YAML.

use std::net::IpAddr;
use std::num::NonZeroU16;

use serde_json::{Map, Value, json};

use crate::defaults::component::{self, Surroundings};
use crate::defaults::dynamic::{Dynamic, SocketSearch};
use crate::defaults::fixed;
use crate::error::Error;
use crate::host::HostFacts;
use crate::internal::{BootstrapToken as TokenSpec, ClusterConfiguration, InitConfiguration};
use crate::message::Warning;
use crate::print;
use crate::release::{Change, KubeadmRelease, Support};
use crate::report::{Problem, Report};
use crate::token::BootstrapToken;
use crate::validate;
use crate::value::Duration;
use crate::version::{ApiVersion, KubernetesVersion};
use crate::wire::Gvk;

/// What is asked of a new cluster. Only the version is a must; everything left out is as kubeadm defaults it.
///
/// ```
/// use kubeadm_config::{ApiVersion, ClusterSpec, HostFacts};
///
/// let mut facts = HostFacts::default();
/// facts.host_name = "node-1".into();
/// facts.ipv4_route_address = Some([192, 0, 2, 10].into());
///
/// let mut spec = ClusterSpec::new("v1.31.4".parse()?);
/// spec.pod_subnet = Some("10.244.0.0/16".into());
/// spec.token = Some("abcdef.0123456789abcdef".parse()?);
/// let valid = spec.defaulted(&facts)?.validate()?;
/// let yaml = valid.to_yaml(ApiVersion::V1Beta4)?;
/// assert!(yaml.starts_with("apiVersion: kubeadm.k8s.io/v1beta4\n"));
/// assert!(yaml.contains("  podSubnet: 10.244.0.0/16\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClusterSpec {
    /// The version of the control plane, and of the kubeadm that is to read the documents.
    pub kubernetes_version: KubernetesVersion,
    /// Where images come from, `registry.example.com/k8s`.
    pub image_repository: Option<String>,
    /// The Pods' subnet, or two of them with a comma between.
    pub pod_subnet: Option<String>,
    /// The Services' subnet, or two of them with a comma between.
    pub service_subnet: Option<String>,
    /// The cluster's DNS domain.
    pub dns_domain: Option<String>,
    /// The socket of the container runtime; a path gets the scheme that the release wants.
    pub cri_socket: Option<String>,
    /// The address the API server announces.
    pub advertise_address: Option<IpAddr>,
    /// The port the API server listens at.
    pub bind_port: Option<NonZeroU16>,
    /// The node's name.
    pub node_name: Option<String>,
    /// `host[:port]` of the control plane as the nodes reach it.
    pub control_plane_endpoint: Option<String>,
    /// The token by which nodes can join.
    pub token: Option<BootstrapToken>,
    /// How long the token lives; zero is for ever.
    pub token_ttl: Option<Duration>,
    /// The cluster's name.
    pub cluster_name: Option<String>,
    /// More names and addresses for the API server's certificate.
    pub cert_sans: Vec<String>,
    /// The kubelet's cgroup driver; giving one adds a KubeletConfiguration.
    pub cgroup_driver: Option<CgroupDriver>,
}

/// Who manages the cgroups of Pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CgroupDriver {
    /// systemd does.
    Systemd,
    /// The kubelet does by itself.
    Cgroupfs,
}

impl CgroupDriver {
    /// As the kubelet's configuration spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Cgroupfs => "cgroupfs",
        }
    }
}

impl std::fmt::Display for CgroupDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for CgroupDriver {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = [Self::Systemd, Self::Cgroupfs].into_iter().find(|driver| driver.as_str() == text);
        known.ok_or_else(|| Error::CgroupDriver { given: text.into() })
    }
}

impl ClusterSpec {
    /// A cluster of that version with nothing else asked for.
    #[must_use]
    pub const fn new(kubernetes_version: KubernetesVersion) -> Self {
        Self {
            kubernetes_version,
            image_repository: None,
            pod_subnet: None,
            service_subnet: None,
            dns_domain: None,
            cri_socket: None,
            advertise_address: None,
            bind_port: None,
            node_name: None,
            control_plane_endpoint: None,
            token: None,
            token_ttl: None,
            cluster_name: None,
            cert_sans: Vec::new(),
            cgroup_driver: None,
        }
    }

    /// Fills in what was not asked for, as the kubeadm of the spec's version does on a host with these facts.
    ///
    /// # Errors
    /// [`Error::Release`] for a version that is older than every kubeadm known.
    pub fn defaulted(&self, facts: &HostFacts) -> Result<Defaulted, Error> {
        let release = KubeadmRelease::nearest(&self.kubernetes_version)?;
        let (mut init, mut cluster) = (self.init(&release), self.cluster());
        fixed::init(&mut init, &release);
        fixed::cluster(&mut cluster, &release);
        let mut dynamic = Dynamic::new(&release, facts, SocketSearch::Host);
        dynamic.init(&mut init);
        let mut warnings = Vec::new();
        let kubelet = self.kubelet().map(|mut content| {
            let cri_socket = &init.node_registration.cri_socket;
            let endpoint = &init.local_api_endpoint;
            let around = Surroundings { cluster: &cluster, endpoint, cri_socket, release: &release, facts };
            component::kubelet(&mut content, &around, &mut warnings);
            content
        });
        dynamic.cluster(&mut cluster, &init.local_api_endpoint);
        warnings.append(&mut dynamic.warnings);
        let problems = dynamic.problems;
        Ok(Defaulted(Parts { release, init, cluster, kubelet, warnings }, problems))
    }

    fn init(&self, release: &KubeadmRelease) -> InitConfiguration {
        let mut init = InitConfiguration::default();
        if self.token.is_some() || self.token_ttl.is_some() {
            let token = self.token.as_ref().map(ToString::to_string);
            init.bootstrap_tokens.push(TokenSpec { token, ttl: self.token_ttl, ..TokenSpec::default() });
        }
        init.node_registration.name = self.node_name.clone().unwrap_or_default();
        init.node_registration.cri_socket =
            self.cri_socket.as_deref().map(|s| spelled(s, release)).unwrap_or_default();
        let endpoint = &mut init.local_api_endpoint;
        endpoint.advertise_address =
            self.advertise_address.map(|address| address.to_string()).unwrap_or_default();
        endpoint.bind_port = self.bind_port.map_or(0, |port| i32::from(port.get()));
        init
    }

    fn cluster(&self) -> ClusterConfiguration {
        let text = |asked: &Option<String>| asked.clone().unwrap_or_default();
        let mut cluster = ClusterConfiguration {
            kubernetes_version: self.kubernetes_version.to_string(),
            image_repository: text(&self.image_repository),
            control_plane_endpoint: text(&self.control_plane_endpoint),
            cluster_name: text(&self.cluster_name),
            ..ClusterConfiguration::default()
        };
        cluster.networking.pod_subnet = text(&self.pod_subnet);
        cluster.networking.service_subnet = text(&self.service_subnet);
        cluster.networking.dns_domain = text(&self.dns_domain);
        cluster.api_server.cert_sans.clone_from(&self.cert_sans);
        cluster
    }

    fn kubelet(&self) -> Option<Map<String, Value>> {
        let driver = self.cgroup_driver?;
        Some(Map::from_iter([("cgroupDriver".to_owned(), json!(driver.as_str()))]))
    }
}

/// A path gets `unix://` where the release may warn that it is missing.
fn spelled(socket: &str, release: &KubeadmRelease) -> String {
    if release.has(Change::SocketsWrittenAsUrls) && socket.starts_with('/') {
        format!("unix://{socket}")
    } else {
        socket.to_owned()
    }
}

#[derive(Clone, Debug)]
struct Parts {
    release: KubeadmRelease,
    init: InitConfiguration,
    cluster: ClusterConfiguration,
    kubelet: Option<Map<String, Value>>,
    warnings: Vec<Warning>,
}

/// A spec with every default filled in, not yet checked.
#[derive(Clone, Debug)]
pub struct Defaulted(Parts, Vec<Problem>);

impl Defaulted {
    /// The InitConfiguration; changing it changes what is checked and printed.
    pub fn init_mut(&mut self) -> &mut InitConfiguration {
        &mut self.0.init
    }

    /// The ClusterConfiguration; changing it changes what is checked and printed.
    pub fn cluster_mut(&mut self) -> &mut ClusterConfiguration {
        &mut self.0.cluster
    }

    /// Checks everything that kubeadm checks.
    ///
    /// # Errors
    /// Every problem there is.
    pub fn validate(self) -> Result<Valid, Report> {
        let Self(mut parts, mut problems) = self;
        let findings = validate::init(&parts.init, &parts.cluster, &parts.release);
        // A field that could not be defaulted has been reported already.
        let known = |problem: &Problem| problems.iter().any(|earlier| earlier.path == problem.path);
        let found: Vec<Problem> = findings.problems.into_iter().filter(|problem| !known(problem)).collect();
        problems.extend(found);
        parts.warnings.extend(findings.warnings);
        match Report::of(problems) {
            Some(report) => Err(report),
            None => Ok(Valid(parts)),
        }
    }
}

/// A configuration that kubeadm accepts, and the only thing that prints.
#[derive(Clone, Debug)]
pub struct Valid(Parts);

impl Valid {
    /// The kubeadm release it was checked for.
    #[must_use]
    pub const fn release(&self) -> &KubeadmRelease {
        &self.0.release
    }

    /// The InitConfiguration.
    #[must_use]
    pub const fn init(&self) -> &InitConfiguration {
        &self.0.init
    }

    /// The ClusterConfiguration.
    #[must_use]
    pub const fn cluster(&self) -> &ClusterConfiguration {
        &self.0.cluster
    }

    /// What kubeadm would warn of.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.0.warnings
    }

    /// The documents in an API version: InitConfiguration, ClusterConfiguration and, where one was asked for,
    /// KubeletConfiguration, with `---` between them.
    ///
    /// # Errors
    /// [`Error::ApiVersionNotRead`] where the release does not read that version without being told to.
    pub fn to_yaml(&self, version: ApiVersion) -> Result<String, Error> {
        let Parts { release, init, cluster, kubelet, .. } = &self.0;
        if !matches!(release.support(version), Support::Read | Support::Deprecated) {
            return Err(Error::ApiVersionNotRead { version, release: release.version().clone() });
        }
        let minor = release.minor();
        let mut documents = vec![
            print::in_version("InitConfiguration", init, version, minor)?,
            print::in_version("ClusterConfiguration", cluster, version, minor)?,
        ];
        if let Some(content) = kubelet {
            let gvk = Gvk::kubelet();
            documents.push(print::component(&gvk, content.clone(), minor));
        }
        print::to_yaml(documents)
    }
}
