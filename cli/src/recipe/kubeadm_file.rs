//! kubeadm's own documents that a spec brings along: checked, and what they say that the spec has
//! fields for.

use std::fmt::{self, Display};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::str::FromStr;

use kubeadm_config::check::{Remark, Severity};
use kubeadm_config::like_kubeadm::Options;
use kubeadm_config::yaml::{self, Node, SplitRules};
use kubeadm_config::{Asked, BootstrapToken, Circumstances, Code, HostFacts, KubeadmRelease};

use crate::masked::{Secrets, check};

use super::spec::{Join, KubeadmDocuments, KubeadmFile, NodeSpec, Role};

const INIT: &str = "InitConfiguration";
const CLUSTER: &str = "ClusterConfiguration";
const JOIN: &str = "JoinConfiguration";
const KUBELET: &str = "KubeletConfiguration";

/// What `kubeadm init` reads of a file; `kubeadm join` reads the JoinConfiguration alone.
const OF_INIT: [&str; 4] = [INIT, CLUSTER, KUBELET, "KubeProxyConfiguration"];

/// How files are read that a spec names.
pub(super) type ReadFile<'a> = &'a dyn Fn(&Path) -> io::Result<Vec<u8>>;

/// Takes the documents into the spec: `said` is a path, or the documents themselves where it has
/// more than one line.
///
/// What the spec has a field for and leaves open is what they say, so that CRI-O, the firewall and
/// proxies are told the same.
///
/// # Errors
/// Everything that is wrong with them, as `k8sprep check-config` says it, and what contradicts the
/// spec.
pub(super) fn bring(spec: &mut NodeSpec, said: &str, read: ReadFile<'_>) -> Result<(), Vec<String>> {
    let (name, bytes) = if said.contains('\n') {
        ("the documents".to_owned(), said.as_bytes().to_vec())
    } else {
        let bytes = read(Path::new(said)).map_err(|error| vec![format!("cannot read {said}: {error}")])?;
        (said.to_owned(), bytes)
    };
    if spec.kubeadm == KubeadmDocuments::Leave {
        return Err(vec!["no documents are written with `kubeadm: leave`; leave one of the two out".into()]);
    }
    checked(spec, &name, &bytes)?;
    let text = String::from_utf8(bytes).map_err(|error| vec![format!("{name} is not UTF-8: {error}")])?;
    let file = KubeadmFile::new(&text);
    let mut asked = Asked::new(release(spec).map_err(|error| vec![error])?);
    asked.read(text.as_bytes()).map_err(|report| {
        let said = Secrets::of(text.as_bytes()).hide(&report.to_string());
        vec![format!("{name}: {said}")]
    })?;
    let mut filling = Filling { asked: &asked, problems: Vec::new() };
    filling.fill(spec, &file, text.as_bytes());
    let problems: Vec<String> = filling.problems.iter().map(|problem| format!("{name}: {problem}")).collect();
    spec.kubeadm_config = Some(file);
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The documents that the spec brings along, said first.
pub(super) fn brought(spec: &NodeSpec, asked: &mut Asked) -> Result<(), String> {
    let Some(documents) = documents_for(spec) else { return Ok(()) };
    asked.read(&documents).map_err(|report| Secrets::of(&documents).hide(&report.to_string()))
}

/// The documents of the file that are for this node's command.
fn documents_for(spec: &NodeSpec) -> Option<Vec<u8>> {
    let file = spec.kubeadm_config.as_ref()?;
    let kinds = if spec.joins() { &[JOIN][..] } else { &OF_INIT };
    let texts: Vec<String> = documents(file.text().as_bytes())
        .into_iter()
        .filter(|(kind, _, _)| kinds.contains(&kind.as_str()))
        .map(|(_, text, _)| text)
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n---\n").into_bytes())
}

/// The bootstrap token of a file that was written before, so that a second plan wants the same one.
#[must_use]
pub fn token_in(file: &[u8]) -> Option<BootstrapToken> {
    documents(file).iter().find_map(|(_, _, root)| {
        let token = root.get("bootstrapTokens")?.as_sequence()?.first()?;
        token.get("token")?.as_str()?.parse().ok()
    })
}

/// The release whose rules judge the documents.
fn release(spec: &NodeSpec) -> Result<KubeadmRelease, String> {
    KubeadmRelease::nearest(&spec.kubernetes_version).map_err(|error| error.to_string())
}

/// What `check-config` of a release calls an error in documents for whatever host.
pub(crate) fn refused(bytes: &[u8], release: KubeadmRelease) -> Vec<Remark> {
    judged(bytes, release).into_iter().filter(|remark| remark.severity == Severity::Error).collect()
}

/// Whether it is something that Pods or nodes would not come up with, though nothing refuses it. What
/// was left out on purpose needs no word.
pub(crate) fn keeps_nodes_down(remark: &Remark) -> bool {
    matches!(
        remark.code,
        Code::MasterLabel
            | Code::RoleLabelOutdated
            | Code::CgroupDriverUnset
            | Code::CgroupDriverMismatch
            | Code::FamiliesDiffer
            | Code::NodeIpMissing
            | Code::PodSubnetOverlap
            | Code::AddressInSubnet
            | Code::AddressNotOnHost
    )
}

/// What `check-config` of a release says of documents for whatever host. A secret that is not valid is
/// nearly one that is: it is not repeated.
pub(super) fn judged(bytes: &[u8], release: KubeadmRelease) -> Vec<Remark> {
    let mut host = HostFacts::default();
    // Whatever host it is for: RFC 5737, RFC 3849. Nothing of it is kept.
    host.host_name = "node".to_owned();
    host.ipv4_route_address = Some(Ipv4Addr::new(192, 0, 2, 1));
    host.ipv6_route_address = Some(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));
    host.addresses_stand_in = true;
    host.random_tokens.extend("abcdef.0123456789abcdef".parse().ok());
    // A kubeconfig to discover the cluster by may be brought to the node later.
    let discovery =
        |root: &Node| root.get("discovery")?.get("file")?.get("kubeConfigPath")?.as_str().map(str::to_owned);
    host.existing_files.extend(documents(bytes).iter().filter_map(|(_, _, root)| discovery(root)));
    check(bytes, &Options::new(release, host), &Circumstances::default()).remarks
}

