//! A Deployment with a pod on each of two nodes, of which one has to answer whatever goes on: a
//! PodDisruptionBudget says so.

use std::io;

use super::checks::{PATIENCE, kube, kubectl};
use super::{Trial, within};
use crate::booted::cluster::{Node, Running};

/// Two pods that never share a node. Where the control plane is drained, the other one is all there
/// is; while the first waits to come back, nobody may evict that.
const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 5
      tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists}]
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          - {labelSelector: {matchLabels: {app: web}}, topologyKey: kubernetes.io/hostname}
      containers:
      - name: web
        image: docker.io/library/nginx:stable
        readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 1}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
";

/// Asks the address until it is told to stop. A question is five tries within two seconds: what was
/// evicted is a backend until kube-proxy has heard of it.
const ASK: &str = r#"cd /; rm -f /run/asked-enough; asked=0 missed=0
try() { timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/80" && printf "GET / HTTP/1.0\r\nHost: web\r\n\r\n" >&3 && grep -q "200 OK" <&3' "$1" 2>/dev/null; }
while [ ! -e /run/asked-enough ]; do
    asked=$((asked + 1))
    for n in 1 2 3 4 5; do
        try "$1" && break
        [ $n -lt 5 ] || { missed=$((missed + 1)); date "+missed at %T"; }
        sleep 0.4
    done
    sleep 0.3
done
echo "asked $asked missed $missed""#;

/// The questions of a host, which are asked until [`Asking::end`].
pub(super) struct Asking<'a> {
    host: &'a Node,
    running: Running,
}

/// Makes it, and waits until both pods are ready.
pub(super) fn served(trial: &mut Trial, plane: &Node) -> io::Result<()> {
    plane.put("root/web.yml", WEB);
    trial.ends(plane, &kubectl(&["apply", "-f", "/root/web.yml"]), 0)?;
    both(trial, plane)
}

/// Both pods are ready within a while.
pub(super) fn both(trial: &mut Trial, plane: &Node) -> io::Result<()> {
    let replicas = ["get", "deployment", "web", "-o", "jsonpath={.status.readyReplicas}"];
    if !within(PATIENCE, || Ok(kube(plane, &replicas)?.out == "2"))? {
        let pods = kube(plane, &["get", "pods", "-o", "wide"])?;
        trial.wrong.push(format!("not both pods of web are ready:\n{}", pods.out));
    }
    Ok(())
}

impl<'a> Asking<'a> {
    /// Begins to ask from `host`.
    pub(super) fn begin(plane: &Node, host: &'a Node) -> io::Result<Self> {
        let address = kube(plane, &["get", "service", "web", "-o", "jsonpath={.spec.clusterIP}"])?.out;
        Ok(Self { host, running: host.start(&["bash", "-c", ASK, "ask", &address])? })
    }

    /// Every question has to have got its answer.
    pub(super) fn end(self, trial: &mut Trial) -> io::Result<()> {
        self.host.ask(&["touch", "/run/asked-enough"])?;
        let said = self.running.end()?.out;
        trial.say(&said);
        let of = |name: &str| {
            let mut words = said.split_whitespace().skip_while(|word| *word != name);
            words.nth(1).and_then(|number| number.parse::<u64>().ok())
        };
        if of("asked").is_none_or(|asked| asked < 10) || !said.contains("missed 0") {
            trial.wrong.push(format!("web did not answer all the time: {said}"));
        }
        Ok(())
    }
}
