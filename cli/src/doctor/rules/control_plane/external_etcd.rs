//! An etcd outside of the cluster, as kubeadm's preflight asks it (`ExternalEtcdVersion`).

use kubeadm_config::KubeadmRelease;
use kubeadm_config::yaml::Node;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;
use crate::doctor::rules::asked;
use crate::recipe::Endpoint;

/// So many members are asked, and each so long.
pub(super) const MOST: usize = 3;
const SECONDS: &str = "2";

/// Where an etcd is, and the files that a client of it needs.
#[derive(Default)]
pub(super) struct External {
    pub(super) endpoints: Vec<(String, Evidence)>,
    ca: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
}

/// kubeadm refuses one that is older than it knows, at init and at each upgrade.
pub(super) fn too_old(seen: &Inspection<'_>, told: &mut Told<'_>) -> Result<(), Unread> {
    let Some(etcd) = external(seen, told)? else { return Ok(()) };
    let Some(kubeadm) = kubeadm(seen) else {
        return Err(Unread::new("kubeadm", "its version is not known"));
    };
    let least = kubeadm.least_external_etcd();
    let (asked, rest) = etcd.endpoints.split_at(etcd.endpoints.len().min(MOST));
    for (endpoint, _) in rest {
        told.could_not_read(Unread::new(endpoint, format!("no more than {MOST} members are asked")));
    }
    for (endpoint, place) in asked {
        let (version, url) = match version(seen, &etcd, endpoint) {
            Ok(answer) => answer,
            Err(unread) => {
                told.could_not_read(unread);
                continue;
            }
        };
        let Some(own) = numbers(&version) else {
            told.could_not_read(Unread::new(url, format!("{version} is no version of etcd")));
            continue;
        };
        if own < least {
            let least = least.map(|number| number.to_string()).join(".");
            told.fires(format!(
                "etcd {version} answers at {endpoint}, and kubeadm {} wants {least}",
                kubeadm.version()
            ))
            .seen_at(place.clone())
            .seen_at(Evidence::command(format!("curl {url}")).value(version));
        }
    }
    Ok(())
}

/// What kube-apiserver is told of, where it has no etcd on this host; before that what kubeadm's file
/// says.
fn external(seen: &Inspection<'_>, told: &mut Told<'_>) -> Result<Option<External>, Unread> {
    let etcd = servers(seen, told)?;
    let of_host = |(text, _): &(String, Evidence)| Endpoint::read(text).is_some_and(|at| at.is_loopback());
    let is_here = etcd.as_ref().is_some_and(|etcd| etcd.endpoints.iter().any(of_host));
    Ok(etcd.filter(|_| !is_here && seen.manifest("etcd").is_ok_and(|own| own.is_none())))
}

/// Where kube-apiserver asks etcd, or will by kubeadm's file; `None`: neither says so.
pub(super) fn servers(seen: &Inspection<'_>, told: &mut Told<'_>) -> Result<Option<External>, Unread> {
    if let Some(server) = seen.manifest("kube-apiserver")? {
        let Some(flag) = server.flag("etcd-servers") else { return Ok(None) };
        let path = |name: &str| server.flag(name).map(|flag| flag.value.clone());
        let endpoints = flag.value.split(',').map(|one| (one.trim().to_owned(), flag.place.clone()));
        return Ok(Some(External {
            endpoints: endpoints.collect(),
            ca: path("etcd-cafile"),
            certificate: path("etcd-certfile"),
            key: path("etcd-keyfile"),
        }));
    }
    for file in told.kubeadm_files(seen) {
        let node = file.documents.iter().find_map(|root| root.get("etcd")?.get("external"));
        let Some(node) = node else { continue };
        let text = |name: &str| node.get(name).and_then(Node::as_str).map(str::to_owned);
        let list = node.get("endpoints").and_then(Node::as_sequence).into_iter().flatten();
        let endpoints = list.filter_map(|one| {
            let (text, at) = (one.as_str()?, one.span.position);
            Some((text.to_owned(), file.file.evidence().at(at.line, at.column).value(text)))
        });
        return Ok(Some(External {
            endpoints: endpoints.collect(),
            ca: text("caFile"),
            certificate: text("certFile"),
            key: text("keyFile"),
        }));
    }
    Ok(None)
}

/// The kubeadm that is installed, else one of the cluster's minor.
fn kubeadm(seen: &Inspection<'_>) -> Option<KubeadmRelease> {
    seen.installed_kubeadm().or_else(|| format!("v1.{}.0", seen.kubernetes_minor()?).parse().ok())
}

/// How curl(1) ended that asked a member, and what it printed.
pub(super) struct Asked {
    pub(super) status: Option<i32>,
    pub(super) url: String,
    text: String,
}

/// Asks a member for its version, as a client with the files that the API server has.
pub(super) fn asked(seen: &Inspection<'_>, etcd: &External, endpoint: &str) -> Result<Asked, Unread> {
    // What is no URL is not handed to a program.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.:_/[]".contains(c);
    let is_url = endpoint.starts_with("https://") || endpoint.starts_with("http://");
    if !is_url || !endpoint.chars().all(plain) {
        return Err(Unread::new(endpoint, "it is no URL of an etcd"));
    }
    let url = format!("{}/version", endpoint.trim_end_matches('/'));
    let mut args = vec!["--silent", "--noproxy", "*", "--globoff", "--max-time", SECONDS];
    for (flag, path) in [("--cacert", &etcd.ca), ("--cert", &etcd.certificate), ("--key", &etcd.key)] {
        if let Some(path) = path.as_deref().filter(|path| path.starts_with('/')) {
            args.extend([flag, path]);
        }
    }
    args.extend(["--", &url]);
    let outcome = asked::ended(seen, "curl", &args, None)?;
    Ok(Asked { status: outcome.status, text: asked::text(&outcome.stdout), url })
}

/// What a member answers, and where it was asked.
fn version(seen: &Inspection<'_>, etcd: &External, endpoint: &str) -> Result<(String, String), Unread> {
    let Asked { status, url, text } = asked(seen, etcd, endpoint)?;
    let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    match json.get("etcdserver").and_then(serde_json::Value::as_str) {
        Some(version) => Ok((version.to_owned(), url)),
        None if status == Some(0) => Err(Unread::new(url, "what answers is no etcd")),
        None => Err(Unread::new(url, format!("curl ended with {}", status.unwrap_or(-1)))),
    }
}

fn numbers(version: &str) -> Option<[u64; 3]> {
    let core = version.trim_start_matches('v').split(['-', '+']).next()?;
    let mut parts = core.split('.').map(|part| part.parse().ok());
    Some([parts.next()??, parts.next()??, parts.next()??])
}
