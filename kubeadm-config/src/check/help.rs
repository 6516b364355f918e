//! Our line of help to what kubeadm says: it names a fault in the words of its decoder, and seldom
//! what to do.
//!
//! Nothing here changes a verdict, and a wrong guess costs more than none: every function answers
//! `None` where several things could be meant.

mod field;
mod odd;
mod value;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

pub(super) use self::odd::characters;

use super::{Decoded, Remark};
use crate::catalogue::{Field, fields};
use crate::code::Code;
use crate::near::distance;
use crate::recognise::Survey;
use crate::release::{KubeadmRelease, Support};
use crate::schema::schema_kinds;
use crate::version::{ApiVersion, KubernetesVersion};
use crate::wire::Gvk;
use crate::yaml::{Document, Position};

/// What to do about a remark.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Help {
    /// A short name of it, for programs: `api-too-old`, `list-wanted`, `did-you-mean`.
    pub code: Code,
    /// What to write or run.
    pub text: String,
}

impl std::fmt::Display for Help {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} [{}]", self.text, self.code)
    }
}

/// Help on a document whose kind the release does not know.
pub(super) fn on_kind(gvk: &Gvk, release: &KubeadmRelease) -> Option<Help> {
    if gvk.group != "kubeadm.k8s.io" {
        return on_component(gvk);
    }
    let Some(version) = gvk.kubeadm_version() else {
        if let Some(help) = on_alpha(gvk) {
            return Some(help);
        }
        let reads = ApiVersion::ALL.iter().filter(|version| release.knows(**version));
        let reads: Vec<&str> = reads.map(|version| version.name()).collect();
        let reads = reads.join(" and ");
        let text = format!("kubeadm {} reads {reads}; write one of them", release.version());
        return Some(Help { code: Code::ApiVersion, text });
    };
    match release.support(version) {
        Support::Old | Support::Unknown => on_version(gvk, version, release),
        _ => {
            let kinds = schema_kinds().filter(|known| known.kubeadm_version() == Some(version));
            let near = kinds.map(|known| known.kind).min_by_key(|kind| distance(kind, &gvk.kind))?;
            // Half of the letters for kinds (they are long), a third for fields.
            let close = distance(&near, &gvk.kind) * 2 <= near.len();
            close.then(|| Help { code: Code::DidYouMean, text: format!("did you mean kind: {near}?") })
        }
    }
}

/// Help on a version that the release reads only where it is told to: which release reads it.
pub(super) fn on_experimental(gvk: &Gvk, release: &KubeadmRelease) -> Option<Help> {
    let version = gvk.kubeadm_version().filter(|_| gvk.group == "kubeadm.k8s.io")?;
    if release.support(version) != Support::Experimental {
        return None;
    }
    on_version(gvk, version, release)
}

/// Help on a document of the kubelet or kube-proxy in a version or a kind that there is not.
fn on_component(gvk: &Gvk) -> Option<Help> {
    let own = [Gvk::kubelet(), Gvk::kube_proxy()].into_iter().find(|own| own.group == gvk.group)?;
    if gvk.kind == own.kind {
        let text = format!("write apiVersion: {}: a {} has no other", own.api_version(), own.kind);
        return Some(Help { code: Code::ApiVersion, text });
    }
    let close = distance(&own.kind, &gvk.kind) * 2 <= own.kind.len();
    close.then(|| Help { code: Code::DidYouMean, text: format!("did you mean kind: {}?", own.kind) })
}

/// The alpha versions: their last reader, and which kubeadm brings one to the next.
const ALPHAS: [(&str, &str, &str); 3] = [
    ("v1alpha1", "v1.11", "v1.11 writes v1alpha2, v1.12 v1alpha3, v1.14 v1beta1"),
    ("v1alpha2", "v1.12", "v1.12 writes v1alpha3, v1.14 v1beta1"),
    ("v1alpha3", "v1.14", "v1.14 writes v1beta1"),
];

