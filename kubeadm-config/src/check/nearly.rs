//! What a file is that is taken for kubeadm's and is not: one sentence says more than the words of
//! a decoder.
//!
//! Asked only where kubeadm would find nothing of its own or could not read the file, so that a
//! real document is never called something else. In this order: first bytes, emptiness, UTF-16
//! without a mark, keys of a document, words of a text.

use super::help::Help;
use crate::code::Code;
use crate::yaml::{self, Data, Node, SplitRules};

/// Files that are told by their first bytes.
// Magic numbers: RFC 1952 (gzip), APPNOTE.TXT of PKWARE (zip), the .xz file format, RFC 8878
// (Zstandard), elf(5), RFC 7468 (PEM), and byte order marks of UTF-16.
const BEGINNINGS: &[(&[u8], Code, &str)] = &[
    (b"\x1f\x8b", Code::GzipFile, "this is a gzip file: unpack it with `gunzip` first"),
    (b"PK\x03\x04", Code::ZipFile, "this is a zip archive: unpack it first"),
    (b"\xfd7zXZ", Code::XzFile, "this is an xz file: unpack it with `unxz` first"),
    (b"(\xb5\x2f\xfd", Code::ZstdFile, "this is a zstd file: unpack it with `unzstd` first"),
    (b"\x7fELF", Code::ProgramFile, "this is a program, not a text file"),
    (b"\xff\xfe", Code::Utf16File, UTF_16),
    (b"\xfe\xff", Code::Utf16File, UTF_16),
    (
        b"-----BEGIN",
        Code::PemFile,
        "this is a PEM file, a certificate or key: `k8sprep ca-hash` prints the pin of a CA",
    ),
    (b"#!/", Code::ScriptFile, "this is a script, not a kubeadm file"),
    (
        b"#cloud-config",
        Code::CloudConfigFile,
        "this is a cloud-init file: a kubeadm file may stand in one of its write_files",
    ),
    (b"<!DOCTYPE", Code::HtmlFile, "this is a web page: fetch the raw file instead"),
    (b"<html", Code::HtmlFile, "this is a web page: fetch the raw file instead"),
];

const UTF_16: &str = "this is UTF-16 text: write it as UTF-8, such as with `iconv -f UTF-16 -t UTF-8`";

/// Objects that are told by the group of their `apiVersion`.
// `apiVersion` up to the slash; each is the group of the tool's own API, as its documentation
// writes it.
const GROUPS: &[(&str, Code, &str)] = &[
    (
        "kind.x-k8s.io",
        Code::KindFile,
        "this is a kind cluster configuration, for `kind create cluster --config`; kubeadm's documents stand in its \
         kubeadmConfigPatches",
    ),
    (
        "k3d.io",
        Code::K3dFile,
        "this is a k3d configuration, for `k3d cluster create --config`, not a kubeadm file",
    ),
    ("k0s.k0sproject.io", Code::K0sFile, "this is a k0s configuration, not a kubeadm file"),
    ("k0sctl.k0sproject.io", Code::K0sFile, "this is a k0sctl configuration, not a kubeadm file"),
    ("kops.k8s.io", Code::KopsFile, "this is a kOps object, not a kubeadm file"),
    ("eksctl.io", Code::EksctlFile, "this is an eksctl configuration, not a kubeadm file"),
    (
        "kubekey.kubesphere.io",
        Code::KubekeyFile,
        "this is a KubeKey configuration, for `kk create cluster -f`, not a kubeadm file",
    ),
    ("apps.sealos.io", Code::SealosFile, "this is a sealos Clusterfile, not a kubeadm file"),
    ("kubeone.k8c.io", Code::KubeoneFile, "this is a KubeOne configuration, not a kubeadm file"),
    (
        "bootstrap.cluster.x-k8s.io",
        Code::ClusterApiFile,
        "this is a Cluster API object, for `kubectl apply`; kubeadm's documents stand in its spec, under \
         clusterConfiguration, initConfiguration and joinConfiguration",
    ),
    (
        "controlplane.cluster.x-k8s.io",
        Code::ClusterApiFile,
        "this is a Cluster API object, for `kubectl apply`; kubeadm's documents stand in its spec.kubeadmConfigSpec",
    ),
    (
        "cluster.x-k8s.io",
        Code::ClusterApiFile,
        "this is a Cluster API object, for `kubectl apply`, not a kubeadm file",
    ),
    ("helm.cattle.io", Code::HelmFile, "this is an object of k3s' Helm controller, not a kubeadm file"),
];

