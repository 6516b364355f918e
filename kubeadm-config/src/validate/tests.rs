//! The rules on configurations that differ from a sound one in a few fields.

use super::*;
use crate::model::*;

fn release(version: &str) -> KubeadmRelease {
    version.parse().unwrap()
}

fn sound_node() -> NodeRegistrationOptions {
    NodeRegistrationOptions {
        name: "node-1".into(),
        cri_socket: "unix:///var/run/crio/crio.sock".into(),
        image_pull_policy: "IfNotPresent".into(),
        ..Default::default()
    }
}

fn sound_init() -> InitConfiguration {
    let token = BootstrapToken {
        token: Some("abcdef.0123456789abcdef".into()),
        usages: vec!["signing".into(), "authentication".into()],
        groups: vec!["system:bootstrappers:kubeadm:default-node-token".into()],
        ..Default::default()
    };
    InitConfiguration {
        bootstrap_tokens: vec![token],
        node_registration: sound_node(),
        local_api_endpoint: APIEndpoint { advertise_address: "192.0.2.10".into(), bind_port: 6443 },
        ..Default::default()
    }
}

fn sound_cluster() -> ClusterConfiguration {
    ClusterConfiguration {
        certificates_dir: "/etc/kubernetes/pki".into(),
        image_repository: "registry.k8s.io".into(),
        encryption_algorithm: "RSA-2048".into(),
        etcd: Etcd {
            local: Some(LocalEtcd { data_dir: "/var/lib/etcd".into(), ..Default::default() }),
            external: None,
        },
        networking: Networking {
            service_subnet: "10.96.0.0/12".into(),
            pod_subnet: String::new(),
            dns_domain: "cluster.local".into(),
        },
        ..Default::default()
    }
}

fn sound_join() -> JoinConfiguration {
    let token = BootstrapTokenDiscovery {
        token: "abcdef.0123456789abcdef".into(),
        api_server_endpoint: "lb:6443".into(),
        unsafe_skip_ca_verification: true,
        ..Default::default()
    };
    JoinConfiguration {
        node_registration: sound_node(),
        ca_cert_path: "/etc/kubernetes/pki/ca.crt".into(),
        discovery: Discovery {
            tls_bootstrap_token: token.token.clone(),
            bootstrap_token: Some(token),
            ..Default::default()
        },
        ..Default::default()
    }
}

fn texts(findings: Findings) -> Vec<String> {
    findings.problems.into_iter().map(|problem| problem.text).collect()
}

/// What is said of a sound cluster that `spoil` changed.
fn of_cluster(version: &str, spoil: impl FnOnce(&mut ClusterConfiguration)) -> Vec<String> {
    let mut cluster = sound_cluster();
    spoil(&mut cluster);
    texts(init(&sound_init(), &cluster, &release(version)))
}

fn of_init(version: &str, spoil: impl FnOnce(&mut InitConfiguration)) -> Vec<String> {
    let mut configuration = sound_init();
    spoil(&mut configuration);
    texts(init(&configuration, &sound_cluster(), &release(version)))
}

fn of_join(version: &str, spoil: impl FnOnce(&mut JoinConfiguration)) -> Vec<String> {
    let mut configuration = sound_join();
    spoil(&mut configuration);
    texts(join(&configuration, &release(version), &["/srv/discovery.conf".to_owned()]))
}

const NOTHING: [&str; 0] = [];

#[test]
fn what_is_sound_passes_in_every_minor() {
    for minor in KubeadmRelease::MINORS {
        let version = format!("v1.{minor}.0");
        let in_its_words = |cluster: &mut ClusterConfiguration| {
            cluster.encryption_algorithm.clear();
            crate::defaults::fixed::cluster(cluster, &release(&version));
        };
        assert_eq!(of_cluster(&version, in_its_words), NOTHING, "{version}");
        assert_eq!(of_join(&version, |_| {}), NOTHING, "{version}");
    }
}

