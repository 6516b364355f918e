//! What kubeadm 1.34.0 really printed (walk, and phases tried one by one), and what 1.15 to 1.30
//! print.

use super::logs::{Daemon, Ended, Node, fatal};
use super::*;

fn judged(text: &str, deed: Deed) -> Verdict {
    judge(text, deed, Node::default)
}

/// The verdict on one error line of kubeadm's with what it had printed before.
fn of_error(error: &str, deed: Deed) -> Verdict {
    let stderr =
        format!("error: {error}\nTo see the stack trace of this error execute with --v=5 or higher\n");
    let stdout = "[preflight] Running pre-flight checks\n[certs] Using existing apiserver certificate and key on disk\n";
    judged(&format!("{stderr}\n{stdout}"), deed)
}

const NOT_HEALTHY: &str = "error: error execution phase wait-control-plane: failed while waiting for the kubelet to start: The HTTP call equal to 'curl -sSL http://127.0.0.1:10248/healthz' returned error: Get \"http://127.0.0.1:10248/healthz\": dial tcp 127.0.0.1:10248: connect: connection refused\n\nTo see the stack trace of this error execute with --v=5 or higher\n\n[kubelet-check] The kubelet is not healthy after 4m0.00012s\n\nUnfortunately, an error has occurred, likely caused by:\n\t- The kubelet is not running\n\t- The kubelet is unhealthy due to a misconfiguration of the node in some way (required cgroups disabled)\n\nIf you are on a systemd-powered system, you can try to troubleshoot the error with the following commands:\n\t- 'systemctl status kubelet'\n\t- 'journalctl -xeu kubelet'\n\n";

fn kubelet(active: &str, journal: &str) -> Node {
    let kubelet = Daemon { active: active.to_owned(), restarts: 23, journal: journal.to_owned() };
    Node { kubelet, ..Node::default() }
}

/// A round of a kubelet that ends, as journald has it.
fn round(why: &str) -> String {
    format!(
        "Started kubelet.service - kubelet: The Kubernetes Node Agent.\nI1123 08:33:54.390382    6358 server.go:529] \"Kubelet version\" kubeletVersion=\"v1.34.0\"\nE1123 08:33:54.390382    6358 run.go:72] \"command failed\" err=\"{why}\"\nkubelet.service: Main process exited, code=exited, status=1/FAILURE\nkubelet.service: Failed with result 'exit-code'.\nkubelet.service: Scheduled restart job, restart counter is at 2.\n"
    )
}

#[test]
fn walk_m1_a_kubelet_that_ends_is_named_by_its_own_last_line() {
    let log = round("failed to run Kubelet: open /dev/kmsg: no such file or directory").repeat(3);
    let found = judge(NOT_HEALTHY, Deed::Init, || kubelet("activating", &log));
    let begin = "the kubelet says: failed to run Kubelet: open /dev/kmsg: no such file or directory: the kubelet does not get healthy";
    assert!(found.complaints.starts_with(begin), "{found:?}");
    assert!(found.complaints.contains("phase wait-control-plane"), "{found:?}");
    assert!(!found.complaints.contains("journalctl -xeu"), "{found:?}");
    assert!(found.hint.contains("/dev/kmsg"), "{found:?}");
    let join = NOT_HEALTHY.replace("wait-control-plane", "kubelet-start");
    let found = judge(&join, Deed::Join, || kubelet("activating", &log));
    assert!(found.complaints.starts_with(begin), "{found:?}");
    // Logs that cannot be had leave what kubeadm says.
    let found = judged(NOT_HEALTHY, Deed::Init);
    assert!(found.complaints.ends_with("connect: connection refused"), "{found:?}");
    assert!(found.hint.contains("journalctl -u kubelet"), "{found:?}");
}

