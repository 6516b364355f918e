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
        ("etc/kubernetes/pki/ca.key", KEY),
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
    let is_late = look::is_overdue(&leaf(), late);
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
    assert!(copy.renewal.unwrap().contains("kubeadm kubeconfig user"), "it is no administrator's");
}

/// What keeps this table from being fine, beside its rows.
fn found(table: &CertificateTable) -> Vec<&'static str> {
    table.findings.iter().map(|one| one.code).collect()
}

const CA: &str = include_str!("../testdata/ca.crt");
const OTHER: &str = include_str!("../testdata/other-ca.crt");
const PKI: &str = "etc/kubernetes/pki";

#[test]
fn what_no_manifest_names_is_in_the_table() {
    let of = |name: &str| format!("{PKI}/{name}");
    let names =
        ["ca.crt", "apiserver-kubelet-client.crt", "etcd/peer.crt", "etcd/old.crt", "apiserver.crt.bak"];
    let paths = names.map(of);
    let files: Vec<(&str, &str)> =
        paths.iter().map(|path| (path.as_str(), if path.ends_with("/ca.crt") { CA } else { LEAF })).collect();
    let told = told(&files, &[], now());
    let mut places: Vec<_> = told.rows.iter().map(|row| row.place.rsplit("/pki/").next().unwrap()).collect();
    places.sort_unstable();
    assert_eq!(places, ["apiserver-kubelet-client.crt", "ca.crt", "etcd/old.crt", "etcd/peer.crt"]);
    let by = |name: &str| {
        let row = told.rows.iter().find(|row| row.place.ends_with(name)).unwrap();
        (row.renewed_by, row.renewal.unwrap_or_default())
    };
    // No key of a CA is here: kubeadm renews nothing, and only says so.
    assert!(by("etcd/peer.crt").0.contains("not here") && by("etcd/peer.crt").1.contains("generate-csr"));
    assert_eq!((by("etcd/old.crt").0, by("/ca.crt").0), ("nobody", "nobody"));
    let key = (of("etcd/ca.key"), of("etcd/ca.crt"));
    let with_key = [&files[..], &[(key.0.as_str(), KEY), (key.1.as_str(), CA)]].concat();
    let told = super::tests::told(&with_key, &[], now());
    let peer = told.rows.iter().find(|row| row.place.ends_with("etcd/peer.crt")).unwrap();
    assert_eq!((peer.renewed_by, peer.renewal), ("kubeadm certs renew", None));
}

/// Whatever is not there, is none, or does not fit: it is told, and the table is not fine.
#[test]
fn what_has_no_row_or_a_row_that_looks_well_is_told() {
    let server = "kind: Pod\nmetadata: {name: kube-apiserver}\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --client-ca-file=/etc/kubernetes/pki/ca.crt\n    - --tls-cert-file=/etc/kubernetes/pki/apiserver.crt\n    - --tls-private-key-file=/etc/kubernetes/pki/apiserver.key\n";
    let whole = [
        ("etc/kubernetes/manifests/kube-apiserver.yaml", server),
        ("etc/kubernetes/pki/ca.crt", CA),
        ("etc/kubernetes/pki/apiserver.crt", LEAF),
        ("etc/kubernetes/pki/apiserver.key", KEY),
        ("etc/kubernetes/admin.conf", TOKEN),
        ("etc/kubernetes/kubelet.conf", TOKEN),
    ];
    let of = |path: &str, text: &str| {
        let kept = whole.into_iter().filter(|(other, _)| *other != path);
        let changed = (!text.is_empty()).then_some((path, text));
        let told = told(&kept.chain(changed).collect::<Vec<_>>(), &[], now());
        assert_eq!(told.is_fine(), found(&told).is_empty(), "{path}");
        found(&told)
    };
    assert_eq!(of("x", ""), [""; 0]);
    assert_eq!(of("etc/kubernetes/pki/ca.crt", ""), ["ca-file-unreadable"]);
    assert_eq!(of("etc/kubernetes/pki/ca.crt", OTHER), ["certificate-unknown-authority"]);
    assert_eq!(of("etc/kubernetes/pki/apiserver.key", ""), ["certificate-unreadable"]);
    assert_eq!(of("etc/kubernetes/pki/apiserver.crt", CA)[0], "certificate-key-mismatch");
    assert_eq!(of("etc/kubernetes/admin.conf", ""), ["kubeconfig-unusable"]);
    assert_eq!(of("etc/kubernetes/kubelet.conf", ""), ["kubelet-client-certificate-unusable"]);
    // Nobody names it, and what it signed lies there.
    let front = ("etc/kubernetes/pki/front-proxy-client.crt", LEAF);
    assert_eq!(found(&told(&[&whole[..], &[front]].concat(), &[], now())), ["ca-file-unreadable"]);
    // A user without its key, with one that is none, and with a certificate that is none.
    let user = |user: &str| TOKEN.replace("token: x", user);
    let pem = "client-certificate: /etc/kubernetes/pki/apiserver.crt";
    for text in [
        user(pem),
        user(&format!("{pem}, client-key: /etc/kubernetes/pki/ca.crt")),
        user("client-certificate-data: Zm9v, client-key: /etc/kubernetes/pki/apiserver.key"),
    ] {
        assert_eq!(of("etc/kubernetes/admin.conf", &text), ["kubeconfig-unusable"], "{text}");
    }
}