/// Help on a version that this program does not read.
fn on_alpha(gvk: &Gvk) -> Option<Help> {
    let (name, last, steps) = ALPHAS.iter().find(|(name, ..)| gvk.version == *name)?;
    let text = format!(
        "kubeadm {last} is the last that reads {name}, and this program does not: \
         `kubeadm config migrate --old-config FILE --new-config NEW` of {steps}, which `k8sprep migrate-config` \
         brings up to date; or write it anew with `k8sprep gen-config`"
    );
    Some(Help { code: Code::ApiTooOld, text })
}

/// Whether the release reads a version that this program does not.
pub(super) fn is_read_by(gvk: &Gvk, release: &KubeadmRelease) -> bool {
    let known = ALPHAS.iter().any(|(name, ..)| gvk.version == *name);
    known && gvk.group == "kubeadm.k8s.io" && release.last_reader(&gvk.api_version()).is_none()
}

/// Help on a version that is too old or too new for the release: which one reads it.
fn on_version(gvk: &Gvk, version: ApiVersion, release: &KubeadmRelease) -> Option<Help> {
    let minors = KubeadmRelease::MINORS.map(|minor| KubernetesVersion::new(1, minor, 0));
    let releases: Vec<_> = minors.filter_map(|version| KubeadmRelease::of(&version).ok()).collect();
    let reads =
        |release: &&KubeadmRelease| matches!(release.support(version), Support::Read | Support::Deprecated);
    let (name, own) = (version.name(), release.writes().name());
    if release.support(version) != Support::Old {
        let first = releases.iter().find(reads);
        let text = match first {
            Some(first) => {
                let first = first.minor();
                format!(
                    "{name} came with kubeadm {first}; `k8sprep migrate-config --to {own} FILE` takes it back"
                )
            }
            None => {
                let tries = |release: &&KubeadmRelease| release.support(version) == Support::Experimental;
                let first = releases.iter().find(tries)?.minor();
                format!(
                    "{name} came with kubeadm {first}, which reads it with --allow-experimental-api alone; \
                     `k8sprep migrate-config --to {own} FILE` takes it back"
                )
            }
        };
        return Some(Help { code: Code::ApiTooNew, text });
    }
    // By our tables, which were read from each release's scheme and not from kubeadm's message.
    let last = releases.iter().rfind(reads)?.minor();
    // What kubeadm itself proposes may be older than the last that reads it.
    let named = release.last_reader(&gvk.api_version()).filter(|reader| *reader != format!("v{last}"));
    let named = named.map(|reader| format!(" (its own message names {reader})")).unwrap_or_default();
    let text = format!(
        "kubeadm v{last} is the last that reads {name}{named}; `k8sprep migrate-config --to {own} FILE` \
         brings it up to date"
    );
    Some(Help { code: Code::ApiTooOld, text })
}

/// The fields of kinds in a release, each kind's made once for a document and not for each of its
/// faults.
struct Catalogue<'r> {
    release: &'r KubeadmRelease,
    known: RefCell<BTreeMap<Gvk, Rc<[Field]>>>,
}

impl<'r> Catalogue<'r> {
    fn of(release: &'r KubeadmRelease) -> Self {
        Self { release, known: RefCell::default() }
    }

    fn fields(&self, gvk: &Gvk) -> Rc<[Field]> {
        let mut known = self.known.borrow_mut();
        Rc::clone(known.entry(gvk.clone()).or_insert_with(|| fields(gvk, self.release).into()))
    }
}

/// Adds help to what was found in a document.
pub(super) fn on_document(decoded: &Decoded<'_>, release: &KubeadmRelease, remarks: &mut [Remark]) {
    let document = decoded.document;
    let catalogue = Catalogue::of(release);
    for remark in remarks.iter_mut().filter(|remark| remark.help.is_none()) {
        remark.help = match remark.code {
            Code::UnknownField => field::unknown(&document.gvk, &remark.field, &catalogue),
            Code::WrongType | Code::InvalidValue => {
                value::of_another_type(&document.gvk, &remark.field, &document.document, &catalogue)
            }
            _ => None,
        };
    }
}

