//! The rules against an API server that is served over TLS.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cri_probe::test_util::{ApiReply, ApiRequest, FakeApi, TestCa, kubeconfig};
use host_prep::Host;
use host_prep::fs::Root;
use serde_json::{Value, json};

use crate::doctor::archive::{Archive, Collected, look_asking_api};
use crate::doctor::log::Logs;
use crate::doctor::{Diagnosis, Need, Severity, checks, laid};

/// What is otherwise than in a cluster that is well: a part of the path, and the answer.
type Ill = Vec<(&'static str, ApiReply)>;

/// A check, how bad it is, where the cluster is ill, and what lies on the host.
type Case = (&'static str, Severity, Ill, Vec<(&'static str, String)>);

const CLUSTER: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.34.2\n\
                       imageRepository: registry.k8s.io\ncontrolPlaneEndpoint: cp.example:6443\n\
                       networking:\n  podSubnet: 10.244.0.0/16\n  dnsDomain: cluster.local\n";
const KUBELET: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nclusterDNS: [10.96.0.10]\n\
                       clusterDomain: cluster.local\nmaxPods: 110\nserverTLSBootstrap: true\n";
const OWN_KUBELET: &str = "containerRuntimeEndpoint: unix:///run/crio/crio.sock\nresolvConf: /x\n";

fn map(key: &str, text: &str) -> ApiReply {
    ApiReply::json(json!({"data": {key: text}}))
}

fn node(change: impl Fn(&mut Value)) -> ApiReply {
    let mut node = json!({
        "metadata": {"name": "n1", "labels": {}, "annotations": {"kubeadm.alpha.kubernetes.io/cri-socket": "unix:///var/run/crio/crio.sock"}},
        "spec": {"podCIDR": "10.244.1.0/24"},
        "status": {"nodeInfo": {"machineID": "aa", "systemUUID": "AB", "kubeletVersion": "v1.34.2"}}
    });
    change(&mut node);
    ApiReply::json(node)
}

fn items(items: &Value) -> ApiReply {
    ApiReply::json(json!({"items": items, "metadata": {}}))
}

fn well(path: &str) -> ApiReply {
    let other =
        json!({"metadata": {"name": "n2"}, "status": {"nodeInfo": {"machineID": "bb", "systemUUID": "BC"}}});
    let this =
        json!({"metadata": {"name": "n1"}, "status": {"nodeInfo": {"machineID": "aa", "systemUUID": "AB"}}});
    let ready = |status: &str| json!([{"metadata": {"name": "kube-proxy-x"}, "status": {"conditions": [{"type": "Ready", "status": status}]}}]);
    let path = path.split('?').next().unwrap_or_default();
    match path {
        "/version" => {
            ApiReply::json(json!({"gitVersion": "v1.34.2"})).header("Date", "Fri, 01 Jan 2027 00:00:00 GMT")
        }
        "/readyz" => ApiReply::json("[+]ping ok"),
        "/api/v1/nodes/n1" => node(|_| ()),
        "/api/v1/nodes" => items(&json!([this, other])),
        "/api/v1/pods" => items(&ready("True")),
        "/api/v1/namespaces/kube-system/configmaps/kubeadm-config" => map("ClusterConfiguration", CLUSTER),
        "/api/v1/namespaces/kube-system/configmaps/kubelet-config" => map("kubelet", KUBELET),
        "/api/v1/namespaces/kube-system/configmaps/kube-proxy" => {
            map("config.conf", "mode: \"\"\nclusterCIDR: 10.244.0.0/16\n")
        }
        "/api/v1/namespaces/kube-system/services/kube-dns" => {
            ApiReply::json(json!({"spec": {"clusterIPs": ["10.96.0.10"]}}))
        }
        "/apis/certificates.k8s.io/v1/certificatesigningrequests" => items(&json!([])),
        "/api/v1/namespaces/kube-flannel/configmaps/kube-flannel-cfg" => {
            map("net-conf.json", "{\"Network\": \"10.244.0.0/16\"}")
        }
        _ => ApiReply::status(404, json!({"kind": "Status", "message": "not found"})),
    }
}

