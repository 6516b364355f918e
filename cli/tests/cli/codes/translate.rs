//! What is wrong with the configuration of another runtime, with a host that is to change it, and
//! with certificates in the table.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use host_prep::Host;
use host_prep::fs::Root;
use k8sprep::doctor::Inspection;
use k8sprep::doctor::certs::{Served, table};
use k8sprep::migrate::{PlanOptions, plan};
use k8sprep::translate::{Input, Options, translate};

use super::Fired;
use crate::lay;

fn said(files: &[(&str, &str)]) -> Vec<String> {
    let inputs: Vec<Input> = files.iter().map(|(name, text)| Input::new(*name, *text)).collect();
    match translate(&inputs, &Options::default()) {
        Ok(told) => told.open().filter_map(|fate| Some(fate.outcome.code()?.to_string())).collect(),
        Err(error) => vec![error.code().to_string()],
    }
}

/// What is done with a look at a tree of these files at that time.
fn looked<T>(files: &[(&str, &str)], now: SystemTime, with: impl FnOnce(&Inspection<'_>) -> T) -> T {
    let dir = tempfile::tempdir().unwrap();
    files.iter().for_each(|(path, text)| lay(dir.path(), path, text));
    let host = Host::offline(Root::open(dir.path()).unwrap());
    with(&Inspection::of(&host, now))
}

fn planned(more: &[(&str, &str)]) -> Vec<String> {
    let kubelet =
        ("var/lib/kubelet/config.yaml", "containerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n");
    let files = [&[kubelet], more].concat();
    looked(&files, SystemTime::UNIX_EPOCH, |seen| {
        let plan = plan(seen, &PlanOptions::default()).unwrap();
        plan.verdicts.iter().map(|verdict| verdict.code.to_string()).collect()
    })
}

const LEAF: &str = include_str!("../../../src/doctor/testdata/leaf.crt");

fn certificates(files: &[(&str, &str)], served: &[Served], days_before_its_end: u64) -> Vec<String> {
    let end = kubeadm_config::CaFile::read(LEAF.as_bytes()).unwrap().certificates[0]
        .days_left(SystemTime::UNIX_EPOCH);
    let day = Duration::from_secs(24 * 60 * 60);
    let now = SystemTime::UNIX_EPOCH + day * u32::try_from(end).unwrap()
        - day * u32::try_from(days_before_its_end).unwrap();
    looked(files, now, |seen| {
        let table = table(seen, served);
        table.rows.iter().flat_map(|row| row.remarks.iter().map(|remark| remark.code.to_owned())).collect()
    })
}

const KUBELET_CONF: (&str, &str) = (
    "etc/kubernetes/kubelet.conf",
    "users:\n- user: {client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem}\n",
);
const CURRENT: (&str, &str) = ("var/lib/kubelet/pki/kubelet-client-current.pem", LEAF);

/// Two certificates of one user: the first ends before the second.
const OLD: &str = include_str!("../../../src/doctor/testdata/admin-old.crt");
const NEW: &str = include_str!("../../../src/doctor/testdata/admin-new.crt");

fn inside(certificate: &str) -> String {
    let data = base64::engine::general_purpose::STANDARD.encode(certificate);
    format!("users:\n- user: {{client-certificate-data: {data}}}\n")
}

pub(super) fn fired() -> Vec<Fired> {
    [translated(), hosts(), lives()].concat()
}

fn translated() -> Vec<Fired> {
    let daemon = |text| said(&[("daemon.json", text)]);
    vec![
        ("runtime-config-unreadable", daemon("{\"a\": }")),
        ("runtime-config-unrecognised", said(&[("letter.txt", "dear")])),
        ("runtime-config-missing", said(&[])),
        ("runtime-not-told", said(&[("daemon.json", "{}"), ("config.toml", "version = 2\n")])),
        ("runtime-setting-by-hand", daemon("{\"log-driver\": \"syslog\"}")),
        ("runtime-setting-unknown", daemon("{\"registry-miror\": []}")),
        ("runtime-setting-invalid", daemon("{\"exec-opts\": [\"native.cgroupdriver=both\"]}")),
    ]
}

fn hosts() -> Vec<Fired> {
    let unknown = looked(&[], SystemTime::UNIX_EPOCH, |seen| {
        plan(seen, &PlanOptions::default()).unwrap_err().code().to_owned()
    });
    let unit = "[Service]\nExecStart=/usr/bin/kubelet --network-plugin=kubenet --container-runtime-endpoint=unix:///run/containerd/containerd.sock\n";
    vec![
        ("runtime-in-use-unknown", vec![unknown]),
        (
            "old-runtime-used-otherwise",
            planned(&[("etc/systemd/system/a.service", "[Unit]\nAfter=docker.service\n")]),
        ),
        ("old-socket-mounted", planned(&[("etc/kubernetes/manifests/a.yaml", "path: /run/docker.sock\n")])),
        ("log-agent-of-old-runtime", planned(&[("etc/filebeat/a.yml", "- /var/lib/docker/containers/*\n")])),
        ("gpu-runtime-in-use", planned(&[("etc/nvidia-container-runtime/config.toml", "")])),
        ("kubenet-in-use", planned(&[("etc/systemd/system/kubelet.service", unit)])),
    ]
}

fn lives() -> Vec<Fired> {
    let manifest = "kind: Pod\nmetadata: {name: etcd}\nspec:\n  containers:\n  - command: [etcd, --cert-file=/etc/kubernetes/pki/a.crt]\n";
    let etcd = [("etc/kubernetes/manifests/etcd.yaml", manifest), ("etc/kubernetes/pki/a.crt", LEAF)];
    let (admin, copy) = (inside(NEW), inside(OLD));
    let copies = [("etc/kubernetes/admin.conf", admin.as_str()), ("root/.kube/config", copy.as_str())];
    let on = ("var/lib/kubelet/config.yaml", "rotateCertificates: true\n");
    vec![
        ("certificate-not-served", certificates(&etcd, &[Served::new(2379, "01")], 100)),
        ("kubeconfig-copy-stale", certificates(&copies, &[], 100)),
        ("kubelet-rotation-off", certificates(&[KUBELET_CONF, CURRENT], &[], 100)),
        ("kubelet-rotation-overdue", certificates(&[KUBELET_CONF, CURRENT, on], &[], 1)),
    ]
}
