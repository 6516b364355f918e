//! Each check that asks a program fires on its answer, holds beside it, and is undecided without it.

use crate::doctor::Severity;
use crate::doctor::laid::{asked, is_undecided, said_of_answers};

type Laid<'a> = (&'a str, &'a str);
type Answer<'a> = (&'a str, i32, &'a str);

const KUBELET: Laid<'_> =
    ("usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n");
const CRIO: Laid<'_> = ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n");

fn kubeconfig(server: &str) -> String {
    format!("kind: Config\nclusters:\n- cluster:\n    server: {server}\n  name: k\nusers: []\n")
}

fn kubelet_conf(text: &str) -> Laid<'_> {
    ("etc/kubernetes/kubelet.conf", text)
}

#[test]
fn an_endpoint_resolves_and_answers() {
    let code = "control-plane-endpoint-unreachable";
    let member = kubeconfig("https://api.example:6443");
    let files = [KUBELET, kubelet_conf(&member)];
    let answers = |getent: i32, curl: i32| [("getent ahosts api.example", getent, ""), ("curl", curl, "")];
    assert_eq!(asked(code, &files, &answers(0, 0)), "holds");
    // Whoever speaks no TLS, or answers 403, is there.
    assert_eq!(asked(code, &files, &answers(0, 35)), "holds");
    for (getent, curl) in [(2, 0), (0, 7), (0, 28)] {
        assert_eq!(asked(code, &files, &answers(getent, curl)), "fires", "{getent} {curl}");
    }
    assert_eq!(asked(code, &files, &[]), "undecided");
    let with_hosts = [KUBELET, kubelet_conf(&member), ("etc/hosts", "192.0.2.1 api.example # lb\n")];
    assert_eq!(asked(code, &with_hosts, &[("curl", 7, "")]), "fires");
    assert_eq!(asked(code, &with_hosts, &[]), "undecided");
    assert!(is_undecided(code, &files));
    // A worker with the address of one API server: whether that answers is another check's.
    let address = kubeconfig("https://192.0.2.9:6443");
    assert_eq!(asked(code, &[KUBELET, kubelet_conf(&address)], &[]), "undecided");
    // What is no name is not handed on.
    let odd = kubeconfig("https://-x$(id):6443");
    assert_eq!(asked(code, &[KUBELET, kubelet_conf(&odd)], &[]), "holds");
}

const POLICY: &str = ":FORWARD DROP [0:0]\n";
const OF_DOCKER: &str = "-A FORWARD -j DOCKER-FORWARD\n-A DOCKER-FORWARD -i docker0 -j ACCEPT\n\
                         -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A FORWARD -j KUBE-FORWARD\n\
                         -A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT\n";

#[test]
fn a_policy_that_drops_is_one_where_nothing_lets_pods_through() {
    let code = "forward-policy-drop";
    let member = kubeconfig("https://192.0.2.9:6443");
    let files = [KUBELET, kubelet_conf(&member)];
    let of = |rules: &str| {
        let text = format!("*nat\n:FORWARD DROP [0:0]\nCOMMIT\n*filter\n{rules}COMMIT\n");
        asked(code, &files, &[("iptables-save", 0, text.as_str())])
    };
    assert_eq!(of(":FORWARD ACCEPT [0:0]\n"), "holds");
    assert_eq!(of(POLICY), "fires");
    assert_eq!(of(&format!("{POLICY}{OF_DOCKER}")), "fires");
    for rule in [
        "-A FORWARD -m comment --comment \"flanneld forward\" -j FLANNEL-FWD\n",
        "-A FORWARD -s 10.244.0.0/16 -j ACCEPT\n",
        "-A KUBE-FORWARD -s 10.244.0.0/16 -j ACCEPT\n",
    ] {
        assert_eq!(of(&format!("{POLICY}{OF_DOCKER}{rule}")), "holds", "{rule}");
    }
    // A chain that leads to itself ends.
    assert_eq!(of(&format!("{POLICY}-A FORWARD -j A\n-A A -j B\n-A B -j A\n")), "fires");
    assert_eq!(asked(code, &files, &[("iptables-save", 4, "")]), "undecided");
    assert_eq!(asked(code, &files, &[]), "undecided");
    assert_eq!(asked(code, &[KUBELET], &[]), "holds");
}

