//! Files that fire the codes of help: each file has one fault, and the check names it.

use std::collections::BTreeSet;

use kubeadm_config::check::check;
use kubeadm_config::like_kubeadm::Options;
use kubeadm_config::{CaFile, CgroupDriver, Circumstances, Code, HostFacts, HostNetwork, Readers};

/// The codes that a check of the file says, of remarks and of help.
fn said(file: &[u8]) -> BTreeSet<&'static str> {
    said_by("v1.34.0", file)
}

/// The same by a release, on a host that is known, of a file that others can read.
fn said_by(release: &str, file: &[u8]) -> BTreeSet<&'static str> {
    let mut facts = HostFacts::default();
    facts.host_name = "node-1".into();
    facts.version_labels.insert("stable-1".into(), "v1.34.0".into());
    let options = Options::new(release.parse().unwrap(), facts);
    let mut circumstances = Circumstances::default();
    circumstances.readers = Readers::Others;
    circumstances.runtime_cgroup_driver = Some(CgroupDriver::Systemd);
    circumstances.host_networks = vec![HostNetwork::new("eth0", [192, 0, 2, 2].into(), 24)];
    let checked = check(file, &options, &circumstances);
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
    ("minikube-file", b"{\"Name\": \"minikube\", \"KicBaseImage\": \"a\", \"Nodes\": []}\n"),
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
    (
        "component-argument-unparsable",
        "apiServer:\n  extraArgs:\n  - name: profiling\n    value: \"maybe\"\n",
    ),
    (
        "component-argument-refused",
        "apiServer:\n  extraArgs:\n  - name: enable-admission-plugins\n    value: PodSecurityPolicy\n",
    ),
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

