//! `k8sprep ca-hash` beside openssl.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::{failure, k8sprep, stdout};

/// Key kinds, as `openssl req -newkey` names them.
const KINDS: [(&str, &[&str]); 6] = [
    ("rsa2048", &["-newkey", "rsa:2048"]),
    ("rsa4096", &["-newkey", "rsa:4096"]),
    ("p256", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]),
    ("p384", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"]),
    ("p521", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp521r1"]),
    ("ed25519", &["-newkey", "ed25519"]),
];

fn openssl(dir: &Path, args: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new("openssl").args(args).current_dir(dir).stdin(Stdio::null()).output().ok()?;
    assert!(output.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

/// The pin as the kubeadm documentation makes it: openssl's public key in DER, hashed.
fn pin_by_openssl(dir: &Path, file: &str) -> Option<String> {
    let public = openssl(dir, &["x509", "-pubkey", "-noout", "-in", file])?;
    std::fs::write(dir.join("public.pem"), public).unwrap();
    openssl(dir, &["pkey", "-pubin", "-in", "public.pem", "-outform", "der", "-out", "public.der"])?;
    let digest = openssl(dir, &["dgst", "-sha256", "-r", "public.der"])?;
    Some(format!("sha256:{}\n", String::from_utf8(digest).unwrap().split_whitespace().next()?))
}

#[test]
#[ignore = "run it with `tests/layer programs`"]
fn equals_openssl_for_every_kind_of_key() {
    let dir = tempfile::tempdir().unwrap();
    let mut bundle = (String::new(), String::new());
    for (kind, key) in KINDS {
        let file = format!("{kind}.crt");
        let args =
            ["req", "-x509", "-nodes", "-keyout", "ca.key", "-days", "9", "-subj", "/CN=ca", "-out", &file];
        if openssl(dir.path(), &[&args[..], key].concat()).is_none() {
            test_kit::skip("there is no openssl on this machine");
            return;
        }
        let path = dir.path().join(&file);
        let expected = pin_by_openssl(dir.path(), &file).unwrap();
        assert_eq!(stdout(k8sprep(["ca-hash", path.to_str().unwrap()])), expected, "{kind}");
        bundle.0 += &std::fs::read_to_string(path).unwrap();
        bundle.1 += &expected;
    }
    assert_eq!(stdout(k8sprep(["ca-hash", "-"]).stdin(bundle.0)), bundle.1);
    let key = std::fs::read_to_string(dir.path().join("ca.key")).unwrap();
    let (status, stderr) = failure(k8sprep(["ca-hash", "-"]).stdin(key));
    assert_eq!(status, 1);
    assert!(stderr.contains("stdin: line 1: this is a private key"), "{stderr}");
}

const CA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../kubeadm-config/tests/data/ca-p256.crt");
const PIN: &str = include_str!("../../../kubeadm-config/tests/data/ca-p256.pin");

#[test]
fn check_exits_3_on_a_mismatch_and_0_on_any_match() {
    let other = format!("sha256:{:064}", 0);
    k8sprep(["ca-hash", CA, "--check", PIN.trim()]).assert().success().stdout_eq(PIN);
    k8sprep(["ca-hash", CA, "--check", &other, "--check", PIN.trim()]).assert().success();
    let assert = k8sprep(["ca-hash", CA, "--check", &other]).assert().code(3);
    assert.stderr_eq(format!(
        "error: {CA}: no certificate has the pin {other}; found {} [pin-mismatch]\n",
        PIN.trim()
    ));
}

#[test]
fn json_holds_what_text_holds() {
    let json: serde_json::Value =
        serde_json::from_str(&stdout(k8sprep(["ca-hash", CA, "--output", "json"]))).unwrap();
    assert_eq!(json["certificates"][0]["pin"], PIN.trim());
    assert_eq!(json["certificates"][0]["subject"], "CN=kubernetes");
    assert_eq!(json["certificates"][0]["isCA"], true);
    assert_eq!(json["findings"], serde_json::json!([]));
}

#[test]
fn a_file_that_is_not_there_says_what_to_do() {
    let (status, stderr) = failure(k8sprep(["ca-hash", "/nonexistent/ca.crt"]));
    assert_eq!(status, 1);
    assert!(stderr.starts_with("error: cannot read /nonexistent/ca.crt: "), "{stderr}");
    assert!(stderr.contains("\nhint: "), "{stderr}");
}
