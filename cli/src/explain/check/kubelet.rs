//! Checks of the kubelet.
//!
//! About settings in force, which is more than `/var/lib/kubelet/config.yaml`: flags win over
//! drop-ins of `--config-dir`, and those over the file. Most rows are about what the kubelet takes
//! and what then does something else than was meant; a file that it cannot read at all has a code
//! of `document` or `finding`.

use crate::explain::Explanation;

/// Fields are named as they are spelled in `kubelet.config.k8s.io/v1beta1`.
pub(in crate::explain) const ROWS: &[Explanation] = &[
    Explanation {
        code: "kubelet-config-drifted",
        title: "The kubelet's file differs from the cluster's",
        meaning: "config.yaml of this node and the ConfigMap kubelet-config of the cluster differ in fields that \
             kubeadm does not set for each node.",
        why: "The next `kubeadm upgrade node` writes the ConfigMap's values: what was edited here goes.",
        known: "The API server is asked for the ConfigMap, which is compared with the file.",
        cure: "Keep what is this node's own as a patch (`kubeadm upgrade node --patches`), and put what is meant for \
             all nodes into the ConfigMap.",
        source: "kubernetes/kubeadm#1682",
    },
    Explanation {
        code: "cluster-dns-mismatch",
        title: "Pods ask another DNS server than the cluster's",
        meaning: "clusterDNS is outside of the network of Services, or clusterDomain is not the cluster's domain, or clusterDNS is none of kube-dns's addresses.",
        why: "Pods ask an address that nobody has, or a domain that does not exist.",
        known: "From the kubelet's effective configuration and the flags of the API server; a link-local address is that of a cache on the node. The API server is asked too, where admin.conf or kubelet.conf lets it.",
        cure: "Write the address of the Service kube-dns, which kubeadm takes as the tenth of the network, and restart the kubelet.",
        source: "kubeadm, GetDNSIP",
    },
    Explanation {
        code: "cpu-manager-misconfigured",
        title: "The CPU manager does not start",
        meaning: "The policy asks for what is not reserved or not known, or the state file is of another policy.",
        why: "The kubelet ends.",
        known: "From the kubelet's configuration, its own rules, and /var/lib/kubelet/cpu_manager_state.",
        cure: "Reserve CPU for the static policy; after a change of policy drain the node and remove the state file.",
        source: "kubelet, cm/cpumanager",
    },
    Explanation {
        code: "reserved-memory-mismatch",
        title: "Reserved memory does not add up",
        meaning: "The sum of reservedMemory is not what kubeReserved, systemReserved and evictionHard come to.",
        why: "The kubelet ends.",
        known: "From the kubelet's configuration and its own rules.",
        cure: "Make the sums equal.",
        source: "kubelet, cm/memorymanager",
    },
    Explanation {
        code: "enforced-reservation-without-cgroup",
        title: "A reservation is enforced without a cgroup",
        meaning: "enforceNodeAllocatable names what needs a cgroup that is not set, or words that exclude each other.",
        why: "The kubelet refuses its configuration.",
        known: "From the kubelet's configuration and its own rules.",
        cure: "Set kubeReservedCgroup or systemReservedCgroup, or leave the word out.",
        source: "kubelet, validation.go",
    },
    Explanation {
        code: "soft-eviction-without-grace",
        title: "A soft eviction has no grace period",
        meaning: "evictionSoft names a signal that evictionSoftGracePeriod does not.",
        why: "The kubelet ends with `grace period must be specified`.",
        known: "From the kubelet's configuration and its own rules.",
        cure: "Give the signal a period in evictionSoftGracePeriod.",
        source: "kubelet, eviction/helpers.go",
    },
    Explanation {
        code: "node-label-forbidden",
        title: "The kubelet may not give itself that label",
        meaning: "--node-labels names a label of kubernetes.io or k8s.io outside of those that a kubelet may set.",
        why: "The kubelet ends.",
        known: "From the kubelet's command line and its own rules.",
        cure: "Remove it there, and label the Node with `kubectl label node` instead.",
        source: "kubelet, cmd/kubelet/app/options",
    },
    Explanation {
        code: "kubelet-setting-ineffective",
        title: "A setting of the kubelet is not in force",
        meaning: "A value is taken by validation and then not used, or ends the kubelet a second later.",
        why: "What was meant does not happen, and nothing says so.",
        known: "From the kubelet's effective configuration; what real kubelets do with such values was recorded.",
        cure: "Mend the value that the message names, then restart the kubelet.",
        source: "kubelet, pkg/kubelet/apis/config",
    },
    Explanation {
        code: "kubelet-flag-overrides-file",
        title: "A flag wins over the file",
        meaning: "A setting stands in the kubelet's flags and in its file, with different values.",
        why: "Changes of the file have no effect.",
        known: "From the unit, its environment files and the kubelet's configuration.",
        cure: "Remove the flag, and keep the value in the file.",
        source: "kubelet, cmd/kubelet/app/server.go",
    },
    Explanation {
        code: "instance-config-mismatch",
        title: "The instance configuration says another socket",
        meaning: "/var/lib/kubelet/instance-config.yaml has another endpoint than the kubelet's configuration.",
        why: "kubeadm 1.33 and later write it into config.yaml at each upgrade.",
        known: "From both files.",
        cure: "Write the same endpoint into both.",
        source: "kubeadm, NodeLocalCRISocket",
    },
    Explanation {
        code: "static-pod-path-mismatch",
        title: "The kubelet does not look where the control plane lies",
        meaning: "staticPodPath is not set or names another directory than /etc/kubernetes/manifests.",
        why: "The control plane does not run, and nothing is an error.",
        known: "From the kubelet's effective configuration and the manifests that are there.",
        cure: "`staticPodPath: /etc/kubernetes/manifests` in the kubelet's configuration, then restart it.",
        source: "kubelet, pkg/kubelet/config/file.go",
    },
    Explanation {
        code: "kubelet-open-to-all",
        title: "The kubelet is open to everybody",
        meaning: "Anonymous requests are allowed everything, or the read-only port is on.",
        why: "Whoever reaches the port runs commands in pods, or sees what runs.",
        known: "From the kubelet's effective configuration.",
        cure: "`authentication.anonymous.enabled: false`, `authorization.mode: Webhook` and `readOnlyPort: 0`.",
        source: "kubernetes.io, Kubelet authentication/authorization",
    },
    Explanation {
        code: "serving-certificate-pending",
        title: "The kubelet waits for its serving certificate",
        meaning: "serverTLSBootstrap is on, and no certificate was issued, or a request for one waits.",
        why: "`kubectl logs`, `exec` and metrics fail.",
        known: "From the kubelet's configuration and /var/lib/kubelet/pki. The API server is asked too, where admin.conf or kubelet.conf lets it.",
        cure: "`kubectl get csr`, then `kubectl certificate approve NAME`.",
        source: "kubernetes.io, TLS bootstrapping",
    },
    Explanation {
        code: "eviction-defaults-lost",
        title: "Defaults of evictions are lost",
        meaning: "evictionHard names some signals, so that the others have no threshold.",
        why: "Nothing is evicted when the disk is full.",
        known: "From the kubelet's configuration.",
        cure: "Name every signal, or `mergeDefaultEvictionSettings: true`.",
        source: "kubelet, eviction/defaults_linux.go",
    },
    Explanation {
        code: "max-pods-too-many",
        title: "More pods than addresses",
        meaning: "maxPods is more than a node's share of the pod network holds.",
        why: "The last pods get no address.",
        known: "From the kubelet's configuration and the node mask of the controller manager. The API server is asked too, where admin.conf or kubelet.conf lets it.",
        cure: "Lower maxPods, or give nodes a larger share with --node-cidr-mask-size.",
        source: "kube-controller-manager, node-cidr-mask-size",
    },
    Explanation {
        code: "kubelet-flag-deprecated",
        title: "A flag of the kubelet is deprecated",
        meaning: "A flag that is not kubeadm's has a field in the configuration.",
        why: "The flag wins over the file and every drop-in, and is forgotten.",
        known: "From the kubelet's units and environment files, and the table of its flags.",
        cure: "Set the field in a drop-in or in config.yaml, and leave the flag out.",
        source: "kubelet, cmd/kubelet/app/options",
    },
    Explanation {
        code: "reserved-exceeds-capacity",
        title: "More memory is reserved than there is",
        meaning: "kubeReserved, systemReserved and evictionHard together exceed the memory of the \
             host.",
        why: "The kubelet ends with `invalid Node Allocatable configuration`.",
        known: "From the kubelet's configuration and /proc/meminfo, and from its log.",
        cure: "Reserve less.",
        source: "kubelet, cm/node_container_manager_linux.go",
    },
    Explanation {
        code: "volume-plugin-dir-readonly",
        title: "The directory of volume plugins cannot be made",
        meaning: "The controller manager is given a directory that is not there, on a mount that \
             is read-only.",
        why: "Its pod does not start.",
        known: "From the manifest and /proc/self/mountinfo.",
        cure: "Set flex-volume-plugin-dir and volumePluginDir to a directory below \
             /var/lib/kubelet.",
        source: "kubernetes.io, kubeadm troubleshooting",
    },
];
