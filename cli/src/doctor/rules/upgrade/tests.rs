//! Each check of upgrades fires on a tree made for it, and not beside it.

use crate::doctor::{Family, laid};

const DEBIAN: (&str, &str) = ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");

fn codes(files: &[(&str, &str)]) -> Vec<&'static str> {
    laid::codes_of(Family::Upgrade, &[&[DEBIAN], files].concat())
}

#[test]
fn minors_of_cri_o_and_kubernetes_go_together() {
    let of = |crio: &str| {
        let paragraph =
            |name, version| format!("Package: {name}\nStatus: hold ok installed\nVersion: {version}\n");
        let status = format!("{}\n{}", paragraph("kubelet", "1.34.0-1.1"), paragraph("cri-o", crio));
        codes(&[("var/lib/dpkg/status", &status)])
    };
    assert_eq!(of("1.31.13-1.1"), ["crio-not-upgraded"]);
    assert_eq!(of("1.33.2-1.1"), [""; 0]);
    assert_eq!(of("1.34.0-1.1"), [""; 0]);
}

#[test]
fn a_flag_that_the_next_kubelet_does_not_know_is_told_before() {
    let of = |version: &str| {
        let status = format!("Package: kubelet\nStatus: hold ok installed\nVersion: {version}\n");
        let flags = "KUBELET_KUBEADM_ARGS=\"--pod-infra-container-image=registry.k8s.io/pause:3.10\"\n";
        codes(&[("var/lib/dpkg/status", &status), ("var/lib/kubelet/kubeadm-flags.env", flags)])
    };
    assert_eq!(of("1.34.0-1.1"), ["kubeadm-flags-outdated"]);
    assert_eq!(of("1.33.0-1.1"), [""; 0]);
}

#[test]
fn backups_of_upgrades_are_noted() {
    let left = ("etc/kubernetes/tmp/kubeadm-backup-manifests-2026/etcd.yaml", "kind: Pod\n");
    assert_eq!(codes(&[left]), ["upgrade-backups-left"]);
    assert_eq!(codes(&[("etc/kubernetes/tmp/other/file", "")]), [""; 0]);
}

const ADM: &str = "Package: kubeadm\nStatus: hold ok installed\nVersion: 1.34.0-1.1\n";
const SERVER: (&str, &str) = (
    "etc/kubernetes/manifests/kube-apiserver.yaml",
    "kind: Pod\nmetadata: {name: kube-apiserver}\nspec:\n  containers:\n  - command: [kube-apiserver]\n    image: registry.k8s.io/kube-apiserver:v1.34.0\n",
);

fn cluster(api: &str, version: &str, more: &str) -> String {
    format!(
        "apiVersion: kubeadm.k8s.io/{api}\nkind: ClusterConfiguration\nkubernetesVersion: {version}\n{more}"
    )
}

#[test]
fn documents_are_judged_by_the_kubeadm_that_is_installed() {
    let of = |text: &str| codes(&[("var/lib/dpkg/status", ADM), ("etc/kubernetes/kubeadm.yaml", text)]);
    assert_eq!(of(&cluster("v1beta4", "v1.34.0", "")), [""; 0]);
    let wrong = cluster("v1beta4", "v1.34.0", "networking: {podSubnet: 10.244.0.0/99}\n");
    let files = [("var/lib/dpkg/status", ADM), ("etc/kubernetes/kubeadm.yaml", wrong.as_str()), DEBIAN];
    assert_eq!(laid::codes_of(Family::Kubelet, &files), ["kubeadm-config-invalid"]);
    assert_eq!(of(&cluster("v1beta2", "v1.34.0", "")), ["kubeadm-config-outdated"]);
    assert_eq!(of("a: b\n"), [""; 0], "it is not kubeadm's");
}

