//! What is generated is what kubeadm takes without a word: the crate's own picture of every minor,
//! and real programs where they are built already (`tests/oracle/build`).

use k8sprep_tests::booted;
use k8sprep_tests::differential::{Command, Oracle, Unavailable};
use kubeadm_config::like_kubeadm::{self, Options};
use kubeadm_config::{
    ApiVersion, Asked, CgroupDriver, ClusterSpec, HostFacts, JoinControlPlaneSpec, JoinSpec, KubeadmRelease,
    Minor, NodeRegistrationSpec, ResetSpec, Support, UpgradeSpec,
};

/// One question to the generator, by its name.
type Question<'a> = (&'a str, Box<dyn Fn(&mut Asked) + 'a>);

/// Releases of which a real program may lie around.
const REAL: [&str; 9] =
    ["v1.29.6", "v1.30.14", "v1.31.14", "v1.32.13", "v1.33.13", "v1.34.0", "v1.35.4", "v1.36.3", "v1.37.2"];

fn facts() -> HostFacts {
    let mut facts = HostFacts::default();
    facts.host_name = "node-1".into();
    facts.ipv4_route_address = Some([192, 0, 2, 10].into());
    facts.random_tokens = vec!["q0q0q0.0123456789abcdef".parse().unwrap()];
    facts
}

fn node(version: ApiVersion) -> NodeRegistrationSpec {
    let mut node = NodeRegistrationSpec::default();
    node.cri_socket = Some("/var/run/crio/crio.sock".into());
    node.taints = Some(vec!["gpu=true:NoSchedule".parse().unwrap()]);
    node.labels = vec!["zone=a".parse().unwrap(), "disk=ssd".parse().unwrap()];
    node.ips = vec![[192, 0, 2, 10].into(), "fd00::10".parse().unwrap()];
    node.kubelet_extra_args = vec!["v=2".parse().unwrap()];
    if version >= ApiVersion::V1Beta2 {
        node.ignore_preflight_errors = vec!["Swap".into(), "NumCPU".into()];
    }
    if version >= ApiVersion::V1Beta3 {
        node.image_pull_policy = Some("Always".parse().unwrap());
    }
    node
}

/// A cluster with CRI-O and nothing else said.
fn plain(release: &KubeadmRelease) -> ClusterSpec {
    let mut spec = ClusterSpec::new(release.version().clone());
    spec.node.cri_socket = Some("/var/run/crio/crio.sock".into());
    spec
}

/// A cluster with everything that the version can hold.
fn cluster(release: &KubeadmRelease, version: ApiVersion, newest: bool) -> ClusterSpec {
    let minor = release.minor().number();
    let mut spec = plain(release);
    spec.node = node(version);
    spec.endpoint.bind_port = 7443.try_into().ok();
    spec.control_plane_endpoint = Some("lb.example.com".into());
    spec.pod_subnet = Some("10.244.0.0/16".into());
    if minor >= 21 {
        spec.pod_subnet = Some("10.244.0.0/16,fd00:1::/48".into());
        spec.service_subnet = Some("10.97.0.0/16,fd00:2::/112".into());
    }
    spec.dns_domain = Some("k8s.example".into());
    spec.token_ttl = Some("2h".parse().unwrap());
    spec.token_description = Some("for the workers".into());
    spec.cert_sans = vec!["api.example.com".into(), "192.0.2.99".into()];
    spec.cgroup_driver = Some(CgroupDriver::Systemd);
    spec.addons.proxy_mode = Some("iptables".into());
    spec.addons.dns_image_tag = Some("v1.11.3".into());
    spec.extra_args = [
        "apiserver.audit-log-path=/var/log/audit",
        "controller-manager.v=2",
        "scheduler.v=2",
        "etcd.debug=true",
    ]
    .map(|text| text.parse().unwrap())
    .into();
    spec.extra_volumes =
        vec!["apiserver.audit=/var/log/audit:/var/log/audit:ro:DirectoryOrCreate".parse().unwrap()];
    spec.etcd.data_dir = Some("/srv/etcd".into());
    spec.etcd.server_cert_sans = vec!["etcd.example.com".into()];
    if version >= ApiVersion::V1Beta3 {
        spec.run.skip_phases = vec!["addon/kube-proxy".into()];
        spec.run.patches = Some("/etc/kubernetes/patches".into());
    }
    if newest {
        spec.run.dry_run = true;
        spec.run.timeouts = vec!["discovery=10m".parse().unwrap(), "etcd-api-call=90s".parse().unwrap()];
        spec.extra_envs = vec!["apiserver.GODEBUG=x=y".parse().unwrap(), "etcd.A=b".parse().unwrap()];
        spec.encryption_algorithm = Some("ECDSA-P256".into());
        spec.certificate_validity = Some("4380h".parse().unwrap());
        spec.addons.without_proxy = true;
        spec.addons.without_dns = true;
        spec.node.image_pull_serial = Some(false);
    }
    spec
}

