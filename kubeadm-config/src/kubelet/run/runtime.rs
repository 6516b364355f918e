//! Certificates, the API server's client, authorization, the runtime's socket, and the kubelet
//! itself.
//!
//! Sources: `cmd/kubelet/app/server.go` (`InitializeTLS`, `buildKubeletClientConfig`,
//! `BuildAuth`), `k8s.io/cri-client`, and `NewMainKubelet` in `pkg/kubelet/kubelet.go`. Files are
//! asked for through `Start::files`, which the caller answers: this crate opens none. A file that
//! the caller does not know (`KubeletFile::Unknown`) is never held against the configuration.

use super::{Start, one};
use crate::go::{Url, quote};
use crate::kubelet::amount;
use crate::kubelet::host::KubeletFile;
use crate::kubelet::{Fault, sysctl};

/// `cliflag.TLSVersion`: the names of the least version; nothing is Go's default.
pub(crate) const TLS_VERSIONS: [&str; 5] =
    ["", "VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13"];

/// `cliflag.TLSCipherSuites`: the names Go has.
const CIPHERS: [&str; 26] = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_RSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
];
const MORE_CIPHERS: [&str; 1] = ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"];

/// Whether Go's TLS has a cipher suite of that name.
pub(crate) fn known_cipher(name: &str) -> bool {
    CIPHERS.contains(&name) || MORE_CIPHERS.contains(&name)
}

/// Go's curves by their numbers: P-256, P-384, P-521, X25519, and the hybrid ones of Go 1.24 and
/// 1.26.
///
/// The hybrid ones are X25519MLKEM768 (4588) and its two siblings over the NIST curves.
const CURVES: [i64; 7] = [23, 24, 25, 29, 4587, 4588, 4589];

/// From here on the file of the CA is read in `run` only.
///
/// Before it the first word about a missing file is "unable to load client CA file", from here on
/// it is the bare error of [`authority_file`].
const CA_READ_LATE_SINCE: u64 = 37;

/// `InitializeTLS`: cipher suites, the least version, curves, and the file of the client CA, the
/// first that fails being told.
pub(super) fn tls(start: &Start<'_>) -> Vec<Fault> {
    let config = start.config;
    let field = "tlsCipherSuites";
    if let Some(name) = config.texts(field).into_iter().find(|name| !known_cipher(name)) {
        return one(field, format!("Cipher suite {name} not supported or doesn't exist"));
    }
    let field = "tlsMinVersion";
    let version = config.text(field);
    if !TLS_VERSIONS.contains(&version) {
        return one(field, format!("unknown tls version {}", quote(version)));
    }
    if let Some(text) = curves(start) {
        return one("tlsCurvePreferences", text);
    }
    if start.minor.number() >= CA_READ_LATE_SINCE {
        return Vec::new();
    }
    let field = "authentication.x509.clientCAFile";
    let path = config.text(field);
    let fault = |why: String| one(field, format!("unable to load client CA file {path}: {why}"));
    match (path, (start.files)(path)) {
        ("", _) => Vec::new(),
        (_, KubeletFile::Missing) => fault(format!("open {path}: no such file or directory")),
        (_, KubeletFile::Directory(_)) => fault(format!("read {path}: is a directory")),
        (_, KubeletFile::Text(text)) if !has_certificate(&text) => {
            fault(format!("error creating pool from {path}: {NO_CERTIFICATE}"))
        }
        _ => Vec::new(),
    }
}

const NO_CERTIFICATE: &str = "data does not contain any valid RSA or ECDSA certificates";

fn curves(start: &Start<'_>) -> Option<String> {
    let mut seen = Vec::new();
    for id in start.config.list("tlsCurvePreferences").iter().filter_map(serde_json::Value::as_i64) {
        if !(1..=65535).contains(&id) {
            return Some(format!("curve preference {id} is out of range (must be 1-65535)"));
        }
        if seen.contains(&id) {
            return Some(format!("duplicate curve preference {id}"));
        }
        if !CURVES.contains(&id) {
            return Some(format!("curve preference {id} is not supported by the current Go version"));
        }
        seen.push(id);
    }
    None
}