#[test]
fn walk_m1_what_kubeadm_join_says_has_its_cause_and_no_advice_of_another() {
    let identity = "error execution phase preflight: couldn't validate the identity of the API Server: ";
    let info = "failed to request the cluster-info ConfigMap: Get \"https://127.0.0.1:6999/api/v1/namespaces/kube-public/configmaps/cluster-info?timeout=10s\": dial tcp";
    let rows = [
        (
            format!("{identity}cluster CA found in cluster-info ConfigMap is invalid: none of the public keys \"sha256:d342\" are pinned"),
            "the cluster's CA is not the one that is pinned: ",
            "k8sprep ca-hash",
        ),
        (
            format!("{identity}{info} 127.0.0.1:6999: connect: connection refused"),
            "nothing listens at the API server's address: ",
            "API server runs there",
        ),
        (
            format!("{identity}could not find a JWS signature in the cluster-info ConfigMap for token ID \"abcdef\""),
            "the cluster does not know the token, or it has expired: ",
            "kubeadm token create",
        ),
        (
            "error execution phase kubelet-start: a Node with name \"y3\" and status \"Ready\" already exists in the cluster. You must delete the existing Node or change the name of this new joining Node".into(),
            "error execution phase kubelet-start: a Node with name \"y3\"",
            "`kubectl delete node y3`",
        ),
        (
            format!("{identity}{info}: lookup nosuch.example on 10.255.255.53:53: no such host"),
            "the API server's name does not resolve: ",
            "/etc/resolv.conf",
        ),
        (
            format!("{identity}{info} 192.0.2.77:6443: connect: no route to host"),
            "the API server's address cannot be reached: ",
            "firewall",
        ),
        (
            format!("{identity}token id \"abcdef\" is invalid for this cluster or it has expired. Use \"kubeadm token create\" on the control-plane node to create a new valid token"),
            "the cluster does not know the token, or it has expired: ",
            "kubeadm token create",
        ),
        (
            format!("{identity}abort connecting to API servers after timeout of 5m0s"),
            "the API server does not answer: ",
            "firewall",
        ),
        (
            "error execution phase control-plane-prepare/download-certs: error downloading certs: error decoding secret data with provided key: cipher: message authentication failed".into(),
            "the certificate key is not the cluster's: ",
            "upload-certs",
        ),
    ];
    for (error, begin, advice) in rows {
        let found = of_error(&error, Deed::Join);
        assert!(found.complaints.starts_with(begin), "{found:?}");
        assert!(found.hint.contains(advice), "{found:?}");
        assert!(!found.hint.contains("--mirror"), "join fetches no packages: {found:?}");
        assert!(!found.complaints.contains("[certs]"), "progress is no cause: {found:?}");
    }
}

#[test]
fn phases_of_init_that_were_tried_have_their_cause() {
    let refused = "dial tcp 127.0.0.1:6999: connect: connection refused";
    let own = "the API server of this host does not answer: ";
    let rows = [
        (format!("error execution phase upload-config/kubeadm: error uploading the kubeadm ClusterConfiguration: Post \"https://127.0.0.1:6999/api\": {refused}"), own, "crictl ps -a"),
        (format!("error execution phase bootstrap-token: error updating or creating token: failed to create or update bootstrap token with name bootstrap-token-53laau: unable to create *v1.Secret: Post: {refused}"), own, "crictl"),
        (format!("error execution phase addon/coredns: couldn't retrieve DNS addon deployments: Get: {refused}"), own, "crictl"),
        (format!("error execution phase upload-certs: error uploading certs: error creating token: {refused}"), own, "crictl"),
        ("error execution phase mark-control-plane: could not bootstrap the admin user in file admin.conf: failed to load admin kubeconfig: open /etc/kubernetes/admin.conf: no such file or directory".into(), "admin.conf is not there: ", "k8sprep down"),
        ("error execution phase certs/front-proxy-ca: failure loading front-proxy-ca certificate: failed to load certificate: couldn't load the certificate file /etc/kubernetes/pki/front-proxy-ca.crt: open /etc/kubernetes/pki/front-proxy-ca.crt: no such file or directory".into(), "an earlier run ended between a key and its certificate: ", "k8sprep down"),
        ("error execution phase certs/apiserver: [certs] certificate apiserver not signed by CA certificate ca: x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: verification error\")".into(), "certificates of an earlier run are signed by another CA: ", "k8sprep down"),
        ("error execution phase certs/apiserver: failed to write or validate certificate \"apiserver\": failure loading apiserver certificate: couldn't load the certificate file /etc/kubernetes/pki/apiserver.crt: error reading /etc/kubernetes/pki/apiserver.crt: data does not contain any valid RSA or ECDSA certificates".into(), "a certificate file is damaged: ", "k8sprep down"),
        ("error execution phase kubeconfig/kubelet: couldn't create a kubeconfig; the CA files couldn't be loaded: failed to load certificate: couldn't load the certificate file".into(), "the cluster's CA is not there: ", "k8sprep down"),
        ("this version of kubeadm only supports deploying clusters with the control plane version >= 1.33.0. Current version: v1.20.0".into(), "kubeadm is of another minor than the cluster shall be: ", "kubernetesVersion"),
        ("your configuration file uses an old API spec: \"kubeadm.k8s.io/v1beta1\" (kind: \"ClusterConfiguration\"). Please use kubeadm v1.15 instead".into(), "this kubeadm no longer reads that API version: ", "migrate-config"),
        ("unable to select an IP from lo network interface".into(), "kubeadm finds no address to advertise: ", "advertiseAddress"),
        ("unknown flag: --frob".into(), "this kubeadm does not know the flag: ", "minor"),
    ];
    for (error, begin, advice) in rows {
        let found = of_error(&error, Deed::Init);
        assert!(found.complaints.starts_with(begin), "{found:?}");
        assert!(found.hint.contains(advice), "{found:?}");
        assert!(!found.complaints.contains("[certs] Using"), "progress is no cause: {found:?}");
    }
}