#[test]
fn chains_of_a_former_cluster_are_told() {
    let code = "stale-firewall-rules";
    let of = |files: &[Laid<'_>], chains: &str| {
        asked(code, files, &[("iptables-save", 0, &format!("*nat\n{chains}COMMIT\n"))])
    };
    let left = ":PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n:cali-INPUT - [0:0]\n";
    assert_eq!(of(&[KUBELET], left), "fires");
    assert_eq!(of(&[KUBELET], ":KUBE-KUBELET-CANARY - [0:0]\n:CNI-FORWARD - [0:0]\n"), "holds");
    let member = kubeconfig("https://192.0.2.9:6443");
    assert_eq!(of(&[KUBELET, kubelet_conf(&member)], left), "holds");
    assert_eq!(of(&[], left), "holds");
    assert_eq!(asked(code, &[KUBELET], &[]), "undecided");
}

const FIREWALLD: [Laid<'_>; 2] = [
    ("usr/lib/systemd/system/firewalld.service", "[Service]\nExecStart=/usr/sbin/firewalld\n"),
    (
        "etc/systemd/system/multi-user.target.wants/firewalld.service",
        "-> /usr/lib/systemd/system/firewalld.service",
    ),
];
const UFW: [Laid<'_>; 2] = [
    ("usr/lib/systemd/system/ufw.service", "[Service]\nExecStart=/usr/sbin/ufw\n"),
    ("etc/systemd/system/multi-user.target.wants/ufw.service", "-> /usr/lib/systemd/system/ufw.service"),
];
const VXLAN: Laid<'_> = ("sys/class/net/flannel.1/mtu", "1450\n");

#[test]
fn ufw_lets_the_overlay_through_or_not() {
    let code = "overlay-port-closed";
    let member = kubeconfig("https://192.0.2.9:6443");
    let files = [&[KUBELET, kubelet_conf(&member), VXLAN], &UFW[..]].concat();
    let of = |rules: &str| {
        let text = format!(
            "Status: active\nDefault: deny (incoming), allow (outgoing)\n\nTo Action From\n-- ------ ----\n{rules}"
        );
        asked(code, &files, &[("ufw status verbose", 0, text.as_str())])
    };
    assert_eq!(of("22/tcp                     ALLOW IN    Anywhere\n"), "fires");
    for rule in ["8472/udp", "8472", "8000:9000/udp", "Anywhere"] {
        assert_eq!(of(&format!("{rule}      ALLOW IN    192.0.2.0/24\n")), "holds", "{rule}");
    }
    assert_eq!(asked(code, &files, &[("ufw status verbose", 0, "Status: inactive\n")]), "holds");
    assert_eq!(asked(code, &files, &[]), "undecided");
    // No overlay, or no firewall.
    assert_eq!(asked(code, &[&[KUBELET, kubelet_conf(&member)], &UFW[..]].concat(), &[]), "holds");
    assert_eq!(asked(code, &[KUBELET, kubelet_conf(&member), VXLAN], &[]), "holds");
    assert!(is_undecided(code, &files));
}

#[test]
fn firewalld_that_does_not_run_closes_nothing_and_one_that_is_silent_is_not_known() {
    let code = "overlay-port-closed";
    let member = kubeconfig("https://192.0.2.9:6443");
    let files = [&[KUBELET, kubelet_conf(&member), VXLAN], &FIREWALLD[..]].concat();
    assert_eq!(asked(code, &files, &[("firewall-cmd --list-all-zones", 252, "")]), "holds");
    assert_eq!(asked(code, &files, &[("firewall-cmd --list-all-zones", 1, "")]), "undecided");
    assert_eq!(asked(code, &files, &[]), "undecided");
}