fn has_certificate(text: &[u8]) -> bool {
    crate::CaFile::read(text).is_ok_and(|file| file.pins().next().is_some())
}

/// The client of the API server, out of `--kubeconfig`.
///
/// Without `--kubeconfig` the kubelet runs alone and there is nothing to fail. With
/// `--bootstrap-kubeconfig` (what kubeadm's drop-in passes) the real kubeconfig may be missing,
/// since it is made from the bootstrap one; only without either is there a fault.
pub(super) fn client(start: &Start<'_>) -> Vec<Fault> {
    let path = start.arguments.text("kubeconfig").unwrap_or_default();
    if path.is_empty() {
        return Vec::new();
    }
    if let Some(bootstrap) = start.arguments.text("bootstrap-kubeconfig").filter(|path| !path.is_empty()) {
        return bootstrapped(start, path, bootstrap);
    }
    match (start.files)(path) {
        KubeletFile::Missing => {
            one("", format!("invalid kubeconfig: stat {path}: no such file or directory"))
        }
        KubeletFile::Text(text) => kubeconfig(path, &text),
        KubeletFile::Directory(_) | KubeletFile::Unknown => Vec::new(),
    }
}

/// The bootstrap kubeconfig is missing. That is only a fault where the real one cannot be gone on
/// with: after a `kubeadm join` kubeadm deletes the bootstrap file, so a healthy node is in
/// exactly this state.
fn bootstrapped(start: &Start<'_>, path: &str, bootstrap: &str) -> Vec<Fault> {
    match (start.files)(bootstrap) {
        KubeletFile::Missing if !has_client_certificate(start, path) => {
            let text =
                format!("unable to load bootstrap kubeconfig: stat {bootstrap}: no such file or directory");
            one("", text)
        }
        _ => Vec::new(),
    }
}

/// `isClientConfigStillValid`: a kubeconfig with a certificate is gone on with.
///
/// Only whether one is named is looked at: its validity depends on the clock, which this crate
/// does not read.
fn has_client_certificate(start: &Start<'_>, path: &str) -> bool {
    match (start.files)(path) {
        KubeletFile::Text(text) => {
            let text = String::from_utf8_lossy(&text);
            text.contains("client-certificate")
        }
        KubeletFile::Unknown => true,
        KubeletFile::Missing | KubeletFile::Directory(_) => false,
    }
}

