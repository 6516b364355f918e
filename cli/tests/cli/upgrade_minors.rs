//! What breaks from minor to minor, a row each: `k8sprep upgrade check` names it from the file alone, at the
//! minor where it ends and not at the one before.

use crate::k8sprep;

/// Where a row stands.
#[derive(Clone, Copy)]
enum In {
    /// The kubelet's command line.
    Kubelet,
    /// A field of KubeletConfiguration.
    Settings,
    /// The manifest of a component.
    Pod(&'static str),
    /// The extra arguments of that part of ClusterConfiguration.
    Extra(&'static str),
    /// A kubeadm document of that version.
    Document,
    /// crio.conf.
    Crio,
}

use In::*;

/// The minor, where, what is written there, and the code that is said.
const ROWS: &[(u64, In, &str, &str)] = &[
    (15, Kubelet, "--allow-privileged=true", "kubelet-flag-ends"),
    (20, Kubelet, "--redirect-container-streaming=true", "kubelet-flag-ends"),
    (20, Pod("kube-apiserver"), "--insecure-port=8080", "component-flag-ends"),
    (20, Pod("kube-apiserver"), "--enable-admission-plugins=PodPreset", "admission-plugin-ends"),
    (21, Kubelet, "--enable-cadvisor-json-endpoints=true", "kubelet-flag-ends"),
    (22, Kubelet, "--chaos-chance=0.1", "kubelet-flag-ends"),
    (22, Pod("kube-apiserver"), "--kubelet-https=true", "component-flag-ends"),
    (22, Pod("kube-scheduler"), "--algorithm-provider=ClusterAutoscalerProvider", "component-flag-ends"),
    (23, Kubelet, "--experimental-bootstrap-kubeconfig=/x", "kubelet-flag-ends"),
    (23, Kubelet, "--seccomp-profile-root=/x", "kubelet-flag-ends"),
    (23, Pod("kube-scheduler"), "--policy-config-file=/x", "component-flag-ends"),
    (24, Kubelet, "--network-plugin=cni", "kubelet-flag-ends"),
    (24, Kubelet, "--cni-conf-dir=/etc/cni/net.d", "kubelet-flag-ends"),
    (24, Kubelet, "--image-pull-progress-deadline=2m", "kubelet-flag-ends"),
    (24, Kubelet, "--dynamic-config-dir=/x", "kubelet-flag-ends"),
    (24, Kubelet, "--non-masquerade-cidr=10.0.0.0/8", "kubelet-flag-ends"),
    (24, Kubelet, "--container-runtime=docker", "kubelet-flag-ends"),
    (24, Settings, "logging: {sanitization: true}", "kubelet-field-ends"),
    (24, Pod("kube-apiserver"), "--insecure-port=0", "component-flag-ends"),
    (24, Pod("kube-apiserver"), "--experimental-encryption-provider-config=/x", "component-flag-ends"),
    (24, Extra("controllerManager"), "port", "component-flag-ends"),
    (24, Extra("scheduler"), "address", "component-flag-ends"),
    (25, Kubelet, "--experimental-kernel-memcg-notification=true", "kubelet-flag-ends"),
    (25, Pod("kube-apiserver"), "--service-account-api-audiences=x", "component-flag-ends"),
    (25, Pod("kube-apiserver"), "--enable-admission-plugins=PodSecurityPolicy", "admission-plugin-ends"),
    (26, Kubelet, "--feature-gates=DynamicKubeletConfig=false", "feature-gate-ends"),
    (26, Kubelet, "--logtostderr=true", "kubelet-flag-ends"),
    (26, Pod("kube-scheduler"), "--log-dir=/x", "component-flag-ends"),
    (27, Kubelet, "--container-runtime=remote", "kubelet-flag-ends"),
    (27, Kubelet, "--master-service-namespace=x", "kubelet-flag-ends"),
    (27, Pod("kube-controller-manager"), "--pod-eviction-timeout=5m", "component-flag-ends"),
    (27, Pod("kube-controller-manager"), "--enable-taint-manager=true", "component-flag-ends"),
    (27, Document, "v1beta2", "api-version-ends"),
    (28, Pod("kube-scheduler"), "--lock-object-name=x", "component-flag-ends"),
    (30, Kubelet, "--azure-container-registry-config=/x", "kubelet-flag-ends"),
    (31, Kubelet, "--keep-terminated-pod-volumes=true", "kubelet-flag-ends"),
    (31, Kubelet, "--iptables-masquerade-bit=14", "kubelet-flag-ends"),
    (31, Pod("kube-apiserver"), "--enable-admission-plugins=SecurityContextDeny", "admission-plugin-ends"),
    (31, Pod("kube-apiserver"), "--enable-admission-plugins=PersistentVolumeLabel", "admission-plugin-ends"),
    (31, Pod("kube-controller-manager"), "--cloud-provider=aws", "component-flag-ends"),
    (33, Pod("kube-apiserver"), "--cloud-provider=external", "component-flag-ends"),
    (34, Kubelet, "--cloud-config=/x", "kubelet-flag-ends"),
    (34, Kubelet, "--register-schedulable=true", "kubelet-flag-ends"),
    (35, Kubelet, "--pod-infra-container-image=registry.k8s.io/pause:3.10", "kubelet-flag-ends"),
    (35, Settings, "featureGates: {GracefulNodeShutdown: false}", "feature-gate-ends"),
    (36, Settings, "featureGates: {MemoryManager: true}", "feature-gate-ends"),
    (36, Pod("kube-apiserver"), "--feature-gates=TopologyAwareHints=true", "feature-gate-ends"),
    (37, Kubelet, "--containerd=/x", "kubelet-flag-ends"),
    (37, Settings, "featureGates: {SidecarContainers: true}", "feature-gate-ends"),
    (37, Pod("kube-apiserver"), "--feature-gates=AnyVolumeDataSource=true", "feature-gate-ends"),
    (37, Document, "v1beta3", "api-version-ends"),
    (21, Crio, "[crio.image]\nregistries = [\"r.example.com\"]\n", "crio-key-ends"),
    (30, Crio, "[crio.runtime]\nseccomp_use_default_when_empty = true\n", "crio-key-ends"),
    (35, Crio, "[crio.image]\ninsecure_registries = [\"r.example.com\"]\n", "crio-key-ends"),
];

impl In {
    /// A file with nothing else in it, and its name.
    fn file(self, what: &str) -> (&'static str, String) {
        match self {
            Self::Kubelet => ("kubelet.env", format!("KUBELET_EXTRA_ARGS={what}\n")),
            Self::Settings => (
                "config.yaml",
                format!("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n{what}\n"),
            ),
            Self::Pod(name) => (
                "pod.yaml",
                format!(
                    "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n  - name: {name}\n    \
                     image: registry.k8s.io/{name}:v1.14.0\n    command:\n    - {name}\n    - {what}\n"
                ),
            ),
            Self::Extra(of) => (
                "kubeadm.yaml",
                format!(
                    "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.22.0\n\
                     {of}:\n  extraArgs:\n    {what}: \"0\"\n"
                ),
            ),
            Self::Document => (
                "kubeadm.yaml",
                format!(
                    "apiVersion: kubeadm.k8s.io/{what}\nkind: ClusterConfiguration\nkubernetesVersion: v1.22.0\n"
                ),
            ),
            Self::Crio => ("crio.conf", what.to_owned()),
        }
    }
}

/// Exit status and the codes that end at exactly that minor.
fn said(dir: &std::path::Path, (name, text): &(&str, String), minor: u64) -> (Option<i32>, Vec<String>) {
    let file = dir.join(name);
    std::fs::write(&file, text).unwrap();
    let to = format!("1.{minor}");
    let output = k8sprep(["upgrade", "check", "--to", &to, "--output", "json"]).arg(&file).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = json["ended"].as_array().into_iter().flatten();
    let found = found.filter(|one| one["ends"] == to.as_str());
    (output.status.code(), found.map(|one| one["code"].as_str().unwrap().to_owned()).collect())
}

#[test]
fn what_breaks_is_named_at_its_minor_and_not_before() {
    let dir = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for (minor, place, what, code) in ROWS {
        let file = place.file(what);
        let (status, codes) = said(dir.path(), &file, *minor);
        if status != Some(3) || codes != [*code] {
            wrong.push(format!("1.{minor} {what}: {status:?} {codes:?} and not {code}"));
        }
        let (status, codes) = said(dir.path(), &file, minor - 1);
        if status != Some(0) || !codes.is_empty() {
            wrong.push(format!("1.{} {what}: {status:?} {codes:?}, a minor too early", minor - 1));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
