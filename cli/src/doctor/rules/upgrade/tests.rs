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

/// Where no package has them programs tell their releases, and it is they who are named.
#[test]
fn a_release_that_a_program_tells_is_the_programs() {
    let units = [
        ("usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/opt/bin/kubelet\n"),
        ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/opt/bin/crio\n"),
    ];
    let of = |crio: &str, more: &[(&str, &str)]| {
        let answers =
            [("/opt/bin/kubelet --version", 0, "Kubernetes v1.34.0\n"), ("/opt/bin/crio --version", 0, crio)];
        let said = laid::said_of_answers(&[&units[..], more].concat(), &answers);
        let code = "crio-not-upgraded";
        let places = said
            .findings
            .into_iter()
            .find(|one| one.code == code)
            .map(|one| one.evidence.iter().map(|place| place.with_value()).collect::<Vec<_>>());
        (places, said.undecided.iter().any(|one| one.code == code))
    };
    let told = Some(vec!["crio --version: cri-o 1.31.2".to_owned()]);
    assert_eq!(of("crio version 1.31.2\n", &[DEBIAN, ("var/lib/dpkg/status", "")]), (told.clone(), false));
    // Also where nobody knows the package manager; without both nothing is compared.
    assert_eq!(of("crio version 1.31.2\n", &[]), (told, false));
    assert_eq!(of("crio version 1.34.2\n", &[]), (None, false));
    assert_eq!(of("?\n", &[]), (None, true));
}

