//! kubeadm's documents that a spec brings along (newcomer A9).

use std::io;
use std::path::Path;

use kubeadm_config::HostFacts;

use super::token;
use crate::recipe::{NodeSpec, agree, join, kubeadm};

/// All that newcomers missed in a spec.
const DOCUMENTS: &str = "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 192.0.2.7}
nodeRegistration:
  name: cp-1
  criSocket: /run/other/crio.sock
  kubeletExtraArgs: [{name: node-ip, value: '192.0.2.7,2001:db8::7'}, {name: node-labels, value: rack=7}]
  taints: []
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking: {podSubnet: '10.200.0.0/16,fd00:1::/56', serviceSubnet: '10.201.0.0/16,fd00:2::/112'}
imageRepository: registry.example.com/k8s
featureGates: {NodeLocalCRISocket: true}
apiServer:
  certSANs: [k8s.example.com]
  extraArgs: [{name: audit-log-path, value: /var/log/audit.log}]
etcd:
  external:
    endpoints: ['https://192.0.2.5:2379', 'https://192.0.2.6:2379', 'https://192.0.2.8:2379']
    caFile: /etc/etcd/ca.crt
    certFile: /etc/etcd/client.crt
    keyFile: /etc/etcd/client.key
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
maxPods: 200
cgroupDriver: cgroupfs
";