/// A server of a cluster that is ill in those places.
fn serving(ill: Ill) -> FakeApi {
    FakeApi::start(move |request: &ApiRequest| {
        let own = ill.iter().find(|(part, _)| request.path.contains(part));
        own.map_or_else(|| well(&request.path), |(_, reply)| reply.clone())
    })
}

/// The tree of a control plane that is asked with admin.conf.
fn tree(api: &FakeApi, more: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let config = format!("{KUBELET}{OWN_KUBELET}");
    let admin = api.kubeconfig();
    let base: [(&str, &str); 9] = [
        ("etc/machine-id", "0123456789abcdef0123456789abcdef\n"),
        ("var/lib/kubelet/pki/kubelet-server-current.pem", "x"),
        ("etc/kubernetes/admin.conf", &admin),
        ("etc/kubernetes/kubelet.conf", "x"),
        ("etc/kubernetes/manifests/kube-apiserver.yaml", &manifest("kube-apiserver", "")),
        ("proc/sys/kernel/hostname", "n1\n"),
        ("proc/sys/kernel/osrelease", "6.1.0\n"),
        ("proc/modules", "ip_vs 1 0\n"),
        ("var/lib/kubelet/config.yaml", &config),
    ];
    let kept = base.iter().filter(|(path, _)| !more.iter().any(|(own, _)| own == path));
    laid::lay(dir.path(), &kept.chain(more).copied().collect::<Vec<_>>());
    dir
}

fn manifest(name: &str, flag: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  namespace: kube-system\nspec:\n  containers:\n  - name: {name}\n    \
         command:\n    - {name}\n    - --x=y{flag}\n    image: registry.k8s.io/{name}:v1.34.2\n"
    )
}

fn running(dir: &Path) -> Host {
    Host::with_commands(Root::open(dir).unwrap(), Arc::new(laid::Programs(String::new())))
}

fn said(api: &FakeApi, more: &[(&str, &str)]) -> Diagnosis {
    let dir = tree(api, more);
    look_asking_api(&running(dir.path()), laid::now(), Logs::new(laid::now()))
}

/// Checks that the API server has a part in.
fn of_api() -> Vec<&'static str> {
    checks().filter(|(_, check)| check.needs.contains(&Need::Api)).map(|(_, check)| check.name).collect()
}

fn found(diagnosis: &Diagnosis, code: &str) -> Option<Severity> {
    diagnosis.findings.iter().filter(|one| one.code == code).map(|one| one.severity).max()
}

#[test]
fn a_cluster_that_is_well_is_silent_and_decided_and_no_secret_is_asked_for() {
    let info = kubeconfig("https://cp.example:6443", TestCa::new().pem(), None);
    let api = serving(vec![("cluster-info", map("kubeconfig", &info))]);
    let diagnosis = said(&api, &[]);
    let of_api: Vec<&str> = of_api().into_iter().filter(|name| *name != "control-plane-unhealthy").collect();
    let loud: Vec<_> = diagnosis.findings.iter().filter(|one| of_api.contains(&one.code)).collect();
    assert!(loud.is_empty(), "{loud:#?}");
    let open: Vec<_> = diagnosis
        .undecided
        .iter()
        .filter(|one| {
            of_api.contains(&one.code)
                && one.unread.source != "getifaddrs(3)"
                && !one.unread.source.contains("journalctl")
        })
        .collect();
    assert!(open.is_empty(), "{open:#?}");
    let requests = api.requests();
    assert!(requests.len() > 10, "{requests:?}");
    assert!(
        requests.iter().all(|one| one.method == "GET" && !one.path.to_lowercase().contains("secret")),
        "{requests:?}"
    );
    assert!(requests.iter().all(|one| one.with_certificate));
}