#[test]
fn a_flag_that_the_next_kubelet_does_not_know_is_told_before() {
    let of = |version: &str| {
        let status = format!("Package: kubelet\nStatus: hold ok installed\nVersion: {version}\n");
        let flags = "KUBELET_KUBEADM_ARGS=\"--pod-infra-container-image=registry.k8s.io/pause:3.10\"\n";
        codes(&[("var/lib/dpkg/status", &status), ("var/lib/kubelet/kubeadm-flags.env", flags), ENDPOINT])
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
    let etcd = cluster(
        "v1beta4",
        "v1.34.0",
        "etcd: {external: {endpoints: ['https://e:2379'], caFile: /etc/e/ca.crt, certFile: /etc/e/c, keyFile: /etc/e/k}}\n",
    );
    let files = [("var/lib/dpkg/status", ADM), ("etc/kubernetes/kubeadm.yaml", etcd.as_str()), DEBIAN];
    assert_eq!(laid::codes_of(Family::Kubelet, &files), ["kubeadm-config-invalid"]);
    let there = [("etc/e/ca.crt", ""), ("etc/e/c", ""), ("etc/e/k", "")];
    assert_eq!(laid::codes_of(Family::Kubelet, &[&files[..], &there].concat()), [""; 0]);
    assert_eq!(of(&cluster("v1beta2", "v1.34.0", "")), ["kubeadm-config-outdated"]);
    assert_eq!(of("a: b\n"), [""; 0], "it is not kubeadm's");
}

/// What an upgrade left behind is refused by nobody, since nobody reads it any more.
#[test]
fn the_release_that_made_a_member_is_no_fault_after_upgrades() {
    let old = cluster("v1beta4", "v1.31.0", "");
    let of = |more: &[(&str, &str)]| {
        let own =
            [("var/lib/dpkg/status", ADM), ("etc/kubernetes/k8sprep/kubeadm.yaml", old.as_str()), DEBIAN];
        laid::codes_of(Family::Kubelet, &[&own[..], more].concat())
    };
    assert_eq!(of(&[]), ["kubeadm-config-invalid"]);
    let member = of(&[("etc/kubernetes/kubelet.conf", "clusters: []\n")]);
    assert!(!member.contains(&"kubeadm-config-invalid"), "{member:?}");
}

#[test]
fn a_minor_that_kubeadm_does_not_deploy_is_told_where_it_is_still_to_come() {
    let of = |version: &str, more: &[(&str, &str)]| {
        let text = cluster("v1beta4", version, "");
        let own = [("var/lib/dpkg/status", ADM), ("root/kubeadm-init.yaml", text.as_str()), ENDPOINT];
        codes(&[&own[..], more].concat())
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

/// The codes that stand in the way of 1.`to`, errors alone.
fn before(to: u64, files: &[(&str, &str)]) -> Vec<&'static str> {
    let dir = tempfile::tempdir().unwrap();
    laid::lay(dir.path(), &[&[DEBIAN], files].concat());
    let host = host_prep::Host::offline(host_prep::fs::Root::open(dir.path()).unwrap());
    let seen = crate::doctor::Inspection::of(&host, laid::now());
    let said = crate::doctor::before_upgrade(seen, kubeadm_config::Minor::new(to));
    let errors = said.findings.iter().filter(|one| one.severity == crate::doctor::Severity::Error);
    let mut codes: Vec<_> = errors.map(|one| one.code).collect();
    codes.dedup();
    codes
}

const CONF: (&str, &str) = (
    "etc/kubernetes/kubelet.conf",
    "apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: \"https://192.0.2.7:6443\"}}]\nusers: [{name: u, user: {token: x}}]\n",
);
const ENDPOINT: (&str, &str) = (
    "var/lib/kubelet/instance-config.yaml",
    "containerRuntimeEndpoint: \"unix:///var/run/crio/crio.sock\"\n",
);

fn installed(kubelet: &str, crio: &str) -> String {
    let of = |name, version| format!("Package: {name}\nStatus: hold ok installed\nVersion: {version}\n");
    format!("{}\n{}", of("kubelet", kubelet), of("cri-o", crio))
}

#[test]
fn what_ends_stands_in_the_way_of_the_minor_that_is_asked_for_alone() {
    let status = installed("1.33.2-1.1", "1.33.2-1.1");
    let flags = "KUBELET_KUBEADM_ARGS=\"--pod-infra-container-image=registry.k8s.io/pause:3.10\"\n";
    let config = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfeatureGates:\n  \
                  NodeSwap: false\n";
    let files = [
        ("var/lib/dpkg/status", status.as_str()),
        ("var/lib/kubelet/kubeadm-flags.env", flags),
        ("var/lib/kubelet/config.yaml", config),
        CONF,
        ENDPOINT,
    ];
    assert_eq!(before(34, &files), ["feature-gate-ends"]);
    let mut at_35 = before(35, &files);
    at_35.sort_unstable();
    assert_eq!(at_35, ["feature-gate-ends", "kubelet-flag-ends", "upgrade-skips-minor"]);
    // Without an upgrade that is asked for the next minor is looked at, and warned of.
    let said = laid::said_of(&[&[DEBIAN], &files[..]].concat());
    let gate = said.findings.iter().find(|one| one.code == "feature-gate-ends").unwrap();
    assert_eq!(gate.severity, crate::doctor::Severity::Warning);
    assert_eq!((gate.evidence[0].line, gate.evidence[0].column), (Some(4), Some(3)));
}

/// Wherever the unit has CRI-O look: what ends of Kubernetes is known without its files.
#[test]
fn a_file_of_cri_o_that_cannot_be_read_leaves_its_own_keys_undecided_alone() {
    let status = installed("1.33.2-1.1", "1.33.2-1.1");
    let of = |path: &str| {
        let unit = format!("[Service]\nExecStart=/usr/bin/crio --config /{path}\n");
        let files = [
            DEBIAN,
            ("var/lib/dpkg/status", status.as_str()),
            CONF,
            ENDPOINT,
            ("usr/lib/systemd/system/crio.service", unit.as_str()),
            (path, "[crio\n"),
        ];
        let dir = tempfile::tempdir().unwrap();
        laid::lay(dir.path(), &files);
        let host = host_prep::Host::offline(host_prep::fs::Root::open(dir.path()).unwrap());
        let seen = crate::doctor::Inspection::of(&host, laid::now());
        let said = crate::doctor::before_upgrade(seen, kubeadm_config::Minor::new(34));
        let ends = said.undecided.into_iter().filter(|one| one.code.ends_with("-ends"));
        ends.map(|one| (one.code, one.unread.source)).collect::<Vec<_>>()
    };
    for path in ["etc/crio/own.conf", "opt/own.conf"] {
        let open = of(path);
        assert_eq!(open[0], ("crio-key-ends", format!("/{path}")));
        assert!(open.iter().all(|(code, _)| *code == "crio-key-ends"), "{open:?}");
    }
}

const POD: &str = "kind: Pod\nmetadata: {name: NAME}\nspec:\n  containers:\n  - name: NAME\n    image: \
                   registry.k8s.io/NAME:TAG\n    command: [NAME]\n";

fn pod(name: &str, tag: &str) -> String {
    POD.replace("NAME", name).replace("TAG", tag)
}

#[test]
fn each_manifest_that_was_renamed_away_is_missed() {
    let names = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
    for gone in names {
        let mut files: Vec<(String, String)> = names
            .iter()
            .filter(|name| **name != gone)
            .map(|name| (format!("etc/kubernetes/manifests/{name}.yaml"), pod(name, "v1.34.0")))
            .collect();
        let backup = format!("etc/kubernetes/tmp/kubeadm-backup-manifests-2026-11-29-10-00-00/{gone}.yaml");
        files.push((backup.clone(), pod(gone, "v1.34.0")));
        let laid: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let said = laid::said_of(&laid);
        let found: Vec<_> = said.findings.iter().filter(|one| one.code == "manifest-set-aside").collect();
        assert_eq!(found.len(), 1, "{gone}");
        assert!(found[0].evidence[0].source.ends_with(&backup) && found[0].cure.contains(&backup), "{gone}");
    }
    // What `kubeadm reset` leaves is no control plane.
    let left = ("etc/kubernetes/tmp/kubeadm-backup-manifests-2026-11-29-10-00-00/etcd.yaml", "kind: Pod\n");
    assert!(!codes(&[left, CONF]).contains(&"manifest-set-aside"));
}

#[test]
fn an_etcd_below_3_5_24_keeps_a_control_plane_from_1_34() {
    let status = installed("1.33.2-1.1", "1.33.2-1.1");
    let of = |tag: &str, to: u64| {
        let etcd = pod("etcd", tag);
        let server = pod("kube-apiserver", "v1.33.2");
        let dir = "etc/kubernetes/manifests";
        let (etcd_at, server_at) = (format!("{dir}/etcd.yaml"), format!("{dir}/kube-apiserver.yaml"));
        let files = [
            ("var/lib/dpkg/status", status.as_str()),
            (etcd_at.as_str(), etcd.as_str()),
            (server_at.as_str(), server.as_str()),
            ENDPOINT,
        ];
        before(to, &files).contains(&"etcd-too-old-for-upgrade")
    };
    assert!(of("3.5.21-0", 34) && of("3.5.23-0", 34) && of("3.4.13-0", 34));
    assert!(!of("3.5.24-0", 34) && !of("3.6.4-0", 34) && !of("3.5.21-0", 33));
    assert!(!of("latest", 34), "which one it is is not known");
}

#[test]
fn an_endpoint_that_kubeadm_would_lose_is_told() {
    let status = installed("1.33.2-1.1", "1.33.2-1.1");
    let flag = (
        "var/lib/kubelet/kubeadm-flags.env",
        "A=\"--container-runtime-endpoint=unix:///var/run/crio/crio.sock\"\n",
    );
    let empty = ("var/lib/kubelet/instance-config.yaml", "containerRuntimeEndpoint: \"\"\n");
    let of = |to: u64, files: &[(&str, &str)]| {
        let own = [("var/lib/dpkg/status", status.as_str()), CONF];
        before(to, &[&own[..], files].concat()).contains(&"runtime-endpoint-not-kept")
    };
    assert!(of(34, &[]) && of(34, &[empty]) && of(34, &[empty, flag]));
    assert!(!of(34, &[flag]) && !of(34, &[ENDPOINT]) && !of(33, &[]));
    assert!(of(37, &[flag]), "1.37 does not read the flag any more");
}

#[test]
fn a_package_that_is_selected_to_be_removed_is_told() {
    let whole = installed("1.33.2-1.1", "1.33.2-1.1");
    let of = |state: &str| {
        let status = whole.replace("hold ok installed", state);
        codes(&[("var/lib/dpkg/status", status.as_str()), CONF, ENDPOINT]).contains(&"package-to-be-removed")
    };
    assert!(of("deinstall ok installed") && of("purge ok installed"));
    assert!(!of("hold ok installed") && !of("deinstall ok config-files"));
}

#[test]
fn a_node_of_another_runtime_is_told_where_an_upgrade_is_asked_for() {
    let status = installed("1.33.2-1.1", "1.33.2-1.1");
    let alone = status.split("\n\n").next().unwrap();
    let config =
        |endpoint: &str| format!("kind: KubeletConfiguration\ncontainerRuntimeEndpoint: \"{endpoint}\"\n");
    let of = |status: &str, text: &str| {
        let files = [("var/lib/dpkg/status", status), CONF, ENDPOINT, ("var/lib/kubelet/config.yaml", text)];
        before(34, &files).contains(&"runtime-is-another")
    };
    for socket in [
        "/run/containerd/containerd.sock",
        "unix:///run/containerd/containerd.sock",
        "unix:///var/run/cri-dockerd.sock",
    ] {
        assert!(of(&status, &config(socket)) && of(alone, &config(socket)), "{socket}");
    }
    assert!(!of(&status, &config("unix:///var/run/crio/crio.sock")));
    // Nothing tells the kubelet: it asks containerd, or where CRI-O is another check says why it does not.
    assert!(of(alone, "kind: KubeletConfiguration\n") && !of(&status, "kind: KubeletConfiguration\n"));
    let crio = config("unix:///srv/own.sock");
    let files =
        [("var/lib/dpkg/status", alone), CONF, ENDPOINT, ("var/lib/kubelet/config.yaml", crio.as_str())];
    assert!(!codes(&files).contains(&"runtime-is-another"), "no upgrade is asked for");
}

#[test]
fn a_runtime_that_would_change_is_told_where_no_file_says_it() {
    let status = installed("1.30.2-1.1", "1.30.2-1.1");
    let unit = ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n");
    let of = |to: u64, text: &str| {
        let files = [
            ("var/lib/dpkg/status", status.as_str()),
            CONF,
            unit,
            ("etc/crio/crio.conf.d/10-own.conf", text),
        ];
        before(to, &files).contains(&"oci-runtime-would-change")
    };
    assert!(of(31, "[crio.runtime]\nlog_level = \"info\"\n"));
    assert!(!of(31, "[crio.runtime]\ndefault_runtime = \"runc\"\n"));
}

#[test]
fn a_kubelet_that_would_be_left_behind_is_told() {
    let of = |kubelet: &str, to: u64| {
        let status = installed(kubelet, "1.33.2-1.1");
        let server = pod("kube-apiserver", &format!("v1.{}.0", to - 1));
        let files = [
            ("var/lib/dpkg/status", status.as_str()),
            ("etc/kubernetes/manifests/kube-apiserver.yaml", server.as_str()),
            ENDPOINT,
        ];
        before(to, &files).contains(&"kubelet-too-old-for-upgrade")
    };
    assert!(of("1.30.2-1.1", 34) && !of("1.31.2-1.1", 34));
    assert!(of("1.26.2-1.1", 28) && !of("1.27.2-1.1", 28));
}

#[test]
fn cgroup_v1_is_in_the_way_of_1_35_and_nothing_else() {
    let status = installed("1.34.2-1.1", "1.34.2-1.1");
    let dir = tempfile::tempdir().unwrap();
    let mounts = "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\ntmpfs /sys/fs/cgroup tmpfs rw 0 0\n";
    let files = [DEBIAN, ("var/lib/dpkg/status", status.as_str()), CONF, ENDPOINT, ("proc/mounts", mounts)];
    laid::lay(dir.path(), &files);
    let root = || host_prep::fs::Root::open(dir.path()).unwrap();
    let host = host_prep::Host::offline(root());
    let said = |host: &host_prep::Host, to| {
        let seen = crate::doctor::Inspection::of(host, laid::now());
        crate::doctor::before_upgrade(seen, kubeadm_config::Minor::new(to))
    };
    // A disk does not tell how it will be booted.
    assert!(said(&host, 35).undecided.iter().any(|one| one.code == "cgroup-v1-ends"));
    assert!(said(&host, 34).undecided.is_empty());
    let running = host_prep::Host::with_commands(root(), laid::silent());
    let fires = |to| said(&running, to).findings.iter().any(|one| one.code == "cgroup-v1-ends");
    assert!(fires(35) && !fires(34));
    laid::lay(
        dir.path(),
        &[("var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\nfailCgroupV1: false\n")],
    );
    assert!(!fires(35));
}
