//! What kube-proxy 1.34.0 printed, and which minors have which rules.

use super::*;

/// What is said of lines of YAML, without the words before it.
fn said(minor: u64, yaml: &str) -> Vec<String> {
    let document = crate::yaml::read_yaml(yaml.as_bytes(), crate::yaml::Base::default()).unwrap();
    let release = crate::release::KubeadmRelease::of(&Minor::new(minor).patch(0)).unwrap();
    let gvk = crate::wire::Gvk {
        group: "kubeproxy.config.k8s.io".into(),
        version: "v1alpha1".into(),
        kind: "KubeProxyConfiguration".into(),
    };
    let kind = crate::wire::find(&gvk, &release).unwrap();
    let decoded = crate::decode::decode(&document.root, kind, release.minor(), crate::decode::Order::Sorted);
    let cut = |remark: Remark| remark.text.split_once("ends with: ").unwrap().1.to_owned();
    refused(&decoded.content, Minor::new(minor)).into_iter().map(cut).collect()
}

/// What kube-proxy 1.34.0 itself printed behind `failed validate: `, or nothing where it went on.
const SAID_BY_1_34: &[(&str, &[&str])] = &[
    ("mode: ipvs\nipvs: {scheduler: foo}", &[]),
    (
        "clusterCIDR: foo",
        &[
            "KubeProxyConfiguration.DetectLocalConfiguration.ClusterCIDRs[0]: Invalid value: \"foo\": must be a valid CIDR block (e.g. 10.100.0.0/16 or fde4:8dba:82e1::/48)",
        ],
    ),
    (
        "clusterCIDR: 10.244.0.0/16,10.245.0.0/16",
        &[
            "KubeProxyConfiguration.DetectLocalConfiguration.ClusterCIDRs: Invalid value: [\"10.244.0.0/16\",\"10.245.0.0/16\"]: must be a either a single CIDR or dual-stack pair of CIDRs (e.g. [10.100.0.0/16, fde4:8dba:82e1::/48]",
        ],
    ),
    ("clusterCIDR: \"a,b,c\"\ndetectLocalMode: NodeCIDR", &[]),
    ("clusterCIDR: 10.244.0.0/16,fd00::/48", &[]),
    ("iptables: {syncPeriod: 0s}", &[]),
    (
        "iptables: {masqueradeBit: 40}",
        &[
            "KubeProxyConfiguration.KubeProxyIPTablesConfiguration.MasqueradeBit: Invalid value: 40: must be within the range [0, 31]",
        ],
    ),
    (
        "metricsBindAddress: foo",
        &["KubeProxyConfiguration.MetricsBindAddress: Invalid value: \"foo\": must be IP:port"],
    ),
    ("healthzBindAddress: 0.0.0.0", &[]),
    (
        "metricsBindAddress: \"a:99999\"",
        &[
            "KubeProxyConfiguration.MetricsBindAddress: Invalid value: \"a\": must be a valid IP",
            "KubeProxyConfiguration.MetricsBindAddress: Invalid value: \"99999\": must be a valid port",
        ],
    ),
    (
        "bindAddress: foo",
        &[
            "KubeProxyConfiguration.BindAddress: Invalid value: \"foo\": not a valid textual representation of an IP address",
        ],
    ),
    ("bindAddress: \"\"", &[]),
    (
        "conntrack: {maxPerCore: -1}",
        &[
            "KubeProxyConfiguration.KubeProxyLinuxConfiguration.KubeProxyConntrackConfiguration.MaxPerCore: Invalid value: -1: must be greater than or equal to 0",
        ],
    ),
    (
        "conntrack: {udpTimeout: -1s, min: -1}",
        &[
            "KubeProxyConfiguration.KubeProxyLinuxConfiguration.KubeProxyConntrackConfiguration.Min: Invalid value: -1: must be greater than or equal to 0",
            "KubeProxyConfiguration.KubeProxyLinuxConfiguration.KubeProxyConntrackConfiguration.UDPTimeout: Invalid value: \"-1s\": must be greater than or equal to 0",
        ],
    ),
    (
        "nodePortAddresses: [127.0.0.1]",
        &["KubeProxyConfiguration.NodePortAddresses[0]: Invalid value: \"127.0.0.1\": must be a valid CIDR"],
    ),
    (
        "nodePortAddresses: [10.0.0.0/8, primary]",
        &[
            "KubeProxyConfiguration.NodePortAddresses[1]: Invalid value: \"primary\": can't use both 'primary' and CIDRs",
        ],
    ),
    ("nodePortAddresses: [primary]", &[]),
    (
        "detectLocalMode: Foo",
        &[
            "KubeProxyConfiguration.DetectLocalMode: Unsupported value: \"Foo\": supported values: \"ClusterCIDR\", \"NodeCIDR\", \"BridgeInterface\", \"InterfaceNamePrefix\", \"\"",
        ],
    ),
    (
        "detectLocalMode: BridgeInterface",
        &[
            "KubeProxyConfiguration.DetectLocalConfiguration.InterfaceName: Invalid value: \"\": must not be empty",
        ],
    ),
    ("ipvs: {minSyncPeriod: 50s, syncPeriod: 10s}", &[]),
    ("mode: nftables\niptables: {minSyncPeriod: 50s, syncPeriod: 10s}", &[]),
    (
        "iptables: {minSyncPeriod: 50s, syncPeriod: 10s}",
        &[
            "KubeProxyConfiguration.SyncPeriod: Invalid value: \"50s\": must be greater than or equal to KubeProxyConfiguration.MinSyncPeriod",
        ],
    ),
    (
        "iptables: {syncPeriod: 500ms}",
        &[
            "KubeProxyConfiguration.SyncPeriod: Invalid value: \"1s\": must be greater than or equal to KubeProxyConfiguration.MinSyncPeriod",
        ],
    ),
    (
        "iptables: {minSyncPeriod: -1s}",
        &["KubeProxyConfiguration.MinSyncPeriod: Invalid value: \"-1s\": must be greater than or equal to 0"],
    ),
    (
        "oomScoreAdj: -2000",
        &[
            "KubeProxyConfiguration.KubeProxyLinuxConfiguration.OOMScoreAdj: Invalid value: -2000: must be within the range [-1000, 1000]",
        ],
    ),
    ("configSyncPeriod: 0s", &[]),
    (
        "configSyncPeriod: -1s",
        &["KubeProxyConfiguration.ConfigSyncPeriod: Invalid value: \"-1s\": must be greater than 0"],
    ),
    ("portRange: 1-99999999", &[]),
    (
        "showHiddenMetricsForVersion: \"1.2\"",
        &[
            "KubeProxyConfiguration.ShowHiddenMetricsForVersion: Invalid value: \"1.2\": --show-hidden-metrics-for-version must be omitted or have the value '1.33'. Only the previous minor version is allowed",
        ],
    ),
    ("logging: {format: xml}", &["logging.format: Invalid value: \"xml\": Unsupported log format"]),
    (
        "logging: {verbosity: 4294967295}",
        &["logging.verbosity: Invalid value: 4294967295: Must be <= 2147483647"],
    ),
    ("nftables: {masqueradeBit: 32}", &[]),
    (
        "mode: nftables\nnftables: {masqueradeBit: 32}",
        &[
            "KubeProxyConfiguration.KubeProxyNFTablesConfiguration.MasqueradeBit: Invalid value: 32: must be within the range [0, 31]",
        ],
    ),
    (
        "clientConnection: {burst: -1}",
        &[
            "KubeProxyConfiguration.ClientConnection.Burst: Invalid value: -1: must be greater than or equal to 0",
        ],
    ),
];

#[test]
fn what_kube_proxy_says_is_said() {
    for (yaml, words) in SAID_BY_1_34 {
        assert_eq!(said(34, yaml), *words, "{yaml}");
    }
}

#[test]
fn rules_belong_to_the_minors_that_have_them() {
    assert_eq!(said(25, "mode: ipvs\nipvs: {scheduler: foo}").len(), 1);
    assert_eq!(said(28, "detectLocalMode: Foo").len(), 0);
    assert_eq!(said(29, "clusterCIDR: foo\ndetectLocalMode: NodeCIDR").len(), 1);
    assert_eq!(said(29, "mode: ipvs\niptables: {minSyncPeriod: 50s, syncPeriod: 10s}").len(), 1);
    assert!(said(29, "oomScoreAdj: 2000")[0].starts_with("KubeProxyConfiguration.OOMScoreAdj"));
    assert_eq!(said(37, "nodePortAddresses: [localhost, 10.0.0.0/8]").len(), 0);
    assert_eq!(said(34, "nodePortAddresses: [localhost]").len(), 1);
}
