//! Interfaces, routes and ports, and the services that may take them away.

use std::collections::BTreeMap;
use std::net::IpAddr;

use host_prep::text::{Dialect, Document};

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, Role, known};
use crate::recipe::Unmanaged;

type Said = Result<(), Unread>;

/// Ports that kubeadm's preflight wants free on a control plane, and on any node.
///
/// API server, scheduler, controller manager, etcd for clients and for peers
/// (`cmd/kubeadm/app/constants/constants.go`).
const OF_CONTROL_PLANE: [u16; 5] = [6443, 10259, 10257, 2379, 2380];
/// The kubelet's.
const OF_A_NODE: u16 = 10250;

/// A host that is to become a node and is none yet: on a node the ports are in use by its own.
fn is_new(seen: &Inspection<'_>) -> bool {
    !seen.is_member() && seen.is_for_a_node()
}

/// kubeadm takes the address of the default route where none is named.
///
/// `/proc/net/route` has addresses in hexadecimal of the host's byte order, for which zero is the
/// same either way: column 1 is the destination, column 7 the mask.
pub(super) fn default_route(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !is_new(seen) {
        return Ok(());
    }
    for file in told.kubeadm_files(seen) {
        let named = ["localAPIEndpoint.advertiseAddress", "controlPlane.localAPIEndpoint.advertiseAddress"];
        if named.iter().any(|field| file.text(field).is_some()) {
            return Ok(());
        }
    }
    let files = seen.files();
    let (v4, v6) = (files.live("/proc/net/route")?, files.live("/proc/net/ipv6_route")?);
    let zero = "0".repeat(32);
    let default4 = v4.is_some_and(|file| {
        let text = file.text();
        let mut rows = text.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
        // Columns of /proc/net/route: destination and mask, in hex of the machine's byte order.
        rows.any(|row| row.get(1) == Some(&"00000000") && row.get(7) == Some(&"00000000"))
    });
    let default6 = v6.is_some_and(|file| {
        let text = file.text();
        // The loopback has one of its own, which rejects.
        text.lines().any(|line| line.starts_with(&format!("{zero} 00 ")) && !line.ends_with(" lo"))
    });
    if !default4 && !default6 {
        told.fires("the host has no default route, so that kubeadm finds no address to advertise")
            .seen_at(Evidence::kernel("/proc/net/route"))
            .cured_by("add a default route, or name advertiseAddress and the kubelet's --node-ip");
    }
    Ok(())
}

/// The control plane's ports are a warning only: the host may become a worker.
pub(super) fn port_in_use(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !is_new(seen) {
        return Ok(());
    }
    let listeners = known(&seen.facts().network.listeners, "/proc/net/tcp")?;
    let worker = seen.role() == Role::Worker;
    for port in OF_CONTROL_PLANE.into_iter().filter(|_| !worker).chain([OF_A_NODE]) {
        let Some(one) = listeners.iter().find(|one| one.port == port) else { continue };
        let what = format!("port {port} is in use, and kubeadm wants it free");
        // A worker needs the kubelet's alone.
        let finding = told.fires_if(port == OF_A_NODE, what);
        let address = match one.address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        };
        finding.seen_at(Evidence::kernel("/proc/net/tcp").value(format!("{address}:{port}")));
    }
    Ok(())
}

/// What a former network plugin left: its addresses clash with the next one's.
///
/// kubeadm reset says that it leaves them and does not take them away. On a member they are the
/// network's own.
pub(super) fn stale(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if seen.is_member() || seen.facts().cni.default_config().is_some() {
        return Ok(());
    }
    let found = known(&seen.facts().cni.interfaces, "/sys/class/net")?;
    // docker0 and podman's are of runtimes that may be in use.
    let left: Vec<&String> =
        found.iter().filter(|name| !["docker0", "podman0"].contains(&name.as_str())).collect();
    if !left.is_empty() {
        let names: Vec<&str> = left.iter().map(|name| name.as_str()).collect();
        told.fires(format!("interfaces of a former pod network are left: {}", names.join(", ")))
            .seen_in(left.iter().map(|name| Evidence::kernel(format!("/sys/class/net/{name}"))))
            .cured_by(format!("`ip link delete {}`", names.first().unwrap_or(&"NAME")));
    }
    Ok(())
}

/// Whether a service is started at boot.
fn starts(seen: &Inspection<'_>, unit: &str) -> bool {
    seen.facts().services.iter().any(|service| service.name == unit && service.enabled)
}

