//! What is asked of a new cluster and of its first node.

use serde_json::{Value, json};

use super::asked::Asked;
use super::document::Document;
use super::node::{EndpointSpec, NodeRegistrationSpec, RunSpec, named};
use super::stages::Defaulted;
use super::words::{ComponentValue, ComponentVolume, NamedValue};
use crate::certificate_key::CertificateKey;
use crate::cgroup_driver::CgroupDriver;
use crate::error::Error;
use crate::host::HostFacts;
use crate::release::KubeadmRelease;
use crate::token::BootstrapToken;
use crate::value::Duration;
use crate::version::KubernetesVersion;

/// What is asked of a new cluster. Only the version is a must; everything left out is as kubeadm
/// defaults it.
///
/// ```
/// use kubeadm_config::{ClusterSpec, HostFacts};
///
/// let mut facts = HostFacts::default();
/// facts.host_name = "node-1".into();
/// facts.ipv4_route_address = Some([192, 0, 2, 10].into());
///
/// let mut spec = ClusterSpec::new("v1.31.4".parse()?);
/// spec.pod_subnet = Some("10.244.0.0/16".into());
/// spec.token = Some("abcdef.0123456789abcdef".parse()?);
/// let yaml = spec.defaulted(&facts)?.validate()?.to_yaml()?;
/// assert!(yaml.starts_with("apiVersion: kubeadm.k8s.io/v1beta4\n"));
/// assert!(yaml.contains("  podSubnet: 10.244.0.0/16\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
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
    /// How the first node is registered.
    pub node: NodeRegistrationSpec,
    /// Where the first node's API server listens.
    pub endpoint: EndpointSpec,
    /// What is asked of `kubeadm init` itself.
    pub run: RunSpec,
    /// `host[:port]` of the control plane as the nodes reach it.
    pub control_plane_endpoint: Option<String>,
    /// The first token by which nodes can join.
    pub token: Option<BootstrapToken>,
    /// How long it lives; zero is for ever.
    pub token_ttl: Option<Duration>,
    /// What it is for, in words.
    pub token_description: Option<String>,
    /// The key that encrypts the certificates in the cluster.
    pub certificate_key: Option<CertificateKey>,
    /// The cluster's name.
    pub cluster_name: Option<String>,
    /// More names and addresses for the API server's certificate.
    pub cert_sans: Vec<String>,
    /// Where certificates lie.
    pub certificates_dir: Option<String>,
    /// How keys are made, `ECDSA-P256`.
    pub encryption_algorithm: Option<String>,
    /// How long a certificate is valid.
    pub certificate_validity: Option<Duration>,
    /// How long a CA certificate is valid.
    pub ca_certificate_validity: Option<Duration>,
    /// kubeadm's feature gates.
    pub feature_gates: Vec<(String, bool)>,
    /// Arguments of the components.
    pub extra_args: Vec<ComponentValue>,
    /// Variables in the components' environments.
    pub extra_envs: Vec<ComponentValue>,
    /// Host paths for the components.
    pub extra_volumes: Vec<ComponentVolume>,
    /// etcd, kubeadm's own or elsewhere.
    pub etcd: EtcdSpec,
    /// CoreDNS and kube-proxy.
    pub addons: AddonSpec,
    /// The kubelet's cgroup driver; giving one adds a KubeletConfiguration.
    pub cgroup_driver: Option<CgroupDriver>,
    /// `failCgroupV1` of KubeletConfiguration: whether the kubelet exits on a host with cgroup v1,
    /// since 1.31.
    pub fail_cgroup_v1: Option<bool>,
}

/// What is asked of etcd. Endpoints mean that it runs elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EtcdSpec {
    /// URLs of the members of an etcd elsewhere.
    pub endpoints: Vec<String>,
    /// Their URLs for plain HTTP calls, where these are others.
    pub http_endpoints: Vec<String>,
    /// The CA that signed the members' certificates.
    pub ca_file: Option<String>,
    /// The client certificate.
    pub cert_file: Option<String>,
    /// The client key.
    pub key_file: Option<String>,
    /// Where kubeadm's own etcd keeps its data.
    pub data_dir: Option<String>,
    /// Where its image comes from.
    pub image_repository: Option<String>,
    /// The tag of its image.
    pub image_tag: Option<String>,
    /// More names for its server certificate.
    pub server_cert_sans: Vec<String>,
    /// More names for its peer certificate.
    pub peer_cert_sans: Vec<String>,
}

/// What is asked of the add-ons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AddonSpec {
    /// Where CoreDNS' image comes from.
    pub dns_image_repository: Option<String>,
    /// The tag of its image.
    pub dns_image_tag: Option<String>,
    /// Whether kubeadm does without CoreDNS.
    pub without_dns: bool,
    /// Whether kubeadm does without kube-proxy.
    pub without_proxy: bool,
    /// How kube-proxy works, `nftables`; giving one adds a KubeProxyConfiguration.
    pub proxy_mode: Option<String>,
}

impl ClusterSpec {
    /// A cluster of that version with nothing else asked for.
    #[must_use]
    pub fn new(kubernetes_version: KubernetesVersion) -> Self {
        Self {
            kubernetes_version,
            image_repository: None,
            pod_subnet: None,
            service_subnet: None,
            dns_domain: None,
            node: NodeRegistrationSpec::default(),
            endpoint: EndpointSpec::default(),
            run: RunSpec::default(),
            control_plane_endpoint: None,
            token: None,
            token_ttl: None,
            token_description: None,
            certificate_key: None,
            cluster_name: None,
            cert_sans: Vec::new(),
            certificates_dir: None,
            encryption_algorithm: None,
            certificate_validity: None,
            ca_certificate_validity: None,
            feature_gates: Vec::new(),
            extra_args: Vec::new(),
            extra_envs: Vec::new(),
            extra_volumes: Vec::new(),
            etcd: EtcdSpec::default(),
            addons: AddonSpec::default(),
            cgroup_driver: None,
            fail_cgroup_v1: None,
        }
    }

