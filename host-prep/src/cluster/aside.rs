//! What `kubeadm reset` deletes and is needed after it: files that are not the node's, and the
//! administrator's kubeconfig, with which the Node is deleted.
//!
//! It is set aside in the engine's own directory, and the record knows it until the node is out: a
//! run that is killed in between leaves nothing behind that the next one does not use and sweep.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::ADMIN_CONF;
use super::leave::node_name;
use super::record::{Leaving, Record, Theirs, put, restore};
use super::standing::{ADMIN_CONFS, KUBELET_CONF, PKI, Standing, files_of_others};
use crate::facts::kubeadm::values_of;
use crate::fs::{self, Dress, Found, Kind, Mode, Root, Wanted};
use crate::{Error, Host};

/// The administrator's kubeconfig, set aside.
const ADMIN: &str = "leaving-admin.conf";

/// What the files that are set aside are called, each with its number.
const THEIRS: &str = "leaving";

/// Sets aside what the reset of a host that is `standing` deletes and is needed after it. What an
/// earlier run had set aside, and is gone from the host by now, stays.
///
/// # Errors
///
/// Where the system refuses: the reset is not to begin then.
pub fn set_aside(host: &Host, standing: &Standing) -> Result<Leaving, Error> {
    put_back_theirs(host)?;
    let record = Record::read(host)?;
    let foreign = foreign(host.root(), standing, record.before.as_deref().unwrap_or_default())?;
    let admin = host.root().read(Path::new(ADMIN_CONF))?;
    let joined = host.root().kind(Path::new(KUBELET_CONF))?.is_some();
    let makes_one = match standing {
        Standing::ControlPlane(_) | Standing::InitBegun(_) => true,
        Standing::JoinBegun(begun) => begun.control_plane,
        Standing::Bare | Standing::Worker => false,
    };
    let admin =
        admin.filter(|_| makes_one && joined && !foreign.iter().any(|path| path == Path::new(ADMIN_CONF)));
    let earlier = record.leaving.unwrap_or_default();
    let node = if earlier.node.is_empty() { node_name(host)? } else { earlier.node };
    let found = foreign.iter().map(|path| look(host.root(), path)).collect::<Result<Vec<_>, _>>()?;
    let found: Vec<_> = found.into_iter().flatten().collect();
    let theirs = found.iter().map(|(theirs, _)| theirs.clone()).collect();
    let leaving = Leaving { node, admin: earlier.admin || admin.is_some(), theirs };
    // Kept first: what a kill leaves is still known.
    Record::change(host, |record| record.leaving = Some(leaving.clone()))?;
    if let Some(bytes) = admin {
        write(host, ADMIN, &bytes)?;
    }
    for (number, (_, bytes)) in found.iter().enumerate() {
        write(host, &name(number), bytes)?;
    }
    Ok(leaving)
}

/// Puts back what was set aside and is not the node's, where it is gone. What was put back.
///
/// # Errors
///
/// Where the system refuses; it stays set aside then.
pub fn put_back_theirs(host: &Host) -> Result<Vec<PathBuf>, Error> {
    let Some(leaving) = Record::read(host)?.leaving else { return Ok(Vec::new()) };
    let root = host.root();
    let (mut back, mut hosts) = (Vec::new(), Vec::new());
    for (number, Theirs { path, meta, target }) in leaving.theirs.iter().enumerate() {
        let aside = root.read(&host.state().join(name(number)))?;
        if aside.is_none() && target.is_none() {
            continue;
        }
        let bytes = aside.unwrap_or_default();
        let is_it = |place: &Path, kind: Kind| -> Result<bool, Error> {
            Ok(match target {
                _ if !matches!(kind, Kind::File | Kind::Symlink) => false,
                Some(target) => root.link_target(place)?.as_ref() == Some(target),
                None => root.read(place)?.as_deref() == Some(&*bytes),
            })
        };
        // Where somebody made it anew meanwhile it is put beside that: neither of the two is lost.
        for place in std::iter::once(path.clone()).chain((1..).map(|number| beside_of(path, number))) {
            let here = match root.kind_of_link(&place)? {
                None => {
                    restore(host, &place, meta, target.as_deref(), &bytes)?;
                    back.push(place.clone());
                    true
                }
                // Never gone, or a run was killed that had put it back and not said so.
                Some(kind) => is_it(&place, kind)?,
            };
            if here {
                hosts.push(place);
                break;
            }
        }
    }
    Record::change(host, |record| {
        if let Some(leaving) = &mut record.leaving {
            leaving.theirs.clear();
        }
        record.are_the_hosts(&hosts);
    })?;
    for number in 0..leaving.theirs.len() {
        remove(host, &name(number))?;
    }
    Ok(back)
}

