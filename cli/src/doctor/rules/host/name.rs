//! The name of the host: as a node's, in its certificate, resolved.

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, known};

type Said = Result<(), Unread>;

/// hostname(5).
const HOSTNAME: &str = "/etc/hostname";
/// hosts(5).
const HOSTS: &str = "/etc/hosts";

/// The name that the kubelet registers by, in small letters as it writes it, with its place.
///
/// `--hostname-override` first, then the kernel's name, then that of the next boot. `None` where
/// no file gives one.
fn node_name(seen: &Inspection<'_>) -> Result<Option<(String, Evidence)>, Unread> {
    // An empty one is none: `nodeutil.GetHostname` then asks the system.
    let said = seen.kubelet_flag("hostname-override");
    if let Some((name, place)) = said.filter(|(name, _)| !name.trim().is_empty()) {
        // As `nodeutil.GetHostname` trims and lowers it.
        return Ok(Some((name.trim().to_ascii_lowercase(), place)));
    }
    let hostname = &seen.facts().network.hostname;
    if let Some(live) = hostname.live.known() {
        let place = Evidence::kernel("/proc/sys/kernel/hostname").value(live);
        return Ok(Some((live.trim().to_ascii_lowercase(), place)));
    }
    let at_boot = known(&hostname.at_boot, HOSTNAME)?.as_ref();
    Ok(at_boot.map(|name| (name.to_ascii_lowercase(), Evidence::file(HOSTNAME).value(name))))
}

impl Inspection<'_> {
    /// The name of this host's Node as a command may have it: that of the kubelet's certificate, which
    /// the API server knows it by, else that it registers by. `None`: neither is a valid one, which a
    /// shell might take for more than a word.
    ///
    /// # Errors
    ///
    /// Where a file that says it cannot be read.
    pub(crate) fn node_in_commands(&self) -> Result<Option<String>, Unread> {
        let name = match self.node_of_certificate()? {
            Some(name) => Some(name),
            None => node_name(self)?.map(|(name, _)| name),
        };
        Ok(name.filter(|name| is_subdomain(name)))
    }
}

/// RFC 1123, as the API server judges the name of a Node.
fn is_subdomain(name: &str) -> bool {
    let label = |label: &str| {
        let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(fine) && !label.starts_with('-') && !label.ends_with('-')
    };
    !name.is_empty() && name.len() <= 253 && name.split('.').all(label)
}

/// Capitals alone are no fault, since the kubelet writes them small; `_` is the usual one. The
/// kubelet starts with such a name and the API server refuses its Node.
pub(super) fn invalid(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some((name, place)) = node_name(seen)? else { return Ok(()) };
    if !is_subdomain(&name) && seen.is_for_a_node() {
        told.fires(format!("{name:?} is not a valid name of a node")).seen_at(place);
    }
    Ok(())
}

/// The API server's node authoriser lets a kubelet touch only the Node that its certificate names.
///
/// A renamed host keeps the certificate of its old name: the API server then says `node "a" cannot
/// read "b"`.
pub(super) fn certificate(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some((certificate, file)) = seen.kubelet_certificate()? else { return Ok(()) };
    // The Node authorizer and NodeRestriction let a kubelet write to the Node of its certificate's
    // name alone.
    let Some(node) = certificate.common_name.strip_prefix("system:node:") else { return Ok(()) };
    let Some((name, place)) = node_name(seen)? else { return Ok(()) };
    // A name that no Node can have is another check's.
    if name != node && is_subdomain(&name) {
        told.fires(format!("the host is {name}, and the kubelet's certificate is for node {node}"))
            .seen_at(place)
            .seen_at(file.value(&certificate.subject));
    }
    Ok(())
}

/// kubeadm warns of it (`Hostname`); Debian's installer writes 127.0.1.1.
///
/// Whether the name resolves was asked of the host's files when facts were read, not of a name
/// server.
pub(super) fn not_resolved(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.is_for_a_node() {
        return Ok(());
    }
    let hostname = &seen.facts().network.hostname;
    if *known(&hostname.resolves, HOSTS)? {
        let name = hostname.live.known().or(hostname.at_boot.known().and_then(Option::as_ref));
        let (Some(name), Some(hosts)) = (name, seen.files().file(HOSTS)?) else { return Ok(()) };
        let text = hosts.text();
        let mut loops = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let mut words = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
            let Some(address) = words.next() else { continue };
            if words.any(|word| word.eq_ignore_ascii_case(name)) {
                loops.push((at + 1, address.to_owned()));
            }
        }
        // Debian's installer writes 127.0.1.1 for the host's own name.
        let local = |address: &str| address.starts_with("127.") || address == "::1";
        if !loops.is_empty() && loops.iter().all(|(_, address)| local(address)) {
            told.fires(format!("{name} resolves to the loopback address alone"))
                .seen_in(loops.into_iter().map(|(line, address)| hosts.evidence().line(line).value(address)));
        }
        return Ok(());
    }
    told.fires("the name of the host does not resolve").seen_at(Evidence::file(HOSTS));
    Ok(())
}

/// What DHCP or cloud-init set is lost at the next boot, or comes back.
pub(super) fn transient(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let hostname = &seen.facts().network.hostname;
    let live = known(&hostname.live, "/proc/sys/kernel/hostname")?;
    if let Some(at_boot) = known(&hostname.at_boot, HOSTNAME)?.as_ref().filter(|name| *name != live)
        && seen.kubelet_flag("hostname-override").is_none()
    {
        told.fires(format!("the host is called {live} now and {at_boot} at the next boot"))
            .seen_at(Evidence::kernel("/proc/sys/kernel/hostname").value(live))
            .seen_at(Evidence::file(HOSTNAME).value(at_boot));
    }
    Ok(())
}

/// Health checks of older kubeadm and probes of static pods dial the name.
pub(super) fn localhost(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let files = seen.files();
    let hosts = files.file(HOSTS)?;
    let text = hosts.as_ref().map(|file| file.text()).unwrap_or_default();
    let named = text.lines().any(|line| {
        let mut words = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
        words.next().is_some_and(|address| address.starts_with("127.") || address == "::1")
            && words.any(|word| word == "localhost")
    });
    let switch = files.file("/etc/nsswitch.conf")?;
    // nss-myhostname and systemd-resolved know it without a line.
    let knows = switch.as_ref().is_some_and(|file| {
        let text = file.text();
        let order = text.lines().find_map(|line| line.trim().strip_prefix("hosts:"));
        order.is_some_and(|order| {
            order.split_whitespace().any(|word| ["myhostname", "resolve"].contains(&word))
        })
    });
    match (hosts, switch) {
        _ if named || knows => {}
        (Some(hosts), _) => {
            told.fires("localhost does not resolve: no line of /etc/hosts names it")
                .seen_at(hosts.evidence());
        }
        (None, Some(switch)) => {
            told.fires(
                "localhost does not resolve: there is no /etc/hosts, and the name service asks nobody else",
            )
            .seen_at(Evidence::file(HOSTS))
            .seen_at(switch.evidence());
        }
        // A tree of a few files.
        (None, None) => return Err(Unread::new(HOSTS, "it is not there")),
    }
    Ok(())
}
