//! A Deployment behind a Service that answers, and goes away again.

use std::path::Path;
use std::time::Duration;

use super::kubectl;
use crate::{Error, Host, Invocation};

const NAMESPACE: &str = "k8sprep-smoke";

/// nginx behind a Service, in a namespace of its own so that one delete takes all of it.
pub const SMOKE_MANIFEST: &str = "\
apiVersion: v1
kind: Namespace
metadata:
  name: k8sprep-smoke
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
";

/// Runs the manifest in the file `manifest` (as [`SMOKE_MANIFEST`]), asks its Service over the pod network, and removes
/// everything again, however it went.
///
/// # Errors
///
/// The step that failed. What was made is removed even then.
pub fn smoke_test(host: &Host, manifest: &Path, limit: Duration) -> Result<(), Error> {
    let tested = test(host, manifest, limit);
    let delete = kubectl(["delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=120s"]);
    let removed = host.run(&delete.within(Duration::from_secs(130))).map(drop);
    tested.and(removed)
}

fn test(host: &Host, manifest: &Path, limit: Duration) -> Result<(), Error> {
    host.run(&kubectl(["apply", "-f", &manifest.display().to_string()]))?;
    let timeout = format!("--timeout={}s", limit.as_secs());
    let rollout = kubectl(["-n", NAMESPACE, "rollout", "status", "deployment/web", &timeout]);
    host.run(&rollout.within(limit + Duration::from_secs(10)))?;
    let address = kubectl(["-n", NAMESPACE, "get", "service", "web", "--output=jsonpath={.spec.clusterIP}"]);
    let address = host.run(&address)?.stdout;
    let address = String::from_utf8_lossy(&address).trim().to_owned();
    // An IPv6 address stands in brackets in a URL.
    let url =
        if address.contains(':') { format!("http://[{address}]/") } else { format!("http://{address}/") };
    // kube-proxy may need a moment for its rules.
    let ask = [
        "-fsS",
        "--noproxy",
        "*",
        "--retry",
        "10",
        "--retry-delay",
        "1",
        "--retry-connrefused",
        "--max-time",
        "30",
    ];
    host.run(&Invocation::new("curl", ask.into_iter().chain([url.as_str()])).within(Duration::from_secs(60)))
        .map(drop)
}