/// Where a file is put whose place somebody took meanwhile, and those of lower numbers.
fn beside_of(path: &Path, number: u32) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".before-kubeadm");
    if number > 1 {
        name.push(format!("-{number}"));
    }
    path.with_file_name(name)
}

/// The administrator's kubeconfig that was set aside.
#[must_use]
pub fn admin_set_aside(host: &Host) -> PathBuf {
    host.root().shown(&host.state().join(ADMIN))
}

/// What was set aside of a node that is leaving its cluster, or was when a run was killed.
///
/// # Errors
///
/// When the record cannot be read.
pub fn leaving(host: &Host) -> Result<Option<Leaving>, Error> {
    Ok(Record::read(host)?.leaving)
}

/// The node is out: nothing of what was set aside is kept.
///
/// # Errors
///
/// Where the system refuses.
pub fn has_left(host: &Host) -> Result<(), Error> {
    if leaving(host)?.is_none() {
        return Ok(());
    }
    put_back_theirs(host)?;
    remove(host, ADMIN)?;
    Record::change(host, |record| record.leaving = None)
}

fn name(number: usize) -> String {
    format!("{THEIRS}-{number}")
}

fn write(host: &Host, name: &str, bytes: &[u8]) -> Result<(), Error> {
    fs::make_private(host.root(), host.state())?;
    let wanted = Wanted::File { bytes, mode: Mode::PRIVATE, dress: Dress::Fresh };
    put(host, &host.state().join(name), wanted)
}

fn remove(host: &Host, name: &str) -> Result<(), Error> {
    let path = host.state().join(name);
    match host.root().kind_of_link(&path)? {
        Some(_) => put(host, &path, Wanted::Nothing),
        None => Ok(()),
    }
}

fn look(root: &Root, path: &Path) -> Result<Option<(Theirs, Vec<u8>)>, Error> {
    let Some(slot) = root.slot_of_link(path)? else { return Ok(None) };
    let path = path.to_owned();
    Ok(match Found::read(root, &slot)? {
        Found::Nothing => None,
        Found::File(file) => Some((Theirs { path, meta: file.image.meta, target: None }, file.image.bytes)),
        Found::Link(link) => Some((Theirs { path, meta: link.meta, target: Some(link.target) }, Vec::new())),
    })
}

/// What is not the node's of what kubeadm reset deletes: what was there before there was a node,
/// and an administrator's kubeconfig that this node cannot have made.
fn foreign(root: &Root, standing: &Standing, before: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let before: BTreeSet<&PathBuf> = before.iter().collect();
    let all = files_of_others(root)?;
    let mut found: Vec<PathBuf> = all.into_iter().filter(|path| before.contains(path)).collect();
    let never = match standing {
        Standing::Worker => true,
        Standing::JoinBegun(begun) => !begun.control_plane,
        _ => false,
    };
    for conf in ADMIN_CONFS.iter().map(PathBuf::from) {
        if !found.contains(&conf)
            && root.kind_of_link(&conf)?.is_some()
            && (never || is_of_another(root, &conf)?)
        {
            found.push(conf);
        }
    }
    Ok(found)
}

