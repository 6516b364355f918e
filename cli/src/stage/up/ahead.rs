//! What the later steps of `up` are given, looked at before the first change: all of it, so that
//! one run names every mistake.
//!
//! Each rule answers with a sentence or `None`. They are about files, names, ports, room and the
//! clock: things that do not change while packages are installed.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use host_prep::Host;
use host_prep::cluster::{self, Standing};
use host_prep::facts::{Facts, FileSystem};
use host_prep::fs::Kind;
use kubeadm_config::like_kubeadm::Options;
use kubeadm_config::yaml::{self, Node};
use kubeadm_config::{CaCertificate, CaFile, Circumstances, HostFacts, KubeadmRelease};

use super::Up;
use super::cluster::{pod_subnet, user};
use super::summary::Summary;
use crate::masked::check;
use crate::recipe::{NodeSpec, Role, room_for_images};
use crate::stage::fits::{fits, foreign_admin_conf};
use crate::stage::{Error, Foreseen, Given, add_addresses, chain, host_name, moment, now};

/// 2025-01-01, before any release of this program: certificates made at such a time are not valid
/// when the clock is put right.
// 2025-01-01T00:00:00Z: a board without a battery says 1970.
const NO_EARLIER: Duration = Duration::from_secs(1_735_689_600);
/// Packages, CRI-O and the images of a control plane, about (170 to 530 MB of images, 140 MB of
/// packages).
const NEEDED: u64 = 1 << 30;
/// Packages, images and etcd all lie below it, unless somebody mounted otherwise.
const VAR: &str = "/var/lib";
const CA: &str = "/etc/kubernetes/pki/ca.crt";

/// What kubeadm and the kubelet listen on, and kubeadm refuses to find taken.
// kubeadm's preflight, `PortOpenCheck`: 10250 on each node, the others of a control plane with a
// stacked etcd.
const PORTS_OF_A_NODE: &[u16] = &[10250];
/// The same list as kubeadm's preflight (`Port-N`), of `cmd/kubeadm/app/constants/constants.go`.
const PORTS_OF_A_CONTROL_PLANE: &[u16] = &[2379, 2380, 6443, 10250, 10257, 10259];

impl Up {
    /// The discovery file of the spec where it is on the host and not at a URL.
    fn discovery_file<'a>(&self, spec: &'a NodeSpec) -> Option<&'a Path> {
        let file = spec.join.as_ref().filter(|_| self.join_config.is_none())?.discovery_file.as_ref()?;
        (!file.as_str().starts_with("https://")).then(|| Path::new(file.as_str()))
    }

    /// What is wrong with the files and names that were given.
    fn given(&self, host: &Host, spec: &NodeSpec, standing: &Standing) -> Vec<Foreseen> {
        let mut problems = Vec::new();
        if let Some(manifest) = &self.cni
            && let Err(why) = manifest_is_good(host, manifest, &pod_subnet(spec))
        {
            problems.push(Foreseen::new(Given::Manifest(manifest.clone()), why));
        }
        if let Some(name) = &self.user
            && let Err(why) = user_is_good(host, name)
        {
            problems.push(Foreseen::new(Given::User(name.clone()), why));
        }
        if let Some(file) = &self.join_config
            && let Err(why) = join_file_is_good(host, spec, file)
        {
            problems.push(Foreseen::new(Given::JoinConfig(file.clone()), why));
        }
        if let Some(file) = self.discovery_file(spec)
            && let Err(why) = discovery_file_is_good(host, file)
        {
            problems.push(of_host(format!("join.discoveryFile {}: {why}", file.display())));
        }
        if spec.joins() && self.join_file(spec).is_none() && standing.is_bare() {
            problems.push(of_host("nothing says which cluster the host joins: write `join` into the spec, or give --join-config"));
        }
        problems
    }

    /// Fails with every problem that a later step would meet.
    pub(super) fn look_ahead(
        &self,
        (host, facts): (&Host, &Facts),
        spec: &NodeSpec,
        done: &mut Summary,
    ) -> Result<(), Error> {
        let standing = cluster::standing(host)?;
        let mut problems = match self.prepare_only {
            true => Vec::new(),
            false => {
                fits(host, &standing, spec)?;
                let mut problems = self.given(host, spec, &standing);
                problems.extend(self.unused(spec).map(of_host));
                problems.extend(foreign_admin_conf(host, &standing, spec)?.map(of_host));
                problems
            }
        };
        // A node has its own ports in use.
        if standing == Standing::Bare {
            problems.extend(taken_ports(facts, spec.role == Role::Worker).map(of_host));
            problems.extend(space(host, done).map(of_host));
        }
        problems.extend(clock(now(), &ca_of(host)).map(of_host));
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::Foreseen(problems))
    }
}