/// Documents by what stands below `apiVersion: kubeadm.k8s.io/v1beta4`, for kubeadm of a release.
const DOCUMENTS: &[(&str, &str, &str)] = &[
    (
        "required-value",
        "v1.34.0",
        "kind: JoinConfiguration\ndiscovery:\n  bootstrapToken:\n    token: abcdef.0123456789abcdef\n",
    ),
    ("kubeadm-warning", "v1.34.0", "kind: InitConfiguration\nnodeRegistration:\n  criSocket: /a.sock\n"),
    ("unknown-kind", "v1.34.0", "kind: ClusterConfig\n"),
    (
        "missing-separator",
        "v1.34.0",
        "kind: InitConfiguration\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n",
    ),
    ("kubeadm-refused", "v1.34.0", "clusterName: a\n"),
    (
        "address-not-on-host",
        "v1.34.0",
        "kind: InitConfiguration\nlocalAPIEndpoint:\n  advertiseAddress: 203.0.113.7\n",
    ),
    (
        "role-label-outdated",
        "v1.34.0",
        "kind: InitConfiguration\nnodeRegistration:\n  taints:\n  - key: node-role.kubernetes.io/master\n    effect: NoSchedule\n",
    ),
    (
        "taint-invalid",
        "v1.34.0",
        "kind: InitConfiguration\nnodeRegistration:\n  taints:\n  - key: a\n    effect: NoScedule\n",
    ),
    (
        "node-label-forbidden",
        "v1.34.0",
        "kind: InitConfiguration\nnodeRegistration:\n  kubeletExtraArgs:\n  - name: node-labels\n    value: kubernetes.io/role=a\n",
    ),
    (
        "master-label",
        "v1.34.0",
        "kind: InitConfiguration\nnodeRegistration:\n  kubeletExtraArgs:\n  - name: node-labels\n    value: node-role.kubernetes.io/master=\n",
    ),
    (
        "node-cidr-mask",
        "v1.34.0",
        "kind: ClusterConfiguration\nnetworking:\n  podSubnet: 10.244.0.0/16,fd00::/56\ncontrollerManager:\n  extraArgs:\n  - name: node-cidr-mask-size\n    value: \"24\"\n",
    ),
    (
        "node-ip-missing",
        "v1.34.0",
        "kind: ClusterConfiguration\nnetworking:\n  podSubnet: 10.244.0.0/16,fd00::/56\n",
    ),
    ("families-differ", "v1.34.0", "kind: ClusterConfiguration\nnetworking:\n  podSubnet: fd00::/56\n"),
    (
        "address-in-subnet",
        "v1.34.0",
        "kind: ClusterConfiguration\ncontrolPlaneEndpoint: 10.96.0.9:6443\nnetworking:\n  podSubnet: 10.244.0.0/16\n",
    ),
    ("version-label", "v1.34.0", "kind: ClusterConfiguration\nkubernetesVersion: stable-1\n"),
    ("version-skew", "v1.34.0", "kind: ClusterConfiguration\nkubernetesVersion: v1.35.0\n"),
    (
        "dockershim-traces",
        "v1.34.0",
        "kind: InitConfiguration\nnodeRegistration:\n  criSocket: unix:///var/run/dockershim.sock\n",
    ),
    (
        "secret-readable",
        "v1.34.0",
        "kind: InitConfiguration\nbootstrapTokens:\n- token: abcdef.0123456789abcdef\n",
    ),
    (
        "token-forever",
        "v1.34.0",
        "kind: InitConfiguration\nbootstrapTokens:\n- token: abcdef.0123456789abcdef\n  ttl: 0s\n",
    ),
    (
        "preflight-ignored",
        "v1.34.0",
        "kind: InitConfiguration\nnodeRegistration:\n  ignorePreflightErrors: [all]\n",
    ),
    ("invalid", "v1.34.0", "kind: InitConfiguration\nlocalAPIEndpoint:\n  advertiseAddress: a\n"),
    ("no-taint", "v1.34.0", "kind: InitConfiguration\nnodeRegistration:\n  taints: []\n"),
    (
        "ca-unverified",
        "v1.34.0",
        "kind: JoinConfiguration\ndiscovery:\n  bootstrapToken:\n    token: abcdef.0123456789abcdef\n    apiServerEndpoint: 192.0.2.1:6443\n    unsafeSkipCAVerification: true\n",
    ),
    (
        "invalid-ca-pin",
        "v1.34.0",
        "kind: JoinConfiguration\ndiscovery:\n  bootstrapToken:\n    token: abcdef.0123456789abcdef\n    apiServerEndpoint: 192.0.2.1:6443\n    caCertHashes: [\"a\"]\n",
    ),
    (
        "pin-of-nothing",
        "v1.34.0",
        "kind: JoinConfiguration\ndiscovery:\n  bootstrapToken:\n    token: abcdef.0123456789abcdef\n    apiServerEndpoint: 192.0.2.1:6443\n    caCertHashes: [\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"]\n",
    ),
    ("field-moved", "v1.34.0", "kind: JoinConfiguration\ndiscovery:\n  timeout: 5m0s\n"),
    ("api-too-new", "v1.27.0", "kind: ClusterConfiguration\n"),
    (
        "odd-character",
        "v1.34.0",
        "kind: ClusterConfiguration\nnetworking:\n  podSubnet: \u{201c}10.244.0.0/16\u{201d}\n",
    ),
    ("tab-indentation", "v1.34.0", "kind: ClusterConfiguration\nnetworking:\n\tpodSubnet: 10.244.0.0/16\n"),
    ("time-wanted", "v1.34.0", "kind: InitConfiguration\nbootstrapTokens:\n- expires: tomorrow\n"),
    ("token-wanted", "v1.34.0", "kind: InitConfiguration\nbootstrapTokens:\n- token: [a]\n"),
    ("number-wanted", "v1.34.0", "kind: InitConfiguration\nlocalAPIEndpoint:\n  bindPort: a\n"),
    ("truth-wanted", "v1.34.0", "kind: ResetConfiguration\nforce: 1\n"),
];

/// What stands below the head of a KubeletConfiguration.
const KUBELET: &[(&str, &str)] = &[
    ("feature-gate-refused", "featureGates:\n  NoSuchGate: true\n"),
    ("quantity-wanted", "logging:\n  options:\n    json:\n      infoBufferSize: [a]\n"),
];

