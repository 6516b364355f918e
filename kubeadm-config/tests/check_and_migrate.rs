//! Checking a file with every fault at once, and migrating without loss.

use kubeadm_config::check::{Severity, check};
use kubeadm_config::like_kubeadm::{self, Options};
use kubeadm_config::migrate::migrate;
use kubeadm_config::{ApiVersion, Circumstances, HostFacts, KubeadmRelease};

fn options(release: &str) -> Options {
    let mut facts = HostFacts::default();
    facts.host_name = "node-1".into();
    facts.ipv4_route_address = Some([192, 0, 2, 10].into());
    facts.random_tokens = vec!["0a1b2c.0123456789abcdef".parse().unwrap()];
    Options::new(release.parse().unwrap(), facts)
}

const TEN_FAULTS: &str = "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
colour: red
networking:
  podSubnet: 5
  podSubnets: 10.0.0.0/8
clusterName: [a]
apiServer:
  extraArgs:
  - name: v
    value: 4
    val: x
certificateValidityPeriod: 1 year
dns: CoreDNS
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
bootstrapTokens:
- token: abc
  ttl: 1d
timeouts:
  discovery: 5
";

#[test]
fn every_fault_is_told_with_its_place() {
    let checked = check(TEN_FAULTS.as_bytes(), &options("v1.34.0"), &Circumstances::default());
    assert!(!checked.accepted);
    let found: Vec<(u32, u32, &str)> = checked
        .remarks
        .iter()
        .filter(|remark| remark.severity == Severity::Error)
        .map(|remark| (remark.line.unwrap(), remark.column.unwrap(), remark.field.as_str()))
        .collect();
    let expected = [
        (3, 1, "colour"),
        (5, 14, "networking.podSubnet"),
        (6, 3, "networking.podSubnets"),
        (7, 14, "clusterName"),
        (11, 12, "apiServer.extraArgs[0].value"),
        (12, 5, "apiServer.extraArgs[0].val"),
        (13, 28, "certificateValidityPeriod"),
        (14, 6, "dns"),
        (19, 10, "bootstrapTokens[0].token"),
        (20, 8, "bootstrapTokens[0].ttl"),
        (22, 14, "timeouts.discovery"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_validation_finds_has_a_place_too() {
    let file = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.34.0\n\
                networking:\n  podSubnet: a\ncontrolPlaneEndpoint: lb:0\n";
    let checked = check(file.as_bytes(), &options("v1.34.0"), &Circumstances::default());
    let mut lines: Vec<_> = checked.remarks.iter().filter_map(|remark| remark.line).collect();
    lines.dedup();
    assert_eq!(lines, [6, 5, 6], "{:#?}", checked.remarks);
}

#[test]
fn an_accepted_file_has_no_errors() {
    let file = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.34.0\n";
    let checked = check(file.as_bytes(), &options("v1.34.0"), &Circumstances::default());
    assert!(checked.accepted);
    assert!(
        checked.remarks.iter().all(|remark| remark.severity == Severity::Advice),
        "{:#?}",
        checked.remarks
    );
}

const RICH: &str = "\
apiServer:
  extraArgs:
  - name: audit-log-path
    value: /var/log/audit
  - name: v
    value: \"4\"
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking:
  podSubnet: 10.244.0.0/16
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
nodeRegistration:
  kubeletExtraArgs:
  - name: node-ip
    value: 192.0.2.1
  taints: []
timeouts:
  controlPlaneComponentHealthCheck: 9m0s
---
apiVersion: kubelet.config.k8s.io/v1beta1
cgroupDriver: systemd
kind: KubeletConfiguration
own: kept
";

#[test]
fn there_and_back_is_the_same() {
    for version in [ApiVersion::V1Beta2, ApiVersion::V1Beta3, ApiVersion::V1] {
        let there = migrate(RICH.as_bytes(), version).unwrap();
        assert!(there.losses.is_empty(), "{version}: {:?}", there.losses);
        assert!(there.yaml.contains(&format!("apiVersion: {version}\n")));
        let back = migrate(there.yaml.as_bytes(), ApiVersion::V1Beta4).unwrap();
        assert!(back.losses.is_empty(), "{version}: {:?}", back.losses);
        assert_eq!(back.yaml, RICH, "{version}");
    }
}

#[test]
fn what_is_lost_is_told() {
    let file = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ndryRun: true\nnodeRegistration:\n  \
                imagePullSerial: false\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\n";
    let migrated = migrate(file.as_bytes(), ApiVersion::V1Beta3).unwrap();
    let losses: Vec<String> = migrated.losses.iter().map(ToString::to_string).collect();
    assert_eq!(
        losses,
        [
            "InitConfiguration: dryRun",
            "InitConfiguration: nodeRegistration.imagePullSerial",
            "ResetConfiguration: the version has no such kind",
        ]
    );
}

#[test]
fn hostile_files_are_refused_in_time() {
    let deep = format!("a: {}", "[".repeat(100_000));
    let long = "a: 1\n".repeat(2_000_000);
    let release: KubeadmRelease = "v1.37.2".parse().unwrap();
    for file in [deep.as_bytes(), long.as_bytes(), b"\xff\xfe\x00", b"a: \x00", b"---\n---\n"] {
        let checked =
            check(file, &Options::new(release.clone(), HostFacts::default()), &Circumstances::default());
        assert!(!checked.accepted);
        assert!(!checked.remarks.is_empty());
    }
}

/// What kubeadm of a release says of a file it refuses.
fn refusal(release: &str, file: &str) -> String {
    let options = Options::new(release.parse().unwrap(), HostFacts::default());
    like_kubeadm::validate(file.as_bytes(), &options).error.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn the_document_before_a_bad_separator_is_never_looked_at() {
    assert_eq!(refusal("v1.33.13", "{}\n--- a\n{}\n"), "invalid Yaml document separator: a");
    let first = refusal("v1.33.13", "{}\n---\n{}\n--- a\n");
    assert!(first.contains("kind and apiVersion is mandatory"), "{first}");
    let first = refusal("v1.33.13", "{}\n---\n--- a\n");
    assert!(first.contains("kind and apiVersion is mandatory"), "{first}");
}

#[test]
fn types_with_a_name_of_their_own_are_named() {
    let file = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n---\napiVersion: kubelet.config.k8s.io/v1beta1\n\
                kind: KubeletConfiguration\nlogging:\n  vmodule:\n  - verbosity: a\n";
    let wanted = "json: cannot unmarshal string into Go struct field VModuleItem.logging.vmodule.verbosity of type \
                  v1.VerbosityLevel";
    assert!(refusal("v1.33.13", file).ends_with(wanted));
}

#[test]
fn listing_images_warns_twice_of_a_component_that_is_not_as_it_should_be() {
    let file = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.2\n---\n\
                apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\ncolour: red\n";
    let answer = like_kubeadm::images_list(
        Some(file.as_bytes()),
        &like_kubeadm::ImagesOptions::default(),
        &options("v1.37.2"),
    );
    assert_eq!((answer.exit, answer.stderr().matches("unknown field \"colour\"").count()), (0, 2));
}

#[test]
fn a_flush_frequency_that_is_no_time_is_quoted_as_json() {
    let said = |value: &str| {
        let file = format!(
            "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nlogging:\n  flushFrequency: {value}\n\
             ---\napiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n"
        );
        like_kubeadm::validate(file.as_bytes(), &options("v1.33.13")).error
    };
    let tail = "into Go value of type time.Duration";
    for (value, quoted, what) in [
        ("[]", r#""[]""#, "array"),
        ("true", r#""true""#, "bool"),
        ("{b: q, a: 1.50}", r#""{\"a\":1.5,\"b\":\"q\"}""#, "object"),
        ("1.50", r#""1.5""#, "number 1.5"),
    ] {
        let expected = format!("invalid duration {quoted}: json: cannot unmarshal {what} {tail}");
        assert!(said(value).contains(&expected), "{}", said(value));
    }
}

#[test]
fn what_is_wrong_with_one_document_does_not_hide_the_others() {
    let file = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\ncolour: red\n---\na: [1\n---\n\
                apiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\nforce: 1\n---\n\
                apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n\
                localAPIEndpoint:\n  bindPort: 1\n  bindPort: 2\n  bindPort: 3\n";
    let checked = check(file.as_bytes(), &options("v1.34.0"), &Circumstances::default());
    let errors = checked.remarks.iter().filter(|remark| remark.severity == Severity::Error);
    let mut places: Vec<_> = errors.map(|remark| (remark.line.unwrap(), remark.field.as_str())).collect();
    places.sort_unstable();
    let port = "localAPIEndpoint.bindPort";
    assert_eq!(places, [(3, "colour"), (6, ""), (7, ""), (9, "force"), (15, port), (16, port)]);
    // kubeadm's own verdict is still about the first.
    let answer = like_kubeadm::validate(file.as_bytes(), &options("v1.34.0"));
    assert!(answer.error.starts_with("error: could not interpret GroupVersionKind"), "{}", answer.error);
}

#[test]
fn migration_refuses_a_key_that_stands_twice() {
    let file = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nnetworking:\n  podSubnet: a\n  podSubnet: b\n";
    let report = migrate(file.as_bytes(), ApiVersion::V1Beta4).unwrap_err();
    let told: Vec<_> =
        report.problems().iter().map(|problem| (problem.path.as_str(), problem.text.as_str())).collect();
    assert_eq!(told, [("networking.podSubnet", "5:3: key \"podSubnet\" already set in map")]);
}

#[test]
fn what_the_kubelet_ends_at_is_an_error_with_its_place() {
    let file = b"apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n---\n\
apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: -1\nfeatureGates:\n  NodeSwap: true\n";
    let options = options("v1.34.0");
    let checked = check(file, &options, &Circumstances::default());
    let told: Vec<_> =
        checked.remarks.iter().filter(|remark| remark.code == "kubelet-config-refused").collect();
    let [remark] = told.as_slice() else { panic!("{:?}", checked.remarks) };
    assert_eq!((remark.line, remark.field.as_str()), (Some(6), "maxPods"));
    assert!(remark.text.contains("maxPods (--max-pods) -1 must not be a negative number"), "{}", remark.text);
    assert!(checked.validates && !checked.accepted, "kubeadm passes it, and the kubelet exits");
}

/// Wild B8: gates that only the component itself refuses, each at its place.
#[test]
fn gates_that_a_component_refuses_are_errors_with_their_place() {
    let file = b"apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer:\n  extraArgs:\n  - {name: feature-gates, value: NoSuch=true}\n\
scheduler:\n  extraArgs:\n  - {name: v, value: '2'}\n  - {name: feature-gates, value: NodeSwap=false}\n\
controllerManager:\n  extraArgs:\n  - {name: cloud-provider, value: x}\n  - {name: feature-gates, value: SystemdWatchdog=true}\n---\n\
apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration:\n  kubeletExtraArgs:\n  - {name: feature-gates, value: DynamicKubeletConfig=true}\n---\n\
apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nfeatureGates:\n  NFTablesProxyMode: false\n---\n\
apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfeatureGates:\n  NodeSwap: false\n";
    let checked = check(file, &options("v1.34.0"), &Circumstances::default());
    let mut told: Vec<_> = checked
        .remarks
        .iter()
        .filter(|remark| remark.code == "feature-gate-refused")
        .map(|remark| (remark.line.unwrap(), remark.field.as_str(), remark.text.split(' ').next().unwrap()))
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            (5, "apiServer.extraArgs[0]", "kube-apiserver"),
            (9, "scheduler.extraArgs[1]", "kube-scheduler"),
            (19, "nodeRegistration.kubeletExtraArgs[0]", "the"),
            (24, "featureGates.NFTablesProxyMode", "kube-proxy"),
            (29, "featureGates.NodeSwap", "kubelet"),
        ],
        "{:?}",
        checked.remarks
    );
    assert!(checked.validates && !checked.accepted);
}

/// v1beta4 under the releases that read it only where they are told to: help, a place, and no advice about
/// what is not read.
#[test]
fn an_api_that_is_an_experiment_yet_is_told_with_the_way_back() {
    let of = |release: &str, kind: &str| {
        let file = format!("apiVersion: kubeadm.k8s.io/v1beta4\nkind: {kind}\n");
        let checked = check(file.as_bytes(), &options(release), &Circumstances::default());
        assert!(!checked.accepted);
        checked.remarks
    };
    for release in ["v1.28.0", "v1.29.0", "v1.30.0"] {
        let found = of(release, "ClusterConfiguration");
        let [remark] = &found[..] else { panic!("{release}: {found:#?}") };
        let help = remark.help.as_ref().unwrap();
        assert!(remark.text.starts_with("experimental API spec") && remark.line == Some(1), "{remark:#?}");
        assert!(help.code == "api-too-new" && help.text.contains("came with kubeadm 1.31"), "{help}");
        assert!(help.text.contains("migrate-config --to v1beta3"), "{help}");
    }
}