/// A problem of the host or the spec and of no file.
fn of_host(what: impl Into<String>) -> Foreseen {
    Foreseen::new(Given::Host, what)
}

/// Everything that listens where the node will.
fn taken_ports(facts: &Facts, worker: bool) -> Option<String> {
    let ports = if worker { PORTS_OF_A_NODE } else { PORTS_OF_A_CONTROL_PLANE };
    taken_of(ports, |port| facts.network.is_taken(port) == Some(true))
}

/// All of them in one sentence.
fn taken_of(ports: &[u16], is_taken: impl Fn(u16) -> bool) -> Option<String> {
    let taken = ports.iter().filter(|port| is_taken(**port));
    let taken: Vec<String> = taken.map(ToString::to_string).collect();
    (!taken.is_empty()).then(|| {
        let shown = taken.join(", ");
        format!("something else listens on port {shown}, which the node needs; `ss -ltnp` says what, stop it")
    })
}

/// Too little room; what is only too little for the kubelet is told.
fn space(host: &Host, done: &mut Summary) -> Option<String> {
    let var = FileSystem::at(host, VAR)?;
    space_of(var.available, var.size, done)
}

/// `free` and `size` in bytes.
fn space_of(free: u64, size: u64, done: &mut Summary) -> Option<String> {
    if free < NEEDED {
        let mib = free >> 20;
        return Some(format!(
            "{VAR} has {mib} MiB free, and packages and images need about 1 GiB: make room"
        ));
    }
    // `imagefs.available` < 15 % of evictionHard by default (eviction/defaults_linux.go).
    if free < room_for_images(size) {
        let percent = free.saturating_mul(100).checked_div(size)?;
        let what = format!("{VAR} is {} % full", 100 - percent);
        done.remains(
            crate::Code::EvictionThresholdCrossed.as_str(),
            &what,
            "the kubelet evicts Pods where less than 15 % is free for images",
        );
    }
    None
}

/// What the clock is compared with: it is before this program was, or before the cluster's CA, or
/// after its end.
fn clock(now: SystemTime, ca: &[CaCertificate]) -> Option<String> {
    if now < UNIX_EPOCH + NO_EARLIER {
        return Some("the clock is wrong: it says a time before 2025, and certificates made now would not be valid; set it".into());
    }
    // While a CA is renewed, the old one stands beside the new one.
    let wrong = ca.first().filter(|_| !ca.iter().any(|certificate| certificate.is_valid_at(now)))?;
    let (from, to) = (wrong.not_before(), wrong.not_after());
    Some(format!(
        "{CA} is valid from {from} to {to}, and the clock says {}: set the clock, or renew the CA",
        moment(now)
    ))
}

/// The CA that is there before kubeadm: a cluster's that is joined, or one that somebody gave.
fn ca_of(host: &Host) -> Vec<CaCertificate> {
    let bytes = host.root().read(Path::new(CA)).ok().flatten().unwrap_or_default();
    CaFile::read(&bytes).map(|file| file.certificates).unwrap_or_default()
}

/// # Errors
/// What is wrong with it, for people.
fn manifest_is_good(host: &Host, manifest: &Path, pod_subnet: &str) -> Result<(), String> {
    let text = text_of(host, manifest)?;
    is_manifest(&text)?;
    cluster::matches_pod_subnet(&text, pod_subnet).map_err(|error| error.to_string())
}

/// Whether kubectl can read it: every document is YAML, and says what it is.
fn is_manifest(text: &str) -> Result<(), String> {
    const NO_MANIFEST: &str = "it is not a Kubernetes manifest: it names no kind and apiVersion";
    let documents = yaml::split(text.as_bytes(), &yaml::SplitRules::default());
    let mut any = false;
    for document in documents.map_err(|error| format!("it is not valid YAML: {error}"))? {
        let read = yaml::read(&document.text, document.base());
        let read = read.map_err(|error| format!("it is not valid YAML: {error}"))?;
        // kubectl passes over documents that are empty.
        if read.root.is_null() {
            continue;
        }
        let says = |key: &str| read.root.get(key).and_then(Node::as_str).is_some_and(|text| !text.is_empty());
        if !says("kind") || !says("apiVersion") {
            return Err(NO_MANIFEST.into());
        }
        any = true;
    }
    if any { Ok(()) } else { Err(NO_MANIFEST.into()) }
}

/// Whether kubeadm of the spec's release takes it: endpoint, token and pins have their form, and
/// nothing is missing.
fn join_file_is_good(host: &Host, spec: &NodeSpec, file: &Path) -> Result<(), String> {
    let text = text_of(host, file)?;
    let release = KubeadmRelease::of(&spec.kubernetes_version).map_err(|error| error.to_string())?;
    let mut facts = HostFacts::default();
    facts.host_name = spec.node_name.as_ref().map_or_else(host_name, ToString::to_string);
    // Without a default route kubeadm goes on, with a warning of its own.
    let _ = add_addresses(&mut facts);
    is_join_configuration(&text, &Options::new(release, facts))
}