/// Whole files.
const WHOLE: &[(&str, &str, &str)] = &[
    ("api-too-old", "v1.34.0", "apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\n"),
    ("api-version", "v1.34.0", "apiVersion: kubeadm.k8s.io/v9\nkind: ClusterConfiguration\n"),
    (
        "kubelet-not-checked",
        "v1.32.0",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 5\n",
    ),
    (
        "proxy-mode",
        "v1.34.0",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nft\n",
    ),
    (
        "phase-unknown",
        "v1.34.0",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nskipPhases: [addon/kube-proxy, nope]\n",
    ),
    (
        "argument-file-not-mounted",
        "v1.34.0",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer:\n  extraArgs: [{name: audit-policy-file, value: /etc/a.yaml}]\n",
    ),
    (
        "etcd-data-dir-wrong",
        "v1.34.0",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\netcd:\n  local:\n    extraArgs: [{name: data-dir, value: /data}]\n",
    ),
    (
        "settings-file-not-read",
        "v1.34.0",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration:\n  kubeletExtraArgs: [{name: config-dir, value: /etc/k.d}]\n",
    ),
    (
        "kube-proxy-config-refused",
        "v1.34.0",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nbindAddress: foo\n",
    ),
    (
        "kubelet-config-refused",
        "v1.34.0",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: -1\n",
    ),
    (
        "cgroup-driver-mismatch",
        "v1.33.0",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncgroupDriver: cgroupfs\n",
    ),
    (
        "cgroup-driver-unset",
        "v1.21.0",
        "apiVersion: kubeadm.k8s.io/v1beta2\nkind: InitConfiguration\nnodeRegistration:\n  criSocket: /var/run/crio/crio.sock\n",
    ),
    ("api-version", "v1.34.0", "apiVersion: kubeadm.k8s.io/v2\nkind: InitConfiguration\n"),
];

/// Codes of a CA file.
const CA: &[(&str, &[u8])] = &[
    ("ca-file-unreadable", b""),
    ("private-key-given", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
    ("pem-block-damaged", b"-----BEGIN CERTIFICATE-----\n???\n-----END CERTIFICATE-----\n"),
];

/// What no file here fires, and why. The list may only shrink.
const NOT_FIRED: &[(&str, &str)] = &[
    ("unsupported-value", "field.ErrorType has it; no rule of kubeadm 1.11 to 1.37 says it"),
    ("duplicate-value", "field.ErrorType has it; no rule of kubeadm 1.11 to 1.37 says it"),
    ("forbidden-field", "field.ErrorType has it; no rule of kubeadm 1.11 to 1.37 says it"),
    ("not-found", "field.ErrorType has it; no rule of kubeadm 1.11 to 1.37 says it"),
    ("too-long", "field.ErrorType has it; no rule of kubeadm 1.11 to 1.37 says it"),
    ("too-many", "field.ErrorType has it; no rule of kubeadm 1.11 to 1.37 says it"),
    ("internal-error", "field.ErrorType has it; no rule of kubeadm 1.11 to 1.37 says it"),
    ("document-not-printable", "an error of the library: no document that is read has such a value"),
];

/// Every code is fired by a file, a CA file or an error, but those that are argued.
/// What a later minor does not take.
fn codes_of_endings() -> BTreeSet<&'static str> {
    use kubeadm_config::Minor;
    use kubeadm_config::ending::{of_command_lines, of_documents};

    let cluster = b"apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\napiServer:\n  extraArgs:\n    \
        port: \"0\"\n    enable-admission-plugins: PodSecurityPolicy\n---\n\
        apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nlogging: {sanitization: true}\n\
        featureGates: {SidecarContainers: true}\n";
    let to = Minor::new(37);
    let flags = of_command_lines(b"A=\"--container-runtime=remote\"\n", to).endings;
    let endings = of_documents(cluster, to).endings.into_iter().chain(flags);
    endings.map(|one| one.code.as_str()).collect()
}