/// Whether a kubeconfig is of another cluster than the kubelet's. Where the one of them does not
/// say enough it is not known to be.
pub(super) fn is_of_another(root: &Root, conf: &Path) -> Result<bool, Error> {
    const SERVER: &str = "server";
    const CA: &str = "certificate-authority-data";
    let text = |path: &Path| -> Result<String, Error> {
        Ok(String::from_utf8_lossy(&root.read(path)?.unwrap_or_default()).into_owned())
    };
    let (theirs, ours) = (text(conf)?, text(Path::new(KUBELET_CONF))?);
    let mut servers = values_of(&theirs, SERVER);
    let server = servers.next();
    // kubeadm writes one cluster. Which of several kubectl would speak to is the file's to say, and may be
    // another one at any time.
    if servers.next().is_some() {
        return Ok(true);
    }
    let of_host = root.read(&Path::new(PKI).join("ca.crt"))?;
    let of_host = of_host.map(|bytes| STANDARD.encode(bytes));
    let ca = values_of(&ours, CA).next().or(of_host.as_deref());
    let servers = server.zip(values_of(&ours, SERVER).next());
    let elsewhere = servers.is_some_and(|(theirs, ours)| theirs != ours);
    Ok(match (values_of(&theirs, CA).next(), ca) {
        (Some(theirs), Some(ours)) if theirs != ours => true,
        // One CA may sign for several clusters; since 1.31 a control plane's kubelet asks the API server
        // beside it, whatever the cluster's endpoint is (gate ControlPlaneKubeletLocalMode).
        (Some(_), Some(_)) => elsewhere && !is_served_here(root, server)?,
        _ => elsewhere,
    })
}

/// Whether the certificate of this host's API server is for that address. Without one nothing says
/// that it is, and the Node of another cluster is not to be deleted.
fn is_served_here(root: &Root, server: Option<&str>) -> Result<bool, Error> {
    let Some(pem) = root.read(&Path::new(PKI).join("apiserver.crt"))? else { return Ok(false) };
    let pem = String::from_utf8_lossy(&pem).into_owned();
    let body: String = pem.lines().skip_while(|line| !line.starts_with("-----BEGIN")).skip(1).collect();
    let body = body.split('-').next().unwrap_or_default();
    let (Ok(der), Some(server)) = (STANDARD.decode(body), server) else { return Ok(false) };
    let name = host_of(server);
    // A subjectAltName is a tag, its length and the name (RFC 5280, 4.2.1.6): 2 is a DNS name, 7 an address.
    let (tag, bytes) = match name.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(ip)) => (0x87, ip.octets().to_vec()),
        Ok(std::net::IpAddr::V6(ip)) => (0x87, ip.octets().to_vec()),
        Err(_) => (0x82, name.as_bytes().to_vec()),
    };
    let Ok(length) = u8::try_from(bytes.len()) else { return Ok(false) };
    let wanted = [&[tag, length][..], &bytes].concat();
    Ok(der.windows(wanted.len()).any(|part| part == wanted))
}