#[test]
fn a_minor_that_kubeadm_does_not_deploy_is_told_where_it_is_still_to_come() {
    let of = |version: &str, more: &[(&str, &str)]| {
        let text = cluster("v1beta4", version, "");
        codes(&[&[("var/lib/dpkg/status", ADM), ("root/kubeadm-init.yaml", text.as_str())], more].concat())
    };
    assert!(of("v1.36.0", &[]).contains(&"kubeadm-minor-mismatch"));
    assert_eq!(of("v1.33.2", &[]), [""; 0]);
    assert_eq!(of("v1.31.0", &[SERVER]), [""; 0], "the cluster was upgraded since");
    let skips = of("v1.36.0", &[SERVER]);
    assert!(skips.contains(&"upgrade-skips-minor") && skips.contains(&"kubeadm-minor-mismatch"));
}

#[test]
fn an_upgrade_that_ended_early_and_a_runtime_of_old_are_told() {
    let left = ("etc/kubernetes/tmp/kubeadm-upgraded-manifests123/etcd.yaml", "kind: Pod\n");
    assert_eq!(codes(&[left]), ["upgrade-half-done"]);
    let status = "Package: kubelet\nStatus: hold ok installed\nVersion: 1.30.0-1.1\n";
    let shim = ("var/lib/dockershim/sandbox/x", "{}");
    let member = ("etc/kubernetes/kubelet.conf", "clusters: []\n");
    assert_eq!(codes(&[("var/lib/dpkg/status", status), member, shim]), ["dockershim-traces"]);
    let old = status.replace("1.30.0", "1.23.0");
    assert_eq!(codes(&[("var/lib/dpkg/status", old.as_str()), member, shim]), [""; 0]);
}

#[test]
fn a_secret_that_is_not_valid_is_not_repeated() {
    let text = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ncertificateKey: ZZMARKERZZ\nbootstrapTokens:\n- token: \"abcdef.MARKER6789abcdef\"\n";
    let files = [DEBIAN, ("var/lib/dpkg/status", ADM), ("etc/kubernetes/kubeadm.yaml", text)];
    let said = laid::said_of(&files);
    let of = said.findings.iter().filter(|one| one.code == "kubeadm-config-invalid").count();
    assert_eq!(of, 2);
    assert!(!serde_json::to_string(&said).unwrap().contains("MARKER"));
}

#[test]
fn a_file_that_cannot_be_read_hides_no_other() {
    let document = "apiVersion: kubeadm.k8s.io/v1beta1\nkind: ClusterConfiguration\n";
    let status = "Package: kubeadm\nStatus: hold ok installed\nVersion: 1.34.0-1.1\n";
    let files = [
        DEBIAN,
        ("var/lib/dpkg/status", status),
        // A directory is no file that can be read.
        ("etc/kubernetes/kubeadm-a.yaml/x", ""),
        ("etc/kubernetes/kubeadm-b.yaml", document),
    ];
    let said = laid::said_of(&files);
    let code = "kubeadm-config-outdated";
    assert!(said.findings.iter().any(|one| one.code == code), "{:?}", said.findings);
    let unread = said.undecided.iter().find(|one| one.code == code).unwrap();
    assert_eq!(unread.unread.source, "/etc/kubernetes/kubeadm-a.yaml");
}

#[test]
fn a_pod_beside_the_control_plane_has_a_minor_of_its_own() {
    let pod = |name: &str, image: &str| {
        format!(
            "kind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n  - name: {name}\n    image: {image}\n    command: [{name}]\n"
        )
    };
    let apiserver = pod("kube-apiserver", "registry.k8s.io/kube-apiserver:v1.34.1");
    let vip = pod("kube-vip", "ghcr.io/kube-vip/kube-vip:v1.0.1");
    let dir = "etc/kubernetes/manifests";
    let of = |name: &str, text: &str| (format!("{dir}/{name}.yaml"), text.to_owned());
    let laid = [of("kube-apiserver", &apiserver), of("a-vip", &vip)];
    let laid: Vec<(&str, &str)> = laid.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let status = "Package: kubelet\nStatus: hold ok installed\nVersion: 1.34.0-1.1\n";
    let said = laid::said_of(&[&laid[..], &[DEBIAN, ("var/lib/dpkg/status", status)]].concat());
    let minor = said.agreements.iter().find(|one| one.value == "minor").unwrap();
    assert!(!minor.is_broken() && minor.places.iter().all(|place| place.says == "1.34"), "{minor:?}");
}