/// kubernetes#125992, and kubeadm of the 2019 recipe: no `error: ` in front, the cause on stdout
/// and empty.
#[test]
fn waits_of_old_releases_are_explained_by_the_node() {
    let init = "error execution phase wait-control-plane: couldn't initialize a Kubernetes cluster\nTo see the stack trace of this error execute with --v=5 or higher\n\n[kubelet-check] Initial timeout of 40s passed.\n\nUnfortunately, an error has occurred:\n\ttimed out waiting for the condition\n\nThis error is likely caused by:\n\t- The kubelet is not running\n\nIf you are on a systemd-powered system, you can try to troubleshoot the error with the following commands:\n\t- 'systemctl status kubelet'\n\nAdditionally, a control plane component may have crashed or exited when started by the container runtime.\nHere is one example how you may list all Kubernetes containers running in docker:\n\t- 'docker ps -a | grep kube | grep -v pause'\n\tOnce you have found the failing container, you can inspect its logs with:\n\t- 'docker logs CONTAINERID'\n";
    let join = "error execution phase kubelet-start: timed out waiting for the condition\n";
    // klog's fatal line, as the kubelet of 1.15 ends.
    let log = "Started kubelet.service - kubelet.\nF0806 21:20:41.315020   32093 server.go:273] failed to run Kubelet: misconfiguration: kubelet cgroup driver: \"cgroupfs\" is different from docker cgroup driver: \"systemd\"\n";
    for (text, deed) in [(init, Deed::Init), (join, Deed::Join)] {
        let found = judge(text, deed, || kubelet("activating", log));
        assert!(
            found.complaints.starts_with("the kubelet says: failed to run Kubelet: misconfiguration"),
            "{found:?}"
        );
        assert!(found.hint.contains("one cgroup driver"), "{found:?}");
        let found = judged(text, deed);
        assert!(!found.complaints.contains("docker logs"), "{found:?}");
        assert!(found.complaints.contains("error execution phase"), "{found:?}");
    }
}

/// Walk M11: 7.9 kB of the same seven lines.
#[test]
fn many_checks_are_told_once_each_and_short() {
    let images = [
        "kube-apiserver:v1.34.0",
        "kube-controller-manager:v1.34.0",
        "kube-scheduler:v1.34.0",
        "kube-proxy:v1.34.0",
        "coredns/coredns:v1.12.1",
        "pause:3.10.1",
        "etcd:3.6.4-0",
    ];
    let long =
        "initializing source docker://198.51.100.1:5001/x: pinging container registry 198.51.100.1:5001: "
            .repeat(6);
    let lines: String = images
        .iter()
        .map(|image| format!("\t[ERROR ImagePull]: failed to pull image registry.k8s.io/{image}: rpc error: code = Unknown desc = {long}Get \"https://198.51.100.1:5001/v2/\": http: server gave HTTP response to HTTPS client\n"))
        .collect();
    let text = format!(
        "[preflight] Some fatal errors occurred:\n{lines}[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`\nerror: error execution phase preflight: preflight checks failed\nTo see the stack trace of this error execute with --v=5 or higher\n"
    );
    assert!(text.len() > 5000);
    let found = judged(&text, Deed::Init);
    assert!(found.complaints.len() < 600, "{} bytes: {found:?}", found.complaints.len());
    assert!(found.complaints.starts_with("the registry speaks http and is asked by https: [ERROR ImagePull]: failed to pull image registry.k8s.io/kube-apiserver"), "{found:?}");
    assert!(
        found.complaints.ends_with("server gave HTTP response to HTTPS client (and 6 more of this check)"),
        "{found:?}"
    );
    assert!(found.hint.contains("registryMirrors"), "{found:?}");
    let many: String = (0..40).map(|n| format!("\t[ERROR Port-{n}]: Port {n} is in use\n")).collect();
    let found = judged(&many, Deed::Init);
    assert!(found.complaints.ends_with("; and 32 more"), "{found:?}");
}

