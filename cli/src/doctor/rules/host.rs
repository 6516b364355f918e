//! The machine: processors, memory, clock, names, resolvers.

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, Told, by_facts, error, warning};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;

/// The rows.
pub(super) const CHECKS: &[Check] = &[
    error("nameserver-missing", &[Need::Files], nameserver_missing),
    error("coredns-forwarding-loop", &[Need::Files], by_facts),
    warning("containers-oom-killed", &[Need::Log], by_logs),
    error("host-out-of-memory", &[Need::Log], by_logs),
    warning("upstream-dns-silent", &[Need::Log], by_logs),
];

const RESOLV_CONF: &str = "/etc/resolv.conf";

/// On a disk that does not run, a link into /run leads nowhere and means nothing.
fn nameserver_missing(seen: &Inspection<'_>, told: &mut Told<'_>) -> Result<(), Unread> {
    let files = seen.files();
    let in_run =
        files.link(RESOLV_CONF)?.is_some_and(|to| to.components().any(|part| part.as_os_str() == "run"));
    if in_run && !seen.is_running() {
        return Err(Unread::not_running(RESOLV_CONF));
    }
    let Some(file) = files.file(RESOLV_CONF)? else {
        told.fires(format!("{RESOLV_CONF} is not there, or its link leads nowhere"))
            .seen_at(Evidence::file(RESOLV_CONF));
        return Ok(());
    };
    let named = file.text().lines().any(|line| {
        let mut words = line.split_ascii_whitespace();
        words.next() == Some("nameserver") && words.next().is_some()
    });
    if !named {
        told.fires(format!("{RESOLV_CONF} names no name server")).seen_at(file.evidence());
    }
    Ok(())
}
