//! What a spec is read as, and what has to agree in it.

mod brought;
mod hosts;
mod overridden;
mod values;

use host_prep::facts::{ObserveOptions, observe as observe_facts};
use host_prep::fs::Root;
use host_prep::{Host, NoProgress, observe, plan};
use kubeadm_config::BootstrapToken;

use super::*;

const FULL: &str = "\
apiVersion: k8sprep/v1
role: worker
kubernetesVersion: v1.34.0
crioVersion: 1.33
mirrors: {kubernetesPackages: aliyun, crioPackages: 'https://mirror.example.com/crio', images: daocloud}
pins: {kubernetesPackages: [1234567890123456789012345678901234567890], crioPackages: [54E1000000000000000000000000000000000000]}
imageRepository: k8s.m.daocloud.io
pauseImage: k8s.m.daocloud.io/pause:3.10.1
cgroupDriver: cgroupfs
cgroup: keep
criSocket: /run/crio.sock
swap: off
selinux: enforcing
firewall: open
networking: {podSubnet: 10.244.0.0/16, serviceSubnet: '10.96.0.0/12,fd00::/108', dnsDomain: cluster.local, plugin: calico}
proxy: {httpProxy: 'http://p:1', httpsProxy: 'http://p:2', noProxy: [a, b]}
registryMirrors: {docker.io: [m.example.com, {location: 'i.example.com:5000', insecure: true}]}
sysctls: {vm.max_map_count: 262144}
modules: [ip-vs]
controlPlaneEndpoint: k8s.example.com:6443
advertiseAddress: 192.0.2.10
nodeName: n1
clusterName: c
token: abcdef.0123456789abcdef
kubeadm: {apiServer.certSANs: [a.example.com], nodeRegistration.kubeletExtraArgs.node-ip: 192.0.2.7}
join: {apiServerEndpoint: '192.0.2.1:6443', token: abcdef.0123456789abcdef, discoveryFile: /d.conf,
  caCertHashes: ['sha256:5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a'],
  certificateKey: 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a}
kubeadmConfig: |
  apiVersion: kubeadm.k8s.io/v1beta4
  kind: JoinConfiguration
  discovery: {bootstrapToken: {apiServerEndpoint: '192.0.2.1:6443', token: abcdef.0123456789abcdef, unsafeSkipCAVerification: true}}
  nodeRegistration: {taints: []}
";

fn token() -> BootstrapToken {
    "abcdef.0123456789abcdef".parse().unwrap()
}

fn spec(text: &str) -> NodeSpec {
    NodeSpec::from_yaml(text).unwrap()
}

fn problems(text: &str) -> Vec<String> {
    NodeSpec::from_yaml(text).unwrap_err().0.iter().map(ToString::to_string).collect()
}

fn contradictions(more: &str) -> Vec<String> {
    let spec = spec(&format!("kubernetesVersion: v1.34.0\n{more}"));
    agree(&spec).unwrap_err().0.iter().map(ToString::to_string).collect()
}

fn facts(host: &Host) -> host_prep::facts::Facts {
    observe_facts(host, &ObserveOptions::default())
}

#[test]
fn every_field_is_read_printed_and_in_the_schema() {
    let read = spec(FULL);
    let printed = serde_json::to_value(&read).unwrap();
    assert_eq!(spec(&printed.to_string()), read);
    let schema = schema();
    let listed =
        |value: &serde_json::Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(listed(&schema["properties"]), listed(&printed));
    let parts = [
        ("mirrors", "Mirrors"),
        ("pins", "Pins"),
        ("networking", "Networking"),
        ("proxy", "Proxy"),
        ("join", "Join"),
    ];
    for (field, definition) in parts {
        assert_eq!(listed(&schema["$defs"][definition]["properties"]), listed(&printed[field]));
    }
}

#[test]
fn the_commented_spec_is_a_spec_with_or_without_its_marks() {
    let asked = NodeSpec::new("v1.34.0".parse().unwrap());
    let text = commented(&asked);
    assert_eq!(spec(&text), asked);
    // Every shown field is one: the marks taken off, only the two ways to name an image repository
    // contradict.
    let shown: String = text
        .lines()
        .filter_map(|line| match line.strip_prefix("# ") {
            Some(field) if field.contains(':') && !field.contains(' ') => Some(field),
            Some(field) if field.split_once(": ").is_some_and(|(key, _)| !key.trim_start().contains(' ')) => {
                Some(field)
            }
            Some(_) => None,
            None => Some(line),
        })
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(shown.contains("\npauseImage: "), "{shown}");
    let beside = b"apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";
    let read = |path: &std::path::Path| {
        assert_eq!(path, std::path::Path::new("kubeadm.yaml"));
        Ok(beside.to_vec())
    };
    // The documents of its example are those of a first control plane.
    let shown = shown.split("\njoin:").next().unwrap().to_owned();
    NodeSpec::from_yaml_with(&shown, &read).unwrap_or_else(|error| panic!("{error}\n{shown}"));
}