#[test]
fn every_code_is_fired_or_argued() {
    let mut fired: BTreeSet<&str> = BTreeSet::new();
    let mut missed = Vec::new();
    let below = |lines: &str| format!("apiVersion: kubeadm.k8s.io/v1beta4\n{lines}");
    let documents = DOCUMENTS.iter().map(|(code, release, lines)| (*code, *release, below(lines)));
    let whole = WHOLE.iter().map(|(code, release, file)| (*code, *release, (*file).to_owned()));
    for (code, release, file) in documents.chain(whole) {
        let said = said_by(release, file.as_bytes());
        if !said.contains(code) {
            missed.push(format!("{code}: {said:?}"));
        }
        fired.extend(said);
    }
    for (code, file) in FILES {
        fired.extend(said(file));
        fired.insert(code);
    }
    for (_, lines) in CLUSTER {
        fired.extend(said(below(&format!("kind: ClusterConfiguration\n{lines}")).as_bytes()));
    }
    for (code, lines) in KUBELET {
        let file = format!(
            "{}---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n{lines}",
            below("kind: ClusterConfiguration\n")
        );
        let said = said(file.as_bytes());
        if !said.contains(code) {
            missed.push(format!("{code}: {said:?}"));
        }
        fired.extend(said);
    }
    let deep = format!("kind: ClusterConfiguration\na: {}", "[".repeat(10_000));
    fired.extend(said(below(&deep).as_bytes()));
    for (code, file) in CA {
        let error = CaFile::read(file).unwrap_err();
        assert_eq!(error.code().as_str(), *code, "{error}");
        fired.insert(code);
    }
    fired.extend(codes_of_ca_findings());
    fired.extend(codes_of_errors());
    fired.extend(codes_of_endings());
    assert!(missed.is_empty(), "{missed:#?}");
    let argued: BTreeSet<&str> = NOT_FIRED.iter().map(|(code, _)| *code).collect();
    let all: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let open: Vec<_> = all.difference(&fired).filter(|code| !argued.contains(*code)).collect();
    assert!(open.is_empty(), "nothing fires {open:?}");
    let shrunk: Vec<_> = argued.intersection(&fired).collect();
    assert!(shrunk.is_empty(), "fired, so not to be argued any more: {shrunk:?}");
}

fn codes_of_ca_findings() -> BTreeSet<&'static str> {
    const ROOT: &str = include_str!("data/ca-p256.crt");
    let der = rustls_der(ROOT);
    let mark = format!("\u{feff}{ROOT}");
    let key = format!("{ROOT}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    let files: [&[u8]; 5] = [
        &der,
        mark.as_bytes(),
        key.as_bytes(),
        include_bytes!("data/leaf-p256.crt"),
        include_bytes!("data/ca-secp256k1.crt"),
    ];
    let of = |file: &[u8]| {
        CaFile::read(file).unwrap().findings.into_iter().map(|one| one.code().as_str()).collect::<Vec<_>>()
    };
    files.into_iter().flat_map(of).collect()
}

/// The bytes of the first PEM block.
fn rustls_der(pem: &str) -> Vec<u8> {
    use rustls_pki_types::pem::PemObject as _;
    rustls_pki_types::CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
}

fn codes_of_errors() -> BTreeSet<&'static str> {
    use kubeadm_config::{Error, KubeadmRelease};
    let errors = [
        KubeadmRelease::of(&"v1.99.0".parse().unwrap()).map(drop).unwrap_err(),
        Error::from("x".parse::<kubeadm_config::KubernetesVersion>().unwrap_err()),
        "x".parse::<CgroupDriver>().map(drop).unwrap_err(),
    ];
    errors.iter().map(|error| error.code().as_str()).collect()
}

/// Of a document that this release does not read nothing is advised: not that its version is a
/// label, which it is only by default.
#[test]
fn of_what_is_not_read_nothing_is_advised() {
    let file = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.27.3\n";
    assert_eq!(
        said_by("v1.27.3", file.as_bytes()),
        BTreeSet::from(["api-too-new", "kubeadm-warning", "unknown-kind"])
    );
}