/// The last assignment of a key in a file and its drop-ins, as systemd reads them.
///
/// `main` first, then the drop-ins by name, where a later directory of `dirs` hides files of the same
/// name in earlier ones; the section is not looked at, as the keys that are asked for stand in one
/// section only.
fn assigned(
    seen: &Inspection<'_>,
    main: &str,
    dirs: &[&str],
    key: &str,
) -> Result<Option<(String, Evidence)>, Unread> {
    let files = seen.files();
    let mut drop_ins = BTreeMap::new();
    for dir in dirs {
        let names = files.list(dir)?;
        let names = names.into_iter().filter(|name| name.ends_with(".conf"));
        drop_ins.extend(names.map(|name| (name.clone(), format!("{dir}/{name}"))));
    }
    let mut found = None;
    for path in std::iter::once(main.to_owned()).chain(drop_ins.into_values()) {
        let Some(file) = files.file(&path)? else { continue };
        let document = Document::parse(&file.bytes, Dialect::Systemd);
        for entry in document.entries().filter(|entry| entry.key == key) {
            let line = document.line_number(entry.id);
            let place = Evidence::file(&path).line(line).value(format!("{key}={}", entry.value));
            found = Some((entry.value, place));
        }
    }
    Ok(found)
}

/// firewalld with the iptables back end throws kube-proxy's rules away at each reload.
///
/// `FlushAllOnReload` is `yes` in older releases (firewalld.conf(5)); with nftables as back end
/// firewalld keeps to its own table.
pub(super) fn firewalld(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const CONF: &str = "/etc/firewalld/firewalld.conf";
    if !starts(seen, "firewalld.service") {
        return Ok(());
    }
    let backend = assigned(seen, CONF, &[], "FirewallBackend")?;
    let flush = assigned(seen, CONF, &[], "FlushAllOnReload")?;
    if let (Some((backend, place)), Some((flush, other))) = (backend, flush)
        && backend == "iptables"
        // With nftables firewalld has a table of its own and flushes that alone
        // (firewalld.conf(5)).
        && flush == "yes"
    {
        told.fires("a reload of firewalld throws the rules of kube-proxy away").seen_at(place).seen_at(other);
    }
    Ok(())
}

/// Calico's documentation asks for it: NetworkManager takes addresses and routes from interfaces that it
/// takes for its own.
///
/// Only with Calico, whose interfaces have addresses of their own; the bridge plugin's are left
/// alone by NetworkManager.
pub(super) fn network_manager(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    // Calico's documentation asks for it; cali* are veth pairs that NetworkManager would
    // configure.
    if !seen.facts().cni.uses("calico") || !starts(seen, "NetworkManager.service") {
        return Ok(());
    }
    let files = known(&seen.facts().network.network_manager, "/etc/NetworkManager/conf.d")?;
    let texts: Vec<_> = files.iter().map(|file| (&*file.path, file.text())).collect();
    let unmanaged = Unmanaged::of(texts.iter().map(|(path, text)| (*path, &**text)));
    if !unmanaged.has("cali*") {
        let taken = unmanaged.managed_by("cali*");
        told.fires("NetworkManager manages the interfaces of pods")
            .seen_in(taken.map(|said| Evidence::file(said.path.display().to_string()).line(said.line).value(&said.text)))
            .cured_by(match taken {
                Some(_) => "take that line out, or let it add to what other files say: `unmanaged-devices+=`",
                None => "`[keyfile]` and `unmanaged-devices+=interface-name:cali*;interface-name:tunl*;interface-name:vxlan.calico` in a file of /etc/NetworkManager/conf.d",
            });
    }
    Ok(())
}

/// systemd-networkd removes rules and routes that it did not make when it is restarted
/// (networkd.conf(5), since 248).
///
/// Both switches are on by default. Cilium and Calico set rules and routes; a bridge needs none of
/// them.
pub(super) fn networkd(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const DIRS: [&str; 4] = [
        "/usr/lib/systemd/networkd.conf.d",
        "/usr/local/lib/systemd/networkd.conf.d",
        "/run/systemd/networkd.conf.d",
        "/etc/systemd/networkd.conf.d",
    ];
    let routes = ["cilium-cni", "calico"].iter().any(|plugin| seen.facts().cni.uses(plugin));
    if !routes || !starts(seen, "systemd-networkd.service") {
        return Ok(());
    }
    for key in ["ManageForeignRoutes", "ManageForeignRoutingPolicyRules"] {
        // Both are `yes` by default (networkd.conf(5)).
        let found = assigned(seen, "/etc/systemd/networkd.conf", &DIRS, key)?;
        let off =
            found.as_ref().is_some_and(|(value, _)| ["no", "false", "off", "0"].contains(&value.as_str()));
        if !off {
            told.fires(format!(
                "systemd-networkd removes what the pod network set up when it is restarted ({key})"
            ))
            .seen_in(found.map(|(_, place)| place))
            .cured_by(format!("`[Network]` and `{key}=no` in a file of /etc/systemd/networkd.conf.d"));
        }
    }
    Ok(())
}
