//! The questions: read-only, none of them about a Secret, all within one time limit.

use std::io;
use std::time::{Duration, Instant};

use cri_probe::api::{Access, ApiAnswer, ApiClient, ApiError, ApiOptions, query, run};
use serde_json::Value;

use super::{Answer, Cluster, Moment, Unreached, keep};
use crate::chain::chain;

/// For all questions together.
const LIMIT: Duration = Duration::from_secs(5);
/// Items of a list that are asked for at once, and that are read at most.
const PAGES: (usize, usize) = (500, 20_000);

const SYSTEM: &str = "/api/v1/namespaces/kube-system";

/// Whoever is asked, and until when.
struct Asking {
    client: ApiClient,
    end: Instant,
}

pub(super) fn ask(
    (path, kubeconfig): (&str, &[u8]),
    file: &mut dyn FnMut(&str) -> io::Result<Vec<u8>>,
    node: &str,
    moment: Moment,
) -> Cluster {
    let mut cluster = Cluster { asked_by: path.to_owned(), ..Cluster::default() };
    let client = Access::from_kubeconfig(kubeconfig, file)
        .and_then(|access| ApiClient::new(access, ApiOptions::at(moment.now + moment.since.elapsed())));
    let client = match client {
        Ok(client) => client,
        Err(error) => return Cluster { unreached: Some(unreached(&error)), ..cluster },
    };
    cluster.server = client.server().to_string();
    let asking = Asking { client, end: Instant::now() + LIMIT };
    let of_admin = path.ends_with("/admin.conf");
    let asked = run(async {
        asking.fill(&mut cluster, node, moment).await?;
        if of_admin {
            asking.fill_by_admin(&mut cluster, node).await;
        }
        Ok(())
    });
    if let Err(error) = asked {
        cluster.unreached = Some(unreached(&error));
    }
    cluster
}

fn unreached(error: &ApiError) -> Unreached {
    Unreached { code: error.code().as_str().to_owned(), why: chain(error) }
}

impl Asking {
    /// What a kubelet may read as well. An error: there is no server to ask.
    async fn fill(&self, cluster: &mut Cluster, node: &str, moment: Moment) -> Result<(), ApiError> {
        let version = self.asked(self.client.within(self.left()).get("/version").await);
        let version = match version {
            Err(error) if !error.is_answer() => return Err(error),
            other => other,
        };
        if let Ok(answer) = &version {
            cluster.ahead = answer.date.as_deref().and_then(|date| keep::ahead(date, moment));
        }
        cluster.version = of(version, keep::version);
        cluster.failing = match self.client.within(self.left()).text("/readyz?verbose").await {
            Ok(_) => Answer::Absent,
            Err(ApiError::ServerError { status: 500, message, .. }) => Answer::Known(message),
            Err(error) => Answer::Unread(chain(&error)),
        };
        cluster.node = self.get(&format!("/api/v1/nodes/{node}"), keep::node).await;
        let map = |name: &str| format!("{SYSTEM}/configmaps/{name}");
        cluster.kubeadm = self.get(&map("kubeadm-config"), keep::kubeadm).await;
        cluster.kubelet = self.get(&map("kubelet-config"), keep::kubelet).await;
        cluster.proxy = self.get(&map("kube-proxy"), keep::proxy).await;
        cluster.dns = self.get(&format!("{SYSTEM}/services/kube-dns"), keep::dns).await;
        let signer = ("fieldSelector", "spec.signerName=kubernetes.io/kubelet-serving");
        let requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
        cluster.pending = self.list(requests, &[signer], |items| keep::pending(items, node)).await;
        let own = format!("spec.nodeName={node}");
        let of_node = [("fieldSelector", own.as_str()), ("labelSelector", "k8s-app=kube-proxy")];
        cluster.proxies = self.list("/api/v1/pods", &of_node, keep::readiness).await;
        Ok(())
    }

    /// What only an administrator may read; kubeadm lets nobody and an administrator read cluster-info, and
    /// no kubelet.
    async fn fill_by_admin(&self, cluster: &mut Cluster, node: &str) {
        let info = "/api/v1/namespaces/kube-public/configmaps/cluster-info";
        cluster.info_ca = self.get(info, keep::info_ca).await;
        cluster.twins = self.list("/api/v1/nodes", &[], |items| keep::twins(items, node)).await;
        let flannel = "/api/v1/namespaces/kube-flannel/configmaps/kube-flannel-cfg";
        cluster.pools = self.get(flannel, keep::flannel).await;
        if matches!(cluster.pools, Answer::Absent) {
            let calico = "/apis/crd.projectcalico.org/v1/ippools";
            cluster.pools = self.list(calico, &[], keep::calico).await;
        }
    }

    fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// Time that is over before a question is told as what it is.
    fn asked<T>(&self, answer: Result<T, ApiError>) -> Result<T, ApiError> {
        match answer {
            Err(ApiError::TimedOut { server, phase, .. }) => {
                Err(ApiError::TimedOut { server, phase, limit: LIMIT })
            }
            other => other,
        }
    }

    async fn get<T>(&self, path: &str, keep: impl Fn(&Value) -> Option<T>) -> Answer<T> {
        of(self.asked(self.client.within(self.left()).get(&query(path, &[])).await), keep)
    }

    async fn list<T>(
        &self,
        path: &str,
        selected: &[(&str, &str)],
        keep: impl Fn(&[Value]) -> Option<T>,
    ) -> Answer<T> {
        match self.asked(self.client.within(self.left()).list(path, selected, PAGES).await) {
            Ok(items) => keep(&items).map_or_else(unexpected, Answer::Known),
            Err(error) => failed(&error),
        }
    }
}

fn of<T>(answer: Result<ApiAnswer, ApiError>, keep: impl Fn(&Value) -> Option<T>) -> Answer<T> {
    match answer {
        Ok(answer) => keep(&answer.value).map_or_else(unexpected, Answer::Known),
        Err(error) => failed(&error),
    }
}

fn unexpected<T>() -> Answer<T> {
    Answer::Unread("its answer has not the form that is expected".to_owned())
}

fn failed<T>(error: &ApiError) -> Answer<T> {
    match error {
        ApiError::NotFound { .. } => Answer::Absent,
        error => Answer::Unread(chain(error)),
    }
}
