//! The static pods of a control plane: which of them reads what, and what each serves.

use std::time::Duration;

use crate::doctor::Inspection;
use crate::doctor::certs::{CertificateTable, Served};

/// In the order in which they are restarted: what another one needs comes first.
pub(super) use crate::doctor::renamed_away::STATIC_PODS as PODS;

/// Which static pod reads a file, and goes on with the old one until it is started again. etcd's
/// health check and the kubeconfigs of people are read anew each time.
pub(super) fn reader_of(place: &str) -> Option<&'static str> {
    let (dir, name) = place.rsplit_once('/')?;
    match name.trim_end_matches(".crt").trim_end_matches(".key") {
        "server" | "peer" if dir.ends_with("/etcd") => Some("etcd"),
        "apiserver" | "apiserver-kubelet-client" | "apiserver-etcd-client" | "front-proxy-client" => {
            Some("kube-apiserver")
        }
        "controller-manager.conf" => Some("kube-controller-manager"),
        "scheduler.conf" => Some("kube-scheduler"),
        _ => None,
    }
}

/// What a static pod serves, as its manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Component {
    pub(super) pod: &'static str,
    /// Where; `None`: it serves nothing over TLS.
    pub(super) server: Option<(String, u16)>,
    /// The serial of its certificate's file; `None`: it makes one for itself whenever it starts.
    pub(super) wanted: Option<String>,
}

impl Component {
    /// That static pod; `None`: it is not on this host, or cannot be read.
    pub(super) fn of(seen: &Inspection<'_>, table: &CertificateTable, pod: &'static str) -> Option<Self> {
        let manifest = seen.manifest(pod).ok()??;
        let flag = |name: &str| manifest.flag(name).map(|flag| flag.value.clone());
        let usual = match pod {
            "kube-apiserver" => 6443,
            "kube-controller-manager" => 10257,
            _ => 10259,
        };
        let (server, file) = if pod == "etcd" {
            (flag("listen-client-urls").as_deref().map_or(Some(here(2379)), first_url), flag("cert-file"))
        } else {
            let port = flag("secure-port").map_or(Some(usual), |port| port.parse().ok());
            let any = |host: &String| !["0.0.0.0", "::", ""].contains(&host.as_str());
            let host = flag("bind-address").filter(any).unwrap_or_else(|| here(0).0);
            (port.filter(|port| *port != 0).map(|port| (host, port)), flag("tls-cert-file"))
        };
        let row = file.and_then(|file| table.rows.iter().find(|row| row.place == file && !row.is_ca));
        Some(Self { pod, server, wanted: row.map(|row| row.serial.clone()) })
    }

    /// Whether a process that was started anew serves this.
    pub(super) fn is_new(&self, served: &str, before: Option<&str>) -> bool {
        match &self.wanted {
            Some(wanted) => wanted.eq_ignore_ascii_case(served),
            None => before != Some(served),
        }
    }
}

fn here(port: u16) -> (String, u16) {
    ("127.0.0.1".to_owned(), port)
}

/// etcd listens on every address of the list.
fn first_url(urls: &str) -> Option<(String, u16)> {
    let url = urls.split(',').next()?.trim().strip_prefix("https://")?;
    let (host, port) = url.trim_end_matches('/').rsplit_once(':')?;
    Some((host.to_owned(), port.parse().ok()?))
}

/// Who tells what a port serves.
pub(super) trait Ports {
    /// The serial of the certificate; `None`: nothing answers.
    fn serial(&self, host: &str, port: u16) -> Option<String>;
}

/// The ports of this machine.
pub(super) struct Live;

impl Ports for Live {
    fn serial(&self, host: &str, port: u16) -> Option<String> {
        let server = cri_probe::api::Server::new(host, port).ok()?;
        let peek = async { Ok(cri_probe::api::peek(&server, None, Duration::from_secs(2)).await.ok()) };
        let chain = cri_probe::blocking::run(peek).ok().flatten()?;
        Served::of_der(port, chain.first()?).map(|served| served.serial)
    }
}
