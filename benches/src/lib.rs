//! What the benches share: timing whole processes against each other.
//!
//! Figures are printed, never asserted: a machine that others use too gives no promises. Quote
//! ratios of one run.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The ordinary file of a cluster: two documents, as `kubeadm config print init-defaults` writes
/// them, with facts of a host.
pub const INIT_AND_CLUSTER: &str = "\
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

/// One program to time.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Subject {
    /// How the table names it.
    pub name: String,
    argv: Vec<String>,
}

impl Subject {
    /// A program and its arguments.
    pub fn new<'a>(name: &str, argv: impl IntoIterator<Item = &'a str>) -> Self {
        Self { name: name.to_owned(), argv: argv.into_iter().map(Into::into).collect() }
    }

    /// Whether it can be run at all, and succeeds.
    pub fn works(&self) -> bool {
        self.command().status().is_ok_and(|status| status.success())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a bench runs programs; nothing of the product is bypassed"
    )]
    fn command(&self) -> Command {
        let mut command = Command::new(&self.argv[0]);
        command.args(&self.argv[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn time(&self) -> Duration {
        let mut command = self.command();
        let start = Instant::now();
        let done = command.status().is_ok();
        let took = start.elapsed();
        assert!(done, "{} could be run a moment ago", self.name);
        took
    }
}

/// The median time of `subject` and the median of its ratios to `base`, the two run in turn.
pub fn against(base: &Subject, subject: &Subject, runs: usize) -> (Duration, f64) {
    let (mut times, mut ratios) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let (reference, time) = (base.time(), subject.time());
        times.push(time);
        ratios.push(time.as_secs_f64() / reference.as_secs_f64());
    }
    times.sort_unstable();
    ratios.sort_by(f64::total_cmp);
    (times[runs / 2], ratios[runs / 2])
}

/// The median time of one call of `work`, over batches that take about a millisecond each.
pub fn per_call(mut work: impl FnMut()) -> Duration {
    let start = Instant::now();
    work();
    let once = start.elapsed().max(Duration::from_nanos(1));
    let batch = (Duration::from_millis(1).as_nanos() / once.as_nanos()).clamp(1, 100_000) as u32;
    let mut times: Vec<Duration> = (0..51)
        .map(|_| {
            let start = Instant::now();
            (0..batch).for_each(|_| work());
            start.elapsed() / batch
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}
