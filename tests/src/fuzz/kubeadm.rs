//! Checking and migrating kubeadm documents, as old and new releases do it.

use kubeadm_config::check::{Severity, check};
use kubeadm_config::like_kubeadm::{self, Options};
use kubeadm_config::migrate::migrate;
use kubeadm_config::{ApiVersion, Circumstances, HostFacts};

/// Texts to start from.
pub const SEEDS: &[&str] = &[
    "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.34.0\nnetworking:\n  \
     podSubnet: 10.244.0.0/16,fd00::/64\ndns: {}\netcd:\n  local: {dataDir: /d, extraArgs: [{name: a, value: b}]}\n\
     featureGates: {NodeLocalCRISocket: true}\ncertificateValidityPeriod: 24h\n",
    "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.30.0\napiServer:\n  \
     extraArgs: {v: \"4\"}\n  timeoutForControlPlane: 4m0s\ncontrolPlaneEndpoint: \"lb:6443\"\n---\n\
     apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\nnodeRegistration:\n  name: n\n  taints: []\n\
     localAPIEndpoint: {advertiseAddress: 192.0.2.1, bindPort: 6443}\n",
    "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery:\n  bootstrapToken:\n    token: \
     abcdef.0123456789abcdef\n    apiServerEndpoint: lb:6443\n    unsafeSkipCAVerification: true\ncontrolPlane:\n  \
     localAPIEndpoint: {bindPort: 6443}\n---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n\
     evictionHard: {a: b}\nauthentication: {x509: {clientCAFile: /a}}\n",
    "apiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\napply: {etcdUpgrade: true, patches: {directory: /p}}\n\
     timeouts: {discovery: 5m}\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\nforce: true\n\
     unmountFlags: [MNT_FORCE]\n",
    "{\"apiVersion\": \"kubeadm.k8s.io/v1beta2\", \"kind\": \"InitConfiguration\", \"bootstrapTokens\": [{\"token\": \
     \"abcdef.0123456789abcdef\", \"ttl\": \"1h\", \"usages\": [\"signing\"], \"expires\": \"2030-01-01T00:00:00Z\"}]}\n",
];

/// What such documents are made of.
pub const TOKENS: &[&str] = &[
    "v1beta1",
    "v1beta2",
    "v1beta3",
    "v1beta4",
    "v1",
    "kind: ",
    "apiVersion: ",
    "InitConfiguration",
    "ClusterConfiguration",
    "JoinConfiguration",
    "ResetConfiguration",
    "UpgradeConfiguration",
    "KubeletConfiguration",
    "KubeProxyConfiguration",
    "ClusterStatus",
    "WatchEvent",
    "\n---\n",
    "\n",
    "\n  ",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "null",
    "~",
    "true",
    "1e3",
    "-1",
    "65536",
    "1h0m",
    "9223372036854775808ns",
    "\"",
    "\u{e9}",
    "/",
    "0/33",
    "::",
    "10.0.0.0/8,",
    "unix://",
    "abcdef.0123456789abcdef",
    "sha256:",
    "&a ",
    "*a",
    "<<: ",
    "timeouts:",
    "extraArgs:",
    "name:",
    "value:",
    "taints:",
];

const RELEASES: &[&str] = &["v1.13.0", "v1.20.15", "v1.25.0", "v1.30.14", "v1.34.0", "v1.37.2"];

/// The check agrees with kubeadm's verdict and gives reasons that stand in the file; what is
/// printed is read and printed again.
///
/// # Panics
/// When one of these does not hold.
pub fn checked(input: &[u8]) {
    for release in RELEASES {
        let options = options(release);
        let verdict = like_kubeadm::validate(input, &options);
        let checked = check(input, &options, &Circumstances::default());
        assert_eq!(checked.validates, verdict.exit == 0, "{release}");
        let errors = checked.remarks.iter().filter(|remark| remark.severity == Severity::Error).count();
        assert!(checked.accepted || errors > 0, "{release}: refused without a reason");
        let lines = input.split(|byte| *byte == b'\n' || *byte == b'\r').count();
        for line in checked.remarks.iter().filter_map(|remark| remark.line) {
            // YAML 1.1 breaks lines at three more characters.
            let most =
                lines + String::from_utf8_lossy(input).matches(['\u{85}', '\u{2028}', '\u{2029}']).count();
            assert!(line >= 1 && line as usize <= most + 1, "{release}: line {line}");
        }
        printed(input, &options);
    }
}

fn printed(input: &[u8], options: &Options) {
    let first = like_kubeadm::migrate(input, options);
    if first.exit == 0 && !first.stdout.is_empty() && first.stdout.starts_with("apiVersion") {
        let second = like_kubeadm::migrate(first.stdout.as_bytes(), options);
        assert_eq!(second.exit, 0, "what was printed is refused: {}\n{}", second.error, first.stdout);
    }
}

/// A migrated file is read again, and a second migration to the same version changes nothing and
/// loses nothing.
///
/// # Panics
/// When one of these does not hold.
pub fn migrated(input: &[u8]) {
    for version in ApiVersion::ALL {
        let Ok(first) = migrate(input, version) else { continue };
        let second = migrate(first.yaml.as_bytes(), version)
            .unwrap_or_else(|report| panic!("what was written is refused: {report}\n{}", first.yaml));
        assert!(second.losses.is_empty(), "{:?}\n{}", second.losses, first.yaml);
        assert_eq!(second.yaml, first.yaml);
    }
}

fn options(release: &str) -> Options {
    let mut facts = HostFacts::default();
    facts.host_name = "node-1".into();
    facts.ipv4_route_address = Some([192, 0, 2, 10].into());
    facts.random_tokens = "q0q0q0.0123456789abcdef".parse().into_iter().collect();
    Options::new(release.parse().expect("a release of the table"), facts)
}
