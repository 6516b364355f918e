//! Taking a node out of its cluster: its Node object, and what kubeadm wrote where kubeadm itself
//! is gone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::CACHE;
use super::record::put;
use super::standing::{CONFS, KUBELET_CONF, MANIFESTS, files_of_pki};
use crate::fs::{Dress, Mode, Wanted};
use crate::{Error, Host, Invocation, Owner, Watch};

const FLAGS: &str = "/var/lib/kubelet/kubeadm-flags.env";

/// Where the Node lies while kubectl sends it.
const NODE_FILE: &str = "/run/k8sprep-node.json";

/// How often the Node is read before it is given up.
const TRIES: u32 = 8;

/// The name of this host's Node: what kubeadm told the kubelet, or the host's name in lower case.
///
/// # Errors
///
/// When the files cannot be read.
pub fn node_name(host: &Host) -> Result<String, Error> {
    let read = |path: &str| -> Result<String, Error> {
        let bytes = host.root().read(Path::new(path))?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let flags = read(FLAGS)?;
    let mut words = flags.split([' ', '"', '\n']);
    if let Some(name) = words.find_map(|word| word.strip_prefix("--hostname-override=")) {
        return Ok(name.to_owned());
    }
    let mut name = read("/proc/sys/kernel/hostname")?;
    if name.trim().is_empty() {
        name = read("/etc/hostname")?;
    }
    Ok(name.trim().to_lowercase())
}

/// Stops the kubelet and sets the Ready condition of its Node to False with the kubelet's own
/// credentials, which may do that and not delete it. Without this the Node stays Ready for 40 s,
/// and nothing of that name can join.
///
/// # Errors
///
/// When the kubelet cannot be stopped, or the cluster does not take it.
pub fn say_not_ready(host: &Host, node: &str, watch: &mut dyn Watch) -> Result<(), Error> {
    host.await_end(
        &Invocation::new("systemctl", ["stop", "kubelet"]).within(Duration::from_secs(120)),
        watch,
    )?;
    let mut last = Error::CommandFailed {
        command: format!("kubectl replace node {node}"),
        how: format!("the Node was Ready at each of {TRIES} reads"),
    };
    for _ in 0..TRIES {
        match tell_not_ready(host, node, watch) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Whether the cluster has the Node as not Ready; where it has not, its status is written.
///
/// The version that was read goes along, so that a change in between is a conflict and is not
/// overwritten: controllers and the network plugin write a young Node every few seconds. So it is
/// read again after a write.
fn tell_not_ready(host: &Host, node: &str, watch: &mut dyn Watch) -> Result<bool, Error> {
    // A kubelet may read its Node and write the Node's status, and not read the status alone, which
    // `kubectl patch` does first (kubernetes,
    // plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go, NodeRules).
    let read = host.await_end(&as_kubelet(["get", "node", node, "--output=json"]), watch)?;
    let Some(told) = not_ready(&read.stdout, host.owner()).map_err(|how| Error::CommandFailed {
        command: format!("kubectl get node {node}"),
        how: how.to_owned(),
    })?
    else {
        return Ok(true);
    };
    let path = Path::new(NODE_FILE);
    put(host, path, Wanted::File { bytes: &told, mode: Mode::PRIVATE, dress: Dress::Fresh })?;
    let status = format!("/api/v1/nodes/{node}/status");
    let sent = host.await_end(&as_kubelet(["replace", "--raw", &status, "--filename", NODE_FILE]), watch);
    put(host, path, Wanted::Nothing)?;
    sent.map(|_| false)
}

/// kubectl with the credentials of the node itself.
fn as_kubelet<'a>(words: impl IntoIterator<Item = &'a str>) -> Invocation {
    let config = format!("--kubeconfig={KUBELET_CONF}");
    let all = [config, CACHE.to_owned(), "--request-timeout=10s".to_owned()].into_iter();
    Invocation::new("kubectl", all.chain(words.into_iter().map(str::to_owned)))
}

/// A Node whose Ready condition says that its kubelet does not run, since kubeadm join refuses a
/// name that is Ready; nothing where it says so already.
fn not_ready(node: &[u8], owner: &Owner) -> Result<Option<Vec<u8>>, &'static str> {
    const NO_NODE: &str = "the answer is not a Node";
    let mut node: serde_json::Value = serde_json::from_slice(node).map_err(|_| NO_NODE)?;
    let conditions = node.pointer_mut("/status/conditions").and_then(serde_json::Value::as_array_mut);
    let mut conditions = conditions.ok_or(NO_NODE)?.iter_mut();
    let Some(ready) = conditions.find(|condition| condition["type"] == "Ready") else { return Ok(None) };
    if ready["status"] != "True" {
        return Ok(None);
    }
    ready["status"] = "False".into();
    ready["reason"] = "KubeletStopped".into();
    ready["message"] = format!("{owner} down took this node out of its cluster").into();
    serde_json::to_vec(&node).map(Some).map_err(|_| NO_NODE)
}

/// Deletes the Node with the administrator's kubeconfig `config`, a copy of what kubeadm reset
/// deletes. Its Pods are not drained: whoever wants that does it before.
///
/// # Errors
///
/// When the cluster does not answer: where this was its only control plane, there is none left to
/// ask.
pub fn delete_node(host: &Host, config: &Path, node: &str, watch: &mut dyn Watch) -> Result<(), Error> {
    let config = format!("--kubeconfig={}", config.display());
    let words = ["delete", "node", node, "--ignore-not-found", "--wait=false"];
    let all = [config.as_str(), CACHE, "--request-timeout=10s"].into_iter().chain(words);
    host.await_end(&Invocation::new("kubectl", all), watch).map(drop)
}

/// Whether kubeadm could be started at all.
#[must_use]
pub fn kubeadm_is_missing(error: &Error) -> bool {
    matches!(error, Error::Command { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
}

/// Takes away what kubeadm wrote, without kubeadm: its certificates and keys, credentials and
/// manifests. Containers and mounts of Pods stay. What was taken away.
///
/// # Errors
///
/// Where the system refuses.
pub fn remove_credentials(host: &Host) -> Result<Vec<PathBuf>, Error> {
    let root = host.root();
    let manifests = root.list(Path::new(MANIFESTS))?.unwrap_or_default();
    let manifests = manifests.into_iter().map(|name| Path::new(MANIFESTS).join(name));
    let all = files_of_pki(root)?.into_iter().chain(CONFS.iter().map(PathBuf::from)).chain(manifests);
    let mut taken = Vec::new();
    for path in all {
        if root.kind_of_link(&path)?.is_some() {
            put(host, &path, Wanted::Nothing)?;
            taken.push(path);
        }
    }
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{Root, set};

    #[test]
    fn the_node_is_named_by_kubeadm_or_by_the_host() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let put = |path: &str, text: &str| {
            set(host.root(), Path::new(path), text.as_bytes(), Mode::PUBLIC).unwrap();
        };
        put("/etc/hostname", "Node-1\n");
        assert_eq!(node_name(&host).unwrap(), "node-1");
        put(FLAGS, "KUBELET_KUBEADM_ARGS=\"--container-runtime-endpoint=x --hostname-override=w1\"\n");
        assert_eq!(node_name(&host).unwrap(), "w1");
    }

    #[test]
    fn only_the_ready_condition_of_a_node_is_another() {
        let node = r#"{"metadata":{"name":"w1","resourceVersion":"7"},"status":{"conditions":[
            {"type":"MemoryPressure","status":"False"},{"type":"Ready","status":"True","reason":"KubeletReady"}]}}"#;
        let told: serde_json::Value =
            serde_json::from_slice(&not_ready(node.as_bytes(), &Owner::default()).unwrap().unwrap()).unwrap();
        assert_eq!(told["status"]["conditions"][1]["status"], "False");
        assert_eq!(
            told["status"]["conditions"][0],
            serde_json::json!({"type": "MemoryPressure", "status": "False"})
        );
        assert_eq!(
            told["metadata"]["resourceVersion"], "7",
            "a change in between is a conflict, not overwritten"
        );
        let told = told.to_string();
        assert_eq!(not_ready(told.as_bytes(), &Owner::default()), Ok(None), "it says so already");
        assert!(not_ready(b"{}", &Owner::default()).is_err());
    }

    /// kubectl of a cluster in which something else writes the Node between the first two reads and
    /// writes.
    #[derive(Debug, Default)]
    struct Busy {
        writes: std::sync::atomic::AtomicU32,
    }

    impl crate::Commands for Busy {
        fn run(&self, invocation: &Invocation) -> std::io::Result<crate::Outcome> {
            use std::sync::atomic::Ordering;
            let has = |word: &str| invocation.args.iter().any(|arg| arg == word);
            if has("replace") {
                let nth = self.writes.fetch_add(1, Ordering::Relaxed);
                let conflict = "Error from server (Conflict): the object has been modified";
                return Ok(crate::Outcome::new(i32::from(nth < 2), "", if nth < 2 { conflict } else { "" }));
            }
            let ready = if self.writes.load(Ordering::Relaxed) < 3 { "True" } else { "False" };
            let node = format!(r#"{{"status":{{"conditions":[{{"type":"Ready","status":"{ready}"}}]}}}}"#);
            Ok(crate::Outcome::new(0, if has("get") { node } else { String::new() }, ""))
        }
    }

    #[test]
    fn a_conflict_is_no_reason_to_leave_a_node_ready() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("run")).unwrap();
        let busy = std::sync::Arc::new(Busy::default());
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), busy.clone());
        say_not_ready(&host, "w1", &mut crate::NoProgress).unwrap();
        assert_eq!(busy.writes.load(std::sync::atomic::Ordering::Relaxed), 3);
    }

    #[test]
    fn no_key_is_left_where_kubeadm_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let files = [
            "/etc/kubernetes/pki/ca.key",
            "/etc/kubernetes/pki/etcd/ca.key",
            "/etc/kubernetes/admin.conf",
            "/etc/kubernetes/manifests/etcd.yaml",
        ];
        for file in files {
            set(host.root(), Path::new(file), b"secret", Mode::PRIVATE).unwrap();
        }
        assert_eq!(remove_credentials(&host).unwrap().len(), files.len());
        assert_eq!(remove_credentials(&host).unwrap(), Vec::<PathBuf>::new());
    }
}