fn join() -> JoinSpec {
    let mut join = JoinSpec::default();
    join.discovery.token = Some("abcdef.0123456789abcdef".parse().unwrap());
    join.discovery.endpoint = Some("lb.example.com:6443".parse().unwrap());
    let pin = format!("sha256:{}", "6a".repeat(32));
    join.discovery.pins = vec![pin.parse().unwrap()];
    join
}

/// Files of every command for a release and an API version, each with what it is.
fn files(release: &KubeadmRelease, version: ApiVersion) -> Vec<(String, String)> {
    let newest = version >= ApiVersion::V1Beta4 && release.minor().number() >= 31;
    let asked: Vec<Question<'_>> = vec![
        ("a plain cluster", Box::new(|asked| asked.cluster(&plain(release)))),
        ("a full cluster", Box::new(|asked| asked.cluster(&cluster(release, version, newest)))),
        (
            "external etcd",
            Box::new(|asked| {
                let mut spec = plain(release);
                spec.etcd.endpoints = vec!["https://192.0.2.5:2379".into(), "https://192.0.2.6:2379".into()];
                spec.etcd.ca_file = Some("/etc/etcd/ca.crt".into());
                spec.etcd.cert_file = Some("/etc/etcd/client.crt".into());
                spec.etcd.key_file = Some("/etc/etcd/client.key".into());
                asked.cluster(&spec);
            }),
        ),
        (
            "a worker",
            Box::new(|asked| {
                let mut spec = join();
                spec.node = node(version);
                asked.join(&spec);
            }),
        ),
        (
            "a control plane that joins",
            Box::new(|asked| {
                let mut control_plane = JoinControlPlaneSpec::default();
                control_plane.endpoint.bind_port = 7443.try_into().ok();
                if version >= ApiVersion::V1Beta2 {
                    control_plane.certificate_key = Some("5a".repeat(32).parse().unwrap());
                }
                let mut spec = join();
                spec.control_plane = Some(control_plane);
                spec.run.timeouts = vec!["discovery=10m".parse().unwrap()];
                asked.join(&spec);
            }),
        ),
        (
            "discovery by file",
            Box::new(|asked| {
                let mut spec = JoinSpec::default();
                spec.discovery.file = Some("https://example.com/cluster-info.conf".into());
                spec.discovery.tls_bootstrap_token = Some("abcdef.0123456789abcdef".parse().unwrap());
                asked.join(&spec);
            }),
        ),
        (
            "a reset",
            Box::new(|asked| {
                let mut spec = ResetSpec::default();
                spec.force = true;
                spec.unmount_flags = vec!["MNT_FORCE".into()];
                spec.timeouts = vec!["kubelet-health-check=30s".parse().unwrap()];
                asked.reset(&spec);
            }),
        ),
        (
            "an upgrade",
            Box::new(|asked| {
                let mut spec = UpgradeSpec::default();
                spec.kubernetes_version = Some(release.version().clone());
                spec.certificate_renewal = Some(false);
                spec.etcd_upgrade = Some(false);
                spec.patches = Some("/etc/kubernetes/patches".into());
                spec.skip_phases = vec!["addon/kube-proxy".into()];
                asked.upgrade(&spec);
                // Up to 1.35 kubeadm refuses a file with nothing else, and checks none of it.
                if release.minor().number() < 36 {
                    asked.cluster(&plain(release));
                }
            }),
        ),
    ];
    let commands = asked.into_iter().filter(|(what, _)| newest || !["a reset", "an upgrade"].contains(what));
    let print = |(what, ask): Question<'_>| {
        let mut asked = Asked::new(release.clone()).in_version(version).allowing_experimental();
        ask(&mut asked);
        let what = format!("{what} for {} in {version}", release.version());
        let valid = asked.defaulted(&facts()).validate();
        let valid = valid.unwrap_or_else(|report| panic!("{what}: {report}"));
        assert!(valid.warnings().is_empty(), "{what}: {:?}", valid.warnings());
        (what, valid.to_yaml().unwrap())
    };
    commands.map(print).collect()
}

