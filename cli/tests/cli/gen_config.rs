//! `k8sprep gen-config`: the documents themselves, and where they go.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::{failure, k8sprep, stdout};

/// Facts given by flags, so that nothing depends on the machine.
const HOST: [&str; 4] = ["--node-name", "cp1", "--advertise-address", "192.0.2.10"];
const TOKEN: [&str; 2] = ["--token", "abcdef.0123456789abcdef"];

fn generated(version: &str, flags: &str) -> String {
    let flags = flags.split_whitespace();
    let always = ["gen-config", "--kubernetes-version", version].into_iter().chain(HOST).chain(TOKEN);
    stdout(k8sprep(always.chain(flags)))
}

fn documents(yaml: &str) -> Vec<Value> {
    yaml.split("---\n").map(|document| serde_yaml::from_str(document).unwrap()).collect()
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn the_file_of_the_2019_walk_through() {
    let Some(seed) = test_kit::recorded("conformance/seed/kubeadm-init-config.yaml") else { return };
    let seed = std::fs::read_to_string(seed).unwrap();
    let flags = "gen-config --kubernetes-version v1.15.1 --mirror aliyun --advertise-address 192.168.128.165 \
                 --node-name k8s-master-01 --pod-subnet 10.244.0.0/16 --token abcdef.0123456789abcdef";
    assert_eq!(documents(&stdout(k8sprep(flags.split_whitespace()))), documents(&seed));
}

/// One minor of every API version and of every change in what kubeadm writes; each golden file was
/// accepted without a warning by the real kubeadm of its minor where one could be had (1.30, 1.33,
/// 1.37).
#[test]
fn each_generation_has_its_golden_file() {
    let everything = "--mirror aliyun --pod-subnet 10.244.0.0/16 --service-subnet 10.97.0.0/16 --dns-domain k8s.lan \
                      --bind-port 8443 --control-plane-endpoint lb.example.com --token-ttl 2h30m --cluster-name blue \
                      --cert-san api.example.com --cert-san 192.0.2.99 --cgroup-driver systemd";
    for (version, flags) in [
        ("v1.14.10", ""),
        ("v1.20.2", ""),
        ("v1.22.17", ""),
        ("v1.24.17", ""),
        ("v1.30.14", everything),
        ("v1.33.13", ""),
        ("v1.37.2", everything),
    ] {
        let name = format!("tests/cli/golden/{version}.yaml");
        let golden = snapbox::Data::read_from(&Path::new(env!("CARGO_MANIFEST_DIR")).join(name), None);
        snapbox::assert_data_eq!(generated(version, flags), golden.raw());
    }
}

#[test]
fn the_api_version_can_be_chosen_among_those_the_minor_reads() {
    let yaml = generated("v1.31.4", "--api-version v1beta3");
    assert!(yaml.starts_with("apiVersion: kubeadm.k8s.io/v1beta3\n"), "{yaml}");
    let assert = k8sprep(["gen-config", "--kubernetes-version", "v1.31.4", "--api-version", "v1beta2"])
        .args(HOST)
        .assert()
        .code(1);
    assert.stdout_eq("").stderr_eq("error: [..]v1beta2[..]\n");
}

#[test]
fn a_mirror_that_keeps_folders_leads_to_coredns() {
    let dns = |version| documents(&generated(version, "--mirror daocloud"))[1]["dns"].clone();
    assert_eq!(dns("v1.34.0"), serde_json::json!({ "imageRepository": "k8s.m.daocloud.io/coredns" }));
    assert_eq!(dns("v1.20.2"), serde_json::json!({ "type": "CoreDNS" }));
}

#[test]
fn without_a_token_each_run_makes_its_own() {
    let token = || {
        let args = ["gen-config", "--kubernetes-version", "v1.34.0"];
        let yaml = stdout(k8sprep(args.into_iter().chain(HOST)));
        documents(&yaml)[0]["bootstrapTokens"][0]["token"].as_str().unwrap().to_owned()
    };
    let (one, other) = (token(), token());
    assert_eq!(one.len(), "abcdef.0123456789abcdef".len());
    assert_ne!(one, other);
}

#[test]
fn a_file_is_private_and_never_overwritten_unasked() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("kubeadm.yaml");
    let write = |version: &str, more: &[&str]| {
        let args = ["gen-config", "--kubernetes-version", version, "-o", file.to_str().unwrap()];
        k8sprep(args.into_iter().chain(HOST).chain(TOKEN).chain(more.iter().copied()))
    };
    assert_eq!(stdout(write("v1.34.0", &[])), "");
    let first = std::fs::read_to_string(&file).unwrap();
    assert_eq!(first, generated("v1.34.0", ""));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let (status, stderr) = failure(write("v1.33.0", &[]));
    assert_eq!(status, 1);
    assert!(stderr.contains("hint: give --force"), "{stderr}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), first);
    assert_eq!(stdout(write("v1.33.0", &["--force"])), "");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), generated("v1.33.0", ""));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left in the directory");
}

