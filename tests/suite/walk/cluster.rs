use std::path::Path;
use std::time::Duration;

use host_prep::Nobody;
use host_prep::cluster::{
    KubeadmOptions, Progress, SMOKE_MANIFEST, User, apply_network, give_kubeconfig, init, join_command,
    progress, reset, smoke_test,
};
use host_prep::fs::{Mode, write_new};
use k8sprep_tests::scripted::Scripted;

use super::host;

const CONFIG: &str = "/etc/kubernetes/kubeadm.yaml";

fn put(root: &Path, path: &str, text: &str) {
    let path = root.join(path.trim_start_matches('/'));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_new(&path, text.as_bytes(), Mode::PRIVATE).unwrap();
}

#[test]
fn init_runs_with_the_file_and_resume_forgives_only_what_it_left_itself() {
    let (dir, host, script) = host(Scripted::new());
    init(&host, Path::new(CONFIG), &KubeadmOptions::default(), &mut Nobody).unwrap();
    put(dir.path(), "/var/lib/etcd/member", "");
    let mut again = KubeadmOptions::default();
    again.resume = true;
    again.ignore = vec!["HTTPProxyCIDR".into(), "all".into()];
    init(&host, Path::new(CONFIG), &again, &mut Nobody).unwrap();
    let calls = script.calls();
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
        init(&host, Path::new(CONFIG), &KubeadmOptions::default(), &mut Nobody).unwrap_err().to_string();
    assert!(error.contains("ip_forward contents are not set to 1; [ERROR Port-6443]"), "{error}");
    assert!(error.contains("--resume"), "{error}");
    assert!(!script.calls().iter().any(|call| call.contains("reset")));
}

#[test]
fn reset_names_the_socket_so_that_it_does_not_choose() {
    let (_dir, host, script) = host(Scripted::new());
    reset(&host, "unix:///var/run/crio/crio.sock", &KubeadmOptions::default(), &mut Nobody).unwrap();
    assert_eq!(script.calls(), ["kubeadm reset --force --cri-socket unix:///var/run/crio/crio.sock"]);
}

#[test]
fn how_far_a_host_is_can_be_read_off_its_files() {
    let (dir, host, _) = host(Scripted::new());
    assert_eq!(progress(&host).unwrap(), Progress::Bare);
    put(dir.path(), "/etc/kubernetes/admin.conf", "x");
    assert_eq!(progress(&host).unwrap(), Progress::Begun);
    put(dir.path(), "/etc/kubernetes/kubelet.conf", "x");
    assert_eq!(progress(&host).unwrap(), Progress::Begun);
    put(dir.path(), "/etc/kubernetes/manifests/etcd.yaml", "x");
    assert_eq!(progress(&host).unwrap(), Progress::Joined);
    std::fs::remove_file(dir.path().join("etc/kubernetes/admin.conf")).unwrap();
    assert_eq!(progress(&host).unwrap(), Progress::Begun);
}

#[test]
fn the_kubeconfig_is_the_users_own_and_never_overwrites_another() {
    let (dir, host, script) = host(Scripted::new());
    put(dir.path(), "/etc/kubernetes/admin.conf", "admin");
    let user = User::new(1000, 1001, "/home/li");
    give_kubeconfig(&host, &user).unwrap();
    assert_eq!(
        script.calls(),
        [
            "install -o 1000 -g 1001 -m 0700 -d /home/li/.kube",
            "install -o 1000 -g 1001 -m 0600 /etc/kubernetes/admin.conf /home/li/.kube/config",
        ]
    );
    put(dir.path(), "/home/li/.kube/config", "another cluster");
    let error = give_kubeconfig(&host, &user).unwrap_err().to_string();
    assert!(error.contains("/home/li/.kube/config already exists"), "{error}");
    assert_eq!(script.calls().len(), 2);
}

#[test]
fn a_network_that_is_not_the_clusters_never_gets_there() {
    let (dir, host, script) = host(Scripted::new());
    put(dir.path(), "/root/flannel.yml", "      \"Network\": \"10.244.0.0/16\",\n");
    assert!(apply_network(&host, Path::new("/root/flannel.yml"), "10.1.0.0/16", &mut Nobody).is_err());
    assert_eq!(script.calls(), Vec::<String>::new());
    apply_network(&host, Path::new("/root/flannel.yml"), "10.244.0.0/16", &mut Nobody).unwrap();
    assert_eq!(
        script.calls(),
        ["kubectl --kubeconfig=/etc/kubernetes/admin.conf apply -f /root/flannel.yml"]
    );
}

#[test]
fn the_smoke_test_asks_from_a_pod_and_cleans_up_however_it_ends() {
    let kubectl = |rest: &str| format!("kubectl --kubeconfig=/etc/kubernetes/admin.conf {rest}");
    let wait = kubectl("-n k8sprep-smoke wait --for=condition=complete job/ask");
    let late = "error: timed out waiting for the condition on jobs/ask\n";
    let refuses = Scripted::new()
        .ends(&wait, 1, "", late)
        .says(&kubectl("-n k8sprep-smoke logs job/ask"), "curl: (6) Could not resolve host: web\n");
    for (script, works) in [(Scripted::new(), true), (refuses, false)] {
        let (_dir, host, script) = host(script);
        let tested = smoke_test(&host, Path::new("/run/smoke.yaml"), Duration::from_secs(60), &mut Nobody);
        assert_eq!(tested.is_ok(), works);
        if let Err(error) = tested {
            let said = error.to_string();
            assert!(said.contains("timed out waiting for the condition"), "{said}");
            assert!(said.contains("its last log lines: curl: (6) Could not resolve host: web"), "{said}");
        }
        let calls = script.calls();
        let order = ["apply -f /run/smoke.yaml", "-n k8sprep-smoke rollout status", "-n k8sprep-smoke wait"];
        for (call, begin) in calls.iter().zip(order) {
            assert!(call.starts_with(&kubectl(begin)), "{calls:?}");
        }
        let last = calls.last().unwrap();
        assert!(last.contains("delete namespace k8sprep-smoke"), "{last}");
        assert!(calls.iter().all(|call| call.starts_with("kubectl")), "no program of the host: {calls:?}");
    }
    assert_eq!(SMOKE_MANIFEST.matches("namespace: k8sprep-smoke").count(), 3);
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test must be heard")]
fn the_join_command_is_what_kubeadm_prints() {
    let recorded =
        k8sprep_tests::shared_dir().map(|dir| dir.join("conformance/node/healthy/join-command.txt"));
    let Some(text) = recorded.and_then(|path| std::fs::read_to_string(path).ok()) else {
        eprintln!("SKIPPED: no recorded answers beside this checkout");
        return;
    };
    let (_dir, host, script) = host(Scripted::new().says("kubeadm token create", &text));
    assert_eq!(join_command(&host, 24, &mut Nobody).unwrap(), text.trim());
    assert_eq!(script.calls(), ["kubeadm token create --print-join-command --ttl 24h0m0s"]);
}