/// Help on a file that is not YAML: a tab in an indentation is invisible, and the parser's words do
/// not name it.
pub(super) fn on_syntax(lines: &[&str], remark: &Remark) -> Option<Help> {
    // The lines that enclose a key begin with dashes too; what such a file is says `nearly`.
    let is_pem = lines.iter().any(|line| line.starts_with("-----BEGIN "));
    if remark.text.contains("invalid Yaml document separator") && !is_pem {
        let text = "a line that separates documents is three dashes and nothing else: ---".to_owned();
        return Some(Help { code: Code::MissingSeparator, text });
    }
    if !remark.text.contains("yaml: ") {
        return None;
    }
    let at = usize::try_from(remark.line?).ok()?;
    if let Some(help) = tab_within(lines, at, remark) {
        return Some(help);
    }
    let indented = |line: &str| {
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        line[..blanks].contains('\t')
    };
    // go-yaml's parser complains a line early or late.
    // From the line before the one that is named to the one after it.
    let first = at.saturating_sub(2);
    let near = lines.get(first..).unwrap_or_default().iter().take(3);
    let (number, line) = (first + 1..).zip(near).find(|(_, line)| indented(line))?;
    let shown = line.replace('\t', "→");
    Some(Help {
        code: Code::TabIndentation,
        text: format!(
            "line {number} is indented with a tab (→), which YAML does not allow; write blanks: {shown}"
        ),
    })
}

/// A tab behind other signs, at the place that the parser names.
fn tab_within(lines: &[&str], at: usize, remark: &Remark) -> Option<Help> {
    let line = lines.get(at.checked_sub(1)?)?;
    let column = usize::try_from(remark.column?).ok()?.checked_sub(1)?;
    let before: String = line.chars().take(column).collect();
    let is_indentation = before.trim().is_empty();
    if is_indentation || line.chars().nth(column) != Some('\t') {
        return None;
    }
    let shown = line.replace('\t', "→");
    let text = format!("line {at} has a tab (→) where YAML wants a blank: {shown}");
    Some(Help { code: Code::TabIndentation, text })
}

/// Help on keys that stand twice: where the first one is, which the decoder's words do not say.
pub(super) fn on_duplicates(document: &Document, remarks: &mut [Remark]) {
    let lines: HashMap<usize, u32> =
        document.duplicates.iter().map(|one| (one.key_span.start, one.first.position.line)).collect();
    for remark in remarks.iter_mut().filter(|one| one.code == Code::DuplicateKey && one.help.is_none()) {
        let line = remark.span.as_ref().and_then(|span| lines.get(&span.start));
        let Some(line) = line else { continue };
        let text = format!("it stands in line {line} already: keep one of the two");
        remark.help = Some(Help { code: Code::DuplicateKey, text });
    }
}

/// Help on a kind that stands twice in a file: where the first one is.
pub(super) fn on_repeated(survey: &Survey<'_>, remark: &Remark) -> Option<Help> {
    let kind = remark.text.strip_prefix("invalid configuration: kind \"")?;
    let kind = kind.strip_suffix("\" is specified twice in YAML file")?;
    let first = survey.documents.iter().find(|document| document.gvk.kind == kind)?;
    let line = first.document.root.span.position.line;
    let text =
        format!("the first {kind} begins in line {line}: put both into one document, or leave one out");
    Some(Help { code: Code::Refused, text })
}

/// How a field ends, a part of kubeadm's words about it, and what to write.
const ON_VALUES: &[(&str, &[&str], &str)] = &[
    ("Endpoint", &["://"], "write HOST:PORT, without a scheme before it"),
    (
        "Endpoint",
        &["endpoint is not valid", "RFC-1123"],
        "write a name or an address with its port, such as lb.example.com:6443",
    ),
    (
        "certificateKey",
        &[""],
        "a certificate key is 64 hexadecimal digits: `kubeadm certs certificate-key` makes one",
    ),
    (
        "imageRepository",
        &[""],
        "write HOST[:PORT]/PATH, without a scheme before it and without a / behind it",
    ),
    ("kubernetesVersion", &["doesn't match patterns"], "write the whole version, such as v1.34.0"),
    (
        "advertiseAddress",
        &[""],
        "write an address of the node, or leave it out for that of its default route",
    ),
    ("Subnet", &["couldn't parse subnet"], "write a network, such as 10.244.0.0/16"),
    ("", &["mutually exclusive", "cannot both be set"], "leave one of the two out"),
    (
        "discovery",
        &["must be set"],
        "say how the cluster is found: `k8sprep gen-config --join` makes such a document",
    ),
];