/// Keys that tell a file without `apiVersion`: one of them is enough.
// They are asked for only where `apiVersion` and `kind` are missing, so a key may be one that
// kubeadm's documents have too.
const KEYS: &[(&[&str], Code, &str)] = &[
    (
        &[
            "write-kubeconfig-mode",
            "tls-san",
            "cluster-init",
            "node-label",
            "node-taint",
            "flannel-backend",
            "disable-agent",
        ],
        Code::K3sFile,
        "this is a k3s or RKE2 config.yaml, of flags of its server or agent, not a kubeadm file",
    ),
    (
        &[
            "replicaCount",
            "nameOverride",
            "fullnameOverride",
            "imagePullSecrets",
            "podAnnotations",
            "serviceAccount",
        ],
        Code::HelmValuesFile,
        "this is a Helm values file: only `helm template` makes documents of it",
    ),
    (
        &["role", "podSubnet", "crioVersion", "registryMirrors", "packageMirror", "kubernetesVersion"],
        Code::NodeSpecFile,
        "this is a k8sprep spec of a node: check it with `k8sprep plan -f FILE`",
    ),
    (
        &["KicBaseImage", "MinikubeISO", "KubernetesConfig"],
        Code::MinikubeFile,
        "this is a profile of minikube (config.json), which makes kubeadm's documents itself: they are in the machine, \
         /var/tmp/minikube/kubeadm.yaml",
    ),
    (
        &["services", "cluster_name", "kubernetes_version"],
        Code::RkeFile,
        "this is a file of RKE or Docker Compose, not a kubeadm file",
    ),
    (&["hosts", "tasks", "roles"], Code::AnsibleFile, "this is an Ansible playbook, not a kubeadm file"),
    (
        &["write_files", "runcmd"],
        Code::CloudConfigFile,
        "this is a cloud-init file: a kubeadm file may stand in one of its write_files",
    ),
];

/// What the file is, where that is plain.
pub(super) fn of(file: &[u8]) -> Option<Help> {
    let help = |code, text: &str| Help { code, text: text.to_owned() };
    // A byte order mark and blanks would hide the first word of a script or a page.
    let bare = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file).trim_ascii_start();
    if let Some((_, code, text)) = BEGINNINGS.iter().find(|(head, ..)| bare.starts_with(head)) {
        return Some(help(*code, text));
    }
    let mut lines = bare.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    if bare.is_empty() {
        return Some(help(
            Code::NoKubeadmDocument,
            "the file is empty; `k8sprep gen-config` prints a document",
        ));
    }
    if lines.all(|line| line.is_empty() || line.starts_with(b"#")) {
        return Some(help(
            Code::NoKubeadmDocument,
            "there is no kubeadm document in it, only comments and empty lines",
        ));
    }
    if zeros_between(file) {
        return Some(help(Code::Utf16File, UTF_16));
    }
    // By our own rules of splitting, since kubeadm's may have failed on this very file.
    let documents = yaml::split(file, &SplitRules::default()).unwrap_or_default();
    let read = documents.iter().filter_map(|raw| yaml::read_yaml(&raw.text, raw.base()).ok());
    read.filter_map(|document| of_document(&document.root)).next().or_else(|| of_text(bare))
}

/// UTF-16 without its mark: every other byte of a plain text is zero.
fn zeros_between(file: &[u8]) -> bool {
    let head = &file[..file.len().min(64)];
    let zeros = |first: usize| head.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    head.len() >= 8 && (zeros(0) == head.len().div_ceil(2) || zeros(1) == head.len() / 2)
}

