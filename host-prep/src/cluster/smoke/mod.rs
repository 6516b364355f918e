//! A Deployment behind a Service that answers, and goes away again.
//!
//! It is asked from a Pod: that takes the cluster's DNS, the Service's address and the pod network,
//! and nothing of the host, which need not have a program that speaks HTTP.

mod pods;

use std::path::Path;
use std::time::{Duration, Instant};

use super::kubectl;
use super::look::{self, Vain};
use crate::{Error, Host, Invocation, Watch};
use pods::Pods;

const NAMESPACE: &str = "k8sprep-smoke";

/// nginx behind a Service, and a Job of the same image that asks it, in a namespace of their own so
/// that one delete takes all of it.
pub const SMOKE_MANIFEST: &str = "\
apiVersion: v1
kind: Namespace
metadata:
  name: k8sprep-smoke
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: k8sprep-smoke
spec:
  selector:
    app: web
  ports:
  - port: 80
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: k8sprep-smoke
spec:
  replicas: 1
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      # A cluster of one node has only its control plane to run on, whose taint had another name before 1.24. Any other
      # taint, such as that of a full disk, is to keep the pods away.
      tolerations:
      - {key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoSchedule}
      - {key: node-role.kubernetes.io/master, operator: Exists, effect: NoSchedule}
      containers:
      - name: nginx
        image: docker.io/library/nginx:stable
        ports:
        - containerPort: 80
---
apiVersion: batch/v1
kind: Job
metadata:
  name: ask
  namespace: k8sprep-smoke
spec:
  template:
    spec:
      restartPolicy: OnFailure
      tolerations:
      - {key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoSchedule}
      - {key: node-role.kubernetes.io/master, operator: Exists, effect: NoSchedule}
      containers:
      - name: curl
        image: docker.io/library/nginx:stable
        # It starts before the web server does, and kube-proxy may need a moment for its rules.
        command: [curl, -fsS, --max-time, '10', --retry, '10', --retry-all-errors, 'http://web/']
";

/// Runs the manifest in the file `manifest` (as [`SMOKE_MANIFEST`]), waits until its Job had an
/// answer over the pod network, and removes everything again, however it went. `watch` hears what
/// its Pods wait for.
///
/// # Errors
///
/// [`Error::SmokeTest`] with what the Pods waited for and what the cluster says of them, or the
/// step that failed. It does not wait for what cannot come. What was made is removed even then.
pub fn smoke_test(host: &Host, manifest: &Path, limit: Duration, watch: &mut dyn Watch) -> Result<(), Error> {
    // A run that was killed may have left a Job that is complete already.
    let tested = delete(host, watch).and_then(|()| test(host, manifest, limit, watch));
    // Also after it was asked to stop: nothing shall be left.
    tested.and(delete(host, watch))
}

fn delete(host: &Host, watch: &mut dyn Watch) -> Result<(), Error> {
    let delete = kubectl(["delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=120s"]);
    let delete = delete.within(Duration::from_secs(130));
    let outcome = host.attend(&delete, watch)?;
    match outcome.status {
        Some(0) => Ok(()),
        _ => Err(Error::CommandFailed { command: delete.to_string(), how: outcome.to_string() }),
    }
}

fn test(host: &Host, manifest: &Path, limit: Duration, watch: &mut dyn Watch) -> Result<(), Error> {
    host.await_end(&kubectl(["apply", "-f", &manifest.display().to_string()]), watch)?;
    let begun = Instant::now();
    let mut pods = Pods::default();
    let left = || limit.saturating_sub(begun.elapsed()).max(Duration::from_secs(1));
    let rollout = ["rollout", "status", "deployment/web"];
    await_pods(host, &waiting(&rollout, left()), &mut pods, watch)?;
    let answered = ["wait", "--for=condition=complete", "job/ask"];
    await_pods(host, &waiting(&answered, left()), &mut pods, watch)
}

fn waiting(words: &[&str], limit: Duration) -> Invocation {
    let timeout = format!("--timeout={}s", limit.as_secs());
    let words = ["-n", NAMESPACE].into_iter().chain(words.iter().copied()).chain([timeout.as_str()]);
    kubectl(words).within(limit + Duration::from_secs(10))
}

/// Waits, and tells what for; what the cluster says of the Pods goes with a failure.
fn await_pods(
    host: &Host,
    waiting: &Invocation,
    pods: &mut Pods,
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    let mut look = |since| {
        let question = kubectl(["-n", NAMESPACE, "get", "pods,events", "-o", "json", "--request-timeout=5s"]);
        look::get(host, question).map(|answer| pods.see(&answer, since)).unwrap_or_default()
    };
    let (why, last) = match look::wait(host, waiting, watch, &mut look) {
        Ok(_) => return Ok(()),
        Err(Vain::Hopeless(why)) => (why, String::new()),
        Err(Vain::Failed(Error::CommandFailed { how, .. }, awaited)) => (how, awaited),
        // It was stopped, or there is no kubectl.
        Err(Vain::Failed(error, _)) => return Err(error),
    };
    let said = crate::host::log(host, &kubectl(["-n", NAMESPACE, "logs", "job/ask", "--tail=5"]));
    let job = (!said.is_empty()).then(|| format!("its last log lines: {said}"));
    let awaited = (!last.is_empty()).then(|| format!("it waited for {last}"));
    let said = awaited.into_iter().chain(job).chain(std::mem::take(&mut pods.events)).collect();
    Err(Error::SmokeTest { why, said })
}