#[test]
fn each_rule_fires_on_its_illness() {
    let cases: Vec<Case> = vec![
        (
            "clock-skew-with-apiserver",
            Severity::Warning,
            vec![(
                "/version",
                ApiReply::json(json!({"gitVersion": "v1.34.2"}))
                    .header("Date", "Fri, 01 Jan 2027 00:01:00 GMT"),
            )],
            vec![],
        ),
        (
            "clock-skew-with-apiserver",
            Severity::Error,
            vec![(
                "/version",
                ApiReply::json(json!({"gitVersion": "v1.34.2"}))
                    .header("Date", "Thu, 31 Dec 2026 23:00:00 GMT"),
            )],
            vec![],
        ),
        (
            "machine-id-cloned",
            Severity::Error,
            vec![(
                "/nodes?",
                items(&json!([
                    {"metadata": {"name": "n1"}, "status": {"nodeInfo": {"machineID": "aa"}}},
                    {"metadata": {"name": "n9"}, "status": {"nodeInfo": {"machineID": "AA"}}}
                ])),
            )],
            vec![("etc/machine-id", "0123456789abcdef0123456789abcdef\n".to_owned())],
        ),
        (
            "cri-socket-mismatch",
            Severity::Error,
            vec![(
                "/nodes/n1",
                node(|node| {
                    node["metadata"]["annotations"]["kubeadm.alpha.kubernetes.io/cri-socket"] =
                        json!("/run/containerd/containerd.sock")
                }),
            )],
            vec![],
        ),
        (
            "dockershim-traces",
            Severity::Warning,
            vec![(
                "/nodes/n1",
                node(|node| {
                    node["metadata"]["annotations"]["kubeadm.alpha.kubernetes.io/cri-socket"] =
                        json!("/var/run/dockershim.sock")
                }),
            )],
            vec![],
        ),
        (
            "role-label-outdated",
            Severity::Warning,
            vec![(
                "/nodes/n1",
                node(|node| node["spec"]["taints"] = json!([{"key": "node-role.kubernetes.io/master"}])),
            )],
            vec![],
        ),
        (
            "role-label-outdated",
            Severity::Note,
            vec![(
                "/nodes/n1",
                node(|node| node["metadata"]["labels"] = json!({"node-role.kubernetes.io/master": ""})),
            )],
            vec![],
        ),
        (
            "kubelet-config-drifted",
            Severity::Note,
            vec![("kubelet-config", map("kubelet", &KUBELET.replace("110", "120")))],
            vec![],
        ),
        (
            "serving-certificate-pending",
            Severity::Warning,
            vec![(
                "certificatesigningrequests",
                items(&json!([
                    {"metadata": {"name": "csr-1"}, "spec": {"username": "system:node:n1"}, "status": {}},
                    {"metadata": {"name": "csr-2"}, "spec": {"username": "system:node:n2"}, "status": {}}
                ])),
            )],
            vec![("var/lib/kubelet/pki/kubelet-server-current.pem", "x".to_owned())],
        ),
        (
            "max-pods-too-many",
            Severity::Warning,
            vec![("/nodes/n1", node(|node| node["spec"]["podCIDR"] = json!("10.244.1.0/26")))],
            vec![],
        ),
        (
            "control-plane-unhealthy",
            Severity::Error,
            vec![("/readyz", ApiReply::status(500, "[+]ping ok\n[-]etcd failed: reason withheld\n"))],
            vec![],
        ),
        (
            "upgrade-half-done",
            Severity::Warning,
            vec![("/version", ApiReply::json(json!({"gitVersion": "v1.35.0"})))],
            vec![],
        ),
        (
            "upgrade-skips-minor",
            Severity::Error,
            vec![("/version", ApiReply::json(json!({"gitVersion": "v1.32.0"})))],
            vec![
                ("etc/os-release", "ID=debian\nVERSION_ID=12\n".to_owned()),
                (
                    "var/lib/dpkg/status",
                    "Package: kubeadm\nStatus: install ok installed\nVersion: 1.34.2-1.1\n\n".to_owned(),
                ),
            ],
        ),
        (
            "image-repository-mismatch",
            Severity::Warning,
            vec![(
                "kubeadm-config",
                map("ClusterConfiguration", &CLUSTER.replace("registry.k8s.io", "mirror.example")),
            )],
            vec![],
        ),
        (
            "ipvs-modules-missing",
            Severity::Error,
            vec![("configmaps/kube-proxy", map("config.conf", "mode: ipvs\n"))],
            vec![(
                "lib/modules/6.1.0/modules.dep",
                "kernel/net/ip_vs_rr.ko.xz: kernel/net/ip_vs.ko.xz\n".to_owned(),
            )],
        ),
        (
            "cluster-dns-mismatch",
            Severity::Error,
            vec![("services/kube-dns", ApiReply::json(json!({"spec": {"clusterIP": "10.96.0.99"}})))],
            vec![],
        ),
        (
            "cluster-cidr-mismatch",
            Severity::Error,
            vec![("configmaps/kube-proxy", map("config.conf", "clusterCIDR: 10.99.0.0/16\n"))],
            vec![],
        ),
        (
            "pod-network-mismatch",
            Severity::Error,
            vec![("kube-flannel-cfg", map("net-conf.json", "{\"Network\": \"10.99.0.0/16\"}"))],
            vec![],
        ),
        (
            "pod-network-mismatch",
            Severity::Error,
            vec![
                ("kube-flannel-cfg", ApiReply::status(404, "{}")),
                ("ippools", items(&json!([{"metadata": {"name": "p"}, "spec": {"cidr": "192.168.0.0/16"}}]))),
            ],
            vec![],
        ),
        (
            "bridge-address-mismatch",
            Severity::Error,
            vec![],
            vec![(
                "run/flannel/subnet.env",
                "FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.7.1/24\n".to_owned(),
            )],
        ),
        (
            "node-without-podcidr",
            Severity::Error,
            vec![("/nodes/n1", node(|node| node["spec"] = json!({})))],
            vec![],
        ),
        (
            "services-unreachable",
            Severity::Error,
            vec![(
                "/api/v1/pods?",
                items(
                    &json!([{"metadata": {"name": "kube-proxy-x"}, "status": {"conditions": [{"type": "Ready", "status": "False"}]}}]),
                ),
            )],
            vec![],
        ),
        (
            "control-plane-endpoint-unset",
            Severity::Note,
            vec![(
                "kubeadm-config",
                map("ClusterConfiguration", &CLUSTER.replace("controlPlaneEndpoint", "x")),
            )],
            vec![],
        ),
    ];
    for (code, severity, ill, files) in cases {
        let api = serving(ill);
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let diagnosis = said(&api, &files);
        assert_eq!(found(&diagnosis, code), Some(severity), "{code}: {:#?}", diagnosis.undecided);
        let shown = diagnosis.findings.iter().find(|one| one.code == code).map(|one| &one.evidence);
        assert!(shown.is_some_and(|evidence| !evidence.is_empty()), "{code} without evidence");
    }
}