/// By `apiVersion` and `kind` first, which say it certainly, then by keys.
fn of_document(root: &Node) -> Option<Help> {
    let help = |code, text: &str| Some(Help { code, text: text.to_owned() });
    let text = |key: &str| root.get(key).and_then(Node::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    if let Some((_, code, text)) = GROUPS.iter().find(|(known, ..)| *known == group) {
        return help(*code, text);
    }
    let has = |key: &str| root.get(key).is_some();
    if let Some(help) = of_type(api_version, kind, root) {
        return Some(help);
    }
    // `kind: ClusterConfiguration` with `apiVersion: v1beta4`: the group was forgotten.
    if group.is_empty() && is_ours(kind) {
        let version = if version.is_empty() { "v1beta4" } else { version };
        return Some(Help {
            code: Code::ApiVersion,
            text: format!("write apiVersion: kubeadm.k8s.io/{version} for a {kind}"),
        });
    }
    // v1alpha1 and v1alpha2, which split into InitConfiguration, ClusterConfiguration and
    // JoinConfiguration with v1alpha3 (1.12).
    if matches!(kind, "MasterConfiguration" | "NodeConfiguration") {
        return help(
            Code::ApiTooOld,
            "this is an API of kubeadm 1.12 and older, which `k8sprep migrate-config` does not read; write it anew with `k8sprep gen-config`",
        );
    }
    if !kind.is_empty()
        && group != "kubeadm.k8s.io"
        && !crate::wire::group_is_component(group)
        && !api_version.is_empty()
    {
        return Some(Help {
            code: Code::KubernetesObject,
            text: format!("a {kind} is a Kubernetes object, for `kubectl apply`, not a kubeadm document"),
        });
    }
    let Data::Mapping(_) = root.data else { return None };
    if api_version.starts_with("k8sprep/") {
        return help(Code::NodeSpecFile, KEYS[2].2);
    }
    // Talos' v1alpha1 has both at the top level, and no kind.
    if has("machine") && has("cluster") {
        return help(Code::TalosFile, "this is a Talos machine configuration, not a kubeadm file");
    }
    let none = api_version.is_empty() && kind.is_empty();
    let (_, code, text) = KEYS.iter().find(|(keys, ..)| none && keys.iter().any(|key| has(key)))?;
    help(*code, text)
}

/// A file whose own `apiVersion` and `kind` say what it is.
fn of_type(api_version: &str, kind: &str, root: &Node) -> Option<Help> {
    let (code, text) = match (api_version, kind) {
        ("v1", "Config") | ("", "Config") => (
            Code::KubeconfigFile,
            "this is a kubeconfig, for `kubectl --kubeconfig`; kubeadm writes such files itself",
        ),
        ("v1", "ConfigMap") => return Some(config_map(root)),
        ("v1", "List") => (
            Code::KubernetesObject,
            "this is a list of Kubernetes objects, for `kubectl apply`, not a kubeadm file",
        ),
        ("v2" | "v1", "") if root.get("name").is_some() && root.get("version").is_some() => {
            (Code::HelmChartFile, "this is the Chart.yaml of a Helm chart, not a kubeadm file")
        }
        _ => return None,
    };
    Some(Help { code, text: text.to_owned() })
}

/// Kinds that any release of kubeadm has had in its tables.
fn is_ours(kind: &str) -> bool {
    crate::wire::kinds().any(|known| known.kubeadm_version().is_some() && known.kind == kind)
}

/// `kubectl get configmap -o yaml` wraps the document that is wanted; the help says how to get it
/// out.
fn config_map(root: &Node) -> Help {
    let inner = root.get("data").and_then(|data| data.get("ClusterConfiguration")).is_some();
    let text = if inner {
        "this is the ConfigMap kubeadm-config; its document: `kubectl -n kube-system get configmap kubeadm-config -o \
         jsonpath='{.data.ClusterConfiguration}'`"
    } else {
        "a ConfigMap is a Kubernetes object, for `kubectl apply`, not a kubeadm document"
    };
    Help { code: Code::ConfigMapFile, text: text.to_owned() }
}

/// What is no YAML at all, or only by chance.
fn of_text(bare: &[u8]) -> Option<Help> {
    let text = std::str::from_utf8(bare).ok()?;
    let help = |code, text: &str| Some(Help { code, text: text.to_owned() });
    // Go templates and Jinja; a YAML flow map in a flow map (`{{a: b}: c}`) is written by nobody.
    if text.contains("{{") && text.contains("}}") || text.contains("{%") {
        return help(Code::TemplateFile, "this is a template (`{{ }}`): check what is made of it");
    }
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with(['#', ';']))?;
    if first.starts_with("kubeadm ") || first.contains("kubeadm join ") {
        return help(
            Code::KubeadmCommand,
            "this is a kubeadm command line: `k8sprep gen-config --join` makes a document of what it says",
        );
    }
    if first.starts_with("[crio") {
        return help(Code::CrioFile, "this is CRI-O's configuration: `k8sprep crio check` checks it");
    }
    let section = |name: &str| first == format!("[{name}]");
    if ["Unit", "Service", "Install"].into_iter().any(section) {
        return help(Code::UnitFile, "this is a systemd unit or drop-in, not a kubeadm file");
    }
    if first.starts_with('[') && first.ends_with(']') && text.contains('=') {
        return help(Code::IniFile, "this is a TOML or INI file, not a kubeadm file");
    }
    None
}
