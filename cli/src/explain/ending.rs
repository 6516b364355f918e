//! What a later minor does not take.

use super::Explanation;

pub(super) const ROWS: &[Explanation] = &[
    Explanation {
        code: "kubelet-flag-ends",
        title: "A flag of the kubelet ends",
        meaning: "The kubelet of a later minor does not know the flag, or does not take its value.",
        why: "It exits with `unknown flag`, again and again. kubeadm takes out only the few that it wrote itself, \
             and only from kubeadm-flags.env.",
        known: "From the flags in kubeadm-flags.env, the kubelet's unit, drop-ins and environment files, in \
             kubeletExtraArgs, and the table of its flags by minor.",
        cure: "Take the flag out before the kubelet is upgraded, and set what takes its place.",
        source: "kubernetes, cmd/kubelet/app/options of each minor",
    },
    Explanation {
        code: "component-flag-ends",
        title: "A flag of the control plane, of kube-proxy or of etcd ends",
        meaning: "The component of a later minor does not know the flag.",
        why: "Its static pod exits, kubeadm waits five minutes for it and puts the old one back.",
        known: "From extraArgs, the commands of static pods, and the tables of flags by minor.",
        cure: "Take it out of extraArgs in the ConfigMap kubeadm-config (and in your own files) before `kubeadm \
             upgrade apply`, and set what takes its place.",
        source: "kubernetes, cmd/kube-*/app/options of each minor; etcd, server/etcdmain",
    },
    Explanation {
        code: "feature-gate-ends",
        title: "A feature gate ends",
        meaning: "A later minor does not have the gate, has it locked to the other value, or something that is on \
             needs it.",
        why: "The program panics or exits when it starts. A gate that was its default changes nothing once it is out; \
             another one changes what the node does.",
        known: "From featureGates and --feature-gates, and the history of each gate by minor.",
        cure: "Take the gate out before the program is upgraded.",
        source: "kubernetes, pkg/features and the features of its libraries in each minor",
    },
    Explanation {
        code: "kubelet-field-ends",
        title: "A field of KubeletConfiguration ends",
        meaning: "The kubelet of a later minor does not have the field.",
        why: "It is passed over in silence: what it asked for is not done.",
        known: "From the kubelet's configuration, and its fields by minor.",
        cure: "Leave it out.",
        source: "kubernetes, kubelet/config/v1beta1/types.go of each minor",
    },
    Explanation {
        code: "admission-plugin-ends",
        title: "An admission plugin ends",
        meaning: "The API server of a later minor does not have a plugin that its flags name.",
        why: "It does not start, and kubeadm puts the old one back.",
        known: "From --enable-admission-plugins and its like, in extraArgs and in the static pod.",
        cure: "Take it out of the list in the ConfigMap kubeadm-config before `kubeadm upgrade apply`.",
        source: "kubernetes, pkg/kubeapiserver/options/plugins.go of each minor",
    },
    Explanation {
        code: "api-version-ends",
        title: "An API version of kubeadm ends",
        meaning: "kubeadm of a later minor does not read documents of this version.",
        why: "kubeadm refuses the file. What runs does not change by that.",
        known: "From the apiVersion of each document, and the table of what each kubeadm reads.",
        cure: "`k8sprep migrate-config` writes it in the version that is read.",
        source: "kubeadm, apis/kubeadm/scheme",
    },
    Explanation {
        code: "crio-key-ends",
        title: "A key of CRI-O's ends",
        meaning: "A later CRI-O does not know the key, or does nothing with it.",
        why: "CRI-O starts and says nothing: what the key asked for is no longer so.",
        known: "From crio.conf and its drop-ins, and the options of each release.",
        cure: "Set what takes its place, and take the key out.",
        source: "cri-o, pkg/config of each release",
    },
];