/// As errors of the spec.
fn checked(spec: &NodeSpec, name: &str, bytes: &[u8]) -> Result<(), Vec<String>> {
    let errors: Vec<String> = refused(bytes, release(spec).map_err(|error| vec![error])?)
        .iter()
        .map(|remark| {
            let place = remark.line.map(|line| format!(":{line}")).unwrap_or_default();
            // Lines to write are shown on one.
            let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            let help = remark.help.as_ref().map(|help| format!("; {}", one_line(&help.text)));
            let help = help.unwrap_or_default();
            format!("{name}{place}: {remark}{help}")
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Kind, text and value of every document that is YAML and says its kind.
pub(crate) fn documents(file: &[u8]) -> Vec<(String, String, Node)> {
    let split = yaml::split(file, &SplitRules::default()).unwrap_or_default();
    let read = |document: &yaml::RawDocument<'_>| {
        let root = yaml::read(&document.text, document.base()).ok()?.root;
        let kind = root.get("kind")?.as_str()?.to_owned();
        Some((kind, String::from_utf8_lossy(&document.text).into_owned(), root))
    };
    split.iter().filter_map(read).collect()
}

/// What the documents say, field by field.
struct Filling<'a> {
    asked: &'a Asked,
    problems: Vec<String>,
}

impl Filling<'_> {
    /// Each field that both know; what the documents have beyond that is left in them.
    fn fill(&mut self, spec: &mut NodeSpec, file: &KubeadmFile, bytes: &[u8]) {
        let version = self.asked.text(CLUSTER, "kubernetesVersion");
        if let Some(other) = version.filter(|version| *version != spec.kubernetes_version.to_string()) {
            let own = spec.kubernetes_version.to_string();
            self.problems.push(contradiction("kubernetesVersion", other, &own));
        }
        self.one(&mut spec.networking.pod_subnet, "networking.podSubnet", (CLUSTER, "networking.podSubnet"));
        let services = (CLUSTER, "networking.serviceSubnet");
        self.one(&mut spec.networking.service_subnet, "networking.serviceSubnet", services);
        self.one(&mut spec.networking.dns_domain, "networking.dnsDomain", (CLUSTER, "networking.dnsDomain"));
        self.one(&mut spec.image_repository, "imageRepository", (CLUSTER, "imageRepository"));
        self.one(&mut spec.control_plane_endpoint, "controlPlaneEndpoint", (CLUSTER, "controlPlaneEndpoint"));
        self.one(&mut spec.cluster_name, "clusterName", (CLUSTER, "clusterName"));
        self.one(&mut spec.cgroup_driver, "cgroupDriver", (KUBELET, "cgroupDriver"));
        let all = documents(file.text().as_bytes());
        let join = all.iter().find(|(kind, _, _)| kind == JOIN).map(|(_, _, root)| root);
        let others = all.iter().any(|(kind, _, _)| kind == INIT || kind == CLUSTER);
        match join {
            Some(join) if spec.joins() || !others => self.join(spec, join),
            _ if spec.joins() => {
                let what = format!("it has no {JOIN}, and the spec asks for a node that joins");
                self.problems.push(what);
            }
            _ => self.init(spec, bytes),
        }
    }

    /// An InitConfiguration's own.
    fn init(&mut self, spec: &mut NodeSpec, bytes: &[u8]) {
        self.node(spec, INIT, "localAPIEndpoint.advertiseAddress");
        if let Some(token) = token_in(bytes) {
            self.secret_value(&mut spec.token, "token", token);
        }
    }

    /// What Init- and JoinConfiguration have alike.
    fn node(&mut self, spec: &mut NodeSpec, kind: &str, address: &str) {
        self.one(&mut spec.node_name, "nodeName", (kind, "nodeRegistration.name"));
        self.one(&mut spec.cri_socket, "criSocket", (kind, "nodeRegistration.criSocket"));
        self.one(&mut spec.advertise_address, "advertiseAddress", (kind, address));
    }

    /// A JoinConfiguration's own. Whether it is that of a control plane has to fit the role.
    fn join(&mut self, spec: &mut NodeSpec, document: &Node) {
        let further = document.get("controlPlane").is_some_and(|node| !node.is_null());
        if further != (spec.role == Role::ControlPlane) {
            let what = if further { "one more control plane" } else { "a worker" };
            let role = spec.role;
            self.problems.push(format!("its {JOIN} is that of {what}, and the spec says role: {role}"));
        }
        self.node(spec, JOIN, "controlPlane.localAPIEndpoint.advertiseAddress");
        let mut join = spec.join.take().unwrap_or_default();
        let endpoint = (JOIN, "discovery.bootstrapToken.apiServerEndpoint");
        self.one(&mut join.api_server_endpoint, "join.apiServerEndpoint", endpoint);
        self.one(&mut join.discovery_file, "join.discoveryFile", (JOIN, "discovery.file.kubeConfigPath"));
        self.secret(&mut join.token, "join.token", (JOIN, "discovery.bootstrapToken.token"));
        self.secret(&mut join.token, "join.token", (JOIN, "discovery.tlsBootstrapToken"));
        self.secret(&mut join.certificate_key, "join.certificateKey", (JOIN, "controlPlane.certificateKey"));
        self.hashes(&mut join, document);
        spec.join = Some(join);
    }

    /// Compared as a list: one more hash is another trust.
    fn hashes(&mut self, join: &mut Join, document: &Node) {
        let hashes = document
            .get("discovery")
            .and_then(|node| node.get("bootstrapToken"))
            .and_then(|node| node.get("caCertHashes"))
            .and_then(Node::as_sequence);
        let hashes = hashes.into_iter().flatten().filter_map(Node::as_str);
        let hashes: Vec<_> = hashes.filter_map(|hash| hash.parse().ok()).collect();
        if join.ca_cert_hashes.is_empty() {
            join.ca_cert_hashes = hashes;
        } else if !hashes.is_empty() && hashes != join.ca_cert_hashes {
            self.problems.push("join.caCertHashes are others here and in the spec".to_owned());
        }
    }

    /// One field of the spec by what a document says.
    fn one<T>(&mut self, slot: &mut Option<T>, field: &str, (kind, path): (&str, &str))
    where
        T: FromStr<Err: Display> + Display + PartialEq,
    {
        let Some(text) = self.asked.text(kind, path).filter(|text| !text.is_empty()) else { return };
        match text.parse() {
            Ok(value) => self.value(slot, field, value),
            Err(error) => self.problems.push(format!("{path}: {error}")),
        }
    }

    /// The spec's own value counts; a different one is a problem that shows both.
    fn value<T: Display + PartialEq>(&mut self, slot: &mut Option<T>, field: &str, value: T) {
        match slot {
            Some(own) if *own != value => {
                self.problems.push(contradiction(field, &value.to_string(), &own.to_string()));
            }
            _ => *slot = Some(value),
        }
    }

    /// The same of what is not shown.
    fn secret<T: FromStr + PartialEq>(&mut self, slot: &mut Option<T>, field: &str, at: (&str, &str)) {
        let said: Option<T> = self.asked.text(at.0, at.1).and_then(|text| text.parse().ok());
        if let Some(value) = said {
            self.secret_value(slot, field, value);
        }
    }

    /// A contradiction of secrets names the field only.
    fn secret_value<T: PartialEq>(&mut self, slot: &mut Option<T>, field: &str, value: T) {
        match slot {
            Some(own) if *own != value => {
                self.problems.push(contradiction(field, "(not shown)", "(not shown)"));
            }
            _ => *slot = Some(value),
        }
    }
}

fn contradiction(field: &str, there: &str, here: &str) -> String {
    format!("it says {there} for {field}, and the spec says {here}; give one of the two, or both alike")
}

impl fmt::Display for KubeadmFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_an_earlier_file_is_found() {
        let file = b"kind: ClusterConfiguration\n---\nkind: InitConfiguration\nbootstrapTokens:\n- token: abcdef.0123456789abcdef\n";
        assert_eq!(token_in(file).unwrap().to_string(), "abcdef.0123456789abcdef");
        assert!(token_in(b"a: [").is_none());
    }
}
