//! Who trusts whom: CA files, signatures, kubeconfigs.
//!
//! Signatures are verified here, with `doctor::x509::signature`, and not by names alone: after a
//! CA was made anew under the same name both files look alike. An algorithm that is not known
//! makes a check undecided.

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;
use crate::doctor::inspection::kubeconfig::KUBECONFIGS;
use crate::doctor::x509::{Certificate, PublicPart, Signed};

type Said = Result<(), Unread>;

/// The CA of the cluster, which kubeconfigs and joins trust.
const CA: &str = "/etc/kubernetes/pki/ca.crt";

/// Flags of static pods that name the file of a CA.
///
/// Pod and flags. The kubelet's own comes from its configuration.
const CA_FLAGS: &[(&str, &[&str])] = &[
    ("kube-apiserver", &["client-ca-file", "etcd-cafile", "requestheader-client-ca-file"]),
    (
        "kube-controller-manager",
        &["client-ca-file", "root-ca-file", "cluster-signing-cert-file", "requestheader-client-ca-file"],
    ),
    ("etcd", &["trusted-ca-file", "peer-trusted-ca-file"]),
];

/// The files of CAs that the kubelet and the static pods are told, with the place that says so.
///
/// Empty on a host that is no node: nobody reads these files there.
fn named_cas(seen: &Inspection<'_>, told: &mut Told<'_>) -> Result<Vec<(String, Evidence)>, Unread> {
    let mut named: Vec<(String, Evidence)> = Vec::new();
    // A kubelet that was only installed names a CA that kubeadm has yet to write.
    if !seen.is_member() {
        return Ok(named);
    }
    match seen.kubelet_setting("client-ca-file", "authentication.x509.clientCAFile") {
        Ok(said) => named.extend(said),
        Err(unread) => told.could_not_read(unread),
    }
    for (pod, flags) in CA_FLAGS {
        let Some(manifest) = seen.manifest(pod)? else { continue };
        let found = flags.iter().filter_map(|flag| manifest.flag(flag));
        named.extend(found.map(|flag| (flag.value.clone(), flag.place.clone())));
    }
    // What kubeadm signed with a CA is verified with it, whether a flag names the CA or not.
    for pair in seen.pairs(|unread| told.could_not_read(unread)) {
        let Some(ca) = pair.ca else { continue };
        match seen.certificates(&pair.certificate) {
            Ok(Some(_)) => named.push((ca, Evidence::file(&pair.certificate))),
            Ok(None) => {}
            Err(unread) => told.could_not_read(unread),
        }
    }
    Ok(named)
}

/// The kubelet ends without the CA of its clients, a static pod without any of its own.
pub(super) fn ca_unreadable(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let named = named_cas(seen, told)?;
    let mut done: Vec<String> = Vec::new();
    for (path, place) in named {
        if path.is_empty() || done.contains(&path) {
            continue;
        }
        let why = match seen.files().file(&path) {
            Ok(Some(file)) => Certificate::all(&file.bytes).err(),
            Ok(None) => Some("it is not there".to_owned()),
            Err(unread) => {
                told.could_not_read(unread);
                None
            }
        };
        if let Some(why) = why {
            told.fires(format!("the CA file {path} cannot be used: {why}"))
                .seen_at(Evidence::file(&path))
                .seen_at(place)
                .cured_by(format!(
                    "copy {path} from a control plane of this cluster, or out of a backup: made anew it does not fit \
                     what was signed with the old one"
                ));
        }
        done.push(path);
    }
    Ok(())
}

/// Flags of static pods that name another file without which the program ends.
///
/// Names of several components together, since a flag of one name means the same in each.
const FILE_FLAGS: &[&str] = &[
    "tls-cert-file",
    "tls-private-key-file",
    "kubelet-client-certificate",
    "kubelet-client-key",
    "etcd-certfile",
    "etcd-keyfile",
    "proxy-client-cert-file",
    "proxy-client-key-file",
    "service-account-key-file",
    "service-account-signing-key-file",
    "service-account-private-key-file",
    "cert-file",
    "key-file",
    "peer-cert-file",
    "peer-key-file",
];

