//! A Deployment behind a Service that answers, and goes away again.
//!
//! It is asked from a Pod: that takes the cluster's DNS, the Service's address and the pod network, and nothing of the host,
//! which need not have a program that speaks HTTP.

use std::path::Path;
use std::time::Duration;

use super::kubectl;
use crate::{Error, Host, Watch};

const NAMESPACE: &str = "k8sprep-smoke";

/// nginx behind a Service, and a Job of the same image that asks it, in a namespace of their own so that one delete takes
/// all of it.
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
      # A cluster of one node has only its control plane to run on.
      tolerations:
      - operator: Exists
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
      - operator: Exists
      containers:
      - name: curl
        image: docker.io/library/nginx:stable
        # It starts before the web server does, and kube-proxy may need a moment for its rules.
        command: [curl, -fsS, --max-time, '10', --retry, '10', --retry-all-errors, 'http://web/']
";

/// Runs the manifest in the file `manifest` (as [`SMOKE_MANIFEST`]), waits until its Job had an answer over the pod network,
/// and removes everything again, however it went.
///
/// # Errors
///
/// The step that failed, with what the Job said last. What was made is removed even then.
pub fn smoke_test(host: &Host, manifest: &Path, limit: Duration, watch: &mut dyn Watch) -> Result<(), Error> {
    let tested = test(host, manifest, limit, watch);
    let delete = kubectl(["delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=120s"]);
    // Also after it was asked to stop: nothing shall be left.
    let delete = delete.within(Duration::from_secs(130));
    let removed = host.attend(&delete, watch);
    let removed = removed.and_then(|outcome| match outcome.status {
        Some(0) => Ok(()),
        _ => Err(Error::CommandFailed { command: delete.to_string(), how: outcome.to_string() }),
    });
    tested.and(removed)
}

fn test(host: &Host, manifest: &Path, limit: Duration, watch: &mut dyn Watch) -> Result<(), Error> {
    host.await_end(&kubectl(["apply", "-f", &manifest.display().to_string()]), watch)?;
    let timeout = format!("--timeout={}s", limit.as_secs());
    let longer = limit + Duration::from_secs(10);
    let rollout = kubectl(["-n", NAMESPACE, "rollout", "status", "deployment/web", &timeout]).within(longer);
    host.await_end(&rollout, watch)?;
    let answered =
        kubectl(["-n", NAMESPACE, "wait", "--for=condition=complete", "job/ask", &timeout]).within(longer);
    match host.await_end(&answered, watch) {
        Err(Error::CommandFailed { command, how }) => {
            let last = kubectl(["-n", NAMESPACE, "logs", "job/ask", "--tail=5"]);
            Err(Error::Unit { command, how, log: crate::service::log(host, &last) })
        }
        outcome => outcome.map(drop),
    }
}
