//! Certificates of a small PKI: a CA, a leaf that it signed, another CA of the same name. Keys are
//! throw-away ones.

use crate::doctor::{Family, laid};

type Laid<'a> = (&'a str, &'a str);

const CA: &str = include_str!("../../testdata/ca.crt");
const OTHER: &str = include_str!("../../testdata/other-ca.crt");
const LEAF: &str = include_str!("../../testdata/leaf.crt");
const KEY: &str = include_str!("../../testdata/leaf.key");
const PKI: &str = "etc/kubernetes/pki";

/// A kubeconfig of who has a token.
const CONF: &str = "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: \"https://192.0.2.7:6443\"}}]\nusers: [{name: u, user: {token: x}}]\n";

/// A control plane whose API server has the leaf, with these files over it.
fn codes(files: &[Laid<'_>]) -> Vec<&'static str> {
    let manifest = "kind: Pod\nmetadata: {name: kube-apiserver}\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --advertise-address=192.0.2.7\n    - --client-ca-file=/etc/kubernetes/pki/ca.crt\n    - --service-cluster-ip-range=10.96.0.0/12\n    - --tls-cert-file=/etc/kubernetes/pki/apiserver.crt\n    - --tls-private-key-file=/etc/kubernetes/pki/apiserver.key\n";
    let (ca, leaf, key) =
        (format!("{PKI}/ca.crt"), format!("{PKI}/apiserver.crt"), format!("{PKI}/apiserver.key"));
    let base = [
        ("etc/kubernetes/manifests/kube-apiserver.yaml", manifest),
        (ca.as_str(), CA),
        (leaf.as_str(), LEAF),
        (key.as_str(), KEY),
        ("etc/kubernetes/admin.conf", CONF),
        ("etc/kubernetes/kubelet.conf", CONF),
    ];
    let kept = base.into_iter().filter(|(path, _)| !files.iter().any(|(other, _)| other == path));
    let all: Vec<Laid<'_>> = kept.chain(files.iter().copied()).filter(|(_, text)| !text.is_empty()).collect();
    laid::codes_of(Family::Certificates, &all)
}

#[test]
fn a_pki_that_fits_draws_nothing() {
    assert_eq!(codes(&[]), [""; 0]);
}

#[test]
fn another_ca_another_key_and_no_ca_are_told() {
    assert_eq!(codes(&[("etc/kubernetes/pki/ca.crt", OTHER)]), ["certificate-unknown-authority"]);
    assert_eq!(codes(&[("etc/kubernetes/pki/ca.crt", "")]), ["ca-file-unreadable"]);
    assert_eq!(codes(&[("etc/kubernetes/pki/ca.crt", &format!("{CA}{OTHER}"))]), ["ca-bundle-ambiguous"]);
    let broken = KEY.replace("BEGIN EC", "BEGIN").replace("END EC", "END");
    assert!(!codes(&[("etc/kubernetes/pki/apiserver.key", &broken)]).contains(&"certificate-key-mismatch"));
    assert_eq!(codes(&[("etc/kubernetes/pki/apiserver.crt", CA)])[0], "certificate-key-mismatch");
}

#[test]
fn a_name_that_clients_use_has_to_be_in_the_certificate() {
    let manifest = |range: &str| {
        format!(
            "kind: Pod\nmetadata: {{name: kube-apiserver}}\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --service-cluster-ip-range={range}\n    - --tls-cert-file=/etc/kubernetes/pki/apiserver.crt\n"
        )
    };
    let path = "etc/kubernetes/manifests/kube-apiserver.yaml";
    assert_eq!(codes(&[(path, &manifest("10.112.0.0/12"))]), ["certificate-name-missing"]);
    assert_eq!(codes(&[(path, &manifest("10.96.0.0/16"))]), [""; 0]);
}

#[test]
fn a_kubelets_certificate_has_to_be_there_with_its_key() {
    let conf = "current-context: a\ncontexts:\n- name: a\n  context: {cluster: c, user: u}\nclusters:\n- name: c\n  cluster: {server: \"https://192.0.2.7:6443\"}\nusers:\n- name: u\n  user:\n    client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem\n    client-key: /var/lib/kubelet/pki/kubelet-client-current.pem\n";
    let conf = ("etc/kubernetes/kubelet.conf", conf);
    let pem = "var/lib/kubelet/pki/kubelet-client-current.pem";
    let both = format!("{LEAF}{KEY}");
    assert_eq!(codes(&[conf, (pem, &both)]), [""; 0]);
    let code = "kubelet-client-certificate-unusable";
    assert!(codes(&[conf, (pem, "-> /var/lib/kubelet/pki/gone.pem")]).contains(&code));
    assert!(codes(&[conf, (pem, LEAF)]).contains(&code));
    let bootstrap = ("etc/kubernetes/bootstrap-kubelet.conf", "clusters: []\n");
    assert!(!codes(&[conf, bootstrap, (pem, LEAF)]).contains(&code));
    let flags = ("var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS=\"\"\n");
    let gone = ("etc/kubernetes/kubelet.conf", "");
    assert!(codes(&[flags, gone]).contains(&code), "what kubelet.conf says is gone with it");
    assert!(codes(&[gone]).contains(&code), "a control plane has one");
    assert!(!codes(&[flags, gone, bootstrap]).contains(&code));
}

#[test]
fn what_a_static_pod_reads_has_to_be_there() {
    assert_eq!(codes(&[("etc/kubernetes/pki/apiserver.key", "")]), ["certificate-unreadable"]);
    assert_eq!(codes(&[("etc/kubernetes/pki/apiserver.crt", "")]), ["certificate-unreadable"]);
}

#[test]
fn a_key_that_everybody_may_read_is_told() {
    assert_eq!(codes(&[("etc/kubernetes/pki/shown.key", KEY)]), ["private-key-exposed"]);
}

#[test]
fn keys_of_service_accounts_are_those_of_one_pair() {
    let pod = |name: &str, flags: &str| {
        format!(
            "kind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n  - command: [{name}, {flags}]\n"
        )
    };
    let apiserver = pod("kube-apiserver", "--service-account-key-file=/etc/kubernetes/pki/sa.pub");
    let manager =
        pod("kube-controller-manager", "--service-account-private-key-file=/etc/kubernetes/pki/sa.key");
    let of = |public: &str, private: &str| {
        let files = [
            ("etc/kubernetes/manifests/kube-apiserver.yaml", apiserver.as_str()),
            ("etc/kubernetes/manifests/kube-controller-manager.yaml", manager.as_str()),
            ("etc/kubernetes/pki/sa.pub", public),
            ("etc/kubernetes/pki/sa.key", private),
        ];
        (codes(&files), laid::is_undecided("service-account-keys-differ", &files))
    };
    assert_eq!(of(LEAF, KEY), (vec![], false), "a certificate has a public key");
    assert_eq!(of(CA, KEY), (vec!["service-account-keys-differ"], false));
    assert_eq!(of("garbage\n", KEY), (vec!["certificate-unreadable"], true));
    assert_eq!(of(LEAF, "garbage\n"), (vec!["certificate-unreadable"], true));
}

#[test]
fn a_ca_that_is_no_certificate_is_told_once() {
    assert_eq!(codes(&[("etc/kubernetes/pki/ca.crt", "garbage\n")]), ["ca-file-unreadable"]);
}
