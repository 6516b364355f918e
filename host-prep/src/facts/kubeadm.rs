//! What kubeadm left on a host: whether it is a member of a cluster, and which static pods it has.

use std::path::Path;

use serde::Serialize;

use super::source::{Fact, FileText, Source};
use crate::Host;
use crate::fs::Kind;

const MANIFESTS: &str = "/etc/kubernetes/manifests";
const KUBELET_CONF: &str = "/etc/kubernetes/kubelet.conf";
const PKI: &str = "/etc/kubernetes/pki";
const PKI_OF_ETCD: &str = "/etc/kubernetes/pki/etcd";

/// kubeadm's traces on a host.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Kubeadm {
    /// `/etc/kubernetes/kubelet.conf`: the kubelet's way to its API server, there once the host is
    /// a member of a cluster.
    pub kubelet_conf: Fact<bool>,
    /// The API server that file names, `https://192.0.2.1:6443`.
    pub api_server: Fact<Option<String>>,
    /// Every file of `/etc/kubernetes/manifests` that the kubelet reads: all whose name does not
    /// start with a dot, whatever it ends in (kubernetes `pkg/kubelet/config/file.go`).
    pub manifests: Fact<Vec<FileText>>,
    /// Every `*.crt` of `/etc/kubernetes/pki` and of `etcd` below it: certificates, no keys.
    pub certificates: Fact<Vec<FileText>>,
}

impl Kubeadm {
    /// Whether kubeadm made it a node: it has its way to an API server, or static pods.
    #[must_use]
    pub fn is_member(&self) -> bool {
        let manifests = self.manifests.known().is_some_and(|files| !files.is_empty());
        self.kubelet_conf.known() == Some(&true) || manifests
    }

    /// What kubeadm left on this host.
    #[must_use]
    pub fn of(host: &Host) -> Self {
        Self::observe(&Source::new(host))
    }

    pub(super) fn observe(source: &Source<'_>) -> Self {
        let certificate = |name: &str| name.ends_with(".crt");
        let own = files(source, PKI, certificate);
        let certificates = own.and_then(|own| {
            files(source, PKI_OF_ETCD, certificate).map(|etcd| own.into_iter().chain(etcd).collect())
        });
        Self {
            kubelet_conf: source.exists(KUBELET_CONF),
            api_server: source
                .text(KUBELET_CONF)
                .map(|text| values_of(&text?, "server").next().map(str::to_owned)),
            manifests: files(source, MANIFESTS, |name| !name.starts_with('.')),
            certificates,
        }
    }
}

/// The values of a key of a kubeconfig, whether it is written in lines, in braces or as JSON. The file
/// has a private key in it, so that nothing else of it is kept.
pub(crate) fn values_of<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let places = lines.flat_map(move |line| line.match_indices(key).map(move |(at, _)| line.split_at(at)));
    places.filter_map(|(before, rest)| {
        let before = before.chars().next_back();
        let is_bare = before.is_none_or(|c| c.is_whitespace() || "{,\"'".contains(c));
        let rest = rest[key.len()..].trim_start_matches(['"', '\'']).trim_start();
        let value = rest.strip_prefix(':').filter(|_| is_bare)?.trim_start();
        let value = match value.chars().next()? {
            quote @ ('"' | '\'') => value[1..].split(quote).next()?,
            _ => value.split([',', '}', ' ', '\t']).next()?,
        };
        Some(value).filter(|value| !value.is_empty())
    })
}

/// The regular files of a directory whose names are wanted, with their bytes.
fn files(source: &Source<'_>, dir: &str, wanted: impl Fn(&str) -> bool) -> Fact<Vec<FileText>> {
    source.list(dir).and_then(|names| {
        let mut files = Vec::new();
        for name in names.iter().filter(|name| wanted(name)) {
            let path = Path::new(dir).join(name);
            match source.kind(&path) {
                Fact::Known(Some(Kind::File)) => {}
                Fact::Known(None | Some(Kind::Directory)) => continue,
                // A pipe in the place of a manifest: what it would give is not known.
                Fact::Known(Some(_)) => {
                    return Fact::Unknown { reason: format!("{} is no regular file", path.display()) };
                }
                Fact::Unknown { reason } => return Fact::Unknown { reason },
            }
            match source.file(&path) {
                Fact::Known(file) => files.extend(file),
                Fact::Unknown { reason } => return Fact::Unknown { reason },
            }
        }
        Fact::Known(files)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_found_however_it_is_written() {
        for text in [
            "clusters:\n- cluster:\n    server: https://10.0.0.1:6443\n  name: k\n",
            "clusters:\n- name: k\n  cluster: {server: \"https://10.0.0.1:6443\"}\n",
            "clusters: [{cluster: {server: https://10.0.0.1:6443, insecure-skip-tls-verify: true}}]\n",
            "{\"clusters\": [{\"cluster\": {\"server\": \"https://10.0.0.1:6443\"}}]}\n",
            "# server: https://old\nclusters:\n- cluster:\n    tls-server-name: x\n    server: 'https://10.0.0.1:6443' # one\n",
        ] {
            let found: Vec<_> = values_of(text, "server").collect();
            assert_eq!(found, ["https://10.0.0.1:6443"], "{text}");
        }
        let none = "clusters:\n- cluster:\n    tls-server-name: x\n    server:\n";
        assert_eq!(values_of(none, "server").next(), None);
    }
}
