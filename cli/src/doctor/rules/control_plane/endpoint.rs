//! The address that a whole cluster is reached by: a name, or a load balancer's.

use std::net::IpAddr;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, known};
use crate::doctor::rules::asked;

type Said = Result<(), Unread>;

const KUBELET: &str = "/etc/kubernetes/kubelet.conf";
const HOSTS: &str = "/etc/hosts";
const SECONDS: &str = "3";

/// A name has to resolve before `kubeadm init`; who answers there has to be there for a member. The
/// address of one API server is its own matter, and not asked.
pub(super) fn unreachable(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if seen.is_planned() {
        return Ok(());
    }
    for (server, place) in endpoints(seen, told)? {
        let Some((host, port)) = parted(&server) else { continue };
        let address = host.parse::<IpAddr>().ok();
        match address {
            None if !resolves(seen, &host)? => {
                told.fires(format!("the name of the cluster's endpoint does not resolve: {host}"))
                    .seen_at(place)
                    .cured_by(format!("give {host} an address in DNS, or a line in {HOSTS} on each node"));
                continue;
            }
            None => {}
            Some(address) => {
                // The own address: whether the own API server listens is another check's.
                let own = known(&seen.facts().network.subnets, "getifaddrs(3)")?;
                if own.iter().any(|own| own.address == address) || !seen.is_control_plane()? {
                    continue;
                }
            }
        }
        if seen.is_member() {
            answers(seen, told, (&host, &port), place)?;
        }
    }
    Ok(())
}

/// Where the kubelet speaks to; before a node is one, what kubeadm's file says.
fn endpoints(seen: &Inspection<'_>, told: &mut Told<'_>) -> Result<Vec<(String, Evidence)>, Unread> {
    if seen.is_member() {
        return Ok(seen.kubeconfig(KUBELET)?.and_then(|config| config.server).into_iter().collect());
    }
    Ok(told
        .kubeadm_files(seen)
        .iter()
        .filter_map(|file| file.text("controlPlaneEndpoint"))
        .map(|(text, place)| (text.to_owned(), place))
        .collect())
}

/// Host and port of `https://host:port`, `host:port` or `host`.
fn parted(server: &str) -> Option<(String, String)> {
    let rest = server.split_once("://").map_or(server, |(_, rest)| rest);
    let rest = rest.split('/').next()?;
    let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':').unwrap_or("6443")),
        None => rest.rsplit_once(':').unwrap_or((rest, "6443")),
    };
    // What is no name is not handed to a program.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.:_".contains(c);
    let ok = !host.is_empty() && !host.starts_with('-') && host.chars().all(plain);
    (ok && port.bytes().all(|byte| byte.is_ascii_digit())).then(|| (host.to_owned(), port.to_owned()))
}

/// In `/etc/hosts`, or by what nsswitch.conf says.
fn resolves(seen: &Inspection<'_>, name: &str) -> Result<bool, Unread> {
    if let Some(file) = seen.files().file(HOSTS)? {
        let has = |line: &str| {
            let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
            words.next().is_some() && words.any(|word| word.eq_ignore_ascii_case(name))
        };
        if file.text().lines().any(has) {
            return Ok(true);
        }
    }
    let outcome = asked::ended(seen, "getent", &["ahosts", name], None)?;
    match outcome.status {
        Some(0) => Ok(true),
        // getent(1): a key could not be found.
        Some(2) => Ok(false),
        status => Err(Unread::new("getent", format!("it ended with {}", status.unwrap_or(-1)))),
    }
}

fn answers(seen: &Inspection<'_>, told: &mut Told<'_>, (host, port): (&str, &str), place: Evidence) -> Said {
    let proxy = |name: &&str| {
        seen.unit("kubelet.service")
            .and_then(|unit| unit.environment.get(*name))
            .is_some_and(|it| !it.is_empty())
    };
    if ["HTTPS_PROXY", "https_proxy"].iter().any(proxy) {
        return Err(Unread::new(KUBELET, "the kubelet has a proxy, which is not asked"));
    }
    let shown = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let url = format!("https://{shown}:{port}/livez");
    let args = [
        "--silent",
        "--insecure",
        "--noproxy",
        "*",
        "--max-time",
        SECONDS,
        "--output",
        "/dev/null",
        "--",
        &url,
    ];
    let outcome = asked::ended(seen, "curl", &args, None)?;
    // curl(1): 7 is no connection, 28 no answer in time. Whatever else it says, something answered.
    let why = match outcome.status {
        Some(7) => "nothing listens there, or it cannot be reached",
        Some(28) => "there is no answer within 3 s",
        Some(_) => return Ok(()),
        None => return Err(Unread::new("curl", "it was ended by a signal")),
    };
    told.fires(format!("the cluster's endpoint {shown}:{port} does not answer: {why}"))
        .seen_at(place)
        .seen_at(Evidence::command(format!("curl {url}")).value(why));
    Ok(())
}