/// What a static pod is told to read, and cannot; and certificates that are none.
///
/// A file outside of `/etc/kubernetes` is passed over: a manifest of somebody's own may mount it
/// from elsewhere.
pub(super) fn unreadable(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    // A CA that somebody is told to read is ca-file-unreadable.
    let cas = named_cas(seen, told)?;
    for said in seen.said(told.name()) {
        if !cas.iter().any(|(path, _)| said.what.starts_with(&format!("{path}: "))) {
            told.takes(said);
        }
    }
    of_no_directory(seen, told, &cas);
    let mut done: Vec<&str> = Vec::new();
    for manifest in seen.manifests()? {
        for flag in manifest.flags.iter().filter(|flag| FILE_FLAGS.contains(&flag.name.as_str())) {
            // What lies elsewhere may be in the pod's image or on another volume.
            if !flag.value.starts_with("/etc/kubernetes/") || done.contains(&flag.value.as_str()) {
                continue;
            }
            done.push(&flag.value);
            let why = if seen.files().kind(&flag.value)?.is_none() {
                "is not there"
            } else if flag.name.starts_with("service-account-") && !has_key(seen, &flag.value)? {
                "has no key"
            } else {
                continue;
            };
            told.fires(format!("{} {why}, and {} ends without it", flag.value, manifest.name))
                .seen_at(flag.place.clone())
                .cured_by("put it back, or `kubeadm init phase certs NAME --config FILE` makes it anew");
        }
    }
    Ok(())
}

/// What lies elsewhere than kubeadm's certificates: by a flag of a static pod or the kubelet's configuration.
fn of_no_directory(seen: &Inspection<'_>, told: &mut Told<'_>, cas: &[(String, Evidence)]) {
    let mut named: Vec<(String, Option<Evidence>)> = seen
        .pairs(|unread| told.could_not_read(unread))
        .into_iter()
        .map(|pair| (pair.certificate, pair.place))
        .filter(|(path, _)| {
            !path.starts_with("/etc/kubernetes/pki/") && !cas.iter().any(|(ca, _)| ca == path)
        })
        .collect();
    match seen.kubelet_serving() {
        Ok(serving) => named.extend(serving.map(|(path, _)| (path, None))),
        Err(unread) => told.could_not_read(unread),
    }
    for (path, place) in named {
        match seen.files().file(&path) {
            Ok(Some(file)) => {
                if let Err(why) = Certificate::all(&file.bytes) {
                    told.fires(format!("{path}: {why}")).seen_at(file.evidence()).seen_in(place);
                }
            }
            Ok(None) => {}
            Err(unread) => told.could_not_read(unread),
        }
    }
}

/// A certificate has a public key, too.
///
/// Service accounts' keys may be given as a key or as a certificate (`keyutil.PublicKeysFromFile`
/// of client-go).
fn has_key(seen: &Inspection<'_>, path: &str) -> Result<bool, Unread> {
    let Some(file) = seen.files().file(path)? else { return Ok(false) };
    Ok(PublicPart::of_pem(&file.bytes).is_ok() || Certificate::all(&file.bytes).is_ok())
}

