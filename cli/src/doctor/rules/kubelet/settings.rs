//! Settings that nothing refuses and that are not in force, or open the kubelet.

use std::net::IpAddr;

use host_prep::fs::Kind;
use kubeadm_config::Minor;
use kubeadm_config::kubelet::field_of_deprecated_flag;
use kubeadm_config::yaml::{self, Base, Node};

use crate::doctor::check::{Told, by_facts};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, known};
use crate::recipe::same_socket;

type Said = Result<(), Unread>;

/// Where kubeadm writes static pods, whatever the kubelet reads.
const MANIFESTS: &str = "/etc/kubernetes/manifests";
/// What a kubelet keeps of its own over upgrades (gate `NodeLocalCRISocket`, kubeadm 1.32 and
/// newer).
const INSTANCE: &str = "/var/lib/kubelet/instance-config.yaml";

/// Flags that have a field: the flag wins, wherever it stands (kubelet, `options.go`).
const FIELD_OF_FLAG: &[(&str, &str)] = &[
    ("cgroup-driver", "cgroupDriver"),
    ("client-ca-file", "authentication.x509.clientCAFile"),
    ("cluster-domain", "clusterDomain"),
    ("container-runtime-endpoint", "containerRuntimeEndpoint"),
    ("cpu-manager-policy", "cpuManagerPolicy"),
    ("fail-swap-on", "failSwapOn"),
    ("max-pods", "maxPods"),
    ("pod-manifest-path", "staticPodPath"),
    ("read-only-port", "readOnlyPort"),
    ("resolv-conf", "resolvConf"),
    ("rotate-certificates", "rotateCertificates"),
];

const CONFIG: &str = "/var/lib/kubelet/config.yaml";

/// What the facts show of the kubelet's configuration, if it could be read.
pub(super) fn of_config(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    by_facts(seen, told)?;
    known(&seen.facts().kubelet.config, CONFIG).map(|_| ())
}

/// A kubelet ends where its configuration is something else than a file, too.
pub(super) fn no_file(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let path = seen.kubelet_flag("config").map_or_else(|| CONFIG.to_owned(), |(path, _)| path);
    let kind = seen.files().kind(&path)?;
    if kind.is_some_and(|kind| !matches!(kind, Kind::File | Kind::Directory)) {
        return Err(Unread::new(path, "it is no regular file"));
    }
    if seen.is_for_a_node() && kind == Some(Kind::Directory) {
        told.fires(format!("{path} is a directory: the kubelet ends at once"))
            .seen_at(Evidence::file(&path))
            .cured_by(
                "move it away, and put an empty file there; `kubeadm upgrade node phase kubelet-config` writes it again",
            );
        return Ok(());
    }
    of_config(seen, told)
}

/// What the recorded kubelets start with and do not do, or end at a second later.
///
/// Real kubelets were started with each of these: an address that is none is passed to no pod,
/// `address: localhost` ends the kubelet a second later, and a certificate without its key ends it
/// at once.
pub(super) fn ineffective(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if let Some(servers) = seen.kubelet_field("clusterDNS")? {
        for server in servers.value.as_sequence().into_iter().flatten().filter_map(Node::as_str) {
            if server.parse::<IpAddr>().is_err() {
                told.fires(format!("clusterDNS has {server:?}, which is not an address: pods do not get it"))
                    .seen_at(servers.place.clone());
            }
        }
    }
    if let Some((address, place)) = seen.kubelet_text("address")?.filter(|(address, _)| !address.is_empty())
        && address.parse::<IpAddr>().is_err()
    {
        told.fires(format!("address is {address:?}, which is not an IP address: the kubelet ends"))
            .seen_at(place);
    }
    let certificate = seen.kubelet_setting("tls-cert-file", "tlsCertFile")?;
    let key = seen.kubelet_setting("tls-private-key-file", "tlsPrivateKeyFile")?;
    let said = |value: &Option<(String, Evidence)>| value.clone().filter(|(text, _)| !text.is_empty());
    match (said(&certificate), said(&key)) {
        (Some((_, place)), None) => {
            told.fires("tlsCertFile is set without tlsPrivateKeyFile: the kubelet ends").seen_at(place);
        }
        (None, Some((_, place))) => {
            told.fires("tlsPrivateKeyFile is set without tlsCertFile: it is not used").seen_at(place);
        }
        _ => {}
    }
    Ok(())
}

/// People edit the file, and nothing changes.
///
/// A note: kubeadm itself passes some of them. Values are compared as texts, which says too much
/// where one value is written in two ways.
pub(super) fn overridden(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for (flag, field) in FIELD_OF_FLAG {
        let (Some((value, place)), Some(found)) = (seen.kubelet_flag(flag), seen.kubelet_field(field)?)
        else {
            continue;
        };
        let in_file = match found.value.as_str() {
            Some(text) => text.to_owned(),
            None => found.value.to_json().to_string(),
        };
        // kubeadm up to 1.33 writes some fields empty, which says nothing that a flag could win over.
        if in_file != value && !in_file.is_empty() {
            told.fires(format!("--{flag}={value} wins over {field}: {in_file} of the file"))
                .seen_at(place)
                .seen_at(found.place);
        }
    }
    Ok(())
}

