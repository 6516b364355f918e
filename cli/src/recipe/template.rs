//! A spec to start from, with every field explained.

use super::agree::agree;
use super::spec::NodeSpec;

/// The text of a `k8sprep.yaml` that asks for `spec.kubernetes_version` and `spec.role`, with every
/// other field as a comment that shows what it is without it. [`NodeSpec::from_yaml`] reads it
/// back.
#[must_use]
pub fn commented(spec: &NodeSpec) -> String {
    let agreed = agree(spec).ok();
    let pause = agreed.as_ref().map_or_else(String::new, |a| a.pause_image.to_string());
    let repository = agreed.as_ref().map_or("", |a| a.image_repository.as_str());
    let crio = agreed.as_ref().map_or_else(String::new, |a| a.crio.to_string());
    format!(
        "\
# What this node shall be. `k8sprep plan --spec FILE` shows what has to change for it.
# Lines that begin with # show what holds without them.

# control-plane or worker
role: {role}

kubernetesVersion: {version}

# CRI-O of the same minor, or up to two minors older.
# crioVersion: \"{crio}\"

# Where artefacts come from: the name of a mirror, or a URL.
# mirrors:
#   kubernetesPackages: upstream
#   crioPackages: upstream
#   images: aliyun

# Fingerprints of keys that may sign packages besides the projects' own: of a mirror that signs what it has itself.
# `gpg --show-keys FILE` prints them; compare them with what its owner publishes.
# pins:
#   kubernetesPackages: [44FC3ADF00000000000000000000000000000000]
#   crioPackages: []

# Where the images of the control plane come from; instead of mirrors.images.
# imageRepository: {repository}

# CRI-O's pause image. It has to be the one kubeadm expects.
# pauseImage: {pause}

# systemd or cgroupfs, the same for CRI-O and the kubelet.
# cgroupDriver: systemd

# v2, or keep: a host on cgroup v1 stays so, and kubelets since 1.35 are told to run there all the same.
# cgroup: v2

# criSocket: unix:///var/run/crio/crio.sock

# off or keep
# swap: off

# keep, permissive or enforcing (now and at boot, and CRI-O labels containers). Never disabled.
# selinux: keep

# keep, open (for what the node needs) or stopped
# firewall: keep

# networking:
#   podSubnet: 10.244.0.0/16
#   serviceSubnet: 10.96.0.0/12
#   dnsDomain: cluster.local
#   plugin: flannel

# The proxy of CRI-O and the kubelet, of apt, yum or dnf, and of what k8sprep itself fetches. The cluster's own subnets
# and names are never asked through it.
# proxy:
#   httpProxy: http://proxy.example.com:3128
#   httpsProxy: http://proxy.example.com:3128
#   noProxy: [10.0.0.0/8]

# Mirrors that are asked before a registry; by plain http where they are insecure.
# registryMirrors:
#   docker.io: [mirror.example.com]
#   quay.io: [{{location: 'registry.example.com:5000/quay', insecure: true}}]
# Instead of insecure a block of certificates in PEM, `ca: |`, for a registry with authorities of its own.

# More kernel parameters and modules than every node needs.
# sysctls:
#   vm.max_map_count: \"262144\"
# modules: [ip_vs]

# controlPlaneEndpoint: k8s.example.com:6443
# advertiseAddress: 192.0.2.10
# nodeName: node-1
# clusterName: kubernetes
# token: abcdef.0123456789abcdef

# write, or leave: kubeadm's documents are somebody else's. Or values of theirs that have no field here, by path as
# `k8sprep gen-config --set` takes them, such as {{apiServer.certSANs: [k8s.example.com]}}.
# kubeadm: write

# kubeadm's own documents, for what has no field here: external etcd, certSANs, extra arguments, node IP, labels,
# taints, feature gates, the kubelet's settings. A file beside this one, or the documents themselves as a block. They
# are checked as `k8sprep check-config` does, and what is said here goes on top.
# kubeadmConfig: kubeadm.yaml

# A worker, or one more control plane: how it joins. `k8sprep up` prints it on the first control plane.
# join:
#   apiServerEndpoint: k8s.example.com:6443
#   token: abcdef.0123456789abcdef
#   caCertHashes: [\"sha256:{pin}\"]
# Instead of endpoint and hashes, a kubeconfig on the node that says where the cluster is:
#   discoveryFile: /etc/kubernetes/discovery.conf
# A control plane that finds its certificates in the cluster:
#   certificateKey: {pin}
",
        pin = "5a".repeat(32),
        role = spec.role,
        version = spec.kubernetes_version,
    )
}
