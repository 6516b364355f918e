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
//!
//! The pipeline: `Survey` splits and recognises the documents, `like_kubeadm` says what the
//! program itself would (its exit status and warnings), then each document is decoded here once
//! more, with a place for every finding; `documents` defaults, validates and advises; `kubelets`
//! asks the kubelet's own start; `help` and `nearly` say what to write instead. The verdict is
//! kubeadm's, the places are ours.

mod components;
mod documents;
mod files;
mod help;
mod kube_proxy;
mod kubelet_args;
mod nearly;
mod phases;
mod remark;
mod taints;
mod this_host;

use serde_json::{Map, Value};

pub use self::components::{of_init, of_join, of_reset, of_upgrade};
use self::documents::{Documents, span_of};
pub use self::help::Help;
pub use self::remark::{Remark, Severity};
use crate::advice::{Circumstances, moved_field};
use crate::code::Code;
use crate::decode::{DecodeProblemKind, Order, decode};
use crate::kubelet::{Kubelet, Stage};
use crate::like_kubeadm::{self, Options};
use crate::message::Warning;
use crate::recognise::{Recognised, Survey};
use crate::version::Minor;
use crate::wire;
use crate::yaml::{Position, Span};

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
///
/// What the host would say is in `options.facts`: give it the address of the default route and the
/// host's name, or kubeadm's own warning is among the remarks that it could not find them. Remarks
/// come in the order of the documents, and [`Checked::accepted`] is the verdict.
#[must_use]
pub fn check(file: &[u8], options: &Options, circumstances: &Circumstances) -> Checked {
    let survey = Survey::of(file, &options.release);
    let answer = like_kubeadm::validate_recognised(survey.recognised(), options);
    let validates = answer.exit == 0;
    let failures = survey.failures.iter().cloned().chain(survey.repeated());
    let mut remarks: Vec<_> = failures
        .map(|failure| {
            let span = failure.span.map(|span| within(file, span));
            Remark::refused(&failure.text).at(span).beyond(failure.too_large)
        })
        .collect();
    let kubeadms_own = answer.error.lines().next().unwrap_or_default().trim_start_matches("error: ");
    let experimental = Some(kubeadms_own).filter(|text| text.starts_with("experimental API spec"));
    let verdict = Verdict { validates, experimental };
    let documents: Vec<_> = survey
        .documents
        .iter()
        .map(|document| decoded(document, options, file, verdict, &mut remarks))
        .collect();
    // With a fault before this point something may have been lost, and "missing" would be a guess.
    let whole = survey.failures.is_empty() && !any_error(&remarks);
    // What could not be decoded counts as not given, so that the rest is still checked.
    Documents { all: &documents, options, circumstances, whole }.validated(&mut remarks);
    // kubeadm refuses and nothing here knows why: its own words are better than silence.
    if !validates && !any_error(&remarks) {
        remarks.push(Remark::refused(kubeadms_own));
    }
    kubelets(&documents, options, &mut remarks);
    warned(&answer.warnings, &survey, &mut remarks);
    about_the_whole(file, &survey, &mut remarks);
    help::characters(file, &mut remarks);
    let accepted = validates && !any_error(&remarks);
    Checked { accepted, validates, remarks }
}

/// A place behind everything that the file says is shown at the last thing that it says.
///
/// YAML's parser tells the end of the file for what is missing there, and a caret behind the last
/// line shows nothing.
fn within(file: &[u8], span: Span) -> Span {
    let Ok(text) = std::str::from_utf8(file) else { return span };
    let behind = text.get(span.start..).is_none_or(|rest| rest.trim().is_empty());
    let said = text.trim_end();
    let Some((start, last)) = said.char_indices().next_back().filter(|_| behind) else { return span };
    let line_start = said[..start].rfind('\n').map_or(0, |at| at + 1);
    let number = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
    let position = Position {
        line: number(said[..start].matches('\n').count()),
        column: number(said[line_start..start].chars().count()),
    };
    Span { start, end: start + last.len_utf8(), position }
}

/// What kubeadm warns of and was not told yet, but for what the network or the host would have answered.
fn warned(warnings: &[Warning], survey: &Survey<'_>, remarks: &mut Vec<Remark>) {
    // A check asks neither the network (`KubernetesReleaseVersion` asks dl.k8s.io for labels such as
    // `stable-1`) nor docker, of which kubeadm up to 1.20 speaks.
    const NOT_ASKED: [&str; 3] = [
        "could not fetch a Kubernetes version",
        "falling back to the local client version",
        "cannot automatically set CgroupDriver",
    ];
    for warning in warnings {
        let text = warning.text();
        // kubeadm logs a strict finding with the document's type in front; what was found here is
        // its end.
        let known = remarks.iter().any(|remark| text.contains(&remark.text));
        if known || NOT_ASKED.iter().any(|start| text.starts_with(start)) {
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

/// Whether something found so far stops the file.
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
    // The YAML reader splits at `\n---` in bytes before anything is decoded
    // (`yaml.NewYAMLReader`), and in UTF-16 that never matches.
    if survey.failures.is_empty() && (file.starts_with(b"\xff\xfe") || file.starts_with(b"\xfe\xff")) {
        let text =
            "kubeadm splits a file at its bytes, so that of one in UTF-16 it reads the first document alone";
        remarks.push(Remark::advice(Code::Utf16File, "", text).help(Code::Utf16File, "save it as UTF-8"));
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
        remark.help = help::on_syntax(&lines, remark).or_else(|| help::on_repeated(survey, remark));
    }
    if let Some(first) = unread.iter_mut().find(|remark| remark.help.is_none()) {
        first.help = nearly::of(file);
    }
    for remark in unread.iter_mut().filter(|remark| remark.help.is_none()) {
        remark.help = help::on_head(&remark.text);
    }
}

/// A document with what of it could be decoded, if its kind is known.
struct Decoded<'a> {
    document: &'a Recognised<'a>,
    content: Option<Map<String, Value>>,
}

/// What kubeadm said of the file as a whole.
#[derive(Clone, Copy)]
struct Verdict<'a> {
    validates: bool,
    /// Its words for a document whose API it reads only where it is told to.
    experimental: Option<&'a str>,
}