/// kubeadm 1.33 and later patch config.yaml from it at each upgrade.
///
/// Two spellings of one socket are the same.
pub(super) fn instance_config(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(file) = seen.files().file(INSTANCE)? else { return Ok(()) };
    let Ok(document) = yaml::read(&file.bytes, Base::default()) else { return Ok(()) };
    // Where one of the two is not CRI-O's, that is the fault, and told.
    if seen.said("cri-socket-mismatch").next().is_some() {
        return Ok(());
    }
    let Some(node) = document.root.get("containerRuntimeEndpoint") else { return Ok(()) };
    let said = seen.kubelet_setting("container-runtime-endpoint", "containerRuntimeEndpoint")?;
    let Some((endpoint, place)) = said.filter(|(endpoint, _)| !endpoint.is_empty()) else { return Ok(()) };
    let Some(own) = node.as_str().filter(|own| !same_socket(own, &endpoint)) else { return Ok(()) };
    told.fires(format!(
        "{INSTANCE} has {own}, and the kubelet's configuration {endpoint}: an upgrade puts it back"
    ))
    .seen_at(file.evidence().at(node.span.position.line, node.span.position.column).value(own))
    .seen_at(place);
    Ok(())
}

/// Unset it is not an error, and there is no control plane.
///
/// A file that says nothing is the fault of another check.
pub(super) fn static_pod_path(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let file = known(&seen.facts().kubelet.config, "the kubelet's configuration")?;
    let says_something = file.as_ref().is_some_and(|file| !file.bytes.trim_ascii().is_empty());
    if !says_something || !seen.is_control_plane()? {
        return Ok(());
    }
    // No default: without it the kubelet runs no static pods.
    let said = seen.kubelet_setting("pod-manifest-path", "staticPodPath")?;
    match said.filter(|(path, _)| !path.is_empty()) {
        None => {
            told.fires(format!(
                "the kubelet has no staticPodPath, and the control plane lies in {MANIFESTS}"
            ))
            .seen_at(Evidence::file(MANIFESTS));
        }
        Some((path, place)) if path.trim_end_matches('/') != MANIFESTS => {
            told.fires(format!(
                "the kubelet takes static pods from {path}, and the control plane lies in {MANIFESTS}"
            ))
            .seen_at(place)
            .seen_at(Evidence::file(MANIFESTS));
        }
        Some(_) => {}
    }
    Ok(())
}

/// kubelet: anonymous requests are on by default where no file says otherwise, and AlwaysAllow asks
/// nobody.
///
/// CIS Kubernetes Benchmark 4.2.1, 4.2.2 and 4.2.4. kubeadm's files have all three closed.
pub(super) fn open_to_all(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let anonymous = seen.kubelet_field("authentication.anonymous.enabled")?;
    let mode = seen.kubelet_text("authorization.mode")?;
    if let (Some(anonymous), Some((mode, place))) = (anonymous, mode)
        && anonymous.value.as_bool() == Some(true)
        // Both are needed for it: by Webhook anonymous requests get 403.
        && mode == "AlwaysAllow"
    {
        told.fires("anonymous requests are on, and everything is allowed to them: whoever reaches port 10250 runs commands in pods")
            .seen_at(anonymous.place)
            .seen_at(place);
    }
    let port = seen.kubelet_number("read-only-port", "readOnlyPort")?;
    if let Some((port, place)) = port.filter(|(port, _)| *port != 0) {
        told.fires(format!("port {port} shows the node's pods to everybody (readOnlyPort)")).seen_at(place);
    }
    Ok(())
}

/// Nobody approves requests for serving certificates but an administrator or an approver.
///
/// The kubelet writes the file once its request is approved; until then the API server gets no
/// logs from the node.
pub(super) fn serving_certificate(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const CURRENT: &str = "/var/lib/kubelet/pki/kubelet-server-current.pem";
    let Some(found) = seen.kubelet_field("serverTLSBootstrap")? else { return Ok(()) };
    if seen.is_member() && found.value.as_bool() == Some(true) && seen.files().kind(CURRENT)?.is_none() {
        told.fires("the kubelet asked for a serving certificate, and has none: logs and exec fail")
            .seen_at(found.place)
            .seen_at(Evidence::file(CURRENT))
            .cured_by("`kubectl get csr`, then `kubectl certificate approve NAME`");
    }
    Ok(())
}

/// What kubeadm writes itself is its own to move; a flag of the administrator wins over the file and
/// every drop-in, and is forgotten.
///
/// Only flags that have a field to move to, which `kubeadm_config` knows by minor.
pub(super) fn deprecated(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const OF_KUBEADM: &str = "/var/lib/kubelet/kubeadm-flags.env";
    let (Some(minor), Some(unit)) = (seen.kubelet_minor(), &seen.facts().kubelet.unit) else { return Ok(()) };
    let mut done: Vec<String> = Vec::new();
    for word in unit.arguments() {
        let Some(flag) = word.strip_prefix("--") else { continue };
        let name = flag.split('=').next().unwrap_or(flag);
        let Some(field) = field_of_deprecated_flag(Minor::new(minor), name) else { continue };
        let Some((_, place)) = seen.kubelet_flag(name) else { continue };
        // That both say it is another check's.
        if seen.kubelet_field(field)?.is_some() {
            continue;
        }
        // What kubeadm itself writes is not the user's to mend.
        if place.source != OF_KUBEADM && !done.iter().any(|known| known == name) {
            told.fires(format!("--{name} is deprecated, and wins over {field} of the file"))
                .seen_at(place)
                .cured_by(format!(
                    "set {field} in /var/lib/kubelet/config.yaml or a drop-in, and leave the flag out"
                ));
            done.push(name.to_owned());
        }
    }
    Ok(())
}
