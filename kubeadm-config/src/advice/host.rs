//! Advice that goes by the host that the node is to be: its networks and addresses.

use super::Adviser;
use super::cluster::subnets;
use crate::code::Code;
use crate::go::Cidr;
use crate::model::{ClusterConfiguration, InitConfiguration};

impl Adviser<'_> {
    /// Subnets that the host is in itself.
    pub(super) fn of_host(&mut self, cluster: &ClusterConfiguration) {
        for (path, list) in [
            ("networking.podSubnet", &cluster.networking.pod_subnet),
            ("networking.serviceSubnet", &cluster.networking.service_subnet),
        ] {
            self.meets_host(path, &subnets(list));
        }
    }

    fn meets_host(&mut self, path: &str, subnets: &[Cidr]) {
        let networks = &self.circumstances.host_networks;
        let met = subnets.iter().flat_map(|subnet| {
            let meets = |own: &Cidr| own.is_v6() == subnet.is_v6() && own.overlaps(subnet);
            let met = networks.iter().filter(move |network| network.subnet().as_ref().is_some_and(meets));
            met.map(move |network| (subnet, network))
        });
        let texts: Vec<String> = met
            .map(|(subnet, network)| {
                format!(
                    "{subnet} and the network of this host's {} ({}/{}) share addresses: what is sent there no longer \
                     reaches it; take a subnet that is used nowhere else",
                    network.interface, network.address, network.prefix
                )
            })
            .collect();
        for text in texts {
            self.add(Code::PodSubnetOverlap, path, text);
        }
    }

    /// Both families for Pods want both families for Services, and a node that is told both of its
    /// addresses: without a cloud provider the kubelet reports one (kubernetes.io, "Dual-stack
    /// support with kubeadm").
    pub(super) fn node_addresses(&mut self, init: &InitConfiguration, cluster: &ClusterConfiguration) {
        let of = |list: &str| {
            let all = subnets(list);
            [false, true].map(|v6| all.iter().any(|subnet| subnet.is_v6() == v6))
        };
        let (pods, services) = (of(&cluster.networking.pod_subnet), of(&cluster.networking.service_subnet));
        if pods != [true, true] {
            if services == [true, true] && pods.contains(&true) {
                let text = "Services have both address families and Pods one, so that half of the Services reach no \
                            Pod; write a subnet of each family";
                self.add(Code::FamiliesDiffer, "networking.podSubnet", text);
            }
            return;
        }
        if services != [true, true] && services.contains(&true) {
            let missing = if services[1] { "IPv4" } else { "IPv6" };
            let text = format!(
                "Pods have both address families and Services one; add an {missing} subnet to networking.serviceSubnet"
            );
            self.add(Code::FamiliesDiffer, "networking.podSubnet", text);
        }
        let told = |name: &str| init.node_registration.kubelet_extra_args.iter().any(|arg| arg.name == name);
        if !told("node-ip") && !told("cloud-provider") {
            let text = "the kubelet reports one address of the node, so that its own Pods and those of the control plane \
                        have one family; set node-ip in nodeRegistration.kubeletExtraArgs to both addresses: \
                        IPv4,IPv6";
            self.add(Code::NodeIpMissing, "networking.podSubnet", text);
        }
    }
}