/// # Errors
/// Everything that kubeadm would say of it.
fn is_join_configuration(text: &str, options: &Options) -> Result<(), String> {
    // Before the check, which would find many faults in some other file and not this one.
    if !text.contains("JoinConfiguration") {
        return Err("it is not a JoinConfiguration of kubeadm".into());
    }
    let checked = check(text.as_bytes(), options, &Circumstances::default());
    let errors: Vec<String> = checked.errors().map(ToString::to_string).collect();
    match (checked.accepted, checked.validates) {
        (true, _) => Ok(()),
        // kubeadm takes it, and what it starts does not.
        (false, true) => Err(format!("it is not valid: {}", errors.join("; "))),
        (false, false) => Err(format!("kubeadm refuses it: {}", errors.join("; "))),
    }
}

/// A kubeconfig that is on the host: kubeadm reads it at its first step, after everything else was
/// changed.
fn discovery_file_is_good(host: &Host, file: &Path) -> Result<(), String> {
    let text = text_of(host, file)?;
    let read = yaml::read(text.as_bytes(), yaml::Base::default());
    let read = read.map_err(|error| format!("it is not valid YAML: {error}"))?;
    let clusters = read.root.get("clusters").and_then(Node::as_sequence).unwrap_or_default();
    match clusters.iter().any(|one| one.get("cluster").is_some_and(|cluster| cluster.get("server").is_some()))
    {
        true => Ok(()),
        false => Err("it is not a kubeconfig: it names no cluster with a server".into()),
    }
}

/// # Errors
/// No such user, or a kubeconfig of another cluster in his home.
fn user_is_good(host: &Host, name: &str) -> Result<(), String> {
    let user = user(host, name).map_err(|error| chain(&error))?;
    let given = cluster::may_give_kubeconfig(host, &user);
    given.map_err(|error| match error {
        host_prep::Error::Exists { path } => {
            let shown = path.display();
            format!("{shown} is the kubeconfig of another cluster, and is left alone; move it away, or leave --user out")
        }
        error => chain(&error),
    })
}

/// A regular file of UTF-8, read through the host's root.
fn text_of(host: &Host, file: &Path) -> Result<String, String> {
    let file = std::path::absolute(file).map_err(|error| error.to_string())?;
    // A FIFO or a device would be read here and be empty when kubeadm reads it.
    match host.root().kind(&file).map_err(|error| chain(&error))? {
        Some(Kind::File) => {}
        Some(_) => return Err("it is not a regular file".into()),
        None => return Err("it does not exist".into()),
    }
    let bytes = host.root().read(&file).map_err(|error| chain(&error))?.unwrap_or_default();
    String::from_utf8(bytes).map_err(|_| "it is not text".into())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "files of the test's own")]
mod tests {
    use std::os::unix::fs::symlink;

    use host_prep::fs::Root;

    use super::*;

    const FLANNEL: &str = "kind: Namespace\napiVersion: v1\n---\n---\nkind: ConfigMap\napiVersion: v1\ndata:\n  \
        net-conf.json: |\n    {\n      \"Network\": \"10.244.0.0/16\"\n    }\n";

    fn tree() -> (tempfile::TempDir, Host) {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        (dir, host)
    }

