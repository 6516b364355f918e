//! From a spec to documents.

use std::path::PathBuf;

use kubeadm_config::{ApiVersion, ClusterSpec, Duration, HostFacts, KubeadmRelease};
use serde::Deserialize as _;
use serde_yaml::Value;

fn documents(text: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(text).map(|document| Value::deserialize(document).unwrap()).collect()
}

fn facts() -> HostFacts {
    let mut facts = HostFacts::default();
    facts.host_name = "Node-1".into();
    facts.ipv4_route_address = Some([192, 0, 2, 10].into());
    facts.random_tokens = vec!["0a1b2c.0123456789abcdef".parse().unwrap()];
    facts
}

#[test]
#[expect(clippy::print_stdout, reason = "a test that is skipped says why")]
fn the_file_of_2019_is_reproduced() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/conformance/seed/kubeadm-init-config.yaml");
    let Ok(seed) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return;
    };
    let mut spec = ClusterSpec::new("v1.15.1".parse().unwrap());
    spec.image_repository = Some("registry.cn-hangzhou.aliyuncs.com/google_containers".into());
    spec.advertise_address = Some([192, 168, 128, 165].into());
    spec.node_name = Some("k8s-master-01".into());
    spec.pod_subnet = Some("10.244.0.0/16".into());
    spec.token = Some("abcdef.0123456789abcdef".parse().unwrap());
    spec.cri_socket = Some(KubeadmRelease::of(&spec.kubernetes_version).unwrap().crio_socket().into());
    let valid = spec.defaulted(&facts()).unwrap().validate().unwrap();
    let yaml = valid.to_yaml(valid.release().writes()).unwrap();
    assert_eq!(documents(&yaml), documents(&seed), "{yaml}");
}

#[test]
fn every_minor_prints_its_own_version() {
    for minor in KubeadmRelease::MINORS {
        let spec = ClusterSpec::new(format!("v1.{minor}.0").parse().unwrap());
        let valid = spec.defaulted(&facts()).unwrap().validate().unwrap();
        let written = valid.release().writes();
        let printed = documents(&valid.to_yaml(written).unwrap());
        assert_eq!(printed.len(), 2);
        assert!(printed.iter().all(|document| document["apiVersion"] == written.to_string().as_str()));
        assert_eq!(printed[0]["nodeRegistration"]["name"], "node-1");
        assert_eq!(printed[0]["bootstrapTokens"][0]["token"], "0a1b2c.0123456789abcdef");
        assert_eq!(printed[1]["kubernetesVersion"], format!("v1.{minor}.0").as_str());
    }
}

#[test]
fn what_is_asked_is_printed() {
    let mut spec = ClusterSpec::new("v1.34.0".parse().unwrap());
    spec.cri_socket = Some("/var/run/crio/crio.sock".into());
    spec.bind_port = 8443.try_into().ok();
    spec.control_plane_endpoint = Some("lb.example.com".into());
    spec.token_ttl = Some(Duration::ZERO);
    spec.cert_sans = vec!["API.example.com".into()];
    spec.cgroup_driver = Some("systemd".parse().unwrap());
    let valid = spec.defaulted(&facts()).unwrap().validate().unwrap();
    assert!(valid.warnings().is_empty());
    let printed = documents(&valid.to_yaml(ApiVersion::V1Beta4).unwrap());
    assert_eq!(printed[0]["nodeRegistration"]["criSocket"], "unix:///var/run/crio/crio.sock");
    assert_eq!(printed[0]["bootstrapTokens"][0]["ttl"], "0s");
    assert_eq!(printed[1]["controlPlaneEndpoint"], "lb.example.com:8443");
    assert_eq!(printed[1]["apiServer"]["certSANs"][0], "api.example.com");
    assert_eq!(printed[2]["kind"], "KubeletConfiguration");
    assert_eq!(printed[2]["cgroupDriver"], "systemd");
}

#[test]
fn a_version_the_release_does_not_read_is_refused() {
    let valid = ClusterSpec::new("v1.37.0".parse().unwrap()).defaulted(&facts()).unwrap().validate().unwrap();
    for version in [ApiVersion::V1Beta1, ApiVersion::V1Beta2, ApiVersion::V1Beta3, ApiVersion::V1] {
        let error = valid.to_yaml(version).unwrap_err();
        assert!(error.to_string().contains(version.name()), "{error}");
    }
}

#[test]
fn every_problem_is_reported() {
    let mut facts = facts();
    facts.host_name = " ".into();
    facts.cri_sockets = vec!["/var/run/crio/crio.sock".into(), "/var/run/containerd/containerd.sock".into()];
    let mut spec = ClusterSpec::new("v1.34.0".parse().unwrap());
    spec.control_plane_endpoint = Some("lb:0".into());
    let report = spec.defaulted(&facts).unwrap().validate().unwrap_err();
    let paths: Vec<&str> = report.problems().iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(
        paths[..3],
        ["nodeRegistration.name", "nodeRegistration.criSocket", "controlPlaneEndpoint"],
        "{report}"
    );
}
