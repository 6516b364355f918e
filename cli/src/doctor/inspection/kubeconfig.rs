//! Kubeconfigs of a node: where they go, whom they trust, and as whom.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use host_prep::fs::Kind;
use kubeadm_config::yaml::{self, Base, Node};

use super::Inspection;
use crate::doctor::finding::{Evidence, Unread};

/// Kubeconfigs that kubeadm writes, below `/etc/kubernetes`.
pub(in crate::doctor) const KUBECONFIGS: [&str; 5] =
    ["admin.conf", "super-admin.conf", "controller-manager.conf", "scheduler.conf", "kubelet.conf"];

/// A kubeconfig, of its first cluster and user.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Kubeconfig {
    /// Its path.
    pub path: String,
    /// The API server it speaks to, with its place.
    pub server: Option<(String, Evidence)>,
    /// The CA it trusts.
    pub ca: Option<Pem>,
    /// The certificate of its user.
    pub certificate: Option<Pem>,
    /// The key of its user.
    pub key: Option<Pem>,
}

/// PEM text that a kubeconfig has in it, or the file it names.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Pem {
    /// `...-data`: the text.
    Data(Vec<u8>, Evidence),
    /// The path of a file.
    File(String, Evidence),
}

impl Inspection<'_> {
    /// A kubeconfig; `None`: there is none, or it is not one.
    ///
    /// # Errors
    ///
    /// Where it cannot be read.
    pub fn kubeconfig(&self, path: &str) -> Result<Option<Kubeconfig>, Unread> {
        let Some(file) = self.files.file(path)? else { return Ok(None) };
        let Ok(document) = yaml::read(&file.bytes, Base::default()) else { return Ok(None) };
        let first = |list: &str, of: &str| document.root.get(list)?.as_sequence()?.first()?.get(of).cloned();
        let (cluster, user) = (first("clusters", "cluster"), first("users", "user"));
        if cluster.is_none() && user.is_none() {
            return Ok(None);
        }
        let place = |node: &Node| file.evidence().at(node.span.position.line, node.span.position.column);
        let pem = |of: &Option<Node>, key: &str| {
            let of = of.as_ref()?;
            // What is in it wins over a file (client-go, `clientcmd/api`).
            if let Some(node) = of.get(&format!("{key}-data")) {
                let bytes = STANDARD.decode(node.as_str()?.trim()).unwrap_or_default();
                return Some(Pem::Data(bytes, place(node)));
            }
            let node = of.get(key)?;
            Some(Pem::File(beside(path, node.as_str()?), place(node)))
        };
        let server = cluster.as_ref().and_then(|cluster| {
            let node = cluster.get("server")?;
            let text = node.as_str()?;
            Some((text.to_owned(), place(node).value(text)))
        });
        Ok(Some(Kubeconfig {
            path: path.to_owned(),
            server,
            ca: pem(&cluster, "certificate-authority"),
            certificate: pem(&user, "client-certificate"),
            key: pem(&user, "client-key"),
        }))
    }

    /// Why a component can do nothing with its kubeconfig, and where that shows (client-go,
    /// `clientcmd`); `None`: it can be read, and names a server.
    ///
    /// # Errors
    ///
    /// Where this process may not read it.
    pub(in crate::doctor) fn kubeconfig_fault(
        &self,
        path: &str,
    ) -> Result<Option<(String, Evidence)>, Unread> {
        let whole = |why: &str| Ok(Some((why.to_owned(), Evidence::file(path))));
        match self.files.kind(path)? {
            Some(Kind::File) => {}
            None => return whole("is not there, or its link leads nowhere"),
            Some(Kind::Directory) => return whole("is a directory"),
            // What a pipe would give is not known.
            Some(_) => return Err(Unread::new(path, "it is no regular file")),
        }
        let Some(file) = self.files.file(path)? else { return whole("is not there") };
        if file.bytes.trim_ascii().is_empty() {
            return whole("is empty");
        }
        let Ok(document) = yaml::read(&file.bytes, Base::default()) else {
            return whole("is not valid YAML");
        };
        let root = &document.root;
        if root.as_mapping().is_none() {
            return whole("is no kubeconfig");
        }
        Ok(broken_context(root).map(|(why, node)| {
            let place = node.map(|node| node.span.position);
            let evidence = file.evidence();
            (why, place.map_or_else(|| file.evidence(), |at| evidence.at(at.line, at.column)))
        }))
    }

    /// The bytes of what a kubeconfig has in it or names; `None`: the file is not there.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn pem(&self, pem: &Pem) -> Result<Option<Vec<u8>>, Unread> {
        match pem {
            Pem::Data(bytes, _) => Ok(Some(bytes.clone())),
            Pem::File(path, _) => Ok(self.files.file(path)?.map(|file| file.bytes.clone())),
        }
    }
}

/// What is wrong on the way from `current-context` to a server and a user.
fn broken_context(root: &Node) -> Option<(String, Option<&Node>)> {
    let text =
        |node: &'_ Node, key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
    let named = |list: &str, name: &str, of: &str| {
        let all = root.get(list).and_then(Node::as_sequence).unwrap_or_default();
        all.iter()
            .rfind(|one| one.get("name").and_then(Node::as_str) == Some(name))
            .and_then(|one| one.get(of))
    };
    let current = text(root, "current-context");
    let place = root.get("current-context");
    if current.is_empty() {
        return Some(("has no current-context".to_owned(), place));
    }
    let Some(context) = named("contexts", &current, "context") else {
        return Some((format!("has no context {current:?}, which current-context names"), place));
    };
    let (cluster, user) = (text(context, "cluster"), text(context, "user"));
    let Some(found) = named("clusters", &cluster, "cluster") else {
        return Some((
            format!("has no cluster {cluster:?}, which its context names"),
            context.get("cluster"),
        ));
    };
    if !user.is_empty() && named("users", &user, "user").is_none() {
        return Some((format!("has no user {user:?}, which its context names"), context.get("user")));
    }
    let server = text(found, "server");
    server.is_empty().then(|| (format!("names no server for its cluster {cluster:?}"), Some(found)))
}

impl Pem {
    /// Where the kubeconfig says it.
    pub fn place(&self) -> &Evidence {
        match self {
            Self::Data(_, place) | Self::File(_, place) => place,
        }
    }
}

/// client-go reads a relative path from the kubeconfig's directory on.
fn beside(kubeconfig: &str, path: &str) -> String {
    let dir = Path::new(kubeconfig).parent().unwrap_or(Path::new("/"));
    dir.join(path).display().to_string()
}
