//! For whom a certificate is.
//!
//! A certificate that is valid, signed and has its key can still be for somebody else: other
//! names, another node, another group. Go's TLS compares the name that a client dialled with the
//! SANs of the certificate and looks at no common name (since Go 1.15).

use std::net::IpAddr;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread, date};
use crate::doctor::inspection::{Inspection, Manifest, Pem};
use crate::doctor::x509::{Certificate, PublicPart};
use crate::recipe::host_of_url;

type Said = Result<(), Unread>;

/// With this file there the kubelet can still get a certificate, so that none is missing.
const BOOTSTRAP: &str = "/etc/kubernetes/bootstrap-kubelet.conf";
/// What kubeadm tells the kubelet of a node.
const FLAGS: &str = "/var/lib/kubelet/kubeadm-flags.env";
/// The link that the kubelet moves on with each rotation.
const CURRENT: &str = "/var/lib/kubelet/pki/kubelet-client-current.pem";

/// The names and addresses that clients of the API server and of etcd use.
///
/// For the API server: `kubernetes`, `kubernetes.default`, `kubernetes.default.svc`, the first
/// address of the Services, the advertised address, and the hosts in admin.conf and kubelet.conf.
/// For etcd: the hosts of its client and peer URLs. A name of a load balancer that only other
/// nodes use is not known here.
pub(super) fn name_missing(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if let Some(apiserver) = seen.manifest("kube-apiserver")? {
        let mut wanted: Vec<(String, Option<Evidence>)> =
            ["kubernetes", "kubernetes.default", "kubernetes.default.svc"]
                .map(|name| (name.to_owned(), None))
                .into();
        if let Some(flag) = apiserver.flag("service-cluster-ip-range") {
            // The first address of the first range is the Service `kubernetes` (kubeadm,
            // `GetAPIServerVirtualIP`).
            let first = flag.value.split(',').next().and_then(first_address);
            wanted.extend(first.map(|address| (address.to_string(), Some(flag.place.clone()))));
        }
        wanted.extend(
            apiserver.flag("advertise-address").map(|flag| (flag.value.clone(), Some(flag.place.clone()))),
        );
        // Behind a load balancer they name it, and the API server's certificate has to as well.
        for name in ["admin.conf", "kubelet.conf"] {
            let config = seen.kubeconfig(&format!("/etc/kubernetes/{name}"))?;
            let Some((server, place)) = config.and_then(|config| config.server) else { continue };
            wanted.extend(host_of_url(&server).map(|host| (host.to_owned(), Some(place))));
        }
        missing(seen, told, apiserver, "tls-cert-file", wanted)?;
    }
    if let Some(etcd) = seen.manifest("etcd")? {
        for (flag, certificate) in
            [("advertise-client-urls", "cert-file"), ("initial-advertise-peer-urls", "peer-cert-file")]
        {
            let Some(urls) = etcd.flag(flag) else { continue };
            let hosts = urls.value.split(',').filter_map(host_of_url);
            let wanted = hosts.map(|host| (host.to_owned(), Some(urls.place.clone()))).collect();
            missing(seen, told, etcd, certificate, wanted)?;
        }
    }
    Ok(())
}

/// Compares the names with those of the certificate that a flag of the pod points to; each missing
/// one is a finding. A certificate that is not there has another check.
fn missing(
    seen: &Inspection<'_>,
    told: &mut Told<'_>,
    pod: &Manifest,
    flag: &str,
    wanted: Vec<(String, Option<Evidence>)>,
) -> Said {
    let Some(flag) = pod.flag(flag) else { return Ok(()) };
    let Some(leaf) = seen.certificates(&flag.value)?.and_then(|all| all.into_iter().next()) else {
        return Ok(());
    };
    let mut done: Vec<String> = Vec::new();
    for (name, place) in wanted {
        if name.is_empty() || done.contains(&name) || leaf.is_for(&name) {
            continue;
        }
        told.fires(format!("{} is not valid for {name}", flag.value))
            .seen_at(Evidence::file(&flag.value).value(names_of(&leaf)))
            .seen_in(place);
        done.push(name);
    }
    Ok(())
}

/// The names as evidence shows them.
fn names_of(leaf: &Certificate) -> String {
    let addresses = leaf.addresses.iter().map(ToString::to_string);
    leaf.dns.iter().cloned().chain(addresses).collect::<Vec<_>>().join(", ")
}

