//! Each piece of advice, given and not given.

use super::*;
use crate::Duration;
use crate::model::*;
use crate::version::ApiVersion;
use crate::wire::Gvk;

fn sound_cluster() -> ClusterConfiguration {
    ClusterConfiguration {
        kubernetes_version: "v1.34.0".into(),
        image_repository: "registry.k8s.io".into(),
        networking: Networking {
            service_subnet: "10.96.0.0/12".into(),
            pod_subnet: "10.244.0.0/16".into(),
            dns_domain: "cluster.local".into(),
        },
        ..Default::default()
    }
}

fn sound_init() -> InitConfiguration {
    InitConfiguration {
        local_api_endpoint: APIEndpoint { advertise_address: "192.0.2.10".into(), bind_port: 6443 },
        ..Default::default()
    }
}

fn codes(advice: &[Advice]) -> Vec<&'static str> {
    advice.iter().map(|advice| advice.code.as_str()).collect()
}

fn of_cluster(spoil: impl FnOnce(&mut ClusterConfiguration)) -> Vec<&'static str> {
    let mut cluster = sound_cluster();
    spoil(&mut cluster);
    let release = "v1.34.0".parse().unwrap();
    codes(&advise_init(&sound_init(), &cluster, &release, &Circumstances::default()))
}

fn of_init(readers: Readers, spoil: impl FnOnce(&mut InitConfiguration)) -> Vec<&'static str> {
    let mut init = sound_init();
    spoil(&mut init);
    let circumstances = Circumstances { readers, ..Default::default() };
    codes(&advise_init(&init, &sound_cluster(), &"v1.34.0".parse().unwrap(), &circumstances))
}

const NONE: [&str; 0] = [];

#[test]
fn a_plain_cluster_needs_no_advice() {
    assert_eq!(of_cluster(|_| {}), NONE);
    assert_eq!(of_init(Readers::Others, |_| {}), NONE);
}

#[test]
fn subnets_and_addresses_must_not_meet() {
    assert_eq!(of_cluster(|c| c.networking.pod_subnet = "10.100.0.0/16".into()), ["pod-subnet-overlap"]);
    assert_eq!(of_cluster(|c| c.networking.pod_subnet = "192.0.0.0/16".into()), ["address-in-subnet"]);
    assert_eq!(of_cluster(|c| c.control_plane_endpoint = "10.96.0.1:6443".into()), ["address-in-subnet"]);
    assert_eq!(of_cluster(|c| c.control_plane_endpoint = "lb:6443".into()), NONE);
    assert_eq!(of_cluster(|c| c.networking.pod_subnet = String::new()), ["no-pod-subnet"]);
    assert_eq!(of_cluster(|c| c.networking.pod_subnet = "fd00::/56".into()), ["families-differ"]);
    let orders = |pods: &str| {
        of_cluster(|cluster| {
            cluster.networking.service_subnet = "10.96.0.0/16,fd00:96::/112".into();
            cluster.networking.pod_subnet = pods.into();
        })
    };
    assert_eq!(orders("fd00:244::/56,10.244.0.0/16"), ["families-differ", "node-ip-missing"]);
    assert_eq!(orders("10.244.0.0/16,fd00:244::/56"), ["node-ip-missing"]);
    assert_eq!(orders("10.244.0.0/16"), ["families-differ"], "Services of two families, Pods of one");
    assert_eq!(
        of_cluster(|c| c.networking.pod_subnet = "10.244.0.0/16,fd00:244::/56".into()),
        ["families-differ", "node-ip-missing"],
        "Pods of two families, Services of one"
    );
    assert_eq!(of_cluster(|c| c.networking.pod_subnet = "bad".into()), NONE);
}

#[test]
fn images_versions_and_etcd() {
    assert_eq!(of_cluster(|c| c.image_repository = "registry.example.com".into()), ["coredns-path"]);
    assert_eq!(
        of_cluster(|cluster| {
            cluster.image_repository = "registry.example.com".into();
            cluster.dns.image_repository = "registry.example.com/coredns".into();
        }),
        NONE
    );
    assert_eq!(of_cluster(|c| c.kubernetes_version = "stable-1".into()), ["version-label"]);
    assert_eq!(of_cluster(|c| c.kubernetes_version = "v1.35.0".into()), ["version-skew"]);
    let etcd = |endpoints: &[&str]| {
        of_cluster(|cluster| {
            let endpoints = Some(endpoints.iter().map(|url| (*url).to_owned()).collect());
            cluster.etcd.external = Some(ExternalEtcd { endpoints, ..Default::default() });
        })
    };
    assert_eq!(etcd(&["https://a", "https://b", "https://c"]), NONE);
    assert_eq!(etcd(&["http://a", "https://b"]), ["etcd-without-tls", "etcd-members-even"]);
}

#[test]
fn secrets_and_tokens() {
    let token = |readers, ttl| {
        of_init(readers, |init| {
            let token = Some("abcdef.0123456789abcdef".into());
            init.bootstrap_tokens = vec![BootstrapToken { token, ttl: Some(ttl), ..Default::default() }];
        })
    };
    assert_eq!(token(Readers::Owner, Duration::from_hours(24)), NONE);
    assert_eq!(token(Readers::Others, Duration::ZERO), ["secret-readable", "token-forever"]);
    assert_eq!(of_init(Readers::Others, |init| init.certificate_key = "ab".into()), ["secret-readable"]);
    assert_eq!(of_init(Readers::Owner, |init| init.node_registration.taints = Some(vec![])), ["no-taint"]);
    let ignored =
        of_init(Readers::Owner, |init| init.node_registration.ignore_preflight_errors = vec!["All".into()]);
    assert_eq!(ignored, ["preflight-ignored"]);
    let socket = of_init(Readers::Owner, |init| {
        init.node_registration.cri_socket = "unix:///var/run/dockershim.sock".into();
    });
    assert_eq!(socket, ["dockershim-traces"]);
}