/// Each certificate against its CA, and each kubeconfig's CA and user against the cluster's.
///
/// A kubeconfig that trusts another CA is told once: that its certificate is not signed by ours
/// follows from it.
pub(super) fn unknown_authority(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for pair in seen.pairs(|unread| told.could_not_read(unread)) {
        let Some(ca) = &pair.ca else { continue };
        let (Some(certificates), Some(cas)) = (seen.certificates(&pair.certificate)?, seen.certificates(ca)?)
        else {
            continue;
        };
        let Some(leaf) = certificates.first() else { continue };
        if signed_by_none(leaf, &cas, told, &pair.certificate) {
            told.fires(format!("{} is not signed by the CA in {ca}", pair.certificate))
                .seen_at(Evidence::file(&pair.certificate).value(&leaf.issuer))
                .seen_at(Evidence::file(ca).value(&cas[0].subject));
        }
    }
    let Some(cas) = seen.certificates(CA)? else { return Ok(()) };
    for name in KUBECONFIGS {
        let Some(config) = seen.kubeconfig(&format!("/etc/kubernetes/{name}"))? else { continue };
        let (ca, certificate) = (config.ca.as_ref(), config.certificate.as_ref());
        if let Some(trusted) = ca.map(|pem| seen.pem(pem)).transpose()?.flatten()
            && let Ok(trusted) = Certificate::all(&trusted)
            // By keys: a renewed CA keeps its key, and both certificates are trusted then.
            && !trusted.iter().any(|one| cas.iter().any(|other| one.key == other.key))
        {
            told.fires(format!("{} trusts another CA than {CA}", config.path))
                .seen_in(ca.map(|pem| pem.place().clone()))
                .seen_at(Evidence::file(CA));
            continue;
        }
        if let Some(own) = certificate.map(|pem| seen.pem(pem)).transpose()?.flatten()
            && let Some(leaf) = Certificate::all(&own).ok().and_then(|all| all.into_iter().next())
            && signed_by_none(&leaf, &cas, told, &config.path)
        {
            told.fires(format!("the certificate in {} is not signed by the CA in {CA}", config.path))
                .seen_in(certificate.map(|pem| pem.place().clone().value(&leaf.issuer)))
                .seen_at(Evidence::file(CA));
        }
    }
    Ok(())
}

/// `false` as well where it cannot be said; the check is then undecided, with `path` as what was
/// not read.
fn signed_by_none(leaf: &Certificate, cas: &[Certificate], told: &mut Told<'_>, path: &str) -> bool {
    let all: Vec<Signed> = cas.iter().map(|ca| leaf.signed_by(ca)).collect();
    if all.contains(&Signed::Yes) {
        return false;
    }
    if all.contains(&Signed::Unknown) {
        told.could_not_read(Unread::new(
            path,
            format!("signatures of {} are not checked here", leaf.algorithm),
        ));
        return false;
    }
    true
}

/// `kubeadm join` pins one of them, and takes the file only where every pin fits.
///
/// A bundle is legal while CAs are rotated. `kubeadm join --discovery-token-ca-cert-hash` needs a
/// pin for each.
pub(super) fn several_cas(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if let Some(all) = seen.certificates(CA)?.filter(|all| all.len() > 1) {
        told.fires(format!("{CA} has {} certificates", all.len()))
            .seen_in(all.iter().map(|one| Evidence::file(CA).value(&one.subject)));
    }
    Ok(())
}

/// kubeadm lets the components of a control plane speak to their own API server, or to the control
/// plane's endpoint, which is what admin.conf has.
///
/// A loopback address is let pass: a proxy on each node is a usual way to several API servers.
pub(super) fn server(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(apiserver) = seen.manifest("kube-apiserver")? else { return Ok(()) };
    let Some(address) = apiserver.flag("advertise-address") else { return Ok(()) };
    let port = apiserver.flag("secure-port").map_or("6443", |flag| flag.value.as_str());
    let host =
        if address.value.contains(':') { format!("[{}]", address.value) } else { address.value.clone() };
    let own = format!("https://{host}:{port}");
    let admin = seen.kubeconfig("/etc/kubernetes/admin.conf")?.and_then(|config| config.server);
    for name in KUBECONFIGS.into_iter().filter(|name| !name.ends_with("admin.conf")) {
        let Some(config) = seen.kubeconfig(&format!("/etc/kubernetes/{name}"))? else { continue };
        let Some((server, place)) = config.server else { continue };
        // A balancer on the node itself, such as kube-vip or haproxy.
        let local = ["127.0.0.1", "localhost", "[::1]"].iter().any(|host| server.contains(host));
        let is_admins = admin.as_ref().is_some_and(|(admin, _)| *admin == server);
        if server != own && !is_admins && !local {
            told.fires(format!("{} speaks to {server}, not to {own}", config.path))
                .seen_at(place)
                .seen_at(address.place.clone())
                .seen_in(admin.clone().map(|(_, place)| place));
        }
    }
    Ok(())
}
