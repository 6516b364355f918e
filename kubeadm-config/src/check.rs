//! All that is to be said of a file at once: everything kubeadm would refuse or warn of, each with
//! its place.
//!
//! ```
//! use kubeadm_config::{Circumstances, HostFacts, check, like_kubeadm::Options};
//!
//! let file = b"apiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\ncolour: red\nforce: 1\n";
//! let options = Options::new("v1.34.0".parse()?, HostFacts::default());
//! let checked = check::check(file, &options, &Circumstances::default());
//! assert!(!checked.accepted);
//! assert_eq!(checked.remarks.len(), 2);
//! assert_eq!((checked.remarks[0].line, checked.remarks[0].field.as_str()), (Some(3), "colour"));
//! # Ok::<(), kubeadm_config::Error>(())
//! ```

mod components;
mod help;
mod nearly;
mod remark;
mod this_host;

use std::collections::HashSet;

use serde_json::{Map, Value};

pub use self::components::{of_init, of_join};
pub use self::help::Help;
pub use self::remark::{Remark, Severity};
use crate::advice::{self, Advice, Circumstances, moved_field};
use crate::code::Code;
use crate::convert;
use crate::decode::{DecodeProblemKind, Order, decode};
use crate::defaults::dynamic::{Dynamic, SocketSearch};
use crate::defaults::fixed;
use crate::kubelet::{Kubelet, Stage};
use crate::like_kubeadm::{self, Options};
use crate::message::Warning;
use crate::model::{ClusterConfiguration, InitConfiguration};
use crate::recognise::{Recognised, Survey};
use crate::report::Problem;
use crate::validate;
use crate::wire;
use crate::yaml::{Node, Span};

/// What was found in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked {
    /// Whether the file is well: that kubeadm reads it and nothing in it stops what kubeadm starts.
    /// There is no remark of [`Severity::Error`] then.
    pub accepted: bool,
    /// Whether `kubeadm config validate` of that release ends with 0, which it does for files that
    /// hold nothing of kubeadm, too.
    pub validates: bool,
    /// Everything found, in the order of the file's documents.
    pub remarks: Vec<Remark>,
}

impl Checked {
    /// What stops the file, in the order of its documents.
    pub fn errors(&self) -> impl Iterator<Item = &Remark> {
        self.remarks.iter().filter(|remark| remark.severity == Severity::Error)
    }
}

/// Checks a file as the named release would, goes on where that one stops, and adds help and
/// advice. Advice never decides whether the file is accepted.
#[must_use]
pub fn check(file: &[u8], options: &Options, circumstances: &Circumstances) -> Checked {
    let survey = Survey::of(file, &options.release);
    let answer = like_kubeadm::validate_recognised(survey.recognised(), options);
    let validates = answer.exit == 0;
    let failures = survey.failures.iter().cloned().chain(survey.repeated());
    let mut remarks: Vec<_> = failures
        .map(|failure| Remark::refused(&failure.text).at(failure.span).beyond(failure.too_large))
        .collect();
    let documents: Vec<_> = survey
        .documents
        .iter()
        .map(|document| decoded(document, options, file, validates, &mut remarks))
        .collect();
    let whole = survey.failures.is_empty() && !any_error(&remarks);
    // What could not be decoded counts as not given, so that the rest is still checked.
    validated(&documents, options, circumstances, whole, &mut remarks);
    let kubeadms_own = answer.error.lines().next().unwrap_or_default().trim_start_matches("error: ");
    if !validates && !any_error(&remarks) {
        remarks.push(Remark::refused(kubeadms_own));
    }
    kubelets(&documents, options, &mut remarks);
    warned(&answer.warnings, &survey, &mut remarks);
    about_the_whole(file, &survey, &mut remarks);
    let accepted = validates && !any_error(&remarks);
    Checked { accepted, validates, remarks }
}

/// What kubeadm warns of and was not told yet. A check asks no network, so that nothing is said of
/// what a look-up of the newest version would have come to.
fn warned(warnings: &[Warning], survey: &Survey<'_>, remarks: &mut Vec<Remark>) {
    const OF_NETWORK: [&str; 2] =
        ["could not fetch a Kubernetes version", "falling back to the local client version"];
    for warning in warnings {
        let text = warning.text();
        let known = remarks.iter().any(|remark| text.contains(&remark.text));
        if known || OF_NETWORK.iter().any(|start| text.starts_with(start)) {
            continue;
        }
        let remark = Remark::warned(text);
        remarks.push(match text.contains("\"criSocket\"").then(|| socket_in(survey)).flatten() {
            Some((path, socket, span)) => {
                let help = format!("write {path}: \"unix://{socket}\"");
                Remark { field: path.to_owned(), ..remark }.at(Some(span)).help(Code::KubeadmWarning, help)
            }
            None => remark,
        });
    }
}

