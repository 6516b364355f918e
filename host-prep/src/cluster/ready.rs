//! Why a node is not Ready, as its own condition says.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::kubectl;
use super::look::{self, Seen, Vain, list, text};
use crate::facts::Cni;
use crate::{Error, Host, Watch};

/// Waits until this cluster's nodes, or the one of this name, are Ready; `watch` hears what they
/// lack. Whether there was anything to wait for.
///
/// # Errors
///
/// When they are not in time, with what they lacked.
pub fn await_ready(
    host: &Host,
    node: Option<&str>,
    limit: Duration,
    watch: &mut dyn Watch,
) -> Result<bool, Error> {
    let nodes = || look::get(host, kubectl(["get", "nodes", "-o", "json", "--request-timeout=5s"]));
    if nodes().is_some_and(|nodes| are_ready(&nodes, node)) {
        return Ok(false);
    }
    let timeout = format!("--timeout={}s", limit.as_secs());
    let which = node.map_or_else(|| "--all".to_owned(), str::to_owned);
    let waiting = kubectl(["wait", "--for=condition=Ready", "node", &which, &timeout]);
    let waiting = waiting.within(limit + Duration::from_secs(10));
    let mut look = |_| {
        let awaits = nodes().map(|nodes| lacking(&nodes, node)).unwrap_or_default();
        Seen { awaits, hopeless: None }
    };
    match look::wait(host, &waiting, watch, &mut look) {
        Ok(_) => Ok(true),
        Err(Vain::Failed(Error::CommandFailed { command, how }, lacks)) if !lacks.is_empty() => {
            Err(Error::CommandFailed { command, how: format!("{how}; {lacks}") })
        }
        Err(Vain::Failed(error, _)) => Err(error),
        Err(Vain::Hopeless(what)) => {
            Err(Error::Problem { what, hint: "look at `kubectl describe node`".into() })
        }
    }
}

/// Waits until flannel has written the file that its plugin reads, where flannel is the network: an
/// init container lays the configuration, with which the node is Ready, and the daemon the file a
/// moment later (flannel's manifest). Gives up quietly: `verify` says what is missing.
///
/// # Errors
///
/// Where it cannot be told whether that file is there.
pub fn await_flannel(host: &Host, limit: Duration, watch: &mut dyn Watch) -> Result<(), Error> {
    const FILE: &str = "/run/flannel/subnet.env";
    let is_missing = || host.root().kind(Path::new(FILE)).map(|kind| kind.is_none());
    if !Cni::of(host).uses("flannel") || !is_missing()? {
        return Ok(());
    }
    watch.awaits(&format!("flannel to write {FILE}"));
    let begin = Instant::now();
    let waited = loop {
        match is_missing() {
            Ok(true) if begin.elapsed() < limit && !watch.stops() => {
                std::thread::sleep(Duration::from_millis(200).min(limit));
            }
            other => break other.map(drop),
        }
    };
    watch.awaits("");
    waited
}

/// Whether there is one, and nothing is lacking.
fn are_ready(nodes: &Value, only: Option<&str>) -> bool {
    let is_asked = |node: &Value| only.is_none_or(|only| only == text(node, "/metadata/name"));
    list(nodes, "/items").iter().any(is_asked) && lacking(nodes, only).is_empty()
}

/// The nodes that are not Ready, and why.
fn lacking(nodes: &Value, only: Option<&str>) -> String {
    let mut said = Vec::new();
    for node in list(nodes, "/items") {
        let name = text(node, "/metadata/name");
        if only.is_some_and(|only| only != name) {
            continue;
        }
        let ready = list(node, "/status/conditions").iter().find(|one| text(one, "/type") == "Ready");
        match ready {
            Some(ready) if text(ready, "/status") == "True" => {}
            Some(ready) => said.push(format!("node {name}, not Ready: {}", reason(text(ready, "/message")))),
            None => said.push(format!("node {name}: its kubelet has not told its state yet")),
        }
    }
    if said.is_empty() && list(nodes, "/items").is_empty() {
        said.push("the first node to register".into());
    }
    said.join("; ")
}

/// The end of the kubelet's message: what the network plugin lacks stands last.
fn reason(message: &str) -> &str {
    message.rsplit_once("message:").map_or(message, |(_, rest)| rest).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Awaited(Vec<String>);

    impl Watch for Awaited {
        fn awaits(&mut self, what: &str) {
            self.0.push(what.to_owned());
        }
    }

    #[test]
    fn flannel_is_awaited_where_it_is_the_network() {
        use crate::fs::{Mode, Root, set};
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let waits = || {
            let mut watch = Awaited::default();
            await_flannel(&host, Duration::from_millis(300), &mut watch).unwrap();
            watch.0
        };
        let none: [&str; 0] = [];
        let told = ["flannel to write /run/flannel/subnet.env", ""];
        assert_eq!(waits(), none, "there is no network");
        // What no runtime reads: multus' directory, a pipe, what somebody put aside.
        std::fs::create_dir_all(dir.path().join("etc/cni/net.d/multus.d")).unwrap();
        let pipe = dir.path().join("etc/cni/net.d/pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, pipe, rustix::fs::Mode::RUSR).unwrap();
        let put = |path: &str, text: &str| {
            set(host.root(), Path::new(path), text.as_bytes(), Mode::PUBLIC).unwrap();
        };
        let flannel = "{\"name\": \"cbr0\", \"plugins\": [{\"type\": \"flannel\"}]}";
        put("/etc/cni/net.d/10-flannel.conflist.bak", flannel);
        assert_eq!(waits(), none);
        put("/etc/cni/net.d/10-flannel.conflist", flannel);
        assert_eq!(waits(), told, "told once, and then that it is over");
        put("/run/flannel/subnet.env", "FLANNEL_MTU=1450\n");
        assert_eq!(waits(), none);
    }

    fn node(name: &str, status: &str, message: &str) -> Value {
        serde_json::json!({
            "metadata": {"name": name},
            "status": {"conditions": [
                {"type": "DiskPressure", "status": "False", "message": "kubelet has no disk pressure"},
                {"type": "Ready", "status": status, "message": message},
            ]},
        })
    }

    /// The message of `conformance/node/cni-missing/node-conditions.txt`.
    #[test]
    fn a_node_that_is_not_ready_says_what_it_lacks() {
        let message = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: No CNI configuration file in /etc/cni/net.d/. Has your network provider started?";
        let nodes = serde_json::json!({"items": [node("cp1", "False", message), node("w1", "True", "kubelet is posting ready status")]});
        let said = "node cp1, not Ready: Network plugin returns error: No CNI configuration file in /etc/cni/net.d/. Has your network provider started?";
        assert_eq!(lacking(&nodes, None), said);
        assert_eq!(lacking(&nodes, Some("w1")), "");
        let ready = |only| are_ready(&nodes, only);
        assert_eq!([None, Some("w1"), Some("cp1"), Some("w2")].map(ready), [false, true, false, false]);
        assert_eq!(lacking(&serde_json::json!({"items": []}), None), "the first node to register");
        assert_eq!(
            lacking(&serde_json::json!({"items": [{"metadata": {"name": "x"}}]}), None),
            "node x: its kubelet has not told its state yet"
        );
        assert_eq!(lacking(&serde_json::json!(17), None), "the first node to register");
    }
}
