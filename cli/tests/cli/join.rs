//! `k8sprep token` and `k8sprep join-command`.

use crate::{failure, k8sprep, stdout};

const TOKEN: &str = "h5au24.d499yqxi7nahzqrj";
const PIN: &str = "sha256:d34204cc1d7d6c40d03e3d8392cb5feffa305206a467e5699a4e71df59e303b7";

#[test]
fn a_generated_token_is_one_and_is_new() {
    let (one, other) = (stdout(k8sprep(["token", "generate"])), stdout(k8sprep(["token", "generate"])));
    assert_ne!(one, other);
    assert!(one.trim().parse::<kubeadm_config::BootstrapToken>().is_ok(), "{one}");
}

#[test]
fn the_secret_is_named_after_the_token_and_ends() {
    let yaml = stdout(k8sprep(["token", "secret", "--token", TOKEN, "--usage", "signing"]));
    assert!(yaml.contains("\n  name: bootstrap-token-h5au24\n"), "{yaml}");
    assert!(yaml.contains("expiration: ") && !yaml.contains("usage-bootstrap-authentication"), "{yaml}");
    let for_ever = stdout(k8sprep(["token", "secret", "--token", TOKEN, "--ttl", "0"]));
    assert!(!for_ever.contains("expiration"), "{for_ever}");
    assert_eq!(failure(k8sprep(["token", "secret", "--ttl=-1h"])).0, 2);
}

/// The line is the one a real `kubeadm token create --print-join-command` printed, its last space
/// included.
#[test]
fn the_join_command_is_kubeadms() {
    let args = ["join-command", "--token", TOKEN, "--endpoint", "198.51.100.11:6443", "--pin", PIN];
    let expected =
        format!("kubeadm join 198.51.100.11:6443 --token {TOKEN} --discovery-token-ca-cert-hash {PIN} \n");
    assert_eq!(stdout(k8sprep(args)), expected);
}

#[test]
fn endpoint_and_pins_come_from_the_control_planes_files() {
    let dir = tempfile::tempdir().unwrap();
    let conf = dir.path().join("admin.conf");
    std::fs::write(&conf, "clusters:\n- cluster:\n    server: https://[fd00::5]:6443\n  name: kubernetes\n")
        .unwrap();
    let ca = concat!(env!("CARGO_MANIFEST_DIR"), "/../kubeadm-config/tests/data/ca-p256.crt");
    let args = ["join-command", "--token", TOKEN, "--kubeconfig", conf.to_str().unwrap(), "--ca", ca];
    let line = stdout(k8sprep(args.into_iter().chain(["--control-plane"])));
    let pin = include_str!("../../../kubeadm-config/tests/data/ca-p256.pin").trim();
    assert_eq!(
        line,
        format!(
            "kubeadm join [fd00::5]:6443 --token {TOKEN} --discovery-token-ca-cert-hash {pin} --control-plane \n"
        )
    );
    std::fs::write(&conf, "clusters: []\n").unwrap();
    let (status, stderr) = failure(k8sprep(args));
    assert_eq!(status, 1);
    assert!(stderr.contains("names no server"), "{stderr}");
}