#[test]
fn all_problems_are_told_with_their_lines() {
    assert_eq!(
        problems(
            "cgroupdriver: systemd\ncgroupDriver: systemdd\nswap: maybe\nmodules: [a b]\nnetworking: 3\n"
        ),
        [
            "kubernetesVersion: it must be given, such as v1.34.0",
            "line 1, column 1: cgroupdriver: unknown field; it is spelled cgroupDriver",
            "line 2, column 15: cgroupDriver: `systemdd` is not a cgroup manager: write systemd or cgroupfs",
            "line 3, column 7: swap: \"maybe\" is none of off, keep",
            "line 4, column 11: modules[0]: \"a b\" is not the name of a kernel module: use letters, digits, `-` and `_`",
            "line 5, column 13: networking: a map of fields is wanted here, this is a number",
        ]
    );
    assert_eq!(
        problems("kubernetesVersion: v1.34.0\nrole: worker\nrole: worker\n"),
        ["line 3, column 1: role: duplicate key, first set in line 2; remove one"]
    );
    assert!(!problems("a: [").is_empty() && !problems("[1]").is_empty());
}

#[test]
fn versions_are_read_as_written() {
    let read = spec("kubernetesVersion: 1.30.0\ncrioVersion: 1.30\n");
    assert_eq!(read.crio_version.unwrap().minor(), 30);
}

#[test]
fn what_must_agree_follows_from_the_version_and_the_mirror() {
    let agreed = agree(&spec("kubernetesVersion: v1.31.4\n")).unwrap();
    assert_eq!(agreed.pause_image.as_str(), "registry.k8s.io/pause:3.10");
    assert_eq!((agreed.crio.minor(), agreed.cri_endpoint().as_str()), (31, "unix:///var/run/crio/crio.sock"));
    let agreed = agree(&spec("kubernetesVersion: v1.15.1\nmirrors: {images: aliyun}\n")).unwrap();
    assert_eq!(agreed.pause_image.as_str(), "registry.cn-hangzhou.aliyuncs.com/google_containers/pause:3.1");
    assert_eq!(agreed.image_repository, "registry.cn-hangzhou.aliyuncs.com/google_containers");
}

#[test]
fn contradictions_name_both_sides() {
    let told = |more: &str, parts: [&str; 2]| {
        let found = contradictions(more);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(parts.iter().all(|part| found[0].contains(part)), "{found:?}");
    };
    told("crioVersion: '1.35'", ["crioVersion: 1.35", "kubernetesVersion: v1.34.0"]);
    told("crioVersion: '1.31'", ["crioVersion: 1.31", "kubernetesVersion: v1.34.0"]);
    told(
        "imageRepository: r.example.com/k8s\npauseImage: registry.k8s.io/pause:3.10.1",
        ["pauseImage: registry.k8s.io/pause:3.10.1", "imageRepository: r.example.com/k8s"],
    );
    told(
        "imageRepository: r.example.com\nmirrors: {images: nju}",
        ["imageRepository: r.example.com", "mirrors.images: nju"],
    );
    told("criSocket: /run/containerd/containerd.sock", ["criSocket: unix:///run", "containerd"]);
    told(
        "networking: {podSubnet: 10.96.1.0/24}",
        ["networking.podSubnet: 10.96.1.0/24", "serviceSubnet: 10.96.0.0/12"],
    );
    told("sysctls: {net.ipv4.ip_forward: 0}", ["sysctls.net.ipv4.ip_forward: 0", "1"]);
    let pin = "sha256:".to_owned() + &"5a".repeat(32);
    let by_token =
        format!("join: {{apiServerEndpoint: 'a:1', token: abcdef.0123456789abcdef, caCertHashes: ['{pin}']");
    told(
        "join: {discoveryFile: /d, apiServerEndpoint: 'a:1'}",
        ["join.discoveryFile: /d", "apiServerEndpoint: a:1"],
    );
    told(
        "join: {token: abcdef.0123456789abcdef}",
        ["join.discoveryFile: none", "join.apiServerEndpoint: none"],
    );
    told(
        &format!("role: worker\n{by_token}, certificateKey: {}}}", "5a".repeat(32)),
        ["join.certificateKey", "worker"],
    );
    told(&format!("token: abcdef.0123456789abcdef\n{by_token}}}"), ["token: (not shown)", "join: given"]);
    told("mirrors: {crioPackages: tsinghua}", ["mirrors.crioPackages: tsinghua", "crioVersion: v1.34"]);
}

#[test]
fn a_pause_image_of_its_own_is_noted() {
    let agreed = agree(&spec("kubernetesVersion: v1.34.0\npauseImage: r.example.com/pause:1\n")).unwrap();
    assert!(
        agreed.notes[0].text.contains("r.example.com/pause:1")
            && agreed.notes[0].text.contains("registry.k8s.io/pause:3.10.1")
    );
}

#[test]
fn subnets_overlap_by_their_shorter_prefix() {
    let subnet = |text: &str| text.parse::<Subnet>().unwrap();
    assert!(subnet("10.0.0.0/8").overlaps(subnet("10.244.0.0/16")));
    assert!(!subnet("10.244.0.0/16").overlaps(subnet("10.245.0.0/16")));
    assert!(subnet("0.0.0.0/0").overlaps(subnet("10.0.0.1/32")));
    assert!(!subnet("0.0.0.0/0").overlaps(subnet("::/0")));
    assert!(
        "10.0.0.0/33".parse::<Subnet>().is_err() && "10.0.0.0/16,10.1.0.0/16".parse::<Subnets>().is_err()
    );
}
