//! Name servers: of the host, and of its pods.
//!
//! resolv.conf(5) is read twice over: by programs of the host, CRI-O among them, and by the
//! kubelet, which gives pods with `dnsPolicy: Default` (CoreDNS) a file of its choice
//! (`resolvConf`). With systemd-resolved the two differ on purpose:
//! `/run/systemd/resolve/resolv.conf` has the real servers.

use std::net::IpAddr;
use std::rc::Rc;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{File, Inspection};

type Said = Result<(), Unread>;

/// The resolver's own file, and the kubelet's default.
const RESOLV_CONF: &str = "/etc/resolv.conf";
// `MaxDNSNameservers`, `MaxDNSSearchPaths` and `MaxDNSSearchListChars` of Kubernetes
// (pkg/apis/core/validation): the kubelet cuts off what is more, and warns. glibc's MAXNS is 3 as
// well.
/// Name servers that a pod gets.
const MOST_SERVERS: usize = 3;
/// Domains of a search list.
const MOST_DOMAINS: usize = 32;
/// Characters of all of them together.
const LONGEST_SEARCH: usize = 2048;

/// The file that the kubelet gives to pods, and where that is said.
fn of_pods(seen: &Inspection<'_>) -> Result<(String, Option<Evidence>), Unread> {
    Ok(match seen.kubelet_setting("resolv-conf", "resolvConf")? {
        Some((path, place)) => (path, Some(place)),
        None => (RESOLV_CONF.to_owned(), None),
    })
}

/// A file that only the running host may have: a link into `/run` leads nowhere on a disk.
fn read(seen: &Inspection<'_>, path: &str) -> Result<Option<Rc<File>>, Unread> {
    let files = seen.files();
    let into_run = files.link(path)?.is_some_and(|to| to.components().any(|part| part.as_os_str() == "run"));
    if (into_run || path.starts_with("/run/")) && !seen.is_running() {
        return Err(Unread::not_running(path));
    }
    files.file(path)
}

/// Addresses with the line that each stands on, from 1. Only a line that starts with the word
/// counts.
fn servers(file: &File) -> Vec<(usize, String)> {
    let text = file.text();
    let named = text.lines().enumerate().filter_map(|(at, line)| {
        let mut words = line.split_ascii_whitespace();
        (words.next()? == "nameserver").then(|| Some((at + 1, words.next()?.to_owned()))).flatten()
    });
    named.collect()
}

/// Fires too where the file is a link that leads nowhere, which is what a stopped NetworkManager
/// or resolved leaves.
pub(super) fn no_server(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(file) = read(seen, RESOLV_CONF)? else {
        // An image has none before it boots: whoever looks after its network writes it.
        if !seen.is_running() && !seen.is_member() {
            return Err(Unread::not_running(RESOLV_CONF));
        }
        told.fires(format!("{RESOLV_CONF} is not there, or its link leads nowhere"))
            .seen_at(Evidence::file(RESOLV_CONF));
        return Ok(());
    };
    if servers(&file).is_empty() {
        told.fires(format!("{RESOLV_CONF} names no name server")).seen_at(file.evidence());
    }
    Ok(())
}

/// The kubelet starts without it, and no pod's sandbox does. An empty name is taken as none at all.
pub(super) fn missing(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let (path, place) = of_pods(seen)?;
    if path == RESOLV_CONF || path.is_empty() {
        return Ok(());
    }
    if read(seen, &path)?.is_none() {
        told.fires(format!("the kubelet gives pods {path}, which is not there"))
            .seen_at(Evidence::file(path))
            .seen_in(place);
    }
    Ok(())
}

/// CoreDNS gets the file of the kubelet, and forwards to the servers in it; on a loopback address
/// that is itself.
///
/// CoreDNS' plugin `loop` notices it and ends the server (coredns#2087).
pub(super) fn forwarding_loop(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.is_member() {
        return Ok(());
    }
    let (path, place) = of_pods(seen)?;
    let Some(file) = read(seen, &path)?.filter(|_| !path.is_empty()) else { return Ok(()) };
    for (line, server) in servers(&file) {
        let address = server.split('%').next().and_then(|address| address.parse::<IpAddr>().ok());
        // In the pod the loopback is the pod's own: CoreDNS would ask itself (its plugin `loop`
        // ends it).
        if address.is_some_and(|address| address.is_loopback()) {
            told.fires(format!("{path}, which the kubelet gives to pods, names the host itself ({server})"))
                .seen_at(file.evidence().line(line).value(format!("nameserver {server}")))
                .seen_in(place.clone());
        }
    }
    Ok(())
}

/// Pods get the first servers and a cut list of domains, and the kubelet writes an event a pod
/// (`DNSConfigForming`).
pub(super) fn limits(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let (path, _) = of_pods(seen)?;
    let Some(file) = read(seen, &path)?.filter(|_| !path.is_empty()) else { return Ok(()) };
    let many = servers(&file).len();
    if many > MOST_SERVERS {
        told.fires(format!("{path} names {many} name servers, and pods get the first {MOST_SERVERS}"))
            .seen_at(file.evidence());
    }
    let text = file.text();
    // The last `search` line counts (resolv.conf(5)).
    let search = text.lines().rev().find_map(|line| line.strip_prefix("search")).unwrap_or_default().trim();
    let domains = search.split_whitespace().count();
    if domains > MOST_DOMAINS || search.len() > LONGEST_SEARCH {
        told.fires(format!("{path} has {domains} search domains of {} characters", search.len()))
            .seen_at(file.evidence());
    }
    Ok(())
}