#[test]
fn cluster_info_is_compared_with_the_ca_of_a_control_plane() {
    let api = serving(Vec::new());
    // This cluster has none.
    let without = said(&api, &[]);
    assert_eq!(found(&without, "ca-hash-mismatch"), None);
    assert_eq!(found(&without, "cluster-info-missing"), Some(Severity::Note));
    let ca = api.ca.pem().to_owned();
    let other = TestCa::new();
    let info = |pem: &str| {
        let text = kubeconfig("https://cp.example:6443", pem, None);
        vec![("cluster-info", map("kubeconfig", &text))]
    };
    let own = [("etc/kubernetes/pki/ca.crt", ca.as_str())];
    assert_eq!(found(&said(&serving(info(other.pem())), &own), "ca-hash-mismatch"), Some(Severity::Error));
    assert_eq!(found(&said(&serving(info(&ca)), &own), "ca-hash-mismatch"), None);
}

#[test]
fn a_server_that_is_gone_is_told_and_everything_else_is_undecided() {
    let api = serving(Vec::new());
    let dir = tree(&api, &[]);
    drop(api);
    let diagnosis = look_asking_api(&running(dir.path()), laid::now(), Logs::new(laid::now()));
    let gone = diagnosis.findings.iter().find(|one| one.code == "apiserver-unreachable").unwrap();
    assert!(gone.message.contains("nobody listens"), "{}", gone.message);
    assert_eq!(gone.evidence[0].value.as_deref(), Some("apiserver-connection-refused"));
    for name in
        ["node-without-podcidr", "kubelet-config-drifted", "max-pods-too-many", "clock-skew-with-apiserver"]
    {
        assert!(
            diagnosis
                .undecided
                .iter()
                .any(|one| one.code == name && one.unread.why.contains("nobody listens")),
            "{name}: {:#?}",
            diagnosis.undecided
        );
        assert_eq!(found(&diagnosis, name), None);
    }
}

