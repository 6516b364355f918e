//! What the network's plugins have to have: their version, their kubeconfig, their bridge.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kubeadm_config::yaml::{self, Base, Node};

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread, date};
use crate::doctor::inspection::{Inspection, known};

type Said = Result<(), Unread>;

/// Versions of the CNI specification, with the release of the plugins that is the first to know it
/// (containernetworking/plugins, release notes).
// containernetworking/cni, SPEC.md, "Released versions": 1.0.0 came with plugins 1.0, 1.1.0 with
// 1.6.
const VERSIONS: &[(&str, Release)] = &[
    ("0.1.0", (0, 0)),
    ("0.2.0", (0, 0)),
    ("0.3.0", (0, 0)),
    ("0.3.1", (0, 0)),
    ("0.4.0", (0, 0)),
    ("1.0.0", (1, 0)),
    ("1.1.0", (1, 6)),
];
/// Packages that have the plugins.
const PACKAGES: [&str; 2] = ["kubernetes-cni", "containernetworking-plugins"];

/// A major and a minor.
type Release = (u32, u32);

/// The installed plugins' release, with its package: of several, the newest.
///
/// Of dpkg only. rpm's database is binary, and what is not known gives no finding.
fn plugins(seen: &Inspection<'_>) -> Result<Option<(Release, String)>, Unread> {
    let mut found: Option<(Release, String)> = None;
    for package in PACKAGES {
        let Some(version) = seen.dpkg_version(package)? else { continue };
        let mut numbers = version.split(['.', '-', '+']).filter_map(|part| part.parse().ok());
        let Some(release) = numbers.next().zip(numbers.next()) else { continue };
        if found.as_ref().is_none_or(|(known, _)| *known < release) {
            found = Some((release, format!("{package} {version}")));
        }
    }
    Ok(found)
}

/// A plugin refuses a configuration of a version that it does not know.
///
/// A version that no plugin knows is a mistake of writing. Without a package whose release is
/// known nothing is said of the others.
pub(super) fn too_new(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(network) = seen.network()? else { return Ok(()) };
    let Some(node) = network.root.get("cniVersion") else { return Ok(()) };
    let Some(wanted) = node.as_str().filter(|text| !text.is_empty()) else { return Ok(()) };
    let place = network.at(node);
    let Some((_, since)) = VERSIONS.iter().find(|(version, _)| *version == wanted) else {
        told.fires(format!("cniVersion {wanted} is not known to any plugin")).seen_at(place);
        return Ok(());
    };
    if let Some((release, package)) = plugins(seen)?.filter(|(release, _)| release < since) {
        told.fires(format!("cniVersion is {wanted}, and plugins {}.{} do not know it", release.0, release.1))
            .seen_at(place)
            .seen_at(Evidence::command("packages").value(package));
    }
    Ok(())
}

/// calico-node writes a token that it renews; where that pod does not run, it ends.
///
/// Restarted hosts have this when they were off for longer than the token lives (a day).
pub(super) fn calico(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const CONFIG: &str = "/etc/cni/net.d/calico-kubeconfig";
    let Some(file) = seen.files().file(CONFIG)? else { return Ok(()) };
    let Ok(document) = yaml::read(&file.bytes, Base::default()) else {
        return Err(Unread::new(CONFIG, "it is not YAML"));
    };
    let user = document.root.get("users").and_then(Node::as_sequence).and_then(<[Node]>::first);
    let Some(node) = user.and_then(|user| user.get("user")?.get("token")) else { return Ok(()) };
    let Some(end) = node.as_str().and_then(expiry) else { return Ok(()) };
    if end <= seen.now() {
        let at = node.span.position;
        told.fires(format!(
            "the token of calico's plugin was valid until {}: no pod gets an address",
            date(end)
        ))
        .seen_at(file.evidence().at(at.line, at.column));
    }
    Ok(())
}

/// `exp` of a JSON web token, which is not verified here.
// The middle part of a JSON Web Token (RFC 7519) is read, not verified: only the API server can.
fn expiry(token: &str) -> Option<SystemTime> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&payload).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(claims["exp"].as_u64()?))
}

/// The bridge plugin refuses a bridge that has another address than the subnet it is given.
///
/// After a reset and a new join the node may have another subnet, and the old bridge is still
/// there: `"cni0" already has an IP address different from`.
pub(super) fn bridge(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const SUBNET: &str = "/run/flannel/subnet.env";
    let subnets = known(&seen.facts().network.subnets, "getifaddrs(3)")?;
    let Some(bridge) = subnets.iter().find(|own| own.interface == "cni0" && own.address.is_ipv4()) else {
        return Ok(());
    };
    let Some(file) = seen.files().live(SUBNET)? else { return Ok(()) };
    let text = file.text();
    let line =
        text.lines().enumerate().find_map(|(at, line)| Some((at + 1, line.strip_prefix("FLANNEL_SUBNET=")?)));
    let Some((at, wanted)) = line else { return Ok(()) };
    let own = format!("{}/{}", bridge.address, bridge.prefix);
    if wanted.trim() != own {
        told.fires(format!("cni0 has {own}, and flannel's subnet is {wanted}"))
            .seen_at(Evidence::kernel("getifaddrs(3)").value(format!("cni0 {own}")))
            .seen_at(Evidence::kernel(SUBNET).line(at).value(wanted));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tokens_end_is_read_out_of_it() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"exp":1700000000}"#);
        let end = expiry(&format!("e30.{claims}.sig")).unwrap();
        assert_eq!(end.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs(), 1_700_000_000);
        assert_eq!(expiry("no-token"), None);
        assert_eq!(expiry(&format!("e30.{}.sig", URL_SAFE_NO_PAD.encode("{}"))), None);
    }
}