/// kubeadm: the Service `kubernetes` has the first address of the range.
///
/// The Service's certificate name follows from the range, and a range that was changed later is
/// the usual cause. `None` for a text that is no subnet.
fn first_address(range: &str) -> Option<IpAddr> {
    let (network, bits) = range.trim().split_once('/')?;
    let bits: u32 = bits.parse().ok()?;
    match network.parse().ok()? {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32_u32.checked_sub(bits)?).unwrap_or(0);
            Some(IpAddr::V4(((u32::from(address) & mask).checked_add(1)?).into()))
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128_u32.checked_sub(bits)?).unwrap_or(0);
            Some(IpAddr::V6(((u128::from(address) & mask).checked_add(1)?).into()))
        }
    }
}

/// The kubelet rotates its certificate itself, and needs a bootstrap kubeconfig where it has none
/// that is valid (kubelet, `bootstrap.LoadClientConfig`).
///
/// Fires where the kubelet cannot prove who it is and cannot get a new certificate either: the
/// kubeconfig is gone, its certificate is gone, damaged or over, or its key is.
pub(super) fn kubelet_client(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let path = seen.kubelet_flag("kubeconfig").map(|(path, _)| path);
    let path = path.unwrap_or_else(|| "/etc/kubernetes/kubelet.conf".to_owned());
    // With it the kubelet gets itself a new certificate (`--bootstrap-kubeconfig`).
    if seen.files().kind(BOOTSTRAP)?.is_some() {
        return Ok(());
    }
    if let Some((why, places)) = kubelet_fault(seen, &path)? {
        told.fires(format!("the kubelet cannot prove who it is: {why}"))
            .seen_in(places)
            .cured_by(made_anew(seen, &path)?);
    }
    Ok(())
}

/// Why it cannot prove who it is, and where that shows.
fn kubelet_fault(seen: &Inspection<'_>, path: &str) -> Result<Option<(String, Vec<Evidence>)>, Unread> {
    if seen.files().kind(path)?.is_none() {
        // What kubeadm writes for a node, or a control plane, alone tells that it was there once.
        let of_node = seen.files().kind(FLAGS)?.map(|_| Evidence::file(FLAGS));
        let of_pods = seen.manifest("kube-apiserver")?.map(Manifest::evidence);
        let trace = of_node.or(of_pods);
        return Ok(trace.map(|trace| (format!("{path} is not there"), vec![Evidence::file(path), trace])));
    }
    if let Some((why, place)) = seen.kubeconfig_fault(path)? {
        return Ok(Some((format!("{path} {why}"), vec![place])));
    }
    let Some(config) = seen.kubeconfig(path)? else { return Ok(None) };
    let Some(pem) = &config.certificate else { return Ok(None) };
    let place = pem.place().clone();
    let named = match pem {
        Pem::File(path, _) => path.clone(),
        Pem::Data(..) => path.to_owned(),
    };
    let why = match seen.pem(pem)? {
        None => Some(format!("{named} is not there, or its link leads nowhere")),
        Some(bytes) => match Certificate::all(&bytes) {
            Err(why) => Some(format!("{named}: {why}")),
            Ok(all) => over(seen, &all, config.key.as_ref(), &named)?,
        },
    };
    Ok(why.map(|why| (why, vec![Evidence::file(&named), place])))
}

/// How this node gets a kubeconfig with which the kubelet gets itself a certificate (kubernetes.io,
/// Troubleshooting kubeadm: "Kubelet client certificate rotation fails"). The API server knows a kubelet by
/// its name and group, and the CA's key is on control planes.
fn made_anew(seen: &Inspection<'_>, path: &str) -> Result<String, Unread> {
    let word = host_prep::shell_word(path);
    let away = format!("move {word} and /var/lib/kubelet/pki/kubelet-client* away, then");
    let restart = "`systemctl restart kubelet`";
    if seen.is_control_plane()? {
        return Ok(format!(
            "look at the clock; {away} `kubeadm init phase kubeconfig kubelet --config FILE`, and {restart}"
        ));
    }
    let name = host_prep::shell_word(&seen.node_in_commands()?.unwrap_or_else(|| "NAME".to_owned()));
    Ok(format!(
        "look at the clock; {away} run `kubeadm kubeconfig user --org system:nodes --client-name system:node:{name} \
         --config FILE` on a control plane, put what it prints here as {word} (mode 0600), and {restart}"
    ))
}

/// Why a certificate that can be read cannot be used, or `None`. The clock is the host's.
fn over(
    seen: &Inspection<'_>,
    all: &[Certificate],
    key: Option<&Pem>,
    named: &str,
) -> Result<Option<String>, Unread> {
    if let Some(first) = all.first().filter(|first| !first.is_valid_at(seen.now())) {
        let (from, end) = (date(first.not_before), date(first.not_after));
        return Ok(Some(if seen.now() < first.not_before {
            format!("the certificate in {named} is valid from {from} on, and not yet: look at the clock")
        } else {
            format!("the certificate in {named} was valid until {end}")
        }));
    }
    let Some(bytes) = key.map(|key| seen.pem(key)).transpose()?.flatten() else {
        return Ok(Some("the key of its certificate is not there".to_owned()));
    };
    Ok(PublicPart::of_pem(&bytes).err().map(|why| format!("the key of its certificate: {why}")))
}

