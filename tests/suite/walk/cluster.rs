use std::path::Path;
use std::time::Duration;

use host_prep::cluster::{
    KubeadmOptions, SMOKE_MANIFEST, Standing, apply_network, create_token, init, join, reset, smoke_test,
    standing, stands_on,
};
use host_prep::fs::{Mode, write_new};
use host_prep::resource::Managed;
use host_prep::{ApplyOptions, Back, Desired, NoProgress, apply, observe, plan};
use k8sprep_tests::scripted::Scripted;
use kubeadm_config::{JoinCommand, JoinRole};

use super::host;

const CONFIG: &str = "/etc/kubernetes/kubeadm.yaml";
const KUBECTL: &str = "kubectl --kubeconfig=/etc/kubernetes/admin.conf --cache-dir=/run/k8sprep-kube";

fn put(root: &Path, path: &str, text: &str) {
    let path = root.join(path.trim_start_matches('/'));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_new(&path, text.as_bytes(), Mode::PRIVATE).unwrap();
}

#[test]
fn init_runs_with_the_file_and_resume_forgives_only_what_it_left_itself() {
    let (dir, host, script) = host(Scripted::new());
    init(&host, Path::new(CONFIG), &KubeadmOptions::default(), &mut NoProgress).unwrap();
    put(dir.path(), "/var/lib/etcd/member", "");
    let mut again = KubeadmOptions::default();
    again.resume = true;
    again.ignore = vec!["HTTPProxyCIDR".into(), "all".into()];
    init(&host, Path::new(CONFIG), &again, &mut NoProgress).unwrap();
    let calls: Vec<_> = script.calls().into_iter().filter(|call| call.starts_with("kubeadm ")).collect();
    assert_eq!(calls[0], format!("kubeadm init --config {CONFIG}"));
    let forgiven = calls[1].split_once("--ignore-preflight-errors=").unwrap().1;
    assert_eq!(forgiven, "HTTPProxyCIDR,DirAvailable--var-lib-etcd");
}

#[test]
fn what_kubeadm_complains_about_is_told_with_what_helps_and_nothing_is_wiped() {
    let said = "error execution phase preflight: [preflight] Some fatal errors occurred:\n\t[ERROR FileContent--proc-sys-net-ipv4-ip_forward]: \
        /proc/sys/net/ipv4/ip_forward contents are not set to 1\n\t[ERROR Port-6443]: Port 6443 is in use\n";
    let (_dir, host, script) = host(Scripted::new().ends("kubeadm init", 1, "", said));
    let error =
        init(&host, Path::new(CONFIG), &KubeadmOptions::default(), &mut NoProgress).unwrap_err().to_string();
    assert!(error.contains("ip_forward contents are not set to 1; [ERROR Port-6443]"), "{error}");
    assert!(error.contains("--resume"), "{error}");
    assert!(!script.calls().iter().any(|call| call.contains("reset")));
}

#[test]
fn reset_names_the_socket_so_that_it_does_not_choose() {
    let (_dir, host, script) = host(Scripted::new());
    reset(&host, "unix:///var/run/crio/crio.sock", &KubeadmOptions::default(), &mut NoProgress).unwrap();
    assert_eq!(script.calls(), ["kubeadm reset --force --cri-socket unix:///var/run/crio/crio.sock"]);
}

/// A kubeadm that fails, and the files that the real one leaves then: the next run goes on with the
/// same ones.
#[test]
fn a_join_that_failed_is_gone_on_with_and_forgives_nothing_else() {
    let (dir, host, script) = host(Scripted::new().ends("kubeadm join", 1, "[kubelet-start] x\n", "no\n"));
    join(&host, Path::new(CONFIG), &KubeadmOptions::default(), &mut NoProgress).unwrap_err();
    assert_eq!(standing(&host).unwrap(), Standing::Bare, "it had written nothing");
    put(dir.path(), "/etc/kubernetes/bootstrap-kubelet.conf", "token\n");
    put(dir.path(), "/etc/kubernetes/pki/ca.crt", "the CA of another cluster");
    let begun = standing(&host).unwrap();
    assert_eq!(begun.to_string(), "`kubeadm join` stopped in its phase kubelet-start");
    let mut again = KubeadmOptions::default();
    again.resume = true;
    join(&host, Path::new(CONFIG), &again, &mut NoProgress).unwrap_err();
    assert_eq!(script.calls()[1], format!("kubeadm join --config {CONFIG}"), "nothing is in its way");
    assert!(!dir.path().join("etc/kubernetes/pki/ca.crt").exists());
}