#[test]
fn every_check_that_failed_is_told_with_its_advice() {
    let said = "[preflight] Some fatal errors occurred:\n\t[ERROR Swap]: running with swap on\n\t[ERROR Port-6443]: Port 6443 is in use\n[preflight] If you know what you are doing\nerror: error execution phase preflight: preflight checks failed\n";
    let found = judged(said, Deed::Init);
    assert_eq!(
        found.complaints,
        "[ERROR Swap]: running with swap on; [ERROR Port-6443]: Port 6443 is in use"
    );
    assert!(found.hint.contains("swap") && found.hint.contains("ss -ltnp"), "{found:?}");
}

#[test]
fn the_deepest_cause_wins() {
    let crio = "time=\"2026-11-23T08:27:31Z\" level=info msg=\"Updating config from drop-in file\"\ntime=\"2026-11-23T08:27:31Z\" level=fatal msg=\"get and merge config from context: unable to decode configuration /etc/crio/crio.conf.d/99-y.conf: toml: line 2 (last key \\\"crio.runtime.cgroup_manager\\\"): strings cannot contain newlines\"\ncrio.service: Main process exited, code=exited, status=1/FAILURE\n";
    let mut node = kubelet(
        "activating",
        &round("failed to run Kubelet: validate service connection: no such file").repeat(2),
    );
    assert_eq!(node.cause().unwrap().who, "the kubelet");
    node.crio = Daemon { active: "failed".into(), restarts: 0, journal: crio.into() };
    let found = node.cause().unwrap();
    assert!(found.why.contains("line 2 (last key \"crio.runtime.cgroup_manager\")"), "{found:?}");
    assert!(found.advice().unwrap().contains("k8sprep crio check"));
    node = Node {
        containers: vec![Ended { who: "etcd".into(), why: "bind: cannot assign requested address".into() }],
        ..Node::default()
    };
    assert!(node.cause().unwrap().shown().starts_with("etcd says: bind"));
}

/// A kubelet ends until kubeadm wrote its configuration: what it said then is no cause when it runs
/// now.
#[test]
fn what_a_kubelet_said_before_its_last_start_is_no_cause() {
    let early = "Started kubelet.service.\nE1123 08:27:00.141206 3330 run.go:72] \"command failed\" err=\"failed to load kubelet config file\"\n";
    let runs = format!(
        "{early}Started kubelet.service.\nI1123 08:29:53.812672 5222 server.go:956] \"Client rotation is on\"\n"
    );
    assert_eq!(kubelet("active", &runs).cause(), None);
    assert_eq!(kubelet("activating", early).cause().unwrap().why, "failed to load kubelet config file");
    let syncing = format!(
        "{runs}E1123 08:39:31.680617 182 pod_workers.go:1324] \"Error syncing pod, skipping\" err=\"failed to \\\"StartContainer\\\" for \\\"kube-controller-manager\\\" with CreateContainerError: \\\"container create failed: unknown version specified\\\\n\\\"\" pod=\"kube-system/x\"\n"
    );
    let found = kubelet("active", &syncing).cause().unwrap();
    assert!(found.advice().unwrap().contains("crun"), "{found:?}");
}

#[test]
fn last_words_are_read_off_the_logs_of_every_release() {
    let rows = [
        (
            "F0806 21:20:41.315020   32093 server.go:273] failed to run Kubelet: x",
            Some("failed to run Kubelet: x"),
        ),
        (
            "E0310 1:1 12 server.go:302] \"Failed to run kubelet\" err=\"failed to run Kubelet: y\"",
            Some("failed to run Kubelet: y"),
        ),
        (
            "Error: failed to parse kubelet flag: unknown flag: --z",
            Some("Error: failed to parse kubelet flag: unknown flag: --z"),
        ),
        (
            "panic: runtime error: invalid memory address",
            Some("panic: runtime error: invalid memory address"),
        ),
        ("I1123 08:33:54.390382 6358 server.go:529] \"Kubelet version\"", None),
        ("", None),
        ("\"command failed\" err=\"cut \\", None),
    ];
    for (line, why) in rows {
        assert_eq!(fatal(line).as_deref(), why, "{line}");
    }
}

#[test]
fn nothing_said_is_said_and_a_reset_has_no_resume() {
    assert_eq!(judged("", Deed::Init).complaints, "it said nothing");
    assert_eq!(judged("[preflight] Running pre-flight checks\n", Deed::Join).complaints, "it said nothing");
    let found = of_error("error execution phase cleanup-node: something new", Deed::Reset);
    assert!(!found.hint.contains("--resume"), "{found:?}");
    for deed in [Deed::Init, Deed::Join] {
        assert!(of_error("something new", deed).hint.contains("--resume"));
    }
}