/// An error behind everything that a file says is shown at the last thing that it says.
#[test]
fn a_place_is_one_of_the_file() {
    let options = Options::new("v1.34.0".parse().unwrap(), HostFacts::default());
    for (file, place) in [("foo: [\n", (1, 6)), ("a: b\nfoo: [\n\n\n", (2, 6)), ("foo: [", (1, 6))] {
        let checked = check(file.as_bytes(), &options, &Circumstances::default());
        let remark = &checked.remarks[0];
        assert_eq!((remark.line, remark.column), (Some(place.0), Some(place.1)), "{file:?}: {remark:?}");
    }
}

/// kubeadm splits at bytes: what stands behind the first document of a UTF-16 file is lost.
#[test]
fn a_utf_16_file_that_kubeadm_takes_is_told() {
    let text = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n";
    let file: Vec<u8> =
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert!(said(&file).contains("utf-16-file"), "{:?}", said(&file));
}

/// A part of a field's name that stands beside it.
#[test]
fn a_name_that_is_cut_short_is_known() {
    let file =
        "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nconntrack: {max: 5}\n";
    let options = Options::new("v1.34.0".parse().unwrap(), HostFacts::default());
    let checked = check(file.as_bytes(), &options, &Circumstances::default());
    let help = checked.remarks.iter().find_map(|remark| remark.help.as_ref()).map(|help| help.text.clone());
    assert_eq!(help.as_deref(), Some("did you mean conntrack.maxPerCore?"));
}

/// What kubeadm's words leave open, the line of help says.
#[test]
fn help_says_where_and_how() {
    let head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";
    for (file, wanted) in [
        (format!("{head}clusterName: a\nclusterName: b\n"), "it stands in line 3 already"),
        (format!("{head}---\n{head}"), "the first ClusterConfiguration begins in line 1"),
        (format!("{head}apiServer:\n  certSANs:\n  -\ta\n"), "line 5 has a tab (→)"),
        (format!("{head}kubernetesVersion: ${{KVER}}\n"), "this is a template"),
        (format!("{head}featureGates: {{IPv6DualStack: true}}\n"), "those of kubeadm are "),
        ("a: b\n".to_owned(), "begins with apiVersion: kubeadm.k8s.io/v1beta4"),
        (format!("{head}controlPlaneEndpoint: https://a.example.com:6443\n"), "without a scheme"),
        (format!("{head}kubernetesVersion: \"1.30\"\n"), "write the whole version"),
        (format!("{head}imageRepository: a.example.com/b/\n"), "without a / behind it"),
        (format!("{head}scheduler:\n  extraArgs: [{{name: --v, value: '2'}}]\n"), "without dashes: v"),
        (format!("{head}etcd:\n  local:\n    extraArgs: [{{name: -a, value: '2'}}]\n"), "without dashes: a"),
    ] {
        let options = Options::new("v1.34.0".parse().unwrap(), HostFacts::default());
        let checked = check(file.as_bytes(), &options, &Circumstances::default());
        let help = checked.remarks.iter().filter_map(|remark| Some(remark.help.as_ref()?.text.as_str()));
        let help: Vec<&str> = help.collect();
        assert!(help.iter().any(|text| text.contains(wanted)), "{file}: {help:?}");
    }
}

/// What the file says of volumes and could not be read is not held against an argument.
#[test]
fn volumes_that_were_not_read_may_hold_the_file() {
    let head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer:\n  extraArgs: [{name: audit-policy-file, value: /etc/a/p.yaml}]\n";
    assert!(said(head.as_bytes()).contains("argument-file-not-mounted"));
    for volumes in ["  extraVolume: [{mountPath: /etc/a}]\n", "  extraVolumes: {mountPath: /etc/a}\n"] {
        let told = said(format!("{head}{volumes}").as_bytes());
        assert!(!told.contains("argument-file-not-mounted"), "{told:?}");
    }
}

/// A check of a file runs no program and says nothing of one.
#[test]
fn an_old_release_says_nothing_of_the_host() {
    let file = "apiVersion: kubeadm.k8s.io/v1beta2\nkind: InitConfiguration\n";
    let options = Options::new("v1.15.3".parse().unwrap(), HostFacts::default());
    let checked = check(file.as_bytes(), &options, &Circumstances::default());
    assert!(!checked.remarks.iter().any(|remark| remark.text.contains("docker")), "{:?}", checked.remarks);
}