/// A kubeconfig that is there: it has to be YAML, and the CA data of each cluster has to be PEM.
fn kubeconfig(path: &str, text: &[u8]) -> Vec<Fault> {
    let read = match crate::yaml::read(text, crate::yaml::Base::default()) {
        Ok(document) => document,
        Err(error) => {
            return one(
                "",
                format!("invalid kubeconfig: error loading config file {}: {error}", quote(path)),
            );
        }
    };
    let clusters = read.root.get("clusters").and_then(crate::yaml::Node::as_sequence).unwrap_or_default();
    let authority = |cluster: &crate::yaml::Node| {
        let data = cluster.get("cluster")?.get("certificate-authority-data")?.as_str()?.to_owned();
        decode_base64(&data)
    };
    // client-go reads the CA when the client is made, not when the file is loaded: hence the
    // words.
    let bad = clusters.iter().filter_map(authority).any(|data| !has_certificate(&data));
    if bad {
        let text = "failed to initialize kubelet client: unable to load root certificates: unable to parse bytes as PEM block";
        return one("", text);
    }
    Vec::new()
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let value = |b: u8| match b {
        b'A'..=b'Z' => Some(b - b'A'),
        b'a'..=b'z' => Some(b - b'a' + 26),
        b'0'..=b'9' => Some(b - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for b in text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=') {
        bits = bits << 6 | u32::from(value(b)?);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(out)
}

/// The file of the CA, in the minors that read it here first.
///
/// From [`CA_READ_LATE_SINCE`] on it is followed as it changes (`dynamiccertificates`), and that
/// reader has sentences of its own. A directory is passed over here.
pub(super) fn authority_file(start: &Start<'_>) -> Vec<Fault> {
    let field = "authentication.x509.clientCAFile";
    let path = start.config.text(field);
    if path.is_empty() || start.minor.number() < CA_READ_LATE_SINCE {
        return Vec::new();
    }
    let bundle = quote(&format!("client-ca-bundle::{path}"));
    match (start.files)(path) {
        KubeletFile::Missing => one(field, format!("open {path}: no such file or directory")),
        KubeletFile::Text(text) if text.is_empty() => {
            one(field, format!("missing content for CA bundle {bundle}"))
        }
        KubeletFile::Text(text) if !has_certificate(&text) => {
            one(field, format!("error loading CA bundle for {bundle}: {NO_CERTIFICATE}"))
        }
        _ => Vec::new(),
    }
}

fn standalone(start: &Start<'_>) -> bool {
    start.arguments.text("kubeconfig").unwrap_or_default().is_empty()
}

pub(super) fn authentication(start: &Start<'_>) -> Vec<Fault> {
    let field = "authentication.webhook.enabled";
    if standalone(start) && start.config.on(field) {
        return one(field, "no client provided, cannot use webhook authentication");
    }
    Vec::new()
}

/// `BuildAuthz`: `AlwaysAllow` or `Webhook`, exactly so written. The empty mode cannot come out of
/// the defaults and has its own sentence.
pub(super) fn authorization(start: &Start<'_>) -> Vec<Fault> {
    let field = "authorization.mode";
    match start.config.text(field) {
        "AlwaysAllow" => Vec::new(),
        "Webhook" if standalone(start) => one(field, "no client provided, cannot use webhook authorization"),
        "Webhook" => Vec::new(),
        "" => one(field, "no authorization mode specified"),
        other => one(field, format!("unknown authorization mode {other}")),
    }
}

/// The sockets of the runtime and of the image service. An empty `imageServiceEndpoint` is the
/// runtime's, in which case a fault is told of the runtime only.
pub(super) fn endpoints(start: &Start<'_>) -> Vec<Fault> {
    let runtime = "containerRuntimeEndpoint";
    let own = start.config.text("imageServiceEndpoint");
    let image =
        if own.is_empty() { (runtime, start.config.text(runtime)) } else { ("imageServiceEndpoint", own) };
    let faults = endpoint(start, runtime, start.config.text(runtime), "runtime");
    if faults.is_empty() { endpoint(start, image.0, image.1, "image") } else { faults }
}

fn endpoint(start: &Start<'_>, field: &str, given: &str, what: &str) -> Vec<Fault> {
    let path = match address(given) {
        Ok(path) => path,
        Err(why) => return one(field, why),
    };
    let Some(runtimes) = &start.host.runtimes else { return Vec::new() };
    if runtimes.contains(&path) {
        return Vec::new();
    }
    // connect(2): ENOENT where there is no file, ECONNREFUSED where nothing listens on it.
    let why = match (start.files)(&path) {
        KubeletFile::Text(_) => "connection refused",
        KubeletFile::Directory(_) => "connection refused",
        KubeletFile::Missing | KubeletFile::Unknown => "no such file or directory",
    };
    let text = format!(
        "validate service connection: validate CRI v1 {what} API for endpoint {}: rpc error: code = Unavailable desc = \
         connection error: desc = \"transport: Error while dialing: dial unix {path}: connect: {why}\"",
        quote(given)
    );
    one(field, text)
}

/// `GetAddressAndDialer` of cri-client: the path of a socket.
///
/// `unix:///PATH` and a bare path are the same. Of a URL with a scheme only `unix` is taken; `tcp`
/// has a sentence of its own.
fn address(given: &str) -> Result<String, String> {
    let parsed = Url::parse(given).map_err(|error| error.to_string());
    let url = match parsed {
        Ok(url) if !url.scheme.is_empty() => url,
        _ => Url::parse(&format!("unix://{given}")).map_err(|error| error.to_string())?,
    };
    match url.scheme.as_str() {
        "unix" => Ok(url.path),
        "tcp" => Err("only support unix socket endpoint".to_owned()),
        other => Err(format!("protocol {} not supported", quote(other))),
    }
}

/// User ids there are for pods: all but the first 65,536.
const USER_IDS: i64 = (1 << 32) - (1 << 16);

/// What is left once the thresholds are read: `NewMainKubelet`.
///
/// The change detection strategy, credential providers, the size of container logs, unsafe
/// sysctls, and user ids, in this order; the first that fails is told, with what `RunKubelet` puts
/// before it.
pub(super) fn create(start: &Start<'_>) -> Vec<Fault> {
    let config = start.config;
    let created = |field: &str, text: String| one(field, format!("failed to create kubelet: {text}"));
    let field = "configMapAndSecretChangeDetectionStrategy";
    let strategy = config.text(field);
    if !["Watch", "Cache", "Get"].contains(&strategy) {
        return created(field, format!("unknown configmap and secret manager mode: {strategy}"));
    }
    let faults = credential_providers(start);
    if !faults.is_empty() {
        return faults;
    }
    let field = "containerLogMaxSize";
    let size = config.text(field);
    if let Err(why) = amount::quantity(size) {
        let text = format!("failed to parse container log max size {}: {why}", quote(size));
        return created(field, format!("failed to initialize container log manager: {text}"));
    }
    let field = "allowedUnsafeSysctls";
    for pattern in config.texts(field) {
        if !sysctl::is_pattern(pattern) {
            let form = "([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*([a-z0-9][-_a-z0-9]*)?[a-z0-9*]";
            let text =
                format!("sysctl {} must have at most 253 characters and match regex {form}", quote(pattern));
            return created(field, text);
        }
        if !sysctl::is_namespaced(pattern) {
            let name = quote(&sysctl::before_star(pattern));
            return created(field, format!("the sysctls {name} are not known to be namespaced"));
        }
    }
    user_ids(start)
}

/// `RegisterCredentialProviderPlugins`: the directory first, then the file. The kubelet ends with a
/// line of its log.
///
/// Both flags have to be set for plugins to work. The sentence is the klog line as it stands in
/// the journal, quotes included, because the kubelet exits without returning the error.
fn credential_providers(start: &Start<'_>) -> Vec<Fault> {
    let given = |name| start.arguments.text(name).unwrap_or_default();
    let (file, directory) =
        (given("image-credential-provider-config"), given("image-credential-provider-bin-dir"));
    if file.is_empty() && directory.is_empty() {
        return Vec::new();
    }
    let missing = |path: &str| path.is_empty() || (start.files)(path) == KubeletFile::Missing;
    let (flag, why) = if missing(directory) {
        ("image-credential-provider-bin-dir", format!("plugin binary directory {directory} did not exist"))
    } else if missing(file) {
        let why = format!("unable to access path {}: stat {file}: no such file or directory", quote(file));
        ("image-credential-provider-config", why)
    } else {
        return Vec::new();
    };
    one(flag, format!("\"Failed to register CRI auth plugins\" err={}", quote(&why)))
}

/// The first minor with a manager of user ids that looks at them all.
const USER_IDS_SINCE: u64 = 30;

/// `userNamespaces.idsPerPod` (65,536 where nothing is said) has to divide 65,536 and leave room
/// for `maxPods` pods.
fn user_ids(start: &Start<'_>) -> Vec<Fault> {
    let config = start.config;
    let each = config.int("userNamespaces.idsPerPod");
    let each = if each == 0 { 1 << 16 } else { each };
    let pods = config.int("maxPods");
    if start.minor.number() < USER_IDS_SINCE {
        return Vec::new();
    }
    let why = if (1 << 16) % each != 0 {
        format!("kubelet user assigned ID 65536 is not a multiple of {each}")
    } else if USER_IDS / each < pods {
        format!("kubelet user assigned IDs are not enough to support {pods} pods")
    } else {
        return Vec::new();
    };
    one("maxPods", format!("failed to create kubelet: create user namespace manager: {why}"))
}