fn spec(more: &str, file: &str) -> Result<NodeSpec, String> {
    let text = format!("kubernetesVersion: v1.34.0\n{more}");
    let read = |path: &Path| match path.to_str() {
        Some("kubeadm.yaml") => Ok(file.as_bytes().to_vec()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    NodeSpec::from_yaml_with(&text, &read).map_err(|problems| problems.to_string())
}

/// The file that kubeadm is given, of the spec.
fn written(spec: &NodeSpec) -> String {
    let agreed = agree(spec).unwrap();
    let mut host = HostFacts::default();
    host.host_name = "node-1".to_owned();
    host.ipv4_route_address = Some([192, 0, 2, 9].into());
    let text = match &spec.join {
        Some(join) => join::document(spec, join, &agreed, &host),
        None => kubeadm::documents(spec, &agreed, &host, spec.token.clone().unwrap_or_else(token)),
    };
    text.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_file_says_what_the_spec_has_no_field_for_and_fills_those_it_has() {
    let spec = spec("kubeadmConfig: kubeadm.yaml\nclusterName: prod\n", DOCUMENTS).unwrap();
    let agreed = agree(&spec).unwrap();
    assert_eq!(agreed.cri_socket, "/run/other/crio.sock");
    assert_eq!(agreed.pause_image.to_string(), "registry.example.com/k8s/pause:3.10.1");
    assert_eq!(agreed.cgroup_driver, crio_config::CgroupManager::Cgroupfs);
    let text = written(&spec);
    for line in [
        "  - k8s.example.com\n",
        "    - https://192.0.2.5:2379\n",
        "    value: 192.0.2.7,2001:db8::7\n",
        "    value: rack=7\n",
        "  taints: []\n",
        "  NodeLocalCRISocket: true\n",
        "maxPods: 200\n",
        "clusterName: prod\n",
        "kubernetesVersion: v1.34.0\n",
        "  name: cp-1\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
    // A bundle carries the documents within the spec.
    let again = NodeSpec::from_yaml(&serde_json::to_string(&spec).unwrap()).unwrap();
    assert_eq!(again, spec);
}

#[test]
fn a_file_is_checked_as_check_config_does_and_must_not_contradict_the_spec() {
    let spec = |more: &str, file: &str| spec(more, file).unwrap_err();
    let said = spec("kubeadmConfig: nosuch.yaml\n", "");
    assert!(said.contains("line 2, column 16: kubeadmConfig: cannot read nosuch.yaml: "), "{said}");
    let misspelt = DOCUMENTS.replace("certSANs", "certSans");
    let said = spec("kubeadmConfig: kubeadm.yaml\n", &misspelt);
    assert!(said.contains("kubeadm.yaml:16: ") && said.contains("certSans"), "{said}");
    for empty in ["", "# nothing\n", "kind: Secret\napiVersion: v1\n"] {
        spec("kubeadmConfig: kubeadm.yaml\n", empty);
    }
    let more = "kubeadmConfig: kubeadm.yaml\nnodeName: n1\nnetworking: {podSubnet: 10.1.0.0/16}\n";
    let said = spec(more, &DOCUMENTS.replace("imageRepo", "kubernetesVersion: v1.33.0\nimageRepo"));
    for field in ["kubernetesVersion", "nodeName", "networking.podSubnet"] {
        assert!(said.contains(&format!(" for {field}, and the spec says ")), "{said}");
    }
    let said = spec("kubeadmConfig: kubeadm.yaml\nkubeadm: leave\n", DOCUMENTS);
    assert!(said.contains("leave one of the two out"), "{said}");
    let said = spec("role: worker\nkubeadmConfig: kubeadm.yaml\n", DOCUMENTS);
    assert!(said.contains("it has no JoinConfiguration"), "{said}");
}

#[test]
fn a_join_configuration_says_how_a_node_joins() {
    let document = format!(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery:\n  bootstrapToken:\n    \
         apiServerEndpoint: 192.0.2.1:6443\n    token: abcdef.0123456789abcdef\n    caCertHashes: ['sha256:{}']\n\
         nodeRegistration:\n  kubeletExtraArgs: [{{name: node-ip, value: 192.0.2.9}}]\n",
        "5a".repeat(32)
    );
    let worker = spec("role: worker\nkubeadmConfig: kubeadm.yaml\n", &document).unwrap();
    let join = worker.join.as_ref().unwrap();
    assert_eq!(join.api_server_endpoint.as_ref().unwrap().to_string(), "192.0.2.1:6443");
    assert_eq!((join.token.is_some(), join.ca_cert_hashes.len()), (true, 1));
    let text = written(&worker);
    assert!(text.contains("    value: 192.0.2.9\n") && text.contains("sha256:5a5a"), "{text}");
    let said = spec("kubeadmConfig: kubeadm.yaml\n", &document).unwrap_err();
    assert!(said.contains("that of a worker, and the spec says role: control-plane"), "{said}");
    let other = "role: worker\nkubeadmConfig: kubeadm.yaml\njoin: {token: bbbbbb.0123456789abcdef}\n";
    let said = spec(other, &document).unwrap_err();
    assert!(said.contains("join.token") && !said.contains("0123456789abcdef"), "{said}");
}

#[test]
fn a_secret_that_contradicts_or_is_not_valid_is_not_repeated() {
    let file = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nbootstrapTokens: [{token: zzzzzz.s3cretval0123456}]\n";
    let said = spec("token: abcdef.0123456789abcdef\nkubeadmConfig: kubeadm.yaml\n", file).unwrap_err();
    assert!(
        said.contains("for token") && !said.contains("s3cretval") && !said.contains("0123456789"),
        "{said}"
    );
    let agreed = |spec: &NodeSpec| agree(spec).unwrap();
    let key = "5e".repeat(31) + "5";
    let values = [
        format!("certificateKey: '{key}'"),
        format!("certificateKey: '{key}5e5'"),
        "'bootstrapTokens[0].token': abcdef.5e5e5e5e5e5e5e5F".to_owned(),
        "bootstrapTokens: [{token: abcdef.5e5e5e5e5e5e5e5F}]".to_owned(),
    ];
    for value in values {
        let asked = spec(&format!("kubeadm: {{{value}}}\n"), "").unwrap();
        let mut host = HostFacts::default();
        host.host_name = "node-1".to_owned();
        host.ipv4_route_address = Some([192, 0, 2, 9].into());
        let said = kubeadm::documents(&asked, &agreed(&asked), &host, token()).unwrap_err();
        assert!(!said.contains("5e5e5e"), "{value}: {said}");
    }
}