    /// Fills in what was not asked for, as the kubeadm of the spec's version does on a host with
    /// these facts, for the API version that it writes. [`Asked`] is for another one, and for
    /// starting from documents that are there.
    ///
    /// # Errors
    /// [`Error::Release`] for a version that is older than every kubeadm known.
    pub fn defaulted(&self, facts: &HostFacts) -> Result<Defaulted, Error> {
        let mut asked = Asked::new(KubeadmRelease::nearest(&self.kubernetes_version)?);
        asked.cluster(self);
        Ok(asked.defaulted(facts))
    }

    pub(super) fn write_init(&self, init: &mut Document, release: &KubeadmRelease) {
        self.write_token(init);
        self.node.write(init, release);
        self.endpoint.write(init, "localAPIEndpoint");
        init.put_given("certificateKey", self.certificate_key.as_ref());
        self.run.write(init);
    }

    /// The first token is the one that is asked for; others of the document stay.
    fn write_token(&self, init: &mut Document) {
        let given = [
            ("token", self.token.as_ref().map(ToString::to_string)),
            ("ttl", self.token_ttl.map(|ttl| ttl.to_string())),
            ("description", self.token_description.clone()),
        ];
        if given.iter().all(|(_, value)| value.is_none()) {
            return;
        }
        let tokens = init.list("bootstrapTokens");
        if !tokens.first().is_some_and(Value::is_object) {
            tokens.insert(0, json!({}));
        }
        for (key, value) in given {
            if let Some(value) = value {
                tokens[0][key] = value.into();
            }
        }
        // A time of its end would contradict the time that it lives.
        if let (Some(_), Some(first)) = (self.token_ttl, tokens[0].as_object_mut()) {
            first.remove("expires");
        }
    }

    pub(super) fn write_cluster(&self, cluster: &mut Document) {
        cluster.put("kubernetesVersion", self.kubernetes_version.to_string());
        for (path, value) in [
            ("imageRepository", &self.image_repository),
            ("controlPlaneEndpoint", &self.control_plane_endpoint),
            ("clusterName", &self.cluster_name),
            ("certificatesDir", &self.certificates_dir),
            ("encryptionAlgorithm", &self.encryption_algorithm),
            ("networking.podSubnet", &self.pod_subnet),
            ("networking.serviceSubnet", &self.service_subnet),
            ("networking.dnsDomain", &self.dns_domain),
        ] {
            cluster.put_given(path, value.as_ref());
        }
        cluster.put_given("certificateValidityPeriod", self.certificate_validity);
        cluster.put_given("caCertificateValidityPeriod", self.ca_certificate_validity);
        cluster.add("apiServer.certSANs", &self.cert_sans);
        for (gate, on) in &self.feature_gates {
            cluster.put(&format!("featureGates.{gate}"), *on);
        }
        self.etcd.write(cluster);
        self.addons.write(cluster);
        self.write_components(cluster);
    }

    fn write_components(&self, cluster: &mut Document) {
        use super::words::Component::{ApiServer, ControllerManager, Etcd, Scheduler};
        for component in [ApiServer, ControllerManager, Scheduler, Etcd] {
            let of = |values: &[ComponentValue]| -> Vec<NamedValue> {
                let own = values.iter().filter(|value| value.component == component);
                own.map(|value| value.named.clone()).collect()
            };
            let path = component.path();
            cluster.add_named(&format!("{path}.extraArgs"), &named(&of(&self.extra_args)));
            cluster.add_named(&format!("{path}.extraEnvs"), &named(&of(&self.extra_envs)));
            let volumes = self.extra_volumes.iter().filter(|volume| volume.component == component);
            let volumes: Vec<_> =
                volumes.map(|volume| (volume.volume.name.as_str(), &volume.volume)).collect();
            cluster.add_named(&format!("{path}.extraVolumes"), &volumes);
        }
    }
}

impl EtcdSpec {
    fn write(&self, cluster: &mut Document) {
        if !self.endpoints.is_empty() {
            cluster.remove("etcd.local");
        }
        cluster.put_list("etcd.external.endpoints", &self.endpoints);
        cluster.put_list("etcd.external.httpEndpoints", &self.http_endpoints);
        for (path, value) in [
            ("etcd.external.caFile", &self.ca_file),
            ("etcd.external.certFile", &self.cert_file),
            ("etcd.external.keyFile", &self.key_file),
            ("etcd.local.dataDir", &self.data_dir),
            ("etcd.local.imageRepository", &self.image_repository),
            ("etcd.local.imageTag", &self.image_tag),
        ] {
            cluster.put_given(path, value.as_ref());
        }
        cluster.add("etcd.local.serverCertSANs", &self.server_cert_sans);
        cluster.add("etcd.local.peerCertSANs", &self.peer_cert_sans);
    }
}

impl AddonSpec {
    fn write(&self, cluster: &mut Document) {
        cluster.put_given("dns.imageRepository", self.dns_image_repository.as_ref());
        cluster.put_given("dns.imageTag", self.dns_image_tag.as_ref());
        cluster.put_true("dns.disabled", self.without_dns);
        cluster.put_true("proxy.disabled", self.without_proxy);
    }
}
