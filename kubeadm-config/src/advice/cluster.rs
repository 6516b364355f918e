//! Advice on a cluster and its first node.

use std::net::IpAddr;

use super::Adviser;
use crate::code::Code;
use crate::endpoint::HostPort;
use crate::go::{Cidr, Url, parse_ip_sloppy};
use crate::mirror::ImageMirror;
use crate::model::{APIEndpoint, ClusterConfiguration, ExternalEtcd, InitConfiguration};
use crate::version::KubernetesVersion;

impl Adviser<'_> {
    pub(super) fn cluster(&mut self, cluster: &ClusterConfiguration, endpoint: &APIEndpoint) {
        self.version(&cluster.kubernetes_version);
        self.networks(cluster, endpoint);
        self.coredns(cluster);
        if let Some(external) = &cluster.etcd.external {
            self.external_etcd(external);
        }
    }

    pub(super) fn init(&mut self, init: &InitConfiguration) {
        for (index, token) in init.bootstrap_tokens.iter().enumerate() {
            let path = format!("bootstrapTokens[{index}]");
            if token.token.is_some() {
                self.secret(&format!("{path}.token"), "a bootstrap token");
            }
            // A ttl of 0 is "never" to kubeadm and to the token cleaner.
            if token.ttl.is_some_and(|ttl| ttl.is_zero()) && token.expires.is_none() {
                let text = "the token never ends and lets nodes join for ever; give it a time to live, such as 24h0m0s";
                self.add(Code::TokenForever, &format!("{path}.ttl"), text);
            }
        }
        if !init.certificate_key.is_empty() {
            self.secret("certificateKey", "the key to the cluster's certificates");
        }
        if init.node_registration.taints.as_ref().is_some_and(Vec::is_empty) {
            let text = "a control-plane node without a taint runs any Pod; leave the field out for kubeadm's own taint";
            self.add(Code::NoTaint, "nodeRegistration.taints", text);
        }
        self.socket(&init.node_registration.cri_socket);
        self.preflight(&init.node_registration.ignore_preflight_errors);
    }

    fn version(&mut self, version: &str) {
        let path = "kubernetesVersion";
        match version.parse::<KubernetesVersion>() {
            Err(_) if version.is_empty() => {}
            Err(_) => {
                let text = format!(
                    "{version} is looked up on the network each time; name the version, so that every node gets the same"
                );
                self.add(Code::VersionLabel, path, text);
            }
            Ok(wanted) if wanted.minor() > self.release.minor() => {
                let text = format!(
                    "kubeadm {} is older than {wanted} and does not know what it needs; use a kubeadm {}",
                    self.release.version(),
                    wanted.minor()
                );
                self.add(Code::VersionSkew, path, text);
            }
            Ok(_) => {}
        }
    }

    fn networks(&mut self, cluster: &ClusterConfiguration, endpoint: &APIEndpoint) {
        let (services, pods) =
            (subnets(&cluster.networking.service_subnet), subnets(&cluster.networking.pod_subnet));
        for pod in &pods {
            for service in services.iter().filter(|service| service.overlaps(pod)) {
                let text =
                    format!("{pod} and the Services' {service} share addresses; take subnets that do not");
                self.add(Code::PodSubnetOverlap, "networking.podSubnet", text);
            }
        }
        if cluster.networking.pod_subnet.is_empty() {
            let text =
                "without a subnet for Pods no node gets a part of one, which most network plugins need";
            self.add(Code::NoPodSubnet, "networking.podSubnet", text);
        } else if services.len() > 1 && pods.len() > 1 && services[0].is_v6() != pods[0].is_v6() {
            let text = "the Pods' first family is not the Services' first, so addresses come in two orders; write both in one";
            self.add(Code::FamiliesDiffer, "networking.podSubnet", text);
        } else if services.len() == 1 && pods.len() == 1 && services[0].is_v6() != pods[0].is_v6() {
            let text = "Pods and Services have no family in common, so that no Service reaches a Pod";
            self.add(Code::FamiliesDiffer, "networking.podSubnet", text);
        }
        let all = [("networking.serviceSubnet", services), ("networking.podSubnet", pods)];
        self.address("localAPIEndpoint.advertiseAddress", parse_ip_sloppy(&endpoint.advertise_address), &all);
        let host = HostPort::parse(&cluster.control_plane_endpoint).ok().map(|endpoint| endpoint.host);
        self.address("controlPlaneEndpoint", host.and_then(parse_ip_sloppy), &all);
    }

    fn address(&mut self, path: &str, address: Option<IpAddr>, subnets: &[(&str, Vec<Cidr>); 2]) {
        // 0.0.0.0 stands for the address of the default route.
        let Some(address) = address.filter(|address| !address.is_unspecified()) else { return };
        for (name, subnets) in subnets {
            if let Some(subnet) = subnets.iter().find(|subnet| subnet.contains(address)) {
                let text =
                    format!("{address} lies in {name} ({subnet}), so the cluster would take it for its own");
                self.add(Code::AddressInSubnet, path, text);
            }
        }
    }

    /// kubeadm itself knows of `coredns/coredns` in its default repository only.
    fn coredns(&mut self, cluster: &ClusterConfiguration) {
        // CoreDNS moved to registry.k8s.io/coredns/coredns with 1.21, and kubeadm adds the folder
        // for its own registry alone (`GetDNSImage`).
        const OWN_FOLDER: u64 = 21;
        let repository = &cluster.image_repository;
        let custom = !matches!(repository.as_str(), "" | "registry.k8s.io" | "k8s.gcr.io")
            && !ImageMirror::is_flat(repository);
        if custom && cluster.dns.image_repository.is_empty() && self.release.minor().number() >= OWN_FOLDER {
            let text = format!(
                "CoreDNS will be pulled from {repository}/coredns; where the copy keeps the original's paths, it lies in \
                 {repository}/coredns/coredns: then set dns.imageRepository to {repository}/coredns"
            );
            self.add(Code::CorednsPath, "imageRepository", text);
        }
    }

    fn external_etcd(&mut self, external: &ExternalEtcd) {
        let path = "etcd.external.endpoints";
        let endpoints = external.endpoints.as_deref().unwrap_or_default();
        if endpoints.iter().any(|url| Url::parse(url).is_ok_and(|url| url.scheme == "http")) {
            let text = "etcd holds every secret of the cluster and is talked to without TLS; use https and certificates";
            self.add(Code::EtcdWithoutTls, path, text);
        }
        // etcd.io, FAQ, "Why an odd number of cluster members?"
        if endpoints.len().is_multiple_of(2) && !endpoints.is_empty() {
            let count = endpoints.len();
            let text =
                format!("{count} members survive no more failures than {}; use an odd number", count - 1);
            self.add(Code::EtcdMembersEven, path, text);
        }
    }
}

/// The subnets of a list, none where one cannot be read, which is a problem of its own.
pub(super) fn subnets(list: &str) -> Vec<Cidr> {
    list.split(',').map(str::parse).collect::<Result<_, _>>().unwrap_or_default()
}