/// The first socket of a file that has no scheme: its field, its path and its place.
fn socket_in<'a>(survey: &'a Survey<'_>) -> Option<(&'static str, &'a str, Span)> {
    survey.documents.iter().find_map(|document| {
        ["nodeRegistration.criSocket", "criSocket"].into_iter().find_map(|path| {
            let node = document.document.node(path)?;
            let socket = node.as_str().filter(|socket| socket.starts_with('/'))?;
            Some((path, socket, node.span))
        })
    })
}

fn any_error(remarks: &[Remark]) -> bool {
    remarks.iter().any(|remark| remark.severity == Severity::Error)
}

/// What is to be said of a file that is not kubeadm's, or holds nothing for it.
fn about_the_whole(file: &[u8], survey: &Survey<'_>, remarks: &mut Vec<Remark>) {
    let ours = |document: &Recognised<'_>| document.gvk.group == "kubeadm.k8s.io";
    let lost = remarks.iter().any(|remark| remark.code == Code::MissingSeparator);
    if survey.failures.is_empty() && !lost && !survey.documents.iter().any(ours) {
        let text = "there is no kubeadm document in it: kubeadm has nothing to read";
        let help = "put a ClusterConfiguration, InitConfiguration or JoinConfiguration into it";
        let nearly = nearly::of(file);
        let remark = Remark::error(Code::NoKubeadmDocument, "", text).help(Code::NoKubeadmDocument, help);
        remarks.push(Remark { help: nearly.or(remark.help.clone()), ..remark });
        return;
    }
    let unread = |remark: &&mut Remark| {
        matches!(remark.code, Code::Refused | Code::UnknownKind) && remark.help.is_none()
    };
    let mut unread: Vec<_> = remarks.iter_mut().filter(unread).collect();
    if unread.is_empty() {
        return;
    }
    let lines: Vec<&str> = std::str::from_utf8(file).map(|text| text.lines().collect()).unwrap_or_default();
    for remark in &mut unread {
        remark.help = help::on_syntax(&lines, remark);
    }
    if let Some(first) = unread.iter_mut().find(|remark| remark.help.is_none()) {
        first.help = nearly::of(file);
    }
}

/// A document with what of it could be decoded, if its kind is known.
struct Decoded<'a> {
    document: &'a Recognised<'a>,
    content: Option<Map<String, Value>>,
}

fn decoded<'a>(
    document: &'a Recognised<'a>,
    options: &Options,
    file: &[u8],
    validates: bool,
    remarks: &mut Vec<Remark>,
) -> Decoded<'a> {
    let gvk = &document.gvk;
    let root = &document.document.root;
    let Some(kind) = wire::find(gvk, &options.release) else {
        let text = format!("{gvk} is not known to kubeadm {}", options.release.version());
        let remark = Remark::error(Code::UnknownKind, "", text).of(&gvk.kind).at(Some(root.span));
        remarks.push(Remark { help: help::on_kind(gvk, &options.release), ..remark });
        return Decoded { document, content: None };
    };
    let found = decode(root, kind, options.release.minor(), Order::Sorted);
    let mut findings = found.unknown;
    findings.extend(found.wrong);
    let paths = document.document.duplicate_paths();
    for (duplicate, path) in document.document.duplicates.iter().zip(paths) {
        findings.push(crate::DecodeProblem {
            kind: DecodeProblemKind::DuplicateKey,
            path,
            span: duplicate.key_span,
            text: format!("key {} already set in map", duplicate.key),
        });
    }
    findings.sort_by_key(|finding| finding.span.start);
    let first = remarks.len();
    for finding in findings {
        let moved = moved_field(gvk, &finding.path).map(|field| field.advice());
        let span = Some(finding.span);
        let mut remark = Remark::found(finding).of(&gvk.kind);
        // Releases that do not read strictly warn of what they do not know.
        if validates && matches!(remark.code, Code::UnknownField | Code::DuplicateKey) {
            remark.severity = Severity::Warning;
        }
        remarks.push(remark);
        remarks.extend(moved.map(|advice| Remark::advised(advice).of(&gvk.kind).at(span)));
    }
    let decoded = Decoded { document, content: Some(found.content) };
    help::on_document(&decoded, &options.release, &mut remarks[first..]);
    if let Some(remark) = help::missing_separator(&decoded, file) {
        remarks.insert(first, remark.of(&gvk.kind));
    }
    decoded
}

