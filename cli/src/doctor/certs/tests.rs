//! Trees with certificates, some near their end.

use super::*;
use crate::doctor::laid::{lay, now};
use host_prep::Host;
use host_prep::fs::Root;

const LEAF: &str = include_str!("../testdata/leaf.crt");
const KEY: &str = include_str!("../testdata/leaf.key");
const MANIFEST: &str = "kind: Pod\nmetadata: {name: kube-apiserver}\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --secure-port=7443\n    - --tls-cert-file=/etc/kubernetes/pki/apiserver.crt\n";

fn told(files: &[(&str, &str)], served: &[Served], now: SystemTime) -> CertificateTable {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), files);
    let host = Host::offline(Root::open(dir.path()).unwrap());
    table(&Inspection::of(&host, now), served)
}

fn codes(table: &CertificateTable) -> Vec<&'static str> {
    table.rows.iter().flat_map(|row| row.remarks.iter().map(|remark| remark.code)).collect()
}

fn leaf() -> Certificate {
    Certificate::all(LEAF.as_bytes()).unwrap().remove(0)
}

#[test]
fn a_file_is_compared_with_what_its_port_serves() {
    let files = [
        ("etc/kubernetes/manifests/kube-apiserver.yaml", MANIFEST),
        ("etc/kubernetes/pki/apiserver.crt", LEAF),
    ];
    let serial = leaf().serial;
    assert!(!serial.is_empty() && serial.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let row = |served: &[Served]| told(&files, served, now()).rows.remove(0);
    assert_eq!(
        (row(&[]).port, row(&[]).is_served, row(&[]).renewed_by),
        (Some(7443), None, "kubeadm certs renew")
    );
    assert_eq!(row(&[Served::new(7443, serial)]).is_served, Some(true));
    // What is served may be compared later: nothing is looked at again.
    let asked = [Served::new(7443, "00")];
    assert_eq!(told(&files, &[], now()).compared(&asked).rows, told(&files, &asked, now()).rows);
    let old = told(&files, &[Served::new(7443, "01"), Served::new(2379, "02")], now());
    assert_eq!((old.rows[0].is_served, codes(&old)), (Some(false), vec!["certificate-not-served"]));
}

#[test]
fn an_end_is_told_before_and_after() {
    let files = [
        ("etc/kubernetes/manifests/kube-apiserver.yaml", MANIFEST),
        ("etc/kubernetes/pki/apiserver.crt", LEAF),
    ];
    let end = leaf().not_after;
    let day = Duration::from_secs(DAY);
    let at = |now: SystemTime| {
        let told = told(&files, &[], now);
        (told.rows[0].days_left, codes(&told))
    };
    assert_eq!(at(end - 31 * day), (31, vec![]));
    assert_eq!(at(end - 29 * day), (29, vec!["certificate-expires-soon"]));
    assert_eq!(at(end + day / 2), (-1, vec!["certificate-expired"]));
}

#[test]
fn the_kubelets_certificate_is_renewed_by_it_or_by_nobody() {
    let conf = "clusters:\n- cluster: {server: \"https://a:6443\"}\nusers:\n- user:\n    client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem\n";
    let both = format!("{LEAF}{KEY}");
    let on = "kind: KubeletConfiguration\nrotateCertificates: true\n";
    let files = |config: &'static str| {
        [
            ("etc/kubernetes/kubelet.conf", conf),
            ("var/lib/kubelet/pki/kubelet-client-current.pem", both.as_str()),
            ("var/lib/kubelet/config.yaml", config),
        ]
    };
    let early = leaf().not_before + Duration::from_secs(DAY);
    assert_eq!(codes(&told(&files(on), &[], early)), [""; 0]);
    let off = told(&files("kind: KubeletConfiguration\n"), &[], early);
    assert_eq!((codes(&off), off.rows[0].renewed_by), (vec!["kubelet-rotation-off"], "nobody"));
    let late = leaf().not_after - Duration::from_secs(31 * DAY);
    let is_late = is_overdue(&leaf(), late);
    assert_eq!(codes(&told(&files(on), &[], late)).contains(&"kubelet-rotation-overdue"), is_late);
    let last = leaf().not_after - Duration::from_secs(60);
    assert!(codes(&told(&files(on), &[], last)).contains(&"kubelet-rotation-overdue"));
}

#[test]
fn a_certificate_in_kubelet_conf_and_an_old_copy_are_told() {
    let inside = |pem: &str| {
        use base64::Engine as _;
        let data = base64::engine::general_purpose::STANDARD.encode(pem);
        format!(
            "clusters:\n- cluster: {{server: \"https://a:6443\"}}\nusers:\n- user:\n    client-certificate-data: {data}\n"
        )
    };
    let conf = inside(LEAF);
    let files = [("etc/kubernetes/kubelet.conf", conf.as_str()), ("home/al/.kube/config", conf.as_str())];
    let told = told(&files, &[], now());
    assert_eq!(codes(&told), ["kubelet-certificate-embedded"]);
    let copy = told.rows.iter().find(|row| row.lies == Lies::KubeconfigCopy).unwrap();
    assert_eq!((copy.place.as_str(), copy.renewed_by), ("/home/al/.kube/config", "nobody"));
}
