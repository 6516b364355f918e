//! From a spec to documents.

use kubeadm_config::{
    ApiVersion, Asked, ClusterSpec, Duration, HostFacts, JoinSpec, KubeadmRelease, ResetSpec, UpgradeSpec,
};
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
#[ignore = "run it with `tests/layer recorded`"]
fn the_file_of_2019_is_reproduced() {
    let Some(path) = test_kit::recorded("conformance/seed/kubeadm-init-config.yaml") else { return };
    let seed = std::fs::read_to_string(path).unwrap();
    let mut spec = ClusterSpec::new("v1.15.1".parse().unwrap());
    spec.image_repository = Some("registry.cn-hangzhou.aliyuncs.com/google_containers".into());
    spec.endpoint.advertise_address = Some([192, 168, 128, 165].into());
    spec.node.name = Some("k8s-master-01".into());
    spec.pod_subnet = Some("10.244.0.0/16".into());
    spec.token = Some("abcdef.0123456789abcdef".parse().unwrap());
    spec.node.cri_socket = Some(KubeadmRelease::of(&spec.kubernetes_version).unwrap().crio_socket().into());
    let valid = spec.defaulted(&facts()).unwrap().validate().unwrap();
    let yaml = valid.to_yaml().unwrap();
    assert_eq!(documents(&yaml), documents(&seed), "{yaml}");
}

