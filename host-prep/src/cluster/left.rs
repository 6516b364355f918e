//! What an unfinished run of kubeadm leaves, and which of its own preflight checks stumble over
//! that.
//!
//! From kubeadm's `app/preflight/checks.go`, `InitNodeChecks` and `JoinNodeChecks`, 1.15 to 1.37:
//! the names did not change, only which of them exist. kubeadm takes names that it does not know
//! without a word.

use std::path::Path;

use crate::fs::Root;
use crate::{Error, Host};

/// Files and directories that kubeadm refuses to find, each with the check that does. All of them
/// are its own.
const FILES: &[(&str, &str)] = &[
    ("/etc/kubernetes/manifests/etcd.yaml", "FileAvailable--etc-kubernetes-manifests-etcd.yaml"),
    (
        "/etc/kubernetes/manifests/kube-apiserver.yaml",
        "FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml",
    ),
    (
        "/etc/kubernetes/manifests/kube-controller-manager.yaml",
        "FileAvailable--etc-kubernetes-manifests-kube-controller-manager.yaml",
    ),
    (
        "/etc/kubernetes/manifests/kube-scheduler.yaml",
        "FileAvailable--etc-kubernetes-manifests-kube-scheduler.yaml",
    ),
    ("/etc/kubernetes/bootstrap-kubelet.conf", "FileAvailable--etc-kubernetes-bootstrap-kubelet.conf"),
    ("/etc/kubernetes/kubelet.conf", "FileAvailable--etc-kubernetes-kubelet.conf"),
    ("/etc/kubernetes/pki/ca.crt", "FileAvailable--etc-kubernetes-pki-ca.crt"),
];

/// Directories that kubeadm wants empty.
const DIRECTORIES: &[(&str, &str)] = &[
    ("/var/lib/etcd", "DirAvailable--var-lib-etcd"),
    // Asked of a node that joins, up to 1.22.
    ("/etc/kubernetes/manifests", "DirAvailable--etc-kubernetes-manifests"),
];

/// Ports that are taken as soon as a static Pod of an earlier run is there, by its manifest.
const PORTS: &[(&str, &[u16])] = &[
    ("/etc/kubernetes/manifests/kube-apiserver.yaml", &[6443]),
    ("/etc/kubernetes/manifests/kube-controller-manager.yaml", &[10252, 10257]),
    ("/etc/kubernetes/manifests/kube-scheduler.yaml", &[10251, 10259]),
    ("/etc/kubernetes/manifests/etcd.yaml", &[2379, 2380]),
    // The kubelet, once it was told what to do.
    ("/var/lib/kubelet/config.yaml", &[10250]),
];

/// The checks that stumble over what is there of an earlier run, and no others.
pub(super) fn stumbling(host: &Host) -> Result<Vec<String>, Error> {
    let root = host.root();
    let mut checks = Vec::new();
    for (dir, check) in DIRECTORIES {
        if root.list(Path::new(dir))?.is_some_and(|names| !names.is_empty()) {
            checks.push((*check).to_owned());
        }
    }
    for (file, check) in FILES {
        if is_there(root, file)? {
            checks.push((*check).to_owned());
        }
    }
    for (file, ports) in PORTS {
        if is_there(root, file)? {
            checks.extend(ports.iter().map(|port| format!("Port-{port}")));
        }
    }
    // A kubelet that an earlier run started goes on while this is read: what it is about to write is
    // its own as well.
    if is_there(root, "/etc/kubernetes/bootstrap-kubelet.conf")?
        && is_there(root, "/var/lib/kubelet/config.yaml")?
    {
        checks.push("FileAvailable--etc-kubernetes-kubelet.conf".to_owned());
    }
    checks.extend(chosen(root)?);
    checks.sort_unstable();
    checks.dedup();
    Ok(checks)
}

/// The API server's port where the configuration chose another, and etcd's directory by its
/// manifest: etcd may begin to fill it after it was looked at.
fn chosen(root: &Root) -> Result<Vec<String>, Error> {
    let flag = |file: &str, flag: &str| -> Result<Option<String>, Error> {
        let text = root.read(Path::new(file))?.unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let mut lines = text.lines().map(|line| line.trim().trim_start_matches("- "));
        Ok(lines.find_map(|line| line.strip_prefix(flag).map(str::to_owned)))
    };
    let port = flag(PORTS[0].0, "--secure-port=")?.filter(|port| port != "6443");
    let data = flag(FILES[0].0, "--data-dir=")?;
    let port = port.map(|port| format!("Port-{port}"));
    Ok(port.into_iter().chain(data.map(|dir| format!("DirAvailable-{}", dir.replace('/', "-")))).collect())
}

fn is_there(root: &Root, path: &str) -> Result<bool, Error> {
    Ok(root.kind(Path::new(path))?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{Mode, set};

    fn left(files: &[(&str, &str)]) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        for (path, text) in files {
            set(host.root(), Path::new(path), text.as_bytes(), Mode::PRIVATE).unwrap();
        }
        stumbling(&host).unwrap()
    }

    #[test]
    fn only_what_is_there_is_forgiven() {
        assert_eq!(left(&[]), Vec::<String>::new());
        assert_eq!(
            left(&[("/etc/kubernetes/bootstrap-kubelet.conf", ""), ("/etc/kubernetes/pki/ca.crt", "")]),
            [
                "FileAvailable--etc-kubernetes-bootstrap-kubelet.conf",
                "FileAvailable--etc-kubernetes-pki-ca.crt"
            ]
        );
        assert_eq!(
            left(&[("/var/lib/kubelet/config.yaml", "")]),
            ["Port-10250"],
            "no port of a control plane on a worker"
        );
    }

    #[test]
    fn what_a_running_kubelet_is_about_to_write_is_forgiven() {
        let etcd = [("/etc/kubernetes/manifests/etcd.yaml", "    - --data-dir=/var/lib/etcd\n")];
        assert!(left(&etcd).iter().any(|check| check == "DirAvailable--var-lib-etcd"));
        let join = [("/etc/kubernetes/bootstrap-kubelet.conf", ""), ("/var/lib/kubelet/config.yaml", "")];
        assert!(left(&join).iter().any(|check| check == "FileAvailable--etc-kubernetes-kubelet.conf"));
    }

    #[test]
    fn a_chosen_port_and_directory_are_read_off_the_manifests() {
        let apiserver = "  - command:\n    - kube-apiserver\n    - --secure-port=7443\n";
        let etcd = "    - --data-dir=/srv/etcd\n";
        let left = left(&[
            ("/etc/kubernetes/manifests/kube-apiserver.yaml", apiserver),
            ("/etc/kubernetes/manifests/etcd.yaml", etcd),
        ]);
        for check in ["Port-7443", "DirAvailable--srv-etcd"] {
            assert!(left.iter().any(|left| left == check), "{check}: {left:?}");
        }
    }
}