#[test]
fn bad_values_are_usage_errors_that_name_the_flag() {
    for (flag, value) in [
        ("--kubernetes-version", "1"),
        ("--kubernetes-version", "latest"),
        ("--api-version", "v2"),
        ("--mirror", "nope"),
        ("--advertise-address", "300.1.1.1"),
        ("--bind-port", "0"),
        ("--token-ttl", "tomorrow"),
        ("--cgroup-driver", "none"),
    ] {
        let (status, stderr) = failure(k8sprep(["gen-config", flag, value]));
        assert_eq!(status, 2, "{flag} {value}: {stderr}");
        assert!(stderr.contains(flag) && stderr.contains(value), "{flag} {value}: {stderr}");
    }
    // A secret is not repeated.
    let (status, stderr) = failure(k8sprep(["gen-config", "--token", "short.token"]));
    assert!(status == 2 && stderr.contains("--token") && !stderr.contains("short.token"), "{stderr}");
    let both = ["gen-config", "--mirror", "aliyun", "--image-repository", "example.com/k8s"];
    assert_eq!(failure(k8sprep(both)).0, 2);
    assert_eq!(failure(k8sprep(["gen-config", "--force"])).0, 2);
}

#[test]
fn a_version_that_no_table_knows_is_an_error() {
    let args = ["gen-config", "--kubernetes-version", "v1.9.0"];
    let (status, stderr) = failure(k8sprep(args.into_iter().chain(HOST)));
    assert_eq!(status, 1);
    assert!(stderr.contains("1.9") && stderr.contains("1.13"), "{stderr}");
}

const JOIN: &str = "gen-config --join --kubernetes-version v1.34.0 --node-name w1 --token abcdef.0123456789abcdef \
                    --endpoint lb.example.com:6443 --skip-ca-verification";

#[test]
fn a_node_joins_as_worker_or_as_control_plane() {
    let worker = documents(&stdout(k8sprep(JOIN.split_whitespace())));
    assert_eq!(worker.len(), 1);
    assert_eq!(worker[0]["kind"], "JoinConfiguration");
    assert_eq!(worker[0]["nodeRegistration"]["criSocket"], "unix:///var/run/crio/crio.sock");
    assert!(worker[0]["controlPlane"].is_null());
    let more = ["--control-plane", "--advertise-address", "192.0.2.11", "--patches", "/etc/patches"];
    let control_plane = documents(&stdout(k8sprep(JOIN.split_whitespace().chain(more))));
    assert_eq!(control_plane[0]["controlPlane"]["localAPIEndpoint"]["advertiseAddress"], "192.0.2.11");
    assert_eq!(control_plane[0]["patches"]["directory"], "/etc/patches");
    let (status, stderr) = failure(k8sprep(["gen-config", "--join", "--kubernetes-version", "v1.34.0"]));
    assert_eq!(status, 1);
    assert!(stderr.contains("discovery") && stderr.contains("hint: give --token"), "{stderr}");
}

#[test]
fn reset_and_upgrade_have_documents_since_v1beta4() {
    let reset = "gen-config --reset --yes --unmount-flag MNT_FORCE --kubernetes-version v1.34.0";
    let reset = documents(&stdout(k8sprep(reset.split_whitespace())));
    assert_eq!((&reset[0]["kind"], &reset[0]["force"]), (&"ResetConfiguration".into(), &true.into()));
    let upgrade = "gen-config --upgrade --kubernetes-version v1.34.0 --certificate-renewal false";
    let upgrade = documents(&stdout(k8sprep(upgrade.split_whitespace())));
    assert_eq!(upgrade[0]["apply"]["kubernetesVersion"], "v1.34.0");
    assert_eq!(upgrade[0]["node"]["certificateRenewal"], false);
    let old = k8sprep(["gen-config", "--reset", "--kubernetes-version", "v1.30.14"]);
    let (status, stderr) = failure(old);
    assert_eq!(status, 1);
    assert!(stderr.contains("v1beta4 (kubeadm 1.31 and later) can"), "{stderr}");
}