/// The API versions a release reads without complaint, and the experimental ones.
fn versions(release: &KubeadmRelease) -> impl Iterator<Item = (ApiVersion, Support)> + '_ {
    let all = ApiVersion::ALL.into_iter().map(|version| (version, release.support(version)));
    all.filter(|(_, support)| matches!(support, Support::Read | Support::Deprecated | Support::Experimental))
}

#[test]
fn every_minor_takes_what_is_generated_for_it() {
    for minor in KubeadmRelease::MINORS {
        let release = KubeadmRelease::of(&Minor::new(minor).patch(0)).unwrap();
        for (version, support) in versions(&release) {
            for (what, yaml) in files(&release, version) {
                let mut options = Options::new(release.clone(), facts());
                options.allow_experimental_api = support == Support::Experimental;
                let answer = like_kubeadm::validate(yaml.as_bytes(), &options);
                assert_eq!(answer.exit, 0, "{what}: {}\n{yaml}", answer.error);
                let unwanted: Vec<_> =
                    answer.warnings.iter().filter(|warning| !is_expected(warning.text())).collect();
                assert!(unwanted.is_empty(), "{what}: {unwanted:?}\n{yaml}");
            }
        }
    }
}

/// What is said of every document in an old version, and of an UpgradeConfiguration beside others.
fn is_expected(text: &str) -> bool {
    text.contains("deprecated API spec")
        || text.contains("Ignored") && text.contains("Kind=UpgradeConfiguration")
        || text.is_empty()
}

#[test]
#[ignore = "run it with `tests/layer kubeadm`"]
fn real_kubeadm_takes_what_is_generated() {
    let built = REAL.into_iter().filter(|release| booted::kubeadm(release).is_ok());
    let mut asked = 0;
    for name in built {
        let release: KubeadmRelease = name.parse().unwrap();
        for (version, support) in versions(&release) {
            let files = files(&release, version);
            let texts: Vec<String> = files.iter().map(|(_, yaml)| yaml.clone()).collect();
            let options: &[&str] =
                if support == Support::Experimental { &["--allow-experimental-api"] } else { &[] };
            let answers =
                match Oracle::of(name, &[Command::Validate], options).and_then(|oracle| oracle.ask(&texts)) {
                    Ok(answers) => answers,
                    Err(Unavailable::NotHere(why)) => {
                        k8sprep_tests::skip(format_args!("real kubeadm: {why}"));
                        return;
                    }
                    Err(why) => panic!("{name}: {why:?}"),
                };
            for ((what, yaml), answer) in files.iter().zip(answers) {
                let (_, validate) = &answer[0];
                assert_eq!(
                    (validate.exit, validate.stdout.as_str()),
                    (0, "ok\n"),
                    "{what}: {}\n{yaml}",
                    validate.stderr
                );
                let said: Vec<_> = validate.stderr.lines().filter(|line| !is_expected(line)).collect();
                assert!(said.is_empty(), "{what}: {said:?}\n{yaml}");
                asked += 1;
            }
        }
    }
    if asked == 0 {
        k8sprep_tests::skip("no real kubeadm is built; tests/oracle/build does that");
    }
}
