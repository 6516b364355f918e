//! Never said what is not so: values that read well and that a component, kube-proxy or the kernel refuses
//! are told by every command that brings them in.

use std::path::{Path, PathBuf};

use crate::{failure, k8sprep};

struct Tree {
    dir: tempfile::TempDir,
}

impl Tree {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("root/etc")).unwrap();
        Self { dir }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }
}

fn words<'a>(command: &'a str, root: &'a Path, spec: &'a Path) -> Vec<&'a str> {
    vec![command, "--root", root.to_str().unwrap(), "-f", spec.to_str().unwrap(), "--no-packages"]
}

/// A spec's overlay is judged as documents are that it brings along.
#[test]
fn what_a_spec_sets_in_the_documents_is_judged_as_documents_are() {
    for (values, code, said) in [
        ("{KubeletConfiguration.maxPods: -5}", "kubelet-config-refused", "maxPods"),
        (
            "{apiServer.extraArgs: [{name: insecure-port, value: \"0\"}]}",
            "component-flag-unknown",
            "insecure-port",
        ),
        ("{KubeProxyConfiguration.mode: nft}", "proxy-mode", "nftables"),
        ("{KubeProxyConfiguration.bindAddress: foo}", "kube-proxy-config-refused", "foo"),
        ("{apiServer.extraArgs.authorization-mode: \"RBAC,Nope\"}", "component-argument-refused", "Nope"),
        (
            "{nodeRegistration.kubeletExtraArgs.read-only-port: \"99999\"}",
            "component-argument-refused",
            "99999",
        ),
    ] {
        let tree = Tree::new();
        let text = format!(
            "kubernetesVersion: v1.34.0\nnodeName: n1\nadvertiseAddress: 10.0.0.1\nkubeadm: {values}\n"
        );
        let spec = tree.write("k8sprep.yaml", &text);
        for command in ["plan", "verify", "apply"] {
            let output = k8sprep(words(command, &tree.root(), &spec)).output().unwrap();
            let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            let status = output.status.code().unwrap();
            assert!(
                status == 1 || (command == "verify" && status == 3),
                "{command} {values}: {status} {told}"
            );
            // `apply` says in one error that nothing was changed, with every problem.
            let coded = command == "apply" || told.contains(code);
            assert!(coded && told.contains(said), "{command} {values}: {told}");
        }
    }
}

#[test]
fn a_pod_subnet_that_holds_the_node_is_told() {
    let tree = Tree::new();
    let spec = tree.write(
        "k8sprep.yaml",
        "kubernetesVersion: v1.34.0\nnodeName: n1\nadvertiseAddress: 10.244.3.4\nnetworking: {podSubnet: 10.244.0.0/16}\n",
    );
    let output = k8sprep(words("plan", &tree.root(), &spec)).output().unwrap();
    let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(told.contains("address-in-subnet"), "{told}");
}

#[test]
fn values_that_nobody_reads_are_no_values_of_a_spec() {
    for (field, said) in [
        ("sysctls: {vm.swappiness: abc}", "whole numbers"),
        ("proxy: {httpProxy: \"http://p:3128\", noProxy: [\"10.*\"]}", "no patterns"),
        ("proxy: {httpProxy: \"http://p:3128\", noProxy: [\"192.0.2.1-20\"]}", "no patterns"),
    ] {
        let tree = Tree::new();
        let text = format!("kubernetesVersion: v1.34.0\nnodeName: n1\nadvertiseAddress: 10.0.0.1\n{field}\n");
        let spec = tree.write("k8sprep.yaml", &text);
        let (status, told) = failure(k8sprep(words("plan", &tree.root(), &spec)));
        assert!(status == 1 && told.contains(said), "{field}: {told}");
    }
}

#[test]
fn gen_config_says_what_check_config_refuses() {
    for (words, code) in [
        (&["--extra-arg", "apiserver.feature-gates=Foo=true"][..], "feature-gate-refused"),
        (&["--extra-arg", "apiserver.tls-min-version=VersionTLS99"], "component-argument-refused"),
        (&["--set", "skipPhases[]=nope"], "phase-unknown"),
        (&["--set", "KubeProxyConfiguration.oomScoreAdj=-2000"], "kube-proxy-config-refused"),
    ] {
        let common = ["gen-config", "--kubernetes-version", "v1.34.0", "--advertise-address", "10.0.0.1"];
        let output = k8sprep([&common, words].concat()).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(code), "{words:?}: {told}");
    }
}

