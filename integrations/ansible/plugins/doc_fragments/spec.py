# Made by `generate` from the program's own schema; do not edit.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:

    # The fields of a spec, with their own names.
    DOCUMENTATION = r"""
options:
  spec:
    description:
      - What the node shall be, with the fields of C(k8sprep.yaml) under their own names.
      - Exactly one of O(spec) and O(spec_file) has to be given.
    type: dict
    suboptions:
      advertiseAddress:
        description:
          - >-
            The address the API server announces. Default: the one on the default route.
        type: str
      apiVersion:
        description:
          - >-
            The version of this format.
          - >-
            Left out it is V(k8sprep/v1).
        type: str
        choices: [k8sprep/v1]
      cgroup:
        description:
          - >-
            What becomes of a host on cgroup v1, where kubelets since 1.35 exit. Default: a problem from that release
            on.
        type: str
        choices: [v2, keep]
      cgroupDriver:
        description:
          - >-
            Who makes the cgroups of pods: systemd or cgroupfs. Default: systemd.
        type: str
      clusterName:
        description:
          - >-
            The cluster's name. Default: kubernetes.
        type: str
      controlPlaneEndpoint:
        description:
          - >-
            C(host[:port]) under which all nodes reach the control plane.
        type: str
      criSocket:
        description:
          - >-
            CRI-O's socket, as a path or as unix:///path. Default: /var/run/crio/crio.sock.
        type: str
      crioVersion:
        description:
          - >-
            The CRI-O release, such as 1.34. Default: the minor of Kubernetes.
        type: str
      firewall:
        description:
          - >-
            What becomes of the firewall.
          - >-
            Left out it is V(keep).
        type: str
        choices: [keep, open, stopped]
      imageRepository:
        description:
          - >-
            Where kubeadm and CRI-O pull the images of the control plane from, such as registry.example.com/k8s.
        type: str
      join:
        description:
          - >-
            How the node joins its cluster: a worker, or one more control plane.
        type: dict
        suboptions:
          apiServerEndpoint:
            description:
              - >-
                C(host:port) of the API server.
            type: str
          caCertHashes:
            description:
              - >-
                Pins of the cluster's CA, such as sha256:..., of which it must match one.
            type: list
            elements: str
          certificateKey:
            description:
              - >-
                One more control plane: the key to the certificates that the first one uploaded.
            type: str
          discoveryFile:
            description:
              - >-
                A kubeconfig on the node, or its https URL, that says where the cluster is; instead of endpoint and
                pins.
            type: str
          token:
            description:
              - >-
                A bootstrap token that the cluster knows.
            type: str
      kubeadm:
        description:
          - >-
            What becomes of kubeadm's documents, and values of them that have no field here.
          - >-
            Left out it is V(write).
        type: raw
      kubeadmConfig:
        description:
          - >-
            kubeadm's own documents, which are checked and taken as they are but for what the spec says: a file,
            relative to the spec, or the documents themselves. For what has no field here: external etcd, certSANs,
            extra arguments, the node IP, labels, taints, feature gates, the kubelet's settings.
        type: str
      kubernetesVersion:
        description:
          - >-
            The Kubernetes version, such as v1.34.0.
        type: str
        required: true
      mirrors:
        description:
          - >-
            Where artefacts come from.
        type: dict
        suboptions:
          crioPackages:
            description:
              - >-
                Packages of CRI-O: the name of a mirror, C(probe) for the first that answers right, or the base URL of
                a tree per minor. Names: upstream and gwdg (from 1.30 on), tsinghua (1.27 to 1.32), ustc (1.30 to
                1.32). CRI-O 1.32 goes with Kubernetes up to 1.34: C(crioVersion: v1.32).
            type: str
          images:
            description:
              - >-
                Images of the control plane: aliyun, daocloud or nju.
            type: str
          kubernetesPackages:
            description:
              - >-
                Packages of Kubernetes: the name of a mirror, C(probe) for the first that answers right, or the base
                URL of a tree per minor. Names: upstream, aliyun, tsinghua, ustc, tencent (all from 1.24 on), aliyun
                and huawei (up to 1.28).
            type: str
      modules:
        description:
          - >-
            More kernel modules.
        type: list
        elements: str
      networking:
        description:
          - >-
            Subnets and names of the cluster.
        type: dict
        suboptions:
          dnsDomain:
            description:
              - >-
                The cluster's DNS domain. Default: cluster.local.
            type: str
          plugin:
            description:
              - >-
                The network plugin whose ports an open firewall lets through: flannel, calico or cilium.
            type: str
          podSubnet:
            description:
              - >-
                The Pods' subnet; two with a comma for dual stack.
            type: str
          serviceSubnet:
            description:
              - >-
                The Services' subnet; two with a comma for dual stack. Default: 10.96.0.0/12.
            type: str
      nodeName:
        description:
          - >-
            The node's name. Default: the host's.
        type: str
      pauseImage:
        description:
          - >-
            The image of the pause container. Default: kubeadm's, from the image repository.
        type: str
      pins:
        description:
          - >-
            Fingerprints of keys that may sign packages, besides those of the projects: for mirrors that sign
            themselves.
        type: dict
        suboptions:
          crioPackages:
            description:
              - >-
                Packages of CRI-O.
            type: list
            elements: str
          kubernetesPackages:
            description:
              - >-
                Packages of Kubernetes.
            type: list
            elements: str
      proxy:
        description:
          - >-
            The proxy of CRI-O and the kubelet, of apt, yum or dnf, and of what k8sprep itself fetches.
        type: dict
        suboptions:
          httpProxy:
            description:
              - >-
                For http URLs.
            type: str
          httpsProxy:
            description:
              - >-
                For https URLs.
            type: str
          noProxy:
            description:
              - >-
                What is reached without it, besides the cluster's own subnets and names.
            type: list
            elements: str
      registryMirrors:
        description:
          - >-
            Registries by host name, each with the mirrors that are asked before it.
        type: dict
      role:
        description:
          - >-
            What the node is in the cluster.
          - >-
            Left out it is V(control-plane).
        type: str
        choices: [control-plane, worker]
      selinux:
        description:
          - >-
            What becomes of SELinux.
          - >-
            Left out it is V(keep).
        type: str
        choices: [keep, permissive, enforcing]
      swap:
        description:
          - >-
            What becomes of swap.
          - >-
            Left out it is V(off).
        type: str
        choices: ["off", keep]
      sysctls:
        description:
          - >-
            More kernel parameters.
        type: dict
      token:
        description:
          - >-
            The bootstrap token. Default: a random one, kept once it is written.
        type: str
"""
