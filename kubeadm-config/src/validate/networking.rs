//! Rules for the cluster's networks.
//!
//! kubeadm's `ValidateNetworking`. Subnets are lists with commas and without blanks: `ParseCIDRs`
//! gets what `strings.Split` cuts, so a blank after a comma makes a subnet unreadable.

use super::Checks;
use crate::go::{Cidr, atoi};
use crate::model::{Arg, ClusterConfiguration};
use crate::release::Change;

/// Services need an address for each of kubeadm's own and some to spare.
// "We need at least ten, because the DNS service is always at the tenth cluster clusterIP"
// (kubeadm, constants.go, `MinimumAddressesInServiceSubnet`).
const MIN_SERVICE_ADDRESSES: i64 = 10;
// A bitmap of the addresses lies in etcd, and the API server has the same limit
// (`ValidateServiceSubnetSize`, constants.go `MaximumBitsForServiceSubnet`): /12 of IPv4, /108 of
// IPv6.
const MAX_SERVICE_BITS: u32 = 20;
/// The node CIDR allocator keeps a bitmap of the node subnets.
// `PodSubnetNodeMaskMaxDiff`: the bitmap is not compressed (kubernetes issue 44918).
const MAX_MASK_DIFFERENCE: i64 = 16;
const DUAL_STACK: &str =
    "expected one (IPv4 or IPv6) CIDR or two CIDRs from each family for dual-stack networking";

