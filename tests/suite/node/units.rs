//! Units as systemd reads them, proxies as Go reads them: what is not in force is named with its
//! place, and what is in force is not.

use k8sprep::recipe::Severity;

use super::{Node, UNIT, small, text_of};

const DROP_INS: &str = "etc/systemd/system";

/// Code, unit, drop-in and words that are said of it.
type Case = (&'static str, &'static str, &'static str, &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "unit-line-ignored",
        "crio.service.d/10-proxy.conf",
        "[Service]\n\"NO_PROXY=10.0.0.0/8\"\n",
        &["crio.service.d/10-proxy.conf:2:", "Unknown key '\"NO_PROXY' in section [Service], ignoring."],
    ),
    (
        "unit-line-ignored",
        "crio.service.d/10-proxy.conf",
        "[Manager]\nDefaultEnvironment=HTTP_PROXY=http://p:1\n",
        &["10-proxy.conf:1:", "Unknown section 'Manager'. Ignoring."],
    ),
    (
        "unit-line-ignored",
        "kubelet.service.d/90-a.conf",
        "Environment=KUBELET_EXTRA_ARGS=--v=4\n",
        &["90-a.conf:1:", "Assignment outside of section. Ignoring."],
    ),
    (
        "unit-line-ignored",
        "kubelet.service.d/90-a.conf",
        "[Service]\nEnvironment=KUBELET_EXTRA_ARGS=--v=4 --node-ip=192.0.2.1\n",
        &["90-a.conf:2:", "Invalid environment assignment, ignoring: --node-ip=192.0.2.1"],
    ),
    (
        "drop-in-not-read",
        "kubelet.service.d/90-a",
        "[Service]\nNice=1\n",
        &["kubelet.service.d/90-a is not read"],
    ),
    ("drop-in-not-read", "kubelet.d/90-a.conf", "[Service]\nNice=1\n", &["kubelet.d/90-a.conf is not read"]),
    (
        "exec-start-duplicated",
        "crio.service.d/10-a.conf",
        "[Service]\nExecStart=/usr/bin/crio --x\n",
        &["crio.service has 2 ExecStart= lines"],
    ),
    (
        "kubelet-kubeconfig-not-passed",
        "kubelet.service.d/90-a.conf",
        "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml --pod-manifest-path=/etc/kubernetes/manifests $KUBELET_KUBEADM_ARGS\n",
        &["90-a.conf:3: the command passes no --kubeconfig", "standalone mode"],
    ),
    (
        "kubelet-config-not-passed",
        "kubelet.service.d/90-a.conf",
        "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --kubeconfig /etc/kubernetes/kubelet.conf --pod-manifest-path=/etc/kubernetes/manifests $KUBELET_KUBEADM_ARGS\n",
        &["the command passes no --config"],
    ),
    (
        "kubelet-arguments-not-read",
        "kubelet.service.d/90-a.conf",
        "[Service]\nEnvironment=KUBELET_CERT_ARGS=--v=3\n",
        &["90-a.conf:2 sets KUBELET_CERT_ARGS, and the ExecStart= of kubelet.service does not use it"],
    ),
    (
        "kubelet-arguments-not-read",
        "../../sysconfig/kubelet",
        "KUBELET_EXTRA_ARGS=--v=3\n",
        &["/etc/sysconfig/kubelet has"],
    ),
    (
        "crio-arguments-not-read",
        "crio.service.d/10-a.conf",
        "[Service]\nEnvironment=CRIO_NETWORK_OPTIONS=--x\n",
        &["10-a.conf:2 sets CRIO_NETWORK_OPTIONS"],
    ),
    (
        "no-proxy-incomplete",
        "crio.service.d/10-a.conf",
        "[Service]\nEnvironment=HTTP_PROXY=http://p:1\n",
        &[
            "10-a.conf:2: crio.service has HTTP_PROXY",
            "there is no NO_PROXY; it lacks",
            "10.96.0.0/12 (Services)",
        ],
    ),
    (
        "no-proxy-incomplete",
        "kubelet.service.d/90-a.conf",
        "[Service]\nEnvironment=https_proxy=http://p:1 NO_PROXY=10.96.*,10.0.0.0/8\n",
        &["kubelet.service has https_proxy, and its NO_PROXY lacks 198.51.100.9 (the API server)"],
    ),
];

/// A member whose control plane names its subnets and whose kubelet has its way to an API server.
fn member() -> Node {
    let node = small();
    node.fake.lay("etc/kubernetes/kubelet.conf", super::KUBECONFIG);
    let manifest =
        super::APISERVER.replace("--secure-port", "--service-cluster-ip-range=10.96.0.0/12, --secure-port");
    node.fake.lay("etc/kubernetes/manifests/kube-apiserver.yaml", &manifest);
    node
}

#[test]
fn what_is_not_in_force_is_named_with_its_place() {
    for (code, path, text, words) in CASES {
        let node = member();
        let path = match path.strip_prefix("../../") {
            Some(path) => format!("etc/{path}"),
            None => format!("{DROP_INS}/{path}"),
        };
        node.fake.lay(&path, text);
        let found = node.of_files();
        let said = text_of(&found);
        let [one] = found.as_slice() else { panic!("{code}: {said}") };
        assert_eq!(one.code, *code, "{said}");
        let fault = ["exec-start-duplicated", "kubelet-kubeconfig-not-passed", "kubelet-config-not-passed"];
        assert_eq!(one.severity == Severity::Fault, fault.contains(code), "{said}");
        for words in *words {
            assert!(one.what.contains(words), "{code}: not said: {words}: {said}");
        }
    }
}

#[test]
fn of_what_is_in_force_nothing_is_said() {
    let proxy = "[Service]\nEnvironment=\"HTTPS_PROXY=http://u:p%%40@p:1\" \\\n  \
                 \"NO_PROXY=localhost,10.96.0.0/12,198.51.100.0/24,.svc\"\n";
    for (path, text) in [
        ("crio.service.d/10-a.conf", proxy),
        ("kubelet.service.d/10-a.conf", proxy),
        ("kubelet.service.d/10-a.conf.bak", "nothing"),
        ("kubelet.service.d/.10-a.conf.swp", "nothing"),
        ("kubelet.service.d/90-a.conf", "# only\n; comments\n\n[Unit]\nAfter=crio.service\n[X-Ours]\na=b\n"),
        ("kubelet.service", UNIT),
    ] {
        let node = member();
        node.fake.lay(&format!("{DROP_INS}/{path}"), text);
        assert_eq!(text_of(&node.of_files()), "", "{path}");
    }
}

/// What the drop-in of a spec's `proxy:` says passes its own test.
#[test]
fn the_drop_in_of_a_spec_is_complete() {
    let node = member();
    let spec =
        "kubernetesVersion: v1.34.0\nadvertiseAddress: 198.51.100.9\nproxy: {httpsProxy: 'http://p:1'}\n";
    let (plan, _) = node.plan(spec);
    let text = format!("{plan:?}");
    assert!(text.contains("k8sprep-proxy.conf"), "{text}");
    let drop_in = "[Service]\nEnvironment=\"HTTPS_PROXY=http://p:1\"\n\
                   Environment=\"NO_PROXY=localhost,127.0.0.1,::1,.svc,.cluster.local,10.96.0.0/12,198.51.100.9\"\n";
    for unit in ["crio", "kubelet"] {
        node.fake.lay(&format!("{DROP_INS}/{unit}.service.d/k8sprep-proxy.conf"), drop_in);
    }
    assert_eq!(text_of(&node.of_files()), "");
}