    #[test]
    fn a_manifest_is_every_document_of_it() {
        assert_eq!(is_manifest(FLANNEL), Ok(()));
        for (text, why) in [
            ("", "names no kind"),
            ("---\n", "names no kind"),
            ("# kind: x\n# apiVersion: v1\n", "names no kind"),
            ("kind: A\napiVersion: v1\n---\nkind: B\n", "names no kind"),
            ("<html>404: kind: apiVersion:</html>\n", "it is not"),
            ("kind: A\napiVersion: [v1\n", "not valid YAML"),
        ] {
            let error = is_manifest(text).unwrap_err();
            assert!(error.contains(why), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_manifest_is_a_regular_file_with_the_clusters_network() {
        let (dir, host) = tree();
        let lay = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        let of = |name: &str, subnet: &str| manifest_is_good(&host, &Path::new("/").join(name), subnet);
        lay("flannel.yml", FLANNEL);
        std::fs::create_dir(dir.path().join("dir")).unwrap();
        symlink("/nothing", dir.path().join("dangling")).unwrap();
        assert_eq!(of("flannel.yml", "10.244.0.0/16"), Ok(()));
        assert!(of("flannel.yml", "10.1.0.0/16").unwrap_err().contains("10.1.0.0/16"));
        assert_eq!(of("nothing.yml", "").unwrap_err(), "it does not exist");
        assert_eq!(of("dir", "").unwrap_err(), "it is not a regular file");
        assert!(of("dangling", "").is_err());
        std::fs::write(dir.path().join("binary"), [0xff, 0xfe]).unwrap();
        assert_eq!(of("binary", "").unwrap_err(), "it is not text");
    }

    #[test]
    fn a_join_file_is_one_that_kubeadm_takes() {
        let release = KubeadmRelease::of(&"v1.34.0".parse().unwrap()).unwrap();
        let mut facts = HostFacts::default();
        facts.host_name = "n1".into();
        let options = Options::new(release, facts);
        let pin = "5a".repeat(32);
        let good = format!(
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery:\n  bootstrapToken:\n    \
             apiServerEndpoint: 192.0.2.1:6443\n    token: abcdef.0123456789abcdef\n    caCertHashes: [\"sha256:{pin}\"]\n"
        );
        assert_eq!(is_join_configuration(&good, &options), Ok(()));
        for (from, to, why) in [
            ("192.0.2.1:6443", "192.0.2.1", "apiServerEndpoint"),
            ("abcdef.0123456789abcdef", "0123456789abcdef", "token"),
            ("abcdef.0123456789abcdef", "abcdef.0123456789abcdefg", "token"),
            ("JoinConfiguration", "InitConfiguration", "not a JoinConfiguration"),
            ("discovery:", "discovery: [", "kubeadm refuses it"),
        ] {
            let error = is_join_configuration(&good.replace(from, to), &options).unwrap_err();
            assert!(error.contains(why), "{to}: {error}");
            assert!(!error.contains("abcdef") && !error.contains("0123456789"), "{to}: {error}");
        }
    }

    #[test]
    fn a_discovery_file_names_a_server() {
        let (dir, host) = tree();
        let of = |text: &str| {
            std::fs::write(dir.path().join("d.conf"), text).unwrap();
            discovery_file_is_good(&host, Path::new("/d.conf"))
        };
        assert_eq!(of("clusters:\n- name: \"\"\n  cluster: {server: 'https://192.0.2.1:6443'}\n"), Ok(()));
        for text in ["", "clusters: []\n", "clusters:\n- cluster: {}\n", "clusters: 3\n", "a: [\n"] {
            assert!(of(text).is_err(), "{text:?}");
        }
        assert_eq!(discovery_file_is_good(&host, Path::new("/nothing")).unwrap_err(), "it does not exist");
    }

    #[test]
    fn the_clock_is_within_the_life_of_the_ca() {
        let ca = CaFile::read(include_bytes!("../../../../kubeadm-config/tests/data/ca-p256.crt")).unwrap();
        // It is valid from 2026-11-23 to 2036-11-20.
        let at = |text: &str| SystemTime::from(text.parse::<jiff::Timestamp>().unwrap());
        assert_eq!(clock(at("2027-01-01T00:00:00Z"), &ca.certificates), None);
        assert!(clock(at("2026-11-01T00:00:00Z"), &ca.certificates).unwrap().contains("set the clock"));
        assert!(clock(at("2037-01-01T00:00:00Z"), &ca.certificates).unwrap().contains("renew the CA"));
        assert!(clock(UNIX_EPOCH, &[]).unwrap().contains("before 2025"));
        assert_eq!(clock(at("2027-01-01T00:00:00Z"), &[]), None);
    }

    #[test]
    fn ports_that_are_taken_are_all_named() {
        assert_eq!(taken_of(PORTS_OF_A_NODE, |port| port == 6443), None);
        let told = taken_of(PORTS_OF_A_CONTROL_PLANE, |port| [6443, 2379].contains(&port)).unwrap();
        assert!(told.contains("port 2379, 6443,"), "{told}");
    }

    #[test]
    fn too_little_room_stops_and_little_room_is_told() {
        let mut done = Summary::default();
        assert!(space_of(NEEDED - 1, 100 << 30, &mut done).unwrap().contains("1023 MiB free"));
        assert_eq!(space_of(50 << 30, 100 << 30, &mut done), None);
        assert!(!done.text().contains("evicts"));
        assert_eq!(space_of(2 << 30, 100 << 30, &mut done), None);
        assert!(done.text().contains("98 % full"), "{}", done.text());
    }

    #[test]
    fn a_user_is_one_of_the_host() {
        let (dir, host) = tree();
        std::fs::create_dir_all(dir.path().join("etc")).unwrap();
        std::fs::write(dir.path().join("etc/passwd"), "li:x:1000:1000::/home/li:/bin/sh\n").unwrap();
        assert!(user_is_good(&host, "nosuch").unwrap_err().contains("there is no user nosuch"));
    }
}