#[test]
fn an_external_etcd_is_old_enough_to_be_refused_or_not() {
    let code = "external-etcd-too-old";
    let server = |servers: &str| {
        format!(
            "kind: Pod\nmetadata: {{name: kube-apiserver}}\nspec:\n  containers:\n  - name: kube-apiserver\n    image: \
             registry.k8s.io/kube-apiserver:v1.34.0\n    command: [kube-apiserver, --etcd-servers={servers}]\n"
        )
    };
    let path = "etc/kubernetes/manifests/kube-apiserver.yaml";
    let external = server("https://192.0.2.7:2379");
    let of = |status, said: &str| asked(code, &[KUBELET, (path, &external)], &[("curl", status, said)]);
    assert_eq!(of(0, "{\"etcdserver\":\"3.5.20\",\"etcdcluster\":\"3.5.0\"}"), "fires");
    assert_eq!(of(0, "{\"etcdserver\":\"3.5.21\"}"), "holds");
    assert_eq!(of(0, "{\"etcdserver\":\"3.6.4\"}"), "holds");
    for (status, said) in [(0, "hello"), (7, ""), (58, "")] {
        assert_eq!(of(status, said), "undecided", "{status}");
    }
    assert!(is_undecided(code, &[KUBELET, (path, &external)]));
    let own = server("https://127.0.0.1:2379");
    assert_eq!(asked(code, &[KUBELET, (path, &own)], &[]), "holds");
    let odd = server("https://192.0.2.7:2379;x");
    assert_eq!(
        asked(code, &[KUBELET, (path, &odd)], &[("curl", 0, "{\"etcdserver\":\"3.1.0\"}")]),
        "undecided"
    );
    // Before init, by the file that kubeadm is given.
    let file = (
        "etc/kubernetes/kubeadm.yaml",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.34.0\netcd:\n  external:\n    \
         endpoints: [https://192.0.2.7:2379]\n    caFile: /etc/etcd/ca.crt\n",
    );
    let status =
        ("var/lib/dpkg/status", "Package: kubeadm\nStatus: hold ok installed\nVersion: 1.34.0-1.1\n");
    let debian = ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    let files = [KUBELET, file, status, debian];
    assert_eq!(asked(code, &files, &[("curl", 0, "{\"etcdserver\":\"3.5.6\"}")]), "fires");
    assert_eq!(asked(code, &files, &[("curl", 0, "{\"etcdserver\":\"3.5.21\"}")]), "holds");
}

/// The addresses of `--etcd-servers` beside etcd's own, and who answers elsewhere.
#[test]
fn an_etcd_is_where_the_api_server_asks() {
    let code = "etcd-unreachable";
    let pod = |name: &str, flag: &str| {
        format!(
            "kind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n  - name: {name}\n    image: registry.k8s.io/{name}:v1.34.0\n    \
             command: [{name}, \"--{flag}\"]\n"
        )
    };
    let said = |servers: &str, own: Option<&str>, curl: &[Answer<'_>]| {
        let server = pod("kube-apiserver", &format!("etcd-servers={servers}"));
        let own = own.map(|urls| pod("etcd", &format!("listen-client-urls={urls}")));
        let mut files = vec![KUBELET, ("etc/kubernetes/manifests/kube-apiserver.yaml", server.as_str())];
        files.extend(own.as_deref().map(|text| ("etc/kubernetes/manifests/etcd.yaml", text)));
        let found = said_of_answers(&files, &[&[("journalctl", 0, "")], curl].concat());
        let worst = found.findings.iter().filter(|one| one.code == code).map(|one| one.severity).max();
        let open = found.undecided.iter().any(|one| one.code == code);
        worst.map_or(if open { "undecided" } else { "holds" }, Severity::as_str)
    };
    let usual = Some("https://127.0.0.1:2379,https://192.0.2.7:2379");
    assert_eq!(said("https://127.0.0.1:2379", usual, &[]), "holds");
    assert_eq!(said("https://localhost:2379", usual, &[]), "holds");
    assert_eq!(said("https://192.0.2.7:2379", usual, &[]), "holds");
    for servers in ["https://127.0.0.1:2378", "http://127.0.0.1:2379", "https://192.0.2.7:2378"] {
        assert_eq!(said(servers, usual, &[]), "error", "{servers}");
    }
    assert_eq!(said("https://127.0.0.1:2379,https://127.0.0.1:2378", usual, &[]), "warning");
    // Elsewhere: who answers.
    let two = "https://192.0.2.8:2379,https://192.0.2.9:2379";
    for (status, wanted) in
        [(0, "holds"), (35, "holds"), (58, "holds"), (7, "error"), (28, "error"), (6, "error")]
    {
        assert_eq!(said(two, None, &[("curl", status, "")]), wanted, "{status}");
    }
    let one = ("curl --silent --noproxy * --globoff --max-time 2 -- https://192.0.2.8", 0, "");
    assert_eq!(said(two, None, &[one, ("curl", 7, "")]), "warning");
    assert_eq!(said(two, None, &[]), "undecided");
    assert_eq!(said("192.0.2.8", None, &[]), "undecided");
    // Whose manifest is gone is told so.
    assert_eq!(said("https://127.0.0.1:2379", None, &[]), "holds");
}

#[test]
fn a_mirror_answers_or_not() {
    let code = "mirror-not-answering";
    let mirrors = "[[registry]]\nprefix = \"docker.io\"\nlocation = \"docker.io\"\n[[registry.mirror]]\nlocation = \"m1.example:5000/hub\"\n\
                   [[registry.mirror]]\nlocation = \"m2.example\"\ninsecure = true\n";
    let files = [CRIO, ("etc/containers/registries.conf", mirrors)];
    let of = |codes: &str| asked(code, &files, &[("curl", 0, codes)]);
    assert_eq!(of("200\n401\n000\n"), "holds");
    // The second one is asked by http too.
    assert_eq!(of("200\n000\n404\n"), "holds");
    assert_eq!(of("000\n401\n000\n"), "fires");
    assert_eq!(of("200\n000\n000\n"), "fires");
    assert_eq!(of("200\n"), "undecided");
    assert_eq!(asked(code, &files, &[]), "undecided");
    assert_eq!(asked(code, &[CRIO], &[]), "holds");
    let proxy =
        ("etc/systemd/system/crio.service.d/p.conf", "[Service]\nEnvironment=HTTPS_PROXY=http://p.example\n");
    assert_eq!(asked(code, &[&files[..], &[proxy]].concat(), &[("curl", 0, "000\n000\n000\n")]), "undecided");
    assert!(is_undecided(code, &files));
}

/// CRI-O runs for 100 s.
const SHOW: &str = "LoadState=loaded\nActiveState=active\nSubState=running\nNRestarts=0\n\n\
                    LoadState=loaded\nActiveState=active\nSubState=running\nNRestarts=0\nActiveEnterTimestampMonotonic=900000000\n";

#[test]
fn a_file_that_is_newer_than_cri_o_waits_for_a_restart() {
    let code = "crio-restart-pending";
    let member = kubeconfig("https://192.0.2.9:6443");
    let files = [
        CRIO,
        KUBELET,
        kubelet_conf(&member),
        ("etc/crio/crio.conf.d/10-own.conf", "[crio.runtime]\n"),
        ("proc/uptime", "1000.00 900.00\n"),
    ];
    let now = crate::doctor::laid::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let of = |age: u64| {
        let text = format!("{} /etc/crio/crio.conf.d/10-own.conf\n", now - age);
        let answers: [Answer<'_>; 2] = [("systemctl show", 0, SHOW), ("stat ", 0, &text)];
        asked(code, &files, &answers)
    };
    assert_eq!((of(10), of(99), of(101), of(5_000)), ("fires", "holds", "holds", "holds"));
    assert_eq!(asked(code, &files, &[("systemctl show", 0, SHOW)]), "undecided");
    assert_eq!(asked(code, &files, &[]), "undecided");
    assert!(is_undecided(code, &files));
}

#[test]
fn pods_of_another_driver_are_told() {
    let code = "cgroup-driver-changed";
    let member = kubeconfig("https://192.0.2.9:6443");
    let of = |more: &[Laid<'_>]| asked(code, &[&[CRIO, KUBELET, kubelet_conf(&member)], more].concat(), &[]);
    let systemd = (
        "sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0a.slice/cgroup.procs",
        "7\n",
    );
    let cgroupfs = ("sys/fs/cgroup/kubepods/besteffort/pod0a1b/cgroup.procs", "7\n");
    let old = ("sys/fs/cgroup/memory/kubepods/pod0a1b/cgroup.procs", "7\n");
    let manager = (
        "etc/crio/crio.conf.d/10-own.conf",
        "[crio.runtime]\ncgroup_manager = \"cgroupfs\"\nconmon_cgroup = \"pod\"\n",
    );
    assert_eq!(of(&[]), "holds");
    assert_eq!(of(&[systemd]), "holds");
    assert_eq!(of(&[systemd, cgroupfs]), "fires");
    assert_eq!(of(&[old]), "fires");
    assert_eq!(of(&[manager, cgroupfs]), "holds");
    assert_eq!(of(&[manager, systemd]), "fires");
    assert!(is_undecided(code, &[CRIO, KUBELET, kubelet_conf(&member)]));
}
