//! Proxies: in the services that need them, and nowhere else.

use kubeadm_config::yaml::Node;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, unit};

type Said = Result<(), Unread>;

/// Go reads the small ones where the large ones are not set.
const NAMES: [&str; 4] = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];
/// Schemes that Go's transport takes (`golang.org/x/net/http/httpproxy`).
// Those of Go's net/http Transport.Proxy.
const SCHEMES: [&str; 4] = ["http", "https", "socks5", "socks5h"];

/// What a login shell has reaches no service.
///
/// Only CRI-O is asked: it pulls images. The kubelet reaches nothing but the API server and CRI-O.
pub(super) fn not_in_services(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(file) = seen.files().file("/etc/environment")? else { return Ok(()) };
    let text = file.text();
    let set = text.lines().enumerate().find_map(|(at, line)| {
        let (name, value) = line.trim().trim_start_matches("export ").split_once('=')?;
        let value = value.trim_matches(['"', '\'']);
        (NAMES.contains(&name.trim()) && !value.is_empty()).then(|| (at + 1, line.trim().to_owned()))
    });
    let Some((line, value)) = set else { return Ok(()) };
    if let Some(crio) = seen.unit("crio.service")
        && !NAMES.iter().any(|name| crio.environment.get(*name).is_some_and(|value| !value.is_empty()))
    {
        told.fires("the host has a proxy, and CRI-O does not use it: images may not be pulled")
            .seen_at(file.evidence().line(line).value(value))
            .seen_at(Evidence::file(&crio.path));
    }
    Ok(())
}

/// A URL that Go does not take, and two spellings of one variable that say different things.
///
/// A URL without a scheme is one of `http` to Go.
pub(super) fn invalid(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for (name, unit) in seen.node_units() {
        for variable in NAMES {
            let Some(value) = unit.environment.get(variable).filter(|value| !value.is_empty()) else {
                continue;
            };
            let place = place_of(unit, variable);
            let scheme = value.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
            let rest = value.split_once("://").map_or(value.as_str(), |(_, rest)| rest);
            if scheme.as_ref().is_some_and(|scheme| !SCHEMES.contains(&scheme.as_str())) {
                told.fires(format!("{variable} of {name} has a scheme that is not supported")).seen_in(place);
            } else if rest.is_empty() || rest.starts_with(['/', ':']) || value.contains(char::is_whitespace) {
                told.fires(format!("{variable} of {name} is not a valid URL of a proxy")).seen_in(place);
            }
        }
        for (upper, lower) in
            [("HTTP_PROXY", "http_proxy"), ("HTTPS_PROXY", "https_proxy"), ("NO_PROXY", "no_proxy")]
        {
            let (one, other) = (unit.environment.get(upper), unit.environment.get(lower));
            if let (Some(one), Some(other)) = (one, other)
                && one != other
                // Go takes the first of the two that is not empty, the upper one first (httpproxy,
                // `getEnvAny`).
                && !one.is_empty()
            {
                told.fires(format!("{upper} and {lower} of {name} differ: {upper} counts"))
                    .seen_in(place_of(unit, upper))
                    .seen_in(place_of(unit, lower));
            }
        }
    }
    Ok(())
}

/// The last `Environment=` line that sets the variable; `None` for a variable out of a file.
fn place_of(unit: &host_prep::facts::Unit, variable: &str) -> Option<Evidence> {
    let lines = unit::lines(unit, "Service", "Environment");
    lines.into_iter().rev().find(|line| line.value.contains(&format!("{variable}="))).map(|line| line.place)
}

/// kubeadm copies the proxy of the shell it is run in; a later change does not reach the pods.
///
/// The components then reach Services through the proxy unless `NO_PROXY` has their network.
pub(super) fn in_static_pods(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for manifest in seen.manifests()? {
        let containers = manifest.root.get("spec").and_then(|spec| spec.get("containers"));
        for container in containers.and_then(Node::as_sequence).into_iter().flatten() {
            for variable in container.get("env").and_then(Node::as_sequence).into_iter().flatten() {
                let Some(name) = variable.get("name") else { continue };
                // kubeadm copies the proxy of its own environment into the static pods
                // (`GetProxyEnvVars`).
                if name.as_str().is_some_and(|name| NAMES.contains(&name)) {
                    told.fires(format!("pod {} goes through a proxy", manifest.name))
                        .seen_at(manifest.at(name).value(name.as_str().unwrap_or_default()));
                }
            }
        }
    }
    Ok(())
}