impl Checks<'_> {
    pub(super) fn networking(&mut self, cluster: &ClusterConfiguration) {
        let prefix = if self.has(Change::NetworkingIsNamed) { "networking." } else { "" };
        let networking = &cluster.networking;
        self.dns_subdomain(&networking.dns_domain, &format!("{prefix}dnsDomain"));
        if !networking.service_subnet.is_empty() {
            let path = format!("{prefix}serviceSubnet");
            let subnets = self.subnets(&networking.service_subnet, MIN_SERVICE_ADDRESSES, cluster, &path);
            self.service_sizes(&subnets, &path);
        }
        if !networking.pod_subnet.is_empty() {
            let path = format!("{prefix}podSubnet");
            // `MinimumAddressesInPodSubnet`: 14, those of a /28. It was that of services before.
            let min = if self.has(Change::SubnetSizesAreTold) { 14 } else { 10 };
            let subnets = self.subnets(&networking.pod_subnet, min, cluster, &path);
            // Whoever turns allocation off gives nodes their subnets by other means, and their
            // masks are not the controller manager's then. Only the text `false` counts, not `0`
            // or `False`.
            if last_value(cluster, "allocate-node-cidrs") != Some("false") {
                self.node_masks(&subnets, cluster, &path);
            }
        }
    }

    /// The subnets of a list, none at all where one of them cannot be read.
    ///
    /// The first one that cannot be read ends it, and the message shows the whole list, as
    /// kubeadm's does. Of an empty list nothing further is asked.
    fn subnets(&mut self, list: &str, min: i64, cluster: &ClusterConfiguration, path: &str) -> Vec<Cidr> {
        let Ok(subnets) = list.split(',').map(str::parse).collect::<Result<Vec<Cidr>, _>>() else {
            self.invalid(path, list, "couldn't parse subnet");
            return Vec::new();
        };
        // Families come before sizes, and a fault there does not end the check.
        self.families(list, &subnets, cluster, path);
        for subnet in &subnets {
            let size = subnet.size();
            // `RangeSize` says 0 of the largest subnets (k8s.io/utils/net), so `::/0` is "too
            // small" as well.
            if size < min {
                let detail = if self.has(Change::SubnetSizesAreTold) {
                    format!("subnet with {size} address(es) is too small, the minimum is {min}")
                } else {
                    "subnet is too small".to_owned()
                };
                self.invalid(path, subnet.to_string(), detail);
            }
            if self.has(Change::SiteLocalIsWarnedOf) && is_site_local(subnet) {
                self.warn(format!(
                    "the subnet {subnet} contains IPv6 site-local addresses that belong to fec0::/10 which has been \
                     deprecated by rfc3879"
                ));
            }
        }
        subnets
    }

    /// What two or more subnets have to be: one of each family. Where two stacks are not possible,
    /// a second subnet is an error of its own.
    fn families(&mut self, list: &str, subnets: &[Cidr], cluster: &ClusterConfiguration, path: &str) {
        if !self.dual_stack(cluster) {
            if subnets.len() > 1 {
                self.invalid(path, list, "only one CIDR allowed for single-stack networking");
            }
            return;
        }
        let good = match subnets {
            [_] => true,
            [a, b] => a.is_v6() != b.is_v6(),
            _ => false,
        };
        if !good {
            self.invalid(path, list, DUAL_STACK);
        }
    }

    /// Only services: pods' addresses are in no list of the API server.
    fn service_sizes(&mut self, subnets: &[Cidr], path: &str) {
        for subnet in subnets {
            // The mask as it was written: an IPv4-mapped subnet has 128 bits here.
            let bits = subnet.bits();
            if bits - subnet.ones() > MAX_SERVICE_BITS {
                let detail = format!(
                    "specified service subnet is too large; for {bits}-bit addresses, the mask must be >= {}",
                    bits - MAX_SERVICE_BITS
                );
                self.invalid(path, subnet.to_string(), detail);
            }
        }
    }

    /// Every node gets a part of the Pod subnet; it must have room for one, and not for too many.
    fn node_masks(&mut self, subnets: &[Cidr], cluster: &ClusterConfiguration, path: &str) {
        for subnet in subnets {
            let pod = i64::from(subnet.ones());
            let detail = match self.node_mask(subnet, cluster) {
                Err(detail) => detail,
                Ok(node) if pod > node => self.too_small_for_a_node(pod, node),
                Ok(node) if node - pod > MAX_MASK_DIFFERENCE => self.too_many_nodes(pod, node),
                Ok(_) => continue,
            };
            self.invalid(path, subnet.to_string(), detail);
        }
    }

    /// The words of `ValidatePodSubnetNodeMask`, which changed once.
    fn too_small_for_a_node(&self, pod: i64, node: i64) -> String {
        if self.has(Change::SubnetSizesAreTold) {
            format!(
                "the size of pod subnet with mask {pod} is smaller than the size of node subnet with mask {node}"
            )
        } else {
            "pod subnet size is smaller than the node subnet size".to_owned()
        }
    }

    /// A difference of 16 is 65536 nodes; more have no place in the allocator's bitmap.
    fn too_many_nodes(&self, pod: i64, node: i64) -> String {
        if self.has(Change::SubnetSizesAreTold) {
            format!(
                "pod subnet mask ({pod}) and node-mask ({node}) difference is greater than {MAX_MASK_DIFFERENCE}"
            )
        } else {
            format!("pod subnet mask and node-mask difference can not be greater than {MAX_MASK_DIFFERENCE}")
        }
    }

    /// The length of a node's mask, as the controller manager is told or will choose.
    fn node_mask(&self, subnet: &Cidr, cluster: &ClusterConfiguration) -> Result<i64, String> {
        let (flag, default) = match (self.dual_stack(cluster), subnet.is_v6()) {
            (true, false) => ("node-cidr-mask-size-ipv4", 24),
            (true, true) => ("node-cidr-mask-size-ipv6", 64),
            (false, false) => ("node-cidr-mask-size", 24),
            (false, true) => ("node-cidr-mask-size", 64),
        };
        match last_value(cluster, flag) {
            // The defaults are the controller manager's own, written again in kubeadm
            // (`getClusterNodeMask`).
            None | Some("") => Ok(default),
            Some(value) => atoi(value).map_err(|error| {
                format!("could not parse the value of the kube-controller-manager flag {flag} as an integer: {error}")
            }),
        }
    }

    /// Until it went away, a feature gate said whether there may be two families.
    fn dual_stack(&self, cluster: &ClusterConfiguration) -> bool {
        const GATE: &str = "IPv6DualStack";
        let gated = self.release.feature_gates().any(|gate| gate.name == GATE);
        let default = self.has(Change::DualStackByDefault);
        if gated { cluster.feature_gates.get(GATE).copied().unwrap_or(default) } else { default }
    }
}

/// The last value of an argument of the controller manager.
fn last_value<'a>(cluster: &'a ClusterConfiguration, name: &str) -> Option<&'a str> {
    let args: &[Arg] = &cluster.controller_manager.extra_args;
    // The last one wins, as a flag that is given twice does: `GetArgValue(..., -1)`.
    args.iter().rev().find(|arg| arg.name == name).map(|arg| arg.value.as_str())
}

/// Whether a subnet has to do with `fec0::/10`.
fn is_site_local(subnet: &Cidr) -> bool {
    "fec0::/10".parse::<Cidr>().is_ok_and(|site_local| site_local.overlaps(subnet))
}
