//! Trees of nodes with docker and containerd.

use std::path::Path;
use std::time::SystemTime;

use host_prep::Host;
use host_prep::fs::Root;

use super::{MigrationPlan, PlanOptions, Status, plan};
use crate::doctor::Inspection;

type Laid<'a> = (&'a str, &'a str);

fn planned(files: &[Laid<'_>], options: &PlanOptions) -> Result<MigrationPlan, super::Error> {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let host = Host::offline(Root::open(dir.path()).unwrap());
    plan(&Inspection::of(&host, SystemTime::UNIX_EPOCH), options)
}

const CONTAINERD: &[Laid<'_>] = &[
    (
        "var/lib/kubelet/config.yaml",
        "kind: KubeletConfiguration\ncontainerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n",
    ),
    (
        "var/lib/kubelet/instance-config.yaml",
        "containerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n",
    ),
    (
        "etc/crictl.yaml",
        "runtime-endpoint: unix:///run/containerd/containerd.sock\nimage-endpoint: unix:///run/containerd/containerd.sock\n",
    ),
    ("etc/containerd/config.toml", "version = 2\n"),
];

fn with(more: &[Laid<'static>]) -> Vec<Laid<'static>> {
    [CONTAINERD, more].concat()
}

fn codes(plan: &MigrationPlan) -> Vec<&'static str> {
    plan.verdicts.iter().map(|verdict| verdict.code.as_str()).collect()
}

#[test]
fn a_plain_node_is_ready_and_every_place_is_named() {
    let plan = planned(CONTAINERD, &PlanOptions::default()).unwrap();
    assert_eq!(
        (plan.status(), plan.in_use.runtime.as_str(), plan.role),
        (Status::Ready, "containerd", "worker")
    );
    let places: Vec<_> = plan.places.iter().map(|place| format!("{}:{}", place.file, place.line)).collect();
    let wanted = [
        "/var/lib/kubelet/instance-config.yaml:1",
        "/var/lib/kubelet/config.yaml:2",
        "/etc/crictl.yaml:1",
        "/etc/crictl.yaml:2",
    ];
    assert_eq!(places, wanted);
    let ids: Vec<_> = plan.steps.iter().map(|step| step.id).collect();
    let at = |id: &str| ids.iter().position(|one| *one == id).unwrap();
    assert!(at("drain") < at("stop-kubelet") && at("stop-old-runtime") < at("start-crio"));
    assert_eq!(ids.last(), Some(&"confirm"), "what cannot be taken back comes last");
}

#[test]
fn other_users_stop_it_unless_told() {
    let files = with(&[
        ("run/containerd/io.containerd.runtime.v2.task/default/abc/config.json", "{}"),
        ("run/containerd/io.containerd.runtime.v2.task/k8s.io/abc/config.json", "{}"),
        (
            "var/lib/docker/containers/a/config.v2.json",
            r#"{"Name": "/registry", "State": {"Running": true}, "Config": {"Labels": {}}}"#,
        ),
        (
            "var/lib/docker/containers/b/config.v2.json",
            r#"{"Name": "/k8s_x", "Config": {"Labels": {"io.kubernetes.pod.uid": "u"}}}"#,
        ),
        ("etc/systemd/system/backup.service", "[Unit]\nRequires=docker.service\n"),
        (
            "etc/kubernetes/manifests/agent.yaml",
            "spec:\n  volumes:\n  - hostPath: {path: /var/run/docker.sock}\n",
        ),
        ("etc/fluent-bit/in.conf", "Path /var/lib/docker/containers/*/*.log\n"),
        ("etc/nvidia-container-runtime/config.toml", ""),
    ]);
    let plan = planned(&files, &PlanOptions::default()).unwrap();
    let wanted = [
        "old-runtime-used-otherwise",
        "old-runtime-used-otherwise",
        "old-runtime-used-otherwise",
        "old-socket-mounted",
        "log-agent-of-old-runtime",
        "gpu-runtime-in-use",
    ];
    assert_eq!((codes(&plan), plan.status()), (wanted.to_vec(), Status::Blocked));
    let told: Vec<_> = plan.verdicts.iter().map(|verdict| verdict.place.as_str()).collect();
    assert!(
        told.contains(&"/etc/systemd/system/backup.service:2")
            && told.contains(&"/etc/kubernetes/manifests/agent.yaml:3")
    );
    let options = PlanOptions { despite: wanted.map(str::to_owned).to_vec(), ..PlanOptions::default() };
    assert_eq!(planned(&files, &options).unwrap().status(), Status::Ready);
}

#[test]
fn docker_is_known_by_the_kubelets_version_or_its_socket() {
    let shim = [
        ("etc/os-release", "ID=debian\nVERSION_ID=\"11\"\n"),
        (
            "var/lib/dpkg/status",
            "Package: kubelet\nStatus: install ok installed\nVersion: 1.23.17-1.1\n\nPackage: docker-ce\nStatus: install ok installed\nVersion: 5:20.10.24\n\n",
        ),
        ("var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS=\"--network-plugin=kubenet\"\n"),
        ("etc/docker/daemon.json", "{\"userns-remap\": \"default\"}\n"),
    ];
    let plan = planned(&shim, &PlanOptions::default()).unwrap();
    assert_eq!(plan.in_use.runtime.as_str(), "dockershim");
    assert_eq!(plan.release.to_string(), "1.23");
    assert!(codes(&plan).contains(&"runtime-setting-by-hand"), "{:?}", plan.verdicts);
    let crio =
        [("var/lib/kubelet/config.yaml", "containerRuntimeEndpoint: unix:///var/run/crio/crio.sock\n")];
    let plan = planned(&crio, &PlanOptions::default()).unwrap();
    assert!(plan.status() == Status::Done && plan.steps.is_empty());
    assert!(
        planned(&[], &PlanOptions::default()).is_err_and(|error| error.code() == "runtime-in-use-unknown")
    );
    let broken = with(&[("etc/containerd/config.toml", "version = \n")]);
    assert!(
        planned(&broken, &PlanOptions::default())
            .is_err_and(|error| error.code() == "runtime-config-unreadable")
    );
}

/// A manifest in JSON may be one line; none of its mounts hides another.
#[test]
fn every_mount_of_the_old_runtime_is_named() {
    let pod =
        r#"{"kind": "Pod", "a": "/var/run/docker.sock", "b": "/run/docker.sock", "c": "/var/lib/docker"}"#;
    let plan = planned(&with(&[("etc/kubernetes/manifests/a.json", pod)]), &PlanOptions::default()).unwrap();
    let mounts = plan.verdicts.iter().filter(|verdict| verdict.code.as_str() == "old-socket-mounted");
    let mounts: Vec<_> =
        mounts.map(|verdict| (verdict.place.as_str(), verdict.what.rsplit(' ').next())).collect();
    assert_eq!(
        mounts,
        [
            ("/etc/kubernetes/manifests/a.json:1:32", Some("docker.sock")),
            ("/etc/kubernetes/manifests/a.json:1:57", Some("docker.sock")),
            ("/etc/kubernetes/manifests/a.json:1:77", Some("/var/lib/docker")),
        ]
    );
}
