//! Files that fire the codes of help: each file has one fault, and the check names it.

use std::collections::BTreeSet;

use kubeadm_config::check::check;
use kubeadm_config::like_kubeadm::Options;
use kubeadm_config::{Circumstances, Code, HostFacts};

/// The codes that a check of the file says, of remarks and of help.
fn said(file: &[u8]) -> BTreeSet<&'static str> {
    let mut facts = HostFacts::default();
    facts.host_name = "node-1".into();
    let options = Options::new("v1.34.0".parse().unwrap(), facts);
    let checked = check(file, &options, &Circumstances::default());
    let codes = checked.remarks.iter().flat_map(|one| [Some(one.code), one.help.as_ref().map(|h| h.code)]);
    codes.flatten().map(Code::as_str).collect()
}

/// What files are that are taken for files of kubeadm.
const FILES: &[(&str, &[u8])] = &[
    ("gzip-file", b"\x1f\x8b\x08\x00"),
    ("zip-file", b"PK\x03\x04\x14"),
    ("xz-file", b"\xfd7zXZ\x00"),
    ("zstd-file", b"(\xb5\x2f\xfd\x04"),
    ("program-file", b"\x7fELF\x02"),
    ("utf-16-file", b"\xff\xfek\x00i\x00"),
    ("pem-file", b"-----BEGIN CERTIFICATE-----\n"),
    ("script-file", b"#!/bin/sh\nkubeadm init\n"),
    ("cloud-config-file", b"#cloud-config\nruncmd: []\n"),
    ("html-file", b"<!DOCTYPE html>\n<html></html>\n"),
    ("kind-file", b"apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\n"),
    ("k3d-file", b"apiVersion: k3d.io/v1alpha5\nkind: Simple\n"),
    ("k0s-file", b"apiVersion: k0s.k0sproject.io/v1beta1\nkind: ClusterConfig\n"),
    ("kops-file", b"apiVersion: kops.k8s.io/v1alpha2\nkind: Cluster\n"),
    ("eksctl-file", b"apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\n"),
    ("kubekey-file", b"apiVersion: kubekey.kubesphere.io/v1alpha2\nkind: Cluster\n"),
    ("sealos-file", b"apiVersion: apps.sealos.io/v1beta1\nkind: Cluster\n"),
    ("kubeone-file", b"apiVersion: kubeone.k8c.io/v1beta2\nkind: KubeOneCluster\n"),
    ("cluster-api-file", b"apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\n"),
    ("helm-file", b"apiVersion: helm.cattle.io/v1\nkind: HelmChart\n"),
    ("k3s-file", b"write-kubeconfig-mode: \"0644\"\n"),
    ("helm-values-file", b"replicaCount: 1\n"),
    ("helm-chart-file", b"apiVersion: v2\nname: a\nversion: 0.1.0\n"),
    ("node-spec-file", b"role: worker\n"),
    ("rke-file", b"services: {}\n"),
    ("ansible-file", b"hosts: all\n"),
    ("kubeconfig-file", b"apiVersion: v1\nkind: Config\n"),
    ("kubernetes-object", b"apiVersion: apps/v1\nkind: Deployment\n"),
    ("config-map-file", b"apiVersion: v1\nkind: ConfigMap\n"),
    ("talos-file", b"machine: {}\ncluster: {}\n"),
    ("template-file", b"a: {{ .Values.a }}\n"),
    ("kubeadm-command", b"kubeadm join 192.0.2.1:6443 --token x\n"),
    ("crio-file", b"[crio.runtime]\nlog_level = \"info\"\n"),
    ("unit-file", b"[Unit]\nDescription=a\n"),
    ("ini-file", b"[a]\nb=c\n"),
    ("no-kubeadm-document", b"# nothing\n"),
];

/// Lines below `apiVersion` and `kind` of a ClusterConfiguration.
const CLUSTER: &[(&str, &str)] = &[
    ("unknown-field", "colour: red\n"),
    ("duplicate-key", "clusterName: a\nclusterName: b\n"),
    ("wrong-type", "clusterName: [a]\n"),
    ("did-you-mean", "clusterNme: a\n"),
    ("field-letter-case", "clustername: a\n"),
    ("belongs-in", "podSubnet: 10.0.0.0/16\n"),
    ("list-wanted", "apiServer:\n  extraArgs:\n    v: \"4\"\n"),
    ("map-wanted", "featureGates: [a]\n"),
    ("text-wanted", "clusterName: 5\n"),
    ("duration-wanted", "certificateValidityPeriod: 1 year\n"),
    ("invalid-value", "networking:\n  podSubnet: 10.0.0.0/99\n"),
    ("pod-subnet-overlap", "networking:\n  podSubnet: 10.96.0.0/16\n"),
    ("no-pod-subnet", "clusterName: a\n"),
    ("coredns-path", "imageRepository: registry.example.com/k8s\n"),
    ("component-flag-unknown", "apiServer:\n  extraArgs:\n  - name: insecure-port\n    value: \"0\"\n"),
    ("etcd-without-tls", "etcd:\n  external:\n    endpoints: [\"http://192.0.2.1:2379\"]\n"),
    (
        "etcd-members-even",
        "etcd:\n  external:\n    endpoints: [\"https://192.0.2.1:2379\", \"https://192.0.2.2:2379\"]\n",
    ),
];

#[test]
fn each_kind_of_file_is_named() {
    for (code, file) in FILES {
        assert!(said(file).contains(code), "{code}: {:?}", said(file));
    }
    let explained = Code::ALL.iter().map(|code| code.as_str()).filter(|code| code.ends_with("-file"));
    let fired: BTreeSet<&str> = FILES.iter().map(|(code, _)| *code).collect();
    let missing: Vec<&str> = explained.filter(|code| !fired.contains(code)).collect();
    assert!(missing.is_empty(), "no file fires {missing:?}");
}

#[test]
fn each_fault_of_a_cluster_has_its_code() {
    for (code, lines) in CLUSTER {
        let file = format!("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n{lines}");
        assert!(said(file.as_bytes()).contains(code), "{code}: {:?}", said(file.as_bytes()));
    }
}