#[test]
fn an_init_is_whole_only_when_kubeadm_was_seen_to_end() {
    let embedded = "users:\n- user:\n    client-certificate-data: x\n";
    let files = ["admin.conf", "manifests/etcd.yaml", "kubelet.conf"];
    for (status, whole) in [(1, false), (0, true)] {
        let (dir, host, _) = host(Scripted::new().ends("kubeadm init", status, "[addons] x\n", ""));
        let ended = init(&host, Path::new(CONFIG), &KubeadmOptions::default(), &mut NoProgress);
        assert_eq!(ended.is_ok(), whole);
        for file in files {
            put(dir.path(), &format!("/etc/kubernetes/{file}"), embedded);
        }
        let found = standing(&host).unwrap();
        assert_eq!(matches!(found, Standing::ControlPlane(_)), whole, "{found:?}");
        assert_eq!(found.is_begun(), !whole);
    }
}

#[test]
fn a_rollback_would_take_from_under_a_node_what_it_stands_on_and_nothing_else() {
    let (dir, host, _) = host(Scripted::new());
    for (kind, path) in [("crio", "/etc/crio/crio.conf.d/99-k8sprep.conf"), ("crictl", "/etc/crictl.yaml")] {
        let desired = Desired::new().with(Managed::file(kind, path, "x\n"));
        let todo = plan(&desired, &observe(&host, &desired));
        apply(&host, &desired, &todo, &ApplyOptions::default(), &mut NoProgress).map(drop).unwrap();
    }
    assert_eq!(stands_on(&host, Back::All).unwrap(), [], "no node yet");
    put(dir.path(), "/etc/kubernetes/kubelet.conf", "x\n");
    put(dir.path(), "/var/lib/kubelet/pki/kubelet-client-current.pem", "x\n");
    assert_eq!(standing(&host).unwrap(), Standing::Worker);
    assert_eq!(stands_on(&host, Back::Newest).unwrap(), [], "crictl is only for people");
    let dies = stands_on(&host, Back::All).unwrap();
    assert_eq!(dies.len(), 1, "{dies:?}");
    assert!(dies[0].0 == 1 && dies[0].1.contains("99-k8sprep.conf"), "{dies:?}");
}

#[test]
fn a_network_that_is_not_the_clusters_never_gets_there() {
    let (dir, offered, script) = host(Scripted::new());
    put(dir.path(), "/root/flannel.yml", "      \"Network\": \"10.244.0.0/16\",\n");
    assert!(apply_network(&offered, Path::new("/root/flannel.yml"), "10.1.0.0/16", &mut NoProgress).is_err());
    assert_eq!(script.calls(), Vec::<String>::new());
    let apply = format!("{KUBECTL} apply -f /root/flannel.yml");
    for (said, changed) in [
        ("namespace/kube-flannel unchanged\ndaemonset.apps/kube-flannel-ds configured\n", true),
        ("namespace/kube-flannel unchanged\ndaemonset.apps/kube-flannel-ds unchanged\n", false),
    ] {
        let (dir, host, script) = host(Scripted::new().says(&apply, said));
        put(dir.path(), "/root/flannel.yml", "      \"Network\": \"10.244.0.0/16\",\n");
        let applied = apply_network(&host, Path::new("/root/flannel.yml"), "10.244.0.0/16", &mut NoProgress);
        assert_eq!(applied.unwrap(), changed);
        assert_eq!(script.calls(), [apply.as_str()]);
    }
}

