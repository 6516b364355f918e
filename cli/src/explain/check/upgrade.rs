//! Checks before an upgrade.
//!
//! What would stop an upgrade by one minor, or is left of one that did not come to its end. The
//! next minor is meant, since kubeadm skips none.

use crate::explain::Explanation;

/// What keeps an upgrade from its begin, and what an earlier one left.
pub(in crate::explain) const ROWS: &[Explanation] = &[
    Explanation {
        code: "crio-not-upgraded",
        title: "CRI-O was not upgraded with Kubernetes",
        meaning: "The minors of CRI-O and Kubernetes are more than one apart.",
        why: "Such a pair is tried by nobody, and APIs between them go away.",
        known: "From the package database and the images of the control plane.",
        cure: "Upgrade CRI-O to the minor of the kubelet, one minor at a time; `k8sprep upgrade plan --to \
             MINOR` has the steps.",
        source: "cri-o.io, compatibility",
    },
    Explanation {
        code: "kubeadm-flags-outdated",
        title: "kubeadm-flags.env has a flag that ends",
        meaning: "A flag in the file is not known to the kubelet of the next minor.",
        why: "After the upgrade the kubelet ends with `unknown flag`.",
        known: "From the file, the kubelet's minor and the table of its flags.",
        cure: "Remove it before the kubelet is upgraded, where `kubeadm upgrade node` did not; `k8sprep upgrade plan \
             --to MINOR` has the steps.",
        source: "kubeadm, phases/upgrade",
    },
    Explanation {
        code: "upgrade-backups-left",
        title: "Backups of an upgrade are left",
        meaning: "kubeadm's backups of manifests or of etcd lie in /etc/kubernetes/tmp.",
        why: "They take room, and hold copies of the cluster's data.",
        known: "From the directory.",
        cure: "Remove those that are older than the last upgrade that went well.",
        source: "kubeadm, constants.go",
    },
    Explanation {
        code: "upgrade-half-done",
        title: "An upgrade ended half way",
        meaning: "What kubeadm makes for an upgrade is still there, or the API server runs another minor than kubeadm's configuration says.",
        why: "Components of two minors run beside each other.",
        known: "From /etc/kubernetes/tmp, the images of the control plane and the kubelet's \
             package. The API server is asked too, where admin.conf or kubelet.conf lets it.",
        cure: "Run the same `kubeadm upgrade apply` or `kubeadm upgrade node` again; `k8sprep upgrade plan --to \
             MINOR` says what is done and what is not.",
        source: "kubeadm, phases/upgrade/staticpods.go",
    },
    Explanation {
        code: "kubeadm-config-outdated",
        title: "A kubeadm file is of a version that is no longer read",
        meaning: "The apiVersion of a file is older than what this kubeadm, or the next one, \
             reads.",
        why: "kubeadm refuses the file.",
        known: "From the files called kubeadm*.yaml and the table of API versions.",
        cure: "`k8sprep migrate-config` writes it in the version that is read.",
        source: "kubeadm, apis/kubeadm/scheme",
    },
    Explanation {
        code: "kubeadm-minor-mismatch",
        title: "kubeadm does not deploy this minor",
        meaning: "A file asks for a Kubernetes version that this kubeadm does not deploy.",
        why: "kubeadm refuses it: it deploys its own minor and the one before.",
        known: "From the files called kubeadm*.yaml and the package of kubeadm, and from its \
             output.",
        cure: "Install the kubeadm of that minor.",
        source: "kubeadm, util/config/common.go",
    },
    Explanation {
        code: "upgrade-skips-minor",
        title: "An upgrade skips a minor",
        meaning: "A file, --to, or the kubeadm that is installed asks for a version more than one minor above the control plane.",
        why: "kubeadm refuses it.",
        known: "From the files called kubeadm*.yaml and the images of the control plane. The API server is asked too, where admin.conf or kubelet.conf lets it.",
        cure: "Upgrade one minor at a time; `k8sprep upgrade plan --to MINOR` has the steps of the next one.",
        source: "kubeadm, phases/upgrade/policy.go",
    },
    Explanation {
        code: "manifest-set-aside",
        title: "A manifest was renamed away and is not back",
        meaning: "An upgrade was stopped between taking the old manifest of a component away and \
             putting the new one in.",
        why: "The component does not run. Without kube-apiserver.yaml `kubeadm upgrade node` \
             takes the host for a worker and says that all went well.",
        known: "From the manifests, and the backups below /etc/kubernetes/tmp.",
        cure: "Put the kept manifest back, wait until its pod runs, and then go on with the \
             upgrade.",
        source: "kubeadm, phases/upgrade/staticpods.go and util/staticpod/utils.go",
    },
    Explanation {
        code: "etcd-too-old-for-upgrade",
        title: "etcd is too old for etcd 3.6",
        meaning: "The member on this node is older than 3.5.24, and the minor to come brings \
             etcd 3.6.",
        why: "Members that joined as learners may come back as learners: etcd does not \
             start, and there is no way back for its data.",
        known: "From the image of etcd's static pod. Only this node's member is seen; every \
             other one has to be 3.5.24 too.",
        cure: "Upgrade to the last patch of the minor that runs, on every control plane, \
             which brings etcd 3.5.24.",
        source: "etcd#19557, etcd#20793",
    },
    Explanation {
        code: "kubelet-too-old-for-upgrade",
        title: "The kubelet is too old for the control plane to come",
        meaning: "The kubelet would be further behind its API server than kubeadm allows.",
        why: "kubeadm refuses the upgrade, and such a pair is not supported.",
        known: "From the package of the kubelet and kubeadm's constants of that minor.",
        cure: "Upgrade the kubelet to the minor of the control plane that runs, first.",
        source: "kubeadm, constants.go; kubernetes.io, version skew policy",
    },
    Explanation {
        code: "runtime-endpoint-not-kept",
        title: "kubeadm would lose the endpoint of CRI-O",
        meaning: "The endpoint is not where kubeadm of that minor takes it from.",
        why: "kubeadm writes an empty endpoint or another runtime's, and the kubelet asks a \
             socket where CRI-O is not.",
        known: "From instance-config.yaml and kubeadm-flags.env in /var/lib/kubelet.",
        cure: "Write `containerRuntimeEndpoint: unix:///var/run/crio/crio.sock` into \
             /var/lib/kubelet/instance-config.yaml before kubeadm is run.",
        source: "kubeadm, phases/kubelet of 1.34 to 1.37",
    },
    Explanation {
        code: "package-to-be-removed",
        title: "A package of the node is selected to be removed",
        meaning: "kubelet, kubeadm, kubectl or cri-o is installed, and dpkg's selection for it is deinstall or purge.",
        why: "Whoever goes by what is selected, such as `apt-get dselect-upgrade`, takes it away.",
        known: "From dpkg's status.",
        cure: "`apt-mark hold PACKAGE`, as the other packages of a node are.",
        source: "dpkg(1), package selection states",
    },
    Explanation {
        code: "runtime-is-another",
        title: "The node runs its pods with another runtime",
        meaning: "The kubelet asks containerd or docker, and an upgrade of a node with CRI-O is asked for.",
        why: "Its steps would install and start CRI-O, to which the kubelet does not speak, and leave the runtime that \
             it speaks to as it is.",
        known: "From the endpoint that the kubelet is told by its flags and its configuration; without one from its \
             own default.",
        cure: "Take it to CRI-O first, at the minor that runs: `k8sprep migrate-runtime plan` has the steps.",
        source: "kubernetes.io: Changing the Container Runtime on a Node",
    },
    Explanation {
        code: "oci-runtime-would-change",
        title: "CRI-O would start containers with another runtime",
        meaning: "The default runtime moves with the release, and no file says which it is.",
        why: "Containers of the old runtime beside such of the new one have kept CRI-O from \
             starting; all pods of the node have to be gone first.",
        known: "From CRI-O's files as both releases read them.",
        cure: "`k8sprep upgrade apply` keeps the runtime unless --runtime names another one; by hand state \
             crio.runtime.default_runtime, and change it as a step of its own.",
        source: "cri-o#8705, kubespray#11907",
    },
    Explanation {
        code: "certificate-ends-within-a-day",
        title: "A certificate ends within a day",
        meaning: "A certificate of the control plane is over before an upgrade is sure to be.",
        why: "A control plane that is restarted with it does not come back, and kubeadm \
             renews only at the end of an upgrade.",
        known: "From the certificates in /etc/kubernetes/pki.",
        cure: "`kubeadm certs renew all`, restart the control plane, then upgrade.",
        source: "kubeadm, phases/certs/renewal",
    },
    Explanation {
        code: "cgroup-v1-ends",
        title: "The kubelet to come does not run on cgroup v1",
        meaning: "The host is on cgroup v1, and the kubelet of 1.35 and later exits there by \
             default.",
        why: "After the upgrade the node does not come back.",
        known: "From /proc/mounts, and failCgroupV1 in the kubelet's configuration.",
        cure: "Boot with cgroup v2 before the upgrade, or say failCgroupV1: false.",
        source: "kubernetes, kubelet/apis/config/v1beta1/defaults.go of 1.35",
    },
];