#[test]
fn subnets_are_measured() {
    let pods = |version: &str, subnet: &str| of_cluster(version, |c| c.networking.pod_subnet = subnet.into());
    assert_eq!(pods("v1.37.2", "10.244.0.0/16,fd00::/56"), NOTHING);
    assert_eq!(
        pods("v1.37.2", "10.244.0.3/29"),
        [
            r#"networking.podSubnet: Invalid value: "10.244.0.0/29": subnet with 8 address(es) is too small, the minimum is 14"#,
            r#"networking.podSubnet: Invalid value: "10.244.0.0/29": the size of pod subnet with mask 29 is smaller than the size of node subnet with mask 24"#,
        ]
    );
    assert_eq!(
        pods("v1.20.2", "10.244.0.3/29,fd00::/40"),
        [
            r#"podSubnet: Invalid value: "10.244.0.3/29,fd00::/40": only one CIDR allowed for single-stack networking"#,
            r#"podSubnet: Invalid value: "10.244.0.0/29": subnet is too small"#,
            r#"podSubnet: Invalid value: "10.244.0.0/29": pod subnet size is smaller than the node subnet size"#,
            r#"podSubnet: Invalid value: "fd00::/40": pod subnet mask and node-mask difference can not be greater than 16"#,
        ]
    );
    assert_eq!(
        pods("v1.37.2", "10.244.0.0/16, fd00::/56"),
        [r#"networking.podSubnet: Invalid value: "10.244.0.0/16, fd00::/56": couldn't parse subnet"#]
    );
}

#[test]
fn the_last_argument_says_how_large_a_nodes_part_is() {
    let masks = |values: &[&str]| {
        of_cluster("v1.37.2", |cluster| {
            cluster.networking.pod_subnet = "10.244.0.0/25".into();
            let args = values.iter().map(|value| Arg {
                name: "node-cidr-mask-size-ipv4".into(),
                value: (*value).into(),
                merge_method: String::new(),
            });
            cluster.controller_manager.extra_args = args.collect();
        })
    };
    assert_eq!(masks(&["20", "26"]), NOTHING);
    assert_eq!(masks(&["26", "20"]).len(), 1);
    assert_eq!(
        masks(&["x"]),
        [
            r#"networking.podSubnet: Invalid value: "10.244.0.0/25": could not parse the value of the kube-controller-manager flag node-cidr-mask-size-ipv4 as an integer: strconv.Atoi: parsing "x": invalid syntax"#
        ]
    );
}

#[test]
fn etcd_elsewhere_needs_sound_urls() {
    let external = |version: &str, endpoints: &[&str], ca: &str| {
        of_cluster(version, |cluster| {
            let endpoints = Some(endpoints.iter().map(|url| (*url).to_owned()).collect());
            let external = ExternalEtcd { endpoints, ca_file: ca.into(), ..Default::default() };
            cluster.etcd = Etcd { local: None, external: Some(external) };
        })
    };
    assert_eq!(external("v1.37.2", &["http://a:2379"], ""), NOTHING);
    assert_eq!(
        external("v1.37.2", &["http://a:2379", "b"], "ca"),
        [
            r#"etcd.external.endpoints: Invalid value: "http://a:2379": the URL must be using the HTTPS scheme"#,
            r#"etcd.external.endpoints: Invalid value: "b": the URL must be using the HTTPS scheme"#,
            r#"etcd.external.endpoints: Invalid value: "b": the URL without scheme is not allowed"#,
            r#"etcd.external.caFile: Invalid value: "ca": path is not absolute"#,
        ]
    );
    assert_eq!(external("v1.34.0", &[], ""), NOTHING);
    assert_eq!(external("v1.35.4", &[], "").len(), 1);
    assert_eq!(
        of_cluster("v1.37.2", |cluster| cluster.etcd.external = Some(ExternalEtcd::default())),
        [r#"etcd: Invalid value: "": .Etcd.Local and .Etcd.External are mutually exclusive"#]
    );
}

#[test]
fn gates_and_algorithms_are_those_of_the_release() {
    let gate = |version: &str| {
        of_cluster(version, |cluster| cluster.feature_gates = [("PublicKeysECDSA".to_owned(), true)].into())
    };
    assert_eq!(gate("v1.36.3"), NOTHING);
    assert_eq!(
        gate("v1.37.2"),
        [
            r#"featureGates: Invalid value: {"PublicKeysECDSA":true}: PublicKeysECDSA is not a valid feature name."#
        ]
    );
    let p384 =
        |version: &str| of_cluster(version, |cluster| cluster.encryption_algorithm = "ECDSA-P384".into());
    assert_eq!(p384("v1.34.0"), NOTHING);
    assert_eq!(
        p384("v1.33.13"),
        [
            r#"encryptionAlgorithm: Invalid value: "ECDSA-P384": Invalid encryption algorithm "ECDSA-P384". Must be one of [ECDSA-P256 RSA-2048 RSA-3072 RSA-4096]"#
        ]
    );
}

#[test]
fn tokens_are_checked_one_by_one() {
    let problems = of_init("v1.33.13", |init| {
        let bad = BootstrapToken {
            ttl: Some(crate::Duration::ZERO),
            expires: Some(crate::Timestamp::from_rfc3339("2026-11-24T08:21:54Z".into())),
            usages: vec!["zeta".into(), "alpha".into(), "zeta".into()],
            groups: vec!["workers".into()],
            ..init.bootstrap_tokens[0].clone()
        };
        init.bootstrap_tokens.push(bad);
    });
    assert_eq!(
        problems,
        [
            r#"bootstrapTokens.1.usages: Invalid value: []string{"zeta", "alpha", "zeta"}: invalid bootstrap token usage string: alpha,zeta, valid usage options: signing,authentication"#,
            r#"bootstrapTokens.1.groups: Invalid value: []string{"workers"}: token groups cannot be specified unless --usages includes "authentication""#,
            r#"bootstrapTokens.1.groups: Invalid value: []string{"workers"}: bootstrap group "workers" is invalid (must match \Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\z)"#,
            r#"bootstrapTokens.1: Invalid value: "": the BootstrapToken .TTL and .Expires fields are mutually exclusive"#,
        ]
    );
}

#[test]
fn sockets_are_urls_since_1_24() {
    let socket = |version: &str, socket: &str| {
        of_init(version, |init| init.node_registration.cri_socket = socket.into())
    };
    assert_eq!(socket("v1.20.2", "/var/run/crio/crio.sock"), NOTHING);
    assert_eq!(
        socket("v1.20.2", "tcp://x"),
        [r#"nodeRegistration.criSocket: Invalid value: "tcp://x": URL scheme tcp is not supported"#]
    );
    assert_eq!(
        socket("v1.37.2", "/var/run/crio/crio.sock"),
        [
            r#"nodeRegistration.criSocket: Invalid value: "/var/run/crio/crio.sock": only URL scheme "unix" is supported, got """#
        ]
    );
    assert_eq!(socket("v1.37.2", ""), [r#"nodeRegistration.criSocket: Invalid value: "": empty CRI socket"#]);
}

#[test]
fn discovery_is_by_token_or_by_a_file_that_exists() {
    let file = |path: &str| {
        of_join("v1.37.2", |join| {
            let file = FileDiscovery { kube_config_path: path.into() };
            join.discovery = Discovery { file: Some(file), ..Default::default() };
        })
    };
    assert_eq!(file("/srv/discovery.conf"), NOTHING);
    assert_eq!(file("https://lb/discovery.conf"), NOTHING);
    assert_eq!(
        file("/srv/other.conf"),
        [
            r#"discovery.file.kubeConfigPath: Invalid value: "/srv/other.conf": not a valid HTTPS URL or a file on disk"#
        ]
    );
    assert_eq!(file("http://lb/x").len(), 1);
    let problems = of_join("v1.20.2", |join| {
        let token = join.discovery.bootstrap_token.as_mut().unwrap();
        token.unsafe_skip_ca_verification = false;
        token.api_server_endpoint = String::new();
    });
    assert_eq!(problems[0], "discovery.bootstrapToken: Required value: APIServerEndpoint is not set");
    assert!(
        problems[1]
            .starts_with(r#"discovery.bootstrapToken: Invalid value: "": using token-based discovery"#)
    );
    assert!(problems[2].ends_with(": missing port in address"));
}

#[test]
fn long_validity_only_warns() {
    let mut cluster = sound_cluster();
    cluster.certificate_validity_period = Some(crate::Duration::from_hours(99_999));
    cluster.ca_certificate_validity_period = Some(crate::Duration::from_hours(99_998));
    let findings = init(&sound_init(), &cluster, &release("v1.37.2"));
    assert_eq!(findings.problems, []);
    assert_eq!(findings.warnings.len(), 3);
    assert_eq!(
        findings.warnings[2].text(),
        "WARNING: certificateValidityPeriod: the value 99999h0m0s is more than the caCertificateValidityPeriod: 99998h0m0s"
    );
}

#[test]
fn reset_and_upgrade_have_rules_of_their_own() {
    let configuration = ResetConfiguration {
        cri_socket: "unix:///a".into(),
        certificates_dir: "pki".into(),
        unmount_flags: vec!["MNT_FORCE".into(), "X".into()],
        ..Default::default()
    };
    assert_eq!(
        texts(reset(&configuration, &release("v1.34.0"))),
        [
            r#"certificatesDir: Invalid value: "pki": path is not absolute"#,
            r#"unmountFlags: Invalid value: "index 1": unknown unmount flag X"#,
        ]
    );
    let mut configuration = UpgradeConfiguration::default();
    configuration.apply.image_pull_policy = "x".into();
    configuration.node.patches = Some(Patches::default());
    assert_eq!(texts(upgrade(&configuration, &release("v1.35.4"))), NOTHING);
    assert_eq!(
        texts(upgrade(&configuration, &release("v1.36.3"))),
        [
            r#"node.patches.directory: Invalid value: "": path is not absolute"#,
            r#"apply.imagePullPolicy: Invalid value: "x": invalid pull policy"#,
        ]
    );
}