#[test]
fn a_kind_that_kubeadm_lacks_is_named_and_not_called_no_document() {
    let tree = Tree::new();
    let file = tree.write("a.yaml", "apiVersion: kubeadm.k8s.io/v1beta4\nkind: clusterConfiguration\n");
    let (status, told) = failure(k8sprep(["gen-config", "--from", file.to_str().unwrap()]));
    assert!(status == 1 && told.contains("did you mean kind: ClusterConfiguration"), "{told}");
    assert!(!told.contains("no document of kubeadm"), "{told}");
}

#[test]
fn what_no_kubeadm_starts_with_is_found_in_every_document() {
    let tree = Tree::new();
    let head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ";
    for (text, code) in [
        ("UpgradeConfiguration\nnode: {skipPhases: [certs]}\n", "phase-unknown"),
        ("ResetConfiguration\nskipPhases: [cleanupnode]\n", "phase-unknown"),
        (
            "ClusterConfiguration\nscheduler: {extraArgs: [{name: leader-elect-resource-lock, value: endpoints}]}\n",
            "component-argument-refused",
        ),
        (
            "ClusterConfiguration\napiServer: {extraArgs: [{name: audit-log-path, value: '-'}, {name: audit-log-mode, value: x}]}\n",
            "component-argument-refused",
        ),
        (
            "ClusterConfiguration\napiServer: {extraArgs: [{name: storage-media-type, value: text/plain}]}\n",
            "component-argument-refused",
        ),
        (
            "ClusterConfiguration\napiServer: {extraArgs: [{name: audit-policy-file, value: /etc/a.yaml}]}\n",
            "argument-file-not-mounted",
        ),
    ] {
        let file = tree.write("a.yaml", &format!("{head}{text}"));
        let words = ["check-config", "--kubernetes-version", "v1.34.0", file.to_str().unwrap()];
        let output = k8sprep(words).output().unwrap();
        let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.code() == Some(3) && told.contains(code), "{text}: {told}");
    }
}

/// Nobody looked into the file that decides, so it is not called well without a word.
#[test]
fn settings_of_another_file_are_said_to_be_unread() {
    let tree = Tree::new();
    let file = tree.write(
        "a.yaml",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration:\n  kubeletExtraArgs:\n  - {name: config-dir, value: /etc/k.d}\n",
    );
    let output = k8sprep(["check-config", file.to_str().unwrap()]).output().unwrap();
    let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(told.contains("settings-file-not-read") && told.contains("not read here"), "{told}");
    let strict = k8sprep(["check-config", "--strict", file.to_str().unwrap()]).output().unwrap();
    assert_eq!(strict.status.code(), Some(3));
}

/// A label stays within its minor, and an address that nobody has is not named.
#[test]
fn a_file_is_judged_by_the_minor_of_its_label_and_on_no_made_up_host() {
    let tree = Tree::new();
    let head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ";
    let file = tree.write("a.yaml", &format!("{head}ClusterConfiguration\nkubernetesVersion: stable-1.34\n"));
    let output = k8sprep(["check-config", file.to_str().unwrap()]).output().unwrap();
    let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(told.contains("kubeadm v1.34.0 accepts it"), "{told}");
    let file = tree.write(
        "b.yaml",
        &format!("{head}InitConfiguration\nlocalAPIEndpoint: {{advertiseAddress: 127.0.0.1}}\n"),
    );
    let output = k8sprep(["check-config", file.to_str().unwrap()]).output().unwrap();
    let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(told.contains("127.0.0.1") && !told.contains("192.0.2.10"), "{told}");
}