#[test]
fn a_wait_is_told_without_its_time() {
    let line = "[kubelet-check] Waiting for a healthy kubelet at http://127.0.0.1:10248/healthz. This can take up to 4m0s";
    assert_eq!(
        step_of(line),
        Some(("kubelet-check", Some("Waiting for a healthy kubelet at http://127.0.0.1:10248/healthz")))
    );
    assert_eq!(step_of("[certs] Generating \"ca\" certificate and key"), Some(("certs", None)));
    assert_eq!(step_of("\t- 'systemctl status kubelet'"), None);
}

#[test]
fn every_row_can_be_reached_and_says_where_it_is_from() {
    let all: Vec<&Row> = table::rows().collect();
    for (at, row) in all.iter().enumerate() {
        assert!(!row.words.is_empty() && !row.source.is_empty() && !row.advice.is_empty(), "{row:?}");
        assert_eq!(row.advice.contains("{}"), row.cut.is_some(), "{row:?}");
        let text = row.words.join(" ");
        for deed in if row.deeds.is_empty() { &[Deed::Init, Deed::Join, Deed::Reset][..] } else { row.deeds }
        {
            let first = all.iter().position(|other| other.fits(&text, *deed));
            assert_eq!(first, Some(at), "{row:?} is hidden for {deed:?} by {:?}", all[first.unwrap()]);
        }
    }
    assert!(LOGS.iter().all(|line| !line.words.is_empty() && !line.source.is_empty()));
}

#[test]
fn what_ends_preflight_without_a_check_is_the_cause() {
    let told = "[preflight] Running pre-flight checks\n[preflight] Some fatal errors occurred:\n";
    let advice = "[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`\n";
    let ended = "error: error execution phase preflight: preflight checks failed\nTo see the stack trace of this error execute with --v=5 or higher\n";
    let socket = "failed to create new CRI runtime service: validate service connection: validate CRI v1 runtime API for endpoint \"unix:///var/run/crio/crio.sock\": rpc error: code = ";
    let rows = [
        (
            "Unimplemented desc = unknown service runtime.v1.RuntimeService",
            "does not speak CRI v1: ",
            "criSocket",
        ),
        (
            "Unavailable desc = connection refused",
            "the container runtime does not answer: ",
            "systemctl status crio",
        ),
    ];
    for (why, cause, hint) in rows {
        for text in
            [format!("{ended}\n{told}{socket}{why}{advice}"), format!("{told}{socket}{why}{advice}{ended}")]
        {
            let found = judged(&text, Deed::Init);
            assert!(found.complaints.contains(cause) && found.complaints.ends_with(why), "{found:?}");
            assert!(found.hint.contains(hint), "{found:?}");
        }
    }
}

#[test]
fn an_old_kubeadm_that_waited_for_the_kubelet_says_so() {
    let text = "[kubelet-check] Initial timeout of 40s passed.\n[kubelet-check] It seems like the kubelet isn't running or healthy.\n[kubelet-check] The HTTP call equal to 'curl -sSL http://localhost:10248/healthz' failed with error: Get \"http://localhost:10248/healthz\": dial tcp [::1]:10248: connect: connection refused.\n\n\tUnfortunately, an error has occurred:\n\t\ttimed out waiting for the condition\n\nerror execution phase wait-control-plane: couldn't initialize a Kubernetes cluster\nTo see the stack trace of this error execute with --v=5 or higher\n";
    let found = judged(text, Deed::Init);
    assert!(found.complaints.starts_with("the kubelet does not get healthy: "), "{found:?}");
    assert!(found.complaints.ends_with("10248: connect: connection refused"), "{found:?}");
}

#[test]
fn an_upgrade_that_waited_for_a_pod_in_vain_says_who_was_to_start_it() {
    let error = "couldn't upgrade control plane. kubeadm has tried to recover everything into the earlier state. Errors faced: static Pod hash for component kube-apiserver on Node cp1 did not change after 5m0s";
    let found = of_error(error, Deed::Upgrade);
    assert!(found.complaints.contains("has put back the one of before"), "{found:?}");
    assert!(found.hint.contains("crictl images") && !found.hint.contains("--resume"), "{found:?}");
    // Where the kubelet itself ends, that is the cause.
    let log = round("failed to run Kubelet: open /dev/kmsg: no such file or directory").repeat(3);
    let found = judge(&format!("error: {error}\n"), Deed::Upgrade, || kubelet("activating", &log));
    assert!(found.complaints.starts_with("the kubelet says: failed to run Kubelet"), "{found:?}");
}