/// Decodes one document and tells what is wrong in it, with help. Advice on moved fields stands
/// right behind the remark that it belongs to.
fn decoded<'a>(
    document: &'a Recognised<'a>,
    options: &Options,
    file: &[u8],
    verdict: Verdict<'_>,
    remarks: &mut Vec<Remark>,
) -> Decoded<'a> {
    let gvk = &document.gvk;
    let root = &document.document.root;
    let Some(kind) = wire::find(gvk, &options.release) else {
        let version = options.release.version();
        let text = if help::is_read_by(gvk, &options.release) {
            format!("{gvk} is read by kubeadm {version}, and not by this program: it was not looked at")
        } else {
            format!("{gvk} is not known to kubeadm {version}")
        };
        let remark = Remark::error(Code::UnknownKind, "", text).of(&gvk.kind).at(Some(root.span));
        remarks.push(Remark { help: help::on_kind(gvk, &options.release), ..remark });
        return Decoded { document, content: None };
    };
    // kubeadm does not read it, so that nothing of it is in force.
    if let Some(text) = verdict.experimental
        && let Some(help) = help::on_experimental(gvk, &options.release)
    {
        let remark = Remark::refused(text).of(&gvk.kind).at(Some(root.span));
        remarks.push(Remark { help: Some(help), ..remark });
        return Decoded { document, content: None };
    }
    let found = decode(root, kind, options.release.minor(), Order::Sorted);
    let mut findings = found.unknown;
    findings.extend(found.wrong);
    findings.extend(duplicates(document));
    findings.sort_by_key(|finding| finding.span.start);
    let first = remarks.len();
    for finding in findings {
        let moved = moved_field(gvk, &finding.path).map(|field| field.advice());
        let span = Some(finding.span);
        let mut remark = Remark::found(finding).of(&gvk.kind);
        // Releases that do not read strictly warn of what they do not know.
        // `VerifyUnmarshalStrict` is a warning where `documentMapToInitConfiguration` is called
        // without `strictErrors`.
        if verdict.validates && matches!(remark.code, Code::UnknownField | Code::DuplicateKey) {
            remark.severity = Severity::Warning;
        }
        remarks.push(remark);
        remarks.extend(moved.map(|advice| Remark::advised(advice).of(&gvk.kind).at(span)));
    }
    let decoded = Decoded { document, content: Some(found.content) };
    help::on_document(&decoded, &options.release, &mut remarks[first..]);
    if let Some(remark) = help::missing_separator(&decoded, file) {
        remarks.insert(first, remark.of(&gvk.kind));
    } else {
        help::on_duplicates(&document.document, &mut remarks[first..]);
    }
    decoded
}

/// Keys that a document has twice.
fn duplicates(document: &Recognised<'_>) -> impl Iterator<Item = crate::DecodeProblem> {
    let paths = document.document.duplicate_paths();
    document.document.duplicates.iter().zip(paths).map(|(duplicate, path)| crate::DecodeProblem {
        kind: DecodeProblemKind::DuplicateKey,
        path,
        span: duplicate.key_span,
        // The words of sigs.k8s.io/yaml's strict reader.
        text: format!("key {} already set in map", duplicate.key),
    })
}

/// What the kubelet of that minor ends at, where kubeadm lets it pass. A value that cannot be
/// decoded was told before.
fn kubelets(documents: &[Decoded<'_>], options: &Options, remarks: &mut Vec<Remark>) {
    let minor = options.release.minor();
    let own = documents.iter().map(|decoded| decoded.document);
    for document in own.filter(|document| document.gvk == wire::Gvk::kubelet()) {
        if !Kubelet::MINORS.contains(&minor.number()) {
            remarks.push(not_checked(minor).of(&document.gvk.kind));
            components::kubelet_gates(document, &options.release, remarks);
            continue;
        }
        let verdict = Kubelet::of(minor).judge_file(&document.text);
        // kubeadm decodes the same document with the same types, so it has told that already.
        let Some(refusal) = verdict.refusal.filter(|refusal| refusal.stage != Stage::Decode) else {
            continue;
        };
        let stage = refusal.stage;
        for fault in refusal.faults {
            let span = span_of(document, &fault.field);
            let text = format!("kubelet {minor} ends with: {}", fault.text);
            let remark = Remark::kubelet(stage, &fault.field, text).of(&document.gvk.kind).at(span);
            remarks.push(match components::help_on_gate(minor, &fault.field) {
                Some(help) => remark.help(Code::FeatureGateRefused, help),
                None => remark,
            });
        }
    }
}

/// That nobody looked is not that all is well.
fn not_checked(minor: Minor) -> Remark {
    let (first, last) = (Kubelet::MINORS.start(), Kubelet::MINORS.end());
    let text = format!(
        "what kubelet {minor} makes of its fields was not looked at: those rules are known from 1.{first} to 1.{last}"
    );
    Remark::advice(Code::KubeletNotChecked, "", text)
}
