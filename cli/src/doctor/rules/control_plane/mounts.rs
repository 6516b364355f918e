//! What the container of a static pod sees of the host.

use kubeadm_config::component::holds;
use kubeadm_config::yaml::Node;

use crate::doctor::finding::Evidence;
use crate::doctor::inspection::Manifest;

/// What a container sees at a path.
pub(super) struct Mount {
    /// Where in the container.
    at: String,
    /// Where on the host, of a hostPath without a `subPath`.
    pub(super) from: Option<String>,
    /// Whether the kubelet makes a directory there where none is.
    pub(super) made: bool,
    pub(super) place: Evidence,
}

impl Mount {
    /// Where on the host a path of the container is, where it is on the host.
    pub(super) fn on_host(&self, path: &str) -> Option<String> {
        let rest = path.strip_prefix(self.at.trim_end_matches('/'))?;
        // As it is written where it is the mount itself.
        Some(match (self.from.as_ref()?, rest.trim_end_matches('/')) {
            (from, "") => from.clone(),
            (from, _) => format!("{}{rest}", from.trim_end_matches('/')),
        })
    }
}

/// The mount that a path of the container is on: of several, the innermost.
pub(super) fn nearest<'m>(mounts: &'m [Mount], path: &str) -> Option<&'m Mount> {
    let holding = mounts.iter().filter(|mount| holds(&mount.at, path));
    holding.max_by_key(|mount| mount.at.trim_end_matches('/').len())
}

/// Those of the component's own container: what others of the pod mount is not seen by it.
pub(super) fn mounts(manifest: &Manifest) -> Vec<Mount> {
    let spec = manifest.root.get("spec");
    let containers = list(spec, "containers");
    let own = containers
        .iter()
        .find(|one| text(one, "name") == Some(manifest.name.as_str()))
        .or(containers.first());
    let volumes = list(spec, "volumes");
    let host_path = |mount: &Node| -> Option<&Node> {
        let volume = volumes.iter().find(|one| text(one, "name") == text(mount, "name"))?;
        let plain = ["subPath", "subPathExpr"].iter().all(|key| mount.get(key).is_none());
        volume.get("hostPath").filter(|_| plain)
    };
    let mount = |mount: &Node| {
        let at = text(mount, "mountPath")?.to_owned();
        let volume = host_path(mount);
        let made = volume.and_then(|volume| text(volume, "type")) == Some("DirectoryOrCreate");
        let from = volume.and_then(|volume| text(volume, "path")).map(str::to_owned);
        Some(Mount { place: manifest.at(mount.get("mountPath")?).value(&at), from, made, at })
    };
    list(own, "volumeMounts").iter().filter_map(mount).collect()
}

fn list<'n>(node: Option<&'n Node>, key: &str) -> &'n [Node] {
    node.and_then(|node| node.get(key)).and_then(Node::as_sequence).unwrap_or_default()
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::as_str)
}