const TOKEN: &str = "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: \"https://192.0.2.7:6443\"}}]\nusers: [{name: u, user: {token: x}}]\n";

#[test]
fn der_is_read_by_nobody_of_the_cluster() {
    use base64::Engine as _;
    let body: String = LEAF.lines().filter(|line| !line.starts_with("---")).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
    for path in ["etc/kubernetes/pki/apiserver.crt", "srv/etcd/server.crt"] {
        let dir = tempfile::tempdir().unwrap();
        let etcd = MANIFEST.replace("kube-apiserver", "etcd").replace("--tls-cert-file", "--cert-file");
        let etcd = etcd.replace("/etc/kubernetes/pki/apiserver.crt", "/srv/etcd/server.crt");
        lay(dir.path(), &[("etc/kubernetes/manifests/etcd.yaml", etcd.as_str()), (path, "")]);
        std::fs::write(dir.path().join(path), &der).unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let told = table(&Inspection::of(&host, now()), &[]);
        let one = told.findings.iter().find(|one| one.message.contains("DER")).unwrap();
        assert_eq!((one.code, told.is_fine()), ("certificate-unreadable", false), "{path}");
        assert!(one.message.contains("openssl x509 -inform der") || one.cure.contains("openssl"), "{path}");
    }
}

#[test]
fn what_is_not_valid_yet_is_not_over() {
    let files = [("etc/kubernetes/pki/apiserver.crt", LEAF), ("etc/kubernetes/pki/ca.crt", CA)];
    let early = SystemTime::UNIX_EPOCH + Duration::from_secs(DAY);
    let told = told(&files, &[], early);
    assert_eq!(codes(&told), ["certificate-not-yet-valid"; 2]);
    assert!(told.rows.iter().all(|row| row.remarks[0].text.contains("look at the clock")));
    let said = crate::doctor::laid::said_at(&files[..1], early);
    let own = said.findings.iter().filter(|one| one.code.starts_with("certificate-"));
    assert_eq!(own.map(|one| one.code).collect::<Vec<_>>(), ["certificate-not-yet-valid"]);
}

/// `certs renew` writes over a copy of admin.conf as it is, and over no other.
#[test]
fn a_copy_says_who_renews_it() {
    let admin = |pem: &str| {
        use base64::Engine as _;
        let data = base64::engine::general_purpose::STANDARD.encode(pem);
        TOKEN.replace("token: x", &format!("client-certificate-data: {data}"))
    };
    let (new, old) =
        (admin(include_str!("../testdata/admin-new.crt")), admin(include_str!("../testdata/admin-old.crt")));
    let mut files = vec![
        ("etc/kubernetes/admin.conf", new.as_str()),
        ("etc/passwd", "root:x:0:0::/root:/bin/sh\nli:x:7:7::/srv/people/li:/bin/sh\n"),
        ("root/.kube/config", new.as_str()),
        ("srv/people/li/.kube/config", old.as_str()),
        ("home/xu/.kube/config", "-> /etc/kubernetes/admin.conf"),
        ("etc/kubernetes/pki/ca.crt", CA),
        ("etc/kubernetes/pki/ca.key", KEY),
    ];
    let by = |files: &[(&str, &str)]| {
        let told = told(files, &[], now());
        let copies = told.rows.into_iter().filter(|row| row.lies == Lies::KubeconfigCopy);
        let mut by: Vec<_> = copies.map(|row| (row.place, row.renewed_by)).collect();
        by.sort();
        by.into_iter().map(|(_, by)| by).collect::<Vec<_>>()
    };
    assert_eq!(
        by(&files),
        ["kubeadm certs renew", "k8sprep certs renew, as a copy of admin.conf", "nobody"],
        "/home/xu, /root, /srv/people/li"
    );
    files.pop();
    assert!(by(&files)[..2].iter().all(|by| by.contains("not here")), "{:?}", by(&files));
}

/// Each file that may not be read is told, and hides no other.
#[test]
fn what_cannot_be_read_hides_no_other() {
    // A directory is no file that can be read.
    let files = [
        ("etc/kubernetes/manifests/kube-apiserver.yaml", MANIFEST),
        ("etc/kubernetes/manifests/etcd.yaml", "-> /dev/null"),
        ("etc/kubernetes/pki/apiserver.crt", LEAF),
        ("etc/kubernetes/pki/front-proxy-ca.crt/x", ""),
        ("etc/kubernetes/scheduler.conf/x", ""),
        ("root/.kube/config/x", ""),
        ("dev/null/x", ""),
    ];
    let told = told(&files, &[], now());
    assert!(told.rows.iter().any(|row| row.place.ends_with("apiserver.crt")), "{:?}", told.rows);
    let sources: Vec<&str> = told.unread.iter().map(|one| one.source.as_str()).collect();
    for path in
        ["/etc/kubernetes/pki/front-proxy-ca.crt", "/etc/kubernetes/scheduler.conf", "/root/.kube/config"]
    {
        assert_eq!(sources.iter().filter(|source| **source == path).count(), 1, "{path}: {sources:?}");
    }
}
