//! The YAML layer of kubeadm-config alone: two ordinary documents, and streams of a thousand and ten thousand.
//!
//! `cargo bench -p k8sprep-benches --bench yaml`
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::hint::black_box;
use std::time::Duration;

use k8sprep_benches::per_call;
use kubeadm_config::yaml::{self, SplitRules};

const FILE: &str = "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
bootstrapTokens:
- groups:
  - system:bootstrappers:kubeadm:default-node-token
  token: abcdef.0123456789abcdef
  ttl: 24h0m0s
  usages:
  - signing
  - authentication
localAPIEndpoint:
  advertiseAddress: 192.0.2.10
  bindPort: 6443
nodeRegistration:
  criSocket: unix:///var/run/crio/crio.sock
  imagePullPolicy: IfNotPresent
  name: cp1
  taints:
  - effect: NoSchedule
    key: node-role.kubernetes.io/control-plane
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
apiServer: {}
caCertificateValidityPeriod: 87600h0m0s
certificateValidityPeriod: 8760h0m0s
certificatesDir: /etc/kubernetes/pki
clusterName: kubernetes
controllerManager: {}
dns: {}
etcd:
  local:
    dataDir: /var/lib/etcd
imageRepository: registry.k8s.io
kubernetesVersion: v1.34.0
networking:
  dnsDomain: cluster.local
  podSubnet: 10.244.0.0/16
  serviceSubnet: 10.96.0.0/12
proxy: {}
scheduler: {}
";

fn main() {
    let values: Vec<_> = read(FILE).iter().map(|document| document.root.to_json()).collect();
    println!("{:<44} {:>12}", "two documents", "median us");
    row("split", || drop(black_box(yaml::split(FILE.as_bytes(), &SplitRules::default()))));
    row("split and read", || drop(black_box(read(FILE))));
    row("write", || values.iter().for_each(|value| drop(black_box(yaml::write(value)))));
    println!("\n{:<44} {:>12}", "streams: split and read", "us a document");
    for count in [1_000, 10_000] {
        let stream = format!("{}---\n", FILE.split("---\n").next().unwrap_or_default()).repeat(count);
        let time = per_call(|| drop(black_box(read(&stream))));
        println!(
            "{:<44} {:>12.2}",
            format!("{count} documents"),
            micros(time) / f64::from(u32::try_from(count).unwrap_or(1))
        );
    }
}

fn read(file: &str) -> Vec<yaml::Document> {
    let documents = yaml::split(file.as_bytes(), &SplitRules::default()).expect("the bench's own file");
    documents.iter().map(|raw| yaml::read(&raw.text, raw.base()).expect("the bench's own file")).collect()
}

fn row(name: &str, work: impl FnMut()) {
    println!("{name:<44} {:>12.2}", micros(per_call(work)));
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