/// Help on a value that validation refuses.
pub(super) fn on_value(remark: &Remark, release: &KubeadmRelease) -> Option<Help> {
    let text = remark.text.as_str();
    // What envsubst and the like put a value for.
    if text.contains("${") {
        let text = "this is a template (`${}`): check what is made of it".to_owned();
        return Some(Help { code: Code::TemplateFile, text });
    }
    if let Some((.., help)) = ON_VALUES.iter().find(|(field, words, _)| {
        remark.field.ends_with(field) && words.iter().any(|words| text.contains(words))
    }) {
        return Some(Help { code: remark.code, text: (*help).to_owned() });
    }
    if !text.ends_with(" is not a valid feature name.") {
        return None;
    }
    let known: Vec<&str> = release.feature_gates().map(|gate| gate.name).collect();
    let known = match known.as_slice() {
        [] => "kubeadm has none in this release".to_owned(),
        known => format!("those of kubeadm are {}", known.join(", ")),
    };
    let text = format!(
        "{known}; a gate of a component is its extraArgs feature-gates, one of the kubelet stands in \
         KubeletConfiguration"
    );
    Some(Help { code: Code::FeatureGateRefused, text })
}

/// Help on a document that lacks its head, and nothing tells what it is.
pub(super) fn on_head(text: &str) -> Option<Help> {
    // The words of `SplitConfigDocuments` (`util/marshal.go`) on what has neither.
    let none = text.contains("for GroupVersionKind /, Kind=: kind and apiVersion is mandatory");
    let help = "a document of kubeadm begins with apiVersion: kubeadm.k8s.io/v1beta4 and its kind; take a `---` line \
                without a document out";
    none.then(|| Help { code: Code::ApiVersion, text: help.to_owned() })
}

/// A document in which both `apiVersion` and `kind` stand twice is two, and kubeadm reads the later
/// one alone.
pub(super) fn missing_separator(decoded: &Decoded<'_>, file: &[u8]) -> Option<Remark> {
    let document = &decoded.document.document;
    let twice = |name: &str| {
        let quoted = format!("\"{name}\"");
        document
            .duplicates
            .iter()
            .zip(document.duplicate_paths())
            .find(|(duplicate, path)| duplicate.key == quoted && path == name)
    };
    let (kind, _) = twice("kind")?;
    let first = twice("apiVersion").map_or(kind, |(version, _)| {
        if version.key_span.start < kind.key_span.start { version } else { kind }
    });
    let Position { line, .. } = first.key_span.position;
    let before = line_at(file, kind.first.start).unwrap_or("the document above it");
    let text = format!(
        "a `---` line is missing before line {line}: {before} is lost, {} alone is read",
        decoded.document.gvk.kind
    );
    let remark = Remark::error(Code::MissingSeparator, "", text).at(Some(first.key_span));
    let help = match indented_separator(file, line) {
        Some(at) => {
            format!("the `---` of line {at} is indented, and separates nothing: start the line with it")
        }
        None => format!("put a line `---` before line {line}"),
    };
    Some(remark.help(Code::MissingSeparator, help))
}

/// The line of a separator with blanks before it, where it is the last thing above a line.
fn indented_separator(file: &[u8], line: u32) -> Option<usize> {
    let above = usize::try_from(line).ok()?.checked_sub(1)?;
    let lines = file.split(|byte| *byte == b'\n').take(above).enumerate();
    let (at, last) = lines.filter(|(_, line)| !line.trim_ascii().is_empty()).last()?;
    (last.trim_ascii() == b"---" && !last.starts_with(b"---")).then_some(at + 1)
}

/// The value on the line that holds this byte.
///
/// Only a plain word is worth repeating in a message.
fn line_at(file: &[u8], start: usize) -> Option<&str> {
    let line = file.get(start..)?.split(|byte| *byte == b'\n').next()?;
    let value = std::str::from_utf8(line).ok()?.split_once(':')?.1.trim();
    let plain = value.len() < 64 && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (plain && !value.is_empty()).then_some(value)
}