/// What a hint proposes does what it says.
#[test]
fn the_hint_of_migrate_config_can_be_followed() {
    let tree = Tree::new();
    let file = tree.write(
        "old.yaml",
        "apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\nkubernetesVersion: v1.21.0\n---\n\
         apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ndynamicKubeletConfigDir: \"/x\"\n",
    );
    let file = file.to_str().unwrap();
    let output = k8sprep(["migrate-config", file, "--to", "v1beta4"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let hint = told
        .split('`')
        .find(|part| part.starts_with("k8sprep gen-config"))
        .unwrap_or_else(|| panic!("{told}"));
    let words: Vec<&str> = hint.split_whitespace().skip(1).collect();
    let output = k8sprep(words.iter().copied().chain(["--advertise-address", "10.0.0.1"])).output().unwrap();
    assert!(output.status.success(), "{hint}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The server stands in braces as well as on a line of its own, and a pattern means nothing to Go.
#[test]
fn a_proxy_in_front_of_the_api_server_is_told() {
    let tree = Tree::new();
    let lay = |name: &str, text: &str| tree.write(&format!("root/{name}"), text);
    lay(
        "etc/kubernetes/kubelet.conf",
        "apiVersion: v1\nkind: Config\nclusters:\n- name: k\n  cluster: {server: \"https://10.0.0.1:6443\"}\n",
    );
    lay(
        "usr/lib/systemd/system/kubelet.service",
        "[Service]\nExecStart=/usr/bin/kubelet --kubeconfig=/etc/kubernetes/kubelet.conf\n",
    );
    lay(
        "etc/systemd/system/kubelet.service.d/10-proxy.conf",
        "[Service]\nEnvironment=\"HTTPS_PROXY=http://p:3128\" \"NO_PROXY=localhost,10.*\"\n",
    );
    let root = tree.root();
    for command in ["facts", "doctor"] {
        let output = k8sprep([command, "--root", root.to_str().unwrap()]).output().unwrap();
        let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(told.contains("10.0.0.1 (the API server)"), "{command}: {told}");
        assert!(told.contains("10.* in it means nothing to Go"), "{command}: {told}");
    }
}

#[test]
fn what_the_kubelets_unit_cannot_mean_is_told() {
    let tree = Tree::new();
    let lay = |name: &str, text: &str| tree.write(&format!("root/{name}"), text);
    lay(
        "usr/lib/systemd/system/kubelet.service",
        "[Service]\nEnvironmentFile=-/etc/default/kubelet\nExecStart=/usr/bin/kubelet --config=/absent.yaml \
         --kubeconfig=/etc/kubernetes/kubelet.conf $KUBELET_EXTRA_ARGS\n",
    );
    lay("etc/default/kubelet", "KUBELET_EXTRA_ARG=--node-ip=10.0.0.1\n");
    let root = tree.root();
    let output = k8sprep(["facts", "--root", root.to_str().unwrap()]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("[kubelet-config-missing]") && told.contains("/absent.yaml"), "{told}");
    assert!(
        told.contains("sets KUBELET_EXTRA_ARG,") && told.contains("it uses KUBELET_EXTRA_ARGS"),
        "{told}"
    );
}

#[test]
fn what_crios_unit_gives_it_and_it_ends_at_is_told() {
    for (unit, said) in [
        ("ExecStart=/usr/bin/crio --nope\n", "flag provided but not defined: -nope"),
        ("ExecStart=/usr/bin/crio --config=/absent.conf\n", "open /absent.conf: no such file or directory"),
        ("Environment=CONTAINER_LOG_LEVEL=verbose\nExecStart=/usr/bin/crio\n", "not a valid logrus Level"),
        ("Environment=CONTAINER_ENABLE_METRICS=maybe\nExecStart=/usr/bin/crio\n", "as bool value"),
        ("LimitNOFILE=abc\nExecStart=/usr/bin/crio\n", "Failed to parse resource value, ignoring: abc"),
        // A file that is named has to be there, the usual one as well (`mergeConfigFiles`, IsSet).
        ("ExecStart=/usr/bin/crio -c /etc/crio/crio.conf\n", "open /etc/crio/crio.conf: no such file"),
        ("ExecStart=/usr/bin/crio --log-level debug\n", ""),
    ] {
        let tree = Tree::new();
        tree.write("root/usr/lib/systemd/system/crio.service", &format!("[Service]\n{unit}"));
        let root = tree.root();
        let output = k8sprep(["doctor", "--root", root.to_str().unwrap()]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        match said.is_empty() {
            true => assert!(!told.contains("crio-argument-refused"), "{unit}: {told}"),
            false => assert!(told.contains(said), "{unit}: {told}"),
        }
    }
}