#[test]
fn cgroup_drivers_must_be_one_until_the_kubelet_asks() {
    let circumstances = Circumstances {
        runtime_cgroup_driver: Some(CgroupDriver::Systemd),
        kubelet_cgroup_driver: Some(CgroupDriver::Cgroupfs),
        ..Default::default()
    };
    let of = |release: &str| {
        codes(&advise_join(&JoinConfiguration::default(), &release.parse().unwrap(), &circumstances))
    };
    assert_eq!(of("v1.33.13"), ["cgroup-driver-mismatch"]);
    assert_eq!(of("v1.34.0"), NONE);
}

/// newcomer A29: without a cloud provider the kubelet reports one address.
#[test]
fn a_dual_stack_node_is_told_both_addresses() {
    let of = |argument: &str| {
        let mut cluster = sound_cluster();
        cluster.networking.service_subnet = "10.96.0.0/16,fd00:96::/112".into();
        cluster.networking.pod_subnet = "10.244.0.0/16,fd00:244::/56".into();
        let mut init = sound_init();
        let arg = Arg { name: argument.into(), value: "x".into(), ..Default::default() };
        init.node_registration.kubelet_extra_args = vec![arg];
        codes(&advise_init(&init, &cluster, &"v1.34.0".parse().unwrap(), &Circumstances::default()))
    };
    assert_eq!(of("v"), ["node-ip-missing"]);
    assert_eq!(of("node-ip"), NONE);
    assert_eq!(of("cloud-provider"), NONE);
}

/// newcomer A30: kubeadm writes systemd from 1.22 on.
#[test]
fn an_old_kubelet_beside_crio_has_to_be_told_its_cgroup_driver() {
    let of = |release: &str, socket: &str, driver: Option<CgroupDriver>| {
        let mut init = sound_init();
        init.node_registration.cri_socket = socket.into();
        let mut cluster = sound_cluster();
        cluster.kubernetes_version = release.into();
        let circumstances = Circumstances { kubelet_cgroup_driver: driver, ..Default::default() };
        codes(&advise_init(&init, &cluster, &release.parse().unwrap(), &circumstances))
    };
    let crio = "/var/run/crio/crio.sock";
    assert_eq!(of("v1.21.0", crio, None), ["cgroup-driver-unset"]);
    assert_eq!(of("v1.22.0", crio, None), NONE);
    assert_eq!(of("v1.21.0", crio, Some(CgroupDriver::Systemd)), NONE);
    assert_eq!(of("v1.21.0", "/var/run/dockershim.sock", None), NONE);
}

/// wild B18: subnets that meet the networks of the host.
#[test]
fn a_subnet_of_the_host_is_no_subnet_for_pods() {
    let of = |pods: &str| {
        let mut cluster = sound_cluster();
        cluster.networking.pod_subnet = pods.into();
        let host_networks = vec![HostNetwork::new("eth1", "10.244.7.2".parse().unwrap(), 24)];
        let circumstances = Circumstances { host_networks, ..Default::default() };
        advise_init(&sound_init(), &cluster, &"v1.34.0".parse().unwrap(), &circumstances)
    };
    let met = of("10.244.0.0/16");
    assert_eq!(codes(&met), ["pod-subnet-overlap"]);
    assert!(met[0].text.contains("eth1") && met[0].text.contains("10.244.7.2/24"), "{met:?}");
    assert_eq!(codes(&of("10.245.0.0/16")), NONE);
}

/// newcomer A21: a mirror that is known to be flat needs no word.
#[test]
fn a_flat_mirror_has_coredns_where_kubeadm_looks() {
    for (repository, expected) in [
        ("registry.cn-hangzhou.aliyuncs.com/google_containers", &[][..]),
        ("registry.aliyuncs.com/google_containers", &[]),
        ("registry.aliyuncs.com/mine", &["coredns-path"]),
        ("k8s.m.daocloud.io", &["coredns-path"]),
    ] {
        assert_eq!(of_cluster(|c| c.image_repository = repository.into()), expected, "{repository}");
    }
}

#[test]
fn joining_unverified_is_worth_a_word() {
    let token = BootstrapTokenDiscovery { unsafe_skip_ca_verification: true, ..Default::default() };
    let discovery = Discovery { bootstrap_token: Some(token), ..Default::default() };
    let join = JoinConfiguration { discovery, ..Default::default() };
    let advice = advise_join(&join, &"v1.34.0".parse().unwrap(), &Circumstances::default());
    assert_eq!(codes(&advice), ["ca-unverified"]);
    assert!(advice[0].to_string().ends_with(" [ca-unverified]"));
}

#[test]
fn fields_that_moved_are_found() {
    let v1beta4 = Gvk::kubeadm(ApiVersion::V1Beta4, "ClusterConfiguration");
    let moved = moved_field(&v1beta4, "apiServer.timeoutForControlPlane").unwrap();
    assert!(moved.to_string().contains("timeouts.controlPlaneComponentHealthCheck"));
    assert_eq!(moved.advice().code, Code::FieldMoved);
    let v1beta3 = Gvk::kubeadm(ApiVersion::V1Beta3, "ClusterConfiguration");
    assert_eq!(moved_field(&v1beta3, "apiServer.timeoutForControlPlane"), None);
    assert_eq!(fields_to_move(&v1beta3, ApiVersion::V1Beta4), [moved]);
    assert!(fields_to_move(&v1beta4, ApiVersion::V1).is_empty());
}

#[test]
fn every_code_is_its_own() {
    let mut names: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Code::ALL.len());
}