#[test]
fn the_smoke_test_asks_from_a_pod_and_cleans_up_however_it_ends() {
    let kubectl = |rest: &str| format!("{KUBECTL} {rest}");
    let wait = kubectl("-n k8sprep-smoke wait --for=condition=complete job/ask");
    let late = "error: timed out waiting for the condition on jobs/ask\n";
    let refuses = Scripted::new()
        .ends(&wait, 1, "", late)
        .says(&kubectl("-n k8sprep-smoke logs job/ask"), "curl: (6) Could not resolve host: web\n");
    for (script, works) in [(Scripted::new(), true), (refuses, false)] {
        let (_dir, host, script) = host(script);
        let tested =
            smoke_test(&host, Path::new("/run/smoke.yaml"), Duration::from_secs(60), &mut NoProgress);
        assert_eq!(tested.is_ok(), works);
        if let Err(error) = tested {
            let said = error.to_string();
            assert!(said.contains("timed out waiting for the condition"), "{said}");
            assert!(said.starts_with("the smoke test failed: "), "{said}");
            assert!(said.contains("its last log lines: curl: (6) Could not resolve host: web"), "{said}");
        }
        let calls = script.calls();
        // What a run that was killed left goes first: its Job may be complete.
        let gone = "delete namespace k8sprep-smoke --ignore-not-found";
        let order =
            [gone, "apply -f /run/smoke.yaml", "-n k8sprep-smoke rollout status", "-n k8sprep-smoke wait"];
        for (call, begin) in calls.iter().zip(order) {
            assert!(call.starts_with(&kubectl(begin)), "{calls:?}");
        }
        let last = calls.last().unwrap();
        assert!(last.contains("delete namespace k8sprep-smoke"), "{last}");
        assert!(calls.iter().all(|call| call.starts_with("kubectl")), "no program of the host: {calls:?}");
    }
    assert_eq!(SMOKE_MANIFEST.matches("namespace: k8sprep-smoke").count(), 3);
    // Walk M8: no other taint is tolerated, such as that of a full disk.
    assert!(!SMOKE_MANIFEST.contains("- operator: Exists"));
    for taint in ["control-plane", "master"] {
        let key = format!("- {{key: node-role.kubernetes.io/{taint}, operator: Exists, effect: NoSchedule}}");
        assert_eq!(SMOKE_MANIFEST.matches(&key).count(), 2);
    }
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn the_join_command_is_what_kubeadm_prints() {
    let Some(path) = k8sprep_tests::recorded("conformance/node/healthy/join-command.txt") else { return };
    let text = std::fs::read_to_string(path).unwrap();
    let words: Vec<&str> = text.split_whitespace().collect();
    let after = |flag: &str| words[words.iter().position(|word| *word == flag).unwrap() + 1];
    let command = JoinCommand {
        endpoint: words[2].parse().unwrap(),
        token: after("--token").parse().unwrap(),
        pins: vec![after("--discovery-token-ca-cert-hash").parse().unwrap()],
        role: JoinRole::Worker,
    };
    let ours = command.to_string().replace("\\\n", " ");
    assert_eq!(ours.split_whitespace().collect::<Vec<_>>(), words);
}

#[test]
fn a_token_is_made_by_kubeadm_for_as_long_as_asked() {
    let (_dir, host, script) =
        host(Scripted::new().says("kubeadm token create", "abcdef.0123456789abcdef\n"));
    let made = create_token(&host, Duration::from_secs(86_400), &mut NoProgress).unwrap();
    assert_eq!(made, "abcdef.0123456789abcdef");
    assert_eq!(script.calls(), ["kubeadm token create --ttl 86400s"]);
    let (_dir, host, _script) = self::host(Scripted::new().says("kubeadm token create", "\n"));
    let error = create_token(&host, Duration::ZERO, &mut NoProgress).unwrap_err();
    assert!(error.to_string().contains("printed no token"), "{error}");
}