/// The host of `https://host:port`, the brackets of an IPv6 address off.
fn host_of(server: &str) -> &str {
    let rest = server.split_once("://").map_or(server, |(_, rest)| rest);
    let rest = rest.split('/').next().unwrap_or_default();
    match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, _)) => host,
        None => rest.rsplit_once(':').map_or(rest, |(host, _)| host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::standing::{Begun, Sure};
    use crate::fs::set;

    const CA_KEY: &str = "/etc/kubernetes/pki/ca.key";

    fn host(files: &[(&str, &str)]) -> (tempfile::TempDir, Host) {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        put_all(&host, files);
        (dir, host)
    }

    fn put_all(host: &Host, files: &[(&str, &str)]) {
        for (path, text) in files {
            set(host.root(), Path::new(path), text.as_bytes(), Mode::new(0o640)).unwrap();
        }
    }

    /// What `kubeadm reset` deletes.
    fn reset(dir: &Path) {
        std::fs::remove_dir_all(dir.join("etc/kubernetes")).unwrap();
    }

    fn aside(host: &Host) -> usize {
        let names = host.root().list(host.state()).unwrap().unwrap_or_default();
        names.iter().filter(|name| name.to_string_lossy().starts_with("leaving")).count()
    }

    #[test]
    fn a_ca_that_was_brought_along_outlives_the_reset_and_a_clusters_does_not() {
        let (dir, host) = host(&[(CA_KEY, "theirs"), ("/etc/kubernetes/manifests/own.yaml", "pod")]);
        super::super::note_before(&host).unwrap();
        put_all(
            &host,
            &[("/etc/kubernetes/pki/apiserver.key", "ours"), (ADMIN_CONF, "ours"), (KUBELET_CONF, "x")],
        );
        let leaving = set_aside(&host, &Standing::ControlPlane(Sure::Seen)).unwrap();
        assert!(leaving.admin && leaving.theirs.len() == 2, "{leaving:?}");
        assert_eq!(host.root().read(&host.state().join(ADMIN)).unwrap().unwrap(), b"ours");
        reset(dir.path());
        // Killed, and run again: the host is bare, and nothing was lost.
        let again = set_aside(&host, &Standing::Bare).unwrap();
        assert!(again.admin, "{again:?}");
        assert_eq!(std::fs::read_to_string(dir.path().join(&CA_KEY[1..])).unwrap(), "theirs");
        has_left(&host).unwrap();
        assert_eq!(look(host.root(), Path::new(CA_KEY)).unwrap().unwrap().0.meta.mode, Mode::new(0o640));
        assert!(dir.path().join("etc/kubernetes/manifests/own.yaml").exists());
        assert!(!dir.path().join("etc/kubernetes/pki/apiserver.key").exists());
        assert_eq!((aside(&host), leaving_of(&host)), (0, None), "no key is left behind");
    }

    /// Kubeadm starts after the first look: what came in between, in whatever place that its reset
    /// empties, is not its own.
    #[test]
    fn what_came_before_kubeadm_outlives_the_reset_wherever_it_lies() {
        let (dir, host) = host(&[]);
        super::super::note_before(&host).unwrap();
        let theirs = [
            CA_KEY,
            "/etc/kubernetes/pki/corp/deep/k.key",
            "/etc/kubernetes/manifests/own.yaml",
            "/etc/kubernetes/manifests/backup/old.yaml",
            "/var/lib/kubelet/config.json",
        ];
        put_all(&host, &theirs.map(|path| (path, "theirs")));
        // What a kubelet kept for itself is of no use to the next one.
        put_all(&host, &[("/var/lib/kubelet/cpu_manager_state", "old")]);
        super::super::run::found_before(&host).unwrap();
        let made = "/etc/kubernetes/pki/apiserver.key";
        put_all(&host, &[(made, "ours"), (KUBELET_CONF, "x"), ("/var/lib/kubelet/config.yaml", "ours")]);
        let leaving = set_aside(&host, &Standing::ControlPlane(Sure::Seen)).unwrap();
        assert_eq!(leaving.theirs.len(), theirs.len(), "{leaving:?}");
        reset(dir.path());
        std::fs::remove_dir_all(dir.path().join("var/lib/kubelet")).unwrap();
        has_left(&host).unwrap();
        for path in theirs {
            assert_eq!(std::fs::read_to_string(dir.path().join(&path[1..])).unwrap(), "theirs", "{path}");
        }
        assert!(!dir.path().join(&made[1..]).exists());
    }

    /// A `down` was killed in the reset, somebody made a cluster by hand, and goes on.
    #[test]
    fn what_is_there_anew_does_not_cost_what_was_set_aside() {
        let (dir, host) = host(&[(CA_KEY, "theirs")]);
        super::super::note_before(&host).unwrap();
        put_all(&host, &[(KUBELET_CONF, "x")]);
        let _ = set_aside(&host, &Standing::ControlPlane(Sure::Seen)).unwrap();
        reset(dir.path());
        put_all(&host, &[(CA_KEY, "another")]);
        let beside = PathBuf::from(format!("{CA_KEY}.before-kubeadm"));
        assert_eq!(put_back_theirs(&host).unwrap(), std::slice::from_ref(&beside));
        let text =
            |path: &Path| std::fs::read_to_string(dir.path().join(path.strip_prefix("/").unwrap())).unwrap();
        assert_eq!((text(&beside).as_str(), text(Path::new(CA_KEY)).as_str()), ("theirs", "another"));
    }

    #[test]
    fn where_both_places_are_taken_it_has_a_third_one() {
        let (dir, host) = host(&[(CA_KEY, "theirs")]);
        super::super::note_before(&host).unwrap();
        put_all(&host, &[(KUBELET_CONF, "x")]);
        let _ = set_aside(&host, &Standing::ControlPlane(Sure::Seen)).unwrap();
        reset(dir.path());
        let (first, second) = (format!("{CA_KEY}.before-kubeadm"), format!("{CA_KEY}.before-kubeadm-2"));
        put_all(&host, &[(CA_KEY, "another"), (&format!("{first}/x"), "a directory")]);
        assert_eq!(put_back_theirs(&host).unwrap(), [PathBuf::from(&second)]);
        assert_eq!(std::fs::read_to_string(dir.path().join(&second[1..])).unwrap(), "theirs");
        assert_eq!(aside(&host), 0);
    }

    /// A run was killed between putting it back and saying so.
    #[test]
    fn what_a_killed_run_put_back_is_the_hosts() {
        let beside = format!("{ADMIN_CONF}.before-kubeadm");
        for back in [&[(ADMIN_CONF, "copied")][..], &[(ADMIN_CONF, "another"), (&*beside, "copied")]] {
            let (dir, host) = host(&[]);
            super::super::note_before(&host).unwrap();
            put_all(&host, &[(KUBELET_CONF, "x"), (ADMIN_CONF, "copied")]);
            let _ = set_aside(&host, &Standing::Worker).unwrap();
            reset(dir.path());
            put_all(&host, back);
            assert_eq!(put_back_theirs(&host).unwrap(), [""; 0].map(PathBuf::from));
            let before = Record::read(&host).unwrap().before.unwrap();
            for (path, text) in back {
                let theirs = before.contains(&PathBuf::from(path));
                assert_eq!(theirs, *text == "copied", "{path} in {before:?}");
            }
            assert_eq!(aside(&host), 0, "what was set aside went");
        }
    }

    #[test]
    fn a_kubeconfig_of_several_clusters_deletes_no_node() {
        let cluster = "- cluster: {server: https://192.0.2.7:6443}\n";
        let merged = format!("clusters:\n{cluster}{}current-context: other\n", cluster.replace(".7", ".9"));
        let (_dir, host) = host(&[(KUBELET_CONF, cluster), (ADMIN_CONF, &merged)]);
        let leaving = set_aside(&host, &Standing::ControlPlane(Sure::Seen)).unwrap();
        assert_eq!((leaving.admin, leaving.theirs.len()), (false, 1), "it is put back, and not used");
    }

    /// JSON is YAML: kubectl reads it, and `kubectl config view -o json` writes it.
    #[test]
    fn a_kubeconfig_in_json_is_read_as_one_in_lines() {
        let json = |clusters: &[(&str, &str)]| {
            let of = |(ca, server): &(&str, &str)| {
                format!(
                    "{{\"cluster\": {{\"certificate-authority-data\": \"{ca}\", \"server\": \"{server}\"}}}}"
                )
            };
            format!("{{\"clusters\": [{}]}}", clusters.iter().map(of).collect::<Vec<_>>().join(", "))
        };
        let ours = "clusters:\n- cluster:\n    certificate-authority-data: Y2E=\n    server: https://192.0.2.7:6443\n";
        let own = ("Y2E=", "https://192.0.2.7:6443");
        for (theirs, another) in [
            (&[own][..], false),
            (&[("b3RoZXI=", own.1)], true),
            (&[(own.0, "https://192.0.2.9:6443")], true),
            (&[own, ("b3RoZXI=", "https://192.0.2.9:6443")], true),
        ] {
            let theirs = json(theirs);
            let (_dir, host) = host(&[(KUBELET_CONF, ours), (ADMIN_CONF, &theirs)]);
            assert_eq!(is_of_another(host.root(), Path::new(ADMIN_CONF)).unwrap(), another, "{theirs}");
        }
    }

    /// A company's CA signs for both clusters; the Node that is deleted must be this one's.
    #[test]
    fn one_ca_may_sign_for_two_clusters() {
        let conf = |server: &str| {
            format!(
                "clusters:\n- cluster:\n    certificate-authority-data: Y2E=\n    server: https://{server}\n"
            )
        };
        let names = [&[0x30, 9, 0x82, 3][..], b"k.x", &[0x87, 4, 192, 0, 2, 7]].concat();
        let served =
            format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(names));
        for (server, another) in [
            ("192.0.2.7:6443", false),
            ("k.x:6443", false),
            ("192.0.2.9:6443", true),
            ("k.x.example:6443", true),
            ("[2001:db8::7]:6443", true),
        ] {
            let (_dir, host) = host(&[
                (KUBELET_CONF, &conf("192.0.2.7:6443")),
                (ADMIN_CONF, &conf(server)),
                ("/etc/kubernetes/pki/apiserver.crt", &served),
            ]);
            assert_eq!(is_of_another(host.root(), Path::new(ADMIN_CONF)).unwrap(), another, "{server}");
        }
        let (_dir, host) =
            host(&[(KUBELET_CONF, &conf("192.0.2.7:6443")), (ADMIN_CONF, &conf("192.0.2.9:6443"))]);
        assert!(is_of_another(host.root(), Path::new(ADMIN_CONF)).unwrap(), "nothing says that it is ours");
    }

    fn leaving_of(host: &Host) -> Option<Leaving> {
        super::leaving(host).unwrap()
    }

    #[test]
    fn a_copied_kubeconfig_is_not_a_workers_and_outlives_its_reset() {
        let begun = Standing::JoinBegun(Begun::default());
        for standing in [Standing::Worker, begun] {
            let (dir, host) = host(&[(KUBELET_CONF, "x"), (ADMIN_CONF, "copied")]);
            let leaving = set_aside(&host, &standing).unwrap();
            assert!(!leaving.admin, "no Node is deleted with it");
            reset(dir.path());
            assert_eq!(put_back_theirs(&host).unwrap(), [Path::new(ADMIN_CONF)]);
            has_left(&host).unwrap();
            assert_eq!(aside(&host), 0);
        }
    }

    #[test]
    fn no_node_is_deleted_in_a_cluster_that_the_host_is_not_in() {
        let conf = |ca: &str, server: &str| {
            format!("clusters:\n- cluster:\n    {ca}\n    server: https://{server}:6443\n  name: k\n")
        };
        let (one, two) = ("certificate-authority-data: b25l", "certificate-authority-data: dHdv");
        for (admin, same) in [
            (conf(one, "192.0.2.7"), true),
            (conf(one, "lb.example"), true),
            (conf(two, "192.0.2.7"), false),
            (conf("", "192.0.2.7"), true),
            (conf("", "192.0.2.9"), false),
        ] {
            let kubelet = conf(one, "192.0.2.7");
            let served = STANDARD.encode([&[0x82, 10][..], b"lb.example"].concat());
            let served = format!("-----BEGIN CERTIFICATE-----\n{served}\n-----END CERTIFICATE-----\n");
            let (_dir, host) = host(&[
                (KUBELET_CONF, &kubelet),
                (ADMIN_CONF, &admin),
                ("/etc/kubernetes/pki/apiserver.crt", &served),
            ]);
            let leaving = set_aside(&host, &Standing::ControlPlane(Sure::ByItsFiles)).unwrap();
            assert_eq!((leaving.admin, leaving.theirs.len()), (same, usize::from(!same)), "{admin}");
        }
    }
}