/// A component of the control plane ends where its kubeconfig leads nowhere; kubectl only says so.
pub(super) fn kubeconfigs(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for pod in ["kube-controller-manager", "kube-scheduler"] {
        let Some(flag) = seen.manifest(pod)?.and_then(|manifest| manifest.flag("kubeconfig")) else {
            continue;
        };
        if let Some((why, place)) = client_fault(seen, &flag.value)? {
            told.fires(format!("{pod} cannot reach the API server: {} {why}", flag.value))
                .seen_at(place)
                .seen_at(flag.place.clone());
        }
    }
    if !seen.is_control_plane()? {
        return Ok(());
    }
    for path in ["/etc/kubernetes/admin.conf", "/etc/kubernetes/super-admin.conf"] {
        // The second is not on every control plane: it came with 1.29, on the first one.
        let is_wanted = path.ends_with("/admin.conf") || seen.files().kind(path)?.is_some();
        if let Some((why, place)) = client_fault(seen, path)?.filter(|_| is_wanted) {
            let what = format!("kubectl cannot use {path}: it {why}");
            // kubeadm's upgrade is the administrator's, too.
            told.fires_if(seen.target().is_some(), what).seen_at(place);
        }
    }
    Ok(())
}

/// The same of what its user proves itself with: client-go reads a certificate and its key before it
/// connects (`rest.TLSConfigFor`). Who has a token, or asks a program for one, has neither.
fn client_fault(seen: &Inspection<'_>, path: &str) -> Result<Option<(String, Evidence)>, Unread> {
    if let Some(fault) = seen.kubeconfig_fault(path)? {
        return Ok(Some(fault));
    }
    let Some(config) = seen.kubeconfig(path)? else { return Ok(None) };
    let Some(pem) = &config.certificate else { return Ok(None) };
    let why = match seen.pem(pem)?.map(|bytes| Certificate::all(&bytes)) {
        None => Some("names a certificate that is not there".to_owned()),
        Some(Err(why)) => Some(format!("has no usable certificate: {why}")),
        Some(Ok(_)) => match config.key.as_ref().map(|key| seen.pem(key)).transpose()?.flatten() {
            None => Some("has a certificate without its key".to_owned()),
            Some(bytes) => PublicPart::of_pem(&bytes).err().map(|why| format!("has no usable key: {why}")),
        },
    };
    Ok(why.map(|why| (why, pem.place().clone())))
}

/// What is in kubelet.conf itself is not rotated (kubeadm#1753).
///
/// kubeadm up to 1.16 left it so on the first control plane, and a backup of that time brings it
/// back; the kubelet renews the file that `CURRENT` links to and never kubelet.conf.
pub(super) fn embedded(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(config) = seen.kubeconfig("/etc/kubernetes/kubelet.conf")? else { return Ok(()) };
    // Before kubeadm's last phase a new node has it so, too; then there is no file to point to.
    if let Some(Pem::Data(_, place)) = config.certificate
        && seen.files().kind(CURRENT)?.is_some()
    {
        told.fires("kubelet.conf has its certificate inside, where it is not renewed")
            .seen_at(place)
            .seen_at(Evidence::file(CURRENT));
    }
    Ok(())
}

/// Since 1.29 kubeadm gives admin.conf the group kubeadm:cluster-admins, which can be taken away.
///
/// The group is built into the API server: authorisation is passed over for it, and no RBAC rule
/// can take that away. Only a note, since a cluster that was made before 1.29 has it so.
pub(super) fn system_masters(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    // 1.29 put its administrators into kubeadm:cluster-admins, and system:masters only into
    // super-admin.conf.
    if seen.kubernetes_minor().is_none_or(|minor| minor < 29) {
        return Ok(());
    }
    let Some(pem) = seen.kubeconfig("/etc/kubernetes/admin.conf")?.and_then(|config| config.certificate)
    else {
        return Ok(());
    };
    let first = seen.pem(&pem)?.and_then(|bytes| Certificate::all(&bytes).ok()?.into_iter().next());
    if first.is_some_and(|one| one.organizations.iter().any(|group| group == "system:masters")) {
        told.fires("the user of admin.conf is of the group system:masters, which nothing can be taken from")
            .seen_at(pem.place().clone());
    }
    Ok(())
}
