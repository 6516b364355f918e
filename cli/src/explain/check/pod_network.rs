//! Checks of the network of pods.

use crate::explain::Explanation;

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
];
