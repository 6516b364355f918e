//! Checks of the network of pods.
//!
//! What lies in CNI's directories and what network plugins left there.

use crate::explain::Explanation;

/// The choice of the file comes first: with the wrong one in force the other rows are about the
/// wrong network.
pub(in crate::explain) const ROWS: &[Explanation] = &[
    Explanation {
        code: "cni-config-shadowed",
        title: "Another network configuration wins",
        meaning: "The first file by name in /etc/cni/net.d is a runtime's own, and the network plugin's comes after it.",
        why: "Pods are in the wrong network, often 10.85.0.0/16.",
        known: "From the names and contents of the files.",
        cure: "Rename the runtime's file so that it does not end in .conf, .conflist or .json, and restart CRI-O.",
        source: "cri-o issue 2411",
    },
    Explanation {
        code: "pod-addresses-exhausted",
        title: "The node has no address left",
        meaning: "As many addresses are taken as the node's range has.",
        why: "New pods get none: `no IP addresses available in range set`.",
        known: "From /var/lib/cni/networks and the range in the configuration.",
        cure: "Remove the files of containers that are gone, or give the node a larger range.",
        source: "containernetworking/plugins, host-local",
    },
    Explanation {
        code: "flannel-subnet-file-missing",
        title: "flannel has written no subnet",
        meaning: "/run/flannel/subnet.env is not there on a running node of flannel.",
        why: "No pod gets an address: flanneld is not up.",
        known: "From the CNI configuration in use and the running host.",
        cure: "Look at the log of flannel's pod: a missing module or podCIDR is the usual cause.",
        source: "flannel, subnet file",
    },
    Explanation {
        code: "rp-filter-loose",
        title: "The reverse path filter is loose",
        meaning: "net.ipv4.conf.all.rp_filter is 2, now or at the next boot, and the network is calico.",
        why: "felix ends with `Kernel's RPF check is set to 'loose'`.",
        known: "From /proc/sys and the sysctl files.",
        cure: "`net.ipv4.conf.all.rp_filter = 1` in a file of /etc/sysctl.d that no later one overrides.",
        source: "calico, felix/dataplane/linux",
    },
    Explanation {
        code: "bridge-address-mismatch",
        title: "cni0 has another address than the node's subnet",
        meaning: "The bridge has an address of a subnet that flannel had before, or flannel's subnet is not that of the Node's podCIDR.",
        why: "Sandboxes fail with `\"cni0\" already has an IP address different from`.",
        known: "From the addresses of the host and /run/flannel/subnet.env, and from the \
             kubelet's log. The API server is asked too, where admin.conf or kubelet.conf lets it.",
        cure: "Drain the node, `ip link delete cni0`; the plugin makes it anew.",
        source: "containernetworking/plugins, bridge.go",
    },
    Explanation {
        code: "cni-version-too-new",
        title: "The CNI configuration is of a version that the plugins do not know",
        meaning: "cniVersion is newer than the installed plugins.",
        why: "Sandboxes fail with `incompatible CNI versions`.",
        known: "From the configuration in use and the package of the plugins.",
        cure: "Write 0.4.0 or 1.0.0, or install newer plugins.",
        source: "containernetworking/plugins, release notes",
    },
    Explanation {
        code: "calico-kubeconfig-stale",
        title: "The kubeconfig of calico's plugin is stale",
        meaning: "The token in calico-kubeconfig is over, or the API server refuses it.",
        why: "Sandboxes fail with `connection is unauthorized`.",
        known: "From the token's own end, and from calico's log.",
        cure: "Restart the pod of calico-node on this node: it writes the file anew.",
        source: "projectcalico/calico, cni-plugin",
    },
];