/// Every problem of documents that could be decoded, the host's facts filled in.
fn validated(
    documents: &[Decoded<'_>],
    options: &Options,
    circumstances: &Circumstances,
    whole: bool,
    remarks: &mut Vec<Remark>,
) {
    let release = &options.release;
    let find = |kind: &str| documents.iter().find(|decoded| decoded.document.gvk.kind == kind);
    let of = |kind: &str| find(kind).map(|decoded| decoded.document);
    let mut dynamic = Dynamic::new(release, &options.facts, SocketSearch::Skipped);
    if of("InitConfiguration").is_some() || of("ClusterConfiguration").is_some() {
        let mut init: InitConfiguration = find("InitConfiguration").and_then(typed).unwrap_or_default();
        let mut cluster: ClusterConfiguration =
            find("ClusterConfiguration").and_then(typed).unwrap_or_default();
        fixed::init(&mut init, release);
        fixed::cluster(&mut cluster, release);
        dynamic.init(&mut init);
        let said = cluster.kubernetes_version.clone();
        dynamic.cluster(&mut cluster, &init.local_api_endpoint);
        let mut problems = std::mem::take(&mut dynamic.problems);
        problems.extend(validate::init(&init, &cluster, release).problems);
        let places = [of("InitConfiguration"), of("ClusterConfiguration")];
        place(problems, &places, remarks);
        let mut known = circumstances.clone();
        let kubelet =
            of("KubeletConfiguration").and_then(|document| document.document.root.get("cgroupDriver"));
        known.kubelet_cgroup_driver = kubelet
            .and_then(Node::as_str)
            .and_then(|driver| driver.parse().ok())
            .or(known.kubelet_cgroup_driver);
        // A label is advised on as it stands, not as what it is looked up to.
        let resolved = std::mem::replace(&mut cluster.kubernetes_version, said);
        advise(advice::advise_init(&init, &cluster, release, &known), &places, whole, remarks);
        cluster.kubernetes_version = resolved;
        let mut found = components::of_init(&init, &cluster, release);
        found.extend(this_host::advertised(&init, &cluster, circumstances));
        of_components(found, &places, remarks);
    }
    if let Some(mode) =
        find("KubeProxyConfiguration").and_then(|proxy| proxy.document.document.root.get("mode"))
    {
        let remark = mode.as_str().and_then(|mode| components::proxy_mode(mode, release));
        remarks.extend(remark.map(|remark| remark.of("KubeProxyConfiguration").at(Some(mode.span))));
    }
    if let Some(proxy) = find("KubeProxyConfiguration") {
        let found = components::proxy_gates(&proxy.document.document.root, release);
        of_components(found, &[Some(proxy.document)], remarks);
    }
    if let Some(mut join) = find("JoinConfiguration").and_then(typed) {
        let document = of("JoinConfiguration");
        fixed::join(&mut join, release);
        dynamic.join(&mut join);
        let mut problems = std::mem::take(&mut dynamic.problems);
        problems.extend(validate::join(&join, release, &options.facts.existing_files).problems);
        place(problems, &[document], remarks);
        advise(advice::advise_join(&join, release, circumstances), &[document], whole, remarks);
        of_components(components::of_join(&join, release), &[document], remarks);
    }
    if let Some(mut reset) = find("ResetConfiguration").and_then(typed) {
        fixed::reset(&mut reset);
        dynamic.reset(&mut reset);
        place(validate::reset(&reset, release).problems, &[of("ResetConfiguration")], remarks);
    }
    if let Some(mut upgrade) = find("UpgradeConfiguration").and_then(typed) {
        fixed::upgrade(&mut upgrade);
        place(validate::upgrade(&upgrade, release).problems, &[of("UpgradeConfiguration")], remarks);
    }
}

/// What the kubelet of that minor ends at, where kubeadm lets it pass. A value that cannot be
/// decoded was told before.
fn kubelets(documents: &[Decoded<'_>], options: &Options, remarks: &mut Vec<Remark>) {
    let minor = options.release.minor();
    if !Kubelet::MINORS.contains(&minor.number()) {
        return;
    }
    let own = documents.iter().map(|decoded| decoded.document);
    for document in own.filter(|document| document.gvk == wire::Gvk::kubelet()) {
        let verdict = Kubelet::of(minor).judge_file(&document.text);
        let Some(refusal) = verdict.refusal.filter(|refusal| refusal.stage != Stage::Decode) else {
            continue;
        };
        let stage = refusal.stage;
        for fault in refusal.faults {
            let span = span_of(document, &fault.field);
            let text = format!("kubelet {minor} ends with: {}", fault.text);
            remarks.push(Remark::kubelet(stage, &fault.field, text).of(&document.gvk.kind).at(span));
        }
    }
}

fn typed<T: serde::de::DeserializeOwned>(decoded: &Decoded<'_>) -> Option<T> {
    let gvk = &decoded.document.gvk;
    let version = gvk.kubeadm_version()?;
    let mut content = decoded.content.clone()?;
    convert::to_common(&gvk.kind, version, &mut content);
    serde_json::from_value(Value::Object(content)).ok()
}

/// Finds the place of each problem's field in one of the documents.
fn place(problems: Vec<Problem>, documents: &[Option<&Recognised<'_>>], remarks: &mut Vec<Remark>) {
    for problem in problems {
        let (kind, span) = find_place(&problem.path, documents);
        remarks.push(Remark::invalid(problem).of(kind).at(span));
    }
}

/// What the components say, each at the place of its field. A value that could not even be decoded, and
/// is empty in its stead, is told already.
fn of_components(found: Vec<Remark>, documents: &[Option<&Recognised<'_>>], remarks: &mut Vec<Remark>) {
    for remark in found {
        let value = format!("{}.value", remark.field);
        let told = remark.code == Code::ComponentArgumentUnparsable
            && remarks.iter().any(|other| other.code == Code::WrongType && other.field == value);
        if told {
            continue;
        }
        let (kind, span) = find_place(&remark.field, documents);
        remarks.push(remark.of(kind).at(span));
    }
}

/// Advice is on what was read. What the file does not say itself is no matter of its, but for a
/// subnet that is missing from a ClusterConfiguration without a fault; and what is wrong with a
/// value is told already.
fn advise(
    advice: Vec<Advice>,
    documents: &[Option<&Recognised<'_>>],
    whole: bool,
    remarks: &mut Vec<Remark>,
) {
    let faulty: HashSet<String> = remarks
        .iter()
        .filter(|remark| remark.severity == Severity::Error)
        .map(|remark| remark.field.clone())
        .collect();
    let unknown = remarks.iter().any(|remark| remark.code == Code::UnknownField);
    for advice in advice {
        let (kind, span) = find_place(&advice.path, documents);
        let stated = documents.iter().flatten().any(|document| document.document.locate(&advice.path).exact);
        let of_cluster =
            documents.iter().flatten().any(|document| document.gvk.kind == "ClusterConfiguration");
        let meant = match advice.code {
            // What is missing may be the field that is not known, where that only warns.
            Code::NoPodSubnet => whole && of_cluster && !unknown,
            // It lies in another document.
            Code::CgroupDriverMismatch => true,
            _ => stated,
        };
        if meant && !faulty.contains(&advice.path) {
            remarks.push(Remark::advised(advice).of(kind).at(span));
        }
    }
}

/// The kind of the document that has the field, and where; else the first document's kind.
fn find_place<'a>(path: &str, documents: &[Option<&'a Recognised<'_>>]) -> (&'a str, Option<Span>) {
    let found = documents.iter().flatten().find_map(|document| {
        let span = span_of(document, path)?;
        Some((document.gvk.kind.as_str(), Some(span)))
    });
    let first = || documents.iter().flatten().next().map(|document| document.gvk.kind.as_str());
    found.unwrap_or_else(|| (first().unwrap_or_default(), None))
}

/// Where a field stands: as far along its path as the document goes, if at least its first part is
/// there.
fn span_of(document: &Recognised<'_>, path: &str) -> Option<Span> {
    let place = document.document.locate(path);
    let root = document.document.root.span;
    (place.exact || place.value != root).then_some(place.value)
}
