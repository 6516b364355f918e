//! What the API server says, where this host may ask it.

use std::io;

use super::Inspection;
use crate::doctor::cluster::{Cluster, Moment, QUESTION, ask};
use crate::doctor::finding::Unread;

/// Kubeconfigs that may ask; the first that is there does.
const ASKING: [&str; 2] = ["/etc/kubernetes/admin.conf", "/etc/kubernetes/kubelet.conf"];

impl Inspection<'_> {
    /// The same, and the API server may be asked: where a kubeconfig of kubeadm's is there and a
    /// kernel runs. It has five seconds in all.
    #[must_use]
    pub fn asking_api(self) -> Self {
        Self { asks_api: true, ..self }
    }

    /// What the API server says; `None`: this host has no kubeconfig, it is no member.
    pub(in crate::doctor) fn cluster(&self) -> Result<Option<&Cluster>, Unread> {
        match self.cluster.get_or_init(|| self.look_at_cluster()) {
            Ok(found) => Ok(found.as_ref()),
            Err(unread) => Err(unread.clone()),
        }
    }

    /// Whether the API server was asked, and answers.
    pub(in crate::doctor) fn api_answers(&self) -> bool {
        matches!(self.cluster(), Ok(Some(cluster)) if !cluster.is_unasked && cluster.unreached.is_none())
    }

    fn look_at_cluster(&self) -> Result<Option<Cluster>, Unread> {
        if self.is_planned() {
            return Ok(None);
        }
        let mut with = None;
        for path in ASKING {
            with = self.files.file(path)?.map(|file| (path, file));
            if with.is_some() {
                break;
            }
        }
        let Some((path, file)) = with else { return Ok(None) };
        if !self.is_running() {
            return Err(Unread::not_running("the API server"));
        }
        let node = self.node_name()?;
        let look = || {
            if !self.asks_api {
                return serde_json::to_vec(&Cluster::unasked()).map_err(io::Error::other);
            }
            let mut read = |named: &str| {
                let found = self.files.file(named).map_err(|unread| io::Error::other(unread.why))?;
                let found = found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
                Ok(found.bytes.clone())
            };
            let moment = Moment { now: self.now, since: self.since };
            let said = ask((path, &file.bytes), &mut read, &node, moment);
            serde_json::to_vec(&said).map_err(io::Error::other)
        };
        let unread = |error: &(dyn std::error::Error + 'static)| Unread::because(QUESTION, error);
        let said = self.host.root().system(QUESTION, look).map_err(|error| unread(&error))?;
        serde_json::from_slice(&said).map(Some).map_err(|error| unread(&error))
    }

    /// The name of this host's Node: its certificate's, else the host's.
    fn node_name(&self) -> Result<String, Unread> {
        let named = self.node_of_certificate()?;
        let host = || self.facts.network.hostname.live.known().cloned().unwrap_or_default();
        Ok(named.unwrap_or_else(|| host().trim().to_ascii_lowercase()))
    }
}