#[test]
fn every_minor_prints_its_own_version() {
    for minor in KubeadmRelease::MINORS {
        let spec = ClusterSpec::new(format!("v1.{minor}.0").parse().unwrap());
        let valid = spec.defaulted(&facts()).unwrap().validate().unwrap();
        let written = valid.release().writes();
        let printed = documents(&valid.to_yaml().unwrap());
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
    spec.node.cri_socket = Some("/var/run/crio/crio.sock".into());
    spec.endpoint.bind_port = 8443.try_into().ok();
    spec.control_plane_endpoint = Some("lb.example.com".into());
    spec.token_ttl = Some(Duration::ZERO);
    spec.cert_sans = vec!["API.example.com".into()];
    spec.cgroup_driver = Some("systemd".parse().unwrap());
    let valid = spec.defaulted(&facts()).unwrap().validate().unwrap();
    assert!(valid.warnings().is_empty());
    let printed = documents(&valid.to_yaml().unwrap());
    assert_eq!(printed[0]["nodeRegistration"]["criSocket"], "unix:///var/run/crio/crio.sock");
    assert_eq!(printed[0]["bootstrapTokens"][0]["ttl"], "0s");
    assert_eq!(printed[1]["controlPlaneEndpoint"], "lb.example.com:8443");
    assert_eq!(printed[1]["apiServer"]["certSANs"][0], "api.example.com");
    assert_eq!(printed[2]["kind"], "KubeletConfiguration");
    assert_eq!(printed[2]["cgroupDriver"], "systemd");
}

#[test]
fn a_version_the_release_does_not_read_is_refused() {
    for version in [ApiVersion::V1Beta1, ApiVersion::V1Beta2, ApiVersion::V1Beta3, ApiVersion::V1] {
        let mut asked = Asked::new("v1.37.0".parse().unwrap()).in_version(version);
        asked.cluster(&ClusterSpec::new("v1.37.0".parse().unwrap()));
        let report = asked.defaulted(&facts()).validate().unwrap_err();
        assert!(report.to_string().contains(version.name()), "{report}");
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

fn problems(asked: Asked) -> Vec<String> {
    let report = asked.defaulted(&facts()).validate().unwrap_err();
    report.problems().iter().map(ToString::to_string).collect()
}

fn printed(asked: Asked) -> Vec<Value> {
    documents(&asked.defaulted(&facts()).validate().unwrap().to_yaml().unwrap())
}

fn join() -> JoinSpec {
    let mut join = JoinSpec::default();
    join.discovery.token = Some("abcdef.0123456789abcdef".parse().unwrap());
    join.discovery.endpoint = Some("lb.example.com:6443".parse().unwrap());
    join.discovery.unsafe_skip_ca_verification = true;
    join
}

#[test]
fn every_minor_can_join() {
    for minor in KubeadmRelease::MINORS {
        let mut asked = Asked::new(format!("v1.{minor}.0").parse().unwrap());
        asked.join(&join());
        let printed = printed(asked);
        assert_eq!(printed[0]["kind"], "JoinConfiguration");
        assert_eq!(printed[0]["discovery"]["tlsBootstrapToken"], "abcdef.0123456789abcdef");
        let (old, new) = (&printed[0]["discovery"]["timeout"], &printed[0]["timeouts"]["discovery"]);
        assert_eq!(if minor < 31 { old } else { new }, "5m0s", "{minor}");
    }
}

#[test]
fn what_a_version_cannot_hold_is_told_with_who_can() {
    let mut asked = Asked::new("v1.30.14".parse().unwrap());
    asked.reset(&ResetSpec::default());
    asked.upgrade(&UpgradeSpec::default());
    let mut with_dry_run = join();
    with_dry_run.run.dry_run = true;
    with_dry_run.run.timeouts = vec!["discovery=1m".parse().unwrap(), "tls-bootstrap=1m".parse().unwrap()];
    asked.join(&with_dry_run);
    let problems = problems(asked);
    assert_eq!(problems.len(), 4, "{problems:#?}");
    for (problem, path) in
        problems.iter().zip(["ResetC", "UpgradeC", "dryRun of JoinC", "timeouts.tlsBootstrap"])
    {
        assert!(problem.contains(path), "{problem}");
        assert!(problem.ends_with("v1beta4 (kubeadm 1.31 and later) can"), "{problem}");
    }
}

#[test]
fn values_are_set_by_their_paths() {
    let mut asked = Asked::new("v1.34.0".parse().unwrap());
    asked.cluster(&ClusterSpec::new("v1.34.0".parse().unwrap()));
    for text in [
        "networking.podSubnet=10.244.0.0/16",
        "ClusterConfiguration.featureGates.NodeLocalCRISocket=true",
        "apiServer.certSANs[]=a.example.com",
        "apiServer.certSANs+=b.example.com",
        "apiServer.certSANs[0]=c.example.com",
        "apiServer.extraArgs.v=4",
        "apiServer.extraArgs.v=5",
        "nodeRegistration.taints=[]",
        "scheduler.extraArgs=[{name: v, value: \"1\"}]",
        "localAPIEndpoint.bindPort=7443",
        "timeouts.discovery=90s",
        "bootstrapTokens[0].ttl=0",
        "KubeletConfiguration.evictionHard.memory.available=100Mi",
        "maxPods=200",
    ] {
        asked.set(text.parse().unwrap());
    }
    let printed = printed(asked);
    let (init, cluster, kubelet) = (&printed[0], &printed[1], &printed[2]);
    assert_eq!(cluster["networking"]["podSubnet"], "10.244.0.0/16");
    assert_eq!(cluster["featureGates"]["NodeLocalCRISocket"], true);
    assert_eq!(cluster["apiServer"]["certSANs"][0], "c.example.com");
    assert_eq!(cluster["apiServer"]["certSANs"][1], "b.example.com");
    assert_eq!(cluster["apiServer"]["extraArgs"][0]["value"], "5");
    assert_eq!(cluster["apiServer"]["extraArgs"][1], Value::Null);
    assert_eq!(cluster["scheduler"]["extraArgs"][0]["value"], "1");
    assert_eq!(init["nodeRegistration"]["taints"], Value::Sequence(Vec::new()));
    assert_eq!(init["localAPIEndpoint"]["bindPort"], 7443);
    assert_eq!(init["timeouts"]["discovery"], "1m30s");
    assert_eq!(init["bootstrapTokens"][0]["ttl"], "0s");
    assert_eq!(kubelet["evictionHard"]["memory.available"], "100Mi");
    assert_eq!(kubelet["maxPods"], 200);
}

#[test]
fn what_cannot_be_set_is_told_all_at_once() {
    let mut asked = Asked::new("v1.34.0".parse().unwrap());
    asked.cluster(&ClusterSpec::new("v1.34.0".parse().unwrap()));
    let cases = [
        ("networking.podSubnets=a", "similar fields: networking.podSubnet"),
        ("InitConfiguration.podSubnet=a", "unknown field"),
        ("skipPhase=a", "similar fields: skipPhases"),
        ("apiServer.timeoutForControlPlane=5m", "timeouts.controlPlaneComponentHealthCheck"),
        ("useHyperKubeImage=true", "is gone in v1beta3"),
        ("localAPIEndpoint.bindPort=many", "a whole number"),
        ("dryRun=maybe", "true or false"),
        ("timeouts.discovery=soon", "a length of time"),
        ("timeouts.discovery.more=1", "unknown field"),
        ("apiServer.certSANs[3]=a", "the list has 0 elements"),
        ("nodeRegistration.taints=[{colour: red}]", "unknown field"),
        ("JoinConfiguration.caCertPath=/a", "no JoinConfiguration was asked for"),
        ("apiServer.extraArgs={\"a\":\"b\"}", "is not a list"),
        ("scheduler=3", "is not a map of its fields"),
        ("featureGates.X=true", ""),
    ];
    for (text, _) in cases {
        asked.set(text.parse().unwrap());
    }
    let problems = problems(asked);
    for ((text, wanted), problem) in cases.iter().zip(&problems) {
        assert!(problem.contains(wanted), "{text}: {problem}");
        assert!(
            wanted.is_empty() || problem.starts_with(text.split('=').next().unwrap()),
            "{text}: {problem}"
        );
    }
    assert_eq!(problems.len(), cases.len(), "{problems:#?}");
}

const OLD: &str = "\
apiVersion: kubeadm.k8s.io/v1beta2
kind: ClusterConfiguration
kubernetesVersion: v1.21.0
useHyperKubeImage: true
apiServer:
  timeoutForControlPlane: 7m0s
  extraArgs: {v: \"4\", audit-log-path: /a}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
maxPods: 99
";

#[test]
fn a_file_is_kept_and_moved() {
    let mut asked = Asked::new("v1.34.0".parse().unwrap());
    asked.read(OLD.as_bytes()).unwrap();
    asked.unset(&"useHyperKubeImage".parse().unwrap());
    let mut spec = ClusterSpec::new("v1.34.0".parse().unwrap());
    spec.extra_args = vec!["apiserver.v=5".parse().unwrap()];
    asked.cluster(&spec);
    let printed = printed(asked);
    assert_eq!(printed[0]["timeouts"]["controlPlaneComponentHealthCheck"], "7m0s");
    assert_eq!(printed[1]["apiServer"]["extraArgs"][0]["name"], "audit-log-path");
    assert_eq!(printed[1]["apiServer"]["extraArgs"][1]["value"], "5");
    assert_eq!(printed[1]["kubernetesVersion"], "v1.34.0");
    assert_eq!(printed[2]["maxPods"], 99);
    assert_eq!(printed[2]["cgroupDriver"], "systemd");
}

#[test]
fn what_of_a_file_is_lost_is_a_problem_or_told() {
    let asked = || {
        let mut asked = Asked::new("v1.34.0".parse().unwrap());
        asked.read(OLD.as_bytes()).unwrap();
        asked
    };
    let found = problems(asked());
    assert!(found.iter().any(|problem| problem.contains("useHyperKubeImage")), "{found:#?}");
    let mut asked = asked().leaving_out_losses();
    asked.cluster(&ClusterSpec::new("v1.34.0".parse().unwrap()));
    let valid = asked.defaulted(&facts()).validate().unwrap();
    assert_eq!(valid.left_out().len(), 1, "{:?}", valid.left_out());
    assert!(!valid.to_yaml().unwrap().contains("useHyperKubeImage"));
}

#[test]
fn what_is_printed_is_read_again_as_the_same() {
    for minor in KubeadmRelease::MINORS {
        let release: KubeadmRelease = format!("v1.{minor}.0").parse().unwrap();
        let mut asked = Asked::new(release.clone());
        asked.cluster(&ClusterSpec::new(release.version().clone()));
        asked.join(&join());
        let first = asked.defaulted(&facts()).validate().unwrap().to_yaml().unwrap();
        let mut again = Asked::new(release);
        again.read(first.as_bytes()).unwrap();
        assert_eq!(again.defaulted(&facts()).validate().unwrap().to_yaml().unwrap(), first, "1.{minor}");
    }
}

#[test]
fn a_file_with_faults_is_refused_with_all_of_them() {
    let file =
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ndryRun: 1\ndryRun: 2\nskipPhases: a\n";
    let report = Asked::new("v1.34.0".parse().unwrap()).read(file.as_bytes()).unwrap_err();
    assert_eq!(report.problems().len(), 3, "{report}");
    assert!(report.to_string().contains("5:13"), "{report}");
}