#[test]
fn what_is_forbidden_is_undecided_and_the_rest_goes_on() {
    let forbidden = ApiReply::status(403, json!({"kind": "Status", "message": "nodes \"n1\" is forbidden"}));
    let diagnosis = said(&serving(vec![("/nodes/n1", forbidden)]), &[]);
    assert!(
        diagnosis
            .undecided
            .iter()
            .any(|one| one.code == "node-without-podcidr" && one.unread.why.contains("forbids"))
    );
    assert!(
        !diagnosis
            .undecided
            .iter()
            .any(|one| one.code == "clock-skew-with-apiserver" && one.unread.source.starts_with("https"))
    );
    assert_eq!(found(&diagnosis, "apiserver-unreachable"), None);
}

#[test]
fn a_server_that_hangs_has_five_seconds_in_all() {
    let api = FakeApi::start(|request| {
        std::thread::sleep(Duration::from_secs(if request.path.contains("/nodes/") { 7 } else { 0 }));
        well(&request.path)
    });
    let dir = tree(&api, &[]);
    let diagnosis = look_asking_api(&running(dir.path()), laid::now(), Logs::new(laid::now()));
    assert!(
        diagnosis
            .undecided
            .iter()
            .any(|one| one.code == "node-without-podcidr" && one.unread.why.contains("no answer"))
    );
    assert!(
        !diagnosis
            .undecided
            .iter()
            .any(|one| one.code == "clock-skew-with-apiserver" && one.unread.source.starts_with("https")),
        "it was asked before"
    );
}

#[test]
fn nobody_asks_for_a_disk_a_plan_or_a_host_that_is_no_member() {
    let api = serving(Vec::new());
    let dir = tree(&api, &[]);
    let disk = Host::offline(Root::open(dir.path()).unwrap());
    let diagnosis = look_asking_api(&disk, laid::now(), Logs::new(laid::now()));
    let why = |name: &str| {
        diagnosis
            .undecided
            .iter()
            .filter(|one| one.code == name)
            .map(|one| one.unread.why.clone())
            .collect::<String>()
    };
    assert!(why("kubelet-config-drifted").contains("not a running host"), "{:#?}", diagnosis.undecided);
    let plain = crate::doctor::examine(&running(dir.path()), laid::now());
    assert!(
        plain
            .undecided
            .iter()
            .any(|one| one.code == "kubelet-config-drifted" && one.unread.why.contains("not asked"))
    );
    let nothing = tempfile::tempdir().unwrap();
    laid::lay(nothing.path(), &[("proc/sys/kernel/hostname", "n1\n")]);
    let before = look_asking_api(&running(nothing.path()), laid::now(), Logs::new(laid::now()));
    assert!(
        !before.undecided.iter().any(|one| one.code == "kubelet-config-drifted"),
        "{:#?}",
        before.undecided
    );
    assert_eq!(api.requests().len(), 0);
}

#[test]
fn a_support_archive_has_the_answers_and_no_secret_of_them() {
    let hidden = KUBELET
        .replace("maxPods: 110", "maxPods: 120\nstaticPodURLHeader:\n  Authorization: [Bearer m4rkerm4rker]");
    let api = serving(vec![("kubelet-config", map("kubelet", &hidden))]);
    let dir = tree(&api, &[]);
    let live = look_asking_api(&running(dir.path()), laid::now(), Logs::new(laid::now()));
    assert_eq!(found(&live, "kubelet-config-drifted"), Some(Severity::Note));
    assert!(!format!("{live:?}").contains("m4rker"));
    let collected = Collected::asking_api(running(dir.path()), laid::now()).unwrap();
    let file = dir.path().join("n1.tar.gz");
    collected.write(&file).unwrap();
    drop(api);
    let archive = Archive::open(&file).unwrap();
    let told = |diagnosis: &Diagnosis| {
        let mut all: Vec<_> = diagnosis.findings.iter().map(|one| (one.code, one.message.clone())).collect();
        all.sort();
        all
    };
    let elsewhere = archive.diagnosis();
    assert_eq!(told(&elsewhere), told(&live));
    assert_eq!(elsewhere.undecided, collected.diagnosis.undecided);
    let mut text = String::new();
    std::io::Read::read_to_string(
        &mut flate2::read::GzDecoder::new(std::fs::File::open(&file).unwrap()),
        &mut text,
    )
    .unwrap();
    assert!(text.contains("v1.34.2") && !text.contains("m4rker"));
}