#[test]
fn flags_without_a_document_are_usage_errors() {
    let args = "gen-config --reset --pod-subnet 10.0.0.0/8 --node-label a=b --control-plane";
    let (status, stderr) = failure(k8sprep(args.split_whitespace()));
    assert_eq!(status, 2);
    for flag in ["--pod-subnet", "--node-label", "--control-plane"] {
        assert!(stderr.contains(&format!("{flag} is for")), "{stderr}");
    }
    assert_eq!(failure(k8sprep(["gen-config", "--reset", "--join"])).0, 2);
    assert_eq!(failure(k8sprep(["gen-config", "--set", "a"])).0, 2);
}

#[test]
fn the_flags_of_a_cluster_reach_their_fields() {
    let yaml = generated(
        "v1.34.0",
        "--pod-subnet 10.244.0.0/16,fd00::/56 --service-subnet 10.96.0.0/12 --service-subnet fd01::/112 \
         --node-ip 192.0.2.10,fd00::1 --node-label zone=a --taint gpu:NoSchedule --kubelet-extra-arg v=2 \
         --etcd-endpoint https://192.0.2.5:2379 --etcd-ca-file /a --etcd-cert-file /b --etcd-key-file /c \
         --extra-arg apiserver.v=4 --extra-env scheduler.A=b --extra-volume apiserver.audit=/x:/y:ro \
         --feature-gates NodeLocalCRISocket=true --skip-phase addon/kube-proxy --timeout discovery=10m --without-dns \
         --set networking.dnsDomain=k8s.lan",
    );
    let found = documents(&yaml);
    let (init, cluster) = (&found[0], &found[1]);
    assert_eq!(cluster["networking"]["serviceSubnet"], "10.96.0.0/12,fd01::/112");
    assert_eq!(cluster["networking"]["dnsDomain"], "k8s.lan");
    assert_eq!(cluster["etcd"]["external"]["keyFile"], "/c");
    assert_eq!(cluster["apiServer"]["extraVolumes"][0]["readOnly"], true);
    assert_eq!(cluster["scheduler"]["extraEnvs"][0]["value"], "b");
    assert_eq!(cluster["dns"]["disabled"], true);
    assert_eq!(init["nodeRegistration"]["taints"][0]["key"], "gpu");
    let args = init["nodeRegistration"]["kubeletExtraArgs"].as_array().unwrap();
    assert!(
        args.contains(&serde_json::json!({"name": "node-ip", "value": "192.0.2.10,fd00::1"})),
        "{args:?}"
    );
    assert!(args.contains(&serde_json::json!({"name": "node-labels", "value": "zone=a"})), "{args:?}");
    assert_eq!(init["timeouts"]["discovery"], "10m0s");
}

#[test]
fn a_document_is_a_start() {
    let old = generated("v1.21.0", "--pod-subnet 10.244.0.0/16 --extra-arg apiserver.v=4");
    let args =
        "gen-config --from - --kubernetes-version v1.34.0 --extra-arg apiserver.v=5 --set clusterName=blue";
    let new = documents(&stdout(k8sprep(args.split_whitespace()).stdin(old)));
    assert_eq!(new[0]["apiVersion"], "kubeadm.k8s.io/v1beta4");
    assert_eq!(new[0]["nodeRegistration"]["name"], "cp1");
    assert_eq!(new[0]["bootstrapTokens"][0]["token"], TOKEN[1]);
    assert_eq!(new[1]["networking"]["podSubnet"], "10.244.0.0/16");
    assert_eq!(new[1]["apiServer"]["extraArgs"], serde_json::json!([{"name": "v", "value": "5"}]));
    assert_eq!(new[1]["clusterName"], "blue");
    let join = stdout(k8sprep(JOIN.split_whitespace()));
    let kept = k8sprep(["gen-config", "--from", "-", "--kubernetes-version", "v1.34.0"]).stdin(join.clone());
    assert_eq!(stdout(kept), join);
    let (status, stderr) = failure(k8sprep(["gen-config", "--from", "-"]).stdin("colour: red\n"));
    assert_eq!(status, 1);
    assert!(stderr.contains("stdin:1:1") && stderr.contains("apiVersion"), "{stderr}");
}

#[test]
fn every_problem_is_told_at_once() {
    let args =
        "gen-config --kubernetes-version v1.30.14 --dry-run --pod-subnet x --set networking.dnsDomains=a";
    let (status, stderr) = failure(k8sprep(args.split_whitespace().chain(HOST)));
    assert_eq!(status, 1);
    for part in
        ["similar fields: networking.dnsDomain", "cannot hold dryRun", "networking.podSubnet: Invalid value"]
    {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
}
